/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ready delay: size over bandwidth by hand, processor sharing against a simulation in small steps,
 * bytes conserved to the unit, cancellations, warm pools, and draws that belong to the launch. The
 * small-step oracle shares no code with the module; the same loads without sharing must miss it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "sim/ready_delay.h"

enum { MANY = 64 };

#define GB 1000000000LL

struct seen {
    int n;
    uint32_t owners[MANY];
    double at_s[MANY]; /* by place */
};

/* Take everybody who becomes ready until `until_s`. */
static void run_until(struct ready_delays *delays, double until_s, struct seen *seen) {
    sim_ticks until = ticks_from_seconds(until_s), next;
    while ((next = ready_delays_next(delays)) <= until) {
        uint32_t owner;
        while (ready_delays_take(delays, next, &owner)) {
            seen->owners[seen->n] = owner;
            seen->at_s[seen->n++] = ticks_seconds(next);
        }
        cr_assert(ready_delays_next(delays) > next);
    }
}

static struct ready_delays *open_one(struct arena *arena, struct ready_delay pool,
                                     struct load_link link) {
    struct err err = {0};
    cr_assert(ready_delay_check(&pool, &link, &err), "%s", err.what);
    return ready_delays_open(arena, &pool, 1, link, 7, 0);
}

static void start_at(struct ready_delays *delays, uint32_t owner, double at_s) {
    ready_delays_start(delays, 0, owner, owner, ticks_from_seconds(at_s));
}

/* 30 s boot, 20 s pull, 16 GB at 2 GB/s = 8 s, 5 s warm-up: ready after 63 s. */
Test(ready_delay, one_launch_by_hand) {
    struct arena arena = {0};
    struct ready_delay pool = {.boot = delay_fixed(30),
                               .pull = delay_fixed(20),
                               .warm_up = delay_fixed(5),
                               .weight_bytes = 16 * GB};
    struct load_link link = {.bytes_per_s = 2 * GB};
    struct ready_delays *delays = open_one(&arena, pool, link);
    cr_assert(eq(i64, ready_delays_next(delays), INT64_MAX));
    start_at(delays, 3, 100);
    struct seen seen = {0};
    run_until(delays, 1000, &seen);
    cr_assert(eq(int, seen.n, 1));
    cr_assert(eq(u32, seen.owners[0], 3));
    cr_assert(eq(dbl, seen.at_s[0], 163));
    cr_assert(eq(dbl, ready_delay_mean_s(&pool, &link), 63));
    cr_assert(eq(dbl, ready_delays_totals(delays).delay_s, 63));
    arena_release(&arena);
}

/* n equal loads together: all at n * size / bandwidth, to the tick; 7 GB / 3 GB/s is no whole
 * number of ticks. With 1 GB/s each, up to three of them do not notice one another. */
Test(ready_delay, equal_loads_end_together) {
    for (int limited = 0; limited < 2; limited++)
        for (int n = 1; n <= 12; n++) {
            struct arena arena = {0};
            struct ready_delay pool = {.weight_bytes = 7 * GB};
            struct load_link link = {3 * GB, limited ? GB : 0};
            struct ready_delays *delays = open_one(&arena, pool, link);
            for (uint32_t i = 0; i < (uint32_t)n; i++)
                start_at(delays, i, 10);
            struct seen seen = {0};
            run_until(delays, 1000, &seen);
            int64_t rate = limited && n < 3 ? n * GB : 3 * GB;
            int64_t ticks = (7 * n * TICKS_PER_SECOND + rate / GB - 1) / (rate / GB);
            cr_assert(eq(int, seen.n, n));
            for (int i = 0; i < n; i++) {
                cr_assert(eq(dbl, seen.at_s[i], ticks_seconds(10 * TICKS_PER_SECOND + ticks)));
                cr_assert(eq(u32, seen.owners[i], (uint32_t)i)); /* ties: as launched */
            }
            arena_release(&arena);
        }
}

