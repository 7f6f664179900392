/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates and the estate around them: names that are unknown or stand twice, a fleet of today
 * that cannot run, owned commitments without a rate, discounts for nothing, ways to buy without a
 * rate. Each mistake is told at its line before anything is simulated; whatever is fine is looked
 * at in the offers and candidates of a study that stops after SIZE. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/result.h"

#define BOOK_HEAD                                                                                  \
    "headroom_price_book,1,tiny,USD\n"                                                             \
    "kind,sku,region,alias,option,term,payment,unit,usd,interruptions_per_month,status,source,"    \
    "as_of\n"
#define ON_DEMAND(sku, region, alias, usd)                                                         \
    "instance," sku "," region "," alias ",on_demand,,,hour," usd ",,published,here,2026-12-01\n"
#define SPOT(sku, region, usd, share)                                                              \
    "instance," sku "," region ",,spot,,,hour," usd "," share ",published,here,2026-12-01\n"
#define API(sku, alias)                                                                            \
    "token_api," sku ",us-east-1," alias ",on_demand,,,1M input tokens,1,,published,here,"         \
    "2026-12-01\n"                                                                                 \
    "token_api," sku ",us-east-1,,on_demand,,,1M output tokens,1,,published,here,2026-12-01\n"

static const char tiny_book[] = BOOK_HEAD ON_DEMAND("g4dn.xlarge", "us-east-1", "small", "0.5")
    ON_DEMAND("g4dn.xlarge", "us-west-2", "", "0.6") SPOT("g4dn.xlarge", "us-east-1", "0.2", "")
        SPOT("g4dn.xlarge", "us-west-2", "0.2", "0.05") ON_DEMAND("g5.xlarge", "us-east-1", "", "1")
            ON_DEMAND("c7g.xlarge", "us-west-2", "", "0.2")
                ON_DEMAND("new9.large", "us-east-1", "", "0.1")
                    SPOT("inf1.xlarge", "us-east-1", "0.1",
                         "0.05") "instance,g4dn.xlarge,us-east-1,,plan_compute,3y,all_upfront,hour,"
                                 "0.2,,published,here,"
                                 "2026-12-01\n" API("api-one", "one uno")
                                     API("api-two",
                                         "two") "function,lambda-arm64,us-east-1,,on_demand,,,GB-"
                                                "second,0.0000133334,,published,here,"
                                                "2026-12-01\n"
                                                "function,lambda-arm64,us-east-1,,on_demand,,,1M "
                                                "requests,0.2,,published,here,2026-12-01\n";

static const char *study_of(struct arena *arena, const char *text, struct study *study) {
    const struct memory_file files[] = {{"t.yaml", text}, {"tiny.csv", tiny_book}, {NULL, NULL}};
    return memory_study(
        arena, (struct memory_run){.files = files, .size_only = true, .alone = true}, study);
}

#define TINY HEAD "prices: tiny.csv\n"
#define ONE(where) "workloads:\n" WORKLOAD("embed", "0.02 req/s", where)
#define MODELS(models)                                                                             \
    "workloads:\n"                                                                                 \
    "  - name: chat\n"                                                                             \
    "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"         \
    "    slo: { ttft: 5s, share: 90% }\n"                                                          \
    "    models: " models "\n"                                                                     \
    "    run_on: [ { instance: g5.xlarge } ]\n"                                                    \
    "    regions: [us-east-1]\n"
#define OWNED(entry) "estate: { owned: [ " entry " ] }\n"
#define TODAY(rows) "today: { fleet: [ " rows " ] }\n"

