/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solver/as_sold.h"

#include <math.h>
#include <string.h>

#include "solver/plan.h"

enum { SOLVES_MIN = 6, SOLVES_MAX = 200 };
#define SAME 1e-9   /* relative: bounds and costs that are as near are the same */
#define WORK 5e5    /* slots x ways x solves: what may be spent on closing the gap */
#define TARGET 1e-4 /* a fifth of what is promised of large fleets */
#define WHOLE 1e-6  /* of a step: less is none of it */
#define ASIDE_USD                                                                                  \
    1e-6 /* of the plan's minimum: less is rounding, more stands beside the market                 \
          */

struct node {
    double bound;   /* nothing in it costs less */
    double *fixed;  /* [n_pools] what is bought; NAN: free */
    double *amount; /* [n_pools] the programme's; NULL: not solved yet */
    int pool, sign; /* the last one fixed, and where its next amount lies; pool -1: the root */
};

struct hunt {
    struct arena *arena;
    const struct market *market;
    struct what_if what_if;
    int n_solves, solves_max;
    int n_nodes, nodes_size;
    struct node *nodes; /* open ones */
    double closed;      /* the least bound of those that are not branched on any more */
    struct as_sold *best;
};

/* --- one solve --- */

/* With what is fixed; free pools at what the programme likes. */
static bool solve(struct hunt *hunt, const double *fixed, struct what_if_answer *out,
                  struct err *err) {
    struct market *market = &hunt->what_if.market;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        market->pools[p].fixed = !isnan(fixed[p]);
        market->pools[p].amount = isnan(fixed[p]) ? 0 : fixed[p];
    }
    hunt->n_solves++;
    return what_if_solve(hunt->arena, &hunt->what_if, out, err);
}

/* What exactly these cost. */
static bool try_amounts(struct hunt *hunt, const double *amount, bool *fits, struct err *err) {
    struct as_sold *best = hunt->best;
    size_t size = (size_t)hunt->market->n_pools * sizeof *amount;
    struct what_if_answer answer;
    *fits = best->found;
    if (best->found && memcmp(amount, best->amount, size) == 0)
        return true;
    if (!solve(hunt, amount, &answer, err))
        return false;
    *fits = answer.feasible;
    if (*fits && (!best->found || answer.uses_usd_per_hour < best->usd_per_hour)) {
        best->found = true;
        best->usd_per_hour = answer.uses_usd_per_hour;
        memcpy(best->amount, amount, size);
    }
    return true;
}

/* --- rounding --- */

static double rounded(const struct pool *pool, double amount, enum plan_rounding how) {
    double steps = amount / pool->step;
    return pool->step * (how == PLAN_DOWN ? floor(steps + WHOLE)
                         : how == PLAN_UP ? ceil(steps - WHOLE)
                                          : round(steps));
}

static bool try_rounded(struct hunt *hunt, const struct node *node, enum plan_rounding how,
                        bool *fits, struct err *err) {
    const struct market *market = hunt->market;
    double *amount = arena_new(hunt->arena, double, market->n_pools);
    for (int p = market->n_owned; p < market->n_pools; p++)
        amount[p] = isnan(node->fixed[p]) ? rounded(&market->pools[p], node->amount[p], how)
                                          : node->fixed[p];
    return try_amounts(hunt, amount, fits, err);
}

/* The nearest; where nothing is known yet and they do not fit, those below and above. */
static bool try_near(struct hunt *hunt, const struct node *node, struct err *err) {
    bool fits;
    if (!try_rounded(hunt, node, PLAN_NEAREST, &fits, err))
        return false;
    if (hunt->best->found)
        return true;
    return try_rounded(hunt, node, PLAN_DOWN, &fits, err) &&
           (fits || try_rounded(hunt, node, PLAN_UP, &fits, err));
}

/* --- branches --- */

