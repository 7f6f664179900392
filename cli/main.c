/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/write_file.h"

#define ENDED(...)                                                                                 \
    (const enum option_id[]) {                                                                     \
        __VA_ARGS__, OPTION_COUNT                                                                  \
    }

const struct command commands[] = {
    {"run", "run SCENARIO",
     "the whole answer: what to buy, what it costs, whether it holds the SLO",
     "headroom run scenarios/chat-assistant",
     "Writes report.pdf, result.json, manifest.json and CSV tables (`headroom help\n"
     "tables`); the last line names the PDF. Exit code 1: the answer is no\n"
     "(infeasible, the target is missed, an enforced budget is broken).",
     ENDED(OPTION_OUT, OPTION_JSON, OPTION_CSV, OPTION_MARKDOWN, OPTION_FOCUS, OPTION_EVENTS,
           OPTION_PAPER, OPTION_LOOKBACK, OPTION_TARGET_COVERAGE, OPTION_FAIL_ON, OPTION_SET,
           OPTION_THREADS, OPTION_QUIET, OPTION_NO_PROGRESS, OPTION_ALLOW_OUTSIDE, OPTION_HELP),
     1, 1, command_run},
    {"size", "size SCENARIO", "compare the candidates at the SLO, without choosing",
     "headroom size scenarios/chat-assistant", "",
     ENDED(OPTION_JSON, OPTION_CSV, OPTION_MARKDOWN, OPTION_SET, OPTION_THREADS, OPTION_QUIET,
           OPTION_NO_PROGRESS, OPTION_ALLOW_OUTSIDE, OPTION_HELP),
     1, 1, command_size},
    {"plan", "plan SCENARIO", "choose the mix, without replaying it",
     "headroom plan scenarios/chat-assistant",
     "--lookback and --target-coverage tell what a recommender that looks back at\n"
     "usage would buy, beside this plan: one savings plan, no forecast (docs/model.md\n"
     "5.3).",
     ENDED(OPTION_JSON, OPTION_CSV, OPTION_MARKDOWN, OPTION_SET, OPTION_THREADS, OPTION_QUIET,
           OPTION_NO_PROGRESS, OPTION_ALLOW_OUTSIDE, OPTION_LOOKBACK, OPTION_TARGET_COVERAGE,
           OPTION_FAIL_ON, OPTION_WRITE_LP, OPTION_HELP),
     1, 1, command_plan},
    {"plot", "plot FIGURE SCENARIO [-o FILE] | plot all SCENARIO -o DIR | plot --list",
     "one figure as SVG, PNG or PDF, or its numbers as CSV",
     "headroom plot load-duration scenarios/chat-assistant -o bars.svg",
     "The name of FILE says the format: .svg, .png, .pdf or .csv. Without -o the\n"
     "numbers are printed. It runs the scenario; of several workloads --workload\n"
     "names one. all: every figure that the study has, as SVG, PNG and CSV. The\n"
     "figure look-back needs --lookback or --target-coverage, the figure levers\n"
     "needs `levers` in the scenario.",
     ENDED(OPTION_OUT, OPTION_LIST, OPTION_WORKLOAD, OPTION_LOOKBACK, OPTION_TARGET_COVERAGE,
           OPTION_SET, OPTION_THREADS, OPTION_QUIET, OPTION_NO_PROGRESS, OPTION_ALLOW_OUTSIDE,
           OPTION_HELP),
     0, 2, command_plot},
    {"report", "report RESULT [-o FILE]", "the PDF of a run again, from its result.json alone",
     "headroom report out/chat-assistant -o again.pdf",
     "RESULT is an output folder, or a result.json. The file is report.pdf of the run\n"
     "byte for byte, on the paper of the run, where the versions of headroom, cairo\n"
     "and pango are the same; with --paper of another sheet its pages are scaled to\n"
     "fit. Without -o it goes to stdout.",
     ENDED(OPTION_OUT, OPTION_PAPER, OPTION_HELP), 1, 1, command_report},
    {"diff", "diff A B [C...]", "what changed in the inputs of results, and why the cost moved",
     "headroom diff out/before out/after",
     "A and B are output folders, or result.json files. The steps add up to the cent;\n"
     "each is taken on top of those above it (docs/model.md 9.2). Tables for --csv:\n"
     "steps, inputs.",
     ENDED(OPTION_JSON, OPTION_CSV, OPTION_MARKDOWN, OPTION_QUIET, OPTION_HELP), 2, 4,
     command_diff},
    {"export", "export karpenter RESULT | terraform RESULT | asg RESULT | ec2-fleet RESULT",
     "the plan's instances as a draft for the tools that run them",
     "headroom export terraform out/chat-assistant -o fleet.tf",
     "RESULT is an output folder, or a result.json. karpenter: NodePools (YAML);\n"
     "terraform: Auto Scaling groups with their schedules; asg, ec2-fleet: requests\n"
     "of the AWS APIs (JSON). Counts are those of the plan's first week, in UTC.\n"
     "Review before you apply: subnets, images and permissions are yours to add.",
     ENDED(OPTION_OUT, OPTION_WORKLOAD, OPTION_HELP), 2, 2, command_export},
    {"check", "check SCENARIO...", "read scenarios and report every mistake; runs nothing",
     "headroom check scenarios/chat-assistant",
     "--print writes each as it is read, includes and --set merged, in one form of\n"
     "YAML that reads as the same scenario. Paths stay as they were written.",
     ENDED(OPTION_PRINT, OPTION_SET, OPTION_ALLOW_OUTSIDE, OPTION_HELP), 1, 1000, command_check},
    {"init", "init [FILE]", "write a commented scenario that runs (default scenario.yaml)",
     "headroom init my-scenario.yaml", "", ENDED(OPTION_FORCE, OPTION_HELP), 0, 1, command_init},
    {"explain", "explain FIELD | explain RESULT [WHAT] | explain models | explain accelerators",
     "what a scenario field means; what a number, an action, a purchase or a candidate of a "
     "result rests on; the catalogue",
     "headroom explain workloads.slo.ttft",
     "RESULT is an output folder, or a result.json; alone it lists what can be asked\n"
     "for: headroom explain out/my-scenario recommended.bill_usd_per_month.\n"
     "--json is for results; `headroom schema` is the JSON of the fields.",
     ENDED(OPTION_JSON, OPTION_HELP), 1, 2, command_explain},
    {"schema", "schema", "the JSON Schema of the scenario file, for editors", "headroom schema", "",
     ENDED(OPTION_HELP), 0, 0, command_schema},
    {"trace", "trace stats FILE | trace convert FILE | trace generate SCENARIO",
     "statistics of a traffic file; the file, or one week of a scenario's traffic, as CSV",
     "headroom trace stats week.csv.zst",
     "convert gives request logs as seconds,input,output, series as\n"
     "hour,requests_per_second and bills (FOCUS, AWS CUR 2.0) as the instances of each\n"
     "hour of the week, for estate.other_usage. docs/formats.md lists the formats that\n"
     "are read.",
     ENDED(OPTION_JSON, OPTION_OUT, OPTION_VALUES, OPTION_WORKLOAD, OPTION_SET,
           OPTION_ALLOW_OUTSIDE, OPTION_HELP),
     2, 2, command_trace},
    {"prices",
     "prices list | search WORD... | show NAME [OPTION] | diff OLD NEW | break-even NAME"
     " | import FILE",
     "what the price book says, with sources; a book from a provider's files",
     "headroom prices show g6e.2xlarge",
     "show tells every rate of a name, or those of one option: source, status, the\n"
     "book it is from, and the rows that do not count on that day. diff compares two\n"
     "books: paths, or the name of the shipped one. break-even tells when each\n"
     "commitment pays, by rate or by rule. import reads price lists and tools' files\n"
     "that you exported (`headroom help formats`) and prints a book, or writes it to\n"
     "--out; FILE - is the standard input. What it took and skipped is told on\n"
     "stderr, or with --json.",
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
     "Fits step times to kernel tables, or to benchmark results given as FILEs (JSON\n"
     "of vllm bench serve, GuideLLM or AIPerf; CSV with input_tokens,output_tokens,\n"
     "concurrency,ttft_ms,tpot_ms; AWS Neuron's tables). Tells the error on held-back\n"
     "rows, and how far the profile reaches. Name the profile in a scenario, and\n"
     "candidates of its setup use it.",
     ENDED(OPTION_MODEL, OPTION_ACCELERATOR, OPTION_TENSOR_PARALLEL, OPTION_PRECISION,
           OPTION_KV_PRECISION, OPTION_ENGINE, OPTION_ENGINE_VERSION, OPTION_DATE, OPTION_SOURCE,
           OPTION_DENSE, OPTION_ATTENTION, OPTION_PER_SEQUENCE, OPTION_ALL_REDUCE, OPTION_MOE,
           OPTION_KV_BLOCKS, OPTION_STEP_OVERHEAD, OPTION_OUT, OPTION_JSON, OPTION_HELP),
     1, 256, command_perf},
    {"man", "man [COMMAND]", "the manual page of headroom or of a command, in roff",
     "headroom man run | man -l -", "--out writes every page to a folder, as packages do.",
     ENDED(OPTION_OUT, OPTION_HELP), 0, 1, command_man},
    {"completion", "completion bash | completion zsh | completion fish",
     "a script that completes commands, options and tables in your shell",
     "source <(headroom completion bash)", "", ENDED(OPTION_HELP), 1, 1, command_completion},
    {0},
};

