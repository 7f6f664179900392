/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Text in the report's one typeface (Inter): measuring, wrapping, shortening, drawing.
 *
 *  Pango and fontconfig stay behind this door. The typeface is loaded through a private fontconfig
 * with nothing of the host in it, hinting is off and a point is 1/72 inch, so that the same text
 * has the same width everywhere. Ligatures are off (they break text extraction), digits are
 * tabular. Text is never read as markup. One typeset is used by one thread. */
#ifndef HEADROOM_PLOTS_TYPESET_H
#define HEADROOM_PLOTS_TYPESET_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "plots/palette.h"

enum weight { WEIGHT_REGULAR, WEIGHT_SEMIBOLD, WEIGHT_BOLD };
enum { WEIGHTS = 3 };

struct style {
    double size; /* points */
    enum weight weight;
    rgb color;
};

/* Ascender and descender of Inter's letters, as shares of the size: the box that text keeps free.
 */
#define TYPESET_ASCENT 0.76
#define TYPESET_DESCENT 0.21

struct typeset;

/** @param folder  where Inter-Regular.otf and its sisters lie */
struct typeset *typeset_open(struct arena *arena, const char *folder, struct err *err);
void typeset_close(struct typeset *type); /* NULL is fine */

/** The text as it can be printed: a letter and its marks become one character where Unicode has it
 * (NFC); control and bidirectional characters and those that the typeface lacks, marks too, become
 * '?'; characters that are never seen are dropped. Every function below cleans its text first.
 */
const char *typeset_clean(struct typeset *type, struct arena *arena, const char *text);
/** Different characters seen so far that the typeface lacks. */
int typeset_missing(const struct typeset *type);
/** A sentence about them, "2 characters are printed as ?, ...: \u65e5 (U+65E5), ...", that names
 * the texts they stand in; NULL when nothing is missing. */
const char *typeset_missing_words(const struct typeset *type, struct arena *arena);

double typeset_width(struct typeset *type, const char *text, struct style style);

/** Lines no wider than `width`, broken at words, inside a word only when it is wider than a line.
 *  @param lines  [returned count] out, in the arena; at least one */
int typeset_wrap(struct typeset *type, struct arena *arena, const char *text, struct style style,
                 double width, const char *const **lines);

/** The text, or its beginning with an ellipsis, no wider than `width`. */
const char *typeset_fit(struct typeset *type, struct arena *arena, const char *text,
                        struct style style, double width);

/** Draw one line with its baseline at (x, y) on a cairo_t. */
void typeset_draw(struct typeset *type, void *cairo, const char *text, struct style style, double x,
                  double y);

#endif
