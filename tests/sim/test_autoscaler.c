/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Autoscaler: step responses by hand for every policy and every knob, a constant load that settles,
 * more load never asks for fewer, and what is refused. A closed loop (instances ready after a
 * delay, load spread over them) plays the fleet. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "sim/autoscaler.h"
#include "sim/traffic.h"

static struct autoscaler tracking(double target) {
    struct autoscaler a = autoscaler_defaults(SCALING_TARGET_TRACKING);
    a.metric = SCALING_CONCURRENCY;
    a.target = target;
    a.min = 1;
    a.max = 100;
    a.tolerance = 0;
    a.stabilisation = 0;
    return a;
}

static struct autoscaler_state *open_checked(struct arena *arena, const struct autoscaler *a,
                                             int32_t start) {
    struct err err = {0};
    cr_assert(autoscaler_check(a, &err), "%s", err.what);
    return autoscaler_open(arena, a, start);
}

/* One line of a script: at this second, with so much of the metric on so many ready instances, so
 * many are wanted. ready < 0: as many as the last decision; value < 0: idle. */
struct line {
    double at_s;
    int32_t ready;
    double value;
    int32_t wanted;
};

static void play(const struct autoscaler *a, int32_t start, const struct line *lines, int n) {
    struct arena arena = {0};
    struct autoscaler_state *state = open_checked(&arena, a, start);
    for (int i = 0; i < n; i++) {
        int32_t ready = lines[i].ready < 0 ? autoscaler_current(state) : lines[i].ready;
        double value = fmax(lines[i].value, 0);
        struct autoscaler_observation seen = {ready, value, ready == 0 ? (int64_t)value : 0,
                                              lines[i].value < 0};
        int32_t wanted = autoscaler_decide(state, ticks_from_seconds(lines[i].at_s), &seen);
        cr_assert(eq(i32, wanted, lines[i].wanted), "line %d", i);
        cr_assert(eq(i32, autoscaler_current(state), wanted));
    }
    arena_release(&arena);
}

#define PLAY(a, start, ...)                                                                        \
    do {                                                                                           \
        const struct line lines[] = {__VA_ARGS__};                                                 \
        play(&(a), (start), lines, (int)(sizeof lines / sizeof lines[0]));                         \
    } while (0)

/* Target 10 requests an instance: ceil(sum / 10), whatever is still booting. */
Test(autoscaler, tracks_its_target) {
    struct autoscaler a = tracking(10);
    PLAY(a, 1, {0, 1, 10, 1}, {15, 1, 35, 4}, {30, 1, 35, 4}, {45, 4, 41, 5}, {60, 5, 12, 2},
         {75, 2, 0, 1}, {90, 1, 5000, 100});
}

/* HPA: nothing moves while sum / (current * target) is within 1 +- 0.1: at 4 instances from 36 to
 * 44; 45 gives ceil(4.5), 35 gives ceil(3.5) = 4, 30 gives 3. */
Test(autoscaler, tolerates_what_is_near) {
    struct autoscaler a = tracking(10);
    a.tolerance = 0.1;
    PLAY(a, 4, {0, 4, 44, 4}, {15, 4, 36, 4}, {30, 4, 35, 4}, {45, 4, 45, 5}, {60, 5, 45, 5},
         {75, 5, 44, 5}, {90, 5, 30, 3});
}

/* Utilisation 0.7 a instance: with nothing ready there is nothing to see; requests that wait start
 * one, and what boots is not given up. */
Test(autoscaler, holds_when_it_sees_nothing) {
    struct autoscaler a = tracking(0.7);
    a.metric = SCALING_UTILISATION;
    PLAY(a, 3, {0, 3, 3, 5}, {15, 0, 0, 5}, {30, 0, 9, 5}, {45, 5, 2.1, 3});
}

/* HPA: the highest wish of the last 300 s; wishes of 300 s ago are forgotten. A rise is at once. */
Test(autoscaler, falls_to_the_highest_wish_of_the_window) {
    struct autoscaler a = tracking(10);
    a.stabilisation = 300 * TICKS_PER_SECOND;
    PLAY(a, 1, {0, -1, 80, 8}, {60, -1, 20, 8}, {120, -1, 50, 8}, {299, -1, 10, 8},
         {300, -1, 10, 5}, {360, -1, 90, 9}, {420, -1, 10, 9}, {659, -1, 10, 9}, {660, -1, 10, 1});
}

