/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run, size, plan: one study, shown as far as it was taken. */
#include <jansson.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/answer_commit.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/run_study.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/write_file.h"
#include "plots/report.h"
#include "scenarios/quantity.h"
#include "scenarios/result.h"

enum { EXIT_INTERRUPTED = 130 };

static bool answer_is_no(const struct study *study) {
    return study->infeasible || study_job_missed(study) ||
           (study->recommended.replays && !study->recommended.slo_met) ||
           study_tasks_missed(study, &study->recommended) || study_broken_budget(study);
}

static const struct result_table *find_table(const char *name, struct err *err) {
    const char *names[64];
    size_t n = 0;
    for (const struct result_table *table = result_tables; table->name; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
        names[n++] = table->name;
    }
    err_set(err, ERR_USAGE, "--csv: there is no table '%s'", name);
    const char *near = text_nearest(bytes_of(name), names, n);
    err_hint(err, near ? "did you mean '%s'?" : "headroom help tables lists them", near);
    return NULL;
}

static bool read_look_back(const struct arguments *arguments, struct study_options *options,
                           struct err *err) {
    static const char *const days[] = {"7", "30", "60"};
    static const int numbers[] = {7, 30, 60};
    const char *back = arguments->value[OPTION_LOOKBACK];
    const char *target = arguments->value[OPTION_TARGET_COVERAGE];
    for (int i = 0; back && i < 3; i++)
        if (strcmp(back, days[i]) == 0)
            options->lookback_days = numbers[i];
    if (back && options->lookback_days == 0)
        return err_set(err, ERR_USAGE, "--lookback takes 7, 30 or 60 days, not '%s'", back);
    struct quantity share;
    if (target && (quantity_parse(QUANTITY_SHARE, bytes_of(target), &share) != QUANTITY_FINE ||
                   !(share.value > 0) || share.value > 1))
        return err_set(err, ERR_USAGE, "--target-coverage takes a share up to 100%%, not '%s'",
                       target);
    options->target_coverage = target ? share.value : 0;
    return true;
}

int run_study(struct arena *arena, const struct arguments *arguments, const char *scenario,
              struct study_options *options, struct study *study) {
    struct err err = {0};
    struct path_files *files = arena_new(arena, struct path_files, 1);
    files->allow_outside = arguments->given[OPTION_ALLOW_OUTSIDE];
    struct file_system *file_system = arena_new(arena, struct file_system, 1);
    *file_system = path_file_system(files);
    options->files = file_system;
    options->set = arguments->set;
    options->n_set = arguments->n_set;
    options->n_threads = thread_count(arguments->value[OPTION_THREADS], &err);
    if (options->n_threads == 0)
        return print_error(&err);
    if (arguments->given[OPTION_CSV] + arguments->given[OPTION_JSON] +
            arguments->given[OPTION_MARKDOWN] >
        1) {
        err_set(&err, ERR_USAGE, "--json, --csv and --markdown: choose one");
        return print_error(&err);
    }
    if (arguments->given[OPTION_CSV] && !find_table(arguments->value[OPTION_CSV], &err))
        return print_error(&err);
    const struct paper *paper;
    if (!find_paper(arguments->value[OPTION_PAPER], &paper, &err) ||
        !read_look_back(arguments, options, &err))
        return print_error(&err);
    struct progress *progress = arena_new(arena, struct progress, 1);
    progress_open(progress, arguments->given[OPTION_QUIET] || arguments->given[OPTION_NO_PROGRESS],
                  options);
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    bool ok = study_run(arena, scenario_path(arena, scenario), options, study, errs);
    progress_close(progress);
    return ok ? 0 : print_errors(errs);
}

/* Exit code 1 where --fail-on asks for it, and why on stderr. */
static bool outside_guardrails(struct arena *arena, const struct arguments *arguments,
                               const struct study *study) {
    if (!arguments->given[OPTION_FAIL_ON] ||
        recommend_all_hold(study->recommendations, study->n_recommendations))
        return false;
    fprintf(stderr, "headroom: outside the guardrails: %s\n",
            answer_failed_guardrails(arena, study));
    return true;
}

static bool check_fail_on(const struct arguments *arguments, struct err *err) {
    const char *what = arguments->value[OPTION_FAIL_ON];
    if (!what || strcmp(what, "guardrails") == 0)
        return true;
    err_set(err, ERR_USAGE, "--fail-on: '%s' is not known", what);
    err_hint(err, "it takes: guardrails");
    return false;
}

