/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics as monitoring systems give them: a Prometheus range query, CloudWatch's two answers, and
 * CloudWatch's columns. Label sets (pods, functions) are added up. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "sim/trace_formats.h"

#define NS_PER_SECOND 1000000000LL
#define RATE_MOST 1e7

enum { DOCUMENT_BYTES_MAX = 64 << 20, STEPS_MOST = 10000000 };

/* ---- samples to steps ---- */

void metric_push(struct metric *metric, struct metric_sample sample) {
    if (metric->n == metric->capacity) {
        size_t capacity = metric->capacity ? 2 * metric->capacity : 1024;
        metric->samples =
            arena_grow(metric->rows->arena, metric->samples, metric->n, capacity, sizeof sample);
        metric->capacity = capacity;
    }
    metric->samples[metric->n++] = sample;
}

static int compare_samples(const void *a, const void *b) {
    const struct metric_sample *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);
}

static bool fail_sample(const struct metric *metric, const struct metric_sample *sample,
                        struct err *err, const char *what) {
    char date[32];
    int line, column;
    metric->place(metric->context, sample, &line, &column);
    calendar_format_hour(date, sample->at_ns / (3600 * NS_PER_SECOND));
    return err_at(err, source_name(metric->rows->source), line, column,
                  "%s (%lld s, in the hour %s)", what, (long long)(sample->at_ns / NS_PER_SECOND),
                  date);
}

/* The smallest distance between two samples of one source. */
static bool find_step(const struct metric *metric, int64_t *step_ns, struct err *err) {
    const struct metric_sample *samples = metric->samples;
    const char *name = source_name(metric->rows->source);
    int64_t step = 0;
    for (size_t i = 1; i < metric->n; i++) {
        int64_t apart = samples[i].at_ns - samples[i - 1].at_ns;
        if (samples[i].source != samples[i - 1].source)
            continue;
        if (apart == 0)
            return fail_sample(metric, &samples[i], err, "two samples of one time");
        step = step == 0 || apart < step ? apart : step;
    }
    if (step == 0) {
        err_at(err, name, 0, 0, "fewer than two samples of a source");
        err_hint(err, "ask for a range of time");
        return false;
    }
    if (!rate_series_step_fits(step)) {
        err_at(err, name, 0, 0,
               "samples every %.9g s: a step must divide an hour or be whole hours",
               (double)step / NS_PER_SECOND);
        err_hint(err, "ask for a step of 60 s, 300 s or 3600 s");
        return false;
    }
    *step_ns = step;
    return true;
}

struct steps {
    int64_t start_ns, step_ns, n;
    double *counts; /* [n] requests of a step */
};

static bool open_steps(const struct metric *metric, struct steps *steps, struct err *err) {
    const struct metric_sample *samples = metric->samples;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < metric->n; i++) {
        first = samples[i].at_ns < first ? samples[i].at_ns : first;
        last = samples[i].at_ns > last ? samples[i].at_ns : last;
    }
    steps->start_ns = first;
    steps->n = (last - first) / steps->step_ns + 1;
    if (steps->n > STEPS_MOST)
        return err_at(err, source_name(metric->rows->source), 0, 0,
                      "the samples span more than %d steps of %.9g s", STEPS_MOST,
                      (double)steps->step_ns / NS_PER_SECOND);
    steps->counts = arena_new(metric->rows->arena, double, steps->n);
    return true;
}

/* Requests of the step that a sample stands for; `before` is the one before it of its source. */
static double count_of(const struct metric_sample *sample, const struct metric_sample *before,
                       enum trace_values values, double step_s) {
    switch (values) {
    case TRACE_VALUES_RATE:
        return sample->value * step_s;
    case TRACE_VALUES_COUNTER:
        if (!before)
            return 0;
        return sample->value >= before->value ? sample->value - before->value : sample->value;
    case TRACE_VALUES_COUNT:
    case TRACE_VALUES_UNTOLD:
        break;
    }
    return sample->value;
}

