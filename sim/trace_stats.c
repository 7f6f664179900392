/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "sim/prompt_blocks.h"
#include "sim/trace.h"

#define NS_PER_SECOND 1000000000LL

/* ---- counts ---- */

struct window_counts {
    int64_t peak;
    double dispersion;
};

/* Requests in windows of width_ns from the first arrival. Sorted requests are counted window by
 * window, so a long quiet trace needs no array. */
static struct window_counts count_windows(const struct request *requests, size_t n, int64_t span_ns,
                                          int64_t width_ns) {
    int64_t n_complete = span_ns / width_ns, first = requests[0].arrival_ns;
    struct window_counts out = {0, NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n;) {
        int64_t window = (requests[i].arrival_ns - first) / width_ns;
        size_t start = i;
        while (i < n && (requests[i].arrival_ns - first) / width_ns == window)
            i++;
        int64_t count = (int64_t)(i - start);
        out.peak = count > out.peak ? count : out.peak;
        if (window < n_complete) {
            sum += (double)count;
            squares += (double)count * (double)count;
        }
    }
    if (n_complete > 0 && sum > 0) {
        double mean = sum / (double)n_complete;
        out.dispersion = (squares / (double)n_complete - mean * mean) / mean;
    }
    return out;
}

static void fill_gaps(const struct request *requests, size_t n, struct trace_stats *out) {
    out->gap_mean_s = out->gap_cv = out->gap_zero_share = NAN;
    if (n < 2)
        return;
    double gaps = (double)(n - 1), sum = 0;
    size_t zeros = 0;
    out->gap_mean_s = out->span_s / gaps;
    for (size_t i = 1; i < n; i++) {
        int64_t gap = requests[i].arrival_ns - requests[i - 1].arrival_ns;
        double off = (double)gap / NS_PER_SECOND - out->gap_mean_s;
        zeros += gap == 0;
        sum += off * off;
    }
    out->gap_zero_share = (double)zeros / gaps;
    if (out->gap_mean_s > 0)
        out->gap_cv = sqrt(sum / gaps) / out->gap_mean_s;
}

/* ---- tokens ---- */

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile_of(const double *sorted, size_t n, double q) {
    double at = q * (double)(n - 1);
    size_t low = (size_t)at;
    size_t high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

static struct trace_tokens token_stats(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare_doubles);
    double sum = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
        zeros += values[i] == 0;
    }
    return (struct trace_tokens){
        .mean = sum / (double)n,
        .min = values[0],
        .p50 = quantile_of(values, n, 0.50),
        .p95 = quantile_of(values, n, 0.95),
        .p99 = quantile_of(values, n, 0.99),
        .max = values[n - 1],
        .zeros = zeros,
    };
}

struct trace_tokens trace_quantiles(struct arena *arena, const double *values, size_t n) {
    struct arena_mark mark = arena_mark(arena);
    double *sorted = arena_new(arena, double, n);
    memcpy(sorted, values, n * sizeof *sorted);
    struct trace_tokens out = token_stats(sorted, n);
    arena_rewind(arena, mark);
    return out;
}

void trace_stats(struct arena *arena, const struct request *requests, size_t n,
                 const struct prompt_blocks *prompts, struct trace_stats *out) {
    ENSURE(n > 0);
    int64_t last = requests[n - 1].arrival_ns - requests[0].arrival_ns;
    int64_t span_ns = n < 2 ? 0 : last + last / (int64_t)(n - 1);
    out->n = n;
    out->span_s = (double)last / NS_PER_SECOND;
    out->rate_per_second = last > 0 ? (double)n / out->span_s : NAN;
    struct window_counts seconds = count_windows(requests, n, span_ns, NS_PER_SECOND);
    struct window_counts minutes = count_windows(requests, n, span_ns, 60 * NS_PER_SECOND);
    out->peak_second_requests = seconds.peak;
    out->peak_minute_requests = minutes.peak;
    out->peak_minute_ratio = (double)minutes.peak / (60 * out->rate_per_second);
    out->dispersion_1s = seconds.dispersion;
    out->dispersion_60s = minutes.dispersion;
    fill_gaps(requests, n, out);

    struct arena_mark mark = arena_mark(arena);
    double *values = arena_new(arena, double, n);
    for (size_t i = 0; i < n; i++)
        values[i] = requests[i].input_tokens;
    out->input = token_stats(values, n);
    for (size_t i = 0; i < n; i++)
        values[i] = requests[i].output_tokens;
    out->output = token_stats(values, n);
    arena_rewind(arena, mark);
    out->reusable_share = NAN;
    if (prompts)
        out->reusable_share = (double)prompt_blocks_found(arena, prompts, requests, n, n) /
                              (out->input.mean * (double)n);
}

/* Requests of one week; `row` goes on to the first one after it. */
static double week_total(const struct trace *trace, int week, size_t *row) {
    double total = 0;
    if (trace->n_hours > 0) {
        for (int h = week * HOURS_PER_WEEK; h < (week + 1) * HOURS_PER_WEEK; h++)
            total += trace->rate_per_second[h];
        return total;
    }
    const int64_t week_ns = (int64_t)HOURS_PER_WEEK * 3600 * NS_PER_SECOND;
    for (; *row < trace->n && trace->requests[*row].arrival_ns < (week + 1) * week_ns; ++*row)
        total++;
    return total;
}

struct trace_weeks trace_weeks(const struct trace *trace) {
    const int64_t week_ns = (int64_t)HOURS_PER_WEEK * 3600 * NS_PER_SECOND;
    struct trace_weeks weeks = {.n = trace->n_hours / HOURS_PER_WEEK};
    if (trace->n_hours == 0 && trace->n > 1) {
        int64_t last = trace->requests[trace->n - 1].arrival_ns;
        weeks.n = (int)((last + last / (int64_t)(trace->n - 1)) / week_ns);
    }
    double sum = 0, squares = 0;
    size_t row = 0;
    for (int week = 0; week < weeks.n; week++) {
        double total = week_total(trace, week, &row);
        if (!(total > 0))
            return (struct trace_weeks){0};
        sum += rng_log(total);
        squares += rng_log(total) * rng_log(total);
    }
    if (weeks.n < 2)
        return (struct trace_weeks){0};
    weeks.sd = sqrt(fmax(squares - sum * sum / weeks.n, 0) / (weeks.n - 1));
    return weeks;
}
