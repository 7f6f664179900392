/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/hourly_lp.h"

#include <math.h>

#include "solver/hourly_ways.h"

/* --- rows and columns --- */

static const char *way_name(const struct hourly_lp *hourly, const struct way *way) {
    const struct market *market = hourly->market;
    if (way->kind == WAY_REFUND)
        return market_pool_name(hourly->lp.arena, market, &market->pools[way->reservation]);
    const struct machine *machine = way->machine >= 0 ? &market->machines[way->machine] : NULL;
    int c = machine ? machine->candidate : market->uses[way->use].candidate;
    const char *name = market->in->candidates[c].name;
    return machine && machine->zone >= 0
               ? arena_printf(hourly->lp.arena, "%s %s", name, market_zone_name(market, machine))
               : name;
}

/* What covering the peak of a workload alone would take of a pool; 0: it covers nothing. */
static double pool_size(const struct market *market, const struct pool *pool) {
    double size = 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        size =
            fmax(size, pool->use[machine->good] * market->peak[machine->workload] / machine->rate);
    }
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].good >= 0)
            size = fmax(size,
                        pool->use[market->uses[u].good] * market->peak[market->uses[u].workload]);
    return size;
}

static void add_amounts(struct arena *arena, struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    hourly->amount_column = arena_new(arena, int, market->n_pools);
    for (int p = 0; p < market->n_pools; p++) {
        const struct pool *pool = &market->pools[p];
        hourly->amount_column[p] = -1;
        if (pool->owned || hourly->pool_dropped[p])
            continue;
        hourly->amount_column[p] =
            lp_add_column(&hourly->lp, pool->rate * pool->held, pool->fixed ? pool->amount : 0,
                          pool->fixed ? pool->amount : INFINITY, "commit.%d_%s", p,
                          market_pool_name(arena, market, pool));
        double size = pool_size(market, pool);
        if (size > 0)
            lp_expect_size(&hourly->lp, hourly->amount_column[p], size);
    }
    double fixed = 0;
    for (int s = 0; s < market->n_slots; s++)
        fixed += market->share[s] * market->fixed_usd[s];
    hourly->fixed_column = lp_add_column(&hourly->lp, fixed, 1, 1, "fixed");
}

static void add_upfront(struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    double limit = market->in->policy.upfront_usd_max;
    hourly->upfront_row = -1;
    if (limit < 0 || (hourly->rows && hourly->rows->upfront))
        return;
    /* In thousands of dollars, so that a year of one instance is a coefficient near 1. */
    hourly->upfront_row = lp_add_row(&hourly->lp, -INFINITY, limit / 1000, "upfront_kusd");
    for (int p = market->n_owned; p < market->n_pools; p++)
        if (hourly->amount_column[p] >= 0)
            lp_set(&hourly->lp, hourly->upfront_row, hourly->amount_column[p],
                   market->pools[p].upfront_usd / 1000);
}

static double way_upper(const struct hourly_lp *hourly, const struct way *way) {
    if (way->kind != WAY_USE)
        return INFINITY;
    double cap = hourly->market->uses[way->use].rate_max / hourly->unit[way->workload];
    return hourly->rows && hourly->rows->uses[way->use] ? INFINITY : cap;
}

static void add_slot_columns(struct hourly_lp *hourly, int slot) {
    static const char *const words[] = {"on_demand", "spot", "covered", "use", "refund"};
    const struct market *market = hourly->market;
    int n_workloads = market->in->demand->n_workloads;
    for (int j = 0; j < hourly->n_ways; j++) {
        const struct way *way = &hourly->ways[j];
        int *column = &hourly->way_column[slot * hourly->n_ways + j];
        *column = -1;
        if (!hourly_lp_way_in_slot(market, way, slot))
            continue;
        double cost = hourly->relaxation == RELAX_NOTHING
                          ? market->share[slot] * hourly_lp_way_price(market, way, slot)
                          : 0;
        const char *word = words[way->kind];
        int hour = market->hour_of_slot[slot];
        if (way->kind == WAY_REFUND) {
            *column = lp_add_column(&hourly->lp, cost, 0, INFINITY, "%s_%d.%d_%s.h%03d", word,
                                    way->pool, j, way_name(hourly, way), hour);
            continue;
        }
        const char *workload = market->in->workload_names[way->workload];
        double upper = way_upper(hourly, way);
        *column = way->kind == WAY_POOL
                      ? lp_add_column(&hourly->lp, cost, 0, upper, "%s_%d.%s.%d_%s.h%03d", word,
                                      way->pool, workload, j, way_name(hourly, way), hour)
                      : lp_add_column(&hourly->lp, cost, 0, upper, "%s.%s.%d_%s.h%03d", word,
                                      workload, j, way_name(hourly, way), hour);
        lp_expect_size(&hourly->lp, *column, market_need(market, way->workload, slot) / way->rate);
    }
    for (int w = 0; w < n_workloads && hourly->relaxation == RELAX_DEMAND; w++) {
        double demand = market_need(market, w, slot);
        int *column = &hourly->missing_column[slot * n_workloads + w];
        *column = demand <= 0
                      ? -1
                      : lp_add_column(&hourly->lp, hourly->unit[w] / market->peak[w], 0, INFINITY,
                                      "missing.%s.h%03d", market->in->workload_names[w],
                                      market->hour_of_slot[slot]);
        if (*column >= 0)
            lp_expect_size(&hourly->lp, *column, demand / hourly->unit[w]);
    }
}

