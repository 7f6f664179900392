/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields and their places against a generator that writes random rows and knows where each field
 * went; every broken form by hand with its exact place; bounded memory; the header's rules; and the
 * formula guard. */
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/rng.h"
#include "case_table.h"

struct feed {
    struct bytes left;
    size_t bite; /* at most so many bytes a call */
};

static long feed_read(void *context, char *buffer, size_t n) {
    struct feed *feed = context;
    n = n < feed->bite ? n : feed->bite;
    n = n < feed->left.n ? n : feed->left.n;
    if (n > 0)
        memcpy(buffer, feed->left.data, n);
    feed->left = (struct bytes){feed->left.data + n, feed->left.n - n};
    return (long)n;
}

/* The text after a blank line that puts its byte number `at` at the start of the second block; the
 * lines count on by one. at = 0: the text alone. */
static struct bytes across_blocks(struct arena *arena, struct bytes text, size_t at) {
    enum { BLOCK_BYTES = 65536 };
    if (at == 0)
        return text;
    char *padded = arena_alloc(arena, BLOCK_BYTES - at + text.n, 1);
    memset(padded, ' ', BLOCK_BYTES - at);
    padded[BLOCK_BYTES - at - 1] = '\n';
    memcpy(padded + BLOCK_BYTES - at, text.data, text.n);
    return (struct bytes){padded, BLOCK_BYTES - at + text.n};
}

static struct csv_reader *open_text(struct arena *arena, struct bytes text, char delimiter) {
    struct err err;
    struct source *source = source_open_memory(arena, text, "t.csv", &err);
    return csv_open(arena, source, delimiter, &err);
}

static bool says(const struct err *err, const char *words) {
    return strstr(err->what, words) != NULL;
}

/* ---- what is read ---- */

/* Rows as "line:[column=text|column=text]", one after the other. */
static const struct {
    const char *name, *text, *rows;
    char delimiter;
} readings[] = {
    {"plain", "a,b\n1,22,333\n", "1:[1=a|3=b]2:[1=1|3=22|6=333]", ','},
    {"no final newline", "a,b\n1,2", "1:[1=a|3=b]2:[1=1|3=2]", ','},
    {"CRLF", "a,b\r\n1,2\r\n", "1:[1=a|3=b]2:[1=1|3=2]", ','},
    {"CR at the very end", "a,b\r", "1:[1=a|3=b]", ','},
    {"byte-order mark",
     "\xEF\xBB\xBF"
     "a,b\n1,2\n",
     "1:[1=a|3=b]2:[1=1|3=2]", ','},
    {"empty file", "", "", ','},
    {"byte-order mark alone", "\xEF\xBB\xBF", "", ','},
    {"blank lines", "\n \na,b\n\r\n\t\n1,2\n\n", "3:[1=a|3=b]6:[1=1|3=2]", ','},
    {"empty fields", "a,,c\n,,\n,", "1:[1=a|3=|4=c]2:[1=|2=|3=]3:[1=|2=]", ','},
    {"empty quotes", "\"\"\n\"\",\"\"", "1:[1=]2:[1=|4=]", ','},
    {"blanks around", " a , b\tc  ,d \n", "1:[2=a|6=b\tc|12=d]", ','},
    {"quotes", "\"a,b\",c\n", "1:[1=a,b|7=c]", ','},
    {"doubled quotes", "\"say \"\"yes\"\"\",\"\"\"\"\n", "1:[1=say \"yes\"|15=\"]", ','},
    {"blanks around quotes", " \"a\" ,\"b\"\t\n", "1:[2=a|7=b]", ','},
    {"newline in quotes", "\"a\nb\",c\n1,2\n", "1:[1=a\nb|4=c]3:[1=1|3=2]", ','},
    {"newlines and doubled quotes", "x,\"\n\"\"\n\",y,\"\n\"\nz\n",
     "1:[1=x|3=\n\"\n|3=y|5=\n]5:[1=z]", ','},
    {"CRLF in quotes", "\"a\r\nb\"\r\nc\r\n", "1:[1=a\r\nb]3:[1=c]", ','},
    {"blank line in quotes", "\"\n\n\",c\n", "1:[1=\n\n|3=c]", ','},
    {"semicolons", "a;b,c;d\n", "1:[1=a|3=b,c|7=d]", ';'},
    {"tabs", "a\t\tc\n\t\n", "1:[1=a|3=|4=c]2:[1=|2=]", '\t'},
    {"bars", " a |b\n", "1:[2=a|5=b]", '|'},
    {"UTF-8, columns are bytes", "caf\xC3\xA9,b\n", "1:[1=caf\xC3\xA9|7=b]", ','},
};

