/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/scene.h"

#include <math.h>

#include "base/err.h"

struct scene scene_open(struct arena *arena, struct typeset *type, double width, double height) {
    return (struct scene){.arena = arena, .type = type, .width = width, .height = height};
}

static struct mark *add(struct scene *scene, enum mark_kind kind) {
    if (scene->n == scene->capacity) {
        int larger = scene->capacity ? 2 * scene->capacity : 256;
        scene->marks = arena_grow(scene->arena, scene->marks, (size_t)scene->capacity,
                                  (size_t)larger, sizeof *scene->marks);
        scene->capacity = larger;
    }
    struct mark *mark = &scene->marks[scene->n++];
    mark->kind = kind;
    return mark;
}

double scene_place(double points) {
    ENSURE(isfinite(points));
    return round(points * SCENE_PARTS) / SCENE_PARTS + 0.0; /* no minus before zero */
}

static struct box place_box(struct box box) {
    return (struct box){scene_place(box.x), scene_place(box.y), scene_place(box.w),
                        scene_place(box.h)};
}

static struct point place_point(struct point point) {
    return (struct point){scene_place(point.x), scene_place(point.y)};
}

static struct stroke place_stroke(struct stroke stroke) {
    stroke.width = scene_place(stroke.width);
    stroke.halo = scene_place(stroke.halo);
    return stroke;
}

/* Points i .. end - 1 lie in one strip; writes at most four of them, in their order. */
static int thin_strip(const struct point *points, int i, int end, struct point *out) {
    int high = i, low = i, n = 0;
    for (int k = i; k < end; k++) {
        high = points[k].y < points[high].y ? k : high;
        low = points[k].y > points[low].y ? k : low;
    }
    int kept[] = {i, high < low ? high : low, high < low ? low : high, end - 1};
    for (int k = 0; k < 4; k++)
        if (k == 0 || kept[k] > kept[k - 1])
            out[n++] = points[kept[k]];
    return n;
}

static double strip_of(struct point point) {
    return floor(point.x / SCENE_STRIP);
}

/* A copy of the points, or of their envelope. What is kept moves forward in the copy: the n-th of
 * it was never before the n-th place. */
static const struct point *keep(struct scene *scene, const struct point *points, int *n) {
    struct point *copy = arena_new(scene->arena, struct point, *n);
    int kept = 0;
    for (int i = 0; i < *n; i++)
        copy[i] = place_point(points[i]);
    for (int i = 0, end; i < *n; i = end) {
        for (end = i + 1; end < *n && strip_of(copy[end]) == strip_of(copy[i]);)
            end++;
        kept += thin_strip(copy, i, end, copy + kept);
    }
    *n = kept;
    return copy;
}

void scene_rect(struct scene *scene, struct box box, rgb fill) {
    struct mark *mark = add(scene, MARK_RECT);
    mark->box = place_box(box);
    mark->fill = fill;
}

void scene_area(struct scene *scene, const struct point *points, int n, rgb fill) {
    struct mark *mark = add(scene, MARK_AREA);
    mark->points = keep(scene, points, &n);
    mark->n_points = n;
    mark->fill = fill;
}

void scene_path(struct scene *scene, const struct point *points, int n, struct stroke stroke) {
    struct mark *mark = add(scene, MARK_PATH);
    mark->points = keep(scene, points, &n);
    mark->n_points = n;
    mark->stroke = place_stroke(stroke);
}

void scene_line(struct scene *scene, struct point a, struct point b, struct stroke stroke) {
    scene_path(scene, (struct point[]){a, b}, 2, stroke);
}

void scene_dot(struct scene *scene, struct point centre, double radius, rgb fill, bool ring) {
    struct mark *mark = add(scene, MARK_DOT);
    mark->box =
        place_box((struct box){centre.x - radius, centre.y - radius, 2 * radius, 2 * radius});
    mark->fill = fill;
    mark->ring = ring;
}

/* The lines x + y = k * spacing, clipped to the box. */
static int hatch_box(struct box box, double spacing, struct point *out) {
    int n = 0;
    double right = box.x + box.w, bottom = box.y + box.h;
    for (double k = ceil((box.x + box.y) / spacing); k * spacing < right + bottom; k++) {
        double sum = k * spacing;
        double x0 = fmax(box.x, sum - bottom), x1 = fmin(right, sum - box.y);
        if (x1 <= x0)
            continue;
        if (out) {
            out[n] = place_point((struct point){x0, sum - x0});
            out[n + 1] = place_point((struct point){x1, sum - x1});
        }
        n += 2;
    }
    return n;
}

void scene_hatch(struct scene *scene, const struct box *boxes, int n, struct stroke stroke,
                 double spacing) {
    int total = 0;
    for (int i = 0; i < n; i++)
        total += hatch_box(boxes[i], spacing, NULL);
    struct point *points = arena_new(scene->arena, struct point, total);
    for (int i = 0, at = 0; i < n; i++)
        at += hatch_box(boxes[i], spacing, points + at);
    struct mark *mark = add(scene, MARK_SEGMENTS);
    mark->points = points;
    mark->n_points = total;
    mark->stroke = place_stroke(stroke);
}

