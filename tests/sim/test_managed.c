/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions and token APIs by hand: which instance is reused, when one has expired, who is
 * throttled, what is billed; quotas that fill by the minute. */
#include <math.h>

#include "sim/managed.h"
#include "tests/sim/replay_help.h"

static const double always[] = {1, 1};

/* 0.2 s a call and 1 s for a cold start; idle instances are kept for 10 s; at most 2 at once. */
static struct pool function_of_two(void) {
    return (struct pool){
        .name = "function",
        .service = {.kind = SERVICE_FUNCTION,
                    .function = {.memory_mb = 1024,
                                 .base_s = 0.1,
                                 .token_s = 0.001,
                                 .cold_start = delay_fixed(1),
                                 .keep_alive = delay_fixed(10),
                                 .concurrency_max = 2}},
        .overflow_share = always,
    };
}

static struct request call_at_ms(int64_t ms) {
    return (struct request){ms * 1000000, 100, 1};
}

/* at 0     cold, ends 1200
 *    500   cold, ends 1700: the other instance
 *    600   throttled: two run
 *    1200  warm (free since 1200), ends 1400
 *    1250  throttled
 *    2000  warm, on the newer idle one (since 1700), ends 2200; the older is idle since 1400
 *    11500 warm, on the newer (since 2200); at 11400 the older has expired
 *    11600 cold: nothing idle
 *    30000 cold: both expired */
Test(managed, function_by_hand) {
    struct arena arena = {0};
    struct pool pool = function_of_two();
    struct replay_input input = input_of(&pool, 1, 1);
    const int64_t at[] = {0, 500, 600, 1200, 1250, 2000, 11500, 11600, 30000};
    const int64_t latency[] = {1200, 1200, -1, 200, -1, 200, 200, 1200, 1200};
    struct request requests[9];
    struct outcome outcomes[9];
    for (int i = 0; i < 9; i++)
        requests[i] = call_at_ms(at[i]);
    struct replay_result result = replay_list(&arena, &input, requests, 9, outcomes);
    for (int i = 0; i < 9; i++) {
        sim_ticks want = latency[i] < 0 ? -1 : (at[i] + latency[i]) * 1000 * TICKS_PER_US;
        cr_assert(eq(i64, outcomes[i].finish, want), "call %d", i);
        cr_assert(eq(int, outcomes[i].rejected, latency[i] < 0), "call %d", i);
    }
    cr_assert(eq(int, result.ledger.n_rows, 2));
    cr_assert(result.ledger.rows[0].kind == USAGE_FUNCTION_MB_MS);
    cr_assert(eq(i64, result.ledger.rows[0].quantity, 1024 * (4 * 1200 + 3 * 200)));
    cr_assert(result.ledger.rows[1].kind == USAGE_FUNCTION_REQUESTS);
    cr_assert(eq(i64, result.ledger.rows[1].quantity, 7));
    arena_release(&arena);
}

/* An instance idle for exactly keep_alive is still there; a tick later it is not. */
Test(managed, function_keeps_alive_to_the_tick) {
    struct arena arena = {0};
    struct service service = function_of_two().service;
    for (int late = 0; late < 2; late++) {
        struct managed_setup setup = {.arena = &arena, .service = &service};
        void *pool = function_pool_model.open(&setup);
        struct served served;
        struct work work = {.input_tokens = 100};
        cr_assert(function_pool_model.serve(pool, &work, 0, &served));
        cr_assert(served.cold);
        sim_ticks again = served.finish + 10 * TICKS_PER_SECOND + late;
        cr_assert(function_pool_model.serve(pool, &work, again, &served));
        cr_assert(eq(int, served.cold, late));
    }
    arena_release(&arena);
}

