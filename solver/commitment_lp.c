/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/commitment_lp.h"

#include <math.h>
#include <string.h>

#include "solver/lp.h"

static bool same_usage(const struct market *market, const double *a, const double *b, int slot_a,
                       int slot_b) {
    return memcmp(a, b, (size_t)market->n_goods * sizeof *a) == 0 &&
           memcmp(&market->open[slot_a * market->n_pools], &market->open[slot_b * market->n_pools],
                  (size_t)market->n_pools * sizeof *market->open) == 0;
}

void usage_build(struct arena *arena, const struct market *market, const double *slot_units,
                 struct usage_table *out) {
    int n_goods = market->n_goods;
    *out = (struct usage_table){
        .units = arena_new(arena, double, market->n_slots *n_goods),
        .share = arena_new(arena, double, market->n_slots),
        .slot = arena_new(arena, int, market->n_slots),
        .n_slots = market->n_slots,
        .row_of_slot = arena_new(arena, int, market->n_slots),
        .counted = arena_new(arena, double, market->n_couplings * market->n_slots * n_goods),
        .hours = arena_new(arena, double, market->n_couplings * market->n_slots)};
    for (int s = 0; s < market->n_slots; s++) {
        const double *units = &slot_units[s * n_goods];
        int row = 0;
        while (row < out->n_rows &&
               !same_usage(market, units, &out->units[row * n_goods], s, out->slot[row]))
            row++;
        if (row == out->n_rows) {
            memcpy(&out->units[row * n_goods], units, (size_t)n_goods * sizeof *units);
            out->slot[row] = s;
            out->n_rows++;
        }
        out->share[row] += market->share[s];
        out->row_of_slot[s] = row;
        for (int c = 0; c < market->n_couplings; c++)
            out->hours[c * market->n_slots + row] += market->couplings[c].hours[s];
    }
}

void usage_count(const struct market *market, int coupling, const double *slot_units,
                 struct usage_table *usage) {
    for (int s = 0; s < market->n_slots; s++)
        for (int g = 0; g < market->n_goods; g++)
            usage->counted[(coupling * usage->n_slots + usage->row_of_slot[s]) * market->n_goods +
                           g] +=
                market->couplings[coupling].hours[s] * slot_units[s * market->n_goods + g];
}

static const double *counted(const struct market *market, const struct usage_table *usage,
                             int coupling, int row) {
    return &usage->counted[(coupling * usage->n_slots + row) * market->n_goods];
}

double commitment_round(const struct pool *pool, double amount) {
    return fmax(0, round(amount / pool->step) * pool->step);
}

double commitment_enough(const struct market *market, const struct pool *pool, double amount) {
    return market->in->allow_on_demand || pool->reserved
               ? commitment_round(pool, amount)
               : fmax(0, ceil(amount / pool->step - 1e-6) * pool->step);
}

double commitment_step(const struct pool *pool, int good, double instances) {
    double step = instances * pool->use[good];
    return pool->reserved ? fmax(1, round(step / pool->step)) * pool->step : step;
}

/* --- the price of one choice --- */

/* Beside the cost once, what missing a limit by its own size counts, in costs. */
#define BROKEN_SLOPE 1e3

struct bench {
    const struct commitment_search *search;
    struct cover cover;
    struct cover_detail detail;
    double list_usd; /* mean on-demand value of all regular instance hours */
    double *amount;
    double *value; /* [n_couplings] */
};

static void bench_open(struct arena *arena, const struct commitment_search *search,
                       const double *amount, struct bench *out) {
    const struct market *market = search->market;
    *out = (struct bench){.search = search,
                          .amount = arena_new(arena, double, market->n_pools),
                          .value = arena_new(arena, double, market->n_couplings)};
    if (market->n_pools > 0)
        memcpy(out->amount, amount, (size_t)market->n_pools * sizeof *amount);
    cover_open(arena, market, search->order, out->amount, &out->cover);
    cover_detail_open(arena, market, &out->detail);
    const struct usage_table *usage = search->usage;
    for (int r = 0; r < usage->n_rows; r++)
        for (int g = 0; g < market->n_goods; g++)
            out->list_usd += usage->share[r] * usage->units[r * market->n_goods + g] *
                             market->goods[g].on_demand_usd;
}

