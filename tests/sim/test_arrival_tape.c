/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tape: minutes have mean 1 and the law's quantiles in the replication's order, playing at
 * another rate is a stretch, arrivals follow the minutes, and the same key gives the same tape. */
#include "sim/arrival_tape.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

static struct traffic bursty(double minute_cv) {
    struct traffic traffic = {
        .kind = TRAFFIC_GENERATED,
        .burstiness = {.minute_cv = minute_cv, .minute_correlation = 0.5, .arrival_cv = 1},
        .input = {.kind = LENGTH_LOGNORMAL, .median = 100, .sigma = 1, .min = 1, .max = 5000},
        .output = {.kind = LENGTH_FIXED, .value = 10, .min = 1, .max = 10},
        .seed = 3};
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        traffic.rate_per_second[h] = 1;
    return traffic;
}

Test(arrival_tape, minutes_are_quantiles_of_mean_one) {
    struct arena arena = {0};
    struct traffic traffic = bursty(0.4);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 1000, 1, 7);
    for (int n = 1; n <= TAPE_MINUTES_MAX; n++) {
        double factors[TAPE_MINUTES_MAX], sum = 0, squares = 0;
        arrival_tape_minutes(&tape, n, factors);
        for (int m = 0; m < n; m++) {
            sum += factors[m];
            squares += factors[m] * factors[m];
            for (int k = 0; k < m; k++) /* the order is that of the draws */
                cr_assert(eq(int, factors[m] > factors[k], tape.raw[m] > tape.raw[k]));
        }
        cr_assert(epsilon_eq(dbl, sum, n, 1e-9));
        if (n == TAPE_MINUTES_MAX) /* quantiles lose a little of the tails */
            cr_assert(epsilon_eq(dbl, sqrt(squares / n - 1), 0.4, 0.02));
    }
    arena_release(&arena);
}

Test(arrival_tape, steady_minutes_are_all_one) {
    struct arena arena = {0};
    struct traffic traffic = bursty(0);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 1000, 1, 7);
    double factors[5];
    arrival_tape_minutes(&tape, 5, factors);
    for (int m = 0; m < 5; m++)
        cr_assert(epsilon_eq(dbl, factors[m], 1, 0));
    cr_assert(not(tape.bursts));
    arena_release(&arena);
}

Test(arrival_tape, twice_the_rate_is_half_the_time) {
    struct arena arena = {0};
    struct traffic traffic = bursty(0);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 500, 1, 7);
    double one = 1;
    struct tape_player slow = tape_player_open(&tape, 2, 0, 60, 1, &one, 1e9);
    struct tape_player fast = tape_player_open(&tape, 4, 0, 60, 1, &one, 1e9);
    struct request a, b;
    for (int i = 0; i < 1500; i++) { /* three turns of the tape */
        cr_assert(tape_player_next(&slow, &a));
        cr_assert(tape_player_next(&fast, &b));
        cr_assert(epsilon_eq(dbl, (double)a.arrival_ns, 2 * (double)b.arrival_ns, 1e-9 * 1e12));
        cr_assert(eq(int, a.input_tokens, b.input_tokens));
    }
    arena_release(&arena);
}

/* Two minutes of factors 0.5 and 1.5 after a warm-up minute, at 10/s: the second minute must get
 * three times the first (300 and 900 of 10 x 60, here with a gap law of cv 1: 5 sigma = 90 and
 * 150). */
Test(arrival_tape, arrivals_follow_the_minutes) {
    struct arena arena = {0};
    struct traffic traffic = bursty(0.4);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 5000, 1, 7);
    double factors[2] = {0.5, 1.5};
    struct tape_player player = tape_player_open(&tape, 10, 60, 60, 2, factors, 300);
    struct request request;
    int counts[5] = {0};
    int64_t before = 0;
    while (tape_player_next(&player, &request)) {
        cr_assert(ge(i64, request.arrival_ns, before));
        before = request.arrival_ns;
        counts[request.arrival_ns / 60000000000LL]++;
    }
    static const int expected[5] = {600, 300, 900, 300, 900}, slack[5] = {125, 90, 150, 90, 150};
    for (int m = 0; m < 5; m++)
        cr_assert(le(int, abs(counts[m] - expected[m]), slack[m]), "minute %d", m);
    arena_release(&arena);
}

Test(arrival_tape, same_key_same_tape) {
    struct arena arena = {0};
    struct traffic traffic = bursty(0.4);
    struct arrival_tape a = arrival_tape_record(&arena, &traffic, 300, 1, 7);
    struct arrival_tape b = arrival_tape_record(&arena, &traffic, 300, 1, 7);
    struct arrival_tape other = arrival_tape_record(&arena, &traffic, 300, 2, 7);
    int same = 0;
    for (int i = 0; i < 300; i++) {
        cr_assert(epsilon_eq(dbl, a.requests[i].at, b.requests[i].at, 0));
        cr_assert(eq(int, a.requests[i].input_tokens, b.requests[i].input_tokens));
        same += a.requests[i].input_tokens == other.requests[i].input_tokens;
    }
    cr_assert(lt(int, same, 30));
    arena_release(&arena);
}
