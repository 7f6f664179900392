/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the solver says when nothing fits: where the scenario states it, and how much busier the
 * busiest minute of an hour is than the hour, since limits of what is paid by use are by the
 * minute.
 */
#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

#define BUSIEST_OF_60 2.32 /* standard deviations: the mean of the largest of 60 normal draws */

static double drawn_busiest(const struct traffic *traffic) {
    const struct burstiness *b = &traffic->burstiness;
    double peak = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        peak = fmax(peak, traffic->rate_per_second[h]);
    if (peak <= 0)
        return 1;
    double variance = b->minute_cv * b->minute_cv + b->arrival_cv * b->arrival_cv / (60 * peak);
    return 1 + BUSIEST_OF_60 * sqrt(variance);
}

/* Of the trace's own busiest minute, against its clock hour. */
static double traced_busiest(const struct traffic *traffic) {
    const int64_t minute_ns = 60 * INT64_C(1000000000);
    size_t hour_n = 0, minute_n = 0, minute_most = 0, busiest_hour = 0;
    double found = 1;
    int64_t minute = -1, hour = -1;
    for (size_t i = 0; i <= traffic->n_requests; i++) {
        int64_t at = i < traffic->n_requests ? traffic->requests[i].arrival_ns / minute_ns : -2;
        if (at != minute) {
            minute_most = minute_n > minute_most ? minute_n : minute_most;
            minute = at;
            minute_n = 0;
        }
        if (at == -2 || at / 60 != hour) {
            if (hour_n > busiest_hour) {
                busiest_hour = hour_n;
                found = 60.0 * (double)minute_most / (double)hour_n;
            }
            hour = at / 60;
            hour_n = minute_most = 0;
        }
        hour_n++;
        minute_n++;
    }
    return fmax(1, found);
}

static double busiest_minute(const struct traffic *traffic) {
    return traffic->kind == TRAFFIC_GENERATED                          ? drawn_busiest(traffic)
           : traffic->kind == TRAFFIC_TRACE && traffic->n_requests > 0 ? traced_busiest(traffic)
                                                                       : 1;
}

/* The entry of models or run_on that a candidate paid by use comes from. */
static struct place place_of_use(const struct study *study, const struct candidate *candidate) {
    const struct workload *workload = &study->scenario.workloads[candidate->workload];
    for (int m = 0; m < workload->n_models; m++)
        if (strcmp(workload->models[m].use, candidate->sku) == 0)
            return workload->models[m].place;
    for (int r = 0; r < workload->n_run_on; r++)
        if (strcmp(workload->run_on[r].sku, candidate->sku) == 0)
            return workload->run_on[r].place;
    return workload->place;
}

void study_tell_where(struct arena *arena, const struct study *study, struct plan_input *input) {
    const struct scenario *scenario = &study->scenario;
    int n = input->demand->n_workloads; /* the sides of a split are workloads of their own */
    const char **workloads = arena_new(arena, const char *, n);
    const char **candidates = arena_new(arena, const char *, study->n_candidates);
    double *busiest = arena_new(arena, double, n);
    for (int w = 0; w < n; w++)
        busiest[w] = 1;
    for (int w = 0; w < scenario->n_workloads; w++) {
        workloads[w] = place_words(arena, scenario->workloads[w].place);
        busiest[w] = busiest_minute(&study->traffics[w]);
    }
    for (int c = 0; c < study->n_candidates; c++)
        if (study->candidates[c].kind != CANDIDATE_INSTANCE)
            candidates[c] = place_words(arena, place_of_use(study, &study->candidates[c]));
    input->where = (struct plan_where){.workloads = workloads,
                                       .candidates = candidates,
                                       .purchase = scenario->purchase_where,
                                       .spot_share = scenario->spot_share_where,
                                       .term = scenario->term_where,
                                       .upfront = scenario->upfront_where,
                                       .coverage = scenario->coverage_where};
    input->busiest_minute = busiest;
}
