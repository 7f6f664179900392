/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commitments cover in the plan beyond their own type:
 *
 * - by hand: a reserved instance covers other sizes of its family by their factors, not in the
 *   families that are left out, and not where it is zonal; its coverage, use and break-even;
 * - by hand: an owned Compute plan pays for a function's duration, a new one is bought for it up to
 *   the newsvendor level, and what it holds beyond that draws requests to the function;
 * - by hand: zonal ones are bought one in each zone, and where supply is short in place of regional
 *   ones; what the plan says of them is what is billed zone by zone;
 * - whole instances against enumeration where two sizes share their reserved instances;
 * - 200 random estates: the decomposition against the programme in one piece, both against a plain
 *   formulation built here, and the whole plan against the provider's bill of the same hours;
 * - what is owned is never idle while something in its scope runs uncovered. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "both_forms.h"
#include "plan_draws.h"

#include "pricing/bill.h"

enum { RUNS = 200, HELD_MAX = 64, ROWS_MAX = 2000 };

static struct plan solve(struct plan_fixture *f) {
    struct plan plan;
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, &plan, &err), "%s", err.what);
    return plan;
}

/* --- by hand --- */

/* Demand 20 + (10 in half the hours) on m7g.large at 10 a request/s, 0.10 USD/h; reserved
 * m7g.xlarge at 0.14, that is 0.07 a large, break-even 0.14 / 0.20 = 70 %. The steady two larges
 * are one xlarge: 0.14 against 0.20. The third large would use half of another xlarge in half of
 * the hours: 25 % < 70 %, so it stays on demand: 0.14 + 0.05 = 0.19. */
Test(plan_cover, one_size_pays_for_another) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    int large = fixture_offer(&f, "m7g.large", "m7g", 0.10, -1);
    int xlarge = fixture_offer(&f, "m7g.xlarge", "m7g", 0.20, -1);
    fixture_commitment(&f, xlarge, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.14);
    int c = fixture_candidate(&f, 0, large, 10);
    fixture_candidate(&f, 0, xlarge, 12); /* worse a dollar, committed or not */
    fixture_demand(&f, 0, (double[]){20, 30});
    struct plan plan = solve(&f);
    cr_assert(epsilon_eq(dbl, plan.lp_usd_per_hour, 0.19, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.usd_per_hour, 0.19, 1e-9));
    cr_assert(eq(int, plan.n_commitments, 1));
    const struct plan_commitment *bought = &plan.commitments[0];
    cr_assert(eq(int, bought->commitment.offer, xlarge));
    cr_assert(epsilon_eq(dbl, bought->commitment.count, 1, 1e-9));
    cr_assert(epsilon_eq(dbl, bought->utilisation, 1, 1e-9));
    cr_assert(epsilon_eq(dbl, bought->break_even, 0.7, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.reserved[c * 2], 2, 1e-9)); /* larges, not xlarges */
    cr_assert(epsilon_eq(dbl, plan.reserved[c * 2 + 1], 2, 1e-9));
    cr_assert(eq(int, plan.regular[c * 2 + 1], 3));
    fixture_close(&f);
}

/* The same family without flexibility (G6), and owned in one zone: nothing is covered but its own
 * type. */
Test(plan_cover, what_is_not_flexible_covers_its_own_size) {
    static const struct {
        const char *large, *xlarge, *family;
        int zone;
        double want; /* two larges on demand, and what is owned */
    } cases[] = {{"m7g.large", "m7g.xlarge", "m7g", 0, 0.14},
                 {"g6.large", "g6.xlarge", "g6", 0, 0.34},
                 {"m7g.large", "m7g.xlarge", "m7g", 1, 0.34}};
    for (int i = 0; i < 3; i++) {
        struct plan_fixture f;
        fixture_open(&f, 1, 1);
        int large = fixture_offer(&f, cases[i].large, cases[i].family, 0.10, -1);
        int xlarge = fixture_offer(&f, cases[i].xlarge, cases[i].family, 0.20, -1);
        fixture_own(&f, xlarge, 1, 0.14);
        f.owned[0].zone = cases[i].zone;
        fixture_candidate(&f, 0, large, 10);
        fixture_demand(&f, 0, (double[]){20});
        struct plan plan = solve(&f);
        cr_assert(epsilon_eq(dbl, plan.usd_per_hour, cases[i].want, 1e-9), "case %d", i);
        cr_assert(epsilon_eq(dbl, plan.lp_usd_per_hour, cases[i].want, 1e-9), "case %d", i);
        fixture_close(&f);
    }
}

