/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generator against the published first outputs of its state {1, 2, 3, 4}; log and exp against
 * the C library's long double functions; the normal quantile against erfc; variates by
 * Kolmogorov-Smirnov against their distribution functions at the 0.1 % level, and each of those
 * tests must reject a nearby wrong sampler (the mutants at the end of the table). Seeds are fixed,
 * so nothing here is a matter of luck. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "case_table.h"

/* Reference outputs of xoshiro256++ by its authors' C code. */
Test(rng, first_outputs_are_the_published_ones) {
    static const uint64_t want[] = {41943041,
                                    58720359,
                                    3588806011781223,
                                    3591011842654386,
                                    9228616714210784205ULL,
                                    9973669472204895162ULL,
                                    14011001112246962877ULL,
                                    12406186145184390807ULL,
                                    15849039046786891736ULL,
                                    10450023813501588000ULL};
    struct rng rng = {{1, 2, 3, 4}};
    for (int i = 0; i < 10; i++)
        cr_assert(eq(u64, rng_next(&rng), want[i]));
}

/* Pinned, because every stored result depends on them. */
Test(rng, keys_never_change) {
    struct rng rng = rng_open(1, 2, RNG_ARRIVAL, 3);
    cr_expect(eq(u64, rng_keyed(0, 0, RNG_MINUTE_RATE, 0), 2391539541053276776ULL));
    cr_expect(eq(u64, rng_next(&rng), 8340926920851604504ULL));
}

Test(rng, key_in_two_steps) {
    for (uint64_t i = 0; i < 100; i++)
        cr_assert(eq(u64, rng_at(rng_key(5, i, RNG_SERVICE), 7 * i),
                     rng_keyed(5, i, RNG_SERVICE, 7 * i)));
}

/* To the last bit: traffic drawn in blocks is the traffic drawn one by one. */
Test(rng, exponentials_by_the_block) {
    enum { N = 1000 };
    double block[N];
    struct rng one = rng_open(1, 2, RNG_TEST, 3), many = one;
    rng_fill_exponential(&many, block, N);
    for (int i = 0; i < N; i++)
        cr_assert(block[i] == rng_exponential(&one, 1), "%d", i);
    cr_assert(eq(u64, rng_next(&one), rng_next(&many)));
}

Test(rng, each_part_of_the_key_matters) {
    enum { N = 4096 };
    static uint64_t keys[4 * N];
    for (uint64_t i = 0; i < N; i++) {
        keys[i] = rng_keyed(i, 7, RNG_TEST, 7);
        keys[N + i] = rng_keyed(8000, i, RNG_TEST, 7);
        keys[2 * N + i] = rng_keyed(8000, 5000, RNG_TEST, i);
        keys[3 * N + i] = rng_keyed(i, i + 1, RNG_ROUTE, i);
    }
    for (int i = 0; i < 4 * N; i++)
        for (int j = 0; j < i; j++)
            cr_assert(keys[i] != keys[j], "%d %d", i, j);
}

/* Bits of neighbouring keys: each of the 64 differs in half of the pairs (n = 20000, sd 0.0035). */
Test(rng, neighbouring_keys_share_nothing) {
    enum { N = 20000 };
    int flips[64] = {0};
    for (uint64_t i = 0; i < N; i++) {
        uint64_t difference = rng_keyed(1, 0, RNG_TEST, i) ^ rng_keyed(1, 0, RNG_TEST, i + 1);
        for (int bit = 0; bit < 64; bit++)
            flips[bit] += (int)(difference >> bit & 1);
    }
    for (int bit = 0; bit < 64; bit++)
        cr_assert(lt(dbl, fabs(flips[bit] / (double)N - 0.5), 0.018), "bit %d", bit);
}

Test(rng, unit_never_reaches_its_ends) {
    cr_assert(eq(dbl, rng_unit(0), 0x1p-53));
    cr_assert(eq(dbl, rng_unit(UINT64_MAX), 1 - 0x1p-53));
    cr_assert(eq(dbl, rng_unit(1ULL << 63), 0.5 + 0x1p-53));
}

/* ---- log and exp ---- */

static double error_of(double got, long double want) {
    return (double)fabsl(((long double)got - want) / want);
}

