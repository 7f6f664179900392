/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fits beside a model's weights, by hand: published checkpoints, cache in fp8, latent values,
 * windows, LoRA adapters, a stated context; and the refusals, each with its numbers and a way out
 * that is built again here to see that it serves. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "sim/datasheet.h"
#include "sim/sizing.h"

#define GIB 1073741824.0

struct built {
    struct candidate candidate;
    struct capacity capacity;
    bool ok;
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
    built.ok = service_build(catalog, catalog_instance(catalog, bytes_of(instance)), &options,
                             &built.candidate, &built.capacity);
    cr_assert(eq(int, built.ok, built.capacity.reason[0] == '\0'));
    return built;
}

static const struct llm_service *llm_of(const struct built *built) {
    cr_assert(built->ok, "%s", built->capacity.reason);
    return &built->candidate.service.llm;
}

/* ---- weights ---- */

/* Checkpoints of gpt-oss in MXFP4 are 12.8 and 60.8 GiB (model card, arXiv 2508.10925 table 1): the
 * experts in 4.25 bits, everything else in bf16. All layers in 4.25 bits would be 2 % less. */
Test(service_memory, published_checkpoints) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    const struct model *small = catalog_model(&catalog, bytes_of("gpt-oss-20b"));
    const struct model *large = catalog_model(&catalog, bytes_of("gpt-oss-120b"));
    double gib = datasheet_weight_bytes(small, PRECISION_FP4) / GIB;
    cr_assert(epsilon_eq(dbl, gib, 12.8, 0.05));
    gib = datasheet_weight_bytes(large, PRECISION_FP4) / GIB;
    cr_assert(epsilon_eq(dbl, gib, 60.8, 0.1));
    double narrow = datasheet_weight_bytes(large, PRECISION_INT4) / GIB;
    cr_assert(lt(dbl, narrow, 0.98 * 60.8));
    arena_release(&arena);
}

/* ---- cache ---- */

/* Llama-3.1-8B on an L40S: 12350.8 blocks of 2 MiB in bf16 (test_service_build.c), twice as many in
 * fp8, each read in half the time. The weights stay what they are. */
Test(service_memory, a_cache_in_fp8_is_twice_as_long) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {.model = "llama-3.1-8b", .precision = PRECISION_BF16};
    struct built wide = build(&catalog, "g6e.2xlarge", options);
    options.kv_precision = PRECISION_FP8;
    struct built narrow = build(&catalog, "g6e.2xlarge", options);
    cr_assert(eq(i64, llm_of(&wide)->kv_blocks, 12350));
    cr_assert(eq(i64, llm_of(&narrow)->kv_blocks, 24701));
    cr_assert(epsilon_eq(dbl, llm_of(&narrow)->time.d2, llm_of(&wide)->time.d2 / 2, 1e-12));
    cr_assert(epsilon_eq(dbl, llm_of(&narrow)->time.a0, llm_of(&wide)->time.a0, 0));
    cr_assert(eq(str, narrow.capacity.basis,
                 "rule datasheet: llama-3.1-8b, bf16 on L40S, tensor parallel 1, cache fp8"));
    arena_release(&arena);
}

/* DeepSeek-R1, fp8, 8 of 8 H200 (4800 GB/s): every device keeps all 576 latent values, 1152 B a
 * token and layer.
 *   weights: embeddings 2 x 129280 x 7168 = 1853358080; (671026419200 - 1853358080) + 2 x
 * 1853358080 = 672879777280 B, an eighth each 84109972160 blocks:  (0.9 x 141 GiB - 84109972160
 * - 1.15 GiB) / (16 x 61 x 1152 B) = 45282.1 d2 = 1152 B / (0.8 x 4800 GB/s) = 3.0e-4 us, more than
 * the arithmetic of 128 / 8 heads: 4 x 16 x 576 FLOP / (0.6 x 1978 TFLOPS) = 3.1e-5 us */
Test(service_memory, latent_values_by_hand) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {
        .model = "deepseek-r1", .precision = PRECISION_FP8, .tensor_parallel = 8};
    struct built built = build(&catalog, "p5en.48xlarge", options);
    cr_assert(eq(i64, llm_of(&built)->kv_blocks, 45282));
    cr_assert(epsilon_eq(dbl, llm_of(&built)->time.d2, 3.0e-4, 1e-10));
    cr_assert(zero(dbl, built.capacity.error_low), "nothing is measured of it");
    arena_release(&arena);
}

