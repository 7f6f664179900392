/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a scenario says about the spot market: the key `spot`. */
#ifndef HEADROOM_SCENARIOS_SCENARIO_SPOT_H
#define HEADROOM_SCENARIOS_SCENARIO_SPOT_H

#include "scenarios/scenario_view.h"

/** After the workloads and the ways to buy have been read. */
void scenario_spot(struct view root, struct scenario *out);

#endif
