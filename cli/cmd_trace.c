/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace stats, trace convert, trace generate. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/trace_bill.h"
#include "cli/trace_jobs.h"
#include "cli/trace_spot.h"
#include "cli/trace_words.h"
#include "cli/write_file.h"
#include "scenarios/study.h"

static void append_lengths(struct text *out, const char *name, double mean, double min, double p50,
                           double p95, double p99, double max, size_t zeros) {
    trace_append_spread(out, name, (const struct trace_spread){mean, min, p50, p95, p99, max},
                        arena_printf(out->arena, ", zeros %zu", zeros));
}

static const char *requests(struct arena *arena, double n) {
    return arena_printf(arena, "%s request%s", number_digits(arena, n, 6), number_plural(n));
}

static void append_stats(struct text *out, const struct trace *trace, const struct trace_stats *s) {
    text_printf(out, "%s: %s\n", trace->name, trace_format_name(trace->format));
    text_printf(out, "  rows           %zu\n", s->n);
    text_printf(out, "  span           %.1f s (%.3f h)\n", s->span_s, s->span_s / 3600);
    struct arena *arena = out->arena;
    text_printf(out, "  mean rate      %s requests/s\n",
                number_digits(arena, s->rate_per_second, 4));
    text_printf(out, "  peak minute    %s (%s x mean)\n",
                requests(arena, (double)s->peak_minute_requests),
                number_digits(arena, s->peak_minute_ratio, 3));
    text_printf(out, "  peak second    %s\n", requests(arena, (double)s->peak_second_requests));
    text_printf(out, "  gaps           mean %s s, CV %s, zero %.2f%%\n",
                number_digits(arena, s->gap_mean_s, 4), number_digits(arena, s->gap_cv, 4),
                100 * s->gap_zero_share);
    text_printf(out, "  dispersion     %s (1 s), %s (60 s); Poisson = 1\n",
                number_digits(arena, s->dispersion_1s, 4),
                number_digits(arena, s->dispersion_60s, 4));
    text_printf(out, "  out of order   %zu rows\n", s->n_descents);
    if (trace->n_failed > 0)
        text_printf(out, "  not answered   %zu of them\n", trace->n_failed);
    if (trace->duration_s) {
        struct trace_tokens ran = trace_quantiles(out->arena, trace->duration_s, trace->n);
        append_lengths(out, "run time, s", ran.mean, ran.min, ran.p50, ran.p95, ran.p99, ran.max,
                       ran.zeros);
        text_append_string(out, "  tokens         not told: a scenario states them\n");
        return;
    }
    append_lengths(out, "input tokens", s->input.mean, s->input.min, s->input.p50, s->input.p95,
                   s->input.p99, s->input.max, s->input.zeros);
    append_lengths(out, "output tokens", s->output.mean, s->output.min, s->output.p50,
                   s->output.p95, s->output.p99, s->output.max, s->output.zeros);
    if (trace->prompts)
        text_printf(out, "  reusable       at most %.1f%% of the input tokens, by a prefix cache\n",
                    100 * s->reusable_share);
    else
        text_append_string(out, "  reusable       unknown: the rows have no hash_ids\n");
}

static json_t *lengths_json(double mean, double min, double p50, double p95, double p99,
                            double max) {
    return json_pack("{s:f,s:f,s:f,s:f,s:f,s:f}", "mean", mean, "min", min, "p50", p50, "p95", p95,
                     "p99", p99, "max", max);
}

/* null: the trace is too short to tell. */
static void set_number(json_t *root, const char *name, double value) {
    json_object_set_new(root, name, isfinite(value) ? json_real(value) : json_null());
}

static void append_stats_json(struct text *out, const struct trace *trace,
                              const struct trace_stats *s) {
    json_t *root = json_pack("{s:i,s:s,s:s,s:s,s:I,s:f}", "schema_version", 1, "file", trace->name,
                             "format", trace_format_name(trace->format), "sha256", trace->sha256,
                             "rows", (json_int_t)s->n, "span_s", s->span_s);
    ENSURE(root != NULL);
    set_number(root, "requests_per_second", s->rate_per_second);
    json_object_set_new(root, "peak_minute_requests",
                        json_integer((json_int_t)s->peak_minute_requests));
    set_number(root, "peak_minute_ratio", s->peak_minute_ratio);
    json_object_set_new(root, "peak_second_requests",
                        json_integer((json_int_t)s->peak_second_requests));
    set_number(root, "gap_mean_s", s->gap_mean_s);
    set_number(root, "gap_cv", s->gap_cv);
    set_number(root, "gap_zero_share", s->gap_zero_share);
    set_number(root, "dispersion_1s", s->dispersion_1s);
    set_number(root, "dispersion_60s", s->dispersion_60s);
    json_object_set_new(root, "out_of_order_rows", json_integer((json_int_t)s->n_descents));
    json_object_set_new(root, "input_tokens",
                        lengths_json(s->input.mean, s->input.min, s->input.p50, s->input.p95,
                                     s->input.p99, s->input.max));
    json_object_set_new(root, "output_tokens",
                        lengths_json(s->output.mean, s->output.min, s->output.p50, s->output.p95,
                                     s->output.p99, s->output.max));
    json_object_set_new(root, "reusable_input_share",
                        trace->prompts ? json_real(s->reusable_share) : json_null());
    append_json(out, root, FIGURE_DIGITS);
}

