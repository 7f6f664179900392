/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From the usage ledger to charges, by the provider's rules and apart from the optimizer.
 *
 *  Rules (AWS documentation; docs/model.md section 6):
 *
 *  - Instances per second, at least 60 s a launch (a ledger row is a launch; the minimum never
 *    reaches past the end of the ledger).
 *  - Spot at the spot rate; free when the provider interrupts within the first hour. Never covered
 *    by a commitment.
 *  - Commitments by the clock hour, which starts with the ledger: reserved instances first, each up
 *    to 3600 s of matching usage, whenever in the hour it ran and on however many instances; then
 *    EC2 Instance savings plans, then Compute savings plans, in each group the usage with the
 *    highest saving over on demand first, ties to the lowest plan rate. A plan hour holds its
 *    commitment in dollars at plan rates; the rest of the usage is on demand.
 *  - Functions and token APIs by what they used. Provisioned copies and model units also by the
 * time they are held, used or not; calls on provisioned copies at a rate of their own. Their list
 * cost is what they cost.
 *  - Unused commitment is charged. Charges are amortised (effective) cost: upfront payments spread
 *    over the hours of the term.
 *
 *  Workloads that share an offer share its coverage in proportion to their seconds. Amounts are
 *  exact to the nano-dollar: each charge is a difference of two rounded running sums, so that the
 *  charges of a commitment's hour add up to its cost and those of a workload's hour to its list
 *  cost. A plan may cover part of a second; `quantity` shows whole seconds that still add up.
 *
 *  Not modelled: tax, support, size flexibility across a family, volume tiers, Compute savings
 *  plans on functions. */
#ifndef HEADROOM_PRICING_BILL_H
#define HEADROOM_PRICING_BILL_H

#include "base/arena.h"
#include "base/err.h"
#include "pricing/offer.h"
#include "pricing/usage.h"

/** A commitment held during the ledger's period, owned before or bought by the plan. */
struct commitment {
    const char *name; /* for tables: "1-year reserved g6e.2xlarge, no upfront" */
    struct commitment_terms terms;
    bool owned;                  /* sunk: bought before the plan */
    int offer;                   /* reserved: the offer it covers; plans: -1 */
    const char *family, *region; /* EC2 Instance plans: what they cover; NULL otherwise */
    double count;                /* reserved: instances, >= 0, taken to the billionth (whole in a
                                    real plan; else covered seconds are rounded down) */
    usd_nano plan_usd_per_hour;  /* plans: commitment in plan-rate dollars per hour */
    usd_pico hourly;             /* reserved: effective USD/h per instance */
    const usd_pico *plan_rates;  /* plans: [n_offers] plan rate of each offer, 0 = not covered */
    int64_t from_s, to_s;        /* held in this part of the ledger's period */
};

enum charge_kind {
    CHARGE_ON_DEMAND,
    CHARGE_SPOT,
    CHARGE_COMMITMENT_USED,
    CHARGE_COMMITMENT_UNUSED,
    CHARGE_FUNCTION,
    CHARGE_TOKENS,
    CHARGE_KINDS,
};

struct charge {
    enum charge_kind kind;
    enum usage_kind usage; /* what `quantity` counts */
    int hour;              /* clock hour of the ledger, 0-based */
    int offer;             /* -1 for unused plan dollars */
    int workload;          /* -1 for unused commitment */
    int commitment;        /* index, -1 for none */
    int64_t quantity;      /* seconds, requests, MB-ms, MB-s or tokens; 0 for unused plan dollars */
    usd_nano effective;    /* what it costs, amortised */
    usd_nano list;         /* the same usage on demand; 0 for unused commitment */
};

struct bill {
    int n_charges;
    const struct charge *charges;
    usd_nano total;
    usd_nano total_by_kind[CHARGE_KINDS];
    usd_nano list_total;
    usd_nano committed; /* cost of all commitments held = used + unused, exactly */
};

/** Charges come hour by hour: reserved, plans, on demand, unused, spot, functions, tokens. The
 * order of the ledger's rows does not matter.
 *
 *  @param offers       [n_offers]; every offer used in the ledger needs the rate it is billed at,
 *                      instances (spot too) also their on-demand rate for the list cost
 *  @param commitments  [n_commitments]
 *  @return false, *err set to a bug of the caller: a rate that is missing (candidates without one
 *          never reach a fleet), a row outside the ledger, a commitment that makes no sense */
bool bill_compute(struct arena *arena, const struct offer *offers, int n_offers,
                  const struct usage_ledger *ledger, const struct commitment *commitments,
                  int n_commitments, struct bill *out, struct err *err);

const char *charge_kind_word(enum charge_kind kind);

#endif
