/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of clients against the page of the ServeGen set ($HEADROOM_DATA), and against its three
 * known faults, each planted here as a mutant that the same check must refuse: the last arrival of
 * a window lost, every client starting anew at a window's edge, and one random number for both
 * lengths of a request. */
#include <math.h>

#include "base/rng.h"
#include "published_trace.h"
#include "sim/trace.h"
#include "sim/traffic_generate.h"

#define WINDOWS "traces/servegen-m-large/windows.csv.zst"
#define LENGTHS "traces/servegen-m-large/tokens.csv"
#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)

enum { DAY_WINDOWS = 144 };

/* Day 1 of the file, counted from 0, as a planning day: the one that the page has a drawing of. */
static struct traffic first_day(struct arena *arena) {
    struct err err = {0};
    struct trace windows = data_read_trace(arena, WINDOWS),
                 lengths = data_read_trace(arena, LENGTHS);
    struct traffic traffic = {
        .seed = 1, .client_lengths = lengths.lengths, .burstiness = {.arrival_cv = 1}};
    cr_assert(trace_to_traffic(arena, &windows, &traffic, &err), "%s", err.what);
    traffic.first_window = DAY_WINDOWS;
    traffic.span_ns = 24 * NS_PER_HOUR;
    traffic.start_of_week_ns = 0;
    return traffic;
}

static double expected_of_day(const struct traffic *traffic) {
    double sum = 0;
    for (int w = DAY_WINDOWS; w < 2 * DAY_WINDOWS; w++)
        sum += client_windows_requests(traffic->clients, w);
    return sum;
}

static bool near(double value, double wanted, double tolerance) {
    return fabs(value / wanted - 1) <= tolerance;
}

/* The page's day is drawn at 0.05 of the rate by the published generator with its faults mended:
 * 903397 requests, gaps of CV 1.31, dispersion 3.79 and 89.7, busiest minute 2.56 times the mean.
 * Another draw of the same law is as near as two draws of it are to each other (a few percent);
 * lengths here are from ten quantiles and the mean, there from whole distributions. */
Test(client_windows, day_is_as_the_page_says) {
    struct arena arena = {0};
    struct traffic traffic = first_day(&arena);
    struct traffic_window window = {.to_ns = 24 * NS_PER_HOUR, .growth = 0.05};
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, window);
    size_t capacity = 1 << 20, n = 0;
    struct request *rows = arena_new(&arena, struct request, capacity);
    while (n < capacity && traffic_next(cursor, &rows[n]))
        n++;
    struct trace_stats stats = {0};
    trace_stats(&arena, rows, n, NULL, &stats);
    cr_expect(near((double)n, 903397, 0.003), "%zu requests", n);
    cr_expect(near(stats.gap_cv, 1.31, 0.05), "gap CV %g", stats.gap_cv);
    cr_expect(near(stats.dispersion_1s, 3.79, 0.1), "dispersion %g", stats.dispersion_1s);
    cr_expect(near(stats.dispersion_60s, 89.7, 0.1), "dispersion %g", stats.dispersion_60s);
    cr_expect(near(stats.peak_minute_ratio, 2.56, 0.1), "peak %g", stats.peak_minute_ratio);
    cr_expect(near(stats.input.mean, 800.86, 0.05), "input %g", stats.input.mean);
    cr_expect(near(stats.input.p50, 617, 0.03), "input P50 %g", stats.input.p50);
    cr_expect(near(stats.input.p95, 2368, 0.03), "input P95 %g", stats.input.p95);
    cr_expect(near(stats.output.mean, 111.54, 0.03), "output %g", stats.output.mean);
    cr_expect(near(stats.output.p50, 35, 0.06), "output P50 %g", stats.output.p50);
    cr_expect(near(stats.output.p95, 484, 0.03), "output P95 %g", stats.output.p95);
    arena_release(&arena);
}

/* A rate is a count over 600 s, so a window has exactly that many; six hours here. The mutant
 * loses one of each client and window. */
Test(client_windows, no_arrival_is_lost) {
    struct arena arena = {0};
    struct traffic traffic = first_day(&arena);
    struct traffic_window window = {.to_ns = 6 * NS_PER_HOUR, .growth = 1};
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, window);
    struct request request;
    double expected = 0, n = 0, n_client_windows = 0;
    n_client_windows =
        (double)(traffic.clients->first[DAY_WINDOWS + 36] - traffic.clients->first[DAY_WINDOWS]);
    for (int w = DAY_WINDOWS; w < DAY_WINDOWS + 36; w++)
        expected += client_windows_requests(traffic.clients, w);
    while (traffic_next(cursor, &request))
        n++;
    cr_expect(fabs(n - expected) < 0.5, "%g of %g", n, expected);
    cr_expect(fabs(n - n_client_windows - expected) >= 0.5, "the mutant passes");
    arena_release(&arena);
}

