/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fleet_scaling.h"

#include "sim/fleet_instance.h"

/* --- what is seen of a pool --- */

static bool sees_waiting(const struct replay_fleet *fleet, int pool) {
    int group = fleet->input->pools[pool].group;
    for (int p = 0; p < pool; p++)
        if (fleet->pools[p].scaling && fleet->input->pools[p].group == group)
            return false;
    return true;
}

/* The metric of one replica, and with it what it holds. */
static double replica_metric(const struct replay_replica *replica, enum autoscaler_metric metric,
                             sim_ticks now) {
    struct replica_load load = {0};
    if (metric == SCALING_CONCURRENCY)
        return replica->outstanding;
    replica->model->load(replica->state, now, &load);
    switch (metric) {
    case SCALING_QUEUE_LENGTH:
        return (double)load.waiting;
    case SCALING_TOKENS_IN_FLIGHT:
        return (double)load.tokens;
    case SCALING_KV_USE:
        return load.kv_blocks > 0 ? (double)load.kv_used / (double)load.kv_blocks : 0;
    default:
        return 0;
    }
}

static double utilisation(const struct pool_scaling *scaling) {
    if (scaling->ready > 0)
        return (double)scaling->busy / (double)scaling->ready;
    return scaling->n_ready > 0 ? (double)scaling->n_busy / (double)scaling->n_ready : 0;
}

/* What the ready replicas of a pool are seen to do, in instances of that pool. */
struct seen_pool {
    double value;
    bool holds_work;
};

static struct seen_pool see(const struct replay_fleet *fleet, int index,
                            enum autoscaler_metric metric, sim_ticks now) {
    struct seen_pool seen = {0};
    for (uint32_t i = 0; i < fleet->n_replicas; i++) {
        const struct replay_replica *replica = &fleet->replicas[i];
        if (replica->pool != index)
            continue;
        seen.holds_work = seen.holds_work || replica->outstanding > 0;
        if (replica->ready && metric == SCALING_UTILISATION)
            seen.value += replica->outstanding > 0;
        else if (replica->ready)
            seen.value += replica_metric(replica, metric, now);
    }
    if (metric == SCALING_KV_USE || metric == SCALING_UTILISATION)
        seen.value /= fleet->input->pools[index].replicas_per_instance;
    return seen;
}

/* The part of its instances that a pool holds for itself. */
static double own_part(const struct replay_pool *pool) {
    return pool->lent > 0 ? (double)pool->scheduled / (pool->scheduled + pool->lent) : 1;
}

/* What stands in for a pool counts as its own: of each pool of its chain the part that is held for
 * it. Metrics that are shares of an instance are converted by capacity. */
static void see_fallbacks(const struct replay_fleet *fleet, int index,
                          enum autoscaler_metric metric, sim_ticks now,
                          struct autoscaler_observation *out) {
    const struct pool *pools = fleet->input->pools;
    bool is_share = metric == SCALING_UTILISATION || metric == SCALING_KV_USE;
    double own = fleet_capacity_of(&pools[index]), part = 1, ready = 0;
    int at = index, to;
    for (; (to = fleet->pools[at].fallback) >= 0 && fleet->pools[at].borrowed > 0; at = to) {
        const struct replay_pool *lender = &fleet->pools[to];
        double ratio = fleet_capacity_of(&pools[to]) / own;
        part *= fleet->pools[at].borrowed * fleet_capacity_of(&pools[at]) /
                (fleet_capacity_of(&pools[to]) * (lender->scheduled + lender->lent));
        part = part < 1 ? part : 1;
        struct seen_pool seen = see(fleet, to, metric, now);
        out->value += part * seen.value * (is_share ? ratio : 1);
        out->idle = out->idle && !seen.holds_work;
        ready += part * lender->ready * ratio;
    }
    out->ready += (int32_t)(ready + 0.5);
}

/* Finished by the pool and what stands in for it. */
static int64_t requests_of(const struct replay_fleet *fleet, int index) {
    int64_t requests = fleet->result->pool_requests[index];
    for (int at = index; fleet->pools[at].fallback >= 0 && fleet->pools[at].borrowed > 0;) {
        at = fleet->pools[at].fallback;
        requests += fleet->result->pool_requests[at];
    }
    return requests;
}

