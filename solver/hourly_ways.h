/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What hourly_lp.c makes its rows and columns of, beside the ways' figures that solver/hourly_lp.h
 * has for everybody. */
#ifndef HEADROOM_SOLVER_HOURLY_WAYS_H
#define HEADROOM_SOLVER_HOURLY_WAYS_H

#include "solver/hourly_lp.h"

/** Fills ways, unit and pool_dropped of `out`, whose market, relaxation and rows are set. Nothing
 * is dropped where rows are relaxed. */
void hourly_lp_open_ways(struct arena *arena, struct hourly_lp *out);

/** What a unit of the way takes of a limit: vCPU of a quota, instances of a supply; 0: nothing. */
double hourly_lp_limit_draw(const struct market *market, const struct way *way, int limit);

/** What a request a second on the way counts in the coverage row. */
double hourly_lp_coverage_per_request(const struct market *market, const struct way *way);

#endif
