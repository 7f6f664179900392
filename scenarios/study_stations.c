/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_stations.h"

#include <math.h>
#include <string.h>

#include "scenarios/study_parts.h"
#include "scenarios/study_resilience.h"
#include "scenarios/study_volumes.h"
#include "sim/datasheet.h"
#include "sim/observer.h"

/* ---- what they are ---- */

static const char *region_of(const struct workload *workload, const struct station_spec *spec) {
    if (spec->region[0])
        return spec->region;
    return workload->n_regions > 0 ? workload->regions[0] : "";
}

static const struct instance_type *type_of(struct study_offers *offers,
                                           const struct station_spec *spec) {
    const struct study *study = offers->study;
    const struct instance_type *type = catalog_instance(&study->catalog, bytes_of(spec->instance));
    int n;
    if (type)
        return type;
    const char *const *names = catalog_instance_names(&study->catalog, offers->arena, &n);
    study_unknown_name(offers, spec->instance_place, "instance", spec->instance, names, n,
                       "list what is sold with: headroom prices list");
    return NULL;
}

static int add_offer(struct study_offers *offers, struct offer offer) {
    size_t n = (size_t)offers->n;
    offers->offers = arena_grow(offers->arena, offers->offers, n, n + 1, sizeof *offers->offers);
    offers->offers[n] = offer;
    return offers->n++;
}

/* An offer that no other has, so that the ledger tells a station's hours from the fleet's. */
static int own_offer(struct study_offers *offers, const struct station_spec *spec,
                     const char *region) {
    const struct price_book *book = &offers->study->book;
    if (!study_known_region(offers, region)) {
        if (spec->region[0])
            study_unknown_region(offers, spec->region_place, region);
        return -1; /* the workload's own is told there */
    }
    struct offer offer = study_offers_make(offers, spec->instance, region, TIER_STANDARD,
                                           offers->terms, offers->n_terms);
    if (!offer.on_demand.known) {
        mistakes_at(offers->mistakes, spec->instance_place,
                    offer.on_demand.reason && offer.on_demand.reason[0]
                        ? offer.on_demand.reason
                        : "take another type or region, or put the rate into a book of your own",
                    "the station '%s' has no price: no on-demand rate for %s in %s in the book %s",
                    spec->name, spec->instance, region, book->name);
        return -1;
    }
    return add_offer(offers, offer);
}

static int own_volume(struct study_offers *offers, const char *region) {
    int shared = study_open_volume(offers, region);
    return shared < 0 ? -1 : add_offer(offers, offers->offers[shared]);
}

/* Its service as that of a candidate with nothing else stated. */
static bool serve_model(struct study_offers *offers, const struct instance_type *type,
                        struct study_station *station) {
    const struct study *study = offers->study;
    const struct station_spec *spec = station->spec;
    struct capacity capacity = {0};
    struct candidate candidate = {.kind = CANDIDATE_INSTANCE,
                                  .workload = station->workload,
                                  .name = spec->name,
                                  .sku = spec->instance,
                                  .region = station->region,
                                  .model = spec->model,
                                  .precision = precision_word(spec->precision),
                                  .kv_precision = precision_word(PRECISION_BF16),
                                  .quality = ""};
    struct serving_options options = {.model = spec->model,
                                      .precision = spec->precision,
                                      .kv_precision = PRECISION_BF16,
                                      .tensor_parallel = spec->tensor_parallel,
                                      .step_overhead_s = NAN,
                                      .memory_share = 0.9,
                                      .tokens_ratio = 1};
    if (!catalog_model(&study->catalog, bytes_of(spec->model))) {
        int n;
        const char *const *names = catalog_model_names(&study->catalog, offers->arena, &n);
        study_unknown_name(offers, spec->model_place, "model", spec->model, names, n,
                           "a station serves a model of the catalogue");
        return false;
    }
    if (!service_build(&study->catalog, type, &options, &candidate, &capacity)) {
        mistakes_at(offers->mistakes, spec->model_place,
                    "take another instance type, precision or tensor_parallel",
                    "the station '%s' cannot serve %s on %s: %s", spec->name, spec->model,
                    spec->instance, capacity.reason);
        return false;
    }
    station->service = candidate.service;
    station->replicas_per_instance = candidate.replicas_per_instance;
    station->weight_bytes = datasheet_weight_bytes(
        catalog_model(&study->catalog, bytes_of(spec->model)), spec->precision);
    station->basis = arena_strdup(offers->arena, capacity.basis);
    station->estimated = capacity.estimated;
    return true;
}

static void open_station(struct study_offers *offers, const struct workload *workload,
                         struct study_station *station) {
    const struct station_spec *spec = station->spec;
    const struct instance_type *type = type_of(offers, spec);
    station->region = region_of(workload, spec);
    station->offer = type ? own_offer(offers, spec, station->region) : -1;
    station->volume_offer = station->offer < 0 ? -1 : own_volume(offers, station->region);
    station->service = (struct service){.kind = SERVICE_QUEUE, .queue = spec->service};
    station->replicas_per_instance = 1;
    station->basis = "stated";
    if (type && spec->model[0])
        serve_model(offers, type, station);
}

