/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan on random inputs, each from its own seed (printed on failure):
 *
 * - the programme's optimum against a closed form for one workload (all options are capacity at a
 *   price per request, the optimum lies at a breakpoint of the demand), which knows no simplex;
 * - against a plain formulation built here without merging, dropping or late limits;
 * - whole instances against full enumeration of fleets and commitments on tiny inputs, with the
 *   share found exactly and the worst ratio;
 * - every plan carries its demand inside quotas, spot share, coverage and upfront limits;
 * - laws: another option never raises the optimum, dearer never lowers it, scaled demand scales it,
 *   order is irrelevant, doubled prices double the cost and keep the plan. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_draws.h"
#include "solver/lp.h"

enum { RUNS = 220 };

static struct rng stream(uint64_t seed) {
    return rng_open(seed, 0, RNG_TEST, 0);
}

static double bound(struct plan_fixture *f, bool *feasible) {
    struct err err = {0};
    double usd;
    cr_assert(plan_lp_bound(&f->arena, &f->input, &usd, feasible, &err), "%s", err.what);
    return usd;
}

/* Random machines, prices, commitments and demand, of random size. */
static void draw_input(struct plan_fixture *f, struct rng *rng, int workloads_max, int offers_max,
                       int hours_max) {
    /* One draw a statement: the order of evaluation inside a call is the compiler's choice. */
    int n_workloads = 1 + (int)rng_below(rng, (uint64_t)workloads_max);
    int n_offers = 1 + (int)rng_below(rng, (uint64_t)offers_max);
    int n_hours = 1 + (int)rng_below(rng, (uint64_t)hours_max);
    fixture_open(f, n_workloads, n_hours);
    draw_offers(f, rng, n_offers);
    for (int w = 0; w < n_workloads; w++) {
        for (int o = 0; o < n_offers; o++)
            fixture_candidate(f, w, o, fixture_draw(rng, 5, 25));
        if (coin(rng, 0.5))
            fixture_api(f, w, "api", fixture_draw(rng, 0.00001, 0.0001), 0);
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] =
                coin(rng, 0.1) ? 0 : fixture_draw(rng, 5, 60);
    }
    for (int h = 0; h < n_hours; h++)
        f->demand.weight[h] = (int)fixture_draw(rng, 1, 4);
    f->input.allow_spot = coin(rng, 0.6);
    f->input.policy.spot_share_max = fixture_draw(rng, 0.1, 1);
    f->input.policy.spot_derating = fixture_draw(rng, 0.7, 1);
}

/* --- closed form --- */

/* One workload: owned capacity U0 is there, U more may be committed to at the cheapest price k per
 * request/s; in each hour what is left goes to spot (up to its share) and to the cheapest fallback.
 * Convex and piecewise linear in U: the optimum is 0 or where an hour's spot or fallback starts. */
static double closed_form(const struct plan_fixture *f, double owned, double owned_usd) {
    const struct plan_input *in = &f->input;
    double fallback = INFINITY, spot = INFINITY, committed = INFINITY;
    for (int c = 0; c < in->n_candidates; c++) {
        const struct offer *offer = &f->offers[f->candidates[c].offer];
        double rate = f->capacities[c].points[0].rate_per_second;
        if (offer->kind == OFFER_TOKEN_API) {
            fallback = fmin(fallback, 3600e-6 * f->capacities[c].input_tokens_per_request);
            continue;
        }
        fallback = fmin(fallback, money_rate_usd(offer->on_demand.rate) / rate);
        if (in->allow_spot && offer->spot.known)
            spot = fmin(spot, money_rate_usd(offer->spot.rate) / (rate * in->policy.spot_derating));
        for (int k = 0; k < offer->n_commitments; k++)
            committed =
                fmin(committed, money_rate_usd(offer->commitments[k].effective.rate) / rate);
    }
    const double *demand = f->demand.rate_per_second;
    int n_hours = f->demand.n_hours;
    double best = INFINITY;
    for (int b = 0; b <= 2 * n_hours; b++) {
        double share = b % 2 == 0 ? 1 : 1 - in->policy.spot_share_max;
        double level = b == 2 * n_hours ? 0 : fmax(0, share * demand[b / 2] - owned);
        double usd = owned_usd + (level > 0 ? level * committed : 0), total = 0, weights = 0;
        for (int h = 0; h < n_hours; h++) {
            double left = fmax(0, demand[h] - owned - level);
            double on_spot =
                spot < fallback ? fmin(left, in->policy.spot_share_max * demand[h]) : 0;
            total += f->demand.weight[h] *
                     ((on_spot > 0 ? on_spot * spot : 0) + (left - on_spot) * fallback);
            weights += f->demand.weight[h];
        }
        best = fmin(best, usd + total / weights);
    }
    return best;
}