static void push(struct hunt *hunt, struct node node) {
    if (hunt->n_nodes == hunt->nodes_size) {
        int size = hunt->nodes_size > 0 ? 2 * hunt->nodes_size : 64;
        hunt->nodes = arena_grow(hunt->arena, hunt->nodes, (size_t)hunt->nodes_size, (size_t)size,
                                 sizeof *hunt->nodes);
        hunt->nodes_size = size;
    }
    hunt->nodes[hunt->n_nodes++] = node;
}

/* The node with one more pool at an amount, to be solved when its turn comes. */
static void push_at(struct hunt *hunt, const struct node *from, int pool, double amount, int sign) {
    size_t n = (size_t)hunt->market->n_pools;
    struct node node = {.bound = from->bound, .pool = pool, .sign = sign};
    if (amount < 0)
        return;
    node.fixed = arena_new(hunt->arena, double, n);
    memcpy(node.fixed, from->fixed, n * sizeof *node.fixed);
    node.fixed[pool] = amount;
    push(hunt, node);
}

static struct node take_least(struct hunt *hunt) {
    int least = 0;
    for (int i = 1; i < hunt->n_nodes; i++)
        if (hunt->nodes[i].bound < hunt->nodes[least].bound)
            least = i;
    struct node node = hunt->nodes[least];
    hunt->nodes[least] = hunt->nodes[--hunt->n_nodes];
    return node;
}

/* The commitment whose fraction is most money; -1: all are as they are sold. */
static int branch_of(const struct hunt *hunt, const struct node *node) {
    const struct market *market = hunt->market;
    double most = 0;
    int best = -1;
    for (int p = market->n_owned; p < market->n_pools; p++) {
        const struct pool *pool = &market->pools[p];
        double steps = node->amount[p] / pool->step, part = steps - floor(steps);
        double usd = fmin(part, 1 - part) * pool->step * pool->rate * pool->held;
        if (isnan(node->fixed[p]) && fmin(part, 1 - part) > WHOLE && usd > most) {
            most = usd;
            best = p;
        }
    }
    return best;
}

/* The next amount of the pool that was fixed last stays behind this one. */
static bool solve_node(struct hunt *hunt, struct node *node, struct err *err) {
    struct what_if_answer answer;
    if (!solve(hunt, node->fixed, &answer, err))
        return false;
    if (!answer.feasible) {
        node->bound = INFINITY;
        return true;
    }
    node->bound = fmax(node->bound, answer.usd_per_hour);
    node->amount = answer.amount;
    if (node->pool < 0)
        return true;
    double step = hunt->market->pools[node->pool].step;
    push_at(hunt, node, node->pool, node->fixed[node->pool] + node->sign * step, node->sign);
    return true;
}

static bool branch(struct hunt *hunt, const struct node *node, struct err *err) {
    int pool = branch_of(hunt, node);
    if (!try_near(hunt, node, err))
        return false;
    if (pool < 0) {
        hunt->closed = fmin(hunt->closed, node->bound);
        return true;
    }
    double step = hunt->market->pools[pool].step, steps = node->amount[pool] / step;
    push_at(hunt, node, pool, step * floor(steps), -1);
    push_at(hunt, node, pool, step * ceil(steps), 1);
    return true;
}

/* No amounts cost less. */
static double least_of(const struct hunt *hunt) {
    double least = hunt->closed;
    for (int i = 0; i < hunt->n_nodes; i++)
        least = fmin(least, hunt->nodes[i].bound);
    return hunt->best->found ? fmin(least, hunt->best->usd_per_hour) : least;
}

