/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decomposition (solver/two_stage.h):
 *
 * - 200 random plan inputs against the full linear programme in GLPK, with every kind of row:
 * pools, owned commitments, spot share, quotas, capped uses, upfront and coverage limits;
 * - 200 random programmes beneath the plan, where prices and what is held differ by slot and up to
 *   three rows couple the slots, against a plain formulation built here; 60 with a class a slot;
 * - both bounds recomputed here from the answer's prices and uses; any other prices prove less, and
 *   a bound of more demand is refused by the same code;
 * - the same bytes on any number of threads; stopped, bounds that still hold; an abort of GLPK and
 *   numbers out of range are errors that leave the process usable;
 * - textbook cases: newsvendor, flat demand, spot without risk, owned before on demand, nested
 *   plans. Laws of the optimum are in test_plan_random.c, published examples in test_plan.c. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <glpk.h>
#include <math.h>

#include "both_forms.h"
#include "plan_draws.h"

enum { RUNS = 200 };

static void draw_limits(struct plan_fixture *f, struct rng *rng) {
    if (coin(rng, 0.4))
        f->input.policy.coverage_max = fixture_draw(rng, 0.2, 1);
    if (coin(rng, 0.4))
        f->input.policy.upfront_usd_max = fixture_draw(rng, 0, 100000);
    if (coin(rng, 0.4))
        fixture_quota(f, "G", false, floor(fixture_draw(rng, 8, 100)));
    if (coin(rng, 0.4))
        fixture_quota(f, "P", false, floor(fixture_draw(rng, 8, 100)));
    if (coin(rng, 0.3))
        fixture_quota(f, "G", true, floor(fixture_draw(rng, 0, 20)));
    if (coin(rng, 0.3))
        fixture_own(f, 0, floor(fixture_draw(rng, 0, 4)), 0.5);
    if (coin(rng, 0.1))
        f->input.allow_on_demand = false;
    if (coin(rng, 0.3))
        f->input.policy.term_years_max = 1;
}

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
    for (int h = 0; h < n_hours; h++)
        f->demand.weight[h] = (int)fixture_draw(rng, 1, 4);
    f->input.allow_spot = coin(rng, 0.6);
    f->input.policy.spot_share_max = fixture_draw(rng, 0.1, 1);
    f->input.policy.spot_derating = fixture_draw(rng, 0.7, 1);
    draw_limits(f, rng);
}

static const struct two_stage_options exact = {.tolerance = 1e-9, .n_threads = 1};

Test(two_stage, equals_the_full_programme) {
    int n_feasible = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 1);
        struct plan_fixture f;
        draw_input(&f, &rng);
        n_feasible += isfinite(both_forms_agree(&f, seed));
        fixture_close(&f);
    }
    cr_log_info("%d of %d feasible", n_feasible, RUNS);
    cr_assert(gt(int, n_feasible, RUNS / 2));
}

/* --- programmes beneath the plan --- */

enum { WAYS_MAX = 24, SLOTS_MAX = 20 };

struct drawn {
    struct two_stage problem;
    struct two_stage_way ways[WAYS_MAX];
    struct two_stage_draw draws[2 * WAYS_MAX];
    struct two_stage_amount amounts[4];
    struct two_stage_class classes[3];
    int class_of_slot[SLOTS_MAX];
    double share[SLOTS_MAX], demand[3 * SLOTS_MAX], fixed[6 * SLOTS_MAX], spot_share[3], missing[3];
    double cost[3][WAYS_MAX], open[3][4], coupling[3][3 * WAYS_MAX];
    bool active[3][3];
    double limit_use[4], limit_bound[1], coupling_use[12], coupling_bound[3];
};

static void draw_ways(struct drawn *d, struct rng *rng) {
    struct two_stage *p = &d->problem;
    for (int w = 0; w < p->n_workloads; w++) {
        /* always a way without rows, so that all demand is carried */
        int n = 2 + (int)rng_below(rng, 5);
        for (int k = 0; k < n; k++) {
            struct two_stage_way *way = &d->ways[p->n_ways++];
            *way = (struct two_stage_way){.workload = w,
                                          .spot = k > 0 && coin(rng, 0.3),
                                          .rate = fixture_draw(rng, 2, 20),
                                          .first_draw = p->n_draws};
            for (int r = 0; k > 0 && r < p->n_rows && way->n_draws < 2; r++)
                if (coin(rng, 0.15)) {
                    d->draws[p->n_draws++] = (struct two_stage_draw){r, fixture_draw(rng, 0.5, 3)};
                    way->n_draws++;
                }
        }
    }
}

