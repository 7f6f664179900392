/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIZE against closed forms of capacity (M/M/1, M/D/1, an llm that serves one request at a time),
 * with wrong closed forms that must be refused; laws (threads, order and company of candidates do
 * not matter, groups never carry less, tighter limits never carry more); overload without a latency
 * limit; and the exact reasons of what cannot serve. */
#include "sim/sizing.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/prompt_runs.h"

static struct traffic steady_traffic(int input, int output) {
    struct traffic traffic = {
        .kind = TRAFFIC_GENERATED,
        .name = "generated",
        .burstiness = {.minute_cv = 0, .arrival_cv = 1},
        .input = {.kind = LENGTH_FIXED, .value = input, .min = 1, .max = 100000},
        .output = {.kind = LENGTH_FIXED, .value = output, .min = 0, .max = 100000},
        .seed = 5};
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = 10;
    return traffic;
}

static struct candidate queue_candidate(enum service_time_kind kind, double mean_s) {
    return (struct candidate){
        .kind = CANDIDATE_INSTANCE,
        .name = "queue",
        .replicas_per_instance = 1,
        .service = {.kind = SERVICE_QUEUE,
                    .queue = {.servers = 1, .time_kind = kind, .mean_s = mean_s}}};
}

/* 10 ms a step whatever is in it, one sequence at a time: a request of o tokens takes o steps. */
static struct candidate one_at_a_time(void) {
    return (struct candidate){.kind = CANDIDATE_INSTANCE,
                              .name = "llm",
                              .replicas_per_instance = 1,
                              .service = {.kind = SERVICE_LLM,
                                          .llm = {.time = {.layers = 1, .t0 = 10000},
                                                  .tokens_per_step_max = 2048,
                                                  .sequences_max = 1,
                                                  .block_tokens = 16,
                                                  .kv_blocks = 1000,
                                                  .context_max = 8192}}};
}

static struct capacity size_one(const struct candidate *candidate, const struct traffic *traffic,
                                struct slo slo, struct sizing_options options) {
    struct capacity capacity = {.feasible = true};
    sizing_run(candidate, 1, &traffic, &slo, &options, &capacity);
    return capacity;
}

static struct sizing_options options_for_oracles(void) {
    struct sizing_options options = sizing_defaults();
    options.replications = 8;
    options.replicas_max = 1;
    options.requests_per_replica = 5000;
    return options;
}

/* ---- closed forms ---- */

/* M/M/1: the time in the system is exponential of rate mu - lambda. */
static double mm1_rate(double mean_s, double limit_s, double share) {
    return 1 / mean_s + log(1 - share) / limit_s;
}

/* M/D/1 (Erlang 1909): P(W <= t) = (1 - rho) sum_k (lambda (k D - t))^k / k! exp(-lambda (k D -
 * t)), k from 0 to floor(t / D). */
static double md1_wait_within(double lambda, double d, double t) {
    double sum = 0, factorial = 1;
    for (int k = 0; k * d <= t + 1e-12; k++) {
        double x = lambda * (k * d - t);
        factorial *= k > 0 ? k : 1;
        sum += pow(x, k) / factorial * exp(-x);
    }
    return (1 - lambda * d) * sum;
}

