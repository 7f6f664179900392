/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay by hand: schedules, boots, drains, spot losses, overflow, the order of events at one
 * instant, busy time and the ledger. Arrivals come from lists; services are deterministic queues,
 * so every time below is arithmetic. */
#include <math.h>

#include "tests/sim/replay_help.h"

enum { HOURS_MAX = 6 };

#define SECOND TICKS_PER_SECOND

/* One single-server pool with a fixed service time on a schedule. */
static struct pool scheduled(const int32_t *instances, double service_s, double boot_s) {
    return (struct pool){
        .name = "queue",
        .service = queue_of(1, SERVICE_DETERMINISTIC, service_s),
        .offer = 3,
        .replicas_per_instance = 1,
        .weight = 1,
        .boot_s = boot_s,
        .instances = instances,
    };
}

static struct request at_second(int64_t second) {
    return (struct request){second * NS_PER_SECOND, 1, 1};
}

static void is_life(struct usage_row row, int64_t from_s, int64_t to_s, bool interrupted) {
    cr_assert(eq(int, row.kind, USAGE_INSTANCE));
    cr_assert(eq(i64, row.quantity, 1));
    cr_assert(eq(i64, row.from_s, from_s));
    cr_assert(eq(i64, row.to_s, to_s));
    cr_assert(eq(int, row.interrupted, interrupted));
}

/* 1, 3, 1 instances with a boot of 10 minutes: two are launched at 3000 s, ready at 3600, gone at
 * 7200; the first runs from 0 to the end. */
Test(replay, schedule_is_paid_from_launch_to_end) {
    struct arena arena = {0};
    int32_t instances[] = {1, 3, 1};
    struct pool pool = scheduled(instances, 1, 600);
    struct replay_input input = input_of(&pool, 1, 3);
    input.workload = 5;
    struct replay_result result = replay_list(&arena, &input, NULL, 0, NULL);
    cr_assert(eq(int, result.ledger.n_rows, 3));
    cr_assert(eq(i64, result.ledger.n_seconds, 3 * 3600));
    is_life(result.ledger.rows[0], 3000, 7200, false);
    is_life(result.ledger.rows[1], 3000, 7200, false);
    is_life(result.ledger.rows[2], 0, 10800, false);
    cr_assert(eq(int, result.ledger.rows[0].offer, 3));
    cr_assert(eq(int, result.ledger.rows[0].workload, 5));
    cr_assert(eq(int, result.slo_met, true));
    cr_assert(eq(dbl, result.worst_attainment, 1));
    arena_release(&arena);
}

/* The same with weights of 140 GB that cost something: both launches within the period move them,
 * in the hour of the launch; the instance that runs at the start moved them before. */
Test(replay, launches_move_their_weights) {
    struct arena arena = {0};
    int32_t instances[] = {1, 3, 1};
    struct pool pool = scheduled(instances, 1, 600);
    pool.weights = (struct pool_weights){.offer = 7, .bytes = 140000000000, .reads = 16690};
    struct replay_input input = input_of(&pool, 1, 3);
    struct replay_result result = replay_list(&arena, &input, NULL, 0, NULL);
    int lives = 0, moves = 0, reads = 0;
    for (int i = 0; i < result.ledger.n_rows; i++) {
        const struct usage_row *row = &result.ledger.rows[i];
        lives += row->kind == USAGE_INSTANCE && row->offer == 3;
        if (row->kind == USAGE_INSTANCE)
            continue;
        bool bytes = row->kind == USAGE_WEIGHT_BYTES;
        moves += bytes;
        reads += row->kind == USAGE_WEIGHT_READS;
        cr_assert(eq(int, row->offer, 7));
        cr_assert(eq(i64, row->from_s, 0));
        cr_assert(eq(i64, row->quantity, bytes ? 140000000000 : 16690));
    }
    cr_assert(eq(int, lives, 3));
    cr_assert(eq(int, moves, 2));
    cr_assert(eq(int, reads, 2));
    arena_release(&arena);
}

