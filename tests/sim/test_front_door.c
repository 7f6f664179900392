/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front door: limits, overflow, tenants, timeouts, clients that give up, retries and the cache
 * by hand on queues of constant service; then random llm fleets with spot losses, drains and every
 * rule at once, where a run step by step must equal one in jumps by request_hash and all requests
 * are accounted for (the engine ENSUREs it), and cancelled requests leave their KV cache: a
 * replica whose clients have all gone serves the next ones as a new one does. Calls of functions
 * and token APIs are timed out by hand, with what is paid of them. */
#include <math.h>
#include <string.h>

#include "tests/sim/replay_help.h"

#define SECOND TICKS_PER_SECOND

enum { N_LISTED = 8 };

struct listed {
    struct replay_result result;
    struct outcome outcomes[N_LISTED];
};

/* `n` requests a second apart to one server of 10 s. */
static struct listed run_listed(struct arena *arena, const struct front_door *door, int n) {
    struct pool pools[] = {steady_pool(arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1), {0}};
    static const double no_share[] = {0};
    pools[1] = (struct pool){
        .name = "api",
        .service = {.kind = SERVICE_TOKEN_API, .token_api = {.tokens_ratio = 1, .ttft_s = 0.5}},
        .overflow_share = no_share};
    struct replay_input input = input_of(pools, 2, 1);
    struct request requests[N_LISTED];
    struct listed listed;
    input.front = *door;
    for (int i = 0; i < n; i++)
        requests[i] = (struct request){i * NS_PER_SECOND, 1, 1, .row = -1};
    listed.result = replay_list(arena, &input, requests, n, listed.outcomes);
    return listed;
}

static bool finishes_at(const struct outcome *outcome, double second) {
    return outcome->finish == ticks_from_seconds(second);
}

/* Two inside at most: the third to the sixth are refused. */
Test(front_door, limit_refuses) {
    struct arena arena = {0};
    struct front_door door = {.outstanding_max = {2}};
    struct listed run = run_listed(&arena, &door, 6);
    cr_assert(eq(i64, run.result.rejected, 4));
    cr_assert(eq(i64, run.result.front.refused, 4));
    cr_assert(eq(i64, run.result.front.attempts, 6));
    cr_assert(finishes_at(&run.outcomes[1], 20));
    arena_release(&arena);
}

/* The second waits until it has been there for 5 s; the first is served, so a queue timeout leaves
 * it. A timeout of 5 s ends both, and the server is free for the third at 5 s. */
Test(front_door, timeouts_take_back) {
    struct arena arena = {0};
    struct front_door queued = {.queue_timeout_s = 5}, whole = {.timeout_s = 5};
    struct listed run = run_listed(&arena, &queued, 2);
    cr_assert(finishes_at(&run.outcomes[0], 10));
    cr_assert(eq(i64, run.result.front.timed_out, 1));
    whole.outstanding_max[0] = 1;
    run = run_listed(&arena, &whole, 7);
    cr_assert(
        eq(i64, run.result.front.timed_out, 2)); /* of 0 s and of 5 s, which then found room */
    cr_assert(eq(i64, run.result.rejected, 5));
    cr_assert(eq(i64, run.result.finished, 0));
    arena_release(&arena);
}

/* Refused at 1 s, again at 3 s (backoff 2 s) and at 7 s (4 s): the fourth attempt, at 15 s, is
 * served. With three attempts it is out at 7 s. */
Test(front_door, retries_back_off) {
    struct arena arena = {0};
    struct front_door door = {
        .outstanding_max = {1}, .attempts = 4, .backoff_s = 2, .backoff_max_s = 100};
    struct listed run = run_listed(&arena, &door, 2);
    cr_assert(finishes_at(&run.outcomes[1], 25));
    cr_assert(eq(i64, run.result.front.attempts, 5));
    door.attempts = 3;
    run = run_listed(&arena, &door, 2);
    cr_assert(eq(i64, run.result.rejected, 1));
    cr_assert(run.outcomes[1].rejected);
    /* At most 2.5 s: 1, 3, 5.5, 8, 10.5. */
    door.attempts = 10;
    door.backoff_max_s = 2.5;
    run = run_listed(&arena, &door, 2);
    cr_assert(finishes_at(&run.outcomes[1], 20.5));
    arena_release(&arena);
}

