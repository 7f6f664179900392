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
 *  Spot pools lose instances. Without a market lives are exponential with `interruptions_per_hour`;
 * with one (sim/spot_market.h) the provider takes back what is above the market's capacity, and
 * launches succeed only where there is room. The instance lives on for `notice_s`; what happens to
 * its work meanwhile is `on_notice`. Work that is lost starts again elsewhere through the router
 * (its clock keeps running).
 *
 *  A pool that holds fewer instances than it should, because one was lost or could not be launched,
 * launches at once what it can. What it still lacks is launched in its `fallback` pool, as many
 * instances there as have the same capacity; they drain when the pool's own are ready again. A
 * fallback pool may have a fallback itself: a chain of ranked substitutes. Launches that fail are
 * tried again each minute, those without room in the market when it changes, those in a lost zone
 * when it is back. Pools whose launches may fail launch early enough for the schedule to be met.
 *
 *  A pool with an autoscaler (sim/autoscaler.h) has what its schedule has in the first hour, inside
 * min and max, and from then on what the autoscaler decides every interval from what is seen of it.
 * Where a pool has a ready delay (sim/ready_delay.h), a launch that no schedule has foreseen takes
 * that instead of boot_s.
 *
 *  Pools may be in groups (struct replay_group); all of this holds for each. A request names its
 * group or is drawn to one. The front door stands before the groups that are not aside, which share
 * its counts; its limits are of outstanding requests of the request's group for each of its ready
 * replicas.
 *
 *  Order of events at one instant: finishes and step boundaries, then capacity changes, then
 * arrivals. Law (ENSUREd): arrived = finished + rejected + timed out + cancelled + running + queued
 * at the end. After the last arrival the fleet of the last hour runs on until everything has
 * finished, for at most an hour. Calls of functions and token APIs end when they said, at most an
 * hour after the window too; batches at most their deadline after it. */
#ifndef HEADROOM_SIM_REPLAY_H
#define HEADROOM_SIM_REPLAY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/quantile.h"
#include "pricing/usage.h"
#include "sim/autoscaler.h"
#include "sim/front_door.h"
#include "sim/ready_delay.h"
#include "sim/replica.h"
#include "sim/router.h"
#include "sim/service.h"
#include "sim/slo.h"
#include "sim/traffic.h"

struct observed;    /* sim/observer.h */
struct spot_market; /* sim/spot_market.h */

/** A group of pools beside the main one: a model of its own that calls of tasks go to, a canary. A
 * request goes to one group and stays there: it waits, is routed and is rejected among that group's
 * pools alone, by a router of their own. */
struct replay_group {
    const char *name;
    const double *share; /* [n_hours] keyed share, 0 .. 1, of the requests arriving in that hour
                            which name no group that comes here; the shares of all groups add up to
                            at most 1, the main group has the rest. NULL: none comes so */
    enum router_policy router;
    uint32_t router_choices;
    bool aside; /* not the workload's own requests: no front door, no SLO; counted by group alone */
};

/** What is done with the work of an instance whose end has been announced. */
enum notice_action {
    NOTICE_DRAIN, /* it takes no new requests; what is not done at the end starts again elsewhere */
    NOTICE_MIGRATE, /* its work moves to other replicas at once, over the link */
    NOTICE_RESTART, /* it serves on as if nothing was; what is not done at the end starts again */
};

/** The way of work from one replica to another, one request after the other. Zeroed: it takes no
 * time, and caches stay behind. */
struct migration {
    double link_s;                /* latency, 0 .. 3600 */
    double bytes_per_s;           /* > 0 when caches travel */
    double cache_bytes_per_token; /* llm: the cache travels; 0: it is computed again */
};

/** The volume that each instance of a pool is launched with and loses when it ends, and that each
 * place of its warm pool has. Zeroed: none. */
struct pool_volume {
    int offer;              /* for the ledger: a tier of storage */
    int64_t gb, iops, mbps; /* what is paid of it */
};

/** What is paid for the weights that each launch loads: bytes at a rate of transfer, or requests to
 * a store of objects; zeroed: nothing. */
