/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The laws of generated traffic: minute factors, gaps between arrivals, token lengths.
 *  sim/traffic.h says what they mean. */
#ifndef HEADROOM_SIM_TRAFFIC_GENERATE_H
#define HEADROOM_SIM_TRAFFIC_GENERATE_H

#include "base/rng.h"
#include "sim/traffic.h"

enum { MINUTE_FACTOR_POINTS = 769 }; /* normal scores -6 .. 6 in steps of 1/64 */

/** Rate factors of the minutes of one replication; any minute, in any order. */
struct minute_factors {
    uint64_t seed, replication;
    int n_weights;         /* 0: every factor is 1 */
    const double *weights; /* [n_weights] of the normal of j minutes before */
    double *normals;       /* [n_weights] ring: minute m at m mod n_weights */
    bool filled;
    int64_t newest;      /* minute up to which the ring is filled */
    const double *table; /* [MINUTE_FACTOR_POINTS] factor at a normal score */
};

struct minute_factors minute_factors_open(struct arena *arena, struct burstiness burstiness,
                                          uint64_t seed, uint64_t replication);
double minute_factor(struct minute_factors *factors, int64_t minute);

/** Gaps of mean 1 between arrivals. */
struct gap_law {
    enum { GAP_EXPONENTIAL, GAP_GAMMA, GAP_TWO_PHASE } kind;
    double shape;                  /* gamma */
    double share, short_s, long_s; /* two phases: a gap is exponential of mean short_s with
                                      probability share, else of mean long_s */
};

struct gap_law gap_law_of(struct burstiness burstiness);
double gap_draw(const struct gap_law *law, struct rng *rng);
/** From an arbitrary instant to the next arrival: with it the process is stationary, so the
 * expected count of any interval is exact. */
double gap_first(const struct gap_law *law, struct rng *rng);

/** The length at probability u in (0, 1): inversion, so it rises with u. Unrounded: before rounding
 * and clipping. */
double length_unrounded(const struct length_distribution *lengths, double u);
int32_t length_at(const struct length_distribution *lengths, double u);
double length_mean(const struct length_distribution *lengths);

enum { GAPS_AHEAD = 16 };

/** Arrivals of the hours [from_ns, to_ns), hour by hour. */
struct arrival_process {
    uint64_t seed, replication;
    const double *rate_per_second; /* [HOURS_PER_WEEK] */
    double growth;
    struct gap_law gaps;
    struct minute_factors factors;
    int64_t hour, hour_end; /* current, first that is not generated */
    bool in_hour;
    int minute;                      /* of the current hour; its operational time is */
    double minute_start, minute_end; /* [minute_start, minute_end) */
    double next;                     /* operational time of the next arrival */
    struct rng rng;
    uint64_t index;           /* of the next arrival in its hour */
    double ahead[GAPS_AHEAD]; /* exponential gaps are drawn in advance; */
    int n_ahead;              /* so many are left, at the end */
};

struct arrival_process arrival_process_open(struct arena *arena, const struct traffic *traffic,
                                            struct traffic_window window);
/** Time of the next arrival since planning hour 0, and the key of the request's own draws. */
bool arrival_process_next(struct arrival_process *process, int64_t *arrival_ns, uint64_t *key);

#endif
