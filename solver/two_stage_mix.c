/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found at several prices of the rows that couple slots, mixed to within those rows.
 *
 * Everything is convex, so any mix of plans carries the demand, and the cheapest within the rows
 * costs at least the optimum (Dantzig and Wolfe 1960):
 *
 *      min  Sum_i mu_i usd_i      Sum_i mu_i = 1,   Sum_i mu_i over_ik <= 0
 *
 * Its prices of the rows say where to look next. Few plans know little about prices far from
 * theirs, so those are kept between low and high (Marsten, Hogan and Blankenship 1975).
 *
 * The solver is given usd_i + Sum_k lambda_k over_ik, less the least of them and in units of their
 * spread, and finds by how much the prices differ from lambda: plans that differ in the ninth digit
 * are as far apart to it as any others. */
#include <math.h>
#include <string.h>

#include "solver/lp.h"
#include "solver/two_stage_engine.h"

enum { IDLE_MAX = 5, PIVOTS_EACH = 20 }; /* it may cycle */
#define OVER_DEAR 1e6                    /* times what plans differ by: rows come before money */
#define ROUNDED 1e-13                    /* less of a plan is none of it */

/* --- open, close --- */

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

void mixing_open(struct engine *e, struct stage *stage, struct mixing *out) {
    int n = e->problem->n_couplings;
    struct arena *arena = &stage->arena;
    *out = (struct mixing){.e = e, .stage = stage};
    out->low = arena_new(arena, double, n);
    out->high = arena_new(arena, double, n);
    out->most = arena_new(arena, double, n);
    out->scale = arena_new(arena, double, n);
    out->lambda = arena_new(arena, double, n);
    out->amount = arena_new(arena, double, e->problem->n_amounts);
    for (int k = 0; k < n; k++)
        out->most[k] = most_of_row(out, k);
    find_rays(out);
}

static void column_release(struct column *column) {
    struct arena arena = column->arena;
    arena_release(&arena);
}

void mixing_close(struct mixing *mixing) {
    for (int i = 0; i < mixing->n_columns; i++)
        column_release(mixing->columns[i]);
    mixing->n_columns = 0;
}

void mixing_stay_inside(const struct mixing *mixing, double *lambda) {
    const struct two_stage *problem = mixing->e->problem;
    double most = 1;
    for (int c = 0; c < problem->n_classes; c++)
        for (int j = 0; j < problem->n_ways; j++) {
            double paid = 0, cost = problem->classes[c].cost[j];
            for (int k = 0; k < problem->n_couplings; k++)
                paid -= lambda[k] * problem->classes[c].coupling[k * problem->n_ways + j];
            if (problem->ways[j].n_draws == 0 && paid * most > cost)
                most = cost / paid;
        }
    for (int k = 0; k < problem->n_couplings && most < 1; k++)
        lambda[k] *= most * (1 - 1e-15);
}

/* --- columns --- */

/* What runs in a slot, into the plan's sums. */
static void sum_slot(const struct mixing *mixing, int i, struct column *column) {
    const struct two_stage *problem = mixing->e->problem;
    const struct two_stage_class *kind = &problem->classes[mixing->stage->class_of[i]];
    const struct slot_uses *uses = &column->uses[i];
    double share = mixing->stage->share[i], usd = uses->usd;
    for (int w = 0; w < problem->n_workloads; w++)
        usd += uses->missing[w] > 0 ? uses->missing[w] * problem->missing_usd[w] : 0;
    column->usd += share * usd;
    for (int k = 0; k < problem->n_couplings; k++) {
        const double *each = &kind->coupling[k * problem->n_ways];
        double sum = 0;
        for (int u = 0; u < uses->n; u++)
            sum += each[uses->uses[u].way] * uses->uses[u].amount;
        column->over[k] += share * sum;
    }
}

static void sum_amounts(const struct mixing *mixing, struct column *column) {
    const struct two_stage *problem = mixing->e->problem;
    for (int p = 0; p < problem->n_amounts; p++)
        column->usd += problem->amounts[p].cost * column->amount[p];
    for (int k = 0; k < problem->n_couplings; k++) {
        column->over[k] -= problem->coupling_bound[k];
        for (int p = 0; p < problem->n_amounts; p++)
            column->over[k] +=
                problem->coupling_use[k * problem->n_amounts + p] * column->amount[p];
    }
}

/* By how much it exceeds its worst row, over what such a row comes to; <= 0: within all. */
static double worst_over(const struct mixing *mixing, const struct column *column) {
    double worst = -INFINITY;
    for (int k = 0; k < mixing->e->problem->n_couplings; k++)
        worst = fmax(worst, column->over[k] / fmax(mixing->most[k], 1e-300));
    return worst;
}

