/* SPDX-License-Identifier: GPL-3.0-or-later */
/* export FORMAT RESULT: the plan's instances for the tools that run them. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/shell.h"
#include "cli/write_file.h"
#include "scenarios/export.h"

static bool find_format(const char *name, enum export_format *out, struct err *err) {
    const char *names[EXPORT_FORMAT_COUNT];
    for (int i = 0; i < EXPORT_FORMAT_COUNT; i++) {
        names[i] = export_format_name((enum export_format)i);
        if (strcmp(name, names[i]) == 0) {
            *out = (enum export_format)i;
            return true;
        }
    }
    err_set(err, ERR_USAGE, "there is no format '%s'", name);
    const char *near = text_nearest(bytes_of(name), names, EXPORT_FORMAT_COUNT);
    err_hint(err, near ? "did you mean '%s'?" : "headroom help export lists them", near);
    return false;
}

static int write_out(struct arena *arena, const struct arguments *arguments,
                     const struct text *text) {
    struct err err = {0};
    fputs("review before apply: a draft, without subnets, images and permissions\n", stderr);
    if (!arguments->given[OPTION_OUT])
        return print_result(text->data, text->n);
    const char *path = arguments->value[OPTION_OUT];
    if (!write_file(path, text->data, text->n, &err))
        return print_error(&err);
    const char *line = arena_printf(arena, "Wrote %s\n", path);
    return print_result(line, strlen(line));
}

int command_export(struct arena *arena, const struct arguments *arguments) {
    struct err err = {0};
    enum export_format format;
    struct result_file result;
    struct text out = {.arena = arena};
    if (!find_format(arguments->words[0], &format, &err) ||
        !open_result(arena, arguments->words[1], &result, &err))
        return print_error(&err);
    bool ok = export_append(&result, format, arguments->value[OPTION_WORKLOAD], &out, &err);
    int code = ok ? write_out(arena, arguments, &out) : print_error(&err);
    result_close(&result);
    return code;
}
