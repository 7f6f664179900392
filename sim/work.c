/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/work.h"

enum { FIRST_CAPACITY = 16 };

void work_ring_grow(struct arena *arena, struct work_ring *ring) {
    uint32_t capacity = ring->capacity > 0 ? 2 * ring->capacity : FIRST_CAPACITY;
    struct work *items = arena_new(arena, struct work, capacity);
    for (uint32_t i = 0; i < ring->n; i++)
        items[i] = ring->items[(ring->head + i) & (ring->capacity - 1)];
    *ring = (struct work_ring){.items = items, .capacity = capacity, .head = 0, .n = ring->n};
}

bool work_ring_remove(struct work_ring *ring, int64_t id, struct work *out) {
    uint32_t mask = ring->capacity - 1, at = 0;
    while (at < ring->n && ring->items[(ring->head + at) & mask].id != id)
        at++;
    if (at == ring->n)
        return false;
    *out = ring->items[(ring->head + at) & mask];
    for (; at + 1 < ring->n; at++)
        ring->items[(ring->head + at) & mask] = ring->items[(ring->head + at + 1) & mask];
    ring->n--;
    return true;
}
