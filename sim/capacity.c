/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/capacity.h"

#include <math.h>

#include "base/err.h"

static double uncapped_rate(const struct capacity *capacity, double replicas) {
    double from_replicas = 0, from_rate = 0;
    for (int i = 0; i < capacity->n_points; i++) {
        const struct capacity_point *point = &capacity->points[i];
        if (replicas <= point->replicas) {
            double share = (replicas - from_replicas) / (point->replicas - from_replicas);
            return from_rate + share * (point->rate_per_second - from_rate);
        }
        from_replicas = point->replicas;
        from_rate = point->rate_per_second;
    }
    return from_replicas > 0 ? from_rate * (replicas / from_replicas) : 0;
}

double capacity_rate(const struct capacity *capacity, double replicas) {
    ENSURE(replicas >= 0);
    if (!capacity->feasible)
        return 0;
    double rate = uncapped_rate(capacity, replicas);
    double most = capacity->rate_max_per_second;
    return most > 0 && rate > most ? most : rate;
}

int capacity_replicas(const struct capacity *capacity, double rate_per_second) {
    ENSURE(isfinite(rate_per_second) && rate_per_second >= 0);
    int low = 0, high = 1; /* low carries less than the rate, or is 0 */
    if (rate_per_second <= 0)
        return 0;
    while (capacity_rate(capacity, high) < rate_per_second) {
        if (high >= CAPACITY_REPLICAS_MAX)
            return -1;
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (capacity_rate(capacity, middle) < rate_per_second)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double rate_each(const struct capacity_point *point) {
    return point->rate_per_second / point->replicas;
}

const struct capacity_point *capacity_best_point(const struct capacity *capacity) {
    const struct capacity_point *best = NULL;
    for (int i = 0; i < capacity->n_points && capacity->feasible; i++)
        if (!best || rate_each(&capacity->points[i]) > rate_each(best))
            best = &capacity->points[i];
    return best;
}

double capacity_best_rate_per_replica(const struct capacity *capacity) {
    const struct capacity_point *best = capacity_best_point(capacity);
    return best ? rate_each(best) : 0;
}
