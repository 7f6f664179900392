/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Can the generator look like real traffic? The parameters of scenarios/code-completion against the
 * published statistics of the Azure 2023 code trace: medians over 20 hours drawn with 20 seeds,
 * each within a stated tolerance. Mutants: without busy spells, and Poisson. */
#include <math.h>
#include <stdlib.h>

#include "sim/trace.h"
#include "tests/base/case_table.h"

#define NS_PER_HOUR 3600000000000LL

static struct traffic code_completion(struct burstiness burstiness, uint64_t seed) {
    struct traffic traffic = {.kind = TRAFFIC_GENERATED, .seed = seed, .burstiness = burstiness};
    traffic.input = (struct length_distribution){
        .kind = LENGTH_TABLE,
        .min = 3,
        .max = 7437,
        .n = 25,
        .p = {0,   0.02, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3,  0.35, 0.4,  0.45, 0.5, 0.55,
              0.6, 0.65, 0.7,  0.75, 0.8,  0.85, 0.9,  0.93, 0.95, 0.97, 0.99, 1},
        .tokens = {3,    35,   75,   147,  232,  386,  578,  770,  939,  1075, 1261, 1469, 1690,
                   1909, 2164, 2433, 2745, 3192, 3920, 5188, 6194, 7303, 7435, 7436, 7437},
    };
    traffic.output = (struct length_distribution){
        .kind = LENGTH_TABLE,
        .min = 6,
        .max = 1899,
        .n = 25,
        .p = {0,    0.05, 0.1,  0.2, 0.25, 0.35, 0.4,  0.45, 0.5,  0.55,  0.6,   0.65, 0.7,
              0.75, 0.8,  0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1},
        .tokens = {6,  6,  7,  8,  9,  10, 11,  12,  13,  14,  16,  18,  20,
                   24, 29, 39, 55, 72, 90, 128, 171, 251, 359, 825, 1899},
    };
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = 2.567;
    return traffic;
}

enum statistic {
    PEAK,
    GAP_CV,
    IDC_1,
    IDC_60,
    IN_P50,
    IN_P95,
    OUT_P50,
    OUT_P95,
    IN_MEAN,
    OUT_MEAN,
    N_STATISTICS
};

static const struct {
    const char *name;
    double published, tolerance; /* relative */
} TARGETS[N_STATISTICS] = {
    {"peak minute / mean", 4.1, 0.10}, {"gap cv", 13.2, 0.06},    {"dispersion 1 s", 13.2, 0.08},
    {"dispersion 60 s", 164, 0.12},    {"input P50", 1469, 0.03}, {"input P95", 7303.3, 0.02},
    {"output P50", 13, 0.0},           {"output P95", 90, 0.05},  {"input mean", 2047.8, 0.02},
    {"output mean", 27.883, 0.05},
};

enum { N_SEEDS = 20, ROWS_MAX = 100000 };

static void measure(struct burstiness burstiness, uint64_t seed, double *out) {
    static struct request rows[ROWS_MAX];
    struct arena arena = {0};
    struct traffic traffic = code_completion(burstiness, seed);
    struct traffic_window hour = {0, NS_PER_HOUR, 1, 0};
    struct traffic_cursor *cursor = traffic_open(&arena, &traffic, hour);
    size_t n = 0;
    while (n < ROWS_MAX && traffic_next(cursor, &rows[n]))
        n++;
    struct trace_stats stats = {0};
    trace_stats(&arena, rows, n, NULL, &stats);
    out[PEAK] = stats.peak_minute_ratio;
    out[GAP_CV] = stats.gap_cv;
    out[IDC_1] = stats.dispersion_1s;
    out[IDC_60] = stats.dispersion_60s;
    out[IN_P50] = stats.input.p50;
    out[IN_P95] = stats.input.p95;
    out[OUT_P50] = stats.output.p50;
    out[OUT_P95] = stats.output.p95;
    out[IN_MEAN] = stats.input.mean;
    out[OUT_MEAN] = stats.output.mean;
    arena_release(&arena);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void medians(struct burstiness burstiness, double *out) {
    double values[N_STATISTICS][N_SEEDS], one[N_STATISTICS];
    for (int seed = 0; seed < N_SEEDS; seed++) {
        measure(burstiness, (uint64_t)seed + 1, one);
        for (int s = 0; s < N_STATISTICS; s++)
            values[s][seed] = one[s];
    }
    for (int s = 0; s < N_STATISTICS; s++) {
        qsort(values[s], N_SEEDS, sizeof(double), compare_doubles);
        out[s] = 0.5 * (values[s][N_SEEDS / 2 - 1] + values[s][N_SEEDS / 2]);
    }
}

static bool within(enum statistic s, double value) {
    return fabs(value / TARGETS[s].published - 1) <= TARGETS[s].tolerance;
}

Test(traffic_code, reproduces_the_published_statistics) {
    double got[N_STATISTICS];
    medians((struct burstiness){0.3, 0.9, 13, 0.18}, got);
    for (enum statistic s = 0; s < N_STATISTICS; s++)
        cr_expect(within(s, got[s]), "%s: %g, published %g", TARGETS[s].name, got[s],
                  TARGETS[s].published);
}

/* A gamma renewal of the same gap CV puts its bursts into fractions of a second. */
Test(traffic_code, rejects_gamma_gaps) {
    double got[N_STATISTICS];
    medians((struct burstiness){0.3, 0.9, 13, 0}, got);
    cr_assert(not(within(IDC_1, got[IDC_1])), "dispersion 1 s: %g", got[IDC_1]);
}

Test(traffic_code, rejects_poisson) {
    double got[N_STATISTICS];
    medians((struct burstiness){0.3, 0.9, 1, 0}, got);
    for (enum statistic s = PEAK; s <= IDC_60; s++)
        cr_assert(not(within(s, got[s])), "%s: %g", TARGETS[s].name, got[s]);
}
