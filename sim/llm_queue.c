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
