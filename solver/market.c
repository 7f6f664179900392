/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/market.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "solver/use_price.h"

enum { RATES_MAX = 4096, SECONDS_PER_HOUR = 3600, SECONDS_PER_DAY = 86400 };
#define PROHIBITIVE                                                                                \
    1e5 /* dearest instance hours, added to one that may not be bought on demand                   \
         */

static void exclude(struct arena *arena, struct market *market, int candidate, const char *option,
                    const char *reason) {
    market->exclusions = arena_grow(arena, market->exclusions, (size_t)market->n_exclusions,
                                    (size_t)market->n_exclusions + 1, sizeof *market->exclusions);
    market->exclusions[market->n_exclusions++] = (struct exclusion){candidate, option, reason};
}

static const char *no_rate(struct arena *arena, const struct quote *quote) {
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
            exclude(arena, market, machine.candidate,
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
        exclude(arena, market, c, "spot", no_rate(arena, &offer->spot));
    if (offer->spot.known && spot_is_open(in))
        market_price_spot(arena, in, &machine);
    if (spot_is_open(in) && offer->spot.known && !machine.spot)
        exclude(arena, market, c, "spot", "the spot market never has it");
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
        exclude(arena, market, c, "all", reason[0] != '\0' ? reason : "cannot hold the target");
        return;
    }
    if (candidate->offer < 0) {
        exclude(arena, market, c, "all",
                arena_printf(arena, "no rate: the price book has no %s in %s", candidate->sku,
                             candidate->region));
        return;
    }
    const struct quote *missing = use_missing_quote(candidate, &in->offers[candidate->offer]);
    if (missing != NULL)
        exclude(arena, market, c, "all", no_rate(arena, missing));
    else if (forbidden_units(in, c) != NULL)
        exclude(arena, market, c, "all", forbidden_units(in, c));
    else if (in->carbon != NULL && isnan(in->carbon->kg_per_instance_hour[c]))
        exclude(arena, market, c, "all",
                isfinite(in->carbon->kg_max) ? "carbon is limited and no figure for it is known"
                                             : "carbon is priced and no figure for it is known");
    else if (candidate->kind == CANDIDATE_INSTANCE)
        add_machine(arena, market, c);
    else
        add_use(market, c);
}

