/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Between which prices an option is first used, told without solving again.
 *
 *  From above: the prices that prove the optimum bound the optimum at any price of one option
 * (docs/ model.md 5.2), so what it saves at most is a sum over slots. From below: where the option
 * takes over what another way carries, within the rows as they are, is a plan, so what it saves at
 * least is a sum too. Where both begin to save at one price that is the flip price; else the
 * programme is solved again, between the two. */
#ifndef HEADROOM_SOLVER_FLIP_BOUNDS_H
#define HEADROOM_SOLVER_FLIP_BOUNDS_H

#include "solver/what_if.h"

/** What all options of a plan share. */
struct flip_bounds {
    const struct what_if_base *base;
    double *plain, *spot; /* [n_workloads * n_slots] least that a request/s costs at the prices that
                             prove the optimum; on spot INFINITY where there is none */
    double *room;         /* [n_slots * n_rows] that nothing uses */
    double *spot_room;    /* [n_workloads * n_slots] requests/s */
};

/** @param base  known, without rows over many hours; outlives it */
void flip_bounds_open(struct arena *arena, const struct what_if_base *base,
                      struct flip_bounds *out);

/** The price of the option, in the market's units, is `today` in the base. Above *above it saves
 * less than `same` USD an hour, below *below it saves more; *below is 0 where nothing is known, and
 * *above is 0 when it saves nothing even at `least`. */
void flip_bounds_find(const struct flip_bounds *bounds, const struct plan_flip *flip, double today,
                      double least, double same, double *below, double *above);

#endif
