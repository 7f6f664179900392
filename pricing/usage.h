/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The usage ledger: what a replayed fleet consumed, before anyone puts a price on it.
 *
 *  Time is whole seconds from the start of the ledger. Rows come in any order; an instance that
 * lives three hours is one row, not three. */
#ifndef HEADROOM_PRICING_USAGE_H
#define HEADROOM_PRICING_USAGE_H

#include <stdbool.h>
#include <stdint.h>

/** What a provider meters as a GB of storage or transfer: 2^30 bytes (AWS, Azure and Google alike;
 * docs/model.md 6.1). The GB of functions is 1024 MB of configured memory, which is the same. */
#define BYTES_PER_BILLED_GB 1073741824LL

enum usage_kind {
    USAGE_INSTANCE,       /* `quantity` identical instances running from from_s to to_s */
    USAGE_FUNCTION_MB_MS, /* quantity: configured MB x billed ms, in the hour that starts at from_s
                           */
    USAGE_FUNCTION_REQUESTS, /* quantity: invocations in that hour */
    USAGE_INPUT_TOKENS,      /* cached ones are apart */
    USAGE_OUTPUT_TOKENS,
    USAGE_CACHED_INPUT_TOKENS,        /* read from the provider's prompt cache */
    USAGE_FUNCTION_PROVISIONED_MB_MS, /* as MB_MS, of calls on provisioned copies */
    USAGE_FUNCTION_HELD_MB_S, /* quantity: MB of provisioned copies x seconds held in that hour */
    USAGE_MODEL_UNIT_S,       /* quantity: seconds of model units that the hour's tokens take, each
                                 its tokens a minute */
    USAGE_TRANSFER_BYTES,     /* quantity: bytes metered in that hour */
    /* volumes of instances, in that hour: GB provisioned x seconds; IOPS and MB/s provisioned
     * beyond what a volume has without charge x seconds */
    USAGE_VOLUME_GB_S,
    USAGE_VOLUME_IOPS_S,
    USAGE_VOLUME_MBPS_S,
    /* weights of a model that launches of that hour load: bytes as metered, at a rate of transfer
     * and in its volume tiers; requests that read them from a store of objects */
    USAGE_WEIGHT_BYTES,
    USAGE_WEIGHT_READS,
    USAGE_KINDS,
};

/** A second of a provisioned volume: what a month's rate is for, part by part. */
static inline bool usage_is_of_volume(enum usage_kind kind) {
    return kind >= USAGE_VOLUME_GB_S && kind <= USAGE_VOLUME_MBPS_S;
}

/** Bytes at a transfer's rate per GB. */
static inline bool usage_is_of_transfer(enum usage_kind kind) {
    return kind == USAGE_TRANSFER_BYTES || kind == USAGE_WEIGHT_BYTES;
}

/** The workload of rows that others of the organisation caused: on the same consolidated bill, but
 * not in this one. */
enum { USAGE_OTHERS = -1 };

struct usage_row {
    enum usage_kind kind;
    int offer;            /* index in the study's offer table */
    int workload;         /* who caused it, or USAGE_OTHERS */
    int zone;             /* instances: 1.., 0 when the zone is not told; of spot on a market the
                             market's */
    bool spot;            /* instances only: runs on spot capacity */
    bool interrupted;     /* spot: ended by the provider, not by us */
    int64_t from_s, to_s; /* 0 <= from_s <= to_s */
    int64_t quantity;
};

/** Whether a workload is one of those that come last (pricing/bill.h). */
static inline bool usage_comes_last(int last_workloads_from, int workload) {
    return last_workloads_from > 0 && workload >= last_workloads_from;
}

/** A month of ledgers without a date: 730 hours. */
enum { USAGE_MONTH_S = 730 * 3600 };

struct usage_ledger {
    int64_t n_seconds; /* length of the replayed period */
    int n_rows;
    const struct usage_row *rows;
};

#endif
