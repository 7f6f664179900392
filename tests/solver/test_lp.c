/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lp: optima known from the literature or by hand, duals, every status, mistakes caught before the
 * solver, the solver's own abort turned into an error, threads, and the written text read back by
 * GLPK's reader with the same optimum. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <glpk.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "solver/lp.h"

/* Dantzig's transport problem (GAMS model library, trnsport): plants 350 and 600 cases, markets
 * 325, 300, 275; distances in thousand miles times $90 per case and thousand miles, costs in
 * thousands of dollars. Published optimum 153.675. */
static void transport(struct lp *lp, struct arena *arena) {
    static const double plants[2] = {350, 600}, markets[3] = {325, 300, 275};
    static const double distance[2][3] = {{2.5, 1.7, 1.8}, {2.5, 1.8, 1.4}};
    lp_open(lp, arena, "transport");
    int supply[2], demand[3];
    for (int i = 0; i < 2; i++)
        supply[i] = lp_add_row(lp, -INFINITY, plants[i], "supply %d", i);
    for (int j = 0; j < 3; j++)
        demand[j] = lp_add_row(lp, markets[j], INFINITY, "demand %d", j);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++) {
            int column = lp_add_column(lp, 0.09 * distance[i][j], 0, INFINITY, "x(%d,%d)", i, j);
            lp_set(lp, supply[i], column, 1);
            lp_set(lp, demand[j], column, 1);
        }
}

Test(lp, published_optimum) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    transport(&lp, &arena);
    cr_assert(lp_solve(&arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(eq(int, (int)solution.status, LP_OPTIMAL));
    cr_assert(epsilon_eq(dbl, solution.objective, 153.675, 1e-9));
    lp.cost_scale = 1000; /* changes nothing that a caller sees */
    struct lp_solution scaled;
    cr_assert(lp_solve(&arena, &lp, &scaled, &err));
    cr_assert(epsilon_eq(dbl, scaled.objective, 153.675, 1e-9));
    for (int i = 0; i < lp.n_rows; i++)
        cr_assert(epsilon_eq(dbl, scaled.dual[i], solution.dual[i], 1e-9));
    arena_release(&arena);
}

/* min 2x + 3y, x + y >= 1e-7, y = 1e-9: 2 x 9.9e-8 + 3e-9. Far below the solver's absolute
 * tolerances (its presolver drops a bound under 1e-3), and exact once the sizes are told. */
Test(lp, small_values_are_not_taken_for_zero) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    lp_open(&lp, &arena, "small");
    int row = lp_add_row(&lp, 1e-7, INFINITY, "demand");
    int x = lp_add_column(&lp, 2, 0, INFINITY, "x"), y = lp_add_column(&lp, 3, 1e-9, 1e-9, "y");
    lp_set(&lp, row, x, 1);
    lp_set(&lp, row, y, 1);
    lp_expect_size(&lp, x, 1e-7);
    lp_expect_size(&lp, y, 1e-9);
    cr_assert(lp_solve(&arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(eq(int, (int)solution.status, LP_OPTIMAL));
    cr_assert(epsilon_eq(dbl, solution.objective, 2 * 9.9e-8 + 3e-9, 1e-16));
    cr_assert(epsilon_eq(dbl, solution.primal[x], 9.9e-8, 1e-16));
    cr_assert(epsilon_eq(dbl, solution.dual[row], 2, 1e-9));
    cr_assert(epsilon_eq(dbl, solution.reduced[y], 1, 1e-9));
    lp_expect_size(&lp, x, 0);
    cr_assert(not(lp_solve(&arena, &lp, &solution, &err)));
    arena_release(&arena);
}

/* min 3x + 2y, x + y >= 4, x >= 1, y <= 2: x = 2, y = 2, cost 10. One more unit of the row must be
 * x: dual 3. y would be better at a higher bound by 3 - 2: reduced cost -1. */
Test(lp, primal_dual_and_reduced_by_hand) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    lp_open(&lp, &arena, "by hand");
    int row = lp_add_row(&lp, 4, INFINITY, "need");
    int x = lp_add_column(&lp, 3, 1, INFINITY, "x"), y = lp_add_column(&lp, 2, 0, 2, "y");
    lp_set(&lp, row, x, 1);
    lp_set(&lp, row, y, 1);
    cr_assert(lp_solve(&arena, &lp, &solution, NULL));
    cr_assert(epsilon_eq(dbl, solution.objective, 10, 1e-9));
    cr_assert(epsilon_eq(dbl, solution.primal[x], 2, 1e-9));
    cr_assert(epsilon_eq(dbl, solution.primal[y], 2, 1e-9));
    cr_assert(epsilon_eq(dbl, solution.dual[row], 3, 1e-9));
    cr_assert(epsilon_eq(dbl, solution.reduced[y], -1, 1e-9));
    arena_release(&arena);
}

/* Bounds of every kind: fixed (lower = upper), range row, free column, equality. */
static void every_bound(struct lp *lp, struct arena *arena) {
    lp_open(lp, arena, "bounds");
    int range = lp_add_row(lp, 2, 5, "range"), equal = lp_add_row(lp, 1, 1, "equal");
    int a = lp_add_column(lp, 1, 3, 3, "a"), b = lp_add_column(lp, 1, -INFINITY, INFINITY, "b");
    int c = lp_add_column(lp, -1, 0, 7, "c"), d = lp_add_column(lp, 1, -INFINITY, 4, "e9");
    lp_set(lp, range, a, 1); /* 2 <= a + b <= 5 */
    lp_set(lp, range, b, 1);
    lp_set(lp, equal, c, 1); /* c + d = 1 */
    lp_set(lp, equal, d, 1);
}

Test(lp, every_kind_of_bound) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    every_bound(&lp, &arena);
    cr_assert(lp_solve(&arena, &lp, &solution, NULL));
    /* a = 3, b = -1, c = 7, d = -6: 3 - 1 - 7 - 6 = -11 */
    cr_assert(epsilon_eq(dbl, solution.objective, -11, 1e-9));
    arena_release(&arena);
}

