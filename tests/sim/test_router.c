/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indexes of the router against linear scans, on random changes with more replicas than the trees
 * began with; distributions of those that draw against their exact laws by chi-square, each with a
 * mutant that it must reject; the tie rule, turns, and where a prompt's beginning leads by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "sim/router.h"

enum { N_REPLICAS = 300, N_CHANGES = 20000 };

static struct router router_of(struct arena *arena, enum router_policy policy) {
    static const struct router_pool one_pool = {1, 4};
    struct router_setup setup = {.arena = arena,
                                 .policy = policy,
                                 .seed = 1,
                                 .choices = 2,
                                 .pools = &one_pool,
                                 .n_pools = 1};
    return router_open(&setup);
}

static const struct work no_work = {.row = -1};

static struct work work_number(int64_t id) {
    return (struct work){.id = id, .row = -1};
}

struct plain_replica {
    bool ready;
    uint32_t outstanding;
    double weight;
};

/* Sets up or takes out, and keeps the plain copy. */
static void set_plain(struct router *router, struct plain_replica *replica, uint32_t index,
                      int pool, bool ready, uint32_t outstanding) {
    if (ready && !replica->ready)
        router_add(router, index, pool, replica->weight);
    if (ready)
        router_set_load(router, index, outstanding, replica->weight);
    else
        router_remove(router, index);
    replica->ready = ready;
    replica->outstanding = outstanding;
}

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
    struct router router = router_of(&arena, ROUTER_LEAST_OUTSTANDING);
    struct plain_replica replicas[N_REPLICAS] = {0};
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    cr_assert(eq(i64, router_pick(&router, &no_work), ROUTER_NO_REPLICA));
    for (int i = 0; i < N_REPLICAS; i++)
        replicas[i].weight = 1 + (double)rng_below(&rng, 3);
    for (int i = 0; i < N_CHANGES; i++) {
        uint32_t index = (uint32_t)rng_below(&rng, N_REPLICAS);
        bool ready = rng_below(&rng, 4) > 0;
        set_plain(&router, &replicas[index], index, 0, ready, (uint32_t)rng_below(&rng, 6));
        cr_assert(eq(i64, router_pick(&router, &no_work), scan(replicas)));
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

/* Only some replicas can take this request: the policy chooses among those, whichever it is. */
Test(router, picks_among_those_that_can) {
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        struct arena arena = {0};
        struct router router = router_of(&arena, (enum router_policy)policy);
        for (uint32_t i = 0; i < 6; i++) {
            router_add(&router, i, 0, 1);
            router_set_load(&router, i, 6 - i, 1);
        }
        router_remove(&router, 5);
        bool least = policy == ROUTER_LEAST_OUTSTANDING || policy == ROUTER_MOST_FREE_KV ||
                     policy == ROUTER_PREFIX_AFFINITY || policy == ROUTER_CHEAPEST_FIRST ||
                     policy == ROUTER_SHORTEST_OF_D;
        int64_t seen = 0;
        for (int64_t id = 0; id < 50; id++) {
            struct work work = work_number(id);
            int64_t got = router_pick_among(&router, &work, is_odd, NULL);
            cr_assert(got == 3 || (!least && got == 1), "%s: %ld",
                      router_policy_name((enum router_policy)policy), (long)got);
            seen |= 1 << got;
        }
        cr_assert(eq(i64, seen, least ? 1 << 3 : 1 << 3 | 1 << 1));
        cr_assert(eq(i64, router_pick_among(&router, &no_work, is_none, NULL), ROUTER_NO_REPLICA));
        arena_release(&arena);
    }
}

Test(router, ties_go_to_the_lowest_number) {
    struct arena arena = {0};
    struct router router = router_of(&arena, ROUTER_LEAST_OUTSTANDING);
    struct plain_replica replicas[10] = {[2].weight = 2, [4].weight = 1, [9].weight = 1};
    set_plain(&router, &replicas[9], 9, 0, true, 1);
    set_plain(&router, &replicas[4], 4, 0, true, 1);
    set_plain(&router, &replicas[2], 2, 0, true, 3); /* the same load of 2 */
    cr_assert(eq(i64, router_pick(&router, &no_work), 2));
    router_remove(&router, 2);
    cr_assert(eq(i64, router_pick(&router, &no_work), 4));
    arena_release(&arena);
}

