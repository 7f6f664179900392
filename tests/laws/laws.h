/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws as predicates on numbers, so that each can be shown to fail on numbers that were
 * tampered with. Each names the bug that it catches. */
#ifndef HEADROOM_TESTS_LAWS_LAWS_H
#define HEADROOM_TESTS_LAWS_LAWS_H

#include "scenarios/study.h"

/** Optimum of the programme; infeasible is dearer than anything. */
struct law_optimum {
    bool feasible;
    double usd_per_hour;
};

/** arrived = finished + rejected + timed out + given up + unfinished; the hours hold the same
 * requests; none is good that has not finished. Catches requests lost or counted twice between
 * routing, spot loss and drains.
 */
bool law_requests_add_up(const struct replay_result *replay);

/** A request is answered from the cache or attempted, at most so many times. Catches attempts that
 * are counted as requests, and cached answers that are attempted as well.
 *  @param attempts_max  1 without retries */
bool law_attempts_add_up(const struct replay_result *replay, int attempts_max);

/** completed + failed <= started, and no task without a call. Catches a task lost with its call. */
bool law_tasks_add_up(const struct task_counts *tasks);

/** In every hour the streams of a mix hold the requests of the hour. */
bool law_streams_add_up(const struct replay_result *replay);

/** Catches a choice by name or by the first that is in time. */
bool law_chooses_the_cheapest_in_time(const struct study_job *job);

/** used + unused = committed, and the charges add up to the total and to the totals by kind, to the
 * nano-dollar. Catches coverage rounded row by row. */
bool law_bill_adds_up(const struct bill *bill);

/** lp + margin + rounding = plan; plan + billing rules + delay = bill. Catches a gap measured
 * between numbers of different rounds or weeks. */
bool law_gaps_add_up(const struct study_gaps *gaps);

/** The theoretical minimum is not above the plan, and neither margin nor rounding is below zero.
 * Catches a bound that is none. */
/** What the plan counts for the way out of answers is what the bill has of it, but for what chance
 * brings: fewer or longer answers than expected. */
bool law_answers_are_in_the_plan(double planned_usd, double billed_usd);
bool law_bound_is_below_the_plan(const struct study_gaps *gaps);

/** The optimum after the change is not below the one before: with an option less, or dearer prices.
 * Catches a reduction of the programme that is not exact, a price with the wrong sign. */
bool law_no_cheaper(struct law_optimum before, struct law_optimum after);

/** Catches an absolute threshold in money. */
bool law_doubled(struct law_optimum once, struct law_optimum twice);

/** The same for a plan, an hour, to one step for each of the savings plans that it and the other
 * buy, because those are sold in steps of $0.001 an hour. */
bool law_doubled_in_steps(double once_usd, double twice_usd, int n_plans);

/** The same for bills, to the nano-dollar a charge. */
bool law_bill_doubled(const struct bill *once, const struct bill *twice);

/** Instances and shares of every hour alike: the plan has not changed. Catches a tie broken by the
 * size of a number, a constraint that acts before it binds. */
bool law_same_fleet(const struct plan *a, const struct plan *b, int n_candidates, int n_hours);

/** Nothing is bought. Catches a policy that filters only some kinds of commitment. */
bool law_buys_nothing(const struct plan *plan);

/** Nothing is paid upfront. Catches a limit that holds for the sum of the programme but not for
 * the whole-instance plan. */
bool law_pays_nothing_upfront(const struct plan *plan);

/** The same requests come in every hour and at least as many of them are inside the limits.
 * Catches draws that depend on the fleet, requests sent to replicas that are not ready. */
bool law_serves_as_well(const struct replay_result *few, const struct replay_result *many);

#endif
