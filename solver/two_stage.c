/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sample of the slots first, then all of them; with rows that couple slots, once for each price
 * of theirs that is tried (two_stage_coupled.c). */
#include "solver/two_stage.h"

#include <math.h>
#include <string.h>

#include "solver/two_stage_engine.h"

enum { SAMPLE_MIN = 24, SAMPLE_EVERY = 32, SAMPLE_ENOUGH = 1200 };

static void find_rows(struct engine *e) {
    const struct two_stage *problem = e->problem;
    e->fixed_row = arena_new(&e->arena, int, problem->n_rows);
    e->fixed_of = arena_new(&e->arena, int, problem->n_rows);
    e->filled_row = arena_new(&e->arena, int, problem->n_rows);
    e->filled_of = arena_new(&e->arena, int, problem->n_rows);
    for (int r = 0; r < problem->n_rows; r++) {
        bool fixed = false, filled = false;
        for (int s = 0; s < problem->n_slots && !fixed; s++)
            fixed = problem->fixed[r * problem->n_slots + s] > 0;
        for (int p = 0; p < problem->n_amounts && !filled; p++)
            filled = two_stage_fills(&problem->amounts[p], r);
        e->fixed_of[r] = fixed ? e->n_fixed : -1;
        if (fixed)
            e->fixed_row[e->n_fixed++] = r;
        e->filled_of[r] = filled ? e->n_filled : -1;
        if (filled)
            e->filled_row[e->n_filled++] = r;
    }
}

static void engine_open(const struct two_stage *problem, const struct two_stage_options *options,
                        struct err *err, struct engine *e) {
    *e = (struct engine){.problem = problem, .options = options, .err = err};
    struct arena *arena = &e->arena;
    e->lambda = arena_new(arena, double, problem->n_couplings);
    e->net = arena_new(arena, const double *, problem->n_classes);
    if (problem->n_couplings > 0)
        e->net_store =
            arena_new(arena, double, (size_t)problem->n_classes *(size_t)problem->n_ways);
    e->negative = arena_new(arena, bool, problem->n_classes);
    e->amount_cost = arena_new(arena, double, problem->n_amounts);
    e->kappa = arena_new(arena, double, 2 * problem->n_workloads);
    e->raised = arena_new(arena, double, problem->n_rows);
    e->held = arena_new(arena, double, problem->n_rows);
    e->base = arena_new(arena, double, problem->n_slots);
    e->limit_price = arena_new(arena, double, problem->n_limits);
    e->recent = arena_new(arena, double, RECENT_MAX * problem->n_amounts);
    e->favoured = arena_new(arena, double, problem->n_amounts);
    e->between = arena_new(arena, double, problem->n_amounts);
    find_rows(e);
    block_shape_build(e);
    double *none = arena_new(arena, double, problem->n_couplings);
    engine_set_lambda(e, none);
    bool is_new;
    double *zero = arena_new(arena, double, problem->n_rows);
    pool_add(e, zero, NULL, &is_new);
}

/* Cuts point into the stage they were made on. */
static void forget_stage(struct engine *e) {
    for (int i = 0; i < e->cuts_size; i++)
        e->cuts[i].best = NULL;
    e->n_cuts = 0;
}

/* Amounts and prices that are nearly best, from every k-th slot. */
static bool solve_sample(struct engine *e, int every, double tolerance, double *amount,
                         double *lambda) {
    struct stage sample;
    struct outcome *outcome;
    stage_open(e, every, &sample);
    stage_fill(e, &sample, amount);
    bool solved =
        stage_outcome(e, &sample, fmax(tolerance, e->options->tolerance), lambda, amount, &outcome);
    if (solved)
        outcome_release(outcome);
    forget_stage(e);
    stage_close(&sample);
    return solved;
}

/* A few slots find out what pays at all, every 32nd how much of it: of many years fewer, since what
 * is left to find out does not grow with their number. */
static bool solve_samples(struct engine *e, double *amount, double *lambda) {
    int n = e->problem->n_slots;
    int every = n > SAMPLE_EVERY * SAMPLE_ENOUGH ? n / SAMPLE_ENOUGH : SAMPLE_EVERY;
    if (n >= 4 * SAMPLE_MIN && !solve_sample(e, n / SAMPLE_MIN, 1e-3, amount, lambda))
        return false;
    return n < 4 * SAMPLE_MIN * SAMPLE_EVERY || solve_sample(e, every, 1e-4, amount, lambda);
}

/* Amounts within their limits: what is visited first counts as a plan. */
static void start_from_memory(const struct engine *e, double *amount, double *lambda) {
    const struct two_stage *problem = e->problem;
    const struct two_stage_memory *memory = e->options->memory;
    int n = problem->n_amounts;
    for (int p = 0; p < n && e->options->start != NULL; p++)
        amount[p] = fmin(e->options->start[p], problem->amounts[p].upper);
    for (int i = 0; i < problem->n_limits; i++) {
        double used = 0, bound = problem->limit_bound[i];
        for (int p = 0; p < n; p++)
            used += problem->limit_use[i * n + p] * amount[p];
        for (int p = 0; p < n && used > bound; p++)
            if (problem->limit_use[i * n + p] > 0)
                amount[p] *= bound / used;
    }
    for (int k = 0; k < problem->n_couplings && memory->n_couplings > k; k++)
        lambda[k] = memory->coupling_price[k];
}

