/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recommend: the provider's fields and method against sums on paper, an exhaustive search over all
 * commitments, and the guardrails at their edges. curve: the whole-instance cost against the
 * newsvendor sum on paper. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"
#include "solver/curve.h"
#include "solver/recommend.h"

static const struct commitment_terms compute_plan = {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT};

#define near(a, b) epsilon_eq(dbl, (a), (b), 1e-9)

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
}

/* Usage alone: nothing may be bought. */
static void solve_usage(struct plan_fixture *f, struct plan *plan) {
    int n = f->input.n_terms;
    f->input.n_terms = 0;
    solve(f, plan);
    f->input.n_terms = n;
}

static const struct recommendation *look_back(struct plan_fixture *f, const struct plan *plan,
                                              double target, int *n) {
    const struct recommendation *rows;
    struct err err = {0};
    cr_assert(
        recommend_from_usage(&f->arena, &f->input, plan, compute_plan, target, &rows, n, &err),
        "%s", err.what);
    return rows;
}

/* One type at 1.00 on demand, 0.70 under the plan; 8 hours of 2 instances, 2 of 4. The third and
 * fourth are there in 20 % of the hours and would need 70 %: buy for two, 1.40 an hour.
 *   cost 10 x 1.40 = 14, left 2 x 2 = 4, before 8 x 2 + 2 x 4 = 24, savings 24 - 14 - 4 = 6 */
static void two_levels(struct plan_fixture *f, struct plan *usage) {
    fixture_open(f, 1, 10);
    fixture_instance(f, 0, "g6", 10, 1, -1);
    fixture_commitment(f, 0, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.7);
    double rates[10];
    for (int h = 0; h < 10; h++)
        rates[h] = h < 8 ? 20 : 40;
    fixture_demand(f, 0, rates);
    solve_usage(f, usage);
}

Test(recommend, the_providers_fields_by_hand) {
    struct plan_fixture f;
    struct plan usage;
    two_levels(&f, &usage);
    int n;
    const struct recommendation *row = look_back(&f, &usage, NAN, &n);
    cr_assert(eq(int, n, 1));
    cr_expect(eq(str, (char *)row->name, "1-year Compute savings plan, no upfront"));
    cr_expect(near(row->window_hours, 10));
    cr_expect(near(row->hourly_usd, 1.4));
    cr_expect(near(row->upfront_usd, 0));
    cr_expect(near(row->cost_usd, 14));
    cr_expect(near(row->on_demand_left_usd, 4));
    cr_expect(near(row->on_demand_now_usd, 24));
    cr_expect(near(row->savings_usd, 6));
    cr_expect(near(row->savings_share, 0.25));
    cr_expect(near(row->roi, 6 / 14.0));
    cr_expect(near(row->utilisation, 1));
    cr_expect(near(row->hourly_now_mean_usd, 2.4));
    cr_expect(near(row->hourly_now_least_usd, 2));
    cr_expect(near(row->hourly_now_most_usd, 4));
    cr_expect(near(row->coverage_now, 0));
    cr_expect(near(row->coverage, 20 / 24.0));
    fixture_close(&f);
}

/* 90 % of 24 is 21.6: 0.8 of an instance more in two hours, 0.56 an hour. It is used in those
 * alone: 1.40 x 8 + 1.96 x 2 of 19.60. */
Test(recommend, target_coverage_by_hand) {
    struct plan_fixture f;
    struct plan usage;
    two_levels(&f, &usage);
    int n;
    const struct recommendation *row = look_back(&f, &usage, 0.9, &n);
    cr_assert(eq(int, n, 1));
    cr_expect(near(row->hourly_usd, 1.96));
    cr_expect(near(row->coverage, 0.9));
    cr_expect(near(row->utilisation, (1.4 * 8 + 1.96 * 2) / 19.6));
    cr_expect(near(row->savings_usd, 21.6 - 19.6));
    fixture_close(&f);
}

/* One owned reserved instance takes one of the two: half of that is left to buy, and what is owned
 * counts as covered already (10 of 24). */
Test(recommend, what_is_owned_is_taken_off_first) {
    struct plan_fixture f;
    struct plan usage;
    two_levels(&f, &usage);
    fixture_own(&f, 0, 1, 0.6);
    solve_usage(&f, &usage);
    int n;
    const struct recommendation *row = look_back(&f, &usage, NAN, &n);
    cr_assert(eq(int, n, 1));
    cr_expect(near(row->hourly_usd, 0.7));
    cr_expect(near(row->on_demand_now_usd, 14));
    cr_expect(near(row->coverage_now, 10 / 24.0));
    cr_expect(near(row->coverage, 20 / 24.0));
    /* And the horizon with exactly that plan: owned 0.6, plan 0.7, left on demand 0.4. */
    double usd;
    struct err err = {0};
    cr_assert(recommend_over_horizon(&f.input, compute_plan, row, n, &usd, &err));
    cr_expect(near(usd, 1.7));
    fixture_close(&f);
}

