/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of the decomposition, for two_stage*.c alone: the pool of price vectors, the slots'
 * programmes, the first stage. */
#ifndef HEADROOM_SOLVER_TWO_STAGE_ENGINE_H
#define HEADROOM_SOLVER_TWO_STAGE_ENGINE_H

#include "solver/lp_live.h"
#include "solver/two_stage.h"

enum { LIST_MAX = 24, CHUNK = 96, RECENT_MAX = 40 };

/** A price vector for the rows of a slot and the basis it came from. */
struct vertex {
    const double *rho;          /* [n_rows] */
    const unsigned char *basis; /* [n_stats] */
    uint64_t hash;
};

/** The slots that are looked at, by class: all, or a sample with the weight of the others. Arrays
 * over slots are indexed by position 0..n-1. */
struct stage {
    struct arena arena;
    int n;
    int *slot, *class_first;        /* [n], [n_classes + 1] */
    int *class_of;                  /* [n] */
    double *share, *demand, *fixed; /* as in the problem, over positions; fixed [n_fixed * n] */
    double *side;  /* [n * (n_workloads + n_fixed)] demand and fixed of each slot, side by side:
                      slots are solved in an order of their own */
    int *listed;   /* [n * LIST_MAX] vertices of each slot's list */
    double *base;  /* [n * LIST_MAX] value of the vertex in this slot before the
                      amounts' share is taken off */
    double *worth; /* [n * LIST_MAX] value at the last amounts that were visited */
    int *n_list;   /* [n] */
    double *low;   /* [n] least value in a full list there, else -INFINITY */
    double *value; /* [n] of the pool at the last amounts */
    int *best;     /* [n] the vertex that says so */
    int *pinned;   /* [n] vertex of the best amounts so far: stays in the list */
    unsigned char *basis; /* [n * n_stats] */
    bool *has_basis;      /* [n] */
    double *exact;        /* [n] */
    double *price;        /* [n * n_rows] */
};

/** The model of a slot as GLPK wants it: the same for all but bounds and costs. */
struct block_shape {
    int n_rows, n_columns, n_stats, n_entries;
    int *spot_row;       /* [n_workloads] 0: none */
    int *missing_column; /* [n_workloads] 0: none */
    int first_row;       /* of the problem's rows */
    double *unit;        /* [n_workloads] requests/s */
    double *row_scale;   /* [n_rows of the problem] */
    double cost_scale;
    int *row_of, *column_of; /* [n_entries + 1] */
    double *value;           /* [n_entries + 1] */
};

struct cut {
    double constant;
    double *slope;  /* [n_amounts] */
    double *lambda; /* [n_couplings] at which it was made */
    int *best;      /* [n of the stage] vertex of each position */
    double multiplier, row_scale;
    int idle; /* solves in a row without a multiplier */
};

struct engine {
    const struct two_stage *problem;
    const struct two_stage_options *options;
    struct arena arena; /* vertices, and what lives as long as the engine */
    struct err *err;
    bool failed;

    double *lambda;      /* [n_couplings] */
    double bound_usd;    /* what the couplings' bounds are worth at lambda */
    const double **net;  /* [n_classes] costs with lambda */
    double *net_store;   /* [n_classes * n_ways], couplings only */
    bool *negative;      /* [n_classes] some net cost is below zero */
    double *amount_cost; /* [n_amounts] with lambda */

    int n_vertices, vertices_size;
    struct vertex *vertices;
    int *vertex_at; /* [2 * vertices_size] by hash, from there on; 1 + the vertex, 0: none */
    int n_fixed, *fixed_row, *fixed_of;    /* rows that hold something whatever is bought */
    int n_filled, *filled_row, *filled_of; /* rows that amounts fill; index by row, -1 */

    struct block_shape shape;

    /* scratch of evaluations */
    double *kappa, *raised, *held, *table, *base;
    double *weight; /* [vertices_size] */

    /* the first stage */
    struct lp_live *master;
    double master_scale;
    bool stuck;
    int n_cuts, cuts_size;
    struct cut *cuts;
    double *limit_price; /* [n_limits] */

    double *favoured, *between; /* [n_amounts] scratch of the loop */
    int n_recent;               /* amounts asked about lately, in a ring */
    double *recent;             /* [RECENT_MAX * n_amounts] */

    bool recalled; /* the lists come from a memory: they know more than the amounts do */

    long n_rounds, n_blocks, n_prices, n_searched;
};

/* --- pool: two_stage_pool.c --- */

void engine_set_lambda(struct engine *e, const double *lambda);

