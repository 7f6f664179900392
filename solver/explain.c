/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/explain.h"

#include <math.h>

#include "base/number.h"
#include "solver/commitment_lp.h"

struct review {
    struct arena *arena;
    const struct market *market;
    const struct plan *plan;
    const double *amount, *alone_usd;
    const char *const *closed;          /* [n_candidates] explain.h; NULL: none is */
    double *regular_hours, *spot_hours; /* [n_machines] mean instances */
    double *use_share;                  /* [n_uses] mean share of requests */
    double *left;       /* [n_hours * n_goods] of each good what no commitment covers */
    double covered_usd; /* on-demand value an hour of what bought commitments cover */
    double list_usd;    /* of all regular instances */
    double upfront_usd;
    int n, size;
    struct plan_rejection *rows;
    double *slot_weight; /* [n_slots] */
};

static struct plan_rejection *reject(struct review *review, int candidate, const char *option,
                                     const char *reason) {
    if (review->n == review->size) {
        review->size = review->size > 0 ? 2 * review->size : 16;
        review->rows = arena_grow(review->arena, review->rows, (size_t)review->n,
                                  (size_t)review->size, sizeof *review->rows);
    }
    struct plan_rejection *row = &review->rows[review->n++];
    *row = (struct plan_rejection){.candidate = candidate, .option = option, .reason = reason};
    return row;
}

/* Two amounts that a sentence compares. */
struct pair {
    const char *a, *b;
};

static struct pair usd_apart(struct review *review, double a, double b) {
    char first[32], second[32];
    money_format_apart(first, second, a, b);
    return (struct pair){arena_strdup(review->arena, first), arena_strdup(review->arena, second)};
}

/* --- what the plan runs --- */

static void measure(struct review *review) {
    const struct market *market = review->market;
    const struct plan *plan = review->plan;
    const struct demand *demand = market->in->demand;
    int n_hours = demand->n_hours;
    double total = 0;
    for (int h = 0; h < n_hours; h++)
        total += demand->weight[h];
    for (int h = 0; h < n_hours; h++) {
        double share = demand->weight[h] / total;
        for (int m = 0; m < market->n_machines; m++) {
            review->regular_hours[m] += share * market_regular_in(market, plan, m, h);
            review->spot_hours[m] += share * market_spot_in(market, plan, m, h);
        }
        for (int u = 0; u < market->n_uses; u++)
            review->use_share[u] +=
                share * plan->overflow_share[market->uses[u].candidate * n_hours + h];
    }
    for (int p = market->n_owned; p < market->n_pools; p++)
        review->upfront_usd += review->amount[p] * market->pools[p].upfront_usd;
}

static void add_units(const struct market *market, const struct plan *plan, int hour,
                      double *units) {
    const struct demand *demand = market->in->demand;
    for (int m = 0; m < market->n_machines; m++)
        units[market->machines[m].good] += market_regular_in(market, plan, m, hour);
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        if (use->good >= 0)
            units[use->good] += plan->overflow_share[use->candidate * demand->n_hours + hour] *
                                demand->rate_per_second[use->workload * demand->n_hours + hour];
    }
}

/* What the plan's bought commitments cover, as the limit on coverage counts it, and what none does.
 */
static void measure_coverage(struct review *review) {
    const struct market *market = review->market;
    struct cover_order order;
    struct cover cover;
    struct cover_detail detail;
    cover_order_build(review->arena, market, &order);
    cover_open(review->arena, market, &order, review->amount, &cover);
    cover_detail_open(review->arena, market, &detail);
    const struct demand *demand = market->in->demand;
    double total = 0;
    for (int h = 0; h < demand->n_hours; h++)
        total += demand->weight[h];
    double *units = arena_new(review->arena, double, market->n_goods);
    for (int h = 0; h < demand->n_hours; h++) {
        double share = demand->weight[h] / total;
        for (int g = 0; g < market->n_goods; g++)
            units[g] = 0;
        add_units(market, review->plan, h, units);
        cover_price(&cover, market->slot_of_hour[h], units, &detail);
        for (int g = 0; g < market->n_goods; g++)
            review->left[h * market->n_goods + g] =
                units[g] - detail.reserved[g] - detail.planned[g];
        for (int g = 0; g < market->n_goods; g++)
            review->list_usd += share * units[g] * market->goods[g].on_demand_usd;
        for (int p = market->n_owned; p < market->n_pools; p++)
            review->covered_usd += share * detail.saved[p];
    }
}

