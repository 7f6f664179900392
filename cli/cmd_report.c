/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report RESULT: the PDF of a run again, from its result alone. */
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/shell.h"
#include "cli/terminal.h"
#include "cli/write_file.h"
#include "plots/report.h"

static int put(struct arena *arena, const struct arguments *arguments, const struct report *report,
               const char *file) {
    for (int i = 0; i < report->n_warnings; i++)
        print_warning(file, report->warnings[i]);
    if (!arguments->given[OPTION_OUT])
        return print_result(report->pdf.data, report->pdf.n);
    struct err err = {0};
    const char *path = arguments->value[OPTION_OUT];
    if (!write_file(path, report->pdf.data, report->pdf.n, &err))
        return print_error(&err);
    const char *line = arena_printf(arena, "Wrote %s\n", path);
    return print_result(line, strlen(line));
}

int command_report(struct arena *arena, const struct arguments *arguments) {
    struct err err = {0};
    struct result_file result;
    struct report report;
    struct report_options options = {0};
    if (!find_paper(arguments->value[OPTION_PAPER], &options.paper, &err))
        return print_error(&err);
    if (!arguments->given[OPTION_OUT] && isatty(STDOUT_FILENO)) {
        err_set(&err, ERR_USAGE, "a PDF is nothing for a terminal");
        err_hint(&err, "for example: headroom report %s -o report.pdf", arguments->words[0]);
        return print_error(&err);
    }
    if ((arguments->given[OPTION_OUT] &&
         !check_output_file(arena, arguments->value[OPTION_OUT], &err)) ||
        !open_result(arena, arguments->words[0], &result, &err))
        return print_error(&err);
    bool ok = report_redraw(arena, &result, &options, &report, &err);
    int code = ok ? put(arena, arguments, &report, result.file) : print_error(&err);
    result_close(&result);
    return code;
}