/* What limits over many hours add: nothing while they are kept. */
static double penalty(const struct bench *bench, double usd) {
    const struct market *market = bench->search->market;
    double missed = 0;
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *coupling = &market->couplings[c];
        double value = bench->value[c];
        for (int p = market->n_owned; p < market->n_pools; p++)
            value += coupling->per_unit[p] * bench->amount[p];
        if (!coupling_kept(coupling, value))
            missed += 1 + BROKEN_SLOPE * (value - coupling->limit) / coupling_scale(coupling);
    }
    return missed * (1 + fabs(usd));
}

static double bench_price(struct bench *bench) {
    const struct market *market = bench->search->market;
    const struct usage_table *usage = bench->search->usage;
    const struct plan_policy *policy = &market->in->policy;
    double usd = 0, upfront = 0, covered = 0;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        usd += bench->amount[p] * market->pools[p].rate * market->pools[p].held;
        upfront += bench->amount[p] * market->pools[p].upfront_usd;
    }
    if (policy->upfront_usd_max >= 0 && upfront > policy->upfront_usd_max * (1 + 1e-9))
        return INFINITY;
    bool limited = policy->coverage_max < 1, detailed = limited;
    for (int c = 0; c < market->n_couplings; c++)
        detailed = detailed || market->couplings[c].counts != NULL;
    cover_refresh(bench->search->order, &bench->cover);
    for (int c = 0; c < market->n_couplings; c++)
        bench->value[c] = bench->search->direct[c];
    for (int r = 0; r < usage->n_rows; r++) {
        const double *units = &usage->units[r * market->n_goods];
        double paid =
            cover_price(&bench->cover, usage->slot[r], units, detailed ? &bench->detail : NULL);
        usd += usage->share[r] * paid;
        for (int c = 0; c < market->n_couplings; c++)
            if (market->couplings[c].counts != NULL)
                for (int g = 0; g < market->n_goods; g++)
                    bench->value[c] += counted(market, usage, c, r)[g] *
                                       cover_mean_usd(market, &bench->detail, units, g);
            else if (!market->couplings[c].carbon)
                bench->value[c] += usage->hours[c * usage->n_slots + r] * paid;
        for (int p = market->n_owned; limited && p < market->n_pools; p++)
            covered += usage->share[r] * bench->detail.saved[p];
    }
    if (limited && covered > policy->coverage_max * bench->list_usd + 1e-9)
        return INFINITY;
    return market->n_couplings > 0 ? usd + penalty(bench, usd) : usd;
}

/* --- moves --- */

/* Instances, from many to one; where a limit may lie between two, parts of one for plans. */
enum { STEP_SIZES = 7, PART_STEPS = 12 };
static const double step_sizes[STEP_SIZES] = {64, 32, 16, 8, 4, 2, 1};

static bool better(double cost, double than) {
    return isfinite(than) ? cost < than - 1e-10 * fabs(than) : isfinite(cost);
}

/* Change p by delta_p and q (or -1) by delta_q; kept when it lowers the cost. */
static bool try_move(struct bench *bench, int p, double delta_p, int q, double delta_q,
                     double *cost) {
    const struct market *market = bench->search->market;
    double was_p = bench->amount[p], was_q = q >= 0 ? bench->amount[q] : 0;
    bench->amount[p] = commitment_round(&market->pools[p], was_p + delta_p);
    if (q >= 0)
        bench->amount[q] = commitment_round(&market->pools[q], was_q + delta_q);
    if (bench->amount[p] != was_p || (q >= 0 && bench->amount[q] != was_q)) {
        double now = bench_price(bench);
        if (better(now, *cost)) {
            *cost = now;
            return true;
        }
    }
    bench->amount[p] = was_p;
    if (q >= 0)
        bench->amount[q] = was_q;
    return false;
}

