/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When commitments are bought and for how long they are held, and limits of money over many hours,
 * on horizons small enough to be worked out by hand in the comments. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "plan_fixture.h"
#include "solver/curve.h"
#include "solver/recommend.h"

/* One planning hour for each `months / n` months of 730 hours, each a segment of its own. */
static void open_months(struct plan_fixture *f, int n, int months, const double *rates) {
    fixture_open(f, 1, n);
    struct demand *demand = &f->demand;
    demand->n_weeks = n;
    demand->n_months = months;
    demand->horizon_hours = 730.0 * months;
    int64_t *from = arena_new(&f->arena, int64_t, months + 1);
    demand->month_hours = arena_new(&f->arena, double, months *n);
    demand->n_calendar = months;
    demand->calendar_from = from;
    demand->calendar_hours = demand->month_hours;
    for (int m = 0; m <= months; m++)
        from[m] = 730 * (int64_t)m;
    int each = months / n;
    for (int m = 0; m < months; m++)
        demand->month_hours[m * n + m / each] = 730;
    for (int k = 0; k < n; k++) {
        demand->weeks[k] = (struct demand_week){.month = k * each,
                                                .from_day = (int)lround(730.0 * k * each / 24),
                                                .weight = 730 * each};
        demand->weight[k] = 730 * each;
    }
    fixture_demand(f, 0, rates);
}

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
}

static int bought(const struct plan *plan) {
    int n = 0;
    for (int i = 0; i < plan->n_commitments; i++)
        n += !plan->commitments[i].commitment.owned;
    return n;
}

/* Two years, one instance in the first and three in the second; on demand 1, reserved for a year
 * 0.6. Its renewal is another purchase: one for each year, of 1 and of 3: 0.6 x (1 + 3) / 2 = 1.2.
 * Bought on day one alone the second year is on demand: (0.6 + 3) / 2 = 1.8. */
Test(purchases, a_renewal_is_another_purchase) {
    struct plan_fixture f;
    open_months(&f, 2, 24, (double[]){10, 30});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.2, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 1.2, 1e-7));
    cr_assert(eq(int, plan.n_commitments, 2));
    cr_expect(eq(dbl, plan.commitments[0].commitment.count, 1));
    cr_expect(eq(dbl, plan.commitments[1].commitment.count, 3));
    cr_expect(eq(i64, plan.commitments[0].commitment.from_s, 0));
    cr_expect(eq(i64, plan.commitments[0].commitment.to_s, 365LL * 86400));
    cr_expect(eq(i64, plan.commitments[1].commitment.from_s, 365LL * 86400));
    cr_expect(eq(dbl, plan.liability_usd, 0));
    const uint64_t day_one = 1;
    f.input.start_months = &day_one;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.8, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 1.8, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.hour_usd[1], 3, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_hour_usd[1], 3, 1e-7));
    fixture_close(&f);
}

/* One instance at 1 an hour all through three years, for sale at 0.7 for a year and at 0.5 for
 * three, reserved or, 0.01 dearer, as a savings plan. What is longer than max_term is not bought,
 * and told: years in a row cost the year's price, no term at all on demand. */
Test(purchases, no_term_is_longer_than_the_policy_allows) {
    static const struct {
        int years;
        double usd;
        const char *reason; /* of what takes three years */
    } cases[] = {{0, 1, "policy allows no commitments"},
                 {1, 0.7, "policy allows terms up to 1 year"},
                 {3, 0.5, NULL}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        const int years = cases[i / 2].years;
        bool plans = i % 2 == 1;
        enum commitment_kind kind = plans ? COMMIT_PLAN_COMPUTE : COMMIT_RESERVED_STANDARD;
        struct plan_fixture f;
        struct plan plan;
        open_months(&f, 3, 36, (double[]){10, 10, 10});
        int o = fixture_offer(&f, "g6", "g6", 1, -1);
        fixture_candidate(&f, 0, o, 10);
        fixture_commitment(&f, o, kind, 1, PAY_NO_UPFRONT, plans ? 0.71 : 0.7);
        fixture_commitment(&f, o, kind, 3, PAY_NO_UPFRONT, plans ? 0.51 : 0.5);
        f.input.policy.term_years_max = years;
        f.input.start_months = (uint64_t[]){1 | 1ULL << 12 | 1ULL << 24, 1};
        solve(&f, &plan);
        double usd = cases[i / 2].usd + (plans && years > 0 ? 0.01 : 0);
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, usd, 1e-9), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, usd, 1e-7), "case %zu", i);
        for (int c = 0; c < plan.n_commitments; c++)
            cr_expect(le(int, plan.commitments[c].commitment.terms.term_years, years));
        cr_expect(eq(int, plan.n_commitments, years == 0 ? 0 : years == 1 ? 3 : 1), "case %zu", i);
        bool told = false;
        for (int r = 0; r < plan.n_rejections && cases[i / 2].reason; r++)
            told = told || (strncmp(plan.rejections[r].option, "3-year ", 7) == 0 &&
                            strcmp(plan.rejections[r].reason, cases[i / 2].reason) == 0);
        cr_expect(eq(int, told, cases[i / 2].reason != NULL), "case %zu", i);
        fixture_close(&f);
    }
}