const struct study_station *study_open_stations(struct study_offers *offers, int *n) {
    const struct scenario *scenario = &offers->study->scenario;
    *n = 0;
    for (int w = 0; w < scenario->n_workloads; w++)
        *n += scenario->workloads[w].demand.n_stations;
    struct study_station *stations = arena_new(offers->arena, struct study_station, *n);
    for (int w = 0, at = 0; w < scenario->n_workloads; w++)
        for (int i = 0; i < scenario->workloads[w].demand.n_stations; i++) {
            struct study_station *station = &stations[at++];
            *station = (struct study_station){
                .workload = w, .group = i + 1, .spec = &scenario->workloads[w].demand.stations[i]};
            open_station(offers, &scenario->workloads[w], station);
        }
    return stations;
}

/* ---- in the replay ---- */

int study_station_pools_max(const struct study *study) {
    return study->n_stations * study->scenario.resilience.zones;
}

static const int32_t *steady(struct arena *arena, int count) {
    int32_t *hours = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        hours[hour] = count;
    return hours;
}

static struct pool_volume volume_of(const struct study *study,
                                    const struct study_station *station) {
    return study_volume_with(study, station->volume_offer, station->weight_bytes);
}

void study_add_stations(struct arena *arena, const struct study *study, int workload,
                        struct replay_input *input, struct pool *pools, int *candidates) {
    int n_own = study->scenario.workloads[workload].demand.n_stations, n = 0;
    int n_groups = n_own + input->n_groups;
    struct replay_group *groups = arena_new(arena, struct replay_group, n_groups);
    if (n_own == 0)
        return;
    for (int i = 0; i < input->n_groups; i++)
        groups[n_own + i] = input->groups[i];
    for (int p = 0; p < input->n_pools; p++)
        pools[p].group += pools[p].group > 0 ? n_own : 0;
    pools += input->n_pools;
    candidates += input->n_pools;
    for (int i = 0; i < study->n_stations; i++) {
        const struct study_station *station = &study->stations[i];
        if (station->workload != workload)
            continue;
        groups[station->group - 1] = (struct replay_group){
            .name = station->spec->name, .router = ROUTER_LEAST_OUTSTANDING, .aside = true};
        candidates[n] = -1;
        pools[n++] = (struct pool){
            .name = station->spec->name,
            .group = station->group,
            .service = station->service,
            .offer = station->offer,
            .replicas_per_instance = station->replicas_per_instance,
            .weight = 1,
            .usd_per_hour = money_rate_usd(study->offers[station->offer].on_demand.rate),
            .boot_s = study->scenario.boot_s,
            .volume = volume_of(study, station),
            .instances = steady(arena, station->spec->count),
        };
    }
    input->n_pools += study_spread(arena, study, NULL, 0, pools, candidates, n);
    input->groups = groups;
    input->n_groups = n_groups;
}

int study_station_of_offer(const struct study *study, int offer) {
    for (int i = 0; i < study->n_stations; i++)
        if (study->stations[i].offer == offer || study->stations[i].volume_offer == offer)
            return i;
    return -1;
}

double study_station_busy(const struct study *study, int station,
                          const struct replay_result *replay) {
    const struct replay_hour *hours = replay->groups[study->stations[station].group].hours;
    double sum = 0;
    int n = 0;
    for (int hour = 0; hour < replay->n_hours; hour++)
        if (isfinite(hours[hour].busy_fraction)) {
            sum += hours[hour].busy_fraction;
            n++;
        }
    return n > 0 ? sum / n : 0;
}

/* ---- what it came to ---- */

/* Below it a quantile is of those that did not wait at all. */
#define SHORTEST_S 1e-8

static double wait_p95_s(const struct study *study, int station,
                         const struct replay_result *replay) {
    double longest = NAN;
    for (int p = 0; replay->observed && p < replay->observed->n_pools; p++)
        if (strcmp(replay->observed->labels[p].name, study->stations[station].spec->name) == 0)
            longest = fmax(longest, replay->observed->pools[p].wait_s[1]);
    return longest < SHORTEST_S ? 0 : longest;
}

static void sum_station(struct arena *arena, const struct study *study, int index,
                        const struct study_fleet *fleet, struct study_station_use *out) {
    const struct demand *demand = &study->demand;
    const struct study_station *station = &study->stations[index];
    double to_month = HOURS_PER_MONTH / demand->horizon_hours, weights = 0;
    struct quantile_sketch latency = quantile_open(arena);
    out->wait_p95_s = NAN;
    for (int week = 0; week < demand->n_weeks; week++) {
        const struct replay_result *r = &fleet->replays[station->workload * demand->n_weeks + week];
        const struct group_result *group = &r->groups[station->group];
        double weight = demand->weeks[week].weight;
        out->calls_per_month += (double)group->arrived * weight * to_month;
        out->rejected_per_month += (double)group->rejected * weight * to_month;
        out->busy_share += study_station_busy(study, index, r) * weight;
        out->wait_p95_s = fmax(out->wait_p95_s, wait_p95_s(study, index, r));
        weights += weight;
        quantile_merge(&latency, &group->latency_s);
    }
    out->busy_share /= weights;
    for (int i = 0; i < 3; i++)
        out->latency_s[i] = quantile_at(&latency, (const double[]){0.5, 0.95, 0.99}[i]);
}

