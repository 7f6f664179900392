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