/* What spot of one zone may carry. */
static void add_zone_rows(struct hourly_lp *hourly, int slot, int workload) {
    const struct market *market = hourly->market;
    double unit = hourly->unit[workload], need = market_need(market, workload, slot) / unit;
    for (int z = 0; market_limits_zones(market) && z < market->in->spot->n_zones; z++) {
        int row = -1;
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[slot * hourly->n_ways + j];
            double rate = way->workload == workload ? hourly_lp_rate_in_zone(market, way, z) : 0;
            if (column < 0 || rate <= 0)
                continue;
            if (row < 0)
                row = lp_add_row(&hourly->lp, -INFINITY,
                                 market->in->policy.spot_zone_share_max * need, "spot.%s.%s.h%03d",
                                 market->in->workload_names[workload], market->in->spot->zones[z],
                                 market->hour_of_slot[slot]);
            lp_set(&hourly->lp, row, column, rate / unit);
        }
    }
}

static void add_demand_rows(struct hourly_lp *hourly, int slot) {
    const struct market *market = hourly->market;
    int n_workloads = market->in->demand->n_workloads, hour = market->hour_of_slot[slot];
    for (int w = 0; w < n_workloads; w++) {
        double demand = market_need(market, w, slot) / hourly->unit[w];
        if (demand <= 0)
            continue;
        const char *name = market->in->workload_names[w];
        int row = lp_add_row(&hourly->lp, demand, INFINITY, "demand.%s.h%03d", name, hour);
        bool capped = market->spot_share < 1 && !(hourly->rows && hourly->rows->spot);
        int spot_row = -1;
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[slot * hourly->n_ways + j];
            if (column < 0 || way->workload != w)
                continue;
            double rate = way->rate / hourly->unit[w];
            lp_set(&hourly->lp, row, column, rate);
            if (way->kind != WAY_SPOT || !capped)
                continue;
            if (spot_row < 0)
                spot_row = lp_add_row(&hourly->lp, -INFINITY, market->spot_share * demand,
                                      "spot.%s.h%03d", name, hour);
            lp_set(&hourly->lp, spot_row, column, rate);
        }
        if (hourly->relaxation == RELAX_DEMAND)
            lp_set(&hourly->lp, row, hourly->missing_column[slot * n_workloads + w], 1);
        if (capped)
            add_zone_rows(hourly, slot, w);
    }
}

static double held_anyway(const struct market *market, int pool, int slot) {
    return market->pools[pool].owned
               ? market->pools[pool].amount * market->open[slot * market->n_pools + pool]
               : 0;
}

static void add_pool_rows(struct hourly_lp *hourly, int slot) {
    const struct market *market = hourly->market;
    for (int p = 0; p < market->n_pools; p++) {
        int *row = &hourly->pool_row[slot * market->n_pools + p];
        *row = -1;
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[slot * hourly->n_ways + j];
            if (column < 0 || way->pool != p)
                continue;
            if (*row < 0) {
                *row = lp_add_row(&hourly->lp, -INFINITY, held_anyway(market, p, slot),
                                  "pool.%d.h%03d", p, market->hour_of_slot[slot]);
                if (hourly->amount_column[p] >= 0)
                    lp_set(&hourly->lp, *row, hourly->amount_column[p], -1);
            }
            lp_set(&hourly->lp, *row, column, hourly_lp_draw(market, way));
        }
    }
}

