/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AWS price lists, CSV and JSON. The files are made up here to AWS's description of the bulk lists
 * (no real list is at hand) with the prices of x2iedn.32xlarge, whose effective reserved rates are
 * published beside its fees: effective = fee / 8760 h / years + hourly. Both formats of one list
 * must give the same rates. Mistakes are told at their place and nothing is taken. */
#include "import_help.h"

#define ABOUT                                                                                      \
    "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"This list, with a comma\"\n"                     \
    "\"Publication Date\",\"2026-07-20T17:00:00Z\"\n\"Version\",\"20260720170000\"\n"              \
    "\"OfferCode\",\"AmazonEC2\"\n"
#define HEADER                                                                                     \
    "\"SKU\",\"OfferTermCode\",\"TermType\",\"StartingRange\",\"Unit\",\"PricePerUnit\","          \
    "\"Currency\",\"LeaseContractLength\",\"PurchaseOption\",\"OfferingClass\","                   \
    "\"Product Family\",\"serviceCode\",\"Location Type\",\"Instance Type\",\"Operating System\"," \
    "\"Tenancy\",\"Pre Installed S/W\",\"CapacityStatus\",\"MarketOption\",\"usageType\","         \
    "\"operation\",\"Region Code\"\n"
#define X2 ",\"Compute Instance\",\"AmazonEC2\",\"AWS Region\",\"x2iedn.32xlarge\",\"Linux\","
#define SHARED "\"Shared\",\"NA\",\"Used\",\"OnDemand\",\"BoxUsage:x2iedn.32xlarge\","
#define PLACE "\"RunInstances\",\"us-east-1\"\n"
#define ON_DEMAND(unit, price, currency)                                                           \
    "\"A\",\"JRTC\",\"OnDemand\",\"0\",\"" unit "\",\"" price "\",\"" currency                     \
    "\",\"\",\"\",\"\"" X2 SHARED PLACE
#define RESERVED(code, unit, price, lease, purchase, class)                                        \
    "\"A\",\"" code "\",\"Reserved\",\"\",\"" unit "\",\"" price "\",\"USD\",\"" lease             \
    "\",\"" purchase "\",\"" class "\"" X2 SHARED PLACE

/* clang-format off */
static const char csv_list[] = ABOUT HEADER
    /* an upfront row and its hourly row stand apart */
    RESERVED("PU1", "Quantity", "68469", "1yr", "Partial Upfront", "standard")
    ON_DEMAND("Hrs", "26.6760000000", "USD")
    RESERVED("NU1", "Hrs", "16.4137400000", "1yr", "No Upfront", "standard")
    RESERVED("PU1", "Hrs", "7.8160800000", "1yr", "Partial Upfront", "standard")
    RESERVED("AU3", "Quantity", "195718", "3yr", "All Upfront", "standard")
    RESERVED("AU3", "Hrs", "0.0000000000", "3yr", "All Upfront", "standard")
    RESERVED("CNU3", "Hrs", "10.2852", "3yr", "No Upfront", "convertible")
    /* what a book does not hold */
    "\"B\",\"JRTC\",\"OnDemand\",\"0\",\"Hrs\",\"0\",\"USD\",\"\",\"\",\"\"" X2
    "\"Dedicated\",\"NA\",\"Used\",\"OnDemand\",\"DedicatedUsage:x2iedn.32xlarge\"," PLACE
    "\"C\",\"JRTC\",\"OnDemand\",\"0\",\"Hrs\",\"1\",\"USD\",\"\",\"\",\"\",\"Compute Instance\","
    "\"AmazonEC2\",\"AWS Region\",\"x2iedn.32xlarge\",\"Windows\"," SHARED PLACE
    "\"D\",\"JRTC\",\"OnDemand\",\"0\",\"Hrs\",\"9\",\"USD\",\"\",\"\",\"\"" X2
    "\"Shared\",\"NA\",\"UnusedCapacityReservation\",\"OnDemand\",\"UnusedBox\"," PLACE
    "\"E\",\"JRTC\",\"OnDemand\",\"0\",\"GB-Mo\",\"0.08\",\"USD\",\"\",\"\",\"\",\"Storage\","
    "\"AmazonEC2\",\"AWS Region\",\"\",\"\",\"\",\"\",\"\",\"\",\"EBS:SnapshotUsage\",\"\","
    "\"us-east-1\"\n"
    "\"F\",\"JRTC\",\"OnDemand\",\"0\",\"Hrs\",\"180\",\"CNY\",\"\",\"\",\"\"" X2 SHARED
    "\"RunInstances\",\"cn-north-1\"\n";
/* clang-format on */

/* 68469 / 8760 + 7.81608 = 15.6321750..; 195718 / 26280 = 7.44741248.. */
static const char rates[] =
    "x2iedn.32xlarge us-east-1 on_demand hour 26.676 2026-07-20\n"
    "x2iedn.32xlarge us-east-1 reserved_standard 1y nu hour 16.41374 2026-07-20\n"
    "x2iedn.32xlarge us-east-1 reserved_standard 1y pu hour 15.632175890411 2026-07-20 of it "
    "68469\n"
    "x2iedn.32xlarge us-east-1 reserved_standard 3y au hour 7.447412480974 2026-07-20\n"
    "x2iedn.32xlarge us-east-1 reserved_convertible 3y nu hour 10.2852 2026-07-20\n";

