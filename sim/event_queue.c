/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A winner tree over the slots. An event is one 128-bit key (time, then class | sequence | slot):
 * the least key is the earliest event and tells its slot. */
#include "sim/event_queue.h"

#include "base/err.h"
#include "sim/winner_tree.h"

enum {
    SLOT_BITS = 24,
    SEQUENCE_BITS = 36,
    CLASS_SHIFT = SLOT_BITS + SEQUENCE_BITS,
};

#define SLOT_MASK ((1ULL << SLOT_BITS) - 1)
#define SEQUENCE_END (1ULL << SEQUENCE_BITS)

struct event_queue {
    struct winner_tree tree;
    uint64_t sequence;
    sim_ticks now;
    uint32_t n;
    struct arena *arena;
};

struct event_queue *event_queue_open(struct arena *arena) {
    struct event_queue *queue = arena_new(arena, struct event_queue, 1);
    queue->arena = arena;
    queue->tree = winner_tree_open(arena);
    return queue;
}

static inline uint32_t slot_of(winner_key key) {
    return (uint32_t)((uint64_t)key & SLOT_MASK);
}

static inline struct event event_of(winner_key key) {
    return (struct event){(sim_ticks)winner_high(key), (unsigned)((uint64_t)key >> CLASS_SHIFT),
                          slot_of(key)};
}

static inline winner_key key_of(struct event_queue *queue, struct event event) {
    ENSURE(event.time >= queue->now);
    ENSURE(event.event_class <= EVENT_CLASS_MAX && queue->sequence < SEQUENCE_END);
    uint64_t order =
        (uint64_t)event.event_class << CLASS_SHIFT | queue->sequence++ << SLOT_BITS | event.slot;
    return winner_key_of((uint64_t)event.time, order);
}

bool event_queue_peek(const struct event_queue *queue, struct event *earliest) {
    if (queue->n == 0)
        return false;
    *earliest = event_of(winner_tree_least(&queue->tree));
    return true;
}

uint32_t event_queue_length(const struct event_queue *queue) {
    return queue->n;
}

bool event_queue_is_pending(const struct event_queue *queue, uint32_t slot) {
    return winner_tree_at(&queue->tree, slot) != WINNER_NONE;
}

void event_queue_push(struct event_queue *queue, struct event event) {
    ENSURE(event.slot <= EVENT_SLOT_MAX && !event_queue_is_pending(queue, event.slot));
    if (event.slot >= queue->tree.capacity)
        winner_tree_grow(&queue->tree, queue->arena, event.slot);
    winner_tree_set(&queue->tree, event.slot, key_of(queue, event));
    queue->n++;
}

static void remove_slot(struct event_queue *queue, uint32_t slot) {
    winner_tree_set(&queue->tree, slot, WINNER_NONE);
    queue->n--;
}

struct event event_queue_pop(struct event_queue *queue) {
    ENSURE(queue->n > 0);
    struct event earliest = event_of(winner_tree_least(&queue->tree));
    queue->now = earliest.time;
    remove_slot(queue, earliest.slot);
    return earliest;
}

void event_queue_replace_top(struct event_queue *queue, struct event event) {
    ENSURE(queue->n > 0);
    winner_key top = winner_tree_least(&queue->tree);
    queue->now = (sim_ticks)winner_high(top);
    if (event.slot == slot_of(top)) {
        winner_tree_set(&queue->tree, event.slot, key_of(queue, event));
        return;
    }
    remove_slot(queue, slot_of(top));
    event_queue_push(queue, event);
}

void event_queue_reschedule(struct event_queue *queue, struct event event) {
    ENSURE(event_queue_is_pending(queue, event.slot));
    winner_tree_set(&queue->tree, event.slot, key_of(queue, event));
}

void event_queue_cancel(struct event_queue *queue, uint32_t slot) {
    if (event_queue_is_pending(queue, slot))
        remove_slot(queue, slot);
}

void event_queue_advance(struct event_queue *queue, sim_ticks now) {
    ENSURE(now >= queue->now);
    queue->now = now;
}

sim_ticks event_queue_now(const struct event_queue *queue) {
    return queue->now;
}
