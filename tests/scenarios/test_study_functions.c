/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions in whole studies: which of their setups are open, and what savings plans cover of their
 * calls and of the copies that they hold, by hand. */
#include "study_memory.h"

#include <math.h>

#define MONTH_H 730.0

#define BOOK_HEAD                                                                                  \
    "headroom_price_book,1,round,USD\n"                                                            \
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"
#define FUNCTION_RATE(option, term, payment, unit, usd)                                            \
    "function,lambda-arm64,us-east-1," option "," term "," payment "," unit "," usd                \
    ",published,here,2026-11-01\n"
static const char function_book[] = BOOK_HEAD FUNCTION_RATE("on_demand", "", "", "GB-second", "1")
    FUNCTION_RATE("on_demand", "", "", "1M requests", "1000000")
        FUNCTION_RATE("plan_compute", "1y", "no_upfront", "GB-second", "0.5");

static struct study run(struct arena *arena, const char *text, const char *book) {
    const struct memory_file files[] = {{"t.yaml", text}, {"functions.csv", book}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

#define FUNCTION_OF(model, entries, owned)                                                         \
    HEAD "prices: functions.csv\n" owned "workloads:\n"                                            \
         "  - name: search\n"                                                                      \
         "    demand: { generate: { rate: 0.02 req/s, input: 64 tokens, output: 0 tokens } }\n"    \
         "    slo: { latency: 5s, share: 90% }\n"                                                  \
         "    models: [ { use: bert-base" model " } ]\n"                                           \
         "    run_on: [ " entries " ]\n"                                                           \
         "    regions: [us-east-1]\n"
#define COPIES(memory, more) "{ function: lambda-arm64, memory: " memory " MB" more " }"
#define BY_CALL(owned) FUNCTION_OF("", COPIES("2048", ""), owned)
#define HELD(owned) FUNCTION_OF("", COPIES("2048", ", provisioned: 1"), owned)

/* `concurrency` counts the copies of the entry, whichever precision runs in them: one of the two is
 * open to the plan. Two entries have their copies each. */
#define TWO_PRECISIONS(entries) FUNCTION_OF(", precision: [bf16, fp32]", entries, "")
Test(study_functions, copies_of_a_function_are_counted_once) {
    static const struct {
        const char *text;
        int n_open, n_candidates;
    } cases[] = {
        {TWO_PRECISIONS(COPIES("2048", ", concurrency: 3")), 1, 2},
        {TWO_PRECISIONS(COPIES("2048", ", concurrency: 3") ", " COPIES("3072", ", concurrency: 3")),
         2, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, cases[i].text, function_book);
        int n_open = 0;
        for (int c = 0; c < study.n_candidates; c++)
            n_open += study.plan_input.capacities[c].feasible;
        cr_expect(eq(int, study.n_candidates, cases[i].n_candidates));
        cr_expect(eq(int, n_open, cases[i].n_open));
        arena_release(&arena);
    }
}

#define COMPUTE_PLAN(usd, term)                                                                    \
    "estate: { owned: [ { savings_plan: compute, commitment: " usd " USD/h, term: " term           \
    ", ends: 2027-12-01 } ] }\n"

/* A GB-second is 1 on demand and 0.5 under the plan, a request 1. Each hour runs for more than 2
 * GB-seconds: a plan of 1 an hour is always used and takes 2 an hour off the calls. One of 1000
 * takes all duration, at half of it, and leaves the requests: 0.02 x 3600 x 730 = 52,560. One whose
 * terms have no rate covers nothing. */
Test(study_functions, an_owned_plan_covers_the_duration_of_functions) {
    struct arena arena = {0};
    struct study none = run(&arena, BY_CALL(""), function_book);
    struct study small = run(&arena, BY_CALL(COMPUTE_PLAN("1", "1y")), function_book);
    struct study large = run(&arena, BY_CALL(COMPUTE_PLAN("1000", "1y")), function_book);
    struct study other = run(&arena, BY_CALL(COMPUTE_PLAN("1", "3y")), function_book);
    const double *without = none.recommended.by_kind_usd_per_month;
    const double *one = small.recommended.by_kind_usd_per_month;
    const double *all = large.recommended.by_kind_usd_per_month;
    const double *outside = other.recommended.by_kind_usd_per_month;
    cr_expect(epsilon_eq(dbl, without[CHARGE_FUNCTION] - one[CHARGE_FUNCTION], 2 * MONTH_H, 1e-3));
    cr_expect(epsilon_eq(dbl, one[CHARGE_COMMITMENT_USED], MONTH_H, 1e-3));
    cr_expect(epsilon_eq(dbl, one[CHARGE_COMMITMENT_UNUSED], 0, 1e-3));
    cr_expect(epsilon_eq(dbl, small.recommended.bill_usd_per_month,
                         none.recommended.bill_usd_per_month - MONTH_H, 1e-3));
    cr_expect(epsilon_eq(dbl, all[CHARGE_FUNCTION], 52560, 0.05 * 52560));
    cr_expect(epsilon_eq(dbl, all[CHARGE_COMMITMENT_USED],
                         (without[CHARGE_FUNCTION] - all[CHARGE_FUNCTION]) / 2, 1e-3));
    cr_expect(epsilon_eq(dbl, all[CHARGE_COMMITMENT_USED] + all[CHARGE_COMMITMENT_UNUSED],
                         1000 * MONTH_H, 1e-2));
    cr_expect(epsilon_eq(dbl, outside[CHARGE_FUNCTION], without[CHARGE_FUNCTION], 1e-6));
    cr_expect(epsilon_eq(dbl, outside[CHARGE_COMMITMENT_UNUSED], MONTH_H, 1e-3));
    cr_expect(not(has_notice(&small, "idle-commitment")));
    cr_expect(has_notice(&large, "idle-commitment"));
    cr_expect(has_notice(&other, "commitment-outside"));
    arena_release(&arena);
}

#define TIER_HEAD                                                                                  \
    "headroom_price_book,1,round,USD\n"                                                            \
    "kind,sku,region,option,unit,above,usd,status,source,as_of\n"
#define TIER_RATE(unit, above, usd)                                                                \
    "function,lambda-arm64,us-east-1,on_demand," unit "," above "," usd                            \
    ",published,here,2026-11-01\n"

static double duration_usd(struct arena *arena, const char *others) {
    static const char text[] = BY_CALL("estate: { other_usage: others.csv }\n");
    const struct memory_file files[] = {{"t.yaml", text},
                                        {"functions.csv",
                                         TIER_HEAD TIER_RATE("GB-second", "", "0.00002")
                                             TIER_RATE("GB-second", "6000000000", "0.00001")
                                                 TIER_RATE("1M requests", "", "0.000001")},
                                        {"others.csv", others},
                                        {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .alone = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study.recommended.by_kind_usd_per_month[CHARGE_FUNCTION];
}

/* Others' 16.44 million GB-seconds an hour are 12 thousand million a month, twice where the second
 * tier begins: all pay the mean of both tiers, 0.75 of the first, and a few thousand GB-seconds of
 * the study move it by less than a millionth. At half of it none reach the tier. */
Test(study_functions, others_fill_the_tiers_of_functions) {
    struct arena arena = {0};
    double alone = duration_usd(&arena, "sku,region,quantity\n");
    double half = duration_usd(&arena, "sku,region,quantity\nlambda-arm64,us-east-1,8000000\n");
    double twice = duration_usd(&arena, "sku,region,quantity\nlambda-arm64,us-east-1,16438356\n");
    cr_assert(gt(dbl, alone, 0.1));
    cr_expect(epsilon_eq(dbl, half, alone, 1e-6));
    cr_expect(epsilon_eq(dbl, twice / alone, 0.75, 1e-3));
    arena_release(&arena);
}

/* Each kind of use has its own bound; rows together have one too. */
Test(study_functions, use_of_others_has_bounds) {
#define FUNCTIONS(quantity) "lambda-arm64,us-east-1," quantity "\n"
#define TEN(rows) rows rows rows rows rows rows rows rows rows rows
    static const struct {
        const char *rows, *mistake;
    } cases[] = {
        {FUNCTIONS("1000000000"), ""},
        {FUNCTIONS("1000000001"),
         "others.csv:2:24 not a quantity of use | a decimal of 0 to 1000000000: GB-seconds in an "
         "hour\n"},
        {FUNCTIONS("-1"),
         "others.csv:2:24 not a quantity of use | a decimal of 0 and more: instance "
         "hours or GB-seconds in an hour\n"},
        {TEN(FUNCTIONS("590000000")) FUNCTIONS("590000000"),
         "others.csv:12:24 more GB-seconds in a week than can be counted | the rows of functions "
         "add up to at most 1000000000000\n"},
        {"g4dn.xlarge,us-east-1,1000001\n",
         "others.csv:2:23 not a quantity of use | a decimal of 0 to 1000000: instance hours in an "
         "hour\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const struct memory_file files[] = {
            {"t.yaml", BY_CALL("estate: { other_usage: others.csv }\n")},
            {"functions.csv", TIER_HEAD TIER_RATE("GB-second", "", "0.00002")
                                  TIER_RATE("1M requests", "", "0.000001")},
            {"others.csv", arena_printf(&arena, "sku,region,quantity\n%s", cases[i].rows)},
            {NULL, NULL}};
        struct study study;
        const char *got = memory_study(&arena, (struct memory_run){.files = files}, &study);
        cr_expect(eq(str, (char *)got, (char *)cases[i].mistake), "%zu", i);
        arena_release(&arena);
    }
}

static const char held_book[] = BOOK_HEAD FUNCTION_RATE("on_demand", "", "", "GB-second", "1")
    FUNCTION_RATE("on_demand", "", "", "1M requests", "1000000")
        FUNCTION_RATE("provisioned", "", "", "GB-second", "0.8")
            FUNCTION_RATE("provisioned", "", "", "GB-second held", "0.2")
                FUNCTION_RATE("plan_compute", "1y", "no_upfront", "GB-second held", "0.05");
/* One copy of 2 GB is held for 7200 GB-seconds an hour at 0.2. A dollar of the plan buys 20 of
 * them, 4 off the charges of functions. 1000 dollars would buy more than there are: all 7200 for
 * 360, and calls on the copy, whose plan rate the book does not have, stay on demand. */
Test(study_functions, an_owned_plan_covers_the_copies_that_functions_hold) {
    struct arena arena = {0};
    struct study none = run(&arena, HELD(""), held_book);
    struct study small = run(&arena, HELD(COMPUTE_PLAN("1", "1y")), held_book);
    struct study large = run(&arena, HELD(COMPUTE_PLAN("1000", "1y")), held_book);
    const double *without = none.recommended.by_kind_usd_per_month;
    const double *one = small.recommended.by_kind_usd_per_month;
    const double *all = large.recommended.by_kind_usd_per_month;
    cr_expect(epsilon_eq(dbl, without[CHARGE_FUNCTION] - one[CHARGE_FUNCTION], 4 * MONTH_H, 1e-3));
    cr_expect(epsilon_eq(dbl, one[CHARGE_COMMITMENT_USED], MONTH_H, 1e-3));
    cr_expect(epsilon_eq(dbl,
                         none.recommended.plan->usd_per_hour - small.recommended.plan->usd_per_hour,
                         3, 1e-6)); /* the plan knows */
    cr_expect(epsilon_eq(dbl, large.recommended.plan->commitments[0].utilisation, 0.36, 1e-6));
    cr_expect(
        epsilon_eq(dbl, without[CHARGE_FUNCTION] - all[CHARGE_FUNCTION], 1440 * MONTH_H, 1e-2));
    cr_expect(epsilon_eq(dbl, all[CHARGE_COMMITMENT_USED], 360 * MONTH_H, 1e-2));
    cr_expect(gt(dbl, all[CHARGE_FUNCTION], 1));
    arena_release(&arena);
}

/* One that may be bought is bought at half price and used for half of the hours and more; what it
 * saves in the plan is on the bill. */
Test(study_functions, a_plan_is_bought_for_functions) {
    struct arena arena = {0};
    struct study none = run(&arena, BY_CALL(""), function_book);
    struct study bought =
        run(&arena, BY_CALL("purchase: [ on_demand, { savings_plan: compute } ]\n"), function_book);
    const struct plan *plan = bought.recommended.plan;
    cr_assert(eq(int, plan->n_commitments, 1));
    cr_expect(ge(dbl, plan->commitments[0].utilisation, 0.5));
    cr_expect(epsilon_eq(dbl, plan->commitments[0].break_even, 0.5, 1e-9));
    cr_expect(lt(dbl, plan->usd_per_hour, none.recommended.plan->usd_per_hour));
    const double *kinds = bought.recommended.by_kind_usd_per_month;
    cr_expect(gt(dbl, kinds[CHARGE_COMMITMENT_USED], 0));
    double planned = none.recommended.plan->usd_per_hour - plan->usd_per_hour;
    double billed =
        (none.recommended.bill_usd_per_month - bought.recommended.bill_usd_per_month) / MONTH_H;
    cr_expect(epsilon_eq(dbl, billed, planned, 0.2 * planned)); /* an hour has 72 requests or so */
    arena_release(&arena);
}
