/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flip: the price at which an unused option would be used. By hand where one number decides
 * (break-even of a reserved instance, derating of spot, an API against an instance), and on random
 * markets by solving again just below and just above the price found. Then the reasons in words
 * where a limit of the policy binds. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "plan_fixture.h"
#include "solver/flip.h"

static void solve(struct plan_fixture *f, struct plan *plan) {
    struct err err = {0};
    cr_assert(plan_solve(&f->arena, &f->input, plan, &err), "%s", err.what);
    cr_assert(plan->feasible, "%s", plan->infeasible);
    cr_assert(plan_price_options(&f->arena, &f->input, plan, &err), "%s", err.what);
}

static const struct plan_rejection *find(const struct plan *plan, int candidate,
                                         const char *option) {
    for (int i = 0; i < plan->n_rejections; i++)
        if (plan->rejections[i].candidate == candidate &&
            strcmp(plan->rejections[i].option, option) == 0)
            return &plan->rejections[i];
    cr_assert(false, "no rejection of %d, %s", candidate, option);
    return NULL;
}

static void expect_flip(const struct plan_rejection *row, double price, double flips, double adds) {
    cr_expect(epsilon_eq(dbl, row->flip.price_usd, price, 1e-9));
    cr_expect(epsilon_eq(dbl, row->flip.flips_at_usd, flips, 1e-6), "%s", row->reason);
    cr_expect(epsilon_eq(dbl, row->flip.adds_usd_per_month, adds, 1e-3), "%s", row->reason);
}

/* The second instance runs in 12 of 20 hours at 2.00 on demand: a reserved one pays below 1.20. At
 * 1.30 it adds 0.10 an hour, 73 a month. The first runs in all hours: it would pay at 1.30 too, so
 * the demand here leaves that one to an owned commitment. */
Test(flip, reserved_instance_at_its_break_even) {
    struct plan_fixture f;
    fixture_open(&f, 1, 20);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1.3);
    fixture_own(&f, 0, 1, 0.5);
    double rates[20];
    for (int h = 0; h < 20; h++)
        rates[h] = h < 12 ? 20 : 10;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    const struct plan_rejection *row = find(&plan, -1, "1-year reserved instance, all upfront");
    expect_flip(row, 1.3, 1.2, 73);
    cr_expect(eq(str, (char *)row->reason,
                 "one more g6e would be used in 60% of the hours and pays off from 65%; it would "
                 "be chosen below $1.20 an hour of g6e (now $1.30)"));
    /* The whole plan agrees on either side. */
    f.quotes[0][0].effective = fixture_quote(1.199);
    solve(&f, &plan);
    cr_expect(eq(int, plan.n_commitments, 2));
    f.quotes[0][0].effective = fixture_quote(1.201);
    solve(&f, &plan);
    cr_expect(eq(int, plan.n_commitments, 1));
    fixture_close(&f);
}

/* Half of a second instance is in use by fractions: 15 requests/s in 12 of 20 hours. One more
 * committed unit would be half used there, so 30 % of the time, and not in 0 % because no hour has
 * a whole uncovered instance. */
Test(flip, parts_of_an_instance_count) {
    struct plan_fixture f;
    fixture_open(&f, 1, 20);
    int big = fixture_offer(&f, "g6e", "g6e", 2, -1);
    fixture_candidate(&f, 0, big, 10);
    fixture_commitment(&f, big, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT, 1.9);
    fixture_commitment(&f, big, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.5);
    fixture_own(&f, big, 0.5, 0.5);
    double rates[20];
    for (int h = 0; h < 20; h++)
        rates[h] = h < 12 ? 10 : 0;
    fixture_demand(&f, 0, rates);
    struct plan plan;
    solve(&f, &plan);
    cr_expect(eq(str, (char *)find(&plan, -1, "1-year reserved instance, no upfront")->reason,
                 "one more g6e would be used in 30% of the hours and pays off from 75%; it would "
                 "be chosen below $1.20 an hour of g6e (now $1.50)"));
    fixture_close(&f);
}

/* Useful for 0.75 of the time against 1.10 on demand: spot pays below 0.825. */
Test(flip, spot_at_its_derating) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1.1, 0.9);
    f.input.allow_spot = true;
    f.input.policy.spot_share_max = 1;
    f.input.policy.spot_derating = 0.75;
    fixture_demand(&f, 0, (double[]){100});
    struct plan plan;
    solve(&f, &plan);
    expect_flip(find(&plan, 0, "spot"), 0.9, 0.825, 0.075 * 730);
    fixture_close(&f);
}

/* An instance at 3.60 an hour for 10 requests/s is 0.10 per 1,000 requests: the API at 0.25 pays
 * below that, and one request/s of it adds 0.15 per 1,000, 2,628,000 times a month. A second type,
 * at 4.00 for 10 requests/s, pays below 3.60. */
