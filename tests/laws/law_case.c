/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "law_case.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenarios/study_memory.h"

/* Instance types, their on-demand price about which the book's is drawn, and whether an 8B decoder
 * fits. */
static const struct {
    const char *sku;
    int64_t usd_micro;
    bool encoder, decoder;
} types[] = {
    {"g5.xlarge", 1006000, true, true},   {"g6.xlarge", 804000, true, true},
    {"g6e.xlarge", 1861000, false, true}, {"inf2.xlarge", 758000, true, true},
    {"g4dn.xlarge", 526000, true, false}, {"inf1.xlarge", 228000, true, false},
    {"c7g.2xlarge", 290000, true, false}, {"c7g.xlarge", 145000, true, false},
    {"g5.2xlarge", 1212000, false, true}, {"g6e.12xlarge", 10493000, false, true},
};
/* Of four accelerators: engines may be split over them. */
#define SPLIT_TYPE "g6e.12xlarge"
enum { TYPES = sizeof types / sizeof types[0] };

static const char *const regions[] = {"us-east-1", "us-west-2"};

struct draw {
    struct arena *arena;
    struct rng rng;
    struct law_change change;
    struct law_node *root;
    struct text book, trace;
    bool one_at_a_time;
    int n_workloads, first_type[2]; /* [n_workloads] a type that can run the workload */
    struct law_workload workloads[2];
};

static int64_t between(struct draw *d, int64_t low, int64_t high) {
    return low + (int64_t)rng_below(&d->rng, (uint64_t)(high - low + 1));
}

static bool chance(struct draw *d, int percent) {
    return between(d, 1, 100) <= percent;
}

static const char *usd_text(struct draw *d, int64_t usd_micro) {
    usd_micro *= d->change.money;
    return arena_printf(d->arena, "%" PRId64 ".%06" PRId64, usd_micro / 1000000,
                        usd_micro % 1000000);
}

/* ---- the price book ---- */

static void price(struct draw *d, const char *thing, const char *region, const char *option,
                  const char *unit, int64_t usd_micro, const char *interruptions) {
    text_printf(&d->book, "%s,%s,%s,%s,%s,%s,published,drawn,2026-11-01\n", thing, region, option,
                unit, usd_text(d, usd_micro), interruptions);
}

static void instance_prices(struct draw *d, int type, const char *region) {
    const char *thing = arena_printf(d->arena, "instance,%s", types[type].sku);
    int64_t usd = types[type].usd_micro * between(d, 70, 140) / 100;
    static const char *const lost[] = {"", "0.05", "0.3"};
    price(d, thing, region, "on_demand,,", "hour", usd, "");
    price(d, thing, region, "spot,,", "hour", usd * between(d, 15, 80) / 100,
          lost[between(d, 0, 2)]);
    price(d, thing, region, "reserved_standard,1y,all_upfront", "hour",
          usd * between(d, 50, 75) / 100, "");
    price(d, thing, region, "reserved_standard,3y,all_upfront", "hour",
          usd * between(d, 30, 60) / 100, "");
    if (chance(d, 50))
        price(d, thing, region, "plan_compute,1y,no_upfront", "hour",
              usd * between(d, 60, 95) / 100, "");
}

static void write_book(struct draw *d) {
    text_append_string(&d->book, "headroom_price_book,1,drawn,USD\n"
                                 "kind,sku,region,option,term,payment,unit,usd,"
                                 "interruptions_per_month,status,source,as_of\n");
    for (int r = 0; r < 2; r++) {
        for (int t = 0; t < TYPES; t++)
            instance_prices(d, t, regions[r]);
        price(d, "function,lambda-arm64", regions[r], "on_demand,,", "GB-second", between(d, 5, 40),
              "");
        price(d, "function,lambda-arm64", regions[r], "on_demand,,", "1M requests",
              between(d, 100000, 400000), "");
        price(d, "token_api,api-one", regions[r], "on_demand,,", "1M input tokens",
              between(d, 50000, 5000000), "");
        price(d, "token_api,api-one", regions[r], "on_demand,,", "1M output tokens",
              between(d, 100000, 50000000), "");
    }
}