/* 1, 2, 3 and 4 instances in the quarters of a year; reserved at 0.6 of on demand. On day one a
 * unit pays when more than 60 % of the hours need it (the newsvendor): the first (all) and the
 * second (3 quarters): 1.2 + (1 + 2) / 4 = 1.95. Quarter by quarter one each: 0.6 x 10 / 4 = 1.5,
 * and what is bought in month 9 owes 8760 - 2190 hours of 0.6. Of the four that are held in the end
 * a quarter starts on each day, the first too; what is bought on day one alone starts at once. */
Test(purchases, a_ladder_follows_growth) {
    struct plan_fixture f;
    open_months(&f, 4, 12, (double[]){10, 20, 30, 40});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.95, 1e-9));
    struct guardrail_limits limits = guardrail_defaults();
    const struct recommendation *rows;
    struct err err = {0};
    int n;
    cr_assert(recommend_purchases(&f.arena, &f.input, &plan, &limits, &rows, &n, &err));
    cr_assert(eq(int, n, 1));
    cr_expect(epsilon_eq(dbl, rows[0].checks[GUARDRAIL_LADDER].value, 1, 1e-9));
    const uint64_t quarterly = 1 | 1 << 3 | 1 << 6 | 1 << 9;
    f.input.start_months = &quarterly;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.5, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 1.5, 1e-7));
    cr_assert(eq(int, bought(&plan), 4));
    for (int i = 0; i < 4; i++) {
        cr_expect(eq(dbl, plan.commitments[i].commitment.count, 1));
        cr_expect(epsilon_eq(dbl, plan.commitments[i].utilisation, 1, 1e-9));
        cr_expect(epsilon_eq(dbl, plan.commitments[i].liability_usd, 0.6 * 2190 * i, 10));
    }
    cr_assert(recommend_purchases(&f.arena, &f.input, &plan, &limits, &rows, &n, &err));
    cr_assert(eq(int, n, 4));
    for (int i = 0; i < 4; i++) {
        cr_expect(epsilon_eq(dbl, rows[i].checks[GUARDRAIL_LADDER].value, 0.25, 1e-9));
        cr_expect(rows[i].checks[GUARDRAIL_LADDER].holds);
    }
    fixture_close(&f);
}

/* One instance all year, all upfront at 0.5 (4380 USD at once) or without at 0.6. The first
 * quarter may pay 2000: a share a of all upfront with 4380 a + 1314 (1 - a) = 2000, a = 0.22374;
 * 0.5 a + 0.6 (1 - a) = 0.577626. Less than 1314 cannot be. */
Test(purchases, a_cash_budget_in_the_programme) {
    struct plan_fixture f;
    open_months(&f, 4, 12, (double[]){10, 10, 10, 10});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 0.5);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    const bool first[12] = {true, true, true};
    struct plan_budget budget = {"the first quarter", 2000, first, true};
    f.input.budgets = &budget;
    f.input.n_budgets = 1;
    struct err err = {0};
    double usd;
    bool feasible;
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_assert(feasible);
    cr_expect(epsilon_eq(dbl, usd, 0.6 - 0.1 * (2000.0 - 1314) / (4380 - 1314), 1e-8));
    budget.cash = false; /* amortised all upfront is 1095 */
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_expect(epsilon_eq(dbl, usd, 0.5, 1e-8));
    budget = (struct plan_budget){"the first quarter", 1313, first, true};
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_expect(not(feasible));
    fixture_close(&f);
}

