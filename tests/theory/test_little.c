/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little's law in integers: what the engine integrates while it runs, the number of requests at
 * replicas over time, is the sum of the stays that the requests themselves report, to the tick. The
 * engine holds itself to that as well; here the other side comes from outside of it. A stay one
 * tick longer, and a request that nobody counted, must be seen. */
#include "tests/sim/replay_help.h"

enum { N_REQUESTS = 3000, N_HOURS = 2, FLEETS = 8 };

static struct request requests[N_REQUESTS];
static struct outcome outcomes[N_REQUESTS];

/* One request at a time, 20 ms a token. */
static struct service decoder(void) {
    return (struct service){.kind = SERVICE_LLM,
                            .llm = {.time = {.layers = 1, .t0 = 20000},
                                    .tokens_per_step_max = 2048,
                                    .sequences_max = 4,
                                    .block_tokens = 16,
                                    .kv_blocks = 200,
                                    .context_max = 1000}};
}

static void draw_requests(struct rng *rng) {
    double at_s = 0;
    for (int i = 0; i < N_REQUESTS; i++) {
        at_s += rng_exponential(rng, 2.0 * 3600 / N_REQUESTS * 0.9);
        requests[i] =
            (struct request){(int64_t)(at_s * NS_PER_SECOND), 1 + (int32_t)rng_below(rng, 300),
                             1 + (int32_t)rng_below(rng, 200)};
    }
}

static ticks_sum sum_of_stays(void) {
    ticks_sum sum = 0;
    for (int i = 0; i < N_REQUESTS; i++)
        sum += outcomes[i].finish - requests[i].arrival_ns * TICKS_PER_NS;
    return sum;
}

static void replay(uint64_t number, ticks_sum *integral) {
    struct arena arena = {0};
    struct rng rng = rng_open(7, number, RNG_TEST, 0);
    struct pool pools[3];
    draw_requests(&rng);
    pools[0] = steady_pool(&arena, queue_of(2, SERVICE_EXPONENTIAL, 3), 1, N_HOURS);
    pools[1] = steady_pool(&arena, decoder(), 2, N_HOURS);
    pools[2] =
        steady_pool(&arena,
                    (struct service){.kind = SERVICE_BATCHED,
                                     .batched = {.batch_max = 4, .wait_max_s = 0.5, .item_s = 0.3}},
                    1, N_HOURS);
    struct replay_input input = input_of(pools, 3, N_HOURS);
    input.router = number % 2 ? ROUTER_ROUND_ROBIN : ROUTER_LEAST_OUTSTANDING;
    input.window.replication = number;
    struct replay_result result = replay_list(&arena, &input, requests, N_REQUESTS, outcomes);
    cr_assert(eq(i64, result.finished, N_REQUESTS));
    *integral = result.outstanding_time;
    arena_release(&arena);
}

Test(little, integral_is_the_sum_of_stays) {
    for (uint64_t number = 0; number < FLEETS; number++) {
        ticks_sum integral;
        replay(number, &integral);
        cr_expect(integral == sum_of_stays(), "fleet %d", (int)number);
        outcomes[N_REQUESTS / 2].finish++;
        cr_expect(integral != sum_of_stays(), "a tick more");
        outcomes[N_REQUESTS / 2].finish = requests[N_REQUESTS / 2].arrival_ns * TICKS_PER_NS;
        cr_expect(integral != sum_of_stays(), "a request not counted");
    }
}
