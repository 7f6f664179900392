/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The scaling of a scenario. Part of scenario.c's work, in its own file for size. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_SCALING_H
#define HEADROOM_SCENARIOS_SCENARIO_SCALING_H

#include "scenarios/scenario.h"
#include "scenarios/scenario_view.h"

/** The scaling of each workload, out->own_scaling: what it states, else what the scenario does.
 * After the workloads and the scenario's own. */
void scenario_own_scaling(struct view root, struct scenario *out);

/** Fill *out from the map `scaling`; what does not fit together goes to the mistakes. */
void scenario_scaling(struct view view, struct scaling_spec *out);

#endif
