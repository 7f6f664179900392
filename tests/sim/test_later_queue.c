/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests that come because of others: the heap against sorting, the order of events at one
 * instant by hand, and closed loops. A run step by step must equal one in jumps by request_hash on
 * closed-loop traffic, where a finish brings an arrival before the known next one; think times of
 * nothing, of a step and long ones are mixed. A closed loop of exponential users has a closed form
 * (the machine-repairman queue), which a mutant with longer thinking must miss. */
#include <math.h>
#include <stdlib.h>

#include "tests/sim/replay_help.h"

#define SECOND TICKS_PER_SECOND

/* --- the heap --- */

Test(later_queue, comes_in_order_of_time_then_id) {
    struct arena arena = {0};
    struct later_queue queue = later_queue_open(&arena, 1000);
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    struct request request = {.input_tokens = 5, .output_tokens = 7, .row = -1};
    enum { N = 2000 };
    int64_t pushed = 0;
    for (int64_t i = 0; i < N; i++) {
        sim_ticks time = (sim_ticks)rng_below(&rng, 1100);
        int64_t id = LATER_ID_FIRST + (i * 7919) % N;
        bool comes = later_queue_push(&queue, time, id, &request, 3);
        cr_assert(eq(int, comes, time < 1000));
        pushed += comes;
    }
    struct work last = {.id = -1, .since = -1};
    for (int64_t i = 0; i < pushed; i++) {
        cr_assert(eq(i64, queue.first, queue.heap[0].since));
        struct work work = later_queue_pop(&queue);
        cr_assert(work.since > last.since || (work.since == last.since && work.id > last.id));
        cr_assert(eq(i64, work.arrival, work.since));
        cr_assert(eq(int, work.priority, 3));
        last = work;
    }
    cr_assert(eq(u32, queue.n, 0));
    cr_assert(eq(i64, queue.first, LATER_NONE));
    arena_release(&arena);
}

Test(later_queue, nothing_comes_before_now, .exit_code = 70) {
    struct arena arena = {0};
    struct later_queue queue = later_queue_open(&arena, 1000);
    queue.now = 10;
    later_queue_push(&queue, 9, LATER_ID_FIRST, &(struct request){.row = -1}, 0);
}

/* --- closed loops --- */

/* Each request of the traffic is a user's first; a user's n-th has the id user + n x 2^32. */
struct users {
    struct listed_arrivals first;
    double think_s; /* mean of an exponential; 0: a mixture of nothing, 1 s steps and 20 s */
    int turns_max;
    sim_ticks *finishes; /* [n] of each user's last; NULL: not wanted */
    int64_t ended, refused;
};

static bool users_next(void *context, struct request *out) {
    struct users *users = context;
    return listed_next(&users->first, out);
}

static sim_ticks think(const struct users *users, int64_t id) {
    double u = rng_unit(rng_keyed(1, 0, RNG_TEST, (uint64_t)id));
    if (users->think_s > 0)
        return ticks_from_seconds(-users->think_s * rng_log(u));
    return u < 0.3 ? 0 : u < 0.6 ? SECOND : (sim_ticks)(u * 20 * (double)SECOND);
}

static void users_ended(void *context, struct later_queue *later, const struct work *work,
                        enum request_end end, sim_ticks when) {
    struct users *users = context;
    int64_t user = work->id & 0xffffffff;
    users->ended++;
    users->refused += end == REQUEST_REJECTED;
    if (users->finishes)
        users->finishes[user] = when;
    int64_t turn = work->id >= LATER_ID_FIRST ? (work->id - LATER_ID_FIRST) >> 32 : 0;
    if (turn + 1 >= users->turns_max)
        return;
    int64_t id = LATER_ID_FIRST + ((turn + 1) << 32) + user;
    struct request next = {
        .input_tokens = 1 + (int32_t)(rng_keyed(2, 0, RNG_TEST, (uint64_t)id) % 900),
        .output_tokens = 1 + (int32_t)(rng_keyed(3, 0, RNG_TEST, (uint64_t)id) % 60),
        .row = -1,
    };
    later_queue_push(later, when + think(users, id), id, &next, 0);
}

static struct replay_result run_users(struct arena *arena, const struct replay_input *input,
                                      struct users *users) {
    struct arrivals arrivals = {users_next, users, users_ended};
    struct replay_result result;
    struct err err = {0};
    users->ended = users->refused = users->first.at = 0;
    cr_assert(replay_engine_run(arena, input, arrivals, (struct replay_probe){0}, &result, &err),
              "%s", err.what);
    cr_assert(eq(i64, users->ended, result.finished + result.rejected));
    return result;
}

static struct request *spread(struct arena *arena, int64_t n, int64_t gap_ns) {
    struct request *requests = arena_new(arena, struct request, n);
    for (int64_t i = 0; i < n; i++)
        requests[i] = (struct request){i * gap_ns, 200 + (int32_t)(i % 7) * 100, 40, .row = -1};
    return requests;
}

/* One server of 10 s. The user's first comes at 0 and ends at 10; the next comes at once, in front
 * of the request of 10 s in the queue? No: of two of one instant the traffic's goes first. So: 0-10
 * user 0, 10-20 user 1, 20-30 user 0 again. */
Test(later_queue, traffic_goes_first_at_one_instant) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[] = {{0, 1, 1, .row = -1}, {10 * NS_PER_SECOND, 1, 1, .row = -1}};
    sim_ticks finishes[2];
    struct users users = {{requests, 2, 0}, 1e-12, 2, finishes};
    struct replay_result result = run_users(&arena, &input, &users);
    cr_assert(eq(i64, result.arrived, 4));
    cr_assert(eq(i64, finishes[0], 30 * SECOND));
    cr_assert(eq(i64, finishes[1], 40 * SECOND));
    arena_release(&arena);
}

