/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/managed.h"
#include "sim/replay_engine.h"
#include "sim/replica.h"
#include "sim/spot_market.h"

enum { HOURS_MAX = 366 * 24, INSTANCES_MAX = 1 << 20, REPLICAS_PER_INSTANCE_MAX = 1 << 10 };

#define NS_PER_HOUR 3600000000000LL

static bool check_window(const struct traffic_window *window, int *n_hours, struct err *err) {
    if (window->from_ns < 0 || window->to_ns <= window->from_ns)
        return err_set(err, ERR_INPUT, "replay: the window must not be empty");
    int64_t span = window->to_ns - window->from_ns;
    if (span % NS_PER_HOUR != 0)
        return err_set(err, ERR_INPUT, "replay: the window must be whole hours");
    if (span / NS_PER_HOUR > HOURS_MAX)
        return err_set(err, ERR_INPUT, "replay: the window is longer than 366 days");
    *n_hours = (int)(span / NS_PER_HOUR);
    return true;
}

static bool check_for_router(const struct replay_input *input, const struct pool *pool,
                             struct err *err) {
    enum router_policy policy =
        pool->group > 0 ? input->groups[pool->group - 1].router : input->router;
    if (router_policy_counts_tokens(policy) && service_cache_tokens(&pool->service) <= 0)
        return err_set(err, ERR_INPUT, "pool '%s': the router %s needs replicas with a KV cache",
                       pool->name, router_policy_name(policy));
    if (!(pool->usd_per_hour >= 0 && pool->usd_per_hour <= 1e15) ||
        !(pool->outstanding_max >= 0 && pool->outstanding_max <= 1e15))
        return err_set(err, ERR_INPUT,
                       "pool '%s': price and outstanding_max must be 0 or more and finite",
                       pool->name);
    return true;
}

static bool check_spot(const struct pool *pool, int n_hours, struct err *err) {
    if (!(pool->interruptions_per_hour >= 0 && pool->interruptions_per_hour <= 3600))
        return err_set(err, ERR_INPUT, "pool '%s': interruptions per hour must be 0 to 3600",
                       pool->name);
    if (!service_seconds_valid(pool->notice_s))
        return err_set(err, ERR_INPUT, "pool '%s': notice must be 0 s or more and finite",
                       pool->name);
    for (int hour = 0; pool->usd_by_hour && hour < n_hours; hour++)
        if (!(pool->usd_by_hour[hour] >= 0 && pool->usd_by_hour[hour] <= 1e15))
            return err_set(err, ERR_INPUT, "pool '%s': the price of hour %d must be 0 or more",
                           pool->name, hour);
    if (!pool->market)
        return true;
    if (!pool->spot || pool->interruptions_per_hour > 0)
        return err_set(err, ERR_INPUT,
                       "pool '%s': on a spot market it must be spot, and the market tells when it "
                       "is interrupted",
                       pool->name);
    if (pool->market_zone < 0 || pool->market_zone >= pool->market->n_zones)
        return err_set(err, ERR_INPUT, "pool '%s': its spot market has %d zones, there is no %d",
                       pool->name, pool->market->n_zones, pool->market_zone);
    if (pool->market->end < n_hours * TICKS_PER_HOUR)
        return err_set(err, ERR_INPUT,
                       "pool '%s': its spot market is known for %.4g h, the replay takes %d h",
                       pool->name, ticks_seconds(pool->market->end) / 3600, n_hours);
    return true;
}

