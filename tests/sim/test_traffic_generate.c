/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of generated traffic against theory: means, dispersions and correlations within stated
 * multiples of their standard error (5; two-sided chance 6e-7 a case, seeds fixed), each with a
 * mutant that the same check must reject. Keyed draws are compared bit for bit. */
#include <math.h>
#include <stdlib.h>

#include "sim/traffic_generate.h"
#include "tests/base/case_table.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)
#define NS_PER_WEEK (HOURS_PER_WEEK * NS_PER_HOUR)

#define Z_LIMIT 5.0

static struct traffic steady(double rate, struct burstiness burstiness, uint64_t seed) {
    struct traffic traffic = {.kind = TRAFFIC_GENERATED, .seed = seed, .burstiness = burstiness};
    traffic.input = (struct length_distribution){LENGTH_FIXED, .value = 100, .min = 1, .max = 999};
    traffic.output = traffic.input;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = rate;
    return traffic;
}

static struct traffic_window hours(int64_t from, int64_t to) {
    return (struct traffic_window){from * NS_PER_HOUR, to * NS_PER_HOUR, 1, 0};
}

/* Standard score of the mean of n values against `expected`, from their own spread. */
static double score_of_mean(const double *values, int n, double expected) {
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += values[i];
    double mean = sum / n;
    for (int i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return (mean - expected) / sqrt(squares / (n - 1) / n);
}

/* ---- rate ---- */

struct rate_case {
    double rate, arrival_cv, busy_share;
    int n_hours;
};

static const struct rate_case RATES[] = {
    {0.002, 1, 0, 4000}, {0.002, 3, 0, 4000},   {0.002, 8, 0, 4000},   {0.1, 0.3, 0, 1000},
    {0.1, 3, 0, 1000},   {0.1, 8, 0, 1000},     {3, 1, 0, 100},        {3, 3, 0, 100},
    {3, 8, 0, 100},      {0.002, 3, 0.3, 4000}, {0.1, 13, 0.18, 1000}, {3, 13, 0.18, 100},
};

static void count_hours(const struct rate_case *c, double *counts) {
    struct arena arena = {0};
    struct traffic traffic =
        steady(c->rate, (struct burstiness){0, 0, c->arrival_cv, c->busy_share}, 11);
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, hours(0, c->n_hours));
    struct request request;
    while (traffic_next(cursor, &request))
        counts[request.arrival_ns / NS_PER_HOUR]++;
    arena_release(&arena);
}

CASE_TEST(traffic_generate, rate_is_unbiased, RATES) {
    const struct rate_case *c = &RATES[*index];
    double *counts = calloc((size_t)c->n_hours, sizeof *counts);
    count_hours(c, counts);
    double z = score_of_mean(counts, c->n_hours, c->rate * 3600);
    cr_assert(lt(dbl, fabs(z), Z_LIMIT), "rate %g cv %g: z %g", c->rate, c->arrival_cv, z);
    free(counts);
}

/* Mutant: each hour starts as if a request had just come. It has (cv^2 - 1) / 2 too many. */
Test(traffic_generate, rate_check_rejects_ordinary_start) {
    enum { N_HOURS = 4000 };
    static double counts[N_HOURS];
    for (int cv = 3; cv <= 8; cv += 5) {
        struct gap_law law = gap_law_of((struct burstiness){.arrival_cv = cv});
        for (int hour = 0; hour < N_HOURS; hour++) {
            struct rng rng = rng_open(11, 0, RNG_TEST, (uint64_t)hour);
            counts[hour] = 0;
            for (double at = gap_draw(&law, &rng); at < 7.2; at += gap_draw(&law, &rng))
                counts[hour]++;
        }
        cr_assert(gt(dbl, score_of_mean(counts, N_HOURS, 7.2), Z_LIMIT));
    }
}

