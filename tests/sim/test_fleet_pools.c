/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small fleets worked out by hand: which instance of which pool is up when. All times are whole
 * seconds, so the ledger's rows are exact; what the fleet's meter says must be their sum. */
#include <stdlib.h>

#include "sim/spot_market.h"
#include "tests/sim/replay_help.h"

enum { N_HOURS = 2, END_S = 7200 };

static const int32_t none[N_HOURS], one[N_HOURS] = {1, 1}, two[N_HOURS] = {2, 2};

static struct pool pool_of(const char *name, const int32_t *instances) {
    return (struct pool){
        .name = name,
        .service = queue_of(1, SERVICE_DETERMINISTIC, 10),
        .replicas_per_instance = 1,
        .weight = 1,
        .boot_s = 100,
        .instances = instances,
    };
}

/* A market of one zone. */
struct listed_market {
    struct spot_zone zone;
    struct spot_market market;
};

static void open_market(struct listed_market *listed, const struct spot_step *steps, int n) {
    listed->zone = (struct spot_zone){.name = "a", .region = "a", .n_steps = n, .steps = steps};
    listed->market = (struct spot_market){1, &listed->zone, N_HOURS * TICKS_PER_HOUR};
}

static struct pool on_market(struct pool pool, const struct listed_market *listed) {
    pool.spot = true;
    pool.market = &listed->market;
    return pool;
}

#define AT(seconds) ((seconds)*TICKS_PER_SECOND)

struct life_row {
    int offer;
    int64_t from_s, to_s;
    bool interrupted;
};

static int by_offer_and_time(const void *a, const void *b) {
    const struct usage_row *x = a, *y = b;
    if (x->offer != y->offer)
        return x->offer < y->offer ? -1 : 1;
    if (x->from_s != y->from_s)
        return x->from_s < y->from_s ? -1 : 1;
    return (x->to_s > y->to_s) - (x->to_s < y->to_s);
}

/* The ledger is these rows, by offer, start and end; and the meter agrees with them. */
static void lives_are(const struct replay_input *input, const struct replay_result *result,
                      const struct life_row *expected, int n) {
    struct usage_row rows[32];
    double hours[8] = {0};
    cr_assert(eq(int, result->ledger.n_rows, n));
    for (int i = 0; i < n; i++)
        rows[i] = result->ledger.rows[i];
    qsort(rows, (size_t)n, sizeof *rows, by_offer_and_time);
    for (int i = 0; i < n; i++) {
        cr_assert(eq(int, rows[i].offer, expected[i].offer), "row %d", i);
        cr_assert(eq(i64, rows[i].from_s, expected[i].from_s), "row %d", i);
        cr_assert(eq(i64, rows[i].to_s, expected[i].to_s), "row %d", i);
        cr_assert(eq(int, rows[i].interrupted, expected[i].interrupted), "row %d", i);
        hours[rows[i].offer] += (double)(rows[i].to_s - rows[i].from_s) / 3600;
    }
    for (int pool = 0; pool < input->n_pools; pool++) {
        cr_assert(epsilon_eq(dbl, result->pools[pool].instance_hours, hours[pool], 1e-9));
        cr_assert(epsilon_eq(dbl, result->pools[pool].usd,
                             hours[pool] * input->pools[pool].usd_per_hour, 1e-9));
    }
}

static struct replay_result run(struct arena *arena, const struct replay_input *input) {
    return replay_list(arena, input, NULL, 0, NULL);
}

/* Two on spot, of which the market has one less from 1000 s to 5000 s. The one that is taken back
 * has its notice until 1120 s; its substitute is launched at 1000 s. At 5000 s spot is launched
 * again, and the substitute goes when it is ready at 5100 s. */
Test(fleet_pools, a_substitute_comes_at_once_and_goes_when_spot_is_ready) {
    struct arena arena = {0};
    const struct spot_step steps[] = {{0, 2}, {AT(1000), 1}, {AT(5000), 2}};
    struct listed_market market;
    open_market(&market, steps, 3);
    struct pool pools[] = {on_market(pool_of("spot", two), &market), pool_of("regular", none)};
    pools[0].notice_s = 120;
    pools[0].usd_per_hour = 1.25;
    pools[1].offer = 1;
    pools[1].usd_per_hour = 4;
    pools[0].fallback = &pools[1];
    struct replay_input input = input_of(pools, 2, N_HOURS);
    struct replay_result result = run(&arena, &input);
    const struct life_row lives[] = {
        {0, 0, 1120, true}, {0, 0, END_S, false}, {0, 5000, END_S, false}, {1, 1000, 5100, false}};
    lives_are(&input, &result, lives, 4);
    cr_assert(eq(i64, result.interruptions, 1));
    cr_assert(eq(i64, result.pools[1].lent, 1));
    arena_release(&arena);
}