static bool check_sample(const struct metric *metric, const struct metric_sample *sample,
                         const struct metric_sample *before, const struct steps *steps,
                         struct err *err) {
    if (!isfinite(sample->value) || sample->value < 0) {
        fail_sample(metric, sample, err,
                    sample->value < 0 ? "a negative value" : "a value that is no number");
        err_hint(err, "a rate divided by zero is none; leave such samples out of the query");
        return false;
    }
    if ((sample->at_ns - steps->start_ns) % steps->step_ns != 0)
        return fail_sample(metric, sample, err, "a sample off the grid of the others");
    if (before && !metric->gaps_are_zero && sample->at_ns - before->at_ns != steps->step_ns) {
        fail_sample(metric, sample, err, "samples are missing before this one");
        err_hint(err, "state what was there: '... or vector(0)' when nothing came");
        return false;
    }
    return true;
}

static bool fill_steps(const struct metric *metric, struct steps *steps, struct err *err) {
    double step_s = (double)steps->step_ns / NS_PER_SECOND;
    for (size_t i = 0; i < metric->n; i++) {
        const struct metric_sample *sample = &metric->samples[i];
        bool first = i == 0 || sample->source != sample[-1].source;
        const struct metric_sample *before = first ? NULL : sample - 1;
        if (!check_sample(metric, sample, before, steps, err))
            return false;
        double *sum = &steps->counts[(sample->at_ns - steps->start_ns) / steps->step_ns];
        *sum += count_of(sample, before, metric->values, step_s);
        metric->rows->n_sources += first;
        if (*sum > RATE_MOST * step_s)
            return fail_sample(metric, sample, err, "more than 1e7 requests a second");
    }
    return true;
}

bool trace_take_metric(const struct metric *metric, struct err *err) {
    struct trace_rows *rows = metric->rows;
    struct steps steps = {0};
    qsort(metric->samples, metric->n, sizeof *metric->samples, compare_samples);
    if (!find_step(metric, &steps.step_ns, err) || !open_steps(metric, &steps, err) ||
        !fill_steps(metric, &steps, err))
        return false;
    int64_t from = metric->values == TRACE_VALUES_COUNTER; /* its first sample is only a start */
    int64_t start_ns = steps.start_ns + (from - metric->at_end) * steps.step_ns;
    if (steps.n <= from)
        return true;
    rows->dated = true;
    rows->series = rate_series_open(rows->arena, start_ns, steps.step_ns);
    for (int64_t i = from; i < steps.n; i++)
        rate_series_add(&rows->series, steps.counts[i]);
    return true;
}

/* ---- a document ---- */

struct document {
    struct metric metric;
    struct bytes text;
    const char *list,
        *mark; /* where samples stand: each after a `mark` inside a list of that name */
};

static const char *find_text(struct bytes text, const char *from, const char *what) {
    size_t left = (size_t)(text.data + text.n - from);
    return memmem(from, left, what, strlen(what));
}

/* After the sample's mark in its source's list. Only sought when there is something to say. */
static void place_sample(void *context, const struct metric_sample *sample, int *line,
                         int *column) {
    const struct document *document = context;
    const char *data = document->text.data, *at = data, *found;
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\"", document->list);
    for (int i = 0; i <= sample->source && (found = find_text(document->text, at, quoted)); i++)
        at = found + strlen(quoted);
    found = find_text(document->text, at, "[");
    at = found ? found + 1 : at;
    for (size_t i = 0;
         i <= sample->index && (found = find_text(document->text, at, document->mark)); i++)
        at = found + 1;
    *line = *column = 1;
    for (const char *p = data; p + 1 < at; p++) {
        *column = *p == '\n' ? 1 : *column + 1;
        *line += *p == '\n';
    }
}

static bool fail_document(const struct document *document, struct err *err, const char *what,
                          const char *hint) {
    err_at(err, source_name(document->metric.rows->source), 0, 0, "%s", what);
    if (hint)
        err_hint(err, "%s", hint);
    return false;
}

/* What the user told, where the file does not say. */
static bool need_values(const struct document *document, bool counter, struct err *err) {
    enum trace_values values = document->metric.rows->values;
    if (values != TRACE_VALUES_UNTOLD && (counter || values != TRACE_VALUES_COUNTER))
        return true;
    return fail_document(document, err, "the file does not say what its values are",
                         counter ? "say it with values: rate (a second), count (of each step) or "
                                   "counter (rises); of trace stats: --values"
                                 : "say it with values: rate (a second) or count (of each "
                                   "period); of trace stats: --values");
}

