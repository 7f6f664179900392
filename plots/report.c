/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/report.h"

#include "base/calendar.h"
#include "plots/pdf.h"
#include "plots/refit.h"
#include "plots/report_json.h"
#include "plots/report_pages.h"

const char *report_source(struct arena *arena, const struct study *study,
                          const struct report_facts *facts) {
    return arena_printf(arena, "headroom %s · inputs %s · price book %s · seed %llu",
                        HEADROOM_VERSION, facts->inputs_id,
                        study->book.name ? study->book.name : "?",
                        (unsigned long long)study->scenario.seed);
}

struct typeset *report_typeset(struct arena *arena, struct err *err) {
    return typeset_open(arena, HEADROOM_INTER_DIR, err);
}

void report_figure(struct flow *flow, const struct figure_view *figure, double height) {
    flow_title(flow, figure->title, figure->subtitle, height);
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, "Figure", figure->alt);
    figure->draw(scene, figure->data, (struct box){flow->left, flow->y, flow->width, height});
    scene_tag_close(scene, "Figure");
    flow_space(flow, height);
}

double report_figure_title_height(struct flow *flow, const struct figure_view *figure) {
    return flow_title_height(flow, figure->title, figure->subtitle);
}

struct study report_short_names(struct flow *flow, const struct study *study) {
    const struct style style = {8.5, WEIGHT_REGULAR, COLOR_INK};
    struct study copy = *study;
    size_t n = (size_t)study->scenario.n_workloads, m = (size_t)study->n_candidates;
    struct workload *workloads =
        arena_grow(flow->arena, study->scenario.workloads, n, n, sizeof *workloads);
    struct candidate *candidates =
        arena_grow(flow->arena, study->candidates, m, m, sizeof *candidates);
    for (size_t i = 0; i < n; i++)
        workloads[i].name = flow_fit(flow, workloads[i].name, style, 150);
    for (size_t i = 0; i < m; i++) {
        candidates[i].name = flow_fit(flow, candidates[i].name, style, 150);
        candidates[i].sku = flow_fit(flow, candidates[i].sku, style, 150);
    }
    copy.scenario.workloads = workloads;
    copy.candidates = candidates;
    return copy;
}

#define NEARLY_EMPTY 0.45 /* of a page */
#define TIGHT 0.5         /* of the usual room around rows */

/* Set more tightly where the last page would hold little, and that saves it. */
static void lay_out_assumptions(struct flow *flow, const struct study *study,
                                const struct report_facts *facts) {
    struct flow before = *flow;
    struct flow_page last = flow->pages[flow->n_pages - 1];
    report_assumptions(flow, study, facts);
    int n_pages = flow->n_pages;
    before.missing = flow->missing;
    if (flow->y - flow->top > NEARLY_EMPTY * (flow->bottom - flow->top))
        return;
    for (double gaps = TIGHT; gaps <= 1; gaps += 1 - TIGHT) {
        *flow = before;
        flow->pages[flow->n_pages - 1] = last;
        flow->gaps = gaps;
        report_assumptions(flow, study, facts);
        if (flow->n_pages < n_pages)
            return;
    }
}

struct flow report_lay_out(struct arena *arena, struct typeset *type, const struct paper *paper,
                           const struct study *study) {
    struct report_facts facts = report_facts_make(arena, study);
    struct flow flow = flow_open(arena, type, paper,
                                 arena_printf(arena, "Capacity plan · %s", study->scenario.name));
    struct study shown = report_short_names(&flow, study);
    struct report_rest rest = report_decision(&flow, &shown, &facts);
    report_demand(&flow, &shown);
    report_money(&flow, &shown);
    report_further(&flow, &shown, &rest);
    report_money_detail(&flow, &shown);
    report_purchases(&flow, &shown);
    report_workloads(&flow, &shown);
    report_other_demands(&flow, &shown);
    report_growth(&flow, &shown);
    report_candidates(&flow, &shown);
    report_service(&flow, &shown);
    report_stations(&flow, &shown);
    report_jobs(&flow, &shown);
    report_payers(&flow, &shown);
    report_levers(&flow, &shown);
    lay_out_assumptions(&flow, &shown, &facts);
    flow_footers(&flow, report_source(arena, study, &facts));
    return flow;
}

/* The PDF of what is laid out. */
static bool draw(struct arena *arena, const struct report_sheets *sheets, struct report *out,
                 struct err *err) {
    struct pdf_about about = {
        .title = sheets->title,
        .author = "headroom",
        .subject = sheets->subject,
        .keywords = "capacity plan, commitments, spot, SLO",
        .date = arena_printf(arena, "%sT00:00:00Z", sheets->date),
    };
    struct pdf pdf;
    if (!pdf_render(arena, &sheets->flow, &about, &pdf, err))
        return false;
    *out = (struct report){.pdf = pdf.data};
    if (sheets->flow.missing)
        out->warnings[out->n_warnings++] = sheets->flow.missing;
    if (!pdf.described)
        out->warnings[out->n_warnings++] = pdf_not_described;
    return true;
}

bool report_render(struct arena *arena, const struct study *study,
                   const struct report_options *options, struct report *out, struct err *err) {
    struct typeset *type = report_typeset(arena, err);
    if (!type)
        return false;
    const struct paper *paper = options && options->paper ? options->paper : paper_a4();
    char date[16];
    calendar_format_date(date, study->scenario.start);
    struct report_sheets sheets = {
        .flow = report_lay_out(arena, type, paper, study),
        .title = arena_printf(arena, "Capacity plan: %s",
                              typeset_clean(type, arena, study->scenario.name)),
        .subject = typeset_clean(type, arena, study->headline),
        .date = date,
    };
    bool ok = draw(arena, &sheets, out, err);
    if (ok) {
        struct text json = {.arena = arena};
        report_append_json(&sheets, &json);
        out->json = (struct bytes){json.data, json.n};
    }
    typeset_close(type);
    return ok;
}

bool report_redraw(struct arena *arena, const struct result_file *result,
                   const struct report_options *options, struct report *out, struct err *err) {
    struct typeset *type = report_typeset(arena, err);
    if (!type)
        return false;
    struct report_sheets sheets;
    bool ok = report_read_json(arena, type, result->root, result->text, result->file, &sheets, err);
    if (ok && options && options->paper)
        flow_refit(&sheets.flow, options->paper);
    ok = ok && draw(arena, &sheets, out, err);
    typeset_close(type);
    return ok;
}
