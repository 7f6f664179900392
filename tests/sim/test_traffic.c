/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces as traffic, against a brute-force enumeration of the planning week: tiling, windows,
 * growth by copies, the busiest week of a longer trace; fitted burstiness against the laws that
 * made the rows; steady traffic drawn from rows; parameter checks with their messages. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "sim/traffic.h"
#include "tests/base/case_table.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define NS_PER_WEEK (7 * NS_PER_DAY)

enum { MANY = 400000 };
static struct request got[MANY], want[MANY];

/* Sorted rows, one at 0, the others uniform over span_ns; input is the row's number + 1. */
static struct request *uniform_rows(struct arena *arena, size_t n, int64_t span_ns, uint64_t seed) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    struct request *rows = arena_new(arena, struct request, n);
    for (size_t i = 1; i < n; i++) { /* insertion keeps them sorted */
        int64_t at_ns = (int64_t)rng_below(&rng, (uint64_t)span_ns);
        size_t k = i;
        for (; k > 0 && rows[k - 1].arrival_ns > at_ns; k--)
            rows[k] = rows[k - 1];
        rows[k].arrival_ns = at_ns;
    }
    for (size_t i = 0; i < n; i++) {
        rows[i].input_tokens = (int32_t)i + 1;
        rows[i].output_tokens = (int32_t)(rng_below(&rng, 50));
    }
    return rows;
}

static struct traffic of_rows(struct arena *arena, const struct request *rows, size_t n,
                              int64_t span_ns, int64_t start_ns) {
    struct traffic traffic = {.name = "rows"};
    struct err err = {0};
    cr_assert(traffic_from_rows(arena, rows, n, span_ns, start_ns, &traffic, &err), "%s", err.what);
    return traffic;
}

static size_t collect(const struct traffic *traffic, struct traffic_window window,
                      struct request *out) {
    struct arena arena = {0};
    struct traffic_cursor *cursor = traffic_open(&arena, traffic, window);
    size_t n = 0;
    int64_t last = 0;
    while (n < MANY && traffic_next(cursor, &out[n])) {
        cr_assert(out[n].arrival_ns >= last && out[n].arrival_ns < window.to_ns - window.from_ns);
        last = out[n++].arrival_ns;
    }
    cr_assert(lt(sz, n, (size_t)MANY));
    arena_release(&arena);
    return n;
}

/* Every repetition of every row of every week, those inside the window kept. */
static size_t brute_force(const struct traffic *traffic, struct traffic_window window,
                          struct request *out) {
    size_t n = 0;
    for (int64_t week = 0; week * NS_PER_WEEK < window.to_ns; week++)
        for (int64_t tile = -NS_PER_WEEK / traffic->span_ns - 1;
             traffic->start_of_week_ns + tile * traffic->span_ns < NS_PER_WEEK; tile++)
            for (size_t i = 0; i < traffic->n_requests; i++) {
                int64_t in_week = traffic->start_of_week_ns + tile * traffic->span_ns +
                                  traffic->requests[i].arrival_ns;
                int64_t at_ns = week * NS_PER_WEEK + in_week;
                if (in_week < 0 || in_week >= NS_PER_WEEK || at_ns < window.from_ns ||
                    at_ns >= window.to_ns)
                    continue;
                out[n] = traffic->requests[i];
                out[n++].arrival_ns = at_ns - window.from_ns;
            }
    return n;
}

/* ---- tiling and windows ---- */

struct tile_case {
    int64_t span_ns, start_ns;
    size_t n;
};

static const struct tile_case TILES[] = {
    {57 * NS_PER_MINUTE + 123456789, 90 * NS_PER_HOUR + 17, 40},
    {3 * NS_PER_SECOND, 0, 2},
    {5 * NS_PER_HOUR, NS_PER_WEEK - 1, 100},
    {2 * NS_PER_DAY, 30 * NS_PER_HOUR + 5, 300},
    {NS_PER_WEEK, 100 * NS_PER_HOUR + 99, 1000},
    {NS_PER_WEEK, 0, 1000},
};