/* The plan that is nearest to the rows, the cheapest of those within: where no mix is within them
 * yet, dear prices will ask for it. */
static struct column *nearest(const struct mixing *mixing) {
    struct column *best = NULL;
    double least = INFINITY;
    for (int i = 0; i < mixing->n_columns; i++) {
        struct column *column = mixing->columns[i];
        double over = fmax(0, worst_over(mixing, column));
        if (over < least || (over == least && column->usd < best->usd)) {
            best = column;
            least = over;
        }
    }
    return best;
}

/* The plan with the least part in the last mix goes, the oldest of several. */
static void make_room(struct mixing *mixing) {
    const struct column *stays = nearest(mixing);
    int least = mixing->columns[0] == stays ? 1 : 0;
    for (int i = least + 1; i < mixing->n_columns; i++)
        if (mixing->columns[i]->share < mixing->columns[least]->share &&
            mixing->columns[i] != stays)
            least = i;
    column_release(mixing->columns[least]);
    memmove(&mixing->columns[least], &mixing->columns[least + 1],
            (size_t)(mixing->n_columns - least - 1) * sizeof *mixing->columns);
    mixing->n_columns--;
}

bool mixing_visit(struct mixing *mixing, const double *amount, double *usd) {
    const struct two_stage *problem = mixing->e->problem;
    struct arena arena = {0};
    struct column *column = arena_new(&arena, struct column, 1);
    column->amount = arena_new(&arena, double, problem->n_amounts);
    column->over = arena_new(&arena, double, problem->n_couplings);
    column->uses = arena_new(&arena, struct slot_uses, mixing->stage->n);
    memcpy(column->amount, amount, (size_t)problem->n_amounts * sizeof *amount);
    if (!stage_visit(mixing->e, mixing->stage, amount, &arena, column->uses, usd)) {
        arena_release(&arena);
        return false;
    }
    for (int i = 0; i < mixing->stage->n; i++)
        sum_slot(mixing, i, column);
    sum_amounts(mixing, column);
    column->arena = arena;
    if (mixing->n_columns == COLUMNS_MAX)
        make_room(mixing);
    mixing->columns[mixing->n_columns++] = column;
    return true;
}

/* Plans that are far behind are let go: their memory is what a whole plan takes. */
static void drop_unused(struct mixing *mixing) {
    const struct column *stays = nearest(mixing);
    int kept = 0;
    for (int i = 0; i < mixing->n_columns; i++) {
        struct column *column = mixing->columns[i];
        column->idle = column == stays || column->share > 0 ? 0 : column->idle + 1;
        if (column->idle > IDLE_MAX)
            column_release(column);
        else
            mixing->columns[kept++] = column;
    }
    mixing->n_columns = kept;
}

/* --- the cheapest mix --- */

double mixing_scale(struct mixing *mixing) {
    for (int k = 0; k < mixing->e->problem->n_couplings; k++) {
        mixing->scale[k] = 1e-6 * mixing->most[k];
        for (int i = 0; i < mixing->n_columns; i++)
            mixing->scale[k] = fmax(mixing->scale[k], fabs(mixing->columns[i]->over[k]));
        if (mixing->scale[k] == 0)
            mixing->scale[k] = 1;
    }
    return fmax(mixing->columns[0]->usd, 1e-6 * mixing->e->shape.cost_scale);
}

struct mix_lp {
    struct lp lp;
    double unit;                         /* USD/h */
    double *least;                       /* [n_couplings] by how much the rows are to be kept */
    int first_coupling;                  /* row */
    int first_mu, first_ray, first_over; /* columns */
};

/* What a plan costs with the rows at the prices. */
static double priced(const struct column *column, const double *lambda, int n) {
    double usd = column->usd;
    for (int k = 0; k < n; k++)
        usd += lambda[k] * column->over[k];
    return usd;
}

double mixing_promise(const struct mixing *mixing) {
    int n = mixing->e->problem->n_couplings;
    double least = INFINITY;
    for (int i = 0; i < mixing->n_columns; i++)
        least = fmin(least, priced(mixing->columns[i], mixing->lambda, n));
    return least;
}

