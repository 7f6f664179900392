/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the provider's months make of the bills of planning weeks.
 *
 *  A planning week stands for hours of several calendar months (sim/demand.h), and two things are
 * counted by the calendar month (UTC): volume tiers, whose counters are reset on the 1st at 00:00,
 * and a unit of a volume kept for a month, which is prorated by the seconds of that month. So what
 * such usage costs is known for all weeks of a month together:
 *
 *    Q(m) = Sum over weeks of (hours of m that the week stands for / hours of the week) x use of
 *           the week that no plan covers, that of others included
 *    rate of a unit in month m = cost of the first Q(m) units over the tiers / Q(m)
 *
 *  Everyone who uses it in a month pays that rate. A month that lies in the horizon in part has
 *  whole tiers: what was used of it before the horizon is not known, and none is counted. */
#ifndef HEADROOM_PRICING_BILL_MONTHS_H
#define HEADROOM_PRICING_BILL_MONTHS_H

#include "pricing/bill.h"

struct bill_months_input {
    const struct offer *offers; /* those of the bills */
    int n_weeks, n_months;
    const struct bill *bills;   /* [n_weeks] of ledgers without a date */
    const double *month_hours;  /* [n_months * n_weeks] of a month's hours, those of each week */
    const int64_t *months_from; /* [n_months + 1] epoch hours; inside it every first of a month */
    double week_hours;          /* of a ledger */
};

/** What is counted by the calendar month. */
struct bill_month_row {
    enum usage_kind usage;
    int offer;
};

struct bill_months {
    int n_rows, n_months, n_weeks;
    const struct bill_month_row *rows;
    const double *usd;      /* [n_rows * n_months] of a ledger's unit in month m */
    const double *week_usd; /* [n_rows * n_weeks] its mean over the hours of a week */
};

struct bill_months bill_months_make(struct arena *arena, const struct bill_months_input *input);

/** USD of a ledger's unit of a charge in a month; NaN: what is not counted by the month. */
double bill_months_unit_usd(const struct bill_months *months, const struct charge *charge,
                            int month);

/** The week's bill at the mean rates of its months: then the weeks, each as often as it stands in
 * the horizon, add up to the bills of the months but for the rounding of charges. */
struct bill bill_months_apply(struct arena *arena, const struct bill_months *months, int week,
                              const struct bill *bill);

#endif
