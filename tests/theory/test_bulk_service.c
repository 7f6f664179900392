/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batched server in its limits.
 *
 * Room for all, no wait for company, batches that take D however full (M/D^inf/1): what comes while
 * a batch runs goes with the next, half of D later on average; what finds the server idle goes at
 * once. A batch is followed by an idle time with probability e^-(lambda D), so the mean wait is
 *
 *     (lambda D) (D / 2) / (lambda D + e^-(lambda D)).
 *
 * Interval test of test_queueing.c: 32 replications, |t31| > 6 rejects; mutants: D 3 % longer, room
 * for three.
 *
 * Few requests: each waits wait_max for company that does not come, then takes the time of a batch
 * of one. Saturated: batches are full and end one time(batch_max) after the other, so n requests
 * that are all there take n / batch_max of them: no more can be carried. Both to the tick. */
#include <math.h>

#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 32, N_REQUESTS = 20000, CROWD = 1200 };

#define BATCH_S 1.0
#define RATE_PER_SECOND 1.5

struct poisson {
    struct rng rng;
    double now_s;
    int left;
};

static bool poisson_next(void *context, struct request *out) {
    struct poisson *poisson = context;
    if (poisson->left-- == 0)
        return false;
    poisson->now_s += rng_exponential(&poisson->rng, 1 / RATE_PER_SECOND);
    *out = (struct request){(int64_t)(poisson->now_s * NS_PER_SECOND), 1, 1};
    return true;
}

static struct service batches_of(int batch_max, double base_s, double wait_max_s, double item_s) {
    return (struct service){
        .kind = SERVICE_BATCHED,
        .batched = {
            .batch_max = batch_max, .base_s = base_s, .wait_max_s = wait_max_s, .item_s = item_s}};
}

static double mean_stay(const struct service *service, uint64_t replication) {
    struct arena arena = {0};
    int n_hours = (int)(1.2 * N_REQUESTS / RATE_PER_SECOND / 3600) + 1;
    struct pool pool = steady_pool(&arena, *service, 1, n_hours);
    struct replay_input input = input_of(&pool, 1, n_hours);
    struct poisson poisson = {rng_open(1, replication, RNG_ARRIVAL, 0), 0, N_REQUESTS};
    struct replay_result result;
    struct err err = {0};
    cr_assert(replay_engine_run(&arena, &input,
                                (struct arrivals){.next = poisson_next, .context = &poisson},
                                (struct replay_probe){0}, &result, &err),
              "%s", err.what);
    cr_assert(eq(i64, result.finished, N_REQUESTS));
    double mean = ticks_seconds((sim_ticks)(result.outstanding_time / N_REQUESTS));
    arena_release(&arena);
    return mean;
}

static double t_of(struct service service) {
    double load = RATE_PER_SECOND * BATCH_S, waits[REPLICATIONS];
    for (int i = 0; i < REPLICATIONS; i++)
        waits[i] = mean_stay(&service, (uint64_t)i) - service.batched.base_s;
    return fabs(t_statistic(waits, REPLICATIONS, load * BATCH_S / 2 / (load + exp(-load))));
}

Test(bulk_service, room_for_all) {
    cr_expect(le(dbl, t_of(batches_of(4096, BATCH_S, 0, 0)), T_LIMIT));
    cr_expect(gt(dbl, t_of(batches_of(4096, 1.03 * BATCH_S, 0, 0)), T_LIMIT), "longer batches");
    cr_expect(gt(dbl, t_of(batches_of(3, BATCH_S, 0, 0)), T_LIMIT), "room for three");
}

static struct request requests[CROWD];
static struct outcome outcomes[CROWD];

/* Finishes of requests that come `gap_s` apart, from the first arrival on. */
static void replay_crowd(struct service service, double gap_s, int n) {
    struct arena arena = {0};
    for (int i = 0; i < n; i++)
        requests[i] = (struct request){(int64_t)(i * gap_s * NS_PER_SECOND), 1, 1};
    struct pool pool = steady_pool(&arena, service, 1, 24);
    struct replay_input input = input_of(&pool, 1, 24);
    struct replay_result result = replay_list(&arena, &input, requests, n, outcomes);
    cr_assert(eq(i64, result.finished, n));
    arena_release(&arena);
}

Test(bulk_service, few_requests_wait_in_vain) {
    replay_crowd(batches_of(8, 0.2, 0.05, 0.1), 60, 20);
    for (int i = 0; i < 20; i++)
        cr_expect(eq(i64, outcomes[i].finish - requests[i].arrival_ns * TICKS_PER_NS,
                     service_ticks(0.05) + service_ticks(0.3)));
}

Test(bulk_service, saturated_it_carries_full_batches_and_no_more) {
    struct service service = batches_of(8, 0.2, 0.05, 0.1); /* 1 s a full batch */
    replay_crowd(service, 0, CROWD);
    sim_ticks last = 0;
    for (int i = 0; i < CROWD; i++)
        last = outcomes[i].finish > last ? outcomes[i].finish : last;
    cr_expect(eq(i64, last, CROWD / 8 * service_ticks(1.0)));
    /* Mutant: with room for nine the same would be over earlier. */
    replay_crowd(batches_of(9, 0.2, 0.05, 0.1), 0, CROWD);
    cr_expect(lt(i64, outcomes[CROWD - 1].finish, last));
}
