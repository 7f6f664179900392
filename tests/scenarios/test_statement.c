/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bill of the horizon by month, from weeks billed by hand: what a month is made of, idle time,
 * and the two views of a commitment over its whole term, random ones too: used and unused effective
 * cost = payments, to the nano-dollar; a view whose months are rounded one by one must break that.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "base/rng.h"
#include "scenarios/statement.h"

enum { MONTHS_MAX = 36, HOURS_PER_DAY = 24 };

static const struct plan_commitment *of_plan(const void *context, int week, int index) {
    (void)week;
    return &((const struct plan *)context)->commitments[index];
}

/* One planning week that stands for every hour of the months. */
static struct demand one_week(struct arena *arena, struct date start, int months) {
    struct demand demand = {
        .n_workloads = 1, .n_weeks = 1, .n_hours = 168, .n_calendar = months + (start.day > 1)};
    int64_t *from = arena_new(arena, int64_t, demand.n_calendar + 1);
    for (int c = 0; c <= demand.n_calendar; c++) {
        struct date first = {start.year, start.month,
                             c > 0 && c < demand.n_calendar ? 1 : start.day};
        from[c] = HOURS_PER_DAY *
                  calendar_days(calendar_add_months(first, c < demand.n_calendar ? c : months));
    }
    demand.calendar_from = from;
    demand.calendar_hours = arena_new(arena, double, demand.n_calendar);
    for (int c = 0; c < demand.n_calendar; c++) {
        demand.calendar_hours[c] = (double)(from[c + 1] - from[c]);
        demand.horizon_hours += demand.calendar_hours[c];
    }
    demand.weeks[0].weight = demand.horizon_hours / 168;
    return demand;
}

static struct statement make(struct arena *arena, const struct demand *demand, struct date start,
                             const struct charge *charges, int n, const struct plan *plan,
                             struct replay_hour *hours) {
    struct bill bill = {.n_charges = n, .charges = charges};
    struct replay_result replay = {.n_hours = 168, .hours = hours};
    return statement_make(arena, &(struct statement_input){.start = start,
                                                           .demand = demand,
                                                           .bills = &bill,
                                                           .replays = &replay,
                                                           .plan = plan,
                                                           .charged = of_plan,
                                                           .context = plan});
}

/* December has 744 hours, so each hour of the week stands for 744 / 168 of its hours. 1 USD in hour
 * 0, a quarter of its time with work; 2 USD in hour 1, without a replica ready; 4 USD in hour 2,
 * busy: 7 x 744 / 168 = 31 USD, of which 0.75 + 2 of 7 are idle. */
Test(statement, idle_time_by_the_hour) {
    struct arena arena = {0};
    struct date start = {2026, 12, 1};
    struct demand demand = one_week(&arena, start, 1);
    struct replay_hour hours[168] = {
        {.busy_fraction = 0.25}, {.busy_fraction = NAN}, {.busy_fraction = 1}};
    const struct charge charges[] = {
        {.hour = 0,
         .commitment = -1,
         .quantity = 3600,
         .effective = 1000000000,
         .list = 1000000000},
        {.hour = 1,
         .commitment = -1,
         .quantity = 3600,
         .effective = 2000000000,
         .list = 2000000000},
        {.hour = 2,
         .commitment = -1,
         .quantity = 3600,
         .effective = 4000000000,
         .list = 4000000000},
    };
    struct statement got = make(&arena, &demand, start, charges, 3, &(struct plan){0}, hours);
    cr_assert(eq(int, got.n_rows, 1));
    cr_expect(eq(i64, got.effective, 31000000000));
    cr_expect(eq(i64, got.billed, 31000000000));
    cr_expect(eq(i64, got.rows[0].idle, llround(31e9 * 2.75 / 7)));
    cr_expect(epsilon_eq(dbl, got.rows[0].on_demand, 31, 1e-9));
    cr_expect(epsilon_eq(dbl, got.rows[0].quantity, 3 * 3600 * 744.0 / 168, 1e-6));
    arena_release(&arena);
}

/* Four reserved instances at a third of a dollar, half paid upfront, 3 used and 1 not. A year from
 * 1 December 2026 costs 4 x 8760 / 3 = 11,680 USD: 5,840 at once, 5,840 by the hour; in December
 * 744 / 8760 of the half and of the whole. */