/* ---- workloads ---- */

#define PUT(map, key, ...) law_put_text(d->arena, map, key, __VA_ARGS__)

static const char *day_shape(struct draw *d) {
    struct text text = {.arena = d->arena};
    for (int h = 0; h < 24; h++)
        text_printf(&text, "%s%d", h ? ", " : "[ ", (int)between(d, 1, 9));
    text_append_string(&text, " ]");
    return text.data;
}

static struct law_node *draw_demand(struct draw *d, double rate, int input, int output) {
    struct law_node *demand = law_map(d->arena);
    struct law_node *generate = law_map_at(d->arena, demand, "generate");
    PUT(generate, "rate", "%.6f req/s", rate);
    if (chance(d, 60))
        PUT(generate, "weekday", "%s", day_shape(d));
    if (chance(d, 20))
        PUT(generate, "burstiness", "{ arrival_cv: 1.%d }", (int)between(d, 0, 9));
    if (chance(d, 50)) {
        PUT(generate, "input", "%d tokens", input);
        PUT(generate, "output", "%d tokens", output);
    } else {
        PUT(generate, "input", "{ median: %d tokens, sigma: 0.5, max: %d tokens }", input,
            2 * input);
        if (output > 0)
            PUT(generate, "output", "{ quantiles: { 0: %d, 0.7: %d, 1: %d } }", output / 2, output,
                2 * output);
        else
            PUT(generate, "output", "0 tokens");
    }
    PUT(generate, "seed", "%d", (int)between(d, 1, 999));
    if (!d->one_at_a_time && chance(d, 15))
        PUT(demand, "growth", "%d%%/month", (int)between(d, -20, 40));
    return demand;
}

/* Six hours of prompts in blocks of 512 tokens, in families that begin alike. */
static struct law_node *draw_trace(struct draw *d, double rate, int output) {
    struct law_node *demand = law_map(d->arena);
    int rows = (int)(rate * 6 * 3600), fresh = 1000;
    for (int row = 0; row < rows || row < 12; row++) {
        int blocks = (int)between(d, 1, 4), family = 10 * (int)between(d, 1, 3);
        text_printf(&d->trace,
                    "{\"timestamp\": %d, \"input_length\": %d, \"output_length\": %d, "
                    "\"hash_ids\": [",
                    row * (int)(6 * 3600000 / (rows > 12 ? rows : 12)),
                    512 * blocks - (int)between(d, 0, 500), (int)between(d, output / 2, output));
        for (int block = 0; block < blocks; block++)
            text_printf(&d->trace, "%s%d", block ? ", " : "", block < 3 ? family + block : fresh++);
        text_append_string(&d->trace, "]}\n");
    }
    PUT(demand, "trace", "trace.jsonl");
    return demand;
}

/* Types in random order, those that suit: the first of them runs today's fleet. */
static int draw_types(struct draw *d, bool decoder, int wanted, int *chosen) {
    int order[TYPES], n = 0;
    for (int t = 0; t < TYPES; t++) {
        int at = (int)between(d, 0, t);
        order[t] = order[at];
        order[at] = t;
    }
    for (int t = 0; t < TYPES && n < wanted; t++)
        if (decoder ? types[order[t]].decoder : types[order[t]].encoder)
            chosen[n++] = order[t];
    return n;
}