/* Of three, the first is at the server; one more inside is the limit of the overflow. */
Test(front_door, overflow_goes_to_the_pool) {
    struct arena arena = {0};
    struct front_door door = {.overflow_outstanding = 2, .overflow_pool = 1};
    struct listed run = run_listed(&arena, &door, 4);
    cr_assert(eq(i64, run.result.front.overflowed, 2));
    cr_assert(eq(i64, run.result.pool_requests[1], 2));
    cr_assert(finishes_at(&run.outcomes[2], 2.5));
    cr_assert(eq(i64, run.result.finished, 4));
    arena_release(&arena);
}

/* A bucket of one that fills in 3 s: requests at 0, 3 and 6 s pass. */
Test(front_door, tenants_have_their_rate) {
    struct arena arena = {0};
    struct front_door door = {.n_tenants = 1, .tenants = {{1, 1.0 / 3, 1}}};
    struct listed run = run_listed(&arena, &door, 8);
    cr_assert(eq(i64, run.result.rejected, 5));
    for (int i = 0; i < 8; i++)
        cr_assert(eq(int, run.outcomes[i].rejected, i % 3 != 0));
    arena_release(&arena);
}

Test(front_door, tenants_are_counted_one_by_one) {
    struct arena arena = {0};
    struct front_door door = {.n_tenants = 2, .tenants = {{1, 1.0 / 3, 1}, {0, 1, 1}}};
    struct listed run = run_listed(&arena, &door, 8);
    const struct tenant_counts *all = &run.result.front.tenants[0];
    cr_assert(eq(i64, all->arrived, 8));
    cr_assert(eq(i64, all->attempts, 8));
    cr_assert(eq(i64, all->refused, 5));
    cr_assert(eq(i64, all->finished, 3));
    cr_assert(eq(i64, all->good, run.result.good));
    cr_assert(eq(i64, run.result.front.tenants[1].arrived, 0));
    arena_release(&arena);
}

/* --- calls of functions and token APIs --- */

static const double always[] = {1};

/* `requests` to one pool by use. */
static struct listed run_calls(struct arena *arena, const struct front_door *door,
                               struct service service, const struct request *requests, int n) {
    struct pool pool = {.name = "calls", .service = service, .overflow_share = always};
    struct replay_input input = input_of(&pool, 1, 1);
    struct listed listed;
    input.front = *door;
    listed.result = replay_list(arena, &input, requests, n, listed.outcomes);
    return listed;
}

static int64_t used(const struct replay_result *result, enum usage_kind kind) {
    int64_t sum = 0;
    for (int i = 0; i < result->ledger.n_rows; i++)
        if (result->ledger.rows[i].kind == kind)
            sum += result->ledger.rows[i].quantity;
    return sum;
}

static const struct service api = {.kind = SERVICE_TOKEN_API,
                                   .token_api = {.tokens_ratio = 1, .ttft_s = 0.5, .tpot_s = 0.1}};

/* 11 tokens: the first at 0.5 s, the last at 1.5 s. Taken back after 1 s, when six are made, and
 * again of the second attempt, from 2 s to 3 s: 12 tokens out and twice the 100 in are paid. With
 * 2 s it finishes. */
Test(front_door, calls_time_out) {
    struct arena arena = {0};
    const struct request request = {0, 100, 11, .row = -1};
    struct front_door door = {.timeout_s = 1, .attempts = 2, .backoff_s = 1, .backoff_max_s = 1};
    struct listed run = run_calls(&arena, &door, api, &request, 1);
    cr_assert(eq(i64, run.result.front.attempts, 2));
    cr_assert(eq(i64, run.result.front.taken_back, 2));
    cr_assert(eq(i64, run.result.front.timed_out, 1));
    cr_assert(eq(i64, run.result.finished, 0));
    cr_assert(eq(i64, used(&run.result, USAGE_OUTPUT_TOKENS), 12));
    cr_assert(eq(i64, used(&run.result, USAGE_INPUT_TOKENS), 200));
    door.timeout_s = 2;
    run = run_calls(&arena, &door, api, &request, 1);
    cr_assert(finishes_at(&run.outcomes[0], 1.5));
    cr_assert(eq(i64, used(&run.result, USAGE_OUTPUT_TOKENS), 11));
    arena_release(&arena);
}

