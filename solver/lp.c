/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/lp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lp_open(struct lp *lp, struct arena *arena, const char *name) {
    *lp = (struct lp){.arena = arena, .name = name, .cost_scale = 1};
}

/* Only the first mistake is worth reading: later ones often follow from it. */
static void mistake(struct lp *lp, const char *what, const char *name, double value) {
    if (lp->mistake.kind == ERR_NONE)
        err_set(&lp->mistake, ERR_BUG, "linear programme '%s': %s of '%s' is %g", lp->name, what,
                name, value);
}

static bool usable(double value) {
    return isfinite(value) && fabs(value) <= LP_MAGNITUDE_MAX;
}

static bool usable_bound(double value) {
    return usable(value) || (isinf(value) && !isnan(value));
}

/* The LP format knows letters, digits and a few signs, a name starts with none of "0-9.", and a
 * leading e or E can read as an exponent. */
static const char *checked_name(struct lp *lp, const char *format, va_list args) {
    char buffer[256];
    vsnprintf(buffer, sizeof buffer, format, args);
    for (char *c = buffer; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool digit = *c >= '0' && *c <= '9';
        bool other = *c == '_' || *c == '.';
        if (!letter && !(c != buffer && (digit || other)))
            *c = '_';
    }
    if (buffer[0] == 'e' || buffer[0] == 'E' || buffer[0] == '\0')
        return arena_printf(lp->arena, "_%.250s", buffer);
    return arena_strdup(lp->arena, buffer);
}

static void check_bounds(struct lp *lp, const char *name, double lower, double upper) {
    if (!usable_bound(lower) || lower == INFINITY)
        mistake(lp, "the lower bound", name, lower);
    if (!usable_bound(upper) || upper == -INFINITY)
        mistake(lp, "the upper bound", name, upper);
    if (lower > upper)
        mistake(lp, "the upper bound, below the lower one,", name, upper);
}

int lp_add_row(struct lp *lp, double lower, double upper, const char *format, ...) {
    if (lp->n_rows == lp->rows_size) {
        lp->rows_size = lp->rows_size > 0 ? 2 * lp->rows_size : 64;
        lp->rows = arena_grow(lp->arena, lp->rows, (size_t)lp->n_rows, (size_t)lp->rows_size,
                              sizeof *lp->rows);
    }
    va_list args;
    va_start(args, format);
    const char *name = checked_name(lp, format, args);
    va_end(args);
    check_bounds(lp, name, lower, upper);
    lp->rows[lp->n_rows] = (struct lp_row){name, lower, upper};
    return lp->n_rows++;
}

int lp_add_column(struct lp *lp, double cost, double lower, double upper, const char *format, ...) {
    if (lp->n_columns == lp->columns_size) {
        lp->columns_size = lp->columns_size > 0 ? 2 * lp->columns_size : 256;
        lp->columns = arena_grow(lp->arena, lp->columns, (size_t)lp->n_columns,
                                 (size_t)lp->columns_size, sizeof *lp->columns);
    }
    va_list args;
    va_start(args, format);
    const char *name = checked_name(lp, format, args);
    va_end(args);
    check_bounds(lp, name, lower, upper);
    if (!usable(cost))
        mistake(lp, "the cost", name, cost);
    lp->columns[lp->n_columns] = (struct lp_column){name, cost, lower, upper, .size = 1};
    return lp->n_columns++;
}

void lp_expect_size(struct lp *lp, int column, double size) {
    ENSURE(column >= 0 && column < lp->n_columns);
    if (!usable(size) || size <= 0) {
        mistake(lp, "the size", lp->columns[column].name, size);
        return;
    }
    lp->columns[column].size = exp2(round(log2(size)));
}

void lp_set(struct lp *lp, int row, int column, double value) {
    ENSURE(row >= 0 && row < lp->n_rows && column >= 0 && column < lp->n_columns);
    if (!usable(value))
        mistake(lp, "a coefficient", lp->columns[column].name, value);
    if (value == 0)
        return;
    if (lp->n_entries == lp->entries_size) {
        lp->entries_size = lp->entries_size > 0 ? 2 * lp->entries_size : 1024;
        lp->entries = arena_grow(lp->arena, lp->entries, (size_t)lp->n_entries,
                                 (size_t)lp->entries_size, sizeof *lp->entries);
    }
    lp->entries[lp->n_entries++] = (struct lp_entry){row, column, value};
}

