/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped book against the tables of facts that it was written from: every figure of the facts
 * that a book can hold is in the book, unchanged, and every figure of the book is in the facts. The
 * facts are read from HEADROOM_DATA (default ../shared); without them the suite is skipped (77), or
 * fails when HEADROOM_DATA_REQUIRED is 1. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "pricing/price_book.h"

static FILE *open_fact(const char *name) {
    const char *folder = getenv("HEADROOM_DATA");
    char path[4096];
    snprintf(path, sizeof path, "%s/facts/%s", folder ? folder : "../shared", name);
    return fopen(path, "rb");
}

static long read_file(void *context, char *buffer, size_t n) {
    return (long)fread(buffer, 1, n, context);
}

static struct price_book shipped_book(struct arena *arena) {
    struct err err = {0};
    struct price_book book = {0};
    struct err_list *errs = arena_new(arena, struct err_list, 1);
    struct source *source = price_book_shipped(arena, NULL, &err);
    cr_assert(price_book_read(arena, source, &book, errs), "%s", errs->items[0].what);
    source_close(source);
    return book;
}

/* Rows of a table of facts, as text. */
struct facts {
    FILE *file;
    struct source *source;
    struct csv_reader *csv;
    int index[32];
    struct csv_row row;
};

static void facts_open(struct facts *facts, struct arena *arena, const char *name,
                       const char *const *columns, int n) {
    struct err err = {0};
    facts->file = open_fact(name);
    cr_assert(ne(ptr, facts->file, NULL), "%s", name);
    facts->source = source_open_reader(arena, read_file, facts->file, name, &err);
    facts->csv = csv_open(arena, facts->source, ',', &err);
    cr_assert(csv_header(facts->csv, columns, n, true, facts->index, &err), "%s", err.what);
}

static bool facts_next(struct facts *facts) {
    struct err err = {0};
    cr_assert(csv_next(facts->csv, &facts->row, &err), "%s", err.what);
    return facts->row.n_fields > 0;
}

static struct bytes fact(const struct facts *facts, int column) {
    return facts->row.fields[facts->index[column]].text;
}

static void facts_close(struct facts *facts) {
    csv_close(facts->csv);
    source_close(facts->source);
    fclose(facts->file);
}

/* Facts may be in E notation: read as double and take the nearest 1e-12, which is exact for them.
 */
static usd_pico pico(struct bytes text) {
    double usd = 0;
    cr_assert(text_parse_double(text, &usd));
    return money_rate_from_usd(usd);
}

enum {
    TYPE,
    REGION,
    ON_DEMAND,
    SPOT,
    SPOT_LOW,
    SPOT_HIGH,
    SAVINGS,
    BAND,
    ONE_YEAR,
    THREE_YEARS,
    KIND,
    N_INSTANCE_COLUMNS
};

static const char *const instance_columns[] = {"instance_type",
                                               "region",
                                               "on_demand_usd_per_hour",
                                               "spot_usd_per_hour",
                                               "spot_min_az",
                                               "spot_max_az",
                                               "spot_advisor_savings_pct",
                                               "spot_advisor_interruption_band",
                                               "ri_1y_all_upfront_effective",
                                               "ec2_sp_or_ri_3y_all_upfront_effective",
                                               "three_year_kind"};

static double upper_bound_of(struct bytes band) {
    static const struct {
        const char *band;
        double share;
    } bands[] = {{"<5%", 0.05},    {"5-10%", 0.10}, {"10-15%", 0.15},
                 {"15-20%", 0.20}, {">20%", 0.30},  {"", -1}};
    for (size_t i = 0; i < sizeof bands / sizeof *bands; i++)
        if (bytes_are(band, bands[i].band))
            return bands[i].share;
    cr_fatal("unknown band %.*s", (int)band.n, band.data);
    return 0;
}

static const struct price *find(const struct price_book *book, const char *sku, const char *region,
                                enum price_option option, int years) {
    return price_book_find(book, sku, region, option, years,
                           years ? PAY_ALL_UPFRONT : PAY_NO_UPFRONT, PER_HOUR);
}

