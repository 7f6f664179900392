/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Depth-first over machines in the order of their price per request, with a lower bound
 * (solver/fleet.h says which); where many instances are needed a greedy fleet is the first
 * incumbent. */
#include "solver/fleet_hunt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 1000000 };

/* --- what counts carry and cost --- */

static bool use_is_open(const struct fleet_search *search, int u) {
    return search->use_open == NULL || search->use_open[u];
}

/* Cheapest first (the order of uses); what is left over cannot be carried. */
static double spread_overflow(const struct fleet_search *search, int workload, double rate,
                              double *rates) {
    const struct market *market = search->market;
    for (int u = 0; u < market->n_uses; u++) {
        if (market->uses[u].workload != workload)
            continue;
        rates[u] = use_is_open(search, u) ? fmin(rate, market->uses[u].rate_max) : 0;
        rate -= rates[u];
    }
    return rate;
}

/* What the counts of a workload's machines carry: after the loss, and on regular capacity alone. */
static void carried(const struct market *market, int workload, int slot, const int32_t *regular,
                    const int32_t *spot, double *left, double *alone) {
    double lost = 0;
    *left = *alone = 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        bool any = regular[m] > 0;
        for (int k = m; k < m + machine->n_group; k++)
            any = any || spot[k] > 0;
        if (machine->workload != workload || machine->zone >= 0 || !any)
            continue;
        *left += market_left(market, m, slot, regular, spot, &lost);
        *alone += market_rate(market, machine, regular[m]);
    }
    *left -= lost + market_beyond_zones(market, workload, slot, spot);
}

/* Of regular capacity and overflow. */
static double needed_regular(const struct market *market, int workload, int slot) {
    return market->regular_share * market_need(market, workload, slot);
}

static double needed_overflow(const struct fleet_search *search, int workload, int slot,
                              const int32_t *regular, const int32_t *spot) {
    const struct market *market = search->market;
    double demand = market->demand[workload * market->n_slots + slot], left, alone;
    carried(market, workload, slot, regular, spot, &left, &alone);
    double rate = fmax(demand - left, needed_regular(market, workload, slot) - alone);
    return rate > MARKET_SLACK * demand ? rate : 0;
}

bool fleet_overflow(const struct fleet_search *search, int workload, int slot,
                    const int32_t *regular, const int32_t *spot, double *use_rate) {
    double demand = search->market->demand[workload * search->market->n_slots + slot];
    double rate = needed_overflow(search, workload, slot, regular, spot);
    return spread_overflow(search, workload, rate, use_rate) <= MARKET_SLACK * demand;
}

static double thrift_price(const struct market *market, int limit, double vcpu) {
    return 1e-6 + (limit >= 0 ? vcpu / fmax(market->limits[limit].vcpu, 1) : 0);
}

/* An hour of one asked for on spot, in the search. */
static double spot_usd(const struct hunt *hunt, const struct machine *machine) {
    const struct market *market = hunt->search->market;
    return market_spot_usd(market, machine, hunt->slot) +
           market_spot_runs(market, machine, hunt->slot) * machine->extra_usd;
}

static double spot_useful(const struct hunt *hunt, const struct machine *machine) {
    return market_spot_useful(hunt->search->market, machine, hunt->slot);
}

/* Our workload's counts and rates on top of the others' units, or off again. */
static void add_units(struct hunt *hunt, int sign) {
    const struct market *market = hunt->search->market;
    for (int m = 0; m < market->n_machines; m++)
        if (market->machines[m].workload == hunt->workload)
            hunt->units[market->machines[m].good] += sign * hunt->regular[m];
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == hunt->workload && market->uses[u].good >= 0)
            hunt->units[market->uses[u].good] += sign * hunt->rates[u];
}

/* What the current counts cost, with overflow of our workload in hunt->rates. */
static double leaf_cost(struct hunt *hunt) {
    const struct market *market = hunt->search->market;
    double usd = 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (machine->workload != hunt->workload)
            continue;
        usd +=
            hunt->thrifty
                ? hunt->regular[m] * thrift_price(market, machine->limit_regular, machine->vcpu) +
                      hunt->spot[m] * thrift_price(market, machine->limit_spot, machine->vcpu)
                : hunt->spot[m] * spot_usd(hunt, machine) +
                      hunt->regular[m] * (machine->way_out_usd + machine->extra_usd);
    }
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == hunt->workload && !hunt->thrifty)
            usd += 3600 * market->uses[u].rest_usd_per_request * hunt->rates[u];
    if (hunt->thrifty)
        return usd;
    add_units(hunt, 1);
    usd += cover_price(hunt->search->cover, hunt->slot, hunt->units, NULL);
    add_units(hunt, -1);
    return usd;
}