static double md1_rate(double d, double limit_s, double share) {
    double low = 0, high = 1 / d;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (md1_wait_within(middle, d, limit_s - d) >= share)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Within 3 %: 2 % of the bisection and the noise of 8 replications. */
static bool agrees(double got, double exact) {
    return got / exact > 0.97 && got / exact < 1.03;
}

static const struct {
    double limit_over_mean, share;
} oracle_cases[] = {{5, 0.9}, {8, 0.95}, {12, 0.99}};

Test(sizing, mm1_closed_form) {
    struct traffic traffic = steady_traffic(1, 0);
    for (size_t i = 0; i < sizeof oracle_cases / sizeof oracle_cases[0]; i++) {
        double mean = 0.02, limit = oracle_cases[i].limit_over_mean * mean;
        double share = oracle_cases[i].share;
        struct candidate candidate = queue_candidate(SERVICE_EXPONENTIAL, mean);
        struct slo slo = {.latency_s = limit, .share = share};
        struct capacity capacity = size_one(&candidate, &traffic, slo, options_for_oracles());
        double got = capacity.points[0].rate_per_second;
        cr_assert(agrees(got, mm1_rate(mean, limit, share)), "case %zu: %g of %g", i, got,
                  mm1_rate(mean, limit, share));
        cr_assert(not(agrees(got, mm1_rate(1.05 * mean, limit, share))), "case %zu", i);
        cr_assert(not(agrees(got, md1_rate(mean, limit, share))), "case %zu", i);
        cr_assert(ge(dbl, capacity.points[0].attainment, share));
    }
}

Test(sizing, md1_closed_form) {
    struct traffic traffic = steady_traffic(1, 0);
    for (size_t i = 0; i < sizeof oracle_cases / sizeof oracle_cases[0]; i++) {
        double mean = 0.02, limit = (oracle_cases[i].limit_over_mean - 2) * mean;
        double share = oracle_cases[i].share;
        struct candidate candidate = queue_candidate(SERVICE_DETERMINISTIC, mean);
        struct slo slo = {.latency_s = limit, .share = share};
        struct capacity capacity = size_one(&candidate, &traffic, slo, options_for_oracles());
        double got = capacity.points[0].rate_per_second;
        cr_assert(agrees(got, md1_rate(mean, limit, share)), "case %zu: %g of %g", i, got,
                  md1_rate(mean, limit, share));
        cr_assert(not(agrees(got, mm1_rate(mean, limit, share))), "case %zu", i);
    }
}

/* Eight tokens, the first with the prompt's step: 8 steps of 10 ms = 80 ms, one at a time. */
Test(sizing, an_llm_of_batch_one_is_md1) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate candidate = one_at_a_time();
    struct slo slo = {.latency_s = 0.4, .share = 0.95};
    struct capacity capacity = size_one(&candidate, &traffic, slo, options_for_oracles());
    double got = capacity.points[0].rate_per_second;
    cr_assert(agrees(got, md1_rate(0.08, 0.4, 0.95)), "%g of %g", got, md1_rate(0.08, 0.4, 0.95));
    cr_assert(not(agrees(got, md1_rate(0.09, 0.4, 0.95))));
    cr_assert(epsilon_eq(dbl, capacity.points[0].tpot_p50_s, 0.01, 0.0001));
    cr_assert(epsilon_eq(dbl, capacity.input_tokens_per_request, 100, 1e-9));
    cr_assert(epsilon_eq(dbl, capacity.output_tokens_per_request, 8, 1e-9));
}

/* Prompts of 10 ms one at a time, on an engine of their own: first tokens queue as M/D/1, however
 * the other engine decodes. Two such engines carry more than twice that. */
Test(sizing, prompts_on_an_engine_of_their_own_are_md1) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate candidate = one_at_a_time();
    struct llm_service engine = candidate.service.llm;
    candidate.service = (struct service){.kind = SERVICE_SPLIT,
                                         .split = {.prefill_engine = engine,
                                                   .decode_engine = engine,
                                                   .prefill = 1,
                                                   .decode = 1,
                                                   .link_bytes_per_s = 1e9,
                                                   .cache_bytes_per_token = 1000}};
    candidate.service.split.decode_engine.sequences_max = 256;
    struct slo slo = {.ttft_s = 0.05, .share = 0.95};
    struct capacity capacity = size_one(&candidate, &traffic, slo, options_for_oracles());
    double got = capacity.points[0].rate_per_second, exact = md1_rate(0.01, 0.05, 0.95);
    cr_assert(agrees(got, exact), "%g of %g", got, exact);
    cr_assert(not(agrees(got, md1_rate(0.011, 0.05, 0.95))));
    candidate.service.split.prefill = 2;
    capacity = size_one(&candidate, &traffic, slo, options_for_oracles());
    cr_assert(gt(dbl, capacity.points[0].rate_per_second, 2 * exact));
}

/* A trace of prompts of 160 tokens that share their first 144, or nothing. A step takes 0.1 ms a
 * token: 16 ms a prompt, 1.6 ms where the shared part is found. Runs of 32 rows keep 97 % of it (of
 * 16: 94 %), and each run's first prompt is computed whole: 2.05 ms on the mean, so 488 prompts a
 * second are overload, and nearly as many meet a limit of 49 times that. */
