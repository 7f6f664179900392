/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A linear programme with named rows and columns: build, check, solve, write.
 *
 *  The model is plain arrays in an arena; the solver behind it (GLPK, in lp_glpk.c alone) sees it
 * only inside lp_solve, which opens and closes everything foreign, so nothing outlives the call and
 * every thread may solve at the same time. Always a minimum.
 *
 *  Checked before the solver sees anything: names (unique names are the caller's care), bounds in
 * order, every number finite and at most LP_MAGNITUDE_MAX, no coefficient given twice. GLPK takes
 * NaN for a number and aborts the process on a coefficient given twice, so this is not optional.
 * The first mistake is kept in the model and reported by lp_solve and lp_write. */
#ifndef HEADROOM_SOLVER_LP_H
#define HEADROOM_SOLVER_LP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#define LP_MAGNITUDE_MAX 1e15

struct lp_row {
    const char *name;
    double lower, upper; /* -INFINITY and INFINITY: none */
};

struct lp_column {
    const char *name;
    double cost, lower, upper;
    double size; /* a power of two: the solver counts the column in units of it */
};

struct lp_entry {
    int row, column;
    double value;
};

struct lp {
    struct arena *arena;
    const char *name;
    const char *note;  /* lines that stand above the written model; NULL: none */
    double cost_scale; /* > 0, default 1: the solver works on costs times this, so that its absolute
                          tolerances fit; every number in and out is unscaled */
    int pivots_max;    /* of each way to solve it that is tried; 0: any number */
    bool solvable;     /* known to have an optimum: not presolved, and a way that finds none is not
                          believed */
    int n_rows, n_columns, n_entries;
    int rows_size, columns_size, entries_size;
    struct lp_row *rows;
    struct lp_column *columns;
    struct lp_entry *entries;
    struct err mistake; /* kind ERR_NONE: none so far */
};

enum lp_status { LP_OPTIMAL, LP_INFEASIBLE, LP_UNBOUNDED };

struct lp_solution {
    enum lp_status status;
    double objective;      /* optimal only, as everything below */
    const double *primal;  /* [n_columns] */
    const double *dual;    /* [n_rows] change of the objective per unit of the binding bound */
    const double *reduced; /* [n_columns] reduced costs */
};

void lp_open(struct lp *lp, struct arena *arena, const char *name);

/** Names are printf formats; blanks and signs that the LP format forbids become '_'. The index of
 * the new row or column. */
int lp_add_row(struct lp *lp, double lower, double upper, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int lp_add_column(struct lp *lp, double cost, double lower, double upper, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** The size that a column's value is likely to have, > 0; 1 unless told. The solver's tolerances
 * are absolute (its presolver takes a bound below 1e-3 for zero), so values far from 1 need this.
 * Rounded to a power of two, so that no number in or out is changed by it. */
void lp_expect_size(struct lp *lp, int column, double size);

/** One coefficient; zeros are dropped. */
void lp_set(struct lp *lp, int row, int column, double value);

/** @return false, *err set, for a mistake in the model (ERR_BUG: callers check what users give) or
 * when the solver gives up; infeasible and unbounded are answers. */
bool lp_solve(struct arena *arena, const struct lp *lp, struct lp_solution *out, struct err *err);

/** CPLEX-LP text with every name; a row with two bounds is written as two rows, name_lo and
 * name_hi. */
bool lp_write(const struct lp *lp, struct text *out, struct err *err);

/** No coefficient twice, no sticky mistake; called by lp_solve and lp_write. */
bool lp_check(struct arena *arena, const struct lp *lp, struct err *err);

/** The solver's name and version, for provenance. */
const char *lp_solver_name(void);

#endif
