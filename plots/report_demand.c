/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 2: the week and the load-duration bars of the workload that pays most, and below what is
 * committed to. The other workloads, what had no room, and the weeks side by side come later. */
#include <math.h>
#include <string.h>

#include "base/money.h"
#include "plots/grid.h"
#include "plots/report_pages.h"
#include "plots/words.h"

#define CHARTS_HEIGHT 330.0 /* at least; the charts are as high as there is room */
#define MORE_HEIGHT 14.0    /* of the line that tells of further rows */
#define GAP 18.0
#define SMALL_PANEL 110.0 /* of a figure of one value: enough to see that it is one */

static const char commitments_title[] = "What is committed to, and how well it is used";
static const char commitments_subtitle[] =
    "Savings against on demand for what it covers, spread over the horizon; not the "
    "steps of page 1";

/* What the guardrails of the policy say of a purchase. */
static const char *guardrails(struct arena *arena, const struct study *study,
                              const struct plan_commitment *held) {
    const struct recommendation *row = NULL;
    for (int i = 0; i < study->n_recommendations; i++)
        if (strcmp(study->recommendations[i].name, held->commitment.name) == 0)
            row = &study->recommendations[i];
    if (!row)
        return "";
    const struct guardrail_check *c = row->checks;
    const char *const yes_no[] = {"no", "yes"};
    return arena_printf(
        arena,
        "used ≥ %g%%: %s; breaks even within %g months: %s (%.1f); return > %g%%: %s "
        "(%s); of the most that is held at once at most %g%% "
        "starts on one day: %s (%s)",
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
        {"Saves over the horizon, a month", ALIGN_RIGHT, 0, false},
        {"Upfront", ALIGN_RIGHT, 0, false},
        {"Owed after the horizon", ALIGN_RIGHT, 0, false},
        {"Paid ahead for after it", ALIGN_RIGHT, 0, false},
    };
    struct grid grid = GRID_OPEN(flow->arena, columns, plan->n_commitments);
    double months = study->demand.horizon_hours / 730;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = arena_printf(flow->arena, "%s%s", held->commitment.name,
                                   held->commitment.owned ? " (owned already)" : "");
        row[0].note = held->commitment.owned
                          ? study_commitment_discount(flow->arena, study, &held->commitment)
                          : guardrails(flow->arena, study, held);
        row[0].strong = true;
        row[1].text = words_percent(flow->arena, held->utilisation);
        row[2].text = words_percent(flow->arena, held->break_even);
        row[3].text = words_money(flow->arena, held->saving_usd / months);
        row[4].text = words_money(flow->arena, held->upfront_usd);
        row[5].text = words_money(flow->arena, held->liability_usd);
        row[6].text = words_money(flow->arena, held->prepaid_usd);
    }
    return grid;
}

/* ---- the page ---- */

static bool has_commitments(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    return plan && plan->feasible && plan->n_commitments > 0;
}

/* What is held on page 2: as many rows as leave the charts their height. */
struct held {
    struct grid grid;
    int n_all;
    double height; /* with its title and what is around it */
};

static struct held held_on_page(struct flow *flow, const struct study *study, double charts) {
    struct held held = {0};
    if (!has_commitments(study))
        return held;
    held.grid = commitments_grid(flow, study);
    held.n_all = held.grid.n_rows;
    double around = GAP + flow_title_height(flow, commitments_title, commitments_subtitle);
    double room = flow->bottom - flow->top - 20 - charts - around; /* 20: the running head */
    held.grid.n_rows = grid_rows_within(flow, &held.grid, room);
    if (held.grid.n_rows < held.n_all)
        held.grid.n_rows = grid_rows_within(flow, &held.grid, room - MORE_HEIGHT);
    held.height =
        around + grid_height(flow, &held.grid) + (held.grid.n_rows < held.n_all ? MORE_HEIGHT : 0);
    return held;
}

static void draw_held(struct flow *flow, const struct held *held) {
    if (held->n_all == 0)
        return;
    flow_space(flow, GAP);
    flow_title(flow, commitments_title, commitments_subtitle, 0);
    if (held->grid.n_rows > 0)
        grid_draw(flow, &held->grid);
    if (held->grid.n_rows < held->n_all)
        flow_text(flow, "P",
                  arena_printf(flow->arena, "%d of %d commitments; all of them under \"%s\".",
                               held->grid.n_rows, held->n_all, REPORT_COMMITTED_IN_DETAIL),
                  (struct style){8, WEIGHT_REGULAR, COLOR_MUTED}, 10.5);
}

