/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the commands share with the outside world: opening inputs, printing errors and results,
 * writing files. */
#ifndef HEADROOM_CLI_SHELL_H
#define HEADROOM_CLI_SHELL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/source.h"
#include "base/text.h"
#include "plots/paper.h"
#include "scenarios/result_read.h"

/** Files by path. `relative_to` names a file whose folder a relative path starts from; such a path
 * may not be absolute nor climb with `..` unless allow_outside. */
struct path_files {
    bool allow_outside;
};
struct file_system path_file_system(struct path_files *context);

/** A file named on the command line; "-" is the standard input. */
struct source *open_argument(struct arena *arena, const char *path, struct err *err);

/** Print a list of errors to stderr, with source line and caret; returns the exit code of the
 * first. */
int print_errors(const struct err_list *errs);
int print_error(const struct err *err);

/** Write a result to stdout. A closed pipe is quiet; every failure gives exit code 4, success 0. */
int print_result(const char *data, size_t n);

/** Decimals of reals in JSON: of a figure that was made or measured, and of a rate, which is exact.
 */
enum { FIGURE_DIGITS = 12, RATE_DIGITS = 15 };

/** Indented, with the last line's end; takes the reference. */
void append_json(struct text *out, json_t *root, int digits);
/** The same to stdout, as print_result does. */
int print_json(struct arena *arena, json_t *root, int digits);

/** Lines of at most `width` columns, breaking at blanks, each line after the first indented. */
void append_wrapped(struct text *out, const char *text, int width, int indent);

/** The same within 80 columns where `column` of them are taken, in which later lines begin too. */
void append_hanging(struct text *out, const char *text, int column);

/** A name in `columns` columns and what it is beside it, within 80; a long name has a line of its
 * own. */
void append_entry(struct text *out, const char *name, int columns, const char *doc);

/** Lines as they are, those that are too wide for the terminal broken at blanks: below their second
 * column, where wide blanks set one apart, else below their own beginning. */
void append_lines(struct text *out, const char *lines);

/** The sheet that --paper names; NULL for none.
 *  @return false, *err set, where there is none of that name */
bool find_paper(const char *name, const struct paper **out, struct err *err);

/** Whether outputs can go to a folder (made when missing) or to a file in an existing one: asked
 * before a long run, so that a slip in a path costs no time. Nothing is made. A disk that is full
 * by then is still an error of the writing. */
bool check_output_folder(struct arena *arena, const char *folder, struct err *err);
bool check_output_file(struct arena *arena, const char *path, struct err *err);

/** The result.json behind an argument: the file, or the folder that it lies in. */
bool open_result(struct arena *arena, const char *argument, struct result_file *out,
                 struct err *err);

/** Text that cannot end a cell of a Markdown table, nor begin markup in it. */
const char *markdown_cell(struct arena *arena, const char *text);

/** The scenario file behind an argument: a folder means its scenario.yaml. */
const char *scenario_path(struct arena *arena, const char *argument);
/** "chat-assistant" of scenarios/chat-assistant, of .../chat-assistant/scenario.yaml and of
 * chat-assistant.yaml. */
const char *scenario_stem(struct arena *arena, const char *path);

int thread_count(const char *option, struct err *err);

#endif