static int usage_error(const struct err *err) {
    print_error(err);
    return err_exit_code(ERR_USAGE);
}

static const struct command *find_command(struct arena *arena, const char *word, struct err *err) {
    const struct command *command = help_find_command(word);
    if (command)
        return command;
    size_t n;
    const char *const *names = help_command_names(arena, &n);
    err_set(err, ERR_USAGE, "unknown command '%s'", word);
    const char *near = text_nearest(bytes_of(word), names, n);
    err_hint(err, near ? "did you mean '%s'?" : "headroom help lists the commands", near);
    return NULL;
}

/* A slip of the pen, an option of other commands, or neither. */
static void unknown_option(struct arena *arena, const struct command *command, const char *word,
                           struct err *err) {
    const char *names[OPTION_COUNT];
    size_t n = 0;
    struct bytes name = bytes_of(word + strspn(word, "-"));
    name.n = strcspn(name.data, "=");
    err_set(err, ERR_USAGE, "unknown option '%s'", word);
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
        names[n++] = option_docs[*id].name;
    const char *near = text_nearest(name, names, n);
    if (near) {
        err_hint(err, "did you mean '--%s'?", near);
        return;
    }
    struct text others = {.arena = arena};
    for (const struct command *other = commands; other->name; other++)
        for (const enum option_id *id = other->options; *id != OPTION_COUNT; id++)
            if (bytes_are(name, option_docs[*id].name))
                text_printf(&others, "%s%s", others.n ? ", " : "", other->name);
    if (others.n)
        err_hint(err, "it is an option of %s; headroom help %s lists yours", others.data,
                 command->name);
    else
        err_hint(err, "headroom help %s lists its options", command->name);
}

