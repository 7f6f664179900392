/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed loops against theory: N users with exponential thinking and c servers with exponential
 * service (machine repairman, M/M/c//N), by the interval test of test_queueing.c with mutants that
 * it must reject; and tasks over a graph against the expected calls and delays of the graph. */
#include <math.h>

#include "sim/task_flow.h"
#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 24, HOURS = 20, USERS = 10 };

#define THINK_S 9.0
#define SERVICE_S 1.0

static struct task_counts run_flow(struct arena *arena, const struct task_flow *flow,
                                   const struct traffic *tasks, struct service service, int hours,
                                   uint64_t replication, struct replay_result *result) {
    struct err err = {0};
    struct pool pool = steady_pool(arena, service, 1, hours);
    struct replay_input input = input_of(&pool, 1, hours);
    input.window.replication = replication;
    struct task_run *run = task_flow_open(arena, flow, tasks, input.window, 0);
    bool ran = replay_engine_run(arena, &input, task_flow_arrivals(run), (struct replay_probe){0},
                                 result, &err);
    cr_assert(ran, "%s", err.what);
    return *task_flow_close(run);
}

/* Tasks finished a second in the steady state: births (N - k) / Z, deaths min(k, c) / S. */
static double repairman(int users, int servers, double think_s, double service_s) {
    double weight = 1, sum = 0, rate = 0;
    for (int k = 0; k <= users; k++) {
        double deaths = fmin(k, servers) / service_s;
        sum += weight;
        rate += weight * deaths;
        weight *= (users - k) / think_s / (fmin(k + 1, servers) / service_s);
    }
    return rate / sum;
}

static double t_of(int servers, double think_s, double theory) {
    static const struct length_distribution ONE = {
        .kind = LENGTH_FIXED, .value = 1, .min = 1, .max = 1};
    struct task_flow flow = {.n_steps = 1,
                             .steps = {{.name = "ask", .calls = true}},
                             .users = USERS,
                             .think_s = think_s};
    struct traffic tasks = {.seed = 4, .input = ONE, .output = ONE};
    double sum = 0, squares = 0;
    for (int r = 0; r < REPLICATIONS; r++) {
        struct arena arena = {0};
        struct replay_result result;
        struct task_counts counts =
            run_flow(&arena, &flow, &tasks, queue_of(servers, SERVICE_EXPONENTIAL, SERVICE_S),
                     HOURS, (uint64_t)r, &result);
        double rate = (double)counts.completed / (HOURS * 3600.0);
        sum += rate;
        squares += rate * rate;
        arena_release(&arena);
    }
    double mean = sum / REPLICATIONS;
    double deviation = sqrt((squares - sum * mean) / (REPLICATIONS - 1));
    return (mean - theory) / (deviation / sqrt(REPLICATIONS));
}

/* Users all think at first; the relaxation of ten of them is a few think times, 20 hours are 8000.
 */
Test(flow, machine_repairman) {
    for (int servers = 1; servers <= 2; servers++) {
        double theory = repairman(USERS, servers, THINK_S, SERVICE_S);
        cr_expect(fabs(t_of(servers, THINK_S, theory)) < T_LIMIT, "%d servers", servers);
        double open = USERS / (THINK_S + SERVICE_S), other = 1.02 * THINK_S;
        cr_expect(fabs(t_of(servers, THINK_S, open)) >= T_LIMIT || servers == 2);
        cr_expect(fabs(t_of(servers, other, theory)) >= T_LIMIT, "2 %% more thinking");
        cr_expect(fabs(t_of(3 - servers, THINK_S, theory)) >= T_LIMIT,
                  "the other number of servers");
    }
}

static struct task_flow agent(int calls_max) {
    struct task_step plan = {.name = "plan", .calls = true, .grows = true, .stated = true},
                     tool = {.name = "tool", .delay_s = 3},
                     answer = {.name = "answer", .calls = true};
    plan.input =
        (struct length_distribution){.kind = LENGTH_FIXED, .value = 50, .min = 1, .max = 99};
    plan.output =
        (struct length_distribution){.kind = LENGTH_FIXED, .value = 7, .min = 0, .max = 99};
    plan.next[1] = 0.7;
    plan.next[2] = 0.2;
    tool.next[0] = 1;
    return (struct task_flow){.n_steps = 3, .steps = {plan, tool, answer}, .calls_max = calls_max};
}

/* Plans follow plans with 0.7: 1 / 0.3 of them without a cap, each with an answer after it with
 * 0.2; the tool waits 3 s before all but the first. With a cap of 2: 1 plan, then 0.7 plans or 0.2
 * answers. */
Test(flow, expected_calls) {
    struct task_flow flow = agent(FLOW_CALLS_MAX), capped = agent(2);
    double calls[FLOW_STEPS_MAX], delay_s;
    cr_expect(epsilon_eq(dbl, task_flow_expected(&flow, calls, &delay_s), 1.2 / 0.3, 1e-6));
    cr_expect(epsilon_eq(dbl, calls[0], 1 / 0.3, 1e-6));
    cr_expect(eq(dbl, calls[1], 0));
    cr_expect(epsilon_eq(dbl, calls[2], 0.2 / 0.3, 1e-6));
    cr_expect(epsilon_eq(dbl, delay_s, 3 * 0.7 / 0.3, 1e-6));
    cr_expect(epsilon_eq(dbl, task_flow_expected(&capped, calls, &delay_s), 1.9, 1e-12));
    cr_expect(epsilon_eq(dbl, delay_s, 2.1, 1e-12));
}

static struct traffic tasks_of(double rate) {
    struct traffic tasks = {.kind = TRAFFIC_GENERATED,
                            .seed = 9,
                            .burstiness = {.arrival_cv = 1},
                            .input = {.kind = LENGTH_FIXED, .value = 20, .min = 1, .max = 99},
                            .output = {.kind = LENGTH_FIXED, .value = 5, .min = 0, .max = 99}};
    for (int hour = 0; hour < HOURS_PER_WEEK; hour++)
        tasks.rate_per_second[hour] = rate;
    return tasks;
}

/* 36000 tasks: the mean calls of a task within 4 standard errors of 4 (their variance: geometric
 * plans, (0.7 / 0.09), and answers), the mean prompt that of the walk, and nothing lost. The same
 * bytes twice. A mutant with 0.68 in place of 0.7 is 8 errors away. */
Test(flow, tasks_keep_to_the_graph) {
    struct arena arena = {0};
    struct replay_result result, again;
    struct traffic tasks = tasks_of(0.5), planned;
    struct task_flow flow = agent(FLOW_CALLS_MAX), mutant = flow;
    struct service service = queue_of(64, SERVICE_EXPONENTIAL, 0.5);
    struct task_counts counts = run_flow(&arena, &flow, &tasks, service, 20, 0, &result);
    double n = (double)counts.started, calls = (double)counts.calls / n;
    cr_expect(counts.started > 30000);
    cr_expect(fabs(calls - 4) < 4 * sqrt(9.5 / n) + 0.005, "%g calls a task", calls);
    cr_expect(eq(i64, counts.failed, 0));
    cr_expect(eq(i64, result.arrived, counts.calls));
    cr_expect(counts.started - counts.completed < 200);
    /* Latency: 4 calls of 0.5 s and 7 s of tools. */
    cr_expect(epsilon_eq(dbl, quantile_mean(&counts.latency_s), 4 * 0.5 + 7, 0.2));
    traffic_from_flow(&arena, &flow, &tasks, &planned);
    cr_expect(epsilon_eq(dbl, planned.rate_per_second[3], 2, 1e-6));
    double mean = (double)result.input_tokens / (double)result.finished;
    cr_expect(fabs(traffic_mean_input(&planned) / mean - 1) < 0.03, "%g, replay %g",
              traffic_mean_input(&planned), mean);
    run_flow(&arena, &flow, &tasks, service, 20, 0, &again);
    cr_expect(eq(u64, again.request_hash, result.request_hash));
    mutant.steps[0].next[1] = 0.68;
    counts = run_flow(&arena, &mutant, &tasks, service, 20, 0, &result);
    calls = (double)counts.calls / (double)counts.started;
    cr_expect(fabs(calls - 4) >= 4 * sqrt(9.5 / n) + 0.005, "the mutant passes: %g", calls);
    arena_release(&arena);
}

/* A prompt of the third plan is its own 50 tokens and all before: 57 after the first, 57 + 50 + 7
 * after the second. The first call has the traffic's lengths where the step states none. */
static void note_prompt(void *context, const struct work *work, sim_ticks finish) {
    int *prompts = context;
    (void)finish;
    if (prompts[0] < 8)
        prompts[++prompts[0]] = work->input_tokens;
}

Test(flow, prompts_grow) {
    struct arena arena = {0};
    struct err err = {0};
    struct task_flow flow = agent(3);
    struct traffic tasks = tasks_of(1e-3);
    struct replay_result result;
    int prompts[9] = {0};
    flow.steps[0].next[1] = 1;
    flow.steps[0].next[2] = 0;
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 0.1), 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    struct task_run *run = task_flow_open(&arena, &flow, &tasks, input.window, 0);
    cr_assert(replay_engine_run(&arena, &input, task_flow_arrivals(run),
                                (struct replay_probe){.finished = note_prompt, .context = prompts},
                                &result, &err));
    cr_expect(prompts[0] >= 3);
    cr_expect(eq(int, prompts[1], 50));
    cr_expect(eq(int, prompts[2], 107));
    cr_expect(eq(int, prompts[3], 164));
    const struct task_counts *counts = task_flow_close(run);
    cr_expect(eq(i64, counts->cut, counts->completed));
    arena_release(&arena);
}

Test(flow, faults) {
    struct task_flow flow = agent(5), bad;
    int step;
    cr_expect(eq(int, task_flow_check(&flow, &step), FLOW_FINE));
    bad = flow;
    bad.calls_max = 0;
    cr_expect(eq(int, task_flow_check(&bad, &step), FLOW_UNBOUNDED));
    cr_expect(eq(int, step, 0));
    bad = flow;
    bad.steps[0].delay_s = 1;
    cr_expect(eq(int, task_flow_check(&bad, &step), FLOW_FIRST_WAITS));
    bad = flow;
    bad.steps[1].next[1] = 0.5;
    cr_expect(eq(int, task_flow_check(&bad, &step), FLOW_SHARES));
    cr_expect(eq(int, step, 1));
    bad.steps[1].next[0] = 0.5;
    cr_expect(eq(int, task_flow_check(&bad, &step), FLOW_NEVER_CALLS));
    cr_expect(eq(int, step, 1));
    bad = flow;
    bad.steps[0].next[2] = 0;
    cr_expect(eq(int, task_flow_check(&bad, &step), FLOW_OUT_OF_REACH));
    cr_expect(eq(int, step, 2));
}
