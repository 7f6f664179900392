/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sizing_reasons.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void format_share(char out[24], double share) {
    snprintf(out, 24, "%.4g%%", 100 * share);
}

static void format_seconds(char out[24], double seconds) {
    if (seconds < 1)
        snprintf(out, 24, "%.3g ms", seconds * 1e3);
    else
        snprintf(out, 24, "%.3g s", seconds);
}

static void explain_limit(struct capacity *capacity, const char *word, double limit_s,
                          double needed_s, double share, const char *when) {
    char limit[24], needed[24], percent[24];
    format_seconds(limit, limit_s);
    format_seconds(needed, needed_s);
    format_share(percent, share);
    capacity->feasible = false;
    snprintf(capacity->reason, sizeof capacity->reason,
             "cannot meet %s %s at any rate: %s of requests need %s %s", limit, word, percent,
             needed, when);
}

/* The limit that is missed most, in the words of the SLO. */
void sizing_explain_missed(struct capacity *capacity, const struct slo *slo, const struct alone *at,
                           const char *when) {
    const struct {
        const char *word;
        double limit, needed;
    } limits[3] = {{"to the first token", slo->ttft_s, at->ttft_s},
                   {"per output token", slo->tpot_s, at->tpot_s},
                   {"end to end", slo->latency_s, at->latency_s}};
    int worst = -1;
    double over = 1;
    for (int i = 0; i < 3; i++)
        if (limits[i].limit > 0 && limits[i].needed / limits[i].limit > over) {
            worst = i;
            over = limits[i].needed / limits[i].limit;
        }
    if (worst >= 0) {
        explain_limit(capacity, limits[worst].word, limits[worst].limit, limits[worst].needed,
                      slo->share, when);
        return;
    }
    char good[24], share[24];
    format_share(good, at->arrived ? (double)at->good / (double)at->arrived : 0);
    format_share(share, slo->share);
    capacity->feasible = false;
    snprintf(capacity->reason, sizeof capacity->reason,
             "cannot meet all limits at any rate: only %s of requests are inside all of them %s, "
             "the SLO asks for %s",
             good, when, share);
}

/* More tokens than a context or a cache holds, or than one step does where prompts are not cut:
 * whichever refuses more. Both kinds of a split replica have the same memory. */
static void explain_too_long(struct capacity *capacity, const struct llm_service *llm,
                             const struct alone *at) {
    char share[24];
    format_share(share, (double)at->rejected / (double)at->arrived);
    if (2 * at->rejected_uncut > at->rejected)
        snprintf(capacity->reason, sizeof capacity->reason,
                 "cannot serve %s of requests: with chunked_prefill off one step computes a prompt "
                 "whole (after a preemption its answer too), up to %lld tokens, and "
                 "tokens_per_step is %d",
                 share, (long long)at->uncut_tokens, llm->tokens_per_step_max);
    else
        snprintf(
            capacity->reason, sizeof capacity->reason,
            "cannot serve %s of requests: they are longer than its context of %d token%s (%lld "
            "cache block%s)",
            share, llm->context_max, llm->context_max == 1 ? "" : "s", (long long)llm->kv_blocks,
            llm->kv_blocks == 1 ? "" : "s");
}

void sizing_explain_rejected(struct capacity *capacity, const struct candidate *candidate,
                             const struct alone *at) {
    const struct llm_service *llm = service_engine(&candidate->service);
    char share[24];
    capacity->feasible = false;
    if (llm) {
        explain_too_long(capacity, llm, at);
        return;
    }
    format_share(share, (double)at->rejected / (double)at->arrived);
    snprintf(capacity->reason, sizeof capacity->reason, "throttles %s of requests", share);
}

/* A refusal that rests on estimated times: whether the fast part of their band would pass. */
void sizing_explain_band(struct capacity *capacity, double passes) {
    size_t used = strlen(capacity->reason);
    if (passes > 0)
        snprintf(capacity->reason + used, sizeof capacity->reason - used,
                 "; would pass if its steps took %.0f%% less time, inside the error band of their "
                 "estimate",
                 ceil(100 * (1 - passes) - 1e-9));
}

void sizing_explain_bursts(struct capacity *capacity, double asked) {
    char share[24];
    format_share(share, asked);
    capacity->feasible = false;
    snprintf(
        capacity->reason, sizeof capacity->reason,
        "cannot hold the SLO for %s of requests at any rate: one request alone is fast enough, "
        "but arrivals come in bursts that one replica cannot take",
        share);
}
