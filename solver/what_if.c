/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/what_if.h"

#include <string.h>

#include "solver/hourly_lp.h"

#define COPY(arena, from, n, type)                                                                 \
    memcpy(arena_new(arena, type, n), from, (size_t)(n) * sizeof(type))

void what_if_open(struct arena *arena, const struct market *market, struct programme_memory *memory,
                  struct what_if *out) {
    *out = (struct what_if){.market = *market, .in = *market->in, .memory = memory};
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

static void add_use(const struct market *market, const struct way *way, int slot, double amount,
                    struct what_if_answer *out) {
    double mean = market->share[slot] * amount;
    if (way->kind == WAY_ON_DEMAND)
        out->on_demand[way->machine] += mean;
    else if (way->kind == WAY_SPOT)
        out->spot[way->machine] +=
            mean * market_spot_price(market, &market->machines[way->machine], slot);
    else if (way->use >= 0)
        out->use[way->use] += mean * way->rate;
}

/* What is fixed alone asks for more than may be paid upfront. */
static bool pays_too_much_upfront(const struct market *market) {
    double usd = 0, limit = market->in->policy.upfront_usd_max;
    for (int p = market->n_owned; p < market->n_pools; p++)
        usd += market->pools[p].fixed ? market->pools[p].upfront_usd * market->pools[p].amount : 0;
    return limit >= 0 && usd > limit * (1 + 1e-9) + 1e-6;
}

static bool solve_in_one_piece(struct arena *scratch, const struct market *market,
                               struct what_if_answer *out, struct err *err) {
    struct hourly_lp hourly;
    struct lp_solution solution;
    if (!hourly_lp_solve_full(scratch, market, &hourly, &solution, err))
        return false;
    out->feasible = solution.status == LP_OPTIMAL;
    if (!out->feasible)
        return true;
    out->usd_per_hour = out->uses_usd_per_hour = solution.objective;
    for (int p = 0; p < market->n_pools; p++)
        if (hourly.amount_column[p] >= 0)
            out->amount[p] = solution.primal[hourly.amount_column[p]];
    for (int s = 0; s < market->n_slots; s++)
        for (int j = 0; j < hourly.n_ways; j++) {
            int column = hourly.way_column[s * hourly.n_ways + j];
            if (column >= 0)
                add_use(market, &hourly.ways[j], s, solution.primal[column], out);
        }
    return true;
}

static bool solve_in_two_stages(struct arena *scratch, const struct market *market,
                                struct programme_memory *memory, struct what_if_base *base,
                                struct what_if_answer *out, struct err *err) {
    const struct plan_input *in = market->in;
    struct two_stage_options options = {.tolerance = PROGRAMME_TOLERANCE,
                                        .n_threads = in->n_threads > 0 ? in->n_threads : 1,
                                        .stop = in->stop};
    if (!programme_solve_again(scratch, market, &options, memory, &base->programme, &base->answer,
                               err))
        return false;
    const struct two_stage_answer *answer = &base->answer;
    const struct programme *programme = &base->programme;
    base->known = out->feasible = answer->carried;
    if (!out->feasible)
        return true;
    out->usd_per_hour = answer->lower;
    out->uses_usd_per_hour = answer->upper;
    for (int p = market->n_owned; p < market->n_pools; p++)
        out->amount[p] = market->pools[p].fixed ? market->pools[p].amount : 0;
    for (int a = 0; a < programme->problem.n_amounts; a++)
        out->amount[programme->pool_of_amount[a]] = answer->amount[a];
    for (int s = 0; s < market->n_slots; s++)
        for (int u = answer->first_use[s]; u < answer->first_use[s + 1]; u++)
            if (programme->way_of[answer->uses[u].way] >= 0)
                add_use(market, &programme->hourly.ways[programme->way_of[answer->uses[u].way]], s,
                        answer->uses[u].amount, out);
    return true;
}

bool what_if_solve_base(struct arena *arena, const struct what_if *what_if,
                        struct what_if_base *base, struct what_if_answer *out, struct err *err) {
    *base = (struct what_if_base){.market = what_if->market};
    *out =
        (struct what_if_answer){.amount = arena_new(arena, double, what_if->market.n_pools),
                                .on_demand = arena_new(arena, double, what_if->market.n_machines),
                                .spot = arena_new(arena, double, what_if->market.n_machines),
                                .use = arena_new(arena, double, what_if->market.n_uses)};
    struct market *market = &base->market;
    market->in = &what_if->in; /* the copy may have been moved since it was opened */
    if (pays_too_much_upfront(market))
        return true;
    bool whole = programme_in_one_piece(market);
    market->all_pools = market->all_ways = !whole; /* one's vectors are of use to the next */
    return whole ? solve_in_one_piece(arena, market, out, err)
                 : solve_in_two_stages(arena, market, what_if->memory, base, out, err);
}

bool what_if_solve(struct arena *arena, const struct what_if *what_if, struct what_if_answer *out,
                   struct err *err) {
    struct arena scratch = {0};
    struct what_if_base base;
    struct what_if_answer answer;
    bool solved = what_if_solve_base(&scratch, what_if, &base, &answer, err);
    const struct market *market = &what_if->market;
    *out = answer;
    out->amount = COPY(arena, answer.amount, market->n_pools, double);
    out->on_demand = COPY(arena, answer.on_demand, market->n_machines, double);
    out->spot = COPY(arena, answer.spot, market->n_machines, double);
    out->use = COPY(arena, answer.use, market->n_uses, double);
    arena_release(&scratch);
    return solved;
}
