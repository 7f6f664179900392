/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jansson builds the tree and prints it; keys keep the order they are set in, numbers 12
 * significant digits. */
#include <math.h>
#include <stdlib.h>

#include "scenarios/json_tree.h"
#include "scenarios/result.h"
#include "scenarios/result_money_json.h"
#include "scenarios/study_faults.h"
#include "sim/observer.h"

enum { REAL_DIGITS = 12 };

static json_t *provenance(const struct study *study) {
    json_t *object = json_object();
    put(object, "tool", json_string("headroom " HEADROOM_VERSION));
    put(object, "seed", json_integer((json_int_t)study->scenario.seed));
    put(object, "replications", json_integer(study->scenario.replications));
    put(object, "replays", json_integer(study->scenario.replays));
    json_t *inputs = json_array();
    for (int i = 0; i < study->n_inputs; i++) {
        json_t *input = json_object();
        put(input, "role", json_string(study->inputs[i].role));
        put(input, "name", json_string(study->inputs[i].name));
        put(input, "sha256", json_string(study->inputs[i].sha256));
        put(input, "note", string(study->inputs[i].note));
        push(inputs, input);
    }
    put(object, "inputs", inputs);
    return object;
}

static json_t *slo_json(const struct slo *slo) {
    static const char *const windows[] = {"hour", "day", "week"};
    json_t *object = json_object();
    put(object, "ttft_s", slo->ttft_s > 0 ? real(slo->ttft_s) : json_null());
    put(object, "tpot_s", slo->tpot_s > 0 ? real(slo->tpot_s) : json_null());
    put(object, "latency_s", slo->latency_s > 0 ? real(slo->latency_s) : json_null());
    put(object, "share", real(slo->share));
    put(object, "over", json_string(windows[slo->over]));
    return object;
}

static json_t *workloads(const struct study *study) {
    json_t *array = json_array();
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct traffic *traffic = &study->traffics[w];
        double mean = 0, peak = 0;
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            mean += traffic->rate_per_second[h] / HOURS_PER_WEEK;
            peak = fmax(peak, traffic->rate_per_second[h]);
        }
        json_t *object = json_object();
        put(object, "name", json_string(workload->name));
        put(object, "traffic", json_string(traffic->name));
        put(object, "traffic_days", real(traffic->days));
        put(object, "tiled", json_boolean(traffic->tiled));
        put(object, "requests_per_second_mean", real(mean));
        put(object, "requests_per_second_peak_hour", real(peak));
        put(object, "input_tokens_mean", real(traffic_mean_input(traffic)));
        put(object, "output_tokens_mean", real(traffic_mean_output(traffic)));
        put(object, "growth_per_month", real(workload->demand.growth_per_month));
        put(object, "slo", slo_json(&workload->slo));
        json_t *tags = json_object();
        for (int t = 0; t < workload->n_tags; t++)
            put(tags, workload->tags[t][0], json_string(workload->tags[t][1]));
        put(object, "tags", tags);
        push(array, object);
    }
    return array;
}

static json_t *points(const struct capacity *capacity) {
    json_t *array = json_array();
    for (int i = 0; i < capacity->n_points; i++) {
        const struct capacity_point *p = &capacity->points[i];
        json_t *object = json_object();
        put(object, "replicas", json_integer(p->replicas));
        put(object, "requests_per_second", real(p->rate_per_second));
        put(object, "half_width", real(p->half_width));
        put(object, "ttft_s",
            json_pack("[o,o,o]", real(p->ttft_p50_s), real(p->ttft_p95_s), real(p->ttft_p99_s)));
        put(object, "tpot_s",
            json_pack("[o,o,o]", real(p->tpot_p50_s), real(p->tpot_p95_s), real(p->tpot_p99_s)));
        put(object, "latency_s",
            json_pack("[o,o,o]", real(p->latency_p50_s), real(p->latency_p95_s),
                      real(p->latency_p99_s)));
        put(object, "within_target", real(p->attainment));
        push(array, object);
    }
    return array;
}

static const char *on_off(bool on) {
    return on ? "on" : "off";
}

