/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/finish_tree.h"

void finish_tree_grow(struct finish_tree *tree, struct arena *arena, uint32_t capacity) {
    struct finish_tree old = *tree;
    *tree = (struct finish_tree){arena_new(arena, uint64_t, 2 * (size_t)capacity), capacity};
    for (uint32_t i = 0; i < capacity; i++)
        tree->keys[capacity + i] = i < old.capacity ? old.keys[old.capacity + i] : FINISH_NEVER;
    for (uint32_t i = capacity; i-- > 1;) {
        uint64_t a = tree->keys[2 * i], b = tree->keys[2 * i + 1];
        tree->keys[i] = a < b ? a : b;
    }
}
