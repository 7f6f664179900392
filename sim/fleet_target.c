/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fleet_target.h"

#include <math.h>

#include "base/rng.h"
#include "sim/fleet_instance.h"
#include "sim/fleet_market.h"
#include "sim/fleet_scaling.h"

enum { RETRY_S = 60 };

/* Counts that differ by rounding only are the same. */
#define SAME_COUNT 1e-9

static bool has_instances(const struct pool *pool) {
    return pool->instances != NULL;
}

static bool has_schedule(const struct replay_fleet *fleet, int pool) {
    return has_instances(&fleet->input->pools[pool]) && !fleet_is_scaled(fleet, pool);
}

/* --- the schedule --- */

static int32_t rise_at(const struct pool *pool, int hour) {
    if (!has_instances(pool))
        return 0;
    return pool->instances[hour] - (hour > 0 ? pool->instances[hour - 1] : 0);
}

/* The most that it asks for from this hour to the last that is looked at. */
static int32_t scheduled(const struct pool *pool, int hour, int next_ahead_hour) {
    int32_t most = pool->instances[hour];
    for (int ahead = hour + 1; ahead < next_ahead_hour; ahead++)
        most = pool->instances[ahead] > most ? pool->instances[ahead] : most;
    return most;
}

static sim_ticks boot_of(const struct pool *pool) {
    return service_ticks(pool->boot_s);
}

/* From the request of an instance until it is ready. */
static sim_ticks ready_delay(const struct pool *pool) {
    return service_ticks(pool->lead_s) + boot_of(pool);
}

/* Hours are launched for in turn, each so long before it begins as an instance takes. */
static void schedule_look_ahead(struct replay_fleet *fleet, int pool, sim_ticks now) {
    struct replay_pool *state = &fleet->pools[pool];
    sim_ticks delay = ready_delay(&fleet->input->pools[pool]);
    while (state->next_ahead_hour < fleet->n_hours &&
           state->next_ahead_hour * TICKS_PER_HOUR - delay <= now)
        state->next_ahead_hour++;
    if (state->next_ahead_hour < fleet->n_hours)
        fleet_change_at(fleet, state->next_ahead_hour * TICKS_PER_HOUR - delay,
                        fleet_pool_slot(pool, POOL_SLOT_AHEAD));
}

static void update_scheduled(struct replay_fleet *fleet, int pool) {
    struct replay_pool *state = &fleet->pools[pool];
    int hour = fleet->next_hour - 1;
    state->scheduled = scheduled(&fleet->input->pools[pool], hour, state->next_ahead_hour);
}

/* --- launches --- */

/* A draw for every try; the pool's tries are in the order of time. */
static bool fails(struct replay_fleet *fleet, int pool) {
    uint64_t bits =
        rng_keyed(fleet->input->seed, fleet->input->window.replication, RNG_LAUNCH_FAILURE,
                  fleet_launch_entity(pool, fleet->pools[pool].n_tries++));
    return rng_unit(bits) < fleet->input->pools[pool].launch_failure;
}

/* All that can be had at once are alive. */
static bool is_used_up(const struct replay_fleet *fleet, const struct pool *pool, sim_ticks now) {
    int32_t alive = 0;
    for (int i = 0; i < fleet->input->n_pools && pool->supply > 0; i++)
        if (fleet->input->pools[i].supply == pool->supply)
            alive += fleet->pools[i].alive;
    int64_t hour = now / TICKS_PER_HOUR;
    int64_t last = fleet->n_hours - 1; /* what is drained after the last hour */
    return pool->supply > 0 && alive >= pool->at_once[hour < last ? hour : last];
}

/* Is there an instance to be had? Those that are there when the replay begins did not fail; after a
 * failure the pool waits. */
