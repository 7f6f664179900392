/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan as it is found; one without spot; what that one's commitments would run where nothing
 * limits them; and between these two, slot by slot. */
#include "solver/coverage.h"

#include <stdlib.h>

struct trade {
    int slot;
    double room, usd; /* mean USD/h: what is left of the limit, or is taken of it, and the cost, or
                         what is saved */
};

static bool is_limited(const struct market *market) {
    bool spot = false;
    for (int m = 0; m < market->n_machines; m++)
        spot = spot || (market->machines[m].spot && market->machines[m].regular);
    return spot && market->in->policy.coverage_max < 1 && market->n_pools > market->n_owned;
}

static const struct market *without_spot(struct arena *arena, const struct market *market) {
    struct market *out = arena_new(arena, struct market, 1);
    *out = *market;
    out->machines = arena_new(arena, struct machine, market->n_machines);
    for (int m = 0; m < market->n_machines; m++) {
        out->machines[m] = market->machines[m];
        out->machines[m].spot = out->machines[m].spot && !out->machines[m].regular;
    }
    return out;
}

/* Exactly these amounts are held, and they may cover all. */
static const struct market *unlimited(struct arena *arena, const struct market *market,
                                      const double *amount) {
    struct market *out = arena_new(arena, struct market, 1);
    struct plan_input *in = arena_new(arena, struct plan_input, 1);
    *out = *market;
    *in = *market->in;
    in->policy.coverage_max = 1;
    out->in = in;
    out->pools = arena_new(arena, struct pool, market->n_pools);
    for (int p = 0; p < market->n_pools; p++) {
        out->pools[p] = market->pools[p];
        out->pools[p].fixed = p >= market->n_owned;
        out->pools[p].amount = amount[p];
    }
    return out;
}

/* What a slot leaves of the limit, below 0 where it is beyond it, and what it costs. */
static struct trade slot_value(struct cover *cover, struct cover_detail *detail,
                               const struct fleet *fleet, int slot, double *units) {
    const struct market *market = cover->market;
    double share = market->share[slot], list = 0, covered = 0;
    fleet_units(market, fleet, slot, units);
    double usd = cover_price(cover, slot, units, detail) + fleet_direct_usd(market, fleet, slot) +
                 fleet_extra_usd(market, fleet, slot);
    for (int g = 0; g < market->n_goods; g++)
        list += units[g] * market->goods[g].on_demand_usd;
    for (int p = market->n_owned; p < market->n_pools; p++)
        covered += detail->saved[p];
    return (struct trade){slot, share * (market->in->policy.coverage_max * list - covered),
                          share * usd};
}

static int by_worth(const void *a, const void *b) {
    const struct trade *x = a, *y = b;
    double first = x->usd * y->room, second = y->usd * x->room;
    if (first != second)
        return first > second ? -1 : 1;
    return x->slot - y->slot;
}

/* Of `kept` as many slots as in `over` as the limit allows. */
static bool mix(struct arena *arena, const struct market *market, const struct whole *kept,
                const struct whole *over, struct whole *out, struct err *err) {
    struct cover_order order;
    struct cover cover;
    struct cover_detail detail;
    *out = *kept;
    fleet_open(arena, market, &out->fleet);
    fleet_copy(market, &kept->fleet, &out->fleet);
    out->amount = arena_grow(arena, kept->amount, (size_t)market->n_pools, (size_t)market->n_pools,
                             sizeof *out->amount);
    cover_order_build(arena, market, &order);
    cover_open(arena, market, &order, kept->amount, &cover);
    cover_detail_open(arena, market, &detail);
    double *units = arena_new(arena, double, market->n_goods), left = 0;
    struct trade *trades = arena_new(arena, struct trade, market->n_slots);
    int n = 0;
    for (int s = 0; s < market->n_slots; s++) {
        struct trade from = slot_value(&cover, &detail, &kept->fleet, s, units);
        struct trade to = slot_value(&cover, &detail, &over->fleet, s, units);
        struct trade trade = {s, from.room - to.room, from.usd - to.usd};
        left += from.room;
        if (trade.usd > 0 && trade.room > 0)
            trades[n++] = trade;
    }
    qsort(trades, (size_t)n, sizeof *trades, by_worth);
    for (int i = 0; i < n; i++)
        if (trades[i].room <= left) {
            fleet_copy_slot(market, &over->fleet, trades[i].slot, &out->fleet);
            left -= trades[i].room;
        }
    return whole_commit(arena, market, &out->fleet, out->amount, &out->cost, err);
}

static void keep_cheaper(const struct whole *found, struct whole *best) {
    double *alone_usd = best->alone_usd; /* of what spot may carry too */
    if (best->failed_slot < 0 && found->cost >= best->cost * (1 - 1e-9))
        return;
    *best = *found;
    best->alone_usd = alone_usd;
}

bool coverage_plan(struct arena *arena, const struct market *market, const struct hourly_lp *hourly,
                   const struct lp_solution *solution, struct whole *out, struct err *err) {
    struct whole regular, over, mixed;
    if (!whole_plan(arena, market, hourly, solution, out, err))
        return false;
    if (!is_limited(market) || market_is_stopped(market))
        return true;
    if (!whole_plan(arena, without_spot(arena, market), hourly, solution, &regular, err))
        return false;
    if (regular.failed_slot >= 0)
        return true;
    const struct market *open = unlimited(arena, market, regular.amount);
    if (!whole_plan(arena, open, hourly, solution, &over, err))
        return false;
    if (over.failed_slot < 0) {
        if (!mix(arena, market, &regular, &over, &mixed, err))
            return false;
        keep_cheaper(&mixed, out);
    }
    keep_cheaper(&regular, out);
    return true;
}
