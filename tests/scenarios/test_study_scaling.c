/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a scenario's scaling to one pool: targets in the metric's own unit by Little's law, plan,
 * past and peak by hand, the weights that a launch loads, and a metric that the replicas do not
 * have, told at its line before anything is simulated. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/study_scaling.h"
#include "sim/datasheet.h"

#define CHAT                                                                                       \
    "workloads:\n"                                                                                 \
    "  - name: chat\n"                                                                             \
    "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 8 tokens } }\n"         \
    "    slo: { ttft: 5s, share: 90% }\n"                                                          \
    "    models: [ { use: llama-3.2-1b } ]\n"                                                      \
    "    run_on: [ { instance: g5.xlarge }, { instance: g6.xlarge } ]\n"                           \
    "    regions: [us-east-1]\n"

static struct study sized(struct arena *arena, const char *text) {
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.text = text, .size_only = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* One pool of candidate 0 that the plan runs on 2 instances by night and 5 from hour 8 to 19. */
static const struct autoscaler *scaler(struct arena *arena, const struct study *study) {
    int32_t *instances = arena_new(arena, int32_t, HOURS_PER_WEEK);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        instances[h] = h % 24 >= 8 && h % 24 < 20 ? 5 : 2;
    struct pool *pools = arena_new(arena, struct pool, 1);
    pools[0].instances = instances;
    const int candidates[] = {0};
    const struct autoscaler *a = study_autoscaler(arena, study, pools, candidates, 1, 0, 0);
    struct err err = {0};
    cr_assert(a == NULL || autoscaler_check(a, &err), "%s", err.what);
    return a;
}

/* rate x mean latency at capacity are the requests that a replica holds there. */
Test(study_scaling, concurrency_in_percent_is_of_the_capacity) {
    struct arena arena = {0};
    struct study study = sized(&arena, HEAD CHAT "scaling: { policy: target_tracking }\n");
    const struct autoscaler *a = scaler(&arena, &study);
    const struct capacity_point *full = capacity_best_point(&study.capacities[0]);
    double held = full->rate_per_second / full->replicas * full->latency_mean_s;
    cr_assert(gt(dbl, held, 0));
    cr_assert(epsilon_eq(dbl, a->target, 0.7 * held, 1e-9 * held));
    cr_assert(gt(dbl, full->latency_mean_s, full->latency_p50_s / 2));
    cr_assert(lt(dbl, full->latency_mean_s, full->latency_p99_s));
    cr_assert(eq(int, a->min, 1));
    cr_assert(eq(int, a->max, 5)); /* the plan's peak */
    cr_assert(eq(i64, a->lead, 180 * TICKS_PER_SECOND));
    cr_assert(eq(str, (char *)study_scaling_words(&arena, &study),
                 "target_tracking, concurrency at 70%"));
    arena_release(&arena);
}

Test(study_scaling, other_targets_are_as_stated) {
    struct arena arena = {0};
    struct study study =
        sized(&arena, HEAD CHAT "scaling: { policy: target_tracking, metric: kv_use, "
                                "target: 80%, min: 3, max: 40 }\n");
    const struct autoscaler *a = scaler(&arena, &study);
    cr_assert(eq(dbl, a->target, 0.8));
    cr_assert(eq(int, a->min * 100 + a->max, 340));
    study = sized(&arena, HEAD CHAT "scaling: { policy: step, metric: queue_length, "
                                    "target_requests: 6, steps: [ { at: 150%, add: 2 }, "
                                    "{ at: 50%, remove: 1 } ] }\n");
    a = scaler(&arena, &study);
    cr_assert(eq(dbl, a->target, 6));
    cr_assert(eq(dbl, a->steps[0].value, 3));
    cr_assert(eq(dbl, a->steps[1].value, 9));
    cr_assert(eq(str, (char *)study_scaling_words(&arena, &study),
                 "step, queue_length at 6 requests a replica"));
    arena_release(&arena);
}

/* Past weeks: the mean rate of the hour over 70 % of what an instance carries. */
Test(study_scaling, predicts_from_the_traffic) {
    struct arena arena = {0};
    struct study study = sized(&arena, HEAD CHAT "scaling: { policy: predictive }\n");
    const struct autoscaler *a = scaler(&arena, &study);
    double carried = capacity_best_rate_per_replica(&study.capacities[0]);
    cr_assert(eq(int, a->n_past_hours, HOURS_PER_WEEK));
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        cr_assert(
            epsilon_eq(dbl, a->past[h], study.demand.rate_per_second[h] / (0.7 * carried), 1e-9));
    cr_assert(eq(int, a->planned[8], 5));
    arena_release(&arena);
}

/* A schedule whose launches always take the same is the plan as it was; one whose launches vary is
 * followed ahead by the mean: 1e6 s x e^(0.2^2 / 2) would be late for half of them. */
Test(study_scaling, a_schedule_looks_ahead_when_launches_vary) {
    struct arena arena = {0};
    struct study study = sized(&arena, HEAD CHAT);
    cr_assert(eq(ptr, (void *)scaler(&arena, &study), NULL));
    cr_assert(eq(ptr, (void *)study_ready_delay(&arena, &study, 0), NULL));
    cr_assert(not(study_scaling_shows(&study)));
    study = sized(&arena, HEAD CHAT "scaling: { boot: { median: 100s, sigma: 0.2 } }\n");
    const struct autoscaler *a = scaler(&arena, &study);
    cr_assert(eq(int, a->policy, SCALING_SCHEDULE));
    cr_assert(epsilon_eq(dbl, ticks_seconds(a->lead), 100 * exp(0.02), 1e-6));
    cr_assert(study_scaling_shows(&study));
    arena_release(&arena);
}

/* 40 s + 5 min + weights at 1.2 GB/s + 60 s; weights by the catalogue. */
Test(study_scaling, launches_load_the_weights_of_their_model) {
    struct arena arena = {0};
    struct study study = sized(&arena, HEAD CHAT "scaling: { ready: parts }\n");
    const struct ready_delay *ready = study_ready_delay(&arena, &study, 0);
    const struct model *model = catalog_model(&study.catalog, bytes_of("llama-3.2-1b"));
    double bytes = datasheet_weight_bytes(model, PRECISION_BF16);
    cr_assert(eq(i64, ready->weight_bytes, (int64_t)bytes));
    cr_assert(
        epsilon_eq(dbl, ticks_seconds(scaler(&arena, &study)->lead), 400 + bytes / 1.2e9, 1e-6));
    cr_assert(has_notice(&study, "assumed-ready-delay"));
    arena_release(&arena);
}

Test(study_scaling, a_metric_that_the_replicas_lack_is_told) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {HEAD EMBED "scaling: { policy: target_tracking, metric: kv_use }\n",
         "t.yaml:12:45 the replicas of g4dn.xlarge for 'embed' have no kv_use | they have "
         "utilisation, concurrency, queue_length\n"},
        {HEAD EMBED "scaling: { policy: predictive, metric: tokens_in_flight, target_tokens: 9K "
                    "tokens }\n",
         "t.yaml:12:40 the replicas of g4dn.xlarge for 'embed' have no tokens_in_flight | they "
         "have utilisation, concurrency, queue_length\n"},
        {HEAD EMBED "scaling: { policy: target_tracking, metric: queue_length, target_requests: 4 "
                    "}\n",
         ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(
            &arena, (struct memory_run){.text = cases[i].text, .size_only = true}, &study);
        cr_expect(eq(str, (char *)got, (char *)cases[i].want), "case %d", (int)i);
        arena_release(&arena);
    }
}