/* ---- series ---- */

static void append_series(struct text *out, const struct trace *trace) {
    const struct rate_series *series = &trace->series;
    struct arena *arena = out->arena;
    double step_s = (double)series->step_ns * 1e-9;
    double mean = series->steps.sum / ((double)series->n * step_s), peak = 0;
    for (int h = 0; h < trace->n_hours; h++)
        peak = fmax(peak, trace->rate_per_second[h]);
    text_printf(out, "%s: %s\n", trace->name, trace_format_name(trace->format));
    if (trace->n_sources > 1)
        text_printf(out, "  added up       %d rows\n", trace->n_sources);
    if (trace->format != TRACE_HOURLY) {
        text_printf(out, "  steps          %lld of %.9g s, %.2f%% zero\n", (long long)series->n,
                    step_s, 100.0 * (double)series->steps.zeros / (double)series->n);
        text_printf(out, "  requests       %s\n", number_digits(arena, series->steps.sum, 10));
        text_printf(out, "  peak step      %s\n", requests(arena, series->steps.peak));
    }
    text_printf(out,
                "  hours          %d\n  mean rate      %s requests/s\n"
                "  peak hour      %s requests/s (%s x mean)\n",
                trace->n_hours, number_digits(arena, mean, 4), number_digits(arena, peak, 4),
                number_digits(arena, mean > 0 ? peak / mean : 0, 3));
    if (series->minutes.n > 0)
        text_printf(out, "  peak minute    %s (%s x mean)\n", requests(arena, series->minutes.peak),
                    number_digits(arena, series->minutes.peak / (60 * mean), 3));
    if (trace->format != TRACE_HOURLY)
        text_printf(out, "  dispersion     %s (a step), %s (60 s), %s (an hour); Poisson = 1\n",
                    number_digits(arena, bin_counts_dispersion(&series->steps), 4),
                    number_digits(arena, bin_counts_dispersion(&series->minutes), 4),
                    number_digits(arena, bin_counts_dispersion(&series->hours), 4));
}

static void append_series_json(struct text *out, const struct trace *trace) {
    const struct rate_series *series = &trace->series;
    double step_s = (double)series->step_ns * 1e-9;
    json_t *rates = json_array();
    for (int h = 0; h < trace->n_hours; h++)
        json_array_append_new(rates, json_real(trace->rate_per_second[h]));
    append_json(out,
                json_pack("{s:i,s:s,s:s,s:s,s:I,s:f,s:f,s:f,s:f,s:o}", "schema_version", 1, "file",
                          trace->name, "format", trace_format_name(trace->format), "sha256",
                          trace->sha256, "steps", (json_int_t)series->n, "step_s", step_s,
                          "requests", series->steps.sum, "requests_per_second",
                          series->steps.sum / ((double)series->n * step_s), "peak_step_requests",
                          series->steps.peak, "hours_requests_per_second", rates),
                FIGURE_DIGITS);
}

/* ---- windows of clients, lengths ---- */

static void append_windows(struct text *out, const struct trace *trace) {
    const struct client_windows *windows = trace->windows;
    double width_s = (double)windows->width_ns * 1e-9, sum = 0, peak = 0;
    size_t weibull = 0;
    for (int w = 0; w < windows->n_windows; w++) {
        double here = client_windows_requests(windows, w);
        sum += here;
        peak = fmax(peak, here);
    }
    for (size_t i = 0; i < windows->n; i++)
        weibull += windows->rows[i].weibull;
    double mean = sum / windows->n_windows;
    text_printf(out, "%s: %s\n  clients        %d\n", trace->name, trace_format_name(trace->format),
                windows->n_clients);
    text_printf(out, "  windows        %d of %.9g s; %zu of a client with traffic\n",
                windows->n_windows, width_s, windows->n);
    struct arena *arena = out->arena;
    text_printf(out, "  requests       %s\n  mean rate      %s requests/s\n",
                number_digits(arena, sum, 10), number_digits(arena, mean / width_s, 4));
    text_printf(out, "  peak window    %s requests/s (%s x mean)\n",
                number_digits(arena, peak / width_s, 4), number_digits(arena, peak / mean, 3));
    text_printf(out, "  gaps           gamma in %.3g%%, Weibull in %.3g%% of them\n",
                100 - 100.0 * (double)weibull / (double)windows->n,
                100.0 * (double)weibull / (double)windows->n);
}

