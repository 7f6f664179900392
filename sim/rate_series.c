/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/rate_series.h"

#include <math.h>

#include "base/err.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MINUTE (60 * NS_PER_SECOND)
#define NS_PER_HOUR (60 * NS_PER_MINUTE)

enum { SECONDS_AN_HOUR = 3600, MINUTES_AN_HOUR = 60 };

bool rate_series_step_fits(int64_t step_ns) {
    return step_ns >= NS_PER_SECOND &&
           (step_ns <= NS_PER_HOUR ? NS_PER_HOUR % step_ns : step_ns % NS_PER_HOUR) == 0;
}

struct rate_series rate_series_open(struct arena *arena, int64_t start_ns, int64_t step_ns) {
    ENSURE(rate_series_step_fits(step_ns));
    return (struct rate_series){
        .arena = arena,
        .start_ns = start_ns,
        .step_ns = step_ns,
        .second_counts = arena_new(arena, double, SECONDS_AN_HOUR),
        .minute_counts = arena_new(arena, double, MINUTES_AN_HOUR),
    };
}

static void add_bin(struct bin_counts *bins, double count) {
    bins->n++;
    bins->sum += count;
    bins->square += count * count;
    bins->peak = fmax(bins->peak, count);
    bins->zeros += count <= 0;
}

/* True when the bin is complete; its count is then in *count. */
static bool add_to_bin(struct bin_counts *bins, double step_count, int64_t steps_a_bin,
                       double *count) {
    bins->open += step_count;
    if (++bins->n_open < steps_a_bin)
        return false;
    *count = bins->open;
    add_bin(bins, bins->open);
    bins->open = 0;
    bins->n_open = 0;
    return true;
}

static void push_rate(struct rate_series *series, double rate) {
    if (series->n_rates == series->rates_capacity) {
        int capacity = series->rates_capacity ? 2 * series->rates_capacity : 256;
        series->rates = arena_grow(series->arena, series->rates, (size_t)series->n_rates,
                                   (size_t)capacity, sizeof *series->rates);
        series->rates_capacity = capacity;
    }
    series->rates[series->n_rates++] = rate;
}

static void end_clock_hour(struct rate_series *series) {
    double covered_s = (double)series->hour_steps * (double)series->step_ns / NS_PER_SECOND;
    push_rate(series, series->hour_sum / covered_s);
    series->hour_sum = 0;
    series->hour_steps = 0;
}

static int64_t place_in_hour(int64_t at_ns) {
    return (at_ns % NS_PER_HOUR + NS_PER_HOUR) % NS_PER_HOUR;
}

static void add_to_clock(struct rate_series *series, int64_t at_ns, double count) {
    if (series->step_ns >= NS_PER_HOUR) {
        int64_t hours = series->step_ns / NS_PER_HOUR;
        for (int64_t i = 0; i < hours; i++)
            push_rate(series, count / (double)hours / SECONDS_AN_HOUR);
        return;
    }
    bool new_hour = place_in_hour(at_ns) < series->step_ns;
    if (new_hour && series->hour_steps > 0)
        end_clock_hour(series);
    series->hour_sum += count;
    series->hour_steps++;
}

static void add_moments(struct rate_series *series) {
    if (series->step_ns == NS_PER_SECOND)
        count_moments_add_hour(&series->second_moments, series->second_counts, SECONDS_AN_HOUR);
    if (NS_PER_MINUTE % series->step_ns == 0)
        count_moments_add_hour(&series->minute_moments, series->minute_counts, MINUTES_AN_HOUR);
}

void rate_series_add(struct rate_series *series, double count) {
    ENSURE(count >= 0 && isfinite(count));
    int64_t index = series->n++, step = series->step_ns;
    double whole;
    add_bin(&series->steps, count);
    add_to_clock(series, series->start_ns + index * step, count);
    if (step > NS_PER_HOUR)
        return;
    if (step == NS_PER_SECOND)
        series->second_counts[index % SECONDS_AN_HOUR] = count;
    if (NS_PER_MINUTE % step == 0 &&
        add_to_bin(&series->minutes, count, NS_PER_MINUTE / step, &whole))
        series->minute_counts[(series->minutes.n - 1) % MINUTES_AN_HOUR] = whole;
    if (add_to_bin(&series->hours, count, NS_PER_HOUR / step, &whole))
        add_moments(series);
}

void rate_series_close(struct rate_series *series) {
    int64_t half = NS_PER_HOUR / 2, step = series->step_ns;
    if (series->n == 0)
        return;
    if (step >= NS_PER_HOUR) {
        series->start_ns -= place_in_hour(series->start_ns);
        return;
    }
    int64_t in_last = series->hour_steps * step;
    int64_t in_first = NS_PER_HOUR - place_in_hour(series->start_ns);
    if (series->n_rates == 0 || in_last >= half)
        end_clock_hour(series);
    if (in_first < half && series->n_rates > 1) {
        series->rates++;
        series->n_rates--;
        series->rates_capacity--;
        series->start_ns += in_first;
    } else {
        series->start_ns -= place_in_hour(series->start_ns);
    }
}

bool rate_series_burstiness(const struct rate_series *series, struct burstiness *out) {
    const struct count_moments *minutes = &series->minute_moments;
    bool seconds = series->step_ns == NS_PER_SECOND;
    if (minutes->n < FIT_MINUTES_LEAST || minutes->mean <= 0)
        return false;
    double rate = series->steps.sum / ((double)series->n * (double)series->step_ns / NS_PER_SECOND);
    *out = traffic_fit_moments(seconds ? &series->second_moments : NULL, minutes, rate);
    return true;
}

double bin_counts_dispersion(const struct bin_counts *bins) {
    double mean = bins->sum / (double)bins->n;
    return bins->n > 0 && mean > 0 ? (bins->square / (double)bins->n - mean * mean) / mean : NAN;
}

double bin_counts_cv(const struct bin_counts *bins) {
    double mean = bins->sum / (double)bins->n;
    return sqrt(fmax(bin_counts_dispersion(bins), 0) / mean);
}
