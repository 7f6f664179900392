/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions against queueing theory, through the replay engine, by the interval test of
 * test_queueing.c: 32 independent replications, |t31| > 6 rejects.
 *
 *   Erlang B    a function with room for c copies is M/G/c/c: the share that is throttled depends
 * on the mean of the call's time alone, so constant and heavy-tailed times lose the same M/G/inf
 * without a cap the number of running copies that a call finds is Poisson cold start  with calls of
 * almost no time P(cold) = E e^(-lambda T), T the keep-alive: fixed, or lognormal (Simpson's rule
 * over the quantiles)
 *
 * Each carries mutants that it must reject. Calls before the first are none, so replications start
 * empty: the first WARM_UP calls, 20 mean times of a call and more, are not counted. */
#include <math.h>

#include "tests/sim/replay_help.h"
#include "tests/theory/t_statistic.h"

enum { REPLICATIONS = 32, N = 60000, WARM_UP = 4000 };

#define RATE 10.0               /* calls a second */
#define COLD_START TICKS_PER_US /* of calls that take no other time */

struct poisson {
    struct rng rng, lengths;
    double now_s, sigma;
    int64_t left;
};

/* Input tokens are lognormal with mean 1000: the call's time is proportional to them. */
static int32_t length_of(struct poisson *poisson) {
    double z = rng_normal(&poisson->lengths), sigma = poisson->sigma;
    return (int32_t)lround(1000 * exp(sigma * z - sigma * sigma / 2));
}

static bool poisson_next(void *context, struct request *out) {
    struct poisson *poisson = context;
    if (poisson->left-- == 0)
        return false;
    poisson->now_s += rng_exponential(&poisson->rng, 1 / RATE);
    *out = (struct request){(int64_t)(poisson->now_s * NS_PER_SECOND), length_of(poisson), 1};
    return true;
}

/* What each counted call found. */
struct found {
    sim_ticks ends[1024]; /* of the calls that may still run */
    int n_ends;
    int64_t n, lost, cold;
    double running, running_squared;
};

static int running_at(struct found *found, sim_ticks now) {
    int n = 0;
    for (int i = 0; i < found->n_ends; i++)
        if (found->ends[i] > now)
            found->ends[n++] = found->ends[i];
    return found->n_ends = n;
}

static void count(struct found *found, const struct work *work, bool lost, sim_ticks finish) {
    int running = running_at(found, work->arrival);
    if (!lost) {
        cr_assert(lt(int, found->n_ends, 1024));
        found->ends[found->n_ends++] = finish;
    }
    if (work->id < WARM_UP)
        return;
    found->n++;
    found->lost += lost;
    found->running += running;
    found->running_squared += (double)running * running;
    found->cold += !lost && finish - work->arrival == COLD_START;
}

static void add_finished(void *context, const struct work *work, sim_ticks finish) {
    count(context, work, false, finish);
}

static void add_rejected(void *context, const struct work *work) {
    count(context, work, true, 0);
}

struct trial {
    struct function_service function;
    double sigma; /* of the call's time */
};

struct means {
    double lost[REPLICATIONS], running[REPLICATIONS], dispersion[REPLICATIONS], cold[REPLICATIONS];
};

static void simulate(const struct trial *trial, struct means *out) {
    enum { HOURS = 3 };
    static const double share[HOURS] = {1, 1, 1};
    for (int replication = 0; replication < REPLICATIONS; replication++) {
        struct arena arena = {0};
        struct pool pool = {
            .name = "function",
            .service = {.kind = SERVICE_FUNCTION, .function = trial->function},
            .overflow_share = share,
        };
        struct replay_input input = input_of(&pool, 1, HOURS);
        input.window.replication = (uint64_t)replication;
        struct poisson poisson = {rng_open(1, (uint64_t)replication, RNG_ARRIVAL, 0),
                                  rng_open(1, (uint64_t)replication, RNG_INPUT_TOKENS, 0), 0,
                                  trial->sigma, N};
        static struct found found;
        found = (struct found){0};
        struct replay_result result;
        struct err err = {0};
        cr_assert(replay_engine_run(
                      &arena, &input, (struct arrivals){.next = poisson_next, .context = &poisson},
                      (struct replay_probe){
                          .finished = add_finished, .rejected = add_rejected, .context = &found},
                      &result, &err),
                  "%s", err.what);
        double n = (double)found.n, mean = found.running / n;
        out->lost[replication] = (double)found.lost / n;
        out->cold[replication] = (double)found.cold / n;
        out->running[replication] = mean;
        out->dispersion[replication] = (found.running_squared / n - mean * mean) / mean;
        arena_release(&arena);
    }
}

/* A call takes 1 ms a token, so 1 s on average. */
static struct function_service function_of(int concurrency) {
    return (struct function_service){.memory_mb = 128,
                                     .token_s = 0.001,
                                     .keep_alive = delay_fixed(1e6),
                                     .concurrency_max = concurrency};
}

static bool accepted(const double *means, double theory) {
    return fabs(t_statistic(means, REPLICATIONS, theory)) <= T_LIMIT;
}

