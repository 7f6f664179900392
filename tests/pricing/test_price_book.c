/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a price book: what a good one means, every way a bad one is refused with its exact place
 * and words, and the lookups. Offers made from a book are in test_price_rules.c, the shipped book
 * against its sources in test_shipped_book.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "pricing/price_book.h"

#define TITLE "headroom_price_book,1,mine,USD\n"
#define HEADER                                                                                     \
    "kind,sku,region,option,term,payment,unit,usd,usd_low,usd_high,interruptions_per_month,"       \
    "status,rule,source,as_of,alias\n"
#define STORED                                                                                     \
    TITLE                                                                                          \
    "kind,sku,region,option,unit,usd,access,zones_kept,days_min,object_kib_min,free,status,"       \
    "source,as_of\n"
#define GOOD "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n"
#define TITLE_HINT "the first line is headroom_price_book,1,<name>,USD"
#define COLUMNS_HINT                                                                               \
    "the second line names the columns: kind, sku, region, alias, option, term, payment, unit, "   \
    "usd, usd_low, usd_high, interruptions_per_month, status, rule, source, as_of; and if need "   \
    "be "                                                                                          \
    "zone, above, included, currency, usd_upfront, effective_from"
#define USD_HINT "a plain decimal in USD with at most 12 decimals, such as 0.0000166667"
#define OPTIONS                                                                                    \
    "on_demand, spot, reserved_standard, reserved_convertible, plan_ec2, plan_compute, "           \
    "plan_sagemaker, "                                                                             \
    "capacity_block, batch, flex, priority, provisioned, provisioned_1m, provisioned_6m"
#define UNITS                                                                                      \
    "hour, GB-second, 1M requests, 1M input tokens, 1M output tokens, 1M cached input tokens, "    \
    "GB-second held, GB, GB-month, GB read, 1K reads, 1K writes, "                                 \
    "IOPS-month, MBps-month, GB-month unread 30 days, GB-month unread 90 days, 1K objects, "       \
    "provisioned GB-second"

static bool read_book(struct arena *arena, const char *text, struct price_book *book,
                      struct err_list *errs) {
    struct err err = {0};
    struct source *source = source_open_memory(arena, bytes_of(text), "mine.csv", &err);
    cr_assert(ne(ptr, source, NULL));
    bool ok = price_book_read(arena, source, book, errs);
    source_close(source);
    return ok;
}

/* ---- broken books ---- */

