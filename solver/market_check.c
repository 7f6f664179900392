/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every number of a plan_input is looked at before it reaches arithmetic or the solver: finite, in
 * range, and every index inside its table. */
#include <math.h>

#include "solver/market_parts.h"

#define RATE_MAX 1e12 /* requests/s and the like: beyond it something is wrong */

static const char *candidate_name(const struct plan_input *input, int candidate) {
    const char *name = input->candidates[candidate].name;
    return name != NULL ? name : "?";
}

static bool in_range(double value, double low, double high) {
    return isfinite(value) && value >= low && value <= high;
}

static bool check_demand(const struct plan_input *input, struct err *err) {
    const struct demand *demand = input->demand;
    if (demand->n_workloads < 1 || demand->n_hours < 1 || demand->n_weeks > DEMAND_WEEKS_MAX)
        return err_set(err, ERR_INPUT, "nothing to plan: %d workloads over %d hours",
                       demand->n_workloads, demand->n_hours);
    for (int w = 0; w < demand->n_workloads; w++)
        for (int h = 0; h < demand->n_hours; h++) {
            double rate = demand->rate_per_second[w * demand->n_hours + h];
            if (!in_range(rate, 0, RATE_MAX))
                return err_set(err, ERR_INPUT,
                               "demand of '%s' in hour %d is %g requests/s; expected 0 to %g",
                               input->workload_names[w], h, rate, RATE_MAX);
        }
    for (int h = 0; h < demand->n_hours; h++)
        if (!(isfinite(demand->weight[h]) && demand->weight[h] > 0 && demand->weight[h] < RATE_MAX))
            return err_set(err, ERR_INPUT,
                           "planning hour %d stands for %g hours of the horizon; expected more "
                           "than 0",
                           h, demand->weight[h]);
    return true;
}

static bool check_points(const struct plan_input *input, int c, struct err *err) {
    const struct capacity *capacity = &input->capacities[c];
    if (capacity->n_points < 1 || capacity->n_points > CAPACITY_POINTS_MAX)
        return err_set(err, ERR_INPUT, "capacity of '%s' has %d points", candidate_name(input, c),
                       capacity->n_points);
    for (int i = 0; i < capacity->n_points; i++) {
        const struct capacity_point *point = &capacity->points[i];
        if (point->replicas <= (i > 0 ? capacity->points[i - 1].replicas : 0))
            return err_set(err, ERR_INPUT, "capacity of '%s' is not rising in replicas",
                           candidate_name(input, c));
        if (!in_range(point->rate_per_second, 0, RATE_MAX) || point->rate_per_second <= 0)
            return err_set(err, ERR_INPUT,
                           "capacity of '%s' at %d replicas is %g requests/s; expected more than 0",
                           candidate_name(input, c), point->replicas, point->rate_per_second);
    }
    return true;
}

static bool check_candidate(const struct plan_input *input, int c, struct err *err) {
    const struct candidate *candidate = &input->candidates[c];
    const struct capacity *capacity = &input->capacities[c];
    if (candidate->workload < 0 || candidate->workload >= input->demand->n_workloads ||
        candidate->offer < -1 || candidate->offer >= input->n_offers)
        return err_set(err, ERR_BUG, "candidate '%s' points to workload %d and offer %d",
                       candidate_name(input, c), candidate->workload, candidate->offer);
    if (input->capacity_factor != NULL &&
        !(input->capacity_factor[c] > 0 && input->capacity_factor[c] <= 1))
        return err_set(err, ERR_INPUT, "capacity factor of '%s' is %g; expected 0 to 1",
                       candidate_name(input, c), input->capacity_factor[c]);
    if (input->way_out_usd_per_request != NULL &&
        !in_range(input->way_out_usd_per_request[c], 0, RATE_MAX))
        return err_set(err, ERR_INPUT, "the way out of an answer of '%s' costs %g USD",
                       candidate_name(input, c), input->way_out_usd_per_request[c]);
    if (input->volume_usd_per_hour != NULL && !in_range(input->volume_usd_per_hour[c], 0, RATE_MAX))
        return err_set(err, ERR_INPUT, "the volume of '%s' costs %g USD an hour",
                       candidate_name(input, c), input->volume_usd_per_hour[c]);
    if (!capacity->feasible)
        return true;
    const double numbers[] = {capacity->rate_max_per_second,
                              capacity->gb_seconds_per_request,
                              capacity->provisioned_gb_seconds_per_request,
                              capacity->input_tokens_per_request,
                              capacity->cached_tokens_per_request,
                              capacity->output_tokens_per_request};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!in_range(numbers[i], 0, RATE_MAX))
            return err_set(err, ERR_INPUT,
                           "use of a request on '%s' is %g; expected a finite number >= 0",
                           candidate_name(input, c), numbers[i]);
    if (candidate->kind != CANDIDATE_INSTANCE)
        return true;
    if (candidate->replicas_per_instance < 1)
        return err_set(err, ERR_INPUT, "'%s' has %d replicas an instance; expected at least 1",
                       candidate_name(input, c), candidate->replicas_per_instance);
    return check_points(input, c, err);
}

