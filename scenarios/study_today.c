/* SPDX-License-Identifier: GPL-3.0-or-later */
/* today.focus: today's fleet out of the provider's bill. Of each instance type that the workload
 * lists under run_on, the mean number over the bill's hours, rounded up, runs in all hours of the
 * week; what commitments covered ran like the rest. Other types of the bill serve something else.
 */
#include <math.h>
#include <string.h>

#include "pricing/cloud_bill.h"
#include "scenarios/study_parts.h"

#define HOURS_PER_MONTH 730.0

static const char *listed_sku(const struct study *study, const struct workload *workload,
                              const char *instance) {
    const char *sku = price_book_sku(&study->book, bytes_of(instance));
    for (int i = 0; sku && i < workload->n_run_on; i++) {
        const char *other = price_book_sku(&study->book, bytes_of(workload->run_on[i].sku));
        if (!workload->run_on[i].is_function && other && strcmp(other, sku) == 0)
            return sku;
    }
    return NULL;
}

/* Hours first; the count when all rows of a type are in. */
static void take_fleet(struct arena *arena, struct study *study, const struct cloud_bill *bill) {
    const struct scenario *scenario = &study->scenario;
    struct today_instance *fleet = arena_new(arena, struct today_instance, bill->n_types);
    double *hours = arena_new(arena, double, bill->n_types);
    double period = (double)(bill->to_hour - bill->from_hour);
    int n = 0;
    for (int i = 0; i < bill->n_types; i++) {
        const struct cloud_bill_type *type = &bill->types[i];
        const char *sku = listed_sku(study, &scenario->workloads[0], type->instance);
        bool spot = type->option == BILLED_SPOT;
        int at = 0;
        if (!sku)
            continue;
        while (at < n && (strcmp(fleet[at].instance, sku) != 0 || fleet[at].spot != spot))
            at++;
        n += at == n;
        hours[at] += type->hours;
        study->today_bill.serving_usd_per_month += type->effective_usd / period * HOURS_PER_MONTH;
        fleet[at] = (struct today_instance){.instance = sku,
                                            .place = scenario->today_focus_place,
                                            .count = (int)ceil(hours[at] / period * (1 - 1e-12)),
                                            .spot = spot,
                                            .workload = -1};
    }
    study->scenario.today = fleet;
    study->scenario.n_today = n;
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
    if (bill->to_hour > bill->from_hour) {
        take_fleet(arena, study, bill);
        double months = (double)(bill->to_hour - bill->from_hour) / HOURS_PER_MONTH;
        today->name = scenario->today_focus;
        today->hours = bill->to_hour - bill->from_hour;
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
    struct cloud_bill bill;
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
    bool read = cloud_bill_read(arena, source, &bill, &err);
    source_close(source);
    if (!read) {
        mistakes_add(mistakes, &err);
        return false;
    }
    study_note_input(arena, study, "bill", scenario->today_focus, bill.sha256,
                     arena_printf(arena, "%s, %lld rows", cloud_bill_format_name(bill.format),
                                  (long long)bill.n_rows));
    return take_bill(arena, study, &bill, mistakes);
}

void study_notice_today(struct arena *arena, struct study *study) {
    const struct study_today_bill *bill = &study->today_bill;
    char effective[32], billed[32], serving[32];
    if (!bill->name)
        return;
    money_format_short(effective, bill->effective_usd_per_month);
    money_format_short(billed, bill->billed_usd_per_month);
    money_format_short(serving, bill->serving_usd_per_month);
    study_add_notice(
        arena, study, "today-bill",
        arena_printf(arena,
                     "%s (%lld h) comes to %s a month effective and %s billed; %s effective of it "
                     "is for the types under run_on, whose mean number is today's fleet: the "
                     "baseline bills that fleet at the book's rates",
                     bill->name, (long long)bill->hours, effective, billed, serving));
}