static bool check_migration(const struct replay_input *input, const struct pool *pool,
                            struct err *err) {
    const struct migration *migration = &pool->migration;
    if (!service_seconds_valid(migration->link_s) || migration->link_s > 3600)
        return err_set(err, ERR_INPUT, "pool '%s': latency of the link must be 0 to 3600 s",
                       pool->name);
    if (!(migration->cache_bytes_per_token >= 0 && migration->cache_bytes_per_token < 1e15))
        return err_set(err, ERR_INPUT, "pool '%s': bytes of cache a token must be 0 or more",
                       pool->name);
    if (migration->cache_bytes_per_token > 0 &&
        !(migration->bytes_per_s > 0 && migration->bytes_per_s < 1e18))
        return err_set(err, ERR_INPUT, "pool '%s': the link needs a bandwidth above 0", pool->name);
    if (pool->on_notice != NOTICE_MIGRATE || pool->service.kind != SERVICE_LLM)
        return true;
    for (int i = 0; i < input->n_pools; i++)
        if (input->pools[i].instances && input->pools[i].group == pool->group &&
            input->pools[i].service.kind != SERVICE_LLM)
            return err_set(err, ERR_INPUT,
                           "pool '%s': its requests cannot move to pool '%s', which is no llm",
                           pool->name, input->pools[i].name);
    return true;
}

static bool check_supply(const struct pool *pool, int n_hours, struct err *err) {
    if (!(pool->launch_failure >= 0 && pool->launch_failure <= 1))
        return err_set(err, ERR_INPUT, "pool '%s': share of launches that fail must be 0 to 1",
                       pool->name);
    if (pool->supply < 0 || (pool->supply > 0) != (pool->at_once != NULL))
        return err_set(err, ERR_INPUT, "pool '%s': a supply has instances at once, and no other",
                       pool->name);
    for (int hour = 0; pool->at_once && hour < n_hours; hour++)
        if (pool->at_once[hour] < 0)
            return err_set(err, ERR_INPUT, "pool '%s': instances at once must be 0 or more",
                           pool->name);
    if (!service_seconds_valid(pool->lead_s))
        return err_set(err, ERR_INPUT, "pool '%s': lead time must be 0 s or more and finite",
                       pool->name);
    if (!(pool->failures_per_hour >= 0 && pool->failures_per_hour <= 3600))
        return err_set(err, ERR_INPUT, "pool '%s': failures per hour must be 0 to 3600",
                       pool->name);
    return true;
}

/* Following fallbacks from the pool never comes back to it; the list is longer than any chain. */
static bool check_fallback(const struct replay_input *input, const struct pool *pool,
                           struct err *err) {
    const struct pool *at = pool->fallback;
    for (int steps = 0; at; steps++, at = at->fallback) {
        if (at < input->pools || at >= input->pools + input->n_pools || !at->instances)
            return err_set(err, ERR_INPUT,
                           "pool '%s': the pool to fall back on is no pool of instances of this "
                           "fleet",
                           pool->name);
        if (at->group != pool->group)
            return err_set(err, ERR_INPUT, "pool '%s': it falls back on pool '%s' of another group",
                           pool->name, at->name);
        if (at == pool || steps > input->n_pools)
            return err_set(err, ERR_INPUT, "pool '%s': it falls back on itself", pool->name);
    }
    return true;
}

static bool check_place(const struct replay_input *input, const struct pool *pool,
                        struct err *err) {
    int n_zones = input->n_zones > 0 ? input->n_zones : 1;
    if (pool->zone < 0 || pool->zone >= n_zones)
        return err_set(err, ERR_INPUT, "pool '%s': there are %d zones, no zone %d", pool->name,
                       n_zones, pool->zone);
    return check_fallback(input, pool, err);
}

static bool check_scaling(const struct pool *pool, struct err *err) {
    const struct load_link any = {0};
    if (pool->ready && !ready_delay_check(pool->ready, &any, err))
        return false;
    if (!pool->autoscaler)
        return true;
    if (!pool->ready)
        return err_set(err, ERR_INPUT, "pool '%s': an autoscaler needs a ready delay", pool->name);
    if (!autoscaler_metric_fits(pool->autoscaler->metric, pool->service.kind))
        return err_set(err, ERR_INPUT, "pool '%s': its replicas have no %s", pool->name,
                       autoscaler_metric_name(pool->autoscaler->metric));
    return autoscaler_check(pool->autoscaler, err);
}

