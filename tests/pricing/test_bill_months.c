/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What calendar months make of the bills of planning weeks: tiers and GB-months by hand, over a
 * month's end, a leap February, a start on the 15th, a bound crossed in the second month alone;
 * against the bill of the same usage with its dates, written out hour by hour; and the weeks at
 * their mean rates against the months. A biller of 730-hour months fails each case by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "pricing/bill_months.h"
#include "tests/pricing/bill_fixture.h"

enum { WEEK_H = 168, MONTHS_MAX = 8, WEEKS_MAX = 3 };

#define GB ((double)BYTES_PER_BILLED_GB)

/* 0.09 a GB, above 100 GB a month 0.05. */
static const struct price_tier above_100[] = {{100, 50000000000}};

static struct offer egress(void) {
    struct offer offer = {.kind = OFFER_TRANSFER, .sku = "egress", .region = "us-east-1"};
    offer.gigabyte = fixture_quote(0.09);
    offer.gigabyte.n_tiers = 1;
    offer.gigabyte.tiers = above_100;
    return offer;
}

static struct offer volume(void) {
    struct offer offer = {.kind = OFFER_STORAGE, .sku = "ebs-gp3", .region = "us-east-1"};
    offer.gb_month = fixture_quote(0.08);
    return offer;
}

/* The same in each hour of a week, in the ledger's units. */
static struct bill week_of(struct arena *arena, const struct offer *offer, enum usage_kind usage,
                           double own, double others) {
    struct usage_row rows[2 * WEEK_H];
    int n = 0;
    for (int h = 0; h < WEEK_H; h++)
        for (int other = 0; other < (others > 0 ? 2 : 1); other++)
            rows[n++] = (struct usage_row){.kind = usage,
                                           .workload = other ? USAGE_OTHERS : 0,
                                           .from_s = h * 3600,
                                           .to_s = h * 3600,
                                           .quantity = llround(other ? others : own)};
    return fixture_bill(arena, offer, 1, WEEK_H * 3600, rows, n, NULL, 0);
}

/* Calendar months between two days, each hour of them of week `first` before the day `then` and of
 * the week after it from then on. */
struct span {
    int n_months, n_weeks;
    int64_t from[MONTHS_MAX + 1];
    double hours[MONTHS_MAX * WEEKS_MAX];
};

static struct span span_of(struct date start, struct date end, struct date then, int n_weeks) {
    struct span span = {.n_weeks = n_weeks};
    for (int64_t day = calendar_days(start); day < calendar_days(end); day++) {
        if (day == calendar_days(start) || calendar_date(day).day == 1)
            span.from[span.n_months++] = 24 * day;
        int week = n_weeks > 1 && day >= calendar_days(then);
        span.hours[(span.n_months - 1) * n_weeks + week] += 24;
    }
    span.from[span.n_months] = 24 * calendar_days(end);
    return span;
}

static struct bill_months months_of(struct arena *arena, const struct offer *offer,
                                    const struct span *span, const struct bill *bills) {
    return bill_months_make(arena, &(struct bill_months_input){.offers = offer,
                                                               .n_weeks = span->n_weeks,
                                                               .n_months = span->n_months,
                                                               .bills = bills,
                                                               .month_hours = span->hours,
                                                               .months_from = span->from,
                                                               .week_hours = WEEK_H});
}

/* What month m costs. */
static double month_usd(const struct bill_months *months, const struct span *span,
                        const struct bill *bills, int m) {
    double usd = 0;
    for (int k = 0; k < span->n_weeks; k++)
        for (int i = 0; i < bills[k].n_charges; i++)
            usd += span->hours[m * span->n_weeks + k] / WEEK_H *
                   (double)bills[k].charges[i].quantity *
                   bill_months_unit_usd(months, &bills[k].charges[i], m);
    return usd;
}

