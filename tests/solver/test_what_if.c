/* SPDX-License-Identifier: GPL-3.0-or-later */
/* what_if: random markets changed in one number after the other (prices, quotas, caps, the share of
 * spot, upfront payments, amounts that are fixed), each solved with what the ones before left and
 * held against the full linear programme of the same market. Rows over all hours are drawn too.
 *
 * A memory must not change an answer: the same what-ifs without one agree, and one filled by
 * another market is of no harm. What is used is what the answer costs: amounts and uses priced
 * again come to uses_usd_per_hour. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_draws.h"

#include "solver/what_if.h"

enum { RUNS = 60, CHANGES = 6 };

static void draw_input(struct plan_fixture *f, struct rng *rng) {
    int n_workloads = 1 + (int)rng_below(rng, 3), n_offers = 1 + (int)rng_below(rng, 4);
    int n_hours = 1 + (int)rng_below(rng, 24);
    fixture_open(f, n_workloads, n_hours);
    draw_offers(f, rng, n_offers);
    for (int w = 0; w < n_workloads; w++) {
        for (int o = 0; o < n_offers; o++)
            fixture_candidate(f, w, o, fixture_draw(rng, 5, 25));
        double cap = coin(rng, 0.5) ? 0 : fixture_draw(rng, 1, 40);
        if (coin(rng, 0.6))
            fixture_api(f, w, "api", fixture_draw(rng, 0.00001, 0.0001), cap);
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] =
                coin(rng, 0.1) ? 0 : fixture_draw(rng, 5, 60);
    }
    f->input.allow_spot = coin(rng, 0.6);
    f->input.policy.spot_share_max = fixture_draw(rng, 0.1, 0.9);
    f->input.policy.spot_derating = fixture_draw(rng, 0.7, 1);
    if (coin(rng, 0.2))
        f->input.policy.coverage_max = fixture_draw(rng, 0.2, 1);
    if (coin(rng, 0.4))
        f->input.policy.upfront_usd_max = fixture_draw(rng, 20000, 200000);
    if (coin(rng, 0.5))
        fixture_quota(f, "G", false, floor(fixture_draw(rng, 40, 100)));
    if (coin(rng, 0.3))
        fixture_own(f, 0, floor(fixture_draw(rng, 0, 4)), 0.5);
}

/* One number of the copy is another one. */
static void change(struct arena *arena, struct what_if *what_if, struct rng *rng) {
    struct market *market = &what_if->market;
    int n_bought = market->n_pools - market->n_owned;
    double factor = fixture_draw(rng, 0.3, 1.6);
    switch (rng_below(rng, 8)) {
    case 0:
        if (n_bought > 0) {
            struct pool *pool = &market->pools[market->n_owned + (int)rng_below(rng, n_bought)];
            pool->fixed = true;
            pool->amount = pool->upfront_usd > 0 ? 1 : fixture_draw(rng, 0, 5);
        }
        break;
    case 1:
        if (n_bought > 0)
            market->pools[market->n_owned + (int)rng_below(rng, n_bought)].rate *= factor;
        break;
    case 2: {
        int own = what_if_own_good(arena, what_if, (int)rng_below(rng, market->n_machines));
        struct good *good = &market->goods[own];
        good->on_demand_usd *= factor;
        good->uncovered_usd = good->on_demand_usd;
        break;
    }
    case 3: {
        struct machine *machine = &market->machines[(int)rng_below(rng, market->n_machines)];
        machine->spot_usd *= machine->spot ? factor : 1;
        break;
    }
    case 4:
        if (market->n_uses > 0)
            market->uses[(int)rng_below(rng, market->n_uses)].usd_per_request *= factor;
        break;
    case 5:
        for (int l = 0; l < market->n_limits; l++)
            market->limits[l].vcpu *= factor;
        break;
    case 6:
        market->spot_share = what_if->in.policy.spot_share_max = fixture_draw(rng, 0.1, 0.9);
        break;
    case 7:
        if (what_if->in.policy.upfront_usd_max > 0)
            what_if->in.policy.upfront_usd_max *= factor;
        break;
    }
}