/* What plans hold beyond the instances is free for the functions that they cover: those first, the
 * rest as before. false: none is covered, or it comes to the same. */
static bool fill_plans(struct hunt *hunt) {
    const struct market *market = hunt->search->market;
    struct cover *cover = hunt->search->cover;
    double rate = 0, filled = 0, *rates = hunt->rates;
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == hunt->workload) {
            rate += rates[u];
            rates[u] = 0;
        }
    add_units(hunt, 1);
    cover_price(cover, hunt->slot, hunt->units, NULL);
    add_units(hunt, -1);
    for (int u = 0; u < market->n_uses && cover->n_steps > 0; u++) {
        const struct use *use = &market->uses[u];
        if (use->workload != hunt->workload || use->good < 0 || !use_is_open(hunt->search, u))
            continue;
        for (int p = 0; p < market->n_pools; p++)
            if (market->pools[p].use[use->good] > 0)
                rates[u] += cover->left_amount[p] / market->pools[p].use[use->good];
        rates[u] = fmin(rates[u], fmin(use->rate_max, rate - filled));
        filled += rates[u];
    }
    double left = rate - filled;
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        if (use->workload != hunt->workload || !use_is_open(hunt->search, u))
            continue;
        double more = fmin(left, use->rate_max - rates[u]);
        rates[u] += more;
        left -= more;
    }
    return filled > 0;
}

static void keep_cheaper(struct hunt *hunt) {
    const struct market *market = hunt->search->market;
    double cost = leaf_cost(hunt);
    if (isfinite(hunt->best_cost) && cost >= hunt->best_cost - hunt_tolerance(hunt->best_cost))
        return;
    hunt->best_cost = cost;
    memcpy(hunt->best_regular, hunt->regular, (size_t)market->n_machines * sizeof *hunt->regular);
    memcpy(hunt->best_spot, hunt->spot, (size_t)market->n_machines * sizeof *hunt->spot);
    memcpy(hunt->best_rates, hunt->rates, (size_t)market->n_uses * sizeof *hunt->rates);
}

void hunt_consider(struct hunt *hunt) {
    if (!fleet_overflow(hunt->search, hunt->workload, hunt->slot, hunt->regular, hunt->spot,
                        hunt->rates))
        return;
    keep_cheaper(hunt);
    if (hunt->covered_uses && !hunt->thrifty && fill_plans(hunt))
        keep_cheaper(hunt);
}

/* Least cost of carrying `total` after a loss, of which `regular` without spot, from stage i on. */
static double rest_cost(const struct hunt *hunt, int i, double total, double regular) {
    const struct hunt_stage *stage = &hunt->stages[i];
    double must = fmax(regular, 0), may = fmax(total / hunt->search->market->keep - must, 0);
    double cost = 0;
    if (must > MARKET_SLACK * hunt->demand)
        cost += must * stage->rest_regular;
    if (may > MARKET_SLACK * hunt->demand)
        cost += may * fmin(stage->rest_regular, stage->rest_spot);
    return cost;
}

static bool promising(const struct hunt *hunt, double bound) {
    if (!isfinite(hunt->best_cost))
        return isfinite(bound);
    double enough = hunt->search->tolerance * fabs(hunt->best_cost);
    return bound < hunt->best_cost - fmax(hunt_tolerance(hunt->best_cost), enough);
}

