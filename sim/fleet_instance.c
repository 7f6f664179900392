/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fleet_instance.h"

#include "base/rng.h"
#include "sim/fleet_scaling.h"
#include "sim/fleet_transit.h"
#include "sim/spot_market.h"

enum { SECONDS_PER_HOUR = 3600 };

static const struct pool *pool_of(const struct replay_fleet *fleet, uint32_t index) {
    return &fleet->input->pools[fleet->instances[index].pool];
}

static bool holds_work(const struct replay_fleet *fleet, const struct instance *instance) {
    for (uint32_t i = 0; i < fleet_replicas_of(fleet, instance); i++)
        if (fleet->replicas[instance->first_replica + i].outstanding > 0)
            return true;
    return false;
}

/* --- places: an instance and its replicas, used again after their end --- */

static void *open_state(struct replay_fleet *fleet, uint32_t replica,
                        const struct service *service) {
    struct replica_setup setup = {
        .arena = fleet->arena,
        .service = service,
        .seed = fleet->input->seed,
        .replication = fleet->input->window.replication,
        .step_by_step = fleet->input->step_by_step,
        .prompts = fleet->input->traffic ? fleet->input->traffic->prompts : NULL,
        .counts = &fleet->result->counts,
        .owner = replica,
        .context = fleet,
        .finished = fleet_replica_finished,
        .started = fleet->observer ? fleet_replica_started : NULL,
    };
    return replica_model_of(service->kind)->open(&setup);
}

