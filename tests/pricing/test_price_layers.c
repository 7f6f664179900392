/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates that change with the day, the zone, the volume and the layer: small books whose rate in
 * force is worked out by hand, every way such a row is refused, and books of several files against
 * a slow look at every row. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/rng.h"
#include "pricing/price_book.h"
#include "pricing/price_rules.h"

#define HEADER                                                                                     \
    "kind,sku,region,zone,option,term,payment,unit,above,currency,usd,usd_upfront,"                \
    "interruptions_per_month,effective_from,status,rule,source,as_of,alias\n"
#define TAIL ",published,,list,2026-07-20,\n"

static bool read_book(struct arena *arena, const char *name, const char *rows,
                      struct price_book *book, struct err_list *errs) {
    struct err err = {0};
    const char *text =
        arena_printf(arena, "headroom_price_book,1,%s,USD\n" HEADER "%s", name, rows);
    struct source *source =
        source_open_memory(arena, bytes_of(text), arena_printf(arena, "%s.csv", name), &err);
    bool ok = price_book_read(arena, source, book, errs);
    source_close(source);
    return ok;
}

static struct price_book book_of(struct arena *arena, const char *name, const char *rows) {
    struct price_book book = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    cr_assert(read_book(arena, name, rows, &book, errs), "%s", errs->items[0].what);
    return book;
}

static struct price_book stack_of(struct arena *arena, const struct price_book *layers, int n,
                                  const char *day) {
    struct price_book book = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    cr_assert(price_book_stack(arena, layers, n, day, &book, errs), "%s", errs->items[0].what);
    return book;
}

/* ---- what is refused ---- */

static const struct {
    const char *name, *rows, *errors;
} broken[] = {
    // clang-format off
    {"zone of on demand", "instance,a,r,use1-az4,on_demand,,,hour,,,1,,," TAIL,
     "3:14: only spot and capacity_block have rates by zone | leave the cell empty\n"},
    {"zone with a blank", "instance,a,r,az 4,spot,,,hour,,,1,,," TAIL,
     "3:14: the zone has a blank in it | \n"},
    {"tier of an instance", "instance,a,r,,on_demand,,,hour,10,,1,,," TAIL,
     "3:32: only functions and transfer on demand, GB-months and IOPS have volume tiers | leave the cell empty\n"},
    {"tier that is no number", "transfer,a,r,,on_demand,,,GB,10 TB,,1,,," TAIL,
     "3:30: '10 TB' is not a quantity | the whole number of units a month above which this rate holds, such as 10240\n"},
    {"tier below zero", "transfer,a,r,,on_demand,,,GB,-1,,1,,," TAIL,
     "3:30: '-1' is not a quantity | the whole number of units a month above which this rate holds, such as 10240\n"},
    {"tier on nothing", "transfer,a,r,,on_demand,,,GB,10240,,1,,," TAIL,
     "3:0: a rate of a above 10240 GB, and none below | add the row of the first unit, with an empty 'above'\n"},
    {"tier on another region", "transfer,a,q,,on_demand,,,GB,,,1,,," TAIL "transfer,a,r,,on_demand,,,GB,10240,,1,,," TAIL,
     "4:0: a rate of a above 10240 GB, and none below | add the row of the first unit, with an empty 'above'\n"},
    {"unit of transfer", "transfer,a,r,,on_demand,,,hour,,,1,,," TAIL,
     "3:27: unit 'hour' does not fit kind 'transfer' | transfer is priced per GB\n"},
    {"option of transfer", "transfer,a,r,,spot,,,GB,,,1,,," TAIL,
     "3:15: option 'spot' does not fit kind 'transfer' | transfer is priced on_demand\n"},
    {"currency", "instance,a,r,,on_demand,,,hour,,EUR,1,,," TAIL,
     "3:33: a price in 'EUR', but the book is in USD | nothing is converted: state the price in USD, or leave the row out\n"},
    {"not a number", "instance,a,r,,on_demand,,,hour,,USD,NaN,,," TAIL,
     "3:37: 'NaN' is not a price | a plain decimal in USD with at most 12 decimals, such as 0.0000166667\n"},
    {"too fine", "instance,a,r,,on_demand,,,hour,,USD,1e-13,,," TAIL,
     "3:37: '1e-13' is not a price | a plain decimal in USD with at most 12 decimals, such as 0.0000166667\n"},
    {"fee of on demand", "instance,a,r,,on_demand,,,hour,,,1,4380,," TAIL,
     "3:36: only partial_upfront of reserved instances leaves the fee open | leave the cell empty\n"},
    {"fee of all upfront", "instance,a,r,,reserved_standard,1y,all_upfront,hour,,,1,8760,," TAIL,
     "3:57: only partial_upfront of reserved instances leaves the fee open | leave the cell empty\n"},
    {"fee of a plan", "instance,a,r,,plan_ec2,1y,partial_upfront,hour,,,1,4380,," TAIL,
     "3:52: only partial_upfront of reserved instances leaves the fee open | leave the cell empty\n"},
    {"fee of zero", "instance,a,r,,reserved_standard,1y,partial_upfront,hour,,,1,0,," TAIL,
     "3:61: a price of zero | leave the row out when the price is unknown: an unknown price is never zero\n"},
    {"fee of the whole cost", "instance,a,r,,reserved_standard,1y,partial_upfront,hour,,,1,8760,," TAIL,
     "3:61: the fee at purchase is the whole cost of the term or more | usd is the effective rate: (usd_upfront + all hourly fees) / hours of the term\n"},
    {"day", "instance,a,r,,on_demand,,,hour,,,1,,,2026-02-29" TAIL,
     "3:38: '2026-02-29' is not a date | YYYY-MM-DD: the first day of this rate; leave it empty for since ever\n"},
    {"two of one day", "instance,a,r,,on_demand,,,hour,,,1,,,2026-02-01" TAIL "instance,a,r,,on_demand,,,hour,,,2,,,2026-02-01" TAIL,
     "4:0: a second on_demand rate of a in r from 2026-02-01 | line 3 has the first; keep one of them\n"},
    {"two of one zone", "instance,a,r,z,spot,,,hour,,,1,,," TAIL "instance,a,r,z,spot,,,hour,,,2,,," TAIL,
     "4:0: a second spot rate of a in z | line 3 has the first; keep one of them\n"},
    // clang-format on
};

