/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 2, one for each workload: the week, the load-duration bars, and the weeks side by side. */
#include <math.h>

#include "plots/report_pages.h"

#define CHARTS_HEIGHT 420.0 /* at least; the charts are as high as there is room */

struct layout {
    double week, load, growth, gap;
};

/* Heights that fill the page below its titles: the growth strip only when there is growth, the
 * load-duration bars only when there are instances. */
static struct layout heights(double room, bool has_load, bool has_growth) {
    struct layout layout = {.gap = 18, .growth = has_growth ? fmin(0.18 * room, 125) : 0};
    double left =
        room - (has_growth ? layout.growth + layout.gap : 0) - (has_load ? layout.gap : 0);
    layout.week = has_load ? fmin(left * 0.52, 300) : fmin(left, 330);
    layout.load = has_load ? fmin(left - layout.week, 300) : 0;
    return layout;
}

struct demand_page {
    struct figure_view week, load, growth;
    bool has_load, has_growth;
    double titles; /* their height */
};

static struct demand_page page_of(struct flow *flow, const struct study *study, int workload) {
    struct demand_page page = {0};
    figure_week_open(flow->arena, study, workload, &page.week);
    page.has_load = figure_load_duration_open(flow->arena, study, workload, &page.load);
    page.has_growth = figure_growth_open(flow->arena, study, workload, &page.growth);
    page.titles = report_figure_title_height(flow, &page.week);
    if (page.has_load)
        page.titles += report_figure_title_height(flow, &page.load);
    if (page.has_growth)
        page.titles += report_figure_title_height(flow, &page.growth);
    return page;
}

static void draw_page(struct flow *flow, const struct demand_page *page) {
    struct layout layout =
        heights(flow_room(flow) - page->titles, page->has_load, page->has_growth);
    report_figure(flow, &page->week, layout.week);
    if (page->has_load) {
        flow_space(flow, layout.gap);
        report_figure(flow, &page->load, layout.load);
    }
    if (page->has_growth) {
        flow_space(flow, layout.gap);
        report_figure(flow, &page->growth, layout.growth);
    }
}

void report_demand(struct flow *flow, const struct study *study) {
    if (study->infeasible)
        return;
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const char *title = "Demand and capacity";
        if (study->scenario.n_workloads > 1)
            title = arena_printf(flow->arena, "Demand and capacity: %s",
                                 study->scenario.workloads[w].name);
        struct demand_page page = page_of(flow, study, w);
        flow_chapter(flow, title, page.titles + CHARTS_HEIGHT);
        draw_page(flow, &page);
    }
}
