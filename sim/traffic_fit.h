/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Burstiness from the moments of counts: see traffic_fit_burstiness in sim/traffic.h. */
#ifndef HEADROOM_SIM_TRAFFIC_FIT_H
#define HEADROOM_SIM_TRAFFIC_FIT_H

#include "sim/traffic.h"

enum { FIT_LAGS = 3, FIT_MINUTES_LEAST = 5 };

/** Sums over the bins of all hours: of the hour's mean count mu, of mu^2, and of the
 * autocovariances inside hours. */
struct count_moments {
    int64_t n, n_hours;
    double mean, square, covariance[FIT_LAGS];
};

/** Counts of one hour's bins. */
void count_moments_add_hour(struct count_moments *moments, const double *counts, int64_t n);

/** At least FIT_MINUTES_LEAST minutes with requests. seconds: NULL when only minutes are known;
 * arrivals inside a minute are then taken as Poisson. */
struct burstiness traffic_fit_moments(const struct count_moments *seconds,
                                      const struct count_moments *minutes, double rate_per_second);

#endif