Test(lp, infeasible_is_an_answer) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    /* Seen by the presolver, which says so only in its return code ... */
    lp_open(&lp, &arena, "presolve");
    int row = lp_add_row(&lp, 4, INFINITY, "need");
    lp_set(&lp, row, lp_add_column(&lp, 1, 0, 3, "x"), 1);
    cr_assert(lp_solve(&arena, &lp, &solution, NULL));
    cr_assert(eq(int, (int)solution.status, LP_INFEASIBLE));
    /* ... and only by the simplex: x + y >= 3, x + 2y <= 4, 2x + y <= 1. */
    lp_open(&lp, &arena, "simplex");
    int rows[3] = {lp_add_row(&lp, 3, INFINITY, "a"), lp_add_row(&lp, -INFINITY, 4, "b"),
                   lp_add_row(&lp, -INFINITY, 1, "c")};
    static const double matrix[3][2] = {{1, 1}, {1, 2}, {2, 1}};
    for (int j = 0; j < 2; j++) {
        int column = lp_add_column(&lp, 1, 0, INFINITY, "x%d", j);
        for (int i = 0; i < 3; i++)
            lp_set(&lp, rows[i], column, matrix[i][j]);
    }
    cr_assert(lp_solve(&arena, &lp, &solution, NULL));
    cr_assert(eq(int, (int)solution.status, LP_INFEASIBLE));
    arena_release(&arena);
}

Test(lp, unbounded_is_an_answer) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    lp_open(&lp, &arena, "unbounded");
    int row = lp_add_row(&lp, 0, INFINITY, "r");
    lp_set(&lp, row, lp_add_column(&lp, -1, 0, INFINITY, "x"), 1);
    cr_assert(lp_solve(&arena, &lp, &solution, NULL));
    cr_assert(eq(int, (int)solution.status, LP_UNBOUNDED));
    arena_release(&arena);
}

Test(lp, empty_programme_costs_nothing) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    lp_open(&lp, &arena, "empty");
    lp_add_column(&lp, 1, 2, 5, "x");
    cr_assert(lp_solve(&arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(epsilon_eq(dbl, solution.objective, 2, 1e-9));
    arena_release(&arena);
}

static const struct {
    const char *name;
    double cost, lower, upper, value;
    bool twice;
    const char *what;
} mistakes[] = {
    {"NaN cost", NAN, 0, 1, 1, false, "linear programme 'm': the cost of 'x' is nan"},
    {"huge cost", 1e300, 0, 1, 1, false, "linear programme 'm': the cost of 'x' is 1e+300"},
    {"NaN bound", 1, NAN, 1, 1, false, "linear programme 'm': the lower bound of 'x' is nan"},
    {"bounds crossed", 1, 2, 1, 1, false,
     "linear programme 'm': the upper bound, below the lower one, of 'x' is 1"},
    {"NaN coefficient", 1, 0, 1, NAN, false, "linear programme 'm': a coefficient of 'x' is nan"},
    {"infinite coefficient", 1, 0, 1, INFINITY, false,
     "linear programme 'm': a coefficient of 'x' is inf"},
    {"twice", 1, 0, 1, 1, true,
     "linear programme 'm': the coefficient of 'x' in row 'r' is given twice"},
};

Test(lp, mistakes_never_reach_the_solver) {
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct arena arena = {0};
        struct lp lp;
        struct lp_solution solution;
        struct err err = {0};
        lp_open(&lp, &arena, "m");
        int row = lp_add_row(&lp, 0, 1, "r");
        int column =
            lp_add_column(&lp, mistakes[i].cost, mistakes[i].lower, mistakes[i].upper, "x");
        lp_set(&lp, row, column, mistakes[i].value);
        if (mistakes[i].twice)
            lp_set(&lp, row, column, mistakes[i].value);
        cr_assert(not(lp_solve(&arena, &lp, &solution, &err)), "%s", mistakes[i].name);
        cr_assert(eq(int, (int)err.kind, ERR_BUG));
        const char *what = err.what;
        if (strncmp(strrchr(what, ' '), " -nan", 5) == 0)
            continue; /* some libraries print the sign of NaN */
        cr_expect(eq(str, err.what, (char *)mistakes[i].what), "%s", mistakes[i].name);
        arena_release(&arena);
    }
}

