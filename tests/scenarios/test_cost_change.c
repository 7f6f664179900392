/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why one plan costs more than another. What: the steps of cost_change.h against an example worked
 * by hand, laws on random pairs (steps add up to the cent; a pair in which only one factor moves
 * has that step alone; neither the order nor the cutting of lines matters), and mutants that the
 * laws must reject. How: plain tables, no study. */
#include "scenarios/cost_change.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static double effect_usd(const struct cost_change *change, enum cost_effect effect) {
    return (double)cost_change_effect_cents(change, effect) / 100;
}

/* A million requests on 1,000 hours of g5 at $1. Then twice as many: g5 serves 1.2 M in 900 h, of
 * which a savings plan pays 600 at $0.70 and 300 are on demand at $1.10; g6 serves 0.8 M in 400 h
 * of spot at $0.50.
 *
 *   old                          1000 h x 1.00                             1000
 *   volume      x 2              2000 h x 1.00                             2000   +1000
 *   efficiency  1.00 -> 0.75 h/K 1500 h x 1.00                             1500    -500
 *   machines    900 h, 400 h     900 x 1.00 + 400 x 0.50 (no old price)    1100    -400
 *   purchase    a third, two     300 x 1.00 + 600 x 0.70 (none) + 200       920    -180
 *   price       1.00 -> 1.10     300 x 1.10 + 420 + 200                     950     +30   */
Test(cost_change, by_hand) {
    struct arena arena = {0};
    const struct cost_line old_lines[] = {
        {"chat", "g5", "hour", "on demand", 1000, 1000},
    };
    const struct served_line old_served[] = {{"chat", "g5", 1e6, 0}};
    const struct cost_line new_lines[] = {
        {"chat", "g5", "hour", "on demand", 300, 330},
        {"chat", "g5", "hour", "savings plan", 600, 420},
        {"chat", "g6", "hour", "spot", 400, 200},
        {NULL, NULL, "hour", "savings plan", 0, 12.345},
        {"search", "lambda", "invocation", "functions", 1000, 7},
    };
    const struct served_line new_served[] = {
        {"chat", "g5", 1.2e6, 0}, {"chat", "g6", 0.8e6, 0}, {"search", "lambda", 1000, 0}};
    const struct beside_line old_beside[] = {{"jobs", 10}, {"storage", 2}};
    const struct beside_line new_beside[] = {{"storage", 2}, {"stations", 40}};
    struct cost_side from = {1012,      COUNT(old_lines), COUNT(old_served), COUNT(old_beside),
                             old_lines, old_served,       old_beside};
    struct cost_side to = {950 + 12.345 + 7 + 42,
                           COUNT(new_lines),
                           COUNT(new_served),
                           COUNT(new_beside),
                           new_lines,
                           new_served,
                           new_beside};
    struct cost_change change = cost_change_find(&arena, &from, &to);
    static const struct {
        enum cost_effect effect;
        double usd;
    } wanted[] = {{COST_REMOVED, 0},       {COST_ADDED, 7},       {COST_VOLUME, 1000},
                  {COST_EFFICIENCY, -500}, {COST_MACHINES, -400}, {COST_PURCHASE, -180},
                  {COST_PRICE, 30},        {COST_BESIDE, 30},     {COST_REST, 0}};
    for (int i = 0; i < COUNT(wanted); i++)
        cr_expect(epsilon_eq(dbl, effect_usd(&change, wanted[i].effect), wanted[i].usd,
                             wanted[i].effect < COST_UNUSED ? 1e-9 : 0.0101),
                  "%s", cost_effect_word(wanted[i].effect));
    /* 12.345 lies between two cents; whichever it takes, the whole adds up. */
    cr_expect(epsilon_eq(dbl, effect_usd(&change, COST_UNUSED), 12.345, 0.0051));
    cr_expect(eq(i64, change.from_cents, 101200));
    cr_expect(eq(i64, change.to_cents, llround(100 * to.usd)));
    arena_release(&arena);
}

