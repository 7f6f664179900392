/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The router's tree of minima against a linear scan, on random changes with more replicas than the
 * tree began with; then the tie rule and the turn of round robin. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/rng.h"
#include "sim/router.h"

enum { N_REPLICAS = 300, N_CHANGES = 20000 };

struct plain_replica {
    bool ready;
    uint32_t outstanding;
    double weight;
};

static int64_t scan(const struct plain_replica *replicas) {
    int64_t best = ROUTER_NO_REPLICA;
    double least = 0;
    for (int i = 0; i < N_REPLICAS; i++) {
        double load = (replicas[i].outstanding + 1) / replicas[i].weight;
        if (replicas[i].ready && (best < 0 || load < least)) {
            best = i;
            least = load;
        }
    }
    return best;
}

Test(router, least_outstanding_equals_a_scan) {
    struct arena arena = {0};
    struct router router = router_open(&arena, ROUTER_LEAST_OUTSTANDING);
    struct plain_replica replicas[N_REPLICAS] = {0};
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    cr_assert(eq(i64, router_pick(&router), ROUTER_NO_REPLICA));
    for (int i = 0; i < N_REPLICAS; i++)
        replicas[i].weight = 1 + (double)rng_below(&rng, 3);
    for (int i = 0; i < N_CHANGES; i++) {
        uint32_t index = (uint32_t)rng_below(&rng, N_REPLICAS);
        struct plain_replica *replica = &replicas[index];
        replica->ready = rng_below(&rng, 4) > 0;
        replica->outstanding = (uint32_t)rng_below(&rng, 6);
        if (replica->ready)
            router_set_load(&router, index, replica->outstanding, replica->weight);
        else
            router_remove(&router, index);
        cr_assert(eq(i64, router_pick(&router), scan(replicas)));
    }
    arena_release(&arena);
}

static bool is_odd(void *context, uint32_t replica) {
    (void)context;
    return replica % 2 == 1;
}

static bool is_none(void *context, uint32_t replica) {
    (void)context;
    (void)replica;
    return false;
}

/* Only some replicas can take this request: the policy chooses among those. */
Test(router, picks_among_those_that_can) {
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        struct arena arena = {0};
        struct router router = router_open(&arena, (enum router_policy)policy);
        for (uint32_t i = 0; i < 6; i++)
            router_set_load(&router, i, 6 - i, 1);
        router_remove(&router, 5);
        int64_t want = policy == ROUTER_ROUND_ROBIN ? 1 : 3;
        cr_assert(eq(i64, router_pick_among(&router, is_odd, NULL), want));
        cr_assert(eq(i64, router_pick_among(&router, is_none, NULL), ROUTER_NO_REPLICA));
        arena_release(&arena);
    }
}

Test(router, ties_go_to_the_lowest_number) {
    struct arena arena = {0};
    struct router router = router_open(&arena, ROUTER_LEAST_OUTSTANDING);
    router_set_load(&router, 9, 1, 1);
    router_set_load(&router, 4, 1, 1);
    router_set_load(&router, 2, 3, 2); /* the same load of 2 */
    cr_assert(eq(i64, router_pick(&router), 2));
    router_remove(&router, 2);
    cr_assert(eq(i64, router_pick(&router), 4));
    arena_release(&arena);
}

Test(router, round_robin_takes_turns) {
    struct arena arena = {0};
    struct router router = router_open(&arena, ROUTER_ROUND_ROBIN);
    for (uint32_t i = 0; i < 3; i++)
        router_set_load(&router, 2 * i, 7 * i, 1);
    const int64_t turns[] = {0, 2, 4, 0, 2};
    for (int i = 0; i < 5; i++)
        cr_assert(eq(i64, router_pick(&router), turns[i]));
    router_remove(&router, 4);
    cr_assert(eq(i64, router_pick(&router), 0));
    arena_release(&arena);
}

Test(router, every_policy_has_a_name_and_a_doc_line) {
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        cr_assert(gt(sz, strlen(router_policy_name((enum router_policy)policy)), 0));
        cr_assert(gt(sz, strlen(router_policy_doc((enum router_policy)policy)), 0));
    }
}
