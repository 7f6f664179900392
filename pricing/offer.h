/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What one thing costs, every way it can be bought: the table that the simulator, the solver and
 * the biller share.
 *
 *  An offer is one SKU in one region: an instance type, a function architecture, a token API, a
 * kind of data transfer or a tier of storage. Instance types named ml.* are SageMaker's: the same
 * machine under another service's price, which EC2's commitments do not reach. Rates are exact
 * (usd_pico). A rate that no source and no rule gives is `known = false` with its reason, never
 * zero. Effective rate of a commitment = everything paid over its term / hours of the term (1 year
 * = 8760 h). */
#ifndef HEADROOM_PRICING_OFFER_H
#define HEADROOM_PRICING_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"

/* Lists are counted apart from their enums, so that a switch over one needs no case for it. */
#define COUNT_ONE(...) +1

/* name, word of the book, group that discounts name */
/* clang-format off */
#define OFFER_KINDS(X) \
    X(INSTANCE, "instance", "ec2") \
    X(FUNCTION, "function", "lambda") \
    X(TOKEN_API, "token_api", "bedrock") \
    X(TRANSFER, "transfer", "transfer") \
    X(STORAGE, "storage", "storage")
/* clang-format on */
enum offer_kind {
#define X(name, word, group) OFFER_##name,
    OFFER_KINDS(X)
#undef X
};

#define PRICE_STATUSES(X)                                                                          \
    X(PUBLISHED, "published") X(SECONDARY, "secondary") X(ESTIMATED, "estimated")
enum price_status {
#define X(name, word) PRICE_##name,
    PRICE_STATUSES(X)
#undef X
};

/** How a token API is bought; functions and instances are standard. Bedrock: on-demand tokens,
 * batches of a day, the flex and priority service tiers, and model units by the hour without a term
 * or for one or six months. */
/* clang-format off */
#define OFFER_TIERS_LIST(X) \
    X(STANDARD, "standard") \
    X(BATCH, "batch") \
    X(FLEX, "flex") \
    X(PRIORITY, "priority") \
    X(PROVISIONED, "provisioned") \
    X(PROVISIONED_1M, "provisioned_1m") \
    X(PROVISIONED_6M, "provisioned_6m")
/* clang-format on */
enum offer_tier {
#define X(name, word) TIER_##name,
    OFFER_TIERS_LIST(X)
#undef X
        OFFER_TIERS
};

/** A block and a reservation hold capacity: a block is paid as a whole for a time set in advance, a
 * reservation by the second at the on-demand rate. Model units of a token API are held by the hour,
 * or for a term of months (offer_tier_term_months), and paid whether requests come or not. */
enum commitment_kind {
    COMMIT_RESERVED_STANDARD,
    COMMIT_RESERVED_CONVERTIBLE,
    COMMIT_PLAN_EC2,
    COMMIT_PLAN_COMPUTE,
    COMMIT_PLAN_SAGEMAKER,
    COMMIT_CAPACITY_BLOCK,
    COMMIT_CAPACITY_RESERVATION,
    COMMIT_MODEL_UNITS,
};
/* name, word of the book, words for people */
#define PAYMENTS(X)                                                                                \
    X(NO_UPFRONT, "no_upfront", "no upfront")                                                      \
    X(PARTIAL_UPFRONT, "partial_upfront", "partial upfront")                                       \
    X(ALL_UPFRONT, "all_upfront", "all upfront")
enum payment {
#define X(name, word, words) PAY_##name,
    PAYMENTS(X)
#undef X
};
enum { HOURS_PER_TERM_YEAR = 8760 };

/** A volume tier: `rate` holds for what a month's use of the whole organisation exceeds `from` by;
 * of IOPS, what those of one volume do. */
struct price_tier {
    int64_t from; /* in the quote's unit, > 0 */
    usd_pico rate;
};

