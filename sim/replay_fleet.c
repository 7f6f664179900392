/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replay_fleet.h"

#include "base/rng.h"

enum { FIRST_CAPACITY = 16, NO_INSTANCE = -1, SECONDS_PER_HOUR = 3600 };

/* Slots of the queue of capacity changes. */
enum { SLOT_SCHEDULE, SLOT_FIRST_INSTANCE };

static uint32_t instance_slot(uint32_t instance) {
    return SLOT_FIRST_INSTANCE + instance;
}

static uint32_t replicas_of(const struct replay_fleet *fleet, const struct instance *instance) {
    return (uint32_t)fleet->input->pools[instance->pool].replicas_per_instance;
}

static bool holds_work(const struct replay_fleet *fleet, const struct instance *instance) {
    for (uint32_t i = 0; i < replicas_of(fleet, instance); i++)
        if (fleet->replicas[instance->first_replica + i].outstanding > 0)
            return true;
    return false;
}

/* --- counts that follow every request --- */

static void settle_outstanding(struct replay_fleet *fleet, sim_ticks now) {
    fleet->outstanding_time += (ticks_sum)fleet->n_outstanding * (now - fleet->outstanding_settled);
    fleet->outstanding_settled = now;
}

/* The replica gets the work or loses it: change is 1 or -1. */
static void count_outstanding(struct replay_fleet *fleet, uint32_t index, const struct work *work,
                              int change, sim_ticks now) {
    struct replay_replica *replica = &fleet->replicas[index];
    settle_outstanding(fleet, now);
    fleet->n_outstanding += change;
    replica->outstanding += (uint32_t)change;
    if (fleet->router_counts_tokens)
        replica->prompt_tokens += change * (int64_t)work->input_tokens;
    if (!replica->ready)
        return;
    int64_t count = fleet->router_counts_tokens ? replica->prompt_tokens : replica->outstanding;
    router_set_load(&fleet->router, index, count, replica->weight);
    if (replica->outstanding == (change > 0 ? 1 : 0)) {
        busy_time_settle(&fleet->busy, now);
        fleet->busy.n_busy += change;
    }
}

static void replica_finished(void *context, uint32_t index, const struct work *work,
                             sim_ticks finish) {
    struct replay_fleet *fleet = context;
    count_outstanding(fleet, index, work, -1, finish);
    fleet->sojourn_time += finish - work->since;
    fleet->result->pool_requests[fleet->replicas[index].pool]++;
    metrics_finished(fleet->metrics, work, finish);
    if (fleet->probe.finished)
        fleet->probe.finished(fleet->probe.context, work, finish);
}

/* --- instances --- */

static void add_replicas(struct replay_fleet *fleet, uint32_t instance) {
    struct instance *owner = &fleet->instances[instance];
    const struct pool *pool = &fleet->input->pools[owner->pool];
    owner->first_replica = fleet->n_replicas;
    for (int i = 0; i < pool->replicas_per_instance; i++) {
        if (fleet->n_replicas == fleet->replicas_capacity) {
            uint32_t capacity = 2 * fleet->replicas_capacity;
            fleet->replicas = arena_grow(fleet->arena, fleet->replicas, fleet->n_replicas, capacity,
                                         sizeof *fleet->replicas);
            fleet->replicas_capacity = capacity;
        }
        uint32_t index = fleet->n_replicas++;
        ENSURE(index <= EVENT_SLOT_MAX);
        struct replica_setup setup = {
            .arena = fleet->arena,
            .service = &pool->service,
            .seed = fleet->input->seed,
            .replication = fleet->input->window.replication,
            .step_by_step = fleet->input->step_by_step,
            .prompts = fleet->input->traffic ? fleet->input->traffic->prompts : NULL,
            .counts = &fleet->result->counts,
            .owner = index,
            .context = fleet,
            .finished = replica_finished,
        };
        const struct replica_model *model = replica_model_of(pool->service.kind);
        fleet->replicas[index] = (struct replay_replica){
            .model = model,
            .state = model->open(&setup),
            .weight = fleet->router_counts_tokens ? (double)service_cache_tokens(&pool->service)
                                                  : pool->weight,
            .wake = {NEVER, EVENT_BOUNDARY},
            .instance = instance,
            .pool = owner->pool,
        };
    }
}