/* Hours of rate 0 are empty, the others keep their own mean. */
Test(traffic_generate, rate_steps_by_hour) {
    enum { WEEKS = 60 };
    struct arena arena = {0};
    struct traffic traffic = steady(0, (struct burstiness){0, 0, 1, 0}, 5);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = (h % 3) * 0.05;
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, hours(0, WEEKS * 168));
    double counts[HOURS_PER_WEEK] = {0};
    struct request request;
    while (traffic_next(cursor, &request))
        counts[request.arrival_ns / NS_PER_HOUR % HOURS_PER_WEEK]++;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double expected = (h % 3) * 0.05 * 3600 * WEEKS;
        cr_assert(le(dbl, fabs(counts[h] - expected), Z_LIMIT * sqrt(expected)), "hour %d", h);
    }
    arena_release(&arena);
}

/* ---- seams ---- */

enum { SEAM_MINUTES = 60 * 400, SEAM_RATE = 2 };

/* Excess of the first second of a minute over the mean of the other 59, standardised. */
static double seam_score(const double *first, const double *others) {
    static double excess[SEAM_MINUTES];
    for (int m = 0; m < SEAM_MINUTES; m++)
        excess[m] = first[m] - others[m] / 59;
    return score_of_mean(excess, SEAM_MINUTES, 0);
}

static double first[SEAM_MINUTES], others[SEAM_MINUTES];

static void count_seam(int64_t at_ns) {
    int64_t minute = at_ns / (60 * NS_PER_SECOND);
    *(at_ns / NS_PER_SECOND % 60 == 0 ? &first[minute] : &others[minute]) += 1;
}

static const struct burstiness SEAMS[] = {
    {0, 0, 1, 0}, {0.5, 0.8, 1, 0}, {0.5, 0.8, 3, 0}, {0, 0, 8, 0}, {0.3, 0.9, 13, 0.18},
};

CASE_TEST(traffic_generate, minutes_have_no_seams, SEAMS) {
    struct arena arena = {0};
    struct traffic traffic = steady(SEAM_RATE, SEAMS[*index], 3);
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, hours(0, SEAM_MINUTES / 60));
    struct request request;
    while (traffic_next(cursor, &request))
        count_seam(request.arrival_ns);
    cr_assert(lt(dbl, fabs(seam_score(first, others)), Z_LIMIT));
    arena_release(&arena);
}

/* Mutant: every minute starts anew with an arrival on its edge (for Poisson, one request too many
 * in the first second). */
CASE_TEST(traffic_generate, seam_check_rejects_restart_at_edges, SEAMS) {
    struct gap_law law = gap_law_of(SEAMS[*index]);
    for (int m = 0; m < SEAM_MINUTES; m++) {
        struct rng rng = rng_open(3, 0, RNG_TEST, (uint64_t)m);
        for (double at = 0; at < 60 * SEAM_RATE; at += gap_draw(&law, &rng))
            count_seam(m * 60 * NS_PER_SECOND + (int64_t)(at / SEAM_RATE * 1e9));
    }
    cr_assert(gt(dbl, seam_score(first, others), Z_LIMIT));
}

/* ---- gaps ---- */

enum { N_GAPS = 1000000 };

static const struct burstiness LAWS[] = {
    {0, 0, 0.3, 0}, {0, 0, 1, 0}, {0, 0, 3, 0}, {0, 0, 8, 0}, {0, 0, 3, 0.5}, {0, 0, 13, 0.18},
};

/* Scores of the sample mean against 1 and of the sample variance against cv^2. */
static void gap_scores(struct burstiness drawn, double cv, double *of_mean, double *of_variance) {
    static double gaps[N_GAPS];
    struct gap_law law = gap_law_of(drawn);
    struct rng rng = rng_open(17, 0, RNG_TEST, 0);
    for (int i = 0; i < N_GAPS; i++)
        gaps[i] = gap_draw(&law, &rng);
    *of_mean = score_of_mean(gaps, N_GAPS, 1);
    for (int i = 0; i < N_GAPS; i++)
        gaps[i] = (gaps[i] - 1) * (gaps[i] - 1);
    *of_variance = score_of_mean(gaps, N_GAPS, cv * cv);
}

