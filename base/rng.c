/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generator: xoshiro256++ (Blackman and Vigna 2021), state filled by splitmix64 (Steele, Lea and
 * Flood 2014). Only + - * / and square roots are used in variates: IEEE 754 rounds those the same
 * everywhere, while libm's functions differ in the last bit from one library to the next. */
#include "base/rng.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

__extension__ typedef unsigned __int128 uint128;

#define GOLDEN 0x9E3779B97F4A7C15ULL

/* Bijective finaliser of splitmix64. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* Each part passes a full mix before the next is added, so neighbouring keys share nothing and the
 * order of the parts matters. */
uint64_t rng_key(uint64_t seed, uint64_t replication, enum rng_stream stream) {
    uint64_t key = mix(seed + GOLDEN);
    key = mix((key ^ replication) + GOLDEN);
    return mix((key ^ (uint64_t)stream) + GOLDEN);
}

uint64_t rng_at(uint64_t key, uint64_t entity) {
    return mix((key ^ entity) + GOLDEN);
}

uint64_t rng_keyed(uint64_t seed, uint64_t replication, enum rng_stream stream, uint64_t entity) {
    return rng_at(rng_key(seed, replication, stream), entity);
}

struct rng rng_open(uint64_t seed, uint64_t replication, enum rng_stream stream, uint64_t entity) {
    uint64_t key = rng_keyed(seed, replication, stream, entity);
    struct rng rng;
    for (int i = 0; i < 4; i++)
        rng.s[i] = mix(key += GOLDEN);
    return rng;
}

static uint64_t rotate(uint64_t x, int k) {
    return x << k | x >> (64 - k);
}