/* Share of the arrivals that fall into the first second of a window, times 600. */
static double first_second(const struct traffic *traffic, struct arena *arena, bool at_edge) {
    struct traffic_window window = {.to_ns = 24 * NS_PER_HOUR, .growth = 0.05};
    struct traffic_cursor *cursor = traffic_open(arena, traffic, window);
    const struct client_windows *clients = traffic->clients;
    struct request request;
    double n = 0, first = 0;
    for (; !at_edge && traffic_next(cursor, &request); n++)
        first += request.arrival_ns % (600 * NS_PER_SECOND) < NS_PER_SECOND;
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    for (size_t i = clients->first[DAY_WINDOWS]; at_edge && i < clients->first[2 * DAY_WINDOWS];
         i++) {
        const struct client_window *row = &clients->rows[i];
        int count = (int)floor(row->rate_per_second * 600 * 0.05 + rng_uniform(&rng));
        double gaps[4096], sum = 0, at = 0;
        for (int k = 0; k < count && k < 4096; k++)
            sum += gaps[k] = row->weibull ? pow(rng_exponential(&rng, 1), 1 / row->shape)
                                          : rng_gamma(&rng, row->shape, 1);
        for (int k = 0; k < count && k < 4096; k++) {
            at += gaps[k] / sum * 600;
            first += at < 1;
            n++;
        }
    }
    return first / n * 600;
}

Test(client_windows, nothing_happens_at_an_edge) {
    struct arena arena = {0};
    struct traffic traffic = first_day(&arena);
    double share = first_second(&traffic, &arena, false);
    double mutant = first_second(&traffic, &arena, true);
    cr_expect(near(share, 1, 0.2), "%g", share);
    cr_expect(not(near(mutant, 1, 0.2)), "the mutant passes with %g", mutant);
    arena_release(&arena);
}

/* Correlation of the ranks of both lengths of a request, here of one client in one window: no more
 * than chance. The mutant reads both at one random number. */
static double correlation(const double *x, const double *y, int n) {
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < n; i++) {
        mx += x[i] / n;
        my += y[i] / n;
    }
    for (int i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

Test(client_windows, lengths_are_drawn_apart) {
    enum { N = 4000 };
    struct arena arena = {0};
    struct traffic traffic = first_day(&arena);
    struct client_windows one = *traffic.clients;
    struct client_window busiest = {0};
    for (size_t i = 0; i < one.n; i++)
        if (one.rows[i].client == 0)
            busiest = one.rows[i];
    size_t first[] = {0, 1};
    one = (struct client_windows){.width_ns = one.width_ns,
                                  .n_windows = 1,
                                  .n_clients = 1,
                                  .client_numbers = one.client_numbers,
                                  .n = 1,
                                  .rows = &busiest,
                                  .first = first};
    busiest.rate_per_second = N / 600.0;
    traffic.clients = &one;
    traffic.first_window = 0;
    traffic.span_ns = one.width_ns;
    struct traffic_window window = {.to_ns = one.width_ns, .growth = 1};
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, window);
    double in[N], out[N], both[N];
    struct request request;
    int n = 0;
    for (; n < N && traffic_next(cursor, &request); n++) {
        in[n] = log(request.input_tokens);
        out[n] = log(request.output_tokens + 1.0);
    }
    cr_assert(eq(int, n, N));
    const struct client_length *rows = traffic.client_lengths->rows, *output = rows;
    while (!output->output || output->number != one.client_numbers[0])
        output++;
    struct rng rng = rng_open(2, 0, RNG_TEST, 0);
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&rng);
        both[i] = log(client_length_at(output, u) + 1);
    }
    double chance = 4 / sqrt(N), apart = correlation(in, out, N);
    cr_expect(fabs(apart) < chance, "%g", apart);
    rng = rng_open(2, 0, RNG_TEST, 0);
    for (int i = 0; i < N; i++)
        in[i] = log(client_length_at(rows, rng_uniform(&rng)));
    cr_expect(fabs(correlation(in, both, N)) >= chance, "the mutant passes");
    arena_release(&arena);
}

/* In a window of many requests the gaps have the law's coefficient of variation: a gamma's is
 * 1 / sqrt(shape). Poisson gaps are the mutant. */
