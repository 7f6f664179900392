/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spend that the contract promises for its discounts. What a fleet spends on what a discount is for
 * is the sum of its charges there, after the discount; what is missing of the promise is charged on
 * top of the bill. A plan's dollars are spent on what its kind covers, whatever they are used for.
 *
 * A promise that is stated a year is held against each year of the contract, which begin with the
 * horizon: what one year spends more does not help another. Spend is taken from the bill by
 * calendar month; a month in which a year ends is of both by its hours.
 */
#include <math.h>

#include "base/calendar.h"
#include "base/number.h"
#include "scenarios/study_parts.h"

#define HOURS_PER_YEAR 8760.0

static bool counts(const struct study *study, const struct promised_spend *promise, int offer,
                   const struct commitment *held) {
    bool plan = held && commitment_kind_is_plan(held->terms.kind);
    for (int i = promise->first; i < promise->first + promise->n; i++) {
        const struct discount *discount = &study->scenario.discounts[i];
        if (plan ? discount_is_for_plan(discount, held->terms.kind, held->family)
                 : offer >= 0 &&
                       discount_is_for_offer(&study->book, discount, &study->offers[offer]))
            return true;
    }
    return false;
}

/* ---- what is spent ---- */

/* Over the horizon; evenly over its hours. */
static double spend_of_stations(const struct study *study, const struct promised_spend *promise,
                                const struct study_fleet *fleet) {
    double usd = 0;
    for (int i = 0; fleet->stations && i < study->n_stations; i++)
        if (counts(study, promise, study->stations[i].offer, NULL))
            usd += fleet->stations[i].usd_per_month;
    return usd * study->demand.horizon_hours / HOURS_PER_MONTH;
}

/* Over the horizon, of the chosen way of each job; the same beside every fleet. */
static double spend_of_jobs(const struct study *study, const struct promised_spend *promise) {
    double usd = 0;
    for (int j = 0; study_jobs_ran(study) && j < study->scenario.n_jobs; j++) {
        const struct study_job *job = &study->jobs[j];
        if (job->chosen >= 0 && counts(study, promise, job->setups[job->chosen].offer, NULL))
            usd += job->usd_per_month;
    }
    return usd * study->demand.horizon_hours / HOURS_PER_MONTH;
}

static bool tier_counts(const struct study *study, const struct promised_spend *promise,
                        const struct storage_tier *tier) {
    const struct offer offer = {
        .kind = OFFER_STORAGE, .sku = tier->name, .region = tier->region, .family = ""};
    for (int i = promise->first; i < promise->first + promise->n; i++)
        if (discount_is_for_offer(&study->book, &study->scenario.discounts[i], &offer))
            return true;
    return false;
}

/* Over the horizon, of the data that are stored beside every fleet. */
static double spend_of_storage(const struct study *study, const struct promised_spend *promise) {
    double usd = 0;
    for (int i = 0; study->storage && i < study->scenario.n_storage; i++)
        for (int s = 0; s < study->storage[i].n; s++) {
            const struct storage_stay *stay = &study->storage[i].stays[s];
            if (tier_counts(study, promise, &study->storage_tiers.tiers[stay->tier]))
                usd += stay->usd;
        }
    return usd * study->demand.horizon_hours / HOURS_PER_MONTH;
}

/* The part of calendar month c of the horizon that lies in a year. */
static double month_in_year(const struct study *study, int c,
                            const struct study_promise_year *year) {
    const int64_t *begins = study->demand.calendar_from;
    int64_t from = begins[c] > year->from_hour ? begins[c] : year->from_hour;
    int64_t to = begins[c + 1] < year->to_hour ? begins[c + 1] : year->to_hour;
    return to > from ? (double)(to - from) / (double)(begins[c + 1] - begins[c]) : 0;
}

