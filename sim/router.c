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

struct router router_open(struct arena *arena, enum router_policy policy) {
    return (struct router){.arena = arena, .policy = policy, .loads = winner_tree_open(arena)};
}

/* Positive doubles are in the order of their bits. */
void router_set_load(struct router *router, uint32_t replica, uint32_t outstanding, double weight) {
    double load = ((double)outstanding + 1) / weight;
    uint64_t bits;
    ENSURE(load > 0);
    memcpy(&bits, &load, sizeof bits);
    if (replica >= router->loads.capacity)
        winner_tree_grow(&router->loads, router->arena, replica);
    winner_tree_set(&router->loads, replica, winner_key_of(bits, replica));
}

void router_remove(struct router *router, uint32_t replica) {
    if (replica < router->loads.capacity)
        winner_tree_set(&router->loads, replica, WINNER_NONE);
}

static bool may_take(const struct router *router, uint32_t replica, can_fn can, void *context) {
    return winner_tree_at(&router->loads, replica) != WINNER_NONE &&
           (!can || can(context, replica));
}

static int64_t replica_of(winner_key key) {
    return key == WINNER_NONE ? ROUTER_NO_REPLICA : (int64_t)(uint32_t)key;
}

static int64_t pick_least_outstanding(struct router *router, can_fn can, void *context) {
    if (!can)
        return replica_of(winner_tree_least(&router->loads));
    winner_key best = WINNER_NONE;
    for (uint32_t i = 0; i < router->loads.capacity; i++) {
        winner_key key = winner_tree_at(&router->loads, i);
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
