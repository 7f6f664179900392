/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcsv decides what the fields are; this file decides where they are.
 *
 *  Raw lines are kept in a buffer and handed to libcsv one at a time. Its field callback gives
 * bytes without a place, so a cursor walks the raw line along with it: over leading blanks, the
 * field itself (its length is known; only quoted fields are scanned), trailing blanks, the
 * delimiter. Fields whose bytes stand in the raw line as they are point there; only fields with
 * doubled quotes are copied. The buffer holds one row and one block, so memory does not grow with
 * the file. */
#include "base/csv.h"

#include <csv.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ROW_BYTES_MAX = 1 << 20, FIELDS_MAX = 16384, RAW_FIRST = 192 * 1024 };

struct place {
    int line;
    size_t line_start; /* offset in raw */
};

struct csv_reader {
    struct arena *arena;
    struct source *source;
    struct csv_parser parser;
    bool parser_open, failed;
    struct err failure;
    char delimiter;

    char *raw; /* [raw_capacity + 1], raw[n_raw] is a newline, so that scans need no bound */
    size_t n_raw, raw_capacity;
    size_t at; /* start of the first line not yet given to libcsv */
    int line;  /* its number */
    bool at_end, any_nul;

    size_t row_start, row_end; /* raw bytes of the row */
    size_t cursor;             /* where its next field starts or its blanks do */
    struct place place;        /* of the cursor */
    bool row_done, stray_return, too_many_fields;
    struct csv_row row;

    int fields_capacity;
    struct csv_field *fields;
    size_t *offsets; /* [fields_capacity] in raw, or in cells for copied fields */
    bool *copied;    /* [fields_capacity] */
    char *cells;     /* unescaped fields of the row */
    size_t n_cells, cells_capacity;
};

/* ---- failures ---- */

static bool fail(struct csv_reader *reader, const struct err *failure, struct err *err) {
    reader->failed = true;
    reader->failure = *failure;
    if (err)
        *err = *failure;
    return false;
}

/* The raw line that starts at an offset, as far as it is in the buffer. */
static struct bytes raw_line(const struct csv_reader *reader, size_t start) {
    const char *from = reader->raw + start;
    const char *end = memchr(from, '\n', reader->n_raw - start);
    return (struct bytes){from, end ? (size_t)(end - from) : reader->n_raw - start};
}

static bool fail_at(struct csv_reader *reader, struct place place, size_t offset, const char *what,
                    const char *hint, struct err *err) {
    struct err failure;
    err_at(&failure, source_name(reader->source), place.line, (int)(offset - place.line_start) + 1,
           "%s", what);
    err_hint(&failure, "%s", hint);
    struct bytes line = raw_line(reader, place.line_start);
    err_excerpt(&failure, line.data, line.n);
    return fail(reader, &failure, err);
}

/* ---- the buffer of raw lines ---- */

static void drop_used_bytes(struct csv_reader *reader) {
    size_t used = reader->row_start;
    if (used == 0)
        return;
    memmove(reader->raw, reader->raw + used, reader->n_raw - used);
    reader->n_raw -= used;
    reader->at -= used;
    reader->cursor -= used;
    reader->place.line_start -= used;
    for (int i = 0; i < reader->row.n_fields; i++)
        if (!reader->copied[i])
            reader->offsets[i] -= used;
    reader->row_start = 0;
}

static bool read_block(struct csv_reader *reader, struct err *err) {
    struct bytes block;
    if (!source_next(reader->source, &block, err)) {
        if (err)
            reader->failure = *err;
        reader->failed = true;
        return false;
    }
    if (block.n == 0) {
        reader->at_end = true;
        return true;
    }
    drop_used_bytes(reader);
    while (reader->n_raw + block.n > reader->raw_capacity) {
        reader->raw = arena_grow(reader->arena, reader->raw, reader->raw_capacity + 1,
                                 2 * reader->raw_capacity + 1, 1);
        reader->raw_capacity *= 2;
    }
    memcpy(reader->raw + reader->n_raw, block.data, block.n);
    reader->n_raw += block.n;
    reader->raw[reader->n_raw] = '\n';
    reader->any_nul = reader->any_nul || memchr(block.data, '\0', block.n);
    return true;
}

