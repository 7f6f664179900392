/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of counts inside hours (the hour's own mean is taken out, so that day and night are not
 * read as bursts), pooled over hours. With mu the mean count of an hour's minutes,
 *   variance = mu I60 + mu^2 v,   covariance at lag l = mu^2 v r^l,
 * where v is the squared minute_cv, r minute_correlation and I60 the dispersion of the arrivals
 * alone; seconds likewise. v = 0 is taken when the arrivals alone explain the correlation of
 * neighbouring minutes. */
#include "sim/traffic_fit.h"

#include <math.h>

#include "base/rng.h"

#define NS_PER_SECOND 1000000000LL

#define SWITCHING_LEAST (1.0 / 30) /* a second */
#define CORRELATION_MOST 0.95      /* slower moves are a trend, not burstiness */

enum { MINUTES_CORRELATED = 20 };

void count_moments_add_hour(struct count_moments *moments, const double *counts, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += counts[i];
    double mean = sum / (double)n;
    moments->n += n;
    moments->n_hours++;
    moments->mean += mean * (double)n;
    moments->square += mean * mean * (double)n;
    for (int lag = 0; lag < FIT_LAGS && lag < n; lag++) {
        double covariance = 0;
        for (int64_t i = lag; i < n; i++)
            covariance += (counts[i] - mean) * (counts[i - lag] - mean);
        moments->covariance[lag] += covariance * (double)n / (double)(n - lag);
    }
}

/* Counts of bins of `width_ns` in whole hours of bins; the rest of the last hour counts as an hour
 * when it is at least half of one or the only one. */
static struct count_moments count_rows(struct arena *arena, const struct request *rows, size_t n,
                                       int64_t span_ns, int64_t width_ns) {
    int64_t n_bins = span_ns / width_ns, per_hour = 3600 * NS_PER_SECOND / width_ns;
    double *counts = arena_new(arena, double, per_hour);
    struct count_moments moments = {0};
    size_t row = 0;
    for (int64_t from = 0; from < n_bins; from += per_hour) {
        int64_t left = n_bins - from, n_here = left < per_hour ? left : per_hour;
        for (int64_t i = 0; i < n_here; i++)
            counts[i] = 0;
        for (; row < n && rows[row].arrival_ns / width_ns < from + n_here; row++)
            counts[rows[row].arrival_ns / width_ns - from]++;
        if (left >= per_hour / 2 || from == 0)
            count_moments_add_hour(&moments, counts, n_here);
    }
    return moments;
}

/* Share of the final dispersion that an interrupted Poisson process shows at x = g t. */
static double build_up(double x) {
    return x < 1e-6 ? 0.5 * x : 1 - (1 - rng_exp(-x)) / x;
}

/* g from build_up(g) / build_up(60 g) = ratio, which rises from 1/60 to 1. Spells much longer than
 * half a minute are left to the minutes' rate. */
