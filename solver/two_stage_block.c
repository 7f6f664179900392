/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One slot's programme in GLPK. Slots are solved in chunks of fixed size, each with a problem of
 * its own in the environment of the thread that runs it: what a slot's answer is does not depend on
 * the number of threads.
 *
 * Everything is counted so that numbers lie near 1, whatever the size of demand and prices:
 * requests of a workload in its peak, rows in the most that one such unit draws, money in what
 * carrying all peaks costs. Then GLPK's absolute tolerances mean the same in every programme. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "solver/two_stage_engine.h"

enum { PIVOTS_MAX = 20000, CLASSES_MANY = 16 }; /* it may cycle; a few dozen do */
#define BLOCK_TOLERANCE 1e-9
#define CARRIED 5e-9 /* of the demand may be missing: the tolerance in rows of other units */
#define SAME_VALUE 1e-11

/* --- shape --- */

static double workload_unit(const struct two_stage *problem, int workload) {
    double peak = 0;
    for (int s = 0; s < problem->n_slots; s++)
        peak = fmax(peak, problem->demand[workload * problem->n_slots + s]);
    return peak > 0 ? peak : 1;
}

/* The most that a workload's unit draws of each row; cheapest ways for the money. */
static void choose_scales(struct engine *e) {
    const struct two_stage *problem = e->problem;
    struct block_shape *shape = &e->shape;
    for (int w = 0; w < problem->n_workloads; w++)
        shape->unit[w] = workload_unit(problem, w);
    double *least = arena_new(&e->arena, double, problem->n_workloads);
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        double each = shape->unit[way->workload] / way->rate;
        double usd = problem->classes[0].cost[j] * each;
        if (usd > 0 && (least[way->workload] == 0 || usd < least[way->workload]))
            least[way->workload] = usd;
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++) {
            double *scale = &shape->row_scale[problem->draws[d].row];
            *scale = fmax(*scale, problem->draws[d].amount * each);
        }
    }
    for (int r = 0; r < problem->n_rows; r++)
        if (shape->row_scale[r] == 0)
            shape->row_scale[r] = 1;
    shape->cost_scale = 0;
    for (int w = 0; w < problem->n_workloads; w++)
        shape->cost_scale = fmax(shape->cost_scale, least[w]);
    if (shape->cost_scale == 0)
        shape->cost_scale = 1;
}

static void add_entry(struct block_shape *shape, int row, int column, double value) {
    int k = ++shape->n_entries;
    shape->row_of[k] = row;
    shape->column_of[k] = column;
    shape->value[k] = value;
}

void block_shape_build(struct engine *e) {
    const struct two_stage *problem = e->problem;
    struct block_shape *shape = &e->shape;
    int n_workloads = problem->n_workloads;
    shape->spot_row = arena_new(&e->arena, int, n_workloads);
    shape->missing_column = arena_new(&e->arena, int, n_workloads);
    shape->unit = arena_new(&e->arena, double, n_workloads);
    shape->row_scale = arena_new(&e->arena, double, problem->n_rows);
    choose_scales(e);
    int most = 2 * problem->n_ways + n_workloads + problem->n_draws + 1;
    shape->row_of = arena_new(&e->arena, int, most);
    shape->column_of = arena_new(&e->arena, int, most);
    shape->value = arena_new(&e->arena, double, most);
    shape->n_rows = n_workloads;
    shape->n_columns = problem->n_ways;
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        int *spot_row = &shape->spot_row[way->workload];
        if (way->spot && problem->spot_share[way->workload] < 1 && *spot_row == 0)
            *spot_row = ++shape->n_rows;
    }
    shape->first_row = shape->n_rows + 1;
    shape->n_rows += problem->n_rows;
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        double each = shape->unit[way->workload] / way->rate;
        add_entry(shape, way->workload + 1, j + 1, 1);
        if (way->spot && shape->spot_row[way->workload] > 0)
            add_entry(shape, shape->spot_row[way->workload], j + 1, 1);
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            add_entry(shape, shape->first_row + problem->draws[d].row, j + 1,
                      problem->draws[d].amount * each / shape->row_scale[problem->draws[d].row]);
    }
    for (int w = 0; w < n_workloads; w++)
        if (isfinite(problem->missing_usd[w])) {
            shape->missing_column[w] = ++shape->n_columns;
            add_entry(shape, w + 1, shape->n_columns, 1);
        }
    shape->n_stats = shape->n_rows + shape->n_columns;
}

