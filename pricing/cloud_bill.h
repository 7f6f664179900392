/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A bill that the provider exported: what was paid, and which instances ran how long. FOCUS 1.2
 * and AWS CUR 2.0, both as CSV; of FOCUS the columns by name, so other versions that have them too.
 *
 *  Memory grows with instance types x hours, not with the rows. Parquet is refused, with the
 * command that makes CSV of it.
 *
 *  | | FOCUS | CUR 2.0 |
 *  |-|-|-|
 *  | billed    | BilledCost | line_item_unblended_cost |
 *  | effective | EffectiveCost | amortised: of usage under a reservation or a plan its effective
 * cost, of their fees what was not used, else as billed | | instance  |
 * SkuPriceDetails.InstanceType, else x_UsageType, else a SkuId such as m5.large |
 *                product_instance_type, else line_item_usage_type |
 *  | hours     | ConsumedQuantity (else PricingQuantity) in hours or seconds |
 * line_item_usage_amount | | bought as | PricingCategory | line_item_line_item_type, SpotUsage |
 *
 *  Tax and credits are in the sums of the money as the file has them, and so is what corrections
 * (ChargeClass) take back, of money and of hours. */
#ifndef HEADROOM_PRICING_CLOUD_BILL_H
#define HEADROOM_PRICING_CLOUD_BILL_H

#include "base/err.h"
#include "base/source.h"

/** A hint: the command that makes CSV of this Parquet file, in the folder that one is in. A name
 * that a shell or the hint's length does not bear is told as bill.parquet. */
void cloud_bill_hint_parquet(struct err *err, const char *file);

enum cloud_bill_format { CLOUD_BILL_NONE, CLOUD_BILL_FOCUS, CLOUD_BILL_CUR, CLOUD_BILL_PARQUET };
enum { CLOUD_BILL_REASONS_MAX = 16 };
enum cloud_bill_option { BILLED_ON_DEMAND, BILLED_SPOT, BILLED_COMMITTED };

/** One type in one region, bought in one way. */
struct cloud_bill_type {
    const char *instance, *region;
    enum cloud_bill_option option;
    double hours; /* of instances, all together; below 0 where corrections are of an earlier bill */
    double billed_usd, effective_usd;
};

/** Instances of a type that ran, on average, in an hour. */
struct cloud_bill_hour {
    int64_t epoch_hour;
    int type; /* of types */
    double instances;
};

enum cloud_bill_commitment_kind { BILLED_ANY_COMMITMENT, BILLED_RESERVED, BILLED_PLAN };

/** What a commitment covered of a type. */
struct cloud_bill_commitment {
    const char *id; /* "" where the bill has none */
    enum cloud_bill_commitment_kind kind;
    int type; /* of types, bought as BILLED_COMMITTED */
    double hours, effective_usd;
};

/** What one commitment costs, amortised, over everything that it covers in the bill: instances of
 * all types, functions, databases. */
struct cloud_bill_owed {
    const char *id; /* "" where the bill has none */
    enum cloud_bill_commitment_kind kind;
    const char *instance; /* that rows of what it did not use tell; "" */
    double used_usd, unused_usd;
};

/** Rows that have no time of instances; their money counts. */
struct cloud_bill_skipped {
    const char *reason;
    int64_t n_rows;
};

struct cloud_bill {
    enum cloud_bill_format format;
    const char *name;
    char sha256[65];
    int64_t n_rows, n_instance_rows;
    int64_t n_corrections;      /* rows, of instances or not */
    int64_t from_hour, to_hour; /* epoch hours that usage covers; the end is exclusive */
    /** Epoch hours that the money is for: the billing periods of the rows; of rows without one the
     * charge's period, where it is a month at most. Equal: nothing tells it. */
    int64_t period_from_hour, period_to_hour;
    double billed_usd, effective_usd;
    int n_types;
    const struct cloud_bill_type *types; /* by instance, region, option */
    /** Rows of instances longer than an hour (a bill by day) leave this empty. */
    int n_hours;
    const struct cloud_bill_hour *hours; /* by hour, then type; instances > 0 */
    int n_commitments;
    const struct cloud_bill_commitment *commitments; /* by type, then id */
    int n_owed;
    const struct cloud_bill_owed *owed; /* by id, then kind, then instance */
    int n_skipped;
    struct cloud_bill_skipped skipped[CLOUD_BILL_REASONS_MAX]; /* most frequent first */
};

/** By the first block of the file. */
enum cloud_bill_format cloud_bill_format_of(struct bytes head);
const char *cloud_bill_format_name(enum cloud_bill_format format);
const char *cloud_bill_option_word(enum cloud_bill_option option);

/** Instances of the wanted types [n_types] that ran on average in each hour of the week (0: Monday
 * 00:00 UTC). Where every week of the bill's period had the same number in an hour, that number;
 * else means by hour of the week, scaled so that their mean is instance hours / hours of the
 * period. That mean in all hours where the bill tells no hours or is shorter than a week. False:
 * the wanted types have no hours (out is all 0). */
enum { CLOUD_BILL_WEEK = 168 };
bool cloud_bill_week(const struct cloud_bill *bill, const bool *wanted,
                     double out[CLOUD_BILL_WEEK]);

bool cloud_bill_read(struct arena *arena, struct source *source, struct cloud_bill *out,
                     struct err *err);

#endif