#define PRODUCT(sku, type, os, tenancy)                                                            \
    "\"" sku "\":{\"sku\":\"" sku "\",\"productFamily\":\"Compute Instance\",\"attributes\":{"     \
    "\"servicecode\":\"AmazonEC2\",\"locationType\":\"AWS Region\",\"instanceType\":\"" type       \
    "\",\"operatingSystem\":\"" os "\",\"tenancy\":\"" tenancy                                     \
    "\",\"preInstalledSw\":\"NA\",\"capacitystatus\":\"Used\",\"operation\":\"RunInstances\","     \
    "\"usagetype\":\"BoxUsage:" type "\",\"regionCode\":\"us-east-1\"}}"
#define DIMENSION(unit, usd)                                                                       \
    "{\"rateCode\":\"r\",\"beginRange\":\"0\",\"endRange\":\"Inf\",\n\"unit\":\"" unit "\",\n"     \
    "\"pricePerUnit\":{" usd "},\"appliesTo\":[]}"
#define TERM(code, dimensions, attributes)                                                         \
    "\"A." code "\":{\"offerTermCode\":\"" code "\",\"priceDimensions\":{" dimensions              \
    "},\"termAttributes\":{" attributes "}}"
#define WORDS(lease, class, purchase)                                                              \
    "\"LeaseContractLength\":\"" lease                                                             \
    "\",\"OfferingClass\":\"" class "\",\"PurchaseOption\":\"" purchase "\""
#define JSON_ABOUT                                                                                 \
    "{\"formatVersion\":\"v1.0\",\"offerCode\":\"AmazonEC2\",\"publicationDate\":"                 \
    "\"2026-07-20T17:00:00Z\",\n\"products\":{"
#define X2_PRODUCT PRODUCT("A", "x2iedn.32xlarge", "Linux", "Shared")

/* clang-format off */
static const char json_list[] = JSON_ABOUT X2_PRODUCT ",\n"
    PRODUCT("B", "x2iedn.32xlarge", "Linux", "Dedicated") ",\n"
    PRODUCT("C", "x2iedn.32xlarge", "Windows", "Shared") "},\n"
    "\"terms\":{\"OnDemand\":{\"B\":{" TERM("J", "\"x\":" DIMENSION("Hrs", "\"USD\":\"0\""), "") "},\n"
    "\"A\":{" TERM("J", "\"x\":" DIMENSION("Hrs", "\"USD\":\"26.6760000000\""), "") "}},\n"
    "\"Reserved\":{\"A\":{"
    TERM("N", "\"x\":" DIMENSION("Hrs", "\"USD\":\"16.4137400000\""),
         WORDS("1yr", "standard", "No Upfront")) ",\n"
    TERM("P", "\"u\":" DIMENSION("Quantity", "\"USD\":\"68469\"")
         ",\"h\":" DIMENSION("Hrs", "\"USD\":\"7.81608\""),
         WORDS("1yr", "standard", "Partial Upfront")) ",\n"
    TERM("U", "\"u\":" DIMENSION("Quantity", "\"USD\":\"195718\"")
         ",\"h\":" DIMENSION("Hrs", "\"USD\":\"0\""),
         WORDS("3yr", "standard", "All Upfront")) ",\n"
    TERM("C", "\"h\":" DIMENSION("Hrs", "\"USD\":\"10.2852\""),
         WORDS("3yr", "convertible", "No Upfront")) "}}}}\n";
/* clang-format on */

static const struct import_request any = {0};
static const struct import_request east = {.region = "us-east-1"};

Test(import_aws, the_csv_list_gives_its_rates_and_says_what_it_left) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    cr_assert(import_text(&arena, csv_list, &east, &report, &err), "%d:%d %s", err.line, err.column,
              err.what);
    cr_assert(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices), (char *)rates));
    cr_assert(eq(str, (char *)skipped_of(&arena, &report),
                 "1 EC2 charges other than instances and volumes\n1 another region\n"
                 "1 operating system other than Linux\n1 tenancy other than shared\n"
                 "1 unused or reserved capacity\n"));
    cr_assert(eq(str, (char *)report.format, "aws-csv"));
    cr_assert(eq(i64, report.n_records, 12));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

Test(import_aws, the_json_list_gives_the_same_rates) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    cr_assert(import_text(&arena, json_list, &any, &report, &err), "%d:%d %s", err.line, err.column,
              err.what);
    cr_assert(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices), (char *)rates));
    cr_assert(eq(str, (char *)skipped_of(&arena, &report),
                 "1 operating system other than Linux\n1 tenancy other than shared\n"));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

