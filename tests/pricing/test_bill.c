/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bills worked out by hand, the arithmetic beside each; amounts are exact nano-dollars. The random
 * laws and the second-by-second reference are in test_bill_laws.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "tests/pricing/bill_fixture.h"

#define USD(x) ((usd_nano)((x)*1000000000LL))

/* 3.60 $/h is 0.001 $/s. Hour 0: a launch of 10 s is billed 60 s, one of 90 s is billed 90 s, two
 * instances from 3500 s on have 100 s each here. Hour 1: the same two have 500 s each.
 *   hour 0: 60 + 90 + 200 = 350 s = 0.35 $        hour 1: 1000 s = 1.00 $       together 1.35 $ */
Test(bill, on_demand_per_second_with_a_minimum_of_60_s) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 3.60, 0)};
    struct usage_row rows[] = {fixture_row(0, 0, 100, 110, 1), fixture_row(0, 0, 200, 290, 1),
                               fixture_row(0, 0, 3500, 4100, 2)};
    struct bill bill = fixture_bill(&arena, offers, 1, 7200, rows, 3, NULL, 0);
    cr_assert(eq(i32, bill.n_charges, 2));
    cr_assert(eq(i64, bill.charges[0].quantity, 350));
    cr_assert(eq(i64, bill.charges[0].effective, 350000000));
    cr_assert(eq(i64, bill.charges[1].hour, 1));
    cr_assert(eq(i64, bill.charges[1].effective, USD(1)));
    cr_assert(eq(i64, bill.total, 1350000000));
    cr_assert(eq(i64, bill.list_total, bill.total));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_ON_DEMAND], bill.total));
    arena_release(&arena);
}

/* 1.8e-6 $/h is half a nano-dollar a second: 61 s are 30.5, to the even 30; 63 s are 31.5, to 32.
 */
Test(bill, halves_of_a_nano_dollar_go_to_the_even) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 0.0000018, 0)};
    struct usage_row rows[] = {fixture_row(0, 0, 0, 61, 1), fixture_row(0, 1, 0, 63, 1)};
    struct bill bill = fixture_bill(&arena, offers, 1, 3600, rows, 2, NULL, 0);
    cr_assert(eq(i64, bill.charges[0].effective, 30));
    cr_assert(eq(i64, bill.charges[1].effective, 32));
    arena_release(&arena);
}

/* The 60 s of a launch may cross into the next clock hour, but not past the end of the ledger:
 * launched at 3590 s for 5 s: 10 s in hour 0 and 50 s in hour 1; launched at 7190 s: 10 s are left.
 * A launch that ends in the second it began is a launch: 60 s. */
Test(bill, the_minimum_crosses_the_hour_and_stops_with_the_ledger) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 3.60, 0)};
    struct usage_row rows[] = {fixture_row(0, 0, 3590, 3595, 1), fixture_row(0, 1, 7190, 7191, 1),
                               fixture_row(0, 2, 50, 50, 1), fixture_row(0, 3, 7200, 7200, 1)};
    struct bill bill = fixture_bill(&arena, offers, 1, 7200, rows, 4, NULL, 0);
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 0).quantity, 10));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 1, 0, 0).quantity, 50));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 1, 0, 1).quantity, 10));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 2).quantity, 60));
    cr_assert(eq(i32, fixture_sum(&bill, CHARGE_ON_DEMAND, -1, 0, 3).n, 0));
    arena_release(&arena);
}

/* Four instances of 15 minutes at the same time are 4 x 900 s = 3600 s, exactly one reserved hour.
 * A fifth one (900 s) is on demand: 900/3600 x 10 $ = 2.50 $. Hour 1 has one instance for 30
 * minutes: half of the reserved hour (4 $) is used (2 $), half unused (2 $).
 *   committed 2 x 4 = 8 $, on demand 2.50 $, total 10.50 $; list: 12.50 + 5 = 17.50 $ */
Test(bill, four_quarters_are_one_reserved_hour) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 10, 0)};
    struct commitment reserved[] = {fixture_reserved(0, 1, 4)};
    struct usage_row rows[] = {fixture_row(0, 0, 600, 1500, 4), fixture_row(0, 0, 1800, 2700, 1),
                               fixture_row(0, 0, 3600, 5400, 1)};
    struct bill bill = fixture_bill(&arena, offers, 1, 7200, rows, 3, reserved, 1);
    struct fixture_sum used = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0);
    cr_assert(eq(i64, used.quantity, 3600));
    cr_assert(eq(i64, used.effective, USD(4)));
    cr_assert(eq(i64, used.list, USD(10)));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 0).effective, 2500000000));
    struct fixture_sum unused = fixture_sum(&bill, CHARGE_COMMITMENT_UNUSED, 1, 0, -1);
    cr_assert(eq(i64, unused.quantity, 1800));
    cr_assert(eq(i64, unused.effective, USD(2)));
    cr_assert(eq(i64, bill.committed, USD(8)));
    cr_assert(eq(i64, bill.total, 10500000000));
    cr_assert(eq(i64, bill.list_total, 17500000000));
    arena_release(&arena);
}

