/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines, goods and uses of the candidates, and the limits they are under; then what the other
 * steps add (market_parts.h). */
#include "solver/market.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "solver/market_parts.h"
#include "solver/use_price.h"

enum { RATES_MAX = 4096, SECONDS_PER_HOUR = 3600 };
/* Dearest instance hours, added to one that may not be bought on demand. */
#define PROHIBITIVE 1e5

void market_exclude(struct arena *arena, struct market *market, int candidate, const char *option,
                    const char *reason) {
    market->exclusions = arena_grow(arena, market->exclusions, (size_t)market->n_exclusions,
                                    (size_t)market->n_exclusions + 1, sizeof *market->exclusions);
    market->exclusions[market->n_exclusions++] = (struct exclusion){candidate, option, reason};
}

const char *market_no_rate(struct arena *arena, const struct quote *quote) {
    const char *reason = quote->reason != NULL && quote->reason[0] != '\0'
                             ? quote->reason
                             : "the price book has none";
    return arena_printf(arena, "no rate: %s", reason);
}

/* --- machines, goods, uses --- */

static double prohibitive_usd(const struct plan_input *in) {
    double dearest = 0;
    for (int o = 0; o < in->n_offers; o++)
        if (in->offers[o].kind == OFFER_INSTANCE && in->offers[o].on_demand.known)
            dearest = fmax(dearest, money_rate_usd(in->offers[o].on_demand.rate));
    return PROHIBITIVE * (dearest > 0 ? dearest : 1);
}

static int good_of(struct market *market, int offer) {
    for (int g = 0; g < market->n_goods; g++)
        if (market->goods[g].offer == offer && market->goods[g].use < 0)
            return g;
    const struct plan_input *in = market->in;
    double list = money_rate_usd(in->offers[offer].on_demand.rate);
    market->goods[market->n_goods] =
        (struct good){.offer = offer,
                      .use = -1,
                      .on_demand_usd = list,
                      .uncovered_usd = in->allow_on_demand ? list : list + prohibitive_usd(in)};
    return market->n_goods++;
}

static double factor_of(const struct plan_input *in, int candidate) {
    return in->capacity_factor != NULL ? in->capacity_factor[candidate] : 1;
}

static bool spot_is_open(const struct plan_input *in) {
    return in->allow_spot && in->policy.spot_share_max > 0;
}

/* Whether all of a candidate's spot may be asked for in a zone. Where the loss of one must be
 * survived it is spread as all else is. */
static bool is_in_zone(const struct plan_input *in, int candidate, int zone) {
    const struct plan_spot *spot = in->spot;
    size_t at = (size_t)candidate * (size_t)spot->n_zones + (size_t)zone;
    return in->loss.zones <= 1 && spot->zone_price != NULL && spot->in_zone[at] &&
           spot->zone_price[at * (size_t)spot->n_hours] > 0;
}

/* On spot in one zone, beside the machine before. */
static void add_zones(struct arena *arena, struct market *market) {
    const struct plan_input *in = market->in;
    int first = market->n_machines - 1;
    for (int z = 0; in->spot && z < in->spot->n_zones; z++) {
        struct machine machine = market->machines[first];
        if (!is_in_zone(in, machine.candidate, z))
            continue;
        machine.zone = z;
        machine.n_group = 1;
        machine.regular = machine.spot = false;
        machine.spot_price = machine.spot_runs = NULL;
        market_price_spot(arena, in, &machine);
        if (!machine.spot) {
            market_exclude(arena, market, machine.candidate,
                           arena_printf(arena, "spot in %s", in->spot->zones[z]),
                           "the spot market never has it there");
            continue;
        }
        market->machines[market->n_machines++] = machine;
        market->machines[first].n_group++;
    }
}

