/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes out with the answers: in the bill by hand, in the plan and the baseline, between
 * regions of different rates, and under budgets that have to be kept. */
#include "study_memory.h"

#include <math.h>

#define MONTH_H 730.0

static struct study run(struct arena *arena, const char *text, const struct memory_file *more) {
    struct memory_file files[4] = {{"t.yaml", text}};
    struct study study;
    for (int i = 0; i < 3 && more[i].path; i++)
        files[i + 1] = more[i];
    const char *mistakes =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)mistakes, ""));
    return study;
}

#define BOOK                                                                                       \
    "headroom_price_book,1,out,USD\n"                                                              \
    "kind,sku,region,option,unit,above,usd,status,source,as_of\n"                                  \
    "token_api,acme/api,us-east-1,on_demand,1M input tokens,,1,published,here,2026-11-01\n"        \
    "token_api,acme/api,us-east-1,on_demand,1M output tokens,,2,published,here,2026-11-01\n"
#define TIERED                                                                                     \
    BOOK "transfer,internet,us-east-1,on_demand,GB,,1,published,here,2026-11-01\n"                 \
         "transfer,internet,us-east-1,on_demand,GB,100,0.5,published,here,2026-11-01\n"
#define ANSWERING_IN(name, over, regions)                                                          \
    "  - name: " name "\n"                                                                         \
    "    demand: { trace: week.csv }\n"                                                            \
    "    slo: { ttft: 5s, share: 90% }\n"                                                          \
    "    models: [ { use: acme/api, ttft: 1s, tpot: 1ms } ]\n"                                     \
    "    regions: " regions "\n"                                                                   \
    "    answers: { over: " over ", per_request: 1 GB, per_token: 100 KB }\n"
#define ANSWERING(name, over) ANSWERING_IN(name, over, "[us-east-1]")
#define OUT HEAD "prices: out.csv\nscaling: { boot: 0s }\n"

static struct study tiered(struct arena *arena, const char *text) {
    const struct memory_file more[] = {
        {"week.csv", steady_log(arena)}, {"out.csv", TIERED}, {NULL, NULL}};
    return run(arena, text, more);
}

/* 1008 answers a week, 4380 a month, of 1e9 bytes and ten tokens of 1e5: 4384.38e9 bytes out,
 * 4083.2721 GB of 2^30. The first 100 GB of a month at 1 USD, the rest at 0.5: 100 + 3983.2721 / 2
 * = 2091.6361. A second workload's bytes go on where the first one's end: 8166.5442 GB are 100 +
 * 8066.5442 / 2 = 4133.2721, not twice 2091.6361. In a region without a rate it is told. */
Test(study_answers, go_out_in_tiers_of_the_organisation) {
    struct arena arena = {0};
    struct study one = tiered(&arena, OUT "workloads:\n" ANSWERING("chat", "internet"));
    cr_expect(
        epsilon_eq(dbl, one.recommended.by_kind_usd_per_month[CHARGE_TRANSFER], 2091.64, 1e-2));
    cr_expect(epsilon_eq(dbl, one.recommended.bill_usd_per_month, 2091.64 + 0.5256, 1e-2));
    struct study two = tiered(&arena, OUT "workloads:\n" ANSWERING("chat", "internet")
                                          ANSWERING("code", "internet"));
    cr_expect(
        epsilon_eq(dbl, two.recommended.by_kind_usd_per_month[CHARGE_TRANSFER], 4133.27, 1e-2));
    const struct memory_file files[] = {
        {"t.yaml", OUT "workloads:\n" ANSWERING("chat", "cross-zone")},
        {"week.csv", steady_log(&arena)},
        {"out.csv", TIERED},
        {NULL, NULL}};
    struct study none;
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &none);
    cr_expect(
        eq(str, (char *)got,
           "t.yaml:13:16 the price book out has no rate for 'cross-zone' in us-east-1 | add a "
           "row of kind transfer to a price book of your own, or take it out\n"));
    arena_release(&arena);
}

/* Between zones 4083.2721 GB leave one and arrive in another, 0.01 USD each time: 81.6654, in the
 * plan as in the bill. */
