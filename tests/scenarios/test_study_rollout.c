/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rollouts of a small encoder workload from g4dn.xlarge to g5.xlarge. One instance carries it in
 * every hour, so that costs are rates times hours: the overlap by hand, conservation over the
 * sides, mistakes at their places. */
#include "study_memory.h"

#include <math.h>

#include "scenarios/study_rollout.h"

#define BOTH "[ { instance: g4dn.xlarge }, { instance: g5.xlarge } ]"
#define ROLLOUT(text)                                                                              \
    HEAD "workloads:\n" WORKLOAD("embed", "0.05 req/s", BOTH) "    rollout: " text "\n"

static struct study rolled_out(struct arena *arena, const char *text) {
    struct study study;
    cr_assert(eq(str, (char *)memory_study(arena, (struct memory_run){.text = text}, &study), ""));
    cr_assert(eq(int, study.n_rollouts, 1));
    return study;
}

static double rate_of(const struct study *study, const char *sku) {
    for (int c = 0; c < study->n_candidates; c++)
        if (strcmp(study->candidates[c].sku, sku) == 0)
            return money_rate_usd(study->offers[study->candidates[c].offer].on_demand.rate);
    cr_fatal("no %s", sku);
    return 0;
}

/* Requests of the traffic's week that arrive before an hour of it. */
static int64_t arrived_before(const struct study *study, int hour) {
    int64_t n = 0;
    for (int h = 0; h < hour; h++)
        n += study->recommended.replays[0].hours[h].arrived;
    return n;
}

static const char *mistakes_of(struct arena *arena, const char *text) {
    struct study study;
    return memory_study(arena, (struct memory_run){.text = text, .size_only = true}, &study);
}

/* The old fleet, one instance, stays for twelve hours after the switch: that is the overlap. The
 * week costs the plan's week, with the old instance in place of the new one for a day, and the
 * overlap. */
Test(study_rollout, blue_green_costs_the_old_fleet_for_the_overlap) {
    struct arena arena = {0};
    struct study study =
        rolled_out(&arena, ROLLOUT("{ kind: blue_green, to: g5.xlarge, at: 24h, overlap: 12h }"));
    const struct study_rollout *rollout = &study.rollouts[0];
    double old = rate_of(&study, "g4dn.xlarge"), new = rate_of(&study, "g5.xlarge");
    cr_assert(rollout->possible);
    cr_assert(epsilon_eq(dbl, rollout->overlap_usd, 12 * old, 1e-9));
    cr_assert(epsilon_eq(dbl, rollout->old_usd, 168 * old, 1e-9));
    cr_assert(epsilon_eq(dbl, rollout->new_usd, 168 * new, 1e-9));
    cr_assert(epsilon_eq(dbl, rollout->sides[0].usd, 36 * old, 1e-9));
    cr_assert(epsilon_eq(dbl, rollout->sides[1].usd, 144 * new, 1e-9));
    /* The bill pays the new one from its launch, 3 min before its hour. */
    cr_assert(epsilon_eq(dbl, rollout->bill_usd - rollout->usual_bill_usd,
                         36 * old - 24 * new + 0.05 * new, 0.02));
    /* Nobody is lost, and each is on the side of his hour. */
    cr_assert(eq(i64, rollout->sides[0].arrived, arrived_before(&study, 24)));
    cr_assert(eq(i64, rollout->sides[0].arrived + rollout->sides[1].arrived,
                 arrived_before(&study, 168)));
    cr_assert(rollout->sides[0].holds);
    cr_assert(rollout->sides[1].holds);
    /* The plan is for the time after. */
    for (int c = 0; c < study.n_candidates; c++)
        if (strcmp(study.candidates[c].sku, "g4dn.xlarge") == 0) {
            cr_assert(eq(i32, study.recommended.plan->regular[c * study.demand.n_hours], 0));
            cr_assert(eq(str, (char *)study_candidate_reason(&study, c),
                         "the rollout leaves it, and the plan is for the time after"));
        }
    arena_release(&arena);
}

/* While requests are shared both sides have one instance, where one would do: of an hour in which
 * the new side has s of the requests, old + new - ((1 - s) old + s new) = s old + (1 - s) new is
 * overlap. */
Test(study_rollout, canary_costs_what_two_fleets_hold_beyond_one) {
    struct arena arena = {0};
    struct study study = rolled_out(
        &arena, ROLLOUT("{ kind: canary, to: g5.xlarge, steps: [ { at: 10h, share: 10% }, { at: "
                        "30h, share: 50% }, { at: 40h, share: 100% } ] }"));
    const struct study_rollout *rollout = &study.rollouts[0];
    double old = rate_of(&study, "g4dn.xlarge"), new = rate_of(&study, "g5.xlarge");
    cr_assert(epsilon_eq(dbl, rollout->overlap_usd,
                         20 * (0.1 * old + 0.9 * new) + 10 * (0.5 * old + 0.5 * new), 1e-9));
    int64_t early = arrived_before(&study, 10), late = arrived_before(&study, 40);
    int64_t all = arrived_before(&study, 168);
    cr_assert(eq(i64, rollout->sides[0].arrived + rollout->sides[1].arrived, all));
    cr_assert(ge(i64, rollout->sides[0].arrived, early));
    cr_assert(le(i64, rollout->sides[0].arrived, late));
    double expected = 0.9 * (double)(arrived_before(&study, 30) - early) +
                      0.5 * (double)(late - arrived_before(&study, 30));
    /* 4 standard deviations of some 6000 draws */
    cr_assert(epsilon_eq(dbl, (double)(rollout->sides[0].arrived - early), expected, 150));
    arena_release(&arena);
}

