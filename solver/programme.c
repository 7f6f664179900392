/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/programme.h"

#include <math.h>
#include <string.h>

/* Slots x ways: with rows over many slots the prices of those rows have to be searched for, which
 * up to this size takes longer than the programme in one piece. */
enum { WHOLE_WAYS_MAX = 50000 };

#define MISSING_SLACK 1e-7 /* of a slot's demand */

/* --- rows --- */

static bool same_use(const struct market *market, int p, int q) {
    for (int c = 0; c < market->n_couplings; c++) /* ways in use count at the pool's rate */
        if (market->couplings[c].counts != NULL && market->pools[p].rate != market->pools[q].rate)
            return false;
    if (market->pools[p].refunds != market->pools[q].refunds ||
        market->pools[p].refund_usd != market->pools[q].refund_usd)
        return false;
    for (int r = 0; r < market->n_pools; r++)
        if (market_refunds(market, p, r) != market_refunds(market, q, r))
            return false;
    for (int g = 0; g < market->n_goods; g++)
        if (market->goods[g].supply >= 0 && market->pools[p].use[g] > 0 &&
            market->pools[p].holds != market->pools[q].holds)
            return false;
    return memcmp(market->pools[p].use, market->pools[q].use,
                  (size_t)market->n_goods * sizeof(double)) == 0;
}

/* Some slots have no spot of the machine: a row holds nothing there, and enough in the others. */
static bool closes(const struct market *market, int m) {
    const struct machine *machine = &market->machines[m];
    for (int s = 0; s < market->n_slots && machine->spot; s++)
        if (market_spot_runs(market, machine, s) <= 0)
            return true;
    return false;
}

static bool is_refunded(const struct programme *programme, int pool) {
    for (int j = 0; j < programme->hourly.n_ways; j++)
        if (programme->hourly.ways[j].reservation == pool)
            return true;
    return false;
}

/* One for each row of theirs. */
static void find_reservations(struct arena *arena, const struct market *market,
                              struct programme *out) {
    out->reservation = arena_new(arena, int, market->n_pools);
    out->row_of_reservation = arena_new(arena, int, market->n_pools);
    for (int p = 0; p < market->n_pools; p++) {
        if (!is_refunded(out, p))
            continue;
        int k = 0;
        while (k < out->n_reservations &&
               out->row_of_pool[out->reservation[k]] != out->row_of_pool[p])
            k++;
        if (k < out->n_reservations)
            continue;
        out->reservation[k] = p;
        out->row_of_reservation[k] = p < market->n_owned ? -1 : out->problem.n_rows++;
        out->n_reservations++;
    }
}

/* The one whose row a pool fills, -1. */
static int reservation_of(const struct programme *programme, int pool) {
    for (int k = 0; k < programme->n_reservations; k++)
        if (programme->row_of_pool[programme->reservation[k]] == programme->row_of_pool[pool])
            return k;
    return -1;
}

static void find_rows(struct arena *arena, const struct market *market, struct programme *out) {
    struct two_stage *problem = &out->problem;
    out->row_of_pool = arena_new(arena, int, market->n_pools);
    out->row_of_limit = arena_new(arena, int, market->n_limits);
    for (int p = 0; p < market->n_pools; p++) {
        out->row_of_pool[p] = -1;
        if (out->hourly.pool_dropped[p])
            continue;
        for (int q = market->n_owned; q < p && p >= market->n_owned; q++)
            if (out->row_of_pool[q] >= 0 && same_use(market, p, q))
                out->row_of_pool[p] = out->row_of_pool[q];
        if (out->row_of_pool[p] < 0)
            out->row_of_pool[p] = problem->n_rows++;
    }
    int n_zones = market_limits_zones(market) ? market->in->spot->n_zones : 0;
    out->row_of_zone = problem->n_rows; /* workload by workload */
    out->n_zones = n_zones;
    problem->n_rows += n_zones * market->in->demand->n_workloads;
    out->row_of_spot = arena_new(arena, int, market->n_machines);
    for (int m = 0; m < market->n_machines; m++)
        out->row_of_spot[m] = closes(market, m) ? problem->n_rows++ : -1;
    for (int l = 0; l < market->n_limits; l++)
        out->row_of_limit[l] = -1;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        const int limits[] = {machine->limit_regular, machine->limit_spot,
                              market->goods[machine->good].supply};
        for (int k = 0; k < 3; k++)
            if (limits[k] >= 0 && out->row_of_limit[limits[k]] < 0)
                out->row_of_limit[limits[k]] = problem->n_rows++;
    }
}

