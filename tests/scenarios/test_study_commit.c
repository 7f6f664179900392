/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be committed to, and when, in whole studies of one instance that runs all year: plan,
 * bill and statement against sums in the comments. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"
#include "scenarios/scenario_block.h"
#include "scenarios/study_supply.h"

#define MONTH_H 730.0

static const char book[] =
    "headroom_price_book,1,round,USD\n"
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"
    "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,1,published,here,2026-11-01\n"
    "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,no_upfront,hour,0.6,published,here,2026-"
    "11-01\n"
    "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,all_upfront,hour,0.5,published,here,2026-"
    "11-"
    "01\n"
    "instance,g5.xlarge,us-east-1,on_demand,,,hour,0.9,published,here,2026-11-01\n";

#define ROUND HEAD "prices: book.csv\nscaling: { boot: 0s }\n"

static const char *try_run(struct arena *arena, const char *text, struct study *study) {
    const struct memory_file files[] = {{"t.yaml", text}, {"book.csv", book}, {NULL, NULL}};
    return memory_study(arena, (struct memory_run){.files = files, .alone = true}, study);
}

static struct study run(struct arena *arena, const char *text) {
    struct study study;
    const char *got = try_run(arena, text, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static double of_month(const struct study *study, int month, bool billed) {
    double usd = 0;
    for (int i = 0; i < study->statement->n_rows; i++)
        if (study->statement->rows[i].month == month)
            usd += money_amount_usd(billed ? study->statement->rows[i].billed
                                           : study->statement->rows[i].effective);
    return usd;
}

#define OWNED                                                                                      \
    "estate: { owned: [ { reserved: standard, instance: g4dn.xlarge, count: 1, rate: 0.4 USD/h, "  \
    "ends: 2027-06-15 } ] }\n"

/* One is owned at 0.4 for 196 days, to 15 June. A year at 0.6 from day one would cost more than 169
 * days on demand: (196 x 0.4 + 169 x 1) x 24 = 5937.6 USD. Bought on 1 June, month 6, it is held
 * for 183 days: 196 x 0.4 x 24 + 183 x 0.6 x 24 = 4516.8, in plan, bill and statement alike; in
 * June, with both held for 14 days, 14 x 24 x 0.4 + 30 x 24 x 0.6 = 566.4. Its term goes on for 182
 * days. */
Test(study_commit, a_purchase_in_month_six) {
    struct arena arena = {0};
    struct study late =
        run(&arena, ROUND OWNED "purchase: [ on_demand, { reserved: standard } ]\n" EMBED);
    cr_expect(epsilon_eq(dbl, late.recommended.plan->usd_per_hour * 8760, 5937.6, 1e-6));
    cr_expect(epsilon_eq(dbl, late.recommended.bill_usd_per_month * 12, 5937.6, 0.01));
    struct study study =
        run(&arena,
            ROUND OWNED "purchase: [ on_demand, { reserved: standard, start: [0, 6] } ]\n" EMBED);
    const struct plan *plan = study.recommended.plan;
    cr_expect(epsilon_eq(dbl, plan->usd_per_hour * 8760, 4516.8, 1e-6));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month * 12, 4516.8, 0.01));
    cr_expect(epsilon_eq(dbl, money_amount_usd(study.statement->effective), 4516.8, 0.01));
    cr_assert(eq(int, plan->n_commitments, 2));
    cr_expect(eq(i64, plan->commitments[1].commitment.from_s, 182 * 86400LL));
    cr_expect(epsilon_eq(dbl, plan->commitments[1].liability_usd, 182 * 24 * 0.6, 1e-6));
    cr_expect(epsilon_eq(dbl, of_month(&study, 5, false), 31 * 24 * 0.4, 0.01));
    cr_expect(epsilon_eq(dbl, of_month(&study, 6, false), 566.4, 0.01));
    cr_expect(epsilon_eq(dbl, of_month(&study, 7, true), 31 * 24 * 0.6, 0.01));
    arena_release(&arena);
}

