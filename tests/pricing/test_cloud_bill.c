/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bills of the provider: FOCUS and CUR 2.0, made up to their column descriptions, with the sums by
 * hand beside them; mistakes at their place; the same bill in two orders of its rows; Parquet. The
 * bill that this program writes is read in test_study_today.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "pricing/cloud_bill.h"

static bool read_bill(struct arena *arena, const char *text, struct cloud_bill *bill,
                      struct err *err) {
    struct source *source = source_open_memory(arena, bytes_of(text), "bill.csv", err);
    cr_assert(ne(ptr, source, NULL));
    bool fine = cloud_bill_read(arena, source, bill, err);
    source_close(source);
    return fine;
}

static const char *words_of(struct arena *arena, const struct cloud_bill *bill) {
    struct text out = {.arena = arena};
    text_printf(&out, "%lld rows, %lld of instances, hours %lld..%lld, %g billed, %g effective\n",
                (long long)bill->n_rows, (long long)bill->n_instance_rows,
                (long long)bill->from_hour, (long long)bill->to_hour, bill->billed_usd,
                bill->effective_usd);
    for (int i = 0; i < bill->n_types; i++)
        text_printf(&out, "%s %s %s %g h %g %g\n", bill->types[i].instance, bill->types[i].region,
                    cloud_bill_option_word(bill->types[i].option), bill->types[i].hours,
                    bill->types[i].billed_usd, bill->types[i].effective_usd);
    for (int i = 0; i < bill->n_hours; i++)
        text_printf(&out, "%lld %s %g\n", (long long)bill->hours[i].epoch_hour,
                    bill->types[bill->hours[i].type].instance, bill->hours[i].instances);
    return out.data;
}

/* 2026-07-01T00 is hour 495240 of the epoch. */
#define FOCUS_HEAD                                                                                 \
    "ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,"   \
    "PricingCategory,CommitmentDiscountStatus,RegionId,ConsumedQuantity,ConsumedUnit,"             \
    "SkuPriceDetails,x_UsageType\n"
#define H0 "2026-07-01T00:00:00Z,2026-07-01T01:00:00Z,"
#define H1 "2026-07-01T01:00:00Z,2026-07-01T02:00:00Z,"
#define DETAILS "\"{\"\"InstanceType\"\": \"\"g5.xlarge\"\", \"\"CoreCount\"\": 4}\""

/* clang-format off */
#define ROW_A H0 "2.012,2.012,USD,Usage,Standard,,us-east-1,2,Hours," DETAILS ",\n"
#define ROW_B H1 "1.006,1.006,USD,Usage,Standard,,us-east-1,3600,Seconds," DETAILS ",\n"
#define ROW_C H0 "0.4,0.4,USD,Usage,Dynamic,,us-east-1,1,Hours,,USE1-SpotUsage:g5.xlarge\n"
#define ROW_D H0 "0,0.6,USD,Usage,Committed,Used,us-east-1,1,Hours," DETAILS ",\n"
#define ROW_E H0 "0,0.3,USD,Usage,Committed,Unused,us-east-1,1,Hours," DETAILS ",\n"
#define ROW_F H0 "5,5,USD,Usage,Standard,,us-east-1,100,GB,,\n"
#define ROW_G H0 "7,0,USD,Purchase,,,,,,,\n"
#define ROW_H H0 "1.5,1.5,USD,Tax,,,,,,,\n"
/* clang-format on */

static const char focus[] = FOCUS_HEAD ROW_A ROW_B ROW_C ROW_D ROW_E ROW_F ROW_G ROW_H;
static const char focus_moved[] = FOCUS_HEAD ROW_H ROW_D ROW_C ROW_B ROW_G ROW_F ROW_E ROW_A;

/* Billed 2.012 + 1.006 + 0.4 + 5 + 7 + 1.5 = 16.918; effective 2.012 + 1.006 + 0.4 + 0.6 + 0.3 + 5
 * + 1.5 = 10.818. */