static void add_machine(struct arena *arena, struct market *market, int c) {
    const struct plan_input *in = market->in;
    const struct candidate *candidate = &in->candidates[c];
    const struct offer *offer = &in->offers[candidate->offer];
    struct machine machine = {
        .candidate = c,
        .workload = candidate->workload,
        .zone = -1,
        .n_group = 1,
        .good = good_of(market, candidate->offer),
        .rate = capacity_best_rate_per_replica(&in->capacities[c]) *
                candidate->replicas_per_instance * factor_of(in, c),
        .regular = true,
        .vcpu = offer->vcpu,
        .limit_regular = -1,
        .limit_spot = -1,
    };
    if (in->carbon != NULL)
        machine.extra_usd = in->carbon->usd_per_kg * in->carbon->kg_per_instance_hour[c];
    if (spot_is_open(in) && !offer->spot.known)
        market_exclude(arena, market, c, "spot", market_no_rate(arena, &offer->spot));
    if (offer->spot.known && spot_is_open(in))
        market_price_spot(arena, in, &machine);
    if (spot_is_open(in) && offer->spot.known && !machine.spot)
        market_exclude(arena, market, c, "spot", "the spot market never has it");
    market->machines[market->n_machines++] = machine;
    if (machine.spot)
        add_zones(arena, market);
}

static double volume_of(const struct plan_input *in, int candidate) {
    return in->volume_usd_per_hour ? in->volume_usd_per_hour[candidate] : 0;
}

static double way_out_of(const struct plan_input *in, int candidate) {
    return in->way_out_usd_per_request ? in->way_out_usd_per_request[candidate] : 0;
}

/* The cheapest of what the market has is paid for every request, whatever serves it. */
static void split_ways_out(struct arena *arena, struct market *market) {
    const struct plan_input *in = market->in;
    market->way_out = arena_new(arena, double, in->demand->n_workloads);
    for (int w = 0; w < in->demand->n_workloads; w++) {
        double least = INFINITY;
        for (int m = 0; m < market->n_machines; m++)
            if (market->machines[m].workload == w)
                least = fmin(least, way_out_of(in, market->machines[m].candidate));
        for (int u = 0; u < market->n_uses; u++)
            if (market->uses[u].workload == w)
                least = fmin(least, way_out_of(in, market->uses[u].candidate));
        market->way_out[w] = isfinite(least) ? least : 0;
    }
    for (int u = 0; u < market->n_uses; u++) {
        struct use *use = &market->uses[u];
        use->usd_per_request -= market->way_out[use->workload];
        use->rest_usd_per_request = use->usd_per_request;
    }
}

/* A machine's is as if it carried its rate, without what is kept for the loss of a zone: a fleet
 * that is not full pays less, never more. */
static void send_from_machines(struct arena *arena, struct market *market) {
    const struct plan_input *in = market->in;
    for (int m = 0; m < market->n_machines; m++) {
        struct machine *machine = &market->machines[m];
        double more = way_out_of(in, machine->candidate) - market->way_out[machine->workload];
        double out = SECONDS_PER_HOUR * machine->rate * market->keep * more;
        machine->volume_usd = volume_of(in, machine->candidate);
        machine->way_out_usd = out + machine->volume_usd;
        if (machine->spot && machine->way_out_usd > 0)
            market_add_to_spot(arena, in, machine,
                               machine->spot_useful * out + machine->volume_usd);
    }
}

double market_way_out(const struct market *market, int slot) {
    double usd = 0;
    for (int w = 0; w < market->in->demand->n_workloads; w++)
        usd += SECONDS_PER_HOUR * market->way_out[w] * market->demand[w * market->n_slots + slot];
    return usd;
}

/* Kept cheapest first within the workload. */
static void add_use(struct market *market, int c) {
    const struct plan_input *in = market->in;
    double cap = in->capacities[c].rate_max_per_second * factor_of(in, c);
    struct use use = {.candidate = c,
                      .workload = in->candidates[c].workload,
                      .good = -1,
                      .usd_per_request =
                          use_usd_per_request(in->demand, &in->candidates[c], &in->capacities[c],
                                              &in->offers[in->candidates[c].offer]) +
                          way_out_of(in, c),
                      .rate_max = cap > 0 ? cap : INFINITY};
    use.rest_usd_per_request = use.usd_per_request;
    int at = market->n_uses++;
    while (at > 0 && market->uses[at - 1].workload == use.workload &&
           market->uses[at - 1].usd_per_request > use.usd_per_request) {
        market->uses[at] = market->uses[at - 1];
        at--;
    }
    market->uses[at] = use;
}

