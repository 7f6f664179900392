/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What may come, as numbers: a factor whose logarithm is normal on each side of its median, draws
 * of several such factors that cover their ranges evenly, and what a list of costs comes to.
 *
 *  Not modelled: correlation of different factors, fatter tails than the normal's. */
#ifndef HEADROOM_SCENARIOS_FUTURE_DRAWS_H
#define HEADROOM_SCENARIOS_FUTURE_DRAWS_H

#include <stdint.h>

#include "base/arena.h"

#define FUTURE_Z90 1.2815515655446004 /* the standard normal's quantile 0.9 */

/** A factor around its median: one outcome in ten below `low`, one in ten above `high`.
 * 0 < low <= median <= high; all equal: it is certain. */
struct future_spread {
    double low, median, high;
};

/** The spread with these ends when `confidence` of the outcomes lie between them, half of the rest
 * on each side. */
struct future_spread future_spread_of(double low, double median, double high, double confidence);

/** The factor at a standard normal `z`: two half lognormals that meet at the median. */
double future_factor(const struct future_spread *spread, double z);

/** Standard normals for n futures that cover the range evenly: each of n strata of equal chance is
 * drawn in its middle once, in an order keyed by (seed, input).
 *
 *  @param z  out: [n] */
void future_normals(uint64_t seed, uint64_t input, int n, double *z);

/** Mean of the worst `share` of n values: whole values first, then a part of the next one, so that
 * it moves smoothly with share. 0 < share <= 1.
 *  @param values  [n >= 1], not changed */
double future_worst(struct arena *arena, const double *values, int n, double share);

/** Quantile p of n values, linear between order statistics. */
double future_quantile(struct arena *arena, const double *values, int n, double p);

double future_mean(const double *values, int n);

#endif
