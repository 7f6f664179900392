/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Published figures that tests read where they lie: under HEADROOM_DATA (default ../shared of the
 * source tree). A test program whose data are missing ends with 77, which CTest shows as skipped,
 * or fails when HEADROOM_DATA_REQUIRED=1. */
#ifndef HEADROOM_TESTS_SIM_PUBLISHED_DATA_H
#define HEADROOM_TESTS_SIM_PUBLISHED_DATA_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

static inline const char *data_path(const char *path, char out[512]) {
    const char *root = getenv("HEADROOM_DATA");
    snprintf(out, 512, "%s/%s", root && root[0] ? root : "../shared", path);
    return out;
}

/** For main(): 0 when the file is there, else the exit code to end with. */
static inline int data_missing(const char *path) {
    char full[512];
    FILE *file = fopen(data_path(path, full), "rb");
    if (file) {
        fclose(file);
        return 0;
    }
    const char *required = getenv("HEADROOM_DATA_REQUIRED");
    bool must = required && strcmp(required, "1") == 0;
    fprintf(stderr, "%s: %s is not at hand\n", must ? "failed" : "skipped", full);
    return must ? 1 : 77;
}

/** For main(), when the data are there: run the tests as Criterion's own main does. */
static inline int data_run_tests(int argc, char *argv[]) {
    struct criterion_test_set *tests = criterion_initialize();
    int failed = 0;
    if (criterion_handle_args(argc, argv, true))
        failed = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return failed;
}

static inline struct bytes data_read(struct arena *arena, const char *path) {
    char full[512];
    FILE *file = fopen(data_path(path, full), "rb");
    cr_assert(file != NULL, "%s", full);
    fseek(file, 0, SEEK_END);
    size_t n = (size_t)ftell(file);
    char *data = arena_alloc(arena, n + 1, 1);
    rewind(file);
    cr_assert(fread(data, 1, n, file) == n);
    fclose(file);
    return (struct bytes){data, n};
}

static inline double data_number(struct bytes cell) {
    double value = 0;
    cr_assert(text_parse_double(bytes_trim(cell), &value), "'%.*s'", (int)cell.n, cell.data);
    return value;
}

/** Printed with as many decimals as the page has, the figure must be the page's. */
static inline void data_check_printed(const char *what, double value, const char *printed) {
    char text[64];
    const char *point = strchr(printed, '.');
    snprintf(text, sizeof text, "%.*f", point ? (int)strlen(point + 1) : 0, value);
    cr_expect(eq(int, strcmp(text, printed), 0), "%s: %s, published %s", what, text, printed);
}

static inline int data_compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double data_median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, data_compare_doubles);
    return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

#endif
