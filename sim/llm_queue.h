/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The requests that wait in front of an llm replica, new ones and preempted ones.
 *
 *  First come, first served: a ring; a preempted request goes back to its head. By priority: a heap
 * with the least (priority, arrival, id) at its head, where a preempted request finds its old
 * place. Memory follows the number that wait. */
#ifndef HEADROOM_SIM_LLM_QUEUE_H
#define HEADROOM_SIM_LLM_QUEUE_H

#include "sim/work.h"

struct llm_waiting {
    struct work work;
    int32_t cached; /* a handle of sim/prefix_cache.h on what is left of its own content, or -1 */
    bool preempted; /* or recomputed after another replica: its tokens are computed again */
};

struct llm_queue {
    struct llm_waiting *items; /* ring from head, or heap from 0 */
    uint32_t capacity, head, n;
    bool by_priority;
    struct arena *arena;
};

void llm_queue_grow(struct llm_queue *queue);
void llm_queue_sift_up(struct llm_queue *queue, const struct llm_waiting *waiting);
struct llm_waiting llm_queue_pop_least(struct llm_queue *queue);

/** Does a come before b: more urgent, or as urgent and earlier? A total order. */
static inline bool llm_queue_before(const struct work *a, const struct work *b) {
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->arrival != b->arrival ? a->arrival < b->arrival : a->id < b->id;
}

/** Take out the request with this id, wherever it is.
 *
 *  @param fresh_only  leave it when it has made a token
 *  @return false: it is not here, or was left */
bool llm_queue_remove(struct llm_queue *queue, int64_t id, bool fresh_only,
                      struct llm_waiting *out);

/** The next to be admitted; the queue must not be empty. */
static inline struct llm_waiting *llm_queue_head(const struct llm_queue *queue) {
    return &queue->items[queue->head];
}

/** A request that comes to this replica, with nothing left of it in the prefix cache. */
static inline void llm_queue_push(struct llm_queue *queue, const struct work *work) {
    if (queue->n == queue->capacity)
        llm_queue_grow(queue);
    if (queue->by_priority) {
        llm_queue_sift_up(queue, &(struct llm_waiting){*work, -1, work->recompute});
        return;
    }
    struct llm_waiting *waiting = &queue->items[(queue->head + queue->n++) & (queue->capacity - 1)];
    waiting->work = *work;
    waiting->cached = -1;
    waiting->preempted = work->recompute;
}

/** A preempted request comes back. */
static inline void llm_queue_return(struct llm_queue *queue, const struct llm_waiting *waiting) {
    if (queue->n == queue->capacity)
        llm_queue_grow(queue);
    if (queue->by_priority) {
        llm_queue_sift_up(queue, waiting);
        return;
    }
    queue->head = (queue->head - 1) & (queue->capacity - 1);
    queue->items[queue->head] = *waiting;
    queue->n++;
}

/** Take the head away. */
static inline void llm_queue_drop(struct llm_queue *queue) {
    if (queue->by_priority) {
        llm_queue_pop_least(queue);
        return;
    }
    queue->head = (queue->head + 1) & (queue->capacity - 1);
    queue->n--;
}

static inline struct llm_waiting llm_queue_pop(struct llm_queue *queue) {
    if (queue->by_priority)
        return llm_queue_pop_least(queue);
    struct llm_waiting waiting = queue->items[queue->head];
    queue->head = (queue->head + 1) & (queue->capacity - 1);
    queue->n--;
    return waiting;
}

#endif
