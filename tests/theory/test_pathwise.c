/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine against recursions, customer by customer and to the tick: no statistics, full power.
 *   c = 1            Lindley: start = max(arrival, previous finish)
 *   c > 1            Kiefer-Wolfowitz: start = max(arrival, earliest free time)
 *   llm, one at once the same recursion over the length of a request's own steps
 *   batched of one   the deterministic queue
 * and what follows from them: busy time is the work served; with the same draws one more server
 * makes nobody wait longer; all times doubled double all waits. */
#include <math.h>

#include "sim/queue_station.h"
#include "tests/sim/replay_help.h"

enum { N = 20000, SERVERS_MAX = 16 };

static struct request requests[N];
static struct outcome outcomes[N];

/* Poisson, with every fifth request at the instant of the one before. */
static int poisson_requests(double rate_per_second, uint64_t seed) {
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    int64_t now = 0;
    for (int i = 0; i < N; i++) {
        if (i % 5 > 0)
            now += (int64_t)(rng_exponential(&rng, 1 / rate_per_second) * NS_PER_SECOND);
        requests[i] =
            (struct request){now, 1 + (int32_t)rng_below(&rng, 900), (int32_t)rng_below(&rng, 50)};
    }
    return (int)(now / NS_PER_HOUR) + 2;
}

static struct replay_result replay_with(struct arena *arena, struct service service, int n_hours,
                                        uint64_t seed) {
    struct pool pool = steady_pool(arena, service, 1, n_hours);
    struct replay_input input = input_of(&pool, 1, n_hours);
    input.seed = seed;
    return replay_list(arena, &input, requests, N, outcomes);
}

static struct replay_result replay_all(struct arena *arena, struct service service, int n_hours) {
    return replay_with(arena, service, n_hours, 1);
}

/* Finish of the next customer; free_at: when each server is free. */
static sim_ticks recursion(sim_ticks *free_at, int servers, sim_ticks arrival, sim_ticks service) {
    int first = 0;
    for (int i = 1; i < servers; i++)
        if (free_at[i] < free_at[first])
            first = i;
    sim_ticks start = arrival > free_at[first] ? arrival : free_at[first];
    free_at[first] = start + service;
    return free_at[first];
}

static const struct {
    const char *name;
    int servers;
    enum service_time_kind kind;
    double rate_per_second, mean_s;
} queues[] = {
    {"M/M/1", 1, SERVICE_EXPONENTIAL, 0.75, 1},
    {"M/M/1 near saturation", 1, SERVICE_EXPONENTIAL, 0.99, 1},
    {"M/D/1", 1, SERVICE_DETERMINISTIC, 0.75, 1},
    {"M/M/2", 2, SERVICE_EXPONENTIAL, 1.8, 1},
    {"M/D/4, round times", 4, SERVICE_DETERMINISTIC, 3.5, 1},
    {"M/M/16", 16, SERVICE_EXPONENTIAL, 15, 1},
};

Test(pathwise, queue_equals_its_recursion) {
    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
        struct arena arena = {0};
        int n_hours = poisson_requests(queues[i].rate_per_second, 100 + i);
        struct service service = queue_of(queues[i].servers, queues[i].kind, queues[i].mean_s);
        replay_all(&arena, service, n_hours);
        sim_ticks free_at[SERVERS_MAX] = {0};
        for (int j = 0; j < N; j++) {
            sim_ticks want =
                recursion(free_at, queues[i].servers, requests[j].arrival_ns * TICKS_PER_NS,
                          queue_station_service(&service.queue, 1, 0, j));
            cr_assert(outcomes[j].finish == want, "%s: customer %d", queues[i].name, j);
        }
        arena_release(&arena);
    }
}

/* The recursion with a server fewer, or with another seed's services, must not be equal. */
Test(pathwise, other_recursions_differ) {
    struct arena arena = {0};
    int n_hours = poisson_requests(1.4, 1);
    struct service service = queue_of(2, SERVICE_EXPONENTIAL, 1);
    replay_all(&arena, service, n_hours);
    sim_ticks one[SERVERS_MAX] = {0}, other[SERVERS_MAX] = {0};
    int n_one = 0, n_other = 0;
    for (int j = 0; j < N; j++) {
        sim_ticks arrival = requests[j].arrival_ns * TICKS_PER_NS;
        sim_ticks same = queue_station_service(&service.queue, 1, 0, j);
        sim_ticks different = queue_station_service(&service.queue, 2, 0, j);
        n_one += recursion(one, 1, arrival, same) == outcomes[j].finish;
        n_other += recursion(other, 2, arrival, different) == outcomes[j].finish;
    }
    cr_assert(lt(int, n_one, N / 2));
    cr_assert(lt(int, n_other, N / 100));
    arena_release(&arena);
}

/* One server: the busy time of all hours is the sum of the services. */
Test(pathwise, busy_time_is_work_served) {
    struct arena arena = {0};
    int n_hours = poisson_requests(0.75, 7);
    struct service service = queue_of(1, SERVICE_EXPONENTIAL, 1);
    struct replay_result result = replay_all(&arena, service, n_hours);
    double busy_s = 0, served_s = 0;
    for (int hour = 0; hour < result.n_hours; hour++)
        busy_s += 3600 * result.hours[hour].busy_fraction;
    for (int j = 0; j < N; j++)
        served_s += ticks_seconds(queue_station_service(&service.queue, 1, 0, j));
    cr_assert(eq(i64, result.finished, N));
    cr_assert(epsilon_eq(dbl, busy_s / served_s, 1, 1e-9));
    arena_release(&arena);
}

