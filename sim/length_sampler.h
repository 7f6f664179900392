/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Token lengths of many requests: length_sampler_at(s, u) is length_at(lengths, u), always,
 * several times as fast for lognormal lengths. */
#ifndef HEADROOM_SIM_LENGTH_SAMPLER_H
#define HEADROOM_SIM_LENGTH_SAMPLER_H

#include "base/arena.h"
#include "sim/traffic.h"

enum { LENGTH_CELLS = 256 };

/** u in [cell, cell + 1) / LENGTH_CELLS: tokens before rounding are the cubic c of u's place in the
 * cell, at most `slack` away. */
struct length_cell {
    double c[4];
    double slack; /* 0: not filled yet; INFINITY: not smooth enough */
};

struct length_sampler {
    const struct length_distribution *lengths;
    struct length_cell *cells; /* [LENGTH_CELLS]; NULL: no table for this kind */
};

struct length_sampler length_sampler_open(struct arena *arena,
                                          const struct length_distribution *lengths);
int32_t length_sampler_at(struct length_sampler *sampler, double u); /* 0 < u < 1 */

#endif