CASE_TEST(traffic_generate, gaps_have_mean_1_and_their_cv, LAWS) {
    double of_mean, of_variance;
    gap_scores(LAWS[*index], LAWS[*index].arrival_cv, &of_mean, &of_variance);
    cr_assert(lt(dbl, fabs(of_mean), Z_LIMIT));
    cr_assert(lt(dbl, fabs(of_variance), Z_LIMIT));
    /* mutant: 10 % off */
    struct burstiness wrong = LAWS[*index];
    wrong.arrival_cv *= 1.1;
    gap_scores(wrong, LAWS[*index].arrival_cv, &of_mean, &of_variance);
    cr_assert(gt(dbl, of_variance, Z_LIMIT));
}

/* The closed form of a two-phase law: the mean is 1 and the second moment 1 + cv^2. */
Test(traffic_generate, interrupted_poisson_moments_are_exact) {
    for (double cv = 1.1; cv < 50; cv *= 1.5)
        for (double busy = 0.01; busy < 1; busy += 0.07) {
            struct gap_law law = gap_law_of((struct burstiness){0, 0, cv, busy});
            double a = law.share * law.short_s, b = (1 - law.share) * law.long_s;
            cr_assert(epsilon_eq(dbl, a + b, 1, 1e-9), "cv %g busy %g", cv, busy);
            double second = 2 * (a * law.short_s + b * law.long_s);
            cr_assert(epsilon_eq(dbl, second / (1 + cv * cv), 1, 1e-7));
        }
}

/* Counts of a stationary interrupted Poisson process in a window t: mean t, dispersion
 * 1 + (cv^2 - 1) (1 - (1 - e^-gt) / (gt)), g = 2 (1 - b) / (b (cv^2 - 1)): the law by which the
 * busy share was named, from its switching rates and not from its gaps. */
static double dispersion_score(struct gap_law law, double t, double dispersion) {
    enum { N = 100000 };
    static double squares[N];
    for (int i = 0; i < N; i++) {
        struct rng rng = rng_open(23, 0, RNG_TEST, (uint64_t)i);
        double count = 0;
        for (double at = gap_first(&law, &rng); at < t; at += gap_draw(&law, &rng))
            count++;
        squares[i] = (count - t) * (count - t) / t;
    }
    return score_of_mean(squares, N, dispersion);
}

static const double WINDOWS[] = {0.2, 2, 5};

CASE_TEST(traffic_generate, interrupted_poisson_dispersion, WINDOWS) {
    struct burstiness b = {0, 0, 5, 0.2};
    double t = WINDOWS[*index], g = 2 * 0.8 / (0.2 * 24);
    double dispersion = 1 + 24 * (1 - (1 - exp(-g * t)) / (g * t));
    cr_assert(lt(dbl, fabs(dispersion_score(gap_law_of(b), t, dispersion)), Z_LIMIT));
    b.busy_share = 0; /* mutant: the gamma law of the same cv */
    cr_assert(gt(dbl, fabs(dispersion_score(gap_law_of(b), t, dispersion)), Z_LIMIT));
}

/* ---- minute factors ---- */

enum { N_FACTORS = 200000 };
static double factors[N_FACTORS];

static void draw_factors(double cv, double r) {
    struct arena arena = {0};
    struct minute_factors process =
        minute_factors_open(&arena, (struct burstiness){cv, r, 1, 0}, 29, 0);
    for (int m = 0; m < N_FACTORS; m++)
        factors[m] = minute_factor(&process, m);
    arena_release(&arena);
}

static const double FACTOR_CVS[] = {0.01, 0.2, 0.5, 1, 2, 4};