/** Prices as they count in a class: rho itself, or raised into `into` where net costs are negative;
 * kappa [n_workloads] what they make a request/s worth. */
const double *class_prices(const struct engine *e, int class, const double *rho, double *into,
                           double *kappa);

void stage_open(struct engine *e, int every, struct stage *out);
void stage_close(struct stage *stage);

/** Demand [n_workloads] of a slot, then what its rows hold whatever is bought [n_fixed]. */
double *stage_side(const struct engine *e, const struct stage *stage, int position);

/** Value of the pool at the amounts, mean over the stage's slots; fills value and best. With a cut:
 * its constant, slope and best. Without: the worth of all that is listed, and the threshold of each
 * list, for vectors that come next. */
double stage_evaluate(struct engine *e, struct stage *stage, const double *amount, struct cut *cut);

/** A vector for the pool; its index, an earlier one's when it is there already. */
int pool_add(struct engine *e, const double *rho, const unsigned char *basis, bool *is_new);

/** Lists of the best of the pool at the amounts, in place of what was there. */
void stage_fill(struct engine *e, struct stage *stage, const double *amount);

/** Let every slot of the stage take the vertex into its list, by its value at `amount`, which was
 * visited last. */
void stage_offer(struct engine *e, struct stage *stage, int vertex, const double *amount);

/** The same for one slot, which takes it in any case. */
void stage_insert(struct engine *e, struct stage *stage, int position, int vertex,
                  const double *amount);

/** Lists again after a change of lambda. */
void stage_reprice(struct engine *e, struct stage *stage);

/** What each slot's best vertex is now stays in its list until the next call. */
void stage_pin(struct stage *stage);

/* --- what one solve leaves the next: two_stage_memory.c --- */

/** Whether the memory of the options is of this programme's shape, and not empty. */
bool memory_fits(const struct engine *e);
/** Its vectors into the pool, and into the lists of a stage of all slots. */
void memory_recall(struct engine *e, struct stage *stage);
/** The vectors in the lists of a stage of all slots, in place of what was there. */
void memory_keep(const struct engine *e, const struct stage *stage, const double *lambda);

/* --- slots: two_stage_block.c --- */

void block_shape_build(struct engine *e);

/** After a change of lambda: the vectors of the lists are those of their bases at the new costs. */
bool stage_renew(struct engine *e, struct stage *stage);

/** What runs in a slot. */
struct slot_uses {
    int n;
    struct two_stage_use *uses;
    double *missing; /* [n_workloads] */
    double usd;
};

/** Solve every slot of the stage at the amounts: fills exact and price, keeps bases. With `uses`
 * [n], what runs in each, in the arena. */
bool stage_exact(struct engine *e, struct stage *stage, const double *amount, struct arena *arena,
                 struct slot_uses *uses);

/* --- first stage: two_stage_master.c --- */

bool master_open(struct engine *e);
void master_close(struct engine *e);
/** Take the costs as they are now, in units of `scale`, USD/h; master_clear forgets all cuts too.
 */
bool master_rescale(struct engine *e, double scale);
bool master_clear(struct engine *e, double scale);
/** A free cut with room for the stage; filled by stage_evaluate, then added. */
struct cut *master_next_cut(struct engine *e, struct stage *stage);
/** Nothing is added for a cut that is there already. */
bool master_add(struct engine *e, struct cut *cut);
/** What the cuts say that the slots cost at the amounts, at least; -INFINITY without any. */
double master_value(const struct engine *e, const double *amount);
/** Best amounts on the cuts and a bound that holds whatever GLPK's tolerances. Where GLPK finds
 * none, both stay as they are and e->stuck is set: the gap is then what it is. */
bool master_solve(struct engine *e, double *amount, double *lower);
/** Prices of the couplings [n_couplings] in the bound of the last solve: the mean of its cuts'. */
void master_lambda(const struct engine *e, double *lambda);

/* --- what a stage comes to: two_stage_coupled.c --- */

/** The optimum of a stage with its proof. */
struct outcome {
    struct arena arena; /* holds everything, this struct included */
    bool stopped;
    bool exceeded; /* nothing was found within the rows that couple slots */
    double *lambda, *amount, *limit_price, *row_price, *slot_price;
    struct slot_uses *uses; /* [n of the stage] */
};

/** From `amount` and `guess`, where the price of the couplings may lie (zeros: not known); both are
 * left where it ended. */
bool stage_outcome(struct engine *e, struct stage *stage, double tolerance, double *guess,
                   double *amount, struct outcome **out);