/* How an engine runs, its defaults settled. */
static json_t *llm_engine(const struct llm_service *llm) {
    json_t *object = json_object();
    put(object, "tokens_per_step", json_integer(llm->tokens_per_step_max));
    put(object, "sequences", json_integer(llm->sequences_max));
    put(object, "context", json_integer(llm->context_max));
    put(object, "kv_blocks", json_integer(llm->kv_blocks));
    put(object, "block_tokens", json_integer(llm->block_tokens));
    put(object, "chunked_prefill", json_string(on_off(!llm->whole_prompts)));
    put(object, "admission",
        json_string(llm->admission == ADMISSION_PRIORITY ? "priority" : "fcfs"));
    put(object, "reserve", json_string(llm->reserve_first_chunk ? "first_chunk" : "whole_prompt"));
    put(object, "prefix_caching", json_string(on_off(llm->prefix_caching)));
    put(object, "cuda_graphs", json_string(on_off(llm->time.graphs)));
    put(object, "step_overhead_s", real(llm->time.t0 * 1e-6));
    if (llm->lora.adapters > 0) {
        put(object, "adapters", json_integer(llm->lora.adapters));
        put(object, "adapters_resident", json_integer(llm->lora.resident));
        put(object, "adapter_load_s", real(llm->lora.load_s));
    }
    return object;
}

static json_t *engine(const struct service *service) {
    const struct split_service *split = &service->split;
    if (service->kind == SERVICE_LLM)
        return llm_engine(&service->llm);
    if (service->kind != SERVICE_SPLIT)
        return json_null();
    json_t *object = json_object();
    put(object, "prefill_engines", json_integer(split->prefill));
    put(object, "decode_engines", json_integer(split->decode));
    put(object, "link_bytes_per_second", real(split->link_bytes_per_s));
    put(object, "prefill", llm_engine(&split->prefill_engine));
    put(object, "decode", llm_engine(&split->decode_engine));
    return object;
}

static json_t *candidates(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_candidates; i++) {
        const struct candidate *c = &study->candidates[i];
        const struct capacity *k = &study->capacities[i];
        json_t *object = json_object();
        put(object, "workload", json_string(study->scenario.workloads[c->workload].name));
        put(object, "name", json_string(c->name));
        put(object, "sku", json_string(c->sku));
        put(object, "region", json_string(c->region));
        put(object, "hardware", string(c->hardware));
        put(object, "service", json_string(service_kind_word(c->service.kind)));
        put(object, "model", string(c->model));
        put(object, "precision", string(c->precision));
        put(object, "kv_precision", string(c->kv_precision));
        put(object, "quality", string(c->quality));
        put(object, "one_off_usd", real(c->one_off_usd));
        put(object, "engine", k->feasible ? engine(&c->service) : json_null());
        put(object, "replicas_per_instance", json_integer(c->replicas_per_instance));
        put(object, "open_to_plan", json_boolean(i < study->n_choices));
        put(object, "spot_availability",
            study->plan_input.spot_availability ? real(study->plan_input.spot_availability[i])
                                                : json_null());
        put(object, "feasible", json_boolean(k->feasible));
        put(object, "reason", string(study_candidate_reason(study, i)));
        put(object, "estimated", json_boolean(k->estimated));
        put(object, "basis", string(k->basis));
        struct band band = result_band(k);
        put(object, "error_low", real(band.error_low));
        put(object, "error_high", real(band.error_high));
        put(object, "rate_low", real(band.rate_low));
        put(object, "rate_high", real(band.rate_high));
        put(object, "extrapolated", json_boolean(k->extrapolated));
        put(object, "usd_per_thousand_requests", real(result_usd_per_thousand_requests(study, i)));
        put(object, "capacity", points(k));
        push(array, object);
    }
    return array;
}

static json_t *quote_json(const struct quote *quote) {
    if (!quote->known)
        return json_null();
    json_t *object = json_object();
    put(object, "usd", real(money_rate_usd(quote->rate)));
    put(object, "status", json_string(price_status_word(quote->status)));
    put(object, "rule", string(quote->rule));
    put(object, "as_of", string(quote->as_of));
    put(object, "source", string(quote->source));
    return object;
}

