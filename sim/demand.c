/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/demand.h"

#include <math.h>
#include <string.h>

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

/* --- days of events --- */

/* Days of one segment with the same factors. */
struct event_week {
    struct segment segment;
    const double *factor; /* [n_workloads] */
    int first_day;        /* of the horizon */
    int days_of_month[DEMAND_MONTHS_MAX];
};

struct event_days {
    int n; /* one more than DEMAND_EVENT_WEEKS_MAX: too many */
    struct event_week weeks[DEMAND_EVENT_WEEKS_MAX];
};

/* The factors of a day; false: no event touches it. */
static bool factors_of_day(const struct demand_input *in, int day, double *factor) {
    int64_t date = calendar_days(in->start) + day;
    bool any = false;
    for (int w = 0; w < in->n_workloads; w++)
        factor[w] = 1;
    for (int e = 0; e < in->n_events; e++) {
        const struct demand_event *event = &in->events[e];
        if (date >= calendar_days(event->from) && date < calendar_days(event->to))
            factor[event->workload] *= event->factor;
    }
    for (int w = 0; w < in->n_workloads; w++)
        any = any || factor[w] != 1;
    return any;
}

static struct segment segment_of(const struct demand_input *in, int day) {
    struct segment segment = {0, month_begins(in->start, in->months)};
    for (int i = 0; i < in->n_breaks; i++)
        if (in->breaks[i] <= day)
            segment.from = in->breaks[i];
        else if (in->breaks[i] < segment.to)
            segment.to = in->breaks[i];
    return segment;
}

static void add_event_day(struct arena *arena, const struct demand_input *in, int day, int month,
                          const double *factor, struct event_days *days) {
    size_t size = (size_t)in->n_workloads * sizeof *factor;
    struct segment segment = segment_of(in, day);
    int k = 0;
    while (k < days->n && (days->weeks[k].segment.from != segment.from ||
                           memcmp(days->weeks[k].factor, factor, size) != 0))
        k++;
    if (k == DEMAND_EVENT_WEEKS_MAX) {
        days->n = DEMAND_EVENT_WEEKS_MAX + 1;
        return;
    }
    if (k == days->n) {
        double *kept = arena_new(arena, double, in->n_workloads);
        memcpy(kept, factor, size);
        days->weeks[days->n++] =
            (struct event_week){.segment = segment, .factor = kept, .first_day = day};
    }
    days->weeks[k].days_of_month[month]++;
}

static struct event_days find_event_days(struct arena *arena, const struct demand_input *in) {
    struct event_days days = {0};
    double *factor = arena_new(arena, double, in->n_workloads);
    for (int m = 0; m < in->months && in->n_events > 0; m++)
        for (int day = month_begins(in->start, m); day < month_begins(in->start, m + 1); day++)
            if (days.n <= DEMAND_EVENT_WEEKS_MAX && factors_of_day(in, day, factor))
                add_event_day(arena, in, day, m, factor, &days);
    return days;
}

int demand_event_weeks(struct arena *arena, const struct demand_input *input) {
    return find_event_days(arena, input).n;
}

/* Of a month's hours in a segment, those on days of events. */
static double event_hours(const struct event_days *days, int month, struct segment segment) {
    double hours = 0;
    for (int k = 0; k < days->n; k++)
        if (days->weeks[k].segment.from == segment.from)
            hours += 24.0 * days->weeks[k].days_of_month[month];
    return hours;
}

/* The month of its mean day. */
static int mean_month(const struct event_week *week, int months) {
    int days = 0, sum = 0;
    for (int m = 0; m < months; m++) {
        days += week->days_of_month[m];
        sum += m * week->days_of_month[m];
    }
    return (2 * sum + days) / (2 * days);
}

/* `given` [n_months * DEMAND_WEEKS_MAX] */
static void add_event_weeks(const struct demand_input *in, const struct event_days *days,
                            double *given, struct demand *out) {
    ENSURE(days->n <= DEMAND_EVENT_WEEKS_MAX);
    for (int k = 0; k < days->n; k++) {
        const struct event_week *week = &days->weeks[k];
        for (int m = 0; m < in->months; m++)
            given[m * DEMAND_WEEKS_MAX + out->n_weeks] = 24.0 * week->days_of_month[m];
        out->weeks[out->n_weeks++] = (struct demand_week){
            .month = mean_month(week, in->months),
            .from_day = week->segment.from,
            .event = calendar_date(calendar_days(in->start) + week->first_day)};
    }
}

