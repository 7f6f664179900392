/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/whole.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BOUNDS_MAX = 64, TURNS_MAX = 6, PRICE_STARTS = 3, ALONE_ROUNDS = 2, NUDGE_ROUNDS = 4 };
enum { SAMPLE_ABOVE = 100, SAMPLE_SLOTS = 64 };
#define NEAR 1.05 /* times the best cost so far: worth more turns */

/* Starts are compared by quick searches; only the last improvement is exact. */
struct effort {
    double tolerance;
    long nodes_max;
    bool exact_commitments;
};
static const struct effort quick = {0.003, 2000, false};

/* Exact where the slots are few or the fleets small; else what a pass may take is shared out. */
static struct effort thorough_effort(const struct market *market) {
    const double pass_nodes = 1e7;
    double each = pass_nodes / ((double)market->n_slots * market->in->demand->n_workloads);
    return (struct effort){0, (long)fmin(fmax(each, 2000), 1e6), true};
}

struct attempt {
    struct fleet fleet;
    double *amount;
    double cost;
};

struct workshop {
    struct arena *arena;
    const struct market *market;
    struct cover_order order;
    bool *dropped; /* [n_pools] */
    int n_bounds;
    struct fleet_bound bounds[BOUNDS_MAX];
    bool *machine_open, *use_open;
    int only_workload;
    long cut_short;
    int failed_slot, failed_workload;
};

/* --- bounds from the programme's prices --- */

static void add_bound(struct workshop *shop, const double *beta) {
    const struct market *market = shop->market;
    for (int b = 0; b < shop->n_bounds; b++) {
        bool same = true;
        for (int p = 0; p < market->n_pools && same; p++)
            same = fabs(shop->bounds[b].beta[p] - beta[p]) <= 1e-9 * (1 + fabs(beta[p]));
        if (same)
            return;
    }
    if (shop->n_bounds < BOUNDS_MAX)
        fleet_bound_build(shop->arena, market, beta, &shop->bounds[shop->n_bounds++]);
}

static void collect_bounds(struct workshop *shop, const struct hourly_lp *hourly,
                           const struct lp_solution *solution) {
    const struct market *market = shop->market;
    double *beta = arena_new(shop->arena, double, market->n_pools);
    add_bound(shop, beta);
    double *highest = arena_new(shop->arena, double, market->n_pools);
    for (int p = 0; p < market->n_pools; p++)
        for (int g = 0; g < market->n_goods; g++)
            if (market->pools[p].use[g] > 0)
                highest[p] =
                    fmax(highest[p], market->goods[g].uncovered_usd / market->pools[p].use[g]);
    add_bound(shop, highest);
    for (int s = 0; s < market->n_slots && solution != NULL; s++) {
        double *prices = arena_new(shop->arena, double, market->n_pools);
        for (int p = 0; p < market->n_pools; p++) {
            int row = hourly->pool_row[s * market->n_pools + p];
            prices[p] = row < 0
                            ? highest[p]
                            : fmin(highest[p], fmax(0, -solution->dual[row] / market->share[s]));
        }
        add_bound(shop, prices);
    }
}

/* --- one attempt --- */

static bool is_decided(const struct pool *pool) {
    return pool->owned || pool->fixed;
}

static void attempt_open(struct workshop *shop, struct attempt *out) {
    fleet_open(shop->arena, shop->market, &out->fleet);
    out->amount = arena_new(shop->arena, double, shop->market->n_pools);
    for (int p = 0; p < shop->market->n_pools; p++)
        if (is_decided(&shop->market->pools[p]))
            out->amount[p] = shop->market->pools[p].amount;
    out->cost = INFINITY;
}

static void attempt_copy(const struct workshop *shop, const struct attempt *from,
                         struct attempt *to) {
    fleet_copy(shop->market, &from->fleet, &to->fleet);
    if (shop->market->n_pools > 0)
        memcpy(to->amount, from->amount, (size_t)shop->market->n_pools * sizeof *to->amount);
    to->cost = from->cost;
}