uint64_t rng_next(struct rng *rng) {
    uint64_t *s = rng->s;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double rng_unit(uint64_t bits) {
    return (double)(bits >> 11 | 1) * 0x1p-53;
}

double rng_uniform(struct rng *rng) {
    return rng_unit(rng_next(rng));
}

/* ---- log and exp ---- */

/* ln 2 in two parts; the first has 20 zero bits at its end, so its product with any exponent is
 * exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* x = 2^e m with m in [sqrt 1/2, sqrt 2); log m = 2 atanh s, s = (m - 1) / (m + 1), |s| <= 0.1716:
 * the series of atanh cut after s^21 leaves less than 1e-17 of it. */
static inline double log_of_normal(double x, int e) {
    uint64_t bits = to_bits(x);
    e += (int)(bits >> 52) - 1023;
    uint64_t mantissa = (bits & 0xFFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL;
    uint64_t high = mantissa > 0x3FF6A09E667F3BCDULL; /* above sqrt 2: halve it, without a branch */
    double m = from_bits(mantissa - (high << 52));
    e += (int)high;
    double s = (m - 1) / (m + 1), z = s * s, series = 0;
    for (int k = 21; k >= 3; k -= 2)
        series = (series + 1.0 / k) * z;
    return (double)e * LN2_HIGH + ((double)e * LN2_LOW + 2 * (s * series) + 2 * s);
}

double rng_log(double x) {
    ENSURE(x > 0 && x <= 0x1.fffffffffffffp1023);
    return x < 0x1p-1022 ? log_of_normal(x * 0x1p54, -54) : log_of_normal(x, 0);
}

static double two_to(int k) {
    return from_bits((uint64_t)(k + 1023) << 52);
}

/* x = k ln 2 + r with |r| <= 0.35; the Taylor series to r^13 leaves less than 1e-17. */
double rng_exp(double x) {
    ENSURE(x == x);
    if (x > 709.782712893384)
        return HUGE_VAL;
    if (x < -745.2)
        return 0;
    static const double inverse[] = {1.0,
                                     1.0 / 2,
                                     1.0 / 6,
                                     1.0 / 24,
                                     1.0 / 120,
                                     1.0 / 720,
                                     1.0 / 5040,
                                     1.0 / 40320,
                                     1.0 / 362880,
                                     1.0 / 3628800,
                                     1.0 / 39916800,
                                     1.0 / 479001600,
                                     1.0 / 6227020800.0};
    int k = (int)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
    double r = (x - (double)k * LN2_HIGH) - (double)k * LN2_LOW, series = 0;
    for (int i = 12; i >= 0; i--)
        series = (series + inverse[i]) * r;
    int half = k / 2; /* two steps, so that neither factor leaves the range of a double */
    return (1 + series) * two_to(half) * two_to(k - half);
}

/* ---- variates ---- */

double rng_exponential(struct rng *rng, double mean) {
    return -mean * rng_log(rng_uniform(rng));
}

/* No logarithm waits for the one before it: the processor works on several at a time. */
void rng_fill_exponential(struct rng *rng, double *out, int n) {
    for (int i = 0; i < n; i++)
        out[i] = rng_uniform(rng);
    for (int i = 0; i < n; i++)
        out[i] = -log_of_normal(out[i], 0);
}

static double ratio(const double top[8], const double bottom[8], double x) {
    double a = 0, b = 0;
    for (int i = 7; i >= 0; i--) {
        a = a * x + top[i];
        b = b * x + bottom[i];
    }
    return a / b;
}

/* Wichura's algorithm AS 241 (Applied Statistics 37, 1988), its 16-digit rational functions: one
 * for the middle, two for the tails. */
double rng_normal_quantile(double p) {
    static const double middle_top[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                        1.9715909503065514427e3, 1.3731693765509461125e4,
                                        4.5921953931549871457e4, 6.7265770927008700853e4,
                                        3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double middle_bottom[] = {1.0,
                                           4.2313330701600911252e1,
                                           6.8718700749205790830e2,
                                           5.3941960214247511077e3,
                                           2.1213794301586595867e4,
                                           3.9307895800092710610e4,
                                           2.8729085735721942674e4,
                                           5.2264952788528545610e3};
    static const double tail_top[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                      5.76949722146069140550e0,  3.64784832476320460504e0,
                                      1.27045825245236838258e0,  2.41780725177450611770e-1,
                                      2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double tail_bottom[] = {1.0,
                                         2.05319162663775882187e0,
                                         1.67638483018380384940e0,
                                         6.89767334985100004550e-1,
                                         1.48103976427480074590e-1,
                                         1.51986665636164571966e-2,
                                         5.47593808499534494600e-4,
                                         1.05075007164441684324e-9};
    static const double far_top[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                     1.78482653991729133580e0,  2.96560571828504891230e-1,
                                     2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                     2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double far_bottom[] = {1.0,
                                        5.99832206555887937690e-1,
                                        1.36929880922735805310e-1,
                                        1.48753612908506148525e-2,
                                        7.86869131145613259100e-4,
                                        1.84631831751005468180e-5,
                                        1.42151175831644588870e-7,
                                        2.04426310338993978564e-15};
    ENSURE(p > 0 && p < 1);
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425)
        return q * ratio(middle_top, middle_bottom, 0.180625 - q * q);
    double r = sqrt(-rng_log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? ratio(tail_top, tail_bottom, r - 1.6) : ratio(far_top, far_bottom, r - 5);
    return q < 0 ? -x : x;
}

double rng_normal(struct rng *rng) {
    return rng_normal_quantile(rng_uniform(rng));
}

/* Marsaglia and Tsang (ACM TOMS 26, 2000): the cube of a stretched normal, accepted by the density
 * ratio; below shape 1 a draw of shape + 1 times u^(1/shape). */
double rng_gamma(struct rng *rng, double shape, double scale) {
    ENSURE(shape > 0 && scale >= 0);
    double boost = 1;
    if (shape < 1) {
        boost = rng_exp(rng_log(rng_uniform(rng)) / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(rng), root = 1 + c * x;
        if (root <= 0)
            continue;
        double v = root * root * root;
        if (rng_log(rng_uniform(rng)) < 0.5 * x * x + d - d * v + d * rng_log(v))
            return d * v * boost * scale;
    }
}

/* Lemire (ACM TOMACS 29, 2019): multiply and shift, redraw the few low products that would make
 * some results likelier. */
uint64_t rng_below(struct rng *rng, uint64_t n) {
    ENSURE(n > 0);
    uint128 product = (uint128)rng_next(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t uneven = -n % n;
        while ((uint64_t)product < uneven)
            product = (uint128)rng_next(rng) * n;
    }
    return (uint64_t)(product >> 64);
}
