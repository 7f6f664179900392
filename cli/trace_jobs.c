/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trace_jobs.h"

#include <jansson.h>
#include <math.h>

#include "base/number.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/trace_words.h"
#include "sim/job_replay.h"
#include "sim/job_trace.h"

#define NS_PER_SECOND 1e9

enum { POOLS_MAX = 6 };

/* Of all jobs, by nearest rank. */
struct spread {
    double mean, min, p50, p95, p99, max;
};

/* One replay: first come, first served on so many nodes. */
struct job_waits {
    int64_t nodes;
    double busy; /* share of the nodes' time until the last job is over */
    int n_waited, n_unfinished;
    struct spread wait_s;
};

struct job_stats {
    const struct job_trace *trace;
    struct spread duration_s, nodes;
    double span_s, node_hours;
    int64_t peak_nodes;
    int n_waits;
    struct job_waits waits[POOLS_MAX];
};

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at_rank(const double *sorted, size_t n, double share) {
    size_t rank = (size_t)ceil(share * (double)n);
    return sorted[rank > 0 ? rank - 1 : 0];
}

/* Sorts the values [n >= 1]. */
static struct spread spread_of(double *values, size_t n) {
    double sum = 0;
    qsort(values, n, sizeof *values, compare);
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return (struct spread){sum / (double)n,          values[0],
                           at_rank(values, n, 0.5),  at_rank(values, n, 0.95),
                           at_rank(values, n, 0.99), values[n - 1]};
}

static bool replay_on(struct arena *arena, const struct job_trace *trace, int64_t nodes,
                      struct job_waits *out, struct err *err) {
    struct job_pool pool = {.nodes = (int)nodes};
    struct job_replay_input input = {
        .n_jobs = (int)trace->n, .pools = &pool, .n_pools = 1, .end = TICKS_MAX};
    struct job_replay_result result;
    struct arena_mark mark = arena_mark(arena);
    if (!job_trace_jobs(arena, trace, 0, &input.jobs, err) ||
        !job_replay(arena, &input, &result, err))
        return false;
    double *waits = arena_new(arena, double, trace->n);
    *out = (struct job_waits){.nodes = nodes, .n_unfinished = (int)trace->n - result.finished};
    for (size_t i = 0; i < trace->n; i++) {
        waits[i] = ticks_seconds(result.jobs[i].waited);
        out->n_waited += result.jobs[i].waited > 0;
    }
    double hours = ticks_seconds(result.ended) / 3600;
    out->busy = hours > 0 ? job_node_hours(result.account.useful) / ((double)nodes * hours) : 0;
    out->wait_s = spread_of(waits, trace->n);
    arena_rewind(arena, mark);
    return true;
}

/* On the nodes of the busiest instant, then on nine tenths of them down to a half, as long as the
 * largest job fits. */
static bool measure(struct arena *arena, const struct job_trace *trace, struct job_stats *out,
                    struct err *err) {
    double *durations_s = arena_new(arena, double, trace->n);
    double *nodes = arena_new(arena, double, trace->n);
    for (size_t i = 0; i < trace->n; i++) {
        durations_s[i] = (double)trace->rows[i].duration_ns / NS_PER_SECOND;
        nodes[i] = trace->rows[i].nodes;
    }
    *out =
        (struct job_stats){.trace = trace,
                           .duration_s = spread_of(durations_s, trace->n),
                           .nodes = spread_of(nodes, trace->n),
                           .span_s = (double)trace->rows[trace->n - 1].arrival_ns / NS_PER_SECOND,
                           .node_hours = job_trace_node_hours(trace),
                           .peak_nodes = job_trace_peak_nodes(arena, trace)};
    for (int tenths = 10; tenths >= 5; tenths--) {
        int64_t count = out->peak_nodes * tenths / 10;
        bool again = out->n_waits > 0 && out->waits[out->n_waits - 1].nodes == count;
        if (again || count < (int64_t)out->nodes.max || count > INT32_MAX)
            continue;
        if (!replay_on(arena, trace, count, &out->waits[out->n_waits++], err))
            return false;
    }
    return true;
}

