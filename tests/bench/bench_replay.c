/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast traffic is replayed on llm replicas, CPU time of one core, best of five:
 *   - the Azure LLM inference trace of code completion (November 2023), repeated hour after hour
 *     and grown with the fleet (needs HEADROOM_DATA, default ../shared; left out when not there);
 *   - a generated conversation day: a working day's shape, 1.2 requests a second and replica in
 *     the mean, about 1150 tokens in and 200 out;
 *   - both with answers ten times as long.
 * Everything between the traffic's parameters and the result is inside the time: drawing or
 * copying requests, routing, replicas, metrics. Beside it: pulling the traffic alone, and the same
 * replay one step at a time, which must come to the same hash or the bench says so and fails.
 * Then fleets in motion over a week of 10 M requests: a fixed fleet of 64 replicas; the same count
 * held by an autoscaler that looks every 15 s and by spot that the market takes from and a fallback
 * stands in for; and a fleet that an autoscaler grows and shrinks, half of it on spot. Their
 * weights take three minutes to load.
 * Then memory: the peak of a process that replays 1 M and 10 M requests in six days.
 *
 *     bench_replay [WORD [quick]]   only the rows whose name has WORD in it; quick: no steps */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "sim/replay.h"
#include "sim/spot_market.h"
#include "sim/trace.h"
#include "tests/bench/bench_help.h"

enum { ROUNDS = 5, HOURS_MAX = 366 * 24, TRACE_BYTES_MAX = 1 << 20 };

#define NS_PER_HOUR 3600000000000LL

static void fail(const char *name, const char *what) {
    fprintf(stderr, "%s: %s\n", name, what);
    exit(EXIT_FAILURE);
}

/* --- what is replayed --- */

struct replay_case {
    const char *name;
    bool trace;
    int replicas, n_hours;
    int stretch;        /* how much longer answers are */
    double per_replica; /* of the traffic's own rate */
    bool steps;         /* with the step-by-step run beside it */
};

static const struct replay_case cases[] = {
    {"code, 1 replica", true, 1, 24, 1, 1, true},
    {"code, 16 replicas", true, 16, 2, 1, 1, true},
    {"code, 64 replicas", true, 64, 1, 1, 1, false},
    {"code, 16 replicas, answers x 10", true, 16, 2, 10, 0.5, true},
    {"conversation day, 1 replica", false, 1, 24, 1, 1, true},
    {"conversation day, 16 replicas", false, 16, 24, 1, 1, true},
    {"conversation day, 64 replicas", false, 64, 24, 1, 1, false},
    {"conversation day, 1 replica, answers x 10", false, 1, 24, 10, 0.1, true},
    {"conversation day, 16 replicas, answers x 10", false, 16, 24, 10, 0.1, true},
};

/* An 8B model on a 24 GB GPU: step times of a public kernel profile, 2588 blocks of 16 tokens. */
static struct service llm_service(void) {
    return (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = {.layers = 32,
                         .a0 = 484.3,
                         .a1 = 0.947,
                         .b0 = 152.3,
                         .b1 = 2.76,
                         .d0 = 11.5,
                         .d1 = 0.199,
                         .d2 = 0.00442,
                         .p0 = 7.7,
                         .p1 = 0.0316,
                         .p2 = 9.3e-5,
                         .p3 = 0.0218,
                         .m0 = 5.7,
                         .m1 = 0.0554,
                         .m2 = 1.05e-4,
                         .m3 = 0.0217,
                         .m4 = 1.16,
                         .m5 = 0.00933,
                         .h0 = 1114.5,
                         .h1 = 2.78},
                .tokens_per_step_max = 2048,
                .sequences_max = 256,
                .block_tokens = 16,
                .kv_blocks = 2588,
                .context_max = 32768},
    };
}

static struct traffic conversation_day(int stretch) {
    static const double shape[24] = {3,  2,  2,  2,  2,  3,  5,  8, 12, 15, 16, 15,
                                     13, 14, 16, 16, 15, 13, 11, 9, 8,  7,  5,  4};
    struct traffic traffic = {
        .kind = TRAFFIC_GENERATED,
        .name = "generated",
        .days = 7,
        .burstiness = {.minute_cv = 0.15, .minute_correlation = 0.5, .arrival_cv = 1},
        .input = {.kind = LENGTH_LOGNORMAL, .median = 800, .sigma = 0.85, .min = 16, .max = 6000},
        .output = {.kind = LENGTH_LOGNORMAL,
                   .median = 150.0 * stretch,
                   .sigma = 0.8,
                   .min = 1,
                   .max = 1500 * stretch},
        .seed = 1,
    };
    double sum = 0;
    for (int hour = 0; hour < 24; hour++)
        sum += shape[hour];
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        traffic.rate_per_second[hour] = 1.2 * 24 * shape[hour % 24] / sum;
    return traffic;
}

