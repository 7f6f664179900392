/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How much of an hour that is too much whole instances carry, as SIZE counts them. */
#ifndef HEADROOM_SOLVER_CARRIED_H
#define HEADROOM_SOLVER_CARRIED_H

#include "solver/market.h"

/** The most requests/s of a workload in one hour for which there is a plan in whole instances when
 * no other hour has any demand: inside quotas, supply and the policy; budgets and limits of carbon
 * are not looked at.
 *  @param slot    of the hour
 *  @param rates   [n_workloads] requests/s of the hour: of the workload the most that is asked for,
 *                 of others what they keep
 *  @param carried out: 0..rates[workload], to 1e-6 of it; NAN: not known, what the others keep
 *                 alone has no plan or they share what spot may carry
 *  @return false, *err set, when the solver fails */
bool carried_in_whole(struct arena *arena, const struct market *market, int slot, int workload,
                      const double *rates, double *carried, struct err *err);

#endif
