/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine against queueing theory, by the interval test: 32 independent replications, the mean
 * wait of each, and |t31| > 6 rejects (two-sided p = 1.2e-6). Seeds are fixed, so a test that
 * passes always passes; the threshold comes from theory, not from what was observed.
 *
 * Each test carries mutants that it must reject: service 1 % longer, one server fewer or one
 * instance more, a request that is kept alive 1 % longer.
 *
 * Warm-up: the queue starts empty, and forgets that with the relaxation time of the M/M/c queue,
 * 1 / (mu (sqrt c - sqrt (lambda / mu))^2) or less: 56 service times at c = 1, rho = 0.75, about 42
 * arrivals. The first 5000 arrivals, 119 relaxation times, are not counted. */
#include <math.h>

#include "sim/queue_station.h"
#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 32, WARM_UP = 5000, COUNTED = 100000 };

/* --- Poisson arrivals --- */

struct poisson {
    struct rng rng;
    double rate_per_second;
    double now_s;
    int64_t left;
};

static bool poisson_next(void *context, struct request *out) {
    struct poisson *poisson = context;
    if (poisson->left-- == 0)
        return false;
    poisson->now_s += rng_exponential(&poisson->rng, 1 / poisson->rate_per_second);
    *out = (struct request){(int64_t)(poisson->now_s * NS_PER_SECOND), 1, 1};
    return true;
}

static struct poisson poisson_of(uint64_t replication, double rate_per_second, int64_t n) {
    return (struct poisson){rng_open(1, replication, RNG_ARRIVAL, 0), rate_per_second, 0, n};
}

/* --- waits in an M/x/c queue --- */

struct waits {
    const struct replay_input *input;
    int64_t n, n_waited;
    sim_ticks sum;
};

static void add_wait(void *context, const struct work *work, sim_ticks finish) {
    struct waits *waits = context;
    if (work->id < WARM_UP)
        return;
    const struct replay_input *input = waits->input;
    sim_ticks service = queue_station_service(&input->pools[0].service.queue, input->seed,
                                              input->window.replication, work->id);
    sim_ticks wait = finish - work->arrival - service;
    waits->n++;
    waits->n_waited += wait > 0;
    waits->sum += wait;
}

struct queue_means {
    double wait_s[REPLICATIONS], waited[REPLICATIONS];
};

static void simulate(struct service service, double rate_per_second, struct queue_means *out) {
    for (int replication = 0; replication < REPLICATIONS; replication++) {
        struct arena arena = {0};
        int n_hours = (int)(1.2 * (WARM_UP + COUNTED) / rate_per_second / 3600) + 2;
        struct pool pool = steady_pool(&arena, service, 1, n_hours);
        struct replay_input input = input_of(&pool, 1, n_hours);
        input.window.replication = (uint64_t)replication;
        struct poisson poisson =
            poisson_of((uint64_t)replication, rate_per_second, WARM_UP + COUNTED);
        struct waits waits = {.input = &input};
        struct replay_result result;
        struct err err = {0};
        cr_assert(replay_engine_run(&arena, &input,
                                    (struct arrivals){.next = poisson_next, .context = &poisson},
                                    (struct replay_probe){.finished = add_wait, .context = &waits},
                                    &result, &err),
                  "%s", err.what);
        cr_assert(eq(i64, waits.n, COUNTED));
        out->wait_s[replication] = ticks_seconds(waits.sum) / COUNTED;
        out->waited[replication] = (double)waits.n_waited / COUNTED;
        arena_release(&arena);
    }
}

/* Probability of waiting in M/M/c, by the Erlang B recursion. */
static double erlang_c(int servers, double offered) {
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = offered * b / (k + offered * b);
    return servers * b / (servers - offered * (1 - b));
}

struct theory_case {
    const char *name;
    int servers;
    enum service_time_kind kind;
    double rate_per_second, mean_s; /* what is simulated */
    bool accepted;
};

