/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/router.h"

#include <string.h>

#include "base/err.h"
#include "sim/router_state.h"

/* May this replica be picked? NULL: any that takes requests. */
typedef bool (*can_fn)(void *context, uint32_t replica);

/* Least loads need no more than the tree of loads. */
static int64_t pick_round_robin(struct router *router, const struct work *work, can_fn can,
                                void *context);
static int64_t pick_least(struct router *router, const struct work *work, can_fn can,
                          void *context);
static int64_t pick_random(struct router *router, const struct work *work, can_fn can,
                           void *context);
static int64_t pick_shortest(struct router *router, const struct work *work, can_fn can,
                             void *context);
static int64_t pick_affinity(struct router *router, const struct work *work, can_fn can,
                             void *context);
static int64_t pick_weighted(struct router *router, const struct work *work, can_fn can,
                             void *context);
static int64_t pick_cheapest(struct router *router, const struct work *work, can_fn can,
                             void *context);

static const struct {
    const char *name, *doc;
    int64_t (*pick)(struct router *router, const struct work *work, can_fn can, void *context);
    bool tokens; /* are counted, not requests */
    bool state;  /* more than the tree of loads */
} policies[ROUTER_POLICIES] = {
    [ROUTER_ROUND_ROBIN] = {"round_robin", "each ready replica in turn", pick_round_robin, false,
                            false},
    [ROUTER_LEAST_OUTSTANDING] = {"least_outstanding",
                                  "the ready replica with the fewest requests in flight for its "
                                  "capacity",
                                  pick_least, false, false},
    [ROUTER_RANDOM] = {"random", "any ready replica, all alike", pick_random, false, true},
    [ROUTER_SHORTEST_OF_D] = {"shortest_of_d",
                              "the one with the fewest requests in flight for its capacity, of a "
                              "few drawn at random",
                              pick_shortest, false, true},
    [ROUTER_MOST_FREE_KV] = {"most_free_kv",
                             "the ready replica whose KV cache is claimed least by the prompts in "
                             "flight",
                             pick_least, true, false},
    [ROUTER_PREFIX_AFFINITY] = {"prefix_affinity",
                                "the replica that lately served the longest beginning of the "
                                "prompt, unless it has a quarter more than its share",
                                pick_affinity, false, true},
    [ROUTER_WEIGHTED] = {"weighted", "any ready replica, in proportion to its capacity",
                         pick_weighted, false, true},
    [ROUTER_CHEAPEST_FIRST] = {"cheapest_first",
                               "the cheapest pool for its capacity that has a replica within its "
                               "limits, else the least loaded",
                               pick_cheapest, false, true},
};

const char *router_policy_name(enum router_policy policy) {
    return policies[policy].name;
}

const char *router_policy_doc(enum router_policy policy) {
    return policies[policy].doc;
}

bool router_policy_counts_tokens(enum router_policy policy) {
    return policies[policy].tokens;
}

enum { FIRST_CAPACITY = 2, REPLICA_BITS = 24 };

#define REPLICA_MASK ((1ULL << REPLICA_BITS) - 1)

struct router router_open(const struct router_setup *setup) {
    struct router router = {.arena = setup->arena, .policy = setup->policy};
    min_tree_grow(&router.loads, setup->arena, FIRST_CAPACITY);
    if (policies[setup->policy].state) {
        router.state = router_state_open(setup);
        router_state_grow(router.state, FIRST_CAPACITY);
    }
    return router;
}

static void grow(struct router *router, uint32_t replica) {
    uint32_t capacity = router->loads.capacity;
    ENSURE(replica <= REPLICA_MASK);
    while (capacity <= replica)
        capacity *= 2;
    min_tree_grow(&router->loads, router->arena, capacity);
    if (router->state)
        router_state_grow(router->state, capacity);
}

void router_add(struct router *router, uint32_t replica, int pool, double capacity) {
    if (replica >= router->loads.capacity)
        grow(router, replica);
    if (router->state)
        router_state_add(router->state, replica, pool, capacity);
    router_set_load(router, replica, 0, capacity);
}

/* Positive doubles are in the order of their bits. */
static uint64_t key_of(double load, uint32_t replica) {
    uint64_t bits;
    memcpy(&bits, &load, sizeof bits);
    return (bits & ~REPLICA_MASK) | replica;
}

void router_set_load(struct router *router, uint32_t replica, int64_t count, double capacity) {
    uint64_t key = key_of(((double)count + 1) / capacity, replica);
    min_tree_set(&router->loads, replica, key);
    if (router->state)
        router_state_set_count(router->state, replica, count, key);
}

void router_remove(struct router *router, uint32_t replica) {
    if (min_tree_at(&router->loads, replica) == MIN_TREE_NONE)
        return;
    min_tree_set(&router->loads, replica, MIN_TREE_NONE);
    if (router->state)
        router_state_remove(router->state, replica);
}

int64_t router_pick(struct router *router, const struct work *work) {
    return policies[router->policy].pick(router, work, NULL, NULL);
}

int64_t router_pick_among(struct router *router, const struct work *work, can_fn can,
                          void *context) {
    return policies[router->policy].pick(router, work, can, context);
}

/* --- the policies --- */

static bool may_take(const struct router *router, uint32_t replica, can_fn can, void *context) {
    return min_tree_at(&router->loads, replica) != MIN_TREE_NONE && (!can || can(context, replica));
}

