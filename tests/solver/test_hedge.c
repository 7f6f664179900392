/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commitments for many futures against the newsvendor's level, against the programme of all futures
 * written out in one piece and solved by GLPK, and against laws. The mutants are a level one step
 * off and futures whose shares are wrong. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"
#include "solver/hedge.h"
#include "solver/hourly_lp.h"

enum { FUTURES = 10, CASES = 24 };

/* ---- one type, flat demand, known distribution ---- */

/* Futures of 1, 2, .. 10 instances all year, equally likely; on demand at 1, committed at `rate`.
 */
static struct hedge newsvendor(struct plan_fixture *f, double rate, double worst_weight,
                               double worst_share) {
    static double demand[FUTURES][1], share[FUTURES];
    struct hedge hedge;
    struct err err = {0};
    fixture_open(f, 1, 1);
    struct plan_input *inputs = arena_new(&f->arena, struct plan_input, FUTURES);
    fixture_instance(f, 0, "g6", 10, 1, -1);
    fixture_commitment(f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, rate);
    for (int e = 0; e < FUTURES; e++) {
        struct demand *own = arena_new(&f->arena, struct demand, 1);
        demand[e][0] = 10 * (e + 1);
        share[e] = 1.0 / FUTURES;
        *own = f->demand;
        own->rate_per_second = demand[e];
        inputs[e] = f->input;
        inputs[e].demand = own;
    }
    struct hedge_input input = {.n = FUTURES,
                                .futures = inputs,
                                .share = share,
                                .worst_weight = worst_weight,
                                .worst_share = worst_share,
                                .tolerance = 1e-9,
                                .n_threads = 2};
    cr_assert(hedge_choose(&f->arena, &input, &hedge, &err), "%s", err.what);
    cr_assert(eq(int, hedge.n_amounts, 1));
    return hedge;
}

static double newsvendor_usd(double rate, double y) {
    double usd = 0;
    for (int d = 1; d <= FUTURES; d++)
        usd += (rate * y + fmax(d - y, 0)) / FUTURES;
    return usd;
}

/* One more is worth its rate while P(demand > y) > rate: the level is the quantile 1 - rate. At
 * 0.62 P(demand > 3) = 0.7 and P(demand > 4) = 0.6: four are bought. */
