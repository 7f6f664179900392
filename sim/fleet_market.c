/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fleet_market.h"

#include "base/rng.h"
#include "sim/fleet_instance.h"
#include "sim/spot_market.h"

static bool same_market(const struct pool *a, const struct pool *b) {
    return a->market == b->market && a->market_zone == b->market_zone;
}

static int32_t alive_in_market(const struct replay_fleet *fleet, const struct pool *pool) {
    int32_t alive = 0;
    for (int i = 0; i < fleet->input->n_pools; i++)
        if (same_market(&fleet->input->pools[i], pool))
            alive += fleet->pools[i].alive;
    return alive;
}

int32_t fleet_market_room(const struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct pool *pool = &fleet->input->pools[index];
    if (!pool->market)
        return INT32_MAX;
    int32_t capacity = spot_market_capacity(pool->market, pool->market_zone, now);
    int32_t alive = alive_in_market(fleet, pool);
    return capacity > alive ? capacity - alive : 0;
}

/* --- interruptions --- */

static int32_t noticed_in_market(const struct replay_fleet *fleet, const struct pool *pool) {
    int32_t noticed = 0;
    for (uint32_t i = 0; i < fleet->n_instances; i++) {
        const struct instance *instance = &fleet->instances[i];
        noticed += instance->state == INSTANCE_NOTICED &&
                   same_market(&fleet->input->pools[instance->pool], pool);
    }
    return noticed;
}

/* Of those that may be taken back, the one with the least draw. */
static int64_t next_to_go(const struct replay_fleet *fleet, const struct pool *pool) {
    const struct replay_input *input = fleet->input;
    uint64_t key = rng_key(input->seed, input->window.replication, RNG_SPOT_CHOICE), least = 0;
    int64_t best = NO_INSTANCE;
    for (uint32_t i = 0; i < fleet->n_instances; i++) {
        const struct instance *instance = &fleet->instances[i];
        if (instance->state == INSTANCE_GONE || instance->state == INSTANCE_NOTICED ||
            !same_market(&input->pools[instance->pool], pool))
            continue;
        uint64_t draw = rng_at(key, fleet_launch_entity(instance->pool, instance->ordinal));
        if (best == NO_INSTANCE || draw < least) {
            best = i;
            least = draw;
        }
    }
    return best;
}

static void schedule_change(struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct pool *pool = &fleet->input->pools[index];
    sim_ticks next = spot_market_next_change(pool->market, pool->market_zone, now);
    if (next != NEVER)
        fleet_change_at(fleet, next, fleet_pool_slot(index, POOL_SLOT_MARKET));
}

void fleet_market_change(struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct pool *pool = &fleet->input->pools[index];
    int32_t capacity = spot_market_capacity(pool->market, pool->market_zone, now);
    int32_t above = alive_in_market(fleet, pool) - noticed_in_market(fleet, pool) - capacity;
    for (; above > 0; above--) {
        int64_t instance = next_to_go(fleet, pool);
        ENSURE(instance >= 0);
        fleet_instance_take_back(fleet, (uint32_t)instance, now);
    }
    schedule_change(fleet, index, now);
}

void fleet_market_open(struct replay_fleet *fleet) {
    for (int pool = 0; pool < fleet->input->n_pools; pool++)
        if (fleet->input->pools[pool].market)
            schedule_change(fleet, pool, 0);
}
