/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Kernel measurements of one model on one device, as tables (CSV; times are of one layer unless
 * said otherwise, in microseconds):
 *
 *  - dense: `layer,tokens,time_us`. Names and how often a step has them: `embedding` and
 *    `final_layernorm` once, `layernorm` twice a decoder layer (before attention and before the
 *    feed-forward), every other once a decoder layer. Each name is measured at the same tokens.
 *  - attention: `prefill_chunk,kv_prefill,n_decode,kv_decode,time_us`: a chunk on a cached prefix
 *    beside n_decode sequences that have kv_decode tokens cached each.
 *  - per sequence: `layer,sequences,time_us`: output head and sampler, once a step.
 *  - all-reduce: `size,num_workers,devices_per_node,time_stats.all_reduce.median` and optionally
 *    `max_devices_per_node`: bytes of the message, milliseconds. Only rows inside one node count:
 *    devices_per_node = min(num_workers, max_devices_per_node).
 *  - moe: `tokens,experts_hit,time_us` (or `activated_experts`): the experts of one layer. */
#ifndef HEADROOM_SIM_PERF_KERNEL_TABLES_H
#define HEADROOM_SIM_PERF_KERNEL_TABLES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/source.h"

/** Of each regime: a fit on half of the rows needs more rows than terms. */
enum { KERNEL_ROWS_LEAST = 12 };

/** Microseconds by tokens, or by sequences, or by bytes: rising in `at`, equal ones averaged. */
struct kernel_curve {
    int n, n_rows; /* points, and rows of the table behind them */
    const double *at, *time_us;
};

struct attention_row {
    double chunk, cached, decodes, context; /* context of each decoding sequence */
    double time_us;
};

struct moe_row {
    double tokens, hit, time_us;
};

struct kernel_tables {
    struct kernel_curve layer;      /* everything but attention and experts in a decoder layer */
    struct kernel_curve once;       /* embedding and last norm by tokens, a step */
    struct kernel_curve head;       /* by sequences, a step */
    struct kernel_curve all_reduce; /* by bytes, one all-reduce; n = 0: one device */
    const char *missing_layers;     /* of a decoder layer that the dense table has no row of; "" */
    int n_attention, n_moe;
    const struct attention_row *attention;
    const struct moe_row *moe; /* by tokens; n_moe = 0: a dense model */
};

/** What the reader checks lengths and counts against. */
struct kernel_limits {
    double context_max;
    int experts; /* 0: no moe table is read */
    int tensor_parallel;
};

/** The files as sources; all_reduce and moe may be NULL. */
struct kernel_sources {
    struct source *dense, *attention, *per_sequence, *all_reduce, *moe;
};

/** Read to their ends, not closed. All mistakes of all files are listed, each with its place; a
 * missing regime (no decode-only rows, ...) is one. */
bool kernel_tables_read(struct arena *arena, const struct kernel_sources *sources,
                        const struct kernel_limits *limits, struct kernel_tables *out,
                        struct err_list *errs);

#endif
