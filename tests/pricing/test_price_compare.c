/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When commitments pay, worked out by hand and against the cash paid hour by hour, and what changed
 * between two books. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "pricing/break_even.h"
#include "pricing/price_diff.h"

/* ---- break-even ---- */

#define PICO(usd) ((usd_pico)llround((usd)*1e6) * 1000000)

static struct commitment_quote commitment(int years, enum payment payment, double usd) {
    return (struct commitment_quote){
        .terms = {COMMIT_RESERVED_STANDARD, years, payment},
        .effective = {.known = true, .rate = PICO(usd), .list = PICO(usd)}};
}

/* x2iedn.32xlarge in us-east-1, on demand 26.676 (2026-07-20).
 *  1 year, all upfront 15.319521: 15.319521 / 26.676 = 0.574281; x 8760 / 730 = 6.891374 months,
 * and all of it is paid on day one. 1 year, partial 15.632166: 0.586001, 7.032010 months. Paid at
 * purchase 15.632166 x 8760 / 2 = 68468.89; hourly 7.816083; 68468.89 / (26.676 - 7.816083) =
 * 3630.39 h = 4.973137 months. 3 years, none upfront 8.55659: 0.320760, x 36 = 11.547355 months;
 * less is paid from the first hour. Dearer than on demand: never. */
