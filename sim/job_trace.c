/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/job_trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "sim/trace_formats.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)
#define DURATION_NS_MAX (TICKS_MAX / TICKS_PER_NS)

static const struct job_scaling LINEAR = {.serial = 0};

enum column { TIMESTAMP, SECONDS, DURATION, NUM_GPUS, NODES, GPU_TIME, COLUMNS };
static const char *const COLUMN_NAMES[COLUMNS] = {"?timestamp", "?seconds", "duration",
                                                  "?num_gpus",  "?nodes",   "?gpu_time"};

struct reading {
    struct csv_reader *csv;
    struct csv_row row;
    int index[COLUMNS]; /* -1: not in the file */
    struct err *err;
};

struct rows {
    struct arena *arena;
    struct job_row *items; /* [n] */
    size_t n, capacity;
};

/* Sorted: by arrival, then by the row of the file. */
struct numbered {
    struct job_row row;
    size_t place;
};

/* ---- fields ---- */

static bool wrong(const struct reading *reading, enum column column, const char *words,
                  const char *hint) {
    const char *name = COLUMN_NAMES[column];
    csv_err(reading->csv, &reading->row, reading->index[column], reading->err, "%s: %s",
            name + (name[0] == '?'), words);
    err_hint(reading->err, "%s", hint);
    return false;
}

static bool field(const struct reading *reading, enum column column, struct bytes *out) {
    int at = reading->index[column];
    if (at >= reading->row.n_fields)
        return csv_err(reading->csv, &reading->row, -1, reading->err,
                       "the row has %d fields, column %d is needed", reading->row.n_fields, at + 1);
    *out = reading->row.fields[at].text;
    return true;
}

static bool read_ns(const struct reading *reading, enum column column, int64_t *out) {
    struct bytes text;
    if (!field(reading, column, &text))
        return false;
    if (trace_parse_time(text, 9, out) != NUMBER_FINE)
        return wrong(reading, column, "not a number of seconds", "write for example 3600 or 12.5");
    return true;
}

static bool read_arrival(const struct reading *reading, int64_t *out) {
    if (reading->index[TIMESTAMP] < 0)
        return read_ns(reading, SECONDS, out);
    struct bytes text;
    if (!field(reading, TIMESTAMP, &text))
        return false;
    if (!calendar_parse_stamp_ns(text, out))
        return wrong(reading, TIMESTAMP, "not a time", "write for example 2017-10-09 07:01:55");
    return true;
}

static bool read_row(const struct reading *reading, struct job_row *out) {
    enum column count = reading->index[NODES] >= 0 ? NODES : NUM_GPUS;
    struct bytes text;
    int64_t gpu_time;
    if (!read_arrival(reading, &out->arrival_ns) ||
        !read_ns(reading, DURATION, &out->duration_ns) || !field(reading, count, &text))
        return false;
    if (out->duration_ns < 1 || out->duration_ns > DURATION_NS_MAX)
        return wrong(reading, DURATION, "outside a replay",
                     "a job runs for more than 0 s and at most 366 days");
    if (trace_parse_tokens(text, &out->nodes) != NUMBER_FINE || out->nodes < 1 ||
        out->nodes > JOB_NODES_MAX)
        return wrong(reading, count, "not a number of nodes", "whole numbers from 1 to 100000");
    if (reading->index[GPU_TIME] < 0)
        return true;
    if (!read_ns(reading, GPU_TIME, &gpu_time))
        return false;
    int64_t product;
    if (__builtin_mul_overflow(out->duration_ns, (int64_t)out->nodes, &product) ||
        product != gpu_time)
        return wrong(reading, GPU_TIME, "not duration x num_gpus",
                     "the row contradicts itself; correct it or leave the column out");
    return true;
}

/* ---- the file ---- */

static void push(struct rows *rows, struct job_row row) {
    if (rows->n == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 1024;
        rows->items = arena_grow(rows->arena, rows->items, rows->n, capacity, sizeof *rows->items);
        rows->capacity = capacity;
    }
    rows->items[rows->n++] = row;
}

static bool read_header(struct reading *reading, const char *name) {
    if (!csv_header(reading->csv, COLUMN_NAMES, COLUMNS, true, reading->index, reading->err))
        return false;
    bool one_time = (reading->index[TIMESTAMP] < 0) != (reading->index[SECONDS] < 0);
    bool one_count = (reading->index[NODES] < 0) != (reading->index[NUM_GPUS] < 0);
    if (one_time && one_count)
        return true;
    err_at(reading->err, name, 1, 1, "the header names no %s, or two",
           one_time ? "number of nodes" : "time of arrival");
    err_hint(reading->err,
             "known headers: 'timestamp,duration,num_gpus' and 'seconds,duration,nodes'");
    return false;
}

static bool read_rows(struct reading *reading, struct rows *rows, const char *name) {
    if (!read_header(reading, name))
        return false;
    for (;;) {
        if (!csv_next(reading->csv, &reading->row, reading->err))
            return false;
        if (reading->row.n_fields == 0)
            break;
        struct job_row row;
        if (!read_row(reading, &row))
            return false;
        if (rows->n == JOB_TRACE_ROWS_MAX)
            return csv_err(reading->csv, &reading->row, -1, reading->err, "more than %d jobs",
                           JOB_TRACE_ROWS_MAX);
        push(rows, row);
    }
    if (rows->n == 0)
        return err_at(reading->err, name, 0, 0, "the log has no row below its header");
    return true;
}

