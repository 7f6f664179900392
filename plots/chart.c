/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/chart.h"

#include <math.h>

#include "base/err.h"
#include "plots/words.h"

struct style chart_tick_style(void) {
    return (struct style){7.5, WEIGHT_REGULAR, COLOR_MUTED};
}

struct style chart_note_style(void) {
    return (struct style){8, WEIGHT_REGULAR, COLOR_INK};
}

struct style chart_strong_style(rgb color) {
    return (struct style){8, WEIGHT_SEMIBOLD, color};
}

static const struct stroke grid_stroke = {COLOR_GRID, 0.5, false, 0};
static const struct stroke base_stroke = {COLOR_MUTED, 0.8, false, 0};

static const char *tick_text(struct arena *arena, const struct axis *axis, int tick,
                             enum tick_unit unit) {
    double value = axis->ticks[tick];
    double largest = axis->log ? value : fmax(axis->ticks[axis->n - 1], -axis->ticks[0]);
    double step = axis->log || axis->n < 2 ? value : axis->ticks[1] - axis->ticks[0];
    switch (unit) {
    case TICK_MONEY:
        return words_money_tick(arena, value, step, largest);
    case TICK_PERCENT:
        return arena_printf(arena, "%s%%",
                            words_tick(arena, value * 100, step * 100, largest * 100));
    case TICK_SECONDS:
        return value == 0 ? "0" : words_seconds(arena, value);
    case TICK_PLAIN:
        break;
    }
    return words_tick(arena, value, step, largest);
}

double chart_label_width(struct scene *scene, const struct axis *y, enum tick_unit unit) {
    double width = 0;
    for (int i = 0; i < y->n; i++)
        width = fmax(width, typeset_width(scene->type, tick_text(scene->arena, y, i, unit),
                                          chart_tick_style()));
    return width;
}

void chart_grid_y(struct scene *scene, const struct axis *y, enum tick_unit unit, double x0,
                  double x1) {
    for (int i = 0; i < y->n; i++) {
        double at = axis_at(y, y->ticks[i]);
        if (y->ticks[i] != y->lo)
            scene_line(scene, (struct point){x0, at}, (struct point){x1, at}, grid_stroke);
        scene_text(scene, x0 - 5, at + 2.7, ALIGN_RIGHT, chart_tick_style(),
                   tick_text(scene->arena, y, i, unit));
    }
}

void chart_ticks_x(struct scene *scene, const struct axis *x, enum tick_unit unit, double top,
                   double right) {
    double free_from = -INFINITY;
    scene_line(scene, (struct point){x->from, top}, (struct point){x->to, top}, base_stroke);
    for (int i = 0; i < x->n; i++) {
        double at = axis_at(x, x->ticks[i]);
        const char *words = tick_text(scene->arena, x, i, unit);
        double half = typeset_width(scene->type, words, chart_tick_style()) / 2;
        scene_line(scene, (struct point){at, top}, (struct point){at, top + 3}, base_stroke);
        double middle = fmin(at, right - half);
        if (middle - half < free_from)
            continue;
        free_from = middle + half + 5;
        scene_text(scene, middle, top + 12, ALIGN_CENTRE, chart_tick_style(), words);
    }
}

/* One polygon for each stretch of hours in which the band has height: along the top and back along
 * the bottom. */
void chart_step_band(struct scene *scene, const struct axis *x, const struct axis *y,
                     const double *low, const double *high, int n, rgb fill) {
    struct point *points = arena_new(scene->arena, struct point, 4 * n);
    for (int i = 0; i < n;) {
        int end = i;
        while (end < n && high[end] > (low ? low[end] : 0))
            end++;
        if (end == i) {
            i++;
            continue;
        }
        int k = 0;
        for (int h = i; h < end; h++) {
            double top = axis_at(y, high[h]);
            points[k++] = (struct point){axis_at(x, h), top};
            points[k++] = (struct point){axis_at(x, h + 1), top};
        }
        for (int h = end - 1; h >= i; h--) {
            double bottom = axis_at(y, low ? low[h] : 0);
            points[k++] = (struct point){axis_at(x, h + 1), bottom};
            points[k++] = (struct point){axis_at(x, h), bottom};
        }
        scene_area(scene, points, k, fill);
        i = end;
    }
}

