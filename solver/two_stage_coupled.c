/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that couple slots: their price lambda goes into the costs, and the slots are apart again.
 * For every lambda >= 0 the priced optimum, less what the bounds are worth, is below the
 * programme's (Lagrange); what the solutions found so far can be mixed to within the bounds is
 * above it, since everything is convex (Dantzig and Wolfe 1960). The mix's row prices are the next
 * lambda: with one row that is where the tangents of both sides meet. */
#include <math.h>
#include <string.h>

#include "solver/lp.h"
#include "solver/two_stage_engine.h"

enum { PRICES_MAX = 120, STEPS_MAX = 150 };
#define STEP_LEAST 1e-3 /* of the tolerance: less is no progress */
#define OVER_MAX 1e9    /* times the cost of everything, for the most that any plan is over */

/* Where rows can be relaxed by running more for money: the cheapest way per row. */
struct ray {
    int way;
    double usd;
    const double *coupling; /* of class 0 */
};

struct mixing {
    struct engine *e;
    struct stage *stage;
    int n_columns;
    struct priced *columns[PRICES_MAX];
    double share[PRICES_MAX]; /* of each in the mix */
    int n_rays;
    struct ray *rays;
    double *ray_amount; /* [n_rays] */
    double *over_price; /* [n_couplings] what exceeding a bound costs while no mix is within all */
    double *scale;      /* [n_couplings] */
    double *most;       /* [n_couplings] what a slot could come to */
    double *lambda;     /* of the mix */
    double upper, over;
    struct priced *best; /* the highest lower bound */
};

/* --- one price --- */

static double true_usd(const struct engine *e, const struct stage *stage,
                       const struct priced *priced) {
    double usd = 0;
    for (int p = 0; p < e->problem->n_amounts; p++)
        usd += e->problem->amounts[p].cost * priced->amount[p];
    for (int i = 0; i < stage->n; i++) {
        usd += stage->share[i] * priced->uses[i].usd;
        for (int w = 0; w < e->problem->n_workloads; w++)
            if (priced->uses[i].missing[w] > 0)
                usd += stage->share[i] * priced->uses[i].missing[w] * e->problem->missing_usd[w];
    }
    return usd;
}

static double coupled(const struct engine *e, const struct stage *stage,
                      const struct priced *priced, int k) {
    const struct two_stage *problem = e->problem;
    double sum = 0;
    for (int p = 0; p < problem->n_amounts; p++)
        sum += problem->coupling_use[k * problem->n_amounts + p] * priced->amount[p];
    for (int i = 0; i < stage->n; i++) {
        const double *each = &problem->classes[stage->class_of[i]].coupling[k * problem->n_ways];
        double slot = 0;
        for (int u = 0; u < priced->uses[i].n; u++)
            slot += each[priced->uses[i].uses[u].way] * priced->uses[i].uses[u].amount;
        sum += stage->share[i] * slot;
    }
    return sum;
}

