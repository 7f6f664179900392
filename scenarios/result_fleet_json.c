/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/result_fleet_json.h"

#include "sim/observer.h"

/* The median, the 95th and the 99th percentile. */
static json_t *quantiles_json(const double *three) {
    return json_pack("[o,o,o]", real(three[0]), real(three[1]), real(three[2]));
}

static json_t *sketch_json(const struct quantile_sketch *sketch) {
    const double three[] = {quantile_at(sketch, 0.5), quantile_at(sketch, 0.95),
                            quantile_at(sketch, 0.99)};
    return quantiles_json(three);
}

/* Each stream of a mix, over the whole week. */
static void put_streams(json_t *object, const struct traffic *traffic,
                        const struct replay_result *r) {
    json_t *array = json_array();
    for (int s = 0; s < r->n_streams; s++) {
        json_t *stream = json_object();
        int64_t arrived = 0, good = 0;
        for (int hour = 0; hour < r->n_hours; hour++) {
            arrived += r->stream_hours[s * r->n_hours + hour].arrived;
            good += r->stream_hours[s * r->n_hours + hour].good;
        }
        put(stream, "name", json_string(traffic->streams[s].name));
        put(stream, "arrived", json_integer(arrived));
        put(stream, "within_target",
            arrived > 0 ? real((double)good / (double)arrived) : json_null());
        push(array, stream);
    }
    put(object, "streams", array);
}

/* Of a flow. */
static void put_tasks(json_t *object, const struct task_counts *tasks) {
    json_t *json = json_object();
    put(json, "started", json_integer(tasks->started));
    put(json, "completed", json_integer(tasks->completed));
    put(json, "failed", json_integer(tasks->failed));
    put(json, "in_flight", json_integer(tasks->started - tasks->completed - tasks->failed));
    put(json, "cut", json_integer(tasks->cut));
    put(json, "calls", json_integer(tasks->calls));
    put(json, "within_target", real(tasks->attainment));
    put(json, "worst_window_within_target", real(tasks->worst_attainment));
    put(json, "slo_met", json_boolean(!tasks->slo_missed));
    put(json, "latency_s", sketch_json(&tasks->latency_s));
    put(object, "tasks", json);
}

static json_t *tenants_json(const struct front_door *door, const struct front_door_counts *counts) {
    json_t *array = json_array();
    for (int i = 0; i < door->n_tenants; i++) {
        const struct tenant_counts *tenant = &counts->tenants[i];
        json_t *object = json_object();
        put(object, "name", json_string(door->tenants[i].name));
        put(object, "arrived", json_integer(tenant->arrived));
        put(object, "attempts", json_integer(tenant->attempts));
        put(object, "refused_attempts", json_integer(tenant->refused));
        put(object, "finished", json_integer(tenant->finished));
        put(object, "within_target", real((double)tenant->good / (double)tenant->arrived));
        push(array, object);
    }
    return array;
}

static json_t *front_json(const struct front_door *door, const struct front_door_counts *counts) {
    json_t *object =
        json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "attempts", (json_int_t)counts->attempts,
                  "refused_attempts", (json_int_t)counts->refused, "attempts_taken_back",
                  (json_int_t)counts->taken_back, "attempts_to_fallback",
                  (json_int_t)counts->overflowed, "timed_out", (json_int_t)counts->timed_out,
                  "cancelled", (json_int_t)counts->cancelled, "cached", (json_int_t)counts->cached);
    if (door->n_tenants > 0)
        put(object, "tenants", tenants_json(door, counts));
    return object;
}

/* The pools of instances of one replay. */
static json_t *pools_json(const struct study *study, const struct study_fleet *fleet, int cell) {
    const struct replay_result *r = &fleet->replays[cell];
    json_t *array = json_array();
    for (int p = 0; p < r->n_pools; p++) {
        int stands_in_for = fleet->pools[cell][p].stands_in_for;
        const struct pool_life *life = &r->pools[p];
        const struct observed_pool *label = &r->observed->labels[p];
        json_t *object = json_object();
        put(object, "name", json_string(label->name));
        put(object, "option", json_string(label->spot ? "spot" : "on demand"));
        put(object, "zone", string(label->zone));
        put(object, "stands_in_for",
            string(stands_in_for >= 0 ? study->candidates[stands_in_for].name : ""));
        put(object, "launched", json_integer(life->launched));
        put(object, "refused", json_integer(life->refused));
        put(object, "interrupted", json_integer(life->interrupted));
        put(object, "failed", json_integer(life->failed));
        put(object, "lent", json_integer(life->lent));
        put(object, "instance_hours", real(life->instance_hours));
        put(object, "usd", real(life->usd));
        put(object, "finished", json_integer(r->observed->pools[p].finished));
        put(object, "within_target", json_integer(r->observed->pools[p].good));
        push(array, object);
    }
    return array;
}

