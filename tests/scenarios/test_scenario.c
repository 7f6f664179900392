/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Good scenarios: every key is read into its place, in base units, and what is left out has
 * the default that the reference states. The grammar's big example is read whole. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "scenarios/scenario.h"

static const char smallest[] = "headroom: 1\n"
                               "name: small\n"
                               "horizon: { start: 2026-12-01 }\n"
                               "workloads:\n"
                               "  - name: chat\n"
                               "    demand: { trace: week.csv.zst }\n"
                               "    slo: { ttft: 500ms }\n"
                               "    models: [ { use: llama-3.1-8b } ]\n"
                               "    run_on: [ { instance: g5.2xlarge } ]\n"
                               "    regions: us-east-1\n";

static struct scenario read_good(struct arena *arena, const char *text) {
    struct scenario scenario = {0};
    struct err_list errs = {0};
    bool fine = scenario_parse(arena, bytes_of(text), "dir/s.yaml", &scenario, &errs);
    cr_assert(fine, "%d:%d %s", errs.items[0].line, errs.items[0].column, errs.items[0].what);
    cr_assert(eq(int, errs.n_total, 0));
    return scenario;
}

Test(scenario, defaults) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, smallest);
    const struct workload *w = &s.workloads[0];
    cr_assert(eq(int, s.months, 12));
    cr_assert(eq(int, s.n_prices, 0));
    cr_assert(eq(int, s.n_today + s.n_discounts + s.n_owned + s.n_quotas + s.n_terms, 0));
    cr_assert(eq(int, s.policy.term_years_max, 3));
    cr_assert(eq(dbl, s.policy.coverage_max, 1));
    cr_assert(lt(dbl, s.policy.upfront_usd_max, 0));
    cr_assert(eq(dbl, s.policy.spot_share_max, 0.5));
    cr_assert(eq(dbl, s.policy.spot_derating, 0.9));
    cr_assert(s.estimates);
    cr_assert(s.allow_on_demand);
    cr_assert(not(s.allow_spot));
    cr_assert(eq(dbl, s.boot_s, 180));
    cr_assert(eq(int, s.router, ROUTER_LEAST_OUTSTANDING));
    cr_assert(eq(ulong, s.seed, 1));
    cr_assert(eq(int, s.replications, 3));
    cr_assert(eq(int, s.n_workloads, 1));
    cr_assert(eq(int, w->demand.kind, DEMAND_TRACE));
    cr_assert(eq(dbl, w->demand.growth.mid, 0));
    cr_assert(eq(dbl, w->slo.share, 0.99));
    cr_assert(eq(int, w->slo.over, SLO_OVER_HOUR));
    cr_assert(eq(dbl, w->slo.tpot_s, 0));
    cr_assert(eq(int, w->models[0].n_precisions, 1));
    cr_assert(eq(int, w->models[0].precisions[0], PRECISION_BF16));
    cr_assert(eq(dbl, w->models[0].tokens_ratio, 1));
    cr_assert(eq(int, w->run_on[0].serving.tensor_parallel, 0));
    cr_assert(eq(int, w->n_tags, 0));
    arena_release(&arena);
}

Test(scenario, places_point_at_values) {
    struct arena arena = {0};
    struct err err = {0};
    struct scenario s = read_good(&arena, smallest);
    const struct workload *w = &s.workloads[0];
    cr_assert(not(place_err(w->run_on[0].place, &err, "no such type '%s'", w->run_on[0].sku)));
    cr_assert(eq(str, err.what, "no such type 'g5.2xlarge'"));
    cr_assert(eq(int, err.line, 9));
    cr_assert(eq(int, err.column, 27));
    cr_assert(eq(int, err.length, 10));
    cr_assert(eq(str, err.excerpt, "    run_on: [ { instance: g5.2xlarge } ]"));
    cr_assert(eq(int, w->region_places[0].node->line, 10));
    cr_assert(eq(int, w->slo_place.node->line, 7));
    cr_assert(eq(str, (char *)w->demand.path, "week.csv.zst"));
    cr_assert(eq(str, (char *)w->demand.relative_to, "dir/s.yaml"));
    cr_assert(eq(int, w->demand.path_place.node->column, 22));
    cr_assert(eq(ptr, (void *)w->demand.lengths_place.node, NULL)); /* a default */
    cr_assert(not(place_err(w->demand.lengths_place, &err, "x")));
    cr_assert(eq(int, err.line, 0));
    arena_release(&arena);
}

/* sha256sum of the same bytes. */
Test(scenario, fingerprint) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, smallest);
    cr_assert(eq(sz, strlen(s.sha256), 64));
    cr_assert(eq(str, s.sha256, (char *)s.documents_sha256[0]));
    cr_assert(eq(int, s.n_documents, 1));
    arena_release(&arena);
}