static bool check_availability(const struct plan_input *input, struct err *err) {
    for (int c = 0; input->spot_availability && c < input->n_candidates; c++)
        if (!in_range(input->spot_availability[c], 0, 1))
            return err_set(err, ERR_INPUT, "spot availability of '%s' is %g; expected 0 to 1",
                           candidate_name(input, c), input->spot_availability[c]);
    const struct plan_spot *spot = input->spot;
    if (spot && spot->n_hours != input->demand->n_hours)
        return err_set(err, ERR_BUG, "spot is told for %d hours of %d", spot->n_hours,
                       input->demand->n_hours);
    for (int i = 0; spot && i < input->n_candidates * spot->n_hours; i++)
        if (!in_range(spot->had[i], 0, 1) || !(spot->price[i] > 0) || spot->price[i] > RATE_MAX)
            return err_set(err, ERR_INPUT,
                           "spot of '%s' in hour %d is there for %g of it at %g times its rate",
                           candidate_name(input, i / spot->n_hours), i % spot->n_hours,
                           spot->had[i], spot->price[i]);
    size_t n_zoned = spot && spot->zone_price ? (size_t)input->n_candidates *
                                                    (size_t)spot->n_zones * (size_t)spot->n_hours
                                              : 0;
    for (size_t i = 0; i < n_zoned; i++)
        if (!in_range(spot->zone_had[i], 0, 1) || !in_range(spot->zone_price[i], 0, RATE_MAX) ||
            (spot->zone_price[i] > 0) != (spot->zone_price[i - i % (size_t)spot->n_hours] > 0))
            return err_set(err, ERR_INPUT,
                           "spot of '%s' in %s is there for %g of an hour at %g times its rate",
                           candidate_name(input, (int)(i / (size_t)spot->n_hours) / spot->n_zones),
                           spot->zones[i / (size_t)spot->n_hours % (size_t)spot->n_zones],
                           spot->zone_had[i], spot->zone_price[i]);
    return true;
}

static bool check_policy(const struct plan_policy *policy, struct err *err) {
    if (policy->term_years_max < 0)
        return err_set(err, ERR_INPUT, "longest term is %d years", policy->term_years_max);
    if (!in_range(policy->coverage_max, 0, 1) || !in_range(policy->spot_share_max, 0, 1))
        return err_set(err, ERR_INPUT, "coverage %g and spot share %g must be 0 to 1",
                       policy->coverage_max, policy->spot_share_max);
    if (!in_range(policy->spot_zone_share_max, 0, 1))
        return err_set(err, ERR_INPUT, "spot share of a zone %g must be 0 to 1",
                       policy->spot_zone_share_max);
    if (!in_range(policy->spot_derating, 0, 1) || policy->spot_derating == 0)
        return err_set(err, ERR_INPUT, "spot derating is %g; expected more than 0, at most 1",
                       policy->spot_derating);
    if (!isfinite(policy->upfront_usd_max) || policy->upfront_usd_max > RATE_MAX)
        return err_set(err, ERR_INPUT, "upfront limit is %g USD", policy->upfront_usd_max);
    return true;
}

static bool check_quote(const struct quote *quote, const struct offer *offer, const char *what,
                        struct err *err) {
    if (!quote->known || quote->rate >= 0)
        return true;
    return err_set(err, ERR_INPUT, "%s rate of '%s' in %s is negative", what, offer->sku,
                   offer->region);
}

