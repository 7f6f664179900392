/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which price a study pays: books in layers, days on which rates begin, and what people are told of
 * estimated, old and coming prices. One instance of g4dn.xlarge carries each demand here, so that
 * the plan's rates are known by hand. */
#include <jansson.h>
#include <string.h>

#include "scenarios/result.h"
#include "study_memory.h"

#define BOOK(name, rows)                                                                           \
    "headroom_price_book,1," name ",USD\n"                                                         \
    "kind,sku,region,option,term,payment,unit,usd,usd_upfront,effective_from,status,rule,source,"  \
    "as_of\n" rows
#define ON_DEMAND(usd, from, as_of)                                                                \
    "instance,g4dn.xlarge,us-east-1,on_demand,,,hour," usd ",," from ",published,,here," as_of "\n"

static struct study run(struct arena *arena, const char *text, const char *first,
                        const char *second, bool size_only) {
    struct memory_file files[] = {
        {"t.yaml", text}, {"first.csv", first}, {"second.csv", second}, {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(arena, (struct memory_run){.files = files, .size_only = size_only}, &study);
    cr_assert(eq(str, (char *)got, ""));
    return study;
}

/* ---- layers ---- */

Test(study_prices, books_lie_over_the_shipped_one_in_their_order) {
    struct arena arena = {0};
    struct study study = run(&arena, HEAD "prices: [ first.csv, second.csv ]\n" EMBED,
                             BOOK("first", ON_DEMAND("0.5", "", "2026-11-01")),
                             BOOK("second", ON_DEMAND("0.4", "2027-01-01", "2026-11-01")), true);
    cr_expect(eq(str, (char *)study.book.name, "aws-2026-07 + first + second"));
    cr_expect(eq(i64, study.offers[0].on_demand.rate, 500000000000)); /* 0.4 has not begun */
    cr_expect(study.offers[0].spot.known);                            /* the shipped book's */
    static const char *const names[] = {"aws-2026-07", "first", "second"};
    int n = 0;
    for (int i = 0; i < study.n_inputs; i++)
        if (strcmp(study.inputs[i].role, "price book") == 0)
            cr_expect(eq(str, (char *)study.inputs[i].name, (char *)names[n++]));
    cr_expect(eq(int, n, 3));
    cr_expect(eq(str, (char *)notice_of(&study, "prices-change"),
                 "1 rate of what was compared begins within the horizon, the first on 2027-01-01; "
                 "the whole horizon is priced at the rates of its first day"));
    /* what an upper book has a rate of its own for is not changed by a lower one */
    study = run(&arena, HEAD "prices: [ first.csv, second.csv ]\n" EMBED,
                BOOK("first", ON_DEMAND("0.4", "2027-01-01", "2026-11-01")),
                BOOK("second", ON_DEMAND("0.5", "", "2026-11-01")), true);
    cr_expect(eq(str, (char *)notice_of(&study, "prices-change"), ""));
    /* a month later it has */
    const char *later =
        "headroom: 1\nname: t\nhorizon: { start: 2027-01-01, months: 12 }\n"
        "simulation: { replications: 1 }\nprices: [ first.csv, second.csv ]\n" EMBED;
    study = run(&arena, later, BOOK("first", ON_DEMAND("0.5", "", "2026-11-01")),
                BOOK("second", ON_DEMAND("0.4", "2027-01-01", "2026-11-01")), true);
    cr_expect(eq(i64, study.offers[0].on_demand.rate, 400000000000));
    cr_expect(eq(str, (char *)notice_of(&study, "prices-change"), ""));
    arena_release(&arena);
}

Test(study_prices, mistakes_of_all_books_are_told_together) {
    struct arena arena = {0};
    struct memory_file files[] = {
        {"t.yaml", HEAD "prices: [ first.csv, second.csv, third.csv, first.csv ]\n" EMBED},
        {"first.csv", BOOK("first", ON_DEMAND("0", "", "2026-11-01"))},
        {"second.csv", BOOK("second", ON_DEMAND("1", "2027-02-30", "2026-11-01"))},
        {NULL, NULL}};
    struct study study;
    const char *got =
        memory_study(&arena, (struct memory_run){.files = files, .size_only = true}, &study);
    cr_expect(
        eq(str, (char *)got, "t.yaml:5:45 'prices' names 'first.csv' twice | keep one of them\n"));
    files[0].text = HEAD "prices: [ first.csv, second.csv, third.csv ]\n" EMBED;
    got = memory_study(&arena, (struct memory_run){.files = files, .size_only = true}, &study);
    cr_expect(eq(str, (char *)got,
                 "first.csv:3:49 a price of zero | leave the row out when the price is unknown: an "
                 "unknown price is never zero\n"
                 "second.csv:3:52 '2027-02-30' is not a date | YYYY-MM-DD: the first day of this "
                 "rate; leave it empty for since ever\n"
                 "t.yaml:5:34 cannot read the price book 'third.csv': there is no file 'third.csv' "
                 "| write it\n"));
    arena_release(&arena);
}

/* ---- age ---- */

Test(study_prices, old_prices_and_prices_of_later_days_are_told) {
    static const struct {
        const char *as_of, *stale, *later;
    } cases[] = {
        {"2026-09-02", "", ""}, /* 90 days */
        {"2026-09-01",
         "the oldest price in use was read on 2026-09-01, 91 days before the horizon starts", ""},
        {"2026-12-01", "", ""},
        {"2026-12-02", "",
         "1 of the prices in use was read after the horizon starts, the last on 2026-12-02"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *book =
            arena_printf(&arena, BOOK("first", "%s%s\n"),
                         "instance,g4dn.xlarge,us-east-1,on_demand,,,hour,0.5,,,published,,here,",
                         cases[i].as_of);
        struct study study = run(&arena, HEAD "prices: first.csv\n" EMBED, book, NULL, true);
        cr_expect(eq(str, (char *)notice_of(&study, "stale-prices"), (char *)cases[i].stale), "%s",
                  cases[i].as_of);
        cr_expect(eq(str, (char *)notice_of(&study, "later-prices"), (char *)cases[i].later), "%s",
                  cases[i].as_of);
        arena_release(&arena);
    }
}

/* ---- estimates ---- */

#define FRESH                                                                                      \
    ON_DEMAND("1", "", "2026-11-30")                                                               \
    "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,all_upfront,hour,0.5,,,published,,here,"  \
    "2026-08-01\n"                                                                                 \
    "instance,g4dn.xlarge,us-east-1,spot,,,hour,0.3,,,published,,here,2026-11-30\n"                \
    "instance,c7g.xlarge,us-east-1,on_demand,,,hour,0.2,,,published,,here,2026-11-30\n"            \
    "instance,c7g.xlarge,us-east-1,reserved_standard,1y,all_upfront,hour,0.1,,,published,,here,"   \
    "2026-07-01\n"

/* Owned: one g4dn.xlarge without upfront, 0.5 x 1.071 = 0.5355 USD/h by rule ri-payment, which
 * serves everything, and two c7g.xlarge that nothing runs on, 2 x 0.1 x 1.071 = 0.2142. Both rates
 * are estimates and all that the plan pays; the oldest of their bases is of 2026-07-01. */
Test(study_prices, estimated_rates_of_owned_commitments_count) {
    struct arena arena = {0};
    struct study study =
        run(&arena,
            HEAD "prices: first.csv\nscaling: { boot: 0s }\n"
                 "estate:\n"
                 "  owned:\n"
                 "    - { reserved: standard, instance: g4dn.xlarge, count: 1, ends: 2028-01-01 }\n"
                 "    - { reserved: standard, instance: c7g.xlarge, count: 2, ends: 2028-01-01 }\n"
                 "purchase: [ on_demand ]\n" EMBED,
            BOOK("first", FRESH), NULL, false);
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730 * 0.7497, 0.5));
    cr_expect(eq(str, (char *)notice_of(&study, "estimated-prices"),
                 "2 of the 3 rates compared are estimated by rule (ri-payment); all 2 that the "
                 "plan pays, 100% of its bill; put your contract's rates in a price book of your "
                 "own to replace them"));
    cr_expect(eq(str, (char *)notice_of(&study, "stale-prices"),
                 "the oldest price that the plan pays was read on 2026-07-01, 153 days before the "
                 "horizon starts; none that was compared is older"));
    /* with its own rate, one of them is no price of the book */
    study =
        run(&arena,
            HEAD "prices: first.csv\nscaling: { boot: 0s }\n"
                 "estate:\n"
                 "  owned:\n"
                 "    - { reserved: standard, instance: c7g.xlarge, count: 2, ends: 2028-01-01, "
                 "rate: 0.1 USD/h }\n"
                 "purchase: [ on_demand ]\n" EMBED,
            BOOK("first", FRESH), NULL, false);
    cr_expect(
        eq(str, (char *)notice_of(&study, "estimated-prices"),
           "1 of the 2 rates compared is estimated by rule (ri-payment); not the one that the "
           "plan pays; put your contract's rates in a price book of your own to replace them"));
    /* paid is the on-demand rate; what the reserved one was compared by is of 2026-08-01 */
    cr_expect(eq(str, (char *)notice_of(&study, "stale-prices"),
                 "the oldest price that the plan pays was read on 2026-11-30, the oldest that was "
                 "compared on 2026-08-01, 122 days before the horizon starts"));
    arena_release(&arena);
}

/* A reserved rate of 1.2 is dearer than 1 on demand and is rejected: a rate of 2020 decides that,
 * and is told. From 2020-12-01 to 2026-12-01 it is 6 x 365 + 1 (2024) = 2191 days. */
Test(study_prices, an_old_price_of_a_rejected_option_is_told) {
    static const struct {
        const char *as_of, *stale;
    } cases[] = {
        {"2026-11-30", ""},
        {"2020-12-01",
         "the oldest price that the plan pays was read on 2026-11-30, the oldest that was compared "
         "on 2020-12-01, 2191 days before the horizon starts"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *book = arena_printf(
            &arena, BOOK("first", "%s%s%s\n"), ON_DEMAND("1", "", "2026-11-30"),
            "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,no_upfront,hour,1.2,,,published,,"
            "here,",
            cases[i].as_of);
        struct study study =
            run(&arena,
                HEAD "prices: first.csv\nprices_over: nothing\nscaling: { boot: 0s }\n"
                     "purchase: [ on_demand, { reserved: standard, term: 1y, payment: no_upfront } "
                     "]\n" EMBED,
                book, NULL, false);
        cr_expect(eq(str, (char *)notice_of(&study, "stale-prices"), (char *)cases[i].stale), "%zu",
                  i);
        arena_release(&arena);
    }
}

/* ---- fees ---- */

/* A partial-upfront reserved instance of 0.6 USD/h over a year costs 5256 USD; its fee is 1000, not
 * half of it. */
Test(study_prices, the_fee_of_a_book_is_paid_at_purchase) {
    struct arena arena = {0};
    struct study study = run(
        &arena,
        HEAD "prices: first.csv\nscaling: { boot: 0s }\n"
             "purchase: [ on_demand, { reserved: standard, term: 1y, payment: partial_upfront } "
             "]\n" EMBED,
        BOOK("first",
             ON_DEMAND("1", "", "2026-11-30") "instance,g4dn.xlarge,us-east-1,reserved_standard,"
                                              "1y,partial_upfront,hour,0.6,1000,,published,,"
                                              "here,2026-11-30\n"),
        NULL, false);
    cr_assert(eq(int, study.recommended.plan->n_commitments, 1));
    cr_expect(epsilon_eq(dbl, study.recommended.plan->upfront_usd, 1000, 1e-6));
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730 * 0.6, 0.5));
    arena_release(&arena);
}