/* --- ways --- */

static int limit_of_way(const struct market *market, const struct way *way) {
    if (way->machine < 0)
        return -1;
    const struct machine *machine = &market->machines[way->machine];
    return way->kind == WAY_SPOT ? machine->limit_spot : machine->limit_regular;
}

/* The pool that stands for all that fill its row. */
static bool stands_for_row(const struct programme *programme, int pool) {
    for (int q = 0; q < pool; q++)
        if (programme->row_of_pool[q] == programme->row_of_pool[pool])
            return false;
    return true;
}

static void add_draw(struct two_stage *problem, struct two_stage_draw *draws,
                     struct two_stage_way *way, int row, double amount) {
    draws[problem->n_draws++] = (struct two_stage_draw){row, amount};
    way->n_draws++;
}

/* An hour of it on demand, or covered: both for what the amount pays for. */
static void add_refund(const struct market *market, struct programme *out, int k, int j,
                       struct two_stage_way *ways, struct two_stage_draw *draws) {
    struct two_stage *problem = &out->problem;
    struct two_stage_way *way = &ways[problem->n_ways];
    *way = (struct two_stage_way){
        .workload = market->in->demand->n_workloads + k, .rate = 1, .first_draw = problem->n_draws};
    out->way_of[problem->n_ways++] = j;
    if (j < 0)
        return;
    const struct way *from = &out->hourly.ways[j];
    add_draw(problem, draws, way, out->row_of_pool[from->pool], hourly_lp_draw(market, from));
    if (out->row_of_reservation[k] >= 0)
        add_draw(problem, draws, way, out->row_of_reservation[k], 1);
}

static void add_way(const struct market *market, struct programme *out, int j,
                    struct two_stage_way *ways, struct two_stage_draw *draws) {
    struct two_stage *problem = &out->problem;
    const struct way *from = &out->hourly.ways[j];
    if (from->pool >= 0 && !stands_for_row(out, from->pool))
        return;
    if (from->kind == WAY_REFUND) {
        int k = reservation_of(out, from->reservation);
        if (out->reservation[k] == from->reservation)
            add_refund(market, out, k, j, ways, draws);
        return;
    }
    struct two_stage_way *way = &ways[problem->n_ways];
    *way = (struct two_stage_way){.workload = from->workload,
                                  .spot = from->kind == WAY_SPOT,
                                  .rate = from->rate,
                                  .first_draw = problem->n_draws};
    out->way_of[problem->n_ways++] = j;
    if (from->pool >= 0)
        add_draw(problem, draws, way, out->row_of_pool[from->pool], hourly_lp_draw(market, from));
    int limit = limit_of_way(market, from);
    if (limit >= 0 && market->machines[from->machine].vcpu > 0)
        add_draw(problem, draws, way, out->row_of_limit[limit],
                 market->machines[from->machine].vcpu);
    int supply = hourly_lp_supply(market, from);
    if (supply >= 0)
        add_draw(problem, draws, way, out->row_of_limit[supply], 1);
    if (from->kind == WAY_SPOT && out->row_of_spot[from->machine] >= 0)
        add_draw(problem, draws, way, out->row_of_spot[from->machine], 1);
    for (int z = 0; z < out->n_zones; z++) {
        double rate = hourly_lp_rate_in_zone(market, from, z);
        if (rate > 0)
            add_draw(problem, draws, way, out->row_of_zone + from->workload * out->n_zones + z,
                     rate);
    }
    if (from->use >= 0 && isfinite(market->uses[from->use].rate_max)) {
        int *row = &out->row_of_use[from->use];
        *row = *row < 0 ? problem->n_rows++ : *row;
        add_draw(problem, draws, way, *row, from->rate);
    }
}

