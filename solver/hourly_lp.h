/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The programme: which way carries which request in each slot, and what is committed to, at the
 * least mean cost per hour (docs/model.md section 5).
 *
 *      min  sum_p rate_p held_p y_p  +  sum_s share_s sum_j cost_j x_js
 *      demand    w, s :  sum_j a_j x_js >= d_ws                      (requests/s of each workload)
 *      spot      w, s :  sum_{j spot} a_j x_js <= sigma d_ws         (a_j of spot is derated)
 *      zone   z, w, s :  sum_{j spot in z} a_j x_js <= theta d_ws    (spread evenly: its part)
 *      pool      p, s :  sum_j use_pj x_js <= y_p                    (owned: what is held and
 * active) quota     l, s :  sum_j vcpu_j x_js <= L_l
 *      supply    t, s :  sum_{j of type t, not in held capacity} x_js <= what can be had of t
 *      coverage       :  sum_s share_s (covered by
 * bought - kappa regular, at on-demand USD) <= 0 upfront        :  sum_p upfront_p y_p <= U
 *      coupling  c    :  sum_p unit_cp y_p + sum_s hours_cs sum_j weight_cj x_js <= B_c - fixed_c
 *
 *  A way j is: a machine on demand, on spot in one zone or spread over them, or covered by a pool
 * (x counts instances), or a function or token API (x counts requests), a function's duration
 * perhaps covered by a pool.
 *
 *  hourly_lp_build makes it one linear programme, for other solvers and for explaining what does
 * not fit; hourly_lp_solve takes it apart (two_stage.h).
 *
 *  Ways and pools that another one beats in every row they appear in are dropped before building.
 * This is exact: any solution can be moved to the better one, and all rows stay satisfied. */
#ifndef HEADROOM_SOLVER_HOURLY_LP_H
#define HEADROOM_SOLVER_HOURLY_LP_H

#include "solver/lp.h"
#include "solver/market.h"

/** WAY_REFUND carries nothing: a commitment covers hours of a reservation of capacity, which is
 * paid on demand by its pool. */
enum way_kind { WAY_ON_DEMAND, WAY_SPOT, WAY_POOL, WAY_USE, WAY_REFUND };

struct way {
    enum way_kind kind;
    int workload, machine, use, pool; /* -1 where it does not apply */
    int reservation;                  /* WAY_REFUND: its pool; else -1 */
    double cost;                      /* USD/h per unit of x; of spot the mean of its hours; of
                                         WAY_REFUND below 0 */
    double extra;                     /* USD/h per unit of x beside it, for its carbon */
    double rate; /* requests/s per unit of x that is left after the loss of a zone, spot derated */
    bool dropped;
};

/** What to relax to explain why nothing fits. Zero: the programme itself. */
enum relaxation { RELAX_NOTHING, RELAX_DEMAND, RELAX_ROWS, RELAX_COUPLING };

/** Rows that may give way together, at 1 for each time their limit again; the policy's for
 * nothing. */
struct relaxed_rows {
    bool on_demand, spot, upfront, coverage;
    bool *limits; /* [n_limits] */
    bool *uses;   /* [n_uses] */
};

struct hourly_lp {
    struct lp lp;
    const struct market *market;
    enum relaxation relaxation;
    int relaxed;                     /* RELAX_COUPLING: its index */
    const struct relaxed_rows *rows; /* RELAX_ROWS */
    int *limit_extra, *use_extra; /* [n_limits], [n_uses] how much more is needed; -1: not asked */
    int n_ways;
    struct way *ways;
    bool *pool_dropped;            /* [n_pools] */
    double *unit;                  /* [n_workloads] requests/s that scale the workload's rows */
    int *amount_column;            /* [n_pools], -1: owned or dropped */
    int *way_column;               /* [n_slots * n_ways] index slot * n_ways + way, -1 */
    int *pool_row;                 /* [n_slots * n_pools], -1 */
    int *missing_column;           /* RELAX_DEMAND: [n_slots * n_workloads], -1: no demand */
    int extra_column;              /* RELAX_COUPLING: how much more is needed */
    int fixed_column;              /* what is paid whatever runs */
    int coverage_row, upfront_row; /* -1 */
    int *coupling_row;             /* [n_couplings] */
    bool incomplete;               /* stopped before the optimum was proven */
};

