/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast the event engine is, as ratios of CPU time within one run, best of five:
 *   - hold model (pop the earliest, put it back later) with 1,000 pending events, against a sorted
 *     list;
 *   - M/M/64 with that queue of events, against the sorted list, on the same draws;
 *   - llm replicas with closed-form jumps, against one step at a time.
 * Both sides of a row must come to the same result, or the bench says so and fails. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/rng.h"
#include "sim/event_queue.h"
#include "sim/replay_engine.h"

enum { ROUNDS = 5 };

#define NS_PER_SECOND 1000000000LL
#define NS_PER_HOUR (3600 * NS_PER_SECOND)

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- the baseline: a doubly linked list sorted by time, searched from the end --- */

struct list_node {
    sim_ticks time;
    int32_t before, after;
};

struct sorted_list {
    struct list_node *nodes; /* [n + 1]; the last is head and tail of the ring */
    int32_t ring;
};

static struct sorted_list list_open(struct arena *arena, int32_t n) {
    struct sorted_list list = {arena_new(arena, struct list_node, n + 1), n};
    list.nodes[n] = (struct list_node){-1, n, n};
    return list;
}

static void list_push(struct sorted_list *list, sim_ticks time, int32_t slot) {
    int32_t at = list->nodes[list->ring].before;
    while (list->nodes[at].time > time)
        at = list->nodes[at].before;
    int32_t after = list->nodes[at].after;
    list->nodes[slot] = (struct list_node){time, at, after};
    list->nodes[at].after = slot;
    list->nodes[after].before = slot;
}

static int32_t list_pop(struct sorted_list *list) {
    int32_t first = list->nodes[list->ring].after;
    list->nodes[list->ring].after = list->nodes[first].after;
    list->nodes[list->nodes[first].after].before = list->ring;
    return first;
}

/* --- one row of the table --- */

struct measured {
    double seconds; /* best */
    uint64_t result;
};

typedef uint64_t (*workload_fn)(struct arena *arena, const void *parameters);

static struct measured best_of(workload_fn workload, const void *parameters) {
    struct measured best = {0};
    for (int round = 0; round < ROUNDS; round++) {
        struct arena arena = {0};
        double start = cpu_seconds();
        uint64_t result = workload(&arena, parameters);
        double seconds = cpu_seconds() - start;
        arena_release(&arena);
        if (round > 0 && result != best.result) {
            fprintf(stderr, "two rounds of one workload differ\n");
            exit(EXIT_FAILURE);
        }
        if (round == 0 || seconds < best.seconds)
            best = (struct measured){seconds, result};
    }
    return best;
}

static void row(const char *name, double n, workload_fn ours, const void *ours_parameters,
                workload_fn baseline, const void *baseline_parameters) {
    struct measured a = best_of(ours, ours_parameters);
    struct measured b = best_of(baseline, baseline_parameters);
    printf("%-42s %10.2f %10.2f %9.1fx\n", name, n / a.seconds / 1e6, n / b.seconds / 1e6,
           b.seconds / a.seconds);
    fflush(stdout);
    if (a.result != b.result) {
        fprintf(stderr, "%s: the two sides differ\n", name);
        exit(EXIT_FAILURE);
    }
}

/* --- hold model --- */

enum { PENDING = 1000, HOLDS = 1000000 };

static sim_ticks hold_delay(struct rng *rng) {
    return (sim_ticks)(rng_next(rng) >> 30);
}

static uint64_t hold_queue(struct arena *arena, const void *parameters) {
    (void)parameters;
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    struct event_queue *queue = event_queue_open(arena);
    for (uint32_t slot = 0; slot < PENDING; slot++)
        event_queue_push(queue, (struct event){hold_delay(&rng), 0, slot});
    struct event event = {0};
    for (int i = 0; i < HOLDS; i++) {
        event_queue_peek(queue, &event);
        event_queue_replace_top(queue,
                                (struct event){event.time + hold_delay(&rng), 0, event.slot});
    }
    return (uint64_t)event.time;
}

static uint64_t hold_list(struct arena *arena, const void *parameters) {
    (void)parameters;
    struct rng rng = rng_open(1, 0, RNG_TEST, 0);
    struct sorted_list list = list_open(arena, PENDING);
    for (int32_t slot = 0; slot < PENDING; slot++)
        list_push(&list, hold_delay(&rng), slot);
    sim_ticks now = 0;
    for (int i = 0; i < HOLDS; i++) {
        int32_t slot = list_pop(&list);
        now = list.nodes[slot].time;
        list_push(&list, now + hold_delay(&rng), slot);
    }
    return (uint64_t)now;
}