/* Cheapest fleets for the attempt's commitments; false: some slot cannot be carried. */
static bool choose_fleet(struct workshop *shop, struct attempt *attempt,
                         const struct effort *effort) {
    struct cover cover;
    cover_open(shop->arena, shop->market, &shop->order, attempt->amount, &cover);
    struct fleet_search search = {
        .market = shop->market,
        .cover = &cover,
        .machine_open = shop->machine_open,
        .use_open = shop->use_open,
        .only_workload = shop->only_workload,
        .n_bounds = shop->n_bounds,
        .bounds = shop->bounds,
        .tolerance = effort->tolerance,
        .nodes_max = effort->nodes_max,
        .from_each = effort->exact_commitments || shop->market->in->demand->n_workloads <= 3,
        .scratch = shop->arena,
    };
    int workload = -1, slot = fleet_choose(&search, &attempt->fleet, &workload);
    shop->cut_short = search.cut_short;
    if (slot < 0)
        return true;
    shop->failed_slot = slot;
    shop->failed_workload = workload;
    return false;
}

static void usage_of(struct workshop *shop, const struct fleet *fleet, struct usage_table *out) {
    const struct market *market = shop->market;
    double *units = arena_new(shop->arena, double, market->n_slots * market->n_goods);
    for (int s = 0; s < market->n_slots; s++)
        fleet_units(market, fleet, s, &units[s * market->n_goods]);
    usage_build(shop->arena, market, units, out);
    for (int c = 0; c < market->n_couplings; c++) {
        const bool *counts = market->couplings[c].counts;
        for (int s = 0; s < market->n_slots && counts != NULL; s++)
            fleet_units_of(market, fleet, s, counts, &units[s * market->n_goods]);
        if (counts != NULL)
            usage_count(market, c, units, out);
    }
}

static double direct_and_owned(const struct market *market, const struct fleet *fleet) {
    double usd = 0;
    for (int s = 0; s < market->n_slots; s++)
        usd += market->share[s] * (fleet_direct_usd(market, fleet, s) +
                                   fleet_extra_usd(market, fleet, s) + market->fixed_usd[s]);
    return usd;
}

/* Best commitments for the attempt's fleet; sets its cost. */
static bool commit(struct workshop *shop, struct attempt *attempt, bool exact, struct err *err) {
    struct usage_table usage;
    usage_of(shop, &attempt->fleet, &usage);
    const struct market *market = shop->market;
    double *direct = arena_new(shop->arena, double, market->n_couplings);
    for (int c = 0; c < market->n_couplings; c++)
        direct[c] = market->couplings[c].fixed +
                    fleet_coupling(market, &market->couplings[c], &attempt->fleet);
    struct commitment_search search = {.market = market,
                                       .order = &shop->order,
                                       .usage = &usage,
                                       .dropped = shop->dropped,
                                       .direct = direct};
    double cost;
    if (!commitment_best(shop->arena, &search, exact, attempt->amount, &cost, err))
        return false;
    attempt->cost = cost + direct_and_owned(shop->market, &attempt->fleet);
    return true;
}

static bool is_better(double cost, double than) {
    return isfinite(than) ? cost < than - 1e-9 * fabs(than) : isfinite(cost);
}

static bool same_amounts(const struct market *market, const double *a, const double *b) {
    for (int p = 0; p < market->n_pools; p++)
        if (a[p] != b[p])
            return false;
    return true;
}

/* Fleets and commitments in turn, from the attempt's commitments, until nothing improves. A fleet
 * that breaks a limit on commitments may cost more after the commitments are cut back, so the best
 * turn is kept. Turns gain little after the second: far above the target, that is the end. */
