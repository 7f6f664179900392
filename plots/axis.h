/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Axes: from values to places on the page, with round ticks.
 *
 *  Ticks follow Talbot, Lin and Hanrahan, "An Extension of Wilkinson's Algorithm for Positioning
 * Tick Labels on Axes" (2010): every step q x 10^z with q in {1, 5, 2, 2.5, 4, 3} is scored by
 * simplicity, coverage and density (weights .2, .25, .5) and the best wins. Two restrictions: ticks
 * lie inside the range, and are multiples of their step. */
#ifndef HEADROOM_PLOTS_AXIS_H
#define HEADROOM_PLOTS_AXIS_H

#include <stdbool.h>

enum { AXIS_TICKS_MIN = 3, AXIS_TICKS_MAX = 9 };

struct axis {
    double lo, hi;   /* values at the two ends */
    double from, to; /* places of the two ends, points */
    bool log;
    int n;
    double ticks[AXIS_TICKS_MAX]; /* rising */
};

/** 3 to 9 round values in [lo, hi], lo < hi finite; `wanted` is how many would be best. Returns
 * their number. */
int axis_round_ticks(double lo, double hi, int wanted, double ticks[AXIS_TICKS_MAX]);

/** From zero: the end is raised to the next tick, so that the highest value lies under a gridline.
 * high <= 0 reads as 1. */
struct axis axis_from_zero(double high, int wanted, double from, double to);
/** Zero to exactly `high`, at least to 1, for things that are counted: whole ticks, two of them
 * where fewer than two whole things are on the axis. */
struct axis axis_counting(double high, int wanted, double from, double to);
/** Zero to exactly `high`. */
struct axis axis_exact(double high, int wanted, double from, double to);
/** Logarithmic, 0 < low <= high, widened to hold both with a margin; ticks at 1, 2, 5 of each
 * decade, thinned. */
struct axis axis_logarithmic(double low, double high, double from, double to);

double axis_at(const struct axis *axis, double value);

#endif
