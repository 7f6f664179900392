/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page by page: first what goes on it is picked, then the figures among it share what is left of
 * its height or give up what is lacking, then it is drawn. */
#include "plots/parts.h"

#include <math.h>

#include "base/err.h"
#include "plots/report_pages.h"

#define NOTE_GAP 5.0

static const struct style note_style = {7.5, WEIGHT_REGULAR, COLOR_MUTED};
static const struct style finding_style = {9, WEIGHT_SEMIBOLD, COLOR_INK};
static const struct style body_style = {8.5, WEIGHT_REGULAR, COLOR_INK};

static struct part *add(struct flow *flow, struct parts *parts) {
    if (parts->n == parts->capacity) {
        int larger = parts->capacity + 8;
        parts->items = arena_grow(flow->arena, parts->items, (size_t)parts->capacity,
                                  (size_t)larger, sizeof *parts->items);
        parts->capacity = larger;
    }
    struct part *part = &parts->items[parts->n++];
    *part = (struct part){.style = note_style, .leading = 10};
    return part;
}

void parts_add(struct flow *flow, struct parts *parts, const struct part *part) {
    *add(flow, parts) = *part;
}

void parts_add_figure(struct flow *flow, struct parts *parts, const struct study *study,
                      int workload, figure_open *figure) {
    struct figure_view view;
    if (!figure(flow->arena, study, workload, &view))
        return;
    if (view.flat)
        parts_add_finding(flow, parts, arena_printf(flow->arena, "%s.", view.title));
    else
        add(flow, parts)->figure = view;
}

void parts_add_table(struct flow *flow, struct parts *parts, const char *title,
                     const char *subtitle, const struct grid *table) {
    struct part *part = add(flow, parts);
    part->title = title;
    part->subtitle = subtitle;
    part->table = *table;
}

void parts_add_note(struct parts *parts, const char *note) {
    struct part *part = &parts->items[parts->n - 1];
    if (!note || !note[0])
        return;
    int i = 0;
    while (part->notes[i])
        i++;
    ENSURE(i < PART_NOTES_MAX);
    part->notes[i] = note;
}

void parts_add_finding(struct flow *flow, struct parts *parts, const char *words) {
    struct part *part = add(flow, parts);
    part->style = finding_style;
    part->leading = 12.5;
    part->notes[0] = words;
}

void parts_add_words(struct flow *flow, struct parts *parts, const char *words) {
    struct part *part = add(flow, parts);
    part->style = body_style;
    part->leading = 12;
    part->notes[0] = words;
}

/* ---- heights ---- */

static bool is_figure(const struct part *part) {
    return part->figure.draw != NULL;
}

static bool is_table(const struct part *part) {
    return part->table.n_columns > 0;
}

static double title_height(struct flow *flow, const struct part *part) {
    if (is_figure(part))
        return report_figure_title_height(flow, &part->figure);
    return part->title ? flow_title_height(flow, part->title, part->subtitle) : 0;
}

double part_height(struct flow *flow, const struct part *part, double scale) {
    double height = title_height(flow, part);
    if (is_figure(part))
        return height + scale * part->figure.height;
    if (is_table(part))
        height += grid_height(flow, &part->table) + 2; /* heights of rows are told without rules */
    for (int i = 0; i < PART_NOTES_MAX && part->notes[i]; i++)
        height += (is_table(part) ? NOTE_GAP : 0) +
                  flow_text_height(flow, part->notes[i], part->style, flow->width, part->leading);
    return height;
}

/* What must stand together before the rest may go on overleaf. */
static double first_height(struct flow *flow, const struct part *part) {
    if (!is_table(part))
        return part_height(flow, part, PART_SHRINK_MIN);
    return title_height(flow, part) + grid_begin_height(flow, &part->table);
}

void part_draw(struct flow *flow, const struct part *part, double scale) {
    if (is_figure(part)) {
        report_figure(flow, &part->figure, scale * part->figure.height);
        return;
    }
    if (part->title)
        flow_title(flow, part->title, part->subtitle, grid_first_height(flow, &part->table));
    if (is_table(part))
        grid_draw(flow, &part->table);
    for (int i = 0; i < PART_NOTES_MAX && part->notes[i]; i++) {
        if (is_table(part))
            flow_space(flow, NOTE_GAP);
        flow_text(flow, "P", part->notes[i], part->style, part->leading);
    }
}

