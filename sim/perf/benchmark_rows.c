/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/benchmark_rows.h"

#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "sim/perf/measured_table.h"

#define TOKENS_MAX 1e9
#define MS_MAX 1e8

/* ---- one row ---- */

/* Why the row makes no sense; NULL when it does. */
static const char *fault_of(struct arena *arena, const struct benchmark_limits *limits,
                            const struct benchmark_row *row) {
    double context = row->input_tokens + row->output_tokens;
    if (!(row->input_tokens >= 1) || !(row->output_tokens >= 2))
        return "a request needs at least 1 input token and 2 output tokens";
    if (!(context <= limits->context_max))
        return arena_printf(arena, "%.0f + %.0f tokens exceed the %.0f that %s can have",
                            row->input_tokens, row->output_tokens, limits->context_max,
                            limits->model);
    if (!(row->clients >= 0.5 && row->clients <= limits->clients_max))
        return arena_printf(arena, "%.4g requests in flight; 1 to %.0f can be fitted", row->clients,
                            limits->clients_max);
    if (!(row->tpot_ms > 0 && row->tpot_ms <= MS_MAX))
        return "the time per output token must be above 0 ms";
    if (!(row->ttft_ms >= 0 && row->ttft_ms <= MS_MAX))
        return "the time to the first token must not be negative";
    return NULL;
}

bool benchmark_rows_add(struct arena *arena, struct benchmark_rows *rows,
                        const struct benchmark_limits *limits, const struct benchmark_row *row,
                        const char *file, int line, const char *what, struct err_list *errs) {
    const char *fault = rows->n == BENCHMARK_ROWS_MAX ? "there are more than 4096 rows"
                                                      : fault_of(arena, limits, row);
    if (fault) {
        struct err err;
        err_at(&err, file, line, 0, "%s: %s", what, fault);
        return err_list_add(errs, &err);
    }
    for (int i = 0; i < rows->n; i++)
        if (memcmp(&rows->rows[i], row, sizeof *row) == 0)
            return true;
    if (rows->n == rows->capacity) {
        size_t old = (size_t)rows->capacity, capacity = old ? 2 * old : 64;
        rows->rows = arena_grow(arena, rows->rows, old, capacity, sizeof *rows->rows);
        rows->capacity = (int)capacity;
    }
    rows->rows[rows->n++] = *row;
    return true;
}

/* ---- plain CSV ---- */

static bool read_plain(struct arena *arena, struct source *source,
                       const struct benchmark_limits *limits, struct benchmark_rows *rows,
                       struct err_list *errs) {
    enum { INPUT, OUTPUT, CLIENTS, TPOT, TTFT, COLUMNS };
    static const struct measured_column columns[COLUMNS] = {
        [INPUT] = {"input_tokens", 0, TOKENS_MAX, false},
        [OUTPUT] = {"output_tokens", 0, TOKENS_MAX, false},
        [CLIENTS] = {"concurrency", 0, TOKENS_MAX, false},
        [TPOT] = {"tpot_ms", 0, MS_MAX, false},
        [TTFT] = {"?ttft_ms", 0, MS_MAX, false},
    };
    struct measured_table table;
    int before = errs->n_total;
    if (!measured_table_read(arena, source, columns, COLUMNS, &table, errs))
        return false;
    for (int i = 0; i < table.n_rows; i++) {
        struct benchmark_row row = {.input_tokens = measured_cell(&table, i, INPUT),
                                    .output_tokens = measured_cell(&table, i, OUTPUT),
                                    .clients = measured_cell(&table, i, CLIENTS),
                                    .tpot_ms = measured_cell(&table, i, TPOT),
                                    .ttft_ms = measured_cell(&table, i, TTFT)};
        benchmark_rows_add(arena, rows, limits, &row, table.file, table.line[i], "this row", errs);
    }
    return errs->n_total == before;
}

/* ---- AWS Neuron ---- */

static bool same_model(const char *there, const char *name) {
    size_t n = strlen(name);
    return strncasecmp(there, name, n) == 0 &&
           (there[n] == '\0' || strcasecmp(there + n, "-hf") == 0);
}

static bool read_neuron(struct arena *arena, struct source *source,
                        const struct benchmark_limits *limits, struct benchmark_rows *rows,
                        struct err_list *errs) {
    enum { MODEL, DEGREE, BATCH, SEQUENCE, INPUT, OUTPUT, TTFT, TPOT, COLUMNS };
    static const struct measured_column columns[COLUMNS] = {
        [MODEL] = {"Model", 0, 0, true},
        [DEGREE] = {"TP Degree", 1, 4096, false},
        [BATCH] = {"Batch Size", 1, 1e6, false},
        [SEQUENCE] = {"Sequence Length", 1, TOKENS_MAX, false},
        [INPUT] = {"Input Length", 1, TOKENS_MAX, false},
        [OUTPUT] = {"Output Length", 1, TOKENS_MAX, false},
        [TTFT] = {"TTFT Latency P50 (ms)", 0, MS_MAX, false},
        [TPOT] = {"TPOT Latency P50 (ms)", 0, MS_MAX, false},
    };
    struct measured_table table;
    int before = errs->n_total, taken = 0;
    if (!measured_table_read(arena, source, columns, COLUMNS, &table, errs))
        return false;
    for (int i = 0; i < table.n_rows; i++) {
        if (!same_model(table.word[i], limits->model) ||
            measured_cell(&table, i, DEGREE) != limits->degree)
            continue;
        struct benchmark_row row = {.input_tokens = measured_cell(&table, i, INPUT),
                                    .output_tokens = measured_cell(&table, i, OUTPUT),
                                    .clients = measured_cell(&table, i, BATCH),
                                    .compiled_tokens = measured_cell(&table, i, SEQUENCE),
                                    .ttft_ms = measured_cell(&table, i, TTFT),
                                    .tpot_ms = measured_cell(&table, i, TPOT)};
        benchmark_rows_add(arena, rows, limits, &row, table.file, table.line[i], "this row", errs);
        taken++;
    }
    if (!taken)
        measured_table_mistake(&table, -1, errs, "no row is of %s on %d cores", limits->model,
                               limits->degree);
    return errs->n_total == before;
}

/* ---- which layout ---- */

static bool has_word(struct bytes line, const char *word) {
    return memmem(line.data, line.n, word, strlen(word)) != NULL;
}

bool benchmark_rows_read(struct arena *arena, struct source *source,
                         const struct benchmark_limits *limits, struct benchmark_rows *rows,
                         struct err_list *errs) {
    struct bytes block;
    struct err err = {0};
    if (!source_peek(source, &block, &err))
        return err_list_add(errs, &err);
    struct bytes start = bytes_trim(block);
    if (start.n && (start.data[0] == '{' || start.data[0] == '['))
        return benchmark_json_read(arena, source, limits, rows, errs);
    const char *end = block.n ? memchr(block.data, '\n', block.n) : NULL;
    struct bytes line = {block.data, end ? (size_t)(end - block.data) : block.n};
    if (has_word(line, "TPOT Latency P50 (ms)"))
        return read_neuron(arena, source, limits, rows, errs);
    if (has_word(line, "input_tokens"))
        return read_plain(arena, source, limits, rows, errs);
    err_at(&err, source_name(source), 1, 1, "no known layout of benchmark results");
    err_hint(&err, "known: CSV with input_tokens,output_tokens,concurrency,ttft_ms,tpot_ms; AWS "
                   "Neuron's decoder tables; JSON of vllm bench serve, GuideLLM or AIPerf");
    return err_list_add(errs, &err);
}