static void draw_classes(struct drawn *d, struct rng *rng) {
    struct two_stage *p = &d->problem;
    for (int c = 0; c < p->n_classes; c++) {
        for (int j = 0; j < p->n_ways; j++) {
            bool held = d->ways[j].n_draws > 0 && !d->ways[j].spot && coin(rng, 0.5);
            d->cost[c][j] = held ? 0 : fixture_draw(rng, 0.5, 4);
            for (int k = 0; k < p->n_couplings; k++)
                d->coupling[c][k * p->n_ways + j] = k == 0 && p->n_classes > 1
                                                        ? (c == 0 ? d->cost[c][j] : 0)
                                                        : fixture_draw(rng, 0, 2);
        }
        for (int a = 0; a < p->n_amounts; a++)
            d->open[c][a] = coin(rng, 0.2) ? 0 : fixture_draw(rng, 0.5, 1);
        for (int w = 0; w < p->n_workloads; w++)
            d->active[c][w] = c == 0 || coin(rng, 0.8);
        d->classes[c] =
            (struct two_stage_class){d->cost[c], d->open[c], d->active[c], d->coupling[c]};
    }
}

static void draw_programme(struct drawn *d, struct rng *rng, int n_couplings) {
    *d = (struct drawn){0};
    struct two_stage *p = &d->problem;
    *p = (struct two_stage){.n_workloads = 1 + (int)rng_below(rng, 3),
                            .n_slots = 1 + (int)rng_below(rng, SLOTS_MAX),
                            .n_rows = 1 + (int)rng_below(rng, 6),
                            .n_amounts = (int)rng_below(rng, 5),
                            .n_classes = 1 + (int)rng_below(rng, 3),
                            .n_limits = (int)rng_below(rng, 2),
                            .n_couplings = n_couplings,
                            .ways = d->ways,
                            .draws = d->draws,
                            .amounts = d->amounts,
                            .classes = d->classes,
                            .class_of_slot = d->class_of_slot,
                            .share = d->share,
                            .demand = d->demand,
                            .fixed = d->fixed,
                            .spot_share = d->spot_share,
                            .missing_usd = d->missing,
                            .limit_use = d->limit_use,
                            .limit_bound = d->limit_bound,
                            .coupling_use = d->coupling_use,
                            .coupling_bound = d->coupling_bound,
                            .constant = 0.25};
    draw_ways(d, rng);
    for (int a = 0; a < p->n_amounts; a++) {
        d->amounts[a] =
            (struct two_stage_amount){fixture_draw(rng, 0.2, 2), fixture_draw(rng, 5, 60),
                                      (int)rng_below(rng, (uint64_t)p->n_rows)};
        d->limit_use[a] = fixture_draw(rng, 0, 3);
    }
    d->limit_bound[0] = fixture_draw(rng, 0, 60);
    draw_classes(d, rng);
    double total = 0;
    for (int s = 0; s < p->n_slots; s++)
        total += d->share[s] = fixture_draw(rng, 0.5, 2);
    for (int s = 0; s < p->n_slots; s++) {
        int c = d->class_of_slot[s] = (int)rng_below(rng, (uint64_t)p->n_classes);
        d->share[s] /= total;
        for (int w = 0; w < p->n_workloads; w++)
            d->demand[w * p->n_slots + s] = d->active[c][w] ? fixture_draw(rng, 0, 60) : 0;
        for (int r = 0; r < p->n_rows; r++)
            d->fixed[r * p->n_slots + s] = r % 2 == 0 ? 0 : fixture_draw(rng, 0, 6);
    }
    for (int w = 0; w < p->n_workloads; w++) {
        d->spot_share[w] = coin(rng, 0.3) ? 1 : fixture_draw(rng, 0, 1);
        d->missing[w] = INFINITY;
    }
}