/* --- M/M/64 --- */

enum { SERVERS = 64, CUSTOMERS = 1000000 };

struct customers {
    sim_ticks *arrival, *service; /* [CUSTOMERS] */
};

static struct customers draw_customers(struct arena *arena) {
    struct customers customers = {arena_new(arena, sim_ticks, CUSTOMERS),
                                  arena_new(arena, sim_ticks, CUSTOMERS)};
    struct rng rng = rng_open(2, 0, RNG_TEST, 0);
    double now_s = 0;
    for (int i = 0; i < CUSTOMERS; i++) {
        now_s += rng_exponential(&rng, 1 / (0.9 * SERVERS));
        customers.arrival[i] = ticks_from_seconds(now_s);
        customers.service[i] = ticks_from_seconds(rng_exponential(&rng, 1));
    }
    return customers;
}

/* The queue in front of the servers is the range of customers between `next` and the arrivals. */
static uint64_t mm64_queue(struct arena *arena, const void *parameters) {
    const struct customers *customers = parameters;
    struct event_queue *queue = event_queue_open(arena);
    uint32_t idle[SERVERS];
    int n_idle = 0, arrived = 0, next = 0;
    uint64_t waits = 0;
    for (uint32_t server = SERVERS; server-- > 0;)
        idle[n_idle++] = server;
    while (next < CUSTOMERS) {
        struct event event = {.time = INT64_MAX};
        event_queue_peek(queue, &event);
        if (arrived < CUSTOMERS && customers->arrival[arrived] < event.time) {
            sim_ticks now = customers->arrival[arrived++];
            if (n_idle == 0)
                continue;
            event_queue_push(queue,
                             (struct event){now + customers->service[next++], 0, idle[--n_idle]});
        } else if (next < arrived) {
            waits += (uint64_t)(event.time - customers->arrival[next]);
            event_queue_replace_top(
                queue, (struct event){event.time + customers->service[next++], 0, event.slot});
        } else {
            event_queue_pop(queue);
            idle[n_idle++] = event.slot;
        }
    }
    return waits;
}

static uint64_t mm64_list(struct arena *arena, const void *parameters) {
    const struct customers *customers = parameters;
    struct sorted_list list = list_open(arena, SERVERS);
    int32_t idle[SERVERS];
    int n_idle = 0, arrived = 0, next = 0;
    uint64_t waits = 0;
    for (int32_t server = SERVERS; server-- > 0;)
        idle[n_idle++] = server;
    while (next < CUSTOMERS) {
        int32_t first = list.nodes[list.ring].after;
        sim_ticks time = first == list.ring ? INT64_MAX : list.nodes[first].time;
        if (arrived < CUSTOMERS && customers->arrival[arrived] < time) {
            sim_ticks now = customers->arrival[arrived++];
            if (n_idle == 0)
                continue;
            list_push(&list, now + customers->service[next++], idle[--n_idle]);
            continue;
        }
        list_pop(&list);
        if (next < arrived) {
            waits += (uint64_t)(time - customers->arrival[next]);
            list_push(&list, time + customers->service[next++], first);
        } else {
            idle[n_idle++] = first;
        }
    }
    return waits;
}

/* --- replays --- */

enum { LLM_REQUESTS = 100000, HOURS_MAX = 366 * 24 };

struct replay_bench {
    const struct request *requests;
    int64_t n;
    struct pool pool;
    bool step_by_step;
};

struct listed {
    const struct replay_bench *bench;
    int64_t at;
};

static bool listed_next(void *context, struct request *out) {
    struct listed *listed = context;
    if (listed->at == listed->bench->n)
        return false;
    *out = listed->bench->requests[listed->at++];
    return true;
}

static struct replay_result replay(struct arena *arena, const struct replay_bench *bench) {
    int64_t last_ns = bench->requests[bench->n - 1].arrival_ns;
    int n_hours = (int)(last_ns / NS_PER_HOUR) + 1;
    struct replay_input input = {
        .window = {.to_ns = n_hours * NS_PER_HOUR, .growth = 1},
        .slo = {.ttft_s = 0.5, .tpot_s = 0.05, .share = 0.99},
        .router = ROUTER_LEAST_OUTSTANDING,
        .pools = &bench->pool,
        .n_pools = 1,
        .seed = 1,
        .step_by_step = bench->step_by_step,
    };
    struct listed listed = {bench, 0};
    struct replay_result result;
    struct err err = {0};
    if (!replay_engine_run(arena, &input, (struct arrivals){listed_next, &listed},
                           (struct replay_probe){0}, &result, &err)) {
        fprintf(stderr, "%s\n", err.what);
        exit(EXIT_FAILURE);
    }
    return result;
}

