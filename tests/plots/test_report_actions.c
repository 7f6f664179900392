/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What page 1 says beside the money of an action: what it asks for and rests on, the practices it
 * relates to as links, and what becomes of it when it is not done. Dates and sums by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "plots/report_pages.h"
#include "scenarios/advice.h"
#include "scene_check.h"
#include "study_fixture.h"

static struct arena arena;

static struct study *usual(void) {
    struct fixture fixture = fixture_defaults();
    return fixture_study(&arena, &fixture);
}

static struct flow lay_out(const struct study *study) {
    struct err err = {0};
    return report_lay_out(&arena, report_typeset(&arena, &err), paper_a4(), study);
}

/* Every practice has an id that its address ends in, or a page of the framework; and a title that
 * is no level of risk. */
Test(report_actions, every_kind_relates_to_a_practice) {
    struct study *study = usual();
    struct study_action action = {.text = "x", .reason = "x", .reversibility = "x"};
    study->actions = &action;
    for (action.kind = 0; action.kind < ACTION_KINDS; action.kind++) {
        struct advice advice = study_advice(&arena, study, 0);
        cr_assert(advice.effort[0] != '\0');
        cr_assert(action_kind_word(action.kind) != NULL, "%d", (int)action.kind);
        cr_assert(ge(int, advice.n_practices, 1));
        for (int i = 0; i < advice.n_practices; i++) {
            const struct practice *practice = advice.practices[i];
            char *page = arena_strdup(&arena, practice->id);
            for (char *at = page; *at; at++)
                *at = (char)tolower((unsigned char)*at);
            cr_assert(strncmp(practice->uri, "https://docs.aws.amazon.com/wellarchitected/latest/",
                              51) == 0);
            cr_assert(strstr(practice->uri, page) || strstr(practice->uri, "/framework/cost_"),
                      "%s: %s", practice->id, practice->uri);
            cr_assert(strlen(practice->title) > 10);
        }
    }
}

Test(report_actions, what_it_rests_on_follows_the_inputs) {
    struct study *study = usual();
    struct study_action action = {.text = "x", .kind = ACTION_FOLLOW};
    study->actions = &action;
    struct traffic *traffic = (struct traffic *)study->traffics;
    struct capacity *capacities = (struct capacity *)study->capacities;
    snprintf(traffic->sha256, sizeof traffic->sha256, "ab");
    traffic->tiled = false;
    traffic->days = 60;
    for (int c = 0; c < study->n_candidates; c++)
        capacities[c].estimated = capacities[c].extrapolated = false;
    cr_expect(eq(str, (char *)study_advice(&arena, study, 0).rests_on, "measured times"));
    traffic->days = 7; /* enough to follow the week, too little for a term */
    cr_expect(eq(str, (char *)study_advice(&arena, study, 0).rests_on, "measured times"));
    action.kind = ACTION_COMMIT;
    cr_expect(strstr(study_advice(&arena, study, 0).rests_on, "7 days of traffic") != NULL);
    for (int c = 0; c < study->n_candidates; c++)
        capacities[c].estimated = true;
    traffic->sha256[0] = '\0';
    action.kind = ACTION_FOLLOW;
    cr_expect(eq(str, (char *)study_advice(&arena, study, 0).rests_on,
                 "estimated times, made-up traffic"));
}

/* The links are drawn: one mark for each practice of each action, inside a Link. */
Test(report_actions, practices_are_links) {
    struct study *study = usual();
    struct flow flow = lay_out(study);
    int wanted = 0, drawn = 0;
    for (int i = 0; i < study->n_actions; i++)
        wanted += study_advice(&arena, study, i).n_practices;
    for (int m = 0; m < flow.pages[0].scene.n; m++) {
        const struct mark *mark = &flow.pages[0].scene.marks[m];
        drawn += mark->link && strcmp(mark->text, "Link") == 0;
    }
    cr_assert(ge(int, wanted, 4));
    cr_assert(eq(int, drawn, wanted));
    typeset_close(flow.type);
}

/* A quarter of waiting is three months of the saving; a plan that costs more says so. */
Test(report_actions, waiting_and_doing_nothing_are_priced) {
    struct study *study = usual();
    study->saving_usd_per_month = 1000;
    struct flow flow = lay_out(study);
    cr_expect(flow_contains(&flow, "Costs $3.00K, the saving of the first three months"));
    cr_expect(flow_contains(&flow, "$1.00K more than the plan"));
    cr_expect(flow_contains(&flow, "2026-12-01, when the horizon starts"));
    typeset_close(flow.type);
    study->saving_usd_per_month = 0.001; /* below what the model can tell apart */
    flow = lay_out(study);
    cr_expect(flow_contains(&flow, "Costs the same: the plan saves nothing by then"));
    cr_expect(flow_contains(&flow, "the same as the plan"));
    cr_expect(flow_contains(&flow, "costs the same as the baseline") ||
              flow_contains(&flow, "costs the same as today"));
    typeset_close(flow.type);
    study->saving_usd_per_month = -200;
    flow = lay_out(study);
    cr_expect(
        flow_contains(&flow, "Saves $600: until then the plan costs more than what is there"));
    cr_expect(flow_contains(&flow, "$200 less than the plan"));
    typeset_close(flow.type);
}