static void append_row(struct text *out, const struct csv_row *row, int line) {
    text_printf(out, "%d:[", line);
    for (int i = 0; i < row->n_fields; i++)
        text_printf(out, "%s%d=%.*s", i ? "|" : "", row->fields[i].column,
                    (int)row->fields[i].text.n, row->fields[i].text.data);
    text_append_string(out, "]");
}

/* Once as it is, then with the end of a block between any two of its bytes. */
CASE_TEST(csv, reads, readings) {
    struct bytes text = bytes_of(readings[*index].text);
    bool marked = text.n > 0 && text.data[0] == '\xEF';
    for (size_t at = 0; at == 0 || (at < text.n && !marked); at++) {
        struct arena arena = {0};
        struct text got = {.arena = &arena};
        struct err err = {0};
        struct csv_reader *reader =
            open_text(&arena, across_blocks(&arena, text, at), readings[*index].delimiter);
        struct csv_row row = {0};
        text_append_string(&got, "");
        while (csv_next(reader, &row, &err) && row.n_fields > 0)
            append_row(&got, &row, row.line - (at > 0));
        cr_assert(eq(int, err.kind, ERR_NONE), "%s", err.what);
        cr_assert(eq(str, got.data, (char *)readings[*index].rows));
        cr_assert(csv_next(reader, &row, &err)); /* the end stays the end */
        cr_assert(eq(int, row.n_fields, 0));
        csv_close(reader);
        arena_release(&arena);
    }
}

/* ---- random rows ---- */

enum { ROWS = 400, FIELDS = 12 };

struct written {
    struct text file;
    int line, column, n_fields[ROWS];
    int row_lines[ROWS], lines[ROWS][FIELDS], columns[ROWS][FIELDS];
    struct bytes cells[ROWS][FIELDS];
};

static void put(struct written *written, const char *data, size_t n) {
    for (size_t i = 0; i < n; i++) {
        written->line += data[i] == '\n';
        written->column = data[i] == '\n' ? 1 : written->column + 1;
    }
    text_append(&written->file, data, n);
}

/* A field of up to 20 bytes; quoted ones may hold anything but NUL. */
static void write_field(struct written *written, struct rng *rng, int row, int field) {
    static const char any[] = "ab\",\r\n; \t";
    static const char plain[] = "abcxyz0123.-";
    bool quoted = rng_below(rng, 3) == 0;
    struct text cell = {.arena = written->file.arena};
    text_append(&cell, "", 0);
    for (uint64_t n = rng_below(rng, rng_below(rng, 50) == 0 ? 9000 : 20); n > 0; n--)
        text_append(&cell,
                    quoted ? &any[rng_below(rng, sizeof any - 1)]
                           : &plain[rng_below(rng, sizeof plain - 1)],
                    1);
    if (row % 7 == 0)
        put(written, "  ", rng_below(rng, 3));
    written->lines[row][field] = written->line;
    written->columns[row][field] = written->column;
    written->cells[row][field] = (struct bytes){cell.data, cell.n};
    put(written, "\"", quoted);
    for (size_t i = 0; i < cell.n; i++) {
        put(written, cell.data + i, 1);
        put(written, "\"", cell.data[i] == '"');
    }
    put(written, "\"", quoted);
    if (row % 5 == 0 && cell.n > 0)
        put(written, " \t", rng_below(rng, 3));
}

