/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Compute savings plans cover of functions, as goods of the market. Of a request the good has
 * those times for which any plan has a rate: calls on demand, calls on provisioned copies, and the
 * copies held, which are spread over the mean requests as their cost is (use_price.h). A plan pays
 * them together; a time that it has no rate for takes of it what it costs on demand. */
#include "solver/market_parts.h"
#include "solver/use_price.h"

struct function_plan_rates market_function_rates(const struct offer *offer,
                                                 const struct commitment_terms *terms) {
    struct function_plan_rates rates = {0};
    const struct commitment_quote *quote = offer_commitment(offer, *terms);
    if (offer->kind != OFFER_FUNCTION || terms->kind != COMMIT_PLAN_COMPUTE || quote == NULL)
        return rates;
    rates.gb_second = quote->effective.known ? quote->effective.rate : 0;
    rates.provisioned_gb_second = quote->provisioned.known ? quote->provisioned.rate : 0;
    rates.held_gb_second = quote->held.known ? quote->held.rate : 0;
    return rates;
}

static void mark(const struct function_plan_rates *rates, struct function_time *covered) {
    covered->gb_seconds += rates->gb_second > 0;
    covered->provisioned += rates->provisioned_gb_second > 0;
    covered->held += rates->held_gb_second > 0;
}

/* The times of a request that any plan has a rate for. */
static struct function_time covered_time(const struct plan_input *in, int candidate) {
    int offer = in->candidates[candidate].offer;
    struct function_time covered = {0},
                         time = use_function_time(in->demand, &in->candidates[candidate],
                                                  &in->capacities[candidate]);
    for (int i = 0; i < in->n_owned; i++)
        if (in->owned[i].function_rates != NULL)
            mark(&in->owned[i].function_rates[offer], &covered);
    for (int t = 0; t < in->n_terms; t++) {
        struct function_plan_rates rates = market_function_rates(&in->offers[offer], &in->terms[t]);
        mark(&rates, &covered);
    }
    return (struct function_time){covered.gb_seconds > 0 ? time.gb_seconds : 0,
                                  covered.provisioned > 0 ? time.provisioned : 0,
                                  covered.held > 0 ? time.held : 0};
}

/* USD of a time at these rates, on demand where there is none. */
static double usd_of(double gb_seconds, usd_pico rate, const struct quote *list) {
    return gb_seconds > 0 ? gb_seconds * money_rate_usd(rate > 0 ? rate : list->rate) : 0;
}

static double time_usd(const struct function_time *time, const struct offer *offer,
                       const struct function_plan_rates *rates) {
    return usd_of(time->gb_seconds, rates->gb_second, &offer->gb_second) +
           usd_of(time->provisioned, rates->provisioned_gb_second, &offer->provisioned_gb_second) +
           usd_of(time->held, rates->held_gb_second, &offer->held_gb_second);
}

void market_add_functions(struct market *market) {
    const struct plan_input *in = market->in;
    for (int u = 0; u < market->n_uses; u++) {
        struct use *use = &market->uses[u];
        if (in->candidates[use->candidate].kind != CANDIDATE_FUNCTION)
            continue;
        int offer = in->candidates[use->candidate].offer;
        struct function_time time = covered_time(in, use->candidate);
        double usd = time_usd(&time, &in->offers[offer], &(struct function_plan_rates){0});
        if (usd <= 0)
            continue;
        use->good = market->n_goods;
        use->rest_usd_per_request = use->usd_per_request > usd ? use->usd_per_request - usd : 0;
        market->goods[market->n_goods++] = (struct good){.offer = offer,
                                                         .use = u,
                                                         .time = time,
                                                         .on_demand_usd = 3600 * usd,
                                                         .uncovered_usd = 3600 * usd};
    }
}

double market_function_use(const struct market *market, int good,
                           const struct function_plan_rates *rates) {
    const struct good *of = &market->goods[good];
    bool covers = (of->time.gb_seconds > 0 && rates->gb_second > 0) ||
                  (of->time.provisioned > 0 && rates->provisioned_gb_second > 0) ||
                  (of->time.held > 0 && rates->held_gb_second > 0);
    return covers ? 3600 * time_usd(&of->time, &market->in->offers[of->offer], rates) : 0;
}
