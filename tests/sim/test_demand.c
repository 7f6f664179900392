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
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = &growth,
                                 .n_workloads = 1,
                                 .start = start,
                                 .months = months};
    struct demand demand;
    demand_build(arena, &input, &demand);
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
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = growth,
                                 .n_workloads = 2,
                                 .start = december,
                                 .months = 3};
    struct demand demand;
    demand_build(&arena, &input, &demand);
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
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = &growth,
                                 .n_workloads = 1,
                                 .start = december,
                                 .months = 6,
                                 .breaks = &at,
                                 .n_breaks = 1};
    struct demand demand;
    demand_build(&arena, &input, &demand);
    static const double hours[6] = {744, 744, 672, 744, 720, 744};
    cr_assert(eq(int, demand.n_weeks, 6));
    for (int k = 0; k < 6; k++) {
        cr_assert(eq(int, demand.weeks[k].month, k));
        cr_assert(epsilon_eq(dbl, demand.weeks[k].weight, hours[k] / 168, 1e-12));
    }
    growth = 0; /* one week a segment: 2160 h and 2208 h */
    demand_build(&arena, &input, &demand);
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
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = &growth,
                                 .n_workloads = 1,
                                 .start = december,
                                 .months = 6,
                                 .breaks = at,
                                 .n_breaks = 2};
    struct demand demand;
    demand_build(&arena, &input, &demand);
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

/* ---- events ---- */

static struct demand with_events(struct arena *arena, double growth, int months,
                                 const struct demand_event *events, int n) {
    static struct traffic traffic;
    traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = &growth,
                                 .n_workloads = 1,
                                 .start = december,
                                 .months = months,
                                 .events = events,
                                 .n_events = n};
    struct demand demand;
    demand_build(arena, &input, &demand);
    return demand;
}

static double total_requests(const struct demand *demand) {
    double sum = 0;
    for (int h = 0; h < demand->n_hours; h++)
        sum += demand->rate_per_second[h] * demand->weight[h];
    return sum;
}

/* December 2026 and January 2027 without growth, seven days from 28 December at 2.5 times: four of
 * them in December. One ordinary week of 1488 - 168 = 1320 h, one of 168 h in the mean month:
 * (4 x 0 + 3 x 1) / 7 = 0.43, so month 0. */
Test(demand, an_event_is_a_week_of_its_own) {
    struct arena arena = {0};
    struct demand_event event = {0, {2026, 12, 28}, {2027, 1, 4}, 2.5};
    struct demand demand = with_events(&arena, 0, 2, &event, 1);
    cr_assert(eq(int, demand.n_weeks, 2));
    cr_assert(epsilon_eq(dbl, demand.weeks[0].weight, 1320.0 / 168, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.weeks[1].weight, 1, 1e-12));
    cr_assert(eq(int, demand.weeks[0].event.year, 0));
    cr_assert(eq(int, demand.weeks[1].event.day, 28));
    cr_assert(eq(int, demand.weeks[1].month, 0));
    cr_assert(epsilon_eq(dbl, demand.rate_per_second[168 + 3], 10, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.month_hours[0 * 2 + 1], 96, 0));
    cr_assert(epsilon_eq(dbl, demand.month_hours[1 * 2 + 1], 72, 0));
    cr_assert(epsilon_eq(dbl, demand.horizon_hours, 1488, 0));
    arena_release(&arena);
}

/* Three months from 31 January 2027, growing, with an event of 26 February to 3 March: the calendar
 * months have 1, 28, 31 and 29 days, those of the horizon 28 (to 27 February), 31, 30, whoever
 * stands for their hours; each week has as many hours by either. */
Test(demand, calendar_months_beside_those_of_the_horizon) {
    static const int calendar[] = {1, 28, 31, 29}, own[] = {28, 31, 30};
    struct arena arena = {0};
    static struct traffic traffic;
    traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    double growth = 0.1;
    struct demand_event event = {0, {2027, 2, 26}, {2027, 3, 3}, 2};
    int cut = 40; /* 12 March */
    struct demand demand;
    demand_build(&arena,
                 &(struct demand_input){.traffic = all,
                                        .growth_per_month = &growth,
                                        .n_workloads = 1,
                                        .start = {2027, 1, 31},
                                        .months = 3,
                                        .breaks = &cut,
                                        .n_breaks = 1,
                                        .events = &event,
                                        .n_events = 1},
                 &demand);
    cr_assert(eq(int, demand.n_calendar, 4));
    int n = demand.n_weeks;
    int64_t begins = 24 * calendar_days((struct date){2027, 1, 31});
    double week[DEMAND_WEEKS_MAX] = {0};
    for (int c = 0; c < 4; c++) {
        double hours = 0;
        cr_expect(eq(i64, demand.calendar_from[c], begins));
        for (int k = 0; k < n; k++) {
            hours += demand.calendar_hours[c * n + k];
            week[k] += demand.calendar_hours[c * n + k];
        }
        cr_expect(epsilon_eq(dbl, hours, 24 * calendar[c], 1e-9), "month %d", c);
        begins += 24 * calendar[c];
    }
    cr_expect(eq(i64, demand.calendar_from[4], begins));
    for (int m = 0; m < 3; m++) {
        double hours = 0;
        for (int k = 0; k < n; k++)
            hours += demand.month_hours[m * n + k];
        cr_expect(epsilon_eq(dbl, hours, 24 * own[m], 1e-9), "month %d", m);
    }
    for (int k = 0; k < n; k++)
        cr_expect(epsilon_eq(dbl, week[k], 168 * demand.weeks[k].weight, 1e-9));
    /* the event's: 3 days of February, 2 of March */
    cr_expect(epsilon_eq(dbl, demand.calendar_hours[1 * n + n - 1], 72, 1e-9));
    cr_expect(epsilon_eq(dbl, demand.calendar_hours[2 * n + n - 1], 48, 1e-9));
    cr_expect(eq(int, demand_calendar_month(&demand, 0), 0));
    cr_expect(eq(int, demand_calendar_month(&demand, 1), 1));
    cr_expect(eq(int, demand_calendar_month(&demand, 28), 1));
    cr_expect(eq(int, demand_calendar_month(&demand, 29), 2));
    arena_release(&arena);
}