/* Fewest whole instances that carry `rate`, from the table where it reaches. */
static int count_for(const struct market *market, const struct machine *machine, double rate) {
    if (rate <= 0)
        return 0;
    double enough = rate * (1 - MARKET_SLACK);
    int low = 0, high = machine->n_rates - 1; /* low does not carry it */
    if (machine->rates[high] < enough)
        return (int)fmin(COUNT_MAX, market_instances(market, machine, rate));
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (machine->rates[middle] < enough)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double rate_of(const struct market *market, const struct machine *machine, int n) {
    return n < machine->n_rates ? machine->rates[n] : market_rate(market, machine, n);
}

static double best_each(const struct machine *machine, int n) {
    return n < machine->n_rates ? machine->best_each[n] : machine->rate;
}

/* The machine that pools its capacity with this one, and its zones, if any. */
static int group_of(const struct market *market, int m) {
    while (market->machines[m].zone >= 0)
        m--;
    return m;
}

/* On demand at the same price or less does the same without the derating. A price above the derated
 * one can pay too: one instance is one instance when less than all of it is needed. */
static bool spot_can_pay(const struct hunt *hunt, const struct machine *machine) {
    const struct market *market = hunt->search->market;
    double price = machine->spot_usd * market_spot_price(market, machine, hunt->slot);
    return machine->spot && spot_useful(hunt, machine) > 0 &&
           (!market->in->allow_on_demand || machine->limit_regular >= 0 ||
            market->goods[machine->good].supply >= 0 ||
            price < market->goods[machine->good].on_demand_usd);
}

static int quota_count(const struct hunt *hunt, int limit, double vcpu) {
    if (limit < 0 || vcpu <= 0)
        return COUNT_MAX;
    return (int)fmin(COUNT_MAX, floor(hunt->left_limit[limit] / vcpu + 1e-9));
}

static void descend(struct hunt *hunt, int i, double total, double regular, double paid);

static void take(struct hunt *hunt, const struct machine *machine, int n, int s) {
    if (machine->limit_regular >= 0)
        hunt->left_limit[machine->limit_regular] -= n * machine->vcpu;
    if (machine->limit_spot >= 0)
        hunt->left_limit[machine->limit_spot] -= s * machine->vcpu;
}

/* What the group of the machine carries with these counts of it. */
static double left_of_group(struct hunt *hunt, int m, int n, int s, double *lost) {
    const struct market *market = hunt->search->market;
    hunt->regular[m] = n;
    hunt->spot[m] = s;
    return market_left(market, group_of(market, m), hunt->slot, hunt->regular, hunt->spot, lost) -
           market_beyond_zones(market, hunt->workload, hunt->slot, hunt->spot);
}

/* What these counts carry beside those chosen so far, of which one that carries `lost` may be lost;
 * leaves in hunt->lost what that is with them. */
static double left_with(struct hunt *hunt, int m, int n, int s, double lost) {
    const struct market *market = hunt->search->market;
    double before = 0, ignored = 0;
    if (market->machines[group_of(market, m)].n_group > 1 || market_limits_zones(market))
        before = left_of_group(hunt, m, 0, 0, &ignored);
    hunt->lost = lost;
    double left = left_of_group(hunt, m, n, s, &hunt->lost) - before;
    return left - (hunt->lost - lost);
}

/* Counts that carry `rate` after the loss, or more. */
static int count_after_loss(const struct hunt *hunt, const struct machine *machine, double rate) {
    const struct market *market = hunt->search->market;
    int zones = market->in->loss.zones, n = count_for(market, machine, rate);
    if (n == 0 || n >= COUNT_MAX / 2)
        return n;
    if (zones > 1)
        return n + (n + zones - 2) / (zones - 1);
    return n + market->in->loss.instance;
}

/* The most that spot is of use for. Where something may be lost it can be the spare of all that
 * runs. */
static double spot_part(const struct hunt *hunt, double total, double regular) {
    const struct plan_loss *loss = &hunt->search->market->in->loss;
    if (loss->zones > 1 || loss->spot)
        return total;
    if (!loss->instance || total <= 0)
        return total - fmax(regular, 0);
    double largest = 0;
    for (int i = 0; i < hunt->n_stages; i++)
        largest = fmax(largest, hunt->search->market->machines[hunt->stages[i].machine].rate);
    return total + largest;
}

/* With s on spot: regular counts from the most that is useful (carries the rest alone) down to
 * none.
 */
static void try_regular(struct hunt *hunt, int i, int s, int most, double total, double regular,
                        double paid) {
    const struct market *market = hunt->search->market;
    const struct hunt_stage *stage = &hunt->stages[i];
    const struct machine *machine = &market->machines[stage->machine];
    bool useful = false; /* seen a count that does not carry everything */
    double lost = hunt->lost;
    for (int n = most; n >= 0; n--) {
        if (hunt->nodes++ > hunt->search->nodes_max)
            return;
        double alone = rate_of(market, machine, n);
        double both = left_with(hunt, stage->machine, n, s, lost);
        double cost = paid + n * stage->regular_usd + s * stage->spot_usd;
        if (!useful && s > 0 && n > 0) {
            /* One less would carry everything as well: this one is waste. */
            if (left_with(hunt, stage->machine, n - 1, s, lost) >= total &&
                rate_of(market, machine, n - 1) >= regular)
                continue;
            both = left_with(hunt, stage->machine, n, s, lost);
        }
        useful = true;
        if (!promising(hunt, cost + rest_cost(hunt, i + 1, total - both, regular - alone)))
            continue;
        hunt->regular[stage->machine] = n;
        hunt->spot[stage->machine] = s;
        take(hunt, machine, n, s);
        descend(hunt, i + 1, total - both, regular - alone, cost);
        take(hunt, machine, -n, -s);
    }
    hunt->lost = lost;
}

/* All counts of one machine that are worth a look, fewest spot first, most regular first, so that
 * the first way down is the greedy fleet. */
static void try_counts(struct hunt *hunt, int i, double total, double regular, double paid) {
    const struct market *market = hunt->search->market;
    const struct hunt_stage *stage = &hunt->stages[i];
    const struct machine *machine = &market->machines[stage->machine];
    double derating = spot_useful(hunt, machine), by_spot = spot_part(hunt, total, regular);
    int spot_max = 0, most = 0;
    if (spot_can_pay(hunt, machine) && by_spot > 0)
        spot_max = (int)fmin(ceil(count_after_loss(hunt, machine, by_spot) / derating - 1e-9),
                             quota_count(hunt, machine->limit_spot, machine->vcpu));
    if (machine->regular)
        most = (int)fmin(
            fmax(count_after_loss(hunt, machine, total), count_for(market, machine, regular)),
            quota_count(hunt, machine->limit_regular, machine->vcpu));
    for (int s = 0; s <= spot_max; s++)
        try_regular(hunt, i, s, most, total, regular, paid);
    hunt->regular[stage->machine] = 0;
    hunt->spot[stage->machine] = 0;
}

/* Carry what is left of the demand with stages i and later. */
static void descend(struct hunt *hunt, int i, double total, double regular, double paid) {
    double slack = MARKET_SLACK * hunt->demand;
    if (i == hunt->n_stages || (total <= slack && regular <= slack)) {
        hunt_consider(hunt);
        return;
    }
    try_counts(hunt, i, total, regular, paid);
}

/* --- large fleets: a good incumbent first --- */

/* What is left to carry with the current counts. */
static void left_to_carry(const struct hunt *hunt, double *total, double *regular) {
    double left, alone;
    carried(hunt->search->market, hunt->workload, hunt->slot, hunt->regular, hunt->spot, &left,
            &alone);
    *total = hunt->demand - left;
    *regular = hunt->need_regular - alone;
}

static int room(const struct hunt *hunt, int m, bool spot) {
    const struct machine *machine = &hunt->search->market->machines[m];
    int limit = spot ? machine->limit_spot : machine->limit_regular;
    double used = 0;
    for (int o = 0; o < hunt->search->market->n_machines && limit >= 0; o++) {
        const struct machine *other = &hunt->search->market->machines[o];
        used += (other->limit_regular == limit ? hunt->regular[o] * other->vcpu : 0) +
                (other->limit_spot == limit ? hunt->spot[o] * other->vcpu : 0);
    }
    int most = quota_count(hunt, limit, machine->vcpu);
    return limit < 0 ? most : most - (int)ceil(used / fmax(machine->vcpu, 1e-9) - 1e-9);
}

struct step {
    int machine, count;
    bool spot;
    double price; /* per request/s gained */
};

/* One way to go on: a part of what is left, and all of it as a candidate for the end. */
static void look_at(struct hunt *hunt, int m, bool spot, double left, double cost,
                    struct step *best) {
    const struct machine *machine = &hunt->search->market->machines[m];
    int32_t *count = spot ? &hunt->spot[m] : &hunt->regular[m];
    double derating = spot ? spot_useful(hunt, machine) : 1;
    int most = room(hunt, m, spot);
    int all = (int)fmin(most, ceil(count_after_loss(hunt, machine, left) / derating - 1e-9));
    if (all <= 0)
        return;
    *count += all;
    hunt_consider(hunt);
    *count -= all;
    int part = all > 6 ? all / 6 : 1;
    *count += part;
    double gained = fmin(left, part * derating * machine->rate);
    double price = (leaf_cost(hunt) - cost) / gained;
    *count -= part;
    if (price < best->price)
        *best = (struct step){m, part, spot, price};
}

/* Add what is cheapest per request at the margin, in shrinking steps, and look at each way to end.
 * Prices at the margin follow what is held: first the covered hours, then spot, then on demand. */
static void build_greedily(struct hunt *hunt) {
    const struct market *market = hunt->search->market;
    double slack = MARKET_SLACK * hunt->demand;
    enum { STEPS_MAX = 200 };
    for (int u = 0; u < market->n_uses; u++)
        hunt->rates[u] = 0;
    for (int n = 0; n < STEPS_MAX; n++) {
        double total, regular;
        left_to_carry(hunt, &total, &regular);
        if (total <= slack && regular <= slack)
            break;
        hunt_consider(hunt);
        for (int u = 0; u < market->n_uses; u++)
            if (market->uses[u].workload == hunt->workload)
                hunt->rates[u] = 0;
        double cost = leaf_cost(hunt), by_spot = spot_part(hunt, total, regular);
        struct step best = {.machine = -1, .price = INFINITY};
        for (int i = 0; i < hunt->n_stages; i++) {
            int m = hunt->stages[i].machine;
            if (market->machines[m].regular)
                look_at(hunt, m, false, fmax(total, regular), cost, &best);
            if (spot_can_pay(hunt, &market->machines[m]) && by_spot > slack)
                look_at(hunt, m, true, by_spot, cost, &best);
            for (int u = 0; u < market->n_uses; u++)
                if (market->uses[u].workload == hunt->workload)
                    hunt->rates[u] = 0;
        }
        if (best.machine < 0)
            break;
        (best.spot ? hunt->spot : hunt->regular)[best.machine] += best.count;
    }
    hunt_consider(hunt);
    for (int m = 0; m < market->n_machines; m++)
        hunt->regular[m] = hunt->spot[m] = 0;
}

static bool is_large(const struct hunt *hunt) {
    enum { SMALL = 10 };
    if (hunt->n_stages == 0)
        return false;
    const struct market *market = hunt->search->market;
    const struct machine *first = &market->machines[hunt->stages[0].machine];
    return count_for(market, first, hunt->demand) > SMALL;
}

/* --- bounds and order --- */

static int by_price(const void *a, const void *b) {
    const struct hunt_stage *x = a, *y = b;
    if (x->rest_regular != y->rest_regular)
        return x->rest_regular < y->rest_regular ? -1 : 1;
    return x->machine - y->machine;
}

static void list_stages(struct hunt *hunt, const struct fleet_bound *bound) {
    const struct fleet_search *search = hunt->search;
    const struct market *market = search->market;
    hunt->n_stages = 0;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        if (machine->workload != hunt->workload ||
            (search->machine_open != NULL && !search->machine_open[m]))
            continue;
        double regular = hunt->thrifty ? thrift_price(market, machine->limit_regular, machine->vcpu)
                                       : bound->good_price[machine->good] + machine->way_out_usd +
                                             machine->extra_usd;
        double spot = hunt->thrifty ? thrift_price(market, machine->limit_spot, machine->vcpu)
                                    : spot_usd(hunt, machine);
        double each = market->machines[group_of(market, m)].n_group > 1
                          ? machine->steepest
                          : best_each(machine, count_for(market, machine, hunt->demand) + 1);
        hunt->stages[hunt->n_stages++] = (struct hunt_stage){
            .machine = m,
            .regular_usd = regular,
            .spot_usd = spot,
            .rest_regular = machine->regular ? regular / each : INFINITY,
            .rest_spot = machine->spot && spot_useful(hunt, machine) > 0
                             ? spot / (each * spot_useful(hunt, machine))
                             : INFINITY,
        };
    }
    qsort(hunt->stages, (size_t)hunt->n_stages, sizeof *hunt->stages, by_price);
}

