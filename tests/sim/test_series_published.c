/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published series and calls where they lie ($HEADROOM_DATA): every figure of their pages, to the
 * digits they print; and the burstiness found from counts of seconds and of minutes, drawn again,
 * has the dispersion of the file. */
#include <math.h>

#include "base/rng.h"
#include "published_trace.h"
#include "sim/trace.h"

#define TWITTER "traces/twitter-stream-2021-08/workload.txt.zst"
#define MINUTES "traces/azure-functions-2019-sample1000/1000_inv.csv.zst"
#define MINUTES_10 "traces/azure-functions-2019-sample1000/original-format-10/invocations.csv"
#define CALLS "traces/azure-functions-2021-sample200/Azure2021_200.csv"
#define GENAI "traces/alibaba-genai-2026/lora_request_trace.csv.zst"
#define ARXIV                                                                                      \
    "traces/arxiv-summarization-lengths/"                                                          \
    "arxiv_summarization_stats_llama2_tokenizer_filtered_v2.csv"

Test(series_published, twitter_seconds) {
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, TWITTER);
    const struct rate_series *series = &trace.series;
    cr_expect(eq(int, trace.format, TRACE_RATE_LIST));
    cr_expect(eq(i64, series->n, 1899061));
    cr_expect(eq(dbl, series->steps.sum, 120774326));
    cr_expect(eq(dbl, series->steps.peak, 388));
    cr_expect(eq(dbl, series->minutes.peak, 18006));
    data_check_printed("zero", 100.0 * (double)series->steps.zeros / (double)series->n, "2.00");
    data_check_printed("1 s", bin_counts_dispersion(&series->steps), "27.4");
    data_check_printed("60 s", bin_counts_dispersion(&series->minutes), "1537.3");
    data_check_printed("3600 s", bin_counts_dispersion(&series->hours), "22852.9");
    data_check_printed("minutes", bin_counts_cv(&series->minutes), "0.635");
    data_check_printed("hours", bin_counts_cv(&series->hours), "0.316");
    cr_expect(arena.allocated < 40 << 20, "%zu bytes", arena.allocated);
    arena_release(&arena);
}

/* "By hour of day", the first four of the page. */
Test(series_published, function_minutes) {
    static const char *const HOURS[] = {"180", "216", "170", "165"};
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, MINUTES);
    const struct rate_series *series = &trace.series;
    cr_expect(eq(int, trace.format, TRACE_FUNCTION_MINUTES));
    cr_expect(eq(int, trace.n_sources, 1000));
    cr_expect(eq(int, trace.n_hours, 24));
    cr_expect(eq(dbl, series->steps.sum, 15763373));
    cr_expect(eq(dbl, series->steps.peak, 21722));
    data_check_printed("60 s", bin_counts_dispersion(&series->minutes), "405");
    data_check_printed("3600 s", bin_counts_dispersion(&series->hours), "6594.4");
    data_check_printed("minutes", bin_counts_cv(&series->minutes), "0.192");
    for (int h = 0; h < 4; h++)
        data_check_printed("hour", trace.rate_per_second[h], HOURS[h]);
    struct trace original = data_read_trace(&arena, MINUTES_10);
    cr_expect(eq(int, original.n_sources, 10));
    cr_expect(eq(i64, original.series.n, 1440));
    arena_release(&arena);
}

Test(series_published, function_calls) {
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, CALLS);
    struct trace_stats stats = {0};
    trace_stats(&arena, trace.requests, trace.n, NULL, &stats);
    struct trace_tokens ran = trace_quantiles(&arena, trace.duration_s, trace.n);
    cr_expect(eq(int, trace.format, TRACE_FUNCTION_CALLS));
    cr_expect(eq(sz, stats.n, (size_t)199));
    cr_expect(eq(sz, trace.n_descents, (size_t)0));
    data_check_printed("duration", stats.span_s, "1200.0");
    data_check_printed("mean gap", stats.gap_mean_s, "6.061");
    data_check_printed("gap cv", stats.gap_cv, "1.86");
    cr_expect(eq(i64, stats.peak_minute_requests, 42));
    cr_expect(eq(i64, stats.peak_second_requests, 22));
    data_check_printed("1 s", stats.dispersion_1s, "8.25");
    data_check_printed("60 s", stats.dispersion_60s, "10.2");
    data_check_printed("ran", ran.mean, "53.262");
    data_check_printed("ran P50", ran.p50, "1.634");
    data_check_printed("ran P99", ran.p99, "358.1");
    cr_expect(eq(sz, ran.zeros, (size_t)8));
    /* The first arrival, 0.0015 s, is the smallest end less its duration. */
    cr_expect(epsilon_eq(dbl, (double)trace.first_ns * 1e-9, 0.0015, 5e-5));
    arena_release(&arena);
}