static json_t *offers(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_offers; i++) {
        const struct offer *offer = &study->offers[i];
        json_t *object = json_object();
        put(object, "sku", json_string(offer->sku));
        put(object, "region", json_string(offer->region));
        put(object, "tier", json_string(offer_tier_word(offer->tier)));
        put(object, "on_demand_hour", quote_json(&offer->on_demand));
        put(object, "spot_hour", quote_json(&offer->spot));
        put(object, "gb_second", quote_json(&offer->gb_second));
        put(object, "million_requests", quote_json(&offer->million_requests));
        put(object, "provisioned_gb_second", quote_json(&offer->provisioned_gb_second));
        put(object, "held_gb_second", quote_json(&offer->held_gb_second));
        put(object, "million_input_tokens", quote_json(&offer->million_input_tokens));
        put(object, "million_output_tokens", quote_json(&offer->million_output_tokens));
        put(object, "million_cached_tokens", quote_json(&offer->million_cached_tokens));
        put(object, "unit_hour", quote_json(&offer->unit_hour));
        if (offer->kind == OFFER_TRANSFER)
            put(object, "gigabyte", quote_json(&offer->gigabyte));
        json_t *commitments = json_array();
        for (int q = 0; q < offer->n_commitments; q++) {
            const struct commitment_quote *quote = &offer->commitments[q];
            json_t *row = json_object();
            put(row, "kind", json_string(commitment_kind_word(quote->terms.kind)));
            put(row, "term_years", json_integer(quote->terms.term_years));
            put(row, "payment", json_string(payment_word(quote->terms.payment)));
            put(row, offer->kind == OFFER_FUNCTION ? "effective_gb_second" : "effective_hour",
                quote_json(&quote->effective));
            push(commitments, row);
        }
        put(object, "commitments", commitments);
        push(array, object);
    }
    return array;
}

static json_t *commitments(const struct plan *plan) {
    json_t *array = json_array();
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *c = &plan->commitments[i];
        json_t *object = json_object();
        put(object, "name", json_string(c->commitment.name));
        put(object, "owned", json_boolean(c->commitment.owned));
        put(object, "count", real(c->commitment.count));
        put(object, "plan_usd_per_hour", real(money_amount_usd(c->commitment.plan_usd_per_hour)));
        put(object, "usd_per_hour", real(c->usd_per_hour));
        put(object, "upfront_usd", real(c->upfront_usd));
        put(object, "liability_usd", real(c->liability_usd));
        put(object, "prepaid_usd", real(c->prepaid_usd));
        put(object, "utilisation", real(c->utilisation));
        put(object, "break_even", real(c->break_even));
        put(object, "saving_usd_over_horizon", real(c->saving_usd));
        push(array, object);
    }
    return array;
}

static json_t *rejections(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    json_t *array = json_array();
    for (int i = 0; i < plan->n_rejections; i++) {
        const struct plan_rejection *r = &plan->rejections[i];
        json_t *object = json_object();
        put(object, "candidate",
            r->candidate < 0 ? json_null() : json_string(study->candidates[r->candidate].name));
        put(object, "option", json_string(r->option));
        put(object, "reason", json_string(r->reason));
        push(array, object);
    }
    return array;
}