struct forms {
    void (*tables)(const struct study *study, struct text *out);
    void (*markdown)(const struct study *study, struct text *out);
};

/* Whether the result is for people at a terminal. */
static bool is_text(const struct arguments *arguments) {
    return !arguments->given[OPTION_JSON] && !arguments->given[OPTION_CSV] &&
           !arguments->given[OPTION_MARKDOWN];
}

/* The result in the form the options ask for, and `last` below the tables. */
static int show(struct arena *arena, const struct arguments *arguments, const struct study *study,
                struct forms forms, const char *last) {
    struct text out = {.arena = arena};
    struct err err;
    if (arguments->given[OPTION_JSON])
        result_append_json(study, &out);
    else if (arguments->given[OPTION_CSV])
        find_table(arguments->value[OPTION_CSV], &err)->append(study, &out);
    else if (arguments->given[OPTION_MARKDOWN])
        forms.markdown(study, &out);
    else if (!arguments->given[OPTION_QUIET])
        forms.tables(study, &out);
    if (!is_text(arguments))
        return print_result(out.data, out.n);
    text_printf(&out, "%s%s", last[0] && out.n ? "\n" : "", last);
    return print_text(arena, &out);
}

/* ---- outputs of `run` ---- */

struct output {
    const char *path, *name;
    struct text text;
};

static void hash(const char *data, size_t n, char out[65]) {
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, n, (const uint8_t *)data);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* Who made what from what: versions, command line, and the hash of every input and output. */
static void append_manifest(const struct arguments *arguments, const struct study *study,
                            const struct output *outputs, int n_outputs, struct text *out) {
    json_t *root = json_object(), *words = json_array(), *in = json_array(), *made = json_array();
    json_object_set_new(root, "tool", json_string("headroom " HEADROOM_VERSION));
    for (int i = 1; i < arguments->argc; i++)
        json_array_append_new(words, json_string(arguments->argv[i]));
    json_object_set_new(root, "arguments", words);
    json_object_set_new(root, "seed", json_integer((json_int_t)study->scenario.seed));
    for (int i = 0; i < study->n_inputs; i++)
        json_array_append_new(in,
                              json_pack("{s:s, s:s, s:s}", "role", study->inputs[i].role, "name",
                                        study->inputs[i].name, "sha256", study->inputs[i].sha256));
    json_object_set_new(root, "inputs", in);
    for (int i = 0; i < n_outputs; i++) {
        char digest[65];
        hash(outputs[i].text.data, outputs[i].text.n, digest);
        json_array_append_new(made,
                              json_pack("{s:s, s:s}", "name", outputs[i].name, "sha256", digest));
    }
    json_object_set_new(root, "outputs", made);
    append_json(out, root, FIGURE_DIGITS);
}

static struct output new_output(struct arena *arena, const char *folder, const char *name) {
    return (struct output){.path = arena_printf(arena, "%s/%s", folder, name),
                           .name = arena_strdup(arena, name),
                           .text = {.arena = arena}};
}

static bool render_report(struct arena *arena, const struct arguments *arguments,
                          const struct study *study, struct report *out, struct err *err) {
    struct report_options options = {0};
    if (!find_paper(arguments->value[OPTION_PAPER], &options.paper, err) ||
        !report_render(arena, study, &options, out, err))
        return false;
    for (int i = 0; i < out->n_warnings; i++)
        print_warning("report.pdf", out->warnings[i]);
    return true;
}