static const struct {
    const char *text, *want;
} mistakes[] = {
    /* a router that counts what the replicas do not have */
    {"headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: 1 }\n"
     "simulation: { router: most_free_kv }\nprices: tiny.csv\n" ONE(
         "[ { instance: g4dn.xlarge } ]"),
     "t.yaml:4:23 the router most_free_kv needs decoders: g4dn.xlarge of the workload 'embed' has "
     "no KV cache | take another router: headroom explain simulation.router\n"},
    /* what cannot take over from an overloaded fleet */
    {TINY ONE("[ { instance: g4dn.xlarge } ]") "    fallback: { above: 9, to: api-one }\n",
     "t.yaml:13:31 'api-one' cannot take over: the workload has no token API and no function of "
     "that name | name a token API of models, or a function of run_on\n"},
    /* names, each told once however many candidates hang on it */
    {TINY "workloads:\n"
          "  - name: embed\n"
          "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }\n"
          "    slo: { latency: 500ms, share: 95% }\n"
          "    models: [ { use: bert-base, precision: [bf16, fp32] }, { use: bert-bas } ]\n"
          "    run_on: [ { instance: g4dn.xlrge }, { function: g4dn.xlarge } ]\n"
          "    regions: [us-east-1, us-east-11]\n",
     "t.yaml:10:67 unknown model 'bert-bas' | did you mean 'bert-base'? list models with: headroom "
     "explain models, token APIs with: headroom prices list\n"
     "t.yaml:11:27 unknown instance 'g4dn.xlrge' | did you mean 'g4dn.xlarge'? list the 15 rates "
     "of tiny with: headroom prices list\n"
     "t.yaml:11:53 unknown function 'g4dn.xlarge' | list the 15 rates of tiny with: headroom "
     "prices list\n"
     "t.yaml:12:26 unknown region 'us-east-11' | did you mean 'us-east-1'? the price book tiny has "
     "no rate there\n"},
    {TINY ONE("[ { instance: new9.large } ]"),
     "t.yaml:11:27 unknown instance 'new9.large' | the price book has it, but the catalogue of "
     "instance types does not\n"},
    /* what stands twice */
    {TINY ONE("[ { instance: g4dn.xlarge }, { instance: g5.xlarge }, { instance: small } ]"),
     "t.yaml:11:79 run_on of 'embed' lists 'g4dn.xlarge' twice | keep one; a type may stand twice "
     "with another setup, such as tensor_parallel, memory or batch\n"},
    {TINY ONE("[ { function: lambda-arm64, memory: 1 GB, cold_start: 2s }, { function: "
              "lambda-arm64, memory: 1024 MB, cold_start: 2s } ]"),
     "t.yaml:11:85 run_on of 'embed' lists 'lambda-arm64' twice | keep one; a type may stand twice "
     "with another setup, such as tensor_parallel, memory or batch\n"},
    {TINY MODELS("[ { use: one, ttft: 1s, tpot: 1ms }, { use: uno, ttft: 1s, tpot: 1ms, "
                 "tokens_ratio: 1.2 } ]"),
     "t.yaml:10:57 models of 'chat' lists 'api-one' twice | keep one: it has one tokens_ratio, one "
     "latency and one quota\n"},
    {TINY MODELS("[ { use: llama-3.2-1b, precision: [bf16, fp8] }, { use: llama-3.2-1b } ]"),
     "t.yaml:10:69 models of 'chat' lists 'llama-3.2-1b' twice | keep one, or give it another "
     "precision\n"},
    {TINY MODELS("[ { use: llama-3.2-1b, kv: [bf16, fp8] }, { use: llama-3.2-1b, kv: fp8 } ]"),
     "t.yaml:10:62 models of 'chat' lists 'llama-3.2-1b' twice | keep one, or give it another "
     "precision\n"},
    /* what only a token API has */
    {TINY MODELS("[ { use: llama-3.2-1b, tier: batch } ]"),
     "t.yaml:10:36 'tier' is for token APIs, and 'llama-3.2-1b' is a model of the catalogue | take "
     "it "
     "out\n"},
    /* the same API in two tiers is two candidates */
    {TINY MODELS("[ { use: one, ttft: 1s, tpot: 1ms }, { use: uno, tier: batch } ]"), ""},
    /* the same setup, said by the engine and by the entry */
    {TINY MODELS("[ { use: llama-3.2-1b } ]") "    engine: { sequences: 64 }\n"
                                              "today: { fleet: [ { instance: g4dn.xlarge, count: "
                                              "1 } ] }\n",
     ""},
    /* knobs that nothing reads */
    {TINY ONE("[ { instance: g4dn.xlarge, sequences: 64 } ]") "    engine: { sequences: 64 }\n",
     "t.yaml:11:40 'sequences' is for engines of decoders, and 'embed' has none | take it out; "
     "other models run in batches: batch, batch_wait\n"
     "t.yaml:13:5 'engine' is for decoders, and 'embed' has none | take it out; other models run "
     "in "
     "batches: batch, batch_wait\n"},
    {TINY "workloads:\n"
          "  - name: chat\n"
          "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"
          "    slo: { ttft: 5s, share: 90% }\n"
          "    models: [ { use: llama-3.2-1b } ]\n"
          "    run_on: [ { instance: g5.xlarge, batch: 4 } ]\n"
          "    regions: [us-east-1]\n",
     "t.yaml:11:38 'batch' is for models that are no decoders, and 'chat' has none | take it out; "
     "engines of decoders have sequences and tokens_per_step\n"},
    /* engines that a machine cannot hold */
    {TINY ONE("[ { instance: g4dn.xlarge, split: { prefill: 1, decode: 3 } } ]"),
     "t.yaml:11:40 1 + 3 engines need 4 accelerators; g4dn.xlarge has 1 | take fewer engines, "
     "fewer "
     "accelerators for each, or a larger type\n"},
    {TINY ONE("[ { instance: g4dn.xlarge, tensor_parallel: 2, split: { prefill: 1, decode: 1 } } "
              "]"),
     "t.yaml:11:60 1 + 1 engines with 2 accelerators each need 4 accelerators; g4dn.xlarge has 1 | "
     "take fewer engines, fewer accelerators for each, or a larger type\n"},
    {TINY "workloads:\n" WORKLOAD_IN("embed", "0.02 req/s",
                                     "[ { instance: c7g.xlarge, split: { prefill: 1, decode: 1 } } "
                                     "]",
                                     "[us-west-2]"),
     "t.yaml:11:39 1 + 1 engines need 2 accelerators; c7g.xlarge has 0 | take it out\n"},
    /* today */
    {TINY ONE("[ { instance: g4dn.xlarge } ]") TODAY("{ instance: g4dn.xlrge, count: 1 }"),
     "t.yaml:13:31 unknown instance 'g4dn.xlrge' | did you mean 'g4dn.xlarge'? list the 15 rates "
     "of tiny with: headroom prices list\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]") TODAY("{ instance: g6.xlarge, count: 1 }"),
     "t.yaml:13:31 today's g6.xlarge cannot serve 'embed': no rate for g6.xlarge in us-east-1 in "
     "the book tiny | list the type under run_on as it is set up (precision, tensor_parallel), put "
     "missing rates into a price book of your own, or leave today out\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]") TODAY("{ instance: c7g.xlarge, count: 1 }"),
     "t.yaml:13:31 today's c7g.xlarge cannot serve 'embed': no rate for c7g.xlarge in us-east-1 in "
     "the book tiny | list the type under run_on as it is set up (precision, tensor_parallel), put "
     "missing rates into a price book of your own, or leave today out\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]")
         TODAY("{ instance: g5.xlarge, count: 1, option: spot }"),
     "t.yaml:13:31 today's spot g5.xlarge cannot serve 'embed': price book tiny has no spot rate "
     "for g5.xlarge in us-east-1 | list the type under run_on as it is set up (precision, "
     "tensor_parallel), put missing rates into a price book of your own, or leave today out\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]")
         TODAY("{ instance: inf1.xlarge, count: 1, option: spot }"),
     "t.yaml:13:31 today's spot inf1.xlarge cannot serve 'embed': no rate: price book tiny has no "
     "on-demand rate for inf1.xlarge in us-east-1 | list the type under run_on as it is set up "
     "(precision, tensor_parallel), put missing rates into a price book of your own, or leave "
     "today out\n"},
    {TINY "workloads:\n"
          "  - name: chat\n"
          "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"
          "    slo: { ttft: 5s, share: 90% }\n"
          "    models: [ { use: llama-3.1-70b } ]\n"
          "    run_on: [ { instance: g5.xlarge } ]\n"
          "    regions: [us-east-1]\n" TODAY(
              "{ instance: g5.xlarge, count: 9 }, { instance: g4dn.xlarge, count: 9 }"),
     "t.yaml:13:31 today's g5.xlarge cannot serve 'chat': does not fit: weights 131.4 GiB in bf16 "
     "+ 1.15 GiB reserve leave no room for cache in 0.9 x 22.0 GiB of one A10G; try p4d.24xlarge "
     "with tensor_parallel: 4 | list the type under run_on as it is set up (precision, "
     "tensor_parallel), put "
     "missing rates into a price book of your own, or leave today out\n"
     "t.yaml:13:66 today's g4dn.xlarge cannot serve 'chat': does not fit: weights 131.4 GiB in "
     "bf16 + 1.15 GiB reserve leave no room for cache in 0.9 x 16.0 GiB of one T4; try "
     "p4d.24xlarge "
     "with tensor_parallel: 4 | list the type under run_on as it is set up (precision, "
     "tensor_parallel), put "
     "missing rates into a price book of your own, or leave today out\n"},
    {TINY MODELS("[ { use: one, ttft: 1s, tpot: 1ms } ]")
         TODAY("{ instance: g4dn.xlarge, count: 1 }"),
     "t.yaml:13:31 today's g4dn.xlarge cannot serve 'chat': none of its models runs on instances | "
     "list the type under run_on as it is set up (precision, tensor_parallel), put missing rates "
     "into a price book of your own, or leave today out\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]")
         WORKLOAD("other", "0.02 req/s", "[ { instance: g4dn.xlarge } ]")
             TODAY("{ instance: g4dn.xlarge, count: 1, workload: embed }"),
     "t.yaml:13:11 today's fleet has nothing for the workload 'other' | add what serves it to "
     "today.fleet, with workload: other; or leave today out\n"},
    /* owned reserved instances */
    {TINY ONE("[ { instance: g4dn.xlarge } ]")
         OWNED("{ reserved: convertible, instance: small, count: 2, ends: 2027-06-01 }"),
     "t.yaml:13:32 no rate is known for the owned 1-year convertible reserved instance of "
     "g4dn.xlarge in us-east-1, no upfront | state what one instance hour costs, for example rate: "
     "0.88 USD/h; price book tiny has no 1-year no upfront convertible reserved instance rate for "
     "g4dn.xlarge in us-east-1\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]")
         OWNED("{ reserved: standard, instance: g6.xlarge, count: 2, ends: 2027-06-01 }"),
     "t.yaml:13:32 no rate is known for the owned 1-year reserved instance of g6.xlarge in "
     "us-east-1, no upfront | state what one instance hour costs, for example rate: 0.88 USD/h; "
     "price book tiny has no 1-year no upfront reserved instance rate for g6.xlarge in "
     "us-east-1\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]") OWNED(
         "{ reserved: standard, instance: g6.xlrge, count: 2, rate: 1 USD/h, ends: 2027-06-01 }"),
     "t.yaml:13:32 unknown owned instance 'g6.xlrge' | did you mean 'g6.xlarge'? list the types "
     "with: headroom prices list\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]") OWNED(
         "{ reserved: standard, instance: lambda-arm64, count: 2, rate: 1 USD/h, ends: 2027-06-01 "
         "}"),
     "t.yaml:13:32 unknown owned instance 'lambda-arm64' | list the types with: headroom prices "
     "list\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]") OWNED(
         "{ reserved: standard, instance: g5.xlarge, count: 2, rate: 1 USD/h, region: us-est-1, "
         "ends: 2027-06-01 }"),
     "t.yaml:13:32 unknown region 'us-est-1' | did you mean 'us-east-1'? the price book tiny has "
     "no rate there\n"},
    {TINY "policy: { estimates: refuse }\n" ONE("[ { instance: g4dn.xlarge } ]")
         OWNED("{ reserved: standard, instance: g5.xlarge, count: 2, ends: 2027-06-01 }"),
     "t.yaml:14:32 no rate is known for the owned 1-year reserved instance of g5.xlarge in "
     "us-east-1, no upfront | state what one instance hour costs, for example rate: 0.88 USD/h; "
     "only an estimate (rule ri-1y-gpu, ri-payment) is at hand, and estimates are refused\n"},
    /* owned plans */
    {TINY "policy: { estimates: refuse }\n" ONE("[ { instance: g4dn.xlarge } ]")
         OWNED("{ savings_plan: compute, commitment: 1 USD/h, term: 1y, payment: all_upfront, "
               "ends: 2027-06-01 }"),
     "t.yaml:14:36 the owned 1-year Compute savings plan, all upfront, covers nothing: no "
     "candidate has a rate under it | terms with rates for this kind of plan: 3-year all upfront; "
     "or put the plan's rates into a price book of your own\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]") OWNED(
         "{ savings_plan: ec2, family: g4dn, commitment: 1 USD/h, term: 3y, ends: 2027-06-01 }"),
     "t.yaml:13:36 the owned 3-year EC2 Instance savings plan, no upfront, covers nothing: no "
     "candidate has a rate under it | terms with rates for this kind of plan: 1-year no upfront, "
     "1-year partial upfront, 1-year all upfront; or put the plan's rates into a price book of "
     "your own\n"},
    {TINY "policy: { estimates: refuse }\n" ONE("[ { instance: g4dn.xlarge } ]")
         OWNED("{ savings_plan: ec2, family: g4dn, commitment: 1 USD/h, ends: 2027-06-01 }"),
     "t.yaml:14:36 the owned 1-year EC2 Instance savings plan, no upfront, covers nothing: no "
     "candidate has a rate under it | the book and the estimate rules give none: only an estimate "
     "(rule ri-1y-gpu, ri-payment, sp-ec2) is at hand, and estimates are refused; put the plan's "
     "rates into a price book of your own\n"},
    {TINY ONE("[ { instance: g4dn.xlarge } ]")
         OWNED("{ savings_plan: ec2, family: g4dm, commitment: 1 USD/h, ends: 2027-06-01 }"),
     "t.yaml:13:36 unknown instance family 'g4dm' | did you mean 'g4dn'? an EC2 Instance savings "
     "plan covers one family in one region\n"},
    /* owned capacity */
    {TINY ONE("[ { instance: g4dn.xlarge } ]") OWNED(
         "{ capacity: reservation, instance: g6.xlarge, count: 2, zone: 2, ends: 2027-06-01 }"),
     "t.yaml:13:32 the owned capacity reservation of g6.xlarge is in zone 2 of 1 | set "
     "resilience.zones to what the fleet runs in\n"
     "t.yaml:13:32 no on-demand rate is known for the owned capacity reservation of g6.xlarge in "
     "us-east-1 | price book tiny has no on-demand rate for g6.xlarge in us-east-1\n"},
    /* discounts */
    {TINY ONE("[ { instance: g4dn.xlarge } ]") "estate:\n"
                                               "  discounts:\n"
                                               "    - { applies_to: [ec2, lambda, bedrock, g4dn, "
                                               "g6e, small, api-one, new9], rate: 9% }\n"
                                               "    - { applies_to: [g4d, fargate], rate: 9% }\n",
     "t.yaml:16:22 unknown discount target 'g4d' | did you mean 'g4dn'? a discount is for ec2, "
     "sagemaker, lambda, bedrock, transfer, storage, an instance family or a SKU of tiny\n"
     "t.yaml:16:27 unknown discount target 'fargate' | did you mean 'fargate-x86'? a discount is "
     "for ec2, sagemaker, lambda, "
     "bedrock, transfer, storage, an instance family or a SKU of tiny\n"},
    /* ways to buy */
    {TINY "purchase: [ on_demand, spot, { reserved: convertible, term: 3y } ]\n" ONE(
         "[ { instance: g5.xlarge } ]"),
     "t.yaml:6:24 no candidate has a rate for spot: not g5.xlarge in us-east-1 | price book tiny "
     "has no spot rate for g5.xlarge in us-east-1; take it out of purchase, or add the rate to a "
     "book of your own\n"
     "t.yaml:6:32 no candidate has a rate for a 3-year convertible reserved instance, no upfront: "
     "not g5.xlarge in us-east-1 | price book tiny has no 3-year no upfront convertible reserved "
     "instance rate for g5.xlarge in us-east-1; take it out of purchase, or add the rate to a book "
     "of your own\n"},
    /* several types, each once */
    {TINY "purchase: [ on_demand, { reserved: convertible, payment: all_upfront } ]\n" ONE(
         "[ { instance: g4dn.xlarge }, { instance: g5.xlarge }, { instance: inf1.xlarge } ]"),
     "t.yaml:6:26 no candidate has a rate for a 1-year convertible reserved instance, all upfront: "
     "not g4dn.xlarge in us-east-1, g5.xlarge in us-east-1 and 1 more | price book tiny has no "
     "1-year all upfront convertible reserved instance rate for g4dn.xlarge in us-east-1; take it "
     "out of purchase, or add the rate to a book of your own\n"},
    {TINY "policy: { estimates: refuse }\n"
          "purchase: [ on_demand, spot ]\n" ONE("[ { instance: g4dn.xlarge } ]"),
     "t.yaml:7:24 no candidate has a rate for spot: not g4dn.xlarge in us-east-1 | how often spot "
     "g4dn.xlarge is interrupted in us-east-1 is only an estimate (rule "
     "spot-interruptions-unknown), and estimates are refused; take it out of purchase, or add the "
     "rate to a book of your own\n"},
};
enum { N_MISTAKES = sizeof mistakes / sizeof mistakes[0] };

