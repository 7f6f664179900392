/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The larger of two sums: a kernel takes as long as its memory traffic or its arithmetic,
 *
 *      y = max(left . features, right . features),
 *
 * left where the work is small, right where it is large. Coefficients are not negative and the sum
 * of squared relative errors is small (a local optimum: the best of all places for the knee, then
 * rows moved to the side that is larger there until none moves). */
#ifndef HEADROOM_SIM_PERF_FIT_MAX_H
#define HEADROOM_SIM_PERF_FIT_MAX_H

#include <stdbool.h>

#include "base/arena.h"

enum { FIT_MAX_FEATURES = 4 };

struct max_row {
    double left[FIT_MAX_FEATURES], right[FIT_MAX_FEATURES];
    double y; /* > 0 */
};

struct max_fit {
    int n_left, n_right; /* features used, 1 .. FIT_MAX_FEATURES */
    double left[FIT_MAX_FEATURES], right[FIT_MAX_FEATURES];
};

/** Fill left and right.
 *  @param rows  [n] in the order of their work, small first; n >= 2
 *  @return false when a number is not finite */
bool fit_max(struct arena *scratch, const struct max_row *rows, int n, struct max_fit *fit);

double max_fit_value(const struct max_fit *fit, const struct max_row *row);

#endif