Test(plan_random, optimum_equals_the_closed_form) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 1, 3, 12);
        double owned = 0, owned_usd = 0;
        if (coin(&rng, 0.4)) {
            double count = fixture_draw(&rng, 0, 3);
            fixture_own(&f, 0, count, 0.5);
            owned = count * f.capacities[0].points[0].rate_per_second;
            owned_usd = 0.5 * count;
        }
        bool feasible;
        double got = bound(&f, &feasible), want = closed_form(&f, owned, owned_usd);
        cr_assert(feasible);
        cr_assert(epsilon_eq(dbl, got, want, 1e-7 * (1 + want)), "seed %llu",
                  (unsigned long long)seed);
        fixture_close(&f);
    }
}

/* --- plain formulation --- */

struct plain {
    struct lp lp;
    struct plan_fixture *f;
    int n_pools;
    struct {
        int offer; /* reserved, else -1 */
        const char *family;
        struct commitment_terms terms;
        int column;
        double upfront;
    } pools[64];
};

static double pool_use(const struct plain *p, int pool, int offer) {
    const struct offer *o = &p->f->offers[offer];
    const struct commitment_quote *quote = offer_commitment(o, p->pools[pool].terms);
    if (quote == NULL)
        return 0;
    if (p->pools[pool].offer >= 0)
        return p->pools[pool].offer == offer ? 1 : 0;
    if (p->pools[pool].family != NULL && strcmp(p->pools[pool].family, o->family) != 0)
        return 0;
    return money_rate_usd(quote->effective.rate);
}

static void add_pool(struct plain *p, int offer, const char *family, struct commitment_terms terms,
                     double rate) {
    int n = p->n_pools++;
    p->pools[n].offer = offer;
    p->pools[n].family = family;
    p->pools[n].terms = terms;
    p->pools[n].column = lp_add_column(&p->lp, rate, 0, INFINITY, "y%d", n);
    p->pools[n].upfront = payment_upfront_share(terms.payment) * rate * 8760 * terms.term_years;
}

static void plain_pools(struct plain *p) {
    struct plan_fixture *f = p->f;
    for (int t = 0; t < f->input.n_terms; t++) {
        struct commitment_terms terms = f->terms[t];
        if (terms.term_years > f->input.policy.term_years_max)
            continue;
        if (terms.kind == COMMIT_PLAN_COMPUTE)
            add_pool(p, -1, NULL, terms, 1);
        for (int o = 0; o < f->input.n_offers; o++) {
            const struct commitment_quote *quote = offer_commitment(&f->offers[o], terms);
            if (quote == NULL || f->offers[o].kind != OFFER_INSTANCE)
                continue;
            if (terms.kind == COMMIT_PLAN_EC2)
                add_pool(p, -1, f->offers[o].family, terms, 1);
            else if (terms.kind != COMMIT_PLAN_COMPUTE)
                add_pool(p, o, NULL, terms, money_rate_usd(quote->effective.rate));
        }
    }
}