static json_t *plan_json(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    json_t *object = json_object();
    put(object, "feasible", json_boolean(plan->feasible));
    put(object, "infeasible", string(plan->infeasible));
    if (!plan->feasible)
        return object;
    put(object, "minimum_usd_per_hour", real(plan->lp_usd_per_hour));
    put(object, "usd_per_hour", real(plan->usd_per_hour));
    put(object, "gap", real(plan->gap));
    put(object, "upfront_usd", real(plan->upfront_usd));
    put(object, "liability_usd", real(plan->liability_usd));
    put(object, "commitments", commitments(plan));
    put(object, "rejections", rejections(study));
    return object;
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
    put(json, "latency_s",
        json_pack("[o,o,o]", real(quantile_at(&tasks->latency_s, 0.5)),
                  real(quantile_at(&tasks->latency_s, 0.95)),
                  real(quantile_at(&tasks->latency_s, 0.99))));
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

static json_t *replays(const struct study *study, const struct study_fleet *fleet) {
    const struct demand *demand = &study->demand;
    json_t *array = json_array();
    for (int i = 0; i < demand->n_workloads * demand->n_weeks; i++) {
        const struct replay_result *r = &fleet->replays[i];
        json_t *object = json_object();
        put(object, "workload", json_string(study->scenario.workloads[i / demand->n_weeks].name));
        put(object, "month", json_integer(demand->weeks[i % demand->n_weeks].month + 1));
        put(object, "arrived", json_integer(r->arrived));
        put(object, "finished", json_integer(r->finished));
        put(object, "rejected", json_integer(r->rejected));
        put(object, "unfinished", json_integer(r->unfinished));
        if (front_door_used(&study->scenario.workloads[i / demand->n_weeks].front))
            put(object, "front_door",
                front_json(&study->scenario.workloads[i / demand->n_weeks].front, &r->front));
        if (study->scenario.workloads[i / demand->n_weeks].fallback_on)
            put(object, "requests_of_the_smaller_model",
                json_integer(r->groups[r->n_groups - 1].arrived));
        put(object, "within_target", real(r->attainment));
        put(object, "worst_window_within_target", real(r->worst_attainment));
        put(object, "worst_window_hour", json_integer(r->worst_window_hour));
        put(object, "slo_met", json_boolean(r->slo_met));
        put(object, "preemptions", json_integer(r->counts.preemptions));
        put(object, "prefix_cache_hit_rate",
            r->counts.cached_prompt_tokens > 0
                ? real((double)r->counts.cached_prompt_tokens / (double)r->counts.prompt_tokens)
                : json_null());
        put(object, "adapter_loads", json_integer(r->counts.adapter_loads));
        put(object, "interruptions", json_integer(r->interruptions));
        put(object, "restarted", json_integer(r->restarted));
        put(object, "migrated", json_integer(r->lost.migrated));
        put(object, "recomputed_tokens", json_integer(r->lost.recomputed_tokens));
        put(object, "late_after_loss", json_integer(r->lost.late));
        int64_t made_ready = 0;
        double ready_s = 0;
        for (int p = 0; p < r->n_pools; p++) {
            made_ready += r->pools[p].made_ready;
            ready_s += r->pools[p].ready_delay_s;
        }
        put(object, "pools", pools_json(study, fleet, i));
        put(object, "launches", json_integer(made_ready));
        put(object, "ready_delay_mean_s", real(ready_s / (double)made_ready));
        const struct quantile_sketch *sketches[] = {&r->ttft_s, &r->tpot_s, &r->latency_s};
        static const char *const names[] = {"ttft_s", "tpot_s", "latency_s"};
        for (int q = 0; q < 3; q++)
            put(object, names[q],
                json_pack("[o,o,o]", real(quantile_at(sketches[q], 0.5)),
                          real(quantile_at(sketches[q], 0.95)),
                          real(quantile_at(sketches[q], 0.99))));
        if (r->n_streams > 0)
            put_streams(object, &study->traffics[i / demand->n_weeks], r);
        if (r->tasks.started > 0)
            put_tasks(object, &r->tasks);
        push(array, object);
    }
    return array;
}

static json_t *slow_instances(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->scenario.resilience.n_slow; i++) {
        const struct slow_spec *slow = &study->scenario.resilience.slow[i];
        struct study_slow sum = study_slow_hours(study, i);
        json_t *object = json_object();
        put(object, "workload", json_string(study->scenario.workloads[slow->workload].name));
        put(object, "hour", json_integer(slow->hour));
        put(object, "lasts_s", real(slow->lasts_s));
        put(object, "slowdown", real(slow->slowdown));
        put(object, "within_target_during", real((double)sum.good / (double)sum.arrived));
        put(object, "within_target", real((double)sum.all_good / (double)sum.all_arrived));
        push(array, object);
    }
    return array;
}

static json_t *part_json(const struct survival_part *part) {
    return json_pack("{s:o,s:o,s:o}", "requests", json_integer(part->arrived), "good_requests",
                     json_integer(part->good), "within_target", real(part->share));
}

static json_t *survival_json(const struct study *study, const struct study_survival *lost) {
    const struct survival *survival = &lost->survival;
    json_t *object = json_object();
    put(object, "workload", json_string(study->scenario.workloads[lost->workload].name));
    put(object, "month", json_integer(study->demand.weeks[lost->week].month + 1));
    if (lost->what == SURVIVE_ZONE)
        put(object, "zone", json_integer(lost->zone + 1));
    else
        put(object, "one_of", lost->pool ? string(lost->pool) : json_null());
    put(object, "outage_seconds", real(study->scenario.resilience.outage_s[lost->what]));
    put(object, "hour", json_integer(survival->hour));
    put(object, "usually", part_json(&survival->usual));
    put(object, "before", part_json(&survival->before));
    put(object, "during", part_json(&survival->during));
    put(object, "after", part_json(&survival->after));
    put(object, "restarted", json_integer(survival->restarted));
    put(object, "holds", json_boolean(survival->holds));
    return object;
}

