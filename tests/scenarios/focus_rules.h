/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The public validator's requirements for FOCUS 1.2 (model-1.2.json, where the data lie),
 * evaluated against a table of text. Each Static rule is a small expression over the columns of a
 * row, with a condition; composites are the rules that they name. Dynamic rules state no
 * expression and are only counted. An empty cell is null; what a format or a list of values asks
 * for is asked of cells that are not null. */
#ifndef HEADROOM_TESTS_SCENARIOS_FOCUS_RULES_H
#define HEADROOM_TESTS_SCENARIOS_FOCUS_RULES_H

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/source.h"

enum { FOCUS_COLUMNS_MAX = 128 };

struct focus_table {
    int n_columns, n_rows;
    char *names[FOCUS_COLUMNS_MAX];
    char ***cells; /* [n_rows][n_columns], "" is null */
};

enum focus_verdict { FOCUS_HOLDS, FOCUS_FAILS, FOCUS_NOT_CHECKED };

static inline struct focus_table focus_table_read(struct arena *arena, struct bytes csv) {
    struct err err = {0};
    struct focus_table table = {0};
    struct source *source = source_open_memory(arena, csv, "focus.csv", &err);
    struct csv_reader *reader = csv_open(arena, source, ',', &err);
    struct csv_row row;
    int capacity = 0;
    while (csv_next(reader, &row, &err) && row.n_fields > 0) {
        char **cells = arena_new(arena, char *, row.n_fields);
        for (int i = 0; i < row.n_fields; i++)
            cells[i] = arena_strndup(arena, row.fields[i].text.data, row.fields[i].text.n);
        if (table.n_columns == 0) {
            table.n_columns = row.n_fields;
            for (int i = 0; i < row.n_fields; i++)
                table.names[i] = cells[i];
            continue;
        }
        if (table.n_rows == capacity) {
            int wanted = capacity ? 2 * capacity : 64;
            table.cells = arena_grow(arena, table.cells, (size_t)capacity, (size_t)wanted,
                                     sizeof *table.cells);
            capacity = wanted;
        }
        table.cells[table.n_rows++] = cells;
    }
    csv_close(reader);
    return table;
}

static inline int focus_column(const struct focus_table *table, const char *name) {
    for (int i = 0; i < table->n_columns; i++)
        if (strcmp(table->names[i], name) == 0)
            return i;
    return -1;
}

/* "" too when there is no such column. */
static inline const char *focus_cell(const struct focus_table *table, int row, const char *name) {
    int column = focus_column(table, name);
    return column < 0 ? "" : table->cells[row][column];
}

/* ---- formats ---- */

static inline bool focus_is_number(const char *cell) {
    char *end;
    if (!isdigit((unsigned char)cell[0]) && cell[0] != '-' && cell[0] != '+')
        return false;
    strtod(cell, &end);
    return *end == '\0' && strpbrk(cell, "xXnNiI") == NULL;
}

static inline bool focus_is_stamp(const char *cell) {
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    if (strlen(cell) != strlen(shape))
        return false;
    for (size_t i = 0; i < strlen(shape); i++)
        if (shape[i] == 'd' ? !isdigit((unsigned char)cell[i]) : cell[i] != shape[i])
            return false;
    return true;
}

static inline bool focus_is_currency(const char *cell) {
    return strlen(cell) == 3 && isupper((unsigned char)cell[0]) &&
           isupper((unsigned char)cell[1]) && isupper((unsigned char)cell[2]);
}

/* "Hours", "GB-Hours", "1000 Requests", or a currency; of volumes also the provider's units of what
 * the specification's list has no unit for. */
static inline bool focus_is_unit(const char *cell) {
    static const char *const words[] = {"Hours",  "Seconds", "GB",   "Requests",
                                        "Tokens", "Months",  "IOPS", "MBps"};
    if (focus_is_currency(cell))
        return true;
    const char *p = cell;
    while (isdigit((unsigned char)*p))
        p++;
    if (p > cell && *p++ != ' ')
        return false;
    for (;;) {
        size_t n = strcspn(p, "-/"), i = 0;
        while (i < sizeof words / sizeof *words &&
               (strlen(words[i]) != n || strncmp(words[i], p, n) != 0))
            i++;
        if (i == sizeof words / sizeof *words)
            return false;
        if (p[n] == '\0')
            return true;
        p += n + 1;
    }
}

static inline bool focus_is_map(const char *cell) {
    json_t *map = json_loads(cell, JSON_REJECT_DUPLICATES, NULL);
    bool ok = json_is_object(map);
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value) ok = ok && !json_is_object(value) && !json_is_array(value);
    json_decref(map);
    return ok;
}

/* ---- expressions ---- */

static inline const char *focus_text(const json_t *check, const char *key) {
    return json_string_value(json_object_get(check, key));
}

static inline bool focus_same(const char *cell, const json_t *value) {
    if (json_is_null(value))
        return cell[0] == '\0';
    if (json_is_string(value))
        return strcmp(cell, json_string_value(value)) == 0;
    return cell[0] && atof(cell) == json_number_value(value);
}

static inline bool focus_one_partner(const struct focus_table *table, const char *a,
                                     const char *b) {
    for (int i = 0; i < table->n_rows; i++)
        for (int j = 0; j < i; j++)
            if (focus_cell(table, i, a)[0] &&
                strcmp(focus_cell(table, i, a), focus_cell(table, j, a)) == 0 &&
                strcmp(focus_cell(table, i, b), focus_cell(table, j, b)) != 0)
                return false;
    return true;
}