/* Nobody waits for what keeps no limit. */
static bool is_enough(const struct market *market, double cost) {
    return isfinite(cost) && market_is_stopped(market);
}

static bool moves_of_size(struct bench *bench, const bool *good_used, double size, double *cost) {
    const struct market *market = bench->search->market;
    const bool *dropped = bench->search->dropped;
    bool any = false;
    for (int p = market->n_owned; p < market->n_pools && !is_enough(market, *cost); p++)
        for (int g = 0; g < market->n_goods && !dropped[p]; g++) {
            if (!good_used[g] || market->pools[p].use[g] <= 0 ||
                (size < 1 && market->pools[p].reserved))
                continue;
            double step = commitment_step(&market->pools[p], g, size);
            any |= try_move(bench, p, step, -1, 0, cost);
            any |= bench->amount[p] > 0 && try_move(bench, p, -step, -1, 0, cost);
            for (int q = market->n_owned; q < market->n_pools && bench->amount[p] > 0; q++)
                if (q != p && !dropped[q] && market->pools[q].use[g] > 0)
                    any |= try_move(bench, p, -step, q, commitment_step(&market->pools[q], g, size),
                                    cost);
            for (int q = market->n_owned; q < market->n_pools; q++) /* with what covers it */
                if (market_refunds(market, q, p) && !dropped[q])
                    for (int sign = -1; sign <= 1; sign += 2)
                        any |= try_move(bench, p, sign * step, q,
                                        sign * commitment_step(&market->pools[q], g, size), cost);
        }
    return any;
}

static bool smallest_moves(struct bench *bench, double *cost) {
    const struct market *market = bench->search->market;
    bool any = false;
    for (int p = market->n_owned; p < market->n_pools; p++)
        if (market->pools[p].step == PLAN_STEP_USD && bench->amount[p] > 0)
            any |= try_move(bench, p, PLAN_STEP_USD, -1, 0, cost) ||
                   try_move(bench, p, -PLAN_STEP_USD, -1, 0, cost);
    return any;
}

static void improve(struct arena *arena, struct bench *bench, double *cost) {
    const struct market *market = bench->search->market;
    const struct usage_table *usage = bench->search->usage;
    bool *good_used = arena_new(arena, bool, market->n_goods);
    for (int r = 0; r < usage->n_rows; r++)
        for (int g = 0; g < market->n_goods; g++)
            good_used[g] = good_used[g] || usage->units[r * market->n_goods + g] > 0;
    for (int p = 0; p < market->n_pools; p++)
        if (market->pools[p].refunds)
            good_used[market->pools[p].good] = true;
    enum { ROUNDS_MAX = 50 };
    bool any = true;
    for (int round = 0; any && round < ROUNDS_MAX; round++) {
        any = false;
        for (int i = 0; i < STEP_SIZES; i++)
            any |= moves_of_size(bench, good_used, step_sizes[i], cost);
        for (int i = 1; i <= PART_STEPS && market_limits_commitments(market); i++)
            any |= moves_of_size(bench, good_used, ldexp(1, -i), cost);
        any |= smallest_moves(bench, cost);
    }
}

/* --- the programme --- */

struct split_lp {
    struct lp lp;
    int *coupling_row;  /* [n_couplings], -1: of carbon */
    int *amount_column; /* [n_pools], -1 */
};

static double held_by_owned(const struct market *market, int good, int slot) {
    double held = 0;
    for (int p = 0; p < market->n_owned; p++)
        if (market->pools[p].holds && market->pools[p].use[good] > 0)
            held += market->pools[p].amount * market->open[slot * market->n_pools + p];
    return held;
}