/* A commitment of 13 $/h against four instances at plan rate 4 $ (on demand 10 $): 13/4 = 3.25
 * instance-hours are covered, 0.75 are on demand: 7.50 $. Total 13 + 7.50 = 20.50 $; list 40 $. */
Test(bill, thirteen_dollars_cover_three_and_a_quarter) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 10, 0)};
    struct commitment plans[] = {fixture_plan(&arena, COMMIT_PLAN_COMPUTE, 13, (double[]){4}, 1)};
    struct usage_row rows[] = {fixture_row(0, 0, 0, 3600, 4)};
    struct bill bill = fixture_bill(&arena, offers, 1, 3600, rows, 1, plans, 1);
    struct fixture_sum used = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0);
    cr_assert(eq(i64, used.quantity, 11700)); /* 3.25 h */
    cr_assert(eq(i64, used.effective, USD(13)));
    cr_assert(eq(i64, used.list, 32500000000));
    struct fixture_sum rest = fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 0);
    cr_assert(eq(i64, rest.quantity, 2700));
    cr_assert(eq(i64, rest.effective, 7500000000));
    cr_assert(eq(i64, bill.total, 20500000000));
    cr_assert(eq(i32, bill.n_charges, 2));
    arena_release(&arena);
}

/* Reserved, then EC2 Instance plan, then Compute plan, then on demand, all in one hour.
 * Family g5 (whose reserved instances cover no other size): g5.large 10 $, 5 instances; g5.small 4
 * $, 2 instances. Family p: p.large 20 $, 1. Reserved: 2 g5.large at 4 $            8 $   leaves 3
 * g5.large EC2 plan on g5, 8 $/h: g5.large at 5 $ (saves 50 %), g5.small at 1 $ (saves 75 %):
 * g5.small first, 2 x 1 = 2 $; then 6 $ / 5 $ = 1.2 g5.large      leaves 1.8 g5.large Compute plan,
 * 12 $/h: p.large at 16 $ (20 %), g5.large at 7 $ (30 %), g5.small 2 $ (50 %, gone): g5.large
 * first, 1.8 would take 12.60 $: 12/7 = 1.7142857 h, the plan is empty On demand: 1.8 - 12/7 =
 * 0.0857142857 h g5.large = 0.857142857 $; p.large 20 $ Total 8 + 8 + 12 + 0.857142857 + 20
 * = 48.857142857 $, committed 28 $, list 78 $ */
Test(bill, reserved_then_ec2_plan_then_compute_plan) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("g5.large", "g5", 10, 0),
                             fixture_instance("g5.small", "g5", 4, 0),
                             fixture_instance("p.large", "p", 20, 0)};
    struct commitment held[] = {
        fixture_plan(&arena, COMMIT_PLAN_COMPUTE, 12, (double[]){7, 2, 16}, 3),
        fixture_plan(&arena, COMMIT_PLAN_EC2, 8, (double[]){5, 1, 11}, 3),
        fixture_reserved(0, 2, 4),
    };
    held[1].family = "g5"; /* keeps its rate for p.large out */
    held[1].region = "us-east-1";
    struct usage_row rows[] = {fixture_row(0, 0, 0, 3600, 5), fixture_row(1, 0, 0, 3600, 2),
                               fixture_row(2, 0, 0, 3600, 1)};
    struct bill bill = fixture_bill(&arena, offers, 3, 3600, rows, 3, held, 3);
    cr_assert(eq(i32, bill.charges[0].commitment, 2));
    cr_assert(eq(i64, bill.charges[0].quantity, 7200));
    cr_assert(eq(i32, bill.charges[1].commitment, 1));
    cr_assert(eq(i32, bill.charges[1].offer, 1));
    cr_assert(eq(i64, bill.charges[1].effective, USD(2)));
    cr_assert(eq(i32, bill.charges[2].commitment, 1));
    cr_assert(eq(i64, bill.charges[2].quantity, 4320)); /* 1.2 h */
    cr_assert(eq(i64, bill.charges[2].effective, USD(6)));
    cr_assert(eq(i32, bill.charges[3].commitment, 0));
    cr_assert(eq(i64, bill.charges[3].effective, USD(12)));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 0).effective, 857142857));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 2, 0).effective, USD(20)));
    cr_assert(eq(i64, bill.total, 48857142857));
    cr_assert(eq(i64, bill.committed, USD(28)));
    cr_assert(eq(i64, bill.list_total, USD(78)));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_COMMITMENT_UNUSED], 0));
    arena_release(&arena);
}