static double solve_switching(double ratio) {
    double low = SWITCHING_LEAST, high = 1000;
    for (int i = 0; i < 80; i++) {
        double middle = sqrt(low * high);
        if (build_up(middle) / build_up(60 * middle) < ratio)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Arrivals along the rate: dispersion 1 + excess * build_up(g t); g 0: reached below a second. */
struct arrivals {
    double excess, g;
};

static struct arrivals fit_arrivals(const struct count_moments *seconds,
                                    const struct count_moments *minutes, double v) {
    double at_1s = (seconds->covariance[0] - v * seconds->square) / seconds->mean;
    double at_60s = (minutes->covariance[0] - v * minutes->square) / minutes->mean;
    if (at_60s < 1.2 || at_1s > 0.9 * at_60s)
        return (struct arrivals){at_60s - 1, 0};
    double g = solve_switching((at_1s - 1) / (at_60s - 1));
    return (struct arrivals){(at_60s - 1) / build_up(60 * g), g};
}

/* Covariance of counts of minutes `lag` apart, over the mean count: from the variances of sums of
 * lag - 1, lag and lag + 1 minutes. */
static double own_covariance(struct arrivals arrivals, int lag) {
    double x = 60 * arrivals.g;
    if (x <= 0)
        return 0;
    return arrivals.excess * 0.5 *
           ((lag + 1) * build_up((lag + 1) * x) - 2 * lag * build_up(lag * x) +
            (lag - 1) * build_up((lag - 1) * x));
}

static bool explains(struct arrivals arrivals, const struct count_moments *minutes) {
    double chance = 2 / sqrt((double)minutes->n) * minutes->covariance[0];
    for (int lag = 1; lag < FIT_LAGS; lag++)
        if (minutes->covariance[lag] - own_covariance(arrivals, lag) * minutes->mean > chance)
            return false;
    return true;
}

/* Variance of the mean of n values of unit variance whose correlation is r^lag. */
static double variance_of_mean(double r, double n) {
    double sum = 0, power = 1;
    for (int lag = 1; lag < n; lag++)
        sum += (1 - lag / n) * (power *= r);
    return (1 + 2 * sum) / n;
}

/* Taking the hour's own mean out lowers every covariance by the variance m of that mean: the lags 1
 * and 2 are v (r - m) and v (r^2 - m). Their ratio rises with r. */
static double solve_correlation(double ratio, double n) {
    double low = 0, high = CORRELATION_MOST;
    for (int i = 0; i < 50; i++) {
        double r = 0.5 * (low + high), m = variance_of_mean(r, n);
        if ((r * r - m) / (r - m) < ratio || r <= m)
            low = r;
        else
            high = r;
    }
    return high;
}

/* Sets v and r of *out; the variance left to the arrivals is kept at Poisson or above. Returns v
 * less what the hours' means took out of it. */
static double fit_minutes(const struct count_moments *minutes, struct burstiness *out) {
    const double *c = minutes->covariance;
    double spare = c[0] - minutes->mean;
    if (spare <= 0 || c[1] <= 0)
        return 0;
    double n = (double)minutes->n / (double)minutes->n_hours;
    double r = solve_correlation(c[2] / c[1], n), m = variance_of_mean(r, n);
    double inside = fmin(c[1] * (1 - m) / (r - m), spare) / minutes->square;
    out->minute_correlation = r;
    out->minute_cv = fmin(sqrt(inside / (1 - m)), 4);
    return inside;
}

/* A gamma renewal when the dispersion does not grow from 1 s to 60 s. */
static void take_arrivals(struct arrivals arrivals, double rate, struct burstiness *out) {
    out->arrival_cv = sqrt(fmin(fmax(1 + arrivals.excess, 0.0025), 2500));
    if (arrivals.g <= 0)
        return;
    double odds = arrivals.excess * arrivals.g / (2 * rate); /* quiet : busy */
    out->busy_share = fmin(fmax(1 / (1 + odds), 0.001), 0.99);
}

static double gap_cv(const struct request *rows, size_t n) {
    double mean = (double)rows[n - 1].arrival_ns / (double)(n - 1), sum = 0;
    for (size_t i = 1; i < n; i++) {
        double off = (double)(rows[i].arrival_ns - rows[i - 1].arrival_ns) - mean;
        sum += off * off;
    }
    return sqrt(sum / (double)(n - 1)) / mean;
}

/* Only minutes are known: all that a Poisson process does not explain is the minutes' own, with the
 * correlation that neighbours show. */
static void fit_minutes_alone(const struct count_moments *minutes, struct burstiness *out) {
    fit_minutes(minutes, out);
    double n = (double)minutes->n / (double)minutes->n_hours;
    double spare = fmax(minutes->covariance[0] - minutes->mean, 0) / minutes->square;
    out->minute_cv = fmin(sqrt(spare / (1 - variance_of_mean(out->minute_correlation, n))), 4);
}

struct burstiness traffic_fit_moments(const struct count_moments *seconds,
                                      const struct count_moments *minutes, double rate_per_second) {
    struct burstiness out = {.arrival_cv = 1};
    if (!seconds) {
        fit_minutes_alone(minutes, &out);
        return out;
    }
    struct arrivals arrivals = fit_arrivals(seconds, minutes, 0);
    if (minutes->n >= MINUTES_CORRELATED && !explains(arrivals, minutes)) {
        double inside = fit_minutes(minutes, &out);
        arrivals = fit_arrivals(seconds, minutes, inside);
    }
    take_arrivals(arrivals, rate_per_second, &out);
    return out;
}

struct burstiness traffic_fit_burstiness(struct arena *arena, const struct request *rows, size_t n,
                                         int64_t span_ns) {
    struct arena_mark mark = arena_mark(arena);
    struct count_moments minutes = count_rows(arena, rows, n, span_ns, 60 * NS_PER_SECOND);
    struct count_moments seconds = count_rows(arena, rows, n, span_ns, NS_PER_SECOND);
    arena_rewind(arena, mark);
    if (minutes.n < FIT_MINUTES_LEAST || minutes.mean <= 0)
        return (struct burstiness){.arrival_cv = n > 2 ? fmin(fmax(gap_cv(rows, n), 0.05), 50) : 1};
    return traffic_fit_moments(&seconds, &minutes, (double)n / ((double)span_ns * 1e-9));
}
