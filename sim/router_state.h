/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What router policies know beyond the tree of loads: a list of the ready replicas to draw from,
 * their counts and capacities with sums, a tree of loads for each pool, and who served which
 * beginning of a prompt lately. For sim/router.c alone. */
#ifndef HEADROOM_SIM_ROUTER_STATE_H
#define HEADROOM_SIM_ROUTER_STATE_H

#include "base/rng.h"
#include "sim/router.h"

struct router_replica {
    int64_t count;
    double capacity;
    uint32_t position; /* in `ready` */
    int rank;          /* of its pool, cheapest first */
};

struct router_rank {
    int pool;
    double usd_per_capacity, count_max;
    struct min_tree loads;
};

/** A prompt that begins like this was served by a replica. */
struct router_served {
    uint32_t id;
    int32_t edition;
    uint32_t replica_after; /* number + 1; 0: nothing is known */
};

struct router_set {
    const uint32_t *items;
    uint32_t n;
};

struct router_state {
    struct arena *arena;
    uint64_t seed, replication;
    uint32_t choices, capacity_replicas;
    struct router_replica *replicas; /* [capacity_replicas] */
    uint32_t *ready;                 /* [n_ready of capacity_replicas] */
    uint32_t *chosen;                /* the same, scratch */
    uint32_t n_ready;
    int64_t count;         /* of the ready replicas, all together */
    double capacity;       /* of them */
    double *capacity_tree; /* [2 * capacity_replicas] weighted: each node the sum of its children */
    struct router_rank *ranks; /* [n_pools] cheapest first; NULL for other policies */
    int n_pools;
    const struct prompt_blocks *prompts; /* NULL: not known, or not of use */
    struct router_served *served;        /* [ROUTER_SERVED] by hash; NULL without prompts */
};

enum { ROUTER_SERVED_BITS = 16, ROUTER_SERVED = 1 << ROUTER_SERVED_BITS };

struct router_state *router_state_open(const struct router_setup *setup);
/** Room for replicas below `capacity`, a power of two, more than before. */
void router_state_grow(struct router_state *state, uint32_t capacity);
void router_state_add(struct router_state *state, uint32_t replica, int pool, double capacity);
void router_state_remove(struct router_state *state, uint32_t replica);
void router_state_set_count(struct router_state *state, uint32_t replica, int64_t count,
                            uint64_t key);

/** The draws of this request, the same whatever was drawn for others. */
struct rng router_state_draws(const struct router_state *state, const struct work *work);
/** The ready replica at share u, 0 <= u < 1, of the capacity of all, in the order of their numbers;
 * ROUTER_NO_REPLICA when there is none. */
int64_t router_state_at_share(const struct router_state *state, double u);

/** A walk through the prompt, from beginning to longer beginning: blocks that always come together
 * are one. */
struct router_prefix {
    const uint32_t *at;
    uint32_t left; /* blocks from `at` on; 0: the walk is over */
    int32_t edition;
};
struct router_prefix router_prefix_first(const struct router_state *state, const struct work *work);
void router_prefix_next(const struct router_state *state, struct router_prefix *prefix);
/** Who served it lately, ready or not; ROUTER_NO_REPLICA: not known. */
int64_t router_prefix_replica(const struct router_state *state, const struct router_prefix *prefix);
void router_prefix_remember(struct router_state *state, const struct work *work, uint32_t replica);

#endif
