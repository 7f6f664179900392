/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first stage: amounts, and theta, what the slots cost, held down by cuts.
 *
 *      min  Sum_p cost_p y_p + theta     theta + Sum_p slope_ip y_p >= constant_i
 *
 * What the couplings make of amounts and bounds at the price a cut was made at is inside the cut: a
 * cut holds whatever the price is now, and the bound below is one at the mean of the prices.
 *
 * The bound it gives is not GLPK's objective but what its row prices prove: for any weights of the
 * cuts that sum to 1 and any limit prices >= 0,
 *
 *      Sum_i l_i constant_i - Sum_i mu_i bound_i
 *        + Sum_p upper_p min(0, cost_p - Sum_i l_i slope_ip + Sum_i mu_i limit_use_ip)
 *
 * is below the optimum. */
#include <math.h>

#include "solver/two_stage_engine.h"

#define MASTER_TOLERANCE 1e-10
enum { IDLE_MAX = 12, PIVOTS_MAX = 3000 }; /* it may cycle; a few dozen do */

static double column_size(const struct engine *e, int p) {
    return e->problem->amounts[p].upper;
}

static double limit_scale(const struct engine *e, int i) {
    const struct two_stage *problem = e->problem;
    double scale = 0;
    for (int p = 0; p < problem->n_amounts; p++)
        scale = fmax(scale, problem->limit_use[i * problem->n_amounts + p] * column_size(e, p));
    return scale > 0 ? scale : 1;
}

struct call {
    struct engine *e;
    struct cut *cut;
    double *amount; /* solved */
    double *prices; /* row duals, [n_limits + n_cuts] */
    bool solved;
};

static bool guarded(struct engine *e, void (*body)(void *), struct call *call) {
    char said[LP_SAID];
    if (lp_guarded(body, call, said))
        return true;
    e->master = NULL;
    e->failed = true;
    return err_set(e->err, ERR_BUG, "the first stage: the solver stopped: %s", said);
}

static void open_inside(void *context) {
    struct engine *e = ((struct call *)context)->e;
    const struct two_stage *problem = e->problem;
    int n = problem->n_amounts;
    struct lp_live *master = lp_live_open(0, n + 1);
    e->master = master;
    lp_live_column(master, n + 1, -INFINITY, INFINITY);
    for (int p = 0; p < n; p++)
        lp_live_column(master, p + 1, 0, column_size(e, p) > 0 ? 1 : 0);
    int *columns = arena_new(&e->arena, int, n + 2);
    double *values = arena_new(&e->arena, double, n + 2);
    for (int i = 0; i < problem->n_limits; i++) {
        double scale = limit_scale(e, i);
        for (int p = 0; p < n; p++) {
            columns[p + 1] = p + 1;
            values[p + 1] = problem->limit_use[i * n + p] * column_size(e, p) / scale;
        }
        lp_live_add_row(master, n, columns, values, -INFINITY, problem->limit_bound[i] / scale);
    }
}

static void add_row(struct engine *e, struct cut *cut) {
    int n = e->problem->n_amounts;
    struct arena_mark mark = arena_mark(&e->arena);
    int *columns = arena_new(&e->arena, int, n + 2);
    double *values = arena_new(&e->arena, double, n + 2);
    double most = fmax(1, fabs(cut->constant) / e->master_scale);
    for (int p = 0; p < n; p++) {
        columns[p + 1] = p + 1;
        values[p + 1] = cut->slope[p] * column_size(e, p) / e->master_scale;
        most = fmax(most, fabs(values[p + 1]));
    }
    columns[n + 1] = n + 1;
    values[n + 1] = 1;
    for (int k = 1; k <= n + 1; k++)
        values[k] /= most;
    cut->row_scale = most;
    lp_live_add_row(e->master, n + 1, columns, values, cut->constant / (e->master_scale * most),
                    INFINITY);
    arena_rewind(&e->arena, mark);
}

/* Costs and cuts anew, at the scale that holds now. */
static void write_inside(void *context) {
    struct engine *e = ((struct call *)context)->e;
    int n = e->problem->n_amounts, n_rows = lp_live_n_rows(e->master) - e->problem->n_limits;
    lp_live_cost(e->master, n + 1, 1);
    for (int p = 0; p < n; p++)
        lp_live_cost(e->master, p + 1,
                     e->problem->amounts[p].cost * column_size(e, p) / e->master_scale);
    if (n_rows > 0) {
        int *rows = arena_new(&e->arena, int, n_rows + 1);
        for (int i = 0; i < n_rows; i++)
            rows[i + 1] = e->problem->n_limits + i + 1;
        lp_live_drop_rows(e->master, n_rows, rows);
    }
    for (int i = 0; i < e->n_cuts; i++)
        add_row(e, &e->cuts[i]);
    lp_live_forget_basis(e->master);
}

bool master_open(struct engine *e) {
    struct call call = {.e = e};
    return guarded(e, open_inside, &call);
}

void master_close(struct engine *e) {
    if (e->master != NULL)
        lp_live_close(e->master);
    e->master = NULL;
    lp_thread_close(); /* it belongs to the thread and would leak when that ends */
}

bool master_rescale(struct engine *e, double scale) {
    struct call call = {.e = e};
    e->master_scale = scale;
    return guarded(e, write_inside, &call);
}

bool master_clear(struct engine *e, double scale) {
    e->n_cuts = 0;
    return master_rescale(e, scale);
}

