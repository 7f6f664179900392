/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When commitments are bought and for how long they are held, and limits of money over many hours,
 * on horizons small enough to be worked out by hand in the comments. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "plan_fixture.h"

/* One planning hour for each `months / n` months of 730 hours, each a segment of its own. */
static void open_months(struct plan_fixture *f, int n, int months, const double *rates) {
    fixture_open(f, 1, n);
    struct demand *demand = &f->demand;
    demand->n_weeks = n;
    demand->n_months = months;
    demand->horizon_hours = 730.0 * months;
    demand->month_hours = arena_new(&f->arena, double, months *n);
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

/* 1, 2, 3 and 4 instances in the quarters of a year; reserved at 0.6 of on demand. On day one a
 * unit pays when more than 60 % of the hours need it (the newsvendor): the first (all) and the
 * second (3 quarters): 1.2 + (1 + 2) / 4 = 1.95. Quarter by quarter one each: 0.6 x 10 / 4 = 1.5,
 * and what is bought in month 9 owes 8760 - 2190 hours of 0.6. */
Test(purchases, a_ladder_follows_growth) {
    struct plan_fixture f;
    open_months(&f, 4, 12, (double[]){10, 20, 30, 40});
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.95, 1e-9));
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
