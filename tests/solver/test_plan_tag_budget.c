/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Budgets of some workloads (plan_budget.workloads): what they cost, a commitment at its rate as
 * they use it.
 *
 * - by hand: who gets the cheap type when its quota is for one, and what is reserved;
 * - the programme in both forms against a plain one without any reduction (apart, its bounds
 *   hold the optimum between them, 1e-6 apart at most);
 * - whole instances against full enumeration. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"

#include "solver/programme.h"

static const bool chat_alone[] = {true, false};
static const bool whole_year[12] = {true, true, true, true, true, true,
                                    true, true, true, true, true, true};
static const bool first_half[12] = {true, true, true, true, true, true};

/* Two workloads; one planning hour for each half of a year. */
static void open_halves(struct plan_fixture *f, const double *chat, const double *code) {
    fixture_open(f, 2, 2);
    struct demand *demand = &f->demand;
    demand->n_weeks = 2;
    demand->n_months = 12;
    demand->horizon_hours = 8760;
    static const int64_t from[13] = {0,    730,  1460, 2190, 2920, 3650, 4380,
                                     5110, 5840, 6570, 7300, 8030, 8760};
    demand->n_calendar = 12;
    demand->calendar_from = from;
    demand->month_hours = demand->calendar_hours = arena_new(&f->arena, double, 24);
    for (int m = 0; m < 12; m++)
        demand->month_hours[m * 2 + m / 6] = 730;
    for (int k = 0; k < 2; k++) {
        demand->weeks[k] =
            (struct demand_week){.month = 6 * k, .from_day = 182 * k, .weight = 4380};
        demand->weight[k] = 4380;
    }
    fixture_demand(f, 0, chat);
    fixture_demand(f, 1, code);
}

static void allow(struct plan_fixture *f, struct plan_budget *budget, double usd,
                  const bool *months) {
    *budget = (struct plan_budget){
        .name = "the budget of chat", .usd = usd, .months = months, .workloads = chat_alone};
    f->input.budgets = budget;
    f->input.n_budgets = 1;
}

/* a costs 1 and there is quota for one, b costs 2; each carries all of chat, of code a does and b
 * half. Cheapest is code on a and chat on b: 1 + 2, and chat's year is 17,520 USD. With 13,140 chat
 * is on a half of the time, and code then on two b: 4 in the mean; in whole instances one half of
 * the year. With 8,760 it is on a all the time: 5. Less cannot be. */
Test(tag_budget, who_gets_the_cheap_type) {
    static const struct { double budget, usd; } cases[] = {{17520, 3}, {13140, 4}, {8760, 5}};
    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        struct plan_budget budget;
        struct plan plan;
        struct err err = {0};
        open_halves(&f, (double[]){10, 9.9999999}, (double[]){10, 10}); /* not merged into one */
        int a = fixture_offer(&f, "a", "a", 1, -1), b = fixture_offer(&f, "b", "b", 2, -1);
        f.offers[b].quota_group = "B";
        fixture_candidate(&f, 0, a, 10);
        fixture_candidate(&f, 0, b, 10);
        fixture_candidate(&f, 1, a, 10);
        fixture_candidate(&f, 1, b, 5);
        fixture_quota(&f, "G", false, 8);
        allow(&f, &budget, i < 3 ? cases[i].budget : 8700, whole_year);
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        cr_assert(eq(int, plan.feasible, i < 3), "case %zu: %s", i, plan.infeasible);
        if (i < 3) {
            cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, cases[i].usd, 1e-6), "case %zu", i);
            cr_expect(epsilon_eq(dbl, plan.usd_per_hour, cases[i].usd, 1e-9), "case %zu", i);
        } else
            cr_expect(strstr(plan.infeasible, "the budget of chat of 8700.00 USD cannot be kept: "
                                              "no plan comes below 8760.00 USD") != NULL,
                      "%s", plan.infeasible);
        fixture_close(&f);
    }
}

/* One instance each all year, reserved at 0.6 of on demand: chat bears one of the two, 5,256 USD,
 * whoever pays for the other; of three owned at 0.1, one stands idle and is not chat's. */