/* A cold start of 1 s, a call of 0.2 s. Nothing is served within 0.5 s, so the first attempt is
 * taken back; the copy starts on, is paid for 1.2 s and is there for the second attempt at 1.5 s.
 * A total of 0.5 s besides changes nothing for that. */
Test(front_door, a_cold_start_is_a_wait) {
    struct arena arena = {0};
    const struct request request = {0, 1, 1, .row = -1};
    const struct service function = {.kind = SERVICE_FUNCTION,
                                     .function = {.memory_mb = 1024,
                                                  .base_s = 0.2,
                                                  .cold_start = delay_fixed(1),
                                                  .keep_alive = delay_fixed(10),
                                                  .concurrency_max = 2}};
    struct front_door door = {
        .queue_timeout_s = 0.5, .attempts = 2, .backoff_s = 1, .backoff_max_s = 1};
    for (int total = 0; total < 2; total++) {
        door.timeout_s = total ? 0.6 : 0;
        struct listed run = run_calls(&arena, &door, function, &request, 1);
        cr_assert(finishes_at(&run.outcomes[0], 1.7));
        cr_assert(eq(i64, run.result.front.taken_back, 1));
        cr_assert(eq(i64, used(&run.result, USAGE_FUNCTION_MB_MS), 1024 * 1400));
        cr_assert(eq(i64, used(&run.result, USAGE_FUNCTION_REQUESTS), 2));
    }
    door.queue_timeout_s = 1; /* it begins at that very instant */
    door.timeout_s = 0;
    struct listed run = run_calls(&arena, &door, function, &request, 1);
    cr_assert(finishes_at(&run.outcomes[0], 1.2));
    arena_release(&arena);
}

/* One batch a minute: the second would begin after two, and its client waits for 90 s. It is not
 * paid. */
Test(front_door, batches_that_have_not_begun_are_not_paid) {
    struct arena arena = {0};
    struct service batches = api;
    batches.token_api.requests_per_minute = 1;
    batches.token_api.batch_deadline_s = 3600;
    const struct request requests[] = {{0, 100, 11, .row = -1}, {0, 100, 11, .row = -1}};
    struct front_door door = {.queue_timeout_s = 90};
    struct listed run = run_calls(&arena, &door, batches, requests, 2);
    cr_assert(finishes_at(&run.outcomes[0], 61.5));
    cr_assert(eq(i64, run.result.front.timed_out, 1));
    cr_assert(eq(i64, used(&run.result, USAGE_INPUT_TOKENS), 100));
    cr_assert(eq(i64, used(&run.result, USAGE_OUTPUT_TOKENS), 11));
    arena_release(&arena);
}

/* Clients of 2 s patience on average whose calls take 1.5 s: e^(-0.75) of them stay, and all are
 * accounted for. The mutant: patience of 4 s. */
Test(front_door, callers_give_up) {
    struct arena arena = {0};
    enum { N = 2000 };
    struct request *requests = arena_new(&arena, struct request, N);
    struct outcome *outcomes = arena_new(&arena, struct outcome, N);
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){i * NS_PER_SECOND, 100, 11, .row = -1};
    struct pool pool = {.name = "calls", .service = api, .overflow_share = always};
    struct replay_input input = input_of(&pool, 1, 1);
    input.front = (struct front_door){.impatient_share = 1, .patience_s = 2};
    struct replay_result result = replay_list(&arena, &input, requests, N, outcomes);
    cr_assert(eq(i64, result.finished + result.front.cancelled, N));
    double stay = exp(-0.75), deviation = sqrt(N * stay * (1 - stay));
    cr_assert(lt(dbl, fabs((double)result.finished - N * stay), 4 * deviation));
    cr_assert(gt(dbl, fabs((double)result.finished - N * exp(-0.375)), 4 * deviation));
    arena_release(&arena);
}