Test(series_published, genai_requests) {
    struct arena arena = {0};
    struct trace trace = data_read_trace(&arena, GENAI);
    struct trace_stats stats = {0};
    trace_stats(&arena, trace.requests, trace.n, NULL, &stats);
    struct trace_tokens ran = trace_quantiles(&arena, trace.duration_s, trace.n);
    cr_expect(eq(sz, stats.n, (size_t)26823));
    cr_expect(eq(sz, trace.n_failed, (size_t)(398 + 30 + 3)));
    data_check_printed("duration", stats.span_s, "1989367.0");
    data_check_printed("gap", stats.gap_mean_s, "74.17");
    data_check_printed("gap cv", stats.gap_cv, "12");
    data_check_printed("zero gaps", 100 * stats.gap_zero_share, "3.27");
    data_check_printed("peak", stats.peak_minute_ratio, "80.3");
    data_check_printed("60 s", stats.dispersion_60s, "3.75");
    data_check_printed("ran", ran.mean, "28.666");
    data_check_printed("ran P95", ran.p95, "69");
    data_check_printed("ran P99", ran.p99, "106");
    cr_expect(eq(dbl, ran.max, 567));
    cr_expect(eq(sz, ran.zeros, (size_t)30));
    arena_release(&arena);
}

Test(series_published, vidur_lengths) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = data_read_trace(&arena, ARXIV);
    struct trace_stats stats = {0};
    struct traffic traffic = {0};
    trace_stats(&arena, trace.requests, trace.n, NULL, &stats);
    cr_expect(eq(sz, trace.n, (size_t)28257));
    data_check_printed("input", stats.input.mean, "2588.1");
    data_check_printed("output", stats.output.mean, "291.43");
    data_check_printed("output P95", stats.output.p95, "736.2");
    data_check_printed("output P99", stats.output.p99, "3271.3");
    cr_expect(not(trace_to_traffic(&arena, &trace, &traffic, &err)));
    cr_expect(eq(str, err.what, "vidur lengths CSV has no arrivals"));
    arena_release(&arena);
}

/* Dispersion of a minute's counts inside hours: of the file, and of traffic drawn from the fit.
 * Mutant: the same week as Poisson arrivals at each hour's rate. */
static double drawn_dispersion(struct arena *arena, const struct traffic *traffic) {
    enum { HOURS = 24 };
    struct traffic_window window = {.to_ns = HOURS * 3600000000000LL, .growth = 1};
    struct traffic_cursor *cursor = traffic_open(arena, traffic, window);
    double *counts = arena_new(arena, double, HOURS * 60);
    struct count_moments moments = {0};
    struct request request;
    while (traffic_next(cursor, &request))
        counts[request.arrival_ns / 60000000000LL]++;
    for (int hour = 0; hour < HOURS; hour++)
        count_moments_add_hour(&moments, counts + 60 * hour, 60);
    return moments.covariance[0] / moments.mean;
}

Test(series_published, drawn_minutes_are_as_bursty) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace trace = data_read_trace(&arena, MINUTES);
    struct traffic traffic = {.seed = 5,
                              .input = {.kind = LENGTH_FIXED, .value = 1, .min = 1, .max = 1}};
    cr_assert(trace_to_traffic(&arena, &trace, &traffic, &err), "%s", err.what);
    const struct count_moments *moments = &trace.series.minute_moments;
    double published = moments->covariance[0] / moments->mean;
    double drawn = drawn_dispersion(&arena, &traffic);
    traffic.burstiness = (struct burstiness){.arrival_cv = 1};
    double mutant = drawn_dispersion(&arena, &traffic);
    cr_expect(fabs(drawn / published - 1) < 0.25, "%g, file %g", drawn, published);
    cr_expect(fabs(mutant / published - 1) >= 0.25, "the mutant passes: %g", mutant);
    arena_release(&arena);
}

int main(int argc, char *argv[]) {
    int missing = data_missing(TWITTER);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
