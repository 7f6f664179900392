/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiers of storage by hand, and against every possible rule: all ways to cut a life into stays in
 * ever colder tiers are tried, and none is cheaper than the programme's. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "pricing/usage.h"
#include "solver/storage_plan.h"

#define HEAD                                                                                       \
    "headroom_price_book,1,round,USD\n"                                                            \
    "kind,sku,region,option,unit,usd,access,zones_kept,days_min,object_kib_min,free,status,rule,"  \
    "source,as_of\n"
#define ROW(sku, unit, usd, terms) "storage," sku ",r,on_demand," unit "," usd "," terms
#define REST ",published,,here,2026-01-01\n"
#define CHARGE(sku, unit, usd) ROW(sku, unit, usd, ",,,,") REST

static struct storage_tiers tiers_of(struct arena *arena, struct source *source, bool estimates) {
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct price_book *book = arena_new(arena, struct price_book, 1);
    cr_assert(price_book_read(arena, source, book, errs), "%s", errs->items[0].what);
    return storage_tiers_of(arena, book, &(struct offer_request){.estimates = estimates});
}

static struct storage_tiers read_book(struct arena *arena, const char *text) {
    struct err err = {0};
    return tiers_of(arena, source_open_memory(arena, bytes_of(text), "book.csv", &err), true);
}

static struct storage_tiers shipped(struct arena *arena) {
    struct err err = {0};
    return tiers_of(arena, price_book_shipped(arena, NULL, &err), true);
}

static struct storage_plan solve(struct arena *arena, const struct storage_tiers *book,
                                 const struct storage_class *c) {
    struct err err = {0};
    struct storage_plan plan;
    cr_assert(storage_plan_solve(arena, book, "r", c, NULL, &plan, &err), "%s", err.what);
    return plan;
}

static const char two_tiers[] =
    HEAD ROW("warm", "GB-month", "0.10", "instant,3,,,retrieval reads writes")
        REST ROW("cold", "GB-month", "0.01", "instant,3,90,,reads")
            REST CHARGE("cold", "GB read", "0.05") CHARGE("cold", "1K writes", "0.001");

/* 1000 GB in objects of 1 GB (2^30 bytes), kept for 12 months, half of it read in the first month,
 * a quarter in the second, ...: month by month warm costs 100, cold 10 + 50 x share read. So cold
 * is cheaper as soon as nothing waits for its 90 days: 12 months cold cost 120 + 50 x (0.5 + 0.25 +
 * ...) = 120 + 49.99 + 0.001 for a thousand objects; one warm month first costs 100 and saves 35.
 */
Test(storage_plan, cold_from_the_start_when_reads_are_cheap) {
    struct arena arena = {0};
    struct storage_tiers book = read_book(&arena, two_tiers);
    struct storage_class c = {"data", 1000, 1024, 12, 0.5, 1, true, 1};
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
    struct storage_tiers book = read_book(&arena, two_tiers);
    struct storage_class c = {"data", 1000, 1024, 12, 4, 1, true, 1};
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
    struct storage_tiers book = read_book(&arena, two_tiers);
    struct storage_class c = {"data", 1000, 1024, 1, 0, 1, true, 1};
    cr_expect(epsilon_eq(dbl, storage_stay_of(&book.tiers[1], &c, 0, 0, 1).usd,
                         10 * 90 / 30.4375 + 0.001, 1e-9));
    cr_expect(eq(int, solve(&arena, &book, &c).stays[0].tier, 1));
    book.tiers[1].days_min = 900;
    cr_expect(eq(int, solve(&arena, &book, &c).stays[0].tier, 0));
    arena_release(&arena);
}

/* Objects of 1 KiB in a tier that bills 128 KiB for each cost 128 times as much. */
Test(storage_plan, small_objects_are_billed_as_large_ones) {
    struct arena arena = {0};
    struct storage_tiers book = read_book(&arena, two_tiers);
    struct storage_class c = {"vectors", 1, 1.0 / 1024, 12, 0, 1, true, 1};
    double before = storage_stay_of(&book.tiers[1], &c, 0, 0, 12).usd;
    book.tiers[1].object_kib_min = 128;
    double after = storage_stay_of(&book.tiers[1], &c, 0, 0, 12).usd;
    cr_expect(epsilon_eq(dbl, after - before, 127 * 0.01 * 12, 1e-9));
    cr_expect(eq(int, solve(&arena, &book, &c).stays[0].tier, 0));
    arena_release(&arena);
}

