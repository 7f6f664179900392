/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What proves an answer, apart from how it was found: checks of the numbers, the lower bound from
 * prices, the upper bound from amounts. Knows the programme alone, not the pool, and no solver. */
#include <math.h>
#include <string.h>

#include "solver/two_stage.h"

#define MAGNITUDE_MAX 1e15

static bool in_range(double value, double low, double high) {
    return value >= low && value <= high; /* false for NaN */
}

static bool all_in_range(const double *values, long n, double low, double high, const char *what,
                         struct err *err) {
    for (long i = 0; i < n; i++)
        if (!in_range(values[i], low, high))
            return err_set(err, ERR_INPUT, "%s %ld of the programme is %g; expected %g to %g", what,
                           i, values[i], low, high);
    return true;
}

static bool check_ways(const struct two_stage *problem, struct err *err) {
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        if (way->workload < 0 || way->workload >= problem->n_workloads || way->first_draw < 0 ||
            way->n_draws < 0 || way->first_draw + way->n_draws > problem->n_draws)
            return err_set(err, ERR_BUG, "way %d of the programme points outside it", j);
        if (!in_range(way->rate, 1e-15, MAGNITUDE_MAX))
            return err_set(err, ERR_INPUT, "way %d of the programme carries %g requests/s", j,
                           way->rate);
    }
    for (int d = 0; d < problem->n_draws; d++) {
        if (problem->draws[d].row < 0 || problem->draws[d].row >= problem->n_rows)
            return err_set(err, ERR_BUG, "draw %d of the programme is on no row", d);
        if (!in_range(problem->draws[d].amount, 1e-15, MAGNITUDE_MAX))
            return err_set(err, ERR_INPUT, "draw %d of the programme takes %g", d,
                           problem->draws[d].amount);
    }
    return true;
}

static bool check_amounts(const struct two_stage *problem, struct err *err) {
    for (int p = 0; p < problem->n_amounts; p++) {
        const struct two_stage_amount *amount = &problem->amounts[p];
        if (amount->row < 0 || amount->row >= problem->n_rows || amount->also < 0 ||
            amount->also > problem->n_rows || amount->also == amount->row + 1)
            return err_set(err, ERR_BUG, "amount %d of the programme fills no row", p);
        if (!in_range(amount->cost, 0, MAGNITUDE_MAX) || !in_range(amount->upper, 0, MAGNITUDE_MAX))
            return err_set(err, ERR_INPUT, "amount %d of the programme costs %g, at most %g of it",
                           p, amount->cost, amount->upper);
    }
    return true;
}

static bool check_classes(const struct two_stage *problem, struct err *err) {
    long n_ways = problem->n_ways;
    for (int c = 0; c < problem->n_classes; c++) {
        const struct two_stage_class *kind = &problem->classes[c];
        if (!all_in_range(kind->cost, n_ways, 0, MAGNITUDE_MAX, "cost", err) ||
            !all_in_range(kind->open, problem->n_amounts, 0, 1, "open share", err) ||
            !all_in_range(kind->coupling, problem->n_couplings * n_ways, -MAGNITUDE_MAX,
                          MAGNITUDE_MAX, "coupling", err))
            return false;
    }
    for (int s = 0; s < problem->n_slots; s++)
        if (problem->class_of_slot[s] < 0 || problem->class_of_slot[s] >= problem->n_classes)
            return err_set(err, ERR_BUG, "slot %d of the programme has no class", s);
    return true;
}

bool two_stage_check(const struct two_stage *problem, struct err *err) {
    long n_slots = problem->n_slots, n_amounts = problem->n_amounts;
    const double big = MAGNITUDE_MAX;
    if (problem->n_slots < 1 || problem->n_classes < 1 || problem->n_workloads < 1)
        return err_set(err, ERR_INPUT, "the programme has no slot or no workload");
    for (int w = 0; w < problem->n_workloads; w++)
        if (!(problem->missing_usd[w] >= 0))
            return err_set(err, ERR_INPUT, "missing demand of workload %d costs %g", w,
                           problem->missing_usd[w]);
    return check_ways(problem, err) && check_amounts(problem, err) && check_classes(problem, err) &&
           all_in_range(problem->share, n_slots, 0, 1, "share", err) &&
           all_in_range(problem->demand, problem->n_workloads * n_slots, 0, big, "demand", err) &&
           all_in_range(problem->fixed, problem->n_rows * n_slots, 0, big, "capacity", err) &&
           all_in_range(problem->spot_share, problem->n_workloads, 0, 1, "spot share", err) &&
           all_in_range(problem->limit_use, problem->n_limits * n_amounts, 0, big, "limit use",
                        err) &&
           all_in_range(problem->limit_bound, problem->n_limits, 0, big, "limit", err) &&
           all_in_range(problem->coupling_use, problem->n_couplings * n_amounts, -big, big,
                        "coupling use", err) &&
           all_in_range(problem->coupling_bound, problem->n_couplings, -big, big, "coupling bound",
                        err) &&
           all_in_range(&problem->constant, 1, -big, big, "constant cost", err);
}

