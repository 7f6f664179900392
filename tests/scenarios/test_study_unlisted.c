/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commitments that today's bill shows and estate.owned does not list: bills of a day computed by
 * hand (x 730 / 24 is a month), with what was not used, with commitments that cover other types,
 * and listed in part; what is listed in part or whole moves the cost of today by nothing; the steps
 * from today to the plan add up. */
#include <math.h>

#include "plots/figures.h"
#include "pricing/cloud_bill.h"
#include "study_memory.h"

#define BOOK                                                                                       \
    "headroom_price_book,1,mine,USD\n"                                                             \
    "kind,sku,region,option,term,payment,unit,usd,status,source,as_of\n"                           \
    "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,0.526,published,here,2026-12-01\n"            \
    "instance,g4dn.xlarge,us-east-1,plan_compute,1y,no_upfront,hour,0.35,published,here,2026-12-"  \
    "01\n"
#define SCENARIO                                                                                   \
    HEAD "prices: book.csv\ntoday: { focus: bill.csv }\n"                                          \
         "workloads:\n"                                                                            \
         "  - name: embed\n"                                                                       \
         "    demand: { hourly: load.csv, tokens: { input: 60 tokens, output: 0 tokens } }\n"      \
         "    slo: { latency: 500ms, share: 95% }\n"                                               \
         "    models: [ { use: bert-base } ]\n"                                                    \
         "    run_on: [ { instance: g4dn.xlarge } ]\n"                                             \
         "    regions: [us-east-1]\n"

#define BILL_HEAD                                                                                  \
    "ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,"   \
    "PricingCategory,CommitmentDiscountId,CommitmentDiscountCategory,CommitmentDiscountStatus,"    \
    "ConsumedQuantity,ConsumedUnit,SkuPriceDetails\n"
#define DAY "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,"
#define G4 "\"{\"\"InstanceType\"\": \"\"g4dn.xlarge\"\"}\"\n"
#define M5 "\"{\"\"InstanceType\"\": \"\"m5.large\"\"}\"\n"
#define ON_DEMAND(hours, usd) DAY usd "," usd ",USD,Usage,Standard,,,," hours ",Hours," G4
#define BY_RI(id, hours, usd)                                                                      \
    DAY "0," usd ",USD,Usage,Committed," id ",Usage,Used," hours ",Hours," G4
#define BY_PLAN(id, hours, usd, type)                                                              \
    DAY "0," usd ",USD,Usage,Committed," id ",Spend,Used," hours ",Hours," type
#define UNUSED_RI(id, usd) DAY "0," usd ",USD,Usage,Committed," id ",Usage,Unused,,," G4
#define UNUSED_PLAN(id, usd) DAY "0," usd ",USD,Usage,Committed," id ",Spend,Unused,,,\n"
#define RI(count)                                                                                  \
    "{ reserved: standard, instance: g4dn.xlarge, count: " count                                   \
    ", rate: 0.3 USD/h, ends: 2028-01-01 }"
#define PLAN(usd) "{ savings_plan: compute, commitment: " usd " USD/h, ends: 2028-01-01 }"
#define OWNED(what) "estate: { owned: [ " what " ] }\n"

#define HOUR_USD 0.526
#define MONTH_HOURS 730.0

static struct study run_bill(struct arena *arena, const char *owned, const char *bill) {
    struct text scenario = {.arena = arena};
    text_printf(&scenario, "%s%s", SCENARIO, owned);
    const struct memory_file files[] = {{"t.yaml", scenario.data},
                                        {"book.csv", BOOK},
                                        {"load.csv", "hour,requests\n0,3600\n1,7200\n2,3600\n"},
                                        {"bill.csv", bill},
                                        {NULL, NULL}};
    struct study study = {0};
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .futures = true}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* Today's cost: on-demand hours at 0.526, the rest at what the bill says. What is unlisted, by the
 * month; all at a rate of an hour of the day that the bill is of.
 *
 *  a: one of ri-1 at 0.3.
 *  b: one on demand; ri-1 used at 0.3 and unused at 0.3; sp-1 covers one at 0.35 and 0.05 of it is
 *     not used: 0.526 + 0.3 + 0.3 + 0.35 + 0.05.
 *  c: as b, but sp-1 covers m5.large for 2.8 a day beside 8.4 here, and of it 1.6 is not used:
 *     8.4 / 11.2 of the 1.6 = 1.2 a day = 0.05 an hour is of what serves here.
 *  d: ri-9 covered nothing at all and is of the type: 0.3 for it.
 *  e: sp-9 covered nothing at all: 0.1 of it, whole.
 *  f: one half covered in all hours, by an RI that has no id.
 *  g: ri-1 covers an hour of the day, 0.3 of a day: 0.0125 an hour. */
