/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/router_state.h"

#include "base/err.h"

/* Cheapest first; of equal ones the first. */
static void sort_ranks(struct router_rank *ranks, int n) {
    for (int i = 1; i < n; i++) {
        struct router_rank rank = ranks[i];
        int at = i;
        for (; at > 0 && ranks[at - 1].usd_per_capacity > rank.usd_per_capacity; at--)
            ranks[at] = ranks[at - 1];
        ranks[at] = rank;
    }
}

struct router_state *router_state_open(const struct router_setup *setup) {
    struct router_state *state = arena_new(setup->arena, struct router_state, 1);
    *state = (struct router_state){
        .arena = setup->arena,
        .seed = setup->seed,
        .replication = setup->replication,
        .choices = setup->choices,
        .n_pools = setup->n_pools,
    };
    if (setup->policy == ROUTER_CHEAPEST_FIRST) {
        state->ranks = arena_new(setup->arena, struct router_rank, setup->n_pools);
        for (int i = 0; i < setup->n_pools; i++)
            state->ranks[i] =
                (struct router_rank){.pool = i,
                                     .usd_per_capacity = setup->pools[i].usd_per_capacity,
                                     .count_max = setup->pools[i].count_max};
        sort_ranks(state->ranks, setup->n_pools);
    }
    if (setup->policy == ROUTER_PREFIX_AFFINITY && setup->prompts) {
        state->prompts = setup->prompts;
        state->served = arena_new(setup->arena, struct router_served, ROUTER_SERVED);
    }
    if (setup->policy == ROUTER_WEIGHTED)
        state->capacity_tree = arena_new(setup->arena, double, 2);
    return state;
}

static void grow_capacity_tree(struct router_state *state, uint32_t old, uint32_t capacity) {
    double *tree = arena_new(state->arena, double, 2 * (size_t)capacity);
    for (uint32_t i = 0; i < old; i++)
        tree[capacity + i] = state->capacity_tree[old + i];
    for (uint32_t i = capacity; i-- > 1;)
        tree[i] = tree[2 * i] + tree[2 * i + 1];
    state->capacity_tree = tree;
}

void router_state_grow(struct router_state *state, uint32_t capacity) {
    struct arena *arena = state->arena;
    uint32_t old = state->capacity_replicas;
    state->replicas = arena_grow(arena, state->replicas, old, capacity, sizeof *state->replicas);
    state->ready = arena_grow(arena, state->ready, old, capacity, sizeof *state->ready);
    state->chosen = arena_new(arena, uint32_t, capacity);
    if (state->capacity_tree)
        grow_capacity_tree(state, old, capacity);
    for (int i = 0; state->ranks && i < state->n_pools; i++)
        min_tree_grow(&state->ranks[i].loads, arena, capacity);
    state->capacity_replicas = capacity;
}

static void set_capacity(struct router_state *state, uint32_t replica, double capacity) {
    if (!state->capacity_tree)
        return;
    uint32_t node = state->capacity_replicas + replica;
    state->capacity_tree[node] = capacity;
    while ((node /= 2) > 0)
        state->capacity_tree[node] =
            state->capacity_tree[2 * node] + state->capacity_tree[2 * node + 1];
}

static int rank_of(const struct router_state *state, int pool) {
    int rank = 0;
    while (state->ranks && state->ranks[rank].pool != pool)
        rank++;
    return rank;
}

void router_state_add(struct router_state *state, uint32_t replica, int pool, double capacity) {
    state->replicas[replica] =
        (struct router_replica){0, capacity, state->n_ready, rank_of(state, pool)};
    state->ready[state->n_ready++] = replica;
    state->capacity += capacity;
    set_capacity(state, replica, capacity);
}

void router_state_remove(struct router_state *state, uint32_t replica) {
    const struct router_replica *gone = &state->replicas[replica];
    uint32_t last = state->ready[--state->n_ready];
    state->ready[gone->position] = last;
    state->replicas[last].position = gone->position;
    state->count -= gone->count;
    state->capacity = state->n_ready > 0 ? state->capacity - gone->capacity : 0;
    set_capacity(state, replica, 0);
    if (state->ranks)
        min_tree_set(&state->ranks[gone->rank].loads, replica, MIN_TREE_NONE);
}

void router_state_set_count(struct router_state *state, uint32_t replica, int64_t count,
                            uint64_t key) {
    struct router_replica *changed = &state->replicas[replica];
    state->count += count - changed->count;
    changed->count = count;
    if (state->ranks)
        min_tree_set(&state->ranks[changed->rank].loads, replica, key);
}

/* One that is routed again draws anew. */
struct rng router_state_draws(const struct router_state *state, const struct work *work) {
    uint64_t again = (uint64_t)(work->since - work->arrival) * 0x9E3779B97F4A7C15ULL;
    return rng_open(state->seed, state->replication, RNG_ROUTE, (uint64_t)work->id ^ again);
}

int64_t router_state_at_share(const struct router_state *state, double u) {
    const double *tree = state->capacity_tree;
    if (state->n_ready == 0)
        return ROUTER_NO_REPLICA;
    uint32_t node = 1;
    u *= tree[1];
    while (node < state->capacity_replicas) {
        node *= 2;
        /* Rounding may leave a little beyond the last. */
        if (u >= tree[node] && tree[node + 1] > 0)
            u -= tree[node++];
    }
    return (int64_t)(node - state->capacity_replicas);
}

/* --- who served what --- */

struct router_prefix router_prefix_first(const struct router_state *state,
                                         const struct work *work) {
    if (!state->served || work->row < 0)
        return (struct router_prefix){0};
    const uint32_t *first = &state->prompts->first[work->row];
    return (struct router_prefix){&state->prompts->ids[first[0]], first[1] - first[0],
                                  work->edition};
}

void router_prefix_next(const struct router_state *state, struct router_prefix *prefix) {
    uint32_t run = state->prompts->runs[*prefix->at];
    run = run < prefix->left ? run : prefix->left;
    prefix->at += run;
    prefix->left -= run;
}

static struct router_served *place_of(const struct router_state *state,
                                      const struct router_prefix *prefix) {
    uint64_t key = (uint64_t)(uint32_t)prefix->edition << 32 | *prefix->at;
    return &state->served[(key * 0x9E3779B97F4A7C15ULL) >> (64 - ROUTER_SERVED_BITS)];
}

int64_t router_prefix_replica(const struct router_state *state,
                              const struct router_prefix *prefix) {
    const struct router_served *served = place_of(state, prefix);
    bool known = served->replica_after > 0 && served->id == *prefix->at &&
                 served->edition == prefix->edition;
    return known ? (int64_t)served->replica_after - 1 : ROUTER_NO_REPLICA;
}

/* What was in its place is forgotten. */
void router_prefix_remember(struct router_state *state, const struct work *work, uint32_t replica) {
    struct router_prefix prefix = router_prefix_first(state, work);
    for (; prefix.left > 0; router_prefix_next(state, &prefix))
        *place_of(state, &prefix) = (struct router_served){*prefix.at, prefix.edition, replica + 1};
}