static bool improve(struct workshop *shop, struct attempt *attempt, const struct effort *effort,
                    double target, struct err *err) {
    struct attempt best;
    attempt_open(shop, &best);
    attempt_copy(shop, attempt, &best);
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        struct arena_mark mark = arena_mark(shop->arena);
        bool carried = choose_fleet(shop, attempt, effort);
        bool solved = !carried || commit(shop, attempt, effort->exact_commitments, err);
        arena_rewind(shop->arena, mark);
        if (!solved)
            return false;
        if (!carried || !is_better(attempt->cost, best.cost))
            break;
        bool same = same_amounts(shop->market, attempt->amount, best.amount) && turn > 0;
        attempt_copy(shop, attempt, &best);
        if (market_is_stopped(shop->market))
            break;
        if (same) /* the next fleets would be these again */
            break;
        if (turn > 0 && attempt->cost > NEAR * target)
            break;
    }
    attempt_copy(shop, &best, attempt);
    return true;
}

static void keep_better(struct workshop *shop, const struct attempt *attempt,
                        struct attempt *best) {
    if (is_better(attempt->cost, best->cost))
        attempt_copy(shop, attempt, best);
}

/* --- starts --- */

/* From these amounts [n_pools], NULL: nothing bought. */
static bool start_from(struct workshop *shop, const double *amount, struct attempt *best,
                       struct err *err) {
    struct attempt attempt;
    attempt_open(shop, &attempt);
    for (int p = shop->market->n_owned; p < shop->market->n_pools && amount != NULL; p++)
        if (!is_decided(&shop->market->pools[p]))
            attempt.amount[p] = commitment_round(&shop->market->pools[p], amount[p]);
    if (!improve(shop, &attempt, &quick, best->cost, err))
        return false;
    keep_better(shop, &attempt, best);
    return true;
}

/* The best committed price of an instance hour. */
static double committed_usd(const struct workshop *shop, int good) {
    const struct market *market = shop->market;
    double usd = market->goods[good].uncovered_usd;
    for (int p = market->n_owned; p < market->n_pools; p++)
        if (market->pools[p].use[good] > 0 && !shop->dropped[p])
            usd = fmin(usd, market->pools[p].rate * market->pools[p].use[good]);
    return usd;
}

/* Fleets chosen as if each instance hour cost a mix of its committed and its on-demand price, then
 * the commitments that fit them: finds types that are cheap once committed to, which on-demand
 * prices hide. */
static bool start_from_prices(struct workshop *shop, double committed_share, struct attempt *best,
                              struct err *err) {
    struct market mixed = *shop->market;
    mixed.goods = arena_new(shop->arena, struct good, mixed.n_goods);
    for (int g = 0; g < mixed.n_goods; g++) {
        mixed.goods[g] = shop->market->goods[g];
        mixed.goods[g].uncovered_usd = committed_share * committed_usd(shop, g) +
                                       (1 - committed_share) * mixed.goods[g].uncovered_usd;
    }
    struct workshop other = *shop;
    other.market = &mixed;
    other.n_bounds = 0;
    collect_bounds(&other, NULL, NULL);
    struct attempt attempt;
    attempt_open(shop, &attempt);
    if (!choose_fleet(&other, &attempt, &quick))
        return true; /* the other starts say why */
    if (!commit(shop, &attempt, false, err))
        return false;
    keep_better(shop, &attempt, best);
    if (!improve(shop, &attempt, &quick, best->cost, err))
        return false;
    keep_better(shop, &attempt, best);
    return true;
}

static void open_only(struct workshop *shop, int workload, int machine, int use) {
    const struct market *market = shop->market;
    for (int m = 0; m < market->n_machines; m++)
        shop->machine_open[m] =
            market->machines[m].workload != workload ||
            (machine >= 0 && m >= machine && m < machine + market->machines[machine].n_group);
    for (int u = 0; u < market->n_uses; u++)
        shop->use_open[u] = market->uses[u].workload != workload || u == use;
    shop->only_workload = workload;
}

static void open_all(struct workshop *shop) {
    for (int m = 0; m < shop->market->n_machines; m++)
        shop->machine_open[m] = true;
    for (int u = 0; u < shop->market->n_uses; u++)
        shop->use_open[u] = true;
    shop->only_workload = -1;
}

