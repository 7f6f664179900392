/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/replay.h"

#include "sim/metrics.h"
#include "sim/replay_engine.h"
#include "sim/task_flow.h"

static bool next_of_traffic(void *context, struct request *out) {
    return traffic_next(context, out);
}

static void attain(struct task_counts *tasks, int n_hours, const struct slo *slo) {
    int64_t ended = tasks->completed + tasks->failed;
    tasks->attainment = ended > 0 ? (double)tasks->good / (double)ended : 1;
    tasks->worst_attainment = metrics_worst_window(slo, tasks->hours, n_hours);
    tasks->slo_missed = slo->task_s > 0 && tasks->worst_attainment < slo->share;
}

static bool run_flow(struct arena *arena, const struct replay_input *input,
                     struct replay_result *out, struct err *err) {
    const struct traffic *traffic = input->traffic;
    struct task_run *run =
        task_flow_open(arena, traffic->flow, traffic->tasks, input->window, input->slo.task_s);
    if (!replay_engine_run(arena, input, task_flow_arrivals(run), (struct replay_probe){0}, out,
                           err))
        return false;
    out->tasks = *task_flow_close(run);
    attain(&out->tasks, out->n_hours, &input->slo);
    return true;
}

bool replay_run(struct arena *arena, const struct replay_input *input, struct replay_result *out,
                struct err *err) {
    int n_hours;
    if (!replay_check(input, &n_hours, err))
        return false;
    if (input->traffic->kind == TRAFFIC_FLOW)
        return run_flow(arena, input, out, err);
    struct arrivals arrivals = {
        .next = next_of_traffic,
        .context = traffic_open(arena, input->traffic, input->window),
    };
    return replay_engine_run(arena, input, arrivals, (struct replay_probe){0}, out, err);
}
