/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the provider's rules add, cause by cause: each planted alone, worked out by hand, found with
 * its amount and no other beside it; all together; and on random bills the sum to the nano-dollar.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "solver/bill_gaps.h"
#include "tests/pricing/bill_random.h"

static struct bill_gaps gaps_of(struct arena *arena, const struct bill_input *input) {
    struct bill_gaps gaps;
    struct err err = {0};
    cr_assert(bill_gaps_find(arena, input, &gaps, &err), "%s", err.what);
    usd_nano sum = gaps.least;
    for (int c = 0; c < BILL_CAUSES; c++)
        sum += gaps.cause[c];
    cr_assert(eq(i64, sum, gaps.billed));
    cr_assert(eq(i64, random_bill_compute(arena, input).total, gaps.billed));
    return gaps;
}

/* One cause and its amount; the others are nothing. */
static void expect_alone(const struct bill_gaps *gaps, enum bill_cause cause, double usd,
                         double least) {
    for (int c = 0; c < BILL_CAUSES; c++)
        if (c != (int)cause)
            cr_expect(eq(i64, gaps->cause[c], 0), "%s", bill_cause_words((enum bill_cause)c));
    cr_expect(epsilon_eq(dbl, money_amount_usd(gaps->cause[cause]), usd, 2e-9), "%s",
              bill_cause_words(cause));
    cr_expect(epsilon_eq(dbl, money_amount_usd(gaps->least), least, 2e-9));
}

static struct bill_input input_of(const struct offer *offers, int n_offers,
                                  const struct usage_ledger *ledger, const struct commitment *held,
                                  int n_held) {
    return (struct bill_input){offers, n_offers, ledger, 1, held, n_held, {0}, 0};
}

/* A launch of 20 s at 3.6 USD an hour is billed for 60: 0.06, of which 0.04 are the minimum's. */
Test(bill_gaps, a_launch_of_twenty_seconds) {
    struct arena arena = {0};
    const struct offer offer = fixture_instance("g5.xlarge", "g5", 3.6, 0);
    const struct usage_row row = fixture_row(0, 0, 100, 120, 1);
    const struct usage_ledger ledger = {3600, 1, &row};
    struct bill_input input = input_of(&offer, 1, &ledger, NULL, 0);
    struct bill_gaps gaps = gaps_of(&arena, &input);
    expect_alone(&gaps, BILL_CAUSE_MINIMUM, 0.04, 0.02);
    arena_release(&arena);
}

/* 30 GB-seconds in a month, 0.1 USD each and beyond 10 of them 0.05: 2 in place of 3. */
Test(bill_gaps, a_volume_tier) {
    struct arena arena = {0};
    const struct price_tier tier = {.from = 10, .rate = money_rate_from_usd(0.05)};
    struct offer offer = {.kind = OFFER_FUNCTION,
                          .sku = "function",
                          .region = "us-east-1",
                          .family = "",
                          .gb_second = fixture_quote(0.1)};
    offer.gb_second.n_tiers = 1;
    offer.gb_second.tiers = &tier;
    const struct usage_row row = {
        .kind = USAGE_FUNCTION_MB_MS, .from_s = 7200, .to_s = 7200, .quantity = 30LL * 1024 * 1000};
    const struct usage_ledger ledger = {730 * 3600, 1, &row};
    struct bill_input input = input_of(&offer, 1, &ledger, NULL, 0);
    struct bill_gaps gaps = gaps_of(&arena, &input);
    expect_alone(&gaps, BILL_CAUSE_TIERS, -1, 3);
    arena_release(&arena);
}

/* Half an hour at 0.5 USD that the provider ends: 0.25 that are not paid. */
Test(bill_gaps, a_first_hour_on_spot) {
    struct arena arena = {0};
    const struct offer offer = fixture_instance("g5.xlarge", "g5", 1, 0.5);
    struct usage_row row = fixture_row(0, 0, 0, 1800, 1);
    row.spot = row.interrupted = true;
    const struct usage_ledger ledger = {3600, 1, &row};
    struct bill_input input = input_of(&offer, 1, &ledger, NULL, 0);
    struct bill_gaps gaps = gaps_of(&arena, &input);
    expect_alone(&gaps, BILL_CAUSE_FREE_HOUR, -0.25, 0.25);
    arena_release(&arena);
}

/* One reserved for the hour, two run in its first half: one in the reservation, one beside it, and
 * half an hour of the reservation idles: 1.5. By the clock hour both would fit: 1. */
