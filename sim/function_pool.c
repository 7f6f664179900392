/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running calls are a heap by their end; a call knows, when it starts, until when its copy will be
 * kept. Idle copies are a stack of those times, newest on top: reuse takes from the top and drops
 * what has expired there. A copy that has expired further down is dropped when it comes to the top,
 * and a new copy starts only when the stack is empty: so there are never more entries than copies
 * that ran at once, and expiry needs no event. */
#include "base/rng.h"
#include "sim/managed.h"
#include "sim/replica.h"

enum { FIRST_CAPACITY = 16, COPIES_MAX = 1 << 24 };

#define PROVISIONED_COPY ((sim_ticks)-1) /* in place of kept_until */

struct call {
    sim_ticks finish, kept_until;
};

struct function_pool {
    const struct function_service *service;
    struct arena *arena;
    uint64_t cold_start_key, keep_alive_key;
    sim_ticks keep_alive; /* when it is fixed */
    struct call *running; /* heap, [capacity] */
    sim_ticks *idle;      /* stack of kept_until, [capacity] */
    uint32_t n_running, n_idle, capacity;
    int provisioned_free;
    sim_ticks ramp, copy_of_ramp, ramp_left, ramp_at; /* the bucket, in time it takes to fill */
};

static bool check_counts(const struct function_service *function, struct err *err) {
    if (function->memory_mb < 1)
        return err_set(err, ERR_INPUT, "function: memory must be 1 MB or more");
    if (function->concurrency_max < 1 || function->concurrency_max > COPIES_MAX)
        return err_set(err, ERR_INPUT, "function: concurrency_max must be 1 to %d", COPIES_MAX);
    if (function->provisioned < 0 || function->provisioned > function->concurrency_max)
        return err_set(err, ERR_INPUT, "function: provisioned must be 0 to concurrency_max, %d",
                       function->concurrency_max);
    if (function->ramp_copies < 0 || function->ramp_copies > COPIES_MAX)
        return err_set(err, ERR_INPUT, "function: ramp_copies must be 0 to %d", COPIES_MAX);
    return true;
}

static bool function_check(const struct service *service, struct err *err) {
    const struct function_service *function = &service->function;
    if (!check_counts(function, err))
        return false;
    bool ramped = function->ramp_copies > 0;
    if (!service_seconds_valid(function->base_s) || !service_seconds_valid(function->token_s) ||
        (ramped && !(function->ramp_s >= 1e-3 && service_seconds_valid(function->ramp_s))))
        return err_set(err, ERR_INPUT, "function: times must be 0 s or more and finite");
    return delay_check(&function->cold_start, "function: cold start", err) &&
           delay_check(&function->keep_alive, "function: keep-alive", err);
}

static void *function_open(const struct managed_setup *setup) {
    struct function_pool *pool = arena_new(setup->arena, struct function_pool, 1);
    const struct function_service *service = &setup->service->function;
    pool->service = service;
    pool->arena = setup->arena;
    pool->cold_start_key = rng_key(setup->seed, setup->replication, RNG_COLD_START);
    pool->keep_alive_key = rng_key(setup->seed, setup->replication, RNG_KEEP_ALIVE);
    pool->keep_alive = service_ticks(service->keep_alive.value_s);
    pool->provisioned_free = service->provisioned;
    if (service->ramp_copies > 0) {
        pool->ramp = pool->ramp_left = service_ticks(service->ramp_s);
        pool->copy_of_ramp = pool->ramp / service->ramp_copies;
    }
    return pool;
}

/* ---- running calls: a 4-ary heap ---- */

static bool before(struct call a, struct call b) {
    return a.finish < b.finish || (a.finish == b.finish && a.kept_until < b.kept_until);
}

static void grow(struct function_pool *pool) {
    uint32_t capacity = pool->capacity > 0 ? 2 * pool->capacity : FIRST_CAPACITY;
    pool->running =
        arena_grow(pool->arena, pool->running, pool->n_running, capacity, sizeof *pool->running);
    pool->idle = arena_grow(pool->arena, pool->idle, pool->n_idle, capacity, sizeof *pool->idle);
    pool->capacity = capacity;
}