/* Customers who are done later, and earlier, than with_fewer says. */
static void compare(const sim_ticks *with_fewer, int *later, int *earlier) {
    *later = *earlier = 0;
    for (int j = 0; j < N; j++) {
        *later += outcomes[j].finish > with_fewer[j];
        *earlier += outcomes[j].finish < with_fewer[j];
    }
}

/* The same draws with one more server: no wait is longer, many are shorter. Mutant: draws that
 * change with the fleet make some wait longer, although most wait less. */
Test(pathwise, one_more_server_makes_nobody_wait_longer) {
    struct arena arena = {0};
    static sim_ticks with_fewer[N];
    int n_hours = poisson_requests(3.6, 9), later, earlier;
    replay_all(&arena, queue_of(4, SERVICE_EXPONENTIAL, 1), n_hours);
    for (int j = 0; j < N; j++)
        with_fewer[j] = outcomes[j].finish;
    replay_all(&arena, queue_of(5, SERVICE_EXPONENTIAL, 1), n_hours);
    compare(with_fewer, &later, &earlier);
    cr_assert(eq(int, later, 0));
    cr_assert(gt(int, earlier, N / 10));
    replay_with(&arena, queue_of(5, SERVICE_EXPONENTIAL, 1), n_hours, 2);
    compare(with_fewer, &later, &earlier);
    cr_assert(gt(int, later, 0), "other draws");
    arena_release(&arena);
}

Test(pathwise, doubled_times_double_waits) {
    struct arena arena = {0};
    static sim_ticks single[N];
    int n_hours = poisson_requests(0.8, 11);
    replay_all(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), n_hours);
    for (int j = 0; j < N; j++) {
        single[j] = outcomes[j].finish;
        requests[j].arrival_ns *= 2;
    }
    replay_all(&arena, queue_of(1, SERVICE_DETERMINISTIC, 2), 2 * n_hours);
    for (int j = 0; j < N; j++)
        cr_assert(eq(i64, outcomes[j].finish, 2 * single[j]));
    arena_release(&arena);
}

/* One sequence at a time, 10 ms a step whatever it does: a request takes ceil(input / 256) steps
 * for its prompt, the last of which gives the first token, and one for each further token. */
Test(pathwise, llm_of_one_sequence_is_a_queue) {
    struct arena arena = {0};
    int n_hours = poisson_requests(3, 13);
    struct service service = {.kind = SERVICE_LLM,
                              .llm = {.time = {.layers = 1, .t0 = 10000},
                                      .tokens_per_step_max = 256,
                                      .sequences_max = 1,
                                      .block_tokens = 16,
                                      .kv_blocks = 1000,
                                      .context_max = 4096}};
    replay_all(&arena, service, n_hours);
    sim_ticks step = 10000 * TICKS_PER_US, free_at = 0;
    for (int j = 0; j < N; j++) {
        int64_t prompt = (requests[j].input_tokens + 255) / 256;
        int64_t rest = requests[j].output_tokens > 1 ? requests[j].output_tokens - 1 : 0;
        sim_ticks arrival = requests[j].arrival_ns * TICKS_PER_NS;
        sim_ticks finish = recursion(&free_at, 1, arrival, (prompt + rest) * step);
        cr_assert(eq(i64, outcomes[j].finish, finish));
        cr_assert(eq(i64, outcomes[j].first_token, finish - rest * step));
    }
    arena_release(&arena);
}

/* No limit on the batch and steps of equal length: every request takes its own steps and at most
 * one more, to the next boundary. */
Test(pathwise, llm_without_limits_only_aligns) {
    struct arena arena = {0};
    int n_hours = poisson_requests(20, 15);
    struct service service = {.kind = SERVICE_LLM,
                              .llm = {.time = {.layers = 1, .t0 = 10000},
                                      .tokens_per_step_max = 1 << 20,
                                      .sequences_max = 1 << 20,
                                      .block_tokens = 16,
                                      .kv_blocks = 1 << 24,
                                      .context_max = 1 << 20}};
    replay_all(&arena, service, n_hours);
    sim_ticks step = 10000 * TICKS_PER_US;
    for (int j = 0; j < N; j++) {
        int64_t steps = requests[j].output_tokens > 1 ? requests[j].output_tokens : 1;
        sim_ticks stay = outcomes[j].finish - requests[j].arrival_ns * TICKS_PER_NS;
        cr_assert(stay >= steps * step && stay < (steps + 1) * step, "request %d", j);
    }
    arena_release(&arena);
}

Test(pathwise, batched_of_one_is_a_queue) {
    struct arena arena = {0};
    static sim_ticks queue[N];
    int n_hours = poisson_requests(0.9, 17);
    replay_all(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), n_hours);
    for (int j = 0; j < N; j++)
        queue[j] = outcomes[j].finish;
    struct service service = {.kind = SERVICE_BATCHED,
                              .batched = {.batch_max = 1, .wait_max_s = 5, .base_s = 1}};
    replay_all(&arena, service, n_hours);
    for (int j = 0; j < N; j++)
        cr_assert(eq(i64, outcomes[j].finish, queue[j]));
    arena_release(&arena);
}
