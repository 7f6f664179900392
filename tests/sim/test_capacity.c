/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capacity table: values on a curve small enough to compute by hand, and the laws that tie its
 * three functions together on random curves (fixed seeds): replicas is the inverse of rate, and the
 * best rate per replica bounds every group. */
#include "sim/capacity.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>

#include "base/rng.h"

static struct capacity curve(int n, const int *replicas, const double *rates) {
    struct capacity capacity = {.feasible = true, .n_points = n};
    for (int i = 0; i < n; i++) {
        capacity.points[i].replicas = replicas[i];
        capacity.points[i].rate_per_second = rates[i];
    }
    return capacity;
}

/* 1 -> 3/s, 2 -> 8/s, 4 -> 17/s: between points straight lines, beyond 4 it is 17/4 = 4.25 each. */
static struct capacity by_hand(void) {
    return curve(3, (int[]){1, 2, 4}, (double[]){3, 8, 17});
}

static const struct {
    double replicas, rate;
} rate_cases[] = {
    {0, 0},    {0.5, 1.5}, {1, 3},     {1.5, 5.5}, {2, 8},
    {3, 12.5}, {4, 17},    {5, 21.25}, {8, 34},    {400, 1700},
};

Test(capacity, rate_by_hand) {
    struct capacity capacity = by_hand();
    for (size_t i = 0; i < sizeof rate_cases / sizeof rate_cases[0]; i++)
        cr_assert(epsilon_eq(dbl, capacity_rate(&capacity, rate_cases[i].replicas),
                             rate_cases[i].rate, 1e-12));
}

static const struct {
    double rate;
    int replicas;
} replica_cases[] = {
    {0, 0},    {0.001, 1}, {3, 1},  {3.001, 2}, {8, 2},     {8.001, 3},
    {12.5, 3}, {12.51, 4}, {17, 4}, {17.01, 5}, {21.25, 5}, {21.26, 6},
};

Test(capacity, replicas_by_hand) {
    struct capacity capacity = by_hand();
    for (size_t i = 0; i < sizeof replica_cases / sizeof replica_cases[0]; i++)
        cr_assert(eq(int, capacity_replicas(&capacity, replica_cases[i].rate),
                     replica_cases[i].replicas));
}

Test(capacity, best_rate_is_the_best_point) {
    struct capacity capacity = by_hand();
    cr_assert(epsilon_eq(dbl, capacity_best_rate_per_replica(&capacity), 4.25, 1e-12));
}

Test(capacity, a_cap_ends_the_curve) {
    struct capacity capacity = curve(1, (int[]){1}, (double[]){5});
    capacity.rate_max_per_second = 12;
    cr_assert(epsilon_eq(dbl, capacity_rate(&capacity, 2), 10, 1e-12));
    cr_assert(epsilon_eq(dbl, capacity_rate(&capacity, 3), 12, 1e-12));
    cr_assert(eq(int, capacity_replicas(&capacity, 12), 3));
    cr_assert(eq(int, capacity_replicas(&capacity, 12.1), -1));
}

Test(capacity, infeasible_carries_nothing) {
    struct capacity capacity = by_hand();
    capacity.feasible = false;
    cr_assert(zero(dbl, capacity_rate(&capacity, 10)));
    cr_assert(zero(dbl, capacity_best_rate_per_replica(&capacity)));
    cr_assert(eq(int, capacity_replicas(&capacity, 0), 0));
    cr_assert(eq(int, capacity_replicas(&capacity, 0.1), -1));
}

/* Rising by at least 1 % from point to point, so that the inverse is unique. */
static struct capacity random_curve(struct rng *rng) {
    struct capacity capacity = {.feasible = true,
                                .n_points = 1 + (int)rng_below(rng, CAPACITY_POINTS_MAX)};
    double rate = 0;
    for (int i = 0; i < capacity.n_points; i++) {
        rate = (rate + 0.01) * (1.01 + 2 * rng_uniform(rng));
        capacity.points[i].replicas = 1 << i;
        capacity.points[i].rate_per_second = rate;
    }
    return capacity;
}

Test(capacity, replicas_is_the_inverse_of_rate) {
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
        struct capacity capacity = random_curve(&rng);
        double best = capacity_best_rate_per_replica(&capacity), before = 0;
        for (int n = 1; n <= 70; n++) {
            double rate = capacity_rate(&capacity, n);
            cr_assert(gt(dbl, rate, before), "seed %d, n %d", (int)seed, n);
            cr_assert(eq(int, capacity_replicas(&capacity, rate), n), "seed %d", (int)seed);
            double between = before + (rate - before) * 0.999;
            cr_assert(eq(int, capacity_replicas(&capacity, between), n), "seed %d", (int)seed);
            cr_assert(le(dbl, rate, best * n * (1 + 1e-12)), "seed %d", (int)seed);
            before = rate;
        }
    }
}

/* The law must be able to fail: the rate of the first point alone bounds no curve that bends up. */
Test(capacity, first_point_is_not_a_bound) {
    struct capacity capacity = by_hand();
    double first = capacity.points[0].rate_per_second;
    cr_assert(gt(dbl, capacity_rate(&capacity, 4), first * 4));
}
