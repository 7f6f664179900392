/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A price book: one CSV row a rate, each with its unit, source, as-of date and status.
 *
 *  First line `headroom_price_book,1,<name>,USD`, then a header row, then:
 *    kind             instance | function | token_api
 *    sku, region      p5.48xlarge, us-east-1
 *    alias            further names of the SKU, separated by blanks (may be empty)
 *    option           on_demand | spot | reserved_standard | reserved_convertible | plan_ec2 |
 * plan_compute term, payment    1y | 3y ; no_upfront | partial_upfront | all_upfront (commitments
 * only) unit             hour | GB-second | 1M requests | 1M input tokens | 1M output tokens usd
 * exact decimal > 0; commitments: effective hourly rate over the term usd_low, usd_high  range by
 * zone (spot), may be empty interruptions_per_month  spot: share of instances the provider reclaims
 * in a month (0.05), may be empty status           published | secondary | estimated rule estimate
 * rule, when status is estimated source, as_of    where and when the figure was read
 *
 *  Rates that a book lacks are made by the rules below, marked estimated; a rate no rule covers
 * stays unknown. Two rows for the same rate are an error. All mistakes of a file are reported in
 * one pass. */
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
};
enum price_unit {
    PER_HOUR,
    PER_GB_SECOND,
    PER_MILLION_REQUESTS,
    PER_MILLION_INPUT_TOKENS,
    PER_MILLION_OUTPUT_TOKENS
};

struct price {
    enum offer_kind kind;
    const char *sku, *region, *alias;
    enum price_option option;
    int term_years; /* 0 for on demand and spot */
    enum payment payment;
    enum price_unit unit;
    usd_pico rate, low, high;
    double interruptions_per_month; /* < 0 unknown */
    enum price_status status;
    const char *rule, *source, *as_of;
    int line;
};

struct price_book {
    const char *name, *file;
    char sha256[65];
    int n_prices;
    const struct price *prices; /* sorted by sku, region, option, term, payment, unit */
};

bool price_book_read(struct arena *arena, struct source *source, struct price_book *out,
                     struct err_list *errs);

/** The shipped books (embedded). NULL name: the default book, aws-2026-07. NULL when there is none
 * of that name. */
struct source *price_book_shipped(struct arena *arena, const char *name, struct err *err);
int price_book_shipped_count(void);
const char *price_book_shipped_name(int index);

/** The SKU behind a name or alias, or NULL. */
const char *price_book_sku(const struct price_book *book, struct bytes name);
/** Names for "did you mean": all SKUs; [*n]. */
const char *const *price_book_names(const struct price_book *book, struct arena *arena, int *n);
bool price_book_has_region(const struct price_book *book, const char *sku, const char *region);

/** A discount of the user's contract: percentage off every rate of the matching offers. */
struct discount {
    const char
        *applies_to; /* "ec2" (all instances), "lambda", "bedrock", a family ("g6e") or a SKU */
    double fraction; /* 0..1 */
};

struct offer_request {
    const char *sku, *region;
    const char *quota_group; /* from the instance catalogue; copied into the offer */
    int vcpu;
    bool accelerated;                           /* rule ri-1y-gpu is for accelerator types only */
    const struct commitment_terms *commitments; /* [n_commitments] wanted */
    int n_commitments;
    const struct discount *discounts; /* [n_discounts], multiplied one after the other */
    int n_discounts;
    bool estimates; /* false: `estimates: refuse` */
};

/** Everything the book and the rules know about one SKU in one region. Unknown rates carry their
 * reason; an unknown SKU is the caller's error to report (price_book_sku first). Estimate rules
 * (source: shared facts, July 2026): ri-payment   no/partial upfront = all-upfront effective
 * x 1.071/1.020 (1 y), x 1.149/1.064 (3 y) ri-1y-gpu    1-year all-upfront of accelerator types =
 * on demand x 0.588 sp-ec2       EC2 Instance savings plan = standard reserved instance of the same
 * term and payment sp-compute   Compute savings plan, no upfront = on demand x 0.739 (1 y), x 0.386
 * (3 y) spot-advisor on demand x (1 - Spot Advisor saving): done row by row in the book */
struct offer price_book_offer(const struct price_book *book, struct arena *arena,
                              const struct offer_request *request);

#endif
