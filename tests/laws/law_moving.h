/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What moves, drawn into a law's scenario: autoscaling and launches in parts, a spot market, zones,
 * failing launches, faults, the front door, flows, mixes, functions, jobs, storage, several
 * replays. Draws are of a stream of their own, so a scenario is the same with and without it
 * otherwise. */
#ifndef HEADROOM_TESTS_LAWS_LAW_MOVING_H
#define HEADROOM_TESTS_LAWS_LAW_MOVING_H

#include "law_yaml.h"

enum { LAW_SPOT_ZONES = 2 };

struct law_workload {
    struct law_node *node;
    bool decoder, api; /* api: api-one is among its models */
    const char *sku;   /* of its first instance type */
};

struct law_moving {
    struct arena *arena;
    struct rng rng;
    struct law_node *root;
    const struct law_workload *workloads;
    int n_workloads;
    bool all;                                /* everything at once, else each now and then */
    const char *spot_traces[LAW_SPOT_ZONES]; /* out: spot1.json, spot2.json */
};

void law_move(struct law_moving *moving);

#endif
