/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What stands before a workload's fleet: its admission, tenants, fallback, timeouts,
 * cancellations, retries and cache. Part of scenario_workload.c's work, in its own file for size.
 */
#ifndef HEADROOM_SCENARIOS_SCENARIO_FRONT_H
#define HEADROOM_SCENARIOS_SCENARIO_FRONT_H

#include "scenarios/scenario.h"
#include "scenarios/scenario_view.h"

/** Fill out->front, out->fallback and out->fallback_place; the demand is read. */
void scenario_front(struct view workload, struct workload *out);

#endif