static double least_usd_of_use(const struct market *market, const struct use *use) {
    double usd = use->good >= 0 ? market->goods[use->good].uncovered_usd : 0;
    for (int p = 0; p < market->n_pools && use->good >= 0; p++)
        if (market->pools[p].use[use->good] > 0)
            usd = fmin(usd, market->pools[p].owned
                                ? 0
                                : market->pools[p].rate * market->pools[p].use[use->good]);
    return 3600 * use->rest_usd_per_request + usd;
}

/* Cheapest that a request/s of the candidate can ever be: the best committed rate, spot, on demand.
 */
static double least_usd_per_rate(const struct workshop *shop, int machine, int use) {
    const struct market *market = shop->market;
    if (use >= 0)
        return least_usd_of_use(market, &market->uses[use]);
    const struct machine *m = &market->machines[machine];
    double usd = market->goods[m->good].uncovered_usd;
    for (int p = 0; p < market->n_pools; p++)
        if (market->pools[p].use[m->good] > 0)
            usd = fmin(usd, market->pools[p].owned
                                ? 0
                                : market->pools[p].rate * market->pools[p].use[m->good]);
    double rate = m->best_each[m->n_rates - 1]; /* no group that is needed does better */
    double least = m->regular ? (usd + m->way_out_usd + m->extra_usd) / rate : INFINITY;
    if (m->spot)
        least = fmin(least,
                     (m->spot_usd * m->spot_price_least + m->extra_usd) / (rate * m->spot_useful));
    return least;
}

/* The same of a machine with those of its zones. */
static double least_usd_of_group(const struct workshop *shop, int machine, int use) {
    double least = least_usd_per_rate(shop, machine, use);
    for (int k = 1; machine >= 0 && k < shop->market->machines[machine].n_group; k++)
        least = fmin(least, least_usd_per_rate(shop, machine + k, -1));
    return least;
}

static double mean_demand(const struct market *market, int workload) {
    double mean = 0;
    for (int s = 0; s < market->n_slots; s++)
        mean += market->share[s] * market->demand[workload * market->n_slots + s];
    return mean;
}

/* One workload on one candidate only, the others as in the best plan so far; then all candidates
 * are opened again to improve on what was found. */
static bool start_alone(struct workshop *shop, int workload, int machine, int use,
                        struct attempt *best, double *alone_usd, struct err *err) {
    struct attempt attempt;
    attempt_open(shop, &attempt);
    attempt_copy(shop, best, &attempt);
    attempt.cost = INFINITY;
    for (int p = shop->market->n_owned; p < shop->market->n_pools; p++)
        if (!is_decided(&shop->market->pools[p]))
            attempt.amount[p] = 0; /* those of the best plan would favour its candidates */
    open_only(shop, workload, machine, use);
    bool solved = improve(shop, &attempt, &quick, best->cost, err);
    open_all(shop);
    if (!solved)
        return false;
    *alone_usd = attempt.cost;
    if (!isfinite(attempt.cost))
        return true;
    keep_better(shop, &attempt, best);
    if (attempt.cost > NEAR * best->cost) /* too far behind to be worth a second round */
        return true;
    if (!improve(shop, &attempt, &quick, best->cost, err))
        return false;
    keep_better(shop, &attempt, best);
    return true;
}