static bool check_offer(const struct offer *offer, struct err *err) {
    if (!check_quote(&offer->on_demand, offer, "on-demand", err) ||
        !check_quote(&offer->spot, offer, "spot", err) ||
        !check_quote(&offer->gb_second, offer, "GB-second", err) ||
        !check_quote(&offer->million_requests, offer, "request", err) ||
        !check_quote(&offer->million_input_tokens, offer, "input token", err) ||
        !check_quote(&offer->million_output_tokens, offer, "output token", err) ||
        !check_quote(&offer->million_cached_tokens, offer, "cached input token", err) ||
        !check_quote(&offer->unit_hour, offer, "model unit", err) ||
        !check_quote(&offer->provisioned_gb_second, offer, "provisioned GB-second", err) ||
        !check_quote(&offer->held_gb_second, offer, "held GB-second", err))
        return false;
    for (int i = 0; i < offer->n_commitments; i++)
        if (!check_quote(&offer->commitments[i].effective, offer, "commitment", err))
            return false;
    return true;
}

static bool check_owned(const struct plan_input *input, struct err *err) {
    for (int i = 0; i < input->n_owned; i++) {
        const struct commitment *owned = &input->owned[i];
        bool reserved = !commitment_kind_is_plan(owned->terms.kind);
        const char *name = owned->name != NULL ? owned->name : "?";
        if (reserved && (owned->offer < 0 || owned->offer >= input->n_offers))
            return err_set(err, ERR_BUG, "owned '%s' covers offer %d", name, owned->offer);
        if (!reserved && owned->plan_rates == NULL)
            return err_set(err, ERR_BUG, "owned '%s' has no plan rates", name);
        if (reserved ? !in_range(owned->count, 0, RATE_MAX) || owned->hourly < 0
                     : owned->plan_usd_per_hour < 0)
            return err_set(err, ERR_INPUT, "owned '%s' has a negative or unusable amount", name);
    }
    return true;
}

bool market_check(const struct plan_input *input, struct err *err) {
    if (input->n_candidates < 1)
        return err_set(err, ERR_INPUT, "no candidate to choose from");
    if (!check_demand(input, err) || !check_policy(&input->policy, err) ||
        !check_availability(input, err) || !check_owned(input, err))
        return false;
    for (int c = 0; c < input->n_candidates; c++)
        if (!check_candidate(input, c, err))
            return false;
    for (int o = 0; o < input->n_offers; o++)
        if (!check_offer(&input->offers[o], err))
            return false;
    for (int q = 0; q < input->n_quotas; q++)
        if (!in_range(input->quotas[q].vcpu, 0, RATE_MAX))
            return err_set(err, ERR_INPUT, "quota of group '%s' is %g vCPU; expected 0 to %g",
                           input->quotas[q].group, input->quotas[q].vcpu, RATE_MAX);
    for (int i = 0; i < input->n_supply; i++)
        if (!in_range(input->supply[i].at_once, 0, RATE_MAX) || input->supply[i].offer < 0 ||
            input->supply[i].offer >= input->n_offers)
            return err_set(err, ERR_INPUT, "supply %d: %g instances at once; expected 0 to %g", i,
                           input->supply[i].at_once, RATE_MAX);
    for (int i = 0; i < input->n_capacity; i++) {
        const struct plan_capacity *capacity = &input->capacity[i];
        if (capacity->offer < 0 || capacity->offer >= input->n_offers || capacity->hourly < 0 ||
            capacity->from_day < 0 || capacity->days < 1)
            return err_set(err, ERR_BUG, "capacity '%s' has no offer, price or time",
                           capacity->name);
    }
    for (int t = 0; input->term_zones != NULL && t < input->n_terms; t++)
        if (input->term_zones[t] < 0)
            return err_set(err, ERR_BUG, "a commitment in %d zones", input->term_zones[t]);
    for (int t = 0; t < input->n_terms; t++)
        if (input->terms[t].term_years < 1)
            return err_set(err, ERR_INPUT, "a commitment with a term of %d years",
                           input->terms[t].term_years);
    return true;
}
