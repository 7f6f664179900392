/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The kernel tables of one RTX 4090 (LLMServingSim@5daddb2), read and fitted as `headroom perf
 * fit` does. */
#ifndef HEADROOM_TESTS_SIM_KERNEL_DATA_H
#define HEADROOM_TESTS_SIM_KERNEL_DATA_H

#include "published_data.h"
#include "sim/perf/fit_kernels.h"

#define RTX4090 "groundtruth/llmservingsim-rtx4090-llama31-8b-tp1/"

enum { RTX4090_BLOCKS = 2588 }; /* as the engine reported */

static inline struct source *data_source(struct arena *arena, const char *path) {
    return source_open_memory(arena, data_read(arena, path), path, NULL);
}

static inline struct kernel_tables rtx4090_tables(struct arena *arena) {
    static const char *const files[3] = {RTX4090 "profile_dense.csv",
                                         RTX4090 "profile_attention.csv",
                                         RTX4090 "profile_per_sequence.csv"};
    struct source *sources[3];
    for (int i = 0; i < 3; i++)
        sources[i] = data_source(arena, files[i]);
    struct kernel_tables tables = {0};
    struct err_list errs = {0};
    cr_assert(kernel_tables_read(
                  arena, &(struct kernel_sources){sources[0], sources[1], sources[2], NULL, NULL},
                  &(struct kernel_limits){131072, 0, 1}, &tables, &errs),
              "%s: %s", errs.items[0].file, errs.items[0].what);
    for (int i = 0; i < 3; i++)
        source_close(sources[i]);
    return tables;
}

/** What the shipped profile was made with. */
static inline struct fit rtx4090_fit(struct arena *arena, const struct catalog *catalog) {
    struct fit_setup setup = {
        .model = catalog_model(catalog, bytes_of("llama-3.1-8b")),
        .accelerator = catalog_accelerator(catalog, "RTX-4090"),
        .precision = PRECISION_BF16,
        .kv_precision = PRECISION_BF16,
        .tensor_parallel = 1,
        .engine = "vllm",
        .version = "0.19.0",
        .date = "2026-08-17",
        .source = "casys-kaist/LLMServingSim@5daddb2 "
                  "profiler/perf/RTX4090/meta-llama/Llama-3.1-8B/bf16/tp1 (MIT, Copyright 2024 "
                  "CASYS Lab at KAIST)",
        .kv_blocks = RTX4090_BLOCKS,
    };
    struct kernel_tables tables = rtx4090_tables(arena);
    struct fit fit;
    fit_kernels(arena, &setup, &tables, &fit);
    return fit;
}

#endif