struct quote {
    bool known;
    usd_pico rate;      /* per the unit its place says */
    usd_pico list;      /* the same before the contract's discounts */
    usd_pico low, high; /* range by zone (spot); both = rate when there is none */
    enum price_status status;
    const char *rule;               /* name of the estimate rule, "" when none */
    const char *source;             /* where the figure was read */
    const char *as_of;              /* YYYY-MM-DD */
    const char *reason;             /* why unknown, "" when known */
    int n_tiers;                    /* beyond the first, whose rate is `rate` */
    const struct price_tier *tiers; /* by rising `from` */
    int64_t included;               /* IOPS and throughput: free, of each volume */
};

struct commitment_terms {
    enum commitment_kind kind;
    int term_years; /* 1 or 3; 0: of what holds capacity and of model units */
    enum payment payment;
};

/** One commitment that this offer can be covered by; effective is USD/h per instance (plans: the
 * plan's rate). Functions have those of Compute plans of which the book knows any rate, in USD per
 * GB-second: of duration, of calls on provisioned copies, and of the time these are held. */
struct commitment_quote {
    struct commitment_terms terms;
    struct quote effective;
    struct quote provisioned, held; /* functions */
    usd_pico upfront; /* reserved, partial upfront: the list fee at purchase, where it is known */
};

/** How data of a storage tier are reached: as objects, at once or after hours, or by a volume or a
 * file system that an instance mounts; tiered: objects, at once, at a rate that falls while nobody
 * reads them. */
#define STORAGE_ACCESSES(X)                                                                        \
    X(INSTANT, "instant")                                                                          \
    X(DELAYED, "delayed") X(BLOCK, "block") X(FILE, "file") X(TIERED, "tiered")
enum storage_access {
#define X(name, word) ACCESS_##name,
    STORAGE_ACCESSES(X)
#undef X
};
/** Charges that a tier does not make. */
#define STORAGE_CHARGES(X) X(RETRIEVAL, "retrieval") X(READS, "reads") X(WRITES, "writes")
enum storage_charge {
#define X(name, word) CHARGED_##name,
    STORAGE_CHARGES(X)
#undef X
};

/** What makes a tier dear beside its rates. */
struct storage_terms {
    enum storage_access access;
    int zones;          /* that hold a copy, > 0 */
    int days_min;       /* what leaves before is billed until then */
    int object_kib_min; /* smaller objects are billed as so large */
    unsigned free;      /* bit of each storage_charge that is not made */
};

enum {
    N_OFFER_KINDS = OFFER_KINDS(COUNT_ONE),
    N_PRICE_STATUSES = PRICE_STATUSES(COUNT_ONE),
    N_PAYMENTS = PAYMENTS(COUNT_ONE),
    N_STORAGE_ACCESSES = STORAGE_ACCESSES(COUNT_ONE),
    N_STORAGE_CHARGES = STORAGE_CHARGES(COUNT_ONE),
};

/** Spot prices that move: what an instance costs in each clock hour of a ledger, by zone. */
struct spot_hours {
    int n_zones, n_hours;
    const usd_pico *rates; /* [n_zones * n_hours]; 0: not known, the spot quote holds */
};

struct offer {
    enum offer_kind kind;
    enum offer_tier tier; /* token APIs */
    const char *sku, *region;
    const struct spot_hours *spot_hours; /* NULL: the spot quote holds in every hour */
    const char *family;                  /* "g6e" of g6e.2xlarge; "" for others */
    const char *quota_group;             /* "G", "P", "Inf", "Trn", "Standard"; "" for others */
    double vcpu;                         /* instances; of a task parts of one: 0.25 */
    struct quote on_demand, spot;        /* instances, USD/h */
    struct quote capacity_block;         /* instances: an hour in one, paid as a whole */
    double interruptions_per_month;      /* spot, share 0..1 of instances reclaimed in a month; < 0
                                            unknown */
    struct quote gb_second, million_requests; /* functions */
    /* functions: provisioned copies, calls on them and the time they are held */
    struct quote provisioned_gb_second, held_gb_second;
    struct quote million_input_tokens, million_output_tokens; /* token APIs, at the tier's rates */
    struct quote million_cached_tokens;                       /* input read from a prompt cache */
    struct quote unit_hour; /* token APIs, provisioned tiers: a model unit */
    struct quote gigabyte;  /* transfer: 2^30 bytes moved */
    /* storage: 2^30 bytes kept for a month, read, a thousand reads, a thousand objects put there */
    struct quote gb_month, gb_read, thousand_reads, thousand_writes;
    struct quote iops_month, mbps_month; /* volumes: provisioned for a month */
    /* tiered: unread for 30 and for 90 days, and a thousand objects watched for a month */
    struct quote gb_month_30, gb_month_90, thousand_objects;
    struct storage_terms storage;
    int n_commitments;
    const struct commitment_quote *commitments;
};

