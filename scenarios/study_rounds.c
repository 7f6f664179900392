/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHOOSE and REPLAY in rounds. Where the replay misses the SLO, the hours that missed it, and all
 * hours of the workload with about the same demand (one draw of the traffic is no reason to mend
 * one hour only), are planned with more demand than is expected; every round is kept. */
#include <math.h>
#include <stdio.h>

#include "scenarios/study_parts.h"

#define CLASS_LOW 0.8 /* hours of 0.8 to 1.25 times a failing hour's demand are of its class */
#define CLASS_HIGH 1.25
#define STEP 0.06    /* the least that a margin grows in a round, beside what was missed */
#define STEP_MAX 2.5 /* and the most */
#define BEYOND 1.001 /* enough to ask for one more instance */

static const int window_hours[] = {
    [SLO_OVER_HOUR] = 1, [SLO_OVER_DAY] = 24, [SLO_OVER_WEEK] = HOURS_PER_WEEK};

/* How far the worst window of a fleet lies below its workload's share; <= 0 when all are met. */
static double worst_shortfall(const struct study *study, const struct study_fleet *fleet) {
    double most = -1;
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_weeks; i++)
        most = fmax(most, study->scenario.workloads[i / study->demand.n_weeks].slo.share -
                              fleet->replays[i].worst_attainment);
    return most;
}

/* What the plan's instances of an hour carry by SIZE, requests per second. */
static double planned_capacity(const struct study *study, int workload, int hour) {
    const struct plan *plan = study->recommended.plan;
    double rate = 0;
    for (int c = 0; c < study->n_choices; c++) {
        const struct candidate *candidate = &study->candidates[c];
        if (candidate->workload != workload || candidate->kind != CANDIDATE_INSTANCE)
            continue;
        size_t at = (size_t)c * (size_t)study->demand.n_hours + (size_t)hour;
        int n = plan->regular[at] + plan->spot[at];
        rate += capacity_rate(&study->capacities[c], n * candidate->replicas_per_instance);
    }
    return rate;
}

/* Share of an hour's requests that the plan sends to functions and token APIs. */
static double sent_by_use(const struct study *study, int workload, int hour) {
    double share = 0;
    for (int c = 0; c < study->n_choices; c++)
        if (study->candidates[c].workload == workload)
            share += study->recommended.plan
                         ->overflow_share[(size_t)c * (size_t)study->demand.n_hours + (size_t)hour];
    return share;
}

struct tightening {
    const struct study *study;
    bool *unmoved;        /* [n_workloads] an hour served by use missed: no margin mends that */
    const double *margin; /* [n_workloads * n_hours] of this round, >= 1 */
    double *next;         /* the same of the next round */
};

/* An hour missed its share by `missed`: more margin for its class. */
static void widen_class(struct tightening *t, int workload, int hour, double missed) {
    const struct demand *demand = &t->study->demand;
    size_t first = (size_t)workload * (size_t)demand->n_hours;
    double rate = demand->rate_per_second[first + (size_t)hour];
    if (!(rate > 0))
        return;
    if (sent_by_use(t->study, workload, hour) > 0.5)
        t->unmoved[workload] = true;
    double planned = rate * t->margin[first + (size_t)hour];
    double wanted = fmax(planned / (1 - STEP - fmin(missed, 0.5)),
                         BEYOND * planned_capacity(t->study, workload, hour));
    double ratio = fmin(wanted / planned, STEP_MAX);
    for (size_t h = first; h < first + (size_t)demand->n_hours; h++)
        if (demand->rate_per_second[h] >= CLASS_LOW * rate &&
            demand->rate_per_second[h] <= CLASS_HIGH * rate)
            t->next[h] = fmax(t->next[h], t->margin[h] * ratio);
}

/* The windows of one replay, merged as the SLO says; in a window that missed, each hour that did.
 */
static void widen_replay(struct tightening *t, int workload, int week) {
    const struct study *study = t->study;
    const struct slo *slo = &study->scenario.workloads[workload].slo;
    const struct replay_result *r =
        &study->recommended.replays[workload * study->demand.n_weeks + week];
    int from = 0;
    int64_t arrived = 0, good = 0;
    for (int h = 0; h < r->n_hours; h++) {
        arrived += r->hours[h].arrived;
        good += r->hours[h].good;
        bool ends = (h + 1) % window_hours[slo->over] == 0 && arrived >= SLO_WINDOW_REQUESTS_MIN;
        if (!ends && h + 1 < r->n_hours)
            continue;
        bool missed = arrived > 0 && (double)good < slo->share * (double)arrived;
        for (int k = from; missed && k <= h && k < HOURS_PER_WEEK; k++) {
            double share = r->hours[k].arrived > 0
                               ? (double)r->hours[k].good / (double)r->hours[k].arrived
                               : 1;
            if (share < slo->share)
                widen_class(t, workload, week * HOURS_PER_WEEK + k, slo->share - share);
        }
        from = h + 1;
        arrived = good = 0;
    }
}

/* A workload whose by-use candidates miss the target by themselves goes on without them, if
 * anything else can serve it. Their latency does not depend on how much is planned. */
