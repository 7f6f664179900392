/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/flip_bounds.h"

#include <math.h>

enum { HALVINGS = 60 };

/* --- what all options share --- */

/* USD per request/s of a unit of the way at the proof's prices of a slot. */
static double proof_usd(const struct two_stage *problem, int slot, const double *price, int j) {
    const struct two_stage_way *way = &problem->ways[j];
    double usd = problem->classes[problem->class_of_slot[slot]].cost[j];
    for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
        usd += fmax(0, price[problem->draws[d].row]) * problem->draws[d].amount;
    return usd / way->rate;
}

static void fill_worth(const struct flip_bounds *bounds, int slot) {
    const struct two_stage *problem = &bounds->base->programme.problem;
    const double *price = &bounds->base->answer.row_price[(size_t)slot * (size_t)problem->n_rows];
    for (int w = 0; w < problem->n_workloads; w++) {
        bounds->plain[w * problem->n_slots + slot] = problem->missing_usd[w];
        bounds->spot[w * problem->n_slots + slot] = INFINITY;
    }
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        double *least = way->spot ? bounds->spot : bounds->plain;
        double usd = proof_usd(problem, slot, price, j);
        least += way->workload * problem->n_slots + slot;
        *least = fmin(*least, usd);
    }
}

static void fill_room(const struct flip_bounds *bounds, int slot) {
    const struct two_stage *problem = &bounds->base->programme.problem;
    const struct two_stage_answer *answer = &bounds->base->answer;
    double *room = &bounds->room[(size_t)slot * (size_t)problem->n_rows];
    const double *open = problem->classes[problem->class_of_slot[slot]].open;
    for (int r = 0; r < problem->n_rows; r++)
        room[r] = problem->fixed[r * problem->n_slots + slot];
    for (int a = 0; a < problem->n_amounts; a++)
        for (int k = 0; k < 2; k++) {
            int row = k == 0 ? problem->amounts[a].row : problem->amounts[a].also - 1;
            if (row >= 0)
                room[row] += open[a] * answer->amount[a];
        }
    for (int w = 0; w < problem->n_workloads; w++)
        bounds->spot_room[w * problem->n_slots + slot] =
            problem->spot_share[w] < 1
                ? problem->spot_share[w] * problem->demand[w * problem->n_slots + slot]
                : INFINITY;
    for (int u = answer->first_use[slot]; u < answer->first_use[slot + 1]; u++) {
        const struct two_stage_use *use = &answer->uses[u];
        const struct two_stage_way *way = &problem->ways[use->way];
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            room[problem->draws[d].row] -= problem->draws[d].amount * use->amount;
        if (way->spot)
            bounds->spot_room[way->workload * problem->n_slots + slot] -= way->rate * use->amount;
    }
}

void flip_bounds_open(struct arena *arena, const struct what_if_base *base,
                      struct flip_bounds *out) {
    const struct two_stage *problem = &base->programme.problem;
    size_t n_cells = (size_t)problem->n_workloads * (size_t)problem->n_slots;
    *out = (struct flip_bounds){
        .base = base,
        .plain = arena_new(arena, double, n_cells),
        .spot = arena_new(arena, double, n_cells),
        .room = arena_new(arena, double, (size_t)problem->n_slots *(size_t)problem->n_rows),
        .spot_room = arena_new(arena, double, n_cells)};
    for (int s = 0; s < problem->n_slots; s++) {
        fill_worth(out, s);
        fill_room(out, s);
    }
}

/* --- an option as a function of its price --- */

/* What is saved, share included: max(0, at_nothing - slope x price), summed. */
struct piece {
    double at_nothing, slope;
};

/* A way whose unit costs rest + per_price x price. */
struct option {
    int way; /* of the problem, -1: it is a commitment */
    enum plan_flip_kind kind;
    double today;
    int n_low;
    struct piece *low; /* what it saves at least: the best exchange of each slot */
    int amount;        /* of a commitment, -1 */
};

static double per_price(const struct flip_bounds *bounds, const struct option *option, int slot) {
    const struct programme *programme = &bounds->base->programme;
    const struct way *way = &programme->hourly.ways[programme->way_of[option->way]];
    const struct market *market = &bounds->base->market;
    if (option->kind == FLIP_SPOT)
        return market_spot_price(market, &market->machines[way->machine], slot);
    return option->kind == FLIP_USE ? 3600 * way->rate : 1;
}

static double worth_of(double plain, double spot, double share) {
    if (spot >= plain)
        return plain;
    return share < 1 ? share * spot + (1 - share) * plain : spot;
}

