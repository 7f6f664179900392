/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/two_stage_engine.h"

#include <math.h>
#include <string.h>

/* --- closed form --- */

static double drawn(const struct two_stage *problem, const struct two_stage_way *way,
                    const double *rho) {
    double usd = 0;
    for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
        usd += rho[problem->draws[d].row] * problem->draws[d].amount;
    return usd;
}

/* A way that pays (its net cost is negative) would run without end: its first row must cost at
 * least what it brings. */
static void raise_prices(const struct two_stage *problem, const struct two_stage_class *kind,
                         const double *net, double *rho) {
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        if (net[j] >= 0 || !kind->active[way->workload] || way->n_draws == 0)
            continue;
        double lacks = -net[j] - drawn(problem, way, rho);
        const struct two_stage_draw *draw = &problem->draws[way->first_draw];
        if (lacks > 0)
            rho[draw->row] += lacks / draw->amount;
    }
}

const double *class_prices(const struct engine *e, int class, const double *rho, double *into,
                           double *kappa) {
    const struct two_stage *problem = e->problem;
    const struct two_stage_class *kind = &problem->classes[class];
    const double *net = e->net[class];
    if (e->negative[class]) {
        memcpy(into, rho, (size_t)problem->n_rows * sizeof *into);
        raise_prices(problem, kind, net, into);
        rho = into;
    }
    if (kappa == NULL)
        return rho;
    for (int w = 0; w < problem->n_workloads; w++)
        kappa[w] = problem->missing_usd[w];
    double *spot = &kappa[problem->n_workloads];
    for (int w = 0; w < problem->n_workloads; w++)
        spot[w] = INFINITY;
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        double *least = way->spot ? &spot[way->workload] : &kappa[way->workload];
        double usd = (net[j] + drawn(problem, way, rho)) / way->rate;
        *least = usd < *least ? usd : *least;
    }
    for (int w = 0; w < problem->n_workloads; w++) {
        double share = problem->spot_share[w];
        if (spot[w] < kappa[w])
            kappa[w] = share < 1 ? share * spot[w] + (1 - share) * kappa[w] : spot[w];
        kappa[w] = kind->active[w] ? fmax(0, kappa[w]) : 0;
    }
    return rho;
}

void engine_set_lambda(struct engine *e, const double *lambda) {
    const struct two_stage *problem = e->problem;
    for (int p = 0; p < problem->n_amounts; p++)
        e->amount_cost[p] = problem->amounts[p].cost;
    for (int c = 0; c < problem->n_classes; c++)
        e->net[c] = problem->classes[c].cost;
    e->bound_usd = 0;
    for (int k = 0; k < problem->n_couplings; k++) {
        e->lambda[k] = lambda[k];
        e->bound_usd += lambda[k] * problem->coupling_bound[k];
        for (int p = 0; p < problem->n_amounts; p++)
            e->amount_cost[p] += lambda[k] * problem->coupling_use[k * problem->n_amounts + p];
    }
    for (int c = 0; c < problem->n_classes && problem->n_couplings > 0; c++) {
        const struct two_stage_class *kind = &problem->classes[c];
        double *net = &e->net_store[(size_t)c * (size_t)problem->n_ways];
        e->negative[c] = false;
        for (int j = 0; j < problem->n_ways; j++) {
            net[j] = kind->cost[j];
            for (int k = 0; k < problem->n_couplings; k++)
                net[j] += lambda[k] * kind->coupling[k * problem->n_ways + j];
            if (net[j] < 0 && problem->ways[j].n_draws == 0)
                net[j] = 0; /* the edge of what lambda may be, but for rounding */
            e->negative[c] = e->negative[c] || net[j] < 0;
        }
        e->net[c] = net;
    }
}

/* --- stages --- */

static void stage_arrays(struct engine *e, struct stage *out) {
    int n = out->n;
    struct arena *arena = &out->arena;
    const struct two_stage *problem = e->problem;
    out->slot = arena_new(arena, int, n);
    out->class_of = arena_new(arena, int, n);
    out->class_first = arena_new(arena, int, problem->n_classes + 1);
    out->share = arena_new(arena, double, n);
    out->demand = arena_new(arena, double, problem->n_workloads *n);
    out->fixed = arena_new(arena, double, e->n_fixed *n);
    out->lists = arena_new(arena, struct entry, (size_t)n * LIST_MAX);
    out->n_list = arena_new(arena, int, n);
    out->low = arena_new(arena, double, n);
    out->value = arena_new(arena, double, n);
    out->best = arena_new(arena, int, n);
    out->pinned = arena_new(arena, int, n);
    out->basis = arena_new(arena, unsigned char, (size_t)n *(size_t)e->shape.n_stats);
    out->has_basis = arena_new(arena, bool, n);
    out->exact = arena_new(arena, double, n);
    out->price = arena_new(arena, double, (size_t)n *(size_t)problem->n_rows);
}