/* One column a slot and way, one row a constraint. */
static double plain_optimum(const struct two_stage *p, struct arena *arena) {
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    lp_open(&lp, arena, "plain");
    lp.cost_scale = p->n_slots;
    int coupling[3], limit = -1;
    for (int k = 0; k < p->n_couplings; k++)
        coupling[k] = lp_add_row(&lp, -INFINITY, p->coupling_bound[k], "coupling%d", k);
    if (p->n_limits > 0)
        limit = lp_add_row(&lp, -INFINITY, p->limit_bound[0], "limit");
    for (int a = 0; a < p->n_amounts; a++) {
        lp_add_column(&lp, p->amounts[a].cost, 0, p->amounts[a].upper, "y%d", a);
        if (limit >= 0)
            lp_set(&lp, limit, a, p->limit_use[a]);
        for (int k = 0; k < p->n_couplings; k++)
            lp_set(&lp, coupling[k], a, p->coupling_use[k * p->n_amounts + a]);
    }
    for (int s = 0; s < p->n_slots; s++) {
        const struct two_stage_class *kind = &p->classes[p->class_of_slot[s]];
        int first = lp.n_columns;
        for (int j = 0; j < p->n_ways; j++)
            lp_add_column(&lp, p->share[s] * kind->cost[j], 0,
                          kind->active[p->ways[j].workload] ? INFINITY : 0, "x%d.%d", j, s);
        for (int w = 0; w < p->n_workloads; w++) {
            double demand = p->demand[w * p->n_slots + s];
            int row = lp_add_row(&lp, demand, INFINITY, "d%d.%d", w, s);
            int spot = lp_add_row(&lp, -INFINITY, p->spot_share[w] * demand, "s%d.%d", w, s);
            for (int j = 0; j < p->n_ways; j++) {
                if (p->ways[j].workload != w)
                    continue;
                lp_set(&lp, row, first + j, p->ways[j].rate);
                if (p->ways[j].spot && p->spot_share[w] < 1)
                    lp_set(&lp, spot, first + j, p->ways[j].rate);
            }
        }
        for (int r = 0; r < p->n_rows; r++) {
            int row = lp_add_row(&lp, -INFINITY, p->fixed[r * p->n_slots + s], "r%d.%d", r, s);
            for (int a = 0; a < p->n_amounts; a++)
                if (p->amounts[a].row == r)
                    lp_set(&lp, row, a, -kind->open[a]);
            for (int j = 0; j < p->n_ways; j++)
                for (int k = p->ways[j].first_draw; k < p->ways[j].first_draw + p->ways[j].n_draws;
                     k++)
                    if (p->draws[k].row == r)
                        lp_set(&lp, row, first + j, p->draws[k].amount);
        }
        for (int k = 0; k < p->n_couplings; k++)
            for (int j = 0; j < p->n_ways; j++)
                lp_set(&lp, coupling[k], first + j,
                       p->share[s] * kind->coupling[k * p->n_ways + j]);
    }
    cr_assert(lp_solve(arena, &lp, &solution, &err), "%s", err.what);
    return solution.status == LP_OPTIMAL ? solution.objective + p->constant : INFINITY;
}

/* What the free answer uses of the rows, cut by a few percent: rows that bind. */
static void tighten(struct drawn *d, const struct two_stage_answer *answer, struct rng *rng) {
    struct two_stage *p = &d->problem;
    for (int k = 0; k < p->n_couplings; k++) {
        double sum = 0;
        for (int a = 0; a < p->n_amounts; a++)
            sum += d->coupling_use[k * p->n_amounts + a] * answer->amount[a];
        for (int s = 0; s < p->n_slots; s++)
            for (int u = answer->first_use[s]; u < answer->first_use[s + 1]; u++)
                sum +=
                    p->share[s] * answer->uses[u].amount *
                    p->classes[p->class_of_slot[s]].coupling[k * p->n_ways + answer->uses[u].way];
        d->coupling_bound[k] = sum * fixture_draw(rng, 0.94, 1);
    }
}