static void write_rows(struct written *written, struct rng *rng) {
    written->line = written->column = 1;
    for (int row = 0; row < ROWS; row++) {
        if (rng_below(rng, 20) == 0)
            put(written, " \r\n\n", 4);
        written->row_lines[row] = written->line;
        written->n_fields[row] = 2 + (int)rng_below(rng, FIELDS - 1);
        for (int field = 0; field < written->n_fields[row]; field++) {
            put(written, ",", field > 0);
            write_field(written, rng, row, field);
        }
        put(written, "\r", rng_below(rng, 2));
        put(written, "\n", 1);
    }
}

static const uint64_t seeds[] = {1, 2, 3, 5, 8, 13, 21, 34};

CASE_TEST(csv, places_are_those_of_the_writer, seeds) {
    static struct written written;
    struct arena arena = {0};
    struct rng rng = rng_open(seeds[*index], 0, RNG_TEST, 0);
    written.file.arena = &arena;
    write_rows(&written, &rng);
    struct err err = {0};
    struct feed feed = {{written.file.data, written.file.n}, 1 + rng_below(&rng, 3000)};
    struct source *source = source_open_reader(&arena, feed_read, &feed, "t.csv", &err);
    struct csv_reader *reader = csv_open(&arena, source, ',', &err);
    struct csv_row row;
    for (int i = 0; i < ROWS; i++) {
        cr_assert(csv_next(reader, &row, &err), "row %d: %d:%d %s", i, err.line, err.column,
                  err.what);
        cr_assert(eq(int, row.line, written.row_lines[i]));
        cr_assert(eq(int, row.n_fields, written.n_fields[i]));
        for (int field = 0; field < row.n_fields; field++) {
            const struct csv_field *got = &row.fields[field];
            cr_assert(bytes_equal(got->text, written.cells[i][field]), "row %d field %d", i, field);
            cr_assert(eq(int, got->line, written.lines[i][field]), "row %d field %d", i, field);
            cr_assert(eq(int, got->column, written.columns[i][field]), "row %d field %d", i, field);
        }
    }
    cr_assert(csv_next(reader, &row, &err));
    cr_assert(eq(int, row.n_fields, 0));
    csv_close(reader);
    source_close(source);
    arena_release(&arena);
}

/* ---- what is refused ---- */

static const struct {
    const char *text;
    size_t n; /* 0: up to the NUL */
    int n_rows_before, line, column;
    const char *what, *excerpt;
} refusals[] = {
    {"a,b\n1,\"open\n2,3\n", 0, 1, 2, 3, "never closed", "1,\"open"},
    {"a,\"", 0, 0, 1, 3, "never closed", "a,\""},
    {"x\n\"a\nb\",  \"open\n\n", 0, 1, 3, 6, "never closed", "b\",  \"open"},
    {"a,b\n1,2\"3\n", 0, 1, 2, 4, "stray quote", "1,2\"3"},
    {"a,\"b\"c\n", 0, 0, 1, 6, "after the closing quote", "a,\"b\"c"},
    {"a,\"b\" \"c\"\n", 0, 0, 1, 7, "stray quote", "a,\"b\" \"c\""},
    {"a,\"b\n\"\"c\"d,e\n", 0, 0, 2, 5, "after the closing quote", "\"\"c\"d,e"},
    {"a,b\n1,\0,2\n", 9, 1, 2, 3, "NUL byte", "1,?,2"},
    {"a,b\n\"1\n\0\"\n", 10, 1, 3, 1, "NUL byte", "?\""},
    {"a,b\rc,d\r", 0, 0, 1, 4, "carriage return", "a,b?c,d"},
    {"a,b\n1,\r2\n", 0, 1, 2, 3, "carriage return", "1,?2"},
    {"a,b\n\r\"x\",2\n", 0, 1, 2, 1, "carriage return", "?\"x\",2"},
};