/* One column per hour, candidate and way to pay, one row per constraint, nothing clever. */
static bool plain_optimum(struct plan_fixture *f, double *optimum) {
    const struct plan_input *in = &f->input;
    const struct plan_policy *policy = &in->policy;
    struct plain p = {.f = f};
    int H = f->demand.n_hours;
    double weights = 0, constant = 0;
    for (int h = 0; h < H; h++)
        weights += f->demand.weight[h];
    lp_open(&p.lp, &f->arena, "plain");
    plain_pools(&p);
    int coverage = lp_add_row(&p.lp, -INFINITY, 0, "coverage");
    int upfront = lp_add_row(
        &p.lp, -INFINITY, policy->upfront_usd_max < 0 ? INFINITY : policy->upfront_usd_max, "up");
    for (int k = 0; k < p.n_pools; k++)
        lp_set(&p.lp, upfront, p.pools[k].column, p.pools[k].upfront);
    for (int i = 0; i < in->n_owned; i++)
        constant += f->owned[i].count * money_rate_usd(f->owned[i].hourly);
    for (int h = 0; h < H; h++) {
        double share = f->demand.weight[h] / weights;
        int demand[4], spot_cap[4], quota[8], pool_row[64], owned_row[8];
        for (int w = 0; w < f->demand.n_workloads; w++) {
            double d = f->demand.rate_per_second[w * H + h];
            demand[w] = lp_add_row(&p.lp, d, INFINITY, "d%d.%d", w, h);
            spot_cap[w] = lp_add_row(&p.lp, -INFINITY, policy->spot_share_max * d, "s%d.%d", w, h);
        }
        for (int q = 0; q < in->n_quotas; q++)
            quota[q] = lp_add_row(&p.lp, -INFINITY, f->quotas[q].vcpu, "q%d.%d", q, h);
        for (int k = 0; k < p.n_pools; k++) {
            pool_row[k] = lp_add_row(&p.lp, -INFINITY, 0, "p%d.%d", k, h);
            lp_set(&p.lp, pool_row[k], p.pools[k].column, -1);
        }
        for (int i = 0; i < in->n_owned; i++)
            owned_row[i] = lp_add_row(&p.lp, -INFINITY, f->owned[i].count, "o%d.%d", i, h);
        for (int c = 0; c < in->n_candidates; c++) {
            const struct offer *offer = &f->offers[f->candidates[c].offer];
            int w = f->candidates[c].workload;
            if (f->demand.rate_per_second[w * H + h] == 0)
                continue; /* nothing runs for nobody, not even to dilute the coverage */
            if (offer->kind == OFFER_TOKEN_API) {
                double cap = f->capacities[c].rate_max_per_second;
                int x = lp_add_column(&p.lp,
                                      share * 3600e-6 * f->capacities[c].input_tokens_per_request,
                                      0, cap > 0 ? cap : INFINITY, "u%d.%d", c, h);
                lp_set(&p.lp, demand[w], x, 1);
                continue;
            }
            double rate = f->capacities[c].points[0].rate_per_second;
            double list = money_rate_usd(offer->on_demand.rate);
            for (int way = -2 - in->n_owned; way < p.n_pools; way++) {
                bool on_spot = way == -2 - in->n_owned, on_demand = way == -1 - in->n_owned;
                int owned = !on_spot && !on_demand && way < 0 ? -1 - way : -1;
                if (on_spot && !(in->allow_spot && offer->spot.known))
                    continue;
                if (on_demand && !in->allow_on_demand)
                    continue;
                if (owned >= 0 && f->owned[owned].offer != f->candidates[c].offer)
                    continue;
                if (way >= 0 && pool_use(&p, way, f->candidates[c].offer) <= 0)
                    continue;
                double cost = on_spot ? money_rate_usd(offer->spot.rate) : on_demand ? list : 0;
                int x = lp_add_column(&p.lp, share * cost, 0, INFINITY, "x%d.%d.%d", c, way + 9, h);
                double useful = on_spot ? rate * policy->spot_derating : rate;
                lp_set(&p.lp, demand[w], x, useful);
                if (on_spot)
                    lp_set(&p.lp, spot_cap[w], x, useful);
                else
                    lp_set(&p.lp, coverage, x,
                           share * list * ((way >= 0 ? 1 : 0) - policy->coverage_max));
                if (owned >= 0)
                    lp_set(&p.lp, owned_row[owned], x, 1);
                if (way >= 0)
                    lp_set(&p.lp, pool_row[way], x, pool_use(&p, way, f->candidates[c].offer));
                for (int q = 0; q < in->n_quotas; q++)
                    if (f->quotas[q].spot == on_spot &&
                        strcmp(f->quotas[q].group, offer->quota_group) == 0)
                        lp_set(&p.lp, quota[q], x, offer->vcpu);
            }
        }
    }
    if (policy->coverage_max >= 1)
        p.lp.rows[coverage].upper = INFINITY;
    struct lp_solution solution;
    struct err err = {0};
    cr_assert(lp_solve(&f->arena, &p.lp, &solution, &err), "%s", err.what);
    *optimum = solution.objective + constant;
    return solution.status == LP_OPTIMAL;
}

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

Test(plan_random, optimum_equals_a_plain_formulation) {
    int n_feasible = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(1000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 3, 4, 8);
        draw_limits(&f, &rng);
        if (coin(&rng, 0.3) && f.demand.n_hours > 1) /* a pair of hours that merge */
            for (int w = 0; w < f.demand.n_workloads; w++)
                f.demand.rate_per_second[w * f.demand.n_hours] =
                    f.demand.rate_per_second[w * f.demand.n_hours + 1];
        bool feasible;
        double want = 0, got = bound(&f, &feasible);
        bool plain = plain_optimum(&f, &want);
        cr_assert(eq(int, feasible, plain), "seed %llu", (unsigned long long)seed);
        if (plain)
            cr_assert(epsilon_eq(dbl, got, want, 1e-6 * (1 + want)), "seed %llu",
                      (unsigned long long)seed);
        n_feasible += plain;
        fixture_close(&f);
    }
    cr_log_info("%d of %d feasible", n_feasible, RUNS);
    cr_assert(gt(int, n_feasible, RUNS / 2));
    cr_assert(lt(int, n_feasible, RUNS));
}

