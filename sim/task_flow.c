/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ids of calls tell their task and place in it, so that the only state is a table of the tasks that
 * have made a call and will go on. */
#include "sim/task_flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "sim/traffic_generate.h"

#define SHARE_SLACK 1e-9
#define CALLS_BITS 6
#define HOPS_BITS 9 /* of draws: a task makes at most FLOW_CALLS_MAX * FLOW_STEPS_MAX hops */

/* ---- the graph ---- */

static void mark_reached(const struct task_flow *flow, int step, bool *reached) {
    if (reached[step])
        return;
    reached[step] = true;
    for (int next = 0; next < flow->n_steps; next++)
        if (flow->steps[step].next[next] > 0)
            mark_reached(flow, next, reached);
}

/* Is `step` on a loop? waiting: of steps that only wait. */
static bool on_loop(const struct task_flow *flow, int step, int from, bool waiting, bool *seen) {
    for (int next = 0; next < flow->n_steps; next++) {
        if (flow->steps[from].next[next] <= 0 || (waiting && flow->steps[next].calls))
            continue;
        if (next == step)
            return true;
        if (seen[next])
            continue;
        seen[next] = true;
        if (on_loop(flow, step, next, waiting, seen))
            return true;
    }
    return false;
}

enum task_flow_fault task_flow_check(const struct task_flow *flow, int *step) {
    bool reached[FLOW_STEPS_MAX] = {0};
    *step = 0;
    if (!flow->steps[0].calls || flow->steps[0].delay_s > 0)
        return FLOW_FIRST_WAITS;
    mark_reached(flow, 0, reached);
    for (*step = 0; *step < flow->n_steps; ++*step) {
        const struct task_step *here = &flow->steps[*step];
        bool seen[FLOW_STEPS_MAX] = {0}, seen_waiting[FLOW_STEPS_MAX] = {0};
        double sum = 0;
        for (int next = 0; next < flow->n_steps; next++)
            sum += here->next[next];
        if (sum > 1 + SHARE_SLACK)
            return FLOW_SHARES;
        if (!reached[*step])
            return FLOW_OUT_OF_REACH;
        if (!here->calls && on_loop(flow, *step, *step, true, seen_waiting))
            return FLOW_NEVER_CALLS;
        if (flow->calls_max == 0 && on_loop(flow, *step, *step, false, seen))
            return FLOW_UNBOUNDED;
    }
    return FLOW_FINE;
}

/* From a step on, with probability p, to the next calls; waiting steps are passed through. */
static void go_on(const struct task_flow *flow, int step, double p, double *calls,
                  double *delay_s) {
    for (int next = 0; next < flow->n_steps; next++) {
        double q = p * flow->steps[step].next[next];
        if (q <= 0)
            continue;
        *delay_s += q * flow->steps[next].delay_s;
        if (flow->steps[next].calls)
            calls[next] += q;
        else
            go_on(flow, next, q, calls, delay_s);
    }
}

double task_flow_expected(const struct task_flow *flow, double *calls_by_step, double *delay_s) {
    int most = flow->calls_max > 0 ? flow->calls_max : FLOW_CALLS_MAX;
    double now[FLOW_STEPS_MAX] = {1}, sum = 0;
    *delay_s = 0;
    memset(calls_by_step, 0, (size_t)flow->n_steps * sizeof *calls_by_step);
    for (int k = 1; k <= most; k++) {
        double after[FLOW_STEPS_MAX] = {0}, spent = 0;
        for (int step = 0; step < flow->n_steps; step++) {
            calls_by_step[step] += now[step];
            sum += now[step];
            go_on(flow, step, now[step], after, &spent);
        }
        if (k < most)
            *delay_s += spent;
        memcpy(now, after, sizeof now);
    }
    return sum;
}

/* ---- tasks that go on ---- */

struct task {
    int64_t number; /* + 1; 0: a free place */
    sim_ticks start;
    int32_t input, output; /* of the first call */
    int32_t said;          /* tokens of all prompts and answers so far */
    int32_t step, calls, hops;
};

struct task_run {
    struct arena *arena;
    const struct task_flow *flow;
    const struct traffic *tasks;
    struct traffic_cursor *cursor; /* open */
    uint64_t replication;
    int users, next_user; /* closed: with growth */
    int64_t *begins_ns;   /* [users] first calls, sorted */
    int64_t window_ns;
    struct task *table;         /* open addressing, linear */
    uint32_t capacity, n_going; /* capacity: a power of two */
    struct task_counts counts;
};

