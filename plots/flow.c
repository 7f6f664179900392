/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/flow.h"

#include <math.h>
#include <string.h>

static const struct style running_style = {7.5, WEIGHT_REGULAR, COLOR_MUTED};
static const struct style title_style = {11.5, WEIGHT_BOLD, COLOR_INK};
static const struct style subtitle_style = {8.5, WEIGHT_REGULAR, COLOR_MUTED};

struct flow flow_open(struct arena *arena, struct typeset *type, const struct paper *paper,
                      const char *running) {
    return (struct flow){.arena = arena,
                         .type = type,
                         .paper = *paper,
                         .left = paper->left,
                         .right = paper->width - paper->right,
                         .top = paper->top,
                         .bottom = paper->height - paper->foot,
                         .width = paper->width - paper->left - paper->right,
                         .running = running,
                         .gaps = 1};
}

struct scene *flow_scene(struct flow *flow) {
    return &flow->pages[flow->n_pages - 1].scene;
}

static void open_page(struct flow *flow, const char *title, bool continued) {
    if (flow->n_pages == flow->pages_capacity) {
        int larger = flow->pages_capacity + 8;
        flow->pages = arena_grow(flow->arena, flow->pages, (size_t)flow->pages_capacity,
                                 (size_t)larger, sizeof *flow->pages);
        flow->pages_capacity = larger;
    }
    struct flow_page *page = &flow->pages[flow->n_pages++];
    page->scene = scene_open(flow->arena, flow->type, flow->paper.width, flow->paper.height);
    page->title = title;
    flow->y = flow->top;
    if (flow->n_pages > 1) {
        const char *name = continued ? arena_printf(flow->arena, "%s (continued)", title) : title;
        double right =
            scene_text(&page->scene, flow->right, flow->top, ALIGN_RIGHT, running_style, name).x;
        scene_text(&page->scene, flow->left, flow->top, ALIGN_LEFT, running_style,
                   flow_fit(flow, flow->running, running_style, right - flow->left - 20));
        flow->y = flow->top + 20;
    }
    flow->head = flow->y;
}

static void note_chapter(struct flow *flow, const char *title) {
    flow->chapters = arena_grow(flow->arena, flow->chapters, (size_t)flow->n_chapters,
                                (size_t)flow->n_chapters + 1, sizeof *flow->chapters);
    flow->chapters[flow->n_chapters++] =
        (struct flow_chapter){title, flow->n_pages - 1, scene_place(flow->y)};
}

void flow_page(struct flow *flow, const char *title) {
    open_page(flow, title, false);
    note_chapter(flow, title);
}

void flow_chapter(struct flow *flow, const char *title, double height) {
    if (flow->n_pages == 0 || flow_room(flow) < height + FLOW_CHAPTER_HEIGHT) {
        flow_page(flow, title);
        return;
    }
    flow->pages[flow->n_pages - 1].title = title;
    flow_space(flow, 30);
    note_chapter(flow, title);
    flow_text(flow, "H1", title, (struct style){15, WEIGHT_BOLD, COLOR_INK}, 19);
    flow_space(flow, 8);
}

double flow_room(const struct flow *flow) {
    return flow->bottom - flow->y;
}

void flow_turn(struct flow *flow) {
    open_page(flow, flow->pages[flow->n_pages - 1].title, true);
}

void flow_need(struct flow *flow, double height) {
    if (flow_room(flow) < height)
        flow_turn(flow);
}

void flow_space(struct flow *flow, double height) {
    flow->y += height;
}

const char *flow_line(struct arena *arena, const char *line, bool last) {
    return last ? line : arena_printf(arena, "%s ", line);
}

const char *flow_line_of(struct arena *arena, const char *line, int i, int n, enum align align) {
    if (align != ALIGN_RIGHT)
        return flow_line(arena, line, i + 1 == n);
    return i > 0 ? arena_printf(arena, " %s", line) : line;
}

double flow_text_at(struct flow *flow, const char *tag, const char *text, struct style style,
                    double leading, double x, double y, double width) {
    const char *const *lines;
    int n = typeset_wrap(flow->type, flow->arena, text, style, width, &lines);
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, tag, NULL);
    for (int i = 0; i < n; i++)
        scene_text(scene, x, y + TYPESET_ASCENT * style.size + i * leading, ALIGN_LEFT, style,
                   flow_line(flow->arena, lines[i], i + 1 == n));
    scene_tag_close(scene, tag);
    return n * leading;
}

