/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Files that tell how many spot instances could be held, and what they cost.
 *
 *  Availability, told by the first bytes:
 *  - SkyPilot JSON: {"metadata": {"gap_seconds": 195}, "data": [1, 1, 0, ...]}: instances at each
 *    step, the last holds for one step; beside it perhaps "prices", USD per hour at each step.
 *    Zone and date are in the file's name only.
 *  - events: `480000,add,node1` without a header: ms after the start, add or remove, node.
 *  - counts: `2021-12-10, 13:07:45, 80` without a header: date, time (UTC), instances running.
 *
 *  Rows of events and counts that step back in time are sorted (equal times keep the file's order,
 * the last of them counts) and counted in n_descents. A node added twice or removed without being
 * there is a mistake. Nothing is known after the last row: the trace ends there.
 *
 *  Prices: what `aws ec2 describe-spot-price-history` prints: change events in any order, prices as
 * strings; one instance type and product a file. A price holds until the next of its zone; the file
 * knows until its last record. */
#ifndef HEADROOM_SIM_SPOT_TRACE_H
#define HEADROOM_SIM_SPOT_TRACE_H

#include <stdint.h>

#include "base/err.h"
#include "base/source.h"

struct spot_point {
    int64_t at_ns; /* from the start of the trace */
    int32_t instances;
};

struct spot_trace_price {
    int64_t at_ns;
    double usd_per_hour; /* > 0 */
};

enum spot_trace_format { SPOT_TRACE_STEPS, SPOT_TRACE_EVENTS, SPOT_TRACE_COUNTS };

struct spot_trace {
    enum spot_trace_format format;
    const char *name;
    char sha256[65];
    int64_t start_epoch_ns;          /* -1: not told by the file */
    int64_t span_ns;                 /* known from 0 to here, > 0 */
    int64_t step_ns;                 /* of a series of equal steps; 0: changes at any time */
    int n;                           /* >= 1 */
    const struct spot_point *points; /* changes: times rising from 0, neighbours differ */
    int32_t instances_max;
    int n_prices;                          /* 0: the file has none */
    const struct spot_trace_price *prices; /* times rising from 0, neighbours differ */
    int n_descents;
};

bool spot_trace_read(struct arena *arena, struct source *source, struct spot_trace *out,
                     struct err *err);

struct spot_price_point {
    int64_t epoch_ns;
    double usd_per_hour; /* > 0 */
};

struct spot_price_series {
    const char *zone;
    int n;
    const struct spot_price_point *points; /* times rising, neighbours differ */
};

struct spot_prices {
    const char *name, *instance, *product;
    char sha256[65];
    int64_t first_epoch_ns; /* from when on every zone has a price */
    int64_t last_epoch_ns;  /* of the last record */
    bool more_pages;        /* NextToken: the history goes on in another file */
    int n_zones;
    const struct spot_price_series *zones; /* by name */
};

bool spot_prices_read(struct arena *arena, struct source *source, struct spot_prices *out,
                      struct err *err);

/** Of the whole trace. A run is a stretch of time with an instance (up) or without (down); the
 * first and the last are counted though the file cuts them. */
struct spot_trace_stats {
    double span_s;
    double availability; /* share of time with an instance */
    double instances_mean;
    int n_up, n_down;                                          /* runs */
    double up_mean_s, up_median_s, down_mean_s, down_median_s; /* NaN without a run */
    int n_drops;                                               /* changes to fewer instances */
    int n_drops_to_zero; /* of these, from the trace's maximum to none at once, where that is more
                            than one */
    int64_t lost;        /* instances, over all drops */
    double between_losses_s; /* instance time held for each instance lost; NaN when none was */
};

struct spot_trace_stats spot_trace_stats(struct arena *arena, const struct spot_trace *trace);

/** Of one zone's prices, from its first record to the file's last. */
struct spot_price_stats {
    double span_s;
    double least, mean, most; /* USD per hour; the mean is by time */
    int n_changes;
};

struct spot_price_stats spot_price_stats(const struct spot_prices *prices, int zone);

/** What a file is, by how it begins. A request trace begins otherwise. */
enum spot_file { SPOT_FILE_NONE, SPOT_FILE_TRACE, SPOT_FILE_PRICES };
enum spot_file spot_file_of(struct bytes head);

#endif
