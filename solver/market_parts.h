/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The steps of market_open, one file each; nobody else calls them. */
#ifndef HEADROOM_SOLVER_MARKET_PARTS_H
#define HEADROOM_SOLVER_MARKET_PARTS_H

#include "solver/market.h"

/** market_check.c: false: *err says which number is bad. */
bool market_check(const struct plan_input *input, struct err *err);

/** Why something cannot be used. @param candidate  -1: a commitment */
void market_exclude(struct arena *arena, struct market *market, int candidate, const char *option,
                    const char *reason);
/** "no rate: ..." with what the price book says of it. */
const char *market_no_rate(struct arena *arena, const struct quote *quote);

/** market_spot.c: prices and availability of a machine's spot, and whether it may run there at all.
 */
void market_price_spot(struct arena *arena, const struct plan_input *input,
                       struct machine *machine);

/** market_spot.c: so much more, USD/h, for each hour in which it runs. */
void market_add_to_spot(struct arena *arena, const struct plan_input *input,
                        struct machine *machine, double usd);

/** market_spot.c: whether spot is the same in both hours, whatever machine. */
bool market_same_spot(const struct market *market, int hour, int other);

/** market_function.c: goods of what plans may cover of functions; what a bought plan charges for
 * one; what a unit of such a good takes of a plan with these rates, 0: not covered. */
void market_add_functions(struct market *market);
struct function_plan_rates market_function_rates(const struct offer *offer,
                                                 const struct commitment_terms *terms);
double market_function_use(const struct market *market, int good,
                           const struct function_plan_rates *rates);

/** market_pools.c: what is owned and what may be bought; after goods. Where on demand is not
 * allowed, machines that nothing covers lose their regular capacity. */
void market_add_pools(struct arena *arena, struct market *market);

/** market_slots.c: the hours merged, with their demand and what of each pool is open in them; after
 * pools, whose `held` it fills. */
void market_add_slots(struct arena *arena, struct market *market);

/** market_loss.c: the figures of losses; after slots and machines. */
void market_add_losses(struct arena *arena, struct market *market);

/** coupling.c: budgets and the limit of carbon; after slots and machines. */
void market_add_couplings(struct arena *arena, struct market *market);

#endif
