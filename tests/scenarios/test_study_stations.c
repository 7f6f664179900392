/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stations of flows in whole small studies: what they cost by hand, that one which is too small
 * shows as waiting and makes tasks miss their target, that the plan does not know of them; and what
 * is wrong with them, told at its place. */
#include "study_memory.h"

#include <math.h>

/* A question is embedded by the workload itself and looked up at `station`. */
#define LOOKED_UP(slo, station)                                                                    \
    HEAD "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "       \
         "flow: { steps: [ { name: a, next: { b: 100% } }, { name: b, station: s } ], "            \
         "stations: [ " station " ] } }\n"                                                         \
         "    slo: " slo "\n"                                                                      \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"                                                              \
         "purchase: on_demand\n"
#define ROOMY "{ name: s, instance: c7g.xlarge, count: 2, service: 100ms, concurrency: 8 }"
#define SMALL "{ name: s, instance: c7g.xlarge, service: 4.5s, times: exponential }"

static bool noticed(const struct study *study, const char *id) {
    for (int i = 0; i < study->n_notices; i++)
        if (strcmp(study->notices[i].id, id) == 0)
            return true;
    return false;
}

static double rate_of(const struct study *study, int station) {
    return money_rate_usd(study->offers[study->stations[station].offer].on_demand.rate);
}

/* Two instances all month; nobody waits; the plan costs what it costs without any station. */
Test(study_stations, cost_their_hours_beside_the_plan) {
    struct arena arena = {0};
    struct study study, alone;
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){
                         .text = LOOKED_UP("{ latency: 500ms, share: 95%, task: 2s }", ROOMY)},
                     &study),
                 ""));
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){
                         .text = HEAD "workloads:\n" WORKLOAD(
                             "embed", "0.2 req/s", "[ { instance: g4dn.xlarge } ]") "purchase: "
                                                                                    "on_demand\n"},
                     &alone),
                 ""));
    const struct study_fleet *fleet = &study.recommended;
    double by_hand = 2 * rate_of(&study, 0) * 730;
    cr_expect(epsilon_eq(dbl, fleet->stations_usd_per_month, by_hand, 1e-6 * by_hand));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].usd_per_month, by_hand, 1e-6 * by_hand));
    cr_expect(epsilon_eq(dbl, fleet->bill_usd_per_month, alone.recommended.bill_usd_per_month,
                         1e-9 * fleet->bill_usd_per_month));
    cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study),
                         fleet->bill_usd_per_month + by_hand, 1e-6 * by_hand));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].latency_s[1], 0.1, 0.001));
    cr_expect(eq(dbl, fleet->stations[0].wait_p95_s, 0));
    cr_expect(eq(dbl, fleet->stations[0].rejected_per_month, 0));
    /* Each task calls both once; requests are those of the own model alone. */
    const struct study_tasks *tasks = &fleet->tasks[0];
    cr_expect(epsilon_eq(dbl, fleet->stations[0].calls_per_month, fleet->requests_per_month, 2));
    cr_expect(epsilon_eq(dbl, tasks->completed_per_month, fleet->requests_per_month, 2));
    cr_expect(epsilon_eq(dbl, tasks->usd_per_completed,
                         (fleet->bill_usd_per_month + by_hand) / tasks->completed_per_month, 1e-9));
    cr_expect(eq(dbl, tasks->attainment, 1));
    cr_expect(not(study_tasks_missed(&study, fleet)));
    cr_expect(not(noticed(&study, "station-too-small")));
    cr_expect(not(noticed(&study, "task-slo-missed")));
    arena_release(&arena);
}

/* One server that is busy nine tenths of the time: an M/M/1 whose stay is 45 s on average, of which
 * 95 % end within ln 20 x 45 s. Requests keep their target, tasks miss theirs. */