static json_t *stand_ins(const struct study *study, const struct study_fleet *fleet) {
    json_t *array = json_array();
    for (int i = 0; i < fleet->n_stand_ins; i++) {
        const struct study_stand_in *s = &fleet->stand_ins[i];
        json_t *object = json_object();
        put(object, "name", json_string(study->candidates[s->candidate].name));
        put(object, "stands_in_for", json_string(study->candidates[s->stands_in_for].name));
        put(object, "launches_per_month", real(s->launches_per_month));
        put(object, "hours_per_month", real(s->hours_per_month));
        put(object, "on_demand_usd_per_month", real(s->usd_per_month));
        put(object, "requests_per_month", real(s->requests_per_month));
        put(object, "good_requests_per_month", real(s->good_requests_per_month));
        push(array, object);
    }
    return array;
}

static void put_engine_counts(json_t *object, const struct replica_counts *counts) {
    put(object, "preemptions", json_integer(counts->preemptions));
    put(object, "prefix_cache_hit_rate",
        counts->cached_prompt_tokens > 0
            ? real((double)counts->cached_prompt_tokens / (double)counts->prompt_tokens)
            : json_null());
    put(object, "adapter_loads", json_integer(counts->adapter_loads));
}

static void put_losses(json_t *object, const struct replay_result *r) {
    put(object, "interruptions", json_integer(r->interruptions));
    put(object, "restarted", json_integer(r->restarted));
    put(object, "migrated", json_integer(r->lost.migrated));
    put(object, "recomputed_tokens", json_integer(r->lost.recomputed_tokens));
    put(object, "late_after_loss", json_integer(r->lost.late));
}

static void put_launches(json_t *object, const struct replay_result *r) {
    int64_t made_ready = 0;
    double ready_s = 0;
    for (int p = 0; p < r->n_pools; p++) {
        made_ready += r->pools[p].made_ready;
        ready_s += r->pools[p].ready_delay_s;
    }
    put(object, "launches", json_integer(made_ready));
    put(object, "ready_delay_mean_s", real(ready_s / (double)made_ready));
}

/* One workload in one planning week. */
static json_t *replay_json(const struct study *study, const struct study_fleet *fleet, int cell) {
    const struct demand *demand = &study->demand;
    int w = cell / demand->n_weeks;
    const struct workload *workload = &study->scenario.workloads[w];
    const struct replay_result *r = &fleet->replays[cell];
    json_t *object = json_object();
    put(object, "workload", json_string(workload->name));
    const struct demand_week *week = &demand->weeks[cell % demand->n_weeks];
    char event[16];
    put(object, "month", json_integer(week->month + 1));
    if (week->event.year != 0) {
        calendar_format_date(event, week->event);
        put(object, "event", json_string(event));
    }
    put(object, "arrived", json_integer(r->arrived));
    put(object, "finished", json_integer(r->finished));
    put(object, "rejected", json_integer(r->rejected));
    put(object, "unfinished", json_integer(r->unfinished));
    if (front_door_used(&workload->front))
        put(object, "front_door", front_json(&workload->front, &r->front));
    if (workload->fallback_on)
        put(object, "requests_of_the_smaller_model",
            json_integer(r->groups[r->n_groups - 1].arrived));
    put(object, "within_target", real(r->attainment));
    put(object, "worst_window_within_target", real(r->worst_attainment));
    put(object, "worst_window_hour", json_integer(r->worst_window_hour));
    put(object, "slo_met", json_boolean(r->slo_met));
    put_engine_counts(object, &r->counts);
    put_losses(object, r);
    put(object, "pools", pools_json(study, fleet, cell));
    put_launches(object, r);
    put(object, "ttft_s", sketch_json(&r->ttft_s));
    put(object, "tpot_s", sketch_json(&r->tpot_s));
    put(object, "latency_s", sketch_json(&r->latency_s));
    if (r->n_streams > 0)
        put_streams(object, &study->traffics[w], r);
    if (r->tasks.started > 0)
        put_tasks(object, &r->tasks);
    return object;
}

static json_t *replays(const struct study *study, const struct study_fleet *fleet) {
    json_t *array = json_array();
    for (int i = 0; i < study->demand.n_workloads * study->demand.n_weeks; i++)
        push(array, replay_json(study, fleet, i));
    return array;
}

static json_t *range_json(const struct carbon_range *range) {
    return json_pack("[o,o,o]", real(range->low), real(range->value), real(range->high));
}

static json_t *carbon_json(const struct study *study, const struct study_fleet *fleet) {
    json_t *array = json_array();
    for (int w = 0; w < study->demand.n_workloads; w++) {
        const struct study_carbon *c = &fleet->carbon[w];
        json_t *object = json_object();
        put(object, "workload", json_string(study->scenario.workloads[w].name));
        if (c->known) {
            put(object, "kwh_per_month", range_json(&c->kwh));
            put(object, "operation_kg_co2e_per_month", range_json(&c->kg_operation));
            put(object, "embodied_kg_co2e_per_month", range_json(&c->kg_embodied));
        }
        put(object, "estimated", json_boolean(c->estimated));
        put(object, "left_out", json_string(c->left_out));
        push(array, object);
    }
    return array;
}

