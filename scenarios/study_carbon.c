/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energy and carbon of a replayed fleet: the instance hours of its usage ledger, each at the share
 * of time in which the workload's replicas had work that week. */
#include <math.h>
#include <string.h>

#include "base/money.h"
#include "base/number.h"
#include "scenarios/study_parts.h"
#include "scenarios/study_stations.h"

enum { SECONDS_PER_HOUR = 3600 };

static void add(struct carbon_range *sum, struct carbon_range part, double times) {
    sum->low += times * part.low;
    sum->value += times * part.value;
    sum->high += times * part.high;
}

/* Mean over the hours in which replicas were ready. */
static double busy_share(const struct replay_result *replay) {
    double sum = 0;
    int n = 0;
    for (int h = 0; h < replay->n_hours; h++)
        if (!isnan(replay->hours[h].busy_fraction)) {
            sum += replay->hours[h].busy_fraction;
            n++;
        }
    return n > 0 ? fmin(sum / n, 1) : 0;
}

static struct carbon_hardware hardware_of(const struct study *study, const struct offer *offer) {
    const struct catalog *catalog = &study->catalog;
    const struct instance_type *type = catalog_instance(catalog, bytes_of(offer->sku));
    ENSURE(type); /* study_candidates has refused names that are not in the catalogue */
    struct carbon_hardware hardware = {.family = type->family,
                                       .cpu = type->cpu,
                                       .vcpu = type->vcpu,
                                       .server_vcpu = type->vcpu,
                                       .memory_gib = type->memory_gib,
                                       .accelerator = type->accelerator,
                                       .accelerators = type->accelerators};
    for (int i = 0; i < catalog->n_instances; i++)
        if (strcmp(catalog->instances[i].family, type->family) == 0 &&
            catalog->instances[i].vcpu > hardware.server_vcpu)
            hardware.server_vcpu = catalog->instances[i].vcpu;
    return hardware;
}

/* Each reason once. */
static void leave_out(struct text *left_out, const char *reason) {
    if (left_out->n && strstr(left_out->data, reason))
        return;
    text_printf(left_out, "%s%s", left_out->n ? "; " : "", reason);
}

static void add_row(struct arena *arena, const struct study *study, const struct usage_row *row,
                    double busy, double times, struct study_carbon *sum, struct text *left_out) {
    const struct offer *offer = &study->offers[row->offer];
    if (usage_is_of_transfer(row->kind) || usage_is_of_volume(row->kind) ||
        row->kind == USAGE_WEIGHT_READS)
        return;
    if (row->kind != USAGE_INSTANCE) {
        leave_out(left_out, offer->kind == OFFER_FUNCTION
                                ? "functions: no figure for what serves them"
                                : "token APIs: no figure for what serves them");
        return;
    }
    struct carbon_hardware hardware = hardware_of(study, offer);
    struct carbon_hour hour =
        carbon_instance_hour(&study->carbon, &hardware, offer->region, busy, arena);
    if (!hour.known) {
        leave_out(left_out, arena_printf(arena, "%s: %s", offer->sku, hour.reason));
        return;
    }
    double hours = (double)(row->to_s - row->from_s) / SECONDS_PER_HOUR * (double)row->quantity;
    sum->known = true;
    sum->estimated = sum->estimated || hour.estimated;
    add(&sum->kwh, hour.kwh, times * hours);
    add(&sum->kg_operation, hour.kg_operation, times * hours);
    add(&sum->kg_embodied, hour.kg_embodied, times * hours);
}