/* Everything is rendered before the first byte is written: an error leaves no output behind. */
static bool write_outputs(struct arena *arena, const struct arguments *arguments,
                          const struct study *study, const char *folder, struct err *err) {
    enum { N_OTHERS = 5 }; /* result, report, manifest, events, focus */
    int n = 0;
    for (const struct result_table *table = result_tables; table->name; table++)
        n++;
    struct output *outputs = arena_new(arena, struct output, n + N_OTHERS);
    n = 0;
    struct report report;
    if (!render_report(arena, arguments, study, &report, err))
        return false;
    outputs[n] = new_output(arena, folder, "result.json");
    result_append_json_with_report(study, report.json, &outputs[n++].text);
    for (const struct result_table *table = result_tables; table->name; table++) {
        outputs[n] = new_output(arena, folder, arena_printf(arena, "%s.csv", table->name));
        table->append(study, &outputs[n++].text);
    }
    outputs[n] = new_output(arena, folder, "report.pdf");
    text_append(&outputs[n++].text, report.pdf.data, report.pdf.n);
    outputs[n] = new_output(arena, folder, "manifest.json");
    append_manifest(arguments, study, outputs, n, &outputs[n].text);
    n++;
    if (arguments->given[OPTION_EVENTS]) {
        outputs[n] =
            (struct output){.path = arguments->value[OPTION_EVENTS], .text = {.arena = arena}};
        result_append_events(study, &outputs[n++].text);
    }
    if (arguments->given[OPTION_FOCUS]) {
        outputs[n] =
            (struct output){.path = arguments->value[OPTION_FOCUS], .text = {.arena = arena}};
        result_append_focus_csv(study, &outputs[n++].text);
    }
    if (!make_folder(folder, err))
        return false;
    struct file_to_write *files = arena_new(arena, struct file_to_write, n);
    for (int i = 0; i < n; i++)
        files[i] = (struct file_to_write){outputs[i].path, outputs[i].text.data, outputs[i].text.n};
    return write_files(files, n, err);
}

/* What a run would find out only after its work. */
static bool check_outputs(struct arena *arena, const struct arguments *arguments,
                          const char *folder, struct err *err) {
    static const enum option_id files[] = {OPTION_FOCUS, OPTION_EVENTS, OPTION_WRITE_LP};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (arguments->given[files[i]] &&
            !check_output_file(arena, arguments->value[files[i]], err))
            return false;
    return !folder || check_output_folder(arena, folder, err);
}

static const struct forms plan_forms = {answer_append, answer_append_markdown};

int command_run(struct arena *arena, const struct arguments *arguments) {
    struct study_options options = {.futures = true};
    struct study study;
    const char *path = scenario_path(arena, arguments->words[0]);
    const char *folder = arguments->given[OPTION_OUT]
                             ? arguments->value[OPTION_OUT]
                             : arena_printf(arena, "out/%s", scenario_stem(arena, path));
    struct err err = {0};
    if (!check_fail_on(arguments, &err) || !check_outputs(arena, arguments, folder, &err))
        return print_error(&err);
    int code = run_study(arena, arguments, arguments->words[0], &options, &study);
    if (code != 0)
        return code;
    if (!write_outputs(arena, arguments, &study, folder, &err))
        return print_error(&err);
    const char *last = arena_printf(
        arena, "Wrote %s: result.json, manifest.json, CSV tables, and the report:\n%s/report.pdf\n",
        folder, folder);
    code = show(arena, arguments, &study, plan_forms, last);
    bool no = outside_guardrails(arena, arguments, &study) || answer_is_no(&study);
    return code ? code : err_exit_code(no ? ERR_ANSWER_NO : ERR_NONE);
}

int command_size(struct arena *arena, const struct arguments *arguments) {
    struct study_options options = {.size_only = true};
    struct study study;
    int code = run_study(arena, arguments, arguments->words[0], &options, &study);
    if (code != 0)
        return code;
    return show(arena, arguments, &study,
                (struct forms){answer_append_candidates, answer_append_candidates_markdown}, "");
}

int command_plan(struct arena *arena, const struct arguments *arguments) {
    struct study_options options = {.without_replay = true, .stop = signal_stop_wanted()};
    struct study study;
    struct err err = {0};
    if (!check_fail_on(arguments, &err) || !check_outputs(arena, arguments, NULL, &err))
        return print_error(&err);
    int code = run_study(arena, arguments, arguments->words[0], &options, &study);
    if (code != 0)
        return code;
    if (arguments->given[OPTION_WRITE_LP]) {
        struct text lp = {.arena = arena};
        if (!plan_write_lp(arena, &study.plan_input, &lp, &err) ||
            !write_file(arguments->value[OPTION_WRITE_LP], lp.data, lp.n, &err))
            return print_error(&err);
    }
    code = show(arena, arguments, &study, plan_forms, "");
    if (*options.stop)
        return EXIT_INTERRUPTED; /* whatever the answer so far is */
    bool no = outside_guardrails(arena, arguments, &study) || study.infeasible;
    return code ? code : err_exit_code(no ? ERR_ANSWER_NO : ERR_NONE);
}
