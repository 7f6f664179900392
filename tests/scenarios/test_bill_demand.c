/* SPDX-License-Identifier: GPL-3.0-or-later */
/* demand.hourly of a provider's bill: instance hours times per_instance_hour, in the hours in which
 * they ran, of the types under run_on and however they were bought; the same as the series written
 * by hand; what does not fit is told where the scenario names it. */
#include <stdio.h>

#include "study_memory.h"

#define BOOK                                                                                       \
    "headroom_price_book,1,mine,USD\nkind,sku,region,option,unit,usd,status,source,as_of\n"        \
    "instance,g4dn.xlarge,us-east-1,on_demand,hour,0.526,published,here,2026-12-01\n"
#define SCENARIO(demand)                                                                           \
    HEAD "prices: book.csv\nworkloads:\n"                                                          \
         "  - name: embed\n"                                                                       \
         "    demand: { " demand ", tokens: { input: 60 tokens, output: 0 tokens } }\n"            \
         "    slo: { latency: 500ms, share: 95% }\n"                                               \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"
#define BILL "hourly: bill.csv, per_instance_hour: 1800"
#define SERIES "hourly: series.csv"

#define BILL_HEAD                                                                                  \
    "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,BilledCost,"            \
    "EffectiveCost,BillingCurrency,ChargeCategory,PricingCategory,CommitmentDiscountStatus,"       \
    "ConsumedQuantity,ConsumedUnit,SkuPriceDetails\n"
/* Monday */
#define PERIOD "2026-11-02T00:00:00Z,2026-11-02T04:00:00Z,"
#define HOUR(from, to) PERIOD "2026-11-02T0" #from ":00:00Z,2026-11-02T0" #to ":00:00Z,"
#define G4 "\"{\"\"InstanceType\"\": \"\"g4dn.xlarge\"\"}\"\n"
#define M5 "\"{\"\"InstanceType\"\": \"\"m5.large\"\"}\"\n"
/* Hour 0: two on demand. Hour 1: one covered and one half on spot, and what a commitment did not
 * use, which is no instance. Hour 2: nothing of the type. Hour 3: one. */
static const char bill[] = BILL_HEAD HOUR(0, 1) "1.052,1.052,USD,Usage,Standard,,2,Hours," G4 HOUR(
    1, 2) "0,0.3,USD,Usage,Committed,Used,1,Hours," G4
    HOUR(1, 2) "0,0.3,USD,Usage,Committed,Unused,1,Hours," G4 HOUR(
        1, 2) "0.1,0.1,USD,Usage,Dynamic,,1800,Seconds," G4
        HOUR(2, 3) "0.096,0.096,USD,Usage,Standard,,1,Hours," M5 HOUR(
            3, 4) "0.526,0.526,USD,Usage,Standard,,1,Hours," G4;
/* at 1800 an instance hour */
static const char series[] = "hour,requests\n2026-11-02T00:00:00Z,3600\n2026-11-02T01:00:00Z,2700\n"
                             "2026-11-02T02:00:00Z,0\n2026-11-02T03:00:00Z,1800\n";

static const char *run_demand(struct arena *arena, const char *scenario, const char *text,
                              struct study *study) {
    const struct memory_file files[] = {{"t.yaml", scenario},
                                        {"book.csv", BOOK},
                                        {"bill.csv", text},
                                        {"series.csv", series},
                                        {NULL, NULL}};
    return memory_study(arena, (struct memory_run){.files = files, .size_only = true}, study);
}