static const struct {
    const char *name, *text, *errors; /* "line:column: what | hint", one a line */
} broken[] = {
    // clang-format off
    {"empty file",
     "",
     "1:0: an empty file is no price book | " TITLE_HINT "\n"},
    {"other file",
     "a,b\n1,2\n",
     "1:1: this file is no price book | " TITLE_HINT "\n"},
    {"title fields",
     "headroom_price_book,1,mine\n" HEADER GOOD,
     "1:1: 3 fields instead of 4 | " TITLE_HINT "\n"},
    {"version",
     "headroom_price_book,2,mine,USD\n" HEADER GOOD,
     "1:21: format version '2' is not known | this program reads version 1\n"},
    {"name",
     "headroom_price_book,1,,USD\n" HEADER GOOD,
     "1:23: the book has no name, or one with a blank in it | " TITLE_HINT "\n"},
    {"currency",
     "headroom_price_book,1,mine,EUR\n" HEADER GOOD,
     "1:28: currency 'EUR' is not known | price books are in USD\n"},
    {"no header",
     TITLE,
     "1:0: the header row is missing | " COLUMNS_HINT "\n"},
    {"missing column",
     TITLE "kind,sku,region,option,term,payment,unit,usd,usd_low,usd_high,interruptions_per_month,status,rule,source,alias\ninstance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,\n",
     "2:0: column 'as_of' is missing | " COLUMNS_HINT "\n"},
    {"unknown column",
     TITLE "kind,sku,region,option,term,payment,unit,usd,usd_low,usd_high,interruptions_per_month,status,rule,source,as_of,color\n" GOOD,
     "2:112: unknown column 'color' | " COLUMNS_HINT "\n"},
    {"no prices",
     TITLE HEADER,
     "0:0: a price book without prices | add one row a rate\n"},
    {"fields",
     TITLE HEADER GOOD "instance,b.large\n",
     "4:1: 2 fields, but the header has 16 columns | quote a cell that has a comma in it\n"},
    {"kind",
     TITLE HEADER "instanse,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:1: unknown kind 'instanse' | did you mean 'instance'? It is one of: instance, function, token_api, transfer, storage\n"},
    {"kind missing",
     TITLE HEADER ",a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:1: the kind is missing | one of: instance, function, token_api, transfer, storage\n"},
    {"sku missing",
     TITLE HEADER "instance,,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:10: the SKU is missing | \n"},
    {"sku blank",
     TITLE HEADER "instance,a large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:10: the SKU has a blank in it | \n"},
    {"region missing",
     TITLE HEADER "instance,a.large,,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:18: the region is missing | \n"},
    {"option",
     TITLE HEADER "instance,a.large,us-east-1,ondemand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:28: unknown option 'ondemand' | did you mean 'on_demand'? It is one of: " OPTIONS "\n"},
    {"option of function",
     TITLE HEADER "function,a.large,us-east-1,spot,,,GB-second,1.5,,,,published,,list,2026-07-20,\n",
     "3:28: option 'spot' does not fit kind 'function' | functions are priced on_demand, provisioned and by plan_compute\n"},
    {"option of token API",
     TITLE HEADER "token_api,a.large,us-east-1,spot,,,1M input tokens,1.5,,,,published,,list,2026-07-20,\n",
     "3:29: option 'spot' does not fit kind 'token_api' | token APIs are priced on_demand, batch, flex, priority and provisioned\n"},
    {"option of instance",
     TITLE HEADER "instance,a.large,us-east-1,batch,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:28: option 'batch' does not fit kind 'instance' | instances are priced on_demand, spot, by commitments and as capacity_block\n"},
    {"unit of provisioned",
     TITLE HEADER "token_api,a.large,us-east-1,provisioned,,,1M input tokens,1.5,,,,published,,list,2026-07-20,\n",
     "3:43: unit '1M input tokens' does not fit kind 'token_api', provisioned | token APIs are priced per 1M input, output and cached input tokens, provisioned ones per hour of a model unit\n"},
    {"unit of a held function",
     TITLE HEADER "function,a.large,us-east-1,on_demand,,,GB-second held,1.5,,,,published,,list,2026-07-20,\n",
     "3:40: unit 'GB-second held' does not fit kind 'function' | functions are priced per GB-second and per 1M requests, provisioned ones per GB-second and per GB-second held, under a Compute plan per GB-second, provisioned GB-second and GB-second held\n"},
    {"unit of a function's plan",
     TITLE HEADER "function,a.large,us-east-1,plan_compute,1y,no_upfront,1M requests,1.5,,,,published,,list,2026-07-20,\n",
     "3:55: unit '1M requests' does not fit kind 'function', plan_compute | functions are priced per GB-second and per 1M requests, provisioned ones per GB-second and per GB-second held, under a Compute plan per GB-second, provisioned GB-second and GB-second held\n"},
    {"unit",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,second,1.5,,,,published,,list,2026-07-20,\n",
     "3:40: unknown unit 'second' | one of: " UNITS "\n"},
    {"unit of kind",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,GB-second,1.5,,,,published,,list,2026-07-20,\n",
     "3:40: unit 'GB-second' does not fit kind 'instance' | instances are priced per hour\n"},
    {"option of storage",
     TITLE HEADER "storage,a,us-east-1,spot,,,GB read,1.5,,,,published,,list,2026-07-20,\n",
     "3:21: option 'spot' does not fit kind 'storage' | storage is priced on_demand\n"},
    {"unit of storage",
     TITLE HEADER "storage,a,us-east-1,on_demand,,,GB,1.5,,,,published,,list,2026-07-20,\n",
     "3:33: unit 'GB' does not fit kind 'storage' | storage is priced per GB-month, GB read, 1K reads, 1K writes, IOPS-month, MBps-month, and if tiered GB-month unread 30 days, GB-month unread 90 days and 1K objects\n"},
    {"terms of storage",
     STORED "storage,a,us-east-1,on_demand,GB-month,1.5,now,0,-1,x,reads gets,published,list,2026-07-20\n",
     "3:44: unknown access 'now' | one of: instant, delayed, block, file, tiered\n3:48: '0' is not such a number | in how many zones a copy is kept: 1 or more\n3:50: '-1' is not such a number | whole days, such as 90\n3:53: 'x' is not such a number | whole KiB, such as 128\n3:55: unknown charge 'gets' | of: retrieval, reads, writes\n"},
    {"terms of storage missing",
     STORED "storage,a,us-east-1,on_demand,GB-month,1.5,,,,,,published,list,2026-07-20\n",
     "3:44: the access is missing | one of: instant, delayed, block, file, tiered\n3:45: the number is missing | in how many zones a copy is kept: 1 or more\n"},
    {"terms of a read",
     STORED "storage,a,us-east-1,on_demand,GB read,1.5,instant,3,,,reads,published,list,2026-07-20\n",
     "3:43: only a GB-month of storage has this, in its first row | leave the cell empty\n3:51: only a GB-month of storage has this, in its first row | leave the cell empty\n3:55: only a GB-month of storage has this, in its first row | leave the cell empty\n"},
    {"term missing",
     TITLE HEADER "instance,a.large,us-east-1,reserved_standard,,no_upfront,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:46: the term is missing | one of: 1y, 3y\n"},
    {"term",
     TITLE HEADER "instance,a.large,us-east-1,reserved_standard,2y,half,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:46: unknown term '2y' | did you mean '1y'? It is one of: 1y, 3y\n3:49: unknown payment 'half' | one of: no_upfront, partial_upfront, all_upfront\n"},
    {"term of on demand",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,1y,no_upfront,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:38: only commitments have a term | leave the cell empty\n3:41: only commitments have a payment | leave the cell empty\n"},
    {"usd",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,$1.50,,,,published,,list,2026-07-20,\n",
     "3:45: '$1.50' is not a price | " USD_HINT "\n"},
    {"usd too fine",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,0.0000000000001,,,,published,,list,2026-07-20,\n",
     "3:45: '0.0000000000001' is not a price | " USD_HINT "\n"},
    {"usd negative",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,-1,,,,published,,list,2026-07-20,\n",
     "3:45: '-1' is not a price | " USD_HINT "\n"},
    {"usd zero",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,0.00,,,,published,,list,2026-07-20,\n",
     "3:45: a price of zero | leave the row out when the price is unknown: an unknown price is never zero\n"},
    {"usd empty",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,,,,,published,,list,2026-07-20,\n",
     "3:45: the price is missing | " USD_HINT "\n"},
    {"half range",
     TITLE HEADER "instance,a.large,us-east-1,spot,,,hour,1.5,1,,,published,,list,2026-07-20,\n",
     "3:46: half a range by zone | give usd_low and usd_high, or none of them\n"},
    {"range",
     TITLE HEADER "instance,a.large,us-east-1,spot,,,hour,1.5,1.6,2,,published,,list,2026-07-20,\n",
     "3:44: the range by zone does not hold the rate | usd_low <= usd <= usd_high\n"},
    {"range of on demand",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,1,2,,published,,list,2026-07-20,\n",
     "3:49: only spot rates have a range by zone | leave the cell empty\n3:51: only spot rates have a range by zone | leave the cell empty\n"},
    {"interruptions",
     TITLE HEADER "instance,a.large,us-east-1,spot,,,hour,1.5,,,5%,published,,list,2026-07-20,\n",
     "3:46: '5%' is not a share of instances | the share reclaimed in a month, 0 to 1: 0.05 for 5 %\n"},
    {"interruptions of on demand",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,0.05,published,,list,2026-07-20,\n",
     "3:51: only spot rates have interruptions | leave the cell empty\n"},
    {"status",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,guess,,list,2026-07-20,\n",
     "3:52: unknown status 'guess' | one of: published, secondary, estimated\n"},
    {"rule missing",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,estimated,,list,2026-07-20,\n",
     "3:62: an estimated rate without its rule | name the rule that made it, such as spot-advisor\n"},
    {"rule of published",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,spot-advisor,list,2026-07-20,\n",
     "3:62: only estimated rates have a rule | leave the cell empty\n"},
    {"source missing",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,,2026-07-20,\n",
     "3:63: the source is missing | every rate says where and when it was read\n"},
    {"date",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,July 2026,\n",
     "3:68: 'July 2026' is not a date | YYYY-MM-DD: the day on which the source showed this rate\n"},
    {"day",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-02-30,\n",
     "3:68: '2026-02-30' is not a date | YYYY-MM-DD: the day on which the source showed this rate\n"},
    {"twice",
     TITLE HEADER GOOD "instance,a.large,us-east-1,on_demand,,,hour,2,,,,published,,list,2026-07-20,\n",
     "4:0: a second on_demand rate of a.large in us-east-1 | line 3 has the first; keep one of them\n"},
    {"two kinds",
     TITLE HEADER GOOD "function,a.large,us-east-1,on_demand,,,GB-second,1.5,,,,published,,list,2026-07-20,\n",
     "4:0: a.large is of kind 'function' here | line 3 says 'instance'; a SKU has one kind\n"},
    {"alias of two",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,x\ninstance,b.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,y x\n",
     "4:0: alias 'x' of b.large already means a.large | an alias stands for one SKU\n"},
    {"alias is a sku",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,b.large\ninstance,b.large,us-east-1,on_demand,,,hour,1.5,,,,published,,list,2026-07-20,\n",
     "3:0: alias 'b.large' of a.large already means b.large | an alias stands for one SKU\n"},
    {"quote",
     TITLE HEADER "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,\"li\"st,2026-07-20,\n",
     "3:67: text after the closing quote of a field | quote the whole field and double the quotes inside: \"say \"\"yes\"\"\"\n"},
    {"several",
     TITLE HEADER "x,a.large,us-east-1,on_demand,,,hour,0,,,,published,,list,,\n" GOOD "instance,b.large,us-east-1,on_demand,,,hour,1.5,,,,estimated,,list,2026-07-20,\ninstance,a.large,us-east-1,on_demand,,,hour,7,,,,published,,list,2026-07-20,\n",
     "3:1: unknown kind 'x' | one of: instance, function, token_api, transfer, storage\n3:38: a price of zero | leave the row out when the price is unknown: an unknown price is never zero\n3:59: the date is missing | YYYY-MM-DD: the day on which the source showed this rate\n5:62: an estimated rate without its rule | name the rule that made it, such as spot-advisor\n6:0: a second on_demand rate of a.large in us-east-1 | line 4 has the first; keep one of them\n"},
    // clang-format on
};

Test(price_book, broken_books_are_refused_with_every_mistake) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct price_book book = {.n_prices = 17};
        struct err_list *errs = arena_new(&arena, struct err_list, 1);
        cr_expect(not(read_book(&arena, broken[i].text, &book, errs)), "%s", broken[i].name);
        cr_expect(eq(i32, book.n_prices, 17), "%s", broken[i].name);
        struct text got = {.arena = &arena};
        text_append_string(&got, "");
        for (int k = 0; k < errs->n; k++) {
            const struct err *e = &errs->items[k];
            cr_expect(eq(str, (char *)e->file, "mine.csv"), "%s", broken[i].name);
            text_printf(&got, "%d:%d: %s | %s\n", e->line, e->column, e->what, e->hint);
        }
        cr_expect(eq(str, got.data, (char *)broken[i].errors), "%s", broken[i].name);
        arena_release(&arena);
    }
}

