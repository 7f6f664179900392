/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of tasks and stations on a fabricated study: no faults of layout with few, many and long
 * names; a target that is missed is in the title; a flow without stations has no table of them, a
 * study without flows no such page. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "plots/report_pages.h"
#include "scene_check.h"
#include "study_fixture.h"

#define TEN "long-name-"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct task_flow a_flow = {.n_steps = 1, .steps = {{.name = "a", .calls = true}}};

static struct study *make_study(struct arena *arena, int n_stations, const char *name,
                                bool missed) {
    struct fixture fixture = fixture_defaults();
    struct study *study = fixture_study(arena, &fixture);
    int n = study->scenario.n_workloads;
    struct workload *workloads = arena_new(arena, struct workload, n);
    struct study_tasks *tasks = arena_new(arena, struct study_tasks, n);
    struct station_spec *specs = arena_new(arena, struct station_spec, n_stations);
    struct study_station *stations = arena_new(arena, struct study_station, n_stations);
    struct study_station_use *uses = arena_new(arena, struct study_station_use, n_stations);
    for (int w = 0; w < n; w++) {
        workloads[w] = study->scenario.workloads[w];
        workloads[w].demand.flow = &a_flow;
        workloads[w].slo.task_s = 30;
        tasks[w] = (struct study_tasks){.completed_per_month = 1.25e6,
                                        .failed_per_month = 12,
                                        .attainment = 0.9876,
                                        .worst_attainment = 0.91,
                                        .slo_missed = missed,
                                        .latency_s = {4, 12.5, 21},
                                        .usd_per_completed = 0.00123};
    }
    for (int i = 0; i < n_stations; i++) {
        specs[i] = (struct station_spec){
            .name = name, .instance = "r7g.2xlarge", .model = i % 2 ? "bert-base" : "", .count = 3};
        stations[i] = (struct study_station){.spec = &specs[i], .group = i + 1};
        uses[i] = (struct study_station_use){.usd_per_month = 938,
                                             .calls_per_month = 3.75e6,
                                             .busy_share = 0.42,
                                             .wait_p95_s = 0.0071,
                                             .latency_s = {0.01, 0.02, 0.03}};
    }
    study->scenario.workloads = workloads;
    study->n_stations = n_stations;
    study->stations = stations;
    study->recommended.tasks = tasks;
    study->recommended.stations = uses;
    study->recommended.stations_usd_per_month = 938.0 * n_stations;
    return study;
}

static struct flow lay_out(struct arena *arena, const struct study *study) {
    struct err err = {0};
    return report_lay_out(arena, report_typeset(arena, &err), paper_a4(), study);
}

static void finish(struct arena *arena, struct flow *flow) {
    typeset_close(flow->type);
    arena_release(arena);
}

Test(report_stations, tasks_and_stations) {
    struct arena arena = {0};
    struct flow flow = lay_out(&arena, make_study(&arena, 2, "vectors", false));
    cr_expect(eq(int, flow_faults(&flow), 0));
    cr_expect(flow_contains(&flow, "What a task takes and costs"));
    cr_expect(flow_contains(&flow, "$0.00123"));
    cr_expect(flow_contains(&flow, "98.76%"));
    cr_expect(flow_contains(&flow, "Stations cost $1.88K a month"));
    cr_expect(flow_contains(&flow, "3 x r7g.2xlarge"));
    cr_expect(flow_contains(&flow, "stated times"));
    finish(&arena, &flow);
}

Test(report_stations, a_target_that_is_missed) {
    struct arena arena = {0};
    struct flow flow = lay_out(&arena, make_study(&arena, 0, "", true));
    cr_expect(eq(int, flow_faults(&flow), 0));
    cr_expect(flow_contains(&flow, "Tasks miss their target"));
    cr_expect(not(flow_contains(&flow, "Stations cost")));
    finish(&arena, &flow);
}

Test(report_stations, many_with_long_names) {
    struct arena arena = {0};
    struct flow flow = lay_out(&arena, make_study(&arena, 40, LONG, false));
    cr_expect(eq(int, flow_faults(&flow), 0));
    finish(&arena, &flow);
}

Test(report_stations, no_flows_no_page) {
    struct arena arena = {0};
    struct fixture fixture = fixture_defaults();
    struct flow with = lay_out(&arena, make_study(&arena, 1, "s", false));
    struct flow without = lay_out(&arena, fixture_study(&arena, &fixture));
    cr_expect(eq(int, without.n_pages, with.n_pages - 1));
    typeset_close(with.type);
    finish(&arena, &without);
}
