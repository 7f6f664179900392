/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHOOSE and REPLAY in rounds. Where the replay misses the SLO, the hours that missed it, and all
 * hours of the workload with about the same demand (one draw of the traffic is no reason to mend
 * one hour only), are planned with more demand than is expected. Where the plan is to buy spare
 * capacity, rounds that widen it follow once the SLO is held. Every round is kept. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "scenarios/study_answers.h"
#include "scenarios/study_hedge.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

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
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_weeks; i++) {
        int workload = i / study->demand.n_weeks;
        most = fmax(most, study->scenario.workloads[workload].slo.share -
                              study_worst_attainment(study, workload, &fleet->replays[i]));
    }
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
 * What the rates of tenants turn away no capacity mends: it is left out here, and nowhere else. */
static void widen_hours(struct tightening *t, int workload, int week,
                        const struct replay_hour *hours, int n_hours) {
    const struct slo *slo = &t->study->scenario.workloads[workload].slo;
    int from = 0;
    int64_t arrived = 0, good = 0, limited = 0;
    for (int h = 0; h < n_hours; h++) {
        arrived += hours[h].arrived - hours[h].limited;
        good += hours[h].good;
        limited += hours[h].limited;
        bool ends =
            (h + 1) % window_hours[slo->over] == 0 && arrived + limited >= SLO_WINDOW_REQUESTS_MIN;
        if (!ends && h + 1 < n_hours)
            continue;
        bool missed = arrived > 0 && (double)good < slo->share * (double)arrived;
        for (int k = from; missed && k <= h && k < HOURS_PER_WEEK; k++) {
            int64_t asked = hours[k].arrived - hours[k].limited;
            double share = asked > 0 ? (double)hours[k].good / (double)asked : 1;
            if (share < slo->share)
                widen_class(t, workload, week * HOURS_PER_WEEK + k, slo->share - share);
        }
        from = h + 1;
        arrived = good = limited = 0;
    }
}

