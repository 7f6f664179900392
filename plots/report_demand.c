/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 2, one for each workload: the week and the load-duration bars; below the last of them what
 * is committed to, and the weeks side by side. */
#include <math.h>
#include <string.h>

#include "plots/grid.h"
#include "plots/report_pages.h"
#include "plots/words.h"

#define CHARTS_HEIGHT 330.0 /* at least; the charts are as high as there is room */
#define GAP 18.0
#define GROWTH_HEIGHT 115.0

static const char commitments_title[] = "What is committed to, and how well it is used";
static const char commitments_subtitle[] = "Over the horizon, against on demand for what it covers";

/* What the guardrails of the policy say of a purchase; "" of what is owned. */
static const char *guardrails(struct arena *arena, const struct study *study,
                              const struct plan_commitment *held) {
    const struct recommendation *row = NULL;
    for (int i = 0; i < study->n_recommendations; i++)
        if (strcmp(study->recommendations[i].name, held->commitment.name) == 0)
            row = &study->recommendations[i];
    if (!row || held->commitment.owned)
        return "";
    const struct guardrail_check *c = row->checks;
    const char *const yes_no[] = {"no", "yes"};
    return arena_printf(
        arena,
        "used ≥ %g%%: %s; breaks even within %g months: %s (%.1f); return > %g%%: %s "
        "(%s); at most %g%% bought on one day: %s (%s)",
        100 * c[GUARDRAIL_UTILISATION].limit, yes_no[c[GUARDRAIL_UTILISATION].holds],
        c[GUARDRAIL_BREAK_EVEN].limit, yes_no[c[GUARDRAIL_BREAK_EVEN].holds],
        c[GUARDRAIL_BREAK_EVEN].value, 100 * c[GUARDRAIL_ROI].limit, yes_no[c[GUARDRAIL_ROI].holds],
        words_percent(arena, c[GUARDRAIL_ROI].value), 100 * c[GUARDRAIL_LADDER].limit,
        yes_no[c[GUARDRAIL_LADDER].holds], words_percent(arena, c[GUARDRAIL_LADDER].value));
}

static struct grid commitments_grid(struct flow *flow, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    static const struct grid_column columns[] = {
        {"Commitment", ALIGN_LEFT, 1, false},
        {"Used", ALIGN_RIGHT, 0, false},
        {"Breaks even at", ALIGN_RIGHT, 0, false},
        {"Saves per month", ALIGN_RIGHT, 0, false},
        {"Upfront", ALIGN_RIGHT, 0, false},
        {"Owed after the horizon", ALIGN_RIGHT, 0, false},
    };
    struct grid grid = GRID_OPEN(flow->arena, columns, plan->n_commitments);
    double months = study->demand.horizon_hours / 730;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = arena_printf(flow->arena, "%s%s", held->commitment.name,
                                   held->commitment.owned ? " (owned already)" : "");
        row[0].note = guardrails(flow->arena, study, held);
        row[0].strong = true;
        row[1].text = words_percent(flow->arena, held->utilisation);
        row[2].text = words_percent(flow->arena, held->break_even);
        row[3].text = words_money(flow->arena, held->saving_usd / months);
        row[4].text = words_money(flow->arena, held->upfront_usd);
        row[5].text = words_money(flow->arena, held->liability_usd);
    }
    return grid;
}

/* ---- the page ---- */

static bool has_commitments(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    return plan && plan->feasible && plan->n_commitments > 0;
}

static double commitments_height(struct flow *flow, const struct study *study) {
    if (!has_commitments(study))
        return 0;
    struct grid grid = commitments_grid(flow, study);
    return GAP + flow_title_height(flow, commitments_title, commitments_subtitle) +
           grid_height(flow, &grid);
}

static void draw_commitments(struct flow *flow, const struct study *study) {
    if (!has_commitments(study))
        return;
    struct grid grid = commitments_grid(flow, study);
    flow_space(flow, GAP);
    flow_title(flow, commitments_title, commitments_subtitle, grid_first_height(flow, &grid));
    grid_draw(flow, &grid);
}

/* `below` is kept free for what follows on the page, where it and the charts have room. */
static void draw_charts(struct flow *flow, const struct study *study, int workload, double below) {
    struct figure_view week, load;
    figure_week_open(flow->arena, study, workload, &week);
    bool has_load = figure_load_duration_open(flow->arena, study, workload, &load);
    double titles = report_figure_title_height(flow, &week);
    if (has_load)
        titles += report_figure_title_height(flow, &load) + GAP;
    double room = flow_room(flow) - titles;
    room = room - below >= CHARTS_HEIGHT ? room - below : room;
    double height = has_load ? fmin(room * 0.52, 300) : fmin(room, 330);
    report_figure(flow, &week, height);
    if (has_load) {
        flow_space(flow, GAP);
        report_figure(flow, &load, fmin(room - height, 300));
    }
}

void report_demand(struct flow *flow, const struct study *study) {
    if (study->infeasible)
        return;
    int n = study->scenario.n_workloads;
    for (int w = 0; w < n; w++) {
        const char *title = "Capacity and commitments";
        if (n > 1)
            title = arena_printf(flow->arena, "Capacity and commitments: %s",
                                 study->scenario.workloads[w].name);
        flow_page(flow, title);
        bool last = w + 1 == n;
        double below = last ? commitments_height(flow, study) + 4 : 1; /* for rounding */
        draw_charts(flow, study, w, below);
        if (last)
            draw_commitments(flow, study);
    }
}

/* Of each workload whose planning weeks differ. */
void report_growth(struct flow *flow, const struct study *study) {
    struct figure_view growth;
    bool begun = false;
    for (int w = 0; !study->infeasible && w < study->scenario.n_workloads; w++) {
        if (!figure_growth_open(flow->arena, study, w, &growth))
            continue;
        double height = report_figure_title_height(flow, &growth) + GROWTH_HEIGHT;
        if (begun)
            flow_space(flow, GAP);
        else
            flow_chapter(flow, "Demand over the horizon", height);
        begun = true;
        report_figure(flow, &growth, GROWTH_HEIGHT);
    }
}
