/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/storage.h"

#include <stdlib.h>
#include <string.h>

/* A charge in USD; the reason goes to the tier when the book does not tell it. */
static double charge_usd(struct storage_tier *tier, const struct quote *quote, bool free) {
    tier->estimated = tier->estimated || (quote->known && quote->status == PRICE_ESTIMATED);
    if (!quote->known && !free && !tier->unknown[0])
        tier->unknown = quote->reason;
    return quote->known ? money_rate_usd(quote->rate) : 0;
}

static struct storage_tier tier_of(const struct offer *offer) {
    const struct storage_terms *terms = &offer->storage;
    struct storage_tier tier = {.name = offer->sku,
                                .region = offer->region,
                                .days_min = terms->days_min,
                                .object_kib_min = terms->object_kib_min,
                                .zones = terms->zones,
                                .access = terms->access,
                                .unknown = ""};
    bool free[N_STORAGE_CHARGES];
    for (int c = 0; c < N_STORAGE_CHARGES; c++)
        free[c] = terms->free >> c & 1;
    tier.usd_per_gb_month = charge_usd(&tier, &offer->gb_month, false);
    tier.read_usd_per_gb = charge_usd(&tier, &offer->gb_read, free[CHARGED_RETRIEVAL]);
    tier.read_usd_per_1k = charge_usd(&tier, &offer->thousand_reads, free[CHARGED_READS]);
    tier.enter_usd_per_1k = charge_usd(&tier, &offer->thousand_writes, free[CHARGED_WRITES]);
    return tier;
}

/* A row of a tier of storage, not of one of its volume tiers. */
static bool is_tier(const struct price *price) {
    return price->unit == PER_GB_MONTH && price->above == 0;
}

static int compare_tier(const void *left, const void *right) {
    const struct storage_tier *a = left, *b = right;
    int by = strcmp(a->region, b->region);
    by = by ? by
            : (a->usd_per_gb_month < b->usd_per_gb_month) -
                  (a->usd_per_gb_month > b->usd_per_gb_month);
    return by ? by : strcmp(a->name, b->name);
}

struct storage_tiers storage_tiers_of(struct arena *arena, const struct price_book *book,
                                      const struct offer_request *like) {
    struct storage_tiers out = {0};
    for (int i = 0; i < book->n_prices; i++)
        out.n += is_tier(&book->prices[i]);
    out.tiers = arena_new(arena, struct storage_tier, out.n);
    for (int i = 0, n = 0; i < book->n_prices; i++) {
        if (!is_tier(&book->prices[i]))
            continue;
        struct offer_request request = *like;
        request.sku = book->prices[i].sku;
        request.region = book->prices[i].region;
        request.n_commitments = 0;
        struct offer offer = price_book_offer(book, arena, &request);
        out.tiers[n++] = tier_of(&offer);
    }
    qsort(out.tiers, (size_t)out.n, sizeof *out.tiers, compare_tier);
    return out;
}