/* What a unit of a good takes of a plan with these rates. */
static double plan_use(const struct market *market, int good, const usd_pico *rates,
                       const struct function_plan_rates *functions) {
    const struct good *of = &market->goods[good];
    if (of->use < 0)
        return money_rate_usd(rates[of->offer]);
    return functions == NULL ? 0 : market_function_use(market, good, &functions[of->offer]);
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

/* --- commitments --- */

static bool is_reserved(enum commitment_kind kind) {
    return !commitment_kind_is_plan(kind);
}

static const struct offer *offer_of_good(const struct market *market, int good) {
    return &market->in->offers[market->goods[good].offer];
}

/* What an hour of a good takes of an instance held of `offer`: of its own type alone, or, regional,
 * of every size of its family that is flexible. */
static double reserved_use(const struct market *market, int offer, bool regional, int good) {
    if (!regional)
        return market->goods[good].offer == offer ? 1 : 0;
    return offer_reserved_hours(&market->in->offers[offer], offer_of_good(market, good));
}

static void add_owned(struct arena *arena, struct market *market, int i) {
    const struct commitment *owned = &market->in->owned[i];
    bool reserved = is_reserved(owned->terms.kind);
    bool regional = !commitment_kind_holds_capacity(owned->terms.kind) && owned->zone == 0;
    double *use = arena_new(arena, double, market->n_goods);
    for (int g = 0; g < market->n_goods; g++)
        use[g] = reserved ? reserved_use(market, owned->offer, regional, g)
                          : plan_use(market, g, owned->plan_rates, owned->function_rates);
    market->pools[market->n_pools++] = (struct pool){
        .owned = true,
        .reserved = reserved,
        .zonal = owned->zone > 0 && !commitment_kind_holds_capacity(owned->terms.kind),
        .holds = owned->zone > 0 || commitment_kind_holds_capacity(owned->terms.kind),
        .owned_index = i,
        .terms = owned->terms,
        .offer = reserved ? owned->offer : -1,
        .family = owned->family,
        .region = owned->region,
        .amount = reserved ? owned->count : money_amount_usd(owned->plan_usd_per_hour),
        .rate = reserved ? money_rate_usd(owned->hourly) : 1,
        .use = use,
        .plan_rates = owned->plan_rates,
        .function_rates = owned->function_rates,
        .hourly = owned->hourly,
    };
}

static double upfront_per_unit(const struct commitment_terms *terms, double share, double rate) {
    return share * rate * HOURS_PER_TERM_YEAR * terms->term_years;
}

/* Day of the horizon on which a month begins, or it ends. */
static int month_begins(const struct demand *demand, int month) {
    double hours = 0;
    for (int i = 0; i < month * demand->n_weeks; i++)
        hours += demand->month_hours[i];
    return (int)lround(hours / 24);
}

/* Day of the horizon on which a term of whole years of 365 days ends; INT_MAX past its end. */
static int term_ends(const struct demand *demand, int from_day, int years) {
    int day = from_day + HOURS_PER_TERM_YEAR / 24 * years;
    return day < month_begins(demand, demand->n_months) ? day : INT_MAX;
}

/* A purchase: the days that its term covers. */
struct purchase {
    struct commitment_terms terms;
    int zones; /* 0: regional */
    int month, from_day, to_day;
};

static int zones_of_terms(const struct plan_input *in, int t) {
    return in->term_zones != NULL ? in->term_zones[t] : 0;
}

static struct purchase purchase_in(const struct market *market, int t, int month) {
    const struct demand *demand = market->in->demand;
    const struct commitment_terms *terms = &market->in->terms[t];
    int from_day = month_begins(demand, month);
    return (struct purchase){*terms, zones_of_terms(market->in, t), month, from_day,
                             term_ends(demand, from_day, terms->term_years)};
}

/* Of reserved instances in a zone and in the region, which the offer is bought as. */
static bool other_scope_is_meant(const struct plan_input *in, int offer, bool zonal) {
    bool scarce = in->scarce != NULL && in->scarce[offer], other = false;
    for (int t = 0; t < in->n_terms; t++)
        other = other || (!commitment_kind_is_plan(in->terms[t].kind) &&
                          (zones_of_terms(in, t) > 0) != zonal);
    return other && scarce != zonal;
}

static void add_reserved(struct arena *arena, struct market *market,
                         const struct purchase *purchase, int good) {
    const struct commitment_terms *terms = &purchase->terms;
    const struct offer *offer = offer_of_good(market, good);
    const struct commitment_quote *quote = offer_commitment(offer, *terms);
    if (quote == NULL || !quote->effective.known) {
        const char *option = arena_printf(
            arena, "%d-year %s%s %s, %s", terms->term_years, purchase->zones > 0 ? "zonal " : "",
            commitment_kind_word(terms->kind), offer->sku, payment_word(terms->payment));
        exclude(arena, market, -1, option,
                quote == NULL ? "no rate: the price book has none"
                              : no_rate(arena, &quote->effective));
        return;
    }
    double *use = arena_new(arena, double, market->n_goods);
    for (int g = 0; g < market->n_goods; g++)
        use[g] = reserved_use(market, market->goods[good].offer, purchase->zones == 0, g);
    double rate = money_rate_usd(quote->effective.rate);
    market->pools[market->n_pools++] = (struct pool){
        .reserved = true,
        .zonal = purchase->zones > 0,
        .holds = purchase->zones > 0,
        .zones = purchase->zones,
        .terms = *terms,
        .month = purchase->month,
        .from_day = purchase->from_day,
        .to_day = purchase->to_day,
        .offer = market->goods[good].offer,
        .rate = rate,
        .step = purchase->zones > 1 ? purchase->zones : 1,
        .upfront_usd = upfront_per_unit(terms, commitment_quote_upfront_share(quote), rate),
        .use = use,
        .hourly = quote->effective.rate,
    };
}

/* A plan over the offers of one family in one region, or over all (family NULL). */
static void add_plan(struct arena *arena, struct market *market, const struct purchase *purchase,
                     const char *family, const char *region) {
    const struct commitment_terms *terms = &purchase->terms;
    const struct plan_input *in = market->in;
    usd_pico *rates = arena_new(arena, usd_pico, in->n_offers);
    struct function_plan_rates *functions =
        arena_new(arena, struct function_plan_rates, in->n_offers);
    double *use = arena_new(arena, double, market->n_goods);
    for (int o = 0; o < in->n_offers; o++) {
        const struct offer *offer = &in->offers[o];
        functions[o] = market_function_rates(offer, terms);
        if (offer->kind != OFFER_INSTANCE ||
            (family != NULL &&
             (strcmp(offer->family, family) != 0 || strcmp(offer->region, region) != 0)))
            continue;
        const struct commitment_quote *quote = offer_commitment(offer, *terms);
        rates[o] = quote != NULL && quote->effective.known ? quote->effective.rate : 0;
    }
    bool covers = false;
    for (int g = 0; g < market->n_goods; g++) {
        use[g] = plan_use(market, g, rates, functions);
        covers = covers || use[g] > 0;
    }
    if (!covers) {
        exclude(arena, market, -1,
                arena_printf(arena, "%d-year %s%s%s, %s", terms->term_years,
                             commitment_kind_word(terms->kind), family != NULL ? " " : "",
                             family != NULL ? family : "", payment_word(terms->payment)),
                "no rate: the price book has none for what it would cover");
        return;
    }
    market->pools[market->n_pools++] = (struct pool){
        .terms = *terms,
        .month = purchase->month,
        .from_day = purchase->from_day,
        .to_day = purchase->to_day,
        .offer = -1,
        .family = family,
        .region = region,
        .rate = 1,
        .step = PLAN_STEP_USD,
        .upfront_usd = upfront_per_unit(terms, payment_upfront_share(terms->payment), 1),
        .use = use,
        .plan_rates = rates,
        .function_rates = terms->kind == COMMIT_PLAN_COMPUTE ? functions : NULL,
    };
}

static bool family_seen(const struct market *market, int good) {
    const struct offer *offer = offer_of_good(market, good);
    for (int g = 0; g < good; g++) {
        const struct offer *earlier = offer_of_good(market, g);
        if (strcmp(earlier->family, offer->family) == 0 &&
            strcmp(earlier->region, offer->region) == 0)
            return true;
    }
    return false;
}

static const char *forbidden_terms(struct arena *arena, const struct plan_policy *policy,
                                   const struct commitment_terms *terms) {
    if (policy->term_years_max == 0)
        return "policy allows no commitments";
    if (terms->term_years > policy->term_years_max)
        return arena_printf(arena, "policy allows terms up to %d year%s", policy->term_years_max,
                            number_plural(policy->term_years_max));
    if (policy->coverage_max == 0)
        return "policy lets commitments cover 0% of the instance hours";
    return NULL;
}

static void add_purchase(struct arena *arena, struct market *market,
                         const struct purchase *purchase) {
    const struct commitment_terms *terms = &purchase->terms;
    if (terms->kind == COMMIT_PLAN_COMPUTE || terms->kind == COMMIT_PLAN_SAGEMAKER)
        add_plan(arena, market, purchase, NULL, NULL);
    for (int g = 0; g < market->n_goods; g++) {
        const struct offer *offer = offer_of_good(market, g);
        if (market->goods[g].use >= 0)
            continue;
        if (is_reserved(terms->kind) &&
            !other_scope_is_meant(market->in, market->goods[g].offer, purchase->zones > 0))
            add_reserved(arena, market, purchase, g);
        else if (terms->kind == COMMIT_PLAN_EC2 && offer->family[0] != '\0' &&
                 !family_seen(market, g))
            add_plan(arena, market, purchase, offer->family, offer->region);
    }
}

bool plan_may_start(int term_years, uint64_t start_months, int month) {
    return start_months != 0 ? ((start_months >> month) & 1) != 0 : month % (12 * term_years) == 0;
}

static int purchases_max(const struct plan_input *in) {
    int n = 0;
    for (int t = 0; t < in->n_terms; t++)
        n += in->demand->n_months > 0 ? in->demand->n_months : 1;
    return n;
}

static void add_terms(struct arena *arena, struct market *market, int t) {
    const struct commitment_terms *terms = &market->in->terms[t];
    const char *forbidden = forbidden_terms(arena, &market->in->policy, terms);
    if (forbidden != NULL) {
        exclude(arena, market, -1,
                arena_printf(arena, "%d-year %s, %s", terms->term_years,
                             commitment_kind_word(terms->kind), payment_word(terms->payment)),
                forbidden);
        return;
    }
    uint64_t months = market->in->start_months != NULL ? market->in->start_months[t] : 0;
    bool told = false;
    for (int m = 0; m == 0 || m < market->in->demand->n_months; m++) {
        if (!plan_may_start(terms->term_years, months, m))
            continue;
        int n_exclusions = market->n_exclusions;
        struct purchase purchase = purchase_in(market, t, m);
        add_purchase(arena, market, &purchase);
        if (told) /* what has no rate is told once */
            market->n_exclusions = n_exclusions;
        told = true;
    }
}

/* A pool over one offer, as reserved instances are. */
static void add_capacity(struct arena *arena, struct market *market,
                         const struct plan_capacity *capacity) {
    int good = 0;
    while (good < market->n_goods &&
           (market->goods[good].use >= 0 || market->goods[good].offer != capacity->offer))
        good++;
    if (good == market->n_goods) {
        exclude(arena, market, -1, capacity->name, "no candidate runs on it");
        return;
    }
    bool block = capacity->kind == COMMIT_CAPACITY_BLOCK;
    double *use = arena_new(arena, double, market->n_goods);
    use[good] = 1;
    double rate = money_rate_usd(capacity->hourly);
    market->pools[market->n_pools++] = (struct pool){
        .reserved = true,
        .holds = true,
        .name = capacity->name,
        .terms = {capacity->kind, 0, block ? PAY_ALL_UPFRONT : PAY_NO_UPFRONT},
        .month = capacity->month,
        .from_day = capacity->from_day,
        .to_day = capacity->from_day + capacity->days,
        .offer = capacity->offer,
        .rate = rate,
        .step = 1,
        .upfront_usd = block ? 24.0 * capacity->days * rate : 0,
        .use = use,
        .hourly = capacity->hourly,
    };
}

/* Where on demand is not allowed, a machine that nothing covers has no regular capacity. */
static void close_uncovered(struct arena *arena, struct market *market) {
    for (int m = 0; m < market->n_machines && !market->in->allow_on_demand; m++) {
        struct machine *machine = &market->machines[m];
        machine->regular = false;
        for (int p = 0; p < market->n_pools && machine->zone < 0; p++)
            machine->regular = machine->regular || market->pools[p].use[machine->good] > 0;
        if (!machine->regular && !machine->spot)
            exclude(arena, market, machine->candidate, "all",
                    "on demand is not allowed and no commitment covers it");
    }
}

/* --- hours --- */

static int week_of(const struct demand *demand, int hour) {
    return demand->n_weeks > 0 ? hour / (demand->n_hours / demand->n_weeks) : 0;
}

static double owned_left(const struct market *market, int owned, int hour) {
    const double *left = market->in->owned_left;
    return left ? left[owned * market->in->demand->n_hours + hour] : 1;
}

bool plan_commitment_active(const struct demand *demand, int hour,
                            const struct commitment *commitment) {
    int64_t at_s = (int64_t)demand->weeks[week_of(demand, hour)].from_day * SECONDS_PER_DAY;
    return commitment->from_s <= at_s && at_s < commitment->to_s;
}

bool market_pool_held(const struct market *market, const struct pool *pool, int hour) {
    const struct demand *demand = market->in->demand;
    int day = demand->weeks[week_of(demand, hour)].from_day;
    if (pool->owned)
        return plan_commitment_active(demand, hour, &market->in->owned[pool->owned_index]);
    return pool->from_day <= day && day < pool->to_day;
}

/* Share of the amount held that is ours to use. */
static double open_share(const struct market *market, const struct pool *pool, int hour) {
    if (!market_pool_held(market, pool, hour))
        return 0;
    return pool->owned ? owned_left(market, pool->owned_index, hour) : 1;
}

/* By week the first week in which the same is held. */
static const int *regimes(struct arena *arena, const struct market *market) {
    const struct demand *demand = market->in->demand;
    int n_weeks = demand->n_weeks > 0 ? demand->n_weeks : 1, each = demand->n_hours / n_weeks;
    int *regime = arena_new(arena, int, n_weeks);
    for (int week = 0; week < n_weeks; week++) {
        bool same = false;
        for (int other = 0; !same && other <= week; other++) {
            same = true;
            for (int p = 0; same && p < market->n_pools; p++)
                same = market_pool_held(market, &market->pools[p], week * each) ==
                       market_pool_held(market, &market->pools[p], other * each);
            regime[week] = other;
        }
    }
    return regime;
}

static bool same_slot(const struct market *market, const int *regime, int hour, int slot) {
    const struct demand *demand = market->in->demand;
    int other = market->hour_of_slot[slot];
    if (regime[week_of(demand, hour)] != regime[week_of(demand, other)])
        return false;
    for (int w = 0; w < demand->n_workloads; w++)
        if (demand->rate_per_second[w * demand->n_hours + hour] !=
            demand->rate_per_second[w * demand->n_hours + other])
            return false;
    if (!market_same_spot(market, hour, other))
        return false;
    for (int i = 0; i < market->in->n_owned; i++)
        if (owned_left(market, i, hour) != owned_left(market, i, other))
            return false;
    return true;
}

/* Of what every hour of a slot has in common; unequal hours may share it. */
static uint64_t hash_of_hour(const struct demand *demand, const int *regime, int hour) {
    uint64_t hash = 1469598103934665603u ^ (uint64_t)regime[week_of(demand, hour)];
    for (int w = 0; w < demand->n_workloads; w++) {
        double rate = demand->rate_per_second[w * demand->n_hours + hour] + 0.0; /* -0 is 0 */
        uint64_t bits;
        memcpy(&bits, &rate, sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
        hash ^= hash >> 29;
    }
    return hash;
}

/* The slots so far by their hash: open addressing, at most half full. */
struct slot_table {
    size_t size; /* a power of two */
    int *slot;   /* [size] -1: free */
};

static void merge_hours(struct arena *arena, struct market *market) {
    const struct demand *demand = market->in->demand;
    struct slot_table table = {.size = 1};
    while (table.size < 2 * (size_t)demand->n_hours)
        table.size *= 2;
    table.slot = arena_new(arena, int, table.size);
    for (size_t i = 0; i < table.size; i++)
        table.slot[i] = -1;
    market->slot_of_hour = arena_new(arena, int, demand->n_hours);
    market->hour_of_slot = arena_new(arena, int, demand->n_hours);
    market->share = arena_new(arena, double, demand->n_hours);
    const int *regime = regimes(arena, market);
    double total = 0;
    for (int h = 0; h < demand->n_hours; h++) {
        size_t at = hash_of_hour(demand, regime, h) & (table.size - 1);
        while (table.slot[at] >= 0 && !same_slot(market, regime, h, table.slot[at]))
            at = (at + 1) & (table.size - 1);
        int slot = table.slot[at];
        if (slot < 0) {
            slot = table.slot[at] = market->n_slots++;
            market->hour_of_slot[slot] = h;
        }
        market->slot_of_hour[h] = slot;
        market->share[slot] += demand->weight[h];
        total += demand->weight[h];
    }
    for (int s = 0; s < market->n_slots; s++)
        market->share[s] /= total;
}

static void fill_slots(struct arena *arena, struct market *market) {
    const struct demand *demand = market->in->demand;
    int n_slots = market->n_slots;
    market->demand = arena_new(arena, double, demand->n_workloads *n_slots);
    market->peak = arena_new(arena, double, demand->n_workloads);
    for (int w = 0; w < demand->n_workloads; w++)
        for (int s = 0; s < n_slots; s++) {
            double rate = demand->rate_per_second[w * demand->n_hours + market->hour_of_slot[s]];
            market->demand[w * n_slots + s] = rate;
            market->peak[w] = fmax(market->peak[w], rate);
        }
    market->open = arena_new(arena, double, n_slots * market->n_pools);
    market->fixed_usd = arena_new(arena, double, n_slots);
    for (int s = 0; s < n_slots; s++) {
        market->fixed_usd[s] = market_way_out(market, s);
        for (int p = 0; p < market->n_pools; p++) {
            struct pool *pool = &market->pools[p];
            int hour = market->hour_of_slot[s];
            market->open[s * market->n_pools + p] = open_share(market, pool, hour);
            if (!market_pool_held(market, pool, hour))
                continue;
            pool->held += market->share[s];
            if (pool->owned)
                market->fixed_usd[s] += pool->amount * pool->rate;
        }
    }
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
    int pools_max =
        input->n_owned + input->n_capacity + purchases_max(input) * (market.n_goods + 1);
    market.pools = arena_new(arena, struct pool, pools_max);
    for (int i = 0; i < input->n_owned; i++)
        add_owned(arena, &market, i);
    for (int t = 0; t < input->n_terms; t++)
        add_terms(arena, &market, t);
    for (int i = 0; i < input->n_capacity; i++)
        add_capacity(arena, &market, &input->capacity[i]);
    close_uncovered(arena, &market);
    merge_hours(arena, &market);
    fill_slots(arena, &market);
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

const char *market_hour_name(struct arena *arena, const struct market *market, int hour) {
    const struct demand *demand = market->in->demand;
    int in_week = hour % 168;
    const char *name =
        arena_printf(arena, "%s %02d:00 UTC", calendar_day_name(in_week / 24), in_week % 24);
    if (demand->n_weeks < 2)
        return name;
    int week = hour / (demand->n_hours / demand->n_weeks);
    return arena_printf(arena, "%s of %smonth %d", name,
                        demand->weeks[week].event.year != 0 ? "an event in " : "",
                        demand->weeks[week].month + 1);
}

const char *market_pool_name(struct arena *arena, const struct market *market,
                             const struct pool *pool) {
    const char *word = commitment_kind_word(pool->terms.kind);
    const char *payment = payment_word(pool->terms.payment);
    if (!pool->owned && pool->month > 0)
        payment = arena_printf(arena, "%s, bought in month %d", payment, pool->month + 1);
    if (pool->owned && market->in->owned[pool->owned_index].name != NULL)
        return market->in->owned[pool->owned_index].name;
    if (pool->name != NULL)
        return pool->name;
    if (pool->reserved)
        return arena_printf(arena, "%d-year %s%s %s %s, %s", pool->terms.term_years,
                            pool->zonal ? "zonal " : "", word, market->in->offers[pool->offer].sku,
                            market->in->offers[pool->offer].region, payment);
    if (pool->family != NULL)
        return arena_printf(arena, "%d-year %s %s %s, %s", pool->terms.term_years, word,
                            pool->family, pool->region, payment);
    return arena_printf(arena, "%d-year %s, %s", pool->terms.term_years, word, payment);
}
