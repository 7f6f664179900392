/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All formats become rows of (time, instances) in the file's order, which are sorted and reduced to
 * changes. */
#include "sim/spot_trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "sim/json_place.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define NS_PER_SECOND 1000000000LL
#define NS_PER_MS 1000000LL
#define SPAN_NS_MAX (100LL * 366 * 86400 * NS_PER_SECOND)

#define USD_PER_HOUR_MAX 1e6

enum { INSTANCES_MAX = 1000000, NODES_MAX = 4096, FIRST_ROWS = 256 };

struct row {
    int64_t at_ns;
    int32_t instances;
    bool add;         /* events */
    const char *node; /* events */
    int line;
    size_t order; /* in the file */
};

struct rows {
    struct arena *arena;
    const char *file;
    struct row *rows;
    size_t n, capacity;
    int n_descents;
};

static struct row *add_row(struct rows *rows, int64_t at_ns, int line) {
    if (rows->n == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : FIRST_ROWS;
        rows->rows = arena_grow(rows->arena, rows->rows, rows->n, capacity, sizeof *rows->rows);
        rows->capacity = capacity;
    }
    rows->n_descents += rows->n > 0 && at_ns < rows->rows[rows->n - 1].at_ns;
    struct row *row = &rows->rows[rows->n];
    *row = (struct row){.at_ns = at_ns, .line = line, .order = rows->n};
    rows->n++;
    return row;
}

static int compare_rows(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* Sorted rows to changes. From the first row to span_ns after it. */
static bool finish(const struct rows *rows, int64_t first_ns, int64_t span_ns,
                   struct spot_trace *out, struct err *err) {
    if (span_ns <= 0) {
        err_at(err, rows->file, 0, 0, "the trace lasts no time");
        return false;
    }
    struct spot_point *points = arena_new(rows->arena, struct spot_point, rows->n + 1);
    int n = 0;
    if (rows->rows[0].at_ns > first_ns)
        points[n++] = (struct spot_point){0, 0};
    for (size_t i = 0; i < rows->n; i++) {
        int64_t at_ns = rows->rows[i].at_ns - first_ns;
        if (at_ns >= span_ns)
            break;
        if (n > 0 && points[n - 1].at_ns == at_ns)
            n--;
        if (n == 0 || points[n - 1].instances != rows->rows[i].instances)
            points[n++] = (struct spot_point){at_ns, rows->rows[i].instances};
    }
    out->n = n;
    out->points = points;
    out->span_ns = span_ns;
    out->n_descents = rows->n_descents;
    for (int i = 0; i < n; i++)
        if (points[i].instances > out->instances_max)
            out->instances_max = points[i].instances;
    return true;
}

/* --- SkyPilot JSON --- */

static bool known_keys(struct bytes text, const char *file, json_t *root, struct err *err) {
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value) {
        if (strcmp(key, "metadata") != 0 && strcmp(key, "data") != 0 &&
            strcmp(key, "prices") != 0) {
            json_err(text, file, &(struct json_step){.key = key}, 1, err, "unknown key '%.40s'",
                     key);
            err_hint(
                err,
                "a spot trace is {\"metadata\": {\"gap_seconds\": 300}, \"data\": [1, 0, ...]}");
            return false;
        }
    }
    return true;
}

static bool read_step(struct bytes text, const char *file, json_t *root, int64_t *step_ns,
                      struct err *err) {
    static const struct json_step path[] = {{"metadata", 0}, {"gap_seconds", 0}};
    json_t *gap = json_object_get(json_object_get(root, "metadata"), "gap_seconds");
    double seconds = json_is_number(gap) ? json_number_value(gap) : 0;
    if (!(seconds >= 1e-3 && seconds <= 86400.0 * 366))
        return json_err(text, file, path, 2, err,
                        "metadata.gap_seconds must be the step of the trace, 0.001 to 366 days");
    *step_ns = (int64_t)(seconds * (double)NS_PER_SECOND + 0.5);
    return true;
}

