/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Traffic: what arrives when, and how long it is. Two kinds: the rows of a trace, and a generator
 * (rate by hour, burstiness, token length distributions). Both are pulled request by request
 * through a cursor, so a replay's memory does not grow with the number of requests.
 *
 *  The planning week. Every traffic is seen as one week of 168 hours, hour 0 = Monday 00:00 UTC for
 * stamped traces and generated traffic. A trace that covers at least a week contributes its busiest
 * 168 hours (aligned to its own hours, then rotated to hour of week); a shorter one is tiled over
 * the week (`tiled` is set and shown to the user).
 *
 *  Growth (design.md section 3): factor g gives floor(g) copies of each request plus one with
 * probability g - floor(g), each copy but the first shifted by a keyed offset inside its minute;
 * time is never squeezed. For generated traffic the rate is multiplied instead. */
#ifndef HEADROOM_SIM_TRAFFIC_H
#define HEADROOM_SIM_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/ticks.h"

enum { HOURS_PER_WEEK = 168 };

struct request {
    int64_t arrival_ns;                  /* relative to the start of the traffic */
    int32_t input_tokens, output_tokens; /* input >= 1 for token models; output >= 0 */
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

/** How the rate moves inside an hour. Each minute's rate is the hour's rate times a gamma factor of
 * mean 1 and coefficient of variation minute_cv; minute factors follow an AR(1)-like copula with
 * correlation minute_correlation; inside a minute arrivals are a gamma renewal process of
 * coefficient of variation arrival_cv (1 = Poisson). FORMATS.md section 4: a renewal process alone
 * is not enough, the rate itself moves. */
struct burstiness {
    double minute_cv;          /* >= 0 */
    double minute_correlation; /* 0 <= r < 1 */
    double arrival_cv;         /* > 0 */
};

enum traffic_kind { TRAFFIC_TRACE, TRAFFIC_GENERATED };

struct traffic {
    enum traffic_kind kind;
    const char *name;   /* file name or "generated" */
    const char *format; /* "Azure LLM CSV", ... */
    char sha256[65];    /* of the file; of the parameters for generated traffic: "" */
    bool tiled;         /* the trace was shorter than a week */
    double days;        /* span of the source in days (7 for generated) */
    /* trace */
    const struct request *requests; /* [n_requests] sorted by arrival, inside [0, span_ns) */
    size_t n_requests;
    int64_t span_ns;          /* > 0; tiling period */
    int64_t start_of_week_ns; /* where the trace's first instant lies in the planning week */
    /* generated, and the shape used to size either kind at a steady rate */
    double rate_per_second[HOURS_PER_WEEK]; /* mean of each hour of the planning week, both kinds */
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

struct traffic_cursor *traffic_open(struct arena *arena, const struct traffic *traffic,
                                    struct traffic_window window);
/** The next request, arrival_ns relative to window.from_ns, never decreasing; false at the end. */
bool traffic_next(struct traffic_cursor *cursor, struct request *request);

/** Traffic of the same burstiness and lengths at one steady rate (hour after hour), to size a
 * replica with. Trace lengths are drawn as (input, output) pairs from its rows. The result borrows
 * from `of`. */
struct traffic traffic_steady(const struct traffic *of, double rate_per_second);

/** Fill rate_per_second, burstiness and tiling of a trace from its rows (requests, n_requests,
 * span_ns given, start_epoch_ns < 0 when stamps are relative). */
bool traffic_from_rows(struct arena *arena, const struct request *rows, size_t n, int64_t span_ns,
                       int64_t start_epoch_ns, struct traffic *out, struct err *err);

/** Mean tokens a request. */
double traffic_mean_input(const struct traffic *traffic);
double traffic_mean_output(const struct traffic *traffic);

#endif
