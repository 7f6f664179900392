/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workload's cost as a table of cells (machine and unit) x ways to pay; each step replaces one
 * factor of all cells and adds the table up again. */
#include "scenarios/cost_change.h"

#include <math.h>
#include <string.h>

#define NOISE_USD 1e-6 /* a month: what arithmetic leaves of a factor that does not move */

const char *cost_effect_word(enum cost_effect effect) {
    static const char *const words[] = {
#define X(id, word) word,
        COST_EFFECTS(X)
#undef X
    };
    return words[effect];
}

static bool same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- one workload on both sides ---- */

enum { OLD, NEW, SIDES };

/* What is paid in one way on one machine. */
struct way {
    const char *paid;
    double quantity[SIDES], usd[SIDES];
};

struct cell {
    const char *machine, *unit;
    double quantity[SIDES], fixed_usd[SIDES]; /* fixed: of lines without a quantity */
    double served[SIDES];                     /* requests on this machine */
    double work[SIDES];                       /* of the quantity; the rest is idle */
    int n_ways;
    struct way *ways;
};

struct table {
    double volume[SIDES], usd[SIDES];
    int n_cells;
    struct cell *cells;
};

static struct cell *cell_of(struct arena *arena, struct table *table, const char *machine,
                            const char *unit) {
    for (int i = 0; i < table->n_cells; i++)
        if (same(table->cells[i].machine, machine) && same(table->cells[i].unit, unit))
            return &table->cells[i];
    size_t n = (size_t)table->n_cells;
    table->cells = arena_grow(arena, table->cells, n, n + 1, sizeof *table->cells);
    table->cells[table->n_cells] = (struct cell){.machine = machine, .unit = unit};
    return &table->cells[table->n_cells++];
}

static struct way *way_of(struct arena *arena, struct cell *cell, const char *paid) {
    for (int i = 0; i < cell->n_ways; i++)
        if (same(cell->ways[i].paid, paid))
            return &cell->ways[i];
    size_t n = (size_t)cell->n_ways;
    cell->ways = arena_grow(arena, cell->ways, n, n + 1, sizeof *cell->ways);
    cell->ways[cell->n_ways] = (struct way){.paid = paid};
    return &cell->ways[cell->n_ways++];
}

/* Whether both sides tell what the work on their machines takes. */
static bool tell_work(const struct cost_side *const *sides) {
    for (int s = 0; s < SIDES; s++)
        for (int i = 0; i < sides[s]->n_served; i++)
            if (isnan(sides[s]->served[i].work))
                return false;
    return true;
}

static void take_served(struct table *table, const struct served_line *line, int side) {
    table->volume[side] += line->requests;
    for (int c = 0; c < table->n_cells; c++)
        if (same(table->cells[c].machine, line->machine)) {
            table->cells[c].served[side] += line->requests;
            table->cells[c].work[side] += line->work;
        }
}

/* No more work than what is paid for: a fleet that is overrun idles nowhere. */
static void settle_work(struct table *table, bool told) {
    for (int c = 0; c < table->n_cells; c++) {
        struct cell *cell = &table->cells[c];
        bool held = told && same(cell->unit, COST_HELD_UNIT);
        for (int s = 0; s < SIDES; s++)
            cell->work[s] = held ? fmin(cell->work[s], cell->quantity[s]) : cell->quantity[s];
    }
}

static struct table table_of(struct arena *arena, const struct cost_side *const *sides,
                             const char *workload) {
    struct table table = {0};
    for (int s = 0; s < SIDES; s++)
        for (int i = 0; i < sides[s]->n_lines; i++) {
            const struct cost_line *line = &sides[s]->lines[i];
            if (!line->workload || !same(line->workload, workload))
                continue;
            struct cell *cell = cell_of(arena, &table, line->machine, line->unit);
            table.usd[s] += line->usd;
            if (line->quantity > 0) {
                struct way *way = way_of(arena, cell, line->paid);
                way->quantity[s] += line->quantity;
                way->usd[s] += line->usd;
                cell->quantity[s] += line->quantity;
            } else {
                cell->fixed_usd[s] += line->usd;
            }
        }
    for (int s = 0; s < SIDES; s++)
        for (int i = 0; i < sides[s]->n_served; i++)
            if (same(sides[s]->served[i].workload, workload))
                take_served(&table, &sides[s]->served[i], s);
    settle_work(&table, tell_work(sides));
    return table;
}