static void list_ways(struct arena *arena, const struct market *market, struct programme *out) {
    int n = out->hourly.n_ways + out->n_reservations;
    struct two_stage_way *ways = arena_new(arena, struct two_stage_way, n);
    struct two_stage_draw *draws = arena_new(arena, struct two_stage_draw, (4 + out->n_zones) * n);
    out->way_of = arena_new(arena, int, n);
    out->row_of_use = arena_new(arena, int, market->n_uses);
    for (int u = 0; u < market->n_uses; u++)
        out->row_of_use[u] = -1;
    for (int j = 0; j < out->hourly.n_ways; j++)
        add_way(market, out, j, ways, draws);
    for (int k = 0; k < out->n_reservations; k++)
        add_refund(market, out, k, -1, ways, draws);
    out->problem.ways = ways;
    out->problem.draws = draws;
}

/* --- amounts --- */

/* The most of the pool that all workloads could use at once. */
static double most_useful(struct arena *arena, const struct programme *programme,
                          const struct market *market, int pool) {
    const struct two_stage *problem = &programme->problem;
    int n_workloads = problem->n_workloads, row = programme->row_of_pool[pool];
    double most = 0, *each = arena_new(arena, double, n_workloads);
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            if (problem->draws[d].row == row)
                each[way->workload] =
                    fmax(each[way->workload], problem->draws[d].amount / way->rate);
    }
    for (int s = 0; s < market->n_slots; s++) {
        double sum = 0, open = market->open[s * market->n_pools + pool];
        for (int w = 0; w < n_workloads; w++)
            sum += each[w] * problem->demand[w * market->n_slots + s];
        if (open > 0)
            most = fmax(most, sum / open);
    }
    return most;
}

/* Hours of reservations, as many as may be of use. What is not held of them is never covered, and
 * taken off the cost again as on demand. */
static void fill_reservations(struct arena *arena, const struct market *market,
                              struct programme *out, double *demand) {
    int n = market->n_slots;
    double usd = 0;
    for (int p = 0; p < market->n_pools; p++) {
        const struct pool *pool = &market->pools[p];
        int k = out->row_of_pool[p] < 0 ? -1 : reservation_of(out, p);
        if (k < 0)
            continue;
        double most =
            p < market->n_owned || pool->fixed ? pool->amount : most_useful(arena, out, market, p);
        for (int s = 0; s < n; s++)
            demand[(market->in->demand->n_workloads + k) * n + s] +=
                most * market->open[s * market->n_pools + p];
    }
    for (int k = 0; k < out->n_reservations; k++)
        for (int s = 0; s < n; s++)
            usd += market->share[s] * market->pools[out->reservation[k]].refund_usd *
                   demand[(market->in->demand->n_workloads + k) * n + s];
    out->problem.constant -= usd;
}

static double fixed_upfront(const struct market *market) {
    double usd = 0;
    for (int p = market->n_owned; p < market->n_pools; p++)
        usd += market->pools[p].fixed ? market->pools[p].upfront_usd * market->pools[p].amount : 0;
    return usd;
}

static bool any_fixed(const struct market *market) {
    for (int p = market->n_owned; p < market->n_pools; p++)
        if (market->pools[p].fixed)
            return true;
    return false;
}

static void list_amounts(struct arena *arena, const struct market *market, struct programme *out) {
    struct two_stage *problem = &out->problem;
    struct two_stage_amount *amounts = arena_new(arena, struct two_stage_amount, market->n_pools);
    out->pool_of_amount = arena_new(arena, int, market->n_pools);
    for (int p = market->n_owned; p < market->n_pools; p++) {
        if (out->row_of_pool[p] < 0 || market->pools[p].fixed)
            continue;
        out->pool_of_amount[problem->n_amounts] = p;
        int k = reservation_of(out, p);
        amounts[problem->n_amounts++] =
            (struct two_stage_amount){.cost = market->pools[p].rate * market->pools[p].held,
                                      .upper = most_useful(arena, out, market, p),
                                      .row = out->row_of_pool[p],
                                      .also = k < 0 ? 0 : out->row_of_reservation[k] + 1};
    }
    problem->amounts = amounts;
    double limit = market->in->policy.upfront_usd_max;
    problem->n_limits = limit >= 0 && problem->n_amounts > 0 ? 1 : 0;
    double *use = arena_new(arena, double, problem->n_amounts);
    double *bound = arena_new(arena, double, 1);
    for (int a = 0; a < problem->n_amounts; a++)
        use[a] = market->pools[out->pool_of_amount[a]].upfront_usd;
    bound[0] = fmax(0, limit - fixed_upfront(market));
    problem->limit_use = use;
    problem->limit_bound = bound;
}

