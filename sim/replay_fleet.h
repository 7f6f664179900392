/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The instances of a replay: schedule, boots, drains, spot losses, and the replicas on them.
 *
 *  Life of an instance: booting (only replacements are seen booting; one that the schedule asks for
 * appears ready on its hour, with its launch dated back by the boot time, not before 0), ready,
 * draining, gone. When the schedule falls, replacements still booting go first, then the instances
 * launched last. A spot life is counted from ready; draining instances can still be interrupted.
 *
 *  The fleet owns its event queue. Work that lost its replica is left in `returned` for the caller
 * to route. */
#ifndef HEADROOM_SIM_REPLAY_FLEET_H
#define HEADROOM_SIM_REPLAY_FLEET_H

#include "sim/busy_time.h"
#include "sim/event_queue.h"
#include "sim/ledger.h"
#include "sim/metrics.h"
#include "sim/replay_engine.h"
#include "sim/replica.h"

enum instance_state { INSTANCE_GONE, INSTANCE_BOOTING, INSTANCE_READY, INSTANCE_DRAINING };

struct instance {
    enum instance_state state;
    int pool;
    uint32_t first_replica; /* the pool's replicas_per_instance in a row */
    int64_t ordinal;        /* of the launch within its pool */
    sim_ticks launched;
    int32_t next_gone; /* same pool; -1 at the end */
};

struct replay_replica {
    const struct replica_model *model;
    void *state;
    double weight; /* capacity in what the router counts */
    struct wake wake;
    uint32_t instance, outstanding;
    int64_t prompt_tokens; /* of its requests, when the router counts those */
    int pool;
    bool ready;
};

struct replay_pool {
    int64_t n_launched;
    int32_t gone; /* instances whose place can be used again; -1: none */
};

struct replay_fleet {
    struct arena *arena;
    const struct replay_input *input;
    struct replay_result *result;
    struct metrics *metrics;
    struct replay_probe probe;
    struct event_queue *wakes;   /* of replicas, by number */
    struct event_queue *changes; /* of capacity: the schedule, then instances */
    struct router router;
    bool router_counts_tokens;
    struct ledger *ledger;
    struct busy_time busy;
    struct replay_pool *pools; /* [n_pools] */
    struct instance *instances;
    struct replay_replica *replicas;
    uint32_t n_instances, instances_capacity, n_replicas, replicas_capacity;
    int n_hours, next_hour;
    sim_ticks end;              /* of the window */
    int64_t n_coming;           /* instances that will still become ready */
    int64_t n_outstanding;      /* requests at replicas */
    ticks_sum outstanding_time; /* integral of n_outstanding until outstanding_settled */
    ticks_sum sojourn_time;     /* sum over requests that left a replica */
    sim_ticks outstanding_settled;
    struct work_ring returned;
    const struct later_queue *later; /* a finish may put requests there; NULL: it does not */
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

enum replay_fleet_answer { REPLAY_FLEET_TOOK, REPLAY_FLEET_NONE_READY, REPLAY_FLEET_CANNOT_SERVE };

/** Give the request, whose `since` is now, to the ready replica of the router's choice among those
 * that can ever serve it. next_arrival: when the next request may come, `now` when there are more
 * to give. */
enum replay_fleet_answer replay_fleet_give(struct replay_fleet *fleet, const struct work *work,
                                           sim_ticks next_arrival);

/** End of the replay: date all lives, take everything out of the replicas. Returns how many
 * requests they held and adds their time to sojourn_time. */
int64_t replay_fleet_close(struct replay_fleet *fleet, sim_ticks now);

#endif