static bool check_instance_pool(const struct pool *pool, int n_hours, struct err *err) {
    if (!pool->instances)
        return err_set(err, ERR_INPUT, "pool '%s': no schedule of instances", pool->name);
    if (pool->replicas_per_instance < 1 || pool->replicas_per_instance > REPLICAS_PER_INSTANCE_MAX)
        return err_set(err, ERR_INPUT, "pool '%s': replicas per instance must be 1 to %d",
                       pool->name, REPLICAS_PER_INSTANCE_MAX);
    if (!(pool->weight > 0 && pool->weight <= 1e15))
        return err_set(err, ERR_INPUT, "pool '%s': weight must be above 0 and finite", pool->name);
    if (!service_seconds_valid(pool->boot_s))
        return err_set(err, ERR_INPUT, "pool '%s': boot time must be 0 s or more and finite",
                       pool->name);
    if (!check_spot(pool, n_hours, err) || !check_supply(pool, n_hours, err) ||
        !check_scaling(pool, err))
        return false;
    for (int hour = 0; hour < n_hours; hour++)
        if (pool->instances[hour] < 0 || pool->instances[hour] > INSTANCES_MAX)
            return err_set(err, ERR_INPUT, "pool '%s': hour %d asks for %d instances", pool->name,
                           hour, pool->instances[hour]);
    return replica_model_of(pool->service.kind)->check(&pool->service, err);
}

static bool check_managed_pool(const struct pool *pool, int n_hours, struct err *err) {
    if (!pool->overflow_share)
        return err_set(err, ERR_INPUT, "pool '%s': no share of the requests", pool->name);
    for (int hour = 0; hour < n_hours; hour++)
        if (!(pool->overflow_share[hour] >= 0 && pool->overflow_share[hour] <= 1))
            return err_set(err, ERR_INPUT, "pool '%s': the share of hour %d must be 0 to 1",
                           pool->name, hour);
    return managed_model_of(pool->service.kind)->check(&pool->service, err);
}

/* Sums of shares that miss 1 by rounding mean 1. */
#define SHARE_SLACK 1e-9

static bool check_priorities(const struct traffic *traffic, struct err *err) {
    if (traffic->n_priorities < 0 || traffic->n_priorities > PRIORITIES_MAX)
        return err_set(err, ERR_INPUT, "traffic: the number of priorities must be 0 to %d, not %d",
                       PRIORITIES_MAX, traffic->n_priorities);
    double sum = 0;
    for (int i = 0; i < traffic->n_priorities; i++) {
        if (!(traffic->priority_share[i] >= 0 && traffic->priority_share[i] <= 1))
            return err_set(err, ERR_INPUT, "traffic: the share of priority %d must be 0 to 1", i);
        sum += traffic->priority_share[i];
    }
    if (traffic->n_priorities > 0 && !(sum >= 1 - SHARE_SLACK && sum <= 1 + SHARE_SLACK))
        return err_set(err, ERR_INPUT,
                       "traffic: the shares of the priorities add up to %.9g, not 1", sum);
    return true;
}

static bool check_fault(const struct replay_input *input, const struct fault *fault,
                        struct err *err) {
    int n_zones = input->n_zones > 0 ? input->n_zones : 1;
    if (!service_seconds_valid(fault->at_s) || !service_seconds_valid(fault->duration_s))
        return err_set(err, ERR_INPUT,
                       "fault: its time and its duration must be 0 s or more and finite");
    if (fault->kind == FAULT_ZONE) {
        if (fault->target < 0 || fault->target >= n_zones)
            return err_set(err, ERR_INPUT, "fault: there are %d zones, no zone %d", n_zones,
                           fault->target);
        return true;
    }
    if (fault->kind == FAULT_SPOT)
        return true;
    if (fault->target < 0 || fault->target >= input->n_pools ||
        !input->pools[fault->target].instances)
        return err_set(err, ERR_INPUT, "fault: there is no pool %d of instances", fault->target);
    if (fault->kind != FAULT_SLOW)
        return true;
    const struct pool *pool = &input->pools[fault->target];
    if (!(fault->slowdown > 0 && fault->slowdown < 1e6))
        return err_set(err, ERR_INPUT, "fault: times must be above 0 and less than 1e6 as long");
    struct service slow = service_slowed(&pool->service, fault->slowdown);
    return replica_model_of(slow.kind)->check(&slow, err);
}

