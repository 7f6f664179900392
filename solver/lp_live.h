/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A linear programme that stays in the solver and is solved again as bounds, costs and rows
 * change: what the decomposition needs a thousand times a second. For all else lp.h is simpler and
 * safer.
 *
 *  Rows and columns are counted from 1. Nothing is checked here: every call must be made inside
 * lp_guarded, which catches what the solver would abort on, and belongs to the thread that opened
 * the programme. Always a minimum. Implemented in lp_glpk.c alone. */
#ifndef HEADROOM_SOLVER_LP_LIVE_H
#define HEADROOM_SOLVER_LP_LIVE_H

#include <stdbool.h>

enum { LP_SAID = 200 };

struct lp_live;

/** Run body(context). false: the solver stopped; said is its last line, and every programme of this
 * thread is gone. Between the call and its end nothing may be owned but arena memory. Does not
 * nest. */
bool lp_guarded(void (*body)(void *context), void *context, char said[LP_SAID]);

/** The solver's memory belongs to the thread. true: this call opened it, and lp_thread_close must
 * follow before the thread ends; false: it was open. Closing frees every programme in it. */
bool lp_thread_open(void);
void lp_thread_close(void);

struct lp_live *lp_live_open(int n_rows, int n_columns);
void lp_live_close(struct lp_live *live);
/** All coefficients at once, [1..n] each. */
void lp_live_load(struct lp_live *live, int n, const int *rows, const int *columns,
                  const double *values);
void lp_live_cost(struct lp_live *live, int column, double cost);
/** Bounds; -INFINITY and INFINITY: none. */
void lp_live_column(struct lp_live *live, int column, double lower, double upper);
void lp_live_row(struct lp_live *live, int row, double lower, double upper);
/** A new last row of n coefficients, [1..n]. */
void lp_live_add_row(struct lp_live *live, int n, const int *columns, const double *values,
                     double lower, double upper);
void lp_live_drop_rows(struct lp_live *live, int n, const int *rows);
int lp_live_n_rows(const struct lp_live *live);

/** From the basis that is set, by the dual simplex; then from scratch; then with more tolerance.
 * false: no optimum found in pivots_max pivots. */
bool lp_live_solve(struct lp_live *live, double tolerance, int pivots_max);

/** One byte a row, then a column. */
void lp_live_get_basis(const struct lp_live *live, unsigned char *stats);
void lp_live_set_basis(struct lp_live *live, const unsigned char *stats);
void lp_live_forget_basis(struct lp_live *live);
bool lp_live_factorize(struct lp_live *live);
/** Whether the basis that is factorized looks optimal under the bounds as they are now: the solver
 * says so up to about 1e-5. The values below are then those of the basis. */
bool lp_live_fits(struct lp_live *live);
/** Whether rows and columns are inside their bounds by these values, up to a tolerance. */
bool lp_live_within(const struct lp_live *live, double tolerance);

double lp_live_objective(const struct lp_live *live);
double lp_live_primal(const struct lp_live *live, int column);
double lp_live_dual(const struct lp_live *live, int row);

#endif
