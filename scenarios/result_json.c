/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jansson builds the tree and prints it; keys keep the order they are set in, numbers 12
 * significant digits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "scenarios/advice.h"
#include "scenarios/json_tree.h"
#include "scenarios/result.h"
#include "scenarios/result_cost_json.h"
#include "scenarios/result_explain.h"
#include "scenarios/result_fleet_json.h"
#include "scenarios/result_futures.h"
#include "scenarios/result_money_json.h"
#include "scenarios/result_trials_json.h"

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

static json_t *growth_interval(const struct growth_spec *growth) {
    return json_pack("{s:o,s:o,s:o}", "low_per_month", real(growth->low), "high_per_month",
                     real(growth->high), "confidence", real(growth->confidence));
}

static json_t *workloads(const struct study *study) {
    json_t *array = json_array();
    for (int w = 0; w < study->scenario.n_workloads; w++) {
        const struct workload *workload = &study->scenario.workloads[w];
        const struct traffic *traffic = &study->traffics[w];
        double mean = 0, peak = 0, scale = study_demand_scale(study, w);
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            mean += scale * traffic->rate_per_second[h] / HOURS_PER_WEEK;
            peak = fmax(peak, scale * traffic->rate_per_second[h]);
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
        put(object, "growth_per_month", real(workload->demand.growth.mid));
        if (workload->demand.growth.is_interval)
            put(object, "growth_interval", growth_interval(&workload->demand.growth));
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
        if (offer->kind == OFFER_STORAGE)
            put(object, "gb_month", quote_json(&offer->gb_month));
        json_t *commitments = json_array();
        for (int q = 0; q < offer->n_commitments; q++) {
            const struct commitment_quote *quote = &offer->commitments[q];
            json_t *row = json_object();
            put(row, "kind", json_string(commitment_kind_word(quote->terms.kind)));
            put(row, "term_years", json_integer(quote->terms.term_years));
            put(row, "payment", json_string(payment_word(quote->terms.payment)));
            put(row, offer->kind == OFFER_FUNCTION ? "effective_gb_second" : "effective_hour",
                quote_json(&quote->effective));
            if (offer->kind == OFFER_FUNCTION) {
                put(row, "effective_provisioned_gb_second", quote_json(&quote->provisioned));
                put(row, "effective_held_gb_second", quote_json(&quote->held));
            }
            push(commitments, row);
        }
        put(object, "commitments", commitments);
        push(array, object);
    }
    return array;
}

static json_t *day_json(const struct study *study, int64_t seconds) {
    char date[16];
    calendar_format_date(date, study_day(study, seconds));
    return json_string(date);
}

static json_t *commitments(const struct study *study) {
    const struct plan *plan = study->recommended.plan;
    struct arena arena = {0};
    json_t *array = json_array();
    for (int i = 0; i < plan->n_commitments; i++) {
        const struct plan_commitment *c = &plan->commitments[i];
        json_t *object = json_object();
        put(object, "name", json_string(c->commitment.name));
        put(object, "owned", json_boolean(c->commitment.owned));
        put(object, "begins", day_json(study, c->commitment.from_s));
        put(object, "ends", day_json(study, c->commitment.to_s));
        put(object, "count", real(c->commitment.count));
        put(object, "plan_usd_per_hour", real(money_amount_usd(c->commitment.plan_usd_per_hour)));
        put(object, "usd_per_hour", real(c->usd_per_hour));
        put(object, "upfront_usd", real(c->upfront_usd));
        put(object, "liability_usd", real(c->liability_usd));
        put(object, "prepaid_usd", real(c->prepaid_usd));
        put(object, "utilisation", real(c->utilisation));
        put(object, "break_even", real(c->break_even));
        put(object, "saving_usd_over_horizon", real(c->saving_usd));
        put(object, "discounts",
            json_string(study_commitment_discount(&arena, study, &c->commitment)));
        push(array, object);
    }
    arena_release(&arena);
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
        if (r->flip.kind != FLIP_NONE) {
            put(object, "price_of", json_string(r->flip.of));
            put(object, "price_usd", real(r->flip.price_usd));
            put(object, "per", json_string(r->flip.per));
            put(object, "used_in_fractions", json_boolean(r->flip.in_fractions));
            put(object, "used_below_usd", real(r->flip.flips_at_usd));
            put(object, "one_more", json_string(r->flip.unit));
            put(object, "adds_usd_per_month", real(r->flip.adds_usd_per_month));
        }
        push(array, object);
    }
    return array;
}

