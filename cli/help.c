/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <string.h>

#include "cli/shell.h"
#include "pricing/import.h"
#include "scenarios/result.h"

enum { WIDTH = 80, NAME_WIDTH = 12, OPTION_WIDTH = 24 };

const struct option_doc option_docs[OPTION_COUNT] = {
#define X(id, name, argument, doc) {name, argument, doc},
    OPTION_TABLE(X)
#undef X
};

const struct command *help_find_command(const char *word) {
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(word, command->name) == 0)
            return command;
    return NULL;
}

const char *const *help_command_names(struct arena *arena, size_t *n) {
    size_t count = 0;
    while (commands[count].name)
        count++;
    const char **names = arena_new(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = commands[i].name;
    names[count] = "help";
    *n = count + 1;
    return names;
}

/* "trace stats FILE | trace convert FILE" and "prices list | search WORD..." both name the word of
 * each part; what is in capitals stands for something. */
const char *const *help_sub_words(struct arena *arena, const struct command *command, size_t *n) {
    const char **words = arena_new(arena, const char *, strlen(command->usage) + 1);
    size_t own = strlen(command->name);
    *n = 0;
    for (const char *part = command->usage; *part;) {
        part += strspn(part, " |");
        if (strncmp(part, command->name, own) == 0 && (part[own] == ' ' || !part[own]))
            part += own + strspn(part + own, " ");
        size_t length = strspn(part, "abcdefghijklmnopqrstuvwxyz-");
        if (length > 0 && (!part[length] || part[length] == ' '))
            words[(*n)++] = arena_strndup(arena, part, length);
        part += strcspn(part, "|");
    }
    return words;
}

void help_append_overview(struct text *out) {
    text_append_string(
        out, "  headroom run scenarios/chat-assistant     the whole answer, with a PDF\n\n"
             "headroom: what to buy for AI traffic, what it costs, whether it holds the SLO\n\n");
    for (const struct command *command = commands; command->name; command++)
        append_entry(out, command->name, NAME_WIDTH, command->doc);
    text_append_string(out, "\nheadroom help COMMAND shows its options. Your own first answer:\n"
                            "  headroom init && headroom run scenario.yaml\n");
}

static const char *option_words(struct arena *arena, enum option_id id) {
    const struct option_doc *doc = &option_docs[id];
    return arena_printf(arena, "%s--%s%s%s", id == OPTION_OUT ? "-o, " : "", doc->name,
                        doc->argument[0] ? " " : "", doc->argument);
}

/* A command line that is too long goes on behind a backslash. */
static void append_example(struct text *out, const char *line) {
    int column = 0;
    while (*line) {
        size_t n = strcspn(line, " ");
        if (column > 0 && column + 1 + (int)n > WIDTH - 2) {
            text_append_string(out, " \\\n     ");
            column = 5;
        }
        text_printf(out, "%s%.*s", column > 0 ? " " : "  ", (int)n, line);
        column += (int)n + (column > 0 ? 1 : 2);
        line += n + strspn(line + n, " ");
    }
    text_append_string(out, "\n\n");
}

void help_append_command(struct text *out, const struct command *command) {
    append_example(out, command->example);
    append_wrapped(out, command->doc, WIDTH, 0);
    text_append_string(out, "\nusage: ");
    append_wrapped(out, arena_printf(out->arena, "headroom %s", command->usage), WIDTH - 7, 7);
    if (command->more[0])
        text_printf(out, "\n%s\n", command->more);
    text_append_string(out, "\noptions:\n");
    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++)
        append_entry(out, option_words(out->arena, *id), OPTION_WIDTH, option_docs[*id].doc);
}

bool help_append_topic(struct text *out, const char *topic) {
    bool tables = strcmp(topic, "tables") == 0;
    if (!tables && strcmp(topic, "formats") != 0)
        return false;
    text_append_string(out, tables ? "  headroom run scenarios/chat-assistant --csv candidates\n\n"
                                     "the tables of a result, for --csv and in the output folder:\n"
                                   : "  headroom prices import pricing.json --out mine.csv\n\n"
                                     "what `prices import` reads:\n");
    for (const struct result_table *table = result_tables; tables && table->name; table++)
        append_entry(out, table->name, NAME_WIDTH + 3, table->doc);
    for (const struct price_import_format *format = price_import_formats; !tables && format->name;
         format++)
        append_entry(out, format->name, NAME_WIDTH + 3, format->doc);
    return true;
}
