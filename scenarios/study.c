/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of design.md section 1 over one scenario. CHOOSE and REPLAY repeat: where the replay
 * misses the SLO, the plan is made again with less of the simulated capacity of that workload, at
 * most STUDY_ROUNDS_MAX times; every round is kept. */
#include "scenarios/study.h"

#include <math.h>

#include "scenarios/study_parts.h"
#include "sim/sizing.h"

#define DAYS_PER_MONTH (365.25 / 12)

static void tell(const struct study_options *options, const char *stage, int done, int total) {
    if (options->progress)
        options->progress(options->progress_context, stage, done, total);
}

static void size(struct arena *arena, struct study *study, const struct study_options *options) {
    const struct scenario *scenario = &study->scenario;
    const struct traffic **traffics =
        arena_new(arena, const struct traffic *, scenario->n_workloads);
    struct slo *slos = arena_new(arena, struct slo, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++) {
        traffics[w] = &study->traffics[w];
        slos[w] = scenario->workloads[w].slo;
    }
    struct sizing_options sizing = sizing_defaults();
    sizing.seed = scenario->seed;
    sizing.replications = scenario->replications;
    sizing.n_threads = options->n_threads;
    struct capacity *capacities = arena_grow(arena, study->capacities, (size_t)study->n_candidates,
                                             (size_t)study->n_candidates, sizeof *capacities);
    sizing_run(study->candidates, study->n_candidates, traffics, slos, &sizing, capacities);
    study->capacities = capacities;
}

/* Months at which an owned commitment has ended: the horizon is cut there, so that no planning week
 * stands for months with and without it. At most DEMAND_BREAKS_MAX, the earliest. */
static int commitment_ends(const struct scenario *scenario, int *breaks) {
    int n = 0;
    for (int month = 1; month < scenario->months && n < DEMAND_BREAKS_MAX; month++)
        for (int i = 0; i < scenario->n_owned; i++) {
            double days =
                (double)(calendar_days(scenario->owned[i].ends) - calendar_days(scenario->start));
            double middle = (month + 0.5) * DAYS_PER_MONTH;
            if (days > middle || days <= middle - DAYS_PER_MONTH)
                continue;
            breaks[n++] = month;
            break;
        }
    return n;
}

static void build_demand(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    const struct traffic **traffics =
        arena_new(arena, const struct traffic *, scenario->n_workloads);
    double *growth = arena_new(arena, double, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++) {
        traffics[w] = &study->traffics[w];
        growth[w] = scenario->workloads[w].demand.growth_per_month;
    }
    int breaks[DEMAND_BREAKS_MAX];
    int n_breaks = commitment_ends(scenario, breaks);
    demand_build(arena, traffics, growth, scenario->n_workloads, scenario->start, scenario->months,
                 breaks, n_breaks, &study->demand);
}

/* "No candidate is left" is an input error (design.md section 3): nothing was asked that could be
 * answered. */
static bool check_candidates_left(struct arena *arena, const struct study *study,
                                  struct err_list *errs) {
    bool ok = true;
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        struct text reasons = {.arena = arena};
        bool any = false;
        for (int c = 0; c < study->n_choices; c++) {
            if (study->candidates[c].workload != w)
                continue;
            any = any || study->capacities[c].feasible;
            text_printf(&reasons, "%s%s: %s", reasons.n ? "; " : "", study->candidates[c].name,
                        study->capacities[c].reason);
        }
        if (any)
            continue;
        struct err err = {0};
        place_err(study->scenario.workloads[w].place, &err,
                  "no candidate can serve the workload '%s'", study->scenario.workloads[w].name);
        err_hint(&err, "%s", reasons.n ? reasons.data : "run_on and models give no candidate");
        ok = err_list_add(errs, &err);
    }
    return ok;
}

/* How far the worst window of a workload lies below its share, over the weeks; <= 0 when it is met.
 */
static double shortfall(const struct study *study, const struct study_fleet *fleet, int workload) {
    const struct demand *demand = &study->demand;
    double most = -1;
    for (int week = 0; week < demand->n_weeks; week++)
        most = fmax(most, study->scenario.workloads[workload].slo.share -
                              fleet->replays[workload * demand->n_weeks + week].worst_attainment);
    return most;
}

static double worst_shortfall(const struct study *study, const struct study_fleet *fleet) {
    double most = -1;
    for (int w = 0; w < study->demand.n_workloads; w++)
        most = fmax(most, shortfall(study, fleet, w));
    return most;
}

/* Less of the simulated capacity of the workloads that missed their SLO, by how far the worst
 * window fell short. "" when nothing is left to tighten. */