Test(study_candidates, tells_each_mistake_at_its_line) {
    struct arena arena = {0};
    for (int i = 0; i < N_MISTAKES; i++) {
        struct study study;
        const char *got = study_of(&arena, mistakes[i].text, &study);
        cr_expect(eq(str, (char *)got, (char *)mistakes[i].want), "case %d", i);
    }
    arena_release(&arena);
}

/* ---- what is fine ---- */

static struct study fine(struct arena *arena, const char *text) {
    struct study study;
    const char *got = study_of(arena, text, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

static const struct offer *offer_in(const struct study *study, const char *sku,
                                    const char *region) {
    for (int o = 0; o < study->n_offers; o++)
        if (strcmp(study->offers[o].sku, sku) == 0 && strcmp(study->offers[o].region, region) == 0)
            return &study->offers[o];
    return NULL;
}

static const struct candidate *candidate_named(const struct study *study, const char *name) {
    for (int c = 0; c < study->n_candidates; c++)
        if (strcmp(study->candidates[c].name, name) == 0)
            return &study->candidates[c];
    return NULL;
}

/* Setups of one type are told apart by what they state, everything else by what it is. */
Test(study_candidates, have_unique_names_within_a_workload) {
    struct arena arena = {0};
    struct study study =
        fine(&arena, TINY
             "workloads:\n"
             "  - name: embed\n"
             "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }\n"
             "    slo: { latency: 5s, share: 90% }\n"
             "    models: [ { use: bert-base, precision: [bf16, fp32] }, { use: bert-base, "
             "precision: int8 }, { use: all-minilm-l6-v2 } ]\n"
             "    run_on: [ { instance: small, batch: 8 }, { instance: g4dn.xlarge, batch: 16, "
             "batch_wait: 2ms }, { instance: c7g.xlarge, batch: 4 }, { function: lambda-arm64, "
             "memory: 1 GB }, { function: lambda-arm64, memory: 2 GB } ]\n"
             "    regions: [us-east-1, us-west-2]\n");
    cr_assert(eq(int, study.n_candidates, 4 * 5 * 2)); /* 4 models x 5 setups x 2 regions */
    for (int i = 0; i < study.n_candidates; i++)
        for (int j = 0; j < i; j++)
            cr_expect(ne(str, (char *)study.candidates[i].name, (char *)study.candidates[j].name));
    cr_expect(ne(ptr,
                 (void *)candidate_named(&study, "g4dn.xlarge bert-base fp32 batch 16 wait 2 "
                                                 "ms us-west-2"),
                 NULL));
    cr_expect(
        ne(ptr, (void *)candidate_named(&study, "c7g.xlarge all-minilm-l6-v2 us-east-1"), NULL));
    cr_expect(ne(ptr,
                 (void *)candidate_named(&study, "lambda-arm64 bert-base bf16 2048 MB us-east-1"),
                 NULL));
    arena_release(&arena);
}

/* One offer a SKU and region, whoever names it and by whatever alias. */
Test(study_candidates, of_several_workloads_share_their_offers) {
    struct arena arena = {0};
    struct study study =
        fine(&arena, TINY "workloads:\n" WORKLOAD(
                         "a", "0.02 req/s", "[ { instance: small }, { instance: g5.xlarge } ]")
                         WORKLOAD_IN("b", "0.01 req/s", "[ { instance: g4dn.xlarge } ]",
                                     "[us-west-2, us-east-1]")
                             OWNED("{ reserved: standard, instance: small, count: 1, rate: 0.3 "
                                   "USD/h, ends: 2027-06-01 }"));
    cr_assert(eq(int, study.n_candidates, 4));
    cr_assert(eq(int, study.n_offers, 3));
    cr_expect(eq(int, study.candidates[0].offer, study.candidates[3].offer));
    cr_expect(ne(int, study.candidates[0].offer, study.candidates[2].offer));
    cr_expect(eq(int, study.plan_input.owned[0].offer, study.candidates[0].offer));
    arena_release(&arena);
}

Test(study_candidates, without_a_rate_are_rejected_with_the_reason) {
    struct arena arena = {0};
    struct study study =
        fine(&arena, TINY ONE("[ { instance: g4dn.xlarge }, { instance: c7g.xlarge }, { instance: "
                              "inf1.xlarge }, { instance: g6.xlarge } ]"));
    static const char *const want[] = {
        "", "no rate for c7g.xlarge in us-east-1 in the book tiny",
        "no rate: price book tiny has no on-demand rate for inf1.xlarge in us-east-1",
        "no rate for g6.xlarge in us-east-1 in the book tiny"};
    for (int i = 0; i < 4; i++)
        cr_expect(eq(str, (char *)study_candidate_reason(&study, i), (char *)want[i]));
    cr_assert(study.capacities[0].feasible);
    arena_release(&arena);
}

/* A spot rate without its interruptions is planned with the worst band, and says so. */
Test(study_candidates, never_take_unknown_interruptions_for_none) {
    struct arena arena = {0};
    struct study study = fine(
        &arena, TINY "purchase: [ on_demand, spot ]\n"
                     "workloads:\n" WORKLOAD_IN("a", "0.02 req/s", "[ { instance: g4dn.xlarge } ]",
                                                "[us-east-1, us-west-2]"));
    const struct offer *unknown = offer_in(&study, "g4dn.xlarge", "us-east-1");
    const struct offer *stated = offer_in(&study, "g4dn.xlarge", "us-west-2");
    cr_assert(unknown && stated);
    cr_expect(eq(dbl, unknown->interruptions_per_month, 0.30));
    cr_expect(eq(int, (int)unknown->spot.status, PRICE_ESTIMATED));
    cr_expect(eq(str, (char *)unknown->spot.rule, "spot-interruptions-unknown"));
    cr_expect(eq(dbl, stated->interruptions_per_month, 0.05));
    cr_expect(eq(int, (int)stated->spot.status, PRICE_PUBLISHED));
    arena_release(&arena);
}

/* ---- engines and variants ---- */

/* A10G does not compute in fp4; what it reads is in fp4. */
Test(study_candidates, say_where_fp4_is_only_in_memory) {
    struct arena arena = {0};
    struct study study = fine(&arena, TINY MODELS("[ { use: llama-3.2-1b, precision: fp4 } ]"));
    cr_expect(eq(str, (char *)study.candidates[0].name, "g5.xlarge fp4 weights"));
    cr_expect(eq(str, (char *)study.candidates[0].precision, "fp4"));
    cr_expect(eq(str, (char *)study.capacities[0].basis,
                 "rule datasheet: llama-3.2-1b, fp4 weights computed in bf16 on A10G, tensor "
                 "parallel 1"));
    arena_release(&arena);
}

/* Entries of one type are told apart by what they set otherwise than the workload's engine. */
Test(study_candidates, are_named_by_what_tells_them_apart) {
    static const char *const want[] = {
        "g5.xlarge bf16 kv bf16",
        "g5.xlarge bf16 kv fp8",
        "g5.xlarge fp8 kv bf16",
        "g5.xlarge fp8 kv fp8",
        "g5.xlarge bf16 kv bf16 32 sequences chunked prompts no prefix cache step + 0 ms",
    };
    struct arena arena = {0};
    struct study study =
        fine(&arena, TINY
             "workloads:\n"
             "  - name: chat\n"
             "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"
             "    slo: { ttft: 9s, share: 50% }\n"
             "    models: [ { use: llama-3.2-1b, precision: [bf16, fp8], kv: [bf16, fp8], quality: "
             "as before } ]\n"
             "    engine: { sequences: 64, chunked_prefill: off }\n"
             "    run_on: [ { instance: g5.xlarge, sequences: 64 }, { instance: g5.xlarge, "
             "sequences: 32, prefix_caching: off, chunked_prefill: on, step_overhead: 0ms } ]\n"
             "    regions: [us-east-1]\n");
    cr_assert(eq(int, study.n_candidates, 8));
    for (int c = 0; c < 5; c++)
        cr_expect(eq(str, (char *)study.candidates[c].name, (char *)want[c]));
    cr_expect(eq(str, (char *)study.candidates[3].kv_precision, "fp8"));
    cr_expect(eq(str, (char *)study.candidates[3].quality, "as before"));
    cr_expect(eq(str, (char *)study_engine_words(&arena, &study.scenario.workloads[0].engine),
                 "64 sequences, whole prompts"));
    arena_release(&arena);
}

/* What the scenario says of engines reaches them, and result.json tells what they run with. */
Test(study_candidates, run_their_engines_as_the_scenario_says) {
    struct arena arena = {0};
    struct text json = {.arena = &arena};
    struct study study = fine(
        &arena, TINY
        "workloads:\n"
        "  - name: chat\n"
        "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"
        "    slo: { ttft: 9s, share: 50% }\n"
        "    models: [ { use: llama-3.2-1b, kv: fp8, lora: { adapters: 5, resident: 2 } } ]\n"
        "    engine: { tokens_per_step: 1024 tokens, sequences: 64, context: 4096 tokens, "
        "admission: priority, reserve: first_chunk, prefix_caching: off, cuda_graphs: off, "
        "step_overhead: 2ms }\n"
        "    run_on: [ { instance: g5.xlarge }, { instance: g5.xlarge, sequences: 8, admission: "
        "fcfs, prefix_caching: on, step_overhead: 0ms, kv_blocks: 1000 } ]\n"
        "    regions: [us-east-1]\n");
    cr_assert(eq(int, study.n_candidates, 2));
    const struct llm_service *all = &study.candidates[0].service.llm;
    const struct llm_service *one = &study.candidates[1].service.llm;
    for (int c = 0; c < 2; c++) {
        const struct llm_service *llm = &study.candidates[c].service.llm;
        cr_expect(eq(int, llm->tokens_per_step_max, 1024));
        cr_expect(eq(int, llm->context_max, 4096));
        cr_expect(llm->reserve_first_chunk);
        cr_expect(not(llm->whole_prompts));
        cr_expect(not(llm->time.graphs));
        cr_expect(eq(int, llm->lora.adapters, 5));
        cr_expect(eq(int, llm->lora.resident, 2));
    }
    cr_expect(eq(int, all->sequences_max, 64));
    cr_expect(eq(int, one->sequences_max, 8));
    cr_expect(eq(int, (int)all->admission, ADMISSION_PRIORITY));
    cr_expect(eq(int, (int)one->admission, ADMISSION_FCFS));
    cr_expect(not(all->prefix_caching));
    cr_expect(one->prefix_caching);
    cr_expect(eq(dbl, all->time.t0, 2000));
    cr_expect(eq(dbl, one->time.t0, 0));
    cr_expect(eq(i64, one->kv_blocks, 1000));
    result_append_json(&study, &json);
    static const char *const told[] = {
        "\"kv_precision\": \"fp8\"",   "\"sequences\": 64",        "\"context\": 4096",
        "\"admission\": \"priority\"", "\"kv_blocks\": 1000",      "\"reserve\": \"first_chunk\"",
        "\"prefix_caching\": \"off\"", "\"cuda_graphs\": \"off\"", "\"step_overhead_s\": 0.002",
        "\"adapters_resident\": 2"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        cr_expect(ne(ptr, strstr(json.data, told[i]), NULL), "%s", told[i]);
    arena_release(&arena);
}

/* ---- today ---- */

/* Types that run_on does not list come last and are closed to the plan: with the first precision
 * that fits, in the first region that has their rate. */
Test(study_candidates, of_todays_fleet_come_last) {
    struct arena arena = {0};
    struct study study =
        fine(&arena, TINY
             "workloads:\n"
             "  - name: chat\n"
             "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } "
             "}\n"
             "    slo: { ttft: 9s, share: 50% }\n"
             "    models: [ { use: one, ttft: 1s, tpot: 1ms }, { use: qwen3-32b }, { use: "
             "llama-3.1-8b, precision: [bf16, int8] } ]\n"
             "    run_on: [ { instance: g5.xlarge } ]\n"
             "    regions: [us-east-1, us-west-2]\n" TODAY(
                 "{ instance: small, count: 3 }, { instance: g4dn.xlarge, count: 1, option: "
                 "spot }, { instance: g5.xlarge, count: 1 }"));
    int last = study.n_candidates - 1;
    cr_assert(eq(int, study.n_choices, last)); /* both rows of g4dn.xlarge are one candidate */
    cr_expect(
        eq(str, (char *)study.candidates[last].name, "g4dn.xlarge llama-3.1-8b int8 us-east-1"));
    cr_assert(study.capacities[last].feasible);
    cr_expect(not(study.plan_input.capacities[last].feasible));
    cr_expect(eq(str, (char *)study_candidate_reason(&study, last),
                 "runs today, but run_on does not list it"));
    arena_release(&arena);
}

Test(study_candidates, of_todays_fleet_run_where_they_have_a_rate) {
    struct arena arena = {0};
    struct study study =
        fine(&arena, TINY "workloads:\n" WORKLOAD_IN(
                         "a", "0.02 req/s", "[ { instance: g4dn.xlarge } ]",
                         "[us-east-1, us-west-2]") TODAY("{ instance: c7g.xlarge, count: 3 }"));
    cr_assert(eq(int, study.n_candidates, 3));
    cr_expect(eq(str, (char *)study.candidates[2].region, "us-west-2"));
    arena_release(&arena);
}

/* ---- what is owned ---- */

/* By hand: 2026-12-01 to 2027-06-01 is 31 + 31 + 28 + 31 + 30 + 31 = 182 days. g5.xlarge at 1 USD
 * on demand: 1-year reserved, all upfront, by rule 0.588, no upfront x 1.071 = 0.629748; less the
 * contract's 10 % = 0.5667732. Compute plan, 1 year, by rule 0.756327348 of on demand, less 10 %.
 */
Test(study_candidates, own_what_the_estate_says) {
    struct arena arena = {0};
    struct study study =
        fine(&arena,
             TINY ONE("[ { instance: g4dn.xlarge } ]") "estate:\n"
                                                       "  discounts: [ { applies_to: ec2, rate: "
                                                       "10% } ]\n"
                                                       "  owned:\n"
                                                       "    - { reserved: standard, instance: "
                                                       "g5.xlarge, count: 2, ends: 2027-06-01 "
                                                       "}\n"
                                                       "    - { reserved: convertible, instance: "
                                                       "g6.xlarge, count: 3, rate: 0.4 USD/h, "
                                                       "ends: 2027-06-01 }\n"
                                                       "    - { savings_plan: compute, "
                                                       "commitment: 0.25 USD/h, ends: "
                                                       "2027-06-01 }\n"
                                                       "    - { savings_plan: ec2, family: g4dn, "
                                                       "commitment: 0.5 USD/h, ends: "
                                                       "2028-06-01 }\n");
    const struct commitment *owned = study.plan_input.owned;
    cr_assert(eq(int, study.plan_input.n_owned, 4));
    cr_assert(eq(int, study.n_candidates, 1));
    cr_assert(eq(int, study.n_offers, 3)); /* two of them for what is owned alone */
    for (int i = 0; i < 4; i++) {
        cr_expect(owned[i].owned);
        cr_expect(eq(i64, owned[i].from_s, 0));
        cr_expect(eq(i64, owned[i].to_s, (i == 3 ? 182 + 366 : 182) * 86400LL));
    }
    cr_expect(eq(str, (char *)study.offers[owned[0].offer].sku, "g5.xlarge"));
    cr_expect(eq(i64, owned[0].hourly, 566773200000LL));
    cr_expect(eq(dbl, owned[0].count, 2));
    cr_expect(eq(str, (char *)study.offers[owned[1].offer].sku, "g6.xlarge"));
    cr_expect(eq(i64, owned[1].hourly, 400000000000LL));
    cr_expect(not(study.offers[owned[1].offer].on_demand.known));
    cr_expect(eq(i64, owned[2].plan_usd_per_hour, 225000000LL)); /* 0.25 list dollars x 0.9 */
    cr_expect(eq(i64, owned[2].plan_rates[0], 340347306600LL));  /* 0.5 x 0.756327348 x 0.9 */
    cr_expect(eq(ptr, (void *)owned[2].family, NULL));
    cr_expect(eq(str, (char *)owned[3].family, "g4dn"));
    cr_expect(eq(str, (char *)owned[3].region, "us-east-1"));
    cr_expect(eq(i64, owned[3].plan_rates[owned[0].offer], 0)); /* another family */
    arena_release(&arena);
}
