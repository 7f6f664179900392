/* SPDX-License-Identifier: GPL-3.0-or-later */
/** How long something takes that is not always the same: cold starts, keep-alives. Plain
 * parameters; a draw is by inversion, so the same bits give the same place in any distribution. */
#ifndef HEADROOM_SIM_DELAY_H
#define HEADROOM_SIM_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum delay_kind {
    DELAY_FIXED,     /* always `value_s` */
    DELAY_LOGNORMAL, /* median `value_s`, sigma of the logarithm */
    DELAY_TABLE,     /* quantiles, straight lines between them */
};

enum { DELAY_TABLE_MAX = 16 };

/** Zeroed: always 0 s. */
struct delay {
    enum delay_kind kind;
    double value_s;                                      /* fixed, lognormal: >= 0 */
    double sigma;                                        /* lognormal: 0 .. 10 */
    int n;                                               /* table: 2 .. DELAY_TABLE_MAX */
    double p[DELAY_TABLE_MAX], seconds[DELAY_TABLE_MAX]; /* p rising from 0 to 1, seconds >= 0 and
                                                            never falling */
};

static inline struct delay delay_fixed(double seconds) {
    return (struct delay){.value_s = seconds};
}

/** false, *err set ("WHAT must be ..."): the parameters make no sense. */
bool delay_check(const struct delay *delay, const char *what, struct err *err);
/** Never negative; at most a replay's length. */
double delay_at(const struct delay *delay, uint64_t bits);
double delay_mean_s(const struct delay *delay);
/** The quantile p, 0 < p < 1. */
double delay_quantile_s(const struct delay *delay, double p);

#endif
