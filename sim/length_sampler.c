/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cubic in each of 256 cells of u, through the exact curve at the cell's four Chebyshev points.
 * Where the curve is nearly a polynomial of degree 4 over the cell, the cubic's error is largest at
 * the five extrema of the Chebyshev polynomial; it is measured there, and four times that is
 * allowed for. A value that lies no nearer than this to where rounding changes is certain; the
 * others, and the tails, where the curve is steep, are computed exactly. Cells are filled when
 * first drawn from: short runs do not pay for all. */
#include "sim/length_sampler.h"

#include <math.h>

#include "base/err.h"
#include "sim/traffic_generate.h"

#define SLACK_LEAST 1e-6 /* far above the rounding errors of either way below TOKENS_MAX */
#define SLACK_MOST 0.1   /* above, the exact way would be needed too often */
#define TOKENS_MAX 1e8

struct length_sampler length_sampler_open(struct arena *arena,
                                          const struct length_distribution *lengths) {
    bool smooth = lengths->kind == LENGTH_LOGNORMAL;
    return (struct length_sampler){
        lengths, smooth ? arena_new(arena, struct length_cell, LENGTH_CELLS) : NULL};
}

static double cubic(const struct length_cell *cell, double at) {
    return cell->c[0] + at * (cell->c[1] + at * (cell->c[2] + at * cell->c[3]));
}

/* Through (x[i], y[i]): Newton's divided differences, multiplied out. */
static void interpolate(const double x[4], const double y[4], double c[4]) {
    double d[4] = {y[0], y[1], y[2], y[3]};
    for (int order = 1; order < 4; order++)
        for (int i = 3; i >= order; i--)
            d[i] = (d[i] - d[i - 1]) / (x[i] - x[i - order]);
    c[0] = d[3];
    c[1] = c[2] = c[3] = 0;
    for (int i = 2; i >= 0; i--) {
        for (int k = 3; k > 0; k--)
            c[k] = c[k - 1] - x[i] * c[k];
        c[0] = d[i] - x[i] * c[0];
    }
}

/* Rare: kept out of the way of what every request goes through. */
__attribute__((noinline)) static void fill(const struct length_distribution *lengths, int index,
                                           struct length_cell *cell) {
    static const double nodes[] = {0.0380602337443566, 0.308658283817455, 0.691341716182545,
                                   0.961939766255643};
    static const double extrema[] = {0, 0.146446609406726, 0.5, 0.853553390593274, 1};
    double y[4], error = 0;
    cell->slack = INFINITY;
    if (index == 0 || index == LENGTH_CELLS - 1)
        return;
    for (int i = 0; i < 4; i++) {
        y[i] = length_unrounded(lengths, (index + nodes[i]) / LENGTH_CELLS);
        if (!(y[i] <= TOKENS_MAX))
            return;
    }
    interpolate(nodes, y, cell->c);
    for (int i = 0; i < 5; i++) {
        double exact = length_unrounded(lengths, (index + extrema[i]) / LENGTH_CELLS);
        error = fmax(error, fabs(cubic(cell, extrema[i]) - exact));
    }
    double slack = 4 * error + SLACK_LEAST;
    if (slack <= SLACK_MOST)
        cell->slack = slack;
}

int32_t length_sampler_at(struct length_sampler *sampler, double u) {
    const struct length_distribution *lengths = sampler->lengths;
    if (!sampler->cells)
        return length_at(lengths, u);
    double place = u * LENGTH_CELLS;
    int index = (int)place;
    struct length_cell *cell = &sampler->cells[index];
    if (cell->slack == 0)
        fill(lengths, index, cell);
    if (cell->slack > SLACK_MOST)
        return length_at(lengths, u);
    double moved = cubic(cell, place - index) + 0.5; /* whole below it: the rounded length */
    int32_t rounded = (int32_t)moved;
    double past = moved - rounded;
    if (past < cell->slack || past > 1 - cell->slack)
        return length_at(lengths, u);
    return rounded < lengths->min ? lengths->min : rounded > lengths->max ? lengths->max : rounded;
}