static void add_plans(const struct mixing *mixing, const double *lambda, struct mix_lp *out) {
    int n = mixing->e->problem->n_couplings;
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < mixing->n_columns; i++) {
        double usd = priced(mixing->columns[i], lambda, n);
        low = fmin(low, usd);
        high = fmax(high, usd);
    }
    out->unit = fmax(high - low, 1e-9 * mixing->e->shape.cost_scale);
    for (int k = 0; k < n; k++)
        out->unit = fmax(out->unit, 1e-6 * mixing->high[k] * mixing->scale[k]);
    int one = lp_add_row(&out->lp, 1, 1, "one");
    out->first_coupling = out->lp.n_rows;
    for (int k = 0; k < n; k++)
        lp_add_row(&out->lp, -out->least[k], -out->least[k], "coupling%d", k);
    out->first_mu = out->lp.n_columns;
    for (int i = 0; i < mixing->n_columns; i++) {
        const struct column *from = mixing->columns[i];
        int column = lp_add_column(&out->lp, (priced(from, lambda, n) - low) / out->unit, 0,
                                   INFINITY, "mu%d", i);
        lp_set(&out->lp, one, column, 1);
        for (int k = 0; k < n; k++) {
            double over = from->over[k] / mixing->scale[k];
            lp_set(&out->lp, out->first_coupling + k, column, fabs(over) > ROUNDED ? over : 0);
        }
    }
}

/* More of what is paid for running more, in units of `unit`. */
static void add_rays(const struct mixing *mixing, const double *lambda, struct mix_lp *out) {
    const struct two_stage *problem = mixing->e->problem;
    out->first_ray = out->lp.n_columns;
    for (int r = 0; r < mixing->n_rays; r++) {
        const struct ray *ray = &mixing->rays[r];
        double cost = 1;
        for (int k = 0; k < problem->n_couplings; k++)
            cost += lambda[k] * ray->coupling[k * problem->n_ways + ray->way] / ray->usd;
        int column = lp_add_column(&out->lp, fmax(0, cost), 0, INFINITY, "more%d", r);
        for (int k = 0; k < problem->n_couplings; k++)
            lp_set(&out->lp, out->first_coupling + k, column,
                   ray->coupling[k * problem->n_ways + ray->way] / ray->usd * out->unit /
                       mixing->scale[k]);
    }
}

/* With what a row may be exceeded for, and what is paid for what is left of it. */
static void add_slack(const struct mixing *mixing, const double *lambda, bool kept,
                      struct mix_lp *out) {
    out->first_over = out->lp.n_columns;
    for (int k = 0; k < mixing->e->problem->n_couplings; k++) {
        double unit = mixing->scale[k] / out->unit;
        double dear =
            kept ? OVER_DEAR * (1 + lambda[k] * unit) : (mixing->high[k] - lambda[k]) * unit;
        double paid = kept ? lambda[k] : lambda[k] - mixing->low[k];
        int over = lp_add_column(&out->lp, dear, 0, INFINITY, "over%d", k);
        int under = lp_add_column(&out->lp, paid * unit, 0, INFINITY, "under%d", k);
        lp_set(&out->lp, out->first_coupling + k, over, -1);
        lp_set(&out->lp, out->first_coupling + k, under, 1);
    }
}

/* Around prices `lambda`; `kept`: the rows are to be kept, else their prices to stay in low..high.
 */
static bool solve_mix(const struct mixing *mixing, const double *lambda, bool kept,
                      struct arena *arena, struct mix_lp *mix, struct lp_solution *out,
                      struct err *err) {
    lp_open(&mix->lp, arena, "mix of priced plans");
    add_plans(mixing, lambda, mix);
    add_rays(mixing, lambda, mix);
    add_slack(mixing, lambda, kept, mix);
    mix->lp.solvable = true;
    mix->lp.pivots_max = PIVOTS_EACH * (mix->lp.n_rows + mix->lp.n_columns);
    if (!lp_solve(arena, &mix->lp, out, err))
        return false;
    double sum = 0;
    for (int i = 0; i < mixing->n_columns; i++)
        sum += fmax(0, out->primal[mix->first_mu + i]);
    return fabs(sum - 1) < 1e-6 ||
           err_set(err, ERR_BUG, "linear programme '%s': the parts sum to %g", mix->lp.name, sum);
}

/* Parts that sum to 1, what they cost and by how much they exceed each row, in its scale. */
static void read_mix(struct mixing *mixing, const struct mix_lp *from, const double *primal,
                     double *over) {
    const struct two_stage *problem = mixing->e->problem;
    int n = problem->n_couplings;
    double sum = 0;
    mixing->usd = 0;
    memset(mixing->amount, 0, (size_t)problem->n_amounts * sizeof *mixing->amount);
    memset(over, 0, (size_t)n * sizeof *over);
    for (int i = 0; i < mixing->n_columns; i++) {
        double share = primal[from->first_mu + i];
        sum += mixing->columns[i]->share = share > ROUNDED ? share : 0;
    }
    for (int i = 0; i < mixing->n_columns; i++) {
        struct column *column = mixing->columns[i];
        column->share /= sum;
        mixing->usd += column->share * column->usd;
        for (int p = 0; p < problem->n_amounts; p++)
            mixing->amount[p] += column->share * column->amount[p];
        for (int k = 0; k < n; k++)
            over[k] += column->share * column->over[k] / mixing->scale[k];
    }
    for (int r = 0; r < mixing->n_rays; r++) {
        const struct ray *ray = &mixing->rays[r];
        double more = fmax(0, primal[from->first_ray + r]) * from->unit;
        mixing->ray_amount[r] = more / ray->usd;
        mixing->usd += more;
        for (int k = 0; k < n; k++)
            over[k] += ray->coupling[k * problem->n_ways + ray->way] * mixing->ray_amount[r] /
                       mixing->scale[k];
    }
    mixing->over = 0;
    for (int k = 0; k < n; k++)
        mixing->over = fmax(mixing->over, over[k]);
}

