/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan against answers known without solving: the newsvendor level of a savings plan, break-even of
 * a reserved instance, flat demand, spot caps, owned commitments, pooling, the published Melange
 * example, coverage and upfront limits; then what the plan says about itself (reasons, liability,
 * the written programme, given fleets). Arithmetic is in the comments. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <glpk.h>
#include <math.h>
#include <unistd.h>

#include "plan_fixture.h"

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
}

static double bound(struct plan_fixture *f) {
    struct err err = {0};
    double usd;
    bool feasible;
    cr_assert(plan_lp_bound(&f->arena, &f->input, &usd, &feasible, &err), "%s", err.what);
    cr_assert(feasible);
    return usd;
}

static const struct plan_commitment *bought(const struct plan *plan, enum commitment_kind kind) {
    for (int i = 0; i < plan->n_commitments; i++)
        if (plan->commitments[i].commitment.terms.kind == kind &&
            !plan->commitments[i].commitment.owned)
            return &plan->commitments[i];
    return NULL;
}

static const char *reason_of(const struct plan *plan, int candidate, const char *option) {
    for (int i = 0; i < plan->n_rejections; i++)
        if (plan->rejections[i].candidate == candidate &&
            strcmp(plan->rejections[i].option, option) == 0)
            return plan->rejections[i].reason;
    return "(no such rejection)";
}

/* --- commitments --- */

/* One instance type at 1.00, savings plan rate 0.73: the next dollar pays while usage is above it
 * in at least 73 % of hours (newsvendor). Usage is k+1 instances in hour k of 100 (1, 2, ..., 100
 * instances): level n is reached in 101 - n of 100 hours; 101 - n >= 73 <=> n <= 28. Commit exactly
 * 28 x 0.73 = 20.44 $/h. At n = 28 the last instance is exactly at break-even (73 of 100 hours), so
 * 27 costs the same; a rate of 0.725 makes it strict: 28 x 0.725 = 20.30. */
Test(plan, savings_plan_level_is_the_newsvendor_answer) {
    struct plan_fixture f;
    fixture_open(&f, 1, 100);
    fixture_instance(&f, 0, "g6e", 10, 1, -1);
    fixture_commitment(&f, 0, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.725);
    double rates[100];
    for (int h = 0; h < 100; h++)
        rates[h] = 10 * (((h * 37) % 100) + 1); /* in no order */
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    const struct plan_commitment *sp = bought(&plan, COMMIT_PLAN_COMPUTE);
    cr_assert(ne(ptr, (void *)sp, NULL));
    cr_expect(eq(i64, sp->commitment.plan_usd_per_hour, 20300000000));
    /* 28 committed + sum over hours above 28 of (n - 28) / 100 = (72 x 73 / 2) / 100 = 26.28 */
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 20.30 + 26.28, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 20.30 + 26.28, 1e-7));
    /* used: full in 73 hours, (1 + ... + 27) / 28 in the rest: (73 + 13.5) / 100 */
    cr_expect(epsilon_eq(dbl, sp->utilisation, 0.865, 1e-9));
    cr_expect(epsilon_eq(dbl, sp->break_even, 0.725, 1e-9));
    /* saved over 100 hours: covered 28 x 0.865 x 100 = 2422 at 1.00, less 2030 */
    cr_expect(epsilon_eq(dbl, sp->saving_usd, 392, 1e-6));
    fixture_close(&f);
}

/* A second instance is needed in `busy` of 20 hours; reserved at 0.6 of on demand pays from 12. */
static const struct {
    int busy;
    double count;
} break_evens[] = {{10, 1}, {11, 1}, {13, 2}, {20, 2}};

