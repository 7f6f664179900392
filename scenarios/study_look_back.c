/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the provider's own recommender would say: the last days before the horizon, on the fleet
 * that would have been cheapest without a new commitment, and what its purchase would cost over the
 * horizon. The days repeat the traffic's week; growth is taken back by their age. */
#include <math.h>

#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

enum { HOURS_PER_DAY = 24, LOOK_BACK_DAYS = 30 };

static int hour_of_week(struct date day) {
    int64_t days = calendar_days(day) + 3; /* day 0 was a Thursday, a week begins on Monday */
    return (int)((days % 7 + 7) % 7) * HOURS_PER_DAY;
}

/* Demand of the last `days` before the horizon, each hour once. */
static struct demand *past_demand(struct arena *arena, const struct study *study, int days) {
    const struct scenario *scenario = &study->scenario;
    struct demand *past = arena_new(arena, struct demand, 1);
    int n = days * HOURS_PER_DAY, week = HOURS_PER_WEEK;
    *past = (struct demand){.n_workloads = scenario->n_workloads,
                            .n_weeks = 1,
                            .n_hours = n,
                            .n_months = 1,
                            .n_calendar = 1,
                            .calendar_from = study->demand.calendar_from,
                            .weeks = {{.weight = 1}},
                            .horizon_hours = n};
    past->growth = arena_new(arena, double, scenario->n_workloads);
    past->rate_per_second = arena_new(arena, double, scenario->n_workloads *n);
    past->weight = arena_new(arena, double, n);
    past->month_hours = arena_new(arena, double, 1);
    past->month_hours[0] = n;
    past->calendar_hours = past->month_hours;
    int first = ((hour_of_week(scenario->start) - n) % week + week) % week;
    for (int h = 0; h < n; h++)
        past->weight[h] = 1;
    for (int w = 0; w < scenario->n_workloads; w++) {
        double growth = 1 + scenario->workloads[w].demand.growth.mid;
        past->growth[w] = 1;
        for (int h = 0; h < n; h++)
            past->rate_per_second[w * n + h] =
                study->demand.rate_per_second[w * study->demand.n_hours + (first + h) % week] *
                pow(growth, -(double)(n - h) / HOURS_PER_MONTH);
    }
    return past;
}

/* The first savings plan that the scenario has for sale; else the most common one. */
static struct commitment_terms plan_terms(const struct scenario *scenario) {
    for (int t = 0; t < scenario->n_terms; t++)
        if (scenario->terms[t].kind == COMMIT_PLAN_COMPUTE ||
            scenario->terms[t].kind == COMMIT_PLAN_EC2)
            return scenario->terms[t];
    return (struct commitment_terms){COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT};
}

static bool add_method(struct arena *arena, const struct study *study,
                       const struct plan_input *past, const struct plan *plan,
                       struct study_look_back *out, struct err *err) {
    if (!recommend_from_usage(arena, past, plan, out->terms, out->target_coverage, &out->rows,
                              &out->n_rows, err))
        return false;
    double usd;
    if (!recommend_over_horizon(&study->plan_input, out->terms, out->rows, out->n_rows, &usd, err))
        return false;
    out->horizon_usd_per_month = usd * HOURS_PER_MONTH;
    return true;
}

bool study_look_back(struct arena *arena, struct study *study, const struct study_options *options,
                     struct err *err) {
    if (options->lookback_days == 0 && !(options->target_coverage > 0))
        return true;
    int days = options->lookback_days > 0 ? options->lookback_days : LOOK_BACK_DAYS, n = 0;
    struct plan_input past = study->plan_input;
    struct plan plan;
    past.demand = study_split_demand(arena, study, past_demand(arena, study, days));
    past.n_terms = past.n_budgets = past.n_capacity = 0;
    past.carbon = NULL;
    past.spot = NULL; /* of these days nothing is known but the mean */
    past.owned_left = NULL;
    if (!plan_solve(arena, &past, &plan, err))
        return false;
    struct study_look_back *made = arena_new(arena, struct study_look_back, 2);
    if (!plan.feasible)
        return err_set(err, ERR_ANSWER_NO, "the last %d days cannot be planned for: %s", days,
                       plan.infeasible);
    for (int method = 0; method < 2; method++) {
        bool target = method == 1;
        if (target ? !(options->target_coverage > 0) : options->lookback_days == 0)
            continue;
        made[n] = (struct study_look_back){
            .days = days,
            .terms = plan_terms(&study->scenario),
            .target_coverage = target ? options->target_coverage : NAN,
        };
        if (!add_method(arena, study, &past, &plan, &made[n++], err))
            return false;
    }
    study->look_backs = made;
    study->n_look_backs = n;
    return true;
}
