/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of result.json that later commands start from: every value the scenario gives with its
 * place (`inputs`), what the plan runs (`fleet`), and its cost by what was used of what, and how it
 * was paid (`cost`). `headroom diff`, `explain` and `export` read them (scenarios/result_read.h).
 */
#ifndef HEADROOM_SCENARIOS_RESULT_COST_JSON_H
#define HEADROOM_SCENARIOS_RESULT_COST_JSON_H

#include "scenarios/json_tree.h"
#include "scenarios/study.h"

/** `inputs` always, `fleet` where there is a plan, `cost` where there is a bill. */
void result_put_cost(json_t *root, const struct study *study);

#endif
