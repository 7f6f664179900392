/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Text and figures down the pages: a cursor on the last page, page breaks, headings, footers.
 *
 *  Nothing is cut in silence: what does not fit goes to a continuation page, and a name that was
 * shortened is kept with its full form for the list at the end of the report. */
#ifndef HEADROOM_PLOTS_FLOW_H
#define HEADROOM_PLOTS_FLOW_H

#include "plots/paper.h"
#include "plots/scene.h"

struct flow_page {
    struct scene scene;
    const char *title; /* for the running head */
};

struct flow_chapter {
    const char *title; /* for the outline */
    int page;          /* from 0 */
    double y;          /* where it begins on it */
};

struct flow_shortened {
    const char *shown, *full;
};

struct flow {
    struct arena *arena;
    struct typeset *type;
    struct paper paper;
    double left, right, top, bottom, width; /* of the content: places on the page, and its width */
    const char *running;                    /* names the report at the head of every page */
    struct flow_page *pages;
    int n_pages, pages_capacity;
    struct flow_chapter *chapters;
    int n_chapters;
    double y;    /* top of the free room on the last page */
    double head; /* where it was when that page was opened */
    double gaps; /* of the usual room around the rows of tables; 1 */
    struct flow_shortened *shortened;
    int n_shortened, shortened_capacity;
    const char *missing; /* what the typeface lacks, as it was told at the end; NULL: nothing */
};

struct flow flow_open(struct arena *arena, struct typeset *type, const struct paper *paper,
                      const char *running);

struct scene *flow_scene(struct flow *flow);
/** A chapter on a new page. */
void flow_page(struct flow *flow, const char *title);
/** A chapter that goes on below the last one where `height` is left for it and its heading. */
#define FLOW_CHAPTER_HEIGHT 57.0 /* of the heading, with the room around it */
void flow_chapter(struct flow *flow, const char *title, double height);
double flow_room(const struct flow *flow);
/** A continuation page. */
void flow_turn(struct flow *flow);
/** The same unless `height` is free. */
void flow_need(struct flow *flow, double height);
void flow_space(struct flow *flow, double height);

/** Wrapped text under its tag; `y` moves below it. A paragraph that goes on overleaf leaves no
 * single line behind and sends none ahead. */
void flow_text(struct flow *flow, const char *tag, const char *text, struct style style,
               double leading);
double flow_text_height(struct flow *flow, const char *text, struct style style, double width,
                        double leading);
/** A line of a paragraph as it is set: all but the last end in a blank, so that the words stay
 * apart when the text is read out or copied. */
const char *flow_line(struct arena *arena, const char *line, bool last);
/** Line `i` of `n` so that words stay apart: a blank behind it, or before it where the right edge
 * has to be kept. */
const char *flow_line_of(struct arena *arena, const char *line, int i, int n, enum align align);
/** The narrowest width in which the text takes no more lines than in `width`: even lines. */
double flow_even_width(struct flow *flow, const char *text, struct style style, double width);
/** The same at a place of the page; returns its height. */
double flow_text_at(struct flow *flow, const char *tag, const char *text, struct style style,
                    double leading, double x, double y, double width);

/** Finding and what is measured, above a figure or table. Needs `below` more points on this page.
 */
void flow_title(struct flow *flow, const char *title, const char *subtitle, double below);
double flow_title_height(struct flow *flow, const char *title, const char *subtitle);

/** typeset_fit that remembers what it shortened. */
const char *flow_fit(struct flow *flow, const char *text, struct style style, double width);

/** Rule, source line and "n of m" on every page; call once, at the end. */
void flow_footers(struct flow *flow, const char *source);

#endif