/* An instance all year, half of it owned at 1 with a fee of a fifth paid before: in a quarter of
 * 2190 h it still pays 876 in cash, and the other half 1095 on demand. */
Test(purchases, a_cash_budget_counts_what_remains_of_what_is_owned) {
    struct plan_fixture f;
    open_months(&f, 4, 12, (double[]){10, 10, 10, 10});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_own(&f, 0, 0.5, 1.0);
    f.owned[0].terms.payment = PAY_PARTIAL_UPFRONT;
    f.owned[0].fee_share = 0.2;
    const bool first[12] = {true, true, true};
    struct plan_budget budget = {"the first quarter", 876 + 1095 + 1, first, true};
    f.input.budgets = &budget;
    f.input.n_budgets = 1;
    struct err err = {0};
    double usd;
    bool feasible;
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_expect(feasible);
    budget.usd = 876 + 1095 - 10;
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_expect(not(feasible));
    f.owned[0].fee_share = 0; /* half of it, 547.5 */
    budget.usd = 547.5 + 1095 + 1;
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_expect(feasible);
    fixture_close(&f);
}

/* Without on demand nothing carries the half year after the reserved capacity ends. */
Test(purchases, capacity_that_ends_too_early) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 10});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    f.input.allow_on_demand = false;
    struct plan_capacity capacity = {.name = "reservation",
                                     .kind = COMMIT_CAPACITY_RESERVATION,
                                     .offer = 0,
                                     .hourly = money_rate_from_usd(1),
                                     .days = 365};
    f.input.capacity = &capacity;
    f.input.n_capacity = 1;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1, 1e-9));
    capacity.days = 182;
    struct err err = {0};
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_assert(not(plan.feasible));
    cr_expect(strstr(plan.infeasible, "only 0 can be carried") != NULL, "%s", plan.infeasible);
    fixture_close(&f);
}

/* Two instances in the second half year, covered at 0.7502 each and not on demand: 1.5004, sold as
 * 1.501, since with the nearest, 1.5, a part of an instance is missing. Less of it is no plan. */
Test(purchases, a_plan_that_all_hangs_on_is_rounded_up) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 20});
    int o = fixture_offer(&f, "g5", "g5", 1.0, -1);
    fixture_candidate(&f, 0, o, 10);
    fixture_commitment(&f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.7502);
    f.input.allow_on_demand = false;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.501, 1e-9));
    const struct commitment_curve *curves;
    int n;
    struct err err = {0};
    cr_assert(curve_commitments(&f.arena, &f.input, &plan, 1, &curves, &n, &err), "%s", err.what);
    cr_assert(eq(int, n, 1));
    cr_expect(epsilon_eq(dbl, curves[0].best_units, 1.501, 1e-9));
    for (int i = 0; i < curves[0].n; i++)
        cr_expect(eq(int, isfinite(curves[0].points[i].plan_usd),
                     curves[0].points[i].units >= 1.501 - 1e-9));
    fixture_close(&f);
}

static const char *reason_of(const struct plan *plan, const char *option) {
    for (int i = 0; i < plan->n_rejections; i++)
        if (plan->rejections[i].candidate < 0 && strcmp(plan->rejections[i].option, option) == 0)
            return plan->rejections[i].reason;
    return "";
}

/* One instance all year at 1.00. A block of the first half at 0.4 saves 0.6 x 730 a month while it
 * is held; a second at 1.2 and a reservation at the price on demand are not bought, and say why. */
Test(purchases, capacity_is_told_bought_or_not) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 10});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    const struct plan_capacity capacity[] = {
        {"cheap", COMMIT_CAPACITY_BLOCK, 0, money_rate_from_usd(0.4), 0, 183, 0},
        {"dear", COMMIT_CAPACITY_BLOCK, 0, money_rate_from_usd(1.2), 183, 30, 6},
        {"even", COMMIT_CAPACITY_RESERVATION, 0, money_rate_from_usd(1), 183, 30, 6}};
    f.input.capacity = capacity;
    f.input.n_capacity = 3;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(eq(str, (char *)reason_of(&plan, "cheap"), ""));
    cr_expect(eq(str, (char *)reason_of(&plan, "dear"),
                 "costs $1.20 an hour of g5 against $1.00 on demand"));
    cr_expect(
        eq(str, (char *)reason_of(&plan, "even"), "costs as much an hour of g5 as on demand"));
    const struct recommendation *rows;
    const struct guardrail_limits limits = guardrail_defaults();
    struct err err = {0};
    int n;
    cr_assert(recommend_purchases(&f.arena, &f.input, &plan, &limits, &rows, &n, &err), "%s",
              err.what);
    cr_assert(eq(int, n, 1));
    cr_expect(rows[0].is_capacity);
    cr_expect(eq(str, (char *)rows[0].name, "cheap"));
    cr_expect(eq(dbl, rows[0].count, 1));
    cr_expect(epsilon_eq(dbl, rows[0].savings_usd, 0.6 * 730, 1e-6));
    cr_expect(epsilon_eq(dbl, rows[0].held_share, 0.5, 0.01));
    cr_expect(recommend_all_hold(rows, n)); /* no guardrail is asked of capacity */
    fixture_close(&f);
}

