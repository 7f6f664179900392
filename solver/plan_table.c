/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/plan_table.h"
#include "solver/zone_moves.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { SECONDS_PER_DAY = 86400 };

void plan_table_open(struct arena *arena, const struct market *market, struct plan *plan) {
    int n_hours = market->in->demand->n_hours, cells = market->in->n_candidates * n_hours;
    plan->regular = arena_new(arena, int32_t, cells);
    plan->spot = arena_new(arena, int32_t, cells);
    plan->overflow_share = arena_new(arena, double, cells);
    plan->reserved = arena_new(arena, double, cells);
    plan->covered = arena_new(arena, double, cells);
    plan->hour_usd = arena_new(arena, double, n_hours);
    plan->lp_hour_usd = arena_new(arena, double, n_hours);
    plan->n_zones = market->in->spot ? market->in->spot->n_zones : 0;
}

/* --- from slots to hours --- */

/* One hour's counts by machine. */
struct hour_fleet {
    int32_t *regular, *spot; /* [n_machines] */
    double *use_rate;        /* [n_uses] */
};

static struct hour_fleet hour_open(struct arena *arena, const struct market *market) {
    return (struct hour_fleet){arena_new(arena, int32_t, market->n_machines),
                               arena_new(arena, int32_t, market->n_machines),
                               arena_new(arena, double, market->n_uses)};
}

static void hour_copy(const struct market *market, const struct hour_fleet *from,
                      struct hour_fleet *to) {
    memcpy(to->regular, from->regular, (size_t)market->n_machines * sizeof *to->regular);
    memcpy(to->spot, from->spot, (size_t)market->n_machines * sizeof *to->spot);
    memcpy(to->use_rate, from->use_rate, (size_t)market->n_uses * sizeof *to->use_rate);
}

static struct hour_fleet hour_of_slot(const struct market *market, const struct fleet *fleet,
                                      int slot) {
    return (struct hour_fleet){&fleet->regular[slot * market->n_machines],
                               &fleet->spot[slot * market->n_machines],
                               &fleet->use_rate[slot * market->n_uses]};
}

/* What a use costs beside its good, whose units are added. */
static double use_rest(const struct use *use, double rate, double *units) {
    if (use->good >= 0)
        units[use->good] += rate;
    return 3600 * use->rest_usd_per_request * rate;
}

static double hour_price(struct cover *cover, int slot, const struct hour_fleet *hour,
                         double *units) {
    const struct market *market = cover->market;
    double usd = 0;
    for (int g = 0; g < market->n_goods; g++)
        units[g] = 0;
    for (int m = 0; m < market->n_machines; m++) {
        units[market->machines[m].good] += hour->regular[m];
        const struct machine *machine = &market->machines[m];
        usd += hour->spot[m] * market_spot_usd(market, machine, slot) +
               (hour->regular[m] + hour->spot[m] * market_spot_runs(market, machine, slot)) *
                   machine->extra_usd +
               hour->regular[m] * machine->way_out_usd;
    }
    for (int u = 0; u < market->n_uses; u++)
        usd += use_rest(&market->uses[u], hour->use_rate[u], units);
    return usd + cover_price(cover, slot, units, NULL);
}

static int instances(const struct market *market, const struct hour_fleet *hour) {
    int n = 0;
    for (int m = 0; m < market->n_machines; m++)
        n += hour->regular[m] + hour->spot[m];
    return n;
}

/* Put one workload's counts of the hour before into `hour`; false: not there to stay. */
static bool try_previous(const struct fleet_search *search, int workload, int slot,
                         const struct hour_fleet *before, struct hour_fleet *hour) {
    const struct market *market = search->market;
    bool differs = false;
    for (int m = 0; m < market->n_machines; m++)
        if (market->machines[m].workload == workload) {
            differs = differs || hour->regular[m] != before->regular[m] ||
                      hour->spot[m] != before->spot[m];
            hour->regular[m] = before->regular[m];
            hour->spot[m] = before->spot[m];
        }
    return differs &&
           fleet_overflow(search, workload, slot, hour->regular, hour->spot, hour->use_rate) &&
           fleet_within_limits(market, hour->regular, hour->spot);
}

