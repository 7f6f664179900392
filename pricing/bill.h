/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From the usage ledger to charges, by the provider's rules and apart from the optimizer.
 *
 *  Rules (AWS documentation; docs/model.md section 6):
 *
 *  - Instances per second, at least 60 s a launch (a ledger row is a launch; the minimum never
 *    reaches past the end of the ledger).
 *  - Spot at the spot rate, where prices move at the clock hour's of its zone; free when the
 * provider interrupts within the first hour. Never covered by a commitment.
 *  - Capacity blocks take what runs on their offer second by second, up to their count; then
 *    capacity reservations do. A block is paid as a whole and nothing else covers what runs in it;
 *    a reservation is paid like instances on demand, used or not.
 *  - Commitments by the clock hour, which starts with the ledger: reserved instances first (zonal,
 *    then regional, then regional with size flexibility), each up to 3600 s of matching usage,
 *    whenever in the hour it ran and on however many instances; a flexible one counts seconds x
 *    normalisation factor and takes the smallest size first. Then EC2 Instance savings plans, then
 *    Compute savings plans (instances and the duration of functions); SageMaker plans apart. In
 *    each group the usage with the highest saving over on demand first, ties to the lowest plan
 *    rate. A plan hour holds its commitment in dollars at plan rates; the rest of the usage is on
 *    demand. Each step covers what runs before reservations that idle. Zonal reserved instances
 *    reach nothing in a capacity reservation.
 *  - Usage of others (USAGE_OTHERS) is no charge of this bill, but it comes first at what is owned
 *    and it fills volume tiers.
 *  - Workloads that come last take in each step what others, what runs and what idles have left, so
 *    that the charges of the others are the same without them.
 *  - Functions and token APIs by what they used. Provisioned copies also by the time they are
 *    held, used or not; calls on provisioned copies at a rate of their own. Model units are a
 *    commitment: each is paid in every hour in which it is held, and the tokens of the hour use
 *    unit-seconds of it; those that no held unit has are charged at the unit's rate. Volume
 *    tiers by the month, filled by what no plan covers, hour by hour; in the hour of a bound by
 *    others, then by workload.
 *  - Volumes of instances by the second that they exist, as part of the calendar month (of a
 *    typical ledger: of 730 hours), size, IOPS and throughput each at its rate. Nothing covers
 * them.
 *  - Weights that launches load: bytes at a transfer's rate, in one count of its volume tiers with
 *    all that goes that way, and the requests that read them.
 *  - Unused commitment is charged. Charges are amortised (effective) cost: upfront payments spread
 *    over the hours of the term.
 *
 *  Workloads that share an offer share its coverage in proportion to their seconds. Amounts are
 *  exact to the nano-dollar: each charge is a difference of two rounded running sums, so that the
 *  charges of a commitment's hour add up to its cost and those of a workload's hour to its list
 *  cost. A commitment may cover part of a second; `quantity` shows whole seconds that still add up,
 *  `part` what they lack or have too much.
 *
 *  Not modelled: tax, support, volume discounts of reserved instances, Windows and licences. */
#ifndef HEADROOM_PRICING_BILL_H
#define HEADROOM_PRICING_BILL_H

#include "base/arena.h"
#include "base/calendar.h"
#include "base/err.h"
#include "pricing/commitment.h"
#include "pricing/offer.h"
#include "pricing/usage.h"

enum charge_kind {
    CHARGE_ON_DEMAND,
    CHARGE_SPOT,
    CHARGE_COMMITMENT_USED,
    CHARGE_COMMITMENT_UNUSED,
    CHARGE_FUNCTION,
    CHARGE_TOKENS,
    CHARGE_CAPACITY_UNUSED, /* reserved capacity that nothing ran in and nothing covered */
    CHARGE_TRANSFER,
    CHARGE_VOLUME,
    CHARGE_WEIGHTS, /* what launches load: bytes moved, and requests to where they lie */
    CHARGE_KINDS,
};

