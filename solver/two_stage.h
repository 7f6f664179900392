/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The programme of docs/model.md 5.2 by decomposition: amounts bought first, one small programme a
 * slot second. Same optimum as the full linear programme, in seconds where that takes hours.
 *
 *      min  constant + Sum_p cost_p y_p + Sum_s share_s Sum_j cost_js x_js
 *      demand  w, s :  Sum_{j of w} rate_j x_js (+ not carried) >= d_ws
 *      spot    w, s :  Sum_{j of w, spot} rate_j x_js <= spot_share_w d_ws
 *      row     r, s :  Sum_j draw_rj x_js <= fixed_rs + Sum_{p of r} open_ps y_p   (p: 1 or 2 rows)
 *      limit   i    :  Sum_p limit_use_ip y_p <= limit_bound_i
 *      coupling k   :  Sum_p coupling_use_kp y_p + Sum_s share_s Sum_j coupling_jks x_js <= bound_k
 *      x >= 0, 0 <= y_p <= upper_p
 *
 *  For given prices rho_r >= 0 of a slot's rows, the rest of its dual is a minimum over ways: each
 * vector of such prices, found in one slot, is a lower bound of every slot (docs/model.md 5.2).
 * Those vectors are the pool; the first stage is solved on it, and the slots' own programmes (GLPK)
 * add vectors where the pool says too little. Rows that couple slots are priced by lambda.
 *
 *  Lower and upper bounds of an answer are computed by two_stage_check.c from its prices and its
 * amounts alone: no tolerance of a solver enters them.
 * docs/decisions/0014-amounts-first-hours-second.md */
#ifndef HEADROOM_SOLVER_TWO_STAGE_H
#define HEADROOM_SOLVER_TWO_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/** What a unit of a way takes of a row, > 0. */
struct two_stage_draw {
    int row;
    double amount;
};

struct two_stage_way {
    int workload;
    bool spot;
    double rate; /* requests/s of one unit, > 0 */
    int first_draw, n_draws;
};

struct two_stage_amount {
    double cost;  /* USD/h per unit, a mean over the horizon, >= 0 */
    double upper; /* finite: more than this is never of use */
    int row;      /* that it fills */
    int also;     /* 1 + another one that it fills as much; 0: none */
};

static inline bool two_stage_fills(const struct two_stage_amount *amount, int row) {
    return amount->row == row || amount->also == row + 1;
}

/** Of a unit at these prices of rows. */
static inline double two_stage_worth(const struct two_stage_amount *amount, const double *rho) {
    return rho[amount->row] + (amount->also > 0 ? rho[amount->also - 1] : 0);
}

/** What slots of the same kind have in common. */
struct two_stage_class {
    const double *cost;     /* [n_ways] USD/h per unit, >= 0 */
    const double *open;     /* [n_amounts] share of a unit that fills its row, 0..1 */
    const bool *active;     /* [n_workloads] false: no demand, and nothing of it may run */
    const double *coupling; /* [n_couplings * n_ways] index k * n_ways + way, per unit */
};

struct two_stage {
    int n_workloads, n_slots, n_ways, n_draws, n_rows, n_amounts, n_classes, n_limits, n_couplings;
    const struct two_stage_way *ways;
    const struct two_stage_draw *draws;
    const struct two_stage_amount *amounts;
    const struct two_stage_class *classes;
    const int *class_of_slot;   /* [n_slots] */
    const double *share;        /* [n_slots] > 0 */
    const double *demand;       /* [n_workloads * n_slots] index workload * n_slots + slot */
    const double *fixed;        /* [n_rows * n_slots] index row * n_slots + slot */
    const double *spot_share;   /* [n_workloads] 0..1 */
    const double *missing_usd;  /* [n_workloads] USD/h per request/s that nothing carries; INFINITY:
                                   the workload has a way that draws on no row */
    const double *limit_use;    /* [n_limits * n_amounts] >= 0 */
    const double *limit_bound;  /* [n_limits] >= 0 */
    const double *coupling_use; /* [n_couplings * n_amounts] */
    const double *coupling_bound; /* [n_couplings] */
    double constant;              /* USD/h, of any sign */
};