/* Where a text stands, of which the left end, the baseline and the style are set. */
static void measure(struct scene *scene, struct mark *mark) {
    mark->box = (struct box){
        .x = mark->box.x,
        .y = mark->baseline - TYPESET_ASCENT * mark->style.size,
        .w = typeset_width(scene->type, mark->text, mark->style),
        .h = (TYPESET_ASCENT + TYPESET_DESCENT) * mark->style.size,
    };
    mark->box = place_box(mark->box);
}

void scene_put(struct scene *scene, const struct mark *mark) {
    struct mark *copy = add(scene, mark->kind);
    *copy = *mark;
    if (mark->kind == MARK_TEXT) {
        copy->text = typeset_clean(scene->type, scene->arena, mark->text);
        measure(scene, copy);
    }
}

static struct box text(struct scene *scene, double x, double baseline, enum align align,
                       struct style style, const char *string, bool backed) {
    string = typeset_clean(scene->type, scene->arena, string);
    style.size = scene_place(style.size);
    double width = align == ALIGN_LEFT ? 0 : typeset_width(scene->type, string, style);
    struct mark *mark = add(scene, MARK_TEXT);
    mark->box.x = scene_place(align == ALIGN_CENTRE ? x - width / 2 : x - width);
    mark->text = string;
    mark->style = style;
    mark->baseline = scene_place(baseline);
    mark->backed = backed;
    measure(scene, mark);
    return mark->box;
}

struct box scene_text(struct scene *scene, double x, double baseline, enum align align,
                      struct style style, const char *string) {
    return text(scene, x, baseline, align, style, string, false);
}

struct box scene_text_backed(struct scene *scene, double x, double baseline, enum align align,
                             struct style style, const char *string) {
    return text(scene, x, baseline, align, style, string, true);
}

void scene_tag_open(struct scene *scene, const char *tag, const char *alt) {
    struct mark *mark = add(scene, MARK_OPEN);
    mark->text = tag;
    mark->alt = alt ? text_printable(scene->arena, bytes_of(alt)) : NULL;
}

void scene_tag_close(struct scene *scene, const char *tag) {
    add(scene, MARK_CLOSE)->text = tag;
}

struct box scene_link(struct scene *scene, double x, double baseline, struct style style,
                      const char *string, const char *uri) {
    scene_tag_open(scene, "Link", NULL);
    scene->marks[scene->n - 1].link = uri;
    struct box box = scene_text(scene, x, baseline, ALIGN_LEFT, style, string);
    scene_tag_close(scene, "Link");
    return box;
}

static void dump_box(struct text *out, const char *what, const struct mark *mark) {
    text_printf(out, "%s %.1f %.1f %.1f %.1f", what, mark->box.x, mark->box.y, mark->box.w,
                mark->box.h);
}

static void dump_points(struct text *out, const char *what, const struct mark *mark) {
    text_printf(out, "%s n=%d", what, mark->n_points);
    if (mark->n_points > 0)
        text_printf(out, " %.1f,%.1f .. %.1f,%.1f", mark->points[0].x, mark->points[0].y,
                    mark->points[mark->n_points - 1].x, mark->points[mark->n_points - 1].y);
}

static void dump_mark(const struct mark *mark, struct text *out) {
    switch (mark->kind) {
    case MARK_RECT:
        dump_box(out, "rect", mark);
        text_printf(out, " #%06X", (unsigned)mark->fill);
        break;
    case MARK_DOT:
        dump_box(out, mark->ring ? "ring" : "dot", mark);
        text_printf(out, " #%06X", (unsigned)mark->fill);
        break;
    case MARK_AREA:
        dump_points(out, "area", mark);
        text_printf(out, " #%06X", (unsigned)mark->fill);
        break;
    case MARK_PATH:
    case MARK_SEGMENTS:
        dump_points(out, mark->kind == MARK_PATH ? "path" : "segments", mark);
        text_printf(out, " #%06X %.2f%s", (unsigned)mark->stroke.color, mark->stroke.width,
                    mark->stroke.dashed ? " dashed" : "");
        break;
    case MARK_TEXT:
        dump_box(out, "text", mark);
        text_printf(out, " %.1f #%06X \"%s\"", mark->style.size, (unsigned)mark->style.color,
                    mark->text);
        break;
    case MARK_OPEN:
        text_printf(out, "<%s>%s%s", mark->text, mark->alt ? " " : "", mark->alt ? mark->alt : "");
        break;
    case MARK_CLOSE:
        text_printf(out, "</%s>", mark->text);
        break;
    }
    text_append_string(out, "\n");
}

void scene_dump(const struct scene *scene, struct text *out) {
    for (int i = 0; i < scene->n; i++)
        dump_mark(&scene->marks[i], out);
}