/* Across plan groups a dearer on-demand rate can lower the bill. One hour, one A1 and one A2; EC2
 * plan rates A1 5, A2 5.1; Compute plan rates A1 5, A2 9.9; commitments 5 + 5 $/h.
 * Not given, so worked out: A1's on-demand rate X. At 10 $ A2 saves 49 % on the EC2 plan and A1
 * 1 - 5/X must be more, X > 9.804; at 10.50 $ A2 saves 51.43 % and A1 must be less, X < 10.294.
 * X = 10 (50 %) lies between.
 *   A2 at 10:    EC2 plan takes A1 (5 $). Compute plan has only A2: 5/9.9 = 0.50505 h.
 *                On demand A2 0.494949 h x 10 = 4.949494949 $.     Total 14.949494949, as 14.95
 *   A2 at 10.50: EC2 plan takes A2 first: 5/5.1 = 0.980392 h. Compute plan: A1 saves 50 %, A2 only
 *                5.7 %: A1 (5 $). On demand A2 0.0196078 h x 10.50 = 0.205882353 $.
 *                Total 10.205882353, as 10.21 */
Test(bill, dearer_on_demand_can_lower_the_bill_across_plan_groups) {
    static const struct {
        double a2_usd;
        usd_nano total;
    } cases[] = {{10, 14949494949}, {10.5, 10205882353}};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct offer offers[] = {fixture_instance("a1", "a", 10, 0),
                                 fixture_instance("a2", "a", cases[i].a2_usd, 0)};
        struct commitment held[] = {
            fixture_plan(&arena, COMMIT_PLAN_EC2, 5, (double[]){5, 5.1}, 2),
            fixture_plan(&arena, COMMIT_PLAN_COMPUTE, 5, (double[]){5, 9.9}, 2)};
        struct usage_row rows[] = {fixture_row(0, 0, 0, 3600, 1), fixture_row(1, 0, 0, 3600, 1)};
        struct bill bill = fixture_bill(&arena, offers, 2, 3600, rows, 2, held, 2);
        cr_assert(eq(i64, bill.total, cases[i].total));
        cr_assert(eq(i64, bill.committed, USD(10)));
        cr_assert(eq(i64, bill.total_by_kind[CHARGE_COMMITMENT_UNUSED], 0));
        arena_release(&arena);
    }
}

/* Equal savings (half of on demand): the lower plan rate goes first. 1 $/h covers 0.5 h of the
 * 2-dollar rate and nothing of the 4-dollar one. */
Test(bill, ties_go_to_the_lowest_plan_rate) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a", "a", 8, 0), fixture_instance("b", "b", 4, 0)};
    struct commitment held[] = {fixture_plan(&arena, COMMIT_PLAN_COMPUTE, 1, (double[]){4, 2}, 2)};
    struct usage_row rows[] = {fixture_row(0, 0, 0, 3600, 1), fixture_row(1, 0, 0, 3600, 1)};
    struct bill bill = fixture_bill(&arena, offers, 2, 3600, rows, 2, held, 1);
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0).quantity, 0));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 1, 0).quantity, 1800));
    arena_release(&arena);
}

/* One reserved hour (3600 s at 4 $) over workloads with 1800 s and 5400 s: a quarter and three
 * quarters of it, 900 s for 1 $ and 2700 s for 3 $. The rest, 900 and 2700 s, on demand at 10 $. */
Test(bill, workloads_share_coverage_in_proportion) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a", "a", 10, 0)};
    struct commitment held[] = {fixture_reserved(0, 1, 4)};
    struct usage_row rows[] = {fixture_row(0, 0, 0, 1800, 1), fixture_row(0, 1, 0, 1800, 3)};
    struct bill bill = fixture_bill(&arena, offers, 1, 3600, rows, 2, held, 1);
    struct fixture_sum first = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0);
    struct fixture_sum second = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 1);
    cr_assert(eq(i64, first.quantity, 900));
    cr_assert(eq(i64, first.effective, USD(1)));
    cr_assert(eq(i64, second.quantity, 2700));
    cr_assert(eq(i64, second.effective, USD(3)));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 0).effective, 2500000000));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 1).effective, 7500000000));
    arena_release(&arena);
}