/* What is more than can be had on demand runs in capacity that is held. */
static void add_supply_rows(const struct commitment_search *search, struct split_lp *split, int r) {
    const struct market *market = search->market;
    const struct usage_table *usage = search->usage;
    for (int g = 0; g < market->n_goods; g++) {
        int limit = market->goods[g].supply;
        double beyond = limit < 0
                            ? 0
                            : usage->units[r * market->n_goods + g] - market->limits[limit].vcpu -
                                  held_by_owned(market, g, usage->slot[r]);
        if (beyond <= 0)
            continue;
        int row = lp_add_row(&split->lp, beyond, INFINITY, "supply.%d.r%d", g, r);
        int missing = lp_add_column(&split->lp, usage->share[r] * market->beyond_supply_usd, 0,
                                    INFINITY, "beyond.%d.r%d", g, r);
        lp_set(&split->lp, row, missing, 1);
        for (int p = 0; p < market->n_pools; p++) {
            const struct pool *pool = &market->pools[p];
            double open = market->open[usage->slot[r] * market->n_pools + p];
            if (pool->holds && pool->use[g] > 0 && split->amount_column[p] >= 0 && open > 0)
                lp_set(&split->lp, row, split->amount_column[p], open);
        }
    }
}

/* Hours in which a unit of the row's good counts, each by the share of its units that do. */
static double hours_counted(const struct market *market, const struct usage_table *usage, int c,
                            int r, int g) {
    if (market->couplings[c].counts == NULL)
        return usage->hours[c * usage->n_slots + r];
    double units = usage->units[r * market->n_goods + g];
    return units > 0 ? counted(market, usage, c, r)[g] / units : 0;
}

/* The row of what is held of a pool in usage row r. */
static int held_row(const struct commitment_search *search, struct split_lp *split, int r,
                    int *pool_row, int p) {
    const struct pool *pool = &search->market->pools[p];
    double open = search->market->open[search->usage->slot[r] * search->market->n_pools + p];
    if (pool_row[p] < 0) {
        pool_row[p] = lp_add_row(&split->lp, -INFINITY, pool->owned ? open * pool->amount : 0,
                                 "pool.%d.r%d", p, r);
        if (!pool->owned)
            lp_set(&split->lp, pool_row[p], split->amount_column[p], -1);
    }
    return pool_row[p];
}

static bool is_held(const struct commitment_search *search, int r, int p) {
    const struct market *market = search->market;
    return (market->pools[p].owned || !search->dropped[p]) &&
           market->open[search->usage->slot[r] * market->n_pools + p] > 0;
}

/* What commitments cover of a reservation's hours, whether something runs in them or not. */
static void add_refunds(const struct commitment_search *search, struct split_lp *split, int r,
                        int *pool_row, int reservation, int coverage_row) {
    const struct market *market = search->market;
    const struct usage_table *usage = search->usage;
    const struct pool *of = &market->pools[reservation];
    struct lp *lp = &split->lp;
    int row = -1;
    for (int p = 0; p < market->n_pools && is_held(search, r, reservation); p++) {
        if (!market_refunds(market, p, reservation) || !is_held(search, r, p))
            continue;
        if (row < 0) {
            double open = market->open[usage->slot[r] * market->n_pools + reservation];
            row = lp_add_row(lp, -INFINITY, of->owned ? open * of->amount : 0, "reservation.%d.r%d",
                             reservation, r);
            if (!of->owned)
                lp_set(lp, row, split->amount_column[reservation], -1);
        }
        int column = lp_add_column(lp, -usage->share[r] * of->refund_usd, 0, INFINITY,
                                   "refund.%d.%d.r%d", p, reservation, r);
        lp_set(lp, row, column, 1);
        lp_set(lp, held_row(search, split, r, pool_row, p), column, market->pools[p].use[of->good]);
        for (int c = 0; c < market->n_couplings; c++)
            if (split->coupling_row[c] >= 0 && market->couplings[c].counts == NULL)
                lp_set(lp, split->coupling_row[c], column,
                       -usage->hours[c * usage->n_slots + r] * of->refund_usd /
                           coupling_scale(&market->couplings[c]));
        if (coverage_row >= 0 && !market->pools[p].owned)
            lp_set(lp, coverage_row, column,
                   usage->share[r] * market->goods[of->good].on_demand_usd);
    }
}