Test(router, round_robin_takes_turns) {
    struct arena arena = {0};
    struct router router = router_of(&arena, ROUTER_ROUND_ROBIN);
    for (uint32_t i = 0; i < 3; i++) {
        router_add(&router, 2 * i, 0, 1);
        router_set_load(&router, 2 * i, 7 * i, 1);
    }
    const int64_t turns[] = {0, 2, 4, 0, 2};
    for (int i = 0; i < 5; i++)
        cr_assert(eq(i64, router_pick(&router, &no_work), turns[i]));
    router_remove(&router, 4);
    cr_assert(eq(i64, router_pick(&router, &no_work), 0));
    arena_release(&arena);
}

/* --- cheapest first --- */

enum { N_POOLS = 5 };

/* The least loaded replica of each pool, cheapest pools first, while it has room; else the least
 * loaded of all. */
static int64_t scan_cheapest(const struct plain_replica *replicas, const struct router_pool *pools,
                             const int *order) {
    for (int k = 0; k < N_POOLS; k++) {
        int64_t best = ROUTER_NO_REPLICA;
        double least = 0;
        for (int i = order[k]; i < N_REPLICAS; i += N_POOLS) {
            double load = (replicas[i].outstanding + 1) / replicas[i].weight;
            if (replicas[i].ready && (best < 0 || load < least)) {
                best = i;
                least = load;
            }
        }
        if (best >= 0 && replicas[best].outstanding + 1 <= pools[order[k]].count_max)
            return best;
    }
    return scan(replicas);
}

Test(router, cheapest_first_equals_a_scan) {
    struct arena arena = {0};
    const struct router_pool pools[N_POOLS] = {{3, 2}, {1, 1}, {2, 3}, {1, 2}, {9, 0}};
    const int order[N_POOLS] = {1, 3, 2, 0, 4};
    struct router_setup setup = {
        .arena = &arena, .policy = ROUTER_CHEAPEST_FIRST, .pools = pools, .n_pools = N_POOLS};
    struct router router = router_open(&setup);
    struct plain_replica replicas[N_REPLICAS] = {0};
    struct rng rng = rng_open(2, 0, RNG_TEST, 0);
    for (int i = 0; i < N_REPLICAS; i++)
        replicas[i].weight = 1 + (double)rng_below(&rng, 3);
    int64_t of_pool[N_POOLS] = {0};
    for (int i = 0; i < 5 * N_CHANGES; i++) {
        /* Fewer and fewer are free as time goes on, so that every pool gets its turn. */
        uint32_t index = (uint32_t)rng_below(&rng, N_REPLICAS);
        bool ready = rng_below(&rng, 4) > 0;
        uint32_t busy = 1 + (uint32_t)i / (uint32_t)N_CHANGES;
        set_plain(&router, &replicas[index], index, (int)index % N_POOLS, ready,
                  (uint32_t)(rng_below(&rng, 200) > 0) * busy);
        int64_t got = router_pick(&router, &no_work);
        cr_assert(eq(i64, got, scan_cheapest(replicas, pools, order)));
        of_pool[got < 0 ? 4 : got % N_POOLS]++;
    }
    for (int pool = 0; pool < N_POOLS; pool++)
        cr_assert(gt(i64, of_pool[pool], 0), "%d", pool);
    arena_release(&arena);
}

/* --- those that draw --- */

enum { N_DRAWN = 10, N_PICKS = 200000 };

/* Chi-square of N_PICKS picks among N_DRAWN replicas, of which number i holds i requests and has
 * capacity[i], against shares. A quarter more replicas were there and left. */
static double chi_square(enum router_policy policy, uint32_t choices, const double *capacity,
                         const double *share) {
    struct arena arena = {0};
    struct router_setup setup = {.arena = &arena, .policy = policy, .seed = 7, .choices = choices};
    struct router router = router_open(&setup);
    int64_t counts[N_DRAWN + 3] = {0};
    for (uint32_t i = 0; i < N_DRAWN + 3; i++) {
        double c = i < N_DRAWN ? capacity[i] : 5;
        router_add(&router, i, 0, c);
        router_set_load(&router, i, i, c);
    }
    for (uint32_t i = 0; i < 3; i++)
        router_remove(&router, N_DRAWN + i);
    for (int64_t id = 0; id < N_PICKS; id++) {
        struct work work = work_number(id);
        counts[router_pick(&router, &work)]++;
    }
    double chi = 0;
    for (int i = 0; i < N_DRAWN; i++) {
        double want = N_PICKS * share[i];
        cr_assert(want > 0 || counts[i] == 0);
        chi += want > 0 ? (counts[i] - want) * (counts[i] - want) / want : 0;
    }
    for (int i = N_DRAWN; i < N_DRAWN + 3; i++)
        cr_assert(eq(i64, counts[i], 0));
    arena_release(&arena);
    return chi;
}

