/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two digits are all that the figures behind carbon allow, so its words are rounded to them and its
 * ranges are drawn. */
#include <math.h>

#include "base/number.h"
#include "plots/figures.h"
#include "plots/words.h"

#define TICK_STRIP 30.0

static struct carbon_point point_of(struct arena *arena, const struct study *study,
                                    const struct study_fleet *fleet, const char *name,
                                    struct study_carbon *carbon) {
    *carbon = study_fleet_carbon(arena, study, fleet);
    return (struct carbon_point){.name = name,
                                 .usd = study_paid_usd_per_month(fleet),
                                 .kg = {carbon->kg_operation.low + carbon->kg_embodied.low,
                                        carbon->kg_operation.value + carbon->kg_embodied.value,
                                        carbon->kg_operation.high + carbon->kg_embodied.high}};
}

struct carbon_cost carbon_cost_make(struct arena *arena, const struct study *study) {
    struct study_carbon before, after;
    struct carbon_cost out = {.before =
                                  point_of(arena, study, &study->baseline,
                                           study->baseline_given ? "Today" : "Baseline", &before),
                              .after = point_of(arena, study, &study->recommended, "Plan", &after)};
    out.left_out = after.left_out[0] ? after.left_out : before.left_out;
    return out;
}

/* ---- findings ---- */

static const char *kg_words(struct arena *arena, double kg) {
    return arena_printf(arena, "%s kg", number_rounded(arena, kg, CARBON_DIGITS));
}

static const char *change_words(struct arena *arena, double before, double after, const char *less,
                                const char *more) {
    if (!(before > 0))
        return "as much as before";
    double share = words_two_digits(fabs(after / before - 1));
    if (share < 0.01)
        return "as much as before";
    return arena_printf(arena, "%.0f%% %s", 100 * share, after < before ? less : more);
}

const char *figure_carbon_title(struct arena *arena, const struct carbon_cost *carbon) {
    const struct carbon_point *a = &carbon->before, *b = &carbon->after;
    const char *cost = change_words(arena, a->usd, b->usd, "less", "more");
    bool apart = a->kg.low > b->kg.high || b->kg.low > a->kg.high;
    return arena_printf(
        arena, "The plan costs %s and emits %s%s", cost, apart ? "" : "about ",
        change_words(arena, a->kg.value, b->kg.value, "less carbon", "more carbon"));
}

static const char *alt_of(struct arena *arena, const struct carbon_cost *carbon) {
    const struct carbon_point *points[] = {&carbon->before, &carbon->after};
    struct text out = {.arena = arena};
    text_append_string(&out, "Carbon against cost, per month.");
    for (int i = 0; i < 2; i++)
        text_printf(&out, " %s: %s, %s CO2e (%s to %s).", points[i]->name,
                    words_money(arena, points[i]->usd), kg_words(arena, points[i]->kg.value),
                    kg_words(arena, points[i]->kg.low), kg_words(arena, points[i]->kg.high));
    return out.data;
}

/* ---- drawing ---- */

static struct point place(const struct carbon_point *p, const struct axis *x,
                          const struct axis *y) {
    return (struct point){axis_at(x, p->usd), axis_at(y, p->kg.value)};
}

static void draw_point(struct scene *scene, const struct carbon_point *p, const struct axis *x,
                       const struct axis *y, rgb color) {
    struct point at = place(p, x, y);
    double low = axis_at(y, p->kg.low), high = axis_at(y, p->kg.high);
    const struct stroke stroke = {color, 0.9, false, 0};
    scene_line(scene, (struct point){at.x, low}, (struct point){at.x, high}, stroke);
    scene_line(scene, (struct point){at.x - 4, low}, (struct point){at.x + 4, low}, stroke);
    scene_line(scene, (struct point){at.x - 4, high}, (struct point){at.x + 4, high}, stroke);
    scene_dot(scene, at, 4.5, color, false);
}

/* From the first dot to the second, its head before the dot; nothing where they nearly touch. */
static void draw_arrow(struct scene *scene, struct point a, struct point b) {
    double dx = b.x - a.x, dy = b.y - a.y, length = hypot(dx, dy);
    if (length < 24)
        return;
    double ux = dx / length, uy = dy / length;
    struct point from = {a.x + 7 * ux, a.y + 7 * uy}, tip = {b.x - 7 * ux, b.y - 7 * uy};
    struct point back = {tip.x - 6 * ux, tip.y - 6 * uy};
    scene_line(scene, from, back, (struct stroke){COLOR_MUTED, 1, false, 0});
    scene_area(scene,
               (struct point[]){
                   tip, {back.x - 3 * uy, back.y + 3 * ux}, {back.x + 3 * uy, back.y - 3 * ux}},
               3, COLOR_MUTED);
}