Test(price_layers, broken_rows_are_refused_at_their_place) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct price_book book = {.n_prices = 17};
        struct err_list *errs = arena_new(&arena, struct err_list, 1);
        cr_expect(not(read_book(&arena, "mine", broken[i].rows, &book, errs)), "%s",
                  broken[i].name);
        cr_expect(eq(i32, book.n_prices, 17), "%s", broken[i].name);
        struct text got = {.arena = &arena};
        text_append_string(&got, "");
        for (int k = 0; k < errs->n; k++)
            text_printf(&got, "%d:%d: %s | %s\n", errs->items[k].line, errs->items[k].column,
                        errs->items[k].what, errs->items[k].hint);
        cr_expect(eq(str, got.data, (char *)broken[i].errors), "%s", broken[i].name);
        arena_release(&arena);
    }
}

/* ---- days ---- */

static const char dated[] = "instance,a,r,,on_demand,,,hour,,,3,,,2026-03-01" TAIL
                            "instance,a,r,,on_demand,,,hour,,,1,,," TAIL
                            "instance,a,r,,on_demand,,,hour,,USD,2,,,2026-02-01" TAIL
                            "instance,b,r,,on_demand,,,hour,,,7,,,2026-03-01" TAIL;

static double rate_usd(const struct price_book *book, const char *sku) {
    const struct price *price =
        price_book_find(book, sku, "r", PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT, PER_HOUR);
    return price ? money_rate_usd(price->rate) : 0;
}

Test(price_layers, the_newest_row_that_has_begun_is_in_force) {
    static const struct {
        const char *day;
        double a, b;
    } cases[] = {{"2026-01-31", 1, 0}, {"2026-02-01", 2, 0}, {"2026-02-28", 2, 0},
                 {"2026-03-01", 3, 7}, {"2030-01-01", 3, 7}, {NULL, 3, 7}};
    struct arena arena = {0};
    struct price_book file = book_of(&arena, "mine", dated);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct price_book book = stack_of(&arena, &file, 1, cases[i].day);
        cr_expect(eq(dbl, rate_usd(&book, "a"), cases[i].a), "%s", cases[i].day);
        cr_expect(eq(dbl, rate_usd(&book, "b"), cases[i].b), "%s", cases[i].day);
        cr_expect(eq(i32, book.n_rows, 4));
    }
    /* what has not begun is told with its day */
    struct price_book book = stack_of(&arena, &file, 1, "2026-02-15");
    struct offer offer = price_book_offer(
        &book, &arena, &(struct offer_request){.sku = "b", .region = "r", .estimates = true});
    cr_expect(not(offer.on_demand.known));
    cr_expect(eq(str, (char *)offer.on_demand.reason,
                 "price book mine has no on-demand rate for b in r before 2026-03-01"));
    arena_release(&arena);
}