/* A ladder is a list of months; both at once, and a month after the horizon, are mistakes. */
Test(study_commit, ladders_and_mistakes) {
    struct arena arena = {0};
    struct study study =
        run(&arena, ROUND OWNED
            "purchase: [ on_demand, { reserved: standard, ladder: quarterly } ]\n" EMBED);
    cr_expect(eq(u64, study.scenario.start_months[0], 1 | 1 << 3 | 1 << 6 | 1 << 9));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour * 8760, 4516.8, 1e-6));
    const char *both = try_run(
        &arena, ROUND "purchase: [ { reserved: standard, ladder: monthly, start: 3 } ]\n" EMBED,
        &study);
    cr_expect(strstr(both, "purchases without a ladder") != NULL, "%s", both);
    const char *after =
        try_run(&arena, ROUND "purchase: [ { reserved: standard, start: 12 } ]\n" EMBED, &study);
    cr_expect(strstr(after, "month 12 is not in a horizon of 12 months") != NULL, "%s", after);
    const char *twice = try_run(
        &arena, ROUND "purchase: [ { reserved: standard, start: [2, 2, 0] } ]\n" EMBED, &study);
    cr_expect(strstr(twice, "month 2 is named twice") != NULL, "%s", twice);
    arena_release(&arena);
}

/* Reserved in its zone the instance costs 0.6 an hour, in plan and bill alike; where the type is
 * hard to get that scope is bought of the two, and holds the capacity in every hour. In each of two
 * zones one would be 1.2 for one instance: none is. Savings plans have no scope. */
Test(study_commit, reserved_in_a_zone) {
    struct arena arena = {0};
    struct study study = run(
        &arena, ROUND "purchase: [ on_demand, { reserved: standard, scope: [regional, zonal] } ]\n"
                      "estate: { supply: [ { instance: g4dn.xlarge, obtainable: 30% } ] }\n" EMBED);
    const struct plan *plan = study.recommended.plan;
    cr_assert(eq(int, plan->n_commitments, 1));
    cr_expect(eq(int, plan->commitments[0].commitment.zone, 1));
    cr_expect(epsilon_eq(dbl, plan->usd_per_hour, 0.6, 1e-9));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 0.6 * MONTH_H, 0.01));
    const int32_t *held = study_guaranteed(&arena, &study, plan, 0, 0);
    cr_assert(not(zero(ptr, (void *)held)));
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        cr_assert(eq(i32, held[h], plan->regular[h]));
    cr_expect(strstr(study.actions[0].text, "in zone 1 as a 1-year reserved instance") != NULL,
              "%s", study.actions[0].text);
    struct study region =
        run(&arena, ROUND
            "purchase: [ on_demand, { reserved: standard, scope: [regional, zonal] } ]\n" EMBED);
    cr_assert(eq(int, region.recommended.plan->n_commitments, 1));
    cr_expect(eq(int, region.recommended.plan->commitments[0].commitment.zone, 0));
    struct study two =
        run(&arena, ROUND "purchase: [ on_demand, { reserved: standard, scope: zonal } ]\n"
                          "resilience: { zones: 2 }\n" EMBED);
    cr_expect(eq(int, two.recommended.plan->n_commitments, 0));
    struct study held_in_two =
        run(&arena, ROUND "purchase: [ on_demand, { reserved: standard, scope: zonal } ]\n"
                          "estate: { supply: [ { instance: g4dn.xlarge, at_once: 0 } ] }\n"
                          "resilience: { zones: 2 }\n" EMBED);
    cr_expect(eq(int, held_in_two.recommended.plan->n_commitments, 2));
    cr_expect(strstr(held_in_two.headline, "Commit to 1 x g4dn.xlarge in each of 2 zones as 1-year "
                                           "reserved instances, no upfront, run") != NULL,
              "%s", held_in_two.headline);
    const char *plan_scope = try_run(
        &arena, ROUND "purchase: [ { savings_plan: compute, scope: zonal } ]\n" EMBED, &two);
    cr_expect(strstr(plan_scope, "reserved instances") != NULL, "%s", plan_scope);
    arena_release(&arena);
}

/* The workload has one reserved instance from noon to midnight. A job on the type from each
 * midnight on takes 10 of its other 12 hours; 2 x 365 x 0.6 = 438 USD, 36.5 a month, are unused. Of
 * one node nothing is told, for nothing is paid on demand. Of two one is, 10 x 365 = 3650 USD,
 * 304.17 a month. */
