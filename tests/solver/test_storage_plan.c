/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers of storage by hand, and against every possible rule: all ways to cut a life into stays in
 * ever colder tiers are tried, and none is cheaper than the programme's. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "solver/storage_plan.h"

#define HEAD                                                                                       \
    "headroom_storage,1,round\n"                                                                   \
    "tier,region,usd_per_gb_month,read_usd_per_gb,read_usd_per_1k,enter_usd_per_1k,days_min,"      \
    "object_kib_min,zones,instant,status,source,as_of\n"
#define REST ",published,here,2026-01-01\n"

static struct storage_book read_book(struct arena *arena, const char *text) {
    struct err err = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct storage_book book = {0};
    struct source *source = source_open_memory(arena, bytes_of(text), "book.csv", &err);
    cr_assert(storage_book_read(arena, source, &book, errs), "%s", errs->items[0].what);
    return book;
}

static struct storage_book shipped(struct arena *arena) {
    struct err err = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct storage_book book = {0};
    cr_assert(storage_book_read(arena, storage_book_shipped(arena, &err), &book, errs), "%s",
              errs->items[0].what);
    return book;
}

static struct storage_plan solve(struct arena *arena, const struct storage_book *book,
                                 const struct storage_class *c) {
    struct err err = {0};
    struct storage_plan plan;
    cr_assert(storage_plan_solve(arena, book, "r", c, &plan, &err), "%s", err.what);
    return plan;
}

static const char two_tiers[] =
    HEAD "warm,r,0.10,0,0,0,0,0,3,yes" REST "cold,r,0.01,0.05,0,0.001,90,0,3,yes" REST;

/* 1000 GB in objects of 1 GB (10^9 bytes), kept for 12 months, half of it read in the first month,
 * a quarter in the second, ...: month by month warm costs 100, cold 10 + 50 x share read. So cold
 * is cheaper as soon as nothing waits for its 90 days: 12 months cold cost 120 + 50 x (0.5 + 0.25 +
 * ...) = 120 + 49.99 + 0.001 for a thousand objects; one warm month first costs 100 and saves 35.
 */
Test(storage_plan, cold_from_the_start_when_reads_are_cheap) {
    struct arena arena = {0};
    struct storage_book book = read_book(&arena, two_tiers);
    struct storage_class c = {"data", 1000, 1e9 / 1048576, 12, 0.5, 1, true, 1};
    struct storage_plan plan = solve(&arena, &book, &c);
    cr_assert(eq(int, plan.n, 1));
    cr_expect(eq(int, plan.stays[0].tier, 1));
    double reads = 50 * (1 - exp2(-12));
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 120 + reads + 0.001, 1e-9));
    cr_expect(epsilon_eq(dbl, plan.warmest_usd_per_month, 1200, 1e-9));
    arena_release(&arena);
}

/* Read four times in the first month, halving: cold costs 10 + 200, 10 + 100, 10 + 50, ... against
 * 100: warm for two months (210, 110), cold from then on (60, ...). */
Test(storage_plan, warm_while_it_is_read) {
    struct arena arena = {0};
    struct storage_book book = read_book(&arena, two_tiers);
    struct storage_class c = {"data", 1000, 1e9 / 1048576, 12, 4, 1, true, 1};
    struct storage_plan plan = solve(&arena, &book, &c);
    cr_assert(eq(int, plan.n, 2));
    cr_expect(eq(int, plan.stays[0].to_month, 2));
    cr_expect(eq(int, plan.stays[1].from_month, 2));
    cr_expect(
        epsilon_eq(dbl, plan.usd_per_month, 200 + 100 + 50 * 2 * (1 - exp2(-10)) + 0.001, 1e-9));
    arena_release(&arena);
}

/* Kept for one month: leaving cold before its 90 days costs 90 / 30.4375 months of it, 29.57, still
 * less than 100 warm; kept for one month at a tenth of the difference it would not. */
Test(storage_plan, data_that_leave_early_pay_the_minimum) {
    struct arena arena = {0};
    struct storage_book book = read_book(&arena, two_tiers);
    struct storage_class c = {"data", 1000, 1e9 / 1048576, 1, 0, 1, true, 1};
    cr_expect(epsilon_eq(dbl, storage_stay_usd(&book.tiers[1], &c, 0, 1), 10 * 90 / 30.4375 + 0.001,
                         1e-9));
    cr_expect(eq(int, solve(&arena, &book, &c).stays[0].tier, 1));
    book.tiers[1].days_min = 900;
    cr_expect(eq(int, solve(&arena, &book, &c).stays[0].tier, 0));
    arena_release(&arena);
}

/* Objects of 1 KiB in a tier that bills 128 KiB for each cost 128 times as much. */
Test(storage_plan, small_objects_are_billed_as_large_ones) {
    struct arena arena = {0};
    struct storage_book book = read_book(&arena, two_tiers);
    struct storage_class c = {"vectors", 1, 1.0 / 1024, 12, 0, 1, true, 1};
    double before = storage_stay_usd(&book.tiers[1], &c, 0, 12);
    book.tiers[1].object_kib_min = 128;
    double after = storage_stay_usd(&book.tiers[1], &c, 0, 12);
    cr_expect(epsilon_eq(dbl, after - before, 127 * 0.01 * 12, 1e-9));
    cr_expect(eq(int, solve(&arena, &book, &c).stays[0].tier, 0));
    arena_release(&arena);
}