/* ---- libcsv's callbacks ---- */

static bool is_blank(const struct csv_reader *reader, char c) {
    return (c == ' ' || c == '\t') && c != reader->delimiter;
}

static void skip_blanks(struct csv_reader *reader) {
    while (is_blank(reader, reader->raw[reader->cursor]))
        reader->cursor++;
}

static void count_lines(struct csv_reader *reader, size_t from, size_t to) {
    const char *p = reader->raw + from, *end = reader->raw + to;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        p++;
        reader->place.line += reader->place.line < INT_MAX;
        reader->place.line_start = (size_t)(p - reader->raw);
    }
}

static void grow_fields(struct csv_reader *reader) {
    size_t n = (size_t)reader->fields_capacity, capacity = n ? 2 * n : 16;
    reader->fields = arena_grow(reader->arena, reader->fields, n, capacity, sizeof *reader->fields);
    reader->offsets =
        arena_grow(reader->arena, reader->offsets, n, capacity, sizeof *reader->offsets);
    reader->copied = arena_grow(reader->arena, reader->copied, n, capacity, sizeof *reader->copied);
    reader->fields_capacity = (int)capacity;
}

static size_t copy_cell(struct csv_reader *reader, const char *text, size_t n) {
    while (reader->n_cells + n > reader->cells_capacity) {
        size_t capacity = reader->cells_capacity ? 2 * reader->cells_capacity : 4096;
        reader->cells = arena_grow(reader->arena, reader->cells, reader->n_cells, capacity, 1);
        reader->cells_capacity = capacity;
    }
    memcpy(reader->cells + reader->n_cells, text, n);
    reader->n_cells += n;
    return reader->n_cells - n;
}

/* The cursor stands on the opening quote: move it behind the closing one. */
static void pass_quoted(struct csv_reader *reader) {
    size_t open = reader->cursor;
    const char *p = reader->raw + open + 1, *end = reader->raw + reader->n_raw;
    while ((p = memchr(p, '"', (size_t)(end - p))) && p[1] == '"')
        p += 2;
    ENSURE(p); /* libcsv has seen the closing quote */
    reader->cursor = (size_t)(p + 1 - reader->raw);
    if (open < reader->at) /* opened on a line before the one that libcsv has now */
        count_lines(reader, open, reader->cursor);
}

static void on_field(void *text, size_t n, void *context) {
    struct csv_reader *reader = context;
    if (reader->row_done || reader->too_many_fields)
        return;
    if (reader->row.n_fields == FIELDS_MAX) {
        reader->too_many_fields = true;
        return;
    }
    if (reader->row.n_fields == reader->fields_capacity)
        grow_fields(reader);
    skip_blanks(reader);
    size_t start = reader->cursor;
    if (reader->row.n_fields == 0 && reader->raw[start] == '\r') {
        reader->stray_return = reader->row_done = true; /* libcsv took it for a blank line */
        reader->cursor++;
        return;
    }
    int i = reader->row.n_fields++;
    struct csv_field *field = &reader->fields[i];
    *field = (struct csv_field){.text = {.n = n},
                                .line = reader->place.line,
                                .column = (int)(start - reader->place.line_start) + 1};
    reader->copied[i] = false;
    if (reader->raw[start] == '"') {
        pass_quoted(reader);
        reader->offsets[i] = start + 1;
        if (reader->cursor - start - 2 != n) { /* it had doubled quotes */
            reader->copied[i] = true;
            reader->offsets[i] = copy_cell(reader, text, n);
        }
    } else {
        reader->offsets[i] = start;
        reader->cursor += n;
    }
    skip_blanks(reader);
    reader->cursor++; /* the delimiter or the end of the line */
}

static void on_row(int terminator, void *context) {
    struct csv_reader *reader = context;
    reader->row_done = true;
    if (terminator == '\r' && reader->cursor < reader->n_raw && reader->raw[reader->cursor] != '\n')
        reader->stray_return = true;
}

