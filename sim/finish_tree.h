/* SPDX-License-Identifier: GPL-3.0-or-later */
/** When the sequences of an llm replica finish: the least iteration, and each slot's own.
 *
 *  A complete binary tree whose leaves are the slots and whose nodes hold the lesser of their two
 * children, as in sim/winner_tree.h, in 64 bits: iteration and slot. Setting a key rewrites its
 * path to the root without a branch; a heap guesses wrong about three times a request. */
#ifndef HEADROOM_SIM_FINISH_TREE_H
#define HEADROOM_SIM_FINISH_TREE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum { FINISH_SLOT_BITS = 20 };

#define FINISH_NEVER UINT64_MAX
#define FINISH_ITERATION_MAX ((1LL << (64 - FINISH_SLOT_BITS)) - 1)

struct finish_tree {
    uint64_t *keys;    /* [2 * capacity], leaves from capacity on; keys[1] is the least */
    uint32_t capacity; /* 0 or a power of two from 2 on */
};

/** Room for slots below `capacity`, a power of two from 2 to 2^20, more than before. */
void finish_tree_grow(struct finish_tree *tree, struct arena *arena, uint32_t capacity);

static inline void finish_tree_put(struct finish_tree *tree, uint32_t slot, uint64_t key) {
    uint64_t *keys = tree->keys;
    uint32_t node = tree->capacity + slot;
    keys[node] = key;
    do {
        uint64_t beside = keys[node ^ 1];
        key = beside < key ? beside : key;
        node /= 2;
        keys[node] = key;
    } while (node > 1);
}

static inline void finish_tree_set(struct finish_tree *tree, uint32_t slot, int64_t iteration) {
    ENSURE(iteration < FINISH_ITERATION_MAX);
    finish_tree_put(tree, slot, (uint64_t)iteration << FINISH_SLOT_BITS | slot);
}

static inline void finish_tree_clear(struct finish_tree *tree, uint32_t slot) {
    finish_tree_put(tree, slot, FINISH_NEVER);
}

/** Does it have an iteration at which it finishes? */
static inline bool finish_tree_has(const struct finish_tree *tree, uint32_t slot) {
    return tree->keys[tree->capacity + slot] != FINISH_NEVER;
}

static inline int64_t finish_tree_of(const struct finish_tree *tree, uint32_t slot) {
    return (int64_t)(tree->keys[tree->capacity + slot] >> FINISH_SLOT_BITS);
}

/** Of the first to finish; above all that were set when there is none. */
static inline int64_t finish_tree_least(const struct finish_tree *tree) {
    return (int64_t)(tree->keys[1] >> FINISH_SLOT_BITS);
}

static inline uint32_t finish_tree_first(const struct finish_tree *tree) {
    return (uint32_t)tree->keys[1] & ((1U << FINISH_SLOT_BITS) - 1);
}

#endif
