/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of result.json that say what the recommended fleet was put through beside its replay:
 * other draws, slow instances, losses, rollouts. */
#ifndef HEADROOM_SCENARIOS_RESULT_TRIALS_JSON_H
#define HEADROOM_SCENARIOS_RESULT_TRIALS_JSON_H

#include "scenarios/json_tree.h"
#include "scenarios/study.h"

/** Keys `confidence`, `slow_instances`, `zone_loss`, `instance_loss`, `spare` and `rollouts`, each
 * where the scenario asks for it. */
void result_put_trials(json_t *root, const struct study *study);

#endif
