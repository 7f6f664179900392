/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/worth.h"

#include <math.h>
#include <string.h>

#include "solver/what_if.h"

#define SHARE_STEP 0.01
#define MONEY_STEP 0.01 /* of the limit */
#define MONEY_STEP_LEAST_USD 1000
#define RATE_STEP 0.01 /* of the limit */

struct weighing {
    struct arena *arena;
    const struct plan_input *input;
    struct programme_memory memory;
    double now_usd; /* an hour */
    struct worth *rows;
    int n;
};

static bool least_usd(struct weighing *weighing, const struct plan_input *input, double *usd,
                      struct err *err) {
    struct arena scratch = {0};
    struct market market;
    struct what_if what_if;
    struct what_if_answer answer = {0};
    bool solved = market_open(&scratch, input, &market, err);
    if (solved) {
        what_if_open(&scratch, &market, &weighing->memory, &what_if);
        solved = what_if_solve(&scratch, &what_if, &answer, err);
    }
    *usd = answer.feasible ? answer.usd_per_hour : INFINITY;
    arena_release(&scratch);
    return solved;
}

/* A month's change of the minimum for another input; INFINITY: nothing fits. */
static bool change(struct weighing *weighing, const struct plan_input *moved, double *usd,
                   struct err *err) {
    if (!least_usd(weighing, moved, usd, err))
        return false;
    *usd = (*usd - weighing->now_usd) * HOURS_PER_MONTH;
    return true;
}

/* One row: `value` is the limit inside `moved`, scale x value the units that are told. */
static bool weigh(struct weighing *weighing, const struct plan_input *moved, double *value,
                  double scale, double step, double most, struct worth row, struct err *err) {
    double now = *value;
    row.now = now * scale;
    row.step = step * scale;
    row.more_usd = row.less_usd = NAN;
    if (now + step <= most * (1 + 1e-9)) {
        *value = now + step;
        if (!change(weighing, moved, &row.more_usd, err))
            return false;
        row.more_usd = fmax(0, -row.more_usd);
    }
    if (now - step >= -1e-12) {
        *value = fmax(0, now - step);
        if (!change(weighing, moved, &row.less_usd, err))
            return false;
        row.less_usd = fmax(0, row.less_usd);
    }
    *value = now;
    weighing->rows[weighing->n++] = row;
    return true;
}

static double money_step(double usd) {
    return fmax(MONEY_STEP_LEAST_USD, MONEY_STEP * usd);
}

static bool weigh_policy(struct weighing *weighing, struct err *err) {
    struct plan_input moved = *weighing->input;
    struct plan_policy *policy = &moved.policy;
    bool ok = true;
    if (moved.n_terms > 0 && policy->upfront_usd_max >= 0)
        ok = weigh(weighing, &moved, &policy->upfront_usd_max, 1,
                   money_step(policy->upfront_usd_max), INFINITY,
                   (struct worth){.limit = "policy.upfront_max", .unit = "USD"}, err);
    if (ok && moved.n_terms > 0)
        ok = weigh(weighing, &moved, &policy->coverage_max, 100, SHARE_STEP, 1,
                   (struct worth){.limit = "policy.coverage_max", .unit = "%"}, err);
    if (ok && moved.allow_spot)
        ok = weigh(weighing, &moved, &policy->spot_share_max, 100, SHARE_STEP, 1,
                   (struct worth){.limit = "policy.spot_share_max", .unit = "%"}, err);
    return ok;
}

/* The least that a quota of the group is drawn on by one instance. */
static double quota_step(const struct plan_input *input, const struct plan_quota *quota) {
    double step = INFINITY;
    for (int c = 0; c < input->n_candidates; c++) {
        const struct candidate *candidate = &input->candidates[c];
        if (candidate->kind != CANDIDATE_INSTANCE || candidate->offer < 0 ||
            !input->capacities[c].feasible)
            continue;
        const struct offer *offer = &input->offers[candidate->offer];
        if (strcmp(offer->quota_group, quota->group) == 0 && offer->vcpu > 0)
            step = fmin(step, offer->vcpu);
    }
    return step;
}