/* --- candidates --- */

struct unit_cost {
    double usd_per_thousand;
    const char *option;
    enum plan_flip_kind kind;
    int index;
};

static double thousand(double usd_per_hour, double rate) {
    return 1000 * usd_per_hour / (3600 * rate);
}

/* The cheapest way to buy a request on the machine at full load. */
static struct unit_cost machine_unit(const struct review *review, int m) {
    const struct market *market = review->market;
    const struct machine *machine = &market->machines[m];
    struct unit_cost best = {.usd_per_thousand = INFINITY, .option = ""};
    if (machine->regular)
        best = (struct unit_cost){
            thousand(market->goods[machine->good].uncovered_usd + machine->way_out_usd,
                     machine->rate),
            "on demand", market->in->allow_on_demand ? FLIP_ON_DEMAND : FLIP_NONE, m};
    if (machine->spot) {
        double cost = thousand(machine->spot_usd, machine->rate * machine->spot_useful);
        if (cost < best.usd_per_thousand)
            best = (struct unit_cost){cost, "spot", FLIP_SPOT, m};
    }
    for (int p = market->n_owned; p < market->n_pools && machine->regular; p++) {
        double use = market->pools[p].use[machine->good];
        double cost = thousand(market->pools[p].rate * use + machine->way_out_usd, machine->rate);
        if (use <= 0 || cost >= best.usd_per_thousand)
            continue;
        best.usd_per_thousand = cost;
        best.option = market_pool_name(review->arena, market, &market->pools[p]);
        if (market->pools[p].reserved) { /* a plan's price is not this machine's alone */
            best.kind = FLIP_POOL;
            best.index = p;
        }
    }
    return best;
}

static const char *machine_sku(const struct market *market, int m) {
    return market->in->candidates[market->machines[m].candidate].sku;
}

/* "on spot in us-west-2a"; where it is spread evenly "on spot". */
static const char *on_spot(struct arena *arena, const struct market *market, int m) {
    const char *zone = market_zone_name(market, &market->machines[m]);
    return zone ? arena_printf(arena, "on spot in %s", zone) : "on spot";
}

/* "g6.xlarge"; of a function "1 request/s on lambda-arm 2048 MB". */
static const char *good_words(const struct review *review, int good) {
    const struct market *market = review->market;
    const struct good *of = &market->goods[good];
    if (of->use < 0)
        return market->in->offers[of->offer].sku;
    return arena_printf(review->arena, "1 request/s on %s",
                        market->in->candidates[market->uses[of->use].candidate].name);
}

/* Which price is asked about, in words. */
static struct plan_flip flip_of(struct review *review, enum plan_flip_kind kind, int index,
                                int good) {
    const struct market *market = review->market;
    struct arena *arena = review->arena;
    struct plan_flip flip = {
        .kind = kind, .index = index, .scale = 1, .flips_at_usd = NAN, .adds_usd_per_month = NAN};
    switch (kind) {
    case FLIP_POOL: {
        const struct pool *pool = &market->pools[index];
        flip.of = market_pool_name(arena, market, pool);
        flip.scale = pool->use[good];
        flip.unit = pool->reserved ? "one instance" : "1 USD an hour";
        flip.per = arena_printf(arena, "an hour of %s", good_words(review, good));
        break;
    }
    case FLIP_ON_DEMAND:
    case FLIP_SPOT:
        flip.of = arena_printf(arena, "%s %s", machine_sku(market, index),
                               kind == FLIP_SPOT ? on_spot(arena, market, index) : "on demand");
        flip.unit = "one instance";
        flip.per = arena_printf(arena, "an hour of %s", flip.of);
        break;
    case FLIP_USE:
        flip.of = market->in->candidates[market->uses[index].candidate].name;
        flip.scale = 1000;
        flip.unit = "1 request/s";
        flip.per = "per 1,000 requests";
        break;
    case FLIP_NONE:
        break;
    }
    return flip;
}

