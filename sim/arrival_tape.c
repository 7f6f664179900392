/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/arrival_tape.h"

#include <math.h>

#include "base/err.h"
#include "base/rng.h"
#include "sim/prompt_blocks.h"
#include "sim/traffic_generate.h"

#define NS_PER_S 1e9
#define SCORE_MAX 6.0 /* of the table of minute factors */
/* The SLO has to hold in every hour, not in the median one. */
#define BUSIEST_SHARE 0.85
#define SEED_SPREAD 0x9E3779B97F4A7C15ULL
/* Of the prompt tokens that the whole trace has in common, what its runs keep. */
#define REUSE_KEPT 0.95
#define SCORE_STEP (2 * SCORE_MAX / (MINUTE_FACTOR_POINTS - 1))

/* One request a second for n seconds and a little more, without the movement by the minute: seconds
 * are then operational time. */
static int record_requests(struct arena *arena, const struct traffic *traffic, int n, uint64_t seed,
                           uint64_t replication, struct tape_request *out) {
    struct traffic steady = traffic_steady(traffic, 1);
    steady.burstiness.minute_cv = 0;
    steady.seed ^= seed * SEED_SPREAD;
    struct traffic_window window = {0, 2 * (int64_t)n * 1000000000LL, 1, replication};
    struct traffic_cursor *cursor = traffic_open(arena, &steady, window);
    struct request request;
    int got = 0;
    while (got < n && traffic_next(cursor, &request))
        out[got++] = (struct tape_request){(double)request.arrival_ns / NS_PER_S,
                                           request.input_tokens,
                                           request.output_tokens,
                                           request.stream,
                                           -1,
                                           0};
    return got;
}

/* ---- rows whose prompts have something in common ---- */

size_t arrival_tape_run_rows(struct arena *scratch, const struct traffic *traffic) {
    const struct prompt_blocks *prompts = traffic->prompts;
    size_t n = traffic->n_requests, run = n;
    double all = (double)prompt_blocks_found(scratch, prompts, traffic->requests, n, n);
    while (run > 1) {
        size_t half = (run + 1) / 2;
        int64_t kept = prompt_blocks_found(scratch, prompts, traffic->requests, n, half);
        if ((double)kept < REUSE_KEPT * all)
            break;
        run = half;
    }
    return run;
}

/* Puts runs of rows in the place of the rows drawn one by one; returns the number of runs. */
static int32_t take_runs(struct arena *scratch, const struct traffic *traffic, uint64_t seed,
                         uint64_t replication, struct tape_request *out, int n) {
    size_t run = arrival_tape_run_rows(scratch, traffic), n_rows = traffic->n_requests, row = 0;
    struct rng rng = rng_open(seed, replication, RNG_ROW_SAMPLE, 0);
    int32_t n_runs = 0;
    for (size_t i = 0; i < (size_t)n; i++, row++) {
        if (i % run == 0) {
            row = (size_t)rng_below(&rng, n_rows);
            n_runs++;
        }
        const struct request *request = &traffic->requests[row % n_rows];
        out[i].input_tokens = request->input_tokens;
        out[i].output_tokens = request->output_tokens;
        out[i].row = request->row;
        out[i].edition = n_runs - 1;
    }
    return n_runs;
}

struct arrival_tape arrival_tape_record(struct arena *arena, const struct traffic *traffic, int n,
                                        uint64_t seed, uint64_t replication) {
    ENSURE(n >= 2);
    struct tape_request *requests = arena_new(arena, struct tape_request, n);
    struct arrival_tape tape = {.traffic = traffic, .requests = requests};
    tape.n = record_requests(arena, traffic, n, seed, replication, requests);
    ENSURE(tape.n >= 2);
    if (traffic->prompts)
        tape.n_editions = take_runs(arena, traffic, traffic->seed ^ seed * SEED_SPREAD, replication,
                                    requests, tape.n);
    /* One mean gap between the last request of a turn and the first of the next. */
    tape.length = requests[tape.n - 1].at - requests[0].at + 1;
    double start = requests[0].at;
    for (int i = 0; i < tape.n; i++)
        requests[i].at -= start;
    struct minute_factors factors = minute_factors_open(
        arena, traffic->burstiness, traffic->seed ^ seed * SEED_SPREAD, replication);
    tape.bursts = factors.n_weights > 0;
    tape.quantiles = factors.table;
    for (int m = 0; m < TAPE_MINUTES_MAX; m++)
        tape.raw[m] = minute_factor(&factors, m);
    return tape;
}

