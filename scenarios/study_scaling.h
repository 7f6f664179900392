/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From the scenario's scaling to what one pool's replay needs: the target in the metric's own
 * unit, the plan and the past as the policy sees them, the weights that a launch loads. */
#ifndef HEADROOM_SCENARIOS_STUDY_SCALING_H
#define HEADROOM_SCENARIOS_STUDY_SCALING_H

#include "scenarios/mistakes.h"
#include "scenarios/study.h"
#include "scenarios/study_offers.h"

/** Every candidate that runs on instances must have the metric that the policy watches. */
void study_check_scaling(const struct study *study, struct mistakes *mistakes);

/** What a candidate's launches take. NULL: `boot` says it all and is always the same. */
const struct ready_delay *study_ready_delay(struct arena *arena, const struct study *study,
                                            int candidate);

/** Who decides on the instances of pool `pool` in this planning week. NULL: the schedule, with
 * launches that always take the same.
 *  @param pools  [n_pools] all pools of the workload, with instances and weight
 *  @param candidates  [n_pools] theirs */
const struct autoscaler *study_autoscaler(struct arena *arena, const struct study *study,
                                          const struct pool *pools, const int *candidates,
                                          int n_pools, int pool, int week);

/** Of a candidate that runs on instances: bytes of its model's weights. */
double study_weight_bytes(const struct study *study, int candidate);

/** Offers of the way that weights take, in every region of a candidate; a region without a rate is
 * told. */
void study_add_weights(struct study_offers *offers, const struct candidate *candidates, int n);
/** What is paid for at each launch of a candidate's instance. */
struct pool_weights study_weights_of(const struct study *study, int candidate);

#endif
