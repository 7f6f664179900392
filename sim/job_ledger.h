/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The nodes that jobs hold, and the ledger rows of those given back: from the whole second in
 * which they were taken to the whole second in which they were given back. Only job_replay.c
 * includes this. */
#ifndef HEADROOM_SIM_JOB_LEDGER_H
#define HEADROOM_SIM_JOB_LEDGER_H

#include "sim/job_replay.h"

/** Nodes of one job, by when they were taken, oldest first. */
struct job_held {
    struct job_hold {
        sim_ticks from;
        int nodes;
    } * items; /* [n], never more than the gang has nodes */
    int n, capacity;
};

struct job_ledger {
    struct arena *arena;
    bool record;
    struct usage_row *rows; /* [n_rows] */
    int n_rows, capacity;
};

/** Who gives nodes back, and why. */
struct job_return {
    const struct job_pool *pool;
    int workload;
    bool taken; /* by the provider */
};

void job_ledger_take(struct job_ledger *ledger, struct job_held *held, sim_ticks now, int nodes);

/** Give back `nodes`, the last taken first. @return what they were held for */
job_node_ticks job_ledger_give(struct job_ledger *ledger, struct job_held *held, sim_ticks now,
                               int nodes, struct job_return why);

/** Give back the node at `index` among all, oldest first. @return what it was held for */
job_node_ticks job_ledger_give_one(struct job_ledger *ledger, struct job_held *held, sim_ticks now,
                                   int index, struct job_return why);

#endif