/* ---- steps ---- */

/* Dollars a unit of a way to pay, on the asked side or else on the other. */
static double price_of(const struct way *way, int side) {
    int told = way->quantity[side] > 0 ? side : 1 - side;
    return way->usd[told] / way->quantity[told];
}

/* Dollars a unit of a cell with the shares of `shares` at the prices of `prices`; a cell that the
 * shares' side does not use has the other side's. */
static double cell_price(const struct cell *cell, int shares, int prices) {
    int told = cell->quantity[shares] > 0 ? shares : 1 - shares;
    double usd = 0;
    for (int i = 0; i < cell->n_ways; i++)
        if (cell->ways[i].quantity[told] > 0)
            usd += cell->ways[i].quantity[told] / cell->quantity[told] *
                   price_of(&cell->ways[i], prices);
    return usd;
}

/* Work per request of the workload. `efficient`: old use, with the new work for each request that
 * the machine serves, where both sides serve on it. */
static double per_request(const struct table *table, const struct cell *cell, int side,
                          bool efficient) {
    double x = cell->work[side] / table->volume[side];
    bool both = cell->served[OLD] > 0 && cell->served[NEW] > 0 && cell->work[OLD] > 0 &&
                cell->work[NEW] > 0;
    if (!efficient || !both)
        return x;
    double old_need = cell->work[OLD] / cell->served[OLD];
    double new_need = cell->work[NEW] / cell->served[NEW];
    return x / old_need * new_need;
}

struct factors {
    int volume, use, idle, shares, prices; /* the side that each is of */
    bool efficient;
};

static double cost_with(const struct table *table, struct factors f) {
    double usd = 0, volume = table->volume[f.volume];
    for (int i = 0; i < table->n_cells; i++) {
        const struct cell *cell = &table->cells[i];
        if (cell->quantity[OLD] > 0 || cell->quantity[NEW] > 0)
            usd += (volume * per_request(table, cell, f.use, f.efficient) + cell->quantity[f.idle] -
                    cell->work[f.idle]) *
                   cell_price(cell, f.shares, f.prices);
        usd += cell->fixed_usd[f.prices];
    }
    return usd;
}

struct finding {
    struct arena *arena;
    struct cost_step *steps;
    size_t n;
};

static void add(struct finding *finding, enum cost_effect effect, const char *what, double usd) {
    if (fabs(usd) < NOISE_USD)
        return;
    finding->steps = arena_grow(finding->arena, finding->steps, finding->n, finding->n + 1,
                                sizeof *finding->steps);
    finding->steps[finding->n++] = (struct cost_step){effect, what, usd, 0};
}

static void add_workload(struct finding *finding, const struct cost_side *const *sides,
                         const char *workload) {
    struct table table = table_of(finding->arena, sides, workload);
    if (table.usd[OLD] != 0 && table.usd[NEW] != 0 &&
        (table.volume[OLD] <= 0 || table.volume[NEW] <= 0)) {
        add(finding, COST_REST, workload, table.usd[NEW] - table.usd[OLD]);
        return;
    }
    if (table.volume[OLD] <= 0 || table.volume[NEW] <= 0) {
        add(finding, COST_REMOVED, workload, -table.usd[OLD]);
        add(finding, COST_ADDED, workload, table.usd[NEW]);
        return;
    }
    static const struct {
        enum cost_effect effect;
        struct factors after;
    } steps[] = {
        {COST_VOLUME, {NEW, OLD, OLD, OLD, OLD, false}},
        {COST_EFFICIENCY, {NEW, OLD, OLD, OLD, OLD, true}},
        {COST_MACHINES, {NEW, NEW, OLD, OLD, OLD, false}},
        {COST_CAPACITY, {NEW, NEW, NEW, OLD, OLD, false}},
        {COST_PURCHASE, {NEW, NEW, NEW, NEW, OLD, false}},
        {COST_PRICE, {NEW, NEW, NEW, NEW, NEW, false}},
    };
    double before = cost_with(&table, (struct factors){OLD, OLD, OLD, OLD, OLD, false});
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double after = cost_with(&table, steps[i].after);
        add(finding, steps[i].effect, workload, after - before);
        before = after;
    }
}