/* 0.2001 s is billed as 201 ms. */
Test(managed, function_bills_whole_milliseconds) {
    struct arena arena = {0};
    struct service service = function_of_two().service;
    service.function.base_s = 0.1001;
    service.function.cold_start = delay_fixed(0);
    struct managed_setup setup = {.arena = &arena, .service = &service};
    void *pool = function_pool_model.open(&setup);
    struct served served;
    struct work work = {.input_tokens = 100};
    cr_assert(function_pool_model.serve(pool, &work, 0, &served));
    cr_assert(eq(i64, served.billed_ms, 201));
    arena_release(&arena);
}

/* One provisioned copy and room for two more, 0.2 s a call, cold start 1 s.
 * at 0     provisioned, ends 200
 *    100   cold on demand, ends 1300
 *    150   cold on demand, ends 1350
 *    160   throttled: three run
 *    200   provisioned again (free since 200), ends 400
 *    1320  provisioned, ends 1520, though an idle copy waits since 1300
 *    1330  warm on demand (since 1300), ends 1530
 * Billed: provisioned 3 x 200 ms; on demand 2 x 1200 + 200 ms; held 1 copy x 1024 MB x 3600 s. */
Test(managed, provisioned_copies_by_hand) {
    struct arena arena = {0};
    struct pool pool = function_of_two();
    pool.service.function.concurrency_max = 3;
    pool.service.function.provisioned = 1;
    struct replay_input input = input_of(&pool, 1, 1);
    const int64_t at[] = {0, 100, 150, 160, 200, 1320, 1330};
    const int64_t latency[] = {200, 1200, 1200, -1, 200, 200, 200};
    struct request requests[7];
    struct outcome outcomes[7];
    for (int i = 0; i < 7; i++)
        requests[i] = call_at_ms(at[i]);
    struct replay_result result = replay_list(&arena, &input, requests, 7, outcomes);
    for (int i = 0; i < 7; i++) {
        sim_ticks want = latency[i] < 0 ? -1 : (at[i] + latency[i]) * 1000 * TICKS_PER_US;
        cr_assert(eq(i64, outcomes[i].finish, want), "call %d", i);
    }
    const struct usage_row *rows = result.ledger.rows;
    cr_assert(eq(int, result.ledger.n_rows, 4));
    cr_assert(rows[0].kind == USAGE_FUNCTION_MB_MS && rows[0].quantity == 1024 * 2600);
    cr_assert(rows[1].kind == USAGE_FUNCTION_REQUESTS && rows[1].quantity == 6);
    cr_assert(rows[2].kind == USAGE_FUNCTION_PROVISIONED_MB_MS && rows[2].quantity == 1024 * 600);
    cr_assert(rows[3].kind == USAGE_FUNCTION_HELD_MB_S && rows[3].quantity == 1024 * 3600);
    arena_release(&arena);
}

/* Copies held in an hour without a call are paid too. */
Test(managed, provisioned_copies_are_held_in_every_hour) {
    struct arena arena = {0};
    struct pool pool = function_of_two();
    pool.service.function.provisioned = 2;
    struct replay_input input = input_of(&pool, 1, 2);
    struct request request = call_at_ms(0);
    struct replay_result result = replay_list(&arena, &input, &request, 1, NULL);
    cr_assert(eq(int, result.ledger.n_rows, 4));
    cr_assert(result.ledger.rows[3].kind == USAGE_FUNCTION_HELD_MB_S);
    cr_assert(eq(i64, result.ledger.rows[3].from_s, 3600));
    cr_assert(eq(i64, result.ledger.rows[3].quantity, 2 * 1024 * 3600));
    arena_release(&arena);
}

/* New copies from a bucket of 2 that gains one a second; nothing is kept, so each call needs one.
 * At 0: two start, the third is throttled; at 0.999 s still none; at 1 s one, then none; at 60 s
 * the bucket is full again and holds 2, not 60. */
