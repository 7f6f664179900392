/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/trace.h"

#include <string.h>

#include "sim/prompt_blocks.h"
#include "sim/trace_formats.h"

#define NS_PER_HOUR 3600000000000LL
#define NS_PER_WEEK (HOURS_PER_WEEK * NS_PER_HOUR)
/* Plain stamps at or above this count from 1970: 2000-01-01. */
#define EPOCH_LEAST_NS 946684800000000000LL

const char *trace_format_name(enum trace_format format) {
    switch (format) {
    case TRACE_AZURE_LLM:
        return "Azure LLM CSV";
    case TRACE_PLAIN:
        return "plain CSV";
    case TRACE_MOONCAKE:
        return "Mooncake JSONL";
    case TRACE_HOURLY:
        return "hourly series CSV";
    }
    return "unknown";
}

/* ---- order ---- */

static size_t count_descents(const struct request *requests, size_t n) {
    size_t descents = 0;
    for (size_t i = 1; i < n; i++)
        descents += requests[i].arrival_ns < requests[i - 1].arrival_ns;
    return descents;
}

/* One pass of a stable merge sort: runs of `width` in `from` become runs of 2 width in `to`. */
static void merge_runs(const struct request *requests, const size_t *from, size_t *to, size_t n,
                       size_t width) {
    for (size_t start = 0; start < n; start += 2 * width) {
        size_t middle = start + width < n ? start + width : n;
        size_t end = start + 2 * width < n ? start + 2 * width : n;
        size_t left = start, right = middle;
        for (size_t out = start; out < end; out++) {
            bool take_right =
                left == middle ||
                (right < end && requests[from[right]].arrival_ns < requests[from[left]].arrival_ns);
            to[out] = take_right ? from[right++] : from[left++];
        }
    }
}

/* Order of the rows by arrival, equal times in file order. */
static const size_t *sorted_order(struct arena *arena, const struct request *requests, size_t n) {
    size_t *order = arena_new(arena, size_t, n), *spare = arena_new(arena, size_t, n);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        merge_runs(requests, order, spare, n, width);
        size_t *swap = order;
        order = spare;
        spare = swap;
    }
    return order;
}

static void sort_rows(struct trace_rows *rows) {
    struct arena *arena = rows->arena;
    bool blocks = rows->block_ids != NULL;
    struct request *requests = arena_new(arena, struct request, rows->n);
    uint64_t **ids = arena_new(arena, uint64_t *, blocks ? rows->n : 0);
    int *n_ids = arena_new(arena, int, blocks ? rows->n : 0);
    struct arena_mark mark = arena_mark(arena);
    const size_t *order = sorted_order(arena, rows->requests, rows->n);
    for (size_t i = 0; i < rows->n; i++) {
        requests[i] = rows->requests[order[i]];
        if (blocks) {
            ids[i] = rows->block_ids[order[i]];
            n_ids[i] = rows->n_block_ids[order[i]];
        }
    }
    arena_rewind(arena, mark);
    rows->requests = requests;
    if (blocks) {
        rows->block_ids = ids;
        rows->n_block_ids = n_ids;
    }
}

/* ---- reading ---- */

static bool starts_with_brace(struct bytes block) {
    size_t i = 0;
    while (i < block.n && (block.data[i] == ' ' || block.data[i] == '\n' || block.data[i] == '\r'))
        i++;
    return i < block.n && block.data[i] == '{';
}

static bool read_rows(struct trace_rows *rows, struct source *source, struct err *err) {
    struct bytes block;
    if (!source_peek(source, &block, err))
        return false;
    if (!(starts_with_brace(block) ? trace_read_mooncake(rows, source, err)
                                   : trace_read_csv(rows, source, err)))
        return false;
    if (rows->n == 0 && rows->n_hours == 0)
        return err_at(err, source_name(source), 0, 0, "the trace has no row below its header");
    return true;
}

static void take_requests(struct trace_rows *rows, struct trace *out) {
    out->n = rows->n;
    out->n_descents = count_descents(rows->requests, rows->n);
    if (out->n_descents > 0)
        sort_rows(rows);
    int64_t first = rows->requests[0].arrival_ns;
    if (rows->dated || (rows->format == TRACE_PLAIN && first >= EPOCH_LEAST_NS))
        out->start_epoch_ns = first;
    else
        out->first_ns = first;
    bool known = false;
    for (size_t i = 0; i < rows->n; i++) {
        rows->requests[i].arrival_ns -= first;
        rows->requests[i].row = (int32_t)i;
        known |= rows->block_ids && rows->n_block_ids[i] > 0;
    }
    out->requests = rows->requests;
    if (known)
        out->prompts = prompt_blocks_chain(rows->arena, MOONCAKE_BLOCK_TOKENS, rows->n,
                                           rows->requests, rows->block_ids, rows->n_block_ids);
}