static const char full[] =
    "headroom: 1\n"
    "name: everything\n"
    "prices: [my-book.csv, deal.csv]\n"
    "finance: { currency: USD }\n"
    "horizon: { start: 2027-01-15, months: 24 }\n"
    "today:\n"
    "  fleet:\n"
    "    - { instance: g5.2xlarge, count: 12, workload: chat }\n"
    "    - { instance: g4dn.xlarge, count: 3, option: spot, workload: embed }\n"
    "estate:\n"
    "  discounts: [ { applies_to: [ec2, lambda], rate: 9% }, { applies_to: g6e, rate: 2.5% } ]\n"
    "  owned:\n"
    "    - { savings_plan: compute, commitment: 40 USD/h, ends: 2027-08-31 }\n"
    "    - { savings_plan: ec2, family: g6e, commitment: $1.5/h, term: 3y, payment: all_upfront,\n"
    "        ends: 2028-01-01, region: us-west-2 }\n"
    "    - { reserved: convertible, instance: g5.2xlarge, count: 4, rate: 0.88 USD/h,\n"
    "        payment: partial_upfront, ends: 2027-06-30 }\n"
    "  quotas: { P: 1152 vCPU, P spot: 384 vCPU }\n"
    "policy: { max_term: none, coverage_max: 80%, upfront_max: 1.5 MUSD, spot_share_max: 40%,\n"
    "          spot_derating: 85%, estimates: refuse }\n"
    "workloads:\n"
    "  - name: chat\n"
    "    demand:\n"
    "      growth: 2%/month\n"
    "      generate:\n"
    "        rate: 120 req/min\n"
    "        weekday: [0,0,0,0,0,0,0,0,3,3,3,3,3,3,3,3,3,3,0,0,0,0,0,0]\n"
    "        weekend: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]\n"
    "        burstiness: { minute_cv: 0.4, minute_correlation: 0.6, arrival_cv: 1.5 }\n"
    "        input: { median: 400 tokens, sigma: 0.9, min: 16 tokens, max: 8K tokens }\n"
    "        output: { quantiles: { 0: 6, 0.5: 13, 0.95: 90, 1: 1899 } }\n"
    "        seed: 7\n"
    "    slo: { ttft_p95: 500ms, tpot: 50ms, latency: 30s, over: day }\n"
    "    models:\n"
    "      - { use: llama-3.1-8b, precision: [bf16, fp8] }\n"
    "      - { use: bedrock/llama-3.1-8b, tokens_ratio: 1.1, ttft: 400ms, ttft_sigma: 0.4,\n"
    "          tpot: 12ms, tpot_sigma: 0.2, requests_per_minute: 800 req/min,\n"
    "          tokens_per_minute: 300K tokens/min, cached_input: 40% }\n"
    "      - { use: bedrock/llama-3.1-8b, tier: batch, deadline: 12h }\n"
    "      - { use: bedrock/llama-3.1-8b, tier: provisioned_6m, ttft: 1s, tpot: 9ms,\n"
    "          units: { count: 3, tokens_per_minute: 50K tokens/min } }\n"
    "    run_on:\n"
    "      - { instance: p5.48xlarge, tensor_parallel: 2, replicas_per_instance: 3,\n"
    "          tokens_per_step: 2K tokens, sequences: 128, kv_blocks: 9000 }\n"
    "    regions: [us-east-1, us-west-2]\n"
    "    tags: { team: support, cost_center: CC-104 }\n"
    "    admission: { outstanding: 40.5, tenants: [ { share: 70%, rate: 5 req/s, burst: 20 },\n"
    "                                               { share: 30%, rate: 60 req/min } ] }\n"
    "    fallback: { above: 30, to: bedrock/llama-3.1-8b }\n"
    "    timeouts: { queue: 10s, total: 1min }\n"
    "    cancellations: { share: 20%, after: 30s }\n"
    "    retries: { attempts: 4, backoff: 500ms, longest: 30s, jitter: 25% }\n"
    "    cache: { hits: 10%, latency: 5ms }\n"
    "  - name: embed\n"
    "    demand:\n"
    "      hourly: usage.csv\n"
    "      tokens: { input: 128 tokens, output: 0 tokens }\n"
    "      burstiness: { minute_cv: 0.2 }\n"
    "      seed: 9\n"
    "    slo: { latency: 2s, share: 95%, over: week }\n"
    "    models: [ { use: bert-large, precision: int8 } ]\n"
    "    run_on:\n"
    "      - { instance: c7g.4xlarge, batch: 16, batch_wait: 10ms }\n"
    "      - { function: lambda-arm64, memory: 3 GB, cold_start: 4s, keep_alive: 10min,\n"
    "          concurrency: 500 }\n"
    "      - { function: lambda-x86, memory: 6 GB, vcpu_max: 2.5, provisioned: 20,\n"
    "          cold_start: { median: 3s, sigma: 0.7 }, ramp: { copies: 100, every: 1min },\n"
    "          keep_alive: { quantiles: { 0: 1min, 0.5: 5min, 1: 20min } } }\n"
    "    regions: [us-east-1]\n"
    "purchase:\n"
    "  - spot\n"
    "  - { reserved: [standard, convertible], term: [1y, 3y], payment: all_upfront }\n"
    "  - { savings_plan: [compute, ec2], term: 1y, payment: [no_upfront, partial_upfront] }\n"
    "  - { savings_plan: compute }\n"
    "scaling: { boot: 90s }\n"
    "simulation: { seed: 9007199254740991, replications: 5,\n"
    "  router: shortest_of_d, router_choices: 3 }\n";

