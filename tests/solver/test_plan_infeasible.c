/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: what it says when nothing fits, word for word, that the change it proposes works and
 * that no other costs less; bad
 * numbers are refused before any arithmetic. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
}

static void expect_infeasible(struct plan_fixture *f, const char *text) {
    struct plan plan;
    solve(f, &plan);
    cr_assert(not(plan.feasible));
    cr_expect(eq(str, plan.infeasible, (char *)text));
}

static void expect_feasible(struct plan_fixture *f) {
    struct plan plan;
    solve(f, &plan);
    cr_expect(plan.feasible, "%s", plan.infeasible);
}

/* 8 vCPU an instance, 10 requests/s each; 34 requests/s need 4 instances = 32 vCPU. Fractions of an
 * instance would do with 27.2. */
Test(infeasible, quota_names_hour_amount_and_the_smallest_quota_that_works) {
    struct plan_fixture f;
    fixture_open(&f, 1, 168);
    fixture_instance(&f, 0, "g6e.2xlarge", 10, 2, -1);
    double rates[168] = {0};
    rates[14] = 34;
    rates[15] = 5;
    fixture_demand(&f, 0, rates);
    fixture_quota(&f, "G", false, 16);
    expect_infeasible(&f,
                      "chat: in the hour Mon 14:00 UTC 34 requests/s arrive, only 20 can be "
                      "carried (14 missing): the quota of 16 vCPU for G instances in us-east-1 "
                      "is used up. Cheapest change that works: raise it to 32 vCPU; the plan then "
                      "costs $43.5 a month.");
    f.quotas[0].vcpu = 24;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(not(plan.feasible));
    f.quotas[0].vcpu = 32;
    expect_feasible(&f);
    fixture_close(&f);
}

Test(infeasible, whole_instances_need_more_than_fractions) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    fixture_instance(&f, 0, "g6e.2xlarge", 10, 2, -1);
    fixture_demand(&f, 0, (double[]){12, 34});
    fixture_quota(&f, "G", false, 28); /* 3.5 instances */
    expect_infeasible(
        &f,
        "chat: in the hour Mon 01:00 UTC 34 requests/s arrive, and no whole "
        "number of instances carries them (only 30, 4 missing): the quota of 28 "
        "vCPU for G instances in us-east-1 is used up. Cheapest change that works: raise it to 32 "
        "vCPU; the plan then costs $4.38K a month.");
    fixture_close(&f);
}

Test(infeasible, cap_of_an_api) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    fixture_api(&f, 0, "bedrock/llama-3.1-8b", 0.001, 50);
    fixture_demand(&f, 0, (double[]){12, 62.5});
    expect_infeasible(&f, "chat: in the hour Mon 01:00 UTC 62.5 requests/s arrive, only 50 can be "
                          "carried (12.5 missing): bedrock/llama-3.1-8b takes at most 50 "
                          "requests/s. Cheapest change that works: raise that limit to 62.5 "
                          "requests/s; the plan then costs $97.9K a month.");
    f.capacities[0].rate_max_per_second = 62.5;
    expect_feasible(&f);
    fixture_close(&f);
}

/* Two instances: on spot 2 USD an hour, 1,460 a month; on demand twice that. */
Test(infeasible, spot_alone_may_not_carry_everything) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6e.2xlarge", 10, 2, 1);
    fixture_demand(&f, 0, (double[]){20});
    f.input.allow_on_demand = false;
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.4;
    expect_infeasible(&f, "chat: in the hour Mon 00:00 UTC 20 requests/s arrive, only 8 can be "
                          "carried (12 missing): on demand is not allowed and spot may carry at "
                          "most 40% of an hour's requests. Cheapest change that works: let spot "
                          "carry all of an hour's requests; the plan then costs $1.46K a month.");
    fixture_close(&f);
}

Test(infeasible, no_candidate_says_why) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    int c = fixture_instance(&f, 0, "g4dn.xlarge", 10, 2, -1);
    f.capacities[c].feasible = false;
    snprintf(f.capacities[c].reason, sizeof f.capacities[c].reason,
             "needs 18.2 GiB of memory, has 16 GiB");
    fixture_demand(&f, 0, (double[]){20});
    expect_infeasible(&f, "chat: no candidate can serve it. g4dn.xlarge: needs 18.2 GiB of memory, "
                          "has 16 GiB");
    struct plan plan;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_rejections, 1));
    cr_assert(eq(str, (char *)plan.rejections[0].reason, "needs 18.2 GiB of memory, has 16 GiB"));
    fixture_close(&f);
}