/* Beside the bill. */
static json_t *stations_json(const struct study *study, const struct study_fleet *fleet) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_stations; i++) {
        const struct study_station *station = &study->stations[i];
        const struct study_station_use *use = &fleet->stations[i];
        json_t *object = json_object();
        put(object, "workload", json_string(study->scenario.workloads[station->workload].name));
        put(object, "station", json_string(station->spec->name));
        put(object, "instance", json_string(station->spec->instance));
        put(object, "region", json_string(station->region));
        put(object, "instances", json_integer(station->spec->count));
        put(object, "model", json_string(station->spec->model));
        put(object, "times_from", json_string(station->basis));
        put(object, "estimated", json_boolean(station->estimated));
        put(object, "usd_per_month", real(use->usd_per_month));
        put(object, "calls_per_month", real(use->calls_per_month));
        put(object, "rejected_per_month", real(use->rejected_per_month));
        put(object, "busy_share", real(use->busy_share));
        put(object, "wait_p95_s_worst_week", real(use->wait_p95_s));
        put(object, "latency_s", quantiles_json(use->latency_s));
        push(array, object);
    }
    return array;
}

static json_t *tasks_json(const struct study *study, const struct study_fleet *fleet) {
    json_t *array = json_array();
    for (int w = 0; w < study->demand.n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct study_tasks *tasks = &fleet->tasks[w];
        json_t *object;
        if (!workload->demand.flow)
            continue;
        object = json_object();
        put(object, "workload", json_string(workload->name));
        put(object, "limit_s", workload->slo.task_s > 0 ? real(workload->slo.task_s) : json_null());
        put(object, "started_per_month", real(tasks->started_per_month));
        put(object, "completed_per_month", real(tasks->completed_per_month));
        put(object, "failed_per_month", real(tasks->failed_per_month));
        put(object, "cut_per_month", real(tasks->cut_per_month));
        put(object, "within_target", real(tasks->attainment));
        put(object, "worst_window_within_target", real(tasks->worst_attainment));
        put(object, "slo_met", json_boolean(!tasks->slo_missed));
        put(object, "latency_s", quantiles_json(tasks->latency_s));
        put(object, "usd_per_completed_task", real(tasks->usd_per_completed));
        push(array, object);
    }
    return array;
}

/* The workload that is nearest to its own target. */
static json_t *margin_json(const struct study *study, const struct study_fleet *fleet) {
    struct study_margin least = study_least_margin(study, fleet);
    json_t *object = json_object();
    put(object, "workload", json_string(study->scenario.workloads[least.workload].name));
    put(object, "worst_window_within_target", real(least.worst));
    put(object, "asked", real(least.asked));
    return object;
}

json_t *result_fleet_json(const struct study *study, const struct study_fleet *fleet) {
    json_t *object = json_object();
    put(object, "name", json_string(fleet->name));
    put(object, "bill_usd_per_month", real(fleet->bill_usd_per_month));
    put(object, "shortfall_usd_per_month", real(fleet->shortfall_usd_per_month));
    put(object, "unlisted_usd_per_month", real(study_unlisted_usd(&fleet->unlisted)));
    put(object, "same_usage_on_demand_usd_per_month", real(fleet->on_demand_usd_per_month));
    put(object, "bill_usd_horizon", real(fleet->bill_usd_horizon));
    json_t *kinds = json_object();
    for (int k = 0; k < CHARGE_KINDS; k++)
        put(kinds, charge_kind_word((enum charge_kind)k), real(fleet->by_kind_usd_per_month[k]));
    put(object, "usd_per_month_by_charge", kinds);
    put(object, "within_target", real(fleet->attainment));
    put(object, "worst_window_within_target", real(fleet->worst_attainment));
    put(object, "least_margin", margin_json(study, fleet));
    put(object, "slo_met", json_boolean(fleet->slo_met));
    put(object, "launches_per_month", real(fleet->launches_per_month));
    put(object, "ready_delay_mean_s", real(fleet->ready_delay_mean_s));
    put(object, "refused_launches_per_month", real(fleet->refused_launches_per_month));
    put(object, "failed_instances_per_month", real(fleet->failed_instances_per_month));
    put(object, "stand_ins", stand_ins(study, fleet));
    put(object, "tasks", tasks_json(study, fleet));
    put(object, "stations", stations_json(study, fleet));
    put(object, "stations_usd_per_month", real(fleet->stations_usd_per_month));
    put(object, "requests_per_month", real(fleet->requests_per_month));
    put(object, "good_requests_per_month", real(fleet->good_requests_per_month));
    put(object, "good_output_tokens_per_month", real(fleet->good_output_tokens_per_month));
    put(object, "usd_per_million_output_tokens", real(fleet->usd_per_million_output_tokens));
    put(object, "usd_per_thousand_requests", real(fleet->usd_per_thousand_requests));
    put(object, "carbon", carbon_json(study, fleet));
    put(object, "replays", replays(study, fleet));
    return object;
}
