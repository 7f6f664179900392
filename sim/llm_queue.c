/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/llm_queue.h"

enum { FIRST_CAPACITY = 16 };

void llm_queue_grow(struct llm_queue *queue) {
    uint32_t capacity = queue->capacity > 0 ? 2 * queue->capacity : FIRST_CAPACITY;
    struct llm_waiting *items = arena_new(queue->arena, struct llm_waiting, capacity);
    for (uint32_t i = 0; i < queue->n; i++)
        items[i] = queue->items[(queue->head + i) & (queue->capacity - 1)];
    queue->items = items;
    queue->capacity = capacity;
    queue->head = 0;
}

void llm_queue_sift_up(struct llm_queue *queue, const struct llm_waiting *waiting) {
    uint32_t at = queue->n++;
    while (at > 0 && llm_queue_before(&waiting->work, &queue->items[(at - 1) / 2].work)) {
        queue->items[at] = queue->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->items[at] = *waiting;
}

struct llm_waiting llm_queue_pop_least(struct llm_queue *queue) {
    struct llm_waiting least = queue->items[0], last = queue->items[--queue->n];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < queue->n; at = child) {
        if (child + 1 < queue->n &&
            llm_queue_before(&queue->items[child + 1].work, &queue->items[child].work))
            child++;
        if (!llm_queue_before(&queue->items[child].work, &last.work))
            break;
        queue->items[at] = queue->items[child];
    }
    queue->items[at] = last;
    return least;
}

/* A heap is built anew from what is left: its order is total, so how does not matter. */
static void remove_from_heap(struct llm_queue *queue, uint32_t at) {
    uint32_t n = queue->n;
    queue->n = at;
    for (uint32_t i = at + 1; i < n; i++) {
        struct llm_waiting moved = queue->items[i];
        llm_queue_sift_up(queue, &moved);
    }
}

bool llm_queue_remove(struct llm_queue *queue, int64_t id, bool fresh_only,
                      struct llm_waiting *out) {
    uint32_t mask = queue->capacity - 1, head = queue->by_priority ? 0 : queue->head, at = 0;
    while (at < queue->n && queue->items[(head + at) & mask].work.id != id)
        at++;
    if (at == queue->n)
        return false;
    *out = queue->items[(head + at) & mask];
    if (fresh_only && out->work.first_token != NO_TICKS)
        return false;
    if (queue->by_priority) {
        remove_from_heap(queue, at);
        return true;
    }
    for (; at + 1 < queue->n; at++)
        queue->items[(head + at) & mask] = queue->items[(head + at + 1) & mask];
    queue->n--;
    return true;
}