static void settle_hour(struct fleet_search *search, int slot, const struct hour_fleet *before,
                        struct hour_fleet *hour, struct hour_fleet *trial, double *units) {
    const struct market *market = search->market;
    for (int w = 0; w < market->in->demand->n_workloads; w++) {
        hour_copy(market, hour, trial);
        if (!try_previous(search, w, slot, before, trial) ||
            instances(market, trial) > instances(market, hour))
            continue;
        double now = hour_price(search->cover, slot, hour, units);
        if (hour_price(search->cover, slot, trial, units) <= now + 1e-9 * (1 + now))
            hour_copy(market, trial, hour);
    }
}

static bool any_in_zone(const struct market *market) {
    bool any = false;
    for (int m = 0; m < market->n_machines; m++)
        any = any || market->machines[m].zone >= 0;
    return any;
}

/* NULL: all spot is spread evenly. */
static int32_t *zones_open(struct arena *arena, const struct market *market) {
    if (!any_in_zone(market))
        return NULL;
    const struct plan_spot *spot = market->in->spot;
    return arena_new(arena, int32_t,
                     (size_t)market->in->n_candidates * (size_t)spot->n_zones *
                         (size_t)spot->n_hours);
}

static void write_hour(const struct market *market, int h, const struct hour_fleet *hour,
                       int32_t *regular, int32_t *spot, int32_t *spot_in_zone, double *overflow) {
    const struct demand *demand = market->in->demand;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        int at = machine->candidate * demand->n_hours + h;
        regular[at] += hour->regular[m];
        spot[at] += hour->spot[m];
        if (machine->zone >= 0)
            spot_in_zone[market_zone_cell(market, machine, h)] = hour->spot[m];
    }
    for (int u = 0; u < market->n_uses; u++) {
        double rate = demand->rate_per_second[market->uses[u].workload * demand->n_hours + h];
        overflow[market->uses[u].candidate * demand->n_hours + h] =
            rate > 0 ? hour->use_rate[u] / rate : 0;
    }
}

/* --- pricing and what commitments are worth --- */

struct ledger {
    double *used, *saved, *held; /* [n_pools] horizon sums: units, on-demand USD, unit hours */
};

/* Share what covers a good among its candidates by their counts. */
static void attribute(const struct market *market, const struct plan *plan, int h,
                      const double *units, const struct cover_detail *detail, double *reserved,
                      double *covered) {
    int n_hours = market->in->demand->n_hours;
    for (int m = 0; m < market->n_machines; m++) {
        const struct machine *machine = &market->machines[m];
        int at = machine->candidate * n_hours + h;
        if (units[machine->good] <= 0)
            continue;
        if (machine->zone >= 0)
            continue;
        double share = plan->regular[at] / units[machine->good];
        reserved[at] = share * detail->reserved[machine->good];
        covered[at] = share * detail->planned[machine->good];
    }
}

/* What of a fleet's requests/s at its best rate is asked for in an hour, of each workload: a fleet
 * that nobody chose for the demand sends no more out than that. */
static void asked_shares(const struct market *market, const struct plan *plan, int h,
                         double *share) {
    const struct demand *demand = market->in->demand;
    for (int w = 0; w < demand->n_workloads; w++) {
        double carried = 0, rate = demand->rate_per_second[w * demand->n_hours + h];
        for (int m = 0; m < market->n_machines; m++) {
            const struct machine *machine = &market->machines[m];
            if (machine->workload == w)
                carried += machine->rate * market->keep *
                           (market_regular_in(market, plan, m, h) +
                            market_spot_in(market, plan, m, h) * machine->spot_useful);
        }
        for (int u = 0; u < market->n_uses; u++)
            if (market->uses[u].workload == w)
                rate -=
                    rate * plan->overflow_share[market->uses[u].candidate * demand->n_hours + h];
        share[w] = carried > 0 ? fmin(fmax(rate, 0) / carried, 1) : 0;
    }
}

