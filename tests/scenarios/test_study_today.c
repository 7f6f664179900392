/* SPDX-License-Identifier: GPL-3.0-or-later */
/* today.focus: a bill of two instances in all hours gives the baseline of today.fleet with two;
 * spot and committed hours, other types, mean numbers and the money of a month by hand; what cannot
 * be read or does not fit is told where the scenario names it. */
#include "pricing/cloud_bill.h"
#include "scenarios/result.h"
#include "study_memory.h"

#define BOOK                                                                                       \
    "headroom_price_book,1,mine,USD\nkind,sku,region,option,unit,usd,status,source,as_of\n"        \
    "instance,g4dn.xlarge,us-east-1,on_demand,hour,0.526,published,here,2026-12-01\n"              \
    "instance,g4dn.xlarge,us-east-1,spot,hour,0.2,published,here,2026-12-01\n"
#define SCENARIO(today)                                                                            \
    HEAD "prices: book.csv\n" today "workloads:\n"                                                 \
         "  - name: embed\n"                                                                       \
         "    demand: { hourly: load.csv, tokens: { input: 60 tokens, output: 0 tokens } }\n"      \
         "    slo: { latency: 500ms, share: 95% }\n"                                               \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"
#define FLEET "today: { fleet: [ { instance: g4dn.xlarge, count: 2 } ] }\n"
#define FOCUS "today: { focus: bill.csv }\n"

#define BILL_HEAD                                                                                  \
    "ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,"   \
    "PricingCategory,ConsumedQuantity,ConsumedUnit,SkuPriceDetails\n"
#define DAY "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,"
#define G4 "\"{\"\"InstanceType\"\": \"\"g4dn.xlarge\"\"}\"\n"
#define M5 "\"{\"\"InstanceType\"\": \"\"m5.large\"\"}\"\n"
#define TWO                                                                                        \
    BILL_HEAD DAY "20,20,USD,Usage,Standard,24,Hours," G4 DAY                                      \
                  "0,10,USD,Usage,Committed,24,Hours," G4
/* 25 hours of a day: 1.04 instances on average, so two; 6 hours on spot: one. */
#define PART                                                                                       \
    BILL_HEAD DAY "13.15,13.15,USD,Usage,Standard,25,Hours," G4 DAY                                \
                  "1.2,1.2,USD,Usage,Dynamic,6,Hours," G4 DAY                                      \
                  "2.304,2.304,USD,Usage,Standard,24,Hours," M5

static struct study run_study(struct arena *arena, const char *scenario, const char *bill,
                              bool size_only) {
    const struct memory_file files[] = {{"t.yaml", scenario},
                                        {"book.csv", BOOK},
                                        {"load.csv", "hour,requests\n0,3600\n1,7200\n2,3600\n"},
                                        {"bill.csv", bill},
                                        {NULL, NULL}};
    struct study study = {0};
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .size_only = size_only}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

Test(study_today, a_bill_of_a_fleet_gives_the_baseline_of_that_fleet) {
    struct arena arena = {0};
    struct study fleet = run_study(&arena, SCENARIO(FLEET), TWO, false);
    struct study bill = run_study(&arena, SCENARIO(FOCUS), TWO, false);
    /* one of the two by the book, and one as a commitment covered it, for 10 a day */
    cr_assert(epsilon_eq(dbl, fleet.baseline.bill_usd_per_month, 2 * 0.526 * 730, 1e-3 * 768));
    cr_assert(
        epsilon_eq(dbl, bill.baseline.bill_usd_per_month, (0.526 + 10.0 / 24) * 730, 1e-3 * 688));
    cr_assert(gt(dbl, bill.baseline.bill_usd_per_month, 0));
    cr_assert(eq(str, (char *)fleet.baseline_name, "today's fleet"));
    cr_assert(eq(str, (char *)bill.baseline_name, "today's fleet, from bill.csv"));
    /* 20 billed and 30 effective a day */
    cr_assert(epsilon_eq(dbl, bill.today_bill.billed_usd_per_month, 20.0 / 24 * 730, 1e-9));
    cr_assert(epsilon_eq(dbl, bill.today_bill.effective_usd_per_month, 30.0 / 24 * 730, 1e-9));
    arena_release(&arena);
}

/* One instance for 12 of 24 hours is half of one: 0.5 x 0.526 USD/h x 730 h = 191.99 a month, where
 * a whole one is 383.98. */
#define HALF BILL_HEAD DAY "6.312,6.312,USD,Usage,Standard,12,Hours," G4

Test(study_today, a_part_of_an_instance_is_billed_as_that_part) {
    struct arena arena = {0};
    struct study study = run_study(&arena, SCENARIO(FOCUS), HALF, false);
    cr_assert(eq(int, study.scenario.today[0].count, 1));
    cr_assert(epsilon_eq(dbl, study.baseline.bill_usd_per_month, 0.5 * 0.526 * 730, 1e-3 * 192));
    arena_release(&arena);
}

Test(study_today, mean_numbers_are_rounded_up_and_other_types_left_out) {
    struct arena arena = {0};
    struct study study = run_study(&arena, SCENARIO(FOCUS), PART, true);
    const struct scenario *scenario = &study.scenario;
    cr_assert(eq(int, scenario->n_today, 2));
    cr_assert(eq(int, scenario->today[0].count, 2));
    cr_assert(not(scenario->today[0].spot));
    cr_assert(eq(int, scenario->today[1].count, 1));
    cr_assert(scenario->today[1].spot);
    cr_assert(
        epsilon_eq(dbl, study.today_bill.serving_usd_per_month, (13.15 + 1.2) / 24 * 730, 1e-9));
    arena_release(&arena);
}