static const struct {
    const char *name, *bill;
    double today, unlisted; /* USD an hour */
} by_hand[] = {
    {"a", BILL_HEAD BY_RI("ri-1", "24", "7.2"), 0.3, 0.3},
    {"b",
     BILL_HEAD ON_DEMAND("24", "12.624") BY_RI("ri-1", "24", "7.2") UNUSED_RI("ri-1", "7.2")
         BY_PLAN("sp-1", "24", "8.4", G4) UNUSED_PLAN("sp-1", "1.2"),
     HOUR_USD + 1.0, 1.0},
    {"c",
     BILL_HEAD ON_DEMAND("24", "12.624") BY_RI("ri-1", "24", "7.2") UNUSED_RI("ri-1", "7.2")
         BY_PLAN("sp-1", "24", "8.4", G4) BY_PLAN("sp-1", "24", "2.8", M5)
             UNUSED_PLAN("sp-1", "1.6"),
     HOUR_USD + 1.0, 1.0},
    {"d", BILL_HEAD ON_DEMAND("24", "12.624") UNUSED_RI("ri-9", "7.2"), HOUR_USD + 0.3, 0.3},
    {"e", BILL_HEAD ON_DEMAND("24", "12.624") UNUSED_PLAN("sp-9", "2.4"), HOUR_USD + 0.1, 0.1},
    {"f", BILL_HEAD ON_DEMAND("12", "6.312") BY_RI("", "12", "3.6"), 0.5 * HOUR_USD + 0.15, 0.15},
    {"g", BILL_HEAD BY_RI("ri-1", "1", "0.3"), 0.0125, 0.0125},
};

static bool close_to(double a, double b) {
    return fabs(a - b) < 1e-3 * fabs(b) + 1e-6;
}

Test(study_unlisted, today_costs_what_the_bill_paid) {
    for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++) {
        struct arena arena = {0};
        struct study study = run_bill(&arena, "", by_hand[i].bill);
        const struct study_today_bill *today = &study.today_bill;
        cr_expect(close_to(study.baseline.bill_usd_per_month, by_hand[i].today * MONTH_HOURS),
                  "%s: %g a month, by hand %g", by_hand[i].name, study.baseline.bill_usd_per_month,
                  by_hand[i].today * MONTH_HOURS);
        cr_expect(
            epsilon_eq(dbl, today->unlisted_usd_per_month, by_hand[i].unlisted * MONTH_HOURS, 1e-9),
            "%s", by_hand[i].name);
        double kinds = 0;
        for (int k = 0; k < CHARGE_KINDS; k++)
            kinds += study.baseline.by_kind_usd_per_month[k];
        cr_expect(epsilon_eq(dbl, kinds, study.baseline.bill_usd_per_month, 1e-6), "%s",
                  by_hand[i].name);
        cr_expect(has_notice(&study, "today-committed"), "%s", by_hand[i].name);
        arena_release(&arena);
    }
}

/* A steady instance serves. Where ri-1 covers it today it goes on doing so: 219 on both sides, no
 * saving. Where ri-1 covers three, 657 is owed for them: the plan's single one saves nothing of it.
 * With one on demand beside the covered one, stopping either saves the one on demand. */
