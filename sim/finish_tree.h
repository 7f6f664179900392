/* SPDX-License-Identifier: GPL-3.0-or-later */
/** When the sequences of an llm replica finish: the least iteration, and each slot's own. Keys of
 * sim/min_tree.h: iteration and slot. A heap guesses wrong about three times a request. */
#ifndef HEADROOM_SIM_FINISH_TREE_H
#define HEADROOM_SIM_FINISH_TREE_H

#include "base/err.h"
#include "sim/min_tree.h"

enum { FINISH_SLOT_BITS = 20 };

#define FINISH_ITERATION_MAX ((1LL << (64 - FINISH_SLOT_BITS)) - 1)

static inline void finish_tree_set(struct min_tree *tree, uint32_t slot, int64_t iteration) {
    ENSURE(iteration < FINISH_ITERATION_MAX);
    min_tree_set(tree, slot, (uint64_t)iteration << FINISH_SLOT_BITS | slot);
}

static inline void finish_tree_clear(struct min_tree *tree, uint32_t slot) {
    min_tree_set(tree, slot, MIN_TREE_NONE);
}

/** Does it have an iteration at which it finishes? */
static inline bool finish_tree_has(const struct min_tree *tree, uint32_t slot) {
    return min_tree_at(tree, slot) != MIN_TREE_NONE;
}

static inline int64_t finish_tree_of(const struct min_tree *tree, uint32_t slot) {
    return (int64_t)(tree->keys[tree->capacity + slot] >> FINISH_SLOT_BITS);
}

/** Of the first to finish; above all that were set when there is none. */
static inline int64_t finish_tree_least(const struct min_tree *tree) {
    return (int64_t)(min_tree_least(tree) >> FINISH_SLOT_BITS);
}

static inline uint32_t finish_tree_first(const struct min_tree *tree) {
    return (uint32_t)min_tree_least(tree) & ((1U << FINISH_SLOT_BITS) - 1);
}

#endif