static bool parse(struct arena *arena, const struct command *command, int argc, char **argv,
                  struct arguments *arguments, struct err *err) {
    struct option table[OPTION_COUNT + 1] = {0};
    int n = 0;
    bool has_out = false;
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++) {
        has_out = has_out || *id == OPTION_OUT;
        table[n++] = (struct option){option_docs[*id].name,
                                     option_docs[*id].argument[0] ? required_argument : no_argument,
                                     NULL, (int)*id + 256};
    }
    opterr = 0;
    optind = 1;
    for (int id; (id = getopt_long(argc, argv, has_out ? ":o:" : ":", table, NULL)) != -1;) {
        if (id == ':')
            return err_set(err, ERR_USAGE, "%s needs a value", argv[optind - 1]);
        if (id == '?') {
            unknown_option(arena, command, argv[optind - 1], err);
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

/* `help`, `help COMMAND`, `help TOPIC`. */
static int show_help(struct arena *arena, const char *word, struct err *err) {
    struct text out = {.arena = arena};
    if (!word) {
        help_append_overview(&out);
    } else if (!help_append_topic(&out, word)) {
        const struct command *command = find_command(arena, word, err);
        if (!command)
            return usage_error(err);
        help_append_command(&out, command);
    }
    return print_text(arena, &out);
}

static int run(struct arena *arena, int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "help";
    struct err err = {0};
    if (strcmp(word, "--version") == 0)
        return print_result("headroom " HEADROOM_VERSION "\n",
                            strlen("headroom " HEADROOM_VERSION "\n"));
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return show_help(arena, argc > 2 ? argv[2] : NULL, &err);
    const struct command *command = find_command(arena, word, &err);
    if (!command)
        return usage_error(&err);
    struct arguments arguments = {.argc = argc, .argv = argv};
    if (!parse(arena, command, argc - 1, argv + 1, &arguments, &err))
        return usage_error(&err);
    return arguments.given[OPTION_HELP] ? show_help(arena, command->name, &err)
                                        : command->run(arena, &arguments);
}

int main(int argc, char **argv) {
    write_file_guard_signals();
    struct arena arena = {0};
    int code = run(&arena, argc, argv);
    arena_release(&arena);
    return code;
}
