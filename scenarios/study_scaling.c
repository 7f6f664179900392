/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/study_scaling.h"

#include <math.h>
#include <string.h>

#include "pricing/bill.h"
#include "scenarios/study_answers.h"
#include "scenarios/study_transfer.h"
#include "sim/datasheet.h"

/* ---- before anything runs ---- */

static const char *metrics_of(struct arena *arena, enum service_kind kind) {
    struct text text = {.arena = arena};
    text_append_string(&text, "");
    for (int m = 0; m < SCALING_METRICS; m++)
        if (autoscaler_metric_fits((enum autoscaler_metric)m, kind))
            text_printf(&text, "%s%s", text.n ? ", " : "",
                        autoscaler_metric_name((enum autoscaler_metric)m));
    return text.data;
}

static const struct scaling_spec *scaling_of(const struct study *study, int candidate) {
    return &study->scenario.own_scaling[study->candidates[candidate].workload];
}

static bool has_told(const struct scaling_spec *spec, const struct scaling_spec *const *told,
                     int n) {
    for (int i = 0; i < n; i++)
        if (told[i]->metric_place.node == spec->metric_place.node)
            return true;
    return false;
}

/* One mistake for each place where a metric is stated. */
void study_check_scaling(const struct study *study, struct mistakes *mistakes) {
    const struct scaling_spec **told =
        arena_new(mistakes->arena, const struct scaling_spec *, study->n_choices);
    int n_told = 0;
    for (int c = 0; c < study->n_choices; c++) {
        const struct candidate *candidate = &study->candidates[c];
        const struct scaling_spec *spec = scaling_of(study, c);
        enum service_kind kind = candidate->service.kind;
        if (candidate->kind != CANDIDATE_INSTANCE || !study->capacities[c].feasible ||
            spec->rules.policy == SCALING_SCHEDULE ||
            autoscaler_metric_fits(spec->rules.metric, kind) || has_told(spec, told, n_told))
            continue;
        const char *hint =
            arena_printf(mistakes->arena, "they have %s", metrics_of(mistakes->arena, kind));
        mistakes_at(mistakes, spec->metric_place, hint, "the replicas of %s for '%s' have no %s",
                    candidate->name, study->scenario.workloads[candidate->workload].name,
                    autoscaler_metric_name(spec->rules.metric));
        told[n_told++] = spec;
    }
}

/* ---- launches ---- */

double study_weight_bytes(const struct study *study, int index) {
    const struct candidate *candidate = &study->candidates[index];
    const struct model *model = catalog_model(&study->catalog, bytes_of(candidate->model));
    enum precision precision;
    ENSURE(model && precision_parse(bytes_of(candidate->precision), &precision));
    return datasheet_weight_bytes(model, precision);
}

const struct ready_delay *study_ready_delay(struct arena *arena, const struct study *study,
                                            int candidate) {
    const struct scaling_spec *spec = scaling_of(study, candidate);
    if (!spec->parts && spec->ready.boot.kind == DELAY_FIXED &&
        spec->rules.policy == SCALING_SCHEDULE)
        return NULL;
    struct ready_delay *ready = arena_new(arena, struct ready_delay, 1);
    *ready = spec->ready;
    if (spec->parts)
        ready->weight_bytes = (int64_t)study_weight_bytes(study, candidate);
    return ready;
}

/* What aws-cli and boto3 ask for at once unless they are told otherwise. */
#define READ_BYTES (8.0 * 1024 * 1024)
static const char bucket[] = "s3-standard";

static bool is_bucket(const struct scaling_spec *spec) {
    return strcmp(spec->weights_over, "s3") == 0;
}

static bool is_free(const struct scaling_spec *spec) {
    return !spec->weights_over || strcmp(spec->weights_over, "internet") == 0;
}

/* Whether the book has the rate of the way into a region. */
static bool open_way(struct study_offers *offers, const struct scaling_spec *spec,
                     const char *region) {
    const char *from = spec->weights_from;
    if (!is_bucket(spec))
        return study_transfer_open(offers, spec->weights_over, from ? from : region,
                                   from ? region : NULL);
    int at = study_offers_get(offers, bucket, region, TIER_STANDARD);
    return at >= 0 && offers->offers[at].thousand_reads.known;
}