/* Owned, what remains of 1.1 USD/h after a fee of 1752 (0.2 x 8760) is 0.9 an hour: 744 h of
 * January are 669.60 in cash and 818.40 of cost; 120 days of 24 h are owed after it. At a rate that
 * the scenario states the book's fee says nothing: half of 1.1 x 744 is 409.20. */
Test(study_prices, what_remains_of_an_owned_one_is_paid_by_the_hour) {
    static const struct {
        const char *rate;
        usd_nano billed;
        double owed, prepaid;
    } cases[] = {{"", 669600000000, 2592, 576}, {"rate: 1.1 USD/h, ", 409200000000, 1584, 1584}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *text = arena_printf(
            &arena,
            "headroom: 1\nname: t\nhorizon: { start: 2027-01-01, months: 1 }\n"
            "simulation: { replications: 1 }\nprices: first.csv\nscaling: { boot: 0s }\n"
            "purchase: [ on_demand ]\nestate: { owned: [ { reserved: standard, instance: "
            "g4dn.xlarge, count: 1, payment: partial_upfront, %sends: 2027-06-01 } ] }\n%s",
            cases[i].rate, EMBED);
        struct study study = run(
            &arena, text,
            BOOK("first",
                 ON_DEMAND(
                     "1.861", "",
                     "2026-11-30") "instance,g4dn.xlarge,us-east-1,reserved_standard,1y,"
                                   "partial_upfront,hour,1.1,1752,,published,,here,2026-11-30\n"),
            NULL, false);
        const struct plan_commitment *held = &study.recommended.plan->commitments[0];
        usd_nano billed = 0, effective = 0;
        for (int r = 0; r < study.statement->n_rows; r++) {
            const struct statement_row *row = &study.statement->rows[r];
            billed += row->purchase == FOCUS_PAID_HOURLY ? row->billed : 0;
            effective += row->commitment ? row->effective : 0;
            cr_expect(ne(int, (int)row->purchase, FOCUS_PAID_AT_START));
        }
        cr_expect(eq(i64, billed, cases[i].billed));
        cr_expect(eq(i64, effective, 818400000000));
        cr_expect(epsilon_eq(dbl, held->liability_usd, cases[i].owed, 1e-6));
        cr_expect(epsilon_eq(dbl, held->prepaid_usd, cases[i].prepaid, 1e-6));
        arena_release(&arena);
    }
}