/* Two types in one plan: the one that saves more is covered first (g5: 50 %, then g6: 20 %).
 * Exhaustively over every commitment in steps of a cent, no other saves more. */
Test(recommend, no_other_commitment_saves_more) {
    struct rng rng = rng_open(3, 0, RNG_TEST, 0);
    for (int i = 0; i < 20; i++) {
        struct plan_fixture f;
        fixture_open(&f, 2, 12);
        double sp[2];
        for (int w = 0; w < 2; w++) {
            fixture_instance(&f, w, w ? "g6" : "g5", 10, w ? 1 : 2, -1);
            sp[w] = (w ? 1 : 2) * (double)(int)(100 * fixture_draw(&rng, 0.3, 1)) / 100;
            fixture_commitment(&f, w, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, sp[w]);
            double rates[12];
            for (int h = 0; h < 12; h++)
                rates[h] = 10 * (double)(int)fixture_draw(&rng, 0, 4);
            fixture_demand(&f, w, rates);
        }
        struct plan usage;
        solve_usage(&f, &usage);
        int n, first = sp[0] / 2 <= sp[1] ? 0 : 1;
        const struct recommendation *row = look_back(&f, &usage, NAN, &n);
        double best = 0;
        for (int cents = 0; cents < 1500; cents++) {
            double c = cents / 100.0, saving = 0;
            for (int h = 0; h < 12; h++) {
                double left = c;
                for (int k = 0; k < 2; k++) {
                    int w = k == 0 ? first : 1 - first;
                    double units = fmin(usage.regular[w * 12 + h], left / sp[w]);
                    saving += units * (w ? 1 : 2);
                    left -= units * sp[w];
                }
                saving -= c;
            }
            best = fmax(best, saving);
        }
        double found = n > 0 ? row->savings_usd : 0;
        cr_expect(ge(dbl, found, best - 1e-9), "%d", i);
        cr_expect(le(dbl, found, best + 12 * 0.01), "%d: not a saving of any commitment", i);
        fixture_close(&f);
    }
}

/* The plan buys 3 of 3 reserved instances at 1.25 against 2.00, beside 1 owned at 1.00: 100 % used,
 * 12 x 1.25 / 2 = 7.5 months, (2 - 1.25) / 1.25 = 60 %, 3.75 of 4.75 an hour bought on day one. */
Test(recommend, guardrails_with_their_numbers) {
    struct plan_fixture f;
    fixture_open(&f, 1, 24);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_own(&f, 0, 1, 1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT, 1.25);
    double rates[24];
    for (int h = 0; h < 24; h++)
        rates[h] = 40;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    struct guardrail_limits limits = guardrail_defaults();
    const struct recommendation *row;
    struct err err = {0};
    int n;
    cr_assert(recommend_purchases(&f.arena, &f.input, &plan, &limits, &row, &n, &err));
    cr_assert(eq(int, n, 1));
    cr_expect(near(row->count, 3));
    cr_expect(near(row->cost_usd, 3.75 * 730));
    cr_expect(near(row->savings_usd, (6 - 3.75) * 730));
    cr_expect(near(row->upfront_usd, 0.5 * 3.75 * 8760));
    cr_expect(near(row->coverage_now, 0.25));
    cr_expect(near(row->coverage, 1));
    static const double values[GUARDRAILS] = {1, 7.5, 0.6, 3.75 / 4.75};
    static const bool holds[GUARDRAILS] = {true, true, true, false};
    for (int k = 0; k < GUARDRAILS; k++) {
        cr_expect(near(row->checks[k].value, values[k]), "%s", guardrail_word(k));
        cr_expect(eq(int, row->checks[k].holds, holds[k]), "%s", guardrail_word(k));
    }
    cr_expect(not(recommend_all_hold(row, n)));
    cr_expect(eq(str, (char *)recommend_failed_words(&f.arena, row),
                 "79% of the most that is held at once starts on one day (at most 50%)"));
    struct recommendation block = *row;
    block.is_capacity = true; /* bought to have it: nothing is asked of it */
    cr_expect(eq(str, (char *)recommend_failed_words(&f.arena, &block), ""));
    /* At their edges: at least, at most, more than, at most. */
    limits = (struct guardrail_limits){{1, 7.5, 0.6, 3.75 / 4.75}};
    cr_assert(recommend_purchases(&f.arena, &f.input, &plan, &limits, &row, &n, &err));
    static const bool at_edge[GUARDRAILS] = {true, true, false, true};
    for (int k = 0; k < GUARDRAILS; k++)
        cr_expect(eq(int, row->checks[k].holds, at_edge[k]), "%s", guardrail_word(k));
    cr_expect(
        eq(str, (char *)recommend_failed_words(&f.arena, row), "returns 60% (more than 60%)"));
    fixture_close(&f);
}

