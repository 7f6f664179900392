/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running calls are slots of an event queue, by their end; idle instances are a ring of the times
 * at which they went idle, newest at the back. Reuse takes from the back, expiry from the front, so
 * expiry needs no event. */
#include "sim/event_queue.h"
#include "sim/managed.h"
#include "sim/replica.h"

enum { FIRST_CAPACITY = 16 };

struct function_pool {
    const struct function_service *service;
    struct arena *arena;
    sim_ticks keep_alive;
    struct event_queue *running;
    uint32_t *free_slots; /* [n_free] a stack, room for every slot given out so far */
    uint32_t n_free, n_slots, slots_capacity;
    sim_ticks *idle_since; /* ring */
    uint32_t idle_capacity, idle_head, n_idle;
};

static bool function_check(const struct service *service, struct err *err) {
    const struct function_service *function = &service->function;
    if (function->memory_mb < 1)
        return err_set(err, ERR_INPUT, "function: memory must be 1 MB or more");
    if (function->concurrency_max < 1 || function->concurrency_max > EVENT_SLOT_MAX)
        return err_set(err, ERR_INPUT, "function: concurrency_max must be 1 to %d", EVENT_SLOT_MAX);
    if (!service_seconds_valid(function->base_s) || !service_seconds_valid(function->token_s) ||
        !service_seconds_valid(function->cold_start_s) ||
        !service_seconds_valid(function->keep_alive_s))
        return err_set(err, ERR_INPUT, "function: times must be 0 s or more and finite");
    return true;
}

static void *function_open(const struct managed_setup *setup) {
    struct function_pool *pool = arena_new(setup->arena, struct function_pool, 1);
    pool->service = &setup->service->function;
    pool->arena = setup->arena;
    pool->keep_alive = service_ticks(pool->service->keep_alive_s);
    pool->running = event_queue_open(setup->arena);
    return pool;
}

static void push_idle(struct function_pool *pool, sim_ticks since) {
    if (pool->n_idle == pool->idle_capacity) {
        uint32_t capacity = pool->idle_capacity > 0 ? 2 * pool->idle_capacity : FIRST_CAPACITY;
        sim_ticks *grown = arena_new(pool->arena, sim_ticks, capacity);
        for (uint32_t i = 0; i < pool->n_idle; i++)
            grown[i] = pool->idle_since[(pool->idle_head + i) & (pool->idle_capacity - 1)];
        pool->idle_since = grown;
        pool->idle_capacity = capacity;
        pool->idle_head = 0;
    }
    pool->idle_since[(pool->idle_head + pool->n_idle++) & (pool->idle_capacity - 1)] = since;
}

static uint32_t take_slot(struct function_pool *pool) {
    if (pool->n_free > 0)
        return pool->free_slots[--pool->n_free];
    if (pool->n_slots == pool->slots_capacity) {
        uint32_t capacity = pool->slots_capacity > 0 ? 2 * pool->slots_capacity : FIRST_CAPACITY;
        pool->free_slots = arena_grow(pool->arena, pool->free_slots, pool->n_free, capacity,
                                      sizeof *pool->free_slots);
        pool->slots_capacity = capacity;
    }
    return pool->n_slots++;
}

/* Calls that end by `now` leave idle instances; those idle for longer than keep_alive are gone. */
static void settle(struct function_pool *pool, sim_ticks now) {
    struct event earliest;
    while (event_queue_peek(pool->running, &earliest) && earliest.time <= now) {
        event_queue_pop(pool->running);
        pool->free_slots[pool->n_free++] = earliest.slot;
        push_idle(pool, earliest.time);
    }
    while (pool->n_idle > 0 && now - pool->idle_since[pool->idle_head] > pool->keep_alive) {
        pool->idle_head = (pool->idle_head + 1) & (pool->idle_capacity - 1);
        pool->n_idle--;
    }
}

static bool function_serve(void *state, const struct work *work, sim_ticks now,
                           struct served *out) {
    struct function_pool *pool = state;
    const struct function_service *service = pool->service;
    settle(pool, now);
    if (event_queue_length(pool->running) >= (uint32_t)service->concurrency_max)
        return false;
    bool cold = pool->n_idle == 0;
    if (!cold)
        pool->n_idle--;
    double seconds = service->base_s + service->token_s * (double)work->input_tokens +
                     (cold ? service->cold_start_s : 0);
    sim_ticks duration = service_ticks(seconds), ms = 1000 * TICKS_PER_US;
    sim_ticks finish = now + duration;
    event_queue_advance(pool->running, now);
    event_queue_push(pool->running, (struct event){finish, 0, take_slot(pool)});
    *out = (struct served){finish, finish, cold, (duration + ms - 1) / ms};
    return true;
}

const struct managed_model function_pool_model = {
    .check = function_check,
    .open = function_open,
    .serve = function_serve,
};