void study_add_weights(struct study_offers *offers, const struct candidate *candidates, int n) {
    const struct scaling_spec *spec = &offers->study->scenario.scaling;
    if (spec->weights_from && !study_known_region(offers, spec->weights_from)) {
        study_unknown_region(offers, spec->weights_from_place, spec->weights_from);
        return;
    }
    for (int c = 0; !is_free(spec) && c < n; c++) {
        if (candidates[c].kind != CANDIDATE_INSTANCE ||
            open_way(offers, spec, candidates[c].region))
            continue;
        mistakes_at(offers->mistakes, spec->weights_place,
                    is_bucket(spec)
                        ? "add its 1K reads to a price book of your own, or take it out"
                        : "add a row of kind transfer to a price book of your own, or take it out",
                    "the price book %s has no rate for '%s' in %s", offers->study->book.name,
                    is_bucket(spec) ? bucket : spec->weights_over,
                    spec->weights_from ? spec->weights_from : candidates[c].region);
        return;
    }
}

static int bucket_in(const struct study *study, const char *region) {
    for (int o = 0; o < study->n_offers; o++)
        if (strcmp(study->offers[o].sku, bucket) == 0 &&
            strcmp(study->offers[o].region, region) == 0)
            return o;
    return -1;
}

struct pool_weights study_weights_of(const struct study *study, int candidate) {
    const struct scaling_spec *spec = &study->scenario.scaling;
    const char *region = study->candidates[candidate].region, *from = spec->weights_from;
    if (is_free(spec) || study->candidates[candidate].kind != CANDIDATE_INSTANCE)
        return (struct pool_weights){0};
    int offer = is_bucket(spec) ? bucket_in(study, region)
                                : study_transfer_offer(study, spec->weights_over,
                                                       from ? from : region, from ? region : NULL);
    if (offer < 0)
        return (struct pool_weights){0};
    double bytes = ceil(study_weight_bytes(study, candidate));
    if (is_bucket(spec))
        return (struct pool_weights){.offer = offer, .reads = (int64_t)ceil(bytes / READ_BYTES)};
    return (struct pool_weights){.offer = offer,
                                 .bytes = study_times_metered(spec->weights_over) * (int64_t)bytes};
}

/* What a launch pays for its weights, at the first rate. */
static double weights_usd(const struct study *study, int candidate) {
    struct pool_weights weights = study_weights_of(study, candidate);
    const struct offer *offer = &study->offers[weights.offer];
    return weights.bytes > 0   ? (double)weights.bytes * bill_unit_usd(offer, USAGE_WEIGHT_BYTES)
           : weights.reads > 0 ? (double)weights.reads * bill_unit_usd(offer, USAGE_WEIGHT_READS)
                               : 0;
}

static const char *way_words(const struct scaling_spec *spec) {
    return is_bucket(spec)                               ? "from a bucket of the region"
           : strcmp(spec->weights_over, "internet") == 0 ? "straight from the internet"
                                                         : spec->weights_over;
}

static const char *launch_words(struct arena *arena, const struct study *study, int candidate) {
    struct pool_weights weights = study_weights_of(study, candidate);
    char usd[32];
    money_format_short(usd, weights_usd(study, candidate));
    double gb = study_weight_bytes(study, candidate) / (double)BYTES_PER_BILLED_GB;
    if (weights.reads > 0)
        return arena_printf(arena, "%.3g GB in %lld requests, %s a launch", gb,
                            (long long)weights.reads, usd);
    return arena_printf(arena, "%.3g GB, %s a launch", gb, usd);
}

const char *study_weights_words(struct arena *arena, const struct study *study) {
    const struct scaling_spec *spec = &study->scenario.scaling;
    struct text text = {.arena = arena};
    if (!spec->weights_over)
        return "not counted: scaling.weights_over states their way";
    text_append_string(&text, way_words(spec));
    if (is_free(spec))
        text_append_string(&text, ": what comes in is free");
    for (int c = 0, n = 0; !is_free(spec) && c < study->n_candidates; c++) {
        if (study->candidates[c].kind != CANDIDATE_INSTANCE)
            continue;
        const char *words = launch_words(arena, study, c);
        if (!strstr(text.data, words))
            text_printf(&text, "%s%s", n++ ? "; " : ": ", words);
    }
    return text.data;
}

/* ---- the policy of one pool ---- */

/* Requests per second that one instance carries inside the SLO. */
static double instance_rate(const struct study *study, int candidate) {
    return capacity_best_rate_per_replica(&study->capacities[candidate]) *
           study->candidates[candidate].replicas_per_instance;
}

/* What an instance holds of the metric when it is at its target. */
static double target_of(const struct study *study, int candidate) {
    const struct scaling_spec *spec = scaling_of(study, candidate);
    if (spec->unit != SCALING_SHARE)
        return spec->target * study->candidates[candidate].replicas_per_instance;
    if (spec->rules.metric != SCALING_CONCURRENCY)
        return spec->target;
    const struct capacity_point *full = capacity_best_point(&study->capacities[candidate]);
    ENSURE(full);
    return spec->target * instance_rate(study, candidate) * full->latency_mean_s; /* Little */
}