Test(bill_gaps, held_by_the_second) {
    struct arena arena = {0};
    const struct offer offer = fixture_instance("g5.xlarge", "g5", 1, 0);
    const struct usage_row row = fixture_row(0, 0, 0, 1800, 2);
    const struct usage_ledger ledger = {3600, 1, &row};
    const struct commitment held = {.name = "reservation",
                                    .terms = {COMMIT_CAPACITY_RESERVATION, 0, PAY_NO_UPFRONT},
                                    .offer = 0,
                                    .count = 1,
                                    .hourly = money_rate_from_usd(1),
                                    .to_s = INT64_MAX};
    struct bill_input input = input_of(&offer, 1, &ledger, &held, 1);
    struct bill_gaps gaps = gaps_of(&arena, &input);
    expect_alone(&gaps, BILL_CAUSE_SECONDS, 0.5, 1);
    arena_release(&arena);
}

/* The counter-example of tests/solver/test_bill_optimum.c: the EC2 plan (5 on A1 at 10, 5.1 on A2
 * at 10) takes what the Compute plan (5 and 9.9) could have paid: 14.949494949 for 10.196078431. */
static struct bill_input out_of_order(struct arena *arena, struct usage_ledger *ledger) {
    struct offer *offers = arena_new(arena, struct offer, 2);
    struct usage_row *rows = arena_new(arena, struct usage_row, 3);
    struct commitment *held = arena_new(arena, struct commitment, 2);
    offers[0] = fixture_instance("a1.large", "a1", 10, 0);
    offers[1] = fixture_instance("a1.xlarge", "a1", 10, 0);
    rows[0] = fixture_row(0, 0, 0, 3600, 1);
    rows[1] = fixture_row(1, 0, 0, 3600, 1);
    held[0] = fixture_plan(arena, COMMIT_PLAN_EC2, 5, (double[]){5, 5.1}, 2);
    held[1] = fixture_plan(arena, COMMIT_PLAN_COMPUTE, 5, (double[]){5, 9.9}, 2);
    *ledger = (struct usage_ledger){7200, 2, rows};
    held[0].to_s = held[1].to_s = 3600;
    return input_of(offers, 2, ledger, held, 2);
}

Test(bill_gaps, the_order_of_plans) {
    struct arena arena = {0};
    struct usage_ledger ledger;
    struct bill_input input = out_of_order(&arena, &ledger);
    struct bill_gaps gaps = gaps_of(&arena, &input);
    expect_alone(&gaps, BILL_CAUSE_ORDER, 14.949494949495 - 10.196078431373, 10.196078431373);
    arena_release(&arena);
}

/* With a launch of 20 s in the next hour beside it: 40 s of 10 USD an hour more. */
Test(bill_gaps, two_causes_at_once) {
    struct arena arena = {0};
    struct usage_ledger ledger;
    struct bill_input input = out_of_order(&arena, &ledger);
    ((struct usage_row *)ledger.rows)[2] = fixture_row(0, 0, 4000, 4020, 1);
    ledger.n_rows = 3;
    struct bill_gaps gaps = gaps_of(&arena, &input);
    cr_expect(
        epsilon_eq(dbl, money_amount_usd(gaps.cause[BILL_CAUSE_MINIMUM]), 400.0 / 3600, 2e-9));
    cr_expect(epsilon_eq(dbl, money_amount_usd(gaps.cause[BILL_CAUSE_ORDER]),
                         14.949494949495 - 10.196078431373, 2e-9));
    cr_expect(eq(i64, gaps.cause[BILL_CAUSE_TIERS], 0));
    arena_release(&arena);
}

/* The order never costs less than the cheapest, the minimum never nothing less; each cause is seen
 * somewhere, or this would test none. */
Test(bill_gaps, random_bills_add_up) {
    enum { CASES = 120, SEED = 20261123 };
    int seen[BILL_CAUSES] = {0};
    for (uint64_t number = 0; number < CASES; number++) {
        struct arena arena = {0};
        struct random_bill random = random_bill(SEED, number);
        struct usage_ledger ledger;
        struct bill_input input = random_bill_input(&random, &ledger);
        struct bill_gaps gaps = gaps_of(&arena, &input);
        cr_expect(ge(i64, gaps.cause[BILL_CAUSE_ORDER], 0), "case %d", (int)number);
        cr_expect(le(i64, gaps.cause[BILL_CAUSE_FREE_HOUR], 0), "case %d", (int)number);
        for (int c = 0; c < BILL_CAUSES; c++)
            seen[c] += gaps.cause[c] != 0;
        arena_release(&arena);
    }
    for (int c = 0; c < BILL_CAUSES; c++)
        cr_expect(gt(int, seen[c], 0), "%s", bill_cause_words((enum bill_cause)c));
}
