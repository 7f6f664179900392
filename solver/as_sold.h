/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The least that commitments cost as they are sold, with what runs still in fractions: between the
 * programme's optimum and the whole-instance plan. plan_price_as_sold (plan.h) tells it; this is
 * the search itself.
 *
 *  Branch and bound over how many are bought. What the programme costs with exactly v of a
 * commitment is convex in v: a branch is one v, and the next v further from the fraction waits
 * behind it, which can only be dearer. Bounds and costs are the programme's own, so the gap holds
 * whatever was tried. docs/model.md 5.4 */
#ifndef HEADROOM_SOLVER_AS_SOLD_H
#define HEADROOM_SOLVER_AS_SOLD_H

#include "solver/what_if.h"

struct as_sold {
    double minimum_usd_per_hour; /* of any amounts; not finite: nothing fits */
    bool found;                  /* else of what follows least_usd_per_hour and n_solves are set */
    double usd_per_hour;         /* of the amounts, owned commitments included */
    double least_usd_per_hour;   /* no amounts as they are sold cost less */
    double *amount;              /* [n_pools] */
    int n_solves;                /* of the programme */
};

/** @param known  [n_pools] amounts as they are sold that are tried too; NULL: none
 *  @param target  the search ends when the gap is that small, relative
 *  @param solves_max  and after so many solves: the gap is then what it is
 *  @return false, *err set, when the solver fails; nothing fits is an answer */
bool as_sold_find(struct arena *arena, const struct market *market, struct programme_memory *memory,
                  const double *known, double target, int solves_max, struct as_sold *out,
                  struct err *err);

#endif
