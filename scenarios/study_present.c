/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Later money: what the payments of the horizon are worth on its first day, and what commitments
 * that outlive the horizon are worth after it. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/rng.h"
#include "base/share.h"
#include "scenarios/statement.h"
#include "scenarios/study_parts.h"

enum { SLICES = 4 }; /* of the time after the horizon */

/* ---- present value ---- */

/* What a dollar paid `months` after the start of the horizon is worth at it. */
static double discount(const struct study *study, double months) {
    return rng_exp(-months * rng_log(1 + study->scenario.discount_per_month));
}

/* Months of the horizon from its start to an hour in it. */
static double months_until(const struct study *study, int64_t hour) {
    struct date start = study->scenario.start;
    int m = 0;
    while (24 * calendar_days(calendar_add_months(start, m + 1)) <= hour)
        m++;
    int64_t from = 24 * calendar_days(calendar_add_months(start, m));
    int64_t to = 24 * calendar_days(calendar_add_months(start, m + 1));
    return m + (double)(hour - from) / (double)(to - from);
}

/* Upfront payments are made on their date, all else in the middle of its calendar month's days on
 * average. */
static void discount_plan(const struct study *study, struct study_present *out) {
    const struct statement *statement = study->statement;
    for (int i = 0; i < statement->n_rows; i++) {
        const struct statement_row *row = &statement->rows[i];
        double usd = money_amount_usd(row->billed);
        double first = months_until(study, row->from_hour);
        double when = row->purchase == FOCUS_PAID_AT_START
                          ? first
                          : (first + months_until(study, row->to_hour)) / 2;
        out->plan_paid_usd += usd;
        out->plan_usd += usd * discount(study, when);
    }
}

/* What today's bill tells no time of payment of, in USD a month. */
static void discount_evenly(const struct study *study, double usd_per_month, double *paid,
                            double *present) {
    const struct demand *demand = &study->demand;
    double each = usd_per_month / HOURS_PER_MONTH;
    for (int m = 0; m < demand->n_months; m++)
        for (int k = 0; k < demand->n_weeks; k++) {
            double usd = each * demand->month_hours[m * demand->n_weeks + k];
            *paid += usd;
            *present += usd * discount(study, m + 0.5);
        }
}

static void discount_baseline(const struct study *study, struct study_present *out) {
    const struct demand *demand = &study->demand;
    for (int m = 0; m < demand->n_months; m++)
        for (int k = 0; k < demand->n_weeks; k++) {
            double weeks = demand->month_hours[m * demand->n_weeks + k] / HOURS_PER_WEEK;
            double usd = weeks * money_amount_usd(study->baseline.bills[k].total);
            out->baseline_paid_usd += usd;
            out->baseline_usd += usd * discount(study, m + 0.5);
        }
}

void study_discount(struct study *study) {
    struct study_present *out = &study->present;
    *out = (struct study_present){.known = study->scenario.discount_per_month > 0 &&
                                           study->statement != NULL};
    if (!out->known)
        return;
    discount_plan(study, out);
    discount_baseline(study, out);
    const struct study_today_bill *today = &study->today_bill;
    discount_evenly(study, study_unlisted_usd(&study->recommended.unlisted), &out->plan_paid_usd,
                    &out->plan_usd);
    discount_evenly(study, study_unlisted_usd(&today->unlisted_today) + today->apart_usd_per_month,
                    &out->baseline_paid_usd, &out->baseline_usd);
}

const char *study_present_words(struct arena *arena, const struct study *study) {
    const struct study_present *p = &study->present;
    char plan[32], paid[32], baseline[32];
    if (!p->known)
        return "";
    money_format_short(plan, p->plan_usd);
    money_format_short(paid, p->plan_paid_usd);
    money_format_short(baseline, p->baseline_usd);
    double yearly = rng_exp(12 * rng_log(1 + study->scenario.discount_per_month)) - 1;
    return arena_printf(arena,
                        "present value of what the plan pays, at %s a year: %s (%s as paid); "
                        "of the baseline %s",
                        number_percent(arena, yearly), plan, paid, baseline);
}