/* Nothing to be had on the market before 4000 s: the substitute is there from the start. */
Test(fleet_pools, a_substitute_stands_in_from_the_start) {
    struct arena arena = {0};
    const struct spot_step steps[] = {{0, 0}, {AT(4000), 5}};
    struct listed_market market;
    open_market(&market, steps, 2);
    struct pool pools[] = {on_market(pool_of("spot", one), &market), pool_of("regular", one)};
    pools[1].offer = 1;
    pools[0].fallback = &pools[1];
    struct replay_input input = input_of(pools, 2, N_HOURS);
    struct replay_result result = run(&arena, &input);
    const struct life_row lives[] = {
        {0, 4000, END_S, false}, {1, 0, 4100, false}, {1, 0, END_S, false}};
    lives_are(&input, &result, lives, 3);
    arena_release(&arena);
}

/* Two pools on one zone of a market share its room: three places, the first pool takes two. */
Test(fleet_pools, pools_share_the_room_of_their_market) {
    struct arena arena = {0};
    const struct spot_step steps[] = {{0, 3}};
    struct listed_market market;
    open_market(&market, steps, 1);
    struct pool pools[] = {on_market(pool_of("a", two), &market),
                           on_market(pool_of("b", two), &market)};
    pools[1].offer = 1;
    struct replay_input input = input_of(pools, 2, N_HOURS);
    struct replay_result result = run(&arena, &input);
    const struct life_row lives[] = {
        {0, 0, END_S, false}, {0, 0, END_S, false}, {1, 0, END_S, false}};
    lives_are(&input, &result, lives, 3);
    arena_release(&arena);
}

/* Prices of the market: 3000 s at 2, the rest at 1 USD/h. */
Test(fleet_pools, spot_pays_the_price_of_the_moment) {
    struct arena arena = {0};
    const struct spot_step steps[] = {{0, 1}};
    const struct spot_price_step prices[] = {{0, 2}, {AT(3000), 1}};
    struct listed_market market;
    open_market(&market, steps, 1);
    market.zone.n_prices = 2;
    market.zone.prices = prices;
    struct pool pool = on_market(pool_of("spot", one), &market);
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    struct replay_result result = run(&arena, &input);
    cr_assert(epsilon_eq(dbl, result.pools[0].usd, (3000 * 2 + 4200 * 1) / 3600.0, 1e-9));
    arena_release(&arena);
}

/* The first two of three ranked pools never get an instance: the third has them from the start, as
 * many as have the capacity of two of the first: its instances have two replicas of twice the
 * weight, so one does. */
Test(fleet_pools, a_chain_of_substitutes_ends_where_there_is_supply) {
    struct arena arena = {0};
    const int32_t rises[N_HOURS] = {0, 2};
    struct pool pools[] = {pool_of("a", rises), pool_of("b", none), pool_of("c", none)};
    pools[0].launch_failure = pools[1].launch_failure = 1;
    pools[1].offer = 1;
    pools[2].offer = 2;
    pools[2].replicas_per_instance = 2;
    pools[2].weight = 2;
    pools[0].fallback = &pools[1];
    pools[1].fallback = &pools[2];
    struct replay_input input = input_of(pools, 3, N_HOURS);
    struct replay_result result = run(&arena, &input);
    /* Launched for the hour, 100 s ahead of it; two instances of a are one of c. */
    const struct life_row lives[] = {{2, 3500, END_S, false}};
    lives_are(&input, &result, lives, 1);
    cr_assert(eq(i64, result.pools[2].lent, 1));
    arena_release(&arena);
}

/* A launch that fails is tried again each minute; the test draws what the fleet draws. */
Test(fleet_pools, launches_are_tried_again_each_minute) {
    struct arena arena = {0};
    const int32_t rises[N_HOURS] = {0, 1};
    struct pool pool = pool_of("a", rises);
    pool.launch_failure = 0.8;
    pool.lead_s = 40;
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    int tries = 0, most = 0;
    for (input.seed = 1; input.seed <= 20; input.seed++) {
        tries = 1;

        while (rng_unit(rng_keyed(input.seed, 0, RNG_LAUNCH_FAILURE, (uint64_t)tries - 1)) < 0.8)
            tries++;
        struct replay_result result = run(&arena, &input);
        /* Asked for 140 s ahead of the hour; the lead time is not paid. */
        const struct life_row lives[] = {{0, 3600 - 140 + 60 * (tries - 1) + 40, END_S, false}};
        lives_are(&input, &result, lives, 1);
        cr_assert(eq(i64, result.pools[0].refused, tries > 1));
        most = tries > most ? tries : most;
    }
    cr_assert(gt(int, most, 3));
    arena_release(&arena);
}

