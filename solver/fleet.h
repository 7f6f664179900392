/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whole instances in one slot: the cheapest counts that carry each workload's demand, for given
 * commitments.
 *
 *  A workload is carried when regular and derated spot capacity and overflow together reach its
 * demand, after each loss that the plan must survive, and without spot they still reach
 * regular_share of what is planned for. Instances of one machine pool
 * their capacity (capacity_rate); different machines add up.
 *
 *  Method: per workload, depth-first over machines with a lower bound, exact when it ends within
 * its node budget (which it does unless many machines have nearly the same price). The bound prices
 * an instance at min(on demand, beta_p use_p) and subtracts what the held amounts are worth at
 * beta: valid for every beta >= 0 (weak duality), tight for the right one; a pool of such vectors
 * is kept and the best for the slot is used. Workloads that share commitments or quotas are chosen
 * in turn until none changes. */
#ifndef HEADROOM_SOLVER_FLEET_H
#define HEADROOM_SOLVER_FLEET_H

#include "solver/cover.h"

struct fleet {
    int32_t *regular, *spot; /* [n_slots * n_machines] index slot * n_machines + machine */
    double *use_rate;        /* [n_slots * n_uses] requests/s */
};

/** Prices of held amounts that give a lower bound. */
struct fleet_bound {
    const double *beta;       /* [n_pools] value of one unit held */
    const double *good_price; /* [n_goods] min(on demand, beta use) */
    const double *refund;     /* [n_pools] what a reserved hour saves at most when it is covered */
};

struct fleet_search {
    const struct market *market;
    struct cover *cover;      /* the commitments held */
    const bool *machine_open; /* [n_machines] NULL: all */
    const bool *use_open;     /* [n_uses] NULL: all */
    int only_workload;        /* the others stay as they are; -1: choose all */
    int n_bounds;
    const struct fleet_bound *bounds;
    double tolerance; /* relative: a fleet this near to the bound is good enough; 0: exact */
    long nodes_max;   /* a workload's search in a slot */
    bool from_each;   /* coupled workloads: also anew, with each of them first */
    long cut_short;   /* searches that ran out of nodes, for the report */
    struct arena *scratch;
};

void fleet_open(struct arena *arena, const struct market *market, struct fleet *out);
void fleet_copy(const struct market *market, const struct fleet *from, struct fleet *to);
void fleet_copy_slot(const struct market *market, const struct fleet *from, int slot,
                     struct fleet *to);

/** Bounds from any pool prices: fills good_price. */
void fleet_bound_build(struct arena *arena, const struct market *market, const double *beta,
                       struct fleet_bound *out);

/** Improve every slot; what `fleet` holds is the start and is kept where nothing is cheaper.
 *  @return the first slot that no whole instances carry, or -1. *workload is then the one. */
int fleet_choose(struct fleet_search *search, struct fleet *fleet, int *workload);

/** Regular instance hours by good: units [n_goods]. */
void fleet_units(const struct market *market, const struct fleet *fleet, int slot, double *units);
/** The same of some workloads alone [n_workloads]; NULL: of all. */
void fleet_units_of(const struct market *market, const struct fleet *fleet, int slot,
                    const bool *workloads, double *units);

/** What no commitment covers in a slot: spot, overflow, dearer ways out; USD/h. */
double fleet_direct_usd(const struct market *market, const struct fleet *fleet, int slot);

/** What the search adds to it for instance hours (machine.extra_usd). */
double fleet_extra_usd(const struct market *market, const struct fleet *fleet, int slot);

/** What an hour of a slot counts in a row over many hours, beside what commitments cover. */
double fleet_slot_direct(const struct market *market, const struct coupling *coupling,
                         const struct fleet *fleet, int slot);

/** What a fleet comes to in a row over many hours but for its instance hours that are paid: spot
 * and overflow, or all its carbon. */
double fleet_coupling(const struct market *market, const struct coupling *coupling,
                      const struct fleet *fleet);

/** Mean kg CO2e an hour of the horizon. */
double fleet_mean_kg(const struct market *market, const struct coupling *coupling,
                     const struct fleet *fleet);

/** Whether these counts [n_machines] with the cheapest overflow carry the workload in the slot,
 * overflow written to use_rate [n_uses] (of the workload's uses only). Quotas are not looked at. */
bool fleet_overflow(const struct fleet_search *search, int workload, int slot,
                    const int32_t *regular, const int32_t *spot, double *use_rate);

/** Whether the slot's counts stay inside every quota. */
bool fleet_within_limits(const struct market *market, const int32_t *regular, const int32_t *spot);

#endif
