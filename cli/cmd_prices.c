/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices list, search, show, diff, break-even; prices import is prices_import.c. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "cli/answer_words.h"
#include "cli/command.h"
#include "cli/prices_import.h"
#include "cli/prices_words.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "pricing/break_even.h"

struct looking {
    struct arena *arena;
    const struct arguments *arguments;
    struct price_book book;
};

static bool in_region(const struct looking *l, const struct price *price) {
    const char *region = l->arguments->value[OPTION_REGION];
    return !region || strcmp(price->region, region) == 0;
}

static int nothing_there(const struct looking *l, const char *what) {
    struct err err = {0};
    err_set(&err, ERR_INPUT, "the book %s has no rate %s", l->book.name, what);
    err_hint(&err, "headroom prices list shows all");
    return print_error(&err);
}

/* ---- list and search ---- */

static bool contains(const char *text, const char *word) {
    size_t n = strlen(word);
    for (; *text; text++) {
        size_t i = 0;
        while (i < n && text[i] &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)word[i]))
            i++;
        if (i == n)
            return true;
    }
    return false;
}

/* Every word stands somewhere in the rate's names. */
static bool matches(const struct looking *l, const struct price *price) {
    const char *const names[] = {price->sku,
                                 price->alias,
                                 price->region,
                                 price->zone,
                                 price_words(l->arena, price),
                                 price_option_word(price->option),
                                 price_unit_word(price->unit),
                                 price_kind_word(price->kind),
                                 price_status_word(price->status)};
    for (int w = 1; w < l->arguments->n_words; w++) {
        bool found = false;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            found = found || contains(names[i], l->arguments->words[w]);
        if (!found)
            return false;
    }
    return true;
}

/* Without a day of their own people must see that they are shown another one. */
static void tell_coming(const struct looking *l) {
    int n = 0;
    for (int i = 0; i < l->book.n_rows; i++)
        n += in_region(l, &l->book.rows[i]) && matches(l, &l->book.rows[i]) &&
             price_book_is_coming(&l->book, &l->book.rows[i]);
    if (n > 0 && !l->arguments->given[OPTION_AS_OF])
        fprintf(stderr,
                "note: the rates in force on %s; %s later: headroom prices show NAME tells them\n",
                l->book.day, n == 1 ? "1 begins" : arena_printf(l->arena, "%d begin", n));
}

static int list(const struct looking *l) {
    tell_coming(l);
    struct text out = {.arena = l->arena};
    json_t *rates = json_array();
    const struct price *before = NULL;
    for (int i = 0; i < l->book.n_prices; i++) {
        const struct price *price = &l->book.prices[i];
        if (!in_region(l, price) || !matches(l, price))
            continue;
        if (l->arguments->given[OPTION_JSON])
            json_array_append_new(rates, price_json(&l->book, price));
        append_price_head(&out, price, before);
        append_price(&out, "", price);
        before = price;
    }
    if (before && l->arguments->given[OPTION_JSON])
        return print_json(
            l->arena,
            json_pack("{s:i,s:s,s:o}", "schema_version", 1, "book", l->book.name, "rates", rates),
            RATE_DIGITS);
    json_decref(rates);
    return before ? print_text(l->arena, &out)
                  : nothing_there(l, l->arguments->n_words > 1 ? "with these words" : "there");
}

/* ---- show ---- */

/* The SKU that the second word names; NULL: told, *code. */
static const char *named_sku(const struct looking *l, int *code) {
    struct err err = {0};
    struct bytes name = bytes_of(l->arguments->words[1]);
    const char *sku = price_book_sku(&l->book, name);
    if (sku)
        return sku;
    int n;
    const char *const *names = price_book_names(&l->book, l->arena, &n);
    const char *near = text_nearest(name, names, (size_t)n);
    err_set(&err, ERR_INPUT, "the book %s has no '%s'", l->book.name, l->arguments->words[1]);
    err_hint(&err, near ? "did you mean '%s'?" : "headroom prices list shows all", near);
    *code = print_error(&err);
    return NULL;
}

/* Why a row is not the one in force (`chosen`, NULL: none is). */
static const char *why_not(const struct looking *l, const struct price *row,
                           const struct price *chosen) {
    if (!chosen ||
        (row->layer >= chosen->layer && strcmp(row->effective_from, chosen->effective_from) > 0))
        return arena_printf(l->arena, "begins %s", row->effective_from);
    if (row->layer < chosen->layer)
        return arena_printf(l->arena, "under %s", l->book.layers[chosen->layer].name);
    return arena_printf(l->arena, "until %s", chosen->effective_from);
}