/* 20 hours: 2 instances always, 4 in the first 12, 5 in 2 of these. On demand 2.00, reserved 1.20:
 * cost(c) = 1.2 c + 2 x mean of what is above c, best at 3 or 4 (needed in exactly 60 %): the least
 * of the equals is told. Without any: 2 x (2 x 8 + 4 x 10 + 5 x 2) / 20 = 6.60; with 2: 2.4 + 2.6 =
 * 5.00; with 4: 4.8 + 0.2 = 5.00. */
Test(curve, newsvendor_by_hand) {
    struct plan_fixture f;
    fixture_open(&f, 1, 20);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.2);
    double rates[20];
    for (int h = 0; h < 20; h++)
        rates[h] = h < 2 ? 50 : h < 12 ? 40 : 20;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    const struct commitment_curve *curve;
    struct err err = {0};
    int n;
    cr_assert(curve_commitments(&f.arena, &f.input, &plan, 2, &curve, &n, &err), "%s", err.what);
    cr_assert(eq(int, n, 1));
    static const double cost[] = {6.6, 5.8, 5.0, 5.0, 5.0, 6.0};
    cr_assert(eq(int, curve->n, 6));
    for (int i = 0; i < 6; i++) {
        cr_expect(near(curve->points[i].units, i));
        cr_expect(near(curve->points[i].plan_usd, cost[i]), "%d", i);
        cr_expect(epsilon_eq(dbl, curve->points[i].programme_usd, cost[i], 1e-7), "%d", i);
    }
    cr_expect(near(curve->best_units, 2));
    cr_expect(near(curve->best_usd, 5));
    cr_expect(near(curve->near_units, 2));
    fixture_close(&f);
}

/* 2.5 instances may be paid up front: the levels above are told without a minimum, and none of them
 * is best.
 */
Test(curve, levels_that_a_limit_forbids) {
    struct plan_fixture f;
    fixture_open(&f, 1, 4);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1.2);
    f.input.policy.upfront_usd_max = 2.5 * 1.2 * 8760;
    fixture_demand(&f, 0, (double[]){40, 40, 40, 40});
    struct plan plan;
    solve(&f, &plan);
    const struct commitment_curve *curve;
    struct err err = {0};
    int n;
    cr_assert(curve_commitments(&f.arena, &f.input, &plan, 2, &curve, &n, &err), "%s", err.what);
    cr_assert(eq(int, n, 1));
    cr_expect(near(curve->best_units, 2));
    for (int i = 0; i < curve->n; i++)
        cr_expect(eq(int, isfinite(curve->points[i].programme_usd), curve->points[i].units <= 2));
    cr_expect(near(curve->planned, 2));
    fixture_close(&f);
}

/* A plan in dollars: the least that saves 95 % is inside 5 % and a step less is not. One instance
 * at 1.00 always, a second in 75 % of 20 hours; 0.70 under the plan: best 1.40, saving 0.30 + 0.05;
 * 95 % of 0.35 is 0.3325: 0.70 + 0.0325 / (0.75 / 0.70 - 1) = 1.155. */
Test(curve, the_least_within_five_percent) {
    struct plan_fixture f;
    fixture_open(&f, 1, 20);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    fixture_commitment(&f, 0, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.7);
    double rates[20];
    for (int h = 0; h < 20; h++)
        rates[h] = h < 15 ? 20 : 10;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    const struct commitment_curve *curve;
    struct err err = {0};
    int n;
    cr_assert(curve_commitments(&f.arena, &f.input, &plan, 2, &curve, &n, &err), "%s", err.what);
    cr_assert(eq(int, n, 1));
    cr_expect(near(curve->best_units, 1.4));
    cr_expect(epsilon_eq(dbl, curve->near_units, 1.155, 0.0021), "%g", curve->near_units);
    cr_expect(ge(dbl, curve->near_units, 1.155 - 1e-9));
    fixture_close(&f);
}
