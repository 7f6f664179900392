/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/cover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked_step {
    struct cover_step step;
    int group;     /* -3 blocks, -2 reservations of capacity, -1 zonal, 0 reserved, 1 EC2 Instance
                      plans, 2 Compute plans */
    double saving; /* share of on demand */
    double rate;
};

static int group_of(const struct pool *pool) {
    if (pool->terms.kind == COMMIT_CAPACITY_BLOCK)
        return -3;
    if (pool->terms.kind == COMMIT_CAPACITY_RESERVATION)
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

static int by_saving(const struct ranked_step *x, const struct ranked_step *y) {
    if (x->saving != y->saving)
        return x->saving > y->saving ? -1 : 1;
    if (x->rate != y->rate)
        return x->rate < y->rate ? -1 : 1;
    if (x->step.pool != y->step.pool)
        return x->step.pool - y->step.pool;
    return x->step.good - y->step.good;
}

static int by_rank(const void *a, const void *b) {
    const struct ranked_step *x = a, *y = b;
    if (x->group != y->group)
        return x->group - y->group;
    if ((x->step.part == COVER_IDLE) != (y->step.part == COVER_IDLE))
        return x->step.part == COVER_IDLE ? 1 : -1;
    int order = x->group <= 0 ? by_size(x, y) : by_saving(x, y);
    if (order != 0)
        return order;
    if (x->step.part != y->step.part)
        return (int)x->step.part - (int)y->step.part;
    return x->step.reservation - y->step.reservation;
}

static struct ranked_step ranked_step(const struct market *market, int pool, int good) {
    double use = market->pools[pool].use[good], list = market->goods[good].on_demand_usd;
    return (struct ranked_step){.step = {.pool = pool, .good = good, .reservation = -1, .use = use},
                                .group = group_of(&market->pools[pool]),
                                .saving = list > 0 ? (list - use) / list : 0,
                                .rate = use};
}

void cover_order_build(struct arena *arena, const struct market *market, struct cover_order *out) {
    struct ranked_step *ranked = arena_new(
        arena, struct ranked_step,
        (size_t)market->n_pools * ((size_t)market->n_goods + 2 * (size_t)market->n_pools));
    int n = 0;
    for (int p = 0; p < market->n_pools; p++) {
        for (int g = 0; g < market->n_goods; g++)
            if (market->pools[p].use[g] > 0)
                ranked[n++] = ranked_step(market, p, g);
        for (int r = 0; r < market->n_pools; r++)
            for (int part = COVER_INSIDE; part <= COVER_IDLE && market_refunds(market, p, r);
                 part++) {
                ranked[n] = ranked_step(market, p, market->pools[r].good);
                ranked[n].step.part = (enum cover_part)part;
                ranked[n++].step.reservation = r;
            }
    }
    qsort(ranked, (size_t)n, sizeof *ranked, by_rank);
    out->n_steps = n;
    out->steps = arena_new(arena, struct cover_step, n);
    for (int i = 0; i < n; i++)
        out->steps[i] = ranked[i].step;
}

void cover_refresh(const struct cover_order *order, struct cover *cover) {
    cover->n_steps = 0;
    for (int i = 0; i < order->n_steps; i++) {
        int reservation = order->steps[i].reservation;
        if (cover->amount[order->steps[i].pool] > 0 &&
            (reservation < 0 || cover->amount[reservation] > 0))
            cover->steps[cover->n_steps++] = order->steps[i];
    }
}

void cover_open(struct arena *arena, const struct market *market, const struct cover_order *order,
                const double *amount, struct cover *out) {
    *out = (struct cover){.market = market,
                          .amount = amount,
                          .steps = arena_new(arena, struct cover_step, order->n_steps),
                          .left_amount = arena_new(arena, double, market->n_pools),
                          .left_units = arena_new(arena, double, market->n_goods),
                          .inside = arena_new(arena, double, market->n_pools),
                          .idle = arena_new(arena, double, market->n_pools)};
    cover_refresh(order, out);
}

void cover_detail_open(struct arena *arena, const struct market *market, struct cover_detail *out) {
    out->used = arena_new(arena, double, market->n_pools);
    out->saved = arena_new(arena, double, market->n_pools);
    out->reserved = arena_new(arena, double, market->n_goods);
    out->planned = arena_new(arena, double, market->n_goods);
    out->effective = arena_new(arena, double, market->n_goods);
    out->inside = arena_new(arena, double, market->n_goods);
    out->idle = arena_new(arena, double, market->n_goods);
    out->idle_left = arena_new(arena, double, market->n_goods);
}

static void detail_clear(const struct market *market, struct cover_detail *detail) {
    for (int p = 0; p < market->n_pools; p++)
        detail->used[p] = detail->saved[p] = 0;
    for (int g = 0; g < market->n_goods; g++)
        detail->reserved[g] = detail->planned[g] = detail->effective[g] = detail->inside[g] =
            detail->idle[g] = detail->idle_left[g] = 0;
}

/* What is held in the slot; of reservations all idles until something runs in them. */
static void hold(struct cover *cover, int slot) {
    const struct market *market = cover->market;
    for (int p = 0; p < market->n_pools; p++) {
        double held = cover->amount[p] * market->open[slot * market->n_pools + p];
        cover->left_amount[p] = held;
        cover->idle[p] = market->pools[p].refunds ? held : 0;
        cover->inside[p] = 0;
    }
}

/* The hours that a step is for. */
static double *hours_of_step(struct cover *cover, const struct cover_step *step) {
    return step->part == COVER_OUTSIDE  ? &cover->left_units[step->good]
           : step->part == COVER_INSIDE ? &cover->inside[step->reservation]
                                        : &cover->idle[step->reservation];
}

static void note_covered(const struct market *market, const struct cover_step *step, double taken,
                         struct cover_detail *detail) {
    const struct pool *pool = &market->pools[step->pool];
    detail->used[step->pool] += taken * step->use;
    detail->saved[step->pool] += taken * market->goods[step->good].on_demand_usd;
    if (step->part == COVER_IDLE || pool->refunds)
        return;
    detail->effective[step->good] += taken * step->use * pool->rate;
    (pool->reserved ? detail->reserved : detail->planned)[step->good] += taken;
}

static void note_reservations(const struct cover *cover, int slot, struct cover_detail *detail) {
    const struct market *market = cover->market;
    for (int p = 0; p < market->n_pools && cover->n_steps > 0; p++) {
        const struct pool *pool = &market->pools[p];
        if (!pool->refunds)
            continue;
        double held = cover->amount[p] * market->open[slot * market->n_pools + p];
        detail->reserved[pool->good] += cover->inside[p];
        detail->inside[pool->good] += cover->inside[p];
        detail->effective[pool->good] += cover->inside[p] * pool->rate;
        detail->idle[pool->good] += held - detail->used[p];
        detail->idle_left[pool->good] += cover->idle[p];
    }
}

double cover_price(struct cover *cover, int slot, const double *units,
                   struct cover_detail *detail) {
    const struct market *market = cover->market;
    double *left = cover->left_units, *held = cover->left_amount, usd = 0;
    if (detail != NULL)
        detail_clear(market, detail);
    memcpy(left, units, (size_t)market->n_goods * sizeof *left);
    if (cover->n_steps > 0)
        hold(cover, slot);
    for (int i = 0; i < cover->n_steps; i++) {
        const struct cover_step *step = &cover->steps[i];
        double *hours = hours_of_step(cover, step);
        if (*hours <= 0 || held[step->pool] <= 0)
            continue;
        double taken = fmin(*hours, held[step->pool] / step->use);
        *hours -= taken;
        held[step->pool] -= taken * step->use;
        if (market->pools[step->pool].refunds) {
            cover->inside[step->pool] += taken;
            cover->idle[step->pool] -= taken;
        }
        if (step->reservation >= 0)
            usd -= taken * market->pools[step->reservation].refund_usd;
        if (detail != NULL)
            note_covered(market, step, taken, detail);
    }
    if (detail != NULL)
        note_reservations(cover, slot, detail);
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
