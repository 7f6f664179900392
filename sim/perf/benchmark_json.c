/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the benchmark tools save as JSON. Each layout is a few paths to numbers. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "sim/perf/benchmark_rows.h"

enum { FILE_BYTES_MAX = 256 << 20, DEPTH_MAX = 4 };

struct path {
    const char *keys[DEPTH_MAX]; /* ends with NULL, or full */
};

enum field { INPUT, OUTPUT, CLIENTS, TTFT, TPOT, FIELDS };

struct layout {
    const char *tool;
    const char *tells;         /* a top-level key that only this tool writes */
    const char *list;          /* key of the list of its benchmarks; NULL: the object is one */
    struct path paths[FIELDS]; /* from the benchmark's object */
    struct path divisor;       /* of the lengths: how many requests they are the sum of */
    const char *no_clients;    /* hint when CLIENTS is missing */
};

/* Version of each: sim/perf/benchmark_rows.h. */
static const struct layout layouts[] = {
    {.tool = "vllm bench serve",
     .tells = "mean_tpot_ms",
     .paths = {[INPUT] = {{"total_input_tokens"}},
               [OUTPUT] = {{"total_output_tokens"}},
               [CLIENTS] = {{"max_concurrency"}},
               [TTFT] = {{"mean_ttft_ms"}},
               [TPOT] = {{"mean_tpot_ms"}}},
     .divisor = {{"completed"}},
     .no_clients = "run it with --max-concurrency: with a request rate alone nobody knows how many "
                   "requests shared a step"},
    {.tool = "GuideLLM",
     .tells = "benchmarks",
     .list = "benchmarks",
     .paths = {[INPUT] = {{"metrics", "prompt_token_count", "successful", "mean"}},
               [OUTPUT] = {{"metrics", "output_token_count", "successful", "mean"}},
               [CLIENTS] = {{"metrics", "request_concurrency", "successful", "mean"}},
               [TTFT] = {{"metrics", "time_to_first_token_ms", "successful", "mean"}},
               [TPOT] = {{"metrics", "inter_token_latency_ms", "successful", "mean"}}},
     .no_clients = "it is the mean of the requests in flight"},
    {.tool = "AIPerf",
     .tells = "inter_token_latency",
     .paths = {[INPUT] = {{"input_sequence_length", "avg"}},
               [OUTPUT] = {{"output_sequence_length", "avg"}},
               [CLIENTS] = {{"input_config", "loadgen", "concurrency"}},
               [TTFT] = {{"time_to_first_token", "avg"}},
               [TPOT] = {{"inter_token_latency", "avg"}}},
     .no_clients = "run it with --concurrency: with a request rate alone nobody knows how many "
                   "requests shared a step"},
};

struct reading {
    struct arena *arena;
    const char *file;
    int line;
    const struct benchmark_limits *limits;
    struct benchmark_rows *rows;
    struct err_list *errs;
};

static bool mistake(struct reading *r, const char *hint, const char *what) {
    struct err err;
    err_at(&err, r->file, r->line, 0, "%s", what);
    if (hint)
        err_hint(&err, "%s", hint);
    return err_list_add(r->errs, &err);
}

static const char *path_words(struct arena *arena, const struct path *path) {
    struct text words = {.arena = arena};
    for (int i = 0; i < DEPTH_MAX && path->keys[i]; i++)
        text_printf(&words, "%s%s", i ? "." : "", path->keys[i]);
    return words.data;
}

/* The number at a path; NAN when it is not there or no number. */
static double number_at(const json_t *from, const struct path *path) {
    for (int i = 0; i < DEPTH_MAX && path->keys[i]; i++)
        from = json_object_get(from, path->keys[i]);
    return json_is_number(from) ? json_number_value(from) : NAN;
}

/* Beside the number, where a layout states it. */
static const char *unit_at(const json_t *from, const struct path *path) {
    for (int i = 0; i + 1 < DEPTH_MAX && path->keys[i + 1]; i++)
        from = json_object_get(from, path->keys[i]);
    return json_string_value(json_object_get(from, "unit"));
}