/* --- of one workload --- */

#define TWO(scaling)                                                                               \
    HEAD "workloads:\n" WORKLOAD(                                                                  \
        "a", "0.02 req/s",                                                                         \
        "[ { instance: g4dn.xlarge } ]") "    scaling: " scaling                                   \
                                         "\n" WORKLOAD("b", "0.02 req/s",                          \
                                                       "[ { instance: g4dn.xlarge } ]")

Test(study_scaling, a_workload_has_its_own) {
    struct arena arena = {0};
    struct study study = sized(
        &arena,
        TWO("{ min: 2, max: 7 }") "scaling: { policy: target_tracking, target: 60%, max: 40 }\n");
    const struct scaling_spec *own = study.scenario.own_scaling;
    cr_assert(eq(int, own[0].rules.min * 100 + own[0].rules.max, 207));
    cr_assert(eq(dbl, own[0].target, 0.6));
    cr_assert(eq(int, own[1].rules.min * 100 + own[1].rules.max, 140));
    cr_assert(eq(int, scaler(&arena, &study)->max, 7)); /* candidate 0 is a's */
    study =
        sized(&arena, TWO("{ policy: schedule }") "scaling: { policy: target_tracking, max: 40, "
                                                  "boot: 5min }\n");
    own = study.scenario.own_scaling;
    cr_assert(eq(int, own[0].rules.policy, SCALING_SCHEDULE));
    cr_assert(eq(dbl, delay_quantile_s(&own[0].ready.boot, 0.5), 300));
    cr_assert(eq(int, own[1].rules.policy, SCALING_TARGET_TRACKING));
    cr_assert(eq(str, (char *)study_scaling_words(&arena, &study),
                 "target_tracking, concurrency at 70%; a: schedule"));
    study =
        sized(&arena, TWO("{ policy: target_tracking, metric: queue_length, target_requests: 4 }"));
    cr_assert(study_scaling_shows(&study));
    cr_assert(eq(dbl, study.scenario.own_scaling[0].target, 4));
    cr_assert(eq(int, study.scenario.own_scaling[1].rules.policy, SCALING_SCHEDULE));
    arena_release(&arena);
}

Test(study_scaling, what_is_wrong_with_its_own_is_told_there) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {TWO("{ min: 50 }") "scaling: { policy: target_tracking, max: 40 }\n",
         "t.yaml:19:37 'scaling' has a min of 50 above its max of 40 | swap them or take one "
         "out\n"},
        {TWO("{ policy: target_tracking, metric: kv_use }"),
         "t.yaml:12:49 the replicas of g4dn.xlarge for 'a' have no kv_use | they have utilisation, "
         "concurrency, queue_length\n"},
        {TWO("{ min: 3 }"),
         "t.yaml:12:16 'scaling.min' is for the policies target_tracking, step and predictive only "
         "| take it out\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(
            &arena, (struct memory_run){.text = cases[i].text, .size_only = true}, &study);
        cr_expect(eq(str, (char *)got, (char *)cases[i].want), "case %d", (int)i);
        arena_release(&arena);
    }
}
