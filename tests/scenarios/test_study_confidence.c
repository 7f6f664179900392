/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replays of the recommended fleet: the intervals are those of the figures that the test finds by
 * replaying replication by replication itself; replication 0 is the answer of one replay; the
 * replications are different draws. That such intervals hold what they promise is in
 * tests/theory/test_confidence.c. */
#include <math.h>

#include "study_memory.h"

#include "base/money.h"
#include "scenarios/result.h"
#include "scenarios/study_parts.h"

enum { REPLAYS = 4 };

/* A queue that is now and then too long, and a function, which is paid by the call. */
static const char text[] =
    HEAD "workloads:\n" WORKLOAD("embed", "0.02 req/s", "[ { instance: g4dn.xlarge } ]")
        WORKLOAD("search", "0.01 req/s", "[ { function: lambda-arm64, memory: 2048 MB } ]");

static struct study study_of(struct arena *arena, const char *replays) {
    struct study study;
    struct memory_run run = {
        .text = text,
        .set = {"workloads.0.slo.latency=15ms", "workloads.1.slo.latency=700ms", replays}};
    const char *mistakes = memory_study(arena, run, &study);
    cr_assert(eq(str, (char *)mistakes, ""));
    return study;
}

static void expect_same(const struct interval *got, const double *values, const char *what) {
    struct interval expected = interval_of(values, REPLAYS);
    cr_expect(epsilon_eq(dbl, got->mean, expected.mean, 1e-12 * expected.mean), "%s", what);
    cr_expect(epsilon_eq(dbl, got->half_width, expected.half_width, 1e-9 * expected.mean), "%s",
              what);
}

Test(study_confidence, intervals_are_those_of_the_replays) {
    struct arena arena = {0};
    struct study study = study_of(&arena, "simulation.replays=4");
    double within[REPLAYS], good[REPLAYS], bill[REPLAYS], first[REPLAYS];
    int held = 0;
    for (int r = 0; r < REPLAYS; r++) {
        struct study_fleet fleet;
        struct study_options options = {.n_threads = 1};
        struct err err = {0};
        cr_assert(study_fleet_run(&arena, &study, &options, study.recommended.plan, "again", r,
                                  &fleet, &err));
        within[r] = fleet.attainment;
        good[r] = fleet.good_requests_per_month;
        bill[r] = fleet.bill_usd_per_month;
        double arrived = 0, inside = 0;
        for (int week = 0; week < study.demand.n_weeks; week++) {
            arrived += study.demand.weeks[week].weight * (double)fleet.replays[week].arrived;
            inside += study.demand.weeks[week].weight * (double)fleet.replays[week].good;
        }
        first[r] = inside / arrived;
        held += fleet.slo_met;
    }
    const struct study_confidence *c = &study.confidence;
    cr_assert(eq(int, c->replays, REPLAYS));
    cr_expect(eq(int, c->held, held));
    expect_same(&c->all.within_target, within, "within target");
    expect_same(&c->all.good_requests_per_month, good, "goodput");
    expect_same(&c->bill_usd_per_month, bill, "bill");
    expect_same(&c->workloads[0].within_target, first, "within target of one");
    cr_expect(c->all.within_target.half_width > 0, "the same in each replay");
    cr_expect(c->all.good_requests_per_month.half_width > 0, "the same in each replay");
    cr_expect(c->bill_usd_per_month.half_width > 0, "the same in each replay");
    cr_expect(epsilon_eq(dbl,
                         c->workloads[0].good_requests_per_month.mean +
                             c->workloads[1].good_requests_per_month.mean,
                         c->all.good_requests_per_month.mean, 1e-6));
    arena_release(&arena);
}

Test(study_confidence, the_answer_is_that_of_one_replay) {
    struct arena arena = {0};
    struct study once = study_of(&arena, "simulation.replays=1");
    struct study often = study_of(&arena, "simulation.replays=4");
    cr_expect(eq(str, (char *)once.headline, (char *)often.headline));
    cr_expect(epsilon_eq(dbl, once.recommended.bill_usd_per_month,
                         often.recommended.bill_usd_per_month, 0));
    for (int i = 0; i < once.demand.n_workloads * once.demand.n_weeks; i++)
        cr_expect(eq(u64, once.recommended.replays[i].request_hash,
                     often.recommended.replays[i].request_hash));
    cr_expect(eq(str, (char *)study_confidence_words(&arena, &once), ""));
    for (int i = 0; i < once.n_notices; i++)
        cr_expect(ne(str, (char *)once.notices[i].id, "missed-in-other-replays"));
    struct text json = {.arena = &arena}, numbers = {.arena = &arena};
    result_append_json(&once, &json);
    result_append_numbers_csv(&once, &numbers);
    cr_expect(strstr(json.data, "\"confidence\"") == NULL && !strstr(numbers.data, "_low"));
    result_append_json(&often, &json);
    result_append_numbers_csv(&often, &numbers);
    cr_expect(strstr(json.data, "\"target_held_in\"") && strstr(numbers.data, "_target_low,,0."));
    cr_expect(strstr(study_confidence_words(&arena, &often), "mean of 4 replays") != NULL);
    arena_release(&arena);
}