static void draw_instances(struct draw *d, struct law_node *run_on, bool decoder, int sequences) {
    int chosen[TYPES] = {0};
    int wanted = d->one_at_a_time || chance(d, 75) ? 1 : chance(d, 85) ? 2 : 3;
    int n = draw_types(d, decoder, wanted, chosen);
    d->first_type[d->n_workloads] = chosen[0];
    for (int i = 0; i < n; i++) {
        struct law_node *on = law_map(d->arena);
        PUT(on, "instance", "%s", types[chosen[i]].sku);
        if (decoder)
            PUT(on, "sequences", "%d", sequences);
        else if (chance(d, 30))
            PUT(on, "batch", "%d", (int)between(d, 1, 16));
        bool split = decoder && strcmp(types[chosen[i]].sku, SPLIT_TYPE) == 0;
        if (split && !d->one_at_a_time && chance(d, 70))
            PUT(on, "split", "%s",
                chance(d, 50) ? "{ prefill: 1, decode: 3 }" : "{ prefill: 2, decode: 2 }");
        law_add(run_on, on);
    }
}

static void draw_encoder(struct draw *d, struct law_node *workload) {
    static const char *const models[] = {"bert-base", "all-minilm-l6-v2", "bge-base-en-v1.5"};
    law_put(workload, "demand",
            draw_demand(d, 0.001 * (double)between(d, 1, 20), (int)between(d, 16, 250), 0));
    PUT(workload, "slo", "{ latency: %dms, share: %d%% }", (int)between(d, 200, 3000),
        (int)between(d, 80, 99));
    PUT(workload, "models", "[ { use: %s } ]", models[between(d, 0, 2)]);
    struct law_node *run_on = law_map_at(d->arena, workload, "run_on");
    draw_instances(d, run_on, false, 0);
    if (chance(d, 20)) {
        struct law_node *on = law_map(d->arena);
        PUT(on, "function", "lambda-arm64");
        PUT(on, "memory", "%d MB", (int)between(d, 8, 40) * 128);
        PUT(on, "cold_start", "%dms", (int)between(d, 100, 3000));
        law_add(run_on, on);
    }
}

static void switch_off(struct draw *d, struct law_node *map, const char *key, int percent) {
    if (chance(d, percent))
        PUT(map, key, "off");
}

/* Knobs of the engine, each now and then. */
static void draw_engine(struct draw *d, struct law_node *workload, struct law_node *demand) {
    struct law_node *engine = law_map(d->arena);
    if (chance(d, 30)) {
        int urgent = (int)between(d, 5, 60);
        PUT(demand, "priorities", "[ %d%%, %d%% ]", urgent, 100 - urgent);
        PUT(engine, "admission", "priority");
    }
    if (chance(d, 20))
        PUT(engine, "chunked_prefill", "off");
    else if (chance(d, 25))
        PUT(engine, "tokens_per_step", "%d tokens", 64 * (int)between(d, 1, 32));
    if (chance(d, 15))
        PUT(engine, "context", "%d tokens", 1024 * (int)between(d, 5, 16));
    if (chance(d, 20))
        PUT(engine, "reserve", "first_chunk");
    if (chance(d, 15))
        PUT(engine, "step_overhead", "%d.%dms", (int)between(d, 0, 2), (int)between(d, 0, 9));
    if (chance(d, 15))
        PUT(engine, "memory_share", "%d%%", (int)between(d, 80, 97));
    switch_off(d, engine, "prefix_caching", 20);
    switch_off(d, engine, "cuda_graphs", 20);
    switch_off(d, engine, "async_scheduling", 20);
    if (engine->n)
        law_put(workload, "engine", engine);
}

/* Formats and adapters of the model. */
static void draw_variant(struct draw *d, struct law_node *use) {
    static const char *const formats[] = {"fp8", "int8", "[ bf16, fp8 ]", "[ bf16, int8, int4 ]"};
    if (chance(d, 25))
        PUT(use, "precision", "%s", formats[between(d, 0, 3)]);
    if (chance(d, 15))
        PUT(use, "kv", "%s", chance(d, 50) ? "fp8" : "[ bf16, fp8 ]");
    if (chance(d, 20)) {
        int adapters = (int)between(d, 1, 12);
        PUT(use, "lora", "{ adapters: %d, resident: %d, rank: %d, skew: 0.%d }", adapters,
            (int)between(d, 1, adapters), 8 * (int)between(d, 1, 4), (int)between(d, 0, 9));
    }
}