static bool start_each_alone(struct workshop *shop, struct attempt *best, double *alone_usd,
                             struct err *err) {
    const struct market *market = shop->market;
    int n_workloads = market->in->demand->n_workloads;
    double *least = arena_new(shop->arena, double, n_workloads);
    double all = 0;
    for (int w = 0; w < n_workloads; w++) {
        double cheapest = INFINITY;
        for (int m = 0; m < market->n_machines; m++)
            if (market->machines[m].workload == w)
                cheapest = fmin(cheapest, least_usd_per_rate(shop, m, -1));
        for (int u = 0; u < market->n_uses; u++)
            if (market->uses[u].workload == w)
                cheapest = fmin(cheapest, least_usd_per_rate(shop, -1, u));
        least[w] = isfinite(cheapest) ? cheapest * mean_demand(market, w) : 0;
        all += least[w];
    }
    for (int i = 0; i < market->n_machines + market->n_uses; i++) {
        int m = i < market->n_machines ? i : -1, u = m < 0 ? i - market->n_machines : -1;
        int w = m >= 0 ? market->machines[m].workload : market->uses[u].workload;
        int c = m >= 0 ? market->machines[m].candidate : market->uses[u].candidate;
        if (m >= 0 && market->machines[m].zone >= 0)
            continue; /* with the one before */
        double bound = all - least[w] + least_usd_of_group(shop, m, u) * mean_demand(market, w);
        alone_usd[c] = NAN;
        if (bound >= best->cost || market_is_stopped(market))
            continue;
        struct arena_mark mark = arena_mark(shop->arena);
        bool solved = start_alone(shop, w, m, u, best, &alone_usd[c], err);
        arena_rewind(shop->arena, mark);
        if (!solved)
            return false;
    }
    return true;
}

static void workshop_open(struct arena *arena, const struct market *market,
                          const struct hourly_lp *hourly, const struct lp_solution *solution,
                          struct workshop *out) {
    *out =
        (struct workshop){.arena = arena, .market = market, .only_workload = -1, .failed_slot = -1};
    cover_order_build(arena, market, &out->order);
    out->dropped = arena_new(arena, bool, market->n_pools);
    pools_drop_dominated(market, false, out->dropped);
    out->machine_open = arena_new(arena, bool, market->n_machines);
    out->use_open = arena_new(arena, bool, market->n_uses);
    open_all(out);
    collect_bounds(out, hourly, solution);
}

/* --- one commitment more or less, fleets chosen anew --- */

/* Fleets and their cost for exactly these commitments. */
static bool try_amounts(struct workshop *shop, const struct attempt *from, int p, double delta_p,
                        int q, double delta_q, struct attempt *trial, struct err *err) {
    const struct market *market = shop->market;
    attempt_copy(shop, from, trial);
    trial->cost = INFINITY;
    double was = trial->amount[p];
    trial->amount[p] = commitment_round(&market->pools[p], was + delta_p);
    if (q >= 0)
        trial->amount[q] = commitment_round(&market->pools[q], trial->amount[q] + delta_q);
    if (trial->amount[p] == was)
        return true;
    struct arena_mark mark = arena_mark(shop->arena);
    bool solved = !choose_fleet(shop, trial, &quick) || commit(shop, trial, false, err);
    arena_rewind(shop->arena, mark);
    return solved;
}

/* Alternating stops where neither fleets nor commitments improve alone. Moving both at once: every
 * single step of a commitment up, down or from one to another, with fleets that fit it. */
static bool nudge(struct workshop *shop, struct attempt *best, struct err *err) {
    const struct market *market = shop->market;
    struct attempt trial;
    attempt_open(shop, &trial);
    bool any = true;
    for (int round = 0; any && round < NUDGE_ROUNDS; round++) {
        any = false;
        for (int p = market->n_owned; p < market->n_pools && !market_is_stopped(market); p++)
            for (int g = 0; g < market->n_goods && !shop->dropped[p] && !market->pools[p].fixed;
                 g++) {
                if (market->pools[p].use[g] <= 0)
                    continue;
                double step = commitment_step(&market->pools[p], g, 1);
                for (int q = -1; q < market->n_pools; q++) {
                    bool exchange = q >= market->n_owned;
                    if ((q >= 0 && !exchange) || q == p ||
                        (exchange && (shop->dropped[q] || best->amount[q] <= 0)))
                        continue;
                    double give = exchange ? -best->amount[q] : 0;
                    if (exchange && market->pools[q].reserved)
                        give = -market->pools[q].step;
                    if (!try_amounts(shop, best, p, step, q, give, &trial, err))
                        return false;
                    any |= is_better(trial.cost, best->cost);
                    keep_better(shop, &trial, best);
                }
                for (int q = market->n_owned; q < market->n_pools; q++) {
                    if (!market_refunds(market, q, p) || shop->dropped[q] || market->pools[q].fixed)
                        continue;
                    double covers = commitment_step(&market->pools[q], g, 1);
                    if (!try_amounts(shop, best, p, step, q, covers, &trial, err))
                        return false;
                    any |= is_better(trial.cost, best->cost);
                    keep_better(shop, &trial, best);
                }
                if (best->amount[p] > 0) {
                    if (!try_amounts(shop, best, p, -step, -1, 0, &trial, err))
                        return false;
                    any |= is_better(trial.cost, best->cost);
                    keep_better(shop, &trial, best);
                }
            }
    }
    return true;
}