Test(front_door, cached_answers_come_at_once) {
    struct arena arena = {0};
    struct front_door door = {.cache_share = 1, .cache_s = 0.02};
    struct listed run = run_listed(&arena, &door, 3);
    cr_assert(eq(i64, run.result.front.cached, 3));
    cr_assert(eq(i64, run.result.front.attempts, 0));
    cr_assert(finishes_at(&run.outcomes[2], 2.02));
    arena_release(&arena);
}

/* All give up within about a microsecond; nobody is served, nobody is lost. */
Test(front_door, clients_give_up) {
    struct arena arena = {0};
    struct front_door door = {.impatient_share = 1, .patience_s = 1e-6};
    struct listed run = run_listed(&arena, &door, 8);
    cr_assert(eq(i64, run.result.front.cancelled, 8));
    arena_release(&arena);
}

/* An urgent request finds room that the others do not. Shares of priorities are keyed, so count. */
Test(front_door, limits_by_priority) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 2);
    struct traffic traffic = {.n_priorities = 2, .priority_share = {0.5, 0.5}};
    struct replay_input input = input_of(&pool, 1, 2);
    enum { N = 1000 };
    struct request requests[N];
    struct outcome outcomes[N];
    input.traffic = &traffic;
    input.front.outstanding_max[1] = 1;
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){i * NS_PER_SECOND, 1, 1, .row = -1};
    struct replay_result result = replay_list(&arena, &input, requests, N, outcomes);
    cr_assert(lt(i64, result.rejected, 540));
    cr_assert(gt(i64, result.rejected, 440));
    input.front.outstanding_max[0] = 1;
    cr_assert(eq(i64, replay_list(&arena, &input, requests, N, outcomes).rejected, 900));
    arena_release(&arena);
}

/* --- nonsense --- */

static const struct {
    const char *word;
    struct front_door door;
} nonsense[] = {
    {"add up", {.n_tenants = 1, .tenants = {{0.5, 1, 1}}}},
    {"tenants must be", {.n_tenants = TENANTS_MAX + 1}},
    {"burst", {.n_tenants = 1, .tenants = {{1, 1, 0.5}}}},
    {"limits", {.outstanding_max = {-1}}},
    {"limits", {.overflow_outstanding = NAN}},
    {"a function or a token API", {.overflow_outstanding = 1, .overflow_pool = 0}},
    {"a function or a token API", {.overflow_outstanding = 1, .overflow_pool = 7}},
    {"shares", {.cache_share = 1.5}},
    {"shares", {.jitter = -0.5}},
    {"times", {.timeout_s = -1}},
    {"patience", {.impatient_share = 0.5}},
    {"attempts", {.attempts = ATTEMPTS_MAX + 1}},
    {"backoff", {.attempts = 2}},
    {"backoff", {.attempts = 2, .backoff_s = 2, .backoff_max_s = 1}},
};

Test(front_door, nonsense_is_an_error) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1);
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        struct replay_input input = input_of(&pool, 1, 1);
        struct err err = {0};
        int n_hours;
        input.front = nonsense[i].door;
        cr_assert(not(replay_check(&input, &n_hours, &err)), "%zu", i);
        cr_assert(strstr(err.what, nonsense[i].word) != NULL, "%zu: %s", i, err.what);
    }
    arena_release(&arena);
}

/* --- random fleets --- */

enum { N_HOURS = 2, N_REQUESTS = 400, N_FLEETS = 120 };

struct fleet_case {
    int32_t instances[2][N_HOURS];
    double share[N_HOURS];
    struct pool pools[3];
    struct request requests[N_REQUESTS];
    struct traffic traffic;
    struct replay_input input;
};

