/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spot market as step functions: traces and prices by hand, every lookup against a plain walk,
 * lengths that do not suffice, and that drawn zones depend on their names alone. */
#include "sim/spot_market.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#define NS_PER_SECOND 1000000000LL

static const struct spot_point hand_points[] = {
    {0, 4}, {600 * NS_PER_SECOND, 0}, {900 * NS_PER_SECOND, 2}, {1500 * NS_PER_SECOND, 3}};

static struct spot_trace hand_trace(void) {
    return (struct spot_trace){.name = "hand.json",
                               .start_epoch_ns = -1,
                               .span_ns = 1800 * NS_PER_SECOND,
                               .step_ns = 300 * NS_PER_SECOND,
                               .n = 4,
                               .points = hand_points,
                               .instances_max = 4};
}

static sim_ticks seconds(int64_t s) {
    return s * TICKS_PER_SECOND;
}

static struct spot_market market_of(const struct spot_zone *zone, sim_ticks end) {
    return (struct spot_market){1, zone, end};
}

Test(spot_market, replays_a_trace) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace = hand_trace();
    struct spot_zone zone = {.name = "us-west-2a"};
    cr_assert(
        spot_zone_replay(&arena, &trace, &(struct spot_replay){0}, seconds(1800), &zone, &err));
    struct spot_market market = market_of(&zone, seconds(1800));
    static const struct {
        int64_t at_s;
        int32_t instances;
    } want[] = {{0, 4}, {599, 4}, {600, 0}, {899, 0}, {900, 2}, {1499, 2}, {1500, 3}, {5000, 3}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        cr_assert(
            eq(i32, spot_market_capacity(&market, 0, seconds(want[i].at_s)), want[i].instances));
    cr_assert(eq(i64, spot_market_next_change(&market, 0, 0), seconds(600)));
    cr_assert(eq(i64, spot_market_next_change(&market, 0, seconds(600)), seconds(900)));
    cr_assert(eq(i64, spot_market_next_change(&market, 0, seconds(900) - 1), seconds(900)));
    cr_assert(eq(i64, spot_market_next_change(&market, 0, seconds(1500)), NEVER));
    cr_assert(isnan(spot_market_usd_per_hour(&market, 0, 0)));
    cr_assert(eq(i64, spot_market_next_price(&market, 0, 0), NEVER));
    arena_release(&arena);
}

/* From 700 s on: down, at 200 s two, at 800 s three. Eight instances at the trace's four. */
Test(spot_market, begins_inside_a_trace_and_scales_it) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace = hand_trace();
    struct spot_zone zone = {.name = "us-west-2a"};
    struct spot_replay replay = {.offset_ns = 700 * NS_PER_SECOND, .instances = 8};
    cr_assert(spot_zone_replay(&arena, &trace, &replay, seconds(1100), &zone, &err));
    struct spot_market market = market_of(&zone, seconds(1100));
    cr_assert(eq(int, zone.n_steps, 3));
    cr_assert(eq(i32, spot_market_capacity(&market, 0, 0), 0));
    cr_assert(eq(i64, spot_market_next_change(&market, 0, 0), seconds(200)));
    cr_assert(eq(i32, spot_market_capacity(&market, 0, seconds(200)), 4));
    cr_assert(eq(i32, spot_market_capacity(&market, 0, seconds(800)), 6));
    arena_release(&arena);
}

Test(spot_market, a_probe_of_one_bounds_nothing_while_up) {
    struct arena arena = {0};
    struct err err = {0};
    static const struct spot_point points[] = {{0, 1}, {NS_PER_SECOND, 0}};
    struct spot_trace trace = {
        .span_ns = 2 * NS_PER_SECOND, .n = 2, .points = points, .instances_max = 1};
    struct spot_zone zone = {.name = "a"};
    cr_assert(spot_zone_replay(&arena, &trace, &(struct spot_replay){0}, seconds(2), &zone, &err));
    cr_assert(eq(i32, zone.steps[0].instances, SPOT_UNLIMITED));
    cr_assert(eq(i32, zone.steps[1].instances, 0));
    struct spot_replay ten = {.instances = 10};
    cr_assert(spot_zone_replay(&arena, &trace, &ten, seconds(2), &zone, &err));
    cr_assert(eq(i32, zone.steps[0].instances, 10));
    arena_release(&arena);
}