Test(study_stations, one_that_is_too_small_is_told) {
    struct arena arena = {0};
    struct study study;
    cr_assert(eq(str,
                 (char *)memory_study(
                     &arena,
                     (struct memory_run){
                         .text = LOOKED_UP("{ latency: 500ms, share: 95%, task: 30s }", SMALL)},
                     &study),
                 ""));
    const struct study_fleet *fleet = &study.recommended;
    double p95_s = log(20) * 45;
    cr_expect(epsilon_eq(dbl, fleet->stations[0].busy_share, 0.9, 0.02));
    cr_expect(epsilon_eq(dbl, fleet->stations[0].latency_s[1], p95_s, 0.2 * p95_s));
    cr_expect(gt(dbl, fleet->stations[0].wait_p95_s, 0.7 * p95_s));
    cr_expect(fleet->slo_met);
    cr_expect(study_tasks_missed(&study, fleet));
    cr_expect(lt(dbl, fleet->tasks[0].attainment, 0.7));
    cr_expect(noticed(&study, "station-too-small"));
    cr_expect(noticed(&study, "task-slo-missed"));
    cr_expect(strstr(study.headline, "tasks miss their target") != NULL, "%s", study.headline);
    arena_release(&arena);
}

/* Both sides of a split call the same station, which is neither of them. */
Test(study_stations, stand_beside_both_sides_of_a_rollout) {
    struct arena arena = {0};
    struct study study;
    const char *text =
        HEAD "workloads:\n"
             "  - name: embed\n"
             "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "
             "flow: { steps: [ { name: a, next: { b: 100% } }, { name: b, station: s } ], "
             "stations: [ " ROOMY " ] } }\n"
             "    slo: { latency: 500ms, share: 95% }\n"
             "    models: [ { use: bert-base } ]\n"
             "    run_on: [ { instance: g4dn.xlarge }, { instance: g5.xlarge } ]\n"
             "    rollout: { kind: ab, to: g5.xlarge, share: 30% }\n"
             "    regions: [us-east-1]\n"
             "purchase: on_demand\n";
    cr_assert(eq(str, (char *)memory_study(&arena, (struct memory_run){.text = text}, &study), ""));
    const struct replay_result *replay = &study.recommended.replays[0];
    cr_assert(eq(int, replay->n_groups, 3));
    cr_expect(replay->groups[1].aside);
    cr_expect(eq(i64, replay->groups[0].arrived + replay->groups[2].arrived, replay->arrived));
    cr_expect(eq(i64, replay->groups[1].arrived, replay->tasks.calls - replay->arrived));
    const struct study_side *sides = study.rollouts[0].sides;
    double n = (double)replay->arrived;
    cr_expect(eq(i64, sides[0].arrived + sides[1].arrived, replay->arrived));
    cr_expect(epsilon_eq(dbl, (double)sides[1].arrived, 0.3 * n, 5 * sqrt(0.21 * n)));
    arena_release(&arena);
}

/* A model of the catalogue at a station has the times that a candidate of that setup has. */
Test(study_stations, serve_models_as_candidates_do) {
    struct arena arena = {0};
    struct study study;
    const char *text = LOOKED_UP("{ latency: 500ms, share: 95% }",
                                 "{ name: s, instance: g4dn.xlarge, model: bert-base }");
    cr_assert(eq(
        str,
        (char *)memory_study(&arena, (struct memory_run){.text = text, .size_only = true}, &study),
        ""));
    cr_assert(eq(int, study.n_stations, 1));
    cr_expect(eq(int,
                 memcmp(&study.stations[0].service.batched, &study.candidates[0].service.batched,
                        sizeof study.stations[0].service.batched),
                 0));
    cr_expect(study.stations[0].offer != study.candidates[0].offer);
    arena_release(&arena);
}

