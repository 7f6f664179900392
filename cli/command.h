/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The commands and their options: one table each, from which parsing, `--help`, man pages and
 * shell completion are made (cli/help.h). Only cli/ prints, exits, reads the environment or the
 * clock, and opens paths. */
#ifndef HEADROOM_CLI_COMMAND_H
#define HEADROOM_CLI_COMMAND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* id, long name, argument ("" = switch), line of help */
#define OPTION_TABLE(X)                                                                            \
    X(OUT, "out", "PATH", "write the outputs to this folder, or the output to this file")          \
    X(JSON, "json", "", "print the result as JSON instead of tables")                              \
    X(CSV, "csv", "TABLE", "print one table as CSV: see `headroom help tables`")                   \
    X(MARKDOWN, "markdown", "", "print a summary in Markdown, for a pull request")                 \
    X(FOCUS, "focus", "FILE", "write the bill to this file too, in the FOCUS 1.2 format (CSV)")    \
    X(EVENTS, "events", "FILE", "write what happened to the fleet to this file (JSON lines)")      \
    X(SET, "set", "KEY=VALUE", "override a scenario field, e.g. workloads.0.slo.share=95%")        \
    X(THREADS, "threads", "N", "threads to use; the result does not depend on it")                 \
    X(QUIET, "quiet", "", "no progress and no tables: a line says it all")                         \
    X(NO_PROGRESS, "no-progress", "", "tell nothing on the terminal while it works")               \
    X(ALLOW_OUTSIDE, "allow-outside", "", "let a scenario name files outside its own folder")      \
    X(PAPER, "paper", "NAME", "of the report: a4 (default of a run) or letter")                    \
    X(FAIL_ON, "fail-on", "WHAT", "guardrails: exit code 1 where a purchase is outside one")       \
    X(LOOKBACK, "lookback", "DAYS", "7, 30 or 60: what the provider's method would buy")           \
    X(TARGET_COVERAGE, "target-coverage", "SHARE", "what would cover this share of those days")    \
    X(WRITE_LP, "write-lp", "FILE", "write the linear programme in CPLEX LP format")               \
    X(BOOK, "book", "FILE", "lay this price book over the shipped one; may be given again")        \
    X(ALONE, "alone", "", "without the shipped price book")                                        \
    X(AS_OF, "as-of", "DAY", "the prices in force on this day; default: that of the newest")       \
    X(REGION, "region", "NAME", "only this region")                                                \
    X(WORKLOAD, "workload", "NAME", "the workload to take, when there are several")                \
    X(MODEL, "model", "NAME", "catalogue name of the model that was measured")                     \
    X(ACCELERATOR, "accelerator", "NAME", "catalogue name of the device it ran on")                \
    X(TENSOR_PARALLEL, "tensor-parallel", "N", "devices of one replica, default 1")                \
    X(PRECISION, "precision", "P", "of the weights: fp32 bf16 fp8 int8 fp4 int4; default bf16")    \
    X(KV_PRECISION, "kv-precision", "P", "of the KV cache, default bf16")                          \
    X(ENGINE, "engine", "NAME", "serving engine, e.g. vllm")                                       \
    X(ENGINE_VERSION, "engine-version", "V", "its version, e.g. 0.19.0")                           \
    X(DATE, "date", "DAY", "of the measurement or the prices, YYYY-MM-DD")                         \
    X(FORMAT, "format", "NAME", "of the imported file; default: told by its content")              \
    X(SOURCE, "source", "TEXT", "where the measurements are from; default: the file names")        \
    X(DENSE, "dense", "FILE", "linear layers: layer,tokens,time_us")                               \
    X(ATTENTION, "attention", "FILE",                                                              \
      "attention: prefill_chunk,kv_prefill,n_decode,kv_decode,time_us")                            \
    X(PER_SEQUENCE, "per-sequence", "FILE", "output head: layer,sequences,time_us")                \
    X(ALL_REDUCE, "all-reduce", "FILE", "all-reduce by size, for more than one device")            \
    X(MOE, "moe", "FILE", "experts: tokens,experts_hit,time_us")                                   \
    X(KV_BLOCKS, "kv-blocks", "N", "KV blocks of 16 tokens that the engine reported")              \
    X(STEP_OVERHEAD, "step-overhead", "TIME", "added to every step, default 0ms")                  \
    X(VALUES, "values", "KIND", "of a metric: rate (a second), count (of a step) or counter")      \
    X(LIST, "list", "", "list the figures instead of drawing one")                                 \
    X(PRINT, "print", "", "print the scenario as it is read: one file, in one form")               \
    X(FORCE, "force", "", "overwrite an existing file")                                            \
    X(HELP, "help", "", "this text")

enum option_id {
#define X(id, name, argument, doc) OPTION_##id,
    OPTION_TABLE(X)
#undef X
        OPTION_COUNT,
};

enum { SET_MAX = 64, BOOKS_MAX = 16 };

struct arguments {
    int n_words; /* after the command and without options */
    char *const *words;
    bool given[OPTION_COUNT];
    const char *value[OPTION_COUNT];
    const char *set[SET_MAX]; /* --set may be given many times */
    int n_set;
    const char *books[BOOKS_MAX]; /* so may --book */
    int n_books;
    int argc; /* the whole command line, for the manifest */
    char *const *argv;
};

/** A command runs, prints, and returns the process's exit code. */
struct command {
    const char *name;              /* "run", "trace stats" is word "stats" of command "trace" */
    const char *usage;             /* after "headroom " */
    const char *doc;               /* one line */
    const char *example;           /* a whole command line that works */
    const char *more;              /* further help, may be "" */
    const enum option_id *options; /* ends with OPTION_COUNT */
    int words_min, words_max;
    int (*run)(struct arena *arena, const struct arguments *arguments);
};

int command_run(struct arena *arena, const struct arguments *arguments);
int command_size(struct arena *arena, const struct arguments *arguments);
int command_plan(struct arena *arena, const struct arguments *arguments);
int command_plot(struct arena *arena, const struct arguments *arguments);
int command_report(struct arena *arena, const struct arguments *arguments);
int command_check(struct arena *arena, const struct arguments *arguments);
int command_init(struct arena *arena, const struct arguments *arguments);
int command_schema(struct arena *arena, const struct arguments *arguments);
int command_explain(struct arena *arena, const struct arguments *arguments);
int command_trace(struct arena *arena, const struct arguments *arguments);
int command_prices(struct arena *arena, const struct arguments *arguments);
int command_perf(struct arena *arena, const struct arguments *arguments);
int command_diff(struct arena *arena, const struct arguments *arguments);
int command_export(struct arena *arena, const struct arguments *arguments);
int command_man(struct arena *arena, const struct arguments *arguments);
int command_completion(struct arena *arena, const struct arguments *arguments);

#endif
