/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words and figures that a decision is told with: what commitments bind while they are in
 * force, which workload has the least margin to its own target, ties, and a headline of many
 * purchases. Whole studies of one instance that runs all year, and parts of them by hand. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/study_parts.h"

static struct arena arena;

static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"
    "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,1,published,here,2026-11-01\n"
    "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,all_upfront,hour,0.5,published,here,2026-"
    "11-01\n";

#define YEAR_AND_HALF                                                                              \
    "headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: 18 }\n"                           \
    "simulation: { replications: 1 }\nprices: book.csv\nscaling: { boot: 0s }\n"
#define RESERVED                                                                                   \
    "purchase: [ on_demand, { reserved: standard, start: [0, 12], payment: all_upfront } ]\n"

static struct study run(const char *text) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static void has(const char *text, const char *part) {
    cr_expect(strstr(text, part) != NULL, "'%s' is not in: %s", part, text);
}

/* One instance at 0.5, all upfront: of 2026-12-01 and of 2027-12-01, each for 8760 hours; the
 * second has 182 days of them after the horizon. At any time one is held: 365 USD a month, never
 * 730. */
Test(bound, purchases_of_other_dates_never_add_up) {
    struct study study = run(YEAR_AND_HALF RESERVED EMBED);
    struct study_bound bound = study_bound_of(&study);
    cr_assert(eq(int, bound.n, 2));
    cr_expect(eq(int, bound.later, 1));
    cr_expect(epsilon_eq(dbl, bound.usd_per_month, 365, 1e-6));
    cr_expect(epsilon_eq(dbl, bound.least_usd_per_month, 365, 1e-6));
    cr_expect(epsilon_eq(dbl, bound.most_usd_per_month, 365, 1e-6));
    cr_expect(epsilon_eq(dbl, bound.terms_usd, 0.5 * 2 * 8760, 1e-6));
    cr_expect(epsilon_eq(dbl, bound.prepaid_usd, 0.5 * 24 * 182, 1e-6));
    cr_expect(eq(dbl, study.recommended.plan->liability_usd, 0));
    has(study.headline, ", $2.18K paid ahead for after it,");
    arena_release(&arena);
}

/* One owned at 0.4 an hour until 2028-09-01, 92 days after 18 months: its hours are paid whatever
 * is decided, beside those of what is bought. */
Test(bound, what_is_owned_is_owed_too) {
    struct study study =
        run(YEAR_AND_HALF "purchase: on_demand\nestate: { owned: [ { reserved: standard, instance: "
                          "g4dn.xlarge, count: 1, rate: 0.4 USD/h, ends: 2028-09-01 } ] }\n" EMBED);
    cr_expect(epsilon_eq(dbl, study_bound_of(&study).owned_owed_usd, 92 * 24 * 0.4, 1e-6));
    cr_expect(eq(dbl, study.recommended.plan->liability_usd, 0));
    cr_expect(eq(dbl, study_bound_of(&study).terms_usd, 0));
}

/* Of the two the later alone: nothing for 365 days of 548, then 365 USD a month. */
Test(bound, what_comes_later_is_told_with_its_month) {
    struct study study = run(YEAR_AND_HALF RESERVED EMBED);
    struct plan later = *study.recommended.plan;
    later.commitments++;
    later.n_commitments--;
    study.recommended.plan = &later;
    struct study_bound bound = study_bound_of(&study);
    cr_expect(epsilon_eq(dbl, bound.usd_per_month, 365.0 * 183 / 548, 1e-6));
    cr_expect(eq(dbl, bound.least_usd_per_month, 0));
    cr_expect(epsilon_eq(dbl, bound.most_usd_per_month, 365, 1e-6));
    cr_expect(eq(int, bound.month_most, 12));
    double worst[] = {410, 390, 1400}, months[18] = {0};
    months[12] = 420;
    study.futures.n = 1;
    study.futures.n_plans = 3;
    study.futures.plans[0].name = "recommended";
    study.futures.plans[1].name = FUTURE_PLAN_FREE;
    study.futures.plans[2].name = "today";
    study.futures.worst_case_usd = worst;
    study.futures.worst_case_month_usd = months;
    const char *words = study_worst_case_words(&arena, &study);
    has(words, "the plan costs $410 a month, doing nothing $1.40K; $122 of it on average, at most "
               "$365 of $420 in 2027-12, is commitments, whatever comes ($4.38K over their terms); "
               "having none would cost $20.0 a month less");
    worst[1] = 410.01;
    has(study_worst_case_words(&arena, &study), "; having none would cost the same");
    arena_release(&arena);
}

