/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A request inside the fleet, and a queue of them.
 *
 *  Memory follows the requests that are in the system, not those that were: a ring holds work by
 * value and grows by doubling. */
#ifndef HEADROOM_SIM_WORK_H
#define HEADROOM_SIM_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "sim/ticks.h"
#include "sim/traffic.h"

enum { REPLAY_GROUPS_MAX = 16 }; /* of pools, the main one included */

#define NO_TICKS ((sim_ticks)-1) /* has not happened */

struct work {
    int64_t id;        /* index of the request in its traffic, from 0 */
    sim_ticks arrival; /* at the fleet; a restart does not change it */
    sim_ticks since;   /* when it came to the replica that has it now */
    sim_ticks first_token;
    int32_t input_tokens, output_tokens;
    int32_t generated; /* tokens made so far; kept through preemption, lost on restart */
    int32_t row, edition, priority, stream; /* as in struct request */
    int32_t restarts;                       /* replicas that it lost or moved away from */
    bool recompute; /* llm: what `generated` counts is not in a cache: it is computed again */
    uint8_t group;  /* of pools that it goes to */
};

/** As it comes to the fleet. Field by field in place: every request of a replay comes through here,
 * and a struct that is built aside and copied waits for its own stores. */
static inline void work_from_request(struct work *work, const struct request *request, int64_t id,
                                     sim_ticks arrival, int32_t priority) {
    work->id = id;
    work->arrival = work->since = arrival;
    work->first_token = NO_TICKS;
    work->input_tokens = request->input_tokens > 1 ? request->input_tokens : 1;
    work->output_tokens = request->output_tokens > 0 ? request->output_tokens : 0;
    work->generated = work->restarts = 0;
    work->row = request->row;
    work->edition = request->edition;
    work->priority = priority;
    work->stream = request->stream;
    work->recompute = false;
    work->group = (uint8_t)request->group;
}

struct work_ring {
    struct work *items;
    uint32_t capacity, head, n; /* capacity: 0 or a power of two */
};

void work_ring_grow(struct arena *arena, struct work_ring *ring);

static inline void work_ring_push_back(struct arena *arena, struct work_ring *ring,
                                       const struct work *work) {
    if (ring->n == ring->capacity)
        work_ring_grow(arena, ring);
    ring->items[(ring->head + ring->n++) & (ring->capacity - 1)] = *work;
}

static inline void work_ring_push_front(struct arena *arena, struct work_ring *ring,
                                        const struct work *work) {
    if (ring->n == ring->capacity)
        work_ring_grow(arena, ring);
    ring->head = (ring->head - 1) & (ring->capacity - 1);
    ring->items[ring->head] = *work;
    ring->n++;
}

/** Take out the one with this id, wherever it is; false: it is not here. */
bool work_ring_remove(struct work_ring *ring, int64_t id, struct work *out);

/** The oldest; the ring must not be empty. */
static inline const struct work *work_ring_front(const struct work_ring *ring) {
    return &ring->items[ring->head];
}

static inline struct work work_ring_pop_front(struct work_ring *ring) {
    struct work work = ring->items[ring->head];
    ring->head = (ring->head + 1) & (ring->capacity - 1);
    ring->n--;
    return work;
}

#endif
