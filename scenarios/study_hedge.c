/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The programme chooses commitments for a few futures that stand for all; what it finds, rounded as
 * it is sold, is priced beside the plan for the planned demand in every future, in whole instances;
 * from the cheapest, one instance's worth of a commitment more or less is tried until none is
 * cheaper; that is bought. So the choice is never worse than that plan over the same futures. */
#include "scenarios/study_hedge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/workers.h"
#include "scenarios/future_frame.h"
#include "scenarios/study_parts.h"
#include "solver/hedge.h"

enum { REDUCED = 16, REDUCED_WORST = 4 };
enum { STARTS_MAX = 5, MOVED_MAX = 4, ROUNDS_MAX = 4 };
enum { CHOICES_MAX = STARTS_MAX + 2 * MOVED_MAX * ROUNDS_MAX };
#define WORST_SHARE 0.05
#define REDUCED_TOLERANCE 1e-5
#define BETTER_SHARE 1e-9

const struct commitment *study_bought(struct arena *arena, const struct plan *plan, int *n) {
    struct commitment *bought = arena_new(arena, struct commitment, plan->n_commitments);
    *n = 0;
    for (int i = 0; i < plan->n_commitments; i++)
        if (!plan->commitments[i].commitment.owned &&
            plan->commitments[i].commitment.terms.kind != COMMIT_MODEL_UNITS)
            bought[(*n)++] = plan->commitments[i].commitment;
    return bought;
}

/* Commitments that may be bought. */
struct choice {
    const double *amount; /* [n_amounts] as sold */
    int n_held;
    const struct commitment *held;
    double usd[STUDY_FUTURES]; /* a month; NAN: nothing carries the demand */
    double weighed;            /* what is minimised */
};

struct hedging {
    struct arena *arena;
    struct study *study;
    struct future_frame frame;
    double **z; /* [STUDY_FUTURES] */
    int n_amounts, n_choices;
    struct choice choices[CHOICES_MAX]; /* the first is of the plan for the planned demand */
    int from;                           /* the choice that cell 0 is of */
};

/* ---- what a choice costs ---- */

static void price_cell(void *context, int cell, struct arena *scratch) {
    struct hedging *h = context;
    struct choice *choice = &h->choices[h->from + cell / STUDY_FUTURES];
    struct plan_input *input = arena_new(scratch, struct plan_input, 1);
    double *week_usd = arena_new(scratch, double, h->study->demand.n_weeks);
    double *usd = &choice->usd[cell % STUDY_FUTURES];
    struct err err;
    *input = future_input(scratch, &h->frame, h->z[cell % STUDY_FUTURES]);
    future_hold(scratch, choice->n_held, choice->held, input);
    *usd =
        future_cost(scratch, input, week_usd, &err) ? future_over_weeks(h->study, week_usd) : NAN;
}

/* Over the futures that the first choice is carried in: what is bought carries nothing. */
static void weigh(struct hedging *h, struct choice *choice) {
    double usd[STUDY_FUTURES], weight = h->study->scenario.worst_weight;
    int n = 0;
    for (int i = 0; i < STUDY_FUTURES; i++)
        if (!isnan(h->choices[0].usd[i]))
            usd[n++] = choice->usd[i];
    h->study->hedge.n = n;
    choice->weighed = n == 0 ? NAN
                             : (1 - weight) * future_mean(usd, n) +
                                   weight * future_worst(h->arena, usd, n, WORST_SHARE);
}

static void price_choices(struct hedging *h, int from, int n_threads) {
    h->from = from;
    workers_run(n_threads, (h->n_choices - from) * STUDY_FUTURES, price_cell, h);
    for (int i = from; i < h->n_choices; i++)
        weigh(h, &h->choices[i]);
}

/* ---- a few futures for all ---- */

struct ranked {
    int future;
    double usd;
};

static int by_cost(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->usd != y->usd)
        return x->usd > y->usd ? -1 : 1;
    return x->future - y->future;
}

/* By the cost of the first choice: the dearest one by one, the others by the middle one of each
 * group of neighbours. Returns how many. */