static struct plan_flip flip_of_machine(struct review *review, int m) {
    struct unit_cost unit = machine_unit(review, m);
    return flip_of(review, unit.kind, unit.index, review->market->machines[m].good);
}

/* What carries most of a workload in the plan, and at what unit cost. */
static struct unit_cost workload_unit(const struct review *review, int workload,
                                      const char **name) {
    const struct market *market = review->market;
    struct unit_cost best = {.usd_per_thousand = INFINITY, .option = ""};
    double most = 0;
    *name = "";
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        double carried = machine->rate * (review->regular_hours[m] + review->spot_hours[m]);
        if (machine->workload == workload && carried > most) {
            most = carried;
            best = machine_unit(review, m);
            *name = market->in->candidates[machine->candidate].name;
        }
    }
    for (int u = 0; u < market->n_uses; u++) {
        const struct use *use = &market->uses[u];
        double carried = review->use_share[u] * market->peak[workload];
        if (use->workload == workload && carried > most) {
            most = carried;
            best = (struct unit_cost){1000 * use->usd_per_request, "per use", FLIP_USE, u};
            *name = market->in->candidates[use->candidate].name;
        }
    }
    return best;
}

static const char *quota_reason(struct review *review, int limit, double vcpu) {
    const struct market *market = review->market;
    if (limit < 0 || market->limits[limit].vcpu >= vcpu)
        return NULL;
    const struct plan_quota *quota = &market->in->quotas[market->limits[limit].quota];
    return arena_printf(review->arena,
                        "one instance needs %g vCPU and the quota for %s%s instances in %s is %g",
                        vcpu, quota->group, quota->spot ? " spot" : "",
                        market->limits[limit].region, market->limits[limit].vcpu);
}

static const char *unused_reason(struct review *review, int candidate, int workload,
                                 struct unit_cost own) {
    const char *other;
    struct unit_cost used = workload_unit(review, workload, &other);
    if (!isfinite(used.usd_per_thousand))
        return "there is no demand to carry";
    if (own.usd_per_thousand > used.usd_per_thousand) {
        struct pair pair = usd_apart(review, own.usd_per_thousand, used.usd_per_thousand);
        return arena_printf(review->arena,
                            "costs %s per 1,000 requests at full load (%s) against %s for %s (%s)",
                            pair.a, own.option, pair.b, other, used.option);
    }
    double alone = review->alone_usd[candidate];
    if (isinf(alone))
        return "its limits do not let it carry the demand, and in part it would not lower the cost";
    if (isfinite(alone) && alone >= review->plan->usd_per_hour) {
        struct pair pair = usd_apart(review, alone, review->plan->usd_per_hour);
        return arena_printf(review->arena,
                            "in whole instances it fits the demand worse: with %s alone on it the "
                            "plan would cost about %s an hour against %s",
                            review->market->in->workload_names[workload], pair.a, pair.b);
    }
    return arena_printf(review->arena,
                        "in whole instances it would not lower the cost of %s an hour",
                        money_words(review->arena, review->plan->usd_per_hour));
}

/* Hours of a row's period that one hour of the plan stands for. */
static double hours_of(const struct review *review, const struct coupling *row, int hour) {
    int slot = review->market->slot_of_hour[hour];
    return row->hours[slot] * review->market->in->demand->weight[hour] / review->slot_weight[slot];
}

/* What carries most of a workload on instances; -1: nothing does. */
static int main_machine(const struct review *review, int workload) {
    const struct market *market = review->market;
    int best = -1;
    double most = 0;
    for (int m = 0; m < market->n_machines; m++) {
        double carried =
            market->machines[m].rate * (review->regular_hours[m] + review->spot_hours[m]);
        if (market->machines[m].workload == workload && carried > most) {
            most = carried;
            best = m;
        }
    }
    return best;
}

