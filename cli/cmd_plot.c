/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One figure of a scenario's answer: as a file in the format that its name says, or its numbers on
 * stdout. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/run_study.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/write_file.h"
#include "plots/figure_file.h"

enum { FIGURE_COLUMNS = 17 };

static int list_figures(struct arena *arena) {
    struct text out = {.arena = arena};
    for (const struct figure *figure = figure_table; figure->id; figure++)
        append_entry(&out, figure->id, FIGURE_COLUMNS,
                     arena_printf(arena, "%s%s", figure->doc,
                                  figure->of_workload ? " (of a workload)" : ""));
    return print_text(arena, &out);
}

static const struct figure *find_figure(const char *name, struct err *err) {
    const struct figure *figure = figure_find(name);
    if (figure)
        return figure;
    const char *names[64];
    size_t n = 0;
    for (const struct figure *row = figure_table; row->id && n < 64; row++)
        names[n++] = row->id;
    err_set(err, ERR_USAGE, "there is no figure '%s'", name);
    const char *near = text_nearest(bytes_of(name), names, n);
    err_hint(err, near ? "did you mean '%s'?" : "headroom plot --list lists them", near);
    return NULL;
}

/* The format of a file by its name; numbers for none. */
static bool find_format(const char *path, enum figure_format *out, struct err *err) {
    *out = path ? figure_format_of(path) : FIGURE_CSV;
    if (*out != FIGURE_FORMATS)
        return true;
    err_set(err, ERR_USAGE, "'%s' ends in none of .svg, .png, .pdf and .csv", path);
    return false;
}

/* -1: *err says why. */
static int find_workload(const struct arguments *arguments, const struct study *study,
                         const struct figure *figure, struct err *err) {
    const struct scenario *scenario = &study->scenario;
    const char *name = arguments->given[OPTION_WORKLOAD] ? arguments->value[OPTION_WORKLOAD] : NULL;
    if (!name && (!figure->of_workload || scenario->n_workloads == 1))
        return 0;
    for (int w = 0; name && w < scenario->n_workloads; w++)
        if (strcmp(scenario->workloads[w].name, name) == 0)
            return w;
    if (name)
        err_set(err, ERR_USAGE, "--workload: the scenario has no workload '%s'", name);
    else
        err_set(err, ERR_USAGE, "%s is a figure of one workload, and there are %d", figure->id,
                scenario->n_workloads);
    err_hint(err, "for example: --workload %s", scenario->workloads[0].name);
    return -1;
}

/* "week.svg"; of several workloads "week-chat.svg", with what no file name should hold as '-'. */
static const char *file_name(struct arena *arena, const struct study *study,
                             const struct figure *figure, int workload, enum figure_format format) {
    if (figure_views(figure, study) == 1)
        return arena_printf(arena, "%s.%s", figure->id, figure_format_name(format));
    enum { NAME_BYTES = 40 }; /* of a workload: a file name has its limits */
    const char *whole = study->scenario.workloads[workload].name;
    char *name = arena_strndup(arena, whole, strnlen(whole, NAME_BYTES));
    for (char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("._", *at))
            *at = '-';
    return arena_printf(arena, "%s-%d-%s.%s", figure->id, workload + 1, name,
                        figure_format_name(format));
}

static bool has_figure(struct arena *arena, const struct study *study, const struct figure *figure,
                       int workload) {
    struct figure_view view;
    return figure->open(arena, study, workload, &view);
}

/* Every figure that the study has something for, as SVG, PNG and CSV. */
static bool put_all(struct arena *arena, const struct study *study, const char *folder,
                    struct err *err) {
    static const enum figure_format formats[] = {FIGURE_SVG, FIGURE_PNG, FIGURE_CSV};
    struct file_to_write *files = NULL;
    size_t n = 0;
    for (const struct figure *figure = figure_table; figure->id; figure++)
        for (int i = 0; i < 3 * figure_views(figure, study); i++) {
            struct figure_file file;
            if (!has_figure(arena, study, figure, i / 3))
                continue;
            if (!figure_render(arena, study, figure, i / 3, formats[i % 3], &file, err))
                return false;
            const char *name = file_name(arena, study, figure, i / 3, formats[i % 3]);
            files = arena_grow(arena, files, n, n + 1, sizeof *files);
            files[n++] = (struct file_to_write){arena_printf(arena, "%s/%s", folder, name),
                                                file.data.data, file.data.n};
        }
    return make_folder(folder, err) && write_files(files, (int)n, err);
}

/* What a figure is drawn of. */
static int run_for_figures(struct arena *arena, const struct arguments *arguments,
                           struct study *study) {
    struct study_options options = {.futures = true};
    return run_study(arena, arguments, arguments->words[1], &options, study);
}

static int plot_all(struct arena *arena, const struct arguments *arguments) {
    struct err err = {0};
    const char *folder = arguments->given[OPTION_OUT] ? arguments->value[OPTION_OUT] : NULL;
    if (!folder) {
        err_set(&err, ERR_USAGE, "plot all: say which folder to write to");
        err_hint(&err, "for example: headroom plot all %s -o charts", arguments->words[1]);
        return print_error(&err);
    }
    if (!check_output_folder(arena, folder, &err))
        return print_error(&err);
    struct study study;
    int code = run_for_figures(arena, arguments, &study);
    if (code != 0)
        return code;
    return put_all(arena, &study, folder, &err) ? 0 : print_error(&err);
}

static int put(const struct arguments *arguments, const struct figure_file *file) {
    for (int i = 0; i < file->n_warnings; i++)
        print_warning(NULL, file->warnings[i]);
    if (!arguments->given[OPTION_OUT])
        return print_result(file->data.data, file->data.n);
    struct err err = {0};
    const char *path = arguments->value[OPTION_OUT];
    return write_file(path, file->data.data, file->data.n, &err) ? 0 : print_error(&err);
}

int command_plot(struct arena *arena, const struct arguments *arguments) {
    if (arguments->given[OPTION_LIST])
        return list_figures(arena);
    struct err err = {0};
    if (arguments->n_words != 2) {
        err_set(&err, ERR_USAGE, "usage: headroom plot FIGURE SCENARIO [-o FILE]");
        err_hint(&err, "headroom plot --list lists the figures");
        return print_error(&err);
    }
    if (strcmp(arguments->words[0], "all") == 0)
        return plot_all(arena, arguments);
    const struct figure *figure = find_figure(arguments->words[0], &err);
    enum figure_format format;
    const char *path = arguments->given[OPTION_OUT] ? arguments->value[OPTION_OUT] : NULL;
    if (!figure || !find_format(path, &format, &err) ||
        (path && !check_output_file(arena, path, &err)))
        return print_error(&err);
    struct study study;
    int code = run_for_figures(arena, arguments, &study);
    if (code != 0)
        return code;
    int workload = find_workload(arguments, &study, figure, &err);
    struct figure_file file;
    if (workload < 0 || !figure_render(arena, &study, figure, workload, format, &file, &err))
        return print_error(&err);
    return put(arguments, &file);
}