static void append_pairs(struct text *out, const struct trace *trace) {
    text_printf(out, "%s: %s\n", trace->name, trace_format_name(trace->format));
    if (trace->lengths) {
        text_printf(out, "  distributions  %zu\n", trace->lengths->n);
        return;
    }
    struct trace_stats s = {0};
    trace_stats(out->arena, trace->requests, trace->n, NULL, &s);
    text_printf(out, "  rows           %zu\n", trace->n);
    append_lengths(out, "input tokens", s.input.mean, s.input.min, s.input.p50, s.input.p95,
                   s.input.p99, s.input.max, s.input.zeros);
    append_lengths(out, "output tokens", s.output.mean, s.output.min, s.output.p50, s.output.p95,
                   s.output.p99, s.output.max, s.output.zeros);
}

/* ---- commands ---- */

static struct source *open_trace(struct arena *arena, const struct arguments *arguments,
                                 struct err *err) {
    struct path_files paths = {.allow_outside = true};
    struct file_system files = path_file_system(&paths);
    return files.open(files.context, arena, arguments->words[1], NULL, err);
}

/* Closes the source, which may be NULL: *err is then set. */
static bool read_trace(struct arena *arena, const struct arguments *arguments,
                       struct source *source, struct trace *out, struct err *err) {
    static const char *const KINDS[] = {"rate", "count", "counter"};
    enum trace_values values = TRACE_VALUES_UNTOLD;
    for (int i = 0; arguments->given[OPTION_VALUES] && i < 3; i++)
        if (strcmp(arguments->value[OPTION_VALUES], KINDS[i]) == 0)
            values = (enum trace_values)(i + 1);
    bool told = !arguments->given[OPTION_VALUES] || values != TRACE_VALUES_UNTOLD;
    bool ok = source && told && trace_read_values(arena, source, values, out, err);
    source_close(source);
    return told ? ok
                : err_set(err, ERR_USAGE, "--values is rate, count or counter, not '%s'",
                          arguments->value[OPTION_VALUES]);
}

static int requests_stats(struct arena *arena, const struct arguments *arguments,
                          const struct trace *trace, struct text *out) {
    struct err err = {0};
    if (trace->n < 2) {
        err_at(&err, trace->name, 0, 0, "one request has no statistics");
        err_hint(&err, "a rate and its spread need at least two rows");
        return print_error(&err);
    }
    struct trace_stats s = {.n_descents = trace->n_descents};
    trace_stats(arena, trace->requests, trace->n, trace->prompts, &s);
    if (arguments->given[OPTION_JSON])
        append_stats_json(out, trace, &s);
    else
        append_stats(out, trace, &s);
    return print_form(arena, out, arguments->given[OPTION_JSON]);
}

static int stats(struct arena *arena, const struct arguments *arguments) {
    struct err err = {0};
    struct trace trace;
    struct source *source = open_trace(arena, arguments, &err);
    if (source && trace_bill_is(source))
        return trace_bill_stats(arena, source, arguments->given[OPTION_JSON]);
    int spot = source ? trace_spot_stats(arena, source, arguments->given[OPTION_JSON]) : NOT_SPOT;
    if (spot != NOT_SPOT)
        return spot;
    int jobs = source ? trace_jobs_stats(arena, source, arguments->given[OPTION_JSON]) : NOT_JOBS;
    if (jobs != NOT_JOBS)
        return jobs;
    if (!read_trace(arena, arguments, source, &trace, &err))
        return print_error(&err);
    struct text out = {.arena = arena};
    enum trace_shape shape = trace_shape_of(trace.format);
    if (shape == TRACE_LOG || shape == TRACE_CALLS)
        return requests_stats(arena, arguments, &trace, &out);
    if (arguments->given[OPTION_JSON] && shape != TRACE_SERIES) {
        err_set(&err, ERR_USAGE, "--json is for request logs and series");
        return print_error(&err);
    }
    if (arguments->given[OPTION_JSON])
        append_series_json(&out, &trace);
    else if (shape == TRACE_SERIES)
        append_series(&out, &trace);
    else if (shape == TRACE_WINDOWS)
        append_windows(&out, &trace);
    else
        append_pairs(&out, &trace);
    return print_form(arena, &out, arguments->given[OPTION_JSON]);
}