/* A regional xlarge and a zonal large are owned, one of each size runs. Were the regional one taken
 * first it would take the large, its smallest size, and leave half of the xlarge on demand, 0.10,
 * while the zonal one idles. */
Test(plan_cover, zonal_before_regional) {
    struct plan_fixture f;
    fixture_open(&f, 2, 1);
    int large = fixture_offer(&f, "m7g.large", "m7g", 0.10, -1);
    int xlarge = fixture_offer(&f, "m7g.xlarge", "m7g", 0.20, -1);
    fixture_own(&f, xlarge, 1, 0.14);
    fixture_own(&f, large, 1, 0.07);
    f.owned[1].zone = 1;
    fixture_candidate(&f, 0, large, 10);
    fixture_candidate(&f, 1, xlarge, 10);
    fixture_demand(&f, 0, (double[]){10});
    fixture_demand(&f, 1, (double[]){10});
    struct plan plan = solve(&f);
    cr_assert(epsilon_eq(dbl, plan.usd_per_hour, 0.21, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.commitments[0].utilisation, 1, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.commitments[1].utilisation, 1, 1e-9));
    fixture_close(&f);
}

/* --- zonal --- */

/* Three of a type in two zones, at 1 on demand and 0.7 reserved: one in each zone, the third on
 * demand, 2.4; two in each zone would be 2.8 with one idle. Regional ones are as cheap and cover
 * all three, 2.1: they are bought where both may be and the type is not scarce. */
Test(plan_cover, zonal_is_bought_zone_by_zone) {
    static const struct {
        bool both, scarce;
        double want;
        int n;
    } cases[] = {{false, false, 2.4, 2}, {true, false, 2.1, 1}, {true, true, 2.4, 2}};
    for (int i = 0; i < 3; i++) {
        struct plan_fixture f;
        fixture_open(&f, 1, 1);
        int o = fixture_offer(&f, "g6.xlarge", "g6", 1, -1);
        fixture_commitment(&f, o, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.7);
        f.terms[1] = f.terms[0];
        f.input.n_terms = cases[i].both ? 2 : 1;
        f.input.term_zones = (int[]){2, 0};
        f.input.scarce = (bool[]){cases[i].scarce};
        fixture_candidate(&f, 0, o, 10);
        fixture_demand(&f, 0, (double[]){30});
        struct plan plan = solve(&f);
        cr_assert(epsilon_eq(dbl, plan.usd_per_hour, cases[i].want, 1e-9), "case %d", i);
        cr_assert(eq(int, plan.n_commitments, cases[i].n), "case %d", i);
        for (int k = 0; k < plan.n_commitments; k++) {
            const struct commitment *bought = &plan.commitments[k].commitment;
            cr_assert(eq(int, bought->zone, cases[i].n == 2 ? k + 1 : 0), "case %d", i);
            cr_assert(epsilon_eq(dbl, bought->count, cases[i].n == 2 ? 1 : 3, 1e-9));
            cr_assert(epsilon_eq(dbl, plan.commitments[k].utilisation, 1, 1e-9));
            cr_assert(
                epsilon_eq(dbl, plan.commitments[k].saving_usd, cases[i].n == 2 ? 0.3 : 0.9, 1e-9));
        }
        fixture_close(&f);
    }
}

/* --- functions --- */

/* Compute plans at `share` of what instances and functions cost on demand. */
static void own_compute_plan(struct plan_fixture *f, double usd, double share) {
    usd_pico *rates = arena_new(&f->arena, usd_pico, f->input.n_offers);
    struct function_plan_rates *functions =
        arena_new(&f->arena, struct function_plan_rates, f->input.n_offers);
    for (int o = 0; o < f->input.n_offers; o++) {
        rates[o] = (usd_pico)llround(share * (double)f->offers[o].on_demand.rate);
        functions[o].gb_second = (usd_pico)llround(share * (double)f->offers[o].gb_second.rate);
    }
    f->owned[f->input.n_owned++] = (struct commitment){
        .name = "owned Compute savings plan",
        .terms = {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT},
        .owned = true,
        .offer = -1,
        .plan_usd_per_hour = llround(usd * (double)USD_NANO_PER_USD),
        .plan_rates = rates,
        .function_rates = functions,
        .to_s = 1000LL * 86400 * 365,
    };
}