static void put_survivals(json_t *root, const struct study *study) {
    static const char *const names[SURVIVE_KINDS] = {"zone_loss", "instance_loss"};
    for (int what = 0; what < SURVIVE_KINDS; what++) {
        if (!study->scenario.resilience.survive[what])
            continue;
        json_t *array = json_array();
        for (int i = 0; i < study->n_survivals; i++)
            if (study->survivals[i].what == (enum survive)what)
                push(array, survival_json(study, &study->survivals[i]));
        put(root, names[what], array);
    }
    if (study->scenario.resilience.buy_spare)
        put(root, "spare",
            json_pack("{s:b,s:o,s:i}", "bought", study->spare.bought, "usd_per_month",
                      real(study->spare.usd_per_month), "hours_lacking",
                      study->spare.hours_lacking));
}

static json_t *side_json(const struct study_side *side) {
    return json_pack("{s:o,s:o,s:o,s:o,s:b,s:o}", "requests", json_integer(side->arrived),
                     "good_requests", json_integer(side->good), "within_target", real(side->share),
                     "worst_window_within_target", real(side->worst), "holds", side->holds,
                     "instances_usd", real(side->usd));
}

static json_t *rollouts(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_rollouts; i++) {
        const struct study_rollout *rollout = &study->rollouts[i];
        const struct workload *workload = &study->scenario.workloads[rollout->workload];
        json_t *object = json_object();
        put(object, "workload", json_string(workload->name));
        put(object, "kind", json_string(study_rollout_word(workload->rollout->kind)));
        put(object, "to", string(workload->rollout->to));
        put(object, "possible", json_boolean(rollout->possible));
        put(object, "reason", string(rollout->why));
        if (rollout->possible) {
            put(object, "old_side", side_json(&rollout->sides[0]));
            put(object, "new_side", side_json(&rollout->sides[1]));
            put(object, "old_alone_usd", real(rollout->old_usd));
            put(object, "new_alone_usd", real(rollout->new_usd));
            put(object, "overlap_usd", real(rollout->overlap_usd));
            put(object, "bill_of_the_week_usd", real(rollout->bill_usd));
            put(object, "bill_of_the_plans_week_usd", real(rollout->usual_bill_usd));
        }
        push(array, object);
    }
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

