/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/fleet_transit.h"

enum { FIRST_CAPACITY = 16 };

struct transit_link fleet_transit_open(const struct pool *pool, sim_ticks now) {
    return (struct transit_link){
        .migration = &pool->migration,
        .free = now,
        .ends = now + service_ticks(pool->notice_s),
    };
}

/* Does the cache travel? Then the link is taken for as long. */
static bool send_cache(struct transit_link *link, const struct work *work) {
    const struct migration *migration = link->migration;
    if (migration->cache_bytes_per_token <= 0)
        return false;
    double tokens = (double)work->input_tokens + work->generated - 1;
    double bytes = tokens * migration->cache_bytes_per_token;
    sim_ticks done = link->free + service_ticks(bytes / migration->bytes_per_s);
    if (done > link->ends)
        return false;
    link->free = done;
    return true;
}

static void schedule(struct replay_fleet *fleet) {
    event_queue_cancel(fleet->changes, FLEET_SLOT_TRANSIT);
    if (fleet->n_transit > 0)
        fleet_change_at(fleet, fleet->transit[fleet->n_transit - 1].arrives, FLEET_SLOT_TRANSIT);
}

/* The latest first; of one instant, the one put in last. */
static void put(struct replay_fleet *fleet, struct transit transit) {
    if (fleet->n_transit == fleet->transit_capacity) {
        uint32_t capacity =
            fleet->transit_capacity > 0 ? 2 * fleet->transit_capacity : FIRST_CAPACITY;
        fleet->transit = arena_grow(fleet->arena, fleet->transit, fleet->n_transit, capacity,
                                    sizeof *fleet->transit);
        fleet->transit_capacity = capacity;
    }
    uint32_t at = fleet->n_transit++;
    for (; at > 0 && fleet->transit[at - 1].arrives <= transit.arrives; at--)
        fleet->transit[at] = fleet->transit[at - 1];
    fleet->transit[at] = transit;
}

void fleet_transit_send(struct replay_fleet *fleet, struct transit_link *link, struct work *work,
                        sim_ticks now) {
    bool cached = work->generated > 0 && !work->recompute;
    if (cached && !send_cache(link, work)) {
        work->recompute = true;
        fleet->result->lost.recomputed_tokens += (int64_t)work->input_tokens + work->generated;
    }
    work->since = now;
    fleet->groups[work->group].n_outstanding++;
    fleet->result->lost.migrated++;
    sim_ticks sent = cached && !work->recompute ? link->free : now;
    put(fleet, (struct transit){*work, sent + service_ticks(link->migration->link_s)});
    schedule(fleet);
}

static void leave(struct replay_fleet *fleet, const struct work *work, sim_ticks now) {
    struct fleet_group *group = &fleet->groups[work->group];
    fleet_settle_outstanding(group, now);
    group->n_outstanding--;
    group->sojourn_time += now - work->since;
    fleet->n_transit--;
}

void fleet_transit_arrive(struct replay_fleet *fleet, sim_ticks now) {
    while (fleet->n_transit > 0 && fleet->transit[fleet->n_transit - 1].arrives <= now) {
        const struct work *work = &fleet->transit[fleet->n_transit - 1].work;
        work_ring_push_back(fleet->arena, &fleet->returned, work);
        leave(fleet, work, now);
    }
    schedule(fleet);
}

bool fleet_transit_cancel(struct replay_fleet *fleet, int64_t id, sim_ticks now, struct work *out) {
    uint32_t at = 0;
    while (at < fleet->n_transit && fleet->transit[at].work.id != id)
        at++;
    if (at == fleet->n_transit)
        return false;
    *out = fleet->transit[at].work;
    leave(fleet, out, now);
    for (; at < fleet->n_transit; at++)
        fleet->transit[at] = fleet->transit[at + 1];
    schedule(fleet);
    return true;
}

void fleet_transit_close(struct replay_fleet *fleet, sim_ticks now) {
    for (; fleet->n_transit > 0; fleet->n_transit--) {
        const struct work *work = &fleet->transit[fleet->n_transit - 1].work;
        fleet->groups[work->group].sojourn_time += now - work->since;
    }
}