/* One GB-second a request at 2e-5, 2e-7 beside: of 1 request/s an hour costs 0.072 of duration and
 * 0.00072 of requests, and takes 0.0576 of a plan at 80 %. Of 0.0288 owned, hour 0 (1 request/s)
 * has half covered: 0.0288 + 0.036 + 0.00072 = 0.06552; hour 1 (0.25) all: 0.0288 + 0.00018. */
Test(plan_cover, an_owned_plan_pays_for_a_function) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    fixture_function(&f, 0, "lambda-arm", 1, 2e-5, 2e-7, 0);
    own_compute_plan(&f, 0.0288, 0.8);
    fixture_demand(&f, 0, (double[]){1, 0.25});
    struct plan plan = solve(&f);
    cr_assert(epsilon_eq(dbl, plan.hour_usd[0], 0.06552, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.hour_usd[1], 0.02898, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.lp_usd_per_hour, (0.06552 + 0.02898) / 2, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.commitments[0].utilisation, 0.75, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.commitments[0].break_even, 0.8, 1e-9));
    fixture_close(&f);
}

/* The same function, a plan for sale at 80 %. Ten hours: 1 request/s in nine of them, 3 in one. The
 * newsvendor level is what is used in at least 80 % of the hours: 1 request/s, 0.0576 rounded to
 * the step 0.058 (what is sold is the nearest step: 0.0004 more buys 1/144 request/s). */
Test(plan_cover, a_plan_is_bought_for_a_function_to_the_newsvendor_level) {
    struct plan_fixture f;
    fixture_open(&f, 1, 10);
    int c = fixture_function(&f, 0, "lambda-arm", 1, 2e-5, 2e-7, 0);
    fixture_commitment(&f, f.candidates[c].offer, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 1.6e-5);
    fixture_demand(&f, 0, (double[]){1, 1, 1, 1, 3, 1, 1, 1, 1, 1});
    struct plan plan = solve(&f);
    double rest = 0.00072 * 12 / 10; /* requests of the mean hour */
    cr_assert(epsilon_eq(dbl, plan.lp_usd_per_hour, 0.0576 + 0.2 * 0.072 + rest, 1e-9));
    cr_assert(eq(int, plan.n_commitments, 1));
    cr_assert(epsilon_eq(dbl, money_amount_usd(plan.commitments[0].commitment.plan_usd_per_hour),
                         0.0576, 0.001));
    cr_assert(not(zero(ptr, (void *)plan.commitments[0].commitment.function_rates)));
    cr_assert(epsilon_eq(dbl, plan.usd_per_hour, plan.lp_usd_per_hour, 0.0005));
    fixture_close(&f);
}

/* An API at 1e-5 a request is cheaper than the function on demand (2.02e-5), and dearer than one
 * that an idle plan pays for (2e-7): of 1 request/s the plan's 0.4 go to the function. */
Test(plan_cover, what_is_owned_draws_requests) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    int c = fixture_function(&f, 0, "lambda-arm", 1, 2e-5, 2e-7, 0);
    fixture_api(&f, 0, "api", 1e-5, 0);
    own_compute_plan(&f, 0.4 * 0.0576, 0.8);
    fixture_demand(&f, 0, (double[]){1});
    struct plan plan = solve(&f);
    double want = 0.4 * 0.0576 + 0.4 * 0.00072 + 0.6 * 0.036;
    cr_assert(epsilon_eq(dbl, plan.lp_usd_per_hour, want, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.usd_per_hour, want, 1e-9));
    cr_assert(epsilon_eq(dbl, plan.overflow_share[c], 0.4, 1e-9));
    fixture_close(&f);
}

/* --- whole instances against enumeration --- */

enum { TINY_HOURS = 3, TINY_COUNT = 5 };

/* Units (larges) that run in an hour, at least: counts of both sizes. USD of a unit is the same for
 * both, so that only the units matter to what is covered. */
