/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/draw.h"

#include <cairo.h>

static void set_color(cairo_t *cairo, rgb color) {
    cairo_set_source_rgb(cairo, ((color >> 16) & 0xFF) / 255.0, ((color >> 8) & 0xFF) / 255.0,
                         (color & 0xFF) / 255.0);
}

static void trace_points(cairo_t *cairo, const struct mark *mark) {
    for (int i = 0; i < mark->n_points; i++) {
        bool start = i == 0 || (mark->kind == MARK_SEGMENTS && i % 2 == 0);
        if (start)
            cairo_move_to(cairo, mark->points[i].x, mark->points[i].y);
        else
            cairo_line_to(cairo, mark->points[i].x, mark->points[i].y);
    }
}

static void draw_stroke(cairo_t *cairo, const struct mark *mark) {
    const struct stroke *stroke = &mark->stroke;
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_MITER);
    trace_points(cairo, mark);
    if (stroke->halo > 0) {
        cairo_set_line_width(cairo, stroke->halo);
        set_color(cairo, COLOR_PAPER);
        cairo_stroke_preserve(cairo);
    }
    const double dashes[] = {3.5, 2.5};
    cairo_set_dash(cairo, dashes, stroke->dashed ? 2 : 0, 0);
    cairo_set_line_width(cairo, stroke->width);
    set_color(cairo, stroke->color);
    cairo_stroke(cairo);
    cairo_set_dash(cairo, NULL, 0, 0);
}

static void draw_dot(cairo_t *cairo, const struct mark *mark) {
    double radius = mark->box.w / 2;
    cairo_new_path(cairo);
    cairo_arc(cairo, mark->box.x + radius, mark->box.y + radius, radius, 0, 2 * 3.14159265358979);
    if (mark->ring) {
        set_color(cairo, COLOR_PAPER);
        cairo_fill_preserve(cairo);
        set_color(cairo, mark->fill);
        cairo_set_line_width(cairo, 1.1);
        cairo_stroke(cairo);
    } else {
        /* A paper-coloured rim keeps dots apart that touch. */
        set_color(cairo, COLOR_PAPER);
        cairo_set_line_width(cairo, 1.6);
        cairo_stroke_preserve(cairo);
        set_color(cairo, mark->fill);
        cairo_fill(cairo);
    }
}

static void draw_text(cairo_t *cairo, struct typeset *type, const struct mark *mark) {
    if (mark->backed) {
        set_color(cairo, COLOR_PAPER);
        cairo_rectangle(cairo, mark->box.x - 1.5, mark->box.y - 0.5, mark->box.w + 3,
                        mark->box.h + 1);
        cairo_fill(cairo);
    }
    set_color(cairo, mark->style.color);
    typeset_draw(type, cairo, mark->text, mark->style, mark->box.x, mark->baseline);
}

/* cairo reads a quoted string in which a backslash escapes. */
static const char *link_attributes(struct arena *arena, const char *uri) {
    struct text out = {.arena = arena};
    text_append_string(&out, "uri='");
    for (const char *at = uri; *at; at++)
        text_printf(&out, "%s%c", *at == '\'' || *at == '\\' ? "\\" : "", *at);
    text_append_string(&out, "'");
    return out.data;
}

static void draw_mark(cairo_t *cairo, const struct scene *scene, const struct mark *mark,
                      bool tagged) {
    switch (mark->kind) {
    case MARK_RECT:
        set_color(cairo, mark->fill);
        cairo_rectangle(cairo, mark->box.x, mark->box.y, mark->box.w, mark->box.h);
        cairo_fill(cairo);
        break;
    case MARK_AREA:
        set_color(cairo, mark->fill);
        trace_points(cairo, mark);
        cairo_close_path(cairo);
        cairo_fill(cairo);
        break;
    case MARK_PATH:
    case MARK_SEGMENTS:
        draw_stroke(cairo, mark);
        break;
    case MARK_DOT:
        draw_dot(cairo, mark);
        break;
    case MARK_TEXT:
        draw_text(cairo, scene->type, mark);
        break;
    case MARK_OPEN:
        if (tagged)
            cairo_tag_begin(cairo, mark->text,
                            mark->link ? link_attributes(scene->arena, mark->link) : NULL);
        break;
    case MARK_CLOSE:
        if (tagged)
            cairo_tag_end(cairo, mark->text);
        break;
    }
}

void draw_scene(void *cairo, const struct scene *scene, bool tagged) {
    for (int i = 0; i < scene->n; i++)
        draw_mark(cairo, scene, &scene->marks[i], tagged);
}