/* About 35 ms a token: a replica carries about sequences / (0.035 x output) requests a second. */
static void draw_decoder(struct draw *d, struct law_node *workload) {
    int sequences = d->one_at_a_time ? 1 : (int)between(d, 1, 4);
    int output = (int)between(d, 300, 1500);
    double alone_s = 0.035 * output;
    double load =
        d->one_at_a_time ? 0.01 * (double)between(d, 40, 180) : 0.1 * (double)between(d, 2, 30);
    double rate = load / alone_s; /* `load` replicas busy, were all requests served alone */
    rate = rate < 0.045 ? rate : 0.045;
    bool traced = !d->one_at_a_time && d->trace.n == 0 && chance(d, 20);
    struct law_node *demand = traced ? draw_trace(d, rate, output)
                                     : draw_demand(d, rate, (int)between(d, 16, 500), output);
    law_put(workload, "demand", demand);
    if (!d->one_at_a_time)
        draw_engine(d, workload, demand);
    PUT(workload, "slo", "{ %s: %.1fs, share: %d%% }", chance(d, 70) ? "latency" : "ttft",
        alone_s * 0.5 * (double)between(d, 4, 12), (int)between(d, 70, 97));
    struct law_node *models = law_map_at(d->arena, workload, "models"), *use = law_map(d->arena);
    PUT(use, "use", chance(d, 60) ? "llama-3.1-8b" : "qwen3-8b");
    if (!d->one_at_a_time)
        draw_variant(d, use);
    law_add(models, use);
    d->workloads[d->n_workloads].decoder = true;
    if (!d->one_at_a_time && chance(d, 30)) {
        d->workloads[d->n_workloads].api = true;
        struct law_node *api = law_map(d->arena);
        PUT(api, "use", "api-one");
        PUT(api, "ttft", "%dms", (int)between(d, 100, 2000));
        PUT(api, "tpot", "%dms", (int)between(d, 5, 30));
        PUT(api, "ttft_sigma", "0.%d", (int)between(d, 0, 9));
        PUT(api, "tokens_ratio", "1.%d", (int)between(d, 0, 5));
        if (chance(d, 50))
            PUT(api, "requests_per_minute", "%d req/min", (int)between(d, 1, 30));
        law_add(models, api);
    }
    draw_instances(d, law_map_at(d->arena, workload, "run_on"), true, sequences);
}

static void draw_workload(struct draw *d) {
    struct law_node *workload = law_map(d->arena);
    PUT(workload, "name", "work%d", d->n_workloads);
    if (d->one_at_a_time || chance(d, 60))
        draw_decoder(d, workload);
    else
        draw_encoder(d, workload);
    PUT(workload, "regions", "%s",
        d->n_workloads == 0 && !d->one_at_a_time && chance(d, 4) ? "[ us-east-1, us-west-2 ]"
                                                                 : "[ us-east-1 ]");
    law_add(law_map_at(d->arena, d->root, "workloads"), workload);
    d->workloads[d->n_workloads].node = workload;
    d->workloads[d->n_workloads].sku = types[d->first_type[d->n_workloads]].sku;
    d->n_workloads++;
}

/* ---- the estate ---- */

static void draw_today(struct draw *d) {
    struct law_node *fleet = law_map_at(d->arena, law_map_at(d->arena, d->root, "today"), "fleet");
    for (int w = 0; w < d->n_workloads; w++) {
        struct law_node *row = law_map(d->arena);
        PUT(row, "instance", "%s", types[d->first_type[w]].sku);
        PUT(row, "count", "%d", d->change.fleet * (int)between(d, 1, d->one_at_a_time ? 2 : 4));
        PUT(row, "workload", "work%d", w);
        if (!d->one_at_a_time && chance(d, 20))
            PUT(row, "option", "spot");
        law_add(fleet, row);
    }
}

