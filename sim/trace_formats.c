/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV formats. Digits are converted by hand: strtod would take most of the time of reading, and
 * would round stamps to doubles. */
#include "sim/trace_formats.h"

#include <string.h>
#include <strings.h>

#include "base/calendar.h"

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)
#define WHOLE_MOST (INT64_MAX / 10 - 1) /* one digit more still fits */

void trace_rows_push(struct trace_rows *rows, struct request request) {
    if (rows->n == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 4096;
        rows->requests =
            arena_grow(rows->arena, rows->requests, rows->n, capacity, sizeof *rows->requests);
        if (rows->format == TRACE_MOONCAKE || rows->format == TRACE_QWEN_BAILIAN) {
            rows->block_ids = arena_grow(rows->arena, rows->block_ids, rows->n, capacity,
                                         sizeof *rows->block_ids);
            rows->n_block_ids = arena_grow(rows->arena, rows->n_block_ids, rows->n, capacity,
                                           sizeof *rows->n_block_ids);
        }
        if (trace_shape_of(rows->format) == TRACE_CALLS)
            rows->duration_s = arena_grow(rows->arena, rows->duration_s, rows->n, capacity,
                                          sizeof *rows->duration_s);
        rows->capacity = capacity;
    }
    rows->requests[rows->n++] = request;
}

/* ---- numbers ---- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const int64_t POWERS_OF_TEN[] = {1,      10,      100,      1000,      10000,
                                        100000, 1000000, 10000000, 100000000, 1000000000};

/* The digits after the point, rounded to the nearest nanosecond; *p stops at the first byte that is
 * no digit. */
static int64_t parse_fraction(const char **p, const char *end, int decimals) {
    int64_t value = 0;
    for (; decimals > 0 && *p < end && is_digit(**p); ++*p, decimals--)
        value = value * 10 + (**p - '0');
    value *= POWERS_OF_TEN[decimals];
    if (*p < end && is_digit(**p)) /* the first digit that does not fit */
        value += **p >= '5';
    while (*p < end && is_digit(**p))
        ++*p;
    return value;
}

enum number_fault trace_parse_time(struct bytes in, int decimals, int64_t *out) {
    if (in.n == 0)
        return NUMBER_EMPTY;
    const char *p = in.data, *end = in.data + in.n;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    int64_t whole = 0, unit_ns = POWERS_OF_TEN[decimals];
    bool too_large = false;
    for (; p < end && is_digit(*p); p++) {
        too_large |= whole > WHOLE_MOST;
        whole = too_large ? 0 : whole * 10 + (*p - '0');
    }
    if (p == first)
        return NUMBER_MALFORMED;
    int64_t fraction = 0;
    if (p < end && *p == '.') {
        const char *point = p++;
        fraction = parse_fraction(&p, end, decimals);
        if (p == point + 1)
            return NUMBER_MALFORMED;
    }
    if (p != end)
        return NUMBER_MALFORMED;
    if (negative)
        return NUMBER_NEGATIVE;
    int64_t ns;
    if (too_large || __builtin_mul_overflow(whole, unit_ns, &ns) ||
        __builtin_add_overflow(ns, fraction, &ns))
        return NUMBER_TOO_LARGE;
    *out = ns;
    return NUMBER_FINE;
}

enum number_fault trace_parse_tokens(struct bytes in, int32_t *out) {
    int64_t value = 0;
    bool negative = in.n > 0 && in.data[0] == '-', too_large = false;
    if (in.n == (size_t)negative)
        return negative ? NUMBER_MALFORMED : NUMBER_EMPTY;
    for (size_t i = negative; i < in.n; i++) {
        if (!is_digit(in.data[i]))
            return NUMBER_MALFORMED;
        value = value * 10 + (in.data[i] - '0');
        if (value > INT32_MAX) {
            too_large = true;
            value = 0;
        }
    }
    if (negative)
        return NUMBER_NEGATIVE;
    if (too_large)
        return NUMBER_TOO_LARGE;
    *out = (int32_t)value;
    return NUMBER_FINE;
}