struct pool_weights {
    int offer; /* for the ledger */
    int64_t bytes, reads;
};

struct pool {
    const char *name;
    int group; /* 0: the main one; else groups[group - 1] of the input */
    struct service service;
    int offer; /* for the ledger */
    bool spot;
    double interruptions_per_hour; /* spot without a market; 0 = never */
    int replicas_per_instance;     /* >= 1 */
    double weight;          /* capacity of one replica relative to others, > 0: the router balances
                               outstanding requests per weight */
    double usd_per_hour;    /* of one instance, >= 0: for the cost meter and the router
                               cheapest_first */
    double outstanding_max; /* of one replica, up to which it meets the SLO, >= 0: for the same
                               router */
    double boot_s;
    const struct ready_delay *ready;     /* NULL: boot_s, always */
    const struct autoscaler *autoscaler; /* NULL: the schedule */
    const int32_t *instances;            /* [n_hours]; NULL for function and token-API pools */
    const double
        *overflow_share; /* [n_hours] share 0..1 of the hour's requests; NULL for instance pools */

    int zone;                         /* of the input's zones */
    const struct pool *fallback;      /* of the same list and group; NULL: none */
    const struct spot_market *market; /* spot; NULL: interruptions_per_hour */
    int market_zone;                  /* of the market's zones; its capacity is shared by the pools
                                         that name it */
    const double *usd_by_hour;        /* [n_hours] spot whose price moves: of one instance in each
                                         hour; NULL: the market's prices, else usd_per_hour */
    double notice_s;                  /* spot */
    enum notice_action on_notice;
    struct migration migration;
    struct pool_weights weights;
    struct pool_volume volume;
    double launch_failure;    /* share of launches that fail, 0 .. 1 */
    double lead_s;            /* from the request to the launch */
    int32_t supply;           /* > 0: pools with this number have at most `at_once` alive, together;
                                 a launch beyond that fails */
    const int32_t *at_once;   /* [n_hours] where there is a supply; else NULL */
    double failures_per_hour; /* of one instance by itself; it is replaced */
};

enum fault_kind {
    FAULT_ZONE,     /* all instances of the zone are lost and none can be launched there */
    FAULT_INSTANCE, /* one instance of the pool is lost, and for the duration none is launched for
                       it; the fault's place in the list draws which */
    FAULT_SPOT,     /* all instances on spot are lost and none can be launched; no target */
    FAULT_SLOW,     /* one ready instance of the pool is slow; what it serves begins anew */
};

/** Something that goes wrong at a stated time. */
struct fault {
    enum fault_kind kind;
    double at_s;
    double duration_s; /* of a zone, spot and slow; instance: 0, another is launched at once */
    int target;        /* zone, or pool of instances */
    double slowdown;   /* slow: times are so many times as long, > 0 */
};

struct replay_input {
    const struct traffic *traffic;
    struct traffic_window window; /* whole hours */
    struct slo slo;
    enum router_policy router;
    uint32_t router_choices; /* for shortest_of_d: 1 .. 16 */
    struct front_door front;
    struct load_link link;    /* that weights are loaded over */
    const struct pool *pools; /* [n_pools] */
    int n_pools;
    const struct replay_group *groups; /* [n_groups] beside the main group; 0: there is no other */
    int n_groups;
    const char *const *zones; /* [n_zones] names; 0 zones: all pools are in one without a name */
    int n_zones;
    const struct fault *faults; /* [n_faults] in any order */
    int n_faults;
    int workload; /* for the ledger */
    uint64_t seed;
    bool step_by_step;  /* llm: no closed-form jumps; for tests */
    bool record_ledger; /* usage rows wanted */
    bool record_detail; /* `observed` wanted */
};

struct replay_hour {
    int64_t arrived, good; /* by arrival hour; good = inside all limits */
    int64_t limited;       /* turned away by the rate of their tenant, at their last attempt */
    double
        busy_fraction; /* of ready replica time in which a replica had work; NaN when none ready */
};

/** What the finished requests of a stream took of the pool that it shares. */
struct stream_use {
    int64_t finished, input_tokens, output_tokens;
    double seconds; /* from arrival to end, summed */
};

