/* SPDX-License-Identifier: GPL-3.0-or-later */
/* price_import: rates above zero that make a book which reads back, or a mistake at its place and
 * nothing taken. */
#include <string.h>

#include "pricing/import.h"
#include "target.h"

const char *const fuzz_name = "price_import";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {"{",
                                  "}",
                                  "[",
                                  "]",
                                  ",",
                                  ":",
                                  "\"\"",
                                  "null",
                                  "\"USD\"",
                                  "\"CNY\"",
                                  "\"Hrs\"",
                                  "\"Quantity\"",
                                  "\"0\"",
                                  "\"0.192\"",
                                  "NaN",
                                  "1e999",
                                  "\"unit\"",
                                  "\"terms\":",
                                  "\"products\":",
                                  "\"Reserved\"",
                                  "\"OnDemand\"",
                                  "\"us-east-1\"",
                                  "\"FormatVersion\"",
                                  "\"offerCode\"",
                                  "\n",
                                  "\\u0000",
                                  "\xff",
                                  NULL};

static void check_book(struct arena *arena, const struct import_report *report) {
    struct text csv = {.arena = arena};
    struct err err = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct price_book book;
    price_book_write(&csv, "imported", report->prices, report->n_prices);
    struct source *source =
        source_open_memory(arena, (struct bytes){csv.data, csv.n}, "book.csv", &err);
    ENSURE(source != NULL);
    ENSURE(price_book_read(arena, source, &book, errs));
    ENSURE(book.n_prices == report->n_prices);
    source_close(source);
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report = {.n_prices = -7};
    struct import_request request = {.date = "2026-07-20"};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed", &err);
    ENSURE(source != NULL);
    bool fine = price_import(&arena, source, &request, &report, &err);
    ENSURE(fine ? report.n_prices > 0 : report.n_prices == -7);
    for (int i = 0; fine && i < report.n_prices; i++)
        ENSURE(report.prices[i].rate > 0 && report.prices[i].as_of[0]);
    if (fine)
        check_book(&arena, &report);
    else
        fuzz_check_words(&err);
    source_close(source);
    arena_release(&arena);
    return fine;
}
