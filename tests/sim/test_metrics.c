/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SLO by hand: limits at their edges, windows of too few requests merged with the next, and the
 * worst of them. */
#include "sim/metrics.h"
#include "tests/sim/replay_help.h"

enum { N_HOURS_MAX = 48 };

struct window_case {
    const char *name;
    enum slo_window over;
    int n_hours;
    struct {
        int64_t arrived, good;
    } hours[N_HOURS_MAX];
    double worst;
    int worst_hour;
};

static const struct window_case windows[] = {
    {"nothing arrived", SLO_OVER_HOUR, 3, {{0}}, 1, 0},
    {"each hour its own", SLO_OVER_HOUR, 3, {{100, 100}, {100, 90}, {200, 199}}, 0.9, 1},
    {"a small hour joins the next",
     SLO_OVER_HOUR,
     3,
     {{99, 0}, {101, 101}, {100, 60}},
     101.0 / 200,
     0},
    {"99 and 1 make a window", SLO_OVER_HOUR, 3, {{200, 200}, {99, 99}, {1, 0}}, 0.99, 1},
    {"what is left joins the last",
     SLO_OVER_HOUR,
     3,
     {{100, 100}, {100, 90}, {50, 20}},
     110.0 / 150,
     1},
    {"too few in all are one window", SLO_OVER_HOUR, 2, {{3, 3}, {7, 2}}, 0.5, 0},
    {"empty hours join too", SLO_OVER_HOUR, 4, {{0, 0}, {0, 0}, {100, 99}, {0, 0}}, 0.99, 0},
    {"over a day", SLO_OVER_DAY, 48, {{100, 0}, {900, 900}, [30] = {100, 80}}, 0.8, 24},
    {"over a week: one short window",
     SLO_OVER_WEEK,
     48,
     {{100, 0}, {900, 900}, [30] = {100, 80}},
     980.0 / 1100,
     0},
};

Test(metrics, worst_window) {
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        const struct window_case *c = &windows[i];
        struct replay_hour hours[N_HOURS_MAX];
        struct replay_result result = {.n_hours = c->n_hours, .hours = hours};
        for (int hour = 0; hour < c->n_hours; hour++) {
            hours[hour] = (struct replay_hour){.arrived = c->hours[hour].arrived,
                                               .good = c->hours[hour].good};
            result.arrived += hours[hour].arrived;
            result.good += hours[hour].good;
        }
        struct slo slo = {.share = 0.99, .over = c->over};
        struct arena arena = {0};
        struct metrics metrics = metrics_open(&arena, &slo, NULL, &result);
        metrics_close(&metrics);
        cr_assert(epsilon_eq(dbl, result.worst_attainment, c->worst, 1e-15), "%s", c->name);
        cr_assert(eq(int, result.worst_window_hour, c->worst_hour), "%s", c->name);
        cr_assert(eq(int, result.slo_met, c->worst >= 0.99), "%s", c->name);
        arena_release(&arena);
    }
}

static const struct {
    const char *name;
    struct slo slo;
    double first_token_s, finish_s;
    int32_t output;
    bool good;
} limits[] = {
    {"no limits", {.ttft_s = 0}, 100, 200, 5, true},
    {"ttft at its limit", {.ttft_s = 0.5}, 0.5, 9, 5, true},
    {"ttft above it", {.ttft_s = 0.5}, 0.50000001, 9, 5, false},
    {"tpot at its limit", {.tpot_s = 0.05}, 1, 1.2, 5, true},
    {"tpot above it", {.tpot_s = 0.05}, 1, 1.20000001, 5, false},
    {"one token has no tpot", {.tpot_s = 0.05}, 1, 9, 1, true},
    {"latency at its limit", {.latency_s = 2}, 1, 2, 5, true},
    {"latency above it", {.latency_s = 2}, 1, 2.00000001, 5, false},
    {"all of them", {.ttft_s = 1, .tpot_s = 0.05, .latency_s = 1.1}, 1, 1.2, 5, false},
};

Test(metrics, limits_of_a_request) {
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct arena arena = {0};
        struct replay_hour hour = {0};
        struct group_result group = {0};
        struct replay_result result = {
            .n_groups = 1,
            .groups = &group,
            .n_hours = 1,
            .hours = &hour,
            .ttft_s = quantile_open(&arena),
            .tpot_s = quantile_open(&arena),
            .latency_s = quantile_open(&arena),
        };
        struct metrics metrics = metrics_open(&arena, &limits[i].slo, NULL, &result);
        sim_ticks start = 7 * TICKS_PER_SECOND;
        struct work work = {
            .arrival = start,
            .first_token = start + ticks_from_seconds(limits[i].first_token_s),
            .output_tokens = limits[i].output,
        };
        metrics_arrived(&metrics, &work);
        metrics_finished(&metrics, &work, start + ticks_from_seconds(limits[i].finish_s));
        cr_assert(eq(i64, group.good, limits[i].good), "%s", limits[i].name);
        cr_assert(eq(i64, hour.good, limits[i].good), "%s", limits[i].name);
        arena_release(&arena);
    }
}

Test(metrics, first_token_before_arrival_ends_the_program, .exit_code = 70) {
    struct group_result group = {0};
    struct replay_result result = {.n_groups = 1, .groups = &group};
    struct slo slo = {.share = 1};
    struct arena arena = {0};
    struct metrics metrics = metrics_open(&arena, &slo, NULL, &result);
    struct work work = {.arrival = 10, .first_token = 9};
    metrics_finished(&metrics, &work, 11);
}
