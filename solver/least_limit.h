/* SPDX-License-Identifier: GPL-3.0-or-later */
/** To what a limit over many hours has to be raised: a budget, a limit of carbon. */
#ifndef HEADROOM_SOLVER_LEAST_LIMIT_H
#define HEADROOM_SOLVER_LEAST_LIMIT_H

#include "solver/coupled.h"

/** The least limit that was found to have a plan in whole instances: the search with the limit
 * raised, and with it of all rows that share it, to what the plan then comes to and to halves of
 * what is left, as long as that falls. Other rows stay as they are.
 *  @param gap    what the plan without it breaks
 *  @param bound  what no plan comes below, <= gap->reached
 *  @param least  out: <= gap->reached; NAN: with gap->reached none was found
 *  @return false, *err set, when the solver fails */
bool least_limit(struct arena *arena, const struct market *market, const struct coupling_gap *gap,
                 double bound, double *least, struct err *err);

#endif
