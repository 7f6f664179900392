/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Plan inputs of any size for the bench: workloads x purchase options x hours. Traffic has a day,
 * a week, growth, noise and bursts; each instance type can be bought five ways (on demand, spot in
 * a limited number, reserved for one and for three years, under a savings plan over all types) and
 * each workload can go to a token API. Fixed seeds. */
#ifndef HEADROOM_TESTS_PLAN_INSTANCE_H
#define HEADROOM_TESTS_PLAN_INSTANCE_H

#include <math.h>

#include "base/rng.h"
#include "solver/plan.h"

struct plan_instance {
    struct demand demand;
    struct plan_input input;
};

static inline struct quote instance_quote(double usd) {
    usd_pico rate = money_rate_from_usd(usd);
    return (struct quote){
        .known = true, .rate = rate, .low = rate, .high = rate, .rule = "", .reason = ""};
}

static inline double instance_draw(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

static inline void instance_demand(struct arena *arena, struct rng *rng, int n_workloads,
                                   int n_hours, struct demand *out) {
    *out = (struct demand){.n_workloads = n_workloads,
                           .n_weeks = 1,
                           .n_hours = n_hours,
                           .horizon_hours = n_hours,
                           .rate_per_second = arena_new(arena, double, n_workloads *n_hours),
                           .weight = arena_new(arena, double, n_hours)};
    out->weeks[0] = (struct demand_week){.month = 0, .weight = 1};
    for (int h = 0; h < n_hours; h++)
        out->weight[h] = 1;
    for (int w = 0; w < n_workloads; w++) {
        double base = exp(instance_draw(rng, log(400), log(10000)));
        double day = instance_draw(rng, 0.2, 0.7), week = instance_draw(rng, 0, 0.3);
        double phase = instance_draw(rng, 0, 24), growth = instance_draw(rng, -0.1, 0.5);
        for (int h = 0; h < n_hours; h++) {
            double rate = 1 + day * sin(2 * 3.14159265358979 * (h + phase) / 24);
            rate *= h / 24 % 7 >= 5 ? 1 - week : 1;
            rate *= 1 + growth * h / 8760;
            rate *= 1 + 0.1 * (rng_uniform(rng) + rng_uniform(rng) - 1);
            rate *= rng_uniform(rng) < 0.01 ? 1.5 : 1;
            out->rate_per_second[w * n_hours + h] = base * rate;
        }
    }
}

static inline void instance_offers(struct arena *arena, struct rng *rng, int n_types,
                                   struct offer *offers) {
    static const struct commitment_terms terms[] = {{COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
                                                    {COMMIT_RESERVED_STANDARD, 3, PAY_NO_UPFRONT},
                                                    {COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT}};
    for (int t = 0; t < n_types; t++) {
        double list = exp(instance_draw(rng, log(0.5), log(30)));
        double one_year = instance_draw(rng, 0.58, 0.68);
        double rates[] = {one_year, one_year - instance_draw(rng, 0.1, 0.2),
                          one_year + instance_draw(rng, 0.02, 0.1)};
        struct commitment_quote *quotes = arena_new(arena, struct commitment_quote, 3);
        for (int k = 0; k < 3; k++)
            quotes[k] = (struct commitment_quote){.terms = terms[k],
                                                  .effective = instance_quote(list * rates[k])};
        offers[t] = (struct offer){.kind = OFFER_INSTANCE,
                                   .sku = arena_printf(arena, "type%d", t),
                                   .region = "us-east-1",
                                   .family = "g",
                                   .quota_group = arena_printf(arena, "Q%d", t),
                                   .vcpu = 8,
                                   .on_demand = instance_quote(list),
                                   .spot = instance_quote(list * instance_draw(rng, 0.35, 0.6)),
                                   .interruptions_per_month = 0.1,
                                   .commitments = quotes,
                                   .n_commitments = 3};
    }
}

/** Requests/s an instance carries grow with its price, with luck. */
static inline void instance_candidates(struct arena *arena, struct rng *rng, int n_workloads,
                                       int n_types, struct offer *offers,
                                       struct plan_input *input) {
    int each = n_types + 1, n = n_workloads * each;
    struct candidate *candidates = arena_new(arena, struct candidate, n);
    struct capacity *capacities = arena_new(arena, struct capacity, n);
    for (int c = 0; c < n; c++) {
        int w = c / each, t = c % each, o = t < n_types ? t : n_types + w;
        struct offer *offer = &offers[o];
        if (t == n_types)
            *offer = (struct offer){.kind = OFFER_TOKEN_API,
                                    .sku = arena_printf(arena, "api%d", w),
                                    .region = "us-east-1",
                                    .family = "",
                                    .quota_group = "",
                                    .million_input_tokens = instance_quote(1),
                                    .million_output_tokens = instance_quote(1)};
        candidates[c] =
            (struct candidate){.kind = t < n_types ? CANDIDATE_INSTANCE : CANDIDATE_TOKEN_API,
                               .workload = w,
                               .name = offer->sku,
                               .sku = offer->sku,
                               .region = "us-east-1",
                               .offer = o,
                               .replicas_per_instance = 1};
        double rate = 1;
        if (t < n_types)
            rate = 10 * money_rate_usd(offer->on_demand.rate) * instance_draw(rng, 0.6, 1.6);
        capacities[c] = (struct capacity){.feasible = true, .n_points = 1};
        capacities[c].points[0] = (struct capacity_point){.replicas = 1, .rate_per_second = rate};
        if (t == n_types) /* dearer than on demand */
            capacities[c].input_tokens_per_request = 1e6 * instance_draw(rng, 0.11, 0.2) / 3600;
    }
    input->candidates = candidates;
    input->capacities = capacities;
    input->n_candidates = n;
}

/** n_options: 5 for each instance type. */
static inline void instance_open(struct arena *arena, uint64_t seed, int n_workloads, int n_options,
                                 int n_hours, struct plan_instance *out) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    int n_types = n_options / 5;
    struct offer *offers = arena_new(arena, struct offer, n_types + n_workloads);
    const char **names = arena_new(arena, const char *, n_workloads);
    struct commitment_terms *terms = arena_new(arena, struct commitment_terms, 3);
    struct plan_quota *quotas = arena_new(arena, struct plan_quota, n_types);
    for (int w = 0; w < n_workloads; w++)
        names[w] = arena_printf(arena, "w%d", w);
    *out = (struct plan_instance){0};
    instance_demand(arena, &rng, n_workloads, n_hours, &out->demand);
    instance_offers(arena, &rng, n_types, offers);
    for (int k = 0; k < 3; k++)
        terms[k] = offers[0].commitments[k].terms;
    double load = 0;
    for (int w = 0; w < n_workloads; w++)
        load += out->demand.rate_per_second[w * n_hours];
    for (int t = 0; t < n_types; t++) /* a twentieth of the load on each type's spot */
        quotas[t] = (struct plan_quota){
            .group = offers[t].quota_group,
            .spot = true,
            .vcpu = 8 * load / (20 * 10 * money_rate_usd(offers[t].on_demand.rate))};
    out->input = (struct plan_input){
        .demand = &out->demand,
        .workload_names = names,
        .offers = offers,
        .n_offers = n_types + n_workloads,
        .allow_on_demand = true,
        .allow_spot = true,
        .terms = terms,
        .n_terms = 3,
        .policy = {.term_years_max = 3,
                   .coverage_max = 1,
                   .upfront_usd_max = -1,
                   .spot_share_max = 0.5,
                   .spot_derating = 0.9},
        .quotas = quotas,
        .n_quotas = n_types,
    };
    instance_candidates(arena, &rng, n_workloads, n_types, offers, &out->input);
}

#endif
