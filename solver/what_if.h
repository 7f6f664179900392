/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The programme solved again with something of the market changed.
 *
 *  A what-if is a copy of a market whose tables may be written to (prices, rates, limits, fixed
 * amounts, the policy) before it is solved. Its answer is the programme's optimum: fractions of
 * instances, so that differences of two answers are not moved by whole counts.
 *
 *  What one what-if finds is where the next begins: those of one market share a memory. What an
 * answer uses is a mix within the tolerance, in which something that costs as much as another may
 * appear: whether an option pays is told by money, two solves apart, and not by its amount. */
#ifndef HEADROOM_SOLVER_WHAT_IF_H
#define HEADROOM_SOLVER_WHAT_IF_H

#include "solver/programme.h"

struct what_if {
    struct market market; /* machines, goods, uses, pools and limits are its own */
    struct plan_input in; /* market.in: policy and what is allowed are its own */
    struct programme_memory *memory;
};

/** Mean over the horizon of what the optimum uses. */
struct what_if_answer {
    bool feasible;            /* else nothing below is set */
    double usd_per_hour;      /* proven: no plan costs less. Owned commitments included */
    double uses_usd_per_hour; /* what the uses below cost: >= usd_per_hour, nearly the same */
    double *amount;           /* [n_pools] bought; 0 for owned */
    double *on_demand;        /* [n_machines] instances without a commitment */
    double *spot;             /* [n_machines] instances */
    double *use;              /* [n_uses] requests/s */
};

/** The programme and the answer of a what-if, for whoever reads its prices. */
struct what_if_base {
    bool known;           /* false: solved in one piece, or nothing fits; the rest is not set */
    struct market market; /* as it was solved */
    struct programme programme;
    struct two_stage_answer answer;
};

/** @param memory  of the what-ifs of this market, which outlives them; zeroed before the first,
 * programme_forget after the last */
void what_if_open(struct arena *arena, const struct market *market, struct programme_memory *memory,
                  struct what_if *out);

/** A machine's offer becomes a good of its own, whose prices no other machine shares.
 *  @return its index */
int what_if_own_good(struct arena *arena, struct what_if *what_if, int machine);

/** @return false, *err set, when the solver fails; nothing fits is an answer */
bool what_if_solve(struct arena *arena, const struct what_if *what_if, struct what_if_answer *out,
                   struct err *err);

/** The same, and what it was solved by: in the arena, and for as long as the what-if is as it is.
 */
bool what_if_solve_base(struct arena *arena, const struct what_if *what_if,
                        struct what_if_base *base, struct what_if_answer *out, struct err *err);

#endif
