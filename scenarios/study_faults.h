/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Instances that a scenario makes fail or slow, in the replays of a plan. */
#ifndef HEADROOM_SCENARIOS_STUDY_FAULTS_H
#define HEADROOM_SCENARIOS_STUDY_FAULTS_H

#include "scenarios/study.h"

/** Failures of one instance in an hour; 0: none fails by itself. */
double study_failures_per_hour(const struct study *study);

/** Slow instances of a workload: each one of the pool that has most capacity scheduled in its hour;
 * none where nothing is. Fills the faults of an input whose pools are complete. */
void study_add_faults(struct arena *arena, const struct study *study, int workload,
                      struct replay_input *input);

/** Requests of a slow instance's hours, over the weeks of the recommended fleet. */
struct study_slow {
    int64_t arrived, good;         /* of the hours it touches */
    int64_t all_arrived, all_good; /* of all hours */
};
struct study_slow study_slow_hours(const struct study *study, int index);

/** "one instance of chat 3 times as slow for 30 min in hour 34 of the week: ..." */
const char *study_slow_words(struct arena *arena, const struct study *study, int index);

#endif