/* The same in steps of a millisecond: everybody gets an equal part of the step's bytes. */
static void small_steps(const double *start_s, const double *bytes, int n, double rate, double each,
                        double *end_s) {
    double left[MANY];
    int done = 0;
    for (int i = 0; i < n; i++)
        left[i] = bytes[i];
    for (long step = 0; done < n; step++) {
        double now = (double)step * 1e-3;
        int loading = 0;
        for (int i = 0; i < n; i++)
            loading += start_s[i] <= now && left[i] > 0;
        for (int i = 0; i < n; i++) {
            if (start_s[i] > now || left[i] <= 0)
                continue;
            left[i] -= fmin(rate / loading, each) * 1e-3;
            if (left[i] <= 0) {
                end_s[i] = now + 1e-3;
                done++;
            }
        }
    }
}

/* Random starts and sizes (pools differ in size) on one link. Returns the largest distance to the
 * small steps, seconds; those run with `share` of the link as a mutant. */
static double distance(uint64_t seed, double share, struct ready_totals *totals, double *sum) {
    enum { N = 20, POOLS = 3 };
    struct arena arena = {0};
    struct rng rng = rng_open(seed, 0, RNG_TEST, 0);
    struct ready_delay pools[POOLS];
    for (int p = 0; p < POOLS; p++)
        pools[p] = (struct ready_delay){.weight_bytes = (int64_t)(1e9 + 9e9 * rng_uniform(&rng))};
    struct load_link link = {4 * GB, 1500000000};
    struct ready_delays *delays = ready_delays_open(&arena, pools, POOLS, link, 1, 0);
    double start_s[N], bytes[N], expected[N], worst = 0;
    struct seen seen = {0};
    double now = 0;
    *sum = 0;
    for (int i = 0; i < N; i++) {
        int pool = (int)rng_below(&rng, POOLS);
        now += floor(3000 * rng_uniform(&rng)) / 1000;
        start_s[i] = now;
        bytes[i] = (double)pools[pool].weight_bytes;
        *sum += bytes[i];
        run_until(delays, now, &seen);
        ready_delays_start(delays, pool, (uint64_t)i, (uint32_t)i, ticks_from_seconds(now));
    }
    run_until(delays, 1e6, &seen);
    cr_assert(eq(int, seen.n, N));
    small_steps(start_s, bytes, N, share * 4e9, 1.5e9, expected);
    for (int i = 0; i < N; i++)
        worst = fmax(worst, fabs(seen.at_s[i] - expected[seen.owners[i]]));
    *totals = ready_delays_totals(delays);
    arena_release(&arena);
    return worst;
}

/* A step is 1 ms and an end may slip by one step for each start before it: 20 ms. */
Test(ready_delay, shares_like_small_steps) {
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct ready_totals totals;
        double sum;
        cr_assert(lt(dbl, distance(seed, 1, &totals, &sum), 0.02), "seed %d", (int)seed);
        /* every end takes at most one tick of the link too much: 0.04 byte */
        cr_assert(ge(dbl, totals.loaded_bytes, sum - 1));
        cr_assert(le(dbl, totals.loaded_bytes, sum + 1));
        cr_assert(gt(dbl, distance(seed, 0.95, &totals, &sum), 0.02), "mutant, seed %d", (int)seed);
    }
}

/* 10 GB each over 1 GB/s. The second begins at 4 s and is given up at 8 s: until then it has had
 * 2 GB of the first's time, so the first is ready at 12 s. */
Test(ready_delay, a_cancelled_load_frees_the_link) {
    struct arena arena = {0};
    struct ready_delay pool = {.weight_bytes = 10 * GB};
    struct ready_delays *delays = open_one(&arena, pool, (struct load_link){.bytes_per_s = GB});
    struct seen seen = {0};
    start_at(delays, 0, 0);
    start_at(delays, 1, 4);
    run_until(delays, 8, &seen);
    ready_delays_cancel(delays, 1, ticks_from_seconds(8));
    ready_delays_cancel(delays, 9, ticks_from_seconds(8)); /* has none */
    run_until(delays, 100, &seen);
    cr_assert(eq(int, seen.n, 1));
    cr_assert(eq(dbl, seen.at_s[0], 12));
    struct ready_totals totals = ready_delays_totals(delays);
    cr_assert(eq(i64, totals.cancelled, 1));
    cr_assert(epsilon_eq(dbl, totals.loaded_bytes, 12e9, 1));
    arena_release(&arena);
}