static const char focus_words[] =
    "8 rows, 4 of instances, hours 495240..495242, 16.918 billed, 10.818 effective\n"
    "g5.xlarge us-east-1 on_demand 3 h 3.018 3.018\n"
    "g5.xlarge us-east-1 spot 1 h 0.4 0.4\n"
    "g5.xlarge us-east-1 committed 1 h 0 0.6\n"
    "495240 g5.xlarge 2\n495240 g5.xlarge 1\n495240 g5.xlarge 1\n495241 g5.xlarge 1\n";

Test(cloud_bill, focus_in_any_order_of_rows) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    cr_assert(read_bill(&arena, focus, &bill, &err), "%d:%d %s", err.line, err.column, err.what);
    cr_assert(eq(str, (char *)words_of(&arena, &bill), (char *)focus_words));
    cr_assert(read_bill(&arena, focus_moved, &bill, &err), "%s", err.what);
    cr_assert(eq(str, (char *)words_of(&arena, &bill), (char *)focus_words));
    arena_release(&arena);
}

#define CUR_HEAD                                                                                   \
    "line_item_usage_start_date,line_item_usage_end_date,line_item_unblended_cost,"                \
    "line_item_currency_code,line_item_line_item_type,line_item_usage_amount,"                     \
    "line_item_usage_type,line_item_product_code,product_instance_type,product_region_code,"       \
    "reservation_effective_cost,reservation_unused_recurring_fee,"                                 \
    "savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,"              \
    "savings_plan_used_commitment\n"
#define C0 "2026-07-01T00:00:00.000Z,2026-07-01T01:00:00.000Z,"
#define G5 "BoxUsage:g5.xlarge,AmazonEC2,g5.xlarge,us-east-1,"

/* On demand 1.006; covered by a plan at 0.6 and negated; a reserved hour 0.5; of the reservation
 * 0.2 unused; of the plan 1 - 0.6 = 0.4 unused; storage 3. Billed 1.006 + 1.006 - 1.006 + 0 + 0.7 +
 * 1 + 3 = 5.706; effective 1.006 + 0.6 + 0.5 + 0.2 + 0.4 + 3 = 5.706: here all is paid by the hour.
 */
/* clang-format off */
static const char cur[] = CUR_HEAD
    C0 "1.006,USD,Usage,1.0," G5 ",,,,\n"
    C0 "1.006,USD,SavingsPlanCoveredUsage,1.0," G5 ",,0.6,,\n"
    C0 "-1.006,USD,SavingsPlanNegation,1.0," G5 ",,,,\n"
    C0 "0,USD,DiscountedUsage,1.0," G5 "0.5,,,,\n"
    C0 "0.7,USD,RIFee,1.0,HeavyUsage:g5.xlarge,AmazonEC2,,us-east-1,,0.2,,,\n"
    C0 "1,USD,SavingsPlanRecurringFee,1,ComputeSP:1yrNoUpfront,ComputeSavingsPlans,,,,,,1,0.6\n"
    C0 "3,USD,Usage,30,TimedStorage-ByteHrs,AmazonS3,,us-east-1,,,,,\n";
/* clang-format on */

Test(cloud_bill, cur_amortises_commitments) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    cr_assert(read_bill(&arena, cur, &bill, &err), "%d:%d %s", err.line, err.column, err.what);
    cr_assert(eq(str, (char *)words_of(&arena, &bill),
                 "7 rows, 3 of instances, hours 495240..495241, 5.706 billed, 5.706 effective\n"
                 "g5.xlarge us-east-1 on_demand 1 h 1.006 1.006\n"
                 "g5.xlarge us-east-1 committed 2 h 1.006 1.1\n"
                 "495240 g5.xlarge 1\n495240 g5.xlarge 2\n"));
    arena_release(&arena);
}