double flow_text_height(struct flow *flow, const char *text, struct style style, double width,
                        double leading) {
    const char *const *lines;
    return leading * typeset_wrap(flow->type, flow->arena, text, style, width, &lines);
}

double flow_even_width(struct flow *flow, const char *text, struct style style, double width) {
    double lines = flow_text_height(flow, text, style, width, 1);
    double narrow = width / 2, wide = width;
    while (wide - narrow > 4) {
        double middle = (narrow + wide) / 2;
        if (flow_text_height(flow, text, style, middle, 1) <= lines)
            wide = middle;
        else
            narrow = middle;
    }
    return wide;
}

/* How many of the `left` lines of a paragraph to set in the room for `fitting` of them: no line
 * stands alone at the end of a page or at the head of the next. 0: all overleaf. */
static int lines_here(int left, int fitting, bool begun) {
    if (fitting >= left)
        return left;
    int here = left - fitting < 2 ? left - 2 : fitting;
    return here < 2 && !begun ? 0 : here;
}

/* Line by line, so that a text longer than a page goes on overleaf. */
void flow_text(struct flow *flow, const char *tag, const char *text, struct style style,
               double leading) {
    const char *const *lines;
    int n = typeset_wrap(flow->type, flow->arena, text, style, flow->width, &lines);
    for (int i = 0; i < n;) {
        int fitting = (int)floor(flow_room(flow) / leading + 1e-9);
        int here = lines_here(n - i, fitting, i > 0);
        if (here <= 0) {
            flow_turn(flow);
            continue;
        }
        struct scene *scene = flow_scene(flow);
        scene_tag_open(scene, tag, NULL);
        for (int end = i + here; i < end; i++, flow->y += leading)
            scene_text(scene, flow->left, flow->y + TYPESET_ASCENT * style.size, ALIGN_LEFT, style,
                       flow_line(flow->arena, lines[i], i + 1 == n));
        scene_tag_close(scene, tag);
    }
}

double flow_title_height(struct flow *flow, const char *title, const char *subtitle) {
    double width = flow->width;
    double height = flow_text_height(flow, title, title_style, width, 14.5) + 2;
    if (subtitle)
        height += flow_text_height(flow, subtitle, subtitle_style, width, 11.5);
    return height + 5;
}

void flow_title(struct flow *flow, const char *title, const char *subtitle, double below) {
    flow_need(flow, flow_title_height(flow, title, subtitle) + below);
    flow_text(flow, "H2", title, title_style, 14.5);
    flow_space(flow, 2);
    if (subtitle)
        flow_text(flow, "P", subtitle, subtitle_style, 11.5);
    flow_space(flow, 5);
}

static void remember(struct flow *flow, const char *shown, const char *full) {
    for (int i = 0; i < flow->n_shortened; i++)
        if (strcmp(flow->shortened[i].full, full) == 0)
            return;
    if (flow->n_shortened == flow->shortened_capacity) {
        int larger = flow->shortened_capacity + 16;
        flow->shortened = arena_grow(flow->arena, flow->shortened, (size_t)flow->shortened_capacity,
                                     (size_t)larger, sizeof *flow->shortened);
        flow->shortened_capacity = larger;
    }
    flow->shortened[flow->n_shortened++] = (struct flow_shortened){shown, full};
}

const char *flow_fit(struct flow *flow, const char *text, struct style style, double width) {
    const char *clean = typeset_clean(flow->type, flow->arena, text);
    const char *shown = typeset_fit(flow->type, flow->arena, clean, style, width);
    if (strcmp(shown, clean) != 0)
        remember(flow, shown, clean);
    return shown;
}

void flow_footers(struct flow *flow, const char *source) {
    for (int i = 0; i < flow->n_pages; i++) {
        struct scene *scene = &flow->pages[i].scene;
        double y = flow->bottom + 12;
        scene_line(scene, (struct point){flow->left, y}, (struct point){flow->right, y},
                   (struct stroke){COLOR_RULE, 0.5, false, 0});
        const char *number = arena_printf(flow->arena, "%d of %d", i + 1, flow->n_pages);
        double left = scene_text(scene, flow->right, y + 12, ALIGN_RIGHT, running_style, number).x;
        scene_text(
            scene, flow->left, y + 12, ALIGN_LEFT, running_style,
            typeset_fit(flow->type, flow->arena, source, running_style, left - flow->left - 15));
    }
}
