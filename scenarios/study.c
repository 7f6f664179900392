/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One scenario's whole answer: load, SIZE, demand, CHOOSE and REPLAY in rounds, the baseline beside
 * it, the gaps between the three numbers, and the words. */
#include "scenarios/study.h"

#include <string.h>

#include "scenarios/study_job_cover.h"
#include "scenarios/study_offers.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_supply.h"
#include "sim/sizing.h"

static void tell(const struct study_options *options, const char *stage, int done, int total) {
    if (options->progress)
        options->progress(options->progress_context, stage, done, total);
}

/* Of a mix the loosest limits of its streams: SIZE holds each stream to its own besides. */
static struct slo slo_of_sizing(const struct slo *slo, const struct traffic *traffic) {
    struct slo loosest = *slo;
    for (int i = 0; i < traffic->n_streams; i++) {
        const struct slo *own = &traffic->streams[i].slo;
        const double limits[] = {own->ttft_s, own->tpot_s, own->latency_s};
        double *out[] = {&loosest.ttft_s, &loosest.tpot_s, &loosest.latency_s};
        for (int k = 0; k < 3; k++)
            if (i == 0 || limits[k] <= 0)
                *out[k] = limits[k];
            else if (*out[k] > 0 && limits[k] > *out[k])
                *out[k] = limits[k];
    }
    return loosest;
}

void study_size(struct arena *arena, struct study *study, const struct study_options *options) {
    const struct scenario *scenario = &study->scenario;
    const struct traffic **traffics =
        arena_new(arena, const struct traffic *, scenario->n_workloads);
    struct slo *slos = arena_new(arena, struct slo, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++) {
        traffics[w] = &study->traffics[w];
        slos[w] = slo_of_sizing(&scenario->workloads[w].slo, traffics[w]);
    }
    struct sizing_options sizing = sizing_defaults();
    sizing.seed = scenario->seed;
    sizing.replications = scenario->replications;
    sizing.n_threads = options->n_threads;
    sizing.cells = options->cells;
    sizing.cells_context = options->progress_context;
    struct capacity *capacities = arena_grow(arena, study->capacities, (size_t)study->n_candidates,
                                             (size_t)study->n_candidates, sizeof *capacities);
    sizing_run(study->candidates, study->n_candidates, traffics, slos, &sizing, capacities);
    study->capacities = capacities;
}

/* ---- where the horizon is cut ---- */

struct cuts {
    int days; /* of the horizon */
    int n;
    int at[DEMAND_BREAKS_MAX + 1]; /* rising */
};

/* One more than may be is kept, to tell that there are too many. */
static void cut(struct cuts *cuts, int64_t day) {
    int i = cuts->n;
    if (day <= 0 || day >= cuts->days)
        return;
    while (i > 0 && cuts->at[i - 1] > day)
        i--;
    if ((i > 0 && cuts->at[i - 1] == day) || cuts->n > DEMAND_BREAKS_MAX)
        return;
    memmove(&cuts->at[i + 1], &cuts->at[i], (size_t)(cuts->n - i) * sizeof *cuts->at);
    cuts->at[i] = (int)day;
    cuts->n++;
}

/* The horizon is cut where a commitment begins or ends, so that none is held for a part of what a
 * planning week stands for. */
static struct cuts find_cuts(const struct scenario *scenario) {
    int64_t start = calendar_days(scenario->start);
    struct cuts cuts = {
        .days =
            (int)(calendar_days(calendar_add_months(scenario->start, scenario->months)) - start)};
    for (int i = 0; i < scenario->n_owned; i++) {
        const struct owned_spec *owned = &scenario->owned[i];
        cut(&cuts, calendar_days(owned->ends) - start);
        if (owned->starts.year)
            cut(&cuts, calendar_days(owned->starts) - start);
    }
    for (int i = 0; i < scenario->n_capacity; i++) {
        cut(&cuts, scenario->capacity[i].from_day);
        cut(&cuts, scenario->capacity[i].from_day + (int64_t)scenario->capacity[i].days);
    }
    for (int t = 0; t < scenario->n_terms; t++)
        for (int m = 0; m < scenario->months; m++)
            if (plan_may_start(scenario->terms[t].term_years, scenario->start_months[t], m)) {
                int64_t day = calendar_days(calendar_add_months(scenario->start, m)) - start;
                cut(&cuts, day);
                cut(&cuts, day + (int64_t)HOURS_PER_TERM_YEAR / 24 * scenario->terms[t].term_years);
            }
    return cuts;
}