/* The map of products, as JSON or as DuckDB prints it, tells what its own columns do not. */
Test(cloud_bill, cur_with_a_map_of_products) {
    static const char head[] =
        "line_item_usage_start_date,line_item_usage_end_date,line_item_unblended_cost,"
        "line_item_currency_code,line_item_line_item_type,line_item_usage_amount,"
        "line_item_usage_type,line_item_product_code,product\n";
    static const char *const maps[] = {
        "\"{\"\"vcpu\"\":\"\"4\"\",\"\"instance_type\"\":\"\"g5.xlarge\"\",\"\"region_code\"\":"
        "\"\"us-"
        "east-1\"\"}\"",
        "\"{instance_type_family=G5, instance_type=g5.xlarge, region_code=us-east-1}\""};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct cloud_bill bill;
        const char *text =
            arena_printf(&arena, "%s" C0 "1.006,USD,Usage,1.0,BoxUsage:other.size,AmazonEC2,%s\n",
                         head, maps[i]);
        cr_assert(read_bill(&arena, text, &bill, &err), "%d:%d %s", err.line, err.column, err.what);
        cr_expect(eq(str, (char *)words_of(&arena, &bill),
                     "1 rows, 1 of instances, hours 495240..495241, 1.006 billed, 1.006 effective\n"
                     "g5.xlarge us-east-1 on_demand 1 h 1.006 1.006\n"
                     "495240 g5.xlarge 1\n"));
        arena_release(&arena);
    }
}

/* A bill by day tells the hours of instances, not in which hour they ran. */
Test(cloud_bill, a_bill_by_day_has_no_hours) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    cr_assert(read_bill(&arena,
                        FOCUS_HEAD ROW_A
                        "2026-07-02T00:00:00Z,2026-07-03T00:00:00Z,24,24,USD,Usage,Standard,,"
                        "us-east-1,48,Hours," DETAILS ",\n",
                        &bill, &err),
              "%s", err.what);
    cr_assert(eq(str, (char *)words_of(&arena, &bill),
                 "2 rows, 2 of instances, hours 495240..495288, 26.012 billed, 26.012 effective\n"
                 "g5.xlarge us-east-1 on_demand 50 h 26.012 26.012\n"));
    arena_release(&arena);
}

/* A million rows of a third of a cent: plain addition is off by more than a nano-dollar. */
Test(cloud_bill, sums_keep_small_rows) {
    enum { ROWS = 200000 };
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    struct text text = {.arena = &arena};
    text_append_string(&text, FOCUS_HEAD H0 "1000000000,0,USD,Tax,,,,,,,\n");
    for (int i = 0; i < ROWS; i++)
        text_append_string(&text, H0 "0.000000003,0,USD,Tax,,,,,,,\n");
    text_append_string(&text, H0 "-1000000000,0,USD,Credit,,,,,,,\n");
    cr_assert(read_bill(&arena, text.data, &bill, &err), "%s", err.what);
    cr_assert(epsilon_eq(dbl, bill.billed_usd, 0.0006, 1e-12));
    arena_release(&arena);
}

/* ---- units, corrections, periods, reasons ---- */

/* 2 h, 90 min and 7200 s: 2 + 1.5 + 2 = 5.5 h. */
Test(cloud_bill, units_of_time_in_any_letters) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    cr_assert(read_bill(&arena,
                        FOCUS_HEAD H0 "1,1,USD,Usage,Standard,,r-1,2,hours," DETAILS ",\n" H0
                                      "1,1,USD,Usage,Standard,,r-1,90,Minutes," DETAILS ",\n" H0
                                      "1,1,USD,Usage,Standard,,r-1,7200,seconds," DETAILS ",\n",
                        &bill, &err),
              "%s", err.what);
    cr_assert(epsilon_eq(dbl, bill.types[0].hours, 5.5, 1e-12));
    cr_assert(eq(int, bill.n_skipped, 0));
    arena_release(&arena);
}

#define PERIOD_HEAD                                                                                \
    "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,BilledCost,"            \
    "EffectiveCost,BillingCurrency,ChargeCategory,ChargeClass,PricingCategory,RegionId,"           \
    "ConsumedQuantity,ConsumedUnit,SkuPriceDetails,CommitmentDiscountId,"                          \
    "CommitmentDiscountCategory,CommitmentDiscountStatus\n"
#define JULY "2026-07-01T00:00:00Z,2026-08-01T00:00:00Z,"
#define MAY "2026-05-20T00:00:00Z,2026-05-20T01:00:00Z,"
#define ONE ",Standard,r-1,1,Hours," DETAILS ",,,\n"

/* Three hours of one instance; the correction takes 2 of the 3 instances of the first hour back: 3
 * x 1.006 + 1.006 - 2.012 = 2.012, 3 + 1 - 2 = 2 h, one in each hour. One of May comes after its
 * bill: its hour is no hour of July's, its money and its time are. */
