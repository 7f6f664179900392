/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Files that users export from their provider or their tools, read into the rows of a price book.
 * Nothing is fetched. One row of `price_import_formats` a format; docs/formats.md has their maps.
 *
 *  Taken are Linux instances of shared tenancy in USD, functions and token APIs: what a book can
 * hold. Everything else is skipped and counted with its reason, never silently. A row that would be
 * taken but has another unit or currency, no number, a price of zero, or a second price for the
 * same rate, is an error at its place, and then nothing is taken at all.
 *
 *  Memory grows with the rates taken, not with the file. */
#ifndef HEADROOM_PRICING_IMPORT_H
#define HEADROOM_PRICING_IMPORT_H

#include "pricing/price_book.h"

struct import; /* what a format's reader works on: import_reader.h */

struct price_import_format {
    const char *name; /* --format */
    const char *doc;
    bool (*recognise)(struct bytes head); /* the file's first block, at most 64 KiB */
    bool (*read)(struct import *import, struct source *source, struct err *err);
};
extern const struct price_import_format price_import_formats[]; /* ends with a NULL name */

struct import_request {
    const char *format; /* NULL: told by the content */
    const char *region; /* NULL: all */
    const char *date;   /* YYYY-MM-DD, for files that do not tell their day; NULL: not given */
    /* on-demand rates that savings are taken from, and names of token APIs */
    const struct price_book *base;
};

/** Records of the file that made no rate, by reason. */
struct import_skipped {
    const char *reason;
    const char *example; /* the first one, where the reason alone does not say which; NULL */
    int64_t n;
};

struct import_report {
    const char *file, *format;
    char sha256[65];
    int n_prices;
    const struct price *prices; /* in the order of a book; at least one */
    bool more_pages;            /* it is one page of an answer of several */
    int64_t n_records;          /* of the file, taken or not */
    int n_skipped;
    const struct import_skipped *skipped; /* most frequent first */
};

/** Reads the source to its end; it is not closed. False, *err set: nothing was taken. */
bool price_import(struct arena *arena, struct source *source, const struct import_request *request,
                  struct import_report *out, struct err *err);

/** The rates as the CSV file that price_book_read reads. */
void price_book_write(struct text *out, const char *name, const struct price *prices, int n_prices);

#endif
