/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demand over the horizon: small horizons computed by hand in the comments, the law that weights
 * sum to the horizon's hours on every length of horizon, and the interpolation of a geometric
 * series against its exact sum. */
#include "sim/demand.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

static struct traffic ramp(double first) {
    struct traffic traffic = {.kind = TRAFFIC_GENERATED};
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = first + h;
    return traffic;
}

static struct demand build(struct arena *arena, double growth, struct date start, int months) {
    static struct traffic traffic;
    traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    struct demand demand;
    demand_build(arena, all, &growth, 1, start, months, NULL, 0, &demand);
    return demand;
}

static const struct date december = {2026, 12, 1};

/* December 2026 to November 2027 is a year of 365 days: 8760 h, one week of 168 h, 8760/168 each.
 */
Test(demand, no_growth_is_one_week) {
    struct arena arena = {0};
    struct demand demand = build(&arena, 0, december, 12);
    cr_assert(eq(int, demand.n_weeks, 1));
    cr_assert(eq(int, demand.n_hours, HOURS_PER_WEEK));
    cr_assert(epsilon_eq(dbl, demand.horizon_hours, 8760, 0));
    cr_assert(epsilon_eq(dbl, demand.weight[17], 8760.0 / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.rate_per_second[17], 18, 0));
    arena_release(&arena);
}

/* One month cannot grow into anything: one week, 31 x 24 h. */
Test(demand, one_month_is_one_week) {
    struct arena arena = {0};
    struct demand demand = build(&arena, 0.05, december, 1);
    cr_assert(eq(int, demand.n_weeks, 1));
    cr_assert(epsilon_eq(dbl, demand.weight[0], 744.0 / 168, 1e-12));
    arena_release(&arena);
}

/* December (744 h) and January (744 h): each its own week; the second at 1.05. */
Test(demand, two_months_are_two_weeks) {
    struct arena arena = {0};
    struct demand demand = build(&arena, 0.05, december, 2);
    cr_assert(eq(int, demand.n_weeks, 2));
    cr_assert(eq(int, demand.weeks[1].month, 1));
    cr_assert(epsilon_eq(dbl, demand.weight[0], 744.0 / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.weight[168], 744.0 / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.rate_per_second[168 + 3], 4 * 1.05, 1e-12));
    arena_release(&arena);
}

/* January to May 2027: 744, 672, 744, 720, 744 h; weeks at months 0, 2, 4. February goes half to
 * month 0, half to 2; April half to 2, half to 4:
 *   month 0: 744 + 336 = 1080,  month 2: 336 + 744 + 360 = 1440,  month 4: 360 + 744 = 1104. */
Test(demand, five_months_by_hand) {
    struct arena arena = {0};
    struct demand demand = build(&arena, 0.1, (struct date){2027, 1, 1}, 5);
    static const double hours[3] = {1080, 1440, 1104};
    static const int months[3] = {0, 2, 4};
    static const double factor[3] = {1, 1.1 * 1.1, 1.1 * 1.1 * 1.1 * 1.1};
    cr_assert(eq(int, demand.n_weeks, 3));
    for (int k = 0; k < 3; k++) {
        cr_assert(eq(int, demand.weeks[k].month, months[k]));
        cr_assert(epsilon_eq(dbl, demand.weeks[k].weight, hours[k] / 168, 1e-12));
        cr_assert(epsilon_eq(dbl, demand.growth[k], factor[k], 1e-12));
    }
    arena_release(&arena);
}

/* Six months, weeks at 0, 2, 5: April (month 3) is one third of the way from 2 to 5. Of the 720 h
 * of April 2027, 480 go to month 2 and 240 to 5; of the 744 h of May, 248 to month 2 and 496 to 5.
 */
Test(demand, uneven_distances_by_hand) {
    struct arena arena = {0};
    struct demand demand = build(&arena, -0.1, (struct date){2027, 1, 1}, 6);
    cr_assert(epsilon_eq(dbl, demand.weeks[0].weight, (744.0 + 336) / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.weeks[1].weight, (336.0 + 744 + 480 + 248) / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.weeks[2].weight, (240.0 + 496 + 720) / 168, 1e-12));
    arena_release(&arena);
}

Test(demand, workloads_share_the_weeks) {
    struct arena arena = {0};
    struct traffic chat = ramp(1), code = ramp(100);
    const struct traffic *all[2] = {&chat, &code};
    double growth[2] = {0, 0.02};
    struct demand demand;
    demand_build(&arena, all, growth, 2, december, 3, NULL, 0, &demand);
    cr_assert(eq(int, demand.n_weeks, 3));
    cr_assert(epsilon_eq(dbl, demand.growth[0 * 3 + 2], 1, 0));
    cr_assert(epsilon_eq(dbl, demand.growth[1 * 3 + 2], 1.02 * 1.02, 1e-15));
    cr_assert(epsilon_eq(dbl, demand.rate_per_second[1 * demand.n_hours + 2 * 168 + 5],
                         105 * 1.02 * 1.02, 1e-9));
    arena_release(&arena);
}

