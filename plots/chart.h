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
const char *chart_tick_text(struct arena *arena, const struct axis *axis, int tick,
                            enum tick_unit unit);

/** Horizontal gridlines of a y axis over x0 .. x1, labels right-aligned left of x0, and the base
 * line. */
void chart_grid_y(struct scene *scene, const struct axis *y, enum tick_unit unit, double x0,
                  double x1);
/** Labels under a horizontal axis at `baseline`, with short ticks. */
void chart_ticks_x(struct scene *scene, const struct axis *x, enum tick_unit unit, double top);

/** Width that the labels of a y axis need. */
double chart_label_width(struct scene *scene, const struct axis *y, enum tick_unit unit);

/** Steps of hourly values: value i holds from i to i + 1. Bands between `low` and `high`; `low`
 * NULL reads as zero. Stretches without height are left out. */
void chart_step_band(struct scene *scene, const struct axis *x, const struct axis *y,
                     const double *low, const double *high, int n, rgb fill);
void chart_step_line(struct scene *scene, const struct axis *x, const struct axis *y,
                     const double *values, int n, struct stroke stroke);

/** A word beside a series: dot of colour is not needed, the text carries it. */
struct chart_label {
    const char *text;
    rgb color;
    double wanted_y; /* centre */
};
/** Labels one under the other at x, spread so that none overlap, inside [top, bottom]. */
void chart_side_labels(struct scene *scene, const struct chart_label *labels, int n, double x,
                       double top, double bottom);

/** A note tied to a place by a thin line: text lines at (x, baseline of the first). */
void chart_note(struct scene *scene, const char *const *lines, int n, double x, double baseline,
                struct point at);

#endif
