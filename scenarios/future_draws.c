/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/future_draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

struct future_spread future_spread_of(double low, double median, double high, double confidence) {
    double to_90 = FUTURE_Z90 / rng_normal_quantile(0.5 + confidence / 2);
    return (struct future_spread){.low = median * rng_exp(to_90 * rng_log(low / median)),
                                  .median = median,
                                  .high = median * rng_exp(to_90 * rng_log(high / median))};
}

double future_factor(const struct future_spread *spread, double z) {
    double end = z < 0 ? spread->low : spread->high;
    if (end == spread->median)
        return end;
    return spread->median * rng_exp(fabs(z) / FUTURE_Z90 * rng_log(end / spread->median));
}

void future_normals(uint64_t seed, uint64_t input, int n, double *z) {
    struct rng rng = rng_open(seed, 0, RNG_FUTURE, input);
    for (int i = 0; i < n; i++)
        z[i] = rng_normal_quantile((i + 0.5) / n);
    for (int i = n - 1; i > 0; i--) {
        int other = (int)rng_below(&rng, (uint64_t)i + 1);
        double kept = z[i];
        z[i] = z[other];
        z[other] = kept;
    }
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const double *sorted(struct arena *arena, const double *values, int n) {
    double *copy = arena_new(arena, double, n);
    memcpy(copy, values, (size_t)n * sizeof *copy);
    qsort(copy, (size_t)n, sizeof *copy, by_size);
    return copy;
}

double future_worst(struct arena *arena, const double *values, int n, double share) {
    ENSURE(n >= 1 && share > 0 && share <= 1);
    const double *rising = sorted(arena, values, n);
    double left = share * n, sum = 0;
    for (int i = n - 1; i >= 0 && left > 0; i--, left -= 1)
        sum += fmin(left, 1) * rising[i];
    return sum / (share * n);
}

double future_quantile(struct arena *arena, const double *values, int n, double p) {
    const double *rising = sorted(arena, values, n);
    double at = p * (n - 1);
    int below = (int)at;
    return below + 1 < n ? rising[below] + (at - below) * (rising[below + 1] - rising[below])
                         : rising[n - 1];
}

double future_mean(const double *values, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += values[i];
    return sum / n;
}