CASE_TEST(csv, refuses_with_the_place, refusals) {
    const char *text = refusals[*index].text;
    size_t n = refusals[*index].n ? refusals[*index].n : strlen(text);
    for (size_t at = 0; at < n; at++) {
        struct arena arena = {0};
        struct err err = {0}, again = {0};
        struct csv_reader *reader =
            open_text(&arena, across_blocks(&arena, (struct bytes){text, n}, at), ',');
        struct csv_row row;
        for (int i = 0; i < refusals[*index].n_rows_before; i++)
            cr_assert(csv_next(reader, &row, &err), "%s", err.what);
        row.line = 77;
        cr_assert(not(csv_next(reader, &row, &err)));
        cr_assert(says(&err, refusals[*index].what), "%s", err.what);
        cr_assert(eq(int, err.kind, ERR_INPUT));
        cr_assert(eq(str, (char *)err.file, "t.csv"));
        cr_assert(eq(int, err.line - (at > 0), refusals[*index].line));
        cr_assert(eq(int, err.column, refusals[*index].column));
        cr_assert(eq(str, err.excerpt, (char *)refusals[*index].excerpt));
        cr_assert(ne(str, err.hint, ""));
        cr_assert(eq(int, row.line, 77)); /* outputs untouched */
        cr_assert(not(csv_next(reader, &row, &again)));
        cr_assert(eq(str, again.what, err.what));
        csv_close(reader);
        arena_release(&arena);
    }
}

static const struct {
    size_t n_letters; /* in a field of the second line */
    const char *quote, *what;
} longs[] = {
    {(1 << 20) - 1, "", NULL}, /* with its newline just 1 MiB */
    {1 << 20, "", "longer than 1 MiB"}, {3 << 20, "", "longer than 1 MiB"},
    {(1 << 20) - 3, "\"", NULL},        {3 << 20, "\"", "longer than 1 MiB"},
};

CASE_TEST(csv, long_lines, longs) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    text_append_string(&text, "a\n");
    text_append_string(&text, longs[*index].quote);
    for (size_t i = 0; i < longs[*index].n_letters; i++)
        text_append(&text, "x", 1);
    text_append_string(&text, longs[*index].quote);
    text_append_string(&text, "\nb\n");
    struct csv_reader *reader = open_text(&arena, (struct bytes){text.data, text.n}, ',');
    struct err err = {0};
    struct csv_row row;
    cr_assert(csv_next(reader, &row, &err));
    bool fine = csv_next(reader, &row, &err);
    cr_assert(eq(int, fine, longs[*index].what == NULL), "%s", err.what);
    if (fine) {
        cr_assert(eq(sz, row.fields[0].text.n, longs[*index].n_letters));
        cr_assert(csv_next(reader, &row, &err));
        cr_assert(bytes_are(row.fields[0].text, "b"));
    } else {
        cr_assert(says(&err, longs[*index].what), "%s", err.what);
        cr_assert(eq(int, err.line, 2));
        cr_assert(eq(int, err.column, 1));
    }
    csv_close(reader);
    arena_release(&arena);
}

/* An open quote swallows line after line: the place is the quote. */
Test(csv, open_quote_is_found_before_the_file_is_read) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    text_append_string(&text, "a,b\n1, \"2\n");
    while (text.n < 3u << 20)
        text_append_string(&text, "3,4\n");
    struct csv_reader *reader = open_text(&arena, (struct bytes){text.data, text.n}, ',');
    struct err err = {0};
    struct csv_row row;
    cr_assert(csv_next(reader, &row, &err));
    cr_assert(not(csv_next(reader, &row, &err)));
    cr_assert(says(&err, "not closed within 1 MiB"), "%s", err.what);
    cr_assert(eq(int, err.line, 2));
    cr_assert(eq(int, err.column, 4));
    csv_close(reader);
    arena_release(&arena);
}