/* Nine degrees of freedom: above 45 with probability 1e-6. */
#define CHI_LIMIT 45.0

static const double alike[N_DRAWN] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const double nearly[N_DRAWN] = {1, 1, 1, 1, 1.1, 1, 1, 1, 1, 1};

static void shares_of(const double *capacity, double *share) {
    double sum = 0;
    for (int i = 0; i < N_DRAWN; i++)
        sum += capacity[i];
    for (int i = 0; i < N_DRAWN; i++)
        share[i] = capacity[i] / sum;
}

Test(router, random_is_multinomial) {
    double share[N_DRAWN], mutant[N_DRAWN];
    shares_of(alike, share);
    shares_of(nearly, mutant);
    cr_assert(lt(dbl, chi_square(ROUTER_RANDOM, 0, alike, share), CHI_LIMIT));
    cr_assert(lt(dbl, chi_square(ROUTER_RANDOM, 0, nearly, share), CHI_LIMIT));
    cr_assert(gt(dbl, chi_square(ROUTER_RANDOM, 0, alike, mutant), CHI_LIMIT));
}

Test(router, weighted_is_in_proportion) {
    const double capacity[N_DRAWN] = {1, 2, 3, 0.5, 8, 1, 1, 2.5, 4, 0.25};
    double share[N_DRAWN], flat[N_DRAWN];
    shares_of(capacity, share);
    shares_of(alike, flat);
    cr_assert(lt(dbl, chi_square(ROUTER_WEIGHTED, 0, capacity, share), CHI_LIMIT));
    cr_assert(gt(dbl, chi_square(ROUTER_WEIGHTED, 0, nearly, flat), CHI_LIMIT));
}

/* With all loads different, number i is the least of d of n when it is drawn and the others come
 * from the n - 1 - i above it: C(n - 1 - i, d - 1) / C(n, d). */
static void shares_of_least(int d, double *share) {
    for (int i = 0; i < N_DRAWN; i++) {
        share[i] = (double)d / N_DRAWN;
        for (int k = 1; k < d; k++)
            share[i] *= fmax(0, N_DRAWN - k - i) / (N_DRAWN - k);
    }
}

Test(router, shortest_of_d_is_the_least_of_d_different_ones) {
    double two[N_DRAWN], three[N_DRAWN];
    shares_of_least(2, two);
    shares_of_least(3, three);
    cr_assert(lt(dbl, chi_square(ROUTER_SHORTEST_OF_D, 2, alike, two), CHI_LIMIT));
    cr_assert(lt(dbl, chi_square(ROUTER_SHORTEST_OF_D, 3, alike, three), CHI_LIMIT));
    /* As in balls and bins, where the same one may be drawn twice. */
    double mutant[N_DRAWN];
    for (int i = 0; i < N_DRAWN; i++)
        mutant[i] = (2.0 * (N_DRAWN - i) - 1) / (N_DRAWN * N_DRAWN);
    cr_assert(gt(dbl, chi_square(ROUTER_SHORTEST_OF_D, 2, alike, mutant), CHI_LIMIT));
}

/* n balls in n bins: the fullest holds about ln n / ln ln n when they fall at random, and
 * ln ln n / ln 2 with the less full of two (Azar, Broder, Karlin, Upfal 1999): for n = 4096 about 7
 * and 4. */
static int64_t fullest(enum router_policy policy) {
    enum { BINS = 4096 };
    struct arena arena = {0};
    struct router router = router_of(&arena, policy);
    int64_t counts[BINS] = {0}, most = 0;
    for (uint32_t i = 0; i < BINS; i++)
        router_add(&router, i, 0, 1);
    for (int64_t id = 0; id < BINS; id++) {
        struct work work = work_number(id);
        int64_t bin = router_pick(&router, &work);
        router_set_load(&router, (uint32_t)bin, ++counts[bin], 1);
        most = counts[bin] > most ? counts[bin] : most;
    }
    arena_release(&arena);
    return most;
}

Test(router, power_of_two_choices) {
    cr_assert(ge(i64, fullest(ROUTER_RANDOM), 6));
    cr_assert(le(i64, fullest(ROUTER_SHORTEST_OF_D), 4));
    cr_assert(eq(i64, fullest(ROUTER_LEAST_OUTSTANDING), 1));
}

