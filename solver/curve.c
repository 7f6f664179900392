/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solver/commitment_lp.h"
#include "solver/fleet.h"
#include "solver/held.h"
#include "solver/what_if.h"

enum { STEPS = 12, NEAR_STEPS = 8, POINTS_MAX = STEPS + 2, NODES_MAX = 2000 };
#define NEARLY 0.003      /* relative: near enough to the bound in a slot */
#define WORTH_A_CURVE 0.1 /* of what is bought, USD/h */

struct drawing {
    struct arena *arena, *scratch;
    const struct held *held;
    struct what_if what_if;
    struct programme_memory memory;
    struct fleet fleet, trial; /* the plan's own, and one for a level */
    struct fleet_bound bounds[2];
    double aside_usd; /* an hour, of the plan: what is not the market's (fallbacks) */
};

/* The programme with exactly so much of the pool. */
static bool programme_at(struct drawing *drawing, int p, double units, double *usd,
                         struct err *err) {
    struct pool *pool = &drawing->what_if.market.pools[p];
    struct what_if_answer answer;
    pool->fixed = true;
    pool->amount = units;
    struct arena_mark mark = arena_mark(drawing->scratch);
    bool solved = what_if_solve(drawing->scratch, &drawing->what_if, &answer, err);
    *usd = solved && answer.feasible ? answer.usd_per_hour : INFINITY;
    arena_rewind(drawing->scratch, mark);
    pool->fixed = false;
    pool->amount = 0;
    return solved;
}

/* --- whole instances --- */

/* The plan's counts, from the first hour of each slot. */
static void read_fleet(const struct held *held, const struct plan *plan, struct fleet *out) {
    const struct market *market = &held->market;
    const struct demand *demand = market->in->demand;
    for (int s = 0; s < market->n_slots; s++) {
        int hour = market->hour_of_slot[s];
        for (int m = 0; m < market->n_machines; m++) {
            out->regular[s * market->n_machines + m] = market_regular_in(market, plan, m, hour);
            out->spot[s * market->n_machines + m] = market_spot_in(market, plan, m, hour);
        }
        for (int u = 0; u < market->n_uses; u++) {
            const struct use *use = &market->uses[u];
            out->use_rate[s * market->n_uses + u] =
                plan->overflow_share[use->candidate * demand->n_hours + hour] *
                demand->rate_per_second[use->workload * demand->n_hours + hour];
        }
    }
}

/* Prices of what is held that bound a fleet's cost from below: nothing, and the most. */
static void build_bounds(struct drawing *drawing) {
    const struct market *market = &drawing->held->market;
    double *none = arena_new(drawing->scratch, double, market->n_pools);
    double *most = arena_new(drawing->scratch, double, market->n_pools);
    for (int p = 0; p < market->n_pools; p++)
        for (int g = 0; g < market->n_goods; g++)
            if (market->pools[p].use[g] > 0)
                most[p] = fmax(most[p], market->goods[g].uncovered_usd / market->pools[p].use[g]);
    fleet_bound_build(drawing->scratch, market, none, &drawing->bounds[0]);
    fleet_bound_build(drawing->scratch, market, most, &drawing->bounds[1]);
}

/* Whether instance hours are left that neither the commitments nor on demand have. */
static bool is_short(const struct market *market, int slot, const double *units,
                     const double *amount, const struct cover_detail *detail) {
    for (int g = 0; g < market->n_goods && !market->in->allow_on_demand; g++)
        if (market->goods[g].use < 0 &&
            units[g] - detail->reserved[g] - detail->planned[g] > 1e-9 * (1 + units[g]))
            return true;
    int worst;
    return market_beyond_supply(market, slot, units, amount, &worst) > 1e-9;
}