Test(plan, reserved_breaks_even_at_its_share_of_on_demand) {
    for (size_t i = 0; i < sizeof break_evens / sizeof *break_evens; i++) {
        struct plan_fixture f;
        fixture_open(&f, 1, 20);
        fixture_instance(&f, 0, "g6e", 10, 2, -1);
        fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1.2);
        double rates[20];
        for (int h = 0; h < 20; h++)
            rates[h] = h < break_evens[i].busy ? 20 : 10;
        fixture_demand(&f, 0, rates);
        struct plan plan;
        solve(&f, &plan);
        const struct plan_commitment *ri = bought(&plan, COMMIT_RESERVED_STANDARD);
        cr_assert(ne(ptr, (void *)ri, NULL));
        cr_expect(epsilon_eq(dbl, ri->commitment.count, break_evens[i].count, 1e-9));
        cr_expect(epsilon_eq(dbl, ri->break_even, 0.6, 1e-12));
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, plan.lp_usd_per_hour, 1e-7));
        fixture_close(&f);
    }
}

/* Exactly at break-even both answers cost the same: 1.2 + 0.6 x 2 = 2.4 with one, 2.4 with two. */
Test(plan, at_break_even_the_cost_is_the_same) {
    struct plan_fixture f;
    fixture_open(&f, 1, 20);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1.2);
    double rates[20];
    for (int h = 0; h < 20; h++)
        rates[h] = h < 12 ? 20 : 10;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 2.4, 1e-9));
    fixture_close(&f);
}

/* Three instances in every hour: all committed, nothing on demand; the 3-year rate would be cheaper
 * and policy forbids it. A year of 8760 h against a horizon of 24 h leaves 8736 h owed. */
Test(plan, flat_demand_is_all_committed) {
    struct plan_fixture f;
    fixture_open(&f, 1, 24);
    int c = fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT, 1.25);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 3, PAY_ALL_UPFRONT, 0.8);
    f.input.policy.term_years_max = 1;
    double rates[24];
    for (int h = 0; h < 24; h++)
        rates[h] = 30;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_commitments, 1));
    const struct plan_commitment *ri = &plan.commitments[0];
    cr_expect(epsilon_eq(dbl, ri->commitment.count, 3, 1e-12));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 3.75, 1e-9));
    cr_expect(epsilon_eq(dbl, ri->utilisation, 1, 1e-12));
    cr_expect(epsilon_eq(dbl, ri->upfront_usd, 0.5 * 3.75 * 8760, 1e-6));
    /* Half of each later hour is paid already, half is still to pay. */
    cr_expect(epsilon_eq(dbl, plan.liability_usd, 0.5 * 3.75 * 8736, 1e-6));
    cr_expect(epsilon_eq(dbl, ri->prepaid_usd, 0.5 * 3.75 * 8736, 1e-6));
    cr_expect(eq(str, (char *)ri->commitment.name,
                 "1-year reserved instance g6e us-east-1, partial upfront"));
    cr_expect(epsilon_eq(dbl, plan.reserved[c * 24 + 5], 3, 1e-9));
    cr_expect(eq(str, (char *)reason_of(&plan, -1, "3-year reserved instance, all upfront"),
                 "policy allows terms up to 1 year"));
    fixture_close(&f);
}

/* Two of three instances may be covered: 67 % of on-demand dollars does not allow all three. */
Test(plan, coverage_limit_binds) {
    struct plan_fixture f;
    fixture_open(&f, 1, 10);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1);
    f.input.policy.coverage_max = 0.67;
    double rates[10];
    for (int h = 0; h < 10; h++)
        rates[h] = 30;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    /* whole: 2 x 1 + 1 x 2 = 4; programme: 2.01 x 1 + 0.99 x 2 = 3.99 */
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 4, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 3.99, 1e-7));
    fixture_close(&f);
}

/* One reserved instance at 1.00 in place of 2.00 an hour; spot costs 0.50 and may carry 40 %. One
 * is needed in ten hours and a second in three. With all three on spot the reserved one would cover
 * all regular hours; at most 90 % of them is 10 / 0.9 = 11.1 hours, so two of the three run on
 * demand: 1 + (2 x 2 + 0.5) / 10 = 1.45. Without spot it is 1 + 3 x 2 / 10 = 1.6, and with nothing
 * committed 2 + 3 x 0.5 / 10 = 2.15. */