/* gpt-oss-20b, fp4, one L40S: 2 x 8 x 64 x 2 = 2048 B a token and layer, half of the 24 layers see
 * 128 tokens.
 *   left = 0.9 x 44.7 GiB - 13751518848 - 1.15 GiB = 28210311634 B
 *   windows of 256 sequences: 256 x 128 x 12 x 2048 = 805306368 B
 *   blocks = (left - windows) / (16 x 12 x 2048 B) = 69694.5 (all layers alike: 35871)
 *   one token of a layer 2048 B / 691.2 GB/s = 2.96296e-3 us: d1 = 64 of it, d2 = half of it
 *   one pair 4 x 64 x 64 FLOP / 217.23 TFLOPS = 7.54224e-5 us: p1 = 64 of it, p2 = half of it */
Test(service_memory, short_windows_by_hand) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {.model = "gpt-oss-20b", .precision = PRECISION_FP4};
    struct built built = build(&catalog, "g6e.xlarge", options);
    const struct iteration_time *time = &llm_of(&built)->time;
    cr_assert(eq(i64, llm_of(&built)->kv_blocks, 69694));
    cr_assert(epsilon_eq(dbl, time->d1, 64 * 2.96296e-3, 1e-6));
    cr_assert(epsilon_eq(dbl, time->d2, 2.96296e-3 / 2, 1e-8));
    cr_assert(epsilon_eq(dbl, time->p1, 64 * 7.54224e-5, 1e-8));
    cr_assert(epsilon_eq(dbl, time->p2, 7.54224e-5 / 2, 1e-10));
    cr_assert(epsilon_eq(dbl, time->m4, 1.8 * time->d1, 1e-12));
    cr_assert(epsilon_eq(dbl, time->m5, 1.8 * time->d2, 1e-12));
    arena_release(&arena);
}

/* Gemma-3-27B, bf16, one H100: 8192 B a token and layer, 52 of 62 layers see 1024 tokens.
 *   left = 0.9 x 80 GiB - 2 x 27009346304 - 1.15 GiB = 22055915622 B
 *   1024 sequences: their windows would be 446 GB, so that all layers are alike:
 *     left / (16 x 62 x 8192 B) = 2714.08
 *   16 sequences: (left - 16 x 1024 x 52 x 8192 B) / (16 x 10 x 8192 B) = 11502.5 */
Test(service_memory, long_windows_by_hand) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {.model = "gemma-3-27b", .precision = PRECISION_BF16};
    struct built many = build(&catalog, "p5.48xlarge", options);
    options.sequences_max = 16;
    struct built few = build(&catalog, "p5.48xlarge", options);
    cr_assert(eq(i64, llm_of(&many)->kv_blocks, 2714));
    cr_assert(eq(i64, llm_of(&few)->kv_blocks, 11502));
    arena_release(&arena);
}

/* 0.8 instead of 0.9 of the L40S: 0.1 x 44.7 GiB = 2288.64 blocks of 2 MiB fewer. */
Test(service_memory, a_smaller_share) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {
        .model = "llama-3.1-8b", .precision = PRECISION_BF16, .memory_share = 0.8};
    struct built built = build(&catalog, "g6e.2xlarge", options);
    cr_assert(eq(i64, llm_of(&built)->kv_blocks, 12350 - 2288));
    arena_release(&arena);
}

/* Stated blocks are taken as they are, also where the rule finds no room, but not where the weights
 * alone are more than the memory. */
Test(service_memory, stated_blocks) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {
        .model = "llama-3.1-8b", .precision = PRECISION_BF16, .kv_blocks = 40};
    struct built built = build(&catalog, "g4dn.xlarge", options); /* 15.0 of 16 GiB */
    cr_assert(eq(i64, llm_of(&built)->kv_blocks, 40));
    cr_assert(eq(i32, llm_of(&built)->context_max, 640));
    cr_assert(ne(ptr, strstr(built.capacity.basis, "; cache of 640 tokens"), NULL));
    options.model = "llama-3.1-70b";
    cr_assert(not(build(&catalog, "g6e.2xlarge", options).ok));
    arena_release(&arena);
}

/* ---- LoRA ---- */

