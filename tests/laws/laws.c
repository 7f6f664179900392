/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "laws.h"

#include <math.h>
#include <stdlib.h>

/* Of optima and their sums: what the solver's own tolerances leave. */
#define CLOSE 1e-7
#define CLOSE_USD 1e-9

/* Savings plans are sold in steps of this; a step less is paid on demand, at up to this many times
 * the plan rate. */
#define PLAN_STEP_USD 0.001
#define ON_DEMAND_TO_PLAN_MAX 4

static double slack(double usd) {
    return CLOSE_USD + CLOSE * fabs(usd);
}

static bool near(double a, double b) {
    return isfinite(a) && isfinite(b) && fabs(a - b) <= slack(b);
}

bool law_requests_add_up(const struct replay_result *r) {
    int64_t arrived = 0, good = 0;
    for (int h = 0; h < r->n_hours; h++) {
        arrived += r->hours[h].arrived;
        good += r->hours[h].good;
    }
    return r->finished >= 0 && r->rejected >= 0 && r->unfinished >= 0 && r->front.timed_out >= 0 &&
           r->front.cancelled >= 0 &&
           r->arrived == r->finished + r->rejected + r->front.timed_out + r->front.cancelled +
                             r->unfinished &&
           arrived == r->arrived && good == r->good && r->good <= r->finished;
}

bool law_attempts_add_up(const struct replay_result *r, int attempts_max) {
    const struct front_door_counts *front = &r->front;
    int64_t asked = r->arrived - front->cached;
    return front->cached >= 0 && front->cached <= r->finished && front->attempts >= asked &&
           front->attempts <= asked * attempts_max && front->overflowed <= front->attempts &&
           front->refused + front->taken_back <= front->attempts &&
           r->rejected + front->timed_out <= asked;
}

bool law_tasks_add_up(const struct task_counts *tasks) {
    return tasks->completed >= 0 && tasks->failed >= 0 && tasks->cut <= tasks->completed &&
           tasks->completed + tasks->failed <= tasks->started && tasks->calls >= tasks->completed;
}

bool law_streams_add_up(const struct replay_result *r) {
    for (int h = 0; h < r->n_hours && r->n_streams > 0; h++) {
        int64_t arrived = 0, good = 0;
        for (int s = 0; s < r->n_streams; s++) {
            arrived += r->stream_hours[s * r->n_hours + h].arrived;
            good += r->stream_hours[s * r->n_hours + h].good;
        }
        if (arrived != r->hours[h].arrived || good != r->hours[h].good)
            return false;
    }
    return true;
}

bool law_chooses_the_cheapest_in_time(const struct study_job *job) {
    for (int i = 0; i < job->n_setups; i++) {
        const struct study_job_setup *setup = &job->setups[i];
        if (!setup->possible || !setup->in_time)
            continue;
        const struct study_job_setup *chosen = job->chosen < 0 ? NULL : &job->setups[job->chosen];
        if (!chosen || chosen->usd_per_run - chosen->covered_usd_per_run >
                           setup->usd_per_run - setup->covered_usd_per_run)
            return false;
    }
    return job->chosen < 0 || job->setups[job->chosen].in_time;
}

bool law_bill_adds_up(const struct bill *bill) {
    usd_nano total = 0, by_kind[CHARGE_KINDS] = {0}, list = 0;
    for (int i = 0; i < bill->n_charges; i++) {
        total += bill->charges[i].effective;
        by_kind[bill->charges[i].kind] += bill->charges[i].effective;
        list += bill->charges[i].list;
    }
    bool fine = total == bill->total && list == bill->list_total;
    for (int k = 0; k < CHARGE_KINDS; k++)
        fine = fine && by_kind[k] == bill->total_by_kind[k];
    return fine &&
           by_kind[CHARGE_COMMITMENT_USED] + by_kind[CHARGE_COMMITMENT_UNUSED] == bill->committed;
}

bool law_gaps_add_up(const struct study_gaps *gaps) {
    return near(gaps->lp + gaps->margin + gaps->rounding, gaps->plan) &&
           near(gaps->plan + gaps->billing_rules + gaps->delay, gaps->bill);
}

bool law_bound_is_below_the_plan(const struct study_gaps *gaps) {
    return gaps->lp <= gaps->plan + slack(gaps->plan) && gaps->margin >= -slack(gaps->plan) &&
           gaps->rounding >= -slack(gaps->plan);
}

bool law_answers_are_in_the_plan(double planned_usd, double billed_usd) {
    return fabs(planned_usd - billed_usd) <= 0.35 * billed_usd + CLOSE_USD;
}

bool law_no_cheaper(struct law_optimum before, struct law_optimum after) {
    if (!before.feasible || !after.feasible)
        return !after.feasible;
    return after.usd_per_hour >= before.usd_per_hour - slack(before.usd_per_hour);
}

bool law_doubled(struct law_optimum once, struct law_optimum twice) {
    return once.feasible == twice.feasible &&
           (!once.feasible || near(twice.usd_per_hour, 2 * once.usd_per_hour));
}

bool law_doubled_in_steps(double once_usd, double twice_usd, int n_plans) {
    return fabs(twice_usd - 2 * once_usd) <=
           slack(once_usd) + n_plans * PLAN_STEP_USD * ON_DEMAND_TO_PLAN_MAX;
}

bool law_bill_doubled(const struct bill *once, const struct bill *twice) {
    /* estimated and discounted rates are rounded to 1e-12 USD: a billionth part covers them */
    int64_t off = twice->total - 2 * once->total, charges = once->n_charges;
    return charges == twice->n_charges &&
           llabs(off) <= 2 * charges + once->total / USD_NANO_PER_USD;
}

bool law_same_fleet(const struct plan *a, const struct plan *b, int n_candidates, int n_hours) {
    size_t n = (size_t)n_candidates * (size_t)n_hours;
    if (a->feasible != b->feasible)
        return false;
    if (!a->feasible)
        return true;
    for (size_t i = 0; i < n; i++)
        if (a->regular[i] != b->regular[i] || a->spot[i] != b->spot[i] ||
            fabs(a->overflow_share[i] - b->overflow_share[i]) > CLOSE)
            return false;
    return true;
}

bool law_buys_nothing(const struct plan *plan) {
    for (int i = 0; i < plan->n_commitments; i++)
        if (!plan->commitments[i].commitment.owned)
            return false;
    return plan->upfront_usd == 0 && plan->liability_usd == 0;
}

bool law_pays_nothing_upfront(const struct plan *plan) {
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct commitment *c = &plan->commitments[i].commitment;
        if (!c->owned &&
            (plan->commitments[i].upfront_usd != 0 || payment_upfront_share(c->terms.payment) != 0))
            return false;
    }
    return plan->upfront_usd == 0;
}

bool law_serves_as_well(const struct replay_result *few, const struct replay_result *many) {
    if (few->n_hours != many->n_hours)
        return false;
    for (int h = 0; h < few->n_hours; h++)
        if (few->hours[h].arrived != many->hours[h].arrived ||
            few->hours[h].good > many->hours[h].good)
            return false;
    return few->good <= many->good && few->worst_attainment <= many->worst_attainment;
}
