/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Prices as lines of text and as JSON, and the books that the options of `headroom prices` name.
 */
#ifndef HEADROOM_CLI_PRICES_WORDS_H
#define HEADROOM_CLI_PRICES_WORDS_H

#include <jansson.h>

#include "cli/command.h"
#include "pricing/price_book.h"

enum { PRICE_COLUMNS = 37 }; /* of price_words, with blanks */

/** Exact, never with an exponent: a rate is shown with the digits it has. */
void append_rate(struct text *out, usd_pico rate);
/** "g6e.xlarge, us-east-1" on a line, unless the price before it (NULL: none) has the same. */
void append_price_head(struct text *out, const struct price *price, const struct price *before);
/** " above 10,240 a month", " beyond 3,000 of each volume": of which units the rate is. */
void append_bounds(struct text *line, const struct price *price);
/** "  reserved standard 1y all upfront    $1.09 per hour, published, 2026-07-20" behind a mark, in
 * lines of 80. */
void append_price(struct text *out, const char *mark, const struct price *price);
/** "on demand"; "reserved standard 1y all upfront" */
const char *price_words(struct arena *arena, const struct price *price);

/** "  coming   on demand    $1.5 per hour from 2027-01-01, until then $1.7, published, 2026-10-01"
 * of a row that is coming (price_book_is_coming). */
void append_coming(struct text *out, const struct price_book *book, const struct price *row);

json_t *price_json(const struct price_book *book, const struct price *price);

/** The shipped book, unless --alone, and those of --book over it, as in force on --as-of, else on
 * the day of the newest price in them: what begins later had not begun when they were read. false:
 * *code is the exit code, all told. */
bool prices_open(struct arena *arena, const struct arguments *arguments, struct price_book *out,
                 int *code);
/** Two books, each a shipped one by its name or any other by its path, as in force on one day:
 * --as-of, else that of the newest price in both. */
bool prices_open_two(struct arena *arena, const struct arguments *arguments,
                     const char *const names[2], struct price_book out[2], int *code);

/** prices_compare.c */
int prices_diff(struct arena *arena, const struct arguments *arguments);
int prices_break_even(struct arena *arena, const struct arguments *arguments,
                      const struct price_book *book, const char *sku);

#endif
