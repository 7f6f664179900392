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
#include "sim/capacity.h"
#include "sim/catalog.h"
#include "sim/replay.h"

/** What a scenario may say about serving; 0 or empty = default by hardware class. */
struct serving_options {
    const char *model; /* catalogue name */
    enum precision precision;
    int tensor_parallel;       /* accelerators of one replica, default 1 */
    int replicas_per_instance; /* default floor(accelerators / tensor_parallel), 1 for CPU */
    int32_t tokens_per_step_max, sequences_max;
    int64_t kv_blocks;
    int batch_max;       /* batched models, default 8 */
    double batch_wait_s; /* default 5 ms */
    /* functions */
    int memory_mb;
    double cold_start_s, keep_alive_s;
    int concurrency_max;
    /* token APIs: stated by the scenario, no default exists */
    double ttft_s, ttft_sigma, tpot_s, tpot_sigma, requests_per_minute, tokens_per_minute;
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
    int requests_per_replica; /* length of one run, default 2000 */
    int replicas_max;         /* default 16 */
    int n_threads;
};

struct sizing_options sizing_defaults(void);

/** Fill capacities[i] for every candidate whose service_build succeeded (feasible so far); cells
 * run on n_threads.
 *  @param traffics  [n_workloads], slos [n_workloads] */
void sizing_run(const struct candidate *candidates, int n_candidates,
                const struct traffic *const *traffics, const struct slo *slos,
                const struct sizing_options *options, struct capacity *capacities);

#endif
