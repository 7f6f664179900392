/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The volume that each instance of the workloads is launched with (`scaling.volume`): it holds the
 * system, the container image and the weights, is provisioned while the instance lives, and is paid
 * beside it, however the instance is bought. The replay's ledger has its seconds; the plan counts
 * it by the instance hour. Only study_*.c and results include this. */
#ifndef HEADROOM_SCENARIOS_STUDY_VOLUMES_H
#define HEADROOM_SCENARIOS_STUDY_VOLUMES_H

#include "scenarios/study_offers.h"
#include "sim/replay.h"

/** What system and container image take of a volume whose size is not stated, GiB. */
#define STUDY_IMAGE_GIB 50

/** Offers of the volume's tier in every region of a candidate that runs on instances; a region
 * without a rate, and what the tier does not sell, are told. */
void study_add_volumes(struct study_offers *offers, const struct candidate *candidates, int n);

/** Of one candidate; zeroed: none. */
struct pool_volume study_volume_of(const struct study *study, int candidate);

/** USD an hour of it, in months of 730 hours. */
double study_volume_usd_per_hour(const struct study *study, int candidate);
/** [n_candidates] of it; NULL: the scenario has no volumes. */
const double *study_volumes_usd_per_hour(struct arena *arena, const struct study *study);

/** Of an hour of the schedule: so many instance seconds of a candidate, into rows [3].
 *  @return how many */
int study_volume_rows(const struct study *study, int candidate, int64_t instance_s,
                      struct usage_row row, struct usage_row *rows);

/** "ebs-gp3 of 66 GiB, 6000 IOPS"; "" : none. */
const char *study_volume_words(struct arena *arena, const struct study *study, int candidate);
#endif