static double tiny_hour(const struct plan_fixture *f, int h, double held, double unit_usd) {
    double best = INFINITY;
    for (int a = 0; a < TINY_COUNT; a++)
        for (int b = 0; b < TINY_COUNT; b++) {
            double carried = a * f->capacities[0].points[0].rate_per_second +
                             b * f->capacities[1].points[0].rate_per_second;
            if (carried >= f->demand.rate_per_second[h] * (1 - 1e-9))
                best = fmin(best, fmax(0, a + 2 * b - held) * unit_usd);
        }
    return best;
}

Test(plan_cover, whole_instances_against_enumeration) {
    int n_exact = 0, n_bought = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 2);
        struct plan_fixture f;
        fixture_open(&f, 1, TINY_HOURS);
        double unit = price(&rng, 0.1, 1);
        double rates[2] = {price(&rng, 0.5 * unit, 0.95 * unit),
                           price(&rng, unit, 1.9 * unit)}; /* of a large, of an xlarge */
        for (int o = 0; o < 2; o++) {
            fixture_offer(&f, o == 0 ? "c7g.large" : "c7g.xlarge", "c7g", (o + 1) * unit, -1);
            fixture_commitment(&f, o, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, rates[o]);
            fixture_candidate(&f, 0, o, (o + 1) * fixture_draw(&rng, 8, 12));
        }
        for (int h = 0; h < TINY_HOURS; h++)
            f.demand.rate_per_second[h] = fixture_draw(&rng, 1, 35);
        double best = INFINITY;
        for (int r0 = 0; r0 <= 8; r0++)
            for (int r1 = 0; r1 <= 4; r1++) {
                double usd = r0 * rates[0] + r1 * rates[1];
                for (int h = 0; h < TINY_HOURS; h++)
                    usd += tiny_hour(&f, h, r0 + 2 * r1, unit) / TINY_HOURS;
                best = fmin(best, usd);
            }
        struct plan plan = solve(&f);
        cr_assert(ge(dbl, plan.usd_per_hour, best * (1 - 1e-9)), "seed %llu",
                  (unsigned long long)seed);
        n_exact += plan.usd_per_hour <= best * (1 + 1e-9);
        n_bought += plan.n_commitments > 0;
        fixture_close(&f);
    }
    cr_log_info("%d of %d exact, %d with purchases", n_exact, RUNS, n_bought);
    cr_expect(ge(int, n_exact, RUNS * 98 / 100));
    cr_expect(gt(int, n_bought, RUNS / 2));
}

/* --- random estates --- */

static void draw_sizes(struct plan_fixture *f, struct rng *rng) {
    static const struct {
        const char *sku, *family;
    } types[] = {{"m7g.large", "m7g"},  {"m7g.xlarge", "m7g"},  {"m7g.2xlarge", "m7g"},
                 {"c7i.xlarge", "c7i"}, {"c7i.3xlarge", "c7i"}, {"g6.xlarge", "g6"},
                 {"g6.2xlarge", "g6"}};
    for (int o = 0; o < 7; o++) {
        if (coin(rng, 0.4) && f->input.n_offers + 7 - o > 2)
            continue;
        double list = price(rng, 0.5, 3);
        int at = fixture_offer(f, types[o].sku, types[o].family, list, -1);
        if (coin(rng, 0.7))
            fixture_commitment(f, at, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT,
                               price(rng, 0.5 * list, 0.8 * list));
        if (coin(rng, 0.4))
            fixture_commitment(f, at, COMMIT_RESERVED_STANDARD, 3, PAY_ALL_UPFRONT,
                               price(rng, 0.35 * list, 0.6 * list));
        if (coin(rng, 0.5))
            fixture_commitment(f, at, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                               price(rng, 0.6 * list, 0.9 * list));
        if (coin(rng, 0.4))
            fixture_commitment(f, at, COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT,
                               price(rng, 0.55 * list, 0.8 * list));
    }
}