/** What solving one programme teaches the next that differs from it in numbers alone: vectors of
 * prices, the bases they came from, and those that say most in each slot. Zero it before the first;
 * a programme of another shape (ways, rows or slots) fills it anew. */
struct two_stage_memory {
    struct arena arena; /* holds everything below */
    uint64_t shape;
    int n_vertices, n_couplings;
    const double *rho;          /* [n_vertices * n_rows] */
    const unsigned char *basis; /* [n_vertices * (rows + columns of a slot)] */
    const bool *has_basis;      /* [n_vertices] */
    const int *first;           /* [n_slots + 1] index in `listed` */
    const int *listed;          /* vectors of each slot */
    const unsigned char *ended; /* [n_slots * (rows + columns of a slot)] the bases slots ended
                                   with */
    const bool *has_ended;      /* [n_slots] */
    const double *coupling_price;
};

void two_stage_forget(struct two_stage_memory *memory);

struct two_stage_options {
    double tolerance;                /* stop when (upper - lower) <= tolerance * upper */
    int n_threads;                   /* >= 1; the answer does not depend on it */
    const volatile int *stop;        /* NULL, or set from outside: the best so far, incomplete */
    struct two_stage_memory *memory; /* NULL, or what earlier solves left; takes what this one
                                        finds. The bounds of an answer do not depend on it */
    const double *start; /* NULL, or [n_amounts] where to begin; read with a memory that fits */
};

/** Ways in use in a slot, with their amounts. */
struct two_stage_use {
    int way;
    double amount;
};

struct two_stage_answer {
    bool carried;             /* false: in some slot demand is not carried, by missing[] */
    bool incomplete;          /* stopped, or ended short of the tolerance */
    double lower, upper, gap; /* USD/h, constant included; gap = (upper - lower) / upper */
    const double *amount;     /* [n_amounts] */
    const int *first_use;     /* [n_slots + 1] */
    const struct two_stage_use *uses;
    const double *slot_usd;   /* [n_slots] of what runs, USD/h */
    const double *missing;    /* [n_workloads * n_slots] requests/s not carried */
    const double *slot_price; /* [n_slots * n_rows] of the slot's own optimum at these amounts */
    /* The proof of `lower`: */
    const double *row_price;      /* [n_slots * n_rows] index slot * n_rows + row, USD/h per unit */
    const double *limit_price;    /* [n_limits] USD/h per unit */
    const double *coupling_price; /* [n_couplings] */
    /* What it took: */
    long n_rounds, n_blocks, n_vertices, n_prices; /* n_blocks: slots looked at */
    long n_searched; /* of these, where the simplex had to look for a basis */
};

/** @return false, *err set, for numbers that are not finite, negative where they may not be or out
 * of order (ERR_INPUT), and when GLPK gives up or aborts (ERR_BUG); the process stays usable. */
bool two_stage_solve(struct arena *arena, const struct two_stage *problem,
                     const struct two_stage_options *options, struct two_stage_answer *out,
                     struct err *err);

/** Lower bound from prices alone: row_price, limit_price, coupling_price of an answer, or any
 * others. Negative prices count as zero, and prices that leave a way below its cost are raised. */
double two_stage_lower(const struct two_stage *problem, const double *row_price,
                       const double *limit_price, const double *coupling_price);

/** What the amounts and uses of an answer cost, demand that they leave out at missing_usd included.
 * *broken: by how much the worst row is exceeded, relative to what it holds. */
double two_stage_upper(const struct two_stage *problem, const struct two_stage_answer *answer,
                       double *broken);

/** Every number in range and every index in bounds. */
bool two_stage_check(const struct two_stage *problem, struct err *err);

#endif
