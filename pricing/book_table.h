/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A book of figures as a CSV file: a line `FORMAT,1,NAME`, a header, then rows, each with status,
 * source and day (columns `status`, `source`, `as_of`). What the carbon book is read with;
 * mistakes are told at their place, all in one pass. */
#ifndef HEADROOM_PRICING_BOOK_TABLE_H
#define HEADROOM_PRICING_BOOK_TABLE_H

#include "base/csv.h"

enum { BOOK_COLUMNS_MAX = 16 };

struct book_table {
    struct arena *arena;
    struct csv_reader *csv;
    struct csv_row row;
    int index[BOOK_COLUMNS_MAX];
    struct err_list *errs;
    const char *name; /* of the book */
};

/** A file of pricing/books in the binary, by its name there. */
struct source *book_shipped(struct arena *arena, const char *file, struct err *err);

/** Where a figure was read, and when. */
struct book_origin {
    const char *source, *as_of;
    bool estimated;
};

/** @param columns  [n] as for csv_header */
bool book_table_open(struct book_table *table, struct arena *arena, struct source *source,
                     const char *format, const char *const *columns, int n, struct err_list *errs);
/** false at the end, and after a row that is no CSV (told). */
bool book_table_next(struct book_table *table);
void book_table_close(struct book_table *table);

/** Told at a column of the row; -1: the row. Always false. */
bool book_table_mistake(struct book_table *table, int column, const char *hint, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));
struct bytes book_table_cell(const struct book_table *table, int column);
const char *book_table_text(struct book_table *table, int column);
/** A number of at least `least`; an empty cell reads as `unless`, NAN: it must be there. */
bool book_table_number(struct book_table *table, int column, double least, double unless,
                       double *out);
bool book_table_origin(struct book_table *table, int status, int source, int as_of,
                       struct book_origin *out);

#endif