static struct autoscaler_observation observe(struct replay_fleet *fleet, int index, sim_ticks now) {
    struct replay_pool *pool = &fleet->pools[index];
    struct pool_scaling *scaling = pool->scaling;
    enum autoscaler_metric metric = fleet->input->pools[index].autoscaler->metric;
    int64_t waiting =
        sees_waiting(fleet, index) ? (int64_t)fleet_group_of(fleet, index)->waiting.n : 0;
    int64_t requests = requests_of(fleet, index);
    double part = own_part(pool);
    pool_scaling_settle(scaling, now);
    struct seen_pool own = see(fleet, index, metric, now);
    struct autoscaler_observation seen = {
        .ready = (int32_t)(part * pool->ready + 0.5),
        .waiting = waiting,
        .idle = waiting == 0 && requests == scaling->requests_before && !own.holds_work,
        .value =
            part * (metric == SCALING_UTILISATION ? utilisation(scaling) * pool->ready : own.value),
    };
    see_fallbacks(fleet, index, metric, now, &seen);
    if (metric != SCALING_UTILISATION && metric != SCALING_KV_USE)
        seen.value += (double)waiting;
    scaling->requests_before = requests;
    scaling->ready = scaling->busy = 0;
    return seen;
}

/* --- decisions --- */

static void decide_later(struct replay_fleet *fleet, int pool, sim_ticks now) {
    sim_ticks next = now + fleet->input->pools[pool].autoscaler->interval;
    if (next < fleet->end)
        fleet_change_at(fleet, next, fleet_pool_slot(pool, POOL_SLOT_DECIDE));
}

void fleet_scaling_decide(struct replay_fleet *fleet, int pool, sim_ticks now) {
    struct autoscaler_observation seen = observe(fleet, pool, now);
    fleet->pools[pool].scheduled = autoscaler_decide(fleet->pools[pool].scaling->state, now, &seen);
    decide_later(fleet, pool, now);
}

/* --- launches --- */

static void look_again(struct replay_fleet *fleet) {
    sim_ticks next = ready_delays_next(fleet->launches);
    event_queue_cancel(fleet->changes, FLEET_SLOT_LAUNCHES);
    if (next != NEVER)
        fleet_change_at(fleet, next, FLEET_SLOT_LAUNCHES);
}

void fleet_scaling_launch(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    const struct instance *instance = &fleet->instances[index];
    struct ready_start start = ready_delays_start(fleet->launches, instance->pool,
                                                  (uint64_t)instance->ordinal, index, now);
    if (start.warm)
        fleet_instance_pay(fleet, instance->pool, now, now + start.refill);
    look_again(fleet);
}

void fleet_scaling_give_up(struct replay_fleet *fleet, uint32_t index, sim_ticks now) {
    if (!fleet->launches)
        return;
    ready_delays_cancel(fleet->launches, index, now);
    look_again(fleet);
}

void fleet_scaling_go_on(struct replay_fleet *fleet, sim_ticks now) {
    uint32_t index;
    while (ready_delays_take(fleet->launches, now, &index))
        fleet_instance_make_ready(fleet, index, now);
    look_again(fleet);
}

/* --- opening --- */

static void open_launches(struct replay_fleet *fleet) {
    const struct replay_input *input = fleet->input;
    struct ready_delay *ready = arena_new(fleet->arena, struct ready_delay, input->n_pools);
    bool any = false;
    for (int pool = 0; pool < input->n_pools; pool++) {
        if (!input->pools[pool].ready)
            continue;
        ready[pool] = *input->pools[pool].ready;
        any = true;
    }
    if (any)
        fleet->launches = ready_delays_open(fleet->arena, ready, input->n_pools, input->link,
                                            input->seed, input->window.replication);
}

/* What the pool begins with: its schedule, which the policy may bound. */
static int32_t first_count(const struct pool *pool) {
    const struct autoscaler *rules = pool->autoscaler;
    int32_t n = pool->instances[0];
    if (rules->policy == SCALING_SCHEDULE)
        return n;
    return n < rules->min ? rules->min : n > rules->max ? rules->max : n;
}

void fleet_scaling_open(struct replay_fleet *fleet) {
    open_launches(fleet);
    for (int pool = 0; pool < fleet->input->n_pools; pool++) {
        const struct pool *parameters = &fleet->input->pools[pool];
        if (!parameters->autoscaler)
            continue;
        struct pool_scaling *scaling = arena_new(fleet->arena, struct pool_scaling, 1);
        int32_t start = first_count(parameters);
        scaling->state = autoscaler_open(fleet->arena, parameters->autoscaler, start);
        fleet->pools[pool].scaling = scaling;
        fleet->pools[pool].scheduled = start;
        fleet_group_of(fleet, pool)->n_scaled++;
        decide_later(fleet, pool, 0);
    }
}