static void read_benchmark(struct reading *r, const struct layout *layout, const json_t *object,
                           const char *what) {
    double values[FIELDS], divisor = 1;
    int before = r->errs->n_total;
    for (int f = 0; f < FIELDS; f++) {
        values[f] = number_at(object, &layout->paths[f]);
        if (!isfinite(values[f]))
            mistake(r, f == CLIENTS ? layout->no_clients : NULL,
                    arena_printf(r->arena, "%s of %s: no number at %s", what, layout->tool,
                                 path_words(r->arena, &layout->paths[f])));
    }
    for (int f = TTFT; f <= TPOT; f++) {
        const char *unit = unit_at(object, &layout->paths[f]);
        if (unit && strcmp(unit, "ms") != 0)
            mistake(r, NULL,
                    arena_printf(r->arena, "%s of %s: the unit of %s is '%.20s', not 'ms'", what,
                                 layout->tool, layout->paths[f].keys[0], unit));
    }
    if (layout->divisor.keys[0])
        divisor = number_at(object, &layout->divisor);
    if (!(divisor >= 1))
        mistake(r, "a run without finished requests measured nothing",
                arena_printf(r->arena, "%s of %s: %s must be 1 or more", what, layout->tool,
                             path_words(r->arena, &layout->divisor)));
    if (r->errs->n_total > before)
        return;
    struct benchmark_row row = {.input_tokens = values[INPUT] / divisor,
                                .output_tokens = values[OUTPUT] / divisor,
                                .clients = values[CLIENTS],
                                .ttft_ms = values[TTFT],
                                .tpot_ms = values[TPOT]};
    benchmark_rows_add(r->arena, r->rows, r->limits, &row, r->file, r->line, what, r->errs);
}

static void read_object(struct reading *r, const json_t *object) {
    const struct layout *layout = NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0] && !layout; i++)
        if (json_object_get(object, layouts[i].tells))
            layout = &layouts[i];
    if (!layout) {
        mistake(r,
                "known: results of vllm bench serve, GuideLLM (benchmarks.json) and AIPerf "
                "(profile_export_aiperf.json)",
                "no known layout of benchmark results");
        return;
    }
    if (!layout->list) {
        read_benchmark(r, layout, object, "the run");
        return;
    }
    const json_t *list = json_object_get(object, layout->list);
    if (json_array_size(list) == 0)
        mistake(r, NULL,
                arena_printf(r->arena, "'%s' is not a list with benchmarks", layout->list));
    for (size_t i = 0; i < json_array_size(list); i++)
        read_benchmark(r, layout, json_array_get(list, i),
                       arena_printf(r->arena, "benchmark %zu", i + 1));
}

static int line_of(struct bytes all, const char *at) {
    int line = 1;
    for (const char *c = all.data; c < at; c++)
        line += *c == '\n';
    return line;
}

bool benchmark_json_read(struct arena *arena, struct source *source,
                         const struct benchmark_limits *limits, struct benchmark_rows *rows,
                         struct err_list *errs) {
    struct reading r = {arena, source_name(source), 0, limits, rows, errs};
    struct bytes all;
    struct err err = {0};
    int before = errs->n_total;
    if (!source_read_all(arena, source, FILE_BYTES_MAX, &all, &err))
        return err_list_add(errs, &err);
    const char *end = all.data + all.n, *at = all.data;
    for (struct bytes left = bytes_trim(all); left.n > 0;
         left = bytes_trim((struct bytes){at, (size_t)(end - at)})) {
        json_error_t fault;
        json_t *object = json_loadb(left.data, left.n, JSON_DISABLE_EOF_CHECK, &fault);
        if (!object) {
            err_at(&err, r.file, line_of(all, left.data) + fault.line - 1,
                   fault.column > 0 ? fault.column : 1, "no valid JSON: %s", fault.text);
            return err_list_add(errs, &err);
        }
        at = left.data + fault.position;
        r.line = line_of(all, at);
        read_object(&r, object);
        json_decref(object);
    }
    return errs->n_total == before;
}
