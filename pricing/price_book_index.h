/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The rows of one file of prices together: their order, their aliases, and the mistakes that take
 * more than one row to see. */
#ifndef HEADROOM_PRICING_PRICE_BOOK_INDEX_H
#define HEADROOM_PRICING_PRICE_BOOK_INDEX_H

#include "pricing/price_book.h"

/** Sorts the rows and makes them and their aliases the book's.
 *  @param layer  names the file in messages; n_rows is set
 *  @param rows  [n] each read without a mistake; without any nothing is done
 *  @return false: mistakes added to *errs; the book has its rows all the same */
bool price_book_index(struct arena *arena, struct price_layer *layer, struct price *rows, size_t n,
                      struct price_book *book, struct err_list *errs);

#endif