bool price_once(struct engine *e, struct stage *stage, const double *lambda, double tolerance,
                double *amount, struct priced **out) {
    const struct two_stage *problem = e->problem;
    size_t prices = (size_t)problem->n_slots * (size_t)problem->n_rows;
    struct stage_result result;
    engine_set_lambda(e, lambda);
    stage_reprice(e, stage);
    if (!master_open(e) || !stage_solve(e, stage, tolerance, amount, &result))
        return false;
    struct arena arena = {0};
    struct priced *priced = arena_new(&arena, struct priced, 1);
    priced->stopped = result.stopped;
    priced->lower = result.lower;
    priced->lambda = arena_new(&arena, double, problem->n_couplings);
    priced->over = arena_new(&arena, double, problem->n_couplings);
    priced->amount = arena_new(&arena, double, problem->n_amounts);
    priced->limit_price = arena_new(&arena, double, problem->n_limits);
    priced->row_price = arena_new(&arena, double, prices);
    priced->slot_price = arena_new(&arena, double, prices);
    priced->uses = arena_new(&arena, struct slot_uses, stage->n);
    memcpy(priced->limit_price, e->limit_price, (size_t)problem->n_limits * sizeof *amount);
    stage_proof(e, stage, priced->row_price);
    bool solved = e->options->step == NULL || problem->n_couplings > 0 ||
                  stage->n < problem->n_slots || stage_steps(e, stage, tolerance, amount);
    memcpy(priced->amount, amount, (size_t)problem->n_amounts * sizeof *amount);
    stage_evaluate(e, stage, amount, NULL);
    solved = solved && stage_uses(e, stage, amount, &arena, priced->uses);
    for (int i = 0; i < stage->n; i++)
        memcpy(&priced->slot_price[(size_t)stage->slot[i] * (size_t)problem->n_rows],
               &stage->price[(size_t)i * (size_t)problem->n_rows],
               (size_t)problem->n_rows * sizeof *amount);
    if (!solved) {
        arena_release(&arena);
        return false;
    }
    priced->usd = true_usd(e, stage, priced);
    for (int k = 0; k < problem->n_couplings; k++) {
        priced->lambda[k] = lambda[k];
        priced->over[k] = coupled(e, stage, priced, k) - problem->coupling_bound[k];
        priced->lower -= lambda[k] * problem->coupling_bound[k];
    }
    master_close(e);
    priced->arena = arena;
    *out = priced;
    e->n_prices++;
    return true;
}

void priced_release(struct priced *priced) {
    struct arena arena = priced->arena;
    arena_release(&arena);
}

/* --- the mix --- */

static void find_rays(struct mixing *mixing) {
    const struct two_stage *problem = mixing->e->problem;
    const struct two_stage_class *kind = &problem->classes[0];
    mixing->rays = arena_new(&mixing->stage->arena, struct ray, problem->n_couplings);
    mixing->ray_amount = arena_new(&mixing->stage->arena, double, problem->n_couplings);
    for (int k = 0; k < problem->n_couplings; k++) {
        int best = -1;
        double most = 0;
        for (int j = 0; j < problem->n_ways; j++) {
            double relief = -kind->coupling[k * problem->n_ways + j] / fmax(kind->cost[j], 1e-300);
            bool open = problem->ways[j].n_draws == 0 && kind->active[problem->ways[j].workload];
            if (open && relief > most) {
                most = relief;
                best = j;
            }
        }
        if (best >= 0)
            mixing->rays[mixing->n_rays++] = (struct ray){best, kind->cost[best], kind->coupling};
    }
}

/* What carrying everything the way that counts most would come to: rounding is told by it. */
static double most_of_row(const struct mixing *mixing, int k) {
    const struct two_stage *problem = mixing->e->problem;
    const struct stage *stage = mixing->stage;
    double most = 0;
    for (int i = 0; i < stage->n; i++) {
        const double *each = &problem->classes[stage->class_of[i]].coupling[k * problem->n_ways];
        for (int j = 0; j < problem->n_ways; j++) {
            const struct two_stage_way *way = &problem->ways[j];
            double demand = stage->demand[way->workload * stage->n + i];
            most = fmax(most, fabs(each[j]) * demand / way->rate);
        }
    }
    return most;
}

static void scale_rows(struct mixing *mixing) {
    int n = mixing->e->problem->n_couplings;
    for (int k = 0; k < n; k++) {
        mixing->scale[k] = 1e-6 * mixing->most[k];
        for (int i = 0; i < mixing->n_columns; i++)
            mixing->scale[k] = fmax(mixing->scale[k], fabs(mixing->columns[i]->over[k]));
        if (mixing->scale[k] == 0)
            mixing->scale[k] = 1;
    }
}