/* On demand 10 $, reserved 4 $: break-even at 40 % of the hour, 1440 s. One second less and the
 * commitment is dearer, one second more and it is cheaper. */
Test(bill, a_reserved_instance_breaks_even_at_rate_over_on_demand) {
    for (int64_t seconds = 1439; seconds <= 1441; seconds++) {
        struct arena arena = {0};
        struct offer offers[] = {fixture_instance("a", "a", 10, 0)};
        struct commitment held[] = {fixture_reserved(0, 1, 4)};
        struct usage_row rows[] = {fixture_row(0, 0, 0, seconds, 1)};
        usd_nano with = fixture_bill(&arena, offers, 1, 3600, rows, 1, held, 1).total;
        usd_nano without = fixture_bill(&arena, offers, 1, 3600, rows, 1, NULL, 0).total;
        cr_assert(eq(i32, (with > without) - (with < without),
                     seconds < 1440   ? 1
                     : seconds > 1440 ? -1
                                      : 0));
        cr_assert(eq(i64, with, USD(4)));
        arena_release(&arena);
    }
}

/* A commitment held from 1800 s on pays and covers half of hour 0: 1800 s of a reserved instance
 * at 4 $ are 2 $, half of a 6 $/h plan is 3 $ and covers 1 h at 3 $. Usage 2 instance-hours at
 * 10 $: 0.5 h reserved, 1 h plan, 0.5 h on demand = 5 $. Total 2 + 3 + 5 = 10 $. */
Test(bill, commitments_held_in_part_of_an_hour) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a", "a", 10, 0)};
    struct commitment held[] = {fixture_reserved(0, 1, 4),
                                fixture_plan(&arena, COMMIT_PLAN_COMPUTE, 6, (double[]){3}, 1)};
    held[0].from_s = held[1].from_s = 1800;
    held[0].to_s = held[1].to_s = 3600;
    struct usage_row rows[] = {fixture_row(0, 0, 0, 3600, 2)};
    struct bill bill = fixture_bill(&arena, offers, 1, 7200, rows, 1, held, 2);
    cr_assert(eq(i64, bill.committed, USD(5)));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_ON_DEMAND], USD(5)));
    cr_assert(eq(i64, bill.total, USD(10)));
    arena_release(&arena);
}

/* A third of an instance: 0.333333333 x 3600 s = 1199.9999988 s, shown as 1200 s. It costs
 * 0.333333333 x 3.60 = 1.1999999988 $, all of it used. */
Test(bill, fractional_counts_cover_parts_of_a_second) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a", "a", 10, 0)};
    struct commitment held[] = {fixture_reserved(0, 1.0 / 3, 3.60)};
    struct usage_row rows[] = {fixture_row(0, 0, 0, 3600, 1)};
    struct bill bill = fixture_bill(&arena, offers, 1, 3600, rows, 1, held, 1);
    struct fixture_sum used = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0);
    struct fixture_sum unused = fixture_sum(&bill, CHARGE_COMMITMENT_UNUSED, 0, 0, -1);
    cr_assert(eq(i64, used.quantity, 1200));
    cr_assert(eq(i64, used.effective, 1199999999));
    cr_assert(eq(i64, unused.quantity, 0));
    cr_assert(eq(i64, bill.committed, 1199999999));
    cr_assert(eq(i64, used.effective + unused.effective, bill.committed));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 0).quantity, 2400));
    arena_release(&arena);
}

/* Spot at 3.60 $/h (0.001 $/s), on demand 36 $/h (0.01 $/s). A reserved instance of the same type
 * stays unused beside it.
 *   interrupted after 3000 s: free                     list 30 $
 *   interrupted after 4200 s: 4200 s = 4.20 $          list 42 $
 *   ended by us after 3000 s: 3000 s = 3.00 $          list 30 $
 *   ended by us after 20 s:   60 s   = 0.06 $          list 0.60 $
 *   interrupted after 3600 s: past the first hour, 3.60 $, list 36 $ */
Test(bill, spot_is_free_when_interrupted_in_the_first_hour) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a", "a", 36, 3.60)};
    struct commitment held[] = {fixture_reserved(0, 1, 4)};
    struct usage_row rows[] = {fixture_row(0, 0, 100, 3100, 1), fixture_row(0, 1, 0, 4200, 1),
                               fixture_row(0, 2, 0, 3000, 1), fixture_row(0, 3, 0, 20, 1),
                               fixture_row(0, 4, 0, 3600, 1)};
    for (int i = 0; i < 5; i++) {
        rows[i].spot = true;
        rows[i].interrupted = i < 2 || i == 4;
    }
    struct bill bill = fixture_bill(&arena, offers, 1, 7200, rows, 5, held, 1);
    static const usd_nano paid[] = {0, 4200000000, USD(3), 60000000, 3600000000};
    static const usd_nano list[] = {USD(30), USD(42), USD(30), 600000000, USD(36)};
    for (int i = 0; i < 5; i++) {
        struct fixture_sum sum = fixture_sum(&bill, CHARGE_SPOT, -1, 0, i);
        cr_assert(eq(i64, sum.effective, paid[i]));
        cr_assert(eq(i64, sum.list, list[i]));
    }
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_COMMITMENT_UNUSED], USD(8)));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_COMMITMENT_USED], 0));
    arena_release(&arena);
}

