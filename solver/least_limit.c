/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/least_limit.h"

#include <math.h>

enum { TRIES_MAX = 12 };

/* What is left to search, of the limit. */
#define LEAST_STEP 2e-4

/* The plan with the row's limit at `to`: *value is what it comes to there, INFINITY where none
 * keeps all rows. Of rows that share the limit, that which it has to be raised to for all. */
static bool try_limit(struct arena *arena, const struct market *market, int row, double to,
                      double *value, struct err *err) {
    struct arena_mark mark = arena_mark(arena);
    struct market raised = *market;
    const struct coupling *first = &market->couplings[row];
    raised.couplings = arena_new(arena, struct coupling, market->n_couplings);
    for (int c = 0; c < market->n_couplings; c++) {
        raised.couplings[c] = market->couplings[c];
        if (coupling_shares_limit(first, &market->couplings[c]))
            raised.couplings[c].limit += to - first->limit;
    }
    struct hourly_lp hourly;
    struct lp_solution solution;
    struct whole whole;
    struct coupling_gap gap = {.coupling = row};
    bool solved = hourly_lp_solve(arena, &raised, &hourly, &solution, err);
    bool kept = solved && solution.status == LP_OPTIMAL;
    if (kept) {
        solved = coupled_plan(arena, &raised, &hourly, &solution, &whole, &gap, err);
        kept = solved && whole.failed_slot < 0 && gap.coupling < 0;
    }
    *value = kept ? first->limit : INFINITY;
    for (int c = 0; c < market->n_couplings && kept; c++)
        if (coupling_shares_limit(first, &market->couplings[c]))
            *value = fmax(*value, first->limit + gap.values[c] - market->couplings[c].limit);
    arena_rewind(arena, mark);
    return solved;
}

bool least_limit(struct arena *arena, const struct market *market, const struct coupling_gap *gap,
                 double bound, double *least, struct err *err) {
    double low = bound, to = gap->reached, value;
    *least = NAN;
    for (int i = 0; i < TRIES_MAX; i++) {
        if (!try_limit(arena, market, gap->coupling, to, &value, err))
            return false;
        if (isfinite(value))
            *least = to;
        else if (isnan(*least))
            return true;
        else
            low = fmax(low, to);
        double step = LEAST_STEP * fabs(*least);
        bool falls = isfinite(value) && value < *least - step;
        to = falls ? value : (low + *least) / 2;
        if (*least - low <= step)
            return true;
    }
    return true;
}