/* About the rate above. */
static void append_below(struct text *out, const char *line) {
    text_append_string(out, "    ");
    append_wrapped(out, line, TERMINAL_WIDTH - 4, 6);
}

static void append_row(const struct looking *l, struct text *out, const struct price *row) {
    const struct price_layer *layer = &l->book.layers[row->layer];
    append_price(out, "", row);
    append_below(out, arena_printf(l->arena, "source: %s", row->source));
    if (l->book.n_layers > 1)
        append_below(out, arena_printf(l->arena, "book: %s, line %d", layer->name, row->line));
}

static bool is_unit(const struct price *row) {
    return row->kind == OFFER_TOKEN_API && row->unit == PER_HOUR;
}

/* What holding a model unit binds to, and from what use on it pays. */
static void append_unit(const struct looking *l, struct text *out, const struct price *row) {
    struct arena *arena = l->arena;
    struct unit_break_even b = unit_break_even_of(&l->book, row);
    struct text line = {.arena = arena};
    text_append_string(&line, "a model unit, paid used or not, ");
    if (b.term_months == 0)
        text_append_string(&line, "by the hour without a term");
    else
        text_printf(&line, "for %s: %s", number_counted(arena, b.term_months, "month"),
                    money(arena, b.term_usd));
    append_below(out, line.data);
    line = (struct text){.arena = arena};
    if (isfinite(b.input_tokens_per_minute) && isfinite(b.output_tokens_per_minute))
        text_printf(&line,
                    "breaks even with tokens on demand at %s input or %s output tokens a "
                    "minute, in the mean of all hours",
                    number_words(arena, b.input_tokens_per_minute),
                    number_words(arena, b.output_tokens_per_minute));
    else
        text_append_string(&line, "its tokens have no on-demand rate to compare with");
    if (isfinite(b.months_by_the_hour))
        text_printf(&line, "; with a unit by the hour after %s",
                    number_months(arena, b.months_by_the_hour));
    append_below(out, line.data);
}

