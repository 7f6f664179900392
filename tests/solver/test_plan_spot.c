/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot whose price and availability change by the hour (plan_input.spot):
 *
 * - by hand: spot where it is cheap and there, on demand where it is dear or gone;
 * - both forms of the programme have the same optimum on random inputs;
 * - whole instances of every hour against full enumeration, and never below the programme;
 * - a market that has more, or takes less in some hour, never raises the optimum. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "both_forms.h"
#include "plan_draws.h"

enum { HOURS_MAX = 12, RUNS = 80 };

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
}

static void by_hour(struct plan_fixture *f, struct plan_spot *spot, const double *price,
                    const double *had) {
    *spot = (struct plan_spot){.n_hours = f->demand.n_hours, .price = price, .had = had};
    f->input.spot = spot;
}

/* 10 requests/s an instance, 100 asked for, spot may carry 40 %: 6 on demand and 4 on spot, at half
 * of 0.4 an hour 6.8, at three times 0.4 dearer than on demand: 10. One mean price of 0.7 would buy
 * spot in both. */
Test(plan_spot, is_bought_in_the_hours_in_which_it_is_cheap) {
    static const double price[] = {0.5, 3}, had[] = {1, 1};
    struct plan_fixture f;
    struct plan_spot spot;
    struct plan plan;
    fixture_open(&f, 1, 2);
    fixture_instance(&f, 0, "g6", 10, 1, 0.4);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.4;
    by_hour(&f, &spot, price, had);
    fixture_demand(&f, 0, (double[]){100, 100});
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 8.4, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 8.4, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_hour_usd[0], 6.8, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.hour_usd[1], 10, 1e-9));
    cr_expect(eq(int, plan.spot[0], 4));
    cr_expect(eq(int, plan.spot[1], 0));
    fixture_close(&f);
}

/* The market has all, half and none. Without a fallback eight are asked for where half are there,
 * and four are paid; with it four are, for half the hour on demand: 6 + 4 (0.2 + 1) / 2. */
Test(plan_spot, is_bounded_by_what_the_hour_has) {
    static const double price[] = {1, 1, 1}, had[] = {1, 0.5, 0};
    static const struct {
        bool fallback;
        int asked[3];
        double usd[3];
    } cases[] = {{false, {4, 8, 0}, {6.8, 6.8, 10}}, {true, {4, 4, 0}, {6.8, 8.4, 10}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        struct plan_spot spot;
        struct plan plan;
        fixture_open(&f, 1, 3);
        fixture_instance(&f, 0, "g6", 10, 1, 0.2);
        f.input.allow_spot = true;
        f.input.policy.spot_share_max = 0.4;
        f.input.spot_fallback = cases[i].fallback;
        by_hour(&f, &spot, price, had);
        fixture_demand(&f, 0, (double[]){100, 100, 100});
        solve(&f, &plan);
        for (int h = 0; h < 3; h++) {
            cr_expect(eq(int, plan.spot[h], cases[i].asked[h]), "case %zu hour %d", i, h);
            cr_expect(epsilon_eq(dbl, plan.hour_usd[h], cases[i].usd[h], 1e-9), "case %zu hour %d",
                      i, h);
            cr_expect(epsilon_eq(dbl, plan.lp_hour_usd[h], cases[i].usd[h], 1e-7),
                      "case %zu hour %d", i, h);
        }
        fixture_close(&f);
    }
}

/* ---- random inputs ---- */

struct drawn {
    struct plan_fixture f;
    struct plan_spot spot;
    double price[4 * HOURS_MAX], had[4 * HOURS_MAX];
};

static void draw(struct drawn *d, uint64_t seed, int n_workloads, int n_hours, double most) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 1);
    struct plan_fixture *f = &d->f;
    fixture_open(f, n_workloads, n_hours);
    fixture_offer(f, "g5", "g5", fixture_draw(&rng, 0.8, 2), fixture_draw(&rng, 0.3, 1));
    fixture_offer(f, "g6", "g6", fixture_draw(&rng, 0.8, 2), fixture_draw(&rng, 0.3, 1));
    for (int w = 0; w < n_workloads; w++) {
        fixture_candidate(f, w, 0, fixture_draw(&rng, 8, 20));
        fixture_candidate(f, w, 1, fixture_draw(&rng, 8, 20));
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] =
                coin(&rng, 0.1) ? 0 : fixture_draw(&rng, 5, most);
    }
    for (int h = 0; h < n_hours; h++)
        f->demand.weight[h] = 1 + (int)fixture_draw(&rng, 0, 3);
    for (int i = 0; i < f->input.n_candidates * n_hours; i++) {
        d->price[i] = fixture_draw(&rng, 0.4, 2.5);
        d->had[i] = coin(&rng, 0.3) ? 0 : coin(&rng, 0.4) ? 1 : fixture_draw(&rng, 0.3, 1);
    }
    by_hour(f, &d->spot, d->price, d->had);
    f->input.allow_spot = true;
    f->input.spot_fallback = coin(&rng, 0.5);
    f->input.policy.spot_share_max = fixture_draw(&rng, 0.2, 1);
    f->input.policy.spot_derating = fixture_draw(&rng, 0.7, 1);
    if (coin(&rng, 0.3))
        fixture_quota(f, "G", true, floor(fixture_draw(&rng, 8, 60)));
}

