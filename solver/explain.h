/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Why each candidate and purchase option that the plan does not use is not used: one sentence with
 * its numbers. */
#ifndef HEADROOM_SOLVER_EXPLAIN_H
#define HEADROOM_SOLVER_EXPLAIN_H

#include "solver/cover.h"

/** @param plan       counts and commitments filled; its rejections are set
 *  @param amount     [n_pools] what is held
 *  @param alone_usd  [n_candidates] whole.h; NULL when nothing was chosen
 *  @param amount may be NULL with it: then only what the market excludes is listed
 *  @param closed     [n_candidates] why one that is paid by use was left, NULL: it was not; NULL:
 *                    none was */
void explain_rejections(struct arena *arena, const struct market *market, const double *amount,
                        const double *alone_usd, const char *const *closed, struct plan *plan);

#endif
