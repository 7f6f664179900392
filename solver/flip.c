/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/flip.h"

#include <math.h>

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

/* The price at which the option is first used, in the market's units; NAN: not known. */
static bool find(struct arena *arena, struct what_if *what_if, const struct what_if_answer *now,
                 const struct plan_flip *flip, double *price, double *found, struct err *err) {
    double today = *price, at = LOWEST * today;
    *found = NAN;
    if (flip->in_fractions)
        return true;
    for (int step = 0; step < STEPS_MAX; step++) {
        struct what_if_answer answer;
        *price = at;
        if (!what_if_solve(arena, what_if, &answer, err))
            return false;
        if (!answer.feasible)
            return true;
        double used = flip_used(&what_if->market, flip, &answer),
               gain = now->usd_per_hour - answer.uses_usd_per_hour;
        bool unused = used <= 0 || gain <= same_usd(now);
        double next = unused ? at : fmin(today, at + gain / used);
        if (next <= at * (1 + SAME_USD)) {
            *found = step == 0 ? 0 : at;
            return true;
        }
        at = next;
    }
    return true;
}

static void say(struct arena *arena, struct plan_rejection *rejection) {
    const struct plan_flip *flip = &rejection->flip;
    char now[32], then[32];
    if (flip->in_fractions)
        rejection->reason = arena_printf(
            arena, "%s; only in fractions of instances would it be used", rejection->reason);
    if (!isfinite(flip->flips_at_usd))
        return;
    if (flip->flips_at_usd <= 0) {
        rejection->reason = arena_printf(arena, "%s; %s would not be used even for nothing",
                                         rejection->reason, flip->of);
        return;
    }
    money_format_apart(now, then, flip->price_usd, flip->flips_at_usd);
    rejection->reason = arena_printf(arena, "%s; it would be used below %s %s (now %s)",
                                     rejection->reason, then, flip->per, now);
}

/* Whether the programme uses it today: at twice the price it would cost more. */
static bool used_today(struct arena *arena, struct what_if *what_if,
                       const struct what_if_answer *now, const struct plan_flip *flip,
                       double *price, bool *used, struct err *err) {
    double today = *price;
    struct what_if_answer dearer;
    *used = flip_used(&what_if->market, flip, now) * today > same_usd(now);
    if (!*used)
        return true;
    *price = 2 * today;
    bool solved = what_if_solve(arena, what_if, &dearer, err);
    *price = today;
    *used = solved && dearer.usd_per_hour > now->uses_usd_per_hour + same_usd(now);
    return solved;
}

static bool fill(struct arena *arena, struct arena *scratch, const struct market *market,
                 struct programme_memory *memory, const struct what_if_answer *now,
                 struct plan_rejection *rejection, struct err *err) {
    struct plan_flip *flip = &rejection->flip;
    struct what_if what_if;
    what_if_open(scratch, market, memory, &what_if);
    double *price = flip_price(scratch, &what_if, flip), today = *price, found;
    flip->price_usd = today * flip->scale;
    if (!used_today(scratch, &what_if, now, flip, price, &flip->in_fractions, err) ||
        !find(scratch, &what_if, now, flip, price, &found, err))
        return false;
    flip->flips_at_usd = found * flip->scale;
    flip->adds_usd_per_month = (today - found) * units_per_month(flip);
    say(arena, rejection);
    return true;
}

bool plan_price_options(struct arena *arena, const struct plan_input *input, struct plan *plan,
                        struct err *err) {
    struct arena scratch = {0};
    struct market market;
    struct what_if what_if;
    struct what_if_answer now = {0};
    struct programme_memory memory = {0};
    struct plan_rejection *rows = arena_grow(arena, plan->rejections, (size_t)plan->n_rejections,
                                             (size_t)plan->n_rejections, sizeof *rows);
    bool solved = market_open(&scratch, input, &market, err);
    if (solved) {
        what_if_open(&scratch, &market, &memory, &what_if);
        solved = what_if_solve(&scratch, &what_if, &now, err);
    }
    for (int i = 0; i < plan->n_rejections && solved && now.feasible; i++) {
        struct arena_mark mark = arena_mark(&scratch);
        if (rows[i].flip.kind != FLIP_NONE)
            solved = fill(arena, &scratch, &market, &memory, &now, &rows[i], err);
        arena_rewind(&scratch, mark);
    }
    programme_forget(&memory);
    arena_release(&scratch);
    plan->rejections = rows;
    return solved;
}