Test(managed, the_ramp_limits_new_copies) {
    struct arena arena = {0};
    struct pool pool = function_of_two();
    struct function_service *function = &pool.service.function;
    function->concurrency_max = 100;
    function->keep_alive = delay_fixed(0);
    function->ramp_copies = 2;
    function->ramp_s = 2;
    struct replay_input input = input_of(&pool, 1, 1);
    const int64_t at[] = {0, 0, 0, 999, 1000, 1000, 60000, 60000, 60000};
    const bool rejected[] = {0, 0, 1, 1, 0, 1, 0, 0, 1};
    struct request requests[9];
    struct outcome outcomes[9];
    for (int i = 0; i < 9; i++)
        requests[i] = call_at_ms(at[i]);
    replay_list(&arena, &input, requests, 9, outcomes);
    for (int i = 0; i < 9; i++)
        cr_assert(eq(int, outcomes[i].rejected, rejected[i]), "call %d", i);
    arena_release(&arena);
}

/* The cold start of a request is its own draw: the same with another keep-alive, in which other
 * requests start cold; and its mean is that of the distribution (six standard errors). */
Test(managed, cold_starts_are_drawn_by_request) {
    struct arena arena = {0};
    enum { N = 2000 };
    static struct request requests[N];
    static struct outcome outcomes[2][N];
    struct pool pool = function_of_two();
    pool.service.function.cold_start =
        (struct delay){.kind = DELAY_LOGNORMAL, .value_s = 1, .sigma = 0.5};
    struct replay_input input = input_of(&pool, 1, 12);
    static const double all[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    pool.overflow_share = all;
    for (int i = 0; i < N; i++) /* 20 s apart, every third 5 s after the one before */
        requests[i] = call_at_ms(20000 * (int64_t)i - (i % 3 == 2 ? 15000 : 0));
    replay_list(&arena, &input, requests, N, outcomes[0]);
    pool.service.function.keep_alive = delay_fixed(0);
    replay_list(&arena, &input, requests, N, outcomes[1]);
    double sum = 0, squares = 0, want = exp(0.125);
    for (int i = 0; i < N; i++) {
        double cold_s =
            ticks_seconds(outcomes[1][i].finish - requests[i].arrival_ns * TICKS_PER_NS) - 0.2;
        sum += cold_s;
        squares += cold_s * cold_s;
        if (i % 3 != 2)
            cr_assert(eq(i64, outcomes[0][i].finish, outcomes[1][i].finish), "call %d", i);
        else
            cr_assert(lt(i64, outcomes[0][i].finish, outcomes[1][i].finish), "call %d", i);
    }
    double error = sqrt((squares / N - want * want) / N);
    cr_assert(le(dbl, fabs(sum / N - want), 6 * error));
    arena_release(&arena);
}

Test(managed, functions_of_nonsense_are_refused) {
    struct function_service good = function_of_two().service.function;
    struct function_service bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].provisioned = 3;
    bad[1].provisioned = -1;
    bad[2].ramp_copies = 5; /* without a time */
    bad[3].ramp_copies = -1;
    bad[4].cold_start = delay_fixed(-1);
    bad[5].keep_alive.value_s = NAN;
    bad[6].concurrency_max = 0;
    bad[7].memory_mb = 0;
    for (int i = 0; i < 8; i++) {
        struct service service = {.kind = SERVICE_FUNCTION, .function = bad[i]};
        struct err err = {0};
        cr_assert(not(function_pool_model.check(&service, &err)), "case %d", i);
        cr_assert(ne(str, err.what, ""));
    }
}

static struct pool api_of(struct token_api_service api) {
    return (struct pool){.name = "api",
                         .service = {.kind = SERVICE_TOKEN_API, .token_api = api},
                         .overflow_share = always};
}

/* 6 requests a minute: the bucket holds 6 and gains one every 10 s. Eight at 0: two rejected; one
 * at 9.9 s rejected; one at 10 s served; one at 10.1 s rejected. */
