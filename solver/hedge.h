/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Commitments chosen before it is known which of several futures comes (docs/model.md 5.13):
 *
 *      min  Sum_p cost_p y_p + (1 - w) Sum_e share_e Q_e(y) + w W(Q_1(y), .., Q_n(y))
 *
 *  y: what is bought now, the same in all futures; Q_e(y): the programme of future e with y held,
 * in fractions of instances; W: the mean over the worst share of the futures. The limit on what is
 * paid upfront is kept. Limits on coverage, budgets and carbon are not looked at: they are of the
 * plan that is expected.
 *
 *  Method: each future's proof of its lower bound (two_stage.h) is a plane below Q_e for every y;
 * the amounts are chosen on these planes, and asked for again there and half way to the best
 * amounts so far, until planes and costs meet. */
#ifndef HEADROOM_SOLVER_HEDGE_H
#define HEADROOM_SOLVER_HEDGE_H

#include "solver/plan.h"

/** Of n plan inputs that are alike but for demand, capacities, prices and what a spot hour is good
 * for; their hours stand for the same horizon. */
struct hedge_input {
    int n;                            /* >= 1 */
    const struct plan_input *futures; /* [n] */
    const double *share;              /* [n] > 0, sum to 1 */
    double worst_weight;              /* w: 0..1 */
    double worst_share;               /* of the futures: 0 < s <= 1 */
    double tolerance;                 /* stop when (upper - lower) <= tolerance * upper */
    int n_threads;                    /* >= 1; the answer does not depend on it */
};

struct hedge {
    int n_amounts;
    const double *amount;     /* [n_amounts] of what is for sale, in the order of plan.bought */
    double lower, upper;      /* USD/h: of the planes, to the solver's tolerance; of the amounts */
    const double *future_usd; /* [n] USD/h, what is bought and owned included */
    int n_rounds;
};

/** @return false, *err set, for bad numbers and when the solver fails. Demand that no commitment
 * and nothing else carries in a future costs a thousand times what a request costs at most. */
bool hedge_choose(struct arena *arena, const struct hedge_input *input, struct hedge *out,
                  struct err *err);

/** Mean of the worst `worst_share` of values whose shares sum to 1: whole futures first, then a
 * part of the next one. */
double hedge_worst(struct arena *arena, const double *values, const double *share, int n,
                   double worst_share);

#endif
