/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests above a threshold go to a group of their own (a smaller model): five requests by hand,
 * and conservation by group under bursts, retries and timeouts on random arrivals. */
#include "base/rng.h"
#include "tests/sim/replay_help.h"

#define SECOND TICKS_PER_SECOND

static struct pool in_group(struct pool pool, int group) {
    pool.group = group;
    return pool;
}

static const struct replay_group smaller = {.name = "smaller", .router = ROUTER_LEAST_OUTSTANDING};

/* One server of 10 s, and one of 1 s in the group above two requests inside. Those of seconds 0 and
 * 1 are inside, those of 2 and 3 go to the group; at 11 one has left, so the next is served by the
 * first server again, behind the one of second 1. A threshold of 3 would keep the third: it is the
 * mutant. */
static void by_hand(double above, const int64_t ends[5], int64_t taken_over) {
    struct arena arena = {0};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 10), 1, 1),
        in_group(steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), 1, 1), 1)};
    struct replay_input input = input_of(pools, 2, 1);
    input.groups = &smaller;
    input.n_groups = 1;
    input.front = (struct front_door){.overflow_outstanding = above, .overflow_group = 1};
    static const int64_t at[5] = {0, 1, 2, 3, 11};
    struct request requests[5];
    struct outcome outcomes[5];
    for (int i = 0; i < 5; i++)
        requests[i] = (struct request){at[i] * NS_PER_SECOND, 1, 1, .row = -1};
    struct replay_result result = replay_list(&arena, &input, requests, 5, outcomes);
    for (int i = 0; i < 5; i++)
        cr_assert(eq(i64, outcomes[i].finish, ends[i] * SECOND), "request %d above %g", i, above);
    cr_assert(eq(i64, result.front.overflowed, taken_over));
    cr_assert(eq(i64, result.groups[1].arrived, taken_over));
    cr_assert(eq(i64, result.groups[1].hours[0].arrived, taken_over));
    cr_assert(eq(i64, result.groups[0].arrived, 5 - taken_over));
    cr_assert(eq(i64, result.arrived, 5));
    arena_release(&arena);
}

Test(overflow_group, five_requests_by_hand) {
    by_hand(2, (const int64_t[]){10, 20, 3, 4, 30}, 2);
    by_hand(3, (const int64_t[]){10, 20, 30, 4, 40}, 1);
}

enum { N_RANDOM = 4000 };

/* The replay ENSUREs the law for each group; here both groups see all that can happen. */
Test(overflow_group, nobody_is_lost_between_the_groups) {
    struct arena arena = {0};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(2, SERVICE_EXPONENTIAL, 1), 1, 1),
        in_group(steady_pool(&arena, queue_of(1, SERVICE_EXPONENTIAL, 1), 1, 1), 1)};
    struct replay_input input = input_of(pools, 2, 1);
    struct request *requests = arena_new(&arena, struct request, N_RANDOM);
    input.groups = &smaller;
    input.n_groups = 1;
    input.front = (struct front_door){.overflow_outstanding = 4,
                                      .overflow_group = 1,
                                      .outstanding_max = {6},
                                      .queue_timeout_s = 3,
                                      .attempts = 3,
                                      .backoff_s = 1,
                                      .backoff_max_s = 4,
                                      .jitter = 0.5};
    for (int i = 0; i < N_RANDOM; i++) /* 20 at once, for 3 servers that do 13 until the next 20 */
        requests[i] = (struct request){i / 20 * (20 * NS_PER_HOUR / N_RANDOM), 1, 1, .row = -1};
    struct replay_result result = replay_list(&arena, &input, requests, N_RANDOM, NULL);
    for (int g = 0; g < 2; g++) {
        const struct group_result *group = &result.groups[g];
        cr_assert(eq(i64, group->arrived,
                     group->finished + group->rejected + group->timed_out + group->cancelled +
                         group->unfinished));
        cr_assert(gt(i64, group->finished, 100));
    }
    cr_assert(gt(i64, result.groups[1].timed_out + result.groups[1].rejected, 0));
    cr_assert(eq(i64, result.groups[0].arrived + result.groups[1].arrived, N_RANDOM));
    cr_assert(eq(i64, result.front.overflowed, result.groups[1].arrived));
    arena_release(&arena);
}

Test(overflow_group, a_group_that_is_not_there_is_refused) {
    struct arena arena = {0};
    struct replay_result result;
    struct err err = {0};
    const struct replay_group aside = {
        .name = "aside", .router = ROUTER_LEAST_OUTSTANDING, .aside = true};
    struct pool pools[] = {
        steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), 1, 1),
        in_group(steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), 1, 1), 1)};
    struct replay_input input = input_of(pools, 2, 1);
    input.groups = &aside;
    input.n_groups = 1;
    input.front = (struct front_door){.overflow_outstanding = 1, .overflow_group = 1};
    cr_assert(not(replay_run(&arena, &input, &result, &err)));
    input.groups = &smaller;
    input.front.overflow_group = 2;
    cr_assert(not(replay_run(&arena, &input, &result, &err)));
    arena_release(&arena);
}
