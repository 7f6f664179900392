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
#define NS_PER_HOUR 3600000000000LL
#define CALLS_BITS 6
#define HOPS_BITS 9 /* of draws: a task makes at most FLOW_CALLS_MAX * FLOW_STEPS_MAX hops */

/* ---- the graph ---- */

static int copies_of(const struct task_step *step) {
    return step->parallel > 1 ? step->parallel : 1;
}

static int most_calls(const struct task_flow *flow) {
    return flow->calls_max > 0 ? flow->calls_max : FLOW_CALLS_MAX;
}

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

/* The most calls of a path from this step on, in a flow without loops. memo[]: of each step, or 0.
 */
static int longest(const struct task_flow *flow, int step, int *memo) {
    int most = 0;
    if (memo[step] > 0)
        return memo[step];
    for (int next = 0; next < flow->n_steps; next++)
        if (flow->steps[step].next[next] > 0) {
            int calls = longest(flow, next, memo);
            most = calls > most ? calls : most;
        }
    const struct task_step *here = &flow->steps[step];
    return memo[step] = most + (here->calls ? copies_of(here) : 0);
}

static enum task_flow_fault check_calls(const struct task_flow *flow, int *step) {
    int memo[FLOW_STEPS_MAX] = {0};
    bool own = false;
    for (*step = 0; *step < flow->n_steps; ++*step) {
        const struct task_step *here = &flow->steps[*step];
        own = own || (here->calls && here->group == 0);
        if (here->calls && copies_of(here) > most_calls(flow))
            return FLOW_TOO_LONG;
    }
    *step = 0;
    if (!own)
        return FLOW_NO_OWN_CALL;
    return flow->calls_max == 0 && longest(flow, 0, memo) > FLOW_CALLS_MAX ? FLOW_TOO_LONG
                                                                           : FLOW_FINE;
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
    return check_calls(flow, step);
}

/* How likely a task makes the calls of each step, and has then made k in all. */
struct flow_odds {
    const struct task_flow *flow;
    double at[FLOW_CALLS_MAX + 1][FLOW_STEPS_MAX];
    double delay_s; /* expected, of all steps so far */
};

/* From a step on, with probability p, to the next calls; waiting steps are passed through. */
static void go_on(struct flow_odds *odds, int step, double p, int k) {
    const struct task_flow *flow = odds->flow;
    for (int next = 0; next < flow->n_steps; next++) {
        const struct task_step *to = &flow->steps[next];
        double q = p * flow->steps[step].next[next];
        int after = k + (to->calls ? copies_of(to) : 1);
        if (q <= 0)
            continue;
        if (after <= most_calls(flow))
            odds->delay_s += q * to->delay_s;
        if (!to->calls)
            go_on(odds, next, q, k);
        else if (after <= most_calls(flow))
            odds->at[after][next] += q;
    }
}

double task_flow_expected(const struct task_flow *flow, double *calls_by_step, double *delay_s) {
    struct flow_odds odds = {.flow = flow};
    double sum = 0;
    memset(calls_by_step, 0, (size_t)flow->n_steps * sizeof *calls_by_step);
    odds.at[copies_of(&flow->steps[0])][0] = 1;
    for (int k = 1; k <= most_calls(flow); k++)
        for (int step = 0; step < flow->n_steps; step++) {
            double calls = odds.at[k][step] * copies_of(&flow->steps[step]);
            calls_by_step[step] += calls;
            sum += calls;
            go_on(&odds, step, odds.at[k][step], k);
        }
    *delay_s = odds.delay_s;
    return sum;
}

/* ---- tasks that go on ---- */

