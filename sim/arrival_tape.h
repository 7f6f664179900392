/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One replication of steady traffic, recorded once and played at any rate: the same requests with
 * the same lengths in the same order for every candidate, group and rate that SIZE tries.
 *
 *  Arrivals are kept in operational time (mean gap 1), so playing at another rate is a stretch. How
 * the rate moves by the minute is kept apart: the order of quiet and busy minutes is the
 * replication's, but the factors of the M minutes of a run are the quantiles (i - 1/2) / M of the
 * law of minute factors, and for the busiest minute the factor that 85 % of all runs of M minutes
 * do not exceed; all scaled to mean 1. Every run then has the minutes that are typical of M
 * minutes, not those that chance gave it, and a busiest minute that most hours do not have.
 *
 *  The rows of a trace are drawn one by one, unless it tells what its prompts have in common: then
 * runs of neighbouring rows are (circular block bootstrap: Künsch, Annals of Statistics 17, 1989;
 * Politis and Romano 1992), each run other people's prompts. A run starts at any row and goes on
 * from the first after the last. Its length is the trace's, halved as often as such runs keep 95 %
 * of the prompt tokens that a cache which forgets nothing finds in the trace: short reuse gives
 * many runs, long reuse few, and a trace with nothing in common single rows. */
#ifndef HEADROOM_SIM_ARRIVAL_TAPE_H
#define HEADROOM_SIM_ARRIVAL_TAPE_H

#include "base/arena.h"
#include "sim/traffic.h"

enum { TAPE_MINUTES_MAX = 60 };

struct tape_request {
    double at; /* operational time, rising */
    int32_t input_tokens, output_tokens;
    int32_t stream;
    int32_t row, edition; /* as in struct request; a turn of the tape has editions of its own */
};

struct arrival_tape {
    const struct traffic *traffic; /* what it was recorded from */
    int n; /* the tape is played again from its start when a run is longer */
    const struct tape_request *requests; /* [n] */
    int32_t n_editions;
    double length;                /* operational time of one turn */
    bool bursts;                  /* the rate moves by the minute */
    double raw[TAPE_MINUTES_MAX]; /* factors as drawn; their order is what counts */
    const double *quantiles;      /* factor at normal scores, see traffic_generate.h */
};

struct arrival_tape arrival_tape_record(struct arena *arena, const struct traffic *traffic, int n,
                                        uint64_t seed, uint64_t replication);

/** Rows of a run, 1 .. n_requests; traffic has prompts. */
size_t arrival_tape_run_rows(struct arena *scratch, const struct traffic *traffic);

/** factors[n_minutes], 1 <= n_minutes <= TAPE_MINUTES_MAX; all 1 without bursts. */
void arrival_tape_minutes(const struct arrival_tape *tape, int n_minutes, double *factors);

/** The index-th request, counted on over turns of the tape, as it arrives. */
struct request arrival_tape_request(const struct arrival_tape *tape, int64_t index,
                                    int64_t arrival_ns);

/** A tape being played. Before `warm_up_s` the rate is the mean; then come the minutes, each
 * `minute_s` long (60, or less when time is squeezed), from the first again after the last. */
struct tape_player {
    const struct arrival_tape *tape;
    double rate_per_second, warm_up_s, minute_s;
    int n_minutes;
    const double *factors; /* [n_minutes] */
    double end_s;
    int64_t index;       /* of the next request */
    double from_s, to_s; /* the current stretch of constant rate, */
    double from, rate;   /* its operational start and its rate */
    int64_t minute;      /* index of the next minute */
};

struct tape_player tape_player_open(const struct arrival_tape *tape, double rate_per_second,
                                    double warm_up_s, double minute_s, int n_minutes,
                                    const double *factors, double end_s);
/** The next request, arrival_ns from the start; false after end_s. */
bool tape_player_next(struct tape_player *player, struct request *out);

#endif
