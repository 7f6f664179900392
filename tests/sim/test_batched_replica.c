/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dynamic batching by hand: launch when full, launch when the oldest has waited long enough, wait
 * for the running batch, padding, and the floor of memory time. */
#include "tests/sim/replay_help.h"

/* 10 ms + 1 ms a token, up to 3 at once, wait up to 50 ms. */
static struct service three_at_once(void) {
    return (struct service){
        .kind = SERVICE_BATCHED,
        .batched = {.batch_max = 3, .wait_max_s = 0.05, .base_s = 0.01, .token_s = 0.001}};
}

struct batch_case {
    const char *name;
    int n;
    struct {
        int64_t at_ms;
        int32_t tokens;
        int64_t finish_ms;
    } requests[6];
    bool padded;
    double memory_s, item_s; /* item_s > 0: tokens cost nothing */
};

static const struct batch_case cases[] = {
    {"alone: waits 50, takes 10 + 20", 1, {{0, 20, 80}}, false, 0},
    {"the third launches the batch", 3, {{0, 1, 26}, {5, 2, 26}, {10, 3, 26}}, false, 0},
    {"padded to the longest: 10 + 3 x 3", 3, {{0, 1, 29}, {5, 2, 29}, {10, 3, 29}}, true, 0},
    {"memory time is the floor", 3, {{0, 1, 60}, {5, 2, 60}, {10, 3, 60}}, false, 0.04},
    {"by the item: 10 + 3 x 7", 3, {{0, 1, 41}, {5, 900, 41}, {10, 3, 41}}, true, 0, 0.007},
    {"memory time is the floor of items too",
     3,
     {{0, 1, 60}, {5, 900, 60}, {10, 3, 60}},
     true,
     0.04,
     0.007},
    {"two launch when the first has waited 50", 2, {{0, 5, 70}, {49, 5, 70}}, false, 0},
    {"one that comes at that very instant is in it", 2, {{0, 5, 70}, {50, 5, 70}}, false, 0},
    {"one that comes after it waits for its own time", 2, {{0, 5, 65}, {51, 5, 116}}, false, 0},
    {"a full queue launches as soon as the batch ends",
     6,
     {{0, 30, 100}, {0, 30, 100}, {0, 30, 100}, {20, 10, 140}, {30, 10, 140}, {40, 10, 140}},
     false,
     0},
    {"an overdue one launches when the batch ends",
     4,
     {{0, 30, 100}, {0, 30, 100}, {0, 30, 100}, {20, 10, 120}},
     false,
     0},
    {"one not yet overdue waits on",
     4,
     {{0, 30, 100}, {0, 30, 100}, {0, 30, 100}, {80, 10, 150}},
     false,
     0},
    {"four at one instant: three go, one waits for them, overdue",
     4,
     {{0, 30, 100}, {0, 30, 100}, {0, 30, 100}, {0, 10, 120}},
     false,
     0},
};

Test(batched_replica, by_hand) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct service service = three_at_once();
        service.batched.padded = cases[i].padded;
        service.batched.memory_s = cases[i].memory_s;
        service.batched.item_s = cases[i].item_s;
        service.batched.token_s = cases[i].item_s > 0 ? 0 : service.batched.token_s;
        struct pool pool = steady_pool(&arena, service, 1, 1);
        struct replay_input input = input_of(&pool, 1, 1);
        struct request requests[6];
        struct outcome outcomes[6];
        for (int j = 0; j < cases[i].n; j++)
            requests[j] = (struct request){cases[i].requests[j].at_ms * 1000000,
                                           cases[i].requests[j].tokens, 0};
        replay_list(&arena, &input, requests, cases[i].n, outcomes);
        for (int j = 0; j < cases[i].n; j++) {
            sim_ticks want = cases[i].requests[j].finish_ms * 1000 * TICKS_PER_US;
            cr_assert(outcomes[j].finish == want, "%s: request %d ends at %g ms", cases[i].name, j,
                      ticks_seconds(outcomes[j].finish) * 1e3);
            cr_assert(eq(i64, outcomes[j].first_token, want));
        }
        arena_release(&arena);
    }
}

/* Spot losses: the batch that ran and the queue behind it are served elsewhere. */
Test(batched_replica, lost_batches_start_again) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, three_at_once(), 2, 2);
    pool.service.batched.token_s = 1;
    pool.spot = true;
    pool.interruptions_per_hour = 60;
    pool.boot_s = 5;
    struct replay_input input = input_of(&pool, 1, 2);
    enum { N = 500 };
    struct request requests[N];
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){i * 10 * NS_PER_SECOND, 1 + i % 5, 0};
    struct replay_result result = replay_list(&arena, &input, requests, N, NULL);
    cr_assert(gt(i64, result.restarted, 10));
    cr_assert(eq(i64, result.finished, N));
    arena_release(&arena);
}