Test(study_answers, between_zones_are_charged_twice) {
    struct arena arena = {0};
    const struct memory_file more[] = {
        {"week.csv", steady_log(&arena)},
        {"out.csv", BOOK "transfer,cross-zone,us-east-1,on_demand,GB,,0.01,published,here,"
                         "2026-11-01\n"},
        {NULL, NULL}};
    struct study study = run(&arena, OUT "workloads:\n" ANSWERING("chat", "cross-zone"), more);
    cr_expect(
        epsilon_eq(dbl, study.recommended.by_kind_usd_per_month[CHARGE_TRANSFER], 81.6654, 1e-3));
    cr_expect(epsilon_eq(dbl, study.gaps.plan, 81.6654 + 0.5256, 1e-3));
    cr_expect(epsilon_eq(dbl, study.gaps.billing_rules, 0, 1e-3));
    arena_release(&arena);
}

/* They are in the theoretical minimum, in the plan and in the baseline, not in what billing adds:
 * the same 2092.1617 everywhere, and 4133.27 + 2 x 0.5256 of two. The steps from the baseline's
 * bill to the plan's lose nothing. */
Test(study_answers, are_in_every_number_of_the_plan) {
    struct arena arena = {0};
    struct study one = tiered(&arena, OUT "workloads:\n" ANSWERING("chat", "internet"));
    struct study two = tiered(&arena, OUT "workloads:\n" ANSWERING("chat", "internet")
                                          ANSWERING("code", "internet"));
    const struct study *both[] = {&one, &two};
    const double want[] = {2092.1617, 4133.27 + 2 * 0.5256};
    for (int i = 0; i < 2; i++) {
        const struct study *s = both[i];
        const struct study_steps *steps = &s->steps;
        cr_expect(epsilon_eq(dbl, s->gaps.lp, want[i], 0.01));
        cr_expect(epsilon_eq(dbl, s->gaps.plan, want[i], 0.01));
        cr_expect(epsilon_eq(dbl, s->gaps.bill, want[i], 0.01));
        cr_expect(epsilon_eq(dbl, s->gaps.billing_rules, 0, 0.01));
        cr_expect(epsilon_eq(dbl, s->gaps.delay, 0, 0.01));
        cr_expect(epsilon_eq(dbl, s->baseline.plan->usd_per_hour * MONTH_H, want[i], 0.01));
        cr_expect(epsilon_eq(dbl, steps->billing, 0, 0.01));
        cr_expect(epsilon_eq(dbl,
                             s->baseline.bill_usd_per_month - steps->serve - steps->follow -
                                 steps->spot - steps->commit + steps->billing,
                             s->recommended.bill_usd_per_month, 0.01));
    }
    arena_release(&arena);
}

/* West is half as dear a token and twice as dear a GB: chosen by tokens, not by what goes out. */
Test(study_answers, choose_the_region) {
    struct arena arena = {0};
    const struct memory_file more[] = {
        {"week.csv", steady_log(&arena)},
        {"out.csv",
         BOOK "token_api,acme/api,us-west-2,on_demand,1M input tokens,,0.5,published,h,2026-11-01\n"
              "token_api,acme/api,us-west-2,on_demand,1M output tokens,,1,published,h,2026-11-01\n"
              "transfer,internet,us-east-1,on_demand,GB,,1,published,here,2026-11-01\n"
              "transfer,internet,us-west-2,on_demand,GB,,2,published,here,2026-11-01\n"},
        {NULL, NULL}};
    static const char sending[] =
        OUT "workloads:\n" ANSWERING_IN("chat", "internet", "[us-east-1, us-west-2]");
    struct study out = run(&arena, sending, more);
    char *silent_text = arena_strdup(&arena, sending);
    *strstr(silent_text, "    answers:") = '\0';
    struct study silent = run(&arena, silent_text, more);
    cr_assert(eq(int, out.n_candidates, 2));
    for (int h = 0; h < out.demand.n_hours; h++) {
        cr_expect(eq(dbl, out.recommended.plan->overflow_share[h], 1));
        cr_expect(eq(dbl, silent.recommended.plan->overflow_share[out.demand.n_hours + h], 1));
    }
    cr_expect(epsilon_eq(dbl, out.gaps.plan, 4083.2721 + 0.5256, 0.01));
    cr_expect(epsilon_eq(dbl, silent.gaps.plan, 0.2628, 0.001));
    arena_release(&arena);
}

#define BUDGET(usd) "budgets: [ { scope: all, month: " usd ", enforce: on } ]\n"
#define KEPT(usd, jobs) OUT BUDGET(usd) jobs "workloads:\n" ANSWERING("chat", "internet")
#define TRAINING                                                                                   \
    "jobs:\n"                                                                                      \
    "  - { name: tune, kind: fine_tuning, every: 7d, nodes: 1, regions: [us-east-1], run_on: [ "   \
    "{ instance: g4dn.xlarge, alone: 20h } ] }\n"