/* --- limits in whole instances --- */

/* The same in whole instances: reserved ones are not sold in parts, so the first quarter pays for
 * one without upfront, 0.6; with 4380 it may be the other, 0.5. Below 1314 the answer is no, and
 * names what works. */
Test(purchases, a_cash_budget_in_whole_instances) {
    struct plan_fixture f;
    open_months(&f, 4, 12, (double[]){10, 10, 10, 10});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 0.5);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    const bool first[12] = {true, true, true};
    struct plan_budget budget = {"the budget of FY27 Q1", 2000, first, true};
    f.input.budgets = &budget;
    f.input.n_budgets = 1;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 0.6, 1e-9));
    cr_expect(lt(dbl, plan.lp_usd_per_hour, 0.5777));
    bool told = false; /* 4380 - 1314 = 3066 more, and 2000 - 1314 = 686 are left */
    for (int i = 0; i < plan.n_rejections; i++)
        told = told || strcmp(plan.rejections[i].reason,
                              "the budget of FY27 Q1 leaves no room for it: the least of it takes "
                              "$3.07K more than it saves in that time, and $686 is left") == 0;
    cr_expect(told);
    budget.usd = 4380;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 0.5, 1e-9));
    budget.usd = 1200;
    budget.where = "scenario.yaml:7";
    struct err err = {0};
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_assert(not(plan.feasible));
    cr_expect(strstr(plan.infeasible,
                     "the budget of FY27 Q1 of 1200.00 USD (scenario.yaml:7) cannot be kept") !=
                  NULL,
              "%s", plan.infeasible);
    cr_expect(strstr(plan.infeasible, "below 1314.00 USD") != NULL, "%s", plan.infeasible);
    cr_expect(strstr(plan.infeasible, "found is 1314.00 USD") != NULL, "%s", plan.infeasible);
    fixture_close(&f);
}

/* Ten hours of one and ten of two instances' demand; g5 at 1 USD and 0.5 kg, inf2 at 1.5 USD and
 * 0.2 kg. Free: g5 in all of the 3 x 4380 instance hours: 6570 kg. With 5000 kg the inf2 must stand
 * in for (6570 - 5000) / 0.3 = 5234 of them: in whole instances the hours of one (4380) do not
 * suffice, one of the two in the others does, and 876 hours of the programme are in between. */
Test(purchases, a_limit_of_carbon) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 20});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_instance(&f, 0, "inf2", 10, 1.5, -1);
    double kg[] = {0.5, 0.2};
    struct plan_carbon carbon = {"the limit of carbon", 5000, kg};
    f.input.carbon = &carbon;
    struct plan plan;
    solve(&f, &plan);
    /* programme: 3 x 4380 instance hours and 0.5 USD more for each of 5233.3, over 8760 hours */
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, (13140 + 0.5 * (1570 / 0.3)) / 8760, 1e-7));
    /* whole: two of the three groups of 4380 hours on inf2 */
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, (13140 + 0.5 * 8760) / 8760, 1e-9));
    carbon.kg_max = 2627; /* 13140 x 0.2 = 2628 */
    struct err err = {0};
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_assert(not(plan.feasible));
    cr_expect(strstr(plan.infeasible, "below 2628 kg") != NULL, "%s", plan.infeasible);
    kg[1] = NAN; /* what has no figure is not used */
    carbon.kg_max = 7000;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.5, 1e-9));
    fixture_close(&f);
}

/* One limit for each of two quarters: the plan that keeps neither is told with both, so that
 * raising the limit to the larger figure is enough. 13140 USD a year: 3240 in the first 90 days of
 * it. */
