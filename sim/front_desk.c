/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/front_desk.h"

#include "base/rng.h"
#include "sim/replica.h"

enum { FIRST_CAPACITY = 64, NO_REQUEST = -1 };

/* Draws of a request: one entity each, attempts from DRAW_BACKOFF on. */
enum { DRAW_CACHE, DRAW_TENANT, DRAW_IMPATIENT, DRAW_PATIENCE, DRAW_BACKOFF, DRAWS = 128 };

static double draw(const struct front_desk *desk, int64_t id, int which) {
    uint64_t entity = (uint64_t)id * DRAWS + (uint64_t)which;
    return rng_unit(rng_keyed(desk->seed, desk->replication, RNG_FRONT, entity));
}

static struct front_request *new_requests(struct arena *arena, uint32_t capacity) {
    struct front_request *requests = arena_new(arena, struct front_request, capacity);
    for (uint32_t i = 0; i < capacity; i++)
        requests[i].work.id = NO_REQUEST;
    return requests;
}

struct front_desk *front_desk_open(struct arena *arena, const struct front_door *door,
                                   uint64_t seed, uint64_t replication) {
    struct front_desk *desk = arena_new(arena, struct front_desk, 1);
    *desk = (struct front_desk){
        .door = door,
        .seed = seed,
        .replication = replication,
        .arena = arena,
        .requests = new_requests(arena, FIRST_CAPACITY),
        .requests_capacity = FIRST_CAPACITY,
        .first = NEVER,
    };
    for (int i = 0; i < door->n_tenants; i++)
        desk->buckets[i].level = door->tenants[i].burst;
    return desk;
}

/* --- clocks --- */

static bool before(const struct front_clock *a, const struct front_clock *b) {
    if (a->time != b->time)
        return a->time < b->time;
    return a->kind != b->kind ? a->kind < b->kind : a->id < b->id;
}

static void start(struct front_desk *desk, struct front_clock clock) {
    if (desk->n_clocks == desk->clocks_capacity) {
        uint32_t capacity = desk->clocks_capacity > 0 ? 2 * desk->clocks_capacity : FIRST_CAPACITY;
        desk->clocks =
            arena_grow(desk->arena, desk->clocks, desk->n_clocks, capacity, sizeof *desk->clocks);
        desk->clocks_capacity = capacity;
    }
    uint32_t at = desk->n_clocks++;
    for (; at > 0 && before(&clock, &desk->clocks[(at - 1) / 2]); at = (at - 1) / 2)
        desk->clocks[at] = desk->clocks[(at - 1) / 2];
    desk->clocks[at] = clock;
    desk->first = desk->clocks[0].time;
}

static struct front_clock pop_clock(struct front_desk *desk) {
    struct front_clock least = desk->clocks[0], last = desk->clocks[--desk->n_clocks];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < desk->n_clocks; at = child) {
        if (child + 1 < desk->n_clocks && before(&desk->clocks[child + 1], &desk->clocks[child]))
            child++;
        if (!before(&desk->clocks[child], &last))
            break;
        desk->clocks[at] = desk->clocks[child];
    }
    desk->clocks[at] = last;
    desk->first = desk->n_clocks > 0 ? desk->clocks[0].time : NEVER;
    return least;
}

/* --- requests inside: open addressing, linear steps --- */

static uint32_t home_of(const struct front_desk *desk, int64_t id) {
    uint64_t h = (uint64_t)id * 0x9E3779B97F4A7C15ULL;
    return (uint32_t)(h >> 32) & (desk->requests_capacity - 1);
}

static uint32_t place_of(const struct front_desk *desk, int64_t id) {
    uint32_t at = home_of(desk, id);
    while (desk->requests[at].work.id != id && desk->requests[at].work.id != NO_REQUEST)
        at = (at + 1) & (desk->requests_capacity - 1);
    return at;
}

struct front_request *front_desk_find(const struct front_desk *desk, int64_t id) {
    struct front_request *request = &desk->requests[place_of(desk, id)];
    return request->work.id == id ? request : NULL;
}

static void grow(struct front_desk *desk) {
    struct front_request *old = desk->requests;
    uint32_t capacity = desk->requests_capacity;
    desk->requests_capacity = 2 * capacity;
    desk->requests = new_requests(desk->arena, 2 * capacity);
    for (uint32_t i = 0; i < capacity; i++)
        if (old[i].work.id != NO_REQUEST)
            desk->requests[place_of(desk, old[i].work.id)] = old[i];
}

/* How long the client stays; NEVER: as long as it takes. */
static sim_ticks patience_of(const struct front_desk *desk, int64_t id) {
    const struct front_door *door = desk->door;
    if (door->impatient_share <= 0 || draw(desk, id, DRAW_IMPATIENT) >= door->impatient_share)
        return NEVER;
    return service_ticks(-door->patience_s * rng_log(draw(desk, id, DRAW_PATIENCE)));
}

