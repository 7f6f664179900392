/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running calls are in two places: those that start warm and end after all that stand there, in a
 * ring (where calls take the same time that is all of them); the others in a heap by their end. A
 * call knows, when it starts, until when its copy will be
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
    sim_ticks keep_alive;     /* when it is fixed */
    struct call *heap, *ring; /* [capacity], a power of two */
    sim_ticks *idle;          /* stack of kept_until, [capacity] */
    uint32_t n_heap, n_ring, ring_head, n_idle, capacity;
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

/* ---- running calls ---- */

static bool before(struct call a, struct call b) {
    return a.finish < b.finish || (a.finish == b.finish && a.kept_until < b.kept_until);
}

static struct call *ring_at(struct function_pool *pool, uint32_t i) {
    return &pool->ring[(pool->ring_head + i) & (pool->capacity - 1)];
}

static void grow(struct function_pool *pool) {
    uint32_t capacity = pool->capacity > 0 ? 2 * pool->capacity : FIRST_CAPACITY;
    struct call *ring = arena_new(pool->arena, struct call, capacity);
    for (uint32_t i = 0; i < pool->n_ring; i++)
        ring[i] = *ring_at(pool, i);
    pool->ring = ring;
    pool->ring_head = 0;
    pool->heap = arena_grow(pool->arena, pool->heap, pool->n_heap, capacity, sizeof *pool->heap);
    pool->idle = arena_grow(pool->arena, pool->idle, pool->n_idle, capacity, sizeof *pool->idle);
    pool->capacity = capacity;
}

/* 4-ary. */
static void heap_push(struct function_pool *pool, struct call call) {
    uint32_t at = pool->n_heap++;
    while (at > 0 && before(call, pool->heap[(at - 1) / 4])) {
        pool->heap[at] = pool->heap[(at - 1) / 4];
        at = (at - 1) / 4;
    }
    pool->heap[at] = call;
}

static void heap_pop(struct function_pool *pool) {
    struct call last = pool->heap[--pool->n_heap];
    uint32_t at = 0, n = pool->n_heap;
    for (uint32_t child = 1; child < n; child = 4 * at + 1) {
        uint32_t end = child + 4 < n ? child + 4 : n, least = child;
        for (uint32_t i = child + 1; i < end; i++)
            if (before(pool->heap[i], pool->heap[least]))
                least = i;
        if (!before(pool->heap[least], last))
            break;
        pool->heap[at] = pool->heap[least];
        at = least;
    }
    if (n > 0)
        pool->heap[at] = last;
}

static void start(struct function_pool *pool, struct call call, bool cold) {
    if (pool->n_heap + pool->n_ring == pool->capacity)
        grow(pool);
    if (cold || (pool->n_ring > 0 && before(call, *ring_at(pool, pool->n_ring - 1))))
        heap_push(pool, call);
    else
        *ring_at(pool, pool->n_ring++) = call;
}

/* The first to end, taken out; false when none ends by `now`. */
static bool end_one(struct function_pool *pool, sim_ticks now, struct call *out) {
    bool in_ring = pool->n_ring > 0, in_heap = pool->n_heap > 0;
    if (in_ring && in_heap)
        in_ring = before(*ring_at(pool, 0), pool->heap[0]);
    else if (!in_ring && !in_heap)
        return false;
    *out = in_ring ? *ring_at(pool, 0) : pool->heap[0];
    if (out->finish > now)
        return false;
    if (!in_ring) {
        heap_pop(pool);
        return true;
    }
    pool->ring_head = (pool->ring_head + 1) & (pool->capacity - 1);
    pool->n_ring--;
    return true;
}

/* ---- one call ---- */

/* Calls that end by `now` leave idle copies. */
static void settle(struct function_pool *pool, sim_ticks now) {
    struct call call;
    while (end_one(pool, now, &call))
        if (call.kept_until == PROVISIONED_COPY)
            pool->provisioned_free++;
        else
            pool->idle[pool->n_idle++] = call.kept_until;
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
    if (pool->n_heap + pool->n_ring >= (uint32_t)service->concurrency_max)
        return false;
    bool provisioned = pool->provisioned_free > 0;
    bool cold = !provisioned && !take_idle(pool, now);
    if (cold && !ramp_allows(pool, now))
        return false;
    double seconds = service->base_s + service->token_s * (double)work->input_tokens;
    sim_ticks cold_start = 0;
    if (cold) {
        double cold_s =
            delay_at(&service->cold_start, rng_at(pool->cold_start_key, (uint64_t)work->id));
        cold_start = service_ticks(cold_s);
        seconds += cold_s;
    }
    sim_ticks duration = service_ticks(seconds), ms = 1000 * TICKS_PER_US;
    sim_ticks finish = now + duration;
    pool->provisioned_free -= provisioned;
    sim_ticks kept_until = provisioned ? PROVISIONED_COPY : finish + keep_alive(pool, work->id);
    start(pool, (struct call){finish, kept_until}, cold);
    *out = (struct served){.begins = now + cold_start,
                           .first_token = finish,
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
