/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The instances of a replay and the replicas on them, as the engine sees them.
 *
 *  Parts: sim/fleet_instance.h (the life of one instance), sim/fleet_target.h (how many a pool
 * should hold, and launches for what it lacks), sim/fleet_scaling.h (autoscalers, ready delays),
 * sim/fleet_market.h (spot), sim/fleet_fault.h.
 *
 *  Life of an instance: booting (one that the schedule asks for and that cannot fail appears ready
 * on its hour, with its launch dated back by the boot time, not before 0), ready, draining or
 * noticed, gone. When a pool has too many, those still booting go first, then the instances
 * launched last. A draining instance can still be lost.
 *
 *  The fleet owns its event queue. Work that lost its replica is left in `returned` for the caller
 * to route. */
#ifndef HEADROOM_SIM_REPLAY_FLEET_H
#define HEADROOM_SIM_REPLAY_FLEET_H

#include "sim/busy_time.h"
#include "sim/event_queue.h"
#include "sim/ledger.h"
#include "sim/metrics.h"
#include "sim/observer.h"
#include "sim/replay_engine.h"
#include "sim/replica.h"

enum instance_state {
    INSTANCE_GONE,
    INSTANCE_BOOTING,
    INSTANCE_READY,
    INSTANCE_DRAINING,
    INSTANCE_NOTICED, /* the provider takes it back soon */
};

/** What the instance's pending event means. */
enum instance_change {
    CHANGE_LAUNCHED,
    CHANGE_READY,
    CHANGE_RECLAIMED,
    CHANGE_FAILED,
    CHANGE_NOTICE_ENDS
};

struct instance {
    enum instance_state state;
    enum instance_change change;
    int pool;
    uint32_t first_replica; /* the pool's replicas_per_instance in a row */
    int64_t ordinal;        /* of the launch within its pool */
    sim_ticks launched;
    int32_t next_gone; /* same pool; -1 at the end */
};

/** Pools that take the same requests. */
struct fleet_group {
    struct router router;
    bool router_counts_tokens;
    bool aside;
    struct busy_time busy;
    struct work_ring waiting;   /* of the engine: no replica was ready */
    int64_t n_coming;           /* rises of the schedule still to come, and instances that boot */
    int64_t n_lacking;          /* instances that could not be launched, of all its pools */
    int n_scaled;               /* pools with an autoscaler */
    int64_t n_outstanding;      /* requests at replicas or on their way between two */
    ticks_sum outstanding_time; /* integral of n_outstanding until outstanding_settled */
    ticks_sum sojourn_time;     /* sum over requests that left a replica */
    sim_ticks outstanding_settled;
};

struct replay_replica {
    const struct replica_model *model;
    void *state;
    struct fleet_group *group;
    double weight; /* capacity in what the router counts */
    struct wake wake;
    uint32_t instance, outstanding;
    int64_t prompt_tokens; /* of its requests, when the router counts those */
    int pool;
    bool ready;
    void *usual; /* the state at its usual speed, while `state` is slow; else NULL */
};

struct replay_pool {
    int64_t n_launched;
    int64_t n_tries;        /* to launch, for the draws */
    int32_t gone;           /* instances whose place can be used again; -1: none */
    int32_t booting, ready; /* instances that count towards the target */
    int32_t alive;          /* all that are not gone */
    int32_t scheduled;      /* that the schedule asks for now */
    int32_t borrowed;       /* that the fallback holds for this pool, in instances of this pool */
    int32_t lent;           /* held for others, in its own instances */
    int32_t lacking;        /* of what it should hold, after launches */
    int32_t withheld;       /* lost to faults under way: not launched again before their end */
    int fallback;           /* pool; -1: none */
    int next_ahead_hour;    /* the schedule is followed up to before this hour */
    struct pool_scaling *scaling; /* NULL: the schedule */
    bool uncertain; /* launches may fail or take long: they are begun ahead of the hour */
};

struct fleet_fault {
    bool under_way;
    uint32_t instance; /* slow: which, and its launch */
    int64_t ordinal;
    struct service service; /* slow */
};

/** Work on its way from one replica to another. */
struct transit {
    struct work work;
    sim_ticks arrives;
};

struct replay_fleet {
    struct arena *arena;
    const struct replay_input *input;
    struct replay_result *result;
    struct metrics *metrics;
    struct observer *observer; /* NULL: nobody asks for details */
    struct replay_probe probe;
    struct event_queue *wakes;   /* of replicas, by number */
    struct event_queue *changes; /* of capacity: the schedule, then pools, faults, instances */
    struct ledger *ledger;
    struct fleet_group *groups; /* [n_groups] */
    int n_groups;               /* the main one included */
    struct replay_pool *pools;  /* [n_pools] */
    int *order;                 /* [n_pools] each pool before its fallback */
    int32_t *zones_lost;        /* [n_zones, at least 1] losses of the zone under way */
    int32_t spot_lost;          /* losses of all spot under way */
    struct fleet_fault *faults; /* [n_faults] */
    struct instance *instances;
    struct replay_replica *replicas;
    uint32_t n_instances, instances_capacity, n_replicas, replicas_capacity;
    int n_hours, next_hour;
    sim_ticks end; /* of the window */
    struct work_ring returned;
    uint32_t given;                  /* replay_fleet_give: the replica that took the request */
    struct ready_delays *launches;   /* NULL: every launch takes its pool's boot time */
    const struct later_queue *later; /* a finish may put requests there; NULL: it does not */
    struct transit *transit;         /* [n_transit], the latest first */
    uint32_t n_transit, transit_capacity;
};