/* At most, USD an hour, when a unit costs what it does at the price. */
static double saves_at_most(const struct flip_bounds *bounds, const struct option *option,
                            double price) {
    const struct programme *programme = &bounds->base->programme;
    const struct two_stage *problem = &programme->problem;
    const struct two_stage_way *way = &problem->ways[option->way];
    const struct way *own = &programme->hourly.ways[programme->way_of[option->way]];
    int w = way->workload;
    double saved = 0, share = problem->spot_share[w];
    for (int s = 0; s < problem->n_slots; s++) {
        int at = w * problem->n_slots + s;
        double plain = bounds->plain[at], spot = bounds->spot[at];
        if (problem->demand[at] <= 0 || !hourly_lp_way_open(&bounds->base->market, own, s))
            continue;
        double usd = proof_usd(problem, s,
                               &bounds->base->answer.row_price[(size_t)s * (size_t)problem->n_rows],
                               option->way) +
                     per_price(bounds, option, s) * (price - option->today) / way->rate;
        double before = worth_of(plain, spot, share);
        if (way->spot)
            spot = fmin(spot, usd);
        else
            plain = fmin(plain, usd);
        saved += problem->share[s] * problem->demand[at] * (before - worth_of(plain, spot, share));
    }
    return saved;
}

/* What part of a running way's work can go to the option, its rows given back. */
static double part_of(const struct flip_bounds *bounds, const struct option *option, int slot,
                      const struct two_stage_use *use, double units) {
    const struct two_stage *problem = &bounds->base->programme.problem;
    const struct two_stage_way *to = &problem->ways[option->way], *from = &problem->ways[use->way];
    const double *room = &bounds->room[(size_t)slot * (size_t)problem->n_rows];
    double part = 1;
    for (int d = to->first_draw; d < to->first_draw + to->n_draws; d++) {
        double more = problem->draws[d].amount * units;
        for (int e = from->first_draw; e < from->first_draw + from->n_draws; e++)
            if (problem->draws[e].row == problem->draws[d].row)
                more -= problem->draws[e].amount * use->amount;
        if (more > 0)
            part = fmin(part, fmax(0, room[problem->draws[d].row]) / more);
    }
    double spot_room = bounds->spot_room[to->workload * problem->n_slots + slot];
    if (to->spot && !from->spot)
        part = fmin(part, fmax(0, spot_room) / (from->rate * use->amount));
    return part;
}

static void list_exchanges(struct arena *arena, const struct flip_bounds *bounds,
                           struct option *option) {
    const struct programme *programme = &bounds->base->programme;
    const struct two_stage *problem = &programme->problem;
    const struct two_stage_answer *answer = &bounds->base->answer;
    const struct way *own = &programme->hourly.ways[programme->way_of[option->way]];
    const struct two_stage_way *to = &problem->ways[option->way];
    option->low = arena_new(arena, struct piece, problem->n_slots);
    for (int s = 0; s < problem->n_slots; s++) {
        const double *cost = problem->classes[problem->class_of_slot[s]].cost;
        struct piece best = {0};
        double first = 0; /* the price below which the exchange pays */
        if (!hourly_lp_way_open(&bounds->base->market, own, s))
            continue;
        for (int u = answer->first_use[s]; u < answer->first_use[s + 1]; u++) {
            const struct two_stage_use *use = &answer->uses[u];
            const struct two_stage_way *from = &problem->ways[use->way];
            if (from->workload != to->workload || use->way == option->way || cost[use->way] <= 0)
                continue;
            double units = from->rate * use->amount / to->rate;
            double part = part_of(bounds, option, s, use, units) * problem->share[s];
            double slope = per_price(bounds, option, s);
            double rest = cost[option->way] - slope * option->today;
            struct piece piece = {part * (cost[use->way] * use->amount - rest * units),
                                  part * slope * units};
            if (piece.slope > 0 && piece.at_nothing / piece.slope > first) {
                first = piece.at_nothing / piece.slope;
                best = piece;
            }
        }
        if (best.at_nothing > 0)
            option->low[option->n_low++] = best;
    }
}

static double saves_at_least(const struct option *option, double price) {
    double saved = 0;
    for (int i = 0; i < option->n_low; i++)
        saved += fmax(0, option->low[i].at_nothing - option->low[i].slope * price);
    return saved;
}

/* --- commitments --- */

/* Its cost less what its capacity is worth at the proof's prices, a unit. */
static double reduced_usd(const struct flip_bounds *bounds, const struct option *option,
                          double price) {
    const struct programme *programme = &bounds->base->programme;
    const struct two_stage *problem = &programme->problem;
    int a = option->amount, n = problem->n_amounts;
    const struct pool *pool = &bounds->base->market.pools[programme->pool_of_amount[a]];
    double usd = price * pool->held;
    for (int s = 0; s < problem->n_slots; s++)
        for (int k = 0; k < 2; k++) {
            int row = k == 0 ? problem->amounts[a].row : problem->amounts[a].also - 1;
            if (row >= 0)
                usd -= problem->share[s] * problem->classes[problem->class_of_slot[s]].open[a] *
                       fmax(0, bounds->base->answer
                                   .row_price[(size_t)s * (size_t)problem->n_rows + (size_t)row]);
        }
    for (int i = 0; i < problem->n_limits; i++)
        usd += fmax(0, bounds->base->answer.limit_price[i]) * problem->limit_use[i * n + a];
    return usd;
}