Test(price_book, more_mistakes_than_the_list_holds_are_counted) {
    struct arena arena = {0};
    struct text text = {.arena = &arena};
    text_append_string(&text, TITLE HEADER);
    for (int i = 0; i < 30; i++)
        text_append_string(&text,
                           "instance,a.large,us-east-1,on_demand,,,hour,0,,,,published,,list,"
                           "2026-07-20,\n");
    struct price_book book;
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    cr_assert(not(read_book(&arena, text.data, &book, errs)));
    cr_assert(eq(i32, errs->n, ERR_LIST_MAX));
    cr_assert(eq(i32, errs->n_total, 30));
    arena_release(&arena);
}

/* ---- a good book ---- */

static const char good[] = TITLE HEADER
    "instance,b.large,us-east-1,on_demand,,,hour,2,,,,published,,list,2026-07-20,\n"
    "instance,a.large,us-west-2,on_demand,,,hour,1.6,,,,published,,list,2026-07-21,\n"
    "instance,a.large,us-east-1,spot,,,hour,0.5,0.25,0.75,0.10,secondary,,site,2026-01-02,\n"
    "instance,a.large,us-east-1,on_demand,,,hour,1.5,,,,published,,\"list, page 2\",2026-07-20,"
    "first one\n"
    "instance,a.large,us-east-1,reserved_standard,3y,all_upfront,hour,0.6,,,,estimated,my-rule,me,"
    "2026-02-28,one\n"
    "function,f,us-east-1,on_demand,,,GB-second,0.0000166667,,,,published,,list,2026-07-20,\n"
    "function,f,us-east-1,on_demand,,,1M requests,0.2,,,,published,,list,2026-07-20,\n"
    "token_api,vendor.m-v1:0,us-east-1,on_demand,,,1M input tokens,0.22,,,,published,,list,"
    "2026-07-20,m/1\n";