static const struct autoscaler_step *steps_of(struct arena *arena, const struct autoscaler *rules,
                                              double target) {
    struct autoscaler_step *steps = arena_new(arena, struct autoscaler_step, rules->n_steps);
    for (int i = 0; i < rules->n_steps; i++) {
        steps[i] = rules->steps[i];
        steps[i].value *= target;
    }
    return steps;
}

/* The instances that each hour of past weeks would have asked for, by its mean rate and the pool's
 * part of the plan's capacity. */
static const double *past_of(struct arena *arena, const struct study *study,
                             const struct pool *pools, const int *candidates, int n_pools, int pool,
                             int week) {
    const struct scaling_spec *spec = scaling_of(study, candidates[pool]);
    const struct demand *demand = &study->demand;
    int workload = study->candidates[candidates[pool]].workload;
    double level = spec->unit == SCALING_SHARE ? spec->target : 1;
    double *past = arena_new(arena, double, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double all = 0, by_use = 0;
        for (int p = 0; p < n_pools; p++) {
            if (pools[p].instances)
                all += pools[p].instances[h] * instance_rate(study, candidates[p]);
            else
                by_use += pools[p].overflow_share[h];
        }
        double rate = demand->rate_per_second[(size_t)workload * (size_t)demand->n_hours +
                                              (size_t)(week * HOURS_PER_WEEK + h)];
        if (all > 0)
            past[h] = rate * fmax(0, 1 - by_use) * pools[pool].instances[h] / (all * level);
    }
    return past;
}

static int32_t peak_of(const int32_t *instances) {
    int32_t peak = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        peak = instances[h] > peak ? instances[h] : peak;
    return peak;
}

const struct autoscaler *study_autoscaler(struct arena *arena, const struct study *study,
                                          const struct pool *pools, const int *candidates,
                                          int n_pools, int pool, int week) {
    int candidate = candidates[pool];
    const struct scaling_spec *spec = scaling_of(study, candidate);
    const struct ready_delay *ready = study_ready_delay(arena, study, candidate);
    if (!pools[pool].instances || !ready)
        return NULL;
    struct autoscaler *rules = arena_new(arena, struct autoscaler, 1);
    *rules = spec->rules;
    rules->planned = pools[pool].instances;
    rules->n_hours = HOURS_PER_WEEK;
    rules->lead = service_ticks(ready_delay_mean_s(ready, &spec->link));
    if (rules->policy == SCALING_SCHEDULE)
        return rules;
    int32_t peak = peak_of(pools[pool].instances);
    rules->target = target_of(study, candidate);
    rules->steps = steps_of(arena, &spec->rules, rules->target);
    if (!spec->max_given)
        rules->max = peak > rules->min ? peak : rules->min;
    if (rules->policy == SCALING_PREDICTIVE) {
        rules->past = past_of(arena, study, pools, candidates, n_pools, pool, week);
        rules->n_past_hours = HOURS_PER_WEEK;
    }
    return rules;
}

bool study_scaling_shows(const struct study *study) {
    const struct scaling_spec *spec = &study->scenario.scaling;
    bool scales = spec->rules.policy != SCALING_SCHEDULE;
    for (int w = 0; study->scenario.own_scaling && w < study->scenario.n_workloads; w++)
        scales = scales || study->scenario.own_scaling[w].rules.policy != SCALING_SCHEDULE;
    return scales || spec->parts || spec->ready.boot.kind != DELAY_FIXED;
}

static const char *words_of(struct arena *arena, const struct scaling_spec *spec) {
    const char *policy = autoscaler_policy_name(spec->rules.policy);
    if (spec->rules.policy == SCALING_SCHEDULE)
        return policy;
    const char *metric = autoscaler_metric_name(spec->rules.metric);
    if (spec->unit == SCALING_SHARE)
        return arena_printf(arena, "%s, %s at %.3g%%", policy, metric, 100 * spec->target);
    return arena_printf(arena, "%s, %s at %.6g %s a replica", policy, metric, spec->target,
                        spec->unit == SCALING_TOKENS ? "tokens" : "requests");
}

const char *study_scaling_words(struct arena *arena, const struct study *study) {
    const struct scenario *scenario = &study->scenario;
    const char *usual = words_of(arena, &scenario->scaling);
    struct text text = {.arena = arena};
    text_append_string(&text, usual);
    for (int w = 0; scenario->own_scaling && w < scenario->n_workloads; w++) {
        const char *own = words_of(arena, &scenario->own_scaling[w]);
        if (strcmp(own, usual) != 0)
            text_printf(&text, "; %s: %s", scenario->workloads[w].name, own);
    }
    return text.data;
}
