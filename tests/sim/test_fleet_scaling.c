/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Autoscalers and ready delays in the replay, by hand: services are deterministic queues, so every
 * launch and life below is arithmetic; and the same run in jumps and step by step under every
 * metric. */
#include <math.h>

#include "sim/spot_market.h"
#include "tests/sim/replay_help.h"

enum { MANY = 64 };

#define SECOND TICKS_PER_SECOND
#define GB 1000000000LL

/* Target 10 requests an instance, no tolerance, no window; launches take a minute. */
static struct autoscaler tracking(void) {
    struct autoscaler rules = autoscaler_defaults(SCALING_TARGET_TRACKING);
    rules.metric = SCALING_CONCURRENCY;
    rules.target = 10;
    rules.tolerance = 0;
    rules.stabilisation = 0;
    rules.min = 1;
    rules.max = 8;
    return rules;
}

static struct ready_delay boots(double seconds) {
    return (struct ready_delay){.boot = delay_fixed(seconds)};
}

static struct pool scaled(struct arena *arena, double service_s, const struct autoscaler *rules,
                          const struct ready_delay *ready, int n_hours) {
    struct service service = queue_of(100, SERVICE_DETERMINISTIC, service_s);
    struct pool pool = steady_pool(arena, service, 1, n_hours);
    pool.autoscaler = rules;
    pool.ready = ready;
    return pool;
}

static void n_at_second(struct request *requests, int n, int64_t second) {
    for (int i = 0; i < n; i++)
        requests[i] = (struct request){second * NS_PER_SECOND, 1, 1};
}

static void is_life(struct usage_row row, int64_t from_s, int64_t to_s) {
    cr_assert(eq(i64, row.from_s, from_s));
    cr_assert(eq(i64, row.to_s, to_s));
}

/* 30 requests at 1 s take 1000 s: seen at 15 s, two more launched then and ready at 75 s; nothing
 * else is launched meanwhile; at 1005 s nothing is left and they go. */
Test(fleet_scaling, follows_the_load_after_a_launch) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(60);
    struct pool pool = scaled(&arena, 1000, &rules, &ready, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[30];
    n_at_second(requests, 30, 1);
    struct replay_result result = replay_list(&arena, &input, requests, 30, NULL);
    cr_assert(eq(i64, result.finished, 30));
    cr_assert(eq(int, result.ledger.n_rows, 3));
    is_life(result.ledger.rows[0], 15, 1005);
    is_life(result.ledger.rows[1], 15, 1005);
    is_life(result.ledger.rows[2], 0, 3600);
    cr_assert(eq(i64, result.pools[0].made_ready, 2));
    cr_assert(eq(dbl, result.pools[0].ready_delay_s, 120));
    arena_release(&arena);
}

/* Two launches at 15 s load 10 GB each over 1 GB/s: ready at 35 s. A third at 30 s (41 requests)
 * has the link for itself from 35 s, when it has had 5/3 GB: each third of 15 GB until 5 GB more
 * are through. By hand: at 30 s 2.5 GB are left of each of the first two; three share from then, so
 * those are through at 37.5 s; the last has 7.5 GB left then and is ready at 45 s. */
Test(fleet_scaling, launches_share_the_link) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = {.weight_bytes = 10 * GB};
    struct pool pool = scaled(&arena, 1000, &rules, &ready, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    input.link.bytes_per_s = GB;
    struct request requests[35];
    n_at_second(requests, 30, 1);
    n_at_second(requests + 30, 5, 20);
    struct replay_result result = replay_list(&arena, &input, requests, 35, NULL);
    cr_assert(eq(i64, result.pools[0].made_ready, 3));
    cr_assert(epsilon_eq(dbl, result.pools[0].ready_delay_s, 22.5 + 22.5 + 15, 1e-9));
    arena_release(&arena);
}

/* Idle since 15 s (the decision after the request of 5 s ended), so none from 615 s. The request of
 * 3001 s waits; seen at 3015 s; ready at 3075 s, done at 3085 s. */
Test(fleet_scaling, sleeps_and_wakes) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(60);
    rules.scale_to_zero_after = 600 * SECOND;
    struct pool pool = scaled(&arena, 10, &rules, &ready, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[2];
    struct outcome outcomes[2];
    n_at_second(requests, 1, 5);
    n_at_second(requests + 1, 1, 3001);
    struct replay_result result = replay_list(&arena, &input, requests, 2, outcomes);
    is_life(result.ledger.rows[0], 0, 615);
    is_life(result.ledger.rows[1], 3015, 3600);
    cr_assert(eq(i64, outcomes[1].finish, 3085 * SECOND));
    cr_assert(eq(i64, result.rejected + result.unfinished, 0));
    arena_release(&arena);
}