static bool obtain(struct replay_fleet *fleet, int index, sim_ticks now) {
    const struct pool *pool = &fleet->input->pools[index];
    uint32_t retry = fleet_pool_slot(index, POOL_SLOT_RETRY);
    if (event_queue_is_pending(fleet->changes, retry))
        return false;
    if (fleet->zones_lost[pool->zone] > 0 || (pool->spot && fleet->spot_lost > 0) ||
        fleet_market_room(fleet, index, now) == 0)
        return false;
    if (!is_used_up(fleet, pool, now) &&
        (now == 0 || pool->launch_failure <= 0 || !fails(fleet, index)))
        return true;
    fleet_change_at(fleet, now + RETRY_S * TICKS_PER_SECOND, retry);
    return false;
}

/* foreseen: the schedule asked for it, so it was launched in time to be ready now. */
static void launch(struct replay_fleet *fleet, int index, bool foreseen, sim_ticks now) {
    const struct pool *pool = &fleet->input->pools[index];
    sim_ticks boot = boot_of(pool), lead = service_ticks(pool->lead_s);
    if (foreseen) {
        sim_ticks launched = now > boot ? now - boot : 0;
        fleet_instance_make_ready(fleet, fleet_instance_launch(fleet, index, launched), now);
        return;
    }
    uint32_t instance = fleet_instance_launch(fleet, index, now + lead);
    if (pool->ready && lead == 0) {
        fleet_scaling_launch(fleet, instance, now);
        return;
    }
    fleet->instances[instance].change = pool->ready ? CHANGE_LAUNCHED : CHANGE_READY;
    fleet_change_at(fleet, now + lead + (pool->ready ? 0 : boot),
                    fleet_instance_slot(fleet, instance));
}

static void remove_one(struct replay_fleet *fleet, int pool, sim_ticks now) {
    int64_t index = fleet_instance_newest(fleet, pool, INSTANCE_BOOTING);
    if (index == NO_INSTANCE)
        index = fleet_instance_newest(fleet, pool, INSTANCE_READY);
    ENSURE(index >= 0);
    fleet_instance_remove(fleet, (uint32_t)index, now);
}

/* --- what one pool holds for another --- */

