/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The bill of the horizon by calendar month (UTC), as the provider's invoices come: what FOCUS
 * rows, payments, and the shares of those who pay are made of.
 *
 *  A month is made of the planning weeks that stand for it, each for so many of its hours
 * (sim/demand.h). What a commitment costs until an hour is rounded once and a month is a difference
 * of two such sums, so that its months add up to its term to the nano-dollar. Two views of the same
 * money: `effective` (amortised: upfront payments spread over the hours of the term) and `billed`
 * (cash: when it is paid). Over a term that lies in the horizon they are equal, exactly.
 *
 *  Commitments owned before have paid their upfront share already: only what they still pay is
 * billed here. */
#ifndef HEADROOM_SCENARIOS_STATEMENT_H
#define HEADROOM_SCENARIOS_STATEMENT_H

#include "base/calendar.h"
#include "pricing/bill_months.h"
#include "pricing/focus.h"
#include "sim/replay.h"
#include "solver/plan.h"

/** The sum of charges of a month that differ in their hour only, or a payment. */
struct statement_row {
    int month; /* calendar month of the horizon, from 0 */
    enum focus_purchase purchase;
    enum charge_kind kind; /* of usage */
    enum usage_kind usage;
    /* -1: a savings plan's own rows; what is nobody's. Workloads from the demand's number on are
     * jobs, which have no replay here and no idle time */
    int offer, workload;
    int zone; /* of spot with prices by zone: 1.. of the scenario's spot.zones; else 0 */
    const struct plan_commitment *commitment; /* NULL: none is involved */
    /* the capacity reservation that it ran or, without a workload, idled in; NULL: none */
    const struct plan_commitment *reservation;
    int64_t from_hour, to_hour; /* epoch hours of the charge */
    double quantity; /* as in pricing/focus.h; of what an offer runs for a workload in several rows,
                        covered or not, whole billionths of an hour that add up to it */
    usd_nano billed, effective;
    usd_nano idle;    /* of effective: time in which an instance's replicas, or held copies of a
                         function, had no work */
    double on_demand; /* the same usage on demand, USD; 0 for unused and for payments */
};

struct statement {
    int n_months;
    const int64_t
        *month_hours; /* [n_months + 1] epoch hours: the horizon's start, every 1st, its end */
    int n_rows;
    const struct statement_row *rows; /* month by month */
    usd_nano billed, effective;       /* of all rows */
};

/** What a statement is made from: planning weeks that were replayed and billed. */
struct statement_input {
    struct date start;
    const struct demand *demand;
    const struct bill *bills;            /* [n_weeks] */
    const struct offer *offers;          /* of the charges; NULL: what runs on demand costs what
                                            its charges add up to */
    const struct bill_months *rates;     /* of what is counted by the month; NULL: nothing is */
    const struct replay_result *replays; /* [n_workloads * n_weeks]: the time without work */
    const bool *aside; /* [n_offers] of what serves beside the workload: none of it is idle. NULL:
                          nothing does */
    const struct plan *plan;
    /* the plan's commitment that a charge of a week names by its index */
    const struct plan_commitment *(*charged)(const void *context, int week, int index);
    const void *context;
};

struct statement statement_make(struct arena *arena, const struct statement_input *input);

/** Whether commitments covered usage that is not the scenario's. Reserved capacity that idles is
 * its own, also where a commitment covers it. */
static inline bool statement_is_of_others(const struct statement_row *row) {
    return row->kind == CHARGE_COMMITMENT_USED && row->workload < 0 && row->reservation == NULL;
}

/** The first day of month m in the horizon: of the first one it may be any. */
static inline struct date statement_month_starts(const struct statement *statement, int month) {
    return calendar_date(statement->month_hours[month] / 24);
}

/** Hours of month m in the horizon. */
static inline int64_t statement_hours(const struct statement *statement, int month) {
    return statement->month_hours[month + 1] - statement->month_hours[month];
}

/** The part of calendar month m that is in the horizon. */
static inline double statement_month_share(const struct statement *statement, int month) {
    struct date first = statement_month_starts(statement, month);
    int days = calendar_days_in_month(first.year, first.month);
    return (double)statement_hours(statement, month) / (24.0 * days);
}

#endif
