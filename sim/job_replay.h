/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Jobs on pools of nodes whose number varies in time.
 *
 *  A pool gives nodes to the waiting job of the highest priority, of those to the one that arrived
 * first (equal times: the lower index); while it does not fit nobody behind it starts. A gang holds
 * its nodes from the moment it gets them; its life is
 *
 *      start (boot, setup, restore) -> compute -> write -> compute -> ... -> finish
 *
 *  Whatever takes a node throws away what was computed since the last checkpoint; a job that is
 * told before, and whose checkpoint fits into that notice, writes one instead of computing on. A
 * node that fails is replaced: a fixed gang holds the others meanwhile (idle; they do not fail
 * then), an elastic one starts again without it. When the pool itself shrinks, the job of the
 * lowest priority that started last gives up nodes; a fixed gang gives up all of them and waits,
 * without paying. An elastic gang takes more nodes at a checkpoint when nobody waits for them and
 * it gains time.
 *
 *  Priority: a job that does not fit asks jobs of lower priority, the least and the youngest first,
 * to write a checkpoint at once and leave; those that write none are left alone.
 *
 *  Deadline: a job with a `fallback` stays in its pool as long as the fallback, from the last
 * checkpoint and without failures there, would still be in time by `margin`; then it writes a
 * checkpoint if that fits, moves, and stays. Where the fallback always has nodes that do not fail,
 * such a job is never late, whatever its pool does.
 *
 *  At one instant: ends of phases, failures, moves; then capacity; then arrivals; then starts. Not
 * modelled: backfilling, gangs over two pools, networks that jobs share. */
#ifndef HEADROOM_SIM_JOB_REPLAY_H
#define HEADROOM_SIM_JOB_REPLAY_H

#include "base/arena.h"
#include "pricing/usage.h"
#include "sim/job.h"

/** Nodes times ticks. */
__extension__ typedef __int128 job_node_ticks;

struct job_replay_input {
    const struct job *jobs; /* [n_jobs] in any order */
    int n_jobs;
    const struct job_pool *pools; /* [n_pools] */
    int n_pools;
    sim_ticks end; /* the replay stops here, at most TICKS_MAX; what runs then is cut */
    uint64_t seed, replication;
    bool record_ledger;
    int ledger_workload; /* of job 0 in the ledger's rows; job i is ledger_workload + i */
};

/** Where the held node-time went: allocated = the sum of the others, exactly (ENSURE). */
struct job_account {
    job_node_ticks allocated;
    job_node_ticks useful; /* computed and kept; at the end of the replay also what is unsaved */
    job_node_ticks checkpoint; /* checkpoints written to the end */
    job_node_ticks restore;    /* starts: boot, setup, restore */
    job_node_ticks lost;       /* computed or written and thrown away */
    job_node_ticks idle;       /* held while a lost node is replaced */
};

struct job_result {
    sim_ticks started, finished; /* -1: not in this replay */
    sim_ticks waited;            /* without nodes */
    bool late;                   /* not finished by its deadline (or by the end) */
    bool moved;                  /* to its fallback */
    int interruptions;           /* by failures and by shrinking pools */
    int preemptions;             /* by jobs of higher priority */
    int checkpoints;
    struct job_account account;
};

struct job_replay_result {
    const struct job_result *jobs; /* [n_jobs] */
    int finished, late;
    sim_ticks ended; /* the last instant at which something happened */
    struct job_account account;
    struct usage_ledger ledger; /* n_seconds: to `ended`, or to `end` when a job is cut there */
};

/** false: *err is set, the input makes no sense. Times out of `arena`; nothing is drawn but the
 * failures, keyed by job (RNG_JOB_FAILURE). */
bool job_replay(struct arena *arena, const struct job_replay_input *input,
                struct job_replay_result *out, struct err *err);

/** node-hours */
static inline double job_node_hours(job_node_ticks node_ticks) {
    return (double)node_ticks / (double)TICKS_PER_HOUR;
}

#endif
