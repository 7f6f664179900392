/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The best commitments for a fleet that is already decided.
 *
 *  For fixed whole-instance usage the best amounts are a small linear programme again (how an
 * instance hour is paid may be split, only counts are whole). Its answer is rounded (whole reserved
 * instances, plans to 0.001 USD/h) and improved by moves of one commitment or an exchange between
 * two, each priced in the provider's order by cover.h. */
#ifndef HEADROOM_SOLVER_COMMITMENT_LP_H
#define HEADROOM_SOLVER_COMMITMENT_LP_H

#include "solver/cover.h"

/** Regular instance hours by good, hours with the same usage merged. */
struct usage_table {
    int n_rows;
    double *units; /* [n_rows * n_goods] */
    double *share; /* [n_rows] of the horizon */
    int *slot;     /* [n_rows] one slot of the row, for what is active */
    int n_slots;
    double *hours;    /* [n_couplings * n_slots] index coupling * n_slots + row: hours that count */
    int *row_of_slot; /* [n_slots] */
    double *counted;  /* [n_couplings * n_slots * n_goods] index (coupling * n_slots + row) *
                         n_goods + good: in those hours units of the workloads that count, of
                         couplings that do not count all */
};

/** @param slot_units  [n_slots * n_goods] index slot * n_goods + good */
void usage_build(struct arena *arena, const struct market *market, const double *slot_units,
                 struct usage_table *out);

/** Of a coupling that does not count all workloads: the units of those that do.
 *  @param slot_units  as for usage_build, of them alone */
void usage_count(const struct market *market, int coupling, const double *slot_units,
                 struct usage_table *usage);

/** What is tried and what may not be bought. */
struct commitment_search {
    const struct market *market;
    const struct cover_order *order;
    const struct usage_table *usage;
    const bool *dropped;  /* [n_pools] */
    const double *direct; /* [n_couplings] what the fleet comes to beside (fleet_coupling) and what
                             is fixed */
};

/** Improve amount[n_pools] (owned and fixed entries stay) by moves; with `exact` from the
 * programme's answer, when that is better.
 *
 *  @param cost  out: mean USD per hour of uncovered instance hours and bought commitments; INFINITY
 *               when the amounts break the coverage or the upfront limit. Where they break a row
 *               over many hours it is more than any that keeps it, the more the farther from its
 *               limit
 *  @return false: *err from the solver */
bool commitment_best(struct arena *arena, const struct commitment_search *search, bool exact,
                     double *amount, double *cost, struct err *err);

/** Amount as it is sold. */
double commitment_round(const struct pool *pool, double amount);

/** The nearest amount that is sold; of a plan where nothing runs on demand the next: a cent too
 * little there leaves hours without capacity. */
double commitment_enough(const struct market *market, const struct pool *pool, double amount);

/** What covering `instances` of a good takes of a pool that covers it; of reserved instances as
 * they are sold, at least the least of it. */
double commitment_step(const struct pool *pool, int good, double instances);

#endif
