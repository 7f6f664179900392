/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the solver is asked: which candidates are open to the plan, and all that the scenario says
 * of buying and limits, as the programme takes it. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "scenarios/study_answers.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_supply.h"
#include "scenarios/study_volumes.h"

/* The same machine for the same workload, whatever it is set up with; of functions the same entry
 * of run_on, whose copies are counted together. */
static bool is_same_machine(const struct study *study, int i, int j) {
    const struct candidate *a = &study->candidates[i], *b = &study->candidates[j];
    if (a->kind != b->kind || a->workload != b->workload || a->offer != b->offer ||
        study_side(study, i) != study_side(study, j))
        return false;
    return a->kind == CANDIDATE_INSTANCE || (a->kind == CANDIDATE_FUNCTION && a->setup &&
                                             b->setup && strcmp(a->setup, b->setup) == 0);
}

/* One machine in several ways (precision, parallelism): only the one that carries most is open to
 * the plan: an instance is not set up anew every hour, and two deployments of a function would have
 * twice the copies that may run. */
void study_keep_best_setup(const struct study *study, struct capacity *open) {
    struct arena scratch = {0};
    for (int i = 0; i < study->n_candidates; i++) {
        const struct candidate *a = &study->candidates[i];
        for (int j = 0; j < study->n_candidates && open[i].feasible; j++) {
            const struct candidate *b = &study->candidates[j];
            if (i == j || !open[j].feasible || !is_same_machine(study, i, j))
                continue;
            double here = capacity_best_rate_per_replica(&open[i]) * a->replicas_per_instance;
            double there = capacity_best_rate_per_replica(&open[j]) * b->replicas_per_instance;
            if (there < here || (there == here && j > i))
                continue;
            open[i].feasible = false;
            snprintf(open[i].reason, sizeof open[i].reason,
                     "the same %s carries %s requests/s as %.60s, %s this way",
                     a->kind == CANDIDATE_INSTANCE ? "instance" : "function",
                     number_words(&scratch, there), b->name, number_words(&scratch, here));
        }
    }
    arena_release(&scratch);
}

struct capacity *study_open_capacities(struct arena *arena, const struct study *study,
                                       const bool *closed) {
    struct capacity *open = arena_new(arena, struct capacity, study->n_candidates);
    memcpy(open, study->capacities, (size_t)study->n_candidates * sizeof *open);
    for (int i = 0; i < study->n_candidates; i++) {
        int variant = study_variant_of(study, i);
        if (!open[i].feasible)
            continue;
        if (i >= study->n_choices) {
            open[i].feasible = false;
            snprintf(open[i].reason, sizeof open[i].reason, "%s",
                     study_is_fallback(study, i) ? "is there for overload alone"
                                                 : "runs today, but run_on does not list it");
        } else if (variant >= 0 && closed[variant]) {
            open[i].feasible = false;
            snprintf(open[i].reason, sizeof open[i].reason, "%s", study->variants[variant].closed);
        } else if (study_left_behind(study, i)[0]) {
            open[i].feasible = false;
            snprintf(open[i].reason, sizeof open[i].reason, "%s", study_left_behind(study, i));
        }
    }
    study_keep_best_setup(study, open);
    return open;
}

static const int *term_zones(struct arena *arena, const struct scenario *scenario) {
    int *zones = arena_new(arena, int, scenario->n_terms);
    for (int t = 0; t < scenario->n_terms; t++)
        zones[t] = scenario->zonal_terms[t] ? scenario->resilience.zones : 0;
    return zones;
}

/* What takes over when a fleet is overloaded is there all the time. */
static const bool *stand_by(struct arena *arena, const struct study *study) {
    bool *by = arena_new(arena, bool, study->n_candidates);
    const char *why;
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        bool named =
            study->scenario.workloads[w].fallback && !study->scenario.workloads[w].fallback_on;
        int c = named ? study_fallback(study, w, &why) : -1;
        if (c >= 0)
            by[c] = true;
    }
    return by;
}

void study_plan_input(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    bool *closed = arena_new(arena, bool, study->n_variants);
    for (int v = 0; v < study->n_variants; v++)
        closed[v] = study->variants[v].closed[0] != '\0';
    struct capacity *open = study_open_capacities(arena, study, closed);
    const char **names = arena_new(arena, const char *, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++)
        names[w] = scenario->workloads[w].name;
    int n_owned, n_budgets, n_supply;
    const struct plan_supply *supply = study_plan_supply(arena, study, &n_supply);
    const struct commitment *owned = study_owned(arena, study, &n_owned);
    const struct demand *demand = study_split_demand(arena, study, &study->demand);
    const struct plan_budget *budgets = study_enforced_budgets(arena, study, demand, &n_budgets);
    study->plan_input = (struct plan_input){
        .n_threads = study->plan_input.n_threads,
        .stop = study->plan_input.stop,
        .demand = demand,
        .workload_names = study_split_names(arena, study, names),
        .candidates = study_split_candidates(arena, study),
        .capacities = open,
        .n_candidates = study->n_candidates,
        .offers = study->offers,
        .n_offers = study->n_offers,
        .allow_on_demand = scenario->allow_on_demand,
        .allow_spot = scenario->allow_spot,
        .terms = scenario->terms,
        .n_terms = scenario->n_terms,
        .start_months = scenario->start_months,
        .term_zones = term_zones(arena, scenario),
        .scarce = study_scarce(arena, study),
        .capacity = study_capacity(arena, study),
        .n_capacity = scenario->n_capacity,
        .start = scenario->start,
        .stand_by = stand_by(arena, study),
        .policy = scenario->policy,
        .spot_availability = study_spot_availability(arena, study),
        .spot_fallback = scenario->spot.fallback,
        .quotas = scenario->quotas,
        .n_quotas = scenario->n_quotas,
        .supply = supply,
        .n_supply = n_supply,
        .owned = owned,
        .n_owned = n_owned,
        .budgets = budgets,
        .n_budgets = n_budgets,
        .carbon = study_plan_carbon(arena, study),
        .way_out_usd_per_request = study_ways_out(arena, study, demand),
        .volume_usd_per_hour = study_volumes_usd_per_hour(arena, study),
        .owned_left = study_owned_left(arena, study, owned, n_owned),
    };
    study->plan_input.spot = study_plan_spot(arena, study, &study->plan_input);
    study_tell_where(arena, study, &study->plan_input);
}

const char *study_candidate_reason(const struct study *study, int candidate) {
    const struct capacity *found = &study->capacities[candidate];
    return found->feasible ? study->plan_input.capacities[candidate].reason : found->reason;
}
