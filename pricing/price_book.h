/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A price book: one CSV row a rate, each with its unit, source, as-of date and status.
 *
 *  First line `headroom_price_book,1,<name>,USD`, then a header row naming these columns, in any
 *  order ('?': may be left out):
 *
 *    kind                      instance | function | token_api | transfer | storage
 *    sku, region               p5.48xlarge, us-east-1
 *    ?zone                     spot, capacity_block: the zone whose rate this is, as the provider
 *                              names it (use1-az4); empty: the whole region
 *    ?alias                    further names of the SKU, separated by blanks
 *    option                    on_demand | spot | reserved_standard | reserved_convertible |
 *                              plan_ec2 | plan_compute | plan_sagemaker | capacity_block
 *                              (instances)
 *                              on_demand | provisioned | plan_compute (functions)
 *                              on_demand | batch | flex | priority | provisioned |
 *                              provisioned_1m | provisioned_6m (token APIs; provisioned: a model
 *                              unit without a term, for one or for six months)
 *                              on_demand (transfer, storage)
 *    ?term, ?payment           1y | 3y ; no_upfront | partial_upfront | all_upfront (commitments)
 *    unit                      hour (instances, model units) | GB-second | 1M requests |
 *                              1M input tokens | 1M output tokens | 1M cached input tokens |
 *                              GB-second held (functions, provisioned: whether used or not) |
 *                              provisioned GB-second (functions, plan_compute: of calls on
 *                              provisioned copies) |
 *                              GB (transfer; like those of storage 2^30 bytes, pricing/usage.h) |
 *                              GB-month, GB read, 1K reads, 1K writes (storage; writes: objects
 *                              put there, by upload or by a lifecycle rule), IOPS-month,
 *                              MBps-month (volumes: what is provisioned of them for a month);
 *                              GB-month unread 30 days, GB-month unread 90 days, 1K objects
 *                              (tiered: kept since its last read so long ago; each month's
 *                              watching of a thousand objects)
 *    ?above                    on_demand of functions and transfer, GB-month of storage: a volume
 *                              tier. The rate of what a month uses above so many units (whole;
 *                              GB-seconds, millions of requests, GB); IOPS-month: of what one
 *                              volume has above so many. Empty or 0: from the first one on, and
 *                              every tier stands on such a row
 *    ?included                 IOPS-month, MBps-month: what each volume has without charge; it is
 *                              told by the first tier; empty: 0
 *    ?currency                 empty or the book's; nothing is converted
 *    usd                       exact decimal > 0, at most 12 decimals; commitments: effective
 *                              hourly rate over the term = (upfront fee + all hourly fees) / hours
 *                              of the term, 8760 a year
 *    ?usd_upfront              reserved, partial_upfront: the fee at purchase, less than the whole
 *                              cost; empty: half of it. The hourly fee is what remains, of what is
 *                              bought and of what is owned already
 *    ?usd_low, ?usd_high       range by zone around usd (spot of a region), both or none
 *    ?interruptions_per_month  spot: share of instances the provider reclaims in a month (0.05)
 *    ?effective_from           first day of this rate, YYYY-MM-DD; empty: since ever. Of several
 *                              rows of one rate the newest that has begun counts
 *    ?access                   storage, GB-month: instant | delayed | tiered (objects; tiered: at
 *                              once, at a rate that falls while nobody reads them), block | file
 *                              (mounted by instances)
 *    ?zones_kept               the same: in how many zones a copy is
 *    ?days_min                 the same: data that leave before are billed until then; empty: 0
 *    ?object_kib_min           the same: smaller objects are billed as so large; empty: 0
 *    ?free                     the same: which of retrieval, reads and writes cost nothing,
 *                              separated by blanks; of all others the tier needs a row
 *    status                    published | secondary | estimated
 *    ?rule                     estimate rule, exactly when status is estimated
 *    source, as_of             where the figure was read; the day it was true, YYYY-MM-DD
 *
 *  A rate is one kind, sku, region, zone, option, term, payment, unit and tier. Two rows of one
 *  rate with the same effective_from are an error. Books lie in layers, the shipped one below those
 *  of the user: a rate is that of the uppermost layer in which one has begun (price_book_stack).
 *  Rates that all layers lack are made by price_rules.h, marked estimated; a rate no rule covers
 *  stays unknown. Tiers of storage are put together by storage.h. All mistakes of a file are
 *  reported in one pass. Reading is one pass and one sort; a book that stands in order is not
 *  sorted again. */