/* --- one problem, slot after slot --- */

struct block {
    struct engine *e;
    struct stage *stage;
    struct lp_live *live;
    int class;                /* that costs and `filled` are set for, -1 */
    int vertex;               /* whose basis is set and factorized, -1 */
    const unsigned char *own; /* the same of a slot's own; NULL */
    const double *amount;
    double *filled; /* [n_rows] what the amounts put into each */
    int n_searched; /* slots that the simplex had to look for a basis of */
};

/* Without amounts for a block whose slots are not solved. */
static void block_open(struct engine *e, struct stage *stage, const double *amount,
                       struct arena *arena, struct block *out) {
    const struct block_shape *shape = &e->shape;
    *out = (struct block){.e = e, .stage = stage, .class = -1, .vertex = -1, .amount = amount};
    out->filled = arena_new(arena, double, e->problem->n_rows);
    out->live = lp_live_open(shape->n_rows, shape->n_columns);
    lp_live_load(out->live, shape->n_entries, shape->row_of, shape->column_of, shape->value);
}

/* What the amounts put into a row beside what it holds already. */
static double filled_row(const struct two_stage *problem, int row, int class, const double *amount,
                         double holds) {
    const double *open = problem->classes[class].open;
    for (int p = 0; p < problem->n_amounts; p++)
        if (two_stage_fills(&problem->amounts[p], row))
            holds += open[p] * amount[p];
    return holds;
}

static double row_holds(const struct block *block, int row, const double *side) {
    const struct engine *e = block->e;
    int f = e->fixed_of[row];
    double fixed = f < 0 ? 0 : side[e->problem->n_workloads + f];
    if (fixed == 0 || e->filled_of[row] < 0)
        return fixed + block->filled[row];
    return filled_row(e->problem, row, block->class, block->amount, fixed);
}

static void block_set_class(struct block *block, int class) {
    const struct engine *e = block->e;
    const struct two_stage *problem = e->problem;
    const struct block_shape *shape = &e->shape;
    if (block->class == class)
        return;
    block->class = class;
    block->vertex = -1;
    block->own = NULL;
    for (int r = 0; r < problem->n_rows && block->amount != NULL; r++)
        block->filled[r] = filled_row(problem, r, class, block->amount, 0);
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        bool active = problem->classes[class].active[way->workload];
        double each = shape->unit[way->workload] / way->rate / shape->cost_scale;
        lp_live_cost(block->live, j + 1, active ? e->net[class][j] * each : 0);
        lp_live_column(block->live, j + 1, 0, active ? INFINITY : 0);
    }
    for (int w = 0; w < problem->n_workloads; w++) {
        int column = shape->missing_column[w];
        if (column == 0)
            continue;
        lp_live_cost(block->live, column,
                     problem->missing_usd[w] * shape->unit[w] / shape->cost_scale);
        lp_live_column(block->live, column, 0, problem->classes[class].active[w] ? INFINITY : 0);
    }
}

static void block_set_slot(struct block *block, int i) {
    const struct two_stage *problem = block->e->problem;
    const struct block_shape *shape = &block->e->shape;
    const double *side = stage_side(block->e, block->stage, i);
    block_set_class(block, block->stage->class_of[i]);
    for (int w = 0; w < problem->n_workloads; w++) {
        double demand = side[w] / shape->unit[w];
        lp_live_row(block->live, w + 1, demand, INFINITY);
        if (shape->spot_row[w] > 0)
            lp_live_row(block->live, shape->spot_row[w], -INFINITY,
                        problem->spot_share[w] * demand);
    }
    for (int r = 0; r < problem->n_rows; r++)
        lp_live_row(block->live, shape->first_row + r, -INFINITY,
                    row_holds(block, r, side) / shape->row_scale[r]);
}

static const unsigned char *own_basis(const struct block *block, int i) {
    return &block->stage->basis[(size_t)i * (size_t)block->e->shape.n_stats];
}

/* Once for all slots in a row that have it. */
static bool factorize(struct block *block, const unsigned char *basis) {
    block->vertex = -1;
    block->own = NULL;
    lp_live_set_basis(block->live, basis);
    return lp_live_factorize(block->live);
}