static const char *tighten(struct arena *arena, const struct study *study, double *factors) {
    struct text what = {.arena = arena};
    for (int w = 0; w < study->demand.n_workloads; w++) {
        double missed = shortfall(study, &study->recommended, w);
        double factor = 1;
        bool any = false;
        for (int c = 0; missed > 0 && c < study->n_choices; c++) {
            if (study->candidates[c].workload != w ||
                study->candidates[c].kind != CANDIDATE_INSTANCE)
                continue;
            factors[c] *= fmax(0.80, 0.94 - missed);
            factor = factors[c];
            any = true;
        }
        if (any)
            text_printf(&what, "%s%s is planned with %.0f%% of its simulated capacity",
                        what.n ? ", " : "", study->scenario.workloads[w].name, 100 * factor);
    }
    return what.n ? what.data : "";
}

static void keep_round(struct study *study) {
    struct study_round *kept = &study->rounds[study->n_rounds++];
    kept->usd_per_month = study->recommended.bill_usd_per_month;
    kept->worst_attainment = study->recommended.worst_attainment;
    kept->slo_met = study->recommended.slo_met;
    kept->tightened = "";
}

/* The round to keep: the first that meets every SLO, or the one that comes nearest. */
static bool choose_and_replay(struct arena *arena, struct study *study,
                              const struct study_options *options, struct err *err) {
    size_t n = (size_t)study->n_candidates;
    double *factors = arena_new(arena, double, n);
    for (size_t c = 0; c < n; c++)
        factors[c] = 1;
    struct study_fleet best = {0};
    const double *best_factors = NULL;
    for (int round = 0; round < STUDY_ROUNDS_MAX; round++) {
        tell(options, "choose", round, STUDY_ROUNDS_MAX);
        const double *asked = arena_grow(arena, factors, n, n, sizeof *factors);
        study->plan_input.capacity_factor = asked;
        struct plan *plan = arena_new(arena, struct plan, 1);
        if (!plan_solve(arena, &study->plan_input, plan, err))
            return false;
        if (!plan->feasible && round > 0)
            break; /* the margin does not fit the quotas: the nearest round stands, SLO missed */
        study->recommended = (struct study_fleet){.name = "recommended", .plan = plan};
        study->infeasible = !plan->feasible;
        if (round == 0)
            study->lp_usd_per_hour = plan->lp_usd_per_hour;
        if (study->infeasible || options->without_replay)
            return true;
        tell(options, "replay", round, STUDY_ROUNDS_MAX);
        if (!study_fleet_run(arena, study, options, plan, "recommended", &study->recommended, err))
            return false;
        keep_round(study);
        if (round == 0 ||
            worst_shortfall(study, &study->recommended) < worst_shortfall(study, &best)) {
            best = study->recommended;
            best_factors = asked;
        }
        if (study->recommended.slo_met || round + 1 == STUDY_ROUNDS_MAX)
            break;
        study->rounds[round].tightened = tighten(arena, study, factors);
        if (study->rounds[round].tightened[0] == '\0')
            break;
    }
    study->recommended = best;
    study->plan_input.capacity_factor = best_factors;
    return true;
}

static bool compare(struct arena *arena, struct study *study, const struct study_options *options,
                    struct err *err) {
    struct plan *today = arena_new(arena, struct plan, 1);
    study_baseline_plan(arena, study, today);
    tell(options, "bill", 0, 1);
    if (!study_fleet_run(arena, study, options, today, study->baseline_name, &study->baseline, err))
        return false;
    study->saving_usd_per_month =
        study->baseline.bill_usd_per_month - study->recommended.bill_usd_per_month;
    study->saving_fraction = study->baseline.bill_usd_per_month > 0
                                 ? study->saving_usd_per_month / study->baseline.bill_usd_per_month
                                 : 0;
    return study_measure_gaps(arena, study, err);
}

bool study_run(struct arena *arena, const char *scenario_path, const struct study_options *options,
               struct study *out, struct err_list *errs) {
    struct study study = {0};
    if (!scenario_read(arena, options->files, scenario_path, options->set, options->n_set,
                       &study.scenario, errs))
        return false;
    if (!study_load(arena, options, &study, errs) || !study_candidates(arena, &study, errs))
        return false;
    tell(options, "size", 0, study.n_candidates);
    size(arena, &study, options);
    build_demand(arena, &study);
    study_plan_input(arena, &study);
    if (options->size_only) {
        study_write_notices(arena, &study);
        *out = study;
        return true;
    }
    if (!check_candidates_left(arena, &study, errs))
        return false;
    struct err err = {0};
    bool ok = choose_and_replay(arena, &study, options, &err);
    if (ok && !study.infeasible && !options->without_replay)
        ok = compare(arena, &study, options, &err);
    if (!ok)
        return err_list_add(errs, &err);
    study_write_actions(arena, &study);
    study_write_notices(arena, &study);
    study_write_headline(arena, &study);
    *out = study;
    return true;
}