double study_demand_scale(const struct study *study, int workload) {
    double driven = study->scenario.workloads[workload].demand.driven_rate_per_second, mean = 0;
    const struct traffic *traffic = &study->traffics[workload];
    const struct traffic *counted = traffic->flow && traffic->tasks ? traffic->tasks : traffic;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        mean += counted->rate_per_second[h] / HOURS_PER_WEEK;
    bool own = study->scenario.workloads[workload].demand.kind == DEMAND_GENERATE;
    return driven > 0 && mean > 0 && !own ? driven / mean : 1;
}

/* What the scenario says of the demand, without the traffic. */
static struct demand_input demand_of_scenario(struct arena *arena,
                                              const struct scenario *scenario) {
    double *growth = arena_new(arena, double, scenario->n_workloads);
    struct cuts *cuts = arena_new(arena, struct cuts, 1);
    int n_events = 0;
    *cuts = find_cuts(scenario);
    for (int w = 0; w < scenario->n_workloads; w++) {
        growth[w] = scenario->workloads[w].demand.growth.mid;
        n_events += scenario->workloads[w].demand.n_events;
    }
    struct demand_event *events = arena_new(arena, struct demand_event, n_events);
    struct demand_input input = {.growth_per_month = growth,
                                 .n_workloads = scenario->n_workloads,
                                 .start = scenario->start,
                                 .months = scenario->months,
                                 .breaks = cuts->at,
                                 .n_breaks = cuts->n,
                                 .events = events};
    for (int w = 0; w < scenario->n_workloads; w++) {
        const struct growth_spec *expected = &scenario->workloads[w].demand.growth;
        input.growth_unknown = input.growth_unknown || expected->low < expected->high;
        for (int e = 0; e < scenario->workloads[w].demand.n_events; e++) {
            events[input.n_events] = scenario->workloads[w].demand.events[e];
            events[input.n_events++].workload = w;
        }
    }
    return input;
}

/* Cuts and days of events that are more than is planned for. */
static bool check_demand(struct arena *arena, const struct study *study, struct err_list *errs) {
    const struct scenario *scenario = &study->scenario;
    struct demand_input input = demand_of_scenario(arena, scenario);
    if (input.n_breaks > DEMAND_BREAKS_MAX) {
        struct err err = {0};
        err_set(&err, ERR_INPUT, "commitments begin or end on more than %d days of the horizon",
                DEMAND_BREAKS_MAX);
        err_hint(&err, "put owned commitments with nearby dates together, or shorten the horizon");
        return err_list_add(errs, &err);
    }
    if (demand_event_weeks(arena, &input) <= DEMAND_EVENT_WEEKS_MAX)
        return true;
    int w = 0;
    while (scenario->workloads[w].demand.n_events == 0)
        w++;
    struct err err = {0};
    place_err(scenario->workloads[w].demand.events_place, &err,
              "the events make more than %d different weeks", DEMAND_EVENT_WEEKS_MAX);
    err_hint(&err, "days with the same factors share a week, which is planned and replayed: give "
                   "events that are alike the same factor");
    return err_list_add(errs, &err);
}

void study_build_demand(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    const struct traffic **traffics =
        arena_new(arena, const struct traffic *, scenario->n_workloads);
    double *scale = arena_new(arena, double, scenario->n_workloads);
    for (int w = 0; w < scenario->n_workloads; w++) {
        traffics[w] = &study->traffics[w];
        scale[w] = study_demand_scale(study, w);
    }
    struct demand_input input = demand_of_scenario(arena, scenario);
    input.traffic = traffics;
    input.scale = scale;
    demand_build(arena, &input, &study->demand);
}

/* "No candidate is left" is an input error: nothing was asked that could be
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

/* After SIZE more is known of who can stand in for whom. */
static bool check_substitutes(struct arena *arena, const struct study *study,
                              struct err_list *errs) {
    struct mistakes mistakes = study_mistakes(arena, &study->scenario);
    study_check_supply(study, &mistakes);
    mistakes_move(&mistakes, errs);
    return mistakes.n_total == 0;
}