static void append_spread(struct text *out, const char *name, const struct spread *s) {
    trace_append_spread(
        out, name, (const struct trace_spread){s->mean, s->min, s->p50, s->p95, s->p99, s->max},
        "");
}

static void append_text(struct text *out, const struct job_stats *s) {
    text_printf(out, "%s: log of jobs\n", s->trace->name);
    text_printf(out, "  rows           %zu\n", s->trace->n);
    text_printf(out, "  span           %.1f s (%.3f h)\n", s->span_s, s->span_s / 3600);
    text_printf(out, "  out of order   %zu rows\n", s->trace->n_descents);
    append_spread(out, "nodes", &s->nodes);
    append_spread(out, "duration, s", &s->duration_s);
    struct arena *arena = out->arena;
    text_printf(out, "  node-hours     %s\n", number_digits(arena, s->node_hours, 8));
    text_printf(out,
                "  at once        %lld nodes at most, when each job starts as it comes\n\n"
                "First come, first served on so many nodes:\n",
                (long long)s->peak_nodes);
    text_printf(out, "%10s %6s %10s %14s %14s %14s\n", "nodes", "busy", "jobs wait", "mean, s",
                "P95, s", "longest, s");
    for (int i = 0; i < s->n_waits; i++) {
        const struct job_waits *w = &s->waits[i];
        text_printf(out, "%10lld %5.1f%% %10d %14s %14s %14s\n", (long long)w->nodes, 100 * w->busy,
                    w->n_waited, number_digits(arena, w->wait_s.mean, 5),
                    number_digits(arena, w->wait_s.p95, 7), number_digits(arena, w->wait_s.max, 7));
        if (w->n_unfinished > 0)
            text_printf(out, "%12s%d not over in 366 days\n", "", w->n_unfinished);
    }
}

static json_t *spread_json(const struct spread *s) {
    return json_pack("{s:f,s:f,s:f,s:f,s:f,s:f}", "mean", s->mean, "min", s->min, "p50", s->p50,
                     "p95", s->p95, "p99", s->p99, "max", s->max);
}

static void append_stats_json(struct text *out, const struct job_stats *s) {
    json_t *waits = json_array();
    for (int i = 0; i < s->n_waits; i++) {
        const struct job_waits *w = &s->waits[i];
        json_array_append_new(
            waits, json_pack("{s:I,s:f,s:i,s:o,s:i}", "nodes", (json_int_t)w->nodes, "busy_share",
                             w->busy, "jobs_that_wait", w->n_waited, "wait_s",
                             spread_json(&w->wait_s), "unfinished", w->n_unfinished));
    }
    json_t *root =
        json_pack("{s:i,s:s,s:s,s:s,s:I,s:f,s:I,s:o,s:o,s:f,s:I,s:o}", "schema_version", 1, "file",
                  s->trace->name, "format", "log of jobs", "sha256", s->trace->sha256, "rows",
                  (json_int_t)s->trace->n, "span_s", s->span_s, "out_of_order_rows",
                  (json_int_t)s->trace->n_descents, "nodes", spread_json(&s->nodes), "duration_s",
                  spread_json(&s->duration_s), "node_hours", s->node_hours, "peak_nodes",
                  (json_int_t)s->peak_nodes, "replays", waits);
    append_json(out, root, FIGURE_DIGITS);
}

int trace_jobs_stats(struct arena *arena, struct source *source, bool as_json) {
    struct err err = {0};
    struct bytes head;
    struct text out = {.arena = arena};
    struct job_trace trace;
    struct job_stats stats;
    if (!source_peek(source, &head, &err) || !job_trace_is(head))
        return NOT_JOBS; /* a damaged file is told by the next reader */
    bool fine = job_trace_read(arena, source, &trace, &err);
    source_close(source);
    if (!fine || !measure(arena, &trace, &stats, &err))
        return print_error(&err);
    (as_json ? append_stats_json : append_text)(&out, &stats);
    return print_form(arena, &out, as_json);
}