/* AWS: after a rise at 0 s no rise before 120 s, after a fall no fall before 180 s; a rise ends the
 * cooldown of a fall; a rise does not stop a fall. */
Test(autoscaler, waits_between_changes) {
    struct autoscaler a = tracking(10);
    a.cooldown_out = 120 * TICKS_PER_SECOND;
    a.cooldown_in = 180 * TICKS_PER_SECOND;
    PLAY(a, 2, {0, -1, 30, 3}, {60, -1, 60, 3}, {119, -1, 60, 3}, {120, -1, 60, 6},
         {130, -1, 30, 3}, {140, -1, 10, 3}, {240, -1, 40, 4}, {250, -1, 20, 2}, {420, -1, 10, 2},
         {430, -1, 10, 1});
}

/* HPA policies of 60 s, the larger of 2 instances and 50 %: from 2 to 4 (2 + 2 against 3), then
 * nothing until the minute is over, then 4 + 2, then 9 = ceil(6 x 1.5). In: the larger fall of 1
 * and 25 %: 20 -> 15, and 14 a minute later is 15 - 1 against floor(11.25) = 11. */
Test(autoscaler, changes_no_faster_than_its_rates) {
    struct autoscaler a = tracking(10);
    a.out = (struct autoscaler_rate){2, 0.5};
    a.in = (struct autoscaler_rate){1, 0.25};
    PLAY(a, 2, {0, -1, 500, 4}, {30, -1, 500, 4}, {60, -1, 500, 6}, {120, -1, 500, 9},
         {150, -1, 500, 9});
    PLAY(a, 20, {0, -1, 20, 15}, {59, -1, 20, 15}, {60, -1, 20, 11}, {120, -1, 20, 8});
    a.in = (struct autoscaler_rate){1, 0};
    PLAY(a, 20, {0, -1, 20, 19}, {30, -1, 20, 19}, {61, -1, 20, 18});
}

Test(autoscaler, stays_between_min_and_max) {
    struct autoscaler a = tracking(10);
    a.min = 2;
    a.max = 5;
    PLAY(a, 1, {0, -1, 0, 2}, {15, -1, 49, 5}, {30, -1, 51, 5}, {45, -1, 1000, 5}, {60, -1, 5, 2});
}

/* KEDA: 600 s after the last request none; the first request brings back the least. Rates,
 * cooldowns and the window do not hold back the way to zero. */
Test(autoscaler, scales_to_zero_and_back) {
    struct autoscaler a = tracking(10);
    a.min = 2;
    a.scale_to_zero_after = 600 * TICKS_PER_SECOND;
    a.stabilisation = 3600 * TICKS_PER_SECOND;
    a.cooldown_in = 3600 * TICKS_PER_SECOND;
    a.in = (struct autoscaler_rate){1, 0};
    PLAY(a, 3, {0, 3, 30, 3}, {60, 3, -1, 3}, {599, 3, -1, 3}, {600, 3, -1, 0}, {900, 0, -1, 0},
         {915, 0, 1, 2}, {930, 0, 1, 2}, {1530, 2, -1, 0});
    a.scale_to_zero_after = 0;
    PLAY(a, 3, {0, 3, 30, 3}, {100000, 3, -1, 2});
}

static const struct autoscaler_step in_counts[] = {
    {true, 2, false, 2}, {true, 4, false, 1}, {false, 8, false, 1}, {false, 12, false, 3}};
static const struct autoscaler_step percents[] = {{true, 4, true, 0.3}, {false, 8, true, 0.3}};

static struct autoscaler stepping(const struct autoscaler_step *steps, int n) {
    struct autoscaler a = tracking(1);
    a.policy = SCALING_STEP;
    a.n_steps = n;
    a.steps = steps;
    return a;
}

/* Mean per ready instance: 8 and more +1, 12 and more +3, 4 and less -1, 2 and less -2; both ends
 * belong to their step. */