Test(cloud_bill, corrections_net_out) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    static const char rows[] =
        PERIOD_HEAD JULY H0 "3.018,3.018,USD,Usage,,Standard,r-1,3,Hours," DETAILS ",,,\n" JULY H0
                            "-2.012,-2.012,USD,Usage,Correction,Standard,r-1,-2,Hours," DETAILS
                            ",,,\n" JULY H1 "1.006,1.006,USD,Usage," ONE;
    cr_assert(read_bill(&arena, rows, &bill, &err), "%s", err.what);
    cr_assert(eq(str, (char *)words_of(&arena, &bill),
                 "3 rows, 3 of instances, hours 495240..495242, 2.012 billed, 2.012 effective\n"
                 "g5.xlarge r-1 on_demand 2 h 2.012 2.012\n"
                 "495240 g5.xlarge 1\n495241 g5.xlarge 1\n"));
    cr_assert(eq(i64, bill.n_corrections, 1));
    const char *late = arena_printf(
        &arena, "%s%s", rows,
        JULY MAY "-1.006,-1.006,USD,Usage,Correction,Standard,r-1,-1,Hours," DETAILS ",,,\n");
    cr_assert(read_bill(&arena, late, &bill, &err), "%s", err.what);
    cr_assert(eq(str, (char *)words_of(&arena, &bill),
                 "4 rows, 4 of instances, hours 495240..495242, 1.006 billed, 1.006 effective\n"
                 "g5.xlarge r-1 on_demand 1 h 1.006 1.006\n"
                 "495240 g5.xlarge 1\n495241 g5.xlarge 1\n"));
    arena_release(&arena);
}

/* 0.1 + 0.2 - 0.3 h is none at all. */
Test(cloud_bill, what_is_taken_back_whole_leaves_no_dust) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    cr_assert(read_bill(&arena,
                        PERIOD_HEAD JULY H0
                        "1,1,USD,Usage,,Standard,r-1,0.1,Hours," DETAILS ",,,\n" JULY H0
                        "2,2,USD,Usage,,Standard,r-1,0.2,Hours," DETAILS ",,,\n" JULY H0
                        "-3,-3,USD,Usage,Correction,Standard,r-1,-0.3,Hours," DETAILS ",,,\n",
                        &bill, &err),
              "%s", err.what);
    cr_assert(eq(dbl, bill.types[0].hours, 0.0));
    cr_assert(eq(int, bill.n_hours, 0));
    arena_release(&arena);
}

/* The billing period where rows have it; else the periods of all charges, but no fee of a term. */
Test(cloud_bill, the_period_is_that_of_the_bill) {
    static const struct {
        const char *text;
        int64_t hours;
    } cases[] = {
        {PERIOD_HEAD JULY H1 "1,1,USD,Usage," ONE, 744},
        {PERIOD_HEAD JULY H1 "1,1,USD,Usage," ONE "2026-06-01T00:00:00Z,2026-07-01T00:00:00Z,"
                             "2026-06-01T00:00:00Z,2026-07-01T00:00:00Z,5,5,USD,Tax,,,,,,,,,\n",
         744 + 720},
        {FOCUS_HEAD ROW_B, 1},
        {FOCUS_HEAD ROW_B "2026-07-01T00:00:00Z,2026-08-01T00:00:00Z,9,0,USD,Tax,,,,,,,\n", 744},
        {FOCUS_HEAD ROW_B "2026-07-01T00:00:00Z,2029-07-01T00:00:00Z,9,0,USD,Purchase,,,,,,,\n", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct cloud_bill bill;
        cr_assert(read_bill(&arena, cases[i].text, &bill, &err), "%zu: %d:%d %s", i, err.line,
                  err.column, err.what);
        cr_expect(eq(i64, bill.period_to_hour - bill.period_from_hour, cases[i].hours), "%zu", i);
        arena_release(&arena);
    }
}

static const char *skipped_of(struct arena *arena, const struct cloud_bill *bill) {
    struct text out = {.arena = arena};
    text_append_string(&out, "");
    for (int i = 0; i < bill->n_skipped; i++)
        text_printf(&out, "%lld %s\n", (long long)bill->skipped[i].n_rows, bill->skipped[i].reason);
    return out.data;
}

Test(cloud_bill, rows_without_instances_have_a_reason) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    const char *text = arena_printf(&arena, "%s" H0 "1,1,USD,Usage,Standard,,r-1,1,Furlongs,%s,\n",
                                    focus, DETAILS);
    cr_assert(read_bill(&arena, text, &bill, &err), "%s", err.what);
    cr_assert(eq(str, (char *)skipped_of(&arena, &bill),
                 "1 a unit other than hours, minutes and seconds\n"
                 "1 commitments and capacity that were not used\n"
                 "1 purchases\n1 tax\n1 usage without an instance type\n"));
    cr_assert(read_bill(&arena, cur, &bill, &err), "%s", err.what);
    cr_assert(eq(str, (char *)skipped_of(&arena, &bill),
                 "1 fees of reserved instances\n1 fees of savings plans\n"
                 "1 negations of what savings plans cover\n1 services other than AmazonEC2\n"));
    arena_release(&arena);
}