/* One stopped instance resumes in 5 s; its replacement runs 60 s, paid and never ready. The other
 * launch boots for 60 s. */
Test(fleet_scaling, the_warm_pool_is_quicker_and_its_refill_is_paid) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(60);
    ready.resume = delay_fixed(5);
    ready.warm_pool = 1;
    struct pool pool = scaled(&arena, 1000, &rules, &ready, 1);
    pool.usd_per_hour = 36;
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[30];
    n_at_second(requests, 30, 1);
    struct replay_result result = replay_list(&arena, &input, requests, 30, NULL);
    cr_assert(eq(dbl, result.pools[0].ready_delay_s, 65));
    cr_assert(eq(int, result.ledger.n_rows, 4));
    is_life(result.ledger.rows[0], 15, 75);
    double seconds = 3600 + 60 + 2 * 990;
    cr_assert(epsilon_eq(dbl, result.pools[0].usd, seconds / 100, 1e-9));
    arena_release(&arena);
}

/* The same with a volume of 10 GB and weights: the place of the warm pool has its volume all the
 * time, stopped or being filled, so 3600 s beside 3600 + 2 x 990 of what serves. Both launches load
 * weights, the replacement does not. */
Test(fleet_scaling, the_warm_pool_has_volumes_and_no_weights) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(60);
    ready.resume = delay_fixed(5);
    ready.warm_pool = 1;
    struct pool pool = scaled(&arena, 1000, &rules, &ready, 1);
    pool.volume = (struct pool_volume){.offer = 5, .gb = 10};
    pool.weights = (struct pool_weights){.offer = 6, .bytes = GB};
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[30];
    n_at_second(requests, 30, 1);
    struct replay_result result = replay_list(&arena, &input, requests, 30, NULL);
    int64_t gb_s = 0, loads = 0;
    for (int i = 0; i < result.ledger.n_rows; i++) {
        const struct usage_row *row = &result.ledger.rows[i];
        gb_s += row->kind == USAGE_VOLUME_GB_S ? row->quantity : 0;
        loads += row->kind == USAGE_WEIGHT_BYTES;
    }
    cr_assert(eq(i64, gb_s, 10 * (3600 + 3600 + 2 * 990)));
    cr_assert(eq(i64, loads, 2));
    arena_release(&arena);
}

/* 3, then 1 within 15 s: at 15 s two are launched, at 30 s they are given up while they boot. */
Test(fleet_scaling, launches_are_given_up) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(60);
    struct pool pool = scaled(&arena, 20, &rules, &ready, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[30];
    n_at_second(requests, 30, 1);
    struct replay_result result = replay_list(&arena, &input, requests, 30, NULL);
    is_life(result.ledger.rows[0], 15, 30);
    is_life(result.ledger.rows[1], 15, 30);
    cr_assert(eq(i64, result.pools[0].made_ready, 0));
    cr_assert(eq(i64, result.pools[0].launched, 3));
    arena_release(&arena);
}

/* Busy 12 of every 15 s at target 40 %: two, which then hold 12 of 30 s: one would be 80 %. */
Test(fleet_scaling, utilisation_is_busy_time) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(0);
    rules.metric = SCALING_UTILISATION;
    rules.target = 0.4;
    struct pool pool = scaled(&arena, 12, &rules, &ready, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[200];
    for (int i = 0; i < 200; i++)
        n_at_second(requests + i, 1, 15 * i);
    struct replay_result result = replay_list(&arena, &input, requests, 200, NULL);
    cr_assert(eq(int, result.ledger.n_rows, 2));
    is_life(result.ledger.rows[0], 15, 3015); /* the last request ends at 2997 s */
    arena_release(&arena);
}

/* 1, 3, 1 instances; launches take 100 s and are begun so long ahead, at the next decision: at
 * 3510 s, ready at 3610 s. The fall is on the hour. */