void stage_open(struct engine *e, int every, struct stage *out) {
    const struct two_stage *problem = e->problem;
    *out = (struct stage){.n = (problem->n_slots + every - 1) / every};
    stage_arrays(e, out);
    double whole = 0, total = 0;
    int i = 0;
    for (int c = 0; c < problem->n_classes; c++) {
        out->class_first[c] = i;
        for (int s = 0; s < problem->n_slots; s += every) {
            if (problem->class_of_slot[s] != c)
                continue;
            out->class_of[i] = c;
            out->slot[i] = s;
            out->share[i] = problem->share[s];
            total += problem->share[s];
            i++;
        }
    }
    out->class_first[problem->n_classes] = i;
    for (int s = 0; s < problem->n_slots; s++)
        whole += problem->share[s];
    for (i = 0; i < out->n; i++) {
        out->share[i] *= whole / total;
        for (int w = 0; w < problem->n_workloads; w++)
            out->demand[w * out->n + i] = problem->demand[w * problem->n_slots + out->slot[i]];
        for (int f = 0; f < e->n_fixed; f++)
            out->fixed[f * out->n + i] =
                problem->fixed[e->fixed_row[f] * problem->n_slots + out->slot[i]];
    }
}

void stage_close(struct stage *stage) {
    arena_release(&stage->arena);
}

/* --- vertices --- */