static int check_spot(const struct price_book *book, const struct facts *facts, const char *sku,
                      const char *region) {
    const struct price *price = find(book, sku, region, PRICE_SPOT, 0);
    if (fact(facts, SPOT_LOW).n > 0) {
        cr_assert(ne(ptr, (void *)price, NULL), "%s", sku);
        cr_expect(eq(i64, price->rate, pico(fact(facts, SPOT))), "%s", sku);
        cr_expect(eq(i64, price->low, pico(fact(facts, SPOT_LOW))), "%s", sku);
        cr_expect(eq(i64, price->high, pico(fact(facts, SPOT_HIGH))), "%s", sku);
        cr_expect(eq(i32, (int)price->status, PRICE_PUBLISHED), "%s", sku);
    } else if (fact(facts, SAVINGS).n > 0) {
        cr_assert(ne(ptr, (void *)price, NULL), "%s", sku);
        int64_t percent = 0;
        cr_assert(text_parse_int64(fact(facts, SAVINGS), &percent));
        cr_expect(eq(i64, price->rate,
                     money_scale_rate(pico(fact(facts, ON_DEMAND)), 100 - percent, 100)),
                  "%s", sku);
        cr_expect(eq(str, (char *)price->rule, "spot-advisor"), "%s", sku);
    } else {
        cr_expect(eq(ptr, (void *)price, NULL), "%s", sku);
    }
    if (price)
        cr_expect(eq(dbl, price->interruptions_per_month, upper_bound_of(fact(facts, BAND))), "%s",
                  sku);
    return price != NULL;
}

static int check_commitments(const struct price_book *book, const struct facts *facts,
                             const char *sku, const char *region) {
    int n = 0;
    const struct price *one = find(book, sku, region, PRICE_RESERVED_STANDARD, 1);
    cr_expect(eq(i32, one != NULL, fact(facts, ONE_YEAR).n > 0), "%s", sku);
    if (one) {
        cr_expect(eq(i64, one->rate, pico(fact(facts, ONE_YEAR))), "%s", sku);
        n++;
    }
    if (fact(facts, THREE_YEARS).n > 0) {
        bool plan = bytes_are(fact(facts, KIND), "EC2 Instance SP 3y all upfront");
        const struct price *three =
            find(book, sku, region, plan ? PRICE_PLAN_EC2 : PRICE_RESERVED_STANDARD, 3);
        cr_assert(ne(ptr, (void *)three, NULL), "%s", sku);
        cr_expect(eq(i64, three->rate, pico(fact(facts, THREE_YEARS))), "%s", sku);
        n++;
    }
    return n;
}

Test(shipped_book, instances_equal_the_facts) {
    struct arena arena = {0};
    struct price_book book = shipped_book(&arena);
    struct facts facts;
    facts_open(&facts, &arena, "prices-aws.csv", instance_columns, N_INSTANCE_COLUMNS);
    int in_facts = 0, in_book = 0;
    while (facts_next(&facts)) {
        struct bytes type = fact(&facts, TYPE), place = fact(&facts, REGION);
        const char *sku = arena_strndup(&arena, type.data, type.n);
        const char *region = arena_strndup(&arena, place.data, place.n);
        const struct price *price = find(&book, sku, region, PRICE_ON_DEMAND, 0);
        cr_expect(eq(i32, price != NULL, fact(&facts, ON_DEMAND).n > 0), "%s %s", sku, region);
        if (!price)
            continue;
        cr_expect(eq(i64, price->rate, pico(fact(&facts, ON_DEMAND))), "%s %s", sku, region);
        in_facts += 1 + check_spot(&book, &facts, sku, region) +
                    check_commitments(&book, &facts, sku, region);
    }
    facts_close(&facts);
    for (int i = 0; i < book.n_prices; i++)
        in_book += book.prices[i].kind == OFFER_INSTANCE;
    /* x2iedn.32xlarge has the whole grid of payments: six rates more, from the notes of its row;
     * and four of SageMaker's types, from the facts beside these */
    cr_assert(eq(i32, in_book, in_facts + 6 + 4));
    arena_release(&arena);
}

enum { SERVICE, ITEM, OTHER_REGION, DIMENSION, UNIT, PRICE, N_OTHER_COLUMNS };

static const char *const other_columns[] = {"service",   "item", "region",
                                            "dimension", "unit", "price_usd"};

