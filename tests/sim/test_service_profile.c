/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A profile in place of a rule: used for exactly its setup and no other, with its times, blocks,
 * band and words; what the options change about it; and when it extrapolates. */
#include "sim/service_profile.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "sim/profile.h"

static const struct profile measured = {
    .name = "mine",
    .kind = PROFILE_LLM,
    .model = "llama-3.1-8b",
    .accelerator = "L40S",
    .precision = PRECISION_FP8,
    .kv_precision = PRECISION_BF16,
    .tensor_parallel = 2,
    .engine = "vllm",
    .version = "0.19.0",
    .date = "2026-08-20",
    .time = {.layers = 32, .t0 = 70, .a0 = 100, .b1 = 1, .d1 = 0.2, .m4 = 0.3, .graphs = true},
    .kv_blocks = 5000,
    .range = {2048, 256, 2048, 4096, 80000},
    .rows = 100,
    .error_median = 0.02,
    .error_low = -0.03,
    .error_high = 0.04,
};

struct built {
    struct candidate candidate;
    struct capacity capacity;
};

static struct serving_options asked(void) {
    return (struct serving_options){.model = "llama-3.1-8b",
                                    .precision = PRECISION_FP8,
                                    .tensor_parallel = 2,
                                    .step_overhead_s = NAN};
}

static struct built build(const struct profile *profile, const char *instance,
                          const struct serving_options *options) {
    struct arena arena = {0};
    struct catalog catalog;
    cr_assert(catalog_shipped(&arena, &catalog, NULL));
    catalog.profiles = profile;
    catalog.n_profiles = profile ? 1 : 0;
    struct built built = {.candidate = {.kind = CANDIDATE_INSTANCE}};
    cr_assert(service_build(&catalog, catalog_instance(&catalog, bytes_of(instance)), options,
                            &built.candidate, &built.capacity),
              "%s", built.capacity.reason);
    arena_release(&arena);
    return built;
}

static bool is_measured(const struct built *built) {
    return !built->capacity.estimated && strncmp(built->capacity.basis, "profile: ", 9) == 0;
}

Test(service_profile, takes_the_place_of_the_rule) {
    struct serving_options options = asked();
    struct built built = build(&measured, "g6e.12xlarge", &options);
    const struct llm_service *llm = &built.candidate.service.llm;
    cr_assert(is_measured(&built));
    cr_assert(zero(int, memcmp(&llm->time, &measured.time, sizeof llm->time)));
    cr_assert(eq(i64, llm->kv_blocks, 5000));
    cr_assert(eq(int, llm->context_max, 80000)); /* 5000 blocks of 16 */
    cr_assert(eq(dbl, built.capacity.error_low, -0.03));
    cr_assert(eq(dbl, built.capacity.error_high, 0.04));
    cr_assert(not(built.capacity.extrapolated));
    cr_assert(eq(str, built.capacity.basis,
                 "profile: llama-3.1-8b, fp8 on L40S tp2, vllm 0.19.0, measured 2026-08-20"));
}

Test(service_profile, of_another_setup_is_not_used) {
    static const char *const instances[] = {"g6e.12xlarge", "g6e.12xlarge", "g6e.12xlarge",
                                            "g6e.12xlarge", "g6.12xlarge"};
    for (int i = 0; i < 5; i++) {
        struct serving_options options = asked();
        if (i == 0)
            options.model = "qwen3-8b";
        if (i == 1)
            options.precision = PRECISION_BF16;
        if (i == 2)
            options.tensor_parallel = 4;
        if (i == 3)
            options.kv_precision = PRECISION_FP8;
        struct built with = build(&measured, instances[i], &options);
        struct built without = build(NULL, instances[i], &options);
        cr_assert(with.capacity.estimated, "%d", i);
        cr_assert(eq(str, with.capacity.basis, without.capacity.basis));
        cr_assert(
            eq(i64, with.candidate.service.llm.kv_blocks, without.candidate.service.llm.kv_blocks));
    }
}

Test(service_profile, options_still_count) {
    struct serving_options options = asked();
    options.no_graphs = true;
    options.no_async_scheduling = true;
    options.kv_blocks = 700;
    struct built built = build(&measured, "g6e.12xlarge", &options);
    cr_assert(not(built.candidate.service.llm.time.graphs));
    cr_assert(eq(dbl, built.candidate.service.llm.time.t0, 1320)); /* 1 ms + 32 layers x 10 us */
    cr_assert(eq(i64, built.candidate.service.llm.kv_blocks, 700));
    options.step_overhead_s = 0.002;
    built = build(&measured, "g6e.12xlarge", &options);
    cr_assert(epsilon_eq(dbl, built.candidate.service.llm.time.t0, 2000, 1e-9));
    options = asked();
    options.memory_share = 0.5; /* another cache than the one measured */
    built = build(&measured, "g6e.12xlarge", &options);
    cr_assert(ne(i64, built.candidate.service.llm.kv_blocks, 5000));
    options.memory_share = 0.9; /* what it was measured with */
    built = build(&measured, "g6e.12xlarge", &options);
    cr_assert(eq(i64, built.candidate.service.llm.kv_blocks, 5000));
}

