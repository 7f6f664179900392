/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is bought, as the provider's own recommendation would tell it; what more or less of it would
 * cost, and what the provider's method would buy. */

#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"
#include "scenarios/study_hedge.h"

static struct grid purchases_grid(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Purchase", ALIGN_LEFT, 1, false},
        {"$ an hour", ALIGN_RIGHT, 0, false},
        {"On demand now, an hour", ALIGN_RIGHT, 0, false},
        {"Cost a month", ALIGN_RIGHT, 0, false},
        {"Saves a month", ALIGN_RIGHT, 0, false},
        {"Return", ALIGN_RIGHT, 0, false},
        {"Used", ALIGN_RIGHT, 0, false},
        {"Coverage", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    struct grid grid = GRID_OPEN(arena, columns, study->n_recommendations);
    for (int i = 0; i < study->n_recommendations; i++) {
        const struct recommendation *r = &study->recommendations[i];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = r->name;
        row[0].note = r->is_plan
                          ? NULL
                          : arena_printf(arena, "%s instance%s", words_number(arena, r->count),
                                         r->count == 1 ? "" : "s");
        row[1].text = words_money(arena, r->hourly_usd);
        row[1].note = arena_printf(arena, "upfront %s", words_money(arena, r->upfront_usd));
        row[2].text = words_money(arena, r->hourly_now_mean_usd);
        row[2].note = arena_printf(arena, "%s to %s", words_money(arena, r->hourly_now_least_usd),
                                   words_money(arena, r->hourly_now_most_usd));
        row[3].text = words_money(arena, r->cost_usd);
        row[3].note = arena_printf(arena, "left %s", words_money(arena, r->on_demand_left_usd));
        row[4].text = words_money(arena, r->savings_usd);
        row[4].note = words_percent(arena, r->savings_share);
        row[5].text = words_percent(arena, r->roi);
        row[6].text = words_percent(arena, r->utilisation);
        row[7].text = words_percent(arena, r->coverage);
        row[7].note = arena_printf(arena, "%s now", words_percent(arena, r->coverage_now));
    }
    return grid;
}

static void add_purchases(struct flow *flow, const struct study *study, struct parts *parts) {
    if (study->n_recommendations == 0)
        return;
    struct grid grid = purchases_grid(flow, study);
    parts_add_table(flow, parts, "Each purchase in the provider's own fields",
                    "In the average month in which it is held", &grid);
    if (study->hedge.used)
        parts_add_note(parts, report_sentence(flow->arena, study_hedge_words(flow->arena, study)));
    parts_add_note(
        parts, "On demand now: what the usage that the purchase may cover costs on demand, on the "
               "mean, least and most in an hour; left: what of it stays on demand. Return: savings "
               "over cost. Coverage: share of that usage under any commitment.");
}

void report_purchases(struct flow *flow, const struct study *study) {
    struct parts parts = {0};
    if (study->infeasible)
        return;
    report_add_held(flow, study, &parts);
    parts_add_figure(flow, &parts, study, 0, figure_curve_open);
    parts_add_figure(flow, &parts, study, 0, figure_look_back_open);
    add_purchases(flow, study, &parts);
    parts_draw(flow, REPORT_COMMITTED_IN_DETAIL, &parts);
}