/* Hours of reservations on demand: what fill_reservations takes off. */
static double reservations_usd(const struct market *market, const struct programme *programme,
                               const struct coupling *coupling) {
    double usd = 0;
    for (int k = 0; k < programme->n_reservations; k++)
        for (int s = 0; s < market->n_slots; s++)
            usd += coupling->hours[s] * market->pools[programme->reservation[k]].refund_usd *
                   programme->problem
                       .demand[(market->in->demand->n_workloads + k) * market->n_slots + s];
    return usd;
}

/* The limit of coverage, then budgets and carbon. */
static void list_couplings(struct arena *arena, const struct market *market,
                           struct programme *out) {
    struct two_stage *problem = &out->problem;
    int n_amounts = problem->n_amounts;
    bool bought = n_amounts > 0 || any_fixed(market);
    out->n_coverage = market->in->policy.coverage_max < 1 && bought ? 1 : 0;
    problem->n_couplings = out->n_coverage + market->n_couplings;
    double *use = arena_new(arena, double, problem->n_couplings *n_amounts);
    double *bound = arena_new(arena, double, problem->n_couplings);
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *coupling = &market->couplings[c];
        double scale = coupling_scale(coupling);
        int k = out->n_coverage + c;
        bound[k] = (coupling->limit - coupling->fixed) / scale;
        if (!coupling->carbon && coupling->counts == NULL)
            bound[k] += reservations_usd(market, out, coupling) / scale;
        for (int p = market->n_owned; p < market->n_pools; p++)
            if (market->pools[p].fixed)
                bound[k] -= coupling->per_unit[p] * market->pools[p].amount / scale;
        for (int a = 0; a < n_amounts; a++)
            use[k * n_amounts + a] = coupling->per_unit[out->pool_of_amount[a]] / scale;
    }
    problem->coupling_use = use;
    problem->coupling_bound = bound;
}

/* --- slots --- */

struct kind {
    double *open;  /* [n_amounts] */
    double *hours; /* [n_couplings of the market] that count, over the share */
    double *spot;  /* [n_machines] price over the mean */
    bool *active;  /* [n_workloads] */
    int slot;      /* the first of them */
};

static void fill_kind(const struct market *market, const struct programme *programme, int slot,
                      struct kind *kind) {
    for (int a = 0; a < programme->problem.n_amounts; a++)
        kind->open[a] = market->open[slot * market->n_pools + programme->pool_of_amount[a]];
    for (int c = 0; c < market->n_couplings; c++)
        kind->hours[c] = market->couplings[c].hours[slot] / market->share[slot];
    for (int m = 0; m < market->n_machines; m++)
        kind->spot[m] = market_spot_price(market, &market->machines[m], slot);
    for (int w = 0; w < programme->problem.n_workloads; w++)
        kind->active[w] = programme->problem.demand[w * market->n_slots + slot] > 0;
    kind->slot = slot;
}

static bool same_kind(const struct market *market, const struct programme *programme,
                      const struct kind *a, const struct kind *b) {
    for (int c = 0; c < market->n_couplings; c++)
        if (fabs(a->hours[c] - b->hours[c]) > 1e-12 * fabs(a->hours[c]))
            return false;
    return memcmp(a->open, b->open, (size_t)programme->problem.n_amounts * sizeof(double)) == 0 &&
           memcmp(a->spot, b->spot, (size_t)market->n_machines * sizeof(double)) == 0 &&
           memcmp(a->active, b->active, (size_t)programme->problem.n_workloads * sizeof(bool)) == 0;
}

/* An hour of a reservation counts as on demand less what covering it saves, as it costs. */
static double refund_weight(const struct market *market, const struct programme *programme, int j,
                            const struct coupling *coupling, int slot) {
    int k = programme->problem.ways[j].workload - market->in->demand->n_workloads;
    const struct way *way =
        programme->way_of[j] < 0 ? NULL : &programme->hourly.ways[programme->way_of[j]];
    double usd = coupling->carbon || coupling->counts != NULL
                     ? 0
                     : market->pools[programme->reservation[k]].refund_usd;
    return usd + (way ? hourly_lp_coupling_weight(market, coupling, way, slot) : 0);
}