/* A boot longer than the time before it starts paying at 0. */
Test(replay, launch_is_not_before_the_start) {
    struct arena arena = {0};
    int32_t instances[] = {0, 1};
    struct pool pool = scheduled(instances, 1, 5000);
    struct replay_input input = input_of(&pool, 1, 2);
    struct replay_result result = replay_list(&arena, &input, NULL, 0, NULL);
    cr_assert(eq(int, result.ledger.n_rows, 1));
    is_life(result.ledger.rows[0], 0, 7200, false);
    arena_release(&arena);
}

/* The instance must go at 3600 s but has work from 3000.5 s for 1000 s: it ends at 4000.5, paid to
 * 4001. What comes after 3600 s is rejected: none will come. */
Test(replay, drain_finishes_its_work) {
    struct arena arena = {0};
    int32_t instances[] = {1, 0};
    struct pool pool = scheduled(instances, 1000, 0);
    struct replay_input input = input_of(&pool, 1, 2);
    struct request requests[] = {{3000500000000, 1, 1}, at_second(3601)};
    struct outcome outcomes[2];
    struct replay_result result = replay_list(&arena, &input, requests, 2, outcomes);
    cr_assert(eq(i64, outcomes[0].finish, 4000 * SECOND + SECOND / 2));
    cr_assert(outcomes[1].rejected);
    is_life(result.ledger.rows[0], 0, 4001, false);
    cr_assert(eq(i64, result.arrived, 2));
    cr_assert(eq(i64, result.rejected, 1));
    cr_assert(eq(i64, result.good, 1));
    arena_release(&arena);
}

/* Nothing is ready until 3600 s: requests wait in order, then share the two instances. */
Test(replay, requests_wait_for_the_first_instance) {
    struct arena arena = {0};
    int32_t instances[] = {0, 2};
    struct pool pool = scheduled(instances, 10, 60);
    struct replay_input input = input_of(&pool, 1, 2);
    struct request requests[] = {at_second(1), at_second(2), at_second(3)};
    struct outcome outcomes[3];
    replay_list(&arena, &input, requests, 3, outcomes);
    cr_assert(eq(i64, outcomes[0].finish, 3610 * SECOND));
    cr_assert(eq(i64, outcomes[1].finish, 3610 * SECOND));
    cr_assert(eq(i64, outcomes[2].finish, 3620 * SECOND));
    arena_release(&arena);
}

/* At 3600 s exactly: the finish frees the server, then capacity changes, then the arrival comes. */
Test(replay, capacity_changes_before_arrivals_of_the_instant) {
    struct arena arena = {0};
    int32_t up[] = {0, 1}, down[] = {1, 0};
    struct request request = at_second(3600);
    struct outcome outcome;
    struct pool pool = scheduled(up, 10, 0);
    struct replay_input input = input_of(&pool, 1, 2);
    replay_list(&arena, &input, &request, 1, &outcome);
    cr_assert(eq(i64, outcome.finish, 3610 * SECOND));
    pool.instances = down;
    replay_list(&arena, &input, &request, 1, &outcome);
    cr_assert(outcome.rejected);
    arena_release(&arena);
}

/* The window ends at 3600 s; what is running may go on for an hour, then it counts as unfinished.
 */
Test(replay, runs_on_for_at_most_an_hour) {
    struct arena arena = {0};
    int32_t instances[] = {1};
    struct pool pool = scheduled(instances, 3000, 0);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[] = {at_second(1000), at_second(1000), at_second(1000)};
    struct outcome outcomes[3];
    struct replay_result result = replay_list(&arena, &input, requests, 3, outcomes);
    cr_assert(eq(i64, outcomes[1].finish, 7000 * SECOND));
    cr_assert(eq(i64, result.finished, 2));
    cr_assert(eq(i64, result.unfinished, 1));
    is_life(result.ledger.rows[0], 0, 3600, false);
    arena_release(&arena);
}

/* Two instances from 0; one works 900 s of the first hour and from 3500 s into the second for
 * 1000 s. Busy: (900 + 100) / 7200 and 900 / 7200; nothing is ready in the third. */
