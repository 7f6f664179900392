/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of the future against closed forms: quantiles and moments of a lognormal, an interval at
 * another confidence, means of the worst part of known lists; and a wrong spread is rejected. */
#include "scenarios/future_draws.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"

Test(future_draws, ends_are_quantiles_10_and_90) {
    struct future_spread spread = {0.8, 1, 1.5};
    cr_assert(epsilon_eq(dbl, future_factor(&spread, -FUTURE_Z90), 0.8, 1e-12));
    cr_assert(epsilon_eq(dbl, future_factor(&spread, 0), 1, 1e-12));
    cr_assert(epsilon_eq(dbl, future_factor(&spread, FUTURE_Z90), 1.5, 1e-12));
    struct future_spread certain = {1.2, 1.2, 1.2};
    cr_assert(eq(dbl, future_factor(&certain, 3), 1.2));
}

/* 95 % of outcomes inside (0.5, 2): z is 1.96 there, so quantile 90 is 2^(1.2816 / 1.96). */
Test(future_draws, an_interval_of_another_confidence) {
    struct future_spread spread = future_spread_of(0.5, 1, 2, 0.95);
    double want = pow(2, 1.2815515655446 / 1.9599639845401);
    cr_assert(epsilon_eq(dbl, spread.high, want, 1e-9));
    cr_assert(epsilon_eq(dbl, spread.low, 1 / want, 1e-9));
    cr_assert(epsilon_eq(dbl, future_factor(&spread, 1.9599639845401), 2, 1e-9));
}

/* A symmetric spread is a lognormal with sigma = ln(high) / z90: mean exp(sigma^2 / 2), variance
 * (exp(sigma^2) - 1) exp(sigma^2). 400 strata meet both within 1 %; a sigma 10 % too large is
 * rejected by the variance. */
Test(future_draws, moments_of_a_lognormal) {
    enum { N = 400 };
    double z[N], values[N], sigma = 0.3;
    future_normals(7, 1, N, z);
    struct future_spread spread = {exp(-sigma * FUTURE_Z90), 1, exp(sigma * FUTURE_Z90)};
    struct future_spread mutant = {exp(-0.33 * FUTURE_Z90), 1, exp(0.33 * FUTURE_Z90)};
    const struct future_spread *both[] = {&spread, &mutant};
    double mean_want = exp(sigma * sigma / 2);
    double variance_want = (exp(sigma * sigma) - 1) * exp(sigma * sigma);
    for (int k = 0; k < 2; k++) {
        double mean, variance = 0;
        for (int i = 0; i < N; i++)
            values[i] = future_factor(both[k], z[i]);
        mean = future_mean(values, N);
        for (int i = 0; i < N; i++)
            variance += (values[i] - mean) * (values[i] - mean) / N;
        bool near = fabs(mean / mean_want - 1) < 0.01 && fabs(variance / variance_want - 1) < 0.03;
        cr_assert(eq(int, near, k == 0), "%g of %g", variance, variance_want);
    }
}

/* Each stratum once, in another order for another input, the same for the same one. */
Test(future_draws, strata_come_once) {
    enum { N = 32 };
    double a[N], b[N], c[N];
    future_normals(7, 1, N, a);
    future_normals(7, 1, N, b);
    future_normals(7, 2, N, c);
    double product = 0;
    for (int i = 0; i < N; i++) {
        int seen = 0;
        for (int k = 0; k < N; k++)
            seen += fabs(a[k] - rng_normal_quantile((i + 0.5) / N)) < 1e-12;
        cr_assert(eq(int, seen, 1));
        cr_assert(eq(dbl, a[i], b[i]));
        product += a[i] * c[i] / N;
    }
    cr_assert(lt(dbl, fabs(product), 0.5)); /* 1 when both have one order */
}

/* The worst 5 % of 1 .. 40 are 39 and 40: 39.5. Of 1 .. 10 it is half of the 10; the worst 25 % are
 * 10, 9 and half of 8: (10 + 9 + 4) / 2.5. The whole is the mean. */
Test(future_draws, the_worst_part_of_known_lists) {
    struct arena arena = {0};
    double values[40];
    for (int i = 0; i < 40; i++)
        values[i] = 1 + (i * 7) % 40; /* 1 .. 40 in another order */
    cr_assert(epsilon_eq(dbl, future_worst(&arena, values, 40, 0.05), 39.5, 1e-12));
    double ten[10] = {3, 1, 10, 7, 5, 9, 2, 8, 4, 6};
    cr_assert(epsilon_eq(dbl, future_worst(&arena, ten, 10, 0.05), 10, 1e-12));
    cr_assert(epsilon_eq(dbl, future_worst(&arena, ten, 10, 0.25), 23 / 2.5, 1e-12));
    cr_assert(epsilon_eq(dbl, future_worst(&arena, ten, 10, 1), 5.5, 1e-12));
    cr_assert(eq(dbl, ten[0], 3));
    cr_assert(epsilon_eq(dbl, future_quantile(&arena, ten, 10, 0.5), 5.5, 1e-12));
    cr_assert(epsilon_eq(dbl, future_quantile(&arena, ten, 10, 1), 10, 1e-12));
    arena_release(&arena);
}