Test(purchases, all_budgets_that_a_plan_breaks_are_named) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 20});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    bool first[12] = {true}, second[12] = {false, true, true, true};
    struct plan_budget budgets[] = {{.name = "the budget of Q1", .usd = 100, .months = first},
                                    {.name = "the budget of Q2", .usd = 100, .months = second}};
    f.input.budgets = budgets;
    f.input.n_budgets = 2;
    struct err err = {0};
    struct plan plan;
    double q1, q2;
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_assert(not(plan.feasible));
    const char *found = strstr(plan.infeasible, "the least that was found is ");
    const char *also = strstr(plan.infeasible, ". That plan is over the budget of Q2 (");
    cr_assert(ne(ptr, (void *)found, NULL), "%s", plan.infeasible);
    cr_assert(ne(ptr, (void *)also, NULL), "%s", plan.infeasible);
    cr_assert(eq(int, sscanf(found, "the least that was found is %lf", &q1), 1));
    cr_assert(eq(int, sscanf(also, ". That plan is over the budget of Q2 (%lf", &q2), 1));
    cr_expect(gt(dbl, q2, q1)); /* three months against one */
    for (int raised = 0; raised < 2; raised++) {
        budgets[0].usd = raised ? q2 : q1;
        budgets[1].usd = raised ? q2 : q1;
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        cr_expect(eq(int, plan.feasible, raised), "%s", plan.infeasible);
    }
    fixture_close(&f);
}

/* At 2628 kg all runs on inf2: g5 is cheaper and has no room. 1,000 requests take 1 / 36 of an
 * instance hour: 13.9 g against 5.56 g. At 2 USD a kg it is 2.00 / 36 against 1.90 / 36. Where the
 * limit does not bind, carbon is no reason. */
Test(purchases, carbon_is_named_where_it_keeps_an_option_out) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 20});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_instance(&f, 0, "inf2", 10, 1.5, -1);
    double kg[] = {0.5, 0.2};
    struct plan_carbon carbon = {"the limit of carbon", 2628, kg};
    f.input.carbon = &carbon;
    struct plan plan;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_rejections, 1));
    cr_expect(eq(str, (char *)plan.rejections[0].reason,
                 "the limit of carbon leaves no room for it: 1,000 requests on it emit 13.9 g CO2e "
                 "against 5.56 g on inf2, and 0 kg of 2628 kg is left"));
    carbon.kg_max = INFINITY;
    carbon.usd_per_kg = 2;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_rejections, 1));
    cr_expect(eq(str, (char *)plan.rejections[0].reason,
                 "at the price of carbon 1,000 requests on it cost $0.0556 against $0.0528 on "
                 "inf2"));
    carbon.usd_per_kg = 0;
    carbon.kg_max = 1e6;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_rejections, 1));
    cr_expect(eq(ptr, strstr(plan.rejections[0].reason, "carbon"), NULL), "%s",
              plan.rejections[0].reason);
    fixture_close(&f);
}

/* One instance fits the quota and two are needed; the two cost 3 x 4380 in the year, and the budget
 * is 5000: neither change alone is enough, and both are named. With both made it fits, with either
 * a step less it does not. */
Test(purchases, a_quota_and_a_budget_that_must_give_way_together) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){10, 20});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_quota(&f, "G", false, 8);
    bool all[12];
    for (int m = 0; m < 12; m++)
        all[m] = true;
    struct plan_budget budget = {"the budget of FY27", 5000, all, false};
    f.input.budgets = &budget;
    f.input.n_budgets = 1;
    struct err err = {0};
    struct plan plan;
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_assert(not(plan.feasible));
    cr_expect(strstr(plan.infeasible, "raise it to 16 vCPU") != NULL, "%s", plan.infeasible);
    cr_expect(strstr(plan.infeasible, ". Then the budget of FY27 of 5000.00 USD cannot be kept") !=
                  NULL,
              "%s", plan.infeasible);
    cr_expect(strstr(plan.infeasible, "(13140 USD): raise it to that.") != NULL, "%s",
              plan.infeasible);
    static const struct {
        double vcpu, usd;
        bool fits;
    } cases[] = {{16, 13140, true}, {8, 13140, false}, {16, 13100, false}};
    for (int i = 0; i < 3; i++) {
        f.quotas[0].vcpu = cases[i].vcpu;
        budget.usd = cases[i].usd;
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        cr_expect(eq(int, plan.feasible, cases[i].fits), "%d: %s", i, plan.infeasible);
    }
    fixture_close(&f);
}

