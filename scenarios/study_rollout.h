/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Rollouts: a workload is served by two sides at once. The new side is what `to` names, the old
 * side all else. The solver sees the new side of an A/B split as a workload of its own, behind the
 * scenario's; in a replay it is a group of pools. */
#ifndef HEADROOM_SCENARIOS_STUDY_ROLLOUT_H
#define HEADROOM_SCENARIOS_STUDY_ROLLOUT_H

#include "scenarios/mistakes.h"
#include "scenarios/study.h"

/** Every `to` must name something that the workload lists, and leave something beside it; an A/B
 * split is between instances. */
void study_check_rollouts(const struct study *study, struct mistakes *mistakes);
/** After SIZE: each side needs a candidate that can serve. */
bool study_check_sides(struct arena *arena, const struct study *study, struct err_list *errs);

/** 1: the candidate is of the new side of its workload's rollout; else 0. */
int study_side(const struct study *study, int candidate);
/** Why a candidate is not open to the plan for the horizon: it is what a rollout leaves. "" */
const char *study_left_behind(const struct study *study, int candidate);
/** What the solver plans over the horizon, A/B splits as two workloads each; the same pointers when
 * there are none. @param demand  of the scenario's workloads */
const struct demand *study_split_demand(struct arena *arena, const struct study *study,
                                        const struct demand *demand);
const struct candidate *study_split_candidates(struct arena *arena, const struct study *study);
const char *const *study_split_names(struct arena *arena, const struct study *study,
                                     const char *const *names);
/** The scenario's workload that a workload of the solver is, or is a side of. */
int study_split_of(const struct study *study, int solver_workload);

/** Requests per second planned for in an hour, all sides together. */
double study_planned_rate(const struct study *study, int workload, int hour);

/** The groups of a replay of the workload, with its pools put into them.
 *
 *  @param week_of_rollout  canary and blue_green split too
 *  @param pools  [input->n_pools] the input's, to change
 *  @param candidates  [input->n_pools] theirs */
void study_split_replay(struct arena *arena, const struct study *study, int workload,
                        bool week_of_rollout, struct pool *pools, const int *candidates,
                        struct replay_input *input);

/** [n_hours] of one side of an A/B split, which is held to the SLO by itself; NULL: the replay is
 * not split. */
const struct replay_hour *study_judged_hours(const struct study *study, int workload,
                                             const struct replay_result *result, int side);
/** The share of the worst of the SLO's windows, of all requests and of those sides. */
double study_worst_attainment(const struct study *study, int workload,
                              const struct replay_result *result);

#endif