Test(plan, hours_on_demand_make_room_under_the_coverage_limit) {
    struct plan_fixture f;
    fixture_open(&f, 1, 10);
    int c = fixture_instance(&f, 0, "g6e", 10, 2, 0.5);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.4;
    f.input.policy.spot_derating = 1;
    f.input.policy.coverage_max = 0.9;
    const double rates[] = {5, 5, 5, 5, 5, 5, 5, 15, 15.1, 15.2}; /* equal hours are one */
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.45, 1e-9));
    cr_assert(eq(int, plan.n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan.commitments[0].commitment.count, 1, 1e-9));
    cr_expect(eq(int, plan.spot[c * 10 + 7] + plan.spot[c * 10 + 8] + plan.spot[c * 10 + 9], 1));
    fixture_close(&f);
}

/* All upfront at 1.00 costs 8760 each; 20,000 USD hold two, the third takes the dearer no-upfront
 * rate of 1.10. Programme: 20000 / 8760 = 2.283 at 1.00, the rest of 3 at 1.10. */
Test(plan, upfront_limit_binds) {
    struct plan_fixture f;
    fixture_open(&f, 1, 10);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.1);
    f.input.policy.upfront_usd_max = 20000;
    double rates[10];
    for (int h = 0; h < 10; h++)
        rates[h] = 30;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 3.1, 1e-9));
    double first = 20000 / 8760.0;
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, first + 1.1 * (3 - first), 1e-7));
    cr_expect(epsilon_eq(dbl, plan.upfront_usd, 2 * 8760, 1e-6));
    fixture_close(&f);
}

/* A plan covers whatever runs, by its plan-rate dollars: two types in different workloads share one
 * commitment that neither would fill. a runs by day (12 h), b by night: 1 x 0.5 $/h always used. */
Test(plan, one_savings_plan_covers_two_workloads_in_turn) {
    struct plan_fixture f;
    fixture_open(&f, 2, 24);
    int a = fixture_instance(&f, 0, "g6", 10, 1, -1), b = fixture_instance(&f, 1, "g5", 10, 1, -1);
    fixture_commitment(&f, 0, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.75);
    fixture_commitment(&f, 1, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.75);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    fixture_commitment(&f, 1, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.6);
    double day[24], night[24];
    for (int h = 0; h < 24; h++) {
        day[h] = h >= 8 && h < 20 ? 10 : 0;
        night[h] = 10 - day[h];
    }
    fixture_demand(&f, 0, day);
    fixture_demand(&f, 1, night);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 0.75, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.covered[a * 24 + 10], 1, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.covered[b * 24 + 2], 1, 1e-9));
    cr_expect(eq(str, (char *)reason_of(&plan, -1, "1-year reserved instance, no upfront"),
                 "one more g6 would be used in 0% of the hours and pays off from 60%"));
    fixture_close(&f);
}

/* --- owned commitments --- */

/* Two owned g5 cost 0.9 each whether used or not. Without them g6 is cheaper (0.8 on demand against
 * 1.0); with them g5 is free: on demand never runs while they idle. Demand 1, 2, 3 instances: the
 * third is a g6. Mean: 2 x 0.9 + 0.8 / 3. */
Test(plan, owned_never_idle_while_on_demand_runs) {
    struct plan_fixture f;
    fixture_open(&f, 1, 3);
    int g6 = fixture_instance(&f, 0, "g6", 10, 0.8, -1);
    int g5 = fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_own(&f, 1, 2, 0.9);
    fixture_demand(&f, 0, (double[]){10, 20, 30});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.8 + 0.8 / 3, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 1.8 + 0.8 / 3, 1e-7));
    for (int h = 0; h < 3; h++) {
        cr_expect(eq(int, plan.regular[g5 * 3 + h], h < 2 ? h + 1 : 2));
        cr_expect(eq(int, plan.regular[g6 * 3 + h], h < 2 ? 0 : 1));
    }
    cr_assert(eq(int, plan.n_commitments, 1));
    cr_expect(plan.commitments[0].commitment.owned);
    cr_expect(epsilon_eq(dbl, plan.commitments[0].utilisation, 5 / 6.0, 1e-9));
    fixture_close(&f);
}

