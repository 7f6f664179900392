/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prices diff, prices break-even. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "cli/prices_words.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "pricing/break_even.h"
#include "pricing/price_diff.h"
#include "sim/catalog.h"

/* ---- diff ---- */

/* Whether the book has no rate of the name at all. */
static bool lacks(const struct price_book *book, const char *sku) {
    return !price_book_sku(book, bytes_of(sku));
}

/* "only in aws-2026-07: 540 rates of 95 names: c7g.large, ...": a book of a few rates beside a
 * whole one is no list of all that it leaves out. */
static void append_left_out(struct text *out, const struct price_diff *diff,
                            const struct price_book *before, const struct price_book *after,
                            const char *region) {
    enum { NAMES_MAX = 12 };
    int n_rates = 0, n_names = 0;
    struct text names = {.arena = out->arena};
    const char *last = "";
    for (int i = 0; i < diff->n; i++) {
        const struct price *price = diff->items[i].before;
        if (diff->items[i].change != PRICE_REMOVED || !lacks(after, price->sku) ||
            (region && strcmp(price->region, region) != 0))
            continue;
        n_rates++;
        if (strcmp(price->sku, last) == 0)
            continue;
        last = price->sku;
        if (n_names++ < NAMES_MAX)
            text_printf(&names, "%s%s", n_names > 1 ? ", " : "", price->sku);
    }
    if (n_rates == 0)
        return;
    text_printf(out, "only in %s: %d rate%s of %d name%s: %s", before->name, n_rates,
                number_plural(n_rates), n_names, number_plural(n_names), names.data);
    text_append_string(out, n_names > NAMES_MAX ? ", and others; --json has them all\n" : "\n");
}

/* What of the terms beside the rate differs. */
static void append_terms(struct text *line, const struct price *before, const struct price *after) {
    const struct storage_terms *a = &before->storage, *b = &after->storage;
    struct arena *arena = line->arena;
    if (before->included != after->included)
        text_printf(line, ", %s to %s of each volume included",
                    number_whole(arena, (double)before->included),
                    number_whole(arena, (double)after->included));
    if (before->upfront != after->upfront) {
        text_append_string(line, ", $");
        append_rate(line, before->upfront);
        text_append_string(line, " to $");
        append_rate(line, after->upfront);
        text_append_string(line, " at purchase");
    }
    if (a->days_min != b->days_min)
        text_printf(line, ", at least %d to %d days", a->days_min, b->days_min);
    if (a->object_kib_min != b->object_kib_min)
        text_printf(line, ", at least %d to %d KiB an object", a->object_kib_min,
                    b->object_kib_min);
    if (a->access != b->access || a->zones != b->zones || a->free != b->free)
        text_append_string(line, ", other access, zones or charges");
}

static void append_difference(struct text *out, const struct price_difference *d) {
    const struct price *price = d->after ? d->after : d->before;
    const char *mark = arena_printf(out->arena, "%-9s", price_change_word(d->change));
    if (d->change == PRICE_ADDED || d->change == PRICE_REMOVED) {
        append_price(out, mark, price);
        return;
    }
    struct text line = {.arena = out->arena};
    text_append_string(&line, "$");
    append_rate(&line, d->before->rate);
    if (d->change == PRICE_CHANGED) {
        text_append_string(&line, " to $");
        append_rate(&line, d->after->rate);
    }
    text_printf(&line, " per %s", price_unit_word(price->unit));
    append_bounds(&line, price);
    bool restated =
        d->before->status != d->after->status || strcmp(d->before->rule, d->after->rule) != 0;
    if (d->change == PRICE_CHANGED)
        text_printf(&line, ", %+.1f%%", 100 * d->fraction);
    else if (restated)
        text_printf(&line, ", %s%s%s to %s%s%s", price_status_word(d->before->status),
                    d->before->rule[0] ? " by " : "", d->before->rule,
                    price_status_word(d->after->status), d->after->rule[0] ? " by " : "",
                    d->after->rule);
    if (price_terms_differ(d->before, d->after))
        append_terms(&line, d->before, d->after);
    append_entry(out, arena_printf(out->arena, "%s%s", mark, price_words(out->arena, price)),
                 PRICE_COLUMNS + (int)strlen(mark), line.data);
}

