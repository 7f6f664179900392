/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Pools that an autoscaler watches, and launches that take what sim/ready_delay.h says.
 *
 *  A scaled pool has no schedule of its own: it begins with what its schedule has in the first
 * hour, inside min and max, and is decided on again every interval until the window ends. Requests
 * that wait because nothing is ready in their group are seen by its first scaled pool alone. What
 * stands in for a pool's instances is seen as its own (utilisation of these as it is at the
 * moment), what it holds for others is not. */
#ifndef HEADROOM_SIM_FLEET_SCALING_H
#define HEADROOM_SIM_FLEET_SCALING_H

#include "sim/replay_fleet.h"

struct pool_scaling {
    struct autoscaler_state *state;
    int64_t n_ready, n_busy; /* replicas that take requests; of these with work */
    ticks_sum ready, busy;   /* their time since the last decision */
    sim_ticks settled;
    int64_t requests_before; /* that had finished at the last decision */
};

/** Before fleet_target_open. */
void fleet_scaling_open(struct replay_fleet *fleet);
/** Is the pool's count an autoscaler's? */
static inline bool fleet_is_scaled(const struct replay_fleet *fleet, int pool) {
    return fleet->pools[pool].scaling != NULL;
}

static inline void pool_scaling_settle(struct pool_scaling *scaling, sim_ticks now) {
    scaling->ready += (ticks_sum)scaling->n_ready * (now - scaling->settled);
    scaling->busy += (ticks_sum)scaling->n_busy * (now - scaling->settled);
    scaling->settled = now;
}

/** Replicas of the pool became ready or busy, or ceased to be. */
static inline void fleet_scaling_count(struct replay_fleet *fleet, int pool, int ready, int busy,
                                       sim_ticks now) {
    struct pool_scaling *scaling = fleet->pools[pool].scaling;
    if (!scaling)
        return;
    pool_scaling_settle(scaling, now);
    scaling->n_ready += ready;
    scaling->n_busy += busy;
}

/** The pool's next decision is due. */
void fleet_scaling_decide(struct replay_fleet *fleet, int pool, sim_ticks now);

/** The instance's launch begins now and takes what its pool's ready delay says. */
void fleet_scaling_launch(struct replay_fleet *fleet, uint32_t instance, sim_ticks now);
/** A booting instance is given up. */
void fleet_scaling_give_up(struct replay_fleet *fleet, uint32_t instance, sim_ticks now);
/** Launches under way go on; those that end make their instances ready. */
void fleet_scaling_go_on(struct replay_fleet *fleet, sim_ticks now);

#endif
