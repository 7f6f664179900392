/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the report says about estimated service times, on a plan by hand: two candidates at one
 * price, 2 instances of the first all week and 4 in its last hour (one of them spot, which counts
 * 0.9), 1 of the second; $1 an hour each, so the list price is (2 + 2/168 + 1) x 730 a month and
 * the first one's share of the bill (2 + 2/168) / (3 + 2/168). An instance carries 1 request/s. */
#include "scenarios/study_parts.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/result.h"

enum { N_HOURS = 168, N = 3 };

struct by_hand {
    struct candidate candidates[N];
    struct capacity capacities[N];
    struct offer offers[N];
    int32_t regular[N * N_HOURS], spot[N * N_HOURS];
    double overflow[N * N_HOURS];
    double weight[N_HOURS], rate[N_HOURS];
    struct demand planned;
    struct plan plan;
    struct bill bill;
    struct workload workload;
    struct study study;
};

static void open_by_hand(struct by_hand *b) {
    memset(b, 0, sizeof *b);
    for (int c = 0; c < N; c++) {
        static const char *const names[] = {"fast", "slow", "unused"};
        b->offers[c].on_demand = (struct quote){.known = true, .rate = money_rate_from_usd(1)};
        b->candidates[c] = (struct candidate){
            .name = names[c], .offer = c, .hardware = "L40S", .replicas_per_instance = 1};
        b->capacities[c] = (struct capacity){.feasible = true,
                                             .estimated = true,
                                             .basis = "rule datasheet",
                                             .error_low = -0.25,
                                             .error_high = 0.25,
                                             .rate_low = 0.8,
                                             .rate_high = 1.3,
                                             .n_points = 1,
                                             .points = {{.replicas = 1, .rate_per_second = 1}}};
    }
    for (int h = 0; h < N_HOURS; h++) {
        b->weight[h] = 1;
        b->rate[h] = h == N_HOURS - 1 ? 4.8 : h < 42 ? 2.9 : 2.5;
        b->regular[h] = 2 + (h == N_HOURS - 1);
        b->spot[h] = h == N_HOURS - 1;
        b->regular[N_HOURS + h] = 1;
    }
    b->plan = (struct plan){
        .feasible = true, .regular = b->regular, .spot = b->spot, .overflow_share = b->overflow};
    b->planned = (struct demand){.rate_per_second = b->rate};
    b->study =
        (struct study){.scenario = {.workloads = &b->workload, .n_workloads = 1},
                       .candidates = b->candidates,
                       .capacities = b->capacities,
                       .offers = b->offers,
                       .n_candidates = N,
                       .n_choices = N,
                       .demand = {.n_hours = N_HOURS,
                                  .n_workloads = 1,
                                  .weight = b->weight,
                                  .horizon_hours = N_HOURS},
                       .plan_input = {.demand = &b->planned,
                                      .policy = {.spot_derating = 0.9, .spot_share_max = 0.5}},
                       .recommended = {.plan = &b->plan, .bills = &b->bill}};
    b->study.recommended.by_kind_usd_per_month[CHARGE_ON_DEMAND] = 1000;
    b->study.recommended.by_kind_usd_per_month[CHARGE_SPOT] = 506;
    b->study.recommended.by_kind_usd_per_month[CHARGE_TOKENS] = 5000; /* no instance's */
}

static void check_notices(struct by_hand *b, const char *const *texts, int n) {
    struct arena arena = {0};
    study_write_estimates(&arena, &b->study);
    cr_assert(eq(int, b->study.n_notices, n));
    for (int i = 0; i < n; i++)
        cr_expect(eq(str, (char *)b->study.notices[i].text, (char *)texts[i]));
    b->study.notices = NULL;
    b->study.n_notices = 0;
    arena_release(&arena);
}

/* The 42 hours of 2.9: 0.8 x 2 + 1 = 2.6, one more makes 3.4; those of 2.5 have it to spare. The
 * last: 0.8 x 3.9 + 1 = 4.12 against 4.8, one more makes 4.92. So 43 of 168 hours (26 %) need one,
 * of 2 + 2/168 in the mean: of a bill of 1506 x 2.0119 / 3.0119 = $1006 it is 43 / 338. The slow
 * one: 2 + 0.8 = 2.8 against 2.9, one more; 3.9 + 0.8 = 4.7 against 4.8, one more: 43 / 168 of
 * $500. A fleet that grew with the rate would need 1/0.8 - 1, a quarter more all week: $251 and
 * $125. */
Test(study_estimates, count_what_the_hours_lack) {
    static struct by_hand b;
    open_by_hand(&b);
    static const char *const texts[] = {
        "the service times of fast are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, and the plan needs up to 1 more, in "
        "26% of hours: about $128 more a month",
        "the service times of slow are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, and the plan needs up to 1 more, in "
        "26% of hours: about $128 more a month"};
    check_notices(&b, texts, 2);
    cr_assert(eq(int, b.study.n_notices, 0));
}