Test(rng, log_is_good_to_1e_14) {
    struct rng rng = rng_open(4, 0, RNG_TEST, 0);
    double worst = 0;
    for (int i = 0; i < 400000; i++) {
        uint64_t bits = rng_next(&rng) >> 1; /* every exponent, subnormals too */
        if (i % 4 == 1)
            bits = (bits & 0xFFFFFFFFFFFFFULL) | 0x3FE0000000000000ULL; /* [1/2, 1) */
        if (i % 4 == 2)
            bits = (bits & 0xFFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL; /* [1, 2) */
        if (i % 4 == 3)
            bits = 0x3FF0000000000000ULL + (uint64_t)(i % 2000) - 1000; /* next to 1 */
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x) || x <= 0 || x == 1)
            continue;
        worst = fmax(worst, error_of(rng_log(x), logl((long double)x)));
    }
    cr_assert(lt(dbl, worst, 1e-14), "worst %g", worst);
    cr_assert(eq(dbl, rng_log(1), 0));
    cr_assert(lt(dbl, error_of(rng_log(0x1p-1074), logl(0x1p-1074L)), 1e-14));
    cr_assert(lt(dbl, error_of(rng_log(DBL_MAX), logl((long double)DBL_MAX)), 1e-14));
}

Test(rng, exp_is_good_to_1e_14) {
    struct rng rng = rng_open(5, 0, RNG_TEST, 0);
    double worst = 0;
    for (int i = 0; i < 400000; i++) {
        double x = (2 * rng_uniform(&rng) - 1) * (i % 3 == 0 ? 700 : i % 3 == 1 ? 3 : 1e-6);
        worst = fmax(worst, error_of(rng_exp(x), expl((long double)x)));
    }
    cr_assert(lt(dbl, worst, 1e-14), "worst %g", worst);
    cr_assert(eq(dbl, rng_exp(0), 1));
    cr_assert(eq(dbl, rng_exp(800), INFINITY));
    cr_assert(eq(dbl, rng_exp(-800), 0));
    cr_assert(lt(dbl, error_of(rng_exp(709.7), expl(709.7L)), 1e-13));
}

Test(rng, log_of_zero_is_a_bug, .exit_code = 70) {
    rng_log(0);
}

Test(rng, log_of_infinity_is_a_bug, .exit_code = 70) {
    rng_log(INFINITY);
}

Test(rng, exp_of_nan_is_a_bug, .exit_code = 70) {
    rng_exp(NAN);
}

/* ---- normal quantile ---- */

Test(rng, normal_quantile_inverts_erfc) {
    struct rng rng = rng_open(6, 0, RNG_TEST, 0);
    for (int i = 0; i < 100000; i++) {
        double p = rng_uniform(&rng);
        if (i % 2)
            p = rng_exp(-36 * p); /* far tail */
        if (p <= 0 || p >= 1)
            continue;
        double x = rng_normal_quantile(p);
        double back = (double)(erfcl(-(long double)x / sqrtl(2)) / 2);
        /* An error of 1 ulp in x moves the tail by x^2 ulp. */
        cr_assert(lt(dbl, fabs(back - p) / p, 1e-15 * (10 + x * x)), "p %g x %g", p, x);
    }
    cr_assert(eq(dbl, rng_normal_quantile(0.5), 0));
    cr_assert(epsilon_eq(dbl, rng_normal_quantile(0.975), 1.959963984540054, 1e-14));
    cr_assert(epsilon_eq(dbl, rng_normal_quantile(1e-10), -6.361340902404056, 1e-13));
}

Test(rng, normal_is_monotone_in_its_uniform) {
    double last = -INFINITY;
    for (int i = 1; i < 200000; i++) {
        double x = rng_normal_quantile(i / 200000.0);
        cr_assert(gt(dbl, x, last));
        last = x;
    }
}

Test(rng, normal_quantile_of_1_is_a_bug, .exit_code = 70) {
    rng_normal_quantile(1);
}

/* ---- distributions ---- */

/* Regularised lower incomplete gamma: the series, summed to the end. */
static double gamma_cdf(double shape, double x) {
    double term = 1 / shape, sum = term;
    for (int k = 1; k < 2000 && term > sum * 1e-17; k++)
        sum += term *= x / (shape + k);
    double value = exp(-x + shape * log(x) - lgamma(shape)) * sum;
    return value < 1 ? value : 1;
}

struct law {
    const char *name;
    double (*draw)(struct rng *rng);
    double (*cdf)(double x);
    bool right; /* false: a mutant, which must be told from the law */
};