/* INFINITY: the commitments do not carry it. */
static double price_fleet(const struct drawing *drawing, struct cover *cover,
                          const struct fleet *fleet) {
    const struct held *held = drawing->held;
    const struct market *market = &held->market;
    double usd = 0, *units = arena_new(drawing->scratch, double, market->n_goods);
    struct cover_detail detail;
    cover_detail_open(drawing->scratch, market, &detail);
    for (int s = 0; s < market->n_slots; s++) {
        fleet_units(market, fleet, s, units);
        usd += market->share[s] * (fleet_direct_usd(market, fleet, s) + market->fixed_usd[s] +
                                   cover_price(cover, s, units, &detail));
        if (is_short(market, s, units, cover->amount, &detail))
            return INFINITY;
    }
    for (int p = market->n_owned; p < market->n_pools; p++)
        usd += cover->amount[p] * market->pools[p].rate * market->pools[p].held;
    return usd;
}

/* Instances chosen anew for so much of the pool, the other purchases as they are. */
static double plan_at(struct drawing *drawing, int p, double units) {
    const struct held *held = drawing->held;
    const struct market *market = &held->market;
    struct arena_mark mark = arena_mark(drawing->scratch);
    double *amount = arena_new(drawing->scratch, double, market->n_pools);
    memcpy(amount, held->amount, (size_t)market->n_pools * sizeof *amount);
    amount[p] = units;
    struct cover cover;
    cover_open(drawing->scratch, market, &held->order, amount, &cover);
    struct fleet_search search = {.market = market,
                                  .cover = &cover,
                                  .only_workload = -1,
                                  .n_bounds = 2,
                                  .bounds = drawing->bounds,
                                  .tolerance = NEARLY,
                                  .nodes_max = NODES_MAX,
                                  .scratch = drawing->scratch};
    int workload;
    fleet_copy(market, &drawing->fleet, &drawing->trial);
    bool carried = fleet_choose(&search, &drawing->trial, &workload) < 0;
    double kept = price_fleet(drawing, &cover, &drawing->fleet);
    double chosen = carried ? price_fleet(drawing, &cover, &drawing->trial) : INFINITY;
    arena_rewind(drawing->scratch, mark);
    return drawing->aside_usd + fmin(kept, chosen);
}

/* --- levels --- */

