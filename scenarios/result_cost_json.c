/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_cost_json.h"

#include <math.h>
#include <string.h>

#include "scenarios/cost_change.h"
#include "scenarios/study_job_cover.h"
#include "sim/observer.h"

/* What `quantity` counts, by usage_kind. */
static const char *const units[USAGE_KINDS] = {
    [USAGE_INSTANCE] = COST_HELD_UNIT,
    [USAGE_FUNCTION_MB_MS] = "MB-ms",
    [USAGE_FUNCTION_REQUESTS] = "invocation",
    [USAGE_INPUT_TOKENS] = "input token",
    [USAGE_OUTPUT_TOKENS] = "output token",
    [USAGE_CACHED_INPUT_TOKENS] = "cached input token",
    [USAGE_FUNCTION_PROVISIONED_MB_MS] = "provisioned MB-ms",
    [USAGE_FUNCTION_HELD_MB_S] = "held MB-second",
    [USAGE_MODEL_UNIT_S] = "model unit-second",
    [USAGE_TRANSFER_BYTES] = "byte moved",
    [USAGE_VOLUME_GB_S] = "GB-second of volumes",
    [USAGE_VOLUME_IOPS_S] = "IOPS-second of volumes",
    [USAGE_VOLUME_MBPS_S] = "MBps-second of volumes",
    [USAGE_WEIGHT_BYTES] = "byte of weights moved",
    [USAGE_WEIGHT_READS] = "request for weights",
};

/* Charges of one workload, offer, unit and way to pay, a month. */
struct cost_row {
    int workload, offer;
    enum usage_kind usage;
    const char *paid; /* "on demand", "1-year compute savings plan, no upfront" */
    bool idle;        /* committed to, and not used */
    double quantity, usd, list_usd;
};

struct rows {
    struct arena *arena;
    struct cost_row *items;
    size_t n;
};

static const char *paid_words(struct arena *arena, const struct study *study, int week,
                              const struct charge *charge) {
    int held = charge->kind == CHARGE_CAPACITY_UNUSED ? charge->reservation : charge->commitment;
    if (held < 0)
        return charge_kind_word(charge->kind);
    const struct plan_commitment *c = study_charged_commitment(study, week, held);
    const struct commitment_terms *terms = &c->commitment.terms;
    if (terms->term_years == 0)
        return commitment_kind_word(terms->kind);
    return arena_printf(arena, "%s%d-year %s, %s", c->commitment.owned ? "owned " : "",
                        terms->term_years, commitment_kind_word(terms->kind),
                        payment_word(terms->payment));
}

static struct cost_row *row_of(struct rows *rows, const struct charge *charge, const char *paid) {
    bool idle = charge->kind == CHARGE_COMMITMENT_UNUSED || charge->kind == CHARGE_CAPACITY_UNUSED;
    for (size_t i = 0; i < rows->n; i++) {
        struct cost_row *row = &rows->items[i];
        if (row->workload == charge->workload && row->offer == charge->offer &&
            row->usage == charge->usage && row->idle == idle && strcmp(row->paid, paid) == 0)
            return row;
    }
    rows->items = arena_grow(rows->arena, rows->items, rows->n, rows->n + 1, sizeof *rows->items);
    rows->items[rows->n] =
        (struct cost_row){charge->workload, charge->offer, charge->usage, paid, idle, 0, 0, 0};
    return &rows->items[rows->n++];
}

static struct rows cost_rows(struct arena *arena, const struct study *study) {
    const struct demand *demand = &study->demand;
    struct rows rows = {.arena = arena};
    for (int week = 0; week < demand->n_weeks; week++) {
        const struct bill *bill = &study->recommended.bills[week];
        double to_month = demand->weeks[week].weight * HOURS_PER_MONTH / demand->horizon_hours;
        for (int i = 0; i < bill->n_charges; i++) {
            const struct charge *charge = &bill->charges[i];
            struct cost_row *row = row_of(&rows, charge, paid_words(arena, study, week, charge));
            row->quantity += charge_units(charge) * to_month;
            row->usd += money_amount_usd(charge->effective) * to_month;
            row->list_usd += money_amount_usd(charge->list) * to_month;
        }
    }
    return rows;
}

static double quantity_of(const struct cost_row *row) {
    return row->usage == USAGE_INSTANCE ? row->quantity / 3600 : row->quantity;
}

static void put_names(json_t *object, const struct study *study, int workload, int offer) {
    put(object, "workload",
        workload >= 0 ? json_string(study_user_name(study, workload)) : json_null());
    put(object, "sku", offer >= 0 ? json_string(study->offers[offer].sku) : json_null());
    put(object, "region", offer >= 0 ? json_string(study->offers[offer].region) : json_null());
}

static json_t *rows_json(const struct study *study) {
    struct arena arena = {0};
    struct rows rows = cost_rows(&arena, study);
    json_t *array = json_array();
    for (size_t i = 0; i < rows.n; i++) {
        const struct cost_row *row = &rows.items[i];
        json_t *object = json_object();
        put_names(object, study, row->workload, row->offer);
        put(object, "paid", json_string(row->paid));
        put(object, "idle", json_boolean(row->idle));
        put(object, "unit", json_string(units[row->usage]));
        put(object, "quantity_per_month", real(quantity_of(row)));
        put(object, "usd_per_month", real(row->usd));
        put(object, "on_demand_usd_per_month", real(row->list_usd));
        push(array, object);
    }
    arena_release(&arena);
    return array;
}