Test(shipped_book, tokens_equal_the_facts) {
    struct arena arena = {0};
    struct price_book book = shipped_book(&arena);
    struct facts facts;
    facts_open(&facts, &arena, "prices-other.csv", other_columns, N_OTHER_COLUMNS);
    int in_facts = 0, in_book = 0;
    while (facts_next(&facts)) {
        bool input = bytes_are(fact(&facts, DIMENSION), "input");
        bool output = bytes_are(fact(&facts, DIMENSION), "output");
        bool cached = bytes_are(fact(&facts, DIMENSION), "cache read");
        if (!bytes_are(fact(&facts, SERVICE), "Bedrock") || !(input || output || cached))
            continue;
        struct bytes item = fact(&facts, ITEM);
        const char *sku = arena_strndup(&arena, item.data, item.n);
        static const char *const regions[] = {"us-east-1", "us-west-2"};
        for (int r = 0; r < 2; r++) {
            const struct price *price =
                price_book_find(&book, sku, regions[r], PRICE_ON_DEMAND, 0, PAY_NO_UPFRONT,
                                cached  ? PER_MILLION_CACHED_TOKENS
                                : input ? PER_MILLION_INPUT_TOKENS
                                        : PER_MILLION_OUTPUT_TOKENS);
            cr_assert(ne(ptr, (void *)price, NULL), "%s", sku);
            cr_expect(eq(i64, price->rate, pico(fact(&facts, PRICE))), "%s", sku);
            in_facts++;
        }
    }
    facts_close(&facts);
    for (int i = 0; i < book.n_prices; i++)
        in_book += book.prices[i].kind == OFFER_TOKEN_API;
    cr_assert(gt(i32, in_facts, 100));
    cr_assert(eq(i32, in_book, in_facts));
    arena_release(&arena);
}

Test(shipped_book, functions_equal_the_facts) {
    static const struct {
        const char *item, *sku;
        enum price_option option;
        enum price_unit unit;
    } rows[] = {
        {"requests", "lambda-x86", PRICE_ON_DEMAND, PER_MILLION_REQUESTS},
        {"requests", "lambda-arm64", PRICE_ON_DEMAND, PER_MILLION_REQUESTS},
        {"duration x86 first 6B GB-s/month", "lambda-x86", PRICE_ON_DEMAND, PER_GB_SECOND},
        {"duration arm64 first 7.5B GB-s/month", "lambda-arm64", PRICE_ON_DEMAND, PER_GB_SECOND},
        {"provisioned concurrency, x86", "lambda-x86", PRICE_PROVISIONED, PER_GB_SECOND_HELD},
        {"provisioned concurrency, arm64", "lambda-arm64", PRICE_PROVISIONED, PER_GB_SECOND_HELD},
        {"duration under provisioned concurrency, x86", "lambda-x86", PRICE_PROVISIONED,
         PER_GB_SECOND},
        {"duration under provisioned concurrency, arm64", "lambda-arm64", PRICE_PROVISIONED,
         PER_GB_SECOND}};
    struct arena arena = {0};
    struct price_book book = shipped_book(&arena);
    struct facts facts;
    facts_open(&facts, &arena, "prices-other.csv", other_columns, N_OTHER_COLUMNS);
    int found = 0;
    while (facts_next(&facts))
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            if (!bytes_are(fact(&facts, SERVICE), "Lambda") ||
                !bytes_are(fact(&facts, ITEM), rows[i].item))
                continue;
            const struct price *price = price_book_find(
                &book, rows[i].sku, "us-east-1", rows[i].option, 0, PAY_NO_UPFRONT, rows[i].unit);
            cr_assert(ne(ptr, (void *)price, NULL));
            cr_expect(eq(i64, price->rate, pico(fact(&facts, PRICE))));
            found++;
        }
    facts_close(&facts);
    cr_assert(eq(i32, found, 8));
    arena_release(&arena);
}

/* What an endpoint's instance costs over the same machine on EC2, for every type that the facts
 * have: from 1.25 to 1.72. No factor lies within 15 % of all of them, so the book has a row for
 * each type it was read for, and no rule makes others. */
