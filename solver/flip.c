/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/flip.h"

#include <math.h>
#include <string.h>

#include "solver/flip_bounds.h"

enum { STEPS_MAX = 24 };
#define LOWEST 0.01   /* of today's price: an option unused there is not used for nothing */
#define SAME_USD 1e-9 /* relative */

double *flip_price(struct arena *arena, struct what_if *what_if, const struct plan_flip *flip) {
    struct market *market = &what_if->market;
    switch (flip->kind) {
    case FLIP_POOL:
        return &market->pools[flip->index].rate;
    case FLIP_ON_DEMAND: {
        int good = what_if_own_good(arena, what_if, flip->index);
        return &market->goods[good].on_demand_usd;
    }
    case FLIP_SPOT:
        return &market->machines[flip->index].spot_usd;
    case FLIP_USE:
        return &market->uses[flip->index].usd_per_request;
    case FLIP_NONE:
        break;
    }
    return NULL;
}

double flip_used(const struct market *market, const struct plan_flip *flip,
                 const struct what_if_answer *answer) {
    switch (flip->kind) {
    case FLIP_POOL:
        return answer->amount[flip->index] * market->pools[flip->index].held;
    case FLIP_ON_DEMAND:
        return answer->on_demand[flip->index];
    case FLIP_SPOT:
        return answer->spot[flip->index];
    case FLIP_USE:
        return 3600 * answer->use[flip->index]; /* requests an hour, as the price counts them */
    case FLIP_NONE:
        break;
    }
    return 0;
}

/* Hours of the month that one more unit is paid for, in the price's own units. */
static double units_per_month(const struct plan_flip *flip) {
    return flip->kind == FLIP_USE ? 3600.0 * HOURS_PER_MONTH : HOURS_PER_MONTH;
}

/* More money than two answers differ by where nothing differs. */
static double same_usd(const struct what_if_answer *now) {
    return SAME_USD * (1 + now->usd_per_hour) + 2 * (now->uses_usd_per_hour - now->usd_per_hour);
}

/* Slots x ways: beyond, a thousandth of a price is near enough. */
enum { LARGE = 200000 };
#define NEAR_LARGE 1e-3
#define NEAR 1e-6

/* What every option of a plan is looked at with. */
struct options {
    struct arena *arena, *scratch;
    const struct market *market;
    struct programme_memory memory;
    struct what_if_answer now;
    struct what_if_base base;
    struct flip_bounds bounds; /* where the base is known and nothing couples its slots */
    bool bounded;
    double near;
};

static bool save_at(struct options *options, struct what_if *what_if, const struct plan_flip *flip,
                    double *price, double at, double *gain, double *used, struct err *err) {
    struct arena_mark mark = arena_mark(options->scratch);
    struct what_if_answer answer;
    *price = at;
    bool solved = what_if_solve(options->scratch, what_if, &answer, err);
    *used = solved ? flip_used(&what_if->market, flip, &answer) : 0;
    *gain = solved ? options->now.usd_per_hour - answer.uses_usd_per_hour : 0;
    if (solved && !answer.feasible)
        *gain = NAN;
    if (!(*gain > same_usd(&options->now)) || *used <= 0)
        *gain = *gain != *gain ? NAN : 0;
    arena_rewind(options->scratch, mark);
    return solved;
}

/* The price at which the option is first used, in the market's units; NAN: not known. Between the
 * bounds first just below the upper one, then from the lower one upwards. */
static bool find(struct options *options, struct what_if *what_if, const struct plan_flip *flip,
                 double *price, double *found, struct err *err) {
    double today = *price, at = LOWEST * today, below = 0, above = today, gain, used;
    if (options->bounded)
        flip_bounds_find(&options->bounds, flip, today, at, same_usd(&options->now), &below,
                         &above);
    *found = above;
    if (above <= 0 || below >= above * (1 - options->near))
        return true;
    if (above < today) {
        double probe = above * (1 - options->near);
        if (!save_at(options, what_if, flip, price, probe, &gain, &used, err))
            return false;
        *found = gain > 0 ? fmin(above, probe + gain / used) : NAN;
        if (gain != 0)
            return true;
        above = probe;
    }
    at = fmax(at, below);
    for (int step = 0; step < STEPS_MAX; step++) {
        if (!save_at(options, what_if, flip, price, at, &gain, &used, err))
            return false;
        *found = NAN;
        if (isnan(gain))
            return true;
        double next = gain > 0 ? fmin(above, at + gain / used) : at;
        if (next <= at * (1 + SAME_USD)) {
            *found = step == 0 && below <= 0 ? 0 : at;
            return true;
        }
        at = next;
    }
    *found = NAN;
    return true;
}