Test(scenario, money_and_policy_are_read) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    cr_assert(eq(int, s.start.year * 10000 + s.start.month * 100 + s.start.day, 20270115));
    cr_assert(eq(int, s.months, 24));
    cr_assert(eq(int, s.n_prices, 2));
    cr_assert(eq(str, (char *)s.prices[1].path, "deal.csv"));
    cr_assert(eq(int, s.n_today, 2));
    cr_assert(eq(int, s.today[0].count, 12));
    cr_assert(eq(int, s.today[0].workload, 0));
    cr_assert(not(s.today[0].spot));
    cr_assert(eq(int, s.today[1].workload, 1));
    cr_assert(s.today[1].spot);
    cr_assert(eq(int, s.n_discounts, 3));
    cr_assert(eq(str, (char *)s.discounts[1].applies_to, "lambda"));
    cr_assert(eq(dbl, s.discounts[1].fraction, 0.09));
    cr_assert(eq(dbl, s.discounts[2].fraction, 0.025));
    cr_assert(eq(int, s.discount_places[2].node->line, 11));
    cr_assert(eq(int, s.n_quotas, 2));
    cr_assert(eq(str, (char *)s.quotas[1].group, "P"));
    cr_assert(s.quotas[1].spot);
    cr_assert(eq(dbl, s.quotas[1].vcpu, 384));
    cr_assert(eq(int, s.policy.term_years_max, 0));
    cr_assert(eq(dbl, s.policy.coverage_max, 0.8));
    cr_assert(eq(dbl, s.policy.upfront_usd_max, 1.5e6));
    cr_assert(eq(dbl, s.policy.spot_share_max, 0.4));
    cr_assert(eq(dbl, s.policy.spot_derating, 0.85));
    cr_assert(not(s.estimates));
    cr_assert(eq(dbl, s.boot_s, 90));
    cr_assert(eq(ulong, s.seed, 9007199254740991UL));
    cr_assert(eq(int, s.replications, 5));
    cr_assert(eq(int, s.router, ROUTER_SHORTEST_OF_D));
    cr_assert(eq(int, s.router_choices, 3));
    arena_release(&arena);
}

Test(scenario, front_doors_are_read) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    const struct front_door *door = &s.workloads[0].front;
    cr_assert(eq(dbl, door->outstanding_max[0], 40.5));
    cr_assert(eq(dbl, door->outstanding_max[1], 0));
    cr_assert(eq(int, door->n_tenants, 2));
    cr_assert(eq(dbl, door->tenants[0].share, 0.7));
    cr_assert(eq(dbl, door->tenants[0].burst, 20));
    cr_assert(eq(dbl, door->tenants[1].rate_per_second, 1));
    cr_assert(eq(dbl, door->tenants[1].burst, 1));
    cr_assert(eq(dbl, door->overflow_outstanding, 30));
    cr_assert(eq(str, (char *)s.workloads[0].fallback, "bedrock/llama-3.1-8b"));
    cr_assert(eq(dbl, door->queue_timeout_s, 10));
    cr_assert(eq(dbl, door->timeout_s, 60));
    cr_assert(eq(dbl, door->impatient_share, 0.2));
    cr_assert(eq(dbl, door->patience_s, 30));
    cr_assert(eq(int, door->attempts, 4));
    cr_assert(eq(dbl, door->backoff_s, 0.5));
    cr_assert(eq(dbl, door->backoff_max_s, 30));
    cr_assert(eq(dbl, door->jitter, 0.25));
    cr_assert(eq(dbl, door->cache_share, 0.1));
    cr_assert(eq(dbl, door->cache_s, 0.005));
    cr_assert(not(front_door_used(&s.workloads[1].front)));
    cr_assert(s.workloads[1].fallback == NULL);
    arena_release(&arena);
}

