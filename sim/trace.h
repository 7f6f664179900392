/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Trace files: which format a file is in (told from its header), its requests, and its statistics.
 *
 *  Formats: Azure LLM CSV (`TIMESTAMP,ContextTokens,GeneratedTokens`, ISO stamps), plain CSV
 *  (`seconds,input,output`; also `ms`, `us`, `ns` as the name of the first column: the unit is
 * told, never guessed), Mooncake JSONL (`timestamp` ms, `input_length`, `output_length`,
 * `hash_ids`), hourly series CSV (`hour,requests` or `hour,requests_per_second`, hour = ISO stamp
 * on the hour or a count from 0; for people without a request log). Plain, .gz or .zst. Unsorted
 * rows are sorted and counted. A `time` or `timestamp` column of bare numbers is refused: its unit
 *  is ambiguous. */
#ifndef HEADROOM_SIM_TRACE_H
#define HEADROOM_SIM_TRACE_H

#include "base/quantile.h"
#include "base/source.h"
#include "sim/traffic.h"

enum trace_format { TRACE_AZURE_LLM, TRACE_PLAIN, TRACE_MOONCAKE, TRACE_HOURLY };

struct trace {
    enum trace_format format;
    const char *name;
    char sha256[65];
    int64_t start_epoch_ns; /* -1: stamps are relative */
    size_t n;
    struct request *requests;   /* [n], sorted, first arrival at 0 (request formats) */
    size_t n_descents;          /* rows that went back in time before sorting */
    uint64_t *const *block_ids; /* Mooncake: [n] arrays of prefix block ids, NULL otherwise */
    const int *n_block_ids;
    int n_hours;                   /* hourly series */
    const double *rate_per_second; /* [n_hours] */
};

bool trace_read(struct arena *arena, struct source *source, struct trace *out, struct err *err);
const char *trace_format_name(enum trace_format format);

/** What the trace becomes for planning. An hourly series needs lengths and burstiness from the
 * scenario, which the caller sets on *out beforehand (input, output, burstiness, seed); request
 * traces ignore them. */
bool trace_to_traffic(struct arena *arena, const struct trace *trace, struct traffic *out,
                      struct err *err);

struct trace_stats {
    size_t n;
    double span_s, rate_per_second;
    int64_t peak_minute_requests;
    double peak_minute_ratio; /* to the mean minute */
    int64_t peak_second_requests;
    double gap_mean_s, gap_cv, gap_zero_share;
    double dispersion_1s, dispersion_60s; /* variance / mean of counts */
    size_t n_descents;
    struct {
        double mean, min, p50, p95, p99, max;
        size_t zeros;
    } input, output;
};

/** From sorted requests; exact quantiles (linear interpolation between order statistics). */
void trace_stats(struct arena *arena, const struct request *requests, size_t n,
                 struct trace_stats *out);

/** Append requests as plain CSV (`seconds,input,output`, 9 decimals). */
void trace_append_csv(struct text *out, const struct request *requests, size_t n, bool with_header);

#endif
