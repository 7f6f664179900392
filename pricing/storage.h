/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Tiers of storage put together from the rates of a price book: what a gigabyte costs to keep, to
 * read and to move, and the rules that make a cold tier dear for data that do not stay.
 *
 *  Tiers of a region stand from the dearest to keep to the cheapest; a lifecycle rule only moves
 * objects down that list. Each object of a tier is billed as at least `object_kib_min`; data that
 * leave before `days_min` are billed until then. A charge that the book neither prices nor calls
 * free leaves the tier unusable, with its reason. Volume tiers are not modelled (of S3 Standard
 * below 450 TB they are under 5 %), nor are provisioned IOPS and throughput of volumes. */
#ifndef HEADROOM_PRICING_STORAGE_H
#define HEADROOM_PRICING_STORAGE_H

#include "pricing/price_book.h"

struct storage_tier {
    const char *name, *region;
    double usd_per_gb_month;
    double read_usd_per_gb, read_usd_per_1k; /* per request */
    double enter_usd_per_1k;                 /* objects put there, by upload or by a rule */
    double days_min, object_kib_min;
    int zones; /* that hold a copy */
    enum storage_access access;
    bool estimated;      /* one of its rates is */
    const char *unknown; /* why it cannot be used, "" when it can */
};

struct storage_tiers {
    int n;
    struct storage_tier *tiers; /* [n] by region, dearest to keep first */
};

/** Every tier of the book, after discounts.
 *
 *  @param like  its discounts and whether estimates may be used; the rest is not read */
struct storage_tiers storage_tiers_of(struct arena *arena, const struct price_book *book,
                                      const struct offer_request *like);

#endif