Test(scenario, owned_commitments_are_read) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    const struct owned_spec *o = s.owned;
    cr_assert(eq(int, s.n_owned, 3));
    cr_assert(eq(int, o[0].terms.kind, COMMIT_PLAN_COMPUTE));
    cr_assert(eq(int, o[0].terms.term_years, 1));
    cr_assert(eq(int, o[0].terms.payment, PAY_NO_UPFRONT));
    cr_assert(eq(dbl, o[0].usd_per_hour, 40));
    cr_assert(eq(int, o[0].ends.month, 8));
    cr_assert(eq(int, o[1].terms.kind, COMMIT_PLAN_EC2));
    cr_assert(eq(int, o[1].terms.term_years, 3));
    cr_assert(eq(int, o[1].terms.payment, PAY_ALL_UPFRONT));
    cr_assert(eq(str, (char *)o[1].family, "g6e"));
    cr_assert(eq(str, (char *)o[1].region, "us-west-2"));
    cr_assert(eq(int, o[2].terms.kind, COMMIT_RESERVED_CONVERTIBLE));
    cr_assert(eq(int, o[2].terms.payment, PAY_PARTIAL_UPFRONT));
    cr_assert(eq(str, (char *)o[2].instance, "g5.2xlarge"));
    cr_assert(eq(dbl, o[2].count, 4));
    cr_assert(eq(dbl, o[2].rate_usd_per_hour, 0.88));
    cr_assert(eq(str, (char *)o[2].region, ""));
    arena_release(&arena);
}

/* 2 kinds x 2 terms x 1 payment + 2 x 1 x 2 = 8; the last row says again what is there. */
Test(scenario, purchases_multiply_out) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    cr_assert(s.allow_spot);
    cr_assert(not(s.allow_on_demand));
    cr_assert(eq(int, s.n_terms, 8));
    cr_assert(eq(int, s.terms[1].kind, COMMIT_RESERVED_STANDARD));
    cr_assert(eq(int, s.terms[1].term_years, 3));
    cr_assert(eq(int, s.terms[1].payment, PAY_ALL_UPFRONT));
    cr_assert(eq(int, s.terms[7].kind, COMMIT_PLAN_EC2));
    cr_assert(eq(int, s.terms[7].payment, PAY_PARTIAL_UPFRONT));
    arena_release(&arena);
}

/* ---- engines and variants ---- */

static const char knobs[] = "headroom: 1\n"
                            "name: x\n"
                            "horizon: { start: 2026-12-01 }\n"
                            "profiles: [ a.csv, sub/b.csv ]\n"
                            "workloads:\n"
                            "  - name: chat\n"
                            "    demand: { trace: week.csv, priorities: [20%, 30%, 50%] }\n"
                            "    slo: { ttft: 500ms }\n"
                            "    models:\n"
                            "      - { use: llama-3.1-8b, precision: [fp8, int4, fp4], kv: "
                            "[bf16, fp8], quality: -0.3 points, one_off: 40 kUSD, lora: { "
                            "adapters: 20, resident: 8, rank: 32, skew: 0.5 } }\n"
                            "      - { use: qwen3-8b, lora: { adapters: 4, resident: 4 } }\n"
                            "    engine: { tokens_per_step: 4K tokens, sequences: 64, context: "
                            "8192 tokens, chunked_prefill: off, admission: priority, reserve: "
                            "first_chunk, prefix_caching: off, cuda_graphs: off, "
                            "async_scheduling: off, step_overhead: 2ms, memory_share: 85% }\n"
                            "    run_on:\n"
                            "      - { instance: g5.2xlarge }\n"
                            "      - { instance: p5.48xlarge, tokens_per_step: 8K tokens, "
                            "sequences: 512, context: 4096 tokens, chunked_prefill: on, "
                            "admission: fcfs, reserve: whole_prompt, prefix_caching: on, "
                            "cuda_graphs: on, async_scheduling: on, step_overhead: 0ms, "
                            "memory_share: 95%, split: { prefill: 1, decode: 3, link: 50 GB/s } "
                            "}\n"
                            "    regions: us-east-1\n";

static void expect_engine(const struct serving_options *got, const struct serving_options *want) {
    cr_expect(eq(int, got->tokens_per_step_max, want->tokens_per_step_max));
    cr_expect(eq(int, got->sequences_max, want->sequences_max));
    cr_expect(eq(int, got->context_max, want->context_max));
    cr_expect(eq(int, (int)got->admission, (int)want->admission));
    cr_expect(eq(int, got->whole_prompts, want->whole_prompts));
    cr_expect(eq(int, got->reserve_first_chunk, want->reserve_first_chunk));
    cr_expect(eq(int, got->no_prefix_caching, want->no_prefix_caching));
    cr_expect(eq(int, got->no_graphs, want->no_graphs));
    cr_expect(eq(int, got->no_async_scheduling, want->no_async_scheduling));
    if (isnan(want->step_overhead_s))
        cr_expect(isnan(got->step_overhead_s));
    else
        cr_expect(eq(dbl, got->step_overhead_s, want->step_overhead_s));
    cr_expect(eq(dbl, got->memory_share, want->memory_share));
}

