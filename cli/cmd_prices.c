/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices list, prices show; prices import is prices_import.c. */
#include <string.h>

#include "cli/command.h"
#include "cli/prices_import.h"
#include "cli/shell.h"
#include "pricing/price_book.h"

/* Exact: a rate is shown with the digits it has. */
static void append_rate(struct text *out, usd_pico rate) {
    char digits[32];
    text_format_double(digits, money_rate_usd(rate));
    text_append_string(out, digits);
}

static void append_price(struct text *out, const struct price *price, bool with_source) {
    text_printf(out, "%-28s %-11s ", price->sku, price->zone[0] ? price->zone : price->region);
    struct text option = {.arena = out->arena};
    text_append_string(&option, price_option_words(price->option));
    if (price->term_years > 0)
        text_printf(&option, " %dy %s", price->term_years, payment_word(price->payment));
    text_printf(out, "%-36s $", option.data);
    append_rate(out, price->rate);
    text_printf(out, " per %s", price_unit_word(price->unit));
    if (price->low != price->high) {
        text_append_string(out, " (zones $");
        append_rate(out, price->low);
        text_append_string(out, " to $");
        append_rate(out, price->high);
        text_append_string(out, ")");
    }
    if (price->above)
        text_printf(out, " above %lld a month", (long long)price->above);
    if (price->upfront) {
        text_append_string(out, ", of it $");
        append_rate(out, price->upfront);
        text_append_string(out, " at purchase");
    }
    if (price->effective_from[0])
        text_printf(out, " from %s", price->effective_from);
    text_printf(out, "  %s", price_status_word(price->status));
    if (price->rule[0])
        text_printf(out, " by %s", price->rule);
    text_printf(out, ", %s\n", price->as_of);
    if (with_source)
        text_printf(out, "    source: %s\n", price->source);
}

static struct source *open_book(struct arena *arena, const struct arguments *arguments,
                                struct err *err) {
    struct path_files paths = {.allow_outside = true};
    struct file_system files = path_file_system(&paths);
    const char *path = arguments->value[OPTION_BOOK];
    return path ? files.open(files.context, arena, path, NULL, err)
                : price_book_shipped(arena, NULL, err);
}

int command_prices(struct arena *arena, const struct arguments *arguments) {
    struct err err = {0};
    bool show = strcmp(arguments->words[0], "show") == 0;
    bool import = strcmp(arguments->words[0], "import") == 0;
    if ((!show && !import && strcmp(arguments->words[0], "list") != 0) ||
        arguments->n_words != (show || import ? 2 : 1)) {
        err_set(&err, ERR_USAGE,
                "usage: headroom prices list | prices show NAME | prices import FILE");
        return print_error(&err);
    }
    struct source *source = open_book(arena, arguments, &err);
    if (!source)
        return print_error(&err);
    struct price_book book;
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    bool ok = price_book_read(arena, source, &book, errs);
    source_close(source);
    if (!ok)
        return print_errors(errs);
    if (import)
        return prices_import(arena, arguments, &book);
    const char *sku = NULL;
    if (show && !(sku = price_book_sku(&book, bytes_of(arguments->words[1])))) {
        int n;
        const char *const *names = price_book_names(&book, arena, &n);
        const char *near = text_nearest(bytes_of(arguments->words[1]), names, (size_t)n);
        err_set(&err, ERR_INPUT, "the book %s has no '%s'", book.name, arguments->words[1]);
        err_hint(&err, near ? "did you mean '%s'?" : "headroom prices list shows all", near);
        return print_error(&err);
    }
    struct text out = {.arena = arena};
    for (int i = 0; i < book.n_prices; i++) {
        const struct price *price = &book.prices[i];
        const char *region = arguments->value[OPTION_REGION];
        if ((sku && strcmp(price->sku, sku) != 0) || (region && strcmp(price->region, region) != 0))
            continue;
        append_price(&out, price, show);
    }
    if (out.n == 0) {
        err_set(&err, ERR_INPUT, "the book %s has no rate there", book.name);
        err_hint(&err, "headroom prices list shows all regions");
        return print_error(&err);
    }
    return print_result(out.data, out.n);
}