/* Of each payment what is left when one of its rows is missing, and what is whole without it: all
 * upfront needs no hourly row (195718 / 26280 = 7.44741248..), no upfront no fee, of nothing or at
 * all. A fee of 68469 alone would read 7.816 USD/h for what costs 15.632. */
/* clang-format off */
static const char half_csv[] = ABOUT HEADER
    ON_DEMAND("Hrs", "26.6760000000", "USD")
    RESERVED("PU1", "Quantity", "68469", "1yr", "Partial Upfront", "standard")
    RESERVED("PU3", "Hrs", "5", "3yr", "Partial Upfront", "standard")
    RESERVED("PZ3", "Quantity", "0", "3yr", "Partial Upfront", "convertible")
    RESERVED("PZ3", "Hrs", "5", "3yr", "Partial Upfront", "convertible")
    RESERVED("NU3", "Quantity", "900", "3yr", "No Upfront", "standard")
    RESERVED("AU1", "Hrs", "12", "1yr", "All Upfront", "standard")
    RESERVED("AU3", "Quantity", "195718", "3yr", "All Upfront", "standard")
    RESERVED("NU1", "Hrs", "16.4137400000", "1yr", "No Upfront", "standard")
    RESERVED("CNU3", "Quantity", "0", "3yr", "No Upfront", "convertible")
    RESERVED("CNU3", "Hrs", "10.2852", "3yr", "No Upfront", "convertible");
static const char half_json[] = JSON_ABOUT X2_PRODUCT "},\n"
    "\"terms\":{\"OnDemand\":{\"A\":{" TERM("J", "\"x\":" DIMENSION("Hrs", "\"USD\":\"26.676\""), "") "}},\n"
    "\"Reserved\":{\"A\":{"
    TERM("P", "\"h\":" DIMENSION("Hrs", "\"USD\":\"7.81608\""),
         WORDS("1yr", "standard", "Partial Upfront")) ",\n"
    TERM("U", "\"u\":" DIMENSION("Quantity", "\"USD\":\"195718\""),
         WORDS("3yr", "standard", "All Upfront")) "}}}}\n";
/* clang-format on */

#define HALF "half an offer: reserved terms without their fee or hourly rate: x2iedn.32xlarge in "
#define ON_DEMAND_RATE "x2iedn.32xlarge us-east-1 on_demand hour 26.676 2026-07-20\n"
#define ALL_UPFRONT                                                                                \
    "x2iedn.32xlarge us-east-1 reserved_standard 3y au hour 7.447412480974 2026-07-20\n"

Test(import_aws, half_an_offer_is_no_rate) {
    static const struct {
        const char *text, *rates, *skipped;
    } cases[] = {
        {half_csv,
         ON_DEMAND_RATE
         "x2iedn.32xlarge us-east-1 reserved_standard 1y nu hour 16.41374 2026-07-20\n" ALL_UPFRONT
         "x2iedn.32xlarge us-east-1 reserved_convertible 3y nu hour 10.2852 2026-07-20\n",
         "5 " HALF "us-east-1, 1-year partial upfront, line 8\n"},
        {half_json, ON_DEMAND_RATE ALL_UPFRONT,
         "1 " HALF "us-east-1, 1-year partial upfront, line 8\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report;
        cr_assert(import_text(&arena, cases[i].text, &any, &report, &err), "%zu: %d:%d %s", i,
                  err.line, err.column, err.what);
        cr_expect(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices),
                     (char *)cases[i].rates));
        cr_expect(eq(str, (char *)skipped_of(&arena, &report), (char *)cases[i].skipped));
        arena_release(&arena);
    }
}

/* ---- the answer of get-products: the JSON of each product as a text ---- */

#define TEXT_PRODUCT(type, os, tenancy)                                                            \
    "{\"product\":{\"productFamily\":\"Compute Instance\",\"attributes\":{\"servicecode\":"        \
    "\"AmazonEC2\",\"locationType\":\"AWS Region\",\"instanceType\":\"" type                       \
    "\",\"operatingSystem\":\"" os "\",\"tenancy\":\"" tenancy                                     \
    "\",\"preInstalledSw\":\"NA\",\"capacitystatus\":\"Used\",\"operation\":\"RunInstances\","     \
    "\"usagetype\":\"BoxUsage:" type "\",\"regionCode\":\"us-east-1\"},\"sku\":\"A\"},"            \
    "\"serviceCode\":\"AmazonEC2\","
#define TEXT_DAY "\"version\":\"1\",\"publicationDate\":\"2026-07-20T17:00:00Z\"}"
#define TEXT_ONE(unit, usd)                                                                        \
    TEXT_PRODUCT("x2iedn.32xlarge", "Linux", "Shared")                                             \
    "\"terms\":{\"OnDemand\":{" TERM("J", "\"x\":" DIMENSION(unit, usd), "") "}}," TEXT_DAY

