/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replay_fleet.h"

#include "sim/fleet_fault.h"
#include "sim/fleet_instance.h"
#include "sim/fleet_market.h"
#include "sim/fleet_scaling.h"
#include "sim/fleet_target.h"
#include "sim/fleet_transit.h"

enum { FIRST_CAPACITY = 16 };

/* --- counts that follow every request --- */

void fleet_settle_outstanding(struct fleet_group *group, sim_ticks now) {
    group->outstanding_time += (ticks_sum)group->n_outstanding * (now - group->outstanding_settled);
    group->outstanding_settled = now;
}

/* The replica gets the work or loses it: change is 1 or -1. */
void fleet_count_outstanding(struct replay_fleet *fleet, uint32_t index, const struct work *work,
                             int change, sim_ticks now) {
    struct replay_replica *replica = &fleet->replicas[index];
    struct fleet_group *group = replica->group;
    fleet_settle_outstanding(group, now);
    group->n_outstanding += change;
    replica->outstanding += (uint32_t)change;
    if (group->router_counts_tokens)
        replica->prompt_tokens += change * (int64_t)work->input_tokens;
    if (!replica->ready)
        return;
    int64_t count = group->router_counts_tokens ? replica->prompt_tokens : replica->outstanding;
    router_set_load(&group->router, index, count, replica->weight);
    if (replica->outstanding == (change > 0 ? 1 : 0)) {
        busy_time_settle(&group->busy, now);
        group->busy.n_busy += change;
        fleet_scaling_count(fleet, replica->pool, 0, change, now);
    }
}

void fleet_replica_finished(void *context, uint32_t index, const struct work *work,
                            sim_ticks finish) {
    struct replay_fleet *fleet = context;
    fleet_count_outstanding(fleet, index, work, -1, finish);
    fleet->replicas[index].group->sojourn_time += finish - work->since;
    fleet->result->pool_requests[fleet->replicas[index].pool]++;
    bool good = metrics_finished(fleet->metrics, work, finish);
    if (fleet->observer)
        observer_finished(fleet->observer, work, fleet->replicas[index].pool, finish, finish, good);
    if (fleet->probe.finished)
        fleet->probe.finished(fleet->probe.context, work, finish);
}

void fleet_replica_started(void *context, uint32_t index, const struct work *work, sim_ticks now) {
    struct replay_fleet *fleet = context;
    observer_started(fleet->observer, work, fleet->replicas[index].pool, now);
}

void fleet_tell(struct replay_fleet *fleet, enum fleet_event_kind kind, uint32_t instance,
                sim_ticks now) {
    const struct instance *about = &fleet->instances[instance];
    if (fleet->observer)
        observer_event(fleet->observer, kind, about->pool, about->ordinal, now);
}

struct fleet_look replay_fleet_look(const struct replay_fleet *fleet, sim_ticks now) {
    struct fleet_look look = {0};
    for (int i = 0; i < fleet->n_groups; i++) {
        const struct fleet_group *group = &fleet->groups[i];
        look.waiting += group->aside ? 0 : (int64_t)group->waiting.n;
        look.outstanding += group->aside ? 0 : group->n_outstanding;
    }
    for (uint32_t i = 0; i < fleet->n_replicas; i++) {
        const struct replay_replica *replica = &fleet->replicas[i];
        struct replica_load load = {0};
        if (!replica->ready || replica->group->aside)
            continue;
        replica->model->load(replica->state, now, &load);
        look.ready++;
        look.busy += replica->outstanding > 0;
        look.waiting += load.waiting;
        look.kv_used += load.kv_used;
        look.kv_blocks += load.kv_blocks;
    }
    return look;
}

/* --- the interface --- */

