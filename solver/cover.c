/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/cover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked_step {
    struct cover_step step;
    int group;     /* -2 blocks, -1 zonal, 0 reserved, 1 EC2 Instance plans, 2 Compute plans */
    double saving; /* share of on demand */
    double rate;
};

static int group_of(const struct pool *pool) {
    if (pool->terms.kind == COMMIT_CAPACITY_BLOCK)
        return -2;
    if (pool->reserved)
        return pool->zonal ? -1 : 0;
    return pool->terms.kind == COMMIT_PLAN_EC2 ? 1 : 2;
}

/* Of one reserved instance the smallest size comes first. */
static int by_size(const struct ranked_step *x, const struct ranked_step *y) {
    if (x->step.pool != y->step.pool)
        return x->step.pool - y->step.pool;
    if (x->step.use != y->step.use)
        return x->step.use < y->step.use ? -1 : 1;
    return x->step.good - y->step.good;
}

static int by_rank(const void *a, const void *b) {
    const struct ranked_step *x = a, *y = b;
    if (x->group != y->group)
        return x->group - y->group;
    if (x->group <= 0)
        return by_size(x, y);
    if (x->saving != y->saving)
        return x->saving > y->saving ? -1 : 1;
    if (x->rate != y->rate)
        return x->rate < y->rate ? -1 : 1;
    if (x->step.pool != y->step.pool)
        return x->step.pool - y->step.pool;
    return x->step.good - y->step.good;
}

void cover_order_build(struct arena *arena, const struct market *market, struct cover_order *out) {
    struct ranked_step *ranked =
        arena_new(arena, struct ranked_step, market->n_pools * market->n_goods);
    int n = 0;
    for (int p = 0; p < market->n_pools; p++)
        for (int g = 0; g < market->n_goods; g++) {
            double use = market->pools[p].use[g], list = market->goods[g].on_demand_usd;
            if (use > 0)
                ranked[n++] = (struct ranked_step){.step = {p, g, use},
                                                   .group = group_of(&market->pools[p]),
                                                   .saving = list > 0 ? (list - use) / list : 0,
                                                   .rate = use};
        }
    qsort(ranked, (size_t)n, sizeof *ranked, by_rank);
    out->n_steps = n;
    out->steps = arena_new(arena, struct cover_step, n);
    for (int i = 0; i < n; i++)
        out->steps[i] = ranked[i].step;
}

void cover_refresh(const struct cover_order *order, struct cover *cover) {
    cover->n_steps = 0;
    for (int i = 0; i < order->n_steps; i++)
        if (cover->amount[order->steps[i].pool] > 0)
            cover->steps[cover->n_steps++] = order->steps[i];
}

void cover_open(struct arena *arena, const struct market *market, const struct cover_order *order,
                const double *amount, struct cover *out) {
    *out = (struct cover){.market = market,
                          .amount = amount,
                          .steps = arena_new(arena, struct cover_step, order->n_steps),
                          .left_amount = arena_new(arena, double, market->n_pools),
                          .left_units = arena_new(arena, double, market->n_goods)};
    cover_refresh(order, out);
}

void cover_detail_open(struct arena *arena, const struct market *market, struct cover_detail *out) {
    out->used = arena_new(arena, double, market->n_pools);
    out->saved = arena_new(arena, double, market->n_pools);
    out->reserved = arena_new(arena, double, market->n_goods);
    out->planned = arena_new(arena, double, market->n_goods);
    out->effective = arena_new(arena, double, market->n_goods);
}

static void detail_clear(const struct market *market, struct cover_detail *detail) {
    for (int p = 0; p < market->n_pools; p++)
        detail->used[p] = detail->saved[p] = 0;
    for (int g = 0; g < market->n_goods; g++)
        detail->reserved[g] = detail->planned[g] = detail->effective[g] = 0;
}

double cover_price(struct cover *cover, int slot, const double *units,
                   struct cover_detail *detail) {
    const struct market *market = cover->market;
    double *left = cover->left_units, *held = cover->left_amount;
    if (detail != NULL)
        detail_clear(market, detail);
    memcpy(left, units, (size_t)market->n_goods * sizeof *left);
    if (cover->n_steps > 0)
        memcpy(held, cover->amount, (size_t)market->n_pools * sizeof *held);
    for (int p = 0; cover->n_steps > 0 && p < market->n_pools; p++)
        held[p] *= market->open[slot * market->n_pools + p];
    for (int i = 0; i < cover->n_steps; i++) {
        const struct cover_step *step = &cover->steps[i];
        if (left[step->good] <= 0 || held[step->pool] <= 0)
            continue;
        double taken = fmin(left[step->good], held[step->pool] / step->use);
        left[step->good] -= taken;
        held[step->pool] -= taken * step->use;
        if (detail == NULL)
            continue;
        detail->used[step->pool] += taken * step->use;
        detail->saved[step->pool] += taken * market->goods[step->good].on_demand_usd;
        detail->effective[step->good] += taken * step->use * market->pools[step->pool].rate;
        (market->pools[step->pool].reserved ? detail->reserved : detail->planned)[step->good] +=
            taken;
    }
    double usd = 0;
    for (int g = 0; g < market->n_goods; g++)
        if (left[g] > 1e-12)
            usd += left[g] * market->goods[g].uncovered_usd;
    int worst;
    return usd + market->beyond_supply_usd *
                     market_beyond_supply(market, slot, units, cover->amount, &worst);
}

double cover_mean_usd(const struct market *market, const struct cover_detail *detail,
                      const double *units, int good) {
    if (units[good] <= 0)
        return 0;
    double left = units[good] - detail->reserved[good] - detail->planned[good];
    return (detail->effective[good] + fmax(left, 0) * market->goods[good].uncovered_usd) /
           units[good];
}
