/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Details of a replay: by hand on a queue whose every instant is known, sums that must agree with
 * the plain result, and that looking on changes nothing, request by request. */
#include "sim/observer.h"

#include <math.h>

#include "tests/sim/replay_help.h"

#define SECOND TICKS_PER_SECOND
/* Buckets of the sketches are 0.4 % wide. */
#define NEAR(value) ((value)*0.008)

/* One server, ten seconds each: requests at 0, 1 and 4000 s wait 0, 9 and 0 s. The third is in the
 * second hour. */
Test(observer, waits_and_hours_by_hand) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 2);
    struct replay_input input = input_of(&pool, 1, 2);
    input.slo.latency_s = 15;
    input.record_detail = true;
    struct request requests[] = {{0, 1, 0}, {NS_PER_SECOND, 1, 0}, {4000 * NS_PER_SECOND, 1, 0}};
    struct replay_result result = replay_list(&arena, &input, requests, 3, NULL);
    const struct observed *o = result.observed;
    cr_assert(ne(ptr, (void *)o, NULL));
    cr_expect(eq(int, o->n_pools, 1));
    cr_expect(eq(int, o->n_classes, 1));
    cr_expect(eq(i64, o->pools[0].finished, 3));
    cr_expect(eq(i64, o->pools[0].good, 2)); /* 10, 19, 10 s */
    cr_expect(epsilon_eq(dbl, o->pools[0].wait_s[2], 9, NEAR(9)));
    cr_expect(le(dbl, o->pools[0].wait_s[0], 1e-9)); /* the lowest bucket */
    cr_expect(epsilon_eq(dbl, o->pools[0].latency_s[2], 19, NEAR(19)));
    cr_expect(eq(i64, o->hours[0].finished, 2));
    cr_expect(eq(i64, o->hours[0].good, 1));
    cr_expect(eq(i64, o->hours[1].finished, 1));
    cr_expect(epsilon_eq(dbl, o->hours[1].latency_s[0], 10, NEAR(10)));
    cr_expect(eq(str, (char *)o->labels[0].name, "pool"));
    arena_release(&arena);
}

/* Two instances by schedule in the first hour, one in the second, none refused: the log has them in
 * order of time. The second instance is busy until 20 s into the second hour, so it drains. */
Test(observer, the_log_of_a_schedule_by_hand) {
    struct arena arena = {0};
    static const int32_t schedule[] = {2, 1};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 30), 1, 2);
    pool.instances = schedule;
    struct replay_input input = input_of(&pool, 1, 2);
    input.record_detail = true;
    struct request requests[] = {{3590 * NS_PER_SECOND, 1, 0}, {3590 * NS_PER_SECOND, 1, 0}};
    struct replay_result result = replay_list(&arena, &input, requests, 2, NULL);
    static const struct fleet_event want[] = {
        {0, FLEET_LAUNCHED, 0, 0},
        {0, FLEET_READY, 0, 0},
        {0, FLEET_LAUNCHED, 0, 1},
        {0, FLEET_READY, 0, 1},
        {3600 * SECOND, FLEET_DRAINING, 0, 1},
        {3620 * SECOND, FLEET_ENDED, 0, 1},
        {7200 * SECOND, FLEET_ENDED, 0, 0},
    };
    int n = (int)(sizeof want / sizeof *want);
    cr_assert(eq(int, result.observed->n_events, n));
    for (int i = 0; i < n; i++) {
        const struct fleet_event *got = &result.observed->events[i];
        cr_expect(eq(i64, got->time, want[i].time), "%d", i);
        cr_expect(eq(int, got->kind, want[i].kind), "%d", i);
        cr_expect(eq(i64, got->number, want[i].number), "%d", i);
    }
    arena_release(&arena);
}

/* A request every 10 s for an hour that takes 5 s: a look at each minute sees one busy of two
 * replicas, and never more than one request. */
Test(observer, the_fleet_by_the_minute) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 5), 2, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    input.record_detail = true;
    struct request requests[360];
    for (int i = 0; i < 360; i++)
        requests[i] = (struct request){(int64_t)i * 10 * NS_PER_SECOND, 1, 0};
    struct replay_result result = replay_list(&arena, &input, requests, 360, NULL);
    const struct fleet_hour *hour = &result.observed->fleet[0];
    cr_expect(eq(dbl, hour->ready_mean, 2));
    cr_expect(eq(dbl, hour->ready_max, 2));
    cr_expect(le(dbl, hour->outstanding_max, 1));
    cr_expect(eq(dbl, hour->waiting_max, 0));
    cr_expect(le(dbl, hour->busy_max, 0.5));
    arena_release(&arena);
}

