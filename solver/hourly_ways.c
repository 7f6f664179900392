/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways of the programme, and which of them and of the pools another one beats. */
#include "solver/hourly_ways.h"

#include <math.h>

/* --- pools that another one beats --- */

/* Running on `better` instead of `worse` draws no more from any quota, per request. */
static bool quota_allows(const struct market *market, int better, int worse) {
    const struct machine *b = &market->machines[better], *w = &market->machines[worse];
    return b->limit_regular < 0 ||
           (b->limit_regular == w->limit_regular && b->vcpu * w->rate <= w->vcpu * b->rate);
}

/* The same of what can be had on demand; `by` and `of` pay (-1: nothing held does). */
static bool supply_allows(const struct market *market, int better, int by, int worse, int of) {
    int supply = market_supply_of(market, better, by);
    return supply < 0 || (supply == market_supply_of(market, worse, of) &&
                          market->machines[worse].rate <= market->machines[better].rate);
}

static double list_usd(const struct market *market, int machine) {
    return market->goods[market->machines[machine].good].on_demand_usd;
}

/* With what its answers cost on their way out. */
static double on_demand_usd(const struct market *market, int machine) {
    return list_usd(market, machine) + market->machines[machine].way_out_usd;
}

/* Instance hours of machine m covered by pool q could as well be hours of `other` covered by p. */
static bool covers_as_well(const struct market *market, int p, int other, int q, int m) {
    const struct pool *by = &market->pools[p], *of = &market->pools[q];
    const struct machine *a = &market->machines[other], *b = &market->machines[m];
    double use_a = by->use[a->good], use_b = of->use[b->good];
    const struct plan_policy *policy = &market->in->policy;
    if (by->from_day != of->from_day || by->to_day != of->to_day)
        return false;
    if (use_a <= 0 || !a->regular || a->workload != b->workload ||
        !quota_allows(market, other, m) || !supply_allows(market, other, p, m, q))
        return false;
    if (by->rate * use_a * b->rate > of->rate * use_b * a->rate ||
        a->extra_usd * b->rate > b->extra_usd * a->rate ||
        a->way_out_usd * b->rate > b->way_out_usd * a->rate)
        return false;
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *coupling = &market->couplings[c];
        if (coupling->per_unit[p] * use_a * b->rate > coupling->per_unit[q] * use_b * a->rate ||
            coupling_of_instance(coupling, other, a->way_out_usd) * b->rate >
                coupling_of_instance(coupling, m, b->way_out_usd) * a->rate)
            return false;
    }
    if (policy->upfront_usd_max >= 0 &&
        by->upfront_usd * use_a * b->rate > of->upfront_usd * use_b * a->rate)
        return false;
    return policy->coverage_max >= 1 ||
           list_usd(market, other) * b->rate <= list_usd(market, m) * a->rate;
}

/* Whole reserved instances of p come to what any whole number of q does: p's size divides q's. */
static bool is_as_fine(const struct pool *p, const struct pool *q, int good) {
    double sizes = p->use[good] / q->use[good];
    return !p->reserved || !q->reserved || fabs(sizes - round(sizes)) < 1e-9;
}

/* The same of a function's duration. */
static bool covers_use_as_well(const struct market *market, int p, int q, int good) {
    const struct pool *by = &market->pools[p], *of = &market->pools[q];
    double use_a = by->use[good], use_b = of->use[good];
    if (by->from_day != of->from_day || by->to_day != of->to_day || use_a <= 0 ||
        by->rate * use_a > of->rate * use_b)
        return false;
    for (int c = 0; c < market->n_couplings; c++)
        if (market->couplings[c].per_unit[p] * use_a > market->couplings[c].per_unit[q] * use_b)
            return false;
    return market->in->policy.upfront_usd_max < 0 ||
           by->upfront_usd * use_a <= of->upfront_usd * use_b;
}

