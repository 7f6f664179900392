/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/event_queue.h"

struct event_queue *event_queue_open(struct arena *arena) {
    struct event_queue *queue = arena_new(arena, struct event_queue, 1);
    queue->arena = arena;
    queue->tree = winner_tree_open(arena);
    return queue;
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
    event_queue_put(queue, event);
    queue->n++;
}

struct event event_queue_pop(struct event_queue *queue) {
    ENSURE(queue->n > 0);
    struct event earliest = event_queue_first(queue);
    queue->now = earliest.time;
    event_queue_cancel(queue, earliest.slot);
    return earliest;
}

void event_queue_cancel(struct event_queue *queue, uint32_t slot) {
    if (!event_queue_is_pending(queue, slot))
        return;
    winner_tree_set(&queue->tree, slot, WINNER_NONE);
    queue->n--;
}

sim_ticks event_queue_now(const struct event_queue *queue) {
    return queue->now;
}