/* GLPK aborts the process when it runs out of its memory limit; we must get an error, and the next
 * solve must work. */
Test(lp, abort_of_the_solver_becomes_an_error) {
    struct arena arena = {0};
    struct lp lp;
    struct lp_solution solution;
    struct err err = {0};
    lp_open(&lp, &arena, "large");
    for (int i = 0; i < 20000; i++) {
        int row = lp_add_row(&lp, 1, INFINITY, "r%d", i);
        lp_set(&lp, row, lp_add_column(&lp, 1, 0, INFINITY, "x%d", i), 1);
    }
    glp_mem_limit(1); /* MB, of this thread's environment */
    cr_assert(not(lp_solve(&arena, &lp, &solution, &err)));
    cr_assert(eq(int, (int)err.kind, ERR_BUG));
    cr_assert(ne(ptr, strstr(err.what, "memory"), NULL), "%s", err.what);
    cr_assert(lp_solve(&arena, &lp, &solution, &err), "%s", err.what);
    cr_assert(epsilon_eq(dbl, solution.objective, 20000, 1e-6));
    arena_release(&arena);
}

static void *solve_transport(void *out) {
    struct arena arena = {0};
    for (int i = 0; i < 20; i++) {
        struct lp lp;
        struct lp_solution solution = {0};
        transport(&lp, &arena);
        if (!lp_solve(&arena, &lp, &solution, NULL))
            break;
        *(double *)out = solution.objective;
    }
    arena_release(&arena);
    return NULL;
}

Test(lp, threads_solve_side_by_side) {
    pthread_t threads[4];
    double objectives[4] = {0};
    for (int i = 0; i < 4; i++)
        cr_assert(zero(int, pthread_create(&threads[i], NULL, solve_transport, &objectives[i])));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        cr_assert(epsilon_eq(dbl, objectives[i], 153.675, 1e-9));
}

static int quiet(void *info, const char *text) {
    (void)info;
    (void)text;
    return 1;
}

/* Optimum of LP text as GLPK's own reader understands it. */
static double optimum_of_text(const struct text *text) {
    char path[] = "/tmp/headroom-lp-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(ge(int, fd, 0));
    FILE *file = fdopen(fd, "w");
    fwrite(text->data, 1, text->n, file);
    fclose(file);
    glp_term_hook(quiet, NULL);
    glp_prob *problem = glp_create_prob();
    int failed = glp_read_lp(problem, NULL, path);
    unlink(path);
    cr_assert(zero(int, failed), "not read back:\n%s", text->data);
    glp_smcp options;
    glp_init_smcp(&options);
    cr_assert(zero(int, glp_simplex(problem, &options)));
    double optimum = glp_get_obj_val(problem);
    glp_delete_prob(problem);
    glp_free_env();
    return optimum;
}

Test(lp, written_text_has_the_same_optimum) {
    struct arena arena = {0};
    struct lp lp;
    struct text text = {.arena = &arena};
    transport(&lp, &arena);
    cr_assert(lp_write(&lp, &text, NULL));
    cr_assert(epsilon_eq(dbl, optimum_of_text(&text), 153.675, 1e-9));
    struct text bounds = {.arena = &arena};
    every_bound(&lp, &arena);
    cr_assert(lp_write(&lp, &bounds, NULL));
    cr_assert(epsilon_eq(dbl, optimum_of_text(&bounds), -11, 1e-9));
    cr_assert(ne(ptr, strstr(bounds.data, "range_hi"), NULL));
    arena_release(&arena);
}

Test(lp, provenance_names_the_solver) {
    cr_assert(zero(int, strncmp(lp_solver_name(), "GLPK ", 5)));
}
