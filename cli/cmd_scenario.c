/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check, init, explain, schema: the scenario file itself. */
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/explain_result.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/write_file.h"
#include "scenarios/scenario.h"
#include "scenarios/scenario_fields.h"
#include "scenarios/study.h"

/* Everything that can be wrong before anything runs: the file, its names, its prices and its
 * traffic. */
static int check_one(struct arena *arena, const struct arguments *arguments, const char *word) {
    struct path_files paths = {.allow_outside = arguments->given[OPTION_ALLOW_OUTSIDE]};
    struct file_system files = path_file_system(&paths);
    struct study_options options = {
        .files = &files, .n_threads = 1, .set = arguments->set, .n_set = arguments->n_set};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    const char *path = scenario_path(arena, word);
    const struct study *study = study_open(arena, path, &options, errs);
    if (!study)
        return print_errors(errs);
    if (arguments->given[OPTION_PRINT])
        return print_result(study->scenario.yaml.data, study->scenario.yaml.n);
    struct text out = {.arena = arena};
    text_printf(&out, "%s: fine: %s, %s, %s\n", path,
                number_counted(arena, study->scenario.n_workloads, "workload"),
                number_counted(arena, study->n_candidates, "candidate"),
                number_counted(arena, study->scenario.months, "month"));
    return print_text(arena, &out);
}

int command_check(struct arena *arena, const struct arguments *arguments) {
    int worst = 0;
    for (int i = 0; i < arguments->n_words; i++) {
        int code = check_one(arena, arguments, arguments->words[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

int command_init(struct arena *arena, const struct arguments *arguments) {
    const char *path = arguments->n_words > 0 ? arguments->words[0] : "scenario.yaml";
    struct err err = {0};
    if (access(path, F_OK) == 0 && !arguments->given[OPTION_FORCE]) {
        err_set(&err, ERR_USAGE, "'%s' exists", path);
        err_hint(&err, "--force overwrites it");
        return print_error(&err);
    }
    struct text text = {.arena = arena}, out = {.arena = arena};
    scenario_fields_init(&text);
    if (!write_file(path, text.data, text.n, &err))
        return print_error(&err);
    text_printf(&out, "Wrote %s. Next: headroom run %s\n", path, path);
    return print_text(arena, &out);
}

/* ---- explain ---- */

static void append_models(struct text *out, const struct catalog *catalog) {
    text_printf(out, "%-32s %-10s %12s %12s %8s\n", "model", "kind", "parameters", "context",
                "experts");
    for (int i = 0; i < catalog->n_models; i++) {
        const struct model *m = &catalog->models[i];
        const char *context = m->context_max ? arena_printf(out->arena, "%d", m->context_max) : "-";
        const char *experts = m->experts ? arena_printf(out->arena, "%d", m->experts) : "-";
        text_printf(out, "%-32s %-10s %10.0f M %12s %8s\n", m->name, model_kind_word(m->kind),
                    m->parameters / 1e6, context, experts);
    }
}

/* Dense TFLOPS of a format; "-" where none is stated. */
static const char *rate(struct arena *arena, double tflops) {
    return tflops > 0 ? arena_printf(arena, "%.4g", tflops) : "-";
}

static void append_accelerators(struct text *out, const struct catalog *catalog) {
    text_printf(out, "%-22s %10s %10s %8s %8s %8s %8s\n", "accelerator", "GiB", "GB/s", "bf16",
                "fp8", "int8", "fp4");
    for (int i = 0; i < catalog->n_accelerators; i++) {
        const struct accelerator *a = &catalog->accelerators[i];
        text_printf(out, "%-22s %10.4g %10.5g %8s %8s %8s %8s\n", a->name, a->memory_gib,
                    a->bandwidth_gbps, rate(out->arena, a->bf16_tflops),
                    rate(out->arena, a->fp8_tflops), rate(out->arena, a->int8_tops),
                    rate(out->arena, a->fp4_tflops));
    }
    text_append_string(out, "\nTFLOPS are dense; '-' is not stated.\n");
}

int command_explain(struct arena *arena, const struct arguments *arguments) {
    struct text out = {.arena = arena};
    struct err err = {0};
    struct catalog catalog;
    const char *what = arguments->words[0];
    bool models = strcmp(what, "models") == 0, hardware = strcmp(what, "accelerators") == 0;
    if (arguments->n_words > 1 || (!models && !hardware && access(what, F_OK) == 0))
        return explain_result(arena, arguments);
    if (arguments->given[OPTION_JSON]) {
        err_set(&err, ERR_USAGE, "--json is for results: '%s' is none", what);
        err_hint(&err, "headroom schema is the JSON of the fields");
        return print_error(&err);
    }
    if (models || hardware) {
        if (!catalog_shipped(arena, &catalog, &err))
            return print_error(&err);
        (models ? append_models : append_accelerators)(&out, &catalog);
    } else {
        struct text field = {.arena = arena};
        if (!scenario_fields_explain(&field, what, &err))
            return print_error(&err);
        append_lines(&out, field.data);
    }
    return print_text(arena, &out);
}

int command_schema(struct arena *arena, const struct arguments *arguments) {
    (void)arguments;
    struct text out = {.arena = arena};
    scenario_fields_schema(&out);
    return print_result(out.data, out.n);
}
