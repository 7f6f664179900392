/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random scenarios for the laws: a scenario file and its price book, drawn from (seed, number).
 *
 *  Everything that moves the answer is drawn: one or two workloads (encoders; decoders that serve
 * one to four requests at once, so that tiny rates need several instances), the knobs of their
 * engines, classes of priority, precisions, LoRA adapters, prefill and decode apart, prompts of a
 * trace that begin alike, instance types, functions and token APIs, regions, prices, ways to buy,
 * policy, quotas, what is owned, a fleet of today, growth, router, boot times. Rates are hundredths
 * of a request a second and horizons one to three months, so that a whole study takes some
 * tenths of a second. In some of the cases things move (law_moving.h). */
#ifndef HEADROOM_TESTS_LAWS_LAW_CASE_H
#define HEADROOM_TESTS_LAWS_LAW_CASE_H

#include "law_moving.h"
#include "scenarios/study.h"

#ifndef LAW_CASES
#define LAW_CASES 200
#endif
enum { LAW_SEED_DEFAULT = 20261201 };
/* Of cases that are not one at a time every fifth moves, every twentieth in all ways. */
enum { LAW_MOVES_EVERY = 5, LAW_ALL_MOVES_EVERY = 20 };

/** What is changed in a case beside the draws; {0} is the case as drawn. */
struct law_change {
    int money;        /* factor on every price and every sum of money; 0 reads as 1 */
    int fleet;        /* factor on the instances of today's fleet; 0 reads as 1 */
    bool free_quotas; /* quotas of ten million vCPU where none is drawn */
    bool other_order; /* the keys of every map shuffled */
};

struct law_case {
    uint64_t seed, number;
    /* one workload on one instance type whose replicas serve one request at a time, round robin,
       and a fleet of today: the shape of the law of spare capacity */
    bool one_at_a_time;
    bool moves, all_moves; /* law_moving.h: something does, everything does */
    /* law.yaml; book.csv, trace.jsonl, spot1.json and spot2.json, which it may name */
    const char *yaml, *book, *trace, *spot_traces[LAW_SPOT_ZONES];
};

/** From HEADROOM_LAW_SEED, or LAW_SEED_DEFAULT. */
uint64_t law_seed(void);

struct law_case law_case_draw(struct arena *arena, uint64_t seed, uint64_t number,
                              struct law_change change);

/** A whole study of it. NULL when the answer is there, else the mistakes it was refused for. */
const char *law_case_study(struct arena *arena, const struct law_case *c, int n_threads,
                           struct study *study);

#endif