/* One g5 at $1 an hour, held all 730 hours of a month; a request takes 26.28 s of it at full load:
 * 1,000 are 7.3 h of work, 1% of it. Then 2,000 of 13.14 s on the same instance: as much work.
 *
 *   old         7.3 h of work, 722.7 h idle     730
 *   volume      14.6 h, 722.7 h                 737.30   +7.30
 *   efficiency   7.3 h, 722.7 h                 730      -7.30
 *
 * And at $0.90 in the old time: 14.6 h of work, 715.4 h idle.
 *
 *   volume      14.6 h, 722.7 h                 737.30   +7.30
 *   idle        14.6 h, 715.4 h                 730      -7.30
 *   price       x 0.90                          657     -73
 *
 * And on two machines, of which one serves nothing: 730 h more that idle. */
Test(cost_change, an_idle_fleet) {
    struct arena arena = {0};
    const struct cost_line held[] = {{"chat", "g5", COST_HELD_UNIT, "on demand", 730, 730}};
    const struct cost_line cheap[] = {{"chat", "g5", COST_HELD_UNIT, "on demand", 730, 657}};
    const struct cost_line both[] = {held[0],
                                     {"chat", "g6", COST_HELD_UNIT, "on demand", 730, 365}};
    const struct served_line one = {"chat", "g5", 1000, 7.3}, fast = {"chat", "g5", 2000, 7.3},
                             two = {"chat", "g5", 2000, 14.6}, old = {"chat", "g5", 1000, NAN};
    const struct cost_side from = {730, 1, 1, 0, held, &one, NULL};
    const struct {
        struct cost_side from, to;
        int64_t volume, efficiency, machines, idle, price;
    } cases[] = {
        {from, {730, 1, 1, 0, held, &fast, NULL}, 730, -730, 0, 0, 0},
        {from, {657, 1, 1, 0, cheap, &two, NULL}, 730, 0, 0, -730, -7300},
        {from, {1095, 2, 1, 0, both, &one, NULL}, 0, 0, 0, 36500, 0},
        /* of an old result all hours are work, of both sides */
        {{730, 1, 1, 0, held, &old, NULL},
         {730, 1, 1, 0, held, &two, NULL},
         73000,
         -73000,
         0,
         0,
         0},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        struct cost_change change = cost_change_find(&arena, &cases[i].from, &cases[i].to);
        const int64_t wanted[] = {cases[i].volume, cases[i].efficiency, cases[i].machines,
                                  cases[i].idle, cases[i].price};
        const enum cost_effect effects[] = {COST_VOLUME, COST_EFFICIENCY, COST_MACHINES,
                                            COST_CAPACITY, COST_PRICE};
        for (int e = 0; e < COUNT(effects); e++)
            cr_expect(eq(i64, cost_change_effect_cents(&change, effects[e]), wanted[e]),
                      "%s of case %d", cost_effect_word(effects[e]), i);
    }
    arena_release(&arena);
}

/* ---- random pairs ---- */

enum { WORKLOADS = 3, MACHINES = 4, WAYS = 3, LINES_MAX = WORKLOADS * MACHINES * WAYS + 2 };

static const char *const workloads[] = {"chat", "search", "code"};
static const char *const machines[] = {"g5", "g6", "inf2", "p5"};
static const char *const ways[] = {"on demand", "spot", "savings plan"};

struct random_side {
    struct cost_side side;
    struct cost_line lines[2 * LINES_MAX];
    struct served_line served[WORKLOADS * MACHINES];
    struct beside_line beside[2];
};

static double uniform(struct rng *rng, double low, double high) {
    return low + (high - low) * rng_uniform(rng);
}

static void settle(struct random_side *s) {
    s->side.lines = s->lines;
    s->side.served = s->served;
    s->side.beside = s->beside;
    s->side.usd = 0;
    for (int i = 0; i < s->side.n_lines; i++)
        s->side.usd += s->lines[i].usd;
    for (int i = 0; i < s->side.n_beside; i++)
        s->side.usd += s->beside[i].usd;
}