Test(fleet_scaling, a_schedule_is_followed_ahead) {
    struct arena arena = {0};
    int32_t instances[] = {1, 3, 1};
    struct autoscaler rules = autoscaler_defaults(SCALING_SCHEDULE);
    struct ready_delay ready = boots(100);
    rules.planned = instances;
    rules.n_hours = 3;
    rules.lead = 100 * SECOND;
    struct pool pool = scaled(&arena, 1, &rules, &ready, 3);
    pool.instances = instances;
    struct replay_input input = input_of(&pool, 1, 3);
    struct replay_result result = replay_list(&arena, &input, NULL, 0, NULL);
    cr_assert(eq(int, result.ledger.n_rows, 3));
    is_life(result.ledger.rows[0], 3510, 7200);
    is_life(result.ledger.rows[1], 3510, 7200);
    cr_assert(eq(dbl, result.pools[0].ready_delay_s, 200));
    arena_release(&arena);
}

/* 100 us a prompt token, 20 ms a decode step: about 3 s a request. */
static struct service engine(void) {
    return (struct service){.kind = SERVICE_LLM,
                            .llm = {.time = {.layers = 1,
                                             .p0 = 20000,
                                             .p1 = 100,
                                             .m0 = 20000,
                                             .m1 = 100,
                                             .d0 = 20000,
                                             .d1 = 500},
                                    .tokens_per_step_max = 1000,
                                    .sequences_max = 10,
                                    .block_tokens = 16,
                                    .kv_blocks = 1000,
                                    .context_max = 2000}};
}

/* Decisions are the same whether engines step or jump. */
Test(fleet_scaling, jumps_and_steps_decide_alike) {
    static const double targets[SCALING_METRICS] = {0.5, 6, 2, 4000, 0.2};
    for (int metric = 0; metric < SCALING_METRICS; metric++) {
        uint64_t hashes[2];
        int64_t launched[2];
        for (int steps = 0; steps < 2; steps++) {
            struct arena arena = {0};
            struct rng rng = rng_open(3, 0, RNG_TEST, 0);
            struct autoscaler rules = tracking();
            struct ready_delay ready = boots(20);
            rules.metric = (enum autoscaler_metric)metric;
            rules.target = targets[metric];
            struct pool pool = steady_pool(&arena, engine(), 1, 1);
            pool.autoscaler = &rules;
            pool.ready = &ready;
            struct replay_input input = input_of(&pool, 1, 1);
            input.step_by_step = steps == 1;
            struct request *requests = arena_new(&arena, struct request, 2000);
            double now = 0;
            for (int i = 0; i < 2000; i++) {
                now += rng_exponential(&rng, i / 500 % 2 ? 0.4 : 1.6);
                requests[i] =
                    (struct request){(int64_t)(now * 1e9), 100 + (int32_t)rng_below(&rng, 500),
                                     20 + (int32_t)rng_below(&rng, 200)};
            }
            struct replay_result result = replay_list(&arena, &input, requests, 2000, NULL);
            hashes[steps] = result.request_hash;
            launched[steps] = result.pools[0].launched;
            arena_release(&arena);
        }
        cr_expect(eq(u64, hashes[0], hashes[1]), "metric %d", metric);
        cr_expect(eq(i64, launched[0], launched[1]), "metric %d", metric);
        cr_expect(gt(i64, launched[0], 1), "metric %d", metric);
    }
}

Test(fleet_scaling, nonsense_is_refused) {
    struct arena arena = {0};
    struct autoscaler rules = tracking();
    struct ready_delay ready = boots(60), bad = boots(-1);
    struct pool pools[3] = {scaled(&arena, 1, &rules, NULL, 1), scaled(&arena, 1, NULL, &bad, 1),
                            scaled(&arena, 1, &rules, &ready, 1)};
    rules.metric = SCALING_KV_USE;
    for (int i = 0; i < 3; i++) {
        struct replay_input input = input_of(&pools[i], 1, 1);
        struct err err = {0};
        int n_hours;
        cr_assert(not(replay_check(&input, &n_hours, &err)), "case %d", i);
    }
    arena_release(&arena);
}

/* --- spot with on demand behind it --- */

/* 4.8 requests a second of 5 s each: 24 are always there (Little), so a target of 10 asks for three
 * instances, with or without the market: of two hours it has none from 2000 s to 5000 s. */
enum { ARRIVALS = 24 * 1400 };

