/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a study: each is found beside the file that names it (a decoy of the same name lies
 * beside the scenario), read once, and stands among the inputs with its own hash, the includes and
 * the overrides of the command line too. What cannot be read is told where it is named. */
#include "sim/profile.h"
#include "study_memory.h"

static const char plain_log[] = "seconds,input,output\n0,60,0\n40,64,0\n80,70,0\n";
static const char hourly_log[] = "hour,requests\n0,36\n1,72\n2,36\n3,36\n4,36\n5,36\n";
static const char decoy_log[] = "seconds,input,output\n0,1,0\n1,1,0\n2,1,0\n3,1,0\n";

#define BOOK(name, usd)                                                                            \
    "headroom_price_book,1," name ",USD\n"                                                         \
    "kind,sku,region,option,unit,usd,status,source,as_of\n"                                        \
    "instance,g4dn.xlarge,us-east-1,on_demand,hour," usd ",published,here,2026-12-01\n"

/* One workload; `demand` is the value of its key. */
#define WITH(demand)                                                                               \
    "workloads:\n"                                                                                 \
    "  - name: embed\n"                                                                            \
    "    demand: " demand "\n"                                                                     \
    "    slo: { latency: 500ms, share: 95% }\n"                                                    \
    "    models: [ { use: bert-base } ]\n"                                                         \
    "    run_on: [ { instance: g4dn.xlarge } ]\n"                                                  \
    "    regions: [us-east-1]\n"                                                                   \
    "    tags: { team: search, cost_center: CC-7 }\n"

static const struct memory_file included[] = {
    {"dir/top.yaml", HEAD "include: [ load/work.yaml, money/book.yaml ]\n"},
    {"dir/load/work.yaml", WITH("{ trace: week.csv }")},
    {"dir/money/book.yaml", "prices: book.csv\nscaling: { boot: 1min }\n"},
    {"dir/load/week.csv", plain_log},
    {"dir/week.csv", decoy_log},
    {"dir/money/book.csv", BOOK("right", "0.5")},
    {"dir/book.csv", BOOK("wrong", "9")},
    {"dir/load/other.csv", decoy_log},
    {"dir/other.csv", plain_log},
    {NULL, NULL},
};

