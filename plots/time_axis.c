/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/time_axis.h"

#include "base/err.h"
#include "plots/chart.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

static const struct {
    enum time_unit unit;
    int every;
} steps[] = {
    {TIME_HOURS, 1},  {TIME_HOURS, 2},  {TIME_HOURS, 3},    {TIME_HOURS, 6},  {TIME_HOURS, 12},
    {TIME_DAYS, 1},   {TIME_DAYS, 2},   {TIME_DAYS, 4},     {TIME_WEEKS, 1},  {TIME_WEEKS, 2},
    {TIME_MONTHS, 1}, {TIME_MONTHS, 2}, {TIME_QUARTERS, 1}, {TIME_MONTHS, 6}, {TIME_YEARS, 1},
    {TIME_YEARS, 2},  {TIME_YEARS, 5},  {TIME_YEARS, 10},   {TIME_YEARS, 20}, {TIME_YEARS, 50},
};
enum { N_STEPS = sizeof steps / sizeof steps[0] };

static int64_t floor_to(int64_t value, int64_t step) {
    return value - ((value % step) + step) % step;
}

/* The civil time (seconds by the clock) of the first cut at or before `civil`. */
static int64_t civil_floor(int64_t civil, enum time_unit unit, int every) {
    int64_t day = floor_to(civil, DAY_S) / DAY_S;
    struct date date = calendar_date(day);
    int months = unit == TIME_QUARTERS ? 3 * every : every;
    switch (unit) {
    case TIME_HOURS:
        return floor_to(civil, (int64_t)every * HOUR_S);
    case TIME_DAYS:
        return (day - (every > 1 ? (date.day - 1) % every : 0)) * DAY_S;
    case TIME_WEEKS:
        return floor_to(day + 3, 7LL * every) * DAY_S - 3 * DAY_S; /* 1970-01-01 was a Thursday */
    case TIME_MONTHS:
    case TIME_QUARTERS:
        date.month -= (date.month - 1) % months;
        break;
    case TIME_YEARS:
        date.month = 1;
        date.year -= date.year % every;
        break;
    }
    date.day = 1;
    return calendar_days(date) * DAY_S;
}

static int64_t civil_next(int64_t civil, enum time_unit unit, int every) {
    struct date date = calendar_date(floor_to(civil, DAY_S) / DAY_S);
    switch (unit) {
    case TIME_HOURS:
        return civil + (int64_t)every * HOUR_S;
    case TIME_DAYS: /* of two days: counted anew each month, so that the first is a cut */
        if (date.day + every > calendar_days_in_month(date.year, date.month)) {
            date.day = 1;
            return calendar_days(calendar_add_months(date, 1)) * DAY_S;
        }
        return civil + (int64_t)every * DAY_S;
    case TIME_WEEKS:
        return civil + 7LL * every * DAY_S;
    case TIME_MONTHS:
        return calendar_days(calendar_add_months(date, every)) * DAY_S;
    case TIME_QUARTERS:
        return calendar_days(calendar_add_months(date, 3 * every)) * DAY_S;
    case TIME_YEARS:
        return calendar_days(calendar_add_months(date, 12 * every)) * DAY_S;
    }
    return INT64_MAX;
}

/* Cuts of one step; more than `most`: most + 1 is returned. */
static int cut(struct time_axis *time, int64_t from_s, int64_t to_s, int most) {
    int n = 0;
    int64_t civil = civil_floor(from_s + zone_east_s(time->zone, from_s), time->unit, time->every);
    for (;; civil = civil_next(civil, time->unit, time->every)) {
        int64_t utc = zone_utc_s(time->zone, civil);
        if (utc > to_s)
            return n;
        if (utc < from_s || (n > 0 && utc <= time->cuts[n - 1]))
            continue;
        if (n == most)
            return most + 1;
        time->cuts[n++] = utc;
    }
}

