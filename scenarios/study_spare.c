/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spare capacity by SIZE: what is left of a plan's hour when the largest instance, or the heaviest
 * zone, is gone. An estimate to plan with; the replay with the loss is the judge. */
#include <math.h>

#include "scenarios/study_parts.h"

#define BEYOND 1.001 /* enough to ask for one more instance */
#define SLACK 1e-9   /* sums that differ by rounding only are the same */

struct hour_capacity {
    double whole, without_zone, without_instance; /* requests per second on instances */
    double sent_by_use;                           /* share */
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
        sum.whole += rate;
        sum.without_zone += rate_of(study, c,
                                    n - most_in_a_zone(plan->regular[at], zones) -
                                        most_in_a_zone(plan->spot[at], zones));
        if (n > 0)
            largest = fmax(largest, rate - rate_of(study, c, n - 1));
    }
    sum.without_instance = sum.whole - largest;
    return sum;
}

/* Capacity to plan so that what is left carries `need`: a zone takes its part of all, an instance
 * always as much. */
static double whole_for(enum survive what, const struct hour_capacity *capacity, double need) {
    double left = what == SURVIVE_ZONE ? capacity->without_zone : capacity->without_instance;
    double more = BEYOND * capacity->whole;
    if (left >= need * (1 - SLACK))
        return 0;
    if (what == SURVIVE_INSTANCE)
        return fmax(more, need + capacity->whole - left);
    return left > 0 ? fmax(more, capacity->whole * need / left) : more;
}

int study_lacking_spare(const struct study *study, const double *need, double *wanted) {
    int lacking = 0;
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_hours; i++) {
        int workload = i / study->demand.n_hours, hour = i % study->demand.n_hours;
        struct hour_capacity capacity = capacity_of(study, workload, hour);
        double on_instances = 1 - capacity.sent_by_use, whole = 0;
        for (int what = 0; what < SURVIVE_KINDS; what++)
            if (study->scenario.resilience.survive[what])
                whole =
                    fmax(whole, whole_for((enum survive)what, &capacity, need[i] * on_instances));
        if (!(whole > 0) || on_instances <= SLACK)
            continue;
        wanted[i] = fmax(wanted[i], whole / on_instances);
        lacking++;
    }
    return lacking;
}