static bool is_of_reservation(const struct market *market, const struct programme *programme,
                              int j) {
    return programme->problem.ways[j].workload >= market->in->demand->n_workloads;
}

static double weight_of(const struct market *market, const struct programme *programme, int j,
                        const struct coupling *coupling, int slot) {
    return is_of_reservation(market, programme, j)
               ? refund_weight(market, programme, j, coupling, slot)
               : hourly_lp_coupling_weight(market, coupling,
                                           &programme->hourly.ways[programme->way_of[j]], slot);
}

static const double *coupling_weights(struct arena *arena, const struct market *market,
                                      const struct programme *programme, const struct kind *kind) {
    int n_ways = programme->problem.n_ways;
    double *weights = arena_new(arena, double, programme->problem.n_couplings *n_ways);
    for (int j = 0; j < n_ways; j++) {
        if (programme->n_coverage > 0 && programme->way_of[j] >= 0)
            weights[j] =
                hourly_lp_coverage_weight(market, &programme->hourly.ways[programme->way_of[j]]);
        for (int c = 0; c < market->n_couplings; c++)
            weights[(programme->n_coverage + c) * n_ways + j] =
                kind->hours[c] *
                weight_of(market, programme, j, &market->couplings[c], kind->slot) /
                coupling_scale(&market->couplings[c]);
    }
    return weights;
}

static const double *costs_of(struct arena *arena, const struct market *market,
                              const struct programme *programme, int slot) {
    double *cost = arena_new(arena, double, programme->problem.n_ways);
    int n_workloads = market->in->demand->n_workloads;
    for (int j = 0; j < programme->problem.n_ways; j++)
        if (programme->way_of[j] < 0)
            cost[j] =
                market
                    ->pools[programme
                                ->reservation[programme->problem.ways[j].workload - n_workloads]]
                    .refund_usd;
        else if (!is_of_reservation(market, programme, j))
            cost[j] =
                hourly_lp_way_price(market, &programme->hourly.ways[programme->way_of[j]], slot);
    return cost;
}

static void list_classes(struct arena *arena, const struct market *market, struct programme *out) {
    struct two_stage *problem = &out->problem;
    int *class_of_slot = arena_new(arena, int, market->n_slots);
    struct kind *kinds = arena_new(arena, struct kind, market->n_slots + 1);
    struct two_stage_class *classes = arena_new(arena, struct two_stage_class, market->n_slots);
    for (int s = 0; s < market->n_slots; s++) {
        struct kind *kind = &kinds[problem->n_classes];
        if (kind->open == NULL)
            *kind = (struct kind){.open = arena_new(arena, double, problem->n_amounts),
                                  .hours = arena_new(arena, double, market->n_couplings),
                                  .spot = arena_new(arena, double, market->n_machines),
                                  .active = arena_new(arena, bool, problem->n_workloads)};
        fill_kind(market, out, s, kind);
        int c = 0;
        while (!same_kind(market, out, &kinds[c], kind))
            c++;
        if (c == problem->n_classes)
            classes[problem->n_classes++] =
                (struct two_stage_class){.cost = costs_of(arena, market, out, s),
                                         .open = kind->open,
                                         .active = kind->active,
                                         .coupling = coupling_weights(arena, market, out, kind)};
        class_of_slot[s] = c;
    }
    problem->classes = classes;
    problem->class_of_slot = class_of_slot;
}