/* --- whole instances against enumeration --- */

enum {
    COUNT = 4,
    TINY_OFFERS = 2
}; /* counts 0 .. 3 of each of two types on regular, 0 .. 3 spot */

struct tiny {
    struct plan_fixture *f;
    double reserved[TINY_OFFERS], plan_usd; /* held */
    double reserved_rate[TINY_OFFERS], plan_rate[TINY_OFFERS], list[TINY_OFFERS];
};

/* Reserved first, then the plan's dollars by highest saving, the rest on demand. */
static double tiny_uncovered(const struct tiny *t, const double *units) {
    double left[TINY_OFFERS], dollars = t->plan_usd, usd = 0;
    for (int o = 0; o < TINY_OFFERS; o++)
        left[o] = fmax(0, units[o] - t->reserved[o]);
    int first = t->plan_rate[0] / t->list[0] <= t->plan_rate[1] / t->list[1] ? 0 : 1;
    for (int k = 0; k < TINY_OFFERS; k++) {
        int o = k == 0 ? first : 1 - first;
        double taken = fmin(left[o], dollars / t->plan_rate[o]);
        left[o] -= taken;
        dollars -= taken * t->plan_rate[o];
    }
    for (int o = 0; o < TINY_OFFERS; o++)
        usd += left[o] * t->list[o];
    return usd;
}

/* All counts for workload w in hour h, then the next workload, then the price. */
static double tiny_hour(const struct tiny *t, int w, int h, double *units, double direct) {
    struct plan_fixture *f = t->f;
    const struct plan_policy *policy = &f->input.policy;
    if (w == f->demand.n_workloads)
        return direct + tiny_uncovered(t, units);
    double demand = f->demand.rate_per_second[w * f->demand.n_hours + h], best = INFINITY;
    int at[TINY_OFFERS] = {-1, -1}, api = -1, spots = f->input.allow_spot ? COUNT : 1;
    for (int c = 0; c < f->input.n_candidates; c++)
        if (f->candidates[c].workload == w) {
            if (f->candidates[c].kind == CANDIDATE_INSTANCE)
                at[f->candidates[c].offer] = c;
            else
                api = c;
        }
    for (int code = 0; code < COUNT * COUNT * spots * spots; code++) {
        int n[2] = {code % COUNT, code / COUNT % COUNT};
        int s[2] = {code / (COUNT * COUNT) % spots, code / (COUNT * COUNT * spots)};
        double alone = 0, both = 0, usd = direct;
        bool possible = true;
        for (int o = 0; o < TINY_OFFERS; o++) {
            const struct capacity *capacity = &f->capacities[at[o]];
            alone += capacity_rate(capacity, n[o]);
            both += capacity_rate(capacity, n[o] + policy->spot_derating * s[o]);
            possible = possible && (s[o] == 0 || f->offers[o].spot.known);
            usd += s[o] > 0 ? s[o] * money_rate_usd(f->offers[o].spot.rate) : 0;
        }
        double over = fmax(demand - both, (1 - policy->spot_share_max) * demand - alone);
        over = over > 1e-9 * demand ? over : 0;
        if (!possible || (over > 0 && api < 0))
            continue;
        if (over > 0)
            usd += over * 3600e-6 * f->capacities[api].input_tokens_per_request;
        units[0] += n[0];
        units[1] += n[1];
        best = fmin(best, tiny_hour(t, w + 1, h, units, usd));
        units[0] -= n[0];
        units[1] -= n[1];
    }
    return best;
}

static double tiny_cost(const struct tiny *t) {
    double usd = t->plan_usd, total = 0, weights = 0;
    for (int o = 0; o < TINY_OFFERS; o++)
        usd += t->reserved[o] * t->reserved_rate[o];
    for (int h = 0; h < t->f->demand.n_hours; h++) {
        double units[TINY_OFFERS] = {0};
        total += t->f->demand.weight[h] * tiny_hour(t, 0, h, units, 0);
        weights += t->f->demand.weight[h];
    }
    return usd + total / weights;
}