CASE_TEST(traffic, windows_of_a_trace, TILES) {
    const struct tile_case *c = &TILES[*index];
    struct arena arena = {0};
    struct rng rng = rng_open(7, 0, RNG_TEST, (uint64_t)*index);
    struct traffic traffic =
        of_rows(&arena, uniform_rows(&arena, c->n, c->span_ns, 3), c->n, c->span_ns, c->start_ns);
    cr_assert(eq(i64, traffic.span_ns, c->span_ns));
    cr_assert(eq(int, traffic.tiled, c->span_ns < NS_PER_WEEK));
    for (int i = 0; i < 12; i++) {
        int64_t length = c->span_ns < NS_PER_MINUTE ? NS_PER_HOUR : NS_PER_DAY;
        struct traffic_window window = {.growth = 1};
        window.from_ns = (int64_t)rng_below(&rng, 2 * NS_PER_WEEK);
        if (i < 3) /* over the edge of a week */
            window.from_ns = NS_PER_WEEK - length / 2;
        window.to_ns = window.from_ns + (int64_t)rng_below(&rng, (uint64_t)length);
        size_t n = collect(&traffic, window, got), m = brute_force(&traffic, window, want);
        cr_assert(eq(sz, n, m));
        for (size_t k = 0; k < n; k++) /* the test below */
            got[k].edition = 0;
        cr_assert(eq(int, memcmp(got, want, n * sizeof *got), 0));
    }
    arena_release(&arena);
}

/* ---- rows and editions ---- */

static int compare_prompts(const void *a, const void *b) {
    const struct request *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->edition > y->edition) - (x->edition < y->edition);
}

struct edition_case {
    int64_t span_ns, start_ns;
    double growth;
};

static const struct edition_case EDITIONS[] = {
    {57 * NS_PER_MINUTE + 123456789, 90 * NS_PER_HOUR + 17, 1},
    {NS_PER_HOUR, 90 * NS_PER_HOUR + 17, 2.5},
    {5 * NS_PER_HOUR, NS_PER_WEEK - 1, 1},
    {NS_PER_DAY, 30 * NS_PER_HOUR + 5, 3.4},
    {5 * NS_PER_DAY, 6 * NS_PER_DAY, 0.7},
    {NS_PER_WEEK, 100 * NS_PER_HOUR + 99, 1.5},
    {NS_PER_WEEK, 0, 1},
};

/* Over three weeks no (row, edition) comes twice; the first copies of a repetition have one
 * edition, 0 in the trace itself; a whole week's trace has one edition a week and copy. */
CASE_TEST(traffic, editions_are_other_people, EDITIONS) {
    const struct edition_case *c = &EDITIONS[*index];
    enum { N = 40 };
    struct arena arena = {0};
    struct request *rows = uniform_rows(&arena, N, c->span_ns, 3);
    for (int i = 0; i < N; i++)
        rows[i].row = 1000 + i;
    struct traffic traffic = of_rows(&arena, rows, N, c->span_ns, c->start_ns);
    struct traffic_window itself = {c->start_ns, c->start_ns + c->span_ns, c->growth, 0};
    if (itself.to_ns > NS_PER_WEEK)
        itself.to_ns = NS_PER_WEEK;
    size_t n = collect(&traffic, itself, got);
    for (size_t i = 0; i < n; i++) {
        cr_assert(le(i32, 0, got[i].edition));
        cr_assert(lt(i32, got[i].edition, (int32_t)ceil(c->growth)));
        if (got[i].edition == 0 && c->growth >= 1)
            cr_assert(eq(i64, got[i].arrival_ns, traffic.requests[got[i].row - 1000].arrival_ns));
    }
    n = collect(&traffic, (struct traffic_window){0, 3 * NS_PER_WEEK, c->growth, 0}, got);
    int32_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = got[i].edition > most ? got[i].edition : most;
    if (c->span_ns == NS_PER_WEEK)
        cr_assert(eq(i32, most, 3 * (int32_t)ceil(c->growth) - 1));
    qsort(got, n, sizeof *got, compare_prompts);
    for (size_t i = 1; i < n; i++)
        cr_assert(ne(int, compare_prompts(&got[i - 1], &got[i]), 0), "row %d edition %d",
                  (int)got[i].row, (int)got[i].edition);
    arena_release(&arena);
}

