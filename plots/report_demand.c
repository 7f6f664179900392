/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 2, one for each workload: the week, the load-duration bars, and the weeks side by side. */
#include <math.h>

#include "plots/figures.h"
#include "plots/report_pages.h"

#define WIDTH (FLOW_RIGHT - FLOW_LEFT)
#define CHARTS_HEIGHT 420.0 /* at least; the charts are as high as there is room */
enum { STRIP_WEEKS = 4 };

static const char growth_subtitle[] =
    "The planning weeks on one scale; the chart above shows the busiest";

static int busiest(const struct week_view *views, int n) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (week_view_peak_demand(&views[i], NULL) > week_view_peak_demand(&views[best], NULL))
            best = i;
    return best;
}

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

static void draw_week(struct flow *flow, const struct study *study, const struct week_view *view,
                      double height) {
    flow_title(flow, figure_week_title(flow->arena, view),
               figure_week_subtitle(flow->arena, study, view), fmin(height, 160));
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, "Figure", figure_week_alt(flow->arena, view));
    figure_week_draw(scene, view, (struct box){FLOW_LEFT, flow->y, WIDTH, height});
    scene_tag_close(scene, "Figure");
    flow_space(flow, height);
}

static void draw_load(struct flow *flow, const struct load_duration *load, double height) {
    flow_title(flow, figure_load_duration_title(flow->arena, load),
               figure_load_duration_subtitle(flow->arena, load), fmin(height, 160));
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, "Figure", figure_load_duration_alt(flow->arena, load));
    figure_load_duration_draw(scene, load, (struct box){FLOW_LEFT, flow->y, WIDTH, height});
    scene_tag_close(scene, "Figure");
    flow_space(flow, height);
}

static void draw_growth(struct flow *flow, const struct study *study, const struct week_view *views,
                        int n, double height) {
    flow_title(flow, figure_growth_title(flow->arena, study, views, n), growth_subtitle, height);
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, "Figure", figure_growth_alt(flow->arena, study, views, n));
    figure_growth_draw(scene, study, views, n, (struct box){FLOW_LEFT, flow->y, WIDTH, height});
    scene_tag_close(scene, "Figure");
    flow_space(flow, height);
}

struct demand_page {
    struct week_view views[DEMAND_WEEKS_MAX];
    struct load_duration load;
    int n_weeks;
    bool has_load, has_growth;
    double titles; /* their height */
};

static struct demand_page page_of(struct flow *flow, const struct study *study, int workload) {
    const struct plan *plan = study->recommended.plan;
    struct demand_page page = {.n_weeks = study->demand.n_weeks};
    for (int i = 0; i < page.n_weeks; i++)
        page.views[i] = week_view_make(flow->arena, study, plan, workload, i);
    page.load = load_duration_make(flow->arena, study, plan, workload);
    page.has_load = page.load.main >= 0 && page.load.n > 0;
    page.has_growth = page.n_weeks > 1;
    const struct week_view *shown = &page.views[busiest(page.views, page.n_weeks)];
    page.titles = flow_title_height(flow, figure_week_title(flow->arena, shown),
                                    figure_week_subtitle(flow->arena, study, shown));
    if (page.has_load)
        page.titles += flow_title_height(flow, figure_load_duration_title(flow->arena, &page.load),
                                         figure_load_duration_subtitle(flow->arena, &page.load));
    if (page.has_growth)
        page.titles += flow_title_height(
            flow, figure_growth_title(flow->arena, study, page.views, page.n_weeks),
            growth_subtitle);
    return page;
}

static void draw_page(struct flow *flow, const struct study *study,
                      const struct demand_page *page) {
    struct layout layout =
        heights(flow_room(flow) - page->titles, page->has_load, page->has_growth);
    draw_week(flow, study, &page->views[busiest(page->views, page->n_weeks)], layout.week);
    if (page->has_load) {
        flow_space(flow, layout.gap);
        draw_load(flow, &page->load, layout.load);
    }
    /* At most as many small weeks as fit side by side, evenly chosen. */
    struct week_view strip[STRIP_WEEKS];
    int n_strip = page->n_weeks < STRIP_WEEKS ? page->n_weeks : STRIP_WEEKS;
    for (int i = 0; i < n_strip; i++)
        strip[i] = page->views[n_strip > 1 ? i * (page->n_weeks - 1) / (n_strip - 1) : 0];
    if (page->has_growth) {
        flow_space(flow, layout.gap);
        draw_growth(flow, study, strip, n_strip, layout.growth);
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
        draw_page(flow, study, &page);
    }
}
