/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Budgets against the shares of those who pay, by fiscal quarter or year. */
#include <math.h>
#include <string.h>

#include "scenarios/scenario_finance.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_volumes.h"

static bool same_period(struct fiscal_period a, struct fiscal_period b) {
    return a.year == b.year && a.quarter == b.quarter && a.month == b.month;
}

static bool covers(const struct budget_spec *budget, const struct payer *payer) {
    return !budget->tag_key || strcmp(payer_tag(payer, budget->tag_key), budget->tag_value) == 0;
}

/* Of a budget; NULL: the quarter. */
static struct fiscal_period period_of_day(const struct study *study,
                                          const struct budget_spec *budget, struct date day) {
    struct fiscal_period period = fiscal_period_of(day, study->scenario.fiscal_month);
    if (budget && budget->by_month)
        return (struct fiscal_period){.year = day.year, .month = day.month};
    period.quarter = budget && budget->by_year ? 0 : period.quarter;
    return period;
}

/* What was spent in a period, and the calendar months that count in it, parts of them as parts. */
struct spent {
    struct fiscal_period period;
    double months;
    usd_nano cash, amortised;
};

/* Of the calendar month that hours [from[0], from[1]) are in. */
static double part_of_month(const int64_t from[2]) {
    struct date day = calendar_date(from[0] / 24);
    struct date first = {.year = day.year, .month = day.month, .day = 1};
    int64_t days = calendar_days(calendar_add_months(first, 1)) - calendar_days(first);
    return (double)(from[1] - from[0]) / (24.0 * (double)days);
}

static struct spent *spent_in(struct spent *all, int *n, struct fiscal_period period) {
    for (int i = 0; i < *n; i++)
        if (same_period(all[i].period, period))
            return &all[i];
    all[*n] = (struct spent){.period = period};
    return &all[(*n)++];
}

/* Months, quarters or years one after the other. @param budget  NULL: all, by quarter */
static struct spent *spent_by_period(struct arena *arena, const struct study *study,
                                     const struct budget_spec *budget, int *n) {
    const struct allocation *allocation = study->allocation;
    int n_months = study->statement->n_months;
    struct spent *all = arena_new(arena, struct spent, n_months);
    *n = 0;
    for (int month = 0; month < n_months; month++) {
        struct date day = study_calendar_month(study, month);
        spent_in(all, n, period_of_day(study, budget, day))->months +=
            part_of_month(&study->statement->month_hours[month]);
    }
    for (int i = 0; i < allocation->n_shares; i++) {
        const struct allocation_share *share = &allocation->shares[i];
        if (budget && !covers(budget, &allocation->payers[share->payer]))
            continue;
        struct date day = study_calendar_month(study, share->month);
        struct spent *spent = spent_in(all, n, period_of_day(study, budget, day));
        spent->cash += share->cash;
        spent->amortised += share->amortised;
    }
    return all;
}

static void add_budget(struct arena *arena, struct study *study, int index,
                       struct study_budget *out) {
    const struct budget_spec *budget = &study->scenario.budgets[index];
    int n = 0;
    const struct spent *spent = spent_by_period(arena, study, budget, &n);
    for (int i = 0; i < n; i++)
        out[study->n_budgets++] = (struct study_budget){
            .budget = index,
            .period = spent[i].period,
            .months = spent[i].months,
            .limit = (usd_nano)llround(budget->usd * (double)USD_NANO_PER_USD),
            .spent = budget->cash ? spent[i].cash : spent[i].amortised};
}

const struct study_quarter *study_quarters(struct arena *arena, const struct study *study, int *n) {
    const struct spent *spent = spent_by_period(arena, study, NULL, n);
    struct study_quarter *quarters = arena_new(arena, struct study_quarter, *n);
    for (int i = 0; i < *n; i++)
        quarters[i] = (struct study_quarter){spent[i].period, spent[i].months, spent[i].cash,
                                             spent[i].amortised};
    return quarters;
}