static uint32_t place_of(const struct task_run *run, int64_t number) {
    uint64_t hash = (uint64_t)number * 0x9E3779B97F4A7C15ULL;
    return (uint32_t)(hash >> 32) & (run->capacity - 1);
}

static struct task *find_task(struct task_run *run, int64_t number) {
    uint32_t at = place_of(run, number);
    while (run->table[at].number != 0 && run->table[at].number != number + 1)
        at = (at + 1) & (run->capacity - 1);
    return &run->table[at];
}

static void keep_task(struct task_run *run, const struct task *task) {
    if (2 * (run->n_going + 1) > run->capacity) {
        struct task *old = run->table;
        uint32_t n = run->capacity;
        run->capacity *= 2;
        run->table = arena_new(run->arena, struct task, run->capacity);
        for (uint32_t i = 0; i < n; i++)
            if (old[i].number != 0)
                *find_task(run, old[i].number - 1) = old[i];
    }
    struct task *place = find_task(run, task->number - 1);
    run->n_going += place->number == 0;
    *place = *task;
}

/* Those behind it move up, so that none is cut off from its place. */
static void forget_task(struct task_run *run, int64_t number) {
    struct task *place = find_task(run, number);
    if (place->number == 0)
        return;
    uint32_t hole = (uint32_t)(place - run->table), mask = run->capacity - 1;
    for (uint32_t at = (hole + 1) & mask; run->table[at].number != 0; at = (at + 1) & mask) {
        uint32_t home = place_of(run, run->table[at].number - 1);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            run->table[hole] = run->table[at];
            hole = at;
        }
    }
    run->table[hole] = (struct task){0};
    run->n_going--;
}

/* ---- draws ---- */

static double draw(const struct task_run *run, enum rng_stream stream, int64_t number, int hop) {
    uint64_t entity = (uint64_t)number << HOPS_BITS << 2 ^ (uint64_t)hop;
    return rng_unit(rng_keyed(run->tasks->seed, run->replication, stream, entity));
}

static sim_ticks draw_delay(const struct task_run *run, double mean_s, int64_t number, int hop) {
    double delay_s = mean_s > 0 ? -mean_s * rng_log(draw(run, RNG_FLOW_DELAY, number, hop)) : 0;
    return service_ticks(delay_s < 1e7 ? delay_s : 1e7);
}

static struct request request_of(const struct task_run *run, const struct task *task) {
    const struct task_step *step = &run->flow->steps[task->step];
    struct request request = {
        .input_tokens = task->input, .output_tokens = task->output, .row = -1};
    if (step->stated) {
        int64_t number = task->number - 1;
        request.input_tokens =
            length_at(&step->input, draw(run, RNG_INPUT_TOKENS, number, task->hops));
        request.output_tokens =
            length_at(&step->output, draw(run, RNG_OUTPUT_TOKENS, number, task->hops));
    }
    if (step->grows && task->said < INT32_MAX - request.input_tokens)
        request.input_tokens += task->said;
    return request;
}

/* A task's first call, of lengths that the flow's first step or the tasks' traffic states. */
static struct task new_task(const struct task_run *run, int64_t number, int32_t input,
                            int32_t output) {
    struct task task = {.number = number + 1, .input = input, .output = output, .calls = 1};
    const struct task_step *first = &run->flow->steps[0];
    const struct traffic *tasks = run->tasks;
    const struct length_distribution *in = first->stated ? &first->input : &tasks->input;
    const struct length_distribution *out = first->stated ? &first->output : &tasks->output;
    if (run->flow->users > 0 || first->stated) {
        task.input = length_at(in, draw(run, RNG_INPUT_TOKENS, number, 0));
        task.output = length_at(out, draw(run, RNG_OUTPUT_TOKENS, number, 0));
    }
    return task;
}

/* ---- arrivals ---- */

static bool next_first_call(void *context, struct request *out) {
    struct task_run *run = context;
    int64_t number = run->counts.started;
    if (run->flow->users > 0) {
        if (run->next_user == run->users || run->begins_ns[run->next_user] >= run->window_ns)
            return false;
        *out = (struct request){.arrival_ns = run->begins_ns[run->next_user++], .row = -1};
    } else if (!traffic_next(run->cursor, out)) {
        return false;
    }
    struct task task = new_task(run, number, out->input_tokens, out->output_tokens);
    out->input_tokens = task.input;
    out->output_tokens = task.output;
    out->row = -1;
    run->counts.started++;
    run->counts.calls++;
    return true;
}

