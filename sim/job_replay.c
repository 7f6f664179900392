/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every job has at most one event pending: the earliest of the end of its phase, its next failure
 * and the moment at which it must move to its fallback. Pools have one for their next change. Jobs
 * that wait for a pool stand in a tree by rank (priority, arrival, index), so that one of them can
 * leave without a search.
 *
 * Work is counted in parts of a node's tick, so that progress is whole numbers and a job that is
 * interrupted, grown and shrunk ends with exactly its work. */
#include "sim/job_replay.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sim/event_queue.h"
#include "sim/job_ledger.h"
#include "sim/min_tree.h"

__extension__ typedef __int128 job_work; /* SPEED_ONE parts of a tick of one node */

#define SPEED_ONE (1 << 20)
#define FAILURES_MAX (1ULL << 32) /* of one job: the low half of the key of a draw */

enum phase { TO_ARRIVE, WAITING, STARTING, COMPUTING, WRITING, GATHERING, DONE };
enum event_class { CLASS_JOB, CLASS_CAPACITY };

struct gang {
    const struct job *job;
    struct job_result result;
    struct job_held held;
    enum phase phase;
    bool yields, moves; /* what it does after the checkpoint that it is writing */
    int pool, nodes;    /* nodes: held, 0 while it waits */
    int place;          /* in its pool's list of running */
    uint32_t rank, draws;
    sim_ticks phase_from, phase_end, fails_at, late_at, since; /* since: holds nodes */
    sim_ticks every, write, restore, setup;                    /* every: NEVER, none */
    int64_t speed;                                             /* of its nodes, in SPEED_ONE */
    job_work work, done, unsaved_work;
    job_node_ticks unsaved;
};

struct pool_state {
    const struct job_pool *pool;
    sim_ticks boot, notice;
    int nodes, used;
    int n_running;
    uint32_t *running; /* [n_running] jobs, in no order that matters */
    struct min_tree waiting;
    bool changed; /* somebody may start */
};

struct run {
    const struct job_replay_input *input;
    struct arena *arena;
    struct event_queue *events;
    sim_ticks now;
    struct gang *gangs;       /* [n_jobs] */
    struct pool_state *pools; /* [n_pools] */
    uint32_t *by_rank;        /* [n_jobs] */
    uint32_t *by_arrival;     /* [n_jobs] */
    bool ranked;              /* priorities differ */
    struct job_ledger ledger;
};

static uint32_t index_of(const struct run *run, const struct gang *gang) {
    return (uint32_t)(gang - run->gangs);
}

static sim_ticks wall(double seconds) {
    double most = ticks_seconds(TICKS_MAX);
    return ticks_from_seconds(fmin(seconds, most));
}

static int64_t speed_of(const struct job *job, int nodes) {
    double speed = nearbyint(job_speedup(job->scaling, nodes) * SPEED_ONE);
    return speed < 1 ? 1 : (int64_t)speed;
}

/* Ticks of computing until the work is done, from the last checkpoint. */
static sim_ticks left_at(const struct gang *gang, int64_t speed) {
    job_work ticks = (gang->work - gang->done + speed - 1) / speed;
    return ticks < TICKS_MAX ? (sim_ticks)ticks : TICKS_MAX;
}

/* ---- when it must move ---- */

/* What the fallback needs from the last checkpoint on when nothing fails there. With the restore
 * even where nothing is saved yet: else saving a little would make it late. */
static sim_ticks fallback_needs(const struct run *run, const struct gang *gang) {
    sim_ticks left = left_at(gang, speed_of(gang->job, gang->job->nodes_max));
    int64_t checkpoints = gang->every == NEVER ? 0 : (left - 1) / gang->every;
    double written = (double)checkpoints * (double)gang->write;
    if (written > (double)TICKS_MAX)
        return TICKS_MAX;
    return left + checkpoints * gang->write + run->pools[gang->job->fallback].boot + gang->setup +
           gang->restore;
}