Test(autoscaler, steps_by_thresholds) {
    struct autoscaler a = stepping(in_counts, 4);
    PLAY(a, 5, {0, 5, 39.9, 5}, {15, 5, 40, 6}, {30, 6, 72, 9}, {45, 9, 37, 9}, {60, 9, 36, 8},
         {75, 8, 16, 6}, {90, 6, 6, 4}, {105, 4, 0, 2}, {120, 2, 0, 1}, {135, 0, 0, 1});
}

/* AWS: percents round towards zero, but to one at least: 30 % of 1, 2 (0.3, 0.6) are 1, of 13 (3.9)
 * are 3. */
Test(autoscaler, rounds_percents_like_aws) {
    struct autoscaler a = stepping(percents, 2);
    PLAY(a, 1, {0, 1, 9, 2}, {15, 2, 18, 3});
    PLAY(a, 13, {0, 13, 130, 16}, {15, 16, 16, 12}, {30, 12, 12, 9});
}

/* AWS: a step of 1 at 0 s; in its cooldown the same step adds nothing, a step of 3 adds the 2 that
 * are missing; after it the count starts anew. */
Test(autoscaler, a_larger_step_counts_the_smaller_one) {
    struct autoscaler a = stepping(in_counts, 4);
    a.cooldown_out = 300 * TICKS_PER_SECOND;
    PLAY(a, 4, {0, 4, 32, 5}, {60, 4, 32, 5}, {120, 4, 60, 7}, {180, 4, 60, 7}, {419, 7, 63, 7},
         {420, 7, 63, 8});
}

/* The plan of the hour, or of 10 minutes ahead if that is more: up early, down on the hour. */
Test(autoscaler, follows_the_schedule) {
    const int32_t planned[] = {2, 5, 0, 1};
    struct autoscaler a = autoscaler_defaults(SCALING_SCHEDULE);
    a.planned = planned;
    a.n_hours = 4;
    a.lead = 600 * TICKS_PER_SECOND;
    PLAY(a, 2, {0, -1, 0, 2}, {2999, -1, 900, 2}, {3000, -1, 0, 5}, {7199, -1, 0, 5},
         {7200, -1, 900, 0}, {10199, -1, 900, 0}, {10200, -1, 0, 1}, {99999, -1, 0, 1});
}

/* Past weeks asked for 3 and 5 instances in hour 1 (mean 4), the plan for 2 throughout; the load
 * alone would be 1, in the end 6. */
Test(autoscaler, predicts_from_past_weeks_and_the_plan) {
    double past[2 * HOURS_PER_WEEK] = {[1] = 3, [HOURS_PER_WEEK + 1] = 5};
    const int32_t planned[] = {2};
    struct autoscaler a = tracking(10);
    a.policy = SCALING_PREDICTIVE;
    a.planned = planned;
    a.n_hours = 1;
    a.past = past;
    a.n_past_hours = 2 * HOURS_PER_WEEK;
    a.lead = 300 * TICKS_PER_SECOND;
    PLAY(a, 1, {0, -1, 10, 2}, {3299, -1, 10, 2}, {3300, -1, 10, 4}, {7199, -1, 10, 4},
         {7200, -1, 10, 2}, {7300, -1, 60, 6});
}

/* What it has seen itself is a past week too: 70 requests at target 10 in hour 2 of the first week
 * are 7 instances in hour 2 of the second, asked for 300 s ahead. */
Test(autoscaler, learns_its_own_week) {
    struct arena arena = {0};
    struct autoscaler a = tracking(10);
    a.policy = SCALING_PREDICTIVE;
    a.lead = 300 * TICKS_PER_SECOND;
    struct autoscaler_state *state = open_checked(&arena, &a, 1);
    for (int minute = 0; minute < (HOURS_PER_WEEK + 3) * 60; minute++) {
        int hour = minute / 60;
        struct autoscaler_observation seen = {autoscaler_current(state), hour == 2 ? 70 : 10, 0,
                                              false};
        int32_t wanted = autoscaler_decide(state, minute * 60 * TICKS_PER_SECOND, &seen);
        bool early = minute >= (HOURS_PER_WEEK + 2) * 60 - 5;
        cr_assert(eq(i32, wanted, hour == 2 || early ? 7 : 1), "minute %d", minute);
    }
    arena_release(&arena);
}

