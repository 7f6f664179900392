/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices list, prices show. */
#include <string.h>

#include "cli/command.h"
#include "cli/shell.h"
#include "pricing/price_book.h"

static const char *option_words(const struct price *price) {
    static const char *const words[] = {
        [PRICE_ON_DEMAND] = "on demand",
        [PRICE_SPOT] = "spot",
        [PRICE_RESERVED_STANDARD] = "reserved standard",
        [PRICE_RESERVED_CONVERTIBLE] = "reserved convertible",
        [PRICE_PLAN_EC2] = "EC2 Instance plan",
        [PRICE_PLAN_COMPUTE] = "Compute plan",
        [PRICE_BATCH] = "batch",
        [PRICE_FLEX] = "flex",
        [PRICE_PRIORITY] = "priority",
        [PRICE_PROVISIONED] = "provisioned",
        [PRICE_PROVISIONED_1M] = "provisioned, 1 month",
        [PRICE_PROVISIONED_6M] = "provisioned, 6 months",
    };
    ENSURE((size_t)price->option < sizeof words / sizeof *words);
    return words[price->option];
}

static const char *unit_words(enum price_unit unit) {
    static const char *const words[] = {
        [PER_HOUR] = "hour",
        [PER_GB_SECOND] = "GB-second",
        [PER_MILLION_REQUESTS] = "1M requests",
        [PER_MILLION_INPUT_TOKENS] = "1M input tokens",
        [PER_MILLION_OUTPUT_TOKENS] = "1M output tokens",
        [PER_MILLION_CACHED_TOKENS] = "1M cached input tokens",
        [PER_GB_SECOND_HELD] = "GB-second held",
    };
    ENSURE((size_t)unit < sizeof words / sizeof *words);
    return words[unit];
}

/* Exact: a rate is shown with the digits it has. */
static void append_rate(struct text *out, usd_pico rate) {
    char digits[32];
    text_format_double(digits, money_rate_usd(rate));
    text_append_string(out, digits);
}

static void append_price(struct text *out, const struct price *price, bool with_source) {
    text_printf(out, "%-28s %-11s ", price->sku, price->region);
    struct text option = {.arena = out->arena};
    text_append_string(&option, option_words(price));
    if (price->term_years > 0)
        text_printf(&option, " %dy %s", price->term_years, payment_word(price->payment));
    text_printf(out, "%-36s $", option.data);
    append_rate(out, price->rate);
    text_printf(out, " per %s", unit_words(price->unit));
    if (price->low != price->high) {
        text_append_string(out, " (zones $");
        append_rate(out, price->low);
        text_append_string(out, " to $");
        append_rate(out, price->high);
        text_append_string(out, ")");
    }
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
    if ((!show && strcmp(arguments->words[0], "list") != 0) ||
        arguments->n_words != (show ? 2 : 1)) {
        err_set(&err, ERR_USAGE, "usage: headroom prices list | prices show NAME");
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
