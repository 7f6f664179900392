/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The programme has two forms, in one piece and in two stages: shared by the tests that hold both
 * to the same optimum on many inputs. */
#ifndef HEADROOM_TESTS_BOTH_FORMS_H
#define HEADROOM_TESTS_BOTH_FORMS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "plan_fixture.h"
#include "solver/programme.h"

/** Both say whether anything fits, and the bounds of the one are the optimum of the other to 1e-8
 * of it. Returns that optimum; NAN: nothing fits. */
static inline double both_forms_agree(struct plan_fixture *f, uint64_t seed) {
    static const struct two_stage_options exact = {.tolerance = 1e-9, .n_threads = 1};
    struct err err = {0};
    struct market market;
    struct hourly_lp hourly;
    struct lp_solution full;
    struct programme programme;
    struct two_stage_answer got;
    unsigned long long of = seed;
    cr_assert(market_open(&f->arena, &f->input, &market, &err), "seed %llu: %s", of, err.what);
    cr_assert(hourly_lp_solve_full(&f->arena, &market, &hourly, &full, &err), "seed %llu: %s", of,
              err.what);
    cr_assert(programme_solve(&f->arena, &market, &exact, &programme, &got, &err), "seed %llu: %s",
              of, err.what);
    cr_expect(eq(int, got.carried, full.status == LP_OPTIMAL), "seed %llu", of);
    if (full.status != LP_OPTIMAL)
        return NAN;
    double close = 1e-8 * full.objective;
    cr_expect(epsilon_eq(dbl, got.lower, full.objective, close), "seed %llu", of);
    cr_expect(epsilon_eq(dbl, got.upper, full.objective, close), "seed %llu", of);
    return full.objective;
}

#endif