static bool weigh_quotas(struct weighing *weighing, struct err *err) {
    struct plan_input moved = *weighing->input;
    struct plan_quota *quotas = arena_new(weighing->arena, struct plan_quota, moved.n_quotas);
    for (int q = 0; q < moved.n_quotas; q++)
        quotas[q] = moved.quotas[q];
    moved.quotas = quotas;
    for (int q = 0; q < moved.n_quotas; q++) {
        double step = quota_step(weighing->input, &quotas[q]);
        if (!isfinite(step) || (quotas[q].spot && !moved.allow_spot))
            continue;
        struct worth row = {.limit = arena_printf(weighing->arena, "estate.quotas.%s%s",
                                                  quotas[q].group, quotas[q].spot ? " spot" : ""),
                            .unit = "vCPU"};
        if (!weigh(weighing, &moved, &quotas[q].vcpu, 1, step, INFINITY, row, err))
            return false;
    }
    return true;
}

static bool weigh_supply(struct weighing *weighing, struct err *err) {
    struct plan_input moved = *weighing->input;
    struct plan_supply *supply = arena_new(weighing->arena, struct plan_supply, moved.n_supply);
    for (int i = 0; i < moved.n_supply; i++)
        supply[i] = moved.supply[i];
    moved.supply = supply;
    for (int i = 0; i < moved.n_supply; i++) {
        const struct offer *offer = &moved.offers[supply[i].offer];
        struct worth row = {.limit = arena_printf(weighing->arena, "estate.supply.at_once of %s %s",
                                                  offer->sku, offer->region),
                            .unit = "instances"};
        if (!weigh(weighing, &moved, &supply[i].at_once, 1, 1, INFINITY, row, err))
            return false;
    }
    return true;
}

static bool is_limited_use(const struct plan_input *input, int candidate) {
    const struct capacity *capacity = &input->capacities[candidate];
    return input->candidates[candidate].kind != CANDIDATE_INSTANCE && capacity->feasible &&
           capacity->rate_max_per_second > 0;
}

/* Quotas of token APIs and copies of functions, as the requests that they let through. */
static bool weigh_uses(struct weighing *weighing, struct err *err) {
    struct plan_input moved = *weighing->input;
    size_t n = (size_t)moved.n_candidates;
    struct capacity *capacities =
        arena_grow(weighing->arena, moved.capacities, n, n, sizeof *capacities);
    moved.capacities = capacities;
    for (int c = 0; c < moved.n_candidates; c++) {
        if (!is_limited_use(weighing->input, c))
            continue;
        const struct candidate *candidate = &moved.candidates[c];
        double *most = &capacities[c].rate_max_per_second;
        struct worth row = {.limit = arena_printf(weighing->arena, "%s: what %s takes",
                                                  moved.workload_names[candidate->workload],
                                                  candidate->name),
                            .unit = "requests/s"};
        if (!weigh(weighing, &moved, most, 1, RATE_STEP * *most, INFINITY, row, err))
            return false;
    }
    return true;
}

static bool weigh_budgets(struct weighing *weighing, struct err *err) {
    struct plan_input moved = *weighing->input;
    struct plan_budget *budgets = arena_new(weighing->arena, struct plan_budget, moved.n_budgets);
    for (int b = 0; b < moved.n_budgets; b++)
        budgets[b] = moved.budgets[b];
    moved.budgets = budgets;
    for (int b = 0; b < moved.n_budgets; b++)
        if (!weigh(weighing, &moved, &budgets[b].usd, 1, money_step(budgets[b].usd), INFINITY,
                   (struct worth){.limit = budgets[b].name, .unit = "USD"}, err))
            return false;
    if (moved.carbon == NULL || isinf(moved.carbon->kg_max))
        return true;
    struct plan_carbon carbon = *moved.carbon;
    moved.carbon = &carbon;
    return weigh(weighing, &moved, &carbon.kg_max, 1, MONEY_STEP * carbon.kg_max, INFINITY,
                 (struct worth){.limit = carbon.name, .unit = "kg"}, err);
}

bool worth_of_limits(struct arena *arena, const struct plan_input *input, const struct worth **rows,
                     int *n, struct err *err) {
    enum { OF_POLICY = 3, OF_CARBON = 1 };
    struct weighing weighing = {.arena = arena,
                                .input = input,
                                .rows = arena_new(arena, struct worth,
                                                  OF_POLICY + OF_CARBON + input->n_quotas +
                                                      input->n_supply + input->n_budgets +
                                                      input->n_candidates)};
    bool ok = least_usd(&weighing, input, &weighing.now_usd, err);
    if (ok && isfinite(weighing.now_usd))
        ok = weigh_policy(&weighing, err) && weigh_quotas(&weighing, err) &&
             weigh_supply(&weighing, err) && weigh_uses(&weighing, err) &&
             weigh_budgets(&weighing, err);
    programme_forget(&weighing.memory);
    *rows = weighing.rows;
    *n = weighing.n;
    return ok;
}
