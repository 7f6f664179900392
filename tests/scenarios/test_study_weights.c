/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights that launches load, by every way that they take: by hand in the bill, as rows of the
 * FOCUS export and in the unit costs, and told where they are paid, free, or not known. */
#include "focus_cells.h"
#include "study_memory.h"

#include "scenarios/result.h"
#include "scenarios/study_scaling.h"

#define MONTH_H 730.0

/* An instance at 1 USD an hour; 10 USD a GB, and 400 USD a thousand requests. */
#define BOOK                                                                                       \
    "headroom_price_book,1,ways,USD\n"                                                             \
    "kind,sku,region,option,unit,usd,status,source,as_of,access,zones_kept,free\n"                 \
    "instance,g4dn.xlarge,us-east-1,on_demand,hour,1,published,here,2026-11-01,,,\n"               \
    "transfer,nat-gateway,us-east-1,on_demand,GB,10,published,here,2026-11-01,,,\n"                \
    "transfer,cross-zone,us-east-1,on_demand,GB,10,published,here,2026-11-01,,,\n"
#define BUCKET                                                                                     \
    "storage,s3-standard,us-east-1,on_demand,GB-month,0.02,published,here,2026-11-01,instant,3,"   \
    "retrieval writes\n"                                                                           \
    "storage,s3-standard,us-east-1,on_demand,1K reads,400,published,here,2026-11-01,,,\n"

static const char *run_into(struct arena *arena, const char *over, const char *book,
                            struct study *study) {
    const char *text = arena_printf(arena, "%sprices: ways.csv\nscaling: { boot: 0s%s }\n%s", HEAD,
                                    over, AFTERNOONS);
    const struct memory_file files[] = {{"t.yaml", text}, {"ways.csv", book}, {NULL, NULL}};
    return memory_study(arena, (struct memory_run){.files = files, .alone = true}, study);
}

/* bert-base in bf16 has 109,482,240 x 2 bytes = 0.203926 GB, 27 requests of 8 MiB. A month has 7 x
 * 730 / 168 launches: over a NAT gateway x 0.203926 x 10, between zones twice that, out of a bucket
 * x 27 x 0.4; straight from the internet nothing. */
Test(study_weights, cost_at_every_launch_by_their_way) {
    static const struct {
        const char *over, *words;
        double usd_a_launch;
        bool told;
    } cases[] = {
        {"", "not counted: scaling.weights_over states their way", 0, false},
        {", weights_over: internet", "straight from the internet: what comes in is free", 0, false},
        {", weights_over: nat-gateway", "nat-gateway: 0.204 GB, $2.04 a launch", 2.039264, true},
        {", weights_over: cross-zone", "cross-zone: 0.204 GB, $4.08 a launch", 4.078528, true},
        {", weights_over: s3",
         "from a bucket of the region: 0.204 GB in 27 requests, $10.8 a launch", 10.8, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study;
        const char *mistakes = run_into(&arena, cases[i].over, BOOK BUCKET, &study);
        cr_assert(eq(str, (char *)mistakes, ""));
        double month = cases[i].usd_a_launch * 7 * MONTH_H / 168;
        const struct study_fleet *fleet = &study.recommended;
        cr_expect(
            epsilon_eq(dbl, fleet->by_kind_usd_per_month[CHARGE_WEIGHTS], month, 1e-5 * month));
        cr_expect(epsilon_eq(dbl, fleet->bill_usd_per_month,
                             fleet->by_kind_usd_per_month[CHARGE_ON_DEMAND] + month,
                             1e-4 + 1e-5 * month));
        cr_expect(eq(str, (char *)study_weights_words(&arena, &study), (char *)cases[i].words));
        cr_expect(eq(int, has_notice(&study, "weights-at-launches"), cases[i].told));
        arena_release(&arena);
    }
}

/* What the workload bears, and so its cost of a thousand requests, has them. */
Test(study_weights, are_in_the_unit_costs) {
    double usd[2], requests = 0;
    for (int with = 0; with < 2; with++) {
        struct arena arena = {0};
        struct study study;
        cr_assert(
            eq(str, (char *)run_into(&arena, with ? ", weights_over: s3" : "", BOOK BUCKET, &study),
               ""));
        usd[with] = study.units[0].usd_per_thousand_requests;
        requests = study.units[0].requests;
        arena_release(&arena);
    }
    double want = 10.8 * 7 * MONTH_H / 168 / requests * 1000;
    cr_expect(epsilon_eq(dbl, usd[1] - usd[0], want, 1e-6 * want));
}

/* 365 launches a year of 27 requests at 0.40 USD, of the service that keeps the objects; over the
 * gateway as so many GB. */
Test(study_weights, are_rows_of_the_focus_export) {
    static const struct {
        const char *over, *words;
        double quantity, usd;
    } cases[] = {
        {", weights_over: s3", "Model weights read", 365 * 27, 365 * 10.8},
        {", weights_over: nat-gateway", "Model weights moved", 365 * 0.2039264, 365 * 2.039264}};
    for (int i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct study study;
        struct text csv = {.arena = &arena};
        cr_assert(eq(str, (char *)run_into(&arena, cases[i].over, BOOK BUCKET, &study), ""));
        result_append_focus_csv(&study, &csv);
        double quantity = focus_sum(csv.data, cases[i].words, "PricingQuantity");
        double billed = focus_sum(csv.data, cases[i].words, "BilledCost");
        cr_expect(epsilon_eq(dbl, quantity, cases[i].quantity, 1e-5 * cases[i].quantity));
        cr_expect(epsilon_eq(dbl, billed, cases[i].usd, 1e-5 * cases[i].usd));
        cr_expect(eq(int, strstr(csv.data, "Amazon Simple Storage Service") != NULL, i == 0));
        arena_release(&arena);
    }
}

/* A bucket whose requests have no rate is no free one. */
Test(study_weights, a_bucket_without_a_rate_is_told) {
    struct arena arena = {0};
    struct study study;
    const char *got = run_into(&arena, ", weights_over: s3", BOOK, &study);
    cr_expect(strstr(got, "t.yaml:6:36 the price book ways has no rate for 's3-standard' in "
                          "us-east-1") != NULL,
              "%s", got);
    arena_release(&arena);
}