/* Three planning weeks of four months each save 168, 336 and 672 USD: 1, 2 and 4 USD an hour, 7/3
 * in the mean, 1703.33 a month. Beside them a promise of 100 a month is no longer missed. The first
 * three months, 2190 hours, save 2190 + 3 x 100 = 2490; three of the mean would be 5410. */
Test(report_actions, waiting_costs_what_the_first_months_save) {
    struct fixture fixture = fixture_defaults();
    fixture.n_weeks = 3;
    struct study *study = fixture_study(&arena, &fixture);
    struct bill *before = arena_new(&arena, struct bill, 3);
    for (int week = 0; week < 3; week++)
        before[week].total = (usd_nano)(168 << week) * 1000000000;
    study->baseline.bills = before;
    study->recommended.bills = arena_new(&arena, struct bill, 3);
    study->saving_usd_per_month = 730 * 7.0 / 3 + 100;
    cr_expect(epsilon_eq(dbl, study_first_months_saving_usd(study, 3), 2490, 1e-6));
    cr_expect(
        epsilon_eq(dbl, study_first_months_saving_usd(study, 12), 12 * 730 * 7.0 / 3 + 1200, 1e-6));
}

/* 21 days before the first of December; a type that the plan does not run holds nothing up. */
Test(report_actions, the_longest_lead_time_says_when_to_decide) {
    static const struct price rows[] = {{.sku = "c7g.16xlarge"}, {.sku = "g6e.2xlarge"}};
    static const struct supply_spec supply[] = {
        {.instance = "c7g.16xlarge", .lead_s = 90 * 86400.0, .obtainable = 1},
        {.instance = "g6e.2xlarge", .lead_s = 21 * 86400.0 - 60, .obtainable = 1}};
    struct study *study = usual();
    study->book.prices = rows;
    study->book.n_prices = 2;
    study->scenario.supply = supply;
    study->scenario.n_supply = 2;
    const char *instance;
    struct date day = study_decide_by(study, &instance);
    cr_assert(eq(str, (char *)instance, "g6e.2xlarge"));
    cr_assert(day.year == 2026 && day.month == 11 && day.day == 10);
    struct flow flow = lay_out(study);
    cr_expect(flow_contains(&flow, "2026-11-10: g6e.2xlarge has to be ordered"));
    typeset_close(flow.type);
}

/* Futures that were looked at stand on page 1: the range in the tile, the bad case, committing
 * later; without them nothing is said. */
Test(report_actions, futures_are_told_where_they_were_asked_for) {
    struct study *study = usual();
    struct flow flow = lay_out(study);
    cr_expect(not(flow_contains(&flow, "futures")));
    typeset_close(flow.type);
    struct study_futures *f = &study->futures;
    f->n = 64;
    f->n_plans = 1;
    f->plans[0] = (struct future_plan){
        .name = "plan", .expected = 2150, .worst = 3100, .low = 1900, .high = 2600};
    f->waits = true;
    f->wait_worth_usd_per_month = -120;
    const double worst[] = {1234};
    f->worst_case_usd = f->as_planned_usd = f->demand_less_usd = f->demand_more_usd = worst;
    flow = lay_out(study);
    cr_expect(flow_contains(&flow, "20% less demand and 40% lower prices"));
    cr_expect(flow_contains(&flow, "the plan costs $1.23K a month, doing nothing $1.23K"));
    cr_expect(flow_contains(&flow, "8 of 10 futures: $1.90K to $2.60K"));
    cr_expect(flow_contains(&flow, "bad-case cost (worst 5%) $3.10K"));
    cr_expect(flow_contains(&flow, "costs $120 a month more on average"));
    cr_expect(eq(int, flow_faults(&flow), 0));
    typeset_close(flow.type);
}

/* What was owned before owes as well, and is told apart from what is bought. */
Test(report_actions, what_is_owned_already_owes_too) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(&arena, &fixture);
    struct report_facts facts = report_facts_make(&arena, study);
    cr_expect(strstr(report_obligations(&arena, study, &facts), "owned already") == NULL);
    struct plan *plan = arena_new(&arena, struct plan, 1);
    *plan = *study->recommended.plan;
    struct plan_commitment *held = arena_new(&arena, struct plan_commitment, 1);
    *held = plan->commitments[0];
    held->commitment.owned = true;
    held->liability_usd = 1250;
    plan->commitments = held;
    plan->n_commitments = 1;
    study->recommended.plan = plan;
    const char *said = report_obligations(&arena, study, &facts);
    cr_expect(strstr(said, " by what is bought, and $1.25K by what is owned already.") != NULL,
              "%s", said);
}