Test(managed, request_quota_by_hand) {
    struct arena arena = {0};
    struct pool pool = api_of(
        (struct token_api_service){.tokens_ratio = 1, .ttft_s = 1, .requests_per_minute = 6});
    struct replay_input input = input_of(&pool, 1, 1);
    const int64_t at_ms[] = {0, 0, 0, 0, 0, 0, 0, 0, 9900, 10000, 10100};
    const bool served[] = {1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0};
    struct request requests[11];
    struct outcome outcomes[11];
    for (int i = 0; i < 11; i++)
        requests[i] = call_at_ms(at_ms[i]);
    replay_list(&arena, &input, requests, 11, outcomes);
    for (int i = 0; i < 11; i++)
        cr_assert(eq(int, outcomes[i].rejected, !served[i]), "request %d", i);
    arena_release(&arena);
}

/* 600 tokens a minute, 10 a second. 500 tokens leave 100; 101 are refused and take nothing; 100
 * fit; after a minute 600 fit; 601 never do. */
Test(managed, token_quota_by_hand) {
    struct arena arena = {0};
    struct pool pool = api_of(
        (struct token_api_service){.tokens_ratio = 1, .ttft_s = 1, .tokens_per_minute = 600});
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[] = {{0, 400, 100},
                                 {0, 100, 1},
                                 {0, 60, 40},
                                 {61 * NS_PER_SECOND, 500, 100},
                                 {200 * NS_PER_SECOND, 500, 101}};
    const bool rejected[] = {0, 1, 0, 0, 1};
    struct outcome outcomes[5];
    replay_list(&arena, &input, requests, 5, outcomes);
    for (int i = 0; i < 5; i++)
        cr_assert(eq(int, outcomes[i].rejected, rejected[i]), "request %d", i);
    arena_release(&arena);
}

/* Batches of 600 tokens a minute, 10 a second, a deadline of 100 s, 1 s to the end once drained.
 * 500 tokens at 0: drained at 50 s, end 51. 400 at 10 s: behind it, drained at 90, end 91. 300 at
 * 10 s: drained at 120, end 121, after 111 s: refused, and takes no place. 190 at 10 s: drained at
 * 109, end 110, after exactly 100 s. 100 at 200 s: the queue is empty, drained at 210, end 211. */
Test(managed, batches_by_hand) {
    struct arena arena = {0};
    struct pool pool = api_of((struct token_api_service){
        .tokens_ratio = 1, .ttft_s = 1, .tokens_per_minute = 600, .batch_deadline_s = 100});
    struct replay_input input = input_of(&pool, 1, 1);
    struct request requests[] = {{0, 400, 100},
                                 {10 * NS_PER_SECOND, 300, 100},
                                 {10 * NS_PER_SECOND, 200, 100},
                                 {10 * NS_PER_SECOND, 90, 100},
                                 {200 * NS_PER_SECOND, 90, 10}};
    const int64_t finish_s[] = {51, 91, -1, 110, 211};
    struct outcome outcomes[5];
    replay_list(&arena, &input, requests, 5, outcomes);
    for (int i = 0; i < 5; i++) {
        sim_ticks want = finish_s[i] < 0 ? -1 : finish_s[i] * TICKS_PER_SECOND;
        cr_assert(eq(i64, outcomes[i].finish, want), "request %d", i);
        cr_assert(eq(i64, outcomes[i].first_token, want), "request %d", i);
    }
    arena_release(&arena);
}

/* One request a minute, no latency stated: each ends at its deadline of a day, though that lies 23
 * hours after the window, until the queue is a day long: 1440 wait, the next is refused. */
Test(managed, batches_without_latency_end_at_their_deadline) {
    struct arena arena = {0};
    enum { N = 1500 };
    static struct request requests[N];
    static struct outcome outcomes[N];
    struct pool pool = api_of((struct token_api_service){
        .tokens_ratio = 1, .requests_per_minute = 1, .batch_deadline_s = 86400});
    struct replay_input input = input_of(&pool, 1, 1);
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){0, 10, 10};
    struct replay_result result = replay_list(&arena, &input, requests, N, outcomes);
    cr_assert(eq(i64, result.finished, 1440));
    cr_assert(eq(i64, result.rejected, 60));
    cr_assert(eq(i64, outcomes[0].finish, 86400 * TICKS_PER_SECOND));
    cr_assert(eq(i64, outcomes[1439].finish, 86400 * TICKS_PER_SECOND));
    cr_assert(outcomes[1440].rejected);
    arena_release(&arena);
}

