/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses that every hour of the plan survives (plan_input.loss):
 *
 * - by hand: one instance more, a zone of two and of three, no spot, and spot as the spare of a
 * zone;
 * - both forms of the programme have the same optimum on random inputs;
 * - whole instances of each hour against full enumeration, what is left counted here by itself,
 * every third input with priced carbon; the programme is never above them;
 * - another loss to survive never lowers the optimum, and the loss of a zone asks for at least what
 *   that of an instance does (by hand). */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "both_forms.h"
#include "plan_draws.h"

enum { HOURS = 6, RUNS = 60 };

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
}

/* 100 requests/s on instances of 10 at 1 USD, on spot at 0.2, which may carry 40 %. */
Test(plan_loss, by_hand) {
    static const struct {
        struct plan_loss loss;
        int regular, spot;
        double lp;
    } cases[] = {
        {{0}, 6, 4, 6.8},
        {{.instance = true}, 7, 4, 7.48},        /* 110 are planned for, 44 of them on spot */
        {{.zones = 2}, 6, 14, 8.8},              /* 3 and 7 are left */
        {{.spot = true}, 10, 0, 10},             /* all without spot */
        {{.spot = true, .zones = 3}, 10, 6, 11}, /* spare on spot: 10 - 4 and 6 - 2 are left */
        {{.instance = true, .zones = 3}, 0, 0, 0},
    };
    double usd[6];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        struct plan plan;
        fixture_open(&f, 1, 1);
        fixture_instance(&f, 0, "g6", 10, 1, 0.2);
        f.input.allow_spot = true;
        f.input.policy.spot_share_max = 0.4;
        f.input.loss = cases[i].loss;
        fixture_demand(&f, 0, (double[]){100});
        solve(&f, &plan);
        usd[i] = plan.usd_per_hour;
        cr_log_info("%zu: %d regular, %d spot, %.4f, lp %.4f", i, plan.regular[0], plan.spot[0],
                    plan.usd_per_hour, plan.lp_usd_per_hour);
        if (cases[i].lp > 0) {
            cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, cases[i].lp, 1e-7), "case %zu", i);
            cr_expect(eq(int, plan.regular[0], cases[i].regular), "case %zu", i);
            cr_expect(eq(int, plan.spot[0], cases[i].spot), "case %zu", i);
        }
        fixture_close(&f);
    }
    cr_expect(ge(dbl, usd[5], usd[1]));
}

/* What runs outside is not lost: 4 instances of 10 and 10 requests/s by use, in two zones 2 are
 * left. */
Test(plan_loss, what_is_paid_by_use_is_not_lost) {
    struct plan_fixture f;
    struct plan plan;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    fixture_api(&f, 0, "api", 0.0001, 10); /* 0.36 USD/h a request/s, at most 10 */
    f.input.loss.zones = 2;
    fixture_demand(&f, 0, (double[]){30});
    solve(&f, &plan);
    cr_expect(eq(int, plan.regular[0], 6)); /* 0.2 USD a request/s of what is left, 0.36 outside */
    f.offers[1].million_input_tokens = fixture_quote(0.5);
    solve(&f, &plan);
    cr_expect(eq(int, plan.regular[0], 4));
    cr_expect(epsilon_eq(dbl, plan.overflow_share[1], 10 / 30.0, 1e-9));
    fixture_close(&f);
}

/* ---- random inputs ---- */

static void draw(struct plan_fixture *f, uint64_t seed, int n_workloads, int n_hours, bool use) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 1);
    fixture_open(f, n_workloads, n_hours);
    fixture_offer(f, "g5", "g5", fixture_draw(&rng, 0.8, 2), fixture_draw(&rng, 0.3, 1));
    fixture_offer(f, "g6", "g6", fixture_draw(&rng, 0.8, 2), fixture_draw(&rng, 0.3, 1));
    for (int w = 0; w < n_workloads; w++) {
        fixture_candidate(f, w, 0, fixture_draw(&rng, 8, 20));
        fixture_candidate(f, w, 1, fixture_draw(&rng, 8, 20));
        if (use && coin(&rng, 0.4))
            fixture_api(f, w, "api", fixture_draw(&rng, 0.00002, 0.0001), 10);
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] =
                coin(&rng, 0.1) ? 0 : fixture_draw(&rng, 5, 30);
    }
    f->input.allow_spot = coin(&rng, 0.6);
    f->input.policy.spot_share_max = coin(&rng, 0.2) ? 1 : fixture_draw(&rng, 0.2, 1);
    f->input.policy.spot_derating = fixture_draw(&rng, 0.7, 1);
    f->input.loss = (struct plan_loss){.instance = coin(&rng, 0.5),
                                       .zones = coin(&rng, 0.5) ? 2 + (int)rng_below(&rng, 2) : 0,
                                       .spot = coin(&rng, 0.3)};
}

Test(plan_loss, both_forms_have_the_same_optimum) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct plan_fixture f;
        draw(&f, seed, 1 + (int)(seed % 2), HOURS, true);
        with_commitments(&f);
        double kg[8];
        struct plan_carbon carbon = {"carbon", INFINITY, kg, 1.5};
        for (int c = 0; c < f.input.n_candidates; c++)
            kg[c] = 0.1 + 0.07 * (double)((seed + (uint64_t)c) % 5);
        f.input.carbon = seed % 3 == 0 ? &carbon : NULL; /* every third with priced carbon */
        cr_expect(both_forms_agree(&f, seed) > 0, "seed %d", (int)seed);
        fixture_close(&f);
    }
}

struct counts {
    int regular[2], spot[2];
};

