/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Man pages in roff's man macros, from the tables; `headroom man`. */
#include <ctype.h>
#include <string.h>

#include "cli/help.h"
#include "cli/shell.h"
#include "cli/write_file.h"
#include "pricing/import.h"
#include "scenarios/result.h"

/* In running text a hyphen is printed as one, and no line begins with a request. */
static void append_roff(struct text *out, const char *text) {
    bool line_begins = true;
    for (const char *c = text; *c; c++) {
        if (line_begins && (*c == '.' || *c == '\''))
            text_append_string(out, "\\&");
        if (*c == '\\')
            text_append_string(out, "\\e");
        else if (*c == '-')
            text_append_string(out, "\\-");
        else
            text_append(out, c, 1);
        line_begins = *c == '\n';
    }
}

static const char *upper(struct arena *arena, const char *word) {
    char *copy = arena_strdup(arena, word);
    for (char *c = copy; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

static void append_title(struct text *out, const char *page) {
    text_printf(out,
                ".TH \"%s\" 1 \"" HEADROOM_DATE "\" \"headroom " HEADROOM_VERSION
                "\" \"User commands\"\n",
                upper(out->arena, page));
}

/* A tag and what it is. */
static void append_tagged(struct text *out, const char *tag, const char *doc) {
    text_append_string(out, ".TP\n.B ");
    append_roff(out, tag);
    text_append_string(out, "\n");
    append_roff(out, doc);
    text_append_string(out, "\n");
}

static void append_example(struct text *out, const char *line) {
    text_append_string(out, ".SH EXAMPLE\n.nf\n");
    append_roff(out, line);
    text_append_string(out, "\n.fi\n");
}

static void append_options(struct text *out, const struct command *command) {
    text_append_string(out, ".SH OPTIONS\n");
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++) {
        const struct option_doc *doc = &option_docs[*id];
        text_append_string(out, ".TP\n.B ");
        if (*id == OPTION_OUT)
            text_append_string(out, "\\-o, ");
        text_append_string(out, "\\-\\-");
        append_roff(out, doc->name);
        if (doc->argument[0])
            text_printf(out, " \\fI%s\\fP", doc->argument);
        text_append_string(out, "\n");
        append_roff(out, doc->doc);
        text_append_string(out, "\n");
    }
}

static bool has_option(const struct command *command, enum option_id wanted) {
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
        if (*id == wanted)
            return true;
    return false;
}

static void append_lists(struct text *out, const struct command *command) {
    if (has_option(command, OPTION_CSV) && strcmp(command->name, "run") == 0) {
        text_append_string(out, ".SH TABLES\n");
        for (const struct result_table *table = result_tables; table->name; table++)
            append_tagged(out, table->name, table->doc);
    }
    if (has_option(command, OPTION_FORMAT)) {
        text_append_string(out, ".SH FORMATS\n");
        for (const struct price_import_format *format = price_import_formats; format->name;
             format++)
            append_tagged(out, format->name, format->doc);
    }
}

static void append_exit_codes(struct text *out) {
    static const struct {
        const char *code, *doc;
    } codes[] = {
        {"0", "done"},
        {"1", "the answer is no: infeasible, the target is missed, an enforced budget is broken"},
        {"2", "usage: an unknown command or option, a missing word"},
        {"3", "an input that cannot be read or makes no sense"},
        {"4", "the system: a file that cannot be written, a closed pipe"},
        {"70", "a bug of headroom"},
        {"130, 143", "interrupted, terminated; files are whole or absent"},
    };
    text_append_string(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        append_tagged(out, codes[i].code, codes[i].doc);
}

static void append_program(struct text *out) {
    append_title(out, "headroom");
    text_append_string(out, ".SH NAME\nheadroom \\- what to buy for AI traffic, what it costs, "
                            "whether it holds the SLO\n"
                            ".SH SYNOPSIS\n.B headroom\n.I command\n[\\fIoptions\\fP]\n");
    append_example(out, "headroom run scenarios/chat-assistant");
    text_append_string(out, ".SH COMMANDS\n");
    for (const struct command *c = commands; c->name; c++)
        append_tagged(out, arena_printf(out->arena, "headroom-%s(1)", c->name), c->doc);
    append_exit_codes(out);
    text_append_string(out, ".SH ENVIRONMENT\n");
    append_tagged(out, "COLUMNS",
                  "where it is below 80, or else the terminal is narrower, text is broken to fit "
                  "it, down to 40 columns");
    append_tagged(out, "LC_ALL, LC_CTYPE, LANG",
                  "outside a UTF-8 locale charts in the terminal are drawn in ASCII");
    append_tagged(out, "NO_COLOR, TERM",
                  "output has no colour; on a terminal that is dumb there is no progress line");
}

void help_append_manual(struct text *out, const struct command *command) {
    if (!command) {
        append_program(out);
        return;
    }
    append_title(out, arena_printf(out->arena, "headroom-%s", command->name));
    text_printf(out, ".SH NAME\nheadroom\\-%s \\- ", command->name);
    append_roff(out, command->doc);
    text_append_string(out, "\n.SH SYNOPSIS\n.B headroom\n");
    append_roff(out, command->usage);
    text_append_string(out, "\n");
    append_example(out, command->example);
    if (command->more[0]) {
        text_append_string(out, ".SH DESCRIPTION\n");
        append_roff(out, command->more);
        text_append_string(out, "\n");
    }
    append_options(out, command);
    append_lists(out, command);
    append_exit_codes(out);
    text_append_string(out, ".SH SEE ALSO\n.BR headroom (1)\n");
}

static int unknown_command(const char *word) {
    struct err err = {0};
    err_set(&err, ERR_USAGE, "man: unknown command '%s'", word);
    err_hint(&err, "headroom help lists the commands");
    return print_error(&err);
}

/* Every page as a file of its own, for an installation. */
static int write_pages(struct arena *arena, const char *folder) {
    struct err err = {0};
    if (!make_folder(folder, &err))
        return print_error(&err);
    const struct command *command = NULL; /* the program, then each command */
    do {
        struct text page = {.arena = arena};
        help_append_manual(&page, command);
        const char *path = arena_printf(arena, "%s/headroom%s%s.1", folder, command ? "-" : "",
                                        command ? command->name : "");
        if (!write_file(path, page.data, page.n, &err))
            return print_error(&err);
        command = command ? command + 1 : commands;
    } while (command->name);
    return 0;
}

int command_man(struct arena *arena, const struct arguments *arguments) {
    const struct command *command = NULL;
    if (arguments->n_words > 0 && !(command = help_find_command(arguments->words[0])))
        return unknown_command(arguments->words[0]);
    if (arguments->given[OPTION_OUT])
        return write_pages(arena, arguments->value[OPTION_OUT]);
    struct text out = {.arena = arena};
    help_append_manual(&out, command);
    return print_result(out.data, out.n);
}
