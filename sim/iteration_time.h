/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From the parameters of struct iteration_time (sim/service.h) to the ticks of one engine step.
 *
 *  A decode-only step of n sequences on K cached tokens takes fixed(n) + per_context * K, both
 * whole ticks, so that k such steps in a row sum to a closed form without a rounding:
 *
 *      S(k) = k (fixed + per_context K) + per_context n k (k - 1) / 2
 *
 *  because each step adds n to K. Steps with a prefill are rounded once each. */
#ifndef HEADROOM_SIM_ITERATION_TIME_H
#define HEADROOM_SIM_ITERATION_TIME_H

#include "sim/service.h"
#include "sim/ticks.h"

/** Tokens that a step of so many, at least one, is padded to when graphs are on: the sizes that
 * vLLM captures, 1, 2, 4, 8 to 256 by 8 and 272 to 512 by 16; larger steps are not padded. */
int64_t iteration_time_graph_tokens(int64_t tokens);
/** Experts of a layer that so many tokens reach on average, when each token chooses at random. */
double iteration_time_experts_hit(const struct iteration_time *time, double tokens);

/** fixed(n), n >= 1; at least one tick, so that time moves. */
sim_ticks iteration_time_decode_fixed(const struct iteration_time *time, int64_t n);
sim_ticks iteration_time_decode_per_context(const struct iteration_time *time);

/** What one step with at least one prefill chunk works on. */
struct prefill_step {
    int64_t chunk_tokens;        /* sum of c */
    int64_t chunk_context_twice; /* sum of c (2 p + c) = 2 c (p + c/2) */
    int64_t cached_tokens;       /* sum of p */
    int64_t n_decode;            /* decode sequences beside the prefill */
    int64_t decode_context;      /* K */
    int64_t n_sampled;           /* sequences that get a token */
};
sim_ticks iteration_time_prefill(const struct iteration_time *time,
                                 const struct prefill_step *step);

/** All parameters finite and not negative; a token chooses some of the experts and no more than
 * there are. */
bool iteration_time_valid(const struct iteration_time *time);
/** No step of so many tokens and sequences on so much cached context takes longer, microseconds. */
double iteration_time_bound_us(const struct iteration_time *time, int64_t n_tokens,
                               int64_t n_sequences, double context);

#endif
