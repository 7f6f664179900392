/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Model units of token APIs as a plan holds them.
 *
 *  A candidate of a provisioned tier is a fixed number of units. The programme spreads their price
 * over the mean requests of the workload (solver/use_price.h), which is a bound; here the plan that
 * was found pays for all the time for which they are held, and is made again without them where
 * that is cheaper (plan.c):
 *
 *      from   the first day of the first segment of the horizon in which requests go there
 *      to     tiers without a term: the end of the last such segment
 *             tiers of months: as many whole terms as reach it, to the same day of the month; one
 *             that would end inside a later segment is renewed until the horizon ends
 *
 *  What is left of the last term after the horizon is owed. A unit-hour is used to the share of its
 * tokens a minute that are asked for, and worth what these cost on demand. docs/model.md
 * section 5.14. */
#ifndef HEADROOM_SOLVER_MODEL_UNITS_H
#define HEADROOM_SOLVER_MODEL_UNITS_H

#include "solver/plan.h"

/** Adds to a plan with its tables the units that it holds: as commitments behind the others, in
 * usd_per_hour, hour_usd and liability_usd. */
void model_units_hold(struct arena *arena, const struct plan_input *input, struct plan *plan);

/** Whether a plan may leave a candidate's units: they are not there to take over. */
bool model_units_may_close(const struct plan_input *input, int candidate);

/** What a plan (as model_units_hold gets it) holds of a candidate's units; false: none. */
bool model_units_held(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                      int candidate, struct plan_commitment *out);

/** Of the candidates whose units the plan holds and may leave, but those that are tried
 * [n_candidates], that one which saves least for its money; -1: none is left. */
int model_units_weakest(struct arena *arena, const struct plan_input *input,
                        const struct plan *plan, const bool *tried);

/** Why units are not held: what the plan costs an hour with what would be held of them, and
 * without; or, where no plan held them, its cost alone. */
const char *model_units_closed_words(struct arena *arena, const struct plan_commitment *held,
                                     double with_usd, double without_usd);
const char *model_units_unheld_words(struct arena *arena, double usd);

/** While units are held, USD a mean hour, at what tokens cost on demand; NAN: they are not sold so.
 */
struct units_use {
    double held_share;          /* of the horizon */
    double usage_usd;           /* of all requests of their workload */
    double covered_usd;         /* of those sent to them */
    double least_usd, most_usd; /* usage of an hour */
};
/** @param commitment  index in the plan's, of model units */
struct units_use model_units_use(const struct plan_input *input, const struct plan *plan,
                                 int commitment);

#endif
