/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front door against theory, by the interval test: 32 replications, |t31| > 6 rejects
 * (two-sided p = 1.2e-6); each test carries a mutant that it must reject.
 *
 * M/M/c/K: arrivals that find K inside are lost; with p_k the stationary distribution of the birth
 * and death chain, p_K of them. M/M/c/c is Erlang B.
 *
 * Retries on a loss system. When backoffs are long against service and evenly drawn, repeated
 * attempts are nearly Poisson again (Cohen 1957): attempts come at rate x with
 * x = lambda (1 + B + ... + B^(n-1)), B = Erlang B at x, for at most n attempts. The fixed point is
 * computed by iteration; amplification is x / lambda. */
#include <math.h>

#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 32, N_ARRIVALS = 40000 };

struct poisson {
    struct rng rng;
    double rate_per_second, now_s;
    int64_t left;
};

static bool poisson_next(void *context, struct request *out) {
    struct poisson *poisson = context;
    if (poisson->left-- == 0)
        return false;
    poisson->now_s += rng_exponential(&poisson->rng, 1 / poisson->rate_per_second);
    *out = (struct request){(int64_t)(poisson->now_s * NS_PER_SECOND), 1, 1, .row = -1};
    return true;
}

/* Servers of mean service 1 s. */
static struct replay_result simulate(int servers, double rate_per_second,
                                     const struct front_door *door, uint64_t replication) {
    struct arena arena = {0};
    int n_hours = (int)(1.1 * N_ARRIVALS / rate_per_second / 3600) + 2;
    struct pool pool = steady_pool(&arena, queue_of(servers, SERVICE_EXPONENTIAL, 1), 1, n_hours);
    struct replay_input input = input_of(&pool, 1, n_hours);
    struct poisson poisson = {rng_open(1, replication, RNG_ARRIVAL, 0), rate_per_second, 0,
                              N_ARRIVALS};
    struct replay_result result;
    struct err err = {0};
    input.window.replication = replication;
    input.front = *door;
    cr_assert(replay_engine_run(&arena, &input,
                                (struct arrivals){.next = poisson_next, .context = &poisson},
                                (struct replay_probe){0}, &result, &err),
              "%s", err.what);
    arena_release(&arena);
    return result;
}

/* Share lost in M/M/c/K of offered load a. */
static double lost_share(int servers, int places, double a) {
    double p = 1, sum = 1;
    for (int k = 1; k <= places; k++) {
        p *= a / (k < servers ? k : servers);
        sum += p;
    }
    return p / sum;
}

static double t_of_loss(int servers, int places, double a, int theory_places) {
    struct front_door door = {.outstanding_max = {places}};
    double shares[REPLICATIONS];
    for (int i = 0; i < REPLICATIONS; i++) {
        struct replay_result result = simulate(servers, a, &door, (uint64_t)i);
        cr_assert(eq(i64, result.arrived, N_ARRIVALS));
        shares[i] = (double)result.rejected / N_ARRIVALS;
    }
    return t_statistic(shares, REPLICATIONS, lost_share(servers, theory_places, a));
}

Test(loss, mm1k) {
    cr_assert(le(dbl, fabs(t_of_loss(1, 5, 0.9, 5)), T_LIMIT));
    cr_assert(gt(dbl, fabs(t_of_loss(1, 5, 0.9, 6)), T_LIMIT));
}

Test(loss, mmck) {
    cr_assert(le(dbl, fabs(t_of_loss(4, 10, 4.4, 10)), T_LIMIT));
    cr_assert(gt(dbl, fabs(t_of_loss(4, 10, 4.4, 11)), T_LIMIT));
}

Test(loss, erlang_b) {
    cr_assert(le(dbl, fabs(t_of_loss(8, 8, 7, 8)), T_LIMIT));
    cr_assert(gt(dbl, fabs(t_of_loss(9, 9, 7, 8)), T_LIMIT));
}

/* --- retries --- */

static double amplification(int servers, double a, int attempts) {
    double x = a;
    for (int i = 0; i < 1000; i++) {
        double b = lost_share(servers, servers, x), sum = 0, power = 1;
        for (int k = 0; k < attempts; k++, power *= b)
            sum += power;
        x = a * sum;
    }
    return x / a;
}

static double mean_amplification(int servers, double a, int attempts) {
    /* Backoffs of 0 to 30 service times. */
    struct front_door door = {.outstanding_max = {servers},
                              .attempts = attempts,
                              .backoff_s = 30,
                              .backoff_max_s = 30,
                              .jitter = 1};
    double sum = 0;
    for (int i = 0; i < REPLICATIONS / 4; i++) {
        struct replay_result result = simulate(servers, a, &door, (uint64_t)i);
        sum += (double)result.front.attempts / (double)result.arrived;
    }
    return sum / (REPLICATIONS / 4);
}

/* The mean is good to about 0.3 %; filling and emptying the orbit takes some 100 of 4000 s. A
 * system under its capacity, and one that is offered 1.3 times what it serves: there each attempt
 * more makes the storm worse. */
Test(loss, retries_amplify_as_the_fixed_point_says) {
    static const struct {
        double offered;
        int attempts;
    } cases[] = {{7, 3}, {10.4, 3}, {10.4, 6}};
    for (int i = 0; i < 3; i++) {
        double want = amplification(8, cases[i].offered, cases[i].attempts);
        double got = mean_amplification(8, cases[i].offered, cases[i].attempts);
        cr_assert(epsilon_eq(dbl, got, want, 0.03 * want), "case %d: %g, %g", i, got, want);
        double mutant = amplification(8, cases[i].offered, cases[i].attempts - 1);
        cr_assert(gt(dbl, fabs(got - mutant), 0.03 * want), "case %d", i);
    }
}