/* The stated rate of every hour is what the cursor gives in it. */
CASE_TEST(traffic, rates_are_counts, TILES) {
    const struct tile_case *c = &TILES[*index];
    struct arena arena = {0};
    struct traffic traffic =
        of_rows(&arena, uniform_rows(&arena, c->n, c->span_ns, 3), c->n, c->span_ns, c->start_ns);
    for (int64_t h = 0; h < HOURS_PER_WEEK; h += c->span_ns < NS_PER_MINUTE ? 24 : 1) {
        struct traffic_window window = {h * NS_PER_HOUR, (h + 1) * NS_PER_HOUR, 1, 0};
        double rate = (double)collect(&traffic, window, got) / 3600;
        cr_assert(epsilon_eq(dbl, traffic.rate_per_second[h], rate, 1e-12), "hour %d", (int)h);
    }
    arena_release(&arena);
}

/* ---- longer and shorter traces ---- */

/* Eighteen days with one request an hour; from hour 100 to 267 two more: hours 100 .. 267 are the
 * busiest week, and hour 100 of the trace lies at hour (30 + 100) of the planning week. */
Test(traffic, busiest_week_of_a_longer_trace) {
    struct arena arena = {0};
    size_t n = 0;
    struct request *rows = arena_new(&arena, struct request, 2000);
    for (int64_t h = 0; h < 18 * 24; h++)
        for (int k = 0; k < (h >= 100 && h < 268 ? 3 : 1); k++)
            rows[n] = (struct request){h * NS_PER_HOUR + k, (int32_t)h + 1, 1, .row = (int32_t)n},
            n++;
    struct traffic traffic =
        of_rows(&arena, rows, n, 18 * NS_PER_DAY, 30 * NS_PER_HOUR + NS_PER_MINUTE);
    cr_assert(eq(sz, traffic.n_requests, (size_t)3 * 168));
    cr_assert(eq(i64, traffic.requests[0].arrival_ns, 0));
    cr_assert(eq(i32, traffic.requests[0].input_tokens, 101));
    cr_assert(eq(i64, traffic.start_of_week_ns, 130 * NS_PER_HOUR + NS_PER_MINUTE));
    for (size_t i = 0; i < traffic.n_requests; i++) /* still the number in the whole trace */
        cr_assert(eq(i32, traffic.requests[i].row, 100 + (int32_t)i));
    cr_assert(not(traffic.tiled));
    cr_assert(epsilon_eq(dbl, traffic.days, 18, 1e-12));
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        cr_assert(epsilon_eq(dbl, traffic.rate_per_second[h], 3.0 / 3600, 1e-12));
    arena_release(&arena);
}

struct length_case {
    int64_t span_ns, length_ns;
};

static const struct length_case PLANNED[] = {
    {23 * NS_PER_HOUR, 23 * NS_PER_HOUR},
    {24 * NS_PER_HOUR, 24 * NS_PER_HOUR},
    {24 * NS_PER_HOUR - NS_PER_MINUTE, 24 * NS_PER_HOUR}, /* ends with its last request */
    {41 * NS_PER_HOUR, 24 * NS_PER_HOUR},
    {3 * NS_PER_DAY + NS_PER_HOUR, 3 * NS_PER_DAY},
    {NS_PER_WEEK - NS_PER_SECOND, NS_PER_WEEK},
    {NS_PER_WEEK - NS_PER_HOUR, 6 * NS_PER_DAY},
    {9 * NS_PER_DAY, NS_PER_WEEK},
};

CASE_TEST(traffic, planned_length, PLANNED) {
    struct arena arena = {0};
    const struct length_case *c = &PLANNED[*index];
    struct request *rows = uniform_rows(&arena, 500, c->span_ns, 9);
    struct traffic traffic = of_rows(&arena, rows, 500, c->span_ns, 0);
    cr_assert(eq(i64, traffic.span_ns, c->length_ns));
    cr_assert(eq(int, traffic.tiled, c->length_ns < NS_PER_WEEK));
    arena_release(&arena);
}

Test(traffic, two_requests_at_one_time_are_no_trace) {
    struct arena arena = {0};
    struct request rows[2] = {{0, 1, 1}, {0, 1, 1}};
    struct traffic traffic = {.days = 42};
    struct err err = {0};
    cr_assert(not(traffic_from_rows(&arena, rows, 2, 1, 0, &traffic, &err)));
    cr_assert(eq(str, err.what, "a trace needs at least two requests at different times"));
    cr_assert(eq(dbl, traffic.days, 42)); /* untouched */
    arena_release(&arena);
}