/* In some estates reserved instances are sold in zones as well, in some there alone. */
static void draw_zonal(struct plan_fixture *f, struct rng *rng, int zones) {
    int *in_zones = arena_new(&f->arena, int, 2 * f->input.n_terms);
    bool *scarce = arena_new(&f->arena, bool, FIXTURE_MAX), alone = coin(rng, 0.3);
    for (int t = 0, n = f->input.n_terms; t < n; t++) {
        if (commitment_kind_is_plan(f->terms[t].kind))
            continue;
        int at = alone ? t : f->input.n_terms++;
        f->terms[at] = f->terms[t];
        in_zones[at] = zones;
    }
    for (int o = 0; o < FIXTURE_MAX; o++)
        scarce[o] = coin(rng, 0.5);
    f->input.term_zones = in_zones;
    f->input.scarce = scarce;
}

static void draw_owned(struct plan_fixture *f, struct rng *rng, int zones) {
    for (int i = 0; i < 2; i++)
        if (coin(rng, 0.6)) {
            int offer = (int)rng_below(rng, 2);
            fixture_own(f, offer, floor(fixture_draw(rng, 1, 5)), 0.5);
            f->owned[f->input.n_owned - 1].zone = zones == 1 && coin(rng, 0.3) ? 1 : 0;
        }
    if (coin(rng, 0.5))
        own_compute_plan(f, price(rng, 0.2, 3), fixture_draw(rng, 0.5, 0.95));
}

static void draw_function(struct plan_fixture *f, struct rng *rng, int workload) {
    double gb_usd = price(rng, 10, 30) / 1e6, cap = coin(rng, 0.5) ? 0 : fixture_draw(rng, 5, 40);
    int c = fixture_function(f, workload, "lambda", fixture_draw(rng, 0.3, 3), gb_usd, 2e-7, cap);
    if (coin(rng, 0.7))
        fixture_commitment(f, f->candidates[c].offer, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                           gb_usd * price(rng, 0.7, 0.95));
}

/* Returns the zones that its instances are spread over. */
static int draw_estate(struct plan_fixture *f, struct rng *rng) {
    int n_workloads = 1 + (int)rng_below(rng, 3), n_hours = 1 + (int)rng_below(rng, 8);
    fixture_open(f, n_workloads, n_hours);
    draw_sizes(f, rng);
    int n_offers = f->input.n_offers;
    for (int w = 0; w < n_workloads; w++) {
        for (int o = 0; o < n_offers; o++)
            if (o == w % n_offers || coin(rng, 0.6))
                fixture_candidate(f, w, o, fixture_draw(rng, 5, 25));
        if (coin(rng, 0.5))
            draw_function(f, rng, w);
        for (int h = 0; h < n_hours; h++)
            f->demand.rate_per_second[w * n_hours + h] =
                coin(rng, 0.1) ? 0 : fixture_draw(rng, 5, 60);
    }
    for (int h = 0; h < n_hours; h++)
        f->demand.weight[h] = (int)fixture_draw(rng, 1, 4);
    int zones = 1 + (int)rng_below(rng, 3);
    draw_owned(f, rng, zones);
    if (coin(rng, 0.5))
        draw_zonal(f, rng, zones);
    if (coin(rng, 0.3))
        f->input.policy.coverage_max = fixture_draw(rng, 0.2, 1);
    if (coin(rng, 0.3))
        f->input.policy.upfront_usd_max = fixture_draw(rng, 0, 100000);
    return zones;
}

/* What an hour of `offer` takes of an instance of `reserved`, from a table of its own. */
static double size_of(const char *sku) {
    static const struct {
        const char *size;
        double factor;
    } sizes[] = {{".large", 4}, {".xlarge", 8}, {".2xlarge", 16}, {".3xlarge", 24}};
    for (int i = 0; i < 4; i++)
        if (strcmp(strchr(sku, '.'), sizes[i].size) == 0)
            return sizes[i].factor;
    return 0;
}

static double plain_reserved_use(const struct plan_fixture *f, int reserved, int zone, int offer) {
    const struct offer *r = &f->offers[reserved], *o = &f->offers[offer];
    if (reserved == offer)
        return 1;
    bool flexible = zone == 0 && strcmp(r->family, o->family) == 0 && strcmp(r->family, "g6") != 0;
    return flexible ? size_of(o->sku) / size_of(r->sku) : 0;
}

/* A commitment that may cover something: what an hour of an offer takes of it. */
struct plain_pool {
    bool owned;
    double use[FIXTURE_MAX]; /* by offer: of an instance hour, of a GB-second */
    double amount, rate, upfront;
};

