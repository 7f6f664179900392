/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Who pays, as a scenario says it: tags, the rules of allocation, the fiscal year, budgets. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_FINANCE_H
#define HEADROOM_SCENARIOS_SCENARIO_FINANCE_H

#include "scenarios/allocation.h"
#include "scenarios/scenario_view.h"

struct scenario;
struct workload_value;

/** The tags of a map; its n_tags are told. */
const char *const (*scenario_tags(struct view view, int *n_tags))[2];

struct workload_value scenario_value(struct view value);

/** finance, allocation and budgets. */
void scenario_finance(struct view root, struct scenario *out);

/** Fiscal year and quarter (1..4) of a day. A year is named after the calendar year in which it
 * ends, so one that starts on 1 February 2026 is 2027. It starts on the 1st of a month: calendar
 * months, of which bills are, lie in one quarter. */
struct fiscal_period {
    int year, quarter;
    int month; /* of a budget by month: 1..12, of the calendar year `year`; else 0 */
};
struct fiscal_period fiscal_period_of(struct date day, int starts_month);

/** A budget of a tag that the plan has to keep is one of whole workloads. After all is read. */
void scenario_check_budgets(struct mistakes *mistakes, const struct scenario *scenario);

#endif
