/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ServeGen: windows by client, from one client's headerless file or a table of all; and the table
 * of their length quantiles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/trace_formats.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_WEEK (HOURS_PER_WEEK * 3600 * NS_PER_SECOND)
#define RATE_MOST 1e7
#define SHAPE_LEAST 1e-5
#define SHAPE_MOST 1e6

enum { WINDOWS_MOST = 53 * HOURS_PER_WEEK * 60, CLIENTS_MOST = 1 << 20 };

/* ---- numbers ---- */

static bool fail_field(const struct csv_reader *reader, const struct csv_row *row, int field,
                       const char *name, const char *wanted, struct err *err) {
    struct bytes text = row->fields[field].text;
    return csv_err(reader, row, field, err, "%s is '%.*s', expected %s", name,
                   (int)(text.n < 60 ? text.n : 60), text.data, wanted);
}

static bool read_number(const struct csv_reader *reader, const struct csv_row *row, int field,
                        const char *name, double least, double most, double *out, struct err *err) {
    if (text_parse_double(row->fields[field].text, out) && *out >= least && *out <= most)
        return true;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "a number from %g to %g", least, most);
    return fail_field(reader, row, field, name, wanted, err);
}

static bool read_seconds(const struct csv_reader *reader, const struct csv_row *row, int field,
                         const char *name, int64_t *ns, struct err *err) {
    enum number_fault fault = trace_parse_time(row->fields[field].text, 9, ns);
    return fault == NUMBER_FINE || fail_field(reader, row, field, name, "seconds", err);
}

static bool read_client(const struct csv_reader *reader, const struct csv_row *row, int field,
                        int32_t *out, struct err *err) {
    return trace_parse_tokens(row->fields[field].text, out) == NUMBER_FINE ||
           fail_field(reader, row, field, "client", "a whole number", err);
}

/* ---- windows ---- */

enum { COLUMN_START, COLUMN_CLIENT, COLUMN_RATE, COLUMN_CV, COLUMN_PATTERN, COLUMN_SHAPE };
enum { COLUMN_SCALE = COLUMN_SHAPE + 1, N_COLUMNS };

static const char *const COLUMNS[N_COLUMNS] = {"start_time", "client", "rate", "cv",
                                               "pattern",    "shape",  "scale"};

/* A row as it stands in the file; sorted when all are known. */
struct raw_window {
    int64_t start_ns;
    int32_t client;
    struct client_window window;
};

struct window_table {
    struct trace_rows *rows;
    struct csv_reader *reader;
    int index[N_COLUMNS]; /* -1: no client column */
    size_t n, capacity;
    struct raw_window *raw;
};

static void push_window(struct window_table *table, struct raw_window raw) {
    if (table->n == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 1024;
        table->raw = arena_grow(table->rows->arena, table->raw, table->n, capacity, sizeof raw);
        table->capacity = capacity;
    }
    table->raw[table->n++] = raw;
}

static bool read_window(struct window_table *table, const struct csv_row *row, struct err *err) {
    const struct csv_reader *reader = table->reader;
    const int *at = table->index;
    struct raw_window raw = {0};
    double rate, cv, shape, scale;
    if (!read_seconds(reader, row, at[COLUMN_START], "start_time", &raw.start_ns, err) ||
        (at[COLUMN_CLIENT] >= 0 &&
         !read_client(reader, row, at[COLUMN_CLIENT], &raw.client, err)) ||
        !read_number(reader, row, at[COLUMN_RATE], "rate", 0, RATE_MOST, &rate, err) ||
        !read_number(reader, row, at[COLUMN_CV], "cv", 0, 1e6, &cv, err) ||
        !read_number(reader, row, at[COLUMN_SCALE], "scale", 0, 1e15, &scale, err))
        return false;
    struct bytes pattern = row->fields[at[COLUMN_PATTERN]].text;
    if (pattern.n == 0 && rate == 0) { /* kept: it says how wide windows are */
        push_window(table, raw);
        return true;
    }
    raw.window.weibull = bytes_are(pattern, "Weibull");
    if (!raw.window.weibull && !bytes_are(pattern, "Gamma"))
        return fail_field(reader, row, at[COLUMN_PATTERN], "pattern",
                          "Gamma or Weibull, or nothing where the rate is 0", err);
    if (!read_number(reader, row, at[COLUMN_SHAPE], "shape", SHAPE_LEAST, SHAPE_MOST, &shape, err))
        return false;
    raw.window.shape = shape;
    raw.window.rate_per_second = rate;
    push_window(table, raw);
    return true;
}