Test(study_commit, jobs_beside_what_is_owned_are_told) {
    static const char told[] =
        "owned: 1 x g4dn.xlarge reserved instance is for what jobs run on demand at $304 a month, "
        "and $36.5 a month of it is unused: in other hours of the week, as runs are placed in it "
        "evenly from its Monday on; other hours may be covered";
    for (int nodes = 1; nodes <= 2; nodes++) {
        struct arena arena = {0};
        struct study study =
            run(&arena,
                arena_printf(&arena,
                             ROUND
                             "purchase: [ on_demand ]\njobs: [ { name: tune, kind: "
                             "data_preparation, every: 1d, mtbf: 36500d, purchase: [ on_demand ], "
                             "nodes: %d, regions: [us-east-1], run_on: [ { instance: g4dn.xlarge, "
                             "alone: %dh } ] } ]\n"
                             "estate: { owned: [ { reserved: standard, instance: g4dn.xlarge, "
                             "count: 1, rate: 0.6 USD/h, ends: 2028-01-01 } ] }\n%s",
                             nodes, 10 * nodes, AFTERNOONS));
        cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 438, 0.01));
        cr_expect(epsilon_eq(dbl, study.jobs_usd_per_month, (nodes - 1) * 3650.0 / 12, 0.01));
        cr_expect(eq(str, (char *)notice_of(&study, "owned-jobs"),
                     nodes == 1 ? (char *)"" : (char *)told));
        cr_expect(not(has_notice(&study, "commitment-outside")));
        arena_release(&arena);
    }
}

/* What is reserved for no candidate's type is not told to be for nothing when a job runs on it. */
Test(study_commit, what_jobs_alone_use_is_not_for_nothing) {
    struct arena arena = {0};
    struct study study =
        run(&arena, ROUND "purchase: [ on_demand ]\njobs: [ { name: tune, kind: data_preparation, "
                          "every: 1d, mtbf: 36500d, purchase: [ on_demand ], regions: [us-east-1], "
                          "run_on: [ { instance: g5.xlarge, alone: 24h } ] } ]\n"
                          "estate: { owned: [ { reserved: standard, instance: g5.xlarge, count: 1, "
                          "rate: 0.5 USD/h, ends: 2028-01-01 } ] }\n" EMBED);
    cr_expect(zero(dbl, study.jobs_usd_per_month));
    cr_expect(not(has_notice(&study, "commitment-outside")));
    cr_expect(not(has_notice(&study, "idle-commitment")));
    cr_expect(not(has_notice(&study, "owned-jobs")));
    arena_release(&arena);
}

/* Two instances run, one in each of two zones. One reserved in each covers both, as the plan
 * counts; of two reserved in the second one covers nothing, which the bill finds: 1.2 for them and
 * 1 on demand. */
Test(study_commit, owned_in_another_zone_is_told) {
    static const struct {
        const char *owned, *told;
        double usd_per_hour;
    } cases[] = {
        {"{ reserved: standard, instance: g4dn.xlarge, count: 1, zone: 1, rate: 0.6 USD/h, ends: "
         "2028-01-01 }, { reserved: standard, instance: g4dn.xlarge, count: 1, zone: 2, rate: 0.6 "
         "USD/h, ends: 2028-01-01 }",
         "", 1.2},
        {"{ reserved: standard, instance: g4dn.xlarge, count: 2, zone: 2, rate: 0.6 USD/h, ends: "
         "2028-01-01 }",
         "owned: 2 x g4dn.xlarge reserved instance is in zone 2 of 2 alone: the plan counts with "
         "100% of it, and the spread over the zones uses 50%; the rest is in the gap of billing "
         "rules, and what the plan buys may be too little elsewhere",
         2.2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study =
            run(&arena, arena_printf(&arena,
                                     ROUND "purchase: [ on_demand ]\nresilience: { zones: 2, "
                                           "survive: instance, spare: buy }\n"
                                           "estate: { owned: [ %s ] }\n%s",
                                     cases[i].owned, EMBED));
        cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 1.2, 1e-9));
        cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month,
                             cases[i].usd_per_hour * MONTH_H, 0.01));
        cr_expect(eq(str, (char *)notice_of(&study, "owned-zone"), (char *)cases[i].told));
        arena_release(&arena);
    }
}

#define BOTH "purchase: [ on_demand, { reserved: standard, payment: [no_upfront, all_upfront] } ]\n"

/* All upfront at 0.5 pays 4380 USD in December, without it 0.6 x 744 = 446.4 is the dearest month.
 * A budget of 500 a month in cash: compared only, the cheaper is bought and December is over it;
 * kept, the other is. Less than 446.4 cannot be. */
