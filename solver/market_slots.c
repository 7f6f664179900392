/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slots: hours with the same demand, the same spot market and the same commitments held are one. */
#include <math.h>
#include <string.h>

#include "solver/market_parts.h"

enum { SECONDS_PER_DAY = 86400 };

static int week_of(const struct demand *demand, int hour) {
    return demand->n_weeks > 0 ? hour / (demand->n_hours / demand->n_weeks) : 0;
}

static double owned_left(const struct market *market, int owned, int hour) {
    const double *left = market->in->owned_left;
    return left ? left[owned * market->in->demand->n_hours + hour] : 1;
}

bool plan_commitment_active(const struct demand *demand, int hour,
                            const struct commitment *commitment) {
    int64_t at_s = (int64_t)demand->weeks[week_of(demand, hour)].from_day * SECONDS_PER_DAY;
    return commitment->from_s <= at_s && at_s < commitment->to_s;
}

bool market_pool_held(const struct market *market, const struct pool *pool, int hour) {
    const struct demand *demand = market->in->demand;
    int day = demand->weeks[week_of(demand, hour)].from_day;
    if (pool->owned)
        return plan_commitment_active(demand, hour, &market->in->owned[pool->owned_index]);
    return pool->from_day <= day && day < pool->to_day;
}

/* Share of the amount held that is ours to use. */
static double open_share(const struct market *market, const struct pool *pool, int hour) {
    if (!market_pool_held(market, pool, hour))
        return 0;
    return pool->owned ? owned_left(market, pool->owned_index, hour) : 1;
}

/* By week the first week in which the same is held. */
static const int *regimes(struct arena *arena, const struct market *market) {
    const struct demand *demand = market->in->demand;
    int n_weeks = demand->n_weeks > 0 ? demand->n_weeks : 1, each = demand->n_hours / n_weeks;
    int *regime = arena_new(arena, int, n_weeks);
    for (int week = 0; week < n_weeks; week++) {
        bool same = false;
        for (int other = 0; !same && other <= week; other++) {
            same = true;
            for (int p = 0; same && p < market->n_pools; p++)
                same = market_pool_held(market, &market->pools[p], week * each) ==
                       market_pool_held(market, &market->pools[p], other * each);
            regime[week] = other;
        }
    }
    return regime;
}

static bool same_slot(const struct market *market, const int *regime, int hour, int slot) {
    const struct demand *demand = market->in->demand;
    int other = market->hour_of_slot[slot];
    if (regime[week_of(demand, hour)] != regime[week_of(demand, other)])
        return false;
    for (int w = 0; w < demand->n_workloads; w++)
        if (demand->rate_per_second[w * demand->n_hours + hour] !=
            demand->rate_per_second[w * demand->n_hours + other])
            return false;
    if (!market_same_spot(market, hour, other))
        return false;
    for (int i = 0; i < market->in->n_owned; i++)
        if (owned_left(market, i, hour) != owned_left(market, i, other))
            return false;
    return true;
}

/* Of what every hour of a slot has in common; unequal hours may share it. */
static uint64_t hash_of_hour(const struct demand *demand, const int *regime, int hour) {
    uint64_t hash = 1469598103934665603u ^ (uint64_t)regime[week_of(demand, hour)];
    for (int w = 0; w < demand->n_workloads; w++) {
        double rate = demand->rate_per_second[w * demand->n_hours + hour] + 0.0; /* -0 is 0 */
        uint64_t bits;
        memcpy(&bits, &rate, sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
        hash ^= hash >> 29;
    }
    return hash;
}

/* The slots so far by their hash: open addressing, at most half full. */
struct slot_table {
    size_t size; /* a power of two */
    int *slot;   /* [size] -1: free */
};

static void merge_hours(struct arena *arena, struct market *market) {
    const struct demand *demand = market->in->demand;
    struct slot_table table = {.size = 1};
    while (table.size < 2 * (size_t)demand->n_hours)
        table.size *= 2;
    table.slot = arena_new(arena, int, table.size);
    for (size_t i = 0; i < table.size; i++)
        table.slot[i] = -1;
    market->slot_of_hour = arena_new(arena, int, demand->n_hours);
    market->hour_of_slot = arena_new(arena, int, demand->n_hours);
    market->share = arena_new(arena, double, demand->n_hours);
    const int *regime = regimes(arena, market);
    double total = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        size_t at = hash_of_hour(demand, regime, h) & (table.size - 1);
        while (table.slot[at] >= 0 && !same_slot(market, regime, h, table.slot[at]))
            at = (at + 1) & (table.size - 1);
        int slot = table.slot[at];
        if (slot < 0) {
            slot = table.slot[at] = market->n_slots++;
            market->hour_of_slot[slot] = h;
        }
        market->slot_of_hour[h] = slot;
        market->share[slot] += demand->weight[h];
        total += demand->weight[h];
    }
    for (int s = 0; s < market->n_slots; s++)
        market->share[s] /= total;
}

static void fill_slots(struct arena *arena, struct market *market) {
    const struct demand *demand = market->in->demand;
    int n_slots = market->n_slots;
    market->demand = arena_new(arena, double, demand->n_workloads *n_slots);
    market->peak = arena_new(arena, double, demand->n_workloads);
    for (int w = 0; w < demand->n_workloads; w++)
        for (int s = 0; s < n_slots; s++) {
            double rate = demand->rate_per_second[w * demand->n_hours + market->hour_of_slot[s]];
            market->demand[w * n_slots + s] = rate;
            market->peak[w] = fmax(market->peak[w], rate);
        }
    market->open = arena_new(arena, double, n_slots * market->n_pools);
    market->fixed_usd = arena_new(arena, double, n_slots);
    for (int s = 0; s < n_slots; s++) {
        market->fixed_usd[s] = market_way_out(market, s);
        for (int p = 0; p < market->n_pools; p++) {
            struct pool *pool = &market->pools[p];
            int hour = market->hour_of_slot[s];
            market->open[s * market->n_pools + p] = open_share(market, pool, hour);
            if (!market_pool_held(market, pool, hour))
                continue;
            pool->held += market->share[s];
            if (pool->owned)
                market->fixed_usd[s] += pool->amount * pool->rate;
        }
    }
}

void market_add_slots(struct arena *arena, struct market *market) {
    merge_hours(arena, market);
    fill_slots(arena, market);
}

const char *market_hour_name(struct arena *arena, const struct market *market, int hour) {
    const struct demand *demand = market->in->demand;
    int in_week = hour % 168;
    const char *name =
        arena_printf(arena, "%s %02d:00 UTC", calendar_day_name(in_week / 24), in_week % 24);
    if (demand->n_weeks < 2)
        return name;
    int week = hour / (demand->n_hours / demand->n_weeks);
    return arena_printf(arena, "%s of %smonth %d", name,
                        demand->weeks[week].event.year != 0 ? "an event in " : "",
                        demand->weeks[week].month + 1);
}
