/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/measured_table.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/csv.h"

struct reading {
    struct arena *arena;
    const struct measured_column *columns;
    struct csv_reader *csv;
    struct csv_row row;
    int index[MEASURED_COLUMNS_MAX];
    struct measured_table table;
    double *cells;
    const char **words;
    int *lines;
    int capacity;
    struct err_list *errs;
};

static bool mistake(struct reading *r, int column, const char *what) {
    struct err err;
    csv_err(r->csv, &r->row, r->index[column], &err, "%s", what);
    return err_list_add(r->errs, &err);
}

static const char *plain_name(const struct measured_column *column) {
    return column->name + (column->name[0] == '?');
}

static bool read_cell(struct reading *r, int c, struct bytes cell, double *out) {
    const struct measured_column *column = &r->columns[c];
    if (cell.n == 0)
        return mistake(r, c, arena_printf(r->arena, "%s is missing", plain_name(column)));
    if (column->is_word) {
        r->words[r->table.n_rows] = text_printable(r->arena, cell);
        return true;
    }
    if (text_parse_double(cell, out) && *out >= column->low && *out <= column->high)
        return true;
    return mistake(r, c,
                   arena_printf(r->arena, "%s must be a number from %.12g to %.12g, not '%.*s'",
                                plain_name(column), column->low, column->high,
                                (int)(cell.n < 60 ? cell.n : 60), cell.data));
}

static void make_room(struct reading *r) {
    if (r->table.n_rows < r->capacity)
        return;
    size_t old = (size_t)r->capacity, wider = old ? 2 * old : 256, n = (size_t)r->table.n_columns;
    r->cells = arena_grow(r->arena, r->cells, old * n, wider * n, sizeof *r->cells);
    r->words = arena_grow(r->arena, r->words, old, wider, sizeof *r->words);
    r->lines = arena_grow(r->arena, r->lines, old, wider, sizeof *r->lines);
    r->capacity = (int)wider;
}

static void read_row(struct reading *r) {
    make_room(r);
    bool ok = true;
    double *cells = r->cells + (size_t)r->table.n_rows * (size_t)r->table.n_columns;
    for (int c = 0; c < r->table.n_columns; c++)
        if (r->index[c] >= 0)
            ok = read_cell(r, c, bytes_trim(r->row.fields[r->index[c]].text), &cells[c]) && ok;
    r->lines[r->table.n_rows] = r->row.line;
    r->table.n_rows += ok;
}

/* Rows are as wide as the first of them, which has at least the columns that the header names. */
static bool read_rows(struct reading *r, struct err *err) {
    int width = 0, needed = 1;
    for (int c = 0; c < r->table.n_columns; c++)
        needed = r->index[c] >= needed ? r->index[c] + 1 : needed;
    for (;;) {
        if (!csv_next(r->csv, &r->row, err))
            return false;
        if (r->row.n_fields == 0)
            return true;
        if (r->table.n_rows == MEASURED_ROWS_MAX)
            return csv_err(r->csv, &r->row, -1, err, "more than %d rows", MEASURED_ROWS_MAX);
        width = width ? width : r->row.n_fields;
        if (r->row.n_fields == width && width >= needed) {
            read_row(r);
            continue;
        }
        struct err short_row;
        csv_err(r->csv, &r->row, 0, &short_row, "this row has %d cells, not %d", r->row.n_fields,
                width >= needed ? width : needed);
        err_list_add(r->errs, &short_row);
    }
}

bool measured_table_read(struct arena *arena, struct source *source,
                         const struct measured_column *columns, int n_columns,
                         struct measured_table *out, struct err_list *errs) {
    struct reading r = {.arena = arena, .columns = columns, .errs = errs};
    const char *names[MEASURED_COLUMNS_MAX];
    struct err err = {0};
    int before = errs->n_total;
    r.table.file = source_name(source);
    r.table.n_columns = n_columns;
    for (int c = 0; c < n_columns; c++)
        names[c] = columns[c].name;
    r.csv = csv_open(arena, source, ',', &err);
    if (!r.csv)
        return err_list_add(errs, &err);
    if (!csv_header(r.csv, names, n_columns, true, r.index, &err) || !read_rows(&r, &err))
        err_list_add(errs, &err);
    csv_close(r.csv);
    if (errs->n_total == before && r.table.n_rows == 0)
        measured_table_mistake(&r.table, -1, errs, "the table has no rows");
    if (errs->n_total > before)
        return false;
    for (int c = 0; c < n_columns; c++) {
        r.table.has[c] = r.index[c] >= 0;
        r.table.word = columns[c].is_word ? r.words : r.table.word;
    }
    r.table.cells = r.cells;
    r.table.line = r.lines;
    *out = r.table;
    return true;
}

bool measured_table_mistake(const struct measured_table *table, int row, struct err_list *errs,
                            const char *format, ...) {
    char what[240];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct err err;
    err_at(&err, table->file, row < 0 ? 0 : table->line[row], 0, "%s", what);
    return err_list_add(errs, &err);
}