static void fill_fixed(struct arena *arena, const struct market *market, struct programme *out) {
    struct two_stage *problem = &out->problem;
    int n = market->n_slots;
    double *fixed = arena_new(arena, double, (size_t)problem->n_rows *(size_t)n);
    for (int p = 0; p < market->n_pools; p++) {
        if (p >= market->n_owned && !market->pools[p].fixed)
            continue;
        int k = reservation_of(out, p), also = k < 0 ? -1 : out->row_of_reservation[k];
        for (int s = 0; s < n; s++) {
            double held = market->pools[p].amount * market->open[s * market->n_pools + p];
            fixed[out->row_of_pool[p] * n + s] += held;
            if (also >= 0)
                fixed[also * n + s] += held;
        }
    }
    for (int l = 0; l < market->n_limits; l++)
        for (int s = 0; s < n && out->row_of_limit[l] >= 0; s++)
            fixed[out->row_of_limit[l] * n + s] = market->limits[l].vcpu;
    for (int w = 0; w < market->in->demand->n_workloads; w++)
        for (int z = 0; z < out->n_zones; z++)
            for (int s = 0; s < n; s++)
                fixed[(out->row_of_zone + w * out->n_zones + z) * n + s] =
                    market->in->policy.spot_zone_share_max * market_need(market, w, s);
    for (int j = 0; j < problem->n_ways; j++) {
        if (is_of_reservation(market, out, j))
            continue;
        const struct way *way = &out->hourly.ways[out->way_of[j]];
        int row = way->kind == WAY_SPOT ? out->row_of_spot[way->machine] : -1;
        for (int s = 0; s < n && row >= 0; s++)
            fixed[row * n + s] =
                hourly_lp_way_open(market, way, s)
                    ? 2 * (market->peak[way->workload] + market->spare[way->workload]) / way->rate
                    : 0;
    }
    for (int u = 0; u < market->n_uses; u++)
        for (int s = 0; s < n && out->row_of_use[u] >= 0; s++)
            fixed[out->row_of_use[u] * n + s] = market->uses[u].rate_max;
    problem->fixed = fixed;
}

/* --- demand that nothing carries --- */

static bool always_carried(const struct two_stage *problem, int workload) {
    for (int j = 0; j < problem->n_ways; j++)
        if (problem->ways[j].workload == workload && problem->ways[j].n_draws == 0 &&
            (!problem->ways[j].spot || problem->spot_share[workload] >= 1))
            return true;
    return false;
}

static void price_missing(struct arena *arena, const struct market *market, double missing,
                          struct programme *out) {
    struct two_stage *problem = &out->problem;
    double *usd = arena_new(arena, double, problem->n_workloads);
    double least_share = 1;
    for (int s = 0; s < market->n_slots; s++)
        least_share = fmin(least_share, market->share[s]);
    for (int w = 0; w < problem->n_workloads; w++) {
        double most = 0;
        for (int j = 0; j < problem->n_ways; j++) {
            const struct two_stage_way *way = &problem->ways[j];
            if (way->workload != w)
                continue;
            double each = 0;
            for (int k = 0; k < problem->n_classes; k++)
                each = fmax(each, problem->classes[k].cost[j]);
            for (int a = 0; a < problem->n_amounts; a++)
                for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
                    if (problem->draws[d].row == problem->amounts[a].row)
                        each = fmax(each, problem->amounts[a].cost * problem->draws[d].amount);
            most = fmax(most, each / way->rate);
        }
        usd[w] = always_carried(problem, w) ? INFINITY : missing * (most > 0 ? most : 1);
        if (isfinite(usd[w]) && !market->in->allow_on_demand)
            usd[w] /= least_share; /* a commitment may be bought for this slot alone */
        else if (isfinite(usd[w]) && market->in->n_supply > 0)
            usd[w] = fmax(usd[w], usd[w] / 100 / least_share); /* or capacity held; no dearer than
                                                                  needed: amounts hang on it */
    }
    problem->missing_usd = usd;
}

void programme_open(struct arena *arena, const struct market *market, double missing,
                    struct programme *out) {
    *out = (struct programme){0};
    struct two_stage *problem = &out->problem;
    hourly_lp_ways(arena, market, &out->hourly);
    int n_workloads = market->in->demand->n_workloads;
    problem->n_workloads = n_workloads;
    problem->n_slots = market->n_slots;
    problem->share = market->share;
    find_rows(arena, market, out);
    find_reservations(arena, market, out);
    problem->n_workloads += out->n_reservations;
    double *need = arena_new(arena, double, problem->n_workloads * problem->n_slots);
    for (int w = 0; w < n_workloads; w++)
        for (int s = 0; s < problem->n_slots; s++)
            need[w * problem->n_slots + s] = market_need(market, w, s);
    problem->demand = need;
    list_ways(arena, market, out);
    fill_reservations(arena, market, out, need);
    list_amounts(arena, market, out);
    list_couplings(arena, market, out);
    list_classes(arena, market, out);
    fill_fixed(arena, market, out);
    double *spot = arena_new(arena, double, problem->n_workloads);
    for (int w = 0; w < problem->n_workloads; w++)
        spot[w] = market->spot_share;
    problem->spot_share = spot;
    price_missing(arena, market, missing, out);
    for (int s = 0; s < market->n_slots; s++)
        problem->constant += market->share[s] * market->fixed_usd[s];
    for (int p = market->n_owned; p < market->n_pools; p++)
        if (market->pools[p].fixed)
            problem->constant +=
                market->pools[p].amount * market->pools[p].rate * market->pools[p].held;
}