static double rate_of_shared_prompts(bool shared, bool caching) {
    enum { ROWS = 2000, BLOCKS = 10 };
    struct arena arena = {0};
    struct request *rows = arena_new(&arena, struct request, ROWS);
    uint32_t *first = arena_new(&arena, uint32_t, ROWS + 1);
    uint32_t *ids = arena_new(&arena, uint32_t, ROWS * BLOCKS);
    uint32_t n_ids = shared ? BLOCKS - 1 : 0;
    for (int32_t r = 0; r < ROWS; r++) {
        rows[r] = (struct request){r * 100000000LL, 16 * BLOCKS, 1, .row = r};
        first[r + 1] = (uint32_t)(r + 1) * BLOCKS;
        for (uint32_t k = 0; k < BLOCKS; k++)
            ids[first[r] + k] = shared && k < BLOCKS - 1 ? k : n_ids++;
    }
    struct prompt_blocks prompts = {16, first, ids, n_ids, NULL};
    prompts.runs = prompt_runs(&arena, &prompts, ROWS);
    struct traffic traffic = {.seed = 5};
    struct err err = {0};
    cr_assert(traffic_from_rows(&arena, rows, ROWS, ROWS * 100000000LL, 0, &traffic, &err));
    traffic.prompts = &prompts;
    traffic.burstiness = (struct burstiness){.arrival_cv = 1};
    struct candidate candidate = one_at_a_time();
    candidate.service.llm.time = (struct iteration_time){.layers = 1, .b1 = 100};
    candidate.service.llm.prefix_caching = caching;
    struct slo slo = {.ttft_s = 0.1, .share = 0.95};
    struct sizing_options options = sizing_defaults();
    options.replicas_max = 1;
    struct capacity capacity = size_one(&candidate, &traffic, slo, options);
    arena_release(&arena);
    cr_assert(capacity.feasible, "%s", capacity.reason);
    return capacity.points[0].rate_per_second;
}

Test(sizing, prompts_in_common_reach_the_engine) {
    double alone = rate_of_shared_prompts(false, true);
    cr_assert(agrees(alone, md1_rate(0.016, 0.1, 0.95)), "%g of %g", alone,
              md1_rate(0.016, 0.1, 0.95));
    cr_assert(agrees(rate_of_shared_prompts(true, false), alone));
    double shared = rate_of_shared_prompts(true, true);
    cr_assert(gt(dbl, shared, 0.9 * 488), "%g", shared);
    cr_assert(lt(dbl, shared, 1.02 * 488), "%g", shared);
}

/* The SLO limits only the time per token, which no queue lengthens here: what ends is stability, at
 * 1 / 80 ms = 12.5 requests a second. */
Test(sizing, overload_is_seen_without_a_latency_limit) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate candidate = one_at_a_time();
    struct slo slo = {.tpot_s = 0.02, .share = 0.99};
    struct capacity capacity = size_one(&candidate, &traffic, slo, options_for_oracles());
    cr_assert(le(dbl, capacity.points[0].rate_per_second, 12.5 * 1.02));
    cr_assert(ge(dbl, capacity.points[0].rate_per_second, 12.5 * 0.9));
}

/* A limit of ten minutes on a service of 80 ms: a queue may grow all the run long inside it. */
Test(sizing, overload_is_seen_behind_a_long_limit) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate candidate = one_at_a_time();
    struct slo slo = {.latency_s = 600, .share = 0.99};
    struct sizing_options options = sizing_defaults();
    options.replicas_max = 2;
    struct capacity capacity = size_one(&candidate, &traffic, slo, options);
    for (int p = 0; p < capacity.n_points; p++) {
        double each = capacity.points[p].rate_per_second / capacity.points[p].replicas;
        cr_assert(le(dbl, each, 12.5 * 1.03));
        cr_assert(ge(dbl, each, 12.5 * 0.9));
    }
}

/* ---- the band of an estimate ---- */

static struct capacity size_band(const struct candidate *candidate, const struct traffic *traffic,
                                 struct slo slo, struct sizing_options options, double error_low,
                                 double error_high) {
    struct capacity capacity = {.feasible = true, .error_low = error_low, .error_high = error_high};
    sizing_run(candidate, 1, &traffic, &slo, &options, &capacity);
    return capacity;
}

/* Within 4 %: 3 % of its search and 2 % of the rate's, the same requests in both. */
static bool ratio_agrees(double got, double exact) {
    return got / exact > 0.96 && got / exact < 1.04;
}

/* An M/M/1 whose service takes a quarter longer, or shorter, than said. A rate that just follows
 * the step time would be wrong: behind a limit it moves further. */
Test(sizing, the_band_is_that_of_the_closed_form) {
    struct traffic traffic = steady_traffic(1, 0);
    struct candidate candidate = queue_candidate(SERVICE_EXPONENTIAL, 0.02);
    struct slo slo = {.latency_s = 0.1, .share = 0.9};
    struct capacity k = size_band(&candidate, &traffic, slo, options_for_oracles(), -0.25, 0.25);
    double rate = mm1_rate(0.02, 0.1, 0.9);
    double low = mm1_rate(0.025, 0.1, 0.9) / rate, high = mm1_rate(0.015, 0.1, 0.9) / rate;
    cr_log_info("band %.3f .. %.3f, exact %.3f .. %.3f", k.rate_low, k.rate_high, low, high);
    cr_assert(ratio_agrees(k.rate_low, low));
    cr_assert(ratio_agrees(k.rate_high, high));
    cr_assert(not(ratio_agrees(k.rate_low, 1 / 1.25)));
    cr_assert(not(ratio_agrees(k.rate_high, 1 / 0.75)));
    cr_assert(not(ratio_agrees(k.rate_high, low)));
}

