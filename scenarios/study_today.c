/* SPDX-License-Identifier: GPL-3.0-or-later */
/* today.focus: today's fleet out of the provider's bill. What ran of each instance type that the
 * workload lists under run_on is today's fleet, in the hours of the week in which it ran; what
 * commitments covered ran like the rest (study_unlisted.c has its cost). Other types of the bill
 * serve something else. The money and the mean numbers are of the bill's period: an hour of a month
 * is an hour of a month.
 */
#include <math.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "pricing/cloud_bill.h"
#include "scenarios/study_parts.h"

#define HOURS_PER_MONTH 730.0
#define COUNT_AT_MOST 1e6 /* of a type, as today.fleet.count */

const char *study_listed_sku(const struct study *study, const struct workload *workload,
                             const char *instance) {
    const char *sku = price_book_sku(&study->book, bytes_of(instance));
    for (int i = 0; sku && i < workload->n_run_on; i++) {
        const char *other = price_book_sku(&study->book, bytes_of(workload->run_on[i].sku));
        if (!workload->run_on[i].is_function && other && strcmp(other, sku) == 0)
            return sku;
    }
    return NULL;
}

static double bill_hours(const struct cloud_bill *bill) {
    return (double)(bill->period_to_hour - bill->period_from_hour);
}

/* ---- the fleet ---- */

/* g5.xlarge: 0.7 on average, at most 4, in 168 of 720 h */
static void name_fleet(struct arena *arena, const struct cloud_bill *bill, const bool *wanted,
                       const struct today_instance *today, struct text *out) {
    double hours = 0;
    int64_t ran = 0, last = -1;
    for (int i = 0; i < bill->n_types; i++)
        hours += wanted[i] ? bill->types[i].hours : 0;
    for (int h = 0; h < bill->n_hours; h++)
        if (wanted[bill->hours[h].type] && bill->hours[h].epoch_hour != last) {
            last = bill->hours[h].epoch_hour;
            ran++;
        }
    text_printf(out, "%s%s%s, %s on average", out->n ? "; " : "", today->instance,
                today->spot ? " on spot" : "", number_digits(arena, hours / bill_hours(bill), 3));
    if (bill->n_hours > 0)
        text_printf(out, " (it ran in %lld of %lld h)", (long long)ran,
                    (long long)bill_hours(bill));
}

static void take_fleet(struct arena *arena, struct study *study, const struct cloud_bill *bill) {
    const struct scenario *scenario = &study->scenario;
    struct today_instance *fleet = arena_new(arena, struct today_instance, bill->n_types);
    bool **wanted = arena_new(arena, bool *, bill->n_types);
    const char **skus = arena_new(arena, const char *, bill->n_types);
    struct text words = {.arena = arena};
    double months = bill_hours(bill) / HOURS_PER_MONTH;
    int n = 0, kept = 0;
    text_append_string(&words, "");
    for (int i = 0; i < bill->n_types; i++) {
        const struct cloud_bill_type *type = &bill->types[i];
        const char *sku = skus[i] =
            study_listed_sku(study, &scenario->workloads[0], type->instance);
        bool spot = type->option == BILLED_SPOT;
        int at = 0;
        if (!sku)
            continue;
        while (at < n && (strcmp(fleet[at].instance, sku) != 0 || fleet[at].spot != spot))
            at++;
        if (at == n) {
            wanted[n] = arena_new(arena, bool, bill->n_types);
            fleet[n++] = (struct today_instance){.instance = sku,
                                                 .place = scenario->today_focus_place,
                                                 .spot = spot,
                                                 .workload = -1};
        }
        wanted[at][i] = true;
        study->today_bill.serving_usd_per_month += type->effective_usd / months;
    }
    for (int at = 0; at < n; at++) {
        double *week = arena_new(arena, double, HOURS_PER_WEEK), most = 0;
        struct today_instance *today = &fleet[kept];
        *today = fleet[at];
        if (!cloud_bill_week(bill, wanted[at], week))
            continue;
        for (int k = 0; k < HOURS_PER_WEEK; k++)
            most = fmax(most, week[k] = fmin(week[k], COUNT_AT_MOST));
        today->count = (int)ceil(most * (1 - 1e-12));
        today->by_hour = week;
        name_fleet(arena, bill, wanted[at], today, &words);
        kept++;
    }
    study->scenario.today = fleet;
    study->scenario.n_today = kept;
    study->today_bill.fleet = words.data;
    study->today_bill.bill = bill;
    study->today_bill.skus = skus;
    study->today_bill.covered = study->today_bill.owned = "";
}

static bool check_scenario(const struct scenario *scenario, struct mistakes *mistakes) {
    if (scenario->n_today > 0)
        mistakes_at(mistakes, scenario->today_focus_place, "keep one of them",
                    "today has a fleet and a bill");
    else if (scenario->n_workloads != 1)
        mistakes_at(mistakes, scenario->today_focus_place,
                    "write today.fleet, with the workload of each row",
                    "a bill does not tell which of the %d workloads its instances serve",
                    scenario->n_workloads);
    else
        return true;
    return false;
}

