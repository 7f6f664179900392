/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_workload.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* ---- lengths ---- */

/* Quantiles: shares rise from 0 to 1, tokens never fall. */
static void read_quantiles(struct view view, int32_t smallest, struct length_distribution *out) {
    const struct tree *tree = view_get(view, "quantiles");
    struct scalar scalar;
    double last_p = -1, last_tokens = smallest;
    if (!tree || tree->kind != YAML_NODE_MAP || tree->n < 2 || tree->n > LENGTH_TABLE_MAX)
        return;
    for (int i = 0; i < tree->n; i++) {
        const struct tree *item = tree->items[i];
        double p;
        if (!view_scalar(view, "quantiles", item, &scalar))
            return;
        bool share = text_parse_double(bytes_of(item->name), &p) && p >= 0 && p <= 1;
        bool ends = (i > 0 || p == 0) && (i + 1 < tree->n || p == 1);
        if (!share || p <= last_p || !ends) {
            mistakes_at(view.mistakes, item->key,
                        "write for example quantiles: { 0: 6, 0.5: 13, 0.95: 90, 1: 1899 }",
                        "quantiles rise from share 0 to share 1; '%s' does not fit",
                        mistakes_shown(view.arena, bytes_of(item->name)));
            return;
        }
        if (scalar.number < last_tokens) {
            mistakes_at(view.mistakes, item->place, "more requests cannot be shorter",
                        "tokens of a quantile never fall and are at least %d", (int)smallest);
            return;
        }
        out->p[i] = last_p = p;
        out->tokens[i] = last_tokens = scalar.number;
    }
    out->kind = LENGTH_TABLE;
    out->n = tree->n;
    out->min = (int32_t)lround(out->tokens[0]);
    out->max = (int32_t)lround(out->tokens[tree->n - 1]);
}

static void read_lognormal(struct view view, struct length_distribution *out) {
    out->kind = LENGTH_LOGNORMAL;
    out->median = view_number(view, "median");
    out->sigma = view_number(view, "sigma");
    out->min = view_int(view, "min");
    out->max = view_int(view, "max");
    if (out->min > out->max)
        mistakes_at(view.mistakes, view_key_place(view, "min"), "swap them or take one out",
                    "'%s' has a min of %d above its max of %d", view.path, (int)out->min,
                    (int)out->max);
    else if (view_get(view, "median") && (out->median < out->min || out->median > out->max))
        mistakes_at(view.mistakes, view_key_place(view, "median"),
                    "half of all requests are below the median",
                    "'%s' has a median of %.0f outside its min of %d and max of %d", view.path,
                    out->median, (int)out->min, (int)out->max);
}

static void read_length(struct view view, const char *key, int32_t smallest,
                        struct length_distribution *out) {
    static const char *const ways[] = {"median", "quantiles"};
    static const char *const lognormal[] = {"sigma", "min", "max"};
    const struct tree *tree = view_get(view, key);
    if (tree && tree->kind == YAML_NODE_SCALAR) {
        out->kind = LENGTH_FIXED;
        out->value = round(view_number(view, key));
        out->min = out->max = (int32_t)out->value;
        return;
    }
    struct view inner = view_map(view, key);
    int way = view_only_one(inner, ways, COUNT_OF(ways));
    if (way == 0)
        read_lognormal(inner, out);
    if (way != 1)
        return;
    view_refuse(inner, lognormal, COUNT_OF(lognormal), "a median");
    read_quantiles(inner, smallest, out);
}

/* ---- demand ---- */

static void read_burstiness(struct view view, struct burstiness *out) {
    *out = (struct burstiness){.minute_cv = view_number(view, "minute_cv"),
                               .minute_correlation = view_number(view, "minute_correlation"),
                               .arrival_cv = view_number(view, "arrival_cv"),
                               .busy_share = view_number(view, "busy_share")};
}

static void read_day(struct view view, const char *key, double hours[24]) {
    bool given = view_count(view, key) == 24;
    for (int i = 0; i < 24; i++) {
        struct scalar scalar;
        bool fine = given && view_scalar(view, key, view_value(view, key, i), &scalar);
        hours[i] = fine ? scalar.number : 1;
    }
}