static const struct {
    const char *name;
    bool volume;
    struct date start, end, then;
    double gb_week[2], others; /* a week; of a volume: GB held */
    double usd[4];             /* by calendar month */
} cases[] = {
    /* 42 GB a week: 17 days of January 102, 28 of February 168, 14 of March 84; the counter is at
     * nothing on each 1st: 9 + 2 x 0.05, 9 + 68 x 0.05, 84 x 0.09 */
    {"egress from the 15th", false, {2027, 1, 15}, {2027, 3, 15}, {0}, {42}, 0, {9.1, 12.4, 7.56}},
    /* 28 GB a week: 116 GB in 29 days: 9 + 0.8; 112 in 28: 9 + 0.6 */
    {"a leap February", false, {2028, 2, 1}, {2028, 3, 1}, {0}, {28}, 0, {9.8}},
    {"no leap February", false, {2027, 2, 1}, {2027, 3, 1}, {0}, {28}, 0, {9.6}},
    /* 21 GB a week in February: 84 x 0.09; 42 in March: 186, 9 + 86 x 0.05 */
    {"a bound in the second month",
     false,
     {2027, 2, 1},
     {2027, 4, 1},
     {2027, 3, 1},
     {21, 42},
     0,
     {7.56, 13.3}},
    /* a month of two weeks' kinds: 14 days of 21 and 14 of 63 GB a week, 168 GB together */
    {"a bound between two weeks",
     false,
     {2027, 2, 1},
     {2027, 3, 1},
     {2027, 2, 15},
     {21, 63},
     0,
     {12.4}},
    /* others use as much: 336 GB cost 9 + 236 x 0.05 = 20.8, each half */
    {"others fill the tier", false, {2027, 2, 1}, {2027, 3, 1}, {0}, {42}, 42, {10.4}},
    /* 100 GB of volumes: 8 USD a month, 17 / 31 and 14 / 31 of it at the ends */
    {"a volume from the 15th",
     true,
     {2028, 1, 15},
     {2028, 3, 15},
     {0},
     {100},
     0,
     {8 * 17 / 31.0, 8, 8 * 14 / 31.0}},
    {"a volume in every month", true, {2027, 1, 1}, {2027, 4, 1}, {0}, {100}, 0, {8, 8, 8}},
};

Test(bill_months, by_hand) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct offer offer = cases[i].volume ? volume() : egress();
        enum usage_kind usage = cases[i].volume ? USAGE_VOLUME_GB_S : USAGE_TRANSFER_BYTES;
        double unit = cases[i].volume ? 3600 : GB / WEEK_H;
        int n_weeks = cases[i].gb_week[1] > 0 ? 2 : 1;
        struct span span = span_of(cases[i].start, cases[i].end, cases[i].then, n_weeks);
        struct bill bills[2];
        for (int k = 0; k < n_weeks; k++)
            bills[k] =
                week_of(&arena, &offer, usage, cases[i].gb_week[k] * unit, cases[i].others * unit);
        struct bill_months months = months_of(&arena, &offer, &span, bills);
        double sum = 0, weeks = 0, typical = 0;
        for (int m = 0; m < span.n_months; m++) {
            double usd = month_usd(&months, &span, bills, m);
            cr_expect(epsilon_eq(dbl, usd, cases[i].usd[m], 1e-6), "%s, month %d", cases[i].name,
                      m);
            sum += usd;
        }
        for (int k = 0; k < n_weeks; k++) {
            double weight = 0;
            for (int m = 0; m < span.n_months; m++)
                weight += span.hours[m * n_weeks + k] / WEEK_H;
            struct bill at = bill_months_apply(&arena, &months, k, &bills[k]);
            weeks += weight * money_amount_usd(at.total);
            typical += weight * money_amount_usd(bills[k].total);
            cr_expect(eq(i64, at.total, at.list_total));
            cr_expect(eq(i64, at.total,
                         at.total_by_kind[cases[i].volume ? CHARGE_VOLUME : CHARGE_TRANSFER]));
        }
        cr_expect(epsilon_eq(dbl, weeks, sum, 1e-5), "%s: weeks", cases[i].name);
        cr_expect(gt(dbl, fabs(typical - sum), 0.02), "%s: as of 730 hours", cases[i].name);
        arena_release(&arena);
    }
}

