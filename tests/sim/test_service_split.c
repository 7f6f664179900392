/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A candidate with prefill and decode apart, by hand: engines, cache bytes, link; the exact reasons
 * of what cannot be split. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "sim/replica.h"
#include "sim/sizing.h"

struct built {
    struct candidate candidate;
    struct capacity capacity;
};

static struct catalog shipped(struct arena *arena) {
    struct catalog catalog;
    struct err err = {0};
    cr_assert(catalog_shipped(arena, &catalog, &err), "%s", err.what);
    return catalog;
}

static struct built build(const struct catalog *catalog, const char *instance,
                          struct serving_options options) {
    struct built built = {.candidate = {.kind = CANDIDATE_INSTANCE}};
    options.step_overhead_s = NAN;
    options.model = options.model ? options.model : "llama-3.1-8b";
    options.precision = PRECISION_BF16;
    bool ok = service_build(catalog, catalog_instance(catalog, bytes_of(instance)), &options,
                            &built.candidate, &built.capacity);
    cr_assert(eq(int, ok, built.capacity.feasible));
    return built;
}

/* Llama-3.1-8B: 32 layers, 8 KV heads of 128, keys and values of 2 bytes: 131072 bytes a token,
 * over two H100 as over one. The link of an H100 is 900 GB/s both ways, 450 one way. Eight of them
 * are one replica of 1 + 3 engines of two, or two of 1 + 1. */
Test(service_split, by_hand) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {.split_prefill = 1, .split_decode = 3, .tensor_parallel = 2};
    struct built built = build(&catalog, "p5.48xlarge", options);
    cr_assert(built.capacity.feasible, "%s", built.capacity.reason);
    cr_assert(eq(int, built.candidate.service.kind, SERVICE_SPLIT));
    const struct split_service *split = &built.candidate.service.split;
    cr_assert(eq(int, split->prefill, 1));
    cr_assert(eq(int, split->decode, 3));
    cr_assert(eq(dbl, split->cache_bytes_per_token, 131072));
    cr_assert(eq(dbl, split->link_bytes_per_s, 450e9));
    cr_assert(eq(dbl, split->link_s, 50e-6));
    cr_assert(eq(int, built.candidate.replicas_per_instance, 1));
    cr_assert(eq(str, built.capacity.basis,
                 "rule datasheet: llama-3.1-8b, bf16 on H100, tensor parallel 2; 1 prefill + 3 "
                 "decode, link 450 GB/s"));
    struct err err = {0};
    cr_assert(replica_model_of(SERVICE_SPLIT)->check(&built.candidate.service, &err), "%s",
              err.what);

    options.split_decode = 1;
    options.split_link_bytes_per_s = 50e9;
    built = build(&catalog, "p5.48xlarge", options);
    cr_assert(eq(int, built.candidate.replicas_per_instance, 2));
    cr_assert(eq(dbl, built.candidate.service.split.link_bytes_per_s, 50e9));
    arena_release(&arena);
}

/* Both kinds are the engine that serves unsplit, but that decode engines keep no prefixes. */
Test(service_split, engines_are_those_of_the_unsplit_candidate) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {.sequences_max = 77, .reserve_first_chunk = true};
    struct llm_service alone = build(&catalog, "p5.48xlarge", options).candidate.service.llm;
    options.split_prefill = options.split_decode = 4;
    struct split_service split = build(&catalog, "p5.48xlarge", options).candidate.service.split;
    cr_assert(eq(int, split.prefill_engine.prefix_caching, alone.prefix_caching));
    cr_assert(not(split.decode_engine.prefix_caching));
    split.decode_engine.prefix_caching = alone.prefix_caching;
    const struct llm_service *engines[] = {&split.prefill_engine, &split.decode_engine};
    for (int i = 0; i < 2; i++) {
        cr_assert(eq(dbl, engines[i]->time.a0, alone.time.a0));
        cr_assert(eq(dbl, engines[i]->time.d2, alone.time.d2));
        cr_assert(eq(i64, engines[i]->kv_blocks, alone.kv_blocks));
        cr_assert(eq(int, engines[i]->sequences_max, 77));
        cr_assert(engines[i]->reserve_first_chunk);
        cr_assert(eq(int, engines[i]->context_max, alone.context_max));
    }
    arena_release(&arena);
}

static const struct {
    const char *instance;
    struct serving_options options;
    const char *reason;
} refused[] = {
    {"p5.48xlarge",
     {.split_prefill = 3, .split_decode = 2},
     "1 replica of 3 + 2 engines with tensor_parallel 1 need 5 accelerators; p5.48xlarge has 8, "
     "and none may be left over"},
    {"p5.48xlarge",
     {.split_prefill = 3, .split_decode = 3, .tensor_parallel = 2},
     "1 replica of 3 + 3 engines with tensor_parallel 2 need 12 accelerators; p5.48xlarge has 8, "
     "and none may be left over"},
    {"p5.48xlarge",
     {.split_prefill = 1, .split_decode = 1, .replicas_per_instance = 3},
     "3 replicas of 1 + 1 engines with tensor_parallel 1 need 6 accelerators; p5.48xlarge has 8, "
     "and none may be left over"},
    {"p5.48xlarge", {.split_decode = 8}, "split needs 1 to 64 engines of each kind, not 0 and 8"},
    {"c7g.16xlarge",
     {.split_prefill = 1, .split_decode = 1},
     "c7g.16xlarge has no accelerators to give engines of their own; leave split out"},
    {"inf2.48xlarge",
     {.split_prefill = 4, .split_decode = 8, .model = "llama-2-7b"},
     "no link rate is known between the Inferentia2 of inf2.48xlarge; state the link of split"},
    {"p5.48xlarge",
     {.split_prefill = 4, .split_decode = 4, .model = "bert-base"},
     "bert-base is no decoder and generates nothing; leave split out"},
};

Test(service_split, reasons) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct built built = build(&catalog, refused[i].instance, refused[i].options);
        cr_expect(not(built.capacity.feasible), "%zu", i);
        cr_expect(eq(str, built.capacity.reason, (char *)(uintptr_t)refused[i].reason));
    }
    arena_release(&arena);
}