Test(tag_budget, what_is_reserved_counts_as_it_is_used) {
    for (int i = 0; i < 3; i++) {
        static const double usd[] = {5256, 5255, 876};
        struct plan_fixture f;
        struct plan_budget budget;
        struct plan plan;
        struct err err = {0};
        open_halves(&f, (double[]){10, 10}, (double[]){10, 10});
        fixture_offer(&f, "a", "a", 1, -1);
        fixture_candidate(&f, 0, 0, 10);
        fixture_candidate(&f, 1, 0, 10);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
        if (i == 2)
            fixture_own(&f, 0, 3, 0.1);
        allow(&f, &budget, usd[i], whole_year);
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        cr_assert(eq(int, plan.feasible, i != 1), "case %d: %s", i, plan.infeasible);
        if (plan.feasible)
            cr_expect(epsilon_eq(dbl, plan.usd_per_hour, i == 0 ? 1.2 : 0.3, 1e-9));
        fixture_close(&f);
    }
}

/* One instance of 1 a hour in the first half of the year and three in the second, with a budget of
 * 4,000 USD for either: 380 are missing in the first and 9,140 in the second, and what works in
 * both is 13,140. */
Test(tag_budget, the_period_that_lacks_most_is_named) {
    static const bool second_half[12] = {[6] = true, true, true, true, true, true};
    struct plan_fixture f;
    struct plan_budget budgets[2];
    struct plan plan;
    struct err err = {0};
    open_halves(&f, (double[]){10, 30}, (double[]){10, 10});
    fixture_offer(&f, "a", "a", 1, -1);
    fixture_candidate(&f, 0, 0, 10);
    fixture_candidate(&f, 1, 0, 10);
    for (int i = 0; i < 2; i++)
        budgets[i] = (struct plan_budget){.name = i ? "the second budget" : "the first budget",
                                          .usd = 4000,
                                          .months = i ? second_half : first_half,
                                          .workloads = chat_alone,
                                          .where = "scenario.yaml:12"};
    f.input.budgets = budgets;
    f.input.n_budgets = 2;
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_assert(not(plan.feasible));
    cr_expect(
        eq(str, plan.infeasible,
           "the second budget of 4000.00 USD (scenario.yaml:12) cannot be kept: no plan comes "
           "below $13.1K (13140 USD). In whole instances the least that was found is $13.1K "
           "(13140 USD): raise it to that."));
    budgets[0].usd = budgets[1].usd = 13140;
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_expect(plan.feasible, "%s", plan.infeasible);
    fixture_close(&f);
}

/* ---- random inputs ---- */

enum { RUNS = 120, TYPES = 2, PARTS = 2 };

struct drawn {
    struct plan_fixture f;
    struct plan_budget budget;
};

static void draw(struct drawn *d, uint64_t seed, double most) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 2);
    struct plan_fixture *f = &d->f;
    double chat[PARTS], code[PARTS], usd[TYPES];
    for (int s = 0; s < PARTS; s++) {
        chat[s] = fixture_draw(&rng, 2, most);
        code[s] = fixture_draw(&rng, 2, most);
    }
    open_halves(f, chat, code);
    for (int t = 0; t < TYPES; t++) {
        usd[t] = round(1000 * fixture_draw(&rng, t == 0 ? 0.5 : 1, t == 0 ? 0.8 : 2)) / 1000;
        fixture_offer(f, t == 0 ? "a" : "b", t == 0 ? "a" : "b", usd[t], -1);
    }
    f->offers[1].quota_group = "B";
    for (int w = 0; w < 2; w++)
        for (int t = 0; t < TYPES; t++)
            fixture_candidate(f, w, t, fixture_draw(&rng, 8, 20));
    for (int t = 0; t < TYPES; t++)
        fixture_commitment(f, t, COMMIT_RESERVED_STANDARD, 1,
                           t == 0 ? PAY_NO_UPFRONT : PAY_ALL_UPFRONT,
                           round(1000 * usd[t] * fixture_draw(&rng, 0.5, 0.95)) / 1000);
    fixture_quota(f, "G", false, 8 * floor(fixture_draw(&rng, 1, 1 + most / 14)));
    bool half = rng_uniform(&rng) < 0.5;
    double per_request = usd[0] / f->capacities[0].points[0].rate_per_second;
    double hours = (chat[0] + (half ? 0 : chat[1])) * 4380;
    allow(f, &d->budget, hours * per_request * fixture_draw(&rng, 0.7, 2),
          half ? first_half : whole_year);
}

