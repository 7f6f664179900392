/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/svg.h"

#include <string.h>

/* Names keep no control characters (scene_text cleans them); quotes only matter in attributes. */
static void append_escaped(struct text *out, const char *text) {
    for (size_t n; *text; text += n) {
        n = strcspn(text, "&<>\"");
        text_append(out, text, n);
        if (!text[n])
            break;
        const char *name = text[n] == '&'   ? "&amp;"
                           : text[n] == '<' ? "&lt;"
                           : text[n] == '>' ? "&gt;"
                                            : "&quot;";
        text_append_string(out, name);
        n++;
    }
}

static void append_points(struct text *out, const struct mark *mark) {
    for (int i = 0; i < mark->n_points; i++) {
        bool start = i == 0 || (mark->kind == MARK_SEGMENTS && i % 2 == 0);
        text_printf(out, "%s%.2f,%.2f", start ? "M" : "L", mark->points[i].x, mark->points[i].y);
    }
}

static void append_stroke(struct text *out, const struct mark *mark, rgb color, double width,
                          bool dashed) {
    text_append_string(out, "<path fill=\"none\" d=\"");
    append_points(out, mark);
    text_printf(out, "\" stroke=\"#%06X\" stroke-width=\"%.2f\"%s/>\n", (unsigned)color, width,
                dashed ? " stroke-dasharray=\"3.5 2.5\"" : "");
}

static void append_rect(struct text *out, struct box box, rgb fill) {
    text_printf(out,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06X\"/>\n",
                box.x, box.y, box.w, box.h, (unsigned)fill);
}

/* As draw.c does it: a ring is hollow, a disc has a rim of paper. */
static void append_dot(struct text *out, const struct mark *mark) {
    double radius = mark->box.w / 2;
    text_printf(out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" ", mark->box.x + radius,
                mark->box.y + radius, radius);
    if (mark->ring)
        text_printf(out, "fill=\"#%06X\" stroke=\"#%06X\" stroke-width=\"1.1\"/>\n", COLOR_PAPER,
                    (unsigned)mark->fill);
    else
        text_printf(out,
                    "fill=\"#%06X\" stroke=\"#%06X\" stroke-width=\"1.6\" "
                    "paint-order=\"stroke\"/>\n",
                    (unsigned)mark->fill, COLOR_PAPER);
}

static void append_text(struct text *out, const struct mark *mark) {
    static const int weights[WEIGHTS] = {
        [WEIGHT_REGULAR] = 400, [WEIGHT_SEMIBOLD] = 600, [WEIGHT_BOLD] = 700};
    if (mark->backed)
        append_rect(
            out,
            (struct box){mark->box.x - 1.5, mark->box.y - 0.5, mark->box.w + 3, mark->box.h + 1},
            COLOR_PAPER);
    text_printf(out,
                "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.4g\" font-weight=\"%d\" "
                "fill=\"#%06X\" textLength=\"%.2f\" lengthAdjust=\"spacingAndGlyphs\">",
                mark->box.x, mark->baseline, mark->style.size, weights[mark->style.weight],
                (unsigned)mark->style.color, mark->box.w);
    append_escaped(out, mark->text);
    text_append_string(out, "</text>\n");
}

/* Of the tags only figures and links mean something here. */
static void append_open(struct text *out, const struct mark *mark) {
    if (mark->alt) {
        text_append_string(out, "<g role=\"img\" aria-label=\"");
        append_escaped(out, mark->alt);
        text_append_string(out, "\">\n");
    } else if (mark->link) {
        text_append_string(out, "<a href=\"");
        append_escaped(out, mark->link);
        text_append_string(out, "\">\n");
    }
}

static void append_mark(struct text *out, const struct mark *mark) {
    switch (mark->kind) {
    case MARK_RECT:
        append_rect(out, mark->box, mark->fill);
        break;
    case MARK_AREA:
        text_append_string(out, "<path d=\"");
        append_points(out, mark);
        text_printf(out, "Z\" fill=\"#%06X\"/>\n", (unsigned)mark->fill);
        break;
    case MARK_PATH:
    case MARK_SEGMENTS:
        if (mark->stroke.halo > 0)
            append_stroke(out, mark, COLOR_PAPER, mark->stroke.halo, false);
        append_stroke(out, mark, mark->stroke.color, mark->stroke.width, mark->stroke.dashed);
        break;
    case MARK_DOT:
        append_dot(out, mark);
        break;
    case MARK_TEXT:
        append_text(out, mark);
        break;
    case MARK_OPEN:
        append_open(out, mark);
        break;
    case MARK_CLOSE:
        if (strcmp(mark->text, "Figure") == 0)
            text_append_string(out, "</g>\n");
        else if (strcmp(mark->text, "Link") == 0)
            text_append_string(out, "</a>\n");
        break;
    }
}

struct bytes svg_render(struct arena *arena, const struct scene *scene, const char *title) {
    struct text out = {.arena = arena};
    text_printf(&out,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0fpt\" height=\"%.0fpt\" "
                "viewBox=\"0 0 %.2f %.2f\" xml:lang=\"en-GB\"\n"
                "  font-family=\"Inter, Helvetica, Arial, sans-serif\" "
                "style=\"font-feature-settings:'tnum'\">\n<title>",
                scene->width, scene->height, scene->width, scene->height);
    append_escaped(&out, typeset_clean(scene->type, arena, title));
    text_append_string(&out, "</title>\n");
    append_rect(&out, (struct box){0, 0, scene->width, scene->height}, COLOR_PAPER);
    for (int i = 0; i < scene->n; i++)
        append_mark(&out, &scene->marks[i]);
    text_append_string(&out, "</svg>\n");
    return (struct bytes){out.data, out.n};
}
