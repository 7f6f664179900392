/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ticks and scales. The property test draws 10,000 ranges over 24 orders of magnitude and asks what
 * a reader relies on: 3 to 9 ticks, inside the range, evenly spaced by a round step, multiples of
 * it. Known ranges are compared with ticks worked out by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "plots/axis.h"

/* q x 10^z with q of the paper's list. */
static bool is_round_step(double step) {
    static const double digits[] = {1, 2, 2.5, 3, 4, 5, 10};
    double mantissa = step / pow(10, floor(log10(step) + 1e-9));
    for (int i = 0; i < 7; i++)
        if (fabs(mantissa - digits[i]) < 1e-6)
            return true;
    return false;
}

static bool is_good(double lo, double hi, const double *ticks, int n) {
    if (n < AXIS_TICKS_MIN || n > AXIS_TICKS_MAX)
        return false;
    double step = ticks[1] - ticks[0], slack = 1e-6 * (hi - lo);
    if (!is_round_step(step))
        return false;
    for (int i = 0; i < n; i++) {
        double multiple = ticks[i] / step;
        if (ticks[i] < lo - slack || ticks[i] > hi + slack ||
            (i > 0 && fabs(ticks[i] - ticks[i - 1] - step) > slack) ||
            fabs(multiple - nearbyint(multiple)) > 1e-6 * fmax(fabs(multiple), 1))
            return false;
    }
    return true;
}

Test(axis, ten_thousand_random_ranges) {
    struct rng rng = rng_open(20260101, 0, RNG_TEST, 0);
    for (int i = 0; i < 10000; i++) {
        double width = pow(10, -12 + 24 * rng_uniform(&rng));
        double lo = width * (2000 * rng_uniform(&rng) - 1000);
        if (i % 3 == 0)
            lo = 0;
        double ticks[AXIS_TICKS_MAX];
        int n = axis_round_ticks(lo, lo + width, 3 + i % 6, ticks);
        cr_assert(is_good(lo, lo + width, ticks, n), "range %d: %.17g .. %.17g", i, lo, lo + width);
    }
}

/* The check above must be able to fail. */
Test(axis, the_property_rejects_bad_ticks) {
    cr_assert(not(is_good(0, 10, (double[]){0, 5}, 2)));
    cr_assert(not(is_good(0, 10, (double[]){0, 3.7, 7.4}, 3)));
    cr_assert(not(is_good(0, 10, (double[]){0, 5, 12}, 3)));
    cr_assert(not(is_good(0, 10, (double[]){1, 3, 5}, 3)));
    cr_assert(is_good(0, 10, (double[]){0, 5, 10}, 3));
}

static const struct {
    const char *name;
    double lo, hi;
    int wanted, n;
    double first, step;
} known[] = {
    {"to ten", 0, 10, 5, 5, 0, 2.5},
    {"to a hundred", 0, 100, 6, 6, 0, 20},
    {"a share", 0, 1, 5, 5, 0, 0.25},
    {"around zero", -1, 1, 5, 5, -1, 0.5},
};

ParameterizedTestParameters(axis, known_ranges) {
    static int index[sizeof known / sizeof known[0]];
    for (int i = 0; i < (int)(sizeof known / sizeof known[0]); i++)
        index[i] = i;
    return cr_make_param_array(int, index, sizeof known / sizeof known[0]);
}

ParameterizedTest(int *i, axis, known_ranges) {
    double ticks[AXIS_TICKS_MAX];
    int n = axis_round_ticks(known[*i].lo, known[*i].hi, known[*i].wanted, ticks);
    cr_assert(eq(int, n, known[*i].n), "%s: %d ticks from %g by %g", known[*i].name, n, ticks[0],
              ticks[1] - ticks[0]);
    cr_assert(epsilon_eq(dbl, ticks[0], known[*i].first, 1e-9), "%s", known[*i].name);
    cr_assert(epsilon_eq(dbl, ticks[1] - ticks[0], known[*i].step, 1e-9), "%s", known[*i].name);
}

Test(axis, counts_have_whole_ticks) {
    for (int high = 1; high <= 3000; high++) {
        struct axis axis = axis_counting(high, 5, 0, 100);
        cr_assert(ge(int, axis.n, 2), "%d", high);
        for (int i = 0; i < axis.n; i++)
            cr_assert(axis.ticks[i] == nearbyint(axis.ticks[i]) && axis.ticks[i] <= axis.hi, "%d",
                      high);
    }
}

/* Whatever the end, things are counted in wholes; the axis holds at least one. */
Test(axis, counts_below_three_have_whole_ticks) {
    struct rng rng = rng_open(11, 0, RNG_TEST, 1);
    for (int i = 0; i < 10000; i++) {
        double high = 4 * rng_uniform(&rng);
        struct axis axis = axis_counting(high, 5, 0, 100);
        cr_assert(axis.n >= 2 && axis.hi >= fmax(high, 1), "%g", high);
        for (int t = 0; t < axis.n; t++)
            cr_assert(axis.ticks[t] == nearbyint(axis.ticks[t]) && axis.ticks[t] <= axis.hi + 1e-9,
                      "%g at %g", axis.ticks[t], high);
    }
}

Test(axis, from_zero_holds_the_highest_value_under_a_tick) {
    struct rng rng = rng_open(7, 0, RNG_TEST, 1);
    for (int i = 0; i < 2000; i++) {
        double high = pow(10, -6 + 12 * rng_uniform(&rng));
        struct axis axis = axis_from_zero(high, 5, 0, 1);
        cr_assert(axis.ticks[0] == 0 && axis.hi >= high * (1 - 1e-9), "%g", high);
        cr_assert(epsilon_eq(dbl, axis.ticks[axis.n - 1] / axis.hi, 1, 1e-9), "%g", high);
    }
}

Test(axis, nothing_reads_as_one) {
    struct axis axis = axis_from_zero(0, 5, 0, 1);
    cr_assert(epsilon_eq(dbl, axis.hi, 1, 1e-12));
    cr_assert(epsilon_eq(dbl, axis_from_zero(NAN, 5, 0, 1).hi, 1, 1e-12));
}

Test(axis, places_are_linear_or_logarithmic) {
    struct axis linear = axis_exact(10, 5, 100, 0);
    cr_assert(epsilon_eq(dbl, axis_at(&linear, 2.5), 75, 1e-9));
    struct axis log = axis_logarithmic(1, 100, 0, 300);
    double a = axis_at(&log, 1), b = axis_at(&log, 10), c = axis_at(&log, 100);
    cr_assert(epsilon_eq(dbl, b - a, c - b, 1e-9));
    cr_assert(a > 0 && c < 300);
    cr_assert(ge(int, log.n, 3));
}
