/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spot in the zone of choice (plan_spot.zones):
 *
 * - by hand: the cheaper zone of each hour, a zone that is gone in some hours, shares of all spot
 *   and of a zone's that bind, what the reasons say;
 * - both forms of the programme have the same optimum on random inputs;
 * - whole instances of every hour against full enumeration, with capacity that grows faster than
 *   the count, and never below the programme;
 * - moves from zone to zone against all paths;
 * - a zone more, and a zone that may carry more, never raise the optimum;
 * - where the loss of a zone must be survived, nothing is put in one. */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "both_forms.h"
#include "plan_draws.h"

enum { ZONES = 3, HOURS_MAX = 8, CANDIDATES_MAX = 4, RUNS = 80 };

static const char *const zone_names[ZONES] = {"us-east-1a", "us-east-1b", "us-east-1c"};

/* Even prices and shares of hours are those of the zones, spread evenly over them. */
struct zoned {
    struct plan_fixture f;
    struct plan_spot spot;
    double price[CANDIDATES_MAX * HOURS_MAX], had[CANDIDATES_MAX * HOURS_MAX];
    bool in_zone[CANDIDATES_MAX * ZONES];
    double zone_price[CANDIDATES_MAX * ZONES * HOURS_MAX];
    double zone_had[CANDIDATES_MAX * ZONES * HOURS_MAX];
};

static void tell(struct zoned *z, int n_zones) {
    int n_hours = z->f.demand.n_hours;
    z->spot = (struct plan_spot){.n_hours = n_hours,
                                 .price = z->price,
                                 .had = z->had,
                                 .n_zones = n_zones,
                                 .zones = zone_names,
                                 .in_zone = z->in_zone,
                                 .zone_price = z->zone_price,
                                 .zone_had = z->zone_had};
    for (int c = 0; c < z->f.input.n_candidates; c++)
        for (int h = 0; h < n_hours; h++) {
            double had = 0, usd = 0;
            for (int k = 0; k < n_zones; k++) {
                int at = (c * n_zones + k) * n_hours + h;
                had += z->zone_had[at] / n_zones;
                usd += z->zone_had[at] * z->zone_price[at] / n_zones;
            }
            z->had[c * n_hours + h] = had;
            z->price[c * n_hours + h] = had > 0 ? usd / had : 1;
        }
    for (int i = 0; i < z->f.input.n_candidates * n_zones; i++)
        z->in_zone[i] = true;
    z->f.input.spot = &z->spot;
    z->f.input.allow_spot = true;
}

static void solve(struct zoned *z, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&z->f.arena, &z->f.input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
}

/* ---- by hand ---- */

/* 10 requests/s an instance, 1 on demand, 100 asked for; spot at 1 times the price. */
static void open_two_zones(struct zoned *z, int n_hours, double share_max, const double *price,
                           const double *had) {
    double rates[HOURS_MAX];
    *z = (struct zoned){0};
    fixture_open(&z->f, 1, n_hours);
    fixture_instance(&z->f, 0, "g6", 10, 1, 1);
    for (int h = 0; h < n_hours; h++)
        rates[h] = 100;
    fixture_demand(&z->f, 0, rates);
    for (int i = 0; i < 2 * n_hours; i++) {
        z->zone_price[i] = price[i];
        z->zone_had[i] = had ? had[i] : 1;
    }
    tell(z, 2);
    z->f.input.policy.spot_share_max = share_max;
}

/* Prices cross after the second hour; 4 of 10 may be on spot: 6 + 4 x 0.3 in each. Spread evenly
 * they would cost 6 + 4 x 0.45. */
Test(plan_zones, follows_the_cheaper_zone_of_each_hour) {
    static const double price[] = {0.3, 0.3, 0.6, 0.6, 0.6, 0.6, 0.3, 0.3};
    struct zoned z;
    struct plan plan;
    open_two_zones(&z, 4, 0.4, price, NULL);
    solve(&z, &plan);
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 7.2, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 7.2, 1e-9));
    cr_assert(ne(ptr, (void *)plan.spot_in_zone, NULL));
    for (int h = 0; h < 4; h++) {
        cr_expect(eq(int, plan.spot[h], 4));
        cr_expect(eq(int, plan.spot_in_zone[h], h < 2 ? 4 : 0));
        cr_expect(eq(int, plan.spot_in_zone[4 + h], h < 2 ? 0 : 4));
    }
    fixture_close(&z.f);
}