/* What fits may be off by 1e-5: the slot's best vertex has to say the same. */
static bool says_the_same(struct block *block, int i) {
    const struct engine *e = block->e;
    if (!lp_live_fits(block->live))
        return false;
    double usd = lp_live_objective(block->live) * e->shape.cost_scale;
    return fabs(usd - block->stage->value[i]) <= SAME_VALUE * (e->shape.cost_scale + fabs(usd));
}

/* The basis of the slot's best vertex, if it is optimal here too: then nothing is solved. */
static bool vertex_fits(struct block *block, int i) {
    int v = block->stage->best[i];
    const unsigned char *basis = block->e->vertices[v].basis;
    if (basis == NULL)
        return false;
    if (block->vertex != v) {
        if (!factorize(block, basis))
            return false;
        block->vertex = v;
    }
    return says_the_same(block, i);
}

/* The same vertex has other bases too: one that the slot ended with, which has to be as exact as if
 * it were solved again. */
static bool own_fits(struct block *block, int i) {
    const unsigned char *own = own_basis(block, i);
    if (!block->stage->has_basis[i])
        return false;
    if (block->own == NULL || memcmp(block->own, own, (size_t)block->e->shape.n_stats) != 0) {
        if (!factorize(block, own))
            return false;
        block->own = own;
    }
    return says_the_same(block, i) && lp_live_within(block->live, BLOCK_TOLERANCE);
}

static void read_prices(struct block *block, int i) {
    const struct engine *e = block->e;
    double *price = &block->stage->price[(size_t)i * (size_t)e->problem->n_rows];
    for (int r = 0; r < e->problem->n_rows; r++)
        price[r] = fmax(0, -lp_live_dual(block->live, e->shape.first_row + r)) *
                   e->shape.cost_scale / e->shape.row_scale[r];
}

static void read_slot(struct block *block, int i) {
    struct stage *stage = block->stage;
    stage->has_basis[i] = true;
    stage->exact[i] = lp_live_objective(block->live) * block->e->shape.cost_scale;
    read_prices(block, i);
}

static void keep_own_basis(struct block *block, int i) {
    lp_live_get_basis(block->live,
                      &block->stage->basis[(size_t)i * (size_t)block->e->shape.n_stats]);
}

static bool try_vertex(struct block *block, int i) {
    block_set_slot(block, i);
    if (!vertex_fits(block, i))
        return false;
    keep_own_basis(block, i);
    read_slot(block, i);
    return true;
}

static bool solve_slot(struct block *block, int i) {
    const struct stage *stage = block->stage;
    block_set_slot(block, i);
    if (!own_fits(block, i)) {
        const unsigned char *start =
            stage->has_basis[i] ? own_basis(block, i) : block->e->vertices[stage->best[i]].basis;
        block->vertex = -1;
        block->own = NULL;
        if (start != NULL)
            lp_live_set_basis(block->live, start);
        block->n_searched++;
        if (!lp_live_solve(block->live, BLOCK_TOLERANCE, PIVOTS_MAX))
            return false;
        keep_own_basis(block, i);
    }
    read_slot(block, i);
    return true;
}

/* --- vectors at other costs --- */

struct renewal {
    struct engine *e;
    struct stage *stage;
};

/* Prices of the basis of a vertex at the costs of a class. */
static int renewed(struct block *block, int class, int vertex, double *rho) {
    struct engine *e = block->e;
    bool is_new;
    if (e->vertices[vertex].basis == NULL)
        return vertex;
    block_set_class(block, class);
    lp_live_set_basis(block->live, e->vertices[vertex].basis);
    if (!lp_live_factorize(block->live))
        return vertex;
    lp_live_fits(block->live); /* computes the prices, optimal or not */
    for (int r = 0; r < e->problem->n_rows; r++)
        rho[r] = fmax(0, -lp_live_dual(block->live, e->shape.first_row + r)) * e->shape.cost_scale /
                 e->shape.row_scale[r];
    return pool_add(e, rho, e->vertices[vertex].basis, &is_new);
}

