/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Quantiles of non-negative values from logarithmic buckets taken from the bits of the double: 128
 * an octave, relative error at most 0.4 % (half a bucket). Counts are integers, so merging is exact
 * and order-free. Count, minimum, maximum and sum are kept beside; the sum is a plain double sum
 * (exact order = record order). */
#ifndef HEADROOM_BASE_QUANTILE_H
#define HEADROOM_BASE_QUANTILE_H

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

enum {
    QUANTILE_PER_OCTAVE = 128,
    QUANTILE_OCTAVES = 60,
    QUANTILE_BUCKETS = QUANTILE_PER_OCTAVE * QUANTILE_OCTAVES,
    QUANTILE_LOWEST_EXPONENT = -30,
    QUANTILE_SHIFT = 52 - 7, /* of a double's bits: exponent and seven bits of the mantissa stay */
};
#define QUANTILE_RELATIVE_ERROR 0.004

struct quantile_sketch {
    uint64_t n, n_zero;   /* n_zero: values below 2^-30 */
    double min, max, sum; /* min is infinite and max minus infinite when empty */
    uint64_t *counts;     /* [QUANTILE_BUCKETS], values 2^-30 .. 2^30; above, in the last */
};

struct quantile_sketch quantile_open(struct arena *arena);

/** Negative below 2^-30, QUANTILE_BUCKETS or more from 2^30 on. */
static inline int64_t quantile_bucket(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (int64_t)(bits >> QUANTILE_SHIFT) -
           (1023 + QUANTILE_LOWEST_EXPONENT) * QUANTILE_PER_OCTAVE;
}

/** value >= 0, finite. */
static inline void quantile_record(struct quantile_sketch *sketch, double value) {
    ENSURE(value >= 0 && value <= 0x1.fffffffffffffp1023);
    int64_t bucket = quantile_bucket(value);
    sketch->n++;
    sketch->sum += value;
    sketch->min = value < sketch->min ? value : sketch->min;
    sketch->max = value > sketch->max ? value : sketch->max;
    if (bucket < 0)
        sketch->n_zero++;
    else
        sketch->counts[bucket < QUANTILE_BUCKETS ? bucket : QUANTILE_BUCKETS - 1]++;
}

double quantile_at(const struct quantile_sketch *sketch,
                   double q);                               /* 0 <= q <= 1; NaN when empty */
double quantile_mean(const struct quantile_sketch *sketch); /* NaN when empty */
/** Share of values <= limit, by bucket: exact up to the bucket that holds the limit. */
double quantile_share_below(const struct quantile_sketch *sketch, double limit);
void quantile_merge(struct quantile_sketch *into, const struct quantile_sketch *from);

#endif