/* Hour 0 is Monday 00:00; the multipliers are scaled so that `rate` is the mean of the week. */
static void read_week(struct view view, double rates[HOURS_PER_WEEK]) {
    double weekday[24], weekend[24], sum = 0;
    double rate = view_number(view, "rate");
    read_day(view, "weekday", weekday);
    read_day(view, "weekend", weekend);
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++) {
        rates[hour] = hour < 5 * 24 ? weekday[hour % 24] : weekend[hour % 24];
        sum += rates[hour];
    }
    if (!(sum > 0)) {
        mistakes_at(view.mistakes, view_key_place(view, "weekday"),
                    "give at least one hour a multiplier above 0",
                    "all hours of the week have the multiplier 0");
        return;
    }
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        rates[hour] *= rate * HOURS_PER_WEEK / sum;
}

static void read_generate(struct view view, struct traffic *out) {
    *out = (struct traffic){.kind = TRAFFIC_GENERATED,
                            .name = "generated",
                            .format = "generated",
                            .days = 7,
                            .seed = (uint64_t)view_number(view, "seed")};
    read_week(view, out->rate_per_second);
    read_burstiness(view_map(view, "burstiness"), &out->burstiness);
    read_length(view, "input", 1, &out->input);
    read_length(view, "output", 0, &out->output);
}

/* What an hourly series does not say: lengths, and how requests fall inside an hour. */
static void read_hourly(struct view view, struct traffic *out) {
    struct view tokens = view_map(view, "tokens");
    *out = (struct traffic){.kind = TRAFFIC_GENERATED,
                            .name = view_text(view, "hourly"),
                            .format = "hourly series",
                            .seed = (uint64_t)view_number(view, "seed")};
    view_need(view, "tokens", "an hourly series does not tell the lengths of requests");
    read_burstiness(view_map(view, "burstiness"), &out->burstiness);
    read_length(tokens, "input", 1, &out->input);
    read_length(tokens, "output", 0, &out->output);
}

static void read_demand(struct view view, const struct scenario *scenario,
                        struct demand_spec *out) {
    static const char *const kinds[] = {"trace", "hourly", "generate", "drivers"};
    static const char *const hourly[] = {"tokens", "burstiness", "seed"};
    int kind = view_only_one(view, kinds, COUNT_OF(kinds));
    out->path = out->relative_to = "";
    out->growth_per_month = view_number(view, "growth");
    if (kind == 0 || kind == 1) {
        out->kind = kind == 0 ? DEMAND_TRACE : DEMAND_HOURLY;
        out->path = view_text(view, kinds[kind]);
        out->path_place = view_place(view, kinds[kind]);
        out->relative_to = scenario_relative_to(scenario, out->path_place);
    }
    if (kind == 1)
        read_hourly(view, &out->generate);
    else if (kind >= 0)
        view_refuse(view, hourly, COUNT_OF(hourly), "hourly demand");
    if (kind == 2) {
        out->kind = DEMAND_GENERATE;
        read_generate(view_map(view, "generate"), &out->generate);
        struct err err = {0};
        /* What ranges alone do not say: a busy share needs burstiness, and the like. */
        if (view.mistakes->n_total == 0 && !traffic_check(&out->generate, &err))
            mistakes_at(view.mistakes, view_key_place(view, "generate"), err.hint, "%s", err.what);
    }
}

/* ---- objective ---- */

/* The share that the objective asks for and the key that said so. */
struct share_said {
    const char *key; /* NULL: nobody yet */
    double share;
};

static void say_share(struct view view, const char *key, double share, struct share_said *said) {
    if (said->key && fabs(said->share - share) > 1e-9)
        mistakes_at(view.mistakes, view_key_place(view, key),
                    "one objective has one share: write for example "
                    "{ ttft: 500ms, tpot: 50ms, share: 95% }",
                    "'%s' asks for a share of %.10g%% and '%s' for %.10g%%", key, share * 100,
                    said->key, said->share * 100);
    if (!said->key)
        *said = (struct share_said){key, share};
}

/* One limit, written plain or as a percentile; 0 when it is not given. */
static double read_limit(struct view view, const char *name, struct share_said *said) {
    static const int percents[] = {0, 50, 90, 95, 99}; /* 0: plain */
    const char *found = NULL;
    double limit = 0;
    for (int i = 0; i < COUNT_OF(percents); i++) {
        const char *key =
            percents[i] ? arena_printf(view.arena, "%s_p%d", name, percents[i]) : name;
        if (!view_get(view, key))
            continue;
        if (found)
            mistakes_at(view.mistakes, view_key_place(view, key), "keep one of them",
                        "'%s' is given twice, as '%s' and '%s'", name, found, key);
        else if (percents[i])
            say_share(view, key, percents[i] / 100.0, said);
        if (!found)
            limit = view_number(view, key);
        found = found ? found : key;
    }
    return limit;
}

