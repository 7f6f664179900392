/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: the change proposed where nothing fits is the smallest of its limit and the cheapest of its
 * kind, and what can be carried is told in whole instances: by hand, and on random inputs against
 * counts of instances added up here. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
}

static void expect_words(struct plan_fixture *f, const char *words) {
    struct plan plan;
    solve(f, &plan);
    cr_assert(not(plan.feasible));
    cr_expect(strstr(plan.infeasible, words) != NULL, "'%s' is not in '%s'", words,
              plan.infeasible);
}

/* Capacity of 1, 2, ... instances together. */
static void curve(struct plan_fixture *f, int candidate, const double *rates, int n) {
    f->capacities[candidate].n_points = n;
    for (int i = 0; i < n; i++)
        f->capacities[candidate].points[i] =
            (struct capacity_point){.replicas = i + 1, .rate_per_second = rates[i]};
}

static int fewest(const double *rates, int n, double rate) {
    for (int i = 0; i < n; i++)
        if (rates[i] >= rate)
            return i + 1;
    return n + 1;
}

/* Three workloads of a tenth of an instance each: fractions fit in one, whole instances are three.
 */
Test(remedy, what_can_be_had_is_raised_to_whole_instances) {
    struct plan_fixture f;
    struct plan_supply supply = {.at_once = 1};
    fixture_open(&f, 3, 1);
    int offer = fixture_offer(&f, "g6", "g6", 1, -1);
    for (int w = 0; w < 3; w++) {
        fixture_candidate(&f, w, offer, 10);
        fixture_demand(&f, w, (double[]){1});
    }
    f.input.supply = &supply;
    f.input.n_supply = 1;
    expect_words(&f, "Cheapest change that works: get 3 at once, or hold capacity for them; the "
                     "plan then costs $2.19K a month.");
    struct plan plan;
    supply.at_once = 2;
    solve(&f, &plan);
    cr_expect(not(plan.feasible));
    supply.at_once = 3;
    solve(&f, &plan);
    cr_expect(plan.feasible, "%s", plan.infeasible);
    fixture_close(&f);
}

/* One type for one to three workloads, one hour: what is needed is the fewest instances that carry
 * each alone, added up. Of what can be had, and of a quota of 8 vCPU each. */
Test(remedy, random_curves_against_counts) {
    enum { ROUNDS = 60, POINTS = CAPACITY_POINTS_MAX };
    struct rng rng = rng_open(20261123, 1, RNG_TEST, 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct plan_fixture f;
        struct plan_supply supply = {.at_once = 1};
        bool of_quota = round % 2 == 0;
        int n_workloads = 1 + round % 3, needed = 0;
        fixture_open(&f, n_workloads, 1);
        int offer = fixture_offer(&f, "g6", "g6", 1, -1);
        for (int w = 0; w < n_workloads; w++) {
            double rates[POINTS], last = 0;
            for (int i = 0; i < POINTS; i++)
                rates[i] = last += fixture_draw(&rng, 2, 12);
            double rate = fixture_draw(&rng, 0.05, 0.9) * last;
            curve(&f, fixture_candidate(&f, w, offer, 1), rates, POINTS);
            fixture_demand(&f, w, &rate);
            needed += fewest(rates, POINTS, rate);
        }
        if (needed > 1 && of_quota)
            fixture_quota(&f, "G", false, 8);
        f.input.supply = of_quota ? NULL : &supply;
        f.input.n_supply = !of_quota;
        char words[64];
        snprintf(words, sizeof words, of_quota ? "raise it to %d vCPU;" : "get %d at once",
                 of_quota ? 8 * needed : needed);
        struct plan plan;
        solve(&f, &plan);
        cr_expect(eq(int, plan.feasible, needed == 1));
        if (needed > 1)
            cr_expect(strstr(plan.infeasible, words) != NULL, "round %d: '%s' is not in '%s'",
                      round, words, plan.infeasible);
        fixture_close(&f);
    }
}

/* --- what whole instances carry --- */

/* One instance carries 8, two 20; there is room for one, and 5 are left to the API: 13 of 28, where
 * half of a pair would be 15. */
Test(remedy, what_is_carried_is_in_whole_instances) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    curve(&f, fixture_instance(&f, 0, "g6", 8, 1, -1), (double[]){8, 20}, 2);
    fixture_api(&f, 0, "api", 0.001, 5);
    fixture_quota(&f, "G", false, 8);
    fixture_demand(&f, 0, (double[]){28});
    expect_words(&f, "28 requests/s arrive, only 13 can be carried (15 missing): ");
    f.input.n_quotas = 0; /* the same of what can be had */
    struct plan_supply supply = {.at_once = 1};
    f.input.supply = &supply;
    f.input.n_supply = 1;
    expect_words(&f, "28 requests/s arrive, only 13 can be carried (15 missing): ");
    fixture_close(&f);
}

/* Spot may carry 30 % of what arrives, not of what is carried: 9 of 30 beside one instance of 10
 * (8 vCPU) on demand. */
