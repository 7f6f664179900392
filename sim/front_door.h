/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What stands between the clients and the fleet: a response cache, admission control, tenants'
 * rates, an overflow rule, timeouts, clients that give up, and retries. All zero: nothing does.
 *
 *  A request makes one attempt or several. Each goes through these in order:
 *    1. tenants: a token bucket each; an empty one refuses the attempt;
 *    2. overflow: with overflow_outstanding requests a ready replica or more the attempt goes to a
 *       function or token API, which may refuse it, or to a group of pools of its own, where the
 *       request stays and is counted from then on;
 *    3. admission: with outstanding_max of its priority a ready replica, it is refused;
 *    4. the router. From then on its timeouts run; one that is over takes it back.
 * What is refused or taken back comes again after a backoff, or that was its last attempt: the
 * request counts as rejected or timed out. A client that gives up ends its request whatever it
 * does. A hit in the cache is an answer and makes no attempt.
 *
 *  Calls of functions and token APIs are timed out and given up as attempts at replicas are. Their
 * service begins after a cold start, or after the queue of batches. What was called goes on: a
 * function runs to its end and is paid for; a token API is paid for the input and for the tokens
 * made until then, a batch that has not begun for nothing. Quotas stay taken.
 *
 *  Outstanding requests are those at the replicas and those that wait for the first replica; with
 * no replica ready the limits are those of one. At one instant: ends of steps, capacity changes,
 * then what the front door does, then arrivals.
 *
 *  Law (ENSUREd): arrived = finished + rejected + timed out + cancelled + unfinished. */
#ifndef HEADROOM_SIM_FRONT_DOOR_H
#define HEADROOM_SIM_FRONT_DOOR_H

#include "base/err.h"
#include "sim/work.h"

enum { TENANTS_MAX = 16, ATTEMPTS_MAX = 100 };

/** A keyed share of the requests. Its bucket holds `burst` attempts and fills evenly. */
struct tenant {
    double share;           /* 0 .. 1; all tenants' add up to 1 */
    double rate_per_second; /* > 0; attempts admitted */
    double burst;           /* >= 1 */
    const char *name;       /* NULL: it has none */
};

struct front_door {
    double cache_share; /* 0 .. 1 of the requests are answered from the cache */
    double cache_s;     /* after this time */
    int n_tenants;
    struct tenant tenants[TENANTS_MAX];
    double overflow_outstanding;            /* a ready replica; 0: no overflow rule */
    int overflow_pool;                      /* a function or token API */
    int overflow_group;                     /* instead: of the input's groups, from 1; 0: none */
    double outstanding_max[PRIORITIES_MAX]; /* a ready replica, by priority; 0: no limit */
    double queue_timeout_s; /* an attempt whose service has not begun by then; 0: none */
    double timeout_s;       /* an attempt; 0: none */
    double impatient_share; /* 0 .. 1 of the clients give up ... */
    double patience_s;      /* ... after an exponential time of this mean; > 0 with a share */
    int attempts;           /* of a request at most; 0 and 1: no retries */
    double backoff_s;       /* before the second; doubles with each */
    double backoff_max_s;   /* at most; >= backoff_s */
    double jitter;          /* 0 .. 1: share of the backoff that is drawn evenly */
};

/** Of a tenant's requests. */
struct tenant_counts {
    int64_t arrived, finished, good; /* requests; good = inside all limits */
    int64_t attempts, refused;       /* refused by its rate */
};

struct front_door_counts {
    int64_t timed_out, cancelled; /* requests */
    int64_t cached;               /* requests answered from the cache; they count as finished */
    int64_t attempts;
    int64_t refused; /* attempts, by a tenant's rate or the limit; no room at a pool is not here */
    int64_t taken_back;                        /* attempts, by timeouts */
    int64_t overflowed;                        /* attempts given to the overflow pool or group */
    struct tenant_counts tenants[TENANTS_MAX]; /* [n_tenants] */
};

/** Is anything asked for? */
bool front_door_used(const struct front_door *door);
/** @param can_overflow  is this pool a function or a token API? NULL-safe only when not asked */
bool front_door_check(const struct front_door *door, int n_pools,
                      bool (*can_overflow)(const void *context, int pool), const void *context,
                      struct err *err);

#endif