/* ---- growth ---- */

static const double GROWTHS[] = {0.3, 0.999, 1.5, 2, 3.25};

/* Per minute and row: floor(g) or one more copies; the original where it was; all inside the
 * minute. Rows carry their number in the input, and the span is a week, so a row comes once. */
CASE_TEST(traffic, growth_copies_inside_the_minute, GROWTHS) {
    enum { N = 20000 };
    static int copies[N + 1], at_home[N + 1];
    struct arena arena = {0};
    double g = GROWTHS[*index];
    struct request *rows = uniform_rows(&arena, N, NS_PER_WEEK, 13);
    struct traffic traffic = of_rows(&arena, rows, N, NS_PER_WEEK, 0);
    size_t n = collect(&traffic, (struct traffic_window){0, NS_PER_WEEK, g, 0}, got);
    for (size_t i = 0; i < n; i++) {
        const struct request *row = &rows[got[i].input_tokens - 1];
        copies[got[i].input_tokens]++;
        at_home[got[i].input_tokens] += got[i].arrival_ns == row->arrival_ns;
        cr_assert(eq(i64, got[i].arrival_ns / NS_PER_MINUTE, row->arrival_ns / NS_PER_MINUTE));
        cr_assert(eq(i32, got[i].output_tokens, row->output_tokens));
    }
    for (int i = 1; i <= N; i++) {
        cr_assert(copies[i] == (int)floor(g) || copies[i] == (int)ceil(g));
        cr_assert(eq(int, at_home[i], copies[i] > 0));
    }
    double part = g - floor(g), sd = sqrt(N * part * (1 - part));
    cr_assert(le(dbl, fabs((double)n - N * g), 5 * sd + 1e-6));
    arena_release(&arena);
}

/* The second copies of one minute keep the gaps of its originals, up to one wrap. */
Test(traffic, copies_are_as_bursty_as_originals) {
    struct arena arena = {0};
    struct request rows[] = {
        {0, 1, 1}, {5, 2, 1}, {9, 3, 1}, {1000, 4, 1}, {NS_PER_WEEK - 1, 5, 1}};
    struct traffic traffic = of_rows(&arena, rows, 5, NS_PER_WEEK, 0);
    size_t n = collect(&traffic, (struct traffic_window){0, NS_PER_MINUTE, 2, 0}, got);
    cr_assert(eq(sz, n, (size_t)8));
    int64_t home[5] = {0, 0, 5, 9, 1000}, copy[5] = {0};
    for (size_t i = 0; i < n; i++)
        if (got[i].arrival_ns != home[got[i].input_tokens])
            copy[got[i].input_tokens] = got[i].arrival_ns;
    for (int k = 2; k <= 4; k++)
        cr_assert(eq(i64, (copy[k] - copy[1] + NS_PER_MINUTE) % NS_PER_MINUTE, home[k]));
    cr_assert(gt(i64, copy[1], NS_PER_SECOND)); /* it did move */
    arena_release(&arena);
}

/* More growth only adds: who has a copy at 1.3 has one at 1.7. Windows cut one process. */
Test(traffic, growth_is_monotone_and_windowed) {
    enum { N = 5000 };
    static int at_13[N + 1], at_17[N + 1];
    struct arena arena = {0};
    struct traffic traffic =
        of_rows(&arena, uniform_rows(&arena, N, NS_PER_WEEK, 17), N, NS_PER_WEEK, 0);
    struct traffic_window whole = {0, NS_PER_WEEK, 1.3, 0};
    size_t n = collect(&traffic, whole, got);
    for (size_t i = 0; i < n; i++)
        at_13[got[i].input_tokens]++;
    struct traffic_window middle = {30 * NS_PER_HOUR + 1234567, 50 * NS_PER_HOUR + 7, 1.3, 0};
    size_t m = collect(&traffic, middle, want), at = 0;
    while (got[at].arrival_ns < middle.from_ns)
        at++;
    for (size_t i = 0; i < m; i++, at++)
        cr_assert(got[at].arrival_ns == want[i].arrival_ns + middle.from_ns &&
                  got[at].input_tokens == want[i].input_tokens);
    cr_assert(ge(i64, got[at].arrival_ns, middle.to_ns));
    whole.growth = 1.7;
    n = collect(&traffic, whole, got);
    for (size_t i = 0; i < n; i++)
        at_17[got[i].input_tokens]++;
    for (int i = 1; i <= N; i++)
        cr_assert(le(int, at_13[i], at_17[i]));
    arena_release(&arena);
}

