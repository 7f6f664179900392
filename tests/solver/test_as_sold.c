/* SPDX-License-Identifier: GPL-3.0-or-later */
/* as_sold: the best commitments as they are sold against all amounts tried one by one. Of one type
 * each cost is a sum over hours by hand; of two types and terms, with quotas, upfront limits,
 * coverage and without on demand, it is the full linear programme with the amounts fixed (lp.h, no
 * decomposition). The bound must not exceed the best, nor stay below it where there was no limit on
 * the search: rounding alone and the minimum alone must both fail that.
 *
 * Of large fleets the gap is 5e-4 at most after six solves. In a plan minimum, as sold and whole
 * instances come in that order. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_draws.h"

#include "solver/as_sold.h"
#include "solver/hourly_lp.h"

enum { MANY = 100000 };

static struct as_sold find(struct arena *arena, const struct market *market, double target,
                           int solves_max) {
    struct programme_memory memory = {0};
    struct as_sold found;
    struct err err = {0};
    cr_assert(as_sold_find(arena, market, &memory, NULL, target, solves_max, &found, &err), "%s",
              err.what);
    programme_forget(&memory);
    return found;
}

static double gap_of(const struct as_sold *found) {
    return (found->usd_per_hour - found->least_usd_per_hour) / found->usd_per_hour;
}

/* One type, one workload: by trying all. Of large fleets rounding costs at most 5e-4. */
Test(as_sold, one_type_by_hand) {
    int apart = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng = rng_open(seed, 6, RNG_TEST, 1);
        struct plan_fixture f;
        struct market market;
        struct err err = {0};
        bool large = seed % 2 == 0;
        double demand[12], rate = fixture_draw(&rng, 1, 1.9), best = INFINITY;
        for (int h = 0; h < 12; h++)
            demand[h] = large ? fixture_draw(&rng, 10000, 20000) : fixture_draw(&rng, 0, 60);
        fixture_open(&f, 1, 12);
        fixture_instance(&f, 0, "g5", 10, 2, -1);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, rate);
        rate = money_rate_usd(f.quotes[0][0].effective.rate);
        fixture_demand(&f, 0, demand);
        for (int n = 0; n <= 2000; n++) {
            double usd = n * rate;
            for (int h = 0; h < 12; h++)
                usd += 2 * fmax(0, demand[h] / 10 - n) / 12;
            best = fmin(best, usd);
        }
        cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
        struct as_sold found = find(&f.arena, &market, large ? 5e-4 : 0, large ? 6 : MANY);
        int p = market.n_owned;
        cr_assert(found.found);
        cr_expect(eq(dbl, found.amount[p], round(found.amount[p])));
        cr_expect(le(dbl, found.least_usd_per_hour, best * (1 + 1e-9)), "seed %d", (int)seed);
        cr_expect(le(dbl, gap_of(&found), large ? 5e-4 : 1e-8), "seed %d", (int)seed);
        cr_expect(epsilon_eq(dbl, found.usd_per_hour, best, (large ? 5e-4 : 1e-8) * best));
        apart += !large && found.minimum_usd_per_hour < best * (1 - 1e-3);
        fixture_close(&f);
    }
    cr_expect(gt(int, apart, 5)); /* the minimum is no bound of whole ones that would do */
}

/* Of the machine the fraction likes most the best whole amount is the second below it, or the
 * second above: the next amount waits behind the nearest. All hours ask for the same. */