/* An owned commitment that ends after month 2 helps the week of month 0 only. */
Test(plan, owned_commitment_ends_with_its_month) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    f.demand.n_weeks = 2;
    f.demand.weeks[0].month = 0;
    f.demand.weeks[1].month = 5;
    f.demand.weeks[1].from_day = 150;
    fixture_instance(&f, 0, "g5", 10, 1.0, -1);
    fixture_own(&f, 0, 1, 0.9);
    f.owned[0].to_s = 60 * 86400;
    fixture_demand(&f, 0, (double[]){10, 10});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.hour_usd[0], 0.9, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.hour_usd[1], 1.0, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_hour_usd[1], 1.0, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.commitments[0].utilisation, 1, 1e-9));
    fixture_close(&f);
}

/* --- spot and overflow --- */

/* 100 requests/s, spot at 0.5 of 1.00 derated to 0.8 useful, at most 40 %: programme: 40 / 8 = 5
 * spot at 0.5 and 6 regular = 8.5. Whole: the same counts. */
Test(plan, spot_share_binds) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, 0.5);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 0.4;
    f.input.policy.spot_derating = 0.8;
    fixture_demand(&f, 0, (double[]){100});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 8.5, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 8.5, 1e-9));
    cr_expect(eq(int, plan.regular[0], 6));
    cr_expect(eq(int, plan.spot[0], 5));
    fixture_close(&f);
}

/* Spot at 0.9 useful for 0.75 of the time costs 1.20 a useful hour: on demand at 1.10 is better. */
Test(plan, spot_that_costs_more_after_derating_is_not_used) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1.1, 0.9);
    f.offers[0].interruptions_per_month = 0.2;
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 1;
    f.input.policy.spot_derating = 0.75;
    fixture_demand(&f, 0, (double[]){100});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 11, 1e-9));
    cr_expect(eq(str, (char *)reason_of(&plan, 0, "spot"),
                 "20% of instances are interrupted in a month: a useful hour costs $1.20 against "
                 "$1.10 (on demand)"));
    fixture_close(&f);
}

/* Half an instance is needed: one on spot at 0.95, useful for 0.8 of the time, is enough and
 * cheaper than one on demand at 1.00, although a useful hour of it costs 1.19. */
Test(plan, spot_pays_where_less_than_an_instance_is_needed) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, 0.95);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 1;
    f.input.policy.spot_derating = 0.8;
    fixture_demand(&f, 0, (double[]){5});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 0.95, 1e-9));
    fixture_close(&f);
}

/* An API at 3600 x 0.00003 = 0.108 $/h per request/s takes what does not fill an instance (1.00 for
 * 10 requests/s = 0.10 per request/s): 23 requests/s = 2 instances + 3 x 0.108 = 2.324, a third
 * instance would cost 1.00. Capped at 2 requests/s it does not help. */
Test(plan, overflow_takes_the_fraction_and_respects_its_cap) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    int api = fixture_api(&f, 0, "api", 0.00003, 0);
    fixture_demand(&f, 0, (double[]){23});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 2.324, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.overflow_share[api], 3 / 23.0, 1e-9));
    f.capacities[api].rate_max_per_second = 2;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 3, 1e-9));
    fixture_close(&f);
}

/* --- whole instances --- */

/* Larger groups pool better: 1 replica carries 6, 2 carry 16, 4 carry 40. 15 requests/s: 2 x 1.00,
 * not 15 / 6 -> 3. The programme uses the best rate, 10 a replica: 1.5. */