static void read_slo(struct view view, struct slo *out) {
    static const char *const limits[] = {"ttft", "tpot", "latency"};
    struct share_said said = {0};
    struct scalar share;
    if (!view.map)
        return;
    if (view_scalar(view, "share", view_get(view, "share"), &share))
        say_share(view, "share", share.number, &said);
    double *values[] = {&out->ttft_s, &out->tpot_s, &out->latency_s};
    bool any = false;
    for (int i = 0; i < COUNT_OF(limits); i++) {
        *values[i] = read_limit(view, limits[i], &said);
        for (int j = 0; j < view.map->n && !any; j++)
            any = strncmp(view.map->items[j]->name, limits[i], strlen(limits[i])) == 0;
    }
    if (!any)
        mistakes_at(view.mistakes, tree_place(view.map),
                    "write for example { ttft: 500ms, tpot: 50ms, share: 99% }",
                    "'%s' has no limit: ttft, tpot or latency", view.path);
    out->share = said.key ? said.share : view_number(view, "share");
    out->over = (enum slo_window)view_choice(view, "over");
}

/* ---- models ---- */

static void read_precisions(struct view view, struct model_use *out) {
    static const char key[] = "precision";
    int n = view_count(view, key);
    out->n_precisions = 1;
    out->precisions[0] =
        (enum precision)view_choice((struct view){view.arena, view.mistakes, NULL, view.path}, key);
    if (n == 0 || n > COUNT_OF(out->precisions))
        return;
    out->n_precisions = 0;
    for (int i = 0; i < n; i++) {
        struct scalar scalar;
        const struct tree *tree = view_value(view, key, i);
        bool twice = false;
        if (!view_scalar(view, key, tree, &scalar))
            continue;
        for (int j = 0; j < out->n_precisions; j++)
            twice = twice || out->precisions[j] == (enum precision)scalar.choice;
        if (twice)
            mistakes_at(view.mistakes, tree->place, "keep one of them", "'%s.%s' names '%s' twice",
                        view.path, key, mistakes_shown(view.arena, tree->text));
        else
            out->precisions[out->n_precisions++] = (enum precision)scalar.choice;
    }
}

static void read_model(struct view view, struct model_use *out) {
    static const char *const of_api[] = {"ttft",
                                         "tpot",
                                         "ttft_sigma",
                                         "tpot_sigma",
                                         "tokens_ratio",
                                         "requests_per_minute",
                                         "tokens_per_minute"};
    out->use = view_text(view, "use");
    out->place = view_place(view, "use");
    read_precisions(view, out);
    out->tokens_ratio = view_number(view, "tokens_ratio");
    out->serving.model = out->use;
    out->serving.precision = out->precisions[0];
    out->serving.ttft_s = view_number(view, "ttft");
    out->serving.ttft_sigma = view_number(view, "ttft_sigma");
    out->serving.tpot_s = view_number(view, "tpot");
    out->serving.tpot_sigma = view_number(view, "tpot_sigma");
    out->serving.requests_per_minute = view_number(view, "requests_per_minute") * 60;
    out->serving.tokens_per_minute = view_number(view, "tokens_per_minute") * 60;
    for (int i = 0; i < COUNT_OF(of_api); i++)
        if (view_get(view, "precision") && view_get(view, of_api[i])) {
            mistakes_at(view.mistakes, view_key_place(view, "precision"),
                        "take it out, or write two entries",
                        "a token API has no 'precision', and '%s' is for token APIs", of_api[i]);
            break;
        }
}

/* ---- places to run ---- */

static void read_run_on(struct view view, struct run_on *out) {
    static const char *const kinds[] = {"instance", "function"};
    static const char *const of_instance[] = {"tensor_parallel", "replicas_per_instance",
                                              "tokens_per_step", "sequences",
                                              "kv_blocks",       "batch",
                                              "batch_wait"};
    static const char *const of_function[] = {"memory", "cold_start", "keep_alive", "concurrency"};
    int kind = view_only_one(view, kinds, COUNT_OF(kinds));
    out->is_function = kind == 1;
    out->sku = kind >= 0 ? view_text(view, kinds[kind]) : "";
    out->place = kind >= 0 ? view_place(view, kinds[kind]) : (struct place){0};
    if (kind == 0)
        view_refuse(view, of_function, COUNT_OF(of_function), "functions");
    if (kind == 1)
        view_refuse(view, of_instance, COUNT_OF(of_instance), "instances");
    out->serving = (struct serving_options){
        .tensor_parallel = view_int(view, "tensor_parallel"),
        .replicas_per_instance = view_int(view, "replicas_per_instance"),
        .tokens_per_step_max = view_int(view, "tokens_per_step"),
        .sequences_max = view_int(view, "sequences"),
        .kv_blocks = view_int(view, "kv_blocks"),
        .batch_max = view_int(view, "batch"),
        .batch_wait_s = view_number(view, "batch_wait"),
        .memory_mb = view_int(view, "memory"),
        .cold_start_s = view_number(view, "cold_start"),
        .keep_alive_s = view_number(view, "keep_alive"),
        .concurrency_max = view_int(view, "concurrency"),
    };
}

