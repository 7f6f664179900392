/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks over several stations against theory, by the interval test with mutants that it must
 * reject: two M/M/c in tandem (Burke: each is as if alone), two M/M/1 in tandem whose stays are
 * independent (Reich), so that a task's is the sum of two exponentials; a closed network of a
 * delay, a station with a server each and a station with few (machine repairman); fork and join
 * over two M/M/1 (Flatto and Hahn; Nelson and Tantawi). Then joins and failures by hand, and
 * Little's law of tasks in whole ticks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/task_flow.h"
#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 24, HOURS = 10 };

static struct length_distribution tokens(int n) {
    return (struct length_distribution){.kind = LENGTH_FIXED, .value = n, .min = n, .max = n};
}

static struct traffic tasks_at(double rate_per_second) {
    struct traffic tasks = {.kind = TRAFFIC_GENERATED,
                            .seed = 5,
                            .burstiness = {.arrival_cv = 1},
                            .input = tokens(1),
                            .output = tokens(1)};
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        tasks.rate_per_second[hour] = rate_per_second;
    return tasks;
}

/* The workload's own pool and one station, group 1. */
struct system {
    struct task_flow flow;
    double rate_per_second;
    struct service own, station;
    int own_instances;
    enum router_policy router;
    double limit_s;
};

static struct task_counts run_system(struct arena *arena, const struct system *system, int hours,
                                     uint64_t replication, struct replay_probe probe,
                                     struct replay_result *result) {
    const struct replay_group group = {
        .name = "station", .router = ROUTER_LEAST_OUTSTANDING, .aside = true};
    struct traffic tasks = tasks_at(system->rate_per_second);
    struct pool pools[] = {steady_pool(arena, system->own, system->own_instances, hours),
                           steady_pool(arena, system->station, 1, hours)};
    struct replay_input input = input_of(pools, 2, hours);
    struct err err = {0};
    pools[1].group = 1;
    input.window.replication = replication;
    input.router = system->router;
    input.groups = &group;
    input.n_groups = 1;
    struct task_run *run =
        task_flow_open(arena, &system->flow, &tasks, input.window, system->limit_s);
    bool ran = replay_engine_run(arena, &input, task_flow_arrivals(run), probe, result, &err);
    cr_assert(ran, "%s", err.what);
    return *task_flow_close(run);
}

static double mean_latency(const struct task_counts *counts) {
    return quantile_mean(&counts->latency_s);
}

static double share_inside(const struct task_counts *counts) {
    return (double)counts->good / (double)(counts->completed + counts->failed);
}

static double rate_completed(const struct task_counts *counts) {
    return (double)counts->completed / (HOURS * 3600.0);
}

static double t_of(const struct system *system, double (*measure)(const struct task_counts *counts),
                   double theory) {
    double means[REPLICATIONS];
    for (int r = 0; r < REPLICATIONS; r++) {
        struct arena arena = {0};
        struct replay_result result;
        struct task_counts counts =
            run_system(&arena, system, HOURS, (uint64_t)r, (struct replay_probe){0}, &result);
        means[r] = measure(&counts);
        arena_release(&arena);
    }
    return t_statistic(means, REPLICATIONS, theory);
}

/* The first step calls the own model, the second the station. */
static struct task_flow tandem(void) {
    struct task_flow flow = {
        .n_steps = 2,
        .steps = {{.name = "own", .calls = true}, {.name = "station", .calls = true, .group = 1}}};
    flow.steps[0].next[1] = 1;
    return flow;
}

/* Mean stay in an M/M/c: Erlang C. */
static double stay(double rate, int servers, double service_s) {
    double load = rate * service_s, term = 1, sum = 0;
    for (int k = 0; k < servers; k++) {
        sum += term;
        term *= load / (k + 1);
    }
    double last = term * servers / (servers - load);
    return service_s + last / (sum + last) * service_s / (servers - load);
}

Test(task_stations, two_in_tandem) {
    struct system system = {.flow = tandem(),
                            .rate_per_second = 1,
                            .own = queue_of(2, SERVICE_EXPONENTIAL, 1.4),
                            .station = queue_of(3, SERVICE_EXPONENTIAL, 2.2),
                            .own_instances = 1,
                            .router = ROUTER_LEAST_OUTSTANDING};
    double theory = stay(1, 2, 1.4) + stay(1, 3, 2.2);
    cr_expect(lt(dbl, fabs(t_of(&system, mean_latency, theory)), T_LIMIT));
    cr_expect(ge(dbl, fabs(t_of(&system, mean_latency, stay(1, 5, 1.8) + 1.8)), T_LIMIT),
              "one queue for both");
    system.station.queue.mean_s *= 1.04;
    cr_expect(ge(dbl, fabs(t_of(&system, mean_latency, theory)), T_LIMIT), "4 %% slower");
}

