/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Trace files: which format a file is in (told from its header), its requests, and its statistics.
 *
 *  Formats: Azure LLM CSV (`TIMESTAMP,ContextTokens,GeneratedTokens`, ISO stamps), plain CSV
 * (`seconds,input,output`; also `ms`, `us`, `ns` as the name of the first column: the unit is told,
 * never guessed), Mooncake JSONL (`timestamp` ms, `input_length`, `output_length`, `hash_ids`),
 * hourly series CSV (`hour,requests` or `hour,requests_per_second`, hour = ISO stamp on the hour or
 * a count from 0; for people without a request log). Columns may stand in any order; an unknown
 * column, key or header is an error. Plain, .gz or .zst. Unsorted rows are sorted (equal times keep
 * the file's order) and counted. A `time` or `timestamp` column of bare numbers is refused: its
 * unit is ambiguous. Plain stamps from the year 2000 on, counted from 1970, are dates; all others
 * are relative. Input is at least 1 token, output at least 0. `hash_ids` has an id for each block
 * of 512 tokens, with or without one for a last block that is not full, or none. */
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
    int64_t start_epoch_ns;   /* of the first arrival or hour; -1: stamps are relative */
    int64_t first_ns;         /* the first arrival's own stamp when stamps are relative */
    size_t n;                 /* requests; 0 for hourly series */
    struct request *requests; /* [n], sorted, first arrival at 0 (request formats) */
    size_t n_descents;        /* rows that went back in time before sorting */
    const struct prompt_blocks *prompts; /* of requests, whose row is their index; NULL where no
                                            row has hash_ids */
    int n_hours;                         /* hourly series */
    const double *rate_per_second;       /* [n_hours] */
};

bool trace_read(struct arena *arena, struct source *source, struct trace *out, struct err *err);
const char *trace_format_name(enum trace_format format);

/** What the trace becomes for planning. An hourly series needs lengths and burstiness from the
 * scenario, which the caller sets on *out beforehand (input, output, burstiness, seed); request
 * traces ignore them. */
bool trace_to_traffic(struct arena *arena, const struct trace *trace, struct traffic *out,
                      struct err *err);

/** Windows of 1 s and 60 s start at the first arrival. Dispersion is the population variance over
 * the mean of the complete windows, the span taken one mean gap longer than to the last arrival.
 * NaN where n is too small. */
struct trace_stats {
    size_t n;
    double span_s, rate_per_second; /* last - first arrival; n over it */
    int64_t peak_minute_requests;
    double peak_minute_ratio; /* to the mean minute */
    int64_t peak_second_requests;
    double gap_mean_s, gap_cv, gap_zero_share;
    double dispersion_1s, dispersion_60s;
    size_t n_descents;
    struct trace_tokens {
        double mean, min, p50, p95, p99, max;
        size_t zeros;
    } input, output;
    double reusable_share; /* of the input tokens: found again by a prefix cache that forgets
                              nothing, so no cache finds more; NaN without prompts */
};

/** From n >= 1 sorted requests; exact quantiles (linear between order statistics). n_descents stays
 * the caller's. prompts: of requests, or NULL. */
void trace_stats(struct arena *arena, const struct request *requests, size_t n,
                 const struct prompt_blocks *prompts, struct trace_stats *out);

/** Append requests as plain CSV (`seconds,input,output`, 9 decimals). */
void trace_append_csv(struct text *out, const struct request *requests, size_t n, bool with_header);

#endif