/* The last instant at which moving is in time. */
static sim_ticks last_call(const struct run *run, const struct gang *gang) {
    const struct job *job = gang->job;
    if (job->fallback < 0 || gang->pool == job->fallback || job->deadline == JOB_NO_DEADLINE)
        return NEVER;
    sim_ticks call = job->deadline - job->margin - fallback_needs(run, gang);
    return call > run->now ? call : run->now;
}

static sim_ticks late_event(const struct run *run, const struct gang *gang) {
    sim_ticks call = last_call(run, gang);
    if (call == NEVER || gang->moves || gang->phase == DONE)
        return NEVER;
    bool saves = gang->phase == COMPUTING && gang->every != NEVER;
    sim_ticks at = saves ? call - gang->write : call;
    return at > run->now ? at : run->now;
}

/* ---- phases ---- */

static void account_phase(struct run *run, struct gang *gang) {
    sim_ticks ticks = run->now - gang->phase_from;
    job_node_ticks held = (job_node_ticks)gang->nodes * ticks;
    struct job_account *account = &gang->result.account;
    switch (gang->phase) {
    case WAITING:
        gang->result.waited += ticks;
        break;
    case STARTING:
        account->restore += held;
        break;
    case COMPUTING:
        gang->unsaved += held;
        gang->unsaved_work += (job_work)gang->speed * ticks;
        break;
    case WRITING:
        *(run->now == gang->phase_end ? &account->checkpoint : &account->lost) += held;
        break;
    case GATHERING:
        account->idle += held;
        break;
    case TO_ARRIVE:
    case DONE:
        break;
    }
    gang->phase_from = run->now;
}

static void keep(struct gang *gang) {
    gang->result.account.useful += gang->unsaved;
    gang->done += gang->unsaved_work;
    gang->unsaved = 0;
    gang->unsaved_work = 0;
}

static void throw_away(struct gang *gang) {
    gang->result.account.lost += gang->unsaved;
    gang->unsaved = 0;
    gang->unsaved_work = 0;
}

static void set_phase(struct run *run, struct gang *gang, enum phase phase, sim_ticks ticks) {
    gang->phase = phase;
    gang->phase_from = run->now;
    gang->phase_end = ticks == NEVER ? NEVER : run->now + ticks;
    gang->late_at = late_event(run, gang);
    sim_ticks at = gang->phase_end < gang->fails_at ? gang->phase_end : gang->fails_at;
    at = at < gang->late_at ? at : gang->late_at;
    uint32_t slot = index_of(run, gang);
    event_queue_cancel(run->events, slot);
    if (at != NEVER)
        event_queue_push(run->events, (struct event){at, CLASS_JOB, slot});
}

static void draw_failure(struct run *run, struct gang *gang) {
    const struct job_pool *pool = run->pools[gang->pool].pool;
    gang->fails_at = NEVER;
    if (pool->node_mtbf_s <= 0)
        return;
    ENSURE(gang->draws < FAILURES_MAX - 1);
    uint64_t entity = (uint64_t)index_of(run, gang) << 32 | gang->draws++;
    uint64_t bits = rng_keyed(run->input->seed, run->input->replication, RNG_JOB_FAILURE, entity);
    gang->fails_at = run->now + wall(-rng_log(rng_unit(bits)) * pool->node_mtbf_s / gang->nodes);
}

static void begin_start(struct run *run, struct gang *gang, bool boots) {
    sim_ticks ticks = gang->setup + (boots ? run->pools[gang->pool].boot : 0) +
                      (gang->done > 0 ? gang->restore : 0);
    gang->speed = speed_of(gang->job, gang->nodes);
    draw_failure(run, gang);
    set_phase(run, gang, STARTING, ticks);
}

static void begin_compute(struct run *run, struct gang *gang) {
    sim_ticks left = left_at(gang, gang->speed);
    set_phase(run, gang, COMPUTING, left < gang->every ? left : gang->every);
}

/* ---- nodes ---- */

