/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The hours of each planning week put together into bins of like hours, so that a programme over
 * them is small.
 *
 *  Bins are made by cutting, again and again, the bin in which a workload varies most (its range,
 * in parts of its peak, times the hours) in the middle of that range. Demand in a bin is its mean:
 * as an hour's cost is convex in its demand, the programme over bins costs no more than that over
 * the hours (Jensen), and as much where the hours of each bin are alike. */
#ifndef HEADROOM_SCENARIOS_FUTURE_BINS_H
#define HEADROOM_SCENARIOS_FUTURE_BINS_H

#include "solver/plan.h"

/* of a week; fewer where there are many weeks, so that all together are few */
enum { FUTURE_BINS = 24, FUTURE_BINS_MIN = 6, FUTURE_BINS_IN_ALL = 120 };

/** The input's demand with up to FUTURE_BINS hours a week, all weeks alike; where fewer are
 * different, the last one shares its weight among the rest. plan_input.owned_left of these hours
 * goes to *left: the mean of each bin, 1 where the input has none. plan_input.spot to *spot: the
 * mean share that the market has, and the mean price of what runs; NULL where the input has none.
 */
const struct demand *future_bins(struct arena *arena, const struct plan_input *input,
                                 const double **left, const struct plan_spot **spot);

#endif
