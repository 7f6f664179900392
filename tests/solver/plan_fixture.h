/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Builds small plan inputs by hand: one call a candidate, price or commitment. Tables have room
 * for what the tests need and say so when it ends. */
#ifndef HEADROOM_TESTS_PLAN_FIXTURE_H
#define HEADROOM_TESTS_PLAN_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "solver/plan.h"

enum { FIXTURE_MAX = 32 };

struct plan_fixture {
    struct arena arena;
    struct demand demand;
    const char *workload_names[FIXTURE_MAX];
    struct candidate candidates[FIXTURE_MAX];
    struct capacity capacities[FIXTURE_MAX];
    struct offer offers[FIXTURE_MAX];
    struct commitment_quote quotes[FIXTURE_MAX][8];
    struct commitment_terms terms[8];
    struct plan_quota quotas[8];
    struct commitment owned[8];
    double factors[FIXTURE_MAX];
    struct plan_input input;
};

static inline struct quote fixture_quote(double usd) {
    usd_pico rate = money_rate_from_usd(usd);
    return (struct quote){
        .known = true, .rate = rate, .low = rate, .high = rate, .rule = "", .reason = ""};
}

/** One week of n_hours equal hours; demand zero. */
static inline void fixture_open(struct plan_fixture *f, int n_workloads, int n_hours) {
    static const char *const names[] = {"chat", "code", "search", "mail"};
    memset(f, 0, sizeof *f);
    f->demand = (struct demand){
        .n_workloads = n_workloads, .n_weeks = 1, .n_hours = n_hours, .horizon_hours = n_hours};
    f->demand.weeks[0] = (struct demand_week){.month = 0, .weight = 1};
    f->demand.rate_per_second = arena_new(&f->arena, double, n_workloads *n_hours);
    f->demand.weight = arena_new(&f->arena, double, n_hours);
    for (int h = 0; h < n_hours; h++)
        f->demand.weight[h] = 1;
    for (int w = 0; w < n_workloads; w++)
        f->workload_names[w] = names[w];
    f->input = (struct plan_input){
        .demand = &f->demand,
        .workload_names = f->workload_names,
        .candidates = f->candidates,
        .capacities = f->capacities,
        .offers = f->offers,
        .allow_on_demand = true,
        .terms = f->terms,
        .policy = {.term_years_max = 3,
                   .coverage_max = 1,
                   .upfront_usd_max = -1,
                   .spot_share_max = 0,
                   .spot_derating = 1},
        .quotas = f->quotas,
        .owned = f->owned,
    };
}

static inline void fixture_close(struct plan_fixture *f) {
    arena_release(&f->arena);
}

static inline void fixture_demand(struct plan_fixture *f, int workload, const double *rates) {
    for (int h = 0; h < f->demand.n_hours; h++)
        f->demand.rate_per_second[workload * f->demand.n_hours + h] = rates[h];
}

/** An offer of an instance type; spot < 0: no spot price. */
static inline int fixture_offer(struct plan_fixture *f, const char *sku, const char *family,
                                double on_demand, double spot) {
    int o = f->input.n_offers++;
    f->offers[o] = (struct offer){.kind = OFFER_INSTANCE,
                                  .sku = sku,
                                  .region = "us-east-1",
                                  .family = family,
                                  .quota_group = "G",
                                  .vcpu = 8,
                                  .on_demand = fixture_quote(on_demand),
                                  .spot = {.reason = "no spot price is published"},
                                  .interruptions_per_month = -1,
                                  .commitments = f->quotes[o]};
    if (spot >= 0)
        f->offers[o].spot = fixture_quote(spot);
    return o;
}

/** An instance candidate that carries `rate` with every instance. */
static inline int fixture_candidate(struct plan_fixture *f, int workload, int offer, double rate) {
    int c = f->input.n_candidates++;
    f->candidates[c] = (struct candidate){.kind = CANDIDATE_INSTANCE,
                                          .workload = workload,
                                          .name = f->offers[offer].sku,
                                          .sku = f->offers[offer].sku,
                                          .region = f->offers[offer].region,
                                          .offer = offer,
                                          .replicas_per_instance = 1};
    f->capacities[c] = (struct capacity){.feasible = true, .n_points = 1};
    f->capacities[c].points[0] = (struct capacity_point){.replicas = 1, .rate_per_second = rate};
    return c;
}

