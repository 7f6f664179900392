/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Charts of a study in characters, at most 80 columns wide. */
#ifndef HEADROOM_CLI_ANSWER_PICTURES_H
#define HEADROOM_CLI_ANSWER_PICTURES_H

#include "scenarios/study.h"

/** The week of highest demand: requests and the plan's instances of each workload, a mark for the
 * most of three hours. Needs a plan. */
void answer_append_week(const struct study *study, struct text *out);

/** Unit cost against the latency that the SLO limits first, of each workload with two candidates
 * or more. */
void answer_append_frontier(const struct study *study, struct text *out);

/** The 95th percentile of the latency that the SLO limits first: TTFT, else end to end. */
double answer_p95_s(const struct slo *slo, const struct capacity_point *point);

#endif
