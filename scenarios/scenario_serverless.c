/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/scenario_serverless.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* ---- durations that vary ---- */

/* Shares rise from 0 to 1, seconds never fall. */
static void read_quantiles(struct view view, struct delay *out) {
    const struct tree *tree = view_get(view, "quantiles");
    struct scalar scalar;
    if (!tree || tree->kind != YAML_NODE_MAP || tree->n < 2 || tree->n > DELAY_TABLE_MAX)
        return;
    for (int i = 0; i < tree->n; i++) {
        const struct tree *item = tree->items[i];
        double p;
        if (!view_scalar(view, "quantiles", item, &scalar))
            return;
        bool share = text_parse_double(bytes_of(item->name), &p) && p >= 0 && p <= 1;
        bool ends = (i > 0 || p == 0) && (i + 1 < tree->n || p == 1);
        if (!share || !ends || (i > 0 && p <= out->p[i - 1])) {
            mistakes_at(view.mistakes, item->key,
                        "write for example quantiles: { 0: 1s, 0.5: 2s, 0.95: 6s, 1: 20s }",
                        "quantiles rise from share 0 to share 1; '%s' does not fit",
                        mistakes_shown(view.arena, bytes_of(item->name)));
            return;
        }
        if (i > 0 && scalar.number < out->seconds[i - 1]) {
            mistakes_at(view.mistakes, item->place, "a larger share cannot be shorter",
                        "durations of quantiles never fall");
            return;
        }
        out->p[i] = p;
        out->seconds[i] = scalar.number;
    }
    out->kind = DELAY_TABLE;
    out->n = tree->n;
}

void scenario_delay(struct view view, const char *key, struct delay *out) {
    static const char *const ways[] = {"median", "quantiles"};
    static const char *const lognormal[] = {"sigma"};
    const struct tree *tree = view_get(view, key);
    *out = (struct delay){0};
    if (tree && tree->kind == YAML_NODE_SCALAR)
        *out = delay_fixed(view_number(view, key));
    struct view inner = view_map(view, key);
    int way = view_only_one(inner, ways, COUNT_OF(ways));
    if (way == 0)
        *out = (struct delay){.kind = DELAY_LOGNORMAL,
                              .value_s = view_number(inner, "median"),
                              .sigma = view_number(inner, "sigma")};
    if (way == 1) {
        view_refuse(inner, lognormal, COUNT_OF(lognormal), "a median");
        read_quantiles(inner, out);
    }
}

/* ---- functions ---- */

static const char *const function_keys[] = {
    "memory", "vcpu_max", "cold_start", "keep_alive", "concurrency", "provisioned", "ramp"};

void scenario_refuse_function(struct view view) {
    view_refuse(view, function_keys, COUNT_OF(function_keys), "functions");
}

void scenario_function(struct view view, struct serving_options *out) {
    out->memory_mb = view_int(view, "memory");
    out->vcpu_max = view_number(view, "vcpu_max");
    scenario_delay(view, "cold_start", &out->cold_start);
    scenario_delay(view, "keep_alive", &out->keep_alive);
    out->concurrency_max = view_int(view, "concurrency");
    out->provisioned = view_int(view, "provisioned");
    struct view ramp = view_map(view, "ramp");
    out->ramp_copies = ramp.map ? view_int(ramp, "copies") : 0;
    out->ramp_s = ramp.map ? view_number(ramp, "every") : 0;
    if (view_get(view, "concurrency") && out->provisioned > out->concurrency_max)
        mistakes_at(view.mistakes, view_place(view, "provisioned"),
                    arena_printf(view.arena, "write provisioned: %d or less", out->concurrency_max),
                    "'%s.provisioned' is %d, and at most %d copies may run at once", view.path,
                    out->provisioned, out->concurrency_max);
}

/* ---- token APIs ---- */

const char *scenario_token_api_key(struct view view) {
    static const char *const keys[] = {"ttft",
                                       "tpot",
                                       "ttft_sigma",
                                       "tpot_sigma",
                                       "tokens_ratio",
                                       "requests_per_minute",
                                       "tokens_per_minute",
                                       "tier",
                                       "deadline",
                                       "cached_input",
                                       "units"};
    for (int i = 0; i < COUNT_OF(keys); i++)
        if (view_get(view, keys[i]))
            return keys[i];
    return NULL;
}

/* Model units have a quota of their own and no price by token. */
static void read_units(struct view view, struct serving_options *out) {
    static const char *const by_token[] = {"tokens_per_minute", "cached_input"};
    struct view units = view_map(view, "units");
    if (!offer_tier_is_provisioned(out->tier)) {
        static const char *const unit_keys[] = {"units"};
        view_refuse(view, unit_keys, 1, "provisioned tiers");
        return;
    }
    view_need(view, "units", "a provisioned tier is a number of model units");
    view_refuse(view, by_token, COUNT_OF(by_token), "tiers that are paid by token");
    out->cached_share = 0;
    out->units = view_int(units, "count");
    out->tokens_per_minute = out->units * view_number(units, "tokens_per_minute") * 60;
}

void scenario_token_api(struct view view, struct serving_options *out) {
    static const char *const of_batches[] = {"deadline"};
    out->ttft_s = view_number(view, "ttft");
    out->ttft_sigma = view_number(view, "ttft_sigma");
    out->tpot_s = view_number(view, "tpot");
    out->tpot_sigma = view_number(view, "tpot_sigma");
    out->requests_per_minute = view_number(view, "requests_per_minute") * 60;
    out->tokens_per_minute = view_number(view, "tokens_per_minute") * 60;
    out->cached_share = view_number(view, "cached_input");
    out->batch_deadline_s = view_number(view, "deadline");
    out->tier = (enum offer_tier)view_choice(view, "tier");
    if (out->tier != TIER_BATCH)
        view_refuse(view, of_batches, COUNT_OF(of_batches), "the tier batch");
    read_units(view, out);
}
