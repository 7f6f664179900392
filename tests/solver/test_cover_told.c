/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of commitments that cover more than one thing, against sums on paper: newsvendor
 * level and break-even of a reserved instance over two sizes, nested plans beside a function, the
 * provider's fields, guardrails, reasons, the price at which an option flips, the worth of a limit
 * and the cost curve. Everywhere a larger size counts as so many of the smaller ones. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"
#include "solver/curve.h"
#include "solver/recommend.h"
#include "solver/worth.h"

#define near(a, b) epsilon_eq(dbl, (a), (b), 1e-9)

static struct plan solve(struct plan_fixture *f) {
    struct plan plan;
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, &plan, &err), "%s", err.what);
    cr_assert(plan.feasible, "%s", plan.infeasible);
    return plan;
}

static const struct plan_rejection *rejection(const struct plan *plan, const char *option) {
    for (int i = 0; i < plan->n_rejections; i++)
        if (plan->rejections[i].candidate < 0 && strcmp(plan->rejections[i].option, option) == 0)
            return &plan->rejections[i];
    cr_assert(false, "no reason for %s", option);
    return NULL;
}

/* Larges at 0.10 and xlarges at 0.20 carry 10 a large; reserved xlarges at `usd`. */
static void open_sizes(struct plan_fixture *f, int n_workloads, int n_hours, double usd,
                       enum payment payment) {
    fixture_open(f, n_workloads, n_hours);
    int large = fixture_offer(f, "m7g.large", "m7g", 0.10, -1);
    int xlarge = fixture_offer(f, "m7g.xlarge", "m7g", 0.20, -1);
    fixture_commitment(f, xlarge, COMMIT_RESERVED_STANDARD, 1, payment, usd);
    fixture_candidate(f, 0, large, 10);
    fixture_candidate(f, n_workloads - 1, xlarge, n_workloads > 1 ? 20 : 12);
}

/* One workload runs 2, 4, 2, 4 larges, another 1, 1, 2, 2 xlarges: 2, 3, 3, 4 xlarges in all. At
 * 0.14 of 0.20 one pays off from 70 % of the hours: 2 are used in all, 3 in 75 %, 4 in 25 %.
 * Neither workload alone would use a second (50 %). 3 x 0.14 + 0.20 in the fourth hour: 0.47. */
Test(cover_told, newsvendor_level_over_two_sizes) {
    struct plan_fixture f;
    open_sizes(&f, 2, 4, 0.14, PAY_NO_UPFRONT);
    fixture_demand(&f, 0, (double[]){20, 40, 20, 40});
    fixture_demand(&f, 1, (double[]){20, 20, 40, 40});
    struct plan plan = solve(&f);
    cr_assert(near(plan.lp_usd_per_hour, 0.47));
    cr_assert(near(plan.usd_per_hour, 0.47));
    cr_assert(eq(int, plan.n_commitments, 1));
    cr_assert(near(plan.commitments[0].commitment.count, 3));
    cr_assert(near(plan.commitments[0].utilisation, (2 + 3 + 3 + 3) / 12.0));
    cr_assert(near(plan.commitments[0].break_even, 0.7));
    cr_assert(near(plan.commitments[0].saving_usd, 4 * (0.2 * 11 / 4 - 0.42)));
    fixture_close(&f);
}

/* The same at its break-even: of the third xlarge 75 % is used, so that it pays to 0.15. */
Test(cover_told, the_third_pays_to_its_share_of_on_demand) {
    static const struct { double usd, count; } cases[] = {{0.1499, 3}, {0.1501, 2}};
    for (int i = 0; i < 2; i++) {
        struct plan_fixture f;
        open_sizes(&f, 2, 4, cases[i].usd, PAY_NO_UPFRONT);
        fixture_demand(&f, 0, (double[]){20, 40, 20, 40});
        fixture_demand(&f, 1, (double[]){20, 20, 40, 40});
        struct plan plan = solve(&f);
        cr_assert(near(plan.commitments[0].commitment.count, cases[i].count), "case %d", i);
        fixture_close(&f);
    }
}

