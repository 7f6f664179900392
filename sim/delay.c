/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/delay.h"

#include <math.h>

#include "base/rng.h"
#include "sim/replica.h"

#define SIGMA_MAX 10.0

static bool table_valid(const struct delay *delay) {
    int n = delay->n;
    if (n < 2 || n > DELAY_TABLE_MAX || delay->p[0] != 0 || delay->p[n - 1] != 1)
        return false;
    for (int i = 0; i < n; i++)
        if (!service_seconds_valid(delay->seconds[i]) ||
            (i > 0 &&
             (!(delay->p[i] > delay->p[i - 1]) || !(delay->seconds[i] >= delay->seconds[i - 1]))))
            return false;
    return true;
}

bool delay_check(const struct delay *delay, const char *what, struct err *err) {
    if (delay->kind == DELAY_TABLE)
        return table_valid(delay) ||
               err_set(err, ERR_INPUT,
                       "%s: quantiles rise from share 0 to share 1, seconds never fall", what);
    if (!service_seconds_valid(delay->value_s))
        return err_set(err, ERR_INPUT, "%s must be 0 s or more and finite", what);
    if (delay->kind == DELAY_LOGNORMAL && !(delay->sigma >= 0 && delay->sigma <= SIGMA_MAX))
        return err_set(err, ERR_INPUT, "%s: sigma must be 0 to %g", what, SIGMA_MAX);
    return true;
}

static double table_at(const struct delay *delay, double p) {
    int i = 1;
    while (i + 1 < delay->n && p > delay->p[i])
        i++;
    double along = (p - delay->p[i - 1]) / (delay->p[i] - delay->p[i - 1]);
    return delay->seconds[i - 1] + along * (delay->seconds[i] - delay->seconds[i - 1]);
}

double delay_quantile_s(const struct delay *delay, double p) {
    switch (delay->kind) {
    case DELAY_LOGNORMAL:
        return delay->value_s * rng_exp(delay->sigma * rng_normal_quantile(p));
    case DELAY_TABLE:
        return table_at(delay, p);
    case DELAY_FIXED:
        break;
    }
    return delay->value_s;
}

double delay_at(const struct delay *delay, uint64_t bits) {
    return delay->kind == DELAY_FIXED ? delay->value_s : delay_quantile_s(delay, rng_unit(bits));
}

double delay_mean_s(const struct delay *delay) {
    double sum = 0;
    if (delay->kind == DELAY_LOGNORMAL)
        return delay->value_s * exp(delay->sigma * delay->sigma / 2);
    if (delay->kind == DELAY_FIXED)
        return delay->value_s;
    for (int i = 1; i < delay->n; i++)
        sum += (delay->p[i] - delay->p[i - 1]) * (delay->seconds[i] + delay->seconds[i - 1]) / 2;
    return sum;
}
