/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 3: every candidate, chosen or not, and why; what was not bought; what is committed to. */
#include <math.h>

#include "plots/figures.h"
#include "plots/grid.h"
#include "plots/report_pages.h"
#include "plots/words.h"

#define WIDTH (FLOW_RIGHT - FLOW_LEFT)
#define FIGURE_HEIGHT 215.0

static void draw_frontier(struct flow *flow, const struct study *study, int workload) {
    struct frontier frontier = frontier_make(flow->arena, study, workload);
    if (frontier.n == 0) {
        flow_title(flow, figure_frontier_title(flow->arena, &frontier), NULL, 60);
        return;
    }
    flow_title(flow, figure_frontier_title(flow->arena, &frontier),
               figure_frontier_subtitle(flow->arena, &frontier), FIGURE_HEIGHT);
    struct scene *scene = flow_scene(flow);
    scene_tag_open(scene, "Figure", figure_frontier_alt(flow->arena, &frontier));
    figure_frontier_draw(scene, &frontier, (struct box){FLOW_LEFT, flow->y, WIDTH, FIGURE_HEIGHT});
    scene_tag_close(scene, "Figure");
    flow_space(flow, FIGURE_HEIGHT);
}

/* ---- the table of candidates ---- */

static const struct capacity_point *best_point(const struct capacity *capacity) {
    const struct capacity_point *best = NULL;
    for (int i = 0; i < capacity->n_points; i++) {
        const struct capacity_point *p = &capacity->points[i];
        if (!best || p->rate_per_second / p->replicas > best->rate_per_second / best->replicas)
            best = p;
    }
    return best;
}

static bool is_chosen(const struct study *study, int candidate) {
    const struct plan *plan = study->recommended.plan;
    return plan && plan->feasible && candidate_is_used(study, plan, candidate);
}

/* Chosen, then feasible, each by cost; then the rejected in the order of the scenario. */
static double sort_key(const struct study *study, int candidate) {
    double usd = frontier_unit_cost(study, candidate);
    if (!study->capacities[candidate].feasible)
        return 3e12 + candidate;
    double cost = isfinite(usd) ? fmin(usd, 1e11) : 1e12;
    return is_chosen(study, candidate) ? cost : 1e12 + cost;
}

static int sorted(struct arena *arena, const struct study *study, int workload, int **out) {
    int *order = arena_new(arena, int, study->n_candidates);
    int n = 0;
    for (int c = 0; c < study->n_choices; c++) {
        if (study->candidates[c].workload != workload)
            continue;
        int k = n++;
        for (; k > 0 && sort_key(study, order[k - 1]) > sort_key(study, c); k--)
            order[k] = order[k - 1];
        order[k] = c;
    }
    *out = order;
    return n;
}

static const char *capacity_words(struct arena *arena, const struct study *study, int candidate) {
    const struct capacity *capacity = &study->capacities[candidate];
    const struct capacity_point *point = best_point(capacity);
    if (!capacity->feasible || !point)
        return "—";
    if (study->candidates[candidate].kind != CANDIDATE_INSTANCE)
        return capacity->rate_max_per_second > 0
                   ? arena_printf(arena, "up to %s",
                                  words_number(arena, capacity->rate_max_per_second))
                   : "no cap stated";
    double replicas = study->candidates[candidate].replicas_per_instance;
    double each = replicas / point->replicas;
    return arena_printf(arena, "%s ± %s", words_number(arena, point->rate_per_second * each),
                        words_number(arena, point->half_width * each));
}

static const char *seconds_words(struct arena *arena, const struct capacity_point *point,
                                 double seconds, bool asked) {
    return point && asked ? words_seconds(arena, seconds) : "—";
}

static void fill_row(struct arena *arena, const struct study *study, int c, struct grid_cell *row) {
    const struct candidate *candidate = &study->candidates[c];
    const struct capacity *capacity = &study->capacities[c];
    const struct capacity_point *point = best_point(capacity);
    bool chosen = is_chosen(study, c), tokens = frontier_by_tokens(study, candidate->workload);
    double usd = frontier_unit_cost(study, c);
    rgb color = capacity->feasible ? COLOR_INK : COLOR_MUTED;
    row[0] = (struct grid_cell){candidate->name, candidate->hardware, chosen, color,
                                chosen               ? COLOR_COMMITTED
                                : capacity->feasible ? COLOR_MUTED
                                                     : COLOR_RULE};
    row[1].text = capacity_words(arena, study, c);
    row[2].text = isfinite(usd) ? words_money(arena, usd) : "—";
    row[3].text = seconds_words(arena, point, point ? point->ttft_p95_s : 0, tokens);
    row[4].text = seconds_words(arena, point, point ? point->tpot_p95_s : 0, tokens);
    row[5].text = seconds_words(arena, point, point ? point->latency_p95_s : 0, true);
    row[6].text = !capacity->feasible ? report_sentence(arena, capacity->reason)
                  : chosen            ? "Chosen"
                                      : "Not needed";
    row[6].note = capacity->feasible && capacity->estimated ? "estimated times" : NULL;
    row[6].strong = chosen;
    row[6].color = color;
}

