/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bucket of a value is the top of its bit pattern: exponent and the first seven bits of the
 * mantissa, so recording is a shift. A bucket is 1/128 of its octave wide, its middle at most
 * 0.39 % away from anything in it. */
#include "base/quantile.h"

#include <math.h>

enum { N_BUCKETS = QUANTILE_BUCKETS };

#define SMALLEST 0x1p-30
#define LARGEST 0x1p30

/* The lower edge of a bucket; bucket N_BUCKETS gives the upper edge of the last. */
static double edge_of(int bucket) {
    int octave = bucket / QUANTILE_PER_OCTAVE, part = bucket % QUANTILE_PER_OCTAVE;
    return ldexp(1 + (double)part / QUANTILE_PER_OCTAVE, octave + QUANTILE_LOWEST_EXPONENT);
}

struct quantile_sketch quantile_open(struct arena *arena) {
    return (struct quantile_sketch){
        .min = INFINITY,
        .max = -INFINITY,
        .counts = arena_new(arena, uint64_t, N_BUCKETS),
    };
}

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

/* The middle of the bucket that holds the value of rank ceil(q n). */
double quantile_at(const struct quantile_sketch *sketch, double q) {
    ENSURE(q >= 0 && q <= 1);
    if (sketch->n == 0)
        return NAN;
    uint64_t rank = (uint64_t)ceil(q * (double)sketch->n);
    if (rank <= 1)
        return sketch->min;
    if (rank >= sketch->n)
        return sketch->max;
    if (rank <= sketch->n_zero)
        return clamp(SMALLEST / 2, sketch->min, sketch->max);
    uint64_t seen = sketch->n_zero;
    int bucket = 0;
    while (bucket < N_BUCKETS - 1 && (seen += sketch->counts[bucket]) < rank)
        bucket++;
    if (bucket == N_BUCKETS - 1 && sketch->max >= LARGEST)
        return sketch->max; /* past the scale: the safe side */
    return clamp((edge_of(bucket) + edge_of(bucket + 1)) / 2, sketch->min, sketch->max);
}

double quantile_mean(const struct quantile_sketch *sketch) {
    return sketch->n == 0 ? NAN : sketch->sum / (double)sketch->n;
}

double quantile_share_below(const struct quantile_sketch *sketch, double limit) {
    ENSURE(limit == limit);
    if (sketch->n == 0)
        return NAN;
    if (limit < sketch->min)
        return 0;
    if (limit >= sketch->max)
        return 1;
    if (limit < SMALLEST)
        return (double)sketch->n_zero * (limit / SMALLEST) / (double)sketch->n;
    int64_t bucket = quantile_bucket(limit);
    int holder = bucket < N_BUCKETS ? (int)bucket : N_BUCKETS - 1;
    uint64_t below = sketch->n_zero;
    for (int i = 0; i < holder; i++)
        below += sketch->counts[i];
    double low = edge_of(holder), high = edge_of(holder + 1);
    double inside = clamp((limit - low) / (high - low), 0, 1) * (double)sketch->counts[holder];
    return ((double)below + inside) / (double)sketch->n;
}

void quantile_merge(struct quantile_sketch *into, const struct quantile_sketch *from) {
    if (from->n == 0)
        return;
    if (into->n == 0 || from->min < into->min)
        into->min = from->min;
    if (into->n == 0 || from->max > into->max)
        into->max = from->max;
    into->n += from->n;
    into->n_zero += from->n_zero;
    into->sum += from->sum;
    for (int bucket = 0; bucket < N_BUCKETS; bucket++)
        into->counts[bucket] += from->counts[bucket];
}
