/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Flows: tasks whose calls follow one another. A task is a walk over a small graph of steps. A
 * step waits (a tool, a user who reads and types) and then calls, or only waits; where it goes next
 * is drawn from its shares, and what is left of them ends the task. Sessions of many turns, an
 * agent with its tools, and a chain of calls are such graphs.
 *
 *  A step calls the workload's own model, or another group of pools (struct replay_group): an
 * embedder, a vector store, a guardrail. It makes one call or several alike side by side; the task
 * goes on when all have ended.
 *
 *  Tasks come from the traffic (open), one for each of its requests, which is the first call; or
 * from a fixed number of users (closed), each of whom thinks, begins a task, and thinks again when
 * it ended. A call that is rejected, times out or is cancelled fails its task at once; its other
 * calls are served for nobody. What has not come by the end of the window does not come: such tasks
 * are in flight.
 *
 *  Not modelled: steps on other workloads' pools, different steps side by side, prompts found again
 * in a prefix cache.
 *
 *  Draws are keyed by (seed, replication, task, hop): a task takes the same path in every
 * candidate. Memory follows the tasks in flight. */
#ifndef HEADROOM_SIM_TASK_FLOW_H
#define HEADROOM_SIM_TASK_FLOW_H

#include "base/quantile.h"
#include "sim/replay_engine.h"

enum { FLOW_STEPS_MAX = 16, FLOW_CALLS_MAX = 63 };

struct task_step {
    const char *name;
    bool calls;     /* else it only waits */
    int group;      /* that its calls go to; 0: the workload's own model */
    int parallel;   /* calls side by side, up to FLOW_CALLS_MAX; 0 and 1: one */
    bool unheard;   /* what is asked and answered here is in no later prompt */
    double delay_s; /* before the call: exponential with this mean; 0: none */
    bool grows;     /* its prompt begins with all prompts and answers of the task so far */
    bool stated;    /* its lengths are input and output; else those of the task's first call */
    struct length_distribution input, output;
    double next[FLOW_STEPS_MAX]; /* share that goes on to each step; they add up to at most 1 */
};

struct task_flow {
    int n_steps;
    struct task_step steps[FLOW_STEPS_MAX]; /* a task begins with the first */
    int calls_max;  /* a task makes at most so many calls; 0: none of its loops needs an end */
    int users;      /* closed; 0: open */
    double think_s; /* closed: exponential with this mean, > 0 */
};

enum task_flow_fault {
    FLOW_FINE,
    FLOW_FIRST_WAITS,  /* the first step must call, without a delay */
    FLOW_SHARES,       /* the shares of this step add up to more than 1 */
    FLOW_NEVER_CALLS,  /* a loop of steps that only wait goes through this one */
    FLOW_UNBOUNDED,    /* a loop goes through this step and calls_max is not stated */
    FLOW_OUT_OF_REACH, /* no path leads to this step */
    FLOW_TOO_LONG,     /* from here on a path makes more calls than calls_max, or FLOW_CALLS_MAX */
    FLOW_NO_OWN_CALL,  /* no step calls the workload's own model */
};

/** *step: which one is meant. */
enum task_flow_fault task_flow_check(const struct task_flow *flow, int *step);

/** Expected calls of a task at each step [n_steps], and its expected time in delays; exact, with
 * the cap. Returns the expected calls in all. */
double task_flow_expected(const struct task_flow *flow, double *calls_by_step, double *delay_s);

/** A flow as traffic: the demand curve in calls of the workload's own model, and a sample of them
 * for SIZE. Closed: as if no
 * call took any time, so never less than what comes. *out borrows both. */
void traffic_from_flow(struct arena *arena, const struct task_flow *flow,
                       const struct traffic *tasks, struct traffic *out);

struct task_run;

/** Arrivals for a replay of window hours [from, to): `tasks` gives the first calls of open flows
 * and, for both, the lengths of steps that state none (closed: its distributions). A checked flow.
 *
 *  @param limit_s  of a task, from the first call's arrival to the last end; 0: none */
struct task_run *task_flow_open(struct arena *arena, const struct task_flow *flow,
                                const struct traffic *tasks, struct traffic_window window,
                                double limit_s);
struct arrivals task_flow_arrivals(struct task_run *run);
/** After the replay; ENSUREs that no task was lost. */
const struct task_counts *task_flow_close(struct task_run *run);

#endif