/* --- a closed loop --- */

/* A load that stays: after the delay and the window the count never moves again, and it is what the
 * target asks for. Launches are ready 180 s later. */
static int changes_at_constant_load(const struct autoscaler *a, double load, int32_t *last) {
    enum { TICKS = 2000, DELAY = 12 };
    struct arena arena = {0};
    struct autoscaler_state *state = open_checked(&arena, a, 1);
    int32_t wanted[TICKS] = {1};
    int changes = 0;
    for (int i = 1; i < TICKS; i++) {
        int32_t ready = wanted[i - 1]; /* the least since DELAY: those launched then serve now */
        for (int j = i - DELAY; j < i; j++)
            ready = j >= 0 && wanted[j] < ready ? wanted[j] : ready;
        double each = load / ready;
        double value = a->metric == SCALING_UTILISATION ? ready * fmin(each, 1) : load;
        struct autoscaler_observation seen = {ready, value, 0, false};
        wanted[i] = autoscaler_decide(state, i * a->interval, &seen);
        changes += i > TICKS / 2 && wanted[i] != wanted[i - 1];
    }
    *last = wanted[TICKS - 1];
    arena_release(&arena);
    return changes;
}

Test(autoscaler, a_constant_load_settles) {
    for (int i = 1; i < 200; i++) {
        struct autoscaler a = autoscaler_defaults(SCALING_TARGET_TRACKING);
        int32_t last;
        a.target = 0.7;
        a.min = 1;
        a.max = 1000;
        cr_assert(eq(int, changes_at_constant_load(&a, i * 0.173, &last), 0), "load %d", i);
        cr_assert(ge(i32, last, (int32_t)ceil(i * 0.173 / 0.7 / 1.1 - 1e-9)));
        a.metric = SCALING_CONCURRENCY;
        cr_assert(eq(int, changes_at_constant_load(&a, i * 0.173, &last), 0), "load %d", i);
        struct autoscaler step = stepping(in_counts, 4);
        step.metric = SCALING_CONCURRENCY;
        step.cooldown_out = 300 * TICKS_PER_SECOND;
        step.max = 1000;
        cr_assert(eq(int, changes_at_constant_load(&step, i * 2.3, &last), 0), "step %d", i);
    }
}

/* The check above must be able to fail: a step in at 7 below a step out at 8 flaps between 2 and 1
 * instances at a load of 14 (14 each, then 7 each). */
Test(autoscaler, thresholds_too_near_flap) {
    const struct autoscaler_step near[] = {{true, 7, false, 1}, {false, 8, false, 1}};
    struct autoscaler a = stepping(near, 2);
    int32_t last;
    cr_assert(gt(int, changes_at_constant_load(&a, 14, &last), 10));
}

/* --- laws --- */

/* From one state, more load never asks for fewer, whatever the knobs. */
Test(autoscaler, more_load_never_asks_for_fewer) {
    struct rng rng = rng_open(5, 0, RNG_TEST, 0);
    for (int trial = 0; trial < 400; trial++) {
        struct autoscaler a =
            trial % 2 ? stepping(trial % 4 == 1 ? in_counts : percents, trial % 4 == 1 ? 4 : 2)
                      : tracking(1 + 9 * rng_uniform(&rng));
        a.tolerance = trial % 3 ? 0.1 : 0;
        a.stabilisation = (sim_ticks)rng_below(&rng, 400) * TICKS_PER_SECOND;
        a.cooldown_out = (sim_ticks)rng_below(&rng, 200) * TICKS_PER_SECOND;
        a.cooldown_in = (sim_ticks)rng_below(&rng, 200) * TICKS_PER_SECOND;
        a.out.instances = (int32_t)rng_below(&rng, 4);
        a.in.share = trial % 5 ? 0.3 : 0;
        double history[20], more = 0;
        for (int i = 0; i < 20; i++)
            history[i] = 100 * rng_uniform(&rng);
        int32_t before = 0;
        for (int level = 0; level < 40; level++, more += 7) {
            struct arena arena = {0};
            struct autoscaler_state *state = open_checked(&arena, &a, 3);
            int32_t wanted = 0;
            for (int i = 0; i <= 20; i++) {
                struct autoscaler_observation seen = {autoscaler_current(state),
                                                      i < 20 ? history[i] : more, 0, false};
                wanted = autoscaler_decide(state, i * a.interval, &seen);
            }
            cr_assert(ge(i32, wanted, before), "trial %d level %d", trial, level);
            before = wanted;
            arena_release(&arena);
        }
    }
}

