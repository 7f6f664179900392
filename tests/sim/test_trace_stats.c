/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trace statistics: a small trace worked out by hand in the comments, and random traces against a
 * brute-force count of every window. */
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sim/trace.h"
#include "tests/base/case_table.h"

#define NS_PER_SECOND 1000000000LL

/* Arrivals at 0, 0, 1.5, 60 and 139.5 s. Gaps 0, 1.5, 58.5, 79.5: mean 139.5/4 = 34.875; squares
 * about it 1216.27, 1113.89, 558.14, 1991.39, mean 1219.92, root 34.93, cv 1.0015. The span for
 * windows is 139.5 + 34.875 = 174.375 s: 2 complete minutes with 3 and 1 requests (mean 2,
 * variance 1, dispersion 0.5); 174 complete seconds with counts 2, 1, 1, 1 (sum 5, squares 7,
 * mean 5/174, variance 7/174 - (5/174)^2, dispersion 7/5 - 5/174). */
Test(trace_stats, by_hand) {
    struct arena arena = {0};
    const struct request rows[] = {{0, 10, 0},
                                   {0, 20, 3},
                                   {3 * NS_PER_SECOND / 2, 30, 0},
                                   {60 * NS_PER_SECOND, 40, 5},
                                   {279 * NS_PER_SECOND / 2, 50, 7}};
    struct trace_stats stats = {.n_descents = 9};
    trace_stats(&arena, rows, 5, NULL, &stats);
    cr_assert(eq(sz, stats.n, (size_t)5));
    cr_assert(epsilon_eq(dbl, stats.span_s, 139.5, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.rate_per_second, 5 / 139.5, 1e-12));
    cr_assert(eq(i64, stats.peak_minute_requests, 3));
    cr_assert(epsilon_eq(dbl, stats.peak_minute_ratio, 3 * 139.5 / (60 * 5), 1e-12));
    cr_assert(eq(i64, stats.peak_second_requests, 2));
    cr_assert(epsilon_eq(dbl, stats.gap_mean_s, 34.875, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.gap_cv, 1.0015, 1e-4));
    cr_assert(epsilon_eq(dbl, stats.gap_zero_share, 0.25, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.dispersion_60s, 0.5, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.dispersion_1s, 7.0 / 5 - 5.0 / 174, 1e-12));
    cr_assert(eq(sz, stats.n_descents, (size_t)9));
    /* P95 of 5 values lies at place 0.95 * 4 = 3.8: 40 + 0.8 * 10 = 48; P99 at 3.96: 49.6 */
    cr_assert(epsilon_eq(dbl, stats.input.mean, 30, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.input.p50, 30, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.input.p95, 48, 1e-12));
    cr_assert(epsilon_eq(dbl, stats.input.p99, 49.6, 1e-12));
    cr_assert(eq(dbl, stats.input.min, 10));
    cr_assert(eq(dbl, stats.input.max, 50));
    cr_assert(eq(sz, stats.output.zeros, (size_t)2));
    cr_assert(isnan(stats.reusable_share));
    arena_release(&arena);
}

/* Prompts of 10, 20 and 30 tokens in blocks of 8: ids 0 | 0 1 | 0 1 2. Found again: 1 block of the
 * second, 2 of the third, 24 of 60 tokens. */
Test(trace_stats, reusable_share_by_hand) {
    struct arena arena = {0};
    const struct request rows[] = {{0, 10, 1, .row = 0},
                                   {NS_PER_SECOND, 20, 1, .row = 1},
                                   {2 * NS_PER_SECOND, 30, 1, .row = 2}};
    static const uint32_t first[] = {0, 1, 3, 6}, ids[] = {0, 0, 1, 0, 1, 2};
    struct prompt_blocks prompts = {8, first, ids, 3};
    struct trace_stats stats = {0};
    trace_stats(&arena, rows, 3, &prompts, &stats);
    cr_assert(epsilon_eq(dbl, stats.reusable_share, 0.4, 1e-12));
    arena_release(&arena);
}

Test(trace_stats, one_request) {
    struct arena arena = {0};
    struct trace_stats stats = {0};
    trace_stats(&arena, &(struct request){5, 7, 9}, 1, NULL, &stats);
    cr_assert(eq(dbl, stats.span_s, 0));
    cr_assert(isnan(stats.rate_per_second));
    cr_assert(isnan(stats.gap_cv));
    cr_assert(isnan(stats.dispersion_1s));
    cr_assert(eq(dbl, stats.input.p99, 7));
    arena_release(&arena);
}

