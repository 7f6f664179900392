/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a renewal process in operational time. Each hour is one stationary renewal process of rate 1,
 * stretched by the integral of the rate: bursts cross minute edges, no minute edge shows in the
 * counts, and expected counts equal the integral of the rate at every load. Only hours are started
 * anew, so that each can be made without those before it.
 *
 * Why a moving average for the minute factors. An AR(1) recursion would need every minute before;
 * the sum of weighted keyed normals, cut where its weights vanish, has the same correlations and
 * can be computed for any minute. It is summed in a fixed order from a ring, so a minute has the
 * same bits wherever a window starts. */
#include "sim/traffic_generate.h"

#include <math.h>

#include "base/err.h"

#define NS_PER_MINUTE 60000000000LL
#define NS_PER_HOUR (60 * NS_PER_MINUTE)

/* ---- minute factors ---- */

enum { WEIGHTS_MAX = 1024, DENSITY_POINTS = 8193 };
#define MINUTE_CV_LEAST 0.001 /* below, the density has no digits left */
#define SCORE_MAX 6.0
#define SCORE_STEP (1.0 / 64)

/* Log density of y = log of a gamma variate of mean 1, up to a constant; its maximum 0 is at 0. */
static double log_density(double shape, double y) {
    return shape * (y - rng_exp(y) + 1);
}

/* Where the log density falls to -50 on the side of `step`. */
static double density_edge(double shape, double step) {
    double inner = 0, outer = step;
    while (log_density(shape, outer) > -50) {
        inner = outer;
        outer *= 2;
    }
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (inner + outer);
        if (log_density(shape, middle) > -50)
            inner = middle;
        else
            outer = middle;
    }
    return outer;
}

/* Running trapezoid integral from the left (below) and from the right (above): each tail is summed
 * from its own end, so both keep their relative precision. */
struct tails {
    double below[DENSITY_POINTS], above[DENSITY_POINTS];
};

static void integrate(struct tails *tails, const double *density) {
    tails->below[0] = tails->above[DENSITY_POINTS - 1] = 0;
    for (int i = 1; i < DENSITY_POINTS; i++)
        tails->below[i] = tails->below[i - 1] + 0.5 * (density[i - 1] + density[i]);
    for (int i = DENSITY_POINTS - 2; i >= 0; i--)
        tails->above[i] = tails->above[i + 1] + 0.5 * (density[i] + density[i + 1]);
}

/* Fractional index at which the rising array reaches `target`, searched upwards from *at. */
static double index_rising(const double *array, double target, int *at) {
    while (*at < DENSITY_POINTS - 1 && array[*at] < target)
        ++*at;
    if (*at == 0)
        return 0;
    double low = array[*at - 1], high = array[*at];
    double part = high > low ? (target - low) / (high - low) : 1;
    return *at - 1 + fmin(fmax(part, 0), 1);
}

static double index_falling(const double *array, double target, int *at) {
    while (*at > 0 && array[*at] < target)
        --*at;
    if (*at == DENSITY_POINTS - 1)
        return DENSITY_POINTS - 1;
    double high = array[*at], low = array[*at + 1];
    double part = high > low ? (high - target) / (high - low) : 0;
    return *at + fmin(fmax(part, 0), 1);
}

static double score_at(int i) {
    return -SCORE_MAX + i * SCORE_STEP;
}

/* Scale to mean 1 under the standard normal (the trapezoid rule is spectrally exact there). */
static void normalise_mean(double *table) {
    double sum = 0, weight = 0;
    for (int i = 0; i < MINUTE_FACTOR_POINTS; i++) {
        double density = rng_exp(-0.5 * score_at(i) * score_at(i));
        sum += density * table[i];
        weight += density;
    }
    for (int i = 0; i < MINUTE_FACTOR_POINTS; i++)
        table[i] *= weight / sum;
}

/* Gamma quantiles at the normal scores, by matching two tabulated distribution functions: no
 * special function is needed, and the bits are the same on every machine. */