/* 1000 input tokens, ratio 1.2, 40 % cached: 480 cached, 720 not, 12 out. Two model units of 2500
 * tokens a minute each: 1212 tokens take 1212 / 2500 x 60 s = 29.1 s of one, and no tokens are
 * told. */
Test(managed, cached_tokens_and_model_units_in_the_ledger) {
    struct arena arena = {0};
    struct pool pool =
        api_of((struct token_api_service){.tokens_ratio = 1.2, .ttft_s = 1, .cached_share = 0.4});
    struct replay_input input = input_of(&pool, 1, 1);
    struct request request = {0, 1000, 10};
    struct replay_result result = replay_list(&arena, &input, &request, 1, NULL);
    const struct usage_row *rows = result.ledger.rows;
    cr_assert(eq(int, result.ledger.n_rows, 3));
    cr_assert(rows[0].kind == USAGE_INPUT_TOKENS && rows[0].quantity == 720);
    cr_assert(rows[1].kind == USAGE_OUTPUT_TOKENS && rows[1].quantity == 12);
    cr_assert(rows[2].kind == USAGE_CACHED_INPUT_TOKENS && rows[2].quantity == 480);
    pool.service.token_api.units = 2;
    pool.service.token_api.tokens_per_minute = 5000;
    result = replay_list(&arena, &input, &request, 1, NULL);
    cr_assert(eq(int, result.ledger.n_rows, 1));
    cr_assert(result.ledger.rows[0].kind == USAGE_MODEL_UNIT_S);
    cr_assert(eq(i64, result.ledger.rows[0].quantity, 29));
    pool.service.token_api.tokens_per_minute = 1212;
    struct request two[] = {request, request};
    two[1].arrival_ns = 61000000000;
    result = replay_list(&arena, &input, two, 2, NULL); /* each takes both units for a minute */
    cr_assert(eq(i64, result.ledger.rows[0].quantity, 2 * 120));
    arena_release(&arena);
}

Test(managed, apis_of_nonsense_are_refused) {
    struct token_api_service bad[] = {{.tokens_ratio = 1, .cached_share = 1.1},
                                      {.tokens_ratio = 1, .units = -1},
                                      {.tokens_ratio = 1, .units = 1},
                                      {.tokens_ratio = 1, .batch_deadline_s = NAN}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct service service = {.kind = SERVICE_TOKEN_API, .token_api = bad[i]};
        struct err err = {0};
        cr_assert(not(token_api_model.check(&service, &err)), "case %zu", i);
    }
}

/* Without spread the latency is what is stated: 0.4 s, then 9 gaps of 0.02 s. */
Test(managed, token_api_without_spread) {
    struct arena arena = {0};
    struct pool pool =
        api_of((struct token_api_service){.tokens_ratio = 1, .ttft_s = 0.4, .tpot_s = 0.02});
    struct replay_input input = input_of(&pool, 1, 1);
    struct request request = {0, 100, 10};
    struct outcome outcome;
    replay_list(&arena, &input, &request, 1, &outcome);
    cr_assert(epsilon_eq(dbl, ticks_seconds(outcome.first_token), 0.4, 1e-10));
    cr_assert(epsilon_eq(dbl, ticks_seconds(outcome.finish), 0.58, 1e-10));
    arena_release(&arena);
}

/* With sigma 0.5 the log of 20000 first-token times has mean log 0.4 and sd 0.5: standard errors
 * 0.0035 and 0.0025, held to six of them; a median 5 % off (0.0488) would be seen. */