/* ---- headers ---- */

enum { COLUMNS_MAX = 3 };

struct csv_format {
    enum trace_format format;
    int decimals; /* of the unit in ns, for plain stamps */
    int n_columns;
    const char *columns[COLUMNS_MAX];
    const char *others; /* "a|b": known and not read; NULL: none */
};

/* The columns in the order in which the format's row is read. */
static const struct csv_format CSV_FORMATS[] = {
    {TRACE_AZURE_LLM, 0, 3, {"TIMESTAMP", "ContextTokens", "GeneratedTokens"}, NULL},
    {TRACE_PLAIN, 9, 3, {"seconds", "input", "output"}, NULL},
    {TRACE_PLAIN, 6, 3, {"ms", "input", "output"}, NULL},
    {TRACE_PLAIN, 3, 3, {"us", "input", "output"}, NULL},
    {TRACE_PLAIN, 0, 3, {"ns", "input", "output"}, NULL},
    {TRACE_HOURLY, 0, 2, {"hour", "requests"}, NULL},
    {TRACE_HOURLY, 0, 2, {"hour", "requests_per_second"}, NULL},
    {TRACE_BURSTGPT,
     9,
     3,
     {"Timestamp", "Request tokens", "Response tokens"},
     "Session ID|Elapsed time|Model|Total tokens|Log Type"},
    {TRACE_VIDUR,
     9,
     3,
     {"arrived_at", "num_prefill_tokens", "num_decode_tokens"},
     "num_total_tokens|pd_ratio"},
    {TRACE_VIDUR_LENGTHS,
     0,
     2,
     {"num_prefill_tokens", "num_decode_tokens"},
     "num_total_tokens|pd_ratio"},
    {TRACE_FUNCTION_CALLS, 9, 2, {"end_timestamp", "duration"}, "app|func"},
    {TRACE_GENAI,
     9,
     3,
     {"gmt_create", "exec_time_seconds", "predict_status"},
     "predict_type|groupId|prompt_length|negative_prompt_length|num_images_per_prompt|"
     "num_inference_steps|checkpoint_model_version_id|num_lora"},
    {TRACE_CLOUDWATCH,
     0,
     2,
     {"Timestamp", "Sum"},
     "Label|Unit|Average|Minimum|Maximum|SampleCount"},
};
enum { N_CSV_FORMATS = sizeof CSV_FORMATS / sizeof *CSV_FORMATS };

#define KNOWN_HEADERS                                                                              \
    "known headers: 'TIMESTAMP,ContextTokens,GeneratedTokens' (Azure LLM), "                       \
    "'seconds,input,output' (or ms, us, ns first), 'hour,requests', 'hour,requests_per_second'; "  \
    "or Mooncake JSON lines; docs/formats.md has all"

struct csv_trace {
    struct trace_rows *rows;
    struct csv_reader *reader;
    const struct csv_format *format;
    int index[COLUMNS_MAX]; /* field of each column */
    int n_fields;
    bool counted_hours;   /* hourly: a count from 0, not stamps */
    struct metric metric; /* CloudWatch, */
    int unit;             /* its column that says what is counted; -1: none */
};

static int find_field(const struct csv_row *row, const char *name) {
    for (int i = 0; i < row->n_fields; i++)
        if (bytes_are(row->fields[i].text, name))
            return i;
    return -1;
}

/* The format with all its columns there, else the one whose time column is. */
static const struct csv_format *find_format(const struct csv_row *header) {
    const struct csv_format *timed = NULL;
    for (int f = 0; f < N_CSV_FORMATS; f++) {
        int found = 0;
        for (int c = 0; c < CSV_FORMATS[f].n_columns; c++)
            found += find_field(header, CSV_FORMATS[f].columns[c]) >= 0;
        if (found == CSV_FORMATS[f].n_columns)
            return &CSV_FORMATS[f];
        if (!timed && find_field(header, CSV_FORMATS[f].columns[0]) >= 0)
            timed = &CSV_FORMATS[f];
    }
    return timed;
}