static void say(struct arena *arena, struct plan_rejection *rejection) {
    const struct plan_flip *flip = &rejection->flip;
    char now[32], then[32];
    if (flip->in_fractions)
        rejection->reason = arena_printf(
            arena, "%s; only in fractions of instances would it be chosen", rejection->reason);
    if (!isfinite(flip->flips_at_usd))
        return;
    if (flip->flips_at_usd <= 0) {
        rejection->reason = arena_printf(arena, "%s; %s would not be chosen even for nothing",
                                         rejection->reason, flip->of);
        return;
    }
    money_format_apart(now, then, flip->price_usd, flip->flips_at_usd);
    if (strcmp(now, then) == 0)
        rejection->reason = arena_printf(arena, "%s; it would be chosen at any less than its %s %s",
                                         rejection->reason, now, flip->per);
    else
        rejection->reason = arena_printf(arena, "%s; it would be chosen below %s %s (now %s)",
                                         rejection->reason, then, flip->per, now);
}

/* Whether the programme uses it today: at twice the price it would cost more. */
static bool used_today(struct options *options, struct what_if *what_if,
                       const struct plan_flip *flip, double *price, bool *used, struct err *err) {
    double today = *price, same = same_usd(&options->now);
    struct what_if_answer dearer;
    *used = flip_used(&what_if->market, flip, &options->now) * today > same;
    if (!*used)
        return true;
    *price = 2 * today;
    bool solved = what_if_solve(options->scratch, what_if, &dearer, err);
    *price = today;
    *used = solved && dearer.usd_per_hour > options->now.uses_usd_per_hour + same;
    return solved;
}

static bool fill(struct options *options, struct plan_rejection *rejection, struct err *err) {
    struct plan_flip *flip = &rejection->flip;
    struct what_if what_if;
    what_if_open(options->scratch, options->market, &options->memory, &what_if);
    double *price = flip_price(options->scratch, &what_if, flip), today = *price, found = NAN;
    flip->price_usd = today * flip->scale;
    if (!used_today(options, &what_if, flip, price, &flip->in_fractions, err) ||
        (!flip->in_fractions && !find(options, &what_if, flip, price, &found, err)))
        return false;
    flip->flips_at_usd = found * flip->scale;
    flip->adds_usd_per_month = (today - found) * units_per_month(flip);
    say(options->arena, rejection);
    return true;
}

static bool open_options(struct options *options, struct err *err) {
    struct what_if *what_if = arena_new(options->scratch, struct what_if, 1);
    what_if_open(options->scratch, options->market, &options->memory, what_if);
    if (!what_if_solve_base(options->scratch, what_if, &options->base, &options->now, err))
        return false;
    const struct two_stage *problem = &options->base.programme.problem;
    options->bounded = options->base.known && problem->n_couplings == 0;
    options->near = NEAR;
    if (options->bounded) {
        flip_bounds_open(options->scratch, &options->base, &options->bounds);
        options->near = (double)problem->n_slots * problem->n_ways > LARGE ? NEAR_LARGE : NEAR;
    }
    return true;
}

bool plan_price_options(struct arena *arena, const struct plan_input *input, struct plan *plan,
                        struct err *err) {
    struct arena scratch = {0};
    struct market market;
    struct options options = {.arena = arena, .scratch = &scratch, .market = &market};
    struct plan_rejection *rows = arena_grow(arena, plan->rejections, (size_t)plan->n_rejections,
                                             (size_t)plan->n_rejections, sizeof *rows);
    bool solved = market_open(&scratch, input, &market, err) && open_options(&options, err);
    for (int i = 0; i < plan->n_rejections && solved && options.now.feasible; i++) {
        struct arena_mark mark = arena_mark(&scratch);
        if (rows[i].flip.kind != FLIP_NONE)
            solved = fill(&options, &rows[i], err);
        arena_rewind(&scratch, mark);
    }
    programme_forget(&options.memory);
    arena_release(&scratch);
    plan->rejections = rows;
    return solved;
}