Test(storage_plan, what_may_not_wait_or_lose_a_zone) {
    struct arena arena = {0};
    struct storage_book book = shipped(&arena);
    struct storage_class c = {"logs", 1000, 100, 60, 0, 1, false, 1};
    struct err err = {0};
    struct storage_plan plan;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, &plan, &err));
    cr_expect(
        eq(str, (char *)book.tiers[plan.stays[plan.n - 1].tier].name, "S3 Glacier Deep Archive"));
    c.instant = true;
    c.zones_min = 2;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, &plan, &err));
    for (int i = 0; i < plan.n; i++) {
        cr_expect(book.tiers[plan.stays[i].tier].instant);
        cr_expect(gt(int, book.tiers[plan.stays[i].tier].zones, 1));
    }
    cr_expect(not(storage_plan_solve(&arena, &book, "moon-1", &c, &plan, &err)));
    cr_expect(eq(str, err.what, "storage 'logs': no tier in moon-1 may hold it"));
    c.months = 0;
    cr_expect(not(storage_plan_solve(&arena, &book, "us-east-1", &c, &plan, &err)));
    c.months = 12;
    c.gb_per_month = NAN;
    cr_expect(not(storage_plan_solve(&arena, &book, "us-east-1", &c, &plan, &err)));
    arena_release(&arena);
}

/* The cheapest of all rules from age `from` in tiers >= `tier`. */
static double brute_force(const struct storage_book *book, const struct storage_class *c, int tier,
                          int from) {
    double best = INFINITY;
    if (from == c->months)
        return 0;
    for (int t = tier; t < book->n; t++)
        for (int to = from + 1; to <= c->months; to++)
            best = fmin(best, storage_stay_usd(&book->tiers[t], c, from, to) +
                                  brute_force(book, c, t + 1, to));
    return best;
}

Test(storage_plan, no_rule_is_cheaper) {
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct arena arena = {0};
        struct storage_book book = read_book(&arena, two_tiers);
        uint64_t draw = 0;
#define DRAW(low, high)                                                                            \
    ((low) + ((high) - (low)) * rng_unit(rng_keyed(seed, 0, RNG_SERVICE, draw++)))
        book.n = 4;
        for (int t = 0; t < book.n; t++) {
            book.tiers[t] = book.tiers[0];
            book.tiers[t].usd_per_gb_month = exp2(-2 * t) * DRAW(0.05, 0.1);
            book.tiers[t].read_usd_per_gb = t * DRAW(0, 0.05);
            book.tiers[t].enter_usd_per_1k = t * DRAW(0, 0.1);
            book.tiers[t].days_min = 60 * t * DRAW(0, 1);
        }
        struct storage_class c = {.name = "x"};
        c.gb_per_month = DRAW(1, 1000);
        c.object_mib = DRAW(0.1, 100);
        c.months = 1 + (int)DRAW(0, 8);
        c.read_first = DRAW(0, 3);
        c.read_halving = DRAW(0.5, 6);
        struct storage_plan plan = solve(&arena, &book, &c);
        double best = brute_force(&book, &c, 0, 0);
        cr_expect(epsilon_eq(dbl, plan.usd_per_month, best, 1e-9 * best), "seed %d", (int)seed);
        cr_expect(le(dbl, plan.usd_per_month, plan.warmest_usd_per_month * (1 + 1e-12)));
        int at = 0;
        for (int i = 0; i < plan.n; i++) {
            cr_expect(eq(int, plan.stays[i].from_month, at));
            cr_expect(i == 0 || plan.stays[i].tier > plan.stays[i - 1].tier);
            at = plan.stays[i].to_month;
        }
        cr_expect(eq(int, at, c.months));
        arena_release(&arena);
    }
}

static const struct {
    const char *text, *mistake;
    int line;
} broken[] = {
    {HEAD, "there is no tier", 0},
    {HEAD "a,r,0,0,0,0,0,0,3,yes" REST, "a figure must be a number above 0", 3},
    {HEAD "a,r,0.1,,0,0,0,0,3,yes" REST, "a figure must be a number of 0 or more", 3},
    {HEAD "a,r,0.1,-1,0,0,0,0,3,yes" REST, "a figure must be a number of 0 or more", 3},
    {HEAD "a,r,0.1,0,0,0,0,0,3,maybe" REST, "instant is yes or no", 3},
    {HEAD "a,r,0.1,0,0,0,0,0,3,yes" REST "b,r,0.2,0,0,0,0,0,3,yes" REST,
     "dearer to keep than the tier above it", 4},
};

Test(storage_plan, broken_books_are_refused_at_the_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct err_list *errs = arena_new(&arena, struct err_list, 1);
        struct storage_book book = {0};
        struct source *source =
            source_open_memory(&arena, bytes_of(broken[i].text), "book.csv", &err);
        cr_assert(not(storage_book_read(&arena, source, &book, errs)), "%zu", i);
        cr_expect(eq(str, errs->items[0].what, (char *)broken[i].mistake));
        cr_expect(broken[i].line == 0 || errs->items[0].line == broken[i].line, "%zu", i);
        arena_release(&arena);
    }
}