/* Units that are bought for months; NULL: it is none of them, or its term is allowed. */
static const char *forbidden_units(const struct plan_input *in, int c) {
    const struct candidate *candidate = &in->candidates[c];
    bool term = candidate->kind == CANDIDATE_TOKEN_API && candidate->offer >= 0 &&
                offer_tier_term_months(in->offers[candidate->offer].tier) > 0;
    if (term && in->policy.term_years_max == 0)
        return "policy allows no commitments";
    return term && in->policy.coverage_max == 0 ? "policy lets commitments cover nothing" : NULL;
}

static void add_candidate(struct arena *arena, struct market *market, int c) {
    const struct plan_input *in = market->in;
    const struct candidate *candidate = &in->candidates[c];
    if (!in->capacities[c].feasible) {
        const char *reason = in->capacities[c].reason;
        market_exclude(arena, market, c, "all",
                       reason[0] != '\0' ? reason : "cannot hold the target");
        return;
    }
    if (candidate->offer < 0) {
        market_exclude(arena, market, c, "all",
                       arena_printf(arena, "no rate: the price book has no %s in %s",
                                    candidate->sku, candidate->region));
        return;
    }
    const struct quote *missing = use_missing_quote(candidate, &in->offers[candidate->offer]);
    if (missing != NULL)
        market_exclude(arena, market, c, "all", market_no_rate(arena, missing));
    else if (forbidden_units(in, c) != NULL)
        market_exclude(arena, market, c, "all", forbidden_units(in, c));
    else if (in->carbon != NULL && isnan(in->carbon->kg_per_instance_hour[c]))
        market_exclude(arena, market, c, "all",
                       isfinite(in->carbon->kg_max)
                           ? "carbon is limited and no figure for it is known"
                           : "carbon is priced and no figure for it is known");
    else if (candidate->kind == CANDIDATE_INSTANCE)
        add_machine(arena, market, c);
    else
        add_use(market, c);
}

/* --- quotas --- */

static int limit_for(struct market *market, int quota, const char *region) {
    for (int l = 0; l < market->n_limits; l++)
        if (market->limits[l].quota == quota && strcmp(market->limits[l].region, region) == 0)
            return l;
    market->limits[market->n_limits] = (struct limit){
        .quota = quota, .supply = -1, .region = region, .vcpu = market->in->quotas[quota].vcpu};
    return market->n_limits++;
}

static void apply_quota(struct market *market, int q) {
    const struct plan_quota *quota = &market->in->quotas[q];
    for (int m = 0; m < market->n_machines; m++) {
        struct machine *machine = &market->machines[m];
        const struct offer *offer = &market->in->offers[market->goods[machine->good].offer];
        if (strcmp(offer->quota_group, quota->group) != 0)
            continue;
        int *slot = quota->spot ? &machine->limit_spot : &machine->limit_regular;
        if (*slot < 0 || market->limits[*slot].vcpu > quota->vcpu)
            *slot = limit_for(market, q, offer->region);
    }
}

/* --- supply --- */

static void apply_supply(struct market *market) {
    const struct plan_input *in = market->in;
    for (int g = 0; g < market->n_goods; g++) {
        struct good *good = &market->goods[g];
        good->supply = -1;
        for (int i = 0; i < in->n_supply && good->use < 0; i++)
            if (in->supply[i].offer == good->offer) {
                good->supply = market->n_limits;
                market->limits[market->n_limits++] =
                    (struct limit){.quota = -1,
                                   .supply = i,
                                   .region = in->offers[good->offer].region,
                                   .vcpu = in->supply[i].at_once};
            }
    }
    market->beyond_supply_usd = prohibitive_usd(in);
}

double market_beyond_supply(const struct market *market, int slot, const double *units,
                            const double *amount, int *limit) {
    double sum = 0, most = 0;
    *limit = -1;
    for (int l = 0; l < market->n_limits; l++) {
        double beyond = -market->limits[l].vcpu * (1 + MARKET_SLACK) - MARKET_SLACK;
        int good = -1;
        for (int g = 0; g < market->n_goods && market->limits[l].supply >= 0; g++)
            if (market->goods[g].supply == l) {
                beyond += units[g];
                good = g;
            }
        for (int p = 0; good >= 0 && beyond > 0 && p < market->n_pools; p++)
            if (market->pools[p].holds && market->pools[p].use[good] > 0)
                beyond -= amount[p] * market->open[slot * market->n_pools + p];
        if (good < 0 || beyond <= 0)
            continue;
        sum += beyond;
        if (beyond > most) {
            most = beyond;
            *limit = l;
        }
    }
    return sum;
}