/* An hour of a reservation is covered once. */
static void add_refund_rows(struct hourly_lp *hourly, int slot) {
    const struct market *market = hourly->market;
    for (int r = 0; r < market->n_pools; r++) {
        int row = -1;
        for (int j = 0; j < hourly->n_ways; j++) {
            int column = hourly->way_column[slot * hourly->n_ways + j];
            if (column < 0 || hourly->ways[j].reservation != r)
                continue;
            if (row < 0) {
                row = lp_add_row(&hourly->lp, -INFINITY, held_anyway(market, r, slot),
                                 "reservation.%d.h%03d", r, market->hour_of_slot[slot]);
                if (hourly->amount_column[r] >= 0)
                    lp_set(&hourly->lp, row, hourly->amount_column[r], -1);
            }
            lp_set(&hourly->lp, row, column, 1);
        }
    }
}

static bool limit_is_used(const struct market *market, int limit) {
    for (int m = 0; m < market->n_machines; m++)
        if (market->machines[m].limit_regular == limit || market->machines[m].limit_spot == limit ||
            market->goods[market->machines[m].good].supply == limit)
            return true;
    return false;
}

static int add_limit_row(struct hourly_lp *hourly, const struct limit *limit, double scale,
                         int slot) {
    const struct plan_input *in = hourly->market->in;
    int hour = hourly->market->hour_of_slot[slot];
    if (limit->supply >= 0)
        return lp_add_row(&hourly->lp, -INFINITY, limit->vcpu / scale, "supply.%s.%s.h%03d",
                          in->offers[in->supply[limit->supply].offer].sku, limit->region, hour);
    const struct plan_quota *quota = &in->quotas[limit->quota];
    return lp_add_row(&hourly->lp, -INFINITY, limit->vcpu / scale, "quota.%s%s.%s.h%03d",
                      quota->group, quota->spot ? ".spot" : "", limit->region, hour);
}

static void add_limit_rows(struct hourly_lp *hourly, int slot) {
    const struct market *market = hourly->market;
    for (int l = 0; l < market->n_limits; l++) {
        if (!limit_is_used(market, l))
            continue;
        const struct limit *limit = &market->limits[l];
        double scale = fmax(limit->vcpu, 1);
        int row = add_limit_row(hourly, limit, scale, slot);
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[slot * hourly->n_ways + j];
            double draw = hourly_lp_limit_draw(market, way, l);
            if (column >= 0 && draw > 0)
                lp_set(&hourly->lp, row, column, draw / scale);
        }
        if (hourly->rows && hourly->limit_extra[l] >= 0)
            lp_set(&hourly->lp, row, hourly->limit_extra[l], -1 / scale);
    }
}

/* A cap is a bound of its column, and a row where there are several: the use itself and those that
 * pools cover. */
static void add_cap_rows(struct hourly_lp *hourly, int slot) {
    const struct market *market = hourly->market;
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        int extra = hourly->rows ? hourly->use_extra[u] : -1;
        if (extra < 0 && (use->good < 0 || isinf(use->rate_max)))
            continue;
        double unit = hourly->unit[use->workload];
        int row = -1;
        for (int j = 0; j < hourly->n_ways; j++) {
            int column = hourly->way_column[slot * hourly->n_ways + j];
            if (column < 0 || hourly->ways[j].use != u)
                continue;
            if (row < 0)
                row = lp_add_row(&hourly->lp, -INFINITY, use->rate_max / unit, "use_cap.%d.h%03d",
                                 u, market->hour_of_slot[slot]);
            lp_set(&hourly->lp, row, column, 1);
        }
        if (extra >= 0 && row >= 0)
            lp_set(&hourly->lp, row, extra, -1 / unit);
    }
}

static void add_coverage(struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    hourly->coverage_row = -1;
    if (market->in->policy.coverage_max >= 1 || market->n_pools == market->n_owned ||
        (hourly->rows && hourly->rows->coverage))
        return;
    hourly->coverage_row = lp_add_row(&hourly->lp, -INFINITY, 0, "coverage");
    for (int s = 0; s < market->n_slots; s++)
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[s * hourly->n_ways + j];
            if (column >= 0)
                lp_set(&hourly->lp, hourly->coverage_row, column,
                       market->share[s] * hourly_lp_coverage_per_request(market, way) * way->rate);
        }
}