static void take_nodes(struct run *run, struct gang *gang, int nodes) {
    job_ledger_take(&run->ledger, &gang->held, run->now, nodes);
    gang->nodes += nodes;
    run->pools[gang->pool].used += nodes;
}

static struct job_return why(const struct run *run, const struct gang *gang, bool taken) {
    return (struct job_return){run->pools[gang->pool].pool,
                               run->input->ledger_workload + (int)index_of(run, gang), taken};
}

static void give_nodes(struct run *run, struct gang *gang, int nodes, bool taken) {
    gang->result.account.allocated +=
        job_ledger_give(&run->ledger, &gang->held, run->now, nodes, why(run, gang, taken));
    gang->nodes -= nodes;
    run->pools[gang->pool].used -= nodes;
    run->pools[gang->pool].changed = true;
}

/* All nodes, and its place among the running. */
static void leave_pool(struct run *run, struct gang *gang) {
    struct pool_state *pool = &run->pools[gang->pool];
    give_nodes(run, gang, gang->nodes, false);
    uint32_t moved = pool->running[--pool->n_running];
    pool->running[gang->place] = moved;
    run->gangs[moved].place = gang->place;
    gang->yields = gang->moves = false;
    gang->fails_at = NEVER;
}

static void wait_for(struct run *run, struct gang *gang, int pool) {
    gang->pool = pool;
    min_tree_set(&run->pools[pool].waiting, gang->rank, gang->rank);
    run->pools[pool].changed = true;
    gang->fails_at = NEVER;
    set_phase(run, gang, WAITING, NEVER);
}

static void join_pool(struct run *run, struct gang *gang, int nodes) {
    struct pool_state *pool = &run->pools[gang->pool];
    account_phase(run, gang);
    min_tree_set(&pool->waiting, gang->rank, MIN_TREE_NONE);
    gang->place = pool->n_running;
    pool->running[pool->n_running++] = index_of(run, gang);
    gang->since = run->now;
    if (gang->result.started < 0)
        gang->result.started = run->now;
    take_nodes(run, gang, nodes);
    begin_start(run, gang, true);
}

/* ---- what interrupts ---- */

static void stop_and_wait(struct run *run, struct gang *gang, int pool) {
    throw_away(gang);
    leave_pool(run, gang);
    wait_for(run, gang, pool);
}

/* What a job that was told did: computed until the notice, wrote, and waited for the end. Settled
 * when the node goes, as if the checkpoint had been written then. */
static void save_on_notice(struct run *run, struct gang *gang) {
    sim_ticks notice = run->pools[gang->pool].notice;
    bool running = gang->phase == COMPUTING || gang->phase == WRITING;
    if (!running || notice == 0 || gang->every == NEVER || gang->write > notice)
        return;
    sim_ticks before = (sim_ticks)(gang->unsaved / gang->nodes); /* computed before a write */
    sim_ticks computed = before + (run->now - gang->phase_from) - notice;
    if (computed <= 0)
        return;
    struct job_account *account = &gang->result.account;
    gang->done += (job_work)gang->speed * computed;
    gang->unsaved = 0;
    gang->unsaved_work = 0;
    gang->phase_from = run->now;
    gang->result.checkpoints++;
    account->useful += (job_node_ticks)gang->nodes * computed;
    account->checkpoint += (job_node_ticks)gang->nodes * gang->write;
    account->idle += (job_node_ticks)gang->nodes * (notice - gang->write);
}

