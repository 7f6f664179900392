/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_next: rows whose fields have true places, or one mistake that stays; the same from memory and
 * from a slow reader. */
#include <string.h>

#include "base/csv.h"
#include "target.h"

const char *const fuzz_name = "csv";
const bool fuzz_unpacks = true;
const char *const fuzz_words[] = {
    ",",  "\n", "\r\n",     "\r",           "\"",         "\"\"", "\",\"",    " ",
    "\t", "a",  "\"a\nb\"", "\xef\xbb\xbf", "kind,sku\n", "=1+1", "\xc3\xa9", NULL};

/* All of a file: a hash of its fields and places, and how it ended. */
struct reading {
    uint64_t hash;
    int n_rows;
    bool fine;
    struct err err;
};

static uint64_t mix(uint64_t hash, const void *data, size_t n) {
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 1099511628211ULL;
    return hash;
}

static void check_row(struct reading *r, const struct csv_row *row) {
    ENSURE(row->line >= 1 && row->n_fields >= 1);
    for (int f = 0; f < row->n_fields; f++) {
        const struct csv_field *field = &row->fields[f];
        ENSURE(field->line >= row->line && field->column >= 1);
        ENSURE(
            f == 0 || field->line > row->fields[f - 1].line ||
            (field->line == row->fields[f - 1].line && field->column > row->fields[f - 1].column));
        ENSURE(memchr(field->text.data, '\0', field->text.n) == NULL);
        r->hash = mix(r->hash, field->text.data, field->text.n);
        r->hash = mix(r->hash, &field->line, sizeof field->line);
        r->hash = mix(r->hash, &field->column, sizeof field->column);
    }
}

static struct reading read_all(struct arena *arena, struct source *source) {
    struct reading r = {.hash = 14695981039346656037ULL};
    struct csv_reader *reader = csv_open(arena, source, ',', &r.err);
    if (!reader) { /* the bytes do not unpack */
        fuzz_check_words(&r.err);
        return r;
    }
    struct csv_row row;
    while ((r.fine = csv_next(reader, &row, &r.err)) && row.n_fields > 0) {
        check_row(&r, &row);
        if (r.n_rows++ % 8 == 0) {
            struct err err = {0};
            ENSURE(!csv_err(reader, &row, row.n_fields - 1, &err, "here"));
            fuzz_check_words(&err);
        }
    }
    if (!r.fine) {
        struct err again = {0};
        ENSURE(!csv_next(reader, &row, &again) && strcmp(again.what, r.err.what) == 0);
        fuzz_check_words(&r.err);
    }
    csv_close(reader);
    return r;
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct source *source = source_open_memory(&arena, bytes, "fuzzed.csv", &err);
    ENSURE(source != NULL);
    struct reading fast = read_all(&arena, source);
    source_close(source);
    source = fuzz_open_slowly(&arena, bytes, "fuzzed.csv");
    struct reading slow = read_all(&arena, source);
    source_close(source);
    ENSURE(fast.fine == slow.fine && fast.n_rows == slow.n_rows && fast.hash == slow.hash);
    ENSURE(strcmp(fast.err.what, slow.err.what) == 0 && fast.err.line == slow.err.line);
    arena_release(&arena);
    return fast.fine;
}