/* Of stays with rates a and b, P(sum > t) = (b e^(-a t) - a e^(-b t)) / (b - a): the share of tasks
 * inside a limit. */
Test(task_stations, share_of_tasks_inside_their_limit) {
    struct system system = {.flow = tandem(),
                            .rate_per_second = 0.5,
                            .own = queue_of(1, SERVICE_EXPONENTIAL, 1),
                            .station = queue_of(1, SERVICE_EXPONENTIAL, 1 / 0.8),
                            .own_instances = 1,
                            .router = ROUTER_LEAST_OUTSTANDING,
                            .limit_s = 6};
    double a = 1 - 0.5, b = 0.8 - 0.5;
    double theory = 1 - (b * exp(-6 * a) - a * exp(-6 * b)) / (b - a);
    cr_expect(lt(dbl, fabs(t_of(&system, share_inside, theory)), T_LIMIT));
    system.limit_s = 5.7;
    cr_expect(ge(dbl, fabs(t_of(&system, share_inside, theory)), T_LIMIT), "another limit");
}

/* Tasks a second: births (N - k) / Z, deaths min(k, c) / S. */
static double repairman(int users, int servers, double away_s, double service_s) {
    double weight = 1, sum = 0, rate = 0;
    for (int k = 0; k <= users; k++) {
        sum += weight;
        rate += weight * fmin(k, servers) / service_s;
        weight *= (users - k) / away_s / (fmin(k + 1, servers) / service_s);
    }
    return rate / sum;
}

/* With a server for each user the own model is a delay as thinking is. */
Test(task_stations, closed_over_two_stations) {
    struct system system = {.flow = tandem(),
                            .own = queue_of(10, SERVICE_EXPONENTIAL, 2),
                            .station = queue_of(2, SERVICE_EXPONENTIAL, 1),
                            .own_instances = 1,
                            .router = ROUTER_LEAST_OUTSTANDING};
    system.flow.users = 10;
    system.flow.think_s = 3;
    double theory = repairman(10, 2, 5, 1);
    cr_expect(lt(dbl, fabs(t_of(&system, rate_completed, theory)), T_LIMIT));
    cr_expect(ge(dbl, fabs(t_of(&system, rate_completed, repairman(10, 2, 3, 1))), T_LIMIT));
    system.own = queue_of(10, SERVICE_EXPONENTIAL, 2.3);
    cr_expect(ge(dbl, fabs(t_of(&system, rate_completed, theory)), T_LIMIT), "slower calls");
}

/* Two calls side by side, one to each of two servers: (12 - rho) / 8 times the stay at one. */
Test(task_stations, fork_and_join) {
    struct system system = {
        .flow = {.n_steps = 1, .steps = {{.name = "both", .calls = true, .parallel = 2}}},
        .rate_per_second = 0.5,
        .own = queue_of(1, SERVICE_EXPONENTIAL, 1),
        .station = queue_of(1, SERVICE_EXPONENTIAL, 1),
        .own_instances = 2,
        .router = ROUTER_ROUND_ROBIN};
    double theory = (12 - 0.5) / 8 / (1 - 0.5), apart = 1.5 / (1 - 0.5);
    cr_expect(lt(dbl, fabs(t_of(&system, mean_latency, theory)), T_LIMIT));
    cr_expect(ge(dbl, fabs(t_of(&system, mean_latency, apart)), T_LIMIT), "as if independent");
    system.router = ROUTER_LEAST_OUTSTANDING;
    cr_expect(ge(dbl, fabs(t_of(&system, mean_latency, theory)), T_LIMIT), "another router");
}

/* --- by hand --- */

enum { NOTES = 64 };

struct notes {
    int n;
    struct {
        int64_t id, arrival_s, finish_s;
        int group, input;
    } of[NOTES];
};

static void note(void *context, const struct work *work, sim_ticks finish) {
    struct notes *notes = context;
    if (notes->n == NOTES)
        return;
    notes->of[notes->n].id = work->id;
    notes->of[notes->n].arrival_s = work->arrival / TICKS_PER_SECOND;
    notes->of[notes->n].finish_s = finish / TICKS_PER_SECOND;
    notes->of[notes->n].group = work->group;
    notes->of[notes->n++].input = work->input_tokens;
}

static struct task_step call_of(const char *name, int group, int parallel, int input, int output) {
    return (struct task_step){.name = name,
                              .calls = true,
                              .group = group,
                              .parallel = parallel,
                              .stated = true,
                              .grows = group == 0,
                              .unheard = group != 0,
                              .input = tokens(input),
                              .output = tokens(output)};
}

/* One user. Searching is three calls side by side at a station of two servers of 10 s: they end
 * after 10, 10 and 20 s. Then two drafts side by side at the own model, of one server and 5 s: 10 s
 * together; and an answer, whose prompt has both drafts and no search in it. */
