/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/shell.h"
#include "cli/write_file.h"
#include "pricing/import.h"
#include "scenarios/result.h"

static const struct {
    const char *name, *argument, *doc;
} options[] = {
#define X(id, name, argument, doc) {name, argument, doc},
    OPTION_TABLE(X)
#undef X
};

#define ENDED(...)                                                                                 \
    (const enum option_id[]) {                                                                     \
        __VA_ARGS__, OPTION_COUNT                                                                  \
    }

static const struct command commands[] = {
    {"run", "run SCENARIO",
     "the whole answer: what to buy, what it costs, whether it holds the SLO",
     "headroom run scenarios/chat-assistant",
     "Writes report.pdf, result.json, manifest.json and CSV tables; the last line names the PDF.\n"
     "Exit code 1: the answer is no (infeasible, or the target is missed).",
     ENDED(OPTION_OUT, OPTION_JSON, OPTION_CSV, OPTION_FOCUS, OPTION_EVENTS, OPTION_SET,
           OPTION_THREADS, OPTION_QUIET, OPTION_ALLOW_OUTSIDE, OPTION_HELP),
     1, 1, command_run},
    {"size", "size SCENARIO", "compare the candidates at the SLO, without choosing",
     "headroom size scenarios/chat-assistant", "",
     ENDED(OPTION_JSON, OPTION_CSV, OPTION_SET, OPTION_THREADS, OPTION_QUIET, OPTION_ALLOW_OUTSIDE,
           OPTION_HELP),
     1, 1, command_size},
    {"plan", "plan SCENARIO", "choose the mix, without replaying it",
     "headroom plan scenarios/chat-assistant", "",
     ENDED(OPTION_JSON, OPTION_CSV, OPTION_SET, OPTION_THREADS, OPTION_QUIET, OPTION_ALLOW_OUTSIDE,
           OPTION_WRITE_LP, OPTION_HELP),
     1, 1, command_plan},
    {"check", "check SCENARIO...", "read scenarios and report every mistake; runs nothing",
     "headroom check scenarios/chat-assistant", "",
     ENDED(OPTION_SET, OPTION_ALLOW_OUTSIDE, OPTION_HELP), 1, 1000, command_check},
    {"init", "init [FILE]", "write a commented scenario that runs (default scenario.yaml)",
     "headroom init my-scenario.yaml", "", ENDED(OPTION_FORCE, OPTION_HELP), 0, 1, command_init},
    {"explain", "explain FIELD | explain models | explain accelerators",
     "what a scenario field means: type, unit, range, default; or the catalogue",
     "headroom explain workloads.slo.ttft", "", ENDED(OPTION_HELP), 1, 1, command_explain},
    {"schema", "schema", "the JSON Schema of the scenario file, for editors", "headroom schema", "",
     ENDED(OPTION_HELP), 0, 0, command_schema},
    {"trace", "trace stats FILE | trace convert FILE | trace generate SCENARIO",
     "statistics of a traffic file; the file, or one week of a scenario's traffic, as CSV",
     "headroom trace stats week.csv.zst",
     "convert gives request logs as seconds,input,output, series as hour,requests_per_second and\n"
     "bills (FOCUS, AWS CUR 2.0) as the instances of each hour.\n"
     "docs/formats.md lists the formats that are read.",
     ENDED(OPTION_JSON, OPTION_OUT, OPTION_VALUES, OPTION_WORKLOAD, OPTION_SET,
           OPTION_ALLOW_OUTSIDE, OPTION_HELP),
     2, 2, command_trace},
    {"prices", "prices list | search WORD... | show NAME [OPTION] | diff OLD NEW | break-even NAME",
     "what the price book says, with sources; a book from a provider's files",
     "headroom prices show g6e.2xlarge",
     "also: headroom prices import FILE\n\n"
     "show tells every rate of a name, or those of one option: source, status, the book it is\n"
     "from, and the rows that do not count on that day. diff compares two books: paths, or the\n"
     "name of the shipped one. break-even tells when each commitment pays, by rate or by rule.\n"
     "import reads price lists and tools' files that you exported (docs/formats.md) and prints a\n"
     "book, or writes it to --out; what it took and skipped is told on stderr, or with --json.",
     ENDED(OPTION_BOOK, OPTION_ALONE, OPTION_AS_OF, OPTION_REGION, OPTION_FORMAT, OPTION_DATE,
           OPTION_OUT, OPTION_JSON, OPTION_HELP),
     1, 64, command_prices},
    {"perf", "perf fit OPTIONS [FILE ...] | perf show [NAME or FILE]",
     "performance profiles: made from your measurements, and what they say",
     "headroom perf fit --model llama-3.1-8b --accelerator L40S --engine vllm --engine-version "
     "0.19.0 "
     "--date 2026-08-01 --dense dense.csv --attention attention.csv --per-sequence "
     "per_sequence.csv "
     "-o profile.csv",
     "Fits step times to kernel tables, or to benchmark results given as FILEs (JSON of vllm "
     "bench\n"
     "serve, GuideLLM or AIPerf; CSV with input_tokens,output_tokens,concurrency,ttft_ms,tpot_ms;\n"
     "AWS Neuron's tables). Tells the error on held-back rows, and how far the profile reaches.\n"
     "Name the profile in a scenario, and candidates of its setup use it.",
     ENDED(OPTION_MODEL, OPTION_ACCELERATOR, OPTION_TENSOR_PARALLEL, OPTION_PRECISION,
           OPTION_KV_PRECISION, OPTION_ENGINE, OPTION_ENGINE_VERSION, OPTION_DATE, OPTION_SOURCE,
           OPTION_DENSE, OPTION_ATTENTION, OPTION_PER_SEQUENCE, OPTION_ALL_REDUCE, OPTION_MOE,
           OPTION_KV_BLOCKS, OPTION_STEP_OVERHEAD, OPTION_OUT, OPTION_JSON, OPTION_HELP),
     1, 256, command_perf},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_overview(void) {
    puts("headroom: what to buy for AI traffic, what it costs, whether it holds the SLO\n");
    puts("  headroom run scenarios/chat-assistant     the whole answer, with a PDF\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].doc);
    puts("\nheadroom help COMMAND shows its options.");
}

static void print_help(const struct command *command) {
    printf("%s\n\nusage: headroom %s\nexample: %s\n", command->doc, command->usage,
           command->example);
    if (command->more[0])
        printf("\n%s\n", command->more);
    puts("\noptions:");
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
        printf("  --%s%s%-*s %s\n", options[*id].name, options[*id].argument[0] ? " " : "",
               20 - (int)strlen(options[*id].name) - (options[*id].argument[0] ? 1 : 0),
               options[*id].argument, options[*id].doc);
    if (strcmp(command->name, "prices") == 0) {
        puts("\nformats of import:");
        for (const struct price_import_format *format = price_import_formats; format->name;
             format++)
            printf("  %-12s %s\n", format->name, format->doc);
    }
    if (strcmp(command->name, "run") == 0) {
        puts("\ntables for --csv:");
        for (const struct result_table *table = result_tables; table->name; table++)
            printf("  %-12s %s\n", table->name, table->doc);
    }
}

static int usage_error(const struct err *err) {
    print_error(err);
    return err_exit_code(ERR_USAGE);
}

static const struct command *find_command(const char *word, struct err *err) {
    const char *names[COMMAND_COUNT + 1];
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(word, commands[i].name) == 0)
            return &commands[i];
    }
    names[COMMAND_COUNT] = "help";
    err_set(err, ERR_USAGE, "unknown command '%s'", word);
    const char *near = text_nearest(bytes_of(word), names, COMMAND_COUNT + 1);
    err_hint(err, near ? "did you mean '%s'?" : "headroom help lists the commands", near);
    return NULL;
}

