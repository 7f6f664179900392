/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page 3: what is paid when, what may come, and what moves it. Then in detail how the cost comes
 * down from today's, what lies between the theoretical minimum and the bill, and the budgets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"

#define PAGE_GAP 14.0  /* on page 3, which holds much */
#define SCALE_MIN 0.58 /* of a figure's height, before one of them leaves the page */
struct page {
    struct parts parts;
    int n_kept;   /* on page 3; the others come in detail */
    double scale; /* of the figures' heights on it */
};

static const struct style body_style = {8.5, WEIGHT_REGULAR, COLOR_INK};

static const char *usd(struct arena *arena, usd_nano amount) {
    return money_words(arena, money_amount_usd(amount));
}

/* "3", "2.5": parts of months to a tenth, which is three days. */
static const char *months_words(struct arena *arena, double months) {
    double tenths = nearbyint(10 * months);
    return arena_printf(arena, fmod(tenths, 10) == 0 ? "%.0f" : "%.1f", tenths / 10);
}

enum { QUARTERS_MAX = 8 };

/* Of more than two years the fiscal years. */
static int by_year(struct study_quarter *quarters, int n) {
    int years = 0;
    for (int i = 0; i < n; i++) {
        struct study_quarter *year = years > 0 ? &quarters[years - 1] : NULL;
        if (!year || year->period.year != quarters[i].period.year) {
            quarters[years] = quarters[i];
            quarters[years++].period.quarter = 0;
            continue;
        }
        year->months += quarters[i].months;
        year->cash += quarters[i].cash;
        year->amortised += quarters[i].amortised;
    }
    return years;
}

