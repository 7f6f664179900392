/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Commitments of a scenario, in the words of one table: those that are owned (an item of
 * estate.owned) and those that may be bought, with the months in which they may start (purchase).
 */
#ifndef HEADROOM_SCENARIOS_SCENARIO_PURCHASE_H
#define HEADROOM_SCENARIOS_SCENARIO_PURCHASE_H

#include "scenarios/scenario_view.h"

/** One item of estate.owned; the scenario's horizon has been read. */
void scenario_owned(struct view item, const struct scenario *scenario, struct owned_spec *out);

/** purchase; the horizon has been read. */
void scenario_purchase(struct view root, struct scenario *out);

#endif
