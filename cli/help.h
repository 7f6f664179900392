/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the command and option tables say, in every form: --help, man pages, shell completion.
 * Nothing about an option stands anywhere else. */
#ifndef HEADROOM_CLI_HELP_H
#define HEADROOM_CLI_HELP_H

#include "base/text.h"
#include "cli/command.h"

struct option_doc {
    const char *name, *argument, *doc; /* argument "" : a switch */
};
extern const struct option_doc option_docs[OPTION_COUNT];
extern const struct command commands[]; /* ends with a name NULL */

const struct command *help_find_command(const char *word);
/** "run", "size", ... and last "help"; *n of them. */
const char *const *help_command_names(struct arena *arena, size_t *n);
/** What may follow the command's name literally, by its usage line: "stats", "convert"; *n of them.
 */
const char *const *help_sub_words(struct arena *arena, const struct command *command, size_t *n);

void help_append_overview(struct text *out);
void help_append_command(struct text *out, const struct command *command);
/** "tables" and "formats": lists too long for one screen of options. false: there is no such topic.
 */
bool help_append_topic(struct text *out, const char *topic);

/** A man page in roff, section 1: of the program (NULL) or of one command. */
void help_append_manual(struct text *out, const struct command *command);

enum help_shell { HELP_BASH, HELP_ZSH, HELP_FISH, HELP_SHELLS };
const char *help_shell_name(enum help_shell shell);
void help_append_completion(struct text *out, enum help_shell shell);

#endif