static double *tabulate_factors(struct arena *arena, double cv) {
    double *table = arena_new(arena, double, MINUTE_FACTOR_POINTS);
    struct arena_mark mark = arena_mark(arena);
    double *density = arena_new(arena, double, DENSITY_POINTS);
    struct tails *gamma = arena_new(arena, struct tails, 1);
    struct tails *normal = arena_new(arena, struct tails, 1);

    double shape = 1 / (cv * cv);
    double low = density_edge(shape, -cv), high = density_edge(shape, cv);
    double step = (high - low) / (DENSITY_POINTS - 1);
    for (int i = 0; i < DENSITY_POINTS; i++)
        density[i] = rng_exp(log_density(shape, low + i * step));
    integrate(gamma, density);
    double normal_step = 20.0 / (DENSITY_POINTS - 1); /* scores -10 .. 10 */
    for (int i = 0; i < DENSITY_POINTS; i++) {
        double z = -10 + i * normal_step;
        density[i] = rng_exp(-0.5 * z * z);
    }
    integrate(normal, density);

    double per_normal = gamma->below[DENSITY_POINTS - 1] / normal->below[DENSITY_POINTS - 1];
    int middle = MINUTE_FACTOR_POINTS / 2, at_low = 0, at_high = DENSITY_POINTS - 1;
    for (int i = 0; i <= middle; i++) {
        double place = (score_at(i) + 10) / normal_step;
        int cell = (int)place;
        double tail =
            normal->below[cell] + (place - cell) * (normal->below[cell + 1] - normal->below[cell]);
        double y = low + step * index_rising(gamma->below, tail * per_normal, &at_low);
        double mirror = low + step * index_falling(gamma->above, tail * per_normal, &at_high);
        table[i] = rng_exp(y);
        table[MINUTE_FACTOR_POINTS - 1 - i] = rng_exp(mirror);
    }
    arena_rewind(arena, mark);
    normalise_mean(table);
    return table;
}

/* Weights r^j sqrt(1 - r^2) until they vanish, scaled to unit variance. */
static int fill_weights(double r, double *weights) {
    double weight = 1, sum = 0;
    int n = 0;
    while (n < WEIGHTS_MAX && weight > 1e-5) {
        weights[n++] = weight;
        sum += weight * weight;
        weight *= r;
    }
    for (int j = 0; j < n; j++)
        weights[j] /= sqrt(sum);
    return n;
}

struct minute_factors minute_factors_open(struct arena *arena, struct burstiness burstiness,
                                          uint64_t seed, uint64_t replication) {
    struct minute_factors factors = {.seed = seed, .replication = replication};
    if (burstiness.minute_cv < MINUTE_CV_LEAST)
        return factors;
    double *weights = arena_new(arena, double, WEIGHTS_MAX);
    factors.n_weights = fill_weights(burstiness.minute_correlation, weights);
    factors.weights = weights;
    factors.normals = arena_new(arena, double, factors.n_weights);
    factors.table = tabulate_factors(arena, burstiness.minute_cv);
    return factors;
}

static int ring_place(const struct minute_factors *factors, int64_t minute) {
    int64_t place = minute % factors->n_weights;
    return (int)(place < 0 ? place + factors->n_weights : place);
}

static void fill_normals(struct minute_factors *factors, int64_t minute) {
    int64_t first = minute - factors->n_weights + 1;
    if (factors->filled && factors->newest < minute && factors->newest >= first)
        first = factors->newest + 1;
    for (int64_t m = first; m <= minute; m++) {
        uint64_t bits =
            rng_keyed(factors->seed, factors->replication, RNG_MINUTE_RATE, (uint64_t)m);
        factors->normals[ring_place(factors, m)] = rng_normal_quantile(rng_unit(bits));
    }
    factors->newest = minute;
    factors->filled = true;
}