/* Scaled by the limit, so that the row is near 1. */
static void add_couplings(struct arena *arena, struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    hourly->coupling_row = arena_new(arena, int, market->n_couplings);
    bool wanted = hourly->relaxation == RELAX_NOTHING || hourly->relaxation == RELAX_COUPLING;
    for (int c = 0; c < market->n_couplings && wanted; c++) {
        const struct coupling *coupling = &market->couplings[c];
        double scale = coupling_scale(coupling);
        int row = lp_add_row(&hourly->lp, -INFINITY, (coupling->limit - coupling->fixed) / scale,
                             "coupling.%d", c);
        hourly->coupling_row[c] = row;
        for (int p = market->n_owned; p < market->n_pools; p++)
            if (hourly->amount_column[p] >= 0)
                lp_set(&hourly->lp, row, hourly->amount_column[p], coupling->per_unit[p] / scale);
        for (int s = 0; s < market->n_slots; s++)
            for (int j = 0; j < hourly->n_ways; j++) {
                const struct way *way = &hourly->ways[j];
                int column = hourly->way_column[s * hourly->n_ways + j];
                if (column >= 0)
                    lp_set(&hourly->lp, row, column,
                           coupling->hours[s] *
                               hourly_lp_coupling_weight(market, coupling, way, s) / scale);
            }
        if (hourly->relaxation == RELAX_COUPLING &&
            coupling_shares_limit(&market->couplings[hourly->relaxed], coupling))
            lp_set(&hourly->lp, row, hourly->extra_column, -1 / scale);
    }
}

/* A column for each row of the set, at its growth. */
static void add_extras(struct arena *arena, struct hourly_lp *out) {
    const struct market *market = out->market;
    out->limit_extra = arena_new(arena, int, market->n_limits);
    out->use_extra = arena_new(arena, int, market->n_uses);
    for (int l = 0; l < market->n_limits; l++)
        out->limit_extra[l] = out->rows->limits[l]
                                  ? lp_add_column(&out->lp, 1 / fmax(market->limits[l].vcpu, 1), 0,
                                                  INFINITY, "extra_quota.%d", l)
                                  : -1;
    for (int u = 0; u < market->n_uses; u++)
        out->use_extra[u] = out->rows->uses[u]
                                ? lp_add_column(&out->lp, 1 / fmax(market->uses[u].rate_max, 1e-9),
                                                0, INFINITY, "extra_use.%d", u)
                                : -1;
}

static void build(struct arena *arena, struct hourly_lp *out) {
    const struct market *market = out->market;
    enum relaxation relaxation = out->relaxation;
    lp_open(&out->lp, arena, "headroom plan, USD per hour");
    /* Costs are means over slots: back to the size of one slot's dollars, where the solver's
     * absolute tolerance on reduced costs means what it says. */
    out->lp.cost_scale = relaxation == RELAX_NOTHING ? market->n_slots : 1;
    int n_workloads = market->in->demand->n_workloads;
    hourly_lp_open_ways(arena, out);
    add_amounts(arena, out);
    if (relaxation != RELAX_NOTHING)
        for (int j = 0; j < out->lp.n_columns; j++)
            out->lp.columns[j].cost = 0;
    if (relaxation == RELAX_COUPLING)
        out->extra_column = lp_add_column(&out->lp, 1, 0, INFINITY, "extra");
    if (out->rows)
        add_extras(arena, out);
    out->way_column = arena_new(arena, int, market->n_slots * out->n_ways);
    out->pool_row = arena_new(arena, int, market->n_slots * market->n_pools);
    out->missing_column = arena_new(arena, int, market->n_slots *n_workloads);
    add_upfront(out);
    for (int s = 0; s < market->n_slots; s++) {
        add_slot_columns(out, s);
        add_demand_rows(out, s);
        add_pool_rows(out, s);
        add_refund_rows(out, s);
        add_limit_rows(out, s);
        add_cap_rows(out, s);
    }
    add_coverage(out);
    add_couplings(arena, out);
}

void hourly_lp_build(struct arena *arena, const struct market *market, enum relaxation relaxation,
                     int relaxed, struct hourly_lp *out) {
    *out = (struct hourly_lp){
        .market = market, .relaxation = relaxation, .relaxed = relaxed, .extra_column = -1};
    build(arena, out);
}

void hourly_lp_build_elastic(struct arena *arena, const struct market *market,
                             const struct relaxed_rows *rows, struct hourly_lp *out) {
    *out = (struct hourly_lp){
        .market = market, .relaxation = RELAX_ROWS, .rows = rows, .extra_column = -1};
    build(arena, out);
}

void hourly_lp_hours(const struct hourly_lp *hourly, const struct lp_solution *solution,
                     double *hour_usd) {
    const struct market *market = hourly->market;
    for (int h = 0; h < market->in->demand->n_hours; h++) {
        int slot = market->slot_of_hour[h];
        double usd = market->fixed_usd[slot];
        for (int p = 0; p < market->n_pools; p++)
            if (hourly->amount_column[p] >= 0 && market->open[slot * market->n_pools + p] > 0)
                usd += market->pools[p].rate * solution->primal[hourly->amount_column[p]];
        for (int j = 0; j < hourly->n_ways; j++) {
            int column = hourly->way_column[slot * hourly->n_ways + j];
            if (column >= 0)
                usd +=
                    hourly_lp_way_price(market, &hourly->ways[j], slot) * solution->primal[column];
        }
        hour_usd[h] = usd;
    }
}

