/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scaling of a scenario: every key is read into its place in base units, defaults are those
 * that the reference states, and what does not fit together is told at its place in exact words. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "scenarios/scenario.h"

#define WORK                                                                                       \
    "headroom: 1\nname: x\nhorizon: { start: 2026-12-01 }\nworkloads:\n  - name: chat\n"           \
    "    demand: { trace: week.csv }\n    slo: { ttft: 500ms }\n"                                  \
    "    models: [ { use: llama-3.1-8b } ]\n    run_on: [ { instance: g5.2xlarge } ]\n"            \
    "    regions: [us-east-1]\n"

static struct scaling_spec read_good(struct arena *arena, const char *scaling) {
    struct scenario scenario = {0};
    struct err_list errs = {0};
    const char *text = arena_printf(arena, WORK "%s", scaling);
    bool fine = scenario_parse(arena, bytes_of(text), "s.yaml", &scenario, &errs);
    cr_assert(fine, "%d:%d %s", errs.items[0].line, errs.items[0].column, errs.items[0].what);
    return scenario.scaling;
}

static double seconds(sim_ticks ticks) {
    return ticks_seconds(ticks);
}

Test(scaling, is_the_schedule_and_one_boot_time_by_default) {
    struct arena arena = {0};
    struct scaling_spec s = read_good(&arena, "");
    cr_assert(eq(int, s.rules.policy, SCALING_SCHEDULE));
    cr_assert(not(s.parts));
    cr_assert(eq(int, s.ready.boot.kind, DELAY_FIXED));
    cr_assert(eq(dbl, s.ready.boot.value_s, 180));
    cr_assert(eq(str, (char *)s.assumed, ""));
    s = read_good(&arena, "scaling: { boot: { median: 100s, sigma: 0.5 } }\n");
    cr_assert(eq(int, s.ready.boot.kind, DELAY_LOGNORMAL));
    cr_assert(eq(dbl, s.ready.boot.value_s, 100));
    cr_assert(eq(dbl, s.ready.boot.sigma, 0.5));
    arena_release(&arena);
}

Test(scaling, tracks_with_defaults) {
    struct arena arena = {0};
    struct scaling_spec s = read_good(&arena, "scaling: { policy: target_tracking }\n");
    cr_assert(eq(int, s.rules.policy, SCALING_TARGET_TRACKING));
    cr_assert(eq(int, s.rules.metric, SCALING_CONCURRENCY));
    cr_assert(eq(int, s.unit, SCALING_SHARE));
    cr_assert(eq(dbl, s.target, 0.7));
    cr_assert(eq(dbl, s.rules.tolerance, 0.1));
    cr_assert(eq(dbl, seconds(s.rules.interval), 15));
    cr_assert(eq(dbl, seconds(s.rules.stabilisation), 300));
    cr_assert(eq(dbl, seconds(s.rules.cooldown_out + s.rules.cooldown_in), 0));
    cr_assert(eq(i64, s.rules.scale_to_zero_after, 0));
    cr_assert(eq(int, s.rules.min, 1));
    cr_assert(not(s.max_given));
    cr_assert(eq(int, s.rules.out.instances + s.rules.in.instances, 0));
    arena_release(&arena);
}

