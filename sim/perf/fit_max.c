/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/perf/fit_max.h"

#include <math.h>

#include "sim/perf/nnls.h"

enum { KNEES_MAX = 64, MOVES_MAX = 20 };

static double dot(const double *a, const double *b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

double max_fit_value(const struct max_fit *fit, const struct max_row *row) {
    return fmax(dot(fit->left, row->left, fit->n_left), dot(fit->right, row->right, fit->n_right));
}

static double squares(const struct max_fit *fit, const struct max_row *rows, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double error = max_fit_value(fit, &rows[i]) / rows[i].y - 1;
        sum += error * error;
    }
    return sum;
}

/* Each row to its side, each side by itself. */
static bool fit_sides(struct arena *scratch, const struct max_row *rows, int n,
                      const unsigned char *on_right, struct max_fit *fit) {
    struct arena_mark mark = arena_mark(scratch);
    struct nnls left = nnls_open(scratch, fit->n_left), right = nnls_open(scratch, fit->n_right);
    for (int i = 0; i < n; i++) {
        if (on_right[i])
            nnls_add_relative(&right, rows[i].right, rows[i].y);
        else
            nnls_add_relative(&left, rows[i].left, rows[i].y);
    }
    bool ok = nnls_solve(&left, fit->left) && nnls_solve(&right, fit->right);
    arena_rewind(scratch, mark);
    return ok;
}

/* To the side that is larger; false when no row moved. */
static bool move_rows(const struct max_fit *fit, const struct max_row *rows, int n,
                      unsigned char *on_right) {
    bool moved = false;
    for (int i = 0; i < n; i++) {
        unsigned char right = dot(fit->right, rows[i].right, fit->n_right) >
                              dot(fit->left, rows[i].left, fit->n_left);
        moved = moved || right != on_right[i];
        on_right[i] = right;
    }
    return moved;
}

static void keep_better(struct max_fit *best, double *least, const struct max_fit *fit,
                        const struct max_row *rows, int n) {
    double sum = squares(fit, rows, n);
    if (sum < *least) {
        *least = sum;
        *best = *fit;
    }
}

bool fit_max(struct arena *scratch, const struct max_row *rows, int n, struct max_fit *fit) {
    struct arena_mark mark = arena_mark(scratch);
    unsigned char *on_right = arena_new(scratch, unsigned char, n);
    int n_knees = n < KNEES_MAX ? n : KNEES_MAX;
    struct max_fit best = *fit, trial = *fit;
    double least = INFINITY;
    bool ok = true;
    for (int k = 0; k <= n_knees && ok; k++) {
        int knee = (int)((int64_t)n * k / n_knees);
        for (int i = 0; i < n; i++)
            on_right[i] = i >= knee;
        if ((ok = fit_sides(scratch, rows, n, on_right, &trial)))
            keep_better(&best, &least, &trial, rows, n);
    }
    trial = best;
    for (int move = 0; move < MOVES_MAX && ok && move_rows(&trial, rows, n, on_right); move++)
        if ((ok = fit_sides(scratch, rows, n, on_right, &trial)))
            keep_better(&best, &least, &trial, rows, n);
    arena_rewind(scratch, mark);
    if (ok)
        *fit = best;
    return ok && isfinite(least);
}
