/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Pools on a spot market. The pools that name the same market and zone share its capacity; every
 * instance that has been launched and is not gone takes a place. When the capacity falls below
 * that, the provider takes back as many, drawn by launch. */
#ifndef HEADROOM_SIM_FLEET_MARKET_H
#define HEADROOM_SIM_FLEET_MARKET_H

#include "sim/replay_fleet.h"

void fleet_market_open(struct replay_fleet *fleet);
/** How many more the pool could launch; a large number without a market. */
int32_t fleet_market_room(const struct replay_fleet *fleet, int pool, sim_ticks now);
/** The capacity of the pool's market changes now. */
void fleet_market_change(struct replay_fleet *fleet, int pool, sim_ticks now);

#endif