static double spend_of_fleet(const struct study *study, const struct study_promise_year *year,
                             const struct statement *statement) {
    const struct promised_spend *promise = &study->scenario.promises[year->promise];
    double usd = 0;
    for (int i = 0; i < statement->n_rows; i++) {
        const struct statement_row *row = &statement->rows[i];
        double share = month_in_year(study, row->month, year);
        if (share > 0 && counts(study, promise, row->offer,
                                row->commitment ? &row->commitment->commitment : NULL))
            usd += share * money_amount_usd(row->effective);
    }
    return usd;
}

/* Stations of the fleet, jobs and stored data, evenly over the hours. */
static double spend_beside(const struct study *study, const struct study_promise_year *year,
                           const struct study_fleet *fleet) {
    const struct promised_spend *promise = &study->scenario.promises[year->promise];
    double usd = spend_of_stations(study, promise, fleet) + spend_of_jobs(study, promise) +
                 spend_of_storage(study, promise);
    return usd * (double)(year->to_hour - year->from_hour) / study->demand.horizon_hours;
}

/* ---- the years ---- */

static int years_of(const struct study *study, int promise) {
    return study->scenario.promises[promise].by_year ? (study->scenario.months + 11) / 12 : 1;
}

static struct study_promise_year year_of(const struct study *study, int promise, int year) {
    const struct promised_spend *promised = &study->scenario.promises[promise];
    const struct demand *demand = &study->demand;
    int64_t start = demand->calendar_from[0], end = demand->calendar_from[demand->n_calendar];
    int months = study->scenario.months;
    if (!promised->by_year)
        return (struct study_promise_year){.promise = promise,
                                           .months = months,
                                           .from_hour = start,
                                           .to_hour = end,
                                           .promised_usd =
                                               promised->usd_per_hour * demand->horizon_hours};
    struct date first = study->scenario.start;
    int last = 12 * (year + 1) < months ? 12 * (year + 1) : months;
    struct study_promise_year out = {
        .promise = promise,
        .months = last - 12 * year,
        .from_hour = 24 * calendar_days(calendar_add_months(first, 12 * year)),
        .to_hour = last == months ? end : 24 * calendar_days(calendar_add_months(first, last))};
    out.promised_usd = promised->usd_per_hour * HOURS_PER_YEAR * out.months / 12;
    return out;
}

/* ---- words ---- */

static const char *targets(struct arena *arena, const struct study *study,
                           const struct promised_spend *promise) {
    struct text words = {.arena = arena};
    for (int i = 0; i < promise->n; i++)
        text_printf(&words, "%s%s", i ? ", " : "",
                    study->scenario.discounts[promise->first + i].applies_to);
    return words.data;
}

static const char *short_usd(struct arena *arena, double usd) {
    char words[32];
    money_format_short(words, usd);
    return arena_printf(arena, "%s", words);
}

/* "in year 2, to 2028-11-30, " or, of a part of one, "in the last 6 months, held against their
 * part of a year, $75K, "; "" where there is one year. */
static const char *when_words(struct arena *arena, const struct study_promise *p, int index,
                              const struct study_promise_year *year) {
    char last[16];
    calendar_format_date(last, calendar_date(year->to_hour / 24 - 1));
    const char *months = number_counted(arena, year->months, "month");
    if (!p->by_year || (p->n_years == 1 && year->months == 12))
        return "";
    if (year->months < 12)
        return arena_printf(arena,
                            "in the %s to %s, of which %s is promised by their part of a "
                            "year, ",
                            months, last, short_usd(arena, year->promised_usd));
    return arena_printf(arena, "in year %d, to %s, ", index + 1, last);
}

