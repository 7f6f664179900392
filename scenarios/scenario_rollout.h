/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The rollout of a workload, as its file says it. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_ROLLOUT_H
#define HEADROOM_SCENARIOS_SCENARIO_ROLLOUT_H

#include "scenarios/scenario_view.h"

/** NULL: there is none, or its kind is a mistake. */
const struct rollout_spec *scenario_rollout(struct view rollout);

#endif