static uint32_t add_instance(struct replay_fleet *fleet, int pool) {
    if (fleet->n_instances == fleet->instances_capacity) {
        uint32_t capacity = 2 * fleet->instances_capacity;
        fleet->instances = arena_grow(fleet->arena, fleet->instances, fleet->n_instances, capacity,
                                      sizeof *fleet->instances);
        fleet->instances_capacity = capacity;
    }
    uint32_t instance = fleet->n_instances++;
    ENSURE(instance_slot(instance) <= EVENT_SLOT_MAX);
    fleet->instances[instance] = (struct instance){.pool = pool};
    add_replicas(fleet, instance);
    return instance;
}

static uint32_t launch(struct replay_fleet *fleet, int pool, sim_ticks launched) {
    struct replay_pool *state = &fleet->pools[pool];
    uint32_t index;
    if (state->gone == NO_INSTANCE) {
        index = add_instance(fleet, pool);
    } else {
        index = (uint32_t)state->gone;
        state->gone = fleet->instances[index].next_gone;
    }
    struct instance *instance = &fleet->instances[index];
    instance->state = INSTANCE_BOOTING;
    instance->ordinal = state->n_launched++;
    instance->launched = launched;
    return index;
}

/* Spot: the provider takes it back after an exponential life, drawn by launch, so the lives are the
 * same whatever else the fleet does. */
static void schedule_loss(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    const struct pool *pool = &fleet->input->pools[instance->pool];
    if (!pool->spot || pool->interruptions_per_hour <= 0)
        return;
    uint64_t entity = (uint64_t)instance->pool << 40 | (uint64_t)instance->ordinal;
    uint64_t bits =
        rng_keyed(fleet->input->seed, fleet->input->window.replication, RNG_SPOT_LIFE, entity);
    double life_s = -rng_log(rng_unit(bits)) * SECONDS_PER_HOUR / pool->interruptions_per_hour;
    struct event loss = {now + service_ticks(life_s), EVENT_CAPACITY, instance_slot(index)};
    event_queue_push(fleet->changes, loss);
}

static void make_ready(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    struct instance *instance = &fleet->instances[index];
    instance->state = INSTANCE_READY;
    fleet->n_coming--;
    busy_time_settle(&fleet->busy, now);
    for (uint32_t i = 0; i < replicas_of(fleet, instance); i++) {
        struct replay_replica *replica = &fleet->replicas[instance->first_replica + i];
        replica->ready = true;
        fleet->busy.n_ready++;
        router_add(&fleet->router, instance->first_replica + i, instance->pool, replica->weight);
    }
    schedule_loss(fleet, index, now);
}

static void stop_taking(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    busy_time_settle(&fleet->busy, now);
    for (uint32_t i = 0; i < replicas_of(fleet, instance); i++) {
        struct replay_replica *replica = &fleet->replicas[instance->first_replica + i];
        if (!replica->ready)
            continue;
        replica->ready = false;
        fleet->busy.n_ready--;
        fleet->busy.n_busy -= replica->outstanding > 0;
        router_remove(&fleet->router, instance->first_replica + i);
    }
}

static void end_life(struct replay_fleet *fleet, uint32_t index, sim_ticks now, bool interrupted) {
    struct instance *instance = &fleet->instances[index];
    ENSURE(!holds_work(fleet, instance));
    event_queue_cancel(fleet->changes, instance_slot(index));
    ledger_add_life(fleet->ledger, instance->pool, instance->launched, now, interrupted);
    instance->state = INSTANCE_GONE;
    instance->next_gone = fleet->pools[instance->pool].gone;
    fleet->pools[instance->pool].gone = (int32_t)index;
}

static void drain(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    stop_taking(fleet, index, now);
    fleet->instances[index].state = INSTANCE_DRAINING;
    if (!holds_work(fleet, &fleet->instances[index]))
        end_life(fleet, index, now, false);
}