/* Nested: an EC2 Instance plan has the instance at 60 %, a Compute plan at 70 %, and a function at
 * 80 %. Flat demand: each is committed to where it is cheapest, 0.06 + 0.0576, and 0.00072 of
 * requests is on demand. Where the Compute plan has the instance at 55 % it is alone: 0.055. */
Test(cover_told, nested_plans_beside_a_function) {
    static const struct {
        double compute, want;
        int n;
    } cases[] = {{0.07, 0.06 + 0.0576 + 0.00072, 2}, {0.055, 0.055 + 0.0576 + 0.00072, 1}};
    for (int i = 0; i < 2; i++) {
        struct plan_fixture f;
        fixture_open(&f, 2, 1);
        int large = fixture_offer(&f, "m7g.large", "m7g", 0.10, -1);
        fixture_commitment(&f, large, COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT, 0.06);
        fixture_commitment(&f, large, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, cases[i].compute);
        fixture_candidate(&f, 0, large, 10);
        int c = fixture_function(&f, 1, "lambda-arm", 1, 2e-5, 2e-7, 0);
        fixture_commitment(&f, f.candidates[c].offer, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                           1.6e-5);
        fixture_demand(&f, 0, (double[]){10});
        fixture_demand(&f, 1, (double[]){1});
        struct plan plan = solve(&f);
        cr_assert(near(plan.lp_usd_per_hour, cases[i].want), "case %d", i);
        cr_assert(eq(int, plan.n_commitments, cases[i].n), "case %d", i);
        cr_assert(epsilon_eq(dbl, plan.usd_per_hour, cases[i].want, 0.0011), "case %d", i);
        fixture_close(&f);
    }
}

/* 2 and 3 larges, one xlarge reserved at 0.14: it covers 0.20 of 0.25 an hour. Savings 0.06 an
 * hour, used in full: 8 units. A month of 730 h; 12 x 0.14 / 0.20 = 8.4 months to the break-even.
 */
Test(cover_told, the_providers_fields) {
    struct plan_fixture f;
    open_sizes(&f, 1, 2, 0.14, PAY_NO_UPFRONT);
    fixture_demand(&f, 0, (double[]){20, 30});
    struct plan plan = solve(&f);
    const struct recommendation *row;
    struct guardrail_limits limits = guardrail_defaults();
    struct err err = {0};
    int n;
    cr_assert(recommend_purchases(&f.arena, &f.input, &plan, &limits, &row, &n, &err), "%s",
              err.what);
    cr_assert(eq(int, n, 1));
    cr_expect(near(row->count, 1));
    cr_expect(near(row->normalised_units, 8));
    cr_expect(near(row->normalised_used, 8));
    cr_expect(near(row->cost_usd, 0.14 * 730));
    cr_expect(near(row->on_demand_now_usd, 0.25 * 730));
    cr_expect(near(row->on_demand_left_usd, 0.05 * 730));
    cr_expect(near(row->savings_usd, 0.06 * 730));
    cr_expect(near(row->savings_share, 0.06 / 0.25));
    cr_expect(near(row->utilisation, 1));
    cr_expect(near(row->coverage, 0.8));
    cr_expect(near(row->checks[GUARDRAIL_BREAK_EVEN].value, 8.4));
    cr_expect(row->checks[GUARDRAIL_BREAK_EVEN].holds);
    cr_expect(near(row->checks[GUARDRAIL_ROI].value, 0.06 / 0.14));
    fixture_close(&f);
}

/* Of 1, 1 and 2 larges an xlarge would be used 50 %, 50 % and 100 %: 67 %, less than 70 %. */
Test(cover_told, why_not_in_sizes) {
    struct plan_fixture f;
    open_sizes(&f, 1, 3, 0.14, PAY_NO_UPFRONT);
    fixture_demand(&f, 0, (double[]){10, 10, 20});
    struct plan plan = solve(&f);
    cr_assert(eq(int, plan.n_commitments, 0));
    const char *reason = rejection(&plan, "1-year reserved instance, no upfront")->reason;
    cr_expect(strstr(reason, "one more m7g.xlarge would be used in 67% of the hours and pays off "
                             "from 70%") != NULL,
              "%s", reason);
    fixture_close(&f);
}