/* false: the data are not at hand. */
static bool read_code_trace(struct arena *arena, struct bytes *out) {
    const char *root = getenv("HEADROOM_DATA");
    char *path = arena_printf(arena, "%s/traces/azure-llm-2023-code/%s", root ? root : "../shared",
                              "AzureLLMInferenceTrace_code.csv");
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char *data = arena_alloc(arena, TRACE_BYTES_MAX, 1);
    *out = (struct bytes){data, fread(data, 1, TRACE_BYTES_MAX, file)};
    fclose(file);
    return true;
}

static bool code_traffic(struct arena *arena, int stretch, struct traffic *out) {
    struct bytes bytes;
    if (!read_code_trace(arena, &bytes))
        return false;
    struct err err = {0};
    struct trace trace = {0};
    struct source *source = source_open_memory(arena, bytes, "code", &err);
    if (!source || !trace_read(arena, source, &trace, &err))
        fail("code", err.what);
    source_close(source);
    for (size_t i = 0; i < trace.n; i++)
        trace.requests[i].output_tokens *= stretch;
    *out = (struct traffic){.name = "code"};
    if (!trace_to_traffic(arena, &trace, out, &err))
        fail("code", err.what);
    return true;
}

/* --- one replay --- */

struct replay_bench {
    const struct replay_case *of;
    struct traffic traffic;
    int n_hours;
    int32_t instances[HOURS_MAX];
};

static bool open_bench(struct arena *arena, const struct replay_case *of, int n_hours,
                       struct replay_bench *bench) {
    bench->of = of;
    bench->n_hours = n_hours;
    bench->traffic = conversation_day(of->stretch);
    for (int hour = 0; hour < n_hours; hour++)
        bench->instances[hour] = of->replicas;
    return !of->trace || code_traffic(arena, of->stretch, &bench->traffic);
}

static struct traffic_window window_of(const struct replay_bench *bench) {
    return (struct traffic_window){.to_ns = bench->n_hours * NS_PER_HOUR,
                                   .growth = bench->of->replicas * bench->of->per_replica};
}

static struct replay_result replay(struct arena *arena, const struct replay_bench *bench,
                                   bool step_by_step) {
    struct pool pool = {
        .name = "llm",
        .service = llm_service(),
        .replicas_per_instance = 1,
        .weight = 1,
        .instances = bench->instances,
    };
    struct replay_input input = {
        .traffic = &bench->traffic,
        .window = window_of(bench),
        .slo = {.ttft_s = 0.5, .tpot_s = 0.05, .share = 0.99},
        .router = ROUTER_LEAST_OUTSTANDING,
        .pools = &pool,
        .n_pools = 1,
        .seed = 1,
        .step_by_step = step_by_step,
    };
    struct replay_result result;
    struct err err = {0};
    if (!replay_run(arena, &input, &result, &err))
        fail(bench->of->name, err.what);
    return result;
}

/* --- speed --- */

struct measured {
    double seconds; /* best */
    int64_t arrived, steps, preemptions;
    uint64_t hash;
};

static void measure_round(const struct replay_bench *bench, bool step_by_step, int round,
                          struct measured *best) {
    struct arena arena = {0};
    double start = cpu_seconds();
    struct replay_result result = replay(&arena, bench, step_by_step);
    double seconds = cpu_seconds() - start;
    arena_release(&arena);
    if (round > 0 && result.request_hash != best->hash)
        fail(bench->of->name, "two rounds differ");
    if (round == 0 || seconds < best->seconds)
        *best = (struct measured){seconds, result.arrived, result.steps, result.counts.preemptions,
                                  result.request_hash};
}

static double seconds_of_traffic(const struct replay_bench *bench) {
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena arena = {0};
        struct request request;
        double start = cpu_seconds();
        struct traffic_cursor *cursor = traffic_open(&arena, &bench->traffic, window_of(bench));
        while (traffic_next(cursor, &request)) {
        }
        double seconds = cpu_seconds() - start;
        arena_release(&arena);
        if (round == 0 || seconds < best)
            best = seconds;
    }
    return best;
}

