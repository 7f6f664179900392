/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a request brings into the fleet: its row and edition as they came, its priority, drawn by
 * request from the traffic's shares, and its length, which not every pool can serve. The shares
 * that come out are compared with those asked for, within 6 standard errors; shares that are wrong
 * by 2 % must fail the same comparison. */
#include <math.h>
#include <string.h>

#include "tests/sim/replay_help.h"

enum { N = 100000 };

struct seen {
    struct work *works; /* [N] by request */
    int64_t n;
};

static void see(void *context, const struct work *work, sim_ticks finish) {
    struct seen *seen = context;
    (void)finish;
    seen->works[work->id] = *work;
    seen->n++;
}

/* N requests, one a millisecond, on so many fast servers. */
static struct work *run(struct arena *arena, const struct traffic *traffic, int instances,
                        uint64_t seed) {
    struct request *requests = arena_new(arena, struct request, N);
    for (int i = 0; i < N; i++)
        requests[i] = (struct request){i * 1000000LL, 1, 1, .row = i % 977, .edition = i / 977};
    struct pool pool = steady_pool(arena, queue_of(4, SERVICE_DETERMINISTIC, 1e-4), instances, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    input.traffic = traffic;
    input.seed = seed;
    struct listed_arrivals list = {requests, N, 0};
    struct seen seen = {arena_new(arena, struct work, N), 0};
    struct replay_probe probe = {.finished = see, .context = &seen};
    struct replay_result result;
    struct err err = {0};
    bool done = replay_engine_run(arena, &input, (struct arrivals){listed_next, &list}, probe,
                                  &result, &err);
    cr_assert(done, "%s", err.what);
    cr_assert(eq(i64, seen.n, N));
    return seen.works;
}

Test(replay_requests, row_and_edition_reach_the_replica) {
    struct arena arena = {0};
    struct work *works = run(&arena, NULL, 1, 1);
    for (int i = 0; i < N; i++) {
        cr_assert(eq(i32, works[i].row, i % 977));
        cr_assert(eq(i32, works[i].edition, i / 977));
        cr_assert(eq(i32, works[i].priority, 0));
    }
    arena_release(&arena);
}

static bool shares_agree(const struct work *works, int n, const double *share) {
    int64_t count[PRIORITIES_MAX] = {0};
    for (int i = 0; i < N; i++) {
        cr_assert(works[i].priority >= 0 && works[i].priority < n);
        count[works[i].priority]++;
    }
    for (int p = 0; p < n; p++) {
        double error = sqrt(N * share[p] * (1 - share[p]));
        if (!(fabs((double)count[p] - N * share[p]) <= 6 * error))
            return false;
    }
    return true;
}

Test(replay_requests, priorities_have_the_shares_asked_for) {
    struct arena arena = {0};
    struct traffic traffic = {.n_priorities = 4, .priority_share = {0.2, 0.5, 0, 0.3}};
    struct work *works = run(&arena, &traffic, 1, 1);
    cr_assert(shares_agree(works, 4, traffic.priority_share));
    const double wrong[] = {0.22, 0.48, 0, 0.3};
    cr_assert(not(shares_agree(works, 4, wrong)));
    arena_release(&arena);
}

/* The same for every candidate; another seed draws anew; none stated: all are the most urgent. */
Test(replay_requests, priorities_are_the_requests_own) {
    struct arena arena = {0};
    struct traffic traffic = {.n_priorities = 2, .priority_share = {0.5, 0.5}}, plain = {0};
    struct work *one = run(&arena, &traffic, 1, 1), *three = run(&arena, &traffic, 3, 1);
    struct work *other = run(&arena, &traffic, 1, 2), *none = run(&arena, &plain, 1, 1);
    int64_t equal = 0;
    for (int i = 0; i < N; i++) {
        cr_assert(eq(i32, one[i].priority, three[i].priority));
        cr_assert(eq(i32, none[i].priority, 0));
        equal += one[i].priority == other[i].priority;
    }
    cr_assert(equal > N * 0.48 && equal < N * 0.52);
    arena_release(&arena);
}

static void is_refused(struct traffic traffic, const char *says) {
    struct arena arena = {0};
    struct pool pool = steady_pool(&arena, queue_of(1, SERVICE_DETERMINISTIC, 1), 1, 1);
    struct replay_input input = input_of(&pool, 1, 1);
    input.traffic = &traffic;
    struct err err = {0};
    int n_hours;
    cr_assert(not(replay_check(&input, &n_hours, &err)));
    cr_assert(strstr(err.what, says) != NULL, "%s", err.what);
    arena_release(&arena);
}

Test(replay_requests, shares_must_make_sense) {
    is_refused((struct traffic){.n_priorities = PRIORITIES_MAX + 1}, "0 to 8, not 9");
    is_refused((struct traffic){.n_priorities = -1}, "0 to 8, not -1");
    is_refused((struct traffic){.n_priorities = 2, .priority_share = {0.5, 0.4}}, "0.9, not 1");
    is_refused((struct traffic){.n_priorities = 2, .priority_share = {1.5, -0.5}}, "0 must be 0");
    is_refused((struct traffic){.n_priorities = 2, .priority_share = {0.5, NAN}}, "1 must be 0");
}

/* ---- routing among pools that differ in what they can serve ---- */

static struct service llm_with_context(int32_t context_max) {
    return (struct service){
        .kind = SERVICE_LLM,
        .llm = {.time = {.layers = 1, .t0 = 1000, .b1 = 1},
                .tokens_per_step_max = 512,
                .sequences_max = 8,
                .block_tokens = 16,
                .kv_blocks = 1000,
                .context_max = context_max},
    };
}

/* The first pool has the lower number, so ties go there; it takes prompts up to 90 tokens with
 * their answer, the second up to 900. Lengths in turn: short, long for the first, long for both. */
Test(replay_requests, too_long_for_one_pool_goes_to_another) {
    struct arena arena = {0};
    struct pool pools[] = {steady_pool(&arena, llm_with_context(100), 1, 1),
                           steady_pool(&arena, llm_with_context(1000), 1, 1)};
    for (int policy = 0; policy < ROUTER_POLICIES; policy++) {
        struct replay_input input = input_of(pools, 2, 1);
        input.router = (enum router_policy)policy;
        struct request requests[30];
        struct outcome outcomes[30];
        for (int i = 0; i < 30; i++)
            requests[i] = (struct request){i * NS_PER_SECOND, (int[]){90, 900, 9000}[i % 3], 10};
        struct replay_result result = replay_list(&arena, &input, requests, 30, outcomes);
        cr_assert(eq(i64, result.finished, 20));
        cr_assert(eq(i64, result.rejected, 10));
        cr_assert(ge(i64, result.pool_requests[1], 10));
        for (int i = 0; i < 30; i++)
            cr_assert(eq(int, outcomes[i].rejected, i % 3 == 2));
    }
    arena_release(&arena);
}
