/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Non-negative least squares: against the best of all subsets of columns by normal equations (brute
 * force), the conditions of Karush, Kuhn and Tucker, solutions by hand, and columns that depend on
 * each other. The checks must reject a solution that is moved. */
#include "sim/perf/nnls.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"

enum { ROWS = 40, COLUMNS = 6 };

struct problem {
    int n_rows, n_columns;
    double a[ROWS][COLUMNS], y[ROWS];
};

static bool solve(const struct problem *problem, double *x) {
    struct arena arena = {0};
    struct nnls nnls = nnls_open(&arena, problem->n_columns);
    for (int row = 0; row < problem->n_rows; row++)
        nnls_add(&nnls, problem->a[row], problem->y[row], 1);
    bool ok = nnls_solve(&nnls, x);
    arena_release(&arena);
    return ok;
}

static double residual(const struct problem *p, int row, const double *x) {
    double rest = p->y[row];
    for (int c = 0; c < p->n_columns; c++)
        rest -= p->a[row][c] * x[c];
    return rest;
}

static double squares(const struct problem *p, const double *x) {
    double sum = 0;
    for (int row = 0; row < p->n_rows; row++)
        sum += residual(p, row, x) * residual(p, row, x);
    return sum;
}

/* x >= 0, slopes <= 0, and a slope of 0 wherever x > 0. */
static bool is_optimal(const struct problem *p, const double *x, double tolerance) {
    for (int c = 0; c < p->n_columns; c++) {
        double slope = 0, length = 0, size = 0;
        for (int row = 0; row < p->n_rows; row++) {
            slope += p->a[row][c] * residual(p, row, x);
            length = hypot(length, p->a[row][c]);
            size = hypot(size, p->y[row]);
        }
        double limit = tolerance * (length * size + 1e-300);
        if (x[c] < 0 || slope > limit || (x[c] > 0 && fabs(slope) > limit))
            return false;
    }
    return true;
}

/* Gauss with pivoting on the normal equations of the columns in `set`; false when singular. */
static bool solve_subset(const struct problem *p, unsigned set, double *x) {
    int column[COLUMNS], n = 0;
    double m[COLUMNS][COLUMNS + 1];
    for (int c = 0; c < p->n_columns; c++)
        if (set >> c & 1)
            column[n++] = c;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= n; j++) {
            m[i][j] = 0;
            for (int row = 0; row < p->n_rows; row++)
                m[i][j] += p->a[row][column[i]] * (j < n ? p->a[row][column[j]] : p->y[row]);
        }
    memset(x, 0, COLUMNS * sizeof *x);
    for (int i = 0; i < n; i++) {
        int pivot = i;
        for (int k = i; k < n; k++)
            pivot = fabs(m[k][i]) > fabs(m[pivot][i]) ? k : pivot;
        if (fabs(m[pivot][i]) < 1e-9)
            return false;
        for (int j = 0; j <= n; j++) {
            double keep = m[i][j];
            m[i][j] = m[pivot][j];
            m[pivot][j] = keep;
        }
        for (int k = 0; k < n; k++)
            for (int j = n; k != i && j >= i; j--)
                m[k][j] -= m[k][i] / m[i][i] * m[i][j];
    }
    for (int i = 0; i < n; i++)
        x[column[i]] = m[i][n] / m[i][i];
    return true;
}

static double best_by_force(const struct problem *p) {
    double best = INFINITY, x[COLUMNS];
    for (unsigned set = 0; set < 1u << p->n_columns; set++) {
        if (!solve_subset(p, set, x))
            continue;
        bool fits = true;
        for (int c = 0; c < p->n_columns; c++)
            fits = fits && x[c] >= 0;
        double sum = squares(p, x);
        best = fits && sum < best ? sum : best;
    }
    return best;
}

static struct problem random_problem(uint64_t i) {
    struct rng rng = rng_open(11, 0, RNG_TEST, i);
    struct problem p = {.n_rows = 1 + (int)rng_below(&rng, ROWS),
                        .n_columns = 1 + (int)rng_below(&rng, COLUMNS)};
    bool dependent = i % 3 == 0 && p.n_columns > 2, grid = i % 5 == 0;
    for (int row = 0; row < p.n_rows; row++) {
        for (int c = 0; c < p.n_columns; c++)
            p.a[row][c] = grid ? (double)rng_below(&rng, 3) : rng_normal(&rng);
        if (dependent)
            p.a[row][p.n_columns - 1] = p.a[row][0] + 2 * p.a[row][1];
        p.y[row] = rng_normal(&rng) * 10;
    }
    return p;
}

Test(nnls, equals_the_best_of_all_subsets) {
    int clamped = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        struct problem p = random_problem(i);
        double x[COLUMNS], best = best_by_force(&p);
        cr_assert(solve(&p, x));
        cr_assert(is_optimal(&p, x, 1e-7), "problem %d", (int)i);
        cr_assert(le(dbl, squares(&p, x), best * (1 + 1e-7) + 1e-9), "problem %d", (int)i);
        for (int c = 0; c < p.n_columns; c++)
            clamped += x[c] == 0;
    }
    cr_assert(gt(int, clamped, 1000)); /* the bound does bind */
}