/** Of one group. Law (ENSUREd): arrived = finished + rejected + timed out + cancelled + unfinished.
 * Those of groups that are not aside add up to the whole result's. */
struct group_result {
    bool aside;
    int64_t arrived, finished, rejected, timed_out, cancelled, unfinished;
    int64_t good;                                            /* aside: all that finished */
    int64_t input_tokens, output_tokens, good_output_tokens; /* of finished requests */
    /* NULL and not opened in a replay of the main group alone, whose hours and latencies are the
     * result's. */
    struct replay_hour *hours; /* [n_hours] */
    struct quantile_sketch ttft_s, tpot_s, latency_s;
};

/** What became of the instances of a pool, inside the window. */
struct pool_life {
    int64_t launched;
    int64_t refused;       /* wanted, and not to be had when it was */
    int64_t interrupted;   /* taken back by the provider */
    int64_t failed;        /* lost with their zone or by themselves */
    int64_t lent;          /* launched for what another pool lacked */
    int64_t made_ready;    /* launched after the begin, and ready before the end */
    double ready_delay_s;  /* from launch to ready, summed over those */
    double instance_hours; /* from launch to end */
    double usd;            /* at usd_per_hour, or the market's prices */
};

/** What the loss of instances cost. */
struct loss_counts {
    int64_t migrated;          /* requests that moved before the end */
    int64_t recomputed_tokens; /* prompt and output tokens that are computed a second time */
    int64_t late;              /* requests that moved or started again and missed the SLO */
};

/** Of a flow (sim/task_flow.h). What is left of the started is in flight. */
struct task_counts {
    int64_t started, completed, failed;
    int64_t good;   /* completed inside the limit of a task, if there is one */
    ticks_sum time; /* from start to end, summed over completed and failed */
    struct replay_hour
        *hours;              /* [n_hours] by the hour of the start: arrived = completed + failed */
    double attainment;       /* good / (completed + failed); 1 when none ended */
    double worst_attainment; /* of the SLO's windows */
    bool slo_missed;         /* there is a limit, and a window misses the SLO's share */
    int64_t cut;             /* of the completed: ended by calls_max */
    int64_t calls;
    struct quantile_sketch latency_s; /* completed: from the first call's arrival to the last end;
                                         opened only for flows */
};

struct replay_result {
    int n_hours;
    struct replay_hour *hours; /* [n_hours] */
    int n_streams;             /* of a mix; 0: none */
    struct replay_hour
        *stream_hours;             /* [n_streams * n_hours] counts; index stream * n_hours + hour */
    struct stream_use *stream_use; /* [n_streams] */
    int n_groups;                  /* the main one included */
    struct group_result *groups;   /* [n_groups] */
    int64_t arrived, finished, rejected, unfinished, good; /* of the groups that are not aside */
    int64_t interruptions, restarted;
    ticks_sum outstanding_time; /* integral of all requests at replicas: the sum of their stays */
    struct replica_counts counts;
    struct front_door_counts front;
    int64_t steps;           /* engine steps simulated, for the bench */
    double attainment;       /* good / arrived, whole window */
    double worst_attainment; /* of the SLO's windows, of each stream's; 1 when nothing arrived */
    int worst_window_hour;   /* first hour of that window */
    bool slo_met;
    struct quantile_sketch ttft_s, tpot_s, latency_s; /* finished requests */
    int64_t input_tokens, output_tokens;              /* of finished requests */
    int64_t good_output_tokens;
    int n_pools;
    int64_t *pool_requests;  /* [n_pools] requests finished by each pool */
    struct pool_life *pools; /* [n_pools] */
    struct loss_counts lost;
    struct task_counts tasks; /* all 0 without a flow */
    struct usage_ledger ledger;
    const struct observed *observed; /* sim/observer.h; NULL: not asked for */
    uint64_t request_hash;           /* over (request, first token, finish): equality of two runs */
};

bool replay_run(struct arena *arena, const struct replay_input *input, struct replay_result *out,
                struct err *err);

#endif
