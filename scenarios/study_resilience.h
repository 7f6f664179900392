/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Zones of a scenario, as the pools of a replay have them. */
#ifndef HEADROOM_SCENARIOS_STUDY_RESILIENCE_H
#define HEADROOM_SCENARIOS_STUDY_RESILIENCE_H

#include "scenarios/study.h"

/** Names of the zones, as many as a scenario can have. */
extern const char *const study_zones[];

/** The zones, from 0, in the order in which the parts of a candidate's on-demand instances are in
 * them: the n mod Z first parts have one more. Zones come first where most of what is owned of its
 * type in one zone alone (reserved instances, reserved capacity) is left by the candidates before
 * it at their most of the week; of equals `first` and those after it.
 *  @param taken  [zones] what other pools of the candidate have there already
 *  @param order  [zones] out */
void study_zone_order(const struct study *study, const struct plan *plan, int candidate, int week,
                      int first, const int *taken, int *order);

/** Each pool of instances becomes one in each zone; what does not divide goes to the first zones,
 * another first zone for each pool, or as study_zone_order says. A pool's fallback becomes that of
 * the same part, and one that never has instances of its own is in the zones after it. Pools on a
 * spot market are in zones already: the first of the market is the first here.
 *  @param pools, candidates  [n_pools] with room for so many in each zone
 *  @param plan  of what is owned in one zone; NULL: it does not matter here
 *  @return how many there are then */
int study_spread(struct arena *arena, const struct study *study, const struct plan *plan, int week,
                 struct pool *pools, int *candidates, int n_pools);

#endif