/* The cheapest mix; where it exceeds a row by rounding, once more with that much to spare. */
static bool find_mix(struct mixing *mixing, struct arena *arena, struct err *err) {
    int n = mixing->e->problem->n_couplings;
    struct mix_lp mix = {.least = arena_new(arena, double, n)};
    struct lp_solution solution;
    double *over = arena_new(arena, double, n);
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!solve_mix(mixing, mixing->centre, true, arena, &mix, &solution, err))
            return attempt > 0; /* the one before stays */
        read_mix(mixing, &mix, solution.primal, over);
        if (mixing->over <= 0 || mixing->over > 1e-6)
            return true;
        for (int k = 0; k < n; k++)
            mix.least[k] = 2 * fmax(0, over[k]);
    }
    return true;
}

static bool find_prices(struct mixing *mixing, struct arena *arena, struct err *err) {
    int n = mixing->e->problem->n_couplings;
    struct mix_lp mix = {.least = arena_new(arena, double, n)};
    struct lp_solution solution;
    if (!solve_mix(mixing, mixing->centre, false, arena, &mix, &solution, err))
        return false;
    for (int k = 0; k < n; k++) {
        double more = -solution.dual[mix.first_coupling + k] * mix.unit / mixing->scale[k];
        mixing->lambda[k] = fmin(fmax(mixing->centre[k] + more, mixing->low[k]), mixing->high[k]);
    }
    return true;
}

/* The cheapest plan that is within the rows by itself. false: there is none. */
static bool take_one(struct mixing *mixing) {
    struct column *best = nearest(mixing);
    if (worst_over(mixing, best) > 0)
        return false;
    for (int i = 0; i < mixing->n_columns; i++)
        mixing->columns[i]->share = mixing->columns[i] == best;
    for (int r = 0; r < mixing->n_rays; r++)
        mixing->ray_amount[r] = 0;
    memcpy(mixing->amount, best->amount,
           (size_t)mixing->e->problem->n_amounts * sizeof *best->amount);
    mixing->usd = best->usd;
    mixing->over = 0;
    return true;
}

enum mixed mixing_solve(struct mixing *mixing, struct err *err) {
    struct arena scratch = {0};
    mixing_scale(mixing);
    bool solved = find_mix(mixing, &scratch, err) && find_prices(mixing, &scratch, err);
    arena_release(&scratch);
    if (!solved)
        return take_one(mixing) ? MIXED_ONE : MIXED_NOT;
    drop_unused(mixing);
    return MIXED;
}

/* --- what runs in it --- */

static void blend_slot(const struct mixing *mixing, int i, double of_class, double *x,
                       struct arena *arena, struct slot_uses *out) {
    const struct two_stage *problem = mixing->e->problem;
    const struct two_stage_class *kind = &problem->classes[mixing->stage->class_of[i]];
    int n = 0;
    memset(x, 0, (size_t)problem->n_ways * sizeof *x);
    *out = (struct slot_uses){.missing = arena_new(arena, double, problem->n_workloads)};
    for (int c = 0; c < mixing->n_columns; c++) {
        const struct slot_uses *uses = &mixing->columns[c]->uses[i];
        double share = mixing->columns[c]->share;
        for (int u = 0; u < uses->n && share > 0; u++)
            x[uses->uses[u].way] += share * uses->uses[u].amount;
        for (int w = 0; w < problem->n_workloads && share > 0; w++)
            out->missing[w] += share * uses->missing[w];
    }
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

void mixing_uses(const struct mixing *mixing, struct arena *arena, struct slot_uses *out) {
    const struct stage *stage = mixing->stage;
    struct arena scratch = {0};
    double *x = arena_new(&scratch, double, mixing->e->problem->n_ways), of_class = 0;
    for (int i = stage->class_first[0]; i < stage->class_first[1]; i++)
        of_class += stage->share[i];
    for (int i = 0; i < stage->n; i++)
        blend_slot(mixing, i, of_class, x, arena, &out[i]);
    arena_release(&scratch);
}
