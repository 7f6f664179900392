/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the engine asks of a service model that runs on instances: one table of functions a kind.
 *  (Functions and token APIs are not replicas: see sim/managed.h.)
 *
 *  A replica has at most one event pending, its `wake`. Order at one instant: finishes and step
 * boundaries, capacity changes, arrivals, then the steps that begin: a step that begins at an
 * instant includes what arrived at that instant.
 *
 *  Adding a model is one table and its row in replica_model_of (docs/extending.md). */
#ifndef HEADROOM_SIM_REPLICA_H
#define HEADROOM_SIM_REPLICA_H

#include "base/err.h"
#include "sim/service.h"
#include "sim/work.h"

enum event_class { EVENT_BOUNDARY, EVENT_CAPACITY, EVENT_ARRIVAL, EVENT_BEGIN };

struct wake {
    sim_ticks time; /* NEVER: nothing to wait for */
    enum event_class event_class;
};

/** What the replicas of a replay did, all together. */
struct replica_counts {
    int64_t preemptions;
    int64_t prompt_tokens, cached_prompt_tokens; /* admitted; of these found in the prefix cache */
    int64_t adapter_loads;
};

/** What a replica holds now. */
struct replica_load {
    int64_t waiting, running;   /* requests not yet in service; in service */
    int64_t tokens;             /* llm: prompts and answers of the running requests so far */
    int64_t kv_used, kv_blocks; /* llm: of all its engines */
};

struct replica_setup {
    struct arena *arena;
    const struct service *service;
    const struct prompt_blocks *prompts; /* of the traffic; NULL: not known */
    uint64_t seed, replication;
    bool step_by_step;
    struct replica_counts *counts; /* added to here */
    uint32_t owner;                /* passed back to `finished` */
    void *context;
    void (*finished)(void *context, uint32_t owner, const struct work *work, sim_ticks finish);
    /** NULL: nobody asks. Service of a request begins here for the first time. */
    void (*started)(void *context, uint32_t owner, const struct work *work, sim_ticks now);
    /** llm engines that only compute prompts (sim/split_replica.c), else NULL: called when a
     * request has its first token and wants more; it has left the engine. */
    void (*prompt_done)(void *context, uint32_t owner, const struct work *work, sim_ticks now);
};

struct replica_model {
    /** false, *err set: the parameters make no sense. */
    bool (*check)(const struct service *service, struct err *err);
    /** false: this request can never be served here; it is rejected. */
    bool (*can_serve)(const struct service *service, const struct work *work);
    void *(*open)(const struct replica_setup *setup);
    /** llm: work with generated > 0 comes with the cache of all its tokens but the last, unless
     * work->recompute. */
    struct wake (*arrive)(void *replica, const struct work *work, sim_ticks now);
    /** The wake has come. `last`: nothing else happens at this instant before a step begins, so it
     * may begin at once; otherwise ask to be woken at `now` in class EVENT_BEGIN. */
    struct wake (*advance)(void *replica, sim_ticks now, bool last);
    /** Take one request out unfinished, those in service first; false when the replica is empty. */
    bool (*evict)(void *replica, struct work *out);
    /** What it holds, without bringing anything up to date: the same whether it steps or jumps. */
    void (*load)(const void *replica, sim_ticks now, struct replica_load *out);
    /** Before evict, when what the requests have made so far is wanted: `generated` and `recompute`
     * are then as of now. NULL: they make nothing before they are done. */
    void (*settle)(void *replica, sim_ticks now);
    bool goes_on; /* what was evicted after settle can go on in another replica of this model */
    /** The client of this request has gone: nothing more is heard of it. What runs is computed to
     * the end of the step or batch under way, then its place is free. *wake is written anew.
     *
     *  @param waiting_only  leave it when its service has begun
     *  @return false: it is not here, or its service has begun */
    bool (*cancel)(void *replica, int64_t id, bool waiting_only, sim_ticks now, struct work *out,
                   struct wake *wake);
};

/** NULL for functions and token APIs. */
const struct replica_model *replica_model_of(enum service_kind kind);

extern const struct replica_model queue_station_model;
extern const struct replica_model llm_replica_model;
extern const struct replica_model batched_replica_model;
extern const struct replica_model split_replica_model;

/** A finite number of seconds from 0 to a replay's length? */
bool service_seconds_valid(double seconds);
/** Nearest tick of a duration >= 0, at most a replay's length. */
sim_ticks service_ticks(double seconds);

#endif