static json_t *difference_json(const struct price_book *before, const struct price_book *after,
                               const struct price_difference *d) {
    return json_pack("{s:s,s:o,s:o,s:o}", "change", price_change_word(d->change), "before",
                     d->before ? price_json(before, d->before) : json_null(), "after",
                     d->after ? price_json(after, d->after) : json_null(), "fraction",
                     d->change == PRICE_CHANGED ? json_real(d->fraction) : json_null());
}

/* Whether a book has the same rate from the same day on. */
static bool has_coming(const struct price_book *book, const struct price *row) {
    for (int i = 0; i < book->n_rows; i++)
        if (price_compare_rates(&book->rows[i], row) == 0 && book->rows[i].rate == row->rate &&
            strcmp(book->rows[i].effective_from, row->effective_from) == 0)
            return true;
    return false;
}

/* What begins after the day of the books, of both: those of the older one that the newer one lacks
 * are told as such. The number of rows. */
static int append_later(struct text *out, json_t *all, const struct price_book books[2],
                        const char *region) {
    int n = 0;
    for (int b = 1; b >= 0; b--) {
        const struct price *told = NULL;
        for (int i = 0; i < books[b].n_rows; i++) {
            const struct price *row = &books[b].rows[i];
            if (!price_book_is_coming(&books[b], row) ||
                (region && strcmp(row->region, region) != 0) ||
                (b == 0 && has_coming(&books[1], row)))
                continue;
            if (!told)
                text_printf(out, "not in force on %s, in %s%s:\n", books[b].day, books[b].name,
                            b == 0 ? " alone" : "");
            append_price_head(out, row, told);
            append_coming(out, &books[b], row);
            json_array_append_new(all, price_json(&books[b], row));
            told = row;
            n++;
        }
    }
    return n;
}

int prices_diff(struct arena *arena, const struct arguments *arguments) {
    struct price_book books[2];
    const char *const names[] = {arguments->words[1], arguments->words[2]};
    const char *region = arguments->value[OPTION_REGION];
    int code = 0;
    if (!prices_open_two(arena, arguments, names, books, &code))
        return code;
    struct price_book before = books[0], after = books[1];
    struct price_diff diff = price_book_diff(arena, &before, &after);
    struct text out = {.arena = arena};
    json_t *changes = json_array(), *coming = json_array();
    const struct price *told = NULL;
    int n_of[4] = {0};
    for (int i = 0; i < diff.n; i++) {
        const struct price_difference *d = &diff.items[i];
        const struct price *price = d->after ? d->after : d->before;
        if (region && strcmp(price->region, region) != 0)
            continue;
        n_of[d->change]++;
        if (d->change != PRICE_REMOVED || !lacks(&after, price->sku)) {
            append_price_head(&out, price, told);
            told = price;
            append_difference(&out, d);
        }
        json_array_append_new(changes, difference_json(&before, &after, d));
    }
    append_left_out(&out, &diff, &before, &after, region);
    int n_coming = append_later(&out, coming, books, region);
    text_printf(&out, "%d added, %d removed, %d changed, %d restated", n_of[PRICE_ADDED],
                n_of[PRICE_REMOVED], n_of[PRICE_CHANGED], n_of[PRICE_RESTATED]);
    text_append_string(&out, region ? arena_printf(arena, " in %s", region)
                                    : arena_printf(arena, ", %d unchanged", diff.n_unchanged));
    text_append_string(&out, n_coming ? arena_printf(arena, "; %d coming\n", n_coming) : "\n");
    json_t *root =
        json_pack("{s:i,s:s,s:s,s:s?,s:o,s:o}", "schema_version", 1, "before", before.name, "after",
                  after.name, "day", after.day, "changes", changes, "coming", coming);
    if (arguments->given[OPTION_JSON])
        return print_json(arena, root, RATE_DIGITS);
    json_decref(root);
    return print_text(arena, &out);
}

/* ---- break-even ---- */

enum { KINDS = 5, TERMS_MAX = KINDS * 2 * 3, TERM_COLUMNS = 49, UNIT_COLUMNS = 37 };

static int list_terms(struct commitment_terms *terms) {
    static const enum commitment_kind kinds[KINDS] = {COMMIT_RESERVED_STANDARD,
                                                      COMMIT_RESERVED_CONVERTIBLE, COMMIT_PLAN_EC2,
                                                      COMMIT_PLAN_COMPUTE, COMMIT_PLAN_SAGEMAKER};
    int n = 0;
    for (int k = 0; k < KINDS; k++)
        for (int years = 1; years <= 3; years += 2)
            for (int payment = PAY_NO_UPFRONT; payment <= PAY_ALL_UPFRONT; payment++)
                terms[n++] = (struct commitment_terms){kinds[k], years, (enum payment)payment};
    return n;
}

