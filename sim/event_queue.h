/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Pending events of a simulation, earliest first.
 *
 *  Every event belongs to a slot (a replica, an instance, a server), and a slot has at most one
 * event pending: that is what makes rescheduling and cancelling cheap. Order is total: time, then
 * class, then the order of scheduling, then slot; so a run is the same on every machine. An event
 * before `now` is our bug and ends the program. Arrivals do not belong here: the caller merges
 * their stream with the head of the queue. */
#ifndef HEADROOM_SIM_EVENT_QUEUE_H
#define HEADROOM_SIM_EVENT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "sim/ticks.h"

enum { EVENT_CLASS_MAX = 15, EVENT_SLOT_MAX = (1 << 24) - 1 };

struct event {
    sim_ticks time;
    unsigned event_class; /* 0 .. EVENT_CLASS_MAX; lower goes first at the same time */
    uint32_t slot;        /* 0 .. EVENT_SLOT_MAX */
};

struct event_queue;

/** Empty, now = 0. Grows in the arena as needed. */
struct event_queue *event_queue_open(struct arena *arena);

/** The earliest event, left in place; false when none is pending. */
bool event_queue_peek(const struct event_queue *queue, struct event *earliest);
uint32_t event_queue_length(const struct event_queue *queue);
bool event_queue_is_pending(const struct event_queue *queue, uint32_t slot);

/** The slot must have nothing pending. */
void event_queue_push(struct event_queue *queue, struct event event);
/** Remove the earliest and move `now` to its time; the queue must not be empty. */
struct event event_queue_pop(struct event_queue *queue);
/** Pop the earliest and push `event` in one step: half the work when they have the same slot. */
void event_queue_replace_top(struct event_queue *queue, struct event event);
/** Give the slot's pending event a new time and class. */
void event_queue_reschedule(struct event_queue *queue, struct event event);
/** Drop the slot's event, if it has one. */
void event_queue_cancel(struct event_queue *queue, uint32_t slot);

/** Move `now` (to handle the earliest in place, or an arrival); never backwards. */
void event_queue_advance(struct event_queue *queue, sim_ticks now);
sim_ticks event_queue_now(const struct event_queue *queue);

#endif
