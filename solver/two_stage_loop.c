/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts on the pool, then the slots at those amounts, in turn.
 *
 * The first stage is solved on the pool by cuts. What the cuts like best jumps about, so the pool
 * is asked a part of the way from the best amounts so far to there (in-out separation; Ben-Ameur
 * and Neto 2007). The slots themselves are only solved once the pool is nearly settled: that is the
 * costly step, and what gives an upper bound. What runs in them is read in the same visit wherever
 * it may be the last one: a further visit costs more than many readings. */
#include <math.h>
#include <string.h>

#include "solver/two_stage_engine.h"

enum { ROUNDS_MAX = 300, STEPS_MAX = 400 };
#define NOTHING 1e-6    /* of what carrying all peaks costs */
#define STEP 0.4        /* of the way to what the cuts like best */
#define INNER_SHARE 0.1 /* of the gap that the pool's own problem may leave open */

static bool is_stopped(const struct engine *e) {
    return e->options->stop != NULL && *e->options->stop;
}

/* USD/h between the bounds that the tolerance allows. */
static double open_gap(const struct engine *e, double tolerance, double upper) {
    return tolerance * fmax(fabs(upper), NOTHING * e->shape.cost_scale);
}

/* With what the couplings make of it. */
static double bought_usd(const struct engine *e, const double *amount) {
    double usd = -e->bound_usd;
    for (int p = 0; p < e->problem->n_amounts; p++)
        usd += e->amount_cost[p] * amount[p];
    return usd;
}

static void remember(struct engine *e, const double *amount) {
    int n = e->problem->n_amounts;
    memcpy(&e->recent[(e->n_recent++ % RECENT_MAX) * n], amount, (size_t)n * sizeof *amount);
}

/* A cut of the slots' cost at lambda as one of that cost and what lambda is paid for. */
static void couple_cut(const struct engine *e, struct cut *cut) {
    const struct two_stage *problem = e->problem;
    cut->constant -= e->bound_usd;
    for (int k = 0; k < problem->n_couplings; k++) {
        cut->lambda[k] = e->lambda[k];
        for (int p = 0; p < problem->n_amounts; p++)
            cut->slope[p] -= e->lambda[k] * problem->coupling_use[k * problem->n_amounts + p];
    }
}

bool stage_ask(struct engine *e, struct stage *stage, const double *amount, double *usd) {
    struct cut *cut = master_next_cut(e, stage);
    if (cut == NULL)
        return false;
    *usd = bought_usd(e, amount) + stage_evaluate(e, stage, amount, cut);
    if (e->problem->n_couplings > 0) {
        double plain = 0;
        couple_cut(e, cut);
        for (int p = 0; p < e->problem->n_amounts; p++)
            plain += e->problem->amounts[p].cost * amount[p];
        *usd = fmax(*usd, plain + master_value(e, amount));
    }
    return master_add(e, cut);
}

bool stage_settle(struct engine *e, struct stage *stage, double tolerance, double share,
                  double upper, double *amount, double *lower) {
    int n = e->problem->n_amounts;
    double *out = e->favoured, *between = e->between, best, usd;
    bool fine = stage_ask(e, stage, amount, &best);
    for (int step = 0; step < STEPS_MAX && fine && !is_stopped(e); step++) {
        fine = master_solve(e, out, lower);
        double open = fmax(0.3 * open_gap(e, tolerance, upper), share * (upper - *lower));
        if (!fine || e->stuck || best - *lower <= open)
            break;
        int n_cuts = e->n_cuts;
        double before = best;
        for (int p = 0; p < n; p++)
            between[p] = amount[p] + STEP * (out[p] - amount[p]);
        fine = stage_ask(e, stage, between, &usd);
        remember(e, between);
        if (fine && usd < best) {
            best = usd;
            memcpy(amount, between, (size_t)n * sizeof *amount);
        } else if (fine) {
            fine = stage_ask(e, stage, out, &usd);
            if (usd < best) {
                best = usd;
                memcpy(amount, out, (size_t)n * sizeof *amount);
            }
        }
        if (e->n_cuts == n_cuts && best >= before)
            break; /* nothing more to learn from the pool */
    }
    return fine;
}

int stage_learn(struct engine *e, struct stage *stage, const double *amount, double close) {
    int n_rows = e->problem->n_rows, n_new = 0;
    for (int i = 0; i < stage->n; i++) {
        if (stage->exact[i] - stage->value[i] <= fmax(close, 1e-13 * fabs(stage->exact[i])))
            continue;
        bool is_new;
        int v = pool_add(e, &stage->price[(size_t)i * (size_t)n_rows],
                         &stage->basis[(size_t)i * (size_t)e->shape.n_stats], &is_new);
        if (is_new)
            stage_offer(e, stage, v, amount);
        double before = stage->value[i];
        stage_insert(e, stage, i, v, amount);
        n_new += is_new || stage->value[i] > before;
    }
    return n_new;
}

bool stage_visit(struct engine *e, struct stage *stage, const double *amount, struct arena *arena,
                 struct slot_uses *uses, double *usd) {
    stage_evaluate(e, stage, amount, NULL);
    if (!stage_exact(e, stage, amount, arena, uses))
        return false;
    *usd = bought_usd(e, amount);
    for (int i = 0; i < stage->n; i++)
        *usd += stage->share[i] * stage->exact[i];
    e->n_rounds++;
    return true;
}