static void renew_lists(void *context) {
    struct renewal *renewal = context;
    struct engine *e = renewal->e;
    struct stage *stage = renewal->stage;
    int n = e->n_vertices;
    bool many =
        e->problem->n_classes > CLASSES_MANY; /* vectors are a class's own: the best ones alone */
    struct arena_mark mark = arena_mark(&stage->arena);
    int *to = arena_new(&stage->arena, int, n);
    double *rho = arena_new(&stage->arena, double, e->problem->n_rows);
    struct block block;
    block_open(e, stage, NULL, &stage->arena, &block);
    for (int c = 0; c < e->problem->n_classes; c++) {
        for (int v = 0; v < n; v++)
            to[v] = -1;
        for (int i = stage->class_first[c]; i < stage->class_first[c + 1]; i++)
            for (int k = 0; k < stage->n_list[i]; k++) {
                int *vertex = &stage->listed[(size_t)i * LIST_MAX + (size_t)k];
                if (many && *vertex != stage->best[i])
                    continue;
                if (to[*vertex] < 0)
                    to[*vertex] = renewed(&block, c, *vertex, rho);
                *vertex = to[*vertex];
            }
    }
    lp_live_close(block.live);
    arena_rewind(&stage->arena, mark);
}

bool stage_renew(struct engine *e, struct stage *stage) {
    struct renewal renewal = {e, stage};
    char said[LP_SAID];
    if (lp_guarded(renew_lists, &renewal, said))
        return true;
    e->failed = true;
    return err_set(e->err, ERR_BUG, "the slots' programme: the solver stopped: %s", said);
}

/* --- what runs --- */

/* Less of what draws on an exceeded row, and the rest of the demand on the cheapest way without
 * rows: what is left of GLPK's tolerance costs money, not truth. `running` lists the ways. */
static void trim_rows(const struct block *block, const double *side, const int *running, int n,
                      double *scratch, double *x) {
    const struct two_stage *problem = block->e->problem;
    double *keep = scratch;
    memset(keep, 0, (size_t)problem->n_rows * sizeof *keep);
    for (int u = 0; u < n; u++) {
        const struct two_stage_way *way = &problem->ways[running[u]];
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            keep[problem->draws[d].row] += problem->draws[d].amount * x[running[u]];
    }
    for (int r = 0; r < problem->n_rows; r++) {
        double used = keep[r], holds = used > 0 ? row_holds(block, r, side) : 0;
        keep[r] = used > holds ? fmax(0, holds) / used : 1;
    }
    for (int u = 0; u < n; u++) {
        const struct two_stage_way *way = &problem->ways[running[u]];
        double part = 1;
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            part = fmin(part, keep[problem->draws[d].row]);
        x[running[u]] *= part;
    }
}

static void trim_spot(const struct two_stage *problem, const double *demand, const int *running,
                      int n, double *scratch, double *x) {
    double *spot = scratch;
    memset(spot, 0, (size_t)problem->n_workloads * sizeof *spot);
    for (int u = 0; u < n; u++)
        if (problem->ways[running[u]].spot)
            spot[problem->ways[running[u]].workload] +=
                problem->ways[running[u]].rate * x[running[u]];
    for (int u = 0; u < n; u++) {
        int w = problem->ways[running[u]].workload;
        double may = problem->spot_share[w] * demand[w];
        if (problem->ways[running[u]].spot && spot[w] > may && problem->spot_share[w] < 1)
            x[running[u]] *= may / spot[w];
    }
}

static void carry_rest(const struct two_stage *problem, const struct two_stage_class *kind,
                       const double *demand, double *x, double *missing) {
    for (int w = 0; w < problem->n_workloads; w++)
        missing[w] = demand[w];
    for (int j = 0; j < problem->n_ways; j++)
        missing[problem->ways[j].workload] -= problem->ways[j].rate * x[j];
    for (int w = 0; w < problem->n_workloads; w++) {
        double least = INFINITY;
        int cheapest = -1;
        if (missing[w] <= 0) {
            missing[w] = 0;
            continue;
        }
        for (int j = 0; j < problem->n_ways; j++) {
            const struct two_stage_way *way = &problem->ways[j];
            bool free = way->workload == w && way->n_draws == 0 &&
                        (!way->spot || problem->spot_share[w] >= 1);
            if (free && kind->cost[j] / way->rate < least) {
                least = kind->cost[j] / way->rate;
                cheapest = j;
            }
        }
        if (cheapest >= 0)
            x[cheapest] += missing[w] / problem->ways[cheapest].rate;
        if (cheapest >= 0 || missing[w] <= CARRIED * demand[w])
            missing[w] = 0;
    }
}