/* Cut on the day on which month 3 begins of December 2026 to May 2027: December, January, February
 * are months 0-2, each its own week (744, 744, 672 h), March, April, May months 3-5 (744, 720, 744
 * h). */
Test(demand, a_break_cuts_the_horizon) {
    struct arena arena = {0};
    struct traffic traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    double growth = 0.05;
    int at = 31 + 31 + 28;
    struct demand demand;
    demand_build(&arena, all, &growth, 1, december, 6, &at, 1, &demand);
    static const double hours[6] = {744, 744, 672, 744, 720, 744};
    cr_assert(eq(int, demand.n_weeks, 6));
    for (int k = 0; k < 6; k++) {
        cr_assert(eq(int, demand.weeks[k].month, k));
        cr_assert(epsilon_eq(dbl, demand.weeks[k].weight, hours[k] / 168, 1e-12));
    }
    growth = 0; /* one week a segment: 2160 h and 2208 h */
    demand_build(&arena, all, &growth, 1, december, 6, &at, 1, &demand);
    cr_assert(eq(int, demand.n_weeks, 2));
    cr_assert(epsilon_eq(dbl, demand.weight[0], 2160.0 / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.weight[168], 2208.0 / 168, 1e-12));
    arena_release(&arena);
}

/* Cut on 21 January 2027 (day 51) and 1 March (day 90) of December to May: with growth the weeks
 * are December and January (744 h, 20 x 24 h), January again and February (11 x 24 h, 672 h), and
 * each of the last three months. */
Test(demand, a_break_inside_a_month_shares_it) {
    struct arena arena = {0};
    struct traffic traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    double growth = 0.05;
    static const int at[2] = {51, 90};
    struct demand demand;
    demand_build(&arena, all, &growth, 1, december, 6, at, 2, &demand);
    static const double hours[7] = {744, 480, 264, 672, 744, 720, 744};
    static const int months[7] = {0, 1, 1, 2, 3, 4, 5};
    static const int from[7] = {0, 0, 51, 51, 90, 90, 90};
    cr_assert(eq(int, demand.n_weeks, 7));
    for (int k = 0; k < 7; k++) {
        cr_assert(eq(int, demand.weeks[k].month, months[k]));
        cr_assert(eq(int, demand.weeks[k].from_day, from[k]));
        cr_assert(epsilon_eq(dbl, demand.weeks[k].weight, hours[k] / 168, 1e-12));
    }
    cr_expect(epsilon_eq(dbl, demand.month_hours[1 * 7 + 1], 480, 1e-12));
    cr_expect(epsilon_eq(dbl, demand.month_hours[1 * 7 + 2], 264, 1e-12));
    cr_expect(epsilon_eq(dbl, demand.horizon_hours, 24 * 182, 1e-12));
    arena_release(&arena);
}

Test(demand, weights_sum_to_the_horizon) {
    static const struct date starts[] = {
        {2026, 12, 1}, {2028, 2, 29}, {2027, 1, 31}, {2027, 7, 15}};
    for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++)
        for (int months = 1; months <= 60; months++)
            for (int g = 0; g < 2; g++) {
                struct arena arena = {0};
                struct demand demand = build(&arena, 0.03 * g, starts[s], months);
                double sum = 0;
                for (int h = 0; h < demand.n_hours; h++)
                    sum += demand.weight[h];
                int64_t days = calendar_days(calendar_add_months(starts[s], months)) -
                               calendar_days(starts[s]);
                cr_assert(epsilon_eq(dbl, demand.horizon_hours, 24.0 * (double)days, 0));
                cr_assert(epsilon_eq(dbl, sum, demand.horizon_hours, 1e-9), "months %d", months);
                arena_release(&arena);
            }
}

/* Straight lines between three points of a convex series lie above it, by little: over a year at
 * 3 % a month the total is 0.2 to 0.6 % more than the exact sum; holding the first month's week for
 * the whole year would be 15 % less. */
Test(demand, interpolation_of_a_geometric_series) {
    struct arena arena = {0};
    struct demand demand = build(&arena, 0.03, december, 12);
    double exact = 0, factor = 1, got = 0;
    for (int m = 0; m < 12; m++, factor *= 1.03) {
        int64_t days = calendar_days(calendar_add_months(december, m + 1)) -
                       calendar_days(calendar_add_months(december, m));
        exact += factor * 24.0 * (double)days;
    }
    for (int k = 0; k < 3; k++)
        got += demand.growth[k] * demand.weeks[k].weight * 168;
    cr_assert(ge(dbl, got / exact, 1.001));
    cr_assert(le(dbl, got / exact, 1.006));
    cr_assert(lt(dbl, 8760 / exact, 0.87));
    arena_release(&arena);
}