Test(csv, too_many_fields) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    for (int i = 0; i < 16384; i++)
        text_append_string(&text, i ? ",1" : "1");
    text_append_string(&text, "\n");
    struct err err = {0};
    struct csv_row row;
    struct csv_reader *reader = open_text(&arena, (struct bytes){text.data, text.n}, ',');
    cr_assert(csv_next(reader, &row, &err), "%s", err.what);
    cr_assert(eq(int, row.n_fields, 16384));
    csv_close(reader);
    text.n--;
    text_append_string(&text, ",1\n");
    reader = open_text(&arena, (struct bytes){text.data, text.n}, ',');
    cr_assert(not(csv_next(reader, &row, &err)));
    cr_assert(says(&err, "16384 fields"), "%s", err.what);
    csv_close(reader);
    arena_release(&arena);
}

/* ---- memory ---- */

/* A file of a million lines, made as it is read. */
struct mill {
    size_t n_left, phase; /* bytes still to give; where in the row the next one stands */
};

static long mill_read(void *context, char *buffer, size_t n) {
    static const char row[] = "1234.5,\"a \"\"b\"\"\",789\n";
    struct mill *mill = context;
    n = n < mill->n_left ? n : mill->n_left;
    for (size_t i = 0; i < n; i++) {
        buffer[i] = row[mill->phase];
        mill->phase = (mill->phase + 1) % (sizeof row - 1);
    }
    mill->n_left -= n;
    return (long)n;
}

Test(csv, memory_does_not_grow_with_the_file) {
    size_t allocated[2];
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct err err = {0};
        enum { ROW_BYTES = 21 };
        struct mill mill = {.n_left = ROW_BYTES * (i ? 1000000 : 10000)};
        size_t n_rows = 0;
        struct source *source = source_open_reader(&arena, mill_read, &mill, "mill", &err);
        struct csv_reader *reader = csv_open(&arena, source, ',', &err);
        struct csv_row row;
        while (csv_next(reader, &row, &err) && row.n_fields == 3)
            n_rows++;
        cr_assert(eq(sz, n_rows, i ? 1000000 : 10000));
        allocated[i] = arena.allocated;
        csv_close(reader);
        source_close(source);
        arena_release(&arena);
    }
    cr_assert(eq(sz, allocated[1], allocated[0]));
    cr_assert(lt(sz, allocated[1], 1u << 20));
}

/* ---- headers ---- */

static const char *const columns[] = {"stamp", "input", "?prefix"};

static const struct {
    const char *text;
    bool allow_unknown;
    int index[3];
    const char *what, *hint; /* NULL: fine */
    int column;
} headers[] = {
    {"stamp,input,prefix\n", false, {0, 1, 2}, NULL, "", 0},
    {"input,stamp\n", false, {1, 0, -1}, NULL, "", 0},
    {"\"stamp\" , input\r\n", false, {0, 1, -1}, NULL, "", 0},
    {"extra,input,stamp\n", true, {2, 1, -1}, NULL, "", 0},
    {"stamp,inptu\n", false, {0}, "unknown column 'inptu'", "did you mean 'input'?", 7},
    {"stamp,input,prefx\n", false, {0}, "unknown column 'prefx'", "did you mean 'prefix'?", 13},
    {"stamp,input,zzz\n", false, {0}, "unknown column 'zzz'", "", 13},
    {"stamp,input,stamp\n", true, {0}, "column 'stamp' appears twice", "", 13},
    {"stamp,prefix\n", true, {0}, "column 'input' is missing", "the first line", 0},
    {"Stamp,input\n", true, {0}, "column 'stamp' is missing", "the first line", 0},
    {"", true, {0}, "the file is empty", "the first line", 1},
    {"stamp,\"input\n", true, {0}, "never closed", "close the quote", 7},
};

