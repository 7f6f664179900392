/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Traffic: what arrives when, and how long it is. Three kinds: the rows of a trace, a generator
 * (rate by hour, burstiness, token length distributions), the windows of clients
 * (sim/client_windows.h), and a mix of streams of these. All are pulled request by request through
 * a cursor, so a replay's memory does not grow with the number of requests.
 *
 *  The planning week. Every traffic is seen as one week of 168 hours, hour 0 = Monday 00:00 UTC for
 * stamped traces and generated traffic; traces with relative stamps start at hour 0. A trace that
 * covers at least a week contributes its busiest 168 hours (starting on its own hours, then rotated
 * to hour of week). A shorter one is tiled over the week (`tiled` is set and shown to the user):
 * from one day on, its busiest whole days are, so that a day's shape stays in phase.
 *
 *  Growth (docs/model.md section 4.2): factor g gives floor(g) copies of each request plus one with
 * probability g - floor(g). Copy k > 0 of all requests of one minute is rotated inside that minute
 * by one keyed offset, so that a copy is as bursty as the original; time is never squeezed. For
 * generated traffic the rate is multiplied instead.
 *
 *  Draws are keyed: a generated request depends on (seed, replication, hour, index in the hour), a
 * copied one on (seed, replication, week, row). They do not depend on where a window starts, on the
 * candidate or on the thread. */
#ifndef HEADROOM_SIM_TRAFFIC_H
#define HEADROOM_SIM_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/slo.h"
#include "sim/ticks.h"

enum { HOURS_PER_WEEK = 168, PRIORITIES_MAX = 8, STREAMS_MAX = 8 };

/** What prompts have in common: each request's prompt as a list of block ids. An id names its block
 * together with all blocks before it, so equal ids mean equal prefixes. A last block that is not
 * full has no id. Built for all rows of the source, sorted by arrival: a trace's `requests`, of
 * which a traffic's may be a part. request.row is the index there, and is kept wherever rows are
 * cut, rotated, tiled or drawn. */
struct prompt_blocks {
    int32_t block_tokens;  /* tokens of one id: 512 for Mooncake, 16 for vLLM */
    const uint32_t *first; /* [rows of the source + 1] offsets into ids; may give a row none */
    const uint32_t *ids;   /* dense, below n_ids */
    uint32_t n_ids;
    const uint32_t *runs; /* [n_ids] how many blocks from this one on every prompt that has it has,
                             itself included: prompts of one conversation are few such runs */
};

struct request {
    int64_t arrival_ns;                  /* relative to the start of the traffic */
    int32_t input_tokens, output_tokens; /* input >= 1 for token models; output >= 0 */
    int32_t row;     /* of the source, see prompt_blocks; -1: nothing is known of its content */
    int32_t edition; /* copies of a row for growth and repetitions of a trace or a week are other
                        people's prompts: equal ids mean equal prefixes only within one edition.
                        0: the trace itself; no row comes twice in one edition */
    int32_t stream;  /* of a mix; 0 elsewhere */
    int32_t group;   /* of pools (sim/replay.h) that it goes to; 0: the main one */
};

enum length_kind { LENGTH_FIXED, LENGTH_LOGNORMAL, LENGTH_TABLE };
enum { LENGTH_TABLE_MAX = 32 };

/** Token lengths. Draws are rounded to whole tokens and clipped to [min, max]. */
struct length_distribution {
    enum length_kind kind;
    double value;         /* fixed */
    double median, sigma; /* lognormal: exp(mu), sigma of the log */
    int32_t min, max;
    int n;                                                /* table: quantiles, linear in between */
    double p[LENGTH_TABLE_MAX], tokens[LENGTH_TABLE_MAX]; /* p rising, from 0 to 1 */
};

/** How arrivals cluster. FORMATS: a renewal process alone is not enough, the rate itself moves.
 *
 *  Each minute's rate is the hour's rate times a gamma factor of mean 1 and coefficient of
 * variation minute_cv. The factors follow a Gaussian copula whose correlation is
 * minute_correlation^lag (kept exact for minute_correlation <= 0.99). Along the integral of that
 * rate, arrivals are a stationary renewal process of mean 1 and coefficient of variation
 * arrival_cv, started anew each hour. Its law: busy_share = 0: gamma (arrival_cv 1 is Poisson);
 * busy_share > 0: interrupted Poisson, arrivals come only in the busy_share of the time, in
 * busy spells of exponential length; needs arrival_cv > 1. */
struct burstiness {
    double minute_cv;          /* 0 .. 4; below 0.001 reads as 0 */
    double minute_correlation; /* 0 <= r < 1 */
    double arrival_cv;         /* 0.05 .. 50 */
    double busy_share;         /* 0, or 0.001 .. 0.99 */
};

enum traffic_kind { TRAFFIC_TRACE, TRAFFIC_GENERATED, TRAFFIC_CLIENTS, TRAFFIC_MIX, TRAFFIC_FLOW };

struct client_windows;
struct task_flow;
struct client_lengths;

/** One of several streams that share a pool: its own traffic, its place in the queue, its limits.
 */
struct traffic_stream {
    const char *name;
    const struct traffic *traffic; /* not a mix; its own priorities are not read */
    int32_t priority;              /* 0 (most urgent) .. PRIORITIES_MAX - 1 */
    struct slo slo;                /* share and window are those of all streams */
};