/* ---- layers ---- */

Test(price_layers, upper_layers_override_rate_by_rate) {
    struct arena arena = {0};
    const struct price_book layers[] = {
        book_of(&arena, "shipped",
                "instance,a,r,,on_demand,,,hour,,,1,,,,published,,list,2026-07-20,name low\n"
                "instance,b,r,,on_demand,,,hour,,,2,,," TAIL),
        book_of(&arena, "mine",
                "instance,a,r,,on_demand,,,hour,,,9,,,2026-06-01" TAIL
                "instance,c,r,,on_demand,,,hour,,,4,,,,published,,list,2026-07-20,name\n"),
        book_of(&arena, "deal", "instance,b,r,,on_demand,,,hour,,,1.5,,," TAIL)};
    struct price_book book = stack_of(&arena, layers, 3, "2026-05-31");
    cr_expect(eq(str, (char *)book.name, "shipped + mine + deal"));
    cr_expect(eq(i32, book.n_layers, 3));
    cr_expect(eq(str, (char *)book.layers[2].file, "deal.csv"));
    cr_expect(eq(dbl, rate_usd(&book, "a"), 1)); /* mine has not begun: the layer below holds */
    cr_expect(eq(dbl, rate_usd(&book, "b"), 1.5));
    cr_expect(eq(dbl, rate_usd(&book, "c"), 4));
    cr_expect(eq(str, (char *)price_book_sku(&book, bytes_of("name")), "c"));
    cr_expect(eq(str, (char *)price_book_sku(&book, bytes_of("low")), "a"));
    book = stack_of(&arena, layers, 3, "2026-06-01");
    cr_expect(eq(dbl, rate_usd(&book, "a"), 9));
    cr_expect(eq(i32, book.n_rows, 5));
    cr_expect(eq(i32, book.n_prices, 3));
    book = stack_of(&arena, layers, 1, "2026-06-01");
    cr_expect(eq(dbl, rate_usd(&book, "a"), 1));
    arena_release(&arena);
}

/* Rows by sku, layer and day: a of the shipped book from 2026-03-01 and from 2026-09-01, of mine
 * from 2026-06-01. What mine has by then hides what the shipped book announces. */
Test(price_layers, what_is_coming_is_in_force_on_its_first_day) {
    static const struct {
        const char *day;
        bool coming[4]; /* a 3, a 9, b 9; mine: a 6 */
    } cases[] = {{"2026-02-28", {true, false, true, true}},
                 {"2026-03-01", {false, false, true, true}},
                 {"2026-06-01", {false, false, true, false}},
                 {"2026-09-01", {false, false, false, false}},
                 {NULL, {false, false, false, false}}};
    struct arena arena = {0};
    const struct price_book layers[] = {
        book_of(&arena, "shipped",
                "instance,a,r,,on_demand,,,hour,,,1,,,2026-03-01" TAIL
                "instance,a,r,,on_demand,,,hour,,,2,,,2026-09-01" TAIL
                "instance,b,r,,on_demand,,,hour,,,3,,,2026-09-01" TAIL),
        book_of(&arena, "mine", "instance,a,r,,on_demand,,,hour,,,4,,,2026-06-01" TAIL)};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct price_book book = stack_of(&arena, layers, 2, cases[i].day);
        cr_assert(eq(i32, book.n_rows, 4));
        for (int r = 0; r < 4; r++) {
            int at = (int)(money_rate_usd(book.rows[r].rate) + 0.5); /* 1, 2, 3; 4 of mine */
            cr_expect(eq(int, price_book_is_coming(&book, &book.rows[r]), cases[i].coming[at - 1]),
                      "%s, row of %d", cases[i].day, at);
        }
    }
    arena_release(&arena);
}

