/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From a launch to an instance that serves:
 *
 *      boot, image pull, weights, warm-up
 *
 *  Boot, pull and warm-up are times of their own, drawn by (seed, replication, part, launch), so a
 * launch takes the same whatever else the fleet does. Weights are bytes over a link that all
 * instances loading at that moment share in equal parts (processor sharing), none faster than its
 * own limit. A launch from the warm pool starts a stopped instance instead: no boot, no pull, but
 * `resume`; a replacement is then prepared in the time of the boot and pull it was spared.
 *
 *  The link runs on whole numbers: one virtual clock counts what each loader has received, in 1e-11
 * byte (what 1 byte/s moves in a tick), and a load is done in the first tick by which its bytes
 * have come. So n equal loads that begin together end together, exactly n times later than one.
 *
 *  Not modelled: launches that the provider refuses, the image over the same link, disks. */
#ifndef HEADROOM_SIM_READY_DELAY_H
#define HEADROOM_SIM_READY_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/delay.h"
#include "sim/ticks.h"

/** Of the instances of one pool. */
struct ready_delay {
    struct delay boot, pull, warm_up, resume;
    int64_t weight_bytes; /* that an instance loads; 0: none */
    int warm_pool;        /* stopped instances kept; 0: none */
};

/** What all instances load weights from; 0: no limit. */
struct load_link {
    int64_t bytes_per_s;          /* together */
    int64_t instance_bytes_per_s; /* each */
};

enum { WARM_POOL_MAX = 10000 };
#define WEIGHT_BYTES_MAX 100000000000000LL

bool ready_delay_check(const struct ready_delay *delay, const struct load_link *link,
                       struct err *err);

/** Mean of one launch outside the warm pool that loads alone, seconds. */
double ready_delay_mean_s(const struct ready_delay *delay, const struct load_link *link);

/** The launches of a replay under way. The caller keeps one event at ready_delays_next and then
 * takes who is ready. Calls come in the order of time. */
struct ready_delays;

/** @param pools  [n_pools] checked; copied */
struct ready_delays *ready_delays_open(struct arena *arena, const struct ready_delay *pools,
                                       int n_pools, struct load_link link, uint64_t seed,
                                       uint64_t replication);

struct ready_start {
    bool warm;        /* from the warm pool */
    sim_ticks refill; /* warm: how long its replacement runs until it is stopped */
};

/** Launch. @param ordinal  of the launch in its pool, below 2^40
 *  @param owner  given back by ready_delays_take; has no launch under way */
struct ready_start ready_delays_start(struct ready_delays *delays, int pool, uint64_t ordinal,
                                      uint32_t owner, sim_ticks now);
/** Give the launch up; nothing when the owner has none. */
void ready_delays_cancel(struct ready_delays *delays, uint32_t owner, sim_ticks now);

/** When to call ready_delays_take next; INT64_MAX: nothing is under way. */
sim_ticks ready_delays_next(const struct ready_delays *delays);
/** The next owner that is ready at `now`, in the order of time, then of launching; false: no other
 * is, and ready_delays_next has moved on. */
bool ready_delays_take(struct ready_delays *delays, sim_ticks now, uint32_t *owner);

struct ready_totals {
    int64_t started, warm, ready, cancelled;
    double delay_s;      /* summed over `ready` */
    double loaded_bytes; /* that the link has moved so far */
};

struct ready_totals ready_delays_totals(const struct ready_delays *delays);

#endif