/* For whole counts the best plan dollars are a sum of whole instances at plan rates. */
static double tiny_best(struct tiny *t, int most) {
    double best = INFINITY;
    for (int r0 = 0; r0 <= most; r0++)
        for (int r1 = 0; r1 <= most; r1++)
            for (int i = 0; i + r0 <= most; i++)
                for (int j = 0; j + r1 <= most; j++) {
                    t->reserved[0] = r0;
                    t->reserved[1] = r1;
                    t->plan_usd = i * t->plan_rate[0] + j * t->plan_rate[1];
                    best = fmin(best, tiny_cost(t));
                }
    return best;
}

static void draw_tiny(struct plan_fixture *f, struct rng *rng, struct tiny *t) {
    int n_workloads = 1 + (int)rng_below(rng, 2), n_hours = 3;
    fixture_open(f, n_workloads, n_hours);
    *t = (struct tiny){.f = f};
    for (int o = 0; o < TINY_OFFERS; o++) {
        double list = price(rng, 0.5, 2);
        double spot = coin(rng, 0.7) ? price(rng, 0.3 * list, list) : -1;
        fixture_offer(f, o == 0 ? "g5" : "g6", o == 0 ? "g5" : "g6", list, spot);
        t->list[o] = list;
        t->reserved_rate[o] = price(rng, 0.5 * list, 0.9 * list);
        t->plan_rate[o] = price(rng, 0.55 * list, 0.95 * list);
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, t->reserved_rate[o]);
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, t->plan_rate[o]);
    }
    for (int w = 0; w < n_workloads; w++) {
        for (int o = 0; o < TINY_OFFERS; o++) {
            int c = fixture_candidate(f, w, o, t->list[o] * fixture_draw(rng, 8, 14));
            double one = f->capacities[c].points[0].rate_per_second;
            f->capacities[c].n_points = 2; /* pooling: the second replica carries a little more */
            f->capacities[c].points[1] = (struct capacity_point){
                .replicas = 2, .rate_per_second = one * fixture_draw(rng, 2, 2.3)};
        }
        if (coin(rng, 0.4))
            fixture_api(f, w, "api", fixture_draw(rng, 0.00002, 0.00006), 0);
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] = fixture_draw(rng, 1, 12);
    }
    f->input.allow_spot = n_workloads == 1 && coin(rng, 0.6); /* else too many to enumerate */
    f->input.policy.spot_share_max = fixture_draw(rng, 0.2, 1);
    f->input.policy.spot_derating = fixture_draw(rng, 0.8, 1);
}

Test(plan_random, whole_instances_against_enumeration) {
    int n_exact = 0;
    double worst = 1;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(5000 + seed);
        struct plan_fixture f;
        struct tiny tiny;
        draw_tiny(&f, &rng, &tiny);
        struct plan plan;
        struct err err = {0};
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        double best = tiny_best(&tiny, f.demand.n_workloads == 1 ? 3 : 4);
        double ratio = plan.usd_per_hour / best;
        /* The enumeration is over everything the plan may be: it cannot be beaten. */
        cr_assert(ge(dbl, ratio, 1 - 1e-9), "seed %llu: %g under %g", (unsigned long long)seed,
                  plan.usd_per_hour, best);
        n_exact += ratio < 1 + 1e-9;
        worst = fmax(worst, ratio);
        fixture_close(&f);
    }
    cr_log_info("whole instances: %d of %d exact, worst %.4f of the optimum", n_exact, RUNS, worst);
    /* The search is exact for an hour with given commitments, not for both together. */
    cr_expect(ge(int, n_exact, RUNS * 98 / 100));
    cr_expect(le(dbl, worst, 1.06));
}

/* --- what every plan must satisfy --- */

static void check_hour(const struct plan_fixture *f, const struct plan *plan, int h,
                       unsigned long long seed) {
    const struct plan_policy *policy = &f->input.policy;
    int H = f->demand.n_hours;
    double vcpu[2][2] = {{0}}; /* group, spot */
    for (int w = 0; w < f->demand.n_workloads; w++) {
        double demand = f->demand.rate_per_second[w * H + h], both = 0, alone = 0, over = 0;
        for (int c = 0; c < f->input.n_candidates; c++) {
            if (f->candidates[c].workload != w)
                continue;
            int at = c * H + h;
            if (f->candidates[c].kind != CANDIDATE_INSTANCE) {
                over += plan->overflow_share[at] * demand;
                continue;
            }
            alone += capacity_rate(&f->capacities[c], plan->regular[at]);
            both += capacity_rate(&f->capacities[c],
                                  plan->regular[at] + policy->spot_derating * plan->spot[at]);
            const struct offer *offer = &f->offers[f->candidates[c].offer];
            int group = strcmp(offer->quota_group, "G") == 0 ? 0 : 1;
            vcpu[group][0] += plan->regular[at] * offer->vcpu;
            vcpu[group][1] += plan->spot[at] * offer->vcpu;
            cr_assert(ge(dbl, plan->regular[at] + 1e-6, plan->reserved[at] + plan->covered[at]));
        }
        cr_assert(ge(dbl, both + over, demand * (1 - 1e-6)), "seed %llu hour %d", seed, h);
        cr_assert(ge(dbl, alone + over, (1 - policy->spot_share_max) * demand * (1 - 1e-6)),
                  "seed %llu hour %d", seed, h);
    }
    for (int q = 0; q < f->input.n_quotas; q++)
        cr_assert(le(dbl,
                     vcpu[strcmp(f->quotas[q].group, "G") == 0 ? 0 : 1][f->quotas[q].spot ? 1 : 0],
                     f->quotas[q].vcpu),
                  "seed %llu hour %d quota %d", seed, h, q);
}

