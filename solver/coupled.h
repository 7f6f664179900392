/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whole instances that keep every row over many hours (market.couplings): budgets and a limit of
 * carbon.
 *
 *  A fleet is carried hour by hour, so what keeps a budget is what is committed to and when: the
 * commitments for a fleet are chosen inside the budgets (commitment_lp.h). What keeps a limit of
 * carbon is which instances run: kg CO2e get a price in the search of whole.h, doubled until the
 * limit is kept and halved between the last two; the cheapest plan that keeps all rows counts. So
 * is a budget of some workloads, where there is no limit of carbon: what they run on demand has the
 * price. It is a search: that none was found is no proof that there is none, unless the programme
 * has none.
 */
#ifndef HEADROOM_SOLVER_COUPLED_H
#define HEADROOM_SOLVER_COUPLED_H

#include "solver/whole.h"

/** A limit that no plan keeps. */
struct coupling_gap {
    int coupling;         /* its row, in the period that lacks most; -1: all are kept */
    double reached;       /* the least that whole instances were found to come to */
    const double *values; /* [n_couplings] what that plan comes to in each row */
};

/** @param hourly, solution  the programme with the rows, or without them where it has none
 *  @return as whole_plan; gap->coupling >= 0: out is the plan that comes nearest */
bool coupled_plan(struct arena *arena, const struct market *market, const struct hourly_lp *hourly,
                  const struct lp_solution *solution, struct whole *out, struct coupling_gap *gap,
                  struct err *err);

#endif