/* ---- opening ---- */

static bool skip_byte_order_mark(struct csv_reader *reader, struct err *err) {
    while (reader->n_raw < 3 && !reader->at_end)
        if (!read_block(reader, err))
            return false;
    if (reader->n_raw >= 3 && memcmp(reader->raw, "\xEF\xBB\xBF", 3) == 0)
        reader->at = 3;
    reader->row_start = reader->cursor = reader->place.line_start = reader->at;
    return true;
}

struct csv_reader *csv_open(struct arena *arena, struct source *source, char delimiter,
                            struct err *err) {
    ENSURE(delimiter != '"' && delimiter != '\n' && delimiter != '\r' && delimiter != '\0');
    struct csv_reader *reader = arena_new(arena, struct csv_reader, 1);
    reader->arena = arena;
    reader->source = source;
    reader->delimiter = delimiter;
    reader->raw_capacity = RAW_FIRST;
    reader->raw = arena_alloc(arena, RAW_FIRST + 1, 1);
    reader->raw[0] = '\n';
    reader->line = 1;
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        err_set(err, ERR_SYSTEM, "cannot start the CSV parser");
        return NULL;
    }
    reader->parser_open = true;
    csv_set_delim(&reader->parser, (unsigned char)delimiter);
    csv_set_blk_size(&reader->parser, 16 * 1024);
    if (!skip_byte_order_mark(reader, err)) {
        csv_close(reader);
        return NULL;
    }
    return reader;
}

void csv_close(struct csv_reader *reader) {
    if (!reader || !reader->parser_open)
        return;
    csv_free(&reader->parser);
    reader->parser_open = false;
    err_at(&reader->failure, source_name(reader->source), 0, 0, "read after close");
    reader->failed = true;
}

/* ---- rows ---- */

/* Past the first line of a row, an open quote is what keeps it going. */
static bool fail_long(struct csv_reader *reader, struct err *err) {
    if (reader->at == reader->row_start)
        return fail_at(reader, reader->place, reader->cursor, "the line is longer than 1 MiB",
                       "is this a CSV file with line ends?", err);
    skip_blanks(reader);
    return fail_at(reader, reader->place, reader->cursor,
                   "the quote opened here is not closed within 1 MiB",
                   "close the quote, or double a quote that belongs to the text", err);
}

/* The bytes of the next line with its newline; n = 0 at the end of the file. */
static bool next_line(struct csv_reader *reader, size_t *n, struct err *err) {
    for (;;) {
        const char *start = reader->raw + reader->at;
        size_t n_left = reader->n_raw - reader->at;
        const char *end = memchr(start, '\n', n_left);
        *n = end ? (size_t)(end - start) + 1 : n_left;
        if (reader->at + *n - reader->row_start > ROW_BYTES_MAX)
            return fail_long(reader, err);
        if (end || reader->at_end)
            return true;
        if (!read_block(reader, err))
            return false;
    }
}

static bool fail_nul(struct csv_reader *reader, size_t n, struct err *err) {
    const char *nul = memchr(reader->raw + reader->at, '\0', n);
    struct place place = {reader->line, reader->at};
    return fail_at(reader, place, (size_t)(nul - reader->raw), "NUL byte in the text",
                   "the file is binary or UTF-16; save it as UTF-8 CSV", err);
}

/* libcsv stopped at `offset` of the buffer: a quote where none may be, or no memory. */
static bool fail_parse(struct csv_reader *reader, size_t offset, struct err *err) {
    if (csv_error(&reader->parser) != CSV_EPARSE) {
        struct err failure;
        err_set(&failure, ERR_SYSTEM, "%s", csv_strerror(csv_error(&reader->parser)));
        return fail(reader, &failure, err);
    }
    count_lines(reader, reader->cursor, offset);
    return fail_at(reader, reader->place, offset,
                   reader->raw[offset] == '"' ? "stray quote inside a field"
                                              : "text after the closing quote of a field",
                   "quote the whole field and double the quotes inside: \"say \"\"yes\"\"\"", err);
}

