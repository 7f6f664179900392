/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job_trace_read, plain, gzip or zstd: sorted rows inside the ranges of the header, or one mistake;
 * the same from memory and from a slow reader; then a short log replayed: every job on enough nodes
 * ends. */
#include <string.h>

#include "sim/job_replay.h"
#include "sim/job_trace.h"
#include "target.h"

const char *const fuzz_name = "job_trace";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"timestamp,duration,num_gpus,gpu_time,cluster\n",
                                  "seconds,duration,nodes\n",
                                  "2017-10-09 07:01:55",
                                  "1677-09-21 00:12:44",
                                  "2262-04-11T23:47:16Z",
                                  "100000",
                                  "31622400",
                                  "9223372036854775807",
                                  "0.0000000005",
                                  "-1",
                                  ",",
                                  "\n",
                                  "\r\n",
                                  "\"",
                                  NULL};

enum { REPLAYED_MAX = 200 };

static void check_rows(const struct job_trace *trace) {
    ENSURE(trace->n >= 1 && trace->rows[0].arrival_ns == 0);
    for (size_t i = 0; i < trace->n; i++) {
        const struct job_row *row = &trace->rows[i];
        ENSURE(row->duration_ns >= 1 && row->nodes >= 1 && row->nodes <= JOB_NODES_MAX);
        ENSURE(i == 0 || row->arrival_ns >= trace->rows[i - 1].arrival_ns);
    }
}

static void replay_log(struct arena *arena, const struct job_trace *trace) {
    struct err err = {0};
    int64_t peak = job_trace_peak_nodes(arena, trace);
    ENSURE(peak >= 1 && job_trace_node_hours(trace) > 0);
    struct job_pool pool = {.nodes = (int)(peak < 2000000000 ? peak : 2000000000)};
    struct job_replay_input input = {
        .n_jobs = (int)trace->n, .pools = &pool, .n_pools = 1, .end = TICKS_MAX};
    struct job_replay_result result;
    if (trace->n > REPLAYED_MAX)
        return;
    if (!job_trace_jobs(arena, trace, 0, &input.jobs, &err)) {
        fuzz_check_words(&err);
        return;
    }
    ENSURE(job_replay(arena, &input, &result, &err));
    ENSURE(result.finished == (int)trace->n);
    for (size_t i = 0; i < trace->n; i++)
        ENSURE(result.jobs[i].waited == 0);
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0}, slow_err = {0};
    struct job_trace trace = {.n = 7}, slow = {.n = 7};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    ENSURE(source != NULL);
    bool fine = job_trace_read(&arena, source, &trace, &err);
    source_close(source);
    source = fuzz_open_slowly(&arena, bytes, "fuzzed");
    ENSURE(fine == job_trace_read(&arena, source, &slow, &slow_err));
    source_close(source);
    if (!fine) {
        fuzz_check_words(&err);
        ENSURE(strcmp(err.what, slow_err.what) == 0 && err.line == slow_err.line);
        ENSURE(trace.n == 7);
    } else {
        ENSURE(trace.n == slow.n && strcmp(trace.sha256, slow.sha256) == 0);
        ENSURE(memcmp(trace.rows, slow.rows, trace.n * sizeof *trace.rows) == 0);
        check_rows(&trace);
        replay_log(&arena, &trace);
    }
    arena_release(&arena);
    return fine;
}
