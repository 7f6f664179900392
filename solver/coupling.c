/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Budgets and limits of carbon as rows over many hours (market.h). */
#include <math.h>
#include <string.h>

#include "solver/market_parts.h"

/* Hours of the calendar months marked that one hour of a planning week stands for; NULL: of all. */
static double week_hours(const struct demand *demand, int week, const bool *months) {
    double hours = 0;
    for (int m = 0; m < demand->n_months && months == NULL; m++)
        hours += demand->month_hours[m * demand->n_weeks + week];
    for (int c = 0; c < demand->n_calendar && months != NULL; c++)
        if (months[c])
            hours += demand->calendar_hours[c * demand->n_weeks + week];
    return hours / (demand->n_hours / demand->n_weeks);
}

static double *slot_hours(struct arena *arena, const struct market *market, const bool *months) {
    const struct demand *demand = market->in->demand;
    int each = demand->n_hours / demand->n_weeks;
    double *hours = arena_new(arena, double, market->n_slots);
    for (int h = 0; h < demand->n_hours; h++)
        hours[market->slot_of_hour[h]] += week_hours(demand, h / each, months);
    return hours;
}

/* Hours of those that count in which a pool is held. */
static double held_hours(const struct market *market, const double *hours,
                         const struct pool *pool) {
    double held = 0;
    for (int s = 0; s < market->n_slots; s++)
        held += market_pool_held(market, pool, market->hour_of_slot[s]) ? hours[s] : 0;
    return held;
}

/* What a unit of a pool counts: the cost of the hours in which it is held, of which in cash the
 * upfront share is paid on purchase. */
static double budget_of_unit(const struct market *market, const struct plan_budget *budget,
                             const double *hours, int p) {
    const struct pool *pool = &market->pools[p];
    double usd = pool->rate * held_hours(market, hours, pool);
    if (!budget->cash)
        return usd;
    double term = pool->rate * HOURS_PER_TERM_YEAR * pool->terms.term_years;
    double upfront =
        term > 0 ? pool->upfront_usd / term : payment_upfront_share(pool->terms.payment);
    bool paid = budget->months[demand_calendar_month(market->in->demand, pool->from_day)];
    return usd * (1 - upfront) + (paid ? pool->upfront_usd : 0);
}

/* Of what is owned the upfront share was paid before. */
static double owned_usd(const struct market *market, const struct plan_budget *budget,
                        const double *hours) {
    double usd = 0;
    for (int p = 0; p < market->n_owned; p++) {
        const struct pool *pool = &market->pools[p];
        double upfront = commitment_upfront_share(&market->in->owned[pool->owned_index]);
        usd += pool->amount * pool->rate * held_hours(market, hours, pool) *
               (budget->cash ? 1 - upfront : 1);
    }
    return usd;
}

/* Of the answers that go out anyway. */
static double way_out_usd(const struct market *market, const double *hours, const bool *counts) {
    double usd = 0;
    for (int w = 0; w < market->in->demand->n_workloads; w++)
        for (int s = 0; s < market->n_slots && (counts == NULL || counts[w]); s++)
            usd += hours[s] * 3600 * market->way_out[w] * market->demand[w * market->n_slots + s];
    return usd;
}

static void add_budget(struct arena *arena, struct market *market,
                       const struct plan_budget *budget) {
    double *per_unit = arena_new(arena, double, market->n_pools);
    const double *hours = slot_hours(arena, market, budget->months);
    bool all = budget->workloads == NULL;
    for (int p = market->n_owned; p < market->n_pools && all; p++)
        per_unit[p] = budget_of_unit(market, budget, hours, p);
    market->couplings[market->n_couplings++] = (struct coupling){
        .name = budget->name,
        .where = budget->where,
        .limit = budget->usd,
        .fixed = budget->beside_usd + (all ? owned_usd(market, budget, hours) : 0) +
                 way_out_usd(market, hours, budget->workloads),
        .counts = budget->workloads,
        .hours = hours,
        .per_unit = per_unit};
}

static void add_carbon(struct arena *arena, struct market *market) {
    const struct plan_carbon *carbon = market->in->carbon;
    double *kg = arena_new(arena, double, market->n_machines);
    for (int m = 0; m < market->n_machines; m++)
        kg[m] = carbon->kg_per_instance_hour[market->machines[m].candidate];
    market->couplings[market->n_couplings++] =
        (struct coupling){.name = carbon->name,
                          .where = carbon->where,
                          .carbon = true,
                          .limit = carbon->kg_max,
                          .hours = slot_hours(arena, market, NULL),
                          .per_unit = arena_new(arena, double, market->n_pools),
                          .kg_per_instance = kg};
}

void market_add_couplings(struct arena *arena, struct market *market) {
    const struct plan_input *in = market->in;
    market->couplings = arena_new(arena, struct coupling, in->n_budgets + 1);
    for (int b = 0; b < in->n_budgets; b++)
        add_budget(arena, market, &in->budgets[b]);
    if (in->carbon != NULL && isfinite(in->carbon->kg_max))
        add_carbon(arena, market);
}

double coupling_of_instance(const struct coupling *coupling, int machine, double usd) {
    return coupling->carbon ? coupling->kg_per_instance[machine] : usd;
}

double coupling_of_use(const struct coupling *coupling, double usd) {
    return coupling->carbon ? 0 : usd;
}

double coupling_scale(const struct coupling *coupling) {
    return fmax(fabs(coupling->limit), 1);
}

bool coupling_shares_limit(const struct coupling *a, const struct coupling *b) {
    return a == b || (a->where != NULL && b->where != NULL && strcmp(a->where, b->where) == 0);
}

bool coupling_kept(const struct coupling *coupling, double value) {
    return value <= coupling->limit + 1e-9 * coupling_scale(coupling);
}
