/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a saving is measured against: today's fleet; without one the cheapest single choice for each
 * workload, on demand, held at each week's peak. */
#include "scenarios/study_parts.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "scenarios/study_answers.h"
#include "scenarios/study_rollout.h"

struct part {
    double left; /* of a mean number, beyond whole instances */
    int hour;
};

static int by_part(const void *left, const void *right) {
    const struct part *a = left, *b = right;
    return a->left != b->left ? (a->left < b->left) - (a->left > b->left) : a->hour - b->hour;
}

/* Whole instances in each hour of the weeks that have as many hours in all as the means, what is
 * less than one carried from week to week: first the whole part of each mean, then one more in the
 * hours with the largest rests; of equal ones the first, so that what runs goes on running. A fleet
 * that hardly ran has one hour. */
static void add_by_hour(const double *by_hour, int n_weeks, int32_t *counts) {
    struct part parts[HOURS_PER_WEEK];
    double rest = 0, carry = 0.5, whole = 0;
    for (int k = 0; k < HOURS_PER_WEEK; k++) {
        double n = floor(by_hour[k] + 1e-9);
        parts[k] = (struct part){fmax(by_hour[k] - n, 0), k};
        rest += parts[k].left;
        whole += n;
        for (int w = 0; w < n_weeks; w++)
            counts[w * HOURS_PER_WEEK + k] += (int32_t)n;
    }
    qsort(parts, HOURS_PER_WEEK, sizeof *parts, by_part);
    for (int w = 0; w < n_weeks; w++) {
        carry += rest;
        int n = (int)fmin(floor(carry + 1e-9), HOURS_PER_WEEK);
        carry -= n;
        whole += n;
        for (int i = 0; i < n; i++)
            counts[w * HOURS_PER_WEEK + parts[i].hour]++;
    }
    counts[parts[0].hour] += whole > 0 ? 0 : 1;
}

/* Counts of today's fleet: the same instances in every hour, or in every week. */
static void today_counts(const struct study *study, int32_t *regular, int32_t *spot) {
    int n_hours = study->demand.n_hours;
    for (int t = 0; t < study->scenario.n_today; t++) {
        const struct today_instance *today = &study->scenario.today[t];
        int best = -1; /* of several setups of the type, the one that carries most */
        for (int c = 0; c < study->n_candidates; c++)
            if (study_can_run_today(study, today, c) &&
                (best < 0 || capacity_best_rate_per_replica(&study->capacities[c]) >
                                 capacity_best_rate_per_replica(&study->capacities[best])))
                best = c;
        ENSURE(best >= 0); /* study_candidates has refused what cannot run */
        int32_t *counts = (today->spot ? spot : regular) + (size_t)best * (size_t)n_hours;
        if (today->by_hour)
            add_by_hour(today->by_hour, study->demand.n_weeks, counts);
        for (int h = 0; h < (today->by_hour ? 0 : n_hours); h++)
            counts[h] += today->count;
    }
}

static void name_baseline(struct arena *arena, struct study *study, const int32_t *regular,
                          const double *overflow) {
    struct study_counts counts = {.regular = regular, .overflow = overflow};
    struct study_machines runs = study_machines_of(arena, study, &counts, false);
    study->baseline_name =
        arena_printf(arena, "no current fleet given: %s%s", runs.words,
                     runs.most > 0 ? ", on demand, held at each week's peak" : "");
}

/* The plan's own mix, on demand, at the peak of each week: when no single candidate can carry a
 * workload's peak. */
static void own_mix_at_peak(const struct study *study, int32_t *regular, double *overflow) {
    const struct demand *demand = &study->demand;
    const struct plan *plan = study->first_plan;
    for (int c = 0; c < study->n_candidates; c++)
        for (int week = 0; week < demand->n_weeks; week++) {
            size_t first = (size_t)c * (size_t)demand->n_hours + (size_t)(week * HOURS_PER_WEEK);
            int32_t peak = 0;
            for (size_t h = first; h < first + HOURS_PER_WEEK; h++)
                peak = plan->regular[h] + plan->spot[h] > peak ? plan->regular[h] + plan->spot[h]
                                                               : peak;
            for (size_t h = first; h < first + HOURS_PER_WEEK; h++) {
                regular[h] = peak;
                overflow[h] = plan->overflow_share[h];
            }
        }
}

/* What the cheapest single choice is taken from: where there is a model that costs nothing to make,
 * nobody makes one for a baseline. */
static struct plan_input single_choice_input(struct arena *arena, const struct study *study,
                                             const struct plan_input *like) {
    struct plan_input input = *like;
    bool *closed = arena_new(arena, bool, study->n_variants);
    for (int v = 0; v < study->n_variants; v++)
        for (int c = 0; c < study->n_choices && !closed[v]; c++)
            closed[v] = study->candidates[c].workload == study->variants[v].workload &&
                        study->capacities[c].feasible && study_variant_of(study, c) < 0;
    /* which are open is the study's, how much they carry the input's: a future has its own */
    const struct capacity *open = study_open_capacities(arena, study, closed);
    size_t n = (size_t)like->n_candidates;
    struct capacity *capacities = arena_grow(arena, like->capacities, n, n, sizeof *capacities);
    for (size_t c = 0; c < n; c++)
        capacities[c].feasible = open[c].feasible;
    input.capacities = capacities;
    return input;
}

bool study_peak_fleet(struct arena *arena, const struct study *study,
                      const struct plan_input *input, int32_t *regular, double *overflow) {
    struct plan_input single = single_choice_input(arena, study, input);
    return plan_peak_fleet(arena, &single, regular, overflow);
}

void study_baseline_plan(struct arena *arena, struct study *study, struct plan *out) {
    size_t n = (size_t)study->n_candidates * (size_t)study->demand.n_hours;
    int32_t *regular = arena_new(arena, int32_t, n), *spot = arena_new(arena, int32_t, n);
    double *overflow = arena_new(arena, double, n);
    /* What the rounds plan above the demand is for the plan alone: a saving that grew with them
     * would be none. */
    struct plan_input input = study->plan_input;
    input.demand = study_split_demand(arena, study, &study->demand);
    input.way_out_usd_per_request = study_ways_out(arena, study, input.demand);
    study->baseline_given = study->scenario.n_today > 0;
    if (study->baseline_given)
        today_counts(study, regular, spot);
    else if (!study_peak_fleet(arena, study, &input, regular, overflow))
        own_mix_at_peak(study, regular, overflow);
    struct plan_input *priced = arena_new(arena, struct plan_input, 1);
    *priced = input;
    plan_price_fleet(arena, priced, study_with_fallbacks(arena, study, regular), spot, NULL,
                     overflow, out);
    if (study->baseline_given)
        study->baseline_name =
            study->today_bill.name
                ? arena_printf(arena, "today's fleet, from %s", study->today_bill.name)
                : "today's fleet";
    else
        name_baseline(arena, study, regular, overflow);
}
