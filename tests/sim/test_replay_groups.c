/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of pools: two queues by hand; shares drawn by key, against the binomial law; and the law
 * that a replay of two groups is the two replays apart, request by request, with autoscalers, spot,
 * faults and a substitute in both. */
#include <math.h>
#include <string.h>

#include "sim/observer.h"
#include "tests/sim/replay_help.h"

#define SECOND TICKS_PER_SECOND

static struct pool in_group(struct pool pool, int group) {
    pool.group = group;
    return pool;
}

static struct request to_group(int64_t second, int group) {
    return (struct request){second * NS_PER_SECOND, 1, 1, .row = -1, .group = group};
}

/* One server of 10 s in the main group, one of 100 s in the other: each has its own queue. */
Test(replay_groups, each_has_its_own_queue) {
    struct arena arena = {0};
    const struct replay_group other = {.name = "other", .router = ROUTER_LEAST_OUTSTANDING};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1),
        in_group(steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 100), 1, 1), 1)};
    struct replay_input input = input_of(pools, 2, 1);
    input.groups = &other;
    input.n_groups = 1;
    const struct request requests[] = {to_group(0, 0), to_group(1, 1), to_group(2, 0),
                                       to_group(3, 1)};
    static const int64_t ends[] = {10, 101, 20, 201};
    struct outcome outcomes[4];
    struct replay_result result = replay_list(&arena, &input, requests, 4, outcomes);
    for (int i = 0; i < 4; i++)
        cr_assert(eq(i64, outcomes[i].finish, ends[i] * SECOND), "request %d", i);
    cr_assert(eq(int, result.n_groups, 2));
    for (int g = 0; g < 2; g++) {
        cr_assert(eq(i64, result.groups[g].arrived, 2));
        cr_assert(eq(i64, result.groups[g].finished, 2));
        cr_assert(eq(i64, result.groups[g].hours[0].arrived, 2));
    }
    cr_assert(epsilon_eq(dbl, result.groups[1].latency_s.sum, 100 + 198, 1e-9));
    cr_assert(epsilon_eq(dbl, result.groups[0].hours[0].busy_fraction, 20.0 / 3600, 1e-12));
    cr_assert(epsilon_eq(dbl, result.groups[1].hours[0].busy_fraction, 200.0 / 3600, 1e-12));
    cr_assert(epsilon_eq(dbl, result.hours[0].busy_fraction, 220.0 / 7200, 1e-12));
    cr_assert(eq(i64, result.arrived, 4));
    arena_release(&arena);
}

/* The other group has its first instance in the second hour: its request waits for it while the
 * main group serves; a third group has none and rejects. */
Test(replay_groups, wait_and_reject_alone) {
    struct arena arena = {0};
    static const int32_t later[] = {0, 1};
    const struct replay_group others[] = {{.name = "later", .router = ROUTER_LEAST_OUTSTANDING},
                                          {.name = "never", .router = ROUTER_LEAST_OUTSTANDING}};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 2),
        in_group(steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 2), 1)};
    pools[1].instances = later;
    struct replay_input input = input_of(pools, 2, 2);
    input.groups = others;
    input.n_groups = 2;
    const struct request requests[] = {to_group(0, 1), to_group(1, 0), to_group(2, 2)};
    struct outcome outcomes[3];
    struct replay_result result = replay_list(&arena, &input, requests, 3, outcomes);
    cr_assert(eq(i64, outcomes[0].finish, 3610 * SECOND));
    cr_assert(eq(i64, outcomes[1].finish, 11 * SECOND));
    cr_assert(outcomes[2].rejected);
    cr_assert(eq(i64, result.groups[2].rejected, 1));
    cr_assert(eq(i64, result.rejected, 1));
    arena_release(&arena);
}

/* Requests of a group that is aside meet no front door and count towards no SLO. */
Test(replay_groups, aside_is_not_the_workloads) {
    struct arena arena = {0};
    const struct replay_group other = {
        .name = "aside", .router = ROUTER_LEAST_OUTSTANDING, .aside = true};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1),
        in_group(steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 100), 1, 1), 1)};
    struct replay_input input = input_of(pools, 2, 1);
    input.groups = &other;
    input.n_groups = 1;
    input.slo.latency_s = 15;
    input.front = (struct front_door){.timeout_s = 50, .outstanding_max = {2}};
    input.record_detail = true;
    const struct request requests[] = {to_group(0, 0), to_group(1, 1), to_group(2, 1),
                                       to_group(3, 1)};
    struct replay_result result = replay_list(&arena, &input, requests, 4, NULL);
    cr_assert(eq(i64, result.arrived, 1));
    cr_assert(eq(i64, result.finished, 1));
    cr_assert(eq(dbl, result.attainment, 1));
    cr_assert(eq(i64, result.front.attempts, 1));
    cr_assert(eq(u64, result.latency_s.n, 1));
    cr_assert(eq(i64, result.groups[1].arrived, 3));
    cr_assert(eq(i64, result.groups[1].finished, 3));
    cr_assert(eq(i64, result.pool_requests[1], 3));
    cr_assert(eq(i64, result.observed->pools[1].finished, 3));
    cr_assert(eq(i64, result.observed->hours[0].finished, 1));
    arena_release(&arena);
}

