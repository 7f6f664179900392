/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lp_solve on GLPK. What GLPK does that callers must never see:
 *
 * - A wrong call or lack of memory ends in glp_error, which aborts the process. Its hook jumps back
 *   into lp_guarded instead; the environment is then freed with every problem in it, and the text
 *   it printed becomes the message.
 * - Printing: the terminal hook swallows everything, message levels included.
 * - With presolve, "infeasible" is only in the return code (GLP_ENOPFS) while the status stays
 *   undefined: both are read.
 * - lb = ub as a double bound fails: it is a fixed bound.
 * - The environment belongs to the thread and would leak when a worker thread ends: it is freed
 *   after each solve that opened it (opening one costs microseconds). */
#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>

#include "solver/lp.h"
#include "solver/lp_live.h"

struct guard {
    jmp_buf back;
    char *said; /* [LP_SAID] */
};

static int swallow(void *info, const char *text) {
    struct guard *guard = info;
    size_t n = strcspn(text, "\n");
    /* The place in its source comes after what happened, which says more. */
    if (n > 0 && strncmp(text, "Error detected", 14) != 0) {
        n = n < LP_SAID ? n : LP_SAID - 1;
        memcpy(guard->said, text, n);
        guard->said[n] = '\0';
    }
    return 1;
}

static void jump_back(void *info) {
    struct guard *guard = info;
    longjmp(guard->back, 1);
}

bool lp_guarded(void (*body)(void *context), void *context, char said[LP_SAID]) {
    struct guard guard = {.said = said};
    said[0] = '\0';
    if (setjmp(guard.back) != 0) {
        glp_free_env();
        return false;
    }
    glp_term_hook(swallow, &guard);
    glp_error_hook(jump_back, &guard);
    body(context);
    glp_term_hook(NULL, NULL); /* the environment may outlive the guard: it must not point at it */
    glp_error_hook(NULL, NULL);
    return true;
}

static int bound_kind(double lower, double upper) {
    if (lower == upper)
        return GLP_FX;
    if (isinf(lower))
        return isinf(upper) ? GLP_FR : GLP_UP;
    return isinf(upper) ? GLP_LO : GLP_DB;
}

static double or_zero(double bound) {
    return isinf(bound) ? 0 : bound;
}

/* Rows are counted so that their bound is near 1, for the same reason as columns (lp.h). */
static double row_size(const struct lp_row *row) {
    double size = fmax(fabs(or_zero(row->lower)), fabs(or_zero(row->upper)));
    return size > 0 ? exp2(round(log2(size))) : 1;
}

static glp_prob *load(struct arena *arena, const struct lp *lp) {
    glp_prob *problem = glp_create_prob();
    glp_set_obj_dir(problem, GLP_MIN);
    if (lp->n_rows > 0)
        glp_add_rows(problem, lp->n_rows);
    if (lp->n_columns > 0)
        glp_add_cols(problem, lp->n_columns);
    for (int i = 0; i < lp->n_rows; i++) {
        const struct lp_row *row = &lp->rows[i];
        double size = row_size(row);
        glp_set_row_bnds(problem, i + 1, bound_kind(row->lower, row->upper),
                         or_zero(row->lower) / size, or_zero(row->upper) / size);
    }
    for (int j = 0; j < lp->n_columns; j++) {
        const struct lp_column *column = &lp->columns[j];
        glp_set_col_bnds(problem, j + 1, bound_kind(column->lower, column->upper),
                         or_zero(column->lower) / column->size,
                         or_zero(column->upper) / column->size);
        glp_set_obj_coef(problem, j + 1, column->cost * column->size * lp->cost_scale);
    }
    int *rows = arena_new(arena, int, lp->n_entries + 1);
    int *columns = arena_new(arena, int, lp->n_entries + 1);
    double *values = arena_new(arena, double, lp->n_entries + 1);
    for (int k = 0; k < lp->n_entries; k++) {
        const struct lp_entry *entry = &lp->entries[k];
        rows[k + 1] = entry->row + 1;
        columns[k + 1] = entry->column + 1;
        values[k + 1] =
            entry->value * lp->columns[entry->column].size / row_size(&lp->rows[entry->row]);
    }
    glp_load_matrix(problem, lp->n_entries, rows, columns, values);
    return problem;
}

static bool read_status(int code, int status, enum lp_status *out) {
    if (code == GLP_ENOPFS || (code == 0 && status == GLP_NOFEAS)) {
        *out = LP_INFEASIBLE;
        return true;
    }
    if (code == 0 && (status == GLP_OPT || status == GLP_UNBND)) {
        *out = status == GLP_OPT ? LP_OPTIMAL : LP_UNBOUNDED;
        return true;
    }
    return false;
}