/* An A/B split is in the plan itself: both sides have their instance in every hour, the baseline
 * too, and the overlap of the week is half of each. */
Test(study_rollout, an_ab_split_is_planned_for_the_horizon) {
    struct arena arena = {0};
    struct study study = rolled_out(&arena, ROLLOUT("{ kind: ab, to: g5.xlarge, share: 50% }"));
    const struct study_rollout *rollout = &study.rollouts[0];
    double old = rate_of(&study, "g4dn.xlarge"), new = rate_of(&study, "g5.xlarge");
    for (int i = 0; i < study.n_candidates * study.demand.n_hours; i++)
        cr_assert(eq(i32, study.recommended.plan->regular[i], 1));
    cr_assert(epsilon_eq(dbl, rollout->overlap_usd, 168 * (old + new) / 2, 1e-9));
    cr_assert(eq(dbl, rollout->bill_usd, rollout->usual_bill_usd));
    int64_t all = rollout->sides[0].arrived + rollout->sides[1].arrived;
    cr_assert(eq(i64, all, study.recommended.replays[0].arrived));
    cr_assert(epsilon_eq(dbl, (double)rollout->sides[1].arrived, 0.5 * (double)all,
                         4 * 0.5 * sqrt((double)all)));
    cr_assert(study.recommended.slo_met);
    cr_assert(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730 * (old + new), 1e-6));
    arena_release(&arena);
}

/* Two instances of 4 vCPU beside each other do not fit a quota of 4. */
Test(study_rollout, an_overlap_beyond_the_quota_is_told) {
    struct arena arena = {0};
    struct study study = rolled_out(&arena, ROLLOUT("{ kind: blue_green, to: g5.xlarge, at: 24h, "
                                                    "overlap: 12h }") "estate: { "
                                                                      "quotas: { G: 4 vCPU } }\n");
    cr_assert(not(study.rollouts[0].possible));
    cr_assert(ne(ptr, strstr(study_rollout_words(&arena, &study, 0), "cannot be done"), NULL));
    cr_assert(has_notice(&study, "rollout-impossible"));
    arena_release(&arena);
}

static const struct {
    const char *text, *want;
} mistakes[] = {
    {ROLLOUT("{ kind: ab, to: g6.xlarge, share: 50% }"),
     "t.yaml:12:26 'g6.xlarge' is nothing that the workload 'embed' can run on | name a model of "
     "models, or an instance or function of run_on\n"},
    {ROLLOUT("{ kind: ab, to: bert-base, share: 50% }"),
     "t.yaml:12:26 'bert-base' is all that the workload 'embed' can run on: there is no old side | "
     "list what it stands beside, too\n"},
    {ROLLOUT("{ kind: ab, to: g5.xlarge, share: 50% }") "resilience: { survive: instance, spare: "
                                                        "buy }\n",
     "t.yaml:12:26 resilience.spare: buy is not for A/B splits: a loss is one side's | plan each "
     "side as a workload of its own, or let spare be reported\n"},
    {ROLLOUT("{ kind: ab, to: g5.xlarge }"),
     "t.yaml:12:5 'share' is missing in 'workloads.rollout': an A/B split needs the part of the "
     "new side | write for example share: 20%\n"},
    {ROLLOUT("{ kind: ab, to: g5.xlarge, share: 50%, overlap: 3h }"),
     "t.yaml:12:53 'workloads.rollout.overlap' is for kind: blue_green only | take it out\n"},
    {ROLLOUT("{ kind: canary, to: g5.xlarge, steps: [ { at: 2h, share: 50% }, { at: 4h, share: "
             "40% } ] }"),
     "t.yaml:12:88 a step has no greater share than the one before it | let the shares rise\n"
     "t.yaml:12:88 the last step leaves requests on the old side | end with 100%; what stays "
     "shared is kind: ab\n"},
    {ROLLOUT("{ kind: canary, to: g5.xlarge, steps: [ { at: 2h, share: 50% }, { at: 2h, share: "
             "100% } ] }"),
     "t.yaml:12:80 a step does not begin after the one before it | write them in order of time\n"},
    {ROLLOUT("{ kind: blue_green, to: g5.xlarge, at: 90min, overlap: 3h }"),
     "t.yaml:12:49 'workloads.rollout.at' is no whole number of hours | write for example 6h\n"},
    {ROLLOUT("{ kind: blue_green, to: g5.xlarge, at: 160h, overlap: 9h }"),
     "t.yaml:12:59 the replayed week of 168 hours is over before 'workloads.rollout.overlap' is | "
     "begin earlier, or make it shorter\n"},
};

Test(study_rollout, what_makes_no_sense_is_told_at_its_place) {
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        cr_expect(eq(str, (char *)mistakes_of(&arena, mistakes[i].text), (char *)mistakes[i].want));
    arena_release(&arena);
}
