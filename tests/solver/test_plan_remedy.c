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

/* --- budgets --- */

/* Two half years of `each` planning hours; the budget is of the last month. */
static void open_year(struct plan_fixture *f, int each, const double *rates,
                      struct plan_budget *budget) {
    enum { MONTHS = 12, HALVES = 2 };
    static const bool last[MONTHS] = {[MONTHS - 1] = true};
    fixture_open(f, 1, HALVES * each);
    struct demand *demand = &f->demand;
    int64_t *from = arena_new(&f->arena, int64_t, MONTHS + 1);
    demand->n_weeks = HALVES;
    demand->n_months = demand->n_calendar = MONTHS;
    demand->horizon_hours = 730.0 * MONTHS;
    demand->month_hours = arena_new(&f->arena, double, MONTHS *HALVES);
    demand->calendar_from = from;
    demand->calendar_hours = demand->month_hours;
    for (int m = 0; m <= MONTHS; m++)
        from[m] = 730 * (int64_t)m;
    for (int m = 0; m < MONTHS; m++)
        demand->month_hours[m * HALVES + m / 6] = 730;
    for (int k = 0; k < HALVES; k++) {
        demand->weeks[k] = (struct demand_week){
            .month = 6 * k, .from_day = (int)lround(730.0 * 6 * k / 24), .weight = 730 * 6};
        for (int h = 0; h < each; h++)
            demand->weight[k * each + h] = 730.0 * 6 / each;
    }
    fixture_demand(f, 0, rates);
    *budget = (struct plan_budget){.name = "the budget of month 12", .months = last};
    f->input.budgets = budget;
    f->input.n_budgets = 1;
}

static double told_least(const struct plan *plan) {
    static const char words[] = "In whole instances the least that was found is ";
    const char *told = strstr(plan->infeasible, words);
    double usd = NAN;
    cr_assert(told != NULL, "%s", plan->infeasible);
    cr_assert(eq(int, sscanf(told + strlen(words), "%lf", &usd), 1));
    return usd;
}

/* With next to nothing for the month there is no plan; with the amount that is then told, never
 * less than `least`, there is one. True where it is `least` itself. */
static bool raise_to_least(struct plan_fixture *f, struct plan_budget *budget, double least,
                           int round) {
    struct plan plan;
    budget->usd = 10;
    solve(f, &plan);
    cr_assert(not(plan.feasible));
    budget->usd = told_least(&plan);
    cr_expect(ge(dbl, budget->usd, least - 0.001), "round %d: %s", round, plan.infeasible);
    solve(f, &plan);
    cr_expect(plan.feasible, "round %d: %s", round, plan.infeasible);
    return budget->usd < least + 0.011;
}

/* What the last month costs at the least: everything in it reserved, a small one at 0.6 and a large
 * one at `large_usd`, in the cheapest numbers that carry the rate. */
static double least_month(double rate, double large_rate, double large_usd) {
    double least = INFINITY;
    for (int large = 0; large <= 1 + rate / large_rate; large++) {
        double left = fmax(0, rate - large * large_rate);
        least = fmin(least, 730 * (large * large_usd + 0.6 * ceil(left / 10)));
    }
    return least;
}

/* A small type of 10 requests/s (1 USD on demand, 0.6 reserved for the year) and a large one; the
 * second half year needs more than the first, so that the cheapest plan of the year keeps part of
 * it on demand and the last month costs more than it has to. What is told works, is never less than
 * the enumeration's, and mostly that. */
Test(remedy, a_budget_is_raised_to_the_least_that_works) {
    enum { ROUNDS = 40 };
    struct rng rng = rng_open(20261123, 2, RNG_TEST, 0);
    int n_least = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct plan_fixture f;
        struct plan_budget budget;
        double rate = fixture_draw(&rng, 15, 90), large = fixture_draw(&rng, 22, 38);
        double usd = fixture_draw(&rng, 0.9, 1.1) * large / 10;
        open_year(&f, 1, (double[]){fixture_draw(&rng, 0.1, 0.5) * rate, rate}, &budget);
        fixture_instance(&f, 0, "g6", 10, 1, -1);
        fixture_instance(&f, 0, "p5", large, usd, -1);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
        fixture_commitment(&f, 1, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6 * usd);
        n_least += raise_to_least(&f, &budget, least_month(rate, large, 0.6 * usd), round);
        fixture_close(&f);
    }
    cr_expect(ge(int, n_least, 36), "%d", n_least);
}

enum { LEVELS = 12, MOST = 16 };

/* rates[n]: of n instances, linear between the five points of the curve. */
static void draw_curve(struct rng *rng, struct capacity *capacity, double *rates) {
    double each = 100;
    rates[0] = 0;
    capacity->n_points = CAPACITY_POINTS_MAX;
    for (int i = 0, n = 1, last = 0; i < CAPACITY_POINTS_MAX; i++, last = n, n *= 2) {
        each *= fixture_draw(rng, 0.98, 1.03);
        rates[n] = fmax(each * n, rates[last] + 1);
        capacity->points[i] = (struct capacity_point){.replicas = n, .rate_per_second = rates[n]};
        for (int k = last + 1; k < n; k++)
            rates[k] = rates[last] + (rates[n] - rates[last]) * (k - last) / (n - last);
    }
}

/* A month with so many reserved: in each of its levels the cheapest of regular and spot, of which
 * spot carries 30 % at most. */
static double month_usd(const double *rates, const double *demand, int reserved) {
    double usd = 730 * 0.6 * reserved;
    for (int h = 0; h < LEVELS; h++) {
        double least = INFINITY;
        for (int n = 0; n <= MOST; n++)
            for (int spot = 0; n + spot <= MOST && rates[n] >= 0.7 * demand[h]; spot++)
                if (rates[n + spot] >= demand[h])
                    least = fmin(least, fmax(0, n - reserved) + 0.4 * spot);
        usd += 730.0 / LEVELS * least;
    }
    return usd;
}

/* A year of twelve levels, six tenths as high in its first half, on demand at 1 USD, on spot at 0.4
 * and reserved at 0.6, and a budget of next to nothing for its last month: the least that works is
 * the enumeration's over all numbers of reserved instances, whatever the year then costs. */
Test(remedy, a_budget_against_enumeration) {
    enum { ROUNDS = 30 };
    struct rng rng = rng_open(20261123, 3, RNG_TEST, 0);
    int n_least = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct plan_fixture f;
        struct plan_budget budget;
        struct capacity capacity = {.feasible = true};
        double rates[MOST + 1], demand[2 * LEVELS], least = INFINITY;
        draw_curve(&rng, &capacity, rates);
        for (int h = 0; h < LEVELS; h++) {
            demand[LEVELS + h] = fixture_draw(&rng, 0.05, 0.9) * rates[MOST];
            demand[h] = 0.6 * demand[LEVELS + h];
        }
        open_year(&f, LEVELS, demand, &budget);
        int c = fixture_instance(&f, 0, "g6", 10, 1, 0.4);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
        f.capacities[c] = capacity;
        f.input.allow_spot = true;
        f.input.policy.spot_share_max = 0.3;
        for (int reserved = 0; reserved <= MOST; reserved++)
            least = fmin(least, month_usd(rates, demand + LEVELS, reserved));
        n_least += raise_to_least(&f, &budget, least, round);
        fixture_close(&f);
    }
    cr_expect(ge(int, n_least, 27), "%d", n_least);
}