/* A trace with prices, entered at 150 s: the price of 100 s holds, the next comes at 50 s. */
Test(spot_market, prices_of_the_trace_itself) {
    struct arena arena = {0};
    struct err err = {0};
    static const struct spot_trace_price prices[] = {
        {0, 2}, {100 * NS_PER_SECOND, 3}, {200 * NS_PER_SECOND, 4}, {900 * NS_PER_SECOND, 5}};
    struct spot_trace trace = hand_trace();
    trace.n_prices = 4;
    trace.prices = prices;
    struct spot_zone zone = {.name = "z"};
    struct spot_replay replay = {.offset_ns = 150 * NS_PER_SECOND};
    cr_assert(spot_zone_replay(&arena, &trace, &replay, seconds(500), &zone, &err));
    struct spot_market market = market_of(&zone, seconds(500));
    cr_assert(eq(int, zone.n_prices, 2));
    cr_assert(eq(dbl, spot_market_usd_per_hour(&market, 0, seconds(49)), 3));
    cr_assert(eq(dbl, spot_market_usd_per_hour(&market, 0, seconds(50)), 4));
    arena_release(&arena);
}

Test(spot_market, a_trace_shorter_than_the_run_is_refused) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_trace trace = hand_trace();
    struct spot_zone zone = {.name = "us-west-2a"};
    struct spot_replay late = {.offset_ns = NS_PER_SECOND};
    cr_assert(not(spot_zone_replay(&arena, &trace, &late, seconds(1800), &zone, &err)));
    cr_assert(eq(str, (char *)err.file, "hand.json"));
    cr_assert(
        eq(str, err.what, "the spot trace ends after 0.5000 h, the run asks for 0.5003 h of it"));
    cr_assert(not(
        spot_zone_replay(&arena, &trace, &(struct spot_replay){0}, seconds(7200), &zone, &err)));
    cr_assert(
        eq(str, err.what, "the spot trace ends after 0.5000 h, the run asks for 2.0000 h of it"));
    cr_assert(eq(int, zone.n_steps, 0));
    arena_release(&arena);
}

/* --- prices --- */

static const struct spot_price_point price_points[] = {
    {100 * NS_PER_SECOND, 0.9}, {160 * NS_PER_SECOND, 1.1}, {400 * NS_PER_SECOND, 1.0}};
static const struct spot_price_series price_zones[] = {{"us-west-2a", 3, price_points}};

static struct spot_prices hand_prices(void) {
    return (struct spot_prices){.name = "prices.json",
                                .first_epoch_ns = 100 * NS_PER_SECOND,
                                .last_epoch_ns = 1000 * NS_PER_SECOND,
                                .n_zones = 1,
                                .zones = price_zones};
}

Test(spot_market, prices_hold_until_the_next) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_prices prices = hand_prices();
    struct spot_zone zone = {.name = "us-west-2a"};
    cr_assert(spot_zone_price(&arena, &prices, 200 * NS_PER_SECOND, seconds(800), &zone, &err));
    struct spot_market market = market_of(&zone, seconds(800));
    cr_assert(eq(int, zone.n_prices, 2));
    cr_assert(eq(dbl, spot_market_usd_per_hour(&market, 0, 0), 1.1));
    cr_assert(eq(dbl, spot_market_usd_per_hour(&market, 0, seconds(199)), 1.1));
    cr_assert(eq(dbl, spot_market_usd_per_hour(&market, 0, seconds(200)), 1.0));
    cr_assert(eq(i64, spot_market_next_price(&market, 0, 0), seconds(200)));
    cr_assert(spot_zone_price(&arena, &prices, -1, seconds(800), &zone, &err));
    cr_assert(eq(int, zone.n_prices, 3));
    cr_assert(eq(dbl, zone.prices[0].usd_per_hour, 0.9));
    arena_release(&arena);
}

Test(spot_market, prices_that_do_not_cover_the_run_are_refused) {
    struct arena arena = {0};
    struct err err = {0};
    struct spot_prices prices = hand_prices();
    struct spot_zone zone = {.name = "us-west-2b"};
    cr_assert(not(spot_zone_price(&arena, &prices, -1, seconds(800), &zone, &err)));
    cr_assert(eq(str, err.what, "no price of zone 'us-west-2b'"));
    cr_assert(eq(str, err.hint, "the file has us-west-2a"));
    zone.name = "us-west-2a";
    cr_assert(not(spot_zone_price(&arena, &prices, 0, seconds(800), &zone, &err)));
    cr_assert(eq(str, err.what, "the prices of zone us-west-2a begin 0.0278 h after the run does"));
    cr_assert(not(spot_zone_price(&arena, &prices, -1, seconds(901), &zone, &err)));
    cr_assert(eq(str, err.what, "the prices end after 0.2500 h, the run takes 0.2503 h"));
    cr_assert(eq(int, zone.n_prices, 0));
    arena_release(&arena);
}

