/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Text for people on a terminal: columns as they are seen, charts of block characters, ASCII where
 * the locale is not UTF-8, bold headings where there is a terminal that can.
 *
 *  Text is composed in UTF-8 and without escapes; print_text alone looks at the environment. The
 * process's locale stays "C", so that no number and no page depends on it. */
#ifndef HEADROOM_CLI_TERMINAL_H
#define HEADROOM_CLI_TERMINAL_H

#include "base/text.h"

enum { TERMINAL_WIDTH = 80 };

/** Columns that text takes, by wcwidth; bytes that are no UTF-8 take one each. */
int text_columns(struct bytes text);
/** Bytes of the longest beginning of whole characters that takes no more columns. */
size_t text_fitting(struct bytes text, int width);
/** Filled with blanks to a width; negative: from the left. What is too long is cut, with a mark. */
void append_padded(struct text *out, const char *text, int width);
/** The same as a text of its own. */
const char *padded(struct arena *arena, const char *text, int width);
void append_repeated(struct text *out, const char *mark, int n);

/** A mark of eight heights for a share 0..1; 0 and below: the lowest. */
const char *spark_mark(double share);

/** To stdout as print_result does: broken anew where COLUMNS, or else the terminal, has 40 to 79
 * columns (cli/narrow.h; fewer count as 40); outside UTF-8 each character that ASCII has no
 * likeness of is as many '?' as it is wide; on a terminal headings are bold, unless NO_COLOR is set
 * to something or TERM is dumb or missing. */
int print_text(struct arena *arena, const struct text *text);

/** "warning: FILE: TEXT" to stderr, in the characters that print_text would take.
 *  @param file  NULL: it is about none */
void print_warning(const char *file, const char *text);

/** What is for programs (JSON, CSV) as it is, what is for people by print_text. */
int print_form(struct arena *arena, const struct text *text, bool for_programs);

/** Whether a terminal shows progress and moves its cursor: stderr is one, and TERM is not dumb. */
bool terminal_shows_progress(void);

#endif