/* ---- after the horizon ---- */

static double hours_after(const struct study *study, const struct commitment *commitment) {
    return fmax((double)commitment->to_s / 3600 - study->demand.horizon_hours, 0);
}

/* The planning week of the last month, by itself, its demand times `factor`. */
static const struct demand *last_week(struct arena *arena, const struct study *study,
                                      double factor) {
    const struct demand *from = study->plan_input.demand;
    struct demand *week = arena_new(arena, struct demand, 1);
    int last = 0;
    for (int k = 0; k < from->n_weeks; k++)
        last = from->weeks[k].event.year == 0 ? k : last;
    *week = (struct demand){.n_workloads = from->n_workloads,
                            .n_weeks = 1,
                            .n_hours = HOURS_PER_WEEK,
                            .n_months = 1,
                            .n_calendar = 1,
                            .calendar_from = from->calendar_from,
                            .weeks = {{.weight = 1}},
                            .horizon_hours = HOURS_PER_WEEK};
    week->month_hours = arena_new(arena, double, 1);
    week->month_hours[0] = HOURS_PER_WEEK;
    week->calendar_hours = week->month_hours;
    week->growth = arena_new(arena, double, from->n_workloads);
    week->weight = arena_new(arena, double, HOURS_PER_WEEK);
    week->rate_per_second = arena_new(arena, double, from->n_workloads *HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        week->weight[h] = 1;
    for (int w = 0; w < from->n_workloads; w++) {
        week->growth[w] = factor;
        for (int h = 0; h < HOURS_PER_WEEK; h++)
            week->rate_per_second[w * HOURS_PER_WEEK + h] =
                factor * from->rate_per_second[w * from->n_hours + last * HOURS_PER_WEEK + h];
    }
    return week;
}

/* Commitments still held `hours` after the horizon: those of others, and with `bought` the plan's.
 */
static int held_then(const struct study *study, double hours, bool bought, struct commitment *out) {
    const struct plan *plan = study->recommended.plan;
    int n = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct commitment *commitment = &plan->commitments[i].commitment;
        if ((!commitment->owned && !bought) || hours_after(study, commitment) <= hours ||
            commitment->terms.kind == COMMIT_MODEL_UNITS)
            continue;
        out[n] = *commitment;
        out[n].owned = true;
        out[n].from_s = 0;
        out[n++].to_s = (int64_t)HOURS_PER_WEEK * 3600;
    }
    return n;
}

/* Model units whose term goes on: where they are bought they cost nothing more then, else others
 * carry their requests. Whether there are any. */
static bool hold_units_then(struct arena *arena, const struct study *study, double hours,
                            bool bought, struct plan_input *input) {
    const struct plan *plan = study->recommended.plan;
    size_t n_offers = (size_t)input->n_offers, n = (size_t)input->n_candidates;
    struct offer *offers = arena_grow(arena, input->offers, n_offers, n_offers, sizeof *offers);
    struct capacity *open = arena_grow(arena, input->capacities, n, n, sizeof *open);
    bool any = false;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct commitment *units = &plan->commitments[i].commitment;
        if (units->terms.kind != COMMIT_MODEL_UNITS || hours_after(study, units) <= hours)
            continue;
        any = true;
        offers[units->offer].unit_hour.rate = 0;
        for (size_t c = 0; c < n; c++)
            if (input->candidates[c].offer == units->offer)
                open[c].feasible = false;
    }
    if (any && bought)
        input->offers = offers;
    else if (any)
        input->capacities = open;
    return any;
}

