/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What changed from one price book to another: the rates in force of both, in their order. */
#ifndef HEADROOM_PRICING_PRICE_DIFF_H
#define HEADROOM_PRICING_PRICE_DIFF_H

#include "pricing/price_book.h"

enum price_change {
    PRICE_ADDED,
    PRICE_REMOVED,
    PRICE_CHANGED,  /* the rate */
    PRICE_RESTATED, /* the same rate of another status or rule (an estimate that was published), or
                       with other terms: what is free of a volume, the fee at purchase, the minimum
                       days and object of a tier, its charges */
};

struct price_difference {
    enum price_change change;
    const struct price *before, *after; /* NULL where there is none */
    double fraction;                    /* changed: after / before - 1; else 0 */
};

struct price_diff {
    int n, n_unchanged;
    const struct price_difference *items;
};

/** O(rows of both). A newer source or day of the same rate is no change. */
struct price_diff price_book_diff(struct arena *arena, const struct price_book *before,
                                  const struct price_book *after);

/** Whether two rows of one rate are paid otherwise though the rate may be the same: what is
 * included, the fee at purchase, the terms of a tier. */
bool price_terms_differ(const struct price *before, const struct price *after);

const char *price_change_word(enum price_change change); /* "added" */

#endif