/* Prices and quantities have 17 digits, costs nine decimals. */
static inline bool focus_is_product(const char *a, const char *b, const char *product) {
    if (!a[0] || !b[0] || !product[0])
        return true;
    return fabs(atof(a) * atof(b) - atof(product)) <= 1e-9 + 1e-14 * fabs(atof(product));
}

static inline bool focus_holds(const struct focus_table *table, int row, const json_t *rules,
                               const json_t *check, bool condition);

static inline bool focus_rule_holds(const struct focus_table *table, int row, const json_t *rules,
                                    const char *id) {
    const json_t *rule = json_object_get(rules, id);
    if (!rule || strcmp(focus_text(rule, "Type"), "Static") != 0)
        return true;
    const json_t *criteria = json_object_get(rule, "ValidationCriteria");
    const json_t *condition = json_object_get(criteria, "Condition");
    if (strcmp(focus_text(criteria, "Keyword"), "MAY") == 0)
        return true;
    if (json_object_size(condition) && !focus_holds(table, row, rules, condition, true))
        return true;
    return focus_holds(table, row, rules, json_object_get(criteria, "Requirement"), false);
}

/* In a condition a null is not equal to any value; in a requirement nulls pass all but the checks
 * for null. */
static inline bool focus_holds(const struct focus_table *table, int row, const json_t *rules,
                               const json_t *check, bool condition) {
    const char *kind = focus_text(check, "CheckFunction");
    const json_t *items = json_object_get(check, "Items"), *item;
    size_t i;
    if (!kind && json_object_get(check, "AND")) { /* two conditions of the file are written so */
        items = json_object_get(check, "AND");
        if (json_is_object(items)) /* of one part */
            return focus_holds(table, row, rules, items, condition);
        kind = "AND";
    }
    if (!kind)
        return true;
    if (strcmp(kind, "AND") == 0) {
        json_array_foreach(items, i,
                           item) if (!focus_holds(table, row, rules, item, condition)) return false;
        return true;
    }
    if (strcmp(kind, "OR") == 0) {
        json_array_foreach(items, i,
                           item) if (focus_holds(table, row, rules, item, condition)) return true;
        return false;
    }
    if (strcmp(kind, "CheckModelRule") == 0)
        return focus_rule_holds(table, row, rules, focus_text(check, "ModelRuleId"));
    const char *name = focus_text(check, "ColumnName");
    if (!name) /* two checks of the file have their column under this key */
        name = focus_text(check, "CheckCondition");
    const char *a = focus_text(check, "ColumnAName"), *b = focus_text(check, "ColumnBName");
    if (strcmp(kind, "ColumnPresent") == 0)
        return focus_column(table, name) >= 0;
    if (strcmp(kind, "CheckDistinctCount") == 0)
        return row > 0 || focus_one_partner(table, a, b);
    if (a) {
        const char *x = focus_cell(table, row, a), *y = focus_cell(table, row, b);
        if (strcmp(kind, "CheckSameValue") == 0)
            return strcmp(x, y) == 0;
        if (strcmp(kind, "CheckNotSameValue") == 0)
            return strcmp(x, y) != 0;
        if (strcmp(kind, "ColumnByColumnEqualsColumnValue") == 0)
            return focus_is_product(x, y,
                                    focus_cell(table, row, focus_text(check, "ResultColumnName")));
    }
    const char *cell = focus_cell(table, row, name);
    const json_t *value = json_object_get(check, "Value");
    if (strcmp(kind, "CheckNotValue") == 0)
        return !focus_same(cell, value);
    if (strcmp(kind, "CheckValue") == 0)
        return focus_same(cell, value) || (!condition && !json_is_null(value) && !cell[0]);
    if (!cell[0])
        return true;
    if (strcmp(kind, "CheckGreaterOrEqualThanValue") == 0)
        return focus_is_number(cell) && atof(cell) >= json_number_value(value);
    if (strcmp(kind, "TypeDecimal") == 0 || strcmp(kind, "FormatNumeric") == 0 ||
        strcmp(kind, "CheckDecimalValue") == 0)
        return focus_is_number(cell);
    if (strcmp(kind, "TypeDateTime") == 0 || strcmp(kind, "FormatDateTime") == 0)
        return focus_is_stamp(cell);
    if (strcmp(kind, "TypeString") == 0 || strcmp(kind, "FormatString") == 0)
        return text_is_utf8(bytes_of(cell), NULL);
    if (strcmp(kind, "FormatUnit") == 0)
        return focus_is_unit(cell);
    if (strcmp(kind, "FormatKeyValue") == 0)
        return focus_is_map(cell);
    if (strcmp(kind, "FormatCurrency") == 0 || strcmp(kind, "CheckNationalCurrency") == 0)
        return focus_is_currency(cell);
    fprintf(stderr, "no such check: %s\n", kind);
    abort();
}

/** One rule over all rows; *row_failed is the first row that fails it. */
static inline enum focus_verdict focus_check(const struct focus_table *table, const json_t *rules,
                                             const char *id, int *row_failed) {
    const json_t *rule = json_object_get(rules, id);
    if (strcmp(focus_text(rule, "Type"), "Static") != 0)
        return FOCUS_NOT_CHECKED;
    for (int row = 0; row < table->n_rows; row++)
        if (!focus_rule_holds(table, row, rules, id)) {
            *row_failed = row;
            return FOCUS_FAILS;
        }
    return FOCUS_HOLDS;
}

#endif