/* ---- without the shipped book ---- */

Test(study_prices, books_may_lie_over_nothing) {
    struct arena arena = {0};
    struct study study = run(&arena, HEAD "prices: first.csv\nprices_over: nothing\n" EMBED,
                             BOOK("first", ON_DEMAND("0.5", "", "2026-11-01")), NULL, true);
    cr_expect(eq(str, (char *)study.book.name, "first"));
    cr_expect(not(study.offers[0].spot.known));
    const char *got = memory_study(
        &arena, (struct memory_run){.text = HEAD "prices_over: nothing\n" EMBED, .size_only = true},
        &study);
    cr_expect(eq(str, (char *)got,
                 "t.yaml:5:14 'prices_over: nothing' leaves no price book at all | name a book "
                 "under prices, or take it out\n"));
    arena_release(&arena);
}

/* ---- promised spend ---- */

#define FLAT BOOK("first", ON_DEMAND("1", "", "2026-11-30"))
#define DISCOUNTS(rows)                                                                            \
    HEAD "prices: first.csv\nprices_over: nothing\nscaling: { boot: 0s }\n"                        \
         "purchase: [ on_demand ]\n"                                                               \
         "estate: { discounts: [ " rows " ] }\n" EMBED

#define THREE_TODAY "today: { fleet: [ { instance: g4dn.xlarge, count: 3 } ] }\n"