#ifndef HEADROOM_PRICING_PRICE_BOOK_H
#define HEADROOM_PRICING_PRICE_BOOK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"
#include "pricing/offer.h"

/* name, word of the file, words for people */
/* clang-format off */
#define PRICE_OPTIONS(X) \
    X(ON_DEMAND, "on_demand", "on demand") \
    X(SPOT, "spot", "spot") \
    X(RESERVED_STANDARD, "reserved_standard", "reserved standard") \
    X(RESERVED_CONVERTIBLE, "reserved_convertible", "reserved convertible") \
    X(PLAN_EC2, "plan_ec2", "EC2 Instance plan") \
    X(PLAN_COMPUTE, "plan_compute", "Compute plan") \
    X(PLAN_SAGEMAKER, "plan_sagemaker", "SageMaker plan") \
    X(CAPACITY_BLOCK, "capacity_block", "capacity block") \
    X(BATCH, "batch", "batch") \
    X(FLEX, "flex", "flex") \
    X(PRIORITY, "priority", "priority") \
    X(PROVISIONED, "provisioned", "provisioned") \
    X(PROVISIONED_1M, "provisioned_1m", "1-month provisioned") \
    X(PROVISIONED_6M, "provisioned_6m", "6-month provisioned")
#define PRICE_UNITS(X) \
    X(HOUR, "hour", "hourly") \
    X(GB_SECOND, "GB-second", "GB-second") \
    X(MILLION_REQUESTS, "1M requests", "request") \
    X(MILLION_INPUT_TOKENS, "1M input tokens", "input token") \
    X(MILLION_OUTPUT_TOKENS, "1M output tokens", "output token") \
    X(MILLION_CACHED_TOKENS, "1M cached input tokens", "cached input token") \
    X(GB_SECOND_HELD, "GB-second held", "held GB-second") \
    X(GB, "GB", "gigabyte") \
    X(GB_MONTH, "GB-month", "GB-month") \
    X(GB_READ, "GB read", "retrieval") \
    X(THOUSAND_READS, "1K reads", "read") \
    X(THOUSAND_WRITES, "1K writes", "write") \
    X(IOPS_MONTH, "IOPS-month", "IOPS") \
    X(MBPS_MONTH, "MBps-month", "throughput") \
    X(GB_MONTH_30, "GB-month unread 30 days", "GB-month unread for 30 days") \
    X(GB_MONTH_90, "GB-month unread 90 days", "GB-month unread for 90 days") \
    X(THOUSAND_OBJECTS, "1K objects", "watching") \
    X(GB_SECOND_PROVISIONED, "provisioned GB-second", "provisioned GB-second")
/* clang-format on */
enum price_option {
#define X(name, word, words) PRICE_##name,
    PRICE_OPTIONS(X)
#undef X
        N_PRICE_OPTIONS
};
enum price_unit {
#define X(name, word, words) PER_##name,
    PRICE_UNITS(X)
#undef X
        N_PRICE_UNITS
};

struct price {
    enum offer_kind kind;
    enum price_option option;
    enum payment payment;
    enum price_unit unit;
    int term_years; /* 0 for all but commitments */
    enum price_status status;
    int layer; /* of the book, 0 the lowest */
    int line;
    const char *sku, *region, *zone /* "": the region */, *alias;
    int64_t above;    /* units a month; IOPS: of a volume */
    int64_t included; /* IOPS and throughput: free, of each volume */
    usd_pico rate, low, high;
    usd_pico upfront;               /* the fee at purchase where the book states it; else 0 */
    double interruptions_per_month; /* < 0 unknown */
    struct storage_terms storage;   /* of a GB-month */
    const char *effective_from;     /* "" since ever */
    const char *rule, *source, *as_of;
};

/** One further name of a SKU. */
struct price_alias {
    const char *name, *sku;
    int line, layer;
};

/** One file of a book. */
struct price_layer {
    const char *name, *file;
    char sha256[65];
    int n_rows;
};

struct price_book {
    const char *name; /* of the layers, "aws-2026-07 + mine" */
    const char *day;  /* on which the prices are in force; NULL: the newest are, begun or not */
    int n_layers;
    const struct price_layer *layers; /* [n_layers], the lowest first */
    int n_prices;
    const struct price *prices; /* the rates in force, in the order of price_compare_rates */
    int n_rows;
    const struct price *rows; /* with what a newer row or a layer hides or what has not begun: in
                                 the same order, of one rate by layer and date */
    int n_aliases;
    const struct price_alias *aliases; /* sorted by name, one row a name */
};