static int64_t call_id(int64_t number, int call) {
    return LATER_ID_FIRST + (number << CALLS_BITS) + call;
}

/* The user of a task that ended thinks, and begins the next one: tasks are numbered round the
 * users. */
static void think(struct task_run *run, struct later_queue *later, int64_t number, sim_ticks when) {
    if (run->flow->users == 0)
        return;
    int64_t next = number + run->users;
    struct task task = new_task(run, next, 0, 0);
    struct request request = {.input_tokens = task.input, .output_tokens = task.output, .row = -1};
    sim_ticks at = when + draw_delay(run, run->flow->think_s, next, 0);
    if (!later_queue_push(later, at, call_id(next, 0), &request, 0))
        return;
    run->counts.started++;
    run->counts.calls++;
}

static void complete(struct task_run *run, struct later_queue *later, const struct task *task,
                     sim_ticks when) {
    int64_t number = task->number - 1;
    run->counts.completed++;
    quantile_record(&run->counts.latency_s, ticks_seconds(when - task->start));
    forget_task(run, number);
    think(run, later, number, when);
}

/* -1: the task ends here. */
static int next_step(const struct task_run *run, const struct task *task) {
    double u = draw(run, RNG_FLOW_PATH, task->number - 1, task->hops), below = 0;
    const struct task_step *step = &run->flow->steps[task->step];
    for (int next = 0; next < run->flow->n_steps; next++) {
        below += step->next[next];
        if (step->next[next] > 0 && u < (below > 1 - SHARE_SLACK ? 1 : below))
            return next;
    }
    return -1;
}

static void go_to_next_call(struct task_run *run, struct later_queue *later, struct task *task,
                            sim_ticks when) {
    sim_ticks at = when;
    int most = run->flow->calls_max > 0 ? run->flow->calls_max : FLOW_CALLS_MAX;
    for (;;) {
        int next = next_step(run, task);
        if (next < 0) {
            complete(run, later, task, at);
            return;
        }
        const struct task_step *step = &run->flow->steps[next];
        if (step->calls && task->calls == most) {
            run->counts.cut++;
            complete(run, later, task, at);
            return;
        }
        task->step = next;
        task->hops++;
        at += draw_delay(run, step->delay_s, task->number - 1, task->hops);
        if (step->calls)
            break;
    }
    struct request request = request_of(run, task);
    int64_t id = call_id(task->number - 1, task->calls++);
    keep_task(run, task);
    if (later_queue_push(later, at, id, &request, 0))
        run->counts.calls++;
}

static void call_ended(void *context, struct later_queue *later, const struct work *work,
                       enum request_end end, sim_ticks when) {
    struct task_run *run = context;
    bool first_of_traffic = work->id < LATER_ID_FIRST;
    int64_t number = first_of_traffic ? work->id : (work->id - LATER_ID_FIRST) >> CALLS_BITS;
    struct task *kept = find_task(run, number);
    struct task task = {.number = number + 1,
                        .start = work->arrival,
                        .input = work->input_tokens,
                        .output = work->output_tokens,
                        .calls = 1};
    if (kept->number != 0)
        task = *kept;
    if (end != REQUEST_FINISHED) {
        run->counts.failed++;
        forget_task(run, number);
        think(run, later, number, when);
        return;
    }
    /* The prompt of a step that grows holds what was said before. */
    bool grows = run->flow->steps[task.step].grows;
    int64_t said = (int64_t)(grows ? 0 : task.said) + work->input_tokens + work->output_tokens;
    task.said = said < INT32_MAX ? (int32_t)said : INT32_MAX;
    go_to_next_call(run, later, &task, when);
}

/* ---- as traffic ---- */

enum { SAMPLE_CALLS = 65536 };

/* The calls of one task, as if none took any time; returns how many. */
static size_t sample_task(struct task_run *run, int64_t number, struct task task,
                          struct request *out, size_t room) {
    int most = run->flow->calls_max > 0 ? run->flow->calls_max : FLOW_CALLS_MAX;
    size_t n = 0;
    task.number = number + 1;
    for (;;) {
        struct request request = request_of(run, &task);
        if (task.hops == 0) { /* drawn already */
            request.input_tokens = task.input;
            request.output_tokens = task.output;
        }
        bool grows = run->flow->steps[task.step].grows;
        int64_t said =
            (int64_t)(grows ? 0 : task.said) + request.input_tokens + request.output_tokens;
        task.said = said < INT32_MAX ? (int32_t)said : INT32_MAX;
        if (n == room)
            return n;
        out[n++] = request;
        do {
            int next = next_step(run, &task);
            if (next < 0)
                return n;
            task.step = next;
            task.hops++;
        } while (!run->flow->steps[task.step].calls);
        if (task.calls++ == most)
            return n;
    }
}