/* All requests, and where the replay is split, each side. */
static void widen_replay(struct tightening *t, int workload, int week) {
    const struct study *study = t->study;
    const struct replay_result *r =
        &study->recommended.replays[workload * study->demand.n_weeks + week];
    widen_hours(t, workload, week, r->hours, r->n_hours);
    for (int side = 0; side < 2; side++) {
        const struct replay_hour *hours = study_judged_hours(study, workload, r, side);
        if (hours)
            widen_hours(t, workload, week, hours, r->n_hours);
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

/* Hours of which more is planned than before, as words: "12 of 504 hours of chat <why>, up to
 * 120%".
 */
static void tell_widened(struct text *out, const struct study *study, int workload,
                         const double *before, const double *after, const char *why) {
    const struct demand *demand = &study->demand;
    int hours = 0;
    double most = 1;
    for (int h = workload * demand->n_hours; h < (workload + 1) * demand->n_hours; h++) {
        hours += after[h] > before[h];
        most = fmax(most, after[h]);
    }
    if (hours)
        text_printf(out, "%s%d of %d hours of %s %s, up to %.0f%%", out->n ? "; " : "", hours,
                    demand->n_hours, study->scenario.workloads[workload].name, why, 100 * most);
}

static const char *said(const struct text *what) {
    return what->n ? what->data : "";
}

/* The target was missed: margins of the next round, and what was done in words; "" when nothing
 * could be widened. */
static const char *tighten(struct arena *arena, struct study *study, double *margin) {
    const struct demand *demand = &study->demand;
    size_t n = (size_t)demand->n_workloads * (size_t)demand->n_hours;
    struct tightening t = {.study = study,
                           .unmoved = arena_new(arena, bool, demand->n_workloads),
                           .margin = margin,
                           .next = arena_grow(arena, margin, n, n, sizeof *margin)};
    struct text what = {.arena = arena};
    for (int w = 0; w < demand->n_workloads; w++) {
        for (int week = 0; week < demand->n_weeks; week++)
            widen_replay(&t, w, week);
        if (t.unmoved[w] && close_by_use(arena, study, w)) {
            text_printf(&what, "%s%s is planned on instances only", what.n ? "; " : "",
                        study->scenario.workloads[w].name);
            continue;
        }
        tell_widened(&what, study, w, margin, t.next, "are planned for more than their demand");
        for (int h = w * demand->n_hours; h < (w + 1) * demand->n_hours; h++)
            margin[h] = t.next[h];
    }
    return said(&what);
}

/* The demand with its margins, for the solver. */
static const struct demand *demand_with(struct arena *arena, const struct study *study,
                                        const double *margin) {
    const struct demand *demand = &study->demand;
    struct demand *planned = arena_new(arena, struct demand, 1);
    size_t n = (size_t)demand->n_workloads * (size_t)demand->n_hours;
    *planned = *demand;
    planned->rate_per_second = arena_new(arena, double, n);
    for (size_t i = 0; i < n; i++)
        planned->rate_per_second[i] = demand->rate_per_second[i] * margin[i];
    return study_split_demand(arena, study, planned);
}

/* ---- spare capacity ---- */

static double least_left(const struct survival *survival) {
    return fmin(survival->during.share, survival->after.share);
}

/* Of the worst survival: how far it is below its workload's share; <= 0 when all hold. */
static double survival_shortfall(const struct study *study) {
    double most = -1;
    for (int i = 0; i < study->n_survivals; i++) {
        const struct study_survival *lost = &study->survivals[i];
        most = fmax(most, study->scenario.workloads[lost->workload].slo.share -
                              least_left(&lost->survival));
    }
    return most;
}

static double worst_survival(const struct study *study) {
    double worst = 1;
    for (int i = 0; i < study->n_survivals; i++)
        worst = fmin(worst, least_left(&study->survivals[i].survival));
    return worst;
}

/* What is planned in each hour for `margin` [n], requests per second. */
static double *rates_with(struct arena *arena, const struct demand *demand, const double *margin) {
    size_t n = (size_t)demand->n_workloads * (size_t)demand->n_hours;
    double *rates = arena_new(arena, double, n);
    for (size_t i = 0; i < n; i++)
        rates[i] = demand->rate_per_second[i] * margin[i];
    return rates;
}

/* A loss was not survived: first the programme is to keep what each of them takes in every hour;
 * then, where the replay with the loss still misses, the class of its hour is widened.
 *
 *  @param planned  of the next round */
static const char *widen_spare(struct arena *arena, struct study *study, double *planned) {
    const struct demand *demand = &study->demand;
    size_t n = (size_t)demand->n_workloads * (size_t)demand->n_hours;
    struct plan_loss *loss = &study->plan_input.loss;
    if (!loss->instance && loss->zones <= 1 && !loss->spot) {
        *loss = study_losses(study);
        return arena_printf(arena, "every hour is planned with spare for the loss of %s",
                            study_losses_words(arena, study));
    }
    struct tightening t = {.study = study,
                           .unmoved = arena_new(arena, bool, demand->n_workloads),
                           .margin = planned,
                           .next = arena_grow(arena, planned, n, n, sizeof *planned)};
    for (int i = 0; i < study->n_survivals; i++) {
        const struct study_survival *lost = &study->survivals[i];
        double share = study->scenario.workloads[lost->workload].slo.share;
        if (!lost->survival.holds)
            widen_class(&t, lost->workload, lost->week * HOURS_PER_WEEK + lost->survival.hour,
                        share - least_left(&lost->survival));
    }
    struct text what = {.arena = arena};
    for (int w = 0; w < demand->n_workloads; w++)
        tell_widened(&what, study, w, planned, t.next, "are planned with more spare for a loss");
    memcpy(planned, t.next, n * sizeof *planned);
    return said(&what);
}

/* ---- the rounds ---- */

/* How far a round is from what is asked: the target first, then the losses, then the hours that
 * SIZE finds lacking. 0: all of it is met. */
static double distance(const struct study *study) {
    double missed = worst_shortfall(study, &study->recommended);
    if (missed > 0)
        return 2 + missed;
    if (!study->scenario.resilience.buy_spare)
        return 0;
    double lost = survival_shortfall(study);
    double hours = (double)study->demand.n_workloads * (double)study->demand.n_hours;
    return lost > 0 ? 1 + lost : (double)study->spare.hours_lacking / hours;
}

static void keep_round(struct study *study, bool with_losses) {
    struct study_round *kept = &study->rounds[study->n_rounds++];
    kept->usd_per_month = study->recommended.bill_usd_per_month;
    kept->worst_attainment = study->recommended.worst_attainment;
    kept->slo_met = study->recommended.slo_met;
    kept->worst_survival = with_losses ? worst_survival(study) : NAN;
    kept->tightened = "";
}

static void tell(const struct study_options *options, const char *stage,
                 const struct study *study) {
    int most = STUDY_ROUNDS_MAX;
    if (study->scenario.resilience.buy_spare)
        most += STUDY_SPARE_ROUNDS_MAX;
    if (options->progress)
        options->progress(options->progress_context, stage, study->n_rounds, most);
}

/* What the rounds work with beside the study. */
struct rounds {
    double *margin;     /* [n_workloads * n_hours] planned for over the demand: for the target */
    double *planned;    /* [n_workloads * n_hours] the same and the spare capacity */
    int n_spare;        /* rounds of spare capacity */
    double usd_without; /* a month, of the round before them */
};

static bool plan_round(struct arena *arena, struct study *study,
                       const struct study_options *options, const struct rounds *rounds,
                       struct plan *plan, struct err *err) {
    tell(options, "choose", study);
    study->plan_input.demand = demand_with(arena, study, rounds->planned);
    study->plan_input.way_out_usd_per_request =
        study_ways_out(arena, study, study->plan_input.demand);
    if (!plan_solve(arena, &study->plan_input, plan, err) ||
        !study_hedge_plan(arena, study, options, plan, err))
        return false;
    if (plan->feasible)
        study_add_fallbacks(arena, study, plan);
    return true;
}

static bool replay_round(struct arena *arena, struct study *study,
                         const struct study_options *options, const struct rounds *rounds,
                         struct err *err) {
    tell(options, "replay", study);
    if (!study_fleet_run(arena, study, options, study->recommended.plan, "recommended", 0,
                         &study->recommended, err))
        return false;
    bool with_losses = study->scenario.resilience.buy_spare && study->recommended.slo_met;
    if (with_losses) {
        double *need = rates_with(arena, &study->demand, rounds->margin);
        study->spare.hours_lacking = study_lacking_spare(study, need);
        if (!study_check_survival(arena, study, options, err))
            return false;
    }
    keep_round(study, with_losses);
    return true;
}

/* What is changed for the next round, in words; "": this was the last. */
static const char *next_round(struct arena *arena, struct study *study, struct rounds *rounds) {
    size_t n = (size_t)study->demand.n_workloads * (size_t)study->demand.n_hours;
    if (!study->recommended.slo_met) {
        if (study->n_rounds - rounds->n_spare >= STUDY_ROUNDS_MAX)
            return "";
        const char *what = tighten(arena, study, rounds->planned);
        if (rounds->n_spare == 0)
            memcpy(rounds->margin, rounds->planned, n * sizeof *rounds->margin);
        return what;
    }
    if (rounds->n_spare == 0)
        rounds->usd_without = study->recommended.bill_usd_per_month;
    if (rounds->n_spare++ >= STUDY_SPARE_ROUNDS_MAX)
        return "";
    return widen_spare(arena, study, rounds->planned);
}

/* The round that comes nearest, with what belongs to it. */
struct best_round {
    double distance;
    struct study_fleet fleet;
    struct study_hedge hedge;
    struct plan_input input;
    int n_survivals, hours_lacking;
    const struct study_survival *survivals;
};

static void take_if_better(struct best_round *best, const struct study *study) {
    double far = distance(study);
    if (study->n_rounds > 1 && far >= best->distance)
        return;
    *best = (struct best_round){far,
                                study->recommended,
                                study->hedge,
                                study->plan_input,
                                study->n_survivals,
                                study->spare.hours_lacking,
                                study->survivals};
}

static void settle(struct study *study, const struct best_round *best,
                   const struct rounds *rounds) {
    study->recommended = best->fleet;
    study->hedge = best->hedge;
    study->plan_input = best->input;
    study->n_survivals = best->n_survivals;
    study->survivals = best->survivals;
    study->spare = (struct study_spare){
        .bought = study->scenario.resilience.buy_spare && best->distance <= 0,
        .usd_per_month =
            rounds->n_spare > 0 ? best->fleet.bill_usd_per_month - rounds->usd_without : 0,
        .hours_lacking = best->hours_lacking,
    };
}

/* The target is missed and nothing was widened: by what the rates of tenants turn away; "" when
 * they turn nothing away. */
static const char *why_no_more(struct arena *arena, const struct study *study) {
    struct text why = {.arena = arena};
    int n_weeks = study->demand.n_weeks;
    for (int w = 0; w < study->demand.n_workloads && !study->recommended.slo_met; w++) {
        int64_t arrived = 0, limited = 0;
        for (int week = 0; week < n_weeks; week++) {
            const struct replay_result *r = &study->recommended.replays[w * n_weeks + week];
            for (int h = 0; h < r->n_hours; h++) {
                arrived += r->hours[h].arrived;
                limited += r->hours[h].limited;
            }
        }
        if (limited > 0)
            text_printf(&why, "%s the rates of tenants turn away %s of %s's requests",
                        why.n ? ";" : "nothing more is planned:",
                        number_percent(arena, (double)limited / (double)arrived),
                        study->scenario.workloads[w].name);
    }
    return said(&why);
}

/* What the next round was to have does not fit. */
static void tell_no_plan(struct arena *arena, struct study *study, const struct plan *plan) {
    struct study_round *last = &study->rounds[study->n_rounds - 1];
    last->tightened =
        arena_printf(arena, "%s; there is no such plan: %s", last->tightened, plan->infeasible);
}

/* Without a replay what SIZE knows of a loss is all that can be asked for, and what the first round
 * of spare capacity asks for: the programme keeps it in every hour, where there is such a plan. */
static bool plan_spare(struct arena *arena, struct study *study,
                       const struct study_options *options, const struct rounds *rounds,
                       struct err *err) {
    struct study_spare *spare = &study->spare;
    struct plan *with = arena_new(arena, struct plan, 1);
    double without_usd = study->recommended.plan->usd_per_hour;
    if (!study->scenario.resilience.buy_spare || (options->stop && *options->stop))
        return true;
    struct study_hedge hedge = study->hedge;
    study->plan_input.loss = study_losses(study);
    if (!plan_round(arena, study, options, rounds, with, err))
        return false;
    *spare = (struct study_spare){.by_size = true, .bought = with->feasible, .no_plan = ""};
    if (with->feasible) {
        study->recommended.plan = study->first_plan = with;
        study->lp_usd_per_hour = with->lp_usd_per_hour;
        study->lp_hour_usd = with->lp_hour_usd;
        /* A search may find a cheaper plan where more is asked: that one has its spare for nothing.
         */
        spare->usd_per_month = fmax(0, with->usd_per_hour - without_usd) * HOURS_PER_MONTH;
    } else {
        study->hedge = hedge;
        study->plan_input.loss = (struct plan_loss){0};
        spare->no_plan = arena_strdup(arena, with->infeasible);
    }
    spare->hours_lacking = study_lacking_spare(study, study->demand.rate_per_second);
    return true;
}

bool study_choose_and_replay(struct arena *arena, struct study *study,
                             const struct study_options *options, struct err *err) {
    size_t n = (size_t)study->demand.n_workloads * (size_t)study->demand.n_hours;
    struct rounds rounds = {arena_new(arena, double, n), arena_new(arena, double, n), 0, 0};
    struct best_round best = {0};
    for (size_t i = 0; i < n; i++)
        rounds.margin[i] = rounds.planned[i] = 1;
    for (bool more = true; more;) {
        struct plan *plan = arena_new(arena, struct plan, 1);
        if (!plan_round(arena, study, options, &rounds, plan, err))
            return false;
        if (!plan->feasible && study->n_rounds > 0) {
            tell_no_plan(arena, study, plan); /* the nearest round stands */
            break;
        }
        study->recommended = (struct study_fleet){.name = "recommended", .plan = plan};
        study->infeasible = !plan->feasible;
        if (study->n_rounds == 0) {
            study->first_plan = plan;
            study->lp_usd_per_hour = plan->lp_usd_per_hour;
            study->lp_hour_usd = plan->lp_hour_usd;
        }
        if (study->infeasible)
            return true;
        if (options->without_replay)
            return plan_spare(arena, study, options, &rounds, err);
        if (!replay_round(arena, study, options, &rounds, err))
            return false;
        take_if_better(&best, study);
        more = best.distance > 0;
        if (more) {
            const char *what = next_round(arena, study, &rounds);
            more = what[0] != '\0';
            study->rounds[study->n_rounds - 1].tightened = more ? what : why_no_more(arena, study);
        }
    }
    settle(study, &best, &rounds);
    return true;
}
