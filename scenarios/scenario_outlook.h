/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is expected of the future: how a workload's demand grows, the days that are unlike the
 * week, the business numbers it comes from, and what follows the horizon. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_OUTLOOK_H
#define HEADROOM_SCENARIOS_SCENARIO_OUTLOOK_H

#include "scenarios/scenario_view.h"

/** growth, events and drivers of a workload's demand; the scenario's horizon has been read. */
void scenario_outlook(struct view demand, const struct scenario *scenario, struct demand_spec *out);

/** horizon.beyond */
void scenario_beyond(struct view horizon, struct growth_spec *out);

/** Requests per second of `drivers`; 0: there are none, or they are wrong. */
double scenario_driven_rate(struct view demand);

#endif