static bool parse(const struct command *command, int argc, char **argv, struct arguments *arguments,
                  struct err *err) {
    struct option table[OPTION_COUNT + 1] = {0};
    int n = 0;
    bool has_out = false;
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++) {
        has_out = has_out || *id == OPTION_OUT;
        table[n++] = (struct option){options[*id].name,
                                     options[*id].argument[0] ? required_argument : no_argument,
                                     NULL, (int)*id + 256};
    }
    opterr = 0;
    optind = 1;
    for (int id; (id = getopt_long(argc, argv, has_out ? ":o:" : ":", table, NULL)) != -1;) {
        if (id == ':')
            return err_set(err, ERR_USAGE, "%s needs a value", argv[optind - 1]);
        if (id == '?') {
            err_set(err, ERR_USAGE, "unknown option '%s'", argv[optind - 1]);
            err_hint(err, "headroom help %s lists its options", command->name);
            return false;
        }
        id = id == 'o' ? OPTION_OUT : id - 256;
        arguments->given[id] = true;
        arguments->value[id] = optarg;
        if (id == OPTION_BOOK) {
            if (arguments->n_books == BOOKS_MAX)
                return err_set(err, ERR_USAGE, "more than %d --book options", BOOKS_MAX);
            arguments->books[arguments->n_books++] = optarg;
        }
        if (id == OPTION_SET) {
            if (arguments->n_set == SET_MAX)
                return err_set(err, ERR_USAGE, "more than %d --set options", SET_MAX);
            arguments->set[arguments->n_set++] = optarg;
        }
    }
    arguments->n_words = argc - optind;
    arguments->words = argv + optind;
    if (!arguments->given[OPTION_HELP] &&
        (arguments->n_words < command->words_min || arguments->n_words > command->words_max)) {
        err_set(err, ERR_USAGE, "usage: headroom %s", command->usage);
        err_hint(err, "for example: %s", command->example);
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    write_file_guard_signals();
    const char *word = argc > 1 ? argv[1] : "help";
    if (strcmp(word, "--version") == 0) {
        puts("headroom " HEADROOM_VERSION);
        return 0;
    }
    struct err err = {0};
    bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0;
    if (help && argc < 3) {
        print_overview();
        return 0;
    }
    const struct command *command = find_command(help ? argv[2] : word, &err);
    if (!command)
        return usage_error(&err);
    struct arguments arguments = {.argc = argc, .argv = argv};
    if (!help && !parse(command, argc - 1, argv + 1, &arguments, &err))
        return usage_error(&err);
    if (help || arguments.given[OPTION_HELP]) {
        print_help(command);
        return 0;
    }
    struct arena arena = {0};
    int code = command->run(&arena, &arguments);
    arena_release(&arena);
    return code;
}