static void add_replicas(struct replay_fleet *fleet, uint32_t instance) {
    struct instance *owner = &fleet->instances[instance];
    const struct pool *pool = &fleet->input->pools[owner->pool];
    struct fleet_group *group = &fleet->groups[pool->group];
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
        fleet->replicas[index] = (struct replay_replica){
            .model = replica_model_of(pool->service.kind),
            .state = open_state(fleet, index, &pool->service),
            .group = group,
            .weight = group->router_counts_tokens ? (double)service_cache_tokens(&pool->service)
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
    ENSURE(fleet_instance_slot(fleet, instance) <= EVENT_SLOT_MAX);
    fleet->instances[instance] = (struct instance){.pool = pool};
    add_replicas(fleet, instance);
    return instance;
}

/* --- from launch to ready --- */

uint32_t fleet_instance_launch(struct replay_fleet *fleet, int pool, sim_ticks launched) {
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
    state->booting++;
    state->alive++;
    fleet_group_of(fleet, pool)->n_coming++;
    if (launched < fleet->end)
        fleet->result->pools[pool].launched++;
    fleet_tell(fleet, FLEET_LAUNCHED, index, launched);
    return index;
}

/* A life is exponential, drawn by launch, so lives are the same whatever else the fleet does. */
static sim_ticks life(const struct replay_fleet *fleet, const struct instance *instance,
                      enum rng_stream stream, double ends_per_hour) {
    if (ends_per_hour <= 0)
        return NEVER;
    uint64_t bits = rng_keyed(fleet->input->seed, fleet->input->window.replication, stream,
                              fleet_launch_entity(instance->pool, instance->ordinal));
    return service_ticks(-rng_log(rng_unit(bits)) * SECONDS_PER_HOUR / ends_per_hour);
}

static void schedule_loss(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    struct instance *instance = &fleet->instances[index];
    const struct pool *pool = pool_of(fleet, index);
    bool by_life = pool->spot && !pool->market;
    sim_ticks spot =
        life(fleet, instance, RNG_SPOT_LIFE, by_life ? pool->interruptions_per_hour : 0);
    sim_ticks failure = life(fleet, instance, RNG_INSTANCE_FAILURE, pool->failures_per_hour);
    if (spot == NEVER && failure == NEVER)
        return;
    instance->change = spot <= failure ? CHANGE_RECLAIMED : CHANGE_FAILED;
    fleet_change_at(fleet, now + (spot <= failure ? spot : failure),
                    fleet_instance_slot(fleet, index));
}

static void count_booted(struct replay_fleet *fleet, uint32_t index) {
    fleet->pools[fleet->instances[index].pool].booting--;
    fleet_group_of(fleet, fleet->instances[index].pool)->n_coming--;
}

void fleet_instance_make_ready(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    struct instance *instance = &fleet->instances[index];
    struct pool_life *life_sum = &fleet->result->pools[instance->pool];
    struct fleet_group *group = fleet_group_of(fleet, instance->pool);
    count_booted(fleet, index);
    instance->state = INSTANCE_READY;
    if (now > 0 && now < fleet->end) {
        life_sum->made_ready++;
        life_sum->ready_delay_s += ticks_seconds(now - instance->launched);
    }
    fleet->pools[instance->pool].ready++;
    fleet_tell(fleet, FLEET_READY, index, now);
    busy_time_settle(&group->busy, now);
    for (uint32_t i = 0; i < fleet_replicas_of(fleet, instance); i++) {
        struct replay_replica *replica = &fleet->replicas[instance->first_replica + i];
        replica->ready = true;
        group->busy.n_ready++;
        router_add(&group->router, instance->first_replica + i, instance->pool, replica->weight);
        fleet_scaling_count(fleet, instance->pool, 1, 0, now);
    }
    schedule_loss(fleet, index, now);
}

/* --- the end --- */

static void stop_taking(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    struct fleet_group *group = fleet_group_of(fleet, instance->pool);
    busy_time_settle(&group->busy, now);
    for (uint32_t i = 0; i < fleet_replicas_of(fleet, instance); i++) {
        struct replay_replica *replica = &fleet->replicas[instance->first_replica + i];
        if (!replica->ready)
            continue;
        replica->ready = false;
        group->busy.n_ready--;
        group->busy.n_busy -= replica->outstanding > 0;
        fleet_scaling_count(fleet, instance->pool, -1, -(replica->outstanding > 0), now);
        router_remove(&group->router, instance->first_replica + i);
    }
}

/* It no longer counts towards what its pool should hold. */
static void leave_pool(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    enum instance_state state = fleet->instances[index].state;
    if (state == INSTANCE_BOOTING) {
        count_booted(fleet, index);
        fleet_scaling_give_up(fleet, index, now);
    }
    if (state == INSTANCE_READY)
        fleet->pools[fleet->instances[index].pool].ready--;
}

/* What the market asked for over a life. */
static double market_usd(const struct pool *pool, sim_ticks from, sim_ticks to) {
    double usd = 0;
    while (from < to) {
        sim_ticks next = spot_market_next_price(pool->market, pool->market_zone, from);
        sim_ticks until = next < to ? next : to;
        double usd_per_hour = spot_market_usd_per_hour(pool->market, pool->market_zone, from);
        usd += usd_per_hour * ticks_seconds(until - from) / SECONDS_PER_HOUR;
        from = until;
    }
    return usd;
}

static double hourly_usd(const struct pool *pool, sim_ticks from, sim_ticks to) {
    double usd = 0;
    while (from < to) {
        sim_ticks next = (from / TICKS_PER_HOUR + 1) * TICKS_PER_HOUR;
        sim_ticks until = next < to ? next : to;
        usd += pool->usd_by_hour[from / TICKS_PER_HOUR] * ticks_seconds(until - from) /
               SECONDS_PER_HOUR;
        from = until;
    }
    return usd;
}

static double life_usd(const struct pool *pool, sim_ticks from, sim_ticks to) {
    if (pool->usd_by_hour)
        return hourly_usd(pool, from, to);
    if (pool->market && pool->market->zones[pool->market_zone].n_prices > 0)
        return market_usd(pool, from, to);
    return ticks_seconds(to - from) / SECONDS_PER_HOUR * pool->usd_per_hour;
}

static void meter(struct replay_fleet *fleet, int index, sim_ticks launched, sim_ticks now) {
    const struct pool *pool = &fleet->input->pools[index];
    struct pool_life *life_sum = &fleet->result->pools[index];
    sim_ticks ended = now < fleet->end ? now : fleet->end;
    if (launched >= ended)
        return;
    life_sum->instance_hours += ticks_seconds(ended - launched) / SECONDS_PER_HOUR;
    life_sum->usd += life_usd(pool, launched, ended);
}

void fleet_instance_pay(struct replay_fleet *fleet, int pool, sim_ticks from, sim_ticks to) {
    ledger_add_refill(fleet->ledger, pool, from, to);
    meter(fleet, pool, from, to);
}

/* A step under way for nobody, whose clients have all gone, ends with its instance. */
static void stop_step(struct replay_fleet *fleet, uint32_t number) {
    struct replay_replica *replica = &fleet->replicas[number];
    struct work none;
    if (replica->wake.time == NEVER || replica->wake.event_class != EVENT_BOUNDARY)
        return;
    ENSURE(!replica->model->evict(replica->state, &none));
    fleet_set_wake(fleet, number, (struct wake){NEVER, EVENT_BOUNDARY});
}

static void end_life(struct replay_fleet *fleet, uint32_t index, sim_ticks now, bool interrupted) {
    struct instance *instance = &fleet->instances[index];
    ENSURE(!holds_work(fleet, instance));
    for (uint32_t i = 0; i < fleet_replicas_of(fleet, instance); i++)
        stop_step(fleet, instance->first_replica + i);
    fleet_instance_change_speed(fleet, index, NULL, now);
    event_queue_cancel(fleet->changes, fleet_instance_slot(fleet, index));
    if (instance->launched <= now)
        ledger_add_life(fleet->ledger, instance->pool, instance->launched, now, interrupted);
    meter(fleet, instance->pool, instance->launched, now);
    fleet_tell(fleet, FLEET_ENDED, index, now);
    instance->state = INSTANCE_GONE;
    instance->next_gone = fleet->pools[instance->pool].gone;
    fleet->pools[instance->pool].gone = (int32_t)index;
    fleet->pools[instance->pool].alive--;
}

void fleet_instance_remove(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    bool booting = fleet->instances[index].state == INSTANCE_BOOTING;
    leave_pool(fleet, index, now);
    stop_taking(fleet, index, now);
    fleet->instances[index].state = INSTANCE_DRAINING;
    fleet_tell(fleet, FLEET_DRAINING, index, now);
    if (booting || !holds_work(fleet, &fleet->instances[index]))
        end_life(fleet, index, now, false);
}

void fleet_instance_end_if_drained(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    if (instance->state == INSTANCE_DRAINING && !holds_work(fleet, instance))
        end_life(fleet, index, now, false);
}

void fleet_instance_close(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    if (fleet->instances[index].state != INSTANCE_GONE)
        end_life(fleet, index, now, false);
}

/* --- losses --- */

/* The client gets the whole answer anew. */
static void restart(struct replay_fleet *fleet, struct work *work) {
    if (work->generated > 0)
        fleet->result->lost.recomputed_tokens += (int64_t)work->input_tokens + work->generated;
    work->first_token = NO_TICKS;
    work->generated = 0;
    work->recompute = false;
    work_ring_push_back(fleet->arena, &fleet->returned, work);
    fleet->result->restarted++;
}

/* Take everything out of the instance's replicas: it starts again elsewhere, or moves there. */
static void take_work_back(struct replay_fleet *fleet, uint32_t index, sim_ticks now, bool moves) {
    const struct instance *instance = &fleet->instances[index];
    struct transit_link link = fleet_transit_open(pool_of(fleet, index), now);
    for (uint32_t i = 0; i < fleet_replicas_of(fleet, instance); i++) {
        uint32_t number = instance->first_replica + i;
        struct replay_replica *replica = &fleet->replicas[number];
        struct work work;
        if (replica->model->settle)
            replica->model->settle(replica->state, now);
        while (replica->model->evict(replica->state, &work)) {
            fleet_count_outstanding(fleet, number, &work, -1, now);
            replica->group->sojourn_time += now - work.since;
            work.restarts++;
            if (moves && replica->model->goes_on)
                fleet_transit_send(fleet, &link, &work, now);
            else
                restart(fleet, &work);
        }
        fleet_set_wake(fleet, number, (struct wake){NEVER, EVENT_BOUNDARY});
    }
}

void fleet_instance_lose(struct replay_fleet *fleet, uint32_t index, sim_ticks now,
                         enum loss loss) {
    struct pool_life *life_sum = &fleet->result->pools[fleet->instances[index].pool];
    fleet_tell(fleet, loss == LOSS_FAILED ? FLEET_FAILED : FLEET_INTERRUPTED, index, now);
    leave_pool(fleet, index, now);
    stop_taking(fleet, index, now);
    take_work_back(fleet, index, now, false);
    end_life(fleet, index, now, loss == LOSS_INTERRUPTED);
    if (loss == LOSS_FAILED) {
        life_sum->failed++;
        return;
    }
    life_sum->interrupted++;
    fleet->result->interruptions++;
}

void fleet_instance_take_back(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct pool *pool = pool_of(fleet, index);
    sim_ticks notice = service_ticks(pool->notice_s);
    bool booting = fleet->instances[index].state == INSTANCE_BOOTING;
    if (booting || notice == 0) {
        fleet_instance_lose(fleet, index, now, LOSS_INTERRUPTED);
        return;
    }
    leave_pool(fleet, index, now);
    fleet->instances[index].state = INSTANCE_NOTICED;
    fleet->instances[index].change = CHANGE_NOTICE_ENDS;
    fleet_tell(fleet, FLEET_NOTICED, index, now);
    event_queue_cancel(fleet->changes, fleet_instance_slot(fleet, index));
    fleet_change_at(fleet, now + notice, fleet_instance_slot(fleet, index));
    if (pool->on_notice == NOTICE_RESTART)
        return;
    stop_taking(fleet, index, now);
    if (pool->on_notice == NOTICE_MIGRATE)
        take_work_back(fleet, index, now, true);
}

/* --- speed --- */

/* Requests that another state cannot go on with begin anew. */
static void move_to_state(struct replay_fleet *fleet, uint32_t number, void *state, sim_ticks now) {
    struct replay_replica *replica = &fleet->replicas[number];
    struct wake wake = {NEVER, EVENT_BOUNDARY};
    struct work work;
    if (replica->model->settle)
        replica->model->settle(replica->state, now);
    while (replica->model->evict(replica->state, &work)) {
        if (!replica->model->goes_on) {
            work.generated = 0;
            work.recompute = false;
            work.first_token = NO_TICKS;
        }
        wake = replica->model->arrive(state, &work, now);
    }
    replica->state = state;
    fleet_set_wake(fleet, number, wake);
}

void fleet_instance_change_speed(struct replay_fleet *fleet, uint32_t index,
                                 const struct service *service, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    for (uint32_t i = 0; i < fleet_replicas_of(fleet, instance); i++) {
        uint32_t number = instance->first_replica + i;
        struct replay_replica *replica = &fleet->replicas[number];
        if (service) {
            replica->usual = replica->usual ? replica->usual : replica->state;
            move_to_state(fleet, number, open_state(fleet, number, service), now);
        } else if (replica->usual) {
            move_to_state(fleet, number, replica->usual, now);
            replica->usual = NULL;
        }
    }
}

int64_t fleet_instance_newest(const struct replay_fleet *fleet, int pool,
                              enum instance_state state) {
    int64_t best = NO_INSTANCE;
    for (uint32_t i = 0; i < fleet->n_instances; i++) {
        const struct instance *instance = &fleet->instances[i];
        if (instance->pool == pool && instance->state == state &&
            (best < 0 || instance->ordinal > fleet->instances[best].ordinal))
            best = i;
    }
    return best;
}
