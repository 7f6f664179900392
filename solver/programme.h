/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A market's programme (docs/model.md 5.2) as the decomposition takes it. */
#ifndef HEADROOM_SOLVER_PROGRAMME_H
#define HEADROOM_SOLVER_PROGRAMME_H

#include "solver/hourly_lp.h"
#include "solver/two_stage.h"

#define PROGRAMME_TOLERANCE 2e-10

struct programme {
    struct two_stage problem;
    struct hourly_lp hourly;  /* its ways alone */
    int *way_of;              /* [problem.n_ways] index in hourly.ways; -1: hours of a reservation
                                 that no commitment covers */
    int *pool_of_amount;      /* [problem.n_amounts]; of a fixed pool none: what it holds is in its
                                 row, its money in the constant */
    int *row_of_pool;         /* [n_pools], -1: dropped */
    int n_reservations;       /* rows of reservations that commitments may cover: their hours are
                                 workloads of the problem behind the market's, served on demand or by
                                 commitments */
    int *reservation;         /* [n_reservations] the pool that stands for the row */
    int *row_of_reservation;  /* [n_reservations] covered hours are no more than held; -1: what is
                                 held is known */
    int *row_of_spot;         /* [n_machines], -1: spot is there in every slot */
    int row_of_zone, n_zones; /* of workload w and zone z: row_of_zone + w * n_zones + z; none where
                                 spot of one zone may carry as much as all spot */
    int *row_of_limit;        /* [n_limits], -1: nothing draws on it */
    int *row_of_use;          /* [n_uses], -1: no cap */
    int n_coverage;           /* couplings of the problem ahead of the market's: 0 or 1 */
};

/** `missing` times what a request costs at most is what one that nothing carries costs. Bought
 * pools that cover the same fill one row, whatever their terms. */
void programme_open(struct arena *arena, const struct market *market, double missing,
                    struct programme *out);

/** What one market's programme leaves the next that differs from it in numbers alone. Zero it. */
struct programme_memory {
    struct arena arena; /* of amount */
    struct two_stage_memory prices;
    int n_pools;
    double *amount; /* [n_pools] of the last answer */
};

void programme_forget(struct programme_memory *memory);

/** Build and solve; what does not fit is an answer (carried). hourly_lp_solve gives it in the full
 * programme's terms. */
bool programme_solve(struct arena *arena, const struct market *market,
                     const struct two_stage_options *options, struct programme *out,
                     struct two_stage_answer *answer, struct err *err);

/** The same with what earlier ones left. With market->all_pools and all_ways their shape does not
 * depend on prices. */
bool programme_solve_again(struct arena *arena, const struct market *market,
                           const struct two_stage_options *options, struct programme_memory *memory,
                           struct programme *out, struct two_stage_answer *answer, struct err *err);

/** Whether hourly_lp_solve takes the market in one piece: rows over many slots, and few ways. */
bool programme_in_one_piece(const struct market *market);

#endif