/* The same usage with its dates, hour by hour: bill_compute's own months. */
Test(bill_months, as_the_ledger_with_its_dates) {
    struct rng rng = rng_open(7, 0, RNG_TEST, 0);
    for (int round = 0; round < 20; round++) {
        struct arena arena = {0};
        bool of_volume = round % 2 == 1;
        struct offer offer = of_volume ? volume() : egress();
        enum usage_kind usage = of_volume ? USAGE_VOLUME_GB_S : USAGE_TRANSFER_BYTES;
        struct date start =
            calendar_date(calendar_days((struct date){2027, 6, 1}) + (int64_t)rng_below(&rng, 300));
        int days = 20 + (int)rng_below(&rng, 120);
        struct date end = calendar_date(calendar_days(start) + days);
        int64_t each = of_volume ? (int64_t)rng_below(&rng, 500) * 3600
                                 : (int64_t)rng_below(&rng, BYTES_PER_BILLED_GB);
        struct span span = span_of(start, end, start, 1);
        struct bill week = week_of(&arena, &offer, usage, (double)each, 0);
        struct bill_months months = months_of(&arena, &offer, &span, &week);
        struct usage_row *rows = arena_new(&arena, struct usage_row, days * 24);
        for (int h = 0; h < days * 24; h++)
            rows[h] = (struct usage_row){
                .kind = usage, .from_s = h * 3600, .to_s = h * 3600, .quantity = each};
        struct usage_ledger ledger = {days * 86400LL, days * 24, rows};
        struct bill dated;
        struct err err = {0};
        cr_assert(bill_compute(&arena,
                               &(struct bill_input){.offers = &offer,
                                                    .n_offers = 1,
                                                    .parts = &ledger,
                                                    .n_parts = 1,
                                                    .start = start},
                               &dated, &err),
                  "%s", err.what);
        double sum = 0;
        for (int m = 0; m < span.n_months; m++)
            sum += month_usd(&months, &span, &week, m);
        cr_expect(epsilon_eq(dbl, sum, money_amount_usd(dated.total), 1e-5), "round %d", round);
        cr_expect(eq(int, dated.n_monthly, 0));
        arena_release(&arena);
    }
}

/* What a commitment pays for, and what has no tiers, is as it was. */
Test(bill_months, all_else_is_as_it_was) {
    struct arena arena = {0};
    struct offer offer = fixture_instance("m5.large", "m5", 0.1, 0);
    struct usage_row row = fixture_row(0, 0, 0, WEEK_H * 3600, 2);
    struct commitment held = fixture_reserved(0, 1, 0.06);
    struct bill bill = fixture_bill(&arena, &offer, 1, WEEK_H * 3600, &row, 1, &held, 1);
    struct span span =
        span_of((struct date){2027, 1, 1}, (struct date){2027, 3, 1}, (struct date){0}, 1);
    struct bill_months months = months_of(&arena, &offer, &span, &bill);
    cr_expect(eq(int, months.n_rows, 0));
    cr_expect(eq(i64, bill_months_apply(&arena, &months, 0, &bill).total, bill.total));
    for (int i = 0; i < bill.n_charges; i++)
        cr_expect(isnan(bill_months_unit_usd(&months, &bill.charges[i], 0)));
    arena_release(&arena);
}

/* 21 GB out and 7 GB of weights a week the same way: in the 29 days of February 2028 116 GB, 9 + 16
 * x 0.05 = 9.80 USD, of which a quarter is the weights'. In tiers of their own they would be 29 x
 * 0.09 = 2.61. */
Test(bill_months, weights_fill_the_tiers_of_their_way) {
    struct arena arena = {0};
    struct offer offer = egress();
    struct usage_row rows[2 * WEEK_H];
    for (int i = 0; i < 2 * WEEK_H; i++) {
        int hour = i / 2;
        rows[i] = (struct usage_row){.kind = i % 2 ? USAGE_WEIGHT_BYTES : USAGE_TRANSFER_BYTES,
                                     .from_s = hour * 3600,
                                     .to_s = hour * 3600,
                                     .quantity = llround((i % 2 ? 7 : 21) * GB / WEEK_H)};
    }
    struct bill bill = fixture_bill(&arena, &offer, 1, WEEK_H * 3600, rows, 2 * WEEK_H, NULL, 0);
    struct span span =
        span_of((struct date){2028, 2, 1}, (struct date){2028, 3, 1}, (struct date){0}, 1);
    struct bill_months months = months_of(&arena, &offer, &span, &bill);
    struct bill applied = bill_months_apply(&arena, &months, 0, &bill);
    double weeks = 29.0 / 7;
    cr_expect(epsilon_eq(dbl, month_usd(&months, &span, &bill, 0), 9.8, 1e-6));
    cr_expect(epsilon_eq(dbl, weeks * money_amount_usd(applied.total_by_kind[CHARGE_WEIGHTS]), 2.45,
                         1e-6));
    cr_expect(epsilon_eq(dbl, weeks * money_amount_usd(applied.total_by_kind[CHARGE_TRANSFER]),
                         7.35, 1e-6));
    arena_release(&arena);
}