/* The cheap zone has nothing in the first hour, the other one in neither of the last two. */
Test(plan_zones, leaves_a_zone_in_the_hours_in_which_it_has_none) {
    static const double price[] = {0.3, 0.3, 0.3, 0.5, 0.5, 0.5}, had[] = {0, 1, 0, 1, 0, 0};
    static const int spot[] = {4, 4, 0}, first[] = {0, 4, 0};
    static const double usd[] = {8, 7.2, 10};
    struct zoned z;
    struct plan plan;
    open_two_zones(&z, 3, 0.4, price, had);
    solve(&z, &plan);
    for (int h = 0; h < 3; h++) {
        cr_expect(eq(int, plan.spot[h], spot[h]), "hour %d", h);
        cr_expect(eq(int, plan.spot_in_zone[h], first[h]), "hour %d", h);
        cr_expect(epsilon_eq(dbl, plan.hour_usd[h], usd[h], 1e-9), "hour %d", h);
        cr_expect(epsilon_eq(dbl, plan.lp_hour_usd[h], usd[h], 1e-7), "hour %d", h);
    }
    fixture_close(&z.f);
}

/* One zone at 0.2, the other at 0.4 or dearer than on demand. All on spot: half in each 3.0, 60 %
 * in one 2.8; a zone dearer than on demand is left for it: 5 x 0.2 + 5. */
Test(plan_zones, spot_of_one_zone_carries_its_share_at_most) {
    static const struct {
        double other, share, usd;
        int first, spot;
    } cases[] = {
        {0.4, 0.5, 3, 5, 10}, {0.4, 0.6, 2.8, 6, 10}, {0.4, 1, 2, 10, 10},
        {1.2, 0.5, 6, 5, 5},  {1.2, 0.3, 7.6, 3, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double price[] = {0.2, cases[i].other};
        struct zoned z;
        struct plan plan;
        open_two_zones(&z, 1, 1, price, NULL);
        z.f.input.policy.spot_zone_share_max = cases[i].share;
        solve(&z, &plan);
        int even = plan.spot[0] - plan.spot_in_zone[0] - plan.spot_in_zone[1];
        cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, cases[i].usd, 1e-7), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, cases[i].usd, 1e-9), "case %zu", i);
        cr_expect(eq(int, plan.spot[0], cases[i].spot), "case %zu", i);
        cr_expect(epsilon_eq(dbl, plan.spot_in_zone[0] + even / 2.0, cases[i].first, 1e-9),
                  "case %zu: %d + %d", i, plan.spot_in_zone[0], even);
        fixture_close(&z.f);
    }
}

/* Never interrupted and nearly free in both zones: what spot may carry in all is what holds. */
Test(plan_zones, the_share_of_all_spot_binds) {
    static const double price[] = {0.02, 0.01};
    struct zoned z;
    struct plan plan;
    open_two_zones(&z, 1, 0.7, price, NULL);
    z.f.input.policy.spot_zone_share_max = 0.4;
    solve(&z, &plan);
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 3 + 4 * 0.01 + 3 * 0.02, 1e-7));
    cr_expect(eq(int, plan.regular[0], 3));
    cr_expect(eq(int, plan.spot[0], 7));
    fixture_close(&z.f);
}