static inline int fixture_instance(struct plan_fixture *f, int workload, const char *sku,
                                   double rate, double on_demand, double spot) {
    return fixture_candidate(f, workload, fixture_offer(f, sku, sku, on_demand, spot), rate);
}

/** A token API: a request costs usd_per_request; rate_max 0: no cap. */
static inline int fixture_api(struct plan_fixture *f, int workload, const char *name,
                              double usd_per_request, double rate_max) {
    int o = f->input.n_offers++, c = f->input.n_candidates++;
    f->offers[o] = (struct offer){.kind = OFFER_TOKEN_API,
                                  .sku = name,
                                  .region = "us-east-1",
                                  .family = "",
                                  .quota_group = "",
                                  .million_input_tokens = fixture_quote(1),
                                  .million_output_tokens = fixture_quote(1)};
    f->candidates[c] = (struct candidate){.kind = CANDIDATE_TOKEN_API,
                                          .workload = workload,
                                          .name = name,
                                          .sku = name,
                                          .region = "us-east-1",
                                          .offer = o,
                                          .replicas_per_instance = 1};
    f->capacities[c] = (struct capacity){.feasible = true,
                                         .n_points = 1,
                                         .rate_max_per_second = rate_max,
                                         .input_tokens_per_request = usd_per_request * 1e6};
    f->capacities[c].points[0] = (struct capacity_point){.replicas = 1, .rate_per_second = 1};
    return c;
}

/** A function: a request takes `gb_seconds` at `gb_usd` each and costs `request_usd` beside. */
static inline int fixture_function(struct plan_fixture *f, int workload, const char *name,
                                   double gb_seconds, double gb_usd, double request_usd,
                                   double rate_max) {
    int o = f->input.n_offers++, c = f->input.n_candidates++;
    f->offers[o] = (struct offer){.kind = OFFER_FUNCTION,
                                  .sku = name,
                                  .region = "us-east-1",
                                  .family = "",
                                  .quota_group = "",
                                  .gb_second = fixture_quote(gb_usd),
                                  .million_requests = fixture_quote(1e6 * request_usd),
                                  .commitments = f->quotes[o]};
    f->candidates[c] = (struct candidate){.kind = CANDIDATE_FUNCTION,
                                          .workload = workload,
                                          .name = name,
                                          .sku = name,
                                          .region = "us-east-1",
                                          .offer = o,
                                          .replicas_per_instance = 1};
    f->capacities[c] = (struct capacity){.feasible = true,
                                         .n_points = 1,
                                         .rate_max_per_second = rate_max,
                                         .gb_seconds_per_request = gb_seconds};
    f->capacities[c].points[0] = (struct capacity_point){.replicas = 1, .rate_per_second = 1};
    return c;
}

/** A commitment rate for an offer; the terms are opened for sale. */
static inline void fixture_commitment(struct plan_fixture *f, int offer, enum commitment_kind kind,
                                      int years, enum payment payment, double usd) {
    struct commitment_terms terms = {kind, years, payment};
    f->quotes[offer][f->offers[offer].n_commitments++] =
        (struct commitment_quote){.terms = terms, .effective = fixture_quote(usd)};
    for (int t = 0; t < f->input.n_terms; t++)
        if (f->terms[t].kind == kind && f->terms[t].term_years == years &&
            f->terms[t].payment == payment)
            return;
    f->terms[f->input.n_terms++] = terms;
}

static inline void fixture_quota(struct plan_fixture *f, const char *group, bool spot,
                                 double vcpu) {
    f->quotas[f->input.n_quotas++] = (struct plan_quota){group, spot, vcpu};
}

/** Own `count` reserved instances of the offer during the whole horizon. */
static inline void fixture_own(struct plan_fixture *f, int offer, double count, double usd) {
    f->owned[f->input.n_owned++] = (struct commitment){
        .name = "owned reserved instances",
        .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT},
        .owned = true,
        .offer = offer,
        .count = count,
        .hourly = money_rate_from_usd(usd),
        .from_s = 0,
        .to_s = 1000LL * 86400 * 365,
    };
}

/** Uniform in [low, high]. */
static inline double fixture_draw(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

#endif
