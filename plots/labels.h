/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Where direct labels go: boxes that do not overlap and stay inside. */
#ifndef HEADROOM_PLOTS_LABELS_H
#define HEADROOM_PLOTS_LABELS_H

#include <stdbool.h>

struct point {
    double x, y;
};

struct box {
    double x, y, w, h; /* left, top; y grows downwards */
};

bool box_overlaps(struct box a, struct box b); /* touching is not overlapping */
bool box_inside(struct box inner, struct box outer);
bool box_crossed(struct box box, struct point a, struct point b); /* by the segment a-b */

/** Centres on a line, each as near to its wish as the others allow: least squares, order kept,
 * neighbours at least the mean of their sizes apart, all inside [lo, hi] (squeezed evenly when they
 * cannot be).
 *  @param wanted, size  [n], n <= 64
 *  @param placed        [n] out, in the order of `wanted` */
void labels_spread(const double *wanted, const double *size, int n, double lo, double hi,
                   double *placed);

/** A box of size w x h near `anchor` (a mark of the given radius) that lies in `bounds` and touches
 * none of `taken`: right, left, above, below, then further out. false: there is no room. */
bool labels_place(struct point anchor, double radius, double w, double h, struct box bounds,
                  const struct box *taken, int n_taken, struct box *out);

#endif
