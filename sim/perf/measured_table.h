/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Tables of measurements: CSV with a header, columns in any order, numbers checked for range.
 * Columns that nobody asked for are left aside: tools add their own. */
#ifndef HEADROOM_SIM_PERF_MEASURED_TABLE_H
#define HEADROOM_SIM_PERF_MEASURED_TABLE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"

enum { MEASURED_COLUMNS_MAX = 12, MEASURED_ROWS_MAX = 1000000 };

struct measured_column {
    const char *name; /* '?' before it: may be absent */
    double low, high; /* of its numbers, both included */
    bool is_word;     /* a name, not a number; at most one a table */
};

struct measured_table {
    const char *file;
    int n_rows, n_columns;
    bool has[MEASURED_COLUMNS_MAX];
    const double *cells;     /* [n_rows * n_columns]; 0 for words and absent columns */
    const char *const *word; /* [n_rows] of the word column, NULL without one */
    const int *line;         /* [n_rows] */
};

/** Read to the end, not closed. Mistakes are listed, each with file:line:column. */
bool measured_table_read(struct arena *arena, struct source *source,
                         const struct measured_column *columns, int n_columns,
                         struct measured_table *out, struct err_list *errs);

static inline double measured_cell(const struct measured_table *table, int row, int column) {
    return table->cells[(int64_t)row * table->n_columns + column];
}

/** A mistake found later, about one row (or the file, row < 0); always returns false. */
bool measured_table_mistake(const struct measured_table *table, int row, struct err_list *errs,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