static void price_hours(struct arena *arena, const struct market *market, const double *amount,
                        bool chosen, struct plan *plan, double *reserved, double *covered,
                        double *hour_usd, struct ledger *ledger) {
    const struct demand *demand = market->in->demand;
    int n_hours = demand->n_hours;
    struct cover_order order;
    struct cover cover;
    struct cover_detail detail;
    cover_order_build(arena, market, &order);
    cover_open(arena, market, &order, amount, &cover);
    cover_detail_open(arena, market, &detail);
    double *units = arena_new(arena, double, market->n_goods);
    double *asked = arena_new(arena, double, demand->n_workloads);
    double total = 0, weights = 0;
    for (int h = 0; h < n_hours; h++) {
        int slot = market->slot_of_hour[h];
        double usd = market->fixed_usd[slot];
        for (int g = 0; g < market->n_goods; g++)
            units[g] = 0;
        if (!chosen)
            asked_shares(market, plan, h, asked);
        for (int m = 0; m < market->n_machines; m++) {
            const struct machine *machine = &market->machines[m];
            int32_t regular = market_regular_in(market, plan, m, h);
            double asked_for = chosen ? 1 : asked[machine->workload];
            units[machine->good] += regular;
            usd += market_spot_in(market, plan, m, h) * market_spot_usd(market, machine, slot) +
                   regular * (asked_for * (machine->way_out_usd - machine->volume_usd) +
                              machine->volume_usd);
        }
        for (int u = 0; u < market->n_uses; u++)
            usd += use_rest(&market->uses[u],
                            plan->overflow_share[market->uses[u].candidate * n_hours + h] *
                                demand->rate_per_second[market->uses[u].workload * n_hours + h],
                            units);
        usd += cover_price(&cover, slot, units, &detail);
        attribute(market, plan, h, units, &detail, reserved, covered);
        for (int p = 0; p < market->n_pools; p++) {
            double open = market->open[slot * market->n_pools + p];
            usd += market->pools[p].owned || open <= 0 ? 0 : amount[p] * market->pools[p].rate;
            ledger->held[p] += demand->weight[h] * amount[p] * open;
            ledger->used[p] += demand->weight[h] * detail.used[p];
            ledger->saved[p] += demand->weight[h] * detail.saved[p];
        }
        hour_usd[h] = usd;
        total += demand->weight[h] * usd;
        weights += demand->weight[h];
    }
    plan->usd_per_hour = total / weights;
}

/* On-demand dollars that one unit covers at full use: of what it did cover, else the best it could.
 */
static double value_of_unit(const struct market *market, int p, const struct ledger *ledger) {
    const struct pool *pool = &market->pools[p];
    if (ledger->used[p] > 0)
        return ledger->saved[p] / ledger->used[p];
    const struct plan_input *in = market->in;
    double best = 0;
    for (int o = 0; o < in->n_offers; o++) {
        double use =
            pool->reserved ? (o == pool->offer ? 1 : 0) : money_rate_usd(pool->plan_rates[o]);
        if (use > 0 && in->offers[o].on_demand.known)
            best = fmax(best, money_rate_usd(in->offers[o].on_demand.rate) / use);
        double function =
            pool->function_rates ? money_rate_usd(pool->function_rates[o].gb_second) : 0;
        if (function > 0)
            best = fmax(best, money_rate_usd(in->offers[o].gb_second.rate) / function);
    }
    return best;
}

/* Hours after the horizon that are still under contract. Owned: until it ends. */
static double hours_owed(const struct market *market, const struct pool *pool,
                         double horizon_hours) {
    if (pool->owned)
        return fmax(0, (double)market->in->owned[pool->owned_index].to_s / 3600 - horizon_hours);
    if (pool->to_day < INT_MAX)
        return fmax(0, 24.0 * pool->to_day - horizon_hours);
    double owed = 24.0 * pool->from_day + (double)HOURS_PER_TERM_YEAR * pool->terms.term_years -
                  horizon_hours;
    return owed > 0.5 ? owed : 0;
}

static double hours_of(const struct market *market) {
    double hours = 0;
    for (int h = 0; h < market->in->demand->n_hours; h++)
        hours += market->in->demand->weight[h];
    return hours;
}

/* Of a partial upfront the fee's part of the whole cost; 0: as the payment says. */
static double fee_share(const struct pool *pool) {
    double cost = pool->rate * HOURS_PER_TERM_YEAR * pool->terms.term_years;
    if (pool->terms.payment != PAY_PARTIAL_UPFRONT || cost <= 0)
        return 0;
    double share = pool->upfront_usd / cost, half = payment_upfront_share(PAY_PARTIAL_UPFRONT);
    return fabs(share - half) < 1e-9 ? 0 : share; /* the rounding of a product is no fee */
}