/* The hours of each reservation that q may cover p covers as well. */
static bool refunds_as_well(const struct market *market, int p, int q) {
    for (int r = 0; r < market->n_pools; r++)
        if (market_refunds(market, q, r) &&
            (!market_refunds(market, p, r) ||
             !covers_use_as_well(market, p, q, market->pools[r].good)))
            return false;
    return true;
}

static bool pool_dominates(const struct market *market, int p, int q, bool across_types) {
    if (!refunds_as_well(market, p, q))
        return false;
    if (market->pools[q].refunds) /* what covers it may be cheaper than what else there is */
        return market->pools[p].refunds && market->pools[p].good == market->pools[q].good &&
               market->pools[p].refund_usd == market->pools[q].refund_usd &&
               covers_use_as_well(market, p, q, market->pools[q].good);
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (!machine->regular || market->pools[q].use[machine->good] <= 0)
            continue;
        bool found =
            covers_as_well(market, p, m, q, m) &&
            (across_types || is_as_fine(&market->pools[p], &market->pools[q], machine->good));
        for (int other = 0; across_types && !found && other < market->n_machines; other++)
            found = covers_as_well(market, p, other, q, m);
        if (!found)
            return false;
    }
    for (int u = 0; u < market->n_uses; u++) {
        int good = market->uses[u].good;
        if (good >= 0 && market->pools[q].use[good] > 0 && !covers_use_as_well(market, p, q, good))
            return false;
    }
    return true;
}

/* Every hour it could cover costs no more without a commitment. */
static bool pool_is_useless(const struct market *market, int q, bool across_types) {
    const struct pool *pool = &market->pools[q];
    if (!market->in->allow_on_demand || market->n_couplings > 0)
        return false;
    for (int r = 0; r < market->n_pools; r++)
        if (market_refunds(market, q, r) &&
            market->pools[r].refund_usd > pool->rate * pool->use[market->pools[r].good])
            return false;
    across_types = across_types && !pool->refunds; /* what covers it may be cheaper than those */
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        double use = pool->use[machine->good];
        if (!machine->regular || use <= 0)
            continue;
        double committed = pool->rate * use + machine->way_out_usd; /* per instance hour */
        bool found = on_demand_usd(market, m) <= committed && supply_allows(market, m, -1, m, q);
        for (int o = 0; across_types && !found && o < market->n_machines; o++)
            found =
                market->machines[o].workload == machine->workload && quota_allows(market, o, m) &&
                supply_allows(market, o, -1, m, q) &&
                market->machines[o].extra_usd * machine->rate <=
                    machine->extra_usd * market->machines[o].rate &&
                on_demand_usd(market, o) * machine->rate <= committed * market->machines[o].rate;
        for (int u = 0; across_types && !found && u < market->n_uses; u++)
            found = market->uses[u].workload == machine->workload &&
                    isinf(market->uses[u].rate_max) &&
                    3600 * market->uses[u].usd_per_request * machine->rate <= committed;
        if (!found)
            return false;
    }
    for (int u = 0; u < market->n_uses; u++) {
        int good = market->uses[u].good;
        if (good >= 0 && pool->use[good] > 0 &&
            market->goods[good].on_demand_usd > pool->rate * pool->use[good])
            return false;
    }
    return true;
}

void pools_drop_dominated(const struct market *market, bool across_types, bool *dropped) {
    const struct pool *pools = market->pools;
    for (int q = market->n_owned; q < market->n_pools; q++)
        dropped[q] = !pools[q].fixed && pool_is_useless(market, q, across_types);
    for (int q = market->n_owned; q < market->n_pools; q++)
        for (int p = market->n_owned; p < market->n_pools && !dropped[q] && !pools[q].fixed; p++)
            if (p != q && !dropped[p] && !pools[p].fixed &&
                pool_dominates(market, p, q, across_types) &&
                (p < q || !pool_dominates(market, q, p, across_types)))
                dropped[q] = true;
}

/* --- what a unit of a way takes, costs and counts --- */

static int limit_of(const struct market *market, const struct way *way) {
    if (way->machine < 0)
        return -1;
    const struct machine *machine = &market->machines[way->machine];
    return way->kind == WAY_SPOT ? machine->limit_spot : machine->limit_regular;
}