static int reduce(const struct hedging *h, int *futures, double *share) {
    struct ranked ranked[STUDY_FUTURES];
    int n = 0, taken = 0;
    for (int i = 0; i < STUDY_FUTURES; i++)
        if (!isnan(h->choices[0].usd[i]))
            ranked[n++] = (struct ranked){i, h->choices[0].usd[i]};
    qsort(ranked, (size_t)n, sizeof *ranked, by_cost);
    int alone = n <= REDUCED ? n : REDUCED_WORST, groups = n <= REDUCED ? 0 : REDUCED - alone;
    for (; taken < alone; taken++) {
        futures[taken] = ranked[taken].future;
        share[taken] = 1.0 / n;
    }
    for (int g = 0; g < groups; g++, taken++) {
        int first = alone + g * (n - alone) / groups, last = alone + (g + 1) * (n - alone) / groups;
        futures[taken] = ranked[(first + last) / 2].future;
        share[taken] = (double)(last - first) / n;
    }
    return taken;
}

static bool choose_on_few(struct hedging *h, int n_threads, struct hedge *out, struct err *err) {
    int futures[STUDY_FUTURES];
    double share[STUDY_FUTURES];
    int n = reduce(h, futures, share);
    struct plan_input *inputs = arena_new(h->arena, struct plan_input, n);
    for (int i = 0; i < n; i++) {
        inputs[i] = future_input(h->arena, &h->frame, h->z[futures[i]]);
        future_open_sale(&h->frame, &inputs[i]);
    }
    struct hedge_input input = {.n = n,
                                .futures = inputs,
                                .share = share,
                                .worst_weight = h->study->scenario.worst_weight,
                                .worst_share = WORST_SHARE,
                                .tolerance = REDUCED_TOLERANCE,
                                .n_threads = n_threads};
    return hedge_choose(h->arena, &input, out, err);
}

/* ---- choices ---- */

static bool is_known(const struct hedging *h, const double *amount) {
    for (int i = 0; i < h->n_choices; i++)
        if (memcmp(h->choices[i].amount, amount, (size_t)h->n_amounts * sizeof *amount) == 0)
            return true;
    return false;
}

/* (1 - share) x the first choice's amounts + share x these, as they are sold. */
static bool add_choice(struct hedging *h, const double *amount, double share,
                       enum plan_rounding rounding, struct err *err) {
    struct arena *arena = h->arena;
    int n = h->n_amounts;
    double *sold = arena_new(arena, double, n);
    struct commitment *held = arena_new(arena, struct commitment, n);
    struct choice *choice = &h->choices[h->n_choices];
    for (int a = 0; a < n; a++)
        sold[a] = share * amount[a] + (1 - share) * h->choices[0].amount[a];
    if (!plan_sell(arena, &h->study->plan_input, rounding, n, sold, held, &choice->n_held, err))
        return false;
    choice->amount = sold;
    choice->held = held;
    h->n_choices += !is_known(h, sold);
    return true;
}

static bool add_choices(struct hedging *h, int n_threads, struct err *err) {
    struct hedge hedge;
    if (!choose_on_few(h, n_threads, &hedge, err))
        return false;
    return add_choice(h, hedge.amount, 1, PLAN_NEAREST, err) &&
           add_choice(h, hedge.amount, 1, PLAN_DOWN, err) &&
           add_choice(h, hedge.amount, 1, PLAN_UP, err) &&
           add_choice(h, hedge.amount, 0.5, PLAN_NEAREST, err);
}

/* The cheapest choice but for those ruled out; 0 where none is cheaper than the first. */
static int best_choice(const struct hedging *h, const bool *out) {
    int best = 0;
    for (int i = 1; i < h->n_choices; i++)
        if (!out[i] &&
            h->choices[i].weighed < h->choices[best].weighed * (1 - (best == 0 ? BETTER_SHARE : 0)))
            best = i;
    return best;
}

/* What covers an hour of one instance more: of the type among those that it covers that the plan
 * for the planned demand runs most of. */
static double one_more(const struct hedging *h, const struct plan *planned,
                       const struct commitment *of) {
    const struct study *study = h->study;
    double most = 0, rate = 1;
    int n_hours = study->demand.n_hours;
    for (int c = 0; c < study->n_candidates && commitment_kind_is_plan(of->terms.kind); c++) {
        int offer = study->candidates[c].offer;
        double hours = 0;
        for (int i = 0; i < n_hours; i++)
            hours += study->demand.weight[i] * planned->regular[c * n_hours + i];
        if (offer >= 0 && of->plan_rates[offer] > 0 && hours > most) {
            most = hours;
            rate = money_rate_usd(of->plan_rates[offer]);
        }
    }
    return rate;
}