static void add_usage_row(struct arena *arena, const struct commitment_search *search,
                          struct split_lp *split, int r, int coverage_row) {
    const struct market *market = search->market;
    const struct usage_table *usage = search->usage;
    struct lp *lp = &split->lp;
    int *pool_row = arena_new(arena, int, market->n_pools);
    for (int p = 0; p < market->n_pools; p++)
        pool_row[p] = -1;
    for (int g = 0; g < market->n_goods; g++) {
        double units = usage->units[r * market->n_goods + g];
        if (units <= 0)
            continue;
        int row = lp_add_row(lp, units, units, "units.%d.r%d", g, r);
        int uncovered = lp_add_column(lp, usage->share[r] * market->goods[g].uncovered_usd, 0,
                                      INFINITY, "uncovered.%d.r%d", g, r);
        lp_set(lp, row, uncovered, 1);
        for (int c = 0; c < market->n_couplings; c++)
            if (split->coupling_row[c] >= 0)
                lp_set(lp, split->coupling_row[c], uncovered,
                       hours_counted(market, usage, c, r, g) * market->goods[g].uncovered_usd /
                           coupling_scale(&market->couplings[c]));
        for (int p = 0; p < market->n_pools; p++) {
            const struct pool *pool = &market->pools[p];
            if (pool->use[g] <= 0 || !is_held(search, r, p))
                continue;
            int column = lp_add_column(lp, 0, 0, INFINITY, "covered.%d.%d.r%d", p, g, r);
            lp_set(lp, row, column, 1);
            lp_set(lp, held_row(search, split, r, pool_row, p), column, pool->use[g]);
            for (int c = 0; c < market->n_couplings; c++)
                if (market->couplings[c].counts != NULL)
                    lp_set(lp, split->coupling_row[c], column,
                           hours_counted(market, usage, c, r, g) * pool->rate * pool->use[g] /
                               coupling_scale(&market->couplings[c]));
            if (coverage_row >= 0 && !pool->owned)
                lp_set(lp, coverage_row, column, usage->share[r] * market->goods[g].on_demand_usd);
        }
    }
    for (int p = 0; p < market->n_pools; p++)
        if (market->pools[p].refunds)
            add_refunds(search, split, r, pool_row, p, coverage_row);
}

static void add_coupling_rows(struct arena *arena, const struct commitment_search *search,
                              struct split_lp *split) {
    const struct market *market = search->market;
    split->coupling_row = arena_new(arena, int, market->n_couplings);
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *coupling = &market->couplings[c];
        double scale = coupling_scale(coupling);
        split->coupling_row[c] = -1;
        if (coupling->carbon)
            continue;
        split->coupling_row[c] = lp_add_row(
            &split->lp, -INFINITY, (coupling->limit - search->direct[c]) / scale, "coupling.%d", c);
        for (int p = market->n_owned; p < market->n_pools; p++)
            if (split->amount_column[p] >= 0)
                lp_set(&split->lp, split->coupling_row[c], split->amount_column[p],
                       coupling->per_unit[p] / scale);
    }
}