/* Owned commitments are used before anything in their scope runs on demand. */
static void check_commitments(const struct plan_fixture *f, const struct plan *plan,
                              unsigned long long seed) {
    int H = f->demand.n_hours;
    double upfront = 0, covered = 0, regular = 0;
    for (int i = 0; i < plan->n_commitments; i++)
        upfront += plan->commitments[i].commitment.owned ? 0 : plan->commitments[i].upfront_usd;
    if (f->input.policy.upfront_usd_max >= 0)
        cr_assert(le(dbl, upfront, f->input.policy.upfront_usd_max + 1e-6), "seed %llu", seed);
    for (int h = 0; h < H; h++) {
        double running = 0, held = 0, uncovered = 0;
        for (int c = 0; c < f->input.n_candidates; c++) {
            if (f->candidates[c].kind != CANDIDATE_INSTANCE)
                continue;
            int at = c * H + h;
            double list = money_rate_usd(f->offers[f->candidates[c].offer].on_demand.rate);
            regular += f->demand.weight[h] * plan->regular[at] * list;
            covered += f->demand.weight[h] * (plan->reserved[at] + plan->covered[at]) * list;
            if (f->input.n_owned > 0 && f->candidates[c].offer == f->owned[0].offer) {
                running += plan->regular[at];
                uncovered += plan->regular[at] - plan->reserved[at] - plan->covered[at];
                held = f->owned[0].count;
            }
        }
        cr_assert(uncovered < 1e-6 || running >= held - 1e-6, "seed %llu hour %d", seed, h);
        if (!f->input.allow_on_demand)
            cr_assert(lt(dbl, uncovered, 2e-3), "seed %llu hour %d", seed, h);
    }
    if (f->input.n_owned == 0)
        cr_assert(le(dbl, covered, f->input.policy.coverage_max * regular + 1e-6), "seed %llu",
                  seed);
}

Test(plan_random, plans_keep_every_limit) {
    int n_feasible = 0, n_reasons = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(9000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 3, 4, 8);
        draw_limits(&f, &rng);
        struct plan plan;
        struct err err = {0};
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "seed %llu: %s",
                  (unsigned long long)seed, err.what);
        if (!plan.feasible) {
            n_reasons += plan.infeasible[0] != '\0';
            fixture_close(&f);
            continue;
        }
        n_feasible++;
        for (int h = 0; h < f.demand.n_hours; h++)
            check_hour(&f, &plan, h, seed);
        check_commitments(&f, &plan, seed);
        cr_assert(ge(dbl, plan.usd_per_hour, plan.lp_usd_per_hour * (1 - 1e-6)));
        fixture_close(&f);
    }
    cr_assert(eq(int, n_feasible + n_reasons, RUNS));
    cr_assert(gt(int, n_feasible, RUNS / 2));
}

/* Somebody who waits gets what there is: a plan that keeps every limit and says that the search was
 * cut short. Were it not, none would be dearer than the plan of the whole search. */