static double emitted_kg(const struct review *review, const struct coupling *row) {
    const struct market *market = review->market;
    double kg = row->fixed;
    for (int h = 0; h < market->in->demand->n_hours; h++) {
        int slot = market->slot_of_hour[h];
        double instances = 0;
        for (int m = 0; m < market->n_machines; m++) {
            const struct machine *machine = &market->machines[m];
            instances += row->kg_per_instance[m] * (market_regular_in(market, review->plan, m, h) +
                                                    market_spot_in(market, review->plan, m, h) *
                                                        market_spot_runs(market, machine, slot));
        }
        kg += hours_of(review, row, h) * instances;
    }
    return kg;
}

/* A cheaper machine whose requests emit more than what is left of the limit of carbon, if it took
 * one instance's place in every hour; or that is dearer with the price of its carbon. NULL:
 * neither.
 */
static const char *carbon_reason(struct review *review, int m, struct unit_cost own) {
    const struct market *market = review->market;
    const struct machine *machine = &market->machines[m];
    int other = main_machine(review, machine->workload);
    if (other < 0)
        return NULL;
    const struct machine *used = &market->machines[other];
    struct unit_cost now = machine_unit(review, other);
    const char *name = market->in->candidates[used->candidate].name;
    double priced = own.usd_per_thousand + thousand(machine->extra_usd, machine->rate);
    double priced_now = now.usd_per_thousand + thousand(used->extra_usd, used->rate);
    if (own.usd_per_thousand <= now.usd_per_thousand && priced > priced_now) {
        struct pair pair = usd_apart(review, priced, priced_now);
        return arena_printf(review->arena,
                            "at the price of carbon 1,000 requests on it cost %s against %s on %s",
                            pair.a, pair.b, name);
    }
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *row = &market->couplings[c];
        if (!row->carbon || own.usd_per_thousand > now.usd_per_thousand)
            continue;
        double kg = row->kg_per_instance[m] / machine->rate,
               kg_now = row->kg_per_instance[other] / used->rate;
        double hours = 0, emitted = emitted_kg(review, row);
        for (int s = 0; s < market->n_slots; s++)
            hours +=
                market->demand[machine->workload * market->n_slots + s] > 0 ? row->hours[s] : 0;
        double takes = (kg - kg_now) * machine->rate * hours;
        if (takes > 0 && !coupling_kept(row, emitted + takes))
            return arena_printf(review->arena,
                                "%s leaves no room for it: 1,000 requests on it emit %.3g g CO2e "
                                "against %.3g g on %s, and %.3g kg of %.0f kg is left",
                                row->name, 1e6 * kg / 3600, 1e6 * kg_now / 3600, name,
                                fmax(0, row->limit - emitted), row->limit);
    }
    return NULL;
}

static const char *machine_reason(struct review *review, int m) {
    const struct machine *machine = &review->market->machines[m];
    struct unit_cost own = machine_unit(review, m);
    const char *quota = quota_reason(review, machine->limit_regular, machine->vcpu);
    if (quota != NULL && !machine->spot)
        return quota;
    const char *carbon = carbon_reason(review, m, own);
    return carbon != NULL ? carbon
                          : unused_reason(review, machine->candidate, machine->workload, own);
}

/* Spot of a machine that the plan runs otherwise. */
static const char *spot_reason(struct review *review, int m) {
    const struct market *market = review->market;
    const struct machine *machine = &market->machines[m];
    const struct offer *offer = &market->in->offers[market->goods[machine->good].offer];
    const char *quota = quota_reason(review, machine->limit_spot, machine->vcpu);
    if (quota != NULL)
        return quota;
    double useful = machine->spot_usd / machine->spot_useful;
    double regular = market->goods[machine->good].on_demand_usd;
    const char *instead = "on demand";
    for (int p = market->n_owned; p < market->n_pools; p++) {
        double use = market->pools[p].use[machine->good];
        if (use > 0 && review->amount[p] > 0 && market->pools[p].rate * use < regular) {
            regular = market->pools[p].rate * use;
            instead = market_pool_name(review->arena, market, &market->pools[p]);
        }
    }
    const char *interrupted =
        offer->interruptions_per_month > 0
            ? arena_printf(review->arena, "%s of instances are interrupted in a month: ",
                           number_percent(review->arena, offer->interruptions_per_month))
            : "";
    struct pair pair = usd_apart(review, useful, regular);
    if (useful >= regular)
        return arena_printf(review->arena, "%sa useful hour costs %s against %s (%s)", interrupted,
                            pair.a, pair.b, instead);
    return arena_printf(review->arena,
                        "%sit may carry at most %g%% of an hour's requests, and a useful hour at "
                        "%s saves no whole instance at %s (%s)",
                        interrupted, 100 * market->in->policy.spot_share_max, pair.a, pair.b,
                        instead);
}