/* --- ordinary weeks --- */

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
static void add_segment(const struct demand_input *in, const struct event_days *days,
                        struct segment segment, double *given, struct demand *out) {
    struct date start = in->start;
    bool grows = in->growth_unknown || any_growth(in->growth_per_month, in->n_workloads);
    int first_week = out->n_weeks, first = 0, last = 0;
    for (int m = 0; m < out->n_months; m++) {
        first = month_begins(start, m) <= segment.from ? m : first;
        last = month_begins(start, m) < segment.to ? m : last;
    }
    choose_months(segment, first, last, grows, out);
    for (int m = first; m <= last; m++) {
        double hours = hours_inside(start, m, segment);
        out->horizon_hours += hours;
        spread_month(out, first_week, out->n_weeks - 1, m, hours - event_hours(days, m, segment),
                     &given[m * DEMAND_WEEKS_MAX]);
    }
}

/* A week whose days are all of events stands for nothing. */
static void drop_empty_weeks(double *given, struct demand *out) {
    int n = 0;
    for (int k = 0; k < out->n_weeks; k++) {
        double hours = 0;
        for (int m = 0; m < out->n_months; m++)
            hours += given[m * DEMAND_WEEKS_MAX + k];
        if (!(hours > 0))
            continue;
        for (int m = 0; m < out->n_months; m++)
            given[m * DEMAND_WEEKS_MAX + n] = given[m * DEMAND_WEEKS_MAX + k];
        out->weeks[n++] = out->weeks[k];
    }
    out->n_weeks = n;
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

double demand_grown(double per_month, int months) {
    double factor = 1;
    for (int m = 0; m < months; m++)
        factor *= 1 + per_month;
    return factor;
}

static double event_factor(const struct demand_input *in, const struct event_days *days,
                           const struct demand_week *week, int workload) {
    if (week->event.year == 0)
        return 1;
    int64_t first = calendar_days(week->event) - calendar_days(in->start);
    for (int k = 0; k < days->n; k++)
        if (days->weeks[k].first_day == first)
            return days->weeks[k].factor[workload];
    return 1;
}

static void fill_hours(const struct demand_input *in, const struct event_days *days,
                       struct demand *out) {
    for (int w = 0; w < out->n_workloads; w++)
        for (int k = 0; k < out->n_weeks; k++) {
            double factor = demand_grown(in->growth_per_month[w], out->weeks[k].month);
            factor *= event_factor(in, days, &out->weeks[k], w);
            factor *= in->scale ? in->scale[w] : 1;
            out->growth[w * out->n_weeks + k] = factor;
            for (int h = 0; h < HOURS_PER_WEEK; h++)
                out->rate_per_second[w * out->n_hours + k * HOURS_PER_WEEK + h] =
                    factor * in->traffic[w]->rate_per_second[h];
        }
}

void demand_build(struct arena *arena, const struct demand_input *in, struct demand *out) {
    ENSURE(in->months >= 1 && in->months <= DEMAND_MONTHS_MAX && in->n_workloads >= 1);
    for (int w = 0; w < in->n_workloads; w++)
        ENSURE(in->growth_per_month[w] > -1 && isfinite(in->growth_per_month[w]));
    struct arena scratch = {0};
    double *given = arena_new(&scratch, double, in->months *DEMAND_WEEKS_MAX);
    *out = (struct demand){.n_workloads = in->n_workloads, .n_months = in->months};
    struct event_days events = find_event_days(&scratch, in);
    ENSURE(in->n_breaks <= DEMAND_BREAKS_MAX);
    int days = month_begins(in->start, in->months);
    struct segment segment = {0, 0};
    for (int i = 0; i <= in->n_breaks; i++) {
        segment.to = i < in->n_breaks ? in->breaks[i] : days;
        ENSURE(segment.to > segment.from && segment.to <= days);
        add_segment(in, &events, segment, given, out);
        segment.from = segment.to;
    }
    add_event_weeks(in, &events, given, out);
    drop_empty_weeks(given, out);
    out->n_hours = out->n_weeks * HOURS_PER_WEEK;
    fill_weights(arena, given, out);
    out->growth = arena_new(arena, double, out->n_workloads * out->n_weeks);
    out->rate_per_second = arena_new(arena, double, out->n_workloads * out->n_hours);
    fill_hours(in, &events, out);
    arena_release(&scratch);
}
