/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of a chapter: figures, tables under their titles, paragraphs. They stand one below the
 * other in the order given; one that the rest of a page cannot hold waits for the next page, and
 * what follows it and fits goes ahead, so that no page is left empty for the sake of a chart.
 *
 *  A chapter begins with the first of its parts, or with the table behind it where that waits. A
 * part waits only while the page that holds its predecessors lasts: on a new page the first that
 * waits comes first. */
#ifndef HEADROOM_PLOTS_PARTS_H
#define HEADROOM_PLOTS_PARTS_H

#include "plots/figures.h"
#include "plots/grid.h"

#define PART_GAP 18.0          /* points between parts */
#define PART_SHRINK_MIN 0.74   /* of a figure's height, where the page then holds more */
#define PART_SHRINK_LEAST 0.58 /* where it else holds nothing */
#define PART_STRETCH_MAX 1.25  /* of it, where the page else ends empty */
enum { PART_NOTES_MAX = 2 };

struct part {
    struct figure_view figure;         /* draw NULL: a table or a paragraph */
    const char *title, *subtitle;      /* of a table; NULL: none */
    struct grid table;                 /* n_columns 0: a paragraph */
    const char *notes[PART_NOTES_MAX]; /* paragraphs below, or alone; NULL: none */
    struct style style;                /* of the notes */
    double leading;
};

struct parts {
    struct part *items;
    int n, capacity;
};

void parts_add(struct flow *flow, struct parts *parts, const struct part *part);
/** Nothing where the study has nothing for the figure; of one whose title tells all there is to see
 * the title alone. */
void parts_add_figure(struct flow *flow, struct parts *parts, const struct study *study,
                      int workload, figure_open *figure);
void parts_add_table(struct flow *flow, struct parts *parts, const char *title,
                     const char *subtitle, const struct grid *table);
/** Small print below the last part; "" and NULL add nothing. */
void parts_add_note(struct parts *parts, const char *note);
/** A paragraph of its own; a finding stands out. */
void parts_add_finding(struct flow *flow, struct parts *parts, const char *words);
void parts_add_words(struct flow *flow, struct parts *parts, const char *words);

/** Points that the whole part takes, its figure at `scale` of its height; a table may be longer
 * than a page. */
double part_height(struct flow *flow, const struct part *part, double scale);
/** At the cursor, on another page where the first lines have no room on this one. */
void part_draw(struct flow *flow, const struct part *part, double scale);

/** All of them, in a chapter that the first of them begins.
 *  @param chapter  NULL: they go on in the chapter that there is
 *  @return whether there was anything to draw */
bool parts_draw(struct flow *flow, const char *chapter, const struct parts *parts);

#endif
