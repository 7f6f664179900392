/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Pending events of a simulation, earliest first.
 *
 *  Every event belongs to a slot (a replica, an instance, a server), and a slot has at most one
 * event pending: that is what makes rescheduling and cancelling cheap. Order is total: time, then
 * class, then the order of scheduling, then slot; so a run is the same on every machine. An event
 * before `now` is our bug and ends the program. Arrivals do not belong here: the caller merges
 * their stream with the head of the queue.
 *
 *  An event is one 128-bit key (time, then class | sequence | slot) in a winner tree over the
 * slots: the least key is the earliest event and tells its slot. Memory follows the highest slot:
 * keep them dense. What every request of a replay goes through is inline here; nobody but these
 * functions touches the fields. */
#ifndef HEADROOM_SIM_EVENT_QUEUE_H
#define HEADROOM_SIM_EVENT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/ticks.h"
#include "sim/winner_tree.h"

enum {
    EVENT_CLASS_MAX = 15,
    EVENT_SLOT_BITS = 24,
    EVENT_SLOT_MAX = (1 << EVENT_SLOT_BITS) - 1,
    EVENT_CLASS_SHIFT = 60,
};

#define EVENT_SEQUENCE_END (1ULL << (EVENT_CLASS_SHIFT - EVENT_SLOT_BITS))

struct event {
    sim_ticks time;
    unsigned event_class; /* 0 .. EVENT_CLASS_MAX; lower goes first at the same time */
    uint32_t slot;        /* 0 .. EVENT_SLOT_MAX */
};

struct event_queue {
    struct winner_tree tree;
    uint64_t sequence;
    sim_ticks now;
    uint32_t n;
    struct arena *arena;
};

/** Empty, now = 0. Grows in the arena as needed. */
struct event_queue *event_queue_open(struct arena *arena);

/** The earliest event, left in place; its time is INT64_MAX when none is pending. */
static inline struct event event_queue_first(const struct event_queue *queue) {
    winner_key key = winner_tree_least(&queue->tree);
    uint64_t low = (uint64_t)key;
    return (struct event){(sim_ticks)(winner_high(key) & INT64_MAX),
                          (unsigned)(low >> EVENT_CLASS_SHIFT), (uint32_t)low & EVENT_SLOT_MAX};
}

/** The same; false when none is pending. */
static inline bool event_queue_peek(const struct event_queue *queue, struct event *earliest) {
    *earliest = event_queue_first(queue);
    return queue->n > 0;
}

uint32_t event_queue_length(const struct event_queue *queue);
bool event_queue_is_pending(const struct event_queue *queue, uint32_t slot);

/** The slot must have nothing pending. */
void event_queue_push(struct event_queue *queue, struct event event);
/** Remove the earliest and move `now` to its time; the queue must not be empty. */
struct event event_queue_pop(struct event_queue *queue);
/** Drop the slot's event, if it has one. */
void event_queue_cancel(struct event_queue *queue, uint32_t slot);

/** For push and reschedule: write the key of a slot that has room. */
static inline void event_queue_put(struct event_queue *queue, struct event event) {
    ENSURE(event.time >= queue->now && event.event_class <= EVENT_CLASS_MAX);
    ENSURE(queue->sequence < EVENT_SEQUENCE_END);
    uint64_t order = (uint64_t)event.event_class << EVENT_CLASS_SHIFT |
                     queue->sequence++ << EVENT_SLOT_BITS | event.slot;
    winner_tree_set(&queue->tree, event.slot, winner_key_of((uint64_t)event.time, order));
}

/** Give the slot's pending event a new time and class. */
static inline void event_queue_reschedule(struct event_queue *queue, struct event event) {
    ENSURE(winner_tree_at(&queue->tree, event.slot) != WINNER_NONE);
    event_queue_put(queue, event);
}

/** Move `now` (to handle the earliest in place, or an arrival); never backwards. */
static inline void event_queue_advance(struct event_queue *queue, sim_ticks now) {
    ENSURE(now >= queue->now);
    queue->now = now;
}

sim_ticks event_queue_now(const struct event_queue *queue);

#endif