Test(scaling, every_key_is_read) {
    struct arena arena = {0};
    struct scaling_spec s = read_good(
        &arena,
        "scaling: { policy: step, metric: queue_length, target_requests: 8, tolerance: 5%,\n"
        "  steps: [ { at: 150%, add_share: 50% }, { at: 20%, remove: 1 }, { at: 300%, add_share: "
        "200% } ],\n"
        "  min: 2, max: 9, interval: 30s, cooldown_out: 2min, cooldown_in: 4min,\n"
        "  stabilisation: 0s, scale_to_zero_after: 15min, add_per_minute: 4,\n"
        "  add_share_per_minute: 100%, remove_per_minute: 1, remove_share_per_minute: 10%,\n"
        "  ready: parts, boot: 50s, image: { quantiles: { 0: 1min, 0.5: 2min, 1: 6min } },\n"
        "  warm_up: { median: 30s }, resume: 9s, load_bandwidth: 10 GB/s,\n"
        "  instance_bandwidth: 16 Gbit/s, warm_pool: 3 }\n");
    cr_assert(eq(int, s.rules.policy, SCALING_STEP));
    cr_assert(eq(int, s.rules.metric, SCALING_QUEUE_LENGTH));
    cr_assert(eq(int, s.unit, SCALING_REQUESTS));
    cr_assert(eq(dbl, s.target, 8));
    cr_assert(eq(dbl, s.rules.tolerance, 0.05));
    cr_assert(eq(int, s.rules.n_steps, 3));
    cr_assert(s.rules.steps[0].in);
    cr_assert(not(s.rules.steps[0].percent));
    cr_assert(eq(dbl, s.rules.steps[0].value, 0.2));
    cr_assert(eq(dbl, s.rules.steps[0].change, 1));
    cr_assert(not(s.rules.steps[1].in));
    cr_assert(s.rules.steps[1].percent);
    cr_assert(eq(dbl, s.rules.steps[2].change, 2));
    cr_assert(eq(int, s.rules.min * 100 + s.rules.max, 209));
    cr_assert(eq(dbl, seconds(s.rules.interval), 30));
    cr_assert(eq(dbl, seconds(s.rules.cooldown_out), 120));
    cr_assert(eq(dbl, seconds(s.rules.cooldown_in), 240));
    cr_assert(eq(dbl, seconds(s.rules.stabilisation), 0));
    cr_assert(eq(dbl, seconds(s.rules.scale_to_zero_after), 900));
    cr_assert(eq(int, s.rules.out.instances, 4));
    cr_assert(eq(dbl, s.rules.out.share, 1));
    cr_assert(eq(int, s.rules.in.instances, 1));
    cr_assert(eq(dbl, s.rules.in.share, 0.1));
    cr_assert(s.parts);
    cr_assert(eq(dbl, s.ready.boot.value_s, 50));
    cr_assert(eq(int, s.ready.pull.kind, DELAY_TABLE));
    cr_assert(eq(dbl, s.ready.pull.seconds[1], 120));
    cr_assert(eq(dbl, s.ready.warm_up.value_s, 30));
    cr_assert(eq(dbl, s.ready.warm_up.sigma, 0.5));
    cr_assert(eq(dbl, s.ready.resume.value_s, 9));
    cr_assert(eq(i64, s.link.bytes_per_s, 10000000000));
    cr_assert(eq(i64, s.link.instance_bytes_per_s, 2000000000));
    cr_assert(eq(int, s.ready.warm_pool, 3));
    cr_assert(eq(str, (char *)s.assumed, ""));
    arena_release(&arena);
}

/* What is not said of the parts is taken from published figures, and named. */
Test(scaling, parts_have_defaults_that_are_named) {
    struct arena arena = {0};
    struct scaling_spec s = read_good(&arena, "scaling: { ready: parts, image: 2min }\n");
    cr_assert(eq(dbl, s.ready.boot.value_s, 40));
    cr_assert(eq(dbl, s.ready.pull.value_s, 120));
    cr_assert(eq(dbl, s.ready.warm_up.value_s, 60));
    cr_assert(eq(i64, s.link.instance_bytes_per_s, 1200000000));
    cr_assert(eq(i64, s.link.bytes_per_s, 0));
    cr_assert(
        eq(str, (char *)s.assumed, "boot 40 s, weights at 1.2 GB/s an instance, warm-up 60 s"));
    arena_release(&arena);
}

