/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cairo writes through a callback that only appends to memory and never fails: with a failing
 * stream cairo 1.16 reports nothing, aborts or crashes, depending on the size. */
#include "plots/pdf.h"

#include <cairo-pdf.h>

#include "plots/pdf_update.h"

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length) {
    text_append(closure, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
}

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

static void draw_mark(cairo_t *cairo, struct typeset *type, const struct mark *mark) {
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
        draw_text(cairo, type, mark);
        break;
    case MARK_OPEN:
        cairo_tag_begin(cairo, mark->text, NULL);
        break;
    case MARK_CLOSE:
        cairo_tag_end(cairo, mark->text);
        break;
    }
}

static void describe(cairo_surface_t *surface, const struct pdf_about *about) {
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, about->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, about->author);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, about->subject);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_KEYWORDS, about->keywords);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR,
                                   "headroom " HEADROOM_VERSION);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, about->date);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, about->date);
}

static void outline(struct arena *arena, cairo_surface_t *surface, const struct flow *flow,
                    int page) {
    for (int i = 0; i < flow->n_chapters; i++)
        if (flow->chapters[i].page == page)
            cairo_pdf_surface_add_outline(surface, CAIRO_PDF_OUTLINE_ROOT, flow->chapters[i].title,
                                          arena_printf(arena, "page=%d pos=[0 0]", page + 1), 0);
}

static void draw_pages(struct arena *arena, cairo_surface_t *surface, const struct flow *flow) {
    cairo_t *cairo = cairo_create(surface);
    cairo_tag_begin(cairo, "Document", NULL);
    for (int i = 0; i < flow->n_pages; i++) {
        cairo_pdf_surface_set_page_label(surface, arena_printf(arena, "%d", i + 1));
        outline(arena, surface, flow, i);
        const struct scene *scene = &flow->pages[i].scene;
        for (int m = 0; m < scene->n; m++)
            draw_mark(cairo, flow->type, &scene->marks[m]);
        cairo_show_page(cairo);
    }
    cairo_tag_end(cairo, "Document");
    cairo_destroy(cairo);
}

static const char *const *alts_of(struct arena *arena, const struct flow *flow, int *n) {
    int total = 0;
    for (int i = 0; i < flow->n_pages; i++)
        total += flow->pages[i].scene.n;
    const char **alts = arena_new(arena, const char *, total);
    *n = 0;
    for (int i = 0; i < flow->n_pages; i++)
        for (int m = 0; m < flow->pages[i].scene.n; m++) {
            const struct mark *mark = &flow->pages[i].scene.marks[m];
            if (mark->kind == MARK_OPEN && mark->alt)
                alts[(*n)++] = mark->alt;
        }
    return alts;
}

bool pdf_render(struct arena *arena, const struct flow *flow, const struct pdf_about *about,
                struct bytes *out, struct err *err) {
    struct text pdf = {.arena = arena};
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(append, &pdf, FLOW_WIDTH, FLOW_HEIGHT);
    /* 1.4: structure tags, and a plain cross-reference table that pdf_update understands. */
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4);
    describe(surface, about);
    draw_pages(arena, surface, flow);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS)
        return err_set(err, ERR_SYSTEM, "cannot draw the report: %s",
                       cairo_status_to_string(status));
    int n_alts;
    const char *const *alts = alts_of(arena, flow, &n_alts);
    pdf_update_accessibility(&pdf, "en-GB", alts, n_alts);
    *out = (struct bytes){pdf.data, pdf.n};
    return true;
}
