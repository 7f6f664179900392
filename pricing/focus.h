/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Charges as rows of FOCUS 1.2 (FinOps Open Cost and Usage Specification, CostAndUsage dataset).
 *
 *  A row is a charge over a period of whole hours: usage of one SKU by one workload, or the
 * purchase of a commitment. Every mandatory column is there, and the conditional ones that a
 * simulated bill can fill; x_ChargeOrigin says `Simulated` on each row. An empty cell is null.
 *
 *  | charge                 | category, frequency    | pricing   | billed | effective           |
 *  |------------------------|------------------------|-----------|--------|---------------------|
 *  | on demand, by use      | Usage, Usage-Based     | Standard  | cost   | cost                |
 *  | spot                   | Usage, Usage-Based     | Dynamic   | cost   | cost                |
 *  | covered by commitment  | Usage, Usage-Based     | Committed | 0      | its share, Used     |
 *  | commitment not used    | Usage, Usage-Based     | Committed | 0      | the rest, Unused    |
 *  | fee paid at the start  | Purchase, One-Time     | Standard  | fee    | 0                   |
 *  | fee paid every hour    | Purchase, Recurring    | Standard  | fee    | 0                   |
 *  | reserved and idle      | Usage, Usage-Based     | Standard  | cost   | cost                |
 *  | no offer (focus_item)  | Usage, Usage-Based     | Standard  | cost   | cost                |
 *  | FOCUS_CONTRACT         | Adjustment, Recurring  | Standard  | cost   | cost                |
 *
 *  What ran in a capacity reservation or a capacity block names it and is Used; reserved capacity
 * that idles is Unused, whoever pays for it. Its ConsumedQuantity is the time it was held: the
 * rules ask for null where a commitment discount is unused and nowhere else in usage.
 *
 *  So over a commitment's term, and over every part of it when nothing is paid at its start, the
 * effective cost of its usage is what is billed for its purchase.
 *
 *  List prices are the provider's, contracted ones those after the contract's discounts; both are
 * the on-demand price of the same usage, spot and commitments included, so that ListCost -
 * ContractedCost is what the contract saves and ContractedCost - EffectiveCost what spot and
 * commitments do. ListCost and ContractedCost are price x quantity, rounded once to 1e-9 USD. */
#ifndef HEADROOM_PRICING_FOCUS_H
#define HEADROOM_PRICING_FOCUS_H

#include "base/text.h"
#include "pricing/bill.h"

enum focus_purchase { FOCUS_USAGE, FOCUS_PAID_AT_START, FOCUS_PAID_HOURLY };

/** What is charged for where no offer says it. Each belongs to one service of the provider. */
enum focus_service {
    FOCUS_INSTANCES,
    FOCUS_OBJECTS,
    FOCUS_VOLUMES,
    FOCUS_FILES,
    FOCUS_CONTRACT /* what the contract promises */
};

struct focus_item {
    enum focus_service service;
    const char *sku, *meter, *region; /* region NULL: none */
    const char *unit;                 /* of the quantity */
    double usd_per_unit;              /* list and contracted price */
};

/** A charge, or the sum of charges that differ in their hour only. */
struct focus_row {
    const char *account;                        /* name of the billing account */
    int64_t billing_from_hour, billing_to_hour; /* epoch hours; the end is exclusive */
    int64_t charge_from_hour, charge_to_hour;   /* epoch hours; the end is exclusive */
    enum focus_purchase purchase;               /* FOCUS_USAGE: a charge of the bill */
    enum charge_kind kind;                      /* usage */
    enum usage_kind usage;                      /* what `quantity` counts */
    const struct offer *offer;                  /* NULL: a savings plan's own rows, or an item */
    const struct focus_item *item;              /* in place of an offer; NULL: none */
    const struct commitment *commitment;        /* NULL: none is involved */
    const char *commitment_id;                  /* of it; unique in the dataset */
    const char *reservation_id;                 /* of the capacity reservation; NULL: none */
    const char *zone;                           /* "us-west-2a"; NULL: not told */
    const char *workload;                       /* NULL: nobody's (commitments, what idles) */
    const char *const (*tags)[2];               /* [n_tags] key, value */
    int n_tags;
    double quantity; /* usage: seconds, MB-ms, requests, tokens; a reserved instance's purchase:
                        instance seconds; a savings plan's own rows: dollars; an item: its units */
    usd_nano billed, effective;
};

/** The rate that a kind of usage of an offer is charged at on demand. */
const struct quote *focus_quote(const struct offer *offer, enum usage_kind usage);

/** The header line. */
void focus_append_header(struct text *out);
/** One row. Text that a spreadsheet would run as a formula is quoted as csv_append_text does. */
void focus_append_row(const struct focus_row *row, struct text *out);

#endif