/* clang-format off */
static const char *const texts[] = {
    TEXT_PRODUCT("x2iedn.32xlarge", "Linux", "Shared") "\"terms\":{\"OnDemand\":{"
    TERM("J", "\"x\":" DIMENSION("Hrs", "\"USD\":\"26.6760000000\""), "") "},\"Reserved\":{"
    TERM("N", "\"x\":" DIMENSION("Hrs", "\"USD\":\"16.4137400000\""),
         WORDS("1yr", "standard", "No Upfront")) ","
    TERM("P", "\"u\":" DIMENSION("Quantity", "\"USD\":\"68469\"")
         ",\"h\":" DIMENSION("Hrs", "\"USD\":\"7.81608\""),
         WORDS("1yr", "standard", "Partial Upfront")) ","
    TERM("U", "\"u\":" DIMENSION("Quantity", "\"USD\":\"195718\"")
         ",\"h\":" DIMENSION("Hrs", "\"USD\":\"0\""),
         WORDS("3yr", "standard", "All Upfront")) ","
    TERM("C", "\"h\":" DIMENSION("Hrs", "\"USD\":\"10.2852\""),
         WORDS("3yr", "convertible", "No Upfront")) "}}," TEXT_DAY,
    /* the terms may stand before the product */
    "{\"terms\":{\"OnDemand\":{" TERM("J", "\"x\":" DIMENSION("Hrs", "\"USD\":\"1.408\""), "") "}},"
    "\"product\":{\"productFamily\":\"ML Instance\",\"attributes\":{\"servicecode\":\"AmazonSageMaker\","
    "\"usagetype\":\"USE1-Host:ml.g5.xlarge\",\"regionCode\":\"us-east-1\"}}," TEXT_DAY,
    TEXT_PRODUCT("x2iedn.32xlarge", "Windows", "Shared") "\"terms\":{}," TEXT_DAY,
    TEXT_PRODUCT("x2iedn.32xlarge", "Linux", "Dedicated") "\"terms\":{}," TEXT_DAY};
/* clang-format on */

/* As `aws pricing get-products` prints it: a text a line. */
static const char *answer_of(struct arena *arena, const char *const *list, size_t n) {
    struct text out = {.arena = arena};
    text_append_string(&out, "{\"FormatVersion\":\"aws_v1\",\"PriceList\":[");
    for (size_t i = 0; i < n; i++) {
        text_append_string(&out, i ? ",\n\"" : "\n\"");
        for (const char *p = list[i]; *p; p++) {
            if (*p == '"' || *p == '\n')
                text_append_string(&out, "\\");
            text_append(&out, *p == '\n' ? "n" : p, 1);
        }
        text_append_string(&out, "\"");
    }
    text_append_string(&out, "],\"NextToken\":\"\"}\n");
    return out.data;
}

/* A list as Windows saves it: the same rates with a byte order mark, with CR LF or both; UTF-16 is
 * told. */
Test(import_aws, marks_and_line_ends_of_windows) {
    const char *const lists[] = {csv_list, json_list};
    for (int l = 0; l < 2; l++)
        for (int way = 0; way < 4; way++) {
            struct arena arena = {0};
            struct err err = {0};
            struct import_report report;
            struct text text = {.arena = &arena};
            text_append_string(&text, way & 1 ? "\xEF\xBB\xBF" : "");
            for (const char *p = lists[l]; *p; p++) {
                if (*p == '\n' && way & 2)
                    text_append_string(&text, "\r");
                text_append(&text, p, 1);
            }
            cr_assert(import_text(&arena, text.data, &east, &report, &err), "%d %d: %d:%d %s", l,
                      way, err.line, err.column, err.what);
            cr_expect(
                eq(str, (char *)rates_of(&arena, report.prices, report.n_prices), (char *)rates));
            arena_release(&arena);
        }
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report = {.n_prices = -7};
    static const char wide[] = "\xFF\xFE{\0\"\0f\0";
    struct source *source =
        source_open_memory(&arena, (struct bytes){wide, sizeof wide - 1}, "file", &err);
    cr_assert(not(price_import(&arena, source, &any, &report, &err)));
    cr_expect(eq(str, err.what, "no text in UTF-8"));
    cr_expect(eq(int, report.n_prices, -7));
    source_close(source);
    arena_release(&arena);
}

Test(import_aws, the_answer_of_get_products_gives_the_same_rates) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    const char *answer = answer_of(&arena, texts, sizeof texts / sizeof *texts);
    cr_assert(import_text(&arena, answer, &any, &report, &err), "%d:%d %s", err.line, err.column,
              err.what);
    cr_assert(eq(str, (char *)report.format, "get-products"));
    cr_assert(eq(
        str, (char *)rates_of(&arena, report.prices, report.n_prices),
        arena_printf(&arena, "ml.g5.xlarge us-east-1 on_demand hour 1.408 2026-07-20\n%s", rates)));
    cr_assert(eq(str, (char *)skipped_of(&arena, &report),
                 "1 operating system other than Linux\n1 tenancy other than shared\n"));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