/* --- a sample of the slots for the starts --- */

struct loaded_slot {
    int slot, from_day;
    double load;
};

/* Slots in which the same is held stand together. */
static int by_load(const void *a, const void *b) {
    const struct loaded_slot *x = a, *y = b;
    if (x->from_day != y->from_day)
        return x->from_day - y->from_day;
    if (x->load != y->load)
        return x->load < y->load ? -1 : 1;
    return x->slot - y->slot;
}

static void copy_slot(const struct market *from, int slot, struct market *to, int at) {
    int n_workloads = from->in->demand->n_workloads;
    for (int w = 0; w < n_workloads; w++)
        to->demand[w * to->n_slots + at] = from->demand[w * from->n_slots + slot];
    for (int p = 0; p < from->n_pools; p++)
        to->open[at * from->n_pools + p] = from->open[slot * from->n_pools + p];
    to->hour_of_slot[at] = from->hour_of_slot[slot];
    to->fixed_usd[at] = from->fixed_usd[slot];
}

static int first_day(const struct market *market, int slot) {
    const struct demand *demand = market->in->demand;
    int each = demand->n_weeks > 0 ? demand->n_hours / demand->n_weeks : demand->n_hours;
    return demand->weeks[market->hour_of_slot[slot] / each].from_day;
}

static struct loaded_slot *slots_by_load(struct arena *arena, const struct market *market) {
    int n_workloads = market->in->demand->n_workloads, n = market->n_slots;
    struct loaded_slot *order = arena_new(arena, struct loaded_slot, n);
    for (int s = 0; s < n; s++) {
        order[s] = (struct loaded_slot){.slot = s, .from_day = first_day(market, s)};
        for (int w = 0; w < n_workloads; w++)
            order[s].load += market->demand[w * n + s] / fmax(market->peak[w], 1e-300);
    }
    qsort(order, (size_t)n, sizeof *order, by_load);
    return order;
}

/* Slots `order`[first, last) as slot `at` of the sample. */
static void merge_slots(const struct market *market, const struct loaded_slot *order, int first,
                        int last, struct market *out, int at, double **hours, int *stands_in) {
    copy_slot(market, order[(first + last) / 2].slot, out, at);
    for (int i = first; i < last; i++) {
        int slot = order[i].slot;
        out->share[at] += market->share[slot];
        stands_in[slot] = at;
        for (int c = 0; c < market->n_couplings; c++)
            hours[c][at] += market->couplings[c].hours[slot];
    }
}

/* Every k-th slot by load, standing for its neighbours: commitments that are best for it are nearly
 * best for all, so the many starts are compared on it and only the last improvement sees every
 * slot.
 */