static void node_fails(struct run *run, struct gang *gang) {
    save_on_notice(run, gang);
    account_phase(run, gang);
    throw_away(gang);
    gang->result.interruptions++;
    gang->moves = false;
    if (gang->yields) { /* nothing is left to save */
        gang->result.preemptions++;
        stop_and_wait(run, gang, gang->pool);
        return;
    }
    uint64_t entity = (uint64_t)index_of(run, gang) << 32 | (gang->draws - 1);
    uint64_t bits = rng_keyed(run->input->seed, run->input->replication, RNG_JOB_NODE, entity);
    int node = (int)(rng_unit(bits) * gang->nodes);
    gang->result.account.allocated +=
        job_ledger_give_one(&run->ledger, &gang->held, run->now, node, why(run, gang, true));
    gang->nodes--;
    run->pools[gang->pool].used--;
    if (gang->nodes >= gang->job->nodes_min) {
        run->pools[gang->pool].changed = true;
        begin_start(run, gang, false);
        return;
    }
    take_nodes(run, gang, 1);
    gang->fails_at = NEVER;
    set_phase(run, gang, GATHERING, run->pools[gang->pool].boot);
}

static void move_to_fallback(struct run *run, struct gang *gang) {
    account_phase(run, gang);
    gang->result.moved = true;
    if (gang->phase == WAITING) {
        min_tree_set(&run->pools[gang->pool].waiting, gang->rank, MIN_TREE_NONE);
        run->pools[gang->pool].changed = true;
        wait_for(run, gang, gang->job->fallback);
    } else {
        stop_and_wait(run, gang, gang->job->fallback);
    }
}

/* Its last call, or a checkpoint's length before it. */
static void last_call_comes(struct run *run, struct gang *gang) {
    bool saves = gang->phase == COMPUTING && gang->every != NEVER && run->now > gang->phase_from &&
                 run->now + gang->write <= last_call(run, gang);
    if (!saves) {
        move_to_fallback(run, gang);
        return;
    }
    account_phase(run, gang);
    gang->moves = true;
    set_phase(run, gang, WRITING, gang->write);
}

/* ---- ends of phases ---- */

static void finish(struct run *run, struct gang *gang) {
    gang->result.account.useful += gang->unsaved;
    gang->result.finished = run->now;
    gang->result.late = run->now > gang->job->deadline;
    gang->unsaved = 0;
    leave_pool(run, gang);
    set_phase(run, gang, DONE, NEVER);
}

/* More nodes, when that gains time and nobody waits for them. */
static bool grow(struct run *run, struct gang *gang) {
    struct pool_state *pool = &run->pools[gang->pool];
    int free_nodes = pool->nodes - pool->used, most = gang->job->nodes_max;
    int more = free_nodes < most - gang->nodes ? free_nodes : most - gang->nodes;
    if (more <= 0 || min_tree_least(&pool->waiting) != MIN_TREE_NONE)
        return false;
    sim_ticks start = pool->boot + gang->setup + gang->restore;
    sim_ticks then = left_at(gang, speed_of(gang->job, gang->nodes + more));
    if (then + start >= left_at(gang, gang->speed))
        return false;
    take_nodes(run, gang, more);
    begin_start(run, gang, true);
    return true;
}

static void written(struct run *run, struct gang *gang) {
    account_phase(run, gang);
    keep(gang);
    gang->result.checkpoints++;
    if (gang->yields) {
        gang->result.preemptions++;
        stop_and_wait(run, gang, gang->pool);
    } else if (gang->moves) {
        move_to_fallback(run, gang);
    } else if (!grow(run, gang)) {
        begin_compute(run, gang);
    }
}

static void phase_ends(struct run *run, struct gang *gang) {
    switch (gang->phase) {
    case STARTING:
        account_phase(run, gang);
        begin_compute(run, gang);
        break;
    case COMPUTING:
        account_phase(run, gang);
        if (gang->done + gang->unsaved_work >= gang->work)
            finish(run, gang);
        else
            set_phase(run, gang, WRITING, gang->write);
        break;
    case WRITING:
        written(run, gang);
        break;
    case GATHERING:
        account_phase(run, gang);
        begin_start(run, gang, false);
        break;
    default:
        ENSURE(false);
    }
}

static void job_event(struct run *run, struct gang *gang) {
    if (gang->phase_end == run->now)
        phase_ends(run, gang);
    else if (gang->fails_at == run->now)
        node_fails(run, gang);
    else
        last_call_comes(run, gang);
}

