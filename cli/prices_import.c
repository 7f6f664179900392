/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/prices_import.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/shell.h"
#include "cli/write_file.h"
#include "pricing/import.h"

/* The book is called like its file, without folder and ending. */
static const char *book_name(struct arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    char *name = arena_strdup(arena, slash ? slash + 1 : path);
    name[strcspn(name, ".")] = '\0';
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            *p = '-';
    name += strspn(name, "-"); /* a cell that begins so is a formula to a spreadsheet */
    return name[0] ? name : "imported";
}

static void print_report(struct arena *arena, const struct import_report *report) {
    struct text out = {.arena = arena};
    text_printf(&out, "%s: %s, %lld records, %d rates taken\n", report->file, report->format,
                (long long)report->n_records, report->n_prices);
    for (int i = 0; i < report->n_skipped; i++)
        text_printf(&out, "  %10lld skipped: %s%s%s\n", (long long)report->skipped[i].n,
                    report->skipped[i].reason, report->skipped[i].example ? ", such as " : "",
                    report->skipped[i].example ? report->skipped[i].example : "");
    if (report->more_pages)
        text_append_string(&out,
                           "  one page of several (NextToken): the rates are of this page alone\n");
    fputs(out.data, stderr);
}

static int print_report_json(struct arena *arena, const struct import_report *report,
                             const char *out) {
    json_t *skipped = json_array();
    for (int i = 0; i < report->n_skipped; i++)
        json_array_append_new(skipped,
                              json_pack("{s:s,s:I,s:s*}", "reason", report->skipped[i].reason,
                                        "records", (json_int_t)report->skipped[i].n, "example",
                                        report->skipped[i].example));
    json_t *root =
        json_pack("{s:i,s:s,s:s,s:s,s:s,s:I,s:i,s:b,s:o}", "schema_version", 1, "file",
                  report->file, "format", report->format, "sha256", report->sha256, "book", out,
                  "records", (json_int_t)report->n_records, "rates", report->n_prices, "more_pages",
                  report->more_pages, "skipped", skipped);
    return print_json(arena, root, RATE_DIGITS);
}

static bool read_prices(struct arena *arena, const struct arguments *arguments,
                        const struct price_book *base, struct import_report *report,
                        struct err *err) {
    struct source *source = open_argument(arena, arguments->words[1], err);
    if (!source)
        return false;
    struct import_request request = {.format = arguments->value[OPTION_FORMAT],
                                     .region = arguments->value[OPTION_REGION],
                                     .date = arguments->value[OPTION_DATE],
                                     .base = base};
    bool fine = price_import(arena, source, &request, report, err);
    source_close(source);
    return fine;
}

int prices_import(struct arena *arena, const struct arguments *arguments,
                  const struct price_book *base) {
    struct err err = {0};
    struct import_report report;
    const char *path = arguments->value[OPTION_OUT];
    bool as_json = arguments->given[OPTION_JSON];
    if (as_json && !path) {
        err_set(&err, ERR_USAGE, "--json prints what was read; the book needs --out FILE");
        return print_error(&err);
    }
    if (!read_prices(arena, arguments, base, &report, &err))
        return print_error(&err);
    struct text book = {.arena = arena};
    price_book_write(&book, book_name(arena, path ? path : report.file), report.prices,
                     report.n_prices);
    if (path && !write_file(path, book.data, book.n, &err))
        return print_error(&err);
    if (as_json)
        return print_report_json(arena, &report, path);
    print_report(arena, &report);
    return path ? 0 : print_result(book.data, book.n);
}