static json_t *quantiles_json(const double *three) {
    return json_pack("[o,o,o]", real(three[0]), real(three[1]), real(three[2]));
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

static json_t *fleet_json(const struct study *study, const struct study_fleet *fleet) {
    json_t *object = json_object();
    put(object, "name", json_string(fleet->name));
    put(object, "bill_usd_per_month", real(fleet->bill_usd_per_month));
    put(object, "same_usage_on_demand_usd_per_month", real(fleet->on_demand_usd_per_month));
    put(object, "bill_usd_horizon", real(fleet->bill_usd_horizon));
    json_t *kinds = json_object();
    for (int k = 0; k < CHARGE_KINDS; k++)
        put(kinds, charge_kind_word((enum charge_kind)k), real(fleet->by_kind_usd_per_month[k]));
    put(object, "usd_per_month_by_charge", kinds);
    put(object, "within_target", real(fleet->attainment));
    put(object, "worst_window_within_target", real(fleet->worst_attainment));
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

static json_t *interval_json(const struct interval *interval, double most) {
    json_t *object = json_object();
    put(object, "mean", real(interval->mean));
    put(object, "low", real(interval_low(interval)));
    put(object, "high", real(fmin(most, interval_high(interval))));
    return object;
}

static void put_intervals(json_t *object, const struct study_intervals *intervals) {
    put(object, "within_target", interval_json(&intervals->within_target, 1));
    put(object, "good_requests_per_month",
        interval_json(&intervals->good_requests_per_month, INFINITY));
}

static json_t *confidence_json(const struct study *study) {
    const struct study_confidence *confidence = &study->confidence;
    json_t *object = json_object(), *workloads = json_array();
    put(object, "level", real(0.95));
    put(object, "replays", json_integer(confidence->replays));
    put(object, "target_held_in", json_integer(confidence->held));
    put_intervals(object, &confidence->all);
    put(object, "bill_usd_per_month", interval_json(&confidence->bill_usd_per_month, INFINITY));
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        json_t *workload = json_object();
        put(workload, "workload", json_string(study->scenario.workloads[w].name));
        put_intervals(workload, &confidence->workloads[w]);
        push(workloads, workload);
    }
    put(object, "workloads", workloads);
    return object;
}

static json_t *gaps_json(const struct study_gaps *gaps) {
    json_t *object = json_object();
    put(object, "theoretical_minimum_usd_per_month", real(gaps->lp));
    put(object, "whole_instance_plan_usd_per_month", real(gaps->plan));
    put(object, "bill_usd_per_month", real(gaps->bill));
    put(object, "margin", real(gaps->margin));
    put(object, "rounding", real(gaps->rounding));
    put(object, "delay", real(gaps->delay));
    put(object, "billing_rules", real(gaps->billing_rules));
    return object;
}

static json_t *storage_json(const struct study *study) {
    json_t *array = json_array();
    struct arena arena = {0};
    for (int i = 0; i < study->scenario.n_storage; i++) {
        const struct storage_plan *plan = &study->storage[i];
        json_t *object = json_object();
        put(object, "name", json_string(study->scenario.storage[i].data.name));
        put(object, "rule", json_string(study_storage_rule(&arena, study, i)));
        put(object, "usd_per_month", real(plan->usd_per_month));
        put(object, "warmest_tier_usd_per_month", real(plan->warmest_usd_per_month));
        put(object, "estimated", json_boolean(plan->estimated));
        push(array, object);
    }
    arena_release(&arena);
    return array;
}

static json_t *actions(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_actions; i++) {
        const struct study_action *a = &study->actions[i];
        json_t *object = json_object();
        put(object, "text", json_string(a->text));
        put(object, "reason", json_string(a->reason));
        put(object, "saving_usd_per_month", real(a->usd_per_month));
        put(object, "liability_usd", real(a->liability_usd));
        put(object, "reversible", json_string(a->reversibility));
        push(array, object);
    }
    return array;
}

static json_t *notices(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_notices; i++) {
        json_t *object = json_object();
        put(object, "id", json_string(study->notices[i].id));
        put(object, "text", json_string(study->notices[i].text));
        push(array, object);
    }
    return array;
}

static json_t *variants(const struct study *study) {
    static const char *const fates[] = {"not used", "used", "left out"};
    json_t *array = json_array();
    for (int v = 0; v < study->n_variants; v++) {
        const struct study_variant *variant = &study->variants[v];
        const struct workload *workload = &study->scenario.workloads[variant->workload];
        json_t *object = json_object();
        put(object, "name", json_string(variant->name));
        put(object, "workload", json_string(workload->name));
        put(object, "model", json_string(workload->models[variant->use].use));
        put(object, "quality", string(workload->models[variant->use].quality));
        put(object, "one_off_usd", real(variant->one_off_usd));
        put(object, "fate", json_string(fates[variant->fate]));
        put(object, "usd_per_month_without", real(variant->usd_per_month_without));
        put(object, "saving_usd_per_month", real(variant->saving_usd_per_month));
        put(object, "payback_months", real(variant->payback_months));
        put(object, "reason", string(variant->closed));
        push(array, object);
    }
    return array;
}