Test(as_sold, two_steps_from_the_fraction) {
    static const struct {
        double demand, rate, reserved[2], upfront_max; /* [0] carries 10 requests/s */
        enum payment payment;
        double amount[2], minimum, best;
    } cases[] = {
        /* 7 requests/s for 0.71: 1.4 of the first at the minimum; one of it leaves 4 to carry */
        {14, 7, {1, 0.71}, -1, PAY_NO_UPFRONT, {0, 2}, 1.4, 1.42},
        /* 14 for 1.372, and upfront for one alone: it and 0.6 of the first at the minimum */
        {20, 14, {1, 1.372}, 1.372 * 8760, PAY_ALL_UPFRONT, {2, 0}, 1.972, 2},
    };
    for (int i = 0; i < 2; i++) {
        struct plan_fixture f;
        struct market market;
        struct err err = {0};
        fixture_open(&f, 1, 4);
        fixture_instance(&f, 0, "g5", 10, 3, -1);
        fixture_instance(&f, 0, "g6", cases[i].rate, 4, -1);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT,
                           cases[i].reserved[0]);
        fixture_commitment(&f, 1, COMMIT_RESERVED_STANDARD, 1, cases[i].payment,
                           cases[i].reserved[1]);
        double rate = cases[i].demand;
        fixture_demand(&f, 0, (double[]){rate, rate, rate, rate});
        f.input.policy.upfront_usd_max = cases[i].upfront_max;
        cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
        cr_assert(eq(int, market.n_pools - market.n_owned, 2));
        struct as_sold found = find(&f.arena, &market, 0, MANY);
        cr_expect(epsilon_eq(dbl, found.minimum_usd_per_hour, cases[i].minimum, 1e-6), "case %d",
                  i);
        cr_expect(epsilon_eq(dbl, found.usd_per_hour, cases[i].best, 1e-9), "case %d", i);
        cr_expect(epsilon_eq(dbl, found.least_usd_per_hour, cases[i].best, 1e-9), "case %d", i);
        for (int p = 0; p < 2; p++)
            cr_expect(eq(dbl, found.amount[market.n_owned + p], cases[i].amount[p]), "case %d", i);
        fixture_close(&f);
    }
}

/* --- against the full programme with every whole amount --- */

static void draw(struct plan_fixture *f, struct rng *rng) {
    enum { HOURS = 8 };
    int n_workloads = 1 + (int)rng_below(rng, 2);
    fixture_open(f, n_workloads, HOURS);
    int first = fixture_offer(f, "g5", "g", fixture_draw(rng, 1, 3), -1);
    int second = fixture_offer(f, "g6", "g", fixture_draw(rng, 1, 3), -1);
    for (int o = first; o <= second; o++) {
        double list = money_rate_usd(f->offers[o].on_demand.rate);
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1,
                           coin(rng, 0.5) ? PAY_ALL_UPFRONT : PAY_NO_UPFRONT,
                           list * fixture_draw(rng, 0.4, 0.8));
        for (int w = 0; w < n_workloads; w++)
            fixture_candidate(f, w, o, fixture_draw(rng, 8, 16));
    }
    for (int i = 0; i < n_workloads * HOURS; i++)
        f->demand.rate_per_second[i] = fixture_draw(rng, 2, 30);
    f->input.allow_on_demand = coin(rng, 0.8);
    if (coin(rng, 0.3))
        f->input.policy.coverage_max = fixture_draw(rng, 0.3, 0.9);
    if (coin(rng, 0.3))
        f->input.policy.upfront_usd_max = fixture_draw(rng, 5000, 40000);
    if (coin(rng, 0.3))
        fixture_quota(f, "G", false, floor(fixture_draw(rng, 40, 80)));
}

/* What exactly these cost, in one piece; INFINITY: they do not fit. */
static double priced(const struct market *from, const double *amount) {
    struct arena arena = {0};
    struct programme_memory memory = {0};
    struct what_if what_if;
    struct hourly_lp hourly;
    struct lp_solution solution;
    struct err err = {0};
    double upfront = 0, limit = from->in->policy.upfront_usd_max;
    what_if_open(&arena, from, &memory, &what_if);
    struct market *market = &what_if.market;
    market->all_pools = market->all_ways = true;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        market->pools[p].fixed = true;
        market->pools[p].amount = amount[p];
        upfront += market->pools[p].upfront_usd * amount[p];
    }
    cr_assert(hourly_lp_solve_full(&arena, market, &hourly, &solution, &err), "%s", err.what);
    bool fits = solution.status == LP_OPTIMAL && (limit < 0 || upfront <= limit * (1 + 1e-9));
    double usd = fits ? solution.objective : INFINITY;
    arena_release(&arena);
    return usd;
}

