/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Keyed random numbers: state = f(seed, replication, stream, entity), so a request sees the same
 * draw in every candidate and on any number of threads, and a new draw in one module moves nothing
 * elsewhere.
 *
 *  All variates use inversion or exact algorithms on our own `log`, so results are the same on
 * every machine (no libm in a variate). Quality: xoshiro256++ seeded by splitmix64; keyed single
 * draws by a splitmix-style mix. */
#ifndef HEADROOM_BASE_RNG_H
#define HEADROOM_BASE_RNG_H

#include <stdint.h>

/* One row per independent use of randomness. */
#define RNG_STREAMS(X)                                                                             \
    X(MINUTE_RATE)                                                                                 \
    X(ARRIVAL)                                                                                     \
    X(INPUT_TOKENS)                                                                                \
    X(OUTPUT_TOKENS)                                                                               \
    X(ROW_SAMPLE)                                                                                  \
    X(GROWTH_COPY)                                                                                 \
    X(GROWTH_SHIFT)                                                                                \
    X(ROUTE)                                                                                       \
    X(OVERFLOW)                                                                                    \
    X(SERVICE)                                                                                     \
    X(COLD_START)                                                                                  \
    X(SPOT_LIFE)                                                                                   \
    X(TEST)                                                                                        \
    X(PRIORITY)                                                                                    \
    X(ADAPTER)                                                                                     \
    X(SPOT_ZONE)                                                                                   \
    X(SPOT_SHOCK)                                                                                  \
    X(SPOT_IN_SHOCK)                                                                               \
    X(INSTANCE_BOOT)                                                                               \
    X(IMAGE_PULL)                                                                                  \
    X(WARM_UP)                                                                                     \
    X(INSTANCE_RESUME)                                                                             \
    X(JOB_FAILURE)                                                                                 \
    X(JOB_NODE)                                                                                    \
    X(KEEP_ALIVE)                                                                                  \
    X(SPOT_CHOICE)                                                                                 \
    X(INSTANCE_FAILURE)                                                                            \
    X(LAUNCH_FAILURE)                                                                              \
    X(FAULT_TARGET)                                                                                \
    X(FRONT)                                                                                       \
    X(FLOW_PATH)                                                                                   \
    X(FLOW_DELAY)                                                                                  \
    X(GROUP)                                                                                       \
    X(FUTURE)

enum rng_stream {
#define X(name) RNG_##name,
    RNG_STREAMS(X)
#undef X
};

struct rng {
    uint64_t s[4];
};

struct rng rng_open(uint64_t seed, uint64_t replication, enum rng_stream stream, uint64_t entity);
uint64_t rng_next(struct rng *rng);

/** One 64-bit draw without state. */
uint64_t rng_keyed(uint64_t seed, uint64_t replication, enum rng_stream stream, uint64_t entity);
/** The same in two steps, for many entities of one stream: rng_keyed(a, b, c, e) is
 * rng_at(rng_key(a, b, c), e). */
uint64_t rng_key(uint64_t seed, uint64_t replication, enum rng_stream stream);
uint64_t rng_at(uint64_t key, uint64_t entity);

double rng_unit(uint64_t bits);      /* (0, 1): odd multiples of 2^-53, never 0 or 1 */
double rng_uniform(struct rng *rng); /* (0, 1) */
double rng_log(double x);            /* natural log, x > 0 and finite, relative error < 1e-14 */
double rng_exp(double x);            /* relative error < 1e-14 for |x| < 700 */
double rng_exponential(struct rng *rng, double mean);
/** out[n] = what n calls of rng_exponential(rng, 1) give, in half the time. */
void rng_fill_exponential(struct rng *rng, double *out, int n);
double rng_normal(struct rng *rng);   /* inverse CDF, monotone in its uniform */
double rng_normal_quantile(double p); /* 0 < p < 1 */
double rng_gamma(struct rng *rng, double shape, double scale); /* shape > 0; Marsaglia-Tsang */
uint64_t rng_below(struct rng *rng, uint64_t n);               /* 0 .. n-1, unbiased */

#endif