/* ---- who gives way ---- */

static bool gives_way_before(const struct gang *a, const struct gang *b) {
    if (a->job->priority != b->job->priority)
        return a->job->priority < b->job->priority;
    return a->since != b->since ? a->since > b->since : a > b;
}

/* The running job that gives way first, of those below a priority (that can save its work); NULL:
 * none. */
static struct gang *first_to_go(struct run *run, const struct pool_state *pool, bool by_priority,
                                int below) {
    struct gang *first = NULL;
    for (int i = 0; i < pool->n_running; i++) {
        struct gang *gang = &run->gangs[pool->running[i]];
        if (by_priority &&
            (gang->job->priority >= below || gang->every == NEVER || gang->yields || gang->moves))
            continue;
        if (!first || gives_way_before(gang, first))
            first = gang;
    }
    return first;
}

static void give_to_provider(struct run *run, struct gang *gang, int nodes) {
    save_on_notice(run, gang);
    account_phase(run, gang);
    throw_away(gang);
    gang->result.interruptions++;
    int taken = nodes < gang->nodes ? nodes : gang->nodes;
    bool goes_on = !gang->yields && gang->nodes - taken >= gang->job->nodes_min;
    give_nodes(run, gang, taken, true);
    gang->moves = false;
    if (goes_on)
        begin_start(run, gang, false);
    else
        stop_and_wait(run, gang, gang->pool);
}

static void capacity_changes(struct run *run, int p) {
    struct pool_state *pool = &run->pools[p];
    sim_ticks next = NEVER;
    pool->nodes = pool->pool->nodes_at(pool->pool->context, run->now, &next);
    ENSURE(pool->nodes >= 0 && next > run->now);
    while (pool->used > pool->nodes)
        give_to_provider(run, first_to_go(run, pool, false, 0), pool->used - pool->nodes);
    pool->changed = true;
    if (next != NEVER)
        event_queue_push(run->events,
                         (struct event){next, CLASS_CAPACITY, (uint32_t)(run->input->n_jobs + p)});
}

/* ---- starts ---- */

/* Nodes of jobs that leave after their checkpoint. */
static int leaving(const struct run *run, const struct pool_state *pool) {
    int sum = 0;
    for (int i = 0; i < pool->n_running; i++) {
        const struct gang *gang = &run->gangs[pool->running[i]];
        sum += gang->yields || gang->moves ? gang->nodes : 0;
    }
    return sum;
}

static int below(const struct run *run, const struct pool_state *pool, int priority) {
    int sum = 0;
    for (int i = 0; i < pool->n_running; i++) {
        const struct gang *gang = &run->gangs[pool->running[i]];
        bool asks = gang->job->priority < priority && gang->every != NEVER;
        sum += asks && !gang->yields && !gang->moves ? gang->nodes : 0;
    }
    return sum;
}

static void ask_to_leave(struct run *run, struct gang *gang) {
    bool unsaved = gang->phase == COMPUTING && run->now > gang->phase_from;
    if (gang->phase == WRITING) {
        gang->yields = true;
    } else if (unsaved) {
        account_phase(run, gang);
        gang->yields = true;
        set_phase(run, gang, WRITING, gang->write);
    } else {
        account_phase(run, gang);
        gang->result.preemptions++;
        stop_and_wait(run, gang, gang->pool);
    }
}

/* Make room for the first that waits. @return whether nodes are free at once that were not */
static bool preempt_for(struct run *run, struct pool_state *pool, const struct gang *head) {
    if (!run->ranked)
        return false;
    int priority = head->job->priority, need = head->job->nodes_min;
    int coming = pool->nodes - pool->used + leaving(run, pool), before = pool->used;
    if (coming >= need || coming + below(run, pool, priority) < need)
        return false;
    while (pool->nodes - pool->used + leaving(run, pool) < need)
        ask_to_leave(run, first_to_go(run, pool, true, priority));
    return pool->used < before;
}

