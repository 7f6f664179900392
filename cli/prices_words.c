/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/prices_words.h"

#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "cli/shell.h"

/* ---- text ---- */

void append_rate(struct text *out, usd_pico rate) {
    enum { DIGITS = 12 };
    char digits[48];
    int n = snprintf(digits, sizeof digits, "%lld.%0*lld", (long long)(rate / USD_PICO_PER_USD),
                     DIGITS, (long long)(rate % USD_PICO_PER_USD));
    while (digits[n - 1] == '0')
        n--;
    text_append(out, digits, (size_t)(digits[n - 1] == '.' ? n - 1 : n));
}

const char *price_words(struct arena *arena, const struct price *price) {
    const char *words = price_option_words(price->option);
    return price->term_years ? arena_printf(arena, "%s %dy %s", words, price->term_years,
                                            payment_word(price->payment))
                             : words;
}

void append_price_head(struct text *out, const struct price *price, const struct price *before) {
    const char *place = price->zone[0] ? price->zone : price->region;
    if (!before || strcmp(before->sku, price->sku) != 0 ||
        strcmp(before->zone[0] ? before->zone : before->region, place) != 0)
        text_printf(out, "%s, %s\n", price->sku, place);
}

static const char *status_words(struct arena *arena, const struct price *price) {
    return arena_printf(arena, "%s%s%s, %s", price_status_word(price->status),
                        price->rule[0] ? " by " : "", price->rule, price->as_of);
}

void append_bounds(struct text *line, const struct price *price) {
    const char *per = price->unit == PER_IOPS_MONTH ? "of a volume" : "a month";
    if (price->above > 0)
        text_printf(line, " above %s %s", number_whole(line->arena, (double)price->above), per);
    if (price->included > 0)
        text_printf(line, " beyond %s of each volume",
                    number_whole(line->arena, (double)price->included));
}

void append_price(struct text *out, const char *mark, const struct price *price) {
    struct text line = {.arena = out->arena};
    text_append_string(&line, "$");
    append_rate(&line, price->rate);
    text_printf(&line, " per %s", price_unit_word(price->unit));
    if (price->low != price->high) {
        text_append_string(&line, " (zones $");
        append_rate(&line, price->low);
        text_append_string(&line, " to $");
        append_rate(&line, price->high);
        text_append_string(&line, ")");
    }
    append_bounds(&line, price);
    if (price->upfront) {
        text_append_string(&line, ", $");
        append_rate(&line, price->upfront);
        text_append_string(&line, " of the term's cost at purchase");
    }
    if (price->effective_from[0])
        text_printf(&line, " from %s", price->effective_from);
    text_printf(&line, ", %s", status_words(out->arena, price));
    append_entry(out, arena_printf(out->arena, "%s%s", mark, price_words(out->arena, price)),
                 PRICE_COLUMNS + (int)strlen(mark), line.data);
}

void append_coming(struct text *out, const struct price_book *book, const struct price *row) {
    int n;
    const struct price *now = price_book_rates(book, row->sku, row->region, row->option,
                                               row->term_years, row->payment, row->unit, &n);
    while (n > 0 && price_compare_rates(now, row) != 0) {
        now++;
        n--;
    }
    struct text line = {.arena = out->arena};
    text_append_string(&line, "$");
    append_rate(&line, row->rate);
    text_printf(&line, " per %s", price_unit_word(row->unit));
    append_bounds(&line, row);
    text_printf(&line, " from %s", row->effective_from);
    if (n > 0) {
        text_append_string(&line, ", until then $");
        append_rate(&line, now->rate);
    }
    text_printf(&line, ", %s", status_words(out->arena, row));
    append_entry(out, arena_printf(out->arena, "coming   %s", price_words(out->arena, row)),
                 PRICE_COLUMNS + 9, line.data);
}

/* ---- JSON ---- */

static json_t *word_or_null(const char *word) {
    return word[0] ? json_string(word) : json_null();
}

json_t *price_json(const struct price_book *book, const struct price *price) {
    bool range = price->low != price->high;
    json_t *object = json_pack(
        "{s:s,s:s,s:s,s:o,s:s,s:o,s:o,s:s,s:I,s:f,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:s,s:s,s:s,s:i}",
        "kind", price_kind_word(price->kind), "sku", price->sku, "region", price->region, "zone",
        word_or_null(price->zone), "option", price_option_word(price->option), "term_years",
        price->term_years ? json_integer(price->term_years) : json_null(), "payment",
        price->term_years ? json_string(price_payment_word(price->payment)) : json_null(), "unit",
        price_unit_word(price->unit), "above", (json_int_t)price->above, "usd",
        money_rate_usd(price->rate), "usd_upfront",
        price->upfront ? json_real(money_rate_usd(price->upfront)) : json_null(), "usd_low",
        range ? json_real(money_rate_usd(price->low)) : json_null(), "usd_high",
        range ? json_real(money_rate_usd(price->high)) : json_null(), "interruptions_per_month",
        price->interruptions_per_month >= 0 ? json_real(price->interruptions_per_month)
                                            : json_null(),
        "effective_from", word_or_null(price->effective_from), "status",
        price_status_word(price->status), "rule", word_or_null(price->rule), "source",
        price->source, "as_of", price->as_of, "book", book->layers[price->layer].name, "line",
        price->line);
    ENSURE(object != NULL);
    if (price->included > 0)
        json_object_set_new(object, "included", json_integer(price->included));
    return object;
}

