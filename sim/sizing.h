/* SPDX-License-Identifier: GPL-3.0-or-later */
/** SIZE: from a candidate's hardware and model to a service model, and from a service model to its
 * capacity.
 *
 *  service_build derives service times: an analytic iteration-time model with datasheet
 * efficiencies (docs/model.md section 2), or says why the candidate cannot serve (does not fit in
 * memory, no latency stated, ...). sizing_run finds the largest steady rate inside the SLO by
 * bisection over replays of steady traffic with the workload's own burstiness and lengths, common
 * random numbers for all candidates, several replications. */
#ifndef HEADROOM_SIM_SIZING_H
#define HEADROOM_SIM_SIZING_H

#include "base/arena.h"
#include "pricing/offer.h"
#include "sim/capacity.h"
#include "sim/catalog.h"
#include "sim/replay.h"

/** What a scenario may say about serving; 0 or empty = default by hardware class. */
struct serving_options {
    const char *model; /* catalogue name */
    enum precision precision;
    enum precision kv_precision; /* fp8, or bf16 for any other value */
    int tensor_parallel;         /* accelerators of one replica, default 1 */
    int replicas_per_instance;   /* default floor(accelerators / tensor_parallel), 1 for CPU */
    int32_t tokens_per_step_max, sequences_max, context_max;
    int64_t kv_blocks;
    /* engine behaviour; every default is vLLM v1's */
    enum admission admission;
    bool whole_prompts, reserve_first_chunk, no_prefix_caching, no_graphs, no_async_scheduling;
    double step_overhead_s; /* t0; NAN = default: 0 on GPUs with asynchronous scheduling, else the
                               rule's or the profile's */
    double memory_share;    /* of the device for weights, cache and reserve; 0 = default 0.9 */
    /* LoRA adapters on the base model */
    int32_t adapters, adapters_resident, adapter_rank;
    double adapter_skew;
    /* prefill and decode on engines of their own; 0 = together */
    int split_prefill, split_decode;
    double split_link_bytes_per_s; /* 0 = the link of the accelerator */
    int batch_max;                 /* batched models, default 8 */
    double batch_wait_s;           /* default 5 ms */
    /* functions */
    int memory_mb;
    struct delay cold_start, keep_alive; /* zeroed: defaults */
    int concurrency_max, provisioned, ramp_copies;
    double ramp_s;
    double vcpu_max; /* that the function's work can use at once; 0 = as many as it gets */
    /* token APIs: stated by the scenario, no default exists */
    double ttft_s, ttft_sigma, tpot_s, tpot_sigma, requests_per_minute, tokens_per_minute;
    double tokens_ratio; /* tokens counted there per token of the traffic, default 1 */
    enum offer_tier tier;
    double batch_deadline_s; /* batch tier */
    double cached_share;     /* of the input tokens, 0 .. 1 */
    int units;               /* provisioned tiers: model units held */
};

/** Fill candidate->service, hardware, replicas_per_instance, ..., and capacity->basis / estimated.
 *  false: capacity->feasible = false and capacity->reason says why, with the numbers.
 *  @param instance  the instance type, NULL for functions and token APIs */
bool service_build(const struct catalog *catalog, const struct instance_type *instance,
                   const struct serving_options *options, struct candidate *candidate,
                   struct capacity *capacity);

struct sizing_options {
    uint64_t seed;
    int replications;         /* default 3 */
    int requests_per_replica; /* shortest run, default 1500 requests */
    int replicas_max;         /* default 16 */
    int n_threads;
    /* told after each search, from its thread; may be NULL */
    void (*cells)(void *context, int done, int total);
    void *cells_context;
};

struct sizing_options sizing_defaults(void);

/** Fill capacities[i] for every candidate whose service_build succeeded (feasible so far); cells
 * (candidate, replication) run on n_threads, and results do not depend on how many.
 *
 *  Instances. First 1000 requests, each alone on one replica: where those miss the SLO no rate can
 * meet it, and the reason says by how much. Then, for 1, 2, 4, 8, 16 replicas behind the
 * least-outstanding router, a bisection to 2 % on the rate, each replication for itself; a point is
 * the mean over replications with its 95 % half-width (Student t), and its latencies and attainment
 * are those of the runs at the rates found. More replicas never carry less: a point below its
 * predecessor is raised to it. All candidates of a workload get the same requests
 * (sim/arrival_tape.h).
 *
 *  Transients. A run starts empty; what arrives in a warm-up of a tenth of its length is not
 * counted, and it lasts at least 50 times as long as a request alone. Overload in a finite run:
 * latency limits longer than 1/60 of the run are cut to that (an SLO without any latency limit gets
 * that one for the first token), so a queue that grows by more than about 2 % of the arrivals
 * misses the share before the run ends; and when the rate does not move by the minute, the share of
 * bad requests in the last quarter must be at most twice what the SLO allows.
 *
 *  Bursts. When the rate moves by the minute (struct burstiness), one replica is sized over the 60
 * minutes of the SLO's hour. Where that is dear, minutes are squeezed in time, at most to 20 times
 * the longest limit and the time of a request alone: queues that forget faster do not notice. A
 * group of replicas sees fewer minutes, and its rate is then multiplied by what those missing take
 * from one replica (rate over all minutes / rate over as few), or by the ratio of the busiest
 * minutes when that takes more.
 *
 *  Band. Where an error of the service times is known (error_low, error_high), one replica is sized
 * again on the same requests with every step as long as either end says: rate_low and rate_high are
 * those rates over the one found. 0: at that end no rate holds the SLO.
 *
 *  Functions and token APIs. One run at the traffic's mean rate (at most 0.7 of the cap), cold
 * starts and throttling included; feasible when it holds the SLO. rate_max comes from the
 * concurrency and the mean duration, or from the quotas and the mean tokens; what a request
 * consumes of a function is what that run was billed.
 *
 *  @param traffics  [n_workloads], slos [n_workloads] */
void sizing_run(const struct candidate *candidates, int n_candidates,
                const struct traffic *const *traffics, const struct slo *slos,
                const struct sizing_options *options, struct capacity *capacities);

#endif