static void notice(struct arena *arena, struct study *study, const struct study_promise *p,
                   const struct study_promise_year *years) {
    struct text words = {.arena = arena};
    double usd_per_year = 12 * p->promised_usd_per_month;
    if (p->by_year)
        usd_per_year = years[0].promised_usd * 12 / years[0].months;
    text_printf(&words, "the contract promises %s a year for %s", short_usd(arena, usd_per_year),
                p->applies_to);
    for (int i = 0; i < p->n_years; i++) {
        const struct study_promise_year *year = &years[i];
        double per = p->by_year ? 1 : HOURS_PER_YEAR / study->demand.horizon_hours;
        if (year->shortfall_usd > 0)
            text_printf(&words,
                        "; %sthe plan spends %s, %s %s: the missing %s%s charged on top of "
                        "the bill%s",
                        when_words(arena, p, i, year), short_usd(arena, per * year->spend_usd),
                        "the baseline", short_usd(arena, per * year->baseline_spend_usd),
                        short_usd(arena, per * year->shortfall_usd),
                        p->by_year ? " is" : " a year is", p->by_year ? " at the end of it" : "");
    }
    study_add_notice(arena, study, "contract-shortfall", words.data);
}

/* ---- sums ---- */

static double missing(double promised, double spent) {
    return fmax(promised - spent, 0);
}

static void sum_promise(struct arena *arena, struct study *study, struct study_promise *p,
                        const struct study_promise_year *years) {
    double to_month = HOURS_PER_MONTH / study->demand.horizon_hours;
    for (int i = 0; i < p->n_years; i++) {
        p->promised_usd_per_month += years[i].promised_usd * to_month;
        p->spend_usd_per_month += years[i].spend_usd * to_month;
        p->shortfall_usd_per_month += years[i].shortfall_usd * to_month;
        p->baseline_spend_usd_per_month += years[i].baseline_spend_usd * to_month;
        p->baseline_shortfall_usd_per_month += years[i].baseline_shortfall_usd * to_month;
    }
    study->recommended.shortfall_usd_per_month += p->shortfall_usd_per_month;
    study->baseline.shortfall_usd_per_month += p->baseline_shortfall_usd_per_month;
    if (p->shortfall_usd_per_month > 0)
        notice(arena, study, p, years);
}

void study_sum_promises(struct arena *arena, struct study *study) {
    const struct scenario *scenario = &study->scenario;
    if (scenario->n_promises == 0)
        return;
    int n = 0;
    for (int i = 0; i < scenario->n_promises; i++)
        n += years_of(study, i);
    struct study_promise *promises = arena_new(arena, struct study_promise, scenario->n_promises);
    struct study_promise_year *years = arena_new(arena, struct study_promise_year, n);
    struct statement plan = study_statement(arena, study, &study->recommended), before = {0};
    if (study->baseline.bills)
        before = study_statement(arena, study, &study->baseline);
    n = 0;
    for (int i = 0; i < scenario->n_promises; i++) {
        struct study_promise *p = &promises[i];
        *p = (struct study_promise){.applies_to = targets(arena, study, &scenario->promises[i]),
                                    .by_year = scenario->promises[i].by_year,
                                    .first_year = n,
                                    .n_years = years_of(study, i)};
        for (int k = 0; k < p->n_years; k++) {
            struct study_promise_year *year = &years[n++];
            *year = year_of(study, i, k);
            year->beside_usd = spend_beside(study, year, &study->recommended);
            year->baseline_beside_usd = spend_beside(study, year, &study->baseline);
            year->spend_usd = spend_of_fleet(study, year, &plan) + year->beside_usd;
            year->baseline_spend_usd =
                spend_of_fleet(study, year, &before) + year->baseline_beside_usd;
            year->shortfall_usd = missing(year->promised_usd, year->spend_usd);
            year->baseline_shortfall_usd = missing(year->promised_usd, year->baseline_spend_usd);
        }
        sum_promise(arena, study, p, &years[p->first_year]);
    }
    study->promises = promises;
    study->n_promises = scenario->n_promises;
    study->promise_years = years;
    study->n_promise_years = n;
}

