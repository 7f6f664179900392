/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A future as an input of the plan, and what held commitments cost in it (docs/model.md 5.11).
 *
 *  What is not known is a factor each, drawn as standard normals: z [FUTURE_INPUTS + n_workloads],
 * the levels of the workloads' weeks last; behind them the logarithms of what multiplies all demand
 * and all prices, which only the worst case sets. All zero: everything is as planned. The hours of
 * a planning week are in bins (future_bins.h): a future multiplies all hours of a week alike, so
 * the bins are those of every future. */
#ifndef HEADROOM_SCENARIOS_FUTURE_FRAME_H
#define HEADROOM_SCENARIOS_FUTURE_FRAME_H

#include "scenarios/study_futures.h"
#include "solver/plan.h"

/* Assumed spreads where the scenario and the traffic say nothing. */
extern const struct future_spread future_on_demand_spread, future_spot_spread, future_loss_spread;

struct future_frame {
    const struct study *study;
    struct plan_input base;               /* of the plan, its demand in bins */
    struct future_spread *growth, *level; /* [n_workloads] of the solver */
    struct future_spread *capacity;       /* [n_candidates] */
};

/** Of the study's plan_input as it is now. */
void future_frame_open(struct arena *arena, const struct study *study, struct future_frame *out);

/** All zero. */
double *future_as_planned(struct arena *arena, const struct future_frame *frame);

/** All demand times `factor`, from the first day on. */
double *future_all_demand(struct arena *arena, const struct future_frame *frame, double factor);

/** Less of all demand and lower prices of all that is not committed to (study_futures.h). */
double *future_worst_case(struct arena *arena, const struct future_frame *frame);

/** Of the study's seed: z [STUDY_FUTURES] of futures, the same whatever is planned. */
double **future_draw(struct arena *arena, const struct future_frame *frame);

/** What requests of a week are multiplied with. */
double future_demand_factor(const struct future_frame *frame, const double *z, int workload,
                            int week);

/** `like` with the future's factors. */
const struct demand *future_demand(struct arena *arena, const struct future_frame *frame,
                                   const struct demand *like, const double *z);

/** Useful share of a spot hour. */
double future_useful(const struct future_frame *frame, const double *z);

/** The plan's input in bins, with nothing for sale. */
struct plan_input future_input(struct arena *arena, const struct future_frame *frame,
                               const double *z);

/** What may be bought, and within what it must stay, is as in the plan's. */
void future_open_sale(const struct future_frame *frame, struct plan_input *input);

/** Hold [n] commitments beside what is owned. */
void future_hold(struct arena *arena, int n, const struct commitment *held,
                 struct plan_input *input);

/** Means of the weeks [n_weeks] of hour_usd [n_hours]. */
void future_week_means(const struct demand *demand, const double *hour_usd, double *week_usd);

/** Nothing carries the demand: NAN in all weeks. */
void future_no_cost(int n_weeks, double *week_usd);

/** USD an hour of each week, what is held included, in whole instances. */
bool future_cost(struct arena *arena, const struct plan_input *input, double *week_usd,
                 struct err *err);

/** USD a month of the horizon. */
double future_over_weeks(const struct study *study, const double *week_usd);

#endif