Test(import_aws, a_mistake_in_a_text_is_told_at_the_text) {
    static const struct {
        const char *const texts[2];
        const char *what;
    } broken[] = {
        {{TEXT_ONE("Day", "\"USD\":\"1\""), "{}"}, "unit 'Day' of x2iedn.32xlarge"},
        {{"{}", TEXT_ONE("Hrs", "\"CNY\":\"1\"")}, "a price in 'CNY'"},
        {{"{}", TEXT_ONE("Hrs", "\"USD\":\"0\"")}, "a price of zero"},
        {{"{}", TEXT_ONE("Hrs", "\"USD\":\"nan\"")}, "'nan' is not a price"},
        {{"{}", "{\"product\":{"}, "ends"},
        {{"{}", "x"}, "JSON"},
        {{TEXT_ONE("Hrs", "\"USD\":\"1\""), TEXT_ONE("Hrs", "\"USD\":\"2\"")}, "second"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report = {.n_prices = -7};
        const char *answer = answer_of(&arena, broken[i].texts, 2);
        cr_assert(not(import_text(&arena, answer, &any, &report, &err)), "%zu", i);
        cr_expect(strstr(err.what, broken[i].what) != NULL, "%zu: %s", i, err.what);
        cr_expect(eq(i32, err.line, i == 0 ? 2 : 3), "%zu", i);
        cr_expect(eq(i32, report.n_prices, -7));
        arena_release(&arena);
    }
}

/* What a term says twice. The same price again is told as skipped, and the rate is that of the term
 * said once: 68469 / 8760 + 7.81608 = 15.6321750.., not 31.264. Another one is a mistake at its
 * place, whether the term would have been half an offer without it or not. */
/* clang-format off */
#define PARTIAL(unit, price) RESERVED("PU1", unit, price, "1yr", "Partial Upfront", "standard")
#define PARTIAL_LIST(dimensions)                                                                   \
    JSON_ABOUT X2_PRODUCT "},\n\"terms\":{\"Reserved\":{\"A\":{"                            \
    TERM("P", dimensions, WORDS("1yr", "standard", "Partial Upfront")) "}}}}\n"
/* clang-format on */

Test(import_aws, a_term_that_stands_twice_is_not_added_up) {
    static const struct {
        const char *text, *what; /* NULL: fine */
        int line;
    } cases[] = {
        {ABOUT HEADER PARTIAL("Quantity", "68469") PARTIAL("Hrs", "7.81608")
             PARTIAL("Quantity", "68469") PARTIAL("Hrs", "7.8160800000"),
         NULL, 0},
        {PARTIAL_LIST("\"1\":" DIMENSION("Quantity", "\"USD\":\"68469\"") ",\"2\":" DIMENSION(
             "Hrs",
             "\"USD\":\"7.81608\"") ",\"3\":" DIMENSION("Quantity",
                                                        "\"USD\":\"68469\"") ",\"4\""
                                                                             ":" DIMENSION("Hr"
                                                                                           "s",
                                                                                           "\"U"
                                                                                           "SD"
                                                                                           "\":"
                                                                                           "\"7"
                                                                                           ".81"
                                                                                           "608"
                                                                                           "\"")),
         NULL, 0},
        {ABOUT HEADER PARTIAL("Quantity", "68469") PARTIAL("Hrs", "7.81608")
             PARTIAL("Quantity", "68470"),
         "a second fee of one reserved term of x2iedn.32xlarge in us-east-1", 9},
        {ABOUT HEADER PARTIAL("Quantity", "0") PARTIAL("Hrs", "7.81608")
             PARTIAL("Quantity", "68469"),
         "a second fee of one reserved term of x2iedn.32xlarge in us-east-1", 9},
        {ABOUT HEADER PARTIAL("Hrs", "7.81608") PARTIAL("Quantity", "68469") PARTIAL("Hrs", "7.9"),
         "a second hourly price of one reserved term of x2iedn.32xlarge in us-east-1", 9},
        {PARTIAL_LIST("\"1\":" DIMENSION("Hrs", "\"USD\":\"7.81608\"") ",\"2\":" DIMENSION(
             "Hrs", "\"USD\":\"7.9\"")),
         "a second hourly price of one reserved term of x2iedn.32xlarge in us-east-1", 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report = {.n_prices = -7};
        bool fine = import_text(&arena, cases[i].text, &any, &report, &err);
        cr_assert(eq(int, fine, !cases[i].what), "%zu: %s", i, err.what);
        if (fine) {
            cr_expect(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices),
                         "x2iedn.32xlarge us-east-1 reserved_standard 1y pu hour 15.632175890411 "
                         "2026-07-20 of it 68469\n"),
                      "%zu", i);
            cr_expect(eq(str, (char *)skipped_of(&arena, &report), "2 the same price again\n"),
                      "%zu", i);
        } else {
            cr_expect(eq(str, err.what, (char *)cases[i].what), "%zu", i);
            cr_expect(eq(int, err.line, cases[i].line), "%zu", i);
            cr_expect(eq(int, (int)err.kind, (int)ERR_INPUT), "%zu", i);
            cr_expect(eq(int, report.n_prices, -7), "%zu", i);
        }
        arena_release(&arena);
    }
}

