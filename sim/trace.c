/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/trace.h"

#include <string.h>

#include "sim/prompt_blocks.h"
#include "sim/trace_formats.h"
#include "sim/traffic_generate.h"

#define NS_PER_HOUR 3600000000000LL
#define NS_PER_WEEK (HOURS_PER_WEEK * NS_PER_HOUR)
/* Plain stamps at or above this count from 1970: 2000-01-01. */
#define EPOCH_LEAST_NS 946684800000000000LL

static const struct {
    const char *name;
    enum trace_shape shape;
} FORMATS[] = {
    [TRACE_AZURE_LLM] = {"Azure LLM CSV", TRACE_LOG},
    [TRACE_PLAIN] = {"plain CSV", TRACE_LOG},
    [TRACE_MOONCAKE] = {"Mooncake JSONL", TRACE_LOG},
    [TRACE_HOURLY] = {"hourly series CSV", TRACE_SERIES},
    [TRACE_BURSTGPT] = {"BurstGPT CSV", TRACE_LOG},
    [TRACE_QWEN_BAILIAN] = {"Qwen-Bailian JSONL", TRACE_LOG},
    [TRACE_LLM_SERVING_SIM] = {"LLMServingSim JSONL", TRACE_LOG},
    [TRACE_VIDUR] = {"vidur CSV", TRACE_LOG},
    [TRACE_VIDUR_LENGTHS] = {"vidur lengths CSV", TRACE_LENGTHS},
    [TRACE_FUNCTION_CALLS] = {"Azure Functions calls CSV", TRACE_CALLS},
    [TRACE_GENAI] = {"Alibaba GenAI requests CSV", TRACE_CALLS},
    [TRACE_FUNCTION_MINUTES] = {"Azure Functions minutes CSV", TRACE_SERIES},
    [TRACE_RATE_LIST] = {"list of requests a second", TRACE_SERIES},
    [TRACE_PROMETHEUS] = {"Prometheus range query JSON", TRACE_SERIES},
    [TRACE_CLOUDWATCH] = {"CloudWatch metric", TRACE_SERIES},
    [TRACE_SERVEGEN] = {"ServeGen client windows", TRACE_WINDOWS},
    [TRACE_SERVEGEN_LENGTHS] = {"ServeGen length quantiles", TRACE_LENGTHS},
};

const char *trace_format_name(enum trace_format format) {
    return FORMATS[format].name;
}

