/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The price at which an option that the plan does not use would be used, and what it would add
 * today: found by solving the programme again at other prices of that option alone, so every limit
 * (quotas, coverage, upfront, spot share) has its say.
 *
 *  The optimum V(r) is concave in one price r and constant where the option is not used. From r = 0
 * upwards, with V' the amount used there, r + (V0 - V(r)) / V' never passes the price at which V
 * meets V0, and reaches it in as many steps as V has corners before. One unit of the option at
 * today's price then adds at least (price - flip price) an hour, which is its reduced cost. For a
 * whole plan: plan_price_options (solver/plan.h). */
#ifndef HEADROOM_SOLVER_FLIP_H
#define HEADROOM_SOLVER_FLIP_H

#include "solver/what_if.h"

/** The price of an option in the market of a what-if, to read or to set; NULL for FLIP_NONE. An
 * on-demand price is given to the machine alone. */
double *flip_price(struct arena *arena, struct what_if *what_if, const struct plan_flip *flip);

/** How much of the option an optimum pays for: units held in the mean, instances, requests an hour.
 */
double flip_used(const struct market *market, const struct plan_flip *flip,
                 const struct what_if_answer *answer);

#endif