static const char *months(struct arena *arena, double value) {
    return isfinite(value) ? arena_printf(arena, "%.1f", value) : "never";
}

/* Its rate is told times `units`. */
static void append_commitment(struct text *out, usd_pico on_demand,
                              const struct commitment_quote *c, double units) {
    struct break_even b = break_even_of(on_demand, c);
    struct arena *arena = out->arena;
    const char *name =
        arena_printf(arena, "%d-year %s, %s", c->terms.term_years,
                     commitment_kind_word(c->terms.kind), payment_word(c->terms.payment));
    const char *rate = arena_printf(arena, "%.6g", units * money_rate_usd(c->effective.rate));
    if (strlen(name) > TERM_COLUMNS) { /* a line of its own */
        text_printf(out, "  %s\n", name);
        name = "";
    }
    text_printf(out, "  %-*s %8s %5.1f%% %6s %5s\n", TERM_COLUMNS, name, rate, 100 * b.utilisation,
                months(arena, b.full_months), months(arena, b.cash_months));
    text_append_string(out, "      ");
    append_wrapped(out,
                   arena_printf(arena, "%s%s%s", price_status_word(c->effective.status),
                                c->effective.rule[0] ? " by " : "", c->effective.rule),
                   TERMINAL_WIDTH - 6, 8);
}

static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *commitment_json(const struct offer *offer, const struct commitment_quote *c) {
    struct break_even b = break_even_of(offer->on_demand.rate, c);
    return json_pack("{s:s,s:s,s:i,s:s,s:f,s:f,s:f,s:o,s:o,s:s,s:s}", "region", offer->region,
                     "commitment", commitment_kind_word(c->terms.kind), "term_years",
                     c->terms.term_years, "payment", payment_word(c->terms.payment), "usd_per_hour",
                     money_rate_usd(c->effective.rate), "on_demand_usd_per_hour",
                     money_rate_usd(offer->on_demand.rate), "break_even_utilisation", b.utilisation,
                     "break_even_months_of_full_use", real_or_null(b.full_months),
                     "months_until_less_is_paid", real_or_null(b.cash_months), "status",
                     price_status_word(c->effective.status), "rule", c->effective.rule);
}

static struct offer make_offer(struct arena *arena, const struct price_book *book,
                               const struct catalog *catalog, const char *sku, const char *region) {
    struct commitment_terms *terms = arena_new(arena, struct commitment_terms, TERMS_MAX);
    const struct instance_type *type = catalog_instance(catalog, bytes_of(sku));
    struct offer_request request = {.sku = sku,
                                    .region = region,
                                    .accelerated = type && type->accelerator[0],
                                    .commitments = terms,
                                    .n_commitments = list_terms(terms),
                                    .estimates = true};
    return price_book_offer(book, arena, &request);
}

/* One region; the number of commitments with a rate. */
static int append_region(struct text *out, json_t *all, const struct offer *offer) {
    int n = 0;
    struct text lines = {.arena = out->arena};
    for (int i = 0; offer->on_demand.known && i < offer->n_commitments; i++) {
        const struct commitment_quote *c = &offer->commitments[i];
        if (!c->effective.known)
            continue;
        n++;
        append_commitment(&lines, offer->on_demand.rate, c, 1);
        json_array_append_new(all, commitment_json(offer, c));
    }
    if (n == 0)
        return 0;
    text_printf(out, "%s in %s, on demand $", offer->sku, offer->region);
    append_rate(out, offer->on_demand.rate);
    text_printf(out, " per hour\n  %-*s %8s %6s %6s %5s\n%s", TERM_COLUMNS, "commitment", "USD/h",
                "used", "months", "paid", lines.data);
    return n;
}

/* ---- functions ---- */

/* What a Compute plan has a rate of its own for. */
enum { FUNCTION_TIMES = 3 };
static const struct {
    const char *words, *word;
} function_times[FUNCTION_TIMES] = {{"of calls", "calls"},
                                    {"of calls on provisioned copies", "provisioned_calls"},
                                    {"of provisioned copies held", "held_copies"}};

