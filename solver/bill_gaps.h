/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the provider's rules add to the same usage at the programme's prices: the bill stands
 * beside the cheapest way to pay for what was used, and all that lies between has its cause.
 *
 *  Rules are left out one after the other, in the order of the causes below from the last to the
 * second, and the usage is billed again; the cheapest allocation of commitments in each clock hour,
 * a linear programme, is the end. So the causes add up to the difference exactly, to the
 * nano-dollar. One of a rule that is left out later is without those before it.
 *
 *  With usage of others on the ledger the order is not taken apart: theirs comes first by rule. */
#ifndef HEADROOM_SOLVER_BILL_GAPS_H
#define HEADROOM_SOLVER_BILL_GAPS_H

#include "pricing/bill.h"

enum bill_cause {
    BILL_CAUSE_ORDER,     /* commitments in the provider's order, not the cheapest */
    BILL_CAUSE_SECONDS,   /* held capacity by the second, not by the clock hour */
    BILL_CAUSE_FREE_HOUR, /* <= 0 */
    BILL_CAUSE_TIERS,     /* volume tiers, not the first rate; a study adds what the calendar months
                             of tiers and GB-months make of it */
    BILL_CAUSE_MINIMUM,   /* 60 s a launch */
    BILL_CAUSES
};

/** billed = least + Sum cause. */
struct bill_gaps {
    usd_nano billed, least;
    usd_nano cause[BILL_CAUSES];
};

/** "commitments in the provider's order", ... */
const char *bill_cause_words(enum bill_cause cause);

/** @param input  as for bill_compute, nothing left out
 *  @return false, *err set, as bill_compute, and when the solver gives up */
bool bill_gaps_find(struct arena *arena, const struct bill_input *input, struct bill_gaps *out,
                    struct err *err);

#endif
