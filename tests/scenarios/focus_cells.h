/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over the text of a FOCUS export. */
#ifndef HEADROOM_TESTS_SCENARIOS_FOCUS_CELLS_H
#define HEADROOM_TESTS_SCENARIOS_FOCUS_CELLS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline int focus_column(const char *csv, const char *name) {
    int column = 0;
    for (const char *at = csv; strncmp(at, name, strlen(name)) != 0; column++) {
        at = strchr(at, ',') + 1;
        cr_assert(lt(ptr, (void *)at, (void *)strchr(csv, '\n')));
    }
    return column;
}

/* The sum of a column of the rows that have `words`. */
static inline double focus_sum(const char *csv, const char *words, const char *name) {
    int column = focus_column(csv, name);
    double sum = 0;
    for (const char *line = csv; *line;) {
        const char *end = strchr(line, '\n');
        const char *found = strstr(line, words);
        if (found && found < end) {
            const char *cell = line;
            bool quoted = false;
            for (int c = 0; c < column; cell++) {
                quoted ^= *cell == '"';
                c += *cell == ',' && !quoted;
            }
            sum += strtod(cell, NULL);
        }
        line = end + 1;
    }
    return sum;
}

#endif
