/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the plan's commitments cover of jobs (docs/model.md 5.9). Jobs stand after the workloads in
 * the ledgers and bills of the recommended fleet: workload n_workloads + j is job j. */
#ifndef HEADROOM_SCENARIOS_STUDY_JOB_COVER_H
#define HEADROOM_SCENARIOS_STUDY_JOB_COVER_H

#include "scenarios/study.h"

enum { STUDY_JOB_HOURS_MAX = 24 * 367 };

/** Node-seconds of a run in each hour from its start, the mean of its replays. */
struct study_job_hours {
    int n;
    double *seconds; /* [STUDY_JOB_HOURS_MAX] */
};

/** study_jobs.c: of a way to run a job. false: *err set (job_replay). */
bool study_job_hours(struct arena *arena, const struct study *study, const struct job_spec *spec,
                     const struct study_job_setup *setup, struct study_job_hours *out,
                     struct err *err);

/** study_jobs.c: the cheapest of a job's ways [job->n_setups] that is in time, beside what
 * commitments would cover of them; what is against the others, and what the runs cost alone. */
void study_choose_job_way(struct arena *arena, const struct study *study,
                          const struct job_spec *spec, struct study_job_setup *setups,
                          struct study_job *job);

/** Bills the hours on demand of all jobs with the fleet's, of which they take what it leaves of the
 * plan's commitments: the way each runs in, the recommended bills, the commitments' utilisation and
 * what jobs still pay are changed. Without a bill, a commitment or such a job nothing is. false:
 * *err set. */
bool study_cover_jobs(struct arena *arena, struct study *study, struct err *err);

/** The job that a workload of a bill's charge stands for; -1: none. */
static inline int study_job_of_workload(const struct study *study, int workload) {
    return workload >= study->scenario.n_workloads ? workload - study->scenario.n_workloads : -1;
}

/** Name and tags of who caused a charge; workload >= 0. */
const char *study_user_name(const struct study *study, int workload);
const char *const (*study_user_tags(const struct study *study, int workload, int *n))[2];

#endif