/* From the most exact way to the most forgiving one. The dual simplex starts feasible for costs
 * >= 0; a programme without a dual feasible point (GLP_ENODFS: unbounded or infeasible) is told
 * apart by the later ways, which do not presolve. */
static bool simplex(glp_prob *problem, const struct lp *lp, int *code, enum lp_status *status) {
    static const struct {
        int presolve, method;
        double tolerance;
    } ways[] = {{GLP_ON, GLP_DUALP, 1e-9},
                {GLP_OFF, GLP_DUALP, 1e-8},
                {GLP_OFF, GLP_PRIMAL, 1e-7},
                {GLP_OFF, GLP_DUALP, 1e-10},
                {GLP_OFF, GLP_PRIMAL, 1e-9}};
    enum { OF_ANY = 3 };
    size_t first = lp->solvable ? OF_ANY : 0,
           last = lp->solvable ? sizeof ways / sizeof *ways : OF_ANY;
    for (size_t i = first; i < last; i++) {
        glp_smcp options;
        glp_init_smcp(&options);
        options.msg_lev = GLP_MSG_OFF;
        options.presolve = ways[i].presolve;
        options.meth = ways[i].method;
        if (lp->pivots_max > 0)
            options.it_lim = lp->pivots_max;
        options.tol_bnd = options.tol_dj = ways[i].tolerance;
        if (ways[i].presolve == GLP_OFF) {
            glp_scale_prob(problem, GLP_SF_AUTO);
            glp_std_basis(problem);
        }
        *code = glp_simplex(problem, &options);
        if (read_status(*code, glp_get_status(problem), status) &&
            (!lp->solvable || *status == LP_OPTIMAL))
            return true;
    }
    return false;
}

static void extract(struct arena *arena, const struct lp *lp, glp_prob *problem,
                    struct lp_solution *out) {
    double *primal = arena_new(arena, double, lp->n_columns);
    double *reduced = arena_new(arena, double, lp->n_columns);
    double *dual = arena_new(arena, double, lp->n_rows);
    for (int j = 0; j < lp->n_columns; j++) {
        primal[j] = glp_get_col_prim(problem, j + 1) * lp->columns[j].size;
        reduced[j] = glp_get_col_dual(problem, j + 1) / (lp->columns[j].size * lp->cost_scale);
    }
    for (int i = 0; i < lp->n_rows; i++)
        dual[i] = glp_get_row_dual(problem, i + 1) / (row_size(&lp->rows[i]) * lp->cost_scale);
    out->objective = glp_get_obj_val(problem) / lp->cost_scale;
    out->primal = primal;
    out->reduced = reduced;
    out->dual = dual;
}

struct call {
    struct arena *arena;
    const struct lp *lp;
    struct lp_solution solution;
    bool solved;
    int code;
};

static void solve(void *context) {
    struct call *call = context;
    glp_prob *problem = load(call->arena, call->lp);
    call->solved = simplex(problem, call->lp, &call->code, &call->solution.status);
    if (call->solved && call->solution.status == LP_OPTIMAL)
        extract(call->arena, call->lp, problem, &call->solution);
    glp_delete_prob(problem);
}

bool lp_solve(struct arena *arena, const struct lp *lp, struct lp_solution *out, struct err *err) {
    if (!lp_check(arena, lp, err))
        return false;
    struct call call = {.arena = arena, .lp = lp, .solution = {.status = LP_INFEASIBLE}};
    char said[LP_SAID];
    bool ours = lp_thread_open(); /* else the thread has problems of its own in it */
    bool finished = lp_guarded(solve, &call, said);
    if (ours)
        glp_free_env();
    if (!finished)
        return err_set(err, ERR_BUG, "linear programme '%s': the solver stopped: %s", lp->name,
                       said);
    if (!call.solved)
        return err_set(err, ERR_BUG,
                       "linear programme '%s' (%d rows, %d columns): no answer, solver code %d",
                       lp->name, lp->n_rows, lp->n_columns, call.code);
    *out = call.solution;
    return true;
}

/* --- programmes that stay (lp_live.h) --- */

static glp_prob *problem_of(const struct lp_live *live) {
    return (glp_prob *)live;
}

bool lp_thread_open(void) {
    return glp_init_env() == 0;
}

void lp_thread_close(void) {
    glp_free_env();
}

struct lp_live *lp_live_open(int n_rows, int n_columns) {
    glp_prob *problem = glp_create_prob();
    if (n_rows > 0)
        glp_add_rows(problem, n_rows);
    if (n_columns > 0)
        glp_add_cols(problem, n_columns);
    return (struct lp_live *)problem;
}

void lp_live_close(struct lp_live *live) {
    glp_delete_prob(problem_of(live));
}

void lp_live_load(struct lp_live *live, int n, const int *rows, const int *columns,
                  const double *values) {
    glp_load_matrix(problem_of(live), n, rows, columns, values);
}