/* Two workloads share 24 vCPU: each fits alone, not both. The one with the larger share missing is
 * named, and the proposed quota holds both. */
Test(infeasible, shared_quota) {
    struct plan_fixture f;
    fixture_open(&f, 2, 1);
    int offer = fixture_offer(&f, "g6e.2xlarge", "g6e", 2, -1);
    fixture_candidate(&f, 0, offer, 10);
    fixture_candidate(&f, 1, offer, 10);
    fixture_demand(&f, 0, (double[]){20});
    fixture_demand(&f, 1, (double[]){10});
    fixture_quota(&f, "G", false, 16);
    struct plan plan;
    solve(&f, &plan);
    cr_assert(not(plan.feasible));
    cr_expect(ne(ptr, strstr(plan.infeasible, "raise it to 24 vCPU;"), NULL), "%s",
              plan.infeasible);
    f.quotas[0].vcpu = 24;
    expect_feasible(&f);
    fixture_close(&f);
}

/* Either quota alone would do. G: two more at 1.00, 5 in all; P: two of them at 5.00 beside 3
 * at 1.00. The smaller growth is P's (16 to 32), the cheaper plan G's (24 to 40). */
Test(infeasible, the_cheapest_change_not_the_smallest) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6.xlarge", 10, 1, -1);
    int p = fixture_instance(&f, 0, "p4d.24xlarge", 10, 5, -1);
    f.offers[f.candidates[p].offer].quota_group = "P";
    fixture_demand(&f, 0, (double[]){50});
    fixture_quota(&f, "P", false, 0);
    fixture_quota(&f, "G", false, 24);
    f.quotas[0].where = "fleet.yaml:7";
    f.quotas[1].where = "fleet.yaml:8";
    f.input.where.workloads = (const char *const[]){"fleet.yaml:12"};
    expect_infeasible(&f,
                      "chat (fleet.yaml:12): in the hour Mon 00:00 UTC 50 requests/s arrive, only "
                      "30 can be carried (20 missing): the quota of 24 vCPU for G instances in "
                      "us-east-1 (fleet.yaml:8) is used up. Cheapest change that works: raise "
                      "it to 40 vCPU; the plan then costs $3.65K a month.");
    fixture_close(&f);
}

/* One instance carries 8 alone and 20 in pairs (economies of scale). Of 28 requests/s with room for
 * one, fractions leave 18 to the API, whole instances 20: with 18 nothing fits, though the
 * programme lacks nothing, and a second instance is the cheapest change. */
Test(infeasible, fractions_say_less_than_whole_instances_need) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    int c = fixture_instance(&f, 0, "g6", 8, 1, -1);
    f.capacities[c].n_points = 2;
    f.capacities[c].points[1] = (struct capacity_point){.replicas = 2, .rate_per_second = 20};
    fixture_api(&f, 0, "api", 0.001, 5);
    fixture_quota(&f, "G", false, 8);
    fixture_demand(&f, 0, (double[]){28});
    struct plan plan;
    f.capacities[1].rate_max_per_second = 18; /* what fractions would do with */
    solve(&f, &plan);
    cr_assert(not(plan.feasible), "one instance carries 8, not 10");
    cr_expect(ne(ptr, strstr(plan.infeasible, "raise it to 16 vCPU"), NULL), "%s", plan.infeasible);
    f.capacities[1].rate_max_per_second = 20;
    expect_feasible(&f);
    fixture_close(&f);
}

/* chat runs on G alone and needs 3 instances, code on P alone and needs 2: neither quota alone is
 * enough, both together are, and each is named with its line. */