static struct price_book good_book(struct arena *arena) {
    struct price_book book = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    cr_assert(read_book(arena, good, &book, errs), "%s", errs->items[0].what);
    cr_assert(eq(i32, errs->n_total, 0));
    return book;
}

Test(price_book, rows_are_sorted_and_complete) {
    struct arena arena = {0};
    struct price_book book = good_book(&arena);
    cr_assert(eq(str, (char *)book.name, "mine"));
    cr_assert(eq(str, (char *)book.layers[0].file, "mine.csv"));
    cr_assert(eq(sz, strlen(book.layers[0].sha256), 64));
    cr_assert(eq(i32, book.n_prices, 8));
    for (int i = 1; i < book.n_prices; i++)
        cr_assert(lt(i32, price_compare_rates(&book.prices[i - 1], &book.prices[i]), 0));
    const struct price *p = &book.prices[0];
    cr_assert(eq(str, (char *)p->sku, "a.large"));
    cr_assert(eq(i32, (int)p->option, PRICE_ON_DEMAND));
    cr_assert(eq(i64, p->rate, 1500000000000));
    cr_assert(eq(str, (char *)p->source, "list, page 2"));
    cr_assert(eq(i32, p->line, 6));
    p = &book.prices[1];
    cr_assert(eq(i32, (int)p->option, PRICE_SPOT));
    cr_assert(eq(i64, p->low, 250000000000));
    cr_assert(eq(i64, p->high, 750000000000));
    cr_assert(eq(dbl, p->interruptions_per_month, 0.10));
    cr_assert(eq(i32, (int)p->status, PRICE_SECONDARY));
    p = &book.prices[2];
    cr_assert(eq(i32, p->term_years, 3));
    cr_assert(eq(i32, (int)p->payment, PAY_ALL_UPFRONT));
    cr_assert(eq(str, (char *)p->rule, "my-rule"));
    arena_release(&arena);
}

