/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What plans would cost in futures that may come (docs/model.md 5.11).
 *
 *  A future is a draw of what is not known: growth, how far the planned week is off, the capacity
 * of instances, prices of on demand and spot, and interruptions. In each the commitments of a plan
 * are fixed and its hours are chosen anew, in whole instances. What the bill of the
 * recommended plan is above that where everything is as planned (boots, billing rules, hours put
 * together) is added in every future; of today's fleet what its own bill is. What it leaves missing
 * of promised spend is in what a plan costs, not in its months. What else stands beside the fleet
 * (jobs, storage, stations) is not in them. */
#ifndef HEADROOM_SCENARIOS_STUDY_FUTURES_H
#define HEADROOM_SCENARIOS_STUDY_FUTURES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "scenarios/future_draws.h"

struct study;

/** The worst case that is looked at: from the first day on so much of the demand, and of every
 * price but that of what is committed to. */
#define FUTURE_WORST_DEMAND 0.8
#define FUTURE_WORST_PRICE 0.6

/** So much of the demand, from the first day on, each alone and beside what is planned. */
#define FUTURE_DEMAND_LESS 0.9
#define FUTURE_DEMAND_MORE 1.1

/** Name of the plan without commitments. */
#define FUTURE_PLAN_FREE "nothing committed"

enum { STUDY_FUTURES = 64, FUTURE_PLANS_MAX = 8, FUTURE_WAIT_MONTHS = 3, FUTURE_QUANTILES = 7 };

/** Of the cost of a month, for its bands of 50, 80 and 95 %. */
extern const double future_quantiles[FUTURE_QUANTILES];

/** What is not known. */
enum future_input {
    FUTURE_GROWTH,        /* of all workloads alike: high in one, high in all */
    FUTURE_LEVEL,         /* of the planned week, each workload for itself */
    FUTURE_CAPACITY,      /* of all candidates alike, each within its own band */
    FUTURE_ON_DEMAND,     /* price of instance hours */
    FUTURE_SPOT,          /* price of spot hours */
    FUTURE_INTERRUPTIONS, /* share of a spot hour that is lost */
    FUTURE_INPUTS
};

struct future_assumption {
    struct future_spread spread; /* of the first workload; capacity: of the candidate that the plan
                                    runs most. Growth: per month, 1 + g */
    bool known;        /* false: there is nothing to vary; no spot, no interval of growth */
    const char *basis; /* "growth interval of chat", "assumed" */
};

struct future_plan {
    const char *name;              /* "recommended", "nothing committed", ... */
    double committed_usd_per_hour; /* of what is in force, mean over the horizon */
    /* USD per month over the horizon, over all futures */
    double expected, worst;      /* mean, and of the worst 5 % */
    double low, median, high;    /* quantiles 10, 50, 90 */
    double regret, regret_most;  /* above the cheapest plan of the set in the same future */
    const double *usd_per_month; /* [n] */
};

struct future_draw {
    double demand;                            /* requests over the horizon, of those planned */
    double capacity, on_demand, spot, useful; /* factors; useful: share of a spot hour */
};

/** One input alone at one end, everything else as planned. */
struct future_end {
    enum future_input input;
    bool high;                   /* quantile 90; else 10 */
    const double *usd_per_month; /* [n_plans] */
    double best_usd_per_month;   /* of the plans of the set */
    bool flips; /* these cost over 1 % less than the recommended ones; where another plan does so
                   already as everything is planned, than that one */
};

struct study_futures {
    int n;        /* 0: none were looked at; nothing else is filled then */
    int n_failed; /* of those drawn that no fleet of the scenario carries (quotas): not in n */
    const struct future_draw *draws; /* [n] */
    int n_plans;
    /* the first is the recommended; the last is today's fleet, or the baseline's way */
    struct future_plan plans[FUTURE_PLANS_MAX];
    int n_months;
    const double *month_usd;   /* [n_months * FUTURE_QUANTILES], by calendar month: cost of the
                                  recommended plan */
    const double *over_budget; /* [study.n_budgets] share of the futures that exceed it */
    const double *beside_usd;  /* [study.n_budgets] of what is spent in its period, what is not of
                                  the fleet: the same in every future; NAN: of a tag */
    struct future_assumption inputs[FUTURE_INPUTS];
    int n_ends;
    const struct future_end *ends;      /* [n_ends] by input, the low end first */
    const double *as_planned_usd;       /* [n_plans] USD per month where everything is as planned */
    const double *worst_case_usd;       /* [n_plans] in the worst case, all else as planned */
    const double *worst_case_month_usd; /* [n_months] of the recommended plan, a month of 730 h */
    /* [n_plans] with less and with more demand; NAN: nothing of the scenario carries it */
    const double *demand_less_usd, *demand_more_usd;
    /* Nothing bought for three months, then what fits the growth seen by then. */
    bool waits;
    double wait_usd_per_month;       /* expected */
    double wait_worth_usd_per_month; /* > 0: waiting is cheaper than the recommended plan */
};

/** After budgets and bills. Needs a feasible plan that was replayed. */
bool study_run_futures(struct arena *arena, struct study *study, int n_threads, struct err *err);

/** "growth", "planned week", ... */
const char *future_input_word(enum future_input input);
/** Sentences; "" where no futures were looked at. */
const char *study_futures_words(struct arena *arena, const struct study *study);
/** What the plan costs in the worst case beside doing nothing, and what its commitments bind. */
const char *study_worst_case_words(struct arena *arena, const struct study *study);
const char *study_wait_words(struct arena *arena, const struct study *study);
/** The input that moves the cost most, or that changes what to commit to; "". */
const char *study_sensitivity_words(struct arena *arena, const struct study *study);

/** Notices on budgets and on a plan that is cheaper in expectation. */
void study_notice_futures(struct arena *arena, struct study *study);

#endif