/* ---- books ---- */

static bool read_layer(struct arena *arena, const char *path, struct price_book *out, int *code) {
    struct err err = {0};
    struct path_files paths = {.allow_outside = true};
    struct file_system files = path_file_system(&paths);
    struct source *source = path ? files.open(files.context, arena, path, NULL, &err)
                                 : price_book_shipped(arena, NULL, &err);
    if (!source) {
        *code = print_error(&err);
        return false;
    }
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    bool ok = price_book_read(arena, source, out, errs);
    source_close(source);
    if (!ok)
        *code = print_errors(errs);
    return ok;
}

static bool check_options(const struct arguments *arguments, struct err *err) {
    const char *day = arguments->value[OPTION_AS_OF];
    struct date date;
    if (arguments->given[OPTION_ALONE] && arguments->n_books == 0) {
        err_set(err, ERR_USAGE, "--alone leaves no price book at all");
        err_hint(err, "name one with --book");
        return false;
    }
    if (!day || calendar_parse_date(bytes_of(day), &date))
        return true;
    err_set(err, ERR_USAGE, "'%s' is not a date", day);
    err_hint(err, "--as-of YYYY-MM-DD");
    return false;
}

/* A day before the rates were read: nobody knows whether they were in force then. */
static void tell_later_rates(struct arena *arena, const struct price_book *book, const char *day) {
    int n = 0;
    for (int i = 0; i < book->n_prices; i++)
        n += !book->prices[i].effective_from[0] && strcmp(book->prices[i].as_of, day) > 0;
    if (n > 0)
        fprintf(stderr, "note: %s %s read after %s; the book does not say since when\n",
                number_part(arena, n, book->n_prices, "rate"), n == 1 ? "was" : "were", day);
}

/* The newest day on which any of the books was read. */
static const char *newest_day(const struct price_book *books, int n) {
    const char *day = "";
    for (int b = 0; b < n; b++)
        for (int i = 0; i < books[b].n_rows; i++)
            if (strcmp(books[b].rows[i].as_of, day) > 0)
                day = books[b].rows[i].as_of;
    return day[0] ? day : NULL;
}

static bool stack(struct arena *arena, const struct arguments *arguments,
                  const struct price_book *layers, int n, const char *day, struct price_book *out,
                  int *code) {
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    if (!price_book_stack(arena, layers, n, day, out, errs)) {
        *code = print_errors(errs);
        return false;
    }
    if (arguments->given[OPTION_AS_OF])
        tell_later_rates(arena, out, day);
    return true;
}

bool prices_open(struct arena *arena, const struct arguments *arguments, struct price_book *out,
                 int *code) {
    struct err err = {0};
    if (!check_options(arguments, &err)) {
        *code = print_error(&err);
        return false;
    }
    int shipped = !arguments->given[OPTION_ALONE], n = shipped + arguments->n_books;
    struct price_book *layers = arena_new(arena, struct price_book, n);
    for (int i = 0; i < n; i++)
        if (!read_layer(arena, i < shipped ? NULL : arguments->books[i - shipped], &layers[i],
                        code))
            return false;
    const char *day = arguments->value[OPTION_AS_OF];
    return stack(arena, arguments, layers, n, day ? day : newest_day(layers, n), out, code);
}

bool prices_open_two(struct arena *arena, const struct arguments *arguments,
                     const char *const names[2], struct price_book out[2], int *code) {
    struct err err = {0};
    if (!check_options(arguments, &err)) {
        *code = print_error(&err);
        return false;
    }
    struct price_book read[2];
    for (int b = 0; b < 2; b++) {
        bool shipped = false;
        for (int i = 0; i < price_book_shipped_count(); i++)
            shipped = shipped || strcmp(price_book_shipped_name(i), names[b]) == 0;
        if (!read_layer(arena, shipped ? NULL : names[b], &read[b], code))
            return false;
    }
    const char *day = arguments->value[OPTION_AS_OF];
    day = day ? day : newest_day(read, 2);
    for (int b = 0; b < 2; b++)
        if (!stack(arena, arguments, &read[b], 1, day, &out[b], code))
            return false;
    return true;
}
