/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One replica more behind each router: over 32 replications with the same arrivals and answers the
 * mean stay does not rise significantly (paired t above 6 would be; two-sided p = 1.2e-6), for
 * single customers it may. Mutant: one replica fewer must be seen. With one replica each, all
 * routers give every request the same stay. */
#include <math.h>

#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 32, N_REQUESTS = 4000, REPLICAS = 8 };

/* One request at a time, 10 ms a token. */
static struct service one_at_a_time(void) {
    return (struct service){.kind = SERVICE_LLM,
                            .llm = {.time = {.layers = 1, .t0 = 10000},
                                    .tokens_per_step_max = 2048,
                                    .sequences_max = 1,
                                    .block_tokens = 16,
                                    .kv_blocks = 1000,
                                    .context_max = 16000}};
}

/* Poisson arrivals at 80 % of what 8 replicas serve; answers of 20 tokens on average, nearly
 * exponential. */
static void draw_requests(uint64_t replication, struct request *requests) {
    struct rng rng = rng_open(1, replication, RNG_TEST, 0);
    double now_s = 0;
    for (int i = 0; i < N_REQUESTS; i++) {
        now_s += rng_exponential(&rng, 1 / (0.8 * REPLICAS / 0.205));
        requests[i] =
            (struct request){(int64_t)(now_s * NS_PER_SECOND), 10 + (int32_t)rng_below(&rng, 200),
                             1 + (int32_t)rng_exponential(&rng, 20), .row = -1};
    }
}

static double mean_stay(enum router_policy policy, int replicas, const struct request *requests) {
    struct arena arena = {0};
    struct pool pools[] = {steady_pool(&arena, one_at_a_time(), replicas / 2, 1),
                           steady_pool(&arena, one_at_a_time(), replicas - replicas / 2, 1)};
    pools[1].usd_per_hour = 1;
    pools[0].outstanding_max = pools[1].outstanding_max = 3;
    struct replay_input input = input_of(pools, 2, 1);
    struct outcome outcomes[N_REQUESTS];
    double sum = 0;
    input.router = policy;
    replay_list(&arena, &input, requests, N_REQUESTS, outcomes);
    for (int i = 0; i < N_REQUESTS; i++)
        sum += ticks_seconds(outcomes[i].finish) - (double)requests[i].arrival_ns / 1e9;
    arena_release(&arena);
    return sum / N_REQUESTS;
}

/* Of how much longer requests stay with `other` replicas. */
static double t_of_rise(enum router_policy policy, int other) {
    double sum = 0, squares = 0;
    for (int i = 0; i < REPLICATIONS; i++) {
        struct request requests[N_REQUESTS];
        draw_requests((uint64_t)i, requests);
        double rise = mean_stay(policy, other, requests) - mean_stay(policy, REPLICAS, requests);
        sum += rise;
        squares += rise * rise;
    }
    double mean = sum / REPLICATIONS;
    double variance = (squares - sum * mean) / (REPLICATIONS - 1);
    return mean / sqrt(variance / REPLICATIONS);
}

Test(routers, one_replica_more_does_not_lengthen_the_mean_stay) {
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        double more = t_of_rise((enum router_policy)policy, REPLICAS + 1);
        double fewer = t_of_rise((enum router_policy)policy, REPLICAS - 1);
        cr_assert(le(dbl, more, T_LIMIT), "%s", router_policy_name((enum router_policy)policy));
        cr_assert(gt(dbl, fewer, T_LIMIT), "%s", router_policy_name((enum router_policy)policy));
    }
}

Test(routers, one_replica_leaves_no_choice) {
    struct request requests[N_REQUESTS];
    draw_requests(0, requests);
    double stay = mean_stay(ROUTER_ROUND_ROBIN, 1, requests);
    for (int policy = 1; policy < ROUTER_POLICIES; policy++)
        cr_assert(eq(dbl, mean_stay((enum router_policy)policy, 1, requests), stay));
}
