/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A purchase in the words of the provider's own recommendation report, and the guardrails that a
 * FinOps team holds it against.
 *
 *  The fields are those of AWS's savings plans recommendations (names in result tables are AWS's);
 * for reserved instances they mean the same. All sums are of one window: of the plan the average
 * month in which it is held, of a look-back its own days. With U the on-demand cost of the usage
 * that the purchase may cover, net of every other commitment, and S its part that the purchase
 * covers:
 *
 *      on_demand_now = U              on_demand_left = U - S         cost = commitment x hours
 *      savings = S - cost             savings_share = savings / U    roi = savings / cost
 *      utilisation = used / bought    coverage = covered / usage, at on-demand cost, all
 * commitments
 *
 *  The provider's method (recommend_from_usage) finds the dollars an hour that would have saved
 * most in the window: hour by hour the plan covers the usage with the highest saving first, so the
 * cost is convex and piecewise linear in the commitment, and its minimum is where the mean
 * on-demand value of the next plan dollar falls to one. It looks back only: no growth, no forecast,
 * one plan type, and what is owned already is taken off the usage first. */
#ifndef HEADROOM_SOLVER_RECOMMEND_H
#define HEADROOM_SOLVER_RECOMMEND_H

#include "solver/plan.h"

enum guardrail_kind {
    GUARDRAIL_UTILISATION, /* share of what is bought that is used: at least */
    GUARDRAIL_BREAK_EVEN,  /* months of the same use on demand that cost as much as the term: at
                              most */
    GUARDRAIL_ROI,         /* savings over cost: more than */
    GUARDRAIL_LADDER, /* share of the most that is paid an hour for commitments at one time of the
                         horizon, owned ones too, that starts on its day: at most */
    GUARDRAILS
};
const char *guardrail_word(enum guardrail_kind kind); /* "break-even" */

struct guardrail_limits {
    double limit[GUARDRAILS]; /* shares; months for the break-even */
};
/** 80 %, 9 months, 10 %, 50 %. */
struct guardrail_limits guardrail_defaults(void);

struct guardrail_check {
    double value, limit;
    bool holds;
};

struct recommendation {
    const char *name; /* "1-year Compute savings plan, no upfront" */
    bool is_plan;     /* else reserved instances */
    bool is_capacity; /* a block or a reservation of capacity: bought to have it, so no guardrail */
    double count;     /* instances, reserved or of capacity */
    double normalised_units, normalised_used; /* with size flexibility: bought, and used in the mean
                                                 hour, in normalisation factors; else NAN */
    double window_hours;
    double held_share; /* of the window's or the horizon's time in which it is held */
    double hourly_usd, upfront_usd;
    double cost_usd, on_demand_left_usd, on_demand_now_usd, savings_usd;
    double savings_share, roi, utilisation;
    double hourly_now_mean_usd, hourly_now_least_usd, hourly_now_most_usd;
    double coverage_now, coverage;
    struct guardrail_check checks[GUARDRAILS]; /* of the plan's purchases alone */
};

/** "used 71% (at least 80%), returns 4% (more than 10%)": the guardrails that do not hold; "" where
 * all do, or none is asked of it. */
const char *recommend_failed_words(struct arena *arena, const struct recommendation *row);

/** Whether every guardrail of every purchase holds. */
bool recommend_all_hold(const struct recommendation *rows, int n);

/** One row for each commitment (those in several zones together) and each capacity that the plan
 * buys, over the average month in which it is held.
 *  @param rows  [*n], in the order of the plan's commitments */
bool recommend_purchases(struct arena *arena, const struct plan_input *input,
                         const struct plan *plan, const struct guardrail_limits *limits,
                         const struct recommendation **rows, int *n, struct err *err);

/** What the provider's method would buy of one kind of savings plan for the usage of `plan`, whose
 * window is the whole of the input's demand: one row for each plan (a Compute plan is one, EC2
 * Instance plans are one a family and region); none where nothing saves.
 *  @param terms            a savings plan's
 *  @param target_coverage  buy what covers this share of the usage instead; NAN: what saves most */
bool recommend_from_usage(struct arena *arena, const struct plan_input *input,
                          const struct plan *plan, struct commitment_terms terms,
                          double target_coverage, const struct recommendation **rows, int *n,
                          struct err *err);

/** The least that the horizon of `input` can cost with exactly these plans from its first day on,
 * and no other purchase: the programme's optimum, mean USD an hour. INFINITY: nothing fits.
 *  @param rows  [n] of recommend_from_usage with the same terms */
bool recommend_over_horizon(const struct plan_input *input, struct commitment_terms terms,
                            const struct recommendation *rows, int n, double *usd_per_hour,
                            struct err *err);

#endif
