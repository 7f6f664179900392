/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A row of engine steps in which nothing changes but that each is longer than the one before by
 * the same: its time in closed form, in integers, and the step at which a given time has passed. */
#ifndef HEADROOM_SIM_STEP_ROW_H
#define HEADROOM_SIM_STEP_ROW_H

#include <math.h>

#include "sim/ticks.h"

/* So many steps of at most an hour, and a rounding, never go beyond any replay. */
#define STEP_ROW_SAFE 4096

struct step_row {
    int64_t k;        /* its length; 0: none pending */
    sim_ticks first;  /* time of its first step */
    sim_ticks rise;   /* by which each step is longer than the one before */
    double per_first; /* 1 / first */
};

/** At most k steps; a row beyond any replay is shorter: in pieces it takes the same time. */
static inline struct step_row step_row_of(sim_ticks first, sim_ticks rise, int64_t k) {
    while (k > STEP_ROW_SAFE &&
           (ticks_sum)k * first + (ticks_sum)rise * (k * (k - 1) / 2) > TICKS_MAX)
        k /= 2;
    return (struct step_row){k, first, rise, 1 / (double)first};
}

/** S(j): the time of its first j steps; exact for j <= k because S(k) fits. */
static inline sim_ticks step_row_ticks(const struct step_row *row, int64_t j) {
    return j * row->first + row->rise * (j * (j - 1) / 2);
}

/* The root of S(j) = elapsed, nearly. Where steps grow little over the row, three terms of its
 * series do, and no step waits for a square root or a division. */
static inline double step_row_root(const struct step_row *row, double elapsed) {
    double rise = (double)row->rise, even = elapsed * row->per_first;
    double x = even * rise * row->per_first;
    if (x < 0.1)
        return even * (1 - x * (0.5 - 0.5 * x));
    double half = (double)row->first - rise / 2;
    return 2 * elapsed / (half + sqrt(half * half + 2 * rise * elapsed));
}

/** Fewest steps of the row, at least one, that take `elapsed` or more: the root in doubles, then
 * put right in integers. */
static inline int64_t step_row_reach(const struct step_row *row, sim_ticks elapsed) {
    double root = step_row_root(row, (double)elapsed);
    int64_t j = root < (double)row->k ? (int64_t)root : row->k;
    if (j < 1)
        j = 1;
    while (j > 1 && step_row_ticks(row, j - 1) >= elapsed)
        j--;
    while (j < row->k && step_row_ticks(row, j) < elapsed)
        j++;
    return j;
}

#endif