/* Mean USD of an hour then; NAN: nothing carries the demand. */
static bool hour_then(struct arena *arena, const struct study *study, double hours, double growth,
                      bool bought, double *usd, struct err *err) {
    struct plan_input input = study->plan_input;
    struct commitment *held =
        arena_new(arena, struct commitment, study->recommended.plan->n_commitments);
    double factor = rng_exp(hours / HOURS_PER_MONTH * rng_log(1 + growth));
    double hour_usd[HOURS_PER_WEEK], sum = 0;
    bool feasible;
    input.demand = last_week(arena, study, factor);
    input.owned = held;
    input.owned_left = NULL;
    input.spot = study_plan_spot(arena, study, &input);
    input.n_owned = held_then(study, hours, bought, held);
    bool units = hold_units_then(arena, study, hours, bought, &input);
    if (!plan_price_hours(arena, &input, hour_usd, &feasible, err))
        return false;
    if (!feasible && units && !bought) { /* nothing else carries them */
        input.capacities = study->plan_input.capacities;
        if (!plan_price_hours(arena, &input, hour_usd, &feasible, err))
            return false;
    }
    for (int h = 0; h < HOURS_PER_WEEK && feasible; h++)
        sum += hour_usd[h] / HOURS_PER_WEEK;
    *usd = feasible ? sum : NAN;
    return true;
}

static double fees_then(const struct study *study, double hours) {
    const struct plan *plan = study->recommended.plan;
    double usd = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *c = &plan->commitments[i];
        if (!c->commitment.owned && c->commitment.terms.kind != COMMIT_MODEL_UNITS &&
            hours_after(study, &c->commitment) > hours)
            usd += c->usd_per_hour;
    }
    return usd;
}

/* What hours would cost without what the plan bought, less what they cost with it, its own price
 * apart: slice by slice until the last commitment ends. */
static bool worth_after(struct arena *arena, const struct study *study, double until_hours,
                        double growth, double *worth, struct err *err) {
    *worth = 0;
    for (int i = 0; i < SLICES; i++) {
        double at = (i + 0.5) * until_hours / SLICES, without, with;
        if (!hour_then(arena, study, at, growth, false, &without, err) ||
            !hour_then(arena, study, at, growth, true, &with, err))
            return false;
        *worth += until_hours / SLICES * (without - (with - fees_then(study, at)));
    }
    return true;
}

bool study_weigh_beyond(struct arena *arena, struct study *study, struct err *err) {
    const struct plan *plan = study->recommended.plan;
    const struct growth_spec *growth = &study->scenario.beyond;
    const double growths[] = {growth->low, growth->mid, growth->high};
    struct study_beyond *out = &study->beyond;
    *out = (struct study_beyond){0};
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *c = &plan->commitments[i];
        if (c->commitment.owned || c->liability_usd + c->prepaid_usd <= 0)
            continue; /* a reservation of capacity can be ended */
        out->months = fmax(out->months, hours_after(study, &c->commitment) / HOURS_PER_MONTH);
        out->owed_usd += c->liability_usd + c->prepaid_usd;
    }
    for (int i = 0; i < 3 && out->months > 0; i++)
        if (!worth_after(arena, study, out->months * HOURS_PER_MONTH, growths[i],
                         &out->worth_usd[i], err))
            return false;
    return true;
}

const char *study_beyond_words(struct arena *arena, const struct study *study) {
    const struct study_beyond *b = &study->beyond;
    char owed[32], mid[32], low[32], high[32];
    if (b->months <= 0 || !isfinite(b->worth_usd[1]))
        return "";
    money_format_short(owed, b->owed_usd);
    money_format_short(mid, b->worth_usd[1]);
    money_format_short(low, b->worth_usd[0]);
    money_format_short(high, b->worth_usd[2]);
    const char *range = ", if demand stays at that of the last month";
    if (study->scenario.beyond.is_interval)
        range = strcmp(low, high) == 0 || !isfinite(b->worth_usd[0] + b->worth_usd[2])
                    ? ""
                    : arena_printf(arena, " (%s)", range_words(arena, low, high));
    return arena_printf(arena,
                        "commitments outlive the horizon by up to %s: %s of them is for "
                        "that time, in which they take the place of %s%s",
                        number_months(arena, b->months), owed, mid, range);
}