Test(statement, a_year_paid_half_upfront) {
    struct arena arena = {0};
    struct date start = {2026, 12, 1};
    struct demand demand = one_week(&arena, start, 12);
    struct replay_hour hours[168] = {{.busy_fraction = 1}};
    struct plan_commitment c = {
        .commitment = {.name = "reserved",
                       .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT},
                       .count = 4,
                       .hourly = 333333333333,
                       .to_s = INT64_MAX}};
    struct plan plan = {.n_commitments = 1, .commitments = &c};
    struct charge charges[2 * 168];
    for (int h = 0; h < 168; h++) {
        charges[2 * h] = (struct charge){.kind = CHARGE_COMMITMENT_USED,
                                         .hour = h,
                                         .quantity = 3 * 3600,
                                         .effective = 1000000000,
                                         .list = 3000000000};
        charges[2 * h + 1] = (struct charge){.kind = CHARGE_COMMITMENT_UNUSED,
                                             .hour = h,
                                             .workload = -1,
                                             .quantity = 3600,
                                             .effective = 333333333};
    }
    struct statement got = make(&arena, &demand, start, charges, 2 * 168, &plan, hours);
    cr_expect(eq(i64, got.effective, got.billed));
    cr_expect(le(i64, llabs(got.effective - 11680000000000), 20));
    usd_nano first[3] = {0}, december = 0;
    for (int i = 0; i < got.n_rows && got.rows[i].month == 0; i++) {
        first[got.rows[i].purchase] += got.rows[i].billed;
        december += got.rows[i].effective;
    }
    cr_expect(eq(i64, first[FOCUS_USAGE], 0));
    cr_expect(le(i64, llabs(first[FOCUS_PAID_AT_START] - 5840000000000), 10));
    cr_expect(le(i64, llabs(first[FOCUS_PAID_HOURLY] - 496000000000), 2));
    cr_expect(le(i64, llabs(december - 992000000000), 2));
    arena_release(&arena);
}

/* 2028 has 366 days, a term 365: it is over on 30 December at midnight, and nothing is paid for the
 * 31st. One instance at 1 USD, all upfront: 8760 USD on 1 January and nothing by the hour. Bought
 * on 1 April (day 91) it costs as much then, of which 275 days are in the horizon; held to day 31
 * of two years, 31 days cost and no more is paid. */
Test(statement, a_term_is_paid_as_it_begins_and_costs_while_held) {
    static const struct {
        struct date start;
        int months, from_day, to_day, pays_in_month;
        usd_nano hourly, effective;
    } cases[] = {{{2028, 1, 1}, 12, 0, 366, 0, 0, 8760},
                 {{2029, 1, 1}, 12, 0, 365, 0, 0, 8760},
                 {{2028, 1, 1}, 12, 91, 456, 3, 0, 6600},
                 {{2028, 1, 1}, 24, 0, 366, 0, 0, 8760},
                 {{2029, 1, 1}, 12, 0, 31, 0, 0, 744}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct demand demand = one_week(&arena, cases[i].start, cases[i].months);
        struct replay_hour hours[168] = {{.busy_fraction = 1}};
        struct plan_commitment c = {
            .commitment = {.name = "reserved",
                           .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_ALL_UPFRONT},
                           .count = 1,
                           .hourly = 1000000000000,
                           .from_s = cases[i].from_day * 86400LL,
                           .to_s = cases[i].to_day * 86400LL}};
        struct plan plan = {.n_commitments = 1, .commitments = &c};
        struct charge charges[168];
        for (int h = 0; h < 168; h++)
            charges[h] = (struct charge){.kind = CHARGE_COMMITMENT_USED,
                                         .hour = h,
                                         .quantity = 3600,
                                         .effective = 1000000000,
                                         .list = 2000000000};
        struct statement got = make(&arena, &demand, cases[i].start, charges, 168, &plan, hours);
        usd_nano paid[3] = {0};
        for (int r = 0; r < got.n_rows; r++) {
            paid[got.rows[r].purchase] += got.rows[r].billed;
            if (got.rows[r].purchase == FOCUS_PAID_AT_START)
                cr_expect(eq(int, got.rows[r].month, cases[i].pays_in_month), "case %zu", i);
        }
        cr_expect(eq(i64, paid[FOCUS_PAID_AT_START], 8760000000000), "case %zu", i);
        cr_expect(eq(i64, paid[FOCUS_PAID_HOURLY], cases[i].hourly * 1000000000), "case %zu", i);
        cr_expect(eq(i64, got.effective, cases[i].effective * 1000000000), "case %zu", i);
        arena_release(&arena);
    }
}

static int below(struct rng *rng, int n) {
    return (int)rng_below(rng, (uint64_t)n);
}

/* One instance at 1 USD, half of it upfront, bought on 1 March 2027 for a year: 365 days are over
 * on 29 February 2028 at 00:00, so that February has 28 days of 12 USD by the hour, and 4380 USD by
 * the hour in all. A biller that counts to the same day a year later has 12 USD more. */
Test(statement, what_is_paid_by_the_hour_ends_with_the_term) {
    struct arena arena = {0};
    struct demand demand = one_week(&arena, (struct date){2027, 3, 1}, 24);
    struct replay_hour hours[168] = {{.busy_fraction = 1}};
    struct plan_commitment c = {
        .usd_per_hour = 1,
        .commitment = {.name = "reserved",
                       .terms = {COMMIT_RESERVED_STANDARD, 1, PAY_PARTIAL_UPFRONT},
                       .count = 1,
                       .hourly = 1000000000000,
                       .to_s = 366 * 86400LL}};
    c.upfront_usd = 4380;
    struct plan plan = {.n_commitments = 1, .commitments = &c};
    struct charge charges[168];
    for (int h = 0; h < 168; h++)
        charges[h] = (struct charge){
            .kind = CHARGE_COMMITMENT_USED, .hour = h, .quantity = 3600, .effective = 1000000000};
    struct statement got =
        make(&arena, &demand, (struct date){2027, 3, 1}, charges, 168, &plan, hours);
    usd_nano by_hour = 0, february = 0, after = 0;
    for (int r = 0; r < got.n_rows; r++) {
        const struct statement_row *row = &got.rows[r];
        by_hour += row->purchase == FOCUS_PAID_HOURLY ? row->billed : 0;
        february += row->purchase == FOCUS_PAID_HOURLY && row->month == 11 ? row->billed : 0;
        after += row->month > 11 ? row->billed + row->effective : 0;
    }
    cr_expect(eq(i64, by_hour, 4380000000000));
    cr_expect(eq(i64, february, 28 * 12000000000LL));
    cr_expect(eq(i64, after, 0));
    cr_expect(eq(i64, got.billed, 8760000000000));
    arena_release(&arena);
}

