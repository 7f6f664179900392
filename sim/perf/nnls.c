/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows gather behind an upper triangle and are folded into it by a QR factorisation (GSL): with
 * [A | y] = Q R, the last column of R holds what of y the columns can and cannot reach. The active
 * set then works on R alone. Each of its steps solves a small least-squares problem, again by QR,
 * with pivoting, so that columns that depend on each other do no harm. */
#include "sim/perf/nnls.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

#include "base/err.h"

enum { WIDTH_MAX = NNLS_COLUMNS_MAX + 1, ROWS_MAX = 8 * WIDTH_MAX };

/* Of the largest entry: what is smaller is rounding. */
#define TOLERANCE 1e-10

struct nnls nnls_open(struct arena *arena, int n_columns) {
    ENSURE(n_columns >= 1 && n_columns <= NNLS_COLUMNS_MAX);
    return (struct nnls){.n_columns = n_columns,
                         .finite = true,
                         .rows = arena_new(arena, double, ROWS_MAX *(n_columns + 1))};
}

/* The triangle takes the first n_columns + 1 rows; zero rows behind it change nothing. */
static void fold(struct nnls *nnls) {
    size_t width = (size_t)nnls->n_columns + 1;
    size_t n = (size_t)nnls->n_kept > width ? (size_t)nnls->n_kept : width;
    double tau[WIDTH_MAX];
    gsl_matrix_view a = gsl_matrix_view_array(nnls->rows, n, width);
    gsl_vector_view t = gsl_vector_view_array(tau, width);
    gsl_linalg_QR_decomp(&a.matrix, &t.vector);
    for (size_t row = 0; row < n; row++)
        memset(nnls->rows + row * width, 0, (row < width ? row : width) * sizeof(double));
    nnls->n_kept = (int)width;
}

void nnls_add(struct nnls *nnls, const double *features, double y, double weight) {
    int width = nnls->n_columns + 1;
    if (nnls->n_kept == ROWS_MAX)
        fold(nnls);
    double *row = nnls->rows + nnls->n_kept++ * width;
    for (int c = 0; c < nnls->n_columns; c++)
        row[c] = features[c] * weight;
    row[width - 1] = y * weight;
    for (int c = 0; c < width; c++)
        nnls->finite = nnls->finite && isfinite(row[c]);
    nnls->n_rows++;
}

void nnls_add_relative(struct nnls *nnls, const double *features, double y) {
    nnls_add(nnls, features, y, 1 / y);
}

/* ---- the active set ---- */

struct active_set {
    int n;
    double r[NNLS_COLUMNS_MAX][NNLS_COLUMNS_MAX]; /* columns of unit length, or zero */
    double y[NNLS_COLUMNS_MAX];
    double length[NNLS_COLUMNS_MAX]; /* of the columns before */
    bool free[NNLS_COLUMNS_MAX];     /* may differ from zero */
    double x[NNLS_COLUMNS_MAX];
};

static struct active_set scaled(const struct nnls *nnls) {
    struct active_set s = {.n = nnls->n_columns};
    int width = s.n + 1;
    for (int c = 0; c < s.n; c++) {
        for (int row = 0; row <= c; row++)
            s.length[c] = hypot(s.length[c], nnls->rows[row * width + c]);
        for (int row = 0; row <= c && s.length[c] > 0; row++)
            s.r[row][c] = nnls->rows[row * width + c] / s.length[c];
        s.y[c] = nnls->rows[c * width + s.n];
    }
    return s;
}