/* --- limits as they are needed --- */

struct needed {
    bool *limits; /* [n_limits] */
    bool coverage, upfront;
};

/* The market with only the needed limits. */
static const struct market *without_limits(struct arena *arena, const struct market *market,
                                           const struct needed *needed) {
    struct market *out = arena_new(arena, struct market, 1);
    struct plan_input *in = arena_new(arena, struct plan_input, 1);
    *out = *market;
    *in = *market->in;
    out->in = in;
    if (!needed->coverage)
        in->policy.coverage_max = 1;
    if (!needed->upfront)
        in->policy.upfront_usd_max = -1;
    out->goods = arena_new(arena, struct good, market->n_goods);
    for (int g = 0; g < market->n_goods; g++) {
        out->goods[g] = market->goods[g];
        if (out->goods[g].supply >= 0 && !needed->limits[out->goods[g].supply])
            out->goods[g].supply = -1;
    }
    out->machines = arena_new(arena, struct machine, market->n_machines);
    for (int m = 0; m < market->n_machines; m++) {
        struct machine *machine = &out->machines[m];
        *machine = market->machines[m];
        if (machine->limit_regular >= 0 && !needed->limits[machine->limit_regular])
            machine->limit_regular = -1;
        if (machine->limit_spot >= 0 && !needed->limits[machine->limit_spot])
            machine->limit_spot = -1;
    }
    return out;
}

/* Marks what the solution breaks; false: nothing. */
static bool find_broken(struct arena *arena, const struct market *market,
                        const struct hourly_lp *hourly, const struct lp_solution *solution,
                        struct needed *needed) {
    const struct plan_policy *policy = &market->in->policy;
    double upfront = 0, covered = 0, scale = 1;
    bool broken = false;
    double *vcpu = arena_new(arena, double, market->n_limits);
    for (int p = 0; p < market->n_pools; p++)
        if (hourly->amount_column[p] >= 0)
            upfront += market->pools[p].upfront_usd * solution->primal[hourly->amount_column[p]];
    for (int s = 0; s < market->n_slots; s++) {
        for (int l = 0; l < market->n_limits; l++)
            vcpu[l] = 0;
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[s * hourly->n_ways + j];
            if (column < 0)
                continue;
            double x = solution->primal[column];
            double weight =
                market->share[s] * hourly_lp_coverage_per_request(market, way) * way->rate * x;
            covered += weight;
            scale += fabs(weight);
            for (int l = 0; l < market->n_limits; l++)
                vcpu[l] += hourly_lp_limit_draw(market, way, l) * x;
        }
        for (int l = 0; l < market->n_limits; l++)
            if (!needed->limits[l] && vcpu[l] > market->limits[l].vcpu * (1 + 1e-9) + 1e-9)
                broken = needed->limits[l] = true;
    }
    if (!needed->upfront && policy->upfront_usd_max >= 0 &&
        upfront > policy->upfront_usd_max * (1 + 1e-9) + 1e-6)
        broken = needed->upfront = true;
    if (!needed->coverage && policy->coverage_max < 1 && covered > 1e-9 * scale)
        broken = needed->coverage = true;
    return broken;
}

bool hourly_lp_solve_full(struct arena *arena, const struct market *market, struct hourly_lp *out,
                          struct lp_solution *solution, struct err *err) {
    struct needed needed = {.limits = arena_new(arena, bool, market->n_limits)};
    do {
        const struct market *open = without_limits(arena, market, &needed);
        hourly_lp_build(arena, open, RELAX_NOTHING, 0, out);
        if (!lp_solve(arena, &out->lp, solution, err))
            return false;
        if (solution->status == LP_UNBOUNDED)
            return err_set(err, ERR_BUG, "the plan's programme is unbounded");
    } while (solution->status == LP_OPTIMAL && find_broken(arena, market, out, solution, &needed));
    return true;
}

double hourly_lp_coupling_price(const struct hourly_lp *hourly, const struct lp_solution *solution,
                                int coupling) {
    double scale = coupling_scale(&hourly->market->couplings[coupling]);
    return fmax(0, -solution->dual[hourly->coupling_row[coupling]] / scale);
}