/* One instance at 1 USD/h less 10 %: 0.9 x 8760 = 7884 USD a year. Of 10,000 promised 2116 are
 * missing, 176.33 a month; of 7,884 none, of 7,885 one. What is promised for lambda is missing
 * whole: 1200 a year, 100 a month. Showback has it as a row of its own, so that it adds up to the
 * total. A second discount on the same machine is spent as well: with 10
 * % and 50 % it is 0.45 x 8760 = 3942. Three of today spend 23,652 of a promised 20,000, the plan's
 * one leaves 12,116 missing. */
Test(study_prices, what_is_missing_of_a_promised_spend_is_charged) {
    static const struct {
        const char *text;
        double spend, shortfall; /* a month */
    } cases[] = {
        {DISCOUNTS("{ applies_to: ec2, rate: 10%, commitment: 10 kUSD/year }"), 657, 176.3333},
        {DISCOUNTS("{ applies_to: g4dn, rate: 10%, commitment: 7884 USD/year }"), 657, 0},
        {DISCOUNTS("{ applies_to: g4dn.xlarge, rate: 10%, commitment: 7885 USD/year }"), 657,
         0.083333},
        {DISCOUNTS("{ applies_to: lambda, rate: 10%, commitment: 1.2 kUSD/year }"), 0, 100},
        {DISCOUNTS("{ applies_to: [lambda, ec2], rate: 10%, commitment: 0.00001 MUSD/year }, "
                   "{ applies_to: ec2, rate: 50% }"),
         328.5, 0},
        {DISCOUNTS("{ applies_to: ec2, rate: 10%, commitment: 20 kUSD/year }") THREE_TODAY, 657,
         1009.6667},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, cases[i].text, FLAT, NULL, false);
        cr_assert(eq(int, study.n_promises, 1));
        const struct study_promise *p = &study.promises[0];
        cr_expect(epsilon_eq(dbl, p->spend_usd_per_month, cases[i].spend, 1e-3), "case %zu", i);
        cr_expect(epsilon_eq(dbl, p->shortfall_usd_per_month, cases[i].shortfall, 1e-3), "case %zu",
                  i);
        cr_expect(epsilon_eq(dbl, study_total_usd_per_month(&study),
                             study.recommended.bill_usd_per_month + cases[i].shortfall, 1e-3),
                  "case %zu", i);
        double beside = money_amount_usd(study.allocation->beside) / 12;
        cr_expect(epsilon_eq(dbl, beside, cases[i].shortfall, 1e-3), "case %zu", i);
        cr_expect(eq(i64, study.allocation->amortised,
                     study.statement->effective + study.allocation->beside));
        cr_expect(
            eq(i64, study.allocation->cash, study.statement->billed + study.allocation->beside));
        cr_expect(
            eq(int, notice_of(&study, "contract-shortfall")[0] != '\0', cases[i].shortfall > 0),
            "case %zu", i);
        arena_release(&arena);
    }
}

/* 1000 GiB a month kept for 5 are 5000 GB x 0.02 x 0.9 = 90 a month of what is promised for
 * storage, whose instance, 657 at the discount, does not count for it. Of 1200 a year (100 a month)
 * 10 are missing beside the plan and beside today alike. A tier counts by its own name, and with
 * ec2 the two add up to 747; what is promised for ec2 alone has nothing of it. */
Test(study_prices, stored_data_count_for_a_promise) {
    static const char book[] =
        "headroom_price_book,1,mine,USD\n"
        "kind,sku,region,option,unit,usd,status,source,as_of,access,zones_kept,free\n"
        "instance,g4dn.xlarge,us-east-1,on_demand,hour,1,published,here,2026-11-30,,,\n"
        "storage,s3-standard,us-east-1,on_demand,GB-month,0.02,published,here,2026-11-30,instant,3,"
        "retrieval reads writes\n";
    static const struct {
        const char *applies_to, *commitment;
        double spend, shortfall;
    } cases[] = {{"storage", "1.2 kUSD/year", 90, 10},
                 {"s3-standard", "1.2 kUSD/year", 90, 10},
                 {"[storage, ec2]", "12 kUSD/year", 747, 253},
                 {"ec2", "12 kUSD/year", 657, 343}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *text =
            arena_printf(&arena,
                         HEAD "prices: first.csv\nprices_over: nothing\nscaling: { boot: 0s }\n"
                              "purchase: [ on_demand ]\nestate: { discounts: [ { applies_to: %s, "
                              "rate: 10%%, commitment: %s } ] }\n%s"
                              "storage: [ { name: d, region: us-east-1, written: 1000 GiB/month, "
                              "object: 1024 MiB, kept: 5, read: 0%% } ]\n",
                         cases[i].applies_to, cases[i].commitment, EMBED);
        struct study study = run(&arena, text, book, NULL, false);
        cr_assert(eq(int, study.n_promises, 1));
        const struct study_promise *p = &study.promises[0];
        cr_expect(epsilon_eq(dbl, p->spend_usd_per_month, cases[i].spend, 1e-3), "case %zu", i);
        cr_expect(epsilon_eq(dbl, p->shortfall_usd_per_month, cases[i].shortfall, 1e-3), "case %zu",
                  i);
        cr_expect(epsilon_eq(dbl, p->baseline_spend_usd_per_month, cases[i].spend, 1e-3),
                  "case %zu", i); /* one instance too, and the same data */
        arena_release(&arena);
    }
}