/* ---- pages ---- */

/** What goes on the rest of a page. */
struct picked {
    int *order; /* parts, as they stand there */
    int n;
    double figures, rest; /* heights: of the figures, and of all else */
    bool breaks;          /* the last goes on overleaf */
};

static struct picked pick(struct flow *flow, const struct parts *parts, const bool *drawn,
                          double room, bool gap_above, double shrink, bool begins) {
    struct picked picked = {.order = arena_new(flow->arena, int, parts->n)};
    double used = 0;
    for (int i = 0; i < parts->n && !picked.breaks; i++) {
        const struct part *part = &parts->items[i];
        if (drawn[i])
            continue;
        if (begins && picked.n == 0 && i > 0 && !is_figure(part) && !is_table(part))
            continue;
        double gap = gap_above || picked.n > 0 ? PART_GAP : 0;
        double need = gap + part_height(flow, part, shrink);
        if (used + need > room) {
            need = gap + first_height(flow, part);
            if (!is_table(part) || used + need > room)
                continue;
            picked.breaks = true;
        }
        double figure = is_figure(part) ? part->figure.height : 0;
        used += need;
        picked.figures += figure;
        picked.rest += need - shrink * figure;
        picked.order[picked.n++] = i;
    }
    return picked;
}

/* Of the figures that were picked; higher than they are meant to be only where nothing more comes
 * on the page. */
static double scale_of(const struct picked *picked, double room, bool ends_page) {
    if (picked->figures <= 0)
        return 1;
    double scale = (room - picked->rest) / picked->figures;
    return fmin(scale, ends_page && !picked->breaks ? PART_STRETCH_MAX : 1);
}

static int count_left(const struct parts *parts, const bool *drawn) {
    int n = 0;
    for (int i = 0; i < parts->n; i++)
        n += !drawn[i];
    return n;
}

/* Draws the first that is left on a page of its own, whatever its height. */
static struct picked pick_one(struct flow *flow, const struct parts *parts, const bool *drawn) {
    struct picked picked = {.order = arena_new(flow->arena, int, 1), .n = 1};
    while (drawn[picked.order[0]])
        picked.order[0]++;
    const struct part *part = &parts->items[picked.order[0]];
    picked.rest = title_height(flow, part);
    picked.figures = is_figure(part) ? part->figure.height : 0;
    return picked;
}

static void draw_picked(struct flow *flow, const struct parts *parts, const struct picked *picked,
                        double scale, bool gap_above, bool *drawn) {
    for (int i = 0; i < picked->n; i++) {
        if (gap_above || i > 0)
            flow_space(flow, PART_GAP);
        part_draw(flow, &parts->items[picked->order[i]], scale);
        drawn[picked->order[i]] = true;
    }
}

bool parts_draw(struct flow *flow, const char *chapter, const struct parts *parts) {
    bool *drawn = arena_new(flow->arena, bool, parts->n + 1);
    bool begun = chapter == NULL, fresh = begun && flow->y <= flow->head;
    while (count_left(parts, drawn) > 0) {
        bool gap_above = begun && !fresh;
        double room = flow->n_pages > 0 ? flow_room(flow) - 1 : 0; /* a point for rounding */
        room -= begun ? 0 : FLOW_CHAPTER_HEIGHT;
        struct picked picked = pick(flow, parts, drawn, room, gap_above, PART_SHRINK_MIN, !begun);
        if (picked.n == 0 && !fresh)
            picked = pick(flow, parts, drawn, room, gap_above, PART_SHRINK_LEAST, !begun);
        if (picked.n == 0 && !fresh) {
            if (begun)
                flow_turn(flow);
            else
                flow_page(flow, chapter);
            begun = fresh = true;
            continue;
        }
        if (picked.n == 0)
            picked = pick_one(flow, parts, drawn);
        if (!begun)
            flow_chapter(flow, chapter, 0);
        bool ends_page = count_left(parts, drawn) > picked.n;
        draw_picked(flow, parts, &picked, scale_of(&picked, room, ends_page), gap_above, drawn);
        begun = true;
        fresh = false;
    }
    return parts->n > 0;
}