static int64_t replica_of(uint64_t key) {
    return key == MIN_TREE_NONE ? ROUTER_NO_REPLICA : (int64_t)(key & REPLICA_MASK);
}

/* The least key of the tree among those that can. */
static uint64_t least(const struct router *router, const struct min_tree *tree, can_fn can,
                      void *context) {
    if (!can)
        return min_tree_least(tree);
    uint64_t best = MIN_TREE_NONE;
    for (uint32_t i = 0; i < tree->capacity; i++) {
        uint64_t key = min_tree_at(tree, i);
        if (key < best && may_take(router, i, can, context))
            best = key;
    }
    return best;
}

static int64_t pick_least(struct router *router, const struct work *work, can_fn can,
                          void *context) {
    (void)work;
    return replica_of(least(router, &router->loads, can, context));
}

static int64_t pick_round_robin(struct router *router, const struct work *work, can_fn can,
                                void *context) {
    (void)work;
    for (uint32_t i = 0; i < router->loads.capacity; i++) {
        uint32_t replica = (router->next + i) & (router->loads.capacity - 1);
        if (may_take(router, replica, can, context)) {
            router->next = replica + 1;
            return replica;
        }
    }
    return ROUTER_NO_REPLICA;
}

/* Those that may be picked, in any order that does not depend on how the run is stepped. */
static struct router_set eligible(struct router *router, can_fn can, void *context) {
    struct router_state *state = router->state;
    if (!can)
        return (struct router_set){state->ready, state->n_ready};
    uint32_t n = 0;
    for (uint32_t i = 0; i < state->n_ready; i++)
        if (can(context, state->ready[i]))
            state->chosen[n++] = state->ready[i];
    return (struct router_set){state->chosen, n};
}

static int64_t pick_random(struct router *router, const struct work *work, can_fn can,
                           void *context) {
    struct router_set set = eligible(router, can, context);
    struct rng rng = router_state_draws(router->state, work);
    return set.n > 0 ? (int64_t)set.items[rng_below(&rng, set.n)] : ROUTER_NO_REPLICA;
}

/* d different ones, drawn again when one comes twice; of as many as there are, the least of all. */
static int64_t pick_shortest(struct router *router, const struct work *work, can_fn can,
                             void *context) {
    struct router_set set = eligible(router, can, context);
    struct rng rng = router_state_draws(router->state, work);
    uint32_t d = router->state->choices, drawn[ROUTER_CHOICES_MAX];
    if (d >= set.n)
        return replica_of(least(router, &router->loads, can, context));
    uint64_t best = MIN_TREE_NONE;
    for (uint32_t n = 0; n < d;) {
        uint32_t replica = set.items[rng_below(&rng, set.n)];
        bool again = false;
        for (uint32_t i = 0; i < n; i++)
            again = again || drawn[i] == replica;
        if (again)
            continue;
        drawn[n++] = replica;
        uint64_t key = min_tree_at(&router->loads, replica);
        best = key < best ? key : best;
    }
    return replica_of(best);
}

static int64_t pick_weighted(struct router *router, const struct work *work, can_fn can,
                             void *context) {
    struct router_state *state = router->state;
    struct rng rng = router_state_draws(state, work);
    double u = rng_uniform(&rng), total = 0;
    if (!can)
        return router_state_at_share(state, u);
    struct router_set set = eligible(router, can, context);
    for (uint32_t i = 0; i < set.n; i++)
        total += state->replicas[set.items[i]].capacity;
    int64_t last = ROUTER_NO_REPLICA;
    u *= total;
    for (uint32_t i = 0; i < set.n && u >= 0; i++) {
        last = set.items[i];
        u -= state->replicas[set.items[i]].capacity;
    }
    return last;
}

/* The bound of consistent hashing with bounded loads (docs/model.md 2.8). */
static bool within_share(const struct router_state *state, const struct router_replica *replica) {
    double share = ((double)state->count + 1) * replica->capacity / state->capacity;
    return (double)replica->count < 1.25 * share;
}

static int64_t pick_affinity(struct router *router, const struct work *work, can_fn can,
                             void *context) {
    struct router_state *state = router->state;
    int64_t picked = ROUTER_NO_REPLICA;
    struct router_prefix prefix = router_prefix_first(state, work);
    for (; prefix.left > 0; router_prefix_next(state, &prefix)) {
        int64_t served = router_prefix_replica(state, &prefix);
        if (served != ROUTER_NO_REPLICA && may_take(router, (uint32_t)served, can, context) &&
            within_share(state, &state->replicas[served]))
            picked = served;
    }
    if (picked == ROUTER_NO_REPLICA)
        picked = replica_of(least(router, &router->loads, can, context));
    if (picked != ROUTER_NO_REPLICA)
        router_prefix_remember(state, work, (uint32_t)picked);
    return picked;
}

static int64_t pick_cheapest(struct router *router, const struct work *work, can_fn can,
                             void *context) {
    (void)work;
    const struct router_state *state = router->state;
    uint64_t best = MIN_TREE_NONE;
    for (int rank = 0; rank < state->n_pools; rank++) {
        const struct router_rank *pool = &state->ranks[rank];
        uint64_t key = least(router, &pool->loads, can, context);
        if (key == MIN_TREE_NONE)
            continue;
        const struct router_replica *replica = &state->replicas[key & REPLICA_MASK];
        if ((double)replica->count + 1 <= pool->count_max)
            return replica_of(key);
        best = key < best ? key : best;
    }
    return replica_of(best);
}