Test(plan_spot, both_forms_have_the_same_optimum) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct drawn d;
        draw(&d, seed, 1 + (int)(seed % 2), HOURS_MAX, 60);
        with_commitments(&d.f);
        cr_expect(both_forms_agree(&d.f, seed) > 0, "seed %d", (int)seed);
        fixture_close(&d.f);
    }
}

struct hour {
    double rate[2], useful[2], spot_usd[2], usd[2], demand, vcpu_max;
};

static struct hour hour_of(const struct drawn *d, int h) {
    const struct plan_input *in = &d->f.input;
    int n = d->f.demand.n_hours;
    struct hour hour = {.demand = d->f.demand.rate_per_second[h],
                        .vcpu_max = in->n_quotas > 0 ? in->quotas[0].vcpu : INFINITY};
    for (int c = 0; c < 2; c++) {
        double had = d->had[c * n + h];
        double spot = d->price[c * n + h] * money_rate_usd(in->offers[c].spot.rate);
        hour.usd[c] = money_rate_usd(in->offers[c].on_demand.rate);
        hour.rate[c] = in->capacities[c].points[0].rate_per_second;
        hour.useful[c] = in->policy.spot_derating * (in->spot_fallback ? 1 : had);
        hour.spot_usd[c] = had * spot + (in->spot_fallback ? (1 - had) * hour.usd[c] : 0);
    }
    return hour;
}

/* Least cost of any counts that carry the hour. */
static double enumerate(const struct hour *hour, double share_max) {
    enum { REGULAR = 5, SPOT = 9 };
    double best = INFINITY;
    for (int i = 0; i < (REGULAR + 1) * (REGULAR + 1) * (SPOT + 1) * (SPOT + 1); i++) {
        int r[2] = {i % (REGULAR + 1), i / (REGULAR + 1) % (REGULAR + 1)};
        int rest = i / (REGULAR + 1) / (REGULAR + 1), s[2] = {rest % (SPOT + 1), rest / (SPOT + 1)};
        double regular = 0, all = 0, usd = 0;
        for (int c = 0; c < 2; c++) {
            regular += r[c] * hour->rate[c];
            all += (r[c] + s[c] * hour->useful[c]) * hour->rate[c];
            usd += r[c] * hour->usd[c] + s[c] * hour->spot_usd[c];
        }
        double slack = 1 - 1e-9;
        if (all >= hour->demand * slack && regular >= (1 - share_max) * hour->demand * slack &&
            8 * (s[0] + s[1]) <= hour->vcpu_max)
            best = fmin(best, usd);
    }
    return best;
}

Test(plan_spot, whole_instances_against_enumeration) {
    int n_spot = 0;
    for (uint64_t seed = 1; seed <= RUNS / 2; seed++) {
        struct drawn d;
        struct plan plan;
        draw(&d, seed, 1, 3, 30);
        solve(&d.f, &plan);
        for (int h = 0; h < 3; h++) {
            struct hour hour = hour_of(&d, h);
            double least = enumerate(&hour, d.f.input.policy.spot_share_max);
            cr_expect(epsilon_eq(dbl, plan.hour_usd[h], least, 1e-9), "seed %d hour %d", (int)seed,
                      h);
            n_spot += plan.spot[h] + plan.spot[3 + h];
        }
        cr_expect(le(dbl, plan.lp_usd_per_hour, plan.usd_per_hour * (1 + 1e-9)), "seed %d",
                  (int)seed);
        fixture_close(&d.f);
    }
    cr_assert(gt(int, n_spot, RUNS / 4));
}

Test(plan_spot, more_of_it_and_cheaper_hours_never_raise_the_optimum) {
    for (uint64_t seed = 1; seed <= RUNS / 2; seed++) {
        struct drawn d;
        struct plan before, after;
        draw(&d, seed, 2, 6, 60);
        with_commitments(&d.f);
        solve(&d.f, &before);
        int at = (int)(seed % (4 * 6));
        if (seed % 2 && !d.f.input.spot_fallback)
            d.had[at] = 1; /* with a fallback more of a dearer price costs more */
        else
            d.price[at] *= 0.5;
        solve(&d.f, &after);
        cr_expect(le(dbl, after.lp_usd_per_hour, before.lp_usd_per_hour * (1 + 1e-8)), "seed %d",
                  (int)seed);
        fixture_close(&d.f);
    }
}
