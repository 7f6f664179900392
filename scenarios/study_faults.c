/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_faults.h"
#include "base/share.h"

#include <math.h>

enum { SECONDS_PER_HOUR = 3600 };

double study_failures_per_hour(const struct study *study) {
    double mtbf_s = study->scenario.resilience.mtbf_s;
    return mtbf_s > 0 ? SECONDS_PER_HOUR / mtbf_s : 0;
}

/* The pool with most capacity in that hour of its schedule; -1: nothing is scheduled. */
static int largest_pool(const struct replay_input *input, int hour) {
    int largest = -1;
    double most = 0;
    for (int p = 0; p < input->n_pools; p++) {
        const struct pool *pool = &input->pools[p];
        double capacity = pool->instances
                              ? pool->instances[hour] * pool->weight * pool->replicas_per_instance
                              : 0;
        if (capacity > most) {
            most = capacity;
            largest = p;
        }
    }
    return largest;
}

void study_add_faults(struct arena *arena, const struct study *study, int workload,
                      struct replay_input *input) {
    const struct resilience_spec *spec = &study->scenario.resilience;
    struct fault *faults = arena_new(arena, struct fault, spec->n_slow);
    for (int i = 0; i < spec->n_slow; i++) {
        const struct slow_spec *slow = &spec->slow[i];
        int pool = slow->workload == workload ? largest_pool(input, slow->hour) : -1;
        if (pool >= 0)
            faults[input->n_faults++] =
                (struct fault){.kind = FAULT_SLOW,
                               .at_s = (double)slow->hour * SECONDS_PER_HOUR,
                               .duration_s = slow->lasts_s,
                               .target = pool,
                               .slowdown = slow->slowdown};
    }
    input->faults = faults;
}

struct study_slow study_slow_hours(const struct study *study, int index) {
    const struct slow_spec *slow = &study->scenario.resilience.slow[index];
    int over = slow->hour + (int)ceil(slow->lasts_s / SECONDS_PER_HOUR);
    struct study_slow sum = {0};
    for (int week = 0; week < study->demand.n_weeks; week++) {
        const struct replay_result *r =
            &study->recommended.replays[slow->workload * study->demand.n_weeks + week];
        for (int hour = 0; hour < r->n_hours; hour++) {
            bool touched = hour >= slow->hour && hour < over;
            sum.arrived += touched ? r->hours[hour].arrived : 0;
            sum.good += touched ? r->hours[hour].good : 0;
            sum.all_arrived += r->hours[hour].arrived;
            sum.all_good += r->hours[hour].good;
        }
    }
    return sum;
}

const char *study_slow_words(struct arena *arena, const struct study *study, int index) {
    const struct slow_spec *slow = &study->scenario.resilience.slow[index];
    struct study_slow sum = study_slow_hours(study, index);
    const char *name = study->scenario.workloads[slow->workload].name;
    const char *when = arena_printf(
        arena, "one instance of %s %.3g times as slow for %.4g min in hour %d of the week", name,
        slow->slowdown, slow->lasts_s / 60, slow->hour);
    if (sum.arrived == 0)
        return arena_printf(arena, "%s: nothing arrived then", when);
    return arena_printf(arena, "%s: %s within target in those hours, %s over all", when,
                        share_words(arena, (double)sum.good / (double)sum.arrived),
                        share_words(arena, (double)sum.all_good / (double)sum.all_arrived));
}