/* Two stopped instances: two launches resume in 4 s and skip 50 s of boot and pull; the third boots
 * cold; a place is filled again 50 s after it was taken. All load 1 s and warm up 2 s. */
Test(ready_delay, warm_pool_skips_boot_and_pull) {
    struct arena arena = {0};
    struct ready_delay pool = {.boot = delay_fixed(30),
                               .pull = delay_fixed(20),
                               .warm_up = delay_fixed(2),
                               .resume = delay_fixed(4),
                               .weight_bytes = GB,
                               .warm_pool = 2};
    struct ready_delays *delays = open_one(&arena, pool, (struct load_link){0, GB});
    const struct {
        double at_s;
        bool warm;
        double ready_s;
    } cases[] = {{0, true, 7},   {1, true, 8},         {2, false, 55},
                 {50, true, 57}, {50.5, false, 103.5}, {51, true, 58}};
    struct seen seen = {0};
    for (uint32_t i = 0; i < 6; i++) {
        run_until(delays, cases[i].at_s, &seen);
        struct ready_start start =
            ready_delays_start(delays, 0, i, i, ticks_from_seconds(cases[i].at_s));
        cr_assert(eq(int, start.warm, cases[i].warm), "launch %d", (int)i);
        cr_assert(eq(i64, start.refill, start.warm ? 50 * TICKS_PER_SECOND : 0));
    }
    run_until(delays, 1000, &seen);
    for (int i = 0; i < 6; i++)
        cr_assert(epsilon_eq(dbl, seen.at_s[i], cases[seen.owners[i]].ready_s, 1e-9), "owner %d",
                  (int)seen.owners[i]);
    cr_assert(eq(i64, ready_delays_totals(delays).warm, 4));
    arena_release(&arena);
}

/* A launch has its own draws: whether others start before it changes nothing but the shared load,
 * of which there is none here. The mean of 2000 launches is that of the formula within 5 standard
 * errors of a lognormal sum (sd of 60 s, 0.4: 26.6; of 20 s, 0.8: 24.6; together 36.2 s). */
Test(ready_delay, draws_belong_to_the_launch) {
    enum { N = 2000 };
    struct arena arena = {0};
    struct ready_delay pool = {.boot = {DELAY_LOGNORMAL, .value_s = 60, .sigma = 0.4},
                               .warm_up = {DELAY_LOGNORMAL, .value_s = 20, .sigma = 0.8}};
    struct load_link link = {0};
    struct ready_delays *all = open_one(&arena, pool, link), *one = open_one(&arena, pool, link);
    for (uint32_t i = 0; i < N; i++)
        ready_delays_start(all, 0, i, i, 0);
    ready_delays_start(one, 0, 77, 77, 0);
    sim_ticks alone = ready_delays_next(one), next, together = 0;
    while ((alone = ready_delays_next(one)) < INT64_MAX) {
        uint32_t owner;
        if (ready_delays_take(one, alone, &owner))
            break;
    }
    while ((next = ready_delays_next(all)) < INT64_MAX) {
        uint32_t owner;
        while (ready_delays_take(all, next, &owner))
            together = owner == 77 ? next : together;
    }
    cr_assert(eq(i64, alone, together));
    double mean = ready_delays_totals(all).delay_s / N;
    cr_assert(epsilon_eq(dbl, mean, ready_delay_mean_s(&pool, &link), 5 * 36.2 / sqrt(N)));
    arena_release(&arena);
}

Test(ready_delay, nonsense_is_refused) {
    struct ready_delay good = {.boot = delay_fixed(1)};
    struct ready_delay bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].boot = delay_fixed(-1);
    bad[1].pull = delay_fixed(NAN);
    bad[2].warm_up.value_s = INFINITY;
    bad[3].resume = delay_fixed(-2);
    bad[4].weight_bytes = -1;
    bad[5].warm_pool = -1;
    struct load_link link = {0}, slow = {.bytes_per_s = -1};
    struct err err = {0};
    for (int i = 0; i < 6; i++)
        cr_assert(not(ready_delay_check(&bad[i], &link, &err)), "case %d", i);
    cr_assert(not(ready_delay_check(&good, &slow, &err)));
    cr_assert(ready_delay_check(&good, &link, &err));
}