/* Days of the same factor share one week however far apart they are; days that two events touch
 * have the product of their factors and a week of their own. The total is that of a day-by-day sum
 * of the mean rate: 365 days, 20 at 2, 5 of them at 2 x 3. */
Test(demand, events_of_one_factor_share_a_week) {
    struct arena arena = {0};
    struct demand_event events[] = {{0, {2027, 1, 10}, {2027, 1, 20}, 2},
                                    {0, {2027, 6, 10}, {2027, 6, 20}, 2},
                                    {0, {2027, 6, 15}, {2027, 6, 20}, 3}};
    struct demand demand = with_events(&arena, 0, 12, events, 3);
    struct demand plain = with_events(&arena, 0, 12, NULL, 0);
    cr_assert(eq(int, demand.n_weeks, 3));
    double days = 365 - 20 + 15 * 2.0 + 5 * 6.0;
    cr_assert(epsilon_eq(dbl, total_requests(&demand) / total_requests(&plain), days / 365, 1e-12));
    arena_release(&arena);
}

/* An event in the last of twelve growing months is at that month's growth; one that covers the
 * whole horizon leaves no ordinary week. */
Test(demand, an_event_grows_with_its_month) {
    struct arena arena = {0};
    struct demand_event late = {0, {2027, 11, 24}, {2027, 12, 1}, 2};
    struct demand demand = with_events(&arena, 0.03, 12, &late, 1);
    cr_assert(eq(int, demand.n_weeks, 4));
    cr_assert(eq(int, demand.weeks[3].month, 11));
    cr_assert(epsilon_eq(dbl, demand.growth[3], 2 * pow(1.03, 11), 1e-12));
    struct demand_event all = {0, {2026, 1, 1}, {2028, 1, 1}, 2};
    demand = with_events(&arena, 0, 12, &all, 1);
    cr_assert(eq(int, demand.n_weeks, 1));
    cr_assert(epsilon_eq(dbl, demand.growth[0], 2, 0));
    cr_assert(epsilon_eq(dbl, demand.weeks[0].weight, 8760.0 / 168, 1e-12));
    arena_release(&arena);
}

/* Growth of which only an interval is known: its middle may be none, and yet the months differ. */
Test(demand, unknown_growth_has_three_weeks) {
    struct arena arena = {0};
    struct traffic traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    double growth = 0;
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = &growth,
                                 .growth_unknown = true,
                                 .n_workloads = 1,
                                 .start = december,
                                 .months = 12};
    struct demand demand;
    demand_build(&arena, &input, &demand);
    cr_assert(eq(int, demand.n_weeks, 3));
    cr_assert(eq(int, demand.weeks[2].month, 11));
    cr_assert(eq(dbl, demand.growth[2], 1));
    arena_release(&arena);
}

Test(demand, too_many_different_events_are_counted) {
    struct arena arena = {0};
    struct demand_event events[DEMAND_EVENT_WEEKS_MAX + 1];
    struct demand_input input = {.n_workloads = 1, .start = december, .months = 12};
    for (int i = 0; i <= DEMAND_EVENT_WEEKS_MAX; i++)
        events[i] = (struct demand_event){0, {2027, 1, 1 + i}, {2027, 1, 2 + i}, 1.5 + 0.5 * i};
    input.events = events;
    input.n_events = DEMAND_EVENT_WEEKS_MAX;
    cr_assert(eq(int, demand_event_weeks(&arena, &input), DEMAND_EVENT_WEEKS_MAX));
    input.n_events++;
    cr_assert(eq(int, demand_event_weeks(&arena, &input), DEMAND_EVENT_WEEKS_MAX + 1));
    arena_release(&arena);
}

/* Business numbers instead of the traffic's own rate: every hour by the same factor. */
Test(demand, a_scale_multiplies_every_hour) {
    struct arena arena = {0};
    struct traffic traffic = ramp(1);
    const struct traffic *all[1] = {&traffic};
    double growth = 0, scale = 0.25;
    struct demand_input input = {.traffic = all,
                                 .growth_per_month = &growth,
                                 .scale = &scale,
                                 .n_workloads = 1,
                                 .start = december,
                                 .months = 1};
    struct demand demand;
    demand_build(&arena, &input, &demand);
    cr_assert(epsilon_eq(dbl, demand.rate_per_second[7], 2, 1e-12));
    cr_assert(epsilon_eq(dbl, demand.growth[0], 0.25, 0));
    arena_release(&arena);
}
