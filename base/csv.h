/* SPDX-License-Identifier: GPL-3.0-or-later */
/** CSV (RFC 4180) through libcsv, pulled row by row, with line and column of every field. LF, CRLF,
 * no final newline, and a UTF-8 byte-order mark are accepted; rows over 1 MiB or 16384 fields, NUL
 * bytes, broken quotes and carriage returns inside a line are errors. Blanks around unquoted fields
 * are dropped. Memory does not grow with the file. After a failure every later call fails the same
 * way. */
#ifndef HEADROOM_BASE_CSV_H
#define HEADROOM_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/source.h"
#include "base/text.h"

struct csv_field {
    struct bytes text; /* unquoted; valid until the next csv_next */
    int line;          /* 1-based line where the field starts (a quoted field may span lines) */
    int column;        /* 1-based byte column where the field starts, at its quote if quoted */
};

struct csv_row {
    int line; /* 1-based line where the row starts */
    int n_fields;
    const struct csv_field *fields;
};

struct csv_reader;

/** delimiter is usually ','. The reader borrows the source and closes nothing. */
struct csv_reader *csv_open(struct arena *arena, struct source *source, char delimiter,
                            struct err *err);

/** The next row that is not a blank line. *row is NULL-fielded (n_fields = 0) at the end. false:
 * *err set.
 */
bool csv_next(struct csv_reader *reader, struct csv_row *row, struct err *err);
void csv_close(struct csv_reader *reader);

/** A header-driven table: read the header and map wanted names to field positions. `index`
 * [n_names] out. Missing required names and unknown columns are errors unless `allow_unknown`;
 * optional names start with '?' and get -1 when absent. */
bool csv_header(struct csv_reader *reader, const char *const *names, int n_names,
                bool allow_unknown, int *index, struct err *err);

/** Fill *err for a field of the current row (-1: the row as a whole): place, excerpt of its line,
 * and the printf message. Always returns false. */
bool csv_err(const struct csv_reader *reader, const struct csv_row *row, int field, struct err *err,
             const char *format, ...) __attribute__((format(printf, 5, 6)));

/** Guard a text cell against formula injection and quote it as RFC 4180 asks (numbers are not
 * passed here). */
void csv_append_text(struct text *out, const char *cell);
/** The shortest decimal that reads back the same; NAN, which is unknown, leaves the cell empty. */
void csv_append_number(struct text *out, double value);

#endif
