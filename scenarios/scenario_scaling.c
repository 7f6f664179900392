/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_scaling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/scenario_serverless.h"
#include "sim/replica.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* Launch times as published; docs/model.md, "Ready delay", has the sources. */
static const double BOOT_TOTAL_S = 180, BOOT_PART_S = 40;

/* --- times that vary --- */

/* A key that is not given is `otherwise_s`. */
static struct delay read_delay(struct view view, const char *key, double otherwise_s) {
    struct delay delay = delay_fixed(otherwise_s);
    if (view_get(view, key))
        scenario_delay(view, key, &delay);
    return delay;
}

/* --- ready delay --- */

static const char *assumed_parts(struct view view) {
    static const struct {
        const char *key, *words;
    } parts[] = {{"boot", "boot 40 s"},
                 {"image", "image pull 5 min"},
                 {"instance_bandwidth", "weights at 1.2 GB/s an instance"},
                 {"warm_up", "warm-up 60 s"}};
    struct text text = {.arena = view.arena};
    text_append_string(&text, "");
    for (int i = 0; i < COUNT_OF(parts); i++)
        if (!view_get(view, parts[i].key))
            text_printf(&text, "%s%s", text.n ? ", " : "", parts[i].words);
    return text.data;
}

static void read_weights(struct view view, struct scaling_spec *out) {
    static const char *const ways[] = {"s3", "internet", "cross-zone", "cross-region",
                                       "nat-gateway"};
    int way = view_choice(view, "weights_over");
    out->weights_over = way < 0 ? NULL : ways[way];
    out->weights_place = view_place(view, "weights_over");
    static const char *const from[] = {"weights_from"};
    if (way != 3)
        view_refuse(view, from, 1, "weights_over: cross-region");
    out->weights_from = view_get(view, from[0]) ? view_text(view, from[0]) : NULL;
    out->weights_from_place = view_key_place(view, from[0]);
}

static struct volume_spec read_volume(struct view view) {
    if (!view.map)
        return (struct volume_spec){0};
    return (struct volume_spec){
        .tier = view_text(view, "tier"),
        .gib = view_get(view, "size") ? view_number(view, "size") / 1024 : 0,
        .iops = view_get(view, "iops") ? view_number(view, "iops") : 0,
        .mbps = view_get(view, "throughput") ? ceil(view_number(view, "throughput") / (1024 * 1024))
                                             : 0,
        .place = view_place(view, "tier")};
}

static void read_ready(struct view view, struct scaling_spec *out) {
    static const char *const parts[] = {
        "image", "warm_up", "resume", "load_bandwidth", "instance_bandwidth", "warm_pool"};
    read_weights(view, out);
    out->volume = read_volume(view_map(view, "volume"));
    out->parts = view_choice(view, "ready") == 1;
    out->assumed = "";
    out->ready.boot = read_delay(view, "boot", out->parts ? BOOT_PART_S : BOOT_TOTAL_S);
    if (!out->parts) {
        view_refuse(view, parts, COUNT_OF(parts), "ready: parts");
        return;
    }
    out->ready.pull = read_delay(view, "image", view_number(view, "image"));
    out->ready.warm_up = read_delay(view, "warm_up", view_number(view, "warm_up"));
    out->ready.resume = read_delay(view, "resume", view_number(view, "resume"));
    out->ready.warm_pool = view_int(view, "warm_pool");
    out->link.bytes_per_s = (int64_t)view_number(view, "load_bandwidth");
    out->link.instance_bytes_per_s = (int64_t)view_number(view, "instance_bandwidth");
    out->assumed = assumed_parts(view);
}

/* --- the policy --- */

static sim_ticks read_time(struct view view, const char *key) {
    return service_ticks(view_number(view, key));
}