Test(trace_stats, all_at_once) {
    struct arena arena = {0};
    struct trace_stats stats = {0};
    const struct request rows[] = {{5, 1, 1}, {5, 1, 1}, {5, 1, 1}};
    trace_stats(&arena, rows, 3, NULL, &stats);
    cr_assert(eq(i64, stats.peak_second_requests, 3));
    cr_assert(eq(dbl, stats.gap_zero_share, 1));
    cr_assert(isnan(stats.gap_cv));
    cr_assert(isnan(stats.rate_per_second));
    arena_release(&arena);
}

/* Population variance over mean of every complete window, counted in an array. */
static double brute_dispersion(const struct request *rows, size_t n, int64_t width_ns) {
    int64_t last = rows[n - 1].arrival_ns - rows[0].arrival_ns;
    int64_t n_windows = (last + last / (int64_t)(n - 1)) / width_ns;
    double *counts = calloc((size_t)n_windows + 2, sizeof *counts), sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        counts[(rows[i].arrival_ns - rows[0].arrival_ns) / width_ns]++;
    for (int64_t w = 0; w < n_windows; w++)
        sum += counts[w];
    double mean = sum / (double)n_windows;
    for (int64_t w = 0; w < n_windows; w++)
        squares += (counts[w] - mean) * (counts[w] - mean);
    free(counts);
    return squares / (double)n_windows / mean;
}

static const double RATES[] = {0.01, 0.5, 3, 200};

CASE_TEST(trace_stats, against_brute_force, RATES) {
    enum { N = 3000 };
    static struct request rows[N];
    struct arena arena = {0};
    struct rng rng = rng_open(5, 0, RNG_TEST, (uint64_t)*index);
    int64_t at_ns = 77;
    for (int i = 0; i < N; i++) {
        at_ns += (int64_t)(1e9 * rng_gamma(&rng, 0.2, 5 / RATES[*index]));
        rows[i] = (struct request){at_ns, 1 + (int32_t)rng_below(&rng, 100), 0};
    }
    struct trace_stats stats = {0};
    trace_stats(&arena, rows, N, NULL, &stats);
    double at_1s = brute_dispersion(rows, N, NS_PER_SECOND);
    cr_assert(epsilon_eq(dbl, stats.dispersion_1s / at_1s, 1, 1e-9));
    if (RATES[*index] < 100) { /* else under a minute */
        double at_60s = brute_dispersion(rows, N, 60 * NS_PER_SECOND);
        cr_assert(epsilon_eq(dbl, stats.dispersion_60s / at_60s, 1, 1e-9));
    } else {
        cr_assert(isnan(stats.dispersion_60s));
    }
    cr_assert(eq(sz, stats.output.zeros, (size_t)N));
    arena_release(&arena);
}

/* Weeks of 100, 200 and 100 requests and a part of a fourth: ln differs by ln 2 once, so the
 * variance is (1 - 1/3) ln^2(2) / 2 = ln^2(2) / 3. A series of the same totals agrees; two
 * weeks alike have none; less than two weeks say nothing. */
Test(trace_stats, weeks_of_a_log_and_of_a_series) {
    enum { N = 430 };
    static struct request requests[N];
    static double rates[3 * 168 + 5];
    const int64_t week_ns = 168LL * 3600 * 1000000000;
    int n = 0;
    for (int week = 0; week < 4; week++) {
        int of_week = week == 1 ? 200 : week == 3 ? 30 : 100;
        for (int i = 0; i < of_week; i++)
            requests[n++].arrival_ns = week * week_ns + i * (week_ns / 200);
    }
    for (int h = 0; h < 3 * 168 + 5; h++)
        rates[h] = h / 168 == 1 ? 0.2 : 0.1;
    struct trace log = {.n = N, .requests = requests};
    struct trace series = {.n_hours = 3 * 168 + 5, .rate_per_second = rates};
    struct trace_weeks of_log = trace_weeks(&log), of_series = trace_weeks(&series);
    double want = 0.6931471805599453 / sqrt(3);
    cr_assert(eq(int, of_log.n, 3));
    cr_assert(epsilon_eq(dbl, of_log.sd, want, 1e-9));
    cr_assert(eq(int, of_series.n, 3));
    cr_assert(epsilon_eq(dbl, of_series.sd, want, 1e-9));
    series.n_hours = 2 * 168 - 1;
    cr_assert(eq(int, trace_weeks(&series).n, 0));
}