static void plain_bought(const struct plan_fixture *f, int t, int first, const char *family,
                         struct plain_pool *pool) {
    struct commitment_terms terms = f->terms[t];
    int zone = f->input.term_zones != NULL ? f->input.term_zones[t] : 0;
    bool plan = commitment_kind_is_plan(terms.kind);
    *pool = (struct plain_pool){.rate = 1};
    for (int o = 0; o < f->input.n_offers; o++) {
        const struct commitment_quote *quote = offer_commitment(&f->offers[o], terms);
        if (!plan)
            pool->use[o] = plain_reserved_use(f, first, zone, o);
        else if (quote != NULL && quote->effective.known &&
                 (family == NULL || strcmp(family, f->offers[o].family) == 0))
            pool->use[o] = money_rate_usd(quote->effective.rate);
    }
    if (!plan)
        pool->rate = money_rate_usd(offer_commitment(&f->offers[first], terms)->effective.rate);
    pool->upfront = payment_upfront_share(terms.payment) * pool->rate * 8760 * terms.term_years;
}

/* Only what some candidate runs on is bought. */
static bool is_run(const struct plan_fixture *f, int offer) {
    bool any = false;
    for (int c = 0; c < f->input.n_candidates; c++)
        any = any || f->candidates[c].offer == offer;
    return any;
}

/* Where reserved instances are sold in both scopes: in zones what is scarce. */
static bool is_meant(const struct plan_fixture *f, int t, int offer) {
    const int *zones = f->input.term_zones;
    bool both[2] = {false, false};
    if (zones == NULL || commitment_kind_is_plan(f->terms[t].kind))
        return true;
    for (int i = 0; i < f->input.n_terms; i++)
        if (!commitment_kind_is_plan(f->terms[i].kind))
            both[zones[i] > 0] = true;
    return !both[0] || !both[1] || (zones[t] > 0) == f->input.scarce[offer];
}

static int plain_pools(const struct plan_fixture *f, struct plain_pool *pools) {
    int n = 0;
    for (int i = 0; i < f->input.n_owned; i++) {
        const struct commitment *owned = &f->owned[i];
        pools[n] = (struct plain_pool){
            .owned = true, .amount = owned->count, .rate = money_rate_usd(owned->hourly)};
        for (int o = 0; o < f->input.n_offers; o++)
            pools[n].use[o] = owned->plan_rates == NULL
                                  ? plain_reserved_use(f, owned->offer, owned->zone, o)
                              : f->offers[o].kind == OFFER_FUNCTION
                                  ? money_rate_usd(owned->function_rates[o].gb_second)
                                  : money_rate_usd(owned->plan_rates[o]);
        if (owned->plan_rates != NULL) {
            pools[n].rate = 1;
            pools[n].amount = money_amount_usd(owned->plan_usd_per_hour);
        }
        n++;
    }
    for (int t = 0; t < f->input.n_terms; t++) {
        struct commitment_terms terms = f->terms[t];
        if (terms.kind == COMMIT_PLAN_COMPUTE)
            plain_bought(f, t, 0, NULL, &pools[n++]);
        for (int o = 0; o < f->input.n_offers && terms.kind != COMMIT_PLAN_COMPUTE; o++)
            if (is_run(f, o) && offer_commitment(&f->offers[o], terms) != NULL && is_meant(f, t, o))
                plain_bought(f, t, o, f->offers[o].family, &pools[n++]);
    }
    cr_assert(le(int, n, HELD_MAX));
    return n;
}

