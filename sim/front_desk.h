/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The running state of a front door: who is inside and where, and which clocks run. For
 * sim/replay_engine.c, which moves the requests.
 *
 *  Clocks fire in order of time, then kind, then request. A clock is not stopped: one whose attempt
 * is over fires for nothing. Memory follows the requests inside and the clocks that run. */
#ifndef HEADROOM_SIM_FRONT_DESK_H
#define HEADROOM_SIM_FRONT_DESK_H

#include "sim/front_door.h"

enum clock_kind { CLOCK_QUEUE_TIMEOUT, CLOCK_TIMEOUT, CLOCK_GIVE_UP, CLOCK_RETRY };

struct front_clock {
    sim_ticks time;
    enum clock_kind kind;
    int attempt; /* that it belongs to; give up: 0 */
    int64_t id;
};

enum front_place {
    FRONT_NOWHERE,
    FRONT_AT_REPLICA,
    FRONT_WAITING,
    FRONT_CALLED,
    FRONT_BACKING_OFF
};

/** A request inside. */
struct front_request {
    struct work work; /* id < 0: no request is kept here */
    enum front_place place;
    uint32_t replica;
    int attempt;      /* from 1 */
    sim_ticks begins; /* called: its service */
};

struct front_bucket {
    double level;
    sim_ticks filled;
};

struct front_desk {
    const struct front_door *door;
    uint64_t seed, replication;
    struct arena *arena;
    struct front_clock *clocks; /* [n_clocks] heap */
    uint32_t n_clocks, clocks_capacity;
    struct front_request *requests; /* [requests_capacity] by hash of the id */
    uint32_t n_requests, requests_capacity;
    int64_t n_backing_off[REPLAY_GROUPS_MAX]; /* by group of the request */
    int64_t n_called[REPLAY_GROUPS_MAX]; /* calls of functions and token APIs that will be taken
                                            back, by group */
    struct front_bucket buckets[TENANTS_MAX];
    sim_ticks first; /* when the first clock fires; INT64_MAX when none runs */
};

struct front_desk *front_desk_open(struct arena *arena, const struct front_door *door,
                                   uint64_t seed, uint64_t replication);

/** Is the request answered from the cache? */
bool front_desk_has_cached(const struct front_desk *desk, const struct work *work);
/** A request comes in; its client's patience begins. */
struct front_request *front_desk_enter(struct front_desk *desk, const struct work *work);
/** NULL: not inside. Good until the next one enters or leaves. */
struct front_request *front_desk_find(const struct front_desk *desk, int64_t id);
void front_desk_leave(struct front_desk *desk, int64_t id);

/** Whose request it is; only with tenants. */
int front_desk_tenant(const struct front_desk *desk, int64_t id);
/** Will a clock take the attempt back before it finishes? A call whose service begins and finishes
 * at these times. @return when; NEVER: it will not */
sim_ticks front_desk_takes_back(const struct front_desk *desk, const struct front_request *request,
                                sim_ticks begins, sim_ticks finish);
/** Does the tenant's bucket have one for this attempt? It is taken. */
bool front_desk_tenant_admits(struct front_desk *desk, const struct work *work);
/** The clocks of an attempt that the fleet has. */
void front_desk_start_clocks(struct front_desk *desk, const struct front_request *request);
/** The attempt failed: true, the next one is set for after a backoff; false, it was the last. */
bool front_desk_retry(struct front_desk *desk, struct front_request *request, sim_ticks now);
/** The first clock; its request is NULL when it fires for nothing. */
struct front_clock front_desk_pop(struct front_desk *desk, struct front_request **request);

#endif