const struct study_carbon *study_measure_carbon(struct arena *arena, const struct study *study,
                                                const struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    struct study_carbon *carbon = arena_new(arena, struct study_carbon, demand->n_workloads);
    double to_month = HOURS_PER_MONTH / demand->horizon_hours;
    for (int w = 0; w < demand->n_workloads; w++) {
        struct text left_out = {.arena = arena};
        for (int week = 0; week < demand->n_weeks; week++) {
            const struct replay_result *replay = &fleet->replays[w * demand->n_weeks + week];
            double busy = busy_share(replay);
            for (int i = 0; i < replay->ledger.n_rows; i++) {
                const struct usage_row *row = &replay->ledger.rows[i];
                int station = study_station_of_offer(study, row->offer);
                add_row(arena, study, row,
                        station < 0 ? busy : study_station_busy(study, station, replay),
                        demand->weeks[week].weight * to_month, &carbon[w], &left_out);
            }
        }
        carbon[w].left_out = left_out.n ? left_out.data : "";
    }
    return carbon;
}

struct study_carbon study_fleet_carbon(struct arena *arena, const struct study *study,
                                       const struct study_fleet *fleet) {
    struct study_carbon sum = {0};
    struct text left_out = {.arena = arena};
    for (int w = 0; w < study->demand.n_workloads; w++) {
        const struct study_carbon *c = &fleet->carbon[w];
        sum.known = sum.known || c->known;
        sum.estimated = sum.estimated || c->estimated;
        add(&sum.kwh, c->kwh, 1);
        add(&sum.kg_operation, c->kg_operation, 1);
        add(&sum.kg_embodied, c->kg_embodied, 1);
        if (c->left_out[0])
            leave_out(&left_out, c->left_out);
    }
    sum.left_out = left_out.n ? left_out.data : "";
    return sum;
}

/* At full work, so that the replay emits no more an hour. */
const struct plan_carbon *study_plan_carbon(struct arena *arena, const struct study *study) {
    const struct scenario *scenario = &study->scenario;
    if (scenario->carbon_kg_max <= 0 && scenario->carbon_usd_per_kg <= 0)
        return NULL;
    double *kg = arena_new(arena, double, study->n_candidates);
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        kg[c] = NAN;
        if (candidate->kind != CANDIDATE_INSTANCE || candidate->offer < 0)
            continue;
        const struct offer *offer = &study->offers[candidate->offer];
        struct carbon_hardware hardware = hardware_of(study, offer);
        struct carbon_hour hour =
            carbon_instance_hour(&study->carbon, &hardware, offer->region, 1, arena);
        if (hour.known)
            kg[c] = hour.kg_operation.value + hour.kg_embodied.value;
    }
    struct plan_carbon *limit = arena_new(arena, struct plan_carbon, 1);
    *limit = (struct plan_carbon){"the limit of carbon over the horizon",
                                  scenario->carbon_kg_max > 0 ? scenario->carbon_kg_max : INFINITY,
                                  kg, scenario->carbon_usd_per_kg, scenario->carbon_where};
    return limit;
}

const char *study_priced_words(struct arena *arena, const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    double usd_per_kg = study->scenario.carbon_usd_per_kg;
    if (!plan || !(plan->carbon_usd_per_hour > 0))
        return "";
    double least_usd_per_hour = study->first_plan->lp_priced_usd_per_hour;
    char price[32], carbon[32], both[32], least[32];
    money_format_short(price, 1000 * usd_per_kg);
    money_format_short(carbon, plan->carbon_usd_per_hour * HOURS_PER_MONTH);
    money_format_short(both, (plan->usd_per_hour + plan->carbon_usd_per_hour) * HOURS_PER_MONTH);
    money_format_short(least, least_usd_per_hour * HOURS_PER_MONTH);
    double kg = plan->carbon_usd_per_hour / usd_per_kg * HOURS_PER_MONTH;
    const char *file = study->recommended.bills
                           ? ""
                           : arena_printf(arena, " (%s USD an hour, the objective of --write-lp)",
                                          number_digits(arena, least_usd_per_hour, 9));
    return arena_printf(arena,
                        "the choice counts carbon at %s a tonne, on no bill: %s kg a month of the "
                        "plan are %s, with its money %s; the least that both come to together is "
                        "%s a month%s, while the theoretical minimum is of money alone",
                        price, number_words(arena, kg), carbon, both, least, file);
}
