/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Horizontal bars, all from zero: rows of parts, and steps between totals. */
#include <math.h>

#include "plots/chart.h"

static const struct style name_style = {8, WEIGHT_REGULAR, COLOR_INK};
static const struct style strong_style = {8, WEIGHT_SEMIBOLD, COLOR_INK};
static const struct stroke whisker_stroke = {COLOR_INK, 0.8, false, 2.2};

#define NAME_SHARE 0.34 /* of the box, at most */
#define GAP 6.0
#define SHORTEST 0.8 /* of a bar that is not nothing */

static struct style style_of(bool strong) {
    return strong ? strong_style : name_style;
}

static double end_of(const struct chart_bar *bar) {
    double sum = 0;
    for (int i = 0; i < bar->n_parts; i++)
        sum += bar->parts[i].value;
    return sum;
}

static double name_width(struct scene *scene, const struct chart_bar *bars, int n, double most) {
    double width = 0;
    for (int i = 0; i < n; i++)
        width = fmax(width, typeset_width(scene->type, bars[i].name, style_of(bars[i].strong)));
    return fmin(width, most) + GAP;
}

static double value_width(struct scene *scene, const struct chart_bar *bars, int n) {
    double width = 0;
    for (int i = 0; i < n; i++)
        width = fmax(width, typeset_width(scene->type, bars[i].value, style_of(bars[i].strong)));
    return width + GAP;
}

static void draw_whisker(struct scene *scene, double from, double to, double middle, double high) {
    double half = high / 2;
    scene_line(scene, (struct point){from, middle}, (struct point){to, middle}, whisker_stroke);
    const double ends[] = {from, to};
    for (int i = 0; i < 2; i++)
        scene_line(scene, (struct point){ends[i], middle - half},
                   (struct point){ends[i], middle + half}, whisker_stroke);
}

static void draw_note(struct scene *scene, const char *note, struct box value, double right,
                      double baseline) {
    double x = value.x + value.w + GAP;
    if (note && x + typeset_width(scene->type, note, chart_tick_style()) <= right)
        scene_text(scene, x, baseline, ALIGN_LEFT, chart_tick_style(), note);
}

/* Returns where its ink ends. */
static double draw_parts(struct scene *scene, const struct chart_bar *bar, const struct axis *x,
                         double top, double height) {
    double at = 0, end = x->from;
    for (int i = 0; i < bar->n_parts; i++) {
        const struct chart_part *part = &bar->parts[i];
        double from = axis_at(x, at), to = axis_at(x, at + part->value);
        at += part->value;
        if (part->value <= 0)
            continue;
        double gap = i + 1 < bar->n_parts && to - from > 2 ? 0.8 : 0;
        struct box box = {from, top, fmax(to - from - gap, SHORTEST), height};
        scene_rect(scene, box, part->fill);
        if (part->hatched)
            scene_hatch(scene, &box, 1, (struct stroke){COLOR_PAPER, 0.8, false, 0}, 4.2);
        end = fmax(end, box.x + box.w);
    }
    return end;
}

struct axis chart_bars(struct scene *scene, const struct chart_bar *bars, int n, struct box box) {
    double most = 0, pitch = box.h / n, height = fmin(0.62 * pitch, 13);
    for (int i = 0; i < n; i++)
        most = fmax(most, fmax(end_of(&bars[i]), bars[i].high > bars[i].low ? bars[i].high : 0));
    struct axis x = {.hi = most > 0 ? most : 1};
    x.from = box.x + name_width(scene, bars, n, NAME_SHARE * box.w);
    x.to = fmax(box.x + box.w - value_width(scene, bars, n), x.from + 1);
    for (int i = 0; i < n; i++) {
        const struct chart_bar *bar = &bars[i];
        double top = box.y + i * pitch, middle = top + pitch / 2, baseline = middle + 2.8;
        struct style style = style_of(bar->strong);
        scene_text(scene, x.from - GAP, baseline, ALIGN_RIGHT, style,
                   typeset_fit(scene->type, scene->arena, bar->name, style, NAME_SHARE * box.w));
        double end = draw_parts(scene, bar, &x, middle - height / 2, height);
        if (bar->high > bar->low) {
            draw_whisker(scene, axis_at(&x, bar->low), axis_at(&x, bar->high), middle,
                         0.5 * height);
            end = fmax(end, axis_at(&x, bar->high));
        }
        struct box value =
            scene_text(scene, end + GAP - 1, baseline, ALIGN_LEFT, style, bar->value);
        draw_note(scene, bar->note, value, box.x + box.w, baseline);
    }
    scene_line(scene, (struct point){x.from, box.y}, (struct point){x.from, box.y + box.h},
               (struct stroke){COLOR_MUTED, 0.8, false, 0});
    return x;
}