const char *study_period_words(struct arena *arena, struct fiscal_period period) {
    if (period.month > 0)
        return arena_printf(arena, "%d-%02d", period.year, period.month);
    return period.quarter > 0 ? arena_printf(arena, "FY%d Q%d", period.year, period.quarter)
                              : arena_printf(arena, "FY%d", period.year);
}

void study_check_budgets(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    if (!study->allocation || scenario->n_budgets == 0)
        return;
    struct study_budget *budgets =
        arena_new(arena, struct study_budget, 2 * scenario->n_budgets * study->statement->n_months);
    for (int i = 0; i < scenario->n_budgets; i++)
        add_budget(arena, study, i, budgets);
    study->budgets = budgets;
}

/* A cent is what a bill is rounded to. */
static bool is_broken(const struct study *study, const struct study_budget *budget) {
    return study->scenario.budgets[budget->budget].enforce &&
           budget->spent - budget->limit >= USD_NANO_PER_USD / 100;
}

const struct study_budget *study_broken_budget(const struct study *study) {
    const struct study_budget *worst = NULL;
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *b = &study->budgets[i];
        if (is_broken(study, b) && (!worst || b->spent - b->limit > worst->spent - worst->limit))
            worst = b;
    }
    return worst;
}

static bool has_payer(const struct study *study, const struct budget_spec *budget) {
    const struct allocation *allocation = study->allocation;
    for (int i = 0; i < allocation->n_payers; i++)
        if (covers(budget, &allocation->payers[i]))
            return true;
    return false;
}

/* A tag that nothing has is kept whatever is spent: a word mistyped would never be noticed. */
static void notice_nobody(struct arena *arena, struct study *study) {
    for (int i = 0; study->n_budgets > 0 && i < study->scenario.n_budgets; i++) {
        const struct budget_spec *budget = &study->scenario.budgets[i];
        if (!has_payer(study, budget))
            study_add_notice(arena, study, "budget-of-nobody",
                             arena_printf(arena,
                                          "nothing has the tag %s: its budget counts no cost",
                                          budget->name));
    }
}

void study_notice_budgets(struct arena *arena, struct study *study) {
    for (int i = 0; i < study->n_budgets; i++) {
        const struct study_budget *b = &study->budgets[i];
        const struct budget_spec *spec = &study->scenario.budgets[b->budget];
        char spent[32], limit[32], over[32];
        if (b->spent <= b->limit)
            continue;
        money_format_short(spent, money_amount_usd(b->spent));
        money_format_short(limit, money_amount_usd(b->limit));
        money_format_short(over, money_amount_usd(b->spent - b->limit));
        bool broken = is_broken(study, b);
        const char *text = arena_printf(
            arena, "%s%s %s in %s of a budget of %s for %s: %s too much%s",
            broken ? "not reached: " : "", spec->cash ? "payments of" : "amortised cost of", spent,
            study_period_words(arena, b->period), limit, spec->name, over,
            broken ? ". The plan had to stay within it, and kept to it hour by hour; jobs, boots "
                     "and what else the replay came to are beyond that"
                   : "");
        study_add_notice_about(
            arena, study, broken ? "budget-broken" : "budget-exceeded",
            &(struct notice_about){text, NULL, "", money_amount_usd(b->spent - b->limit)});
    }
    notice_nobody(arena, study);
}

/* ---- limits that the plan keeps ---- */

static bool has_tag(const struct budget_spec *budget, const char *const (*tags)[2], int n) {
    struct payer payer = {.tags = tags, .n_tags = n};
    return covers(budget, &payer);
}

static bool is_of_workload(const struct study *study, const struct budget_spec *budget, int w) {
    const struct workload *workload = &study->scenario.workloads[w];
    return has_tag(budget, workload->tags, workload->n_tags);
}