Test(plan_random, a_plan_that_is_stopped_keeps_every_limit) {
    static const volatile int stop = 1;
    int n_feasible = 0, n_dearer = 0, n_incomplete = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(9000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 3, 4, 8);
        draw_limits(&f, &rng);
        struct plan whole, stopped;
        struct err err = {0};
        cr_assert(plan_solve(&f.arena, &f.input, &whole, &err), "%s", err.what);
        f.input.stop = &stop;
        cr_assert(plan_solve(&f.arena, &f.input, &stopped, &err), "%s", err.what);
        cr_assert(eq(int, stopped.feasible, whole.feasible), "seed %llu: %s",
                  (unsigned long long)seed, stopped.infeasible);
        if (stopped.feasible) {
            n_feasible++;
            cr_assert(not(whole.incomplete));
            n_incomplete += stopped.incomplete;
            for (int h = 0; h < f.demand.n_hours; h++)
                check_hour(&f, &stopped, h, seed);
            check_commitments(&f, &stopped, seed);
            cr_assert(ge(dbl, stopped.usd_per_hour, stopped.lp_usd_per_hour * (1 - 1e-6)));
            n_dearer += stopped.usd_per_hour > whole.usd_per_hour * (1 + 1e-6);
        }
        fixture_close(&f);
    }
    cr_log_info("stopped: %d of %d plans dearer than the whole search's", n_dearer, n_feasible);
    cr_assert(gt(int, n_feasible, RUNS / 2));
    cr_assert(gt(int, n_dearer, 0));
    /* where nothing had been found yet the search went on to its end */
    cr_assert(gt(int, n_incomplete, n_feasible * 9 / 10));
}

/* --- laws of the optimum --- */

/* A programme that ignored the option would keep the law: most options must lower the optimum. */
Test(plan_random, another_option_never_raises_the_optimum) {
    int n_lower = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(13000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 2, 3, 5);
        draw_limits(&f, &rng);
        bool before_fits, after_fits;
        double before = bound(&f, &before_fits);
        double list = price(&rng, 0.3, 3), spot = price(&rng, 0.2, 2);
        int extra = fixture_offer(&f, "g9", "g9", list, spot);
        fixture_candidate(&f, 0, extra, fixture_draw(&rng, 5, 25));
        fixture_commitment(&f, extra, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT,
                           price(&rng, 0.2, 1));
        double after = bound(&f, &after_fits);
        cr_assert(after_fits || !before_fits, "seed %llu", (unsigned long long)seed);
        if (before_fits)
            cr_assert(le(dbl, after, before + 1e-7 * (1 + before)), "seed %llu",
                      (unsigned long long)seed);
        n_lower += before_fits && after < before * (1 - 1e-6);
        fixture_close(&f);
    }
    cr_expect(gt(int, n_lower, RUNS / 4), "%d of %d", n_lower, RUNS);
}

static void make_dearer(struct plan_fixture *f, struct rng *rng, double factor_max) {
    for (int o = 0; o < f->input.n_offers; o++) {
        struct offer *offer = &f->offers[o];
        struct quote *quotes[] = {&offer->on_demand, &offer->spot, &offer->million_input_tokens};
        for (int i = 0; i < 3; i++)
            quotes[i]->rate =
                (usd_pico)((double)quotes[i]->rate * fixture_draw(rng, 1, factor_max));
        for (int k = 0; k < offer->n_commitments; k++)
            f->quotes[o][k].effective.rate = (usd_pico)((double)f->quotes[o][k].effective.rate *
                                                        fixture_draw(rng, 1, factor_max));
    }
}

/* As above: one that ignored prices would keep it. */
Test(plan_random, dearer_never_lowers_the_optimum) {
    int n_higher = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(17000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 2, 3, 5);
        bool fits;
        double before = bound(&f, &fits);
        make_dearer(&f, &rng, 1.5);
        double after = bound(&f, &fits);
        cr_assert(ge(dbl, after, before - 1e-7 * (1 + before)), "seed %llu",
                  (unsigned long long)seed);
        n_higher += after > before * (1 + 1e-6);
        fixture_close(&f);
    }
    cr_expect(gt(int, n_higher, RUNS / 2), "%d of %d", n_higher, RUNS);
}

Test(plan_random, scaled_demand_scales_the_optimum) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(21000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 2, 3, 5);
        bool fits;
        double before = bound(&f, &fits), factor = fixture_draw(&rng, 0.1, 50);
        for (int i = 0; i < f.demand.n_workloads * f.demand.n_hours; i++)
            f.demand.rate_per_second[i] *= factor;
        double after = bound(&f, &fits);
        cr_assert(epsilon_eq(dbl, after, factor * before, 1e-6 * (1 + factor * before)),
                  "seed %llu", (unsigned long long)seed);
        fixture_close(&f);
    }
}

/* The same offers and candidates in reverse. */
static void reverse(struct plan_fixture *f) {
    int n = f->input.n_offers, m = f->input.n_candidates;
    for (int i = 0; i < n / 2; i++) {
        struct offer offer = f->offers[i];
        f->offers[i] = f->offers[n - 1 - i];
        f->offers[n - 1 - i] = offer;
    }
    for (int i = 0; i < m / 2; i++) {
        struct candidate candidate = f->candidates[i];
        struct capacity capacity = f->capacities[i];
        f->candidates[i] = f->candidates[m - 1 - i];
        f->capacities[i] = f->capacities[m - 1 - i];
        f->candidates[m - 1 - i] = candidate;
        f->capacities[m - 1 - i] = capacity;
    }
    for (int c = 0; c < m; c++)
        f->candidates[c].offer = n - 1 - f->candidates[c].offer;
    for (int i = 0; i < f->input.n_owned; i++)
        f->owned[i].offer = n - 1 - f->owned[i].offer;
}