Test(two_stage, programmes_equal_a_plain_formulation) {
    int n_bound = 0, n_fit = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 1, RNG_TEST, 1);
        struct arena arena = {0};
        struct err err = {0};
        struct two_stage_answer free, got;
        struct drawn d;
        int n_couplings = (int)rng_below(&rng, 4);
        draw_programme(&d, &rng, n_couplings);
        for (int k = 0; k < n_couplings; k++) {
            for (int a = 0; a < d.problem.n_amounts; a++)
                d.coupling_use[k * d.problem.n_amounts + a] =
                    k == 0 ? d.amounts[a].cost : fixture_draw(&rng, 0, 1);
            d.coupling_bound[k] = 1e9;
        }
        cr_assert(two_stage_solve(&arena, &d.problem, &exact, &free, &err), "%s", err.what);
        tighten(&d, &free, &rng);
        double want = plain_optimum(&d.problem, &arena);
        cr_assert(two_stage_solve(&arena, &d.problem, &exact, &got, &err), "%s", err.what);
        cr_expect(eq(int, got.carried, isfinite(want)), "seed %llu", (unsigned long long)seed);
        n_bound += n_couplings > 0;
        if (isfinite(want) && got.carried) {
            n_fit += n_couplings > 0;
            cr_expect(epsilon_eq(dbl, got.lower, want, 1e-8 * want), "seed %llu",
                      (unsigned long long)seed);
            cr_expect(epsilon_eq(dbl, got.upper, want, 1e-8 * want), "seed %llu",
                      (unsigned long long)seed);
        }
        arena_release(&arena);
    }
    cr_log_info("%d of %d with rows over slots fit", n_fit, n_bound);
    cr_assert(gt(int, n_fit, n_bound / 4));
}

/* Prices of an hour's own: every slot its class. */
static void price_apart(struct drawn *d, struct rng *rng, struct two_stage_class *classes,
                        double (*cost)[WAYS_MAX]) {
    struct two_stage *p = &d->problem;
    for (int s = 0; s < p->n_slots; s++) {
        classes[s] = d->classes[d->class_of_slot[s]];
        for (int j = 0; j < p->n_ways; j++)
            cost[s][j] = classes[s].cost[j] * fixture_draw(rng, 0.8, 1.2);
        classes[s].cost = cost[s];
        d->class_of_slot[s] = s;
    }
    p->classes = classes;
    p->n_classes = p->n_slots;
}

Test(two_stage, rows_over_slots_that_have_prices_of_their_own) {
    int n_many = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct rng rng = rng_open(seed, 7, RNG_TEST, 1);
        struct arena arena = {0};
        struct err err = {0};
        struct two_stage_answer free, got;
        struct two_stage_class classes[SLOTS_MAX];
        double cost[SLOTS_MAX][WAYS_MAX];
        struct drawn d;
        draw_programme(&d, &rng, 2);
        price_apart(&d, &rng, classes, cost);
        for (int k = 0; k < 2; k++)
            d.coupling_bound[k] = 1e9;
        cr_assert(two_stage_solve(&arena, &d.problem, &exact, &free, &err), "%s", err.what);
        tighten(&d, &free, &rng);
        double want = plain_optimum(&d.problem, &arena);
        cr_assert(two_stage_solve(&arena, &d.problem, &exact, &got, &err), "%s", err.what);
        cr_expect(eq(int, got.carried, isfinite(want)), "seed %llu", (unsigned long long)seed);
        n_many += d.problem.n_classes > 16 && got.carried; /* more than there are groups */
        if (isfinite(want) && got.carried)
            cr_expect(epsilon_eq(dbl, got.upper, want, 1e-8 * want), "seed %llu",
                      (unsigned long long)seed);
        arena_release(&arena);
    }
    cr_assert(gt(int, n_many, 2));
}

/* --- proofs --- */

/* The bound of docs/model.md 5.2, by listing what each request/s can cost: a plain way alone, or a
 * spot way for its share and a plain way for the rest. */