/* ---- one workload ---- */

/* Names of token APIs have a folder ("bedrock/..."); everything else needs a place to run. */
static bool needs_run_on(const struct workload *workload) {
    for (int i = 0; i < workload->n_models; i++)
        if (!strchr(workload->models[i].use, '/'))
            return true;
    return false;
}

static void read_regions(struct view view, struct workload *out) {
    static const char key[] = "regions";
    int n = view_count(view, key);
    const char **regions = arena_new(view.arena, const char *, n);
    struct place *places = arena_new(view.arena, struct place, n);
    for (int i = 0; i < n; i++) {
        const struct tree *tree = view_value(view, key, i);
        struct scalar scalar;
        bool twice = false;
        if (!view_scalar(view, key, tree, &scalar))
            continue;
        for (int j = 0; j < out->n_regions; j++)
            twice = twice || strcmp(regions[j], scalar.text) == 0;
        if (twice) {
            mistakes_at(view.mistakes, tree->place, "keep one of them", "'%s.%s' names '%s' twice",
                        view.path, key, scalar.text);
            continue;
        }
        regions[out->n_regions] = scalar.text;
        places[out->n_regions++] = tree->place;
    }
    out->regions = regions;
    out->region_places = places;
}

static void read_tags(struct view view, struct workload *out) {
    const struct tree *tree = view_get(view, "tags");
    if (!tree || tree->kind != YAML_NODE_MAP)
        return;
    const char *(*tags)[2] = arena_alloc(view.arena, (size_t)tree->n, sizeof *tags);
    for (int i = 0; i < tree->n; i++) {
        struct scalar scalar;
        if (!view_scalar(view, "tags", tree->items[i], &scalar))
            continue;
        tags[out->n_tags][0] = tree->items[i]->name;
        tags[out->n_tags++][1] = scalar.text;
    }
    out->tags = (const char *const(*)[2])tags;
}

static void read_workload(struct view view, const struct scenario *scenario, struct workload *out) {
    int n_models = view_count(view, "models"), n_run_on = view_count(view, "run_on");
    struct model_use *models = arena_new(view.arena, struct model_use, n_models);
    struct run_on *run_on = arena_new(view.arena, struct run_on, n_run_on);
    out->name = view_text(view, "name");
    out->place = view_place(view, "name");
    read_demand(view_map(view, "demand"), scenario, &out->demand);
    read_slo(view_map(view, "slo"), &out->slo);
    out->slo_place = view_key_place(view, "slo");
    for (int i = 0; i < n_models; i++)
        read_model(view_item(view, "models", i), &models[i]);
    for (int i = 0; i < n_run_on; i++)
        read_run_on(view_item(view, "run_on", i), &run_on[i]);
    out->n_models = n_models;
    out->models = models;
    out->n_run_on = n_run_on;
    out->run_on = run_on;
    if (n_models > 0 && needs_run_on(out))
        view_need(view, "run_on", "a model of the catalogue needs a place to run");
    read_regions(view, out);
    read_tags(view, out);
}

void scenario_workloads(struct view root, struct scenario *out) {
    int n = view_count(root, "workloads");
    struct workload *workloads = arena_new(root.arena, struct workload, n);
    for (int i = 0; i < n; i++) {
        read_workload(view_item(root, "workloads", i), out, &workloads[i]);
        for (int j = 0; j < i; j++)
            if (workloads[i].place.node && strcmp(workloads[i].name, workloads[j].name) == 0) {
                mistakes_at(root.mistakes, workloads[i].place, "give each workload its own name",
                            "two workloads have the name '%s'", workloads[i].name);
                break;
            }
    }
    out->n_workloads = n;
    out->workloads = workloads;
}