/* Two can be had at once by both pools together. The first holds one all the time and wants three
 * from hour 1; of the two more, asked for 100 s ahead of the hour, one is launched. The other is
 * tried each minute, and the second pool's one as well; pool c is not counted with them. */
Test(fleet_pools, no_more_than_can_be_had_at_once) {
    struct arena arena = {0};
    const int32_t rises[N_HOURS] = {1, 3}, later[N_HOURS] = {0, 1};
    struct pool pools[] = {pool_of("a", rises), pool_of("b", later), pool_of("c", later)};
    pools[1].offer = 1;
    pools[2].offer = 2;
    const int32_t at_once[N_HOURS] = {2, 2};
    for (int p = 0; p < 2; p++) {
        pools[p].supply = 7;
        pools[p].at_once = at_once;
    }
    struct replay_input input = input_of(pools, 3, N_HOURS);
    struct replay_result result = run(&arena, &input);
    const struct life_row lives[] = {
        {0, 0, END_S, false}, {0, 3500, END_S, false}, {2, 3500, END_S, false}};
    lives_are(&input, &result, lives, 3);
    cr_assert(gt(i64, result.pools[0].refused, 0));
    cr_assert(gt(i64, result.pools[1].refused, 0));
    arena_release(&arena);
}

/* In hour 0 nothing more can be had, in hour 1 two: both that are asked for at 3500 s, ahead of it,
 * are launched at the third try. */
Test(fleet_pools, what_can_be_had_changes_by_the_hour) {
    struct arena arena = {0};
    const int32_t rises[N_HOURS] = {1, 3}, at_once[N_HOURS] = {1, 3};
    struct pool pool = pool_of("a", rises);
    pool.supply = 7;
    pool.at_once = at_once;
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    struct replay_result result = run(&arena, &input);
    const struct life_row lives[] = {
        {0, 0, END_S, false}, {0, 3620, END_S, false}, {0, 3620, END_S, false}};
    lives_are(&input, &result, lives, 3);
    cr_assert(gt(i64, result.pools[0].refused, 0));
    arena_release(&arena);
}

/* Zone 0 is lost from 1000 s to 1600 s. Its instance ends and cannot be launched again before
 * 1600 s; the other zone stands in from 1100 s (launched at 1000 s) until 1700 s. */
Test(fleet_pools, a_lost_zone_is_replaced_in_another) {
    struct arena arena = {0};
    struct pool pools[] = {pool_of("a", one), pool_of("b", one)};
    const char *const zones[] = {"a", "b"};
    pools[1].offer = 1;
    pools[1].zone = 1;
    pools[0].fallback = &pools[1];
    struct fault fault = {FAULT_ZONE, 1000, 600, 0, 0};
    struct replay_input input = input_of(pools, 2, N_HOURS);
    input.zones = zones;
    input.n_zones = 2;
    input.faults = &fault;
    input.n_faults = 1;
    struct request request = {995 * NS_PER_SECOND, 1, 1};
    struct outcome outcome;
    /* Ties go to the lower replica: the one of zone a, where the request is lost; it begins again
     * at once in zone b. */
    struct replay_result result = replay_list(&arena, &input, &request, 1, &outcome);
    const struct life_row lives[] = {
        {0, 0, 1000, false}, {0, 1600, END_S, false}, {1, 0, END_S, false}, {1, 1000, 1700, false}};
    lives_are(&input, &result, lives, 4);
    cr_assert(eq(i64, outcome.finish, AT(1010)));
    cr_assert(eq(i64, result.restarted, 1));
    cr_assert(eq(i64, result.pools[0].failed, 1));
    arena_release(&arena);
}

/* One instance of two is lost at 1000 s and launched again at once. */
Test(fleet_pools, an_instance_that_fails_is_replaced) {
    struct arena arena = {0};
    struct pool pool = pool_of("a", two);
    struct fault fault = {FAULT_INSTANCE, 1000, 0, 0, 0};
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.faults = &fault;
    input.n_faults = 1;
    struct replay_result result = run(&arena, &input);
    const struct life_row lives[] = {
        {0, 0, 1000, false}, {0, 0, END_S, false}, {0, 1000, END_S, false}};
    lives_are(&input, &result, lives, 3);
    arena_release(&arena);
}