struct traffic {
    enum traffic_kind kind;
    const char *name;   /* file name or "generated" */
    const char *format; /* "Azure LLM CSV", ... */
    char sha256[65];    /* of the file; of the parameters for generated traffic: "" */
    bool tiled;         /* the trace was shorter than a week */
    double days;        /* span of the source in days (7 for generated) */
    /* trace. Generated traffic with requests set (traffic_steady of a trace) draws its (input,
     * output) pairs from them instead of from the distributions. */
    const struct request *requests; /* [n_requests] sorted by arrival, inside [0, span_ns) */
    size_t n_requests;
    const struct prompt_blocks *prompts;   /* of requests; NULL: not known */
    int n_priorities;                      /* 0: all requests have priority 0, the most urgent */
    double priority_share[PRIORITIES_MAX]; /* [n_priorities] of the requests, keyed by request */
    int64_t span_ns;                       /* > 0; tiling period */
    int64_t start_of_week_ns; /* where the trace's first instant lies in the planning week */
    /* clients; start_of_week_ns and span_ns are whole windows. With client_lengths, `requests` is a
     * sample of the week that SIZE draws from; without, lengths are drawn as for generated traffic.
     */
    const struct client_windows *clients;
    int first_window;                            /* of the file: where the planning week starts */
    const struct client_lengths *client_lengths; /* NULL: lengths are the scenario's */
    /* mix; n_streams 0: none. `requests` is a sample that SIZE draws lengths and streams from. What
     * prompts have in common is not known of a mix. */
    int n_streams;
    struct traffic_stream streams[STREAMS_MAX]; /* [n_streams] */
    /* flow (sim/task_flow.h): the requests are the calls of tasks. A cursor gives the tasks as they
     * begin; the other calls depend on the replay. `requests` is a sample of all calls. */
    const struct task_flow *flow;
    const struct traffic *tasks;
    /* generated, and the shape used to size any kind at a steady rate */
    double rate_per_second[HOURS_PER_WEEK]; /* mean of each hour of the planning week, any kind */
    struct burstiness burstiness;
    struct length_distribution input, output;
    uint64_t seed;
};

struct traffic_window {
    int64_t from_ns, to_ns; /* within the planning week(s); week k starts at k * 168 h */
    double growth;          /* > 0 */
    uint64_t replication;
};

struct traffic_cursor;

/** The windows of one traffic may be open side by side. Memory: one minute of a trace's copies. */
struct traffic_cursor *traffic_open(struct arena *arena, const struct traffic *traffic,
                                    struct traffic_window window);
/** The next request, arrival_ns relative to window.from_ns, never decreasing; false at the end. A
 * trace's row and edition tell its prompt; generated requests have row -1. */
bool traffic_next(struct traffic_cursor *cursor, struct request *request);

/** Traffic of the same burstiness and lengths at one steady rate (hour after hour), to size a
 * replica with. Trace lengths are drawn as (input, output) pairs from its rows. The result borrows
 * from `of`. */
struct traffic traffic_steady(const struct traffic *of, double rate_per_second);

/** Fill kind, rows, rate_per_second, burstiness, days and tiling from a trace's rows; name, format
 * and sha256 are the caller's. *out borrows rows (a trace longer than a week: a copy of a part). Up
 * to half an hour may be missing at the end of a week or a whole day.
 *
 *  @param rows  [n >= 2] sorted by arrival, the first at 0, the last inside span_ns; their `row`
 *               fields are kept (out->prompts is the caller's)
 *  @param start_of_week_ns  where the first row lies in the planning week */
bool traffic_from_rows(struct arena *arena, const struct request *rows, size_t n, int64_t span_ns,
                       int64_t start_of_week_ns, struct traffic *out, struct err *err);

/** The same from the windows of clients; *out borrows both. lengths NULL: out->input and output, or
 * out->requests to draw pairs from, are the caller's, set beforehand, as are seed and priorities.
 *
 *  @param start_of_week_ns  where the first window lies in the planning week */
bool traffic_from_clients(struct arena *arena, const struct client_windows *clients,
                          const struct client_lengths *lengths, int64_t start_of_week_ns,
                          struct traffic *out, struct err *err);

/** A mix: out->streams [n_streams >= 1] are the caller's, all else of *out is filled. The streams'
 * traffics are borrowed. */
void traffic_from_streams(struct arena *arena, struct traffic *out);

/** What SIZE needs of traffic that has no rows of its own: burstiness by moments, from the hours
 * after the busiest; a sample of a thin week in `requests`. Reads kind and rate_per_second. */
void traffic_fit_sampled(struct arena *arena, struct traffic *traffic);
void traffic_sample_week(struct arena *arena, struct traffic *traffic);

/** Burstiness of rows [n >= 2] as in traffic_from_rows, by moments: minute_cv and
 * minute_correlation from the autocovariances of requests a minute (inside hours), arrival_cv and
 * busy_share from the dispersion (variance / mean) of counts at 1 s and 60 s that is left. An
 * interrupted Poisson process has dispersion 1 + (arrival_cv^2 - 1) (1 - (1 - exp(-g t)) / (g t)).
 * Under 5 minutes only arrival_cv is fitted, to the gaps. */
struct burstiness traffic_fit_burstiness(struct arena *arena, const struct request *rows, size_t n,
                                         int64_t span_ns);

/** Parameters of generated traffic: ranges, finite, at least one hour with requests. */
bool traffic_check(const struct traffic *traffic, struct err *err);

/** Mean tokens a request. */
double traffic_mean_input(const struct traffic *traffic);
double traffic_mean_output(const struct traffic *traffic);

#endif
