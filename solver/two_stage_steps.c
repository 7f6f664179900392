/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts as they are sold, in whole steps: the nearest ones, then one step more or less of each
 * that is bought, judged by the pool, which costs nothing; the slots are solved at what it likes
 * best. The lower bound stays that of amounts of any size, so the gap says what rounding costs at
 * most. */
#include <math.h>
#include <string.h>

#include "solver/two_stage_engine.h"

enum { VISITS_MAX = 4, SWEEPS_MAX = 20 };

static bool within_limits(const struct two_stage *problem, const double *amount) {
    for (int i = 0; i < problem->n_limits; i++) {
        double used = 0;
        for (int p = 0; p < problem->n_amounts; p++)
            used += problem->limit_use[i * problem->n_amounts + p] * amount[p];
        if (used > problem->limit_bound[i] * (1 + 1e-12))
            return false;
    }
    return true;
}

static void round_amounts(const struct engine *e, double *amount, bool down) {
    for (int p = 0; p < e->problem->n_amounts; p++) {
        double step = e->options->step[p];
        if (step > 0)
            amount[p] = step * (down ? floor(amount[p] / step + 1e-9) : round(amount[p] / step));
    }
}

static double pool_usd(struct engine *e, struct stage *stage, const double *amount) {
    double usd = stage_evaluate(e, stage, amount, NULL);
    for (int p = 0; p < e->problem->n_amounts; p++)
        usd += e->amount_cost[p] * amount[p];
    return usd;
}

/* One step of one amount at a time, as long as the pool says that it pays. */
static void improve(struct engine *e, struct stage *stage, double *amount) {
    double best = pool_usd(e, stage, amount);
    bool better = true;
    for (int sweep = 0; sweep < SWEEPS_MAX && better; sweep++) {
        better = false;
        for (int p = 0; p < e->problem->n_amounts; p++)
            for (int sign = -1; sign <= 1; sign += 2) {
                double was = amount[p], step = e->options->step[p];
                if (step <= 0 || was <= 0 || was + sign * step < 0)
                    continue;
                amount[p] = was + sign * step;
                double usd =
                    within_limits(e->problem, amount) ? pool_usd(e, stage, amount) : INFINITY;
                if (usd < best - 1e-12 * fabs(best)) {
                    best = usd;
                    better = true;
                } else {
                    amount[p] = was;
                }
            }
    }
}

bool stage_steps(struct engine *e, struct stage *stage, double tolerance, double *amount) {
    size_t size = (size_t)e->problem->n_amounts * sizeof *amount;
    double *best = arena_new(&e->arena, double, e->problem->n_amounts);
    double *trial = arena_new(&e->arena, double, e->problem->n_amounts), least = INFINITY;
    memcpy(trial, amount, size);
    round_amounts(e, trial, false);
    if (!within_limits(e->problem, trial)) {
        memcpy(trial, amount, size);
        round_amounts(e, trial, true);
    }
    for (int visit = 0; visit < VISITS_MAX; visit++) {
        double usd;
        if (!stage_visit(e, stage, trial, NULL, NULL, &usd))
            return false;
        stage_learn(e, stage, trial, tolerance * fabs(usd));
        if (usd < least) {
            least = usd;
            memcpy(best, trial, size);
        }
        memcpy(trial, best, size);
        improve(e, stage, trial);
        if (memcmp(trial, best, size) == 0)
            break;
    }
    memcpy(amount, best, size);
    return true;
}
