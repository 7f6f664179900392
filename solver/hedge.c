/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/hedge.h"

#include <math.h>
#include <string.h>

#include "base/workers.h"
#include "solver/programme.h"

enum { ROUNDS_MAX = 300 };
#define FUTURE_TOLERANCE 1e-10
#define MISSING_TIMES 1e3

/* A future's programme; amounts are held, not bought, in it. */
struct future {
    struct market market;
    struct programme programme;
    double *fixed; /* [n_rows * n_slots] with the amounts that are asked for */
};

/* What a future says at the amounts that were asked for. */
struct said {
    double lower, upper; /* USD/h, without what the amounts cost */
    double *price;       /* [n_amounts] the plane falls so much with each unit */
    bool failed;
    struct err err;
};

struct plane {
    int future;
    double constant; /* Q >= constant - Sum price y */
    double *price;
};

struct choice {
    struct arena *arena;
    const struct hedge_input *input;
    struct future *futures;
    struct said *said; /* [n] */
    int n_amounts, n_owned;
    const double *cost, *upper, *upfront; /* [n_amounts] */
    bool *dropped;                        /* [n_amounts] of no use in any future */
    double *asked;                        /* [n_amounts] */
    struct plane *planes;
    int n_planes, planes_size;
};

/* ---- the futures ---- */

static bool open_future(struct choice *choice, int e, struct err *err) {
    struct arena *arena = choice->arena;
    struct future *future = &choice->futures[e];
    struct market *market = &future->market;
    if (!market_open(arena, &choice->input->futures[e], market, err))
        return false;
    int n = market->n_pools - market->n_owned;
    if (e > 0 && n != choice->n_amounts)
        return err_set(err, ERR_BUG, "futures sell different commitments");
    if (e == 0) {
        choice->n_owned = market->n_owned;
        choice->n_amounts = n;
        choice->dropped = arena_new(arena, bool, n);
        for (int a = 0; a < n; a++)
            choice->dropped[a] = true;
    }
    bool *dropped = arena_new(arena, bool, market->n_pools);
    pools_drop_dominated(market, false, dropped);
    for (int a = 0; a < n; a++)
        choice->dropped[a] = choice->dropped[a] && dropped[market->n_owned + a];
    market->all_pools = true; /* what is of no use here may be held for another future */
    programme_open(arena, market, MISSING_TIMES, &future->programme);
    struct two_stage *problem = &future->programme.problem;
    future->fixed = arena_new(arena, double, (size_t)problem->n_rows *(size_t)problem->n_slots);
    return true;
}

/* The least that is more than any future can use. */
static void find_bounds(struct choice *choice) {
    const struct market *market = &choice->futures[0].market;
    struct arena *arena = choice->arena;
    int n = choice->n_amounts;
    double *cost = arena_new(arena, double, n), *upper = arena_new(arena, double, n);
    double *upfront = arena_new(arena, double, n);
    for (int a = 0; a < n; a++) {
        const struct pool *pool = &market->pools[market->n_owned + a];
        cost[a] = pool->rate * pool->held;
        upfront[a] = pool->upfront_usd;
    }
    for (int e = 0; e < choice->input->n; e++) {
        const struct programme *programme = &choice->futures[e].programme;
        for (int i = 0; i < programme->problem.n_amounts; i++) {
            int a = programme->pool_of_amount[i] - choice->n_owned;
            upper[a] = fmax(upper[a], programme->problem.amounts[i].upper);
        }
    }
    for (int a = 0; a < n; a++)
        if (choice->dropped[a])
            upper[a] = 0;
    choice->cost = cost;
    choice->upper = upper;
    choice->upfront = upfront;
}

/* What is held fills its rows. */
static void hold(const struct choice *choice, struct future *future) {
    const struct market *market = &future->market;
    const struct two_stage *problem = &future->programme.problem;
    int n_slots = problem->n_slots;
    memcpy(future->fixed, problem->fixed,
           (size_t)problem->n_rows * (size_t)n_slots * sizeof *future->fixed);
    for (int a = 0; a < choice->n_amounts; a++) {
        int pool = choice->n_owned + a, row = future->programme.row_of_pool[pool];
        for (int s = 0; s < n_slots && choice->asked[a] > 0; s++)
            future->fixed[row * n_slots + s] +=
                choice->asked[a] * market->open[s * market->n_pools + pool];
    }
}

