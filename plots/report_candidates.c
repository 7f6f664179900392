/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every candidate, chosen or not, and why; what was not bought. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "plots/figures.h"
#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"
#include "scenarios/result.h"

enum { CANDIDATE_BANDS_MAX = 8 };

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
    double *keys = arena_new(arena, double, study->n_candidates);
    int n = 0;
    for (int c = 0; c < study->n_choices; c++) {
        if (study->candidates[c].workload != workload)
            continue;
        double key = sort_key(study, c);
        int k = n++;
        for (; k > 0 && keys[k - 1] > key; k--) {
            order[k] = order[k - 1];
            keys[k] = keys[k - 1];
        }
        order[k] = c;
        keys[k] = key;
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
    const char *rate = words_number(arena, point->rate_per_second * each);
    if (point->half_width < 0.005 * point->rate_per_second) /* less than the digits shown */
        return rate;
    return arena_printf(arena, "%s ± %s", rate, number_rounded(arena, point->half_width * each, 2));
}

/* What becomes of the capacity when the service times are off. */
static const char *off_words(struct arena *arena, const struct study *study, int candidate) {
    struct band band = result_band(&study->capacities[candidate]);
    return isnan(band.rate_low) ? NULL : words_band(arena, band.rate_low - 1, band.rate_high - 1);
}

static const char *times_word(const struct study *study, int candidate) {
    const struct capacity *capacity = &study->capacities[candidate];
    if (study->candidates[candidate].kind == CANDIDATE_TOKEN_API)
        return "times as stated";
    bool unknown = isnan(result_band(capacity).error_low);
    if (capacity->extrapolated)
        return "beyond its profile";
    return !capacity->estimated ? "measured times"
           : unknown            ? "estimated times, error unknown"
                                : "estimated times";
}

struct latency {
    double p95, p99;
};

static void fill_latency(struct arena *arena, const struct capacity_point *point,
                         struct latency latency, struct grid_cell *cell) {
    cell->text = point ? words_seconds(arena, latency.p95) : "—";
    cell->note = point && latency.p99 > 0
                     ? arena_printf(arena, "p99 %s", words_seconds(arena, latency.p99))
                     : NULL;
}

/* In full only where no row of the table of unused options has it. */
static const char *why_not(struct arena *arena, const struct study *study, int candidate) {
    const struct plan *plan = study->recommended.plan;
    const char *reason = study_candidate_reason(study, candidate);
    bool told = reason[0] == '\0';
    for (int i = 0; plan && i < plan->n_rejections && !told; i++)
        told = plan->rejections[i].candidate == candidate;
    return told ? "Not needed" : report_sentence(arena, reason);
}

/* "L40S · $40K once · -0.8 points MMLU" */
static const char *variant_words(struct arena *arena, const struct candidate *candidate) {
    struct text out = {.arena = arena};
    text_append_string(&out, candidate->hardware);
    if (candidate->one_off_usd > 0)
        text_printf(&out, " · %s once", words_money(arena, candidate->one_off_usd));
    if (candidate->quality && candidate->quality[0])
        text_printf(&out, " · %s", candidate->quality);
    return out.data;
}

static void fill_row(struct arena *arena, const struct study *study, int c, struct grid_cell *row) {
    const struct candidate *candidate = &study->candidates[c];
    const struct capacity *capacity = &study->capacities[c];
    const struct capacity_point *point = best_point(capacity);
    bool chosen = is_chosen(study, c), tokens = frontier_by_tokens(study, candidate->workload);
    double usd = frontier_unit_cost(study, c);
    row[0] = (struct grid_cell){.text = candidate->name,
                                .note = variant_words(arena, candidate),
                                .strong = chosen,
                                .dot = chosen ? COLOR_COMMITTED : COLOR_MUTED};
    row[1].text = capacity_words(arena, study, c);
    row[1].note = off_words(arena, study, c);
    row[2].text = isfinite(usd) ? words_money(arena, usd) : "no rate";
    const struct capacity_point *generates = tokens ? point : NULL;
    struct latency none = {0};
    fill_latency(arena, generates,
                 point ? (struct latency){point->ttft_p95_s, point->ttft_p99_s} : none, &row[3]);
    fill_latency(arena, generates,
                 point ? (struct latency){point->tpot_p95_s, point->tpot_p99_s} : none, &row[4]);
    fill_latency(arena, point,
                 point ? (struct latency){point->latency_p95_s, point->latency_p99_s} : none,
                 &row[5]);
    row[6] = (struct grid_cell){.text = chosen ? "Chosen" : why_not(arena, study, c),
                                .note = times_word(study, c),
                                .strong = chosen};
}