static const struct {
    const char *text, *want;
} broken[] = {
    {LOOKED_UP("{ latency: 500ms }", "{ name: t, instance: c7g.xlarge, service: 1s }"),
     "there is no station 's'"},
    {LOOKED_UP("{ latency: 500ms }", ROOMY ", { name: t, instance: c7g.xlarge, service: 1s }"),
     "no step calls the station 't'"},
    {LOOKED_UP("{ latency: 500ms }", ROOMY ", " ROOMY), "two stations have the name 's'"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: c7g.xlarg, service: 1s }"),
     "unknown instance 'c7g.xlarg'"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: g4dn.xlarge, model: bert-bas }"),
     "unknown model 'bert-bas'"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: c7g.xlarge, model: llama-3.1-70b }"),
     "the station 's' cannot serve llama-3.1-70b on c7g.xlarge"},
    {LOOKED_UP("{ latency: 500ms }", "{ name: s, instance: c7g.xlarge }"), "model or service"},
    {LOOKED_UP("{ latency: 500ms }",
               "{ name: s, instance: c7g.xlarge, service: 1s, tensor_parallel: 2 }"),
     "stations that serve a model"},
    {LOOKED_UP("{ latency: 500ms }",
               "{ name: s, instance: g4dn.xlarge, model: bert-base, concurrency: 2 }"),
     "stations with times of service"},
    {LOOKED_UP("{ latency: 500ms }",
               "{ name: s, instance: c7g.xlarge, service: 1s, region: mars-north-1 }"),
     "mars-north-1"},
};

Test(study_stations, mistakes_have_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct study study;
        const char *told =
            memory_study(&arena, (struct memory_run){.text = broken[i].text}, &study);
        cr_expect(strstr(told, broken[i].want) != NULL, "case %zu: %s", i, told);
        cr_expect(strncmp(told, "t.yaml:", 7) == 0, "case %zu: %s", i, told);
        arena_release(&arena);
    }
}

/* The book knows the region, but no rate of the type there. */
Test(study_stations, one_without_a_price_is_a_mistake) {
    struct arena arena = {0};
    struct study study;
    const char *told = memory_study(
        &arena,
        (struct memory_run){
            .text = LOOKED_UP("{ latency: 500ms }",
                              "{ name: s, instance: c7g.xlarge, service: 1s, region: eu-west-1 }")},
        &study);
    cr_expect(strstr(told, "t.yaml:7:") == told, "%s", told);
    cr_expect(strstr(told, "the station 's' has no price") != NULL, "%s", told);
    arena_release(&arena);
}

/* An objective of tasks without tasks; and a flow that never calls the workload itself. */
Test(study_stations, tasks_need_a_flow_and_a_call) {
    struct arena arena = {0};
    struct study study;
    const char *told = memory_study(
        &arena,
        (struct memory_run){
            .text = HEAD
            "workloads:\n"
            "  - name: embed\n"
            "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens } }\n"
            "    slo: { latency: 500ms, task: 5s }\n"
            "    models: [ { use: bert-base } ]\n"
            "    run_on: [ { instance: g4dn.xlarge } ]\n"
            "    regions: [us-east-1]\n"},
        &study);
    cr_expect(strstr(told, "t.yaml:8:") == told, "%s", told);
    cr_expect(strstr(told, "workloads with demand.flow") != NULL, "%s", told);
    told = memory_study(
        &arena,
        (struct memory_run){
            .text = HEAD
            "workloads:\n"
            "  - name: embed\n"
            "    demand: { generate: { rate: 0.2 req/s, input: 64 tokens, output: 0 tokens }, "
            "flow: { steps: [ { name: a, station: s } ], stations: [ " ROOMY " ] } }\n"
            "    slo: { latency: 500ms }\n"
            "    models: [ { use: bert-base } ]\n"
            "    run_on: [ { instance: g4dn.xlarge } ]\n"
            "    regions: [us-east-1]\n"},
        &study);
    cr_expect(strstr(told, "t.yaml:7:") == told, "%s", told);
    cr_expect(strstr(told, "no step calls the workload's own models") != NULL, "%s", told);
    arena_release(&arena);
}