static struct replay_result spot_run(struct arena *arena, bool fallback, bool step_by_step) {
    static struct spot_step steps[] = {{0, 5}, {2000 * SECOND, 0}, {5000 * SECOND, 5}};
    static struct spot_zone zone;
    static struct spot_market market;
    struct autoscaler *rules = arena_new(arena, struct autoscaler, 1);
    struct ready_delay *ready = arena_new(arena, struct ready_delay, 1);
    *rules = tracking();
    *ready = boots(60);
    rules->stabilisation = 120 * SECOND;
    zone = (struct spot_zone){.name = "a", .region = "a", .n_steps = 3, .steps = steps};
    market = (struct spot_market){1, &zone, 2 * TICKS_PER_HOUR};
    struct pool *pools = arena_new(arena, struct pool, 2);
    pools[0] = scaled(arena, 5, rules, ready, 2);
    pools[0].notice_s = 120;
    pools[0].on_notice = NOTICE_RESTART;
    pools[0].spot = true;
    pools[0].market = &market;
    pools[1] = steady_pool(arena, queue_of(100, SERVICE_DETERMINISTIC, 5), 0, 2);
    pools[1].ready = ready;
    pools[1].offer = 1;
    if (fallback)
        pools[0].fallback = &pools[1];
    struct replay_input input = input_of(pools, 2, 2);
    input.step_by_step = step_by_step;
    struct request *requests = arena_new(arena, struct request, ARRIVALS);
    for (int i = 0; i < ARRIVALS; i++)
        requests[i] = (struct request){i * (5 * NS_PER_SECOND / 24), 1, 1};
    return replay_list(arena, &input, requests, ARRIVALS, NULL);
}

/* Three on spot, which serve on until 2120 s; three on demand from 2000 s until spot is back and
 * ready at 5060 s; three on spot again: each of these is launched once. Everybody is served. */
Test(fleet_scaling, on_demand_takes_over_while_a_spot_zone_is_lost) {
    struct arena arena = {0};
    struct replay_result result = spot_run(&arena, true, false);
    cr_assert(eq(i64, result.finished, ARRIVALS));
    cr_assert(eq(i64, result.interruptions, 3));
    cr_assert(eq(i64, result.pools[1].launched, 3));
    cr_assert(eq(i64, result.pools[0].launched, 6));
    for (int i = 0; i < result.ledger.n_rows; i++) {
        struct usage_row row = result.ledger.rows[i];
        if (row.offer != 1)
            continue;
        cr_assert(eq(i64, row.from_s, 2000));
        cr_assert(ge(i64, row.to_s, 5060));
        cr_assert(le(i64, row.to_s, 5065)); /* and what it still serves */
    }
    struct replay_result steps = spot_run(&arena, true, true);
    cr_assert(eq(u64, steps.request_hash, result.request_hash));
    arena_release(&arena);
}

/* The mutant is what was before: with nothing seen of the substitutes the pool would fall to its
 * minimum and take them with it. Without a fallback all waits, and is seen as waiting. */
Test(fleet_scaling, without_a_fallback_the_zone_is_waited_for) {
    struct arena arena = {0};
    struct replay_result result = spot_run(&arena, false, false);
    cr_assert(eq(i64, result.finished + result.rejected + result.unfinished, ARRIVALS));
    cr_assert(eq(i64, result.pools[1].launched, 0));
    cr_assert(gt(i64, result.pools[0].refused, 0));
    arena_release(&arena);
}

/* A pool with a policy of its own that lends three instances is not pushed up by their load: it
 * holds one for its own and three for the other. */
Test(fleet_scaling, what_is_lent_does_not_count) {
    struct arena arena = {0};
    static struct spot_step none_left[] = {{0, 0}};
    static struct spot_zone zone;
    static struct spot_market market;
    struct autoscaler rules = tracking(), idle = tracking();
    struct ready_delay ready = boots(60);
    idle.max = 8;
    rules.min = rules.max = 3;
    zone = (struct spot_zone){.name = "a", .region = "a", .n_steps = 1, .steps = none_left};
    market = (struct spot_market){1, &zone, TICKS_PER_HOUR};
    struct pool pools[2];
    pools[0] = scaled(&arena, 1000, &rules, &ready, 1);
    pools[0].spot = true;
    pools[0].market = &market;
    pools[1] = scaled(&arena, 1000, &idle, &ready, 1);
    pools[0].fallback = &pools[1];
    struct replay_input input = input_of(pools, 2, 1);
    struct request requests[36];
    n_at_second(requests, 36, 1); /* 9 an instance */
    struct replay_result result = replay_list(&arena, &input, requests, 36, NULL);
    cr_assert(eq(i64, result.finished, 36));
    cr_assert(eq(i64, result.pools[1].launched, 4));
    arena_release(&arena);
}