/* Every router knows all pools; it has the replicas of its own. */
static struct router open_router(struct arena *arena, const struct replay_input *input,
                                 const struct replay_group *group) {
    struct router_pool *pools = arena_new(arena, struct router_pool, input->n_pools);
    for (int i = 0; i < input->n_pools; i++) {
        const struct pool *pool = &input->pools[i];
        if (pool->instances)
            pools[i] = (struct router_pool){
                .usd_per_capacity =
                    pool->usd_per_hour / (pool->replicas_per_instance * pool->weight),
                .count_max = pool->outstanding_max,
            };
    }
    struct router_setup setup = {
        .arena = arena,
        .policy = group->router,
        .seed = input->seed,
        .replication = input->window.replication,
        .choices = group->router_choices,
        .prompts = input->traffic ? input->traffic->prompts : NULL,
        .pools = pools,
        .n_pools = input->n_pools,
    };
    return router_open(&setup);
}

static void open_groups(struct replay_fleet *fleet) {
    const struct replay_input *input = fleet->input;
    const struct replay_group main_group = {.router = input->router,
                                            .router_choices = input->router_choices};
    fleet->n_groups = 1 + input->n_groups;
    fleet->groups = arena_new(fleet->arena, struct fleet_group, fleet->n_groups);
    for (int i = 0; i < fleet->n_groups; i++) {
        const struct replay_group *group = i == 0 ? &main_group : &input->groups[i - 1];
        fleet->groups[i] = (struct fleet_group){
            .router = open_router(fleet->arena, input, group),
            .router_counts_tokens = router_policy_counts_tokens(group->router),
            .aside = group->aside,
            .busy = busy_time_open(fleet->arena, fleet->n_hours),
        };
    }
}

struct replay_fleet *replay_fleet_open(struct arena *arena, const struct replay_input *input,
                                       int n_hours, struct replay_result *result,
                                       struct metrics *metrics, struct ledger *ledger,
                                       struct replay_probe probe) {
    struct replay_fleet *fleet = arena_new(arena, struct replay_fleet, 1);
    *fleet = (struct replay_fleet){
        .arena = arena,
        .input = input,
        .result = result,
        .metrics = metrics,
        .probe = probe,
        .wakes = event_queue_open(arena),
        .changes = event_queue_open(arena),
        .ledger = ledger,
        .pools = arena_new(arena, struct replay_pool, input->n_pools),
        .order = arena_new(arena, int, input->n_pools),
        .zones_lost = arena_new(arena, int32_t, input->n_zones + 1),
        .faults = arena_new(arena, struct fleet_fault, input->n_faults),
        .instances = arena_new(arena, struct instance, FIRST_CAPACITY),
        .replicas = arena_new(arena, struct replay_replica, FIRST_CAPACITY),
        .instances_capacity = FIRST_CAPACITY,
        .replicas_capacity = FIRST_CAPACITY,
        .n_hours = n_hours,
        .end = n_hours * TICKS_PER_HOUR,
    };
    open_groups(fleet);
    fleet_scaling_open(fleet);
    fleet_target_open(fleet);
    fleet_market_open(fleet);
    fleet_fault_open(fleet);
    return fleet;
}

struct candidate {
    const struct replay_fleet *fleet;
    const struct work *work;
};

static bool can_serve(const struct replay_fleet *fleet, uint32_t index, const struct work *work) {
    const struct replay_replica *replica = &fleet->replicas[index];
    return replica->model->can_serve(&fleet->input->pools[replica->pool].service, work);
}

static bool candidate_can(void *context, uint32_t index) {
    const struct candidate *candidate = context;
    return can_serve(candidate->fleet, index, candidate->work);
}

void fleet_set_wake(struct replay_fleet *fleet, uint32_t index, struct wake wake) {
    struct replay_replica *replica = &fleet->replicas[index];
    struct event event = {wake.time, wake.event_class, index};
    if (wake.time == replica->wake.time && wake.event_class == replica->wake.event_class)
        return;
    if (wake.time == NEVER)
        event_queue_cancel(fleet->wakes, index);
    else if (replica->wake.time == NEVER)
        event_queue_push(fleet->wakes, event);
    else
        event_queue_reschedule(fleet->wakes, event);
    replica->wake = wake;
}