static bool is_open_as_long(const struct two_stage *problem, int a, int b) {
    for (int c = 0; c < problem->n_classes; c++)
        if (problem->classes[c].open[a] < problem->classes[c].open[b])
            return false;
    return true;
}

/* Bought in the place of another one that fills the same row. */
static void list_replaced(struct arena *arena, const struct flip_bounds *bounds,
                          struct option *option) {
    const struct programme *programme = &bounds->base->programme;
    const struct two_stage *problem = &programme->problem;
    const double *amount = bounds->base->answer.amount;
    int a = option->amount, n = problem->n_amounts;
    const struct pool *pool = &bounds->base->market.pools[programme->pool_of_amount[a]];
    double first = 0;
    option->low = arena_new(arena, struct piece, 1);
    for (int b = 0; b < n; b++) {
        bool fits = b != a && amount[b] > 0 && problem->amounts[b].row == problem->amounts[a].row &&
                    problem->amounts[b].also == problem->amounts[a].also &&
                    is_open_as_long(problem, a, b);
        for (int i = 0; i < problem->n_limits; i++)
            fits = fits && problem->limit_use[i * n + a] <= problem->limit_use[i * n + b];
        double pays = problem->amounts[b].cost / pool->held;
        if (!fits || pays <= first)
            continue;
        first = pays;
        option->n_low = 1;
        option->low[0] =
            (struct piece){amount[b] * problem->amounts[b].cost, amount[b] * pool->held};
    }
}

/* --- both --- */

static int way_of_option(const struct programme *programme, const struct plan_flip *flip) {
    for (int j = 0; j < programme->problem.n_ways; j++) {
        if (programme->way_of[j] < 0)
            continue;
        const struct way *way = &programme->hourly.ways[programme->way_of[j]];
        if ((flip->kind == FLIP_ON_DEMAND && way->kind == WAY_ON_DEMAND &&
             way->machine == flip->index) ||
            (flip->kind == FLIP_SPOT && way->kind == WAY_SPOT && way->machine == flip->index) ||
            (flip->kind == FLIP_USE && way->kind == WAY_USE && way->use == flip->index))
            return j;
    }
    return -1;
}

static int amount_of_option(const struct programme *programme, const struct plan_flip *flip) {
    for (int a = 0; a < programme->problem.n_amounts && flip->kind == FLIP_POOL; a++)
        if (programme->pool_of_amount[a] == flip->index)
            return a;
    return -1;
}

static double at_most(const struct flip_bounds *bounds, const struct option *option, double price) {
    const struct two_stage *problem = &bounds->base->programme.problem;
    if (option->way >= 0)
        return saves_at_most(bounds, option, price);
    double before = fmin(0, reduced_usd(bounds, option, option->today));
    return problem->amounts[option->amount].upper *
           (before - fmin(0, reduced_usd(bounds, option, price)));
}

/* The price at which what is saved falls to `same`: it falls as the price rises. 0: it is less at
 * `least` already. */
static double where(const struct flip_bounds *bounds, const struct option *option, bool most,
                    double least, double same) {
    double low = least, high = option->today;
    for (int i = 0; i <= HALVINGS; i++) {
        double price = i == 0 ? least : (low + high) / 2;
        double saved = most ? at_most(bounds, option, price) : saves_at_least(option, price);
        if (saved > same)
            low = price;
        else if (i == 0)
            return 0;
        else
            high = price;
    }
    return most ? high : low;
}

void flip_bounds_find(const struct flip_bounds *bounds, const struct plan_flip *flip, double today,
                      double least, double same, double *below, double *above) {
    const struct programme *programme = &bounds->base->programme;
    struct arena scratch = {0};
    struct option option = {.way = way_of_option(programme, flip),
                            .kind = flip->kind,
                            .today = today,
                            .amount = amount_of_option(programme, flip)};
    *below = 0;
    *above = today;
    if (option.way >= 0)
        list_exchanges(&scratch, bounds, &option);
    else if (option.amount >= 0)
        list_replaced(&scratch, bounds, &option);
    if (option.way >= 0 || option.amount >= 0) {
        const struct two_stage_answer *answer = &bounds->base->answer;
        double open = answer->upper - answer->lower;
        *above = where(bounds, &option, true, least, fmax(0, same - open));
        *below = fmin(*above, where(bounds, &option, false, least, same + open));
    }
    arena_release(&scratch);
}