/* ri-1 covers 2 h for 0.9, sp-1 one for 0.7; what ri-1 did not use covers nothing. */
Test(cloud_bill, commitments_by_name) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
#define COVERED(usd, by) "0," usd ",USD,Usage,,Committed,r-1,1,Hours," DETAILS "," by "\n"
    cr_assert(read_bill(&arena,
                        PERIOD_HEAD JULY H0 COVERED("0.4", "ri-1,Usage,Used") JULY H1 COVERED(
                            "0.5", "ri-1,Usage,Used") JULY H1 COVERED("0.7", "sp-1,Spend,Used")
                            JULY H1 COVERED("0.2", "ri-1,Usage,Unused"),
                        &bill, &err),
              "%s", err.what);
    cr_assert(eq(int, bill.n_commitments, 2));
    cr_assert(eq(str, (char *)bill.commitments[0].id, "ri-1"));
    cr_assert(eq(int, (int)bill.commitments[0].kind, BILLED_RESERVED));
    cr_assert(eq(dbl, bill.commitments[0].hours, 2.0));
    cr_assert(epsilon_eq(dbl, bill.commitments[0].effective_usd, 0.9, 1e-12));
    cr_assert(eq(str, (char *)bill.commitments[1].id, "sp-1"));
    cr_assert(eq(int, (int)bill.commitments[1].kind, BILLED_PLAN));
    cr_assert(epsilon_eq(dbl, bill.commitments[1].effective_usd, 0.7, 1e-12));
    cr_assert(eq(int, bill.n_owed, 2));
    cr_assert(eq(str, (char *)bill.owed[0].id, "ri-1"));
    cr_assert(eq(str, (char *)bill.owed[0].instance, "g5.xlarge"));
    cr_assert(epsilon_eq(dbl, bill.owed[0].used_usd, 0.9, 1e-12));
    cr_assert(epsilon_eq(dbl, bill.owed[0].unused_usd, 0.2, 1e-12));
    cr_assert(epsilon_eq(dbl, bill.owed[1].used_usd, 0.7, 1e-12));
    cr_assert(eq(dbl, bill.owed[1].unused_usd, 0.0));
    arena_release(&arena);
}

/* Of the bill above: the reservation 0.5 used and 0.2 not, the plan 0.6 used and 0.4 not. The file
 * has no ids; the fee's usage type tells the reservation's type. */
Test(cloud_bill, cur_tells_what_commitments_were_not_used) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    cr_assert(read_bill(&arena, cur, &bill, &err), "%s", err.what);
    static const struct {
        enum cloud_bill_commitment_kind kind;
        const char *instance;
        double used, unused;
    } want[] = {{BILLED_RESERVED, "", 0.5, 0},
                {BILLED_RESERVED, "g5.xlarge", 0, 0.2},
                {BILLED_PLAN, "", 0.6, 0.4}};
    cr_assert(eq(int, bill.n_owed, 3));
    for (int i = 0; i < 3; i++) {
        cr_expect(eq(int, (int)bill.owed[i].kind, (int)want[i].kind), "%d", i);
        cr_expect(eq(str, (char *)bill.owed[i].instance, (char *)want[i].instance), "%d", i);
        cr_expect(epsilon_eq(dbl, bill.owed[i].used_usd, want[i].used, 1e-12), "%d", i);
        cr_expect(epsilon_eq(dbl, bill.owed[i].unused_usd, want[i].unused, 1e-12), "%d", i);
    }
    arena_release(&arena);
}

