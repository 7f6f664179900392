/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks of flows, and the stations that their calls go to. */
#include <math.h>

#include "plots/parts.h"
#include "plots/report_pages.h"
#include "plots/words.h"

static const char *seconds(struct arena *arena, double s) {
    return isfinite(s) ? arena_printf(arena, "%.3g", s) : "\u2014";
}

static const char *percent(struct arena *arena, double share) {
    return arena_printf(arena, "%.4g%%", 100 * share);
}

static int count_flows(const struct study *study) {
    int n = 0;
    for (int w = 0; w < study->scenario.n_workloads; w++)
        n += study->scenario.workloads[w].demand.flow != NULL;
    return n;
}

static void fill_task(struct arena *arena, const struct workload *workload,
                      const struct study_tasks *tasks, struct grid_cell *row) {
    row[0].text = workload->name;
    row[1].text = words_number(arena, tasks->completed_per_month);
    if (tasks->failed_per_month > 0)
        row[1].note =
            arena_printf(arena, "%s failed", words_number(arena, tasks->failed_per_month));
    row[2].text = isfinite(tasks->usd_per_completed)
                      ? arena_printf(arena, "$%.4g", tasks->usd_per_completed)
                      : "\u2014";
    for (int i = 0; i < 3; i++)
        row[3 + i].text = seconds(arena, tasks->latency_s[i]);
    row[6].text = "no target";
    if (workload->slo.task_s <= 0)
        return;
    row[6].text = percent(arena, tasks->attainment);
    row[6].note = arena_printf(arena, "worst window %s, asked %s within %.4g s",
                               percent(arena, tasks->worst_attainment),
                               percent(arena, workload->slo.share), workload->slo.task_s);
}

static struct grid tasks_grid(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Workload", ALIGN_LEFT, 1, true},       {"Completed a month", ALIGN_RIGHT, 0, false},
        {"Cost of one", ALIGN_RIGHT, 0, false},  {"P50, s", ALIGN_RIGHT, 0, false},
        {"P95, s", ALIGN_RIGHT, 0, false},       {"P99, s", ALIGN_RIGHT, 0, false},
        {"Within target", ALIGN_LEFT, 1, false},
    };
    struct grid grid = GRID_OPEN(flow->arena, columns, count_flows(study));
    for (int w = 0, n = 0; w < study->scenario.n_workloads; w++)
        if (study->scenario.workloads[w].demand.flow)
            fill_task(flow->arena, &study->scenario.workloads[w], &study->recommended.tasks[w],
                      grid_row(&grid, n++));
    return grid;
}

static struct grid stations_grid(struct flow *flow, const struct study *study) {
    static const struct grid_column columns[] = {
        {"Station", ALIGN_LEFT, 1, true},         {"Runs on", ALIGN_LEFT, 1.2, false},
        {"Cost a month", ALIGN_RIGHT, 0, false},  {"Calls a month", ALIGN_RIGHT, 0, false},
        {"With work", ALIGN_RIGHT, 0, false},     {"Waiting, P95 s", ALIGN_RIGHT, 0, false},
        {"A call, P95 s", ALIGN_RIGHT, 0, false},
    };
    struct arena *arena = flow->arena;
    struct grid grid = GRID_OPEN(arena, columns, study->n_stations);
    for (int i = 0; i < study->n_stations; i++) {
        const struct study_station *station = &study->stations[i];
        const struct study_station_use *use = &study->recommended.stations[i];
        struct grid_cell *row = grid_row(&grid, i);
        row[0].text = station->spec->name;
        row[0].note = study->scenario.workloads[station->workload].name;
        row[1].text = arena_printf(arena, "%d x %s", station->spec->count, station->spec->instance);
        row[1].note = station->spec->model[0] ? station->spec->model : "stated times";
        row[2].text = words_money(arena, use->usd_per_month);
        row[3].text = words_number(arena, use->calls_per_month);
        row[4].text = arena_printf(arena, "%.3g%%", 100 * use->busy_share);
        row[5].text = seconds(arena, use->wait_p95_s);
        row[6].text = seconds(arena, use->latency_s[1]);
    }
    return grid;
}

void report_stations(struct flow *flow, const struct study *study) {
    const struct study_fleet *fleet = &study->recommended;
    if (count_flows(study) == 0 || !fleet->tasks)
        return;
    struct parts parts = {0};
    struct grid tasks = tasks_grid(flow, study);
    parts_add_table(
        flow, &parts,
        study_tasks_missed(study, fleet) ? "Tasks miss their target"
                                         : "What a task takes and costs",
        "A task is all calls of one walk through a flow; its cost includes its stations", &tasks);
    if (study->n_stations > 0) {
        struct grid stations = stations_grid(flow, study);
        parts_add_table(flow, &parts,
                        arena_printf(flow->arena,
                                     "Stations cost %s a month; the plan and all beside it %s",
                                     words_money(flow->arena, fleet->stations_usd_per_month),
                                     words_money(flow->arena, study_total_usd_per_month(study))),
                        "Waiting is that of the worst week", &stations);
        parts_add_note(
            &parts, "Their capacity is stated, not planned: it is there all the time and shares no "
                    "instance with the workloads. Commitments are not bought for it; what those of "
                    "the plan leave of its hours is charged on demand.");
    }
    parts_draw(flow, "Tasks", &parts);
}