static void split_build(struct arena *arena, const struct commitment_search *search,
                        double list_usd, struct split_lp *out) {
    const struct market *market = search->market;
    const struct plan_policy *policy = &market->in->policy;
    lp_open(&out->lp, arena, "commitments for a decided fleet");
    out->lp.cost_scale = search->usage->n_rows > 0 ? search->usage->n_rows : 1;
    out->amount_column = arena_new(arena, int, market->n_pools);
    for (int p = 0; p < market->n_pools; p++)
        out->amount_column[p] =
            market->pools[p].owned || search->dropped[p]
                ? -1
                : lp_add_column(&out->lp, market->pools[p].rate * market->pools[p].held, 0,
                                INFINITY, "commit.%d", p);
    if (policy->upfront_usd_max >= 0) {
        int row = lp_add_row(&out->lp, -INFINITY, policy->upfront_usd_max / 1000, "upfront_kusd");
        for (int p = 0; p < market->n_pools; p++)
            if (out->amount_column[p] >= 0)
                lp_set(&out->lp, row, out->amount_column[p], market->pools[p].upfront_usd / 1000);
    }
    add_coupling_rows(arena, search, out);
    int coverage_row = -1;
    if (policy->coverage_max < 1)
        coverage_row = lp_add_row(&out->lp, -INFINITY, policy->coverage_max * list_usd, "coverage");
    for (int r = 0; r < search->usage->n_rows; r++)
        add_usage_row(arena, search, out, r, coverage_row);
    for (int r = 0; r < search->usage->n_rows; r++)
        add_supply_rows(search, out, r);
}

/* Amounts as they are sold: those near, or no more than the programme's. */
static double round_to(struct bench *bench, const struct split_lp *split,
                       const struct lp_solution *solution, bool down) {
    const struct market *market = bench->search->market;
    for (int p = 0; p < market->n_pools; p++) {
        const struct pool *pool = &market->pools[p];
        if (split->amount_column[p] < 0)
            continue;
        double exact = solution->primal[split->amount_column[p]];
        bench->amount[p] = down ? fmax(0, floor(exact / pool->step + 1e-6) * pool->step)
                                : commitment_enough(market, pool, exact);
    }
    return bench_price(bench);
}

/* Nearest amounts that are sold; rounded down where nearest breaks a limit. */
static double round_amounts(struct bench *bench, const struct split_lp *split,
                            const struct lp_solution *solution) {
    double nearest = round_to(bench, split, solution, false);
    if (isfinite(nearest) && bench->search->market->n_couplings == 0)
        return nearest;
    double down = round_to(bench, split, solution, true);
    return nearest < down ? round_to(bench, split, solution, false) : down;
}

static bool from_programme(struct arena *arena, const struct commitment_search *search,
                           double *amount, double *cost, struct err *err) {
    struct bench bench;
    bench_open(arena, search, amount, &bench);
    struct split_lp split;
    split_build(arena, search, bench.list_usd, &split);
    struct lp_solution solution;
    if (!lp_solve(arena, &split.lp, &solution, err))
        return false;
    if (solution.status == LP_INFEASIBLE && search->market->n_couplings > 0)
        return true; /* no commitments keep the rows with this fleet */
    if (solution.status != LP_OPTIMAL)
        return err_set(err, ERR_BUG, "the commitment programme has no optimum (status %d)",
                       (int)solution.status);
    double found = round_amounts(&bench, &split, &solution);
    if (isfinite(found))
        improve(arena, &bench, &found);
    if (better(found, *cost)) {
        *cost = found;
        memcpy(amount, bench.amount, (size_t)search->market->n_pools * sizeof *amount);
    }
    return true;
}

/* What is bought is told, all of it. */
static bool is_decided(const struct market *market) {
    return market->n_pools > market->n_owned && market->pools[market->n_owned].fixed;
}

bool commitment_best(struct arena *arena, const struct commitment_search *search, bool exact,
                     double *amount, double *cost, struct err *err) {
    const struct market *market = search->market;
    struct bench bench;
    bench_open(arena, search, amount, &bench);
    *cost = bench_price(&bench);
    if (is_decided(market))
        return true;
    if (!isfinite(*cost)) { /* a limit that held for another fleet: start from nothing */
        for (int p = market->n_owned; p < market->n_pools; p++)
            bench.amount[p] = 0;
        *cost = bench_price(&bench);
    }
    improve(arena, &bench, cost);
    if (market->n_pools > 0)
        memcpy(amount, bench.amount, (size_t)market->n_pools * sizeof *amount);
    if (!exact || market->n_pools == market->n_owned || is_enough(market, *cost))
        return true;
    return from_programme(arena, search, amount, cost, err);
}
