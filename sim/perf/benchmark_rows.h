/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Rows of serving benchmarks: lengths, clients, mean time to the first token and an output token.
 *
 *  Layouts, told from a file's content:
 *  - plain CSV: `input_tokens,output_tokens,concurrency,tpot_ms` and optionally `ttft_ms`;
 *  - the decoder tables of AWS Neuron (about-neuron/benchmarks of aws-neuron-sdk, 2026-08):
 * medians; only rows of the asked model and degree count (a TP degree there counts cores);
 *  - `vllm bench serve --save-result` (vLLM 0.11): one object a file, or one a line when results
 *    were appended; needs --max-concurrency;
 *  - GuideLLM benchmarks.json (0.3): every benchmark of the file, its successful requests;
 *  - AIPerf profile_export_aiperf.json (schema of AIPerf 0.13): one run.
 * A run without a stated or measured number of clients tells no step time and is refused. */
#ifndef HEADROOM_SIM_PERF_BENCHMARK_ROWS_H
#define HEADROOM_SIM_PERF_BENCHMARK_ROWS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"

enum { BENCHMARK_ROWS_MAX = 4096 };

struct benchmark_row {
    double input_tokens, output_tokens; /* means of a request; >= 1 and >= 2 */
    double clients;                     /* requests in flight, >= 1 */
    double compiled_tokens; /* sequence length that the program was compiled for; 0: any */
    double ttft_ms;         /* 0: not told */
    double tpot_ms;         /* > 0 */
};

struct benchmark_rows {
    int n, capacity;
    struct benchmark_row *rows;
};

/** What rows are checked against. */
struct benchmark_limits {
    const char *model; /* catalogue name; upper and lower case are equal in Neuron's tables */
    int degree;        /* Neuron: cores of one replica */
    double context_max, clients_max;
};

/** Append a file's rows; read to the end, not closed. All mistakes are listed, each with its place
 * (JSON: the line where its object ends). */
bool benchmark_rows_read(struct arena *arena, struct source *source,
                         const struct benchmark_limits *limits, struct benchmark_rows *rows,
                         struct err_list *errs);

/** One row after its checks; used by the readers of each layout. A row that is there already is not
 * counted again: tables repeat the same measurement.
 *  @param what  "row" or "benchmark 2", for messages; line 0: not known */
bool benchmark_rows_add(struct arena *arena, struct benchmark_rows *rows,
                        const struct benchmark_limits *limits, const struct benchmark_row *row,
                        const char *file, int line, const char *what, struct err_list *errs);

/** The JSON layouts. */
bool benchmark_json_read(struct arena *arena, struct source *source,
                         const struct benchmark_limits *limits, struct benchmark_rows *rows,
                         struct err_list *errs);

#endif