/* 97.95 % where 95 % is asked is farther from missing than 98.01 % where 98 % is. */
Test(bound, the_least_margin_is_to_its_own_target) {
    struct study study = run(YEAR_AND_HALF "workloads:\n" WORKLOAD("loose", "0.02 req/s",
                                                                   "[ { instance: g4dn.xlarge } ]")
                                 WORKLOAD("tight", "0.02 req/s", "[ { instance: g4dn.xlarge } ]"));
    struct workload workloads[2] = {study.scenario.workloads[0], study.scenario.workloads[1]};
    int n_weeks = study.demand.n_weeks;
    struct replay_result *replays = arena_new(&arena, struct replay_result, 2 * n_weeks);
    for (int i = 0; i < 2 * n_weeks; i++)
        replays[i].worst_attainment = 1;
    replays[n_weeks - 1].worst_attainment = 0.9795;
    replays[2 * n_weeks - 1].worst_attainment = 0.9801;
    workloads[0].slo.share = 0.95;
    workloads[1].slo.share = 0.98;
    study.scenario.workloads = workloads;
    struct study_fleet fleet = {.replays = replays};
    struct study_margin least = study_least_margin(&study, &fleet);
    cr_expect(eq(int, least.workload, 1));
    cr_expect(eq(dbl, least.worst, 0.9801));
    cr_expect(eq(dbl, least.asked, 0.98));
    workloads[0].slo.share = 0.98; /* now it misses */
    cr_expect(eq(int, study_least_margin(&study, &fleet).workload, 0));
    arena_release(&arena);
}

Test(bound, a_tie_costs_the_same) {
    struct study study = {.baseline.bill_usd_per_month = 1000,
                          .recommended.bill_usd_per_month = 900};
    struct study_action action = {.usd_per_month = 0.49};
    cr_expect(eq(str, (char *)study_step_words(&arena, &study, &action), "costs the same"));
    action.usd_per_month = -0.49;
    cr_expect(eq(str, (char *)study_step_words(&arena, &study, &action), "costs the same"));
    action.usd_per_month = 0.51;
    cr_expect(eq(str, (char *)study_step_words(&arena, &study, &action), "$0.510 a month saved"));
    action.usd_per_month = -20;
    cr_expect(eq(str, (char *)study_step_words(&arena, &study, &action), "$20.0 a month added"));
    action.usd_per_month = NAN;
    cr_expect(eq(str, (char *)study_step_words(&arena, &study, &action), ""));
    arena_release(&arena);
}

/* Of two that take too much room, and of five, the count, the dates and what they cost: 5 x 0.5 x
 * 8760.
 */
Test(bound, a_headline_of_many_purchases_counts_them) {
    enum { MANY = 5 };
    struct study study = run(YEAR_AND_HALF RESERVED EMBED);
    struct plan plan = *study.recommended.plan;
    struct plan_commitment held[MANY];
    has(study.headline, "Make 2 purchases (1 now, 1 later, "); /* three lines hold no more */
    for (int i = 0; i < MANY; i++) {
        held[i] = plan.commitments[0];
        held[i].commitment.from_s = i < 2 ? 0 : (90 + i) * 86400LL;
        held[i].commitment.to_s = held[i].commitment.from_s + 365 * 86400LL;
    }
    plan.commitments = held;
    plan.n_commitments = MANY;
    study.recommended.plan = &plan;
    study_write_headline(&arena, &study);
    has(study.headline, "Make 5 purchases (2 now, 3 later, the last on 2027-03-05; $21.9K over "
                        "their terms), run 1 x g4dn.xlarge: $365 a month");
    cr_expect(le(sz, strlen(study.headline), 225));
    arena_release(&arena);
}

/* Two are held where one carries the demand: the words say which is which. */
Test(bound, spare_capacity_is_told_apart_from_the_need) {
    struct study study = run(
        YEAR_AND_HALF "purchase: on_demand\nresilience: { survive: instance, spare: buy }\n" EMBED);
    cr_assert(study_holds_spare(&study));
    cr_assert(eq(int, study.recommended.plan->regular[0], 2));
    has(study.actions[study.n_actions - 1].reason,
        "carries the demand of every hour, and spare for the loss of an instance");
    struct study without = run(YEAR_AND_HALF "purchase: on_demand\n" EMBED);
    cr_expect(not(study_holds_spare(&without)));
    arena_release(&arena);
}
