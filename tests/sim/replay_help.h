/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of the engine: arrivals from a list, what became of every request, and fleets in a
 * line.
 */
#ifndef HEADROOM_TESTS_SIM_REPLAY_HELP_H
#define HEADROOM_TESTS_SIM_REPLAY_HELP_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/rng.h"
#include "sim/replay_engine.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)

struct listed_arrivals {
    const struct request *requests;
    int64_t n, at;
};

static inline bool listed_next(void *context, struct request *out) {
    struct listed_arrivals *list = context;
    if (list->at == list->n)
        return false;
    *out = list->requests[list->at++];
    return true;
}

/* All -1 until something happens to the request. */
struct outcome {
    sim_ticks first_token, finish;
    bool rejected;
};

static inline void outcome_finished(void *context, const struct work *work, sim_ticks finish) {
    struct outcome *outcome = &((struct outcome *)context)[work->id];
    cr_assert(eq(i64, outcome->finish, -1));
    *outcome = (struct outcome){work->first_token, finish, false};
}

static inline void outcome_rejected(void *context, const struct work *work) {
    struct outcome *outcome = &((struct outcome *)context)[work->id];
    cr_assert(eq(i64, outcome->finish, -1));
    outcome->rejected = true;
}

/* Replay a list; outcomes [n], or NULL. */
static inline struct replay_result replay_list(struct arena *arena,
                                               const struct replay_input *input,
                                               const struct request *requests, int64_t n,
                                               struct outcome *outcomes) {
    struct listed_arrivals list = {requests, n, 0};
    for (int64_t i = 0; outcomes && i < n; i++)
        outcomes[i] = (struct outcome){-1, -1, false};
    struct replay_probe probe = {0};
    if (outcomes)
        probe = (struct replay_probe){outcome_finished, outcome_rejected, outcomes};
    struct replay_result result = {0};
    struct err err = {0};
    bool done =
        replay_engine_run(arena, input, (struct arrivals){.next = listed_next, .context = &list},
                          probe, &result, &err);
    cr_assert(done, "%s", err.what);
    return result;
}

/* A pool of `service` with the same number of instances in every hour. */
static inline struct pool steady_pool(struct arena *arena, struct service service, int instances,
                                      int n_hours) {
    int32_t *schedule = arena_new(arena, int32_t, n_hours);
    for (int hour = 0; hour < n_hours; hour++)
        schedule[hour] = instances;
    return (struct pool){
        .name = "pool",
        .service = service,
        .replicas_per_instance = 1,
        .weight = 1,
        .instances = schedule,
    };
}

static inline struct replay_input input_of(const struct pool *pools, int n_pools, int n_hours) {
    return (struct replay_input){
        .window = {.from_ns = 0, .to_ns = n_hours * NS_PER_HOUR, .growth = 1},
        .slo = {.share = 0.99},
        .router = ROUTER_LEAST_OUTSTANDING,
        .router_choices = 2,
        .pools = pools,
        .n_pools = n_pools,
        .seed = 1,
        .record_ledger = true,
    };
}

static inline struct service queue_of(int servers, enum service_time_kind kind, double mean_s) {
    return (struct service){
        .kind = SERVICE_QUEUE,
        .queue = {.servers = servers, .time_kind = kind, .mean_s = mean_s},
    };
}

#endif