#define OVER(months, commitment, estate)                                                           \
    "headroom: 1\nname: t\nhorizon: { start: 2026-12-01, months: " months                          \
    " }\nsimulation: { replications: 1 }\nprices: first.csv\nprices_over: nothing\n"               \
    "scaling: { boot: 0s }\npurchase: [ on_demand ]\n"                                             \
    "estate:\n  discounts: [ { applies_to: ec2, rate: 10%, commitment: " commitment                \
    " } ]\n" estate EMBED
#define OWNED_A_YEAR                                                                               \
    "  owned: [ { reserved: standard, instance: g4dn.xlarge, count: 1, rate: 0.4 USD/h, "          \
    "ends: 2027-12-01 } ]\n"

/* The first year is served by a reserved instance of 0.4 an hour, 0.4 x 8760 = 3504; the second (of
 * 8784 h) on demand at 0.9: 7905.6. Their mean, 5704.8, is above 5000: the year that misses 1496 is
 * billed all the same. Of 18 months at 0.9 the first 12 spend 7884 of 8000, the last 6 (to
 * 2028-05-31, 4392 h) 3952.8 of their 4000; of a promise by the hour the mean counts: of 1 an hour
 * 0.1 x 13,152 h over the horizon. */
Test(study_prices, a_promise_is_held_against_each_year) {
    static const struct {
        const char *text;
        int n_years;
        double promised[2], spend[2], missing[2];
        const char *notice;
    } cases[] = {
        {OVER("24", "5 kUSD/year", OWNED_A_YEAR),
         2,
         {5000, 5000},
         {3504, 7905.6},
         {1496, 0},
         "the contract promises $5.00K a year for ec2; in year 1, to 2027-11-30, the plan spends "
         "$3.50K, the baseline $3.50K: the missing $1.50K is charged on top of the bill at the end "
         "of it"},
        {OVER("24", "3 kUSD/year", OWNED_A_YEAR), 2, {3000, 3000}, {3504, 7905.6}, {0, 0}, ""},
        {OVER("18", "8 kUSD/year", ""),
         2,
         {8000, 4000},
         {7884, 3952.8},
         {116, 47.2},
         "the contract promises $8.00K a year for ec2; in year 1, to 2027-11-30, the plan spends "
         "$7.88K, the baseline $7.88K: the missing $116 is charged on top of the bill at the end "
         "of it; in the 6 months to 2028-05-31, of which $4.00K is promised by their part of a "
         "year, the plan spends $3.95K, the baseline $3.95K: the missing $47.2 is charged on top "
         "of the bill at the end of it"},
        {OVER("18", "1 USD/h", ""),
         1,
         {13152},
         {11836.8},
         {1315.2},
         "the contract promises $8.76K a year for ec2; the plan spends $7.88K, the baseline "
         "$7.88K: the missing $876 a year is charged on top of the bill"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, cases[i].text, FLAT, NULL, false);
        const struct study_promise *p = &study.promises[0];
        cr_assert(eq(int, p->n_years, cases[i].n_years));
        double sum = 0;
        for (int k = 0; k < p->n_years; k++) {
            const struct study_promise_year *year = &study.promise_years[p->first_year + k];
            cr_expect(epsilon_eq(dbl, year->promised_usd, cases[i].promised[k], 1e-6), "%zu", i);
            cr_expect(epsilon_eq(dbl, year->spend_usd, cases[i].spend[k], 1e-3), "%zu", i);
            cr_expect(epsilon_eq(dbl, year->shortfall_usd, cases[i].missing[k], 1e-3), "%zu", i);
            sum += cases[i].missing[k];
        }
        cr_expect(epsilon_eq(dbl, money_amount_usd(study.allocation->beside), sum, 1e-3), "%zu", i);
        double months = study.demand.horizon_hours / 730;
        cr_expect(epsilon_eq(dbl, p->shortfall_usd_per_month, sum / months, 1e-3), "%zu", i);
        cr_expect(
            eq(str, (char *)notice_of(&study, "contract-shortfall"), (char *)cases[i].notice));
        arena_release(&arena);
    }
}

