/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays, on a fabricated study: the tables say what the allocation says, sums included; no
 * faults of layout with long and hostile names and many payers; nothing without a replay. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_extras.h"
#include "study_fixture.h"

#define TEN "long-name-"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const int64_t begins[] = {498912, 498912 + 730}; /* 1 December 2026 */
static const double ones[] = {1};

/* One month of 730 hours: each payer uses 600, of which 150 idle, and 100 of a commitment is not
 * used. */
static struct study *make_study(struct arena *arena, int n_payers, const char *name) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(arena, &fixture);
    struct statement_row *rows = arena_new(arena, struct statement_row, n_payers + 1);
    struct statement *statement = arena_new(arena, struct statement, 1);
    struct allocation *allocation = arena_new(arena, struct allocation, 1);
    struct payer *payers = arena_new(arena, struct payer, n_payers + 2);
    struct payer_group *groups = arena_new(arena, struct payer_group, n_payers);
    struct study_units *units = arena_new(arena, struct study_units, study->demand.n_workloads + 1);
    const usd_nano usd = USD_NANO_PER_USD;
    const char *(*tags)[2] = arena_alloc(arena, 1, sizeof *tags);
    tags[0][0] = "team";
    tags[0][1] = name;
    for (int p = 0; p < n_payers; p++) {
        payers[p] = (struct payer){PAYER_WORKLOAD, name, p, (const char *const(*)[2])tags, 1};
        groups[p] = (struct payer_group){p, 1, ones};
        rows[p] = (struct statement_row){
            .workload = p, .effective = 600 * usd, .billed = 600 * usd, .idle = 150 * usd};
    }
    payers[n_payers] = (struct payer){PAYER_IDLE, "idle capacity", -1, NULL, 0};
    payers[n_payers + 1] = (struct payer){PAYER_UNUSED, "unused commitments", -1, NULL, 0};
    rows[n_payers] = (struct statement_row){.workload = -1, .effective = 100 * usd};
    *statement = (struct statement){.n_months = 1,
                                    .month_hours = begins,
                                    .n_rows = n_payers + 1,
                                    .rows = rows,
                                    .effective = (600 * n_payers + 100) * usd,
                                    .billed = 600 * n_payers * usd};
    struct allocation_input input = {.statement = statement,
                                     .rules = &study->scenario.allocation,
                                     .n_payers = n_payers + 2,
                                     .payers = payers,
                                     .groups = groups,
                                     .idle_payer = n_payers,
                                     .unused_payer = n_payers + 1};
    *allocation = allocation_make(arena, &input);
    study->demand.horizon_hours = 730;
    study->demand.n_calendar = 1;
    study->demand.calendar_from = begins;
    study->scenario.fiscal_month = 1;
    study->statement = statement;
    study->allocation = allocation;
    for (int w = 0; w <= study->demand.n_workloads; w++)
        units[w] = (struct study_units){.usd_per_million_input = 0.25,
                                        .usd_per_million_output = 1.25,
                                        .usd_per_thousand_requests = 3,
                                        .utilisation_tax = 0.37,
                                        .usd_per_business_unit = 0.02,
                                        .return_on_cost = 4};
    study->units = units;
    return study;
}

static void add_budget(struct arena *arena, struct study *study, const char *name) {
    struct budget_spec *spec = arena_new(arena, struct budget_spec, 1);
    struct study_budget *budget = arena_new(arena, struct study_budget, 1);
    *spec = (struct budget_spec){.name = name, .cash = true};
    *budget = (struct study_budget){.period = {2027, 4},
                                    .months = 2,
                                    .limit = 500 * USD_NANO_PER_USD,
                                    .spent = 620 * USD_NANO_PER_USD};
    study->scenario.budgets = spec;
    study->budgets = budget;
    study->n_budgets = 1;
}

static struct flow lay_out(struct arena *arena, const struct study *study) {
    struct err err = {0};
    return report_lay_out(arena, report_typeset(arena, &err), paper_a4(), study);
}

static void finish(struct arena *arena, struct flow *flow) {
    typeset_close(flow->type);
    arena_release(arena);
}

Test(report_money, who_pays_what_and_for_which_work) {
    struct arena arena = {0};
    struct study *study = make_study(&arena, 2, "chat");
    add_budget(&arena, study, "team=chat");
    struct flow flow = lay_out(&arena, study);
    cr_expect(eq(int, flow_faults(&flow), 0));
    static const char *const parts[] = {
        "$400 of $1.30K a month stands idle or is unused commitment",
        "$450",
        "$150",
        "$600",
        "unused commitments",
        "$1.30K",
        "$900",
        "$1.20K",
        "FY2026 Q4",
        "$0.250",
        "1.37 times",
        "FY2027 Q4",
        "team=chat, cash",
        "$620"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect(flow_contains(&flow, parts[i]), "%s", parts[i]);
    finish(&arena, &flow);
}

Test(report_money, many_payers_with_long_and_hostile_names) {
    static const char *const names[] = {LONG, "<b>\xe2\x80\xaeright to left", "=cmd()"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct arena arena = {0};
        struct study *study = make_study(&arena, 40, names[i]);
        add_budget(&arena, study, names[i]);
        struct flow flow = lay_out(&arena, study);
        cr_expect(eq(int, flow_faults(&flow), 0), "%s", names[i]);
        finish(&arena, &flow);
    }
}

Test(report_money, nothing_without_a_replay) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct flow flow = lay_out(&arena, fixture_study(&arena, &fixture));
    cr_expect(not(flow_contains(&flow, "Who pays")));
    finish(&arena, &flow);
}

static int pages_with(const struct flow *flow, const char *part) {
    int n = 0;
    for (int p = 0; p < flow->n_pages; p++)
        for (int i = 0; i < flow->pages[p].scene.n; i++) {
            const struct mark *mark = &flow->pages[p].scene.marks[i];
            bool figure = mark->kind == MARK_OPEN && mark->alt && strstr(mark->alt, part);
            n += figure || (mark->kind == MARK_TEXT && strstr(mark->text, part));
        }
    return n;
}

/* Few budgets are bars, many a table with the bars' finding; whole periods are told once, of those
 * in part the table beside the bars tells the months. */
Test(report_money, budgets_are_told_once) {
    static const struct {
        int n, months, bars, tables;
    } rows[] = {{4, 3, 1, 0}, {4, 2, 1, 1}, {6, 3, 1, 0}, {7, 3, 0, 1}, {13, 2, 0, 1}};
    struct arena arena = {0};
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct fixture fixture = fixture_defaults();
        struct extras extras = extras_defaults();
        extras.n_budgets = rows[k].n;
        struct study *study = fixture_study(&arena, &fixture);
        extras_add(&arena, study, &extras);
        struct study_budget *budgets = arena_new(&arena, struct study_budget, rows[k].n);
        for (int b = 0; b < rows[k].n; b++) {
            budgets[b] = study->budgets[b];
            budgets[b].months = rows[k].months;
        }
        study->budgets = budgets;
        struct flow flow = report_lay_out(&arena, type, paper_a4(), study);
        cr_expect(eq(int, pages_with(&flow, "Bars of spending against budgets"), rows[k].bars));
        cr_expect(eq(int, pages_with(&flow, "of those at the ends the months"), rows[k].tables),
                  "%d budgets", rows[k].n);
    }
    typeset_close(type);
    arena_release(&arena);
}
