/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that couple slots: their price lambda goes into the costs, and the slots are apart again.
 *
 * The slots are solved at some amounts y and some lambda. What they say about prices is a cut over
 * amounts that holds whatever lambda is in the end, so all cuts stay in the first stage, whose
 * bound is one of the programme; what runs in them is a plan to mix within the rows
 * (two_stage_mix.c), whose cost is above the optimum. The next y is what the cuts, with the pool at
 * the new lambda, like best; the next lambda is the mix's (cross decomposition; Van Roy 1983), in a
 * range around the best bound's that adapts as trust regions do.
 * Wherever the bounds are apart by g, what the slots say at (y, lambda) is g / 2 above the cuts or
 * below the mixes: one of them gets better each time. */
#include <math.h>
#include <string.h>

#include "solver/two_stage_engine.h"

enum { ROUNDS_MAX = 120, HITS_MANY = 3 };
#define STEP_LEAST 1e-3  /* of the tolerance: less is no progress */
#define OVER_MAX 1e9     /* times the cost of everything, for the most that any plan is over */
#define OVER_ENOUGH 1e4  /* as OVER_MAX, where the solver gets no further */
#define WITHIN 1e-9      /* over its scale: a row is kept, as exactly as slots are solved */
#define FREE 1e-4        /* tolerance of a solve without the rows: it is a start */
#define FIRST_HIGH 0.1   /* of the money that a row is about, where no guess is known */
#define FIRST_SHARE 0.01 /* of what is open on known vectors may stay open */
#define ALONE 1e-6       /* tolerance of a solve at one price */
#define HELD 0.25        /* of what plans promise of a price: they know it there */
#define NEAR 0.05        /* of a guess, around it: where prices are looked for first */

/* --- outcomes --- */

static void outcome_open(const struct engine *e, const struct stage *stage, struct outcome **out) {
    const struct two_stage *problem = e->problem;
    size_t prices = (size_t)problem->n_slots * (size_t)problem->n_rows;
    struct arena arena = {0};
    struct outcome *outcome = arena_new(&arena, struct outcome, 1);
    outcome->lambda = arena_new(&arena, double, problem->n_couplings);
    outcome->amount = arena_new(&arena, double, problem->n_amounts);
    outcome->limit_price = arena_new(&arena, double, problem->n_limits);
    outcome->row_price = arena_new(&arena, double, prices);
    outcome->slot_price = arena_new(&arena, double, prices);
    outcome->uses = arena_new(&arena, struct slot_uses, stage->n);
    outcome->arena = arena;
    *out = outcome;
}

void outcome_release(struct outcome *outcome) {
    struct arena arena = outcome->arena;
    arena_release(&arena);
}

static void write_proof(struct engine *e, const struct stage *stage, struct outcome *out) {
    const struct two_stage *problem = e->problem;
    memcpy(out->limit_price, e->limit_price, (size_t)problem->n_limits * sizeof(double));
    stage_proof(e, stage, out->row_price, out->lambda);
}

static void write_slot_prices(const struct engine *e, const struct stage *stage,
                              struct outcome *out) {
    int n_rows = e->problem->n_rows;
    for (int i = 0; i < stage->n; i++)
        memcpy(&out->slot_price[(size_t)stage->slot[i] * (size_t)n_rows],
               &stage->price[(size_t)i * (size_t)n_rows], (size_t)n_rows * sizeof(double));
}

/* On vectors that are known already, before any slot is solved. */
static bool settle_first(struct engine *e, struct stage *stage, double tolerance, double *amount) {
    double usd = stage_evaluate(e, stage, amount, NULL), lower = 0;
    for (int p = 0; p < e->problem->n_amounts; p++)
        usd += e->amount_cost[p] * amount[p];
    return stage_begin(e, stage, fmax(fabs(usd), 1e-300)) &&
           stage_settle(e, stage, tolerance, FIRST_SHARE, usd, amount, &lower);
}

static bool plain_outcome(struct engine *e, struct stage *stage, double tolerance, double *amount,
                          struct outcome **out) {
    struct stage_result result;
    double usd;
    outcome_open(e, stage, out);
    struct reading reading = {.arena = &(*out)->arena, .uses = (*out)->uses};
    bool solved = (!e->recalled || settle_first(e, stage, tolerance, amount)) &&
                  stage_solve(e, stage, tolerance, amount, &reading, &result);
    if (solved) {
        (*out)->stopped = result.stopped;
        write_proof(e, stage, *out);
        solved = reading.done || stage_visit(e, stage, amount, reading.arena, reading.uses, &usd);
    }
    memcpy((*out)->amount, amount, (size_t)e->problem->n_amounts * sizeof *amount);
    write_slot_prices(e, stage, *out);
    if (!solved)
        outcome_release(*out);
    return solved;
}

/* --- the search --- */

