/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Zones of a scenario, as the pools of a replay have them. */
#ifndef HEADROOM_SCENARIOS_STUDY_RESILIENCE_H
#define HEADROOM_SCENARIOS_STUDY_RESILIENCE_H

#include "scenarios/study.h"

/** Names of the zones, as many as a scenario can have. */
extern const char *const study_zones[];

/** Each pool of instances becomes one in each zone; what does not divide goes to the first zones,
 * another first zone for each pool. A pool's fallback becomes that of the same part. Pools on a
 * spot market are in zones already: the first of the market is the first here.
 *  @param pools, candidates  [n_pools] with room for so many in each zone
 *  @return how many there are then */
int study_spread(struct arena *arena, const struct study *study, struct pool *pools,
                 int *candidates, int n_pools);

#endif
