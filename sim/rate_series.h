/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Counts in equal steps of time, one after the other: their statistics, the rate of each hour, and
 * how bursty they are. Memory: one number an hour. */
#ifndef HEADROOM_SIM_RATE_SERIES_H
#define HEADROOM_SIM_RATE_SERIES_H

#include "base/arena.h"
#include "sim/traffic_fit.h"

/** Counts of consecutive bins of one width, the complete ones. */
struct bin_counts {
    int64_t n;
    double sum, square, peak;
    int64_t zeros;
    double open; /* of the bin that is not complete yet */
    int64_t n_open;
};

struct rate_series {
    struct arena *arena;
    int64_t start_ns; /* of the first step: from 1970, or relative */
    int64_t step_ns;  /* divides an hour, or is whole hours */
    int64_t n;        /* steps */
    struct bin_counts steps, minutes,
        hours; /* from the first step; minutes: steps of 60 s or less */
    int n_rates, rates_capacity;
    double *rates;      /* [n_rates] a second, of the hours of the clock that the series touches */
    double hour_sum;    /* of the current hour of the clock */
    int64_t hour_steps; /* steps in it */
    double *second_counts, *minute_counts; /* [3600], [60] of the current hour of the series */
    struct count_moments second_moments, minute_moments;
};

/** step_ns > 0 as above. */
struct rate_series rate_series_open(struct arena *arena, int64_t start_ns, int64_t step_ns);
bool rate_series_step_fits(int64_t step_ns);
/** count: finite, >= 0. */
void rate_series_add(struct rate_series *series, double count);
/** After the last step: the first and last hour of the clock are dropped from `rates` when less
 * than half of one is covered and others remain; start_ns moves to the first that stays. */
void rate_series_close(struct rate_series *series);

/** From steps of a minute or less; false for wider ones. Steps above a second do not show what
 * happens inside a minute: arrivals there are taken as Poisson. */
bool rate_series_burstiness(const struct rate_series *series, struct burstiness *out);

/** Variance over mean of the complete bins; NaN when there are none or nothing came. */
double bin_counts_dispersion(const struct bin_counts *bins);
/** Their coefficient of variation. */
double bin_counts_cv(const struct bin_counts *bins);

#endif
