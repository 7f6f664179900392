/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The least of n 64-bit keys, each under its own number: sim/winner_tree.h for keys that fit half
 * the width. */
#ifndef HEADROOM_SIM_MIN_TREE_H
#define HEADROOM_SIM_MIN_TREE_H

#include <stdint.h>

#include "base/arena.h"

#define MIN_TREE_NONE UINT64_MAX

struct min_tree {
    uint64_t *keys;    /* [2 * capacity], leaves from capacity on; keys[1] is the least */
    uint32_t capacity; /* 0 or a power of two from 2 on */
};

/** Room for numbers below `capacity`, a power of two from 2 on, more than before. */
void min_tree_grow(struct min_tree *tree, struct arena *arena, uint32_t capacity);

/** MIN_TREE_NONE when the number has no key or no room yet. */
static inline uint64_t min_tree_at(const struct min_tree *tree, uint32_t index) {
    return index < tree->capacity ? tree->keys[tree->capacity + index] : MIN_TREE_NONE;
}

/** MIN_TREE_NONE when there is none; the tree must have room for something. */
static inline uint64_t min_tree_least(const struct min_tree *tree) {
    return tree->keys[1];
}

/** There must be room for the number. */
static inline void min_tree_set(struct min_tree *tree, uint32_t index, uint64_t key) {
    uint64_t *keys = tree->keys;
    uint32_t node = tree->capacity + index;
    keys[node] = key;
    do {
        uint64_t beside = keys[node ^ 1];
        key = beside < key ? beside : key;
        node /= 2;
        keys[node] = key;
    } while (node > 1);
}

#endif
