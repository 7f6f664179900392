/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/winner_tree.h"

#include <string.h>

enum { FIRST_CAPACITY = 2 };

static winner_key *new_keys(struct arena *arena, uint32_t capacity) {
    winner_key *keys = arena_new(arena, winner_key, 2 * (size_t)capacity);
    memset(keys, 0xff, 2 * (size_t)capacity * sizeof *keys); /* WINNER_NONE */
    return keys;
}

struct winner_tree winner_tree_open(struct arena *arena) {
    return (struct winner_tree){new_keys(arena, FIRST_CAPACITY), FIRST_CAPACITY};
}

void winner_tree_grow(struct winner_tree *tree, struct arena *arena, uint32_t index) {
    uint32_t capacity = tree->capacity;
    while (capacity <= index)
        capacity *= 2;
    struct winner_tree grown = {new_keys(arena, capacity), capacity};
    for (uint32_t i = 0; i < tree->capacity; i++)
        winner_tree_set(&grown, i, tree->keys[tree->capacity + i]);
    *tree = grown;
}
