/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances that fail and that are slow, in whole small studies of one instance: the number of
 * failures against renewal theory with a mutant, requests of a slow hour, and what is wrong, at its
 * place. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/study_faults.h"

#define ONE(slo)                                                                                   \
    HEAD "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }\n"    \
         "    slo: " slo "\n"                                                                      \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"
#define LOOSE ONE("{ latency: 500ms, share: 60%, over: week }")

static struct study study_of(struct arena *arena, const char *text) {
    struct study study;
    cr_assert(eq(str, (char *)memory_study(arena, (struct memory_run){.text = text}, &study), ""));
    return study;
}

/* Failures of the plan's one instance; without growth one week stands for all. */
static double failures_of(struct arena *arena, const char *text) {
    struct study study = study_of(arena, text);
    double failed = 0;
    cr_assert(eq(int, study.demand.n_weeks, 1));
    for (int p = 0; p < study.recommended.replays[0].n_pools; p++)
        failed += (double)study.recommended.replays[0].pools[p].failed;
    cr_assert(epsilon_eq(dbl, study.recommended.failed_instances_per_month,
                         failed * HOURS_PER_MONTH / HOURS_PER_WEEK, 1e-9 * (1 + failed)));
    return failed;
}

/* Lives of one hour on average from ready, then a boot of 180 s: a renewal process with mean 1.05 h
 * and standard deviation 1 h, so t / 1.05 renewals in t hours with variance t / 1.05^3 (Cox 1962).
 * Four standard deviations. */
static bool is_renewal(double failures, double mtbf_h) {
    double cycle = mtbf_h + 0.05;
    double deviation = sqrt(HOURS_PER_WEEK * mtbf_h * mtbf_h / pow(cycle, 3));
    return fabs(failures - HOURS_PER_WEEK / cycle) < 4 * deviation;
}

Test(study_faults, instances_fail_at_the_stated_rate) {
    struct arena arena = {0};
    double failures = failures_of(&arena, LOOSE "resilience: { mtbf: 1h }\n");
    cr_assert(is_renewal(failures, 1), "%g", failures);
    cr_assert(not(is_renewal(failures, 2))); /* the mutant: another rate */
    cr_assert(eq(dbl, failures_of(&arena, LOOSE), 0));
    arena_release(&arena);
}

/* The one instance takes a thousand times as long: what arrives in that hour is late. */
Test(study_faults, a_slow_instance_misses_the_target_while_it_is_slow) {
    struct arena arena = {0};
    struct study study = study_of(
        &arena, LOOSE "resilience: { slow: [ { hour: 34, lasts: 1h, slowdown: 1000 } ] }\n");
    struct study_slow sum = study_slow_hours(&study, 0);
    cr_assert(gt(i64, sum.arrived, 40));
    cr_assert(eq(i64, sum.good, 0));
    cr_assert(gt(i64, sum.all_good, (sum.all_arrived - sum.arrived) * 99 / 100));
    cr_assert(
        ne(ptr, strstr(study_slow_words(&arena, &study, 0), "0.00% within target in those"), NULL));
    cr_assert(has_notice(&study, "slow-instance"));
    study = study_of(&arena,
                     LOOSE "resilience: { slow: [ { hour: 34, lasts: 1h, slowdown: 1.01 } ] }\n");
    sum = study_slow_hours(&study, 0);
    cr_assert(eq(i64, sum.good, sum.arrived));
    arena_release(&arena);
}

/* 90 minutes touch two hours. */
Test(study_faults, hours_that_are_touched_count_whole) {
    struct arena arena = {0};
    struct study study = study_of(
        &arena, LOOSE "resilience: { slow: [ { hour: 34, lasts: 90min, slowdown: 1.01 } ] }\n");
    int64_t arrived = 0;
    for (int week = 0; week < study.demand.n_weeks; week++)
        arrived += study.recommended.replays[week].hours[34].arrived +
                   study.recommended.replays[week].hours[35].arrived;
    cr_assert(eq(i64, study_slow_hours(&study, 0).arrived, arrived));
    arena_release(&arena);
}

#define TWO                                                                                        \
    HEAD "workloads:\n" WORKLOAD("a", "0.02 req/s", "[ { instance: g4dn.xlarge } ]")               \
        WORKLOAD("b", "0.02 req/s", "[ { instance: g4dn.xlarge } ]")

Test(study_faults, mistakes_stand_where_they_are_made) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {LOOSE "resilience: { slow: [ { hour: 167, lasts: 2h, slowdown: 3 } ] }\n",
         "t.yaml:12:36 the replayed week of 168 hours is over before 'resilience.slow.lasts' is | "
         "begin earlier, or make it shorter\n"},
        {TWO "resilience: { slow: [ { hour: 3, lasts: 2h, slowdown: 3 } ] }\n",
         "t.yaml:18:23 'workload' is missing in 'resilience.slow': there are several workloads | "
         "write for example workload: chat\n"},
        {TWO "resilience: { slow: [ { workload: c, hour: 3, lasts: 2h, slowdown: 3 } ] }\n",
         "t.yaml:18:35 there is no workload 'c' | did you mean 'a'?\n"},
        {LOOSE "resilience: { slow: [ { hour: 3, lasts: 2h, slowdown: 0.5 } ] }\n",
         "t.yaml:12:55 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct study study;
        const char *got = memory_study(
            &arena, (struct memory_run){.text = cases[i].text, .size_only = true}, &study);
        cr_expect(eq(str, arena_strndup(&arena, got, strlen(cases[i].want)), (char *)cases[i].want),
                  "%s", got);
        arena_release(&arena);
    }
}