Test(nnls, the_check_rejects_a_moved_solution) {
    int rejected = 0, tried = 0;
    for (uint64_t i = 1; i < 300; i += 3) {
        struct problem p = random_problem(i);
        double x[COLUMNS];
        if (i % 5 == 0 || p.n_rows < p.n_columns)
            continue;
        cr_assert(solve(&p, x));
        x[0] += 0.001;
        tried++;
        rejected += !is_optimal(&p, x, 1e-7);
    }
    cr_assert(gt(int, tried, 50));
    /* An x[0] that was clamped at 0 stays refused too: its slope is below zero. */
    cr_assert(eq(int, rejected, tried));
}

Test(nnls, by_hand) {
    /* Two lines through points: y = 3 + 2 t exactly. */
    struct problem line = {.n_rows = 3, .n_columns = 2, .a = {{1, 1}, {1, 2}, {1, 4}}};
    double x[COLUMNS];
    for (int row = 0; row < 3; row++)
        line.y[row] = 3 + 2 * line.a[row][1];
    cr_assert(solve(&line, x));
    cr_assert(epsilon_eq(dbl, x[0], 3, 1e-12));
    cr_assert(epsilon_eq(dbl, x[1], 2, 1e-12));
    /* y = -1 + 2 t at t = 1, 2, 4: without an intercept sum(t y) / sum(t^2) = 35 / 21. */
    for (int row = 0; row < 3; row++)
        line.y[row] = -1 + 2 * line.a[row][1];
    cr_assert(solve(&line, x));
    cr_assert(eq(dbl, x[0], 0));
    cr_assert(epsilon_eq(dbl, x[1], 35.0 / 21, 1e-12));
    /* All that is measured lies below zero: nothing helps. */
    for (int row = 0; row < 3; row++)
        line.y[row] = -5;
    cr_assert(solve(&line, x));
    cr_assert(eq(dbl, x[0], 0));
    cr_assert(eq(dbl, x[1], 0));
}

/* Weight 1 / y: of two measurements of one constant, 1 and 2, the least relative squares is
 * sum(1/y) / sum(1/y^2) = 1.5 / 1.25 = 1.2, not their mean. */
Test(nnls, relative_rows) {
    struct arena arena = {0};
    struct nnls nnls = nnls_open(&arena, 1);
    double one = 1, x;
    nnls_add_relative(&nnls, &one, 1);
    nnls_add_relative(&nnls, &one, 2);
    cr_assert(nnls_solve(&nnls, &x));
    cr_assert(epsilon_eq(dbl, x, 1.2, 1e-12));
    arena_release(&arena);
}

/* Features as far apart as those of attention: 1, 1e5, 1e9, in more rows than are kept at once. */
Test(nnls, columns_of_any_size) {
    struct arena arena = {0};
    struct rng rng = rng_open(3, 0, RNG_TEST, 0);
    static const double want[4] = {9.5, 0, 3e-3, 2e-7};
    struct nnls nnls = nnls_open(&arena, 4);
    for (int row = 0; row < 20000; row++) {
        double f[4] = {1, rng_uniform(&rng), rng_uniform(&rng) * 1e5, rng_uniform(&rng) * 1e9};
        nnls_add_relative(&nnls, f, 9.5 + f[2] * 3e-3 + f[3] * 2e-7);
    }
    double x[4];
    cr_assert(nnls_solve(&nnls, x));
    for (int c = 0; c < 4; c++)
        cr_assert(epsilon_eq(dbl, x[c], want[c], 1e-8 * want[c] + 1e-12), "%d: %g", c, x[c]);
    cr_assert(eq(i64, nnls.n_rows, 20000));
    arena_release(&arena);
}

/* Solving in between changes nothing. */
Test(nnls, goes_on_after_a_solution) {
    struct arena arena = {0};
    struct problem p = random_problem(1);
    struct nnls once = nnls_open(&arena, p.n_columns), often = nnls_open(&arena, p.n_columns);
    double x[COLUMNS], z[COLUMNS];
    for (int row = 0; row < p.n_rows; row++) {
        nnls_add(&once, p.a[row], p.y[row], 1);
        nnls_add(&often, p.a[row], p.y[row], 1);
        cr_assert(nnls_solve(&often, z));
    }
    cr_assert(nnls_solve(&once, x));
    for (int c = 0; c < p.n_columns; c++)
        cr_assert(epsilon_eq(dbl, x[c], z[c], 1e-9));
    arena_release(&arena);
}

Test(nnls, edges) {
    struct arena arena = {0};
    struct nnls nnls = nnls_open(&arena, 2);
    double x[2] = {7, 7}, zeros[2] = {0, 0}, bad[2] = {1, INFINITY};
    cr_assert(nnls_solve(&nnls, x)); /* no rows */
    cr_assert(x[0] == 0 && x[1] == 0);
    nnls_add(&nnls, zeros, 5, 1); /* columns of zeros */
    cr_assert(nnls_solve(&nnls, x));
    cr_assert(x[0] == 0 && x[1] == 0);
    nnls_add(&nnls, bad, 5, 1);
    x[0] = 7;
    cr_assert(not(nnls_solve(&nnls, x)));
    cr_assert(eq(dbl, x[0], 7));
    arena_release(&arena);
}