static bool take_bill(struct arena *arena, struct study *study, const struct cloud_bill *bill,
                      struct mistakes *mistakes) {
    const struct scenario *scenario = &study->scenario;
    struct study_today_bill *today = &study->today_bill;
    if (bill->to_hour > bill->from_hour && bill->period_to_hour > bill->period_from_hour) {
        double months = bill_hours(bill) / HOURS_PER_MONTH;
        take_fleet(arena, study, bill);
        today->name = scenario->today_focus;
        today->hours = bill->to_hour - bill->from_hour;
        today->period_from_hour = bill->period_from_hour;
        today->period_to_hour = bill->period_to_hour;
        today->billed_usd = bill->billed_usd;
        today->effective_usd = bill->effective_usd;
        today->billed_usd_per_month = bill->billed_usd / months;
        today->effective_usd_per_month = bill->effective_usd / months;
    }
    if (scenario->n_today > 0)
        return true;
    mistakes_at(mistakes, scenario->today_focus_place,
                "run_on lists the types that can serve; headroom trace stats shows those of a bill",
                "the bill has no hours of a type under run_on");
    return false;
}

bool study_load_today(struct arena *arena, const struct study_options *options, struct study *study,
                      struct mistakes *mistakes) {
    const struct scenario *scenario = &study->scenario;
    struct err err = {0};
    struct cloud_bill *bill = arena_new(arena, struct cloud_bill, 1);
    if (scenario->today_focus[0] == '\0')
        return true;
    if (!check_scenario(scenario, mistakes))
        return false;
    struct source *source =
        options->files->open(options->files->context, arena, scenario->today_focus,
                             scenario->today_focus_relative_to, &err);
    if (!source) {
        mistakes_at(mistakes, scenario->today_focus_place, err.hint,
                    "cannot read the bill '%s': %s", scenario->today_focus, err.what);
        return false;
    }
    bool read = cloud_bill_read(arena, source, bill, &err);
    source_close(source);
    if (!read) {
        mistakes_add(mistakes, &err);
        return false;
    }
    study_note_input(arena, study, "bill", scenario->today_focus, bill->sha256,
                     arena_printf(arena, "%s, %lld rows", cloud_bill_format_name(bill->format),
                                  (long long)bill->n_rows));
    return take_bill(arena, study, bill, mistakes);
}

static const char *short_usd(struct arena *arena, double usd) {
    char words[32];
    money_format_short(words, usd);
    return arena_printf(arena, "%s", words);
}

static void notice_covered(struct arena *arena, struct study *study) {
    const struct study_today_bill *bill = &study->today_bill;
    double unused = bill->unlisted_usd_per_month - bill->covered_usd_per_month;
    struct text words = {.arena = arena};
    if (bill->unlisted_usd_per_month <= 0)
        return;
    text_printf(&words,
                "%s: commitments that estate.owned does not list cover %s: %s a month amortised",
                bill->name, bill->covered, short_usd(arena, bill->unlisted_usd_per_month));
    if (unused >= 0.005)
        text_printf(&words, ", %s of it not used", short_usd(arena, unused));
    if (study->baseline.bills)
        text_printf(&words,
                    ". Today's cost has them at that, where on demand would be %s. They are owed "
                    "until they end, which the bill does not tell, so what the plan costs has them "
                    "too; of its fleet they cover what is worth %s on demand",
                    short_usd(arena, bill->unlisted_today.instead_usd_per_month),
                    short_usd(arena, study->recommended.unlisted.instead_usd_per_month));
    text_printf(&words,
                ". The plan is chosen without them: list them under estate.owned for it to use "
                "them: %s",
                bill->owned);
    study_add_notice(arena, study, "today-committed", words.data);
}

void study_notice_today(struct arena *arena, struct study *study) {
    const struct study_today_bill *bill = &study->today_bill;
    char effective[32], billed[32], serving[32], month[32], from[16], to[16];
    if (!bill->name)
        return;
    money_format_short(effective, bill->effective_usd);
    money_format_short(billed, bill->billed_usd);
    money_format_short(month, bill->effective_usd_per_month);
    money_format_short(serving, bill->serving_usd_per_month);
    calendar_format_date(from, calendar_date(bill->period_from_hour / 24));
    calendar_format_date(to, calendar_date((bill->period_to_hour + 23) / 24));
    study_add_notice(
        arena, study, "today-bill",
        arena_printf(arena,
                     "%s (%s to %s, %lld h) comes to %s effective and %s billed, %s effective by "
                     "the month of 730 h; %s of that is for the types under run_on: %s. The "
                     "baseline bills those instance hours, in their hours of the week as far as "
                     "the bill tells them, at the book's rates%s",
                     bill->name, from, to,
                     (long long)(bill->period_to_hour - bill->period_from_hour), effective, billed,
                     month, serving, bill->fleet,
                     bill->unlisted_usd_per_month > 0
                         ? "; what unlisted commitments covered at what the bill says"
                         : ""));
    notice_covered(arena, study);
}