struct search {
    struct engine *e;
    struct stage *stage;
    struct mixing mixing;
    double tolerance;
    double *amount;
    double *guess;
    double *centre, *radius; /* [n_couplings] of where prices are looked for */
    int *hits;               /* [n_couplings] how often in a row a price was at the edge of that */
    double lower;
    bool priced; /* the lists are those of the engine's lambda */
    bool stopped;
};

static double money_of(const struct search *search) {
    return fmax(fabs(search->mixing.usd), 1e-300);
}

/* USD/h between the mix and the bound; INFINITY while no mix is within all rows. */
static double open_gap(const struct search *search) {
    return search->mixing.over > WITHIN ? INFINITY : search->mixing.usd - search->lower;
}

static bool is_closed(const struct search *search) {
    return open_gap(search) <= search->tolerance * money_of(search);
}

/* Once a plan is there that says what the rows are about. */
static void set_range(struct search *search) {
    struct mixing *mixing = &search->mixing;
    double money = mixing_scale(mixing);
    for (int k = 0; k < search->e->problem->n_couplings; k++) {
        double guess = search->guess[k];
        search->centre[k] = guess;
        search->radius[k] = guess > 0 ? NEAR * guess : FIRST_HIGH * money / mixing->scale[k];
    }
    mixing->centre = search->centre;
}

static void place_range(struct search *search) {
    struct mixing *mixing = &search->mixing;
    for (int k = 0; k < search->e->problem->n_couplings; k++) {
        mixing->low[k] = fmax(0, search->centre[k] - search->radius[k]);
        mixing->high[k] = search->centre[k] + search->radius[k];
    }
}

/* Further where the plans' best price was at the edge and `held` what they promise, nearer where it
 * did not. false: no price is high enough. */
static bool adapt_range(struct search *search, bool held) {
    struct mixing *mixing = &search->mixing;
    double least = search->e->shape.cost_scale; /* where nothing costs anything */
    bool beyond = false;
    for (int k = 0; k < search->e->problem->n_couplings; k++) {
        double price = mixing->lambda[k], high = mixing->high[k], low = mixing->low[k];
        bool at_high = price >= high * (1 - 1e-9), at_low = low > 0 && price <= low * (1 + 1e-9);
        bool over = mixing->over > WITHIN && at_high;
        search->hits[k] = over ? search->hits[k] + 1 : 0;
        if (over && high * mixing->scale[k] > OVER_MAX * fmax(money_of(search), least))
            beyond = true;
        else if (over || (held && (at_high || at_low)))
            search->radius[k] *= search->hits[k] <= HITS_MANY ? 2 : 20;
        else if (!held)
            search->radius[k] /= 2;
    }
    return !beyond;
}

static bool take_lambda(struct search *search, double *lambda) {
    mixing_stay_inside(&search->mixing, lambda);
    size_t size = (size_t)search->e->problem->n_couplings * sizeof *lambda;
    if (search->priced && memcmp(lambda, search->e->lambda, size) == 0)
        return true;
    search->priced = true;
    engine_set_lambda(search->e, lambda);
    search->e->n_prices++;
    if (!stage_renew(search->e, search->stage))
        return false;
    stage_reprice(search->e, search->stage);
    return true;
}

/* The slots at the amounts and the price; how many vectors the pool took. */
static bool visit(struct search *search, double *usd, int *learned) {
    struct engine *e = search->e;
    if (!mixing_visit(&search->mixing, search->amount, usd))
        return false;
    *learned = stage_learn(e, search->stage, search->amount, 0.02 * search->tolerance * fabs(*usd));
    stage_pin(search->stage);
    return true;
}

/* Amounts and what is proven at the price that is set; `from` is what the slots cost last. */
static bool settle(struct search *search, double share, double from) {
    struct mixing *mixing = &search->mixing;
    double upper = mixing->over > WITHIN ? fmax(from, search->lower) : mixing->usd;
    if (!stage_settle(search->e, search->stage, search->tolerance, share, upper, search->amount,
                      &search->lower))
        return false;
    if (!search->e->stuck)
        master_lambda(search->e, search->centre);
    return true;
}

/* No mix is found, and none of the plans is within the rows. At prices this high that is the
 * answer; before, it is a mistake. */
static bool gives_up(struct search *search, const struct err *err) {
    const struct mixing *mixing = &search->mixing;
    for (int k = 0; k < search->e->problem->n_couplings; k++)
        if (mixing->over > WITHIN &&
            mixing->high[k] * mixing->scale[k] > OVER_ENOUGH * money_of(search))
            return true;
    *search->e->err = *err;
    search->e->failed = true;
    return false;
}

/* Plans at the next price, amounts before and after. */
static bool step(struct search *search, double share, double *usd, int *learned) {
    double *lambda = search->mixing.lambda;
    if (!take_lambda(search, lambda) || !settle(search, share, *usd))
        return false;
    if (is_closed(search) || search->e->stuck)
        return true;
    return visit(search, usd, learned) && settle(search, share, *usd);
}

/* Where every plan is a little over, and dearer rows do not change that, the amounts are those at
 * which they can just be kept. Those that are best at one price beyond theirs keep them. */