/* --- shares --- */

enum { N_DRAWN = 20000, DRAW_HOURS = 3 };

static struct replay_result draw_shares(struct arena *arena, const double *share,
                                        struct outcome *outcomes, uint64_t seed) {
    const struct replay_group other = {
        .name = "canary", .router = ROUTER_LEAST_OUTSTANDING, .share = share};
    struct pool pools[] = {
        steady_pool(arena, queue_of(1000, SERVICE_DETERMINISTIC, 1), 1, DRAW_HOURS),
        in_group(steady_pool(arena, queue_of(1000, SERVICE_DETERMINISTIC, 2), 1, DRAW_HOURS), 1)};
    struct replay_input input = input_of(pools, 2, DRAW_HOURS);
    struct request *requests = arena_new(arena, struct request, N_DRAWN * DRAW_HOURS);
    input.seed = seed;
    input.groups = &other;
    input.n_groups = 1;
    for (int i = 0; i < N_DRAWN * DRAW_HOURS; i++)
        requests[i] = (struct request){(int64_t)i * (NS_PER_HOUR / N_DRAWN), 1, 1, .row = -1};
    return replay_list(arena, &input, requests, N_DRAWN * DRAW_HOURS, outcomes);
}

static bool took_the_other(const struct outcome *outcomes, int i) {
    sim_ticks arrival = (int64_t)i * (NS_PER_HOUR / N_DRAWN) * TICKS_PER_NS;
    return outcomes[i].finish - arrival == 2 * SECOND;
}

/* Five standard errors; a share that is off by 0.03 must fall outside. */
Test(replay_groups, shares_are_drawn_by_request) {
    struct arena arena = {0};
    static const double small[] = {0.1, 0, 1}, large[] = {0.3, 0, 1};
    struct outcome *first = arena_new(&arena, struct outcome, N_DRAWN * DRAW_HOURS);
    struct outcome *second = arena_new(&arena, struct outcome, N_DRAWN * DRAW_HOURS);
    struct replay_result result = draw_shares(&arena, small, first, 7);
    draw_shares(&arena, large, second, 7);
    const struct group_result *canary = &result.groups[1];
    double got = (double)canary->hours[0].arrived / N_DRAWN;
    double error = 5 * sqrt(0.1 * 0.9 / N_DRAWN);
    cr_assert(lt(dbl, fabs(got - 0.1), error));
    cr_assert(gt(dbl, fabs(got - 0.13), error));
    cr_assert(eq(i64, canary->hours[1].arrived, 0));
    cr_assert(eq(i64, canary->hours[2].arrived, N_DRAWN));
    cr_assert(eq(i64, canary->arrived + result.groups[0].arrived, result.arrived));
    cr_assert(eq(i64, canary->good + result.groups[0].good, result.good));
    /* A ramp keeps whom it has. */
    for (int i = 0; i < N_DRAWN; i++)
        cr_assert(le(int, took_the_other(first, i), took_the_other(second, i)), "request %d", i);
    int left = 0; /* other draws would not */
    draw_shares(&arena, large, second, 8);
    for (int i = 0; i < N_DRAWN; i++)
        left += took_the_other(first, i) && !took_the_other(second, i);
    cr_assert(gt(int, left, N_DRAWN / 20));
    arena_release(&arena);
}

/* --- together and apart --- */

enum { N_BOTH = 4000, BOTH_HOURS = 2, N_POOLS = 6 };

/* Scaled, spot, and the substitute of both, for one group each. */
static void moving_pools(struct arena *arena, struct pool *pools, int group, double service_s,
                         const struct autoscaler *rules, const struct ready_delay *ready) {
    struct service service = queue_of(3, SERVICE_DETERMINISTIC, service_s);
    for (int i = 0; i < 3; i++)
        pools[i] = in_group(steady_pool(arena, service, i == 2 ? 0 : 2, BOTH_HOURS), group);
    pools[0].autoscaler = rules;
    pools[0].ready = ready;
    pools[1].spot = true;
    pools[1].interruptions_per_hour = 6;
    pools[1].notice_s = 20;
    pools[0].boot_s = pools[1].boot_s = pools[2].boot_s = 90;
    pools[0].fallback = pools[1].fallback = &pools[2];
}

static void empty(struct pool *pools) {
    static const int32_t none[BOTH_HOURS] = {0};
    for (int i = 0; i < 3; i++)
        pools[i] = (struct pool){.name = "none",
                                 .service = pools[i].service,
                                 .replicas_per_instance = 1,
                                 .weight = 1,
                                 .instances = none};
}

static const struct fault faults[] = {
    {FAULT_ZONE, 1000, 300, 0, 0}, {FAULT_SLOW, 2000, 600, 0, 3}, {FAULT_SLOW, 2500, 600, 3, 2}};

