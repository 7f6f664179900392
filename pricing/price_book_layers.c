/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of several rows of one rate is in force. All rows lie sorted by rate, of one rate by layer
 * and by the day they begin; so the row in force is the last one of its rate that has begun. */
#include <stdlib.h>
#include <string.h>

#include "pricing/price_book.h"

/* ---- rows of all layers ---- */

static int compare_row(const void *left, const void *right) {
    const struct price *a = left, *b = right;
    int by = price_compare_rates(a, b);
    by = by ? by : a->layer - b->layer;
    return by ? by : strcmp(a->effective_from, b->effective_from);
}

static void merge_rows(struct arena *arena, const struct price_book *layers, int n_layers,
                       struct price_book *out) {
    for (int l = 0; l < n_layers; l++)
        out->n_rows += layers[l].n_rows;
    struct price *rows = arena_new(arena, struct price, out->n_rows);
    size_t n = 0;
    for (int l = 0; l < n_layers; l++)
        for (int i = 0; i < layers[l].n_rows; i++) {
            rows[n] = layers[l].rows[i];
            rows[n++].layer = l;
        }
    qsort(rows, n, sizeof *rows, compare_row);
    out->rows = rows;
}

static bool check_kinds(struct arena *arena, const struct price_book *book, struct err_list *errs) {
    bool ok = true;
    for (int i = 1; i < book->n_rows; i++) {
        const struct price *low = &book->rows[i - 1], *high = &book->rows[i];
        if (strcmp(low->sku, high->sku) != 0 || low->kind == high->kind)
            continue;
        if (low->layer > high->layer) {
            const struct price *swap = low;
            low = high;
            high = swap;
        }
        struct err err;
        err_at(&err, book->layers[high->layer].file, high->line, 0, "%s is of kind '%s' here",
               high->sku, price_kind_word(high->kind));
        err_hint(&err, "%s",
                 arena_printf(arena, "line %d of %s says '%s'; a SKU has one kind", low->line,
                              book->layers[low->layer].file, price_kind_word(low->kind)));
        ok = err_list_add(errs, &err);
    }
    return ok;
}

/* ---- names of all layers ---- */

static int compare_alias(const void *left, const void *right) {
    const struct price_alias *a = left, *b = right;
    int by = strcmp(a->name, b->name);
    return by ? by : b->layer - a->layer;
}

/* Of one name the uppermost layer's meaning. */
static void merge_aliases(struct arena *arena, const struct price_book *layers, int n_layers,
                          struct price_book *out) {
    size_t n = 0;
    int count = 0;
    for (int l = 0; l < n_layers; l++)
        n += (size_t)layers[l].n_aliases;
    struct price_alias *aliases = arena_new(arena, struct price_alias, n);
    n = 0;
    for (int l = 0; l < n_layers; l++)
        for (int i = 0; i < layers[l].n_aliases; i++) {
            aliases[n] = layers[l].aliases[i];
            aliases[n++].layer = l;
        }
    qsort(aliases, n, sizeof *aliases, compare_alias);
    for (size_t i = 0; i < n; i++)
        if (count == 0 || strcmp(aliases[count - 1].name, aliases[i].name) != 0)
            aliases[count++] = aliases[i];
    out->aliases = aliases;
    out->n_aliases = count;
}

static int compare_sku(const void *name, const void *price) {
    return strcmp(name, ((const struct price *)price)->sku);
}

/* A name that an upper layer gives to one SKU must not be another SKU of a lower one. */
static bool check_aliases(struct arena *arena, const struct price_book *book,
                          struct err_list *errs) {
    bool ok = true;
    for (int i = 0; i < book->n_aliases; i++) {
        const struct price_alias *alias = &book->aliases[i];
        const struct price *taken =
            bsearch(alias->name, book->rows, (size_t)book->n_rows, sizeof *book->rows, compare_sku);
        if (!taken || alias->layer == 0 || strcmp(taken->sku, alias->sku) == 0)
            continue;
        struct err err;
        err_at(&err, book->layers[alias->layer].file, alias->line, 0,
               "alias '%s' of %s already means %s", alias->name, alias->sku, taken->sku);
        err_hint(&err, "%s",
                 arena_printf(arena, "it is a SKU of %s", book->layers[taken->layer].name));
        ok = err_list_add(errs, &err);
    }
    return ok;
}