/* Instances of fallbacks, which run beside the plan's. */
static double fallbacks_usd_per_hour(const struct study *study, const struct budget_spec *budget) {
    double usd = 0;
    for (int c = study->n_choices; c < study->n_candidates; c++)
        if (study_is_fallback(study, c) &&
            is_of_workload(study, budget, study->candidates[c].workload))
            usd += study->scenario.workloads[study->candidates[c].workload].fallback_count *
                   (money_rate_usd(study->offers[study->candidates[c].offer].on_demand.rate) +
                    study_volume_usd_per_hour(study, c));
    return usd;
}

/* What is kept costs the same in every calendar month. */
static double storage_usd_per_month(const struct study *study, const struct budget_spec *budget) {
    const struct scenario *scenario = &study->scenario;
    double usd = budget->tag_key ? 0 : study_storage_usd_per_month(study);
    for (int i = 0; budget->tag_key && study->storage && i < scenario->n_storage; i++)
        if (has_tag(budget, scenario->storage[i].tags, scenario->storage[i].n_tags))
            usd += study->storage[i].usd_per_month;
    return usd;
}

/* What is paid in every hour whatever the plan is, beside storage; jobs are known after it. */
static double beside_usd_per_hour(const struct study *study, const struct budget_spec *budget) {
    double usd = budget->tag_key ? 0 : study_stations_usd_per_month(study);
    for (int i = 0; budget->tag_key && i < study->n_stations; i++)
        if (is_of_workload(study, budget, study->stations[i].workload))
            usd += study->stations[i].spec->count * HOURS_PER_MONTH *
                   money_rate_usd(study->offers[study->stations[i].offer].on_demand.rate);
    return usd / HOURS_PER_MONTH + fallbacks_usd_per_hour(study, budget);
}

/* By workload of the plan, sides of a split after the others; NULL: all. */
static const bool *budget_workloads(struct arena *arena, const struct study *study,
                                    const struct demand *demand, const struct budget_spec *budget) {
    if (!budget->tag_key)
        return NULL;
    bool *workloads = arena_new(arena, bool, demand->n_workloads);
    for (int w = 0; w < demand->n_workloads; w++)
        workloads[w] = is_of_workload(study, budget, study_split_of(study, w));
    return workloads;
}

static const char *budget_words(struct arena *arena, const struct budget_spec *spec,
                                struct fiscal_period period) {
    return arena_printf(arena, "the budget of %s%s%s (%s)", spec->tag_key ? spec->name : "",
                        spec->tag_key ? " for " : "", study_period_words(arena, period),
                        spec->cash ? "cash" : "amortised");
}

const struct plan_budget *study_enforced_budgets(struct arena *arena, const struct study *study,
                                                 const struct demand *demand, int *n) {
    const struct scenario *scenario = &study->scenario;
    int months = study->demand.n_calendar;
    const int64_t *from = study->demand.calendar_from;
    struct plan_budget *out = arena_new(arena, struct plan_budget, scenario->n_budgets * months);
    *n = 0;
    for (int i = 0; i < scenario->n_budgets; i++) {
        const struct budget_spec *spec = &scenario->budgets[i];
        bool *marked = NULL;
        struct fiscal_period last = {0};
        for (int month = 0; month < months && spec->enforce; month++) {
            struct fiscal_period period =
                period_of_day(study, spec, study_calendar_month(study, month));
            if (month == 0 || !same_period(period, last)) {
                marked = arena_new(arena, bool, months);
                out[(*n)++] =
                    (struct plan_budget){.name = budget_words(arena, spec, period),
                                         .usd = spec->usd,
                                         .months = marked,
                                         .cash = spec->cash,
                                         .workloads = budget_workloads(arena, study, demand, spec),
                                         .where = place_words(arena, spec->place)};
            }
            marked[month] = true;
            out[*n - 1].beside_usd +=
                beside_usd_per_hour(study, spec) * (double)(from[month + 1] - from[month]) +
                storage_usd_per_month(study, spec) * study_month_share(study, month);
            last = period;
        }
    }
    return out;
}