Test(plan_zones, reasons_and_rows_name_the_zone) {
    static const double price[] = {0.2, 0.4};
    struct zoned z;
    struct plan plan;
    open_two_zones(&z, 1, 0.4, price, NULL);
    solve(&z, &plan);
    bool told = false;
    for (int i = 0; i < plan.n_rejections; i++) {
        const struct plan_rejection *r = &plan.rejections[i];
        cr_expect(ne(str, (char *)r->option, "spot"));
        if (strcmp(r->option, "spot in us-east-1b") != 0)
            continue;
        told = true;
        cr_expect(ne(ptr, strstr(r->reason, "$0.4"), NULL), "%s", r->reason);
        cr_expect(ne(ptr, strstr(r->reason, "us-east-1a"), NULL), "%s", r->reason);
        cr_expect(eq(str, (char *)r->flip.of, "g6 on spot in us-east-1b"));
    }
    cr_expect(told);
    z.f.input.policy.spot_zone_share_max = 0.3;
    struct err err = {0};
    struct market market;
    struct hourly_lp hourly;
    cr_assert(market_open(&z.f.arena, &z.f.input, &market, &err), "%s", err.what);
    hourly_lp_build(&z.f.arena, &market, RELAX_NOTHING, 0, &hourly);
    int rows = 0, columns = 0;
    for (int i = 0; i < hourly.lp.n_rows; i++)
        rows += strcmp(hourly.lp.rows[i].name, "spot.chat.us_east_1b.h000") == 0;
    for (int j = 0; j < hourly.lp.n_columns; j++)
        columns += strstr(hourly.lp.columns[j].name, "us_east_1b") != NULL;
    cr_expect(eq(int, rows, 1));
    cr_expect(eq(int, columns, 1));
    fixture_close(&z.f);
}

Test(plan_zones, are_not_chosen_where_the_loss_of_one_must_be_survived) {
    static const double price[] = {0.2, 0.4};
    struct zoned z;
    struct plan plan, unzoned;
    open_two_zones(&z, 1, 1, price, NULL);
    z.f.input.loss.zones = 2;
    solve(&z, &plan);
    z.spot.n_zones = 0;
    z.spot.zone_price = NULL;
    solve(&z, &unzoned);
    cr_expect(eq(ptr, (void *)plan.spot_in_zone, NULL));
    cr_expect(gt(int, plan.spot[0], 0));
    cr_expect(eq(int, plan.spot[0], unzoned.spot[0]));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, unzoned.usd_per_hour, 1e-12));
    fixture_close(&z.f);
}

/* ---- random inputs ---- */

static void draw(struct zoned *z, uint64_t seed, int n_workloads, int n_hours, int n_zones,
                 double most) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 1);
    struct plan_fixture *f = &z->f;
    *z = (struct zoned){0};
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
    for (int i = 0; i < f->input.n_candidates * n_zones * n_hours; i++) {
        z->zone_price[i] = fixture_draw(&rng, 0.4, 2.5);
        z->zone_had[i] = coin(&rng, 0.3) ? 0 : coin(&rng, 0.4) ? 1 : fixture_draw(&rng, 0.3, 1);
    }
    tell(z, n_zones);
    f->input.spot_fallback = coin(&rng, 0.5);
    f->input.policy.spot_share_max = fixture_draw(&rng, 0.2, 1);
    f->input.policy.spot_derating = fixture_draw(&rng, 0.7, 1);
    if (coin(&rng, 0.6))
        f->input.policy.spot_zone_share_max = fixture_draw(&rng, 0.1, 0.8);
    if (coin(&rng, 0.3))
        fixture_quota(f, "G", true, floor(fixture_draw(&rng, 8, 60)));
}

Test(plan_zones, both_forms_have_the_same_optimum) {
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        struct zoned z;
        draw(&z, seed, 1 + (int)(seed % 2), HOURS_MAX, 1 + (int)(seed % ZONES), 60);
        with_commitments(&z.f);
        cr_expect(both_forms_agree(&z.f, seed) > 0, "seed %d", (int)seed);
        fixture_close(&z.f);
    }
}

