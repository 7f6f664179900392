/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Services without instances: functions and token APIs. What happens to a request is known when it
 * arrives, so they need no events: `serve` answers at once with the future. Calls come in order of
 * arrival.
 *
 *  Function. A call takes a provisioned copy when one is free; else the idle copy that went idle
 * last and is still kept; else a new one starts cold. With concurrency_max calls running, or when a
 * new copy is needed and the ramp allows none, a call is throttled, which counts as rejected.
 * Billed: the call and its cold start, up to the next whole millisecond. Cold starts are drawn by
 * request, keep-alives by the request that leaves the copy idle.
 *
 *  Token API. Time to first token and time per token are lognormal around the stated medians, drawn
 * by request. Quotas are buckets that hold one minute's worth and fill evenly. A request over
 * either quota is rejected and takes from neither. Batches (batch_deadline_s > 0) wait instead, in
 * one queue that both quotas drain, and then take their latency; all tokens come at the end. Where
 * no latency is stated a batch ends at its deadline. A request that would end after its deadline is
 * rejected and takes no place in the queue. */
#ifndef HEADROOM_SIM_MANAGED_H
#define HEADROOM_SIM_MANAGED_H

#include "base/err.h"
#include "sim/service.h"
#include "sim/work.h"

struct managed_setup {
    struct arena *arena;
    const struct service *service;
    uint64_t seed, replication;
};

struct served {
    sim_ticks begins; /* of its service: after a cold start, after the queue of batches */
    sim_ticks first_token, finish;
    bool cold;         /* function: a new copy started */
    bool provisioned;  /* function: on a provisioned copy */
    int64_t billed_ms; /* function */
};

struct managed_model {
    bool (*check)(const struct service *service, struct err *err);
    void *(*open)(const struct managed_setup *setup);
    /** false: rejected. */
    bool (*serve)(void *service, const struct work *work, sim_ticks now, struct served *out);
    /** How long after the window a call may end and still count as finished, at least an hour. */
    sim_ticks (*grace)(const struct service *service);
};

/** NULL for services that run on instances. */
const struct managed_model *managed_model_of(enum service_kind kind);

extern const struct managed_model function_pool_model;
extern const struct managed_model token_api_model;

#endif
