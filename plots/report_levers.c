/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What engineering could change: money, what it costs once, and when that is paid back. */
#include <math.h>

#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"

static const char *saving_words(struct arena *arena, double usd) {
    return isfinite(usd) ? words_money(arena, usd) : "\u2014";
}

static const char *payback_words(struct arena *arena, const struct study_lever *lever) {
    if (lever->step == 0)
        return "\u2014";
    if (!isfinite(lever->payback_months))
        return "never";
    return lever->one_off_usd > 0
               ? arena_printf(arena, "%s months", words_number(arena, lever->payback_months))
               : "at once";
}

static struct grid levers_grid(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"", ALIGN_LEFT, 0, false},
        {"Lever", ALIGN_LEFT, 1, false},
        {"Saves a month, alone", ALIGN_RIGHT, 0, false},
        {"On top of those above", ALIGN_RIGHT, 0, false},
        {"Of the theoretical minimum", ALIGN_RIGHT, 0, false},
        {"Costs once", ALIGN_RIGHT, 0, false},
        {"Paid back in", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    struct grid grid = GRID_OPEN(arena, columns, study->n_levers);
    for (int i = 0; i < study->n_levers; i++) {
        const struct study_lever *lever = &study->levers[i];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = lever->step > 0 ? arena_printf(arena, "%d", lever->step) : "";
        row[1].text = lever->name;
        row[1].note = lever->why[0] ? report_sentence(arena, lever->why) : NULL;
        row[2].text = saving_words(arena, lever->alone_usd_per_month);
        row[3].text = saving_words(arena, lever->usd_per_month);
        row[3].strong = true;
        row[4].text = saving_words(arena, lever->minimum_usd_per_month);
        row[5].text = words_money(arena, lever->one_off_usd);
        row[6].text = payback_words(arena, lever);
    }
    return grid;
}

void report_levers(struct flow *flow, const struct study *study) {
    if (study->infeasible || study->n_levers == 0)
        return;
    struct grid grid = levers_grid(flow, study);
    struct parts parts = {0};
    parts_add_figure(flow, &parts, study, 0, figure_levers_open);
    parts_add_table(flow, &parts, NULL, NULL, &grid);
    parts_draw(flow, "Levers", &parts);
}