/* Cheapest mix within the bounds; its prices become lambda. */
static bool mix(struct mixing *mixing) {
    struct engine *e = mixing->e;
    int n = e->problem->n_couplings, n_ways = e->problem->n_ways;
    struct arena scratch = {0};
    struct lp lp;
    struct lp_solution solution;
    lp_open(&lp, &scratch, "mix of priced plans");
    scale_rows(mixing);
    double money = fmax(fabs(mixing->columns[0]->usd), 1e-300);
    int one = lp_add_row(&lp, 1, 1, "one");
    for (int k = 0; k < n; k++)
        lp_add_row(&lp, -INFINITY, 0, "coupling%d", k);
    for (int i = 0; i < mixing->n_columns; i++) {
        int column = lp_add_column(&lp, mixing->columns[i]->usd / money, 0, INFINITY, "plan%d", i);
        lp_set(&lp, one, column, 1);
        for (int k = 0; k < n; k++)
            lp_set(&lp, one + 1 + k, column, mixing->columns[i]->over[k] / mixing->scale[k]);
    }
    for (int r = 0; r < mixing->n_rays; r++) {
        const struct ray *ray = &mixing->rays[r];
        int column = lp_add_column(&lp, 1, 0, INFINITY, "more%d", r);
        for (int k = 0; k < n; k++)
            lp_set(&lp, one + 1 + k, column,
                   ray->coupling[k * n_ways + ray->way] / ray->usd * money / mixing->scale[k]);
    }
    int first_over = lp.n_columns;
    for (int k = 0; k < n; k++) {
        int column = lp_add_column(&lp, mixing->over_price[k], 0, INFINITY, "over%d", k);
        lp_set(&lp, one + 1 + k, column, -1);
    }
    bool solved = lp_solve(&scratch, &lp, &solution, e->err);
    if (solved && solution.status != LP_OPTIMAL)
        solved = err_set(e->err, ERR_BUG, "the mix of priced plans has no optimum");
    if (solved) {
        double sum = 0, usd = 0;
        for (int i = 0; i < mixing->n_columns; i++)
            sum += mixing->share[i] = fmax(0, solution.primal[i]);
        for (int i = 0; i < mixing->n_columns; i++) {
            mixing->share[i] /= sum;
            usd += mixing->share[i] * mixing->columns[i]->usd;
        }
        for (int r = 0; r < mixing->n_rays; r++) {
            double more = fmax(0, solution.primal[mixing->n_columns + r]) * money;
            mixing->ray_amount[r] = more / mixing->rays[r].usd;
            usd += more;
        }
        mixing->over = 0;
        for (int k = 0; k < n; k++) {
            mixing->lambda[k] = fmax(0, -solution.dual[one + 1 + k]) * money / mixing->scale[k];
            mixing->over = fmax(mixing->over, solution.primal[first_over + k]);
        }
        mixing->upper = usd;
    }
    arena_release(&scratch);
    e->failed = e->failed || !solved;
    return solved;
}

/* No way without a row may be paid for running. */
static void stay_inside(const struct mixing *mixing) {
    const struct two_stage *problem = mixing->e->problem;
    double most = 1;
    for (int c = 0; c < problem->n_classes; c++)
        for (int j = 0; j < problem->n_ways; j++) {
            double paid = 0, cost = problem->classes[c].cost[j];
            for (int k = 0; k < problem->n_couplings; k++)
                paid -= mixing->lambda[k] * problem->classes[c].coupling[k * problem->n_ways + j];
            if (problem->ways[j].n_draws == 0 && paid * most > cost)
                most = cost / paid;
        }
    for (int k = 0; k < problem->n_couplings && most < 1; k++)
        mixing->lambda[k] *= most * (1 - 1e-15);
}

static bool add_column(struct mixing *mixing, const double *lambda, double tolerance,
                       double *amount) {
    struct priced *priced;
    if (!price_once(mixing->e, mixing->stage, lambda, tolerance, amount, &priced))
        return false;
    mixing->columns[mixing->n_columns++] = priced;
    if (mixing->best == NULL || priced->lower > mixing->best->lower)
        mixing->best = priced;
    return true;
}

