/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a replay tells in detail, when it is asked: latencies by pool, by class of priority and by
 * hour; the fleet minute by minute, as hours with their highest minute; and a log of what happened
 * to its instances. It looks on and changes nothing: request by request the replay is the same.
 *
 *  An hour's latencies are those of the requests that ended in it (in order of handling: a call of
 * a function or a token API counts when it is made). The fleet is looked at once a minute, at the
 * first event after it; a minute in which nothing happens is not looked at. The log holds the fleet
 * and the refused requests; what is beyond OBSERVER_EVENTS_MAX is counted, not kept. */
#ifndef HEADROOM_SIM_OBSERVER_H
#define HEADROOM_SIM_OBSERVER_H

#include "base/arena.h"
#include "base/quantile.h"
#include "sim/ticks.h"
#include "sim/work.h"

enum { OBSERVER_EVENTS_MAX = 1 << 20 };

#define FLEET_EVENTS(X)                                                                            \
    X(LAUNCHED, "launched")                                                                        \
    X(READY, "ready")                                                                              \
    X(DRAINING, "draining")                                                                        \
    X(NOTICED, "noticed")                                                                          \
    X(INTERRUPTED, "interrupted")                                                                  \
    X(FAILED, "failed")                                                                            \
    X(ENDED, "ended")                                                                              \
    X(REFUSED, "refused")                                                                          \
    X(REJECTED, "rejected")

enum fleet_event_kind {
#define X(name, word) FLEET_##name,
    FLEET_EVENTS(X)
#undef X
};

struct fleet_event {
    sim_ticks time;
    enum fleet_event_kind kind;
    int pool;       /* -1: a request that no pool took */
    int64_t number; /* of the launch within its pool, from 0; refused: how many instances; rejected:
                       the request */
};

/** Percentiles 50, 95 and 99 of requests that finished; NAN when there are none. */
struct latency_summary {
    int64_t finished, good;
    double wait_s[3]; /* from arrival to the begin of service, of requests whose service began */
    double ttft_s[3], tpot_s[3], latency_s[3];
};

/** One hour of the fleet; means over the minutes looked at, NAN when none was. */
struct fleet_hour {
    double ready_mean, ready_max;             /* replicas */
    double outstanding_mean, outstanding_max; /* requests at replicas */
    double waiting_mean, waiting_max; /* of these, and without a replica: not yet in service */
    double busy_mean, busy_max;       /* share of the ready replicas that have work */
    double kv_mean, kv_max;           /* share of their cache blocks in use; llm only */
};

struct observed_pool {
    const char *name, *zone; /* zone "": none was named */
    bool spot;
};

struct observed {
    int n_pools, n_classes, n_hours, n_events;
    int64_t events_left_out;
    const struct observed_pool *labels;    /* [n_pools] */
    const struct latency_summary *pools;   /* [n_pools] */
    const struct latency_summary *classes; /* [n_classes] */
    const struct latency_summary *hours;   /* [n_hours] */
    const struct fleet_hour *fleet;        /* [n_hours] */
    const struct fleet_event *events;      /* [n_events] in order of time */
};

/** One look at the fleet. */
struct fleet_look {
    int64_t ready, busy, outstanding, waiting;
    int64_t kv_used, kv_blocks;
};

struct latency_record;

struct observer {
    struct arena *arena;
    int n_pools, n_classes, n_hours;
    uint32_t aside; /* bits of the groups whose requests are in their pools' latencies alone */
    struct latency_record *pools, *classes, *hour_record;
    int hour;            /* of hour_record */
    sim_ticks next_look; /* the next minute */
    struct latency_summary *hours;
    struct fleet_hour *fleet; /* sums, until closed */
    int *looks;               /* [n_hours] */
    struct fleet_event *events;
    int n_events, events_capacity;
    int64_t events_left_out;
};

struct observer *observer_open(struct arena *arena, int n_pools, int n_classes, int n_hours,
                               uint32_t aside);
/** Service begins, for the first time on this replica. */
void observer_started(struct observer *observer, const struct work *work, int pool, sim_ticks now);
/** `now`: when it is told; `good`: inside all limits. */
void observer_finished(struct observer *observer, const struct work *work, int pool,
                       sim_ticks finish, sim_ticks now, bool good);
void observer_event(struct observer *observer, enum fleet_event_kind kind, int pool, int64_t number,
                    sim_ticks now);
/** A look at now, which is next_look or later. */
void observer_look(struct observer *observer, const struct fleet_look *look, sim_ticks now);
/** @param labels  [n_pools], kept */
struct observed *observer_close(struct observer *observer, const struct observed_pool *labels);
/** Names of zones are kept, all else is copied. */
struct observed *observed_copy(struct arena *arena, const struct observed *from);

const char *fleet_event_word(enum fleet_event_kind kind);

#endif