static bool is_number(struct bytes text) {
    int64_t ns;
    enum number_fault fault = trace_parse_time(text, 0, &ns);
    return fault == NUMBER_FINE || fault == NUMBER_NEGATIVE || fault == NUMBER_TOO_LARGE;
}

static bool is_named_time(struct bytes text) {
    static const char *const NAMES[] = {"time", "timestamp", "ts", "t", "arrival", "arrival_time"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (text.n == strlen(NAMES[i]) && strncasecmp(text.data, NAMES[i], text.n) == 0)
            return true;
    return false;
}

/* "timestamp_ms": a general name with its unit; the column that the plain format has for it. */
static const char *column_of_unit(struct bytes text) {
    static const char *const UNITS[][2] = {
        {"_ns", "ns"}, {"_us", "us"}, {"_ms", "ms"}, {"_s", "seconds"}, {"_seconds", "seconds"}};
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        size_t n = strlen(UNITS[i][0]);
        if (text.n > n && strncasecmp(text.data + text.n - n, UNITS[i][0], n) == 0 &&
            is_named_time((struct bytes){text.data, text.n - n}))
            return UNITS[i][1];
    }
    return NULL;
}

static const char *nearest_column(const struct csv_row *header, int *field) {
    const char *names[N_CSV_FORMATS * COLUMNS_MAX];
    size_t n = 0;
    for (int f = 0; f < N_CSV_FORMATS; f++)
        for (int c = 0; c < CSV_FORMATS[f].n_columns; c++)
            names[n++] = CSV_FORMATS[f].columns[c];
    for (*field = 0; *field < header->n_fields; ++*field) {
        const char *timed = column_of_unit(header->fields[*field].text);
        if (timed)
            return timed;
        const char *nearest = text_nearest(header->fields[*field].text, names, n);
        if (nearest && !bytes_are(header->fields[*field].text, nearest))
            return nearest;
    }
    return NULL;
}

static bool fail_header(struct csv_trace *trace, const struct csv_row *header, struct err *err) {
    if (is_number(header->fields[0].text)) {
        csv_err(trace->reader, header, 0, err, "the first line must name the columns");
        err_hint(err, KNOWN_HEADERS);
        return false;
    }
    int field;
    const char *nearest = nearest_column(header, &field);
    if (nearest) {
        struct bytes text = header->fields[field].text;
        csv_err(trace->reader, header, field, err, "unknown trace header: column '%.*s'",
                (int)(text.n < 80 ? text.n : 80), text.data);
        err_hint(err, "did you mean '%s'? " KNOWN_HEADERS, nearest);
        return false;
    }
    csv_err(trace->reader, header, -1, err, "unknown trace header");
    err_hint(err, KNOWN_HEADERS);
    return false;
}

/* No known header. A time column by a general name, with bare numbers below, is refused apart: the
 * unit could only be guessed. The header is kept as an error before the next row is read. */
static bool fail_unknown(struct csv_trace *trace, const struct csv_row *header, struct err *err) {
    int field = 0;
    while (field < header->n_fields && !is_named_time(header->fields[field].text))
        field++;
    struct err unknown = {0}, ambiguous = {0};
    fail_header(trace, header, &unknown);
    if (field < header->n_fields) {
        struct bytes text = header->fields[field].text;
        csv_err(trace->reader, header, field, &ambiguous, "the unit of column '%.*s' is ambiguous",
                (int)text.n, text.data);
        err_hint(&ambiguous, "name it by its unit: seconds, ms, us or ns");
        struct csv_row row;
        if (csv_next(trace->reader, &row, NULL) && field < row.n_fields &&
            is_number(row.fields[field].text))
            unknown = ambiguous;
    }
    if (err)
        *err = unknown;
    return false;
}

