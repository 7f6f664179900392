/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The usage ledger by clock hour: one series for each thing used, offer, zone and workload, with
 * the seconds, requests, ... of every hour. What commitments that hold capacity keep for themselves
 * is taken out of the on-demand series second by second.
 *
 *  A row costs two edges and two steps of a running count, however many hours it lives. */
#ifndef HEADROOM_PRICING_USAGE_HOURS_H
#define HEADROOM_PRICING_USAGE_HOURS_H

#include "base/arena.h"
#include "pricing/commitment.h"
#include "pricing/usage.h"

enum { HOUR_S = 3600, LAUNCH_MIN_S = 60, SPOT_FREE_S = 3600 };

/** What is billed alike, in the order of its charges. */
enum lane {
    LANE_ON_DEMAND,
    LANE_IN_RESERVATION,   /* runs in a capacity reservation */
    LANE_IDLE_RESERVATION, /* reserved and not run: billed as if it did */
    LANE_IN_BLOCK,
    LANE_SPOT,
    LANE_SPOT_FREE,
    LANE_MB_MS,
    LANE_REQUESTS,
    LANE_INPUT_TOKENS,
    LANE_OUTPUT_TOKENS,
    LANE_CACHED_TOKENS,
    LANE_PROVISIONED_MB_MS,
    LANE_HELD_MB_S,
    LANE_MODEL_UNIT_S,
    LANE_TRANSFER_BYTES,
    LANE_VOLUME_GB_S,
    LANE_VOLUME_IOPS_S,
    LANE_VOLUME_MBPS_S,
    LANE_WEIGHT_BYTES,
    LANE_WEIGHT_READS,
    LANES
};

struct usage_series {
    enum lane lane;
    int offer, zone;
    int workload;     /* USAGE_OTHERS: of others, or of nobody (idle) */
    int holder;       /* commitment whose capacity it ran in, -1 none */
    int64_t *by_hour; /* [n_hours] seconds, requests, ... */
};

struct usage_hours {
    int n_hours;
    int64_t n_seconds;
    int n_series, capacity;
    struct usage_series *series;
};

/** @param parts  [n_parts] one ledger, in any number of pieces of the same length
 *  @param last_workloads_from, left_out  as bill_input's
 *  Rows must have been checked (pricing/bill_check.h). */
void usage_hours_build(struct arena *arena, const struct usage_ledger *parts, int n_parts,
                       int n_offers, const struct commitment *commitments, int n_commitments,
                       int last_workloads_from, unsigned left_out, struct usage_hours *out);

#endif
