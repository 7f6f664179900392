/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/book_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/embedded.h"

bool book_table_mistake(struct book_table *table, int column, const char *hint, const char *format,
                        ...) {
    struct err err;
    char what[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    csv_err(table->csv, &table->row, column < 0 ? -1 : table->index[column], &err, "%s", what);
    if (hint)
        err_hint(&err, "%s", hint);
    return err_list_add(table->errs, &err);
}

extern const struct embedded_file pricing_embedded[];

struct source *book_shipped(struct arena *arena, const char *file, struct err *err) {
    const char *path = arena_printf(arena, "pricing/books/%s", file);
    const struct embedded_file *embedded = embedded_find(pricing_embedded, path);
    ENSURE(embedded);
    struct bytes bytes = {(const char *)embedded->data, embedded->n};
    return source_open_memory(arena, bytes, file, err);
}

bool book_table_open(struct book_table *table, struct arena *arena, struct source *source,
                     const char *format, const char *const *columns, int n, struct err_list *errs) {
    struct err err = {0};
    ENSURE(n <= BOOK_COLUMNS_MAX);
    *table = (struct book_table){.arena = arena, .errs = errs};
    table->csv = csv_open(arena, source, ',', &err);
    if (!table->csv || !csv_next(table->csv, &table->row, &err))
        return err_list_add(errs, &err);
    if (table->row.n_fields != 3 || !bytes_are(table->row.fields[0].text, format) ||
        !bytes_are(table->row.fields[1].text, "1")) {
        csv_err(table->csv, &table->row, 0, &err, "this is not a book of the format %s, version 1",
                format);
        err_hint(&err, "its first line is: %s,1,NAME", format);
        return err_list_add(errs, &err);
    }
    struct bytes name = table->row.fields[2].text;
    table->name = arena_strndup(arena, name.data, name.n);
    return csv_header(table->csv, columns, n, false, table->index, &err) ||
           err_list_add(errs, &err);
}

bool book_table_next(struct book_table *table) {
    struct err err = {0};
    if (csv_next(table->csv, &table->row, &err))
        return table->row.n_fields > 0;
    return err_list_add(table->errs, &err);
}

void book_table_close(struct book_table *table) {
    if (table->csv)
        csv_close(table->csv);
}

struct bytes book_table_cell(const struct book_table *table, int column) {
    int i = table->index[column];
    return i < 0 ? (struct bytes){"", 0} : bytes_trim(table->row.fields[i].text);
}

const char *book_table_text(struct book_table *table, int column) {
    struct bytes text = book_table_cell(table, column);
    return arena_strndup(table->arena, text.data, text.n);
}

bool book_table_number(struct book_table *table, int column, double least, double unless,
                       double *out) {
    struct bytes text = book_table_cell(table, column);
    *out = unless;
    if (text.n == 0 && !isnan(unless))
        return true;
    if (text_parse_double(text, out) && *out >= least)
        return true;
    *out = 0;
    return book_table_mistake(table, column, "leave the row out when it is not known",
                              "a figure must be a number%s",
                              least > 0 ? " above 0" : " of 0 or more");
}

bool book_table_origin(struct book_table *table, int status, int source, int as_of,
                       struct book_origin *out) {
    bool ok = true;
    struct date day;
    struct bytes word = book_table_cell(table, status);
    out->estimated = bytes_are(word, "estimated");
    if (!out->estimated && !bytes_are(word, "secondary") && !bytes_are(word, "published"))
        ok = book_table_mistake(table, status, "one of: published, secondary, estimated",
                                "unknown status");
    if (book_table_cell(table, source).n == 0)
        ok = book_table_mistake(table, source, "every figure says where and when it was read",
                                "the source is missing");
    if (!calendar_parse_date(book_table_cell(table, as_of), &day))
        ok = book_table_mistake(table, as_of, NULL, "the day of the figure must be YYYY-MM-DD");
    out->source = book_table_text(table, source);
    out->as_of = book_table_text(table, as_of);
    return ok;
}
