/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel_tables_read and fit_kernels: five tables apart by lines of dashes, in the order dense,
 * attention, per sequence, all-reduce, experts; the last two may be absent. Mistakes at their
 * places, or a fit whose times are finite and not negative. */
#include <string.h>

#include "sim/iteration_time.h"
#include "sim/perf/fit_kernels.h"
#include "target.h"

const char *const fuzz_name = "kernel_tables";
const bool fuzz_unpacks = false; /* the parts are plain */
const char *const fuzz_words[] = {"layer,tokens,time_us\n",
                                  "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n",
                                  "layer,sequences,time_us\n",
                                  "tokens,experts_hit,time_us\n",
                                  "time_stats.all_reduce.median",
                                  "num_workers,devices_per_node,size",
                                  "\n---\n",
                                  "layernorm,",
                                  "embedding,",
                                  "qkv_proj,1,10\n",
                                  "0,0,1,16,9\n",
                                  "16,0,0,0,9\n",
                                  "16,0,1,16,9\n",
                                  "2,2,8192,0.02\n",
                                  "-1",
                                  "0",
                                  "1e-4",
                                  "3.6e9",
                                  "131072",
                                  "131073",
                                  ",",
                                  "\n",
                                  "\"",
                                  NULL};

enum { TABLES = 5 };

/* Up to the next line of dashes. */
static struct bytes next_part(struct bytes *rest) {
    static const char line[] = "\n---\n";
    struct bytes part = *rest;
    const char *end = memmem(rest->data, rest->n, line, sizeof line - 1);
    if (end) {
        part.n = (size_t)(end - rest->data) + 1;
        rest->data = end + sizeof line - 1;
        rest->n -= part.n + sizeof line - 2;
    } else {
        rest->n = 0;
    }
    return part;
}

static void check_fit(struct arena *arena, const struct catalog *catalog,
                      const struct kernel_tables *tables, int tensor_parallel) {
    struct fit fit;
    struct fit_setup setup = {
        .model = catalog_model(catalog, bytes_of("mixtral-8x7b")),
        .accelerator = catalog_accelerator(catalog, "H100"),
        .precision = PRECISION_BF16,
        .kv_precision = PRECISION_BF16,
        .tensor_parallel = tensor_parallel,
        .engine = "e",
        .version = "v",
        .date = "2026-08-01",
        .source = "s",
        .kv_blocks = 1000,
    };
    fit_kernels(arena, &setup, tables, &fit);
    ENSURE(iteration_time_valid(&fit.profile.time));
    ENSURE(fit.profile.rows > 0);
}

bool fuzz_one(struct bytes bytes) {
    struct arena arena = {0};
    struct err err = {0};
    struct err_list errs = {0};
    struct catalog catalog;
    struct kernel_tables tables = {.n_moe = -7};
    struct source *sources[TABLES] = {NULL};
    struct bytes rest = bytes;
    ENSURE(catalog_shipped(&arena, &catalog, &err));
    for (int i = 0; i < TABLES && (i < 3 || rest.n > 0); i++) {
        sources[i] = source_open_memory(&arena, next_part(&rest), "fuzzed.csv", &err);
        ENSURE(sources[i] != NULL);
    }
    int tensor_parallel = sources[3] ? 2 : 1;
    bool fine = kernel_tables_read(
        &arena,
        &(struct kernel_sources){sources[0], sources[1], sources[2], sources[3], sources[4]},
        &(struct kernel_limits){32768, 8, tensor_parallel}, &tables, &errs);
    ENSURE(fine == (errs.n_total == 0));
    ENSURE(fine || tables.n_moe == -7);
    for (int i = 0; i < errs.n; i++)
        fuzz_check_words(&errs.items[i]);
    if (fine)
        check_fit(&arena, &catalog, &tables, tensor_parallel);
    for (int i = 0; i < TABLES; i++)
        source_close(sources[i]);
    arena_release(&arena);
    return fine;
}