/** A savings plan, which is held in dollars; else a reserved instance. */
static inline bool commitment_kind_is_plan(enum commitment_kind kind) {
    return kind == COMMIT_PLAN_EC2 || kind == COMMIT_PLAN_COMPUTE || kind == COMMIT_PLAN_SAGEMAKER;
}

/** A block or a reservation of capacity. */
static inline bool commitment_kind_holds_capacity(enum commitment_kind kind) {
    return kind == COMMIT_CAPACITY_BLOCK || kind == COMMIT_CAPACITY_RESERVATION;
}

static inline bool commitment_kind_is_reserved(enum commitment_kind kind) {
    return kind == COMMIT_RESERVED_STANDARD || kind == COMMIT_RESERVED_CONVERTIBLE;
}

/** Share of the whole cost of a commitment paid at purchase: 0, 0.5 or 1. */
double payment_upfront_share(enum payment payment);

const char *offer_tier_word(enum offer_tier tier);
/** A tier of model units by the hour, not of tokens. */
static inline bool offer_tier_is_provisioned(enum offer_tier tier) {
    return tier >= TIER_PROVISIONED;
}
/** Months for which a model unit of the tier is bought at a time; 0: held by the hour. */
static inline int offer_tier_term_months(enum offer_tier tier) {
    return tier == TIER_PROVISIONED_1M ? 1 : tier == TIER_PROVISIONED_6M ? 6 : 0;
}
const char *commitment_kind_word(
    enum commitment_kind kind); /* "reserved instance", "Compute savings plan", ... */
const char *payment_word(enum payment payment); /* "no upfront", "partial upfront", "all upfront" */

/** The rate that stands for an offer: an instance hour on demand, a GB-second, a million input
 * tokens, an hour of a model unit, a gigabyte, or a gigabyte kept for a month. */
const struct quote *offer_main_quote(const struct offer *offer);

/** An instance type of SageMaker ("ml.g5.xlarge"). */
bool offer_is_sagemaker(const struct offer *offer);

/** A task of Fargate ("fargate-x86.4vcpu-16gb"): an instance by the second that of all commitments
 * Compute savings plans alone reach. */
bool offer_is_fargate(const struct offer *offer);

/** Normalisation factor of the type's size, in quarters: nano 1, micro 2, small 4, medium 8, large
 * 16, xlarge 32, and 32 for each xlarge of a larger size (metal-24xl as 24xlarge). 0 when the name
 * gives no size: plain "metal" is as large as its family's largest, which the name does not say.
 * Source: EC2 User Guide, "How Reserved Instances are applied", 2023-06. */
int offer_size_quarters(const struct offer *offer);

/** Whether a regional reserved instance of this type also covers other sizes of its family (Linux,
 * default tenancy). The guide of 2023-06 leaves out G4ad, G4dn, G5, G5g and Inf1; later types of
 * these two lines (G6, G6e, Gr6, G7e, Inf2) are left out as well: not verified, and the dearer
 * reading. */
bool offer_size_flexible(const struct offer *offer);

/** Hours of a regional reserved instance of one type that an hour of another takes: 1 of its own,
 * with size flexibility the ratio of their factors; 0: it covers none of it. */
double offer_reserved_hours(const struct offer *reserved, const struct offer *used);

/** Share of the whole cost paid at purchase: by the fee if it is known, else by the payment. */
double commitment_quote_upfront_share(const struct commitment_quote *quote);

/** The commitment quote with these terms, or NULL. */
const struct commitment_quote *offer_commitment(const struct offer *offer,
                                                struct commitment_terms terms);

#endif