static void speed_row(const struct replay_case *of, bool steps_too) {
    struct arena arena = {0};
    struct replay_bench *bench = arena_new(&arena, struct replay_bench, 1);
    if (!open_bench(&arena, of, of->n_hours, bench)) {
        printf("%-44s left out: the trace is not at hand\n", of->name);
        arena_release(&arena);
        return;
    }
    struct measured jumps = {0}, steps = {0};
    bool both = of->steps && steps_too;
    for (int round = 0; round < ROUNDS; round++) { /* in turn: other load then hits both alike */
        measure_round(bench, false, round, &jumps);
        if (both)
            measure_round(bench, true, round, &steps);
    }
    double n = (double)jumps.arrived;
    printf("%-44s %9.0f %8.2f %8.2f", of->name, n, n / jumps.seconds / 1e6,
           n / seconds_of_traffic(bench) / 1e6);
    printf(" %8.2f %8.3f %016llx", (double)jumps.steps / n, (double)jumps.preemptions / n,
           (unsigned long long)jumps.hash);
    if (both) {
        printf(" %8.2f %8.2f %7.1fx", (double)steps.steps / n, n / steps.seconds / 1e6,
               steps.seconds / jumps.seconds);
        if (steps.hash != jumps.hash)
            fail(of->name, "jumps and steps differ");
    }
    printf("\n");
    fflush(stdout);
    arena_release(&arena);
}

/* --- fleets in motion --- */

enum { WEEK_ROUNDS = 3, MARKET_STEPS = 1000, HALF_FLEET = 32 };

enum motion { MOTION_NONE, MOTION_HELD, MOTION_SCALED, MOTIONS };

static const struct {
    const char *name;
    int regular, spot;
    int32_t regular_min, regular_max;
} motions[MOTIONS] = {
    [MOTION_NONE] = {"week, 64 replicas, fixed", HALF_FLEET, HALF_FLEET, 0, 0},
    [MOTION_HELD] = {"week, 64 replicas, autoscaler and spot", HALF_FLEET, HALF_FLEET, HALF_FLEET,
                     HALF_FLEET},
    [MOTION_SCALED] = {"week, up to 64 replicas, scaled and spot", HALF_FLEET, HALF_FLEET / 2, 4,
                       HALF_FLEET + HALF_FLEET / 2},
};

struct motion_bench {
    struct traffic traffic;
    int32_t half[HOURS_PER_WEEK], spot[HOURS_PER_WEEK], none[HOURS_PER_WEEK];
    struct spot_step steps[MARKET_STEPS];
    struct spot_zone zone;
    struct spot_market market;
    struct ready_delay ready;
    struct autoscaler rules;
    struct pool pools[3];
};

/* Every ten minutes there is room for a few more or fewer than are wanted. */
static void open_market(struct motion_bench *bench, int wanted) {
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    sim_ticks end = HOURS_PER_WEEK * TICKS_PER_HOUR;
    for (int i = 0; i < MARKET_STEPS; i++)
        bench->steps[i] =
            (struct spot_step){end / MARKET_STEPS * i, wanted - 4 + (int32_t)rng_below(&rng, 12)};
    bench->zone = (struct spot_zone){.name = "a", .region = "a"};
    bench->zone.n_steps = MARKET_STEPS;
    bench->zone.steps = bench->steps;
    bench->market = (struct spot_market){1, &bench->zone, end};
}

static void open_motion(struct motion_bench *bench, enum motion motion) {
    bench->traffic = conversation_day(1);
    bench->ready.boot = delay_fixed(180);
    bench->rules = autoscaler_defaults(SCALING_TARGET_TRACKING);
    bench->rules.metric = SCALING_CONCURRENCY;
    bench->rules.target = 6;
    bench->rules.min = motions[motion].regular_min;
    bench->rules.max = motions[motion].regular_max;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++) {
        bench->half[hour] = motions[motion].regular;
        bench->spot[hour] = motions[motion].spot;
        bench->none[hour] = 0;
    }
    for (int i = 0; i < 3; i++)
        bench->pools[i] = (struct pool){.name = "llm",
                                        .service = llm_service(),
                                        .replicas_per_instance = 1,
                                        .weight = 1,
                                        .boot_s = 180};
    bench->pools[0].instances = bench->half;
    bench->pools[1].instances = bench->spot;
    bench->pools[2].instances = bench->none;
    if (motion == MOTION_NONE)
        return;
    open_market(bench, motions[motion].spot);
    bench->pools[0].autoscaler = &bench->rules;
    bench->pools[0].ready = &bench->ready;
    bench->pools[1].spot = true;
    bench->pools[1].market = &bench->market;
    bench->pools[1].notice_s = 120;
    bench->pools[1].fallback = &bench->pools[2];
}

