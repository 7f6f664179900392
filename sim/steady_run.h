/* SPDX-License-Identifier: GPL-3.0-or-later */
/** One replay of steady traffic against one pool: the trial that SIZE bisects with. */
#ifndef HEADROOM_SIM_STEADY_RUN_H
#define HEADROOM_SIM_STEADY_RUN_H

#include "base/arena.h"
#include "base/quantile.h"
#include "sim/arrival_tape.h"
#include "sim/capacity.h"
#include "sim/slo.h"

struct steady_setup {
    const struct candidate *candidate;
    const struct arrival_tape *tape;
    struct slo slo;             /* limits of 0 = none */
    uint64_t seed, replication; /* of the service's own draws */
    int replicas;
    double rate_per_second;
    double warm_up_s;  /* at the mean rate, not counted */
    double duration_s; /* counted */
    double minute_s;   /* 60, or less when time is squeezed */
    int n_minutes;
    double minutes[TAPE_MINUTES_MAX]; /* [n_minutes] factors of the rate */
    bool to_the_end;                  /* do not end early when the SLO is out of reach */
};

struct steady_outcome {
    bool holds;             /* the SLO over the counted requests */
    int64_t arrived, good;  /* counted */
    int64_t rejected;       /* counted; too long for the service, throttled */
    int64_t rejected_uncut; /* of these: only because no step holds them and prompts are not cut */
    int64_t uncut_tokens;   /* most tokens that such a step would have to hold */
    double rate_per_second; /* that arrived and was counted */
    double latency_mean_s;
    int64_t calls, mb_ms, provisioned_mb_ms; /* functions: served, warm-up included; billed */
    struct quantile_sketch ttft_s, tpot_s, latency_s; /* counted and finished */
};

/** Sketches live in the arena. Ends early, with holds = false and partial counts, once the SLO is
 * out of reach. */
struct steady_outcome steady_run(struct arena *arena, const struct steady_setup *setup);

/** The first n requests of the tape, each sent to an idle fleet. Reads of the setup only candidate,
 * tape, slo, seed, replication and replicas. */
struct steady_outcome steady_run_alone(struct arena *arena, const struct steady_setup *setup,
                                       int n);

/** Seconds that a request of these lengths takes alone, by the service's own equations: about what
 * the simulator takes, and not less. */
double steady_alone_s(const struct service *service, double input_tokens, double output_tokens);

#endif