/* What year 1 misses, 1496, costs by its hours (January 2027: 744 of 8760) and is charged in its
 * last month; the second year has none of either. FOCUS has it by month and the charge of the whole
 * year as rows of their own. */
Test(study_prices, what_a_year_misses_is_charged_at_its_end) {
    struct arena arena = {0};
    struct study study = run(&arena, OVER("24", "5 kUSD/year", OWNED_A_YEAR), FLAT, NULL, false);
    int n = 0;
    for (int i = 0; i < study.allocation->n_shares; i++) {
        const struct allocation_share *share = &study.allocation->shares[i];
        if (study.allocation->payers[share->payer].kind != PAYER_PROMISE)
            continue;
        double cash = money_amount_usd(share->cash), cost = money_amount_usd(share->amortised);
        cr_expect(lt(int, share->month, 12));
        cr_expect(epsilon_eq(dbl, cash, share->month == 11 ? 1496 : 0, 1e-3));
        cr_expect(share->month != 1 || fabs(cost - 1496.0 * 744 / 8760) < 1e-3);
        n++;
    }
    cr_expect(eq(int, n, 12));
    struct text focus = {.arena = &arena};
    result_append_focus_csv(&study, &focus);
    int rows = 0, of_the_year = 0;
    for (const char *at = focus.data; (at = strstr(at, ",Adjustment,")); at++) {
        const char *end = strchr(at, '\n');
        const char *charge = strstr(at, "2027-12-01T00:00:00Z,2026-12-01T00:00:00Z");
        of_the_year += charge && charge < end;
        rows++;
    }
    cr_expect(eq(int, rows, 13));
    cr_expect(eq(int, of_the_year, 1));
    arena_release(&arena);
}

static double saved_by(const struct study *study, enum action_kind kind) {
    double usd = 0;
    for (int i = 0; i < study->n_actions; i++)
        if (study->actions[i].kind == kind)
            usd += study->actions[i].usd_per_month;
    return usd;
}

#define FLAT_TWO                                                                                   \
    FLAT "instance,g5.xlarge,us-east-1,on_demand,,,hour,1,,,published,,here,2026-11-30\n"
#define THREE_G5 "today: { fleet: [ { instance: g5.xlarge, count: 3 } ] }\n"

/* At 0.9 an hour three of today cost 1,971 a month and the plan's one 657. Of 20,000 a year
 * (1,666.67 a month) today spends all; the plan misses 1,009.67 and so costs 1,666.67: of the 1,314
 * that its bill is less, 304.33 are saved, 15.44 %. Of 30,000 (2,500) both miss the rest and cost
 * 2,500: nothing is saved. Of 7,000 for g4dn (583.33) today's three g5 at 1 an hour, 2,190, miss
 * all and the plan nothing: 2,190 + 583.33 - 657 = 2,116.33, 76.31 % of 2,773.33. The steps lead
 * from one to the other, and the action of the promise has its own. */