Test(study_commit, a_budget_that_is_kept) {
    struct arena arena = {0};
    struct study compared =
        run(&arena, ROUND BOTH "budgets: [ { scope: all, month: 500 USD, basis: cash } ]\n" EMBED);
    cr_expect(epsilon_eq(dbl, compared.recommended.plan->usd_per_hour, 0.5, 1e-9));
    cr_assert(eq(int, compared.n_budgets, 12));
    cr_expect(gt(i64, compared.budgets[0].spent, compared.budgets[0].limit));
    cr_expect(eq(str, (char *)study_period_words(&arena, compared.budgets[1].period), "2027-01"));
    struct study kept =
        run(&arena, ROUND BOTH
            "budgets: [ { scope: all, month: 500 USD, basis: cash, enforce: on } ]\n" EMBED);
    cr_expect(epsilon_eq(dbl, kept.recommended.plan->usd_per_hour, 0.6, 1e-9));
    for (int i = 0; i < 12; i++)
        cr_expect(le(i64, kept.budgets[i].spent, kept.budgets[i].limit), "month %d", i);
    struct study none =
        run(&arena, ROUND BOTH
            "budgets: [ { scope: all, month: 440 USD, basis: cash, enforce: on } ]\n" EMBED);
    cr_assert(none.infeasible);
    const char *why = none.recommended.plan->infeasible;
    cr_expect(strstr(why, "the budget of 2026-12 (cash) of 440.00 USD (t.yaml:8) cannot be kept") !=
                  NULL,
              "%s", why);
    cr_expect(strstr(why, "446.40 USD") != NULL, "%s", why);
    struct study other;
    const char *cash = try_run(
        &arena, ROUND "budgets: [ { tag: a=b, month: 500 USD, basis: cash, enforce: on } ]\n" EMBED,
        &other);
    cr_expect(strstr(cash, "budget of a tag in amortised cost only") != NULL, "%s", cash);
    arena_release(&arena);
}

/* The one workload has the tag: 0.6 x 744 = 446.4 USD in the dearest month is what it costs at
 * least, and of another tag nothing is. */
Test(study_commit, a_budget_of_a_tag_that_is_kept) {
    struct arena arena = {0};
#define FOR_A_YEAR "purchase: [ on_demand, { reserved: standard } ]\n"
#define WITH_TAG EMBED "    tags: { team: search }\n"
    struct study kept =
        run(&arena, ROUND FOR_A_YEAR
            "budgets: [ { tag: team=search, month: 447 USD, enforce: on } ]\n" WITH_TAG);
    cr_expect(not(kept.infeasible));
    cr_expect(epsilon_eq(dbl, kept.recommended.plan->usd_per_hour, 0.6, 1e-9));
    struct study none =
        run(&arena, ROUND FOR_A_YEAR
            "budgets: [ { tag: team=search, month: 446 USD, enforce: on } ]\n" WITH_TAG);
    cr_assert(none.infeasible);
    cr_expect(
        strstr(
            none.recommended.plan->infeasible,
            "the budget of team=search for 2026-12 (amortised) of 446.00 USD (t.yaml:8) cannot be "
            "kept. In whole instances the least that was found is 446.40 USD") != NULL,
        "%s", none.recommended.plan->infeasible);
    struct study others =
        run(&arena, ROUND FOR_A_YEAR
            "budgets: [ { tag: team=mail, month: 1 USD, enforce: on } ]\n" WITH_TAG);
    cr_expect(not(others.infeasible));
    arena_release(&arena);
}

/* An instance hour at full work is known from the catalogue's figures; a year of it is not less
 * than what the replay finds at its own share of work. */
Test(study_commit, a_limit_of_carbon) {
    struct arena arena = {0};
    struct study none = run(&arena, ROUND "policy: { carbon_max: 1 kg }\n" EMBED);
    cr_assert(none.infeasible);
    cr_expect(
        strstr(none.recommended.plan->infeasible,
               "the limit of carbon over the horizon of 1 kg CO2e (t.yaml:7) cannot be kept") !=
            NULL,
        "%s", none.recommended.plan->infeasible);
    struct study wide = run(&arena, ROUND "policy: { carbon_max: 100 t }\n" EMBED);
    cr_assert(not(wide.infeasible));
    double each = wide.plan_input.carbon->kg_per_instance_hour[0];
    struct study_carbon found = study_fleet_carbon(&arena, &wide, &wide.recommended);
    double replayed = (found.kg_operation.value + found.kg_embodied.value) / MONTH_H;
    cr_expect(gt(dbl, each, replayed));
    cr_expect(lt(dbl, each, 4 * replayed));
    arena_release(&arena);
}