static bool is_other(const struct csv_format *format, struct bytes text) {
    const char *word = format->others;
    while (word) {
        size_t n = strcspn(word, "|");
        if (text.n == n && memcmp(text.data, word, n) == 0)
            return true;
        word = word[n] ? word + n + 1 : NULL;
    }
    return false;
}

static bool map_columns(struct csv_trace *trace, const struct csv_row *header, struct err *err) {
    const struct csv_format *format = trace->format;
    trace->n_fields = header->n_fields;
    for (int c = 0; c < COLUMNS_MAX; c++)
        trace->index[c] = -1;
    for (int i = 0; i < header->n_fields; i++) {
        struct bytes text = header->fields[i].text;
        int c = 0;
        while (c < format->n_columns && !bytes_are(text, format->columns[c]))
            c++;
        if (c < format->n_columns && trace->index[c] >= 0)
            return csv_err(trace->reader, header, i, err, "column '%s' appears twice",
                           format->columns[c]);
        if (c < format->n_columns) {
            trace->index[c] = i;
            continue;
        }
        if (is_other(format, text))
            continue;
        csv_err(trace->reader, header, i, err, "unknown column '%.*s' in a trace in %s format",
                (int)(text.n < 80 ? text.n : 80), text.data, trace_format_name(format->format));
        const char *nearest = text_nearest(text, format->columns, (size_t)format->n_columns);
        if (nearest)
            err_hint(err, "did you mean '%s'?", nearest);
        else
            err_hint(err, "it has the columns %s, %s%s%s", format->columns[0], format->columns[1],
                     format->n_columns > 2 ? ", " : "",
                     format->n_columns > 2 ? format->columns[2] : "");
        return false;
    }
    for (int c = 0; c < format->n_columns; c++)
        if (trace->index[c] < 0) {
            csv_err(trace->reader, header, -1, err, "column '%s' is missing", format->columns[c]);
            err_hint(err, KNOWN_HEADERS);
            return false;
        }
    return true;
}

/* ---- rows ---- */

static bool fail_number(const struct csv_trace *trace, const struct csv_row *row, int column,
                        enum number_fault fault, const char *wanted, struct err *err) {
    const char *name = trace->format->columns[column];
    int field = trace->index[column];
    struct bytes text = row->fields[field].text;
    int shown = (int)(text.n < 60 ? text.n : 60);
    switch (fault) {
    case NUMBER_EMPTY:
        return csv_err(trace->reader, row, field, err, "%s is empty, expected %s", name, wanted);
    case NUMBER_NEGATIVE:
        return csv_err(trace->reader, row, field, err, "%s is negative: %.*s", name, shown,
                       text.data);
    case NUMBER_TOO_LARGE:
        return csv_err(trace->reader, row, field, err, "%s is too large: %.*s", name, shown,
                       text.data);
    case NUMBER_FINE:
    case NUMBER_MALFORMED:
        break;
    }
    double value;
    bool exponent = text_parse_double(text, &value) &&
                    (memchr(text.data, 'e', text.n) || memchr(text.data, 'E', text.n));
    return csv_err(trace->reader, row, field, err, "%s is '%.*s', expected %s%s", name, shown,
                   text.data, wanted, exponent ? " written without an exponent" : "");
}

static bool parse_stamp(const struct csv_trace *trace, const struct csv_row *row, int64_t *out,
                        struct err *err) {
    struct bytes text = row->fields[trace->index[0]].text;
    bool plain = trace->format->format == TRACE_PLAIN || trace->format->format == TRACE_BURSTGPT ||
                 trace->format->format == TRACE_VIDUR;
    if (plain) {
        enum number_fault fault = trace_parse_time(text, trace->format->decimals, out);
        return fault == NUMBER_FINE || fail_number(trace, row, 0, fault, "a number", err);
    }
    if (calendar_parse_stamp_ns(text, out))
        return true;
    fail_number(trace, row, 0, text.n ? NUMBER_MALFORMED : NUMBER_EMPTY, "an ISO stamp", err);
    err_hint(err, "such as 2023-11-16 18:15:46.6805900");
    return false;
}

