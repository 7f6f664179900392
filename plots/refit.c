/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/refit.h"

#include <math.h>

/* From a place on the old sheet to the one on the new. */
struct refit {
    double scale, x, y;
};

static double place_x(const struct refit *fit, double x) {
    return scene_place(fit->x + x * fit->scale);
}

static double place_y(const struct refit *fit, double y) {
    return scene_place(fit->y + y * fit->scale);
}

static double length(const struct refit *fit, double points) {
    return scene_place(points * fit->scale);
}

static struct mark moved(struct arena *arena, const struct refit *fit, const struct mark *mark) {
    struct mark out = *mark;
    out.box = (struct box){place_x(fit, mark->box.x), place_y(fit, mark->box.y),
                           length(fit, mark->box.w), length(fit, mark->box.h)};
    out.stroke.width = length(fit, mark->stroke.width);
    out.stroke.halo = length(fit, mark->stroke.halo);
    out.style.size = length(fit, mark->style.size);
    out.baseline = place_y(fit, mark->baseline);
    struct point *points = arena_new(arena, struct point, (size_t)mark->n_points);
    for (int i = 0; i < mark->n_points; i++)
        points[i] =
            (struct point){place_x(fit, mark->points[i].x), place_y(fit, mark->points[i].y)};
    out.points = points;
    return out;
}

static void refit_page(struct flow *flow, struct flow_page *page, const struct refit *fit,
                       const struct paper *paper) {
    struct scene scene = scene_open(flow->arena, flow->type, paper->width, paper->height);
    for (int i = 0; i < page->scene.n; i++) {
        struct mark mark = moved(flow->arena, fit, &page->scene.marks[i]);
        scene_put(&scene, &mark);
    }
    page->scene = scene;
}

/* Sheets are kept in thousandths of a point. */
static bool same_length(double a, double b) {
    return fabs(a - b) < 0.5 / SCENE_PARTS;
}

void flow_refit(struct flow *flow, const struct paper *paper) {
    const struct paper *from = &flow->paper;
    if (same_length(from->width, paper->width) && same_length(from->height, paper->height))
        return;
    struct refit fit = {.scale = fmin(paper->width / from->width, paper->height / from->height)};
    fit.x = (paper->width - fit.scale * from->width) / 2;
    fit.y = (paper->height - fit.scale * from->height) / 2;
    for (int i = 0; i < flow->n_pages; i++)
        refit_page(flow, &flow->pages[i], &fit, paper);
    for (int i = 0; i < flow->n_chapters; i++)
        flow->chapters[i].y = place_y(&fit, flow->chapters[i].y);
    flow->paper = *paper;
}