/* A GB of objects of 40 KiB, 26,214.4 of them, for a year in an archive at 0.001 beside S3 Standard
 * at 0.1. Each has 32 KiB more there and 8 KiB at the standard rate: 12 x (72 / 40 x 0.001 + 8 / 40
 * x 0.1) = 0.2616; without either it would be 0.012, with 40 KiB at the archive's rate 0.024. Kept
 * warm it is 1.2. In a tier of that kind that is no S3 nothing is beside it; where the rate of S3
 * Standard is not known nothing may be archived. */
Test(storage_plan, what_an_archive_keeps_beside_each_object) {
#define ARCHIVE(sku) ROW(sku, "GB-month", "0.001", "delayed,3,,,retrieval reads writes") REST
#define STANDARD(sku) ROW(sku, "GB-month", "0.1", "instant,3,,,retrieval reads writes") REST
    static const struct {
        const char *book;
        double usd;
    } cases[] = {{HEAD STANDARD("s3-standard") ARCHIVE("s3-deep-archive"), 0.2616},
                 {HEAD STANDARD("s3-standard") ARCHIVE("cold"), 0.012},
                 {HEAD STANDARD("warm") ARCHIVE("s3-deep-archive"), 1.2}};
    for (int i = 0; i < 3; i++) {
        struct arena arena = {0};
        struct storage_tiers book = read_book(&arena, cases[i].book);
        struct storage_class c = {"data", 1, 40.0 / 1024, 12, 0, 1, false, 1};
        struct storage_plan plan = solve(&arena, &book, &c);
        cr_expect(epsilon_eq(dbl, plan.usd_per_month, cases[i].usd, 1e-9), "%d", i);
        arena_release(&arena);
    }
}

Test(storage_plan, what_may_not_wait_or_lose_a_zone) {
    struct arena arena = {0};
    struct storage_tiers book = shipped(&arena);
    struct storage_class c = {"logs", 1000, 100, 60, 0, 1, false, 1};
    struct err err = {0};
    struct storage_plan plan;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err));
    cr_expect(eq(str, (char *)book.tiers[plan.stays[plan.n - 1].tier].name, "s3-deep-archive"));
    c.instant = true;
    c.zones_min = 2;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err));
    for (int i = 0; i < plan.n; i++) {
        cr_expect(book.tiers[plan.stays[i].tier].access == ACCESS_INSTANT);
        cr_expect(gt(int, book.tiers[plan.stays[i].tier].zones, 1));
    }
    cr_expect(not(storage_plan_solve(&arena, &book, "moon-1", &c, NULL, &plan, &err)));
    cr_expect(eq(str, err.what, "storage 'logs': no tier in moon-1 may hold it"));
    c.months = 0;
    cr_expect(not(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err)));
    c.months = 12;
    c.gb_per_month = NAN;
    cr_expect(not(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err)));
    arena_release(&arena);
}

/* The cheapest of all rules from age `from` in tiers >= `tier`. */
static double brute_force(const struct storage_tiers *book, const struct storage_class *c, int tier,
                          int from) {
    double best = INFINITY;
    if (from == c->months)
        return 0;
    for (int t = tier; t < book->n; t++)
        for (int to = from + 1; to <= c->months; to++)
            best = fmin(best, storage_stay_of(&book->tiers[t], c, 0, from, to).usd +
                                  brute_force(book, c, t + 1, to));
    return best;
}