/* Two months from 15 January 2028, 1 USD an hour: 17 days of January, the 29 of February, 14 of
 * March; months of the horizon would be two, of 31 and 29 days. */
Test(statement, rows_are_cut_on_the_first_of_a_month) {
    static const struct {
        struct date from, to;
    } want[] = {
        {{2028, 1, 15}, {2028, 2, 1}}, {{2028, 2, 1}, {2028, 3, 1}}, {{2028, 3, 1}, {2028, 3, 15}}};
    struct arena arena = {0};
    struct date start = {2028, 1, 15};
    struct demand demand = one_week(&arena, start, 2);
    struct replay_hour hours[168] = {{.busy_fraction = 1}};
    struct plan plan = {0};
    struct charge charges[168];
    for (int h = 0; h < 168; h++)
        charges[h] = (struct charge){.hour = h,
                                     .commitment = -1,
                                     .reservation = -1,
                                     .quantity = 3600,
                                     .effective = 1000000000};
    struct statement got = make(&arena, &demand, start, charges, 168, &plan, hours);
    cr_assert(eq(int, got.n_rows, 3));
    for (int m = 0; m < 3; m++) {
        const struct statement_row *row = &got.rows[m];
        int64_t from = 24 * calendar_days(want[m].from), to = 24 * calendar_days(want[m].to);
        cr_expect(eq(i64, row->from_hour, from));
        cr_expect(eq(i64, row->to_hour, to));
        cr_expect(eq(i64, row->billed, (to - from) * 1000000000));
    }
    arena_release(&arena);
}

/* A commitment of any kind, over a horizon that is whole terms: 365 days a year, without a leap day
 * inside. */
Test(statement, a_term_is_paid_as_it_is_used_whatever_it_costs) {
    int broken_by_rounding = 0;
    for (uint64_t number = 0; number < 300; number++) {
        struct arena arena = {0};
        struct rng rng = rng_open(20261124, number, RNG_TEST, 0);
        struct date start = {2028, 3, 1 + below(&rng, 28)};
        int years = below(&rng, 2) ? 1 : 3;
        struct demand demand = one_week(&arena, start, 12 * years);
        struct replay_hour hours[168] = {{.busy_fraction = 1}};
        bool plan_kind = below(&rng, 2) == 0;
        struct plan_commitment c = {
            .commitment = {.name = "c",
                           .terms = {plan_kind ? COMMIT_PLAN_COMPUTE : COMMIT_RESERVED_STANDARD,
                                     years, (enum payment)below(&rng, 3)},
                           .offer = plan_kind ? -1 : 0,
                           .count = 1 + below(&rng, 5),
                           .hourly = 1 + (usd_pico)rng_below(&rng, 30000000000000),
                           .to_s = INT64_MAX,
                           .plan_usd_per_hour = 1 + (usd_nano)rng_below(&rng, 90000000000)}};
        struct plan plan = {.n_commitments = 1, .commitments = &c};
        double usd = plan_kind ? money_amount_usd(c.commitment.plan_usd_per_hour)
                               : money_rate_usd(c.commitment.hourly) * c.commitment.count;
        double used = rng_uniform(&rng);
        struct charge charges[2 * 168];
        for (int h = 0; h < 168; h++) {
            charges[2 * h] = (struct charge){.kind = CHARGE_COMMITMENT_USED,
                                             .hour = h,
                                             .effective = (usd_nano)llround(usd * used * 1e9)};
            charges[2 * h + 1] =
                (struct charge){.kind = CHARGE_COMMITMENT_UNUSED,
                                .hour = h,
                                .offer = plan_kind ? -1 : 0,
                                .workload = -1,
                                .effective = (usd_nano)llround(usd * (1 - used) * 1e9)};
        }
        struct statement got = make(&arena, &demand, start, charges, 2 * 168, &plan, hours);
        cr_assert(eq(i64, got.effective, got.billed), "case %d", (int)number);
        usd_nano apart = 0; /* months rounded by themselves */
        for (int m = 0; m < demand.n_calendar; m++)
            apart += llround(usd * (double)statement_hours(&got, m) * 1e9);
        broken_by_rounding += apart != got.billed;
        arena_release(&arena);
    }
    cr_expect(gt(int, broken_by_rounding, 50));
}