Test(shipped_book, no_one_multiple_makes_endpoint_prices) {
    struct arena arena = {0};
    struct price_book book = shipped_book(&arena);
    struct facts facts;
    facts_open(&facts, &arena, "prices-other.csv", other_columns, N_OTHER_COLUMNS);
    double least = 1e9, most = 0;
    int n = 0;
    while (facts_next(&facts)) {
        struct bytes item = fact(&facts, ITEM), price = fact(&facts, PRICE);
        if (!bytes_are(fact(&facts, SERVICE), "SageMaker") || price.n == 0 || item.n < 3)
            continue;
        const char *blank = memchr(item.data, ' ', item.n);
        const char *sku = arena_strndup(&arena, item.data, (size_t)(blank - item.data));
        const struct price *machine = price_book_find(&book, sku + 3, "us-east-1", PRICE_ON_DEMAND,
                                                      0, PAY_NO_UPFRONT, PER_HOUR);
        if (!machine)
            continue; /* m5 is in no shipped book */
        double multiple = (double)pico(price) / (double)machine->rate;
        least = multiple < least ? multiple : least;
        most = multiple > most ? multiple : most;
        n++;
    }
    facts_close(&facts);
    cr_assert(eq(int, n, 5));
    cr_expect(epsilon_eq(dbl, least, 1.25, 1e-9));
    cr_expect(epsilon_eq(dbl, most, 37.688 / 21.957642, 1e-9));
    cr_expect(gt(dbl, most / least, 1.15 / 0.85));
    arena_release(&arena);
}

