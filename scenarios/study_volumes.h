/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The volume that each instance is launched with (`scaling.volume`): it holds the system, the
 * container image and the weights, is provisioned while the instance lives, and is paid beside it,
 * however the instance is bought. The replay's ledger has its seconds; the plan counts those of the
 * workloads by the instance hour. Stations, jobs and clusters pay theirs with their instances,
 * beside the plan. Only study_*.c and results include this. */
#ifndef HEADROOM_SCENARIOS_STUDY_VOLUMES_H
#define HEADROOM_SCENARIOS_STUDY_VOLUMES_H

#include "scenarios/study_offers.h"
#include "sim/replay.h"

/** What system and container image take of a volume whose size is not stated, GiB. */
#define STUDY_IMAGE_GIB 50

/** Offers of the volume's tier in every region of a candidate that runs on instances; a region
 * without a rate, and what the tier does not sell, are told. */
void study_add_volumes(struct study_offers *offers, const struct candidate *candidates, int n);

/** The offer of the volume's tier in a region; -1: none is stated, or what is wrong is told. */
int study_open_volume(struct study_offers *offers, const char *region);

/** Its index once the offers are made; -1: none. */
int study_volume_offer(const struct study *study, const char *region);
/** @param offer  of the tier, -1: none
 *  @param weight_bytes  that it holds, where no size is stated */
struct pool_volume study_volume_with(const struct study *study, int offer, double weight_bytes);
/** USD a month of its GB, IOPS and throughput. @param volume  one that there is */
void study_volume_parts_usd(const struct study *study, const struct pool_volume *volume,
                            double usd[3]);
/** USD an hour of all of it, in months of 730 hours; 0: none. */
double study_volume_rate(const struct study *study, const struct pool_volume *volume);
/** So many seconds of it as rows [3] at row.offer. @return how many */
int study_volume_seconds(const struct pool_volume *volume, int64_t instance_s, struct usage_row row,
                         struct usage_row *rows);

/** Of a job's nodes in one of its regions (study_jobs.c): its model's weights are in bf16. */
struct pool_volume study_job_volume(const struct study *study, const struct job_spec *spec,
                                    int region);

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