static json_t *function_json(const struct offer *offer, int time, usd_pico on_demand,
                             const struct commitment_quote *c) {
    struct break_even b = break_even_of(on_demand, c);
    return json_pack(
        "{s:s,s:s,s:s,s:i,s:s,s:f,s:f,s:f,s:o,s:o,s:s,s:s}", "region", offer->region, "of",
        function_times[time].word, "commitment", commitment_kind_word(c->terms.kind), "term_years",
        c->terms.term_years, "payment", payment_word(c->terms.payment),
        "usd_per_million_gb_seconds", 1e6 * money_rate_usd(c->effective.rate),
        "on_demand_usd_per_million_gb_seconds", 1e6 * money_rate_usd(on_demand),
        "break_even_utilisation", b.utilisation, "break_even_months_of_full_use",
        real_or_null(b.full_months), "months_until_less_is_paid", real_or_null(b.cash_months),
        "status", price_status_word(c->effective.status), "rule", c->effective.rule);
}

/* Of one region: each of its times with the plans that have a rate for it; their number. A
 * GB-second costs too little to be read: a million of them is told. */
static int append_function(struct text *out, json_t *all, const struct offer *offer) {
    const struct quote *on_demand[FUNCTION_TIMES] = {
        &offer->gb_second, &offer->provisioned_gb_second, &offer->held_gb_second};
    int n = 0;
    for (int time = 0; time < FUNCTION_TIMES; time++) {
        struct text lines = {.arena = out->arena};
        for (int i = 0; on_demand[time]->known && i < offer->n_commitments; i++) {
            struct commitment_quote c = offer->commitments[i];
            const struct quote *quotes[FUNCTION_TIMES] = {&c.effective, &c.provisioned, &c.held};
            c.effective = *quotes[time];
            if (!c.effective.known)
                continue;
            n++;
            append_commitment(&lines, on_demand[time]->rate, &c, 1e6);
            json_array_append_new(all, function_json(offer, time, on_demand[time]->rate, &c));
        }
        if (lines.n)
            text_printf(out,
                        "%s in %s, a million GB-seconds %s,\non demand $%.6g\n  %-*s %8s %6s %6s "
                        "%5s\n%s",
                        offer->sku, offer->region, function_times[time].words,
                        1e6 * money_rate_usd(on_demand[time]->rate), TERM_COLUMNS, "commitment",
                        "USD", "used", "months", "paid", lines.data);
    }
    return n;
}

/* ---- model units ---- */

static const char *tokens_a_minute(struct arena *arena, double value) {
    return isfinite(value) ? number_words(arena, value) : "-";
}

static void append_unit(struct text *out, const struct price *unit, struct unit_break_even b) {
    struct arena *arena = out->arena;
    bool known = !isnan(b.utilisation);
    const char *name = b.term_months == 0
                           ? "model unit by the hour"
                           : arena_printf(arena, "%d-month model unit", b.term_months);
    text_printf(out, "  %-*s %8s %6s %6s %7s %7s\n", UNIT_COLUMNS, name,
                arena_printf(arena, "%.6g", money_rate_usd(unit->rate)),
                known ? arena_printf(arena, "%.1f%%", 100 * b.utilisation) : "-",
                known ? months(arena, b.months_by_the_hour) : "-",
                tokens_a_minute(arena, b.input_tokens_per_minute),
                tokens_a_minute(arena, b.output_tokens_per_minute));
    text_append_string(out, "      ");
    append_wrapped(out,
                   arena_printf(arena, "%s%s%s", price_status_word(unit->status),
                                unit->rule[0] ? " by " : "", unit->rule),
                   TERMINAL_WIDTH - 6, 8);
}

static json_t *unit_json(const struct price *unit, struct unit_break_even b) {
    return json_pack("{s:s,s:s,s:i,s:f,s:o,s:o,s:o,s:o,s:s,s:s}", "region", unit->region, "option",
                     price_option_word(unit->option), "term_months", b.term_months, "usd_per_hour",
                     money_rate_usd(unit->rate), "break_even_utilisation",
                     real_or_null(b.utilisation), "break_even_months_by_the_hour",
                     real_or_null(b.months_by_the_hour), "break_even_input_tokens_per_minute",
                     real_or_null(b.input_tokens_per_minute), "break_even_output_tokens_per_minute",
                     real_or_null(b.output_tokens_per_minute), "status",
                     price_status_word(unit->status), "rule", unit->rule);
}