#define ONE(unit, usd)                                                                             \
    JSON_ABOUT X2_PRODUCT "},\n\"terms\":{\"OnDemand\":{\"A\":{" TERM(                             \
        "J", "\"x\":" DIMENSION(unit, usd), "") "}}}}\n"
#define TWICE ON_DEMAND("Hrs", "26.676", "USD") ON_DEMAND("Hrs", "27", "USD")

static const struct {
    const char *name, *text, *what;
    int line, column;
} broken[] = {
    {"CSV: unit", ABOUT HEADER ON_DEMAND("Quantity", "26.676", "USD"), "unit 'Quantity'", 7, 27},
    {"CSV: currency", ABOUT HEADER ON_DEMAND("Hrs", "180", "CNY"), "a price in 'CNY'", 7, 39},
    {"CSV: zero", ABOUT HEADER ON_DEMAND("Hrs", "0.0000000000", "USD"), "a price of zero", 7, 33},
    {"CSV: NaN", ABOUT HEADER ON_DEMAND("Hrs", "NaN", "USD"), "'NaN' is not a price", 7, 33},
    {"CSV: negative", ABOUT HEADER ON_DEMAND("Hrs", "-1", "USD"), "'-1' is not a price", 7, 33},
    {"CSV: infinite", ABOUT HEADER ON_DEMAND("Hrs", "1e999", "USD"), "is not a price", 7, 33},
    {"CSV: two prices", ABOUT HEADER TWICE, "a second price for x2iedn.32xlarge", 8, 33},
    {"CSV: fields", ABOUT HEADER "\"A\",\"B\"\n", "2 fields, but the header has 22", 7, 0},
    {"CSV: no header", ABOUT, "no header of a price list", 6, 1},
    {"CSV: no region", ABOUT "\"SKU\",\"OfferTermCode\"\n", "column 'TermType' is missing", 6, 0},
    {"CSV: cut", ABOUT HEADER "\"A\",\"JR", "never closed", 7, 5},
    {"JSON: unit", ONE("GB", "\"USD\":\"1\""), "unit 'GB' of x2iedn.32xlarge", 4, 8},
    {"JSON: currency", ONE("Hrs", "\"CNY\":\"180\""), "a price in 'CNY'", 5, 23},
    {"JSON: no price", ONE("Hrs", ""), "a price in ''", 3, 77},
    {"JSON: zero", ONE("Hrs", "\"USD\":\"0.0000000000\""), "a price of zero", 5, 23},
    {"JSON: twice", ONE("Hrs", "\"USD\":\"26.676\",\"USD\":\"27\""), "a second price in USD", 5,
     38},
    {"JSON: NaN", ONE("Hrs", "\"USD\":\"NaN\""), "'NaN' is not a price", 5, 23},
    {"JSON: bare NaN", ONE("Hrs", "\"USD\":NaN"), "not valid JSON", 5, 23},
    {"JSON: cut", JSON_ABOUT X2_PRODUCT "},\n\"terms\":{\"OnDem", "ends too early", 3, 17},
    {"JSON: order",
     "{\"formatVersion\":\"v1.0\",\"offerCode\":\"AmazonEC2\",\n\"terms\":{},\"products\":{}}",
     "the terms stand before the products", 2, 1},
    {"neither", "SKU,price\nm5.large,0.1\n", "no price file that headroom knows", 1, 1},
    {"empty", "", "an empty file", 1, 1},
    {"a mark alone", "\xEF\xBB\xBF", "an empty file", 1, 1},
    {"nothing in it", JSON_ABOUT "},\"terms\":{}}", "no rate was taken from 0 records", 0, 0},
};

Test(import_aws, mistakes_are_told_at_their_place_and_nothing_is_taken) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report = {.n_prices = -7};
        cr_assert(not(import_text(&arena, broken[i].text, &any, &report, &err)), "%s",
                  broken[i].name);
        cr_expect(strstr(err.what, broken[i].what) != NULL, "%s: %s", broken[i].name, err.what);
        cr_expect(eq(int, err.line, broken[i].line), "%s", broken[i].name);
        cr_expect(err.column >= broken[i].column - 1 && err.column <= broken[i].column + 1,
                  "%s: column %d", broken[i].name, err.column);
        cr_expect(eq(int, (int)err.kind, (int)ERR_INPUT), "%s", broken[i].name);
        cr_expect(eq(int, report.n_prices, -7), "%s", broken[i].name);
        arena_release(&arena);
    }
}

/* ---- Lambda and Bedrock ---- */

#define THING(sku, service, attributes)                                                            \
    "\"" sku "\":{\"productFamily\":\"Serverless\",\"attributes\":{\"servicecode\":\"" service     \
    "\",\"regionCode\":\"us-east-1\"," attributes "}}"
#define PRICED(sku, dimensions)                                                                    \
    "\"" sku "\":{\"" sku ".J\":{\"priceDimensions\":{" dimensions "},\"termAttributes\":{}}}"