static double factor_at(const double *quantiles, double score) {
    double at = (fmin(fmax(score, -SCORE_MAX), SCORE_MAX) + SCORE_MAX) / SCORE_STEP;
    int cell = (int)fmin(at, MINUTE_FACTOR_POINTS - 2);
    return quantiles[cell] + (at - cell) * (quantiles[cell + 1] - quantiles[cell]);
}

/* How many of the first n factors are smaller, equal ones before it included. */
static int rank_of(const double *raw, int n, int minute) {
    int rank = 0;
    for (int m = 0; m < n; m++)
        rank += raw[m] < raw[minute] || (raw[m] == raw[minute] && m < minute);
    return rank;
}

void arrival_tape_minutes(const struct arrival_tape *tape, int n_minutes, double *factors) {
    ENSURE(n_minutes >= 1 && n_minutes <= TAPE_MINUTES_MAX);
    double sum = 0;
    for (int m = 0; m < n_minutes; m++) {
        int rank = rank_of(tape->raw, n_minutes, m);
        double p = rank == n_minutes - 1 ? rng_exp(rng_log(BUSIEST_SHARE) / n_minutes)
                                         : (rank + 0.5) / n_minutes;
        factors[m] = tape->bursts ? factor_at(tape->quantiles, rng_normal_quantile(p)) : 1;
        sum += factors[m];
    }
    for (int m = 0; m < n_minutes; m++)
        factors[m] *= n_minutes / sum;
}

/* ---- playing ---- */

struct request arrival_tape_request(const struct arrival_tape *tape, int64_t index,
                                    int64_t arrival_ns) {
    const struct tape_request *request = &tape->requests[index % tape->n];
    int64_t edition = index / tape->n * tape->n_editions + request->edition;
    return (struct request){.arrival_ns = arrival_ns,
                            .input_tokens = request->input_tokens,
                            .output_tokens = request->output_tokens,
                            .stream = request->stream,
                            .row = request->row,
                            .edition = (int32_t)(edition & INT32_MAX)};
}

struct tape_player tape_player_open(const struct arrival_tape *tape, double rate_per_second,
                                    double warm_up_s, double minute_s, int n_minutes,
                                    const double *factors, double end_s) {
    return (struct tape_player){.tape = tape,
                                .rate_per_second = rate_per_second,
                                .warm_up_s = warm_up_s,
                                .minute_s = minute_s,
                                .n_minutes = n_minutes,
                                .factors = factors,
                                .end_s = end_s,
                                .to_s = warm_up_s,
                                .rate = rate_per_second};
}

static void enter_minute(struct tape_player *player) {
    player->from += (player->to_s - player->from_s) * player->rate;
    player->from_s = player->to_s;
    player->minute++;
    player->to_s = player->warm_up_s + (double)player->minute * player->minute_s;
    int place = (int)((player->minute - 1) % player->n_minutes);
    player->rate = player->rate_per_second * player->factors[place];
}

bool tape_player_next(struct tape_player *player, struct request *out) {
    const struct arrival_tape *tape = player->tape;
    const struct tape_request *request = &tape->requests[player->index % tape->n];
    double at = (double)(player->index / tape->n) * tape->length + request->at;
    while (player->from + (player->to_s - player->from_s) * player->rate <= at &&
           player->to_s < player->end_s)
        enter_minute(player);
    double time_s = player->from_s + (at - player->from) / player->rate;
    if (!(time_s < player->end_s))
        return false;
    *out = arrival_tape_request(tape, player->index++, (int64_t)(time_s * NS_PER_S));
    return true;
}