Test(bill_demand, a_bill_is_the_series_that_it_stands_for) {
    struct arena arena = {0};
    struct study by_bill = {0}, by_hand = {0};
    cr_assert(eq(str, (char *)run_demand(&arena, SCENARIO(BILL), bill, &by_bill), ""));
    cr_assert(eq(str, (char *)run_demand(&arena, SCENARIO(SERIES), bill, &by_hand), ""));
    const struct demand *a = &by_bill.demand, *b = &by_hand.demand;
    cr_assert(eq(int, a->n_hours, b->n_hours));
    double all = 0;
    for (int h = 0; h < a->n_hours; h++) {
        cr_expect(epsilon_eq(dbl, a->rate_per_second[h], b->rate_per_second[h], 1e-12), "%d", h);
        all += a->rate_per_second[h];
    }
    cr_assert(gt(dbl, all, 0));
    /* hours 0 to 3 of Monday: 2, 1.5, 0 and 1 instances of half a request a second */
    static const double monday[] = {1, 0.75, 0, 0.5};
    for (int h = 0; h < 4; h++)
        cr_expect(epsilon_eq(dbl, a->rate_per_second[h] / a->rate_per_second[0], monday[h], 1e-9),
                  "%d: %g", h, a->rate_per_second[h]);
    arena_release(&arena);
}

/* The example of the page is the scenario above. */
Test(bill_demand, the_page_has_this_example) {
    char page[65536] = "";
    FILE *file = fopen("docs/formats.md", "rb");
    cr_assert(file != NULL);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    cr_assert(strstr(page, "\ndemand: { " BILL
                           ", tokens: { input: 60 tokens, output: 0 tokens } }\n") != NULL);
    cr_assert(strstr(page, "3600, 2700 and 0 requests") != NULL);
}

/* The hash among the inputs is the file's, so that a result tells which bill it came of. */
Test(bill_demand, the_bill_stands_among_the_inputs) {
    struct arena arena = {0};
    struct study study = {0};
    cr_assert(eq(str, (char *)run_demand(&arena, SCENARIO(BILL), bill, &study), ""));
    struct err err = {0};
    char sha256[65], *rest = NULL;
    struct bytes all;
    struct source *source = source_open_memory(&arena, bytes_of(bill), "bill.csv", &err);
    cr_assert(source_read_all(&arena, source, sizeof bill, &all, &err));
    source_sha256(source, sha256);
    source_close(source);
    for (int i = 0; i < study.n_inputs; i++)
        if (strcmp(study.inputs[i].role, "traffic") == 0)
            rest = (char *)study.inputs[i].sha256;
    cr_assert(ne(ptr, rest, NULL));
    cr_assert(eq(str, rest, sha256));
    arena_release(&arena);
}

#define DAY "2026-11-02T00:00:00Z,2026-11-03T00:00:00Z,"
Test(bill_demand, what_does_not_fit_is_told) {
    static const struct {
        const char *scenario, *bill, *error;
    } cases[] = {
        {SCENARIO("hourly: bill.csv"), bill, "tells hours of instances, not requests"},
        {SCENARIO("hourly: bill.csv"), bill, "state per_instance_hour"},
        {SCENARIO("trace: bill.csv"), bill, "is the provider's bill, not a request log"},
        {SCENARIO("hourly: series.csv, per_instance_hour: 1800"), bill,
         "'per_instance_hour' is for a provider's bill"},
        {SCENARIO(BILL), BILL_HEAD DAY DAY "1,1,USD,Usage,Standard,,24,Hours," G4,
         "is a bill without hours of instances"},
        {SCENARIO(BILL), BILL_HEAD HOUR(2, 3) "1,1,USD,Usage,Standard,,1,Hours," M5,
         "has no hours of a type under run_on"},
        {SCENARIO(BILL), BILL_HEAD HOUR(2, 3) "1,1,CNY,Usage,Standard,,1,Hours," G4,
         "a bill in 'CNY', not in USD"},
        {SCENARIO(BILL), "PAR1", "a Parquet file"},
        {SCENARIO("hourly: bill.csv, per_instance_hour: 0"), bill, "per_instance_hour"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = {0};
        const char *got = run_demand(&arena, cases[i].scenario, cases[i].bill, &study);
        cr_expect(strstr(got, cases[i].error) != NULL, "%zu: %s: %s", i, cases[i].error, got);
        cr_expect(strstr(got, "t.yaml:") != NULL || strstr(got, "bill.csv:") != NULL, "%zu: %s", i,
                  got);
        arena_release(&arena);
    }
}
