/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot pools on markets that are drawn: what a fleet holds against what theory says a market of two
 * states gives, what a market leaves against what the file says at every second, and more capacity
 * against less. */
#include <math.h>

#include "sim/spot_market.h"
#include "tests/sim/replay_help.h"

enum { DAYS = 360, REPLICATIONS = 32 };

static struct spot_model two_states(double up_s, double down_s) {
    static struct spot_zone_model zone;
    zone = (struct spot_zone_model){
        .name = "a",
        .region = "a",
        .calm = {{SPOT_LIFE_EXPONENTIAL, up_s, 0}, {SPOT_LIFE_EXPONENTIAL, down_s, 0}},
        .shock = {{SPOT_LIFE_EXPONENTIAL, up_s, 0}, {SPOT_LIFE_EXPONENTIAL, down_s, 0}},
        .instances = 1};
    return (struct spot_model){.n_zones = 1, .zones = &zone};
}

/* Share of the time in which one wanted instance was held. */
static double held(struct arena *arena, uint64_t replication, double up_s, double down_s) {
    struct spot_model model = two_states(up_s, down_s);
    struct spot_zone zone;
    sim_ticks end = DAYS * 24 * TICKS_PER_HOUR;
    spot_zone_draw(arena, &model, 0, 1, replication, end, &zone);
    struct spot_market market = {1, &zone, end};
    struct pool pool = steady_pool(arena, queue_of(1, SERVICE_DETERMINISTIC, 1), 1, DAYS * 24);
    pool.spot = true;
    pool.market = &market;
    struct replay_input input = input_of(&pool, 1, DAYS * 24);
    input.record_ledger = false;
    struct replay_result result = replay_list(arena, &input, NULL, 0, NULL);
    return result.pools[0].instance_hours / (DAYS * 24);
}

/* Up 3 h and down 2 h on average: up 60 % of the time in the long run. Student's t over 32
 * replications stays below 6; with a market that is up 3.2 h it does not. */
Test(fleet_market, what_is_held_is_the_availability_of_the_market) {
    for (int mutant = 0; mutant < 2; mutant++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < REPLICATIONS; i++) {
            struct arena arena = {0};
            double share = held(&arena, (uint64_t)i, mutant ? 3.2 * 3600 : 3 * 3600, 2 * 3600);
            sum += share;
            squares += share * share;
            arena_release(&arena);
        }
        double mean = sum / REPLICATIONS;
        double deviation = sqrt((squares / REPLICATIONS - mean * mean) / (REPLICATIONS - 1));
        double t = (mean - 0.6) / deviation;
        cr_assert(eq(int, fabs(t) < 6, !mutant), "t = %g", t);
    }
}

/* --- more capacity --- */

enum { N_HOURS = 4, N_REQUESTS = 4000, N_STEPS = 40, SEEDS = 60 };

static void random_steps(struct rng *rng, struct spot_step *steps) {
    for (int i = 0; i < N_STEPS; i++)
        steps[i] = (struct spot_step){i * (N_HOURS * TICKS_PER_HOUR / N_STEPS),
                                      (int32_t)rng_below(rng, 5)};
}

static struct replay_result with_more(struct arena *arena, const struct request *requests,
                                      const struct spot_step *steps, int32_t more) {
    struct spot_step *raised = arena_new(arena, struct spot_step, N_STEPS);
    for (int i = 0; i < N_STEPS; i++)
        raised[i] = (struct spot_step){steps[i].from, steps[i].instances + more};
    struct spot_zone zone = {.name = "a", .region = "a", .n_steps = N_STEPS, .steps = raised};
    struct spot_market market = {1, &zone, N_HOURS * TICKS_PER_HOUR};
    struct pool pool = steady_pool(arena, queue_of(1, SERVICE_DETERMINISTIC, 5), 6, N_HOURS);
    pool.spot = true;
    pool.market = &market;
    pool.boot_s = 90;
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.slo.latency_s = 60;
    return replay_list(arena, &input, requests, N_REQUESTS, NULL);
}

/* A market with one instance more at any time never makes a fleet finish fewer. */
Test(fleet_market, more_capacity_never_serves_fewer) {
    int64_t gained = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena arena = {0};
        struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
        struct request *requests = arena_new(&arena, struct request, N_REQUESTS);
        struct spot_step steps[N_STEPS];
        int64_t now = 0, before = -1;
        random_steps(&rng, steps);
        for (int i = 0; i < N_REQUESTS; i++) {
            now += (int64_t)(rng_exponential(&rng, 3.5) * NS_PER_SECOND);
            requests[i] = (struct request){now % (N_HOURS * NS_PER_HOUR), 1, 1};
            if (now >= N_HOURS * NS_PER_HOUR)
                requests[i].arrival_ns = N_HOURS * NS_PER_HOUR - 1;
        }
        for (int32_t more = 0; more < 3; more++) {
            struct replay_result result = with_more(&arena, requests, steps, more);
            cr_assert(result.arrived == result.finished + result.rejected + result.unfinished);
            cr_assert(ge(i64, result.finished, before), "seed %lu", (unsigned long)seed);
            gained += before >= 0 ? result.finished - before : 0;
            before = result.finished;
        }
        arena_release(&arena);
    }
    cr_assert(gt(i64, gained, 1000));
}