Test(service_profile, says_where_it_extrapolates) {
    struct serving_options options = asked();
    struct profile profile = measured;
    options.sequences_max = 300;
    struct built built = build(&profile, "g6e.12xlarge", &options);
    cr_assert(built.capacity.extrapolated);
    cr_assert(ne(ptr, strstr(built.capacity.basis, "; extrapolates above 256 sequences"), NULL));
    profile.range.tokens = 1024;
    profile.range.decode_context = 30000;
    built = build(&profile, "g6e.12xlarge", &options);
    cr_assert(ne(ptr,
                 strstr(built.capacity.basis, "; extrapolates above 1024 tokens a step, 256 "
                                              "sequences, 30000 tokens of context"),
                 NULL));
    options.context_max = 30000;
    options.tokens_per_step_max = 1024;
    options.sequences_max = 256;
    built = build(&profile, "g6e.12xlarge", &options);
    cr_assert(not(built.capacity.extrapolated));
}

/* Both engines of a split take it, each for its part. */
Test(service_profile, of_a_split) {
    struct serving_options options = asked();
    struct profile profile = measured;
    profile.tensor_parallel = options.tensor_parallel = 1;
    options.split_prefill = 1;
    options.split_decode = 3;
    struct built built = build(&profile, "g6e.12xlarge", &options);
    const struct split_service *split = &built.candidate.service.split;
    cr_assert(is_measured(&built));
    cr_assert(eq(int, built.candidate.service.kind, SERVICE_SPLIT));
    cr_assert(eq(int, split->decode, 3));
    cr_assert(eq(dbl, split->prefill_engine.time.a0, 100));
    cr_assert(eq(dbl, split->decode_engine.time.d1, 0.2));
    cr_assert(eq(i64, split->decode_engine.kv_blocks, 5000));
    cr_assert(ne(ptr, strstr(built.capacity.basis, "; 1 prefill + 3 decode, link "), NULL));
}

/* Errors all on one side: the band still holds the profile itself. */
Test(service_profile, band_holds_the_profile) {
    struct serving_options options = asked();
    struct profile profile = measured;
    profile.error_low = 0.01;
    struct built built = build(&profile, "g6e.12xlarge", &options);
    cr_assert(eq(dbl, built.capacity.error_low, 0));
    profile.error_low = -1;
    built = build(&profile, "g6e.12xlarge", &options);
    cr_assert(gt(dbl, built.capacity.error_low, -1));
}

/* Each sequence of a Neuron program reads the length it was compiled for. */
Test(service_profile, scales_with_the_compiled_length) {
    struct profile profile = measured;
    struct serving_options options = asked();
    profile.accelerator = "Inferentia2";
    profile.precision = options.precision = PRECISION_BF16;
    profile.tensor_parallel = options.tensor_parallel = 12;
    profile.kv_blocks = 0;
    profile.range = (struct profile_range){8192, 8, 8192, 0, 4096};
    options.context_max = 4096;
    struct built built = build(&profile, "inf2.48xlarge", &options);
    cr_assert(is_measured(&built));
    cr_assert(eq(dbl, built.candidate.service.llm.time.d1, 0.2));
    cr_assert(not(built.capacity.extrapolated));
    options.context_max = 8192;
    built = build(&profile, "inf2.48xlarge", &options);
    cr_assert(epsilon_eq(dbl, built.candidate.service.llm.time.d1, 0.4, 1e-12));
    cr_assert(epsilon_eq(dbl, built.candidate.service.llm.time.m4, 0.6, 1e-12));
    cr_assert(eq(dbl, built.candidate.service.llm.time.t0, 70)); /* not one of scheduling */
    cr_assert(built.capacity.extrapolated);
}

Test(service_profile, batches) {
    struct profile profile = measured;
    struct serving_options options = {
        .model = "bert-base", .precision = PRECISION_FP8, .step_overhead_s = NAN};
    profile.kind = PROFILE_BATCHED;
    profile.model = "bert-base";
    profile.tensor_parallel = 1;
    profile.base_s = 0.002;
    profile.token_s = 1e-6;
    profile.range = (struct profile_range){.tokens = 4096, .sequences = 8};
    struct built built = build(&profile, "g6e.2xlarge", &options);
    const struct batched_service *batched = &built.candidate.service.batched;
    cr_assert(is_measured(&built));
    cr_assert(batched->base_s == 0.002 && batched->token_s == 1e-6 && batched->memory_s == 0);
    cr_assert(eq(int, batched->batch_max, 8));
    cr_assert(not(built.capacity.extrapolated));
    options.batch_max = 16;
    built = build(&profile, "g6e.2xlarge", &options);
    cr_assert(ne(ptr, strstr(built.capacity.basis, "; extrapolates above 8 items a batch"), NULL));
}
