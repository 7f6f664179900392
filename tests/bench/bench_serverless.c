/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast calls of a function are simulated, CPU time of one core, best of five: Poisson calls
 * with lognormal cold starts, about 5, 100 and 1000 copies running. pool    function_pool alone:
 * the call is given, its end comes back replay  the replay engine around it: reading the arrival,
 * metrics, usage ledger Goal: 15 M a second through the replay. Both sides must serve the same
 * number of calls. */
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sim/managed.h"
#include "sim/replay_engine.h"
#include "tests/bench/bench_help.h"

enum { ROUNDS = 5, CALLS = 2000000, GAPS = 1 << 13, HOURS = 24 };

#define NS_PER_HOUR 3600000000000LL

struct bench_case {
    const char *name;
    double rate_per_second;
    struct function_service function;
};

static struct function_service function_of(double seconds, double keep_alive_s) {
    return (struct function_service){
        .memory_mb = 1024,
        .base_s = seconds,
        .cold_start = {.kind = DELAY_LOGNORMAL, .value_s = 0.5, .sigma = 0.6},
        .keep_alive = delay_fixed(keep_alive_s),
        .concurrency_max = 100000,
        .ramp_copies = 1000,
        .ramp_s = 10,
    };
}

/* Poisson: the same gaps again and again, so that they stay in the cache. */
struct calls {
    int64_t gap_ns[GAPS], now_ns;
    int at;
};

static struct calls draw_calls(double rate_per_second) {
    struct calls calls = {0};
    struct rng rng = rng_open(1, 0, RNG_ARRIVAL, 0);
    for (int i = 0; i < GAPS; i++)
        calls.gap_ns[i] = (int64_t)(rng_exponential(&rng, 1 / rate_per_second) * 1e9);
    return calls;
}

static bool next_call(void *context, struct request *out) {
    struct calls *calls = context;
    if (calls->at == CALLS)
        return false;
    calls->now_ns += calls->gap_ns[calls->at++ % GAPS];
    out->arrival_ns = calls->now_ns;
    out->input_tokens = 100;
    out->output_tokens = 1;
    out->row = -1;
    out->edition = 0;
    return true;
}

/* --- the pool alone --- */

static int64_t run_pool(const struct bench_case *c, struct calls calls) {
    struct arena arena = {0};
    struct service service = {.kind = SERVICE_FUNCTION, .function = c->function};
    struct managed_setup setup = {.arena = &arena, .service = &service, .seed = 1};
    void *pool = function_pool_model.open(&setup);
    int64_t served_calls = 0;
    struct request request;
    for (int64_t id = 0; next_call(&calls, &request); id++) {
        sim_ticks now = request.arrival_ns * TICKS_PER_NS;
        struct work work;
        work_from_request(&work, &request, id, now, 0);
        struct served served;
        served_calls += function_pool_model.serve(pool, &work, now, &served);
    }
    arena_release(&arena);
    return served_calls;
}

/* --- the replay --- */

static int64_t run_replay(const struct bench_case *c, struct calls calls) {
    struct arena arena = {0};
    double share[HOURS];
    for (int hour = 0; hour < HOURS; hour++)
        share[hour] = 1;
    struct pool pool = {.name = "function",
                        .service = {.kind = SERVICE_FUNCTION, .function = c->function},
                        .overflow_share = share};
    struct replay_input input = {.window = {.to_ns = HOURS * NS_PER_HOUR, .growth = 1},
                                 .slo = {.latency_s = 1, .share = 0.99},
                                 .pools = &pool,
                                 .n_pools = 1,
                                 .seed = 1,
                                 .record_ledger = true};
    struct replay_result result;
    struct err err = {0};
    if (!replay_engine_run(&arena, &input, (struct arrivals){.next = next_call, .context = &calls},
                           (struct replay_probe){0}, &result, &err)) {
        fprintf(stderr, "%s: %s\n", c->name, err.what);
        exit(EXIT_FAILURE);
    }
    int64_t finished = result.finished + result.unfinished;
    arena_release(&arena);
    return finished;
}

/* --- the table --- */

struct measured {
    double seconds; /* best */
    int64_t served;
};

static struct measured best_of(int64_t (*run)(const struct bench_case *, struct calls),
                               const struct bench_case *c, struct calls calls) {
    struct measured best = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        int64_t served = run(c, calls);
        double seconds = cpu_seconds() - start;
        if (round == 0 || seconds < best.seconds)
            best = (struct measured){seconds, served};
    }
    return best;
}

int main(void) {
    const struct bench_case cases[] = {
        {"5 copies, most calls warm", 50, function_of(0.1, 600)},
        {"5 copies, a third of the calls cold", 50, function_of(0.1, 0.5)},
        {"100 copies, most calls warm", 1000, function_of(0.1, 600)},
        {"1000 copies, most calls warm", 1000, function_of(1, 600)},
    };
    printf("%-42s %10s %10s\n", "millions a CPU second, best of 5", "pool", "replay");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct calls calls = draw_calls(cases[i].rate_per_second);
        struct measured pool = best_of(run_pool, &cases[i], calls);
        struct measured replay = best_of(run_replay, &cases[i], calls);
        printf("%-42s %10.2f %10.2f\n", cases[i].name, CALLS / pool.seconds / 1e6,
               CALLS / replay.seconds / 1e6);
        fflush(stdout);
        if (pool.served != replay.served) {
            fprintf(stderr, "%s: the two sides differ\n", cases[i].name);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