static json_t *as_sold_json(const struct plan_as_sold *sold) {
    double above = sold->usd_per_hour - sold->least_usd_per_hour;
    json_t *object = json_object();
    put(object, "usd_per_hour", real(sold->usd_per_hour));
    put(object, "least_usd_per_hour", real(sold->least_usd_per_hour));
    put(object, "gap", real(sold->usd_per_hour > 0 ? above / sold->usd_per_hour : 0));
    return object;
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
    if (plan->carbon_usd_per_hour > 0) {
        put(object, "priced_carbon_usd_per_hour", real(plan->carbon_usd_per_hour));
        put(object, "minimum_with_carbon_usd_per_hour", real(plan->lp_priced_usd_per_hour));
    }
    put(object, "gap", real(plan->gap));
    if (plan->as_sold.known)
        put(object, "as_sold", as_sold_json(&plan->as_sold));
    put(object, "upfront_usd", real(plan->upfront_usd));
    put(object, "liability_usd", real(plan->liability_usd));
    struct study_bound bound = study_bound_of(study);
    put(object, "owned_liability_usd", real(bound.owned_owed_usd));
    put(object, "prepaid_after_horizon_usd", real(bound.prepaid_usd));
    put(object, "committed_usd_per_month",
        json_pack("{s:o,s:o,s:o,s:o}", "mean", real(bound.usd_per_month), "least_month",
                  real(bound.least_usd_per_month), "most_month", real(bound.most_usd_per_month),
                  "over_terms_usd", real(bound.terms_usd)));
    put(object, "commitments", commitments(study));
    put(object, "rejections", rejections(study));
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
    static const char *const names[BILL_CAUSES] = {"order", "held_by_second", "free_first_hour",
                                                   "tiers", "minimum"};
    json_t *causes = json_object();
    for (int c = 0; c < BILL_CAUSES; c++)
        put(causes, names[c], real(gaps->causes[c]));
    put(object, "of_the_bill", causes);
    return object;
}

