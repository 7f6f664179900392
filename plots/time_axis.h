/* SPDX-License-Identifier: GPL-3.0-or-later */
/** An axis of time: cut where people's clocks cut it, at local midnight, Monday, month, quarter or
 * year, daylight saving included, so that a day in spring may be 23 hours wide. What lies between
 * two cuts is named in its middle; hours are named at their cuts. */
#ifndef HEADROOM_PLOTS_TIME_AXIS_H
#define HEADROOM_PLOTS_TIME_AXIS_H

#include "base/calendar.h"
#include "base/zone.h"
#include "plots/axis.h"
#include "plots/scene.h"

enum time_unit { TIME_HOURS, TIME_DAYS, TIME_WEEKS, TIME_MONTHS, TIME_QUARTERS, TIME_YEARS };

struct time_axis {
    struct axis axis; /* seconds since the epoch; its ticks are not used */
    const struct zone *zone;
    bool any_week; /* days are named without dates: a week that stands for others */
    enum time_unit unit;
    int every;                    /* units between cuts */
    int n;                        /* cuts, 0 .. AXIS_TICKS_MAX */
    int64_t cuts[AXIS_TICKS_MAX]; /* UTC, rising, from_s <= cut <= to_s */
};

/** The finest steps that cut [from_s, to_s] at most `most` times (3 .. AXIS_TICKS_MAX).
 *  @param from_s, to_s  UTC seconds, from_s < to_s, at most 200 years apart
 *  @param zone          NULL: UTC; kept */
struct time_axis time_axis_make(int64_t from_s, int64_t to_s, const struct zone *zone, int most,
                                double from, double to);

/** "14:00", "Mon 2", "Mon 2 Mar" (also the first of a month), "2 Mar", "Mar", "Mar 2027" (also
 * January), "Q1 2027", "2027": what an instant lies in, hours: the instant. */
const char *time_axis_words(struct arena *arena, const struct time_axis *time, int64_t utc_s);

/** Line at `top`, short ticks at the cuts and names under them; a name without room is cut to its
 * first letter (days of any week) or left out. */
void time_axis_draw(struct scene *scene, const struct time_axis *time, double top);

#endif