/* Columns `input` and the one after it. */
static bool parse_lengths(const struct csv_trace *trace, const struct csv_row *row, int input,
                          struct request *request, struct err *err) {
    const int *index = &trace->index[input];
    enum number_fault fault =
        trace_parse_tokens(row->fields[index[0]].text, &request->input_tokens);
    if (fault != NUMBER_FINE)
        return fail_number(trace, row, input, fault, "a whole number of tokens", err);
    if (request->input_tokens == 0)
        return csv_err(trace->reader, row, index[0], err, "%s is 0, expected at least 1",
                       trace->format->columns[input]);
    fault = trace_parse_tokens(row->fields[index[1]].text, &request->output_tokens);
    return fault == NUMBER_FINE ||
           fail_number(trace, row, input + 1, fault, "a whole number of tokens", err);
}

static bool read_log(struct csv_trace *trace, const struct csv_row *row, struct err *err) {
    struct request request = {0};
    if (!parse_stamp(trace, row, &request.arrival_ns, err) ||
        !parse_lengths(trace, row, 1, &request, err))
        return false;
    /* BurstGPT: a request without an answer failed. */
    trace->rows->n_failed += trace->format->format == TRACE_BURSTGPT && request.output_tokens == 0;
    trace_rows_push(trace->rows, request);
    return true;
}

static bool read_lengths(struct csv_trace *trace, const struct csv_row *row, struct err *err) {
    struct request request = {0};
    if (!parse_lengths(trace, row, 0, &request, err))
        return false;
    trace_rows_push(trace->rows, request);
    return true;
}

/* ---- calls: how long they ran, no tokens ---- */

static bool push_call(struct csv_trace *trace, const struct csv_row *row, int64_t end_ns,
                      bool at_end, struct err *err) {
    int64_t ran_ns;
    enum number_fault fault =
        trace_parse_time(row->fields[trace->index[1]].text, trace->format->decimals, &ran_ns);
    if (fault != NUMBER_FINE)
        return fail_number(trace, row, 1, fault, "a number of seconds", err);
    trace_rows_push(trace->rows, (struct request){.arrival_ns = at_end ? end_ns - ran_ns : end_ns,
                                                  .input_tokens = 1});
    trace->rows->duration_s[trace->rows->n - 1] = (double)ran_ns / NS_PER_SECOND;
    return true;
}

/* Azure Functions 2021 stamps the end of a call. */
static bool read_function_call(struct csv_trace *trace, const struct csv_row *row,
                               struct err *err) {
    int64_t end_ns;
    enum number_fault fault =
        trace_parse_time(row->fields[trace->index[0]].text, trace->format->decimals, &end_ns);
    if (fault != NUMBER_FINE)
        return fail_number(trace, row, 0, fault, "a number of seconds", err);
    return push_call(trace, row, end_ns, true, err);
}

static bool read_genai(struct csv_trace *trace, const struct csv_row *row, struct err *err) {
    static const char *const OPEN[] = {"FAILED", "PENDING", "PROCESSING"};
    struct bytes status = row->fields[trace->index[2]].text;
    bool open = false;
    for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN; i++)
        open = open || bytes_are(status, OPEN[i]);
    if (!open && !bytes_are(status, "SUCCEED"))
        return fail_number(trace, row, 2, status.n ? NUMBER_MALFORMED : NUMBER_EMPTY,
                           "SUCCEED, FAILED, PENDING or PROCESSING", err);
    int64_t at_ns = 0;
    trace->rows->n_failed += open;
    return parse_stamp(trace, row, &at_ns, err) && push_call(trace, row, at_ns, false, err);
}