struct time_axis time_axis_make(int64_t from_s, int64_t to_s, const struct zone *zone, int most,
                                double from, double to) {
    ENSURE(from_s < to_s && most >= AXIS_TICKS_MIN && most <= AXIS_TICKS_MAX);
    struct time_axis time = {
        .axis = {.lo = (double)from_s, .hi = (double)to_s, .from = from, .to = to}, .zone = zone};
    for (int i = 0; i < N_STEPS; i++) {
        time.unit = steps[i].unit;
        time.every = steps[i].every;
        time.n = cut(&time, from_s, to_s, most);
        if (time.n <= most)
            return time;
    }
    time.n = 0;
    return time;
}

const char *time_axis_words(struct arena *arena, const struct time_axis *time, int64_t utc_s) {
    int64_t civil = utc_s + zone_east_s(time->zone, utc_s), day = floor_to(civil, DAY_S) / DAY_S;
    struct date date = calendar_date(day);
    const char *month = arena_printf(arena, "%.3s", calendar_month_name(date.month));
    switch (time->unit) {
    case TIME_HOURS:
        return arena_printf(arena, "%02d:00", (int)((civil - day * DAY_S) / HOUR_S));
    case TIME_DAYS: {
        const char *name = calendar_day_name(calendar_hour_of_week(day * 24) / 24);
        return time->any_week ? name
                              : arena_printf(arena, "%s %d%s%s", name, date.day,
                                             date.day == 1 ? " " : "", date.day == 1 ? month : "");
    }
    case TIME_WEEKS:
        return arena_printf(arena, "%d %s", date.day, month);
    case TIME_MONTHS:
        return date.month == 1 ? arena_printf(arena, "%s %d", month, date.year) : month;
    case TIME_QUARTERS:
        return arena_printf(arena, "Q%d %d", (date.month - 1) / 3 + 1, date.year);
    case TIME_YEARS:
        break;
    }
    return arena_printf(arena, "%d", date.year);
}

/* The name of what lies between two places, in its middle. */
static void name_between(struct scene *scene, const struct time_axis *time, int64_t utc_s,
                         double left, double right, double baseline) {
    const char *words = time_axis_words(scene->arena, time, utc_s);
    if (typeset_width(scene->type, words, chart_tick_style()) > right - left - 2)
        words = time->any_week ? arena_strndup(scene->arena, words, 1) : "";
    if (words[0] && typeset_width(scene->type, words, chart_tick_style()) <= right - left - 1)
        scene_text(scene, (left + right) / 2, baseline, ALIGN_CENTRE, chart_tick_style(), words);
}

static void name_hours(struct scene *scene, const struct time_axis *time, double baseline) {
    double free_from = time->axis.from - 20;
    for (int i = 0; i < time->n; i++) {
        const char *words = time_axis_words(scene->arena, time, time->cuts[i]);
        double half = typeset_width(scene->type, words, chart_tick_style()) / 2;
        double at = axis_at(&time->axis, (double)time->cuts[i]);
        if (at - half < free_from)
            continue;
        free_from = at + half + 4;
        scene_text(scene, at, baseline, ALIGN_CENTRE, chart_tick_style(), words);
    }
}

/* Cuts and the two ends of the axis are where names begin and end. */
void time_axis_draw(struct scene *scene, const struct time_axis *time, double top) {
    const struct stroke stroke = {COLOR_MUTED, 0.8, false, 0};
    const struct axis *x = &time->axis;
    scene_line(scene, (struct point){x->from, top}, (struct point){x->to, top}, stroke);
    for (int i = 0; i < time->n; i++) {
        double at = axis_at(x, (double)time->cuts[i]);
        if (at > x->from + 0.5 && at < x->to - 0.5)
            scene_line(scene, (struct point){at, top}, (struct point){at, top + 3.5}, stroke);
    }
    if (time->unit == TIME_HOURS) {
        name_hours(scene, time, top + 11);
        return;
    }
    double left = x->from;
    int64_t begin = (int64_t)x->lo;
    for (int i = 0; i <= time->n; i++) {
        double right = i < time->n ? axis_at(x, (double)time->cuts[i]) : x->to;
        if (right > left + 0.5)
            name_between(scene, time, begin, left, right, top + 11);
        left = right;
        begin = i < time->n ? time->cuts[i] : begin;
    }
}