#define SECONDS "Lambda-GB-Second"
#define TOKENS(model, feature, type)                                                               \
    "\"model\":\"" model "\",\"feature\":\"" feature "\",\"inferenceType\":\"" type "\""

/* clang-format off */
static const char others[] = JSON_ABOUT
    THING("D", "AWSLambda", "\"group\":\"AWS-Lambda-Duration\"") ","
    THING("R", "AWSLambda", "\"group\":\"AWS-Lambda-Requests-ARM\"") ","
    THING("P", "AWSLambda", "\"group\":\"AWS-Lambda-Provisioned-Concurrency\"") ","
    THING("E", "AWSLambda", "\"group\":\"AWS-Lambda-Edge-Requests\"") ","
    THING("I", "AmazonBedrock", TOKENS("Llama 3.1 8B", "On-demand Inference", "Input tokens")) ","
    THING("B", "AmazonBedrock", TOKENS("Nova Pro", "Batch Inference", "Output tokens")) ","
    THING("C", "AmazonBedrock", TOKENS("Nova Pro", "Model Customization", "Input tokens")) "},"
    "\"terms\":{\"OnDemand\":{"
    PRICED("D", "\"1\":" DIMENSION(SECONDS, "\"USD\":\"0.0000166667\"")
           ",\"2\":{\"unit\":\"Lambda-GB-Second\",\"beginRange\":\"6000000000\","
           "\"pricePerUnit\":{\"USD\":\"0.0000150000\"}}") ","
    PRICED("R", "\"1\":" DIMENSION("Request", "\"USD\":\"0.0000002000\"")) ","
    PRICED("P", "\"1\":" DIMENSION(SECONDS, "\"USD\":\"0.0000041667\"")) ","
    PRICED("I", "\"1\":" DIMENSION("1K tokens", "\"USD\":\"0.0002200000\"")) ","
    PRICED("B", "\"1\":" DIMENSION("1M tokens", "\"USD\":\"1.6\"")) "}}}";
/* clang-format on */

Test(import_aws, functions_and_token_apis) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    cr_assert(import_text(&arena, others, &any, &report, &err), "%d:%d %s", err.line, err.column,
              err.what);
    cr_assert(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices),
                 "bedrock/llama-3.1-8b us-east-1 on_demand 1M input tokens 0.22 2026-07-20\n"
                 "bedrock/nova-pro us-east-1 batch 1M output tokens 1.6 2026-07-20\n"
                 "lambda-arm64 us-east-1 on_demand 1M requests 0.2 2026-07-20\n"
                 "lambda-x86 us-east-1 on_demand GB-second 1.66667e-05 2026-07-20\n"
                 "lambda-x86 us-east-1 on_demand GB-second 1.5e-05 2026-07-20 above 6000000000\n"
                 "lambda-x86 us-east-1 provisioned GB-second held 4.1667e-06 2026-07-20\n"));
    cr_assert(eq(str, (char *)skipped_of(&arena, &report),
                 "1 Bedrock charges other than tokens in and out\n"
                 "1 Lambda charges other than duration and requests\n"));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

/* A price may be a number of JSON, as other tools write it; so may a bound. */
Test(import_aws, prices_may_be_numbers) {
    static const char *const prices[] = {"26.676", "2.6676E1", "\"26.676\""};
    for (int i = 0; i < 3; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report;
        const char *text = arena_printf(
            &arena,
            JSON_ABOUT X2_PRODUCT "},\"terms\":{\"OnDemand\":{\"A\":{" TERM(
                "J", "\"x\":{\"unit\":\"Hrs\",\"beginRange\":0,\"pricePerUnit\":{\"USD\":%s}}",
                "") "}}}}",
            prices[i]);
        cr_assert(import_text(&arena, text, &any, &report, &err), "%s", err.what);
        cr_expect(
            eq(str, (char *)rates_of(&arena, report.prices, report.n_prices), ON_DEMAND_RATE));
        arena_release(&arena);
    }
}

/* What has a product and no price, a price and no product, or terms of another kind is told with
 * the first example; terms of products that were passed over are none of these. */
/* clang-format off */
#define DOLLAR(code) "{" TERM(code, "\"x\":" DIMENSION("Hrs", "\"USD\":\"1\""), "") "}"
static const char torn[] = JSON_ABOUT X2_PRODUCT ",\n"
    PRODUCT("B", "x2iedn.16xlarge", "Linux", "Shared") ",\n" PRODUCT("C", "x2iedn.8xlarge", "Linux", "Shared") ",\n"
    PRODUCT("W", "x2iedn.32xlarge", "Windows", "Shared") "},\n\"terms\":{\"OnDemand\":{"
    "\"A\":{" TERM("J", "\"x\":" DIMENSION("Hrs", "\"USD\":\"26.676\""), "") "},"
    "\"C\":{},\"GONE\":" DOLLAR("J") ",\"W\":" DOLLAR("J") "},"
    "\"Reserved\":{\"GONE\":" DOLLAR("R") ",\"LOST\":" DOLLAR("R") ",\"W\":" DOLLAR("R") "},"
    "\"FlatRate\":{\"A\":" DOLLAR("F") "}}}";