/* ---- steady traffic ---- */

Test(traffic, steady_draws_pairs_of_rows) {
    enum { N = 50 };
    struct arena arena = {0};
    struct request *rows = uniform_rows(&arena, N, NS_PER_HOUR, 19);
    struct traffic trace = of_rows(&arena, rows, N, NS_PER_HOUR, 0);
    struct traffic steady = traffic_steady(&trace, 2.0);
    size_t n = collect(&steady, (struct traffic_window){0, 10 * NS_PER_HOUR, 1, 0}, got);
    double counts[N + 1] = {0}, squares = 0;
    for (size_t i = 0; i < n; i++) {
        counts[got[i].input_tokens]++;
        cr_assert(eq(i32, got[i].output_tokens, rows[got[i].input_tokens - 1].output_tokens));
        cr_assert(eq(i32, got[i].row, -1)); /* drawn one by one, nothing is in common */
    }
    for (int i = 1; i <= N; i++)
        squares += pow(counts[i] - (double)n / N, 2) / ((double)n / N);
    cr_assert(lt(dbl, squares, 111)); /* chi-square of 49 degrees: chance 1e-6 */
    cr_assert(epsilon_eq(dbl, traffic_mean_input(&steady), (N + 1) / 2.0, 1e-9));
    cr_assert(lt(dbl, fabs((double)n - 72000),
                 5 * sqrt(72000 * fmax(1, 4 * pow(trace.burstiness.arrival_cv, 2)))));
    cr_assert(eq(dbl, steady.burstiness.arrival_cv, trace.burstiness.arrival_cv));
    arena_release(&arena);
}

/* ---- fitted burstiness ---- */

struct fit_case {
    double rate;
    struct burstiness truth;
    int n_hours;
    double tolerance; /* relative, of each parameter that is not 0 */
};

static const struct fit_case FITS[] = {
    {1, {0, 0, 1, 0}, 24, 0.03},      {2.5, {0, 0, 13, 0.18}, 48, 0.15},
    {5, {0, 0, 4, 0.3}, 24, 0.12},    {3, {0.5, 0.9, 1, 0}, 80, 0.15},
    {20, {0.3, 0.8, 1, 0}, 48, 0.12}, {2, {0, 0, 0.5, 0}, 24, 0.1},
};

static double relative(double a, double b) {
    return b == 0 ? fabs(a) : fabs(a / b - 1);
}

CASE_TEST(traffic, fit_recovers_the_law, FITS) {
    const struct fit_case *c = &FITS[*index];
    struct arena arena = {0};
    struct traffic traffic = {.kind = TRAFFIC_GENERATED, .seed = 1, .burstiness = c->truth};
    traffic.input = traffic.output =
        (struct length_distribution){LENGTH_FIXED, .value = 1, .min = 1, .max = 1};
    for (int h = 0; h < HOURS_PER_WEEK; h++) /* hours differ: not to be read as burstiness */
        traffic.rate_per_second[h] = c->rate * (0.7 + 0.3 * (h % 3));
    struct request *rows = arena_new(&arena, struct request, 5000000);
    struct traffic_window window = {0, c->n_hours * NS_PER_HOUR, 1, 0};
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, window);
    size_t n = 0;
    while (n < 5000000 && traffic_next(cursor, &rows[n]))
        n++;
    struct burstiness fit = traffic_fit_burstiness(&arena, rows, n, window.to_ns);
    const char *said =
        arena_printf(&arena, "minute_cv %g r %g arrival_cv %g busy %g", fit.minute_cv,
                     fit.minute_correlation, fit.arrival_cv, fit.busy_share);
    cr_assert(lt(dbl, relative(fit.minute_cv, c->truth.minute_cv), c->tolerance), "%s", said);
    cr_assert(lt(dbl, relative(fit.minute_correlation, c->truth.minute_correlation), c->tolerance),
              "%s", said);
    cr_assert(lt(dbl, relative(fit.arrival_cv, c->truth.arrival_cv), c->tolerance), "%s", said);
    cr_assert(lt(dbl, relative(fit.busy_share, c->truth.busy_share), c->tolerance), "%s", said);
    arena_release(&arena);
}