/* The same rows in another order, with the optional columns left out where a book has none, CRLF
 * and a byte-order mark: the same rates. */
Test(price_book, short_header_crlf_and_byte_order_mark) {
    struct arena arena = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    cr_assert(read_book(&arena,
                        "\xEF\xBB\xBFheadroom_price_book,1,mine,USD\r\n"
                        "sku,kind,region,option,unit,usd,status,source,as_of\r\n"
                        "a.large,instance,us-east-1,on_demand,hour,1.5,published,list,2026-07-20",
                        &book, errs));
    cr_assert(eq(i32, book.n_prices, 1));
    cr_assert(eq(i64, book.prices[0].rate, 1500000000000));
    cr_assert(eq(dbl, book.prices[0].interruptions_per_month, -1));
    cr_assert(eq(str, (char *)book.prices[0].alias, ""));
    arena_release(&arena);
}

Test(price_book, lookups) {
    struct arena arena = {0};
    struct price_book book = good_book(&arena);
    static const struct {
        const char *name, *sku;
    } names[] = {{"a.large", "a.large"},   {"first", "a.large"}, {"one", "a.large"},
                 {"m/1", "vendor.m-v1:0"}, {"f", "f"},           {"a.larg", NULL},
                 {"a.larger", NULL},       {"", NULL},           {"zz", NULL}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *sku = price_book_sku(&book, bytes_of(names[i].name));
        if (names[i].sku)
            cr_expect(eq(str, (char *)sku, (char *)names[i].sku), "%s", names[i].name);
        else
            cr_expect(eq(ptr, (void *)sku, NULL), "%s", names[i].name);
    }
    int n = 0;
    const char *const *all = price_book_names(&book, &arena, &n);
    static const char *const want[] = {"a.large", "b.large", "f",  "vendor.m-v1:0",
                                       "first",   "m/1",     "one"};
    cr_assert(eq(i32, n, 7));
    for (int i = 0; i < n; i++)
        cr_expect(eq(str, (char *)all[i], (char *)want[i]));
    cr_expect(price_book_has_region(&book, "a.large", "us-east-1"));
    cr_expect(price_book_has_region(&book, "a.large", "us-west-2"));
    cr_expect(not(price_book_has_region(&book, "a.large", "eu-west-1")));
    cr_expect(not(price_book_has_region(&book, "b.large", "us-west-2")));
    cr_expect(not(price_book_has_region(&book, "c.large", "us-east-1")));
    const struct price *price = price_book_find(&book, "f", "us-east-1", PRICE_ON_DEMAND, 0,
                                                PAY_NO_UPFRONT, PER_MILLION_REQUESTS);
    cr_expect(eq(i64, price->rate, 200000000000));
    price = price_book_find(&book, "a.large", "us-east-1", PRICE_RESERVED_STANDARD, 1,
                            PAY_ALL_UPFRONT, PER_HOUR);
    cr_expect(eq(ptr, (void *)price, NULL));
    arena_release(&arena);
}

