/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Tiers of storage put together from the rates of a price book: what a gigabyte costs to keep, to
 * read and to move, and the rules that make a cold tier dear for data that do not stay.
 *
 *  Tiers of a region stand from the dearest to keep to the cheapest; a lifecycle rule only moves
 * objects down that list. Each object of a tier is billed as at least `object_kib_min`; data that
 * leave before `days_min` are billed until then. S3's archives keep 32 KiB of index and metadata
 * beside each object at their own rate, and 8 KiB at that of S3 Standard in the region (S3 User
 * Guide, storage classes), without which they are unusable. A charge that the book neither prices
 * nor calls free leaves the tier unusable, with its reason. A month's gigabytes fill the volume
 * tiers of their rate from the first one on. A tiered one (Intelligent-Tiering) watches each object
 * and lowers its rate after 30 and after 90 days without a read; it stands behind the others of its
 * price at 30 days, as a lifecycle rule may leave them for it but not it for them. */
#ifndef HEADROOM_PRICING_STORAGE_H
#define HEADROOM_PRICING_STORAGE_H

#include "pricing/price_book.h"

struct storage_tier {
    const char *name, *region;
    double usd_per_gb_month;          /* of the first volume tier; tiered: just read */
    const struct price_tier *volumes; /* [n_volumes] further ones, from so many GB on */
    int n_volumes;
    double usd_per_gb_month_30, usd_per_gb_month_90; /* tiered: unread so many days */
    double watch_usd_per_1k;                         /* tiered: objects watched for a month */
    struct quote iops, mbps; /* volumes: provisioned for a month; what is not known cannot be */
    double read_usd_per_gb, read_usd_per_1k; /* per request */
    double enter_usd_per_1k;                 /* objects put there, by upload or by a rule */
    double days_min, object_kib_min;
    double index_kib;        /* billed beside each object, at this tier's rate */
    double index_usd_per_1k; /* and a month of what lies in another, of a thousand objects */
    int zones;               /* that hold a copy */
    enum storage_access access;
    bool estimated;      /* one of its rates is */
    struct quote *rates; /* [n_rates] those that the book has, provisioned ones left out */
    int n_rates;
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

/** What `gb` more gigabytes cost for a month where a tier holds `before` already, by its volume
 * tiers. */
double storage_keep_usd(const struct storage_tier *tier, double before, double gb);

/** What one volume pays a month for IOPS and throughput, in MiB/s, beyond what it has without
 * charge; 0 asks for none. False: the book does not price it; *reason tells why. */
bool storage_volume_usd(const struct storage_tier *tier, double iops, double mbps, double *usd,
                        const char **reason);

#endif