static int32_t at_least(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/* As many instances of `to` as have the capacity of n of `from`. */
static int32_t same_capacity(const struct pool *from, const struct pool *to, int32_t n) {
    return (int32_t)ceil(n * (fleet_capacity_of(from) / fleet_capacity_of(to)) - SAME_COUNT);
}

static void borrow(struct replay_fleet *fleet, int index, int32_t wanted, sim_ticks now) {
    struct replay_pool *state = &fleet->pools[index];
    int32_t least = at_least(wanted - state->booting - state->ready, 0);
    int32_t most = at_least(least, wanted - state->ready);
    int32_t before = state->borrowed;
    int32_t refused = at_least(least - state->lacking, 0);
    fleet->result->pools[index].refused += refused;
    if (refused > 0 && fleet->observer)
        observer_event(fleet->observer, FLEET_REFUSED, index, refused, now);
    state->lacking = least;
    state->borrowed = before < least ? least : before < most ? before : most;
    if (state->fallback >= 0 && state->borrowed > 0)
        fleet->pools[state->fallback].lent += same_capacity(
            &fleet->input->pools[index], &fleet->input->pools[state->fallback], state->borrowed);
}

/* --- the whole --- */

/* hour: which begins now, or -1. Its rise was foreseen where launches cannot fail; and what is
 * there when the replay begins was launched before. */
static int32_t foreseen(const struct replay_fleet *fleet, int pool, int hour) {
    if (hour == 0)
        return fleet->pools[pool].scheduled + fleet->pools[pool].lent;
    if (hour < 0 || fleet->pools[pool].uncertain || !has_schedule(fleet, pool))
        return 0;
    return rise_at(&fleet->input->pools[pool], hour);
}

static void meet_pool(struct replay_fleet *fleet, int index, int hour, sim_ticks now) {
    struct replay_pool *state = &fleet->pools[index];
    struct pool_life *life = &fleet->result->pools[index];
    int32_t wanted = state->scheduled + state->lent, in_time = foreseen(fleet, index, hour);
    int32_t own = at_least(state->scheduled - state->booting - state->ready, 0);
    int32_t launched = 0, to_have = wanted - state->withheld;
    for (; state->booting + state->ready < to_have && obtain(fleet, index, now); launched++)
        launch(fleet, index, launched < in_time, now);
    while (state->booting + state->ready > wanted)
        remove_one(fleet, index, now);
    life->lent += at_least(launched - own, 0);
    borrow(fleet, index, wanted, now);
}

static void meet(struct replay_fleet *fleet, int hour, sim_ticks now) {
    int n_pools = fleet->input->n_pools;
    for (int pool = 0; pool < n_pools; pool++)
        fleet->pools[pool].lent = 0;
    for (int group = 0; group < fleet->n_groups; group++)
        fleet->groups[group].n_lacking = 0;
    for (int i = 0; i < n_pools; i++) {
        int pool = fleet->order[i];
        if (!has_instances(&fleet->input->pools[pool]))
            continue;
        meet_pool(fleet, pool, hour, now);
        fleet_group_of(fleet, pool)->n_lacking += fleet->pools[pool].lacking;
    }
}

void fleet_target_meet(struct replay_fleet *fleet, sim_ticks now) {
    meet(fleet, -1, now);
}

void fleet_target_begin_hour(struct replay_fleet *fleet, sim_ticks now) {
    int hour = fleet->next_hour++;
    for (int pool = 0; pool < fleet->input->n_pools; pool++) {
        struct replay_pool *state = &fleet->pools[pool];
        if (!has_schedule(fleet, pool))
            continue;
        fleet_group_of(fleet, pool)->n_coming -=
            at_least(rise_at(&fleet->input->pools[pool], hour), 0);
        state->next_ahead_hour = state->next_ahead_hour > hour ? state->next_ahead_hour : hour + 1;
        if (hour == 0 && state->uncertain)
            schedule_look_ahead(fleet, pool, now);
        update_scheduled(fleet, pool);
    }
    meet(fleet, hour, now);
    if (fleet->next_hour < fleet->n_hours)
        fleet_change_at(fleet, now + TICKS_PER_HOUR, FLEET_SLOT_SCHEDULE);
}

void fleet_target_look_ahead(struct replay_fleet *fleet, int pool, sim_ticks now) {
    schedule_look_ahead(fleet, pool, now);
    update_scheduled(fleet, pool);
    fleet_target_meet(fleet, now);
}

/* --- opening --- */

static int fallback_of(const struct replay_input *input, int pool) {
    const struct pool *fallback = input->pools[pool].fallback;
    return fallback ? (int)(fallback - input->pools) : -1;
}

/* Pools of the longest chains first: each comes before its fallback. */
static void order_pools(struct replay_fleet *fleet) {
    int n_pools = fleet->input->n_pools, n = 0;
    for (int depth = n_pools - 1; depth >= 0; depth--)
        for (int pool = 0; pool < n_pools; pool++) {
            int below = 0;
            for (int at = fleet->pools[pool].fallback; at >= 0; at = fleet->pools[at].fallback)
                below++;
            if (below == depth)
                fleet->order[n++] = pool;
        }
    ENSURE(n == n_pools);
}

void fleet_target_open(struct replay_fleet *fleet) {
    for (int pool = 0; pool < fleet->input->n_pools; pool++) {
        const struct pool *of = &fleet->input->pools[pool];
        fleet->pools[pool].gone = NO_INSTANCE;
        fleet->pools[pool].fallback = fallback_of(fleet->input, pool);
        fleet->pools[pool].uncertain =
            of->market || of->launch_failure > 0 || of->lead_s > 0 || of->supply > 0;
        for (int hour = 0; has_schedule(fleet, pool) && hour < fleet->n_hours; hour++)
            fleet_group_of(fleet, pool)->n_coming += at_least(rise_at(of, hour), 0);
    }
    order_pools(fleet);
    fleet_change_at(fleet, 0, FLEET_SLOT_SCHEDULE);
}
