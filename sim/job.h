/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A job: work that is not served but done - training, fine-tuning, preparing data, inference over
 * a stored set - by a gang of nodes that starts together, writes checkpoints, is interrupted and
 * goes on from the last one. Here is what a job and a pool of nodes are; sim/job_replay.h runs
 * them.
 *
 *  Work is stated as the time that one node takes. A gang of n nodes is job_speedup(n) times as
 * fast. A node may be an instance or one accelerator: the caller says what it counts. */
#ifndef HEADROOM_SIM_JOB_H
#define HEADROOM_SIM_JOB_H

#include <stdbool.h>

#include "base/err.h"
#include "sim/ticks.h"

enum { JOB_NODES_MAX = 100000, JOB_POINTS_MAX = 64 };
#define JOB_NO_DEADLINE INT64_MAX
#define JOB_WORK_S_MAX 1e12

/** How the speed grows with the gang. The table where there is one, else the law
 *
 *      speedup(n) = n / (1 + serial (n - 1)),
 *
 *  Amdahl's, and that of an all-reduce that is not hidden behind the computation: docs/model.md
 * section 2.11. */
struct job_scaling {
    double serial; /* 0 .. 1; 0: twice the nodes, half the time */
    int n_points;  /* 0: the law */
    struct job_point {
        int nodes;      /* ascending, the first is 1 */
        double speedup; /* > 0; of 1 node 1; straight lines between */
    } points[JOB_POINTS_MAX];
};

/** @param nodes  1 .. JOB_NODES_MAX; with a table at most its last */
double job_speedup(const struct job_scaling *scaling, int nodes);

/** `serial` of training that is data-parallel: a step's gradients go around a ring of nodes, two
 * times their size through every node, beside a step that takes one node step_s.
 *
 *  @param gradient_bytes    of all parameters, > 0
 *  @param bytes_per_second  network of one node, > 0
 *  @param step_s            one step (the whole batch) on one node, > 0
 *  @return may exceed 1: a second node then makes the job slower */
double job_serial_of_ring(double gradient_bytes, double bytes_per_second, double step_s);

/** Seconds of computing between two checkpoints with the least waste: the minimum of
 * (e^((t + write) / mtbf) - 1) / t. Young's sqrt(2 write mtbf) is its first term, Daly's formula
 * its first three.
 *
 *  @param write_s  > 0
 *  @param mtbf_s   mean time between failures of the whole gang, > 0 */
double job_checkpoint_best_s(double write_s, double mtbf_s);

struct job {
    sim_ticks arrival;
    double work_s;            /* on one node, > 0 */
    int nodes_min, nodes_max; /* alike: a fixed gang; else it runs on any number between */
    const struct job_scaling *scaling;
    double every_s;     /* computing between checkpoints; 0: none are written */
    double write_s;     /* of a checkpoint; nothing is computed meanwhile */
    double restore_s;   /* reading one, at every start but the first */
    double setup_s;     /* at every start, beside the boot of its nodes: image, data, warm-up */
    sim_ticks deadline; /* JOB_NO_DEADLINE: none */
    sim_ticks margin;   /* kept in hand before the deadline when it moves to `fallback` */
    int priority;       /* higher goes first, and takes nodes from lower at a checkpoint */
    int pool;           /* where it waits for nodes */
    int fallback; /* the pool it moves to, for good, when only that is sure to be in time; -1: none
                   */
};

/** Identical nodes bought the same way. */
struct job_pool {
    int offer; /* for the ledger */
    bool spot;
    double boot_s;      /* from asking for a node to having it; paid for */
    double node_mtbf_s; /* mean life of a running node, exponential; 0: endless. Lost nodes are
                           replaced in boot_s */
    double notice_s;    /* so long before it is taken a node is known to go; 0: not at all */
    int nodes;          /* there at any time, when nodes_at is NULL */
    /* Nodes there from `now` on until *next (INT64_MAX: for good); now <= *next. What goes is taken
     * from the jobs. Asked at ascending times. */
    int (*nodes_at)(void *context, sim_ticks now, sim_ticks *next);
    void *context;
};

/** false: *err says what makes no sense. */
bool job_check(const struct job *job, const struct job_pool *pools, int n_pools, struct err *err);
bool job_pool_check(const struct job_pool *pool, struct err *err);

#endif