static void sum_bills(const struct study *study, const struct bill *bills,
                      struct study_fleet *fleet, struct study_station_use *uses) {
    const struct demand *demand = &study->demand;
    double to_month = HOURS_PER_MONTH / demand->horizon_hours;
    for (int week = 0; week < demand->n_weeks; week++)
        for (int i = 0; i < bills[week].n_charges; i++) {
            const struct charge *charge = &bills[week].charges[i];
            double usd = money_amount_usd(charge->effective) * demand->weeks[week].weight;
            struct study_station_use *use = &uses[study_station_of_offer(study, charge->offer)];
            use->usd_per_month += usd * to_month;
            use->volumes_usd_per_month += charge->kind == CHARGE_VOLUME ? usd * to_month : 0;
            fleet->stations_usd_horizon += usd;
        }
    fleet->stations_usd_per_month = fleet->stations_usd_horizon * to_month;
}

/* What a workload costs: with one workload all, else its own charges. */
static double cost_of(const struct study *study, const struct study_fleet *fleet, int workload) {
    const struct demand *demand = &study->demand;
    double usd = 0;
    for (int week = 0; week < demand->n_weeks; week++) {
        const struct bill *bill = &fleet->bills[week];
        for (int i = 0; i < bill->n_charges; i++)
            if (demand->n_workloads == 1 || bill->charges[i].workload == workload)
                usd += money_amount_usd(bill->charges[i].effective) * demand->weeks[week].weight;
    }
    usd *= HOURS_PER_MONTH / demand->horizon_hours;
    for (int i = 0; i < study->n_stations; i++)
        if (study->stations[i].workload == workload)
            usd += fleet->stations[i].usd_per_month;
    return usd;
}

static void sum_tasks(struct arena *arena, const struct study *study,
                      const struct study_fleet *fleet, int workload, struct study_tasks *out) {
    const struct demand *demand = &study->demand;
    double to_month = HOURS_PER_MONTH / demand->horizon_hours, good = 0;
    struct quantile_sketch latency = quantile_open(arena);
    out->worst_attainment = 1;
    for (int week = 0; week < demand->n_weeks; week++) {
        const struct replay_result *r = &fleet->replays[workload * demand->n_weeks + week];
        const struct task_counts *tasks = &r->tasks;
        double weight = demand->weeks[week].weight * to_month;
        if (tasks->started == 0)
            continue;
        out->started_per_month += (double)tasks->started * weight;
        out->completed_per_month += (double)tasks->completed * weight;
        out->failed_per_month += (double)tasks->failed * weight;
        out->cut_per_month += (double)tasks->cut * weight;
        good += (double)tasks->good * weight;
        out->worst_attainment = fmin(out->worst_attainment, tasks->worst_attainment);
        out->slo_missed = out->slo_missed || tasks->slo_missed;
        quantile_merge(&latency, &tasks->latency_s);
    }
    double ended = out->completed_per_month + out->failed_per_month;
    out->attainment = ended > 0 ? good / ended : 1;
    out->usd_per_completed = out->completed_per_month > 0
                                 ? cost_of(study, fleet, workload) / out->completed_per_month
                                 : NAN;
    for (int i = 0; i < 3; i++)
        out->latency_s[i] = quantile_at(&latency, (const double[]){0.5, 0.95, 0.99}[i]);
}

void study_sum_stations(struct arena *arena, const struct study *study, const struct bill *bills,
                        struct study_fleet *fleet) {
    struct study_station_use *uses = arena_new(arena, struct study_station_use, study->n_stations);
    struct study_tasks *tasks = arena_new(arena, struct study_tasks, study->demand.n_workloads);
    sum_bills(study, bills, fleet, uses);
    for (int i = 0; i < study->n_stations; i++)
        sum_station(arena, study, i, fleet, &uses[i]);
    fleet->stations = uses;
    for (int w = 0; w < study->demand.n_workloads; w++)
        if (study->scenario.workloads[w].demand.flow)
            sum_tasks(arena, study, fleet, w, &tasks[w]);
    fleet->tasks = tasks;
}

bool study_tasks_missed(const struct study *study, const struct study_fleet *fleet) {
    bool missed = false;
    for (int w = 0; fleet->tasks && w < study->demand.n_workloads; w++)
        missed = missed || fleet->tasks[w].slo_missed;
    return missed;
}