/* The slope of the proof: how the bound moves with what fills a row. */
static void read_plane(const struct choice *choice, const struct future *future,
                       const struct two_stage_answer *answer, struct said *said) {
    const struct market *market = &future->market;
    int n_rows = future->programme.problem.n_rows;
    for (int a = 0; a < choice->n_amounts; a++) {
        int pool = choice->n_owned + a, row = future->programme.row_of_pool[pool];
        said->price[a] = 0;
        for (int s = 0; s < market->n_slots; s++)
            said->price[a] += market->share[s] * market->open[s * market->n_pools + pool] *
                              fmax(0, answer->row_price[s * n_rows + row]);
    }
}

static void ask_future(void *context, int e, struct arena *scratch) {
    struct choice *choice = context;
    struct future *future = &choice->futures[e];
    struct said *said = &choice->said[e];
    struct two_stage problem = future->programme.problem;
    struct two_stage_options options = {.tolerance = FUTURE_TOLERANCE, .n_threads = 1};
    struct two_stage_answer answer;
    hold(choice, future);
    problem.fixed = future->fixed;
    problem.n_amounts = problem.n_limits = problem.n_couplings = 0;
    said->failed = !two_stage_solve(scratch, &problem, &options, &answer, &said->err);
    if (said->failed)
        return;
    said->lower = answer.lower;
    said->upper = answer.upper;
    read_plane(choice, future, &answer, said);
}

/* ---- planes ---- */

static double bought_usd(const struct choice *choice, const double *amount) {
    double usd = 0;
    for (int a = 0; a < choice->n_amounts; a++)
        usd += choice->cost[a] * amount[a];
    return usd;
}

static void add_planes(struct choice *choice) {
    int n = choice->input->n;
    if (choice->n_planes + n > choice->planes_size) {
        choice->planes_size = 2 * choice->planes_size + 16 * n;
        choice->planes = arena_grow(choice->arena, choice->planes, (size_t)choice->n_planes,
                                    (size_t)choice->planes_size, sizeof *choice->planes);
    }
    for (int e = 0; e < n; e++) {
        const struct said *said = &choice->said[e];
        struct plane *plane = &choice->planes[choice->n_planes++];
        *plane = (struct plane){.future = e,
                                .constant = said->lower,
                                .price = arena_new(choice->arena, double, choice->n_amounts)};
        for (int a = 0; a < choice->n_amounts; a++) {
            plane->price[a] = said->price[a];
            plane->constant += said->price[a] * choice->asked[a];
        }
    }
}

/* Ask every future at `amount`: adds their planes; *usd is what the amounts come to. */
static bool ask(struct choice *choice, const double *amount, double *usd, struct err *err) {
    const struct hedge_input *input = choice->input;
    struct arena_mark mark;
    memcpy(choice->asked, amount, (size_t)choice->n_amounts * sizeof *amount);
    workers_run(input->n_threads, input->n, ask_future, choice);
    for (int e = 0; e < input->n; e++)
        if (choice->said[e].failed) {
            *err = choice->said[e].err;
            return false;
        }
    add_planes(choice);
    mark = arena_mark(choice->arena);
    double *values = arena_new(choice->arena, double, input->n), mean = 0;
    for (int e = 0; e < input->n; e++) {
        values[e] = choice->said[e].upper;
        mean += input->share[e] * values[e];
    }
    double worst = hedge_worst(choice->arena, values, input->share, input->n, input->worst_share);
    arena_rewind(choice->arena, mark);
    *usd =
        bought_usd(choice, amount) + (1 - input->worst_weight) * mean + input->worst_weight * worst;
    return true;
}

/* The best amounts on the planes. Of the worst share: min over eta of
 * eta + 1/s Sum_e share_e max(0, Q_e - eta). */