struct charge {
    enum charge_kind kind;
    enum usage_kind usage; /* what `quantity` counts */
    int hour;              /* clock hour of the ledger, 0-based */
    int offer;             /* -1 for unused plan dollars */
    int workload;          /* -1: unused, or a commitment used by others */
    int commitment;        /* that pays for it, -1 for none */
    int zone;              /* of spot with prices by zone: the ledger's, 1..; else 0 */
    int reservation;       /* capacity reservation (a commitment) it ran or idled in, -1 for none */
    int64_t quantity;      /* in the ledger's units; 0 for unused plan dollars */
    double part;        /* of a unit, -1..1: what it covers or leaves exactly is quantity + part */
    usd_nano effective; /* what it costs, amortised */
    usd_nano list;      /* the same usage on demand; 0 for what is unused or of others */
};

/** Units exactly: a commitment may cover part of one. */
static inline double charge_units(const struct charge *charge) {
    return (double)charge->quantity + charge->part;
}

/** What a ledger without a date used of what is counted by the calendar month: volumes, and usage
 * with volume tiers that no plan covers, that of others included (pricing/bill_months.h). */
struct bill_monthly {
    enum usage_kind usage;
    int offer;
    double quantity; /* in the ledger's units */
};

struct bill {
    int n_charges;
    const struct charge *charges;
    usd_nano total;
    usd_nano total_by_kind[CHARGE_KINDS];
    usd_nano list_total;
    usd_nano committed; /* cost of all commitments held (capacity reservations: none) = used +
                           unused, exactly */
    int n_monthly;
    const struct bill_monthly *monthly;
};

/** Rules that a programme of whole clock hours does not have. */
enum bill_rule {
    BILL_RULE_MINIMUM,   /* 60 s a launch */
    BILL_RULE_TIERS,     /* volume tiers: without them all at the first rate */
    BILL_RULE_FREE_HOUR, /* spot that the provider takes back in its first hour is free */
    BILL_RULE_SECONDS,   /* blocks and reservations take what runs second by second; without it what
                            runs in the clock hour */
    BILL_RULES
};

struct bill_input {
    const struct offer *offers; /* [n_offers]; every offer used in the ledger needs the rate it is
                                   billed at, instances (spot too) also their on-demand rate */
    int n_offers;
    const struct usage_ledger *parts; /* [n_parts] pieces of one ledger, of one length each */
    int n_parts;
    const struct commitment *commitments; /* [n_commitments] */
    int n_commitments;
    /** Day of second 0 (00:00 UTC), for volume tiers by the calendar month. Year 0: the ledger is
     * typical of a month of 730 hours, and the tiers' bounds are scaled to its length. */
    struct date start;
    /** Workloads from this on come last: commitments cover of theirs what all others leave, and
     * held capacity takes none of it. 0: none do. */
    int last_workloads_from;
    unsigned left_out; /* 1 << bill_rule: to see what each costs (solver/bill_gaps.h); 0: none */
};

/** What a unit of a ledger's usage costs at the first rate, and what it takes of a plan's dollars;
 * 0: the plan does not cover it. @param index  of the offer in the plan's rates */
double bill_unit_usd(const struct offer *offer, enum usage_kind usage);
double bill_plan_unit_usd(const struct commitment *plan, const struct offer *offer, int index,
                          enum usage_kind usage);

/** Charges come hour by hour: blocks, reserved, plans, on demand, unused, spot, functions, tokens,
 * transfer, volumes, weights. The order of the ledger's rows and how they are cut into pieces does
 * not matter.
 *
 *  @return false, *err set to a bug of the caller: a rate that is missing (candidates without one
 *          never reach a fleet), a row outside the ledger, a commitment that makes no sense */
bool bill_compute(struct arena *arena, const struct bill_input *input, struct bill *out,
                  struct err *err);

const char *charge_kind_word(enum charge_kind kind);

#endif