Test(replay, busy_time_by_hour) {
    struct arena arena = {0};
    int32_t instances[] = {2, 2, 0};
    struct pool pool = scheduled(instances, 900, 0);
    struct replay_input input = input_of(&pool, 1, 3);
    struct request requests[] = {at_second(0), at_second(3500)};
    struct replay_result result = replay_list(&arena, &input, requests, 2, NULL);
    cr_assert(epsilon_eq(dbl, result.hours[0].busy_fraction, 1000.0 / 7200, 1e-12));
    cr_assert(epsilon_eq(dbl, result.hours[1].busy_fraction, 800.0 / 7200, 1e-12));
    cr_assert(isnan(result.hours[2].busy_fraction));
    arena_release(&arena);
}

/* A pool of weight 3 takes three requests before one of weight 1 takes its second. */
Test(replay, weight_shares_the_load) {
    struct arena arena = {0};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(4, SERVICE_DETERMINISTIC, 100), 1, 1),
        steady_pool(&arena, queue_of(4, SERVICE_DETERMINISTIC, 100), 1, 1),
    };
    pools[1].weight = 3;
    struct replay_input input = input_of(pools, 2, 1);
    struct request requests[8];
    for (int i = 0; i < 8; i++)
        requests[i] = at_second(i);
    struct replay_result result = replay_list(&arena, &input, requests, 8, NULL);
    cr_assert(eq(i64, result.pool_requests[0], 2));
    cr_assert(eq(i64, result.pool_requests[1], 6));
    arena_release(&arena);
}

/* --- spot --- */

static struct pool spot_pool(const int32_t *instances, double per_hour, double boot_s) {
    struct pool pool = scheduled(instances, 1, boot_s);
    pool.spot = true;
    pool.interruptions_per_hour = per_hour;
    return pool;
}

/* 100 instances that live 30 minutes on average and boot for 10: over 50 hours each has a renewal
 * every 40 minutes, 7500 losses in all (sd of a renewal count: sqrt(n) x 30/40, about 65). All
 * lives but the last of each are marked, a replacement starts when its instance goes, and the paid
 * time has no hole. */
Test(replay, spot_lives_are_exponential_and_replaced) {
    struct arena arena = {0};
    enum { HOURS = 50, INSTANCES = 100 };
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), INSTANCES, HOURS);
    pool.spot = true;
    pool.interruptions_per_hour = 2;
    pool.boot_s = 600;
    struct replay_input input = input_of(&pool, 1, HOURS);
    struct replay_result result = replay_list(&arena, &input, NULL, 0, NULL);
    cr_assert(lt(dbl, fabs((double)result.interruptions - 7500), 6 * 65));
    int64_t seconds = 0, interrupted = 0;
    for (int i = 0; i < result.ledger.n_rows; i++) {
        const struct usage_row *row = &result.ledger.rows[i];
        cr_assert(row->spot);
        seconds += row->to_s - row->from_s;
        interrupted += row->interrupted;
    }
    cr_assert(eq(i64, interrupted, result.interruptions));
    cr_assert(eq(int, result.ledger.n_rows, (int)interrupted + INSTANCES));
    /* floor and ceil add less than 2 s a life */
    int64_t paid = (int64_t)INSTANCES * HOURS * 3600;
    cr_assert(ge(i64, seconds, paid));
    cr_assert(lt(i64, seconds, paid + 2 * result.ledger.n_rows));
    arena_release(&arena);
}

/* Work that loses its instance starts again, with its clock running, and everything is served. */
Test(replay, spot_losses_restart_the_work) {
    struct arena arena = {0};
    int32_t instances[] = {3, 3, 3, 3};
    struct pool pool = spot_pool(instances, 6, 30);
    pool.service.queue.mean_s = 60;
    struct replay_input input = input_of(&pool, 1, 4);
    enum { N = 200 };
    struct request requests[N];
    struct outcome outcomes[N];
    for (int i = 0; i < N; i++)
        requests[i] = at_second(50 * i);
    struct replay_result result = replay_list(&arena, &input, requests, N, outcomes);
    cr_assert(gt(i64, result.interruptions, 30));
    cr_assert(gt(i64, result.restarted, 10));
    cr_assert(eq(i64, result.finished, N));
    for (int i = 0; i < N; i++)
        cr_assert(ge(i64, outcomes[i].finish, (50 * i + 60) * SECOND));
    arena_release(&arena);
}