Test(plan, real_pooling_at_small_counts) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    fixture_instance(&f, 0, "g6", 6, 1, -1);
    f.capacities[0].n_points = 3;
    f.capacities[0].points[1] = (struct capacity_point){.replicas = 2, .rate_per_second = 16};
    f.capacities[0].points[2] = (struct capacity_point){.replicas = 4, .rate_per_second = 40};
    fixture_demand(&f, 0, (double[]){15, 7});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(eq(int, plan.regular[0], 2));
    cr_expect(eq(int, plan.regular[1], 2));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 1.1, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.gap, (2 - 1.1) / 2, 1e-7));
    fixture_close(&f);
}

/* Mélange's published example (tyler-griggs/melange-release, melange/config/example.json at
 * d46ab43): four request sizes, A10G 1.01 $/h and A100 3.67 $/h; load of each size in whole
 * instances of either type; a size goes whole to one type, sizes on one type share its instances.
 * Here each of the 16 assignments is two workloads, one a type, with demand = sum of loads and 1 a
 * replica. By hand the best is 6.70, all A100 7.34, all A10G 12.12. */
Test(plan, melange_example) {
    static const double on_a10g[4] = {3, 3, 3, 3}, on_a100[4] = {0.3, 0.15, 0.375, 0.3};
    double best = INFINITY, by_mask[16];
    for (int mask = 0; mask < 16; mask++) {
        struct plan_fixture f;
        fixture_open(&f, 2, 1);
        fixture_instance(&f, 0, "A10G", 1, 1.01, -1);
        fixture_instance(&f, 1, "A100-80GB", 1, 3.67, -1);
        double a10g = 0, a100 = 0;
        for (int b = 0; b < 4; b++)
            *((mask >> b & 1) != 0 ? &a100 : &a10g) +=
                (mask >> b & 1) != 0 ? on_a100[b] : on_a10g[b];
        fixture_demand(&f, 0, &a10g);
        fixture_demand(&f, 1, &a100);
        struct plan plan;
        solve(&f, &plan);
        by_mask[mask] = plan.usd_per_hour;
        best = fmin(best, plan.usd_per_hour);
        fixture_close(&f);
    }
    cr_expect(epsilon_eq(dbl, best, 6.70, 1e-9));
    cr_expect(epsilon_eq(dbl, by_mask[15], 7.34, 1e-9));
    cr_expect(epsilon_eq(dbl, by_mask[0], 12.12, 1e-9));
}

/* Two types that carry and cost the same: the fleet of the hour before stays. */
Test(plan, no_flapping_between_equals) {
    struct plan_fixture f;
    fixture_open(&f, 1, 24);
    fixture_instance(&f, 0, "g5", 10, 1, -1);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    double rates[24];
    for (int h = 0; h < 24; h++)
        rates[h] = 8 + (h % 5) / 4.0; /* one instance all day */
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    for (int h = 1; h < 24; h++)
        cr_expect(eq(int, plan.regular[h], plan.regular[0]));
    fixture_close(&f);
}

/* --- consistency, reasons, other entry points --- */

/* Two workloads over a day with every kind of option. */
static void rich(struct plan_fixture *f) {
    fixture_open(f, 2, 24);
    int g6 = fixture_offer(f, "g6.xlarge", "g6", 1, 0.45);
    int g5 = fixture_offer(f, "g5.xlarge", "g5", 1.3, 0.5);
    fixture_candidate(f, 0, g6, 7);
    fixture_candidate(f, 0, g5, 10);
    fixture_candidate(f, 1, g5, 4);
    fixture_api(f, 1, "api", 0.0002, 0);
    fixture_instance(f, 0, "p5.48xlarge", 200, 55, -1);
    for (int o = 0; o < 2; o++) {
        double list = money_rate_usd(f->offers[o].on_demand.rate);
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 0.63 * list);
        fixture_commitment(f, o, COMMIT_PLAN_EC2, 1, PAY_NO_UPFRONT, 0.65 * list);
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 3, PAY_ALL_UPFRONT, 0.5 * list);
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 0.74 * list);
    }
    f->input.allow_spot = true;
    f->input.policy.spot_share_max = 0.3;
    f->input.policy.spot_derating = 0.9;
    f->input.policy.term_years_max = 1;
    double chat[24], code[24];
    for (int h = 0; h < 24; h++) {
        chat[h] = 20 + 30 * sin(h * 3.14159 / 24);
        code[h] = h > 7 && h < 20 ? 13 : 2;
        f->demand.weight[h] = 1 + h % 3;
    }
    fixture_demand(f, 0, chat);
    fixture_demand(f, 1, code);
}

