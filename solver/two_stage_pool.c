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
    out->side = arena_new(arena, double, (size_t)n *(size_t)(problem->n_workloads + e->n_fixed));
    out->listed = arena_new(arena, int, (size_t)n *LIST_MAX);
    out->base = arena_new(arena, double, (size_t)n *LIST_MAX);
    out->worth = arena_new(arena, double, (size_t)n *LIST_MAX);
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
        double *side = stage_side(e, out, i);
        for (int w = 0; w < problem->n_workloads; w++)
            side[w] = out->demand[w * out->n + i];
        for (int f = 0; f < e->n_fixed; f++)
            side[problem->n_workloads + f] = out->fixed[f * out->n + i];
    }
}

double *stage_side(const struct engine *e, const struct stage *stage, int i) {
    return &stage->side[(size_t)i * (size_t)(e->problem->n_workloads + e->n_fixed)];
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

/* Sizes are powers of two; half of the places at least are free. */
static int place_of(const struct engine *e, uint64_t hash) {
    return (int)((hash ^ hash >> 32) & (uint64_t)(2 * e->vertices_size - 1));
}

static int place_after(const struct engine *e, int place) {
    return (place + 1) & (2 * e->vertices_size - 1);
}

static void place_vertex(struct engine *e, int vertex) {
    int place = place_of(e, e->vertices[vertex].hash);
    while (e->vertex_at[place] > 0)
        place = place_after(e, place);
    e->vertex_at[place] = vertex + 1;
}

/* -1: not there. */
static int find_vertex(const struct engine *e, const double *rho, uint64_t hash) {
    if (e->vertices_size == 0)
        return -1;
    int place = place_of(e, hash);
    for (; e->vertex_at[place] > 0; place = place_after(e, place)) {
        const struct vertex *vertex = &e->vertices[e->vertex_at[place] - 1];
        if (vertex->hash == hash && same_prices(vertex->rho, rho, e->problem->n_rows))
            return e->vertex_at[place] - 1;
    }
    return -1;
}

static void grow_pool(struct engine *e) {
    int size = e->vertices_size > 0 ? 2 * e->vertices_size : 256;
    e->vertices = arena_grow(&e->arena, e->vertices, (size_t)e->vertices_size, (size_t)size,
                             sizeof *e->vertices);
    e->table = arena_new(&e->arena, double, size);
    e->weight = arena_new(&e->arena, double, size);
    e->vertex_at = arena_new(&e->arena, int, 2 * (size_t)size);
    e->vertices_size = size;
    for (int v = 0; v < e->n_vertices; v++)
        place_vertex(e, v);
}

int pool_add(struct engine *e, const double *rho, const unsigned char *basis, bool *is_new) {
    int n = e->problem->n_rows;
    uint64_t hash = hash_prices(rho, n);
    int known = find_vertex(e, rho, hash);
    *is_new = known < 0;
    if (known >= 0) {
        if (basis != NULL) /* the latest: it is asked for its prices at other costs */
            keep_basis(e, &e->vertices[known], basis);
        return known;
    }
    if (e->n_vertices == e->vertices_size)
        grow_pool(e);
    double *own = arena_new(&e->arena, double, n);
    memcpy(own, rho, (size_t)n * sizeof *own);
    e->vertices[e->n_vertices] = (struct vertex){.rho = own, .hash = hash};
    if (basis != NULL)
        keep_basis(e, &e->vertices[e->n_vertices], basis);
    place_vertex(e, e->n_vertices);
    return e->n_vertices++;
}

/* --- lists --- */

/* What the amounts put into each row, in slots of a class. */
static void rows_held(const struct engine *e, int class, const double *amount) {
    const struct two_stage *problem = e->problem;
    for (int f = 0; f < e->n_filled; f++)
        e->held[f] = 0;
    for (int p = 0; p < problem->n_amounts; p++) {
        const struct two_stage_amount *of = &problem->amounts[p];
        double held = problem->classes[class].open[p] * amount[p];
        e->held[e->filled_of[of->row]] += held;
        if (of->also > 0)
            e->held[e->filled_of[of->also - 1]] += held;
    }
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

/* Of those in a full list that may be replaced. */
static double least_worth(const struct stage *stage, int i) {
    const double *worth = &stage->worth[(size_t)i * LIST_MAX];
    const int *listed = &stage->listed[(size_t)i * LIST_MAX];
    double low = INFINITY;
    for (int k = 0; k < LIST_MAX; k++)
        if (worth[k] < low && listed[k] != stage->pinned[i])
            low = worth[k];
    return low;
}

static void set_entry(struct stage *stage, int i, int k, int vertex, double base, double worth) {
    size_t at = (size_t)i * LIST_MAX + (size_t)k;
    stage->listed[at] = vertex;
    stage->base[at] = base;
    stage->worth[at] = worth;
    if (worth > stage->value[i]) {
        stage->value[i] = worth;
        stage->best[i] = vertex;
    }
}

static void replace_worst(struct stage *stage, int i, int vertex, double base, double worth) {
    int k = stage->n_list[i];
    if (k < LIST_MAX) {
        stage->n_list[i]++;
    } else {
        const double *worths = &stage->worth[(size_t)i * LIST_MAX];
        const int *listed = &stage->listed[(size_t)i * LIST_MAX];
        k = 0;
        while (k < LIST_MAX - 1 && (listed[k] == stage->pinned[i] || worths[k] > stage->low[i]))
            k++;
    }
    set_entry(stage, i, k, vertex, base, worth);
    stage->low[i] = stage->n_list[i] < LIST_MAX ? -INFINITY : least_worth(stage, i);
}

static bool is_listed(const struct stage *stage, int i, int vertex) {
    for (int k = 0; k < stage->n_list[i]; k++)
        if (stage->listed[(size_t)i * LIST_MAX + (size_t)k] == vertex)
            return true;
    return false;
}

void stage_insert(struct engine *e, struct stage *stage, int i, int vertex, const double *amount) {
    if (is_listed(stage, i, vertex))
        return;
    int class = stage->class_of[i];
    rows_held(e, class, amount);
    const double *rho = class_prices(e, class, e->vertices[vertex].rho, e->raised, e->kappa);
    double base = slot_base(e, stage, i, rho, e->kappa);
    replace_worst(stage, i, vertex, base, base - worth_held(e, class, vertex));
}

/* What a vertex of these prices comes to in slots first..last-1 before the amounts' share is taken
 * off. */
static void bases_of(const struct engine *e, const struct stage *stage, int first, int last,
                     const double *kappa, const double *rho, double *base) {
    int n = stage->n;
    for (int i = first; i < last; i++)
        base[i - first] = 0;
    for (int w = 0; w < e->problem->n_workloads; w++) {
        double worth = kappa[w];
        const double *demand = &stage->demand[w * n];
        for (int i = first; i < last; i++)
            base[i - first] += worth * demand[i];
    }
    for (int f = 0; f < e->n_fixed; f++) {
        double worth = rho[e->fixed_row[f]];
        const double *fixed = &stage->fixed[f * n];
        for (int i = first; i < last && worth > 0; i++)
            base[i - first] -= worth * fixed[i];
    }
}

void stage_offer(struct engine *e, struct stage *stage, int vertex, const double *amount) {
    for (int c = 0; c < e->problem->n_classes; c++) {
        int first = stage->class_first[c], last = stage->class_first[c + 1];
        if (first == last)
            continue;
        rows_held(e, c, amount);
        double held = worth_held(e, c, vertex);
        const double *rho = class_prices(e, c, e->vertices[vertex].rho, e->raised, e->kappa);
        bases_of(e, stage, first, last, e->kappa, rho, e->base);
        for (int i = first; i < last; i++) {
            double base = e->base[i - first];
            if (base - held > stage->low[i])
                replace_worst(stage, i, vertex, base, base - held);
        }
    }
}

/* --- lists anew --- */

enum { TOGETHER = 64 }; /* slots whose values of all vertices stay in a cache */

/* The k-th largest of n (Hoare's selection); their order changes. */
static double kth_largest(double *value, int n, int k) {
    int low = 0, high = n - 1;
    while (low < high) {
        double pivot = value[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (value[i] > pivot)
                i++;
            while (value[j] < pivot)
                j--;
            if (i <= j) {
                double other = value[i];
                value[i++] = value[j];
                value[j--] = other;
            }
        }
        if (k - 1 <= j)
            high = j;
        else if (k - 1 >= i)
            low = i;
        else
            break;
    }
    return value[k - 1];
}

/* The best of a slot, and what is pinned; of equal ones those that were there first. `base` is
 * apart by TOGETHER from vertex to vertex. */
static void fill_slot(struct engine *e, struct stage *stage, int i, const double *base,
                      double *scratch) {
    int n = e->n_vertices, n_above = 0;
    double threshold = -INFINITY;
    for (int v = 0; v < n; v++)
        scratch[v] = v == stage->pinned[i] ? INFINITY : base[v * TOGETHER] - e->table[v];
    if (n > LIST_MAX)
        threshold = kth_largest(scratch, n, LIST_MAX);
    for (int k = 0; k < LIST_MAX && n > LIST_MAX; k++)
        n_above += scratch[k] > threshold;
    int n_equal = LIST_MAX - n_above;
    stage->n_list[i] = 0;
    stage->value[i] = -INFINITY;
    for (int v = 0; v < n; v++) {
        double own = base[v * TOGETHER], worth = own - e->table[v];
        bool equal = worth <= threshold, pinned = v == stage->pinned[i];
        if (!pinned && (worth < threshold || (equal && n_equal == 0)))
            continue;
        n_equal -= equal && !pinned;
        set_entry(stage, i, stage->n_list[i]++, v, own, worth);
    }
    stage->low[i] = stage->n_list[i] < LIST_MAX ? -INFINITY : least_worth(stage, i);
}

static void fill_class(struct engine *e, struct stage *stage, int class, double *prices,
                       double *base, double *scratch) {
    int n_prices = e->problem->n_workloads + e->problem->n_rows, n = e->n_vertices;
    for (int v = 0; v < n; v++) {
        e->table[v] = worth_held(e, class, v);
        const double *rho = class_prices(e, class, e->vertices[v].rho, e->raised, e->kappa);
        double *own = &prices[(size_t)v * (size_t)n_prices];
        memcpy(own, e->kappa, (size_t)e->problem->n_workloads * sizeof *own);
        memcpy(&own[e->problem->n_workloads], rho, (size_t)e->problem->n_rows * sizeof *own);
    }
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i += TOGETHER) {
        int last = i + TOGETHER;
        if (last > stage->class_first[class + 1])
            last = stage->class_first[class + 1];
        for (int v = 0; v < n; v++) {
            const double *own = &prices[(size_t)v * (size_t)n_prices];
            bases_of(e, stage, i, last, own, &own[e->problem->n_workloads], &base[v * TOGETHER]);
        }
        for (int k = i; k < last; k++)
            fill_slot(e, stage, k, &base[k - i], scratch);
    }
}

void stage_fill(struct engine *e, struct stage *stage, const double *amount) {
    const struct two_stage *problem = e->problem;
    struct arena scratch = {0};
    size_t n = (size_t)e->n_vertices;
    double *prices =
        arena_new(&scratch, double, n *(size_t)(problem->n_workloads + problem->n_rows));
    double *base = arena_new(&scratch, double, n *TOGETHER);
    double *value = arena_new(&scratch, double, n);
    for (int c = 0; c < problem->n_classes; c++) {
        if (stage->class_first[c] == stage->class_first[c + 1])
            continue;
        rows_held(e, c, amount);
        fill_class(e, stage, c, prices, base, value);
    }
    arena_release(&scratch);
}

void stage_pin(struct stage *stage) {
    memcpy(stage->pinned, stage->best, (size_t)stage->n * sizeof *stage->pinned);
}

/* Each vertex is priced once a class, not once an entry. */
static void reprice_class(struct engine *e, struct stage *stage, int class, double *kappa,
                          bool *priced) {
    int n_workloads = e->problem->n_workloads;
    memset(priced, 0, (size_t)e->n_vertices * sizeof *priced);
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i++)
        for (int k = 0; k < stage->n_list[i]; k++) {
            size_t at = (size_t)i * LIST_MAX + (size_t)k;
            int vertex = stage->listed[at];
            const double *rho = e->vertices[vertex].rho;
            double *own = &kappa[(size_t)vertex * (size_t)n_workloads];
            if (!priced[vertex]) {
                class_prices(e, class, rho, e->raised, e->kappa);
                memcpy(own, e->kappa, (size_t)n_workloads * sizeof *own);
                priced[vertex] = true;
            }
            if (e->negative[class] && e->n_fixed > 0)
                rho = class_prices(e, class, rho, e->raised, NULL);
            stage->base[at] = slot_base(e, stage, i, rho, own);
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

/* The best entry of each slot of a class; `keep` what all are worth. */
static void evaluate_class(struct engine *e, struct stage *stage, int class, bool table,
                           bool keep) {
    for (int i = stage->class_first[class]; i < stage->class_first[class + 1]; i++) {
        const int *listed = &stage->listed[(size_t)i * LIST_MAX];
        const double *base = &stage->base[(size_t)i * LIST_MAX];
        double *worth = &stage->worth[(size_t)i * LIST_MAX], best = -INFINITY;
        int at = -1;
        for (int k = 0; k < stage->n_list[i]; k++) {
            double value =
                base[k] - (table ? e->table[listed[k]] : worth_held(e, class, listed[k]));
            if (keep)
                worth[k] = value;
            if (value > best) {
                best = value;
                at = k;
            }
        }
        stage->value[i] = best;
        stage->best[i] = listed[at];
        if (keep)
            stage->low[i] = stage->n_list[i] < LIST_MAX ? -INFINITY : least_worth(stage, i);
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
            cut->slope[p] += weight * two_stage_worth(&problem->amounts[p], rho) * open[p];
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
        evaluate_class(e, stage, c, table, cut == NULL);
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