/* Least squares over the free columns, the others 0. */
static void solve_free(const struct active_set *s, double *z) {
    double matrix[NNLS_COLUMNS_MAX * NNLS_COLUMNS_MAX], y[NNLS_COLUMNS_MAX];
    double tau[NNLS_COLUMNS_MAX], norm[NNLS_COLUMNS_MAX], got[NNLS_COLUMNS_MAX];
    double residual[NNLS_COLUMNS_MAX];
    size_t order[NNLS_COLUMNS_MAX], n = (size_t)s->n, n_free = 0;
    int column[NNLS_COLUMNS_MAX], sign;
    for (int c = 0; c < s->n; c++)
        if (s->free[c])
            column[n_free++] = c;
    for (size_t row = 0; row < n; row++) {
        for (size_t c = 0; c < n_free; c++)
            matrix[row * n_free + c] = s->r[row][column[c]];
        y[row] = s->y[row];
    }
    gsl_matrix_view a = gsl_matrix_view_array(matrix, n, n_free);
    gsl_vector_view t = gsl_vector_view_array(tau, n_free), b = gsl_vector_view_array(y, n);
    gsl_vector_view x = gsl_vector_view_array(got, n_free),
                    left = gsl_vector_view_array(norm, n_free);
    gsl_vector_view rest = gsl_vector_view_array(residual, n);
    gsl_permutation p = {.size = n_free, .data = order};
    gsl_linalg_QRPT_decomp(&a.matrix, &t.vector, &p, &sign, &left.vector);
    size_t rank = gsl_linalg_QRPT_rank(&a.matrix, TOLERANCE);
    gsl_linalg_QRPT_lssolve2(&a.matrix, &t.vector, &p, &b.vector, rank, &x.vector, &rest.vector);
    memset(z, 0, n * sizeof *z);
    for (size_t c = 0; c < n_free; c++)
        z[column[c]] = got[c];
}

/* How fast the sum of squares falls when x[c] grows from here. */
static void slopes(const struct active_set *s, double *out) {
    double rest[NNLS_COLUMNS_MAX];
    for (int row = 0; row < s->n; row++) {
        rest[row] = s->y[row];
        for (int c = row; c < s->n; c++)
            rest[row] -= s->r[row][c] * s->x[c];
    }
    for (int c = 0; c < s->n; c++) {
        out[c] = 0;
        for (int row = 0; row <= c; row++)
            out[c] += s->r[row][c] * rest[row];
    }
}

/* From x towards z until the first free column reaches zero and is fixed there; false when none
 * does and x = z. */
static bool step_towards(struct active_set *s, const double *z) {
    double step = 1;
    int first = -1;
    for (int c = 0; c < s->n; c++)
        if (s->free[c] && z[c] <= 0 && (first < 0 || s->x[c] / (s->x[c] - z[c]) < step)) {
            step = s->x[c] > 0 ? s->x[c] / (s->x[c] - z[c]) : 0;
            first = c;
        }
    for (int c = 0; c < s->n; c++)
        s->x[c] = s->free[c] ? s->x[c] + step * (z[c] - s->x[c]) : 0;
    for (int c = 0; c < s->n && first >= 0; c++)
        if (c == first || (s->free[c] && z[c] <= 0 && s->x[c] <= 0)) {
            s->free[c] = false;
            s->x[c] = 0;
        }
    return first >= 0;
}

/* The column by which the sum of squares falls fastest; -1 when it falls by none. */
static int best_column(const struct active_set *s, const bool *refused, double tolerance) {
    double slope[NNLS_COLUMNS_MAX];
    int best = -1;
    slopes(s, slope);
    for (int c = 0; c < s->n; c++)
        if (!s->free[c] && !refused[c] && slope[c] > tolerance &&
            (best < 0 || slope[c] > slope[best]))
            best = c;
    return best;
}

bool nnls_solve(struct nnls *nnls, double *x) {
    if (!nnls->finite)
        return false;
    fold(nnls);
    struct active_set s = scaled(nnls);
    bool refused[NNLS_COLUMNS_MAX] = {false};
    double z[NNLS_COLUMNS_MAX], size = 0;
    for (int row = 0; row < s.n; row++)
        size = hypot(size, s.y[row]);
    /* In exact arithmetic each round lowers the sum of squares, so no set of free columns comes
     * twice; the bound holds where rounding would let one. */
    for (int round = 0, c; round < 20 * s.n; round++) {
        if ((c = best_column(&s, refused, TOLERANCE * size)) < 0)
            break;
        s.free[c] = true;
        solve_free(&s, z);
        if (z[c] <= 0) { /* rounding took a column that does not help */
            s.free[c] = false;
            refused[c] = true;
            continue;
        }
        memset(refused, 0, sizeof refused);
        while (step_towards(&s, z))
            solve_free(&s, z);
    }
    for (int c = 0; c < s.n; c++)
        x[c] = s.length[c] > 0 ? s.x[c] / s.length[c] : 0;
    return true;
}