static const char *const torn_texts[] = {
    TEXT_ONE("Hrs", "\"USD\":\"26.676\""),
    TEXT_PRODUCT("x2iedn.16xlarge", "Linux", "Shared") "\"terms\":{\"OnDemand\":{}}," TEXT_DAY,
    "{\"terms\":{\"OnDemand\":" DOLLAR("J") "}," TEXT_DAY,
    TEXT_PRODUCT("x2iedn.16xlarge", "Windows", "Shared") "\"terms\":{\"OnDemand\":" DOLLAR("J") "}," TEXT_DAY};
/* clang-format on */

Test(import_aws, what_lacks_its_other_half_is_told) {
    struct arena arena = {0};
    const struct {
        const char *text, *skipped;
    } cases[] = {
        {torn, "3 terms of a product that the list does not have: GONE\n"
               "2 products without a price: x2iedn.16xlarge in us-east-1, hour\n"
               "1 operating system other than Linux\n1 terms other than on demand and reserved\n"},
        {answer_of(&arena, torn_texts, 4),
         "1 operating system other than Linux\n"
         "1 products without a price: x2iedn.16xlarge in us-east-1, hour\n"
         "1 terms of a product that the list does not have\n"},
    };
    for (int i = 0; i < 2; i++) {
        struct err err = {0};
        struct import_report report;
        cr_assert(import_text(&arena, cases[i].text, &any, &report, &err), "%d: %s", i, err.what);
        cr_expect(
            eq(str, (char *)rates_of(&arena, report.prices, report.n_prices), ON_DEMAND_RATE));
        cr_expect(eq(str, (char *)skipped_of(&arena, &report), (char *)cases[i].skipped), "%d", i);
    }
    arena_release(&arena);
}

/* ---- memory ---- */

/* A list of n products of which a hundred are taken, as a pipe gives it: no list stands anywhere.
 */
struct endless {
    struct text out;
    size_t given; /* of out */
    int n, product;
    enum { ABOUT_PART, PRODUCTS_PART, TERMS_PART, DONE_PART } part;
};

static void next_piece(struct endless *e) {
    e->out.n = 0;
    bool wanted = e->product < 100;
    switch (e->part) {
    case ABOUT_PART:
        text_append_string(&e->out, JSON_ABOUT);
        e->part = PRODUCTS_PART;
        return;
    case PRODUCTS_PART:
        text_printf(&e->out,
                    "%s\n\"S%d\":{\"productFamily\":\"Compute Instance\",\"attributes\":{"
                    "\"servicecode\":\"AmazonEC2\",\"instanceType\":\"m%d.large\","
                    "\"operatingSystem\":\"%s\",\"tenancy\":\"Shared\",\"regionCode\":\"r-1\"}}",
                    e->product ? "," : "", e->product, e->product, wanted ? "Linux" : "Windows");
        if (++e->product == e->n) {
            e->product = 0;
            e->part = TERMS_PART;
            text_append_string(&e->out, "},\"terms\":{\"OnDemand\":{");
        }
        return;
    case TERMS_PART:
        text_printf(&e->out,
                    "%s\n\"S%d\":{\"S%d.J\":{\"priceDimensions\":{\"x\":" DIMENSION(
                        "Hrs", "\"USD\":\"0.%04d\"") "}}}",
                    e->product ? "," : "", e->product, e->product, e->product % 9000 + 1);
        if (++e->product == e->n) {
            e->part = DONE_PART;
            text_append_string(&e->out, "}}}");
        }
        return;
    case DONE_PART:
        return;
    }
}

static long give(void *context, char *buffer, size_t n) {
    struct endless *e = context;
    if (e->given == e->out.n) {
        next_piece(e);
        e->given = 0;
    }
    size_t left = e->out.n - e->given;
    n = n < left ? n : left;
    memcpy(buffer, e->out.data + e->given, n);
    e->given += n;
    return (long)n;
}

static size_t memory_for(int n_products) {
    struct arena arena = {0}, scratch = {0};
    struct err err = {0};
    struct import_report report;
    struct endless e = {.out = {.arena = &scratch}, .n = n_products};
    struct source *source = source_open_reader(&arena, give, &e, "list.json", &err);
    cr_assert(price_import(&arena, source, &any, &report, &err), "%d:%d %s", err.line, err.column,
              err.what);
    cr_assert(eq(int, report.n_prices, 100));
    size_t allocated = arena.allocated;
    source_close(source);
    arena_release(&arena);
    arena_release(&scratch);
    return allocated;
}

/* 50 MB against 0.4 MB, the same hundred rates. */
Test(import_aws, memory_grows_with_what_is_taken_not_with_the_file) {
    cr_assert(eq(sz, memory_for(130000), memory_for(1000)));
}
