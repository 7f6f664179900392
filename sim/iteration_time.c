/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/iteration_time.h"

#include <stddef.h>

#include "base/rng.h"

enum { GRAPH_TOKENS_MAX = 512, GRAPH_FINE_MAX = 256, GRAPH_FINE = 8, GRAPH_COARSE = 16 };

/* Below it e^x is nothing beside 1. */
#define LOG_NOTHING (-40.0)

static sim_ticks ticks_from_us(double us) {
    sim_ticks ticks = (sim_ticks)(us * (double)TICKS_PER_US + 0.5);
    return ticks > 0 ? ticks : 1;
}

static double linear_us(const struct iteration_time *time, double tokens) {
    double bandwidth_bound = time->a0 + time->a1 * tokens;
    double compute_bound = time->b0 + time->b1 * tokens;
    return bandwidth_bound > compute_bound ? bandwidth_bound : compute_bound;
}

int64_t iteration_time_graph_tokens(int64_t tokens) {
    if (tokens <= 2 || tokens > GRAPH_TOKENS_MAX)
        return tokens;
    if (tokens <= 4)
        return 4;
    int64_t step = tokens <= GRAPH_FINE_MAX ? GRAPH_FINE : GRAPH_COARSE;
    return (tokens + step - 1) & -step;
}

double iteration_time_experts_hit(const struct iteration_time *time, double tokens) {
    if (time->experts_chosen >= time->experts)
        return tokens > 0 ? time->experts : 0;
    double log_missed = tokens * rng_log(1 - time->experts_chosen / time->experts);
    return time->experts * (log_missed < LOG_NOTHING ? 1 : 1 - rng_exp(log_missed));
}

static double moe_us(const struct iteration_time *time, double tokens) {
    double bandwidth_bound = time->x0 + time->x1 * iteration_time_experts_hit(time, tokens);
    double compute_bound = time->y0 + time->y1 * tokens;
    return bandwidth_bound > compute_bound ? bandwidth_bound : compute_bound;
}

/* Everything but attention. */
static double other_us(const struct iteration_time *time, int64_t n_tokens, int64_t n_sampled) {
    double tokens = (double)(time->graphs ? iteration_time_graph_tokens(n_tokens) : n_tokens);
    double layer_us = linear_us(time, tokens) + time->r0 + time->r1 * tokens;
    if (time->experts > 0)
        layer_us += moe_us(time, tokens);
    return time->t0 + time->layers * layer_us + time->h0 + time->h1 * (double)n_sampled;
}

sim_ticks iteration_time_decode_fixed(const struct iteration_time *time, int64_t n) {
    double attention_us = time->d0 + time->d1 * (double)n;
    return ticks_from_us(other_us(time, n, n) + time->layers * attention_us);
}

sim_ticks iteration_time_decode_per_context(const struct iteration_time *time) {
    return (sim_ticks)(time->layers * time->d2 * (double)TICKS_PER_US + 0.5);
}

static double attention_us(const struct iteration_time *time, const struct prefill_step *step) {
    double chunk = (double)step->chunk_tokens, cached = (double)step->cached_tokens;
    double chunk_context = (double)step->chunk_context_twice / 2;
    if (step->n_decode == 0)
        return time->p0 + time->p1 * chunk + time->p2 * chunk_context + time->p3 * cached;
    return time->m0 + time->m1 * chunk + time->m2 * chunk_context + time->m3 * cached +
           time->m4 * (double)step->n_decode + time->m5 * (double)step->decode_context;
}

sim_ticks iteration_time_prefill(const struct iteration_time *time,
                                 const struct prefill_step *step) {
    int64_t tokens = step->chunk_tokens + step->n_decode;
    return ticks_from_us(other_us(time, tokens, step->n_sampled) +
                         time->layers * attention_us(time, step));
}

bool iteration_time_valid(const struct iteration_time *time) {
    const double parameters[] = {
        time->layers,
        time->t0,
        time->a0,
        time->a1,
        time->b0,
        time->b1,
        time->d0,
        time->d1,
        time->d2,
        time->p0,
        time->p1,
        time->p2,
        time->p3,
        time->m0,
        time->m1,
        time->m2,
        time->m3,
        time->m4,
        time->m5,
        time->r0,
        time->r1,
        time->h0,
        time->h1,
        time->x0,
        time->x1,
        time->y0,
        time->y1,
        time->experts,
        time->experts_chosen,
    };
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (!(parameters[i] >= 0 && parameters[i] <= 1e12))
            return false;
    return time->experts == 0 ||
           (time->experts_chosen > 0 && time->experts_chosen <= time->experts);
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

double iteration_time_bound_us(const struct iteration_time *time, int64_t n_tokens,
                               int64_t n_sequences, double context) {
    double tokens = (double)n_tokens, sequences = (double)n_sequences;
    double decode = time->d0 + time->d1 * sequences + time->d2 * context;
    double prefill =
        time->p0 + (time->p1 + time->p2 * (context + tokens)) * tokens + time->p3 * context;
    double mixed = time->m0 + (time->m1 + time->m2 * (context + tokens)) * tokens +
                   time->m3 * context + time->m4 * sequences + time->m5 * context;
    return other_us(time, n_tokens, n_sequences) +
           time->layers * larger(decode, larger(prefill, mixed));
}
