/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tape: minutes have mean 1 and the law's quantiles in the replication's order, playing at
 * another rate is a stretch, arrivals follow the minutes, and the same key gives the same tape.
 * Traces whose prompts have something in common are played in runs of rows: against a brute-force
 * cache, with rows drawn one by one as the mutant. */
#include "sim/arrival_tape.h"
#include "sim/prompt_blocks.h"

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

/* ---- runs of rows ---- */

enum { ROWS = 4000, TURNS = 5, SLOTS = 8 };

/* Conversations of TURNS turns, SLOTS at a time in turn: row r is turn (r / SLOTS) % TURNS of its
 * slot's present conversation, whose prompt has turn + 1 blocks of 16 tokens. So 0 + 1 + 2 + 3 + 4
 * = 10 of 15 blocks are found again, by rows SLOTS apart. */
static struct traffic conversations(struct arena *arena, int turns) {
    struct request *rows = arena_new(arena, struct request, ROWS);
    uint64_t **ids = arena_new(arena, uint64_t *, ROWS);
    int *n_ids = arena_new(arena, int, ROWS);
    for (int r = 0; r < ROWS; r++) {
        int turn = r / SLOTS % turns;
        n_ids[r] = turn + 1;
        ids[r] = arena_new(arena, uint64_t, turn + 1);
        for (int k = 0; k <= turn; k++)
            ids[r][k] = (uint64_t)(r % SLOTS + SLOTS * (r / SLOTS / turns) + ROWS * k);
        rows[r] = (struct request){r * 1000000000LL, 16 * (turn + 1), r % 7 + 1, .row = r};
    }
    struct traffic traffic = {0};
    struct err err = {0};
    cr_assert(traffic_from_rows(arena, rows, ROWS, ROWS * 1000000000LL, 0, &traffic, &err), "%s",
              err.what);
    traffic.prompts = prompt_blocks_chain(arena, 16, ROWS, rows, ids, n_ids);
    return traffic;
}

/* Share of the tape's prompt tokens found by a cache that forgets nothing, by a list of all
 * (edition, id) seen; one_by_one: as if each row were other people's prompt. */
static double share_found(const struct arrival_tape *tape, int n, bool one_by_one) {
    struct arena arena = {0};
    const struct prompt_blocks *prompts = tape->traffic->prompts;
    int64_t n_editions = one_by_one ? n : n / tape->n * tape->n_editions + tape->n_editions;
    bool *seen = arena_new(&arena, bool, (int64_t)prompts->n_ids *n_editions);
    double found = 0, tokens = 0;
    for (int i = 0; i < n; i++) {
        struct request request = arrival_tape_request(tape, i, 5);
        int64_t edition = one_by_one ? i : request.edition;
        cr_assert(request.arrival_ns == 5 && edition >= 0 && edition < n_editions);
        tokens += request.input_tokens;
        for (uint32_t k = prompts->first[request.row]; k < prompts->first[request.row + 1]; k++) {
            bool *cell = &seen[edition * prompts->n_ids + prompts->ids[k]];
            found += 16 * *cell;
            *cell = true;
        }
    }
    arena_release(&arena);
    return found / tokens;
}

/* Runs keep 95 % of 10 / 15 of the tokens, in one turn and in three. */
Test(arrival_tape, runs_keep_what_prompts_have_in_common) {
    struct arena arena = {0};
    struct traffic traffic = conversations(&arena, TURNS);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 3000, 1, 7);
    for (int turns = 1; turns <= 3; turns += 2) {
        double share = share_found(&tape, turns * tape.n, false);
        cr_assert(lt(dbl, fabs(share / (10.0 / 15) - 1), 0.07), "%g", share);
        double mutant = share_found(&tape, turns * tape.n, true);
        cr_assert(gt(dbl, fabs(mutant / (10.0 / 15) - 1), 0.07), "%g", mutant);
    }
    arena_release(&arena);
}

/* A run that begins at turn t of the conversations computes t blocks anew in each of the 8 slots:
 * 16 on the mean, of 2 found again a row: a share of 8 / run. 4000 rows halved are 2000, 1000, 500,
 * 250 (3.2 % lost), 125 (6.4 %). */
Test(arrival_tape, runs_are_as_short_as_reuse_allows) {
    struct arena arena = {0};
    struct traffic traffic = conversations(&arena, TURNS);
    cr_assert(eq(sz, arrival_tape_run_rows(&arena, &traffic), (size_t)250));
    struct traffic single = conversations(&arena, 1); /* nothing in common */
    cr_assert(eq(sz, arrival_tape_run_rows(&arena, &single), (size_t)1));
    arena_release(&arena);
}

/* Neighbours in the tape are neighbours in the trace, but where a run begins; every row is as
 * likely as any other (5 sigma of a share of 1/8 under runs of `run` rows). */
Test(arrival_tape, runs_are_rows_in_order) {
    enum { N = 30000, PARTS = 8 };
    struct arena arena = {0};
    struct traffic traffic = conversations(&arena, TURNS);
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, N, 1, 7);
    size_t run = arrival_tape_run_rows(&arena, &traffic);
    double parts[PARTS] = {0};
    for (int i = 0; i < tape.n; i++) {
        const struct tape_request *request = &tape.requests[i];
        cr_assert(eq(i32, request->edition, i / (int32_t)run));
        cr_assert(eq(i32, request->input_tokens, traffic.requests[request->row].input_tokens));
        cr_assert(eq(i32, request->output_tokens, traffic.requests[request->row].output_tokens));
        if (i % (int)run > 0)
            cr_assert(eq(i32, request->row, (request[-1].row + 1) % ROWS));
        parts[request->row * PARTS / ROWS]++;
    }
    double sigma = sqrt(0.125 * 0.875 / ((double)N / (double)run));
    for (int p = 0; p < PARTS; p++)
        cr_assert(lt(dbl, fabs(parts[p] / tape.n - 0.125), 5 * sigma));
    arena_release(&arena);
}

/* Without prompts the rows are drawn one by one, as traffic_steady draws them. */
Test(arrival_tape, rows_without_prompts_are_single) {
    struct arena arena = {0};
    struct traffic traffic = conversations(&arena, TURNS);
    traffic.prompts = NULL;
    struct arrival_tape tape = arrival_tape_record(&arena, &traffic, 1000, 0, 7);
    struct traffic steady = traffic_steady(&traffic, 1);
    steady.burstiness.minute_cv = 0;
    struct traffic_cursor *cursor =
        traffic_open(&arena, &steady, (struct traffic_window){0, 3600000000000LL, 1, 7});
    struct request request;
    for (int i = 0; i < tape.n && traffic_next(cursor, &request); i++) {
        cr_assert(eq(i32, tape.requests[i].input_tokens, request.input_tokens));
        cr_assert(eq(i32, tape.requests[i].output_tokens, request.output_tokens));
        cr_assert(eq(i32, arrival_tape_request(&tape, i, 0).row, -1));
    }
    arena_release(&arena);
}
