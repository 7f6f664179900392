/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/router.h"

#include <string.h>

#include "base/err.h"

/* May this replica be picked? NULL: any that takes requests. */
typedef bool (*can_fn)(void *context, uint32_t replica);

static int64_t pick_round_robin(struct router *router, can_fn can, void *context);
static int64_t pick_least_outstanding(struct router *router, can_fn can, void *context);

static const struct {
    const char *name, *doc;
    int64_t (*pick)(struct router *router, can_fn can, void *context);
} policies[ROUTER_POLICIES] = {
    [ROUTER_ROUND_ROBIN] = {"round_robin", "each ready replica in turn", pick_round_robin},
    [ROUTER_LEAST_OUTSTANDING] = {"least_outstanding",
                                  "the ready replica with the fewest requests in flight for its "
                                  "capacity",
                                  pick_least_outstanding},
};

const char *router_policy_name(enum router_policy policy) {
    return policies[policy].name;
}

const char *router_policy_doc(enum router_policy policy) {
    return policies[policy].doc;
}

enum { FIRST_CAPACITY = 2, REPLICA_BITS = 24 };

#define REPLICA_MASK ((1ULL << REPLICA_BITS) - 1)

struct router router_open(struct arena *arena, enum router_policy policy) {
    struct router router = {.arena = arena, .policy = policy};
    min_tree_grow(&router.loads, arena, FIRST_CAPACITY);
    return router;
}

static void grow(struct router *router, uint32_t replica) {
    uint32_t capacity = router->loads.capacity;
    ENSURE(replica <= REPLICA_MASK);
    while (capacity <= replica)
        capacity *= 2;
    min_tree_grow(&router->loads, router->arena, capacity);
}

/* Positive doubles are in the order of their bits. */
void router_set_load(struct router *router, uint32_t replica, uint32_t outstanding, double weight) {
    double load = ((double)outstanding + 1) / weight;
    uint64_t bits;
    memcpy(&bits, &load, sizeof bits);
    if (replica >= router->loads.capacity)
        grow(router, replica);
    min_tree_set(&router->loads, replica, (bits & ~REPLICA_MASK) | replica);
}

void router_remove(struct router *router, uint32_t replica) {
    if (replica < router->loads.capacity)
        min_tree_set(&router->loads, replica, MIN_TREE_NONE);
}

static bool may_take(const struct router *router, uint32_t replica, can_fn can, void *context) {
    return min_tree_at(&router->loads, replica) != MIN_TREE_NONE && (!can || can(context, replica));
}

static int64_t replica_of(uint64_t key) {
    return key == MIN_TREE_NONE ? ROUTER_NO_REPLICA : (int64_t)(key & REPLICA_MASK);
}

static int64_t pick_least_outstanding(struct router *router, can_fn can, void *context) {
    if (!can)
        return replica_of(min_tree_least(&router->loads));
    uint64_t best = MIN_TREE_NONE;
    for (uint32_t i = 0; i < router->loads.capacity; i++) {
        uint64_t key = min_tree_at(&router->loads, i);
        if (key < best && may_take(router, i, can, context))
            best = key;
    }
    return replica_of(best);
}

static int64_t pick_round_robin(struct router *router, can_fn can, void *context) {
    for (uint32_t i = 0; i < router->loads.capacity; i++) {
        uint32_t replica = (router->next + i) & (router->loads.capacity - 1);
        if (may_take(router, replica, can, context)) {
            router->next = replica + 1;
            return replica;
        }
    }
    return ROUTER_NO_REPLICA;
}

int64_t router_pick(struct router *router) {
    return policies[router->policy].pick(router, NULL, NULL);
}

int64_t router_pick_among(struct router *router, can_fn can, void *context) {
    return policies[router->policy].pick(router, can, context);
}
