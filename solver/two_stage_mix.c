/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found at several prices of the rows that couple slots, mixed to within those rows.
 *
 * Everything is convex, so any mix of plans carries the demand, and the cheapest within the rows
 * costs at least the optimum (Dantzig and Wolfe 1960). Each group of slots is mixed on its own:
 *
 *      min  Sum_p cost_p y_p + Sum_gi mu_gi usd_gi
 *      Sum_i mu_gi = 1,   Sum_i mu_gi y_ip <= y_p      for every group g and amount p
 *      Sum_p limit_use_p y_p <= limit_bound,   Sum_p use_kp y_p + Sum_gi mu_gi coupled_gik <=
 * bound_k
 *
 * which is worth more than one weight a plan, and its prices of the last rows are better ones. They
 * are kept between low and high (Marsten, Hogan and Blankenship 1975): few plans know little about
 * prices far from theirs. */
#include <math.h>
#include <string.h>

#include "solver/lp.h"
#include "solver/two_stage_engine.h"

#define OVER_USD 1e12 /* times all money: no price of a unit over is worth more */
enum { IDLE_MAX = 5, PIVOTS_EACH = 10 }; /* it may cycle */

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

/* Slots of a class in a row, as many groups as its share of all; of many classes, slots in a row.
 */
static void choose_groups(struct mixing *mixing) {
    const struct stage *stage = mixing->stage;
    mixing->group_of = arena_new(&mixing->stage->arena, int, stage->n);
    if (mixing->e->problem->n_classes > GROUPS) {
        mixing->n_groups = stage->n < GROUPS ? stage->n : GROUPS;
        for (int i = 0; i < stage->n; i++)
            mixing->group_of[i] = (int)((long)i * mixing->n_groups / stage->n);
        return;
    }
    for (int c = 0; c < mixing->e->problem->n_classes; c++) {
        int first = stage->class_first[c], n = stage->class_first[c + 1] - first;
        int groups = (int)round((double)GROUPS * n / stage->n);
        groups = groups > n ? n : groups < 1 ? 1 : groups;
        for (int i = 0; i < n; i++)
            mixing->group_of[first + i] = mixing->n_groups + (int)((long)i * groups / n);
        mixing->n_groups += n > 0 ? groups : 0;
    }
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
    choose_groups(out);
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

static void sum_slot(const struct mixing *mixing, int i, struct column *column) {
    const struct two_stage *problem = mixing->e->problem;
    const struct two_stage_class *kind = &problem->classes[mixing->stage->class_of[i]];
    const struct slot_uses *uses = &column->uses[i];
    int n = problem->n_couplings, g = mixing->group_of[i];
    double share = mixing->stage->share[i], usd = uses->usd;
    for (int w = 0; w < problem->n_workloads; w++)
        usd += uses->missing[w] > 0 ? uses->missing[w] * problem->missing_usd[w] : 0;
    column->usd[g] += share * usd;
    for (int k = 0; k < n; k++) {
        const double *each = &kind->coupling[k * problem->n_ways];
        double sum = 0;
        for (int u = 0; u < uses->n; u++)
            sum += each[uses->uses[u].way] * uses->uses[u].amount;
        column->coupled[g * n + k] += share * sum;
    }
}

static double column_usd(const struct mixing *mixing, const struct column *column) {
    const struct two_stage *problem = mixing->e->problem;
    double usd = 0;
    for (int g = 0; g < mixing->n_groups; g++)
        usd += column->usd[g];
    for (int p = 0; p < problem->n_amounts; p++)
        usd += problem->amounts[p].cost * column->amount[p];
    return usd;
}

double mixing_over(const struct mixing *mixing, const struct column *column, int k) {
    const struct two_stage *problem = mixing->e->problem;
    double over = -problem->coupling_bound[k];
    for (int p = 0; p < problem->n_amounts; p++)
        over += problem->coupling_use[k * problem->n_amounts + p] * column->amount[p];
    for (int g = 0; g < mixing->n_groups; g++)
        over += column->coupled[g * problem->n_couplings + k];
    return over;
}

/* By how much it exceeds its worst row, over what such a row comes to; <= 0: within all. */
static double worst_over(const struct mixing *mixing, const struct column *column) {
    double worst = -INFINITY;
    for (int k = 0; k < mixing->e->problem->n_couplings; k++)
        worst = fmax(worst, mixing_over(mixing, column, k) / fmax(mixing->most[k], 1e-300));
    return worst;
}

/* The plan that is nearest to the rows, the cheapest of those within: where no mix is within them
 * yet, dear prices will ask for it. */
static const struct column *nearest(const struct mixing *mixing) {
    const struct column *best = NULL;
    double least = INFINITY, usd = INFINITY;
    for (int i = 0; i < mixing->n_columns; i++) {
        double over = fmax(0, worst_over(mixing, mixing->columns[i]));
        double cost = column_usd(mixing, mixing->columns[i]);
        if (over < least || (over == least && cost < usd)) {
            best = mixing->columns[i];
            least = over;
            usd = cost;
        }
    }
    return best;
}

/* The plan with the least part in the last mix goes, the oldest of several. */
static void make_room(struct mixing *mixing) {
    const struct column *stays = nearest(mixing);
    int least = 0;
    double part = INFINITY;
    for (int i = 0; i < mixing->n_columns; i++) {
        double sum = 0;
        for (int g = 0; g < mixing->n_groups; g++)
            sum += mixing->columns[i]->share[g];
        if (sum < part && mixing->columns[i] != stays) {
            part = sum;
            least = i;
        }
    }
    column_release(mixing->columns[least]);
    memmove(&mixing->columns[least], &mixing->columns[least + 1],
            (size_t)(mixing->n_columns - least - 1) * sizeof *mixing->columns);
    mixing->n_columns--;
}

bool mixing_visit(struct mixing *mixing, const double *amount, double *usd) {
    const struct two_stage *problem = mixing->e->problem;
    int n = problem->n_couplings;
    struct arena arena = {0};
    struct column *column = arena_new(&arena, struct column, 1);
    column->amount = arena_new(&arena, double, problem->n_amounts);
    column->usd = arena_new(&arena, double, mixing->n_groups);
    column->coupled = arena_new(&arena, double, mixing->n_groups *n);
    column->share = arena_new(&arena, double, mixing->n_groups);
    column->uses = arena_new(&arena, struct slot_uses, mixing->stage->n);
    memcpy(column->amount, amount, (size_t)problem->n_amounts * sizeof *amount);
    if (!stage_visit(mixing->e, mixing->stage, amount, &arena, column->uses, usd)) {
        arena_release(&arena);
        return false;
    }
    for (int i = 0; i < mixing->stage->n; i++)
        sum_slot(mixing, i, column);
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
        bool used = column == stays;
        for (int g = 0; g < mixing->n_groups; g++)
            used = used || column->share[g] > 0;
        column->idle = used ? 0 : column->idle + 1;
        if (column->idle > IDLE_MAX)
            column_release(column);
        else
            mixing->columns[kept++] = column;
    }
    mixing->n_columns = kept;
}