/* The best of all whole numbers up to `most` of each of two. */
static double best_of_all(const struct market *market, int most) {
    double best = INFINITY, amount[FIXTURE_MAX] = {0};
    for (int i = 0; i <= most; i++)
        for (int j = 0; j <= most; j++) {
            amount[market->n_owned] = i;
            amount[market->n_owned + 1] = j;
            best = fmin(best, priced(market, amount));
        }
    return best;
}

Test(as_sold, two_types_against_all_amounts) {
    int apart = 0, unfit = 0, branched = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct rng rng = rng_open(seed, 7, RNG_TEST, 2);
        struct plan_fixture f;
        struct market market;
        struct err err = {0};
        draw(&f, &rng);
        cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
        cr_assert(eq(int, market.n_pools - market.n_owned, 2));
        double best = best_of_all(&market, 9);
        struct as_sold found = find(&f.arena, &market, 0, MANY);
        cr_expect(eq(int, found.found, isfinite(best)), "seed %d", (int)seed);
        unfit += !found.found;
        if (found.found) {
            cr_expect(epsilon_eq(dbl, found.usd_per_hour, best, 1e-7 * best), "seed %d", (int)seed);
            cr_expect(epsilon_eq(dbl, found.least_usd_per_hour, best, 1e-7 * best), "seed %d",
                      (int)seed);
            cr_expect(epsilon_eq(dbl, priced(&market, found.amount), best, 1e-7 * best));
            apart += found.minimum_usd_per_hour < best * (1 - 1e-3);
            branched += found.n_solves > 2;
        }
        fixture_close(&f);
    }
    cr_expect(gt(int, apart, 20));
    cr_expect(gt(int, branched, 20));
    cr_expect(lt(int, unfit, 20));
}

/* The minimum, commitments as they are sold, whole instances: each asks for more. */
Test(as_sold, between_minimum_and_plan) {
    int known = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct rng rng = rng_open(seed, 7, RNG_TEST, 3);
        struct plan_fixture f;
        struct plan plan;
        struct err err = {0};
        draw(&f, &rng);
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        if (plan.feasible) {
            const struct plan_as_sold *sold = &plan.as_sold;
            cr_expect(not(sold->known));
            cr_assert(plan_price_as_sold(&f.arena, &f.input, &plan, &err), "%s", err.what);
            cr_assert(sold->known);
            double near = 1e-8 * plan.usd_per_hour;
            cr_expect(ge(dbl, sold->least_usd_per_hour, plan.lp_usd_per_hour - near));
            cr_expect(ge(dbl, sold->usd_per_hour, sold->least_usd_per_hour - near));
            cr_expect(le(dbl, sold->usd_per_hour, plan.usd_per_hour + near), "seed %d", (int)seed);
            known++;
        }
        fixture_close(&f);
    }
    cr_expect(gt(int, known, 15));
}

/* What stands beside the market in a plan's figures stands beside these too; where carbon is priced
 * nothing is told. */
Test(as_sold, money_beside_the_market) {
    struct plan_fixture f;
    struct plan plan;
    struct err err = {0};
    fixture_open(&f, 1, 4);
    fixture_instance(&f, 0, "g5", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1);
    fixture_demand(&f, 0, (double[]){14, 14, 14, 14});
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err) && plan.feasible);
    cr_assert(plan_price_as_sold(&f.arena, &f.input, &plan, &err));
    /* one reserved and 0.4 on demand, or two reserved */
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 1.4, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.as_sold.usd_per_hour, 1.8, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.as_sold.least_usd_per_hour, 1.8, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 2, 1e-9));
    plan.lp_usd_per_hour += 3;
    plan.usd_per_hour += 3;
    cr_assert(plan_price_as_sold(&f.arena, &f.input, &plan, &err));
    cr_expect(epsilon_eq(dbl, plan.as_sold.usd_per_hour, 4.8, 1e-9));
    plan.carbon_usd_per_hour = 1;
    cr_assert(plan_price_as_sold(&f.arena, &f.input, &plan, &err));
    cr_expect(not(plan.as_sold.known));
    fixture_close(&f);
}