/* Of the candidate's spot, in a zone or spread evenly, what the plan runs most of; -1: none. */
static int main_spot(const struct review *review, int m) {
    const struct machine *machines = review->market->machines;
    int first = m, best = -1;
    while (machines[first].zone >= 0)
        first--;
    for (int k = first; k < first + machines[first].n_group; k++)
        if (review->spot_hours[k] > 0 &&
            (best < 0 || review->spot_hours[k] > review->spot_hours[best]))
            best = k;
    return best;
}

/* A zone that the plan leaves for others of the candidate's, or all of them. */
static const char *zone_reason(struct review *review, int m) {
    const struct market *market = review->market;
    const struct machine *machine = &market->machines[m];
    int other = main_spot(review, m);
    if (other < 0)
        return spot_reason(review, m);
    const struct machine *used = &market->machines[other];
    struct pair pair = usd_apart(review, machine->spot_usd / machine->spot_useful,
                                 used->spot_usd / used->spot_useful);
    const char *zone = market_zone_name(market, used);
    return arena_printf(
        review->arena, "a useful hour costs %s there in the mean against %s (%s)", pair.a, pair.b,
        zone ? arena_printf(review->arena, "in %s", zone) : "spread evenly over the zones");
}

static void review_machines(struct review *review) {
    const struct market *market = review->market;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        bool regular = review->regular_hours[m] > 0, spot = main_spot(review, m) >= 0;
        if (!machine->regular && !machine->spot)
            continue; /* excluded by the market */
        if (machine->zone >= 0 && review->spot_hours[m] <= 0)
            reject(review, machine->candidate,
                   arena_printf(review->arena, "spot in %s", market_zone_name(market, machine)),
                   zone_reason(review, m))
                ->flip = flip_of(review, FLIP_SPOT, m, machine->good);
        if (machine->zone >= 0)
            continue;
        if (!regular && !spot)
            reject(review, machine->candidate, "all", machine_reason(review, m))->flip =
                flip_of_machine(review, m);
        else if (!spot && machine->spot)
            reject(review, machine->candidate, "spot", spot_reason(review, m))->flip =
                flip_of(review, FLIP_SPOT, m, machine->good);
    }
    for (int u = 0; u < market->n_uses; u++) {
        const char *why = review->closed ? review->closed[market->uses[u].candidate] : NULL;
        if (why && review->use_share[u] <= 0)
            reject(review, market->uses[u].candidate, "all", why);
        else if (review->use_share[u] <= 0)
            reject(review, market->uses[u].candidate, "all",
                   unused_reason(review, market->uses[u].candidate, market->uses[u].workload,
                                 (struct unit_cost){1000 * market->uses[u].usd_per_request,
                                                    "per use", FLIP_USE, u}))
                ->flip = flip_of(review, FLIP_USE, u, -1);
    }
}

/* --- commitments --- */

static double good_hours(const struct review *review, int good) {
    double hours = 0;
    for (int m = 0; m < review->market->n_machines; m++)
        if (review->market->machines[m].good == good)
            hours += review->regular_hours[m];
    return hours;
}

/* The good a pool would help most: the instance type the plan runs most of, else a function that it
 * sends to; -1 when it runs none. */