/* A zone whose price is not told is not chosen; what is spread evenly stays as it is. */
Test(plan_zones, one_more_and_a_larger_share_never_raise_the_optimum) {
    int lower = 0;
    for (uint64_t seed = 1; seed <= RUNS / 2; seed++) {
        struct zoned z;
        double usd[3], hidden[HOURS_MAX];
        draw(&z, seed, 2, 6, ZONES, 60);
        with_commitments(&z.f);
        int first = (int)(seed % (4 * ZONES)) * 6;
        memcpy(hidden, &z.zone_price[first], 6 * sizeof *hidden);
        memset(&z.zone_price[first], 0, 6 * sizeof *hidden);
        usd[0] = both_forms_agree(&z.f, seed);
        memcpy(&z.zone_price[first], hidden, 6 * sizeof *hidden);
        usd[1] = both_forms_agree(&z.f, seed);
        z.f.input.policy.spot_zone_share_max = fmin(1, 1.3 * z.f.input.policy.spot_zone_share_max);
        usd[2] = both_forms_agree(&z.f, seed);
        for (int i = 1; i < 3; i++)
            cr_expect(le(dbl, usd[i], usd[i - 1] * (1 + 1e-8)), "seed %d", (int)seed);
        lower += usd[1] < usd[0] * (1 - 1e-6);
        fixture_close(&z.f);
    }
    cr_assert(gt(int, lower, RUNS / 20));
}

/* ---- moves from hour to hour ---- */

/* One type, never dearer on spot; every path through the ways. */
static double least_path(const struct zoned *z, const struct plan *plan, double *own) {
    enum { HOURS = 5, N = ZONES + 1 };
    double best = INFINITY, spot = money_rate_usd(z->f.offers[0].spot.rate);
    int path[HOURS], chosen = 0;
    for (int h = 0, digit = 1; h < HOURS; h++, digit *= N)
        for (int k = 0; k < ZONES; k++)
            chosen += plan->spot_in_zone[k * HOURS + h] > 0 ? (k + 1) * digit : 0;
    for (int i = 0; i < N * N * N * N * N; i++) {
        double usd = 0;
        for (int h = 0, rest = i; h < HOURS; h++, rest /= N) {
            path[h] = rest % N;
            double each =
                spot * (path[h] == 0 ? z->price[h] : z->zone_price[(path[h] - 1) * HOURS + h]);
            usd += plan->spot[h] * each;
            if (h > 0 && path[h] != path[h - 1])
                usd += fmin(plan->spot[h], plan->spot[h - 1]) * z->spot.move_hours * each;
        }
        best = fmin(best, usd);
        *own = i == chosen ? usd : *own;
    }
    return best;
}

Test(plan_zones, it_moves_where_that_saves_more_than_it_costs) {
    int stayed = 0;
    for (uint64_t seed = 1; seed <= RUNS / 2; seed++) {
        struct rng rng = rng_open(seed, 0, RNG_TEST, 1);
        struct zoned z = {0};
        struct plan plan;
        double rates[5], own = 0, least = 0;
        fixture_open(&z.f, 1, 5);
        fixture_instance(&z.f, 0, "g6", 10, 5, 1);
        for (int h = 0; h < 5; h++)
            rates[h] = coin(&rng, 0.1) ? 0 : fixture_draw(&rng, 5, 50);
        fixture_demand(&z.f, 0, rates);
        for (int i = 0; i < ZONES * 5; i++) {
            z.zone_price[i] = fixture_draw(&rng, 0.4, 0.6);
            z.zone_had[i] = 1;
        }
        tell(&z, ZONES);
        z.f.input.policy.spot_share_max = 1;
        z.spot.move_hours = fixture_draw(&rng, 0, 0.3);
        solve(&z, &plan);
        double usd = least_path(&z, &plan, &own);
        cr_expect(epsilon_eq(dbl, own, usd, 1e-9), "seed %d", (int)seed);
        for (int h = 0; h < 5; h++) {
            double cheapest =
                fmin(z.zone_price[h], fmin(z.zone_price[5 + h], z.zone_price[10 + h]));
            least += plan.spot[h] * cheapest / 5;
        }
        stayed += plan.usd_per_hour > least + 1e-9;
        cr_expect(le(dbl, plan.lp_usd_per_hour, plan.usd_per_hour * (1 + 1e-9)));
        fixture_close(&z.f);
    }
    cr_assert(gt(int, stayed, RUNS / 8));
}

/* ---- enumeration: one type, on demand, spread evenly and in two zones ---- */

enum { WAYS = 3, REGULAR = 6, SPOT = 8 };

struct hour {
    const struct capacity *capacity;
    double demand, regular_usd, spot_usd[WAYS], useful[WAYS], vcpu_max, share, zone_share;
};