Test(replay_groups, together_is_as_apart) {
    struct arena arena = {0};
    struct autoscaler rules = autoscaler_defaults(SCALING_TARGET_TRACKING);
    struct ready_delay ready = {.boot = delay_fixed(60)};
    rules.metric = SCALING_CONCURRENCY;
    rules.target = 4;
    rules.min = 1;
    rules.max = 12;
    struct request *requests = arena_new(&arena, struct request, N_BOTH);
    struct request *part = arena_new(&arena, struct request, N_BOTH);
    struct outcome *both = arena_new(&arena, struct outcome, N_BOTH);
    struct outcome *alone = arena_new(&arena, struct outcome, N_BOTH);
    struct rng rng = rng_open(3, 0, RNG_TEST, 0);
    for (int i = 0; i < N_BOTH; i++)
        requests[i] = (struct request){i * (BOTH_HOURS * NS_PER_HOUR / N_BOTH) + 1, 1, 1, .row = -1,
                                       .group = (int)rng_below(&rng, 2)};
    struct pool pools[N_POOLS];
    moving_pools(&arena, pools, 0, 13, &rules, &ready);
    moving_pools(&arena, pools + 3, 1, 17, &rules, &ready);
    struct replay_input input = input_of(pools, N_POOLS, BOTH_HOURS);
    const struct replay_group other = {.name = "other", .router = ROUTER_LEAST_OUTSTANDING};
    input.groups = &other;
    input.n_groups = 1;
    input.faults = faults;
    input.n_faults = 3;
    struct replay_result together = replay_list(&arena, &input, requests, N_BOTH, both);
    cr_assert(gt(i64, together.interruptions, 3));
    cr_assert(gt(i64, together.restarted, 3));
    for (int group = 0; group < 2; group++) {
        int n = 0;
        struct pool own[N_POOLS];
        memcpy(own, pools, sizeof own);
        for (int i = 0; i < N_POOLS; i++) {
            own[i].group = 0;
            own[i].fallback = pools[i].fallback ? own + (pools[i].fallback - pools) : NULL;
        }
        empty(own + (group == 0 ? 3 : 0));
        for (int i = 0; i < N_BOTH; i++)
            if (requests[i].group == group) {
                part[n] = requests[i];
                part[n++].group = 0;
            }
        struct replay_input apart = input;
        apart.pools = own;
        apart.n_groups = 0;
        struct replay_result result = replay_list(&arena, &apart, part, n, alone);
        for (int i = 0, at = 0; i < N_BOTH; i++)
            if (requests[i].group == group) {
                cr_assert(eq(i64, both[i].finish, alone[at].finish), "request %d", i);
                at++;
            }
        cr_assert(eq(i64, result.finished, together.groups[group].finished));
        cr_assert(eq(i64, result.unfinished, together.groups[group].unfinished));
        for (int i = 3 * group; i < 3 * group + 3; i++) {
            cr_assert(eq(dbl, result.pools[i].instance_hours, together.pools[i].instance_hours));
            cr_assert(eq(i64, result.pools[i].launched, together.pools[i].launched));
        }
        for (int hour = 0; hour < BOTH_HOURS; hour++)
            cr_assert(eq(dbl, result.hours[hour].busy_fraction,
                         together.groups[group].hours[hour].busy_fraction));
    }
    arena_release(&arena);
}

/* --- what makes no sense --- */

static void is_refused(struct replay_input *input, const char *word) {
    struct arena arena = {0};
    struct listed_arrivals nothing = {0};
    struct replay_result result;
    struct err err = {0};
    cr_assert(not(replay_engine_run(&arena, input,
                                    (struct arrivals){.next = listed_next, .context = &nothing},
                                    (struct replay_probe){0}, &result, &err)));
    cr_assert(strstr(err.what, word) != NULL, "%s", err.what);
    arena_release(&arena);
}

Test(replay_groups, bad_groups_are_refused) {
    struct arena arena = {0};
    static const double half[] = {0.5}, most[] = {0.6}, much[] = {1.5};
    struct replay_group others[] = {{.name = "b", .router = ROUTER_LEAST_OUTSTANDING},
                                    {.name = "c", .router = ROUTER_LEAST_OUTSTANDING}};
    struct pool pools[] = {steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1),
                           steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1)};
    struct replay_input input = input_of(pools, 2, 1);
    pools[1].group = 1;
    is_refused(&input, "no group 1");
    input.groups = others;
    input.n_groups = REPLAY_GROUPS_MAX;
    is_refused(&input, "groups beside");
    input.n_groups = 2;
    pools[0].fallback = &pools[1];
    is_refused(&input, "another group");
    pools[0].fallback = NULL;
    others[0].share = much;
    is_refused(&input, "hour 0 must be 0 to 1");
    others[0].share = half;
    others[1].share = most;
    is_refused(&input, "add up to 1.1");
    others[1].share = NULL;
    others[1].router = ROUTER_SHORTEST_OF_D;
    is_refused(&input, "not 0");
    others[1].router_choices = 2;
    others[0].router = ROUTER_MOST_FREE_KV;
    is_refused(&input, "KV cache");
    arena_release(&arena);
}