Test(hedge, newsvendor_level) {
    static const struct {
        double rate, level;
    } cases[] = {{0.62, 4}, {0.35, 7}, {0.95, 1}, {0.05, 10}, {1.01, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        struct hedge hedge = newsvendor(&f, cases[i].rate, 0, 1);
        double least = newsvendor_usd(cases[i].rate, cases[i].level);
        cr_expect(epsilon_eq(dbl, hedge.amount[0], cases[i].level, 1e-6), "rate %g", cases[i].rate);
        cr_expect(epsilon_eq(dbl, hedge.upper, least, 1e-8));
        /* The mutants: one more or one less costs more. */
        cr_expect(gt(dbl, newsvendor_usd(cases[i].rate, cases[i].level + 1), least * (1 + 1e-6)));
        if (cases[i].level > 0)
            cr_expect(
                gt(dbl, newsvendor_usd(cases[i].rate, cases[i].level - 1), least * (1 + 1e-6)));
        fixture_close(&f);
    }
}

/* All the weight on the dearest tenth: the future of ten, so ten are bought. All on the whole: the
 * mean again. */
Test(hedge, weight_on_the_worst_buys_for_it) {
    struct plan_fixture f;
    struct hedge worst = newsvendor(&f, 0.62, 1, 0.1);
    cr_expect(epsilon_eq(dbl, worst.amount[0], 10, 1e-6));
    cr_expect(epsilon_eq(dbl, worst.upper, 6.2, 1e-8));
    fixture_close(&f);
    struct hedge all = newsvendor(&f, 0.62, 1, 1);
    cr_expect(epsilon_eq(dbl, all.upper, newsvendor_usd(0.62, 4), 1e-8));
    fixture_close(&f);
    /* 0.7 of the mean and 0.3 of the worst fifth (9 and 10): at y = 7 one more costs 0.62 and saves
     * 0.7 x 0.3 + 0.3; below, more is saved only where 0.7 P(demand > y) + 0.3 > 0.62, P > 0.457:
     * y = 6 has P(demand > 5) = 0.5. */
    struct hedge mixed = newsvendor(&f, 0.62, 0.3, 0.2);
    cr_expect(epsilon_eq(dbl, mixed.amount[0], 6, 1e-6));
    fixture_close(&f);
}

Test(hedge, worst_is_the_mean_of_the_dearest) {
    struct arena arena = {0};
    const double values[] = {3, 9, 1, 7}, share[] = {0.4, 0.1, 0.3, 0.2};
    cr_expect(epsilon_eq(dbl, hedge_worst(&arena, values, share, 4, 0.1), 9, 1e-12));
    cr_expect(epsilon_eq(dbl, hedge_worst(&arena, values, share, 4, 0.2), 8, 1e-12));
    cr_expect(epsilon_eq(dbl, hedge_worst(&arena, values, share, 4, 1), 3.8, 1e-12));
    arena_release(&arena);
}

/* ---- in one piece ---- */

/* Two workloads on three types with a spot market, an API and an upfront limit; futures with their
 * own demand, capacities and prices. */
static void draw_case(struct plan_fixture *f, uint64_t seed, int n_futures,
                      struct plan_input *inputs, double *share) {
    static const char *const skus[] = {"g4", "g5", "g6"};
    struct rng rng = rng_open(seed, 11, RNG_TEST, 1);
    int n_hours = 4, n_candidates = 6;
    double sum = 0;
    fixture_open(f, 2, n_hours);
    for (int o = 0; o < 3; o++) {
        double list = fixture_draw(&rng, 0.5, 3);
        fixture_offer(f, skus[o], skus[o], list, 0.5 * list);
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 0.6 * list);
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                           list * fixture_draw(&rng, 0.65, 0.8));
    }
    for (int w = 0; w < 2; w++)
        for (int o = 0; o < 3; o++)
            fixture_candidate(f, w, o, fixture_draw(&rng, 5, 25));
    fixture_api(f, 0, "api", 0.0002, 5);
    for (int i = 0; i < 2 * n_hours; i++)
        f->demand.rate_per_second[i] = fixture_draw(&rng, 5, 60);
    f->input.allow_spot = true;
    f->input.policy.spot_share_max = 0.3;
    f->input.policy.upfront_usd_max = seed % 2 ? 60000 : -1;
    for (int e = 0; e < n_futures; e++) {
        struct demand *own = arena_new(&f->arena, struct demand, 1);
        struct capacity *capacities = arena_new(&f->arena, struct capacity, n_candidates + 1);
        struct offer *offers = arena_new(&f->arena, struct offer, f->input.n_offers);
        double factor = fixture_draw(&rng, 0.4, 2), price = fixture_draw(&rng, 0.8, 1.2);
        *own = f->demand;
        own->rate_per_second = arena_new(&f->arena, double, 2 * n_hours);
        for (int i = 0; i < 2 * n_hours; i++)
            own->rate_per_second[i] = factor * f->demand.rate_per_second[i];
        for (int c = 0; c <= n_candidates; c++) {
            capacities[c] = f->capacities[c];
            if (c < n_candidates)
                capacities[c].points[0].rate_per_second *= fixture_draw(&rng, 0.8, 1.2);
        }
        for (int o = 0; o < f->input.n_offers; o++) {
            offers[o] = f->offers[o];
            if (offers[o].kind == OFFER_INSTANCE)
                offers[o].on_demand =
                    fixture_quote(price * money_rate_usd(f->offers[o].on_demand.rate));
        }
        inputs[e] = f->input;
        inputs[e].demand = own;
        inputs[e].capacities = capacities;
        inputs[e].offers = offers;
        inputs[e].policy.spot_derating = fixture_draw(&rng, 0.6, 1);
        share[e] = fixture_draw(&rng, 0.5, 1);
        sum += share[e];
    }
    for (int e = 0; e < n_futures; e++)
        share[e] /= sum;
}