/* Under five minutes only the gaps speak: 0.5 s and 1.5 s in turn have cv 0.5. */
Test(traffic, fit_of_a_short_trace) {
    struct arena arena = {0};
    struct request rows[101];
    for (int i = 0; i <= 100; i++)
        rows[i] = (struct request){i * NS_PER_SECOND + (i % 2 ? NS_PER_SECOND / 2 : 0), 1, 1};
    struct burstiness fit = traffic_fit_burstiness(&arena, rows, 101, 101 * NS_PER_SECOND);
    cr_assert(epsilon_eq(dbl, fit.arrival_cv, 0.5, 1e-9));
    cr_assert(eq(dbl, fit.minute_cv, 0));
    arena_release(&arena);
}

/* ---- checks ---- */

static struct traffic sound(void) {
    struct traffic traffic = {.kind = TRAFFIC_GENERATED, .burstiness = {0.5, 0.5, 2, 0.3}};
    traffic.input = (struct length_distribution){.kind = LENGTH_TABLE,
                                                 .min = 1,
                                                 .max = 100,
                                                 .n = 3,
                                                 .p = {0, 0.5, 1},
                                                 .tokens = {1, 10, 100}};
    traffic.output = (struct length_distribution){LENGTH_LOGNORMAL, .median = 10, .sigma = 1,
                                                  .min = 0, .max = 99};
    traffic.rate_per_second[7] = 1;
    return traffic;
}

static void break_nothing(struct traffic *t) {
    (void)t;
}
static void negative_rate(struct traffic *t) {
    t->rate_per_second[167] = -1;
}
static void nan_rate(struct traffic *t) {
    t->rate_per_second[3] = NAN;
}
static void no_rate(struct traffic *t) {
    t->rate_per_second[7] = 0;
}
static void huge_minute_cv(struct traffic *t) {
    t->burstiness.minute_cv = 4.5;
}
static void full_correlation(struct traffic *t) {
    t->burstiness.minute_correlation = 1;
}
static void no_arrival_cv(struct traffic *t) {
    t->burstiness.arrival_cv = 0;
}
static void always_busy(struct traffic *t) {
    t->burstiness.busy_share = 1;
}
static void even_but_busy(struct traffic *t) {
    t->burstiness.arrival_cv = 1;
}
static void short_table(struct traffic *t) {
    t->input.p[2] = 0.9;
}
static void falling_table(struct traffic *t) {
    t->input.tokens[1] = 0;
}
static void no_input(struct traffic *t) {
    t->input.min = 0;
}
static void no_median(struct traffic *t) {
    t->output.median = 0;
}

static const struct {
    void (*fault)(struct traffic *);
    const char *what; /* NULL: sound */
} CHECKS[] = {
    {break_nothing, NULL},
    {negative_rate, "the rate of hour 167 of the week is not 0 to 1e7 a second"},
    {nan_rate, "the rate of hour 3 of the week is not 0 to 1e7 a second"},
    {no_rate, "no hour of the week has a request"},
    {huge_minute_cv, "the minute CV is not 0 to 4"},
    {full_correlation, "the minute correlation is not 0 to below 1"},
    {no_arrival_cv, "the arrival CV is not 0.05 to 50"},
    {always_busy, "the busy share is neither 0 nor 0.1% to 99%"},
    {even_but_busy, "a busy share needs an arrival CV above 1"},
    {short_table, "the input table needs 2 to 32 quantiles from 0 to 1"},
    {falling_table, "the input table does not rise at its row 2"},
    {no_input, "input lengths need 1 <= min <= max"},
    {no_median, "the output median or sigma is out of range"},
};

CASE_TEST(traffic, checks_say_what_is_wrong, CHECKS) {
    struct traffic traffic = sound();
    struct err err = {0};
    CHECKS[*index].fault(&traffic);
    bool good = traffic_check(&traffic, &err);
    cr_assert(eq(int, good, CHECKS[*index].what == NULL));
    if (!good)
        cr_assert(eq(str, err.what, (char *)(uintptr_t)CHECKS[*index].what));
}