Test(study_unlisted, what_is_owed_is_not_saved) {
    static const struct {
        const char *bill;
        double today, plan; /* USD an hour */
    } cases[] = {
        {BILL_HEAD BY_RI("ri-1", "24", "7.2"), 0.3, 0.3},
        {BILL_HEAD BY_RI("ri-1", "72", "21.6"), 0.9, 0.9},
        {BILL_HEAD ON_DEMAND("24", "12.624") BY_RI("ri-1", "24", "7.2"), HOUR_USD + 0.3, 0.3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = run_bill(&arena, "", cases[i].bill);
        const struct study_futures *futures = &study.futures;
        int kept = futures->n_plans - 1;
        double before = study_paid_usd_per_month(&study.baseline);
        double after = study_paid_usd_per_month(&study.recommended);
        cr_expect(close_to(before, cases[i].today * MONTH_HOURS), "%zu: %g", i, before);
        cr_expect(close_to(after, cases[i].plan * MONTH_HOURS), "%zu: %g", i, after);
        cr_expect(epsilon_eq(dbl, study.saving_usd_per_month, before - after, 1e-6), "%zu", i);
        cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study), after, 1e-6), "%zu", i);
        cr_expect(close_to(futures->as_planned_usd[kept], before), "%zu", i);
        cr_expect(close_to(futures->as_planned_usd[0], after), "%zu", i);
        /* prices fall by 40 %: on demand costs 0.6 of it, what is owed all of it */
        double owed = study.today_bill.unlisted_usd_per_month;
        cr_expect(close_to(futures->worst_case_usd[kept], owed + 0.6 * (before - owed)), "%zu: %g",
                  i, futures->worst_case_usd[kept]);
        arena_release(&arena);
    }
}

/* The steps lead from what the bill paid to what the plan costs, in the table of steps and in the
 * waterfall to the cent, and the action that lists them has the last one. */
static void check_steps(const char *bill, bool moves) {
    struct arena arena = {0};
    struct study study = run_bill(&arena, "", bill);
    const struct study_steps *s = &study.steps;
    double sum = study_paid_usd_per_month(&study.baseline) - s->serve - s->follow - s->spot -
                 s->commit + s->billing + s->promises + s->unlisted;
    double after = study_paid_usd_per_month(&study.recommended);
    cr_assert(epsilon_eq(dbl, sum, after, 1e-6));
    cr_assert(eq(int, s->unlisted != 0, moves));
    struct waterfall waterfall = waterfall_make(&study);
    double level = waterfall.rows[0].to;
    for (int i = 1; i + 1 < waterfall.n; i++) {
        cr_expect(epsilon_eq(dbl, waterfall.rows[i].from, level, 1e-9), "%d", i);
        level = waterfall.rows[i].to;
    }
    cr_assert(epsilon_eq(dbl, level, waterfall.rows[waterfall.n - 1].to, 0.005));
    cr_assert(epsilon_eq(dbl, level, after, 0.005));
    double listed = NAN;
    for (int i = 0; i < study.n_actions; i++)
        if (study.actions[i].kind == ACTION_LIST)
            listed = study.actions[i].usd_per_month;
    cr_assert(epsilon_eq(dbl, listed, -s->unlisted, 1e-9));
    struct mix before = mix_make("Today", &study.baseline),
               mix = mix_make("Plan", &study.recommended);
    double parts[2] = {0};
    for (int i = 0; i < before.n; i++)
        parts[0] += before.parts[i].usd;
    for (int i = 0; i < mix.n; i++)
        parts[1] += mix.parts[i].usd;
    cr_assert(epsilon_eq(dbl, parts[0], before.total, 0.002 * before.total));
    cr_assert(epsilon_eq(dbl, parts[1], mix.total, 0.002 * mix.total));
    arena_release(&arena);
}

Test(study_unlisted, steps_add_up) {
    check_steps(BILL_HEAD ON_DEMAND("24", "12.624") BY_RI("ri-1", "72", "21.6"), true);
    check_steps(BILL_HEAD ON_DEMAND("1", "0.526") BY_RI("ri-1", "5", "1.5"), false);
}