static bool check_choices(enum router_policy policy, uint32_t choices, struct err *err) {
    if (policy == ROUTER_SHORTEST_OF_D && (choices < 1 || choices > ROUTER_CHOICES_MAX))
        return err_set(err, ERR_INPUT, "replay: the router must choose of 1 to %d replicas, not %u",
                       ROUTER_CHOICES_MAX, choices);
    return true;
}

/* In every hour the shares of the groups leave something, or nothing, for the main group. */
static bool check_shares(const struct replay_input *input, int n_hours, struct err *err) {
    for (int hour = 0; hour < n_hours; hour++) {
        double sum = 0;
        for (int i = 0; i < input->n_groups; i++) {
            const struct replay_group *group = &input->groups[i];
            double share = group->share ? group->share[hour] : 0;
            if (!(share >= 0 && share <= 1))
                return err_set(err, ERR_INPUT, "group '%s': the share of hour %d must be 0 to 1",
                               group->name, hour);
            sum += share;
        }
        if (sum > 1 + SHARE_SLACK)
            return err_set(err, ERR_INPUT,
                           "replay: the shares of the groups in hour %d add up to %.9g, not 1 or "
                           "less",
                           hour, sum);
    }
    return true;
}

static bool check_groups(const struct replay_input *input, int n_hours, struct err *err) {
    if (input->n_groups < 0 || input->n_groups >= REPLAY_GROUPS_MAX)
        return err_set(err, ERR_INPUT, "replay: groups beside the main one must be 0 to %d, not %d",
                       REPLAY_GROUPS_MAX - 1, input->n_groups);
    if (!check_choices(input->router, input->router_choices, err))
        return false;
    for (int i = 0; i < input->n_groups; i++)
        if (!check_choices(input->groups[i].router, input->groups[i].router_choices, err))
            return false;
    for (int i = 0; i < input->n_pools; i++)
        if (input->pools[i].group < 0 || input->pools[i].group > input->n_groups)
            return err_set(err, ERR_INPUT, "pool '%s': there is no group %d", input->pools[i].name,
                           input->pools[i].group);
    return check_shares(input, n_hours, err);
}

static bool is_managed(const void *context, int pool) {
    const struct replay_input *input = context;
    return managed_model_of(input->pools[pool].service.kind) != NULL;
}

bool replay_check(const struct replay_input *input, int *n_hours, struct err *err) {
    if (!check_window(&input->window, n_hours, err))
        return false;
    if (!(input->slo.share > 0 && input->slo.share <= 1))
        return err_set(err, ERR_INPUT, "replay: the SLO's share must be above 0 and at most 1");
    if (input->traffic && !check_priorities(input->traffic, err))
        return false;
    if (input->n_pools < 1)
        return err_set(err, ERR_INPUT, "replay: the fleet has no pool");
    if (!check_groups(input, *n_hours, err))
        return false;
    for (int i = 0; i < input->n_pools; i++) {
        const struct pool *pool = &input->pools[i];
        if (pool->instances && !check_for_router(input, pool, err))
            return false;
        bool good = managed_model_of(pool->service.kind) ? check_managed_pool(pool, *n_hours, err)
                                                         : check_instance_pool(pool, *n_hours, err);
        if (!good || !check_place(input, pool, err) || !check_migration(input, pool, err))
            return false;
    }
    for (int i = 0; i < input->n_faults; i++)
        if (!check_fault(input, &input->faults[i], err))
            return false;
    int overflow_group = input->front.overflow_group;
    if (overflow_group < 0 || overflow_group > input->n_groups ||
        (overflow_group > 0 && input->groups[overflow_group - 1].aside))
        return err_set(err, ERR_INPUT, "front door: there is no group %d to overflow to",
                       overflow_group);
    return front_door_check(&input->front, input->n_pools, is_managed, input, err);
}
