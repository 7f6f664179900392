/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Busy servers are slots of an event queue of the station's own; its head is the station's wake. */
#include "sim/queue_station.h"

#include "base/err.h"
#include "base/rng.h"
#include "sim/event_queue.h"
#include "sim/replica.h"

enum { SERVERS_MAX = 1 << 20 };

struct queue_station {
    struct replica_setup setup;
    struct event_queue *busy;
    struct work *serving; /* [servers] */
    uint32_t *idle;       /* [n_idle] a stack of servers */
    uint32_t n_idle;
    struct work_ring waiting;
};

sim_ticks queue_station_service(const struct queue_service *service, uint64_t seed,
                                uint64_t replication, int64_t id) {
    if (service->time_kind == SERVICE_DETERMINISTIC)
        return service_ticks(service->mean_s);
    double u = rng_unit(rng_keyed(seed, replication, RNG_SERVICE, (uint64_t)id));
    return service_ticks(-service->mean_s * rng_log(u));
}

static bool station_check(const struct service *service, struct err *err) {
    if (service->queue.servers < 1 || service->queue.servers > SERVERS_MAX)
        return err_set(err, ERR_INPUT, "queue: servers must be 1 to %d, not %d", SERVERS_MAX,
                       service->queue.servers);
    if (!service_seconds_valid(service->queue.mean_s))
        return err_set(err, ERR_INPUT, "queue: mean service time must be 0 s or more and finite");
    return true;
}

static bool station_can_serve(const struct service *service, const struct work *work) {
    (void)service, (void)work;
    return true;
}

static void *station_open(const struct replica_setup *setup) {
    uint32_t servers = (uint32_t)setup->service->queue.servers;
    struct queue_station *station = arena_new(setup->arena, struct queue_station, 1);
    station->setup = *setup;
    station->busy = event_queue_open(setup->arena);
    station->serving = arena_new(setup->arena, struct work, servers);
    station->idle = arena_new(setup->arena, uint32_t, servers);
    for (uint32_t i = 0; i < servers; i++)
        station->idle[station->n_idle++] = servers - 1 - i;
    return station;
}

static struct wake station_wake(const struct queue_station *station) {
    struct event earliest;
    if (!event_queue_peek(station->busy, &earliest))
        return (struct wake){NEVER, EVENT_BOUNDARY};
    return (struct wake){earliest.time, EVENT_BOUNDARY};
}

static struct event begin_service(struct queue_station *station, uint32_t server,
                                  const struct work *work, sim_ticks now) {
    const struct replica_setup *setup = &station->setup;
    station->serving[server] = *work;
    if (setup->started)
        setup->started(setup->context, setup->owner, work, now);
    sim_ticks time =
        queue_station_service(&setup->service->queue, setup->seed, setup->replication, work->id);
    return (struct event){now + time, EVENT_BOUNDARY, server};
}

static struct wake station_arrive(void *replica, const struct work *work, sim_ticks now) {
    struct queue_station *station = replica;
    if (station->n_idle > 0) {
        uint32_t server = station->idle[--station->n_idle];
        event_queue_advance(station->busy, now);
        event_queue_push(station->busy, begin_service(station, server, work, now));
    } else {
        work_ring_push_back(station->setup.arena, &station->waiting, work);
    }
    return station_wake(station);
}

static struct wake station_advance(void *replica, sim_ticks now, bool last) {
    (void)last; /* a freed server takes the head of the queue, whoever arrives at this instant */
    struct queue_station *station = replica;
    struct event earliest;
    ENSURE(event_queue_peek(station->busy, &earliest) && earliest.time == now);
    struct work done = station->serving[earliest.slot];
    done.first_token = now;
    done.generated = done.output_tokens;
    if (station->waiting.n > 0) {
        struct work next = work_ring_pop_front(&station->waiting);
        event_queue_advance(station->busy, now);
        event_queue_reschedule(station->busy, begin_service(station, earliest.slot, &next, now));
    } else {
        event_queue_pop(station->busy);
        station->idle[station->n_idle++] = earliest.slot;
    }
    station->setup.finished(station->setup.context, station->setup.owner, &done, now);
    return station_wake(station);
}

static bool station_evict(void *replica, struct work *out) {
    struct queue_station *station = replica;
    struct event earliest;
    if (event_queue_peek(station->busy, &earliest)) {
        event_queue_cancel(station->busy, earliest.slot);
        station->idle[station->n_idle++] = earliest.slot;
        *out = station->serving[earliest.slot];
        return true;
    }
    if (station->waiting.n == 0)
        return false;
    *out = work_ring_pop_front(&station->waiting);
    return true;
}

static void station_load(const void *replica, sim_ticks now, struct replica_load *out) {
    const struct queue_station *station = replica;
    (void)now;
    *out = (struct replica_load){.waiting = station->waiting.n, .running = station->busy->n};
}

/* The server of a request in service; -1: none. */
static int64_t server_of(const struct queue_station *station, int64_t id) {
    for (uint32_t i = 0; i < (uint32_t)station->setup.service->queue.servers; i++)
        if (event_queue_is_pending(station->busy, i) && station->serving[i].id == id)
            return i;
    return -1;
}

/* A freed server takes the head of the queue at once. */
static bool station_cancel(void *replica, int64_t id, bool waiting_only, sim_ticks now,
                           struct work *out, struct wake *wake) {
    struct queue_station *station = replica;
    if (!work_ring_remove(&station->waiting, id, out)) {
        int64_t found = waiting_only ? -1 : server_of(station, id);
        if (found < 0)
            return false;
        uint32_t server = (uint32_t)found;
        *out = station->serving[server];
        event_queue_cancel(station->busy, server);
        station->idle[station->n_idle++] = server;
        if (station->waiting.n > 0) {
            struct work next = work_ring_pop_front(&station->waiting);
            station_arrive(station, &next, now);
        }
    }
    *wake = station_wake(station);
    return true;
}

const struct replica_model queue_station_model = {
    .check = station_check,
    .can_serve = station_can_serve,
    .open = station_open,
    .arrive = station_arrive,
    .advance = station_advance,
    .evict = station_evict,
    .load = station_load,
    .cancel = station_cancel,
};
