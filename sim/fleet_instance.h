/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The life of one instance of a replay: launched, ready, draining or noticed, gone.
 *
 *  These functions change what a pool holds; afterwards fleet_target_meet launches what is lacking.
 */
#ifndef HEADROOM_SIM_FLEET_INSTANCE_H
#define HEADROOM_SIM_FLEET_INSTANCE_H

#include "sim/replay_fleet.h"

enum { NO_INSTANCE = -1 };

static inline uint32_t fleet_replicas_of(const struct replay_fleet *fleet,
                                         const struct instance *instance) {
    return (uint32_t)fleet->input->pools[instance->pool].replicas_per_instance;
}

/** Of one instance, in what the router balances. */
static inline double fleet_capacity_of(const struct pool *pool) {
    return pool->replicas_per_instance * pool->weight;
}

/** Draws that belong to one launch of one pool. */
static inline uint64_t fleet_launch_entity(int pool, int64_t ordinal) {
    return (uint64_t)pool << 40 | (uint64_t)ordinal;
}

/** A new one, booting; it is paid from `launched`, which may lie before or after now. */
uint32_t fleet_instance_launch(struct replay_fleet *fleet, int pool, sim_ticks launched);
/** From booting to ready; draws when it will be lost. */
void fleet_instance_make_ready(struct replay_fleet *fleet, uint32_t index, sim_ticks now);
/** The pool does not want it any more: booting or ready. */
void fleet_instance_remove(struct replay_fleet *fleet, uint32_t index, sim_ticks now);
/** A draining instance ends with its last request. */
void fleet_instance_end_if_drained(struct replay_fleet *fleet, uint32_t index, sim_ticks now);

/** What ends it against our will. */
enum loss { LOSS_INTERRUPTED, LOSS_FAILED };

/** It ends now; its work starts again elsewhere. */
void fleet_instance_lose(struct replay_fleet *fleet, uint32_t index, sim_ticks now, enum loss loss);
/** The provider takes it back: after the pool's notice. */
void fleet_instance_take_back(struct replay_fleet *fleet, uint32_t index, sim_ticks now);

/** Times of its replicas become those of `service`; NULL: those of its pool again. Requests in
 * service begin their present step or service anew. */
void fleet_instance_change_speed(struct replay_fleet *fleet, uint32_t index,
                                 const struct service *service, sim_ticks now);

/** Hours of an instance that never serves: the replacement of one of the warm pool. */
void fleet_instance_pay(struct replay_fleet *fleet, int pool, sim_ticks from, sim_ticks to);

/** The replay ends: date it and write it into the ledger. */
void fleet_instance_close(struct replay_fleet *fleet, uint32_t index, sim_ticks now);

/** The pool's instance in that state that was launched last, or NO_INSTANCE. */
int64_t fleet_instance_newest(const struct replay_fleet *fleet, int pool,
                              enum instance_state state);

#endif