static int compare_windows(const void *a, const void *b) {
    const struct raw_window *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return (x->client > y->client) - (x->client < y->client);
}

static int compare_numbers(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static int32_t *client_numbers(struct window_table *table, int *n_clients) {
    int32_t *numbers = arena_new(table->rows->arena, int32_t, table->n);
    size_t n = 0;
    for (size_t i = 0; i < table->n; i++)
        numbers[i] = table->raw[i].client;
    qsort(numbers, table->n, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < table->n; i++)
        if (i == 0 || numbers[i] != numbers[n - 1])
            numbers[n++] = numbers[i];
    *n_clients = (int)n;
    return numbers;
}

static int client_index(const int32_t *numbers, int n, int32_t number) {
    const int32_t *found = bsearch(&number, numbers, (size_t)n, sizeof *numbers, compare_numbers);
    return (int)(found - numbers);
}

/* Starts are multiples of the smallest distance between two. */
static bool find_width(const struct window_table *table, int64_t *width_ns, struct err *err) {
    const char *name = source_name(table->rows->source);
    int64_t width = 0, first = table->raw[0].start_ns;
    for (size_t i = 1; i < table->n; i++) {
        int64_t apart = table->raw[i].start_ns - table->raw[i - 1].start_ns;
        if (apart > 0 && (width == 0 || apart < width))
            width = apart;
    }
    if (width == 0) {
        err_at(err, name, 0, 0, "one window does not tell how wide windows are");
        err_hint(err, "give at least two, the empty ones too");
        return false;
    }
    for (size_t i = 0; i < table->n; i++)
        if ((table->raw[i].start_ns - first) % width != 0)
            return err_at(err, name, 0, 0,
                          "the windows are %lld s wide, but one starts at %lld s, off their grid",
                          (long long)(width / NS_PER_SECOND),
                          (long long)(table->raw[i].start_ns / NS_PER_SECOND));
    if (NS_PER_WEEK % width != 0 || first % width != 0)
        return err_at(err, name, 0, 0, "windows of %lld s do not divide a week",
                      (long long)(width / NS_PER_SECOND));
    if ((table->raw[table->n - 1].start_ns - first) / width >= WINDOWS_MOST)
        return err_at(err, name, 0, 0, "more than %d windows", WINDOWS_MOST);
    *width_ns = width;
    return true;
}

static bool check_twice(const struct window_table *table, struct err *err) {
    for (size_t i = 1; i < table->n; i++)
        if (compare_windows(&table->raw[i - 1], &table->raw[i]) == 0) {
            err_at(err, source_name(table->rows->source), 0, 0,
                   "client %d has two rows for the window at %lld s", (int)table->raw[i].client,
                   (long long)(table->raw[i].start_ns / NS_PER_SECOND));
            err_hint(err, "the files of several clients need a client column");
            return false;
        }
    return true;
}

static bool take_windows(struct window_table *table, struct err *err) {
    struct arena *arena = table->rows->arena;
    if (table->n == 0)
        return true;
    qsort(table->raw, table->n, sizeof *table->raw, compare_windows);
    struct client_windows *out = arena_new(arena, struct client_windows, 1);
    if (!find_width(table, &out->width_ns, err) || !check_twice(table, err))
        return false;
    out->start_ns = table->raw[0].start_ns;
    out->client_numbers = client_numbers(table, &out->n_clients);
    if (out->n_clients > CLIENTS_MOST)
        return err_at(err, source_name(table->rows->source), 0, 0, "more than %d clients",
                      CLIENTS_MOST);
    out->n_windows = 1 + (int)((table->raw[table->n - 1].start_ns - out->start_ns) / out->width_ns);
    struct client_window *rows = arena_new(arena, struct client_window, table->n);
    size_t *first = arena_new(arena, size_t, out->n_windows + 1);
    for (size_t i = 0; i < table->n; i++) {
        struct client_window row = table->raw[i].window;
        if (!(row.rate_per_second > 0))
            continue;
        row.client = client_index(out->client_numbers, out->n_clients, table->raw[i].client);
        row.window = (int32_t)((table->raw[i].start_ns - out->start_ns) / out->width_ns);
        first[row.window + 1]++;
        rows[out->n++] = row;
    }
    for (int w = 0; w < out->n_windows; w++)
        first[w + 1] += first[w];
    out->rows = rows;
    out->first = first;
    table->rows->windows = out;
    if (out->n == 0)
        return err_at(err, source_name(table->rows->source), 0, 0, "no window has any traffic");
    return true;
}

static bool read_windows(struct window_table *table, int n_fields, struct err *err) {
    struct csv_row row;
    for (;;) {
        if (!csv_next(table->reader, &row, err))
            return false;
        if (row.n_fields == 0)
            return take_windows(table, err);
        if (row.n_fields != n_fields) {
            csv_err(table->reader, &row, -1, err, "the row has %d fields, expected %d",
                    row.n_fields, n_fields);
            return false;
        }
        if (!read_window(table, &row, err))
            return false;
    }
}

bool trace_read_client_windows(struct trace_rows *rows, struct csv_reader *reader,
                               const int *columns, struct err *err) {
    struct window_table table = {.rows = rows, .reader = reader};
    memcpy(table.index, columns, sizeof table.index);
    rows->format = TRACE_SERVEGEN;
    return read_windows(&table, N_COLUMNS, err);
}

bool trace_read_servegen(struct trace_rows *rows, struct source *source, struct err *err) {
    struct window_table table = {.rows = rows, .index = {0, -1, 1, 2, 3, 4, 5}};
    rows->format = TRACE_SERVEGEN;
    table.reader = csv_open(rows->arena, source, ',', err);
    bool ok = table.reader && read_windows(&table, N_COLUMNS - 1, err);
    csv_close(table.reader);
    return ok;
}

/* ---- lengths ---- */

enum { LENGTH_START, LENGTH_CLIENT, LENGTH_FIELD, LENGTH_MEAN, LENGTH_FIRST };
enum { N_LENGTH_COLUMNS = LENGTH_FIRST + CLIENT_QUANTILES };

static const char *const LENGTH_COLUMNS[N_LENGTH_COLUMNS] = {
    "start_time", "client", "field", "mean", "p1",  "p5",  "p10",
    "p25",        "p50",    "p75",   "p90",  "p95", "p99", "max"};

static bool read_length(struct csv_reader *reader, const struct csv_row *row, const int *at,
                        struct client_length *out, bool *wanted, struct err *err) {
    struct bytes field = row->fields[at[LENGTH_FIELD]].text;
    double mean;
    *out = (struct client_length){.output = bytes_are(field, "output_tokens")};
    *wanted = out->output || bytes_are(field, "input_tokens");
    if (!*wanted && !bytes_are(field, "reason_ratio")) {
        fail_field(reader, row, at[LENGTH_FIELD], "field", "input_tokens or output_tokens", err);
        err_hint(err, "of multimodal requests state the tokens in the scenario (tokens:)");
        return false;
    }
    if (!read_seconds(reader, row, at[LENGTH_START], "start_time", &out->start_ns, err) ||
        !read_client(reader, row, at[LENGTH_CLIENT], &out->number, err) ||
        !read_number(reader, row, at[LENGTH_MEAN], "mean", 0, INT32_MAX, &mean, err))
        return false;
    for (int i = 0; i < CLIENT_QUANTILES; i++) {
        double least = i > 0 ? out->tokens[i - 1] : 0;
        if (!read_number(reader, row, at[LENGTH_FIRST + i], LENGTH_COLUMNS[LENGTH_FIRST + i], least,
                         INT32_MAX, &out->tokens[i], err))
            return false;
    }
    out->bend = client_length_bend(out, mean);
    return true;
}

static int compare_lengths(const void *a, const void *b) {
    const struct client_length *x = a, *y = b;
    if (x->output != y->output)
        return x->output ? 1 : -1;
    if (x->number != y->number)
        return x->number > y->number ? 1 : -1;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static bool check_lengths(const struct trace_rows *rows, const struct client_length *lengths,
                          size_t n, struct err *err) {
    bool outputs = n > 0 && lengths[n - 1].output, inputs = n > 0 && !lengths[0].output;
    const char *name = source_name(rows->source);
    if (!inputs || !outputs)
        return err_at(err, name, 0, 0, "no row has the field %s",
                      inputs ? "output_tokens" : "input_tokens");
    for (size_t i = 1; i < n; i++)
        if (compare_lengths(&lengths[i - 1], &lengths[i]) == 0)
            return err_at(err, name, 0, 0, "client %d has two rows of %s from %lld s",
                          (int)lengths[i].number,
                          lengths[i].output ? "output_tokens" : "input_tokens",
                          (long long)(lengths[i].start_ns / NS_PER_SECOND));
    return true;
}

bool trace_read_client_lengths(struct trace_rows *rows, struct csv_reader *reader,
                               const int *columns, struct err *err) {
    struct client_length *lengths = NULL;
    size_t n = 0, capacity = 0;
    struct csv_row row;
    rows->format = TRACE_SERVEGEN_LENGTHS;
    for (;;) {
        struct client_length length;
        bool wanted;
        if (!csv_next(reader, &row, err))
            return false;
        if (row.n_fields == 0)
            break;
        if (row.n_fields != N_LENGTH_COLUMNS) {
            csv_err(reader, &row, -1, err, "the row has %d fields, expected %d", row.n_fields,
                    (int)N_LENGTH_COLUMNS);
            return false;
        }
        if (!read_length(reader, &row, columns, &length, &wanted, err))
            return false;
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 256;
            lengths = arena_grow(rows->arena, lengths, n, capacity, sizeof *lengths);
        }
        if (wanted)
            lengths[n++] = length;
    }
    if (n > 0)
        qsort(lengths, n, sizeof *lengths, compare_lengths);
    rows->lengths = arena_new(rows->arena, struct client_lengths, 1);
    *rows->lengths = (struct client_lengths){n, lengths};
    return n == 0 || check_lengths(rows, lengths, n, err);
}

/* ---- told by the header ---- */

static bool all_columns(const struct csv_row *header, const char *const *names, int n, int *index) {
    if (header->n_fields != n)
        return false;
    for (int c = 0; c < n; c++) {
        index[c] = -1;
        for (int i = 0; i < n; i++)
            if (bytes_are(header->fields[i].text, names[c]))
                index[c] = i;
        if (index[c] < 0)
            return false;
    }
    return true;
}

/* start,rate,cv,pattern,shape,scale: the fourth is a word or nothing. */
bool trace_is_servegen(struct bytes start) {
    int field = 0;
    bool number = start.n > 0 && start.data[0] >= '0' && start.data[0] <= '9', word = true;
    for (size_t i = 0; i < start.n && start.data[i] != '\n'; i++) {
        char c = start.data[i];
        field += c == ',';
        if (field == 3 && c != ',')
            word = word && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    }
    return number && word && field == 5;
}

bool trace_is_client_windows(const struct csv_row *header, int *columns) {
    return all_columns(header, COLUMNS, N_COLUMNS, columns);
}

bool trace_is_client_lengths(const struct csv_row *header, int *columns) {
    return all_columns(header, LENGTH_COLUMNS, N_LENGTH_COLUMNS, columns);
}