static void sample_slots(struct arena *arena, const struct market *market, struct market *out,
                         int *stands_in) {
    *out = *market;
    for (int s = 0; s < market->n_slots; s++)
        stands_in[s] = s;
    if (market->n_slots <= SAMPLE_ABOVE)
        return;
    int n = market->n_slots, each = (n + SAMPLE_SLOTS - 1) / SAMPLE_SLOTS, n_groups = 0;
    const struct loaded_slot *order = slots_by_load(arena, market);
    int *begins = arena_new(arena, int, n + 1);
    for (int s = 0; s < n; s++)
        if (s == 0 || s - begins[n_groups - 1] == each ||
            order[s].from_day != order[s - 1].from_day)
            begins[n_groups++] = s;
    begins[n_groups] = n;
    out->n_slots = n_groups;
    out->demand = arena_new(arena, double, market->in->demand->n_workloads *n_groups);
    out->open = arena_new(arena, double, n_groups * market->n_pools);
    out->hour_of_slot = arena_new(arena, int, n_groups);
    out->fixed_usd = arena_new(arena, double, n_groups);
    out->share = arena_new(arena, double, n_groups);
    out->slot_of_hour = NULL;
    out->couplings = arena_new(arena, struct coupling, market->n_couplings);
    double **hours = arena_new(arena, double *, market->n_couplings);
    for (int c = 0; c < market->n_couplings; c++) {
        out->couplings[c] = market->couplings[c];
        out->couplings[c].hours = hours[c] = arena_new(arena, double, n_groups);
    }
    for (int i = 0; i < n_groups; i++)
        merge_slots(market, order, begins[i], begins[i + 1], out, i, hours, stands_in);
}

/* All starts; the best is left in `best`, unset when no slot of theirs can be carried. */
static bool explore(struct workshop *shop, const double *programme, struct attempt *best,
                    double *alone_usd, struct err *err) {
    if (!start_from(shop, programme, best, err) || !start_from(shop, NULL, best, err))
        return false;
    if (!isfinite(best->cost))
        return true;
    for (int i = 0; i < PRICE_STARTS && !market_is_stopped(shop->market); i++)
        if (!start_from_prices(shop, 1 - i / (double)PRICE_STARTS, best, err))
            return false;
    double before = INFINITY;
    for (int round = 0; round < ALONE_ROUNDS && is_better(best->cost, before); round++) {
        before = best->cost;
        if (!start_each_alone(shop, best, alone_usd, err))
            return false;
    }
    return market_is_stopped(shop->market) || nudge(shop, best, err);
}

/* The sample's answer as the start for all slots: counts of the slot that stands in. */
static void spread_sample(const struct workshop *shop, const struct attempt *found,
                          const int *stands_in, struct attempt *out) {
    const struct market *market = shop->market;
    size_t n_machines = (size_t)market->n_machines, n_uses = (size_t)market->n_uses;
    for (int p = 0; p < market->n_pools; p++)
        out->amount[p] = found->amount[p];
    for (int s = 0; s < market->n_slots; s++) {
        size_t to = (size_t)s, from = (size_t)stands_in[s];
        memcpy(&out->fleet.regular[to * n_machines], &found->fleet.regular[from * n_machines],
               n_machines * sizeof(int32_t));
        memcpy(&out->fleet.spot[to * n_machines], &found->fleet.spot[from * n_machines],
               n_machines * sizeof(int32_t));
        memcpy(&out->fleet.use_rate[to * n_uses], &found->fleet.use_rate[from * n_uses],
               n_uses * sizeof(double));
    }
}

static void read_amounts(const struct market *market, const struct hourly_lp *hourly,
                         const struct lp_solution *solution, double *amount) {
    for (int p = 0; p < market->n_pools; p++)
        amount[p] = hourly->amount_column[p] >= 0 ? solution->primal[hourly->amount_column[p]] : 0;
}

/* Amounts in steps that are too small to matter and that double with all prices: what is found does
 * not hang on how large a dollar is. */
static void fine_steps(struct arena *arena, struct market *market) {
    double most = 0;
    for (int p = 0; p < market->n_pools; p++)
        for (int g = 0; g < market->n_goods; g++)
            most = fmax(most, market->pools[p].use[g]);
    struct pool *pools = arena_new(arena, struct pool, market->n_pools);
    for (int p = 0; p < market->n_pools; p++) {
        pools[p] = market->pools[p];
        if (!pools[p].reserved)
            pools[p].step = most > 0 ? ldexp(1, ilogb(most) - 30) : 1;
    }
    market->pools = pools;
}

