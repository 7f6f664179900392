/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/iteration_time.h"

#include <stddef.h>

static sim_ticks ticks_from_us(double us) {
    sim_ticks ticks = (sim_ticks)(us * (double)TICKS_PER_US + 0.5);
    return ticks > 0 ? ticks : 1;
}

static double linear_us(const struct iteration_time *time, double tokens) {
    double bandwidth_bound = time->a0 + time->a1 * tokens;
    double compute_bound = time->b0 + time->b1 * tokens;
    return bandwidth_bound > compute_bound ? bandwidth_bound : compute_bound;
}

/* Everything but attention. */
static double other_us(const struct iteration_time *time, double tokens, double sampled) {
    double layer_us = linear_us(time, tokens) + time->r0 + time->r1 * tokens;
    return time->t0 + time->layers * layer_us + time->h0 + time->h1 * sampled;
}

sim_ticks iteration_time_decode_fixed(const struct iteration_time *time, int64_t n) {
    double sequences = (double)n;
    double attention_us = time->d0 + time->d1 * sequences;
    return ticks_from_us(other_us(time, sequences, sequences) + time->layers * attention_us);
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
    double tokens = (double)(step->chunk_tokens + step->n_decode);
    return ticks_from_us(other_us(time, tokens, (double)step->n_sampled) +
                         time->layers * attention_us(time, step));
}

bool iteration_time_valid(const struct iteration_time *time) {
    const double parameters[] = {
        time->layers, time->t0, time->a0, time->a1, time->b0, time->b1, time->d0, time->d1,
        time->d2,     time->p0, time->p1, time->p2, time->p3, time->m0, time->m1, time->m2,
        time->m3,     time->m4, time->m5, time->r0, time->r1, time->h0, time->h1,
    };
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (!(parameters[i] >= 0 && parameters[i] <= 1e12))
            return false;
    return true;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

double iteration_time_bound_us(const struct iteration_time *time, double tokens, double sequences,
                               double context) {
    double decode = time->d0 + time->d1 * sequences + time->d2 * context;
    double prefill =
        time->p0 + (time->p1 + time->p2 * (context + tokens)) * tokens + time->p3 * context;
    double mixed = time->m0 + (time->m1 + time->m2 * (context + tokens)) * tokens +
                   time->m3 * context + time->m4 * sequences + time->m5 * context;
    return other_us(time, tokens, sequences) +
           time->layers * larger(decode, larger(prefill, mixed));
}
