/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast traces are read: trace_read (libcsv, digits by hand, places kept for messages, SHA-256
 * of the file) against a loop of fgets, strtod and strtol that checks nothing, on the same 1e6 rows
 * in memory; and the same rows through zstd. CPU time, best of five. All must come to the same
 * sums, or the bench says so and fails. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/rng.h"
#include "sim/trace.h"
#include "tests/bench/bench_help.h"

enum { ROUNDS = 5, N_ROWS = 1000000 };

struct sums {
    size_t n;
    double last_s;
    long long input, output;
};

static struct bytes make_rows(struct arena *arena) {
    struct text text = {.arena = arena};
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    long long at_us = 0;
    text_append_string(&text, "seconds,input,output\n");
    for (int i = 0; i < N_ROWS; i++) {
        text_printf(&text, "%lld.%06lld,%d,%d\n", at_us / 1000000, at_us % 1000000,
                    1 + (int)rng_below(&rng, 8000), (int)rng_below(&rng, 600));
        at_us += (long long)rng_exponential(&rng, 400000);
    }
    return (struct bytes){text.data, text.n};
}

static struct bytes compress_rows(struct arena *arena, struct bytes in) {
    size_t capacity = ZSTD_compressBound(in.n);
    char *out = arena_alloc(arena, capacity, 1);
    return (struct bytes){out, ZSTD_compress(out, capacity, in.data, in.n, 3)};
}

/* ---- the two readers ---- */

static struct sums sum_rows(const struct request *rows, size_t n) {
    struct sums sums = {.n = n};
    for (size_t i = 0; i < n; i++) {
        sums.input += rows[i].input_tokens;
        sums.output += rows[i].output_tokens;
    }
    sums.last_s = n ? (double)rows[n - 1].arrival_ns * 1e-9 : 0;
    return sums;
}

static struct sums read_by_trace(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = {0};
    struct source *source = source_open_memory(&arena, bytes, "rows.csv", &err);
    if (!source || !trace_read(&arena, source, &trace, &err))
        fprintf(stderr, "%s\n", err.what);
    struct sums sums = sum_rows(trace.requests, trace.n);
    source_close(source);
    arena_release(&arena);
    return sums;
}

static struct sums read_by_strtod(struct bytes bytes) {
    struct arena arena = {0};
    struct request *rows = NULL;
    size_t n = 0, capacity = 0;
    char line[256], *end;
    FILE *file = fmemopen((void *)(uintptr_t)bytes.data, bytes.n, "r");
    bool more = file && fgets(line, sizeof line, file);
    while (more && fgets(line, sizeof line, file)) {
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 4096;
            rows = arena_grow(&arena, rows, n, capacity, sizeof *rows);
        }
        rows[n].arrival_ns = (int64_t)(strtod(line, &end) * 1e9);
        rows[n].input_tokens = (int32_t)strtol(end + 1, &end, 10);
        rows[n++].output_tokens = (int32_t)strtol(end + 1, &end, 10);
    }
    if (file)
        fclose(file);
    struct sums sums = sum_rows(rows, n);
    arena_release(&arena);
    return sums;
}

static double timed(struct sums (*read)(struct bytes), struct bytes bytes, struct sums *sums) {
    double start = cpu_seconds();
    *sums = read(bytes);
    return cpu_seconds() - start;
}

static bool same(const struct sums *a, const struct sums *b) {
    return a->n == b->n && a->input == b->input && a->output == b->output &&
           fabs(a->last_s - b->last_s) < 1e-6;
}

int main(void) {
    struct arena arena = {0};
    struct bytes rows = make_rows(&arena), packed = compress_rows(&arena, rows);
    struct sums traced, unpacked, scanned;
    double trace_s = INFINITY, packed_s = INFINITY, scan_s = INFINITY;
    for (int round = 0; round < ROUNDS; round++) { /* in turn: other load then hits all alike */
        trace_s = fmin(trace_s, timed(read_by_trace, rows, &traced));
        packed_s = fmin(packed_s, timed(read_by_trace, packed, &unpacked));
        scan_s = fmin(scan_s, timed(read_by_strtod, rows, &scanned));
    }
    printf("trace rows, million a CPU second (1e6 rows, %.1f MB, best of %d)\n",
           (double)rows.n * 1e-6, ROUNDS);
    printf("  trace_read, plain    %6.2f   %.2f x fgets + strtod\n", N_ROWS * 1e-6 / trace_s,
           scan_s / trace_s);
    printf("  trace_read, zstd     %6.2f   %.2f x fgets + strtod\n", N_ROWS * 1e-6 / packed_s,
           scan_s / packed_s);
    printf("  fgets + strtod       %6.2f\n", N_ROWS * 1e-6 / scan_s);
    bool equal = traced.n == N_ROWS && same(&traced, &unpacked) && same(&traced, &scanned);
    if (!equal)
        fprintf(stderr, "the readers disagree\n");
    arena_release(&arena);
    return equal ? 0 : 1;
}
