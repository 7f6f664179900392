/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Commitment and batch rates that a price book lacks, made from rates that it has, each marked
 * `estimated` with the rules used and the source and date of the rate it rests on.
 *
 *   ri-payment  reserved, no / partial upfront = effective all-upfront rate
 *               x 1.071 / 1.020 (1 year), x 1.149 / 1.064 (3 years)
 *   ri-1y-gpu   reserved, 1 year, all upfront, accelerator types = on demand x 0.588
 *   sp-ec2      EC2 Instance savings plan = standard reserved instance, same term and payment, and
 *               so ri-payment makes a plan's payments of its all-upfront rate
 *   sp-compute  Compute savings plan = EC2 Instance plan of the same terms x 1.201 (1 year),
 * x 1.202 (3 years), at most the on-demand rate; where that plan has no rate, no upfront = on
 *               demand x 0.794 (1 year); x 0.519 (3 years, accelerator types), x 0.545 (3 years,
 *               others), and ri-payment makes the other payments of it, as it does of a Compute
 *               plan's rate that the book has under another payment
 *
 *   token-batch token APIs, input and output of batches = standard rate x 0.5
 *
 *  A Compute plan covers more than the EC2 Instance plan of the same type and terms, and no rule
 *  makes it the cheaper one: an estimated EC2 Instance rate is at most the Compute rate of the
 * book. Rules chain: a 1-year no-upfront plan of a GPU type may rest on "ri-1y-gpu, ri-payment,
 * sp-ec2". A rate in the book always wins. What no rule covers stays unknown, with its reason. The
 * basis of each factor is in pricing/books/SOURCES.md. */
#ifndef HEADROOM_PRICING_PRICE_RULES_H
#define HEADROOM_PRICING_PRICE_RULES_H

#include "pricing/price_book.h"

/** One SKU in one region; on_demand is its quote before discounts. */
struct price_rules_place {
    const struct price_book *book;
    struct arena *arena; /* for reasons and names of chained rules */
    const char *sku, *region;
    struct quote on_demand;
    bool accelerated;
};

/** The rate of the book under this option, or unknown with its reason. Spot and capacity blocks: of
 * the uppermost layer that has any, the region's rate, else the median over the zones (of an even
 * number the mean of the middle two) with the lowest and the highest as its range, the weakest
 * status and the oldest day. */
struct quote price_rules_listed(const struct price_rules_place *place, enum price_option option,
                                struct commitment_terms terms, enum price_unit unit);

/** Share of spot instances reclaimed in a month: the region's, else the highest of the zones that
 * state one; < 0 unknown. */
double price_rules_interruptions(const struct price_rules_place *place);

/** The rate of a token API's batch tier: from the book, else by the rule above. */
struct quote price_rules_batch(const struct price_rules_place *place, enum price_unit unit);

/** Effective hourly rate of a commitment: from the book, else by the rules above. */
struct quote price_rules_commitment(const struct price_rules_place *place,
                                    struct commitment_terms terms);

/** The fee at purchase that the book states for a reserved instance; 0 when it states none. */
usd_pico price_rules_upfront(const struct price_rules_place *place, struct commitment_terms terms);

#endif