static void add_quarters(struct flow *flow, const struct study *study, struct parts *parts) {
    static const struct grid_column columns[] = {
        {"Fiscal period", ALIGN_LEFT, 1, false},
        {"Months in it", ALIGN_RIGHT, 0, false},
        {"Paid", ALIGN_RIGHT, 0, false},
        {"Amortised cost", ALIGN_RIGHT, 0, false},
        {"Paid less cost, so far", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    int n;
    const struct study_quarter *all = study_quarters(arena, study, &n);
    struct study_quarter *quarters = arena_grow(arena, all, (size_t)n, (size_t)n, sizeof *quarters);
    bool years = n > QUARTERS_MAX;
    if (years)
        n = by_year(quarters, n);
    struct grid grid = GRID_OPEN(arena, columns, n);
    usd_nano ahead = 0, most = 0, behind = 0;
    for (int i = 0; i < n; i++) {
        struct grid_cell *row = grid_row(&grid, i);
        ahead += quarters[i].cash - quarters[i].amortised;
        most = llabs(ahead) > most ? llabs(ahead) : most;
        behind = ahead < behind ? ahead : behind;
        row[0].text = study_period_words(arena, quarters[i].period);
        row[1].text = months_words(arena, quarters[i].months);
        row[2].text = usd(arena, quarters[i].cash);
        row[3].text = usd(arena, quarters[i].amortised);
        row[4].text = words_money_signed(arena, money_amount_usd(ahead));
    }
    grid.row_gap = 2.8;
    const char *title = study->recommended.plan->n_commitments > 0
                            ? "It is paid in the months that it is for"
                            : "It is paid as it is used";
    if (most >= USD_NANO_PER_USD / 100)
        title = arena_printf(arena, "At most %s is paid %s", usd(arena, most),
                             behind < 0 && most == -behind ? "later than it is used"
                                                           : "ahead of its use");
    parts_add_table(flow, parts, title,
                    years ? "Cash beside amortised cost, by fiscal year"
                          : "Cash beside amortised cost, by fiscal quarter",
                    &grid);
}

/* The plan without commitments; -1: it is not among those that were looked at. */
static int without_commitments(const struct study_futures *futures) {
    for (int p = 0; p < futures->n_plans; p++)
        if (strcmp(futures->plans[p].name, FUTURE_PLAN_FREE) == 0)
            return p;
    return -1;
}

static const char *cost_words(struct arena *arena, double usd_per_month) {
    return isfinite(usd_per_month) ? words_money(arena, usd_per_month) : "cannot be carried";
}

static const char *demand_title(struct arena *arena, const struct study_futures *f, int free) {
    double less = f->demand_less_usd[0], more = f->demand_more_usd[0];
    if (free > 0 && f->plans[0].committed_usd_per_hour > 0 && isfinite(less) &&
        isfinite(f->demand_less_usd[free])) {
        double saves = f->demand_less_usd[free] - less;
        return arena_printf(arena, "With 10%% less demand the commitments %s %s a month",
                            saves >= 0 ? "still save" : "cost", words_money(arena, fabs(saves)));
    }
    return isfinite(more) ? arena_printf(arena, "With 10%% more demand the plan costs %s a month",
                                         words_money(arena, more))
                          : "10% more demand asks for more than the limits allow";
}

/* All that the table would tell is one number. */
static bool demand_moves_nothing(const struct study_futures *f) {
    double usd = f->as_planned_usd[0], least = fmax(0.0005 * usd, FIGURE_NOTHING_USD);
    for (int p = 0; p < f->n_plans; p++)
        if (!(fabs(f->as_planned_usd[p] - usd) <= least &&
              fabs(f->demand_less_usd[p] - usd) <= least &&
              fabs(f->demand_more_usd[p] - usd) <= least))
            return false;
    return true;
}

/* What plans cost with less and with more demand than planned: the recommended one, the same
 * without commitments, and what is there now. */
static void add_demands(struct flow *flow, const struct study *study, struct parts *parts) {
    static const struct grid_column columns[] = {
        {"Cost per month at a demand", ALIGN_LEFT, 1, false},
        {"10% less", ALIGN_RIGHT, 0, false},
        {"as planned", ALIGN_RIGHT, 0, false},
        {"10% more", ALIGN_RIGHT, 0, false},
    };
    const struct study_futures *f = &study->futures;
    if (f->n == 0)
        return;
    int free = without_commitments(f);
    if (demand_moves_nothing(f)) {
        parts_add_finding(flow, parts,
                          arena_printf(flow->arena,
                                       "With 10%% less or 10%% more demand every plan costs the "
                                       "same, %s a month.",
                                       words_money(flow->arena, f->as_planned_usd[0])));
        return;
    }
    const int plans[] = {0, free, f->n_plans - 1};
    struct grid grid = GRID_OPEN(flow->arena, columns, 3);
    grid.n_rows = 0;
    for (int i = 0; i < 3; i++) {
        int p = plans[i];
        if (p < 0 || (i > 0 && p == 0) || (i > 1 && p == free))
            continue;
        struct grid_cell *row = grid_row(&grid, grid.n_rows++);
        row[0].text = f->plans[p].name;
        row[1].text = cost_words(flow->arena, f->demand_less_usd[p]);
        row[2].text = cost_words(flow->arena, f->as_planned_usd[p]);
        row[3].text = cost_words(flow->arena, f->demand_more_usd[p]);
    }
    grid.row_gap = 2.8;
    parts_add_table(flow, parts, demand_title(flow->arena, f, free), NULL, &grid);
}

/* The most important first. */
static struct parts parts_of(struct flow *flow, const struct study *study) {
    struct parts parts = {0};
    if (study->statement)
        add_quarters(flow, study, &parts);
    parts_add_figure(flow, &parts, study, 0, figure_fan_open);
    parts_add_figure(flow, &parts, study, 0, figure_tornado_open);
    parts_add_figure(flow, &parts, study, 0, figure_regret_open);
    add_demands(flow, study, &parts);
    if (parts.n < 2) /* no futures were looked at */
        parts_add_figure(flow, &parts, study, 0, figure_cash_open);
    return parts;
}

/* By how much the figures of the first `n` parts are made lower so that these are on one page;
 * below SCALE_MIN they cannot be. */
static double figure_scale(struct flow *flow, const struct parts *parts, int n, double room) {
    double figures = 0, rest = 0;
    for (int i = 0; i < n; i++) {
        rest += PAGE_GAP + part_height(flow, &parts->items[i], 0);
        figures += parts->items[i].figure.height;
    }
    return figures > 0 ? fmin((room - rest) / figures, 1) : rest <= room;
}

enum { SAID = 2 };

static void sentences(struct arena *arena, const struct study *study, const char *said[SAID]) {
    said[0] = report_sentence(arena, study_sensitivity_words(arena, study));
    said[1] = report_sentence(arena, study_confidence_words(arena, study));
}

/* Which parts are on page 3, and how high its figures are: as many as fit. */
static struct page fitted(struct flow *flow, const struct study *study) {
    struct page page = {.parts = parts_of(flow, study)};
    const char *said[SAID];
    sentences(flow->arena, study, said);
    double room = flow->bottom - flow->top - 20; /* of a page below its running head */
    for (int i = 0; i < SAID; i++)
        room -= flow_text_height(flow, said[i], body_style, flow->width, 12) + 3;
    page.n_kept = page.parts.n;
    page.scale = figure_scale(flow, &page.parts, page.n_kept, room);
    while (page.n_kept > 1 && page.scale < SCALE_MIN)
        page.scale = figure_scale(flow, &page.parts, --page.n_kept, room);
    return page;
}

void report_money(struct flow *flow, const struct study *study) {
    if (!report_was_replayed(study))
        return;
    struct page page = fitted(flow, study);
    if (page.parts.n == 0) /* a replay that was not billed */
        return;
    flow_page(flow, "Money and risk");
    for (int i = 0; i < page.n_kept; i++) {
        part_draw(flow, &page.parts.items[i], page.scale);
        flow_space(flow, PAGE_GAP);
    }
    const char *said[SAID];
    sentences(flow->arena, study, said);
    for (int i = 0; i < SAID; i++)
        if (said[i][0]) {
            flow_text(flow, "P", said[i], body_style, 12);
            flow_space(flow, 3);
        }
}

/* ---- in detail ---- */

enum { BUDGETS_DRAWN = 6 }; /* as bars; of more each has a row of a table */

/* Bars do not tell that of a budget's period the horizon has only a part. */
static bool any_in_part(const struct study *study) {
    for (int i = 0; i < study->n_budgets; i++) {
        const struct budget_spec *spec = &study->scenario.budgets[study->budgets[i].budget];
        double whole = spec->by_month ? 1 : spec->by_year ? 12 : 3;
        if (study->budgets[i].months < whole - 0.01)
            return true;
    }
    return false;
}

/* Few as bars, many as a table: they are not told twice, but for what bars do not say. */
static void add_budgets(struct flow *flow, const struct study *study, struct parts *parts) {
    bool many = study->n_budgets > BUDGETS_DRAWN;
    if (!many)
        parts_add_figure(flow, parts, study, 0, figure_budgets_open);
    if (study->n_budgets == 0 || (!many && !any_in_part(study)))
        return;
    static const struct grid_column columns[] = {
        {"Budget", ALIGN_LEFT, 1, true},         {"Period", ALIGN_LEFT, 0, false},
        {"Months in it", ALIGN_RIGHT, 0, false}, {"Limit", ALIGN_RIGHT, 0, false},
        {"Cost", ALIGN_RIGHT, 0, false},         {"Left", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    struct grid grid = GRID_OPEN(arena, columns, study->n_budgets);
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *b = &study->budgets[i];
        const struct budget_spec *spec = &study->scenario.budgets[b->budget];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = arena_printf(arena, "%s, %s", text_printable(arena, bytes_of(spec->name)),
                                   spec->cash ? "cash" : "amortised");
        row[1].text = study_period_words(arena, b->period);
        row[2].text = months_words(arena, b->months);
        row[3].text = usd(arena, b->limit);
        row[4].text = usd(arena, b->spent);
        row[5].text = words_money_signed(arena, money_amount_usd(b->limit - b->spent));
        row[5].strong = b->spent > b->limit;
    }
    struct budget_rows rows = budget_rows_make(arena, study);
    parts_add_table(flow, parts, many ? figure_budgets_title(arena, &rows) : "Budgets",
                    "By fiscal period; of those at the ends the months in the horizon", &grid);
}

void report_money_detail(struct flow *flow, const struct study *study) {
    static figure_open *const figures[] = {figure_waterfall_open, figure_bridge_open,
                                           figure_cash_open, figure_heat_open};
    if (!report_was_replayed(study))
        return;
    struct parts parts = {0};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        parts_add_figure(flow, &parts, study, 0, figures[i]);
    add_budgets(flow, study, &parts);
    struct page page = fitted(flow, study);
    for (int i = page.n_kept; i < page.parts.n; i++)
        parts_add(flow, &parts, &page.parts.items[i]);
    parts_draw(flow, "Where the money goes", &parts);
}