/* Rank 16 on every projection of Llama-3.1-8B, 2 B a weight:
 *   2 x 16 x 32 layers x (2 (4096 + 4096) + 2 (4096 + 1024) + 3 (4096 + 14336)) = 83886080 B
 * Four of them take 160 blocks of 2 MiB; one comes at 25 GB/s to an L40S in 3.3554 ms, and at the
 * 16 GB/s of its link to a T4. */
Test(service_memory, adapters_by_hand) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct serving_options options = {.model = "llama-3.1-8b",
                                      .precision = PRECISION_BF16,
                                      .adapters = 20,
                                      .adapters_resident = 4,
                                      .adapter_rank = 16,
                                      .adapter_skew = 1};
    struct built built = build(&catalog, "g6e.2xlarge", options);
    const struct lora_service *lora = &llm_of(&built)->lora;
    cr_assert(eq(i64, llm_of(&built)->kv_blocks, 12350 - 160));
    cr_assert(eq(i32, lora->adapters, 20));
    cr_assert(eq(i32, lora->resident, 4));
    cr_assert(epsilon_eq(dbl, lora->load_s, 83886080 / 25e9, 1e-9));
    cr_assert(epsilon_eq(dbl, lora->skew, 1, 0));
    options.precision = PRECISION_INT8;
    struct built slow = build(&catalog, "g4dn.xlarge", options);
    cr_assert(epsilon_eq(dbl, llm_of(&slow)->lora.load_s, 83886080 / 16e9, 1e-9));
    options.adapters_resident = 0; /* all of them, of the default rank */
    options.adapter_rank = 0;
    struct built all = build(&catalog, "g6e.2xlarge", options);
    cr_assert(eq(i32, llm_of(&all)->lora.resident, 20));
    cr_assert(epsilon_eq(dbl, llm_of(&all)->lora.load_s, 83886080 / 25e9, 1e-9));
    arena_release(&arena);
}

/* The dense part of a mixture only: no width is left for Mixtral's feed-forward, all of it is
 * experts. 2 x 8 x 32 x (2 (4096 + 4096) + 2 (4096 + 1024)) = 13631488 B. */
Test(service_memory, experts_have_no_adapters) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    const struct model *mixtral = catalog_model(&catalog, bytes_of("mixtral-8x7b"));
    cr_assert(epsilon_eq(dbl, datasheet_adapter_bytes(mixtral, 8), 13631488, 0));
    arena_release(&arena);
}

/* ---- refusals ---- */

static const struct {
    const char *instance;
    struct serving_options options;
    const char *reason;
} refused[] = {
    {"g6.xlarge",
     {.model = "llama-3.1-70b", .precision = PRECISION_INT4},
     "does not fit: weights 37.8 GiB in int4 + 1.15 GiB reserve leave no room for cache in 0.9 x "
     "22.0 GiB of one L4; try g6e.xlarge"},
    {"p5.48xlarge",
     {.model = "deepseek-r1", .precision = PRECISION_FP8, .tensor_parallel = 8},
     "does not fit: weights 78.3 GiB in fp8 (the share of one) + 1.15 GiB reserve leave no room "
     "for cache in 0.9 x 80.0 GiB of one H100; try precision: int4"},
    {"g6e.2xlarge",
     {.model = "llama-3.1-8b",
      .precision = PRECISION_BF16,
      .adapters = 400,
      .adapters_resident = 400},
     "does not fit: weights 15.0 GiB in bf16 + 31.25 GiB of 400 adapters + 1.15 GiB reserve leave "
     "no room for cache in 0.9 x 44.7 GiB of one L40S; try fewer resident adapters"},
    {"g6.xlarge",
     {.model = "llama-3.1-8b", .precision = PRECISION_BF16, .context_max = 40000},
     "the cache holds 30240 tokens, fewer than the context of 40000; try kv: fp8, context: 30240 "
     "tokens, a larger tensor_parallel or a smaller precision"},
    {"g6.xlarge",
     {.model = "llama-3.1-8b", .precision = PRECISION_BF16, .context_max = 100000},
     "the cache holds 30240 tokens, fewer than the context of 100000; try context: 30240 tokens, a "
     "larger tensor_parallel or a smaller precision"},
    {"p5.48xlarge",
     {.model = "llama-2-7b", .precision = PRECISION_BF16, .context_max = 8192},
     "a context of 8192 tokens is beyond the 4096 of llama-2-7b"},
    {"c8g.16xlarge",
     {.model = "llama-3.1-8b", .precision = PRECISION_BF16, .kv_precision = PRECISION_FP8},
     "no cache in fp8 is known for 64 vCPU of Graviton4; use kv: bf16"},
    {"inf2.xlarge",
     {.model = "llama-3.1-8b", .precision = PRECISION_BF16, .kv_precision = PRECISION_FP8},
     "no cache in fp8 is known for Inferentia2; use kv: bf16"},
    {"g6.xlarge",
     {.model = "bert-base", .precision = PRECISION_BF16, .kv_precision = PRECISION_FP8},
     "bert-base is no decoder and keeps no cache; leave kv out"},
    {"g6.xlarge",
     {.model = "bert-base", .precision = PRECISION_BF16, .adapters = 2},
     "bert-base is no decoder and has no LoRA adapters; leave lora out"},
};

