/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion scripts for three shells, from the tables; `headroom completion`. */
#include <string.h>

#include "cli/help.h"
#include "cli/shell.h"
#include "pricing/import.h"
#include "scenarios/result.h"

const char *help_shell_name(enum help_shell shell) {
    static const char *const names[HELP_SHELLS] = {"bash", "zsh", "fish"};
    return names[shell];
}

/* What an option's argument can be: files, one of some words, or anything. */
enum values { VALUES_NONE, VALUES_FILES, VALUES_TABLES, VALUES_FORMATS };

static enum values option_values(enum option_id id) {
    const char *argument = option_docs[id].argument;
    if (id == OPTION_CSV)
        return VALUES_TABLES;
    if (id == OPTION_FORMAT)
        return VALUES_FORMATS;
    return strcmp(argument, "FILE") == 0 || strcmp(argument, "PATH") == 0 ? VALUES_FILES
                                                                          : VALUES_NONE;
}

static void append_values(struct text *out, enum values values) {
    for (const struct result_table *table = result_tables; values == VALUES_TABLES && table->name;
         table++)
        text_printf(out, "%s%s", table == result_tables ? "" : " ", table->name);
    for (const struct price_import_format *format = price_import_formats;
         values == VALUES_FORMATS && format->name; format++)
        text_printf(out, "%s%s", format == price_import_formats ? "" : " ", format->name);
}

/* In single quotes; `special` are characters that need a backslash there. */
static void append_quoted(struct text *out, const char *text, const char *special, bool fish) {
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            text_append_string(out, fish ? "\\'" : "'\\''");
        else
            text_printf(out, "%s%c", strchr(special, *c) ? "\\" : "", *c);
    }
}

/* ---- bash ---- */

/* "--out|--focus" of all options whose argument is of a kind. */
static void append_bash_case(struct text *out, enum values values) {
    int n = 0;
    for (int id = 0; id < OPTION_COUNT; id++)
        if (option_docs[id].argument[0] && option_values((enum option_id)id) == values)
            text_printf(out, "%s--%s", n++ ? "|" : "    ", option_docs[id].name);
    if (values == VALUES_FILES)
        text_append_string(out, "|-o");
}

static void append_bash_values(struct text *out, enum values values) {
    append_bash_case(out, values);
    text_append_string(out, ") COMPREPLY=($(compgen -W \"");
    append_values(out, values);
    text_append_string(out, "\" -- \"$current\")); return ;;\n");
}

