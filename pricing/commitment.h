/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A commitment held during the ledger's period, owned before or bought by the plan. */
#ifndef HEADROOM_PRICING_COMMITMENT_H
#define HEADROOM_PRICING_COMMITMENT_H

#include "pricing/offer.h"

/** What a Compute savings plan charges for a function; 0: not covered. Requests never are. */
struct function_plan_rates {
    usd_pico gb_second, provisioned_gb_second, held_gb_second;
};

struct commitment {
    const char *name; /* for tables: "1-year reserved g6e.2xlarge, no upfront" */
    struct commitment_terms terms;
    bool owned;                  /* sunk: bought before the plan */
    int offer;                   /* instances, capacity, model units: the offer; plans: -1 */
    int zone;                    /* 0: regional, or the zone of what holds capacity does not matter;
                                    1..: zonal, covers that zone alone and no other size */
    const char *family, *region; /* EC2 Instance plans: what they cover; NULL otherwise */
    double count;                /* instances, >= 0, taken to the billionth; capacity and model
                                    units: whole */
    usd_nano plan_usd_per_hour;  /* plans: commitment in plan-rate dollars per hour */
    usd_pico hourly;             /* reserved and blocks: effective USD/h per instance; model units:
                                    of a unit; capacity reservations: the on-demand rate, for
                                    tables */
    const usd_pico *plan_rates;  /* plans: [n_offers] plan rate of each offer, 0 = not covered */
    const struct function_plan_rates *function_rates; /* Compute plans: [n_offers], or NULL */
    int64_t from_s, to_s;                             /* held in this part of the ledger's period */
    double fee_share; /* partial upfront whose fee at purchase is known: fee / whole cost, 0..1; 0:
                         not known */
};

/** Share of the whole cost that was or is paid at purchase: by the fee where it is known, else by
 * the payment. */
static inline double commitment_upfront_share(const struct commitment *commitment) {
    bool known = commitment->terms.payment == PAY_PARTIAL_UPFRONT && commitment->fee_share > 0;
    return known ? commitment->fee_share : payment_upfront_share(commitment->terms.payment);
}

#endif