static void push_running(struct function_pool *pool, struct call call) {
    if (pool->n_running == pool->capacity)
        grow(pool);
    uint32_t at = pool->n_running++;
    while (at > 0 && before(call, pool->running[(at - 1) / 4])) {
        pool->running[at] = pool->running[(at - 1) / 4];
        at = (at - 1) / 4;
    }
    pool->running[at] = call;
}

static struct call pop_running(struct function_pool *pool) {
    struct call first = pool->running[0], last = pool->running[--pool->n_running];
    uint32_t at = 0, n = pool->n_running;
    for (uint32_t child = 1; child < n; child = 4 * at + 1) {
        uint32_t end = child + 4 < n ? child + 4 : n, least = child;
        for (uint32_t i = child + 1; i < end; i++)
            if (before(pool->running[i], pool->running[least]))
                least = i;
        if (!before(pool->running[least], last))
            break;
        pool->running[at] = pool->running[least];
        at = least;
    }
    if (n > 0)
        pool->running[at] = last;
    return first;
}

/* ---- one call ---- */

/* Calls that end by `now` leave idle copies. */
static void settle(struct function_pool *pool, sim_ticks now) {
    while (pool->n_running > 0 && pool->running[0].finish <= now) {
        struct call call = pop_running(pool);
        if (call.kept_until == PROVISIONED_COPY)
            pool->provisioned_free++;
        else
            pool->idle[pool->n_idle++] = call.kept_until;
    }
}

static bool take_idle(struct function_pool *pool, sim_ticks now) {
    while (pool->n_idle > 0)
        if (pool->idle[--pool->n_idle] >= now)
            return true;
    return false;
}

static bool ramp_allows(struct function_pool *pool, sim_ticks now) {
    if (pool->ramp == 0)
        return true;
    pool->ramp_left += now - pool->ramp_at;
    pool->ramp_at = now;
    if (pool->ramp_left > pool->ramp)
        pool->ramp_left = pool->ramp;
    if (pool->ramp_left < pool->copy_of_ramp)
        return false;
    pool->ramp_left -= pool->copy_of_ramp;
    return true;
}

static sim_ticks keep_alive(const struct function_pool *pool, int64_t id) {
    const struct delay *delay = &pool->service->keep_alive;
    return delay->kind == DELAY_FIXED
               ? pool->keep_alive
               : service_ticks(delay_at(delay, rng_at(pool->keep_alive_key, (uint64_t)id)));
}

static bool function_serve(void *state, const struct work *work, sim_ticks now,
                           struct served *out) {
    struct function_pool *pool = state;
    const struct function_service *service = pool->service;
    settle(pool, now);
    if (pool->n_running >= (uint32_t)service->concurrency_max)
        return false;
    bool provisioned = pool->provisioned_free > 0;
    bool cold = !provisioned && !take_idle(pool, now);
    if (cold && !ramp_allows(pool, now))
        return false;
    double seconds = service->base_s + service->token_s * (double)work->input_tokens;
    if (cold)
        seconds += delay_at(&service->cold_start, rng_at(pool->cold_start_key, (uint64_t)work->id));
    sim_ticks duration = service_ticks(seconds), ms = 1000 * TICKS_PER_US;
    sim_ticks finish = now + duration;
    pool->provisioned_free -= provisioned;
    push_running(pool, (struct call){finish, provisioned ? PROVISIONED_COPY
                                                         : finish + keep_alive(pool, work->id)});
    *out = (struct served){.first_token = finish,
                           .finish = finish,
                           .cold = cold,
                           .provisioned = provisioned,
                           .billed_ms = (duration + ms - 1) / ms};
    return true;
}

static sim_ticks function_grace(const struct service *service) {
    (void)service;
    return TICKS_PER_HOUR;
}

const struct managed_model function_pool_model = {
    .check = function_check,
    .open = function_open,
    .serve = function_serve,
    .grace = function_grace,
};