Test(client_windows, gaps_follow_the_law) {
    enum { N = 20000 };
    struct arena arena = {0};
    struct client_window row = {.rate_per_second = N / 600.0, .shape = 0.25};
    size_t first[] = {0, 1};
    int32_t number = 0;
    struct client_windows one = {.width_ns = 600 * NS_PER_SECOND,
                                 .n_windows = 1,
                                 .n_clients = 1,
                                 .client_numbers = &number,
                                 .n = 1,
                                 .rows = &row,
                                 .first = first};
    struct traffic traffic = {.kind = TRAFFIC_CLIENTS,
                              .clients = &one,
                              .span_ns = one.width_ns,
                              .seed = 3,
                              .input = {.kind = LENGTH_FIXED, .value = 1, .min = 1, .max = 1}};
    static const double CVS[] = {2, 1};
    for (int mutant = 0; mutant < 2; mutant++) {
        row.shape = 1 / (CVS[mutant] * CVS[mutant]);
        struct traffic_cursor *cursor = traffic_open(
            &arena, &traffic, (struct traffic_window){.to_ns = one.width_ns, .growth = 1});
        struct request request;
        double sum = 0, square = 0, last = -1;
        int n = 0;
        for (; traffic_next(cursor, &request); n++) {
            double gap = last < 0 ? 0 : ((double)request.arrival_ns - last) * 1e-9;
            sum += gap;
            square += gap * gap;
            last = (double)request.arrival_ns;
        }
        double mean = sum / (n - 1), cv = sqrt(square / (n - 1) - mean * mean) / mean;
        cr_expect(eq(int, n, N));
        cr_expect(eq(int, near(cv, 2, 0.05), mutant == 0), "CV %g", cv);
    }
    arena_release(&arena);
}

/* Any stretch opened alone is the same stretch of the whole. */
Test(client_windows, stretches_agree) {
    struct arena arena = {0};
    struct traffic traffic = first_day(&arena);
    struct traffic_window whole = {.to_ns = 2 * NS_PER_HOUR, .growth = 0.1},
                          part = {.from_ns = NS_PER_HOUR, .to_ns = 2 * NS_PER_HOUR, .growth = 0.1};
    struct traffic_cursor *all = traffic_open(&arena, &traffic, whole);
    struct traffic_cursor *late = traffic_open(&arena, &traffic, part);
    struct request a, b;
    int64_t n = 0;
    while (traffic_next(all, &a)) {
        if (a.arrival_ns < NS_PER_HOUR)
            continue;
        cr_assert(traffic_next(late, &b));
        cr_assert(eq(i64, a.arrival_ns, b.arrival_ns + NS_PER_HOUR));
        cr_assert(eq(i32, a.input_tokens, b.input_tokens));
        cr_assert(eq(i32, a.output_tokens, b.output_tokens));
        n++;
    }
    cr_assert(not(traffic_next(late, &b)));
    cr_expect(n > 1000);
    arena_release(&arena);
}

/* 15 of 162 clients, 37.3 % of the traffic, have no lengths (the page's figures). */
Test(client_windows, missing_lengths_are_counted) {
    struct arena arena = {0};
    struct traffic traffic = first_day(&arena);
    int n_clients;
    double share =
        client_lengths_missing(traffic.clients, traffic.client_lengths, &arena, &n_clients);
    cr_expect(eq(int, n_clients, 15));
    cr_expect(near(share, 0.373, 0.002), "%g", share);
    cr_expect(near(expected_of_day(&traffic), 903397 / 0.05, 0.01));
    arena_release(&arena);
}

/* The planning week of 14 days is the busiest: its mean is no less than that of both weeks, and the
 * sample for SIZE has the page's lengths (of both weeks, 914 and 155 tokens). */
Test(client_windows, planning_week) {
    struct arena arena = {0};
    struct err err = {0};
    struct trace windows = data_read_trace(&arena, WINDOWS),
                 lengths = data_read_trace(&arena, LENGTHS);
    struct traffic traffic = {.seed = 1, .client_lengths = lengths.lengths};
    cr_assert(trace_to_traffic(&arena, &windows, &traffic, &err), "%s", err.what);
    double mean = 0;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        mean += traffic.rate_per_second[hour] / HOURS_PER_WEEK;
    cr_expect(mean >= 195.8 && mean < 260, "%g", mean);
    cr_expect(not(traffic.tiled));
    cr_expect(eq(dbl, traffic.days, 14));
    cr_expect(near(traffic_mean_input(&traffic), 914.28, 0.1), "%g", traffic_mean_input(&traffic));
    cr_expect(near(traffic_mean_output(&traffic), 155.09, 0.15), "%g",
              traffic_mean_output(&traffic));
    cr_expect(traffic.burstiness.minute_cv > 0.02 && traffic.burstiness.arrival_cv >= 1);
    arena_release(&arena);
}

int main(int argc, char *argv[]) {
    int missing = data_missing(WINDOWS);
    if (missing)
        return missing;
    return data_run_tests(argc, argv);
}