Test(infeasible, two_quotas_at_once) {
    struct plan_fixture f;
    fixture_open(&f, 2, 1);
    fixture_instance(&f, 0, "g6.xlarge", 10, 1, -1);
    int p = fixture_instance(&f, 1, "p4d.24xlarge", 10, 5, -1);
    f.offers[f.candidates[p].offer].quota_group = "P";
    fixture_demand(&f, 0, (double[]){30});
    fixture_demand(&f, 1, (double[]){20});
    fixture_quota(&f, "G", false, 8);
    fixture_quota(&f, "P", false, 8);
    f.quotas[0].where = "fleet.yaml:7";
    f.quotas[1].where = "fleet.yaml:8";
    expect_infeasible(&f, "chat: in the hour Mon 00:00 UTC 30 requests/s arrive, only 10 can be "
                          "carried (20 missing): no single change is enough. Cheapest changes that "
                          "work together: raise the quota of 8 vCPU for G instances in us-east-1 "
                          "(fleet.yaml:7) to 24 vCPU and raise the quota of 8 vCPU for P instances "
                          "in us-east-1 (fleet.yaml:8) to 16 vCPU; the plan then costs $9.49K a "
                          "month.");
    f.quotas[0].vcpu = 24;
    struct plan plan;
    solve(&f, &plan);
    cr_expect(not(plan.feasible), "one alone is not enough");
    f.quotas[1].vcpu = 16;
    expect_feasible(&f);
    fixture_close(&f);
}

/* Of two ways to mend it the cheaper pair: chat needs G in any case; code may have P at 5 USD or
 * more of an API, at 0.0001 USD a request 10 requests/s for 3.6 USD an hour. */
Test(infeasible, the_cheaper_of_two_pairs) {
    struct plan_fixture f;
    fixture_open(&f, 2, 1);
    fixture_instance(&f, 0, "g6.xlarge", 10, 1, -1);
    int p = fixture_instance(&f, 1, "p4d.24xlarge", 10, 5, -1);
    f.offers[f.candidates[p].offer].quota_group = "P";
    fixture_api(&f, 1, "api", 0.0001, 1);
    fixture_demand(&f, 0, (double[]){20});
    fixture_demand(&f, 1, (double[]){10});
    fixture_quota(&f, "G", false, 8);
    fixture_quota(&f, "P", false, 0);
    struct plan plan;
    solve(&f, &plan);
    cr_assert(not(plan.feasible));
    cr_expect(ne(ptr,
                 strstr(plan.infeasible, "for G instances in us-east-1 to 16 vCPU and raise "
                                         "the limit of 1 request/s of api to 10 requests/s"),
                 NULL),
              "%s", plan.infeasible);
    fixture_close(&f);
}

/* A limit by the minute: twice the mean in the busiest one. */
Test(infeasible, the_busiest_minute_is_asked_for) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_api(&f, 0, "api", 0.001, 50);
    fixture_demand(&f, 0, (double[]){60});
    f.input.busiest_minute = (const double[]){1.5};
    f.input.where.candidates = (const char *const[]){"fleet.yaml:20"};
    expect_infeasible(
        &f, "chat: in the hour Mon 00:00 UTC 60 requests/s arrive, only 50 can be carried "
            "(10 missing): api takes at most 50 requests/s (fleet.yaml:20). Cheapest "
            "change that works: raise that limit to 90 requests/s, for the busiest "
            "minute of that hour (60 in its mean, times 1.5); the plan then costs "
            "$158K a month.");
    fixture_close(&f);
}

/* Where quotas are tight, cheap choices must not starve a workload that has no other way. */
Test(infeasible, thrift_finds_the_fleet_that_greed_misses) {
    struct plan_fixture f;
    fixture_open(&f, 2, 1);
    fixture_instance(&f, 0, "g5.xlarge", 10, 1, -1); /* cheap, needs the quota */
    int p = fixture_instance(&f, 0, "p4d.24xlarge", 10, 5, -1);
    f.offers[f.candidates[p].offer].quota_group = "P";
    fixture_instance(&f, 1, "g6.xlarge", 10, 1, -1);
    fixture_demand(&f, 0, (double[]){10});
    fixture_demand(&f, 1, (double[]){10});
    fixture_quota(&f, "G", false, 8);
    struct plan plan;
    solve(&f, &plan);
    cr_assert(plan.feasible, "%s", plan.infeasible);
    cr_assert(epsilon_eq(dbl, plan.usd_per_hour, 6, 1e-9));
    fixture_close(&f);
}

/* --- bad numbers --- */

enum bad {
    BAD_DEMAND_NAN,
    BAD_DEMAND_NEGATIVE,
    BAD_DEMAND_HUGE,
    BAD_WEIGHT,
    BAD_CAPACITY,
    BAD_USE,
    BAD_FACTOR,
    BAD_QUOTA,
    BAD_SPOT_SHARE,
    BAD_DERATING,
    BAD_UPFRONT,
    BAD_OWNED,
    BAD_RATE,
    BAD_NONE_LEFT,
    BADS
};