static double uniform(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

/* Even seeds have steps on a grid, so that clocks, ends of steps and arrivals meet. */
static struct service random_service(struct rng *rng, bool round) {
    struct llm_service llm = {.tokens_per_step_max = 64 + (int)rng_below(rng, 400),
                              .sequences_max = 1 + (int)rng_below(rng, 12),
                              .block_tokens = 16,
                              .kv_blocks = 80 + (int64_t)rng_below(rng, 100),
                              .context_max = 1200,
                              .admission = rng_below(rng, 2) ? ADMISSION_PRIORITY : ADMISSION_FCFS,
                              .reserve_first_chunk = rng_below(rng, 2) == 0,
                              .prefix_caching = rng_below(rng, 2) == 0};
    llm.time = (struct iteration_time){.layers = 1, .t0 = 50000};
    if (!round)
        llm.time = (struct iteration_time){
            .layers = 8, .a0 = 2000, .a1 = 9, .b0 = 1500, .d1 = 20, .d2 = 0.4, .p1 = 3, .m5 = 0.4};
    if (rng_below(rng, 4) == 0)
        llm.lora = (struct lora_service){3, 2, 0.05, 1};
    if (rng_below(rng, 4) > 0)
        return (struct service){.kind = SERVICE_LLM, .llm = llm};
    struct split_service split = {.prefill_engine = llm,
                                  .decode_engine = llm,
                                  .prefill = 1,
                                  .decode = 1 + (int)rng_below(rng, 2),
                                  .link_s = 0.05,
                                  .link_bytes_per_s = 1e6,
                                  .cache_bytes_per_token = 1000};
    split.decode_engine.prefix_caching = false;
    return (struct service){.kind = SERVICE_SPLIT, .split = split};
}

static struct front_door random_door(struct rng *rng) {
    struct front_door door = {.cache_share = rng_below(rng, 3) == 0 ? 0.2 : 0, .cache_s = 0.05};
    if (rng_below(rng, 3) == 0) {
        door.n_tenants = 2;
        door.tenants[0] = (struct tenant){0.7, uniform(rng, 0.1, 2), 3};
        door.tenants[1] = (struct tenant){0.3, uniform(rng, 0.1, 2), 1};
    }
    if (rng_below(rng, 3) == 0) {
        door.overflow_outstanding = uniform(rng, 2, 30);
        door.overflow_pool = 2;
    }
    for (int i = 0; i < PRIORITIES_MAX && rng_below(rng, 2); i++)
        door.outstanding_max[i] = uniform(rng, 1, 40);
    door.queue_timeout_s = rng_below(rng, 2) ? 0.5 * (double)(1 + rng_below(rng, 20)) : 0;
    door.timeout_s = rng_below(rng, 2) ? 0.5 * (double)(1 + rng_below(rng, 20)) : 0;
    door.impatient_share = rng_below(rng, 2) ? 0.4 : 0;
    door.patience_s = 5;
    door.attempts = (int)rng_below(rng, 5);
    door.backoff_s = 0.5;
    door.backoff_max_s = 4;
    door.jitter = rng_below(rng, 2) ? 0 : 0.5;
    return door;
}

static void random_case(uint64_t seed, struct fleet_case *fleet) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 99);
    bool round = seed % 2 == 0;
    int64_t now = 0, grid = 50000000;
    *fleet = (struct fleet_case){.traffic = {.n_priorities = 2, .priority_share = {0.4, 0.6}}};
    for (int p = 0; p < 2; p++) {
        for (int hour = 0; hour < N_HOURS; hour++)
            fleet->instances[p][hour] = (int32_t)rng_below(&rng, 3);
        fleet->pools[p] = (struct pool){
            .name = "llm",
            .service = random_service(&rng, round),
            .spot = rng_below(&rng, 2) == 0,
            .interruptions_per_hour = 20,
            .replicas_per_instance = 1 + (int)rng_below(&rng, 2),
            .weight = 1,
            .boot_s = 30,
            .notice_s = rng_below(&rng, 2) ? 20 : 0,
            .on_notice = (enum notice_action)rng_below(&rng, 3),
            .migration = {.link_s = 2, .bytes_per_s = 1e6, .cache_bytes_per_token = 1000},
            .instances = fleet->instances[p]};
    }
    for (int p = 0; p < 2; p++)
        if (fleet->pools[!p].service.kind != SERVICE_LLM &&
            fleet->pools[p].on_notice == NOTICE_MIGRATE)
            fleet->pools[p].on_notice = NOTICE_RESTART;
    fleet->pools[2] = (struct pool){
        .name = "api",
        .service = {.kind = SERVICE_TOKEN_API,
                    .token_api = {.tokens_ratio = 1, .ttft_s = 0.3, .requests_per_minute = 30}},
        .overflow_share = fleet->share};
    for (int i = 0; i < N_REQUESTS; i++) {
        now += (int64_t)(rng_exponential(&rng, rng_below(&rng, 40) ? 0.4 : 500) * NS_PER_SECOND);
        if (now >= N_HOURS * NS_PER_HOUR)
            now = N_HOURS * NS_PER_HOUR - 1;
        fleet->requests[i] =
            (struct request){round ? now / grid * grid : now, 1 + (int32_t)rng_below(&rng, 500),
                             (int32_t)rng_below(&rng, 150), .row = -1};
    }
    fleet->input = input_of(fleet->pools, 3, N_HOURS);
    fleet->input.traffic = &fleet->traffic;
    fleet->input.router = (enum router_policy)(seed / 2 % ROUTER_POLICIES);
    fleet->input.seed = seed;
    fleet->input.front = random_door(&rng);
}