/* Everything the instance holds starts again elsewhere, with its clock running. */
static void take_work_back(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    for (uint32_t i = 0; i < replicas_of(fleet, instance); i++) {
        uint32_t number = instance->first_replica + i;
        struct replay_replica *replica = &fleet->replicas[number];
        struct work work;
        while (replica->model->evict(replica->state, &work)) {
            count_outstanding(fleet, number, &work, -1, now);
            fleet->sojourn_time += now - work.since;
            work.first_token = NO_TICKS;
            work.generated = 0;
            work_ring_push_back(fleet->arena, &fleet->returned, &work);
            fleet->result->restarted++;
        }
        event_queue_cancel(fleet->wakes, number);
        replica->wake.time = NEVER;
    }
}

static void lose(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    int pool = fleet->instances[index].pool;
    bool replace = fleet->instances[index].state == INSTANCE_READY;
    stop_taking(fleet, index, now);
    take_work_back(fleet, index, now);
    end_life(fleet, index, now, true);
    fleet->result->interruptions++;
    if (!replace)
        return;
    uint32_t replacement = launch(fleet, pool, now);
    sim_ticks ready = now + service_ticks(fleet->input->pools[pool].boot_s);
    fleet->n_coming++;
    event_queue_push(fleet->changes,
                     (struct event){ready, EVENT_CAPACITY, instance_slot(replacement)});
}

/* --- the schedule --- */

/* The pool's instance of that state that was launched last. */
static int64_t newest(const struct replay_fleet *fleet, int pool, enum instance_state state) {
    int64_t best = NO_INSTANCE;
    for (uint32_t i = 0; i < fleet->n_instances; i++) {
        const struct instance *instance = &fleet->instances[i];
        if (instance->pool == pool && instance->state == state &&
            (best < 0 || instance->ordinal > fleet->instances[best].ordinal))
            best = i;
    }
    return best;
}

static void remove_one(struct replay_fleet *fleet, int pool, sim_ticks now) {
    int64_t booting = newest(fleet, pool, INSTANCE_BOOTING);
    if (booting >= 0) {
        fleet->n_coming--;
        end_life(fleet, (uint32_t)booting, now, false);
        return;
    }
    int64_t ready = newest(fleet, pool, INSTANCE_READY);
    ENSURE(ready >= 0);
    drain(fleet, (uint32_t)ready, now);
}

static int32_t rise_at(const struct pool *pool, int hour) {
    if (!pool->instances)
        return 0;
    return pool->instances[hour] - (hour > 0 ? pool->instances[hour - 1] : 0);
}

static void begin_hour(struct replay_fleet *fleet, sim_ticks now) {
    int hour = fleet->next_hour++;
    for (int pool = 0; pool < fleet->input->n_pools; pool++) {
        sim_ticks boot = service_ticks(fleet->input->pools[pool].boot_s);
        int32_t rise = rise_at(&fleet->input->pools[pool], hour);
        for (int32_t i = 0; i < rise; i++)
            make_ready(fleet, launch(fleet, pool, now > boot ? now - boot : 0), now);
        for (int32_t i = 0; i > rise; i--)
            remove_one(fleet, pool, now);
    }
    if (fleet->next_hour < fleet->n_hours) {
        struct event tick = {now + TICKS_PER_HOUR, EVENT_CAPACITY, SLOT_SCHEDULE};
        event_queue_push(fleet->changes, tick);
    }
}

/* --- the interface --- */

