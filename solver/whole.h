/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From the programme's fractions to whole instances and commitments as they are sold.
 *
 *  Fleets and commitments are improved in turn (fleet.h for given commitments, commitment_lp.h for
 * given fleets) from several starts: the programme's commitments, none, instances at committed
 * prices, and each workload on each single candidate; the cheapest result is kept. Fractional
 * commitments fit fractional replicas and can be poor for whole ones, which is why one start is not
 * enough. */
#ifndef HEADROOM_SOLVER_WHOLE_H
#define HEADROOM_SOLVER_WHOLE_H

#include "solver/commitment_lp.h"
#include "solver/fleet.h"
#include "solver/hourly_lp.h"

struct whole {
    struct fleet fleet;
    double *amount; /* [n_pools] */
    double cost;    /* mean USD per hour, owned commitments included */
    long cut_short; /* searches that ended on their node budget */
    /* what the plan would cost, about (on a sample of the slots), with the candidate alone for its
     * workload; INFINITY: cannot carry it, NAN: not tried because a bound already excluded it */
    double *alone_usd; /* [n_candidates] */
    /* when nothing fits: */
    int failed_slot, failed_workload; /* -1: fits */
};

/** @return false, *err set, when the solver fails; nothing fits is an answer (failed_slot). */
bool whole_plan(struct arena *arena, const struct market *market, const struct hourly_lp *hourly,
                const struct lp_solution *solution, struct whole *out, struct err *err);

/** The best commitments for a decided fleet, from `amount` [n_pools]; sets the plan's cost. */
bool whole_commit(struct arena *arena, const struct market *market, const struct fleet *fleet,
                  double *amount, double *cost, struct err *err);

/** What each slot costs in whole instances under the commitments owned and no others, by one quick
 * search: slot_usd [n_slots] USD/h, what is owned included. false: some slot cannot be carried. */
bool whole_slots(struct arena *arena, const struct market *market, double *slot_usd);

/** The first slot that whole instances cannot carry with no commitments bought, -1: all can. */
int whole_first_gap(struct arena *arena, const struct market *market, int *workload);

#endif
