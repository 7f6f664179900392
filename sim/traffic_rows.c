/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the rows of a trace to a planning week. */
#include "sim/traffic_rows.h"

#define NS_PER_HOUR 3600000000000LL
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define NS_PER_WEEK (7 * NS_PER_DAY)
#define MISSING_AT_END_NS (NS_PER_HOUR / 2)

/* Rows before `at_ns`. */
static size_t rows_before(const struct request *rows, size_t n, int64_t at_ns) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].arrival_ns < at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Start of the busiest stretch of `length` that begins on a whole hour of the trace; the earliest
 * among equals. */
static int64_t busiest_start(const struct request *rows, size_t n, int64_t span_ns,
                             int64_t length) {
    int64_t best = 0;
    size_t most = 0;
    for (int64_t from = 0; from == 0 || from + length <= span_ns; from += NS_PER_HOUR) {
        size_t count = rows_before(rows, n, from + length) - rows_before(rows, n, from);
        if (count > most) {
            most = count;
            best = from;
        }
    }
    return best;
}

/* The part of the trace that is planned with: a week, whole days, or all of it. A log of a week
 * ends with its last request, a little before the week does. */
static int64_t planned_length(int64_t span_ns) {
    int64_t days = (span_ns + MISSING_AT_END_NS) / NS_PER_DAY;
    if (days == 0)
        return span_ns;
    return (days < 7 ? days : 7) * NS_PER_DAY;
}

size_t traffic_rows_find(const struct traffic *traffic, int64_t in_week_ns, int64_t *repetition) {
    int64_t from_start = in_week_ns - traffic->start_of_week_ns, span_ns = traffic->span_ns;
    *repetition = from_start / span_ns - (from_start % span_ns < 0);
    return rows_before(traffic->requests, traffic->n_requests, from_start - *repetition * span_ns);
}

uint64_t traffic_rows_edition(const struct traffic *traffic, int64_t week, int64_t repetition) {
    int64_t per_week = (NS_PER_WEEK + traffic->span_ns - 1) / traffic->span_ns;
    int64_t in_week = repetition % per_week;
    return (uint64_t)(week * per_week + (in_week < 0 ? in_week + per_week : in_week));
}

static void fill_rates(struct traffic *traffic) {
    int64_t before = 0;
    for (int hour = 0; hour <= HOURS_PER_WEEK; hour++) {
        int64_t repetition;
        size_t row = traffic_rows_find(traffic, hour * NS_PER_HOUR, &repetition);
        int64_t after = repetition * (int64_t)traffic->n_requests + (int64_t)row;
        if (hour > 0)
            traffic->rate_per_second[hour - 1] = (double)(after - before) / 3600;
        before = after;
    }
}

static bool check_rows(const struct request *rows, size_t n, int64_t span_ns, struct err *err) {
    if (n < 2 || rows[n - 1].arrival_ns <= 0) {
        err_set(err, ERR_INPUT, "a trace needs at least two requests at different times");
        err_hint(err, "without a request log, describe the traffic with 'generate' or 'hourly'");
        return false;
    }
    ENSURE(rows[0].arrival_ns >= 0 && rows[n - 1].arrival_ns < span_ns);
    return true;
}

bool traffic_from_rows(struct arena *arena, const struct request *rows, size_t n, int64_t span_ns,
                       int64_t start_of_week_ns, struct traffic *out, struct err *err) {
    if (!check_rows(rows, n, span_ns, err))
        return false;
    int64_t length = planned_length(span_ns);
    int64_t from = busiest_start(rows, n, span_ns, length);
    size_t first = rows_before(rows, n, from), end = rows_before(rows, n, from + length);
    if (from > 0) {
        struct request *shifted = arena_new(arena, struct request, end - first);
        for (size_t i = first; i < end; i++) {
            shifted[i - first] = rows[i];
            shifted[i - first].arrival_ns -= from;
        }
        rows = shifted;
    } else {
        rows += first;
    }
    out->kind = TRAFFIC_TRACE;
    out->requests = rows;
    out->n_requests = end - first;
    out->span_ns = length;
    out->start_of_week_ns = (start_of_week_ns + from) % NS_PER_WEEK;
    out->tiled = length < NS_PER_WEEK;
    out->days = (double)span_ns / (double)NS_PER_DAY;
    out->burstiness = traffic_fit_burstiness(arena, rows, out->n_requests, length);
    fill_rates(out);
    return true;
}
