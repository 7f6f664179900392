/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Demand over the horizon: a plain table of hours, each standing for a number of hours of the
 *  horizon.
 *
 *  The planning week is taken at the demand of the first, the middle and the last month (one week
 * when nothing grows). Month totals between are interpolated linearly between the neighbouring
 * weeks, so an hour's weight is the number of horizon hours it stands for, and the weights sum to
 * the hours of the horizon. Where something else than demand changes inside the horizon (an owned
 * commitment begins or ends), the horizon is cut on that day and each segment has weeks of its own.
 * REPLAY and BILL use the same weeks. Growth and purchases go by the months of the horizon, from
 * the day on which it begins; money is told by calendar month (UTC), as providers bill it.
 *
 * Days of events have weeks of their own, one for each different set of factors in a segment, so
 * that what is replayed is bounded: such a week is the planning week times the factors, at the
 * growth of its days' mean month, and stands for its days whatever days of the week they are. */
#ifndef HEADROOM_SIM_DEMAND_H
#define HEADROOM_SIM_DEMAND_H

#include "base/arena.h"
#include "base/calendar.h"
#include "sim/traffic.h"

/* a week for each month of the longest horizon and for each cut */
enum { DEMAND_MONTHS_MAX = 60, DEMAND_BREAKS_MAX = 128, DEMAND_EVENT_WEEKS_MAX = 8 };
enum { DEMAND_WEEKS_MAX = DEMAND_MONTHS_MAX + DEMAND_BREAKS_MAX + DEMAND_EVENT_WEEKS_MAX };
enum { HOURS_PER_MONTH = 730 }; /* the average month of every figure "a month" */

struct demand_week {
    int month;         /* 0-based month of the horizon; of events the mean of their days */
    int from_day;      /* of the horizon: first of its segment, in which nothing else changes */
    double weight;     /* horizon hours that one hour of this week stands for */
    struct date event; /* first of its days; year 0: an ordinary week */
};

/** Days on which a workload has `factor` times its demand: from `from`, before `to`. Of several
 * on one day the factors are multiplied. */
struct demand_event {
    int workload;
    struct date from, to;
    double factor; /* >= 0 */
};

struct demand_input {
    const struct traffic *const *traffic; /* [n_workloads] */
    const double *growth_per_month;       /* [n_workloads] fraction, e.g. 0.03; > -1 */
    bool growth_unknown; /* the middle and the last month have weeks even when nothing grows */
    const double *scale; /* [n_workloads] of the traffic's own rate, > 0; NULL: 1 */
    int n_workloads;
    struct date start; /* first day of the horizon */
    int months;        /* 1 .. DEMAND_MONTHS_MAX */
    /* [n_breaks] days of the horizon, rising, inside it: where it is cut, at most
     * DEMAND_BREAKS_MAX. A month that is cut gives each segment the hours in it */
    const int *breaks;
    int n_breaks;
    const struct demand_event *events; /* [n_events] */
    int n_events;
};

struct demand {
    int n_workloads, n_weeks, n_hours;          /* n_hours = n_weeks * 168 */
    struct demand_week weeks[DEMAND_WEEKS_MAX]; /* in order, then those of events */
    double *growth;          /* [n_workloads * n_weeks] of the traffic's rate in that week: scale,
                                growth and events */
    double *rate_per_second; /* [n_workloads * n_hours] mean arrivals in that hour */
    double *weight;          /* [n_hours] */
    int n_months;            /* of the horizon */
    double *month_hours;     /* [n_months * n_weeks] of a month's hours, those that each week stands
                                for; a week's add up to 168 times its weight */
    /* The same by calendar month (UTC), as providers bill: the horizon's first and last may lie in
     * it in part. */
    int n_calendar;               /* n_months, and one more unless the horizon begins on the 1st */
    const int64_t *calendar_from; /* [n_calendar + 1] epoch hours: the start, every 1st, the end */
    double *calendar_hours;       /* [n_calendar * n_weeks] */
    double horizon_hours;
};

/** Month m (0-based) has the demand of the traffic's week times (1 + growth)^m. The weeks taken are
 * those of months 0, (months - 1) / 2 rounded down, and months - 1, each once; of month 0 alone
 * when no workload grows. A month between two weeks gives its hours, without those of event days,
 * to both by its distance to each. */
void demand_build(struct arena *arena, const struct demand_input *input, struct demand *out);

/** Weeks that the days of events need, up to DEMAND_EVENT_WEEKS_MAX; one more than that: too many
 * for demand_build. */
int demand_event_weeks(struct arena *arena, const struct demand_input *input);

/** The calendar month of the horizon that a day of it is in; before and after it the nearest. */
static inline int demand_calendar_month(const struct demand *demand, int day) {
    int c = 0;
    while (c + 1 < demand->n_calendar &&
           demand->calendar_from[c + 1] <= demand->calendar_from[0] + 24 * (int64_t)day)
        c++;
    return c;
}

/** (1 + per_month)^months by multiplication: the same double on every machine, which pow() does not
 * promise. */
double demand_grown(double per_month, int months);

#endif