/* The programme in one piece, of the same copy. */
static bool full_usd(struct arena *arena, struct what_if *what_if, double *usd) {
    struct market market = what_if->market;
    struct hourly_lp hourly;
    struct lp_solution solution;
    struct err err = {0};
    market.in = &what_if->in;
    cr_assert(hourly_lp_solve_full(arena, &market, &hourly, &solution, &err), "%s", err.what);
    *usd = solution.objective;
    return solution.status == LP_OPTIMAL;
}

/* What the amounts and uses of an answer cost. */
static double priced(const struct what_if *what_if, const struct what_if_answer *answer) {
    const struct market *market = &what_if->market;
    double usd = 0;
    for (int s = 0; s < market->n_slots; s++)
        usd += market->share[s] * market->fixed_usd[s];
    for (int p = market->n_owned; p < market->n_pools; p++)
        usd += answer->amount[p] * market->pools[p].rate * market->pools[p].held;
    for (int m = 0; m < market->n_machines; m++)
        usd += answer->on_demand[m] * market->goods[market->machines[m].good].on_demand_usd +
               answer->spot[m] * market->machines[m].spot_usd;
    for (int u = 0; u < market->n_uses; u++)
        usd += 3600 * answer->use[u] * market->uses[u].usd_per_request;
    return usd;
}

static void expect_same(uint64_t seed, const struct what_if_answer *got, bool feasible,
                        double usd) {
    cr_assert(eq(int, got->feasible, feasible), "seed %llu", (unsigned long long)seed);
    if (!feasible)
        return;
    cr_expect(epsilon_eq(dbl, got->usd_per_hour, usd, 1e-8 * usd), "seed %llu",
              (unsigned long long)seed);
    cr_expect(epsilon_eq(dbl, got->uses_usd_per_hour, usd, 1e-8 * usd), "seed %llu",
              (unsigned long long)seed);
}

Test(what_if, equals_the_full_programme) {
    int n_feasible = 0, n_moved = 0;
    struct programme_memory strangers = {0}; /* passed on from one market to the next */
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 1);
        struct plan_fixture f;
        struct market market;
        struct err err = {0};
        struct programme_memory memory = {0};
        double first = 0;
        draw_input(&f, &rng);
        cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
        for (int c = 0; c <= CHANGES; c++) {
            struct what_if what_if;
            struct what_if_answer answer, other;
            double usd;
            what_if_open(&f.arena, &market, &memory, &what_if);
            if (c > 0)
                change(&f.arena, &what_if, &rng);
            bool feasible = full_usd(&f.arena, &what_if, &usd);
            cr_assert(what_if_solve(&f.arena, &what_if, &answer, &err), "seed %llu: %s",
                      (unsigned long long)seed, err.what);
            expect_same(seed, &answer, feasible, usd);
            what_if.memory = coin(&rng, 0.5) ? &strangers : NULL;
            cr_assert(what_if_solve(&f.arena, &what_if, &other, &err), "%s", err.what);
            expect_same(seed, &other, feasible, usd);
            if (!feasible)
                continue;
            n_feasible++;
            n_moved += c > 0 && fabs(usd - first) > 1e-6 * usd;
            first = c == 0 ? usd : first;
            cr_expect(epsilon_eq(dbl, priced(&what_if, &answer), usd, 2e-8 * usd), "seed %llu",
                      (unsigned long long)seed);
        }
        programme_forget(&memory);
        fixture_close(&f);
    }
    programme_forget(&strangers);
    cr_log_info("%d answers, %d unlike the first of their market", n_feasible, n_moved);
    cr_expect(gt(int, n_feasible, RUNS *CHANGES / 2));
    cr_expect(gt(int, n_moved, RUNS *CHANGES / 4)); /* else nothing was put to the test */
}