/* Every knob away from its default in `engine`, and back in one entry of run_on. */
Test(scenario, an_entry_of_run_on_overrides_its_workloads_engine) {
    const struct serving_options engine = {.tokens_per_step_max = 4000,
                                           .sequences_max = 64,
                                           .context_max = 8192,
                                           .admission = ADMISSION_PRIORITY,
                                           .whole_prompts = true,
                                           .reserve_first_chunk = true,
                                           .no_prefix_caching = true,
                                           .no_graphs = true,
                                           .no_async_scheduling = true,
                                           .step_overhead_s = 0.002,
                                           .memory_share = 0.85};
    const struct serving_options entry = {.tokens_per_step_max = 8000,
                                          .sequences_max = 512,
                                          .context_max = 4096,
                                          .step_overhead_s = 0,
                                          .memory_share = 0.95};
    const struct serving_options defaults = {.step_overhead_s = NAN, .memory_share = 0.9};
    struct arena arena = {0};
    struct scenario s = read_good(&arena, knobs), plain = read_good(&arena, smallest);
    const struct workload *w = &s.workloads[0];
    expect_engine(&w->engine, &engine);
    expect_engine(&w->run_on[0].serving, &engine);
    expect_engine(&w->run_on[1].serving, &entry);
    expect_engine(&plain.workloads[0].engine, &defaults);
    expect_engine(&plain.workloads[0].run_on[0].serving, &defaults);
    cr_expect(eq(int, w->run_on[0].serving.split_prefill, 0));
    cr_expect(eq(int, w->run_on[1].serving.split_prefill, 1));
    cr_expect(eq(int, w->run_on[1].serving.split_decode, 3));
    cr_expect(eq(dbl, w->run_on[1].serving.split_link_bytes_per_s, 50e9));
    arena_release(&arena);
}

Test(scenario, variants_adapters_priorities_and_profiles_are_read) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, knobs), plain = read_good(&arena, smallest);
    const struct workload *w = &s.workloads[0];
    const struct model_use *llama = &w->models[0], *qwen = &w->models[1];
    cr_assert(eq(int, llama->n_precisions, 3));
    cr_expect(eq(int, (int)llama->precisions[1], PRECISION_INT4));
    cr_expect(eq(int, (int)llama->precisions[2], PRECISION_FP4));
    cr_assert(eq(int, llama->n_kv, 2));
    cr_expect(eq(int, (int)llama->kv[0], PRECISION_BF16));
    cr_expect(eq(int, (int)llama->kv[1], PRECISION_FP8));
    cr_expect(eq(str, (char *)llama->quality, "-0.3 points"));
    cr_expect(eq(dbl, llama->one_off_usd, 40e3));
    cr_expect(eq(int, llama->serving.adapters, 20));
    cr_expect(eq(int, llama->serving.adapters_resident, 8));
    cr_expect(eq(int, llama->serving.adapter_rank, 32));
    cr_expect(eq(dbl, llama->serving.adapter_skew, 0.5));
    cr_expect(eq(int, qwen->serving.adapter_rank, 16));
    cr_expect(eq(dbl, qwen->serving.adapter_skew, 1));
    const struct model_use *bare = &plain.workloads[0].models[0];
    cr_expect(eq(int, bare->n_kv, 1));
    cr_expect(eq(int, (int)bare->kv[0], PRECISION_BF16));
    cr_expect(eq(dbl, bare->one_off_usd, 0));
    cr_expect(eq(str, (char *)bare->quality, ""));
    cr_expect(eq(int, bare->serving.adapters, 0));
    cr_assert(eq(int, w->demand.generate.n_priorities, 3));
    cr_expect(eq(dbl, w->demand.generate.priority_share[0], 0.2));
    cr_expect(eq(dbl, w->demand.generate.priority_share[2], 0.5));
    cr_expect(eq(int, plain.workloads[0].demand.generate.n_priorities, 0));
    cr_assert(eq(int, s.n_profiles, 2));
    cr_expect(eq(str, (char *)s.profiles[1].path, "sub/b.csv"));
    cr_expect(eq(int, plain.n_profiles, 0));
    arena_release(&arena);
}

