/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Requests that the traffic does not know: those that come because of what became of others (the
 * next question of a user, the calls of a workflow). A heap by time, then id; so the order does not
 * depend on the order in which they were pushed. Memory follows the number that wait. */
#ifndef HEADROOM_SIM_LATER_QUEUE_H
#define HEADROOM_SIM_LATER_QUEUE_H

#include "sim/work.h"

/** Ids of the traffic's own requests are below; those of later ones from here on. */
#define LATER_ID_FIRST (1LL << 40)

#define LATER_NONE INT64_MAX

struct later_queue {
    struct work *heap; /* [n] least (since, id) first */
    uint32_t n, capacity;
    sim_ticks first; /* when the least comes; LATER_NONE when there is none */
    sim_ticks now;   /* of the replay: nothing can come before */
    sim_ticks end;   /* of the window: nothing comes from here on */
    struct arena *arena;
};

struct later_queue later_queue_open(struct arena *arena, sim_ticks end);

/** The least; there must be one. */
struct work later_queue_pop(struct later_queue *queue);

/** A request comes at `time`, at or after the replay's now; its arrival_ns is not read.
 *
 *  @param id  from LATER_ID_FIRST on, another one for every request: draws are keyed by it, so
 *             derive it from what the request follows, not from the order of calls
 *  @param priority  0 (most urgent) .. PRIORITIES_MAX - 1
 *  @return false when that is after the end of the window: it does not come */
bool later_queue_push(struct later_queue *queue, sim_ticks time, int64_t id,
                      const struct request *request, int32_t priority);

#endif