static void read_uses(struct block *block, int i, struct arena *arena, struct slot_uses *out) {
    const struct engine *e = block->e;
    const struct two_stage *problem = e->problem;
    const struct two_stage_class *kind = &problem->classes[block->class];
    const double *side = stage_side(e, block->stage, i);
    int n = 0;
    double *x = arena_new(arena, double, problem->n_ways);
    double *scratch = arena_new(arena, double, problem->n_rows + problem->n_workloads);
    int *running = arena_new(arena, int, problem->n_ways), n_running = 0;
    for (int j = 0; j < problem->n_ways; j++) {
        x[j] = fmax(0, lp_live_primal(block->live, j + 1)) *
               e->shape.unit[problem->ways[j].workload] / problem->ways[j].rate;
        if (x[j] > 0)
            running[n_running++] = j;
    }
    trim_rows(block, side, running, n_running, scratch, x);
    trim_spot(problem, side, running, n_running, scratch, x);
    carry_rest(problem, kind, side, x, out->missing);
    out->usd = 0;
    for (int j = 0; j < problem->n_ways; j++) {
        if (x[j] <= 0)
            continue;
        out->uses[n++] = (struct two_stage_use){j, x[j]};
        out->usd += kind->cost[j] * x[j];
    }
    out->n = n;
}

/* --- chunks --- */

struct pass {
    struct engine *e;
    struct stage *stage;
    const double *amount;
    const int *order;       /* [n] positions, by class and best vertex */
    struct slot_uses *uses; /* NULL: not asked for */
    struct err *errors;     /* [n_chunks] */
    int *n_searched;        /* [n_chunks] */
};

struct chunk {
    const struct pass *pass;
    int first, last, failed; /* failed: position, -1 */
    int n_searched;
    struct arena *scratch;
};

/* A slot that its vertex's basis does not fit. */
struct rest {
    int class, position;
    const unsigned char *own; /* NULL: none yet */
    size_t n_stats;
};

static int by_basis(const void *a, const void *b) {
    const struct rest *x = a, *y = b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    int order = 0;
    if (x->own != NULL && y->own != NULL)
        order = memcmp(x->own, y->own, x->n_stats);
    else if (x->own != NULL || y->own != NULL)
        order = x->own != NULL ? -1 : 1;
    return order != 0 ? order : x->position - y->position;
}

static void read_into(struct block *block, int i, const struct chunk *chunk) {
    if (chunk->pass->uses == NULL)
        return;
    struct arena_mark mark = arena_mark(chunk->scratch);
    read_uses(block, i, chunk->scratch, &chunk->pass->uses[i]);
    arena_rewind(chunk->scratch, mark);
}

static void run_chunk(void *context) {
    struct chunk *chunk = context;
    const struct pass *pass = chunk->pass;
    const struct stage *stage = pass->stage;
    struct block block;
    struct rest rest[CHUNK];
    int n_rest = 0;
    block_open(pass->e, pass->stage, pass->amount, chunk->scratch, &block);
    for (int k = chunk->first; k < chunk->last; k++) {
        int i = pass->order[k];
        if (try_vertex(&block, i))
            read_into(&block, i, chunk);
        else
            rest[n_rest++] = (struct rest){.class = stage->class_of[i],
                                           .position = i,
                                           .own = stage->has_basis[i] ? own_basis(&block, i) : NULL,
                                           .n_stats = (size_t)pass->e->shape.n_stats};
    }
    qsort(rest, (size_t)n_rest, sizeof *rest, by_basis);
    for (int k = 0; k < n_rest && chunk->failed < 0; k++) {
        if (solve_slot(&block, rest[k].position))
            read_into(&block, rest[k].position, chunk);
        else
            chunk->failed = rest[k].position;
    }
    chunk->n_searched = block.n_searched;
    lp_live_close(block.live);
}

