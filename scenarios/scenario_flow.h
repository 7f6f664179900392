/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The flow of a workload's demand: steps by name to a checked graph. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_FLOW_H
#define HEADROOM_SCENARIOS_SCENARIO_FLOW_H

#include "scenarios/scenario_view.h"
#include "sim/task_flow.h"

/** Of the map demand.flow; what does not fit together goes to the mistakes. */
const struct task_flow *scenario_flow(struct view view);

#endif