static void draw_owned(struct draw *d) {
    static const char *const ends[] = {"2026-12-20", "2027-01-25", "2027-12-01", "2029-06-30"};
    struct law_node *owned = law_map_at(d->arena, law_map_at(d->arena, d->root, "estate"), "owned");
    struct law_node *row = law_map(d->arena);
    if (chance(d, 50)) {
        PUT(row, "savings_plan", "compute");
        PUT(row, "commitment", "%s USD/h", usd_text(d, between(d, 50000, 2000000)));
    } else {
        PUT(row, "reserved", "standard");
        PUT(row, "instance", "%s", types[d->first_type[0]].sku);
        PUT(row, "count", "%d", (int)between(d, 1, 3));
        if (chance(d, 50))
            PUT(row, "rate", "%s USD/h", usd_text(d, between(d, 100000, 900000)));
    }
    PUT(row, "ends", "%s", ends[between(d, 0, 3)]);
    law_add(owned, row);
}

static void draw_quotas(struct draw *d) {
    static const char *const groups[] = {"G",      "Inf",      "Standard",
                                         "G spot", "Inf spot", "Standard spot"};
    bool bound[6];
    for (int g = 0; g < 6; g++)
        bound[g] = chance(d, 8);
    for (int g = 0; g < 6; g++) {
        int vcpu = 4 * (int)between(d, 2, 16);
        if (!bound[g] && !d->change.free_quotas)
            continue;
        struct law_node *estate = law_map_at(d->arena, d->root, "estate");
        PUT(law_map_at(d->arena, estate, "quotas"), groups[g], "%d vCPU",
            bound[g] ? vcpu : 10000000);
    }
}

static void draw_purchase(struct draw *d) {
    struct law_node *purchase = law_map_at(d->arena, d->root, "purchase");
    law_add_text(d->arena, purchase, "on_demand");
    if (chance(d, 50))
        law_add_text(d->arena, purchase, "spot");
    if (chance(d, 50))
        law_add_text(d->arena, purchase, "{ savings_plan: compute, term: [1y, 3y] }");
    if (chance(d, 30))
        law_add_text(d->arena, purchase,
                     "{ savings_plan: ec2, payment: [no_upfront, partial_upfront] }");
    if (chance(d, 60))
        law_add_text(d->arena, purchase,
                     chance(d, 50) ? "{ reserved: standard, term: [1y, 3y], payment: all_upfront }"
                                   : "{ reserved: standard, payment: [no_upfront, all_upfront] }");
}

static void draw_policy(struct draw *d) {
    static const char *const terms[] = {"none", "1y", "3y"};
    struct law_node *policy = law_map(d->arena);
    if (chance(d, 60))
        PUT(policy, "max_term", "%s", terms[between(d, 0, 2)]);
    if (chance(d, 30))
        PUT(policy, "coverage_max", "%d%%", (int)between(d, 10, 100));
    if (chance(d, 25))
        PUT(policy, "upfront_max", "0 USD");
    else if (chance(d, 30))
        PUT(policy, "upfront_max", "%s USD", usd_text(d, between(d, 1000, 20000) * 1000000));
    if (chance(d, 50))
        PUT(policy, "spot_share_max", "%d%%", (int)between(d, 0, 100));
    if (chance(d, 30))
        PUT(policy, "spot_derating", "%d%%", (int)between(d, 60, 100));
    if (policy->n)
        law_put(d->root, "policy", policy);
    if (chance(d, 20))
        PUT(law_map_at(d->arena, d->root, "estate"), "discounts",
            "[ { applies_to: [ec2], rate: %d%% } ]", (int)between(d, 1, 30));
}

/* Of draws of its own, so that the others stay. A flow's calls answer nobody. */
static void draw_answers(struct draw *d, uint64_t seed, uint64_t number) {
    struct rng rng = rng_open(seed, number, RNG_TEST, 4);
    bool any = rng_below(&rng, 8) == 0;
    for (int r = 0; any && r < 2; r++)
        price(d, "transfer,internet", regions[r], "on_demand,,", "GB",
              50000 + (int64_t)rng_below(&rng, 100000), "");
    for (int w = 0; w < d->n_workloads; w++)
        if (any && !law_has(law_map_at(d->arena, d->workloads[w].node, "demand"), "flow"))
            PUT(d->workloads[w].node, "answers",
                "{ over: internet, per_request: %d KB, per_token: %d B }",
                (int)rng_below(&rng, 20000), (int)rng_below(&rng, 2000));
}