Test(storage_plan, no_rule_is_cheaper) {
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct arena arena = {0};
        struct storage_tiers book = read_book(&arena, two_tiers);
        uint64_t draw = 0;
#define DRAW(low, high)                                                                            \
    ((low) + ((high) - (low)) * rng_unit(rng_keyed(seed, 0, RNG_SERVICE, draw++)))
        book = (struct storage_tiers){4, arena_new(&arena, struct storage_tier, 4)};
        struct storage_tier first = read_book(&arena, two_tiers).tiers[0];
        for (int t = 0; t < book.n; t++) {
            book.tiers[t] = first;
            book.tiers[t].usd_per_gb_month = exp2(-2 * t) * DRAW(0.05, 0.1);
            book.tiers[t].read_usd_per_gb = t * DRAW(0, 0.05);
            book.tiers[t].enter_usd_per_1k = t * DRAW(0, 0.1);
            book.tiers[t].days_min = 60 * t * DRAW(0, 1);
        }
        /* one tier by volume, one that watches */
        const struct price_tier half = {400,
                                        money_rate_from_usd(book.tiers[1].usd_per_gb_month / 2)};
        book.tiers[1].volumes = &half;
        book.tiers[1].n_volumes = 1;
        book.tiers[2].access = ACCESS_TIERED;
        book.tiers[2].usd_per_gb_month_30 = book.tiers[2].usd_per_gb_month * DRAW(0.4, 0.9);
        book.tiers[2].usd_per_gb_month_90 = book.tiers[2].usd_per_gb_month_30 * DRAW(0.2, 0.9);
        book.tiers[2].watch_usd_per_1k = DRAW(0, 0.01);
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

/* The tiers of the shipped book: what a gigabyte costs for a month, by region and price. */
Test(storage_plan, the_shipped_tiers) {
    struct arena arena = {0};
    struct storage_tiers book = shipped(&arena);
    struct text got = {.arena = &arena};
    for (int t = 0; t < book.n; t++)
        text_printf(&got, "%s %g %s%s\n", book.tiers[t].name, book.tiers[t].usd_per_gb_month,
                    book.tiers[t].estimated ? "estimated" : "read", book.tiers[t].unknown);
    cr_expect(eq(str, got.data,
                 "fsx-lustre 0.14 read\nebs-io1 0.125 read\nebs-io2 0.125 read\nebs-gp2 0.1 "
                 "read\nebs-gp3 0.08 read\n"
                 "ebs-st1 0.045 read\ns3-standard 0.023 read\nebs-sc1 0.015 read\n"
                 "s3-standard-ia 0.0125 read\ns3-intelligent-tiering 0.023 estimated\n"
                 "s3-one-zone-ia 0.01 estimated\n"
                 "s3-glacier-instant 0.004 estimated\ns3-glacier-flexible 0.0036 estimated\n"
                 "s3-deep-archive 0.00099 read\n"));
    arena_release(&arena);
}

/* 500 GB a month, kept for 6: on gp3 3000 GB x 0.08 = 240, on FSx for Lustre 420. A volume is no
 * stage of a lifecycle rule, so without the name it is never chosen, though sc1 is cheap. */
Test(storage_plan, volumes_only_by_name) {
    struct arena arena = {0};
    struct err err = {0};
    struct storage_plan plan;
    struct storage_tiers book = shipped(&arena);
    struct storage_class c = {"weights", 500, 1000, 6, 4, INFINITY, true, 1, "ebs-gp3"};
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 240, 1e-9));
    c.tier = "fsx-lustre";
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 420, 1e-9));
    c.zones_min = 2;
    cr_expect(not(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err)));
    cr_expect(eq(str, err.what,
                 "storage 'weights' cannot be in fsx-lustre: it has copies in 1 zone, not 2"));
    c.tier = "s3-deep-archive";
    cr_expect(not(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err)));
    cr_expect(
        eq(str, err.what, "storage 'weights' cannot be in s3-deep-archive: its reads must wait"));
    c.tier = NULL;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    for (int i = 0; i < plan.n; i++)
        cr_expect(book.tiers[plan.stays[i].tier].access < ACCESS_BLOCK ||
                  book.tiers[plan.stays[i].tier].access == ACCESS_TIERED);
    arena_release(&arena);
}

/* A charge that is neither priced nor free, or only estimated while estimates are refused, is not
 * taken as nothing: the tier is left out. */
