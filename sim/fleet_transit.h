/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Work on its way from an instance that will end to another replica. The requests of an instance
 * go over its link one after the other, those in service first; a cache that cannot be sent before
 * the end stays behind, and is computed again. */
#ifndef HEADROOM_SIM_FLEET_TRANSIT_H
#define HEADROOM_SIM_FLEET_TRANSIT_H

#include "sim/replay_fleet.h"

/** Out of one instance. */
struct transit_link {
    const struct migration *migration;
    sim_ticks free, ends; /* the link; the instance */
};

struct transit_link fleet_transit_open(const struct pool *pool, sim_ticks now);
/** It has left its replica. */
void fleet_transit_send(struct replay_fleet *fleet, struct transit_link *link, struct work *work,
                        sim_ticks now);
/** Its client has gone: take it out; false: it is not on its way. */
bool fleet_transit_cancel(struct replay_fleet *fleet, int64_t id, sim_ticks now, struct work *out);
/** Those that arrive now are in `returned`. */
void fleet_transit_arrive(struct replay_fleet *fleet, sim_ticks now);
/** The replay ends: add the time of those on their way to sojourn_time. */
void fleet_transit_close(struct replay_fleet *fleet, sim_ticks now);

#endif