/* Law: listing what the bill has moves the cost of today by nothing, however much of it is listed;
 * what is listed is not owed again. Two of ri-1 at 0.3 serve, one is not used: 0.9 an hour. A plan
 * of 0.7 covers two at its rate of 0.35, 0.1 of 0.8 is not used. */
Test(study_unlisted, nothing_is_paid_for_twice) {
    static const char two[] = BILL_HEAD BY_RI("ri-1", "48", "14.4") UNUSED_RI("ri-1", "7.2");
    static const char plan[] =
        BILL_HEAD BY_PLAN("sp-1", "48", "16.8", G4) UNUSED_PLAN("sp-1", "2.4");
    static const struct {
        const char *bill, *owned, *said, *asked;
        double today, unlisted; /* USD an hour */
    } cases[] = {
        {two, "", "cover 2 x g4dn.xlarge (ri-1): $657 a month amortised, $219 of it not used",
         "instance: g4dn.xlarge, count: 3", 0.9, 0.9},
        {two, OWNED(RI("1")), "cover 1.33 of 2 x g4dn.xlarge (ri-1): $438", "count: 2", 0.9, 0.6},
        {two, OWNED(RI("2")), "cover 0.667 of 2 x g4dn.xlarge (ri-1): $219", "count: 1", 0.9, 0.3},
        {two, OWNED(RI("3")), NULL, NULL, 0.9, 0},
        {two, OWNED(RI("5")), NULL, NULL, 1.5, 0},
        {plan, "", "cover 2 x g4dn.xlarge (sp-1)", "commitment: 0.8 USD/h", 0.8, 0.8},
        {plan, OWNED(PLAN("0.4")), "cover 1 of 2 x g4dn.xlarge (sp-1)", "commitment: 0.4 USD/h",
         0.8, 0.4},
        {plan, OWNED(PLAN("0.8")), NULL, NULL, 0.8, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = run_bill(&arena, cases[i].owned, cases[i].bill);
        const char *got = notice_of(&study, "today-committed");
        cr_expect(close_to(study.baseline.bill_usd_per_month, cases[i].today * MONTH_HOURS),
                  "%zu: %g, by hand %g", i, study.baseline.bill_usd_per_month,
                  cases[i].today * MONTH_HOURS);
        cr_expect(epsilon_eq(dbl, study.today_bill.unlisted_usd_per_month,
                             cases[i].unlisted * MONTH_HOURS, 1e-6),
                  "%zu", i);
        cr_expect(cases[i].said ? strstr(got, cases[i].said) != NULL : !*got, "%zu: %s", i, got);
        cr_expect(cases[i].asked == NULL || strstr(got, cases[i].asked) != NULL, "%zu: %s", i, got);
        arena_release(&arena);
    }
}

/* What is listed for another family, or another kind, lists nothing of it. */
Test(study_unlisted, what_is_of_something_else_lists_nothing) {
    static const char *const owned[] = {
        OWNED("{ reserved: standard, instance: g5.xlarge, count: 1, rate: 0.3 USD/h, ends: "
              "2028-01-01 }"),
        OWNED(PLAN("0.35")),
    };
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        struct arena arena = {0};
        struct study study = run_bill(&arena, owned[i], BILL_HEAD BY_RI("ri-1", "24", "7.2"));
        cr_expect(epsilon_eq(dbl, study.today_bill.unlisted_usd_per_month, 219, 1e-6), "%zu", i);
        arena_release(&arena);
    }
}

/* Stopping what a commitment pays for saves nothing: the line says so. */
Test(study_unlisted, stopping_what_is_covered_claims_no_saving) {
    struct arena arena = {0};
    struct study study = run_bill(&arena, "", BILL_HEAD BY_RI("ri-1", "72", "21.6"));
    const char *reason = "";
    for (int i = 0; i < study.n_actions; i++)
        if (study.actions[i].kind == ACTION_STOP)
            reason = study.actions[i].reason;
    cr_assert(strstr(reason, "on average 3 of them are paid by commitments") != NULL, "%s", reason);
    cr_assert(strstr(reason, "stopping those saves nothing until they end") != NULL, "%s", reason);
    arena_release(&arena);
}
