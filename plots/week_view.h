/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One workload's planning week as a chart shows it: what runs, by how it is paid for, beside what
 * is needed.
 *
 *  Fleets mix instance types, so everything is counted in instances of the workload's main type:
 * an instance of another type counts as its planned capacity in a large group over the main type's.
 * Without any instance the unit is one request per second. */
#ifndef HEADROOM_PLOTS_WEEK_VIEW_H
#define HEADROOM_PLOTS_WEEK_VIEW_H

#include "scenarios/study.h"

/** The clock by which people read a planning week (scenario: time_zone). A week stands for its
 * month: it is taken to begin on the first Monday of it, 00:00 UTC. */
struct week_clock {
    int64_t from_s; /* UTC */
    const struct zone *zone;
    const char *zone_name; /* "UTC" */
    int64_t change_s; /* UTC: the first change of the clock in the week's month; 0: there is none */
};
struct week_clock week_clock_of(const struct study *study, int week);
/** 0 (Monday, 00:00 to 01:00) .. 167: in which hour of the week it shows the beginning of an hour.
 */
int week_clock_hour(const struct week_clock *clock, int hour);
/** The same with the minutes as a part of the hour: 5.5 is Monday 05:30. */
double week_clock_shown(const struct week_clock *clock, int hour);
/** "UTC"; of a clock with daylight saving how far it stands from UTC at the week's beginning, and
 * when in the month it is changed: "America/New_York, UTC-05:00; clock changes on 14 March". */
const char *week_clock_name(struct arena *arena, const struct week_clock *clock);
/** "Mon 10:00": what it shows at the beginning of an hour of the week. */
const char *week_clock_words(struct arena *arena, const struct week_clock *clock, int hour);

struct week_view {
    int workload, week, n_hours;
    struct week_clock clock;
    int main;         /* candidate that gives the unit; -1: requests per second */
    bool mixed;       /* other types are converted */
    const char *unit; /* "g6e.2xlarge instances", "requests per second" */
    double unit_rate; /* requests per second that one unit is planned to carry */
    double held;      /* units that commitments cover when fully used */
    /* [n_hours], units: committed <= held; then spot, on demand, overflow stand on top */
    double *committed, *spot, *on_demand, *overflow;
    double *rate; /* [n_hours] requests per second that come */
    /* [n_hours] units on instances that carry, inside the target, what is not overflow: what runs
     * in the hour, scaled by the simulated capacity curves until it just does; of the main type
     * where nothing runs. Without any instance the rate. */
    double *need;
};

/** @param plan  the study's recommended plan, feasible */
struct week_view week_view_make(struct arena *arena, const struct study *study,
                                const struct plan *plan, int workload, int week);

/** The candidate that carries most of the workload's demand on instances, or -1. */
int week_view_main_candidate(const struct study *study, const struct plan *plan, int workload);

/** Highest total of an hour, and of need; *hour gets the hour of peak need (may be NULL). */
double week_view_top(const struct week_view *view);
double week_view_peak_need(const struct week_view *view, int *hour);

#endif