/* Share of lived spot seconds that is paid when lives are exponential with mean M hours and all are
 * ended by the provider: those that pass the first hour live e^(-1/M) (1 + M) of M hours, so
 * f = e^(-1/M) (1 + 1/M): 0.74, 0.91, 0.97 for M = 1, 2, 4. Within 4 standard errors of the ratio;
 * a biller without the refund (f = 1) must be outside. */
Test(bill, first_hour_refund_factor) {
    enum { LIVES = 20000, LEDGER_S = 400 * 3600 };
    static const double means_h[] = {1, 2, 4};
    for (int m = 0; m < 3; m++) {
        struct arena arena = {0};
        struct offer offers[] = {fixture_instance("a", "a", 36, 3.60)};
        struct usage_row *rows = arena_new(&arena, struct usage_row, LIVES);
        struct rng rng = rng_open(7, 0, RNG_TEST, (uint64_t)m);
        double want = exp(-1 / means_h[m]) * (1 + 1 / means_h[m]);
        double lived = 0, spread = 0;
        for (int i = 0; i < LIVES; i++) {
            int64_t life = 1 + (int64_t)rng_exponential(&rng, means_h[m] * 3600);
            cr_assert(lt(i64, life, LEDGER_S));
            rows[i] = fixture_row(0, 0, 0, life, 1);
            rows[i].spot = rows[i].interrupted = true;
            lived += (double)life;
            double off = (life < 3600 ? 0 : (double)life) - want * (double)life;
            spread += off * off;
        }
        struct bill bill = fixture_bill(&arena, offers, 1, LEDGER_S, rows, LIVES, NULL, 0);
        double got = (double)bill.total / 1e6 / lived; /* 1e6 nano-dollars a second */
        double limit = 4 * sqrt(spread) / lived;
        cr_assert(lt(dbl, fabs(got - want), limit));
        cr_assert(gt(dbl, fabs(1 - want), limit));
        arena_release(&arena);
    }
}

/* Lambda: 2048 MB x 1500 ms x 1,000,000 requests = 3.072e12 MB ms = 3.072e12 / 1024 / 1000 =
 * 3,000,000 GB-s at 0.0000133334 $ = 40.0002 $; a million requests 0.20 $.
 * Tokens: 2,500,000 in at 0.22 $/M = 0.55 $, 125,000 out at 0.88 $/M = 0.11 $. */
Test(bill, functions_and_tokens) {
    struct arena arena = {0};
    struct offer offers[] = {
        {.kind = OFFER_FUNCTION,
         .sku = "lambda-arm64",
         .region = "us-east-1",
         .family = "",
         .gb_second = fixture_quote(0.0000133334),
         .million_requests = fixture_quote(0.2)},
        {.kind = OFFER_TOKEN_API,
         .sku = "model",
         .region = "us-east-1",
         .family = "",
         .million_input_tokens = fixture_quote(0.22),
         .million_output_tokens = fixture_quote(0.88)},
    };
    struct usage_row rows[] = {
        {.kind = USAGE_FUNCTION_MB_MS, .offer = 0, .quantity = 3072000000000},
        {.kind = USAGE_FUNCTION_REQUESTS, .offer = 0, .quantity = 1000000},
        {.kind = USAGE_INPUT_TOKENS, .offer = 1, .from_s = 3600, .to_s = 7200, .quantity = 2500000},
        {.kind = USAGE_OUTPUT_TOKENS, .offer = 1, .from_s = 3600, .to_s = 7200, .quantity = 125000},
    };
    struct bill bill = fixture_bill(&arena, offers, 2, 7200, rows, 4, NULL, 0);
    cr_assert(eq(i32, bill.n_charges, 4));
    cr_assert(eq(i64, bill.charges[0].effective, 40000200000));
    cr_assert(eq(i64, bill.charges[1].effective, 200000000));
    cr_assert(eq(i32, (int)bill.charges[1].usage, USAGE_FUNCTION_REQUESTS));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_FUNCTION], 40200200000));
    cr_assert(eq(i32, bill.charges[2].hour, 1));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_TOKENS], 660000000));
    arena_release(&arena);
}