/* Independent minutes, so that the standard error is known; cv of gamma. */
CASE_TEST(traffic_generate, minute_factors_have_mean_1_and_their_cv, FACTOR_CVS) {
    double cv = FACTOR_CVS[*index];
    draw_factors(cv, 0);
    cr_assert(lt(dbl, fabs(score_of_mean(factors, N_FACTORS, 1)), Z_LIMIT));
    for (int m = 0; m < N_FACTORS; m++)
        factors[m] = (factors[m] - 1) * (factors[m] - 1);
    double z = score_of_mean(factors, N_FACTORS, cv * cv);
    cr_assert(lt(dbl, fabs(z), Z_LIMIT), "cv %g: z %g", cv, z);
    z = score_of_mean(factors, N_FACTORS, 1.15 * 1.15 * cv * cv); /* mutant: cv 15 % off */
    cr_assert(gt(dbl, fabs(z), Z_LIMIT), "cv %g: z %g", cv, z);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov distance times sqrt n of factors from the exponential law of mean `mean`. */
static double exponential_distance(double mean) {
    double worst = 0;
    for (int i = 0; i < N_FACTORS; i++) {
        double p = -expm1(-factors[i] / mean);
        worst = fmax(worst, fmax(p - (double)i / N_FACTORS, (double)(i + 1) / N_FACTORS - p));
    }
    return worst * sqrt(N_FACTORS);
}

/* A gamma law of cv 1 is exponential. 2.6: chance 3e-6. */
Test(traffic_generate, minute_factors_are_gamma) {
    draw_factors(1, 0);
    qsort(factors, N_FACTORS, sizeof *factors, compare_doubles);
    cr_assert(lt(dbl, exponential_distance(1), 2.6));
    cr_assert(gt(dbl, exponential_distance(1.03), 2.6));
    draw_factors(1.03, 0);
    qsort(factors, N_FACTORS, sizeof *factors, compare_doubles);
    cr_assert(gt(dbl, exponential_distance(1), 2.6));
}

/* cv 1: back from the exponential law to the normal score of the copula. */
static double normal_correlation(int lag) {
    double sum = 0;
    static double scores[N_FACTORS];
    for (int m = 0; m < N_FACTORS; m++)
        scores[m] = rng_normal_quantile(fmin(fmax(-expm1(-factors[m]), 1e-12), 1 - 1e-12));
    for (int m = lag; m < N_FACTORS; m++)
        sum += scores[m] * scores[m - lag];
    return sum / (N_FACTORS - lag);
}

static const double CORRELATIONS[] = {0, 0.3, 0.6, 0.9, 0.97};

/* Bartlett: the variance of an AR(1) sample correlation is at most (1 + r^2) / (1 - r^2) / n. */
CASE_TEST(traffic_generate, minute_factors_are_correlated, CORRELATIONS) {
    double r = CORRELATIONS[*index];
    draw_factors(1, r);
    double limit = Z_LIMIT * sqrt(2 * (1 + r * r) / (1 - r * r) / N_FACTORS);
    for (int lag = 1; lag <= 4; lag++)
        cr_assert(lt(dbl, fabs(normal_correlation(lag) - pow(r, lag)), limit), "r %g lag %d", r,
                  lag);
    draw_factors(1, r < 0.5 ? r + 0.05 : r - 0.1); /* mutant */
    cr_assert(gt(dbl, fabs(normal_correlation(1) - r), limit));
}

Test(traffic_generate, any_minute_first) {
    struct arena arena = {0};
    struct burstiness b = {0.7, 0.95, 1, 0};
    struct minute_factors onward = minute_factors_open(&arena, b, 1, 2);
    struct minute_factors jumping = minute_factors_open(&arena, b, 1, 2);
    double want[2000];
    for (int m = 0; m < 2000; m++)
        want[m] = minute_factor(&onward, m);
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    for (int i = 0; i < 500; i++) {
        int m = (int)rng_below(&rng, 2000);
        cr_assert(eq(dbl, minute_factor(&jumping, m), want[m]));
    }
    arena_release(&arena);
}

/* ---- keyed draws ---- */

static struct traffic rich(uint64_t seed) {
    struct traffic traffic = steady(0.2, (struct burstiness){0.5, 0.8, 4, 0.3}, seed);
    traffic.input = (struct length_distribution){LENGTH_LOGNORMAL, .median = 500, .sigma = 1.1,
                                                 .min = 1, .max = 8000};
    traffic.output = (struct length_distribution){.kind = LENGTH_TABLE,
                                                  .min = 0,
                                                  .max = 1000,
                                                  .n = 4,
                                                  .p = {0, 0.5, 0.9, 1},
                                                  .tokens = {1, 20, 100, 1000}};
    return traffic;
}

enum { MANY = 400000 };

static size_t collect(const struct traffic *traffic, struct traffic_window window,
                      struct request *out) {
    struct arena arena = {0};
    struct traffic_cursor *cursor = traffic_open(&arena, traffic, window);
    size_t n = 0;
    while (n < MANY && traffic_next(cursor, &out[n]))
        n++;
    cr_assert(lt(sz, n, (size_t)MANY));
    arena_release(&arena);
    return n;
}

static bool same(const struct request *a, const struct request *b, int64_t shift_ns) {
    return a->arrival_ns == b->arrival_ns + shift_ns && a->input_tokens == b->input_tokens &&
           a->output_tokens == b->output_tokens;
}

static struct request all[MANY], part[MANY];

/* Whatever a window's edges, its requests are those of the whole that lie inside. */
Test(traffic_generate, windows_cut_one_process) {
    struct traffic traffic = rich(41);
    struct traffic_window whole = {0, 2 * NS_PER_WEEK, 1, 3};
    size_t n = collect(&traffic, whole, all);
    struct rng rng = rng_open(2, 0, RNG_TEST, 0);
    for (int i = 0; i < 100; i++) {
        struct traffic_window window = whole;
        window.from_ns = (int64_t)rng_below(&rng, 2 * NS_PER_WEEK);
        window.to_ns = window.from_ns + (int64_t)rng_below(&rng, 30 * NS_PER_HOUR);
        if (window.to_ns > whole.to_ns)
            window.to_ns = whole.to_ns;
        size_t m = collect(&traffic, window, part), at = 0;
        while (at < n && all[at].arrival_ns < window.from_ns)
            at++;
        for (size_t k = 0; k < m; k++, at++)
            cr_assert(same(&all[at], &part[k], window.from_ns));
        cr_assert(at == n || all[at].arrival_ns >= window.to_ns);
    }
}

Test(traffic_generate, cursors_do_not_disturb_each_other) {
    struct arena arena = {0};
    struct traffic traffic = rich(43);
    struct traffic_cursor *a = traffic_open(&arena, &traffic, hours(0, 24));
    struct traffic_cursor *b = traffic_open(&arena, &traffic, hours(0, 24));
    struct request of_a, of_b;
    while (traffic_next(a, &of_a)) {
        cr_assert(traffic_next(b, &of_b));
        cr_assert(same(&of_a, &of_b, 0));
    }
    cr_assert(not(traffic_next(b, &of_b)));
    arena_release(&arena);
}

Test(traffic_generate, seeds_and_replications_differ) {
    struct traffic traffic = rich(47), other = rich(48);
    size_t n = collect(&traffic, (struct traffic_window){0, NS_PER_HOUR * 24, 1, 0}, all);
    size_t m = collect(&traffic, (struct traffic_window){0, NS_PER_HOUR * 24, 1, 1}, part);
    cr_assert(n > 100 && m > 100 && !same(&all[50], &part[50], 0));
    m = collect(&other, (struct traffic_window){0, NS_PER_HOUR * 24, 1, 0}, part);
    cr_assert(m > 100 && !same(&all[50], &part[50], 0));
}

/* Growth multiplies the rate: more requests, and request k of an hour keeps its lengths. */
Test(traffic_generate, growth_keeps_lengths_by_index) {
    struct traffic traffic = rich(53);
    size_t n = collect(&traffic, (struct traffic_window){0, NS_PER_HOUR, 1, 0}, all);
    size_t m = collect(&traffic, (struct traffic_window){0, NS_PER_HOUR, 2.5, 0}, part);
    cr_assert(gt(sz, m, n));
    for (size_t k = 0; k < n; k++)
        cr_assert(all[k].input_tokens == part[k].input_tokens &&
                  all[k].output_tokens == part[k].output_tokens);
}

Test(traffic_generate, growth_multiplies_the_mean) {
    enum { N_HOURS = 400 };
    static double counts[N_HOURS];
    struct arena arena = {0};
    struct traffic traffic = steady(0.1, (struct burstiness){0, 0, 2, 0}, 59);
    struct traffic_window window = hours(0, N_HOURS);
    window.growth = 1.7;
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, window);
    struct request request;
    while (traffic_next(cursor, &request))
        counts[request.arrival_ns / NS_PER_HOUR]++;
    cr_assert(lt(dbl, fabs(score_of_mean(counts, N_HOURS, 0.1 * 3600 * 1.7)), Z_LIMIT));
    cr_assert(gt(dbl, fabs(score_of_mean(counts, N_HOURS, 0.1 * 3600 * 1.6)), Z_LIMIT));
    arena_release(&arena);
}

