/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/use_price.h"

#include <math.h>
#include <stddef.h>

enum { SECONDS_PER_HOUR = 3600 };

static const struct quote *first_unknown(const struct quote *const *quotes, int n) {
    for (int i = 0; i < n; i++)
        if (!quotes[i]->known)
            return quotes[i];
    return NULL;
}

const struct quote *use_missing_quote(const struct candidate *candidate,
                                      const struct offer *offer) {
    const struct service *service = &candidate->service;
    if (candidate->kind == CANDIDATE_FUNCTION)
        return first_unknown(
            (const struct quote *const[]){&offer->gb_second, &offer->million_requests,
                                          &offer->provisioned_gb_second, &offer->held_gb_second},
            service->function.provisioned > 0 ? 4 : 2);
    if (candidate->kind == CANDIDATE_INSTANCE)
        return first_unknown((const struct quote *const[]){&offer->on_demand}, 1);
    if (offer_tier_is_provisioned(offer->tier))
        return first_unknown((const struct quote *const[]){&offer->unit_hour}, 1);
    return first_unknown((const struct quote *const[]){&offer->million_input_tokens,
                                                       &offer->million_output_tokens,
                                                       &offer->million_cached_tokens},
                         service->token_api.cached_share > 0 ? 3 : 2);
}

static double mean_requests(const struct demand *demand, int workload, int from, int n_hours) {
    double requests = 0, hours = 0;
    for (int h = from; h < from + n_hours; h++) {
        requests += demand->weight[h] * SECONDS_PER_HOUR *
                    demand->rate_per_second[workload * demand->n_hours + h];
        hours += demand->weight[h];
    }
    return hours > 0 ? requests / hours : 0;
}

static double requests_per_hour(const struct demand *demand, int workload) {
    return mean_requests(demand, workload, 0, demand->n_hours);
}

/* Of the busiest week: units may be held in that one alone. */
static double most_requests_per_hour(const struct demand *demand, int workload) {
    int n_weeks = demand->n_weeks > 0 ? demand->n_weeks : 1, each = demand->n_hours / n_weeks;
    double most = 0;
    for (int week = 0; week < n_weeks; week++)
        most = fmax(most, mean_requests(demand, workload, week * each, each));
    return most;
}

static double held_gb_seconds_per_hour(const struct candidate *candidate) {
    const struct function_service *f = &candidate->service.function;
    return f->provisioned * (f->memory_mb / 1024.0) * SECONDS_PER_HOUR;
}

struct function_time use_function_time(const struct demand *demand,
                                       const struct candidate *candidate,
                                       const struct capacity *capacity) {
    double requests = requests_per_hour(demand, candidate->workload);
    return (struct function_time){
        capacity->gb_seconds_per_request, capacity->provisioned_gb_seconds_per_request,
        requests > 0 ? held_gb_seconds_per_hour(candidate) / requests : 0};
}

static double held_usd_per_hour(const struct candidate *candidate, const struct offer *offer) {
    if (candidate->kind == CANDIDATE_FUNCTION)
        return candidate->service.function.provisioned == 0
                   ? 0
                   : held_gb_seconds_per_hour(candidate) *
                         money_rate_usd(offer->held_gb_second.rate);
    return candidate->service.token_api.units * money_rate_usd(offer->unit_hour.rate);
}

double use_held_usd_per_request(const struct demand *demand, const struct candidate *candidate,
                                const struct offer *offer) {
    double held = held_usd_per_hour(candidate, offer);
    if (!(held > 0))
        return 0;
    double requests = candidate->kind == CANDIDATE_FUNCTION
                          ? requests_per_hour(demand, candidate->workload)
                          : most_requests_per_hour(demand, candidate->workload);
    return requests > 0 ? held / requests : 0;
}

double use_tokens_per_request(const struct capacity *capacity) {
    return capacity->input_tokens_per_request + capacity->cached_tokens_per_request +
           capacity->output_tokens_per_request;
}

double use_tokens_usd(const struct capacity *capacity, const struct offer *offer) {
    return 1e-6 *
           (capacity->input_tokens_per_request * money_rate_usd(offer->million_input_tokens.rate) +
            capacity->cached_tokens_per_request *
                money_rate_usd(offer->million_cached_tokens.rate) +
            capacity->output_tokens_per_request *
                money_rate_usd(offer->million_output_tokens.rate));
}

static double used_usd(const struct candidate *candidate, const struct capacity *capacity,
                       const struct offer *offer) {
    if (candidate->kind == CANDIDATE_FUNCTION)
        return capacity->gb_seconds_per_request * money_rate_usd(offer->gb_second.rate) +
               capacity->provisioned_gb_seconds_per_request *
                   money_rate_usd(offer->provisioned_gb_second.rate) +
               1e-6 * money_rate_usd(offer->million_requests.rate);
    return use_tokens_usd(capacity, offer);
}

double use_usd_per_request(const struct demand *demand, const struct candidate *candidate,
                           const struct capacity *capacity, const struct offer *offer) {
    return used_usd(candidate, capacity, offer) +
           use_held_usd_per_request(demand, candidate, offer);
}