static double proven_here(const struct two_stage *p, const double *row_price,
                          const double *limit_price, const double *lambda) {
    double lower = p->constant, worth[4] = {0};
    for (int s = 0; s < p->n_slots; s++) {
        const struct two_stage_class *kind = &p->classes[p->class_of_slot[s]];
        const double *rho = &row_price[s * p->n_rows];
        for (int w = 0; w < p->n_workloads; w++) {
            double each[WAYS_MAX], least = p->missing_usd[w];
            for (int j = 0; j < p->n_ways; j++) {
                each[j] = kind->cost[j];
                for (int k = 0; k < p->n_couplings; k++)
                    each[j] += lambda[k] * kind->coupling[k * p->n_ways + j];
                for (int d = 0; d < p->ways[j].n_draws; d++)
                    each[j] += rho[p->draws[p->ways[j].first_draw + d].row] *
                               p->draws[p->ways[j].first_draw + d].amount;
                each[j] /= p->ways[j].rate;
            }
            for (int j = 0; j < p->n_ways; j++) {
                if (p->ways[j].workload != w || p->ways[j].spot)
                    continue;
                least = fmin(least, each[j]);
                for (int k = 0; k < p->n_ways; k++)
                    if (p->ways[k].workload == w && p->ways[k].spot)
                        least = fmin(least,
                                     p->spot_share[w] * each[k] + (1 - p->spot_share[w]) * each[j]);
            }
            lower += p->share[s] * least * p->demand[w * p->n_slots + s];
        }
        for (int r = 0; r < p->n_rows; r++)
            lower -= p->share[s] * rho[r] * p->fixed[r * p->n_slots + s];
        for (int a = 0; a < p->n_amounts; a++)
            worth[a] += p->share[s] * rho[p->amounts[a].row] * kind->open[a];
    }
    for (int a = 0; a < p->n_amounts; a++) {
        double left = p->amounts[a].cost - worth[a];
        for (int i = 0; i < p->n_limits; i++)
            left += limit_price[i] * p->limit_use[i * p->n_amounts + a];
        for (int k = 0; k < p->n_couplings; k++)
            left += lambda[k] * p->coupling_use[k * p->n_amounts + a];
        lower += p->amounts[a].upper * fmin(0, left);
    }
    for (int i = 0; i < p->n_limits; i++)
        lower -= limit_price[i] * p->limit_bound[i];
    for (int k = 0; k < p->n_couplings; k++)
        lower -= lambda[k] * p->coupling_bound[k];
    return lower;
}

Test(two_stage, bounds_are_proven_without_a_solver) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct rng rng = rng_open(seed, 2, RNG_TEST, 1);
        struct arena arena = {0};
        struct err err = {0};
        struct two_stage_answer got;
        struct drawn d;
        draw_programme(&d, &rng, 0);
        const struct two_stage *p = &d.problem;
        cr_assert(two_stage_solve(&arena, p, &exact, &got, &err), "%s", err.what);
        double here = proven_here(p, got.row_price, got.limit_price, got.coupling_price);
        cr_expect(epsilon_eq(dbl, here, got.lower, 1e-10 * got.upper), "seed %llu",
                  (unsigned long long)seed);
        double broken;
        cr_expect(epsilon_eq(dbl, two_stage_upper(p, &got, &broken), got.upper, 1e-12 * got.upper));
        cr_expect(lt(dbl, broken, 1e-8), "seed %llu", (unsigned long long)seed);
        cr_expect(lt(dbl, got.gap, 2e-9));
        /* Prices that nobody chose prove less, never more. */
        double *other = arena_new(&arena, double, p->n_slots * p->n_rows);
        for (int trial = 0; trial < 20; trial++) {
            for (int i = 0; i < p->n_slots * p->n_rows; i++)
                other[i] = fmax(0, got.row_price[i] + fixture_draw(&rng, -0.3, 0.3));
            cr_expect(le(dbl, two_stage_lower(p, other, got.limit_price, got.coupling_price),
                         got.upper * (1 + 1e-12)));
        }
        /* The same uses do not carry more demand: the evaluator sees it. */
        for (int i = 0; i < p->n_workloads * p->n_slots; i++)
            d.demand[i] *= 1.001;
        two_stage_upper(p, &got, &broken);
        cr_expect(gt(dbl, broken, 5e-4), "seed %llu", (unsigned long long)seed);
        arena_release(&arena);
    }
}

/* --- threads, stopping, errors --- */

/* Enough slots for the samples and several chunks. */
static void open_year(struct plan_fixture *f, int n_hours) {
    struct rng rng = rng_open(7, 3, RNG_TEST, 1);
    fixture_open(f, 2, n_hours);
    draw_offers(f, &rng, 4);
    for (int w = 0; w < 2; w++) {
        for (int o = 0; o < 4; o++)
            fixture_candidate(f, w, o, fixture_draw(&rng, 5, 25));
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] =
                100 + 60 * sin(h / 24. * 6.2832 + w) + fixture_draw(&rng, 0, 20);
    }
    fixture_quota(f, "G", false, 60);
    f->input.allow_spot = true;
    f->input.policy.spot_share_max = 0.3;
}