static uint64_t hash_prices(const double *rho, int n) {
    uint64_t hash = 1469598103934665603u;
    for (int r = 0; r < n; r++) {
        float rounded = (float)rho[r]; /* pivots in another order differ in the last bits */
        uint32_t bits;
        memcpy(&bits, &rounded, sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
    }
    return hash;
}

static bool same_prices(const double *a, const double *b, int n) {
    for (int r = 0; r < n; r++)
        if (fabs(a[r] - b[r]) > 1e-13 * (fabs(a[r]) + fabs(b[r])))
            return false;
    return true;
}

static void keep_basis(struct engine *e, struct vertex *vertex, const unsigned char *basis) {
    size_t size = (size_t)e->shape.n_stats;
    if (vertex->basis != NULL && memcmp(vertex->basis, basis, size) == 0)
        return;
    unsigned char *stats = arena_new(&e->arena, unsigned char, size);
    memcpy(stats, basis, size);
    vertex->basis = stats;
}

int pool_add(struct engine *e, const double *rho, const unsigned char *basis, bool *is_new) {
    int n = e->problem->n_rows;
    uint64_t hash = hash_prices(rho, n);
    for (int v = 0; v < e->n_vertices; v++)
        if (e->vertices[v].hash == hash && same_prices(e->vertices[v].rho, rho, n)) {
            if (basis != NULL) /* the latest: it is asked for its prices at other costs */
                keep_basis(e, &e->vertices[v], basis);
            *is_new = false;
            return v;
        }
    if (e->n_vertices == e->vertices_size) {
        int size = e->vertices_size > 0 ? 2 * e->vertices_size : 256;
        e->vertices = arena_grow(&e->arena, e->vertices, (size_t)e->vertices_size, (size_t)size,
                                 sizeof *e->vertices);
        e->table = arena_new(&e->arena, double, size);
        e->weight = arena_new(&e->arena, double, size);
        e->vertices_size = size;
    }
    double *own = arena_new(&e->arena, double, n);
    memcpy(own, rho, (size_t)n * sizeof *own);
    e->vertices[e->n_vertices] = (struct vertex){.rho = own, .hash = hash};
    if (basis != NULL)
        keep_basis(e, &e->vertices[e->n_vertices], basis);
    *is_new = true;
    return e->n_vertices++;
}

/* --- lists --- */

/* What the amounts put into each row, in slots of a class. */
static void rows_held(const struct engine *e, int class, const double *amount) {
    const struct two_stage *problem = e->problem;
    for (int f = 0; f < e->n_filled; f++)
        e->held[f] = 0;
    for (int p = 0; p < problem->n_amounts; p++)
        e->held[e->filled_of[problem->amounts[p].row]] +=
            problem->classes[class].open[p] * amount[p];
}

static double worth_held(const struct engine *e, int class, int vertex) {
    const double *rho = class_prices(e, class, e->vertices[vertex].rho, e->raised, NULL);
    double usd = 0;
    for (int f = 0; f < e->n_filled; f++)
        usd += rho[e->filled_row[f]] * e->held[f];
    return usd;
}

static double slot_base(const struct engine *e, const struct stage *stage, int i, const double *rho,
                        const double *kappa) {
    double base = 0;
    for (int w = 0; w < e->problem->n_workloads; w++)
        base += kappa[w] * stage->demand[w * stage->n + i];
    for (int f = 0; f < e->n_fixed; f++)
        base -= rho[e->fixed_row[f]] * stage->fixed[f * stage->n + i];
    return base;
}

/* Of those that may be replaced. */
static double least_value(const struct stage *stage, int i) {
    const struct entry *list = &stage->lists[(size_t)i * LIST_MAX];
    double low = INFINITY;
    for (int k = 0; k < stage->n_list[i]; k++)
        if (list[k].value < low && list[k].vertex != stage->pinned[i])
            low = list[k].value;
    return low;
}

static void replace_worst(struct stage *stage, int i, struct entry entry) {
    struct entry *list = &stage->lists[(size_t)i * LIST_MAX];
    int at = stage->n_list[i];
    if (at < LIST_MAX) {
        stage->n_list[i]++;
    } else {
        at = list[0].vertex == stage->pinned[i] ? 1 : 0;
        for (int k = at + 1; k < LIST_MAX; k++)
            if (list[k].value < list[at].value && list[k].vertex != stage->pinned[i])
                at = k;
    }
    list[at] = entry;
    if (entry.value > stage->value[i]) {
        stage->value[i] = entry.value;
        stage->best[i] = entry.vertex;
    }
    stage->low[i] = -INFINITY;
    if (stage->n_list[i] < LIST_MAX)
        return;
    stage->low[i] = least_value(stage, i);
}

static bool listed(const struct stage *stage, int i, int vertex) {
    for (int k = 0; k < stage->n_list[i]; k++)
        if (stage->lists[(size_t)i * LIST_MAX + (size_t)k].vertex == vertex)
            return true;
    return false;
}

void stage_insert(struct engine *e, struct stage *stage, int i, int vertex, const double *amount) {
    if (listed(stage, i, vertex))
        return;
    int class = stage->class_of[i];
    rows_held(e, class, amount);
    const double *rho = class_prices(e, class, e->vertices[vertex].rho, e->raised, e->kappa);
    double base = slot_base(e, stage, i, rho, e->kappa);
    replace_worst(stage, i, (struct entry){base, base - worth_held(e, class, vertex), vertex});
}

void stage_offer(struct engine *e, struct stage *stage, int vertex, const double *amount) {
    const struct two_stage *problem = e->problem;
    int n = stage->n;
    for (int c = 0; c < problem->n_classes; c++) {
        int first = stage->class_first[c], last = stage->class_first[c + 1];
        if (first == last)
            continue;
        rows_held(e, c, amount);
        double held = worth_held(e, c, vertex);
        const double *rho = class_prices(e, c, e->vertices[vertex].rho, e->raised, e->kappa);
        double *base = e->base;
        for (int i = first; i < last; i++)
            base[i] = 0;
        for (int w = 0; w < problem->n_workloads; w++) {
            double worth = e->kappa[w];
            const double *demand = &stage->demand[w * n];
            for (int i = first; i < last; i++)
                base[i] += worth * demand[i];
        }
        for (int f = 0; f < e->n_fixed; f++) {
            double worth = rho[e->fixed_row[f]];
            const double *fixed = &stage->fixed[f * n];
            for (int i = first; i < last && worth > 0; i++)
                base[i] -= worth * fixed[i];
        }
        for (int i = first; i < last; i++)
            if (base[i] - held > stage->low[i])
                replace_worst(stage, i, (struct entry){base[i], base[i] - held, vertex});
    }
}

void stage_pin(struct stage *stage) {
    memcpy(stage->pinned, stage->best, (size_t)stage->n * sizeof *stage->pinned);
}

void stage_thresholds(struct stage *stage) {
    for (int i = 0; i < stage->n; i++)
        stage->low[i] = stage->n_list[i] < LIST_MAX ? -INFINITY : least_value(stage, i);
}

/* Each vertex is priced once a class, not once an entry. */
static void reprice_class(struct engine *e, struct stage *stage, int class, double *kappa,
                          bool *priced) {
    int n_workloads = e->problem->n_workloads;
    memset(priced, 0, (size_t)e->n_vertices * sizeof *priced);
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i++)
        for (int k = 0; k < stage->n_list[i]; k++) {
            struct entry *entry = &stage->lists[(size_t)i * LIST_MAX + (size_t)k];
            const double *rho = e->vertices[entry->vertex].rho;
            double *own = &kappa[(size_t)entry->vertex * (size_t)n_workloads];
            if (!priced[entry->vertex]) {
                class_prices(e, class, rho, e->raised, e->kappa);
                memcpy(own, e->kappa, (size_t)n_workloads * sizeof *own);
                priced[entry->vertex] = true;
            }
            if (e->negative[class] && e->n_fixed > 0)
                rho = class_prices(e, class, rho, e->raised, NULL);
            entry->base = slot_base(e, stage, i, rho, own);
        }
}

