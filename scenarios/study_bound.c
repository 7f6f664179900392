/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan binds, and which target it keeps with the least margin: the figures that the
 * decision is told with. */
#include <math.h>

#include "base/number.h"
#include "base/share.h"
#include "scenarios/study_held.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"

#define SAME_SHARE                                                                                 \
    0.0005 /* of the dearer of both fleets: no rate, error or rounding is so exact                 \
            */

/* ---- commitments in force ---- */

double study_held_hours(const struct commitment *commitment, double from_hours, double to_hours) {
    double from = fmax((double)commitment->from_s / 3600, from_hours);
    return fmax(fmin((double)commitment->to_s / 3600, to_hours) - from, 0);
}

/* Model units by the hour are given back any hour: nothing binds them. */
static bool binds(const struct study *study, const struct plan_commitment *held) {
    bool units = held->commitment.terms.kind == COMMIT_MODEL_UNITS;
    return !held->commitment.owned && (!units || study_unit_terms(study, &held->commitment) > 0);
}

/* Of what is bought, USD a month of 730 h between two times of the horizon. */
static double in_force(const struct study *study, double from_hours, double to_hours) {
    const struct plan *plan = study->recommended.plan;
    double usd = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        if (binds(study, held))
            usd += held->usd_per_hour * study_held_hours(&held->commitment, from_hours, to_hours);
    }
    return usd / (to_hours - from_hours) * HOURS_PER_MONTH;
}

static double month_begins(const struct study *study, int month) {
    struct date start = study->scenario.start;
    return 24.0 * (double)(calendar_days(calendar_add_months(start, month)) - calendar_days(start));
}

struct study_bound study_bound_of(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    struct study_bound out = {.least_usd_per_month = INFINITY, .most_usd_per_month = -1};
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *held = &plan->commitments[i];
        out.owned_owed_usd += held->commitment.owned ? held->liability_usd : 0;
        if (!binds(study, held))
            continue;
        out.n++;
        out.later += held->commitment.from_s > 0;
        out.terms_usd +=
            held->usd_per_hour * study_held_hours(&held->commitment, -INFINITY, INFINITY);
        out.prepaid_usd += held->prepaid_usd;
    }
    out.usd_per_month = in_force(study, 0, study->demand.horizon_hours);
    for (int m = 0; m < study->scenario.months; m++) {
        double usd = in_force(study, month_begins(study, m), month_begins(study, m + 1));
        out.least_usd_per_month = fmin(out.least_usd_per_month, usd);
        if (usd > out.most_usd_per_month) {
            out.most_usd_per_month = usd;
            out.month_most = m;
        }
    }
    return out;
}

/* ---- spare capacity ---- */

bool study_holds_spare(const struct study *study) {
    const struct plan_loss *loss = &study->plan_input.loss;
    return loss->instance || loss->zones > 1 || loss->spot;
}

/* ---- the same money ---- */

bool study_is_same_usd(const struct study *study, double apart_usd_per_month) {
    double usd = fmax(study_paid_usd_per_month(&study->baseline),
                      study_paid_usd_per_month(&study->recommended));
    return fabs(apart_usd_per_month) < fmax(SAME_SHARE * usd, 0.005);
}

const char *study_rest_words(struct arena *arena, const struct study *study) {
    double rest = study->saving_usd_per_month;
    for (int i = 0; i < study->n_actions; i++)
        rest -= isnan(study->actions[i].usd_per_month) ? 0 : study->actions[i].usd_per_month;
    if (study_is_same_usd(study, rest))
        return "";
    bool of_bill = study_is_same_usd(study, rest + study->steps.billing);
    return arena_printf(arena, "%s %s %s a month%s",
                        of_bill ? "the bill's rules and delays" : "what is in no step",
                        rest < 0  ? of_bill ? "take back" : "takes back"
                        : of_bill ? "save"
                                  : "saves",
                        money_words(arena, fabs(rest)), rest < 0 ? "" : " more");
}

const char *study_step_words(struct arena *arena, const struct study *study,
                             const struct study_action *action) {
    double usd = action->usd_per_month;
    if (isnan(usd))
        return "";
    if (study_is_same_usd(study, usd))
        return "costs the same";
    return arena_printf(arena, "%s a month %s", money_words(arena, fabs(usd)),
                        usd > 0 ? "saved" : "added");
}

/* ---- the tightest target ---- */

double study_worst_window(const struct study *study, const struct study_fleet *fleet,
                          int workload) {
    int n_weeks = study->demand.n_weeks;
    double worst = 1;
    for (int week = 0; week < n_weeks; week++)
        worst = fmin(worst, study_worst_attainment(study, workload,
                                                   &fleet->replays[workload * n_weeks + week]));
    return worst;
}

struct study_margin study_least_margin(const struct study *study, const struct study_fleet *fleet) {
    struct study_margin least = {0};
    for (int w = 0; w < study->demand.n_workloads; w++) {
        double asked = study->scenario.workloads[w].slo.share;
        double worst = study_worst_window(study, fleet, w);
        if (w == 0 || worst - asked < least.worst - least.asked)
            least = (struct study_margin){w, worst, asked};
    }
    return least;
}

const char *study_window_word(const struct study *study, int workload) {
    static const char *const words[] = {"hour", "day", "week"};
    return words[study->scenario.workloads[workload].slo.over];
}
