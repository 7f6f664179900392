/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast the event engine is, as ratios of CPU time within one run, best of five:
 *   - hold model (pop the earliest, put it back later) with 1,000 pending events, against a sorted
 *     list;
 *   - M/M/64 with that queue of events, against the sorted list, on the same draws.
 * Both sides of a row must come to the same result, or the bench says so and fails. */
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sim/event_queue.h"
#include "tests/bench/bench_help.h"

enum { ROUNDS = 5 };

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
        event = event_queue_first(queue);
        event_queue_reschedule(queue, (struct event){event.time + hold_delay(&rng), 0, event.slot});
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
        struct event event = event_queue_first(queue);
        if (arrived < CUSTOMERS && customers->arrival[arrived] < event.time) {
            sim_ticks now = customers->arrival[arrived++];
            if (n_idle == 0)
                continue;
            event_queue_push(queue,
                             (struct event){now + customers->service[next++], 0, idle[--n_idle]});
        } else if (next < arrived) {
            waits += (uint64_t)(event.time - customers->arrival[next]);
            event_queue_reschedule(
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

int main(void) {
    struct arena arena = {0};
    struct customers customers = draw_customers(&arena);
    printf("%-42s %10s %10s %10s\n", "millions a CPU second, best of 5", "engine", "baseline",
           "ratio");
    row("hold, 1,000 pending: tree / sorted list", HOLDS, hold_queue, NULL, hold_list, NULL);
    row("M/M/64 customers: tree / sorted list", CUSTOMERS, mm64_queue, &customers, mm64_list,
        &customers);
    arena_release(&arena);
    return EXIT_SUCCESS;
}