/* Target tracking without cooldowns and rates: a load that is never less, all along, never gets
 * fewer instances at any time. */
Test(autoscaler, a_path_above_stays_above) {
    struct rng rng = rng_open(6, 0, RNG_TEST, 0);
    for (int trial = 0; trial < 200; trial++) {
        struct arena arena = {0};
        struct autoscaler a = tracking(5);
        a.stabilisation = (sim_ticks)rng_below(&rng, 400) * TICKS_PER_SECOND;
        struct autoscaler_state *low = open_checked(&arena, &a, 2);
        struct autoscaler_state *high = open_checked(&arena, &a, 2);
        for (int i = 0; i < 200; i++) {
            double load = 60 * rng_uniform(&rng), extra = 10 * rng_uniform(&rng);
            struct autoscaler_observation less = {autoscaler_current(low), load, 0, false};
            struct autoscaler_observation more = {autoscaler_current(high), load + extra, 0, false};
            sim_ticks now = i * a.interval;
            int32_t fewer = autoscaler_decide(low, now, &less);
            cr_assert(le(i32, fewer, autoscaler_decide(high, now, &more)), "trial %d", trial);
        }
        arena_release(&arena);
    }
}

/* --- names and refusals --- */

Test(autoscaler, metrics_that_a_service_has) {
    cr_assert(autoscaler_metric_fits(SCALING_KV_USE, SERVICE_LLM));
    cr_assert(not(autoscaler_metric_fits(SCALING_KV_USE, SERVICE_BATCHED)));
    cr_assert(not(autoscaler_metric_fits(SCALING_TOKENS_IN_FLIGHT, SERVICE_QUEUE)));
    cr_assert(autoscaler_metric_fits(SCALING_QUEUE_LENGTH, SERVICE_QUEUE));
    cr_assert(not(autoscaler_metric_fits(SCALING_UTILISATION, SERVICE_FUNCTION)));
    for (int i = 0; i < SCALING_METRICS; i++)
        cr_assert(autoscaler_metric_name(i) && autoscaler_metric_doc(i));
    for (int i = 0; i < SCALING_POLICIES; i++)
        cr_assert(autoscaler_policy_name(i) && autoscaler_policy_doc(i));
}

Test(autoscaler, nonsense_is_refused) {
    enum { BAD = 16 };
    static const struct autoscaler_step falling[] = {{false, 8, false, 1}, {false, 7, false, 1}};
    static const struct autoscaler_step crossed[] = {{false, 8, false, 1}, {true, 9, false, 1}};
    static const struct autoscaler_step weaker[] = {{false, 8, false, 2}, {false, 9, false, 1}};
    static const struct autoscaler_step mixed[] = {{false, 8, false, 2}, {false, 9, true, 5}};
    static const struct autoscaler_step nothing[] = {{false, 8, false, 0}};
    static const double negative[HOURS_PER_WEEK] = {-1};
    struct autoscaler bad[BAD];
    for (int i = 0; i < BAD; i++)
        bad[i] = tracking(10);
    bad[0].target = 0;
    bad[1].target = NAN;
    bad[2].min = 0;
    bad[3].max = 0;
    bad[4].interval = 0;
    bad[5].tolerance = -0.1;
    bad[6].cooldown_in = -1;
    bad[7].out.share = NAN;
    bad[8].lead = -1;
    bad[9] = stepping(falling, 2);
    bad[10] = stepping(crossed, 2);
    bad[11] = stepping(weaker, 2);
    bad[12] = stepping(mixed, 2);
    bad[13] = stepping(nothing, 1);
    bad[14].past = negative;
    bad[14].n_past_hours = HOURS_PER_WEEK;
    bad[15].policy = SCALING_SCHEDULE;
    struct err err = {0};
    for (int i = 0; i < BAD; i++)
        cr_assert(not(autoscaler_check(&bad[i], &err)), "case %d", i);
}