/* The highest rate per instance among groups of up to n: at whole counts and at the points of the
 * capacity, as it is linear between them. */
static double best_point(const struct market *market, const struct machine *machine, int n) {
    const struct plan_input *in = market->in;
    const struct capacity *capacity = &in->capacities[machine->candidate];
    double each = in->candidates[machine->candidate].replicas_per_instance, best = 0;
    for (int i = 0; i < capacity->n_points && capacity->points[i].replicas <= n * each; i++)
        best =
            fmax(best, each * capacity->points[i].rate_per_second / capacity->points[i].replicas);
    return best * factor_of(in, machine->candidate);
}

static void tabulate_rates(struct arena *arena, const struct market *market,
                           struct machine *machine) {
    double most = market->peak[machine->workload] / market->keep + market->spare[machine->workload];
    int needed = market_instances(market, machine, most);
    machine->n_rates = (needed < RATES_MAX ? needed : RATES_MAX) + 2;
    double *rates = arena_new(arena, double, machine->n_rates);
    double *best = arena_new(arena, double, machine->n_rates);
    for (int n = 1; n < machine->n_rates; n++) {
        rates[n] = market_rate(market, machine, n);
        best[n] = fmax(fmax(best[n - 1], rates[n] / n), best_point(market, machine, n));
        machine->steepest = fmax(machine->steepest, rates[n] - rates[n - 1]);
    }
    machine->steepest = fmax(machine->steepest, best[machine->n_rates - 1]);
    machine->rates = rates;
    machine->best_each = best;
}

bool market_open(struct arena *arena, const struct plan_input *input, struct market *out,
                 struct err *err) {
    if (!market_check(input, err))
        return false;
    struct market market = {.in = input, .n_owned = input->n_owned};
    market.machines = arena_new(arena, struct machine,
                                (size_t)input->n_candidates *
                                    (input->spot ? 1 + (size_t)input->spot->n_zones : 1));
    market.goods = arena_new(arena, struct good, input->n_candidates);
    market.uses = arena_new(arena, struct use, input->n_candidates);
    for (int w = 0; w < input->demand->n_workloads; w++)
        for (int c = 0; c < input->n_candidates; c++)
            if (input->candidates[c].workload == w)
                add_candidate(arena, &market, c);
    split_ways_out(arena, &market);
    market_add_functions(&market);
    market.limits =
        arena_new(arena, struct limit, input->n_quotas * market.n_machines + input->n_supply);
    apply_supply(&market);
    for (int q = 0; q < input->n_quotas; q++)
        apply_quota(&market, q);
    market_add_pools(arena, &market);
    market_add_slots(arena, &market);
    market_add_losses(arena, &market);
    send_from_machines(arena, &market);
    market_add_couplings(arena, &market);
    for (int m = 0; m < market.n_machines; m++)
        tabulate_rates(arena, &market, &market.machines[m]);
    *out = market;
    return true;
}

/* --- queries --- */

double market_rate(const struct market *market, const struct machine *machine, double instances) {
    const struct plan_input *in = market->in;
    int c = machine->candidate;
    return factor_of(in, c) *
           capacity_rate(&in->capacities[c], instances * in->candidates[c].replicas_per_instance);
}

int market_instances(const struct market *market, const struct machine *machine, double rate) {
    if (rate <= 0)
        return 0;
    const struct plan_input *in = market->in;
    int c = machine->candidate;
    int replicas =
        capacity_replicas(&in->capacities[c], rate * (1 - MARKET_SLACK) / factor_of(in, c));
    if (replicas < 0)
        return INT_MAX;
    int each = in->candidates[c].replicas_per_instance;
    return (int)(((int64_t)replicas + each - 1) / each);
}

bool market_limits_commitments(const struct market *market) {
    const struct plan_policy *policy = &market->in->policy;
    return policy->coverage_max < 1 || policy->upfront_usd_max >= 0 || market->n_couplings > 0;
}

bool market_is_stopped(const struct market *market) {
    return market->in->stop != NULL && *market->in->stop != 0;
}