Test(sizing, no_rate_holds_at_an_end_that_misses_alone) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate llm = one_at_a_time(); /* 80 ms alone */
    struct slo slo = {.latency_s = 0.095, .share = 0.9};
    struct sizing_options options = sizing_defaults();
    options.replicas_max = 1;
    struct capacity k = size_band(&llm, &traffic, slo, options, -0.1, 0.2); /* 72 .. 96 ms */
    cr_assert(k.feasible);
    cr_assert(zero(dbl, k.rate_low));
    cr_assert(gt(dbl, k.rate_high, 1));
}

static bool band_law(const struct capacity *k) {
    return k->rate_low >= 0 && k->rate_low <= 1 && k->rate_high >= 1 &&
           (k->error_low < 0 || k->rate_high <= 1) && (k->error_high > 0 || k->rate_low >= 1);
}

Test(sizing, service_times_off_by_nothing_leave_the_rate) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate llm = one_at_a_time();
    struct slo slo = {.latency_s = 0.4, .share = 0.95};
    struct sizing_options options = sizing_defaults();
    options.replicas_max = 1;
    struct capacity none = size_band(&llm, &traffic, slo, options, 0, 0);
    cr_assert(eq(dbl, none.rate_low, 1));
    cr_assert(eq(dbl, none.rate_high, 1));
    struct capacity hardly = size_band(&llm, &traffic, slo, options, -1e-9, 1e-9);
    cr_assert(ge(dbl, hardly.rate_low, 0.96));
    cr_assert(le(dbl, hardly.rate_high, 1.04));
    struct capacity late = size_band(&llm, &traffic, slo, options, 0, 0.25);
    cr_assert(eq(dbl, late.rate_high, 1));
    cr_assert(le(dbl, late.rate_low, 0.8));
    cr_assert(band_law(&none) && band_law(&hardly) && band_law(&late));
    struct capacity turned = late; /* the ends of the band taken for each other */
    turned.rate_low = 1 / late.rate_high;
    turned.rate_high = 1 / late.rate_low;
    cr_assert(not(band_law(&turned)));
}

/* Every term of a step but the counts; a new term that is left out shows here. */
Test(sizing, a_slowed_service_is_slow_in_every_term) {
    enum { N = offsetof(struct iteration_time, graphs) / sizeof(double) };
    double terms[N];
    int same = 0;
    for (int i = 0; i < N; i++)
        terms[i] = i + 1;
    struct service llm = {.kind = SERVICE_LLM};
    memcpy(&llm.llm.time, terms, sizeof terms);
    struct service slowed = service_slowed(&llm, 1.5);
    memcpy(terms, &slowed.llm.time, sizeof terms);
    for (int i = 0; i < N; i++)
        if (terms[i] == i + 1)
            same++;
        else
            cr_assert(epsilon_eq(dbl, terms[i], 1.5 * (i + 1), 1e-12), "term %d", i);
    cr_assert(eq(int, same, 3)); /* layers, experts, experts_chosen */
    struct service batched = {.kind = SERVICE_BATCHED,
                              .batched = {8, 0.1, 0.2, 0.3, 0.4, 0.5, true}};
    slowed = service_slowed(&batched, 2);
    cr_assert(eq(dbl, slowed.batched.wait_max_s, 0.1));
    cr_assert(eq(dbl, slowed.batched.base_s, 0.4));
    cr_assert(eq(dbl, slowed.batched.memory_s, 0.6));
    cr_assert(eq(dbl, slowed.batched.item_s, 0.8));
    cr_assert(eq(dbl, slowed.batched.token_s, 1));
}

/* ---- laws ---- */

static struct traffic chat(double minute_cv) {
    struct traffic traffic = steady_traffic(1, 1);
    traffic.burstiness =
        (struct burstiness){.minute_cv = minute_cv, .minute_correlation = 0.5, .arrival_cv = 1.2};
    traffic.input = (struct length_distribution){
        .kind = LENGTH_LOGNORMAL, .median = 300, .sigma = 0.8, .min = 1, .max = 4000};
    traffic.output = (struct length_distribution){
        .kind = LENGTH_LOGNORMAL, .median = 80, .sigma = 0.6, .min = 1, .max = 400};
    return traffic;
}

enum { N_MIXED = 6 };