/* Least that a request/s costs in an hour. */
static double use_usd(const struct fleet_bound *bound, const struct use *use) {
    return 3600 * use->rest_usd_per_request + (use->good >= 0 ? bound->good_price[use->good] : 0);
}

/* From own prices to the cheapest of this stage and later. */
static void accumulate_stages(struct hunt *hunt, const struct fleet_bound *bound) {
    const struct market *market = hunt->search->market;
    double use = INFINITY;
    for (int u = 0; u < market->n_uses; u++)
        if (market->uses[u].workload == hunt->workload && use_is_open(hunt->search, u))
            use = fmin(use, hunt->thrifty ? 0 : use_usd(bound, &market->uses[u]));
    use *= market->keep; /* counted in what is there before a loss, and never lost */
    struct hunt_stage *end = &hunt->stages[hunt->n_stages];
    *end = (struct hunt_stage){.machine = -1, .rest_regular = use, .rest_spot = INFINITY};
    for (int i = hunt->n_stages - 1; i >= 0; i--) {
        struct hunt_stage *stage = &hunt->stages[i];
        stage->rest_regular = fmin(stage->rest_regular, hunt->stages[i + 1].rest_regular);
        stage->rest_spot = fmin(stage->rest_spot, hunt->stages[i + 1].rest_spot);
    }
}