struct commitment plan_table_as_sold(struct arena *arena, const struct market *market, int p,
                                     int zone, double amount) {
    const struct pool *pool = &market->pools[p];
    double horizon_hours = hours_of(market);
    if (pool->owned)
        return market->in->owned[pool->owned_index];
    const char *name = market_pool_name(arena, market, pool);
    return (struct commitment){
        .name = zone > 0 ? arena_printf(arena, "%s, zone %d", name, zone) : name,
        .terms = pool->terms,
        .offer = pool->offer,
        .zone = zone,
        .family = pool->family,
        .region = pool->region,
        .count = pool->reserved ? amount : 0,
        .plan_usd_per_hour =
            pool->reserved ? 0 : (usd_nano)llround(amount * (double)USD_NANO_PER_USD),
        .hourly = pool->hourly,
        .plan_rates = pool->plan_rates,
        .function_rates = pool->function_rates,
        .fee_share = fee_share(pool),
        .from_s = (int64_t)pool->from_day * SECONDS_PER_DAY,
        .to_s = (int64_t)llround(3600 *
                                 (pool->to_day < INT_MAX
                                      ? 24.0 * pool->to_day
                                      : horizon_hours + hours_owed(market, pool, horizon_hours))),
    };
}

/* In a zone (0: all) its part: zones are alike. */
static struct plan_commitment describe(struct arena *arena, const struct market *market, int p,
                                       int zone, double amount, const struct ledger *ledger) {
    const struct pool *pool = &market->pools[p];
    double value = value_of_unit(market, p, ledger);
    bool can_end = pool->terms.kind == COMMIT_CAPACITY_RESERVATION; /* any hour */
    double after_usd =
        can_end ? 0 : amount * pool->rate * hours_owed(market, pool, hours_of(market));
    struct commitment sold = plan_table_as_sold(arena, market, p, zone, amount);
    double upfront = commitment_upfront_share(&sold);
    return (struct plan_commitment){
        .commitment = sold,
        .usd_per_hour = amount * pool->rate,
        .upfront_usd = amount * pool->upfront_usd,
        .liability_usd = after_usd * (1 - upfront),
        .prepaid_usd = after_usd * upfront,
        .utilisation = ledger->held[p] > 0 ? ledger->used[p] / ledger->held[p] : 0,
        .break_even = value > 0 ? pool->rate / value : 0,
        .saving_usd =
            (ledger->saved[p] - ledger->held[p] * pool->rate) / (zone > 0 ? pool->zones : 1),
        .on_demand_usd_per_hour = value,
    };
}

/* Rows of a pool: what is bought in zones is a commitment in each. */
static int parts_of(const struct pool *pool) {
    return pool->zones > 0 ? pool->zones : 1;
}

static void describe_commitments(struct arena *arena, const struct market *market,
                                 const double *amount, const struct ledger *ledger,
                                 struct plan *plan) {
    int n = 0;
    for (int p = 0; p < market->n_pools; p++)
        n += parts_of(&market->pools[p]);
    struct plan_commitment *rows = arena_new(arena, struct plan_commitment, n);
    plan->n_commitments = 0;
    plan->upfront_usd = plan->liability_usd = 0;
    for (int p = 0; p < market->n_pools; p++) {
        if (!market->pools[p].owned && amount[p] <= 0)
            continue;
        int parts = parts_of(&market->pools[p]);
        for (int part = 0; part < parts; part++) {
            struct plan_commitment *row = &rows[plan->n_commitments++];
            int zone = market->pools[p].zones > 0 ? part + 1 : 0;
            *row = describe(arena, market, p, zone, amount[p] / parts, ledger);
            plan->upfront_usd += row->upfront_usd;
            plan->liability_usd += market->pools[p].owned ? 0 : row->liability_usd;
        }
    }
    plan->commitments = rows;
}

static void price(struct arena *arena, const struct market *market, const double *amount,
                  bool chosen, struct plan *plan) {
    const struct plan_input *in = market->in;
    int cells = in->n_candidates * in->demand->n_hours;
    double *reserved = arena_new(arena, double, cells), *covered = arena_new(arena, double, cells);
    double *hour_usd = arena_new(arena, double, in->demand->n_hours);
    struct ledger ledger = {arena_new(arena, double, market->n_pools),
                            arena_new(arena, double, market->n_pools),
                            arena_new(arena, double, market->n_pools)};
    price_hours(arena, market, amount, chosen, plan, reserved, covered, hour_usd, &ledger);
    plan->reserved = reserved;
    plan->covered = covered;
    plan->hour_usd = hour_usd;
    describe_commitments(arena, market, amount, &ledger, plan);
}