static void drop_idle(void *context) {
    struct engine *e = ((struct call *)context)->e;
    int *rows = arena_new(&e->arena, int, e->n_cuts + 1);
    int n = 0, kept = 0;
    for (int i = 0; i < e->n_cuts; i++) {
        if (e->cuts[i].idle >= IDLE_MAX) {
            rows[++n] = e->problem->n_limits + i + 1;
            continue;
        }
        struct cut cut = e->cuts[kept]; /* swapped, so that its memory is used again */
        e->cuts[kept] = e->cuts[i];
        e->cuts[i] = cut;
        kept++;
    }
    if (n > 0)
        lp_live_drop_rows(e->master, n, rows);
    e->n_cuts = kept;
}

struct cut *master_next_cut(struct engine *e, struct stage *stage) {
    if (e->n_cuts == e->cuts_size) {
        struct call call = {.e = e};
        if (!guarded(e, drop_idle, &call))
            return NULL;
    }
    if (e->n_cuts == e->cuts_size) {
        int size = e->cuts_size > 0 ? 2 * e->cuts_size : 64;
        e->cuts =
            arena_grow(&e->arena, e->cuts, (size_t)e->cuts_size, (size_t)size, sizeof *e->cuts);
        e->cuts_size = size;
    }
    struct cut *cut = &e->cuts[e->n_cuts];
    if (cut->slope == NULL)
        cut->slope = arena_new(&e->arena, double, e->problem->n_amounts);
    if (cut->lambda == NULL)
        cut->lambda = arena_new(&e->arena, double, e->problem->n_couplings);
    if (cut->best == NULL)
        cut->best = arena_new(&stage->arena, int, stage->n);
    return cut;
}

static void add_inside(void *context) {
    struct call *call = context;
    add_row(call->e, call->cut);
}

static bool same_cut(const struct engine *e, const struct cut *a, const struct cut *b) {
    if (a->constant != b->constant)
        return false;
    for (int p = 0; p < e->problem->n_amounts; p++)
        if (a->slope[p] != b->slope[p])
            return false;
    return true;
}

bool master_add(struct engine *e, struct cut *cut) {
    struct call call = {.e = e, .cut = cut};
    for (int i = 0; i < e->n_cuts; i++)
        if (same_cut(e, &e->cuts[i], cut))
            return true;
    if (!guarded(e, add_inside, &call))
        return false;
    cut->idle = 0;
    cut->multiplier = 0;
    e->n_cuts++;
    return true;
}

double master_value(const struct engine *e, const double *amount) {
    double most = -INFINITY;
    for (int i = 0; i < e->n_cuts; i++) {
        double value = e->cuts[i].constant;
        for (int p = 0; p < e->problem->n_amounts; p++)
            value -= e->cuts[i].slope[p] * amount[p];
        most = fmax(most, value);
    }
    return most;
}

static void solve_inside(void *context) {
    struct call *call = context;
    struct engine *e = call->e;
    call->solved = lp_live_solve(e->master, MASTER_TOLERANCE, PIVOTS_MAX);
    for (int p = 0; p < e->problem->n_amounts && call->solved; p++)
        call->amount[p] = fmin(1, fmax(0, lp_live_primal(e->master, p + 1))) * column_size(e, p);
    for (int i = 0; i < e->problem->n_limits + e->n_cuts; i++)
        call->prices[i] = lp_live_dual(e->master, i + 1);
}

/* The bound of the head of this file. */
static double proven(struct engine *e) {
    const struct two_stage *problem = e->problem;
    int n = problem->n_amounts;
    double lower = 0;
    for (int i = 0; i < e->n_cuts; i++)
        lower += e->cuts[i].multiplier * e->cuts[i].constant;
    for (int i = 0; i < problem->n_limits; i++)
        lower -= e->limit_price[i] * problem->limit_bound[i];
    for (int p = 0; p < n; p++) {
        double reduced = problem->amounts[p].cost;
        for (int i = 0; i < e->n_cuts; i++)
            reduced -= e->cuts[i].multiplier * e->cuts[i].slope[p];
        for (int i = 0; i < problem->n_limits; i++)
            reduced += e->limit_price[i] * problem->limit_use[i * n + p];
        lower += problem->amounts[p].upper * fmin(0, reduced);
    }
    return lower;
}

bool master_solve(struct engine *e, double *amount, double *lower) {
    const struct two_stage *problem = e->problem;
    struct arena_mark mark = arena_mark(&e->arena);
    struct call call = {.e = e,
                        .amount = amount,
                        .prices = arena_new(&e->arena, double, problem->n_limits + e->n_cuts + 1)};
    bool done = guarded(e, solve_inside, &call);
    double sum = 0;
    for (int i = 0; i < e->n_cuts && call.solved; i++)
        sum += fmax(0, call.prices[problem->n_limits + i]) / e->cuts[i].row_scale;
    call.solved = call.solved && sum > 0; /* else it is at the end of its digits */
    e->stuck = done && !call.solved;
    for (int i = 0; i < e->n_cuts && call.solved; i++) {
        e->cuts[i].multiplier = fmax(0, call.prices[problem->n_limits + i]) / e->cuts[i].row_scale;
        e->cuts[i].idle = e->cuts[i].multiplier > 0 ? 0 : e->cuts[i].idle + 1;
    }
    for (int i = 0; i < e->n_cuts && call.solved; i++)
        e->cuts[i].multiplier /= sum;
    for (int i = 0; i < problem->n_limits && call.solved; i++)
        e->limit_price[i] = fmax(0, -call.prices[i]) * e->master_scale / limit_scale(e, i);
    arena_rewind(&e->arena, mark);
    if (call.solved)
        *lower = proven(e);
    return done;
}

void master_lambda(const struct engine *e, double *lambda) {
    for (int k = 0; k < e->problem->n_couplings; k++) {
        lambda[k] = 0;
        for (int i = 0; i < e->n_cuts; i++)
            lambda[k] += e->cuts[i].multiplier * e->cuts[i].lambda[k];
    }
}
