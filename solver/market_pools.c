/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pools: what is owned, then what may be bought, one for each day on which a term may begin; and
 * what a good draws of each. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "solver/market_parts.h"

/* What a unit of a good takes of a plan with these rates. */
static double plan_use(const struct market *market, int good, const usd_pico *rates,
                       const struct function_plan_rates *functions) {
    const struct good *of = &market->goods[good];
    if (of->use < 0)
        return money_rate_usd(rates[of->offer]);
    return functions == NULL ? 0 : market_function_use(market, good, &functions[of->offer]);
}

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
        market_exclude(arena, market, -1, option,
                       quote == NULL ? "no rate: the price book has none"
                                     : market_no_rate(arena, &quote->effective));
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
        market_exclude(arena, market, -1,
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
        market_exclude(arena, market, -1,
                       arena_printf(arena, "%d-year %s, %s", terms->term_years,
                                    commitment_kind_word(terms->kind),
                                    payment_word(terms->payment)),
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
        market_exclude(arena, market, -1, capacity->name, "no candidate runs on it");
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
            market_exclude(arena, market, machine->candidate, "all",
                           "on demand is not allowed and no commitment covers it");
    }
}

/* A reservation whose type nothing runs on is owed whatever is bought. */
static void refund_reservations(struct market *market) {
    for (int p = 0; p < market->n_pools; p++) {
        struct pool *pool = &market->pools[p];
        for (int g = 0; g < market->n_goods; g++)
            if (pool->terms.kind == COMMIT_CAPACITY_RESERVATION && pool->use[g] > 0) {
                pool->refunds = true;
                pool->good = g;
                pool->refund_usd = pool->rate;
            }
    }
}

void market_add_pools(struct arena *arena, struct market *market) {
    const struct plan_input *in = market->in;
    int most = in->n_owned + in->n_capacity + purchases_max(in) * (market->n_goods + 1);
    market->pools = arena_new(arena, struct pool, most);
    for (int i = 0; i < in->n_owned; i++)
        add_owned(arena, market, i);
    for (int t = 0; t < in->n_terms; t++)
        add_terms(arena, market, t);
    for (int i = 0; i < in->n_capacity; i++)
        add_capacity(arena, market, &in->capacity[i]);
    refund_reservations(market);
    close_uncovered(arena, market);
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