/* --- lower --- */

/* What a unit of the way costs with its rows and couplings; *first its first row. */
static double unit_usd(const struct two_stage *problem, const struct two_stage_class *kind, int j,
                       const double *rho, const double *lambda) {
    const struct two_stage_way *way = &problem->ways[j];
    double usd = kind->cost[j];
    for (int k = 0; k < problem->n_couplings; k++)
        usd += fmax(0, lambda[k]) * kind->coupling[k * problem->n_ways + j];
    for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
        usd += rho[problem->draws[d].row] * problem->draws[d].amount;
    return usd;
}

/* The prices of a slot, none below zero and no way paid for running. false: one without a row is.
 */
static bool usable_prices(const struct two_stage *problem, const struct two_stage_class *kind,
                          const double *price, const double *lambda, double *rho) {
    for (int r = 0; r < problem->n_rows; r++)
        rho[r] = fmax(0, price[r]);
    for (int j = 0; j < problem->n_ways; j++) {
        const struct two_stage_way *way = &problem->ways[j];
        double usd = unit_usd(problem, kind, j, rho, lambda);
        if (usd >= 0 || !kind->active[way->workload])
            continue;
        if (way->n_draws == 0 && usd < -1e-12 * kind->cost[j])
            return false;
        if (way->n_draws > 0)
            rho[problem->draws[way->first_draw].row] -=
                usd / problem->draws[way->first_draw].amount;
    }
    return true;
}

/* What carrying one request/s more is worth at least, at the prices. */
static double demand_usd(const struct two_stage *problem, const struct two_stage_class *kind, int w,
                         const double *rho, const double *lambda) {
    double plain = problem->missing_usd[w], spot = INFINITY, share = problem->spot_share[w];
    for (int j = 0; j < problem->n_ways; j++) {
        if (problem->ways[j].workload != w)
            continue;
        double usd = unit_usd(problem, kind, j, rho, lambda) / problem->ways[j].rate;
        if (problem->ways[j].spot)
            spot = fmin(spot, usd);
        else
            plain = fmin(plain, usd);
    }
    if (spot >= plain)
        return fmax(0, plain);
    return fmax(0, share < 1 ? share * spot + (1 - share) * plain : spot);
}

double two_stage_lower(const struct two_stage *problem, const double *row_price,
                       const double *limit_price, const double *coupling_price) {
    struct arena arena = {0};
    double *rho = arena_new(&arena, double, problem->n_rows);
    double *worth = arena_new(&arena, double, problem->n_amounts);
    double lower = problem->constant;
    bool usable = true;
    for (int s = 0; s < problem->n_slots && usable; s++) {
        const struct two_stage_class *kind = &problem->classes[problem->class_of_slot[s]];
        usable = usable_prices(problem, kind, &row_price[(size_t)s * (size_t)problem->n_rows],
                               coupling_price, rho);
        double usd = 0;
        for (int w = 0; w < problem->n_workloads; w++) {
            double demand = problem->demand[w * problem->n_slots + s];
            if (demand > 0)
                usd += demand * demand_usd(problem, kind, w, rho, coupling_price);
        }
        for (int r = 0; r < problem->n_rows; r++)
            usd -= rho[r] * problem->fixed[r * problem->n_slots + s];
        for (int p = 0; p < problem->n_amounts; p++)
            worth[p] +=
                problem->share[s] * two_stage_worth(&problem->amounts[p], rho) * kind->open[p];
        lower += problem->share[s] * usd;
    }
    for (int p = 0; p < problem->n_amounts; p++) {
        double reduced = problem->amounts[p].cost - worth[p];
        for (int i = 0; i < problem->n_limits; i++)
            reduced += fmax(0, limit_price[i]) * problem->limit_use[i * problem->n_amounts + p];
        for (int k = 0; k < problem->n_couplings; k++)
            reduced +=
                fmax(0, coupling_price[k]) * problem->coupling_use[k * problem->n_amounts + p];
        lower += problem->amounts[p].upper * fmin(0, reduced);
    }
    for (int i = 0; i < problem->n_limits; i++)
        lower -= fmax(0, limit_price[i]) * problem->limit_bound[i];
    for (int k = 0; k < problem->n_couplings; k++)
        lower -= fmax(0, coupling_price[k]) * problem->coupling_bound[k];
    arena_release(&arena);
    return usable ? lower : -INFINITY;
}