static void append_bash(struct text *out) {
    size_t n;
    const char *const *names = help_command_names(out->arena, &n);
    text_append_string(out, "# bash completion of headroom: source it, or install it as\n"
                            "# /usr/share/bash-completion/completions/headroom\n"
                            "_headroom() {\n"
                            "  local current=${COMP_WORDS[COMP_CWORD]} options= words=\n"
                            "  COMPREPLY=()\n"
                            "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                            "    COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s ", names[i]);
    text_append_string(out, "--help --version\" -- \"$current\"))\n    return\n  fi\n"
                            "  case ${COMP_WORDS[COMP_CWORD-1]} in\n");
    append_bash_values(out, VALUES_TABLES);
    append_bash_values(out, VALUES_FORMATS);
    append_bash_case(out, VALUES_FILES);
    text_append_string(out, ") COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n");
    append_bash_case(out, VALUES_NONE);
    text_append_string(out, ") return ;;\n  esac\n  case ${COMP_WORDS[1]} in\n    help) words=\"");
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s ", names[i]);
    text_append_string(out, "tables formats\" ;;\n");
    for (const struct command *command = commands; command->name; command++) {
        const char *const *words = help_sub_words(out->arena, command, &n);
        text_printf(out, "    %s) words=\"", command->name);
        for (size_t i = 0; i < n; i++)
            text_printf(out, "%s%s", i ? " " : "", words[i]);
        text_append_string(out, "\" options=\"");
        for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
            text_printf(out, "%s--%s", id == command->options ? "" : " ", option_docs[*id].name);
        text_append_string(out, "\" ;;\n");
    }
    text_append_string(out, "  esac\n"
                            "  case $current in\n"
                            "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
                            "    *) [ \"$COMP_CWORD\" -gt 2 ] && words=\n"
                            "       COMPREPLY=($(compgen -W \"$words\" -- \"$current\")\n"
                            "                  $(compgen -f -- \"$current\")) ;;\n"
                            "  esac\n"
                            "}\n"
                            "complete -o filenames -F _headroom headroom\n");
}

/* ---- zsh ---- */

static void append_zsh_option(struct text *out, enum option_id id) {
    static const char *const actions[] = {[VALUES_NONE] = " ", [VALUES_FILES] = "_files"};
    const struct option_doc *doc = &option_docs[id];
    enum values values = option_values(id);
    text_printf(out, " \\\n        '*--%s%s[", doc->name, doc->argument[0] ? "=" : "");
    append_quoted(out, doc->doc, "[]:\\", false);
    text_append_string(out, "]");
    if (doc->argument[0] && values <= VALUES_FILES)
        text_printf(out, ":%s:%s", doc->argument, actions[values]);
    if (doc->argument[0] && values > VALUES_FILES) {
        text_printf(out, ":%s:(", doc->argument);
        append_values(out, values);
        text_append_string(out, ")");
    }
    text_append_string(out, "'");
}

static void append_zsh(struct text *out) {
    text_append_string(out, "#compdef headroom\n_headroom() {\n  local -a all\n  all=(\n");
    for (const struct command *command = commands; command->name; command++) {
        text_printf(out, "    '%s:", command->name);
        append_quoted(out, command->doc, ":\\", false);
        text_append_string(out, "'\n");
    }
    text_append_string(out, "    'help:the commands, or one of them'\n  )\n"
                            "  if (( CURRENT == 2 )); then\n    _describe command all\n    return\n"
                            "  fi\n  shift words\n  (( CURRENT-- ))\n  case $words[1] in\n");
    for (const struct command *command = commands; command->name; command++) {
        size_t n;
        const char *const *words = help_sub_words(out->arena, command, &n);
        text_printf(out, "    %s)\n      _arguments", command->name);
        for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
            append_zsh_option(out, *id);
        if (n > 0) {
            text_append_string(out, " \\\n        '1:what:(");
            for (size_t i = 0; i < n; i++)
                text_printf(out, "%s%s", i ? " " : "", words[i]);
            text_append_string(out, ")'");
        }
        text_append_string(out, " \\\n        '*:file:_files' ;;\n");
    }
    text_append_string(out, "    help) _describe command all ;;\n  esac\n}\n_headroom \"$@\"\n");
}

/* ---- fish ---- */

static void append_fish_option(struct text *out, const char *command, enum option_id id) {
    const struct option_doc *doc = &option_docs[id];
    enum values values = option_values(id);
    text_printf(out, "complete -c headroom -n '__fish_seen_subcommand_from %s' -l %s", command,
                doc->name);
    if (doc->argument[0])
        text_append_string(out, values == VALUES_FILES ? " -r -F" : " -x");
    if (values == VALUES_TABLES || values == VALUES_FORMATS) {
        text_append_string(out, " -a '");
        append_values(out, values);
        text_append_string(out, "'");
    }
    text_append_string(out, " -d '");
    append_quoted(out, doc->doc, "\\", true);
    text_append_string(out, "'\n");
}

static void append_fish(struct text *out) {
    text_append_string(out, "# fish completion of headroom: install it as\n"
                            "# ~/.config/fish/completions/headroom.fish\n");
    for (const struct command *command = commands; command->name; command++) {
        size_t n;
        const char *const *words = help_sub_words(out->arena, command, &n);
        text_printf(out, "complete -c headroom -f -n __fish_use_subcommand -a %s -d '",
                    command->name);
        append_quoted(out, command->doc, "\\", true);
        text_append_string(out, "'\n");
        for (size_t i = 0; i < n; i++)
            text_printf(out, "complete -c headroom -n '__fish_seen_subcommand_from %s' -a %s\n",
                        command->name, words[i]);
        for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
            append_fish_option(out, command->name, *id);
    }
    text_append_string(
        out, "complete -c headroom -f -n __fish_use_subcommand -a help -d 'the commands'\n");
}

void help_append_completion(struct text *out, enum help_shell shell) {
    static void (*const append[HELP_SHELLS])(struct text *) = {append_bash, append_zsh,
                                                               append_fish};
    append[shell](out);
}

int command_completion(struct arena *arena, const struct arguments *arguments) {
    struct text out = {.arena = arena};
    for (int shell = 0; shell < HELP_SHELLS; shell++) {
        if (strcmp(arguments->words[0], help_shell_name((enum help_shell)shell)) != 0)
            continue;
        help_append_completion(&out, (enum help_shell)shell);
        return print_result(out.data, out.n);
    }
    struct err err = {0};
    err_set(&err, ERR_USAGE, "no completion for the shell '%s'", arguments->words[0]);
    err_hint(&err, "there are bash, zsh and fish");
    return print_error(&err);
}