static void draw_candidates(struct flow *flow, const struct study *study, int workload) {
    bool tokens = frontier_by_tokens(study, workload);
    const struct grid_column columns[] = {
        {"Candidate", ALIGN_LEFT, 0, true},
        {"Requests/s per instance", ALIGN_RIGHT, 0, false},
        {tokens ? "$ per 1M output tokens" : "$ per 1K requests", ALIGN_RIGHT, 0, false},
        {"First token p95", ALIGN_RIGHT, 0, false},
        {"Per token p95", ALIGN_RIGHT, 0, false},
        {"End to end p95", ALIGN_RIGHT, 0, false},
        {"Status", ALIGN_LEFT, 1, false},
    };
    int *order;
    int n = sorted(flow->arena, study, workload, &order);
    struct grid_cell *cells = arena_new(flow->arena, struct grid_cell, 7 * n);
    for (int i = 0; i < n; i++)
        fill_row(flow->arena, study, order[i], &cells[7 * i]);
    flow_space(flow, 10);
    grid_draw(flow, &(struct grid){columns, 7, cells, n, 3.5});
}

/* ---- what was not bought, and what was ---- */

static void draw_rejections(struct flow *flow, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    if (!plan || plan->n_rejections == 0)
        return;
    static const struct grid_column columns[] = {
        {"Candidate", ALIGN_LEFT, 1, true},
        {"Way of paying", ALIGN_LEFT, 1.2, false},
        {"Why it is not in the plan", ALIGN_LEFT, 2.4, false},
    };
    struct grid_cell *cells = arena_new(flow->arena, struct grid_cell, 3 * plan->n_rejections);
    for (int i = 0; i < plan->n_rejections; i++) {
        const struct plan_rejection *rejection = &plan->rejections[i];
        struct grid_cell *row = &cells[3 * i];
        row[0].text =
            rejection->candidate < 0 ? "all" : study->candidates[rejection->candidate].name;
        row[1].text = rejection->option;
        row[2].text = rejection->reason;
    }
    flow_space(flow, 16);
    flow_title(flow,
               arena_printf(flow->arena, "%s way%s of paying %s not used",
                            words_count(flow->arena, plan->n_rejections, true),
                            words_plural(plan->n_rejections),
                            plan->n_rejections == 1 ? "was" : "were"),
               NULL, 50);
    grid_draw(flow, &(struct grid){columns, 3, cells, plan->n_rejections, 3.5});
}

/* Guardrails of the FinOps Foundation's rate optimization page: utilisation of at least 80 %, paid
 * back within nine months, a return above 10 %. */
static const char *guardrails(struct arena *arena, const struct plan_commitment *held,
                              double horizon_hours) {
    double cost = held->usd_per_hour * horizon_hours;
    double roi = cost > 0 ? held->saving_usd / cost : 0;
    bool used = held->utilisation >= 0.8, returns = roi > 0.1;
    return arena_printf(arena, "used ≥ 80%%: %s; return > 10%%: %s (%s)", used ? "yes" : "no",
                        returns ? "yes" : "no", words_percent(arena, roi));
}

static void draw_commitments(struct flow *flow, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    if (!plan || !plan->feasible || plan->n_commitments == 0)
        return;
    static const struct grid_column columns[] = {
        {"Commitment", ALIGN_LEFT, 1, false},
        {"Used", ALIGN_RIGHT, 0, false},
        {"Breaks even at", ALIGN_RIGHT, 0, false},
        {"Saves per month", ALIGN_RIGHT, 0, false},
        {"Upfront", ALIGN_RIGHT, 0, false},
        {"Owed after the horizon", ALIGN_RIGHT, 0, false},
    };
    struct grid_cell *cells = arena_new(flow->arena, struct grid_cell, 6 * plan->n_commitments);
    double months = study->demand.horizon_hours / 730;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        struct grid_cell *row = &cells[6 * i];
        row[0].text = arena_printf(flow->arena, "%s%s", held->commitment.name,
                                   held->commitment.owned ? " (owned already)" : "");
        row[0].note = guardrails(flow->arena, held, study->demand.horizon_hours);
        row[0].strong = true;
        row[1].text = words_percent(flow->arena, held->utilisation);
        row[2].text = words_percent(flow->arena, held->break_even);
        row[3].text = words_money(flow->arena, held->saving_usd / months);
        row[4].text = words_money(flow->arena, held->upfront_usd);
        row[5].text = words_money(flow->arena, held->liability_usd);
    }
    flow_space(flow, 16);
    flow_title(flow, "What is committed to, and how well it is used",
               "Over the horizon, against on demand for what it covers", 50);
    grid_draw(flow, &(struct grid){columns, 6, cells, plan->n_commitments, 0});
}

void report_candidates(struct flow *flow, const struct study *study) {
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const char *title = "Candidates";
        if (study->scenario.n_workloads > 1) {
            const char *name = flow_fit(flow, study->scenario.workloads[w].name,
                                        (struct style){7.5, WEIGHT_REGULAR, COLOR_MUTED}, 180);
            title = arena_printf(flow->arena, "Candidates: %s", name);
        }
        flow_page(flow, title);
        draw_frontier(flow, study, w);
        draw_candidates(flow, study, w);
    }
    draw_commitments(flow, study);
    draw_rejections(flow, study);
}