/* AWS bills by the calendar month: its begin tells it. An hour of July is an hour of 744, one of a
 * leap year's February of 696. Without either stamp the usage's own period is all there is. */
Test(cloud_bill, a_month_of_cur_is_told_by_its_begin) {
    static const struct {
        const char *head, *cells, *hour;
        int64_t hours;
    } cases[] = {
        {"bill_billing_period_start_date,", "2026-07-01 00:00:00,", C0, 744},
        {"bill_billing_period_start_date,bill_billing_period_end_date,", "2026-07-01 00:00:00,,",
         C0, 744},
        {"bill_billing_period_start_date,bill_billing_period_end_date,",
         "2026-07-01 00:00:00,2026-07-11 00:00:00,", C0, 240},
        {"bill_billing_period_start_date,", "2028-02-01 00:00:00,",
         "2028-02-09T00:00:00Z,2028-02-09T01:00:00Z,", 696},
        {"", "", C0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct cloud_bill bill;
        const char *text =
            arena_printf(&arena, "%s" CUR_HEAD "%s%s1.006,USD,Usage,1.0," G5 ",,,,\n",
                         cases[i].head, cases[i].cells, cases[i].hour);
        cr_assert(read_bill(&arena, text, &bill, &err), "%zu: %d:%d %s", i, err.line, err.column,
                  err.what);
        cr_expect(eq(i64, bill.period_to_hour - bill.period_from_hour, cases[i].hours), "%zu", i);
        arena_release(&arena);
    }
}

/* ---- the week ---- */

/* A bill of 28 days from Monday 2026-06-01: `counts` instances at each hour of the day in the weeks
 * of `weeks` (bits). */
static const char *weeks_bill(struct arena *arena, const int *counts, unsigned weeks) {
    struct text out = {.arena = arena};
    text_append_string(&out, PERIOD_HEAD);
    for (int h = 0; h < 28 * 24; h++) {
        if ((weeks >> h / 168 & 1) == 0 || counts[h % 24] == 0)
            continue;
        text_printf(&out,
                    "2026-06-01T00:00:00Z,2026-06-29T00:00:00Z,2026-06-%02dT%02d:00:00Z,"
                    "2026-06-%02dT%02d:59:00Z,1,1,USD,Usage,,Standard,r-1,%d,Hours,%s,,,\n",
                    1 + h / 24, h % 24, 1 + h / 24, h % 24, counts[h % 24], DETAILS);
    }
    return out.data;
}

static double week_sum(const double *week) {
    double sum = 0;
    for (int k = 0; k < CLOUD_BILL_WEEK; k++)
        sum += week[k];
    return sum;
}

Test(cloud_bill, the_week_of_a_bill) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    static const bool wanted[1] = {true};
    int counts[24];
    double week[CLOUD_BILL_WEEK];
    for (int i = 0; i < 24; i++)
        counts[i] = i >= 8 && i < 20 ? 4 : 2;
    /* all weeks alike: the same numbers */
    cr_assert(read_bill(&arena, weeks_bill(&arena, counts, 15), &bill, &err), "%s", err.what);
    cr_assert(cloud_bill_week(&bill, wanted, week));
    for (int k = 0; k < CLOUD_BILL_WEEK; k++)
        cr_expect(eq(dbl, week[k], counts[k % 24]), "%d", k);
    /* the last week alone: 504 h in 672, a quarter of each number */
    cr_assert(read_bill(&arena, weeks_bill(&arena, counts, 8), &bill, &err), "%s", err.what);
    cr_assert(cloud_bill_week(&bill, wanted, week));
    for (int k = 0; k < CLOUD_BILL_WEEK; k++)
        cr_expect(epsilon_eq(dbl, week[k], counts[k % 24] / 4.0, 1e-12), "%d", k);
    /* one hour of July, 744 h: Wednesday 2026-07-01T00, and 1/744 of an instance on average */
    cr_assert(read_bill(&arena, PERIOD_HEAD JULY H0 "1,1,USD,Usage," ONE, &bill, &err));
    cr_assert(cloud_bill_week(&bill, wanted, week));
    cr_expect(epsilon_eq(dbl, week_sum(week) / 168, 1.0 / 744, 1e-15));
    cr_expect(epsilon_eq(dbl, week[48], 168.0 / 744, 1e-12));
    /* by the day: 48 h of 744, in all hours alike */
    cr_assert(read_bill(&arena,
                        PERIOD_HEAD JULY "2026-07-02T00:00:00Z,2026-07-03T00:00:00Z,1,1,USD,Usage,,"
                                         "Standard,r-1,48,Hours," DETAILS ",,,\n",
                        &bill, &err));
    cr_assert(cloud_bill_week(&bill, wanted, week));
    cr_expect(epsilon_eq(dbl, week[0], 48.0 / 744, 1e-15));
    cr_expect(epsilon_eq(dbl, week[167], 48.0 / 744, 1e-15));
    /* nothing of the wanted types */
    static const bool none[1] = {false};
    cr_assert(not(cloud_bill_week(&bill, none, week)));
    cr_expect(eq(dbl, week_sum(week), 0.0));
    arena_release(&arena);
}