enum trace_shape trace_shape_of(enum trace_format format) {
    return FORMATS[format].shape;
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
    double *duration_s = rows->duration_s ? arena_new(arena, double, rows->n) : NULL;
    struct arena_mark mark = arena_mark(arena);
    const size_t *order = sorted_order(arena, rows->requests, rows->n);
    for (size_t i = 0; i < rows->n; i++) {
        requests[i] = rows->requests[order[i]];
        if (blocks) {
            ids[i] = rows->block_ids[order[i]];
            n_ids[i] = rows->n_block_ids[order[i]];
        }
        if (duration_s)
            duration_s[i] = rows->duration_s[order[i]];
    }
    arena_rewind(arena, mark);
    rows->requests = requests;
    rows->duration_s = duration_s;
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

static bool read_any(struct trace_rows *rows, struct source *source, struct err *err) {
    struct bytes block;
    if (!source_peek(source, &block, err))
        return false;
    if (starts_with_brace(block))
        return trace_is_metric(block) ? trace_read_metric(rows, source, err)
                                      : trace_read_json_lines(rows, source, err);
    if (trace_is_rate_list(block))
        return trace_read_rate_list(rows, source, err);
    if (trace_is_servegen(block))
        return trace_read_servegen(rows, source, err);
    return trace_read_csv(rows, source, err);
}

static bool read_rows(struct trace_rows *rows, struct source *source, struct err *err) {
    if (!read_any(rows, source, err))
        return false;
    bool metric = rows->format == TRACE_PROMETHEUS || rows->format == TRACE_CLOUDWATCH;
    if (rows->values != TRACE_VALUES_UNTOLD && !metric) {
        err_at(err, source_name(source), 0, 0, "values is for metrics, and this is a file of %s",
               trace_format_name(rows->format));
        err_hint(err, "leave it out: the format says what its numbers are");
        return false;
    }
    bool any = rows->n > 0 || rows->n_hours > 0 || rows->series.n > 0 || rows->windows ||
               (rows->lengths && rows->lengths->n > 0);
    return any ||
           err_at(err, source_name(source), 0, 0,
                  metric ? "the metric has no samples" : "the trace has no row below its header");
}

static void take_requests(struct trace_rows *rows, struct trace *out) {
    out->n = rows->n;
    out->n_failed = rows->n_failed;
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
    out->duration_s = rows->duration_s;
    int block_tokens =
        rows->format == TRACE_QWEN_BAILIAN ? QWEN_BLOCK_TOKENS : MOONCAKE_BLOCK_TOKENS;
    if (known)
        out->prompts = prompt_blocks_chain(rows->arena, block_tokens, rows->n, rows->requests,
                                           rows->block_ids, rows->n_block_ids);
}

static void take_hours(struct trace_rows *rows, struct trace *out) {
    out->n_hours = rows->n_hours;
    out->rate_per_second = rows->rate_per_second;
    out->start_epoch_ns = rows->dated ? rows->start_ns : -1;
    out->n_sources = 1;
    out->series = rate_series_open(rows->arena, rows->start_ns, NS_PER_HOUR);
    for (int hour = 0; hour < rows->n_hours; hour++)
        rate_series_add(&out->series, rows->rate_per_second[hour] * 3600);
}

static void take_series(struct trace_rows *rows, struct trace *out) {
    rate_series_close(&rows->series);
    out->series = rows->series;
    out->n_hours = rows->series.n_rates;
    out->rate_per_second = rows->series.rates;
    out->n_sources = rows->n_sources;
    if (rows->dated)
        out->start_epoch_ns = rows->series.start_ns;
}

bool trace_read_values(struct arena *arena, struct source *source, enum trace_values values,
                       struct trace *out, struct err *err) {
    struct trace_rows rows = {.arena = arena, .source = source, .values = values};
    if (!read_rows(&rows, source, err))
        return false;
    *out = (struct trace){.format = rows.format,
                          .name = source_name(source),
                          .start_epoch_ns = -1,
                          .windows = rows.windows,
                          .lengths = rows.lengths};
    source_sha256(source, out->sha256);
    if (rows.n > 0)
        take_requests(&rows, out);
    else if (rows.n_hours > 0)
        take_hours(&rows, out);
    else if (rows.series.n > 0)
        take_series(&rows, out);
    return true;
}

bool trace_read(struct arena *arena, struct source *source, struct trace *out, struct err *err) {
    return trace_read_values(arena, source, TRACE_VALUES_UNTOLD, out, err);
}

/* ---- planning ---- */

static int64_t place_in_week(const struct trace *trace) {
    int64_t monday = 4 * 24 * NS_PER_HOUR; /* 1970-01-05 */
    if (trace->start_epoch_ns < 0) /* of calls told by their ends the first may begin before 0 */
        return trace->first_ns > 0 ? trace->first_ns % NS_PER_WEEK : 0;
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
    if (traffic.burstiness.arrival_cv <= 0 &&
        !rate_series_burstiness(&trace->series, &traffic.burstiness))
        traffic.burstiness = (struct burstiness){.arrival_cv = 1};
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

static bool states_lengths(const struct traffic *traffic) {
    return traffic->requests || traffic->input.max > 0;
}

/* The rows of calls with lengths drawn from what the scenario states. */
static const struct request *calls_with_lengths(struct arena *arena, const struct trace *trace,
                                                const struct traffic *stated) {
    struct request *rows = arena_new(arena, struct request, trace->n);
    for (size_t i = 0; i < trace->n; i++) {
        double in = rng_unit(rng_keyed(stated->seed, 0, RNG_INPUT_TOKENS, i));
        double out = rng_unit(rng_keyed(stated->seed, 0, RNG_OUTPUT_TOKENS, i));
        const struct request *pair =
            stated->requests ? &stated->requests[(size_t)(in * (double)stated->n_requests)] : NULL;
        rows[i] = trace->requests[i];
        rows[i].input_tokens = pair ? pair->input_tokens : length_at(&stated->input, in);
        rows[i].output_tokens = pair ? pair->output_tokens : length_at(&stated->output, out);
    }
    return rows;
}

static bool to_traffic(struct arena *arena, const struct trace *trace, struct traffic *out,
                       struct err *err) {
    const struct request *rows = trace->requests;
    switch (trace_shape_of(trace->format)) {
    case TRACE_SERIES:
        return hourly_to_traffic(trace, out, err);
    case TRACE_WINDOWS:
        return traffic_from_clients(arena, trace->windows, out->client_lengths,
                                    trace->windows->start_ns % NS_PER_WEEK, out, err);
    case TRACE_LENGTHS:
        err_set(err, ERR_INPUT, "%s has no arrivals", trace_format_name(trace->format));
        err_hint(err, "name it under lengths, beside an hourly series or calls");
        return false;
    case TRACE_CALLS:
        if (states_lengths(out))
            rows = calls_with_lengths(arena, trace, out);
        break;
    case TRACE_LOG:
        break;
    }
    return traffic_from_rows(arena, rows, trace->n, span_of(trace), place_in_week(trace), out, err);
}

bool trace_to_traffic(struct arena *arena, const struct trace *trace, struct traffic *out,
                      struct err *err) {
    if (!to_traffic(arena, trace, out, err)) {
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