Test(two_stage, any_number_of_threads_gives_the_same_bytes) {
    struct plan_fixture f;
    struct market market;
    struct err err = {0};
    open_year(&f, 4000);
    cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
    struct programme programme;
    struct two_stage_answer one, many;
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        struct two_stage_options options = {.tolerance = 1e-7, .n_threads = n_threads};
        cr_assert(programme_solve(&f.arena, &market, &options, &programme, &many, &err), "%s",
                  err.what);
        if (n_threads == 1)
            one = many;
        size_t n_uses = (size_t)one.first_use[market.n_slots];
        cr_assert(eq(int, one.first_use[market.n_slots], many.first_use[market.n_slots]));
        cr_expect(zero(int, memcmp(&one.lower, &many.lower, sizeof one.lower)));
        cr_expect(zero(int, memcmp(&one.upper, &many.upper, sizeof one.upper)));
        cr_expect(zero(int, memcmp(one.uses, many.uses, n_uses * sizeof *one.uses)));
        cr_expect(eq(dbl, one.gap, many.gap));
        cr_expect(le(dbl, many.gap, 1e-7));
    }
    fixture_close(&f);
}

/* A programme solved again from its own optimum, with what the first solve learned: one look at the
 * hours proves it, and what runs is read in the same one. */
Test(two_stage, what_is_proven_is_not_solved_again) {
    struct plan_fixture f;
    struct market market;
    struct programme programme;
    struct two_stage_memory memory = {0};
    struct two_stage_answer first, again;
    struct err err = {0};
    open_year(&f, 1000);
    cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
    struct two_stage_options options = {.tolerance = 1e-7, .n_threads = 1, .memory = &memory};
    cr_assert(programme_solve(&f.arena, &market, &options, &programme, &first, &err), "%s",
              err.what);
    cr_expect(gt(long, first.n_blocks, 2L * market.n_slots));
    options.start = first.amount;
    cr_assert(programme_solve(&f.arena, &market, &options, &programme, &again, &err), "%s",
              err.what);
    cr_expect(eq(long, again.n_rounds, 1));
    cr_expect(eq(long, again.n_blocks, market.n_slots));
    /* Each hour's basis is found once, and known from then on. */
    cr_expect(le(long, first.n_searched, market.n_slots));
    cr_expect(eq(long, again.n_searched, 0));
    cr_expect(le(dbl, again.gap, 1e-7));
    cr_expect(epsilon_eq(dbl, again.upper, first.upper, 1e-7 * first.upper));
    double broken;
    cr_expect(epsilon_eq(dbl, two_stage_upper(&programme.problem, &again, &broken), again.upper,
                         1e-12 * again.upper));
    cr_expect(lt(dbl, broken, 1e-8));
    two_stage_forget(&memory);
    fixture_close(&f);
}

/* Of many years a sample finds out as much as of one: it costs little beside a look at all hours,
 * and what is proven after it is as near. */
Test(two_stage, samples_do_not_grow_with_the_hours) {
    struct plan_fixture f;
    struct market market;
    struct programme programme;
    struct two_stage_answer got;
    struct err err = {0};
    open_year(&f, 80000);
    cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
    struct two_stage_options options = {.tolerance = 1e-6, .n_threads = 1};
    cr_assert(programme_solve(&f.arena, &market, &options, &programme, &got, &err), "%s", err.what);
    cr_expect(le(dbl, got.gap, 1e-6));
    cr_expect(lt(long, got.n_blocks % market.n_slots, market.n_slots / 20));
    fixture_close(&f);
}

Test(two_stage, stopped_it_gives_bounds_that_hold) {
    struct plan_fixture f;
    struct plan plan;
    struct err err = {0};
    static const volatile int stop = 1;
    open_year(&f, 1000);
    double usd;
    bool feasible;
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    f.input.stop = &stop;
    struct market market;
    struct programme programme;
    struct two_stage_answer got;
    struct two_stage_options options = {.tolerance = 1e-9, .n_threads = 1, .stop = &stop};
    cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
    cr_assert(programme_solve(&f.arena, &market, &options, &programme, &got, &err), "%s", err.what);
    cr_expect(got.incomplete);
    cr_expect(got.carried);
    cr_expect(le(dbl, got.lower, usd * (1 + 1e-9)));
    cr_expect(ge(dbl, got.upper, usd * (1 - 1e-9)));
    double broken;
    two_stage_upper(&programme.problem, &got, &broken);
    cr_expect(lt(dbl, broken, 1e-8));
    fixture_close(&f);
    fixture_open(&f, 1, 3);
    fixture_instance(&f, 0, "g5", 10, 1, -1);
    fixture_demand(&f, 0, (double[]){5, 10, 20});
    f.input.stop = &stop;
    cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
    cr_expect(plan.feasible);
    fixture_close(&f);
}