Test(managed, token_api_latency_is_lognormal) {
    struct arena arena = {0};
    enum { N = 20000 };
    static struct request requests[N];
    static struct outcome outcomes[N];
    struct pool pool =
        api_of((struct token_api_service){.tokens_ratio = 1, .ttft_s = 0.4, .ttft_sigma = 0.5});
    struct replay_input input = input_of(&pool, 1, 1);
    for (int i = 0; i < N; i++)
        requests[i] = call_at_ms(i);
    replay_list(&arena, &input, requests, N, outcomes);
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        sim_ticks arrival = requests[i].arrival_ns * TICKS_PER_NS;
        double z = (log(ticks_seconds(outcomes[i].first_token - arrival)) - log(0.4)) / 0.5;
        sum += z;
        squares += z * z;
    }
    cr_assert(lt(dbl, fabs(sum / N), 6 / sqrt(N)));
    cr_assert(lt(dbl, fabs(squares / N - 1), 6 * sqrt(2.0 / N)));
    arena_release(&arena);
}

/* Throttled calls come again after 0.3 s, then after 0.6 s more, at most three times. Two copies
 * are busy until 1.2 and 1.3 s. A call of 0.6 s is throttled at 0.6 and 0.9, runs at 1.5 and ends
 * at 1.7 s; one of 0.1 s is throttled at 0.1, 0.4 and 1.0 and is rejected. */
Test(managed, throttled_calls_come_again) {
    struct arena arena = {0};
    struct pool pool = function_of_two();
    struct replay_input input = input_of(&pool, 1, 1);
    input.front = (struct front_door){.attempts = 3, .backoff_s = 0.3, .backoff_max_s = 10};
    const int64_t at[] = {0, 100, 100, 600};
    const int64_t finish[] = {1200, 1300, -1, 1700};
    struct request requests[4];
    struct outcome outcomes[4];
    for (int i = 0; i < 4; i++)
        requests[i] = call_at_ms(at[i]);
    struct replay_result result = replay_list(&arena, &input, requests, 4, outcomes);
    for (int i = 0; i < 4; i++) {
        sim_ticks want = finish[i] < 0 ? -1 : finish[i] * 1000 * TICKS_PER_US;
        cr_assert(eq(i64, outcomes[i].finish, want), "call %d", i);
    }
    cr_assert(eq(i64, result.rejected, 1));
    cr_assert(eq(i64, result.front.attempts, 1 + 1 + 3 + 3));
    cr_assert(eq(i64, result.ledger.rows[1].quantity, 3)); /* what is throttled is not billed */
    arena_release(&arena);
}

/* 6 requests a minute, eight at once: two are over the quota. After 8 s the bucket holds 0.8, after
 * 24 s it holds 2.4: both are served then. */
Test(managed, requests_over_the_quota_come_again) {
    struct arena arena = {0};
    struct pool pool = api_of(
        (struct token_api_service){.tokens_ratio = 1, .ttft_s = 1, .requests_per_minute = 6});
    struct replay_input input = input_of(&pool, 1, 1);
    input.front = (struct front_door){.attempts = 3, .backoff_s = 8, .backoff_max_s = 60};
    struct request requests[8];
    struct outcome outcomes[8];
    for (int i = 0; i < 8; i++)
        requests[i] = call_at_ms(0);
    replay_list(&arena, &input, requests, 8, outcomes);
    for (int i = 0; i < 8; i++)
        cr_assert(eq(i64, outcomes[i].finish, (i < 6 ? 1 : 25) * TICKS_PER_SECOND), "%d", i);
    arena_release(&arena);
}

/* A call that would end more than an hour after the window counts as unfinished. */
Test(managed, endless_call_is_unfinished) {
    struct arena arena = {0};
    struct pool pool = api_of((struct token_api_service){.tokens_ratio = 1, .ttft_s = 7300});
    struct replay_input input = input_of(&pool, 1, 1);
    struct request request = {0, 1, 1};
    struct replay_result result = replay_list(&arena, &input, &request, 1, NULL);
    cr_assert(eq(i64, result.unfinished, 1));
    cr_assert(eq(i64, result.finished, 0));
    arena_release(&arena);
}