static void cell(void *context, int index, struct arena *scratch) {
    const struct pass *pass = context;
    const volatile int *stop = pass->e->options->stop;
    int first = index * CHUNK, last = first + CHUNK;
    if (stop != NULL && *stop && pass->uses == NULL)
        return; /* the caller sees it too */
    struct chunk chunk = {.pass = pass,
                          .first = first,
                          .last = last < pass->stage->n ? last : pass->stage->n,
                          .failed = -1,
                          .scratch = scratch};
    char said[LP_SAID];
    bool ours = lp_thread_open(); /* else the thread has problems of its own in it */
    if (!lp_guarded(run_chunk, &chunk, said))
        err_set(&pass->errors[index], ERR_BUG, "the slots' programme: the solver stopped: %s",
                said);
    else if (chunk.failed >= 0)
        err_set(&pass->errors[index], ERR_BUG, "the slots' programme: no answer for slot %d",
                pass->stage->slot[chunk.failed]);
    pass->n_searched[index] = chunk.n_searched;
    if (ours)
        lp_thread_close();
}

/* Positions by class, then best vertex, then as they are: slots of one vertex share what is
 * factorized. Positions are by class already. */
static void order_slots(const struct engine *e, const struct stage *stage, int *order) {
    struct arena scratch = {0};
    int n_classes = e->problem->n_classes;
    int *by_vertex = arena_new(&scratch, int, stage->n);
    int *next = arena_new(&scratch, int, e->n_vertices + 1);
    int *next_of_class = arena_new(&scratch, int, n_classes);
    for (int i = 0; i < stage->n; i++)
        next[stage->best[i] + 1]++;
    for (int v = 0; v < e->n_vertices; v++)
        next[v + 1] += next[v];
    for (int i = 0; i < stage->n; i++)
        by_vertex[next[stage->best[i]]++] = i;
    memcpy(next_of_class, stage->class_first, (size_t)n_classes * sizeof *next_of_class);
    for (int k = 0; k < stage->n; k++)
        order[next_of_class[stage->class_of[by_vertex[k]]]++] = by_vertex[k];
    arena_release(&scratch);
}

static bool run_pass(struct engine *e, struct stage *stage, const double *amount,
                     struct slot_uses *uses) {
    int n_chunks = (stage->n + CHUNK - 1) / CHUNK;
    struct arena_mark mark = arena_mark(&stage->arena);
    int *order = arena_new(&stage->arena, int, stage->n);
    order_slots(e, stage, order);
    struct pass pass = {.e = e,
                        .stage = stage,
                        .amount = amount,
                        .order = order,
                        .uses = uses,
                        .errors = arena_new(&stage->arena, struct err, n_chunks),
                        .n_searched = arena_new(&stage->arena, int, n_chunks)};
    workers_run(e->options->n_threads, n_chunks, cell, &pass);
    for (int k = 0; k < n_chunks && !e->failed; k++)
        if (pass.errors[k].kind != ERR_NONE) {
            e->failed = true;
            if (e->err != NULL)
                *e->err = pass.errors[k];
        }
    for (int k = 0; k < n_chunks; k++)
        e->n_searched += pass.n_searched[k];
    arena_rewind(&stage->arena, mark);
    e->n_blocks += stage->n;
    return !e->failed;
}

bool stage_exact(struct engine *e, struct stage *stage, const double *amount, struct arena *arena,
                 struct slot_uses *uses) {
    if (uses == NULL)
        return run_pass(e, stage, amount, NULL);
    const struct two_stage *problem = e->problem;
    int most = e->shape.n_rows + problem->n_workloads; /* basic columns, and one that mends */
    most = most < problem->n_ways ? most : problem->n_ways;
    struct arena_mark mark = arena_mark(&stage->arena);
    for (int i = 0; i < stage->n; i++) {
        uses[i].uses = arena_new(&stage->arena, struct two_stage_use, most);
        uses[i].missing = arena_new(arena, double, problem->n_workloads);
    }
    bool solved = run_pass(e, stage, amount, uses);
    for (int i = 0; i < stage->n && solved; i++) {
        const struct two_stage_use *wide = uses[i].uses;
        uses[i].uses = arena_new(arena, struct two_stage_use, uses[i].n);
        memcpy(uses[i].uses, wide, (size_t)uses[i].n * sizeof *wide);
    }
    arena_rewind(&stage->arena, mark);
    return solved;
}