static int entry_order(const void *a, const void *b) {
    const struct lp_entry *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static struct lp_entry *entries_by_row(struct arena *arena, const struct lp *lp) {
    struct lp_entry *sorted = arena_new(arena, struct lp_entry, lp->n_entries);
    if (lp->n_entries > 0)
        memcpy(sorted, lp->entries, (size_t)lp->n_entries * sizeof *sorted);
    qsort(sorted, (size_t)lp->n_entries, sizeof *sorted, entry_order);
    return sorted;
}

bool lp_check(struct arena *arena, const struct lp *lp, struct err *err) {
    if (lp->mistake.kind != ERR_NONE) {
        if (err != NULL)
            *err = lp->mistake;
        return false;
    }
    if (!usable(lp->cost_scale) || lp->cost_scale <= 0)
        return err_set(err, ERR_BUG, "linear programme '%s': cost scale %g", lp->name,
                       lp->cost_scale);
    struct arena_mark mark = arena_mark(arena);
    const struct lp_entry *sorted = entries_by_row(arena, lp);
    int twice = -1;
    for (int i = 1; i < lp->n_entries && twice < 0; i++)
        if (entry_order(&sorted[i - 1], &sorted[i]) == 0)
            twice = i;
    struct lp_entry entry = twice < 0 ? (struct lp_entry){0} : sorted[twice];
    arena_rewind(arena, mark);
    if (twice >= 0)
        return err_set(err, ERR_BUG,
                       "linear programme '%s': the coefficient of '%s' in row '%s' is given twice",
                       lp->name, lp->columns[entry.column].name, lp->rows[entry.row].name);
    return true;
}

/* Lines stay short: some readers stop at 255 characters. */
static void write_term(struct text *out, double value, const char *name, int *on_line) {
    char number[32];
    text_format_double(number, fabs(value));
    text_printf(out, "%s %s %s %s", *on_line == 4 ? "\n  " : "", value < 0 ? "-" : "+", number,
                name);
    *on_line = *on_line == 4 ? 1 : *on_line + 1;
}

static void write_row(struct text *out, const struct lp *lp, const struct lp_entry *entries,
                      int count, const char *name, const char *suffix, const char *relation,
                      double bound) {
    int on_line = 0;
    text_printf(out, " %s%s:", name, suffix);
    for (int i = 0; i < count; i++)
        write_term(out, entries[i].value, lp->columns[entries[i].column].name, &on_line);
    if (count == 0)
        text_printf(out, " 0 %s", lp->columns[0].name);
    char number[32];
    text_format_double(number, bound);
    text_printf(out, " %s %s\n", relation, number);
}

static void write_rows(struct text *out, const struct lp *lp, const struct lp_entry *sorted) {
    for (int r = 0, at = 0; r < lp->n_rows; r++) {
        int first = at;
        while (at < lp->n_entries && sorted[at].row == r)
            at++;
        const struct lp_row *row = &lp->rows[r];
        bool low = isfinite(row->lower), high = isfinite(row->upper);
        const struct lp_entry *entries = &sorted[first];
        if (low && high && row->lower == row->upper)
            write_row(out, lp, entries, at - first, row->name, "", "=", row->lower);
        else if (low)
            write_row(out, lp, entries, at - first, row->name, high ? "_lo" : "", ">=", row->lower);
        if (high && !(low && row->lower == row->upper))
            write_row(out, lp, entries, at - first, row->name, low ? "_hi" : "", "<=", row->upper);
    }
}

static void write_bounds(struct text *out, const struct lp *lp) {
    for (int j = 0; j < lp->n_columns; j++) {
        const struct lp_column *column = &lp->columns[j];
        char low[32], high[32];
        text_format_double(low, column->lower);
        text_format_double(high, column->upper);
        if (column->lower == column->upper)
            text_printf(out, " %s = %s\n", column->name, low);
        else if (isinf(column->lower) && isinf(column->upper))
            text_printf(out, " %s free\n", column->name);
        else if (isinf(column->lower))
            text_printf(out, " -inf <= %s <= %s\n", column->name, high);
        else if (isfinite(column->upper))
            text_printf(out, " %s <= %s <= %s\n", low, column->name, high);
        else if (column->lower != 0)
            text_printf(out, " %s >= %s\n", column->name, low);
    }
}

static void write_note(struct text *out, const char *note) {
    for (const char *at = note; at != NULL && *at != '\0';) {
        size_t n = strcspn(at, "\n");
        text_printf(out, "\\* %.*s *\\\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

bool lp_write(const struct lp *lp, struct text *out, struct err *err) {
    if (!lp_check(lp->arena, lp, err))
        return false;
    if (lp->n_columns == 0)
        return err_set(err, ERR_BUG, "linear programme '%s' has no column to write", lp->name);
    const struct lp_entry *sorted = entries_by_row(lp->arena, lp);
    text_printf(out, "\\* %s *\\\n", lp->name);
    write_note(out, lp->note);
    text_append_string(out, "Minimize\n cost:");
    int on_line = 0, n_terms = 0;
    for (int j = 0; j < lp->n_columns; j++)
        if (lp->columns[j].cost != 0) {
            write_term(out, lp->columns[j].cost, lp->columns[j].name, &on_line);
            n_terms++;
        }
    if (n_terms == 0)
        text_printf(out, " 0 %s", lp->columns[0].name);
    text_append_string(out, "\nSubject To\n");
    write_rows(out, lp, sorted);
    text_append_string(out, "Bounds\n");
    write_bounds(out, lp);
    text_append_string(out, "End\n");
    return true;
}