/* The lives are keyed: other traffic on the same fleet sees the same losses. */
Test(replay, spot_lives_do_not_depend_on_traffic) {
    struct arena arena = {0};
    int32_t instances[] = {3, 3, 3, 3};
    struct pool pool = spot_pool(instances, 6, 30);
    struct replay_input input = input_of(&pool, 1, 4);
    struct request request = at_second(5);
    struct replay_result a = replay_list(&arena, &input, NULL, 0, NULL);
    struct replay_result b = replay_list(&arena, &input, &request, 1, NULL);
    cr_assert(eq(i64, a.interruptions, b.interruptions));
    cr_assert(gt(i64, a.interruptions, 0));
    input.seed = 2;
    struct replay_result c = replay_list(&arena, &input, NULL, 0, NULL);
    bool same = a.ledger.n_rows == c.ledger.n_rows;
    for (int i = 0; same && i < a.ledger.n_rows; i++)
        same = a.ledger.rows[i].to_s == c.ledger.rows[i].to_s;
    cr_assert(not(same), "another seed must give other lives");
    arena_release(&arena);
}

/* --- overflow --- */

static const struct service instant_api = {
    .kind = SERVICE_TOKEN_API, .token_api = {.tokens_ratio = 1, .ttft_s = 0.1, .tpot_s = 0}};

/* Share 0.3 of 20000 requests: 6000, sd 65. The same requests overflow whatever the fleet is. */
Test(replay, overflow_takes_its_share_by_request) {
    struct arena arena = {0};
    enum { N = 20000 };
    static struct request requests[N];
    static struct outcome outcomes[2][N];
    double share[] = {0.3, 0.3};
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){i * 100000000LL, 10, 5};
    for (int fleet = 0; fleet < 2; fleet++) {
        struct pool pools[] = {
            steady_pool(&arena, queue_of(1000, SERVICE_DETERMINISTIC, 2), fleet + 1, 2),
            {.name = "api", .service = instant_api, .overflow_share = share},
        };
        struct replay_input input = input_of(pools, 2, 2);
        struct replay_result result = replay_list(&arena, &input, requests, N, outcomes[fleet]);
        cr_assert(lt(dbl, fabs((double)result.pool_requests[1] - 6000), 6 * 65));
        cr_assert(eq(i64, result.pool_requests[0] + result.pool_requests[1], N));
    }
    for (int i = 0; i < N; i++)
        cr_assert(eq(i64, outcomes[0][i].finish, outcomes[1][i].finish));
    arena_release(&arena);
}

/* Shares 1 and 0 by hour, and no instances: the second hour's requests are rejected. */
Test(replay, overflow_by_hour_reaches_the_ledger) {
    struct arena arena = {0};
    double share[] = {1, 0};
    struct pool pool = {.name = "api", .service = instant_api, .offer = 9, .overflow_share = share};
    struct replay_input input = input_of(&pool, 1, 2);
    struct request requests[] = {
        {0, 100, 7}, {3599 * NS_PER_SECOND, 50, 3}, {3600 * NS_PER_SECOND, 50, 3}};
    struct outcome outcomes[3];
    struct replay_result result = replay_list(&arena, &input, requests, 3, outcomes);
    cr_assert(outcomes[2].rejected);
    cr_assert(eq(int, result.ledger.n_rows, 2));
    const struct usage_row *rows = result.ledger.rows;
    cr_assert(rows[0].kind == USAGE_INPUT_TOKENS && rows[0].quantity == 150);
    cr_assert(rows[1].kind == USAGE_OUTPUT_TOKENS && rows[1].quantity == 10);
    cr_assert(rows[1].offer == 9 && rows[1].from_s == 0 && rows[1].to_s == 3600);
    arena_release(&arena);
}

Test(replay, no_ledger_unless_asked) {
    struct arena arena = {0};
    int32_t instances[] = {1};
    struct pool pool = scheduled(instances, 1, 0);
    struct replay_input input = input_of(&pool, 1, 1);
    input.record_ledger = false;
    cr_assert(eq(int, replay_list(&arena, &input, NULL, 0, NULL).ledger.n_rows, 0));
    arena_release(&arena);
}