/* A month of 31 days sends out 744 / 730 of 4083.2721 GB, 4161.5814: its bill is 100 + 4061.5814 /
 * 2 and 744 / 730 of 0.5256, 2131.3264 USD. The programme has the mean rate of the average month:
 * 744 / 730 of 2092.1617, 2132.29. A budget of less cannot be kept, and the words have that sum;
 * one of more is, in what is billed. */
Test(study_answers, count_in_budgets_that_are_kept) {
    struct arena arena = {0};
    struct study kept = tiered(&arena, KEPT("2133 USD", ""));
    cr_assert(not(kept.infeasible));
    cr_assert(eq(int, kept.n_budgets, 12));
    for (int i = 0; i < 12; i++)
        cr_expect(le(i64, kept.budgets[i].spent, kept.budgets[i].limit));
    cr_expect(epsilon_eq(dbl, money_amount_usd(kept.budgets[0].spent), 2131.3264, 0.001));
    cr_expect(study_broken_budget(&kept) == NULL);
    struct study none = tiered(&arena, KEPT("2132 USD", ""));
    cr_assert(none.infeasible);
    const char *why = none.recommended.plan->infeasible;
    cr_expect(
        strstr(why, "the budget of 2026-12 (amortised) of 2132.00 USD (t.yaml:7) cannot be kept") !=
            NULL,
        "%s", why);
    cr_expect(strstr(why, "2132.29 USD") != NULL, "%s", why);
    arena_release(&arena);
}

/* Jobs come after the plan: with them the bill breaks the budget that the plan kept. */
Test(study_answers, a_broken_budget_is_not_reached) {
    struct arena arena = {0};
    const struct memory_file more[] = {
        {"week.csv", steady_log(&arena)},
        {"out.csv", TIERED "instance,g4dn.xlarge,us-east-1,on_demand,hour,,1,published,here,"
                           "2026-11-01\n"},
        {NULL, NULL}};
    struct study study = run(&arena, KEPT("2133 USD", TRAINING), more);
    const struct study_budget *broken = study_broken_budget(&study);
    cr_assert(not(study.infeasible));
    cr_assert(broken != NULL);
    cr_expect(strstr(study.headline, "; the budget of 2026-12 is not kept") != NULL, "%s",
              study.headline);
    bool told = false;
    for (int i = 0; i < study.n_notices; i++)
        told = told || (strcmp(study.notices[i].id, "budget-broken") == 0 &&
                        strncmp(study.notices[i].text, "not reached: ", 13) == 0);
    cr_expect(told);
    struct study compared = run(&arena,
                                OUT "budgets: [ { scope: all, month: 2133 USD } ]\n" TRAINING
                                    "workloads:\n" ANSWERING("chat", "internet"),
                                more);
    cr_expect(study_broken_budget(&compared) == NULL);
    arena_release(&arena);
}

#define REGION_ROWS                                                                                \
    BOOK "token_api,acme/api,us-west-2,on_demand,1M input tokens,,1,published,h,2026-11-01\n"      \
         "token_api,acme/api,us-west-2,on_demand,1M output tokens,,2,published,h,2026-11-01\n"     \
         "transfer,cross-region,us-east-1,on_demand,GB,,0.02,published,here,2026-11-01\n"
#define PAIR "transfer,cross-region/us-west-2,us-east-1,on_demand,GB,,0.01,published,h,2026-11-01\n"
#define TO(regions) OUT "workloads:\n" ANSWERING_TO("chat", regions)
#define ANSWERING_TO(name, regions)                                                                \
    "  - name: " name "\n"                                                                         \
    "    demand: { trace: week.csv }\n"                                                            \
    "    slo: { ttft: 5s, share: 90% }\n"                                                          \
    "    models: [ { use: acme/api, ttft: 1s, tpot: 1ms } ]\n"                                     \
    "    regions: " regions "\n"                                                                   \
    "    answers: { over: cross-region, to: us-west-2, per_request: 1 GiB }\n"

/* No rate of us-west-2 itself: the way to it alone, or that from another region, makes it known. */
#define ALONE BOOK "transfer,cross-region,us-east-1,on_demand,GB,,0.02,published,here,2026-11-01\n"
#define BACK "transfer,cross-region/us-west-2,eu-west-1,on_demand,GB,,0.01,published,h,2026-11-01\n"

