/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Candidates and what SIZE found about each: a plain table, read by the solver and shown in the
 * report.
 *
 *  A candidate is one way to serve one workload: a model at a precision on an instance type in a
 * region, a function, or a token API. Its capacity is the largest request rate that keeps the SLO,
 * for groups of 1, 2, 4, 8, 16 replicas; or the reason why there is none. */
#ifndef HEADROOM_SIM_CAPACITY_H
#define HEADROOM_SIM_CAPACITY_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/service.h"

enum candidate_kind { CANDIDATE_INSTANCE, CANDIDATE_FUNCTION, CANDIDATE_TOKEN_API };
enum { CAPACITY_POINTS_MAX = 5 };

struct candidate {
    enum candidate_kind kind;
    int workload;     /* index */
    const char *name; /* for tables: "g6e.2xlarge bf16"; unique within a workload */
    const char *sku, *region, *model, *precision;
    const char *kv_precision; /* "bf16", "fp8"; "" for token APIs */
    const char
        *setup; /* what tells its entry from others of its SKU: " 3072 MB"; "", NULL: nothing */
    const char *quality;  /* of this variant, as the scenario states it: "-0.8 points MMLU"; "" */
    double one_off_usd;   /* to make the variant (distil, prune, quantise); 0 = none */
    const char *hardware; /* "L40S", "Inferentia2", "Graviton3", "AWS Lambda arm64", "token API" */
    int offer;            /* index in the study's offer table; -1 when the book has none */
    int accelerators;     /* of one instance, 0 for CPU, functions and APIs */
    int tensor_parallel;  /* accelerators of one replica */
    int replicas_per_instance; /* >= 1; 1 for functions and APIs */
    struct service service;
};

struct capacity_point {
    int replicas;
    double rate_per_second; /* of the whole group, inside the SLO */
    double half_width;      /* 95 % half-width over replications, requests/s */
    double ttft_p50_s, ttft_p95_s, ttft_p99_s;
    double tpot_p50_s, tpot_p95_s, tpot_p99_s;
    double latency_p50_s, latency_p95_s, latency_p99_s; /* end to end */
    double latency_mean_s;
    double attainment; /* share of requests inside all limits at that rate */
};

struct capacity {
    bool feasible;
    char reason[240]; /* why not, in the user's words; "" when feasible */
    bool estimated;  /* service times from datasheets or rules, not from measurements of this engine
                      */
    char basis[240]; /* where the service times come from */
    /* Four of five measured rows of the basis lie within [1 + error_low, 1 + error_high] of their
     * computed times (docs/fidelity.md); both 0: no error is known. */
    double error_low, error_high;
    /* The first point's rate, relative, if every step took as long as the band's ends: how much the
     * capacity itself may be off. rate_low <= 1 <= rate_high; both 1: no error is known. */
    double rate_low, rate_high;
    bool extrapolated; /* used beyond the measured range of its profile; the basis says where */
    int n_points; /* rising in replicas; instances: 1, 2, 4, 8, 16. Functions and APIs: one point */
    struct capacity_point points[CAPACITY_POINTS_MAX];
    double rate_max_per_second; /* functions, APIs: cap from quotas or concurrency; 0 = none */
    /* consumption of one request, for per-use prices */
    double gb_seconds_per_request; /* functions: of calls on copies started on demand, cold starts
                                      included, per request of any kind */
    double provisioned_gb_seconds_per_request; /* of calls on provisioned copies */
    double input_tokens_per_request, output_tokens_per_request;
    double cached_tokens_per_request; /* of the input, not in input_tokens_per_request */
};

enum { CAPACITY_REPLICAS_MAX = 1 << 20 };

/** Rate that a group of `replicas` >= 0 carries: piecewise linear through (0,0) and the points;
 * beyond the last point its rate per replica goes on (the slope between the last two points would
 * carry their noise further). Never above rate_max_per_second when there is one; 0 when infeasible.
 * Non-decreasing in replicas when the points are. */
double capacity_rate(const struct capacity *capacity, double replicas);
/** Fewest whole replicas with capacity_rate >= rate_per_second; -1 when CAPACITY_REPLICAS_MAX do
 * not carry it (infeasible, or above rate_max_per_second). */
int capacity_replicas(const struct capacity *capacity, double rate_per_second);
/** Best rate per replica over the points, so that no number of replicas n carries more than n times
 * it: what the LP uses, and why its optimum stays a lower bound. 0 when infeasible. */
double capacity_best_rate_per_replica(const struct capacity *capacity);
/** The point of that rate, its latencies those of full load. NULL when infeasible. */
const struct capacity_point *capacity_best_point(const struct capacity *capacity);

#endif