/* The programmes of all futures as one, sharing the columns of what is bought. */
static double in_one_piece(struct arena *arena, const struct hedge_input *input) {
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    int amount[64], eta, n_amounts = 0;
    double w = input->worst_weight;
    lp_open(&lp, arena, "all futures");
    eta = lp_add_column(&lp, w, 0, INFINITY, "eta");
    for (int e = 0; e < input->n; e++) {
        struct market *market = arena_new(arena, struct market, 1);
        struct hourly_lp own;
        cr_assert(market_open(arena, &input->futures[e], market, &err), "%s", err.what);
        for (int p = market->n_owned; p < market->n_pools; p++)
            market->pools[p].fixed = true; /* none is dropped */
        hourly_lp_build(arena, market, RELAX_NOTHING, 0, &own);
        int *column = arena_new(arena, int, own.lp.n_columns);
        for (int j = 0; j < own.lp.n_columns; j++)
            column[j] = -1;
        for (int p = market->n_owned; p < market->n_pools; p++) {
            int a = p - market->n_owned;
            if (e == 0)
                amount[n_amounts++] = lp_add_column(
                    &lp, market->pools[p].rate * market->pools[p].held, 0, 1e6, "amount.%d", a);
            column[own.amount_column[p]] = amount[a];
        }
        int over =
            lp_add_column(&lp, w * input->share[e] / input->worst_share, 0, INFINITY, "over.%d", e);
        int worst = lp_add_row(&lp, 0, INFINITY, "worst.%d", e);
        lp_set(&lp, worst, over, 1);
        lp_set(&lp, worst, eta, 1);
        for (int j = 0; j < own.lp.n_columns; j++) {
            const struct lp_column *from = &own.lp.columns[j];
            if (column[j] >= 0)
                continue;
            column[j] = lp_add_column(&lp, (1 - w) * input->share[e] * from->cost, from->lower,
                                      from->upper, "f%d.%d", e, j);
            lp_set(&lp, worst, column[j], -from->cost);
        }
        int first = lp.n_rows;
        for (int i = 0; i < own.lp.n_rows; i++)
            lp_add_row(&lp, own.lp.rows[i].lower, own.lp.rows[i].upper, "f%d.r%d", e, i);
        for (int i = 0; i < own.lp.n_entries; i++)
            lp_set(&lp, first + own.lp.entries[i].row, column[own.lp.entries[i].column],
                   own.lp.entries[i].value);
    }
    cr_assert(lp_solve(arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(eq(int, (int)solution.status, (int)LP_OPTIMAL));
    return solution.objective;
}

Test(hedge, equals_the_programme_of_all_futures) {
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct plan_fixture f;
        struct plan_input inputs[5];
        double share[5];
        struct hedge hedge, other;
        struct err err = {0};
        draw_case(&f, seed, 5, inputs, share);
        struct hedge_input input = {.n = 5,
                                    .futures = inputs,
                                    .share = share,
                                    .worst_weight = seed % 3 == 0 ? 0.4 : 0,
                                    .worst_share = 0.25,
                                    .tolerance = 1e-8,
                                    .n_threads = 1};
        cr_assert(hedge_choose(&f.arena, &input, &hedge, &err), "%s", err.what);
        double whole = in_one_piece(&f.arena, &input);
        cr_expect(epsilon_eq(dbl, hedge.upper, whole, 3e-8 * whole), "seed %d: %.10g, %.10g",
                  (int)seed, hedge.upper, whole);
        cr_expect(epsilon_eq(dbl, hedge.lower, whole, 3e-8 * whole), "seed %d", (int)seed);
        /* The mutant: other shares of the futures are another programme. */
        double swapped = share[0];
        share[0] = share[4];
        share[4] = swapped;
        cr_expect(gt(dbl, fabs(in_one_piece(&f.arena, &input) - hedge.upper), 1e-6 * whole));
        /* One future alone is the plan's own programme. */
        double one = 1, alone;
        bool feasible;
        struct hedge_input single = input;
        single.n = 1;
        single.share = &one;
        cr_assert(hedge_choose(&f.arena, &single, &other, &err), "%s", err.what);
        cr_assert(plan_lp_bound(&f.arena, &inputs[0], &alone, &feasible, &err), "%s", err.what);
        cr_expect(epsilon_eq(dbl, other.upper, alone, 3e-8 * alone), "seed %d", (int)seed);
        fixture_close(&f);
    }
}

Test(hedge, bad_numbers_are_refused) {
    struct plan_fixture f;
    struct plan_input inputs[2];
    double share[2];
    struct hedge hedge;
    struct err err = {0};
    draw_case(&f, 1, 2, inputs, share);
    inputs[1].demand->rate_per_second[0] = NAN;
    struct hedge_input input = {.n = 2,
                                .futures = inputs,
                                .share = share,
                                .worst_share = 1,
                                .tolerance = 1e-6,
                                .n_threads = 1};
    cr_expect(not(hedge_choose(&f.arena, &input, &hedge, &err)));
    cr_expect(eq(int, (int)err.kind, (int)ERR_INPUT));
    fixture_close(&f);
}