bool programme_solve(struct arena *arena, const struct market *market,
                     const struct two_stage_options *options, struct programme *out,
                     struct two_stage_answer *answer, struct err *err) {
    return programme_solve_again(arena, market, options, NULL, out, answer, err);
}

/* --- again, with other numbers --- */

void programme_forget(struct programme_memory *memory) {
    two_stage_forget(&memory->prices);
    arena_release(&memory->arena);
    *memory = (struct programme_memory){0};
}

static const double *start_of(struct arena *arena, const struct programme *programme,
                              const struct programme_memory *memory) {
    double *start = arena_new(arena, double, programme->problem.n_amounts);
    for (int a = 0; a < programme->problem.n_amounts; a++)
        if (programme->pool_of_amount[a] < memory->n_pools)
            start[a] = memory->amount[programme->pool_of_amount[a]];
    return start;
}

/* What is fixed now stays as it was: it is what the others were chosen beside. */
static void keep_amounts(const struct programme *programme, const struct market *market,
                         const struct two_stage_answer *answer, struct programme_memory *memory) {
    if (memory->n_pools != market->n_pools) {
        memory->amount = arena_new(&memory->arena, double, market->n_pools);
        memory->n_pools = market->n_pools;
    }
    for (int a = 0; a < programme->problem.n_amounts; a++)
        memory->amount[programme->pool_of_amount[a]] = answer->amount[a];
}

bool programme_solve_again(struct arena *arena, const struct market *market,
                           const struct two_stage_options *options, struct programme_memory *memory,
                           struct programme *out, struct two_stage_answer *answer,
                           struct err *err) {
    static const double missing[] = {1e3, 1e7}; /* the dearer only where the first was paid */
    struct two_stage_options with = *options;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        programme_open(arena, market, missing[i], out);
        if (memory != NULL) {
            with.memory = &memory->prices;
            with.start = start_of(arena, out, memory);
        }
        if (!two_stage_solve(arena, &out->problem, &with, answer, err))
            return false;
        if (memory != NULL && answer->carried)
            keep_amounts(out, market, answer, memory);
        if (answer->carried)
            break;
    }
    return true;
}

/* --- the answer in the full programme's terms --- */

/* Rows: pools by slot, then couplings; columns: amounts, the owned constant, what runs by slot. */
static void number_rows(struct arena *arena, const struct market *market,
                        const struct programme *programme, struct hourly_lp *out) {
    int n_pools = market->n_pools, n = 0;
    out->pool_row = arena_new(arena, int, market->n_slots *n_pools);
    for (int s = 0; s < market->n_slots; s++)
        for (int p = 0; p < n_pools; p++)
            out->pool_row[s * n_pools + p] = programme->row_of_pool[p] < 0 ? -1 : n++;
    out->coverage_row = programme->n_coverage > 0 ? n++ : -1;
    out->coupling_row = arena_new(arena, int, market->n_couplings);
    for (int c = 0; c < market->n_couplings; c++)
        out->coupling_row[c] = n++;
    out->upfront_row = programme->problem.n_limits > 0 ? n++ : -1;
    out->lp.n_rows = n;
    out->amount_column = arena_new(arena, int, n_pools);
    for (int p = 0; p < n_pools; p++)
        out->amount_column[p] = -1;
    for (int a = 0; a < programme->problem.n_amounts; a++)
        out->amount_column[programme->pool_of_amount[a]] = a;
    out->fixed_column = programme->problem.n_amounts;
    out->extra_column = -1;
}