static void put_real(json_t *object, const char *key, double value) {
    json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

static void put_unit(const struct looking *l, const struct price *row, json_t *object) {
    struct unit_break_even b = unit_break_even_of(&l->book, row);
    json_object_set_new(object, "term_months", json_integer(b.term_months));
    put_real(object, "term_usd", b.term_usd);
    put_real(object, "break_even_input_tokens_per_minute", b.input_tokens_per_minute);
    put_real(object, "break_even_output_tokens_per_minute", b.output_tokens_per_minute);
    put_real(object, "break_even_months_by_the_hour", b.months_by_the_hour);
}

static void append_history(const struct looking *l, struct text *out, const struct price *row,
                           const struct price *chosen) {
    struct text line = {.arena = l->arena};
    text_append_string(&line, "not in force: $");
    append_rate(&line, row->rate);
    text_printf(&line, ", %s, %s, %s; %s line %d, %s", why_not(l, row, chosen),
                price_status_word(row->status), row->as_of, l->book.layers[row->layer].name,
                row->line, row->source);
    append_below(out, line.data);
}

static const struct price *in_force(const struct looking *l, const struct price *first, int n) {
    int n_group;
    const struct price *group =
        price_book_rates(&l->book, first->sku, first->region, first->option, first->term_years,
                         first->payment, first->unit, &n_group);
    for (int i = 0; i < n_group; i++)
        if (price_compare_rates(&group[i], first) == 0)
            for (int k = 0; k < n; k++)
                if (first[k].layer == group[i].layer && first[k].line == group[i].line)
                    return &first[k];
    return NULL;
}

/* All rows of one rate. */
static void show_rate(const struct looking *l, const struct price *first, int n,
                      const struct price *before, struct text *out, json_t *rates) {
    const struct price *chosen = in_force(l, first, n);
    append_price_head(out, first, before);
    if (chosen)
        append_row(l, out, chosen);
    if (chosen && is_unit(chosen))
        append_unit(l, out, chosen);
    if (!chosen)
        append_entry(
            out, price_words(l->arena, first), PRICE_COLUMNS,
            arena_printf(l->arena, "per %s: no rate in force", price_unit_word(first->unit)));
    for (int i = n - 1; i >= 0; i--) {
        json_t *object = price_json(&l->book, &first[i]);
        json_object_set_new(object, "in_force", json_boolean(&first[i] == chosen));
        if (is_unit(&first[i]))
            put_unit(l, &first[i], object);
        json_array_append_new(rates, object);
        if (&first[i] != chosen)
            append_history(l, out, &first[i], chosen);
    }
}

static bool is_asked(const struct looking *l, const char *sku, const struct price *row) {
    const char *option = l->arguments->n_words > 2 ? l->arguments->words[2] : NULL;
    return strcmp(row->sku, sku) == 0 && in_region(l, row) &&
           (!option || strcmp(price_option_word(row->option), option) == 0);
}

/* Whether the third word is an option that the SKU has a row of; else it is told which it has. */
static bool has_option(const struct looking *l, const char *sku, int *code) {
    const char *asked = l->arguments->n_words > 2 ? l->arguments->words[2] : NULL;
    const char *names[N_PRICE_OPTIONS];
    size_t n = 0;
    for (int option = 0; option < N_PRICE_OPTIONS; option++)
        for (int i = 0; i < l->book.n_rows; i++)
            if (strcmp(l->book.rows[i].sku, sku) == 0 && in_region(l, &l->book.rows[i]) &&
                (int)l->book.rows[i].option == option) {
                names[n++] = price_option_word((enum price_option)option);
                break;
            }
    struct text all = {.arena = l->arena};
    for (size_t i = 0; i < n; i++) {
        text_printf(&all, "%s%s", i ? ", " : "", names[i]);
        if (asked && strcmp(names[i], asked) == 0)
            return true;
    }
    if (!asked || n == 0) /* nothing there at all is told as that */
        return true;
    const char *near = text_nearest(bytes_of(asked), names, n);
    struct err err = {0};
    err_set(&err, ERR_INPUT, "%s has no option '%s' in the book %s", sku, asked, l->book.name);
    if (near)
        err_hint(&err, "did you mean '%s'? it has %s", near, all.data);
    else
        err_hint(&err, "it has %s", all.data);
    *code = print_error(&err);
    return false;
}

static int show(const struct looking *l) {
    int code = 0;
    const char *sku = named_sku(l, &code);
    if (!sku || !has_option(l, sku, &code))
        return code;
    struct text out = {.arena = l->arena};
    json_t *rates = json_array();
    const struct price *rows = l->book.rows, *before = NULL;
    for (int i = 0, n; i < l->book.n_rows; i += n) {
        for (n = 1; i + n < l->book.n_rows && price_compare_rates(&rows[i], &rows[i + n]) == 0; n++)
            ;
        if (!is_asked(l, sku, &rows[i]))
            continue;
        show_rate(l, &rows[i], n, before, &out, rates);
        before = &rows[i];
    }
    bool json = out.n > 0 && l->arguments->given[OPTION_JSON];
    json_t *root =
        json_pack("{s:i,s:s,s:o}", "schema_version", 1, "book", l->book.name, "rates", rates);
    if (json)
        return print_json(l->arena, root, RATE_DIGITS);
    json_decref(root);
    return out.n > 0 ? print_text(l->arena, &out) : nothing_there(l, "there");
}

/* ---- all ---- */

static int break_even(const struct looking *l) {
    int code = 0;
    const char *sku = named_sku(l, &code);
    return sku ? prices_break_even(l->arena, l->arguments, &l->book, sku) : code;
}

static int import(const struct looking *l) {
    return prices_import(l->arena, l->arguments, &l->book);
}

static const struct {
    const char *name;
    int words_min, words_max; /* with its own */
    int (*run)(const struct looking *l);
} commands[] = {
    {"list", 1, 1, list},     {"search", 2, 64, list},
    {"show", 2, 3, show},     {"break-even", 2, 2, break_even},
    {"import", 2, 2, import},
};

int command_prices(struct arena *arena, const struct arguments *arguments) {
    const char *word = arguments->words[0];
    struct looking l = {.arena = arena, .arguments = arguments};
    int code = 0;
    if (strcmp(word, "diff") == 0 && arguments->n_words == 3)
        return prices_diff(arena, arguments);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(word, commands[i].name) == 0 && arguments->n_words >= commands[i].words_min &&
            arguments->n_words <= commands[i].words_max)
            return prices_open(arena, arguments, &l.book, &code) ? commands[i].run(&l) : code;
    struct err err = {0};
    err_set(&err, ERR_USAGE,
            "usage: headroom prices list | search WORD... | show NAME [OPTION] | diff OLD NEW | "
            "break-even NAME | import FILE");
    return print_error(&err);
}
