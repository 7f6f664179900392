/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of the bill on random ledgers of instances, reserved instances and plans. Those that hold
 * under all rules are in test_bill_whole_laws.c. Each case comes from the seed below and its
 * number, both printed on failure. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tests/pricing/bill_fixture.h"

enum { SEED = 20261122, CASES = 250, OFFERS_MAX = 4, ROWS_MAX = 12, HELD_MAX = 5, HOURS_MAX = 4 };
enum { WORKLOADS = 3 };

struct random_case {
    int n_offers, n_rows, n_held;
    struct offer offers[OFFERS_MAX];
    struct usage_row rows[ROWS_MAX];
    struct commitment held[HELD_MAX];
    usd_pico plan_rates[HELD_MAX][OFFERS_MAX];
    int rates_of[HELD_MAX]; /* row of plan_rates of a plan, -1 for reserved */
    int64_t n_seconds;
};

/* Plans point at rates inside the case: to be called after every copy. */
static void point_at_own_rates(struct random_case *c) {
    for (int k = 0; k < c->n_held; k++)
        if (c->rates_of[k] >= 0)
            c->held[k].plan_rates = c->plan_rates[c->rates_of[k]];
}

enum shape {
    ANYTHING,
    ONE_PLAN_GROUP, /* Compute plans that share one rate table, and reserved instances */
    WHOLE_MINUTES,  /* no part of a row in any hour is shorter than the 60 s of a launch */
};

static int64_t below(struct rng *rng, int64_t n) {
    return (int64_t)rng_below(rng, (uint64_t)n);
}

static struct quote random_quote(struct rng *rng, double most_usd) {
    double usd = 0.01 * (double)(1 + below(rng, (int64_t)(most_usd * 100)));
    return fixture_quote(usd);
}

static void random_row(struct rng *rng, struct random_case *c, enum shape shape,
                       struct usage_row *row) {
    int64_t from = below(rng, c->n_seconds), to;
    if (shape == WHOLE_MINUTES) {
        from = from / 60 * 60;
        to = from + 60 * (1 + below(rng, 200));
    } else {
        to = from + (below(rng, 4) == 0 ? below(rng, 90) : below(rng, c->n_seconds));
    }
    *row = fixture_row((int)below(rng, c->n_offers), (int)below(rng, WORKLOADS), from,
                       to < c->n_seconds ? to : c->n_seconds, 1 + below(rng, 3));
    row->spot = below(rng, 5) == 0;
    row->interrupted = row->spot && shape != WHOLE_MINUTES && below(rng, 2) == 0;
}

static void random_held(struct rng *rng, struct random_case *c, enum shape shape, int k) {
    struct commitment *held = &c->held[k];
    c->rates_of[k] = -1;
    if (below(rng, 3) == 0) {
        int offer = (int)below(rng, c->n_offers);
        *held = fixture_reserved(offer, (double)below(rng, 4), 0.01);
        held->hourly = c->offers[offer].on_demand.rate * (30 + below(rng, 60)) / 100;
    } else {
        bool ec2 = shape != ONE_PLAN_GROUP && below(rng, 2) == 0;
        *held = (struct commitment){
            .name = "plan",
            .terms = {ec2 ? COMMIT_PLAN_EC2 : COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT},
            .offer = -1,
            .family = ec2 ? c->offers[below(rng, c->n_offers)].family : NULL,
            .region = ec2 ? "us-east-1" : NULL,
            .plan_usd_per_hour = below(rng, 1500) * 10000000,
            .to_s = INT64_MAX};
        c->rates_of[k] = shape == ONE_PLAN_GROUP ? 0 : k;
    }
    if (shape == ANYTHING && below(rng, 4) == 0) {
        held->from_s = below(rng, c->n_seconds);
        held->to_s = held->from_s + below(rng, c->n_seconds);
    }
}

static struct random_case random_case(uint64_t number, enum shape shape) {
    struct rng rng = rng_open(SEED, number, RNG_TEST, (uint64_t)shape);
    struct random_case c = {.n_offers = 1 + (int)below(&rng, OFFERS_MAX),
                            .n_rows = (int)below(&rng, ROWS_MAX + 1),
                            .n_held = (int)below(&rng, HELD_MAX + 1)};
    c.n_seconds = 3600 * (1 + below(&rng, HOURS_MAX));
    if (shape == ANYTHING && below(&rng, 3) == 0)
        c.n_seconds -= below(&rng, 3600);
    for (int i = 0; i < c.n_offers; i++) {
        c.offers[i] = fixture_instance("x", below(&rng, 2) ? "g" : "p", 1, 1);
        c.offers[i].on_demand = random_quote(&rng, 20);
        c.offers[i].spot = random_quote(&rng, 10);
    }
    for (int k = 0; k < HELD_MAX; k++)
        for (int i = 0; i < c.n_offers; i++)
            c.plan_rates[k][i] =
                below(&rng, 8) == 0 ? 0
                                    : c.offers[i].on_demand.rate / 100 * (20 + 5 * below(&rng, 15));
    for (int i = 0; i < c.n_rows; i++)
        random_row(&rng, &c, shape, &c.rows[i]);
    for (int k = 0; k < c.n_held; k++)
        random_held(&rng, &c, shape, k);
    return c; /* its plans have no rates yet: point_at_own_rates */
}

