/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A whole plan seen from its market again: what is held of each pool, and the regular instances of
 * each hour that it can cover. */
#ifndef HEADROOM_SOLVER_HELD_H
#define HEADROOM_SOLVER_HELD_H

#include "solver/cover.h"

struct held {
    struct market market;
    struct cover_order order;
    int n_hours;
    double *amount; /* [n_pools] */
    double *units;  /* [n_hours * n_goods] index hour * n_goods + good: regular instances */
    double *share;  /* [n_hours] of the horizon */
    int *pool_of;   /* [plan->n_commitments] -1: model units, which are in no pool */
};

/** @param input  of the plan, which must outlive it */
bool held_open(struct arena *arena, const struct plan_input *input, const struct plan *plan,
               struct held *out, struct err *err);

/** The most of a pool that is of use in some hour: what would cover all that it can. */
double held_most(const struct held *held, int pool);

#endif
