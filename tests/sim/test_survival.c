/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A zone is lost in the busiest hour of three: fleets of one-server replicas that take a second a
 * request, so what they carry is their number. 100 requests come evenly in the first and the last
 * hour, 7200 in the second (2 a second), which two servers would just carry. */
#include "sim/survival.h"
#include "tests/sim/replay_help.h"

enum { N_HOURS = 3, CALM = 100, BUSY = 7200, N_REQUESTS = 2 * CALM + BUSY };

static const char *const zones[] = {"a", "b"};

struct survival_case {
    struct traffic traffic;
    struct pool pools[2];
    int32_t instances[2][N_HOURS];
    struct replay_input input;
};

static int add_evenly(struct request *requests, int at, int hour, int n) {
    for (int i = 0; i < n; i++)
        requests[at++] = (struct request){hour * NS_PER_HOUR + i * (NS_PER_HOUR / n), 1, 1};
    return at;
}

/* So many instances in zone a and in zone b. */
static void open_case(struct arena *arena, struct survival_case *c, int in_a, int in_b) {
    struct request *requests = arena_new(arena, struct request, N_REQUESTS);
    struct err err = {0};
    *c = (struct survival_case){0};
    int n = add_evenly(requests, 0, 0, CALM);
    n = add_evenly(requests, n, 1, BUSY);
    n = add_evenly(requests, n, 2, CALM);
    cr_assert(
        traffic_from_rows(arena, requests, n, HOURS_PER_WEEK * NS_PER_HOUR, -1, &c->traffic, &err),
        "%s", err.what);
    for (int zone = 0; zone < 2; zone++) {
        for (int hour = 0; hour < N_HOURS; hour++)
            c->instances[zone][hour] = zone ? in_b : in_a;
        c->pools[zone] = (struct pool){.name = zones[zone],
                                       .service = queue_of(1, SERVICE_DETERMINISTIC, 1),
                                       .replicas_per_instance = 1,
                                       .weight = 1,
                                       .zone = zone,
                                       .instances = c->instances[zone]};
    }
    c->input = input_of(c->pools, 2, N_HOURS);
    c->input.traffic = &c->traffic;
    c->input.zones = zones;
    c->input.n_zones = 2;
    c->input.slo = (struct slo){.latency_s = 5, .share = 0.99};
}

static struct fault zone_loss(int zone, double duration_s) {
    return (struct fault){.kind = FAULT_ZONE, .target = zone, .duration_s = duration_s};
}

static struct survival survival_of(struct arena *arena, struct survival_case *c,
                                   struct fault loss) {
    struct replay_result usual;
    struct survival survival;
    struct err err = {0};
    cr_assert(replay_run(arena, &c->input, &usual, &err), "%s", err.what);
    cr_assert(replay_survives(arena, &c->input, &usual, loss, -1, &survival, &err), "%s", err.what);
    cr_assert(eq(dbl, survival.usual.share, 1));
    cr_assert(eq(int, survival.hour, 1));
    return survival;
}

/* Three are left of six: everything is served, the few requests that began again within 5 s. */
Test(survival, half_of_twice_the_fleet_holds) {
    struct arena arena = {0};
    struct survival_case c;
    open_case(&arena, &c, 3, 3);
    struct survival survival = survival_of(&arena, &c, zone_loss(0, 1800));
    cr_assert(survival.holds);
    cr_assert(eq(i64, survival.before.arrived, CALM));
    cr_assert(eq(i64, survival.during.arrived, BUSY));
    cr_assert(eq(i64, survival.usual.arrived, BUSY));
    cr_assert(gt(i64, survival.after.arrived, CALM / 2));
    cr_assert(eq(i64, survival.after.good, survival.after.arrived));
    arena_release(&arena);
}

/* One is left of three for half the hour: it has twice what it can do, and its line, 1800 long in
 * the end, lasts to the end of the hour. The two that come back have short lines and take the
 * requests of the second half of the hour: half of the hour's are good. */
Test(survival, a_fleet_without_spare_fails_and_recovers) {
    struct arena arena = {0};
    struct survival_case c;
    open_case(&arena, &c, 2, 1);
    struct survival survival = survival_of(&arena, &c, zone_loss(0, 1800));
    cr_assert(not(survival.holds));
    cr_assert(eq(dbl, survival.before.share, 1));
    cr_assert(epsilon_eq(dbl, survival.during.share, 0.5, 0.01));
    cr_assert(eq(dbl, survival.after.share, 1));
    /* The other zone leaves two, which carry it. */
    cr_assert(survival_of(&arena, &c, zone_loss(1, 1800)).holds);
    arena_release(&arena);
}