Test(study_prices, what_is_missing_counts_in_the_saving) {
    static const struct {
        const char *text;
        double before, after, promise, share;
        const char *headline, *action;
    } cases[] = {
        {DISCOUNTS("{ applies_to: ec2, rate: 10%, commitment: 20 kUSD/year }") THREE_TODAY, 1971,
         1666.6667, -1009.6667, 0.154406,
         ": $1.67K a month ($1.01K of it promised spend that is missing), $304 less than today's "
         "fleet",
         "Pay $1.01K a month that is missing of the spend promised for ec2"},
        {DISCOUNTS("{ applies_to: ec2, rate: 10%, commitment: 30 kUSD/year }") THREE_TODAY, 2500,
         2500, -1314, 0,
         ": $2.50K a month ($1.84K of it promised spend that is missing), as much as today's fleet",
         "Pay $1.84K a month that is missing of the spend promised for ec2"},
        {DISCOUNTS("{ applies_to: g4dn, rate: 10%, commitment: 7 kUSD/year }") THREE_G5, 2773.3333,
         657, 583.3333, 0.763101, ": $657 a month, $2.12K less than today's fleet",
         "Spend what is promised for g4dn"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct study study = run(&arena, cases[i].text, FLAT_TWO, NULL, false);
        double before = study_paid_usd_per_month(&study.baseline);
        double after = study_paid_usd_per_month(&study.recommended);
        cr_expect(epsilon_eq(dbl, before, cases[i].before, 1e-3), "case %zu", i);
        cr_expect(epsilon_eq(dbl, after, cases[i].after, 1e-3), "case %zu", i);
        cr_expect(
            epsilon_eq(dbl, study.saving_usd_per_month, cases[i].before - cases[i].after, 1e-3),
            "case %zu", i);
        cr_expect(epsilon_eq(dbl, study.saving_fraction, cases[i].share, 1e-6), "case %zu", i);
        const struct study_steps *steps = &study.steps;
        cr_expect(epsilon_eq(dbl,
                             before - steps->serve - steps->follow - steps->spot - steps->commit +
                                 steps->billing + steps->promises,
                             after, 1e-6),
                  "case %zu", i);
        cr_expect(epsilon_eq(dbl, saved_by(&study, ACTION_PROMISE), cases[i].promise, 1e-3),
                  "case %zu", i);
        cr_expect(strstr(study.headline, cases[i].headline) != NULL, "%s", study.headline);
        int named = 0;
        for (int k = 0; k < study.n_actions; k++)
            named += strcmp(study.actions[k].text, cases[i].action) == 0;
        cr_expect(eq(int, named, 1), "case %zu", i);
        struct text json = {.arena = &arena}, numbers = {.arena = &arena};
        result_append_json(&study, &json);
        result_append_numbers_csv(&study, &numbers);
        json_t *root = json_loads(json.data, 0, NULL);
        const char *const fleets[] = {"baseline", "recommended"};
        double paid[2];
        for (int k = 0; k < 2; k++) {
            json_t *fleet = json_object_get(root, fleets[k]);
            paid[k] = json_number_value(json_object_get(fleet, "bill_usd_per_month")) +
                      json_number_value(json_object_get(fleet, "shortfall_usd_per_month"));
        }
        double saving = json_number_value(json_object_get(root, "saving_usd_per_month"));
        cr_expect(epsilon_eq(dbl, saving, paid[0] - paid[1], 1e-6), "case %zu", i);
        double total = json_number_value(json_object_get(root, "total_usd_per_month"));
        double compared = json_number_value(
            json_object_get(json_object_get(root, "cost"), "usd_per_month")); /* what diff reads */
        cr_expect(epsilon_eq(dbl, total, cases[i].after, 1e-3), "case %zu", i);
        cr_expect(epsilon_eq(dbl, compared, cases[i].after, 1e-3), "case %zu", i);
        json_decref(root);
        cr_expect(
            strstr(numbers.data, arena_printf(&arena, "\ncontract_shortfall_usd_per_month,%.6g",
                                              study.baseline.shortfall_usd_per_month)) != NULL,
            "%s", numbers.data);
        arena_release(&arena);
    }
}

/* ---- discounts and plans ---- */

/* An owned plan of 0.5 list dollars an hour at a plan rate of 0.5 covers the one instance, no more,
 * and costs 0.5 x 0.9 after the discount: 0.45 x 730 a month. At 0.25 it covers half of each hour;
 * the rest is on demand at 0.9: (0.225 + 0.45) x 730. A discount on the family is off the on-demand
 * half alone: (0.25 + 0.45) x 730. */
Test(study_prices, discounts_move_no_coverage_of_plans) {
    static const struct {
        const char *discount, *commitment;
        double usd_per_hour;
    } cases[] = {{"ec2", "0.5", 0.45}, {"ec2", "0.25", 0.675}, {"g4dn", "0.25", 0.7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *text = arena_printf(
            &arena,
            HEAD "prices: first.csv\nprices_over: nothing\nscaling: { boot: 0s }\n"
                 "purchase: [ on_demand ]\n"
                 "estate:\n"
                 "  discounts: [ { applies_to: %s, rate: 10%% } ]\n"
                 "  owned: [ { savings_plan: compute, commitment: %s USD/h, ends: 2028-01-01 } ]\n"
                 "%s",
            cases[i].discount, cases[i].commitment, EMBED);
        struct study study = run(
            &arena, text,
            BOOK("first", ON_DEMAND("1", "", "2026-11-30") "instance,g4dn.xlarge,us-east-1,"
                                                           "plan_compute,1y,no_upfront,hour,0.5,"
                                                           ",,published,,here,2026-11-30\n"),
            NULL, false);
        cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730 * cases[i].usd_per_hour,
                             0.01),
                  "case %zu", i);
        arena_release(&arena);
    }
}

/* A plan that is owned has the rates of its payment, whatever that is, on the shipped book: of
 * g4dn.xlarge 0.309247 all upfront (1 year), 0.197793 (3 years), x 1.020 or 1.064 partial, x 1.201
 * or 1.202 as a Compute plan. 0.2 USD/h of it cover 0.2 / rate of the one instance, the rest is on
 * demand at 0.526: (0.2 + (1 - 0.2 / rate) x 0.526) x 730. Half of a partial upfront was paid when
 * it was bought: all of it is in the bill. */
Test(study_prices, an_owned_compute_plan_of_any_payment_covers) {
    static const struct {
        const char *terms;
        double rate;
    } cases[] = {{"term: 1y, payment: partial_upfront", 0.309247 * 1.020 * 1.201},
                 {"term: 1y, payment: all_upfront", 0.309247 * 1.201},
                 {"term: 3y, payment: partial_upfront", 0.197793 * 1.064 * 1.202},
                 {"term: 3y, payment: no_upfront", 0.197793 * 1.149 * 1.202}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *text = arena_printf(
            &arena,
            HEAD "scaling: { boot: 0s }\npurchase: [ on_demand ]\nestate:\n"
                 "  owned: [ { savings_plan: compute, commitment: 0.2 USD/h, %s, ends: 2028-01-01 "
                 "} ]\n%s",
            cases[i].terms, EMBED);
        struct study study = run(&arena, text, NULL, NULL, false);
        double usd_per_hour = 0.2 + (1 - 0.2 / cases[i].rate) * 0.526;
        cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730 * usd_per_hour, 0.01),
                  "%s", cases[i].terms);
        arena_release(&arena);
    }
}

