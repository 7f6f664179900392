/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The workloads of a scenario: demand, objective, models, places to run. Part of scenario.c's
 * work, in its own file for size. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_WORKLOAD_H
#define HEADROOM_SCENARIOS_SCENARIO_WORKLOAD_H

#include "scenarios/scenario.h"
#include "scenarios/scenario_view.h"

/** Fill out->workloads from the root; what does not fit together goes to the mistakes. */
void scenario_workloads(struct view root, struct scenario *out);

/** The file whose folder a path at this place starts from. */
const char *scenario_relative_to(const struct scenario *scenario, struct place place);

#endif
