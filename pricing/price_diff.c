/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/price_diff.h"

#include <string.h>

const char *price_change_word(enum price_change change) {
    static const char *const words[] = {"added", "removed", "changed", "restated"};
    ENSURE((size_t)change < sizeof words / sizeof *words);
    return words[change];
}

bool price_terms_differ(const struct price *before, const struct price *after) {
    const struct storage_terms *a = &before->storage, *b = &after->storage;
    return before->included != after->included || before->upfront != after->upfront ||
           a->access != b->access || a->zones != b->zones || a->days_min != b->days_min ||
           a->object_kib_min != b->object_kib_min || a->free != b->free;
}

/* What two rows of one rate differ in; false: nothing that counts. */
static bool compare(const struct price *before, const struct price *after,
                    struct price_difference *out) {
    *out = (struct price_difference){.before = before, .after = after, .change = PRICE_CHANGED};
    if (before->rate != after->rate) {
        out->fraction = money_rate_usd(after->rate) / money_rate_usd(before->rate) - 1;
        return true;
    }
    out->change = PRICE_RESTATED;
    return before->status != after->status || strcmp(before->rule, after->rule) != 0 ||
           price_terms_differ(before, after);
}

struct price_diff price_book_diff(struct arena *arena, const struct price_book *before,
                                  const struct price_book *after) {
    struct price_difference *items = arena_new(arena, struct price_difference,
                                               (size_t)before->n_prices + (size_t)after->n_prices);
    struct price_diff diff = {.items = items};
    int i = 0, j = 0;
    while (i < before->n_prices || j < after->n_prices) {
        const struct price *a = i < before->n_prices ? &before->prices[i] : NULL;
        const struct price *b = j < after->n_prices ? &after->prices[j] : NULL;
        int by = !a ? 1 : !b ? -1 : price_compare_rates(a, b);
        i += by <= 0;
        j += by >= 0;
        struct price_difference item = {.change = PRICE_ADDED, .after = b};
        if (by < 0)
            item = (struct price_difference){.change = PRICE_REMOVED, .before = a};
        if (by == 0 && !compare(a, b, &item)) {
            diff.n_unchanged++;
            continue;
        }
        items[diff.n++] = item;
    }
    return diff;
}
