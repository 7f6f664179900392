/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spare capacity: what the programme is asked to survive, and, counted apart from it by SIZE alone,
 * what is left of a plan's hour when the largest instance, the heaviest zone or all spot is gone.
 * The replay with the loss is the judge. */
#include <math.h>

#include "scenarios/study_parts.h"

#define SLACK 1e-9 /* sums that differ by rounding only are the same */

struct hour_capacity {
    double left[SURVIVE_KINDS]; /* requests per second on instances, after the loss */
    double sent_by_use;         /* share */
};

static double rate_of(const struct study *study, int candidate, int instances) {
    return capacity_rate(&study->capacities[candidate],
                         instances * study->candidates[candidate].replicas_per_instance);
}

/* In one zone: pools are spread evenly, what does not divide goes to some zone. */
static int most_in_a_zone(int instances, int zones) {
    return (instances + zones - 1) / zones;
}

static struct hour_capacity capacity_of(const struct study *study, int workload, int hour) {
    const struct plan *plan = study->recommended.plan;
    int zones = study->scenario.resilience.zones;
    struct hour_capacity sum = {0};
    double largest = 0;
    for (int c = 0; c < study->n_choices; c++) {
        if (study->candidates[c].workload != workload)
            continue;
        size_t at = (size_t)c * (size_t)study->demand.n_hours + (size_t)hour;
        if (study->candidates[c].kind != CANDIDATE_INSTANCE) {
            sum.sent_by_use += plan->overflow_share[at];
            continue;
        }
        int n = plan->regular[at] + plan->spot[at];
        double rate = rate_of(study, c, n);
        sum.left[SURVIVE_INSTANCE] += rate;
        sum.left[SURVIVE_SPOT] += rate_of(study, c, plan->regular[at]);
        sum.left[SURVIVE_ZONE] += rate_of(study, c,
                                          n - most_in_a_zone(plan->regular[at], zones) -
                                              most_in_a_zone(plan->spot[at], zones));
        if (n > 0)
            largest = fmax(largest, rate - rate_of(study, c, n - 1));
    }
    sum.left[SURVIVE_INSTANCE] -= largest;
    return sum;
}

int study_lacking_spare(const struct study *study, const double *need) {
    int lacking = 0;
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_hours; i++) {
        int workload = i / study->demand.n_hours, hour = i % study->demand.n_hours;
        struct hour_capacity capacity = capacity_of(study, workload, hour);
        double on_instances = 1 - capacity.sent_by_use;
        bool lacks = false;
        for (int what = 0; what < SURVIVE_KINDS; what++)
            lacks = lacks || (study->scenario.resilience.survive[what] && on_instances > SLACK &&
                              capacity.left[what] < need[i] * on_instances * (1 - SLACK));
        lacking += lacks;
    }
    return lacking;
}

struct plan_loss study_losses(const struct study *study) {
    const struct resilience_spec *spec = &study->scenario.resilience;
    return (struct plan_loss){.instance = spec->survive[SURVIVE_INSTANCE],
                              .zones = spec->survive[SURVIVE_ZONE] ? spec->zones : 0,
                              .spot = spec->survive[SURVIVE_SPOT]};
}