static double usd_of(const struct drawn *d, int type, bool reserved) {
    return money_rate_usd(reserved ? d->f.quotes[type][0].effective.rate
                                   : d->f.offers[type].on_demand.rate);
}

static bool in_budget(const struct drawn *d, int part) {
    return d->budget.months[6 * part];
}

/* Every column and row of docs/model.md 5.2, none left out. */
static double plain(struct drawn *d) {
    struct plan_fixture *f = &d->f;
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    int amount[TYPES];
    lp_open(&lp, &f->arena, "plain");
    int budget = lp_add_row(&lp, -INFINITY, d->budget.usd / 4380, "budget");
    for (int t = 0; t < TYPES; t++)
        amount[t] = lp_add_column(&lp, usd_of(d, t, true), 0, INFINITY, "y%d", t);
    for (int s = 0; s < PARTS; s++) {
        int quota = lp_add_row(&lp, -INFINITY, f->quotas[0].vcpu, "quota%d", s), held[TYPES];
        for (int t = 0; t < TYPES; t++) {
            held[t] = lp_add_row(&lp, -INFINITY, 0, "held%d.%d", t, s);
            lp_set(&lp, held[t], amount[t], -1);
        }
        for (int w = 0; w < 2; w++) {
            int demand =
                lp_add_row(&lp, f->demand.rate_per_second[w * PARTS + s], INFINITY, "d%d.%d", w, s);
            for (int k = 0; k < 2 * TYPES; k++) {
                int t = k / 2;
                bool reserved = k % 2;
                int x = lp_add_column(&lp, reserved ? 0 : usd_of(d, t, false) / PARTS, 0, INFINITY,
                                      "x%d.%d.%d", w, k, s);
                lp_set(&lp, demand, x, f->capacities[w * TYPES + t].points[0].rate_per_second);
                if (t == 0)
                    lp_set(&lp, quota, x, 8);
                if (reserved)
                    lp_set(&lp, held[t], x, 1);
                if (w == 0 && in_budget(d, s))
                    lp_set(&lp, budget, x, usd_of(d, t, reserved));
            }
        }
    }
    cr_assert(lp_solve(&f->arena, &lp, &solution, &err), "%s", err.what);
    return solution.status == LP_OPTIMAL ? solution.objective : INFINITY;
}

Test(tag_budget, both_forms_equal_a_plain_formulation) {
    static const struct two_stage_options exact = {.tolerance = 1e-9, .n_threads = 1};
    int n_feasible = 0, n_bound = 0, n_exact = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct drawn d;
        struct err err = {0};
        struct market market;
        struct hourly_lp hourly;
        struct lp_solution full;
        struct programme programme;
        struct two_stage_answer got;
        draw(&d, seed, 80);
        double expected = plain(&d);
        cr_assert(market_open(&d.f.arena, &d.f.input, &market, &err), "%s", err.what);
        cr_assert(hourly_lp_solve_full(&d.f.arena, &market, &hourly, &full, &err), "%s", err.what);
        cr_assert(eq(int, full.status == LP_OPTIMAL, isfinite(expected)), "seed %d", (int)seed);
        if (isfinite(expected)) {
            cr_assert(programme_solve(&d.f.arena, &market, &exact, &programme, &got, &err), "%s",
                      err.what);
            cr_expect(epsilon_eq(dbl, full.objective, expected, 1e-8 * expected), "seed %d",
                      (int)seed);
            cr_expect(le(dbl, got.lower, expected * (1 + 1e-9)), "seed %d", (int)seed);
            cr_expect(ge(dbl, got.upper, expected * (1 - 1e-9)), "seed %d", (int)seed);
            cr_expect(le(dbl, got.gap, 1e-6), "seed %d", (int)seed);
            n_exact += got.gap <= 1e-8;
            n_feasible++;
            d.budget.usd = 1e9;
            n_bound += plain(&d) < expected * (1 - 1e-6);
        }
        fixture_close(&d.f);
    }
    cr_log_info("%d feasible, %d to 1e-8, in %d the budget costs", n_feasible, n_exact, n_bound);
    cr_expect(ge(int, n_exact, n_feasible * 95 / 100));
    cr_expect(ge(int, n_bound, RUNS / 15)); /* else the row would be tested by nothing */
}

