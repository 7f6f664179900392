/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 3: how the cost comes down from today's, what is paid and when, what lies between the
 * theoretical minimum and the bill, and the budgets. */
#include <math.h>
#include <stdlib.h>

#include "plots/grid.h"
#include "plots/report_pages.h"
#include "plots/words.h"

enum { TABLE_HEIGHT = 60 };
#define GAP 20.0

static const struct style body_style = {8.5, WEIGHT_REGULAR, COLOR_INK};

static const char *usd(struct arena *arena, usd_nano amount) {
    char text[32];
    money_format_short(text, money_amount_usd(amount));
    return arena_strdup(arena, text);
}

static void draw_quarters(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Fiscal quarter", ALIGN_LEFT, 1, false},
        {"Months in it", ALIGN_RIGHT, 0, false},
        {"Paid", ALIGN_RIGHT, 0, false},
        {"Amortised cost", ALIGN_RIGHT, 0, false},
        {"Paid less cost, so far", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    int n;
    const struct study_quarter *quarters = study_quarters(arena, study, &n);
    struct grid grid = GRID_OPEN(arena, columns, n);
    usd_nano ahead = 0, most = 0;
    for (int i = 0; i < n; i++) {
        struct grid_cell *row = grid_row(&grid, i);
        ahead += quarters[i].cash - quarters[i].amortised;
        most = llabs(ahead) > most ? llabs(ahead) : most;
        row[0].text = study_period_words(arena, quarters[i].period);
        row[1].text = arena_printf(arena, "%d", quarters[i].months);
        row[2].text = usd(arena, quarters[i].cash);
        row[3].text = usd(arena, quarters[i].amortised);
        row[4].text = words_money_signed(arena, money_amount_usd(ahead));
    }
    if (most < USD_NANO_PER_USD / 100) /* paid as it is used */
        return;
    flow_title(flow, "When it is paid", "Cash beside amortised cost, by fiscal quarter",
               TABLE_HEIGHT);
    grid_draw(flow, &grid);
    flow_space(flow, GAP);
}

static void draw_budgets(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Budget", ALIGN_LEFT, 1, true},         {"Period", ALIGN_LEFT, 0, false},
        {"Months in it", ALIGN_RIGHT, 0, false}, {"Limit", ALIGN_RIGHT, 0, false},
        {"Cost", ALIGN_RIGHT, 0, false},         {"Left", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    struct grid grid = GRID_OPEN(arena, columns, study->n_budgets);
    if (study->n_budgets == 0)
        return;
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *b = &study->budgets[i];
        const struct budget_spec *spec = &study->scenario.budgets[b->budget];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = arena_printf(arena, "%s, %s", text_printable(arena, bytes_of(spec->name)),
                                   spec->cash ? "cash" : "amortised");
        row[1].text = study_period_words(arena, b->period);
        row[2].text = arena_printf(arena, "%d", b->months);
        row[3].text = usd(arena, b->limit);
        row[4].text = usd(arena, b->spent);
        row[5].text = words_money_signed(arena, money_amount_usd(b->limit - b->spent));
        row[5].strong = b->spent > b->limit;
    }
    flow_title(flow, "Budgets", "By fiscal period; of those at the ends the months in the horizon",
               TABLE_HEIGHT);
    grid_draw(flow, &grid);
    flow_space(flow, GAP);
}

static void draw_figure(struct flow *flow, const struct study *study, figure_open *figure) {
    struct figure_view view;
    if (!figure(flow->arena, study, 0, &view))
        return;
    report_figure(flow, &view, view.height);
    flow_space(flow, GAP);
}

void report_money(struct flow *flow, const struct study *study) {
    if (!report_was_replayed(study))
        return;
    flow_page(flow, "Money and risk");
    draw_figure(flow, study, figure_waterfall_open);
    if (study->statement) {
        draw_figure(flow, study, figure_cash_open);
        draw_quarters(flow, study);
        draw_figure(flow, study, figure_budgets_open);
        draw_budgets(flow, study);
    }
    draw_figure(flow, study, figure_fan_open);
    draw_figure(flow, study, figure_tornado_open);
    draw_figure(flow, study, figure_regret_open);
    draw_figure(flow, study, figure_bridge_open);
    const char *replays = study_confidence_words(flow->arena, study);
    if (replays[0])
        flow_text(flow, "P", report_sentence(flow->arena, replays), body_style, 12);
}
