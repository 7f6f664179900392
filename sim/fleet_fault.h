/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The stated faults of a replay: each begins at its time and, where it lasts, ends after its
 * duration. Which instance one hits is drawn by the fault's place in the list. */
#ifndef HEADROOM_SIM_FLEET_FAULT_H
#define HEADROOM_SIM_FLEET_FAULT_H

#include "sim/replay_fleet.h"

void fleet_fault_open(struct replay_fleet *fleet);
/** It begins or ends now. */
void fleet_fault_change(struct replay_fleet *fleet, int fault, sim_ticks now);

#endif