/* clang-format off */
static const struct {
    const char *scaling, *want;
} cases[] = {
    {"scaling: { policy: sometimes }\n",
     "11:20+9 'scaling.policy' cannot be 'sometimes' | choices: schedule, target_tracking, step, predictive\n"},
    {"scaling: { target: 60%, min: 2 }\n",
     "11:12+6 'scaling.target' is for the policies target_tracking, step and predictive only | take it out\n"
     "11:25+3 'scaling.min' is for the policies target_tracking, step and predictive only | take it out\n"},
    {"scaling: { policy: target_tracking, metric: queue_length }\n",
     "11:1+7 'target_requests' is missing in 'scaling': metric queue_length needs it | write for example target_requests: 12\n"},
    {"scaling: { policy: target_tracking, metric: kv_use, target_requests: 4 }\n",
     "11:53+15 'scaling.target_requests' is for the metrics concurrency and queue_length only | take it out\n"},
    {"scaling: { policy: target_tracking, metric: tokens_in_flight, target: 60%, target_tokens: 9K tokens }\n",
     "11:63+6 'scaling.target' is for the metrics utilisation, concurrency and kv_use only | take it out\n"},
    {"scaling: { policy: target_tracking, target: 60%, target_requests: 9 }\n",
     "11:50+15 'scaling' has both 'target' and 'target_requests' | keep one of target or target_requests\n"},
    {"scaling: { policy: target_tracking, min: 4, max: 3 }\n",
     "11:45+3 'scaling' has a min of 4 above its max of 3 | swap them or take one out\n"},
    {"scaling: { policy: step }\n",
     "11:1+7 'steps' is missing in 'scaling': policy step needs them | write for example steps: [ { at: 120% } ]\n"},
    {"scaling: { policy: predictive, steps: [ { at: 120%, add: 1 } ] }\n",
     "11:32+5 'scaling.steps' is for policy step only | take it out\n"},
    {"scaling: { policy: step, steps: [ { at: 120% } ] }\n",
     "11:35+1 'scaling.steps' has none of add, add_share, remove or remove_share | add one of add, add_share, remove or remove_share\n"},
    {"scaling: { policy: step, steps: [ { at: 80%, remove: 1 }, { at: 60%, add: 1 } ] }\n",
     "11:26+5 steps must rise by value, those that remove below those that add | \n"},
    {"scaling: { policy: step, steps: [ { at: 120%, add: 1 }, { at: 150%, add_share: 50% } ] }\n",
     "11:26+5 steps one way are all in instances or all in percent | \n"},
    {"scaling: { image: 2min, warm_pool: 1 }\n",
     "11:12+5 'scaling.image' is for ready: parts only | take it out\n"
     "11:25+9 'scaling.warm_pool' is for ready: parts only | take it out\n"},
    {"scaling: { boot: { sigma: 0.2 } }\n",
     "11:12+4 'scaling.boot' has none of median or quantiles | add one of median or quantiles\n"},
    {"scaling: { boot: { quantiles: { 0: 2min, 1: 1min } } }\n",
     "11:45+4 durations of quantiles never fall | a larger share cannot be shorter\n"},
};
/* clang-format on */

static const char *mistakes_of(struct arena *arena, const char *scaling) {
    struct scenario scenario;
    struct err_list errs = {0};
    struct text out = {.arena = arena};
    const char *text = arena_printf(arena, WORK "%s", scaling);
    text_append_string(&out, "");
    scenario_parse(arena, bytes_of(text), "s.yaml", &scenario, &errs);
    for (int i = 0; i < errs.n; i++)
        text_printf(&out, "%d:%d+%d %s | %s\n", errs.items[i].line, errs.items[i].column,
                    errs.items[i].length, errs.items[i].what, errs.items[i].hint);
    return out.data;
}

Test(scaling, mistakes_are_told_at_their_place) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        const char *got = mistakes_of(&arena, cases[i].scaling);
        cr_expect(eq(str, (char *)got, (char *)cases[i].want), "case %d", (int)i);
        arena_release(&arena);
    }
}