/* Each name once, those of the old side first. */
static void add_all_workloads(struct finding *finding, const struct cost_side *const *sides) {
    const char **seen = NULL;
    size_t n = 0;
    for (int s = 0; s < SIDES; s++)
        for (int i = 0; i < sides[s]->n_lines; i++) {
            const char *workload = sides[s]->lines[i].workload;
            bool known = workload == NULL;
            for (size_t k = 0; k < n && !known; k++)
                known = same(seen[k], workload);
            if (known)
                continue;
            seen = arena_grow(finding->arena, seen, n, n + 1, sizeof *seen);
            seen[n++] = workload;
            add_workload(finding, sides, workload);
        }
}

static double unused_usd(const struct cost_side *side) {
    double usd = 0;
    for (int i = 0; i < side->n_lines; i++)
        if (!side->lines[i].workload)
            usd += side->lines[i].usd;
    return usd;
}

static double beside_usd(const struct cost_side *side, const char *name) {
    double usd = 0;
    for (int i = 0; i < side->n_beside; i++)
        if (same(side->beside[i].name, name))
            usd += side->beside[i].usd;
    return usd;
}

static void add_beside(struct finding *finding, const struct cost_side *const *sides) {
    for (int s = 0; s < SIDES; s++)
        for (int i = 0; i < sides[s]->n_beside; i++) {
            const char *name = sides[s]->beside[i].name;
            bool known = false; /* on the old side, or before on this one */
            for (int k = 0; k < (s == NEW ? sides[OLD]->n_beside : 0) && !known; k++)
                known = same(sides[OLD]->beside[k].name, name);
            for (int k = 0; k < i && !known; k++)
                known = same(sides[s]->beside[k].name, name);
            if (!known)
                add(finding, COST_BESIDE, name,
                    beside_usd(sides[NEW], name) - beside_usd(sides[OLD], name));
        }
}

/* ---- cents ---- */

/* Running sums are rounded, not steps: then steps add up, and each is off by less than a cent. */
static void round_steps(struct cost_change *change, struct cost_step *steps) {
    double sum = change->from_usd;
    int64_t before = change->from_cents;
    for (int i = 0; i < change->n_steps; i++) {
        sum += steps[i].usd;
        int64_t after = i + 1 < change->n_steps ? llround(sum * 100) : change->to_cents;
        steps[i].cents = after - before;
        before = after;
    }
}

static void sort_by_effect(struct cost_step *steps, size_t n) {
    for (size_t i = 1; i < n; i++) /* stable: workloads keep their order */
        for (size_t k = i; k > 0 && steps[k].effect < steps[k - 1].effect; k--) {
            struct cost_step moved = steps[k];
            steps[k] = steps[k - 1];
            steps[k - 1] = moved;
        }
}

struct cost_change cost_change_find(struct arena *arena, const struct cost_side *from,
                                    const struct cost_side *to) {
    const struct cost_side *const sides[SIDES] = {from, to};
    struct finding finding = {.arena = arena};
    add_all_workloads(&finding, sides);
    add(&finding, COST_UNUSED, "", unused_usd(to) - unused_usd(from));
    add_beside(&finding, sides);
    double told = 0;
    for (size_t i = 0; i < finding.n; i++)
        told += finding.steps[i].usd;
    double rest = to->usd - from->usd - told;
    /* Results are written with 12 digits: what that leaves is no step. */
    if (fabs(rest) >= 0.005 || finding.n == 0)
        add(&finding, COST_REST, "", rest);
    sort_by_effect(finding.steps, finding.n);
    struct cost_change change = {.from_usd = from->usd,
                                 .to_usd = to->usd,
                                 .from_cents = llround(from->usd * 100),
                                 .to_cents = llround(to->usd * 100),
                                 .n_steps = (int)finding.n,
                                 .steps = finding.steps};
    round_steps(&change, finding.steps);
    return change;
}

int64_t cost_change_effect_cents(const struct cost_change *change, enum cost_effect effect) {
    int64_t cents = 0;
    for (int i = 0; i < change->n_steps; i++)
        if (change->steps[i].effect == effect)
            cents += change->steps[i].cents;
    return cents;
}