Test(plan, hours_add_up_to_the_means) {
    struct plan_fixture f;
    rich(&f);
    struct plan plan;
    solve(&f, &plan);
    double weights = 0, whole = 0, lp = 0;
    for (int h = 0; h < 24; h++) {
        weights += f.demand.weight[h];
        whole += f.demand.weight[h] * plan.hour_usd[h];
        lp += f.demand.weight[h] * plan.lp_hour_usd[h];
    }
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, whole / weights, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, lp / weights, 1e-7));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, bound(&f), 1e-9));
    cr_expect(le(dbl, plan.lp_usd_per_hour, plan.usd_per_hour));
    cr_expect(gt(dbl, plan.gap, 0));
    fixture_close(&f);
}

Test(plan, every_unused_option_has_a_reason) {
    struct plan_fixture f;
    rich(&f);
    struct plan plan;
    solve(&f, &plan);
    for (int c = 0; c < f.input.n_candidates; c++) {
        double used = 0;
        for (int h = 0; h < 24; h++)
            used +=
                plan.regular[c * 24 + h] + plan.spot[c * 24 + h] + plan.overflow_share[c * 24 + h];
        const char *reason = reason_of(&plan, c, "all");
        cr_expect(eq(int, used > 0, strcmp(reason, "(no such rejection)") == 0), "candidate %d: %s",
                  c, reason);
    }
    for (int i = 0; i < plan.n_rejections; i++) {
        const char *reason = plan.rejections[i].reason;
        cr_expect(gt(sz, strlen(reason), 10));
        cr_expect(eq(ptr, strstr(reason, "reserve "), NULL), "%s", reason);
        cr_expect(eq(ptr, strstr(reason, "nan"), NULL), "%s", reason);
        cr_expect(eq(ptr, strstr(reason, "inf"), NULL), "%s", reason);
    }
    cr_expect(eq(str, (char *)reason_of(&plan, -1, "3-year Compute savings plan, all upfront"),
                 "policy allows terms up to 1 year"));
    /* 55 / (200 x 3.6) = $0.0764 per 1,000 requests; g5 on spot 0.5 / (0.9 x 10 x 3.6) = $0.0154 */
    cr_expect(eq(str, (char *)reason_of(&plan, 4, "spot"), "no rate: no spot price is published"));
    cr_expect(eq(int,
                 strncmp(reason_of(&plan, 4, "all"),
                         "costs $0.0764 per 1,000 requests at full load (on demand) against ", 66),
                 0),
              "%s", reason_of(&plan, 4, "all"));
    fixture_close(&f);
}

static int quiet(void *info, const char *text) {
    (void)info;
    (void)text;
    return 1;
}

