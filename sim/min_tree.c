/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/min_tree.h"

void min_tree_grow(struct min_tree *tree, struct arena *arena, uint32_t capacity) {
    struct min_tree old = *tree;
    *tree = (struct min_tree){arena_new(arena, uint64_t, 2 * (size_t)capacity), capacity};
    for (uint32_t i = 0; i < capacity; i++)
        tree->keys[capacity + i] = min_tree_at(&old, i);
    for (uint32_t i = capacity; i-- > 1;) {
        uint64_t a = tree->keys[2 * i], b = tree->keys[2 * i + 1];
        tree->keys[i] = a < b ? a : b;
    }
}