Test(front_door, steps_equal_jumps_on_random_fleets) {
    struct front_door_counts all = {0};
    for (uint64_t seed = 0; seed < N_FLEETS; seed++) {
        struct arena arena = {0};
        struct fleet_case *fleet = arena_new(&arena, struct fleet_case, 1);
        random_case(seed, fleet);
        struct replay_result jumps =
            replay_list(&arena, &fleet->input, fleet->requests, N_REQUESTS, NULL);
        fleet->input.step_by_step = true;
        struct replay_result steps =
            replay_list(&arena, &fleet->input, fleet->requests, N_REQUESTS, NULL);
        cr_assert(jumps.request_hash == steps.request_hash, "seed %lu", (unsigned long)seed);
        cr_assert(memcmp(&jumps.front, &steps.front, sizeof jumps.front) == 0, "seed %lu",
                  (unsigned long)seed);
        all.timed_out += jumps.front.timed_out;
        all.cancelled += jumps.front.cancelled;
        all.taken_back += jumps.front.taken_back;
        all.overflowed += jumps.front.overflowed;
        all.refused += jumps.front.refused;
        arena_release(&arena);
    }
    cr_assert(gt(i64, all.timed_out, 1000));
    cr_assert(gt(i64, all.cancelled, 1000));
    cr_assert(gt(i64, all.taken_back, all.timed_out));
    cr_assert(gt(i64, all.overflowed, 100));
    cr_assert(gt(i64, all.refused, 100));
}

/* --- memory --- */

/* Fill a replica, take every client away, most in the middle of a step, then serve a request that
 * needs nearly all of its KV cache: it takes as long as on a new replica. */
static bool serves_as_new(struct arena *arena, uint64_t seed) {
    enum { N = 40 };
    struct fleet_case *fleet = arena_new(arena, struct fleet_case, 1);
    random_case(seed, fleet);
    struct service service = fleet->pools[0].service;
    struct llm_service *engines[] = {&service.llm, &service.llm};
    if (service.kind == SERVICE_SPLIT) {
        engines[0] = &service.split.prefill_engine;
        engines[1] = &service.split.decode_engine;
    }
    for (int i = 0; i < 2; i++) {
        engines[i]->context_max = 2000;
        engines[i]->lora.adapters = 0;
    }
    struct pool pool = steady_pool(arena, service, 1, N_HOURS);
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    int32_t tokens = (int32_t)engines[1]->kv_blocks * 16;
    struct request requests[N + 1], big = {3600 * NS_PER_SECOND, 100, 2, .row = -1};
    struct outcome outcomes[N + 1], alone;
    big.input_tokens = (tokens < 2000 ? tokens : 2000) - 5;
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){i * 10000000LL, 30 + 10 * i, 600, .row = -1};
    requests[N] = big;
    input.front.timeout_s = 3;
    struct replay_result result = replay_list(arena, &input, requests, N + 1, outcomes);
    input.front.timeout_s = 0;
    replay_list(arena, &input, &big, 1, &alone);
    if (alone.finish < 0 || alone.finish - 3600 * SECOND > 3 * SECOND)
        return false;
    cr_assert(eq(i64, result.front.timed_out, N));
    cr_assert(eq(i64, outcomes[N].finish, alone.finish), "seed %lu", (unsigned long)seed);
    return true;
}

Test(front_door, cancelled_requests_leave_their_cache) {
    int compared = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct arena arena = {0};
        compared += serves_as_new(&arena, seed);
        arena_release(&arena);
    }
    cr_assert(gt(int, compared, 40));
}