static json_t *steps_json(const struct study_steps *steps) {
    json_t *object = json_object();
    put(object, "right_size", real(0.0 - steps->serve));
    put(object, "schedule", real(0.0 - steps->follow));
    put(object, "spot", real(0.0 - steps->spot));
    put(object, "commit", real(0.0 - steps->commit));
    put(object, "billing_and_delay", real(steps->billing));
    put(object, "promised_spend", real(steps->promises));
    put(object, "unlisted_commitments", real(steps->unlisted));
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
    struct arena arena = {0};
    json_t *array = json_array();
    for (int i = 0; i < study->n_actions; i++) {
        const struct study_action *a = &study->actions[i];
        json_t *object = json_object();
        put(object, "text", json_string(a->text));
        put(object, "reason", json_string(a->reason));
        put(object, "kind", json_string(action_kind_word(a->kind)));
        put(object, "saving_usd_per_month", real(a->usd_per_month));
        put(object, "before_usd_per_month", real(a->before_usd_per_month));
        put(object, "after_usd_per_month", real(a->after_usd_per_month));
        put(object, "liability_usd", real(a->liability_usd));
        put(object, "reversible", json_string(a->reversibility));
        struct advice advice = study_advice(&arena, study, i);
        put(object, "effort", json_string(advice.effort));
        put(object, "rests_on", json_string(advice.rests_on));
        json_t *practices = json_array();
        for (int k = 0; k < advice.n_practices; k++)
            push(practices, json_pack("{s:s, s:s}", "id", advice.practices[k]->id, "uri",
                                      advice.practices[k]->uri));
        put(object, "relates_to", practices);
        push(array, object);
    }
    arena_release(&arena);
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
    static const char *const fates[] = {"not chosen", "chosen", "left out"};
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
    put(object, "covered_usd_per_run", real(setup->covered_usd_per_run));
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
        put(object, "covered_node_hours", real(job->covered_node_hours));
        put(object, "covered_usd_horizon", real(job->covered_usd_horizon));
        put(object, "commitments_usd_horizon", real(job->commitments_usd_horizon));
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

static json_t *promise_years(const struct study *study, const struct study_promise *p) {
    json_t *list = json_array();
    for (int i = p->first_year; i < p->first_year + p->n_years; i++) {
        const struct study_promise_year *year = &study->promise_years[i];
        char from[16], last[16];
        calendar_format_date(from, calendar_date(year->from_hour / 24));
        calendar_format_date(last, calendar_date(year->to_hour / 24 - 1));
        json_t *object = json_object();
        put(object, "from", string(from));
        put(object, "last_day", string(last));
        put(object, "promised_usd", real(year->promised_usd));
        put(object, "spend_usd", real(year->spend_usd));
        put(object, "shortfall_usd", real(year->shortfall_usd));
        put(object, "baseline_spend_usd", real(year->baseline_spend_usd));
        put(object, "baseline_shortfall_usd", real(year->baseline_shortfall_usd));
        json_array_append_new(list, object);
    }
    return list;
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
        put(object, "years", promise_years(study, p));
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
    put(object, "covered_usd_per_month", real(bill->covered_usd_per_month));
    put(object, "unlisted_usd_per_month", real(bill->unlisted_usd_per_month));
    put(object, "unlisted_instead_usd_per_month", real(bill->unlisted_today.instead_usd_per_month));
    put(object, "period_hours",
        json_integer((json_int_t)(bill->period_to_hour - bill->period_from_hour)));
    put(object, "billed_usd", real(bill->billed_usd));
    put(object, "effective_usd", real(bill->effective_usd));
    return object;
}

static json_t *present(const struct study_present *p, double per_month) {
    json_t *object = json_object();
    put(object, "discount_per_month", real(per_month));
    put(object, "plan_usd", real(p->plan_usd));
    put(object, "plan_paid_usd", real(p->plan_paid_usd));
    put(object, "baseline_usd", real(p->baseline_usd));
    put(object, "baseline_paid_usd", real(p->baseline_paid_usd));
    return object;
}

static json_t *beyond(const struct study_beyond *b) {
    json_t *object = json_object();
    put(object, "months", real(b->months));
    put(object, "owed_usd", real(b->owed_usd));
    put(object, "worth_usd",
        json_pack("{s:o,s:o,s:o}", "low", real(b->worth_usd[0]), "mid", real(b->worth_usd[1]),
                  "high", real(b->worth_usd[2])));
    return object;
}

/* "instance": what has to be ordered by then; null: nothing in the plan has a lead time. */
static json_t *decide_by_json(const struct study *study) {
    const char *instance;
    char date[16];
    calendar_format_date(date, study_decide_by(study, &instance));
    return json_pack("{s:s,s:s?}", "date", date, "instance", instance);
}

static char *result_text(const struct study *study, struct arena *arena) {
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
    if (study->recommended.bills && study->baseline.bills)
        put(root, "cost_of_waiting",
            json_pack("{s:i,s:o}", "months", study_months_to_wait(study), "usd",
                      real(study_first_months_saving_usd(study, study_months_to_wait(study)))));
    put(root, "decide_by", decide_by_json(study));
    put(root, "horizon", horizon_json(study));
    put(root, "notices", notices(study));
    put(root, "recommendations", result_recommendations(study));
    put(root, "commitment_curves", result_curves(study));
    put(root, "worth_of_limits", result_worths(study));
    if (study->n_levers > 0)
        put(root, "levers", result_levers(study));
    put(root, "actions", actions(study));
    if (study->baseline.replays)
        put(root, "baseline", result_fleet_json(study, &study->baseline));
    if (study->recommended.replays)
        put(root, "recommended", result_fleet_json(study, &study->recommended));
    if (study->scenario.n_storage > 0)
        put(root, "storage", storage_json(study));
    if (study->recommended.bills) {
        put(root, "three_numbers", gaps_json(&study->gaps));
        put(root, "steps_usd_per_month", steps_json(&study->steps));
    }
    result_put_money(root, study);
    if (study->recommended.plan)
        put(root, "plan", plan_json(study));
    if (study->present.known)
        put(root, "present_value", present(&study->present, study->scenario.discount_per_month));
    if (study->beyond.months > 0)
        put(root, "beyond_horizon", beyond(&study->beyond));
    result_put_trials(root, study);
    result_put_futures(root, study);
    put(root, "scaling", string(study_scaling_words(arena, study)));
    put(root, "one_off_usd", real(study_one_off_usd(study)));
    put(root, "variants", variants(study));
    if (study->n_promises) {
        put(root, "promised_spend", promised_spend(study));
        put(root, "shortfall_usd_per_month", real(study->recommended.shortfall_usd_per_month));
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
    result_put_cost(root, study);
    put(root, "provenance", provenance(study));
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(root);
    ENSURE(text != NULL);
    return text;
}

void result_append_json(const struct study *study, struct text *out) {
    char *text = result_text(study, out->arena);
    text_append_string(out, text);
    text_append_string(out, "\n");
    free(text);
}

void result_append_json_with_report(const struct study *study, struct bytes report,
                                    struct text *out) {
    char *text = result_text(study, out->arena);
    size_t n = strlen(text) - strlen("\n}");
    ENSURE(strcmp(text + n, "\n}") == 0);
    text_append(out, text, n);
    text_append_string(out, ",\n  \"report\": ");
    text_append(out, report.data, report.n);
    text_append_string(out, "\n}\n");
    free(text);
}