int hourly_lp_supply(const struct market *market, const struct way *way) {
    return way->machine < 0 || way->kind == WAY_SPOT
               ? -1
               : market_supply_of(market, way->machine, way->pool);
}

double hourly_lp_limit_draw(const struct market *market, const struct way *way, int limit) {
    if (limit_of(market, way) == limit)
        return market->machines[way->machine].vcpu;
    return hourly_lp_supply(market, way) == limit ? 1 : 0;
}

/* The good that a unit of the way takes one of, or way->rate of a use; -1: none. */
static int good_of_way(const struct market *market, const struct way *way) {
    if (way->kind == WAY_REFUND)
        return market->pools[way->reservation].good;
    return way->machine >= 0 ? market->machines[way->machine].good : market->uses[way->use].good;
}

static double goods_of_way(const struct way *way) {
    return way->machine >= 0 || way->kind == WAY_REFUND ? 1 : way->rate;
}

double hourly_lp_draw(const struct market *market, const struct way *way) {
    return market->pools[way->pool].use[good_of_way(market, way)] * goods_of_way(way);
}

double hourly_lp_coverage_per_request(const struct market *market, const struct way *way) {
    int good = good_of_way(market, way);
    if (way->kind == WAY_SPOT || good < 0)
        return 0;
    double kappa = market->in->policy.coverage_max;
    bool bought = way->pool >= 0 && !market->pools[way->pool].owned;
    double list = market->goods[good].on_demand_usd * goods_of_way(way);
    if (way->kind == WAY_REFUND) /* of hours that are counted where they run, if they do */
        return bought ? list : 0;
    return (bought ? 1 - kappa : -kappa) * list / way->rate;
}

/* Where the row is of some workloads, what runs in a reservation counts at its rate: they may have
 * all that commitments save on it. */
static double refund_weight(const struct market *market, const struct coupling *coupling,
                            const struct way *way) {
    const struct pool *pool = &market->pools[way->pool];
    if (coupling->carbon)
        return 0;
    if (coupling->counts == NULL)
        return way->cost;
    for (int m = 0; m < market->n_machines; m++)
        if (market->pools[way->reservation].use[market->machines[m].good] > 0 &&
            coupling_counts(coupling, market->machines[m].workload))
            return fmin(0, way->cost + pool->rate * hourly_lp_draw(market, way));
    return 0;
}

/* Per request, in a row over many hours, at this cost of a unit. */
static double coupling_weight(const struct market *market, const struct coupling *coupling,
                              const struct way *way, double cost) {
    if (way->kind == WAY_REFUND)
        return refund_weight(market, coupling, way);
    if (!coupling_counts(coupling, way->workload))
        return 0;
    if (coupling->counts != NULL && way->pool >= 0)
        cost += market->pools[way->pool].rate * hourly_lp_draw(market, way);
    return way->machine < 0 ? coupling_of_use(coupling, cost / way->rate)
                            : coupling_of_instance(coupling, way->machine, cost) / way->rate;
}

static double cost_in(const struct market *market, const struct way *way, int slot) {
    return way->kind == WAY_SPOT
               ? way->cost * market_spot_price(market, &market->machines[way->machine], slot)
               : way->cost;
}

double hourly_lp_way_price(const struct market *market, const struct way *way, int slot) {
    return cost_in(market, way, slot) + way->extra;
}

bool hourly_lp_way_open(const struct market *market, const struct way *way, int slot) {
    return way->kind != WAY_SPOT ||
           market_spot_runs(market, &market->machines[way->machine], slot) > 0;
}

bool hourly_lp_way_in_slot(const struct market *market, const struct way *way, int slot) {
    const double *open = &market->open[slot * market->n_pools];
    if (way->pool >= 0 && open[way->pool] <= 0)
        return false;
    if (way->kind == WAY_REFUND)
        return open[way->reservation] > 0;
    return market_need(market, way->workload, slot) > 0 && hourly_lp_way_open(market, way, slot);
}