struct replay_fleet *replay_fleet_open(struct arena *arena, const struct replay_input *input,
                                       int n_hours, struct replay_result *result,
                                       struct metrics *metrics, struct ledger *ledger,
                                       struct replay_probe probe);

/** The earliest event; its time is NEVER when there is none. The classes of the two queues differ,
 * so no tie is left open. */
static inline struct event replay_fleet_next(const struct replay_fleet *fleet) {
    struct event wake = event_queue_first(fleet->wakes), change = event_queue_first(fleet->changes);
    bool changes = change.time < wake.time ||
                   (change.time == wake.time && change.event_class < wake.event_class);
    return changes ? change : wake;
}

/** Handle the earliest event. next_arrival: NEVER when there is none. True when capacity changed:
 * look at `returned` and route what waits. */
bool replay_fleet_handle(struct replay_fleet *fleet, struct event event, sim_ticks next_arrival);

/** No replica of the group is ready: will one be, as far as can be told? */
static inline bool replay_fleet_may_come(const struct fleet_group *group) {
    return group->n_coming > 0 || group->n_lacking > 0 || group->n_scaled > 0;
}

enum replay_fleet_answer { REPLAY_FLEET_TOOK, REPLAY_FLEET_NONE_READY, REPLAY_FLEET_CANNOT_SERVE };

/** Give the request, whose `since` is now, to the ready replica of its group's router's choice
 * among those that can ever serve it. next_arrival: when the next request may come, `now` when
 * there are more to give. */
enum replay_fleet_answer replay_fleet_give(struct replay_fleet *fleet, const struct work *work,
                                           sim_ticks next_arrival);

/** The client of a request has gone: take it out of the replica that took it.
 *
 *  @param waiting_only  leave it when its service has begun
 *  @return false: it is not there any more, or its service has begun */
bool replay_fleet_cancel(struct replay_fleet *fleet, uint32_t replica, int64_t id,
                         bool waiting_only, sim_ticks now, struct work *out);

/** The fleet as it is now, without groups that are aside, for the observer. */
struct fleet_look replay_fleet_look(const struct replay_fleet *fleet, sim_ticks now);

/** End of the replay: date all lives, take everything out of the replicas and add its time to the
 * groups' sojourn_time. Their n_outstanding stays: it is what they held. */
void replay_fleet_close(struct replay_fleet *fleet, sim_ticks now);

/* --- for the parts --- */

/** Slots of `changes`. A pool has three, a fault one; then come the instances. */
enum fleet_slot { FLEET_SLOT_SCHEDULE, FLEET_SLOT_TRANSIT, FLEET_SLOT_LAUNCHES, FLEET_SLOT_POOLS };
enum pool_slot { POOL_SLOT_RETRY, POOL_SLOT_AHEAD, POOL_SLOT_MARKET, POOL_SLOT_DECIDE, POOL_SLOTS };

static inline uint32_t fleet_pool_slot(int pool, enum pool_slot slot) {
    return FLEET_SLOT_POOLS + (uint32_t)pool * POOL_SLOTS + slot;
}

static inline uint32_t fleet_fault_slot(const struct replay_fleet *fleet, int fault) {
    return fleet_pool_slot(fleet->input->n_pools, 0) + (uint32_t)fault;
}

static inline uint32_t fleet_instance_slot(const struct replay_fleet *fleet, uint32_t instance) {
    return fleet_fault_slot(fleet, fleet->input->n_faults) + instance;
}

static inline void fleet_change_at(struct replay_fleet *fleet, sim_ticks time, uint32_t slot) {
    event_queue_push(fleet->changes, (struct event){time, EVENT_CAPACITY, slot});
}

static inline struct fleet_group *fleet_group_of(const struct replay_fleet *fleet, int pool) {
    return &fleet->groups[fleet->input->pools[pool].group];
}

/** Bring outstanding_time up to now, before n_outstanding changes. */
void fleet_settle_outstanding(struct fleet_group *group, sim_ticks now);
/** The replica gets the work (1) or loses it (-1). */
void fleet_count_outstanding(struct replay_fleet *fleet, uint32_t replica, const struct work *work,
                             int change, sim_ticks now);
/** The replica's next wake. */
void fleet_set_wake(struct replay_fleet *fleet, uint32_t replica, struct wake wake);
/** Something happened to an instance; told to the observer. */
void fleet_tell(struct replay_fleet *fleet, enum fleet_event_kind kind, uint32_t instance,
                sim_ticks now);
/** Called by a replica (struct replica_setup). */
void fleet_replica_started(void *context, uint32_t replica, const struct work *work, sim_ticks now);
void fleet_replica_finished(void *context, uint32_t replica, const struct work *work,
                            sim_ticks finish);

#endif