Test(storage_plan, a_charge_that_is_not_known) {
    struct arena arena = {0};
    struct err err = {0};
    struct storage_plan plan;
    struct storage_tiers book =
        read_book(&arena, HEAD ROW("warm", "GB-month", "0.10", "instant,3,,,retrieval reads") REST);
    struct storage_class c = {"x", 1, 1, 1, 0, 1, true, 1, "warm"};
    cr_expect(not(storage_plan_solve(&arena, &book, "r", &c, NULL, &plan, &err)));
    cr_expect(
        eq(str, err.what,
           "storage 'x' cannot be in warm: price book round has no write rate for warm in r"));
    const char *text =
        HEAD ROW("warm", "GB-month", "0.10",
                 "instant,3,,,retrieval reads writes") ",estimated,guess,here,2026-01-01\n";
    struct source *source = source_open_memory(&arena, bytes_of(text), "book.csv", &err);
    book = tiers_of(&arena, source, false);
    cr_expect(not(storage_plan_solve(&arena, &book, "r", &c, NULL, &plan, &err)));
    cr_expect(strstr(err.what, "only an estimate (rule guess)") != NULL, "%s", err.what);
    arena_release(&arena);
}

/* 20 % off storage is off every charge of it. */
Test(storage_plan, discounts_are_off_storage) {
    struct arena arena = {0};
    struct err err = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct price_book book;
    const struct discount discount = {"storage", 0.2};
    struct source *source = source_open_memory(&arena, bytes_of(two_tiers), "book.csv", &err);
    cr_assert(price_book_read(&arena, source, &book, errs));
    struct storage_tiers tiers = storage_tiers_of(
        &arena, &book,
        &(struct offer_request){.discounts = &discount, .n_discounts = 1, .estimates = true});
    cr_expect(epsilon_eq(dbl, tiers.tiers[0].usd_per_gb_month, 0.08, 1e-15));
    cr_expect(epsilon_eq(dbl, tiers.tiers[1].read_usd_per_gb, 0.04, 1e-15));
    cr_expect(epsilon_eq(dbl, tiers.tiers[1].enter_usd_per_1k, 0.0008, 1e-15));
    arena_release(&arena);
}

/* 30,000 GB a month kept for 6 are 180,000 GB at any time, in objects that cost nothing to put:
 * 51,200 x 0.023 + 128,800 x 0.022 = 4011.2. Behind 500,000 GB of others: 12,000 x 0.022 + 168,000
 * x 0.021 = 3792. */
Test(storage_plan, gigabytes_fill_volume_tiers) {
    struct arena arena = {0};
    struct err err = {0};
    struct storage_plan plan;
    struct storage_tiers book = shipped(&arena);
    struct storage_class c = {"data", 30000, 1e9, 6, 0, 1, true, 1, "s3-standard"};
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 4011.2, 1e-5));
    cr_expect(epsilon_eq(dbl, plan.stays[0].gb, 180000, 1e-6));
    double *held = arena_new(&arena, double, book.n);
    for (int t = 0; t < book.n; t++)
        held[t] = 500000;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, held, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 3792, 1e-5));
    arena_release(&arena);
}

/* The example of the S3 FAQ: 100 GB (107,374,182,400 bytes) for 15 days of March and 100 TB
 * (109,951,162,777,600 bytes) for 16 are 42,259,901,212,262,400 byte-hours, by 744 hours 52,900 GB
 * of a month: 51,200 x 0.023 + 1700 x 0.022 = 1177.60 + 37.40 = 1215 USD. GB of 1e9 bytes make
 * 56,801 of them. */
Test(storage_plan, the_example_of_the_provider) {
    struct arena arena = {0};
    struct storage_tiers book = shipped(&arena);
    int t = 0;
    while (strcmp(book.tiers[t].name, "s3-standard") != 0 ||
           strcmp(book.tiers[t].region, "us-east-1") != 0)
        t++;
    const double byte_hours = 107374182400.0 * 15 * 24 + 109951162777600.0 * 16 * 24;
    double gb = byte_hours / 744 / (double)BYTES_PER_BILLED_GB;
    cr_expect(epsilon_eq(dbl, byte_hours, 42259901212262400.0, 1));
    cr_expect(epsilon_eq(dbl, gb, 52900, 1e-9));
    cr_expect(epsilon_eq(dbl, storage_keep_usd(&book.tiers[t], 0, gb), 1215, 1e-9));
    cr_expect(gt(dbl, storage_keep_usd(&book.tiers[t], 0, byte_hours / 744 / 1e9), 1300));
    arena_release(&arena);
}