Test(scenario, objective_and_models_are_read) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    const struct workload *chat = &s.workloads[0], *embed = &s.workloads[1];
    cr_assert(eq(dbl, chat->slo.ttft_s, 0.5));
    cr_assert(eq(dbl, chat->slo.tpot_s, 0.05));
    cr_assert(eq(dbl, chat->slo.latency_s, 30));
    cr_assert(eq(dbl, chat->slo.share, 0.95));
    cr_assert(eq(int, chat->slo.over, SLO_OVER_DAY));
    cr_assert(eq(dbl, embed->slo.share, 0.95));
    cr_assert(eq(int, chat->models[0].n_precisions, 2));
    cr_assert(eq(int, chat->models[0].precisions[1], PRECISION_FP8));
    const struct serving_options *api = &chat->models[1].serving;
    cr_assert(eq(dbl, chat->models[1].tokens_ratio, 1.1));
    cr_assert(eq(dbl, api->ttft_s, 0.4));
    cr_assert(eq(dbl, api->ttft_sigma, 0.4));
    cr_assert(eq(dbl, api->tpot_s, 0.012));
    cr_assert(epsilon_eq(dbl, api->requests_per_minute, 800, 1e-9));
    cr_assert(epsilon_eq(dbl, api->tokens_per_minute, 300e3, 1e-6));
    const struct serving_options *p5 = &chat->run_on[0].serving;
    cr_assert(eq(int, p5->tensor_parallel, 2));
    cr_assert(eq(int, p5->replicas_per_instance, 3));
    cr_assert(eq(int, p5->tokens_per_step_max, 2000));
    cr_assert(eq(int, p5->sequences_max, 128));
    cr_assert(eq(long, p5->kv_blocks, 9000));
    cr_assert(eq(int, embed->run_on[0].serving.batch_max, 16));
    cr_assert(eq(dbl, embed->run_on[0].serving.batch_wait_s, 0.01));
    const struct run_on *function = &embed->run_on[1];
    cr_assert(function->is_function);
    cr_assert(eq(str, (char *)function->sku, "lambda-arm64"));
    cr_assert(eq(int, function->serving.memory_mb, 3072));
    cr_assert(eq(dbl, function->serving.cold_start.value_s, 4));
    cr_assert(eq(dbl, function->serving.keep_alive.value_s, 600));
    cr_assert(eq(int, function->serving.concurrency_max, 500));
    cr_assert(eq(int, function->serving.provisioned, 0));
    cr_assert(eq(int, function->serving.ramp_copies, 0));
    const struct serving_options *ready = &embed->run_on[2].serving;
    cr_assert(eq(dbl, ready->vcpu_max, 2.5));
    cr_assert(eq(int, ready->provisioned, 20));
    cr_assert(eq(int, ready->concurrency_max, 0));
    cr_assert(eq(int, ready->cold_start.kind, DELAY_LOGNORMAL));
    cr_assert(eq(dbl, ready->cold_start.value_s, 3));
    cr_assert(eq(dbl, ready->cold_start.sigma, 0.7));
    cr_assert(eq(int, ready->ramp_copies, 100));
    cr_assert(eq(dbl, ready->ramp_s, 60));
    cr_assert(eq(int, ready->keep_alive.kind, DELAY_TABLE));
    const struct model_use *apis = chat->models + 1;
    cr_assert(eq(int, chat->n_models, 4));
    cr_assert(eq(int, apis[0].serving.tier, TIER_STANDARD));
    cr_assert(epsilon_eq(dbl, apis[0].serving.cached_share, 0.4, 1e-12));
    cr_assert(eq(int, apis[1].serving.tier, TIER_BATCH));
    cr_assert(eq(dbl, apis[1].serving.batch_deadline_s, 12 * 3600));
    cr_assert(eq(int, apis[2].serving.tier, TIER_PROVISIONED_6M));
    cr_assert(eq(int, apis[2].serving.units, 3));
    cr_assert(epsilon_eq(dbl, apis[2].serving.tokens_per_minute, 150000, 1e-6));
    cr_assert(eq(int, ready->keep_alive.n, 3));
    cr_assert(eq(dbl, ready->keep_alive.p[1], 0.5));
    cr_assert(eq(dbl, ready->keep_alive.seconds[1], 300));
    cr_assert(eq(int, chat->n_regions, 2));
    cr_assert(eq(str, (char *)chat->regions[1], "us-west-2"));
    cr_assert(eq(int, chat->n_tags, 2));
    cr_assert(eq(str, (char *)chat->tags[1][0], "cost_center"));
    cr_assert(eq(str, (char *)chat->tags[1][1], "CC-104"));
    arena_release(&arena);
}

/* Weekdays give 10 hours of multiplier 3 = 30 a day, weekends 24: 5 x 30 + 2 x 24 = 198 for 168
 * hours. At a mean of 2 requests/s multiplier 1 is 2 x 168 / 198 requests/s. */