static uint64_t replay_hash(struct arena *arena, const void *parameters) {
    return replay(arena, parameters).request_hash;
}

/* An 8B model on a 24 GB GPU: step times of a public kernel profile, 2588 blocks of 16 tokens. */
static struct service llm_service(void) {
    return (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = {.layers = 32,
                         .a0 = 484.3,
                         .a1 = 0.947,
                         .b0 = 152.3,
                         .b1 = 2.76,
                         .d0 = 11.5,
                         .d1 = 0.199,
                         .d2 = 0.00442,
                         .p0 = 7.7,
                         .p1 = 0.0316,
                         .p2 = 9.3e-5,
                         .p3 = 0.0218,
                         .m0 = 5.7,
                         .m1 = 0.0554,
                         .m2 = 1.05e-4,
                         .m3 = 0.0217,
                         .m4 = 1.16,
                         .m5 = 0.00933,
                         .h0 = 1114.5,
                         .h1 = 2.78},
                .tokens_per_step_max = 2048,
                .sequences_max = 256,
                .block_tokens = 16,
                .kv_blocks = 2588,
                .context_max = 8192},
    };
}

static int32_t lognormal_tokens(struct rng *rng, double median, double sigma, int32_t most) {
    double tokens = median * rng_exp(sigma * rng_normal(rng));
    return tokens < 1 ? 1 : tokens > most ? most : (int32_t)tokens;
}

/* `stretch`: how much longer the answers are than a chat's. */
static void llm_row(struct arena *arena, const char *name, int replicas, double rate_per_second,
                    double stretch) {
    struct request *requests = arena_new(arena, struct request, LLM_REQUESTS);
    int32_t *instances = arena_new(arena, int32_t, HOURS_MAX);
    struct rng rng = rng_open(3, 0, RNG_TEST, 0);
    double now_s = 0;
    for (int i = 0; i < LLM_REQUESTS; i++) {
        now_s += rng_exponential(&rng, 1 / rate_per_second);
        requests[i] =
            (struct request){(int64_t)(now_s * NS_PER_SECOND), lognormal_tokens(&rng, 500, 1, 4000),
                             lognormal_tokens(&rng, 130 * stretch, 0.8, 4000)};
    }
    for (int hour = 0; hour < HOURS_MAX; hour++)
        instances[hour] = replicas;
    struct replay_bench jumps = {
        requests,
        LLM_REQUESTS,
        {.name = name,
         .service = llm_service(),
         .replicas_per_instance = 1,
         .weight = 1,
         .instances = instances},
        false,
    };
    struct replay_bench steps = jumps;
    steps.step_by_step = true;
    row(name, LLM_REQUESTS, replay_hash, &jumps, replay_hash, &steps);
    struct replay_result a = replay(arena, &jumps), b = replay(arena, &steps);
    printf("%42s %10.2f %10.2f   events a request\n", "", (double)a.steps / LLM_REQUESTS,
           (double)b.steps / LLM_REQUESTS);
}

int main(void) {
    struct arena arena = {0};
    struct customers customers = draw_customers(&arena);
    printf("%-42s %10s %10s %10s\n", "millions a CPU second, best of 5", "engine", "baseline",
           "ratio");
    row("hold, 1,000 pending: heap / sorted list", HOLDS, hold_queue, NULL, hold_list, NULL);
    row("M/M/64 customers: heap / sorted list", CUSTOMERS, mm64_queue, &customers, mm64_list,
        &customers);
    llm_row(&arena, "llm, 1 replica: jumps / steps", 1, 1.2, 1);
    llm_row(&arena, "llm, 1 replica, answers x 10: jumps / steps", 1, 0.15, 10);
    llm_row(&arena, "llm, 16 replicas: jumps / steps", 16, 16, 1);
    llm_row(&arena, "llm, 64 replicas: jumps / steps", 64, 64, 1);
    arena_release(&arena);
    return EXIT_SUCCESS;
}