/* Storage and transfer: the figure of the facts under each rate, volume tiers included. */
Test(shipped_book, storage_and_transfer_equal_the_facts) {
    static const struct {
        const char *service, *item, *region, *sku;
        enum price_unit unit;
        int64_t above;
    } rows[] = {
        {"S3", "Standard storage first 50 TB", "us-east-1", "s3-standard", PER_GB_MONTH, 0},
        {"S3", "Standard storage next 450 TB", "us-east-1", "s3-standard", PER_GB_MONTH, 51200},
        {"S3", "Standard storage over 500 TB", "us-east-1", "s3-standard", PER_GB_MONTH, 512000},
        {"S3", "Intelligent-Tiering frequent", "us-east-1", "s3-intelligent-tiering", PER_GB_MONTH,
         0},
        {"S3", "Intelligent-Tiering infrequent", "us-east-1", "s3-intelligent-tiering",
         PER_GB_MONTH_30, 0},
        {"S3", "Intelligent-Tiering monitoring", "us-east-1", "s3-intelligent-tiering",
         PER_THOUSAND_OBJECTS, 0},
        {"S3", "Standard GET/SELECT", "us-east-1", "s3-standard", PER_THOUSAND_READS, 0},
        {"S3", "Standard PUT/COPY/POST/LIST", "us-east-1", "s3-standard", PER_THOUSAND_WRITES, 0},
        {"S3", "Standard-IA storage", "us-east-1", "s3-standard-ia", PER_GB_MONTH, 0},
        {"S3", "Standard-IA retrieval", "us-east-1", "s3-standard-ia", PER_GB_READ, 0},
        {"S3", "Standard-IA GET", "us-east-1", "s3-standard-ia", PER_THOUSAND_READS, 0},
        {"S3", "Standard-IA PUT", "us-east-1", "s3-standard-ia", PER_THOUSAND_WRITES, 0},
        {"S3", "One Zone-IA storage", "us-east-1", "s3-one-zone-ia", PER_GB_MONTH, 0},
        {"S3", "One Zone-IA retrieval", "us-east-1", "s3-one-zone-ia", PER_GB_READ, 0},
        {"S3", "Glacier Instant Retrieval storage", "us-east-1", "s3-glacier-instant", PER_GB_MONTH,
         0},
        {"S3", "Glacier Instant Retrieval retrieval", "us-east-1", "s3-glacier-instant",
         PER_GB_READ, 0},
        {"S3", "Glacier Flexible storage", "us-east-1", "s3-glacier-flexible", PER_GB_MONTH, 0},
        {"S3", "Glacier Flexible retrieval standard", "us-east-1", "s3-glacier-flexible",
         PER_GB_READ, 0},
        {"S3", "Glacier Flexible PUT", "us-east-1", "s3-glacier-flexible", PER_THOUSAND_WRITES, 0},
        {"S3", "Glacier Deep Archive storage", "us-east-1", "s3-deep-archive", PER_GB_MONTH, 0},
        {"S3", "Deep Archive retrieval standard", "us-east-1", "s3-deep-archive", PER_GB_READ, 0},
        {"S3", "Deep Archive standard retrieval requests", "us-east-1", "s3-deep-archive",
         PER_THOUSAND_READS, 0},
        {"S3", "Deep Archive PUT", "us-east-1", "s3-deep-archive", PER_THOUSAND_WRITES, 0},
        {"EBS", "gp3 storage", "us-east-1", "ebs-gp3", PER_GB_MONTH, 0},
        {"EBS", "gp3 IOPS above 3000", "us-east-1", "ebs-gp3", PER_IOPS_MONTH, 0},
        {"EBS", "gp3 throughput above 125 MB/s", "us-east-1", "ebs-gp3", PER_MBPS_MONTH, 0},
        {"EBS", "io1/io2 IOPS first tier", "us-east-1", "ebs-io2", PER_IOPS_MONTH, 0},
        {"EBS", "io1/io2 IOPS first tier", "us-east-1", "ebs-io1", PER_IOPS_MONTH, 0},
        {"EBS", "io1/io2 storage", "us-east-1", "ebs-io1", PER_GB_MONTH, 0},
        {"EBS", "gp2 storage", "us-east-1", "ebs-gp2", PER_GB_MONTH, 0},
        {"EBS", "io1/io2 storage", "us-east-1", "ebs-io2", PER_GB_MONTH, 0},
        {"EBS", "st1 storage", "us-east-1", "ebs-st1", PER_GB_MONTH, 0},
        {"EBS", "sc1 storage", "us-east-1", "ebs-sc1", PER_GB_MONTH, 0},
        {"FSx for Lustre", "persistent SSD", "us-east-1", "fsx-lustre", PER_GB_MONTH, 0},
        {"NAT Gateway", "data processed", "us-east-1", "nat-gateway", PER_GB, 0},
        {"Data transfer", "us-east-1 <-> us-east-2", "us-east-1", "cross-region/us-east-2", PER_GB,
         0},
#define EGRESS(region)                                                                               \
    {"Data transfer", "internet egress first 10 TB", region, "internet", PER_GB, 0},                 \
        {"Data transfer", "internet egress next 40 TB", region, "internet", PER_GB, 10240},          \
        {"Data transfer", "internet egress next 100 TB", region, "internet", PER_GB, 51200},         \
        {"Data transfer", "intra-Region cross-AZ, each direction", region, "cross-zone", PER_GB, 0}, \
        {"Data transfer", "other Regions", region, "cross-region", PER_GB, 0}
        EGRESS("us-east-1"),
        EGRESS("us-west-2"),
        EGRESS("eu-west-1"),
        {"Data transfer", "internet egress over 150 TB", "us-west-2", "internet", PER_GB, 153600},
        {"Data transfer", "internet egress over 150 TB", "eu-west-1", "internet", PER_GB, 153600},
    };
    struct arena arena = {0};
    struct price_book book = shipped_book(&arena);
    struct facts facts;
    facts_open(&facts, &arena, "prices-other.csv", other_columns, N_OTHER_COLUMNS);
    size_t found = 0;
    while (facts_next(&facts))
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            if (!bytes_are(fact(&facts, SERVICE), rows[i].service) ||
                !bytes_are(fact(&facts, ITEM), rows[i].item) ||
                !bytes_are(fact(&facts, OTHER_REGION), rows[i].region))
                continue;
            int n;
            const struct price *price =
                price_book_rates(&book, rows[i].sku, rows[i].region, PRICE_ON_DEMAND, 0,
                                 PAY_NO_UPFRONT, rows[i].unit, &n);
            while (n > 0 && price->above != rows[i].above)
                n--, price++;
            cr_assert(gt(i32, n, 0), "%s %s", rows[i].sku, rows[i].region);
            cr_expect(eq(i64, price->rate, pico(fact(&facts, PRICE))), "%s", rows[i].item);
            found++;
        }
    facts_close(&facts);
    cr_assert(eq(sz, found, sizeof rows / sizeof *rows));
    arena_release(&arena);
}

int main(int argc, char **argv) {
    FILE *file = open_fact("prices-aws.csv");
    if (!file) {
        const char *required = getenv("HEADROOM_DATA_REQUIRED");
        bool must = required && strcmp(required, "1") == 0;
        fprintf(stderr, "no facts/prices-aws.csv under HEADROOM_DATA: %s\n",
                must ? "required" : "skipped");
        return must ? 1 : 77;
    }
    fclose(file);
    struct criterion_test_set *tests = criterion_initialize();
    int result = 0;
    if (criterion_handle_args(argc, argv, true))
        result = criterion_run_all_tests(tests) ? 0 : 1;
    criterion_finalize(tests);
    return result;
}
