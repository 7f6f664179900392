/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The spot model of sim/spot_market.h fitted to availability traces of several zones, probed at
 * the same steps over the same time (docs/model.md section 2.12). Up is at least one
 * instance.
 *
 *  What is fitted: for each region calm and shock (share of time, mean lengths, how heavy their
 * tails), and for each zone its lives in both. What holds by construction, up to the limits of
 * shares: each zone's availability, the covariance of two zones of a region (three and more zones:
 * least squares), the mean up run. Zones of different regions are independent in the model, which
 * real ones are not quite. */
#ifndef HEADROOM_SIM_SPOT_FIT_H
#define HEADROOM_SIM_SPOT_FIT_H

#include "sim/spot_market.h"

struct spot_fit_zone {
    const char *name, *region;
    const struct spot_trace *trace;
    int32_t instances; /* of the model while up */
};

/** false: *err names the trace that is probed otherwise than the first, or never changes. */
bool spot_fit(struct arena *arena, const struct spot_fit_zone *zones, int n_zones,
              struct spot_model *out, struct err *err);

/** Whether it is up at the steps of a probe: k * step, k = 0 .. n - 1. */
void spot_probe(const struct spot_zone *zone, sim_ticks step, int n, unsigned char *up);

/** What a probe of one zone saw. Runs are stretches of equal steps; those cut by the ends count. */
struct spot_runs {
    double availability;
    int n;               /* up runs */
    double mean;         /* steps */
    double quantiles[3]; /* 0.5, 0.75, 0.9; steps */
};

struct spot_runs spot_runs_of(struct arena *arena, const unsigned char *up, int n);

/** Correlation of two probes; NaN when one never changes. */
double spot_correlation(const unsigned char *a, const unsigned char *b, int n);

#endif