/* --- the answer --- */

static void write_uses(struct arena *arena, const struct engine *e, const struct stage *stage,
                       const struct slot_uses *uses, struct two_stage_answer *out) {
    const struct two_stage *problem = e->problem;
    int n_slots = problem->n_slots, total = 0, at = 0;
    int *position = arena_new(arena, int, n_slots), *first = arena_new(arena, int, n_slots + 1);
    double *usd = arena_new(arena, double, n_slots);
    double *missing = arena_new(arena, double, problem->n_workloads *n_slots);
    for (int i = 0; i < stage->n; i++) {
        position[stage->slot[i]] = i;
        total += uses[i].n;
    }
    struct two_stage_use *all = arena_new(arena, struct two_stage_use, total);
    for (int s = 0; s < n_slots; s++) {
        const struct slot_uses *use = &uses[position[s]];
        first[s] = at;
        memcpy(&all[at], use->uses, (size_t)use->n * sizeof *all);
        at += use->n;
        usd[s] = use->usd;
        for (int w = 0; w < problem->n_workloads; w++) {
            missing[w * n_slots + s] = use->missing[w];
            out->carried = out->carried && use->missing[w] <= 0;
        }
    }
    first[n_slots] = at;
    out->first_use = first;
    out->uses = all;
    out->slot_usd = usd;
    out->missing = missing;
}

static const double *keep(struct arena *arena, const double *from, size_t n) {
    double *to = arena_new(arena, double, n);
    memcpy(to, from, n * sizeof *to);
    return to;
}

/* Bounds from the proof and the uses, whatever the loop thought. */
static void write_bounds(const struct two_stage *problem, const struct two_stage_options *options,
                         struct two_stage_answer *out) {
    double broken;
    out->lower = two_stage_lower(problem, out->row_price, out->limit_price, out->coupling_price);
    out->upper = two_stage_upper(problem, out, &broken);
    out->lower = fmin(out->lower, out->upper); /* apart by rounding alone */
    out->gap = out->upper > 0 ? (out->upper - out->lower) / out->upper : 0;
    out->incomplete = out->incomplete || out->gap > fmax(2 * options->tolerance, 1e-12);
}

static bool solve_all(struct arena *arena, struct engine *e, struct two_stage_answer *out) {
    const struct two_stage *problem = e->problem;
    double *amount = arena_new(&e->arena, double, problem->n_amounts);
    double *lambda = arena_new(&e->arena, double, problem->n_couplings);
    bool known = memory_fits(e);
    if (known)
        start_from_memory(e, amount, lambda);
    else if (!solve_samples(e, amount, lambda))
        return false;
    struct stage stage;
    struct outcome *outcome;
    stage_open(e, 1, &stage);
    if (known)
        memory_recall(e, &stage);
    else
        stage_fill(e, &stage, amount);
    bool solved = stage_outcome(e, &stage, e->options->tolerance, lambda, amount, &outcome);
    if (solved) {
        size_t prices = (size_t)problem->n_slots * (size_t)problem->n_rows;
        out->row_price = keep(arena, outcome->row_price, prices);
        out->slot_price = keep(arena, outcome->slot_price, prices);
        out->limit_price = keep(arena, outcome->limit_price, (size_t)problem->n_limits);
        out->coupling_price = keep(arena, outcome->lambda, (size_t)problem->n_couplings);
        out->amount = keep(arena, outcome->amount, (size_t)problem->n_amounts);
        out->incomplete = outcome->stopped;
        out->carried = !outcome->exceeded;
        write_uses(arena, e, &stage, outcome->uses, out);
        if (e->options->memory != NULL)
            memory_keep(e, &stage, outcome->lambda);
        outcome_release(outcome);
    }
    stage_close(&stage);
    return solved;
}

bool two_stage_solve(struct arena *arena, const struct two_stage *problem,
                     const struct two_stage_options *options, struct two_stage_answer *out,
                     struct err *err) {
    if (!two_stage_check(problem, err))
        return false;
    struct engine *e = arena_new(arena, struct engine, 1);
    engine_open(problem, options, err, e);
    struct two_stage_answer answer = {0};
    bool solved = solve_all(arena, e, &answer);
    answer.n_rounds = e->n_rounds;
    answer.n_blocks = e->n_blocks;
    answer.n_searched = e->n_searched;
    answer.n_vertices = e->n_vertices;
    answer.n_prices = e->n_prices;
    if (e->failed)
        e->master = NULL; /* its environment may be gone */
    master_close(e);
    arena_release(&e->arena);
    if (!solved)
        return false;
    write_bounds(problem, options, &answer);
    *out = answer;
    return true;
}