/* Uses that are far behind are let go: their memory is what a whole plan takes. */
static void drop_unused(struct mixing *mixing) {
    int kept = 0;
    for (int i = 0; i < mixing->n_columns; i++) {
        struct priced *priced = mixing->columns[i];
        priced->idle = mixing->share[i] > 0 || priced == mixing->best ? 0 : priced->idle + 1;
        if (priced->idle > 3) {
            priced_release(priced);
            continue;
        }
        mixing->share[kept] = mixing->share[i];
        mixing->columns[kept++] = priced;
    }
    mixing->n_columns = kept;
}

static bool is_over(const struct mixing *mixing, const struct priced *priced) {
    bool over = false;
    for (int k = 0; k < mixing->e->problem->n_couplings; k++)
        over = over || priced->over[k] > 0;
    return over;
}

/* Prices on both sides of the right one, near a guess: away from the side that is found first, in
 * growing steps. */
static bool bracket(struct mixing *mixing, double tolerance, const double *guess, double *amount) {
    static const double up[] = {1, 1.04, 1.2, 1.6, 3, 10}, down[] = {1, 0.96, 0.8, 0.5, 0.2, 0};
    const double *steps = up;
    for (int step = 0; step < 6; step++) {
        for (int k = 0; k < mixing->e->problem->n_couplings; k++)
            mixing->lambda[k] = guess[k] * steps[step];
        stay_inside(mixing);
        if (!add_column(mixing, mixing->lambda, tolerance, amount))
            return false;
        bool over = is_over(mixing, mixing->columns[mixing->n_columns - 1]);
        if (step == 0)
            steps = over ? up : down;
        else if (over != (steps == up))
            break;
    }
    return true;
}

/* USD/h between the mix and the best bound; INFINITY while no mix is within all rows. */
static double open_gap(const struct mixing *mixing) {
    return mixing->over > 1e-12 ? INFINITY : mixing->upper - mixing->best->lower;
}

static bool search(struct mixing *mixing, double tolerance, double *amount, bool *stopped) {
    struct engine *e = mixing->e;
    int n = e->problem->n_couplings, idle = 0;
    double inner = fmax(tolerance, 1e-4), lower = -INFINITY, upper = INFINITY;
    for (int k = 0; k < n; k++)
        mixing->over_price[k] = 100;
    for (int step = 0; step < STEPS_MAX && mixing->n_columns < PRICES_MAX; step++) {
        if (!mix(mixing))
            return false;
        double gap = open_gap(mixing), money = fabs(mixing->upper);
        *stopped = e->options->stop != NULL && *e->options->stop;
        if (gap <= tolerance * money || *stopped)
            return true;
        double least = STEP_LEAST * tolerance * money;
        bool better = mixing->best->lower > lower + least || mixing->upper < upper - least;
        idle = better ? 0 : idle + 1;
        lower = mixing->best->lower;
        upper = mixing->upper;
        if (!better && isfinite(gap) && inner <= 0.2 * tolerance)
            return true; /* as near as the arithmetic goes */
        if (!isfinite(gap) && idle > 0)
            for (int k = 0; k < n; k++)
                mixing->over_price[k] *= 100;
        if (!isfinite(gap) && mixing->over_price[0] > OVER_MAX)
            return true; /* no price brings it within the rows */
        inner = fmin(inner, isfinite(gap) ? fmax(0.2 * tolerance, 0.02 * gap / money) : inner);
        if (idle > 0)
            inner = fmax(0.2 * tolerance, 0.1 * inner);
        drop_unused(mixing);
        stay_inside(mixing);
        if (!add_column(mixing, mixing->lambda, inner, amount))
            return false;
    }
    *stopped = true;
    return true;
}

/* --- the answer of a mix --- */

