/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sort, after which all that compares rows (two rows for a rate, a name with two meanings) is a
 * walk over neighbours. Lookups are binary searches in that order. */
#include "pricing/price_book_index.h"

#include <stdlib.h>
#include <string.h>

#include "pricing/price_words.h"

static int compare_row(const void *left, const void *right) {
    const struct price *a = left, *b = right;
    int by = price_compare_rates(a, b);
    by = by ? by : strcmp(a->effective_from, b->effective_from);
    return by ? by : (a->line > b->line) - (a->line < b->line);
}

/* A book that a program wrote stands in order as a rule. */
static void sort_rows(struct price *rows, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (compare_row(&rows[i - 1], &rows[i]) > 0) {
            qsort(rows, n, sizeof *rows, compare_row);
            return;
        }
}

static void add_at_line(struct err_list *errs, const char *file, int line, const char *what,
                        const char *hint) {
    struct err err;
    err_at(&err, file, line, 0, "%s", what);
    err_hint(&err, "%s", hint);
    err_list_add(errs, &err);
}

static bool check_once(struct arena *arena, const char *file, const struct price *a,
                       const struct price *b, struct err_list *errs) {
    if (price_compare_rates(a, b) != 0 || strcmp(a->effective_from, b->effective_from) != 0)
        return true;
    add_at_line(errs, file, b->line,
                arena_printf(arena, "a second %s rate of %s in %s%s%s",
                             price_option_word(b->option), b->sku, b->zone[0] ? b->zone : b->region,
                             b->effective_from[0] ? " from " : "", b->effective_from),
                arena_printf(arena, "line %d has the first; keep one of them", a->line));
    return false;
}

static bool check_kind(struct arena *arena, const char *file, const struct price *a,
                       const struct price *b, struct err_list *errs) {
    if (strcmp(a->sku, b->sku) != 0 || a->kind == b->kind)
        return true;
    add_at_line(errs, file, b->line,
                arena_printf(arena, "%s is of kind '%s' here", b->sku, price_kind_word(b->kind)),
                arena_printf(arena, "line %d says '%s'; a SKU has one kind", a->line,
                             price_kind_word(a->kind)));
    return false;
}

/* Tiers stand on the rate of the first unit, which sorts before them. */
static bool check_tier(struct arena *arena, const char *file, const struct price *before,
                       const struct price *price, struct err_list *errs) {
    struct price first = *price;
    first.above = before ? before->above : 0;
    if (price->above == 0 || (before && price_compare_rates(before, &first) == 0))
        return true;
    add_at_line(errs, file, price->line,
                arena_printf(arena, "a rate of %s above %lld %s, and none below", price->sku,
                             (long long)price->above, price_unit_word(price->unit)),
                "add the row of the first unit, with an empty 'above'");
    return false;
}

static bool check_neighbours(struct arena *arena, const char *file, const struct price *rows,
                             size_t n, struct err_list *errs) {
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const struct price *before = i ? &rows[i - 1] : NULL;
        ok &= check_tier(arena, file, before, &rows[i], errs);
        if (before) {
            ok &= check_once(arena, file, before, &rows[i], errs);
            ok &= check_kind(arena, file, before, &rows[i], errs);
        }
    }
    return ok;
}

/* The next name of an alias cell, or an empty view. */
static struct bytes next_alias(const char **cursor) {
    const char *p = *cursor + strspn(*cursor, " ");
    size_t n = strcspn(p, " ");
    *cursor = p + n;
    return (struct bytes){p, n};
}

static int compare_alias(const void *left, const void *right) {
    const struct price_alias *a = left, *b = right;
    int by = strcmp(a->name, b->name);
    by = by ? by : strcmp(a->sku, b->sku);
    return by ? by : (a->line > b->line) - (a->line < b->line);
}

/* Every alias of every row, sorted by name, SKU and line, each pair once. */
static void list_aliases(struct arena *arena, struct price_book *book) {
    size_t count = 0, capacity = 64;
    struct price_alias *aliases = arena_new(arena, struct price_alias, capacity);
    for (int i = 0; i < book->n_rows; i++) {
        const struct price *price = &book->rows[i];
        const char *cursor = price->alias;
        for (struct bytes name; (name = next_alias(&cursor)).n > 0;) {
            if (count == capacity) {
                aliases = arena_grow(arena, aliases, count, 2 * capacity, sizeof *aliases);
                capacity *= 2;
            }
            aliases[count++] = (struct price_alias){arena_strndup(arena, name.data, name.n),
                                                    price->sku, price->line, 0};
        }
    }
    qsort(aliases, count, sizeof *aliases, compare_alias);
    int n = 0;
    for (size_t i = 0; i < count; i++)
        if (n == 0 || strcmp(aliases[n - 1].name, aliases[i].name) != 0 ||
            strcmp(aliases[n - 1].sku, aliases[i].sku) != 0)
            aliases[n++] = aliases[i];
    book->aliases = aliases;
    book->n_aliases = n;
}

static int compare_sku(const void *name, const void *price) {
    return strcmp(name, ((const struct price *)price)->sku);
}

static bool check_aliases(struct arena *arena, const char *file, const struct price_book *book,
                          struct err_list *errs) {
    bool ok = true;
    for (int i = 0; i < book->n_aliases; i++) {
        const struct price_alias *a = &book->aliases[i];
        const struct price *sku =
            bsearch(a->name, book->rows, (size_t)book->n_rows, sizeof *book->rows, compare_sku);
        const char *taken = sku                                         ? sku->sku
                            : i > 0 && strcmp(a[-1].name, a->name) == 0 ? a[-1].sku
                                                                        : a->sku;
        if (strcmp(taken, a->sku) == 0)
            continue;
        add_at_line(
            errs, file, a->line,
            arena_printf(arena, "alias '%s' of %s already means %s", a->name, a->sku, taken),
            "an alias stands for one SKU");
        ok = false;
    }
    return ok;
}

bool price_book_index(struct arena *arena, struct price_layer *layer, struct price *rows, size_t n,
                      struct price_book *book, struct err_list *errs) {
    if (n == 0)
        return true;
    sort_rows(rows, n);
    book->rows = rows;
    book->n_rows = layer->n_rows = (int)n;
    list_aliases(arena, book);
    bool ok = check_neighbours(arena, layer->file, rows, n, errs);
    return check_aliases(arena, layer->file, book, errs) && ok;
}
