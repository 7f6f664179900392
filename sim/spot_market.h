/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the spot market lets a fleet hold: for each zone the number of instances that can be held
 * at any time and their price, as step functions of simulated time.
 *
 *  A market is drawn up before the replay, from 0 to `end`, and never changes: it is the same
 * whatever the fleet does, for every candidate, on any thread. It comes from traces, replayed step
 * by step, or from a model of lives and regional shocks (docs/model.md section 2.12); both
 * may stand side by side, zone by zone. When the capacity of a zone falls below what the fleet
 * holds there, the excess is interrupted; what the fleet holds does not move the capacity. */
#ifndef HEADROOM_SIM_SPOT_MARKET_H
#define HEADROOM_SIM_SPOT_MARKET_H

#include <stdint.h>

#include "sim/spot_trace.h"
#include "sim/ticks.h"

/** Capacity of a zone that gives whatever is asked for. */
#define SPOT_UNLIMITED INT32_MAX

struct spot_step {
    sim_ticks from;
    int32_t instances; /* 0 .. SPOT_UNLIMITED */
};

struct spot_price_step {
    sim_ticks from;
    double usd_per_hour;
};

struct spot_zone {
    const char *name, *region;            /* region: "us-west-2" of "us-west-2a" */
    int n_steps;                          /* >= 1 */
    const struct spot_step *steps;        /* from 0, times rising, neighbours differ */
    int n_prices;                         /* 0: no price series, the offer's own rate holds */
    const struct spot_price_step *prices; /* from 0, times rising */
};

struct spot_market {
    int n_zones;
    const struct spot_zone *zones;
    sim_ticks end; /* > 0; known before here; the last step holds on */
};

/** Instances that can be held in the zone at `now`, 0 <= now. */
int32_t spot_market_capacity(const struct spot_market *market, int zone, sim_ticks now);

/** The first change of the zone's capacity later than `after`; NEVER when there is none. */
sim_ticks spot_market_next_change(const struct spot_market *market, int zone, sim_ticks after);

/** NaN when the zone has no price series. */
double spot_market_usd_per_hour(const struct spot_market *market, int zone, sim_ticks now);

/** The next change of the zone's price; NEVER when there is none. */
sim_ticks spot_market_next_price(const struct spot_market *market, int zone, sim_ticks after);

/** Index of a zone by name, or -1. */
int spot_market_find(const struct spot_market *market, const char *zone);

/** The region of a zone: its name without the letters at its end, us-west-2 of us-west-2a,
 * us-west1 of us-west1-b; the name itself when that leaves nothing. */
const char *spot_region_of(struct arena *arena, const char *zone);

/* --- zones from traces --- */

struct spot_replay {
    int64_t offset_ns; /* where in the trace the run begins, >= 0 */
    int32_t instances; /* capacity where the trace is at its maximum, shares of it in proportion,
                          rounded down; 0: the trace's own counts, but a trace that never shows more
                          than one instance is a probe of one, so up is SPOT_UNLIMITED */
};

/** The steps of a zone, tick by tick what the file says, and its prices where it has any. false:
 * *err names the file and its length when it is shorter than offset + end. */
bool spot_zone_replay(struct arena *arena, const struct spot_trace *trace,
                      const struct spot_replay *replay, sim_ticks end, struct spot_zone *out,
                      struct err *err);

/** The prices of `out->name`. start_epoch_ns: instant of the file at which the run begins; -1 is
 * its first_epoch_ns. false: the file has no such zone, does not reach back to the start, or ends
 * before the run. */
bool spot_zone_price(struct arena *arena, const struct spot_prices *prices, int64_t start_epoch_ns,
                     sim_ticks end, struct spot_zone *out, struct err *err);

/* --- zones from the model --- */

enum spot_life_kind { SPOT_LIFE_EXPONENTIAL, SPOT_LIFE_LOGNORMAL };

struct spot_life {
    enum spot_life_kind kind;
    double mean_s; /* > 0 */
    double shape;  /* lognormal: sigma of the log, 0 .. SPOT_SHAPE_MAX */
};

/** Medians 1 / 3000 of the mean: beyond what any trace shows. */
#define SPOT_SHAPE_MAX 4.0

/** A region is calm or in a shock, in turn. */
struct spot_region_model {
    const char *region;
    struct spot_life calm, shock;
};

/** Up and down in turn. */
struct spot_lives {
    struct spot_life up, down;
};

/** A zone has two courses that know nothing of each other: while its region is calm it is where the
 * one is, during a shock where the other is. So all zones of a region turn at the same instant. */
struct spot_zone_model {
    const char *name, *region;
    struct spot_lives calm, shock;
    int32_t instances; /* while up */
};

struct spot_model {
    int n_zones, n_regions;
    const struct spot_zone_model *zones;
    const struct spot_region_model *regions; /* a zone whose region is not here is always calm */
};

/** Stationary from time 0 on. Draws are keyed by seed, replication and the names of zone and
 * region, so a zone keeps its lives whichever others there are. */
void spot_zone_draw(struct arena *arena, const struct spot_model *model, int zone, uint64_t seed,
                    uint64_t replication, sim_ticks end, struct spot_zone *out);

/** Share of time up, and covariance of two zones being up, in the long run (closed form). */
double spot_model_availability(const struct spot_model *model, int zone);
double spot_model_covariance(const struct spot_model *model, int zone_a, int zone_b);

#endif