static struct replay_result replay_motion(struct arena *arena, struct motion_bench *bench) {
    struct replay_input input = {
        .traffic = &bench->traffic,
        .window = {.to_ns = HOURS_PER_WEEK * NS_PER_HOUR, .growth = 1e7 / (604800 * 1.2)},
        .slo = {.ttft_s = 0.5, .tpot_s = 0.05, .share = 0.99},
        .router = ROUTER_LEAST_OUTSTANDING,
        .pools = bench->pools,
        .n_pools = 3,
        .seed = 1,
    };
    struct replay_result result;
    struct err err = {0};
    if (!replay_run(arena, &input, &result, &err))
        fail("week", err.what);
    return result;
}

static void motion_rows(void) {
    double best[MOTIONS] = {0};
    struct replay_result results[MOTIONS];
    double hours[MOTIONS] = {0};
    for (int round = 0; round < WEEK_ROUNDS; round++)
        for (enum motion motion = 0; motion < MOTIONS; motion++) {
            struct arena arena = {0};
            struct motion_bench *bench = arena_new(&arena, struct motion_bench, 1);
            open_motion(bench, motion);
            double start = cpu_seconds();
            results[motion] = replay_motion(&arena, bench);
            double seconds = cpu_seconds() - start;
            best[motion] = round == 0 || seconds < best[motion] ? seconds : best[motion];
            hours[motion] = 0;
            for (int pool = 0; pool < 3; pool++)
                hours[motion] += results[motion].pools[pool].instance_hours;
            arena_release(&arena);
        }
    printf("\n%-44s %9s %8s %8s %9s %9s %9s %9s\n", "fleets in motion", "requests", "CPU s",
           "ratio", "instances", "taken", "restarted", "good");
    for (enum motion motion = 0; motion < MOTIONS; motion++)
        printf("%-44s %9lld %8.2f %8.3f %9.1f %9lld %9lld %8.2f%%\n", motions[motion].name,
               (long long)results[motion].arrived, best[motion], best[motion] / best[0],
               hours[motion] / HOURS_PER_WEEK, (long long)results[motion].interruptions,
               (long long)results[motion].restarted, 100 * results[motion].attainment);
}

/* --- memory --- */

struct peak {
    int64_t arrived, arena_bytes;
    long resident_kib;
};

/* Of a fresh process that replays six days in which requests come in the first `busy_hours`. */
static struct peak peak_of(const struct replay_case *of, int busy_hours) {
    int ends[2];
    if (pipe(ends) != 0)
        fail(of->name, "no pipe");
    pid_t child = fork();
    if (child == 0) {
        struct arena arena = {0};
        struct replay_bench *bench = arena_new(&arena, struct replay_bench, 1);
        open_bench(&arena, of, of->n_hours, bench);
        for (int hour = busy_hours; hour < HOURS_PER_WEEK; hour++)
            bench->traffic.rate_per_second[hour] = 0;
        struct peak peak = {.arrived = replay(&arena, bench, false).arrived};
        peak.arena_bytes = (int64_t)arena.allocated;
        _exit(write(ends[1], &peak, sizeof peak) == sizeof peak ? 0 : 1);
    }
    struct peak peak;
    struct rusage usage;
    int status;
    bool got = child > 0 && read(ends[0], &peak, sizeof peak) == sizeof peak;
    if (!got || wait4(child, &status, 0, &usage) != child || status != 0)
        fail(of->name, "the child failed");
    close(ends[0]);
    close(ends[1]);
    peak.resident_kib = usage.ru_maxrss;
    return peak;
}

static void memory_rows(void) {
    static const struct replay_case six_days = {.name = "conversation, 16 replicas",
                                                .replicas = 16,
                                                .n_hours = 145,
                                                .stretch = 1,
                                                .per_replica = 1};
    const int busy_hours[] = {15, 145};
    printf("\n%-44s %9s %12s %12s\n", "memory, six days", "requests", "peak KiB", "arena bytes");
    for (int i = 0; i < 2; i++) {
        struct peak peak = peak_of(&six_days, busy_hours[i]);
        printf("%-44s %9lld %12ld %12lld\n", six_days.name, (long long)peak.arrived,
               peak.resident_kib, (long long)peak.arena_bytes);
    }
}

int main(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "";
    printf("%-44s %9s %8s %8s %8s %8s %16s %8s %8s %8s\n", "replay, million requests a CPU second",
           "requests", "replay", "traffic", "events", "preempt", "hash", "steps", "by steps",
           "ratio");
    bool quick = argc > 2 && strcmp(argv[2], "quick") == 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strstr(cases[i].name, word))
            speed_row(&cases[i], !quick);
    if (strstr("week", word))
        motion_rows();
    if (strstr("memory", word))
        memory_rows();
    return EXIT_SUCCESS;
}
