/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The cheapest whole instances of one workload in one slot, beside what the other workloads have
 * there. solver/fleet.c asks for each workload in turn; nobody else does.
 *
 *  A hunt is opened once and begun for each workload; then `units`, `left_limit` and
 * `covered_uses` are filled in, counts known to carry the demand may be considered, and it is run.
 */
#ifndef HEADROOM_SOLVER_FLEET_HUNT_H
#define HEADROOM_SOLVER_FLEET_HUNT_H

#include <math.h>

#include "solver/fleet.h"

/* A machine in the order of the search, with the cheapest prices per request from here on. */
struct hunt_stage {
    int machine;
    double regular_usd, spot_usd;   /* per instance hour, in the bound */
    double rest_regular, rest_spot; /* per request/s, this stage and later, uses included */
};

struct hunt {
    struct fleet_search *search;
    int workload, slot;
    bool thrifty;      /* spare the quotas instead of the money */
    bool covered_uses; /* plans may cover some use of the workload */
    double demand, need_regular;
    double lost;        /* of what is chosen so far: what one instance carries that may be lost */
    double *units;      /* [n_goods] of the other workloads, then ours on top */
    double *left_limit; /* [n_limits] vCPU not used by the other workloads */
    int n_stages;
    struct hunt_stage *stages; /* [n_stages + 1] */
    double base;               /* of the bound: other units' value less that of held amounts */
    int32_t *regular, *spot;   /* [n_machines] current */
    int32_t *best_regular, *best_spot; /* incumbent */
    double *rates, *best_rates;        /* [n_uses] */
    double best_cost;                  /* comparable with the bound */
    long nodes;
};

/** Costs this near to each other are the same. */
static inline double hunt_tolerance(double cost) {
    return 1e-9 * fabs(cost);
}

/** In the search's scratch arena; `slot` is the caller's to set. */
struct hunt hunt_open(struct fleet_search *search);

/** For one workload, without an incumbent: best_cost is INFINITY. */
void hunt_begin(struct hunt *hunt, int workload, bool thrifty);

/** The counts as they stand, completed by overflow: a new incumbent? */
void hunt_consider(struct hunt *hunt);

/** Searches; counts must be 0. Afterwards best_cost is that of the incumbent in best_regular,
 * best_spot and best_rates; still INFINITY: nothing carries the demand. A search that ran out of
 * nodes is counted in search->cut_short. */
void hunt_run(struct hunt *hunt);

#endif
