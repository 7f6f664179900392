/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Why nothing carries the demand, in the user's words and with the lines of the scenario: which
 * workload, which hour, how much is missing, what holds it back, and of the changes that work
 * the one whose plan costs least, in whole instances (solver/remedy.h). */
#ifndef HEADROOM_SOLVER_INFEASIBLE_H
#define HEADROOM_SOLVER_INFEASIBLE_H

#include "solver/coupled.h"

enum { INFEASIBLE_TEXT = 600 };

/** Workloads that nothing at all can serve: true, and `text` says so. */
bool infeasible_unserved(struct arena *arena, const struct market *market,
                         char text[INFEASIBLE_TEXT]);

/** Whether it is the policy alone that leaves such workloads nothing: their candidates can run. */
bool infeasible_by_policy(const struct market *market);

/** @param slot, workload  where whole instances failed although fractions fit; -1: the programme
 * itself is infeasible
 *  @return false, *err set, when the solver fails */
bool infeasible_explain(struct arena *arena, const struct market *market, int slot, int workload,
                        char text[INFEASIBLE_TEXT], struct err *err);

/** Which row over many hours cannot be kept, what it comes to at the least in whole instances and
 * in the programme, and the limits that work: of this row and of others that the same plan breaks.
 */
bool infeasible_coupling(struct arena *arena, const struct market *market,
                         const struct coupling_gap *gap, char text[INFEASIBLE_TEXT],
                         struct err *err);

#endif