/* Encoders have no first token: their table is narrower. */
static void add_feasible(struct flow *flow, struct parts *parts, const struct study *study,
                         const int *order, int n, bool tokens) {
    static const struct grid_column all[] = {
        {"Candidate", ALIGN_LEFT, 0, true},
        {"Requests/s per instance", ALIGN_RIGHT, 0, false},
        {"$ per 1M output tokens", ALIGN_RIGHT, 0, false},
        {"First token p95", ALIGN_RIGHT, 0, false},
        {"Per token p95", ALIGN_RIGHT, 0, false},
        {"End to end p95", ALIGN_RIGHT, 0, false},
        {"Status", ALIGN_LEFT, 1, false},
    };
    static const struct grid_column encoders[] = {
        {"Candidate", ALIGN_LEFT, 1, true},
        {"Requests/s per instance", ALIGN_RIGHT, 0.6, false},
        {"$ per 1K requests", ALIGN_RIGHT, 0.6, false},
        {"End to end p95", ALIGN_RIGHT, 0.6, false},
        {"Status", ALIGN_LEFT, 1, false},
    };
    struct grid grid =
        tokens ? GRID_OPEN(flow->arena, all, n) : GRID_OPEN(flow->arena, encoders, n);
    for (int i = 0; i < n; i++) {
        struct grid_cell full[7] = {0}, *row = grid_row(&grid, i);
        fill_row(flow->arena, study, order[i], full);
        for (int to = 0, from = 0; to < grid.n_columns; from++)
            if (tokens || (from != 3 && from != 4))
                row[to++] = full[from];
    }
    grid.row_gap = 3.5;
    parts_add_table(flow, parts, NULL, NULL, &grid);
}

static void add_infeasible(struct flow *flow, struct parts *parts, const struct study *study,
                           const int *order, int n) {
    static const struct grid_column columns[] = {
        {"Candidate", ALIGN_LEFT, 1, true},
        {"Hardware", ALIGN_LEFT, 0, false},
        {"Why it cannot serve", ALIGN_LEFT, 2.6, false},
    };
    struct grid grid = GRID_OPEN(flow->arena, columns, n);
    for (int i = 0; i < n; i++) {
        struct grid_cell *row = grid_row(&grid, i);
        const char *hardware = study->candidates[order[i]].hardware;
        row[0] = (struct grid_cell){.text = study->candidates[order[i]].name, .dot = COLOR_RULE};
        row[1].text = hardware && hardware[0] ? hardware : "—";
        row[2].text = report_sentence(flow->arena, study->capacities[order[i]].reason);
    }
    grid.row_gap = 3;
    parts_add_table(flow, parts,
                    arena_printf(flow->arena, "%s candidate%s rejected",
                                 words_count(flow->arena, n, true), words_plural(n)),
                    NULL, &grid);
}

/* The bands of these candidates, each once. */
static void add_bands(struct flow *flow, struct parts *parts, const struct study *study,
                      const int *order, int n) {
    struct text text = {.arena = flow->arena};
    const char *told[CANDIDATE_BANDS_MAX];
    int n_told = 0;
    for (int i = 0; i < n && n_told < CANDIDATE_BANDS_MAX; i++) {
        struct band band = result_band(&study->capacities[order[i]]);
        const char *words = words_band(flow->arena, band.error_low, band.error_high);
        bool seen = isnan(band.error_low);
        for (int j = 0; j < n_told && !seen; j++)
            seen = strcmp(told[j], words) == 0;
        if (!seen)
            told[n_told++] = words;
    }
    if (n_told == 0)
        return;
    text_printf(&text,
                "Under a rate: what becomes of it when service times are as far from the computed "
                "ones as in four of five measured runs, %s.",
                words_list(flow->arena, told, n_told));
    parts_add_note(parts, text.data);
}

static void add_candidates(struct flow *flow, struct parts *parts, const struct study *study,
                           int workload) {
    int *order;
    int n = sorted(flow->arena, study, workload, &order), n_feasible = 0, before = parts->n;
    parts_add_figure(flow, parts, study, workload, figure_frontier_open);
    if (parts->n == before)
        parts_add_words(flow, parts, "No candidate holds the target at any rate.");
    while (n_feasible < n && study->capacities[order[n_feasible]].feasible)
        n_feasible++;
    if (n_feasible > 0) {
        add_feasible(flow, parts, study, order, n_feasible, frontier_by_tokens(study, workload));
        add_bands(flow, parts, study, order, n_feasible);
    }
    if (n > n_feasible)
        add_infeasible(flow, parts, study, order + n_feasible, n - n_feasible);
}

