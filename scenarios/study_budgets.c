/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Budgets against the shares of those who pay, by fiscal quarter or year. */
#include <math.h>
#include <string.h>

#include "scenarios/scenario_finance.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_rollout.h"
#include "scenarios/study_volumes.h"

static struct fiscal_period period_of_month(const struct study *study, int month) {
    return fiscal_period_of(study_month_counts(study, month), study->scenario.fiscal_month,
                            study->scenario.fiscal_day);
}

static bool same_period(struct fiscal_period a, struct fiscal_period b) {
    return a.year == b.year && a.quarter == b.quarter && a.month == b.month;
}

static bool covers(const struct budget_spec *budget, const struct payer *payer) {
    return !budget->tag_key || strcmp(payer_tag(payer, budget->tag_key), budget->tag_value) == 0;
}

static usd_nano spent_in(const struct study *study, const struct budget_spec *budget, int month) {
    const struct allocation *allocation = study->allocation;
    usd_nano spent = 0;
    for (int i = 0; i < allocation->n_shares; i++) {
        const struct allocation_share *share = &allocation->shares[i];
        if (share->month == month && covers(budget, &allocation->payers[share->payer]))
            spent += budget->cash ? share->cash : share->amortised;
    }
    return spent;
}

static struct fiscal_period budget_period(const struct study *study,
                                          const struct budget_spec *budget, int month) {
    struct fiscal_period period = period_of_month(study, month);
    struct date day = study_month_counts(study, month);
    if (budget->by_month)
        return (struct fiscal_period){.year = day.year, .month = day.month};
    period.quarter = budget->by_year ? 0 : period.quarter;
    return period;
}

/* Months, quarters or years one after the other, as the months come. */
static int add_periods(const struct study *study, int index, struct study_budget *out) {
    const struct budget_spec *budget = &study->scenario.budgets[index];
    int n = 0;
    for (int month = 0; month < study->statement->n_months; month++) {
        struct fiscal_period period = budget_period(study, budget, month);
        if (n == 0 || !same_period(out[n - 1].period, period))
            out[n++] = (struct study_budget){
                .budget = index,
                .period = period,
                .limit = (usd_nano)llround(budget->usd * (double)USD_NANO_PER_USD)};
        out[n - 1].months++;
        out[n - 1].spent += spent_in(study, budget, month);
    }
    return n;
}

const struct study_quarter *study_quarters(struct arena *arena, const struct study *study, int *n) {
    const struct allocation *allocation = study->allocation;
    int n_months = study->statement->n_months;
    struct study_quarter *quarters = arena_new(arena, struct study_quarter, n_months);
    int *of_month = arena_new(arena, int, n_months);
    *n = 0;
    for (int month = 0; month < n_months; month++) {
        struct fiscal_period period = period_of_month(study, month);
        if (*n == 0 || !same_period(quarters[*n - 1].period, period))
            quarters[(*n)++].period = period;
        quarters[*n - 1].months++;
        of_month[month] = *n - 1;
    }
    for (int i = 0; i < allocation->n_shares; i++) {
        struct study_quarter *quarter = &quarters[of_month[allocation->shares[i].month]];
        quarter->cash += allocation->shares[i].cash;
        quarter->amortised += allocation->shares[i].amortised;
    }
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
        arena_new(arena, struct study_budget, scenario->n_budgets * study->statement->n_months);
    for (int i = 0; i < scenario->n_budgets; i++)
        study->n_budgets += add_periods(study, i, budgets + study->n_budgets);
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
        study_add_notice(
            arena, study, broken ? "budget-broken" : "budget-exceeded",
            arena_printf(arena, "%s%s %s in %s of a budget of %s for %s: %s too much%s",
                         broken ? "not reached: " : "",
                         spec->cash ? "payments of" : "amortised cost of", spent,
                         study_period_words(arena, b->period), limit, spec->name, over,
                         broken ? ". The plan had to stay within it, and kept to it hour by hour; "
                                  "jobs, boots and what else the replay came to are beyond that"
                                : ""));
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

/* What is paid in every hour whatever the plan is; jobs are known after it. */
static double beside_usd_per_hour(const struct study *study, const struct budget_spec *budget) {
    const struct scenario *scenario = &study->scenario;
    double usd = 0;
    if (!budget->tag_key)
        usd = study_storage_usd_per_month(study) + study_stations_usd_per_month(study);
    for (int i = 0; budget->tag_key && study->storage && i < scenario->n_storage; i++)
        if (has_tag(budget, scenario->storage[i].tags, scenario->storage[i].n_tags))
            usd += study->storage[i].usd_per_month;
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

static double hours_of_month(const struct study *study, int month) {
    struct date start = study->scenario.start;
    return 24.0 * (double)(calendar_days(calendar_add_months(start, month + 1)) -
                           calendar_days(calendar_add_months(start, month)));
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
    int months = scenario->months;
    struct plan_budget *out = arena_new(arena, struct plan_budget, scenario->n_budgets * months);
    *n = 0;
    for (int i = 0; i < scenario->n_budgets; i++) {
        const struct budget_spec *spec = &scenario->budgets[i];
        bool *marked = NULL;
        struct fiscal_period last = {0};
        for (int month = 0; month < months && spec->enforce; month++) {
            struct fiscal_period period = budget_period(study, spec, month);
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
                beside_usd_per_hour(study, spec) * hours_of_month(study, month);
            last = period;
        }
    }
    return out;
}
