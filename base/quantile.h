/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Quantiles of non-negative values from logarithmic buckets taken from the bits of the double: 128
 * an octave, relative error at most 0.4 % (half a bucket). Counts are integers, so merging is exact
 * and order-free. Count, minimum, maximum and sum are kept beside; the sum is a plain double sum
 * (exact order = record order). */
#ifndef HEADROOM_BASE_QUANTILE_H
#define HEADROOM_BASE_QUANTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum { QUANTILE_PER_OCTAVE = 128, QUANTILE_OCTAVES = 60 };
#define QUANTILE_RELATIVE_ERROR 0.004

struct quantile_sketch {
    uint64_t n, n_zero; /* n_zero: values below 2^-30 */
    double min, max, sum;
    uint64_t *counts; /* [QUANTILE_PER_OCTAVE * QUANTILE_OCTAVES], values 2^-30 .. 2^30 */
};

struct quantile_sketch quantile_open(struct arena *arena);
void quantile_record(struct quantile_sketch *sketch, double value); /* value >= 0, finite */
double quantile_at(const struct quantile_sketch *sketch,
                   double q);                               /* 0 <= q <= 1; NaN when empty */
double quantile_mean(const struct quantile_sketch *sketch); /* NaN when empty */
/** Share of values <= limit, by bucket: exact up to the bucket that holds the limit. */
double quantile_share_below(const struct quantile_sketch *sketch, double limit);
void quantile_merge(struct quantile_sketch *into, const struct quantile_sketch *from);

#endif