static struct hour hour_of(const struct zoned *z, int h) {
    const struct plan_input *in = &z->f.input;
    const struct plan_policy *policy = &in->policy;
    int n = z->f.demand.n_hours;
    struct hour hour = {.capacity = &in->capacities[0],
                        .demand = z->f.demand.rate_per_second[h],
                        .regular_usd = money_rate_usd(in->offers[0].on_demand.rate),
                        .share = policy->spot_share_max,
                        .zone_share =
                            policy->spot_zone_share_max > 0 ? policy->spot_zone_share_max : 1,
                        .vcpu_max = in->n_quotas > 0 ? in->quotas[0].vcpu : INFINITY};
    for (int k = 0; k < WAYS; k++) {
        double had = k == 0 ? z->had[h] : z->zone_had[(k - 1) * n + h];
        double usd = money_rate_usd(in->offers[0].spot.rate) *
                     (k == 0 ? z->price[h] : z->zone_price[(k - 1) * n + h]);
        bool stands_in = in->spot_fallback && had > 0;
        hour.useful[k] = policy->spot_derating * (stands_in ? 1 : had);
        hour.spot_usd[k] = had * usd + (stands_in ? (1 - had) * hour.regular_usd : 0);
    }
    return hour;
}

static double beyond(const struct hour *hour, const int *spot) {
    double best = capacity_best_rate_per_replica(hour->capacity), sum = 0;
    for (int zone = 1; zone <= 2; zone++)
        sum += fmax(0, best * (spot[zone] * hour->useful[zone] + spot[0] * hour->useful[0] / 2) -
                           hour->zone_share * hour->demand);
    return hour->zone_share < hour->share ? sum : 0;
}

static double enumerate(const struct hour *hour) {
    double best = INFINITY, slack = 1 - 1e-9;
    for (int n = 0; n <= REGULAR; n++)
        for (int i = 0; i < (SPOT + 1) * (SPOT + 1) * (SPOT + 1); i++) {
            int spot[WAYS] = {i % (SPOT + 1), i / (SPOT + 1) % (SPOT + 1),
                              i / (SPOT + 1) / (SPOT + 1)};
            double useful = n, usd = n * hour->regular_usd;
            for (int k = 0; k < WAYS; k++) {
                useful += spot[k] * hour->useful[k];
                usd += spot[k] * hour->spot_usd[k];
            }
            if (capacity_rate(hour->capacity, useful) - beyond(hour, spot) >=
                    hour->demand * slack &&
                capacity_rate(hour->capacity, n) >= (1 - hour->share) * hour->demand * slack &&
                8 * (spot[0] + spot[1] + spot[2]) <= hour->vcpu_max)
                best = fmin(best, usd);
        }
    return best;
}

Test(plan_zones, whole_instances_against_enumeration) {
    int n_zoned = 0;
    for (uint64_t seed = 1; seed <= RUNS / 2; seed++) {
        struct zoned z;
        struct plan plan;
        draw(&z, seed, 1, 3, 2, 40);
        z.f.input.n_candidates = 1;
        struct capacity *capacity = &z.f.capacities[0];
        double rate = capacity->points[0].rate_per_second;
        capacity->n_points = 2; /* four carry up to a quarter more than four times one */
        capacity->points[1] = (struct capacity_point){
            .replicas = 4, .rate_per_second = rate * (4 + (double)(seed % 5) / 4)};
        solve(&z, &plan);
        for (int h = 0; h < 3; h++) {
            struct hour hour = hour_of(&z, h);
            cr_expect(epsilon_eq(dbl, plan.hour_usd[h], enumerate(&hour), 1e-9), "seed %d hour %d",
                      (int)seed, h);
            n_zoned += plan.spot_in_zone ? plan.spot_in_zone[h] + plan.spot_in_zone[3 + h] : 0;
        }
        cr_expect(le(dbl, plan.lp_usd_per_hour, plan.usd_per_hour * (1 + 1e-9)), "seed %d",
                  (int)seed);
        fixture_close(&z.f);
    }
    cr_assert(gt(int, n_zoned, RUNS / 4));
}