static int by_arrival(const void *a, const void *b) {
    const struct numbered *x = a, *y = b;
    if (x->row.arrival_ns != y->row.arrival_ns)
        return x->row.arrival_ns < y->row.arrival_ns ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* From the first arrival on. false: the arrivals lie more than a replay apart. */
static bool sort_rows(struct rows *rows) {
    struct numbered *numbered = arena_new(rows->arena, struct numbered, rows->n);
    for (size_t i = 0; i < rows->n; i++)
        numbered[i] = (struct numbered){rows->items[i], i};
    qsort(numbered, rows->n, sizeof *numbered, by_arrival);
    int64_t first = numbered[0].row.arrival_ns, span;
    if (__builtin_sub_overflow(numbered[rows->n - 1].row.arrival_ns, first, &span) ||
        span > DURATION_NS_MAX)
        return false;
    for (size_t i = 0; i < rows->n; i++) {
        rows->items[i] = numbered[i].row;
        rows->items[i].arrival_ns -= first;
    }
    return true;
}

bool job_trace_is(struct bytes head) {
    bool duration = false, nodes = false;
    const char *end = memchr(head.data, '\n', head.n);
    size_t n = end ? (size_t)(end - head.data) : head.n;
    for (size_t i = 0; i < n;) {
        const char *comma = memchr(head.data + i, ',', n - i);
        size_t length = comma ? (size_t)(comma - head.data) - i : n - i;
        struct bytes word = bytes_trim((struct bytes){head.data + i, length});
        duration = duration || bytes_are(word, "duration");
        nodes = nodes || bytes_are(word, "nodes") || bytes_are(word, "num_gpus");
        i += length + 1;
    }
    return duration && nodes;
}

bool job_trace_read(struct arena *arena, struct source *source, struct job_trace *out,
                    struct err *err) {
    struct reading reading = {.csv = csv_open(arena, source, ',', err), .err = err};
    struct rows rows = {.arena = arena};
    if (!reading.csv)
        return false;
    const char *name = source_name(source);
    bool ok = read_rows(&reading, &rows, name);
    csv_close(reading.csv);
    if (!ok)
        return false;
    size_t descents = 0;
    for (size_t i = 1; i < rows.n; i++)
        descents += rows.items[i].arrival_ns < rows.items[i - 1].arrival_ns;
    if (!sort_rows(&rows)) {
        err_at(err, name, 0, 0, "the jobs of the log arrive over more than 366 days");
        err_hint(err, "cut it into shorter files");
        return false;
    }
    *out =
        (struct job_trace){.name = name, .n = rows.n, .rows = rows.items, .n_descents = descents};
    source_sha256(source, out->sha256);
    return true;
}

/* ---- as jobs ---- */

bool job_trace_jobs(struct arena *arena, const struct job_trace *trace, int pool,
                    const struct job **out, struct err *err) {
    struct job *jobs = arena_new(arena, struct job, trace->n);
    for (size_t i = 0; i < trace->n; i++) {
        const struct job_row *row = &trace->rows[i];
        if (row->arrival_ns > DURATION_NS_MAX - row->duration_ns) {
            err_at(err, trace->name, 0, 0, "a job of the log ends after more than 366 days");
            err_hint(err, "cut it into shorter files");
            return false;
        }
        jobs[i] = (struct job){
            .arrival = row->arrival_ns * TICKS_PER_NS,
            .work_s = (double)row->duration_ns / (double)NS_PER_SECOND * row->nodes,
            .nodes_min = row->nodes,
            .nodes_max = row->nodes,
            .scaling = &LINEAR,
            .deadline = JOB_NO_DEADLINE,
            .pool = pool,
            .fallback = -1,
        };
    }
    *out = jobs;
    return true;
}

struct edge {
    int64_t at_ns;
    int64_t nodes; /* < 0: given back */
};

static int by_time(const void *a, const void *b) {
    const struct edge *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x->nodes < y->nodes ? -1 : x->nodes > y->nodes; /* given back before taken */
}

int64_t job_trace_peak_nodes(struct arena *arena, const struct job_trace *trace) {
    struct arena_mark mark = arena_mark(arena);
    struct edge *edges = arena_new(arena, struct edge, 2 * trace->n);
    for (size_t i = 0; i < trace->n; i++) {
        const struct job_row *row = &trace->rows[i];
        edges[2 * i] = (struct edge){row->arrival_ns, row->nodes};
        edges[2 * i + 1] = (struct edge){row->arrival_ns + row->duration_ns, -row->nodes};
    }
    qsort(edges, 2 * trace->n, sizeof *edges, by_time);
    int64_t now = 0, peak = 0;
    for (size_t i = 0; i < 2 * trace->n; i++) {
        now += edges[i].nodes;
        peak = now > peak ? now : peak;
    }
    arena_rewind(arena, mark);
    return peak;
}

double job_trace_node_hours(const struct job_trace *trace) {
    double sum = 0;
    for (size_t i = 0; i < trace->n; i++)
        sum += (double)trace->rows[i].duration_ns * trace->rows[i].nodes / (double)NS_PER_HOUR;
    return sum;
}
