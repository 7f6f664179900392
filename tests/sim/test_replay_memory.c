/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A replay's memory follows the requests that are in the fleet, not those that were: 20 hours of
 * which one or all have requests must take the same, within 1 %, from the same traffic cursor. The
 * mutant keeps 8 bytes a request and must be seen. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "sim/replay_engine.h"

enum { N_HOURS = 20, REPLICAS = 8 };

#define NS_PER_HOUR 3600000000000LL

struct kept {
    struct arena *arena; /* the mutant's; else NULL */
    struct traffic_cursor *cursor;
};

static bool next(void *context, struct request *out) {
    struct kept *kept = context;
    if (kept->arena)
        arena_new(kept->arena, int64_t, 1);
    return traffic_next(kept->cursor, out);
}

static struct traffic conversation(int busy_hours) {
    struct traffic traffic = {
        .kind = TRAFFIC_GENERATED,
        .burstiness = {.minute_cv = 0.15, .minute_correlation = 0.5, .arrival_cv = 1},
        .input = {.kind = LENGTH_LOGNORMAL, .median = 400, .sigma = 0.8, .min = 1, .max = 4000},
        .output = {.kind = LENGTH_LOGNORMAL, .median = 80, .sigma = 0.8, .min = 1, .max = 900},
        .seed = 5,
    };
    for (int hour = 0; hour < busy_hours; hour++)
        traffic.rate_per_second[hour] = 2.0 * REPLICAS;
    return traffic;
}

/* Bytes that a replay of so many busy hours takes. */
static size_t bytes_of(int busy_hours, bool keeps, int64_t *arrived) {
    struct arena arena = {0};
    struct traffic traffic = conversation(busy_hours);
    int32_t instances[N_HOURS];
    for (int hour = 0; hour < N_HOURS; hour++)
        instances[hour] = REPLICAS;
    struct pool pool = {
        .name = "llm",
        .service = {.kind = SERVICE_LLM,
                    .llm = {.time = {.layers = 1, .t0 = 15000, .b1 = 80, .d2 = 0.1},
                            .tokens_per_step_max = 2048,
                            .sequences_max = 64,
                            .block_tokens = 16,
                            .kv_blocks = 2000,
                            .context_max = 8192}},
        .replicas_per_instance = 1,
        .weight = 1,
        .instances = instances,
    };
    struct replay_input input = {
        .traffic = &traffic,
        .window = {.to_ns = N_HOURS * NS_PER_HOUR, .growth = 1},
        .slo = {.ttft_s = 1, .share = 0.99},
        .router = ROUTER_LEAST_OUTSTANDING,
        .pools = &pool,
        .n_pools = 1,
    };
    struct kept kept = {keeps ? &arena : NULL, traffic_open(&arena, &traffic, input.window)};
    struct replay_result result;
    struct err err = {0};
    bool done = replay_engine_run(&arena, &input, (struct arrivals){next, &kept},
                                  (struct replay_probe){0}, &result, &err);
    cr_assert(done, "%s", err.what);
    *arrived = result.arrived;
    size_t bytes = arena.allocated;
    arena_release(&arena);
    return bytes;
}

static bool is_flat(bool keeps) {
    int64_t few, many;
    size_t bytes_few = bytes_of(1, keeps, &few), bytes_many = bytes_of(N_HOURS, keeps, &many);
    cr_assert(few > 50000 && many > 19 * few, "%lld %lld", (long long)few, (long long)many);
    return (double)bytes_many <= 1.01 * (double)bytes_few;
}

Test(replay_memory, is_flat_in_the_number_of_requests) {
    cr_assert(is_flat(false));
    cr_assert(not(is_flat(true)));
}