void outcome_release(struct outcome *outcome);

/* --- mixes of what was found at several prices: two_stage_mix.c --- */

enum { COLUMNS_MAX = 64 };

/** A plan: what runs in every slot at some amounts and prices. */
struct column {
    struct arena arena; /* holds everything, this struct included */
    double *amount;     /* [n_amounts] */
    double usd;         /* amounts included, without lambda and the constant */
    double *over;       /* [n_couplings] by how much it exceeds each row; < 0: what is left */
    double share;       /* in the mix */
    struct slot_uses *uses;
    int idle; /* mixes in a row without it */
};

/** Where rows can be relaxed by running more for money: the cheapest way per row. */
struct ray {
    int way;
    double usd;
    const double *coupling; /* of class 0 */
};

struct mixing {
    struct engine *e;
    struct stage *stage;
    int n_columns;
    struct column *columns[COLUMNS_MAX];
    int n_rays;
    struct ray *rays;
    double *ray_amount;   /* [n_rays] */
    const double *centre; /* [n_couplings] the best prices so far */
    double *low, *high;   /* [n_couplings] around them, between which the next ones are kept */
    double *most;         /* [n_couplings] what a slot could come to */
    double *scale;        /* [n_couplings] */
    double *lambda;       /* [n_couplings] the next prices */
    double *amount;       /* [n_amounts] */
    double usd;           /* of the mix, without the constant */
    double over;          /* by how much it exceeds a row, over the row's scale */
};

void mixing_open(struct engine *e, struct stage *stage, struct mixing *out);
void mixing_close(struct mixing *mixing);
/** What runs at the amounts becomes a column; *usd what it costs with the engine's lambda. */
bool mixing_visit(struct mixing *mixing, const double *amount, double *usd);
/** Units of the rows from the columns there are; what the first one costs, > 0. */
double mixing_scale(struct mixing *mixing);
/** The cheapest mix within the rows, and prices in low..high to look at next; where the solver
 * finds none, the cheapest plan that is within them by itself, at the prices of before. MIXED_NOT:
 * neither; the mix of before stays, err says what the solver said. */
enum mixed { MIXED, MIXED_ONE, MIXED_NOT };
enum mixed mixing_solve(struct mixing *mixing, struct err *err);
/** The most that the bound can be at the next prices, by the plans. */
double mixing_promise(const struct mixing *mixing);
/** No way without a row is paid for running at these prices. */
void mixing_stay_inside(const struct mixing *mixing, double *lambda);
/** What runs in the mix, slot by slot; in the arena. */
void mixing_uses(const struct mixing *mixing, struct arena *arena, struct slot_uses *out);

/* --- the loop: two_stage_loop.c --- */

/** What runs in the slots, and their prices in the stage, at the amounts a stage was solved to. */
struct reading {
    struct arena *arena;
    struct slot_uses *uses; /* [n of the stage] */
    bool done;              /* false: the slots have to be visited once more for it */
};

/** Best amounts of a stage: `amount` is where it starts and what it ends with. `reading`: NULL: not
 * asked for. */
struct stage_result {
    double lower, upper; /* without the programme's constant, couplings' bounds taken off */
    bool stopped;
};
bool stage_solve(struct engine *e, struct stage *stage, double tolerance, double *amount,
                 struct reading *reading, struct stage_result *out);

/** The slots at the amounts: *usd what that costs in all; `uses` as in stage_exact. Then the pool
 * takes their vectors where it said less than they do by more than `close`; how many it took. */
bool stage_visit(struct engine *e, struct stage *stage, const double *amount, struct arena *arena,
                 struct slot_uses *uses, double *usd);
int stage_learn(struct engine *e, struct stage *stage, const double *amount, double close);

/** What the pool says about the amounts, as a cut; *usd what they come to with all cuts. */
bool stage_ask(struct engine *e, struct stage *stage, const double *amount, double *usd);

/** Forget all cuts but what the amounts asked about lately give now. `scale`: USD/h. */
bool stage_begin(struct engine *e, struct stage *stage, double scale);

/** Best amounts on the pool, from `amount`; *lower what is proven. `share` of what is open below
 * `upper` may stay open. Cuts of other prices of the couplings count too. */
bool stage_settle(struct engine *e, struct stage *stage, double tolerance, double share,
                  double upper, double *amount, double *lower);

/** Prices of the last bound, over all slots of the problem: row_price [n_slots * n_rows], and of
 * the couplings. Leaves lambda there. */
void stage_proof(struct engine *e, const struct stage *stage, double *row_price, double *lambda);

#endif