/* 4380 answers of a GiB a month go to us-west-2: at the pair's 0.01 a GB 43.80 USD, where the book
 * has no rate of the pair at cross-region's 0.02 87.60. In the bill, the plan and the theoretical
 * minimum alike; the tokens cost 0.5256. What is answered in us-west-2 itself goes out for nothing,
 * and so it is chosen. */
Test(study_answers, go_to_another_region_at_the_rate_of_the_pair) {
    static const struct {
        const char *text, *book;
        double usd;
    } cases[] = {{TO("[us-east-1]"), REGION_ROWS PAIR, 43.80},
                 {TO("[us-east-1]"), REGION_ROWS, 87.60},
                 {TO("[us-east-1, us-west-2]"), REGION_ROWS PAIR, 0},
                 {TO("[us-east-1]"), ALONE PAIR, 43.80},
                 {TO("[us-east-1]"), ALONE BACK, 87.60}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const struct memory_file more[] = {
            {"week.csv", steady_log(&arena)}, {"out.csv", cases[i].book}, {NULL, NULL}};
        struct study study = run(&arena, cases[i].text, more);
        cr_expect(epsilon_eq(dbl, study.recommended.by_kind_usd_per_month[CHARGE_TRANSFER],
                             cases[i].usd, 1e-4));
        cr_expect(epsilon_eq(dbl, study.gaps.bill, cases[i].usd + 0.5256, 1e-3));
        cr_expect(epsilon_eq(dbl, study.gaps.plan, study.gaps.bill, 1e-3));
        cr_expect(epsilon_eq(dbl, study.gaps.lp, study.gaps.bill, 1e-3));
        arena_release(&arena);
    }
}

/* `to` is for cross-region alone; a region that no row names is told. */
Test(study_answers, another_region_is_checked) {
    static const struct {
        const char *answers, *book, *want;
    } cases[] = {
        {"over: internet, to: us-west-2", REGION_ROWS PAIR,
         "'workloads.answers.to' is for over: cross-region only"},
        {"over: cross-region, to: us-wast-2", REGION_ROWS PAIR,
         "unknown region 'us-wast-2' | did you mean 'us-west-2'? the price book out has no rate "
         "there, nor one of a way to it"},
        {"over: cross-region, to: us-wast-2", ALONE PAIR,
         "unknown region 'us-wast-2' | did you mean 'us-west-2'? the price book out has no rate "
         "there, nor one of a way to it"},
        {"over: cross-region, to: us-west-2", BOOK BACK,
         "the price book out has no rate for 'cross-region' in us-east-1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        char *text = arena_strdup(&arena, TO("[us-east-1]"));
        *strstr(text, "    answers:") = '\0';
        text = (char *)arena_printf(&arena, "%s    answers: { %s, per_request: 1 GiB }\n", text,
                                    cases[i].answers);
        const struct memory_file files[] = {{"t.yaml", text},
                                            {"week.csv", steady_log(&arena)},
                                            {"out.csv", cases[i].book},
                                            {NULL, NULL}};
        struct study study;
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .alone = true}, &study);
        cr_expect(strstr(got, cases[i].want) != NULL, "%s", got);
        arena_release(&arena);
    }
}

/* What each rule adds, and the rest of the bill; a thousandth of a dollar is told as nothing. */
Test(study_answers, rules_of_the_bill_are_told) {
    struct arena arena = {0};
    struct study study = {.gaps = {.bill = 1000,
                                   .causes = {[BILL_CAUSE_ORDER] = 30,
                                              [BILL_CAUSE_SECONDS] = 0.001,
                                              [BILL_CAUSE_FREE_HOUR] = -5,
                                              [BILL_CAUSE_TIERS] = 75}}};
    cr_expect(
        eq(str, (char *)study_bill_causes_words(&arena, &study),
           "the cheapest way to pay for what the replay used is $900 before the bill's rules, of "
           "which come "
           "commitments in the provider's order $30.0, spot taken back in its first hour is free "
           "-$5.00, volume tiers and lengths of months $75.0"));
    study.gaps.causes[BILL_CAUSE_ORDER] = study.gaps.causes[BILL_CAUSE_FREE_HOUR] =
        study.gaps.causes[BILL_CAUSE_TIERS] = 0;
    cr_expect(eq(str, (char *)study_bill_causes_words(&arena, &study), ""));
    arena_release(&arena);
}
