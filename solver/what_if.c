/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/what_if.h"

#include <string.h>

#include "solver/hourly_lp.h"

#define COPY(arena, from, n, type)                                                                 \
    memcpy(arena_new(arena, type, n), from, (size_t)(n) * sizeof(type))

void what_if_open(struct arena *arena, const struct market *market, struct what_if *out) {
    *out = (struct what_if){.market = *market, .in = *market->in};
    struct market *own = &out->market;
    own->in = &out->in;
    if (own->n_machines > 0)
        own->machines = COPY(arena, market->machines, own->n_machines, struct machine);
    if (own->n_goods > 0)
        own->goods = COPY(arena, market->goods, own->n_goods, struct good);
    if (own->n_uses > 0)
        own->uses = COPY(arena, market->uses, own->n_uses, struct use);
    if (own->n_pools > 0)
        own->pools = COPY(arena, market->pools, own->n_pools, struct pool);
    if (own->n_limits > 0)
        own->limits = COPY(arena, market->limits, own->n_limits, struct limit);
}

int what_if_own_good(struct arena *arena, struct what_if *what_if, int machine) {
    struct market *market = &what_if->market;
    int from = market->machines[machine].good, n = market->n_goods;
    market->goods =
        arena_grow(arena, market->goods, (size_t)n, (size_t)n + 1, sizeof *market->goods);
    market->goods[n] = market->goods[from];
    for (int p = 0; p < market->n_pools; p++) {
        double *use = arena_new(arena, double, n + 1);
        memcpy(use, market->pools[p].use, (size_t)n * sizeof *use);
        use[n] = use[from];
        market->pools[p].use = use;
    }
    market->machines[machine].good = n;
    market->n_goods = n + 1;
    return n;
}

static void read_ways(const struct hourly_lp *hourly, const struct lp_solution *solution,
                      const struct market *market, struct what_if_answer *out) {
    for (int s = 0; s < market->n_slots; s++)
        for (int j = 0; j < hourly->n_ways; j++) {
            const struct way *way = &hourly->ways[j];
            int column = hourly->way_column[s * hourly->n_ways + j];
            if (column < 0)
                continue;
            double mean = market->share[s] * solution->primal[column];
            if (way->kind == WAY_ON_DEMAND)
                out->on_demand[way->machine] += mean;
            else if (way->kind == WAY_SPOT)
                out->spot[way->machine] +=
                    mean * market_spot_price(market, &market->machines[way->machine], s);
            else if (way->use >= 0)
                out->use[way->use] += mean * way->rate;
        }
}

bool what_if_solve(struct arena *arena, const struct what_if *what_if, struct what_if_answer *out,
                   struct err *err) {
    /* The copy may have been moved since it was opened. */
    struct market market = what_if->market;
    market.in = &what_if->in;
    struct arena scratch = {0};
    struct hourly_lp hourly;
    struct lp_solution solution;
    *out = (struct what_if_answer){.amount = arena_new(arena, double, market.n_pools),
                                   .on_demand = arena_new(arena, double, market.n_machines),
                                   .spot = arena_new(arena, double, market.n_machines),
                                   .use = arena_new(arena, double, market.n_uses)};
    /* In one piece: amounts may be fixed, and what is used must be read off a vertex, since mixed
     * answers within the tolerance use a little of everything. */
    bool solved = hourly_lp_solve_full(&scratch, &market, &hourly, &solution, err);
    out->feasible = solved && solution.status == LP_OPTIMAL;
    if (out->feasible) {
        out->usd_per_hour = solution.objective;
        for (int p = 0; p < market.n_pools; p++)
            if (hourly.amount_column[p] >= 0)
                out->amount[p] = solution.primal[hourly.amount_column[p]];
        read_ways(&hourly, &solution, &market, out);
    }
    arena_release(&scratch);
    return solved;
}