/* The best found in fine steps, as it is sold. */
static bool sell(struct workshop *shop, const struct market *market, struct attempt *best,
                 struct err *err) {
    bool limited = market_limits_commitments(market);
    shop->market = market;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        if (is_decided(&market->pools[p]))
            continue;
        double step = market->pools[p].step, amount = best->amount[p];
        best->amount[p] = limited ? floor(amount / step + 1e-6) * step
                                  : commitment_enough(market, &market->pools[p], amount);
    }
    return commit(shop, best, true, err);
}

bool whole_plan(struct arena *arena, const struct market *market, const struct hourly_lp *hourly,
                const struct lp_solution *solution, struct whole *out, struct err *err) {
    *out = (struct whole){.alone_usd = arena_new(arena, double, market->in->n_candidates),
                          .failed_slot = -1};
    struct market fine = *market, sample;
    fine_steps(arena, &fine);
    struct workshop shop;
    workshop_open(arena, &fine, hourly, solution, &shop);
    int *stands_in = arena_new(arena, int, market->n_slots);
    sample_slots(arena, &fine, &sample, stands_in);
    struct workshop small = shop;
    small.market = &sample;
    struct attempt found, best;
    attempt_open(&small, &found);
    attempt_open(&shop, &best);
    double *programme = arena_new(arena, double, market->n_pools);
    read_amounts(market, hourly, solution, programme);
    if (!explore(&small, programme, &found, out->alone_usd, err))
        return false;
    spread_sample(&shop, &found, stands_in, &best);
    struct effort thorough = thorough_effort(&fine);
    if (!improve(&shop, &best, &thorough, INFINITY, err))
        return false;
    if (!isfinite(best.cost)) {
        /* Where all is carried, what is told to be bought breaks a limit. */
        out->failed_slot = shop.failed_slot >= 0 ? shop.failed_slot : 0;
        out->failed_workload = shop.failed_slot >= 0 ? shop.failed_workload : 0;
        return true;
    }
    if (!sell(&shop, market, &best, err))
        return false;
    out->fleet = best.fleet;
    out->amount = best.amount;
    out->cost = best.cost;
    out->cut_short = shop.cut_short;
    return true;
}

int whole_first_gap(struct arena *arena, const struct market *market, int *workload) {
    struct workshop shop;
    workshop_open(arena, market, NULL, NULL, &shop);
    struct attempt attempt;
    attempt_open(&shop, &attempt);
    bool carried = choose_fleet(&shop, &attempt, &quick);
    *workload = shop.failed_workload;
    return carried ? -1 : shop.failed_slot;
}

bool whole_commit(struct arena *arena, const struct market *market, const struct fleet *fleet,
                  double *amount, double *cost, struct err *err) {
    struct workshop shop;
    workshop_open(arena, market, NULL, NULL, &shop);
    struct attempt attempt = {.fleet = *fleet, .amount = amount};
    if (!commit(&shop, &attempt, true, err))
        return false;
    *cost = attempt.cost;
    return true;
}

bool whole_slots(struct arena *arena, const struct market *market, double *slot_usd) {
    struct workshop shop;
    struct attempt attempt;
    struct cover cover;
    workshop_open(arena, market, NULL, NULL, &shop);
    attempt_open(&shop, &attempt);
    if (!choose_fleet(&shop, &attempt, &quick))
        return false;
    double *units = arena_new(arena, double, market->n_goods);
    cover_open(arena, market, &shop.order, attempt.amount, &cover);
    for (int s = 0; s < market->n_slots; s++) {
        fleet_units(market, &attempt.fleet, s, units);
        slot_usd[s] = cover_price(&cover, s, units, NULL) +
                      fleet_direct_usd(market, &attempt.fleet, s) + market->fixed_usd[s];
    }
    return true;
}