/* GPUs, an encoder on Graviton, a function and a token API. */
static void mixed_candidates(struct candidate *candidates, struct capacity *capacities) {
    static const struct {
        const char *instance;
        enum candidate_kind kind;
        int workload;
        struct serving_options options;
    } cases[N_MIXED] = {
        {"g6e.2xlarge",
         CANDIDATE_INSTANCE,
         0,
         {.model = "llama-3.1-8b", .precision = PRECISION_FP8}},
        {"p5.4xlarge",
         CANDIDATE_INSTANCE,
         0,
         {.model = "llama-3.1-8b", .precision = PRECISION_BF16}},
        {NULL,
         CANDIDATE_TOKEN_API,
         0,
         {.ttft_s = 0.3, .ttft_sigma = 0.3, .tpot_s = 0.02, .tokens_per_minute = 600000}},
        {"c7g.8xlarge",
         CANDIDATE_INSTANCE,
         1,
         {.model = "all-minilm-l6-v2", .precision = PRECISION_FP32}},
        {"g4dn.xlarge", CANDIDATE_INSTANCE, 1, {.model = "bert-base", .precision = PRECISION_BF16}},
        {NULL,
         CANDIDATE_FUNCTION,
         1,
         {.model = "all-minilm-l6-v2", .precision = PRECISION_FP32, .memory_mb = 8192}},
    };
    static struct arena arena;
    struct catalog catalog;
    cr_assert(catalog_shipped(&arena, &catalog, NULL));
    for (int i = 0; i < N_MIXED; i++) {
        candidates[i] =
            (struct candidate){.kind = cases[i].kind,
                               .workload = cases[i].workload,
                               .name = cases[i].instance ? cases[i].instance : "managed",
                               .sku = "lambda-arm64"};
        const struct instance_type *type =
            cases[i].instance ? catalog_instance(&catalog, bytes_of(cases[i].instance)) : NULL;
        memset(&capacities[i], 0, sizeof capacities[i]);
        cr_assert(service_build(&catalog, type, &cases[i].options, &candidates[i], &capacities[i]),
                  "%s", capacities[i].reason);
    }
}

struct mixed {
    struct traffic chat, documents;
    const struct traffic *traffics[2];
    struct slo slos[2];
    struct sizing_options options;
    struct candidate candidates[N_MIXED];
    struct capacity capacities[N_MIXED];
};

static void open_mixed(struct mixed *mixed) {
    *mixed = (struct mixed){.chat = chat(0.3), .documents = chat(0.3)};
    mixed->documents.input.max = 512;
    mixed->documents.output = (struct length_distribution){.kind = LENGTH_FIXED, .max = 0};
    mixed->traffics[0] = &mixed->chat;
    mixed->traffics[1] = &mixed->documents;
    mixed->slos[0] = (struct slo){.ttft_s = 1, .tpot_s = 0.05, .share = 0.95};
    mixed->slos[1] = (struct slo){.latency_s = 2, .share = 0.95};
    mixed->options = sizing_defaults();
    mixed->options.requests_per_replica = 150;
    mixed->options.replicas_max = 2;
    mixed->options.replications = 2;
    mixed_candidates(mixed->candidates, mixed->capacities);
}

/* Decoders on GPUs have a band, token APIs none; what has one has it in its rates too. */
static void check_bands(const struct mixed *mixed) {
    for (int i = 0; i < N_MIXED; i++) {
        const struct capacity *k = &mixed->capacities[i];
        bool known = k->error_low < 0 || k->error_high > 0;
        cr_assert(i < 2 ? known : i != 2 || !known, "%d", i);
        cr_assert(k->rate_low <= 1 && k->rate_high >= 1, "%d", i);
        cr_assert(eq(int, k->rate_low<1 || k->rate_high> 1, known), "%d", i);
    }
}

static void check_same(const struct capacity *a, const struct capacity *b, int candidate) {
    cr_assert(eq(int, a->feasible, b->feasible), "%d", candidate);
    cr_assert(eq(str, (char *)a->reason, (char *)b->reason), "%d", candidate);
    cr_assert(eq(int, a->n_points, b->n_points), "%d", candidate);
    size_t from = offsetof(struct capacity_point, rate_per_second); /* all doubles from there */
    for (int p = 0; p < a->n_points; p++) {
        const char *x = (const char *)&a->points[p] + from, *y = (const char *)&b->points[p] + from;
        cr_assert(eq(int, a->points[p].replicas, b->points[p].replicas), "%d", candidate);
        cr_assert(zero(int, memcmp(x, y, sizeof(struct capacity_point) - from)), "%d", candidate);
    }
    cr_assert(zero(int, memcmp(&a->rate_max_per_second, &b->rate_max_per_second, sizeof(double))));
    cr_assert(zero(int, memcmp(&a->rate_low, &b->rate_low, 2 * sizeof(double))), "%d", candidate);
}