Test(flip, api_and_type_against_the_cheapest_instance) {
    struct plan_fixture f;
    fixture_open(&f, 1, 2);
    fixture_instance(&f, 0, "g6", 10, 3.6, -1);
    fixture_instance(&f, 0, "g5", 10, 4.0, -1);
    fixture_api(&f, 0, "api", 0.00025, 0);
    fixture_demand(&f, 0, (double[]){20, 40});
    struct plan plan;
    solve(&f, &plan);
    expect_flip(find(&plan, 2, "all"), 0.25, 0.1, 0.15 * 2628);
    expect_flip(find(&plan, 1, "all"), 4.0, 3.6, 0.4 * 730);
    fixture_close(&f);
}

/* No instance fits the quota: no price helps. */
Test(flip, not_even_for_nothing) {
    struct plan_fixture f;
    fixture_open(&f, 1, 1);
    fixture_instance(&f, 0, "g6", 10, 1, -1);
    int p = fixture_instance(&f, 0, "p5", 10, 5, -1);
    f.offers[f.candidates[p].offer].quota_group = "P";
    fixture_quota(&f, "P", false, 0);
    fixture_demand(&f, 0, (double[]){10});
    struct plan plan;
    solve(&f, &plan);
    const struct plan_rejection *row = find(&plan, p, "all");
    cr_expect(epsilon_eq(dbl, row->flip.flips_at_usd, 0, 0));
    cr_expect(ne(ptr, strstr(row->reason, "not be chosen even for nothing"), NULL), "%s",
              row->reason);
    fixture_close(&f);
}

/* --- on random markets --- */

static void random_market(struct plan_fixture *f, struct rng *rng) {
    static const char *const skus[] = {"g6", "g5", "g6e", "p4d"};
    int n_hours = 6;
    fixture_open(f, 2, n_hours);
    for (int i = 0; i < 4; i++) {
        double list = fixture_draw(rng, 1, 3);
        int o = fixture_offer(f, skus[i], skus[i], list, list * fixture_draw(rng, 0.3, 1));
        fixture_candidate(f, i % 2, o, fixture_draw(rng, 5, 15));
        fixture_commitment(f, o, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT,
                           list * fixture_draw(rng, 0.5, 1));
        fixture_commitment(f, o, COMMIT_PLAN_COMPUTE, 1, PAY_NO_UPFRONT,
                           list * fixture_draw(rng, 0.6, 1));
    }
    fixture_api(f, 0, "api", fixture_draw(rng, 3e-5, 2e-4), 30);
    f->input.allow_spot = true;
    f->input.policy.spot_share_max = fixture_draw(rng, 0, 0.6);
    f->input.policy.spot_derating = 0.9;
    if (rng_uniform(rng) < 0.5)
        f->input.policy.coverage_max = fixture_draw(rng, 0.3, 0.9);
    if (rng_uniform(rng) < 0.5)
        f->input.policy.upfront_usd_max = fixture_draw(rng, 5000, 60000);
    if (rng_uniform(rng) < 0.5)
        fixture_quota(f, "G", false, 120);
    for (int w = 0; w < 2; w++) {
        double rates[6];
        for (int h = 0; h < n_hours; h++)
            rates[h] = fixture_draw(rng, 5, 60);
        fixture_demand(f, w, rates);
    }
}

/* What the optimum is at `factor` times the price found, and how much of the option is used there:
 * its amount may be of a mix within the tolerance, so what counts is what it saves. */
static double usd_at(struct plan_fixture *f, const struct market *market,
                     const struct plan_flip *flip, double factor, double *used) {
    struct what_if what_if;
    struct what_if_answer answer;
    struct err err = {0};
    struct programme_memory memory = {0};
    what_if_open(&f->arena, market, &memory, &what_if);
    *flip_price(&f->arena, &what_if, flip) = factor * flip->flips_at_usd / flip->scale;
    cr_assert(what_if_solve(&f->arena, &what_if, &answer, &err), "%s", err.what);
    *used = flip_used(market, flip, &answer);
    programme_forget(&memory);
    return answer.usd_per_hour;
}

