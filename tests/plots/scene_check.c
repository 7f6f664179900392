/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scene_check.h"

#include <stdio.h>
#include <string.h>

enum { REPORTED_MAX = 5, TAG_DEPTH_MAX = 16 };

static void tell(int nth, const char *what, const struct mark *mark, const char *more) {
    if (nth <= REPORTED_MAX)
        fprintf(stderr, "%s: \"%s\" at %.1f,%.1f %s\n", what, mark->text ? mark->text : "",
                mark->box.x, mark->box.y, more);
}

/* Rounding in the last digit must not count. */
static struct box shrunk(struct box box, double by) {
    return (struct box){box.x + by, box.y + by, box.w - 2 * by, box.h - 2 * by};
}

int scene_overlapping_texts(const struct scene *scene) {
    int n = 0;
    for (int i = 0; i < scene->n; i++)
        for (int k = i + 1; k < scene->n; k++) {
            const struct mark *a = &scene->marks[i], *b = &scene->marks[k];
            if (a->kind == MARK_TEXT && b->kind == MARK_TEXT &&
                box_overlaps(shrunk(a->box, 0.05), shrunk(b->box, 0.05)))
                tell(++n, "overlap", a, b->text);
        }
    return n;
}

static bool is_outside(const struct scene *scene, double x, double y) {
    const double slack = 0.5, side = 50, top = 48; /* margins of every paper */
    return x < side - slack - 3 || x > scene->width - side + slack || y < top - 10 ||
           y > scene->height - 28;
}

/* Lines of a paragraph end in a blank, which nobody sees. */
static double blank_at_end(const struct mark *mark) {
    size_t n = mark->text ? strlen(mark->text) : 0;
    return mark->kind == MARK_TEXT && n > 0 && mark->text[n - 1] == ' ' ? 0.3 * mark->style.size
                                                                        : 0;
}

int scene_marks_outside(const struct scene *scene) {
    int n = 0;
    for (int i = 0; i < scene->n; i++) {
        const struct mark *mark = &scene->marks[i];
        bool boxed = mark->kind == MARK_TEXT || mark->kind == MARK_RECT || mark->kind == MARK_DOT;
        double right = mark->box.x + mark->box.w - blank_at_end(mark);
        if (boxed && (is_outside(scene, mark->box.x, mark->box.y) ||
                      is_outside(scene, right, mark->box.y + mark->box.h)))
            tell(++n, "outside", mark, "");
        for (int p = 0; p < mark->n_points; p++)
            if (is_outside(scene, mark->points[p].x, mark->points[p].y)) {
                tell(++n, "point outside", mark, "");
                break;
            }
    }
    return n;
}

static bool crosses(const struct mark *line, struct box box) {
    int step = line->kind == MARK_SEGMENTS ? 2 : 1;
    for (int p = 0; p + 1 < line->n_points; p += step)
        if (box_crossed(box, line->points[p], line->points[p + 1]))
            return true;
    return false;
}

int scene_crossed_texts(const struct scene *scene) {
    int n = 0;
    for (int t = 0; t < scene->n; t++) {
        const struct mark *text = &scene->marks[t];
        if (text->kind != MARK_TEXT)
            continue;
        for (int i = 0; i < scene->n; i++) {
            const struct mark *line = &scene->marks[i];
            bool is_line = line->kind == MARK_PATH || line->kind == MARK_SEGMENTS;
            if (is_line && !(text->backed && i < t) && crosses(line, shrunk(text->box, 0.4)))
                tell(++n, "crossed", text,
                     arena_printf(scene->arena, "by a line from %.1f,%.1f to %.1f,%.1f",
                                  line->points[0].x, line->points[0].y,
                                  line->points[line->n_points - 1].x,
                                  line->points[line->n_points - 1].y));
        }
    }
    return n;
}

static bool covers(const struct mark *mark, double x, double y) {
    if (mark->kind == MARK_RECT || mark->kind == MARK_DOT)
        return x >= mark->box.x && x <= mark->box.x + mark->box.w && y >= mark->box.y &&
               y <= mark->box.y + mark->box.h;
    if (mark->kind != MARK_AREA)
        return false;
    bool inside = false;
    for (int i = 0, k = mark->n_points - 1; i < mark->n_points; k = i++) {
        struct point a = mark->points[i], b = mark->points[k];
        if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
    }
    return inside;
}

int scene_unreadable_texts(const struct scene *scene) {
    int n = 0;
    for (int t = 0; t < scene->n; t++) {
        const struct mark *text = &scene->marks[t];
        if (text->kind != MARK_TEXT)
            continue;
        rgb under = COLOR_PAPER;
        double x = text->box.x + text->box.w / 2, y = text->box.y + text->box.h / 2;
        for (int i = 0; i < t && !text->backed; i++)
            if (covers(&scene->marks[i], x, y))
                under = scene->marks[i].fill;
        if (palette_contrast(text->style.color, under) < 4.5)
            tell(++n, "unreadable", text, "");
    }
    return n;
}

int scene_broken_tags(const struct scene *scene) {
    const char *open[TAG_DEPTH_MAX];
    int depth = 0, n = 0;
    for (int i = 0; i < scene->n; i++) {
        const struct mark *mark = &scene->marks[i];
        if (mark->kind == MARK_OPEN && depth < TAG_DEPTH_MAX)
            open[depth++] = mark->text;
        else if (mark->kind == MARK_CLOSE)
            n += depth == 0 || strcmp(open[--depth], mark->text) != 0;
    }
    return n + depth;
}

int flow_faults(const struct flow *flow) {
    int n = 0;
    for (int i = 0; i < flow->n_pages; i++) {
        const struct scene *scene = &flow->pages[i].scene;
        int here = scene_overlapping_texts(scene) + scene_marks_outside(scene) +
                   scene_crossed_texts(scene) + scene_unreadable_texts(scene) +
                   scene_broken_tags(scene);
        if (here > 0)
            fprintf(stderr, "page %d: %d faults\n", i + 1, here);
        n += here;
    }
    return n;
}

int scene_count_text(const struct scene *scene, const char *text) {
    int n = 0;
    for (int i = 0; i < scene->n; i++)
        n += scene->marks[i].kind == MARK_TEXT && strcmp(scene->marks[i].text, text) == 0;
    return n;
}

/* All texts of a page in their order, so that a sentence is found across its lines. */
static bool scene_contains(struct arena *arena, const struct scene *scene, const char *part) {
    struct text all = {.arena = arena};
    text_append_string(&all, "");
    for (int i = 0; i < scene->n; i++)
        if (scene->marks[i].kind == MARK_TEXT)
            text_append_string(&all, scene->marks[i].text);
        else if (scene->marks[i].kind == MARK_CLOSE)
            text_append_string(&all, "\n");
    return strstr(all.data, part) != NULL;
}

bool flow_contains(const struct flow *flow, const char *part) {
    for (int p = 0; p < flow->n_pages; p++)
        if (scene_contains(flow->arena, &flow->pages[p].scene, part))
            return true;
    return false;
}