/* Ten copies of 1536 MB held for an hour: 10 x 1536 x 3600 / 1024 = 54,000 GB-s at 0.0000041667 $ =
 * 0.2250018 $, used or not. 10,000 calls of 200 ms on them: 1536 x 200 x 10,000 / 1024 / 1000 =
 * 3,000 GB-s at 0.0000097222 $ = 0.0291666 $. Calls beyond them, 1,000 of 200 ms: 300 GB-s at
 * 0.0000166667 $ = 0.00500001 $. */
Test(bill, provisioned_copies_are_paid_whether_used_or_not) {
    struct arena arena = {0};
    struct offer offers[] = {{.kind = OFFER_FUNCTION,
                              .sku = "lambda-x86",
                              .region = "us-east-1",
                              .family = "",
                              .gb_second = fixture_quote(0.0000166667),
                              .provisioned_gb_second = fixture_quote(0.0000097222),
                              .held_gb_second = fixture_quote(0.0000041667)}};
    struct usage_row rows[] = {
        {.kind = USAGE_FUNCTION_HELD_MB_S, .to_s = 3600, .quantity = 10 * 1536 * 3600},
        {.kind = USAGE_FUNCTION_PROVISIONED_MB_MS, .quantity = 1536LL * 200 * 10000},
        {.kind = USAGE_FUNCTION_MB_MS, .quantity = 1536LL * 200 * 1000},
        {.kind = USAGE_FUNCTION_HELD_MB_S, .from_s = 3600, .to_s = 7200, .quantity = 55296000},
    };
    struct bill bill = fixture_bill(&arena, offers, 1, 7200, rows, 4, NULL, 0);
    cr_assert(eq(i32, bill.n_charges, 4));
    for (int i = 0; i < 4; i++) {
        const struct charge *c = &bill.charges[i];
        usd_nano want = c->usage == USAGE_FUNCTION_HELD_MB_S           ? 225001800
                        : c->usage == USAGE_FUNCTION_PROVISIONED_MB_MS ? 29166600
                                                                       : 5000010;
        cr_assert(eq(i64, c->effective, want));
        cr_assert(eq(i64, c->list, want));
        cr_assert(eq(i32, (int)c->kind, CHARGE_FUNCTION));
    }
    cr_assert(eq(i64, bill.total, 2 * 225001800 + 29166600 + 5000010));
    arena_release(&arena);
}

/* Two model units at 39.60 $/h for an hour and one for half an hour: 79.20 + 19.80 = 99 $.
 * 4,000,000 cached tokens at 0.06 $/M = 0.24 $ beside 1,000,000 others at 0.60 $/M. */
Test(bill, model_units_and_cached_tokens) {
    struct arena arena = {0};
    struct offer offers[] = {{.kind = OFFER_TOKEN_API,
                              .tier = TIER_PROVISIONED,
                              .sku = "model",
                              .region = "us-east-1",
                              .family = "",
                              .unit_hour = fixture_quote(39.6)},
                             {.kind = OFFER_TOKEN_API,
                              .sku = "model",
                              .region = "us-east-1",
                              .family = "",
                              .million_input_tokens = fixture_quote(0.6),
                              .million_cached_tokens = fixture_quote(0.06)}};
    struct usage_row rows[] = {
        {.kind = USAGE_MODEL_UNIT_S, .to_s = 3600, .quantity = 2 * 3600},
        {.kind = USAGE_MODEL_UNIT_S, .from_s = 3600, .to_s = 5400, .quantity = 1800},
        {.kind = USAGE_INPUT_TOKENS, .offer = 1, .quantity = 1000000},
        {.kind = USAGE_CACHED_INPUT_TOKENS, .offer = 1, .quantity = 4000000},
    };
    struct bill bill = fixture_bill(&arena, offers, 2, 7200, rows, 4, NULL, 0);
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_TOKENS, -1, 0, 0).effective, USD(99)));
    cr_assert(eq(i64, fixture_sum(&bill, CHARGE_TOKENS, 0, 1, 0).effective, 840000000));
    cr_assert(eq(i64, bill.total_by_kind[CHARGE_TOKENS], bill.total));
    arena_release(&arena);
}

/* Two units held for two hours at 10 $: 40 $. The first hour's tokens take 3600 s, one unit's: 10 $
 * used and 10 $ not. The second hour's take 9000 s of the 7200 that are held: 20 $ used, and the
 * other 1800 s at the unit's rate, 5 $. */