Test(task_stations, joins_wait_for_the_last) {
    struct arena arena = {0};
    struct notes notes = {0};
    struct replay_result result;
    struct system system = {
        .flow = {.n_steps = 3,
                 .steps = {call_of("search", 1, 3, 7, 1), call_of("draft", 0, 2, 20, 4),
                           call_of("answer", 0, 1, 30, 5)},
                 .users = 1,
                 .think_s = 600},
        .own = queue_of(1, SERVICE_DETERMINISTIC, 5),
        .station = queue_of(2, SERVICE_DETERMINISTIC, 10),
        .own_instances = 1,
        .router = ROUTER_LEAST_OUTSTANDING,
        .limit_s = 34.9};
    system.flow.steps[0].next[1] = 1;
    system.flow.steps[1].next[2] = 1;
    struct task_counts counts = run_system(
        &arena, &system, 2, 0, (struct replay_probe){.finished = note, .context = &notes}, &result);
    static const int64_t begins[] = {0, 0, 0, 20, 20, 30}, ends[] = {10, 10, 20, 25, 30, 35};
    static const int inputs[] = {7, 7, 7, 20, 20, 30 + 2 * 24};
    cr_assert(gt(int, notes.n, 12));
    for (int i = 0; i < 12; i++) {
        int64_t start = notes.of[i - i % 6].arrival_s;
        cr_expect(eq(i64, notes.of[i].arrival_s, start + begins[i % 6]), "call %d", i);
        cr_expect(eq(i64, notes.of[i].finish_s, start + ends[i % 6]), "call %d", i);
        cr_expect(eq(int, notes.of[i].input, inputs[i % 6]), "call %d", i);
        cr_expect(eq(int, notes.of[i].group, i % 6 < 3));
    }
    cr_expect(eq(i64, counts.calls, result.arrived + result.groups[1].arrived));
    cr_expect(eq(i64, counts.good, 0));
    cr_expect(eq(i64, (int64_t)(counts.time / TICKS_PER_SECOND), 35 * counts.completed));
    arena_release(&arena);
}

/* A station without a pool rejects all three of its calls: the task fails once, the user goes on.
 */
Test(task_stations, a_task_fails_once) {
    struct arena arena = {0};
    const struct replay_group groups[] = {
        {.name = "none", .router = ROUTER_LEAST_OUTSTANDING, .aside = true}};
    struct pool pool = steady_pool(&arena, queue_of(9, SERVICE_DETERMINISTIC, 1), 1, 10);
    struct replay_input input = input_of(&pool, 1, 10);
    struct task_flow flow = {.n_steps = 2,
                             .steps = {call_of("ask", 0, 2, 5, 1), call_of("search", 1, 3, 5, 1)},
                             .users = 3,
                             .think_s = 60};
    struct traffic tasks = tasks_at(0);
    struct replay_result result;
    struct err err = {0};
    flow.steps[0].next[1] = 0.5;
    input.groups = groups;
    input.n_groups = 1;
    struct task_run *run = task_flow_open(&arena, &flow, &tasks, input.window, 0);
    cr_assert(replay_engine_run(&arena, &input, task_flow_arrivals(run), (struct replay_probe){0},
                                &result, &err));
    const struct task_counts *counts = task_flow_close(run);
    cr_expect(gt(i64, counts->failed, 500));
    cr_expect(gt(i64, counts->completed, 500));
    cr_expect(eq(i64, result.groups[1].rejected, 3 * counts->failed));
    cr_expect(eq(i64, result.arrived, counts->calls - 3 * counts->failed));
    cr_expect(le(i64, counts->started - counts->completed - counts->failed, 3));
    arena_release(&arena);
}

/* --- Little's law --- */

enum { MANY_TASKS = 20000 };

struct spans {
    sim_ticks start[MANY_TASKS], end[MANY_TASKS];
};

/* The first step makes two calls, so the traffic's ids are two a task. */
static void span(void *context, const struct work *work, sim_ticks finish) {
    struct spans *spans = context;
    int64_t number = work->id < LATER_ID_FIRST ? work->id / 2 : (work->id - LATER_ID_FIRST) >> 6;
    cr_assert(lt(i64, number, MANY_TASKS));
    if (work->id < LATER_ID_FIRST)
        spans->start[number] = work->arrival;
    if (finish > spans->end[number])
        spans->end[number] = finish;
}

static int by_time(const void *a, const void *b) {
    sim_ticks x = *(const sim_ticks *)a, y = *(const sim_ticks *)b;
    return (x > y) - (x < y);
}