/* Times three from 50 s to 350 s. A request at 100 s takes 30 s. One that is in service when it
 * begins or ends starts anew at the other speed: at 45 s, 5 s done, then 30 s; at 340 s, 10 s done,
 * then 10 s. */
Test(fleet_pools, a_slow_instance_takes_longer) {
    struct arena arena = {0};
    struct pool pool = pool_of("a", one);
    struct fault fault = {FAULT_SLOW, 50, 300, 0, 3};
    struct replay_input input = input_of(&pool, 1, N_HOURS);
    input.faults = &fault;
    input.n_faults = 1;
    struct request requests[] = {{45 * NS_PER_SECOND, 1, 1},
                                 {100 * NS_PER_SECOND, 1, 1},
                                 {340 * NS_PER_SECOND, 1, 1},
                                 {1000 * NS_PER_SECOND, 1, 1}};
    struct outcome outcomes[4];
    replay_list(&arena, &input, requests, 4, outcomes);
    cr_assert(eq(i64, outcomes[0].finish, AT(80)));
    cr_assert(eq(i64, outcomes[1].finish, AT(130)));
    cr_assert(eq(i64, outcomes[2].finish, AT(360)));
    cr_assert(eq(i64, outcomes[3].finish, AT(1010)));
    arena_release(&arena);
}

/* Failures of 2 an hour and instance over 100 instances and 2 hours: 400 on average, by Poisson
 * within 6 standard deviations; at 3.5 an hour it would be 700. */
Test(fleet_pools, instances_fail_at_their_rate) {
    struct arena arena = {0};
    const int32_t hundred[N_HOURS] = {100, 100};
    for (int mutant = 0; mutant < 2; mutant++) {
        struct pool pool = pool_of("a", hundred);
        pool.boot_s = 0;
        pool.failures_per_hour = mutant ? 3.5 : 2;
        struct replay_input input = input_of(&pool, 1, N_HOURS);
        struct replay_result result = run(&arena, &input);
        bool near = llabs(result.pools[0].failed - 400) < 6 * 20;
        cr_assert(eq(int, near, !mutant));
        cr_assert(epsilon_eq(dbl, result.pools[0].instance_hours, 200, 1e-6));
        cr_assert(eq(i64, result.interruptions, 0));
    }
    arena_release(&arena);
}

static bool refused(struct pool *pools, int n, const struct fault *fault, const char *word) {
    struct arena arena = {0};
    struct replay_input input = input_of(pools, n, N_HOURS);
    struct replay_result result;
    struct err err = {0};
    struct listed_arrivals nothing = {0};
    input.faults = fault;
    input.n_faults = fault != NULL;
    bool ran = replay_engine_run(&arena, &input, (struct arrivals){listed_next, &nothing},
                                 (struct replay_probe){0}, &result, &err);
    arena_release(&arena);
    return !ran && strstr(err.what, word);
}

Test(fleet_pools, what_makes_no_sense_is_refused) {
    const struct spot_step steps[] = {{0, 2}};
    struct listed_market market;
    open_market(&market, steps, 1);
    struct pool pools[3] = {pool_of("a", one), pool_of("b", one), pool_of("c", one)};
    pools[0].fallback = &pools[1];
    pools[1].fallback = &pools[2];
    cr_assert(not(refused(pools, 3, NULL, "")));
    pools[2].fallback = &pools[0];
    cr_assert(refused(pools, 3, NULL, "falls back on itself"));
    pools[2].fallback = &pools[1];
    cr_assert(refused(pools, 3, NULL, "falls back on itself"));
    cr_assert(refused(pools, 1, NULL, "no pool of instances"));
    struct pool pool = pool_of("a", one);
    pool.zone = 1;
    cr_assert(refused(&pool, 1, NULL, "no zone 1"));
    pool = on_market(pool_of("a", one), &market);
    pool.spot = false;
    cr_assert(refused(&pool, 1, NULL, "must be spot"));
    pool.spot = true;
    market.market.end--;
    cr_assert(refused(&pool, 1, NULL, "is known for"));
    pool.market_zone = 1;
    cr_assert(refused(&pool, 1, NULL, "there is no 1"));
    pool = pool_of("a", one);
    pool.launch_failure = 1.5;
    cr_assert(refused(&pool, 1, NULL, "must be 0 to 1"));
    pool = pool_of("a", one);
    struct fault zone = {FAULT_ZONE, 0, 1, 1, 0}, slow = {FAULT_SLOW, 0, 1, 0, 0};
    cr_assert(refused(&pool, 1, &zone, "no zone 1"));
    cr_assert(refused(&pool, 1, &slow, "as long"));
    slow.target = 1;
    cr_assert(refused(&pool, 1, &slow, "no pool 1"));
}