static double bound_base(const struct hunt *hunt, const struct fleet_bound *bound) {
    const struct market *market = hunt->search->market;
    double base = 0;
    for (int g = 0; g < market->n_goods; g++)
        base += hunt->units[g] * bound->good_price[g];
    for (int p = 0; p < market->n_pools; p++)
        base -= (bound->beta[p] + bound->refund[p]) * hunt->search->cover->amount[p] *
                market->open[hunt->slot * market->n_pools + p];
    return base;
}

/* The bound that says most about this slot at the root. */
static const struct fleet_bound *choose_bound(struct hunt *hunt) {
    const struct fleet_search *search = hunt->search;
    const struct fleet_bound *best = &search->bounds[0];
    double best_root = -INFINITY;
    for (int b = 0; b < search->n_bounds && !hunt->thrifty; b++) {
        list_stages(hunt, &search->bounds[b]);
        accumulate_stages(hunt, &search->bounds[b]);
        double root = bound_base(hunt, &search->bounds[b]) +
                      rest_cost(hunt, 0, hunt->demand, hunt->need_regular);
        if (root > best_root) {
            best_root = root;
            best = &search->bounds[b];
        }
    }
    return best;
}

/* --- the whole hunt --- */

struct hunt hunt_open(struct fleet_search *search) {
    const struct market *market = search->market;
    struct arena *arena = search->scratch;
    return (struct hunt){
        .search = search,
        .units = arena_new(arena, double, market->n_goods),
        .left_limit = arena_new(arena, double, market->n_limits),
        .stages = arena_new(arena, struct hunt_stage, market->n_machines + 1),
        .regular = arena_new(arena, int32_t, market->n_machines),
        .spot = arena_new(arena, int32_t, market->n_machines),
        .best_regular = arena_new(arena, int32_t, market->n_machines),
        .best_spot = arena_new(arena, int32_t, market->n_machines),
        .rates = arena_new(arena, double, market->n_uses),
        .best_rates = arena_new(arena, double, market->n_uses),
    };
}