Test(plan, written_programme_has_the_same_optimum) {
    struct plan_fixture f;
    rich(&f);
    f.input.policy.coverage_max = 0.5;
    f.input.policy.upfront_usd_max = 10000;
    fixture_quota(&f, "G", false, 64);
    fixture_own(&f, 0, 1.5, 0.4);
    struct text text = {.arena = &f.arena};
    struct err err = {0};
    cr_assert(plan_write_lp(&f.arena, &f.input, &text, &err), "%s", err.what);
    char path[] = "/tmp/headroom-plan-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(ge(int, fd, 0));
    FILE *file = fdopen(fd, "w");
    fwrite(text.data, 1, text.n, file);
    fclose(file);
    glp_term_hook(quiet, NULL);
    glp_prob *problem = glp_create_prob();
    cr_assert(zero(int, glp_read_lp(problem, NULL, path)));
    unlink(path);
    glp_smcp options;
    glp_init_smcp(&options);
    cr_assert(zero(int, glp_simplex(problem, &options)));
    cr_assert(eq(int, glp_get_status(problem), GLP_OPT));
    double optimum = glp_get_obj_val(problem);
    glp_delete_prob(problem);
    glp_free_env();
    cr_expect(epsilon_eq(dbl, optimum, bound(&f), 1e-6));
    cr_expect(ne(ptr, strstr(text.data, "demand.chat.h000"), NULL));
    fixture_close(&f);
}

/* 2 regular + 1 spot of g6 and half of code's requests on the API, 1 owned g6 at 0.4:
 * 0.4 + 1 x 1.00 + 0.45 + 0.5 x rate x 3600 x 0.0002. */
/* Two instances of 10 req/s at 1.00 and 0.90 USD/h, 5 req/s. A request's answer costs 1e-5 USD out
 * of each: 5 x 3600 x 1e-5 = 0.18 an hour whatever runs, and the second is chosen. Out of the
 * second alone it is 0.18 of 1.08 against 1.00: the first. In the programme half of each: 0.5, and
 * 0.45 + 0.18 = 0.63. A fleet that is given is charged for what is asked, not for what it could
 * carry: two of the second, 1.80 + 0.18. */
Test(plan, ways_out_are_paid_and_choose) {
    static const double everywhere[] = {1e-5, 1e-5}, second[] = {0, 1e-5};
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    int a = fixture_instance(&f, 0, "east", 10, 1, -1);
    int b = fixture_instance(&f, 0, "west", 10, 0.9, -1);
    const double rates[] = {5, 5};
    fixture_demand(&f, 0, rates);
    struct plan plan;
    f.input.way_out_usd_per_request = everywhere;
    solve(&f, &plan);
    cr_expect(eq(int, plan.regular[2 * b], 1));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 0.45 + 0.18, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 0.9 + 0.18, 1e-9));
    f.input.way_out_usd_per_request = second;
    solve(&f, &plan);
    cr_expect(eq(int, plan.regular[2 * a], 1));
    cr_expect(eq(int, plan.regular[2 * b], 0));
    cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, 0.5, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1, 1e-9));
    const int32_t given[] = {0, 0, 2, 2}, spot[4] = {0};
    const double overflow[4] = {0};
    plan_price_fleet(&f.arena, &f.input, given, spot, NULL, overflow, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 1.8 + 0.18, 1e-9));
    fixture_close(&f);
}

Test(plan, price_of_a_given_fleet) {
    struct plan_fixture f;
    rich(&f);
    fixture_own(&f, 0, 1, 0.4);
    f.capacities[0].feasible = false; /* what it costs does not depend on what it can carry */
    int32_t regular[5 * 24] = {0}, spot[5 * 24] = {0};
    double overflow[5 * 24] = {0};
    for (int h = 0; h < 24; h++) {
        regular[h] = 2;
        spot[h] = 1;
        overflow[3 * 24 + h] = 0.5;
    }
    struct plan plan;
    plan_price_fleet(&f.arena, &f.input, regular, spot, NULL, overflow, &plan);
    cr_expect(epsilon_eq(dbl, plan.hour_usd[0], 1.85 + 0.5 * 2 * 0.72, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.hour_usd[12], 1.85 + 0.5 * 13 * 0.72, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.reserved[3], 1, 1e-9));
    cr_expect(eq(int, plan.n_commitments, 1));
    fixture_close(&f);
}

/* chat peaks just under 50: 8 x g6 (7 each) = 8.00, 5 x g5 = 6.50 (the cheapest), p5 55.
 * code: 13 at peak: 4 x g5 = 5.20; API: mean over weights x 0.72. */