/* Instance-hours that a request takes at full load inside its target; 0 of what is paid by use. */
static double work_hours(const struct study *study, int candidate) {
    const struct candidate *c = &study->candidates[candidate];
    double rate = capacity_best_rate_per_replica(&study->capacities[candidate]) *
                  c->replicas_per_instance * 3600;
    return c->kind == CANDIDATE_INSTANCE && rate > 0 ? 1 / rate : 0;
}

struct served {
    double requests, work; /* over the horizon */
};

static struct served served_on(const struct study *study, int workload, int offer) {
    const struct demand *demand = &study->demand;
    struct served sum = {0, 0};
    for (int week = 0; week < demand->n_weeks; week++) {
        int cell = workload * demand->n_weeks + week;
        const struct replay_result *r = &study->recommended.replays[cell];
        for (int p = 0; p < r->n_pools; p++) {
            int c = study->recommended.pools[cell][p].candidate;
            if (c < 0 || study->candidates[c].offer != offer)
                continue;
            double requests = (double)r->observed->pools[p].finished * demand->weeks[week].weight;
            sum.requests += requests;
            sum.work += requests * work_hours(study, c);
        }
    }
    return sum;
}

/* Requests that were served a month and what they take, by workload and offer. */
static json_t *served_json(const struct study *study) {
    json_t *array = json_array();
    double to_month = HOURS_PER_MONTH / study->demand.horizon_hours;
    for (int w = 0; w < study->demand.n_workloads; w++)
        for (int offer = 0; offer < study->n_offers; offer++) {
            struct served served = served_on(study, w, offer);
            if (served.requests <= 0)
                continue;
            json_t *object = json_object();
            put_names(object, study, w, offer);
            put(object, "requests_per_month", real(served.requests * to_month));
            put(object, "work_hours_per_month", real(served.work * to_month));
            push(array, object);
        }
    return array;
}

static json_t *cost_json(const struct study *study) {
    json_t *object = json_object(), *beside = json_object();
    put(object, "usd_per_month", real(study_total_usd_per_month(study)));
    put(object, "lines", rows_json(study));
    put(object, "served", served_json(study));
    put(beside, "jobs", real(study->jobs_usd_per_month));
    put(beside, "storage", real(study_storage_usd_per_month(study)));
    put(beside, "stations", real(study->recommended.stations_usd_per_month));
    put(beside, "missing of promised spend", real(study->recommended.shortfall_usd_per_month));
    put(beside, "commitments of today's bill, not in estate.owned",
        real(study_unlisted_usd(&study->recommended.unlisted)));
    put(object, "beside", beside);
    return object;
}

/* ---- the fleet ---- */

/* Instances of a candidate in the hours of the first planning week. */
static json_t *hours_json(const struct study *study, const int32_t *counts, int candidate) {
    json_t *array = json_array();
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        push(array, json_integer(counts[candidate * study->demand.n_hours + h]));
    return array;
}

static int most_of(const struct study *study, const int32_t *counts, int candidate) {
    int most = 0;
    for (int h = 0; h < study->demand.n_hours; h++) {
        int count = counts[candidate * study->demand.n_hours + h];
        most = count > most ? count : most;
    }
    return most;
}

/* Of a candidate's spot what is asked for in one zone, zone by zone. */
static json_t *zones_json(const struct study *study, const struct plan *plan, int candidate) {
    json_t *array = json_array();
    for (int z = 0; z < plan->n_zones; z++) {
        int row = candidate * plan->n_zones + z, most = most_of(study, plan->spot_in_zone, row);
        if (most == 0)
            continue;
        json_t *object = json_object();
        put(object, "zone", json_string(study->scenario.spot.zones[z].zone));
        put(object, "spot_max", json_integer(most));
        put(object, "spot_first_week", hours_json(study, plan->spot_in_zone, row));
        push(array, object);
    }
    return array;
}

/* What the plan runs, as capacity managers want it. */
static json_t *fleet_json(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    json_t *array = json_array();
    for (int c = 0; c < study->n_candidates; c++) {
        const struct candidate *candidate = &study->candidates[c];
        int regular = most_of(study, plan->regular, c), spot = most_of(study, plan->spot, c);
        if (candidate->kind != CANDIDATE_INSTANCE || regular + spot == 0)
            continue;
        json_t *object = json_object();
        put_names(object, study, candidate->workload, candidate->offer);
        put(object, "candidate", json_string(candidate->name));
        double vcpu = study->offers[candidate->offer].vcpu;
        put(object, "vcpu", vcpu == floor(vcpu) ? json_integer((json_int_t)vcpu) : json_real(vcpu));
        put(object, "regular_max", json_integer(regular));
        put(object, "spot_max", json_integer(spot));
        put(object, "regular_first_week", hours_json(study, plan->regular, c));
        put(object, "spot_first_week", hours_json(study, plan->spot, c));
        if (plan->spot_in_zone)
            put(object, "spot_zones", zones_json(study, plan, c));
        push(array, object);
    }
    return array;
}

void result_put_cost(json_t *root, const struct study *study) {
    json_t *inputs = json_array();
    for (int i = 0; i < study->scenario.n_lines; i++) {
        const struct scenario_line *line = &study->scenario.lines[i];
        json_t *object = json_object();
        put(object, "path", json_string(line->path));
        put(object, "value", json_string(line->value));
        put(object, "file", json_string(line->place.document->file));
        put(object, "line", json_integer(line->place.node->line));
        put(object, "column", json_integer(line->place.node->column));
        push(inputs, object);
    }
    put(root, "inputs", inputs);
    if (study->recommended.plan && study->recommended.plan->feasible)
        put(root, "fleet", fleet_json(study));
    if (study->recommended.bills)
        put(root, "cost", cost_json(study));
}
