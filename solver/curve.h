/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a plan costs against how much is committed to: for each of its main commitments the whole
 * curve from nothing to all that could be of use.
 *
 *  At every level, as it is sold, instances are chosen anew in whole numbers with exactly that much
 * of the commitment and the other purchases as they are (a search: at most the cost of the plan's
 * own instances). Beside it stands the theoretical minimum with that much: the programme solved
 * again, all else free. The cost is nearly flat around its least, so the least commitment that
 * still saves 95 % of what the best level saves against none is told too. */
#ifndef HEADROOM_SOLVER_CURVE_H
#define HEADROOM_SOLVER_CURVE_H

#include "solver/plan.h"

#define CURVE_NEAR 0.95 /* of the best saving */

struct curve_point {
    double units;          /* instances, or USD an hour of a plan */
    double commitment_usd; /* an hour */
    double programme_usd;  /* an hour, the theoretical minimum; INFINITY: a limit forbids it */
    double plan_usd;       /* an hour, whole instances chosen anew; INFINITY: none carry it */
};

struct commitment_curve {
    const char *name;
    bool is_plan;    /* units are USD an hour */
    double unit_usd; /* an hour, of one unit */
    double planned;  /* units that the plan buys */
    int n;
    const struct curve_point *points; /* [n] rising in units, the first 0 */
    double best_units, best_usd;      /* the cheapest level that no limit forbids */
    double near_units,
        near_usd; /* the least within 5 % of its best saving, if points[0] is a plan */
};

/** Curves of the commitments that the plan buys, the dearest first, at most `most` of them and none
 * below a tenth of what is bought.
 *  @param input  of the plan */
bool curve_commitments(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                       int most, const struct commitment_curve **curves, int *n, struct err *err);

#endif