/* What would come after the window does not: 3000 s, 1 h 1 s. */
Test(later_queue, nothing_comes_after_the_window) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1201), 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct request request = {0, 1, 1, .row = -1};
    struct users users = {{&request, 1, 0}, 1e-12, 100};
    struct replay_result result = run_users(&arena, &input, &users);
    cr_assert(eq(i64, result.arrived, 3));
    cr_assert(eq(i64, result.finished, 3));
    arena_release(&arena);
}

/* Nobody serves: rejections are told too, and each brings the next until the turns are over. */
Test(later_queue, rejections_are_told) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), 0, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct users users = {{spread(&arena, 5, NS_PER_SECOND), 5, 0}, 1, 4};
    struct replay_result result = run_users(&arena, &input, &users);
    cr_assert(eq(i64, result.rejected, 20));
    cr_assert(eq(i64, users.refused, 20));
    arena_release(&arena);
}

/* --- steps and jumps --- */

struct loop_case {
    const char *name;
    int kind, replicas, users, turns;
};

static const struct loop_case loops[] = {
    {"one llm replica, one user", 0, 1, 1, 200},
    {"one llm replica", 0, 1, 40, 60},
    {"three llm replicas", 0, 3, 150, 40},
    {"one llm replica short of memory", 1, 1, 60, 40},
    {"three of them", 1, 3, 120, 30},
    {"batches", 2, 2, 60, 60},
    {"two split replicas", 3, 2, 80, 30},
    {"uneven steps", 4, 1, 40, 60},
    {"uneven steps, three replicas", 4, 3, 150, 40},
};

/* Steps of a quarter of a second, so that ends of steps, arrivals and ends of thinking often fall
 * on one instant; or, as in life, of uneven length. */
static struct service loop_service(int kind) {
    struct service llm = {.kind = SERVICE_LLM,
                          .llm = {.time = {.layers = 1, .t0 = 250000},
                                  .tokens_per_step_max = 512,
                                  .sequences_max = 64,
                                  .block_tokens = 16,
                                  .kv_blocks = kind == 1 ? 200 : 4000,
                                  .context_max = 4096}};
    if (kind == 4)
        llm.llm.time = (struct iteration_time){.layers = 32,
                                               .a0 = 484.3,
                                               .a1 = 0.947,
                                               .b0 = 152.3,
                                               .d1 = 0.2,
                                               .d2 = 0.0044,
                                               .p1 = 0.03};
    if (kind == 2)
        return (struct service){
            .kind = SERVICE_BATCHED,
            .batched = {.batch_max = 8, .wait_max_s = 0.5, .base_s = 0.5, .item_s = 0.25}};
    if (kind == 3)
        return (struct service){.kind = SERVICE_SPLIT,
                                .split = {.prefill_engine = llm.llm,
                                          .decode_engine = llm.llm,
                                          .prefill = 1,
                                          .decode = 2,
                                          .link_bytes_per_s = 1e9,
                                          .cache_bytes_per_token = 1e5}};
    return llm;
}

Test(later_queue, steps_equal_jumps_on_closed_loops) {
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        struct arena arena = {0};
        struct pool pool = steady_pool(&arena, loop_service(loops[i].kind), loops[i].replicas, 2);
        struct replay_input input = input_of(&pool, 1, 2);
        struct users users = {
            {spread(&arena, loops[i].users, 3 * NS_PER_SECOND), loops[i].users, 0},
            .turns_max = loops[i].turns};
        struct replay_result jumps = run_users(&arena, &input, &users);
        input.step_by_step = true;
        struct replay_result steps = run_users(&arena, &input, &users);
        cr_assert(gt(i64, jumps.finished, loops[i].users * (int64_t)loops[i].turns / 2), "%s",
                  loops[i].name);
        cr_assert(jumps.request_hash == steps.request_hash, "%s", loops[i].name);
        if (loops[i].kind != 2 && loops[i].users == 1)
            cr_assert(lt(i64, jumps.steps, steps.steps / 2), "%s", loops[i].name);
        arena_release(&arena);
    }
}

/* --- the machine-repairman queue --- */

/* N users think for Z on average and are served one at a time in S: throughput X = (1 - p0) / S,
 * with p0 = 1 / sum over k of N! / (N - k)! (S / Z)^k, whatever the think time's distribution with
 * exponential service. */
static double repairman_throughput(int users, double think_s, double service_s) {
    double term = 1, sum = 1;
    for (int k = 1; k <= users; k++) {
        term *= (users - k + 1) * service_s / think_s;
        sum += term;
    }
    return (1 - 1 / sum) / service_s;
}

static double simulated_throughput(double think_s) {
    enum { USERS = 12, HOURS = 200 };
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_EXPONENTIAL, 1), 1, HOURS);
    struct replay_input input = input_of(&pool, 1, HOURS);
    struct users users = {
        {spread(&arena, USERS, NS_PER_SECOND), USERS, 0}, .think_s = think_s, .turns_max = 1 << 19};
    struct replay_result result = run_users(&arena, &input, &users);
    arena_release(&arena);
    return (double)result.finished / (HOURS * 3600.0);
}

/* X is about 0.9 a second, so 650 000 finishes; their count varies less than Poisson's, 0.12 %. */
Test(later_queue, machine_repairman) {
    double theory = repairman_throughput(12, 12, 1);
    cr_assert(epsilon_eq(dbl, simulated_throughput(12), theory, 0.005 * theory));
    cr_assert(gt(dbl, fabs(simulated_throughput(12.5) - theory), 0.005 * theory));
}