static struct study study_of(struct arena *arena, const struct memory_file *files,
                             const char *const set[4]) {
    struct study study;
    struct memory_run run = {.files = files, .size_only = true};
    for (int i = 0; set && i < 4; i++)
        run.set[i] = set[i];
    const char *got = memory_study(arena, run, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static const char *sha256_of(struct arena *arena, const char *text) {
    struct err err = {0};
    struct bytes all;
    char *digest = arena_new(arena, char, 65);
    struct source *source = source_open_memory(arena, bytes_of(text), "x", &err);
    cr_assert(source_read_all(arena, source, 1 << 20, &all, &err));
    source_sha256(source, digest);
    source_close(source);
    return digest;
}

Test(study_inputs, are_found_beside_the_file_that_names_them) {
    struct arena arena = {0};
    struct study study = study_of(&arena, included, NULL);
    cr_expect(eq(str, (char *)study.book.name, "aws-2026-07 + right"));
    cr_expect(eq(dbl, money_rate_usd(study.offers[0].on_demand.rate), 0.5));
    cr_expect(eq(sz, study.stats[0].n, 3));
    cr_expect(eq(str, (char *)study.traffics[0].name, "dir/load/week.csv"));
    /* a path of the command line starts from the scenario */
    const char *const set[4] = {"workloads.0.demand.trace=other.csv"};
    study = study_of(&arena, included, set);
    cr_expect(eq(str, (char *)study.traffics[0].name, "dir/other.csv"));
    cr_expect(eq(sz, study.stats[0].n, 3));
    arena_release(&arena);
}

Test(study_inputs, are_all_noted_with_their_hash) {
    const struct {
        const char *role, *name, *text;
    } want[] = {
        {"scenario", "dir/top.yaml", included[0].text},
        {"include", "dir/load/work.yaml", included[1].text},
        {"include", "dir/money/book.yaml", included[2].text},
        {"override", "scaling.boot=2min", "scaling.boot=2min"},
        {"override", "simulation.seed=5", "simulation.seed=5"},
        {"price book", "right", included[5].text},
        {"traffic", "week.csv", plain_log},
    };
    struct arena arena = {0};
    const char *const set[4] = {"scaling.boot=2min", "simulation.seed=5"};
    struct study study = study_of(&arena, included, set);
    cr_assert(eq(int, study.n_inputs, 9));
    cr_expect(eq(str, (char *)study.inputs[5].name, "aws-2026-07"));
    cr_expect(eq(str, (char *)study.inputs[8].role, "carbon book"));
    cr_expect(eq(dbl, study.scenario.boot_s, 120));
    for (int i = 0; i < 7; i++) {
        const struct study_input *input =
            &study.inputs[i < 5 ? i : i + 1]; /* 5: the shipped book */
        cr_expect(eq(str, (char *)input->role, (char *)want[i].role));
        cr_expect(eq(str, (char *)input->name, (char *)want[i].name));
        cr_expect(eq(str, (char *)input->sha256, (char *)sha256_of(&arena, want[i].text)));
    }
    arena_release(&arena);
}

/* The shipped books need no file, and a generated week has none. */
Test(study_inputs, of_a_file_alone_are_itself_and_the_books) {
    struct arena arena = {0};
    const struct memory_file files[] = {{"t.yaml", HEAD EMBED}, {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    cr_assert(eq(int, study.n_inputs, 3));
    cr_expect(eq(str, (char *)study.inputs[0].sha256, (char *)sha256_of(&arena, HEAD EMBED)));
    cr_expect(eq(str, (char *)study.inputs[1].role, "price book"));
    arena_release(&arena);
}

/* ---- profiles ---- */

#define CHAT                                                                                       \
    "workloads:\n"                                                                                 \
    "  - name: chat\n"                                                                             \
    "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"         \
    "    slo: { ttft: 9s, share: 50% }\n"                                                          \
    "    models: [ { use: llama-3.2-1b } ]\n"                                                      \
    "    run_on: [ { instance: g6.xlarge } ]\n"                                                    \
    "    regions: [us-east-1]\n"

/* A file of a profile; `factor` makes every step slower. */
static const char *profile_file(struct arena *arena, enum precision precision, double factor) {
    struct profile profile = {
        .kind = PROFILE_LLM,
        .model = "llama-3.2-1b",
        .accelerator = "L4",
        .precision = precision,
        .kv_precision = PRECISION_BF16,
        .tensor_parallel = 1,
        .engine = "vllm",
        .version = "0.19.0",
        .date = "2026-10-01",
        .method = "kernel tables",
        .source = "here",
        .time = {.layers = 16, .a0 = 200 * factor, .b1 = 2 * factor, .graphs = true},
        .range = {2048, 256, 2048, 4096, 16384},
        .rows = 100,
        .error_median = 0.03,
        .error_low = -0.05,
        .error_high = 0.06,
    };
    struct text out = {.arena = arena};
    profile_append_csv(&out, &profile);
    return out.data;
}

Test(study_inputs, profiles_come_before_the_shipped_ones) {
    struct arena arena = {0};
    const char *bf16 = profile_file(&arena, PRECISION_BF16, 1);
    const struct memory_file files[] = {
        {"dir/t.yaml", HEAD "include: [ own/profiles.yaml ]\n" CHAT},
        {"dir/own/profiles.yaml", "profiles: [ l4.csv, l4-fp8.csv ]\n"},
        {"dir/own/l4.csv", bf16},
        {"dir/own/l4-fp8.csv", profile_file(&arena, PRECISION_FP8, 1)},
        {"dir/l4.csv", "a decoy"},
        {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    const struct catalog *catalog = &study.catalog;
    cr_assert(eq(int, study.n_own_profiles, 2));
    cr_assert(ge(int, catalog->n_profiles, 2));
    const struct profile *found =
        profile_find(catalog->profiles, catalog->n_profiles, "llama-3.2-1b", "L4", PRECISION_BF16,
                     PRECISION_BF16, 1);
    cr_expect(eq(ptr, (void *)found, (void *)&catalog->profiles[0]));
    cr_assert(eq(int, study.n_inputs, 6)); /* scenario, include, book, two profiles, carbon */
    cr_expect(eq(str, (char *)study.inputs[3].role, "profile"));
    cr_expect(eq(str, (char *)study.inputs[3].name, "l4.csv"));
    cr_expect(eq(str, (char *)study.inputs[3].sha256, (char *)sha256_of(&arena, bf16)));
    cr_expect(eq(str, (char *)study.inputs[3].note,
                 "llama-3.2-1b in bf16 on L4, vllm 0.19.0, measured 2026-10-01"));
    /* the one that no candidate is for is told */
    int unused = 0;
    for (int i = 0; i < study.n_notices; i++)
        if (strcmp(study.notices[i].id, "unused-profile") == 0) {
            unused++;
            cr_expect(eq(str, (char *)study.notices[i].text,
                         "the profile l4-fp8.csv is for llama-3.2-1b in fp8, kv bf16 on L4, and no "
                         "candidate is that"));
        }
    cr_expect(eq(int, unused, 1));
    arena_release(&arena);
}

static const char *with_line(struct arena *arena, const char *text, const char *from,
                             const char *to) {
    const char *at = strstr(text, from);
    cr_assert(at != NULL);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

Test(study_inputs, profiles_that_are_wrong_are_told) {
    struct arena arena = {0};
    const char *good = profile_file(&arena, PRECISION_BF16, 1);
    struct {
        const char *profile, *want;
    } cases[] = {
        {good, "t.yaml:5:20 two profiles are for llama-3.2-1b in bf16 on L4 | keep one of them\n"},
        {with_line(&arena, good, "llama-3.2-1b", "llama-3.2-1c"),
         "b.csv:4:7 unknown model 'llama-3.2-1c' | did you mean 'llama-3.2-1b'?\n"},
        {with_line(&arena, good, "model,", "modle,"),
         "b.csv:4:1 unknown term 'modle' of a profile of kind llm | did you mean 'model'?\n"
         "b.csv:53:0 the file ends without model of 'setup' | every term must be stated; headroom "
         "perf fit writes all of them\n"},
        {"term,value\n", "b.csv:1:1 not a profile | the first line must be: headroom_profile,1\n"},
        {NULL,
         "t.yaml:5:20 cannot read the profile 'b.csv': there is no file 'b.csv' | write it\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct study study;
        const struct memory_file files[] = {
            {"t.yaml", HEAD "profiles: [ a.csv, b.csv ]\n" CHAT},
            {"a.csv", good},
            {cases[i].profile ? "b.csv" : "c.csv", cases[i].profile ? cases[i].profile : ""},
            {NULL, NULL}};
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .size_only = true}, &study);
        cr_expect(eq(str, (char *)got, (char *)cases[i].want), "case %zu", i);
    }
    arena_release(&arena);
}

/* 6 hours: 252 requests, 72 of them in the second. Shorter than a week, so they are tiled. */
Test(study_inputs, hourly_series_take_their_lengths_from_the_scenario) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml", HEAD WITH("{ hourly: usage.csv, tokens: { input: 50 tokens, output: 0 tokens }, "
                             "seed: 3 }")},
        {"usage.csv", hourly_log},
        {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    cr_expect(study.traffics[0].tiled);
    cr_expect(eq(dbl, study.traffics[0].rate_per_second[1], 72 / 3600.0));
    cr_expect(eq(dbl, study.traffics[0].rate_per_second[0], 36 / 3600.0));
    cr_expect(eq(dbl, traffic_mean_input(&study.traffics[0]), 50));
    cr_expect(eq(sz, study.stats[0].n, 0));
    cr_expect(eq(str, (char *)study.inputs[2].name, "usage.csv"));
    arena_release(&arena);
}

static const char metric[] =
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
    "\"values\":[[1767574800,\"36\"],[1767578400,\"108\"],[1767582000,\"144\"]]}]}}";

/* A counter: 72 requests, then 36, from Monday 01:00. Their lengths are drawn from the table. */
Test(study_inputs, metrics_are_what_the_scenario_says) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml", HEAD WITH("{ hourly: m.json, values: counter, lengths: pairs.csv }")},
        {"m.json", metric},
        {"pairs.csv", "num_prefill_tokens,num_decode_tokens\n70,0\n50,0\n"},
        {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    cr_expect(eq(dbl, study.traffics[0].rate_per_second[1], 72 / 3600.0));
    cr_expect(eq(dbl, study.traffics[0].rate_per_second[2], 36 / 3600.0));
    cr_expect(eq(dbl, traffic_mean_input(&study.traffics[0]), 60));
    cr_expect(eq(str, (char *)study.inputs[2].role, "lengths"));
    cr_expect(eq(str, (char *)study.inputs[3].name, "m.json"));
    arena_release(&arena);
}

/* 252 requests in six hours of the log, tiled, and a made-up stream; limits are the workload's
 * where a stream has none. */
Test(study_inputs, streams_of_a_mix_share_a_workload) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml", HEAD WITH("{ mix: [ { name: log, hourly: usage.csv, tokens: { input: 50 tokens, "
                             "output: 0 tokens } }, { name: made, slo: { latency: 9s }, "
                             "generate: { rate: 0.02 req/s, input: 90 tokens, output: 0 tokens } } "
                             "] }")},
        {"usage.csv", hourly_log},
        {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    const struct traffic *traffic = &study.traffics[0];
    const struct slo *own = &study.scenario.workloads[0].slo;
    cr_assert(eq(int, traffic->n_streams, 2));
    cr_expect(eq(str, (char *)traffic->streams[1].name, "made"));
    cr_expect(traffic->tiled);
    cr_expect(epsilon_eq(dbl, traffic->rate_per_second[1], 72 / 3600.0 + 0.02, 1e-12));
    cr_expect(eq(dbl, traffic->streams[0].slo.latency_s, own->latency_s));
    cr_expect(eq(dbl, traffic->streams[0].slo.ttft_s, own->ttft_s));
    cr_expect(eq(dbl, traffic->streams[1].slo.latency_s, 9));
    cr_expect(eq(dbl, traffic->streams[1].slo.ttft_s, 0));
    cr_expect(eq(dbl, traffic->streams[1].slo.share, own->share));
    cr_expect(
        epsilon_eq(dbl, traffic_mean_input(traffic), 50 + 40 * 0.02 / (0.02 + 42 / 3600.0), 1));
    arena_release(&arena);
}

/* A log of 6 rows whose requests are the first calls of tasks: half go on to one more call. */
Test(study_inputs, calls_of_a_flow_follow_the_tasks) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml", HEAD WITH("{ hourly: usage.csv, tokens: { input: 50 tokens, output: 0 tokens }, "
                             "flow: { steps: [ { name: a, next: { b: 50% } }, { name: b, input: 90 "
                             "tokens, output: 0 tokens } ] } }")},
        {"usage.csv", hourly_log},
        {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    const struct traffic *traffic = &study.traffics[0];
    cr_expect(epsilon_eq(dbl, traffic->rate_per_second[1], 1.5 * 72 / 3600.0, 1e-12));
    cr_expect(epsilon_eq(dbl, traffic_mean_input(traffic), (50 + 45) / 1.5, 1));
    cr_expect(eq(dbl, traffic->tasks->rate_per_second[1], 72 / 3600.0));
    arena_release(&arena);
}

/* 12 users who think 50 s and wait 10 s more: at most 12 / 60 tasks a second of two calls. */
Test(study_inputs, users_bound_the_demand) {
    struct arena arena = {0};
    const struct memory_file files[] = {
        {"t.yaml",
         HEAD WITH(
             "{ flow: { users: 12, think: 50s, steps: [ { name: a, input: 70 tokens, output: "
             "0 tokens, next: { b: 100% } }, { name: b, delay: 10s, input: 90 tokens, output: "
             "0 tokens } ] } }")},
        {NULL, NULL}};
    struct study study = study_of(&arena, files, NULL);
    cr_expect(epsilon_eq(dbl, study.traffics[0].rate_per_second[99], 0.4, 1e-12));
    cr_expect(epsilon_eq(dbl, traffic_mean_input(&study.traffics[0]), 80, 0.1));
    arena_release(&arena);
}

#define STEPS(text)                                                                                \
    HEAD WITH(                                                                                     \
        "{ generate: { rate: 1 req/s, input: 9 tokens, output: 0 tokens }, flow: { steps: [ " text \
        " ] } }")

static const struct {
    const char *text, *want;
} broken_flows[] = {
    {STEPS("{ name: a, next: { b: 50% } }"),
     "t.yaml:7:115 there is no step 'b' | did you mean 'a'?\n"},
    {STEPS("{ name: a, next: { a: 50% } }"), "t.yaml:7:104 step 'a' is on a loop, and nothing ends "
                                             "it | state calls_max, the most calls of a "
                                             "task\n"},
    {STEPS("{ name: a, next: { b: 100% } }, { name: b, call: off, next: { b: 100% } }"),
     "t.yaml:7:136 step 'b' is on a loop of steps that only wait | let one of them call\n"},
    {STEPS("{ name: a, call: off }"),
     "t.yaml:7:104 the first step, 'a', does not call at once | a task begins with a call: put the "
     "step that calls first\n"},
    {STEPS("{ name: a, next: { b: 60%, c: 60% } }, { name: b }, { name: c }"),
     "t.yaml:7:104 the shares of step 'a' add up to more than 100% | what is left of 100% ends the "
     "task\n"},
    {STEPS("{ name: a }, { name: b }"),
     "t.yaml:7:117 no path leads to step 'b' | name it under a step's next\n"},
    {STEPS("{ name: a }, { name: a }"),
     "t.yaml:7:117 two steps have the name 'a' | give each step its own name\n"},
};

Test(study_inputs, broken_flows_are_told_where_they_break) {
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof broken_flows / sizeof *broken_flows; i++) {
        struct study study;
        const struct memory_file files[] = {{"t.yaml", broken_flows[i].text}, {NULL, NULL}};
        struct memory_run run = {.files = files, .size_only = true};
        const char *got = memory_study(&arena, run, &study);
        cr_expect(eq(str, (char *)got, (char *)broken_flows[i].want), "case %zu", i);
    }
    arena_release(&arena);
}

Test(study_inputs, keep_the_tags_of_a_workload) {
    struct arena arena = {0};
    struct study study = study_of(&arena, included, NULL);
    const struct workload *workload = &study.scenario.workloads[0];
    cr_assert(eq(int, workload->n_tags, 2));
    cr_expect(eq(str, (char *)workload->tags[0][0], "team"));
    cr_expect(eq(str, (char *)workload->tags[0][1], "search"));
    cr_expect(eq(str, (char *)workload->tags[1][0], "cost_center"));
    cr_expect(eq(str, (char *)workload->tags[1][1], "CC-7"));
    arena_release(&arena);
}

static const struct {
    const char *text, *want;
} mistakes[] = {
    {HEAD "prices: gone.csv\n" WITH("{ trace: gone.csv }"),
     "t.yaml:5:9 cannot read the price book 'gone.csv': there is no file 'gone.csv' | write it\n"
     "t.yaml:8:22 cannot read the traffic 'gone.csv': there is no file 'gone.csv' | write it\n"},
    {HEAD WITH("{ trace: hourly.csv }"), "t.yaml:7:22 'hourly.csv' is a series (hourly series "
                                         "CSV), not a request log | write it as hourly: and "
                                         "state the tokens of its requests\n"},
    {HEAD WITH("{ hourly: plain.csv, tokens: { input: 50 tokens, output: 0 tokens } }"),
     "t.yaml:7:23 'plain.csv' is a request log (plain CSV), not a series | write it as "
     "trace: instead of hourly:\n"},
    {HEAD WITH("{ trace: plain.csv, tokens: { input: 5 tokens, output: 0 tokens }, seed: 4 }"),
     "t.yaml:7:33 'tokens' is not for a file in plain CSV format, which brings its own | take it "
     "out\n"
     "t.yaml:7:80 'seed' is not for a file in plain CSV format, which brings its own | take it "
     "out\n"},
    {HEAD WITH("{ mix: [ { name: a, trace: plain.csv, priority: 2 }, { name: a, trace: gone.csv } "
               "] }"),
     "t.yaml:7:51 no engine of the workload looks at the priority of a stream | write engine: { "
     "admission: priority }, or take the priority out\n"
     "t.yaml:7:74 two streams have the name 'a' | give each stream its own name\n"},
    {HEAD WITH("{ trace: calls.csv }"),
     "t.yaml:7:22 'calls.csv' (Azure Functions calls CSV) does not tell the lengths of requests | "
     "state tokens: { input: ..., output: ... }, or name a file of lengths:\n"},
    {HEAD WITH("{ trace: pairs.csv }"),
     "t.yaml:7:22 'pairs.csv' has lengths only (vidur lengths CSV), no arrivals | write it as "
     "lengths: beside trace: or hourly:\n"},
    {HEAD WITH("{ hourly: hourly.csv, lengths: plain.csv }"),
     "t.yaml:7:35 'plain.csv' (plain CSV) has no lengths for requests of a file in hourly series "
     "CSV format | pairs of a vidur table fit all, ServeGen's quantiles the windows of its "
     "clients\n"},
    {HEAD WITH("{ hourly: metric.json, tokens: { input: 5 tokens, output: 0 tokens } }"),
     "metric.json:0:0 the file does not say what its values are | say it with values: rate (a "
     "second), count (of each step) or counter (rises); of trace stats: --values\n"},
    {HEAD WITH("{ trace: one.csv }"),
     "one.csv:0:0 a trace needs at least two requests at different times | without a request log, "
     "describe the traffic with 'generate' or 'hourly'\n"},
    {HEAD WITH("{ trace: torn.csv }"),
     "torn.csv:3:3 input is 'many', expected a whole number of tokens | \n"},
    {HEAD "prices: bad.csv\n" WITH("{ trace: torn.csv }"),
     "bad.csv:3:47 'free' is not a price | a plain decimal in USD with at most 12 decimals, such "
     "as 0.0000166667\n"
     "torn.csv:3:3 input is 'many', expected a whole number of tokens | \n"},
};
enum { N_MISTAKES = sizeof mistakes / sizeof mistakes[0] };

Test(study_inputs, that_cannot_be_read_are_told_where_they_are_named) {
    struct arena arena = {0};
    for (int i = 0; i < N_MISTAKES; i++) {
        struct study study;
        const struct memory_file files[] = {
            {"t.yaml", mistakes[i].text},
            {"hourly.csv", hourly_log},
            {"plain.csv", plain_log},
            {"calls.csv", "end_timestamp,duration\n1,0.5\n2,0.5\n"},
            {"pairs.csv", "num_prefill_tokens,num_decode_tokens\n70,0\n50,0\n"},
            {"metric.json", metric},
            {"one.csv", "seconds,input,output\n0,1,1\n"},
            {"torn.csv", "seconds,input,output\n0,60,0\n1,many,0\n"},
            {"bad.csv", BOOK("bad", "free")},
            {NULL, NULL}};
        struct memory_run run = {.files = files, .size_only = true};
        const char *got = memory_study(&arena, run, &study);
        cr_expect(eq(str, (char *)got, (char *)mistakes[i].want), "case %d", i);
    }
    arena_release(&arena);
}
