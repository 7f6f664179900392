/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/router.h"

#include <math.h>

enum { FIRST_CAPACITY = 8 };

static int64_t pick_round_robin(struct router *router);
static int64_t pick_least_outstanding(struct router *router);

static const struct {
    const char *name, *doc;
    int64_t (*pick)(struct router *router);
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

static double smaller(double a, double b) {
    return b < a ? b : a;
}

static void grow(struct router *router, uint32_t replica) {
    uint32_t capacity = router->capacity > 0 ? router->capacity : FIRST_CAPACITY;
    while (capacity <= replica)
        capacity *= 2;
    double *load = arena_new(router->arena, double, 2 * (size_t)capacity);
    for (uint32_t i = 0; i < capacity; i++)
        load[capacity + i] = i < router->capacity ? router->load[router->capacity + i] : INFINITY;
    for (uint32_t node = capacity - 1; node > 0; node--)
        load[node] = smaller(load[2 * node], load[2 * node + 1]);
    router->load = load;
    router->capacity = capacity;
}

struct router router_open(struct arena *arena, enum router_policy policy) {
    struct router router = {.arena = arena, .policy = policy};
    grow(&router, 0);
    return router;
}

static void set(struct router *router, uint32_t replica, double load) {
    if (replica >= router->capacity)
        grow(router, replica);
    uint32_t node = router->capacity + replica;
    router->load[node] = load;
    while (node > 1) {
        node /= 2;
        double least = smaller(router->load[2 * node], router->load[2 * node + 1]);
        if (router->load[node] == least)
            break;
        router->load[node] = least;
    }
}

void router_set_load(struct router *router, uint32_t replica, uint32_t outstanding, double weight) {
    set(router, replica, ((double)outstanding + 1) / weight);
}

void router_remove(struct router *router, uint32_t replica) {
    set(router, replica, INFINITY);
}

static int64_t pick_least_outstanding(struct router *router) {
    if (router->load[1] == INFINITY)
        return ROUTER_NO_REPLICA;
    uint32_t node = 1;
    while (node < router->capacity)
        node = 2 * node + (router->load[2 * node + 1] < router->load[2 * node]);
    return node - router->capacity;
}

static int64_t pick_round_robin(struct router *router) {
    for (uint32_t i = 0; i < router->capacity; i++) {
        uint32_t replica = (router->next + i) & (router->capacity - 1);
        if (router->load[router->capacity + replica] < INFINITY) {
            router->next = replica + 1;
            return replica;
        }
    }
    return ROUTER_NO_REPLICA;
}

int64_t router_pick(struct router *router) {
    return policies[router->policy].pick(router);
}