Test(sizing, threads_and_company_do_not_matter) {
    static struct mixed one, three, alone;
    open_mixed(&one);
    open_mixed(&three);
    open_mixed(&alone);
    sizing_run(one.candidates, N_MIXED, one.traffics, one.slos, &one.options, one.capacities);
    three.options.n_threads = 3;
    sizing_run(three.candidates, N_MIXED, three.traffics, three.slos, &three.options,
               three.capacities);
    check_bands(&one);
    for (int i = 0; i < N_MIXED; i++) {
        check_same(&one.capacities[i], &three.capacities[i], i);
        sizing_run(&alone.candidates[i], 1, alone.traffics, alone.slos, &alone.options,
                   &alone.capacities[i]);
        check_same(&one.capacities[i], &alone.capacities[i], i);
    }
}

Test(sizing, another_seed_is_another_sample) {
    static struct mixed a, b;
    open_mixed(&a);
    open_mixed(&b);
    b.options.seed = 99;
    sizing_run(a.candidates, 1, a.traffics, a.slos, &a.options, a.capacities);
    sizing_run(b.candidates, 1, b.traffics, b.slos, &b.options, b.capacities);
    double ra = a.capacities[0].points[0].rate_per_second;
    double rb = b.capacities[0].points[0].rate_per_second;
    cr_assert(ne(dbl, ra, rb));
    cr_assert(epsilon_eq(dbl, ra / rb, 1, 0.25));
}

Test(sizing, groups_carry_more_and_about_as_much_each) {
    static struct mixed mixed;
    open_mixed(&mixed);
    mixed.options.replicas_max = 16;
    mixed.options.requests_per_replica = 500;
    mixed.options.replications = 3;
    sizing_run(mixed.candidates, N_MIXED, mixed.traffics, mixed.slos, &mixed.options,
               mixed.capacities);
    for (int c = 0; c < N_MIXED; c++) {
        const struct capacity *capacity = &mixed.capacities[c];
        cr_assert(capacity->feasible, "%d: %s", c, capacity->reason);
        if (mixed.candidates[c].kind != CANDIDATE_INSTANCE) {
            cr_assert(eq(int, capacity->n_points, 1));
            continue;
        }
        cr_assert(eq(int, capacity->n_points, 5));
        for (int p = 1; p < 5; p++) {
            const struct capacity_point *less = &capacity->points[p - 1], *more = less + 1;
            cr_assert(eq(int, more->replicas, 2 * less->replicas));
            cr_assert(ge(dbl, more->rate_per_second, less->rate_per_second));
            /* Twice as many carry at least twice as much, but for noise. */
            cr_assert(ge(dbl, more->rate_per_second, 2 * less->rate_per_second * 0.88),
                      "candidate %d, point %d", c, p);
            cr_assert(ge(dbl, more->half_width, 0));
            cr_assert(ge(dbl, more->attainment, mixed.slos[mixed.candidates[c].workload].share));
        }
    }
}

Test(sizing, tighter_limits_and_more_bursts_carry_less) {
    static struct mixed loose, tight, calm;
    open_mixed(&loose);
    open_mixed(&tight);
    open_mixed(&calm);
    tight.slos[0].ttft_s = 0.4;
    tight.slos[0].tpot_s = 0.03;
    calm.chat.burstiness.minute_cv = 0;
    loose.options.replicas_max = tight.options.replicas_max = calm.options.replicas_max = 1;
    loose.options.requests_per_replica = tight.options.requests_per_replica =
        calm.options.requests_per_replica = 500;
    sizing_run(loose.candidates, 2, loose.traffics, loose.slos, &loose.options, loose.capacities);
    sizing_run(tight.candidates, 2, tight.traffics, tight.slos, &tight.options, tight.capacities);
    sizing_run(calm.candidates, 2, calm.traffics, calm.slos, &calm.options, calm.capacities);
    for (int c = 0; c < 2; c++) {
        double rate = loose.capacities[c].points[0].rate_per_second;
        cr_assert(le(dbl, tight.capacities[c].points[0].rate_per_second, rate * 1.01));
        cr_assert(ge(dbl, calm.capacities[c].points[0].rate_per_second, rate * 1.1));
    }
}

/* ---- against the replay ---- */