#define BLOCK(more)                                                                                \
    "purchase: [ on_demand, { capacity: block, instance: g4dn.xlarge, starts: 2027-03-20, days: "  \
    "14, " more " } ]\n"

/* A block of 14 days from 20 March to 3 April: 336 hours. At 0.9 USD an instance hour it is bought
 * for the one instance that runs, 336 x 0.9 = 302.4 USD, all on 20 March, and the year costs 0.1 x
 * 336 = 33.6 less than on demand; at 1.1 it is not. Break-even: 0.9 of the time. */
Test(study_commit, a_capacity_block) {
    struct arena arena = {0};
    struct study study = run(&arena, ROUND BLOCK("rate: 0.9 USD/h") EMBED);
    const struct plan *plan = study.recommended.plan;
    cr_assert(eq(int, plan->n_commitments, 1));
    cr_expect(eq(dbl, plan->commitments[0].commitment.count, 1));
    cr_expect(epsilon_eq(dbl, plan->commitments[0].upfront_usd, 302.4, 1e-9));
    cr_expect(epsilon_eq(dbl, plan->commitments[0].break_even, 0.9, 1e-9));
    cr_expect(epsilon_eq(dbl, plan->commitments[0].liability_usd, 0, 1e-9));
    cr_expect(epsilon_eq(dbl, plan->usd_per_hour * 8760, 8760 - 33.6, 1e-6));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month * 12, 8760 - 33.6, 0.01));
    /* March: 456 hours on demand and the payment; April: 2 of its days are paid already */
    cr_expect(epsilon_eq(dbl, of_month(&study, 3, true), 19 * 24 + 302.4, 0.01));
    cr_expect(epsilon_eq(dbl, of_month(&study, 3, false), 19 * 24 + 12 * 24 * 0.9, 0.01));
    cr_expect(epsilon_eq(dbl, of_month(&study, 4, true), 28 * 24, 0.01));
    struct text table = {.arena = &arena};
    result_append_commitments_csv(&study, &table);
    cr_expect(strstr(table.data, ",2027-03-20,2027-04-03,\n") != NULL, "%s", table.data);
    struct study dear = run(&arena, ROUND BLOCK("rate: 1.1 USD/h") EMBED);
    cr_expect(eq(int, dear.recommended.plan->n_commitments, 0));
    arena_release(&arena);
}

/* Without on demand two reservations carry the year between them, the second from 1 June; each
 * costs the on-demand rate. */
Test(study_commit, reservations_instead_of_on_demand) {
    struct arena arena = {0};
    struct study study =
        run(&arena,
            ROUND "purchase: [ { capacity: reservation, instance: g4dn.xlarge, days: 182 }, "
                  "{ capacity: reservation, instance: g4dn.xlarge, starts: 2027-06-01 } ]\n" EMBED);
    cr_assert(not(study.infeasible));
    cr_assert(eq(int, study.recommended.plan->n_commitments, 2));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->usd_per_hour, 1, 1e-9));
    struct study none =
        run(&arena,
            ROUND "purchase: [ { capacity: reservation, instance: g4dn.xlarge, days: 181 }, "
                  "{ capacity: reservation, instance: g4dn.xlarge, starts: 2027-06-01 } ]\n" EMBED);
    cr_expect(none.infeasible); /* 31 May has neither */
    arena_release(&arena);
}

/* Every whole day to 14 and every week from there to 26: 14 + 24 lengths. Between two of them the
 * nearest are told; half a day has none below. */
