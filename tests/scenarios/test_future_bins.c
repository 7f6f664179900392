/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hours in bins: few different hours are kept exactly, many keep their mean and their weight, and
 * hours in which different workloads peak are kept apart. */
#include "scenarios/future_bins.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

enum { HOURS = HOURS_PER_WEEK };

static struct demand demand_of(struct arena *arena, int n_workloads) {
    struct demand demand = {.n_workloads = n_workloads, .n_weeks = 1, .n_hours = HOURS};
    demand.weeks[0].weight = 4;
    demand.rate_per_second = arena_new(arena, double, n_workloads *HOURS);
    demand.weight = arena_new(arena, double, HOURS);
    for (int h = 0; h < HOURS; h++)
        demand.weight[h] = 4;
    return demand;
}

static double sum(const struct demand *demand, int workload, double over) {
    double total = 0;
    for (int h = 0; h < demand->n_hours; h++)
        total += demand->weight[h] *
                 fmax(demand->rate_per_second[workload * demand->n_hours + h] - over, 0);
    return total;
}

static double weights(const struct demand *demand) {
    double total = 0;
    for (int h = 0; h < demand->n_hours; h++)
        total += demand->weight[h];
    return total;
}

Test(future_bins, few_different_hours_are_kept) {
    struct arena arena = {0};
    struct demand demand = demand_of(&arena, 2);
    for (int h = 0; h < HOURS; h++) {
        demand.rate_per_second[h] = h % 24 < 12 ? 10 : 0;
        demand.rate_per_second[HOURS + h] = h % 24 < 12 ? 0 : 7;
    }
    struct plan_input input = {.demand = &demand};
    const double *left;
    const struct plan_spot *spot;
    const struct demand *bins = future_bins(&arena, &input, &left, &spot);
    cr_assert(eq(int, bins->n_hours, FUTURE_BINS));
    cr_assert(epsilon_eq(dbl, weights(bins), weights(&demand), 1e-9));
    for (int h = 0; h < bins->n_hours; h++) {
        double a = bins->rate_per_second[h], b = bins->rate_per_second[FUTURE_BINS + h];
        bool day = fabs(a - 10) < 1e-9 && b == 0, night = a == 0 && fabs(b - 7) < 1e-9;
        cr_assert(day || night);
        cr_assert(gt(dbl, bins->weight[h], 0));
    }
    arena_release(&arena);
}

/* A ramp of 168 different hours: weight and mean are kept; what lies over a level, which is convex,
 * is never more than over the hours, and within 2 % of it. Six bins of a wrong kind (in the order
 * of time) would miss that by more for a week that goes up and down. */
Test(future_bins, many_hours_keep_mean_and_nearly_what_lies_over_a_level) {
    struct arena arena = {0};
    struct demand demand = demand_of(&arena, 1);
    for (int h = 0; h < HOURS; h++)
        demand.rate_per_second[h] = 100 + 50 * sin(2 * 3.14159265 * h / 24) + h % 7;
    struct plan_input input = {.demand = &demand};
    const double *left;
    const struct plan_spot *spot;
    const struct demand *bins = future_bins(&arena, &input, &left, &spot);
    cr_assert(epsilon_eq(dbl, sum(bins, 0, 0), sum(&demand, 0, 0), 1e-6));
    for (double level = 60; level < 145; level += 5) {
        double exact = sum(&demand, 0, level), got = sum(bins, 0, level);
        cr_assert(le(dbl, got, exact * (1 + 1e-12)));
        cr_assert(ge(dbl, got, exact * 0.98 - 4), "over %g: %g of %g", level, got, exact);
    }
    arena_release(&arena);
}

Test(future_bins, what_is_left_of_owned_is_averaged) {
    struct arena arena = {0};
    struct demand demand = demand_of(&arena, 1);
    double owned_left[HOURS];
    for (int h = 0; h < HOURS; h++) {
        demand.rate_per_second[h] = h % 2;
        owned_left[h] = h % 2 ? 0.5 : 1;
    }
    struct commitment owned = {0};
    struct plan_input input = {
        .demand = &demand, .owned = &owned, .n_owned = 1, .owned_left = owned_left};
    const double *left;
    const struct plan_spot *spot;
    const struct demand *bins = future_bins(&arena, &input, &left, &spot);
    for (int h = 0; h < bins->n_hours; h++)
        cr_assert(epsilon_eq(dbl, left[h], bins->rate_per_second[h] > 0 ? 0.5 : 1, 1e-12));
    arena_release(&arena);
}

/* Forty weeks have six bins each, and keep their weights and means. */
Test(future_bins, many_weeks_have_fewer) {
    struct arena arena = {0};
    enum { WEEKS = 40 };
    struct demand demand = {.n_workloads = 1, .n_weeks = WEEKS, .n_hours = WEEKS * HOURS};
    demand.rate_per_second = arena_new(&arena, double, WEEKS *HOURS);
    demand.weight = arena_new(&arena, double, WEEKS *HOURS);
    for (int h = 0; h < WEEKS * HOURS; h++) {
        demand.rate_per_second[h] = 1 + h % 24 + h / HOURS;
        demand.weight[h] = 1;
    }
    struct plan_input input = {.demand = &demand};
    const double *left;
    const struct plan_spot *spot;
    const struct demand *bins = future_bins(&arena, &input, &left, &spot);
    cr_assert(eq(int, bins->n_hours, WEEKS *FUTURE_BINS_MIN));
    cr_assert(epsilon_eq(dbl, weights(bins), WEEKS * HOURS, 1e-6));
    cr_assert(epsilon_eq(dbl, sum(bins, 0, 0), sum(&demand, 0, 0), 1e-4));
    arena_release(&arena);
}
