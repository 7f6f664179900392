/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_workload.h"

#include <math.h>
#include <string.h>

#include "scenarios/scenario_finance.h"
#include "scenarios/scenario_flow.h"
#include "scenarios/scenario_front.h"
#include "scenarios/scenario_outlook.h"
#include "scenarios/scenario_rollout.h"
#include "scenarios/scenario_serverless.h"

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
    else if (out->median > 0 && (out->median < out->min || out->median > out->max))
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

enum { SOURCE_TRACE, SOURCE_HOURLY, SOURCE_GENERATE, SOURCE_MIX };

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

/* Hour 0 is Monday 00:00; the multipliers are scaled so that `rate`, or what the drivers say, is
 * the mean of the week. */
static void read_week(struct view view, double driven, double rates[HOURS_PER_WEEK]) {
    double weekday[24], weekend[24], sum = 0;
    double rate = driven > 0 ? driven : view_number(view, "rate");
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

static void read_generate(struct view view, bool drivers, double driven, struct traffic *out) {
    if (!drivers)
        view_need(view, "rate", "it is the mean of the week");
    else if (view.map && view_get(view, "rate"))
        mistakes_at(view.mistakes, view_key_place(view, "rate"), "keep one of them",
                    "'drivers' and 'generate.rate' both say how much there is");
    *out = (struct traffic){.kind = TRAFFIC_GENERATED,
                            .name = "generated",
                            .format = "generated",
                            .days = 7,
                            .seed = (uint64_t)view_number(view, "seed")};
    read_week(view, driven, out->rate_per_second);
    read_burstiness(view_map(view, "burstiness"), &out->burstiness);
    read_length(view, "input", 1, &out->input);
    read_length(view, "output", 0, &out->output);
}

static struct place place_if_given(struct view view, const char *key) {
    return view_get(view, key) ? view_key_place(view, key) : (struct place){0};
}

/* What files of some formats do not say: lengths, and how requests fall inside an hour. Which
 * formats those are is known when the file is read. */
static void read_beside_file(struct view view, struct demand_spec *out) {
    static const char *const ways[] = {"tokens", "lengths"};
    struct view tokens = view_map(view, "tokens");
    out->generate =
        (struct traffic){.kind = TRAFFIC_GENERATED, .seed = (uint64_t)view_number(view, "seed")};
    out->lengths = view_text(view, "lengths");
    out->lengths_place = place_if_given(view, "lengths");
    out->tokens_place = place_if_given(view, "tokens");
    out->burstiness_place = place_if_given(view, "burstiness");
    out->seed_place = place_if_given(view, "seed");
    if (out->burstiness_place.node)
        read_burstiness(view_map(view, "burstiness"), &out->generate.burstiness);
    if (out->tokens_place.node && out->lengths_place.node)
        view_only_one(view, ways, COUNT_OF(ways));
    if (!out->tokens_place.node)
        return;
    read_length(tokens, "input", 1, &out->generate.input);
    read_length(tokens, "output", 0, &out->generate.output);
}

static void read_priorities(struct view view, struct traffic *out) {
    static const char key[] = "priorities";
    int n = view_count(view, key), n_read = 0;
    double sum = 0;
    for (int i = 0; i < n && i < PRIORITIES_MAX; i++) {
        struct scalar scalar;
        if (!view_scalar(view, key, view_value(view, key, i), &scalar))
            continue;
        out->priority_share[n_read++] = scalar.number;
        sum += scalar.number;
    }
    out->n_priorities = n_read;
    if (n > 0 && n_read == n && fabs(sum - 1) > 1e-9)
        mistakes_at(view.mistakes, view_key_place(view, key),
                    "write for example priorities: [20%, 80%]",
                    "'%s.%s' add up to %.10g%%, expected 100%%", view.path, key, 100 * sum);
}

/* Of the keys, the one that says where requests come from; its index in kinds[].
 *
 *  @param of_all  of the workload, which may have drivers; not of a stream of a mix */
static void read_source(struct view view, const struct scenario *scenario, int kind,
                        const char *key, bool of_all, struct demand_spec *out) {
    static const char *const of_files[] = {"tokens", "lengths", "burstiness", "seed"};
    static const char *const of_series[] = {"values", "per_instance_hour"};
    out->path = out->relative_to = out->lengths = "";
    if (kind == SOURCE_TRACE || kind == SOURCE_HOURLY) {
        out->kind = kind == SOURCE_TRACE ? DEMAND_TRACE : DEMAND_HOURLY;
        out->path = view_text(view, key);
        out->path_place = view_place(view, key);
        out->relative_to = scenario_relative_to(scenario, out->path_place);
        read_beside_file(view, out);
    } else if (kind >= 0) {
        view_refuse(view, of_files, COUNT_OF(of_files), "demand from a file");
    }
    if (kind == SOURCE_HOURLY) {
        out->values = (enum trace_values)(view_choice(view, "values") + 1);
        out->per_instance_hour =
            view_get(view, "per_instance_hour") ? view_number(view, "per_instance_hour") : 0;
        out->per_instance_hour_place = view_place(view, "per_instance_hour");
        if (!out->lengths_place.node)
            view_need(view, "tokens", "a series does not tell the lengths of requests");
    } else if (kind >= 0) {
        view_refuse(view, of_series, COUNT_OF(of_series), "hourly demand");
    }
    if (kind == SOURCE_GENERATE) {
        out->kind = DEMAND_GENERATE;
        bool drivers = of_all && view_map(view, "drivers").map;
        double driven = drivers ? scenario_driven_rate(view) : 0;
        read_generate(view_map(view, "generate"), drivers, driven, &out->generate);
    }
}

/* What ranges alone do not say: a busy share needs burstiness, and the like. */
static void check_generate(struct view view, const struct demand_spec *demand) {
    struct err err = {0};
    if (demand->kind == DEMAND_GENERATE && view.mistakes->n_total == 0 &&
        !traffic_check(&demand->generate, &err))
        mistakes_at(view.mistakes, view_key_place(view, "generate"), err.hint, "%s", err.what);
}

static void read_stream(struct view view, const struct scenario *scenario,
                        struct stream_spec *out) {
    static const char *const kinds[] = {"trace", "hourly", "generate"};
    struct view slo = view_map(view, "slo");
    int kind = view_only_one(view, kinds, COUNT_OF(kinds));
    out->name = view_text(view, "name");
    out->place = view_place(view, "name");
    out->priority = view_int(view, "priority");
    read_source(view, scenario, kind, kind >= 0 ? kinds[kind] : "", false, &out->demand);
    check_generate(view, &out->demand);
    out->slo = (struct slo){.ttft_s = view_number(slo, "ttft"),
                            .tpot_s = view_number(slo, "tpot"),
                            .latency_s = view_number(slo, "latency")};
    out->tags = scenario_tags(view, &out->n_tags);
}

static void read_mix(struct view view, const struct scenario *scenario, struct demand_spec *out) {
    int n = view_count(view, "mix");
    struct stream_spec *streams = arena_new(view.arena, struct stream_spec, n);
    out->kind = DEMAND_MIX;
    for (int i = 0; i < n; i++) {
        read_stream(view_item(view, "mix", i), scenario, &streams[i]);
        for (int j = 0; j < i; j++)
            if (streams[i].place.node && strcmp(streams[i].name, streams[j].name) == 0)
                mistakes_at(view.mistakes, streams[i].place, "give each stream its own name",
                            "two streams have the name '%s'", streams[i].name);
    }
    out->n_streams = n < STREAMS_MAX ? n : STREAMS_MAX;
    out->streams = streams;
}

static void read_demand(struct view view, const struct scenario *scenario,
                        struct demand_spec *out) {
    static const char *const kinds[] = {"trace", "hourly", "generate", "mix"};
    static const char *const of_users[] = {"trace", "hourly", "generate", "mix", "drivers"};
    static const char *const of_one[] = {"priorities", "flow"};
    struct view flow = view_map(view, "flow");
    bool users = flow.map && view_get(flow, "users");
    int kind = -1;
    if (users)
        view_refuse(view, of_users, COUNT_OF(of_users), "flows without users");
    else
        kind = view_only_one(view, kinds, COUNT_OF(kinds));
    read_source(view, scenario, kind, kind >= 0 ? kinds[kind] : "", true, out);
    scenario_outlook(view, scenario, out);
    if (users) {
        out->kind = DEMAND_USERS;
        out->generate.seed = 1;
    }
    if (flow.map)
        scenario_flow(flow, out);
    read_priorities(view, &out->generate);
    if (kind == SOURCE_MIX) {
        view_refuse(view, of_one, COUNT_OF(of_one), "demand that is no mix");
        read_mix(view, scenario, out);
    }
    check_generate(view, out);
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
    out->task_s = view_get(view, "task") ? view_number(view, "task") : 0;
    out->share = said.key ? said.share : view_number(view, "share");
    out->over = (enum slo_window)view_choice(view, "over");
}

/* ---- models ---- */

/* Number formats of one key, each once; the default when none is given. */
static int read_formats(struct view view, const char *key, enum precision *out, int n_max) {
    int n = view_count(view, key), n_read = 0;
    out[0] =
        (enum precision)view_choice((struct view){view.arena, view.mistakes, NULL, view.path}, key);
    if (n == 0 || n > n_max)
        return 1;
    for (int i = 0; i < n; i++) {
        struct scalar scalar;
        const struct tree *tree = view_value(view, key, i);
        bool twice = false;
        if (!view_scalar(view, key, tree, &scalar))
            continue;
        for (int j = 0; j < n_read; j++)
            twice = twice || out[j] == (enum precision)scalar.choice;
        if (twice)
            mistakes_at(view.mistakes, tree->place, "keep one of them", "'%s.%s' names '%s' twice",
                        view.path, key, mistakes_shown(view.arena, tree->text));
        else
            out[n_read++] = (enum precision)scalar.choice;
    }
    return n_read;
}

static void read_lora(struct view view, struct serving_options *out) {
    if (!view.map)
        return;
    out->adapters = view_int(view, "adapters");
    out->adapters_resident = view_int(view, "resident");
    out->adapter_rank = view_int(view, "rank");
    out->adapter_skew = view_number(view, "skew");
    if (out->adapters > 0 && out->adapters_resident > out->adapters)
        mistakes_at(view.mistakes, view_place(view, "resident"),
                    arena_printf(view.arena, "write resident: %d or less", (int)out->adapters),
                    "'%s.resident' is %d, and there are %d adapters", view.path,
                    (int)out->adapters_resident, (int)out->adapters);
}

static void check_token_api(struct view view) {
    static const char *const of_model[] = {"precision", "kv", "lora"};
    const char *told = scenario_token_api_key(view);
    for (int i = 0; told && i < COUNT_OF(of_model); i++)
        if (view_get(view, of_model[i]))
            mistakes_at(view.mistakes, view_key_place(view, of_model[i]),
                        "take it out, or write two entries",
                        "a token API has no '%s', and '%s' is for token APIs", of_model[i], told);
}

static void read_model(struct view view, struct model_use *out) {
    static const enum precision kv_formats[] = {PRECISION_BF16, PRECISION_FP8};
    out->use = view_text(view, "use");
    out->place = view_place(view, "use");
    out->n_precisions = read_formats(view, "precision", out->precisions, PRECISIONS);
    out->n_kv = read_formats(view, "kv", out->kv, COUNT_OF(out->kv));
    for (int i = 0; i < out->n_kv; i++)
        out->kv[i] = kv_formats[(int)out->kv[i]];
    out->quality = view_text(view, "quality");
    out->one_off_usd = view_number(view, "one_off");
    out->tokens_ratio = view_number(view, "tokens_ratio");
    out->serving.model = out->use;
    out->serving.precision = out->precisions[0];
    scenario_token_api(view, &out->serving);
    out->api_key = scenario_token_api_key(view);
    if (out->api_key)
        out->api_place = view_key_place(view, out->api_key);
    read_lora(view_map(view, "lora"), &out->serving);
    check_token_api(view);
}

/* ---- engines ---- */

/* In the order of the table; "on" is 0. */
static const char *const engine_keys[] = {"tokens_per_step", "sequences",   "context",
                                          "chunked_prefill", "admission",   "reserve",
                                          "prefix_caching",  "cuda_graphs", "async_scheduling",
                                          "step_overhead",   "memory_share"};

/* The knobs that a map gives (`all`: with the table's defaults for the others) over those in *out.
 */
static void read_engine(struct view view, bool all, struct serving_options *out) {
    bool is[COUNT_OF(engine_keys)];
    for (int i = 0; i < COUNT_OF(engine_keys); i++)
        is[i] = all || view_get(view, engine_keys[i]);
    if (is[0])
        out->tokens_per_step_max = view_int(view, "tokens_per_step");
    if (is[1])
        out->sequences_max = view_int(view, "sequences");
    if (is[2])
        out->context_max = view_int(view, "context");
    if (is[3])
        out->whole_prompts = view_choice(view, "chunked_prefill") == 1;
    if (is[4])
        out->admission = view_choice(view, "admission") == 1 ? ADMISSION_PRIORITY : ADMISSION_FCFS;
    if (is[5])
        out->reserve_first_chunk = view_choice(view, "reserve") == 1;
    if (is[6])
        out->no_prefix_caching = view_choice(view, "prefix_caching") == 1;
    if (is[7])
        out->no_graphs = view_choice(view, "cuda_graphs") == 1;
    if (is[8])
        out->no_async_scheduling = view_choice(view, "async_scheduling") == 1;
    if (is[9])
        out->step_overhead_s =
            view_get(view, "step_overhead") ? view_number(view, "step_overhead") : NAN;
    if (is[10])
        out->memory_share = view_number(view, "memory_share");
}

/* Classes of priority that no engine looks at would change nothing. */
static void check_priorities(struct view demand, const struct workload *workload) {
    bool any = false;
    for (int i = 0; i < workload->n_run_on; i++)
        any = any || (!workload->run_on[i].is_function &&
                      workload->run_on[i].serving.admission == ADMISSION_PRIORITY);
    if (workload->demand.generate.n_priorities > 1 && !any)
        mistakes_at(demand.mistakes, view_key_place(demand, "priorities"),
                    "write engine: { admission: priority }, or take the priorities out",
                    "no engine of the workload looks at its priorities");
    for (int i = 0; i < workload->demand.n_streams && !any; i++)
        if (workload->demand.streams[i].priority > 0)
            mistakes_at(demand.mistakes, view_key_place(view_item(demand, "mix", i), "priority"),
                        "write engine: { admission: priority }, or take the priority out",
                        "no engine of the workload looks at the priority of a stream");
}

static void check_engine(struct view view, const struct workload *workload) {
    static const char key[] = "engine";
    bool any = false;
    for (int i = 0; i < workload->n_run_on; i++)
        any = any || !workload->run_on[i].is_function;
    if (view_get(view, key) && !any)
        mistakes_at(view.mistakes, view_key_place(view, key), "take it out",
                    "'%s.%s' is for instances, and run_on has none", view.path, key);
}

/* ---- places to run ---- */

static void read_split(struct view view, struct serving_options *out) {
    if (!view.map)
        return;
    out->split_prefill = view_int(view, "prefill");
    out->split_decode = view_int(view, "decode");
    out->split_link_bytes_per_s = view_number(view, "link");
}

/* The first of these keys that is given, and where; "" : none. */
static const char *first_key(struct view view, const char *const *keys, int n,
                             struct place *place) {
    for (int i = 0; i < n; i++)
        if (view_get(view, keys[i])) {
            *place = view_key_place(view, keys[i]);
            return keys[i];
        }
    return "";
}

/* As vLLM: a step holds at least one token of each of its sequences. */
static void check_budget(struct view view, const struct serving_options *engine) {
    static const char *const keys[] = {"sequences", "tokens_per_step"};
    struct place place;
    if (engine->tokens_per_step_max > 0 && engine->sequences_max > engine->tokens_per_step_max &&
        first_key(view, keys, COUNT_OF(keys), &place)[0])
        mistakes_at(view.mistakes, place, "take fewer sequences or more tokens_per_step",
                    "%d sequences do not fit into a step of %d tokens: each takes one or more",
                    (int)engine->sequences_max, (int)engine->tokens_per_step_max);
}

static void read_run_on(struct view view, const struct serving_options *engine,
                        struct run_on *out) {
    static const char *const kinds[] = {"instance", "function"};
    static const char *const of_instance[] = {
        "tensor_parallel", "replicas_per_instance", "kv_blocks", "batch", "batch_wait", "split"};
    static const char *const of_batches[] = {"batch", "batch_wait"};
    int kind = view_only_one(view, kinds, COUNT_OF(kinds));
    out->is_function = kind == 1;
    out->sku = kind >= 0 ? view_text(view, kinds[kind]) : "";
    out->place = kind >= 0 ? view_place(view, kinds[kind]) : (struct place){0};
    if (kind == 0)
        scenario_refuse_function(view);
    if (kind == 1) {
        view_refuse(view, of_instance, COUNT_OF(of_instance), "instances");
        view_refuse(view, engine_keys, COUNT_OF(engine_keys), "instances");
    }
    if (kind == 0) {
        out->serving = *engine;
        read_engine(view, false, &out->serving);
        check_budget(view, &out->serving);
    }
    out->engine_key = first_key(view, engine_keys, COUNT_OF(engine_keys), &out->engine_place);
    out->batch_key = first_key(view, of_batches, COUNT_OF(of_batches), &out->batch_place);
    out->serving.tensor_parallel = view_int(view, "tensor_parallel");
    out->serving.replicas_per_instance = view_int(view, "replicas_per_instance");
    out->serving.kv_blocks = view_int(view, "kv_blocks");
    out->serving.batch_max = view_int(view, "batch");
    out->serving.batch_wait_s = view_number(view, "batch_wait");
    scenario_function(view, &out->serving);
    out->split_place = view_key_place(view, "split");
    read_split(view_map(view, "split"), &out->serving);
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

/* What a flow answers its users with is not what its calls answer. */
static struct answers_spec read_answers(struct view view, bool flow) {
    static const char *const ways[] = {"internet", "cross-zone", "cross-region", "nat-gateway"};
    if (!view.map)
        return (struct answers_spec){0};
    if (flow)
        mistakes_at(view.mistakes, view_key_place(view, "over"), "take it out",
                    "what the calls of demand.flow answer stays inside");
    int way = view_choice(view, "over");
    static const char *const to[] = {"to"};
    if (way != 2)
        view_refuse(view, to, 1, "over: cross-region");
    const double mib = 1048576;
    return (struct answers_spec){.over = ways[way < 0 ? 0 : way],
                                 .bytes_per_request = view_number(view, "per_request") * mib,
                                 .bytes_per_token = view_number(view, "per_token") * mib,
                                 .to = view_get(view, "to") ? view_text(view, "to") : NULL,
                                 .place = view_key_place(view, "over"),
                                 .to_place = view_key_place(view, "to")};
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
    if (!out->demand.flow)
        view_refuse(view_map(view, "slo"), (const char *const[]){"task"}, 1,
                    "workloads with demand.flow");
    for (int i = 0; i < n_models; i++)
        read_model(view_item(view, "models", i), &models[i]);
    read_engine(view_map(view, "engine"), true, &out->engine);
    check_budget(view_map(view, "engine"), &out->engine);
    if (view_get(view, "engine"))
        out->engine_place = view_key_place(view, "engine");
    for (int i = 0; i < n_run_on; i++)
        read_run_on(view_item(view, "run_on", i), &out->engine, &run_on[i]);
    out->n_models = n_models;
    out->models = models;
    out->n_run_on = n_run_on;
    out->run_on = run_on;
    check_priorities(view_map(view, "demand"), out);
    check_engine(view, out);
    if (n_models > 0 && needs_run_on(out))
        view_need(view, "run_on", "a model of the catalogue needs a place to run");
    read_regions(view, out);
    out->tags = scenario_tags(view, &out->n_tags);
    out->value = scenario_value(view_map(view, "value"));
    out->answers = read_answers(view_map(view, "answers"), out->demand.flow != NULL);
    scenario_front(view, out);
    out->rollout = scenario_rollout(view_map(view, "rollout"));
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
