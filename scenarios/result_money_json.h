/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of result.json that say who pays, and what a unit of work costs. */
#ifndef HEADROOM_SCENARIOS_RESULT_MONEY_JSON_H
#define HEADROOM_SCENARIOS_RESULT_MONEY_JSON_H

#include "scenarios/json_tree.h"
#include "scenarios/study.h"

/** Keys `allocation`, `payments`, `budgets`, `unit_costs` and `effective_savings_rates`; none
 * without a replay. */
void result_put_money(json_t *root, const struct study *study);

#endif