/* A step that would begin now begins at once when nothing else can happen before it. */
enum replay_fleet_answer replay_fleet_give(struct replay_fleet *fleet, const struct work *work,
                                           sim_ticks next_arrival) {
    sim_ticks now = work->since;
    struct router *router = &fleet->groups[work->group].router;
    int64_t picked = router_pick(router, work);
    if (picked == ROUTER_NO_REPLICA)
        return REPLAY_FLEET_NONE_READY;
    if (!can_serve(fleet, (uint32_t)picked, work)) {
        struct candidate candidate = {fleet, work};
        picked = router_pick_among(router, work, candidate_can, &candidate);
        if (picked == ROUTER_NO_REPLICA)
            return REPLAY_FLEET_CANNOT_SERVE;
    }
    uint32_t index = (uint32_t)picked;
    struct replay_replica *replica = &fleet->replicas[index];
    fleet->given = index;
    fleet_count_outstanding(fleet, index, work, +1, now);
    event_queue_advance(fleet->wakes, now);
    struct wake wake = replica->model->arrive(replica->state, work, now);
    if (wake.event_class == EVENT_BEGIN && wake.time == now && next_arrival > now &&
        event_queue_first(fleet->wakes).time > now) {
        fleet->result->steps++;
        wake = replica->model->advance(replica->state, now, true);
    }
    fleet_set_wake(fleet, index, wake);
    return REPLAY_FLEET_TOOK;
}

bool replay_fleet_cancel(struct replay_fleet *fleet, uint32_t index, int64_t id, bool waiting_only,
                         sim_ticks now, struct work *out) {
    struct replay_replica *replica = &fleet->replicas[index];
    struct wake wake;
    event_queue_advance(fleet->wakes, now);
    if (!replica->model->cancel(replica->state, id, waiting_only, now, out, &wake))
        return !waiting_only && fleet_transit_cancel(fleet, id, now, out);
    fleet_count_outstanding(fleet, index, out, -1, now);
    replica->group->sojourn_time += now - out->since;
    fleet_set_wake(fleet, index, wake);
    if (!replica->ready)
        fleet_instance_end_if_drained(fleet, replica->instance, now);
    return true;
}

static sim_ticks earlier(sim_ticks a, sim_ticks b) {
    return a < b ? a : b;
}

/* A finish may bring an arrival at its own instant, so no step begins together with the end of the
 * one before, and how long the replica may go on alone is known only after each. */
static void advance_fed_back(struct replay_fleet *fleet, struct replay_replica *replica, bool alone,
                             sim_ticks other) {
    sim_ticks until;
    do {
        bool begins = replica->wake.event_class == EVENT_BEGIN;
        fleet->result->steps++;
        replica->wake = replica->model->advance(replica->state, replica->wake.time, begins);
        until = earlier(earlier(other, fleet->later->first), fleet->end);
    } while (alone && replica->wake.time < until);
}

/* Until something else happens, when the replica alone has something to do; else once. */
static void advance(struct replay_fleet *fleet, struct replay_replica *replica, bool alone,
                    sim_ticks other) {
    sim_ticks now = replica->wake.time, until = alone ? earlier(other, fleet->end) : now;
    bool last = replica->wake.event_class == EVENT_BEGIN || other > now;
    do {
        fleet->result->steps++;
        replica->wake = replica->model->advance(replica->state, replica->wake.time, last);
        last = true;
    } while (replica->wake.time < until);
}

/* The event stays at the head of the queue while it is handled, then moves to the next. */
static void handle_wake(struct replay_fleet *fleet, struct event event, sim_ticks next_arrival) {
    struct replay_replica *replica = &fleet->replicas[event.slot];
    sim_ticks other = earlier(next_arrival, event_queue_first(fleet->changes).time);
    bool alone = fleet->wakes->n == 1 && replica->ready;
    event_queue_advance(fleet->wakes, event.time);
    replica->wake = (struct wake){event.time, event.event_class};
    if (fleet->later)
        advance_fed_back(fleet, replica, alone, other);
    else
        advance(fleet, replica, alone, other);
    if (replica->wake.time == NEVER)
        event_queue_cancel(fleet->wakes, event.slot);
    else
        event_queue_reschedule(fleet->wakes, (struct event){replica->wake.time,
                                                            replica->wake.event_class, event.slot});
    if (!replica->ready)
        fleet_instance_end_if_drained(fleet, replica->instance, event.time);
}

