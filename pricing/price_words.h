/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The words of a price book's cells: the one list that its reader takes them from, its writer puts
 * them from and messages name them by. */
#ifndef HEADROOM_PRICING_PRICE_WORDS_H
#define HEADROOM_PRICING_PRICE_WORDS_H

#include "pricing/price_book.h"

struct price_words {
    const char *what; /* the column */
    int n;
    const char *const *words; /* [n] by the value of their enum */
};

/** `price_terms`: of 1 and of 3 years. */
extern const struct price_words price_kinds, price_options, price_terms, price_payments,
    price_units, price_statuses, price_accesses, price_charges;
/** What a discount can be for beside families and SKUs: a group for each kind of offer, the last
 * for SageMaker's instance types. */
extern const struct price_words price_discount_groups;

#endif