/* --- what is asked must make sense --- */

struct bad_input {
    const char *name;
    void (*spoil)(struct replay_input *input, struct pool *pool);
};

static void half_an_hour(struct replay_input *input, struct pool *pool) {
    (void)pool;
    input->window.to_ns = NS_PER_HOUR / 2;
}
static void two_years(struct replay_input *input, struct pool *pool) {
    (void)pool;
    input->window.to_ns = 730 * 24 * NS_PER_HOUR;
}
static void no_pools(struct replay_input *input, struct pool *pool) {
    (void)pool;
    input->n_pools = 0;
}
static void share_of_nothing(struct replay_input *input, struct pool *pool) {
    (void)pool;
    input->slo.share = 0;
}
static void no_schedule(struct replay_input *input, struct pool *pool) {
    (void)input;
    pool->instances = NULL;
}
static void no_weight(struct replay_input *input, struct pool *pool) {
    (void)input;
    pool->weight = 0;
}
static void no_replicas(struct replay_input *input, struct pool *pool) {
    (void)input;
    pool->replicas_per_instance = 0;
}
static void no_servers(struct replay_input *input, struct pool *pool) {
    (void)input;
    pool->service.queue.servers = 0;
}
static void endless_boot(struct replay_input *input, struct pool *pool) {
    (void)input;
    pool->boot_s = INFINITY;
}
static void function_without_share(struct replay_input *input, struct pool *pool) {
    (void)input;
    pool->service = (struct service){.kind = SERVICE_FUNCTION,
                                     .function = {.memory_mb = 1, .concurrency_max = 1}};
}

static const struct bad_input bad_inputs[] = {
    {"window not whole hours", half_an_hour},
    {"window too long", two_years},
    {"no pools", no_pools},
    {"no share in the SLO", share_of_nothing},
    {"no schedule", no_schedule},
    {"no weight", no_weight},
    {"no replicas", no_replicas},
    {"no servers", no_servers},
    {"endless boot", endless_boot},
    {"function without share", function_without_share},
};

Test(replay, senseless_inputs_are_errors) {
    int32_t instances[] = {1};
    for (size_t i = 0; i < sizeof bad_inputs / sizeof *bad_inputs; i++) {
        struct pool pool = scheduled(instances, 1, 0);
        struct replay_input input = input_of(&pool, 1, 1);
        int n_hours;
        struct err err = {0};
        cr_assert(replay_check(&input, &n_hours, &err));
        bad_inputs[i].spoil(&input, &pool);
        cr_assert(not(replay_check(&input, &n_hours, &err)), "%s", bad_inputs[i].name);
        cr_assert(eq(int, err.kind, ERR_INPUT));
    }
}

/* --- fed by traffic --- */

Test(replay, run_reads_the_traffic) {
    struct arena arena = {0};
    struct request rows[] = {{0, 5, 2}, {2 * NS_PER_SECOND, 6, 3}, {4 * NS_PER_SECOND, 7, 4}};
    struct traffic traffic = {0};
    struct err err = {0};
    cr_assert(traffic_from_rows(&arena, rows, 3, HOURS_PER_WEEK * NS_PER_HOUR, -1, &traffic, &err));
    int32_t instances[HOURS_PER_WEEK];
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        instances[hour] = 1;
    struct pool pool = scheduled(instances, 1, 0);
    struct replay_input input = input_of(&pool, 1, HOURS_PER_WEEK);
    input.traffic = &traffic;
    struct replay_result result;
    cr_assert(replay_run(&arena, &input, &result, &err), "%s", err.what);
    cr_assert(eq(i64, result.arrived, 3));
    cr_assert(eq(i64, result.finished, 3));
    cr_assert(eq(i64, result.input_tokens, 18));
    cr_assert(eq(i64, result.output_tokens, 9));
    cr_assert(epsilon_eq(dbl, quantile_mean(&result.latency_s), 1, 1e-12));
    arena_release(&arena);
}
