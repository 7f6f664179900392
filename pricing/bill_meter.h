/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the biller meters: of each lane of the usage the unit and its charge, the rate that a unit
 * has on the list, and what a plan pays for it. */
#ifndef HEADROOM_PRICING_BILL_METER_H
#define HEADROOM_PRICING_BILL_METER_H

#include "pricing/bill.h"
#include "pricing/usage_hours.h"

#define NS_PER_S 1000000000LL /* the grain of instances: part of a second may be covered */

/** What a commitment may cover, and what it never does. */
enum cover_class {
    COVER_INSTANCE,
    COVER_MB_MS,
    COVER_PROVISIONED,
    COVER_HELD,
    COVER_UNITS,
    COVER_CLASSES
};

/** How a lane is metered and charged. */
struct meter {
    enum charge_kind kind;
    enum usage_kind usage;
    int64_t per;     /* ledger's units of one rate; USAGE_MONTH_S: seconds of the month */
    int64_t grain;   /* of a line's units in one of the ledger's: finer than a nano-dollar */
    int cover_class; /* COVER_CLASSES: nothing covers it */
};

const struct meter *bill_meter_of(enum lane lane);

/** The list rate of a kind of usage, known or not. @param what  out: the word for it, "on-demand"
 */
const struct quote *bill_quote_of(const struct offer *offer, enum usage_kind usage,
                                  const char **what);

/** What a plan pays for a unit of an offer's usage in place of the list rate; 0: it does not cover
 * it.
 *  @param index  of the offer in the plan's rates */
usd_pico bill_plan_rate(const struct commitment *plan, const struct offer *offer, int index,
                        int cover_class);

#endif