/* One column for each hour, candidate and way to pay; no merging, no dropping. */
static double plain_optimum(struct plan_fixture *f) {
    const struct plan_policy *policy = &f->input.policy;
    struct plain_pool pools[HELD_MAX];
    int amount[HELD_MAX], n = plain_pools(f, pools), H = f->demand.n_hours;
    double weights = 0, constant = 0;
    struct lp lp;
    lp_open(&lp, &f->arena, "plain");
    int coverage = lp_add_row(&lp, -INFINITY, policy->coverage_max < 1 ? 0 : INFINITY, "coverage");
    int upfront = lp_add_row(
        &lp, -INFINITY, policy->upfront_usd_max < 0 ? INFINITY : policy->upfront_usd_max, "up");
    for (int p = 0; p < n; p++) {
        constant += pools[p].owned ? pools[p].amount * pools[p].rate : 0;
        amount[p] = pools[p].owned ? -1 : lp_add_column(&lp, pools[p].rate, 0, INFINITY, "y%d", p);
        if (amount[p] >= 0)
            lp_set(&lp, upfront, amount[p], pools[p].upfront);
    }
    for (int h = 0; h < H; h++)
        weights += f->demand.weight[h];
    for (int h = 0; h < H; h++) {
        double share = f->demand.weight[h] / weights;
        int row[HELD_MAX], demand[4];
        for (int w = 0; w < f->demand.n_workloads; w++)
            demand[w] =
                lp_add_row(&lp, f->demand.rate_per_second[w * H + h], INFINITY, "d%d.%d", w, h);
        for (int p = 0; p < n; p++) {
            row[p] =
                lp_add_row(&lp, -INFINITY, pools[p].owned ? pools[p].amount : 0, "p%d.%d", p, h);
            if (amount[p] >= 0)
                lp_set(&lp, row[p], amount[p], -1);
        }
        for (int c = 0; c < f->input.n_candidates; c++) {
            int o = f->candidates[c].offer, w = f->candidates[c].workload;
            bool function = f->offers[o].kind == OFFER_FUNCTION, covered = !function;
            const struct capacity *capacity = &f->capacities[c];
            /* of one unit of x, an instance or a request/s: requests/s, what is covered and what
             * is not */
            double rate = function ? 1 : capacity->points[0].rate_per_second;
            double hours = function ? 3600 * capacity->gb_seconds_per_request : 1;
            double list = hours * money_rate_usd(function ? f->offers[o].gb_second.rate
                                                          : f->offers[o].on_demand.rate);
            double rest =
                function ? 3600e-6 * money_rate_usd(f->offers[o].million_requests.rate) : 0;
            if (f->demand.rate_per_second[w * H + h] == 0)
                continue;
            for (int p = 0; p < n; p++)
                covered = covered || pools[p].use[o] > 0;
            double cap = function && capacity->rate_max_per_second > 0
                             ? capacity->rate_max_per_second
                             : INFINITY;
            int cap_row = lp_add_row(&lp, -INFINITY, cap, "c%d.%d", c, h);
            for (int p = -1; p < n; p++) {
                if (p >= 0 && pools[p].use[o] <= 0)
                    continue;
                int x = lp_add_column(&lp, share * (rest + (p < 0 ? list : 0)), 0, INFINITY,
                                      "x%d.%d.%d", c, p + 1, h);
                lp_set(&lp, demand[w], x, rate);
                lp_set(&lp, cap_row, x, 1);
                bool bought = p >= 0 && !pools[p].owned;
                if (covered)
                    lp_set(&lp, coverage, x, share * list * (bought - policy->coverage_max));
                if (p >= 0)
                    lp_set(&lp, row[p], x, pools[p].use[o] * hours);
            }
        }
    }
    struct lp_solution solution;
    struct err err = {0};
    cr_assert(lp_solve(&f->arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(eq(int, solution.status, LP_OPTIMAL));
    return solution.objective + constant;
}

Test(plan_cover, both_forms_equal_a_plain_formulation) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 3);
        struct plan_fixture f;
        draw_estate(&f, &rng);
        double optimum = both_forms_agree(&f, seed), want = plain_optimum(&f);
        cr_expect(epsilon_eq(dbl, optimum, want, 1e-7 * want), "seed %llu",
                  (unsigned long long)seed);
        fixture_close(&f);
    }
}

/* --- the plan's cost is the bill's --- */