/* The file says it: what the user told must not be something else. */
bool trace_check_values(const struct trace_rows *rows, enum trace_values said, struct err *err) {
    if (rows->values == TRACE_VALUES_UNTOLD || rows->values == said)
        return true;
    err_at(err, source_name(rows->source), 0, 0, "the file's values are %s",
           said == TRACE_VALUES_RATE ? "rates" : "counts");
    err_hint(err, "leave values out: the statistic tells what they are");
    return false;
}

/* ---- Prometheus ---- */

/* [1435781430.781, "12.5"]; a sample stands for the step before it. */
static bool read_pair(struct document *document, json_t *pair, int source, size_t k,
                      struct err *err) {
    json_t *at = json_array_get(pair, 0), *text = json_array_get(pair, 1);
    struct metric_sample sample = {.source = source, .index = k, .value = NAN};
    bool fine = json_array_size(pair) == 2 && json_is_number(at) && json_is_string(text) &&
                json_number_value(at) >= 0 && json_number_value(at) < 9e9;
    if (!fine)
        return fail_sample(&document->metric, &sample, err, "a sample is not [seconds, \"value\"]");
    sample.at_ns = (int64_t)llround(json_number_value(at) * 1e3) * 1000000;
    if (!text_parse_double(bytes_of(json_string_value(text)), &sample.value))
        sample.value = NAN;
    metric_push(&document->metric, sample);
    return true;
}

static bool read_prometheus(struct document *document, json_t *root, struct err *err) {
    json_t *data = json_object_get(root, "data"), *item, *pair;
    json_t *result = json_object_get(data, "result");
    const char *type = json_string_value(json_object_get(data, "resultType"));
    size_t r, k;
    document->metric.rows->format = TRACE_PROMETHEUS;
    document->list = "values";
    document->mark = "[";
    if (!bytes_are(bytes_of(json_string_value(json_object_get(root, "status"))), "success"))
        return fail_document(document, err, "the query failed: its status is not 'success'", NULL);
    if (!type || strcmp(type, "matrix") != 0 || !json_is_array(result))
        return fail_document(document, err, "the result is not a matrix",
                             "ask /api/v1/query_range, with start, end and step");
    if (!need_values(document, true, err))
        return false;
    json_array_foreach(result, r, item) {
        json_t *values = json_object_get(item, "values");
        if (!json_is_array(values))
            return fail_document(document, err, "a result has no list of values",
                                 "native histograms are not read; query a counter or a rate");
        json_array_foreach(values, k, pair) {
            if (!read_pair(document, pair, (int)r, k, err))
                return false;
        }
    }
    document->metric.values = document->metric.rows->values;
    document->metric.at_end = true;
    return document->metric.n == 0 || trace_take_metric(&document->metric, err);
}

/* ---- CloudWatch ---- */

static bool read_stamp(const struct document *document, json_t *value, struct metric_sample *sample,
                       struct err *err) {
    if (json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) < 9e9) {
        sample->at_ns = (int64_t)llround(json_number_value(value) * 1e3) * 1000000;
        return true;
    }
    const char *text = json_string_value(value);
    if (text && calendar_parse_stamp_ns(bytes_of(text), &sample->at_ns))
        return true;
    return fail_sample(&document->metric, sample, err,
                       "a time stamp is no ISO stamp and no number of seconds");
}

/* Which statistic of get-metric-statistics counts requests. */
static const char *counting_statistic(json_t *point, enum trace_values *said) {
    const char *unit = json_string_value(json_object_get(point, "Unit"));
    *said = TRACE_VALUES_COUNT;
    if (json_object_get(point, "Sum") && unit && strcmp(unit, "Count") == 0)
        return "Sum";
    if (json_object_get(point, "SampleCount"))
        return "SampleCount";
    *said = TRACE_VALUES_RATE;
    return json_object_get(point, "Average") && unit && strcmp(unit, "Count/Second") == 0
               ? "Average"
               : NULL;
}