/* ---- in force ---- */

static bool same_but_tier(const struct price *a, const struct price *b) {
    struct price first = *b;
    first.above = a->above;
    return price_compare_rates(a, &first) == 0;
}

/* Tiers hold with the first tier of their own layer alone: a flat rate above a tiered one is flat.
 */
static bool has_its_base(const struct price *prices, int n, const struct price *tier) {
    if (tier->above == 0)
        return true;
    for (int i = n - 1; i >= 0 && same_but_tier(&prices[i], tier); i--)
        if (prices[i].above == 0)
            return prices[i].layer == tier->layer;
    return false;
}

/* Most books have one row a rate, all begun: their rows are their prices. */
static bool all_in_force(const struct price_book *book, const char *day) {
    for (int i = 0; i < book->n_rows; i++)
        if ((i > 0 && price_compare_rates(&book->rows[i - 1], &book->rows[i]) == 0) ||
            (day && strcmp(book->rows[i].effective_from, day) > 0))
            return false;
    return book->n_layers == 1;
}

static void select_prices(struct arena *arena, const char *day, struct price_book *book) {
    book->prices = book->rows;
    book->n_prices = book->n_rows;
    if (all_in_force(book, day))
        return;
    struct price *prices = arena_new(arena, struct price, book->n_rows);
    int n = 0;
    for (int i = 0; i < book->n_rows;) {
        const struct price *first = &book->rows[i], *chosen = NULL;
        for (; i < book->n_rows && price_compare_rates(first, &book->rows[i]) == 0; i++)
            if (!day || strcmp(book->rows[i].effective_from, day) <= 0)
                chosen = &book->rows[i];
        if (chosen && has_its_base(prices, n, chosen))
            prices[n++] = *chosen;
    }
    book->prices = prices;
    book->n_prices = n;
}

static bool is_row(const struct price_book *book, const struct price *row) {
    return row >= book->rows && row < book->rows + book->n_rows;
}

/* Rows of one rate lie by layer: those of upper ones behind it. */
bool price_book_is_coming(const struct price_book *book, const struct price *row) {
    ENSURE(is_row(book, row));
    if (!book->day || strcmp(row->effective_from, book->day) <= 0)
        return false;
    for (const struct price *above = row + 1;
         is_row(book, above) && price_compare_rates(row, above) == 0; above++)
        if (above->layer > row->layer && strcmp(above->effective_from, row->effective_from) <= 0)
            return false;
    return true;
}

/* ---- all ---- */

static void list_layers(struct arena *arena, const struct price_book *layers, int n_layers,
                        struct price_book *out) {
    struct price_layer *list = arena_new(arena, struct price_layer, n_layers);
    struct text name = {.arena = arena};
    for (int l = 0; l < n_layers; l++) {
        ENSURE(layers[l].n_layers == 1);
        list[l] = layers[l].layers[0];
        text_printf(&name, "%s%s", l ? " + " : "", list[l].name);
    }
    out->layers = list;
    out->n_layers = n_layers;
    out->name = name.data;
}

bool price_book_stack(struct arena *arena, const struct price_book *layers, int n_layers,
                      const char *day, struct price_book *out, struct err_list *errs) {
    ENSURE(n_layers > 0);
    struct price_book book = n_layers == 1 ? layers[0] : (struct price_book){0};
    if (n_layers > 1) {
        list_layers(arena, layers, n_layers, &book);
        merge_rows(arena, layers, n_layers, &book);
        merge_aliases(arena, layers, n_layers, &book);
        bool ok = check_kinds(arena, &book, errs);
        if (!check_aliases(arena, &book, errs) || !ok)
            return false;
    }
    book.day = day ? arena_printf(arena, "%s", day) : NULL;
    select_prices(arena, day, &book);
    *out = book;
    return true;
}
