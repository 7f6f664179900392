/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the answers of a workload cost on their way out (`workloads.answers`): so many bytes a
 * request and an output token, over the internet or another way of the price book. They are rows of
 * the replay's ledger, so that the bill has its volume tiers over all workloads. The plan counts
 * them by the mean rate of those tiers. */
#ifndef HEADROOM_SCENARIOS_STUDY_ANSWERS_H
#define HEADROOM_SCENARIOS_STUDY_ANSWERS_H

#include "scenarios/study_offers.h"
#include "sim/replay.h"

/** How often a byte is metered that takes a way of the price book: between zones of a region the
 * provider charges who sends it and who receives it, and both are ours. */
int study_times_metered(const char *way);

/** Offers of the ways out, in every region of a workload's candidates; a region without a rate is
 * told. */
void study_add_ways_out(struct study_offers *offers, const struct candidate *candidates, int n);

/** Adds the rows of one replay: of finished requests, spread over the hours by arrivals and over
 * regions by the requests that their pools finished. A week's bytes are exact to a byte.
 *
 *  @param candidates  [input->n_pools] of each pool */
void study_append_answers(struct arena *arena, const struct study *study,
                          const struct replay_input *input, const int *candidates,
                          struct replay_result *result);

/** What a request's answer costs on its way out of each candidate's region, by the mean rate of the
 * volume tiers that all answers of the expected demand fill together, as if all that can went that
 * way.
 *
 *  @param planned  the solver's demand; where it is more than what is expected, the cheapest way
 * out counts for that much less, so that the horizon's cost is that of what is expected
 *  @return [n_candidates] USD; NULL: no workload has answers to send */
const double *study_ways_out(struct arena *arena, const struct study *study,
                             const struct demand *planned);

#endif
