/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Logs of jobs: who asked when for how many nodes, and for how long they ran.
 *
 *  CSV with a header, plain, .gz or .zst, other columns allowed:
 *
 *      timestamp,duration,num_gpus[,gpu_time]   (the Philly extract of ElasticFlow)
 *      seconds,duration,nodes                   (from any zero)
 *
 *  Durations are seconds of the run; gpu_time, where it is given, must be duration x num_gpus. Rows
 * may come in any order. Stamps are taken as they stand: a log in local time has an hour twice, or
 * not at all, when the clocks change. */
#ifndef HEADROOM_SIM_JOB_TRACE_H
#define HEADROOM_SIM_JOB_TRACE_H

#include "base/arena.h"
#include "base/source.h"
#include "sim/job.h"

enum { JOB_TRACE_ROWS_MAX = 10000000 };

struct job_row {
    int64_t arrival_ns;  /* from the first arrival of the file */
    int64_t duration_ns; /* >= 1 */
    int32_t nodes;       /* 1 .. JOB_NODES_MAX */
};

struct job_trace {
    const char *name;
    char sha256[65];
    size_t n;                   /* >= 1 */
    const struct job_row *rows; /* [n] by arrival, equal times in file order */
    size_t n_descents;          /* rows that came before the row above them */
};

/** Whether the first line of `head` names the columns of a log of jobs. */
bool job_trace_is(struct bytes head);

/** Reads the source to its end, does not close it. false: *err with its place. */
bool job_trace_read(struct arena *arena, struct source *source, struct job_trace *out,
                    struct err *err);

/** [trace->n] fixed gangs that run as long as they ran, on `pool`. false: the log does not fit a
 * replay (366 days from the first arrival to the end of a job that starts when it arrives). */
bool job_trace_jobs(struct arena *arena, const struct job_trace *trace, int pool,
                    const struct job **out, struct err *err);

/** Nodes that run at once at most when every job starts as it arrives. */
int64_t job_trace_peak_nodes(struct arena *arena, const struct job_trace *trace);
double job_trace_node_hours(const struct job_trace *trace);

#endif