/* 1000 GB in a thousand objects, kept for 4 months in Intelligent-Tiering. Never read: 0.023,
 * 0.0125, 0.0125, 0.004 of a gigabyte by months = 52; watching 4 x 0.0025, putting 0.01: 52.02.
 * Each object read once a month on average: a share e^-1 is 10.5 cheaper in months 1 to 3, e^-3 8.5
 * in month 3; reads 4 x 0.0004. Objects of 64 KiB are not watched: 4 x 23, and putting 16,384,000
 * of them. */
Test(storage_plan, intelligent_tiering_by_hand) {
    struct arena arena = {0};
    struct err err = {0};
    struct storage_plan plan;
    struct storage_tiers book = shipped(&arena);
    struct storage_class c = {
        "data", 1000, 1024, 4, 0, INFINITY, true, 1, "s3-intelligent-tiering"};
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 52.02, 1e-9));
    c.read_first = 1;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month,
                         4 * 23 - 3 * exp(-1) * 10.5 - exp(-3) * 8.5 + 0.02 + 0.0016, 1e-9));
    c.object_mib = 64.0 / 1024;
    c.read_first = 0;
    cr_assert(storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err), "%s",
              err.what);
    cr_expect(epsilon_eq(dbl, plan.usd_per_month, 4 * 23 + 16384000 * 0.01 / 1000, 1e-9));
    arena_release(&arena);
}

/* gp3: 3000 GB x 0.08 = 240, IOPS (6000 - 3000) x 0.005 = 15, throughput (250 - 125) x 0.04 = 5.
 * What comes with the volume is free. io1 and io2: 500 x 6 x 0.125 = 375, 8000 x 0.065 = 520; with
 * tiers 40,000 IOPS are 32,000 x 0.065 + 8000 x 0.0455 = 2444. */
Test(storage_plan, iops_and_throughput_of_a_volume) {
    static const struct {
        const char *tier;
        double iops, mbps, usd; /* usd 0: refused */
        const char *why;
    } cases[] = {
        {"ebs-gp3", 6000, 250, 260, ""},
        {"ebs-gp3", 6000, 0, 255, ""},
        {"ebs-gp3", 3000, 125, 240, ""},
        {"ebs-io2", 8000, 0, 895, ""},
        {"ebs-io1", 8000, 0, 895, ""},
        {"ebs-gp2", 1, 0, 0,
         "storage 'v': price book aws-2026-07 has no IOPS rate for ebs-gp2 in us-east-1"},
        {"ebs-io2", 8000, 500, 0,
         "storage 'v': price book aws-2026-07 has no throughput rate for ebs-io2 in us-east-1"},
        {"s3-standard", 1, 0, 0,
         "storage 'v': only a volume has IOPS and throughput, s3-standard is none"},
    };
    struct arena arena = {0};
    struct storage_tiers book = shipped(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct storage_plan plan;
        struct storage_class c = {"v",           500,           1000,         6, 0, 1, true, 1,
                                  cases[i].tier, cases[i].iops, cases[i].mbps};
        bool fine = storage_plan_solve(&arena, &book, "us-east-1", &c, NULL, &plan, &err);
        cr_expect(eq(int, fine, cases[i].usd > 0), "%zu: %s", i, err.what);
        if (fine)
            cr_expect(epsilon_eq(dbl, plan.usd_per_month, cases[i].usd, 1e-9), "%zu", i);
        else
            cr_expect(eq(str, err.what, (char *)cases[i].why));
    }
    static const char io2[] =
        "headroom_price_book,1,round,USD\nkind,sku,region,option,unit,above,usd,access,zones_kept,"
        "free,"
        "status,source,as_of\n"
        "storage,v,r,on_demand,GB-month,,0.125,block,1,retrieval reads "
        "writes,published,here,2026-01-01\n"
        "storage,v,r,on_demand,IOPS-month,,0.065,,,,published,here,2026-01-01\n"
        "storage,v,r,on_demand,IOPS-month,32000,0.0455,,,,published,here,2026-01-01\n";
    double usd = 0;
    const char *reason = "";
    cr_assert(storage_volume_usd(&read_book(&arena, io2).tiers[0], 40000, 0, &usd, &reason));
    cr_expect(epsilon_eq(dbl, usd, 2444, 1e-9));
    arena_release(&arena);
}