static struct bill bill_of(struct arena *arena, struct random_case *c) {
    point_at_own_rates(c);
    return fixture_bill(arena, c->offers, c->n_offers, c->n_seconds, c->rows, c->n_rows, c->held,
                        c->n_held);
}

static bool is_plan(const struct commitment *held) {
    return commitment_kind_is_plan(held->terms.kind);
}

typedef long double money;

static money usd(usd_pico rate) {
    return (money)rate / 1e12L;
}

static int slack(const struct bill *bill) {
    return bill->n_charges + HOURS_MAX * HELD_MAX;
}

/* ---- laws ---- */

/* Seconds of on-demand usage by the definition: overlap of each billed life with the hour. */
static int64_t usage_seconds(const struct random_case *c, int hour, int offer, int workload) {
    int64_t sum = 0, begin = 3600 * (int64_t)hour, end = begin + 3600;
    for (int i = 0; i < c->n_rows; i++) {
        const struct usage_row *row = &c->rows[i];
        if (row->spot || row->offer != offer || row->workload != workload)
            continue;
        int64_t to = row->to_s < row->from_s + 60 ? row->from_s + 60 : row->to_s;
        to = to > c->n_seconds ? c->n_seconds : to;
        int64_t overlap = (to < end ? to : end) - (row->from_s > begin ? row->from_s : begin);
        sum += overlap > 0 ? overlap * row->quantity : 0;
    }
    return sum;
}

/* Law: every second used is charged once, and the list cost of a workload's hour is its seconds at
 * the on-demand rate, however its coverage is cut. */
Test(bill_laws, every_second_is_charged_once) {
    for (uint64_t number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_case c = random_case(number, ANYTHING);
        struct bill bill = bill_of(&arena, &c);
        usd_nano total = 0;
        for (int i = 0; i < bill.n_charges; i++)
            total += bill.charges[i].effective;
        cr_expect(eq(i64, bill.total, total), "seed %d case %d", SEED, (int)number);
        for (int hour = 0; hour * 3600 < c.n_seconds; hour++)
            for (int o = 0; o < c.n_offers; o++)
                for (int w = 0; w < WORKLOADS; w++) {
                    struct fixture_sum paid = fixture_sum(&bill, CHARGE_ON_DEMAND, hour, o, w);
                    struct fixture_sum used =
                        fixture_sum(&bill, CHARGE_COMMITMENT_USED, hour, o, w);
                    int64_t seconds = usage_seconds(&c, hour, o, w);
                    cr_expect(eq(i64, paid.quantity + used.quantity, seconds),
                              "seed %d case %d hour %d", SEED, (int)number, hour);
                    cr_expect(eq(i64, paid.list + used.list,
                                 money_charge(seconds, 3600, c.offers[o].on_demand.rate)),
                              "seed %d case %d hour %d", SEED, (int)number, hour);
                }
        arena_release(&arena);
    }
}

/* Law: inside one plan group no other use of the commitment leaves a cheaper rest: the greedy order
 * is the optimum of the fractional knapsack. Tried against covering the offers in random order. */