static bool step_alone(struct search *search, double *usd, int *learned) {
    struct stage_result result;
    if (!take_lambda(search, search->mixing.lambda) ||
        !stage_solve(search->e, search->stage, fmax(search->tolerance, ALONE), search->amount, NULL,
                     &result) ||
        !visit(search, usd, learned))
        return false;
    search->lower = result.lower;
    memcpy(search->centre, search->e->lambda,
           (size_t)search->e->problem->n_couplings * sizeof *search->centre);
    return true;
}

static bool run(struct search *search, double usd, int learned) {
    enum { AT_MOST_IDLE = 3, AT_MOST_OVER = 2 };
    struct mixing *mixing = &search->mixing;
    const volatile int *stop = search->e->options->stop;
    double lower = -INFINITY, upper = INFINITY, promised = INFINITY;
    int idle = 0, over = 0;
    struct err err;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        place_range(search);
        enum mixed mixed = mixing_solve(mixing, &err);
        if (mixed == MIXED_NOT)
            return gives_up(search, &err);
        search->stopped = mixed == MIXED_ONE || (stop != NULL && *stop);
        if (is_closed(search) || search->stopped || search->e->stuck)
            return true; /* the last: as near as the arithmetic goes */
        bool held = round == 0 || search->lower - lower >= HELD * (promised - lower);
        if (!adapt_range(search, held))
            return true; /* no price brings it within the rows */
        double least = STEP_LEAST * search->tolerance * money_of(search);
        bool better = mixing->over > WITHIN || learned > 0 || mixing->usd < upper - least ||
                      search->lower > lower + least;
        idle = better ? 0 : idle + 1;
        if (idle > AT_MOST_IDLE)
            return true;
        upper = mixing->usd;
        lower = search->lower;
        promised = mixing_promise(mixing);
        over = mixing->over > WITHIN && !held ? over + 1 : 0;
        bool alone = over > AT_MOST_OVER;
        over = alone ? 0 : over;
        if (!(alone ? step_alone(search, &usd, &learned)
                    : step(search, better ? 0.01 : 0, &usd, &learned)))
            return false;
    }
    search->stopped = true;
    return true;
}

/* Without the rows. */
static bool starts_free(struct search *search, double *usd, int *learned) {
    struct engine *e = search->e;
    struct stage_result result;
    double tolerance = search->stage->n < e->problem->n_slots ? search->tolerance : FREE;
    if (!take_lambda(search, search->guess) ||
        !stage_solve(e, search->stage, fmax(search->tolerance, tolerance), search->amount, NULL,
                     &result) ||
        !visit(search, usd, learned))
        return false;
    search->stopped = result.stopped;
    search->lower = result.lower;
    return true;
}

static bool starts_near(struct search *search, double *usd, int *learned) {
    return take_lambda(search, search->guess) && visit(search, usd, learned) &&
           stage_begin(search->e, search->stage, fmax(fabs(*usd), 1e-300));
}

static bool coupled_outcome(struct search *search, struct outcome **out) {
    struct engine *e = search->e;
    int n = e->problem->n_couplings, learned;
    bool known = false;
    double usd;
    for (int k = 0; k < n; k++)
        known = known || search->guess[k] > 0;
    bool solved = known ? starts_near(search, &usd, &learned) : starts_free(search, &usd, &learned);
    if (!solved)
        return false;
    set_range(search);
    if (!run(search, usd, learned))
        return false;
    outcome_open(e, search->stage, out);
    (*out)->stopped = search->stopped;
    (*out)->exceeded = search->mixing.over > WITHIN;
    write_slot_prices(e, search->stage, *out);
    write_proof(e, search->stage, *out);
    mixing_uses(&search->mixing, &(*out)->arena, (*out)->uses);
    memcpy((*out)->amount, search->mixing.amount,
           (size_t)e->problem->n_amounts * sizeof *search->amount);
    memcpy(search->guess, (*out)->lambda, (size_t)n * sizeof *search->guess);
    memcpy(search->amount, (*out)->amount, (size_t)e->problem->n_amounts * sizeof *search->amount);
    return true;
}

bool stage_outcome(struct engine *e, struct stage *stage, double tolerance, double *guess,
                   double *amount, struct outcome **out) {
    if (!master_open(e))
        return false;
    bool solved;
    if (e->problem->n_couplings == 0) {
        solved = plain_outcome(e, stage, tolerance, amount, out);
    } else {
        struct search search = {.e = e,
                                .stage = stage,
                                .tolerance = tolerance,
                                .amount = amount,
                                .guess = guess,
                                .lower = -INFINITY};
        search.hits = arena_new(&stage->arena, int, e->problem->n_couplings);
        search.centre = arena_new(&stage->arena, double, e->problem->n_couplings);
        search.radius = arena_new(&stage->arena, double, e->problem->n_couplings);
        mixing_open(e, stage, &search.mixing);
        solved = coupled_outcome(&search, out);
        mixing_close(&search.mixing);
    }
    if (solved)
        master_close(e);
    return solved;
}