/* Which of the three targets the metric takes. */
static void read_target(struct view view, struct scaling_spec *out) {
    static const char *const share[] = {"target"}, *const requests[] = {"target_requests"},
                             *const tokens[] = {"target_tokens"};
    static const char *const either[] = {"target", "target_requests"};
    const char *name = autoscaler_metric_name(out->rules.metric);
    const char *why = arena_printf(view.arena, "metric %s needs it", name);
    const char *shares = "the metrics utilisation, concurrency and kv_use";
    out->unit = SCALING_SHARE;
    switch (out->rules.metric) {
    case SCALING_CONCURRENCY:
        if (view_get(view, "target") && view_get(view, "target_requests"))
            view_only_one(view, either, COUNT_OF(either));
        if (view_get(view, "target_requests"))
            out->unit = SCALING_REQUESTS;
        break;
    case SCALING_QUEUE_LENGTH:
        view_need(view, "target_requests", why);
        view_refuse(view, share, 1, shares);
        out->unit = SCALING_REQUESTS;
        break;
    case SCALING_TOKENS_IN_FLIGHT:
        view_need(view, "target_tokens", why);
        view_refuse(view, share, 1, shares);
        out->unit = SCALING_TOKENS;
        break;
    default:
        break;
    }
    if (out->unit != SCALING_REQUESTS)
        view_refuse(view, requests, 1, "the metrics concurrency and queue_length");
    if (out->unit != SCALING_TOKENS)
        view_refuse(view, tokens, 1, "the metric tokens_in_flight");
    const char *const keys[] = {"target", "target_requests", "target_tokens"};
    out->target = view_number(view, keys[out->unit]);
}