bool trace_read(struct arena *arena, struct source *source, struct trace *out, struct err *err) {
    struct trace_rows rows = {.arena = arena};
    if (!read_rows(&rows, source, err))
        return false;
    *out = (struct trace){.format = rows.format, .name = source_name(source), .start_epoch_ns = -1};
    source_sha256(source, out->sha256);
    if (rows.format == TRACE_HOURLY) {
        out->n_hours = rows.n_hours;
        out->rate_per_second = rows.rate_per_second;
        out->start_epoch_ns = rows.dated ? rows.start_ns : -1;
    } else {
        take_requests(&rows, out);
    }
    return true;
}

/* ---- planning ---- */

static int64_t place_in_week(const struct trace *trace) {
    int64_t monday = 4 * 24 * NS_PER_HOUR; /* 1970-01-05 */
    if (trace->start_epoch_ns < 0)
        return trace->first_ns % NS_PER_WEEK;
    return ((trace->start_epoch_ns - monday) % NS_PER_WEEK + NS_PER_WEEK) % NS_PER_WEEK;
}

/* First hour of the busiest stretch of `length` hours; the earliest among equals. */
static int busiest_hour(const double *rates, int n, int length) {
    double sum = 0, most;
    for (int i = 0; i < length; i++)
        sum += rates[i];
    most = sum;
    int best = 0;
    for (int i = length; i < n; i++) {
        sum += rates[i] - rates[i - length];
        if (sum > most * (1 + 1e-12)) {
            most = sum;
            best = i - length + 1;
        }
    }
    return best;
}

static bool hourly_to_traffic(const struct trace *trace, struct traffic *out, struct err *err) {
    int length = trace->n_hours >= HOURS_PER_WEEK ? HOURS_PER_WEEK : trace->n_hours;
    if (length >= 24)
        length -= length % 24;
    int from = busiest_hour(trace->rate_per_second, trace->n_hours, length);
    int start = (int)(place_in_week(trace) / NS_PER_HOUR) + from;
    struct traffic traffic = *out;
    traffic.kind = TRAFFIC_GENERATED;
    traffic.requests = NULL;
    traffic.n_requests = 0;
    for (int i = 0; i < HOURS_PER_WEEK; i++)
        traffic.rate_per_second[(start + i) % HOURS_PER_WEEK] =
            trace->rate_per_second[from + i % length];
    traffic.tiled = length < HOURS_PER_WEEK;
    traffic.days = trace->n_hours / 24.0;
    if (!traffic_check(&traffic, err)) {
        if (err)
            err->file = trace->name;
        return false;
    }
    *out = traffic;
    return true;
}

/* The last row is followed by one mean gap, so that the rate of a tiled trace is n / span. */
static int64_t span_of(const struct trace *trace) {
    int64_t last = trace->requests[trace->n - 1].arrival_ns;
    return trace->n < 2 ? 1 : last + last / (int64_t)(trace->n - 1) + 1;
}

bool trace_to_traffic(struct arena *arena, const struct trace *trace, struct traffic *out,
                      struct err *err) {
    bool ok = trace->format == TRACE_HOURLY
                  ? hourly_to_traffic(trace, out, err)
                  : traffic_from_rows(arena, trace->requests, trace->n, span_of(trace),
                                      place_in_week(trace), out, err);
    if (!ok) {
        if (err)
            err->file = trace->name;
        return false;
    }
    out->prompts = trace->prompts;
    out->name = trace->name;
    out->format = trace_format_name(trace->format);
    memcpy(out->sha256, trace->sha256, sizeof out->sha256);
    return true;
}

void trace_append_csv(struct text *out, const struct request *requests, size_t n,
                      bool with_header) {
    if (with_header)
        text_append_string(out, "seconds,input,output\n");
    for (size_t i = 0; i < n; i++) {
        int64_t ns = requests[i].arrival_ns;
        text_printf(out, "%lld.%09lld,%d,%d\n", (long long)(ns / 1000000000),
                    (long long)(ns % 1000000000), (int)requests[i].input_tokens,
                    (int)requests[i].output_tokens);
    }
}