double hourly_lp_rate_in_zone(const struct market *market, const struct way *way, int zone) {
    return way->kind != WAY_SPOT
               ? 0
               : way->rate / market->keep *
                     market_part_in_zone(market, &market->machines[way->machine], zone);
}

double hourly_lp_coverage_weight(const struct market *market, const struct way *way) {
    return hourly_lp_coverage_per_request(market, way) * way->rate;
}

double hourly_lp_coupling_weight(const struct market *market, const struct coupling *coupling,
                                 const struct way *way, int slot) {
    return coupling_weight(market, coupling, way, cost_in(market, way, slot)) * way->rate;
}

/* --- ways that another one beats --- */

/* Over all slots; INFINITY where the way is closed in one. */
static double dearest(const struct market *market, const struct way *way) {
    if (way->kind != WAY_SPOT ||
        (!market->machines[way->machine].spot_price && !market->machines[way->machine].spot_runs))
        return way->cost;
    double most = 0;
    for (int s = 0; s < market->n_slots; s++)
        most = hourly_lp_way_open(market, way, s) ? fmax(most, cost_in(market, way, s)) : INFINITY;
    return most;
}

static double cheapest(const struct market *market, const struct way *way) {
    return way->kind == WAY_SPOT ? way->cost * market->machines[way->machine].spot_price_least
                                 : way->cost;
}

static bool way_dominates(const struct market *market, const struct way *a, const struct way *b) {
    if (a->workload != b->workload || a->kind == WAY_REFUND || b->kind == WAY_REFUND)
        return false;
    double most = dearest(market, a), least = cheapest(market, b);
    if ((most + a->extra) * b->rate > (least + b->extra) * a->rate)
        return false;
    if (a->use >= 0 && a->use != b->use && isfinite(market->uses[a->use].rate_max))
        return false;
    if (a->kind == WAY_SPOT &&
        (b->kind != WAY_SPOT || (market_limits_zones(market) && a->machine != b->machine)))
        return false;
    if (a->kind == WAY_POOL) {
        if (b->kind != WAY_POOL || a->pool != b->pool ||
            hourly_lp_draw(market, a) * b->rate > hourly_lp_draw(market, b) * a->rate)
            return false;
    }
    for (int c = 0; c < market->n_couplings; c++)
        if (coupling_weight(market, &market->couplings[c], a, most) >
            coupling_weight(market, &market->couplings[c], b, least))
            return false;
    int limit = limit_of(market, a), supply = hourly_lp_supply(market, a);
    if (supply >= 0 && (supply != hourly_lp_supply(market, b) || b->rate > a->rate))
        return false;
    if (limit >= 0 &&
        (limit != limit_of(market, b) ||
         market->machines[a->machine].vcpu * b->rate > market->machines[b->machine].vcpu * a->rate))
        return false;
    return market->in->policy.coverage_max >= 1 ||
           hourly_lp_coverage_per_request(market, a) <= hourly_lp_coverage_per_request(market, b);
}

/* In the order they were listed. */
static void forget_dropped_ways(struct hourly_lp *hourly) {
    int kept = 0;
    for (int j = 0; j < hourly->n_ways; j++)
        if (!hourly->ways[j].dropped)
            hourly->ways[kept++] = hourly->ways[j];
    hourly->n_ways = kept;
}

static void drop_dominated_ways(struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    for (int j = 0; j < hourly->n_ways; j++)
        for (int i = 0; i < hourly->n_ways && !hourly->ways[j].dropped; i++) {
            const struct way *a = &hourly->ways[i], *b = &hourly->ways[j];
            if (i != j && !a->dropped && way_dominates(market, a, b) &&
                (i < j || !way_dominates(market, b, a)))
                hourly->ways[j].dropped = true;
        }
    forget_dropped_ways(hourly);
}

/* --- the ways that there are --- */

