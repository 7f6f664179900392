/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A 4-ary heap of 16-byte entries. An entry is one 128-bit number (time, then class | sequence |
 * slot), so a comparison is a compare-and-borrow without a branch; the heap starts at the fourth
 * entry of a cache line, so the four children of a node share one line. Entries past the end hold
 * the largest key: a node always has four children to compare. position[slot] finds an entry to
 * move or drop. */
#include "sim/event_queue.h"

#include <string.h>

#include "base/err.h"

__extension__ typedef unsigned __int128 uint128;

/* time << 64 | class | sequence | slot */
typedef uint128 entry;

enum {
    ARITY = 4,
    LINE = 64,
    SLOT_BITS = 24,
    SEQUENCE_BITS = 36,
    CLASS_SHIFT = SLOT_BITS + SEQUENCE_BITS,
    FIRST_CAPACITY = 61,
    FIRST_SLOTS = 64,
};

#define SLOT_MASK ((1ULL << SLOT_BITS) - 1)
#define SEQUENCE_END (1ULL << SEQUENCE_BITS)

struct event_queue {
    entry *heap;        /* [n + ARITY]; heap[1] is 64-byte aligned */
    uint32_t *position; /* [n_slots] index in the heap + 1; 0: nothing pending */
    uint32_t n, capacity, n_slots;
    uint64_t sequence;
    sim_ticks now;
    struct arena *arena;
};

static const entry beyond = ~(entry)0;

static inline sim_ticks time_of(entry item) {
    return (sim_ticks)(uint64_t)(item >> 64);
}

static inline uint32_t slot_of(entry item) {
    return (uint32_t)((uint64_t)item & SLOT_MASK);
}

static inline void place(struct event_queue *queue, uint32_t index, entry item) {
    queue->heap[index] = item;
    queue->position[slot_of(item)] = index + 1;
}

/* New room for `capacity` entries with heap[1] on a cache line. */
static void grow_heap(struct event_queue *queue, uint32_t capacity) {
    size_t n_entries = (size_t)capacity + ARITY;
    char *room = arena_alloc(queue->arena, 1, n_entries * sizeof(entry) + 2 * LINE);
    uintptr_t first_child = ((uintptr_t)room + sizeof(entry) + LINE - 1) / LINE * LINE;
    entry *heap = (entry *)(first_child - sizeof(entry));
    if (queue->n > 0)
        memcpy(heap, queue->heap, queue->n * sizeof *heap);
    for (size_t i = queue->n; i < n_entries; i++)
        heap[i] = beyond;
    queue->heap = heap;
    queue->capacity = capacity;
}

static void grow_slots(struct event_queue *queue, uint32_t slot) {
    ENSURE(slot <= EVENT_SLOT_MAX);
    uint32_t n_slots = queue->n_slots > 0 ? queue->n_slots : FIRST_SLOTS;
    while (n_slots <= slot)
        n_slots *= 2;
    queue->position =
        arena_grow(queue->arena, queue->position, queue->n_slots, n_slots, sizeof(uint32_t));
    queue->n_slots = n_slots;
}

struct event_queue *event_queue_open(struct arena *arena) {
    struct event_queue *queue = arena_new(arena, struct event_queue, 1);
    queue->arena = arena;
    grow_heap(queue, FIRST_CAPACITY);
    grow_slots(queue, 0);
    return queue;
}

static struct event event_of(entry item) {
    return (struct event){time_of(item), (unsigned)((uint64_t)item >> CLASS_SHIFT), slot_of(item)};
}

static entry entry_of(struct event_queue *queue, struct event event) {
    ENSURE(event.time >= queue->now);
    ENSURE(event.event_class <= EVENT_CLASS_MAX && queue->sequence < SEQUENCE_END);
    uint64_t order =
        (uint64_t)event.event_class << CLASS_SHIFT | queue->sequence++ << SLOT_BITS | event.slot;
    return (entry)(uint64_t)event.time << 64 | order;
}