/* What both cost in one part, and chat of it; INFINITY where it does not carry. */
static double part_usd(const struct drawn *d, int s, const int *n, const int *held, double *chat) {
    const struct plan_fixture *f = &d->f;
    double usd = 0;
    *chat = 0;
    for (int w = 0; w < 2; w++) {
        double rate = 0;
        for (int t = 0; t < TYPES; t++)
            rate += n[w * TYPES + t] * f->capacities[w * TYPES + t].points[0].rate_per_second;
        if (rate < f->demand.rate_per_second[w * PARTS + s] * (1 - 1e-9))
            return INFINITY;
    }
    for (int t = 0; t < TYPES; t++) {
        int all = n[t] + n[TYPES + t];
        if (t == 0 && 8 * all > f->quotas[0].vcpu)
            return INFINITY;
        double on_demand = fmax(0, all - held[t]) * usd_of(d, t, false);
        double used = fmin(all, held[t]) * usd_of(d, t, true);
        usd += on_demand;
        *chat += all > 0 ? (on_demand + used) * n[t] / all : 0;
    }
    return usd;
}

enum { COUNT = 4, FLEETS = COUNT * COUNT * COUNT * COUNT };

/* With so much reserved; chat's cost of each part against the cheapest that has no more. */
static double best_with(const struct drawn *d, const int *held) {
    static double usd[PARTS][FLEETS], chat[PARTS][FLEETS];
    for (int s = 0; s < PARTS; s++)
        for (int i = 0; i < FLEETS; i++) {
            int n[4] = {i % COUNT, i / COUNT % COUNT, i / COUNT / COUNT % COUNT,
                        i / COUNT / COUNT / COUNT};
            usd[s][i] = part_usd(d, s, n, held, &chat[s][i]);
            chat[s][i] = in_budget(d, s) ? 4380 * chat[s][i] : 0;
        }
    double best = INFINITY, limit = d->budget.usd * (1 + 1e-12);
    for (int i = 0; i < FLEETS; i++)
        for (int j = 0; j < FLEETS && isfinite(usd[0][i]); j++)
            if (chat[0][i] + chat[1][j] <= limit)
                best = fmin(best, (usd[0][i] + usd[1][j]) / 2);
    return best + held[0] * usd_of(d, 0, true) + held[1] * usd_of(d, 1, true);
}

Test(tag_budget, whole_instances_against_enumeration) {
    int n_feasible = 0, n_found = 0, n_exact = 0, n_bound = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct drawn d;
        struct plan plan;
        struct err err = {0};
        draw(&d, 500 + seed, 28);
        double best = INFINITY, free = INFINITY, budget = d.budget.usd;
        for (int i = 0; i < 49; i++) {
            int held[] = {i % 7, i / 7};
            d.budget.usd = budget;
            best = fmin(best, best_with(&d, held));
            d.budget.usd = 1e12;
            free = fmin(free, best_with(&d, held));
        }
        d.budget.usd = budget;
        cr_assert(plan_solve(&d.f.arena, &d.f.input, &plan, &err), "%s", err.what);
        cr_assert(isfinite(best) || !plan.feasible, "seed %d", (int)seed);
        n_feasible += isfinite(best);
        n_found += plan.feasible;
        n_bound += isfinite(best) && best > free * (1 + 1e-9);
        if (plan.feasible) {
            cr_assert(ge(dbl, plan.usd_per_hour, best * (1 - 1e-9)), "seed %d", (int)seed);
            cr_assert(le(dbl, plan.lp_usd_per_hour, best * (1 + 1e-7)), "seed %d", (int)seed);
            n_exact += plan.usd_per_hour <= best * (1 + 1e-9);
        }
        fixture_close(&d.f);
    }
    cr_log_info("%d feasible, %d found, %d exact, in %d the budget costs", n_feasible, n_found,
                n_exact, n_bound);
    cr_expect(ge(int, n_bound, 5));
    cr_expect(ge(int, n_found, n_feasible * 85 / 100));
    cr_expect(ge(int, n_exact, n_feasible * 75 / 100));
}