double study_missing_in_year(const struct study *study, int index, bool baseline, double scale) {
    const struct study_promise_year *year = &study->promise_years[index];
    double beside = baseline ? year->baseline_beside_usd : year->beside_usd;
    double spend = baseline ? year->baseline_spend_usd : year->spend_usd;
    return missing(year->promised_usd, beside + (spend - beside) * scale);
}

double study_missing_with_more(const struct study *study, const double *more) {
    double usd = 0;
    for (int i = 0; i < study->n_promise_years; i++)
        usd += missing(study->promise_years[i].promised_usd,
                       study->promise_years[i].spend_usd + more[i]);
    return usd * HOURS_PER_MONTH / study->demand.horizon_hours;
}

/* ---- a plan that is not billed ---- */

/* What is held costs an hour, used or not. */
static double held_usd(const struct commitment *held) {
    return commitment_kind_is_plan(held->terms.kind) ? money_amount_usd(held->plan_usd_per_hour)
                                                     : held->count * money_rate_usd(held->hourly);
}

/* Instances on demand, what no commitment covers, and on spot. */
static double instance_usd(const struct study *study, const struct plan *plan, int c, int h) {
    const struct plan_input *input = &study->plan_input;
    const struct offer *offer = &input->offers[input->candidates[c].offer];
    int at = c * input->demand->n_hours + h;
    double open = fmax(plan->regular[at] - plan->reserved[at] - plan->covered[at], 0);
    double price = input->spot ? input->spot->price[at] : 1;
    return (open > 0 ? open * money_rate_usd(offer->on_demand.rate) : 0) +
           (plan->spot[at] > 0 ? plan->spot[at] * price * money_rate_usd(offer->spot.rate) : 0);
}

/* What is left of an hour's cost is of what is paid by use, by the requests of each. */
static double spend_in_hour(const struct study *study, const struct promised_spend *promise,
                            const struct plan *plan, int h) {
    const struct plan_input *input = &study->plan_input;
    const struct demand *demand = input->demand;
    double spent = 0, left = plan->hour_usd[h], requests = 0, counted = 0;
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct commitment *held = &plan->commitments[i].commitment;
        if (!plan_commitment_active(demand, h, held))
            continue;
        left -= held_usd(held);
        if (counts(study, promise, held->offer, held))
            spent += held_usd(held);
    }
    for (int c = 0; c < input->n_candidates; c++) {
        const struct candidate *candidate = &input->candidates[c];
        bool its = counts(study, promise, candidate->offer, NULL);
        if (candidate->kind == CANDIDATE_INSTANCE && candidate->offer >= 0) {
            double usd = instance_usd(study, plan, c, h);
            left -= usd;
            spent += its ? usd : 0;
        } else {
            double rate = plan->overflow_share[c * demand->n_hours + h] *
                          demand->rate_per_second[candidate->workload * demand->n_hours + h];
            requests += rate;
            counted += its ? rate : 0;
        }
    }
    return spent + (requests > 0 ? fmax(left, 0) * counted / requests : 0);
}

void study_plan_spend(struct arena *arena, const struct study *study, const struct plan *plan,
                      double *usd) {
    const struct demand *demand = study->plan_input.demand;
    double *hour_usd = arena_new(arena, double, demand->n_hours);
    for (int i = 0; i < study->n_promise_years; i++) {
        const struct study_promise_year *year = &study->promise_years[i];
        int index = i - study->promises[year->promise].first_year;
        for (int h = 0; index == 0 && h < demand->n_hours; h++)
            hour_usd[h] = spend_in_hour(study, &study->scenario.promises[year->promise], plan, h);
        usd[i] = 0;
        for (int m = 12 * index; m < 12 * index + year->months; m++)
            for (int h = 0; h < demand->n_hours; h++)
                usd[i] += demand->month_hours[m * demand->n_weeks + h / HOURS_PER_WEEK] /
                          HOURS_PER_WEEK * hour_usd[h];
    }
}