/* What the carbon of an hour of these costs the choice. */
static double carbon_usd(const struct plan_input *in, const struct counts *n) {
    double usd = 0;
    for (int c = 0; c < 2 && in->carbon; c++)
        usd += (n->regular[c] + n->spot[c]) * in->carbon->kg_per_instance_hour[c] *
               in->carbon->usd_per_kg;
    return usd;
}

/* What is left after the loss of a zone, or of the largest instance, or of nothing. */
static double left_of(const struct plan_input *in, const struct counts *n) {
    double left = 0, largest = 0, useful = in->policy.spot_derating;
    for (int c = 0; c < 2; c++) {
        double rate = in->capacities[c].points[0].rate_per_second;
        int zones = in->loss.zones, regular = n->regular[c], spot = n->spot[c];
        if (zones > 1) {
            regular -= (int)ceil(regular / (double)zones);
            spot -= (int)ceil(spot / (double)zones);
        } else if (in->loss.instance) {
            largest = fmax(largest, regular > 0 ? rate : spot > 0 ? rate * useful : 0);
        }
        left += rate * (regular + useful * spot);
    }
    return left - largest;
}

static double least_of(const struct plan_fixture *f, double demand, double spare) {
    enum { REGULAR = 8, SPOT = 8 };
    const struct plan_input *in = &f->input;
    double share = in->loss.spot ? 1 : 1 - in->policy.spot_share_max, best = INFINITY;
    int spot_max = in->allow_spot ? SPOT : 0;
    for (int i = 0; i < (REGULAR + 1) * (REGULAR + 1) * (spot_max + 1) * (spot_max + 1); i++) {
        int rest = i / (REGULAR + 1) / (REGULAR + 1);
        struct counts n = {{i % (REGULAR + 1), i / (REGULAR + 1) % (REGULAR + 1)},
                           {rest % (spot_max + 1), rest / (spot_max + 1)}};
        double usd = 0, regular = 0;
        for (int c = 0; c < 2; c++) {
            usd += n.regular[c] * money_rate_usd(in->offers[c].on_demand.rate) +
                   n.spot[c] * money_rate_usd(in->offers[c].spot.rate);
            regular += n.regular[c] * in->capacities[c].points[0].rate_per_second;
        }
        if (left_of(in, &n) >= demand * (1 - 1e-9) &&
            regular >= share * (demand + spare) * (1 - 1e-9))
            best = fmin(best, usd + carbon_usd(in, &n));
    }
    return demand > 0 ? best : 0;
}

Test(plan_loss, whole_instances_against_enumeration) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct plan_fixture f;
        struct plan plan;
        struct market market;
        struct err err = {0};
        draw(&f, seed, 1, 3, false);
        double kg[] = {0.1 + 0.05 * (double)(seed % 7), 0.4};
        struct plan_carbon carbon = {"carbon", INFINITY, kg, 2};
        f.input.carbon = seed % 3 == 0 ? &carbon : NULL;
        solve(&f, &plan);
        cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
        for (int h = 0; h < 3; h++) {
            double demand = f.demand.rate_per_second[h];
            double least = least_of(&f, demand, market.spare[0]);
            struct counts n = {{plan.regular[h], plan.regular[3 + h]},
                               {plan.spot[h], plan.spot[3 + h]}};
            cr_expect(epsilon_eq(dbl, plan.hour_usd[h] + carbon_usd(&f.input, &n), least, 1e-9),
                      "seed %d hour %d", (int)seed, h);
            cr_expect(ge(dbl, left_of(&f.input, &n), demand * (1 - 1e-9)), "seed %d hour %d",
                      (int)seed, h);
            if (!f.input.carbon) /* else a bound of their mean */
                cr_expect(le(dbl, plan.lp_hour_usd[h], plan.hour_usd[h] * (1 + 1e-9)),
                          "seed %d hour %d", (int)seed, h);
        }
        cr_expect(le(dbl, plan.lp_usd_per_hour, plan.usd_per_hour * (1 + 1e-9)), "seed %d",
                  (int)seed);
        cr_expect(ge(dbl, plan.lp_usd_per_hour, 0), "seed %d", (int)seed);
        fixture_close(&f);
    }
}

static double optimum(struct plan_fixture *f, struct plan_loss loss) {
    double usd;
    bool feasible;
    struct err err = {0};
    f->input.loss = loss;
    cr_assert(plan_lp_bound(&f->arena, &f->input, &usd, &feasible, &err), "%s", err.what);
    cr_assert(feasible);
    return usd * (1 - 1e-8);
}

Test(plan_loss, another_loss_never_lowers_the_optimum) {
    for (uint64_t seed = 1; seed <= RUNS / 2; seed++) {
        struct plan_fixture f;
        draw(&f, seed, 2, HOURS, true);
        with_commitments(&f);
        double none = optimum(&f, (struct plan_loss){0});
        double instance = optimum(&f, (struct plan_loss){.instance = true});
        double spot = optimum(&f, (struct plan_loss){.spot = true});
        double three = optimum(&f, (struct plan_loss){.zones = 3});
        double two = optimum(&f, (struct plan_loss){.zones = 2});
        double all = optimum(&f, (struct plan_loss){.instance = true, .zones = 2, .spot = true});
        cr_expect(le(dbl, none, instance * (1 + 2e-8)), "seed %d", (int)seed);
        cr_expect(le(dbl, none, spot * (1 + 2e-8)), "seed %d", (int)seed);
        cr_expect(lt(dbl, none, three), "seed %d", (int)seed);
        cr_expect(lt(dbl, three, two), "seed %d", (int)seed);
        cr_expect(le(dbl, two, all * (1 + 2e-8)), "seed %d", (int)seed);
        fixture_close(&f);
    }
}