static void sample_calls(struct arena *arena, struct traffic *out, double tasks_a_week) {
    struct task_flow flow = *out->flow;
    double growth = fmin(0.5 * SAMPLE_CALLS / tasks_a_week, 1);
    struct traffic_window window = {.to_ns = HOURS_PER_WEEK * 3600000000000LL, .growth = growth};
    struct request *rows = arena_new(arena, struct request, SAMPLE_CALLS);
    bool closed = flow.users > 0;
    if (closed)
        window.growth = 1.0 / flow.users; /* the run's own users are not asked */
    struct task_run *run = task_flow_open(arena, out->flow, out->tasks, window);
    struct request first = {0};
    size_t n = 0;
    for (int64_t number = 0; n < SAMPLE_CALLS; number++) {
        if (!closed && !traffic_next(run->cursor, &first))
            break;
        struct task task = new_task(run, number, first.input_tokens, first.output_tokens);
        n += sample_task(run, number, task, rows + n, SAMPLE_CALLS - n);
    }
    out->requests = rows;
    out->n_requests = n;
}

void traffic_from_flow(struct arena *arena, const struct task_flow *flow,
                       const struct traffic *tasks, struct traffic *out) {
    double by_step[FLOW_STEPS_MAX], delay_s, week = 0;
    double calls = task_flow_expected(flow, by_step, &delay_s);
    struct traffic traffic = *tasks;
    traffic.kind = TRAFFIC_FLOW;
    traffic.flow = flow;
    traffic.tasks = tasks;
    traffic.prompts = NULL;
    traffic.n_streams = 0;
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++) {
        double begins = flow->users > 0 ? flow->users / (flow->think_s + delay_s)
                                        : tasks->rate_per_second[hour];
        traffic.rate_per_second[hour] = begins * calls;
        week += begins * 3600;
    }
    if (flow->users > 0) {
        traffic.name = "users";
        traffic.format = "closed loop";
        traffic.days = 7;
        traffic.burstiness = (struct burstiness){.arrival_cv = 1};
    }
    sample_calls(arena, &traffic, week);
    *out = traffic;
}

/* ---- a run ---- */

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* All users think at first. */
static void seat_users(struct task_run *run) {
    run->begins_ns = arena_new(run->arena, int64_t, run->users);
    for (int user = 0; user < run->users; user++) {
        double u =
            rng_unit(rng_keyed(run->tasks->seed, run->replication, RNG_ARRIVAL, (uint64_t)user));
        double begins_ns = -run->flow->think_s * rng_log(u) * 1e9;
        run->begins_ns[user] = begins_ns < 9e18 ? (int64_t)begins_ns : INT64_MAX;
    }
    qsort(run->begins_ns, (size_t)run->users, sizeof *run->begins_ns, compare_times);
}

struct task_run *task_flow_open(struct arena *arena, const struct task_flow *flow,
                                const struct traffic *tasks, struct traffic_window window) {
    enum { FIRST_CAPACITY = 256 };
    struct task_run *run = arena_new(arena, struct task_run, 1);
    *run = (struct task_run){.arena = arena,
                             .flow = flow,
                             .tasks = tasks,
                             .replication = window.replication,
                             .users = (int)(flow->users * window.growth + 0.5),
                             .window_ns = window.to_ns - window.from_ns,
                             .table = arena_new(arena, struct task, FIRST_CAPACITY),
                             .capacity = FIRST_CAPACITY,
                             .counts = {.latency_s = quantile_open(arena)}};
    if (flow->users > 0)
        seat_users(run);
    else
        run->cursor = traffic_open(arena, tasks, window);
    return run;
}

struct arrivals task_flow_arrivals(struct task_run *run) {
    return (struct arrivals){.next = next_first_call, .context = run, .ended = call_ended};
}

const struct task_counts *task_flow_close(struct task_run *run) {
    const struct task_counts *counts = &run->counts;
    int64_t in_flight = counts->started - counts->completed - counts->failed;
    ENSURE(in_flight >= (int64_t)run->n_going);
    ENSURE(counts->cut <= counts->completed && counts->calls >= counts->started);
    return counts;
}