/* --- the cheapest mix --- */

struct mix_lp {
    struct lp lp;
    double money;
    int first_one, first_copy, first_coupling; /* rows */
    int first_mu, first_ray, first_over;       /* columns */
};

static double amount_size(const struct mixing *mixing, int p) {
    return fmax(mixing->e->problem->amounts[p].upper, 1e-300);
}

double mixing_scale(struct mixing *mixing) {
    const struct two_stage *problem = mixing->e->problem;
    double money = column_usd(mixing, mixing->columns[0]);
    for (int k = 0; k < problem->n_couplings; k++) {
        mixing->scale[k] = 1e-6 * mixing->most[k];
        for (int i = 0; i < mixing->n_columns; i++)
            mixing->scale[k] =
                fmax(mixing->scale[k], fabs(mixing_over(mixing, mixing->columns[i], k)));
        if (mixing->scale[k] == 0)
            mixing->scale[k] = 1;
    }
    return fmax(money, 1e-6 * mixing->e->shape.cost_scale);
}

static void add_rows(const struct mixing *mixing, struct mix_lp *out) {
    const struct two_stage *problem = mixing->e->problem;
    out->first_one = out->lp.n_rows;
    for (int g = 0; g < mixing->n_groups; g++)
        lp_add_row(&out->lp, 1, 1, "one%d", g);
    out->first_copy = out->lp.n_rows;
    for (int g = 0; g < mixing->n_groups; g++)
        for (int p = 0; p < problem->n_amounts; p++)
            lp_add_row(&out->lp, -INFINITY, 0, "bought%d.%d", g, p);
    out->first_coupling = out->lp.n_rows;
    for (int k = 0; k < problem->n_couplings; k++)
        lp_add_row(&out->lp, -INFINITY, problem->coupling_bound[k] / mixing->scale[k], "coupling%d",
                   k);
}