/* The same with a price. g5 costs 1 + 0.5 p, inf2 1.5 + 0.2 p: even at 0.5 / 0.3 USD a kg. Below it
 * all run on g5, above it on inf2, and what its carbon costs is in no figure; both forms of the
 * programme have the optimum 1.5 x (0.5 x 2 + 1). A limit beside it is kept. */
Test(purchases, a_price_of_carbon) {
    static const struct {
        double usd_per_kg, usd, carbon_usd;
    } cases[] = {{0, 1.5, 0}, {1.6, 1.5, 1.5 * 0.5 * 1.6}, {2, 2.25, 1.5 * 0.2 * 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        open_months(&f, 2, 12, (double[]){10, 20});
        fixture_instance(&f, 0, "g5", 10, 1.0, -1);
        fixture_instance(&f, 0, "inf2", 10, 1.5, -1);
        double kg[] = {0.5, 0.2}, usd;
        struct plan_carbon carbon = {"the limit of carbon", INFINITY, kg, cases[i].usd_per_kg};
        f.input.carbon = &carbon;
        struct plan plan;
        bool feasible;
        struct err err = {0};
        solve(&f, &plan);
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, cases[i].usd, 1e-9), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, cases[i].usd, 1e-7), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.carbon_usd_per_hour, cases[i].carbon_usd, 1e-9), "case %zu",
                  i);
        cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
        cr_expect(epsilon_eq(dbl, usd, cases[i].usd + cases[i].carbon_usd, 1e-7), "case %zu", i);
        carbon.kg_max = 5000; /* at most two of the three groups of 4380 hours on inf2 are needed */
        solve(&f, &plan);
        double both = cases[i].usd > 2 ? 2.25 : (13140 + 0.5 * 8760) / 8760;
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, both, 1e-9), "case %zu with a limit", i);
        fixture_close(&f);
    }
}

/* A small part of one instance is needed: with its carbon it would cost less than the whole one's
 * carbon alone. The minimum is then that of money, a tenth of an instance. */
Test(purchases, priced_carbon_never_makes_the_minimum_negative) {
    struct plan_fixture f;
    open_months(&f, 2, 12, (double[]){1, 1});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    double kg[] = {0.5};
    struct plan_carbon carbon = {"the limit of carbon", INFINITY, kg, 2};
    f.input.carbon = &carbon;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.carbon_usd_per_hour, 1, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 0.1, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.gap, 0.9, 1e-7));
    fixture_close(&f);
}

/* --- against full enumeration --- */

enum { PARTS = 2, COUNT = 4, TYPES = 2 };

/* Two segments of six months, two types, each reserved on either day: type 0 without upfront, type
 * 1 all upfront. */
struct small {
    double demand[PARTS], rate[TYPES], list[TYPES], committed[TYPES], kg[TYPES];
    double budget, carbon; /* of the first segment, in cash; over both. < 0: none */
};

/* USD an hour of the year; INFINITY: a limit is broken. */
static double price_of(const struct small *s, int n[PARTS][TYPES], int bought[PARTS][TYPES]) {
    const double hours = 4380;
    double usd = 0, kg = 0, cash = 0;
    for (int p = 0; p < PARTS; p++)
        for (int t = 0; t < TYPES; t++) {
            int held = bought[0][t] + (p > 0 ? bought[1][t] : 0);
            double on_demand = (n[p][t] > held ? n[p][t] - held : 0) * s->list[t] * hours;
            double committed = held * s->committed[t] * hours;
            usd += on_demand + committed;
            kg += n[p][t] * s->kg[t] * hours;
            if (p == 0)
                cash += on_demand + (t == 1 ? 2 * committed : committed);
        }
    bool kept = (s->budget < 0 || cash <= s->budget * (1 + 1e-12)) &&
                (s->carbon < 0 || kg <= s->carbon * (1 + 1e-12));
    return kept ? usd / 8760 : INFINITY;
}

static bool carries(const struct small *s, int p, const int *n) {
    return n[0] * s->rate[0] + n[1] * s->rate[1] >= s->demand[p] * (1 - 1e-9);
}