static double erlang_b(int servers, double offered) {
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = offered * b / (k + offered * b);
    return b;
}

/* 10 Erlang on 12 copies: B = 0.1197, whatever the shape; with sigma 1.2 the time's squared
 * coefficient of variation is e^1.44 - 1 = 3.2. */
Test(serverless, erlang_b_is_insensitive) {
    static struct means means;
    const double sigmas[] = {0, 1.2};
    for (int i = 0; i < 2; i++) {
        struct trial trial = {function_of(12), sigmas[i]};
        simulate(&trial, &means);
        cr_assert(accepted(means.lost, erlang_b(12, RATE)), "sigma %g: t = %.1f", sigmas[i],
                  t_statistic(means.lost, REPLICATIONS, erlang_b(12, RATE)));
        trial.function.token_s *= 1.02;
        simulate(&trial, &means);
        cr_assert(not(accepted(means.lost, erlang_b(12, RATE))), "2 %% longer, sigma %g",
                  sigmas[i]);
    }
    struct trial fewer = {function_of(11), 1.2};
    simulate(&fewer, &means);
    cr_assert(not(accepted(means.lost, erlang_b(12, RATE))), "a copy fewer");
}

/* Provisioned copies are among the copies that run: they do not change what is lost. */
Test(serverless, provisioned_copies_count_in_the_cap) {
    static struct means means;
    struct trial trial = {function_of(12), 1.2};
    trial.function.provisioned = 7;
    simulate(&trial, &means);
    cr_assert(accepted(means.lost, erlang_b(12, RATE)));
}

/* Poisson with mean 10: variance over mean is 1. */
Test(serverless, running_copies_are_poisson) {
    static struct means means;
    struct trial trial = {function_of(1000), 1.2};
    simulate(&trial, &means);
    cr_assert(accepted(means.running, RATE), "t = %.1f",
              t_statistic(means.running, REPLICATIONS, RATE));
    cr_assert(accepted(means.dispersion, 1), "t = %.1f",
              t_statistic(means.dispersion, REPLICATIONS, 1));
    trial.function.token_s *= 1.02;
    simulate(&trial, &means);
    cr_assert(not(accepted(means.running, RATE)), "2 %% longer");
    trial = (struct trial){function_of(16), 1.2}; /* loses 2 % */
    simulate(&trial, &means);
    cr_assert(not(accepted(means.dispersion, 1)), "a cap of 16");
}

/* E e^(-RATE T). */
static double cold_share(const struct delay *keep_alive) {
    enum { CELLS = 2000 };
    double sum = 0;
    for (int i = 0; i < CELLS; i++) {
        double a = (i + 1e-9) / CELLS, b = (i + 1 - 1e-9) / CELLS;
        sum += exp(-RATE * delay_quantile_s(keep_alive, a)) +
               4 * exp(-RATE * delay_quantile_s(keep_alive, (a + b) / 2)) +
               exp(-RATE * delay_quantile_s(keep_alive, b));
    }
    return sum / 6 / CELLS;
}

static void keep_alive_test(const struct delay *keep_alive) {
    static struct means means;
    struct trial trial = {function_of(1000), 0};
    double theory = cold_share(keep_alive);
    trial.function.token_s = 0;
    trial.function.cold_start = delay_fixed(ticks_seconds(COLD_START));
    trial.function.keep_alive = *keep_alive;
    simulate(&trial, &means);
    cr_assert(accepted(means.cold, theory), "kind %d: t = %.1f", keep_alive->kind,
              t_statistic(means.cold, REPLICATIONS, theory));
    struct delay *longer = &trial.function.keep_alive; /* 3 % */
    longer->value_s *= 1.03;
    for (int i = 0; i < longer->n; i++)
        longer->seconds[i] *= 1.03;
    simulate(&trial, &means);
    cr_assert(not(accepted(means.cold, theory)), "kind %d: 3 %% longer", keep_alive->kind);
}

/* A fixed keep-alive of the same mean is another answer (Jensen): a mutant of the other two. */
Test(serverless, cold_starts_follow_the_keep_alive) {
    static struct means means;
    const struct delay delays[] = {
        delay_fixed(0.2),
        {.kind = DELAY_LOGNORMAL, .value_s = 0.15, .sigma = 0.8},
        {.kind = DELAY_TABLE, .n = 3, .p = {0, 0.7, 1}, .seconds = {0, 0.2, 0.5}}};
    cr_assert(epsilon_eq(dbl, cold_share(&delays[0]), exp(-2), 1e-9));
    for (int i = 0; i < 3; i++) {
        keep_alive_test(&delays[i]);
        struct trial fixed = {function_of(1000), 0};
        fixed.function.token_s = 0;
        fixed.function.cold_start = delay_fixed(ticks_seconds(COLD_START));
        fixed.function.keep_alive = delay_fixed(delay_mean_s(&delays[i]));
        simulate(&fixed, &means);
        cr_assert(accepted(means.cold, cold_share(&delays[i])) == (i == 0), "delay %d", i);
    }
}