static void add_amounts(const struct mixing *mixing, struct mix_lp *out) {
    const struct two_stage *problem = mixing->e->problem;
    for (int p = 0; p < problem->n_amounts; p++) {
        double size = amount_size(mixing, p);
        int column = lp_add_column(&out->lp, problem->amounts[p].cost * size / out->money, 0,
                                   INFINITY, "amount%d", p);
        for (int g = 0; g < mixing->n_groups; g++)
            lp_set(&out->lp, out->first_copy + g * problem->n_amounts + p, column, -1);
        for (int k = 0; k < problem->n_couplings; k++)
            lp_set(&out->lp, out->first_coupling + k, column,
                   problem->coupling_use[k * problem->n_amounts + p] * size / mixing->scale[k]);
    }
    for (int i = 0; i < problem->n_limits; i++) {
        double scale = 0;
        for (int p = 0; p < problem->n_amounts; p++)
            scale = fmax(scale,
                         problem->limit_use[i * problem->n_amounts + p] * amount_size(mixing, p));
        scale = scale > 0 ? scale : 1;
        int row = lp_add_row(&out->lp, -INFINITY, problem->limit_bound[i] / scale, "limit%d", i);
        for (int p = 0; p < problem->n_amounts; p++)
            lp_set(&out->lp, row, p,
                   problem->limit_use[i * problem->n_amounts + p] * amount_size(mixing, p) / scale);
    }
}

static void add_columns(const struct mixing *mixing, struct mix_lp *out) {
    const struct two_stage *problem = mixing->e->problem;
    int n = problem->n_couplings;
    out->first_mu = out->lp.n_columns;
    for (int i = 0; i < mixing->n_columns; i++)
        for (int g = 0; g < mixing->n_groups; g++) {
            const struct column *from = mixing->columns[i];
            int column =
                lp_add_column(&out->lp, from->usd[g] / out->money, 0, INFINITY, "mu%d.%d", i, g);
            lp_set(&out->lp, out->first_one + g, column, 1);
            for (int p = 0; p < problem->n_amounts; p++)
                lp_set(&out->lp, out->first_copy + g * problem->n_amounts + p, column,
                       from->amount[p] / amount_size(mixing, p));
            for (int k = 0; k < n; k++)
                lp_set(&out->lp, out->first_coupling + k, column,
                       from->coupled[g * n + k] / mixing->scale[k]);
        }
    out->first_ray = out->lp.n_columns;
    for (int r = 0; r < mixing->n_rays; r++) {
        const struct ray *ray = &mixing->rays[r];
        int column = lp_add_column(&out->lp, 1, 0, INFINITY, "more%d", r);
        for (int k = 0; k < n; k++)
            lp_set(&out->lp, out->first_coupling + k, column,
                   ray->coupling[k * problem->n_ways + ray->way] / ray->usd * out->money /
                       mixing->scale[k]);
    }
    out->first_over = out->lp.n_columns;
    for (int k = 0; k < n; k++) {
        double unit = mixing->scale[k] / out->money;
        int over = lp_add_column(&out->lp, fmin(mixing->high[k] * unit, OVER_USD), 0, INFINITY,
                                 "over%d", k);
        int under = lp_add_column(&out->lp, -mixing->low[k] * unit, 0, INFINITY, "under%d", k);
        lp_set(&out->lp, out->first_coupling + k, over, -1);
        lp_set(&out->lp, out->first_coupling + k, under, 1);
    }
}

/* Shares that sum to 1, and the amounts that every group's own mix fits in. */
static void read_mix(struct mixing *mixing, const struct mix_lp *from, const double *primal) {
    const struct two_stage *problem = mixing->e->problem;
    int n_groups = mixing->n_groups;
    mixing->usd = 0;
    for (int p = 0; p < problem->n_amounts; p++)
        mixing->amount[p] = 0;
    for (int g = 0; g < n_groups; g++) {
        double sum = 0;
        for (int i = 0; i < mixing->n_columns; i++) {
            double share = fmax(0, primal[from->first_mu + i * n_groups + g]);
            sum += mixing->columns[i]->share[g] = share > 1e-13 ? share : 0;
        }
        for (int i = 0; i < mixing->n_columns; i++) {
            mixing->columns[i]->share[g] /= sum;
            mixing->usd += mixing->columns[i]->share[g] * mixing->columns[i]->usd[g];
        }
        for (int p = 0; p < problem->n_amounts; p++) {
            double amount = 0;
            for (int i = 0; i < mixing->n_columns; i++)
                amount += mixing->columns[i]->share[g] * mixing->columns[i]->amount[p];
            mixing->amount[p] = fmax(mixing->amount[p], amount);
        }
    }
    for (int p = 0; p < problem->n_amounts; p++)
        mixing->usd += problem->amounts[p].cost * mixing->amount[p];
    for (int r = 0; r < mixing->n_rays; r++) {
        double more = fmax(0, primal[from->first_ray + r]) * from->money;
        mixing->ray_amount[r] = more / mixing->rays[r].usd;
        mixing->usd += more;
    }
    mixing->over = 0;
    for (int k = 0; k < problem->n_couplings; k++)
        mixing->over = fmax(mixing->over, primal[from->first_over + 2 * k]);
}

