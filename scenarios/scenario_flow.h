/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The flow of a workload's demand: steps and stations by name to a checked graph. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_FLOW_H
#define HEADROOM_SCENARIOS_SCENARIO_FLOW_H

#include "scenarios/scenario.h"
#include "scenarios/scenario_view.h"

/** Of the map demand.flow, into out->flow and out->stations; what does not fit together goes to the
 * mistakes. */
void scenario_flow(struct view view, struct demand_spec *out);

#endif