/* ---- steps ---- */

#define STEP_NAME_WIDTH 118.0 /* at least, so that figures below each other line up */
#define STEP_NAME_SHARE 0.4   /* of the figure, at most */
#define STEP_INDENT 8
#define STEP_VALUE_WIDTH 158.0 /* value and note */

static struct style step_style(const struct chart_step *step) {
    struct style style = style_of(step->total);
    style.size = step->total ? 8.5 : 8;
    return style;
}

static double step_names_width(struct scene *scene, const struct chart_step *steps, int n,
                               double most) {
    double width = STEP_NAME_WIDTH;
    for (int i = 0; i < n; i++)
        width = fmax(width, typeset_width(scene->type, steps[i].name, step_style(&steps[i])) +
                                STEP_INDENT + GAP);
    return fmax(STEP_NAME_WIDTH, fmin(width, most));
}

static void draw_step(struct scene *scene, const struct chart_step *step, const char *value,
                      const struct axis *x, struct box row) {
    double height = (step->total ? 0.72 : 0.54) * row.h, y = row.y + (row.h - height) / 2;
    double a = axis_at(x, fmin(step->from, step->to)), b = axis_at(x, fmax(step->from, step->to));
    double middle = row.y + row.h / 2, baseline = middle + 3;
    struct style style = step_style(step);
    double indent = step->total ? 0 : STEP_INDENT;
    scene_text(
        scene, row.x + indent, baseline, ALIGN_LEFT, style,
        typeset_fit(scene->type, scene->arena, step->name, style, x->from - row.x - indent - GAP));
    scene_rect(scene, (struct box){a, y, fmax(b - a, SHORTEST), height}, step->fill);
    b = fmax(b, a + SHORTEST);
    if (step->high > step->low) {
        draw_whisker(scene, axis_at(x, step->low), axis_at(x, step->high), middle, 0.5 * height);
        b = fmax(b, axis_at(x, step->high));
    }
    struct box printed = scene_text_backed(scene, b + GAP, baseline, ALIGN_LEFT, style, value);
    draw_note(scene, step->note, printed, row.x + row.w, baseline);
}

void chart_steps(struct scene *scene, const struct chart_step *steps, int n,
                 const char *(*words)(struct arena *arena, const struct chart_step *step),
                 struct box box) {
    double most = 0, pitch = box.h / n;
    for (int i = 0; i < n; i++)
        most = fmax(most, fmax(fmax(steps[i].from, steps[i].to),
                               steps[i].high > steps[i].low ? steps[i].high : 0));
    struct axis x = {.hi = most > 0 ? most : 1,
                     .from = box.x + step_names_width(scene, steps, n, STEP_NAME_SHARE * box.w),
                     .to = box.x + box.w - STEP_VALUE_WIDTH};
    for (int i = 0; i + 1 < n; i++) { /* a thin line from each end to the next bar */
        double end = axis_at(&x, steps[i].to), middle = box.y + (i + 0.5) * pitch;
        scene_line(scene, (struct point){end, middle}, (struct point){end, middle + pitch},
                   (struct stroke){COLOR_RULE, 0.5, false, 0});
    }
    for (int i = 0; i < n; i++)
        draw_step(scene, &steps[i], words(scene->arena, &steps[i]), &x,
                  (struct box){box.x, box.y + i * pitch, box.w, pitch});
}