static void add_way(struct hourly_lp *hourly, enum way_kind kind, int machine, int use, int pool,
                    double cost, double rate) {
    const struct market *market = hourly->market;
    int workload = machine >= 0 ? market->machines[machine].workload : market->uses[use].workload;
    hourly->ways[hourly->n_ways++] =
        (struct way){.kind = kind,
                     .workload = workload,
                     .machine = machine,
                     .use = use,
                     .pool = pool,
                     .reservation = -1,
                     .cost = cost,
                     .extra = machine >= 0 ? market->machines[machine].extra_usd : 0,
                     .rate = rate};
}

static void add_refunds(struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    for (int r = 0; r < market->n_pools; r++)
        for (int p = 0; p < market->n_pools && !hourly->pool_dropped[r]; p++)
            if (market_refunds(market, p, r) && !hourly->pool_dropped[p])
                hourly->ways[hourly->n_ways++] = (struct way){.kind = WAY_REFUND,
                                                              .workload = -1,
                                                              .machine = -1,
                                                              .use = -1,
                                                              .pool = p,
                                                              .reservation = r,
                                                              .cost = -market->pools[r].refund_usd,
                                                              .rate = 1};
}

static void list_ways(struct arena *arena, struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    const struct plan_input *in = market->in;
    bool on_demand = in->allow_on_demand || (hourly->rows && hourly->rows->on_demand);
    hourly->ways =
        arena_new(arena, struct way,
                  market->n_machines * (2 + market->n_pools) +
                      market->n_uses * (1 + market->n_pools) + market->n_pools * market->n_pools);
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        double left = machine->rate * market->keep;
        if (on_demand && machine->zone < 0)
            add_way(hourly, WAY_ON_DEMAND, m, -1, -1, on_demand_usd(market, m), left);
        if (machine->spot)
            add_way(hourly, WAY_SPOT, m, -1, -1, machine->spot_usd, left * machine->spot_useful);
        for (int p = 0; p < market->n_pools && machine->regular; p++)
            if (market->pools[p].use[machine->good] > 0 && !hourly->pool_dropped[p])
                add_way(hourly, WAY_POOL, m, -1, p, machine->way_out_usd, left);
    }
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        add_way(hourly, WAY_USE, -1, u, -1, 3600 * use->usd_per_request, 1);
        for (int p = 0; p < market->n_pools && use->good >= 0; p++)
            if (market->pools[p].use[use->good] > 0 && !hourly->pool_dropped[p])
                add_way(hourly, WAY_POOL, -1, u, p, 3600 * use->rest_usd_per_request, 1);
    }
    add_refunds(hourly);
}

/* A workload's rows and uses are counted in the best machine's rate, so that coefficients are near
 * 1 whatever a request is. */
static void choose_units(struct arena *arena, struct hourly_lp *hourly) {
    const struct market *market = hourly->market;
    int n_workloads = market->in->demand->n_workloads;
    hourly->unit = arena_new(arena, double, n_workloads);
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        hourly->unit[machine->workload] = fmax(hourly->unit[machine->workload], machine->rate);
    }
    for (int w = 0; w < n_workloads; w++)
        if (hourly->unit[w] == 0)
            hourly->unit[w] = market->peak[w] > 0 ? market->peak[w] : 1;
    for (int j = 0; j < hourly->n_ways; j++) {
        struct way *way = &hourly->ways[j];
        if (way->use >= 0) {
            way->cost *= hourly->unit[way->workload];
            way->rate = hourly->unit[way->workload];
        }
    }
}

void hourly_lp_open_ways(struct arena *arena, struct hourly_lp *out) {
    out->pool_dropped = arena_new(arena, bool, out->market->n_pools);
    bool drop = out->relaxation == RELAX_NOTHING;
    if (drop && !out->market->all_pools)
        pools_drop_dominated(out->market, true, out->pool_dropped);
    list_ways(arena, out);
    choose_units(arena, out);
    if (drop && !out->market->all_ways)
        drop_dominated_ways(out);
}

void hourly_lp_ways(struct arena *arena, const struct market *market, struct hourly_lp *out) {
    *out = (struct hourly_lp){.market = market, .relaxation = RELAX_NOTHING};
    hourly_lp_open_ways(arena, out);
}