Test(remedy, the_share_of_spot_is_of_what_arrives) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, 0.5);
    fixture_quota(&f, "G", false, 8);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.3;
    fixture_demand(&f, 0, (double[]){30});
    expect_words(&f, "30 requests/s arrive, only 19 can be carried (11 missing): ");
    fixture_close(&f);
}

/* A year upfront of an instance of 0.5 USD/h is 4,380 USD: 6,570 are one and a half. The hour that
 * needs more than one is the second. */
Test(remedy, the_hour_that_nothing_covers_is_named) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    int c = fixture_instance(&f, 0, "g6", 10, 1, -1);
    fixture_commitment(&f, f.candidates[c].offer, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT,
                       0.5);
    f.input.allow_on_demand = false;
    f.input.policy.upfront_usd_max = 6570;
    fixture_demand(&f, 0, (double[]){5, 15});
    expect_words(&f, "in the hour Mon 01:00 UTC 15 requests/s arrive, and no whole number of "
                     "instances carries them (only 10, 5 missing): ");
    fixture_close(&f);
}

/* --- the policy --- */

static void open_reserved(struct plan_fixture *f, int years, enum payment payment, double usd,
                          double on_demand) {
    fixture_open(f, 1, 1);
    int c = fixture_instance(f, 0, "g6", 10, on_demand, -1);
    fixture_commitment(f, f->candidates[c].offer, COMMIT_RESERVED_STANDARD, years, payment, usd);
    fixture_demand(f, 0, (double[]){20});
    f->input.allow_on_demand = false;
    f->input.where = (struct plan_where){.purchase = "fleet.yaml:17",
                                         .term = "fleet.yaml:18",
                                         .upfront = "fleet.yaml:19",
                                         .coverage = "fleet.yaml:20"};
}

/* Two instances of three years at 0.5 are 730 a month, on demand at 2 four times that; on demand at
 * 0.4 is 584. */
Test(remedy, a_longer_term) {
    struct plan_fixture f;
    open_reserved(&f, 3, PAY_NO_UPFRONT, 0.5, 2);
    f.input.policy.term_years_max = 1;
    expect_words(&f, "chat: in the hour Mon 00:00 UTC 20 requests/s arrive, only 0 can be carried "
                     "(20 missing): on demand is not allowed (fleet.yaml:17) and terms of more "
                     "than 1 year are not allowed (fleet.yaml:18). Cheapest change that works: "
                     "allow terms of 3 years; the plan then costs $730 a month.");
    f.input.policy.term_years_max = 0;
    expect_words(&f, "and no commitment is allowed (fleet.yaml:18). Cheapest change that works: "
                     "allow terms of 3 years;");
    fixture_close(&f);
    open_reserved(&f, 3, PAY_NO_UPFRONT, 0.5, 0.4);
    f.input.policy.term_years_max = 1;
    expect_words(&f, "Cheapest change that works: allow on demand; the plan then costs $584 a");
    fixture_close(&f);
}

/* 4,380 USD upfront each: two are 8,760, 5,000 are enough for one. */
Test(remedy, more_upfront) {
    struct plan_fixture f;
    struct plan plan;
    open_reserved(&f, 1, PAY_ALL_UPFRONT, 0.5, 2);
    f.input.policy.upfront_usd_max = 5000;
    expect_words(&f, "only 10 can be carried (10 missing): on demand is not allowed "
                     "(fleet.yaml:17) and at most 5,000 USD may be paid upfront (fleet.yaml:19). "
                     "Cheapest change that works: let 8,760 USD be paid upfront; the plan then "
                     "costs $730 a month.");
    f.input.policy.upfront_usd_max = 8759;
    solve(&f, &plan);
    cr_expect(not(plan.feasible));
    f.input.policy.upfront_usd_max = 8760;
    solve(&f, &plan);
    cr_expect(plan.feasible, "%s", plan.infeasible);
    fixture_close(&f);
}

/* Without on demand commitments cover all of what runs, or nothing runs. */
Test(remedy, more_coverage) {
    struct plan_fixture f;
    open_reserved(&f, 1, PAY_NO_UPFRONT, 0.5, 2);
    f.input.policy.coverage_max = 0.5;
    expect_words(&f, "only 0 can be carried (20 missing): on demand is not allowed "
                     "(fleet.yaml:17) and commitments may cover at most 50% (fleet.yaml:20). "
                     "Cheapest change that works: let commitments cover 100%; the plan then costs "
                     "$730 a month.");
    fixture_close(&f);
}

/* A quota comes first; that it is not the cheapest change of all is told: two instances on demand
 * are 1,460 a month, on spot 730. */
Test(remedy, a_cheaper_change_of_the_policy_is_told_beside) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, 0.5);
    fixture_quota(&f, "G", false, 8);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.1;
    fixture_demand(&f, 0, (double[]){20});
    expect_words(&f, "Cheapest change of limits that works: raise it to 16 vCPU; the plan then "
                     "costs $1.46K a month. To let spot carry all of an hour's requests instead "
                     "is cheaper; the plan then costs $730 a month.");
    f.offers[0].spot = fixture_quote(1.5);
    expect_words(&f, "Cheapest change that works: raise it to 16 vCPU; the plan then costs $1.46K "
                     "a month.");
    fixture_close(&f);
}