struct front_request *front_desk_enter(struct front_desk *desk, const struct work *work) {
    if (2 * desk->n_requests >= desk->requests_capacity)
        grow(desk);
    sim_ticks patience = patience_of(desk, work->id);
    if (patience != NEVER)
        start(desk, (struct front_clock){work->arrival + patience, CLOCK_GIVE_UP, 0, work->id});
    struct front_request *request = &desk->requests[place_of(desk, work->id)];
    ENSURE(request->work.id == NO_REQUEST);
    *request = (struct front_request){.work = *work};
    desk->n_requests++;
    return request;
}

/* The requests after the hole move up where that brings them nearer home. */
void front_desk_leave(struct front_desk *desk, int64_t id) {
    uint32_t mask = desk->requests_capacity - 1, hole = place_of(desk, id);
    ENSURE(desk->requests[hole].work.id == id);
    const struct front_request *gone = &desk->requests[hole];
    desk->n_backing_off[gone->work.group] -= gone->place == FRONT_BACKING_OFF;
    desk->n_requests--;
    for (uint32_t at = (hole + 1) & mask; desk->requests[at].work.id != NO_REQUEST;
         at = (at + 1) & mask) {
        uint32_t home = home_of(desk, desk->requests[at].work.id);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        desk->requests[hole] = desk->requests[at];
        hole = at;
    }
    desk->requests[hole].work.id = NO_REQUEST;
}

/* --- rules --- */

bool front_desk_has_cached(const struct front_desk *desk, const struct work *work) {
    return desk->door->cache_share > 0 &&
           draw(desk, work->id, DRAW_CACHE) < desk->door->cache_share;
}

/* Rounding may leave the last share short: the last tenant takes the rest. */
int front_desk_tenant(const struct front_desk *desk, int64_t id) {
    double u = draw(desk, id, DRAW_TENANT), below = 0;
    int tenant = 0;
    for (; tenant < desk->door->n_tenants - 1; tenant++) {
        below += desk->door->tenants[tenant].share;
        if (u < below)
            break;
    }
    return tenant;
}

bool front_desk_tenant_admits(struct front_desk *desk, const struct work *work) {
    if (desk->door->n_tenants == 0)
        return true;
    int index = front_desk_tenant(desk, work->id);
    const struct tenant *tenant = &desk->door->tenants[index];
    struct front_bucket *bucket = &desk->buckets[index];
    bucket->level += tenant->rate_per_second * ticks_seconds(work->since - bucket->filled);
    bucket->level = bucket->level < tenant->burst ? bucket->level : tenant->burst;
    bucket->filled = work->since;
    if (bucket->level < 1)
        return false;
    bucket->level -= 1;
    return true;
}

void front_desk_start_clocks(struct front_desk *desk, const struct front_request *request) {
    const struct front_door *door = desk->door;
    sim_ticks now = request->work.since;
    int64_t id = request->work.id;
    if (door->queue_timeout_s > 0)
        start(desk, (struct front_clock){now + service_ticks(door->queue_timeout_s),
                                         CLOCK_QUEUE_TIMEOUT, request->attempt, id});
    if (door->timeout_s > 0)
        start(desk, (struct front_clock){now + service_ticks(door->timeout_s), CLOCK_TIMEOUT,
                                         request->attempt, id});
}

static sim_ticks earlier(sim_ticks a, sim_ticks b) {
    return a < b ? a : b;
}

sim_ticks front_desk_takes_back(const struct front_desk *desk, const struct front_request *request,
                                sim_ticks begins, sim_ticks finish) {
    const struct front_door *door = desk->door;
    sim_ticks now = request->work.since, first = NEVER;
    sim_ticks queue_end = now + service_ticks(door->queue_timeout_s);
    sim_ticks patience = patience_of(desk, request->work.id);
    if (door->queue_timeout_s > 0 && begins > queue_end)
        first = queue_end;
    if (door->timeout_s > 0)
        first = earlier(first, now + service_ticks(door->timeout_s));
    if (patience != NEVER)
        first = earlier(first, request->work.arrival + patience);
    return first < finish ? first : NEVER;
}

bool front_desk_retry(struct front_desk *desk, struct front_request *request, sim_ticks now) {
    const struct front_door *door = desk->door;
    if (request->attempt >= door->attempts)
        return false;
    double backoff_s = door->backoff_s;
    for (int i = 1; i < request->attempt && backoff_s < door->backoff_max_s; i++)
        backoff_s *= 2;
    backoff_s = backoff_s < door->backoff_max_s ? backoff_s : door->backoff_max_s;
    double u = draw(desk, request->work.id, DRAW_BACKOFF + request->attempt);
    sim_ticks time = now + service_ticks(backoff_s * (1 - door->jitter * u));
    start(desk, (struct front_clock){time, CLOCK_RETRY, request->attempt, request->work.id});
    request->place = FRONT_BACKING_OFF;
    desk->n_backing_off[request->work.group]++;
    return true;
}

struct front_clock front_desk_pop(struct front_desk *desk, struct front_request **request) {
    struct front_clock clock = pop_clock(desk);
    *request = front_desk_find(desk, clock.id);
    bool over = *request && clock.kind != CLOCK_GIVE_UP && (*request)->attempt != clock.attempt;
    bool backing_off = *request && (*request)->place == FRONT_BACKING_OFF;
    if (over || (clock.kind < CLOCK_GIVE_UP && backing_off))
        *request = NULL;
    return clock;
}