static const struct {
    const char *name, *text, *what;
    int line, column;
} broken[] = {
    {"parquet", "PAR1\x15\x04", "a Parquet file", 1, 1},
    {"no bill", "a,b\n1,2\n", "this is no bill", 1, 1},
    {"column", "ChargePeriodStart,BilledCost\n", "column 'ChargePeriodEnd' is missing", 1, 0},
    {"currency", FOCUS_HEAD H0 "1,1,CNY,Usage,,,,,,,\n", "a bill in 'CNY'", 2, 47},
    {"no currency", FOCUS_HEAD H0 "1,1,,Usage,,,,,,,\n", "a bill in ''", 2, 47},
    {"NaN", FOCUS_HEAD H0 "nan,1,USD,Usage,,,,,,,\n", "'nan' is not a number", 2, 43},
    {"words", FOCUS_HEAD H0 "$1,1,USD,Usage,,,,,,,\n", "'$1' is not a number", 2, 43},
    {"time", FOCUS_HEAD "July,July,1,1,USD,Usage,Standard,,r-1,1,Hours," DETAILS ",\n",
     "expected a time", 2, 1},
    {"period",
     FOCUS_HEAD "2026-07-01T00:00:00Z,2026-07-01T00:00:00Z,1,1,USD,Usage,Standard,,r-1,1,"
                "Hours," DETAILS ",\n",
     "the period of a row", 2, 22},
    {"hours", FOCUS_HEAD H0 "1,1,USD,Usage,Standard,,r-1,-1,Hours," DETAILS ",\n",
     "-1 hours of g5.xlarge", 2, 71},
    {"no cost", FOCUS_HEAD H0 ",1,USD,Tax,,,,,,,\n", "no cost", 2, 43},
    {"no effective cost", FOCUS_HEAD H0 "1,,USD,Tax,,,,,,,\n", "no cost", 2, 45},
    {"time of a tax", FOCUS_HEAD "July,July,1,1,USD,Tax,,,,,,,\n", "expected a time", 2, 1},
    {"fields", FOCUS_HEAD "1,2\n", "2 fields, but the header has 13", 2, 0},
    {"rows", FOCUS_HEAD, "a bill without rows", 0, 0},
};

Test(cloud_bill, mistakes_are_told_at_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct cloud_bill bill = {.n_types = -7};
        cr_assert(not(read_bill(&arena, broken[i].text, &bill, &err)), "%s", broken[i].name);
        cr_expect(strstr(err.what, broken[i].what) != NULL, "%s: %s", broken[i].name, err.what);
        cr_expect(eq(int, err.line, broken[i].line), "%s", broken[i].name);
        cr_expect(eq(int, err.column, broken[i].column), "%s", broken[i].name);
        cr_expect(eq(int, bill.n_types, -7), "%s", broken[i].name);
        arena_release(&arena);
    }
}
