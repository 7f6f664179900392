/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a replay records about its requests, as they come and go: counts by arrival hour, latency
 * sketches, and a hash. Nothing is kept a request.
 *
 *  The hash is a sum over requests, so it does not depend on the order in which events of one
 * instant are handled. */
#ifndef HEADROOM_SIM_METRICS_H
#define HEADROOM_SIM_METRICS_H

#include "sim/replay.h"
#include "sim/work.h"

struct metrics {
    struct replay_result *result;
    struct slo slo;
    struct slo_limits limits[STREAMS_MAX]; /* of each stream */
    bool by_group;                         /* there are several: hours and latencies of each */
};

/** `result` has its hours, groups and sketches already; of a mix, its streams' hours are made here.
 *  traffic: NULL, or what the requests are of: only its streams are read. */
struct metrics metrics_open(struct arena *arena, const struct slo *slo,
                            const struct traffic *traffic, struct replay_result *result);

void metrics_arrived(struct metrics *metrics, const struct work *work);
/** The request goes on in another group, as if it had arrived there. */
void metrics_moved(struct metrics *metrics, const struct work *work, int group);
/** Timed out, else given up by its client. */
void metrics_left(struct metrics *metrics, const struct work *work, bool timed_out, sim_ticks when);
void metrics_rejected(struct metrics *metrics, const struct work *work);
/** It was rejected by the rate of its tenant. */
void metrics_limited(struct metrics *metrics, const struct work *work);
/** Whether the request is inside all limits. */
bool metrics_finished(struct metrics *metrics, const struct work *work, sim_ticks finish);

/** The share of the worst of the SLO's windows over these hours; 1 when nothing arrived. */
double metrics_worst_window(const struct slo *slo, const struct replay_hour *hours, int n_hours);
/** Sums over groups; attainment of the whole run and of the worst window. */
void metrics_close(struct metrics *metrics);

#endif