static int hours_held(const struct mixed *mixed, int c, double rate, int replicas, int n_hours) {
    int32_t instances[24];
    for (int hour = 0; hour < n_hours; hour++)
        instances[hour] = replicas;
    struct traffic steady = traffic_steady(&mixed->chat, rate);
    struct pool pool = {.name = "replicas",
                        .service = mixed->candidates[c].service,
                        .replicas_per_instance = 1,
                        .weight = 1,
                        .instances = instances};
    struct replay_input input = {.traffic = &steady,
                                 .window = {0, n_hours * 3600000000000LL, 1, 5},
                                 .slo = mixed->slos[0],
                                 .router = ROUTER_LEAST_OUTSTANDING,
                                 .pools = &pool,
                                 .n_pools = 1,
                                 .seed = 3};
    struct arena arena = {0};
    struct replay_result result;
    struct err err = {0};
    cr_assert(replay_run(&arena, &input, &result, &err), "%s", err.what);
    int held = 0;
    for (int hour = 0; hour < n_hours; hour++)
        held += (double)result.hours[hour].good >=
                mixed->slos[0].share * (double)result.hours[hour].arrived;
    arena_release(&arena);
    return held;
}

/* Other hours than those that SIZE saw: a fifth below the rate found nearly all hold, a quarter
 * above hardly any. */
Test(sizing, other_hours_hold_below_the_rate_and_not_above) {
    static struct mixed mixed;
    open_mixed(&mixed);
    mixed.slos[0].share = 0.99;
    mixed.options.requests_per_replica = 1000;
    sizing_run(mixed.candidates, 1, mixed.traffics, mixed.slos, &mixed.options, mixed.capacities);
    for (int p = 0; p < 2; p++) {
        const struct capacity_point *point = &mixed.capacities[0].points[p];
        double rate = point->rate_per_second;
        cr_assert(ge(int, hours_held(&mixed, 0, rate * 0.8, point->replicas, 12), 11));
        cr_assert(le(int, hours_held(&mixed, 0, rate * 1.25, point->replicas, 12), 3));
    }
}

/* ---- functions and token APIs ---- */

/* 1000 concurrent requests; tokens at 600000 a minute. */
Test(sizing, caps_of_managed_services) {
    static struct mixed mixed;
    open_mixed(&mixed);
    sizing_run(mixed.candidates, N_MIXED, mixed.traffics, mixed.slos, &mixed.options,
               mixed.capacities);
    const struct capacity *api = &mixed.capacities[2], *function = &mixed.capacities[5];
    double tokens = traffic_mean_input(&mixed.chat) + traffic_mean_output(&mixed.chat);
    cr_assert(epsilon_eq(dbl, api->rate_max_per_second, 10000 / tokens, 1e-9));
    cr_assert(epsilon_eq(dbl, capacity_rate(api, 5), 10000 / tokens, 1e-9));
    const struct function_service *f = &mixed.candidates[5].service.function;
    double seconds = f->base_s + f->token_s * traffic_mean_input(&mixed.documents);
    cr_assert(epsilon_eq(dbl, function->rate_max_per_second, 1000 / seconds, 1e-6));
    /* 8 GB; billed by whole ms, and the first calls with their cold starts. */
    double cold_s = delay_mean_s(&f->cold_start);
    cr_assert(ge(dbl, function->gb_seconds_per_request, 8 * seconds));
    cr_assert(le(dbl, function->gb_seconds_per_request, 8 * (seconds + 0.001 + 0.01 * cold_s)));
    cr_assert(gt(dbl, function->points[0].latency_p50_s, 0));
}

/* ---- reasons ---- */

static void check_reason(const struct candidate *candidate, const struct traffic *traffic,
                         struct slo slo, const char *reason) {
    struct sizing_options options = sizing_defaults();
    struct capacity capacity = size_one(candidate, traffic, slo, options);
    cr_expect(not(capacity.feasible));
    cr_expect(eq(str, capacity.reason, (char *)reason));
    cr_expect(zero(int, capacity.n_points));
}

Test(sizing, reasons) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate llm = one_at_a_time();
    check_reason(&llm, &traffic, (struct slo){.latency_s = 0.05, .share = 0.99},
                 "cannot meet 50 ms end to end at any rate: 99% of requests need 80 ms even when "
                 "alone");
    check_reason(&llm, &traffic, (struct slo){.ttft_s = 1, .tpot_s = 0.002, .share = 0.995},
                 "cannot meet 2 ms per output token at any rate: 99.5% of requests need 10 ms "
                 "even when alone");
    llm.service.llm.context_max = 80;
    check_reason(&llm, &traffic, (struct slo){.latency_s = 1, .share = 0.99},
                 "cannot serve 100% of requests: they are longer than its context of 80 tokens "
                 "(1000 cache blocks)");
    llm.service.llm.context_max = 8192;
    llm.service.llm.whole_prompts = true; /* 100 + 7 may have to be computed again at once */
    llm.service.llm.tokens_per_step_max = 100;
    check_reason(&llm, &traffic, (struct slo){.latency_s = 1, .share = 0.99},
                 "cannot serve 100% of requests: with chunked_prefill off one step computes a "
                 "prompt whole (after a preemption its answer too), up to 107 tokens, and "
                 "tokens_per_step is 100");
    struct candidate api = {
        .kind = CANDIDATE_TOKEN_API,
        .name = "api",
        .service = {.kind = SERVICE_TOKEN_API,
                    .token_api = {.tokens_ratio = 1, .ttft_s = 0.8, .tpot_s = 0.01}}};
    check_reason(&api, &traffic, (struct slo){.ttft_s = 0.5, .share = 0.99},
                 "cannot meet 500 ms to the first token at any rate: 99% of requests need 800 ms "
                 "by its stated "
                 "latency");
}