static bool close_by_use(struct arena *arena, struct study *study, int workload) {
    size_t n = (size_t)study->n_candidates;
    struct capacity *open = arena_grow(arena, study->plan_input.capacities, n, n, sizeof *open);
    bool others = false, any = false;
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        if (candidate->workload != workload || !open[c].feasible)
            continue;
        if (candidate->kind == CANDIDATE_INSTANCE) {
            others = true;
            continue;
        }
        any = true;
        open[c].feasible = false;
        snprintf(open[c].reason, sizeof open[c].reason,
                 "misses the target in hours of the replay that it serves alone");
    }
    if (others && any)
        study->plan_input.capacities = open;
    return others && any;
}

/* Margins of the next round, and what was done in words; "" when nothing could be widened. */
static const char *tighten(struct arena *arena, struct study *study, double *margin) {
    const struct demand *demand = &study->demand;
    size_t n = (size_t)demand->n_workloads * (size_t)demand->n_hours;
    struct tightening t = {.study = study,
                           .unmoved = arena_new(arena, bool, demand->n_workloads),
                           .margin = margin,
                           .next = arena_grow(arena, margin, n, n, sizeof *margin)};
    struct text what = {.arena = arena};
    for (int w = 0; w < demand->n_workloads; w++) {
        const char *name = study->scenario.workloads[w].name;
        for (int week = 0; week < demand->n_weeks; week++)
            widen_replay(&t, w, week);
        if (t.unmoved[w] && close_by_use(arena, study, w)) {
            text_printf(&what, "%s%s is planned on instances only", what.n ? "; " : "", name);
            continue;
        }
        int hours = 0;
        double most = 1;
        for (int h = w * demand->n_hours; h < (w + 1) * demand->n_hours; h++) {
            hours += t.next[h] > margin[h];
            most = fmax(most, t.next[h]);
            margin[h] = t.next[h];
        }
        if (hours)
            text_printf(&what,
                        "%s%d of %d hours of %s are planned for more than their demand, "
                        "up to %.0f%%",
                        what.n ? "; " : "", hours, demand->n_hours, name, 100 * most);
    }
    return what.n ? what.data : "";
}

/* The demand with its margins, for the solver. */
static const struct demand *demand_with(struct arena *arena, const struct demand *demand,
                                        const double *margin) {
    struct demand *planned = arena_new(arena, struct demand, 1);
    size_t n = (size_t)demand->n_workloads * (size_t)demand->n_hours;
    *planned = *demand;
    planned->rate_per_second = arena_new(arena, double, n);
    for (size_t i = 0; i < n; i++)
        planned->rate_per_second[i] = demand->rate_per_second[i] * margin[i];
    return planned;
}

static void keep_round(struct study *study) {
    struct study_round *kept = &study->rounds[study->n_rounds++];
    kept->usd_per_month = study->recommended.bill_usd_per_month;
    kept->worst_attainment = study->recommended.worst_attainment;
    kept->slo_met = study->recommended.slo_met;
    kept->tightened = "";
}

static void tell(const struct study_options *options, const char *stage, int round) {
    if (options->progress)
        options->progress(options->progress_context, stage, round, STUDY_ROUNDS_MAX);
}

bool study_choose_and_replay(struct arena *arena, struct study *study,
                             const struct study_options *options, struct err *err) {
    size_t n = (size_t)study->demand.n_workloads * (size_t)study->demand.n_hours;
    double *margin = arena_new(arena, double, n);
    for (size_t i = 0; i < n; i++)
        margin[i] = 1;
    struct study_fleet best = {0};
    struct plan_input best_input = study->plan_input;
    for (int round = 0; round < STUDY_ROUNDS_MAX; round++) {
        tell(options, "choose", round);
        study->plan_input.demand = demand_with(arena, &study->demand, margin);
        struct plan *plan = arena_new(arena, struct plan, 1);
        if (!plan_solve(arena, &study->plan_input, plan, err))
            return false;
        if (!plan->feasible && round > 0)
            break; /* the margin does not fit the quotas: the nearest round stands, SLO missed */
        study->recommended = (struct study_fleet){.name = "recommended", .plan = plan};
        study->infeasible = !plan->feasible;
        if (round == 0) {
            study->lp_usd_per_hour = plan->lp_usd_per_hour;
            study->lp_hour_usd = plan->lp_hour_usd;
        }
        if (study->infeasible || options->without_replay)
            return true;
        tell(options, "replay", round);
        if (!study_fleet_run(arena, study, options, plan, "recommended", 0, &study->recommended,
                             err))
            return false;
        keep_round(study);
        if (round == 0 ||
            worst_shortfall(study, &study->recommended) < worst_shortfall(study, &best)) {
            best = study->recommended;
            best_input = study->plan_input;
        }
        if (study->recommended.slo_met || round + 1 == STUDY_ROUNDS_MAX)
            break;
        study->rounds[round].tightened = tighten(arena, study, margin);
        if (study->rounds[round].tightened[0] == '\0')
            break;
    }
    study->recommended = best;
    study->plan_input = best_input;
    return true;
}