/** One file. Rows in any order. Of each rate the newest row is in force. The strings live in the
 * arena; the source is read to its end, not closed. */
bool price_book_read(struct arena *arena, struct source *source, struct price_book *out,
                     struct err_list *errs);

/** Layers as one book, the lowest first.
 *
 *  @param layers  [n_layers >= 1], each of one file
 *  @param day     YYYY-MM-DD: rows that begin later are not in force; NULL: the newest are
 *  @return false, when a layer says that a SKU is of another kind than a lower one does */
bool price_book_stack(struct arena *arena, const struct price_book *layers, int n_layers,
                      const char *day, struct price_book *out, struct err_list *errs);

/** Whether a row of the book begins after the book's day and is in force on the day it begins: no
 * upper layer has a rate of its own by then. Without a day none does. */
bool price_book_is_coming(const struct price_book *book, const struct price *row);

/** The shipped books (embedded). NULL name: the default book, aws-2026-07. NULL when there is none
 * of that name. */
struct source *price_book_shipped(struct arena *arena, const char *name, struct err *err);
int price_book_shipped_count(void);
const char *price_book_shipped_name(int index);

/** The SKU behind a name or alias, or NULL. */
const char *price_book_sku(const struct price_book *book, struct bytes name);
/** Names for "did you mean": all SKUs, sorted, then all aliases; [*n]. */
const char *const *price_book_names(const struct price_book *book, struct arena *arena, int *n);
/** The row of one rate, of the whole region and the first volume tier, or NULL. All but
 * commitments: term_years 0, PAY_NO_UPFRONT. */
const struct price *price_book_find(const struct price_book *book, const char *sku,
                                    const char *region, enum price_option option, int term_years,
                                    enum payment payment, enum price_unit unit);
/** As price_book_find, with the rates by zone and by volume: *n rows, first the region's, then by
 * zone and tier. NULL when there are none. */
const struct price *price_book_rates(const struct price_book *book, const char *sku,
                                     const char *region, enum price_option option, int term_years,
                                     enum payment payment, enum price_unit unit, int *n);
/** The order of rates: by sku, region, option, term, payment, unit, zone and tier; 0: the same. */
int price_compare_rates(const struct price *a, const struct price *b);
const char *price_kind_word(enum offer_kind kind);        /* as in the file */
const char *price_option_word(enum price_option option);  /* as in the file */
const char *price_option_words(enum price_option option); /* for people */
const char *price_unit_word(enum price_unit unit);
const char *price_unit_words(enum price_unit unit); /* "hourly", of "hourly rate" */
const char *price_status_word(enum price_status status);
const char *price_payment_word(enum payment payment);
bool price_book_has_region(const struct price_book *book, const char *sku, const char *region);

/** A discount of the user's contract: a percentage off what the provider would charge, after its
 * reserved instances and savings plans. So it is off every rate of the matching offers, reserved
 * ones and spot too, but moves no coverage: a plan's dollars are counted at list rates and cost
 * less by the discounts that are for all instances or, of an EC2 Instance plan, for its family. A
 * discount on one SKU, or on a family under a Compute plan, is not off the plan's rates. */
struct discount {
    const char *applies_to; /* "ec2" (all instances but SageMaker's ml. types and Fargate's tasks),
                               "sagemaker",
                               "lambda", "bedrock", "transfer", "storage", a family ("g6e"), a SKU
                               or an alias */
    double fraction;        /* 0..1; 1 leaves no rate: such a quote becomes unknown, never zero */
};

bool discount_is_for_offer(const struct price_book *book, const struct discount *discount,
                           const struct offer *offer);
/** @param family  of an EC2 Instance plan, NULL for others */
bool discount_is_for_plan(const struct discount *discount, enum commitment_kind kind,
                          const char *family);
/** An amount of list dollars under a plan, after the discounts. */
usd_nano discounts_on_plan(const struct discount *discounts, int n_discounts,
                           enum commitment_kind kind, const char *family, usd_nano list);

struct offer_request {
    const char *sku, *region;
    enum offer_tier tier;    /* token APIs */
    const char *quota_group; /* from the instance catalogue; copied into the offer */
    double vcpu;
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