/* The table of commitments has one row, which ends with the words; a text with a comma is quoted.
 */
static bool says_of_discounts(struct arena *arena, const struct study *study, const char *words) {
    struct text csv = {.arena = arena};
    result_append_commitments_csv(study, &csv);
    const char *want = arena_printf(arena, strchr(words, ',') ? ",\"%s\"\n" : ",%s\n", words);
    size_t n = strlen(want);
    return csv.n > n && strcmp(csv.data + csv.n - n, want) == 0;
}

/* Beside what is owned stands whether the contract's discounts are off it, and why. */
Test(study_prices, what_is_owned_says_what_discounts_are_off_it) {
    static const struct {
        const char *discounts, *owned, *want;
    } cases[] = {
        {"discounts: [ { applies_to: ec2, rate: 10% } ]",
         "savings_plan: compute, commitment: 0.5 USD/h",
         "owned: $0.5/h Compute savings plan: the contract's discounts are off its dollars: "
         "$0.500/h "
         "with the provider cost $0.450/h"},
        {"discounts: [ { applies_to: lambda, rate: 10% } ]",
         "savings_plan: compute, commitment: 0.5 USD/h",
         "owned: $0.5/h Compute savings plan: no discount of the contract is for it"},
        {"discounts: [ { applies_to: ec2, rate: 10% } ]",
         "reserved: standard, instance: g4dn.xlarge, count: 1, rate: 0.4 USD/h",
         "owned: 1 x g4dn.xlarge reserved instance: at the rate that the scenario states: "
         "no discount of the contract is off it"},
        {"discounts: [ { applies_to: ec2, rate: 10% } ]",
         "reserved: standard, instance: g4dn.xlarge, count: 1",
         "owned: 1 x g4dn.xlarge reserved instance: at the book's rate, which the "
         "contract's discounts of 10% are off"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        const char *text =
            arena_printf(&arena,
                         HEAD "prices: first.csv\nprices_over: nothing\nscaling: { boot: 0s }\n"
                              "purchase: [ on_demand ]\nestate:\n  %s\n"
                              "  owned: [ { %s, ends: 2028-01-01 } ]\n%s",
                         cases[i].discounts, cases[i].owned, EMBED);
        struct study study =
            run(&arena, text,
                BOOK("first",
                     ON_DEMAND("1", "", "2026-11-30") "instance,g4dn.xlarge,us-east-1,plan_compute,"
                                                      "1y,no_upfront,hour,0.5,,,published,,here,"
                                                      "2026-11-30\n"
                                                      "instance,g4dn.xlarge,us-east-1,reserved_"
                                                      "standard,1y,no_upfront,hour,0.6,,,published,"
                                                      ",here,2026-11-30\n"),
                NULL, false);
        cr_expect(eq(str, (char *)notice_of(&study, "owned-discount"), (char *)cases[i].want));
        const char *words = strchr(strchr(cases[i].want, ':') + 1, ':') + 2; /* after the name */
        cr_expect(says_of_discounts(&arena, &study, words), "case %zu", i);
        arena_release(&arena);
    }
}

/* The plan is bought for what it costs, 0.45; the provider asks for 0.5. */
Test(study_prices, a_bought_plan_is_told_in_the_providers_dollars) {
    struct arena arena = {0};
    struct study study =
        run(&arena,
            HEAD "prices: first.csv\nprices_over: nothing\nscaling: { boot: 0s }\n"
                 "purchase: [ on_demand, { savings_plan: compute, term: 1y } ]\n"
                 "estate: { discounts: [ { applies_to: ec2, rate: 10% } ] }\n" EMBED,
            BOOK("first",
                 ON_DEMAND("1", "", "2026-11-30") "instance,g4dn.xlarge,us-east-1,plan_compute,"
                                                  "1y,no_upfront,hour,0.5,,,published,,here,"
                                                  "2026-11-30\n"),
            NULL, false);
    cr_expect(epsilon_eq(dbl, study.recommended.bill_usd_per_month, 730 * 0.45, 0.01));
    cr_expect(eq(str, (char *)notice_of(&study, "plan-dollars"),
                 "the Compute savings plan of $0.450/h is stated after the contract's discounts: "
                 "with the provider it is a commitment of $0.500/h"));
    cr_expect(says_of_discounts(&arena, &study,
                                "the contract's discounts are off its dollars: $0.500/h with the "
                                "provider cost $0.450/h"));
    arena_release(&arena);
}