/** @param relaxed  RELAX_COUPLING: that row, and with it all that share its limit (market.h) */
void hourly_lp_build(struct arena *arena, const struct market *market, enum relaxation relaxation,
                     int relaxed, struct hourly_lp *out);

/** The elastic programme: least growth of the rows in the set. */
void hourly_lp_build_elastic(struct arena *arena, const struct market *market,
                             const struct relaxed_rows *rows, struct hourly_lp *out);

/** What the programme may use, without its rows and columns: ways, unit and pool_dropped alone. */
void hourly_lp_ways(struct arena *arena, const struct market *market, struct hourly_lp *out);

/** The supply (market.h) that a unit of the way takes one instance of; -1: none. */
int hourly_lp_supply(const struct market *market, const struct way *way);

/** Requests/s of a unit of the way that spot in a zone carries. */
double hourly_lp_rate_in_zone(const struct market *market, const struct way *way, int zone);

/** Whether a slot has the way: what pays for it is held there, what it carries is asked for. */
bool hourly_lp_way_in_slot(const struct market *market, const struct way *way, int slot);

/** What a unit of a way that a pool covers draws from it. */
double hourly_lp_draw(const struct market *market, const struct way *way);

/** What a unit of the way counts in the coverage row, and in a row over many hours. */
double hourly_lp_coverage_weight(const struct market *market, const struct way *way);
double hourly_lp_coupling_weight(const struct market *market, const struct coupling *coupling,
                                 const struct way *way, int slot);

/** USD/h of a unit in a slot, with its carbon, and whether it can be used there: spot changes by
 * the hour. A unit on spot is an instance that runs. */
double hourly_lp_way_price(const struct market *market, const struct way *way, int slot);
bool hourly_lp_way_open(const struct market *market, const struct way *way, int slot);

/** Solve by decomposition (programme.h): ways, the maps of columns and rows, and the solution as if
 * the programme had been built; objective is the proven lower bound. `lp` holds sizes alone, and a
 * way that does not run in a slot has no column. Pools that cover the same share the ways of the
 * first of them. */
bool hourly_lp_solve(struct arena *arena, const struct market *market, struct hourly_lp *out,
                     struct lp_solution *solution, struct err *err);

/** Build and solve in one piece: minutes where there are many slots; the tests' oracle. Quotas,
 * coverage and upfront limits couple what could otherwise be dropped, and most do not bind: they
 * are left out first and added, all that are broken at a time, until the optimum breaks none; that
 * optimum is the programme's. out->market is then the market without the limits that were never
 * needed. */
bool hourly_lp_solve_full(struct arena *arena, const struct market *market, struct hourly_lp *out,
                          struct lp_solution *solution, struct err *err);

/** Cost of each planning hour in a solution, commitments per hour and priced carbon included.
 *  @param hour_usd  [n_hours] out */
void hourly_lp_hours(const struct hourly_lp *hourly, const struct lp_solution *solution,
                     double *hour_usd);

/** What one unit more of a coupling's limit would save, mean USD per hour a unit, >= 0. */
double hourly_lp_coupling_price(const struct hourly_lp *hourly, const struct lp_solution *solution,
                                int coupling);

/** Pool p is never worth holding when q is for sale: every instance hour that p covers is covered
 * as well and no dearer by q, on the same machine type, in steps as fine. Exact for whole instances
 * too (the programme also drops across types and steps). Fills dropped[n_pools]. */
void pools_drop_dominated(const struct market *market, bool across_types, bool *dropped);

#endif
