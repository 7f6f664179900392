/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/later_queue.h"

#include "base/err.h"

enum { FIRST_CAPACITY = 16 };

struct later_queue later_queue_open(struct arena *arena, sim_ticks end) {
    return (struct later_queue){.first = LATER_NONE, .end = end, .arena = arena};
}

static bool before(const struct work *a, const struct work *b) {
    return a->since != b->since ? a->since < b->since : a->id < b->id;
}

/* The work comes at work->since >= now. */
static void put(struct later_queue *queue, const struct work *work) {
    ENSURE(work->since >= queue->now);
    if (queue->n == queue->capacity) {
        uint32_t capacity = queue->capacity > 0 ? 2 * queue->capacity : FIRST_CAPACITY;
        queue->heap =
            arena_grow(queue->arena, queue->heap, queue->n, capacity, sizeof *queue->heap);
        queue->capacity = capacity;
    }
    uint32_t at = queue->n++;
    for (; at > 0 && before(work, &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = *work;
    queue->first = queue->heap[0].since;
}

struct work later_queue_pop(struct later_queue *queue) {
    struct work least = queue->heap[0], last = queue->heap[--queue->n];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < queue->n; at = child) {
        if (child + 1 < queue->n && before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!before(&queue->heap[child], &last))
            break;
        queue->heap[at] = queue->heap[child];
    }
    queue->heap[at] = last;
    queue->first = queue->n > 0 ? queue->heap[0].since : LATER_NONE;
    return least;
}

bool later_queue_push(struct later_queue *queue, sim_ticks time, int64_t id,
                      const struct request *request, int32_t priority) {
    ENSURE(id >= LATER_ID_FIRST && priority >= 0 && priority < PRIORITIES_MAX);
    if (time >= queue->end)
        return false;
    struct work work;
    work_from_request(&work, request, id, time, priority);
    put(queue, &work);
    return true;
}