static int main_good(const struct review *review, const struct pool *pool) {
    int best = -1;
    double most = 0;
    for (int u = 0; u < review->market->n_uses; u++) {
        int good = review->market->uses[u].good;
        if (good >= 0 && pool->use[good] > 0 && review->use_share[u] > 0)
            best = good;
    }
    for (int g = 0; g < review->market->n_goods; g++)
        if (pool->use[g] > 0 && good_hours(review, g) > most) {
            most = good_hours(review, g);
            best = g;
        }
    return best;
}

/* The least that can be bought of a pool. */
static double smallest(const struct pool *pool) {
    return pool->step;
}

/* What one more of a pool could cover in an hour, in what is added: instances of a reserved type,
 * whatever their size; of a plan one instance of the good, or, of a function, its smallest step. */
static double left_for(const struct review *review, const struct pool *pool, int good, int hour) {
    const double *left = &review->left[hour * review->market->n_goods];
    double sum = 0;
    for (int g = 0; g < review->market->n_goods && pool->reserved; g++)
        sum += fmax(left[g], 0) * pool->use[g];
    if (pool->reserved)
        return sum;
    bool function = review->market->goods[good].use >= 0;
    return fmax(left[good], 0) * (function ? pool->use[good] / PLAN_STEP_USD : 1);
}

/* Mean use of one more of the pool, over the hours in which it is held: a reserved instance, or
 * what a plan takes for one instance of the good. */
static double next_use(const struct review *review, int p, int good) {
    const struct market *market = review->market;
    const struct demand *demand = market->in->demand;
    double held = 0, used = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        double open = market->open[market->slot_of_hour[h] * market->n_pools + p];
        double least = market->pools[p].reserved ? market->pools[p].step : 1;
        double left = left_for(review, &market->pools[p], good, h) / least;
        held += demand->weight[h] * open;
        used += demand->weight[h] * open * fmin(left, 1);
    }
    return held > 0 ? used / held : 0;
}

static bool fits_upfront(const struct review *review, const struct pool *pool) {
    double most = review->market->in->policy.upfront_usd_max;
    return most < 0 || review->upfront_usd + smallest(pool) * pool->upfront_usd <= most;
}

/* Whether one more of it, as far as it would be used, stays inside the limit on coverage. */
static bool fits_coverage(const struct review *review, const struct pool *pool, int good,
                          double used) {
    double most = review->market->in->policy.coverage_max;
    double more = smallest(pool) / pool->use[good] * used * pool->held *
                  review->market->goods[good].on_demand_usd;
    return most >= 1 || review->covered_usd + more <= most * review->list_usd * (1 + 1e-9);
}

/* A commitment that the plan buys and that covers the good for no more; -1: none, or none that
 * could grow where this one could. */
static int cheaper_bought(const struct review *review, int pool, int good) {
    const struct market *market = review->market;
    const struct pool *own = &market->pools[pool];
    for (int p = market->n_owned; p < market->n_pools; p++) {
        const struct pool *other = &market->pools[p];
        if (p != pool && review->amount[p] > 0 && other->use[good] > 0 &&
            other->rate * other->use[good] <= own->rate * own->use[good] &&
            (fits_upfront(review, other) || !fits_upfront(review, own)))
            return p;
    }
    return -1;
}

static const char *upfront_reason(struct review *review, const struct pool *pool) {
    struct pair pair = usd_apart(review, smallest(pool) * pool->upfront_usd,
                                 review->market->in->policy.upfront_usd_max - review->upfront_usd);
    return arena_printf(review->arena,
                        "the upfront limit of %s leaves no room for it: the least of it takes %s, "
                        "and %s is left",
                        money_words(review->arena, review->market->in->policy.upfront_usd_max),
                        pair.a, pair.b);
}

/* What runs costs in an hour, without what is committed to. */
static double running_usd(const struct review *review, int hour) {
    const struct market *market = review->market;
    int slot = market->slot_of_hour[hour];
    double usd =
        review->plan->hour_usd[hour] - (market->fixed_usd[slot] - market_way_out(market, slot));
    for (int p = market->n_owned; p < market->n_pools; p++)
        if (market->open[slot * market->n_pools + p] > 0)
            usd -= review->amount[p] * market->pools[p].rate;
    return usd;
}

