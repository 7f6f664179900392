/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Object storage by tier: what a gigabyte costs to keep, to read and to move, and the rules that
 * make a cold tier dear for data that do not stay.
 *
 *  Tiers stand from the warmest to the coldest; a lifecycle rule only moves data down that list.
 * Each object of a tier is billed as at least `object_kib_min`; data that leave before `days_min`
 * are billed until then. A tier without an instant read serves only data that may wait. Rates are
 * those of one region; volume tiers are not modelled (below 450 TB they are under 5 %). A book:
 * `headroom_storage,1,NAME`, a header, a row a tier, warmest first; sources by row. */
#ifndef HEADROOM_PRICING_STORAGE_H
#define HEADROOM_PRICING_STORAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "pricing/book_table.h"

enum { STORAGE_TIERS_MAX = 16 };

struct storage_tier {
    const char *name, *region;
    double usd_per_gb_month;
    double read_usd_per_gb, read_usd_per_1k; /* per request */
    double enter_usd_per_1k;                 /* objects put there, by upload or by a rule */
    double days_min, object_kib_min;
    int zones; /* that hold a copy */
    bool instant;
    struct book_origin origin;
};

struct storage_book {
    const char *name;
    int n;
    struct storage_tier tiers[STORAGE_TIERS_MAX];
};

/** All mistakes in one pass; *out untouched when there are any. */
bool storage_book_read(struct arena *arena, struct source *source, struct storage_book *out,
                       struct err_list *errs);
/** The one in the binary. */
struct source *storage_book_shipped(struct arena *arena, struct err *err);

#endif