Test(flip, solved_again_on_either_side) {
    struct rng rng = rng_open(7, 0, RNG_TEST, 0);
    int n_checked = 0, n_limited = 0;
    for (int i = 0; i < 24; i++) {
        struct plan_fixture f;
        struct market market;
        struct err err = {0};
        random_market(&f, &rng);
        struct plan plan;
        cr_assert(plan_solve(&f.arena, &f.input, &plan, &err), "%s", err.what);
        if (!plan.feasible) {
            fixture_close(&f);
            continue;
        }
        solve(&f, &plan);
        cr_assert(market_open(&f.arena, &f.input, &market, &err));
        for (int r = 0; r < plan.n_rejections; r++) {
            const struct plan_flip *flip = &plan.rejections[r].flip;
            if (flip->kind == FLIP_NONE || !(flip->flips_at_usd > 0))
                continue;
            double used, more, base;
            cr_assert(plan_lp_bound(&f.arena, &f.input, &base, &plan.feasible, &err));
            double below = usd_at(&f, &market, flip, 1 - 1e-4, &used);
            double above = usd_at(&f, &market, flip, 1 + 1e-4, &more);
            cr_expect(gt(dbl, used, 1e-6), "%d: %s", i, plan.rejections[r].reason);
            cr_expect(lt(dbl, below, base - 1e-9 * base), "%d: %s", i, plan.rejections[r].reason);
            cr_expect(epsilon_eq(dbl, above, base, 1e-9 * base), "%d: %s", i,
                      plan.rejections[r].reason);
            /* A mutant that is 1 % too high or too low must fail. */
            cr_expect(lt(dbl, usd_at(&f, &market, flip, 0.99, &used), base - 1e-7 * base));
            cr_expect(epsilon_eq(dbl, usd_at(&f, &market, flip, 1.01, &more), base, 1e-9 * base));
            n_checked++;
            n_limited += f.input.policy.coverage_max < 1 || f.input.policy.upfront_usd_max >= 0;
        }
        fixture_close(&f);
    }
    cr_expect(gt(int, n_checked, 40), "%d", n_checked);
    cr_expect(gt(int, n_limited, 20), "%d", n_limited);
}

/* --- words where a limit binds --- */

/* Flat 4 instances at 2.00; reserved ones at 1.20 a year no upfront may cover half: 2 are bought.
 * A partial-upfront one at 1.25 is dearer: the price is the reason. One at 1.10 all upfront would
 * be cheaper and takes 9,636 USD, of which 9,000 are left. */
Test(flip, limits_are_named_only_where_they_bind) {
    struct plan_fixture f;
    fixture_open(&f, 1, 4);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.2);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT, 1.25);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT, 1.1);
    f.input.policy.coverage_max = 0.5;
    f.input.policy.upfront_usd_max = 9000;
    fixture_demand(&f, 0, (double[]){40, 40, 40, 40});
    struct plan plan;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_commitments, 1));
    cr_expect(epsilon_eq(dbl, plan.commitments[0].commitment.count, 2, 0));
    const char *dear = find(&plan, -1, "1-year reserved instance, partial upfront")->reason;
    cr_expect(eq(int, strncmp(dear, "costs $1.25 an hour of g6e against $1.20 with the", 49), 0),
              "%s", dear);
    const char *upfront = find(&plan, -1, "1-year reserved instance, all upfront")->reason;
    cr_expect(eq(int,
                 strncmp(upfront,
                         "the upfront limit of $9.00K leaves no room for it: the least "
                         "of it takes $9.64K, and $9.00K is left",
                         92),
                 0),
              "%s", upfront);
    fixture_close(&f);
}

/* Nothing may cover more than 20 % of 4 flat instances: not one of them. */
Test(flip, coverage_names_what_is_covered) {
    struct plan_fixture f;
    fixture_open(&f, 1, 4);
    fixture_instance(&f, 0, "g6e", 10, 2, -1);
    fixture_commitment(&f, 0, COMMIT_RESERVED_STANDARD, 1, PAY_NO_UPFRONT, 1.2);
    f.input.policy.coverage_max = 0.2;
    fixture_demand(&f, 0, (double[]){40, 40, 40, 40});
    struct plan plan;
    solve(&f, &plan);
    cr_assert(eq(int, plan.n_commitments, 0));
    cr_expect(eq(str, (char *)find(&plan, -1, "1-year reserved instance, no upfront")->reason,
                 "policy lets commitments cover at most 20% of the instance hours, and the plan's "
                 "cover 0%; only in fractions of instances would it be chosen"));
    fixture_close(&f);
}

/* 0.76931 and 0.76904 both print as $0.769. */
Test(flip, compared_amounts_differ_in_print) {
    char a[32], b[32];
    money_format_apart(a, b, 0.7693, 0.7608);
    cr_expect(eq(str, a, "$0.769"));
    money_format_apart(a, b, 0.76931, 0.76904);
    cr_expect(eq(str, a, "$0.7693"));
    cr_expect(eq(str, b, "$0.7690"));
    money_format_apart(a, b, 1234567, 1234561);
    cr_expect(eq(str, a, "$1234567"));
    cr_expect(eq(str, b, "$1234561"));
    money_format_apart(a, b, 2, 2);
    cr_expect(eq(str, a, b));
}
