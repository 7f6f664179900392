/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/held.h"

#include <math.h>
#include <string.h>

enum { SECONDS_PER_DAY = 86400 };

static bool same_words(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_pool(const struct pool *pool, const struct commitment *commitment) {
    const struct commitment_terms *a = &pool->terms, *b = &commitment->terms;
    return a->kind == b->kind && a->term_years == b->term_years && a->payment == b->payment &&
           (int64_t)pool->from_day * SECONDS_PER_DAY == commitment->from_s &&
           pool->zonal == (commitment->zone > 0) && pool->offer == commitment->offer &&
           same_words(pool->family, commitment->family) &&
           same_words(pool->region, commitment->region);
}

static double sold_amount(const struct pool *pool, const struct commitment *commitment) {
    return pool->reserved ? commitment->count : money_amount_usd(commitment->plan_usd_per_hour);
}

/* The plan lists what is owned first, as the market does. */
static void match_pools(const struct plan *plan, struct held *out) {
    const struct market *market = &out->market;
    for (int p = 0; p < market->n_owned; p++) {
        out->amount[p] = market->pools[p].amount;
        out->pool_of[p] = p;
    }
    for (int i = market->n_owned; i < plan->n_commitments; i++) {
        const struct commitment *commitment = &plan->commitments[i].commitment;
        out->pool_of[i] = -1;
        if (commitment->terms.kind == COMMIT_MODEL_UNITS)
            continue;
        int p = market->n_owned;
        while (p < market->n_pools && !is_pool(&market->pools[p], commitment))
            p++;
        ENSURE(p < market->n_pools);
        out->pool_of[i] = p;
        out->amount[p] += sold_amount(&market->pools[p], commitment);
    }
}

bool held_open(struct arena *arena, const struct plan_input *input, const struct plan *plan,
               struct held *out, struct err *err) {
    *out = (struct held){.n_hours = input->demand->n_hours};
    if (!market_open(arena, input, &out->market, err))
        return false;
    const struct market *market = &out->market;
    cover_order_build(arena, market, &out->order);
    out->amount = arena_new(arena, double, market->n_pools);
    out->pool_of = arena_new(arena, int, plan->n_commitments);
    out->units = arena_new(arena, double, out->n_hours * market->n_goods);
    out->share = arena_new(arena, double, out->n_hours);
    match_pools(plan, out);
    double total = 0;
    for (int h = 0; h < out->n_hours; h++)
        total += input->demand->weight[h];
    for (int h = 0; h < out->n_hours; h++) {
        out->share[h] = input->demand->weight[h] / total;
        for (int m = 0; m < market->n_machines; m++)
            out->units[h * market->n_goods + market->machines[m].good] +=
                market_regular_in(market, plan, m, h);
        for (int u = 0; u < market->n_uses; u++) {
            const struct use *use = &market->uses[u];
            if (use->good >= 0)
                out->units[h * market->n_goods + use->good] +=
                    plan->overflow_share[use->candidate * out->n_hours + h] *
                    input->demand->rate_per_second[use->workload * out->n_hours + h];
        }
    }
    return true;
}

/* Of a good in reservations that the pool may cover, whether it runs or not. */
static double reserved_in(const struct held *held, int pool, int good, int hour) {
    const struct market *market = &held->market;
    const double *open = &market->open[market->slot_of_hour[hour] * market->n_pools];
    double reserved = 0;
    for (int r = 0; r < market->n_pools; r++)
        if (market_refunds(market, pool, r) && market->pools[r].good == good)
            reserved += held->amount[r] * open[r];
    return reserved;
}

double held_most(const struct held *held, int pool) {
    const struct market *market = &held->market;
    double most = 0;
    for (int h = 0; h < held->n_hours; h++) {
        double draws = 0;
        for (int g = 0; g < market->n_goods; g++)
            draws += market->pools[pool].use[g] *
                     fmax(held->units[h * market->n_goods + g], reserved_in(held, pool, g, h));
        most = fmax(most, draws);
    }
    return most;
}