void lp_live_cost(struct lp_live *live, int column, double cost) {
    glp_set_obj_coef(problem_of(live), column, cost);
}

void lp_live_column(struct lp_live *live, int column, double lower, double upper) {
    glp_set_col_bnds(problem_of(live), column, bound_kind(lower, upper), or_zero(lower),
                     or_zero(upper));
}

void lp_live_row(struct lp_live *live, int row, double lower, double upper) {
    glp_set_row_bnds(problem_of(live), row, bound_kind(lower, upper), or_zero(lower),
                     or_zero(upper));
}

void lp_live_add_row(struct lp_live *live, int n, const int *columns, const double *values,
                     double lower, double upper) {
    int row = glp_add_rows(problem_of(live), 1);
    glp_set_mat_row(problem_of(live), row, n, columns, values);
    lp_live_row(live, row, lower, upper);
}

void lp_live_drop_rows(struct lp_live *live, int n, const int *rows) {
    glp_del_rows(problem_of(live), n, rows);
}

int lp_live_n_rows(const struct lp_live *live) {
    return glp_get_num_rows(problem_of(live));
}

bool lp_live_solve(struct lp_live *live, double tolerance, int pivots_max) {
    glp_prob *problem = problem_of(live);
    glp_smcp options;
    glp_init_smcp(&options);
    options.msg_lev = GLP_MSG_OFF;
    options.it_lim = pivots_max;
    for (int attempt = 0; attempt < 3; attempt++) {
        options.meth = attempt < 2 ? GLP_DUALP : GLP_PRIMAL;
        options.tol_bnd = options.tol_dj = attempt < 2 ? tolerance : 100 * tolerance;
        if (attempt > 0)
            glp_std_basis(problem);
        if (glp_simplex(problem, &options) == 0 && glp_get_status(problem) == GLP_OPT)
            return true;
    }
    return false;
}

void lp_live_get_basis(const struct lp_live *live, unsigned char *stats) {
    glp_prob *problem = problem_of(live);
    int n_rows = glp_get_num_rows(problem), n_columns = glp_get_num_cols(problem);
    for (int r = 1; r <= n_rows; r++)
        stats[r - 1] = (unsigned char)glp_get_row_stat(problem, r);
    for (int c = 1; c <= n_columns; c++)
        stats[n_rows + c - 1] = (unsigned char)glp_get_col_stat(problem, c);
}

void lp_live_set_basis(struct lp_live *live, const unsigned char *stats) {
    glp_prob *problem = problem_of(live);
    int n_rows = glp_get_num_rows(problem), n_columns = glp_get_num_cols(problem);
    for (int r = 1; r <= n_rows; r++)
        glp_set_row_stat(problem, r, stats[r - 1]);
    for (int c = 1; c <= n_columns; c++)
        glp_set_col_stat(problem, c, stats[n_rows + c - 1]);
}

void lp_live_forget_basis(struct lp_live *live) {
    glp_std_basis(problem_of(live));
}

bool lp_live_factorize(struct lp_live *live) {
    return glp_factorize(problem_of(live)) == 0;
}

bool lp_live_fits(struct lp_live *live) {
    return glp_warm_up(problem_of(live)) == 0 && glp_get_status(problem_of(live)) == GLP_OPT;
}

bool lp_live_within(const struct lp_live *live, double tolerance) {
    glp_prob *problem = problem_of(live);
    int n_rows = glp_get_num_rows(problem), n_columns = glp_get_num_cols(problem);
    for (int r = 1; r <= n_rows; r++) {
        double value = glp_get_row_prim(problem, r); /* without a bound it is +-DBL_MAX */
        if (value < glp_get_row_lb(problem, r) - tolerance ||
            value > glp_get_row_ub(problem, r) + tolerance)
            return false;
    }
    for (int c = 1; c <= n_columns; c++) {
        double value = glp_get_col_prim(problem, c);
        if (value < glp_get_col_lb(problem, c) - tolerance ||
            value > glp_get_col_ub(problem, c) + tolerance)
            return false;
    }
    return true;
}

double lp_live_objective(const struct lp_live *live) {
    return glp_get_obj_val(problem_of(live));
}

double lp_live_primal(const struct lp_live *live, int column) {
    return glp_get_col_prim(problem_of(live), column);
}

double lp_live_dual(const struct lp_live *live, int row) {
    return glp_get_row_dual(problem_of(live), row);
}

const char *lp_solver_name(void) {
    return "GLPK " /* the version of the header it was built against */
#define LP_TEXT(x) #x
#define LP_VERSION(major, minor) LP_TEXT(major) "." LP_TEXT(minor)
        LP_VERSION(GLP_MAJOR_VERSION, GLP_MINOR_VERSION);
}
