/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sketch against exact order statistics of the same values: lognormal, uniform, and the worst
 * case of all values at bucket edges. Merging in any order gives the same counts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "base/rng.h"
#include "case_table.h"

enum { N_VALUES = 50000, N_BUCKETS = QUANTILE_PER_OCTAVE * QUANTILE_OCTAVES };

static double values[N_VALUES];

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double draw(int kind, struct rng *rng) {
    if (kind == 0)
        return rng_exp(1.7 * rng_normal(rng));
    if (kind == 1)
        return 1e-6 * rng_uniform(rng);
    if (kind == 2) /* bucket edges */
        return ldexp(1 + (double)rng_below(rng, 128) / 128, (int)rng_below(rng, 20) - 10);
    return nextafter(ldexp(1 + (double)rng_below(rng, 128) / 128, (int)rng_below(rng, 20) - 10),
                     0); /* just below them */
}

static const char *const kinds[] = {"lognormal", "uniform", "edges", "below edges"};

CASE_TEST(quantile, is_within_its_bound, kinds) {
    struct arena arena = {0};
    struct rng rng = rng_open(11, 0, RNG_TEST, (uint64_t)*index);
    struct quantile_sketch sketch = quantile_open(&arena);
    for (int i = 0; i < N_VALUES; i++)
        quantile_record(&sketch, values[i] = draw(*index, &rng));
    qsort(values, N_VALUES, sizeof values[0], ascending);
    for (int i = 0; i <= 1000; i++) {
        double q = i / 1000.0;
        int rank = (int)ceil(q * N_VALUES);
        double exact = values[rank > 0 ? rank - 1 : 0], got = quantile_at(&sketch, q);
        cr_assert(le(dbl, fabs(got - exact), QUANTILE_RELATIVE_ERROR * exact), "%s q %g: %g %g",
                  kinds[*index], q, got, exact);
    }
    cr_assert(eq(dbl, quantile_at(&sketch, 0), values[0]));
    cr_assert(eq(dbl, quantile_at(&sketch, 1), values[N_VALUES - 1]));
    arena_release(&arena);
}

/* Against the exact share; both ends of the bucket of the limit bound the error. */
Test(quantile, share_below_is_exact_up_to_a_bucket) {
    struct arena arena = {0};
    struct rng rng = rng_open(12, 0, RNG_TEST, 0);
    struct quantile_sketch sketch = quantile_open(&arena);
    for (int i = 0; i < N_VALUES; i++)
        quantile_record(&sketch, values[i] = draw(0, &rng));
    for (int k = 0; k < 200; k++) {
        double limit = draw(0, &rng);
        int below = 0, under = 0, over = 0;
        for (int i = 0; i < N_VALUES; i++) {
            below += values[i] <= limit;
            under += values[i] <= limit / (1 + 1.0 / 128);
            over += values[i] <= limit * (1 + 1.0 / 128);
        }
        double got = quantile_share_below(&sketch, limit) * N_VALUES;
        cr_assert(under - 1e-6 <= got && got <= over + 1e-6, "%g: %g not near %d", limit, got,
                  below);
    }
    cr_assert(eq(dbl, quantile_share_below(&sketch, sketch.max), 1));
    cr_assert(eq(dbl, quantile_share_below(&sketch, nextafter(sketch.min, 0)), 0));
    cr_assert(eq(dbl, quantile_share_below(&sketch, INFINITY), 1));
    arena_release(&arena);
}

/* Even values: within the bucket of the limit the share runs straight. */
Test(quantile, share_below_is_straight_inside_a_bucket) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    for (int i = 0; i < N_VALUES; i++)
        quantile_record(&sketch, 1 + (i + 0.5) / N_VALUES);
    for (int i = 1; i < 1000; i++)
        cr_assert(epsilon_eq(dbl, quantile_share_below(&sketch, 1 + i / 1000.0), i / 1000.0, 1e-4));
    arena_release(&arena);
}

Test(quantile, merge_is_exact_and_order_free) {
    struct arena arena = {0};
    struct rng rng = rng_open(13, 0, RNG_TEST, 0);
    struct quantile_sketch whole = quantile_open(&arena), parts[3];
    for (int part = 0; part < 3; part++)
        parts[part] = quantile_open(&arena);
    for (int i = 0; i < N_VALUES; i++) {
        double value =
            i % 100 == 0 ? 0 : ldexp(floor(1024 * draw(0, &rng)), -10); /* sums exactly */
        quantile_record(&whole, value);
        quantile_record(&parts[rng_below(&rng, 3)], value);
    }
    static const int orders[2][3] = {{0, 1, 2}, {2, 0, 1}};
    for (int order = 0; order < 2; order++) {
        struct quantile_sketch merged = quantile_open(&arena), empty = quantile_open(&arena);
        quantile_merge(&merged, &empty);
        for (int part = 0; part < 3; part++)
            quantile_merge(&merged, &parts[orders[order][part]]);
        quantile_merge(&merged, &empty);
        cr_assert(eq(u64, merged.n, whole.n));
        cr_assert(eq(u64, merged.n_zero, whole.n_zero));
        cr_assert(eq(dbl, merged.min, whole.min));
        cr_assert(eq(dbl, merged.max, whole.max));
        cr_assert(eq(dbl, merged.sum, whole.sum));
        cr_assert(eq(int, memcmp(merged.counts, whole.counts, N_BUCKETS * sizeof(uint64_t)), 0));
    }
    arena_release(&arena);
}

Test(quantile, empty_is_not_a_number) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    cr_assert(isnan(quantile_at(&sketch, 0.5)));
    cr_assert(isnan(quantile_mean(&sketch)));
    cr_assert(isnan(quantile_share_below(&sketch, 1)));
    arena_release(&arena);
}

Test(quantile, few_values_and_the_ends_of_the_scale) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    quantile_record(&sketch, 0.25);
    for (int i = 0; i <= 10; i++)
        cr_assert(eq(dbl, quantile_at(&sketch, i / 10.0), 0.25));
    quantile_record(&sketch, 0);
    quantile_record(&sketch, 0);
    quantile_record(&sketch, 1e12); /* past the scale: quantiles there give the maximum */
    quantile_record(&sketch, 2e12);
    cr_assert(eq(u64, sketch.n_zero, 2));
    cr_assert(lt(dbl, quantile_at(&sketch, 0.4), 1e-9));
    cr_assert(epsilon_eq(dbl, quantile_at(&sketch, 0.6), 0.25, 0.001));
    cr_assert(eq(dbl, quantile_at(&sketch, 0.8), 2e12));
    cr_assert(eq(dbl, quantile_share_below(&sketch, 0.5), 0.6));
    cr_assert(eq(dbl, quantile_mean(&sketch), (0.25 + 3e12) / 5));
    arena_release(&arena);
}

Test(quantile, negative_value_is_a_bug, .exit_code = 70) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    quantile_record(&sketch, -1);
}

Test(quantile, infinite_value_is_a_bug, .exit_code = 70) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    quantile_record(&sketch, INFINITY);
}

Test(quantile, nan_is_a_bug, .exit_code = 70) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    quantile_record(&sketch, NAN);
}

Test(quantile, q_past_1_is_a_bug, .exit_code = 70) {
    struct arena arena = {0};
    struct quantile_sketch sketch = quantile_open(&arena);
    quantile_at(&sketch, 1.5);
}