/* --- upper --- */

struct tally {
    const struct two_stage *problem;
    const struct two_stage_answer *answer;
    double *carried, *spot, *used; /* [n_workloads], [n_workloads], [n_rows] */
    double *coupled;               /* [n_couplings] */
    double broken;
};

static void note(struct tally *tally, double more, double than) {
    double over = (more - than) / fmax(fabs(than), 1e-300);
    if (more > than)
        tally->broken = fmax(tally->broken, over);
}

static double slot_usd(struct tally *tally, int s) {
    const struct two_stage *problem = tally->problem;
    const struct two_stage_answer *answer = tally->answer;
    const struct two_stage_class *kind = &problem->classes[problem->class_of_slot[s]];
    double usd = 0;
    memset(tally->carried, 0, (size_t)problem->n_workloads * sizeof(double));
    memset(tally->spot, 0, (size_t)problem->n_workloads * sizeof(double));
    memset(tally->used, 0, (size_t)problem->n_rows * sizeof(double));
    for (int u = answer->first_use[s]; u < answer->first_use[s + 1]; u++) {
        const struct two_stage_use *use = &answer->uses[u];
        const struct two_stage_way *way = &problem->ways[use->way];
        double *carried = way->spot ? tally->spot : tally->carried;
        carried[way->workload] += way->rate * use->amount;
        usd += kind->cost[use->way] * use->amount;
        note(tally, -use->amount, 0);
        note(tally, use->amount, kind->active[way->workload] ? INFINITY : 0);
        for (int d = way->first_draw; d < way->first_draw + way->n_draws; d++)
            tally->used[problem->draws[d].row] += problem->draws[d].amount * use->amount;
        for (int k = 0; k < problem->n_couplings; k++)
            tally->coupled[k] +=
                problem->share[s] * use->amount * kind->coupling[k * problem->n_ways + use->way];
    }
    for (int w = 0; w < problem->n_workloads; w++) {
        double demand = problem->demand[w * problem->n_slots + s];
        double missing = answer->missing[w * problem->n_slots + s];
        note(tally, demand, tally->carried[w] + tally->spot[w] + missing);
        note(tally, tally->spot[w],
             problem->spot_share[w] < 1 ? problem->spot_share[w] * demand : INFINITY);
        usd += missing > 0 ? missing * problem->missing_usd[w] : 0;
    }
    for (int r = 0; r < problem->n_rows; r++) {
        double holds = problem->fixed[r * problem->n_slots + s];
        for (int p = 0; p < problem->n_amounts; p++)
            if (two_stage_fills(&problem->amounts[p], r))
                holds += kind->open[p] * answer->amount[p];
        note(tally, tally->used[r], holds);
    }
    return usd;
}

double two_stage_upper(const struct two_stage *problem, const struct two_stage_answer *answer,
                       double *broken) {
    struct arena arena = {0};
    struct tally tally = {.problem = problem,
                          .answer = answer,
                          .carried = arena_new(&arena, double, problem->n_workloads),
                          .spot = arena_new(&arena, double, problem->n_workloads),
                          .used = arena_new(&arena, double, problem->n_rows),
                          .coupled = arena_new(&arena, double, problem->n_couplings)};
    double usd = problem->constant;
    for (int p = 0; p < problem->n_amounts; p++) {
        usd += problem->amounts[p].cost * answer->amount[p];
        note(&tally, -answer->amount[p], 0);
        for (int k = 0; k < problem->n_couplings; k++)
            tally.coupled[k] +=
                problem->coupling_use[k * problem->n_amounts + p] * answer->amount[p];
    }
    for (int s = 0; s < problem->n_slots; s++)
        usd += problem->share[s] * slot_usd(&tally, s);
    for (int i = 0; i < problem->n_limits; i++) {
        double used = 0;
        for (int p = 0; p < problem->n_amounts; p++)
            used += problem->limit_use[i * problem->n_amounts + p] * answer->amount[p];
        note(&tally, used, problem->limit_bound[i]);
    }
    for (int k = 0; k < problem->n_couplings; k++) {
        /* The bound may be zero: relative to the money of the programme then. */
        double than = problem->coupling_bound[k];
        double scale = fmax(fabs(than), fabs(than) > 0 ? 0 : fmax(usd, 1e-300));
        if (tally.coupled[k] > than)
            tally.broken = fmax(tally.broken, (tally.coupled[k] - than) / scale);
    }
    *broken = tally.broken;
    arena_release(&arena);
    return usd;
}