/* Put `entry` at `index` or above it. */
static void sift_up(struct event_queue *queue, uint32_t index, entry item) {
    while (index > 0) {
        uint32_t parent = (index - 1) / ARITY;
        if (item >= queue->heap[parent])
            break;
        place(queue, index, queue->heap[parent]);
        index = parent;
    }
    place(queue, index, item);
}

static inline uint32_t earliest_child(const entry *heap, uint32_t first) {
    uint32_t a = first + (heap[first + 1] < heap[first]);
    uint32_t b = first + 2 + (heap[first + 3] < heap[first + 2]);
    return heap[b] < heap[a] ? b : a;
}

/* Put `entry` at `index` or below it. */
static void sift_down(struct event_queue *queue, uint32_t index, entry item) {
    for (;;) {
        uint32_t first = ARITY * index + 1;
        if (first >= queue->n)
            break;
        uint32_t child = earliest_child(queue->heap, first);
        if (queue->heap[child] >= item)
            break;
        place(queue, index, queue->heap[child]);
        index = child;
    }
    place(queue, index, item);
}

static void sift(struct event_queue *queue, uint32_t index, entry item) {
    if (index > 0 && item < queue->heap[(index - 1) / ARITY])
        sift_up(queue, index, item);
    else
        sift_down(queue, index, item);
}

static void remove_at(struct event_queue *queue, uint32_t index) {
    queue->position[slot_of(queue->heap[index])] = 0;
    entry last = queue->heap[--queue->n];
    queue->heap[queue->n] = beyond;
    if (index < queue->n)
        sift(queue, index, last);
}

bool event_queue_peek(const struct event_queue *queue, struct event *earliest) {
    if (queue->n == 0)
        return false;
    *earliest = event_of(queue->heap[0]);
    return true;
}

sim_ticks event_queue_second_time(const struct event_queue *queue) {
    if (queue->n < 2)
        return INT64_MAX;
    return time_of(queue->heap[earliest_child(queue->heap, 1)]);
}

uint32_t event_queue_length(const struct event_queue *queue) {
    return queue->n;
}

bool event_queue_is_pending(const struct event_queue *queue, uint32_t slot) {
    return slot < queue->n_slots && queue->position[slot] > 0;
}

void event_queue_push(struct event_queue *queue, struct event event) {
    if (event.slot >= queue->n_slots)
        grow_slots(queue, event.slot);
    ENSURE(queue->position[event.slot] == 0);
    entry item = entry_of(queue, event);
    if (queue->n == queue->capacity)
        grow_heap(queue, 2 * queue->capacity);
    sift_up(queue, queue->n++, item);
}

struct event event_queue_pop(struct event_queue *queue) {
    ENSURE(queue->n > 0);
    struct event earliest = event_of(queue->heap[0]);
    queue->now = earliest.time;
    remove_at(queue, 0);
    return earliest;
}

void event_queue_replace_top(struct event_queue *queue, struct event event) {
    ENSURE(queue->n > 0);
    queue->now = time_of(queue->heap[0]);
    queue->position[slot_of(queue->heap[0])] = 0;
    if (event.slot >= queue->n_slots)
        grow_slots(queue, event.slot);
    ENSURE(queue->position[event.slot] == 0);
    sift_down(queue, 0, entry_of(queue, event));
}

void event_queue_reschedule(struct event_queue *queue, struct event event) {
    ENSURE(event_queue_is_pending(queue, event.slot));
    sift(queue, queue->position[event.slot] - 1, entry_of(queue, event));
}

void event_queue_cancel(struct event_queue *queue, uint32_t slot) {
    if (event_queue_is_pending(queue, slot))
        remove_at(queue, queue->position[slot] - 1);
}

void event_queue_advance(struct event_queue *queue, sim_ticks now) {
    ENSURE(now >= queue->now);
    queue->now = now;
}

sim_ticks event_queue_now(const struct event_queue *queue) {
    return queue->now;
}