Test(scenario, the_generated_week_has_the_stated_mean) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    const struct traffic *t = &s.workloads[0].demand.generate;
    double sum = 0;
    for (int i = 0; i < HOURS_PER_WEEK; i++)
        sum += t->rate_per_second[i];
    cr_assert(eq(int, t->kind, TRAFFIC_GENERATED));
    cr_assert(eq(str, (char *)t->name, "generated"));
    cr_assert(eq(dbl, t->days, 7));
    cr_assert(epsilon_eq(dbl, sum / 168, 2, 1e-12));
    cr_assert(eq(dbl, t->rate_per_second[0], 0)); /* Monday 00:00 */
    cr_assert(epsilon_eq(dbl, t->rate_per_second[4 * 24 + 8], 3 * 2 * 168.0 / 198, 1e-12));
    cr_assert(epsilon_eq(dbl, t->rate_per_second[5 * 24], 2 * 168.0 / 198, 1e-12));
    cr_assert(eq(ulong, t->seed, 7));
    cr_assert(eq(dbl, t->burstiness.minute_cv, 0.4));
    cr_assert(eq(dbl, t->burstiness.minute_correlation, 0.6));
    cr_assert(eq(dbl, t->burstiness.arrival_cv, 1.5));
    cr_assert(eq(dbl, s.workloads[0].demand.growth.mid, 0.02));
    arena_release(&arena);
}

Test(scenario, lengths_in_three_ways) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, full);
    const struct traffic *chat = &s.workloads[0].demand.generate;
    const struct traffic *embed = &s.workloads[1].demand.generate;
    cr_assert(eq(int, chat->input.kind, LENGTH_LOGNORMAL));
    cr_assert(eq(dbl, chat->input.median, 400));
    cr_assert(eq(dbl, chat->input.sigma, 0.9));
    cr_assert(eq(int, chat->input.min, 16));
    cr_assert(eq(int, chat->input.max, 8000));
    cr_assert(eq(int, chat->output.kind, LENGTH_TABLE));
    cr_assert(eq(int, chat->output.n, 4));
    cr_assert(eq(dbl, chat->output.p[2], 0.95));
    cr_assert(eq(dbl, chat->output.tokens[2], 90));
    cr_assert(eq(int, chat->output.min, 6));
    cr_assert(eq(int, chat->output.max, 1899));
    cr_assert(eq(int, embed->input.kind, LENGTH_FIXED));
    cr_assert(eq(dbl, embed->input.value, 128));
    cr_assert(eq(dbl, embed->output.value, 0));
    cr_assert(eq(int, s.workloads[1].demand.kind, DEMAND_HOURLY));
    cr_assert(eq(str, (char *)s.workloads[1].demand.path, "usage.csv"));
    cr_assert(eq(dbl, embed->burstiness.minute_cv, 0.2));
    cr_assert(eq(dbl, embed->burstiness.arrival_cv, 1));
    cr_assert(eq(ulong, embed->seed, 9));
    arena_release(&arena);
}

Test(scenario, json_is_accepted) {
    static const char json[] =
        "{\"headroom\": 1, \"name\": \"j\", \"horizon\": {\"start\": \"2026-12-01\"},\n"
        " \"workloads\": [{\"name\": \"chat\", \"demand\": {\"trace\": \"week.csv\"},\n"
        "  \"slo\": {\"ttft\": \"500ms\"}, \"models\": [{\"use\": \"bedrock/llama-3.1-8b\"}],\n"
        "  \"regions\": [\"us-east-1\"]}],\n"
        " \"purchase\": {\"savings_plan\": \"compute\"}}\n";
    struct arena arena = {0};
    struct scenario s = read_good(&arena, json);
    cr_assert(eq(dbl, s.workloads[0].slo.ttft_s, 0.5));
    cr_assert(eq(int, s.workloads[0].n_run_on, 0));
    cr_assert(eq(int, s.n_terms, 1));
    cr_assert(not(s.allow_on_demand)); /* only what is listed may be bought */
    arena_release(&arena);
}

/* ---- the outlook ---- */