/* Theory is always of mean 1, `servers` at rho 0.75; mutants differ in what is simulated. */
static void interval_test(const struct theory_case *c, int theory_servers) {
    double offered = c->rate_per_second, waiting = erlang_c(theory_servers, offered);
    double wait_s = waiting / (theory_servers - offered);
    if (c->kind == SERVICE_DETERMINISTIC)
        wait_s /= 2; /* M/D/1: half of M/M/1 */
    struct queue_means means;
    simulate(queue_of(c->servers, c->kind, c->mean_s), c->rate_per_second, &means);
    double t_wait = t_statistic(means.wait_s, REPLICATIONS, wait_s);
    bool accepted = fabs(t_wait) <= T_LIMIT;
    cr_assert(accepted == c->accepted, "%s: t = %.1f for the mean wait", c->name, t_wait);
    if (c->accepted) {
        double t_waited = t_statistic(means.waited, REPLICATIONS, waiting);
        cr_assert(fabs(t_waited) <= T_LIMIT, "%s: t = %.1f for the share that waits", c->name,
                  t_waited);
    }
}

Test(queueing, mm1) {
    interval_test(&(struct theory_case){"M/M/1", 1, SERVICE_EXPONENTIAL, 0.75, 1, true}, 1);
}

Test(queueing, mm1_rejects_longer_service) {
    interval_test(&(struct theory_case){"1 % longer", 1, SERVICE_EXPONENTIAL, 0.75, 1.01, false},
                  1);
}

Test(queueing, mm8) {
    interval_test(&(struct theory_case){"M/M/8", 8, SERVICE_EXPONENTIAL, 6, 1, true}, 8);
}

Test(queueing, mm8_rejects_longer_service) {
    interval_test(&(struct theory_case){"1 % longer", 8, SERVICE_EXPONENTIAL, 6, 1.01, false}, 8);
}

Test(queueing, mm8_rejects_a_missing_server) {
    interval_test(&(struct theory_case){"7 servers", 7, SERVICE_EXPONENTIAL, 6, 1, false}, 8);
}

Test(queueing, md1) {
    interval_test(&(struct theory_case){"M/D/1", 1, SERVICE_DETERMINISTIC, 0.75, 1, true}, 1);
}

Test(queueing, md1_rejects_longer_service) {
    interval_test(&(struct theory_case){"1 % longer", 1, SERVICE_DETERMINISTIC, 0.75, 1.01, false},
                  1);
}

/* --- functions: P(cold) = e^(-lambda T) for service of almost no time --- */

static void add_cold(void *context, const struct work *work, sim_ticks finish) {
    *(int64_t *)context += finish - work->arrival >= TICKS_PER_US;
}

static void cold_starts(double keep_alive_s, double *cold_shares) {
    enum { N = 60000, HOURS = 20 };
    for (int replication = 0; replication < REPLICATIONS; replication++) {
        struct arena arena = {0};
        double share[HOURS];
        for (int hour = 0; hour < HOURS; hour++)
            share[hour] = 1;
        struct pool pool = {
            .name = "function",
            .service = {.kind = SERVICE_FUNCTION,
                        .function = {.memory_mb = 128,
                                     .cold_start = delay_fixed(1e-6),
                                     .keep_alive = delay_fixed(keep_alive_s),
                                     .concurrency_max = 100}},
            .overflow_share = share,
        };
        struct replay_input input = input_of(&pool, 1, HOURS);
        struct poisson poisson = poisson_of((uint64_t)replication, 1, N);
        int64_t cold = 0;
        struct replay_result result;
        struct err err = {0};
        cr_assert(replay_engine_run(
                      &arena, &input, (struct arrivals){.next = poisson_next, .context = &poisson},
                      (struct replay_probe){.finished = add_cold, .context = &cold}, &result, &err),
                  "%s", err.what);
        cold_shares[replication] = (double)cold / N;
        arena_release(&arena);
    }
}

/* lambda 1/s, T = 2 s: e^-2 = 0.1353. The first call, always cold, adds 0.00001. */
Test(queueing, cold_starts_of_a_function) {
    double shares[REPLICATIONS];
    cold_starts(2, shares);
    cr_assert(le(dbl, fabs(t_statistic(shares, REPLICATIONS, exp(-2))), T_LIMIT));
    cold_starts(2.02, shares);
    cr_assert(gt(dbl, fabs(t_statistic(shares, REPLICATIONS, exp(-2))), T_LIMIT));
}
