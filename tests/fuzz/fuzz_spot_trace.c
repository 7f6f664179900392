/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spot_trace_read in every format: changes inside the ranges of the header, or one mistake; the
 * same from a slow reader; then the zone that replays it from its middle, and its statistics. */
#include <math.h>
#include <string.h>

#include "sim/spot_market.h"
#include "target.h"

const char *const fuzz_name = "spot_trace";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"{\"metadata\": {\"gap_seconds\": ",
                                  "}, \"data\": [",
                                  "], \"prices\": [",
                                  "]}",
                                  "0.0010001",
                                  "31622400",
                                  "1000000",
                                  "1e6",
                                  "-1",
                                  "null",
                                  ",add,node1\n",
                                  ",remove,node1\n",
                                  "3162240000000",
                                  "2021-12-10, 13:07:45, 80\n",
                                  "1970-01-01, 00:00:00, 0\n",
                                  "2262-04-11, 23:47:16, 1\n",
                                  "+14:00",
                                  ", ",
                                  "\n",
                                  "\"",
                                  "\\u0000",
                                  NULL};

static void check_trace(const struct spot_trace *trace) {
    ENSURE(trace->n >= 1 && trace->span_ns > 0 && trace->points[0].at_ns == 0);
    for (int i = 0; i < trace->n; i++) {
        ENSURE(trace->points[i].instances >= 0 &&
               trace->points[i].instances <= trace->instances_max);
        ENSURE(trace->points[i].at_ns < trace->span_ns);
        ENSURE(i == 0 || (trace->points[i].at_ns > trace->points[i - 1].at_ns &&
                          trace->points[i].instances != trace->points[i - 1].instances));
    }
    for (int i = 0; i < trace->n_prices; i++) {
        ENSURE(isfinite(trace->prices[i].usd_per_hour) && trace->prices[i].usd_per_hour > 0);
        ENSURE(trace->prices[i].at_ns < trace->span_ns);
        ENSURE(i == 0 ? trace->prices[i].at_ns == 0
                      : trace->prices[i].at_ns > trace->prices[i - 1].at_ns);
    }
}

/* A step of the market is what the trace says there. */
static void check_zone(struct arena *arena, const struct spot_trace *trace) {
    struct err err = {0};
    struct spot_zone zone = {.name = "z"};
    struct spot_replay replay = {.offset_ns = trace->span_ns / 2,
                                 .instances = trace->instances_max};
    int64_t run_ns = trace->span_ns - replay.offset_ns;
    run_ns = run_ns < TICKS_MAX / TICKS_PER_NS ? run_ns : TICKS_MAX / TICKS_PER_NS;
    ENSURE(spot_zone_replay(arena, trace, &replay, run_ns * TICKS_PER_NS, &zone, &err));
    struct spot_market market = {1, &zone, run_ns * TICKS_PER_NS};
    for (int i = 0; i < trace->n; i++) {
        int64_t at_ns = trace->points[i].at_ns - replay.offset_ns;
        if (at_ns >= 0 && at_ns < run_ns)
            ENSURE(spot_market_capacity(&market, 0, at_ns * TICKS_PER_NS) ==
                   trace->points[i].instances);
    }
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0}, slow_err = {0};
    struct spot_trace trace = {.n = -7}, slow = {.n = -7};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    ENSURE(source != NULL);
    bool fine = spot_trace_read(&arena, source, &trace, &err);
    source_close(source);
    source = fuzz_open_slowly(&arena, bytes, "fuzzed");
    ENSURE(fine == spot_trace_read(&arena, source, &slow, &slow_err));
    source_close(source);
    if (!fine) {
        fuzz_check_words(&err);
        ENSURE(strcmp(err.what, slow_err.what) == 0 && err.line == slow_err.line);
        ENSURE(trace.n == -7);
    } else {
        ENSURE(trace.n == slow.n && strcmp(trace.sha256, slow.sha256) == 0);
        ENSURE(memcmp(trace.points, slow.points, (size_t)trace.n * sizeof *trace.points) == 0);
        check_trace(&trace);
        check_zone(&arena, &trace);
        struct spot_trace_stats stats = spot_trace_stats(&arena, &trace);
        ENSURE(stats.availability >= 0 && stats.availability <= 1 && stats.span_s > 0);
        ENSURE(stats.n_up + stats.n_down >= 1);
    }
    arena_release(&arena);
    return fine;
}
