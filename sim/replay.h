/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Replay: one workload's traffic against one fleet, request by request.
 *
 *  A fleet is a list of pools. An instance pool has identical replicas of one service and a whole
 * number of instances in each hour (its schedule). When the schedule rises at an hour, the new
 * instances are launched `boot_s` earlier, so that they are ready on the hour, and are paid from
 * their launch (instances of the first hour are ready at time 0 and paid from 0). When it falls,
 * the instances that go stop taking requests on the hour and end when their last request is done.
 *  A function or token-API pool has no schedule: it takes the keyed share `overflow_share[hour]` of
 * the hour's requests. All other requests go through the router to the ready replicas of the
 * instance pools; with none ready they wait for one, and are rejected when none will come.
 *
 *  Spot pools lose instances: lives are exponential with `interruptions_per_hour`; work in flight
 * starts again elsewhere through the router (its clock keeps running), and a replacement is ready
 * after boot_s.
 *
 *  Order of events at one instant: finishes and step boundaries, then capacity changes, then
 * arrivals. Law (ENSUREd): arrived = finished + rejected + running + queued at the end. After the
 * last arrival the fleet of the last hour runs on until everything has finished, for at most an
 * hour. Calls of functions and token APIs end when they said, at most an hour after the window too;
 * batches at most their deadline after it. */
#ifndef HEADROOM_SIM_REPLAY_H
#define HEADROOM_SIM_REPLAY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/quantile.h"
#include "pricing/usage.h"
#include "sim/replica.h"
#include "sim/router.h"
#include "sim/service.h"
#include "sim/slo.h"
#include "sim/traffic.h"

struct pool {
    const char *name;
    struct service service;
    int offer; /* for the ledger */
    bool spot;
    double interruptions_per_hour; /* spot; 0 = never */
    int replicas_per_instance;     /* >= 1 */
    double weight; /* capacity of one replica relative to others, > 0: the router balances
                      outstanding requests per weight */
    /* for the router cheapest_first: */
    double usd_per_hour;    /* of one instance, >= 0 */
    double outstanding_max; /* of one replica, up to which it meets the SLO; >= 0 */
    double boot_s;
    const int32_t *instances; /* [n_hours]; NULL for function and token-API pools */
    const double
        *overflow_share; /* [n_hours] share 0..1 of the hour's requests; NULL for instance pools */
};

struct replay_input {
    const struct traffic *traffic;
    struct traffic_window window; /* whole hours */
    struct slo slo;
    enum router_policy router;
    uint32_t router_choices;  /* for shortest_of_d: 1 .. 16 */
    const struct pool *pools; /* [n_pools] */
    int n_pools;
    int workload; /* for the ledger */
    uint64_t seed;
    bool step_by_step;  /* llm: no closed-form jumps; for tests */
    bool record_ledger; /* usage rows wanted */
};

struct replay_hour {
    int64_t arrived, good; /* by arrival hour; good = inside all limits */
    double
        busy_fraction; /* of ready replica time in which a replica had work; NaN when none ready */
};

struct replay_result {
    int n_hours;
    struct replay_hour *hours; /* [n_hours] */
    int64_t arrived, finished, rejected, unfinished, good;
    int64_t interruptions, restarted;
    struct replica_counts counts;
    int64_t steps;           /* engine steps simulated, for the bench */
    double attainment;       /* good / arrived, whole window */
    double worst_attainment; /* of the SLO's windows; 1 when nothing arrived */
    int worst_window_hour;   /* first hour of that window */
    bool slo_met;
    struct quantile_sketch ttft_s, tpot_s, latency_s; /* finished requests */
    int64_t input_tokens, output_tokens;              /* of finished requests */
    int64_t good_output_tokens;
    int64_t *pool_requests; /* [n_pools] requests finished by each pool */
    struct usage_ledger ledger;
    uint64_t request_hash; /* over (request, first token, finish): equality of two runs */
};

bool replay_run(struct arena *arena, const struct replay_input *input, struct replay_result *out,
                struct err *err);

#endif