static bool choose_on_planes(struct choice *choice, double *amount, double *usd, struct err *err) {
    const struct hedge_input *input = choice->input;
    struct arena scratch = {0};
    struct lp lp;
    struct lp_solution solution;
    double w = input->worst_weight;
    lp_open(&lp, &scratch, "commitments for many futures");
    int first = lp.n_columns;
    for (int a = 0; a < choice->n_amounts; a++) {
        int column = lp_add_column(&lp, choice->cost[a], 0, choice->upper[a], "commit.%d", a);
        if (choice->upper[a] > 0)
            lp_expect_size(&lp, column, choice->upper[a]);
    }
    int theta = lp.n_columns;
    for (int e = 0; e < input->n; e++)
        lp_add_column(&lp, (1 - w) * input->share[e], 0, INFINITY, "usd.%d", e);
    int eta = lp_add_column(&lp, w, 0, INFINITY, "usd_of_the_worst");
    for (int e = 0; e < input->n && w > 0; e++) {
        int over =
            lp_add_column(&lp, w * input->share[e] / input->worst_share, 0, INFINITY, "over.%d", e);
        int row = lp_add_row(&lp, 0, INFINITY, "worst.%d", e);
        lp_set(&lp, row, over, 1);
        lp_set(&lp, row, eta, 1);
        lp_set(&lp, row, theta + e, -1);
    }
    for (int i = 0; i < choice->n_planes; i++) {
        const struct plane *plane = &choice->planes[i];
        int row = lp_add_row(&lp, plane->constant, INFINITY, "plane.%d", i);
        lp_set(&lp, row, theta + plane->future, 1);
        for (int a = 0; a < choice->n_amounts; a++)
            if (choice->upper[a] > 0)
                lp_set(&lp, row, first + a, plane->price[a]);
    }
    double most = input->futures[0].policy.upfront_usd_max;
    if (most >= 0) {
        int row = lp_add_row(&lp, -INFINITY, most / 1000, "upfront_kusd");
        for (int a = 0; a < choice->n_amounts; a++)
            lp_set(&lp, row, first + a, choice->upfront[a] / 1000);
    }
    bool solved = lp_solve(&scratch, &lp, &solution, err);
    if (solved && solution.status != LP_OPTIMAL)
        solved = err_set(err, ERR_BUG, "the choice of commitments has no optimum (status %d)",
                         (int)solution.status);
    for (int a = 0; solved && a < choice->n_amounts; a++)
        amount[a] = fmin(fmax(solution.primal[first + a], 0), choice->upper[a]);
    if (solved)
        *usd = solution.objective;
    arena_release(&scratch);
    return solved;
}

/* ---- the loop ---- */

struct best {
    double *amount, *future_usd;
    double lower, upper;
};

static bool ask_and_keep(struct choice *choice, const double *amount, struct best *best,
                         struct err *err) {
    double usd;
    if (!ask(choice, amount, &usd, err))
        return false;
    if (usd >= best->upper)
        return true;
    best->upper = usd;
    memcpy(best->amount, amount, (size_t)choice->n_amounts * sizeof *amount);
    double bought = bought_usd(choice, amount);
    for (int e = 0; e < choice->input->n; e++)
        best->future_usd[e] = bought + choice->said[e].upper;
    return true;
}

static bool close_gap(struct choice *choice, struct best *best, int *n_rounds, struct err *err) {
    int n = choice->n_amounts;
    double *chosen = arena_new(choice->arena, double, n);
    double *between = arena_new(choice->arena, double, n);
    if (!ask_and_keep(choice, chosen, best, err))
        return false;
    for (*n_rounds = 1; *n_rounds < ROUNDS_MAX; ++*n_rounds) {
        if (!choose_on_planes(choice, chosen, &best->lower, err))
            return false;
        if (best->upper - best->lower <= choice->input->tolerance * best->upper)
            return true;
        for (int a = 0; a < n; a++)
            between[a] = (chosen[a] + best->amount[a]) / 2;
        if (!ask_and_keep(choice, between, best, err) || !ask_and_keep(choice, chosen, best, err))
            return false;
    }
    return true;
}

bool hedge_choose(struct arena *arena, const struct hedge_input *input, struct hedge *out,
                  struct err *err) {
    struct arena scratch = {0};
    struct choice choice = {.arena = &scratch, .input = input};
    choice.futures = arena_new(&scratch, struct future, input->n);
    choice.said = arena_new(&scratch, struct said, input->n);
    bool solved = true;
    for (int e = 0; e < input->n && solved; e++)
        solved = open_future(&choice, e, err);
    if (solved) {
        find_bounds(&choice);
        choice.asked = arena_new(&scratch, double, choice.n_amounts);
        for (int e = 0; e < input->n; e++)
            choice.said[e].price = arena_new(&scratch, double, choice.n_amounts);
        struct best best = {.amount = arena_new(arena, double, choice.n_amounts),
                            .future_usd = arena_new(arena, double, input->n),
                            .upper = INFINITY};
        int n_rounds = 0;
        solved = close_gap(&choice, &best, &n_rounds, err);
        *out = (struct hedge){choice.n_amounts, best.amount,     best.lower,
                              best.upper,       best.future_usd, n_rounds};
    }
    arena_release(&scratch);
    return solved;
}

double hedge_worst(struct arena *arena, const double *values, const double *share, int n,
                   double worst_share) {
    bool *taken = arena_new(arena, bool, n);
    double left = worst_share, sum = 0;
    for (int i = 0; i < n && left > 0; i++) {
        int most = -1;
        for (int e = 0; e < n; e++)
            if (!taken[e] && (most < 0 || values[e] > values[most]))
                most = e;
        double part = fmin(left, share[most]);
        taken[most] = true;
        sum += part * values[most];
        left -= part;
    }
    return sum / worst_share;
}
