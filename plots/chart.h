/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Parts that charts are made of; they know values, places and colours, and nothing of the trade.
 */
#ifndef HEADROOM_PLOTS_CHART_H
#define HEADROOM_PLOTS_CHART_H

#include "plots/axis.h"
#include "plots/scene.h"

/** Text styles of all charts. */
struct style chart_tick_style(void);
struct style chart_note_style(void);
struct style chart_strong_style(rgb color);

enum tick_unit { TICK_PLAIN, TICK_MONEY, TICK_PERCENT, TICK_SECONDS };

/** Horizontal gridlines of a y axis over x0 .. x1, labels right-aligned left of x0, and the base
 * line. */
void chart_grid_y(struct scene *scene, const struct axis *y, enum tick_unit unit, double x0,
                  double x1);
/** Labels under a horizontal axis, with short ticks; none goes beyond `right`, and one without room
 * is left out. */
void chart_ticks_x(struct scene *scene, const struct axis *x, enum tick_unit unit, double top,
                   double right);

/** Width that the labels of a y axis need. */
double chart_label_width(struct scene *scene, const struct axis *y, enum tick_unit unit);

/** Steps of hourly values: value i holds from i to i + 1. Bands between `low` and `high`; `low`
 * NULL reads as zero. Stretches without height are left out, NAN as well; it interrupts a line. */
void chart_step_band(struct scene *scene, const struct axis *x, const struct axis *y,
                     const double *low, const double *high, int n, rgb fill);
void chart_step_line(struct scene *scene, const struct axis *x, const struct axis *y,
                     const double *values, int n, struct stroke stroke);

/** Lines between points; a NAN ends one and begins another. */
void chart_line(struct scene *scene, const struct axis *x, const struct axis *y, const double *xs,
                const double *ys, int n, struct stroke stroke);
/** The area between two series over xs; places where either is NAN are left out. */
void chart_band(struct scene *scene, const struct axis *x, const struct axis *y, const double *xs,
                const double *low, const double *high, int n, rgb fill);

/** A word beside a series: dot of colour is not needed, the text carries it. */
struct chart_label {
    const char *text;
    rgb color;
    double wanted_y; /* centre */
};
/** Labels one under the other at x, spread so that none overlap, inside [top, bottom]; one that had
 * to move far has a thin line to its place. [n] by importance, n <= CHART_LABELS_MAX: the last are
 * left out where there is no room for all. Returns how many are shown. */
enum { CHART_LABELS_MAX = 64 };
int chart_side_labels(struct scene *scene, const struct chart_label *labels, int n, double x,
                      double top, double bottom);

/** A horizontal bar: parts one after the other from zero. */
enum { CHART_PARTS_MAX = 5 };
struct chart_part {
    double value; /* >= 0 */
    rgb fill;
    bool hatched; /* paid for and not used */
};
struct chart_bar {
    const char *name;
    const char *value; /* printed behind its end */
    const char *note;  /* behind that, where there is room; NULL: none */
    bool strong;
    int n_parts;
    struct chart_part parts[CHART_PARTS_MAX];
    double low, high; /* of what the end is known to be; low >= high: not shown */
};
/** Rows that share the height of the box; 14 points each are enough. Names that are too wide are
 * shortened. Returns the scale. */
struct axis chart_bars(struct scene *scene, const struct chart_bar *bars, int n, struct box box);

/** Steps from total to total, all from zero on one scale. */
struct chart_step {
    const char *name, *note;
    double from, to; /* total: from = 0 */
    bool total;
    rgb fill;
    double low, high; /* of a total; low >= high: not shown */
};
/** `words` prints a row's value. Rows share the height of the box; 14 points each are enough. */
void chart_steps(struct scene *scene, const struct chart_step *steps, int n,
                 const char *(*words)(struct arena *arena, const struct chart_step *step),
                 struct box box);

/** A note tied to a place by a thin line: text lines at (x, baseline of the first). */
void chart_note(struct scene *scene, const char *const *lines, int n, double x, double baseline,
                struct point at);

#endif
