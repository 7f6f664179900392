/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Which replica a request goes to. One row a policy; adding one is one row and one function
 * (docs/extending.md).
 *
 *  The load of a replica is (count + 1) / capacity, what it would be with the request. What is
 * counted and what the capacity is depends on the policy: requests in flight for the weight of a
 * replica, or prompt tokens in flight for the tokens that its KV cache holds. Ties, less than 1 in
 * 2^28 apart, go to the lower number.
 *
 *  Draws are keyed by the request, so what one request gets does not depend on what was drawn for
 * others. Cost of a pick for n replicas in p pools: 1 (least loads, random), d (shortest of d),
 * log n (weighted), p (cheapest first), the changes of the prompt's content (prefix affinity); of a
 * change log n. Round robin looks for the next that is ready. */
#ifndef HEADROOM_SIM_ROUTER_H
#define HEADROOM_SIM_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/min_tree.h"
#include "sim/work.h"

enum router_policy {
    ROUTER_ROUND_ROBIN,
    ROUTER_LEAST_OUTSTANDING,
    ROUTER_RANDOM,
    ROUTER_SHORTEST_OF_D,
    ROUTER_MOST_FREE_KV,
    ROUTER_PREFIX_AFFINITY,
    ROUTER_WEIGHTED,
    ROUTER_CHEAPEST_FIRST,
    ROUTER_POLICIES
};

/** "round_robin", "least_outstanding", ... */
const char *router_policy_name(enum router_policy policy);
const char *router_policy_doc(enum router_policy policy);
/** Does the policy count prompt tokens rather than requests? */
bool router_policy_counts_tokens(enum router_policy policy);

/** For cheapest first. */
struct router_pool {
    double usd_per_capacity; /* of an hour; finite, any unit */
    double count_max;        /* of a replica, up to which it meets its limits; >= 0 */
};

struct router_setup {
    struct arena *arena;
    enum router_policy policy;
    uint64_t seed, replication;
    uint32_t choices;                    /* shortest of d: 1 .. ROUTER_CHOICES_MAX */
    const struct prompt_blocks *prompts; /* prefix affinity; NULL: none are known */
    const struct router_pool *pools;     /* cheapest first: [n_pools]; else NULL */
    int n_pools;
};

struct router {
    struct arena *arena;
    enum router_policy policy;
    struct min_tree loads;      /* by replica: the upper bits of the load, then the number */
    uint32_t next;              /* round robin: where to look first */
    struct router_state *state; /* of the policies that need more; else NULL */
};

enum { ROUTER_NO_REPLICA = -1, ROUTER_CHOICES_MAX = 16 };

struct router router_open(const struct router_setup *setup);
/** The replica begins to take requests, with nothing in flight. capacity > 0. */
void router_add(struct router *router, uint32_t replica, int pool, double capacity);
/** Its count changed; it takes requests. The capacity is that of router_add. */
void router_set_load(struct router *router, uint32_t replica, int64_t count, double capacity);
void router_remove(struct router *router, uint32_t replica);
/** Where the work, whose `since` is now, goes; ROUTER_NO_REPLICA when none takes requests. */
int64_t router_pick(struct router *router, const struct work *work);
/** The policy's choice among the replicas that `can` accepts; looks at all of them. */
int64_t router_pick_among(struct router *router, const struct work *work,
                          bool (*can)(void *context, uint32_t replica), void *context);

#endif