static bool read_prices(struct rows *rows, struct bytes text, json_t *list, size_t n,
                        struct spot_trace *out, struct err *err) {
    static const struct json_step prices[] = {{"prices", 0}};
    struct spot_trace_price *points = arena_new(rows->arena, struct spot_trace_price, n);
    if (!list)
        return true;
    if (json_array_size(list) != n)
        return json_err(text, rows->file, prices, 1, err,
                        "prices must be a list as long as data, %zu", n);
    for (size_t i = 0; i < n; i++) {
        const struct json_step path[] = {{"prices", 0}, {NULL, i}};
        json_t *value = json_array_get(list, i);
        double usd = json_is_number(value) ? json_number_value(value) : 0;
        if (!(usd > 0 && usd <= USD_PER_HOUR_MAX))
            return json_err(text, rows->file, path, 2, err, "a price must be USD per hour above 0");
        if (out->n_prices == 0 || points[out->n_prices - 1].usd_per_hour != usd)
            points[out->n_prices++] = (struct spot_trace_price){(int64_t)i * out->step_ns, usd};
    }
    out->prices = points;
    return true;
}

static bool read_steps(struct rows *rows, struct bytes text, json_t *root, struct spot_trace *out,
                       struct err *err) {
    static const struct json_step data[] = {{"data", 0}};
    json_t *list = json_object_get(root, "data");
    size_t n = json_array_size(list);
    if (!json_is_object(root))
        return json_err(text, rows->file, NULL, 0, err, "a spot trace is an object");
    if (!known_keys(text, rows->file, root, err) ||
        !read_step(text, rows->file, root, &out->step_ns, err))
        return false;
    if (n == 0)
        return json_err(text, rows->file, data, 1, err, "data must be a list of instance counts");
    if ((int64_t)n > SPAN_NS_MAX / out->step_ns)
        return json_err(text, rows->file, data, 1, err, "the trace is longer than 100 years");
    for (size_t i = 0; i < n; i++) {
        json_t *value = json_array_get(list, i);
        json_int_t instances = json_is_integer(value) ? json_integer_value(value) : -1;
        const struct json_step path[] = {{"data", 0}, {NULL, i}};
        if (instances < 0 || instances > INSTANCES_MAX)
            return json_err(text, rows->file, path, 2, err,
                            "a count of instances must be a whole number, 0 to %d",
                            (int)INSTANCES_MAX);
        add_row(rows, (int64_t)i * out->step_ns, 1)->instances = (int32_t)instances;
    }
    out->format = SPOT_TRACE_STEPS;
    out->start_epoch_ns = -1;
    return read_prices(rows, text, json_object_get(root, "prices"), n, out, err) &&
           finish(rows, 0, (int64_t)n * out->step_ns, out, err);
}

static bool read_json(struct rows *rows, struct source *source, struct spot_trace *out,
                      struct err *err) {
    struct bytes text;
    if (!source_read_all(rows->arena, source, FILE_BYTES_MAX, &text, err))
        return false;
    json_t *root = json_read(text, rows->file, err);
    bool fine = root && read_steps(rows, text, root, out, err);
    json_decref(root);
    return fine;
}

/* --- rows of three fields --- */

static bool row_err(const struct csv_reader *reader, const struct csv_row *row, int field,
                    struct err *err, const char *what) {
    csv_err(reader, row, field, err, "%s", what);
    err_hint(err, "rows are '480000,add,node1' (ms, add or remove, node) or '2021-12-10, 13:07:45, "
                  "80' (date, time, instances), all of one kind");
    return false;
}

static bool read_event(struct rows *rows, const struct csv_reader *reader,
                       const struct csv_row *row, struct err *err) {
    int64_t ms;
    const struct csv_field *f = row->fields;
    if (!text_parse_int64(f[0].text, &ms) || ms < 0 || ms > SPAN_NS_MAX / NS_PER_MS)
        return row_err(reader, row, 0, err, "expected milliseconds after the start");
    bool add = bytes_are(f[1].text, "add");
    if (!add && !bytes_are(f[1].text, "remove"))
        return row_err(reader, row, 1, err, "expected 'add' or 'remove'");
    if (f[2].text.n == 0)
        return row_err(reader, row, 2, err, "expected the name of a node");
    struct row *event = add_row(rows, ms * NS_PER_MS, row->line);
    event->add = add;
    event->node = arena_strndup(rows->arena, f[2].text.data, f[2].text.n);
    return true;
}