Test(break_even, by_hand) {
    static const struct {
        int years;
        enum payment payment;
        double usd, utilisation, full, cash;
    } cases[] = {
        {1, PAY_ALL_UPFRONT, 15.319521, 0.574281, 6.891374, 6.891374},
        {1, PAY_PARTIAL_UPFRONT, 15.632166, 0.586001, 7.032010, 4.973137},
        {3, PAY_NO_UPFRONT, 8.55659, 0.320760, 11.547355, 0},
        {1, PAY_NO_UPFRONT, 30, 1.124606, INFINITY, INFINITY},
        {1, PAY_ALL_UPFRONT, 26.676, 1, 12, 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct commitment_quote c = commitment(cases[i].years, cases[i].payment, cases[i].usd);
        struct break_even b = break_even_of(PICO(26.676), &c);
        cr_expect(epsilon_eq(dbl, b.utilisation, cases[i].utilisation, 1e-6), "case %zu", i);
        if (isinf(cases[i].full)) {
            cr_expect(isinf(b.full_months) && isinf(b.cash_months));
            continue;
        }
        cr_expect(epsilon_eq(dbl, b.full_months, cases[i].full, 1e-5), "case %zu", i);
        cr_expect(epsilon_eq(dbl, b.cash_months, cases[i].cash, 1e-5), "case %zu", i);
    }
}

/* Of 0.6 x 8760 = 5256 USD 2628 are paid at purchase by default: 2628 / (1 - 0.3) = 3754.3 h. With
 * a fee of 1000 the hourly fee is 4256 / 8760 = 0.485845: 1000 / 0.514155 = 1944.94 h. */
Test(break_even, the_fee_of_the_book_counts) {
    struct commitment_quote c = commitment(1, PAY_PARTIAL_UPFRONT, 0.6);
    cr_expect(epsilon_eq(dbl, break_even_of(PICO(1), &c).cash_months, 3754.2857 / 730, 1e-6));
    c.upfront = PICO(1000);
    cr_expect(epsilon_eq(dbl, break_even_of(PICO(1), &c).cash_months, 1944.9378 / 730, 1e-6));
    cr_expect(epsilon_eq(dbl, break_even_of(PICO(1), &c).full_months, 0.6 * 12, 1e-9));
}

/* The definition, hour by hour: the first hour after which less has been paid. */
static int first_hour(double on_demand, double upfront, double hourly, int term_h) {
    for (int h = 1; h <= term_h; h++)
        if (upfront + hourly * h < on_demand * h)
            return h;
    return -1;
}

Test(break_even, agrees_with_counting_hours) {
    for (int years = 1; years <= 3; years += 2)
        for (int payment = PAY_NO_UPFRONT; payment <= PAY_ALL_UPFRONT; payment++)
            for (int percent = 5; percent < 100; percent += 7) {
                double e = percent / 100.0, term_h = 8760.0 * years, s = payment / 2.0;
                struct commitment_quote c = commitment(years, (enum payment)payment, e);
                struct break_even b = break_even_of(PICO(1), &c);
                int hour = first_hour(1, s * e * term_h, (1 - s) * e, (int)term_h);
                cr_assert(gt(i32, hour, 0));
                cr_expect(le(dbl, fabs(b.cash_months * 730 - hour), 1.0001), "%d %d %d", years,
                          payment, percent);
            }
}

/* ---- diff ---- */

static struct price_book book_of(struct arena *arena, const char *rows) {
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    const char *text =
        arena_printf(arena,
                     "headroom_price_book,1,b,USD\n"
                     "kind,sku,region,zone,option,unit,usd,status,rule,source,as_of\n"
                     "%s",
                     rows);
    struct source *source = source_open_memory(arena, bytes_of(text), "b.csv", &err);
    cr_assert(price_book_read(arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    return book;
}

#define UNIT_ROW(option, unit, usd)                                                                \
    "token_api,m-v1,us-east-1,," option "," unit "," usd ",published,,list,2026-11-01\n"

/* 10 USD an hour for six months: 6 x 730 h x 10 = 43,800. 10 USD are 1M input tokens at 10 USD, or
 * 500,000 output tokens at 20, in an hour: 16,667 and 8,333 a minute. 6 months x 10 / 20 = 3 months
 * of a unit by the hour. Dearer than by the hour: never. No on-demand rate: not known. */
Test(break_even, model_units_by_hand) {
    struct arena arena = {0};
    struct price_book book = book_of(
        &arena,
        UNIT_ROW("on_demand", "1M input tokens", "10")
            UNIT_ROW("on_demand", "1M output tokens", "20") UNIT_ROW("provisioned", "hour", "20")
                UNIT_ROW("provisioned_1m", "hour", "21") UNIT_ROW("provisioned_6m", "hour", "10"));
    const struct price *six = price_book_find(&book, "m-v1", "us-east-1", PRICE_PROVISIONED_6M, 0,
                                              PAY_NO_UPFRONT, PER_HOUR);
    struct unit_break_even b = unit_break_even_of(&book, six);
    cr_expect(eq(int, b.term_months, 6));
    cr_expect(epsilon_eq(dbl, b.term_usd, 43800, 1e-9));
    cr_expect(epsilon_eq(dbl, b.input_tokens_per_minute, 1e6 / 60, 1e-6));
    cr_expect(epsilon_eq(dbl, b.output_tokens_per_minute, 5e5 / 60, 1e-6));
    cr_expect(epsilon_eq(dbl, b.utilisation, 0.5, 1e-12));
    cr_expect(epsilon_eq(dbl, b.months_by_the_hour, 3, 1e-9));
    const struct price *one = price_book_find(&book, "m-v1", "us-east-1", PRICE_PROVISIONED_1M, 0,
                                              PAY_NO_UPFRONT, PER_HOUR);
    cr_expect(isinf(unit_break_even_of(&book, one).months_by_the_hour));
    struct price_book alone = book_of(&arena, UNIT_ROW("provisioned", "hour", "20"));
    b = unit_break_even_of(&alone, &alone.prices[0]);
    cr_expect(eq(int, b.term_months, 0));
    cr_expect(isnan(b.input_tokens_per_minute) && isnan(b.months_by_the_hour));
    cr_expect(isnan(b.utilisation));
    arena_release(&arena);
}

#define RATE(sku, option, usd, status)                                                             \
    "instance," sku ",r,," option ",hour," usd "," status ",list,2026-07-20\n"

Test(price_diff, tells_what_changed_in_the_order_of_the_book) {
    struct arena arena = {0};
    struct price_book before = book_of(
        &arena, RATE("d", "on_demand", "4", "published,") RATE("a", "on_demand", "2", "published,")
                    RATE("b", "spot", "1", "estimated,spot-advisor")
                        RATE("c", "on_demand", "3", "published,"));
    struct price_book after = book_of(
        &arena,
        RATE("e", "on_demand", "9", "published,") RATE("b", "spot", "1", "published,")
            RATE("a", "on_demand", "1.5",
                 "published,") "instance,c,r,,on_demand,hour,3,published,,elsewhere,2026-09-01\n");
    struct price_diff diff = price_book_diff(&arena, &before, &after);
    struct text got = {.arena = &arena};
    for (int i = 0; i < diff.n; i++)
        text_printf(&got, "%s %s %+.3f\n", price_change_word(diff.items[i].change),
                    (diff.items[i].after ? diff.items[i].after : diff.items[i].before)->sku,
                    diff.items[i].fraction);
    cr_expect(eq(str, got.data,
                 "changed a -0.250\n"
                 "restated b +0.000\n"
                 "removed d +0.000\n"
                 "added e +0.000\n"));
    cr_expect(eq(i32, diff.n_unchanged, 1)); /* c, read elsewhere */
    cr_expect(eq(i32, price_book_diff(&arena, &after, &after).n, 0));
    /* turned round, what was added is removed */
    struct price_diff back = price_book_diff(&arena, &after, &before);
    cr_expect(eq(i32, back.n, diff.n));
    cr_expect(epsilon_eq(dbl, back.items[0].fraction, 1.0 / 3, 1e-12));
    cr_expect(eq(i32, (int)back.items[3].change, PRICE_REMOVED));
    arena_release(&arena);
}

/* The rate is the same and the bill is not: each of these terms is a change, and a later day is
 * not. */
Test(price_diff, tells_terms_that_change_under_one_rate) {
    static const struct {
        const char *before, *after;
        int n;
    } cases[] = {
        {"3000,,,", "4000,,,", 1},
        {",30,,", ",90,,", 1},
        {",,128,", ",,0,", 1},
        {",,,reads", ",,,reads writes", 1},
        {",30,128,reads", ",30,128,reads", 0},
    };
    for (int i = 0; i < 5; i++) {
        struct arena arena = {0};
        struct price_book books[2];
        for (int k = 0; k < 2; k++) {
            const char *cells = k ? cases[i].after : cases[i].before;
            bool iops = i == 0;
            const char *text = arena_printf(
                &arena,
                "headroom_price_book,1,b,USD\n"
                "kind,sku,region,option,unit,usd,status,source,as_of,access,zones_kept,included,"
                "days_min,object_kib_min,free\n"
                "storage,t,r,on_demand,%s,0.5,published,list,2026-07-%d,%s,%s\n",
                iops ? "IOPS-month" : "GB-month", 20 + k, iops ? "," : "instant,3", cells);
            struct err err = {0};
            struct err_list *errs = arena_new(&arena, struct err_list, 1);
            struct source *source = source_open_memory(&arena, bytes_of(text), "b.csv", &err);
            cr_assert(price_book_read(&arena, source, &books[k], errs), "%s", errs->items[0].what);
            source_close(source);
        }
        struct price_diff diff = price_book_diff(&arena, &books[0], &books[1]);
        cr_expect(eq(int, diff.n, cases[i].n), "case %d", i);
        if (diff.n == 1)
            cr_expect(eq(int, (int)diff.items[0].change, PRICE_RESTATED), "case %d", i);
        arena_release(&arena);
    }
}