Test(bill_laws, no_other_order_of_coverage_is_cheaper) {
    int cheaper_than_some = 0;
    for (uint64_t number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_case c = random_case(number, ONE_PLAN_GROUP);
        struct bill bill = bill_of(&arena, &c);
        struct rng rng = rng_open(SEED, number, RNG_TEST, 101);
        money budget = 0;
        for (int k = 0; k < c.n_held; k++)
            budget += is_plan(&c.held[k]) ? (money)c.held[k].plan_usd_per_hour / 1e9L : 0;
        for (int trial = 0; trial < 40; trial++) {
            int hour = (int)below(&rng, c.n_seconds / 3600);
            int order[OFFERS_MAX] = {0};
            for (int o = 0; o < c.n_offers; o++) {
                int at = (int)below(&rng, o + 1);
                order[o] = order[at];
                order[at] = o;
            }
            money left = budget, rest = 0;
            for (int i = 0; i < c.n_offers; i++) {
                int o = order[i];
                money hours = (money)fixture_sum(&bill, CHARGE_ON_DEMAND, hour, o, -2).list;
                for (int n = 0; n < bill.n_charges; n++) {
                    const struct charge *charge = &bill.charges[n];
                    if (charge->kind == CHARGE_COMMITMENT_USED && charge->hour == hour &&
                        charge->offer == o && is_plan(&c.held[charge->commitment]))
                        hours += (money)charge->list;
                }
                money od = usd(c.offers[o].on_demand.rate), plan = usd(c.plan_rates[0][o]);
                hours /= od * 1e9L;
                money covered = plan > 0 ? fminl(hours, left / plan) : 0;
                left -= covered * plan;
                rest += (hours - covered) * od;
            }
            usd_nano got = fixture_sum(&bill, CHARGE_ON_DEMAND, hour, -2, -2).effective;
            cr_expect(got / 1e9L <= rest + 1e-9L * slack(&bill), "seed %d case %d", SEED,
                      (int)number);
            cheaper_than_some += (money)got / 1e9L < rest - 1e-6L;
        }
        arena_release(&arena);
    }
    cr_assert(gt(i32, cheaper_than_some, CASES)); /* wrong orders do cost more */
}

/* Law: all prices doubled, all amounts doubled but for their rounding, the same seconds. */
Test(bill_laws, doubled_prices_double_the_bill) {
    for (uint64_t number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_case c = random_case(number, ANYTHING), twice = c;
        for (int o = 0; o < c.n_offers; o++) {
            twice.offers[o].on_demand.rate *= 2;
            twice.offers[o].spot.rate *= 2;
            for (int k = 0; k < HELD_MAX; k++)
                twice.plan_rates[k][o] *= 2;
        }
        for (int k = 0; k < c.n_held; k++) {
            twice.held[k].hourly *= 2;
            twice.held[k].plan_usd_per_hour *= 2;
        }
        struct bill one = bill_of(&arena, &c), two = bill_of(&arena, &twice);
        for (int kind = 0; kind < CHARGE_KINDS; kind++) {
            int64_t off = two.total_by_kind[kind] - 2 * one.total_by_kind[kind];
            cr_expect(le(i64, off < 0 ? -off : off, 2 * slack(&one)), "seed %d case %d", SEED,
                      (int)number);
            for (int o = 0; o < c.n_offers; o++)
                cr_expect(eq(i64, fixture_sum(&two, kind, -1, o, -2).quantity,
                             fixture_sum(&one, kind, -1, o, -2).quantity),
                          "seed %d case %d", SEED, (int)number);
        }
        arena_release(&arena);
    }
}

static void expect_same_bill(const struct bill *a, const struct bill *b, int number) {
    cr_expect(eq(i32, a->n_charges, b->n_charges), "seed %d case %d", SEED, number);
    for (int i = 0; i < a->n_charges && i < b->n_charges; i++) {
        const struct charge *x = &a->charges[i], *y = &b->charges[i];
        cr_expect(x->kind == y->kind && x->hour == y->hour && x->offer == y->offer &&
                      x->workload == y->workload && x->commitment == y->commitment &&
                      x->quantity == y->quantity && x->effective == y->effective &&
                      x->list == y->list,
                  "seed %d case %d charge %d", SEED, number, i);
    }
}

/* Law: a life cut at the hours is the same life, as long as no part is shorter than the minimum of
 * a launch; and the order of the rows does not matter. */
Test(bill_laws, rows_may_be_cut_at_the_hours_and_shuffled) {
    for (uint64_t number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_case c = random_case(number, WHOLE_MINUTES);
        struct rng rng = rng_open(SEED, number, RNG_TEST, 102);
        struct bill whole = bill_of(&arena, &c);
        struct usage_row cut[ROWS_MAX * HOURS_MAX] = {0};
        int n = 0;
        for (int i = 0; i < c.n_rows; i++)
            for (int64_t from = c.rows[i].from_s; from < c.rows[i].to_s;) {
                int64_t to = (from / 3600 + 1) * 3600;
                struct usage_row part = c.rows[i];
                part.from_s = from;
                part.to_s = from = to < c.rows[i].to_s ? to : c.rows[i].to_s;
                int at = (int)below(&rng, n + 1);
                cut[n++] = cut[at];
                cut[at] = part;
            }
        struct bill cut_bill =
            fixture_bill(&arena, c.offers, c.n_offers, c.n_seconds, cut, n, c.held, c.n_held);
        expect_same_bill(&whole, &cut_bill, (int)number);
        arena_release(&arena);
    }
}