/* ---- the charts ---- */

struct charts {
    struct figure_view week, load;
    bool has_load;
    double titles; /* their height, with the gap between */
};

static struct charts charts_of(struct flow *flow, const struct study *study, int workload) {
    struct charts charts;
    figure_week_open(flow->arena, study, workload, &charts.week);
    charts.has_load = figure_load_duration_open(flow->arena, study, workload, &charts.load);
    charts.titles = report_figure_title_height(flow, &charts.week);
    if (charts.has_load)
        charts.titles += report_figure_title_height(flow, &charts.load) + GAP;
    return charts;
}

/* `below` is kept free for what follows on the page. */
static void draw_charts(struct flow *flow, const struct charts *charts, double below) {
    double room = flow_room(flow) - charts->titles - below - 1; /* a point for rounding */
    double height = charts->has_load ? fmin(room * 0.52, 300) : fmin(room, 330);
    report_figure(flow, &charts->week, charts->week.flat ? SMALL_PANEL : height);
    if (!charts->has_load)
        return;
    flow_space(flow, GAP);
    report_figure(flow, &charts->load, charts->load.flat ? SMALL_PANEL : fmin(room - height, 300));
}

/* ---- the page ---- */

static const char *title_of(struct flow *flow, const struct study *study, int workload) {
    return study->scenario.n_workloads == 1
               ? "Capacity and commitments"
               : arena_printf(flow->arena, "Capacity and commitments: %s",
                              study->scenario.workloads[workload].name);
}

double report_workload_size(const struct study *study, int workload) {
    const struct plan *plan = study->recommended.plan;
    int n_hours = study->demand.n_hours;
    double usd = 0;
    for (int c = 0; plan && c < study->n_choices; c++) {
        const struct candidate *candidate = &study->candidates[c];
        const struct offer *offer = candidate->offer < 0 ? NULL : &study->offers[candidate->offer];
        if (candidate->workload != workload || !offer || offer->kind != OFFER_INSTANCE ||
            !offer->on_demand.known)
            continue;
        double hour = money_rate_usd(offer->on_demand.rate);
        for (int h = 0; h < n_hours; h++)
            usd += hour * study->demand.weight[h] *
                   (plan->regular[c * n_hours + h] + plan->spot[c * n_hours + h]);
    }
    return usd;
}

static int main_workload(const struct study *study) {
    int best = 0;
    for (int w = 1; w < study->scenario.n_workloads; w++)
        if (report_workload_size(study, w) > report_workload_size(study, best))
            best = w;
    return best;
}

void report_demand(struct flow *flow, const struct study *study) {
    if (study->infeasible)
        return;
    int workload = main_workload(study);
    struct charts charts = charts_of(flow, study, workload);
    struct held held = held_on_page(flow, study, charts.titles + CHARTS_HEIGHT);
    flow_page(flow, title_of(flow, study, workload));
    draw_charts(flow, &charts, held.height + 3);
    draw_held(flow, &held);
}

void report_other_demands(struct flow *flow, const struct study *study) {
    if (study->infeasible)
        return;
    int shown = main_workload(study);
    const bool *charted = report_charted(flow->arena, study);
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        if (w == shown || !charted[w])
            continue;
        struct parts parts = {0};
        parts_add_figure(flow, &parts, study, w, figure_week_open);
        parts_add_figure(flow, &parts, study, w, figure_load_duration_open);
        parts_draw(flow, title_of(flow, study, w), &parts);
    }
}

void report_add_held(struct flow *flow, const struct study *study, struct parts *parts) {
    if (study->infeasible || !has_commitments(study))
        return;
    struct charts charts = charts_of(flow, study, main_workload(study));
    struct held held = held_on_page(flow, study, charts.titles + CHARTS_HEIGHT);
    if (held.grid.n_rows == held.n_all)
        return;
    held.grid.n_rows = held.n_all;
    parts_add_table(flow, parts, commitments_title, commitments_subtitle, &held.grid);
}

/* Of each workload whose planning weeks differ. */
void report_growth(struct flow *flow, const struct study *study) {
    struct parts parts = {0};
    const bool *charted = report_charted(flow->arena, study);
    for (int w = 0; !study->infeasible && w < study->scenario.n_workloads; w++)
        if (charted[w])
            parts_add_figure(flow, &parts, study, w, figure_growth_open);
    parts_draw(flow, "Demand over the horizon", &parts);
}
