/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spend that the contract promises for its discounts. What a fleet spends on what a discount is for
 * is the sum of its charges there, after the discount; what is missing of the promise is charged on
 * top of the bill. A plan's dollars are spent on what its kind covers, whatever they are used for.
 */
#include <math.h>

#include "scenarios/study_parts.h"

#define HOURS_PER_YEAR 8760.0

static bool counts(const struct study *study, const struct promised_spend *promise,
                   const struct charge *charge, const struct commitment *held) {
    bool plan = held && commitment_kind_is_plan(held->terms.kind);
    for (int i = promise->first; i < promise->first + promise->n; i++) {
        const struct discount *discount = &study->scenario.discounts[i];
        if (plan ? discount_is_for_plan(discount, held->terms.kind, held->family)
                 : charge->offer >= 0 &&
                       discount_is_for_offer(&study->book, discount, &study->offers[charge->offer]))
            return true;
    }
    return false;
}

static double spend_of_stations(const struct study *study, const struct promised_spend *promise,
                                const struct study_fleet *fleet) {
    double usd = 0;
    for (int i = 0; fleet->stations && i < study->n_stations; i++) {
        struct charge charge = {.offer = study->stations[i].offer};
        if (counts(study, promise, &charge, NULL))
            usd += fleet->stations[i].usd_per_month;
    }
    return usd;
}

/* With its stations. */
static double spend_of_fleet(const struct study *study, const struct promised_spend *promise,
                             const struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    double usd = 0;
    for (int week = 0; fleet->bills && week < demand->n_weeks; week++)
        for (int i = 0; i < fleet->bills[week].n_charges; i++) {
            const struct charge *charge = &fleet->bills[week].charges[i];
            const struct plan_commitment *held =
                charge->commitment < 0
                    ? NULL
                    : study_held_commitment(study, fleet->plan, week, charge->commitment);
            if (counts(study, promise, charge, held ? &held->commitment : NULL))
                usd += money_amount_usd(charge->effective) * demand->weeks[week].weight;
        }
    return usd / demand->horizon_hours * HOURS_PER_MONTH + spend_of_stations(study, promise, fleet);
}

/* Of the chosen way of each job; the same beside every fleet. */
static double spend_of_jobs(const struct study *study, const struct promised_spend *promise) {
    double usd = 0;
    for (int j = 0; study_jobs_ran(study) && j < study->scenario.n_jobs; j++) {
        const struct study_job *job = &study->jobs[j];
        if (job->chosen < 0)
            continue;
        struct charge charge = {.offer = job->setups[job->chosen].offer};
        if (counts(study, promise, &charge, NULL))
            usd += job->usd_per_month;
    }
    return usd;
}

static const char *targets(struct arena *arena, const struct study *study,
                           const struct promised_spend *promise) {
    struct text words = {.arena = arena};
    for (int i = 0; i < promise->n; i++)
        text_printf(&words, "%s%s", i ? ", " : "",
                    study->scenario.discounts[promise->first + i].applies_to);
    return words.data;
}

static double missing(double promised, double spent) {
    return fmax(promised - spent, 0);
}

static void notice(struct arena *arena, struct study *study, const struct study_promise *p) {
    char promised[32], spent[32], before[32], missed[32];
    money_format_short(promised, 12 * p->promised_usd_per_month);
    money_format_short(spent, 12 * p->spend_usd_per_month);
    money_format_short(before, 12 * p->baseline_spend_usd_per_month);
    money_format_short(missed, 12 * p->shortfall_usd_per_month);
    study_add_notice(arena, study, "contract-shortfall",
                     arena_printf(arena,
                                  "the contract promises %s a year for %s; the plan spends %s, %s "
                                  "%s: the missing %s a year is charged on top of the bill",
                                  promised, p->applies_to, spent,
                                  study->baseline_given ? "today's fleet" : "the baseline", before,
                                  missed));
}

void study_sum_promises(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    struct study_promise *promises = arena_new(arena, struct study_promise, scenario->n_promises);
    for (int i = 0; i < scenario->n_promises; i++) {
        const struct promised_spend *promise = &scenario->promises[i];
        double jobs = spend_of_jobs(study, promise);
        struct study_promise *p = &promises[i];
        p->applies_to = targets(arena, study, promise);
        p->promised_usd_per_month = promise->usd_per_hour * HOURS_PER_YEAR / 12;
        p->spend_usd_per_month = spend_of_fleet(study, promise, &study->recommended) + jobs;
        p->baseline_spend_usd_per_month = spend_of_fleet(study, promise, &study->baseline) + jobs;
        p->shortfall_usd_per_month = missing(p->promised_usd_per_month, p->spend_usd_per_month);
        p->baseline_shortfall_usd_per_month =
            missing(p->promised_usd_per_month, p->baseline_spend_usd_per_month);
        study->recommended.shortfall_usd_per_month += p->shortfall_usd_per_month;
        study->baseline.shortfall_usd_per_month += p->baseline_shortfall_usd_per_month;
        if (p->shortfall_usd_per_month > 0)
            notice(arena, study, p);
    }
    study->promises = promises;
    study->n_promises = scenario->n_promises;
}