void hunt_begin(struct hunt *hunt, int workload, bool thrifty) {
    const struct market *market = hunt->search->market;
    hunt->workload = workload;
    hunt->thrifty = thrifty;
    hunt->demand = market->demand[workload * market->n_slots + hunt->slot];
    hunt->need_regular = needed_regular(market, workload, hunt->slot);
    hunt->lost = 0;
    hunt->best_cost = INFINITY;
    hunt->nodes = 0;
}

static void insist(struct hunt *hunt) {
    const long all_but_all = 5000000;
    long budget = hunt->search->nodes_max;
    hunt->search->nodes_max = all_but_all;
    hunt->nodes = 0;
    hunt->lost = 0;
    descend(hunt, 0, hunt->demand, hunt->need_regular, hunt->base);
    hunt->search->nodes_max = budget;
}

void hunt_run(struct hunt *hunt) {
    struct fleet_search *search = hunt->search;
    const struct fleet_bound *bound = choose_bound(hunt);
    list_stages(hunt, bound);
    accumulate_stages(hunt, bound);
    hunt->base = hunt->thrifty ? 0 : bound_base(hunt, bound);
    if (!hunt->thrifty && is_large(hunt))
        build_greedily(hunt);
    descend(hunt, 0, hunt->demand, hunt->need_regular, hunt->base);
    if (hunt->nodes > search->nodes_max) {
        search->cut_short++;
        if (!isfinite(hunt->best_cost)) /* "nothing fits" must not be a matter of budget */
            insist(hunt);
    }
}