Test(scenario, growth_events_and_drivers) {
    struct arena arena = {0};
    struct scenario s = read_good(
        &arena, "headroom: 1\nname: x\nhorizon: { start: 2026-12-01 }\nworkloads:\n"
                "  - name: chat\n"
                "    demand:\n"
                "      drivers: { users: 86400, requests_per_user: 14/day }\n"
                "      generate: { weekend: [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],\n"
                "                  input: 9 tokens, output: 9 tokens }\n"
                "      growth: { low: 1%/month, mid: 3%/month, high: 6%/month, confidence: 90% }\n"
                "      events: [ { from: 2027-11-24, to: 2027-12-03, factor: 2.5 } ]\n"
                "    slo: { ttft: 500ms }\n"
                "    models: [ { use: llama-3.1-8b } ]\n"
                "    run_on: [ { instance: g5.2xlarge } ]\n"
                "    regions: us-east-1\n");
    const struct demand_spec *demand = &s.workloads[0].demand;
    double sum = 0;
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        sum += demand->generate.rate_per_second[h];
    cr_assert(epsilon_eq(dbl, demand->driven_rate_per_second, 14, 1e-12));
    cr_assert(epsilon_eq(dbl, sum / HOURS_PER_WEEK, 14, 1e-12));
    cr_assert(demand->growth.is_interval);
    cr_assert(eq(dbl, demand->growth.low, 0.01));
    cr_assert(eq(dbl, demand->growth.mid, 0.03));
    cr_assert(eq(dbl, demand->growth.high, 0.06));
    cr_assert(eq(dbl, demand->growth.confidence, 0.9));
    cr_assert(eq(int, demand->n_events, 1));
    cr_assert(eq(int, demand->events[0].from.day, 24));
    cr_assert(eq(int, demand->events[0].to.day, 3));
    cr_assert(eq(dbl, demand->events[0].factor, 2.5));
    arena_release(&arena);
}

/* ---- the whole grammar ---- */

static const char grammar[] =
    "headroom: 1\n"
    "name: Assistants of the coming year\n"
    "time_zone: Europe/Berlin\n"
    "finance: { currency: USD, discount_rate: 9%/year, fiscal_year_starts: 02-01 }\n"
    "horizon: { start: 2026-12-01, months: 12, beyond: { growth: { low: -20%/year, mid: 0%/year, "
    "high: 20%/year } } }\n"
    "today:   { focus: bill.csv }\n"
    "estate:\n"
    "  discounts: [ { applies_to: [ec2], rate: 9% } ]\n"
    "  owned: [ { savings_plan: compute, commitment: 40 USD/h, ends: 2027-08-31, rates: r.json } "
    "]\n"
    "  other_usage: rest-of-ec2.csv\n"
    "  quotas: { P: 1152 vCPU, G: 768 vCPU }\n"
    "  supply: [ { instance: p5.48xlarge, obtainable: 30%, lead_time: 21d } ]\n"
    "policy: { max_term: 1y, coverage_max: 80%, upfront_max: 1 MUSD, spot_share_max: 40%,\n"
    "          estimates: mark }\n"
    "budgets: [ { scope: all, quarter: 2.5 MUSD, basis: cash } ]\n"
    "workloads:\n"
    "  - name: chat\n"
    "    demand:\n"
    "      trace: week.csv.zst\n"
    "      growth: { low: 1%/month, mid: 3%/month, high: 6%/month, confidence: 80% }\n"
    "      events: [ { from: 2027-11-24, to: 2027-12-01, factor: 2.5 } ]\n"
    "    slo: { ttft: 500ms, tpot: 50ms, share: 99% }\n"
    "    models: [ { use: llama-3.1-8b, precision: [bf16, fp8] },\n"
    "              { use: bedrock/llama-3.1-8b, tokens_ratio: 1.0 } ]\n"
    "    run_on: [ { instance: g6e.2xlarge }, { instance: p5.48xlarge, tensor_parallel: 1 } ]\n"
    "    regions: [us-east-1]\n"
    "    value: { unit: resolved ticket, requests_per_unit: 6, worth: 1.80 USD }\n"
    "    tags: { team: support }\n"
    "  - name: drafts\n"
    "    demand: { drivers: { users: 210000, requests_per_user: 14/day },\n"
    "              generate: { input: 9 tokens, output: 9 tokens } }\n"
    "    slo: { latency: 9s }\n"
    "    models: [ { use: bedrock/llama-3.1-8b } ]\n"
    "    regions: [us-east-1]\n"
    "purchase: [ on_demand, spot,\n"
    "            { reserved: standard, term: [1y, 3y], payment: [no_upfront, all_upfront] },\n"
    "            { savings_plan: [compute, ec2], term: 1y, payment: no_upfront } ]\n"
    "resilience: { zones: 3, survive: zone }\n"
    "scaling: { policy: target_tracking, metric: concurrency, target: 70%, boot: 3min }\n";

Test(scenario, the_grammar_is_read_whole) {
    struct arena arena = {0};
    struct scenario s = read_good(&arena, grammar);
    cr_assert(epsilon_eq(dbl, pow(1 + s.discount_per_month, 12), 1.09, 1e-9));
    cr_assert(s.beyond.is_interval);
    cr_assert(epsilon_eq(dbl, pow(1 + s.beyond.low, 12), 0.8, 1e-9));
    cr_assert(eq(dbl, s.beyond.mid, 0));
    cr_assert(epsilon_eq(dbl, pow(1 + s.beyond.high, 12), 1.2, 1e-9));
    arena_release(&arena);
}