static void write_primal(struct arena *arena, const struct market *market,
                         const struct programme *programme, const struct two_stage_answer *answer,
                         struct hourly_lp *out, struct lp_solution *solution) {
    int n_ways = out->n_ways, n_amounts = programme->problem.n_amounts;
    int first = out->fixed_column + 1, n_uses = answer->first_use[market->n_slots];
    double *primal = arena_new(arena, double, first + n_uses);
    out->lp.n_columns = first + n_uses;
    out->way_column = arena_new(arena, int, (size_t)market->n_slots *(size_t)n_ways);
    memcpy(primal, answer->amount, (size_t)n_amounts * sizeof *primal);
    primal[out->fixed_column] = 1;
    for (int s = 0; s < market->n_slots; s++) {
        int *column = &out->way_column[(size_t)s * (size_t)n_ways];
        for (int j = 0; j < n_ways; j++)
            column[j] = -1;
        for (int u = answer->first_use[s]; u < answer->first_use[s + 1]; u++) {
            primal[first + u] = answer->uses[u].amount;
            if (programme->way_of[answer->uses[u].way] >= 0)
                column[programme->way_of[answer->uses[u].way]] = first + u;
        }
    }
    solution->primal = primal;
}

static void write_dual(struct arena *arena, const struct market *market,
                       const struct programme *programme, const struct two_stage_answer *answer,
                       const struct hourly_lp *out, struct lp_solution *solution) {
    int n_pools = market->n_pools, n_rows = programme->problem.n_rows;
    double *dual = arena_new(arena, double, out->lp.n_rows);
    for (int s = 0; s < market->n_slots; s++)
        for (int p = 0; p < n_pools; p++)
            if (out->pool_row[s * n_pools + p] >= 0)
                dual[out->pool_row[s * n_pools + p]] =
                    -market->share[s] * answer->slot_price[s * n_rows + programme->row_of_pool[p]];
    if (out->coverage_row >= 0)
        dual[out->coverage_row] = -answer->coupling_price[0];
    for (int c = 0; c < market->n_couplings; c++)
        dual[out->coupling_row[c]] = -answer->coupling_price[programme->n_coverage + c];
    if (out->upfront_row >= 0)
        dual[out->upfront_row] = -answer->limit_price[0];
    solution->dual = dual;
}

static double count_ways(const struct market *market) {
    double n = market->n_uses;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        n += machine->regular + machine->spot;
        for (int p = 0; p < market->n_pools; p++)
            n += machine->regular && market->pools[p].use[machine->good] > 0;
    }
    for (int u = 0; u < market->n_uses; u++)
        for (int p = 0; p < market->n_pools && market->uses[u].good >= 0; p++)
            n += market->pools[p].use[market->uses[u].good] > 0;
    return n * market->n_slots;
}

bool programme_in_one_piece(const struct market *market) {
    bool coupled = market->n_couplings > 0 || market->in->policy.coverage_max < 1;
    return coupled && count_ways(market) <= WHOLE_WAYS_MAX;
}

/* What is left out is no more than rounding where prices are as high as those of missing demand. */
static bool carries(const struct two_stage *problem, const struct two_stage_answer *answer) {
    bool carried = true;
    for (int i = 0; i < problem->n_workloads * problem->n_slots && !answer->carried; i++)
        carried = carried && answer->missing[i] <= MISSING_SLACK * problem->demand[i];
    return carried;
}

bool hourly_lp_solve(struct arena *arena, const struct market *market, struct hourly_lp *out,
                     struct lp_solution *solution, struct err *err) {
    const struct plan_input *in = market->in;
    if (programme_in_one_piece(market))
        return hourly_lp_solve_full(arena, market, out, solution, err);
    struct two_stage_options options = {.tolerance = PROGRAMME_TOLERANCE,
                                        .n_threads = in->n_threads > 0 ? in->n_threads : 1,
                                        .stop = in->stop};
    struct programme programme;
    struct two_stage_answer answer;
    if (!programme_solve(arena, market, &options, &programme, &answer, err))
        return false;
    bool carried = carries(&programme.problem, &answer);
    if (!carried && answer.incomplete) { /* stopped before it was known whether all is carried */
        options.stop = NULL;
        if (!programme_solve(arena, market, &options, &programme, &answer, err))
            return false;
        carried = carries(&programme.problem, &answer);
    }
    *out = programme.hourly;
    out->incomplete = answer.incomplete;
    *solution = (struct lp_solution){.status = carried ? LP_OPTIMAL : LP_INFEASIBLE,
                                     .objective = answer.lower};
    number_rows(arena, market, &programme, out);
    write_primal(arena, market, &programme, &answer, out, solution);
    write_dual(arena, market, &programme, &answer, out, solution);
    return true;
}