static struct router open_router(struct arena *arena, const struct replay_input *input) {
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
        .policy = input->router,
        .seed = input->seed,
        .replication = input->window.replication,
        .choices = input->router_choices,
        .prompts = input->traffic ? input->traffic->prompts : NULL,
        .pools = pools,
        .n_pools = input->n_pools,
    };
    return router_open(&setup);
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
        .router = open_router(arena, input),
        .router_counts_tokens = router_policy_counts_tokens(input->router),
        .ledger = ledger,
        .busy = busy_time_open(arena, n_hours),
        .pools = arena_new(arena, struct replay_pool, input->n_pools),
        .instances = arena_new(arena, struct instance, FIRST_CAPACITY),
        .replicas = arena_new(arena, struct replay_replica, FIRST_CAPACITY),
        .instances_capacity = FIRST_CAPACITY,
        .replicas_capacity = FIRST_CAPACITY,
        .n_hours = n_hours,
        .end = n_hours * TICKS_PER_HOUR,
    };
    for (int pool = 0; pool < input->n_pools; pool++) {
        fleet->pools[pool].gone = NO_INSTANCE;
        for (int hour = 0; hour < n_hours; hour++) {
            int32_t rise = rise_at(&input->pools[pool], hour);
            fleet->n_coming += rise > 0 ? rise : 0;
        }
    }
    event_queue_push(fleet->changes, (struct event){0, EVENT_CAPACITY, SLOT_SCHEDULE});
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

static void set_wake(struct replay_fleet *fleet, uint32_t index, struct wake wake) {
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
    int64_t picked = router_pick(&fleet->router, work);
    if (picked == ROUTER_NO_REPLICA)
        return REPLAY_FLEET_NONE_READY;
    if (!can_serve(fleet, (uint32_t)picked, work)) {
        struct candidate candidate = {fleet, work};
        picked = router_pick_among(&fleet->router, work, candidate_can, &candidate);
        if (picked == ROUTER_NO_REPLICA)
            return REPLAY_FLEET_CANNOT_SERVE;
    }
    uint32_t index = (uint32_t)picked;
    struct replay_replica *replica = &fleet->replicas[index];
    count_outstanding(fleet, index, work, +1, now);
    event_queue_advance(fleet->wakes, now);
    struct wake wake = replica->model->arrive(replica->state, work, now);
    if (wake.event_class == EVENT_BEGIN && wake.time == now && next_arrival > now &&
        event_queue_first(fleet->wakes).time > now) {
        fleet->result->steps++;
        wake = replica->model->advance(replica->state, now, true);
    }
    set_wake(fleet, index, wake);
    return REPLAY_FLEET_TOOK;
}

static void end_if_drained(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    if (instance->state == INSTANCE_DRAINING && !holds_work(fleet, instance))
        end_life(fleet, index, now, false);
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
        end_if_drained(fleet, replica->instance, event.time);
}

static void handle_change(struct replay_fleet *fleet, struct event event) {
    event_queue_pop(fleet->changes);
    if (event.slot == SLOT_SCHEDULE) {
        begin_hour(fleet, event.time);
        return;
    }
    uint32_t index = event.slot - SLOT_FIRST_INSTANCE;
    if (fleet->instances[index].state == INSTANCE_BOOTING)
        make_ready(fleet, index, event.time);
    else
        lose(fleet, index, event.time);
}

bool replay_fleet_handle(struct replay_fleet *fleet, struct event event, sim_ticks next_arrival) {
    bool change = event.event_class == EVENT_CAPACITY;
    if (change)
        handle_change(fleet, event);
    else
        handle_wake(fleet, event, next_arrival);
    return change;
}

int64_t replay_fleet_close(struct replay_fleet *fleet, sim_ticks now) {
    int64_t held = 0;
    settle_outstanding(fleet, now);
    busy_time_settle(&fleet->busy, now);
    for (uint32_t i = 0; i < fleet->n_replicas; i++) {
        struct work work;
        int64_t held_here = 0;
        for (; fleet->replicas[i].model->evict(fleet->replicas[i].state, &work); held_here++)
            fleet->sojourn_time += now - work.since;
        ENSURE(held_here == fleet->replicas[i].outstanding);
        fleet->replicas[i].outstanding = 0;
        held += held_here;
    }
    ENSURE(held == fleet->n_outstanding);
    for (uint32_t i = 0; i < fleet->n_instances; i++)
        if (fleet->instances[i].state != INSTANCE_GONE)
            end_life(fleet, i, now, false);
    return held;
}
