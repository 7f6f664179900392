/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logs of jobs from memory: order, sums, and each mistake with its place and words. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "sim/job_trace.h"

static bool read_text(struct arena *arena, const char *text, struct job_trace *out,
                      struct err *err) {
    struct source *source = source_open_memory(arena, bytes_of(text), "log.csv", err);
    bool fine = source && job_trace_read(arena, source, out, err);
    source_close(source);
    return fine;
}

Test(job_trace, rows_are_sorted_and_equal_times_keep_their_order) {
    struct arena arena = {0};
    struct job_trace trace;
    struct err err = {0};
    cr_assert(read_text(&arena,
                        "timestamp,duration,num_gpus,gpu_time,cluster\n"
                        "2017-10-09 07:01:55,66.0,1,66.0,a\n"
                        "2017-10-09 07:00:55,0.5,4,2,b\n"
                        "2017-10-09 07:01:55,10,2,20,c\n\n",
                        &trace, &err),
              "%s", err.what);
    cr_assert(eq(sz, trace.n, (size_t)3));
    cr_expect(eq(sz, trace.n_descents, (size_t)1));
    cr_expect(eq(i64, trace.rows[0].arrival_ns, 0));
    cr_expect(eq(i64, trace.rows[0].duration_ns, 500000000));
    cr_expect(eq(i64, trace.rows[1].arrival_ns, 60000000000));
    cr_expect(eq(int, trace.rows[1].nodes, 1));
    cr_expect(eq(int, trace.rows[2].nodes, 2));
    cr_expect(epsilon_eq(dbl, job_trace_node_hours(&trace), (66 + 2 + 20) / 3600.0, 1e-12));
    cr_expect(eq(i64, job_trace_peak_nodes(&arena, &trace), 4));
    const struct job *jobs;
    cr_assert(job_trace_jobs(&arena, &trace, 0, &jobs, &err));
    cr_expect(eq(dbl, jobs[2].work_s, 20));
    cr_expect(eq(i64, jobs[2].arrival, 60 * TICKS_PER_SECOND));
    arena_release(&arena);
}

Test(job_trace, the_plain_form) {
    struct arena arena = {0};
    struct job_trace trace;
    struct err err = {0};
    cr_assert(
        read_text(&arena, "nodes,seconds,duration,team\n8,5,3600,x\n2,3605,1.5,y\n", &trace, &err),
        "%s", err.what);
    cr_expect(eq(i64, trace.rows[1].arrival_ns, 3600000000000));
    cr_expect(eq(int, trace.rows[1].nodes, 2));
    cr_expect(eq(i64, job_trace_peak_nodes(&arena, &trace), 8)); /* the first ends as it starts */
    arena_release(&arena);
}

Test(job_trace, told_by_its_first_line) {
    cr_expect(job_trace_is(bytes_of("timestamp,duration,num_gpus,gpu_time,cluster\n2017")));
    cr_expect(job_trace_is(bytes_of("nodes, duration ,seconds")));
    cr_expect(not(job_trace_is(bytes_of("seconds,input,output\nduration,nodes\n"))));
    cr_expect(not(job_trace_is(bytes_of("duration,num_gpu\n"))));
    cr_expect(not(job_trace_is(bytes_of(""))));
}

struct broken {
    const char *text;
    int line, column;
    const char *what;
};

static const struct broken CASES[] = {
    {"", 1, 1, "the file is empty"},
    {"a,b\n", 1, 0, "duration"},
    {"duration,nodes\n1,1\n", 1, 1, "the header names no time of arrival, or two"},
    {"seconds,timestamp,duration,nodes\n", 1, 1, "the header names no time of arrival, or two"},
    {"seconds,duration\n1,1\n", 1, 1, "the header names no number of nodes, or two"},
    {"seconds,duration,nodes\n", 0, 0, "the log has no row below its header"},
    {"seconds,duration,nodes\n1,1,1\n1,1,0\n", 3, 5, "nodes: not a number of nodes"},
    {"seconds,duration,nodes\n1,1,100001\n", 2, 5, "nodes: not a number of nodes"},
    {"seconds,duration,nodes\n1,1,1.5\n", 2, 5, "nodes: not a number of nodes"},
    {"seconds,duration,nodes\n-1,1,1\n", 2, 1, "seconds: not a number of seconds"},
    {"seconds,duration,nodes\n1,0,1\n", 2, 3, "duration: outside a replay"},
    {"seconds,duration,nodes\n1,31622401,1\n", 2, 3, "duration: outside a replay"},
    {"seconds,duration,nodes\n1,nan,1\n", 2, 3, "duration: not a number of seconds"},
    {"seconds,duration,nodes\n1,1\n", 2, 0, "fields"},
    {"timestamp,duration,num_gpus\n2017-13-09 07:01:55,1,1\n", 2, 1, "timestamp: not a time"},
    {"timestamp,duration,num_gpus,gpu_time\n2017-10-09 07:01:55,2,3,5\n", 2, 25,
     "gpu_time: not duration x num_gpus"},
    {"timestamp,duration,num_gpus\n1800-10-09 07:01:55,1,1\n2017-10-09 07:01:55,1,1\n", 0, 0,
     "arrive over more than 366 days"},
};

Test(job_trace, mistakes_have_a_place) {
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct arena arena = {0};
        struct job_trace trace = {.n = 77};
        struct err err = {0};
        cr_expect(not(read_text(&arena, CASES[i].text, &trace, &err)), "%zu", i);
        cr_expect(strstr(err.what, CASES[i].what) != NULL, "%zu: %s", i, err.what);
        cr_expect(eq(int, err.line, CASES[i].line), "%zu", i);
        cr_expect(eq(int, err.column, CASES[i].column), "%zu", i);
        cr_expect(eq(sz, trace.n, (size_t)77));
        arena_release(&arena);
    }
}

Test(job_trace, a_log_longer_than_a_replay) {
    struct arena arena = {0};
    struct job_trace trace;
    struct err err = {0};
    const struct job *jobs;
    cr_assert(
        read_text(&arena, "seconds,duration,nodes\n0,1,1\n31000000,31000000,1\n", &trace, &err));
    cr_expect(not(job_trace_jobs(&arena, &trace, 0, &jobs, &err)));
    cr_expect(strstr(err.what, "ends after more than 366 days") != NULL);
    arena_release(&arena);
}
