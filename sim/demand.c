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

/* --- parts of months --- */

/* A month of the horizon lies in the calendar month that it begins in, and in the next one: two
 * parts, the second empty where the horizon begins on the 1st. */
enum { PARTS = 2, PARTS_MAX = PARTS * DEMAND_MONTHS_MAX };

/* Day of the horizon on which its calendar month c begins. */
static int calendar_begins(struct date start, int c) {
    struct date first = calendar_add_months((struct date){start.year, start.month, 1}, c);
    int day = (int)(calendar_days(first) - calendar_days(start));
    return day > 0 ? day : 0;
}

static struct segment part_days(struct date start, int part) {
    int month = part / PARTS, from = month_begins(start, month);
    int to = month_begins(start, month + 1), cut = calendar_begins(start, month + 1);
    cut = cut < to ? cut : to;
    return part % PARTS == 0 ? (struct segment){from, cut} : (struct segment){cut, to};
}

/* --- days of events --- */

/* Days of one segment with the same factors. */
struct event_week {
    struct segment segment;
    const double *factor; /* [n_workloads] */
    int first_day;        /* of the horizon */
    int days_of_part[PARTS_MAX];
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

static void add_event_day(struct arena *arena, const struct demand_input *in, int day, int part,
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
    days->weeks[k].days_of_part[part]++;
}

static struct event_days find_event_days(struct arena *arena, const struct demand_input *in) {
    struct event_days days = {0};
    double *factor = arena_new(arena, double, in->n_workloads);
    for (int part = 0; part < PARTS * in->months && in->n_events > 0; part++) {
        struct segment of = part_days(in->start, part);
        for (int day = of.from; day < of.to; day++)
            if (days.n <= DEMAND_EVENT_WEEKS_MAX && factors_of_day(in, day, factor))
                add_event_day(arena, in, day, part, factor, &days);
    }
    return days;
}

int demand_event_weeks(struct arena *arena, const struct demand_input *input) {
    return find_event_days(arena, input).n;
}

/* Of a part's hours in a segment, those on days of events. */
static double event_hours(const struct event_days *days, int part, struct segment segment) {
    double hours = 0;
    for (int k = 0; k < days->n; k++)
        if (days->weeks[k].segment.from == segment.from)
            hours += 24.0 * days->weeks[k].days_of_part[part];
    return hours;
}

/* The month of its mean day. */
static int mean_month(const struct event_week *week, int months) {
    int days = 0, sum = 0;
    for (int part = 0; part < PARTS * months; part++) {
        days += week->days_of_part[part];
        sum += part / PARTS * week->days_of_part[part];
    }
    return (2 * sum + days) / (2 * days);
}

/* `given` [PARTS * n_months * DEMAND_WEEKS_MAX] */
static void add_event_weeks(const struct demand_input *in, const struct event_days *days,
                            double *given, struct demand *out) {
    ENSURE(days->n <= DEMAND_EVENT_WEEKS_MAX);
    for (int k = 0; k < days->n; k++) {
        const struct event_week *week = &days->weeks[k];
        for (int part = 0; part < PARTS * in->months; part++)
            given[part * DEMAND_WEEKS_MAX + out->n_weeks] = 24.0 * week->days_of_part[part];
        out->weeks[out->n_weeks++] = (struct demand_week){
            .month = mean_month(week, in->months),
            .from_day = week->segment.from,
            .event = calendar_date(calendar_days(in->start) + week->first_day)};
    }
}

/* --- ordinary weeks --- */

/* Hours of a part inside the segment. */
static double hours_inside(struct date start, int part, struct segment segment) {
    struct segment days = part_days(start, part);
    int from = days.from > segment.from ? days.from : segment.from;
    int to = days.to < segment.to ? days.to : segment.to;
    return to > from ? 24.0 * (to - from) : 0;
}

/* Give hours of a month to the weeks on either side of it in its segment, weeks [first, last], more
 * to the nearer one. `given` [weeks] is the row of that part of the month. */
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

/* `given` [PARTS * n_months * DEMAND_WEEKS_MAX] */
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
    for (int part = PARTS * first; part < PARTS * (last + 1); part++) {
        double hours = hours_inside(start, part, segment);
        out->horizon_hours += hours;
        spread_month(out, first_week, out->n_weeks - 1, part / PARTS,
                     hours - event_hours(days, part, segment), &given[part * DEMAND_WEEKS_MAX]);
    }
}

/* A week whose days are all of events stands for nothing. */
static void drop_empty_weeks(double *given, struct demand *out) {
    int n = 0;
    for (int k = 0; k < out->n_weeks; k++) {
        double hours = 0;
        for (int part = 0; part < PARTS * out->n_months; part++)
            hours += given[part * DEMAND_WEEKS_MAX + k];
        if (!(hours > 0))
            continue;
        for (int part = 0; part < PARTS * out->n_months; part++)
            given[part * DEMAND_WEEKS_MAX + n] = given[part * DEMAND_WEEKS_MAX + k];
        out->weeks[n++] = out->weeks[k];
    }
    out->n_weeks = n;
}

static void fill_weights(struct arena *arena, const double *given, struct demand *out) {
    out->month_hours = arena_new(arena, double, out->n_months * out->n_weeks);
    out->calendar_hours = arena_new(arena, double, out->n_calendar * out->n_weeks);
    for (int part = 0; part < PARTS * out->n_months; part++)
        for (int k = 0; k < out->n_weeks; k++) {
            double hours = given[part * DEMAND_WEEKS_MAX + k];
            int month = part / PARTS, calendar = month + part % PARTS;
            if (hours > 0) {
                out->month_hours[month * out->n_weeks + k] += hours;
                out->calendar_hours[calendar * out->n_weeks + k] += hours;
                out->weeks[k].weight += hours;
            }
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

static void fill_calendar(struct arena *arena, struct date start, struct demand *out) {
    int64_t *from = arena_new(arena, int64_t, out->n_months + 2);
    out->n_calendar = out->n_months + (start.day > 1);
    for (int c = 0; c <= out->n_calendar; c++) {
        int day =
            c < out->n_calendar ? calendar_begins(start, c) : month_begins(start, out->n_months);
        from[c] = 24 * (calendar_days(start) + day);
    }
    out->calendar_from = from;
}

void demand_build(struct arena *arena, const struct demand_input *in, struct demand *out) {
    ENSURE(in->months >= 1 && in->months <= DEMAND_MONTHS_MAX && in->n_workloads >= 1);
    for (int w = 0; w < in->n_workloads; w++)
        ENSURE(in->growth_per_month[w] > -1 && isfinite(in->growth_per_month[w]));
    struct arena scratch = {0};
    double *given = arena_new(&scratch, double, PARTS * in->months * DEMAND_WEEKS_MAX);
    *out = (struct demand){.n_workloads = in->n_workloads, .n_months = in->months};
    fill_calendar(arena, in->start, out);
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