Test(study_estimates, spare_capacity_is_enough) {
    static struct by_hand b;
    open_by_hand(&b);
    for (int h = 0; h < N_HOURS; h++)
        b.rate[h] = 2.6;
    b.rate[0] = 2.7; /* the second, 0.8, is enough: 2.8; the first lacks 0.1 */
    static const char *const texts[] = {
        "the service times of fast are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, and the plan needs up to 1 more, in "
        "less than 1% of hours: about $2.98 more a month",
        "the service times of slow are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, which the plan has to spare"};
    check_notices(&b, texts, 2);
}

/* Half of 4.8 must be carried without spot; with a share of 2 % it is 4.704, and regular capacity
 * makes 0.8 x 3 + 1 = 3.4: two more are needed where with spot one is enough. What is sent to a
 * token API, another half, is not asked of instances. */
Test(study_estimates, follow_the_limits_of_the_plan) {
    static struct by_hand b;
    open_by_hand(&b);
    for (int h = 0; h < N_HOURS - 1; h++)
        b.rate[h] = 2;
    b.study.plan_input.policy.spot_share_max = 0.02;
    b.capacities[1].estimated = false;
    b.study.recommended.bills = NULL;
    static const char *const two[] = {
        "the service times of fast are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, and the plan needs up to 2 more, in "
        "less than 1% of hours"};
    check_notices(&b, two, 1);
    b.overflow[2 * N_HOURS + N_HOURS - 1] = 0.5;
    static const char *const none[] = {
        "the service times of fast are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, which the plan has to spare"};
    check_notices(&b, none, 1);
}

Test(study_estimates, tell_what_does_not_hold_and_what_is_unknown) {
    static struct by_hand b;
    open_by_hand(&b);
    b.capacities[0].rate_low = 0;
    b.capacities[1].error_low = b.capacities[1].error_high = 0;
    static const char *const texts[] = {
        "the service times of fast are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it cannot hold the target at any rate",
        "the service times of slow are estimated, and no measured error of such estimates is "
        "known: measure before you commit"};
    check_notices(&b, texts, 2);
}

/* Without a bill no money; measured times are no estimate. */
Test(study_estimates, follow_what_is_known_of_the_plan) {
    static struct by_hand b;
    open_by_hand(&b);
    b.study.recommended.bills = NULL;
    b.capacities[1].estimated = false;
    static const char *const texts[] = {
        "the service times of fast are estimated: four of five measured runs took from 25% less "
        "to 25% more time; at 25% more it carries 20% less, and the plan needs up to 1 more, in "
        "26% of hours"};
    check_notices(&b, texts, 1);
}

Test(study_estimates, without_a_plan_count_the_candidates) {
    static struct by_hand b;
    open_by_hand(&b);
    b.plan.feasible = false;
    b.capacities[1].estimated = false;
    b.capacities[2].extrapolated = true;
    static const char *const texts[] = {
        "the service times of 2 of the 3 candidates are estimated by rule, not measured",
        "the profile of unused is used beyond what was measured for it (rule datasheet)"};
    check_notices(&b, texts, 2);
}

/* Of what the plan runs. */
Test(study_estimates, warn_of_an_extrapolated_profile) {
    static struct by_hand b;
    open_by_hand(&b);
    for (int c = 0; c < N; c++)
        b.capacities[c].estimated = false;
    b.capacities[0].extrapolated = b.capacities[2].extrapolated = true;
    strcpy(b.capacities[0].basis, "profile p: contexts above 8192");
    struct arena arena = {0};
    study_write_estimates(&arena, &b.study);
    cr_assert(eq(int, b.study.n_notices, 1));
    cr_assert(eq(str, (char *)b.study.notices[0].id, "extrapolated-profile"));
    cr_assert(eq(str, (char *)b.study.notices[0].text,
                 "the profile of fast is used beyond what was measured for it (profile p: contexts "
                 "above 8192)"));
    arena_release(&arena);
}

Test(study_estimates, unknown_is_no_number) {
    struct capacity k = {.feasible = true, .rate_low = 1, .rate_high = 1};
    cr_assert(result_band(&k).error_low != result_band(&k).error_low); /* NaN */
    cr_assert(result_band(&k).rate_high != result_band(&k).rate_high);
    k.error_high = 0.1;
    cr_assert(eq(dbl, result_band(&k).error_low, 0));
    cr_assert(eq(dbl, result_band(&k).rate_high, 1));
    k.feasible = false;
    cr_assert(result_band(&k).rate_high != result_band(&k).rate_high);
}
