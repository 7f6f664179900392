/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The plan written down hour by hour and priced: counts by candidate, what covers them, the cost
 * of each hour, and what each commitment is worth. */
#ifndef HEADROOM_SOLVER_PLAN_TABLE_H
#define HEADROOM_SOLVER_PLAN_TABLE_H

#include "solver/fleet.h"

/** All tables of the plan, zero. */
void plan_table_open(struct arena *arena, const struct market *market, struct plan *plan);

/** From slots to hours, without needless changes: an hour keeps the fleet of the hour before where
 * that one carries it at the same cost with as many instances. Then priced. */
void plan_table_fill(struct arena *arena, struct arena *scratch, const struct market *market,
                     const struct fleet *fleet, const double *amount, struct plan *plan);

/** Price counts and overflow shares as given [n_candidates * n_hours] under owned commitments. */
void plan_table_price(struct arena *arena, const struct market *market, const int32_t *regular,
                      const int32_t *spot, const int32_t *spot_in_zone,
                      const double *overflow_share, struct plan *plan);

/** A pool's amount as a commitment that is bought; of what is owned, that.
 *  @param zone  1.. of a zonal one: where it is; else 0 */
struct commitment plan_table_as_sold(struct arena *arena, const struct market *market, int pool,
                                     int zone, double amount);

#endif
