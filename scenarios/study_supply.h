/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What can be had on demand, as the pools of a replay have it: launches that fail or take long,
 * and the ranked substitutes that stand in for those that fail. */
#ifndef HEADROOM_SCENARIOS_STUDY_SUPPLY_H
#define HEADROOM_SCENARIOS_STUDY_SUPPLY_H

#include "scenarios/mistakes.h"
#include "scenarios/study.h"

/** Every instance type of estate.supply must be one that something runs on, each of its substitutes
 * must be able to serve one workload that runs on it, and each such workload needs one that can.
 * Asked before SIZE and after it, when more is known of who can serve. */
void study_check_supply(const struct study *study, struct mistakes *mistakes);

/** Of a candidate's instances those that run in capacity held for its type, hour by hour of the
 * week [168]; candidates before it come first. NULL: none is held, or its supply is not limited. */
int32_t *study_guaranteed(struct arena *arena, const struct study *study, const struct plan *plan,
                          int candidate, int week);

/** [n_offers] types of estate.supply. */
const bool *study_scarce(struct arena *arena, const struct study *study);

/** What can be had at once, by offer; *n of them. */
const struct plan_supply *study_plan_supply(struct arena *arena, const struct study *study, int *n);

/** The pool launches its candidate's instances on demand: what estate.supply says of them. At once
 * it may have what the plan leaves it in each hour of the week: what other workloads run on demand
 * then is taken off. Where a fleet has more than that together, workloads before it come first. */
void study_limit_supply(struct arena *arena, const struct study *study, const struct plan *plan,
                        int candidate, int week, struct pool *pool);

/** What is taken for granted of a type that is hard to get: that the instances with which a
 * replayed week begins are there. NULL: the plan has none then, or nothing limits the type.
 *  @param index  of scenario.supply */
const char *study_supply_words(struct arena *arena, const struct study *study, int index);

/** That the plan runs as many of a type as can be had at once, or more in capacity that is held.
 * NULL: it has room, or nothing limits the type. */
const char *study_at_once_words(struct arena *arena, const struct study *study, int index);

/** The most substitutes that any instance type has. */
int study_substitutes_max(const struct study *study);

/** The substitutes of a candidate's instances for its workload, best first.
 *  @param out  [study_substitutes_max] candidates: of those that can serve on the substitute in the
 *              same region, one of the same model and precision, else of the same model, else any;
 *              of these the one that carries most
 *  @return how many */
int study_substitutes(const struct study *study, int candidate, int *out);

/** What stood in for what over the weeks of a fleet; fills stand_ins and n_stand_ins. */
void study_sum_stand_ins(struct arena *arena, const struct study *study, struct study_fleet *fleet);

/** "g6e.4xlarge stood in for p5.48xlarge: ..." */
const char *study_stand_in_words(struct arena *arena, const struct study *study,
                                 const struct study_stand_in *stand_in);

#endif