static int by_units(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As it is sold, in decimals that print short. */
static double sold(const struct pool *pool, double units) {
    return round(commitment_round(pool, units) * 1e6) / 1e6;
}

/* Levels to look at: even steps as it is sold, and what the plan buys. */
static int choose_levels(const struct pool *pool, double most, double planned, double *levels) {
    int n = 0;
    for (int i = 0; i <= STEPS; i++)
        levels[n++] = sold(pool, most * i / STEPS);
    levels[n++] = planned;
    qsort(levels, (size_t)n, sizeof *levels, by_units);
    int kept = 1;
    for (int i = 1; i < n; i++)
        if (levels[i] > levels[kept - 1] + 1e-9)
            levels[kept++] = levels[i];
    return kept;
}

static void find_best(struct commitment_curve *curve) {
    curve->best_usd = INFINITY;
    for (int i = 0; i < curve->n; i++)
        if (isfinite(curve->points[i].programme_usd) &&
            curve->points[i].plan_usd < curve->best_usd - 1e-9) {
            curve->best_usd = curve->points[i].plan_usd;
            curve->best_units = curve->points[i].units;
        }
}

/* The least that saves nearly as much, between two points of the curve that do not and do. */
static void find_near(struct drawing *drawing, int p, struct commitment_curve *curve) {
    double none = curve->points[0].plan_usd;
    if (!isfinite(none)) { /* no saving to have a part of */
        curve->near_units = curve->best_units;
        curve->near_usd = curve->best_usd;
        return;
    }
    double wanted = none - CURVE_NEAR * (none - curve->best_usd);
    int i = 0;
    while (curve->points[i].plan_usd > wanted && curve->points[i].units < curve->best_units)
        i++;
    curve->near_units = curve->points[i].units;
    curve->near_usd = curve->points[i].plan_usd;
    double low = i > 0 ? curve->points[i - 1].units : curve->near_units;
    for (int step = 0; step < NEAR_STEPS; step++) {
        double middle =
            commitment_round(&drawing->held->market.pools[p], (low + curve->near_units) / 2);
        if (middle <= low || middle >= curve->near_units)
            break;
        double usd = plan_at(drawing, p, middle);
        if (usd > wanted) {
            low = middle;
        } else {
            curve->near_units = middle;
            curve->near_usd = usd;
        }
    }
}

static bool draw(struct drawing *drawing, int p, struct commitment_curve *curve, struct err *err) {
    const struct held *held = drawing->held;
    const struct pool *pool = &held->market.pools[p];
    double levels[POINTS_MAX], planned = held->amount[p];
    double most = fmax(held_most(held, p), 1.25 * planned);
    int n = choose_levels(pool, most, planned, levels);
    struct curve_point *points = arena_new(drawing->arena, struct curve_point, n);
    for (int i = 0; i < n; i++) {
        points[i] = (struct curve_point){.units = levels[i],
                                         .commitment_usd = levels[i] * pool->rate,
                                         .plan_usd = plan_at(drawing, p, levels[i])};
        if (!programme_at(drawing, p, levels[i], &points[i].programme_usd, err))
            return false;
    }
    *curve = (struct commitment_curve){
        .name = market_pool_name(drawing->arena, &held->market, pool),
        .is_plan = !pool->reserved,
        .unit_usd = pool->rate,
        .planned = planned,
        .n = n,
        .points = points,
    };
    find_best(curve);
    find_near(drawing, p, curve);
    return true;
}

/* The dearest of the plan's purchases that is not drawn yet; -1: none is worth it. */
static int next_pool(const struct held *held, const bool *drawn) {
    const struct market *market = &held->market;
    double all = 0, most = 0;
    int best = -1;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        double usd = held->amount[p] * market->pools[p].rate * market->pools[p].held;
        all += usd;
        if (!drawn[p] && usd > most && market->pools[p].name == NULL) {
            most = usd;
            best = p;
        }
    }
    return most >= WORTH_A_CURVE * all && most > 0 ? best : -1;
}

/* What the plan costs beside the market's own instances, uses and commitments. */
static double aside_usd(struct drawing *drawing, const struct plan *plan) {
    const struct held *held = drawing->held;
    struct cover cover;
    cover_open(drawing->scratch, &held->market, &held->order, held->amount, &cover);
    return fmax(0, plan->usd_per_hour - price_fleet(drawing, &cover, &drawing->fleet));
}

static bool draw_all(struct drawing *drawing, const struct plan *plan, int most,
                     struct commitment_curve *curves, int *n, struct err *err) {
    const struct held *held = drawing->held;
    what_if_open(drawing->scratch, &held->market, &drawing->memory, &drawing->what_if);
    fleet_open(drawing->scratch, &held->market, &drawing->fleet);
    fleet_open(drawing->scratch, &held->market, &drawing->trial);
    read_fleet(held, plan, &drawing->fleet);
    build_bounds(drawing);
    drawing->aside_usd = aside_usd(drawing, plan);
    bool *drawn = arena_new(drawing->scratch, bool, held->market.n_pools);
    while (*n < most) {
        int p = next_pool(held, drawn);
        if (p < 0)
            break;
        drawn[p] = true;
        if (!draw(drawing, p, &curves[(*n)++], err))
            return false;
    }
    return true;
}

bool curve_commitments(struct arena *arena, const struct plan_input *input, const struct plan *plan,
                       int most, const struct commitment_curve **curves, int *n, struct err *err) {
    struct arena scratch = {0};
    struct held held;
    *n = 0;
    struct commitment_curve *made = arena_new(arena, struct commitment_curve, most);
    bool ok = held_open(&scratch, input, plan, &held, err);
    if (ok) {
        struct drawing drawing = {.arena = arena, .scratch = &scratch, .held = &held};
        ok = draw_all(&drawing, plan, most, made, n, err);
        programme_forget(&drawing.memory);
    }
    *curves = made;
    arena_release(&scratch);
    return ok;
}
