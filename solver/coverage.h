/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Whole instances where policy limits what commitments may cover.
 *
 *  The limit is a share of regular instance hours, so what runs on spot counts against it: fleets
 * chosen hour by hour take spot wherever it is cheaper, and then a whole reserved instance can be
 * more than the share allows, though it would fit beside a few more hours on demand. So the plan is
 * also made without spot, and of that one as many hours are moved to spot as the limit leaves room
 * for, those first that save most for the room they take. The cheaper of the two is kept. */
#ifndef HEADROOM_SOLVER_COVERAGE_H
#define HEADROOM_SOLVER_COVERAGE_H

#include "solver/whole.h"

/** As whole_plan, and never dearer. */
bool coverage_plan(struct arena *arena, const struct market *market, const struct hourly_lp *hourly,
                   const struct lp_solution *solution, struct whole *out, struct err *err);

#endif