static struct box segment_box(struct point a, struct point b) {
    return (struct box){fmin(a.x, b.x) - 2, fmin(a.y, b.y) - 2, fabs(a.x - b.x) + 4,
                        fabs(a.y - b.y) + 4};
}

static void draw(struct scene *scene, const void *data, struct box box) {
    const struct carbon_cost *carbon = data;
    const struct carbon_point *points[] = {&carbon->before, &carbon->after};
    static const rgb colors[] = {COLOR_MUTED, COLOR_COMMITTED};
    double bottom = box.y + box.h - TICK_STRIP, top = box.y + 12;
    struct axis y = axis_from_zero(fmax(points[0]->kg.high, points[1]->kg.high), 5, bottom, top);
    double left = box.x + chart_label_width(scene, &y, TICK_PLAIN) + 6, right = box.x + box.w;
    struct axis x = axis_from_zero(1.02 * fmax(points[0]->usd, points[1]->usd), 6, left, right);
    chart_grid_y(scene, &y, TICK_PLAIN, left, right);
    chart_ticks_x(scene, &x, TICK_MONEY, bottom, box.x + box.w);
    scene_text(scene, right, bottom + 24, ALIGN_RIGHT, chart_tick_style(), "cost per month");
    struct point from = place(points[0], &x, &y), to = place(points[1], &x, &y);
    draw_arrow(scene, from, to);
    struct box taken[10], bounds = {left + 2, top - 10, right - left - 2, bottom - top + 8};
    int n = 0;
    for (int i = 0; i < 8; i++) { /* the arrow in pieces: its box as a whole is mostly empty */
        struct point a = {from.x + (to.x - from.x) * i / 8, from.y + (to.y - from.y) * i / 8};
        struct point b = {from.x + (to.x - from.x) * (i + 1) / 8,
                          from.y + (to.y - from.y) * (i + 1) / 8};
        taken[n++] = segment_box(a, b);
    }
    for (int i = 0; i < 2; i++) {
        double at = axis_at(&x, points[i]->usd);
        taken[n++] =
            (struct box){at - 6, axis_at(&y, points[i]->kg.high) - 2, 12,
                         axis_at(&y, points[i]->kg.low) - axis_at(&y, points[i]->kg.high) + 4};
    }
    struct box placed[12];
    for (int i = 0; i < n; i++)
        placed[i] = taken[i];
    for (int i = 1; i >= 0; i--) {
        struct style style = chart_strong_style(colors[i]);
        const char *words = arena_printf(scene->arena, "%s: %s, %s", points[i]->name,
                                         words_money(scene->arena, points[i]->usd),
                                         kg_words(scene->arena, points[i]->kg.value));
        struct box label;
        draw_point(scene, points[i], &x, &y, colors[i]);
        if (!labels_place(i ? to : from, 5, typeset_width(scene->type, words, style), 9, bounds,
                          placed, n, &label))
            continue;
        placed[n++] = label;
        scene_text_backed(scene, label.x, label.y + TYPESET_ASCENT * 8 + 0.6, ALIGN_LEFT, style,
                          words);
    }
}

static void csv(const void *data, struct text *out) {
    const struct carbon_cost *carbon = data;
    const struct carbon_point *points[] = {&carbon->before, &carbon->after};
    text_append_string(out, "fleet,usd_per_month,kg_co2e_per_month,low,high\n");
    for (int i = 0; i < 2; i++)
        figure_csv_row(
            out, &points[i]->name, 1,
            (double[]){points[i]->usd, points[i]->kg.value, points[i]->kg.low, points[i]->kg.high},
            4);
}

bool figure_carbon_open(struct arena *arena, const struct study *study, int workload,
                        struct figure_view *out) {
    (void)workload;
    if (study->infeasible || !study->recommended.carbon || !study->baseline.carbon)
        return false;
    struct carbon_cost *carbon = arena_new(arena, struct carbon_cost, 1);
    *carbon = carbon_cost_make(arena, study);
    if (!(carbon->before.kg.value > 0) || !(carbon->after.kg.value > 0))
        return false;
    *out = (struct figure_view){
        .title = figure_carbon_title(arena, carbon),
        .subtitle = arena_printf(arena,
                                 "kg CO2e a month, operation by location and hardware, against the "
                                 "bill; lines: range of the figures%s%s",
                                 carbon->left_out[0] ? ". Not counted: " : "", carbon->left_out),
        .alt = alt_of(arena, carbon),
        .flat = words_two_digits(fabs(carbon->after.usd / carbon->before.usd - 1)) < 0.01 &&
                words_two_digits(fabs(carbon->after.kg.value / carbon->before.kg.value - 1)) < 0.01,
        .height = 180,
        .data = carbon,
        .draw = draw,
        .csv = csv,
    };
    return true;
}
