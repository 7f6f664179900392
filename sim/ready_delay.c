/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/ready_delay.h"

#include "base/rng.h"
#include "sim/replica.h"

__extension__ typedef __int128 wide;

enum { FIRST_CAPACITY = 8, ORDINAL_BITS = 40 };

/* The clock's unit: what 1 byte/s moves in a tick. */
#define UNITS_PER_BYTE TICKS_PER_SECOND

bool ready_delay_check(const struct ready_delay *delay, const struct load_link *link,
                       struct err *err) {
    if (!delay_check(&delay->boot, "boot", err) || !delay_check(&delay->pull, "image pull", err) ||
        !delay_check(&delay->warm_up, "warm-up", err) ||
        !delay_check(&delay->resume, "resume", err))
        return false;
    if (delay->weight_bytes < 0 || delay->weight_bytes > WEIGHT_BYTES_MAX)
        return err_set(err, ERR_INPUT, "an instance loads from 0 to %lld bytes", WEIGHT_BYTES_MAX);
    if (link->bytes_per_s < 0 || link->instance_bytes_per_s < 0 ||
        link->bytes_per_s > WEIGHT_BYTES_MAX || link->instance_bytes_per_s > WEIGHT_BYTES_MAX)
        return err_set(err, ERR_INPUT, "a load bandwidth is out of range");
    if (delay->warm_pool < 0 || delay->warm_pool > WARM_POOL_MAX)
        return err_set(err, ERR_INPUT, "a warm pool has from 0 to %d instances", WARM_POOL_MAX);
    return true;
}

/* --- the link --- */

/* Bytes per second of n loaders together; 0: no limit. */
static int64_t link_rate(const struct load_link *link, int64_t n) {
    int64_t all = link->bytes_per_s, each = link->instance_bytes_per_s;
    if (each == 0 || (all > 0 && each > all / n))
        return all;
    return each * n;
}

double ready_delay_mean_s(const struct ready_delay *delay, const struct load_link *link) {
    int64_t rate = link_rate(link, 1);
    double load = rate > 0 ? (double)delay->weight_bytes / (double)rate : 0;
    return delay_mean_s(&delay->boot) + delay_mean_s(&delay->pull) + load +
           delay_mean_s(&delay->warm_up);
}

/* --- launches --- */

/* START: boot and pull, or resume. */
enum phase { PHASE_START, PHASE_LOAD, PHASE_WARM_UP, PHASE_READY };

struct launch {
    enum phase phase;
    uint32_t owner;
    int pool;
    uint64_t sequence, entity;
    sim_ticks launched, until; /* until: of START, WARM_UP; READY: since then */
    wide full;                 /* LOAD: where the clock stands when its bytes have come */
};

struct ready_pool {
    struct ready_delay delay;
    sim_ticks *warm_from; /* [warm_pool] when each place is filled again */
};

struct ready_delays {
    struct arena *arena;
    struct load_link link;
    struct ready_pool *pools;
    uint64_t seed, replication, sequence;
    struct launch *launches; /* [n] under way, in no order */
    int n, capacity, n_loading;
    wide clock; /* units that every loader has received since the start */
    wide moved; /* units, all loaders together */
    sim_ticks settled;
    struct ready_totals totals;
};

struct ready_delays *ready_delays_open(struct arena *arena, const struct ready_delay *pools,
                                       int n_pools, struct load_link link, uint64_t seed,
                                       uint64_t replication) {
    struct ready_delays *delays = arena_new(arena, struct ready_delays, 1);
    *delays = (struct ready_delays){
        .arena = arena,
        .link = link,
        .pools = arena_new(arena, struct ready_pool, n_pools),
        .seed = seed,
        .replication = replication,
    };
    for (int i = 0; i < n_pools; i++)
        delays->pools[i] =
            (struct ready_pool){pools[i], arena_new(arena, sim_ticks, (size_t)pools[i].warm_pool)};
    return delays;
}

static sim_ticks drawn(const struct ready_delays *delays, const struct delay *delay,
                       enum rng_stream stream, uint64_t entity) {
    uint64_t bits = rng_keyed(delays->seed, delays->replication, stream, entity);
    return service_ticks(delay_at(delay, bits));
}

/* Bring the clock to `now`; what is lost in the division is less than a unit. */
static void settle(struct ready_delays *delays, sim_ticks now) {
    int n = delays->n_loading;
    if (n > 0) {
        wide each = (wide)(now - delays->settled) * link_rate(&delays->link, n) / n;
        delays->clock += each;
        delays->moved += each * n;
    }
    delays->settled = now;
}

static sim_ticks full_at(const struct ready_delays *delays, const struct launch *launch) {
    wide left = launch->full - delays->clock;
    int64_t n = delays->n_loading, rate = link_rate(&delays->link, n);
    return left <= 0 ? delays->settled
                     : delays->settled + (sim_ticks)((left * n + rate - 1) / rate);
}

static sim_ticks ends_at(const struct ready_delays *delays, const struct launch *launch) {
    return launch->phase == PHASE_LOAD ? full_at(delays, launch) : launch->until;
}