/* ---- lengths ---- */

struct length_case {
    struct length_distribution lengths;
    double u;
    int32_t want;
};

#define TABLE_OF_3                                                                                 \
    {                                                                                              \
        LENGTH_TABLE, .min = 2, .max = 900, .n = 3, .p = {0, 0.5, 1}, .tokens = { 0, 10, 1000 }    \
    }

static const struct length_case LENGTHS[] = {
    {{LENGTH_FIXED, .value = 7.4, .min = 1, .max = 100}, 0.9, 7},
    {{LENGTH_FIXED, .value = 0.2, .min = 1, .max = 100}, 0.9, 1},
    {{LENGTH_FIXED, .value = 500, .min = 1, .max = 100}, 0.9, 100},
    {{LENGTH_LOGNORMAL, .median = 40, .sigma = 1, .min = 1, .max = 9999}, 0.5, 40},
    {{LENGTH_LOGNORMAL, .median = 40, .sigma = 1, .min = 1, .max = 9999}, 0.8413447460685429, 109},
    {{LENGTH_LOGNORMAL, .median = 40, .sigma = 1, .min = 1, .max = 9999}, 0.1586552539314571, 15},
    {{LENGTH_LOGNORMAL, .median = 40, .sigma = 0, .min = 1, .max = 9999}, 0.01, 40},
    {TABLE_OF_3, 0.25, 5},
    {TABLE_OF_3, 0.5, 10},
    {TABLE_OF_3, 0.75, 505},
    {TABLE_OF_3, 0.01, 2},
    {TABLE_OF_3, 0.999, 900},
};

CASE_TEST(traffic_generate, length_at_probability, LENGTHS) {
    const struct length_case *c = &LENGTHS[*index];
    cr_assert(eq(i32, length_at(&c->lengths, c->u), c->want));
}

/* The stated mean against the mean of drawn requests. */
Test(traffic_generate, mean_lengths_are_those_drawn) {
    static double input[MANY], output[MANY];
    struct traffic traffic = rich(61);
    int n = (int)collect(&traffic, (struct traffic_window){0, 2 * NS_PER_WEEK, 1, 0}, all);
    for (int i = 0; i < n; i++) {
        input[i] = all[i].input_tokens;
        output[i] = all[i].output_tokens;
    }
    cr_assert(lt(dbl, fabs(score_of_mean(input, n, traffic_mean_input(&traffic))), Z_LIMIT));
    cr_assert(lt(dbl, fabs(score_of_mean(output, n, traffic_mean_output(&traffic))), Z_LIMIT));
    cr_assert(
        gt(dbl, fabs(score_of_mean(output, n, 1.03 * traffic_mean_output(&traffic))), Z_LIMIT));
}