static bool check_levers(struct arena *arena, const struct study *study, struct err_list *errs) {
    struct mistakes mistakes = study_mistakes(arena, &study->scenario);
    study_check_levers(study, &mistakes);
    mistakes_move(&mistakes, errs);
    return mistakes.n_total == 0;
}

static bool compare(struct arena *arena, struct study *study, const struct study_options *options,
                    struct err *err) {
    struct plan *today = arena_new(arena, struct plan, 1);
    study_baseline_plan(arena, study, today);
    tell(options, "bill", 0, 1);
    if (!study_fleet_run(arena, study, options, today, study->baseline_name, 0, &study->baseline,
                         err))
        return false;
    bool looked = study->survivals != NULL; /* in the rounds */
    return study_measure_gaps(arena, study, err) &&
           (looked || study_check_survival(arena, study, options, err)) &&
           study_run_rollouts(arena, study, err) && study_replicate(arena, study, options, err);
}

static void sum_saving(struct study *study) {
    double before = study_paid_usd_per_month(&study->baseline);
    study->saving_usd_per_month =
        study_usd_apart(before, study_paid_usd_per_month(&study->recommended));
    study->saving_fraction = before > 0 ? study->saving_usd_per_month / before : 0;
}

struct study *study_open(struct arena *arena, const char *scenario_path,
                         const struct study_options *options, struct err_list *errs) {
    struct study *study = arena_new(arena, struct study, 1);
    if (!scenario_read(arena, options->files, scenario_path, options->set, options->n_set,
                       &study->scenario, errs))
        return NULL;
    bool countable = check_demand(arena, study, errs);
    bool loaded = study_load(arena, options, study, errs);
    /* An unreadable trace hides no wrong name. */
    bool nameable = study->book.n_prices > 0 && study->catalog.n_instances > 0;
    bool named = nameable && study_candidates(arena, study, options, errs);
    bool stored = loaded && study_plan_storage(arena, study, errs);
    bool levers = loaded && named && check_levers(arena, study, errs);
    return countable && loaded && named && stored && levers ? study : NULL;
}

bool study_run(struct arena *arena, const char *scenario_path, const struct study_options *options,
               struct study *out, struct err_list *errs) {
    struct study *study = study_open(arena, scenario_path, options, errs);
    if (!study)
        return false;
    tell(options, "size", 0, study->n_candidates);
    study_size(arena, study, options);
    study_build_demand(arena, study);
    study_find_variants(arena, study);
    study->plan_input.n_threads = options->n_threads;
    study->plan_input.stop = options->stop;
    study_plan_input(arena, study);
    study_find_unlisted(arena, study);
    if (options->size_only) {
        study_write_notices(arena, study);
        *out = *study;
        return true;
    }
    if (!check_candidates_left(arena, study, errs) || !check_substitutes(arena, study, errs) ||
        !study_check_sides(arena, study, errs))
        return false;
    struct err err = {0};
    bool ok = study_choose_variants(arena, study, &err) &&
              study_choose_and_replay(arena, study, options, &err);
    if (ok)
        study_settle_variants(arena, study);
    tell(options, "explain", 0, 1);
    bool stopped = options->stop && *options->stop; /* what is solved from here on is cut short */
    if (ok && !study->infeasible && !stopped)
        ok = study_explain(arena, study, &err) && study_look_back(arena, study, options, &err);
    if (ok && !study->infeasible && !options->without_replay)
        ok = compare(arena, study, options, &err);
    if (ok && !study->infeasible && !stopped)
        ok = study_weigh_beyond(arena, study, &err);
    ok = ok && study_run_jobs(arena, study, options, &err) && study_cover_jobs(arena, study, &err);
    if (!ok)
        return err_list_add(errs, &err);
    if (study->recommended.bills) {
        study_sum_promises(arena, study);
        study_bill_today(study);
        sum_saving(study);
    }
    if (!study->infeasible && !stopped && study->scenario.n_levers > 0) {
        tell(options, "levers", 0, study->scenario.n_levers);
        if (!study_pull_levers(arena, study, options, errs))
            return false;
    }
    study_allocate(arena, study);
    study_discount(study);
    if (options->futures && study->recommended.bills) {
        tell(options, "futures", 0, 1);
        if (!study_run_futures(arena, study, options->n_threads, &err))
            return err_list_add(errs, &err);
    }
    study_write_actions(arena, study);
    study_write_notices(arena, study);
    study_write_headline(arena, study);
    *out = *study;
    return true;
}
