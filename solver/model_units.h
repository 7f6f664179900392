/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Model units of token APIs as a plan holds them.
 *
 *  A candidate of a provisioned tier is a fixed number of units. The programme spreads their price
 * over the mean requests of the workload (solver/use_price.h), which is a bound; here the plan that
 * was found pays for all the time for which they are held:
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