Test(bill, model_units_are_held_whether_used_or_not) {
    struct arena arena = {0};
    struct offer offer = {.kind = OFFER_TOKEN_API,
                          .tier = TIER_PROVISIONED_6M,
                          .sku = "model",
                          .region = "us-east-1",
                          .family = "",
                          .unit_hour = fixture_quote(10)};
    struct usage_row rows[] = {
        {.kind = USAGE_MODEL_UNIT_S, .to_s = 3600, .quantity = 3600},
        {.kind = USAGE_MODEL_UNIT_S, .from_s = 3600, .to_s = 7200, .quantity = 9000},
    };
    struct commitment held = {.name = "units",
                              .terms = {COMMIT_MODEL_UNITS, 0, PAY_NO_UPFRONT},
                              .count = 2,
                              .hourly = money_rate_from_usd(10),
                              .to_s = 7200};
    struct bill bill = fixture_bill(&arena, &offer, 1, 7200, rows, 2, &held, 1);
    struct fixture_sum idle = fixture_sum(&bill, CHARGE_COMMITMENT_UNUSED, -1, 0, -1);
    cr_expect(eq(i64, bill.committed, USD(40)));
    cr_expect(eq(i64, fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0).effective, USD(10)));
    cr_expect(eq(i64, idle.effective, USD(10)));
    cr_expect(eq(i64, idle.quantity, 3600));
    cr_expect(eq(i64, fixture_sum(&bill, CHARGE_COMMITMENT_USED, 1, 0, 0).effective, USD(20)));
    cr_expect(eq(i64, fixture_sum(&bill, CHARGE_TOKENS, 1, 0, 0).effective, USD(5)));
    cr_expect(eq(i64, bill.total, USD(45)));
    arena_release(&arena);
}

Test(bill, nothing_held_and_nothing_used) {
    struct arena arena = {0};
    struct bill bill = fixture_bill(&arena, NULL, 0, 7200, NULL, 0, NULL, 0);
    cr_assert(eq(i32, bill.n_charges, 0));
    cr_assert(eq(i64, bill.total, 0));
    arena_release(&arena);
}

/* ---- what a caller can do wrong ---- */

struct wrong {
    const char *name, *what;
    struct usage_row row;
    double reserved_count;
};

static const struct wrong wrongs[] = {
    {"offer",
     "usage row 0 names no offer, workload or zone",
     {.offer = 2, .to_s = 9, .quantity = 1},
     0},
    {"workload",
     "usage row 0 names no offer, workload or zone",
     {.workload = -2, .quantity = 1},
     0},
    {"late", "usage row 0 lies outside the ledger", {.to_s = 3601, .quantity = 1}, 0},
    {"turned", "usage row 0 lies outside the ledger", {.from_s = 9, .to_s = 8, .quantity = 1}, 0},
    {"quantity", "usage row 0 has an impossible quantity or mark", {.to_s = 9, .quantity = -1}, 0},
    {"mark",
     "usage row 0 has an impossible quantity or mark",
     {.to_s = 9, .quantity = 1, .interrupted = true},
     0},
    {"spot rate",
     "usage of a.large in us-east-1 without its spot rate",
     {.to_s = 9, .quantity = 1, .spot = true},
     0},
    {"kind",
     "usage of a.large in us-east-1 is of another kind than the offer",
     {.kind = USAGE_INPUT_TOKENS, .quantity = 1},
     0},
    {"token rate",
     "usage of model in us-east-1 without its output token rate",
     {.kind = USAGE_OUTPUT_TOKENS, .offer = 1, .quantity = 1},
     0},
    {"cached rate",
     "usage of model in us-east-1 without its cached input token rate",
     {.kind = USAGE_CACHED_INPUT_TOKENS, .offer = 1, .quantity = 1},
     0},
    {"unit rate",
     "usage of model in us-east-1 without its model unit rate",
     {.kind = USAGE_MODEL_UNIT_S, .offer = 1, .quantity = 1},
     0},
    {"held by an API",
     "usage of model in us-east-1 is of another kind than the offer",
     {.kind = USAGE_FUNCTION_HELD_MB_S, .offer = 1, .quantity = 1},
     0},
    {"count", "commitment 'reserved' covers no offer", {.to_s = 9, .quantity = 1}, -1},
    {"count", "commitment 'reserved' covers no offer", {.to_s = 9, .quantity = 1}, NAN},
};