static void draw_scenario(struct draw *d) {
    static const char *const boots[] = {"0s", "30s", "3min", "20min"};
    PUT(d->root, "headroom", "1");
    PUT(d->root, "name", "drawn");
    PUT(d->root, "prices", "book.csv");
    int months = chance(d, 80) ? 1 : (int)between(d, 2, 3);
    PUT(d->root, "horizon", "{ start: 2026-12-01, months: %d }", months);
    d->one_at_a_time = chance(d, 25);
    int n = !d->one_at_a_time && chance(d, 10) ? 2 : 1;
    for (int w = 0; w < n; w++)
        draw_workload(d);
    if (d->one_at_a_time || chance(d, 50))
        draw_today(d);
    if (chance(d, 25))
        draw_owned(d);
    draw_quotas(d);
    draw_purchase(d);
    draw_policy(d);
    PUT(law_map_at(d->arena, d->root, "scaling"), "boot", "%s", boots[between(d, 0, 3)]);
    struct law_node *simulation = law_map_at(d->arena, d->root, "simulation");
    PUT(simulation, "seed", "%d", (int)between(d, 0, 9999));
    PUT(simulation, "replications", "1");
    if (d->one_at_a_time || chance(d, 30))
        PUT(simulation, "router", "round_robin");
}

uint64_t law_seed(void) {
    const char *asked = getenv("HEADROOM_LAW_SEED");
    return asked ? strtoull(asked, NULL, 10) : LAW_SEED_DEFAULT;
}

struct law_case law_case_draw(struct arena *arena, uint64_t seed, uint64_t number,
                              struct law_change change) {
    change.money = change.money ? change.money : 1;
    change.fleet = change.fleet ? change.fleet : 1;
    struct draw d = {.arena = arena,
                     .rng = rng_open(seed, number, RNG_TEST, 0),
                     .change = change,
                     .root = law_map(arena),
                     .book = {.arena = arena},
                     .trace = {.arena = arena}};
    text_append_string(&d.trace, "");
    write_book(&d);
    draw_scenario(&d);
    bool moves = !d.one_at_a_time && number % LAW_MOVES_EVERY == 0;
    struct law_moving moving = {.arena = arena,
                                .rng = rng_open(seed, number, RNG_TEST, 3),
                                .root = d.root,
                                .workloads = d.workloads,
                                .n_workloads = d.n_workloads,
                                .all = number % LAW_ALL_MOVES_EVERY == 0,
                                .spot_traces = {"", ""}};
    if (moves)
        law_move(&moving);
    draw_answers(&d, seed, number);
    struct rng shuffle = rng_open(seed, number, RNG_TEST, 1);
    return (struct law_case){
        .seed = seed,
        .number = number,
        .one_at_a_time = d.one_at_a_time,
        .moves = moves,
        .all_moves = moves && moving.all,
        .yaml = law_write(arena, d.root, change.other_order ? &shuffle : NULL),
        .book = d.book.data,
        .trace = d.trace.data,
        .spot_traces = {moving.spot_traces[0], moving.spot_traces[1]},
    };
}

const char *law_case_study(struct arena *arena, const struct law_case *c, int n_threads,
                           struct study *study) {
    const struct memory_file files[] = {{"law.yaml", c->yaml},
                                        {"book.csv", c->book},
                                        {"trace.jsonl", c->trace},
                                        {"spot1.json", c->spot_traces[0]},
                                        {"spot2.json", c->spot_traces[1]},
                                        {NULL, NULL}};
    const char *mistakes =
        memory_study(arena, (struct memory_run){.files = files, .n_threads = n_threads}, study);
    return mistakes[0] ? mistakes : NULL;
}