static void start_waiting(struct run *run, struct pool_state *pool) {
    uint64_t rank;
    while ((rank = min_tree_least(&pool->waiting)) != MIN_TREE_NONE) {
        struct gang *head = &run->gangs[run->by_rank[rank]];
        int free_nodes = pool->nodes - pool->used, most = head->job->nodes_max;
        if (free_nodes >= head->job->nodes_min)
            join_pool(run, head, free_nodes < most ? free_nodes : most);
        else if (!preempt_for(run, pool, head))
            break;
    }
    pool->changed = false;
}

/* ---- the whole ---- */

struct order_key {
    int priority;
    sim_ticks arrival;
    uint32_t index;
};

static int compare_arrival(const void *a, const void *b) {
    const struct order_key *x = a, *y = b;
    if (x->arrival != y->arrival)
        return x->arrival < y->arrival ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int compare_rank(const void *a, const void *b) {
    const struct order_key *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority > y->priority ? -1 : 1;
    return compare_arrival(a, b);
}

static uint32_t *sorted(struct run *run, int (*compare)(const void *, const void *)) {
    int n = run->input->n_jobs;
    struct order_key *keys = arena_new(run->arena, struct order_key, n);
    uint32_t *order = arena_new(run->arena, uint32_t, n);
    for (int i = 0; i < n; i++)
        keys[i] = (struct order_key){run->input->jobs[i].priority, run->input->jobs[i].arrival,
                                     (uint32_t)i};
    qsort(keys, (size_t)n, sizeof *keys, compare);
    for (int i = 0; i < n; i++)
        order[i] = keys[i].index;
    return order;
}

static void open_gang(struct gang *gang, const struct job *job) {
    *gang = (struct gang){
        .job = job,
        .result = {.started = -1, .finished = -1},
        .pool = job->pool,
        .fails_at = NEVER,
        .phase_end = NEVER,
        .every = job->every_s > 0 ? wall(job->every_s) : NEVER,
        .write = wall(job->write_s),
        .restore = wall(job->restore_s),
        .setup = wall(job->setup_s),
        .work = (job_work)ceil(job->work_s * (double)TICKS_PER_SECOND) * SPEED_ONE,
    };
    if (gang->every < 1)
        gang->every = 1;
}

static void open_run(struct run *run) {
    const struct job_replay_input *input = run->input;
    int n = input->n_jobs;
    uint32_t capacity = 2;
    while (capacity < (uint32_t)n)
        capacity *= 2;
    run->events = event_queue_open(run->arena);
    run->gangs = arena_new(run->arena, struct gang, n);
    run->pools = arena_new(run->arena, struct pool_state, input->n_pools);
    run->by_arrival = sorted(run, compare_arrival);
    run->by_rank = sorted(run, compare_rank);
    for (int i = 0; i < n; i++) {
        open_gang(&run->gangs[i], &input->jobs[i]);
        run->ranked = run->ranked || input->jobs[i].priority != input->jobs[0].priority;
    }
    for (int i = 0; i < n; i++)
        run->gangs[run->by_rank[i]].rank = (uint32_t)i;
    for (int p = 0; p < input->n_pools; p++) {
        struct pool_state *pool = &run->pools[p];
        *pool = (struct pool_state){.pool = &input->pools[p],
                                    .boot = wall(input->pools[p].boot_s),
                                    .notice = wall(input->pools[p].notice_s),
                                    .nodes = input->pools[p].nodes,
                                    .running = arena_new(run->arena, uint32_t, n)};
        min_tree_grow(&pool->waiting, run->arena, capacity);
        if (pool->pool->nodes_at)
            event_queue_push(run->events, (struct event){0, CLASS_CAPACITY, (uint32_t)(n + p)});
    }
}

static void handle_event(struct run *run) {
    struct event event = event_queue_pop(run->events);
    if (event.event_class == CLASS_CAPACITY)
        capacity_changes(run, (int)event.slot - run->input->n_jobs);
    else
        job_event(run, &run->gangs[event.slot]);
}

static void start_all(struct run *run) {
    for (int p = 0; p < run->input->n_pools; p++)
        if (run->pools[p].changed)
            start_waiting(run, &run->pools[p]);
}

/* Everything up to the end; events and arrivals of one instant before its starts. */
static void play(struct run *run) {
    int n = run->input->n_jobs, arrived = 0;
    for (;;) {
        sim_ticks event = event_queue_first(run->events).time;
        sim_ticks arrival =
            arrived < n ? run->input->jobs[run->by_arrival[arrived]].arrival : NEVER;
        sim_ticks next = event < arrival ? event : arrival;
        if (next != run->now)
            start_all(run);
        event = event_queue_first(run->events).time; /* a start may be over at once */
        next = event < arrival ? event : arrival;
        if (next == NEVER || next > run->input->end)
            return;
        run->now = next;
        event_queue_advance(run->events, next);
        if (event == next) {
            handle_event(run);
        } else {
            struct gang *gang = &run->gangs[run->by_arrival[arrived++]];
            wait_for(run, gang, gang->job->pool);
        }
    }
}

static void add_account(struct job_account *sum, const struct job_account *one) {
    sum->allocated += one->allocated;
    sum->useful += one->useful;
    sum->checkpoint += one->checkpoint;
    sum->restore += one->restore;
    sum->lost += one->lost;
    sum->idle += one->idle;
}

static bool adds_up(const struct job_account *a) {
    return a->allocated == a->useful + a->checkpoint + a->restore + a->lost + a->idle;
}

/* Cut what still runs or waits. */
static void cut(struct run *run, struct gang *gang) {
    if (gang->phase == TO_ARRIVE || gang->phase == DONE)
        return;
    account_phase(run, gang);
    keep(gang);
    if (gang->phase != WAITING)
        leave_pool(run, gang);
    gang->phase = DONE;
}

static void close_run(struct run *run, struct job_replay_result *out) {
    int n = run->input->n_jobs;
    bool all = true;
    for (int i = 0; i < n; i++)
        all = all && run->gangs[i].phase == DONE;
    if (!all)
        run->now = run->input->end;
    struct job_result *results = arena_new(run->arena, struct job_result, n);
    *out = (struct job_replay_result){.jobs = results, .ended = run->now};
    for (int i = 0; i < n; i++) {
        struct gang *gang = &run->gangs[i];
        cut(run, gang);
        if (gang->result.finished < 0)
            gang->result.late = gang->job->deadline != JOB_NO_DEADLINE;
        ENSURE(adds_up(&gang->result.account) && gang->held.n == 0);
        results[i] = gang->result;
        out->finished += gang->result.finished >= 0;
        out->late += gang->result.late;
        add_account(&out->account, &gang->result.account);
    }
    out->ledger = (struct usage_ledger){
        .n_seconds = (run->now + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND,
        .n_rows = run->ledger.n_rows,
        .rows = run->ledger.rows,
    };
}

bool job_replay(struct arena *arena, const struct job_replay_input *input,
                struct job_replay_result *out, struct err *err) {
    if (input->n_jobs < 0 || input->n_pools < 0 ||
        input->n_jobs + input->n_pools > EVENT_SLOT_MAX || input->end < 0 || input->end > TICKS_MAX)
        return err_set(err, ERR_INPUT, "jobs: too many of them, or an end outside the replay");
    for (int p = 0; p < input->n_pools; p++)
        if (!job_pool_check(&input->pools[p], err))
            return false;
    for (int i = 0; i < input->n_jobs; i++)
        if (!job_check(&input->jobs[i], input->pools, input->n_pools, err))
            return false;
    struct run run = {
        .input = input, .arena = arena, .ledger = {.arena = arena, .record = input->record_ledger}};
    open_run(&run);
    play(&run);
    close_run(&run, out);
    return true;
}
