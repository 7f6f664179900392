/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations that vary: quantiles and means by hand, the mean of many draws against the formula, and
 * what is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "sim/delay.h"

static struct delay table(void) {
    return (struct delay){.kind = DELAY_TABLE, .n = 3, .p = {0, 0.5, 1}, .seconds = {1, 2, 6}};
}

/* Straight lines through (0, 1), (0.5, 2), (1, 6); mean 0.5 x 1.5 + 0.5 x 4 = 2.75. */
Test(delay, table_by_hand) {
    struct delay delay = table();
    const double p[] = {0.25, 0.5, 0.75, 0.875}, seconds[] = {1.5, 2, 4, 5};
    for (int i = 0; i < 4; i++)
        cr_assert(epsilon_eq(dbl, delay_quantile_s(&delay, p[i]), seconds[i], 1e-12));
    cr_assert(epsilon_eq(dbl, delay_mean_s(&delay), 2.75, 1e-12));
}

/* Median 3 s, sigma 0.5: the quantile of one standard deviation is 3 e^0.5. */
Test(delay, lognormal_by_hand) {
    struct delay delay = {.kind = DELAY_LOGNORMAL, .value_s = 3, .sigma = 0.5};
    cr_assert(epsilon_eq(dbl, delay_quantile_s(&delay, 0.5), 3, 1e-9));
    cr_assert(epsilon_eq(dbl, delay_quantile_s(&delay, 0.841344746068543), 3 * exp(0.5), 1e-9));
    cr_assert(epsilon_eq(dbl, delay_mean_s(&delay), 3 * exp(0.125), 1e-12));
}

/* The mean of 40000 draws lies within six standard errors; one 5 % off would not. */
Test(delay, draws_have_their_mean) {
    enum { N = 40000 };
    struct delay delays[] = {
        table(), {.kind = DELAY_LOGNORMAL, .value_s = 3, .sigma = 0.5}, delay_fixed(7)};
    for (int d = 0; d < 3; d++) {
        double sum = 0, squares = 0;
        for (uint64_t i = 0; i < N; i++) {
            double x = delay_at(&delays[d], rng_keyed(1, 0, RNG_TEST, i));
            sum += x;
            squares += x * x;
        }
        double mean = delay_mean_s(&delays[d]);
        double error = sqrt((squares / N - (sum / N) * (sum / N)) / N);
        cr_assert(le(dbl, fabs(sum / N - mean), 6 * error + 1e-9));
        cr_assert(lt(dbl, 6 * error, 0.05 * mean));
    }
}

Test(delay, nonsense_is_refused) {
    struct delay bad[] = {delay_fixed(-1),
                          delay_fixed(NAN),
                          {.kind = DELAY_LOGNORMAL, .value_s = 1, .sigma = -1},
                          {.kind = DELAY_LOGNORMAL, .value_s = 1, .sigma = 11},
                          table(),
                          table(),
                          table(),
                          table()};
    bad[4].n = 1;
    bad[5].p[1] = 0;
    bad[6].seconds[1] = 0.5;
    bad[7].p[2] = 0.9;
    struct err err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(not(delay_check(&bad[i], "delay", &err)), "case %zu", i);
    struct delay good = table();
    cr_assert(delay_check(&good, "delay", &err));
}
