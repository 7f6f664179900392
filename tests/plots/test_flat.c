/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures that would show one value, one point or lines that coincide: they say so, their findings
 * are true of what stands still, and the report has the sentence in their place. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "plots/figure_table.h"
#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_extras.h"

static struct arena arena;

static void done(void) {
    arena_release(&arena);
}

TestSuite(flat, .fini = done);

static struct study *study_with(int n_candidates) {
    struct fixture fixture = fixture_defaults();
    struct extras extras = extras_defaults();
    fixture.n_candidates = n_candidates;
    extras.n_payers = 4;
    struct study *study = fixture_study(&arena, &fixture);
    extras_add(&arena, study, &extras);
    return study;
}

static struct figure_view view_of(const struct study *study, figure_open *open) {
    struct figure_view view = {0};
    cr_assert(open(&arena, study, 0, &view));
    return view;
}

/* The plan is the baseline, every hour costs 2 USD, no future tells plans apart. */
static struct study *standing_still(void) {
    struct study *study = study_with(1);
    struct plan *plan = arena_new(&arena, struct plan, 1);
    *plan = *study->recommended.plan;
    double *usd = arena_new(&arena, double, study->demand.n_hours);
    for (int h = 0; h < study->demand.n_hours; h++)
        usd[h] = 2;
    plan->hour_usd = usd;
    study->recommended.plan = plan;
    study->baseline = study->recommended;
    study->steps = (struct study_steps){0};
    study->confidence = (struct study_confidence){0};
    struct study_futures *f = &study->futures;
    for (int p = 0; p < f->n_plans; p++) {
        f->plans[p] = f->plans[0];
        f->plans[p].regret = f->plans[p].regret_most = 0;
    }
    double *same = arena_new(&arena, double, f->n_plans);
    for (int p = 0; p < f->n_plans; p++)
        same[p] = 1460;
    f->as_planned_usd = f->demand_less_usd = f->demand_more_usd = same;
    return study;
}

Test(flat, no_figure_of_the_usual_study_is) {
    struct study *study = study_with(8);
    for (const struct figure *f = figure_table; f->id; f++) {
        struct figure_view view;
        if (f->open(&arena, study, 0, &view))
            cr_expect(not(view.flat), "%s", f->id);
    }
}

Test(flat, what_stands_still_is_said) {
    const struct study *study = standing_still();
    const struct {
        figure_open *open;
        const char *title;
    } cases[] = {
        {figure_waterfall_open, "The plan costs the same as the baseline"},
        {figure_mix_open, "The plan pays for the same as the baseline"},
        {figure_heat_open, "Every hour of the week costs the same, $2.00"},
        {figure_regret_open, "No other plan would cost less, or more, in any of the futures"},
        {figure_carbon_open, "The plan costs as much as before and emits about as much as before"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct figure_view view = view_of(study, cases[i].open);
        cr_expect(view.flat, "%s", cases[i].title);
        cr_expect(eq(str, (char *)view.title, (char *)cases[i].title));
    }
    struct figure_view one = view_of(study, figure_frontier_open);
    cr_expect(one.flat && strstr(one.title, " is the only candidate: "), "%s", one.title);
}

/* A dollar in one hour, a cent of saving, one future: each is a figure again. */
Test(flat, what_moves_is_drawn) {
    struct study *study = standing_still();
    ((double *)study->recommended.plan->hour_usd)[40] = 3;
    cr_expect(not(view_of(study, figure_heat_open).flat));
    study->steps.spot = 0.1 * study->baseline.bill_usd_per_month;
    cr_expect(not(view_of(study, figure_waterfall_open).flat));
    study->futures.plans[1].expected *= 1.01;
    cr_expect(not(view_of(study, figure_regret_open).flat));
}

/* Dearer and cheaper than the baseline without a step of one per cent. */
Test(flat, a_change_of_small_steps_is_no_zero) {
    struct study *study = standing_still();
    study->recommended.bill_usd_per_month = study->baseline.bill_usd_per_month + 7.5;
    const char *title = view_of(study, figure_waterfall_open).title;
    cr_expect(eq(str, (char *)title, "The plan costs $7.50 a month more than the baseline"));
}

/* The finding alone is left of each, and no mark of the figure. */
Test(flat, the_report_has_the_sentence_in_place_of_the_figure) {
    struct err err = {0};
    struct typeset *type = report_typeset(&arena, &err);
    struct study *study = standing_still();
    struct flow flow = report_lay_out(&arena, type, paper_a4(), study);
    static const char *const there[] = {
        "The plan costs the same as the baseline.", "Every hour of the week costs the same, $2.00.",
        "No other plan would cost less, or more, in any of the futures.",
        "With 10% less or 10% more demand every plan costs the same, $1.46K a month."};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        cr_expect(flow_contains(&flow, there[i]), "%s", there[i]);
    static const char *const gone[] = {"Cost per month by how it is paid for",
                                       "Expected cost per month; hatched",
                                       "each step is taken on what the one above it left"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        cr_expect(not(flow_contains(&flow, gone[i])), "%s", gone[i]);
    cr_expect(eq(int, flow_faults(&flow), 0));
    typeset_close(type);
}