/* Of one region; the number of tiers with a rate. */
static int append_units(struct text *out, json_t *all, const struct price_book *book,
                        const char *sku, const char *region) {
    static const enum price_option tiers[] = {PRICE_PROVISIONED, PRICE_PROVISIONED_1M,
                                              PRICE_PROVISIONED_6M};
    int n = 0;
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
        const struct price *unit =
            price_book_find(book, sku, region, tiers[i], 0, PAY_NO_UPFRONT, PER_HOUR);
        if (!unit)
            continue;
        if (n++ == 0)
            text_printf(out, "%s in %s\n  %-*s %8s %6s %6s %7s %7s\n", sku, region, UNIT_COLUMNS,
                        "commitment", "USD/h", "used", "months", "input", "output");
        struct unit_break_even b = unit_break_even_of(book, unit);
        append_unit(out, unit, b);
        json_array_append_new(all, unit_json(unit, b));
    }
    return n;
}

static void append_notes(struct text *out, int n_commitments, int n_units) {
    if (n_commitments > 0)
        append_wrapped(out,
                       "used: share of the term's hours that must be used; months: of full use "
                       "that cost as much on demand as the whole term; paid: months of full use "
                       "after which less has been paid.",
                       TERMINAL_WIDTH, 0);
    if (n_units > 0)
        append_wrapped(out,
                       "used: share of the term's hours in which a unit by the hour costs as much "
                       "as the term, months of it; input, output: tokens a minute, of these alone "
                       "and in the mean of all hours held, that cost as much on demand.",
                       TERMINAL_WIDTH, 0);
}

/* The rates of a SKU in a region that begin later: what the table above does not count with. */
static void append_later_rates(struct text *out, json_t *all, const struct price_book *book,
                               const char *sku, const char *region) {
    int n = 0;
    for (int i = 0; i < book->n_rows; i++) {
        const struct price *row = &book->rows[i];
        if (strcmp(row->sku, sku) != 0 || strcmp(row->region, region) != 0 ||
            row->option == PRICE_SPOT || row->option == PRICE_CAPACITY_BLOCK ||
            !price_book_is_coming(book, row))
            continue;
        if (n++ == 0)
            text_printf(out, "  all of %s; later rates are not counted:\n", book->day);
        append_coming(out, book, row);
        json_array_append_new(all, price_json(book, row));
    }
}

int prices_break_even(struct arena *arena, const struct arguments *arguments,
                      const struct price_book *book, const char *sku) {
    struct err err = {0};
    struct catalog catalog;
    if (!catalog_shipped(arena, &catalog, &err))
        return print_error(&err);
    const char *region = arguments->value[OPTION_REGION], *last = "";
    struct text out = {.arena = arena};
    json_t *all = json_array(), *units = json_array(), *functions = json_array(),
           *coming = json_array();
    int n = 0, n_units = 0;
    for (int i = 0; i < book->n_prices; i++) {
        const struct price *price = &book->prices[i];
        bool token_api = price->kind == OFFER_TOKEN_API, function = price->kind == OFFER_FUNCTION;
        if (strcmp(price->sku, sku) != 0 ||
            (price->kind != OFFER_INSTANCE && !token_api && !function) ||
            strcmp(price->region, last) == 0 || (region && strcmp(price->region, region) != 0))
            continue;
        last = price->region;
        int told;
        if (token_api) {
            n_units += told = append_units(&out, units, book, sku, last);
        } else {
            struct offer offer = make_offer(arena, book, &catalog, sku, last);
            n += told = function ? append_function(&out, functions, &offer)
                                 : append_region(&out, all, &offer);
        }
        if (told)
            append_later_rates(&out, coming, book, sku, last);
    }
    json_t *root = json_pack("{s:i,s:s,s:s?,s:s,s:o,s:o,s:o,s:o}", "schema_version", 1, "book",
                             book->name, "day", book->day, "sku", sku, "commitments", all,
                             "function_plans", functions, "model_units", units, "coming", coming);
    if (n + n_units > 0 && arguments->given[OPTION_JSON])
        return print_json(arena, root, RATE_DIGITS);
    json_decref(root);
    if (n + n_units == 0) {
        err_set(&err, ERR_INPUT, "no commitment of '%s' has a rate there", sku);
        err_hint(&err,
                 "commitments are for model units, and for instances and functions sold on demand");
        return print_error(&err);
    }
    append_notes(&out, n, n_units);
    return print_text(arena, &out);
}