/* Some workloads on some machines paid in some ways; a machine may idle. */
static void draw(struct rng *rng, struct random_side *s) {
    *s = (struct random_side){0};
    for (int w = 0; w < WORKLOADS; w++) {
        if (rng_uniform(rng) < 0.2)
            continue;
        for (int m = 0; m < MACHINES; m++) {
            if (rng_uniform(rng) < 0.4)
                continue;
            if (rng_uniform(rng) < 0.9)
                s->served[s->side.n_served++] = (struct served_line){
                    workloads[w], machines[m], uniform(rng, 1, 1e7), uniform(rng, 0, 9000)};
            for (int o = 0; o < WAYS; o++)
                if (rng_uniform(rng) < 0.6)
                    s->lines[s->side.n_lines++] = (struct cost_line){workloads[w],
                                                                     machines[m],
                                                                     COST_HELD_UNIT,
                                                                     ways[o],
                                                                     uniform(rng, 0.01, 5000),
                                                                     uniform(rng, 0, 9000)};
        }
    }
    s->lines[s->side.n_lines++] =
        (struct cost_line){NULL, NULL, "hour", "savings plan", 0, uniform(rng, 0, 300)};
    s->beside[s->side.n_beside++] = (struct beside_line){"jobs", uniform(rng, 0, 500)};
    settle(s);
}

/* Whether steps lead from one side to the other to the cent, each is its own within one, and
 * nothing is left but workloads that serve nothing. */
static bool adds_up(const struct cost_change *change) {
    int64_t cents = change->from_cents;
    for (int i = 0; i < change->n_steps; i++) {
        cents += change->steps[i].cents;
        if (fabs((double)change->steps[i].cents - 100 * change->steps[i].usd) > 1.5)
            return false;
        if (change->steps[i].effect == COST_REST && !change->steps[i].what[0])
            return false;
    }
    return cents == change->to_cents;
}

Test(cost_change, steps_of_random_pairs_add_up_to_the_cent) {
    struct rng rng = rng_open(20261123, 0, RNG_GROUP, 0);
    for (int i = 0; i < 2000; i++) {
        struct arena arena = {0};
        struct random_side a, b;
        draw(&rng, &a);
        draw(&rng, &b);
        struct cost_change change = cost_change_find(&arena, &a.side, &b.side);
        cr_assert(adds_up(&change), "pair %d", i);
        struct cost_change none = cost_change_find(&arena, &a.side, &a.side);
        for (int e = 0; e < COST_EFFECT_COUNT; e++)
            cr_assert(eq(i64, cost_change_effect_cents(&none, (enum cost_effect)e), 0));
        arena_release(&arena);
    }
}

/* What does not add up is told, and a step that is lost or counted twice breaks the law. */
Test(cost_change, mutants_do_not_add_up) {
    struct rng rng = rng_open(7, 0, RNG_GROUP, 0);
    int n_lost = 0, n_twice = 0;
    for (int i = 0; i < 200; i++) {
        struct arena arena = {0};
        struct random_side a, b;
        draw(&rng, &a);
        draw(&rng, &b);
        b.side.usd += 1;
        struct cost_change more = cost_change_find(&arena, &a.side, &b.side);
        cr_assert(not(adds_up(&more)));
        b.side.usd -= 1;
        struct cost_change change = cost_change_find(&arena, &a.side, &b.side);
        struct cost_step *steps = arena_new(&arena, struct cost_step, change.n_steps + 1);
        memcpy(steps, change.steps, (size_t)change.n_steps * sizeof *steps);
        steps[change.n_steps] = steps[0];
        struct cost_change lost = change, twice = change;
        lost.n_steps--;
        twice.n_steps++;
        twice.steps = steps;
        n_lost += adds_up(&lost);
        n_twice += adds_up(&twice);
        arena_release(&arena);
    }
    cr_expect(eq(int, n_lost, 0));
    cr_expect(eq(int, n_twice, 0));
}

/* All of one factor times a number, and everything else as it was. */
enum moved { MOVE_PRICES, MOVE_REQUESTS, MOVE_HOURS, MOVES };