Test(plan_random, order_of_offers_is_irrelevant) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(25000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 2, 3, 5);
        draw_limits(&f, &rng);
        bool fits, again;
        double before = bound(&f, &fits);
        reverse(&f);
        double after = bound(&f, &again);
        cr_assert(eq(int, fits, again), "seed %llu", (unsigned long long)seed);
        cr_assert(epsilon_eq(dbl, after, before, 1e-7 * (1 + before)), "seed %llu",
                  (unsigned long long)seed);
        fixture_close(&f);
    }
}

static void double_prices(struct plan_fixture *f) {
    for (int o = 0; o < f->input.n_offers; o++) {
        f->offers[o].on_demand.rate *= 2;
        f->offers[o].spot.rate *= 2;
        f->offers[o].million_input_tokens.rate *= 2;
        for (int k = 0; k < f->offers[o].n_commitments; k++)
            f->quotes[o][k].effective.rate *= 2;
    }
    for (int i = 0; i < f->input.n_owned; i++)
        f->owned[i].hourly *= 2;
    if (f->input.policy.upfront_usd_max > 0)
        f->input.policy.upfront_usd_max *= 2;
}

static int plans_in(const struct plan *plan) {
    int n = 0;
    for (int i = 0; i < plan->n_commitments; i++)
        n += commitment_kind_is_plan(plan->commitments[i].commitment.terms.kind);
    return n;
}

/* With limits and savings plans, whose steps of 0.001 USD/h do not double: a step of each plan may
 * be off, at no more than 4 on-demand dollars a plan dollar. */
Test(plan_random, doubled_prices_double_the_cost_within_the_steps_of_plans) {
    for (uint64_t seed = 1; seed <= 2 * RUNS; seed++) {
        struct rng rng = stream(29000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 2, 3, 5);
        draw_limits(&f, &rng);
        struct plan once, twice;
        struct err err = {0};
        cr_assert(plan_solve(&f.arena, &f.input, &once, &err), "%s", err.what);
        double_prices(&f);
        cr_assert(plan_solve(&f.arena, &f.input, &twice, &err), "%s", err.what);
        cr_assert(eq(int, once.feasible, twice.feasible), "seed %d", (int)seed);
        double off = twice.usd_per_hour - 2 * once.usd_per_hour;
        double steps = 4 * 0.001 * (plans_in(&once) + plans_in(&twice));
        if (once.feasible)
            cr_assert(le(dbl, fabs(off), steps + 1e-6), "seed %d", (int)seed);
        fixture_close(&f);
    }
}

/* Exact doubles: rates are whole pico-dollars. Savings plans are left out of the whole plan because
 * their 0.001 USD/h steps do not double. */
Test(plan_random, doubled_prices_double_the_cost_and_keep_the_plan) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = stream(29000 + seed);
        struct plan_fixture f;
        draw_input(&f, &rng, 2, 3, 5);
        int n_terms = 0;
        for (int t = 0; t < f.input.n_terms; t++)
            if (f.terms[t].kind == COMMIT_RESERVED_STANDARD)
                f.terms[n_terms++] = f.terms[t];
        f.input.n_terms = n_terms;
        struct plan once, twice;
        struct err err = {0};
        cr_assert(plan_solve(&f.arena, &f.input, &once, &err), "%s", err.what);
        double_prices(&f);
        cr_assert(plan_solve(&f.arena, &f.input, &twice, &err), "%s", err.what);
        unsigned long long s = seed;
        cr_assert(epsilon_eq(dbl, twice.lp_usd_per_hour, 2 * once.lp_usd_per_hour, 1e-6),
                  "seed %llu", s);
        cr_assert(epsilon_eq(dbl, twice.usd_per_hour, 2 * once.usd_per_hour, 1e-6), "seed %llu", s);
        size_t cells = (size_t)f.input.n_candidates * (size_t)f.demand.n_hours;
        cr_assert(zero(int, memcmp(once.regular, twice.regular, cells * sizeof(int32_t))),
                  "seed %llu", s);
        cr_assert(zero(int, memcmp(once.spot, twice.spot, cells * sizeof(int32_t))), "seed %llu",
                  s);
        fixture_close(&f);
    }
}