/* A commitment that the plan buys and that this one would replace for less; -1: none. */
static int dearer_bought(const struct review *review, int pool, int good) {
    const struct market *market = review->market;
    const struct pool *own = &market->pools[pool];
    for (int p = market->n_owned; p < market->n_pools; p++) {
        const struct pool *other = &market->pools[p];
        if (p != pool && review->amount[p] > 0 && other->use[good] > 0 &&
            other->rate * other->use[good] > own->rate * own->use[good])
            return p;
    }
    return -1;
}

/* A budget that one more of the pool would break, in place of what it replaces: what it takes more
 * than it spares there. NULL: there is none. */
static const char *budget_reason(struct review *review, int p, int good, double used) {
    const struct market *market = review->market;
    const struct pool *pool = &market->pools[p];
    int replaced = dearer_bought(review, p, good);
    for (int c = 0; c < market->n_couplings; c++) {
        const struct coupling *row = &market->couplings[c];
        double step = smallest(pool), spent = row->fixed, held = 0;
        if (row->carbon || row->counts != NULL)
            continue;
        for (int q = market->n_owned; q < market->n_pools; q++)
            spent += row->per_unit[q] * review->amount[q];
        for (int h = 0; h < market->in->demand->n_hours; h++) {
            double hours = hours_of(review, row, h);
            bool open = market->open[market->slot_of_hour[h] * market->n_pools + p] > 0;
            spent += hours * running_usd(review, h);
            held += open ? hours : 0;
        }
        double spared = step / pool->use[good] * used * market->goods[good].on_demand_usd * held;
        if (replaced >= 0)
            spared += step / pool->use[good] * market->pools[replaced].use[good] *
                      row->per_unit[replaced];
        double takes = row->per_unit[p] * step - spared;
        if (takes <= 0 || coupling_kept(row, spent + takes))
            continue;
        struct pair pair = usd_apart(review, takes, fmax(row->limit - spent, 0));
        return arena_printf(review->arena,
                            "%s leaves no room for it: the least of it takes %s more than it "
                            "saves in that time, and %s is left",
                            row->name, pair.a, pair.b);
    }
    return NULL;
}

static const char *coverage_reason(struct review *review) {
    double most = review->market->in->policy.coverage_max;
    return arena_printf(review->arena,
                        "policy lets commitments cover at most %g%% of the instance hours, and the "
                        "plan's cover %s",
                        100 * most,
                        number_percent(review->arena, review->list_usd > 0
                                                          ? review->covered_usd / review->list_usd
                                                          : 0));
}

/* Prices first, where no limit changes what they say; then limits; then hours. */
static const char *pool_reason(struct review *review, int p, int good) {
    const struct market *market = review->market;
    const struct pool *pool = &market->pools[p];
    double rate = pool->rate * pool->use[good], list = market->goods[good].on_demand_usd;
    const char *sku = good_words(review, good);
    if (rate == list)
        return arena_printf(review->arena, "costs as much an hour of %s as on demand", sku);
    if (rate >= list) {
        struct pair pair = usd_apart(review, rate, list);
        return arena_printf(review->arena, "costs %s an hour of %s against %s on demand", pair.a,
                            sku, pair.b);
    }
    int other = cheaper_bought(review, p, good);
    if (other >= 0) {
        struct pair pair =
            usd_apart(review, rate, market->pools[other].rate * market->pools[other].use[good]);
        return arena_printf(review->arena, "costs %s an hour of %s against %s with the %s", pair.a,
                            sku, pair.b,
                            market_pool_name(review->arena, market, &market->pools[other]));
    }
    double used = next_use(review, p, good);
    bool pays = used >= rate / list;
    if (pays && !fits_upfront(review, pool))
        return upfront_reason(review, pool);
    if (pays && !fits_coverage(review, pool, good, used))
        return coverage_reason(review);
    bool wanted = pays || dearer_bought(review, p, good) >= 0;
    const char *budget = wanted ? budget_reason(review, p, good, used) : NULL;
    if (budget != NULL)
        return budget;
    if (!pays && market->goods[good].use >= 0)
        return arena_printf(review->arena,
                            "%g USD an hour more would be used in %s of the hours for %s and pays "
                            "off from %s",
                            PLAN_STEP_USD, number_percent(review->arena, used), sku,
                            number_percent(review->arena, rate / list));
    if (!pays)
        return arena_printf(
            review->arena, "one more %s would be used in %s of the hours and pays off from %s",
            pool->reserved ? market->in->offers[pool->offer].sku : sku,
            number_percent(review->arena, used), number_percent(review->arena, rate / list));
    if (market->in->bought != NULL)
        return "over the futures that the commitments are chosen for, more of it would cost more "
               "than it saves";
    return "other commitments already cover the steady part of the demand at a lower total cost";
}