static double draw_uniform(struct rng *rng) {
    return rng_uniform(rng);
}
static double cdf_uniform(double x) {
    return x;
}
static double draw_exponential(struct rng *rng) {
    return rng_exponential(rng, 3);
}
static double cdf_exponential(double x) {
    return -expm1(-x / 3);
}
static double cdf_normal(double x) {
    return erfc(-x / sqrt(2)) / 2;
}
static double draw_gamma_03(struct rng *rng) {
    return rng_gamma(rng, 0.3, 2);
}
static double cdf_gamma_03(double x) {
    return gamma_cdf(0.3, x / 2);
}
static double draw_gamma_1(struct rng *rng) {
    return rng_gamma(rng, 1, 3);
}
static double draw_gamma_7(struct rng *rng) {
    return rng_gamma(rng, 7.5, 0.5);
}
static double cdf_gamma_7(double x) {
    return gamma_cdf(7.5, x * 2);
}
static double wrong_uniform(struct rng *rng) { /* 6 bits only */
    return (double)(rng_next(rng) >> 58) / 64;
}
static double wrong_exponential(struct rng *rng) {
    return 1.02 * rng_exponential(rng, 3);
}
static double wrong_normal(struct rng *rng) { /* the sum of three, variance 1 */
    return 2 * (rng_uniform(rng) + rng_uniform(rng) + rng_uniform(rng) - 1.5);
}
static double wrong_gamma_03(struct rng *rng) { /* the boost left out */
    return rng_gamma(rng, 1.3, 2);
}
static double wrong_gamma_7(struct rng *rng) { /* every proposal accepted */
    double d = 7.5 - 1.0 / 3, root = 1 + rng_normal(rng) / sqrt(9 * d);
    return d * root * root * root * 0.5 * 1.01;
}

static const struct law laws[] = {
    {"uniform", draw_uniform, cdf_uniform, true},
    {"exponential", draw_exponential, cdf_exponential, true},
    {"normal", rng_normal, cdf_normal, true},
    {"gamma 0.3", draw_gamma_03, cdf_gamma_03, true},
    {"gamma 1", draw_gamma_1, cdf_exponential, true},
    {"gamma 7.5", draw_gamma_7, cdf_gamma_7, true},
    {"uniform of 6 bits", wrong_uniform, cdf_uniform, false},
    {"exponential 2 % long", wrong_exponential, cdf_exponential, false},
    {"sum of three", wrong_normal, cdf_normal, false},
    {"gamma without boost", wrong_gamma_03, cdf_gamma_03, false},
    {"gamma 1 % long", wrong_gamma_7, cdf_gamma_7, false},
};

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

CASE_TEST(rng, variates_follow_their_law, laws) {
    enum { N = 200000 };
    static double draws[N];
    const struct law *law = &laws[*index];
    struct rng rng = rng_open(7, 0, RNG_TEST, (uint64_t)*index);
    for (int i = 0; i < N; i++)
        draws[i] = law->draw(&rng);
    qsort(draws, N, sizeof draws[0], ascending);
    double distance = 0;
    for (int i = 0; i < N; i++) {
        double p = law->cdf(draws[i]);
        distance = fmax(distance, fmax((i + 1.0) / N - p, p - (double)i / N));
    }
    double critical = 1.949 / sqrt(N); /* Kolmogorov's 0.1 % point */
    cr_assert(eq(int, distance < critical, law->right), "%s: distance %g, limit %g", law->name,
              distance, critical);
}

/* Chi-square over 13 cells, 12 degrees of freedom: 32.9 is the 0.1 % point. A biased multiply of
 * 8-bit draws (the mutant) must exceed it. */
static double chi_square_of_13(bool mutant) {
    enum { N = 400000 };
    int counts[13] = {0};
    struct rng rng = rng_open(8, 0, RNG_TEST, 0);
    for (int i = 0; i < N; i++)
        counts[mutant ? (rng_next(&rng) >> 56) * 13 >> 8 : rng_below(&rng, 13)]++;
    double chi = 0;
    for (int i = 0; i < 13; i++)
        chi += (counts[i] - N / 13.0) * (counts[i] - N / 13.0) / (N / 13.0);
    return chi;
}

Test(rng, below_is_even) {
    cr_assert(lt(dbl, chi_square_of_13(false), 32.9));
    cr_assert(gt(dbl, chi_square_of_13(true), 32.9));
}

/* n = 3 x 2^62: without redrawing, multiples of 3 would come twice as often as the rest. */
Test(rng, below_is_even_for_large_n) {
    enum { N = 30000 };
    struct rng rng = rng_open(8, 1, RNG_TEST, 0);
    int multiples = 0;
    for (int i = 0; i < N; i++) {
        cr_assert(eq(u64, rng_below(&rng, 1), 0));
        uint64_t draw = rng_below(&rng, 3ULL << 62);
        cr_assert(lt(u64, draw, 3ULL << 62));
        multiples += draw % 3 == 0;
    }
    cr_assert(epsilon_eq(dbl, multiples / (double)N, 1.0 / 3, 0.01)); /* sd 0.0027 */
}

Test(rng, below_0_is_a_bug, .exit_code = 70) {
    struct rng rng = rng_open(1, 1, RNG_TEST, 1);
    rng_below(&rng, 0);
}

Test(rng, gamma_of_shape_0_is_a_bug, .exit_code = 70) {
    struct rng rng = rng_open(1, 1, RNG_TEST, 1);
    rng_gamma(&rng, 0, 1);
}