/* What happens next, of all or of those that are not ready yet; NULL: nothing. */
static struct launch *earliest(const struct ready_delays *delays, bool ready_too, sim_ticks *time) {
    struct launch *first = NULL;
    *time = INT64_MAX;
    for (int i = 0; i < delays->n; i++) {
        struct launch *launch = &delays->launches[i];
        if (launch->phase == PHASE_READY && !ready_too)
            continue;
        sim_ticks ends = ends_at(delays, launch);
        if (ends < *time || (ends == *time && launch->sequence < first->sequence)) {
            first = launch;
            *time = ends;
        }
    }
    return first;
}

static void begin_warm_up(struct ready_delays *delays, struct launch *launch, sim_ticks now) {
    const struct delay *warm_up = &delays->pools[launch->pool].delay.warm_up;
    launch->phase = PHASE_WARM_UP;
    launch->until = now + drawn(delays, warm_up, RNG_WARM_UP, launch->entity);
}

static void begin_load(struct ready_delays *delays, struct launch *launch, sim_ticks now) {
    int64_t bytes = delays->pools[launch->pool].delay.weight_bytes;
    if (bytes == 0 || link_rate(&delays->link, 1) == 0) {
        begin_warm_up(delays, launch, now);
        return;
    }
    launch->phase = PHASE_LOAD;
    launch->full = delays->clock + (wide)bytes * UNITS_PER_BYTE;
    delays->n_loading++;
}

static void step_on(struct ready_delays *delays, struct launch *launch, sim_ticks now) {
    settle(delays, now);
    if (launch->phase == PHASE_START) {
        begin_load(delays, launch, now);
    } else if (launch->phase == PHASE_LOAD) {
        delays->n_loading--;
        begin_warm_up(delays, launch, now);
    } else {
        launch->phase = PHASE_READY;
    }
}

static void advance(struct ready_delays *delays, sim_ticks now) {
    sim_ticks time;
    struct launch *launch;
    while ((launch = earliest(delays, false, &time)) != NULL && time <= now)
        step_on(delays, launch, time);
}

/* A place of the warm pool that is filled; -1: none. */
static int warm_place(const struct ready_pool *pool, sim_ticks now) {
    for (int i = 0; i < pool->delay.warm_pool; i++)
        if (pool->warm_from[i] <= now)
            return i;
    return -1;
}

static struct launch *add_launch(struct ready_delays *delays) {
    if (delays->n == delays->capacity) {
        int capacity = delays->capacity ? 2 * delays->capacity : FIRST_CAPACITY;
        delays->launches = arena_grow(delays->arena, delays->launches, (size_t)delays->n,
                                      (size_t)capacity, sizeof *delays->launches);
        delays->capacity = capacity;
    }
    return &delays->launches[delays->n++];
}

struct ready_start ready_delays_start(struct ready_delays *delays, int pool, uint64_t ordinal,
                                      uint32_t owner, sim_ticks now) {
    struct ready_pool *from = &delays->pools[pool];
    const struct ready_delay *delay = &from->delay;
    uint64_t entity = (uint64_t)pool << ORDINAL_BITS | ordinal;
    sim_ticks cold = drawn(delays, &delay->boot, RNG_INSTANCE_BOOT, entity) +
                     drawn(delays, &delay->pull, RNG_IMAGE_PULL, entity);
    sim_ticks start = cold;
    int place = warm_place(from, now);
    advance(delays, now);
    if (place >= 0) {
        from->warm_from[place] = now + cold;
        start = drawn(delays, &delay->resume, RNG_INSTANCE_RESUME, entity);
    }
    *add_launch(delays) = (struct launch){
        .phase = PHASE_START,
        .owner = owner,
        .pool = pool,
        .sequence = delays->sequence++,
        .entity = entity,
        .launched = now,
        .until = now + start,
    };
    delays->totals.started++;
    delays->totals.warm += place >= 0;
    return (struct ready_start){place >= 0, place >= 0 ? cold : 0};
}

static void drop(struct ready_delays *delays, struct launch *launch) {
    delays->n_loading -= launch->phase == PHASE_LOAD;
    *launch = delays->launches[--delays->n];
}

void ready_delays_cancel(struct ready_delays *delays, uint32_t owner, sim_ticks now) {
    advance(delays, now);
    settle(delays, now);
    for (int i = 0; i < delays->n; i++) {
        if (delays->launches[i].owner != owner)
            continue;
        drop(delays, &delays->launches[i]);
        delays->totals.cancelled++;
        return;
    }
}

sim_ticks ready_delays_next(const struct ready_delays *delays) {
    sim_ticks time;
    earliest(delays, true, &time);
    return time;
}

bool ready_delays_take(struct ready_delays *delays, sim_ticks now, uint32_t *owner) {
    advance(delays, now);
    struct launch *first = NULL;
    for (int i = 0; i < delays->n; i++) {
        struct launch *launch = &delays->launches[i];
        if (launch->phase == PHASE_READY &&
            (!first || launch->until < first->until ||
             (launch->until == first->until && launch->sequence < first->sequence)))
            first = launch;
    }
    if (!first)
        return false;
    *owner = first->owner;
    delays->totals.ready++;
    delays->totals.delay_s += ticks_seconds(first->until - first->launched);
    drop(delays, first);
    return true;
}

struct ready_totals ready_delays_totals(const struct ready_delays *delays) {
    struct ready_totals totals = delays->totals;
    totals.loaded_bytes = (double)delays->moved / (double)UNITS_PER_BYTE;
    return totals;
}