/* All tasks end before the window does: the time of all is the integral of how many there are. */
Test(task_stations, littles_law_in_ticks) {
    struct arena arena = {0};
    struct spans *spans = arena_new(&arena, struct spans, 1);
    struct replay_result result;
    struct system system = {.flow = {.n_steps = 3,
                                     .steps = {call_of("both", 0, 2, 5, 1),
                                               call_of("search", 1, 3, 5, 1),
                                               {.name = "tool", .delay_s = 4}},
                                     .calls_max = 60},
                            .own = queue_of(3, SERVICE_EXPONENTIAL, 1.1),
                            .station = queue_of(4, SERVICE_EXPONENTIAL, 0.7),
                            .own_instances = 1,
                            .router = ROUTER_LEAST_OUTSTANDING};
    system.flow.steps[0].next[1] = 0.6;
    system.flow.steps[1].next[2] = 0.3;
    system.flow.steps[2].next[0] = 1;
    const struct replay_group group = {
        .name = "station", .router = ROUTER_LEAST_OUTSTANDING, .aside = true};
    struct traffic tasks = tasks_at(0);
    for (int hour = 0; hour < 4; hour++)
        tasks.rate_per_second[hour] = 0.7;
    struct pool pools[] = {steady_pool(&arena, system.own, 1, 6),
                           steady_pool(&arena, system.station, 1, 6)};
    struct replay_input input = input_of(pools, 2, 6);
    struct err err = {0};
    pools[1].group = 1;
    input.groups = &group;
    input.n_groups = 1;
    struct task_run *run = task_flow_open(&arena, &system.flow, &tasks, input.window, 0);
    cr_assert(replay_engine_run(&arena, &input, task_flow_arrivals(run),
                                (struct replay_probe){.finished = span, .context = spans}, &result,
                                &err));
    const struct task_counts *counts = task_flow_close(run);
    int64_t n = counts->started;
    cr_assert(gt(i64, n, 9000));
    cr_assert(eq(i64, counts->completed, n));
    cr_assert(eq(i64, counts->cut, 0));
    qsort(spans->start, (size_t)n, sizeof *spans->start, by_time);
    qsort(spans->end, (size_t)n, sizeof *spans->end, by_time);
    ticks_sum integral = 0;
    sim_ticks before = 0;
    for (int64_t started = 0, ended = 0; ended < n;) {
        bool begins = started < n && spans->start[started] <= spans->end[ended];
        sim_ticks now = begins ? spans->start[started] : spans->end[ended];
        integral += (ticks_sum)(started - ended) * (now - before);
        before = now;
        *(begins ? &started : &ended) += 1;
    }
    cr_expect(integral == counts->time, "the integral is not the sum");
    arena_release(&arena);
}

/* --- graphs --- */

Test(task_stations, graphs_that_make_no_sense) {
    struct task_flow flow = {.n_steps = 2,
                             .steps = {call_of("a", 1, 1, 1, 1), call_of("b", 1, 4, 1, 1)}};
    int step;
    flow.steps[0].next[1] = 1;
    cr_expect(eq(int, task_flow_check(&flow, &step), FLOW_NO_OWN_CALL));
    flow.steps[1].group = 0;
    cr_expect(eq(int, task_flow_check(&flow, &step), FLOW_FINE));
    flow.calls_max = 3;
    cr_expect(eq(int, task_flow_check(&flow, &step), FLOW_TOO_LONG));
    cr_expect(eq(int, step, 1));
    flow.calls_max = 0;
    flow.steps[0].parallel = FLOW_CALLS_MAX - 3;
    cr_expect(eq(int, task_flow_check(&flow, &step), FLOW_TOO_LONG));
    flow.steps[0].parallel = FLOW_CALLS_MAX - 4;
    cr_expect(eq(int, task_flow_check(&flow, &step), FLOW_FINE));
}

/* 2 calls, then with 0.5 three more; a cap of 4 cuts those. Only the own model's are its traffic.
 */
Test(task_stations, expected_calls_side_by_side) {
    struct arena arena = {0};
    struct task_flow flow = {.n_steps = 2,
                             .steps = {call_of("a", 0, 2, 10, 1), call_of("b", 1, 3, 99, 1)}};
    double calls[FLOW_STEPS_MAX], delay_s;
    struct traffic tasks = tasks_at(0.25), planned;
    flow.steps[0].next[1] = 0.5;
    cr_expect(epsilon_eq(dbl, task_flow_expected(&flow, calls, &delay_s), 3.5, 1e-12));
    cr_expect(epsilon_eq(dbl, calls[1], 1.5, 1e-12));
    traffic_from_flow(&arena, &flow, &tasks, &planned);
    cr_expect(epsilon_eq(dbl, planned.rate_per_second[0], 0.5, 1e-12));
    cr_expect(epsilon_eq(dbl, traffic_mean_input(&planned), 10, 1e-12));
    flow.calls_max = 4;
    cr_expect(epsilon_eq(dbl, task_flow_expected(&flow, calls, &delay_s), 2, 1e-12));
    arena_release(&arena);
}