static void move(struct random_side *s, enum moved what, double by) {
    for (int i = 0; i < s->side.n_lines; i++) {
        if (!s->lines[i].workload)
            continue;
        s->lines[i].usd *= by;
        s->lines[i].quantity *= what == MOVE_PRICES ? 1 : by;
    }
    for (int i = 0; i < s->side.n_served; i++)
        s->served[i].requests *= what == MOVE_REQUESTS ? by : 1;
    settle(s);
}

/* Every machine that is paid for serves: else its hours are told as another mix. */
static void let_all_serve(struct random_side *s) {
    s->side.n_served = 0;
    for (int w = 0; w < WORKLOADS; w++)
        for (int m = 0; m < MACHINES; m++)
            s->served[s->side.n_served++] =
                (struct served_line){workloads[w], machines[m], 1000.0 * (w + 1) * (m + 2), NAN};
}

Test(cost_change, one_factor_that_moves_is_one_step) {
    static const enum cost_effect of[MOVES] = {COST_PRICE, COST_VOLUME, COST_EFFICIENCY};
    struct rng rng = rng_open(11, 0, RNG_GROUP, 0);
    for (int i = 0; i < 300; i++)
        for (int what = 0; what < MOVES; what++) {
            struct arena arena = {0};
            struct random_side a, b;
            draw(&rng, &a);
            let_all_serve(&a);
            settle(&a);
            b = a;
            move(&b, (enum moved)what, uniform(&rng, 0.3, 3));
            struct cost_change change = cost_change_find(&arena, &a.side, &b.side);
            cr_assert(adds_up(&change));
            for (int e = 0; e < COST_EFFECT_COUNT; e++) {
                double wanted = e == (int)of[what] ? b.side.usd - a.side.usd : 0;
                cr_assert(epsilon_eq(dbl, effect_usd(&change, (enum cost_effect)e), wanted, 0.031),
                          "%s when factor %d moves", cost_effect_word((enum cost_effect)e), what);
            }
            arena_release(&arena);
        }
}

/* Paying the same hours in another way at known prices is purchase alone. */
Test(cost_change, another_way_to_pay_is_purchase_alone) {
    struct arena arena = {0};
    const struct cost_line a[] = {{"chat", "g5", "hour", "on demand", 900, 900},
                                  {"chat", "g5", "hour", "spot", 100, 40}};
    const struct cost_line b[] = {{"chat", "g5", "hour", "on demand", 400, 400},
                                  {"chat", "g5", "hour", "spot", 600, 240}};
    const struct served_line served[] = {{"chat", "g5", 5e5, 0}};
    struct cost_side from = {940, 2, 1, 0, a, served, NULL}, to = {640, 2, 1, 0, b, served, NULL};
    struct cost_change change = cost_change_find(&arena, &from, &to);
    cr_expect(eq(i64, cost_change_effect_cents(&change, COST_PURCHASE), -30000));
    cr_expect(eq(int, change.n_steps, 1));
    arena_release(&arena);
}

/* Lines backwards, and each cut in two: the same steps. */
Test(cost_change, neither_order_nor_cutting_matters) {
    struct rng rng = rng_open(13, 0, RNG_GROUP, 0);
    for (int i = 0; i < 300; i++) {
        struct arena arena = {0};
        struct random_side a, b, cut;
        draw(&rng, &a);
        draw(&rng, &b);
        cut = b;
        int n = b.side.n_lines;
        for (int k = 0; k < n; k++) {
            struct cost_line half = b.lines[n - 1 - k];
            half.quantity /= 2;
            half.usd /= 2;
            cut.lines[2 * k] = cut.lines[2 * k + 1] = half;
        }
        cut.side.n_lines = 2 * n;
        settle(&cut);
        cut.side.usd = b.side.usd;
        struct cost_change one = cost_change_find(&arena, &a.side, &b.side);
        struct cost_change other = cost_change_find(&arena, &a.side, &cut.side);
        for (int e = 0; e < COST_EFFECT_COUNT; e++)
            cr_assert(epsilon_eq(dbl, effect_usd(&one, (enum cost_effect)e),
                                 effect_usd(&other, (enum cost_effect)e), 0.041));
        arena_release(&arena);
    }
}