Test(plan, peak_fleet_is_the_cheapest_single_candidate) {
    struct plan_fixture f;
    rich(&f);
    int32_t regular[5 * 24];
    double overflow[5 * 24];
    cr_assert(plan_peak_fleet(&f.arena, &f.input, regular, overflow));
    cr_expect(eq(int, regular[0], 0));
    cr_expect(eq(int, regular[24], 5));
    cr_expect(eq(int, regular[24 + 23], 5));
    cr_expect(eq(int, regular[2 * 24], 4));
    cr_expect(epsilon_eq(dbl, overflow[3 * 24], 0, 1e-12));
    f.capacities[3].input_tokens_per_request = 100; /* 0.36 $/h per request/s: 13 x 0.36 = 4.68 */
    cr_assert(plan_peak_fleet(&f.arena, &f.input, regular, overflow));
    cr_expect(eq(int, regular[2 * 24], 0));
    cr_expect(epsilon_eq(dbl, overflow[3 * 24], 1, 1e-12));
    f.capacities[2].feasible = f.capacities[3].feasible = false;
    cr_assert(not(plan_peak_fleet(&f.arena, &f.input, regular, overflow)));
    fixture_close(&f);
}

Test(plan, same_input_same_answer) {
    struct plan_fixture f;
    rich(&f);
    struct plan a, b;
    solve(&f, &a);
    solve(&f, &b);
    cr_expect(eq(int, memcmp(a.regular, b.regular, sizeof(int32_t) * 5 * 24), 0));
    cr_expect(eq(int, memcmp(a.hour_usd, b.hour_usd, sizeof(double) * 24), 0));
    cr_expect(eq(int, a.n_rejections, b.n_rejections));
    fixture_close(&f);
}

/* The same at 0.2 on a market that has half of what is asked for. Without a fallback an instance
 * is there and paid half the time: 40 / 5 = 8 on spot for 0.1 each and 6 regular = 6.8. With on
 * demand standing in an hour costs (0.2 + 1) / 2: 4 at 0.6 and 6 regular = 8.4. The mutant, a
 * market that has all: 4 at 0.2 = 6.8.
 */
Test(plan, spot_that_is_not_always_there_counts_less_or_costs_more) {
    static const double half[] = {0.5};
    static const struct {
        const double *availability;
        bool fallback;
        int spot;
        double usd;
    } cases[] = {{half, false, 8, 6.8}, {half, true, 4, 8.4}, {NULL, true, 4, 6.8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan_fixture f;
        fixture_open(&f, 1, 1);
        fixture_instance(&f, 0, "g6", 10, 1, 0.2);
        f.input.allow_spot = true;
        f.input.policy.spot_share_max = 0.4;
        f.input.spot_availability = cases[i].availability;
        f.input.spot_fallback = cases[i].fallback;
        fixture_demand(&f, 0, (double[]){100});
        struct plan plan;
        solve(&f, &plan);
        cr_expect(epsilon_eq(dbl, plan.lp_usd_per_hour, cases[i].usd, 1e-7));
        cr_expect(epsilon_eq(dbl, plan.usd_per_hour, cases[i].usd, 1e-9));
        cr_expect(eq(int, plan.spot[0], cases[i].spot));
        cr_expect(eq(int, plan.regular[0], 6));
        fixture_close(&f);
    }
}

/* A market that never has it: on demand, and the reason is told. */
Test(plan, spot_that_is_never_there_is_not_used) {
    static const double never[] = {0};
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, 0.2);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 1;
    f.input.spot_availability = never;
    fixture_demand(&f, 0, (double[]){100});
    struct plan plan;
    solve(&f, &plan);
    cr_expect(epsilon_eq(dbl, plan.usd_per_hour, 10, 1e-9));
    cr_expect(eq(str, (char *)reason_of(&plan, 0, "spot"), "the spot market never has it"));
    fixture_close(&f);
}