static bool fail_row(struct csv_reader *reader, struct err *err) {
    if (reader->too_many_fields)
        return fail_at(reader, reader->place, reader->cursor, "more than 16384 fields in a row",
                       "is the delimiter the right one?", err);
    return fail_at(reader, reader->place, reader->cursor - 1, "carriage return inside a line",
                   "end lines with LF or CRLF, or quote the field", err);
}

static bool parse_line(struct csv_reader *reader, size_t n, struct err *err) {
    if (reader->any_nul && memchr(reader->raw + reader->at, '\0', n))
        return fail_nul(reader, n, err);
    size_t used = csv_parse(&reader->parser, reader->raw + reader->at, n, on_field, on_row, reader);
    if (used != n)
        return fail_parse(reader, reader->at + used, err);
    reader->at += n;
    reader->line += reader->line < INT_MAX;
    if (reader->stray_return || reader->too_many_fields)
        return fail_row(reader, err);
    return true;
}

/* The last line may lack its newline; an open quote is an error. */
static bool finish_file(struct csv_reader *reader, struct err *err) {
    if (csv_fini(&reader->parser, on_field, on_row, reader) == 0)
        return !reader->too_many_fields || fail_row(reader, err);
    skip_blanks(reader);
    return fail_at(reader, reader->place, reader->cursor, "the quote opened here is never closed",
                   "close the quote, or double a quote that belongs to the text", err);
}

static bool is_blank_line(const struct csv_reader *reader, size_t n) {
    const char *p = reader->raw + reader->at, *end = p + n;
    while (p < end && (is_blank(reader, *p) || *p == '\r' || *p == '\n'))
        p++;
    return p == end;
}

static bool start_row(struct csv_reader *reader, size_t *n, struct err *err) {
    reader->row.n_fields = 0;
    reader->row.fields = NULL;
    reader->n_cells = 0;
    reader->row_done = false;
    for (;;) {
        reader->row_start = reader->cursor = reader->at;
        reader->place = (struct place){reader->line, reader->at};
        if (!next_line(reader, n, err))
            return false;
        if (*n == 0 || !is_blank_line(reader, *n))
            return true;
        reader->at += *n;
        reader->line += reader->line < INT_MAX;
    }
}

static void publish_row(struct csv_reader *reader, int line, struct csv_row *row) {
    for (int i = 0; i < reader->row.n_fields; i++)
        reader->fields[i].text.data =
            (reader->copied[i] ? reader->cells : reader->raw) + reader->offsets[i];
    reader->row_end = reader->at;
    reader->row.line = line;
    reader->row.fields = reader->row.n_fields ? reader->fields : NULL;
    *row = reader->row;
}

bool csv_next(struct csv_reader *reader, struct csv_row *row, struct err *err) {
    if (reader->failed) {
        if (err)
            *err = reader->failure;
        return false;
    }
    size_t n = 0;
    if (!start_row(reader, &n, err))
        return false;
    int line = reader->line;
    while (n > 0) {
        if (!parse_line(reader, n, err))
            return false;
        if (reader->row_done)
            break;
        if (!next_line(reader, &n, err))
            return false;
        if (n == 0 && !finish_file(reader, err))
            return false;
    }
    publish_row(reader, line, row);
    return true;
}

/* ---- headers ---- */

static const char *wanted_name(const char *name) {
    return name[0] == '?' ? name + 1 : name;
}

static int find_name(const char *const *names, int n_names, struct bytes text) {
    for (int i = 0; i < n_names; i++)
        if (bytes_are(text, wanted_name(names[i])))
            return i;
    return -1;
}

static bool fail_unknown(const struct csv_reader *reader, const struct csv_row *row, int field,
                         const char *const *names, int n_names, struct err *err) {
    struct arena scratch = {0};
    const char **wanted = arena_new(&scratch, const char *, n_names);
    for (int i = 0; i < n_names; i++)
        wanted[i] = wanted_name(names[i]);
    struct bytes text = row->fields[field].text;
    const char *nearest = text_nearest(text, wanted, (size_t)n_names);
    csv_err(reader, row, field, err, "unknown column '%.*s'", (int)(text.n < 80 ? text.n : 80),
            text.data);
    if (nearest)
        err_hint(err, "did you mean '%s'?", nearest);
    arena_release(&scratch);
    return false;
}