/* ---- CloudWatch's columns ---- */

static void place_line(void *context, const struct metric_sample *sample, int *line, int *column) {
    (void)context;
    *line = (int)sample->index;
    *column = 1;
}

static bool read_metric(struct csv_trace *trace, const struct csv_row *row, struct err *err) {
    struct metric_sample sample = {.index = (size_t)row->line};
    int unit = trace->unit;
    if (!parse_stamp(trace, row, &sample.at_ns, err))
        return false;
    if (unit >= 0 && !bytes_are(row->fields[unit].text, "Count"))
        return csv_err(trace->reader, row, unit, err, "a Sum of '%.*s' counts no requests",
                       (int)(row->fields[unit].text.n < 60 ? row->fields[unit].text.n : 60),
                       row->fields[unit].text.data);
    if (!text_parse_double(row->fields[trace->index[1]].text, &sample.value))
        return fail_number(trace, row, 1, NUMBER_MALFORMED, "a number", err);
    metric_push(&trace->metric, sample);
    return true;
}

static bool take_metric(struct csv_trace *trace, struct err *err) {
    trace->metric.place = place_line;
    trace->metric.gaps_are_zero = true;
    trace->metric.values = TRACE_VALUES_COUNT;
    return trace->metric.n == 0 || (trace_check_values(trace->rows, TRACE_VALUES_COUNT, err) &&
                                    trace_take_metric(&trace->metric, err));
}

/* ---- hours ---- */

/* Nanoseconds of an hour: a date when the series has stamps, else the count times an hour. */
static bool parse_hour(struct csv_trace *trace, const struct csv_row *row, int64_t *out,
                       struct err *err) {
    struct bytes text = row->fields[trace->index[0]].text;
    if (trace->rows->n_hours == 0)
        trace->counted_hours = is_number(text);
    if (trace->counted_hours) {
        int64_t billionths;
        enum number_fault fault = trace_parse_time(text, 9, &billionths);
        if (fault == NUMBER_FINE && billionths > INT64_MAX / 3600)
            fault = NUMBER_TOO_LARGE;
        if (fault != NUMBER_FINE)
            return fail_number(trace, row, 0, fault, "a whole number of hours", err);
        *out = billionths * 3600;
    } else if (!parse_stamp(trace, row, out, err)) {
        return false;
    }
    if (*out % NS_PER_HOUR == 0)
        return true;
    csv_err(trace->reader, row, trace->index[0], err, "'%.*s' is not on the hour", (int)text.n,
            text.data);
    err_hint(err, "add up the requests of each hour first");
    return false;
}

static bool check_hour(struct csv_trace *trace, const struct csv_row *row, int64_t at_ns,
                       struct err *err) {
    struct trace_rows *rows = trace->rows;
    if (rows->n_hours == 0) {
        rows->dated = !trace->counted_hours;
        rows->start_ns = at_ns;
        if (rows->dated || at_ns == 0)
            return true;
    }
    int64_t expected = rows->n_hours == 0 ? 0 : rows->start_ns + rows->n_hours * NS_PER_HOUR;
    if (at_ns == expected)
        return true;
    char name[32];
    if (rows->dated)
        calendar_format_hour(name, expected / NS_PER_HOUR);
    csv_err(trace->reader, row, trace->index[0], err, "expected hour %s",
            rows->dated ? name : arena_printf(rows->arena, "%d", rows->n_hours));
    err_hint(err, "every hour needs its row, in order, with 0 where nothing came");
    return false;
}