Test(price_layers, layers_that_contradict_each_other_are_refused) {
    static const struct {
        const char *rows, *error;
    } cases[] = {
        {"function,a,r,,on_demand,,,GB-second,,,9,,," TAIL,
         "mine.csv:3: a is of kind 'function' here | line 3 of shipped.csv says 'instance'; a SKU "
         "has one kind"},
        {"instance,c,r,,on_demand,,,hour,,,9,,,,published,,list,2026-07-20,a\n",
         "mine.csv:3: alias 'a' of c already means a | it is a SKU of shipped"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct arena arena = {0};
        struct err_list *errs = arena_new(&arena, struct err_list, 1);
        struct price_book layers[] = {
            book_of(&arena, "shipped", "instance,a,r,,on_demand,,,hour,,,1,,," TAIL),
            book_of(&arena, "mine", cases[i].rows)};
        struct price_book book = {.n_prices = 17};
        cr_assert(not(price_book_stack(&arena, layers, 2, NULL, &book, errs)));
        cr_expect(eq(i32, book.n_prices, 17));
        const struct err *e = &errs->items[0];
        cr_expect(eq(str,
                     arena_printf(&arena, "%s:%d: %s | %s", e->file, e->line, e->what, e->hint),
                     (char *)cases[i].error));
        arena_release(&arena);
    }
}

/* ---- volume tiers ---- */

Test(price_layers, tiers_stand_behind_their_base_and_fall_with_it) {
    struct arena arena = {0};
    const struct price_book layers[] = {
        book_of(&arena, "shipped",
                "transfer,out,r,,on_demand,,,GB,10240,,0.085,,," TAIL
                "transfer,out,r,,on_demand,,,GB,,,0.09,,," TAIL
                "transfer,out,r,,on_demand,,,GB,153600,,0.05,,," TAIL
                "transfer,out,q,,on_demand,,,GB,0,,0.08,,," TAIL),
        book_of(&arena, "mine", "transfer,out,r,,on_demand,,,GB,,,0.07,,," TAIL)};
    struct price_book book = stack_of(&arena, layers, 1, NULL);
    int n;
    const struct price *rates =
        price_book_rates(&book, "out", "r", PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT, PER_GB, &n);
    cr_assert(eq(i32, n, 3));
    cr_expect(eq(i64, rates[0].above, 0));
    cr_expect(eq(i64, rates[0].rate, 90000000000));
    cr_expect(eq(i64, rates[1].above, 10240));
    cr_expect(eq(i64, rates[2].above, 153600));
    struct offer offer = price_book_offer(
        &book, &arena, &(struct offer_request){.sku = "out", .region = "r", .estimates = true});
    cr_expect(eq(i32, (int)offer.kind, OFFER_TRANSFER));
    cr_expect(eq(i64, offer_main_quote(&offer)->rate, 90000000000));
    /* a flat rate of an upper layer is flat */
    book = stack_of(&arena, layers, 2, NULL);
    rates = price_book_rates(&book, "out", "r", PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT, PER_GB, &n);
    cr_assert(eq(i32, n, 1));
    cr_expect(eq(i64, rates[0].rate, 70000000000));
    cr_expect(eq(
        ptr,
        (void *)price_book_rates(&book, "out", "s", PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT, PER_GB, &n),
        NULL));
    cr_expect(eq(i32, n, 0));
    arena_release(&arena);
}

/* ---- zones ---- */

static struct offer spot_of(struct arena *arena, const struct price_book *book) {
    return price_book_offer(book, arena,
                            &(struct offer_request){.sku = "a", .region = "r", .estimates = true});
}

/* Zones 2, 5, 6 and 9: the median is 5.5, half the sum of the middle two. */
Test(price_layers, zones_stand_for_the_region_by_their_median) {
    struct arena arena = {0};
    struct price_book zones =
        book_of(&arena, "zones",
                "instance,a,r,z1,spot,,,hour,,,6,,0.1,,published,,one,2026-07-20,\n"
                "instance,a,r,z2,spot,,,hour,,,2,,0.3,,published,,two,2026-07-19,\n"
                "instance,a,r,z3,spot,,,hour,,,9,,,,estimated,rule,three,2026-07-20,\n"
                "instance,a,r,z4,spot,,,hour,,,5,,0.2,,secondary,,four,2026-07-20,\n");
    struct offer offer = spot_of(&arena, &zones);
    cr_expect(eq(i64, offer.spot.rate, 5500000000000));
    cr_expect(eq(i64, offer.spot.low, 2000000000000));
    cr_expect(eq(i64, offer.spot.high, 9000000000000));
    cr_expect(eq(i32, (int)offer.spot.status, PRICE_ESTIMATED));
    cr_expect(eq(str, (char *)offer.spot.rule, "rule"));
    cr_expect(eq(str, (char *)offer.spot.as_of, "2026-07-19"));
    cr_expect(eq(str, (char *)offer.spot.source, "four"));
    cr_expect(eq(dbl, offer.interruptions_per_month, 0.3));
    /* the region's own rate counts before its zones, of the same layer and of an upper one */
    struct price_book whole =
        book_of(&arena, "whole",
                "instance,a,r,,spot,,,hour,,,4,,," TAIL "instance,a,r,z1,spot,,,hour,,,1,,," TAIL);
    offer = spot_of(&arena, &whole);
    cr_expect(eq(i64, offer.spot.rate, 4000000000000));
    cr_expect(eq(dbl, offer.interruptions_per_month, -1));
    struct price_book over[] = {zones, whole}, under[] = {whole, zones};
    struct price_book book = stack_of(&arena, over, 2, NULL);
    cr_expect(eq(i64, spot_of(&arena, &book).spot.rate, 4000000000000));
    book = stack_of(&arena, under, 2, NULL);
    cr_expect(eq(i64, spot_of(&arena, &book).spot.rate, 5500000000000));
    arena_release(&arena);
}

/* ---- against a slow look at every row ---- */

enum { SKUS = 4, DAYS = 5, LAYERS = 3 };

/* usd[layer][sku][day]: the rate that begins on day d of March (day 0: since ever), 0 for none. */
struct random_books {
    int usd[LAYERS][SKUS][DAYS];
};

static struct price_book write_layer(struct arena *arena, const struct random_books *random, int l,
                                     struct rng *rng) {
    struct text rows = {.arena = arena};
    text_append_string(&rows, "instance,base,r,,on_demand,,,hour,,,1,,," TAIL);
    int start = (int)(rng_uniform(rng) * SKUS * DAYS);
    for (int k = 0; k < SKUS * DAYS; k++) { /* in an order of its own */
        int at = (start + 7 * k) % (SKUS * DAYS), s = at / DAYS, d = at % DAYS;
        if (random->usd[l][s][d])
            text_printf(&rows, "instance,s%d,r,,on_demand,,,hour,,,%d,,,%s" TAIL, s,
                        random->usd[l][s][d], d ? arena_printf(arena, "2026-03-%02d", d) : "");
    }
    return book_of(arena, arena_printf(arena, "layer%d", l), rows.data);
}

static int slow_rate(const struct random_books *random, int sku, int day) {
    for (int l = LAYERS - 1; l >= 0; l--)
        for (int d = day; d >= 0; d--)
            if (random->usd[l][sku][d])
                return random->usd[l][sku][d];
    return 0;
}

Test(price_layers, random_layers_and_days_agree_with_a_slow_look) {
    struct rng rng = rng_open(20261123, 0, RNG_ARRIVAL, 0);
    int hidden = 0;
    for (int round = 0; round < 200; round++) {
        struct arena arena = {0};
        struct random_books random = {0};
        struct price_book layers[LAYERS];
        for (int i = 0; i < LAYERS * SKUS * DAYS; i++)
            if (rng_uniform(&rng) < 0.4)
                random.usd[i / (SKUS * DAYS)][i / DAYS % SKUS][i % DAYS] =
                    1 + (int)(rng_uniform(&rng) * 99);
        for (int l = 0; l < LAYERS; l++)
            layers[l] = write_layer(&arena, &random, l, &rng);
        for (int day = 0; day < DAYS; day++) {
            struct price_book book =
                stack_of(&arena, layers, LAYERS,
                         day ? arena_printf(&arena, "2026-03-%02d", day) : "2026-02-28");
            for (int s = 0; s < SKUS; s++)
                cr_assert(eq(dbl, rate_usd(&book, arena_printf(&arena, "s%d", s)),
                             slow_rate(&random, s, day)),
                          "round %d, day %d, s%d", round, day, s);
            hidden += book.n_rows - book.n_prices;
        }
        arena_release(&arena);
    }
    cr_assert(gt(i32, hidden, 10000)); /* the rounds had something to choose from */
}
