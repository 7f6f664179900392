/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Numbers with their units, as people write them: 500ms, 40%, 3%/month, $1.2M, 400 tokens. Each
 * kind of quantity has one base unit; the text is read once and everything after works in base
 * units. A number without its unit is refused, so that 0.5 never means 50 % to one reader and half
 * a percent to another. No thousands separators, no signs but '-' and '+', no locale. */
#ifndef HEADROOM_SCENARIOS_QUANTITY_H
#define HEADROOM_SCENARIOS_QUANTITY_H

#include <stdbool.h>

#include "base/text.h"

/* name, words for people, example; the base unit is told in quantity.c beside the units */
#define QUANTITY_KINDS_LIST(X)                                                                     \
    X(NUMBER, "a number", "1.5")                                                                   \
    X(COUNT, "a whole number", "12")                                                               \
    X(DURATION, "a duration", "500ms")                                                             \
    X(MONEY, "an amount of money", "600 kUSD")                                                     \
    X(MONEY_RATE, "a money rate", "40 USD/h")                                                      \
    X(SHARE, "a percentage", "40%")                                                                \
    X(GROWTH, "a growth rate", "3%/month")                                                         \
    X(RATE, "a request rate", "20 req/s")                                                          \
    X(TOKENS, "a number of tokens", "400 tokens")                                                  \
    X(TOKEN_RATE, "a token rate", "300K tokens/min")                                               \
    X(MEMORY, "a memory size", "2048 MB")                                                          \
    X(VCPU, "a number of vCPU", "768 vCPU")                                                        \
    X(DATA_RATE, "a data rate", "50 GB/s")                                                         \
    X(DATA_SIZE, "a size of data", "4 MiB")                                                        \
    X(DATA_MONTHLY, "a monthly amount of data", "500 GB/month")                                    \
    X(MASS, "a mass", "120 t")                                                                     \
    X(CARBON_PRICE, "a price of carbon", "100 USD/t")

enum quantity_kind {
#define X(name, words, example) QUANTITY_##name,
    QUANTITY_KINDS_LIST(X)
#undef X
        QUANTITY_KINDS
};

/** In base units: seconds, USD, USD/h, fractions (shares and growth; growth per month,
 * compounding), requests per second, tokens, tokens per second, MB as functions are sized (1 GB =
 * 1024 MB), vCPU, bytes per second (1 GB/s = 1e9), MiB of data, bytes a month, kg.
 */
struct quantity {
    double value;
    struct bytes number, unit; /* as written; a money form "$3K" has number "3" and unit "K" */
};

enum quantity_problem {
    QUANTITY_FINE,
    QUANTITY_NOT_A_NUMBER,
    QUANTITY_SEPARATOR, /* 1,000 or 1_000 */
    QUANTITY_NOT_WHOLE, /* counts */
    QUANTITY_UNIT_MISSING,
    QUANTITY_UNIT_UNKNOWN, /* or a unit on a plain number */
};

/** Read the whole of `in` (blanks at the ends and before the unit allowed). *out is complete when
 * QUANTITY_FINE; its number and unit are set for the unit problems too. */
enum quantity_problem quantity_parse(enum quantity_kind kind, struct bytes in,
                                     struct quantity *out);

const char *quantity_words(enum quantity_kind kind);
const char *quantity_example(enum quantity_kind kind);
/** Kinds without unit: NUMBER and COUNT. */
bool quantity_is_plain(enum quantity_kind kind);
/** "ms, s, min, h, d"; "" for plain kinds. */
void quantity_append_units(enum quantity_kind kind, struct text *out);
/** The unit that is nearest to a wrong one, or NULL. */
const char *quantity_nearest_unit(enum quantity_kind kind, struct bytes unit);
/** A regular expression (POSIX extended and ECMA 262) that matches what quantity_parse accepts,
 * ranges aside. */
void quantity_append_pattern(enum quantity_kind kind, struct text *out);

#endif
