/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The least of n 128-bit keys, each under its own number: a complete binary tree whose leaves are
 * the keys and whose nodes hold the lesser of their two children.
 *
 *  Setting a key rewrites its path to the root. The path and the keys beside it are known from the
 * number alone, so their loads do not wait for one another and no comparison is a branch: with the
 * dozens to thousands of keys of a fleet this is faster than a heap, and a key can be changed in
 * place. Keys must differ; WINNER_NONE is no key. */
#ifndef HEADROOM_SIM_WINNER_TREE_H
#define HEADROOM_SIM_WINNER_TREE_H

#include <stdint.h>

#include "base/arena.h"

__extension__ typedef unsigned __int128 winner_key;

#define WINNER_NONE (~(winner_key)0)

struct winner_tree {
    winner_key *keys;  /* [2 * capacity], leaves from capacity on; keys[1] is the least */
    uint32_t capacity; /* a power of two, at least 2 */
};

struct winner_tree winner_tree_open(struct arena *arena);
/** Make room for the number `index`. */
void winner_tree_grow(struct winner_tree *tree, struct arena *arena, uint32_t index);

static inline winner_key winner_key_of(uint64_t high, uint64_t low) {
    return (winner_key)high << 64 | low;
}

static inline uint64_t winner_high(winner_key key) {
    return (uint64_t)(key >> 64);
}

/** WINNER_NONE when there is none. */
static inline winner_key winner_tree_least(const struct winner_tree *tree) {
    return tree->keys[1];
}

/** WINNER_NONE when the number has no key or no room yet. */
static inline winner_key winner_tree_at(const struct winner_tree *tree, uint32_t index) {
    return index < tree->capacity ? tree->keys[tree->capacity + index] : WINNER_NONE;
}

/** There must be room for the number. */
static inline void winner_tree_set(struct winner_tree *tree, uint32_t index, winner_key key) {
    winner_key *keys = tree->keys;
    uint32_t node = tree->capacity + index;
    keys[node] = key;
    uint64_t low = (uint64_t)key, high = winner_high(key);
    do {
        winner_key beside = keys[node ^ 1];
        uint64_t take = -(uint64_t)(beside < winner_key_of(high, low)); /* all ones or none */
        low ^= (low ^ (uint64_t)beside) & take;
        high ^= (high ^ winner_high(beside)) & take;
        node /= 2;
        keys[node] = winner_key_of(high, low);
    } while (node > 1);
}

#endif