void chart_step_line(struct scene *scene, const struct axis *x, const struct axis *y,
                     const double *values, int n, struct stroke stroke) {
    struct point *points = arena_new(scene->arena, struct point, 2 * n);
    for (int i = 0; i < n; i++) {
        int k = 0;
        for (; i < n && isfinite(values[i]); i++) {
            double at = axis_at(y, values[i]);
            points[k++] = (struct point){axis_at(x, i), at};
            points[k++] = (struct point){axis_at(x, i + 1), at};
        }
        if (k > 0)
            scene_path(scene, points, k, stroke);
        points += k;
    }
}

void chart_line(struct scene *scene, const struct axis *x, const struct axis *y, const double *xs,
                const double *ys, int n, struct stroke stroke) {
    struct point *points = arena_new(scene->arena, struct point, n);
    for (int i = 0; i < n;) {
        int k = 0;
        for (; i < n && isfinite(ys[i]); i++)
            points[k++] = (struct point){axis_at(x, xs[i]), axis_at(y, ys[i])};
        if (k > 1)
            scene_path(scene, points, k, stroke);
        points += k;
        i += i < n;
    }
}

void chart_band(struct scene *scene, const struct axis *x, const struct axis *y, const double *xs,
                const double *low, const double *high, int n, rgb fill) {
    struct point *points = arena_new(scene->arena, struct point, 2 * n);
    for (int i = 0; i < n;) {
        int end = i, k = 0;
        while (end < n && isfinite(low[end]) && isfinite(high[end]))
            end++;
        for (int h = i; h < end; h++)
            points[k++] = (struct point){axis_at(x, xs[h]), axis_at(y, high[h])};
        for (int h = end - 1; h >= i; h--)
            points[k++] = (struct point){axis_at(x, xs[h]), axis_at(y, low[h])};
        if (end - i > 1)
            scene_area(scene, points, k, fill);
        points += k;
        i = end + 1;
    }
}

#define LABEL_PITCH 11.0

int chart_side_labels(struct scene *scene, const struct chart_label *labels, int n, double x,
                      double top, double bottom) {
    double wanted[CHART_LABELS_MAX], size[CHART_LABELS_MAX], placed[CHART_LABELS_MAX];
    ENSURE(n <= CHART_LABELS_MAX);
    n = (int)fmin(n, floor((bottom - top) / LABEL_PITCH + 1e-9));
    for (int i = 0; i < n; i++) {
        wanted[i] = labels[i].wanted_y;
        size[i] = LABEL_PITCH;
    }
    if (n > 0)
        labels_spread(wanted, size, n, top, bottom, placed);
    for (int i = 0; i < n; i++) {
        double aim = fmin(fmax(wanted[i], top), bottom);
        if (fabs(placed[i] - aim) > LABEL_PITCH / 2)
            scene_line(scene, (struct point){x - 6, aim}, (struct point){x - 1, placed[i]},
                       (struct stroke){labels[i].color, 0.6, false, 0});
        scene_text(scene, x, placed[i] + 2.8, ALIGN_LEFT, chart_strong_style(labels[i].color),
                   labels[i].text);
    }
    return n > 0 ? n : 0;
}

void chart_note(struct scene *scene, const char *const *lines, int n, double x, double baseline,
                struct point at) {
    struct style style = chart_note_style();
    double left_end = x - 3, middle = baseline - 2.8;
    scene_line(scene, at, (struct point){left_end, middle}, (struct stroke){COLOR_INK, 0.6, 0, 0});
    for (int i = 0; i < n; i++)
        scene_text_backed(scene, x, baseline + 10 * i, ALIGN_LEFT, style, lines[i]);
}