static double enumerate(const struct small *s) {
    double best = INFINITY;
    int n[PARTS][TYPES], bought[PARTS][TYPES];
    for (int i = 0; i < COUNT * COUNT * COUNT * COUNT; i++) {
        for (int k = 0, rest = i; k < PARTS * TYPES; k++, rest /= COUNT)
            n[k / TYPES][k % TYPES] = rest % COUNT;
        if (!carries(s, 0, n[0]) || !carries(s, 1, n[1]))
            continue;
        for (int j = 0; j < COUNT * COUNT * COUNT * COUNT; j++) {
            for (int k = 0, rest = j; k < PARTS * TYPES; k++, rest /= COUNT)
                bought[k / TYPES][k % TYPES] = rest % COUNT;
            best = fmin(best, price_of(s, n, bought));
        }
    }
    return best;
}

static struct small draw_small(struct rng *rng) {
    struct small s = {.budget = -1, .carbon = -1};
    for (int p = 0; p < PARTS; p++)
        s.demand[p] = fixture_draw(rng, 2, 28);
    for (int t = 0; t < TYPES; t++) {
        s.rate[t] = fixture_draw(rng, 10, 20);
        s.list[t] = round(1000 * fixture_draw(rng, 0.6, 1.4)) / 1000;
        s.committed[t] = round(1000 * s.list[t] * fixture_draw(rng, 0.4, 0.9)) / 1000;
        s.kg[t] = fixture_draw(rng, 0.05, 0.5);
    }
    return s;
}

static void open_small(struct plan_fixture *f, const struct small *s) {
    open_months(f, PARTS, 12, s->demand);
    fixture_instance(f, 0, "a", s->rate[0], s->list[0], -1);
    fixture_instance(f, 0, "b", s->rate[1], s->list[1], -1);
    fixture_commitment(f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, s->committed[0]);
    fixture_commitment(f, 1, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, s->committed[1]);
}

/* Limits are drawn between what keeps all plans and what keeps none. The enumeration cannot be
 * beaten; of what it finds feasible the search finds nearly all, and nearly all exactly. */
Test(purchases, limits_against_enumeration) {
    enum { DRAWS = 100 };
    static const uint64_t days = 1 | 1 << 6;
    const uint64_t start_months[2] = {days, days};
    static const bool first[12] = {true, true, true, true, true, true};
    int n_feasible = 0, n_found = 0, n_exact = 0, n_bound = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        struct rng rng = rng_open(20261211, seed, RNG_TEST, 0);
        struct small s = draw_small(&rng);
        struct plan_fixture f;
        open_small(&f, &s);
        f.input.start_months = start_months;
        struct plan_budget budget = {"the first half", 0, first, true};
        struct plan_carbon carbon = {"the limit of carbon", 0, s.kg};
        double free_usd = enumerate(&s) * 8760;
        if (seed % 3 != 1) {
            s.budget = budget.usd = free_usd * fixture_draw(&rng, 0.25, 0.8);
            f.input.budgets = &budget;
            f.input.n_budgets = 1;
        }
        if (seed % 3 != 0) {
            s.carbon = carbon.kg_max = 4380 * fixture_draw(&rng, 0.4, 1.4);
            f.input.carbon = &carbon;
        }
        double best = enumerate(&s);
        struct plan plan;
        struct err err = {0};
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        unsigned long long at = seed;
        cr_assert(isfinite(best) || !plan.feasible, "seed %llu", at);
        if (isfinite(best)) {
            n_feasible++;
            n_found += plan.feasible;
            n_bound += best * 8760 > free_usd * (1 + 1e-9);
        }
        if (plan.feasible) {
            cr_assert(ge(dbl, plan.usd_per_hour, best * (1 - 1e-9)), "seed %llu", at);
            cr_assert(le(dbl, plan.lp_usd_per_hour, best * (1 + 1e-7)), "seed %llu", at);
            n_exact += plan.usd_per_hour <= best * (1 + 1e-9);
        } else
            cr_expect(plan.infeasible[0] != '\0', "seed %llu", at);
        fixture_close(&f);
    }
    cr_log_info("%d feasible, %d found, %d exact, in %d a limit costs", n_feasible, n_found,
                n_exact, n_bound);
    cr_expect(ge(int, n_bound, 10)); /* else the limits would test nothing */
    cr_expect(ge(int, n_found, n_feasible * 95 / 100));
    cr_expect(ge(int, n_exact, n_feasible * 85 / 100));
}
