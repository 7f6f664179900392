/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Spot from zone to zone, hour by hour: a programme of single hours moves for the least difference
 * in price, and each move boots instances anew.
 *
 *  Of a candidate whose spot is all in one zone (or all spread evenly) in an hour, the zones of a
 * planning week are chosen again for the least
 *
 *      Sum_h n_h usd_zh + Sum_h [moved at h] min(n_h-1, n_h) x spot_move_hours x usd_zh
 *
 * by dynamic programming over hours and zones; counts stay as they are, so what carries the demand
 * does. Hours in which it is in several zones stay as they are. */
#ifndef HEADROOM_SOLVER_ZONE_MOVES_H
#define HEADROOM_SOLVER_ZONE_MOVES_H

#include "solver/market.h"

/** @param spot  [n_candidates * n_hours]
 *  @param spot_in_zone  as in struct plan, in place */
void zone_moves_settle(struct arena *scratch, const struct market *market, const int32_t *spot,
                       int32_t *spot_in_zone);

#endif