static int print_or_write(const struct arguments *arguments, const struct text *out) {
    struct err err = {0};
    if (!arguments->given[OPTION_OUT])
        return print_result(out->data, out->n);
    return write_file(arguments->value[OPTION_OUT], out->data, out->n, &err) ? 0
                                                                             : print_error(&err);
}

static void append_hours(struct text *out, const struct trace *trace) {
    int64_t first = trace->start_epoch_ns / 3600000000000LL;
    text_append_string(out, "hour,requests_per_second\n");
    for (int h = 0; h < trace->n_hours; h++) {
        char hour[32], rate[32];
        if (trace->start_epoch_ns >= 0)
            calendar_format_hour(hour, first + h);
        else
            snprintf(hour, sizeof hour, "%d", h);
        text_format_double(rate, trace->rate_per_second[h]);
        text_printf(out, "%s,%s\n", hour, rate);
    }
}

static int convert(struct arena *arena, const struct arguments *arguments) {
    struct err err = {0};
    struct trace trace;
    struct text out = {.arena = arena};
    struct source *source = open_trace(arena, arguments, &err);
    if (source && trace_bill_is(source)) {
        int code;
        return trace_bill_convert(arena, source, &out, &code) ? print_or_write(arguments, &out)
                                                              : code;
    }
    if (!read_trace(arena, arguments, source, &trace, &err))
        return print_error(&err);
    switch (trace_shape_of(trace.format)) {
    case TRACE_LOG:
    case TRACE_CALLS:
        trace_append_csv(&out, trace.requests, trace.n, true);
        break;
    case TRACE_SERIES:
        append_hours(&out, &trace);
        break;
    case TRACE_WINDOWS:
    case TRACE_LENGTHS:
        err_set(&err, ERR_USAGE, "%s have no requests to convert", trace_format_name(trace.format));
        err_hint(&err, "name them in a scenario and see: headroom trace generate SCENARIO");
        return print_error(&err);
    }
    return print_or_write(arguments, &out);
}

static bool choose_workload(const struct scenario *scenario, const char *name, int *index,
                            struct err *err) {
    *index = 0;
    if (!name && scenario->n_workloads > 1) {
        err_set(err, ERR_USAGE, "the scenario has %d workloads", scenario->n_workloads);
        err_hint(err, "choose one with --workload, for example --workload %s",
                 scenario->workloads[0].name);
        return false;
    }
    for (int w = 0; name && w < scenario->n_workloads; w++)
        if (strcmp(scenario->workloads[w].name, name) == 0) {
            *index = w;
            return true;
        }
    return !name || err_set(err, ERR_USAGE, "there is no workload '%s'", name);
}

/* One planning week of a workload, as the replay of the first month sees it. */
static int generate(struct arena *arena, const struct arguments *arguments) {
    struct path_files paths = {.allow_outside = arguments->given[OPTION_ALLOW_OUTSIDE]};
    struct file_system files = path_file_system(&paths);
    struct study_options options = {
        .files = &files, .n_threads = 1, .set = arguments->set, .n_set = arguments->n_set};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    const struct study *study =
        study_open(arena, scenario_path(arena, arguments->words[1]), &options, errs);
    if (!study)
        return print_errors(errs);
    struct err err = {0};
    int w;
    if (!choose_workload(&study->scenario, arguments->value[OPTION_WORKLOAD], &w, &err))
        return print_error(&err);
    struct traffic_window window = {.to_ns = (int64_t)HOURS_PER_WEEK * 3600 * 1000000000LL,
                                    .growth = 1};
    struct traffic_cursor *cursor = traffic_open(arena, &study->traffics[w], window);
    struct text out = {.arena = arena};
    trace_append_csv(&out, NULL, 0, true);
    for (struct request request; traffic_next(cursor, &request);)
        trace_append_csv(&out, &request, 1, false);
    return print_or_write(arguments, &out);
}

int command_trace(struct arena *arena, const struct arguments *arguments) {
    if (strcmp(arguments->words[0], "stats") == 0)
        return stats(arena, arguments);
    if (strcmp(arguments->words[0], "convert") == 0)
        return convert(arena, arguments);
    if (strcmp(arguments->words[0], "generate") == 0)
        return generate(arena, arguments);
    struct err err = {0};
    err_set(&err, ERR_USAGE, "unknown command 'trace %s'", arguments->words[0]);
    err_hint(&err, "there are: trace stats FILE, trace convert FILE, trace generate SCENARIO");
    return print_error(&err);
}