double minute_factor(struct minute_factors *factors, int64_t minute) {
    if (factors->n_weights == 0)
        return 1;
    if (!factors->filled || factors->newest != minute)
        fill_normals(factors, minute);
    double score = 0;
    int place = ring_place(factors, minute);
    for (int j = 0; j < factors->n_weights; j++) {
        score += factors->weights[j] * factors->normals[place];
        place = place == 0 ? factors->n_weights - 1 : place - 1;
    }
    double at = (fmin(fmax(score, -SCORE_MAX), SCORE_MAX) + SCORE_MAX) / SCORE_STEP;
    int cell = (int)fmin(at, MINUTE_FACTOR_POINTS - 2);
    const double *table = factors->table;
    return table[cell] + (at - cell) * (table[cell + 1] - table[cell]);
}

/* ---- gaps ---- */

/* An interrupted Poisson process is the renewal process with two-phase hyperexponential gaps
 * (Kuczura 1973). Busy at rate 1/b, busy and quiet spells switch at total rate g:
 * cv^2 - 1 = 2 (1 - b) / (b g) at unit mean. */
static struct gap_law interrupted_poisson(double cv, double busy) {
    double on_rate = 1 / busy, g = 2 * (1 - busy) / (busy * (cv * cv - 1));
    double to_busy = g * busy, sum = on_rate + g;
    double fast = 0.5 * (sum + sqrt(sum * sum - 4 * on_rate * to_busy));
    double slow = on_rate * to_busy / fast;
    return (struct gap_law){.kind = GAP_TWO_PHASE,
                            .share = (on_rate - slow) / (fast - slow),
                            .short_s = 1 / fast,
                            .long_s = 1 / slow};
}

struct gap_law gap_law_of(struct burstiness burstiness) {
    double cv = burstiness.arrival_cv;
    ENSURE(cv > 0);
    if (burstiness.busy_share > 0)
        return interrupted_poisson(cv, burstiness.busy_share);
    return (struct gap_law){.kind = cv == 1.0 ? GAP_EXPONENTIAL : GAP_GAMMA,
                            .shape = 1 / (cv * cv)};
}

double gap_draw(const struct gap_law *law, struct rng *rng) {
    switch (law->kind) {
    case GAP_EXPONENTIAL:
        return rng_exponential(rng, 1);
    case GAP_GAMMA:
        return rng_gamma(rng, law->shape, 1 / law->shape);
    case GAP_TWO_PHASE:
        break;
    }
    double mean = rng_uniform(rng) < law->share ? law->short_s : law->long_s;
    return rng_exponential(rng, mean);
}

/* The residual life of a renewal process in equilibrium is a uniform share of a gap drawn with
 * weight proportional to its length: gamma of shape + 1; phases weighted by share times mean. */
double gap_first(const struct gap_law *law, struct rng *rng) {
    switch (law->kind) {
    case GAP_EXPONENTIAL:
        return rng_exponential(rng, 1);
    case GAP_GAMMA: {
        double length = rng_gamma(rng, law->shape + 1, 1 / law->shape);
        return rng_uniform(rng) * length;
    }
    case GAP_TWO_PHASE:
        break;
    }
    bool is_short = rng_uniform(rng) < law->share * law->short_s; /* the mean gap is 1 */
    return rng_exponential(rng, is_short ? law->short_s : law->long_s);
}

/* ---- lengths ---- */

static double table_at(const struct length_distribution *lengths, double u) {
    int i = 1;
    while (i < lengths->n - 1 && lengths->p[i] < u)
        i++;
    double width = lengths->p[i] - lengths->p[i - 1];
    double part = width > 0 ? (u - lengths->p[i - 1]) / width : 1;
    return lengths->tokens[i - 1] + part * (lengths->tokens[i] - lengths->tokens[i - 1]);
}

