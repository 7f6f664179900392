/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree against a scan of a plain array, on random sets and removals, with keys that share their
 * upper halves, and numbers beyond its room. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/rng.h"
#include "sim/winner_tree.h"

enum { N = 300, CHANGES = 50000 };

static winner_key least_of(const winner_key *keys) {
    winner_key least = WINNER_NONE;
    for (int i = 0; i < N; i++)
        least = keys[i] < least ? keys[i] : least;
    return least;
}

Test(winner_tree, equals_a_scan) {
    struct arena arena = {0};
    struct winner_tree tree = winner_tree_open(&arena);
    winner_key keys[N];
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    for (int i = 0; i < N; i++)
        keys[i] = WINNER_NONE;
    cr_assert(winner_tree_least(&tree) == WINNER_NONE);
    for (int i = 0; i < CHANGES; i++) {
        uint32_t at = (uint32_t)rng_below(&rng, 1 + (uint64_t)i * N / CHANGES);
        bool remove = rng_below(&rng, 4) == 0;
        keys[at] = remove ? WINNER_NONE : winner_key_of(rng_below(&rng, 5), rng_next(&rng));
        if (at >= tree.capacity)
            winner_tree_grow(&tree, &arena, at);
        winner_tree_set(&tree, at, keys[at]);
        cr_assert(winner_tree_least(&tree) == least_of(keys), "change %d", i);
        cr_assert(winner_tree_at(&tree, at) == keys[at]);
    }
    cr_assert(winner_tree_at(&tree, 1u << 30) == WINNER_NONE);
    arena_release(&arena);
}
