/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cairo writes through a callback that only appends to memory and never fails: with a failing
 * stream cairo 1.16 reports nothing, aborts or crashes, depending on the size. */
#include "plots/pdf.h"

#include <cairo-pdf.h>

#include "plots/draw.h"
#include "plots/pdf_update.h"

const char pdf_not_described[] = "the figures have no text alternatives, because this version of "
                                 "cairo writes its PDF otherwise";

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length) {
    text_append(closure, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
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
    for (int i = 0; i < flow->n_chapters; i++) {
        const struct flow_chapter *chapter = &flow->chapters[i];
        if (chapter->page == page)
            cairo_pdf_surface_add_outline(
                surface, CAIRO_PDF_OUTLINE_ROOT, chapter->title,
                arena_printf(arena, "page=%d pos=[0 %.0f]", page + 1, chapter->y), 0);
    }
}

static void draw_pages(struct arena *arena, cairo_surface_t *surface, const struct flow *flow) {
    cairo_t *cairo = cairo_create(surface);
    cairo_tag_begin(cairo, "Document", NULL);
    for (int i = 0; i < flow->n_pages; i++) {
        cairo_pdf_surface_set_page_label(surface, arena_printf(arena, "%d", i + 1));
        outline(arena, surface, flow, i);
        draw_scene(cairo, &flow->pages[i].scene, true);
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
                struct pdf *out, struct err *err) {
    struct text pdf = {.arena = arena};
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(append, &pdf, flow->paper.width, flow->paper.height);
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
    bool described = pdf_update_accessibility(&pdf, "en-GB", alts, n_alts);
    *out = (struct pdf){.data = {pdf.data, pdf.n}, .described = described};
    return true;
}
