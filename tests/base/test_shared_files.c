/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measured traces of the data folder ($HEADROOM_DATA, default ../shared): every file's hash is
 * the one listed beside it, every CSV is read to its end with one number of fields, and the Azure
 * code trace has the rows, tokens and stamps its own README states. Skipped (77) without the data,
 * unless HEADROOM_DATA_REQUIRED=1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "case_table.h"

static const char *data_folder(void) {
    const char *folder = getenv("HEADROOM_DATA");
    return folder ? folder : "../shared";
}

static FILE *open_data(struct arena *arena, const char *path) {
    return fopen(arena_printf(arena, "%s/traces/%s", data_folder(), path), "rb");
}

static long file_read(void *context, char *buffer, size_t n) {
    FILE *file = context;
    size_t n_read = fread(buffer, 1, n, file);
    return ferror(file) ? -1 : (long)n_read;
}

static bool ends_with(const char *path, const char *end) {
    size_t n = strlen(path), n_end = strlen(end);
    return n >= n_end && strcmp(path + n - n_end, end) == 0;
}

static void read_rows(struct arena *arena, struct source *source, const char *path) {
    struct err err = {0};
    struct csv_reader *reader = csv_open(arena, source, ',', &err);
    struct csv_row row;
    int n_fields = 0;
    for (;;) {
        cr_assert(csv_next(reader, &row, &err), "%s:%d:%d: %s", path, err.line, err.column,
                  err.what);
        if (row.n_fields == 0)
            break;
        cr_assert(n_fields == 0 || row.n_fields == n_fields, "%s:%d", path, row.line);
        n_fields = row.n_fields;
    }
    cr_assert(gt(int, n_fields, 0), "%s", path);
    csv_close(reader);
}

static void read_blocks(struct source *source, const char *path) {
    struct err err = {0};
    struct bytes block = {NULL, 1};
    while (block.n > 0)
        cr_assert(source_next(source, &block, &err), "%s: %s", path, err.what);
}

Test(shared_files, hashes_are_the_listed_ones) {
    struct arena arena = {0};
    FILE *list = open_data(&arena, "SHA256SUMS");
    cr_assert(ne(ptr, list, NULL), "no SHA256SUMS below %s/traces", data_folder());
    char want[65], path[512], got[65];
    int n_files = 0;
    for (; fscanf(list, "%64s %511s", want, path) == 2; n_files++) {
        struct arena scratch = {0};
        struct err err = {0};
        FILE *file = open_data(&arena, path);
        cr_assert(ne(ptr, file, NULL), "%s", path);
        struct source *source = source_open_reader(&scratch, file_read, file, path, &err);
        if (ends_with(path, ".csv") || ends_with(path, ".csv.zst"))
            read_rows(&scratch, source, path);
        else
            read_blocks(source, path);
        source_sha256(source, got);
        cr_assert(eq(str, got, want), "%s", path);
        source_close(source);
        fclose(file);
        arena_release(&scratch);
    }
    cr_assert(gt(int, n_files, 20));
    fclose(list);
    arena_release(&arena);
}

/* 8819 rows from 2023-11-16 18:17:03.9799600 to 19:14:19.9280160, CRLF, no final newline. */
Test(shared_files, azure_code_trace) {
    static const char *const names[] = {"TIMESTAMP", "ContextTokens", "GeneratedTokens"};
    struct arena arena = {0};
    struct err err = {0};
    FILE *file = open_data(&arena, "azure-llm-2023-code/AzureLLMInferenceTrace_code.csv");
    cr_assert(ne(ptr, file, NULL));
    struct source *source = source_open_reader(&arena, file_read, file, "azure", &err);
    struct csv_reader *reader = csv_open(&arena, source, ',', &err);
    int index[3];
    cr_assert(csv_header(reader, names, 3, false, index, &err), "%s", err.what);
    struct csv_row row;
    int64_t first = 0, stamp = 0, tokens;
    int n_rows = 0;
    for (; csv_next(reader, &row, &err) && row.n_fields == 3; n_rows++) {
        cr_assert(calendar_parse_stamp_ns(row.fields[index[0]].text, &stamp), "row %d", n_rows);
        cr_assert(text_parse_int64(row.fields[index[1]].text, &tokens), "row %d", n_rows);
        cr_assert(text_parse_int64(row.fields[index[2]].text, &tokens), "row %d", n_rows);
        cr_assert(eq(int, row.line, n_rows + 2));
        first = n_rows == 0 ? stamp : first;
    }
    cr_assert(eq(int, err.kind, ERR_NONE), "%s", err.what);
    cr_assert(eq(int, n_rows, 8819));
    int64_t day = calendar_days((struct date){2023, 11, 16}) * 86400;
    cr_assert(eq(i64, first, (day + 18 * 3600 + 17 * 60 + 3) * 1000000000 + 979960000));
    cr_assert(eq(i64, stamp, (day + 19 * 3600 + 14 * 60 + 19) * 1000000000 + 928016000));
    csv_close(reader);
    source_close(source);
    fclose(file);
    arena_release(&arena);
}

int main(int argc, char **argv) {
    enum { SKIPPED = 77 };
    const char *required = getenv("HEADROOM_DATA_REQUIRED");
    struct arena arena = {0};
    FILE *list = open_data(&arena, "SHA256SUMS");
    arena_release(&arena);
    if (list)
        fclose(list);
    else if (!required || strcmp(required, "1") != 0)
        return SKIPPED;
    struct criterion_test_set *tests = criterion_initialize();
    int result = 0;
    if (criterion_handle_args(argc, argv, true))
        result = !criterion_run_all_tests(tests);
    criterion_finalize(tests);
    return result;
}
