/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/figure_file.h"

#include <string.h>
#include <strings.h>

#include "base/calendar.h"
#include "plots/pdf.h"
#include "plots/png.h"
#include "plots/report_pages.h"
#include "plots/svg.h"

#define PIXELS_PER_POINT 2 /* of a PNG */

static const struct paper sheet = {"figure", 540, 1000, 22, 22, 18, 34};
static const struct style source_style = {7.5, WEIGHT_REGULAR, COLOR_MUTED};

const char *figure_format_name(enum figure_format format) {
    static const char *const names[FIGURE_FORMATS] = {"svg", "png", "pdf", "csv"};
    return names[format];
}

enum figure_format figure_format_of(const char *path) {
    const char *dot = strrchr(path, '.');
    for (enum figure_format format = 0; dot && format < FIGURE_FORMATS; format++)
        if (strcasecmp(dot + 1, figure_format_name(format)) == 0)
            return format;
    return FIGURE_FORMATS;
}

/* The sheet is cut to what is on it. */
static struct flow lay_out(struct arena *arena, struct typeset *type, const struct study *study,
                           const struct figure_view *view) {
    struct flow measure = flow_open(arena, type, &sheet, "");
    struct paper paper = sheet;
    paper.height = sheet.top + report_figure_title_height(&measure, view) + view->height +
                   sheet.foot + 1; /* a point for rounding */
    struct flow flow = flow_open(arena, type, &paper, "");
    flow_page(&flow, view->title);
    report_figure(&flow, view, view->height);
    struct report_facts facts = report_facts_make(arena, study);
    const char *source =
        arena_printf(arena, "%s · %s", study->scenario.name, report_source(arena, study, &facts));
    scene_text(flow_scene(&flow), flow.left, paper.height - 13, ALIGN_LEFT, source_style,
               typeset_fit(type, arena, source, source_style, flow.width));
    return flow;
}

struct scene figure_scene(struct arena *arena, struct typeset *type, const struct study *study,
                          const struct figure_view *view) {
    struct flow flow = lay_out(arena, type, study, view);
    return *flow_scene(&flow);
}

static bool render_pdf(struct arena *arena, struct typeset *type, const struct study *study,
                       const struct figure_view *view, struct figure_file *out, struct err *err) {
    struct flow flow = lay_out(arena, type, study, view);
    char date[16];
    calendar_format_date(date, study->scenario.start);
    struct pdf_about about = {
        .title = typeset_clean(type, arena, view->title),
        .author = "headroom",
        .subject = typeset_clean(type, arena, view->subtitle ? view->subtitle : view->title),
        .keywords = "capacity plan",
        .date = arena_printf(arena, "%sT00:00:00Z", date),
    };
    struct pdf pdf;
    if (!pdf_render(arena, &flow, &about, &pdf, err))
        return false;
    out->data = pdf.data;
    if (!pdf.described)
        out->warnings[out->n_warnings++] = pdf_not_described;
    return true;
}

static bool render(struct arena *arena, struct typeset *type, const struct study *study,
                   const struct figure_view *view, enum figure_format format,
                   struct figure_file *out, struct err *err) {
    if (format == FIGURE_PDF)
        return render_pdf(arena, type, study, view, out, err);
    struct scene scene = figure_scene(arena, type, study, view);
    if (format == FIGURE_PNG)
        return png_render(arena, &scene, PIXELS_PER_POINT, &out->data, err);
    out->data = svg_render(arena, &scene, view->title);
    return true;
}

static struct bytes numbers(struct arena *arena, const struct figure_view *view) {
    struct text out = {.arena = arena};
    view->csv(view->data, &out);
    return (struct bytes){out.data, out.n};
}

bool figure_render(struct arena *arena, const struct study *study, const struct figure *figure,
                   int workload, enum figure_format format, struct figure_file *out,
                   struct err *err) {
    struct typeset *type = report_typeset(arena, err);
    if (!type)
        return false;
    struct flow names = flow_open(arena, type, &sheet, "");
    struct study shown = report_short_names(&names, study);
    struct figure_view view;
    *out = (struct figure_file){0};
    bool ok = figure->open(arena, format == FIGURE_CSV ? study : &shown, workload, &view);
    if (!ok) {
        err_set(err, ERR_INPUT, "the study has nothing for the figure '%s': %s", figure->id,
                figure->doc);
        if (figure->needs)
            err_hint(err, "it needs %s", figure->needs);
    } else if (format == FIGURE_CSV) {
        out->data = numbers(arena, &view);
    } else {
        ok = render(arena, type, study, &view, format, out, err);
        const char *missing = typeset_missing_words(type, arena);
        if (missing)
            out->warnings[out->n_warnings++] = missing;
    }
    typeset_close(type);
    return ok;
}