static bool ask_recent(struct engine *e, struct stage *stage) {
    int n = e->n_recent < RECENT_MAX ? e->n_recent : RECENT_MAX;
    double usd;
    bool fine = true;
    for (int k = 0; k < n && fine; k++)
        fine = stage_ask(e, stage, &e->recent[k * e->problem->n_amounts], &usd);
    return fine;
}

bool stage_begin(struct engine *e, struct stage *stage, double scale) {
    return master_clear(e, scale) && ask_recent(e, stage);
}

static bool limits_are_kept(const struct two_stage *problem, const double *amount) {
    bool kept = true;
    for (int i = 0; i < problem->n_limits; i++) {
        double used = 0;
        for (int p = 0; p < problem->n_amounts; p++)
            used += problem->limit_use[i * problem->n_amounts + p] * amount[p];
        kept = kept && used <= problem->limit_bound[i];
    }
    return kept;
}

/* What is held of a reservation, and the rates of what covers it, are short numbers, at which the
 * cost turns in every slot at once: the master meets such a corner to its tolerance alone. false:
 * none is near, or it breaks a limit. */
static bool to_corner(const struct engine *e, const double *best, double *amount) {
    const double grid = 1e-4, near = 2e-6;
    bool any = false;
    for (int p = 0; p < e->problem->n_amounts; p++) {
        double corner = grid * round(best[p] / grid);
        bool moves = fabs(best[p] - corner) <= near * fmax(1, corner);
        amount[p] = moves ? corner : best[p];
        any = any || amount[p] != best[p];
    }
    return any && limits_are_kept(e->problem, amount);
}

bool stage_solve(struct engine *e, struct stage *stage, double tolerance, double *amount,
                 struct reading *reading, struct stage_result *out) {
    int n = e->problem->n_amounts;
    *out = (struct stage_result){.lower = -INFINITY, .upper = INFINITY};
    e->stuck = false;
    double *best = arena_new(&e->arena, double, n), usd, share = INNER_SHARE;
    bool cornered = false;
    struct arena_mark mark = {0};
    if (reading != NULL)
        mark = arena_mark(reading->arena);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (is_stopped(e) && (round > 0 || e->n_rounds > 0)) {
            out->stopped = true;
            break;
        }
        /* The first amounts are a guess, but for a memory's; any others may be the last. */
        bool read = reading != NULL && (round > 0 || e->recalled);
        if (read)
            arena_rewind(reading->arena, mark);
        if (!stage_visit(e, stage, amount, read ? reading->arena : NULL,
                         read ? reading->uses : NULL, &usd))
            return false;
        bool same = memcmp(best, amount, (size_t)n * sizeof *best) == 0;
        if (reading != NULL)
            reading->done = read && (usd < out->upper || same);
        if (usd < out->upper) {
            out->upper = usd;
            memcpy(best, amount, (size_t)n * sizeof *best);
        }
        int learned = stage_learn(e, stage, amount, 0.02 * tolerance * fabs(usd));
        if (usd <= out->upper)
            stage_pin(stage);
        double scale = fmax(fabs(out->upper), NOTHING * e->shape.cost_scale);
        if (round == 0 && !stage_begin(e, stage, scale))
            return false;
        if (scale < 0.1 * e->master_scale && !master_rescale(e, scale))
            return false;
        /* Where the slots agree with the pool, the gap is the pool's own. */
        double before = share;
        share = learned > 0 || round == 0 ? INNER_SHARE : 0;
        bool closed = out->upper - out->lower <= open_gap(e, tolerance, out->upper);
        if (closed || e->stuck || (learned == 0 && before == 0)) {
            if (cornered || !to_corner(e, best, amount))
                break; /* or as near as the arithmetic goes */
            cornered = true;
            continue;
        }
        memcpy(amount, best, (size_t)n * sizeof *best);
        if (!stage_settle(e, stage, tolerance, share, out->upper, amount, &out->lower))
            return false;
        if (out->upper - out->lower <= open_gap(e, tolerance, out->upper)) {
            if (cornered || !to_corner(e, best, amount))
                break;
            cornered = true;
        }
    }
    memcpy(amount, best, (size_t)n * sizeof *best);
    return true;
}

static void add_proof(const struct engine *e, const struct stage *stage, const struct cut *cut,
                      double *row_price) {
    int n_rows = e->problem->n_rows;
    for (int i = 0; i < stage->n; i++) {
        double *price = &row_price[(size_t)stage->slot[i] * (size_t)n_rows];
        const double *rho =
            class_prices(e, stage->class_of[i], e->vertices[cut->best[i]].rho, e->raised, NULL);
        for (int r = 0; r < n_rows; r++)
            price[r] += cut->multiplier * rho[r];
    }
}

void stage_proof(struct engine *e, const struct stage *stage, double *row_price, double *lambda) {
    int n_couplings = e->problem->n_couplings;
    memset(row_price, 0,
           (size_t)e->problem->n_slots * (size_t)e->problem->n_rows * sizeof *row_price);
    for (int k = 0; k < n_couplings; k++)
        lambda[k] = 0;
    for (int c = 0; c < e->n_cuts; c++) {
        const struct cut *cut = &e->cuts[c];
        if (cut->multiplier <= 0)
            continue;
        if (n_couplings > 0)
            engine_set_lambda(e, cut->lambda);
        add_proof(e, stage, cut, row_price);
        for (int k = 0; k < n_couplings; k++)
            lambda[k] += cut->multiplier * cut->lambda[k];
    }
    if (n_couplings > 0)
        engine_set_lambda(e, lambda);
}