/* From a choice, one instance's worth of each of its first commitments more, and less. */
static bool add_moves(struct hedging *h, const struct plan *planned, const struct choice *from,
                      struct err *err) {
    double *amount = arena_new(h->arena, double, h->n_amounts);
    for (int a = 0, held = 0; a < h->n_amounts && held < MOVED_MAX; a++) {
        if (from->amount[a] <= 0)
            continue;
        double step = one_more(h, planned, &from->held[held++]);
        for (int up = 0; up < 2; up++) {
            memcpy(amount, from->amount, (size_t)h->n_amounts * sizeof *amount);
            amount[a] = fmax(0, amount[a] + (up ? step : -step));
            if (!add_choice(h, amount, 1, PLAN_NEAREST, err))
                return false;
        }
    }
    return true;
}

static bool move(struct hedging *h, const struct plan *planned, int n_threads, struct err *err) {
    const bool none[CHOICES_MAX] = {false};
    for (int round = 0, best = -1; round < ROUNDS_MAX; round++) {
        int next = best_choice(h, none), first = h->n_choices;
        if (next == best)
            break;
        best = next;
        if (!add_moves(h, planned, &h->choices[best], err))
            return false;
        price_choices(h, first, n_threads);
    }
    return true;
}

/* The cheapest choice with which a plan for the planned demand keeps every limit. */
static bool settle(struct hedging *h, struct plan *plan, struct err *err) {
    struct study *study = h->study;
    bool ruled_out[CHOICES_MAX] = {false};
    for (int best; (best = best_choice(h, ruled_out)) > 0; ruled_out[best] = true) {
        struct plan_input input = study->plan_input;
        struct plan *other = arena_new(h->arena, struct plan, 1);
        input.bought = h->choices[best].amount;
        input.n_bought = h->n_amounts;
        if (!plan_solve(h->arena, &input, other, err))
            return false;
        if (!other->feasible)
            continue;
        study->hedge.changed = true;
        study->hedge.usd_per_month = h->choices[best].weighed;
        study->hedge.more_as_planned_usd_per_month =
            (other->usd_per_hour - plan->usd_per_hour) * HOURS_PER_MONTH;
        *plan = *other;
        return true;
    }
    return true;
}

bool study_hedge_plan(struct arena *arena, struct study *study, const struct study_options *options,
                      struct plan *plan, struct err *err) {
    bool stopped = options->stop && *options->stop;
    study->hedge = (struct study_hedge){0};
    if (!study->scenario.hedged || !plan->feasible || plan->n_bought == 0 || stopped)
        return true;
    struct hedging *h = arena_new(arena, struct hedging, 1);
    struct plan *planned = arena_new(arena, struct plan, 1);
    *planned = *plan;
    *h = (struct hedging){
        .arena = arena, .study = study, .n_amounts = plan->n_bought, .n_choices = 1};
    h->choices[0].amount = plan->bought;
    h->choices[0].held = study_bought(arena, plan, &h->choices[0].n_held);
    future_frame_open(arena, study, &h->frame);
    h->z = future_draw(arena, &h->frame);
    price_choices(h, 0, options->n_threads);
    if (study->hedge.n == 0)
        return true;
    study->hedge.used = true;
    study->hedge.planned = planned;
    study->hedge.usd_per_month = study->hedge.planned_usd_per_month = h->choices[0].weighed;
    if (!add_choices(h, options->n_threads, err))
        return false;
    price_choices(h, 1, options->n_threads);
    if (!move(h, planned, options->n_threads, err))
        return false;
    return settle(h, plan, err);
}

/* ---- words ---- */

const char *study_hedge_words(struct arena *arena, const struct study *study) {
    const struct study_hedge *hedge = &study->hedge;
    if (!hedge->used)
        return "";
    double weight = study->scenario.worst_weight, more = hedge->more_as_planned_usd_per_month;
    const char *what = arena_printf(
        arena, "the least expected cost over %d futures%s", hedge->n,
        weight > 0
            ? arena_printf(arena, ", with %.3g%% of the weight on the worst 5%%", 100 * weight)
            : "");
    if (!hedge->changed)
        return arena_printf(arena,
                            "commitments are chosen for %s: those made for the planned demand "
                            "alone are the cheapest found",
                            what);
    return arena_printf(
        arena,
        "commitments are chosen for %s: %s a month less than those made for the planned demand "
        "alone, and %s a month %s if all comes as planned",
        what, money_words(arena, hedge->planned_usd_per_month - hedge->usd_per_month),
        money_words(arena, fabs(more)), more < 0 ? "less" : "more");
}