static bool fail_missing(const struct csv_reader *reader, const struct csv_row *row,
                         const char *name, struct err *err) {
    csv_err(reader, row, -1, err, "column '%s' is missing", name);
    err_hint(err, "the first line must name the columns");
    return false;
}

static bool map_columns(const struct csv_reader *reader, const struct csv_row *row,
                        const char *const *names, int n_names, bool allow_unknown, int *index,
                        struct err *err) {
    for (int i = 0; i < n_names; i++)
        index[i] = -1;
    for (int field = 0; field < row->n_fields; field++) {
        int found = find_name(names, n_names, bytes_trim(row->fields[field].text));
        if (found < 0 && !allow_unknown)
            return fail_unknown(reader, row, field, names, n_names, err);
        if (found >= 0 && index[found] >= 0)
            return csv_err(reader, row, field, err, "column '%s' appears twice",
                           wanted_name(names[found]));
        if (found >= 0)
            index[found] = field;
    }
    for (int i = 0; i < n_names; i++)
        if (index[i] < 0 && names[i][0] != '?')
            return fail_missing(reader, row, names[i], err);
    return true;
}

bool csv_header(struct csv_reader *reader, const char *const *names, int n_names,
                bool allow_unknown, int *index, struct err *err) {
    struct csv_row row;
    if (!csv_next(reader, &row, err))
        return false;
    if (row.n_fields == 0) {
        err_at(err, source_name(reader->source), 1, 1, "the file is empty");
        err_hint(err, "the first line must name the columns");
        return false;
    }
    struct arena scratch = {0};
    int *found = arena_new(&scratch, int, n_names);
    bool ok = map_columns(reader, &row, names, n_names, allow_unknown, found, err);
    if (ok && n_names > 0)
        memcpy(index, found, (size_t)n_names * sizeof *index);
    arena_release(&scratch);
    return ok;
}

bool csv_err(const struct csv_reader *reader, const struct csv_row *row, int field, struct err *err,
             const char *format, ...) {
    char what[sizeof err->what];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    bool has_field = field >= 0 && field < row->n_fields;
    int line = has_field ? row->fields[field].line : row->line;
    int column = has_field ? row->fields[field].column : 0;
    err_at(err, source_name(reader->source), line, column, "%s", what);
    if (!err || row->line != reader->row.line || reader->failed)
        return false;
    size_t start = reader->row_start;
    for (int skip = line - row->line; skip > 0; skip--)
        start += raw_line(reader, start).n + 1;
    struct bytes excerpt = raw_line(reader, start);
    err_excerpt(err, excerpt.data, excerpt.n);
    if (has_field)
        err->length = (int)row->fields[field].text.n;
    return false;
}

/* ---- writing ---- */

/* A spreadsheet takes a cell that begins with one of these for a formula; an apostrophe in front
 * makes it text. */
static bool looks_like_formula(const char *cell) {
    return cell[0] != '\0' && strchr("=+-@\t\r\n", cell[0]);
}

void csv_append_text(struct text *out, const char *cell) {
    size_t n = strlen(cell);
    bool guard = looks_like_formula(cell);
    bool quote = strpbrk(cell, ",;\"\r\n\t") || (n > 0 && (cell[0] == ' ' || cell[n - 1] == ' '));
    text_append(out, "\"", quote);
    text_append(out, "'", guard);
    for (const char *p = cell; *p; p++) {
        text_append(out, p, 1);
        if (*p == '"')
            text_append(out, "\"", 1);
    }
    text_append(out, "\"", quote);
}

void csv_append_number(struct text *out, double value) {
    char digits[32];
    if (isnan(value))
        return;
    text_format_double(digits, value);
    text_append_string(out, digits);
}