static void blend_slot(const struct mixing *mixing, int i, double *x, struct arena *arena,
                       struct slot_uses *out) {
    const struct two_stage *problem = mixing->e->problem;
    const struct two_stage_class *kind = &problem->classes[mixing->stage->class_of[i]];
    int n = 0;
    memset(x, 0, (size_t)problem->n_ways * sizeof *x);
    *out = (struct slot_uses){.missing = arena_new(arena, double, problem->n_workloads)};
    for (int c = 0; c < mixing->n_columns; c++) {
        const struct slot_uses *uses = &mixing->columns[c]->uses[i];
        double share = mixing->share[c];
        for (int u = 0; u < uses->n && share > 0; u++)
            x[uses->uses[u].way] += share * uses->uses[u].amount;
        for (int w = 0; w < problem->n_workloads && share > 0; w++)
            out->missing[w] += share * uses->missing[w];
    }
    double of_class = 0;
    for (int k = mixing->stage->class_first[0]; k < mixing->stage->class_first[1]; k++)
        of_class += mixing->stage->share[k];
    for (int r = 0; r < mixing->n_rays && mixing->stage->class_of[i] == 0; r++)
        x[mixing->rays[r].way] += mixing->ray_amount[r] / of_class;
    for (int j = 0; j < problem->n_ways; j++)
        n += x[j] > 0;
    out->uses = arena_new(arena, struct two_stage_use, n);
    for (int j = 0; j < problem->n_ways; j++)
        if (x[j] > 0) {
            out->uses[out->n++] = (struct two_stage_use){j, x[j]};
            out->usd += kind->cost[j] * x[j];
        }
}

static void blend(struct mixing *mixing, struct priced **out) {
    const struct two_stage *problem = mixing->e->problem;
    struct priced *answer = mixing->best;
    struct arena *arena = &answer->arena;
    struct slot_uses *uses = arena_new(arena, struct slot_uses, mixing->stage->n);
    double *amount = arena_new(arena, double, problem->n_amounts);
    double *x = arena_new(arena, double, problem->n_ways);
    for (int c = 0; c < mixing->n_columns; c++)
        for (int p = 0; p < problem->n_amounts; p++)
            amount[p] += mixing->share[c] * mixing->columns[c]->amount[p];
    for (int i = 0; i < mixing->stage->n; i++)
        blend_slot(mixing, i, x, arena, &uses[i]);
    answer->uses = uses;
    answer->amount = amount;
    answer->exceeded = mixing->over > 1e-9;
    *out = answer;
}

bool price_couplings(struct engine *e, struct stage *stage, double tolerance, const double *guess,
                     double *amount, struct priced **out) {
    int n = e->problem->n_couplings;
    struct mixing mixing = {.e = e, .stage = stage};
    mixing.over_price = arena_new(&stage->arena, double, n);
    mixing.scale = arena_new(&stage->arena, double, n);
    mixing.lambda = arena_new(&stage->arena, double, n);
    mixing.most = arena_new(&stage->arena, double, n);
    for (int k = 0; k < n; k++)
        mixing.most[k] = most_of_row(&mixing, k);
    bool binds = false, solved = true, stopped = false;
    for (int k = 0; k < n; k++)
        binds = binds || guess[k] > 0;
    find_rays(&mixing);
    if (binds)
        solved = bracket(&mixing, fmax(tolerance, 1e-4), guess, amount);
    if (!binds) {
        for (int k = 0; k < n; k++)
            mixing.lambda[k] = 0;
        solved = add_column(&mixing, mixing.lambda, tolerance, amount);
        mixing.share[0] = 1;
        for (int k = 0; k < n && solved; k++)
            binds = binds || mixing.columns[0]->over[k] > 1e-12 * mixing.most[k];
    }
    if (solved && binds)
        solved = search(&mixing, tolerance, amount, &stopped);
    if (solved) {
        blend(&mixing, out);
        (*out)->stopped = (*out)->stopped || stopped;
    }
    for (int c = 0; c < mixing.n_columns; c++)
        if (!solved || mixing.columns[c] != *out)
            priced_release(mixing.columns[c]);
    return solved;
}
