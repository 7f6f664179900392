/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding rows of the field table, and what a row says. */
#include <string.h>

#include "scenarios/scenario_table.h"

const struct field *field_find(struct bytes path) {
    for (int i = 0; i < scenario_table_rows; i++)
        if (bytes_are(path, scenario_table[i].path))
            return &scenario_table[i];
    return NULL;
}

bool field_is_child(const struct field *row, const char *path) {
    size_t n = strlen(path);
    if (n == 0)
        return !strchr(row->path, '.');
    return strncmp(row->path, path, n) == 0 && row->path[n] == '.' &&
           !strchr(row->path + n + 1, '.');
}

const char *field_key(const struct field *row) {
    const char *point = strrchr(row->path, '.');
    return point ? point + 1 : row->path;
}

const struct field *field_child(const char *path, struct bytes key) {
    for (int i = 0; i < scenario_table_rows; i++)
        if (field_is_child(&scenario_table[i], path) &&
            bytes_are(key, field_key(&scenario_table[i])))
            return &scenario_table[i];
    return NULL;
}

bool field_has_children(const struct field *row) {
    const struct field *next = row + 1;
    return next < scenario_table + scenario_table_rows && field_is_child(next, row->path);
}

int field_items_min(const struct field *row) {
    return row->items_min ? row->items_min : 1;
}

int field_items_max(const struct field *row) {
    return row->items_max ? row->items_max : FIELD_ITEMS_MAX;
}

struct bytes field_word(const char *words, int i) {
    for (; i > 0; i--) {
        words = strchr(words, '|');
        if (!words)
            return (struct bytes){"", 0};
        words++;
    }
    return (struct bytes){words, strcspn(words, "|")};
}

int field_word_index(const char *words, struct bytes word) {
    struct bytes candidate;
    for (int i = 0; (candidate = field_word(words, i)).n > 0; i++)
        if (bytes_equal(candidate, word))
            return i;
    return -1;
}