static bool read_hour(struct csv_trace *trace, const struct csv_row *row, struct err *err) {
    struct trace_rows *rows = trace->rows;
    int64_t at_ns = 0;
    if (!parse_hour(trace, row, &at_ns, err) || !check_hour(trace, row, at_ns, err))
        return false;
    struct bytes text = row->fields[trace->index[1]].text;
    double value;
    if (!text_parse_double(text, &value))
        return fail_number(trace, row, 1, text.n ? NUMBER_MALFORMED : NUMBER_EMPTY, "a number",
                           err);
    if (value < 0)
        return fail_number(trace, row, 1, NUMBER_NEGATIVE, "", err);
    bool is_rate = strcmp(trace->format->columns[1], "requests_per_second") == 0;
    double rate = is_rate ? value : value / 3600;
    if (rate > 1e7)
        return fail_number(trace, row, 1, NUMBER_TOO_LARGE, "", err);
    if (rows->n_hours == rows->hours_capacity) {
        int capacity = rows->hours_capacity ? 2 * rows->hours_capacity : 256;
        rows->rate_per_second = arena_grow(rows->arena, rows->rate_per_second,
                                           (size_t)rows->n_hours, (size_t)capacity, sizeof(double));
        rows->hours_capacity = capacity;
    }
    rows->rate_per_second[rows->n_hours++] = rate;
    return true;
}

static bool read_row(struct csv_trace *trace, const struct csv_row *row, struct err *err) {
    if (row->n_fields != trace->n_fields) {
        csv_err(trace->reader, row, -1, err, "the row has %d fields, the header has %d",
                row->n_fields, trace->n_fields);
        return false;
    }
    switch (trace->format->format) {
    case TRACE_HOURLY:
        return read_hour(trace, row, err);
    case TRACE_VIDUR_LENGTHS:
        return read_lengths(trace, row, err);
    case TRACE_FUNCTION_CALLS:
        return read_function_call(trace, row, err);
    case TRACE_GENAI:
        return read_genai(trace, row, err);
    case TRACE_CLOUDWATCH:
        return read_metric(trace, row, err);
    default:
        return read_log(trace, row, err);
    }
}

static bool is_dated(enum trace_format format) {
    return format == TRACE_AZURE_LLM || format == TRACE_GENAI;
}

static bool open_format(struct csv_trace *trace, const struct csv_row *header, struct err *err) {
    trace->format = find_format(header);
    if (!trace->format)
        return fail_unknown(trace, header, err);
    trace->rows->format = trace->format->format;
    trace->rows->dated = is_dated(trace->format->format);
    trace->metric.rows = trace->rows;
    trace->unit = find_field(header, "Unit");
    return map_columns(trace, header, err);
}

static bool read_rows(struct csv_trace *trace, struct err *err) {
    struct csv_row row;
    for (;;) {
        if (!csv_next(trace->reader, &row, err))
            return false;
        if (row.n_fields == 0)
            return trace->format->format != TRACE_CLOUDWATCH || take_metric(trace, err);
        if (!read_row(trace, &row, err))
            return false;
    }
}

static bool read_table(struct csv_trace *trace, const char *name, struct err *err) {
    struct csv_row header;
    int columns[TABLE_COLUMNS_MAX];
    if (!csv_next(trace->reader, &header, err))
        return false;
    if (header.n_fields == 0) {
        err_at(err, name, 1, 1, "the file is empty");
        err_hint(err, KNOWN_HEADERS);
        return false;
    }
    if (trace_is_function_minutes(&header))
        return trace_read_function_minutes(trace->rows, trace->reader, &header, err);
    if (trace_is_client_windows(&header, columns))
        return trace_read_client_windows(trace->rows, trace->reader, columns, err);
    if (trace_is_client_lengths(&header, columns))
        return trace_read_client_lengths(trace->rows, trace->reader, columns, err);
    return open_format(trace, &header, err) && read_rows(trace, err);
}

bool trace_read_csv(struct trace_rows *rows, struct source *source, struct err *err) {
    struct csv_trace trace = {.rows = rows};
    trace.reader = csv_open(rows->arena, source, ',', err);
    if (!trace.reader)
        return false;
    bool ok = read_table(&trace, source_name(source), err);
    csv_close(trace.reader);
    return ok;
}