/* What a fallback in the other zone launches stands in after its boot. */
Test(survival, a_fallback_shortens_the_loss) {
    struct arena arena = {0};
    struct survival_case c;
    open_case(&arena, &c, 2, 1);
    c.pools[0].fallback = &c.pools[1];
    c.pools[1].boot_s = 60;
    struct survival survival = survival_of(&arena, &c, zone_loss(0, 3600));
    cr_assert(gt(dbl, survival.during.share, 0.95));
    cr_assert(lt(dbl, survival.during.share, 0.99));
    arena_release(&arena);
}

static struct fault instance_loss(int pool, double duration_s) {
    return (struct fault){.kind = FAULT_INSTANCE, .target = pool, .duration_s = duration_s};
}

/* Two carry the busy hour exactly: of three, one may go for all of it. Of two, the one that is left
 * has twice what it can do: but for the first seconds, all are late. */
Test(survival, one_instance_more_is_what_it_takes) {
    struct arena arena = {0};
    struct survival_case c;
    open_case(&arena, &c, 2, 1);
    cr_assert(survival_of(&arena, &c, instance_loss(0, 3600)).holds);
    cr_assert(survival_of(&arena, &c, instance_loss(1, 3600)).holds);
    open_case(&arena, &c, 1, 1);
    struct survival survival = survival_of(&arena, &c, instance_loss(0, 3600));
    cr_assert(not(survival.holds));
    cr_assert(lt(dbl, survival.during.share, 0.01));
    arena_release(&arena);
}

/* Two servers of 1.25 a second, and 2 a second come. One is lost, and the other's line grows by
 * 0.75 a second; over 6.25 it is longer than 5 s, which is after 8 s. Another is launched at once
 * and is there after a minute: the line is 45. The new one takes all until both lines are 17, 22 s
 * later, and the two catch up 0.5 a second: over 5 s until the lines are 12.5 together, 43 s later.
 * Late are the 52 s before the new one, and of the 65 s after it all but the first 8: 2 (52 + 57) =
 * 218 of 7200. When it may be launched only after half an hour, that half alone is 3600 late. */
Test(survival, another_is_launched_when_the_loss_ends) {
    struct arena arena = {0};
    struct survival_case c;
    open_case(&arena, &c, 2, 0);
    c.pools[0].service = queue_of(1, SERVICE_DETERMINISTIC, 0.8);
    c.pools[0].boot_s = 60;
    struct survival at_once = survival_of(&arena, &c, instance_loss(0, 0));
    cr_assert(epsilon_eq(dbl, at_once.during.share, 1 - 218.0 / BUSY, 0.003));
    struct survival later = survival_of(&arena, &c, instance_loss(0, 1800));
    cr_assert(lt(dbl, later.during.share, 0.5));
    arena_release(&arena);
}

Test(survival, the_largest_instance) {
    struct arena arena = {0};
    struct survival_case c;
    open_case(&arena, &c, 5, 1);
    cr_assert(eq(int, replay_largest_instance(&c.input, 1), 0));
    c.pools[1].replicas_per_instance = 2;
    cr_assert(eq(int, replay_largest_instance(&c.input, 1), 1));
    c.instances[1][1] = 0; /* none of them runs then */
    cr_assert(eq(int, replay_largest_instance(&c.input, 1), 0));
    c.instances[0][1] = 0;
    cr_assert(eq(int, replay_largest_instance(&c.input, 1), -1));
    arena_release(&arena);
}

Test(survival, the_heaviest_zone_and_the_question) {
    struct arena arena = {0};
    struct survival_case c;
    struct replay_result usual;
    struct survival survival;
    struct err err = {0};
    open_case(&arena, &c, 2, 3);
    cr_assert(eq(int, replay_heaviest_zone(&c.input, 1), 1));
    c.pools[0].weight = 2;
    cr_assert(eq(int, replay_heaviest_zone(&c.input, 1), 0));
    cr_assert(replay_run(&arena, &c.input, &usual, &err));
    cr_assert(not(replay_survives(&arena, &c.input, &usual, zone_loss(0, 0), -1, &survival, &err)));
    cr_assert(
        not(replay_survives(&arena, &c.input, &usual, zone_loss(1, 60), N_HOURS, &survival, &err)));
    cr_assert(replay_survives(&arena, &c.input, &usual, zone_loss(1, 60), 2, &survival, &err));
    cr_assert(eq(int, survival.hour, 2));
    cr_assert(
        not(replay_survives(&arena, &c.input, &usual, zone_loss(2, 60), -1, &survival, &err)));
    arena_release(&arena);
}
