/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast traces are read: trace_read (libcsv, digits by hand, places kept for messages, SHA-256
 * of the file) against a loop of fgets, strtod and strtol that checks nothing, on the same 1e6 rows
 * in memory; and the same rows through zstd. CPU time, best of five. All must come to the same
 * sums, or the bench says so and fails. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zstd.h>

#include "base/rng.h"
#include "sim/trace.h"

enum { ROUNDS = 5, N_ROWS = 1000000 };

struct sums {
    size_t n;
    double last_s;
    long long input, output;
};

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

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

static struct sums read_by_trace(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = {0};
    struct sums sums = {0};
    struct source *source = source_open_memory(&arena, bytes, "rows.csv", &err);
    if (source && trace_read(&arena, source, &trace, &err)) {
        sums.n = trace.n;
        sums.last_s = (double)trace.requests[trace.n - 1].arrival_ns * 1e-9;
        for (size_t i = 0; i < trace.n; i++) {
            sums.input += trace.requests[i].input_tokens;
            sums.output += trace.requests[i].output_tokens;
        }
    }
    source_close(source);
    arena_release(&arena);
    return sums;
}

static struct sums read_by_strtod(struct bytes bytes) {
    struct sums sums = {0};
    char line[256], *end;
    FILE *file = fmemopen((void *)(uintptr_t)bytes.data, bytes.n, "r");
    if (!file || !fgets(line, sizeof line, file))
        return sums;
    while (fgets(line, sizeof line, file)) {
        sums.last_s = strtod(line, &end);
        sums.input += strtol(end + 1, &end, 10);
        sums.output += strtol(end + 1, &end, 10);
        sums.n++;
    }
    fclose(file);
    return sums;
}

static double best_of(struct sums (*read)(struct bytes), struct bytes bytes, struct sums *sums) {
    double best = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        *sums = read(bytes);
        best = fmin(best, cpu_seconds() - start);
    }
    return best;
}

static bool same(const struct sums *a, const struct sums *b) {
    return a->n == b->n && a->input == b->input && a->output == b->output &&
           fabs(a->last_s - b->last_s) < 1e-6;
}

int main(void) {
    struct arena arena = {0};
    struct bytes rows = make_rows(&arena), packed = compress_rows(&arena, rows);
    struct sums traced, unpacked, scanned;
    double trace_s = best_of(read_by_trace, rows, &traced);
    double packed_s = best_of(read_by_trace, packed, &unpacked);
    double scan_s = best_of(read_by_strtod, rows, &scanned);
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