/* What the replay's engines did beside computing, where they did. */
static void add_engine_counts(struct flow *flow, struct parts *parts, const struct study *study,
                              int workload) {
    struct replica_counts all = {0};
    if (!report_was_replayed(study))
        return;
    for (int week = 0; week < study->demand.n_weeks; week++) {
        const struct replica_counts *counts =
            &study->recommended.replays[workload * study->demand.n_weeks + week].counts;
        all.preemptions += counts->preemptions;
        all.prompt_tokens += counts->prompt_tokens;
        all.cached_prompt_tokens += counts->cached_prompt_tokens;
        all.adapter_loads += counts->adapter_loads;
    }
    const char *said[3];
    int n = 0;
    if (all.cached_prompt_tokens > 0)
        said[n++] =
            arena_printf(flow->arena, "%s of the prompt tokens were found in the prefix cache",
                         words_percent(flow->arena, (double)all.cached_prompt_tokens /
                                                        (double)all.prompt_tokens));
    if (all.preemptions > 0)
        said[n++] = arena_printf(flow->arena, "requests were preempted %s times",
                                 words_whole(flow->arena, (double)all.preemptions));
    if (all.adapter_loads > 0)
        said[n++] = arena_printf(flow->arena, "adapters were loaded %s times",
                                 words_whole(flow->arena, (double)all.adapter_loads));
    if (n == 0)
        return;
    parts_add_words(
        flow, parts,
        arena_printf(flow->arena, "In the replayed weeks %s.", words_list(flow->arena, said, n)));
}

/* ---- what was not bought ---- */

/* Candidates without a capacity stand in a table of their own. */
static bool is_about_paying(const struct study *study, const struct plan_rejection *rejection) {
    return rejection->candidate < 0 || study->capacities[rejection->candidate].feasible;
}

static void add_rejections(struct flow *flow, struct parts *parts, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    int n = 0;
    for (int i = 0; plan && i < plan->n_rejections; i++)
        n += is_about_paying(study, &plan->rejections[i]);
    if (n == 0)
        return;
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 0.8, true}, /* of several */
        {"Candidate", ALIGN_LEFT, 1, true},
        {"Way of paying", ALIGN_LEFT, 1.3, false},
        {"Why it is not in the plan", ALIGN_LEFT, 2.4, false},
    };
    enum { COLUMNS = sizeof columns / sizeof columns[0] };
    int first = study->scenario.n_workloads == 1;
    struct grid grid = grid_open(flow->arena, columns + first, COLUMNS - first, n);
    for (int i = 0, at = 0; i < plan->n_rejections; i++) {
        const struct plan_rejection *rejection = &plan->rejections[i];
        if (!is_about_paying(study, rejection))
            continue;
        struct grid_cell *row = grid_row(&grid, at++) - first;
        const struct candidate *candidate =
            rejection->candidate < 0 ? NULL : &study->candidates[rejection->candidate];
        if (!first)
            row[0].text = candidate ? study->scenario.workloads[candidate->workload].name : "all";
        row[1].text = candidate ? candidate->name : "all";
        row[2].text = rejection->option;
        row[3].text = report_sentence(flow->arena, rejection->reason);
    }
    grid.row_gap = 3;
    parts_add_table(flow, parts,
                    arena_printf(flow->arena, "%s option%s not chosen",
                                 words_count(flow->arena, n, true), words_plural(n)),
                    NULL, &grid);
}

void report_candidates(struct flow *flow, const struct study *study) {
    const bool *charted = report_charted(flow->arena, study);
    int last = study->scenario.n_workloads - 1;
    while (last > 0 && !charted[last])
        last--;
    for (int w = 0; w <= last; w++) {
        if (!charted[w])
            continue;
        const char *title = "Candidates";
        if (study->scenario.n_workloads > 1)
            title = arena_printf(flow->arena, "Candidates: %s", study->scenario.workloads[w].name);
        struct parts parts = {0};
        add_candidates(flow, &parts, study, w);
        add_engine_counts(flow, &parts, study, w);
        if (w == last)
            add_rejections(flow, &parts, study);
        parts_draw(flow, title, &parts);
    }
}
