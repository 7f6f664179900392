/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_transfer.h"

#include <string.h>

#include "scenarios/study_parts.h"

static const char any_region[] = "cross-region";

bool study_transfer_open(struct study_offers *offers, const char *way, const char *from,
                         const char *to) {
    if (!to)
        return study_offers_get(offers, way, from, TIER_STANDARD) >= 0;
    const char *pair = arena_printf(offers->arena, "%s/%s", any_region, to);
    return strcmp(from, to) == 0 || study_offers_get(offers, pair, from, TIER_STANDARD) >= 0 ||
           study_offers_get(offers, any_region, from, TIER_STANDARD) >= 0;
}

/* "cross-region/us-west-2" */
static bool is_pair(const char *sku, const char *to) {
    size_t n = sizeof any_region - 1;
    return strncmp(sku, any_region, n) == 0 && sku[n] == '/' && strcmp(sku + n + 1, to) == 0;
}

int study_transfer_offer(const struct study *study, const char *way, const char *from,
                         const char *to) {
    int found = -1;
    if (to && strcmp(from, to) == 0)
        return -1;
    for (int o = 0; o < study->n_offers; o++) {
        const struct offer *offer = &study->offers[o];
        if (offer->kind != OFFER_TRANSFER || strcmp(offer->region, from) != 0)
            continue;
        if (to && is_pair(offer->sku, to))
            return o;
        if (strcmp(offer->sku, to ? any_region : way) == 0)
            found = o;
    }
    return found;
}
