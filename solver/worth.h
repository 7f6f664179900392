/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a little more or less of each limit is worth: the theoretical minimum solved again with the
 * limit one step up and one step down. Solved again, not read off a dual: most prices of a
 * programme as degenerate as this hold for a thousandth of a per cent only, and the two directions
 * differ. */
#ifndef HEADROOM_SOLVER_WORTH_H
#define HEADROOM_SOLVER_WORTH_H

#include "solver/plan.h"

struct worth {
    const char *limit; /* "policy.upfront_max", "the quota for G instances" */
    const char *unit;  /* "USD", "%", "vCPU", "instances", "requests/s", "kg" */
    double now, step;  /* in units */
    double more_usd;   /* a month saved by a step more; NAN: there is no more (of 100 %) */
    double less_usd; /* a month added by a step less; INFINITY: nothing fits; NAN: there is none */
};

/** Of every limit that the input states: upfront, spot share, coverage, quotas, supply, what token
 * APIs and functions take, budgets, carbon.
 *  @param input  of a plan that fits */
bool worth_of_limits(struct arena *arena, const struct plan_input *input, const struct worth **rows,
                     int *n, struct err *err);

#endif
