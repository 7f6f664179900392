/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Least squares with coefficients that are not negative, over rows weighted so that relative
 * errors count: times of kernels and of whole runs span four orders of magnitude, and a coefficient
 * below zero would make some step faster than nothing.
 *
 *  Rows are folded into a triangle as they come, so that memory does not grow with them and one
 * solution costs as much for ten rows as for a million. Columns may depend on each other: the
 * residual is still the least one, its coefficients then are one choice of several. */
#ifndef HEADROOM_SIM_PERF_NNLS_H
#define HEADROOM_SIM_PERF_NNLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum { NNLS_COLUMNS_MAX = 16 };

struct nnls {
    int n_columns; /* 1 .. NNLS_COLUMNS_MAX */
    int64_t n_rows;
    bool finite; /* every number so far */
    int n_kept;  /* rows in `rows` that are not folded yet, behind the triangle */
    double *rows;
};

struct nnls nnls_open(struct arena *arena, int n_columns);

/** One row: minimise (weight * (features . x - y))^2 beside the others.
 *  @param features  [n_columns] */
void nnls_add(struct nnls *nnls, const double *features, double y, double weight);
/** A row of weight 1 / y: minimise the relative error. y > 0. */
void nnls_add_relative(struct nnls *nnls, const double *features, double y);

/** The least sum of squares with x >= 0.
 *  @param x  [n_columns] out; all 0 without rows
 *  @return false, x untouched, when a number is not finite. May be called again after more rows.
 *
 *  Lawson and Hanson, Solving Least Squares Problems (1974), chapter 23. */
bool nnls_solve(struct nnls *nnls, double *x);

#endif