Test(study_commit, lengths_of_blocks_that_are_sold) {
    int n = 0, shorter, longer;
    for (int days = 1; days <= 400; days++)
        n += block_length_sold(days, &shorter, &longer);
    cr_expect(eq(int, n, 14 + 24));
    static const struct {
        double days;
        int shorter, longer;
    } cases[] = {{0.5, 0, 1},  {1.5, 1, 2},     {13.5, 13, 14}, {14.5, 14, 21},
                 {60, 56, 63}, {181, 175, 182}, {183, 182, 0},  {1e9, 182, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect(not(block_length_sold(cases[i].days, &shorter, &longer)), "%zu", i);
        cr_expect(eq(int, shorter, cases[i].shorter), "%zu", i);
        cr_expect(eq(int, longer, cases[i].longer), "%zu", i);
    }
}

/* 2027-01-26 is 56 days after 2026-12-01, the day after 57. */
Test(study_commit, blocks_that_begin_later_than_they_are_sold) {
    static const struct {
        const char *starts, *told;
    } cases[] = {{"2027-01-26", ""},
                 {"2027-01-27",
                  "the capacity block of g4dn.xlarge begins on 2027-01-27, 57 days after the "
                  "horizon does; it is sold 8 weeks ahead, from 2026-12-02 on, at that day's rate "
                  "and if there is one then"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study =
            run(&arena, arena_printf(&arena,
                                     "%spurchase: [ on_demand, { capacity: block, instance: "
                                     "g4dn.xlarge, starts: %s, days: 7, rate: 2 USD/h } ]\n%s",
                                     ROUND, cases[i].starts, EMBED));
        const char *told = "";
        for (int k = 0; k < study.n_notices; k++)
            if (strcmp(study.notices[k].id, "block-ahead") == 0)
                told = study.notices[k].text;
        cr_expect(eq(str, (char *)told, (char *)cases[i].told));
        arena_release(&arena);
    }
}

Test(study_commit, mistakes_of_capacity) {
    static const struct {
        const char *purchase, *told;
    } cases[] = {
        {"{ capacity: block, instance: g4dn.xlarge, days: 3, rate: 1 USD/h }",
         "'starts' is missing"},
        {"{ capacity: block, instance: g4dn.xlarge, days: 3, starts: 2028-01-01, rate: 1 USD/h }",
         "the capacity does not begin in the horizon"},
        {"{ capacity: block, instance: g4dn.xlarge, days: 3, starts: 2027-01-01 }",
         "no rate is known for the capacity block"},
        {"{ capacity: block, instance: c7g.xlarge, days: 3, starts: 2027-01-01, rate: 1 USD/h }",
         "no workload can run on 'c7g.xlarge'"},
        {"{ capacity: block, instance: g4dn.xlarge, days: 15, starts: 2027-01-01, rate: 1 USD/h }",
         "no capacity block of 15 days is sold | 14 or 21 days are: whole days up to 14, then"},
        {"{ capacity: block, instance: g4dn.xlarge, days: 365, starts: 2027-01-01, rate: 1 USD/h }",
         "no capacity block of 365 days is sold | 182 days are: whole days up to 14, then"},
        {"{ capacity: reservation, instance: g4dn.xlarge, rate: 1 USD/h }",
         "'purchase.rate' is for blocks"},
        {"{ capacity: reservation, instance: g4dn.xlarge, term: 3y }",
         "'purchase.term' is for savings plans"},
        {"{ reserved: standard, days: 3 }", "'purchase.days' is for blocks"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = try_run(&arena,
                                  arena_printf(&arena, "%spurchase: [ on_demand, %s ]\n%s", ROUND,
                                               cases[i].purchase, EMBED),
                                  &study);
        cr_expect(strstr(got, cases[i].told) != NULL, "case %zu: %s", i, got);
        arena_release(&arena);
    }
}

#define NONE "supply: [ { instance: g4dn.xlarge, obtainable: 0% } ]"

/* One instance is needed from noon to midnight, and no launch on demand succeeds: every request is
 * lost. With a reservation of one each launch does. */
Test(study_commit, launches_in_held_capacity_succeed) {
    struct arena arena = {0};
    static const char reserved[] = ROUND
        "estate: { " NONE ", owned: [ { capacity: reservation, instance: g4dn.xlarge, count: 1, "
        "ends: 2027-12-01 } ] }\n";
    struct study none = run(&arena, ROUND "estate: { " NONE " }\n" AFTERNOONS);
    cr_expect(not(none.recommended.slo_met));
    struct study held = run(&arena, arena_printf(&arena, "%s%s", reserved, AFTERNOONS));
    cr_expect(held.recommended.slo_met);
    cr_expect(eq(i64, held.recommended.replays[0].good, held.recommended.replays[0].arrived));
    arena_release(&arena);
}