void plan_table_fill(struct arena *arena, struct arena *scratch, const struct market *market,
                     const struct fleet *fleet, const double *amount, struct plan *plan) {
    const struct plan_input *in = market->in;
    int n_hours = in->demand->n_hours, cells = in->n_candidates * n_hours;
    int32_t *regular = arena_new(arena, int32_t, cells), *spot = arena_new(arena, int32_t, cells);
    double *overflow = arena_new(arena, double, cells);
    int32_t *spot_in_zone = zones_open(arena, market);
    struct cover_order order;
    struct cover cover;
    cover_order_build(scratch, market, &order);
    cover_open(scratch, market, &order, amount, &cover);
    struct fleet_search search = {
        .market = market, .cover = &cover, .only_workload = -1, .scratch = scratch};
    struct hour_fleet before = hour_open(scratch, market), now = hour_open(scratch, market),
                      trial = hour_open(scratch, market);
    double *units = arena_new(scratch, double, market->n_goods);
    /* A limit on covered dollars, or over many hours, depends on which instances run: then nothing
     * is moved. */
    bool settle = in->policy.coverage_max >= 1 && market->n_couplings == 0;
    for (int h = 0; h < n_hours; h++) {
        int slot = market->slot_of_hour[h];
        struct hour_fleet chosen = hour_of_slot(market, fleet, slot);
        hour_copy(market, &chosen, &now);
        if (h > 0 && settle)
            settle_hour(&search, slot, &before, &now, &trial, units);
        write_hour(market, h, &now, regular, spot, spot_in_zone, overflow);
        hour_copy(market, &now, &before);
    }
    if (spot_in_zone && settle && !market_limits_zones(market))
        zone_moves_settle(scratch, market, spot, spot_in_zone);
    plan->regular = regular;
    plan->spot = spot;
    plan->spot_in_zone = spot_in_zone;
    plan->overflow_share = overflow;
    price(arena, market, amount, true, plan);
}

/* Counts on something without the rate it is paid at are the caller's bug. */
static void ensure_priced(const struct market *market, const int32_t *regular, const int32_t *spot,
                          const double *overflow) {
    const struct plan_input *in = market->in;
    int n_hours = in->demand->n_hours;
    for (int c = 0; c < in->n_candidates; c++) {
        bool machine = false, with_spot = false, use = false;
        for (int m = 0; m < market->n_machines; m++)
            if (market->machines[m].candidate == c) {
                machine = true;
                with_spot = with_spot || market->machines[m].spot;
            }
        for (int u = 0; u < market->n_uses; u++)
            use = use || market->uses[u].candidate == c;
        for (int h = c * n_hours; h < (c + 1) * n_hours; h++) {
            ENSURE(machine || regular[h] == 0);
            ENSURE(with_spot || spot[h] == 0);
            ENSURE(use || !(overflow[h] > 0));
        }
    }
}

void plan_table_price(struct arena *arena, const struct market *market, const int32_t *regular,
                      const int32_t *spot, const int32_t *spot_in_zone,
                      const double *overflow_share, struct plan *plan) {
    int cells = market->in->n_candidates * market->in->demand->n_hours;
    int32_t *run = arena_new(arena, int32_t, cells), *run_spot = arena_new(arena, int32_t, cells);
    double *overflow = arena_new(arena, double, cells);
    memcpy(run, regular, (size_t)cells * sizeof *run);
    memcpy(run_spot, spot, (size_t)cells * sizeof *run_spot);
    memcpy(overflow, overflow_share, (size_t)cells * sizeof *overflow);
    ensure_priced(market, run, run_spot, overflow);
    plan->regular = run;
    plan->spot = run_spot;
    plan->spot_in_zone = spot_in_zone;
    plan->overflow_share = overflow;
    double *amount = arena_new(arena, double, market->n_pools);
    for (int p = 0; p < market->n_owned; p++)
        amount[p] = market->pools[p].amount;
    price(arena, market, amount, false, plan);
}