static json_t *job_setup_json(const struct study_job_setup *setup, bool chosen) {
    json_t *object = json_object();
    put(object, "name", json_string(setup->name));
    put(object, "nodes", json_integer(setup->nodes));
    put(object, "option", json_string(job_option_word(setup->option)));
    put(object, "chosen", json_boolean(chosen));
    put(object, "reason", string(setup->reason));
    if (!setup->possible)
        return object;
    put(object, "usd_per_run", real(setup->usd_per_run));
    put(object, "usd_per_run_p95", real(setup->usd_per_run_p95));
    put(object, "hours", real(setup->hours));
    put(object, "hours_p95", real(setup->hours_p95));
    put(object, "in_time_share", real(setup->in_time_share));
    put(object, "moved_share", real(setup->moved_share));
    put(object, "interruptions", real(setup->interruptions));
    put(object, "waited_hours", real(setup->waited_hours));
    if (setup->option == JOB_CLUSTER)
        put(object, "preemptions", real(setup->preemptions));
    put(object, "checkpoint_every_s", real(setup->checkpoint_every_s));
    put(object, "useful_node_hours", real(setup->useful_hours));
    put(object, "checkpoint_node_hours", real(setup->checkpoint_hours));
    put(object, "start_node_hours", real(setup->restore_hours));
    put(object, "lost_node_hours", real(setup->lost_hours));
    put(object, "idle_node_hours", real(setup->idle_hours));
    return object;
}

static json_t *jobs(const struct study *study) {
    json_t *array = json_array();
    for (int j = 0; j < study->scenario.n_jobs; j++) {
        const struct job_spec *spec = &study->scenario.jobs[j];
        const struct study_job *job = &study->jobs[j];
        json_t *object = json_object(), *setups = json_array();
        put(object, "name", json_string(spec->name));
        put(object, "kind", json_string(job_kind_word(spec->kind)));
        put(object, "every_s", spec->every_s > 0 ? real(spec->every_s) : json_null());
        put(object, "deadline_s", spec->deadline_s > 0 ? real(spec->deadline_s) : json_null());
        put(object, "confidence", real(spec->confidence));
        put(object, "runs_over_horizon", real(job->runs));
        put(object, "runs_replayed", json_integer(job->runs_replayed));
        put(object, "in_time", json_boolean(study_job_in_time(job)));
        put(object, "usd_per_month", job->chosen >= 0 ? real(job->usd_per_month) : json_null());
        put(object, "usd_horizon", job->chosen >= 0 ? real(job->usd_horizon) : json_null());
        if (spec->cluster >= 0) {
            put(object, "cluster", string(study->scenario.clusters[spec->cluster].name));
            put(object, "priority", json_integer(spec->priority));
            if (spec->log[0])
                put(object, "log", string(spec->log));
        }
        for (int i = 0; i < job->n_setups; i++)
            push(setups, job_setup_json(&job->setups[i], i == job->chosen));
        put(object, "setups", setups);
        push(array, object);
    }
    return array;
}