CASE_TEST(csv, headers_map_names_to_fields, headers) {
    struct arena arena = {0};
    struct csv_reader *reader = open_text(&arena, bytes_of(headers[*index].text), ',');
    struct err err = {0};
    int got[3] = {9, 9, 9};
    bool fine = csv_header(reader, columns, 3, headers[*index].allow_unknown, got, &err);
    cr_assert(eq(int, fine, headers[*index].what == NULL), "%s", err.what);
    for (int i = 0; i < 3; i++)
        cr_assert(eq(int, got[i], fine ? headers[*index].index[i] : 9));
    if (!fine) {
        cr_assert(says(&err, headers[*index].what), "%s", err.what);
        cr_assert(strncmp(err.hint, headers[*index].hint, strlen(headers[*index].hint)) == 0);
        cr_assert(eq(int, err.line, 1));
        cr_assert(eq(int, err.column, headers[*index].column));
    }
    csv_close(reader);
    arena_release(&arena);
}

/* ---- errors of the caller ---- */

Test(csv, err_shows_the_line_of_the_field) {
    struct arena arena = {0};
    struct csv_reader *reader =
        open_text(&arena, bytes_of("a,b,c\r\n1,\"x\ny\",\"three\"\r\n"), ',');
    struct csv_row first, row;
    struct err err = {0};
    cr_assert(csv_next(reader, &first, &err));
    cr_assert(csv_next(reader, &row, &err));
    cr_assert(not(csv_err(reader, &row, 2, &err, "'%s' is no number", "three")));
    cr_assert(eq(str, err.what, "'three' is no number"));
    cr_assert(eq(str, (char *)err.file, "t.csv"));
    cr_assert(eq(int, err.line, 3));
    cr_assert(eq(int, err.column, 4));
    cr_assert(eq(int, err.length, 5));
    cr_assert(eq(str, err.excerpt, "y\",\"three\""));
    csv_err(reader, &row, -1, &err, "bad row");
    cr_assert(eq(int, err.line, 2));
    cr_assert(eq(int, err.column, 0));
    cr_assert(eq(str, err.excerpt, "1,\"x"));
    csv_err(reader, &first, -1, &err, "an older row keeps its line, its bytes are gone");
    cr_assert(eq(int, err.line, 1));
    cr_assert(eq(str, err.excerpt, ""));
    cr_assert(not(csv_err(reader, &row, 2, NULL, "nobody listens")));
    csv_close(reader);
    cr_assert(not(csv_next(reader, &row, &err)));
    csv_close(reader);
    csv_close(NULL);
    arena_release(&arena);
}

Test(csv, errors_of_the_source_come_through) {
    struct arena arena = {0};
    struct err err = {0};
    struct bytes cut = {"\x1f\x8b\x08\0\0\0\0\0\0\3", 10};
    struct source *source = source_open_memory(&arena, cut, "cut.gz", &err);
    cr_assert(eq(ptr, (void *)csv_open(&arena, source, ',', &err), NULL));
    cr_assert(says(&err, "ends too early"), "%s", err.what);
    source_close(source);
    arena_release(&arena);
}

Test(csv, quote_as_delimiter_is_a_bug, .exit_code = 70) {
    struct arena arena = {0};
    open_text(&arena, bytes_of("a"), '"');
}

/* ---- writing ---- */

static const struct {
    const char *cell, *written;
} cells[] = {
    {"plain", "plain"},
    {"", ""},
    {"a,b", "\"a,b\""},
    {"say \"yes\"", "\"say \"\"yes\"\"\""},
    {"two\nlines", "\"two\nlines\""},
    {"=1+1", "'=1+1"},
    {"+49", "'+49"},
    {"-x", "'-x"},
    {"@cmd", "'@cmd"},
    {"\tx", "\"'\tx\""},
    {"=A1,\"x\"", "\"'=A1,\"\"x\"\"\""},
    {" x", "\" x\""},
    {"x ", "\"x \""},
    {"a;b", "\"a;b\""},
};

CASE_TEST(csv, text_cells_are_quoted_and_no_formula, cells) {
    struct arena arena = {0};
    struct text out = {.arena = &arena};
    text_append(&out, "", 0);
    csv_append_text(&out, cells[*index].cell);
    cr_assert(eq(str, out.data, (char *)cells[*index].written));
    arena_release(&arena);
}