Test(two_stage, an_abort_of_glpk_is_an_error_and_the_next_solve_works) {
    struct plan_fixture f;
    struct err err = {0};
    double usd, again;
    bool feasible;
    open_year(&f, 300);
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    struct market market;
    struct programme programme;
    struct two_stage_answer got;
    cr_assert(market_open(&f.arena, &f.input, &market, &err), "%s", err.what);
    glp_mem_limit(1); /* MB, of this thread's environment, of which little is left */
    glp_prob *large = glp_create_prob();
    size_t used = 0;
    while (used < (1 << 20) - 30000) {
        glp_add_rows(large, 10);
        glp_mem_usage(NULL, NULL, &used, NULL);
    }
    bool solved = programme_solve(&f.arena, &market, &exact, &programme, &got, &err);
    cr_expect(not(solved));
    cr_expect(eq(int, (int)err.kind, ERR_BUG));
    cr_expect(ne(ptr, strstr(err.what, "the solver stopped"), NULL), "%s", err.what);
    cr_assert(plan_lp_bound(&f.arena, &f.input, &again, &feasible, &err), "%s", err.what);
    cr_expect(eq(dbl, usd, again));
    fixture_close(&f);
}

Test(two_stage, numbers_out_of_range_are_told_before_glpk_sees_them) {
    static const double bad[] = {NAN, -1, 1e300, INFINITY};
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++)
        for (int field = 0; field < 8; field++) {
            struct rng rng = rng_open(3, 4, RNG_TEST, 1);
            struct arena arena = {0};
            struct err err = {0};
            struct two_stage_answer got;
            struct drawn d;
            do
                draw_programme(&d, &rng, 0);
            while (d.problem.n_amounts == 0 || d.problem.n_limits == 0 || d.problem.n_draws == 0);
            double *fields[] = {&d.demand[0],        &d.share[0],    &d.fixed[0],
                                &d.cost[0][0],       &d.open[0][0],  &d.limit_bound[0],
                                &d.amounts[0].upper, &d.ways[0].rate};
            *fields[field] = bad[b];
            cr_expect(not(two_stage_solve(&arena, &d.problem, &exact, &got, &err)), "field %d, %g",
                      field, bad[b]);
            cr_expect(eq(int, (int)err.kind, ERR_INPUT), "field %d, %g", field, bad[b]);
            arena_release(&arena);
        }
}

Test(two_stage, without_any_capacity_nothing_is_carried) {
    struct plan_fixture f;
    struct err err = {0};
    double usd;
    bool feasible = true;
    fixture_open(&f, 1, 2);
    fixture_instance(&f, 0, "g5", 10, 1, -1);
    fixture_demand(&f, 0, (double[]){5, 10});
    fixture_quota(&f, "G", false, 0);
    cr_assert(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err), "%s", err.what);
    cr_expect(not(feasible));
    fixture_close(&f);
}

/* --- whole amounts --- */

/* --- textbook cases --- */

static struct two_stage_answer solve(struct plan_fixture *f, struct market *market,
                                     struct programme *programme) {
    struct two_stage_answer got;
    struct err err = {0};
    cr_assert(market_open(&f->arena, &f->input, market, &err), "%s", err.what);
    cr_assert(programme_solve(&f->arena, market, &exact, programme, &got, &err), "%s", err.what);
    cr_assert(got.carried);
    return got;
}

/* Reserve up to the level that is needed in a share rate / list of the hours (Arrow, Harris and
 * Marschak 1951): here 0.6, so the 40th percentile of 10 distinct levels, between the 4th and 5th.
 */
Test(two_stage, newsvendor_level) {
    struct plan_fixture f;
    struct market market;
    struct programme programme;
    fixture_open(&f, 1, 10);
    fixture_instance(&f, 0, "g5", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.21);
    fixture_demand(&f, 0, (double[]){100, 30, 80, 50, 60, 10, 90, 20, 70, 40});
    struct two_stage_answer got = solve(&f, &market, &programme);
    /* 0.605: worth it where 7 of 10 hours need it, not where 6 do */
    cr_expect(epsilon_eq(dbl, got.amount[0], 4, 1e-7));
    fixture_close(&f);
}

