/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Student's quantile against printed tables (Fisher and Yates), intervals worked by hand. That the
 * intervals hold what they promise is in tests/theory/test_confidence.c. */
#include <math.h>

#include "base/interval.h"
#include "case_table.h"

static const struct {
    int degrees_of_freedom;
    double t;
} tabled[] = {{1, 12.7062}, {2, 4.3027},  {4, 2.7764},  {9, 2.2622},  {15, 2.1314},
              {16, 2.1199}, {20, 2.0860}, {30, 2.0423}, {60, 2.0003}, {99, 1.9842}};

CASE_TEST(interval, quantile_is_the_tabled_one, tabled) {
    double t = interval_student_t(tabled[*index].degrees_of_freedom);
    cr_expect(epsilon_eq(dbl, t, tabled[*index].t, 0.0005 * tabled[*index].t));
}

/* 1, 2, 6: mean 3, squares 4 + 1 + 9 = 14, variance 7, of the mean 7/3; t of 2 is 4.303. */
Test(interval, three_values_by_hand) {
    struct interval interval = interval_of((double[]){1, 2, 6}, 3);
    cr_expect(epsilon_eq(dbl, interval.mean, 3, 1e-12));
    cr_expect(epsilon_eq(dbl, interval.half_width, 4.303 * sqrt(7.0 / 3), 1e-9));
}

Test(interval, one_value_claims_nothing) {
    struct interval interval = interval_of((double[]){7}, 1);
    cr_expect(epsilon_eq(dbl, interval.mean, 7, 0));
    cr_expect(isnan(interval.half_width));
}

Test(interval, equal_values_have_no_width) {
    cr_expect(epsilon_eq(dbl, interval_of((double[]){7, 7, 7, 7}, 4).half_width, 0, 1e-12));
}