static bool search(struct hunt *hunt, double target, struct err *err) {
    while (hunt->n_nodes > 0) {
        double open = hunt->best->usd_per_hour - least_of(hunt);
        if ((hunt->best->found && open <= target * fabs(hunt->best->usd_per_hour)) ||
            (hunt->best->found && hunt->n_solves >= hunt->solves_max) ||
            market_is_stopped(hunt->market))
            break;
        if (hunt->n_solves >= 2 * hunt->solves_max)
            break;
        struct node node = take_least(hunt);
        if (hunt->best->found && node.bound >= hunt->best->usd_per_hour * (1 - SAME)) {
            hunt->closed = fmin(hunt->closed, node.bound); /* so are all that are open */
            break;
        }
        if (node.amount == NULL) {
            if (!solve_node(hunt, &node, err))
                return false;
            if (isfinite(node.bound))
                push(hunt, node);
        } else if (!branch(hunt, &node, err)) {
            return false;
        }
    }
    return true;
}

bool as_sold_find(struct arena *arena, const struct market *market, struct programme_memory *memory,
                  const double *known, double target, int solves_max, struct as_sold *out,
                  struct err *err) {
    struct arena scratch = {0};
    struct hunt hunt = {.arena = &scratch,
                        .market = market,
                        .solves_max = solves_max,
                        .closed = INFINITY,
                        .best = out};
    *out = (struct as_sold){.amount = arena_new(arena, double, market->n_pools)};
    what_if_open(&scratch, market, memory, &hunt.what_if);
    struct node root = {.bound = -INFINITY, .pool = -1};
    root.fixed = arena_new(&scratch, double, market->n_pools);
    for (int p = 0; p < market->n_pools; p++)
        root.fixed[p] = p < market->n_owned ? 0 : NAN;
    push(&hunt, root);
    bool fits, solved = solve_node(&hunt, &hunt.nodes[0], err);
    out->minimum_usd_per_hour = hunt.nodes[0].bound;
    if (!solved || !isfinite(hunt.nodes[0].bound)) {
        arena_release(&scratch);
        return solved;
    }
    solved = (known == NULL || try_amounts(&hunt, known, &fits, err)) && search(&hunt, target, err);
    out->least_usd_per_hour = least_of(&hunt);
    out->n_solves = hunt.n_solves;
    arena_release(&scratch);
    return solved;
}

/* --- of a plan --- */

static int solves_for(const struct market *market) {
    double ways = market->n_uses;
    for (int m = 0; m < market->n_machines; m++)
        ways += 2 + market->n_pools;
    double solves = WORK / (ways * market->n_slots);
    return (int)fmin(fmax(solves, SOLVES_MIN), SOLVES_MAX);
}

bool plan_price_as_sold(struct arena *arena, const struct plan_input *input, struct plan *plan,
                        struct err *err) {
    struct arena scratch = {0};
    struct programme_memory memory = {0};
    struct market market;
    struct as_sold found = {0};
    plan->as_sold = (struct plan_as_sold){0};
    if (plan->carbon_usd_per_hour > 0 || plan->n_bought == 0)
        return true;
    bool solved = market_open(&scratch, input, &market, err);
    if (solved) {
        double *known = arena_new(&scratch, double, market.n_pools);
        ENSURE(plan->n_bought == market.n_pools - market.n_owned);
        for (int b = 0; b < plan->n_bought; b++)
            known[market.n_owned + b] = plan->bought[b];
        solved = as_sold_find(&scratch, &market, &memory, known, TARGET, solves_for(&market),
                              &found, err);
    }
    if (solved && found.found) {
        double *amount = arena_new(arena, double, plan->n_bought);
        double aside = plan->lp_usd_per_hour - found.minimum_usd_per_hour;
        if (fabs(aside) <= ASIDE_USD * (1 + plan->lp_usd_per_hour))
            aside = 0;
        memcpy(amount, &found.amount[market.n_owned], (size_t)plan->n_bought * sizeof *amount);
        plan->as_sold =
            (struct plan_as_sold){.known = true,
                                  .usd_per_hour = found.usd_per_hour + aside,
                                  .least_usd_per_hour = found.least_usd_per_hour + aside,
                                  .n_solves = found.n_solves,
                                  .amount = amount};
    }
    programme_forget(&memory);
    arena_release(&scratch);
    return solved;
}