Test(two_stage, reserved_pays_from_its_break_even) {
    for (int busy = 1; busy <= 10; busy++) {
        struct plan_fixture f;
        struct market market;
        struct programme programme;
        double demand[10] = {0};
        for (int h = 0; h < busy; h++)
            demand[h] = 10;
        fixture_open(&f, 1, 10);
        fixture_instance(&f, 0, "g5", 10, 2, -1);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.3);
        fixture_demand(&f, 0, demand);
        struct two_stage_answer got = solve(&f, &market, &programme);
        cr_expect(epsilon_eq(dbl, got.amount[0], busy >= 7 ? 1 : 0, 1e-7), "%d hours", busy);
        fixture_close(&f);
    }
}

/* Flat demand is committed to in whole; spot that costs less and is never lost fills its share. */
Test(two_stage, flat_demand_and_spot_without_risk) {
    struct plan_fixture f;
    struct market market;
    struct programme programme;
    fixture_open(&f, 1, 6);
    fixture_instance(&f, 0, "g5", 10, 2, 0.5);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.3);
    fixture_demand(&f, 0, (double[]){60, 60, 60, 60, 60, 60});
    struct two_stage_answer got = solve(&f, &market, &programme);
    cr_expect(epsilon_eq(dbl, got.amount[0], 6, 1e-7));
    cr_expect(epsilon_eq(dbl, got.upper, 6 * 1.3, 1e-7));
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.25;
    got = solve(&f, &market, &programme);
    cr_expect(epsilon_eq(dbl, got.amount[0], 4.5, 1e-7));
    cr_expect(epsilon_eq(dbl, got.upper, 4.5 * 1.3 + 1.5 * 0.5, 1e-7));
    fixture_close(&f);
}

/* Nested plans: the EC2 plan (0.6) is dearer to leave than the compute plan (0.7) to use, so the
 * type that is always needed goes to the narrow one and what moves between types to the wide one.
 */
Test(two_stage, nested_plans) {
    struct plan_fixture f;
    struct market market;
    struct programme programme;
    fixture_open(&f, 2, 2);
    int a = fixture_offer(&f, "a", "a", 1, -1), b = fixture_offer(&f, "b", "b", 1, -1);
    fixture_candidate(&f, 0, a, 10);
    fixture_candidate(&f, 1, b, 10);
    fixture_commitment(&f, a, COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT, 0.6);
    fixture_commitment(&f, a, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.7);
    fixture_commitment(&f, b, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.7);
    fixture_demand(&f, 0, (double[]){20, 10}); /* one always, one in the first hour */
    fixture_demand(&f, 1, (double[]){0, 10});  /* in the second */
    struct two_stage_answer got = solve(&f, &market, &programme);
    cr_expect(epsilon_eq(dbl, got.upper, 0.6 + 0.7, 1e-8));
    fixture_close(&f);
}

Test(two_stage, what_is_owned_is_never_idle_beside_on_demand) {
    struct plan_fixture f;
    struct market market;
    struct programme programme;
    fixture_open(&f, 1, 5);
    int o = fixture_offer(&f, "g5", "g5", 2, -1);
    fixture_candidate(&f, 0, o, 10);
    fixture_own(&f, o, 3, 0.9);
    fixture_demand(&f, 0, (double[]){5, 25, 30, 35, 80});
    struct two_stage_answer got = solve(&f, &market, &programme);
    for (int s = 0; s < market.n_slots; s++) {
        double owned = 0, on_demand = 0;
        for (int u = got.first_use[s]; u < got.first_use[s + 1]; u++) {
            const struct way *way = &programme.hourly.ways[programme.way_of[got.uses[u].way]];
            *(way->kind == WAY_POOL ? &owned : &on_demand) += got.uses[u].amount;
        }
        double needed = market.demand[s] / 10;
        cr_expect(epsilon_eq(dbl, owned, fmin(3, needed), 1e-8));
        cr_expect(epsilon_eq(dbl, on_demand, fmax(0, needed - 3), 1e-8));
    }
    fixture_close(&f);
}
