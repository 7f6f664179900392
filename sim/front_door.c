/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/front_door.h"

#include "sim/replica.h"

/* Sums of shares that miss 1 by rounding mean 1. */
#define SHARE_SLACK 1e-9
#define OUTSTANDING_MAX 1e9

bool front_door_used(const struct front_door *door) {
    bool limited = false;
    for (int i = 0; i < PRIORITIES_MAX; i++)
        limited = limited || door->outstanding_max[i] > 0;
    return limited || door->cache_share > 0 || door->n_tenants > 0 ||
           door->overflow_outstanding > 0 || door->queue_timeout_s > 0 || door->timeout_s > 0 ||
           door->impatient_share > 0 || door->attempts > 1;
}

static bool within(double value, double low, double high) {
    return value >= low && value <= high;
}

static bool check_tenants(const struct front_door *door, struct err *err) {
    double sum = 0;
    if (door->n_tenants < 0 || door->n_tenants > TENANTS_MAX)
        return err_set(err, ERR_INPUT, "front door: tenants must be 0 to %d, not %d", TENANTS_MAX,
                       door->n_tenants);
    for (int i = 0; i < door->n_tenants; i++) {
        const struct tenant *tenant = &door->tenants[i];
        if (!within(tenant->share, 0, 1) || !within(tenant->rate_per_second, 1e-9, 1e9) ||
            !within(tenant->burst, 1, 1e9))
            return err_set(err, ERR_INPUT,
                           "front door: tenant %d needs a share of 0 to 1, a rate above 0 and a "
                           "burst of 1 or more",
                           i);
        sum += tenant->share;
    }
    if (door->n_tenants > 0 && !within(sum, 1 - SHARE_SLACK, 1 + SHARE_SLACK))
        return err_set(err, ERR_INPUT,
                       "front door: the shares of the tenants add up to %.9g, not 1", sum);
    return true;
}

static bool check_limits(const struct front_door *door, struct err *err) {
    for (int i = 0; i < PRIORITIES_MAX; i++)
        if (!within(door->outstanding_max[i], 0, OUTSTANDING_MAX))
            return err_set(err, ERR_INPUT,
                           "front door: limits must be 0 (none) or more and finite");
    if (!within(door->overflow_outstanding, 0, OUTSTANDING_MAX))
        return err_set(err, ERR_INPUT, "front door: limits must be 0 (none) or more and finite");
    if (!within(door->cache_share, 0, 1) || !within(door->impatient_share, 0, 1) ||
        !within(door->jitter, 0, 1))
        return err_set(err, ERR_INPUT, "front door: shares must be 0 to 1");
    return true;
}

static bool check_times(const struct front_door *door, struct err *err) {
    if (!service_seconds_valid(door->cache_s) || !service_seconds_valid(door->queue_timeout_s) ||
        !service_seconds_valid(door->timeout_s) || !service_seconds_valid(door->patience_s) ||
        !service_seconds_valid(door->backoff_s) || !service_seconds_valid(door->backoff_max_s))
        return err_set(err, ERR_INPUT, "front door: times must be 0 s or more and finite");
    if (door->impatient_share > 0 && !(door->patience_s > 0))
        return err_set(err, ERR_INPUT, "front door: clients that give up need some patience");
    if (door->attempts < 0 || door->attempts > ATTEMPTS_MAX)
        return err_set(err, ERR_INPUT, "front door: attempts must be 0 to %d, not %d", ATTEMPTS_MAX,
                       door->attempts);
    if (door->attempts > 1 && !(door->backoff_s > 0 && door->backoff_max_s >= door->backoff_s))
        return err_set(err, ERR_INPUT,
                       "front door: a backoff must be above 0 s and not above its longest");
    return true;
}

bool front_door_check(const struct front_door *door, int n_pools,
                      bool (*can_overflow)(const void *context, int pool), const void *context,
                      struct err *err) {
    if (!check_tenants(door, err) || !check_limits(door, err) || !check_times(door, err))
        return false;
    if (door->overflow_outstanding > 0 && door->overflow_group == 0 &&
        (door->overflow_pool < 0 || door->overflow_pool >= n_pools ||
         !can_overflow(context, door->overflow_pool)))
        return err_set(err, ERR_INPUT, "front door: overflow needs a function or a token API");
    return true;
}