/* ---- shipped books ---- */

Test(price_book, the_shipped_book_is_found_by_name_and_by_default) {
    struct arena arena = {0};
    struct err err = {0};
    cr_assert(eq(i32, price_book_shipped_count(), 1));
    cr_assert(eq(str, (char *)price_book_shipped_name(0), "aws-2026-07"));
    char digests[2][65];
    for (int i = 0; i < 2; i++) {
        struct source *source = price_book_shipped(&arena, i ? "aws-2026-07" : NULL, &err);
        cr_assert(ne(ptr, source, NULL));
        cr_assert(eq(str, (char *)source_name(source), "aws-2026-07.csv"));
        struct bytes all;
        cr_assert(source_read_all(&arena, source, 1 << 20, &all, &err));
        source_sha256(source, digests[i]);
        source_close(source);
    }
    cr_assert(eq(str, digests[0], digests[1]));
    cr_assert(eq(ptr, price_book_shipped(&arena, "aws-2020", &err), NULL));
    cr_assert(eq(str, err.what, "no shipped price book is called 'aws-2020'"));
    cr_assert(eq(str, err.hint, "shipped: aws-2026-07; a book of your own is given by its path"));
    arena_release(&arena);
}

/* What every row of the shipped book owes its reader, beyond what the reader itself checks. */
Test(price_book, the_shipped_book_is_sound) {
    struct arena arena = {0};
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct source *source = price_book_shipped(&arena, NULL, &err);
    cr_assert(price_book_read(&arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    cr_assert(eq(i32, errs->n_total, 0));
    cr_assert(eq(str, (char *)book.name, "aws-2026-07"));
    int regions = 0, estimated = 0;
    for (int i = 0; i < book.n_prices; i++) {
        const struct price *p = &book.prices[i];
        cr_expect(gt(i64, p->rate, 0));
        cr_expect(ne(chr, p->source[0], '\0'));
        cr_expect(eq(sz, strlen(p->as_of), 10));
        cr_expect(ge(i32, strcmp(p->as_of, "2023-08-30"), 0), "%s", p->as_of);
        regions += strcmp(p->region, "us-east-1") == 0 && p->kind == OFFER_INSTANCE &&
                   p->option == PRICE_ON_DEMAND;
        estimated += p->status == PRICE_ESTIMATED;
        if (p->status == PRICE_ESTIMATED)
            cr_expect(eq(str, (char *)p->rule,
                         p->unit == PER_GB_MONTH_90 ? "s3-intelligent-archive"
                         : p->kind == OFFER_STORAGE ? "s3-requests"
                                                    : "spot-advisor"));
        const struct price *on_demand =
            p->kind == OFFER_INSTANCE ? price_book_find(&book, p->sku, p->region, PRICE_ON_DEMAND,
                                                        0, PAY_NO_UPFRONT, PER_HOUR)
                                      : p;
        cr_assert(ne(ptr, (void *)on_demand, NULL), "%s", p->sku);
        cr_expect(le(i64, p->rate, on_demand->rate), "%s line %d", p->sku, p->line);
    }
    cr_assert(eq(i32, regions, 99));
    cr_assert(eq(i32, estimated, 88));
    static const char *const aliases[][2] = {
        {"bedrock/llama-3.1-8b", "meta.llama3-1-8b-instruct-v1:0"},
        {"bedrock/llama-3.1-70b", "meta.llama3-1-70b-instruct-v1:0"},
        {"bedrock/nova-lite", "amazon.nova-lite-v1:0"},
        {"lambda/arm64", "lambda-arm64"}};
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        cr_expect(
            eq(str, (char *)price_book_sku(&book, bytes_of(aliases[i][0])), (char *)aliases[i][1]));
    arena_release(&arena);
}