#define PERIOD_HEAD                                                                                \
    "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,BilledCost,"            \
    "EffectiveCost,BillingCurrency,ChargeCategory,PricingCategory,CommitmentDiscountId,"           \
    "CommitmentDiscountCategory,ConsumedQuantity,ConsumedUnit,SkuPriceDetails\n"
#define NOVEMBER "2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,"
#define TEN "2026-11-16T10:00:00Z,2026-11-16T11:00:00Z,"
#define S3 "2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,100,100,USD,Usage,Standard,,,1,GB-Mo,\n"

/* One hour of a g4dn.xlarge for 0.526 and 100 of storage in November, 720 h: 100.526 as billed,
 * 100.526 x 730 / 720 = 101.922 by the month of 730 h; 0.526 x 730 / 720 = 0.5333 of it serves. The
 * fleet is 1/720 of an instance on average, one at most: Monday 10:00 is hour 10 of the week. */
Test(study_today, an_hour_of_a_month_is_an_hour_of_a_month) {
    struct arena arena = {0};
    struct study study = run_study(
        &arena, SCENARIO(FOCUS),
        PERIOD_HEAD NOVEMBER TEN "0.526,0.526,USD,Usage,Standard,,,1,Hours," G4 NOVEMBER S3, false);
    const struct study_today_bill *bill = &study.today_bill;
    const struct today_instance *today = &study.scenario.today[0];
    cr_assert(eq(i64, bill->period_to_hour - bill->period_from_hour, 720));
    cr_assert(epsilon_eq(dbl, bill->effective_usd, 100.526, 1e-9));
    cr_assert(epsilon_eq(dbl, bill->billed_usd_per_month, 100.526 * 730 / 720, 1e-9));
    cr_assert(epsilon_eq(dbl, bill->serving_usd_per_month, 0.526 * 730 / 720, 1e-9));
    cr_assert(eq(int, today->count, 1));
    for (int k = 0; k < 168; k++)
        cr_expect(epsilon_eq(dbl, today->by_hour[k], k == 10 ? 168.0 / 720 : 0, 1e-12), "%d", k);
    /* the weeks that are replayed have whole hours; the bill is of what ran */
    cr_assert(epsilon_eq(dbl, study.baseline.bill_usd_per_month, 0.526 * 730 / 720, 1e-3));
    cr_assert(strstr(notice_of(&study, "today-bill"), "(it ran in 1 of 720 h)") != NULL, "%s",
              notice_of(&study, "today-bill"));
    cr_assert(eq(str, (char *)notice_of(&study, "today-committed"), ""));
    arena_release(&arena);
}

/* The bill that the program writes is one that it reads: all its money, and its instance hours. */
Test(study_today, the_exported_bill_of_a_plan_reads_back) {
    struct arena arena = {0};
    struct err err = {0};
    struct cloud_bill bill;
    struct text focus = {.arena = &arena};
    struct study study = run_study(&arena, SCENARIO(FLEET), TWO, false);
    result_append_focus_csv(&study, &focus);
    struct source *source =
        source_open_memory(&arena, (struct bytes){focus.data, focus.n}, "focus.csv", &err);
    cr_assert(cloud_bill_read(&arena, source, &bill, &err), "%d:%d %s", err.line, err.column,
              err.what);
    double want = study.recommended.bill_usd_horizon;
    cr_assert(epsilon_eq(dbl, bill.effective_usd, want, 1e-6 * want));
    cr_assert(ge(int, bill.n_types, 1));
    cr_assert(eq(str, (char *)bill.types[0].instance, "g4dn.xlarge"));
    double usd = 0, hours = 0;
    for (int i = 0; i < bill.n_types; i++) {
        usd += bill.types[i].effective_usd;
        hours += bill.types[i].hours;
    }
    cr_assert(gt(dbl, hours, 0));
    cr_assert(epsilon_eq(dbl, usd / hours, 0.526, 1e-6));
    arena_release(&arena);
}

static const struct {
    const char *today, *bill, *error;
} broken[] = {
    {FOCUS, BILL_HEAD DAY "1,1,USD,Usage,Standard,24,Hours," M5,
     "the bill has no hours of a type under run_on"},
    {FOCUS, BILL_HEAD DAY "1,1,CNY,Usage,Standard,24,Hours," G4, "a bill in 'CNY', not in USD"},
    {FOCUS, "PAR1", "a Parquet file"},
    {"today: { focus: lost.csv }\n", TWO, "cannot read the bill 'lost.csv'"},
    {"today: { focus: bill.csv, fleet: [ { instance: g4dn.xlarge, count: 2 } ] }\n", TWO,
     "today has a fleet and a bill"},
};

Test(study_today, what_does_not_fit_is_told) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct text scenario = {.arena = &arena};
        text_printf(&scenario, "%s%s%s", HEAD, broken[i].today, strstr(SCENARIO(""), "prices:"));
        const struct memory_file files[] = {{"t.yaml", scenario.data},
                                            {"book.csv", BOOK},
                                            {"load.csv", "hour,requests\n0,3600\n1,3600\n"},
                                            {"bill.csv", broken[i].bill},
                                            {NULL, NULL}};
        struct study study = {0};
        const char *got =
            memory_study(&arena, (struct memory_run){.files = files, .size_only = true}, &study);
        cr_expect(strstr(got, broken[i].error) != NULL, "%s: %s", broken[i].error, got);
        arena_release(&arena);
    }
}
