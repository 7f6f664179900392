/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Trace files: which format a file is in (told from its first bytes and its header), what it
 * holds, and its statistics. Plain, .gz or .zst.
 *
 *  Shapes. A LOG has a row for each request with its tokens; CALLS are rows without tokens (the
 * scenario states them); a SERIES says how many came in each step of time (for people without a
 * request log); WINDOWS say for each client and window of time how its requests come; LENGTHS are
 * tokens without times. The formats and their columns are listed in docs/formats.md.
 *
 *  Columns may stand in any order; an unknown column, key or header is an error. Unsorted rows are
 * sorted (equal times keep the file's order) and counted. A `time` or `timestamp` column of bare
 * numbers without a known format is refused: its unit is ambiguous. Plain stamps from the year 2000
 * on, counted from 1970, are dates; all others are relative. Input is at least 1 token, output at
 * least 0. `hash_ids` has an id for each block (512 tokens for Mooncake, 16 for Qwen-Bailian), with
 * or without one for a last block that is not full, or none. Of a series memory grows with its
 * hours, not with its steps. */
#ifndef HEADROOM_SIM_TRACE_H
#define HEADROOM_SIM_TRACE_H

#include "base/quantile.h"
#include "base/source.h"
#include "sim/client_windows.h"
#include "sim/rate_series.h"
#include "sim/traffic.h"

enum trace_shape { TRACE_LOG, TRACE_CALLS, TRACE_SERIES, TRACE_WINDOWS, TRACE_LENGTHS };

enum trace_format {
    TRACE_AZURE_LLM,
    TRACE_PLAIN,
    TRACE_MOONCAKE,
    TRACE_HOURLY,
    TRACE_BURSTGPT,
    TRACE_QWEN_BAILIAN,
    TRACE_LLM_SERVING_SIM,
    TRACE_VIDUR,
    TRACE_VIDUR_LENGTHS,
    TRACE_FUNCTION_CALLS,
    TRACE_GENAI,
    TRACE_FUNCTION_MINUTES,
    TRACE_RATE_LIST,
    TRACE_PROMETHEUS,
    TRACE_CLOUDWATCH,
    TRACE_SERVEGEN,
    TRACE_SERVEGEN_LENGTHS,
};

/** What the numbers of a metric are, where the file does not say (Prometheus; CloudWatch
 * get-metric-data): a rate a second, a count since the sample before (a step), or a counter that
 * rises and starts again at 0 when its process does. */
enum trace_values {
    TRACE_VALUES_UNTOLD,
    TRACE_VALUES_RATE,
    TRACE_VALUES_COUNT,
    TRACE_VALUES_COUNTER
};

struct trace {
    enum trace_format format;
    const char *name;
    char sha256[65];
    int64_t start_epoch_ns;   /* of the first arrival or hour; -1: stamps are relative */
    int64_t first_ns;         /* the first arrival's own stamp when stamps are relative */
    size_t n;                 /* requests; 0 for series and windows */
    struct request *requests; /* [n], sorted, first arrival at 0. Calls: 1 token in, 0 out;
                                 lengths: all at 0 */
    size_t n_descents;        /* rows that went back in time before sorting */
    size_t n_failed;          /* requests that the log calls failed or unfinished; they are kept */
    const double *duration_s; /* [n] how long each ran, where the log says (calls); or NULL */
    const struct prompt_blocks *prompts; /* of requests, whose row is their index; NULL where no
                                            row has hash_ids */
    int n_hours;                         /* series */
    const double *rate_per_second;       /* [n_hours] */
    struct rate_series series;           /* its statistics */
    int n_sources;                       /* series: functions or label sets that were added up */
    struct client_windows *windows;      /* WINDOWS */
    struct client_lengths *lengths;      /* LENGTHS by client */
};

bool trace_read(struct arena *arena, struct source *source, struct trace *out, struct err *err);
/** The same, told what the values of a metric are; a file that needs it and is not told is an
 * error. */
bool trace_read_values(struct arena *arena, struct source *source, enum trace_values values,
                       struct trace *out, struct err *err);
const char *trace_format_name(enum trace_format format);
enum trace_shape trace_shape_of(enum trace_format format);

/** What the trace becomes for planning. A series needs lengths from the scenario, calls and windows
 * may have them from there: the caller sets them on *out beforehand (input, output, or requests to
 * draw pairs from; seed; priorities). Burstiness with arrival_cv 0 reads as not stated: that of the
 * series itself where it has steps of a minute or less, else Poisson. Logs ignore all of these. */
bool trace_to_traffic(struct arena *arena, const struct trace *trace, struct traffic *out,
                      struct err *err);

/** How whole weeks of a log or a series differ, from its first hour on. n below 2: nothing is
 * known; sd is 0 then. */
struct trace_weeks {
    int n;
    double sd; /* of ln(requests of a week), with n - 1 */
};
struct trace_weeks trace_weeks(const struct trace *trace);

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
    double reusable_share;    /* of the input tokens: found again by a prefix cache that forgets
                                 nothing, so no cache finds more; NaN without prompts */
    struct trace_weeks weeks; /* the caller's */
};

/** From n >= 1 sorted requests; exact quantiles (linear between order statistics). n_descents stays
 * the caller's. prompts: of requests, or NULL. */
void trace_stats(struct arena *arena, const struct request *requests, size_t n,
                 const struct prompt_blocks *prompts, struct trace_stats *out);

/** The same quantiles of any values, n >= 1. */
struct trace_tokens trace_quantiles(struct arena *arena, const double *values, size_t n);

/** Append requests as plain CSV (`seconds,input,output`, 9 decimals). */
void trace_append_csv(struct text *out, const struct request *requests, size_t n, bool with_header);

#endif