void stage_reprice(struct engine *e, struct stage *stage) {
    struct arena scratch = {0};
    size_t n = (size_t)e->n_vertices * (size_t)e->problem->n_workloads;
    double *kappa = arena_new(&scratch, double, n);
    bool *priced = arena_new(&scratch, bool, e->n_vertices);
    for (int c = 0; c < e->problem->n_classes; c++)
        reprice_class(e, stage, c, kappa, priced);
    arena_release(&scratch);
}

/* --- evaluation --- */

static bool same_held(const struct engine *e, int class, int other) {
    return !e->negative[class] && !e->negative[other] &&
           memcmp(e->problem->classes[class].open, e->problem->classes[other].open,
                  (size_t)e->problem->n_amounts * sizeof(double)) == 0;
}

/* The best entry of each slot of a class. */
static void evaluate_class(struct engine *e, struct stage *stage, int class, bool table) {
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i++) {
        struct entry *list = &stage->lists[(size_t)i * LIST_MAX];
        double best = -INFINITY;
        int at = -1;
        for (int k = 0; k < stage->n_list[i]; k++) {
            double held = table ? e->table[list[k].vertex] : worth_held(e, class, list[k].vertex);
            list[k].value = list[k].base - held;
            if (list[k].value > best) {
                best = list[k].value;
                at = k;
            }
        }
        stage->value[i] = best;
        stage->best[i] = list[at].vertex;
    }
}

static void add_to_cut(struct engine *e, const struct stage *stage, int class, struct cut *cut) {
    const struct two_stage *problem = e->problem;
    const double *open = problem->classes[class].open;
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i++) {
        e->weight[stage->best[i]] += stage->share[i];
        cut->best[i] = stage->best[i];
    }
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i++) {
        int v = stage->best[i];
        double weight = e->weight[v];
        if (weight == 0)
            continue; /* done */
        e->weight[v] = 0;
        const double *rho = class_prices(e, class, e->vertices[v].rho, e->raised, NULL);
        for (int p = 0; p < problem->n_amounts; p++)
            cut->slope[p] += weight * rho[problem->amounts[p].row] * open[p];
    }
}

double stage_evaluate(struct engine *e, struct stage *stage, const double *amount,
                      struct cut *cut) {
    const struct two_stage *problem = e->problem;
    double mean = 0, before = 0;
    int filled_for = -1;
    for (int p = 0; p < problem->n_amounts && cut != NULL; p++)
        cut->slope[p] = 0;
    for (int c = 0; c < problem->n_classes; c++) {
        int first = stage->class_first[c], last = stage->class_first[c + 1];
        if (first == last)
            continue;
        rows_held(e, c, amount);
        bool table = (long)(last - first) * LIST_MAX >= e->n_vertices;
        if (table && (filled_for < 0 || !same_held(e, c, filled_for))) {
            for (int v = 0; v < e->n_vertices; v++)
                e->table[v] = worth_held(e, c, v);
            filled_for = c;
        }
        evaluate_class(e, stage, c, table);
        if (cut != NULL)
            add_to_cut(e, stage, c, cut);
        for (int i = first; i < last; i++)
            mean += stage->share[i] * stage->value[i];
    }
    for (int p = 0; p < problem->n_amounts && cut != NULL; p++)
        before += cut->slope[p] * amount[p];
    if (cut != NULL)
        cut->constant = mean + before;
    return mean;
}