/* What the plan runs in its hours, each an hour of the ledger. */
static struct bill bill_hour(struct plan_fixture *f, const struct plan *plan, int hour, int zones) {
    struct usage_row rows[ROWS_MAX];
    int placed[FIXTURE_MAX] = {0};
    struct commitment held[HELD_MAX];
    int n_rows = 0;
    for (int c = 0; c < f->input.n_candidates; c++) {
        int at = c * f->demand.n_hours + hour, w = f->candidates[c].workload;
        double requests = 3600 * plan->overflow_share[at] *
                          f->demand.rate_per_second[w * f->demand.n_hours + hour];
        struct usage_row row = {.offer = f->candidates[c].offer, .workload = w, .to_s = 3600};
        if (requests > 0) {
            row.kind = USAGE_FUNCTION_MB_MS;
            row.quantity =
                llround(requests * f->capacities[c].gb_seconds_per_request * 1024 * 1000);
            rows[n_rows++] = row;
            row.kind = USAGE_FUNCTION_REQUESTS;
            row.quantity = llround(requests);
            rows[n_rows++] = row;
        }
        row.kind = USAGE_INSTANCE;
        for (int k = 0; k < plan->regular[at]; k++) { /* of a type zone after zone */
            row.quantity = 1;
            row.zone = 1 + placed[row.offer]++ % zones;
            rows[n_rows++] = row;
        }
        cr_assert(le(int, n_rows, ROWS_MAX - 2));
    }
    for (int i = 0; i < plan->n_commitments; i++)
        held[i] = plan->commitments[i].commitment;
    struct usage_ledger ledger = {3600, n_rows, rows};
    struct bill_input in = {f->offers, f->input.n_offers,   &ledger, 1,
                            held,      plan->n_commitments, {0}};
    struct bill bill;
    struct err err = {0};
    cr_assert(bill_compute(&f->arena, &in, &bill, &err), "%s", err.what);
    return bill;
}

/* Whole requests: half of one is the most that rounding moves. */
Test(plan_cover, the_plan_costs_what_is_billed) {
    int n_flexible = 0, n_zonal = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 3);
        struct plan_fixture f;
        int zones = draw_estate(&f, &rng);
        struct plan plan = solve(&f);
        cr_assert(plan.feasible);
        for (int h = 0; h < f.demand.n_hours; h++) {
            double billed = money_amount_usd(bill_hour(&f, &plan, h, zones).total);
            cr_expect(epsilon_eq(dbl, plan.hour_usd[h], billed, 1e-6 * (1 + billed)),
                      "seed %llu hour %d", (unsigned long long)seed, h);
        }
        for (int c = 0; c < f.input.n_candidates; c++)
            for (int i = 0; i < plan.n_commitments; i++) {
                const struct commitment *held = &plan.commitments[i].commitment;
                n_zonal += held->zone > 1 && plan.reserved[c * f.demand.n_hours] > 0;
                n_flexible += plan.reserved[c * f.demand.n_hours] > 0 && held->offer >= 0 &&
                              held->offer != f.candidates[c].offer;
            }
        fixture_close(&f);
    }
    cr_assert(gt(int, n_flexible, RUNS / 10)); /* sizes did pay for one another */
    cr_assert(gt(int, n_zonal, RUNS / 10));
}

/* --- owned is used first --- */

static bool is_open_charge(const struct charge *charge) {
    return charge->kind == CHARGE_ON_DEMAND ||
           (charge->kind == CHARGE_FUNCTION && charge->usage == USAGE_FUNCTION_MB_MS);
}

/* In the provider's bill of every hour, to the resolution of a request. */
Test(plan_cover, owned_never_idle_while_its_scope_runs_uncovered) {
    int n_idle = 0, n_open = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 4);
        struct plan_fixture f;
        int zones = draw_estate(&f, &rng);
        struct plan plan = solve(&f);
        struct plain_pool pools[HELD_MAX];
        plain_pools(&f, pools);
        for (int h = 0; h < f.demand.n_hours; h++) {
            struct bill bill = bill_hour(&f, &plan, h, zones);
            for (int i = 0; i < bill.n_charges; i++) {
                const struct charge *idle = &bill.charges[i];
                if (idle->kind != CHARGE_COMMITMENT_UNUSED || idle->effective < 10000 ||
                    idle->commitment >= f.input.n_owned)
                    continue;
                n_idle++;
                for (int k = 0; k < bill.n_charges; k++) {
                    const struct charge *open = &bill.charges[k];
                    n_open += is_open_charge(open);
                    bool beside = is_open_charge(open) && open->effective >= 10000 &&
                                  pools[idle->commitment].use[open->offer] > 0;
                    cr_assert(not(beside), "seed %llu hour %d", (unsigned long long)seed, h);
                }
            }
        }
        fixture_close(&f);
    }
    cr_assert(gt(int, n_idle, 20)); /* else nothing was looked at */
    cr_assert(gt(int, n_open, 20));
}
