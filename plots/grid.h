/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Tables down the pages: wrapped cells, right-aligned numbers, head repeated on continuation
 * pages.
 */
#ifndef HEADROOM_PLOTS_GRID_H
#define HEADROOM_PLOTS_GRID_H

#include "plots/flow.h"

enum { GRID_COLUMNS_MAX = 10 };

struct grid_column {
    const char *title; /* may wrap at blanks */
    enum align align;  /* left or right */
    double share;      /* 0: as wide as its content; else its share of what is left */
    bool shorten;      /* one line, the rest in the list of shortened names */
};

struct grid_link {
    const char *text, *uri;
};
enum { GRID_LINKS_MAX = 3 };

struct grid_cell {
    const char *text;       /* NULL: empty */
    const char *note;       /* small, under the text; NULL: none */
    const char *links_word; /* before the links, on the last line: "relates to" */
    struct grid_link links[GRID_LINKS_MAX];
    int n_links;
    bool strong;
    rgb color; /* 0: ink */
    rgb dot;   /* 0: none; a coloured disc before the text */
};

struct grid {
    const struct grid_column *columns;
    int n_columns;
    struct grid_cell *cells; /* [n_rows * n_columns] */
    int n_rows;
    double row_gap; /* room around a row's text; 0: 5 */
};

/** An empty table over an array of columns, which it borrows; fill it row by row. */
#define GRID_OPEN(arena, columns, n_rows)                                                          \
    grid_open((arena), (columns), (int)(sizeof(columns) / sizeof((columns)[0])), (n_rows))
struct grid grid_open(struct arena *arena, const struct grid_column *columns, int n_columns,
                      int n_rows);
struct grid_cell *grid_row(const struct grid *grid, int row); /* [n_columns] */

void grid_draw(struct flow *flow, const struct grid *grid);
/** Height of the head and the first row: what must not be parted. */
double grid_first_height(struct flow *flow, const struct grid *grid);
/** Height of the head and the rows that a table begins with on a page: four, or all of no more than
 * five, so that the last does not go overleaf alone. */
double grid_begin_height(struct flow *flow, const struct grid *grid);
/** Height when it fits one page. */
double grid_height(struct flow *flow, const struct grid *grid);
/** How many of its rows, from the first, fit into a height; the head with them. */
int grid_rows_within(struct flow *flow, const struct grid *grid, double height);

#endif
