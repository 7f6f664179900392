/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series whose steps are told by place: a list of requests a second, and Azure Functions' rows of
 * minutes. Nothing is kept but the sums. */
#include <string.h>

#include "sim/trace_formats.h"

#define NS_PER_SECOND 1000000000LL
#define COUNT_MOST 10000000 /* a second */

/* ---- a list of requests a second ---- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* At least two numbers, and nothing but numbers and blanks. */
bool trace_is_rate_list(struct bytes start) {
    int n = 0;
    for (size_t i = 0; i < start.n; i++) {
        if (!is_digit(start.data[i]) && !is_blank(start.data[i]))
            return i > 64 && n > 8; /* a mistake later on is told as one */
        n += is_digit(start.data[i]) && (i == 0 || !is_digit(start.data[i - 1]));
    }
    return n >= 2;
}

struct rate_list {
    struct trace_rows *rows;
    int line, column; /* of the next byte */
    int64_t value;    /* of the number that is read; -1: none */
    int start;        /* its column */
};

static bool end_number(struct rate_list *list, struct err *err) {
    if (list->value < 0)
        return true;
    if (list->value > COUNT_MOST)
        return err_at(err, source_name(list->rows->source), list->line, list->start,
                      "more than %d requests in a second", COUNT_MOST);
    rate_series_add(&list->rows->series, (double)list->value);
    list->value = -1;
    return true;
}

static bool read_byte(struct rate_list *list, char c, struct err *err) {
    if (is_digit(c)) {
        if (list->value < 0) {
            list->value = 0;
            list->start = list->column;
        }
        list->value = list->value > COUNT_MOST ? list->value : list->value * 10 + (c - '0');
    } else if (is_blank(c)) {
        if (!end_number(list, err))
            return false;
    } else {
        err_at(err, source_name(list->rows->source), list->line, list->column,
               "a list of requests a second has numbers and blanks only");
        err_hint(err, "one whole number for each second, 0 where nothing came");
        return false;
    }
    list->column = c == '\n' ? 1 : list->column + 1;
    list->line += c == '\n';
    return true;
}

bool trace_read_rate_list(struct trace_rows *rows, struct source *source, struct err *err) {
    struct rate_list list = {.rows = rows, .line = 1, .column = 1, .value = -1};
    rows->format = TRACE_RATE_LIST;
    rows->series = rate_series_open(rows->arena, 0, NS_PER_SECOND);
    rows->n_sources = 1;
    for (;;) {
        struct bytes block;
        if (!source_next(source, &block, err))
            return false;
        if (block.n == 0)
            return end_number(&list, err);
        for (size_t i = 0; i < block.n; i++)
            if (!read_byte(&list, block.data[i], err))
                return false;
    }
}

/* ---- Azure Functions: minutes of a day ---- */

enum { MINUTES_MOST = 1440, NOT_A_MINUTE = -1 };

static bool is_name(struct bytes text) {
    return bytes_are(text, "HashOwner") || bytes_are(text, "HashApp") ||
           bytes_are(text, "HashFunction") || bytes_are(text, "Trigger");
}

/* "minute_17" or "17": 16. */
static int minute_of(struct bytes text) {
    static const char prefix[] = "minute_";
    size_t n = sizeof prefix - 1;
    int64_t minute;
    if (text.n > n && memcmp(text.data, prefix, n) == 0)
        text = (struct bytes){text.data + n, text.n - n};
    bool fine = text.n > 0 && is_digit(text.data[0]) && text_parse_int64(text, &minute) &&
                minute >= 1 && minute <= MINUTES_MOST;
    return fine ? (int)minute - 1 : NOT_A_MINUTE;
}

bool trace_is_function_minutes(const struct csv_row *header) {
    bool name = false, first = false;
    for (int i = 0; i < header->n_fields; i++) {
        name = name || bytes_are(header->fields[i].text, "HashFunction");
        first = first || minute_of(header->fields[i].text) == 0;
    }
    return name && first;
}

struct minute_table {
    struct csv_reader *reader;
    int n_fields, n_minutes;
    int *minutes;   /* [n_fields] */
    double *counts; /* [n_minutes] */
};

static bool map_minutes(struct minute_table *table, const struct csv_row *header, struct err *err) {
    bool seen[MINUTES_MOST] = {0};
    table->n_fields = header->n_fields;
    for (int i = 0; i < header->n_fields; i++) {
        struct bytes text = header->fields[i].text;
        int minute = table->minutes[i] = minute_of(text);
        if (minute == NOT_A_MINUTE && !is_name(text)) {
            csv_err(table->reader, header, i, err, "unknown column '%.*s' in a table of minutes",
                    (int)(text.n < 80 ? text.n : 80), text.data);
            return false;
        }
        if (minute != NOT_A_MINUTE && seen[minute])
            return csv_err(table->reader, header, i, err, "minute %d appears twice", minute + 1);
        if (minute != NOT_A_MINUTE)
            seen[minute] = true;
        table->n_minutes = minute >= table->n_minutes ? minute + 1 : table->n_minutes;
    }
    for (int m = 0; m < table->n_minutes; m++)
        if (!seen[m])
            return csv_err(table->reader, header, -1, err, "minute %d is missing", m + 1);
    return true;
}

static bool add_function(struct minute_table *table, const struct csv_row *row, struct err *err) {
    if (row->n_fields != table->n_fields)
        return csv_err(table->reader, row, -1, err, "the row has %d fields, the header has %d",
                       row->n_fields, table->n_fields);
    for (int i = 0; i < row->n_fields; i++) {
        int32_t count;
        struct bytes text = row->fields[i].text;
        if (table->minutes[i] == NOT_A_MINUTE)
            continue;
        if (trace_parse_tokens(text, &count) != NUMBER_FINE)
            return csv_err(table->reader, row, i, err,
                           "minute %d is '%.*s', expected a whole number of requests",
                           table->minutes[i] + 1, (int)(text.n < 60 ? text.n : 60), text.data);
        table->counts[table->minutes[i]] += count;
    }
    return true;
}

bool trace_read_function_minutes(struct trace_rows *rows, struct csv_reader *reader,
                                 const struct csv_row *header, struct err *err) {
    struct minute_table table = {.reader = reader,
                                 .minutes = arena_new(rows->arena, int, header->n_fields),
                                 .counts = arena_new(rows->arena, double, MINUTES_MOST)};
    rows->format = TRACE_FUNCTION_MINUTES;
    if (!map_minutes(&table, header, err))
        return false;
    for (;;) {
        struct csv_row row;
        if (!csv_next(reader, &row, err))
            return false;
        if (row.n_fields == 0)
            break;
        if (!add_function(&table, &row, err))
            return false;
        rows->n_sources++;
    }
    if (rows->n_sources == 0)
        return true;
    rows->series = rate_series_open(rows->arena, 0, 60 * NS_PER_SECOND);
    for (int m = 0; m < table.n_minutes; m++) {
        if (table.counts[m] > 60.0 * COUNT_MOST)
            return err_at(err, source_name(rows->source), 0, 0,
                          "more than %d requests a second in minute %d", COUNT_MOST, m + 1);
        rate_series_add(&rows->series, table.counts[m]);
    }
    return true;
}