double length_unrounded(const struct length_distribution *lengths, double u) {
    switch (lengths->kind) {
    case LENGTH_FIXED:
        break;
    case LENGTH_LOGNORMAL:
        return lengths->median * rng_exp(lengths->sigma * rng_normal_quantile(u));
    case LENGTH_TABLE:
        return table_at(lengths, u);
    }
    return lengths->value;
}

int32_t length_at(const struct length_distribution *lengths, double u) {
    double rounded = floor(length_unrounded(lengths, u) + 0.5);
    return (int32_t)fmin(fmax(rounded, lengths->min), lengths->max);
}

double length_mean(const struct length_distribution *lengths) {
    enum { POINTS = 1 << 14 };
    double sum = 0;
    for (int i = 0; i < POINTS; i++)
        sum += length_at(lengths, (i + 0.5) / POINTS);
    return sum / POINTS;
}

/* ---- arrivals ---- */

struct arrival_process arrival_process_open(struct arena *arena, const struct traffic *traffic,
                                            struct traffic_window window) {
    return (struct arrival_process){
        .seed = traffic->seed,
        .replication = window.replication,
        .rate_per_second = traffic->rate_per_second,
        .growth = window.growth,
        .gaps = gap_law_of(traffic->burstiness),
        .factors =
            minute_factors_open(arena, traffic->burstiness, traffic->seed, window.replication),
        .hour = window.from_ns / NS_PER_HOUR,
        .hour_end = (window.to_ns + NS_PER_HOUR - 1) / NS_PER_HOUR,
    };
}

static double hour_rate(const struct arrival_process *process) {
    return process->rate_per_second[process->hour % HOURS_PER_WEEK] * process->growth;
}

static void enter_minute(struct arrival_process *process, int minute) {
    double factor = minute_factor(&process->factors, process->hour * 60 + minute);
    process->minute = minute;
    process->minute_start = process->minute_end;
    process->minute_end += 60 * factor * hour_rate(process);
}

/* False when no hour is left. */
static bool enter_hour(struct arrival_process *process) {
    while (process->hour < process->hour_end && hour_rate(process) <= 0)
        process->hour++;
    if (process->hour >= process->hour_end)
        return false;
    process->rng =
        rng_open(process->seed, process->replication, RNG_ARRIVAL, (uint64_t)process->hour);
    process->next = gap_first(&process->gaps, &process->rng);
    process->index = 0;
    process->n_ahead = 0;
    process->minute_end = 0;
    process->in_hour = true;
    enter_minute(process, 0);
    return true;
}

/* False when the next arrival lies beyond the hour. */
static bool find_minute(struct arrival_process *process) {
    while (process->next >= process->minute_end) {
        if (process->minute == 59)
            return false;
        enter_minute(process, process->minute + 1);
    }
    return true;
}

static double next_gap(struct arrival_process *process) {
    if (process->gaps.kind != GAP_EXPONENTIAL)
        return gap_draw(&process->gaps, &process->rng);
    if (process->n_ahead == 0) {
        rng_fill_exponential(&process->rng, process->ahead, GAPS_AHEAD);
        process->n_ahead = GAPS_AHEAD;
    }
    return process->ahead[GAPS_AHEAD - process->n_ahead--];
}

bool arrival_process_next(struct arrival_process *process, int64_t *arrival_ns, uint64_t *key) {
    for (;;) {
        if (!process->in_hour && !enter_hour(process))
            return false;
        if (find_minute(process))
            break;
        process->in_hour = false;
        process->hour++;
    }
    double width = process->minute_end - process->minute_start;
    double part = (process->next - process->minute_start) / width;
    int64_t inside = (int64_t)(part * (double)NS_PER_MINUTE);
    if (inside >= NS_PER_MINUTE) /* the product may round up */
        inside = NS_PER_MINUTE - 1;
    *arrival_ns = process->hour * NS_PER_HOUR + process->minute * NS_PER_MINUTE + inside;
    *key = (uint64_t)process->hour << 36 | process->index++;
    process->next += next_gap(process);
    return true;
}