/* Of gamma gaps with a coefficient of variation of 1.8 more than a tenth are shorter than a
 * thousandth of the mean: the share holds only below one request in hours, which a year of replay
 * does not show. */
Test(sizing, a_rate_too_low_to_look_at_is_no_rate) {
    struct traffic traffic = steady_traffic(463, 418);
    traffic.burstiness.arrival_cv = 1.8;
    struct candidate llm = one_at_a_time();
    llm.service.llm.time.t0 = 65000; /* 27 s alone */
    check_reason(&llm, &traffic, (struct slo){.latency_s = 29.3, .share = 0.89},
                 "cannot hold the SLO for 89% of requests at any rate: one request alone is fast "
                 "enough, but arrivals come in bursts that one replica cannot take");
}

/* 80 ms alone against 72.5: with 9.4% less time it holds, with 5 % it does not. Bursts: two
 * prompts of 27 s in a row fit into the limit of 29.3 s when they take half as long. */
Test(sizing, refusals_say_what_the_fast_end_of_the_band_would_pass) {
    struct traffic traffic = steady_traffic(100, 8);
    struct candidate llm = one_at_a_time();
    struct slo slo = {.latency_s = 0.0725, .share = 0.99};
    struct sizing_options options = sizing_defaults();
    options.replicas_max = 1;
    static const char *const missed =
        "cannot meet 72.5 ms end to end at any rate: 99% of requests need 80 ms even when alone";
    struct capacity k = size_band(&llm, &traffic, slo, options, -0.05, 0.2);
    cr_assert(eq(str, k.reason, (char *)missed));
    char with[240];
    snprintf(with, sizeof with,
             "%s; would pass if its steps took 10%% less time, inside the error band of their "
             "estimate",
             missed);
    k = size_band(&llm, &traffic, slo, options, -0.2, 0.2);
    cr_assert(not(k.feasible));
    cr_assert(eq(str, k.reason, with));
    traffic = steady_traffic(463, 418);
    traffic.burstiness.arrival_cv = 1.8;
    llm.service.llm.time.t0 = 65000;
    k = size_band(&llm, &traffic, (struct slo){.latency_s = 29.3, .share = 0.89}, options, -0.5, 0);
    cr_assert(not(k.feasible));
    cr_assert(strstr(k.reason, "bursts that one replica cannot take; would pass if its steps took "
                               "50% less time, inside") != NULL,
              "%s", k.reason);
}

/* A request in a day or two, one in a million years. */
Test(sizing, managed_services_with_hardly_any_traffic) {
    struct candidate api = {
        .kind = CANDIDATE_TOKEN_API,
        .name = "api",
        .service = {.kind = SERVICE_TOKEN_API,
                    .token_api = {.tokens_ratio = 1, .ttft_s = 0.8, .tpot_s = 0.01}}};
    struct traffic traffic = steady_traffic(100, 8);
    struct slo slo = {.ttft_s = 1, .share = 0.99};
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = 1e-5;
    struct capacity capacity = size_one(&api, &traffic, slo, sizing_defaults());
    cr_expect(capacity.feasible);
    cr_expect(epsilon_eq(dbl, capacity.points[0].attainment, 1, 1e-12));
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = 1e-13;
    check_reason(&api, &traffic, slo,
                 "the traffic has hardly a request a year: there is nothing to look at");
}

Test(sizing, what_was_infeasible_stays_so) {
    struct traffic traffic = steady_traffic(1, 0);
    const struct traffic *traffics[1] = {&traffic};
    struct candidate candidate = queue_candidate(SERVICE_DETERMINISTIC, 0.1);
    struct slo slo = {.latency_s = 1, .share = 0.9};
    struct sizing_options options = sizing_defaults();
    struct capacity capacity = {.feasible = false, .reason = "no rate"};
    sizing_run(&candidate, 1, traffics, &slo, &options, &capacity);
    cr_assert(not(capacity.feasible));
    cr_assert(eq(str, capacity.reason, "no rate"));
}
