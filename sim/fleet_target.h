/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How many instances each pool should hold, and what is done when it does not.
 *
 *  A pool should hold what its schedule asks for and what it holds for pools that fall back on it.
 *  Let w be that, h what it holds (booting and ready) and r how many of them are ready. It launches
 * w - h or as many as it gets; from then on its fallback holds for it
 *
 *      b = at least w - h, at most max(w - h, w - r), and between these what it held before,
 *
 *  so that a substitute comes at once and goes only when the pool's own are ready. */
#ifndef HEADROOM_SIM_FLEET_TARGET_H
#define HEADROOM_SIM_FLEET_TARGET_H

#include "sim/replay_fleet.h"

/** The pools' part of opening the fleet; schedules the first events. */
void fleet_target_open(struct replay_fleet *fleet);
/** Launch and remove until every pool holds what it should, as far as it can. */
void fleet_target_meet(struct replay_fleet *fleet, sim_ticks now);
/** The next hour of the schedule begins. */
void fleet_target_begin_hour(struct replay_fleet *fleet, sim_ticks now);
/** It is time to launch for an hour ahead. */
void fleet_target_look_ahead(struct replay_fleet *fleet, int pool, sim_ticks now);

#endif