/* Nothing is ready and nothing comes: every request is refused, and the log says which. */
Test(observer, refused_requests_are_in_the_log) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 5), 0, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    input.record_detail = true;
    struct request requests[] = {{0, 1, 0}, {NS_PER_SECOND, 1, 0}};
    struct replay_result result = replay_list(&arena, &input, requests, 2, NULL);
    cr_assert(eq(int, result.observed->n_events, 2));
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(int, result.observed->events[i].kind, FLEET_REJECTED));
        cr_expect(eq(i64, result.observed->events[i].number, i));
        cr_expect(eq(int, result.observed->events[i].pool, -1));
    }
    cr_expect(isnan(result.observed->pools[0].ttft_s[0]));
    arena_release(&arena);
}

static struct service small_llm(void) {
    return (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = {.layers = 1,
                         .t0 = 1000,
                         .p0 = 50,
                         .p1 = 20,
                         .m0 = 50,
                         .m1 = 20,
                         .d0 = 80,
                         .d1 = 30,
                         .d2 = 0.1},
                .tokens_per_step_max = 512,
                .sequences_max = 16,
                .block_tokens = 16,
                .kv_blocks = 400,
                .context_max = 4000},
    };
}

/* Random traffic on spot and on-demand llm pools: with and without the observer the same requests
 * end at the same instants; pools, classes and hours each add up to the whole; what is launched
 * ends. */
Test(observer, looking_on_changes_nothing_and_sums_agree) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct arena arena = {0};
        static const int32_t rising[] = {1, 3, 2, 1};
        struct pool pools[] = {steady_pool(&arena, small_llm(), 1, 4),
                               steady_pool(&arena, small_llm(), 1, 4)};
        pools[1].instances = rising;
        pools[1].spot = true;
        pools[1].interruptions_per_hour = 2;
        pools[1].boot_s = 120;
        pools[1].notice_s = seed % 2 ? 120 : 0;
        struct replay_input input = input_of(pools, 2, 4);
        input.seed = seed;
        input.slo.ttft_s = 1;
        struct request *requests = arena_new(&arena, struct request, 6000);
        int64_t at = 0;
        for (int i = 0; i < 6000; i++) {
            double u = rng_unit(rng_keyed(seed, 0, RNG_SERVICE, (uint64_t)i));
            at += (int64_t)(-log(u) * 2.2e9);
            if (at >= 4 * NS_PER_HOUR)
                at = 4 * NS_PER_HOUR - 1;
            requests[i] = (struct request){at, 1 + (int32_t)(900 * u), 1 + i % 120, -1};
        }
        struct replay_result plain = replay_list(&arena, &input, requests, 6000, NULL);
        input.record_detail = true;
        struct replay_result seen = replay_list(&arena, &input, requests, 6000, NULL);
        const struct observed *o = seen.observed;
        cr_assert(eq(ptr, (void *)plain.observed, NULL));
        cr_expect(eq(u64, plain.request_hash, seen.request_hash), "seed %d", (int)seed);
        cr_expect(eq(i64, plain.steps, seen.steps));
        int64_t finished = 0, good = 0, by_hour = 0, launched = 0, ended = 0;
        for (int p = 0; p < 2; p++) {
            finished += o->pools[p].finished;
            good += o->pools[p].good;
            cr_expect(eq(i64, o->pools[p].finished, seen.pool_requests[p]));
        }
        for (int h = 0; h < 4; h++)
            by_hour += o->hours[h].finished;
        cr_expect(eq(i64, finished, seen.finished));
        cr_expect(eq(i64, by_hour, seen.finished));
        cr_expect(eq(i64, o->classes[0].finished, seen.finished));
        cr_expect(eq(i64, good, seen.good));
        for (int i = 0; i < o->n_events; i++) {
            cr_expect(i == 0 || o->events[i].time >= o->events[i - 1].time);
            launched += o->events[i].kind == FLEET_LAUNCHED;
            ended += o->events[i].kind == FLEET_ENDED;
        }
        cr_expect(eq(i64, launched, ended));
        cr_expect(gt(i64, launched, 4));
        arena_release(&arena);
    }
}