/* Dearer than on demand: told for the size that runs, and used below its on-demand price. */
Test(cover_told, the_price_at_which_it_flips) {
    struct plan_fixture f;
    open_sizes(&f, 1, 1, 0.22, PAY_NO_UPFRONT);
    fixture_demand(&f, 0, (double[]){20});
    struct plan plan = solve(&f);
    struct err err = {0};
    cr_assert(plan_price_options(&f.arena, &f.input, &plan, &err), "%s", err.what);
    const struct plan_rejection *row = rejection(&plan, "1-year reserved instance, no upfront");
    cr_expect(strstr(row->reason, "costs $0.110 an hour of m7g.large") != NULL, "%s", row->reason);
    cr_expect(near(row->flip.price_usd, 0.11));
    cr_expect(epsilon_eq(dbl, row->flip.flips_at_usd, 0.10, 1e-7));
    fixture_close(&f);
}

/* A plan that would be used for a function in one hour of four, and pays off from 80 %. */
Test(cover_told, why_no_plan_for_a_function) {
    struct plan_fixture f;
    fixture_open(&f, 1, 4);
    int c = fixture_function(&f, 0, "lambda-arm", 1, 2e-5, 2e-7, 0);
    fixture_commitment(&f, f.candidates[c].offer, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 1.6e-5);
    fixture_demand(&f, 0, (double[]){0, 1, 0, 0});
    struct plan plan = solve(&f);
    cr_assert(eq(int, plan.n_commitments, 0));
    const char *reason = rejection(&plan, "1-year Compute savings plan, no upfront")->reason;
    cr_expect(strstr(reason, "would be used in 25% of the hours for 1 request/s on lambda-arm and "
                             "pays off from 80%") != NULL,
              "%s", reason);
    fixture_close(&f);
}

/* Eight larges all year, an xlarge all upfront at 0.14, 1,226.40 each: the limit buys two, half of
 * what is used. 1,000 more buys 1 / 1.2264 of one, which saves 0.06 an hour. */
Test(cover_told, the_worth_of_a_limit) {
    struct plan_fixture f;
    open_sizes(&f, 1, 1, 0.14, PAY_ALL_UPFRONT);
    fixture_demand(&f, 0, (double[]){80});
    f.input.policy.upfront_usd_max = 2 * 1226.4;
    const struct worth *rows;
    struct err err = {0};
    int n;
    cr_assert(worth_of_limits(&f.arena, &f.input, &rows, &n, &err), "%s", err.what);
    int at = 0;
    while (at < n && strcmp(rows[at].limit, "policy.upfront_max") != 0)
        at++;
    cr_assert(lt(int, at, n));
    cr_expect(epsilon_eq(dbl, rows[at].more_usd, 0.06 * 730 / 1.2264, 1e-5));
    fixture_close(&f);
}

/* The curve of the newsvendor case: in xlarges of both sizes, cheapest at three. */
Test(cover_told, the_curve_is_over_both_sizes) {
    struct plan_fixture f;
    open_sizes(&f, 2, 4, 0.14, PAY_NO_UPFRONT);
    fixture_demand(&f, 0, (double[]){20, 40, 20, 40});
    fixture_demand(&f, 1, (double[]){20, 20, 40, 40});
    struct plan plan = solve(&f);
    static const double want[] = {0.6, 0.54, 0.48, 0.47, 0.56};
    const struct commitment_curve *curve;
    struct err err = {0};
    int n;
    cr_assert(curve_commitments(&f.arena, &f.input, &plan, 1, &curve, &n, &err), "%s", err.what);
    cr_assert(eq(int, n, 1));
    cr_assert(eq(int, curve->n, 5));
    for (int i = 0; i < 5; i++) {
        cr_expect(near(curve->points[i].units, i));
        cr_expect(near(curve->points[i].plan_usd, want[i]), "%d", i);
        cr_expect(near(curve->points[i].programme_usd, want[i]), "%d", i);
    }
    cr_expect(near(curve->best_units, 3));
    fixture_close(&f);
}