static bool read_points(struct document *document, json_t *points, struct err *err) {
    enum trace_values said = TRACE_VALUES_COUNT;
    const char *statistic = NULL;
    json_t *point;
    size_t k;
    json_array_foreach(points, k, point) {
        struct metric_sample sample = {.index = k, .value = NAN};
        const char *here = counting_statistic(point, &said);
        if (!here || (statistic && strcmp(here, statistic) != 0)) {
            fail_sample(&document->metric, &sample, err,
                        "a data point without a statistic that counts requests");
            err_hint(err, "ask for Sum of a metric in Count (Invocations, RequestCount), or for "
                          "SampleCount");
            return false;
        }
        statistic = here;
        json_t *value = json_object_get(point, statistic);
        if (!read_stamp(document, json_object_get(point, "Timestamp"), &sample, err))
            return false;
        if (json_is_number(value))
            sample.value = json_number_value(value);
        metric_push(&document->metric, sample);
    }
    document->metric.values = said;
    return document->metric.n == 0 || (trace_check_values(document->metric.rows, said, err) &&
                                       trace_take_metric(&document->metric, err));
}

static bool read_result(struct document *document, json_t *result, int source, struct err *err) {
    json_t *stamps = json_object_get(result, "Timestamps"), *stamp;
    json_t *values = json_object_get(result, "Values");
    const char *status = json_string_value(json_object_get(result, "StatusCode"));
    size_t k;
    if (status && strcmp(status, "Complete") != 0)
        return fail_document(document, err, "a result is not complete",
                             "fetch all pages (NextToken) and put their data in one file");
    if (!json_is_array(stamps) || json_array_size(stamps) != json_array_size(values))
        return fail_document(document, err, "a result has not as many Timestamps as Values", NULL);
    json_array_foreach(stamps, k, stamp) {
        struct metric_sample sample = {.source = source, .index = k, .value = NAN};
        json_t *value = json_array_get(values, k);
        if (!read_stamp(document, stamp, &sample, err))
            return false;
        if (json_is_number(value))
            sample.value = json_number_value(value);
        metric_push(&document->metric, sample);
    }
    return true;
}

static bool read_cloudwatch(struct document *document, json_t *root, struct err *err) {
    json_t *points = json_object_get(root, "Datapoints"), *result;
    json_t *results = json_object_get(root, "MetricDataResults");
    size_t r;
    document->metric.rows->format = TRACE_CLOUDWATCH;
    document->metric.gaps_are_zero = true;
    document->list = "Datapoints";
    document->mark = "{";
    if (json_is_array(points))
        return read_points(document, points, err);
    document->list = "Values";
    document->mark = ",";
    if (!need_values(document, false, err))
        return false;
    json_array_foreach(results, r, result) {
        if (!read_result(document, result, (int)r, err))
            return false;
    }
    document->metric.values = document->metric.rows->values;
    return document->metric.n == 0 || trace_take_metric(&document->metric, err);
}

/* ---- which ---- */

bool trace_is_metric(struct bytes start) {
    static const char *const KEYS[] = {
        "status", "data", "Label", "Datapoints", "Messages", "MetricDataResults", "NextToken"};
    size_t i = 0;
    while (i < start.n && (start.data[i] == '{' || start.data[i] == ' ' || start.data[i] == '\n' ||
                           start.data[i] == '\r' || start.data[i] == '\t'))
        i++;
    if (i == start.n || start.data[i] != '"')
        return false;
    const char *key = start.data + i + 1, *end = memchr(key, '"', start.n - i - 1);
    for (size_t k = 0; end && k < sizeof KEYS / sizeof *KEYS; k++)
        if (bytes_are((struct bytes){key, (size_t)(end - key)}, KEYS[k]))
            return true;
    return false;
}

static bool read_document(struct document *document, json_t *root, struct err *err) {
    if (json_object_get(root, "status"))
        return read_prometheus(document, root, err);
    if (json_object_get(root, "Datapoints") || json_object_get(root, "MetricDataResults"))
        return read_cloudwatch(document, root, err);
    return fail_document(document, err, "unknown JSON document",
                         "known: a Prometheus range query, CloudWatch get-metric-statistics and "
                         "get-metric-data");
}

bool trace_read_metric(struct trace_rows *rows, struct source *source, struct err *err) {
    struct document document = {.metric = {.rows = rows, .place = place_sample}};
    json_error_t fault;
    document.metric.context = &document;
    if (!source_read_all(rows->arena, source, DOCUMENT_BYTES_MAX, &document.text, err))
        return false;
    json_t *root = json_loadb(document.text.data, document.text.n, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return err_at(err, source_name(source), fault.line > 0 ? fault.line : 1,
                      fault.column > 0 ? fault.column : 1, "the file is not JSON: %s", fault.text);
    bool ok = read_document(&document, root, err);
    json_decref(root);
    return ok;
}
