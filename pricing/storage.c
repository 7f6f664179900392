/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/storage.h"

#include <stdlib.h>
#include <string.h>

/* A charge in USD; the reason goes to the tier when the book does not tell it. */
static double charge_usd(struct storage_tier *tier, const struct quote *quote, bool free) {
    tier->estimated = tier->estimated || (quote->known && quote->status == PRICE_ESTIMATED);
    if (quote->known)
        tier->rates[tier->n_rates++] = *quote;
    if (!quote->known && !free && !tier->unknown[0])
        tier->unknown = quote->reason;
    return quote->known ? money_rate_usd(quote->rate) : 0;
}

enum { RATES_MAX = 7 }; /* of a tier: all charges below */

static struct storage_tier tier_of(struct arena *arena, const struct offer *offer) {
    const struct storage_terms *terms = &offer->storage;
    struct storage_tier tier = {.name = offer->sku,
                                .region = offer->region,
                                .days_min = terms->days_min,
                                .object_kib_min = terms->object_kib_min,
                                .zones = terms->zones,
                                .access = terms->access,
                                .unknown = "",
                                .rates = arena_new(arena, struct quote, RATES_MAX)};
    bool free[N_STORAGE_CHARGES];
    for (int c = 0; c < N_STORAGE_CHARGES; c++)
        free[c] = terms->free >> c & 1;
    tier.usd_per_gb_month = charge_usd(&tier, &offer->gb_month, false);
    tier.volumes = offer->gb_month.tiers;
    tier.n_volumes = offer->gb_month.known ? offer->gb_month.n_tiers : 0;
    tier.iops = offer->iops_month;
    tier.mbps = offer->mbps_month;
    if (terms->access == ACCESS_TIERED) {
        tier.usd_per_gb_month_30 = charge_usd(&tier, &offer->gb_month_30, false);
        tier.usd_per_gb_month_90 = charge_usd(&tier, &offer->gb_month_90, false);
        tier.watch_usd_per_1k = charge_usd(&tier, &offer->thousand_objects, false);
    }
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
    bool tiered_a = a->access == ACCESS_TIERED, tiered_b = b->access == ACCESS_TIERED;
    double usd_a = tiered_a ? a->usd_per_gb_month_30 : a->usd_per_gb_month;
    double usd_b = tiered_b ? b->usd_per_gb_month_30 : b->usd_per_gb_month;
    int by = strcmp(a->region, b->region);
    by = by ? by : (usd_a < usd_b) - (usd_a > usd_b);
    by = by ? by : tiered_a - tiered_b;
    return by ? by : strcmp(a->name, b->name);
}

#define ARCHIVE_INDEX_KIB 32.0
#define ARCHIVE_NAMES_GB_PER_1K (1000 * 8.0 / (1024 * 1024)) /* 8 KiB each */

static const struct storage_tier *standard_of(const struct storage_tiers *tiers,
                                              const char *region) {
    for (int i = 0; i < tiers->n; i++)
        if (strcmp(tiers->tiers[i].name, "s3-standard") == 0 &&
            strcmp(tiers->tiers[i].region, region) == 0)
            return &tiers->tiers[i];
    return NULL;
}

static void add_index(struct arena *arena, const struct storage_tiers *tiers,
                      struct storage_tier *tier) {
    if (tier->access != ACCESS_DELAYED || strncmp(tier->name, "s3-", 3) != 0)
        return;
    const struct storage_tier *standard = standard_of(tiers, tier->region);
    tier->index_kib = ARCHIVE_INDEX_KIB;
    if (standard)
        tier->index_usd_per_1k = ARCHIVE_NAMES_GB_PER_1K * standard->usd_per_gb_month;
    else if (!tier->unknown[0])
        tier->unknown = arena_printf(
            arena, "no rate for s3-standard in %s, which 8 KiB of each object are billed at",
            tier->region);
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
        out.tiers[n++] = tier_of(arena, &offer);
    }
    for (int i = 0; i < out.n; i++)
        add_index(arena, &out, &out.tiers[i]);
    qsort(out.tiers, (size_t)out.n, sizeof *out.tiers, compare_tier);
    return out;
}

/* Of the first `gb` gigabytes of a month. */
static double filled_usd(const struct storage_tier *tier, double gb) {
    double usd = tier->usd_per_gb_month * gb, rate = tier->usd_per_gb_month;
    for (int v = 0; v < tier->n_volumes && gb > (double)tier->volumes[v].from; v++) {
        double next = money_rate_usd(tier->volumes[v].rate);
        usd += (next - rate) * (gb - (double)tier->volumes[v].from);
        rate = next;
    }
    return usd;
}

double storage_keep_usd(const struct storage_tier *tier, double before, double gb) {
    return before > 0 ? filled_usd(tier, before + gb) - filled_usd(tier, before)
                      : filled_usd(tier, gb);
}

static bool provisioned_usd(const struct quote *quote, double units, double *usd,
                            const char **reason) {
    double beyond = units - (double)quote->included, rate = money_rate_usd(quote->rate);
    if (units <= 0 || (quote->known && beyond <= 0))
        return true;
    if (!quote->known) {
        *reason = quote->reason;
        return false;
    }
    *usd += rate * beyond;
    for (int t = 0; t < quote->n_tiers && units > (double)quote->tiers[t].from; t++) {
        double next = money_rate_usd(quote->tiers[t].rate);
        *usd += (next - rate) * (units - (double)quote->tiers[t].from);
        rate = next;
    }
    return true;
}

bool storage_volume_usd(const struct storage_tier *tier, double iops, double mbps, double *usd,
                        const char **reason) {
    *usd = 0;
    return provisioned_usd(&tier->iops, iops, usd, reason) &&
           provisioned_usd(&tier->mbps, mbps, usd, reason);
}
