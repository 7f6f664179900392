/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The jobs of a scenario. Part of scenario.c's work, in its own file for size. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_JOB_H
#define HEADROOM_SCENARIOS_SCENARIO_JOB_H

#include "scenarios/scenario.h"
#include "scenarios/scenario_view.h"

/** Fill out->jobs from the root, after what may be bought; what does not fit together goes to the
 * mistakes. */
void scenario_jobs(struct view root, struct scenario *out);

#endif