struct task {
    int64_t number; /* + 1; 0: a free place */
    sim_ticks start;
    int32_t input, output; /* of the first call */
    int32_t said;          /* tokens of all prompts and answers before this step */
    int32_t heard;         /* of this step's calls that have ended */
    int32_t step, calls, hops;
    int32_t going;    /* calls of this step that have not ended */
    bool failed;      /* some of its calls are still going */
    sim_ticks joined; /* the latest end of this step's calls */
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
    sim_ticks limit;
    struct request first; /* of the last task that began, and how often it is still to be given */
    int first_left;
    struct task *table;         /* open addressing, linear */
    uint32_t capacity, n_going; /* capacity: a power of two */
    int64_t n_lingering;        /* failed tasks in the table */
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

static double draw_copy(const struct task_run *run, enum rng_stream stream, int64_t number, int hop,
                        int copy) {
    uint64_t entity = (uint64_t)number << HOPS_BITS << 2 ^ (uint64_t)hop;
    entity ^= (uint64_t)copy << (64 - CALLS_BITS);
    return rng_unit(rng_keyed(run->tasks->seed, run->replication, stream, entity));
}

static double draw(const struct task_run *run, enum rng_stream stream, int64_t number, int hop) {
    return draw_copy(run, stream, number, hop, 0);
}

static sim_ticks draw_delay(const struct task_run *run, double mean_s, int64_t number, int hop) {
    double delay_s = mean_s > 0 ? -mean_s * rng_log(draw(run, RNG_FLOW_DELAY, number, hop)) : 0;
    return service_ticks(delay_s < 1e7 ? delay_s : 1e7);
}

static struct request request_of(const struct task_run *run, const struct task *task, int copy) {
    const struct task_step *step = &run->flow->steps[task->step];
    struct request request = {.input_tokens = task->input,
                              .output_tokens = task->output,
                              .row = -1,
                              .group = step->group};
    if (step->stated) {
        int64_t number = task->number - 1;
        request.input_tokens =
            length_at(&step->input, draw_copy(run, RNG_INPUT_TOKENS, number, task->hops, copy));
        request.output_tokens =
            length_at(&step->output, draw_copy(run, RNG_OUTPUT_TOKENS, number, task->hops, copy));
    }
    if (step->grows && task->said < INT32_MAX - request.input_tokens)
        request.input_tokens += task->said;
    return request;
}

/* A task's first call, of lengths that the flow's first step or the tasks' traffic states. */
static struct task new_task(const struct task_run *run, int64_t number, int32_t input,
                            int32_t output) {
    const struct task_step *first = &run->flow->steps[0];
    struct task task = {
        .number = number + 1, .input = input, .output = output, .calls = copies_of(first)};
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

/* The calls of a first step side by side come one after the other. */
static bool next_first_call(void *context, struct request *out) {
    struct task_run *run = context;
    int64_t number = run->counts.started;
    if (run->first_left > 0) {
        run->first_left--;
        run->counts.calls++;
        *out = run->first;
        return true;
    }
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
    out->group = run->flow->steps[0].group;
    run->first = *out;
    run->first_left = copies_of(&run->flow->steps[0]) - 1;
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
    struct request request = {.input_tokens = task.input,
                              .output_tokens = task.output,
                              .row = -1,
                              .group = run->flow->steps[0].group};
    sim_ticks at = when + draw_delay(run, run->flow->think_s, next, 0);
    for (int call = 0; call < task.calls; call++) {
        if (!later_queue_push(later, at, call_id(next, call), &request, 0))
            return;
        run->counts.started += call == 0;
        run->counts.calls++;
    }
}

/* It completed or failed. */
static void count_end(struct task_run *run, const struct task *task, bool completed,
                      sim_ticks when) {
    struct replay_hour *hour = &run->counts.hours[task->start / TICKS_PER_HOUR];
    bool good = completed && when - task->start <= run->limit;
    *(completed ? &run->counts.completed : &run->counts.failed) += 1;
    run->counts.time += when - task->start;
    run->counts.good += good;
    hour->arrived++;
    hour->good += good;
}

static void complete(struct task_run *run, struct later_queue *later, const struct task *task,
                     sim_ticks when) {
    int64_t number = task->number - 1;
    count_end(run, task, true, when);
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
    for (;;) {
        int next = next_step(run, task);
        if (next < 0) {
            complete(run, later, task, at);
            return;
        }
        const struct task_step *step = &run->flow->steps[next];
        if (step->calls && task->calls + copies_of(step) > most_calls(run->flow)) {
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
    task->going = copies_of(&run->flow->steps[task->step]);
    for (int copy = 0; copy < task->going; copy++) {
        struct request request = request_of(run, task, copy);
        int64_t id = call_id(task->number - 1, task->calls++);
        if (later_queue_push(later, at, id, &request, 0))
            run->counts.calls++;
    }
    keep_task(run, task);
}

/* A call of it did not finish: it has failed, and is kept until its other calls have ended. */
static void fail(struct task_run *run, struct later_queue *later, struct task *task,
                 sim_ticks when) {
    if (!task->failed) {
        task->failed = true;
        run->n_lingering++;
        count_end(run, task, false, when);
        think(run, later, task->number - 1, when);
    }
    if (task->going > 0) {
        keep_task(run, task);
        return;
    }
    run->n_lingering--;
    forget_task(run, task->number - 1);
}

static int32_t add_tokens(int64_t a, int64_t b) {
    int64_t sum = a + b > 0 ? a + b : 0;
    return sum < INT32_MAX ? (int32_t)sum : INT32_MAX;
}

/* What a call adds to later prompts. The prompt of a step that grows holds what was said before. */
static int64_t heard_of(const struct task_run *run, const struct task *task, int64_t input,
                        int64_t output) {
    const struct task_step *step = &run->flow->steps[task->step];
    return step->unheard ? 0 : input + output - (step->grows ? task->said : 0);
}

static void call_ended(void *context, struct later_queue *later, const struct work *work,
                       enum request_end end, sim_ticks when) {
    struct task_run *run = context;
    bool first_of_traffic = work->id < LATER_ID_FIRST;
    int first_calls = copies_of(&run->flow->steps[0]);
    int64_t number =
        first_of_traffic ? work->id / first_calls : (work->id - LATER_ID_FIRST) >> CALLS_BITS;
    const struct task *kept = find_task(run, number);
    struct task task = {.number = number + 1,
                        .start = work->arrival,
                        .input = work->input_tokens,
                        .output = work->output_tokens,
                        .calls = first_calls,
                        .going = first_calls};
    if (kept->number != 0)
        task = *kept;
    task.going--;
    if (end != REQUEST_FINISHED || task.failed) {
        fail(run, later, &task, when);
        return;
    }
    task.heard =
        add_tokens(task.heard, heard_of(run, &task, work->input_tokens, work->output_tokens));
    task.joined = when > task.joined ? when : task.joined;
    if (task.going > 0) {
        keep_task(run, &task);
        return;
    }
    task.said = add_tokens(task.said, task.heard);
    task.heard = 0;
    go_to_next_call(run, later, &task, task.joined);
}

/* ---- as traffic ---- */

enum { SAMPLE_CALLS = 65536 };

/* The calls of this step that the workload's own model gets; returns how many there are room for.
 */
static size_t sample_step(const struct task_run *run, struct task *task, struct request *out,
                          size_t room) {
    const struct task_step *step = &run->flow->steps[task->step];
    int64_t heard = 0;
    size_t n = 0;
    for (int copy = 0; copy < copies_of(step); copy++) {
        struct request request = request_of(run, task, copy);
        if (task->hops == 0) { /* drawn already */
            request.input_tokens = task->input;
            request.output_tokens = task->output;
        }
        heard += heard_of(run, task, request.input_tokens, request.output_tokens);
        if (step->group == 0 && n < room)
            out[n++] = request;
    }
    task->said = add_tokens(task->said, heard);
    return n;
}

/* Those calls of one task, as if none took any time; returns how many. */
static size_t sample_task(const struct task_run *run, struct task task, struct request *out,
                          size_t room) {
    size_t n = 0;
    for (;;) {
        n += sample_step(run, &task, out + n, room - n);
        if (n == room)
            return n;
        do {
            int next = next_step(run, &task);
            if (next < 0)
                return n;
            task.step = next;
            task.hops++;
        } while (!run->flow->steps[task.step].calls);
        task.calls += copies_of(&run->flow->steps[task.step]);
        if (task.calls > most_calls(run->flow))
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
    struct task_run *run = task_flow_open(arena, out->flow, out->tasks, window, 0);
    struct request first = {0};
    size_t n = 0;
    for (int64_t number = 0; n < SAMPLE_CALLS; number++) {
        if (!closed && !traffic_next(run->cursor, &first))
            break;
        struct task task = new_task(run, number, first.input_tokens, first.output_tokens);
        n += sample_task(run, task, rows + n, SAMPLE_CALLS - n);
    }
    out->requests = rows;
    out->n_requests = n;
}

void traffic_from_flow(struct arena *arena, const struct task_flow *flow,
                       const struct traffic *tasks, struct traffic *out) {
    double by_step[FLOW_STEPS_MAX], delay_s, week = 0;
    double calls = 0;
    task_flow_expected(flow, by_step, &delay_s);
    for (int step = 0; step < flow->n_steps; step++)
        calls += flow->steps[step].group == 0 ? by_step[step] : 0;
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
                                const struct traffic *tasks, struct traffic_window window,
                                double limit_s) {
    enum { FIRST_CAPACITY = 256 };
    struct task_run *run = arena_new(arena, struct task_run, 1);
    *run = (struct task_run){.arena = arena,
                             .flow = flow,
                             .tasks = tasks,
                             .replication = window.replication,
                             .users = (int)(flow->users * window.growth + 0.5),
                             .window_ns = window.to_ns - window.from_ns,
                             .limit = limit_s > 0 ? service_ticks(limit_s) : INT64_MAX,
                             .table = arena_new(arena, struct task, FIRST_CAPACITY),
                             .capacity = FIRST_CAPACITY,
                             .counts = {.latency_s = quantile_open(arena)}};
    run->counts.hours = arena_new(arena, struct replay_hour, run->window_ns / NS_PER_HOUR + 1);
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
    ENSURE(in_flight >= (int64_t)run->n_going - run->n_lingering && run->n_lingering >= 0);
    ENSURE(counts->cut <= counts->completed && counts->calls >= counts->started);
    return counts;
}
