/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Philly training jobs of 2017 where they lie ($HEADROOM_DATA): the figures that their page
 * states; replayed on a fleet that is large enough, every job starts as it arrives and the sums are
 * the log's to the second; on smaller ones they wait, and the fewer nodes the longer; a pool of one
 * node less than the peak makes somebody wait (the mutant of "large enough"). */
#include "published_data.h"

#include "sim/job_replay.h"
#include "sim/job_trace.h"

#define PHILLY "traces/philly-jobs-2017/philly.csv.zst"

static struct job_trace read_philly(struct arena *arena) {
    struct err err = {0};
    struct job_trace trace;
    struct source *source = source_open_memory(arena, data_read(arena, PHILLY), PHILLY, &err);
    cr_assert(source && job_trace_read(arena, source, &trace, &err), "%s", err.what);
    source_close(source);
    return trace;
}

struct waits {
    int finished, waited;
    double mean_s;
    job_node_ticks allocated, useful;
    int64_t node_seconds; /* of the ledger */
};

static struct waits replay_on(const struct job_trace *trace, int nodes) {
    struct arena arena = {0};
    struct err err = {0};
    struct job_pool pool = {.nodes = nodes};
    struct job_replay_input input = {.n_jobs = (int)trace->n,
                                     .pools = &pool,
                                     .n_pools = 1,
                                     .end = TICKS_MAX,
                                     .record_ledger = true};
    struct job_replay_result result;
    cr_assert(job_trace_jobs(&arena, trace, 0, &input.jobs, &err));
    cr_assert(job_replay(&arena, &input, &result, &err), "%s", err.what);
    struct waits waits = {.finished = result.finished,
                          .allocated = result.account.allocated,
                          .useful = result.account.useful};
    for (size_t i = 0; i < trace->n; i++) {
        waits.waited += result.jobs[i].waited > 0;
        waits.mean_s += ticks_seconds(result.jobs[i].waited) / (double)trace->n;
    }
    for (int i = 0; i < result.ledger.n_rows; i++)
        waits.node_seconds += (result.ledger.rows[i].to_s - result.ledger.rows[i].from_s) *
                              result.ledger.rows[i].quantity;
    arena_release(&arena);
    return waits;
}

Test(job_trace_published, philly) {
    struct arena arena = {0};
    struct job_trace trace = read_philly(&arena);
    cr_expect(eq(sz, trace.n, (size_t)82247));
    cr_expect(eq(sz, trace.n_descents, (size_t)44878));
    cr_expect(eq(i64, trace.rows[trace.n - 1].arrival_ns, 9408690000000000LL));
    cr_expect(epsilon_eq(dbl, job_trace_node_hours(&trace), 978078, 0.5));
    double durations = 0, gpus = 0;
    int64_t gpu_seconds = 0;
    for (size_t i = 0; i < trace.n; i++) {
        durations += (double)trace.rows[i].duration_ns * 1e-9 / (double)trace.n;
        gpus += trace.rows[i].nodes / (double)trace.n;
        gpu_seconds += trace.rows[i].duration_ns / 1000000000 * trace.rows[i].nodes;
    }
    cr_expect(epsilon_eq(dbl, durations, 13135.9, 0.05));
    cr_expect(epsilon_eq(dbl, gpus, 1.3038, 5e-5));

    int peak = (int)job_trace_peak_nodes(&arena, &trace);
    struct waits large = replay_on(&trace, peak);
    cr_expect(eq(int, large.finished, 82247));
    cr_expect(eq(int, large.waited, 0));
    cr_expect(eq(i64, (int64_t)(large.useful / TICKS_PER_SECOND), gpu_seconds));
    cr_expect(eq(i64, (int64_t)(large.useful % TICKS_PER_SECOND), 0));
    cr_expect(large.allocated == large.useful);
    cr_expect(eq(i64, large.node_seconds, gpu_seconds));
    cr_expect(gt(int, replay_on(&trace, peak - 1).waited, 0));

    double mean_s = 0;
    for (int tenths = 9; tenths >= 5; tenths--) {
        struct waits fewer = replay_on(&trace, peak * tenths / 10);
        cr_expect(eq(int, fewer.finished, 82247));
        cr_expect(fewer.useful == large.useful);
        cr_expect(gt(dbl, fewer.mean_s, mean_s), "%d tenths", tenths);
        mean_s = fewer.mean_s;
        cr_log_info("%d nodes of %d: %d waited, mean %.0f s", peak * tenths / 10, peak,
                    fewer.waited, fewer.mean_s);
    }
    arena_release(&arena);
}

int main(int argc, char **argv) {
    int missing = data_missing(PHILLY);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