/* What a request gets does not depend on what others drew. */
Test(router, draws_are_keyed_by_the_request) {
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        if (policy == ROUTER_ROUND_ROBIN)
            continue;
        struct arena arena = {0};
        struct router a = router_of(&arena, (enum router_policy)policy);
        struct router b = router_of(&arena, (enum router_policy)policy);
        for (uint32_t i = 0; i < 20; i++) {
            router_add(&a, i, 0, 1);
            router_add(&b, i, 0, 1);
        }
        for (int64_t id = 0; id < 30; id++) {
            struct work work = work_number(id), other = work_number(id + 1000);
            router_pick(&b, &other);
            cr_assert(eq(i64, router_pick(&a, &work), router_pick(&b, &work)));
        }
        arena_release(&arena);
    }
}

/* --- the beginning of a prompt --- */

/* Rows 0: blocks 0 1 2 3; 1: 0 1 4; 2: 5; 3: 0 1 2 3 6. Blocks 0 and 1 always come together, and 2
 * and 3. */
static const uint32_t rows_first[] = {0, 4, 7, 8, 13};
static const uint32_t rows_ids[] = {0, 1, 2, 3, 0, 1, 4, 5, 0, 1, 2, 3, 6};
static const uint32_t rows_runs[] = {2, 1, 2, 1, 1, 1, 1};
static const struct prompt_blocks rows = {16, rows_first, rows_ids, 7, rows_runs};

static struct router affinity_router(struct arena *arena, uint32_t n) {
    struct router_setup setup = {
        .arena = arena, .policy = ROUTER_PREFIX_AFFINITY, .seed = 1, .prompts = &rows};
    struct router router = router_open(&setup);
    for (uint32_t i = 0; i < n; i++)
        router_add(&router, i, 0, 1);
    return router;
}

static int64_t pick_row(struct router *router, int32_t row, int32_t edition) {
    struct work work = {.row = row, .edition = edition};
    return router_pick(router, &work);
}

static void set_loads(struct router *router, const int64_t *counts, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        router_set_load(router, i, counts[i], 1);
}

Test(router, affinity_follows_the_longest_beginning) {
    struct arena arena = {0};
    struct router router = affinity_router(&arena, 3);
    set_loads(&router, (const int64_t[]){1, 0, 1}, 3);
    cr_assert(eq(i64, pick_row(&router, 1, 0), 1)); /* unknown: the least loaded */
    set_loads(&router, (const int64_t[]){1, 1, 0}, 3);
    cr_assert(eq(i64, pick_row(&router, 0, 0), 1)); /* 0 1 is known at 1 */
    cr_assert(eq(i64, pick_row(&router, 2, 0), 2)); /* another prompt: the least loaded */
    cr_assert(eq(i64, pick_row(&router, 0, 1), 2)); /* other people's prompt */
    set_loads(&router, (const int64_t[]){0, 3, 3}, 3);
    cr_assert(eq(i64, pick_row(&router, 3, 0), 0)); /* 1 has 3 of 7, above 1.25 x 7 / 3 */
    set_loads(&router, (const int64_t[]){2, 2, 2}, 3);
    cr_assert(eq(i64, pick_row(&router, 3, 0), 0)); /* and from then on there */
    cr_assert(eq(i64, pick_row(&router, 0, 0), 0));
    cr_assert(eq(i64, pick_row(&router, 1, 0), 1)); /* its end, block 4, is known there */
    router_remove(&router, 0);
    cr_assert(eq(i64, pick_row(&router, 3, 0), 1)); /* gone: what is left is the least loaded */
    arena_release(&arena);
}

/* All have the same prompt: no replica gets more than its bound. */
Test(router, affinity_makes_no_hot_spot) {
    struct arena arena = {0};
    enum { N = 16 };
    struct router router = affinity_router(&arena, N);
    int64_t counts[N] = {0}, total = 0;
    for (; total < 2000; total++) {
        int64_t picked = pick_row(&router, 0, 0);
        cr_assert(lt(dbl, (double)counts[picked], 1.25 * (double)(total + 1) / N + 1));
        router_set_load(&router, (uint32_t)picked, ++counts[picked], 1);
    }
    arena_release(&arena);
}

Test(router, every_policy_has_a_name_and_a_doc_line) {
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        cr_assert(gt(sz, strlen(router_policy_name((enum router_policy)policy)), 0));
        cr_assert(gt(sz, strlen(router_policy_doc((enum router_policy)policy)), 0));
    }
}
