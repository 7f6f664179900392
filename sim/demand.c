/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/demand.h"

#include <math.h>

#include "base/err.h"

static bool any_growth(const double *growth_per_month, int n) {
    for (int w = 0; w < n; w++)
        if (growth_per_month[w] != 0)
            return true;
    return false;
}

/* Days of the horizon, [from, to), between two cuts. */
struct segment {
    int from, to;
};

/* Months of the weeks of one segment, from the one it begins in to the one it ends in (`last`),
 * rising, each once. */
static void choose_months(struct segment segment, int first, int last, bool grows,
                          struct demand *out) {
    int wanted[] = {first, first + (last - first) / 2, last};
    for (int i = 0; i < (grows ? 3 : 1); i++) {
        if (i > 0 && wanted[i] <= out->weeks[out->n_weeks - 1].month)
            continue;
        ENSURE(out->n_weeks < DEMAND_WEEKS_MAX);
        out->weeks[out->n_weeks++] =
            (struct demand_week){.month = wanted[i], .from_day = segment.from};
    }
}

/* The day of the horizon on which a month begins. */
static int month_begins(struct date start, int month) {
    return (int)(calendar_days(calendar_add_months(start, month)) - calendar_days(start));
}

/* Hours of a month inside the segment. */
static double hours_inside(struct date start, int month, struct segment segment) {
    int from = month_begins(start, month), to = month_begins(start, month + 1);
    from = from > segment.from ? from : segment.from;
    to = to < segment.to ? to : segment.to;
    return to > from ? 24.0 * (to - from) : 0;
}

/* Give a month's hours to the weeks on either side of it in its segment, weeks [first, last], more
 * to the nearer one. `given` [weeks] is that month's row. */
static void spread_month(const struct demand *out, int first, int last, int month, double hours,
                         double *given) {
    int after = first;
    while (after < last && out->weeks[after].month < month)
        after++;
    const struct demand_week *b = &out->weeks[after];
    if (after == first || b->month <= month) {
        given[after] = hours;
        return;
    }
    const struct demand_week *a = &out->weeks[after - 1];
    double to_b = (double)(month - a->month) / (double)(b->month - a->month);
    given[after] = hours * to_b;
    given[after - 1] = hours * (1 - to_b);
}

/* `given` [n_months * DEMAND_WEEKS_MAX] */
static void add_segment(struct demand *out, struct date start, struct segment segment, bool grows,
                        double *given) {
    int first_week = out->n_weeks, first = 0, last = 0;
    for (int m = 0; m < out->n_months; m++) {
        first = month_begins(start, m) <= segment.from ? m : first;
        last = month_begins(start, m) < segment.to ? m : last;
    }
    choose_months(segment, first, last, grows, out);
    for (int m = first; m <= last; m++) {
        double hours = hours_inside(start, m, segment);
        out->horizon_hours += hours;
        spread_month(out, first_week, out->n_weeks - 1, m, hours, &given[m * DEMAND_WEEKS_MAX]);
    }
}

static void fill_weights(struct arena *arena, const double *given, struct demand *out) {
    out->month_hours = arena_new(arena, double, out->n_months * out->n_weeks);
    for (int m = 0; m < out->n_months; m++)
        for (int k = 0; k < out->n_weeks; k++) {
            double hours = given[m * DEMAND_WEEKS_MAX + k];
            out->month_hours[m * out->n_weeks + k] = hours;
            out->weeks[k].weight += hours;
        }
    out->weight = arena_new(arena, double, out->n_hours);
    for (int k = 0; k < out->n_weeks; k++) {
        out->weeks[k].weight /= HOURS_PER_WEEK;
        for (int h = 0; h < HOURS_PER_WEEK; h++)
            out->weight[k * HOURS_PER_WEEK + h] = out->weeks[k].weight;
    }
}

/* By multiplication: the same double on every machine, which pow() does not promise. */
static double grown(double per_month, int months) {
    double factor = 1;
    for (int m = 0; m < months; m++)
        factor *= 1 + per_month;
    return factor;
}

static void fill_hours(const struct traffic *const *traffic, const double *growth_per_month,
                       struct demand *out) {
    for (int w = 0; w < out->n_workloads; w++)
        for (int k = 0; k < out->n_weeks; k++) {
            double factor = grown(growth_per_month[w], out->weeks[k].month);
            out->growth[w * out->n_weeks + k] = factor;
            for (int h = 0; h < HOURS_PER_WEEK; h++)
                out->rate_per_second[w * out->n_hours + k * HOURS_PER_WEEK + h] =
                    factor * traffic[w]->rate_per_second[h];
        }
}

void demand_build(struct arena *arena, const struct traffic *const *traffic,
                  const double *growth_per_month, int n_workloads, struct date start, int months,
                  const int *breaks, int n_breaks, struct demand *out) {
    ENSURE(months >= 1 && months <= DEMAND_MONTHS_MAX && n_workloads >= 1);
    for (int w = 0; w < n_workloads; w++)
        ENSURE(growth_per_month[w] > -1 && isfinite(growth_per_month[w]));
    struct arena scratch = {0};
    double *given = arena_new(&scratch, double, months *DEMAND_WEEKS_MAX);
    *out = (struct demand){.n_workloads = n_workloads, .n_months = months};
    bool grows = any_growth(growth_per_month, n_workloads);
    ENSURE(n_breaks <= DEMAND_BREAKS_MAX);
    int days = month_begins(start, months);
    struct segment segment = {0, 0};
    for (int i = 0; i <= n_breaks; i++) {
        segment.to = i < n_breaks ? breaks[i] : days;
        ENSURE(segment.to > segment.from && segment.to <= days);
        add_segment(out, start, segment, grows, given);
        segment.from = segment.to;
    }
    out->n_hours = out->n_weeks * HOURS_PER_WEEK;
    fill_weights(arena, given, out);
    arena_release(&scratch);
    out->growth = arena_new(arena, double, n_workloads * out->n_weeks);
    out->rate_per_second = arena_new(arena, double, n_workloads * out->n_hours);
    fill_hours(traffic, growth_per_month, out);
}
