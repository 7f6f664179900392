/* SPDX-License-Identifier: GPL-3.0-or-later */
/** For tests of importers: a file from memory, what came of it in one text, and the book it makes.
 */
#ifndef HEADROOM_TESTS_IMPORT_HELP_H
#define HEADROOM_TESTS_IMPORT_HELP_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "pricing/import.h"

static const char *payment_letters[] = {"nu", "pu", "au"};

/* "m5.xlarge us-east-1 reserved_standard 1y au hour 0.113 2026-07-20" a line */
__attribute__((unused)) static const char *rates_of(struct arena *arena, const struct price *prices,
                                                    int n) {
    struct text out = {.arena = arena};
    for (int i = 0; i < n; i++) {
        const struct price *p = &prices[i];
        char usd[32];
        text_format_double(usd, money_rate_usd(p->rate));
        text_printf(&out, "%s %s %s", p->sku, p->region, price_option_word(p->option));
        if (p->term_years > 0)
            text_printf(&out, " %dy %s", p->term_years, payment_letters[p->payment]);
        text_printf(&out, " %s %s %s", price_unit_word(p->unit), usd, p->as_of);
        if (p->zone[0])
            text_printf(&out, " in %s", p->zone);
        if (p->above > 0)
            text_printf(&out, " above %lld", (long long)p->above);
        if (p->included > 0)
            text_printf(&out, " beyond %lld", (long long)p->included);
        if (p->upfront > 0)
            text_printf(&out, " of it %g", money_rate_usd(p->upfront));
        if (p->low != p->high)
            text_printf(&out, " %.6g..%.6g", money_rate_usd(p->low), money_rate_usd(p->high));
        if (p->interruptions_per_month >= 0)
            text_printf(&out, " %.2f", p->interruptions_per_month);
        if (p->status == PRICE_ESTIMATED)
            text_printf(&out, " by %s", p->rule);
        text_append_string(&out, "\n");
    }
    return out.data ? out.data : "";
}

/* "3 tenancy other than shared" a line, most frequent first */
__attribute__((unused)) static const char *skipped_of(struct arena *arena,
                                                      const struct import_report *report) {
    struct text out = {.arena = arena};
    for (int i = 0; i < report->n_skipped; i++)
        text_printf(&out, "%lld %s%s%s\n", (long long)report->skipped[i].n,
                    report->skipped[i].reason, report->skipped[i].example ? ": " : "",
                    report->skipped[i].example ? report->skipped[i].example : "");
    return out.data ? out.data : "";
}

__attribute__((unused)) static bool import_text(struct arena *arena, const char *text,
                                                const struct import_request *request,
                                                struct import_report *report, struct err *err) {
    struct source *source = source_open_memory(arena, bytes_of(text), "file", err);
    cr_assert(ne(ptr, source, NULL));
    bool fine = price_import(arena, source, request, report, err);
    source_close(source);
    return fine;
}

/* The book that the rates make reads back with the same rates. */
__attribute__((unused)) static void check_round_trip(struct arena *arena,
                                                     const struct import_report *report) {
    struct text csv = {.arena = arena};
    struct err err = {0};
    struct price_book book;
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    price_book_write(&csv, "imported", report->prices, report->n_prices);
    struct source *source =
        source_open_memory(arena, (struct bytes){csv.data, csv.n}, "book.csv", &err);
    cr_assert(price_book_read(arena, source, &book, errs), "%d:%d: %s\n%s", errs->items[0].line,
              errs->items[0].column, errs->items[0].what, csv.data);
    source_close(source);
    const char *want = rates_of(arena, report->prices, report->n_prices);
    const char *got = rates_of(arena, book.prices, book.n_prices);
    cr_assert(eq(str, (char *)got, (char *)want));
}

#endif