static bool same_terms(const struct commitment_terms *a, const struct commitment_terms *b) {
    return a->kind == b->kind && a->term_years == b->term_years && a->payment == b->payment;
}

/* One row for each kind of commitment that was open and not bought at all: about the instance type
 * the plan runs most of among those it covers. */
static void review_terms(struct review *review, int t) {
    const struct market *market = review->market;
    const struct commitment_terms *terms = &market->in->terms[t];
    bool zonal = market->in->term_zones != NULL && market->in->term_zones[t] > 0;
    int chosen = -1, chosen_good = -1;
    bool any = false;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        const struct pool *pool = &market->pools[p];
        if (!same_terms(&pool->terms, terms) || pool->zonal != zonal)
            continue;
        if (review->amount[p] > 0)
            return;
        any = true;
        int good = main_good(review, pool);
        if (good >= 0 &&
            (chosen < 0 || good_hours(review, good) > good_hours(review, chosen_good))) {
            chosen = p;
            chosen_good = good;
        }
    }
    if (!any)
        return; /* excluded by the market, with its reason */
    reject(review, -1,
           arena_printf(review->arena, "%d-year %s%s, %s", terms->term_years, zonal ? "zonal " : "",
                        commitment_kind_word(terms->kind), payment_word(terms->payment)),
           chosen >= 0 ? pool_reason(review, chosen, chosen_good)
                       : "the plan runs no regular instance that it covers");
    if (chosen >= 0)
        review->rows[review->n - 1].flip = flip_of(review, FLIP_POOL, chosen, chosen_good);
}

/* Capacity that may be bought and is not, one row each. */
static void review_capacity(struct review *review) {
    const struct market *market = review->market;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        const struct pool *pool = &market->pools[p];
        if (pool->name == NULL || review->amount[p] > 0)
            continue;
        int good = main_good(review, pool);
        struct plan_rejection *row = reject(review, -1, pool->name,
                                            good >= 0 ? pool_reason(review, p, good)
                                                      : "the plan runs no regular instance in it");
        if (good >= 0)
            row->flip = flip_of(review, FLIP_POOL, p, good);
    }
}

void explain_rejections(struct arena *arena, const struct market *market, const double *amount,
                        const double *alone_usd, const char *const *closed, struct plan *plan) {
    struct review review = {
        .arena = arena,
        .market = market,
        .plan = plan,
        .amount = amount,
        .alone_usd = alone_usd,
        .closed = closed,
        .regular_hours = arena_new(arena, double, market->n_machines),
        .spot_hours = arena_new(arena, double, market->n_machines),
        .use_share = arena_new(arena, double, market->n_uses),
        .left = arena_new(arena, double, market->in->demand->n_hours * market->n_goods),
        .slot_weight = arena_new(arena, double, market->n_slots),
    };
    for (int h = 0; h < market->in->demand->n_hours; h++)
        review.slot_weight[market->slot_of_hour[h]] += market->in->demand->weight[h];
    if (amount != NULL) {
        measure(&review);
        measure_coverage(&review);
        review_machines(&review);
        for (int t = 0; t < market->in->n_terms; t++)
            review_terms(&review, t);
        review_capacity(&review);
    }
    for (int e = 0; e < market->n_exclusions; e++)
        reject(&review, market->exclusions[e].candidate, market->exclusions[e].option,
               market->exclusions[e].reason);
    plan->n_rejections = review.n;
    plan->rejections = review.rows;
}