static const struct {
    enum bad bad;
    const char *what;
} bads[BADS] = {
    {BAD_DEMAND_NAN, "demand of 'chat' in hour 1 is nan requests/s; expected 0 to 1e+12"},
    {BAD_DEMAND_NEGATIVE, "demand of 'chat' in hour 1 is -3 requests/s; expected 0 to 1e+12"},
    {BAD_DEMAND_HUGE, "demand of 'chat' in hour 1 is 1e+300 requests/s; expected 0 to 1e+12"},
    {BAD_WEIGHT, "planning hour 0 stands for inf hours of the horizon; expected more than 0"},
    {BAD_CAPACITY, "capacity of 'g6e' at 1 replicas is 0 requests/s; expected more than 0"},
    {BAD_USE, "use of a request on 'api' is nan; expected a finite number >= 0"},
    {BAD_FACTOR, "capacity factor of 'g6e' is 0; expected 0 to 1"},
    {BAD_QUOTA, "quota of group 'G' is -8 vCPU; expected 0 to 1e+12"},
    {BAD_SPOT_SHARE, "coverage 1 and spot share 1.5 must be 0 to 1"},
    {BAD_DERATING, "spot derating is 0; expected more than 0, at most 1"},
    {BAD_UPFRONT, "upfront limit is nan USD"},
    {BAD_OWNED, "owned 'owned reserved instances' has a negative or unusable amount"},
    {BAD_RATE, "on-demand rate of 'g6e' in us-east-1 is negative"},
    {BAD_NONE_LEFT, "no candidate to choose from"},
};

static void spoil(struct plan_fixture *f, enum bad bad) {
    double *demand = f->demand.rate_per_second;
    switch (bad) {
    case BAD_DEMAND_NAN:
        demand[1] = fabs(NAN);
        break;
    case BAD_DEMAND_NEGATIVE:
        demand[1] = -3;
        break;
    case BAD_DEMAND_HUGE:
        demand[1] = 1e300;
        break;
    case BAD_WEIGHT:
        f->demand.weight[0] = INFINITY;
        break;
    case BAD_CAPACITY:
        f->capacities[0].points[0].rate_per_second = 0;
        break;
    case BAD_USE:
        f->capacities[1].output_tokens_per_request = fabs(NAN);
        break;
    case BAD_FACTOR:
        f->factors[1] = 1;
        f->input.capacity_factor = f->factors;
        break;
    case BAD_QUOTA:
        fixture_quota(f, "G", false, -8);
        break;
    case BAD_SPOT_SHARE:
        f->input.policy.spot_share_max = 1.5;
        break;
    case BAD_DERATING:
        f->input.policy.spot_derating = 0;
        break;
    case BAD_UPFRONT:
        f->input.policy.upfront_usd_max = fabs(NAN);
        break;
    case BAD_OWNED:
        fixture_own(f, 0, -1, 1);
        break;
    case BAD_RATE:
        f->offers[0].on_demand.rate = -1;
        break;
    case BAD_NONE_LEFT:
        f->input.n_candidates = 0;
        break;
    case BADS:
        break;
    }
}

Test(infeasible, bad_numbers_are_refused) {
    for (int i = 0; i < BADS; i++) {
        struct plan_fixture f;
        fixture_open(&f, 1, 2);
        fixture_instance(&f, 0, "g6e", 10, 2, -1);
        fixture_api(&f, 0, "api", 0.001, 0);
        fixture_demand(&f, 0, (double[]){5, 6});
        spoil(&f, bads[i].bad);
        struct plan plan = {.n_rejections = 77};
        struct err err = {0};
        double usd;
        bool feasible;
        struct text text = {.arena = &f.arena};
        cr_expect(not(plan_solve(&f.arena, &f.input, &plan, &err)), "case %d", i);
        cr_expect(eq(str, err.what, (char *)bads[i].what), "case %d", i);
        cr_expect(eq(int, plan.n_rejections, 77), "the output was touched");
        cr_expect(not(plan_lp_bound(&f.arena, &f.input, &usd, &feasible, &err)), "case %d", i);
        cr_expect(not(plan_write_lp(&f.arena, &f.input, &text, &err)), "case %d", i);
        fixture_close(&f);
    }
}