static void change_instance(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    switch (fleet->instances[index].change) {
    case CHANGE_LAUNCHED:
        fleet_scaling_launch(fleet, index, now);
        break;
    case CHANGE_READY:
        fleet_instance_make_ready(fleet, index, now);
        break;
    case CHANGE_RECLAIMED:
        fleet_instance_take_back(fleet, index, now);
        break;
    case CHANGE_FAILED:
        fleet_instance_lose(fleet, index, now, LOSS_FAILED);
        break;
    case CHANGE_NOTICE_ENDS:
        fleet_instance_lose(fleet, index, now, LOSS_INTERRUPTED);
        break;
    }
}

static void change_pool(struct replay_fleet *fleet, uint32_t slot, sim_ticks now) {
    int pool = (int)((slot - FLEET_SLOT_POOLS) / POOL_SLOTS);
    enum pool_slot what = (slot - FLEET_SLOT_POOLS) % POOL_SLOTS;
    if (what == POOL_SLOT_AHEAD)
        fleet_target_look_ahead(fleet, pool, now);
    else if (what == POOL_SLOT_MARKET)
        fleet_market_change(fleet, pool, now);
    else if (what == POOL_SLOT_DECIDE)
        fleet_scaling_decide(fleet, pool, now);
}

static void handle_change(struct replay_fleet *fleet, struct event event) {
    event_queue_pop(fleet->changes);
    if (event.slot == FLEET_SLOT_SCHEDULE) {
        fleet_target_begin_hour(fleet, event.time);
        return;
    }
    if (event.slot == FLEET_SLOT_TRANSIT) {
        fleet_transit_arrive(fleet, event.time);
        return;
    }
    if (event.slot == FLEET_SLOT_LAUNCHES)
        fleet_scaling_go_on(fleet, event.time);
    else if (event.slot < fleet_fault_slot(fleet, 0))
        change_pool(fleet, event.slot, event.time);
    else if (event.slot < fleet_instance_slot(fleet, 0))
        fleet_fault_change(fleet, (int)(event.slot - fleet_fault_slot(fleet, 0)), event.time);
    else
        change_instance(fleet, event.slot - fleet_instance_slot(fleet, 0), event.time);
    fleet_target_meet(fleet, event.time);
}

bool replay_fleet_handle(struct replay_fleet *fleet, struct event event, sim_ticks next_arrival) {
    bool change = event.event_class == EVENT_CAPACITY;
    if (change)
        handle_change(fleet, event);
    else
        handle_wake(fleet, event, next_arrival);
    return change;
}

void replay_fleet_close(struct replay_fleet *fleet, sim_ticks now) {
    int64_t held = 0, outstanding = 0;
    for (int i = 0; i < fleet->n_groups; i++) {
        fleet_settle_outstanding(&fleet->groups[i], now);
        busy_time_settle(&fleet->groups[i].busy, now);
        outstanding += fleet->groups[i].n_outstanding;
    }
    for (uint32_t i = 0; i < fleet->n_replicas; i++) {
        struct work work;
        int64_t held_here = 0;
        for (; fleet->replicas[i].model->evict(fleet->replicas[i].state, &work); held_here++)
            fleet->replicas[i].group->sojourn_time += now - work.since;
        ENSURE(held_here == fleet->replicas[i].outstanding);
        fleet->replicas[i].outstanding = 0;
        held += held_here;
    }
    held += fleet->n_transit;
    ENSURE(held == outstanding);
    fleet_transit_close(fleet, now);
    for (uint32_t i = 0; i < fleet->n_instances; i++)
        fleet_instance_close(fleet, i, now);
}