/* One weight a plan: hardly anything to cycle in. */
static void merge_groups(struct mixing *mixing) {
    int n = mixing->e->problem->n_couplings;
    for (int i = 0; i < mixing->n_columns; i++) {
        struct column *column = mixing->columns[i];
        for (int g = 1; g < mixing->n_groups; g++) {
            column->usd[0] += column->usd[g];
            for (int k = 0; k < n; k++)
                column->coupled[k] += column->coupled[g * n + k];
        }
    }
    memset(mixing->group_of, 0, (size_t)mixing->stage->n * sizeof *mixing->group_of);
    mixing->n_groups = 1;
}

/* The cheapest plan that is within the rows by itself. false: there is none. */
static bool take_one(struct mixing *mixing) {
    int n_amounts = mixing->e->problem->n_amounts;
    const struct column *best = nearest(mixing);
    if (worst_over(mixing, best) > 0)
        return false;
    for (int i = 0; i < mixing->n_columns; i++)
        for (int g = 0; g < mixing->n_groups; g++)
            mixing->columns[i]->share[g] = mixing->columns[i] == best;
    for (int r = 0; r < mixing->n_rays; r++)
        mixing->ray_amount[r] = 0;
    memcpy(mixing->amount, best->amount, (size_t)n_amounts * sizeof *best->amount);
    mixing->usd = column_usd(mixing, best);
    mixing->over = 0;
    return true;
}

/* Shares of every group that sum to 1: a solver at the end of its digits may say otherwise. */
static bool is_mix(const struct mixing *mixing, const struct mix_lp *from, const double *primal) {
    for (int g = 0; g < mixing->n_groups; g++) {
        double sum = 0;
        for (int i = 0; i < mixing->n_columns; i++)
            sum += fmax(0, primal[from->first_mu + i * mixing->n_groups + g]);
        if (!(fabs(sum - 1) < 1e-6))
            return false;
    }
    return true;
}

static bool find_mix(struct mixing *mixing, struct err *err) {
    struct arena scratch = {0};
    struct mix_lp mix = {0};
    struct lp_solution solution;
    lp_open(&mix.lp, &scratch, "mix of priced plans");
    mix.money = mixing_scale(mixing);
    add_rows(mixing, &mix);
    add_amounts(mixing, &mix);
    add_columns(mixing, &mix);
    mix.lp.solvable = true;
    mix.lp.pivots_max = PIVOTS_EACH * (mix.lp.n_rows + mix.lp.n_columns);
    bool solved = lp_solve(&scratch, &mix.lp, &solution, err);
    if (!solved && mixing->n_groups == 1) {
        mix.lp.solvable = false; /* presolved, and not as exactly */
        solved = lp_solve(&scratch, &mix.lp, &solution, err) && solution.status == LP_OPTIMAL &&
                 is_mix(mixing, &mix, solution.primal);
    }
    if (solved) {
        read_mix(mixing, &mix, solution.primal);
        for (int k = 0; k < mixing->e->problem->n_couplings; k++)
            mixing->lambda[k] =
                fmax(0, -solution.dual[mix.first_coupling + k]) * mix.money / mixing->scale[k];
        drop_unused(mixing);
    }
    arena_release(&scratch);
    return solved;
}

enum mixed mixing_solve(struct mixing *mixing, struct err *err) {
    bool solved = find_mix(mixing, err);
    if (!solved && mixing->n_groups > 1) {
        merge_groups(mixing);
        solved = find_mix(mixing, err);
    }
    if (solved)
        return MIXED;
    return take_one(mixing) ? MIXED_ONE : MIXED_NOT;
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
        double share = mixing->columns[c]->share[mixing->group_of[i]];
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