static int by_value(const void *a, const void *b) {
    const struct autoscaler_step *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Thresholds in parts of the target. */
static void read_steps(struct view view, struct autoscaler *rules) {
    static const char *const kinds[] = {"add", "add_share", "remove", "remove_share"};
    int n = view_count(view, "steps");
    struct autoscaler_step *steps = arena_new(view.arena, struct autoscaler_step, n);
    for (int i = 0; i < n; i++) {
        struct view item = view_item(view, "steps", i);
        int kind = view_only_one(item, kinds, COUNT_OF(kinds));
        steps[i] =
            (struct autoscaler_step){.in = kind >= 2,
                                     .value = view_number(item, "at"),
                                     .percent = kind % 2 == 1,
                                     .change = kind < 0 ? 1 : view_number(item, kinds[kind])};
    }
    qsort(steps, (size_t)n, sizeof *steps, by_value);
    rules->steps = steps;
    rules->n_steps = n;
}

static struct autoscaler_rate read_rate(struct view view, const char *count, const char *share) {
    return (struct autoscaler_rate){view_int(view, count), view_number(view, share)};
}

static void read_limits(struct view view, struct scaling_spec *out) {
    struct autoscaler *rules = &out->rules;
    rules->tolerance = view_number(view, "tolerance");
    rules->interval = read_time(view, "interval");
    if (view_get(view, "cooldown_out"))
        rules->cooldown_out = read_time(view, "cooldown_out");
    rules->cooldown_in = read_time(view, "cooldown_in");
    rules->stabilisation = read_time(view, "stabilisation");
    rules->scale_to_zero_after = read_time(view, "scale_to_zero_after");
    rules->out = read_rate(view, "add_per_minute", "add_share_per_minute");
    rules->in = read_rate(view, "remove_per_minute", "remove_share_per_minute");
    rules->min = view_int(view, "min");
    out->max_given = view_get(view, "max") != NULL;
    rules->max = out->max_given ? view_int(view, "max") : AUTOSCALER_INSTANCES_MAX;
    if (rules->min > rules->max)
        mistakes_at(view.mistakes, view_key_place(view, "max"), "swap them or take one out",
                    "'%s' has a min of %d above its max of %d", view.path, (int)rules->min,
                    (int)rules->max);
}

static void refuse_rules(struct view view) {
    static const char *const keys[] = {"metric",
                                       "target",
                                       "target_requests",
                                       "target_tokens",
                                       "tolerance",
                                       "steps",
                                       "min",
                                       "max",
                                       "interval",
                                       "cooldown_out",
                                       "cooldown_in",
                                       "stabilisation",
                                       "scale_to_zero_after",
                                       "add_per_minute",
                                       "add_share_per_minute",
                                       "remove_per_minute",
                                       "remove_share_per_minute"};
    view_refuse(view, keys, COUNT_OF(keys), "the policies target_tracking, step and predictive");
}

/* What the rules say together; the numbers that the study fills in stand for any pool's. */
static void check_rules(struct view view, const struct scaling_spec *out) {
    struct autoscaler rules = out->rules;
    struct err err = {0};
    rules.target = 1;
    if (view.mistakes->n_total == 0 && !autoscaler_check(&rules, &err))
        mistakes_at(view.mistakes, view_key_place(view, "steps"), "", "%s", err.what);
}

void scenario_scaling(struct view view, struct scaling_spec *out) {
    static const char *const steps[] = {"steps"};
    enum autoscaler_policy policy = (enum autoscaler_policy)view_choice(view, "policy");
    out->rules = autoscaler_defaults(policy);
    out->metric_place = view_place(view, "metric");
    read_ready(view, out);
    if (policy == SCALING_SCHEDULE) {
        refuse_rules(view);
        return;
    }
    out->rules.metric = (enum autoscaler_metric)view_choice(view, "metric");
    read_target(view, out);
    read_limits(view, out);
    if (policy == SCALING_STEP) {
        view_need(view, "steps", "policy step needs them");
        read_steps(view, &out->rules);
    } else {
        view_refuse(view, steps, 1, "policy step");
    }
    check_rules(view, out);
}

/* --- of one workload --- */

static bool is_one_of(const char *name, const char *const *names, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* What a workload does not state is the scenario's, but for what a policy or a metric of its own
 * makes meaningless: of the scenario's rules a policy keeps nothing, a metric no target. */
static bool is_inherited(const struct tree *own, const char *name) {
    static const char *const launch[] = {
        "ready",    "boot", "image", "warm_up", "resume", "load_bandwidth", "instance_bandwidth",
        "warm_pool"};
    static const char *const targets[] = {"target", "target_requests", "target_tokens"};
    bool retargets = tree_get(own, "metric") != NULL;
    for (int i = 0; i < COUNT_OF(targets); i++)
        retargets = retargets || tree_get(own, targets[i]) != NULL;
    if (tree_get(own, name))
        return false;
    if (tree_get(own, "policy") && !is_one_of(name, launch, COUNT_OF(launch)))
        return false;
    return !retargets || !is_one_of(name, targets, COUNT_OF(targets));
}

static const struct tree *merged(struct arena *arena, const struct tree *own,
                                 const struct tree *all) {
    int n_all = all && all->kind == YAML_NODE_MAP ? all->n : 0;
    struct tree *both = arena_new(arena, struct tree, 1);
    *both = *own;
    both->items = arena_new(arena, struct tree *, own->n + n_all);
    for (int i = 0; i < own->n; i++)
        both->items[i] = own->items[i];
    for (int i = 0; i < n_all; i++)
        if (is_inherited(own, all->items[i]->name))
            both->items[both->n++] = all->items[i];
    return both;
}

void scenario_own_scaling(struct view root, struct scenario *out) {
    struct scaling_spec *specs = arena_new(root.arena, struct scaling_spec, out->n_workloads);
    for (int w = 0; w < out->n_workloads; w++) {
        struct view own = view_map(view_item(root, "workloads", w), "scaling");
        struct view view = view_map(root, "scaling");
        specs[w] = out->scaling;
        if (!own.map || root.mistakes->n_total > 0)
            continue;
        view.map = merged(root.arena, own.map, view.map);
        scenario_scaling(view, &specs[w]);
    }
    out->own_scaling = specs;
}