static json_t *promised_spend(const struct study *study) {
    json_t *list = json_array();
    for (int i = 0; i < study->n_promises; i++) {
        const struct study_promise *p = &study->promises[i];
        json_t *object = json_object();
        put(object, "applies_to", string(p->applies_to));
        put(object, "promised_usd_per_month", real(p->promised_usd_per_month));
        put(object, "spend_usd_per_month", real(p->spend_usd_per_month));
        put(object, "shortfall_usd_per_month", real(p->shortfall_usd_per_month));
        put(object, "baseline_spend_usd_per_month", real(p->baseline_spend_usd_per_month));
        put(object, "baseline_shortfall_usd_per_month", real(p->baseline_shortfall_usd_per_month));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *clusters(const struct study *study) {
    json_t *array = json_array();
    for (int c = 0; c < study->scenario.n_clusters; c++) {
        const struct job_cluster *spec = &study->scenario.clusters[c];
        const struct study_cluster *cluster = &study->clusters[c];
        json_t *object = json_object();
        put(object, "name", string(spec->name));
        put(object, "instance", string(spec->instance));
        put(object, "region", string(spec->region));
        put(object, "nodes", json_integer(spec->nodes));
        push(array, object);
        if (!cluster->possible)
            continue;
        put(object, "usd_per_node_hour", real(cluster->usd_per_hour));
        put(object, "used_share", real(cluster->used_share));
        put(object, "unfinished_runs", real(cluster->unfinished));
        put(object, "replays", json_integer(STUDY_CLUSTER_RUNS));
        put(object, "usd_per_month", real(cluster->usd_per_month));
        put(object, "idle_usd_per_month", real(cluster->idle_usd_per_month));
        put(object, "usd_horizon", real(cluster->usd_horizon));
        put(object, "idle_usd_horizon", real(cluster->idle_usd_horizon));
    }
    return array;
}

static json_t *rounds(const struct study *study) {
    json_t *array = json_array();
    for (int i = 0; i < study->n_rounds; i++) {
        json_t *object = json_object();
        put(object, "bill_usd_per_month", real(study->rounds[i].usd_per_month));
        put(object, "worst_window_within_target", real(study->rounds[i].worst_attainment));
        put(object, "slo_met", json_boolean(study->rounds[i].slo_met));
        if (isfinite(study->rounds[i].worst_survival))
            put(object, "within_target_after_a_loss", real(study->rounds[i].worst_survival));
        put(object, "tightened", string(study->rounds[i].tightened));
        push(array, object);
    }
    return array;
}

static json_t *horizon_json(const struct study *study) {
    char start[16];
    calendar_format_date(start, study->scenario.start);
    json_t *object = json_object();
    put(object, "start", json_string(start));
    put(object, "months", json_integer(study->scenario.months));
    put(object, "hours", real(study->demand.horizon_hours));
    return object;
}

static json_t *today_bill_json(const struct study_today_bill *bill) {
    json_t *object = json_object();
    put(object, "file", json_string(bill->name));
    put(object, "hours", json_integer((json_int_t)bill->hours));
    put(object, "billed_usd_per_month", real(bill->billed_usd_per_month));
    put(object, "effective_usd_per_month", real(bill->effective_usd_per_month));
    put(object, "serving_usd_per_month", real(bill->serving_usd_per_month));
    return object;
}

void result_append_json(const struct study *study, struct text *out) {
    json_t *root = json_object();
    put(root, "schema_version", json_integer(RESULT_SCHEMA_VERSION));
    put(root, "scenario", json_string(study->scenario.name));
    put(root, "headline", string(study->headline));
    put(root, "infeasible", json_boolean(study->infeasible));
    put(root, "baseline_name", string(study->baseline_name));
    if (study->today_bill.name)
        put(root, "today_bill", today_bill_json(&study->today_bill));
    put(root, "saving_usd_per_month", real(study->saving_usd_per_month));
    put(root, "saving_fraction", real(study->saving_fraction));
    put(root, "horizon", horizon_json(study));
    put(root, "notices", notices(study));
    put(root, "actions", actions(study));
    if (study->baseline.replays)
        put(root, "baseline", fleet_json(study, &study->baseline));
    if (study->recommended.replays)
        put(root, "recommended", fleet_json(study, &study->recommended));
    if (study->scenario.n_storage > 0)
        put(root, "storage", storage_json(study));
    if (study->recommended.bills)
        put(root, "three_numbers", gaps_json(&study->gaps));
    result_put_money(root, study);
    if (study->recommended.plan)
        put(root, "plan", plan_json(study));
    if (study->confidence.replays > 1)
        put(root, "confidence", confidence_json(study));
    if (study->scenario.resilience.n_slow > 0 && study->recommended.replays)
        put(root, "slow_instances", slow_instances(study));
    if (study->survivals)
        put_survivals(root, study);
    if (study->n_rollouts > 0)
        put(root, "rollouts", rollouts(study));
    put(root, "scaling", string(study_scaling_words(out->arena, study)));
    put(root, "one_off_usd", real(study_one_off_usd(study)));
    put(root, "variants", variants(study));
    if (study->n_promises) {
        put(root, "promised_spend", promised_spend(study));
        put(root, "shortfall_usd_per_month", real(study->shortfall_usd_per_month));
    }
    if (study_jobs_ran(study)) {
        put(root, "jobs", jobs(study));
        if (study->scenario.n_clusters > 0)
            put(root, "clusters", clusters(study));
        put(root, "jobs_usd_per_month", real(study->jobs_usd_per_month));
        put(root, "jobs_usd_horizon", real(study->jobs_usd_horizon));
    }
    if (study->scenario.n_storage > 0)
        put(root, "storage_usd_per_month", real(study_storage_usd_per_month(study)));
    if (study_has_beside(study) && study->recommended.bills)
        put(root, "total_usd_per_month", real(study_total_usd_per_month(study)));
    put(root, "rounds", rounds(study));
    put(root, "workloads", workloads(study));
    put(root, "candidates", candidates(study));
    put(root, "offers", offers(study));
    put(root, "provenance", provenance(study));
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(root);
    ENSURE(text != NULL);
    text_append_string(out, text);
    text_append_string(out, "\n");
    free(text);
}