static bool read_count(struct rows *rows, const struct csv_reader *reader,
                       const struct csv_row *row, struct err *err) {
    char stamp[40];
    int64_t ns, instances;
    const struct csv_field *f = row->fields;
    int n = snprintf(stamp, sizeof stamp, "%.*s %.*s", (int)(f[0].text.n < 20 ? f[0].text.n : 20),
                     f[0].text.data, (int)(f[1].text.n < 16 ? f[1].text.n : 16), f[1].text.data);
    if (f[0].text.n + f[1].text.n + 1 != (size_t)n ||
        !calendar_parse_stamp_ns((struct bytes){stamp, (size_t)n}, &ns) || ns < 0)
        return row_err(reader, row, 0, err, "expected a date and a time");
    if (!text_parse_int64(f[2].text, &instances) || instances < 0 || instances > INSTANCES_MAX)
        return row_err(reader, row, 2, err, "expected a count of instances");
    add_row(rows, ns, row->line)->instances = (int32_t)instances;
    return true;
}

/* Sorted events to counts: every node is there at most once. */
static bool count_nodes(struct rows *rows, struct err *err) {
    const char **held = arena_new(rows->arena, const char *, NODES_MAX);
    int n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        struct row *row = &rows->rows[i];
        int at = 0;
        while (at < n && strcmp(held[at], row->node) != 0)
            at++;
        if (row->add == (at < n))
            return err_at(err, rows->file, row->line, 1, "node '%.40s' is %s", row->node,
                          row->add ? "added though it is there" : "removed though it is not there");
        if (row->add && n == NODES_MAX)
            return err_at(err, rows->file, row->line, 1, "more than %d nodes at once",
                          (int)NODES_MAX);
        if (row->add)
            held[n++] = row->node;
        else
            held[at] = held[--n];
        row->instances = n;
    }
    return true;
}

static bool read_table(struct rows *rows, struct csv_reader *reader, struct spot_trace *out,
                       struct err *err) {
    struct csv_row row;
    bool events = false;
    for (;;) {
        if (!csv_next(reader, &row, err))
            return false;
        if (row.n_fields == 0)
            break;
        if (row.n_fields != 3)
            return row_err(reader, &row, -1, err, "expected three fields");
        if (rows->n == 0)
            events =
                bytes_are(row.fields[1].text, "add") || bytes_are(row.fields[1].text, "remove");
        if (!(events ? read_event : read_count)(rows, reader, &row, err))
            return false;
    }
    if (rows->n == 0)
        return err_at(err, rows->file, 0, 0, "the spot trace is empty");
    qsort(rows->rows, rows->n, sizeof *rows->rows, compare_rows);
    int64_t first = rows->rows[0].at_ns, last = rows->rows[rows->n - 1].at_ns;
    if (events && !count_nodes(rows, err))
        return false;
    if (last / 2 - first / 2 > SPAN_NS_MAX / 2)
        return err_at(err, rows->file, 0, 0, "the trace is longer than 100 years");
    out->format = events ? SPOT_TRACE_EVENTS : SPOT_TRACE_COUNTS;
    out->start_epoch_ns = events ? -1 : first;
    first = events ? 0 : first;
    return finish(rows, first, last - first, out, err);
}

/* --- the interface --- */

static bool begins_with_brace(struct bytes block) {
    struct bytes text = bytes_trim(block);
    return text.n > 0 && text.data[0] == '{';
}

bool spot_trace_read(struct arena *arena, struct source *source, struct spot_trace *out,
                     struct err *err) {
    struct rows rows = {.arena = arena, .file = source_name(source)};
    struct spot_trace trace = {.name = source_name(source)};
    struct bytes block;
    bool fine;
    if (!source_peek(source, &block, err))
        return false;
    if (begins_with_brace(block)) {
        fine = read_json(&rows, source, &trace, err);
    } else {
        struct csv_reader *reader = csv_open(arena, source, ',', err);
        fine = reader && read_table(&rows, reader, &trace, err);
        csv_close(reader);
    }
    if (!fine)
        return false;
    source_sha256(source, trace.sha256);
    *out = trace;
    return true;
}