Test(bill, mistakes_of_the_caller_are_errors) {
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct arena arena = {0};
        struct offer offers[] = {fixture_instance("a.large", "a", 10, 0),
                                 {.kind = OFFER_TOKEN_API,
                                  .sku = "model",
                                  .region = "us-east-1",
                                  .family = "",
                                  .million_input_tokens = fixture_quote(1)}};
        struct usage_ledger ledger = {.n_seconds = 3600, .n_rows = 1, .rows = &wrongs[i].row};
        struct commitment held[] = {fixture_reserved(0, wrongs[i].reserved_count, 4)};
        struct bill_input input = {offers, 2, &ledger, 1, held, 1, {0}};
        struct bill bill = {.total = 17};
        struct err err = {0};
        cr_assert(not(bill_compute(&arena, &input, &bill, &err)), "%s", wrongs[i].name);
        cr_assert(eq(i32, (int)err.kind, ERR_BUG));
        cr_assert(eq(str, err.what, (char *)wrongs[i].what));
        cr_assert(eq(i64, bill.total, 17));
        arena_release(&arena);
    }
}

Test(bill, a_plan_needs_rates_and_a_period) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 10, 0)};
    struct usage_ledger ledger = {.n_seconds = 3600};
    struct commitment plan = fixture_plan(&arena, COMMIT_PLAN_EC2, 1, (double[]){4}, 1);
    plan.plan_rates = NULL;
    struct bill_input input = {offers, 1, &ledger, 1, &plan, 1, {0}};
    struct bill bill;
    struct err err;
    cr_assert(not(bill_compute(&arena, &input, &bill, &err)));
    cr_assert(eq(str, err.what, "commitment 'plan' has no plan rates"));
    plan.to_s = -1;
    cr_assert(not(bill_compute(&arena, &input, &bill, &err)));
    cr_assert(eq(str, err.what, "commitment 'plan' ends before it begins"));
    arena_release(&arena);
}

Test(bill, words) {
    cr_assert(eq(str, (char *)charge_kind_word(CHARGE_ON_DEMAND), "on demand"));
    cr_assert(eq(str, (char *)charge_kind_word(CHARGE_COMMITMENT_UNUSED), "commitment unused"));
    cr_assert(eq(str, (char *)charge_kind_word(CHARGE_TOKENS), "tokens"));
}

Test(bill, no_such_kind_aborts, .exit_code = 70) {
    charge_kind_word(CHARGE_KINDS);
}

/* One reserved at 4 $ (10 on demand), one in a capacity reservation. Workload 0 runs one for 30
 * minutes, in the reservation; workload 1 comes last and runs two for the hour. The 30 minutes and
 * the 30 in which the reservation idles come first at the reserved hour: 4 $. Workload 1 has two
 * hours on demand, 20 $, and nothing of the reservation. Without that, 30 minutes of the reserved
 * hour are its own, 2 $ in place of 5 of the 20; workload 0 has the same 2 $ as alone. */
Test(bill, what_comes_last_takes_what_is_left) {
    struct arena arena = {0};
    struct offer offers[] = {fixture_instance("a.large", "a", 10, 0)};
    struct commitment held[] = {fixture_reserved(0, 1, 4), fixture_reserved(0, 1, 10)};
    held[1].terms.kind = COMMIT_CAPACITY_RESERVATION;
    struct usage_row rows[] = {fixture_row(0, 0, 0, 1800, 1), fixture_row(0, 1, 0, 3600, 2)};
    struct usage_ledger ledger = {.n_seconds = 3600, .n_rows = 2, .rows = rows};
    struct bill_input input = {.offers = offers,
                               .n_offers = 1,
                               .parts = &ledger,
                               .n_parts = 1,
                               .commitments = held,
                               .last_workloads_from = 1};
    struct err err;
    for (int n = 1; n <= 2; n++) {
        struct bill bill;
        input.n_commitments = n;
        cr_assert(bill_compute(&arena, &input, &bill, &err));
        struct fixture_sum first = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 0);
        struct fixture_sum last = fixture_sum(&bill, CHARGE_COMMITMENT_USED, 0, 0, 1);
        struct fixture_sum rest = fixture_sum(&bill, CHARGE_ON_DEMAND, 0, 0, 1);
        cr_expect(eq(i64, first.quantity, 1800));
        cr_expect(eq(i64, first.effective, USD(2)));
        cr_expect(eq(i64, last.effective, n == 1 ? USD(2) : 0));
        cr_expect(eq(i64, last.list, n == 1 ? USD(5) : 0));
        cr_expect(eq(i64, rest.effective, n == 1 ? USD(15) : USD(20)));
        cr_expect(eq(i64, rest.quantity, n == 1 ? 5400 : 7200));
        for (int i = 0; i < bill.n_charges; i++)
            cr_expect(bill.charges[i].workload != 1 || bill.charges[i].reservation < 0);
    }
    arena_release(&arena);
}