Test(service_memory, refusals) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct built built = build(&catalog, refused[i].instance, refused[i].options);
        cr_expect(not(built.ok), "case %zu", i);
        cr_expect(eq(str, built.capacity.reason, (char *)refused[i].reason), "case %zu", i);
    }
    arena_release(&arena);
}

/* A list with no type that is large enough says so, and names the largest. */
Test(service_memory, larger_than_every_listed_type) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    struct instance_type two[] = {*catalog_instance(&catalog, bytes_of("g6e.48xlarge")),
                                  *catalog_instance(&catalog, bytes_of("g6.48xlarge"))};
    catalog.instances = two;
    catalog.n_instances = 2;
    struct serving_options options = {
        .model = "deepseek-r1", .precision = PRECISION_BF16, .tensor_parallel = 8};
    struct built built = build(&catalog, "g6.48xlarge", options);
    cr_assert(not(built.ok));
    cr_assert(eq(str, built.capacity.reason,
                 "does not fit: weights 156.2 GiB in bf16 (the share of one) + 1.15 GiB reserve "
                 "leave no room for cache in 0.9 x 22.0 GiB of one L4; no listed type holds it in "
                 "bf16: the largest, g6e.48xlarge, has 358 GiB"));
    arena_release(&arena);
}

/* ---- every way out serves ---- */

static int number_after(const char *text, const char *word) {
    const char *at = strstr(text, word);
    return at ? atoi(at + strlen(word)) : 0;
}

/* The type that a reason names; the instance itself when it names none. */
static const char *type_after_try(const struct catalog *catalog, const char *reason,
                                  const char *instance) {
    const char *at = strstr(reason, "; try ");
    if (!at)
        return NULL;
    size_t n = strcspn(at + 6, " ");
    const struct instance_type *type = catalog_instance(catalog, (struct bytes){at + 6, n});
    return type ? type->name : instance;
}

Test(service_memory, ways_out_serve) {
    struct arena arena = {0};
    struct catalog catalog = shipped(&arena);
    int n_spread = 0, n_precision = 0, n_type = 0, n_none = 0;
    for (int m = 0; m < catalog.n_models; m++)
        for (int i = 0; i < catalog.n_instances; i++)
            for (int p = 0; p < PRECISIONS; p++) {
                const char *name = catalog.instances[i].name;
                struct serving_options options = {.model = catalog.models[m].name,
                                                  .precision = (enum precision)p};
                struct built built = build(&catalog, name, options);
                const char *reason = built.capacity.reason;
                if (built.ok || strncmp(reason, "does not fit", 12) != 0)
                    continue;
                const char *type = type_after_try(&catalog, reason, name);
                const char *word = strstr(reason, "precision: ");
                int tp = number_after(reason, "tensor_parallel: ");
                n_none += type == NULL;
                n_type += type && strcmp(type, name) != 0;
                n_spread += tp > 0;
                n_precision += word != NULL;
                if (word) {
                    struct serving_options other = options;
                    cr_assert(
                        precision_parse(bytes_of(word + strlen("precision: ")), &other.precision));
                    cr_assert(build(&catalog, type, other).ok, "%s: %s", name, reason);
                }
                options.tensor_parallel = tp;
                if (type && (tp || !word))
                    cr_assert(build(&catalog, type, options).ok, "%s: %s", name, reason);
            }
    cr_assert(ge(int, n_spread, 100));
    cr_assert(ge(int, n_precision, 100));
    cr_assert(ge(int, n_type, 10));
    cr_log_info("%d spread, %d precision, %d other types, %d none", n_spread, n_precision, n_type,
                n_none);
    arena_release(&arena);
}