/* The first key of an object tells which JSON it is. */
static enum spot_file json_file_of(struct bytes head) {
    static const struct {
        const char *key;
        enum spot_file file;
    } keys[] = {{"\"metadata\"", SPOT_FILE_TRACE},
                {"\"data\"", SPOT_FILE_TRACE},
                {"\"NextToken\"", SPOT_FILE_PRICES},
                {"\"SpotPriceHistory\"", SPOT_FILE_PRICES}};
    struct bytes rest = bytes_trim((struct bytes){head.data + 1, head.n - 1});
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t n = strlen(keys[i].key);
        if (rest.n >= n && memcmp(rest.data, keys[i].key, n) == 0)
            return keys[i].file;
    }
    return SPOT_FILE_NONE;
}

/* The next field of a line, without blanks; *rest is what follows its comma. */
static struct bytes next_field(struct bytes *rest) {
    const char *comma = rest->n ? memchr(rest->data, ',', rest->n) : NULL;
    size_t n = comma ? (size_t)(comma - rest->data) : rest->n;
    struct bytes field = bytes_trim((struct bytes){rest->data, n});
    *rest = comma ? (struct bytes){comma + 1, rest->n - n - 1} : (struct bytes){NULL, 0};
    return field;
}

enum spot_file spot_file_of(struct bytes head) {
    struct bytes text = bytes_trim(head);
    if (text.n > 0 && text.data[0] == '{')
        return json_file_of(text);
    const char *end = text.n ? memchr(text.data, '\n', text.n) : NULL;
    struct bytes line = {text.data, end ? (size_t)(end - text.data) : text.n};
    struct bytes first = next_field(&line), second = next_field(&line);
    struct date date;
    bool event = bytes_are(second, "add") || bytes_are(second, "remove");
    bool count = calendar_parse_date(first, &date) && second.n > 2 && second.data[2] == ':';
    return event || count ? SPOT_FILE_TRACE : SPOT_FILE_NONE;
}

/* --- statistics --- */

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median_s(int64_t *sorted, int n) {
    qsort(sorted, (size_t)n, sizeof *sorted, compare_times);
    if (n == 0)
        return NAN;
    int64_t twice = sorted[n / 2] + sorted[(n - 1) / 2];
    return (double)twice / 2 / (double)NS_PER_SECOND;
}

static double mean_s(int64_t total_ns, int n) {
    return n > 0 ? (double)total_ns / n / (double)NS_PER_SECOND : NAN;
}

static void count_drop(struct spot_trace_stats *stats, const struct spot_trace *trace, int i) {
    int32_t fell = trace->points[i - 1].instances - trace->points[i].instances;
    if (fell <= 0)
        return;
    stats->n_drops++;
    stats->lost += fell;
    stats->n_drops_to_zero += fell == trace->instances_max && fell > 1;
}

struct spot_trace_stats spot_trace_stats(struct arena *arena, const struct spot_trace *trace) {
    struct spot_trace_stats stats = {.span_s = (double)trace->span_ns / (double)NS_PER_SECOND};
    int64_t *runs[2] = {arena_new(arena, int64_t, trace->n), arena_new(arena, int64_t, trace->n)};
    int64_t total[2] = {0, 0};
    int n[2] = {0, 0};
    double instance_s = 0;
    for (int i = 0; i < trace->n; i++) {
        const struct spot_point *point = &trace->points[i];
        int64_t until = i + 1 < trace->n ? point[1].at_ns : trace->span_ns;
        int up = point->instances > 0;
        bool same_run = i > 0 && (point[-1].instances > 0) == up;
        runs[up][same_run ? n[up] - 1 : n[up]++] += until - point->at_ns;
        total[up] += until - point->at_ns;
        instance_s +=
            (double)point->instances * (double)(until - point->at_ns) / (double)NS_PER_SECOND;
        if (i > 0)
            count_drop(&stats, trace, i);
    }
    stats.availability = (double)total[1] / (double)trace->span_ns;
    stats.instances_mean = instance_s / stats.span_s;
    stats.n_up = n[1];
    stats.n_down = n[0];
    stats.up_mean_s = mean_s(total[1], n[1]);
    stats.up_median_s = median_s(runs[1], n[1]);
    stats.down_mean_s = mean_s(total[0], n[0]);
    stats.down_median_s = median_s(runs[0], n[0]);
    stats.between_losses_s = stats.lost > 0 ? instance_s / (double)stats.lost : NAN;
    return stats;
}
