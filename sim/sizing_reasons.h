/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Why SIZE refuses a candidate, in the words of the SLO and with the numbers. Each call makes the
 * capacity infeasible and writes its reason. */
#ifndef HEADROOM_SIM_SIZING_REASONS_H
#define HEADROOM_SIM_SIZING_REASONS_H

#include "sim/capacity.h"
#include "sim/slo.h"

/** What requests did that each found the replica idle. */
struct alone {
    int64_t arrived, good, rejected;
    int64_t rejected_uncut, uncut_tokens; /* sim/steady_run.h */
    double latency_mean_s;
    double ttft_s, tpot_s, latency_s; /* at the SLO's share */
    double passes; /* longest steps, relative, with which what fails would hold; 0: none in the band
                    */
};

/** The limit that is missed most. `when`: "even when alone". */
void sizing_explain_missed(struct capacity *capacity, const struct slo *slo, const struct alone *at,
                           const char *when);
/** Too long for the engine, or throttled. */
void sizing_explain_rejected(struct capacity *capacity, const struct candidate *candidate,
                             const struct alone *at);
/** Alone every request is fast enough, at no rate the `asked` share of them is. */
void sizing_explain_bursts(struct capacity *capacity, double asked);
/** Added to a refusal that rests on estimated times: the fast part of their error band would pass,
 * with steps `passes` times as long; 0 adds nothing. */
void sizing_explain_band(struct capacity *capacity, double passes);

#endif
