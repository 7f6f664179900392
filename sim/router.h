/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Which replica a request goes to. One row a policy; adding one is one row and one function
 * (docs/extending.md). */
#ifndef HEADROOM_SIM_ROUTER_H
#define HEADROOM_SIM_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/min_tree.h"

enum router_policy { ROUTER_ROUND_ROBIN, ROUTER_LEAST_OUTSTANDING, ROUTER_POLICIES };

/** "round_robin", "least_outstanding". */
const char *router_policy_name(enum router_policy policy);
const char *router_policy_doc(enum router_policy policy);

/** The replicas that take requests, by number. The load of a replica is (outstanding + 1) / weight,
 * what it would be with the request; ties, less than 1 in 2^28 apart, go to the lower number. */
struct router {
    struct arena *arena;
    enum router_policy policy;
    struct min_tree loads; /* by replica: the upper bits of the load, then the number */
    uint32_t next;         /* round robin: where to look first */
};

enum { ROUTER_NO_REPLICA = -1 };

struct router router_open(struct arena *arena, enum router_policy policy);
/** The replica takes requests and has `outstanding` of them; again after every change. weight > 0.
 */
void router_set_load(struct router *router, uint32_t replica, uint32_t outstanding, double weight);
void router_remove(struct router *router, uint32_t replica);
/** ROUTER_NO_REPLICA when none takes requests. */
int64_t router_pick(struct router *router);
/** The policy's choice among the replicas that `can` accepts; looks at all of them. */
int64_t router_pick_among(struct router *router, bool (*can)(void *context, uint32_t replica),
                          void *context);

#endif