Test(spot_market, regions) {
    struct arena arena = {0};
    cr_assert(eq(str, (char *)spot_region_of(&arena, "us-west-2a"), "us-west-2"));
    cr_assert(eq(str, (char *)spot_region_of(&arena, "us-east1-c"), "us-east1"));
    cr_assert(eq(str, (char *)spot_region_of(&arena, "zone"), "zone"));
    arena_release(&arena);
}

/* --- the model --- */

static const struct spot_region_model one_region[] = {
    {"r", {SPOT_LIFE_EXPONENTIAL, 20000, 0}, {SPOT_LIFE_LOGNORMAL, 5000, 1.2}}};
static const struct spot_zone_model two_zones[] = {
    {"ra",
     "r",
     {{SPOT_LIFE_LOGNORMAL, 9000, 1.7}, {SPOT_LIFE_LOGNORMAL, 3000, 1}},
     {{SPOT_LIFE_LOGNORMAL, 900, 1}, {SPOT_LIFE_LOGNORMAL, 3000, 1}},
     5},
    {"rb",
     "r",
     {{SPOT_LIFE_LOGNORMAL, 7000, 1.5}, {SPOT_LIFE_EXPONENTIAL, 4000, 0}},
     {{SPOT_LIFE_EXPONENTIAL, 70, 0}, {SPOT_LIFE_EXPONENTIAL, 4000, 0}},
     5}};

Test(spot_market, drawn_zones_depend_on_names_alone) {
    struct arena arena = {0};
    struct spot_zone_model swapped[] = {two_zones[1], two_zones[0]};
    struct spot_model model = {2, 1, two_zones, one_region}, other = {2, 1, swapped, one_region};
    struct spot_zone a, b, c, d;
    spot_zone_draw(&arena, &model, 0, 7, 0, TICKS_MAX, &a);
    spot_zone_draw(&arena, &other, 1, 7, 0, TICKS_MAX, &b);
    spot_zone_draw(&arena, &model, 0, 7, 1, TICKS_MAX, &c);
    spot_zone_draw(&arena, &model, 0, 7, 0, TICKS_MAX / 2, &d);
    cr_assert(gt(int, a.n_steps, 100));
    cr_assert(eq(int, a.n_steps, b.n_steps));
    cr_assert(eq(int, memcmp(a.steps, b.steps, (size_t)a.n_steps * sizeof *a.steps), 0));
    cr_assert(ne(int, memcmp(a.steps, c.steps, 50 * sizeof *a.steps), 0));
    cr_assert(eq(int, memcmp(a.steps, d.steps, (size_t)d.n_steps * sizeof *a.steps), 0));
    for (int i = 0; i < a.n_steps; i++) {
        cr_assert(a.steps[i].instances == 0 || a.steps[i].instances == 5);
        cr_assert(i == 0 || (a.steps[i].from > a.steps[i - 1].from &&
                             a.steps[i].instances != a.steps[i - 1].instances));
    }
    arena_release(&arena);
}

Test(spot_market, lookups_equal_a_walk) {
    struct arena arena = {0};
    struct spot_model model = {2, 1, two_zones, one_region};
    struct spot_zone zone;
    sim_ticks end = 30 * 24 * TICKS_PER_HOUR;
    spot_zone_draw(&arena, &model, 1, 3, 0, end, &zone);
    struct spot_market market = market_of(&zone, end);
    int step = 0;
    for (sim_ticks now = 0; now < end; now += 37 * TICKS_PER_SECOND) {
        while (step + 1 < zone.n_steps && zone.steps[step + 1].from <= now)
            step++;
        cr_assert(eq(i32, spot_market_capacity(&market, 0, now), zone.steps[step].instances));
        sim_ticks next = step + 1 < zone.n_steps ? zone.steps[step + 1].from : NEVER;
        cr_assert(eq(i64, spot_market_next_change(&market, 0, now), next));
    }
    cr_assert(gt(int, step, 50));
    arena_release(&arena);
}
