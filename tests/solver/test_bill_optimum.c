/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The provider's greedy order of savings plans against the cheapest allocation, a linear programme
 * of the hour: hours of each offer covered by each plan, the rest on demand. Inside one plan group
 * they are equal; across groups the forced order can cost more. Seed and case on failure. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "solver/lp.h"
#include "tests/pricing/bill_random.h"
#include "tests/pricing/naive_biller.h"

enum { SEED = 20261125, CASES = 300, OFFERS = 4, HELD = 3 };

struct hour {
    struct offer offers[OFFERS];
    struct usage_row rows[OFFERS];
    struct commitment held[HELD];
    usd_pico rates[HELD][OFFERS];
};

static struct bill_input input_of(struct hour *hour, int n_offers, int n_held,
                                  struct usage_ledger *ledger) {
    for (int k = 0; k < n_held; k++)
        hour->held[k].plan_rates = hour->rates[k];
    *ledger = (struct usage_ledger){3600, n_offers, hour->rows};
    return (struct bill_input){hour->offers, n_offers, ledger, 1, hour->held, n_held, {0}};
}

/* The least that the hour can cost: committed dollars and what is left on demand. */
static double optimum(struct arena *arena, const struct bill_input *in) {
    struct lp lp;
    struct lp_solution solution;
    struct err err;
    int usage[OFFERS];
    double committed = 0;
    lp_open(&lp, arena, "hour");
    for (int o = 0; o < in->n_offers; o++) {
        const struct usage_row *row = &in->parts[0].rows[o];
        double hours = (double)(row->to_s - row->from_s) * (double)row->quantity / 3600;
        usage[o] = lp_add_row(&lp, hours, hours, "usage_%d", o);
        int rest = lp_add_column(&lp, money_rate_usd(in->offers[o].on_demand.rate), 0, INFINITY,
                                 "rest_%d", o);
        lp_set(&lp, usage[o], rest, 1);
    }
    for (int k = 0; k < in->n_commitments; k++) {
        const struct commitment *c = &in->commitments[k];
        double budget = money_amount_usd(c->plan_usd_per_hour);
        int row = lp_add_row(&lp, -INFINITY, budget, "plan_%d", k);
        committed += budget;
        for (int o = 0; o < in->n_offers; o++) {
            if (c->plan_rates[o] == 0)
                continue;
            int covered = lp_add_column(&lp, 0, 0, INFINITY, "covered_%d_%d", k, o);
            lp_set(&lp, usage[o], covered, 1);
            lp_set(&lp, row, covered, money_rate_usd(c->plan_rates[o]));
        }
    }
    cr_assert(lp_solve(arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(eq(i32, (int)solution.status, LP_OPTIMAL));
    return committed + solution.objective;
}

static struct hour random_hour(uint64_t number, bool one_group) {
    struct rng rng = rng_open(SEED, number, RNG_TEST, one_group);
    struct hour hour;
    for (int o = 0; o < OFFERS; o++) {
        hour.offers[o] = fixture_instance("m5.large", "m5", 1, 0);
        hour.offers[o].on_demand = random_quote(&rng, 0.01, 2000);
        hour.rows[o] = fixture_row(o, 0, 0, 60 + random_below(&rng, 3540), random_below(&rng, 4));
    }
    for (int k = 0; k < HELD; k++) {
        bool ec2 = !one_group && k == 0;
        hour.held[k] = (struct commitment){.name = "plan",
                                           .terms = {ec2 ? COMMIT_PLAN_EC2 : COMMIT_PLAN_COMPUTE},
                                           .offer = -1,
                                           .family = ec2 ? "m5" : NULL,
                                           .region = ec2 ? "us-east-1" : NULL,
                                           .plan_usd_per_hour = random_below(&rng, 1500) * 10000000,
                                           .to_s = INT64_MAX};
        for (int o = 0; o < OFFERS; o++)
            hour.rates[k][o] = k > 0 && (one_group || k > 1) ? hour.rates[k - 1][o]
                                                             : hour.offers[o].on_demand.rate / 100 *
                                                                   (20 + random_below(&rng, 75));
    }
    return hour;
}

static naive_money total_of(const struct naive_bill *bill) {
    naive_money sum = 0;
    for (int k = 0; k < CHARGE_KINDS; k++)
        sum += bill->by_kind[k];
    return sum;
}

/* Fractional knapsack: the bill is the optimum. A biller that takes the lowest saving first is
 * above it. */
Test(bill_optimum, one_group_is_optimal) {
    int above = 0;
    for (int number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct hour hour = random_hour((uint64_t)number, true);
        struct usage_ledger ledger;
        struct bill_input input = input_of(&hour, OFFERS, HELD, &ledger);
        double least = optimum(&arena, &input);
        struct bill bill = random_bill_compute(&arena, &input);
        cr_expect(epsilon_eq(dbl, money_amount_usd(bill.total), least, 1e-6), "seed %d case %d",
                  SEED, number);
        struct naive_bill wrong = naive_bill_of(&input, NAIVE_LOWEST_SAVING_FIRST);
        above += (double)total_of(&wrong) > least + 1e-3;
        arena_release(&arena);
    }
    cr_assert(gt(i32, above, CASES / 4));
}

Test(bill_optimum, across_groups_the_bill_is_never_below_and_often_above) {
    int above = 0;
    for (int number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct hour hour = random_hour((uint64_t)number, false);
        struct usage_ledger ledger;
        struct bill_input input = input_of(&hour, OFFERS, HELD, &ledger);
        double least = optimum(&arena, &input);
        double billed = money_amount_usd(random_bill_compute(&arena, &input).total);
        cr_expect(ge(dbl, billed, least - 1e-6), "seed %d case %d", SEED, number);
        above += billed > least + 1e-3;
        arena_release(&arena);
    }
    cr_assert(gt(i32, above, 0));
}

/* EC2 Instance plan A1 5, A2 5.1; Compute plan A1 5, A2 9.9; 5 + 5 dollars; A1 at 10.
 *   A2 at 10:   billed 10 + (1 - 5/9.9) x 10 = 14.949494949. Cheapest: the EC2 plan on A2, the
 * Compute plan on A1: 10 + 0.1/5.1 x 10 = 10.196078431. Gap 4.753416518. A2 at 10.5: billed 10 +
 * 0.1/5.1 x 10.5 = 10.205882353, the cheapest: a dearer rate, a lower bill. */
Test(bill_optimum, the_counter_example_and_its_gap) {
    static const struct {
        double a2_usd, billed, least;
    } cases[] = {{10, 14.949494949, 10.196078431}, {10.5, 10.205882353, 10.205882353}};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct hour hour = {
            .offers = {fixture_instance("a1.large", "a1", 10, 0),
                       fixture_instance("a1.xlarge", "a1", cases[i].a2_usd, 0)},
            .rows = {fixture_row(0, 0, 0, 3600, 1), fixture_row(1, 0, 0, 3600, 1)},
            .held = {fixture_plan(&arena, COMMIT_PLAN_EC2, 5, (double[]){5, 5.1}, 2),
                     fixture_plan(&arena, COMMIT_PLAN_COMPUTE, 5, (double[]){5, 9.9}, 2)}};
        for (int k = 0; k < 2; k++)
            for (int o = 0; o < 2; o++)
                hour.rates[k][o] = hour.held[k].plan_rates[o];
        struct usage_ledger ledger;
        struct bill_input input = input_of(&hour, 2, 2, &ledger);
        double billed = money_amount_usd(random_bill_compute(&arena, &input).total);
        cr_assert(epsilon_eq(dbl, billed, cases[i].billed, 1e-8));
        cr_assert(epsilon_eq(dbl, optimum(&arena, &input), cases[i].least, 1e-8));
        arena_release(&arena);
    }
}
