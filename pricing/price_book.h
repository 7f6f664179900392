/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A price book: one CSV row a rate, each with its unit, source, as-of date and status.
 *
 *  First line `headroom_price_book,1,<name>,USD`, then a header row naming these columns, in any
 *  order ('?': may be left out):
 *
 *    kind                      instance | function | token_api
 *    sku, region               p5.48xlarge, us-east-1
 *    ?alias                    further names of the SKU, separated by blanks
 *    option                    on_demand | spot | reserved_standard | reserved_convertible |
 *                              plan_ec2 | plan_compute (instances)
 *                              on_demand | provisioned (functions)
 *                              on_demand | batch | flex | priority | provisioned |
 *                              provisioned_1m | provisioned_6m (token APIs; provisioned: a model
 *                              unit without a term, for one or for six months)
 *    ?term, ?payment           1y | 3y ; no_upfront | partial_upfront | all_upfront (commitments)
 *    unit                      hour (instances, model units) | GB-second | 1M requests |
 *                              1M input tokens | 1M output tokens | 1M cached input tokens |
 *                              GB-second held (functions, provisioned: whether used or not)
 *    usd                       exact decimal > 0, at most 12 decimals; commitments: effective
 *                              hourly rate over the term
 *    ?usd_low, ?usd_high       range by zone around usd (spot), both or none
 *    ?interruptions_per_month  spot: share of instances the provider reclaims in a month (0.05)
 *    status                    published | secondary | estimated
 *    ?rule                     estimate rule, exactly when status is estimated
 *    source, as_of             where the figure was read; the day it was true, YYYY-MM-DD
 *
 *  Rates that a book lacks are made by price_rules.h, marked estimated; a rate no rule covers stays
 *  unknown. Two rows for the same rate are an error. All mistakes of a file are reported in one
 *  pass. */
#ifndef HEADROOM_PRICING_PRICE_BOOK_H
#define HEADROOM_PRICING_PRICE_BOOK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"
#include "pricing/offer.h"

enum price_option {
    PRICE_ON_DEMAND,
    PRICE_SPOT,
    PRICE_RESERVED_STANDARD,
    PRICE_RESERVED_CONVERTIBLE,
    PRICE_PLAN_EC2,
    PRICE_PLAN_COMPUTE,
    PRICE_BATCH,
    PRICE_FLEX,
    PRICE_PRIORITY,
    PRICE_PROVISIONED,
    PRICE_PROVISIONED_1M,
    PRICE_PROVISIONED_6M,
};
enum price_unit {
    PER_HOUR,
    PER_GB_SECOND,
    PER_MILLION_REQUESTS,
    PER_MILLION_INPUT_TOKENS,
    PER_MILLION_OUTPUT_TOKENS,
    PER_MILLION_CACHED_TOKENS,
    PER_GB_SECOND_HELD,
};

struct price {
    enum offer_kind kind;
    const char *sku, *region, *alias;
    enum price_option option;
    int term_years; /* 0 for all but commitments */
    enum payment payment;
    enum price_unit unit;
    usd_pico rate, low, high;
    double interruptions_per_month; /* < 0 unknown */
    enum price_status status;
    const char *rule, *source, *as_of;
    int line;
};

/** One further name of a SKU. */
struct price_alias {
    const char *name, *sku;
    int line;
};

struct price_book {
    const char *name, *file;
    char sha256[65];
    int n_prices;
    const struct price *prices; /* sorted by sku, region, option, term, payment, unit */
    int n_aliases;
    const struct price_alias *aliases; /* sorted by name, one row a name */
};

/** Rows in any order. The strings live in the arena; the source is read to its end, not closed. */
bool price_book_read(struct arena *arena, struct source *source, struct price_book *out,
                     struct err_list *errs);

/** The shipped books (embedded). NULL name: the default book, aws-2026-07. NULL when there is none
 * of that name. */
struct source *price_book_shipped(struct arena *arena, const char *name, struct err *err);
int price_book_shipped_count(void);
const char *price_book_shipped_name(int index);

/** The SKU behind a name or alias, or NULL. */
const char *price_book_sku(const struct price_book *book, struct bytes name);
/** Names for "did you mean": all SKUs, sorted, then all aliases; [*n]. */
const char *const *price_book_names(const struct price_book *book, struct arena *arena, int *n);
/** The row of one rate, or NULL. All but commitments: term_years 0, PAY_NO_UPFRONT. */
const struct price *price_book_find(const struct price_book *book, const char *sku,
                                    const char *region, enum price_option option, int term_years,
                                    enum payment payment, enum price_unit unit);
/** The order of a book's rows; 0: the same rate. */
int price_compare_rates(const struct price *a, const struct price *b);
bool price_book_has_region(const struct price_book *book, const char *sku, const char *region);

/** A discount of the user's contract: percentage off every rate of the matching offers. */
struct discount {
    const char *applies_to; /* "ec2" (all instances), "lambda", "bedrock", a family ("g6e"), a SKU
                               or an alias */
    double fraction;        /* 0..1; 1 leaves no rate: such a quote becomes unknown, never zero */
};

struct offer_request {
    const char *sku, *region;
    enum offer_tier tier;    /* token APIs */
    const char *quota_group; /* from the instance catalogue; copied into the offer */
    int vcpu;
    bool accelerated;                           /* rule ri-1y-gpu is for accelerator types only */
    const struct commitment_terms *commitments; /* [n_commitments] wanted */
    int n_commitments;
    const struct discount *discounts; /* [n_discounts], multiplied one after the other */
    int n_discounts;
    bool estimates; /* false: `estimates: refuse` */
};

/** Everything the book and the rules of price_rules.h know about one SKU in one region. Unknown
 * rates carry their reason; an unknown SKU is the caller's error to report (price_book_sku first).
 * With `estimates` false, rows marked estimated and rates made by a rule are unknown too. Discounts
 * come last, on listed and estimated rates alike. */
struct offer price_book_offer(const struct price_book *book, struct arena *arena,
                              const struct offer_request *request);

#endif
