/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every import format but AWS's price lists (test_import_aws.c): rates, reasons, round trip, and
 * mistakes at their place. The files are made up here to the public descriptions of the formats (no
 * real file is at hand, but of the spot price history: test_import_published.c); figures that have
 * to be computed stand beside their arithmetic. */
#include "import_help.h"

/* ---- savings plans ---- */

#define PLAN_PRODUCT(sku, family, payment, term)                                                   \
    "{\"sku\":\"" sku "\",\"productFamily\":\"" family "\",\"serviceCode\":\"" family              \
    "\",\"attributes\":{\"purchaseOption\":\"" payment                                             \
    "\",\"granularity\":\"hourly\",\"purchaseTerm\":\"" term                                       \
    "\",\"locationType\":\"AWS Region\",\"location\":\"Any\"}}"
#define PLAN_RATE(service, usage, operation, unit, price, currency, type)                          \
    "{\"discountedSku\":\"D\",\"discountedUsageType\":\"" usage                                    \
    "\",\"discountedOperation\":\"" operation "\",\"discountedServiceCode\":\"" service            \
    "\",\"rateCode\":\"P.D\",\n\"unit\":\"" unit "\",\n\"discountedRate\":{\"price\":\"" price     \
    "\",\"currency\":\"" currency                                                                  \
    "\"},\"discountedRegionCode\":\"us-east-1\",\"discountedInstanceType\":\"" type "\"}"
#define LINUX(unit, price, currency)                                                               \
    PLAN_RATE("AmazonEC2", "BoxUsage:m5.xlarge", "RunInstances", unit, price, currency, "m5.xlarge")
#define PLAN(sku, rates)                                                                           \
    "{\"sku\":\"" sku "\",\"description\":\"1 year\",\"effectiveDate\":\"2026-06-23T21:58:42Z\","  \
    "\"leaseContractLength\":{\"duration\":1,\"unit\":\"year\"},\"rates\":[" rates "]}"
#define PLANS(products, plans)                                                                     \
    "{\"version\":\"20260623\",\"publicationDate\":\"2026-06-23T21:58:42Z\",\"products\":"         \
    "[" products "],\n\"terms\":{\"savingsPlan\":[" plans "]}}"

/* clang-format off */
#define PRODUCTS                                                                                   \
    PLAN_PRODUCT("C1", "ComputeSavingsPlans", "No Upfront", "1yr") ","                             \
    PLAN_PRODUCT("E3", "EC2InstanceSavingsPlans", "All Upfront", "3yr") ","                        \
    PLAN_PRODUCT("S1", "MachineLearningSavingsPlans", "No Upfront", "1yr")
static const char plans[] = PLANS(PRODUCTS,
    PLAN("C1", LINUX("Hrs", "0.1410000000", "USD") ","
         PLAN_RATE("AmazonEC2", "USE1-BoxUsage:c5.large", "RunInstances", "Hrs", "0.0621", "USD", "") ","
         PLAN_RATE("AmazonEC2", "BoxUsage:m5.xlarge", "RunInstances:0002", "Hrs", "0.3", "USD", "m5.xlarge") ","
         PLAN_RATE("AmazonEC2", "DedicatedUsage:m5.xlarge", "RunInstances", "Hrs", "0.2", "USD", "m5.xlarge")) ","
    PLAN("E3", LINUX("Hrs", "0.0730000000", "USD")) ","
    PLAN("S1", LINUX("Hrs", "0.09", "USD")) "," PLAN("Q", LINUX("Hrs", "0.08", "USD")));
/* functions and endpoints; what no book has */
static const char services[] = PLANS(
    PLAN_PRODUCT("C1", "ComputeSavingsPlans", "No Upfront", "1yr") ","
    PLAN_PRODUCT("S1", "MachineLearningSavingsPlans", "No Upfront", "1yr"),
    PLAN("C1",
         PLAN_RATE("AWSLambda", "Lambda-GB-Second", "", "Lambda-GB-Second", "0.0000146667", "USD", "") ","
         PLAN_RATE("AWSLambda", "USE1-Lambda-GB-Second-ARM", "", "Lambda-GB-Second", "0.0000117334", "USD", "") ","
         PLAN_RATE("AWSLambda", "Lambda-Provisioned-Concurrency", "", "Lambda-GB-Second", "0.0000035", "USD", "") ","
         PLAN_RATE("AWSLambda", "USE2-Lambda-Provisioned-GB-Second-ARM", "", "Lambda-GB-Second", "0.0000066", "USD", "") ","
         PLAN_RATE("AWSLambda", "Request", "", "Request", "0.0000002", "USD", "") ","
         PLAN_RATE("AmazonECS", "USE1-Fargate-vCPU-Hours:perCPU", "", "Hrs", "0.03", "USD", "") ","
         PLAN_RATE("AmazonECS", "USE1-Fargate-Windows-OS-Hours:perCPU", "", "Hrs", "0.046", "USD", "") ","
         PLAN_RATE("AmazonRDS", "InstanceUsage:db.m5.large", "", "Hrs", "0.1", "USD", "") ","
         PLAN_RATE("AmazonSageMaker", "USE1-Host:ml.m5.xlarge", "RunInstance", "Hrs", "0.2", "USD", "")) ","
    PLAN("S1",
         PLAN_RATE("AmazonSageMaker", "USE1-Host:ml.m5.xlarge", "RunInstance", "Hrs", "0.1682", "USD", "") ","
         PLAN_RATE("AmazonSageMaker", "USE1-Train:ml.m5.xlarge", "RunInstance", "Hrs", "0.1682", "USD", "")));
/* clang-format on */

#define OFFERING(plan, payment, seconds, currency, rate, unit, type, product, tenancy)             \
    "{\"savingsPlanOffering\":{\"offeringId\":\"o\",\"paymentOption\":\"" payment                  \
    "\",\"planType\":\"" plan "\",\"durationSeconds\":" seconds ",\"currency\":\"" currency        \
    "\",\"planDescription\":\"\"},\n\"rate\":\"" rate "\",\n\"unit\":\"" unit                      \
    "\",\"productType\":\"EC2\",\"serviceCode\":\"AmazonEC2\",\"usageType\":\"BoxUsage:" type      \
    "\",\"operation\":\"RunInstances\",\"properties\":[{\"name\":\"region\",\"value\":"            \
    "\"us-east-1\"},{\"name\":\"productDescription\",\"value\":\"" product                         \
    "\"},{\"name\":\"tenancy\",\"value\":\"" tenancy                                               \
    "\"},{\"name\":\"instanceType\",\"value\":\"" type "\"}]}"
#define OFFERINGS(list) "{\"searchResults\":[" list "],\"nextToken\":\"\"}"
#define ONE_YEAR "31536000"
#define M5(rate, unit, currency)                                                                   \
    OFFERING("Compute", "Partial Upfront", ONE_YEAR, currency, rate, unit, "m5.xlarge",            \
             "Linux/UNIX", "shared")

/* clang-format off */
static const char offerings[] = OFFERINGS(
    M5("0.1286", "Hrs", "USD") ","
    OFFERING("EC2Instance", "All Upfront", "94608000", "USD", "0.07", "Hrs", "m5.xlarge", "Linux/UNIX", "shared") ","
    OFFERING("Compute", "No Upfront", "1", "USD", "0.1", "Hrs", "m5.xlarge", "Linux/UNIX", "shared") ","
    OFFERING("SageMaker", "No Upfront", ONE_YEAR, "USD", "0.1", "Hrs", "ml.m5.xlarge", "Linux/UNIX", "shared") ","
    OFFERING("Compute", "No Upfront", ONE_YEAR, "USD", "0.1", "Hrs", "m5.xlarge", "Windows", "shared") ","
    OFFERING("Compute", "No Upfront", ONE_YEAR, "USD", "0.1", "Hrs", "m5.xlarge", "Linux/UNIX", "dedicated"));
/* clang-format on */

/* ---- spot ---- */

#define SPOT(zone, product, price, time)                                                           \
    "{\"AvailabilityZone\":\"" zone                                                                \
    "\",\"InstanceType\":\"p3.2xlarge\",\"ProductDescription\":\"" product                         \
    "\",\n\"SpotPrice\":\"" price "\",\n\"Timestamp\":\"2020-02-" time ".000Z\"}"
#define HISTORY(list) "{\"NextToken\":\"\",\"SpotPriceHistory\":[" list "]}"

/* To the last record, 20T12:
 * a: from 20T00 1.2 for 12 h, from 18T12 1.0 for 36 h: (14.4 + 36) / 48 = 1.05
 * b: from 20T12 2 for nothing, from 20T00 0.9 for 12 h: 0.9
 * c: from 19T12 1.5 for 24 h: 1.5; the median of three is 1.05 */
/* clang-format off */
static const char history[] = HISTORY(
    SPOT("us-east-1b", "Linux/UNIX", "2.000000", "20T12:00:00") ",\n"
    SPOT("us-east-1a", "Linux/UNIX", "1.200000", "20T00:00:00") ",\n"
    SPOT("us-east-1b", "Linux/UNIX", "0.900000", "20T00:00:00") ",\n"
    SPOT("us-east-1a", "Windows", "9.000000", "20T00:00:00") ",\n"
    SPOT("us-west-2-lax-1a", "Linux/UNIX", "9.000000", "20T00:00:00") ",\n"
    SPOT("us-east-1c", "Linux/UNIX", "1.500000", "19T12:00:00") ",\n"
    SPOT("us-east-1a", "Linux/UNIX", "1.000000", "18T12:00:00"));

static const char advisor[] =
    "{\"global_rate\":\"<10%\",\"instance_types\":{\"g6e.xlarge\":{\"emr\":false,\"cores\":4,\"ram_gb\":32.0}},"
    "\"ranges\":[{\"index\":0,\"label\":\"<5%\",\"dots\":0,\"max\":5}],\n\"spot_advisor\":{\"us-east-1\":{"
    "\"Linux\":{\"g6e.xlarge\":{\"s\":40,\"r\":4},\"m5.xlarge\":{\"s\":70,\"r\":0}},"
    "\"Windows\":{\"g6e.xlarge\":{\"s\":30,\"r\":1}}},\"eu-west-1\":{\"Linux\":{\"g6e.xlarge\":{\"s\":50,\"r\":1}}}}}";

/* ---- tools ---- */

static const char instances[] =
    "[{\"vCPU\":4,\"memory\":16.0,\"pricing\":{\"us-east-1\":{"
    "\"linux\":{\"ondemand\":\"0.1728\",\"reserved\":{\"yrTerm1Savings.noUpfront\":\"0.13965\","
    "\"yrTerm1InstanceSavings.allUpfront\":\"0.1\",\"yrTerm3Convertible.partialUpfront\":\"0.09\","
    "\"yrTerm1Standard.noUpfront\":0.11431,\"yrTerm1MLSavings.noUpfront\":\"1\"},"
    "\"spot\":[],\"spot_avg\":\"0.06912\",\"spot_min\":\"N/A\",\"pct_interrupt\":\"5-10%\",\"pct_savings_od\":60},"
    "\"mswin\":{\"ondemand\":\"0.3568\"}},"
    "\"us-west-2-lax-1\":{\"linux\":{\"ondemand\":\"0.2\"}},"
    "\"eu-west-1\":{\"linux\":{\"ondemand\":\"N/A\"}}},\"instance_type\":\"m6a.xlarge\"}]";

#define NODES "EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,InstanceType,MarketPriceHourly,Version\n"
static const char nodes[] = NODES
    "2026-04-17 23:34:22 UTC,ml.g5.12xlarge,us-east-1,node,metadata.labels.node.kubernetes.io/instance-type,,7.09,v1\n"
    "2026-04-17 23:34:22 UTC,i-12345,us-east-1,node,spec.providerID,m5.xlarge,0.19,\n"
    "2026-04-17 23:34:22 UTC,worker-a,us-east-1,node,metadata.name,,0.24,\n"
    "2026-04-17 23:34:22 UTC,Quadro_RTX_4000,,gpu,nvidia.com/gpu_type,,0.75,\n";
/* clang-format on */

static const struct import_request any = {0};
static const struct import_request dated = {.date = "2026-07-01"};

static const struct {
    const char *format, *text;
    const struct import_request *request;
    const char *rates, *skipped;
} formats[] = {
    {"savings-plans", plans, &any,
     "c5.large us-east-1 plan_compute 1y nu hour 0.0621 2026-06-23\n"
     "m5.xlarge us-east-1 plan_ec2 3y au hour 0.073 2026-06-23\n"
     "m5.xlarge us-east-1 plan_compute 1y nu hour 0.141 2026-06-23\n",
     "2 plans of other kinds or lengths\n1 operating system other than Linux\n"
     "1 usage other than instance hours\n"},
    {"savings-plans", services, &any,
     "lambda-arm64 us-east-1 plan_compute 1y nu GB-second 1.17334e-05 2026-06-23\n"
     "lambda-arm64 us-east-1 plan_compute 1y nu provisioned GB-second 6.6e-06 2026-06-23\n"
     "lambda-x86 us-east-1 plan_compute 1y nu GB-second 1.46667e-05 2026-06-23\n"
     "lambda-x86 us-east-1 plan_compute 1y nu GB-second held 3.5e-06 2026-06-23\n"
     "ml.m5.xlarge us-east-1 plan_sagemaker 1y nu hour 0.1682 2026-06-23\n",
     "1 ECS and EKS other than Fargate's vCPUs and memory, Linux\n"
     "1 Fargate's vCPU or memory without the other one\n"
     "1 Lambda charges other than duration and provisioned copies\n"
     "1 SageMaker's charges other than hosting\n1 plans of other kinds or lengths\n"
     "1 services other than EC2, Fargate, Lambda and SageMaker\n"},
    {"offering-rates", offerings, &dated,
     "m5.xlarge us-east-1 plan_ec2 3y au hour 0.07 2026-07-01\n"
     "m5.xlarge us-east-1 plan_compute 1y pu hour 0.1286 2026-07-01\n",
     "2 plans of other kinds or lengths\n"
     "1 operating system other than Linux\n1 tenancy other than shared\n"},
    {"spot-history", history, &any,
     "p3.2xlarge us-east-1 spot hour 1.05 2020-02-20 0.9..1.5\n"
     "p3.2xlarge us-east-1 spot hour 1.05 2020-02-20 in us-east-1a\n"
     "p3.2xlarge us-east-1 spot hour 0.9 2020-02-20 in us-east-1b\n"
     "p3.2xlarge us-east-1 spot hour 1.5 2020-02-20 in us-east-1c\n",
     "1 local and Wavelength zones\n1 operating system other than Linux\n"},
    {"ec2instances", instances, &dated,
     "m6a.xlarge us-east-1 on_demand hour 0.1728 2026-07-01\n"
     "m6a.xlarge us-east-1 spot hour 0.06912 2026-07-01 0.10 by spot-advisor\n"
     "m6a.xlarge us-east-1 reserved_standard 1y nu hour 0.11431 2026-07-01\n"
     "m6a.xlarge us-east-1 reserved_convertible 3y pu hour 0.09 2026-07-01\n"
     "m6a.xlarge us-east-1 plan_ec2 1y au hour 0.1 2026-07-01\n"
     "m6a.xlarge us-east-1 plan_compute 1y nu hour 0.13965 2026-07-01\n",
     "1 commitments of other kinds\n1 local and Wavelength zones\n"
     "1 operating system other than Linux\n1 without a price\n"},
    {"opencost", nodes, &any,
     "m5.xlarge us-east-1 on_demand hour 0.19 2026-04-17\n"
     "ml.g5.12xlarge us-east-1 on_demand hour 7.09 2026-04-17\n",
     "1 a single node, without an instance type\n1 assets other than nodes\n"},
};

Test(import_formats, each_gives_its_rates_and_says_what_it_left) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report;
        cr_assert(import_text(&arena, formats[i].text, formats[i].request, &report, &err),
                  "%s: %d:%d %s", formats[i].format, err.line, err.column, err.what);
        cr_expect(eq(str, (char *)report.format, (char *)formats[i].format));
        cr_expect(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices),
                     (char *)formats[i].rates));
        cr_expect(eq(str, (char *)skipped_of(&arena, &report), (char *)formats[i].skipped));
        check_round_trip(&arena, &report);
        arena_release(&arena);
    }
}

/* The Advisor says savings; the price they are taken from is the book's. */
Test(import_formats, advisor_savings_are_taken_from_the_book) {
    struct arena arena = {0};
    struct err err = {0};
    struct err_list *errs = arena_new(&arena, struct err_list, 1);
    struct price_book book;
    struct import_report report;
    struct source *source = source_open_memory(
        &arena,
        bytes_of("headroom_price_book,1,mine,USD\nkind,sku,region,option,unit,usd,status,source,"
                 "as_of\ninstance,g6e.xlarge,us-east-1,on_demand,hour,1.861,published,x,"
                 "2026-07-01\n"),
        "mine.csv", &err);
    cr_assert(price_book_read(&arena, source, &book, errs));
    struct import_request request = {.date = "2026-07-02", .base = &book};
    cr_assert(import_text(&arena, advisor, &request, &report, &err), "%d:%d %s", err.line,
              err.column, err.what);
    cr_assert(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices),
                 "g6e.xlarge us-east-1 spot hour 1.1166 2026-07-02 0.30 by spot-advisor\n"));
    cr_assert(eq(str, (char *)skipped_of(&arena, &report),
                 "2 no on-demand price in the book that the saving is taken from\n"
                 "1 operating system other than Linux\n"));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

/* ---- mistakes ---- */

#define C1(rate)                                                                                   \
    PLANS(PLAN_PRODUCT("C1", "ComputeSavingsPlans", "No Upfront", "1yr"), PLAN("C1", rate))
#define A(price, time) SPOT("us-east-1a", "Linux/UNIX", price, time)
#define INSTANCE(price)                                                                            \
    "[{\"instance_type\":\"a.large\",\"pricing\":{\"us-east-1\":{\"linux\":{\n\"ondemand\":" price \
    "}}}}]"
#define NODE(price) NODES "2026-04-17 23:34:22 UTC,m5.xlarge,us-east-1,node,,m5.xlarge," price ",\n"

static const struct {
    const char *name, *text, *what;
    int line, column;
} broken[] = {
    {"plans: unit", C1(LINUX("Quantity", "1", "USD")), "unit 'Quantity' of m5.xlarge", 3, 8},
    {"plans: currency", C1(LINUX("Hrs", "1", "CNY")), "a price in 'CNY'", 4, 27},
    {"plans: zero", C1(LINUX("Hrs", "0.0000", "USD")), "a price of zero", 4, 27},
    {"plans: NaN", C1(LINUX("Hrs", "NaN", "USD")), "'NaN' is not a price", 4, 27},
    {"plans: two", C1(LINUX("Hrs", "1", "USD") "," LINUX("Hrs", "2", "USD")), "a second price", 6,
     27},
    {"plans: order", "{\"terms\":{},\"products\":[\"SavingsPlans\"]}", "before the products", 1, 2},
    {"offering: unit", OFFERINGS(M5("1", "Day", "USD")), "unit 'Day' of m5.xlarge", 3, 8},
    {"offering: currency", OFFERINGS(M5("1", "Hrs", "EUR")), "a price in 'EUR'", 2, 8},
    {"offering: zero", OFFERINGS(M5("0", "Hrs", "USD")), "a price of zero", 2, 8},
    {"offering: cut", "{\"searchResults\":[{\"rate\":", "ends too early", 1, 27},
    {"spot: zero", HISTORY(A("0.000000", "20T00:00:00")), "a price of zero", 2, 13},
    {"spot: NaN", HISTORY(A("nan", "20T00:00:00")), "'nan' is not a price", 2, 13},
    {"spot: time", HISTORY(A("1", "30T00:00:00")), "expected a time", 3, 13},
    {"spot: oldest first", HISTORY(A("1", "19T00:00:00") ",\n" A("1", "20T00:00:00")),
     "newer than one before it", 6, 13},
    {"spot: two prices", HISTORY(A("0.40", "19T00:00:00") ",\n" A("4.00", "19T00:00:00")),
     "a second price of p3.2xlarge in us-east-1a at one time: $0.4 and $4", 5, 13},
    {"spot: no price", "{\"SpotPriceHistory\":[{\"AvailabilityZone\":\"us-east-1a\"}]}",
     "without 'InstanceType'", 1, 22},
    {"instances: zero", INSTANCE("\"0\""), "a price of zero", 2, 12},
    {"instances: NaN", INSTANCE("\"nan\""), "'nan' is not a price", 2, 12},
    {"instances: minus", INSTANCE("-0.5"), "'-0.5' is not a price", 2, 12},
    {"instances: no name", "[{\"vCPU\":1,\n\"pricing\":{},\"instance_type\":\"\"}]",
     "without 'instance_type'", 1, 2},
    {"nodes: zero", NODE("0"), "a price of zero", 2, 61},
    {"nodes: words", NODE("cheap"), "'cheap' is not a price", 2, 61},
    {"nodes: fields", NODES "a,b\n", "2 fields, but the header has 7", 2, 0},
};

Test(import_formats, mistakes_are_told_at_their_place_and_nothing_is_taken) {
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report = {.n_prices = -7};
        cr_assert(not(import_text(&arena, broken[i].text, &dated, &report, &err)), "%s",
                  broken[i].name);
        cr_expect(strstr(err.what, broken[i].what) != NULL, "%s: %s", broken[i].name, err.what);
        cr_expect(eq(int, err.line, broken[i].line), "%s", broken[i].name);
        cr_expect(err.column >= broken[i].column - 1 && err.column <= broken[i].column + 1,
                  "%s: column %d", broken[i].name, err.column);
        cr_expect(eq(int, report.n_prices, -7), "%s", broken[i].name);
        arena_release(&arena);
    }
}

/* A page of several is told as such, of each answer that comes in pages; a record that is there
 * twice is no second price. A token that is no member of the answer itself says nothing. */
Test(import_formats, a_page_of_several_is_told) {
#define ENDS "]," TOKEN "}"
#define SPOT_PAGE                                                                                  \
    "{" TOKEN ",\"SpotPriceHistory\":[" A("0.40", "19T00:00:00") "," A("0.40", "19T00:00:00") "]}"
#define GOT                                                                                        \
    "{\"PriceList\":[\"{\\\"product\\\":{\\\"productFamily\\\":\\\"Compute Instance\\\","          \
    "\\\"attributes\\\":{\\\"servicecode\\\":\\\"AmazonEC2\\\",\\\"instanceType\\\":"              \
    "\\\"m5.large\\\",\\\"regionCode\\\":\\\"us-east-1\\\"}},\\\"terms\\\":{\\\"OnDemand\\\":{"    \
    "\\\"J\\\":{\\\"priceDimensions\\\":{\\\"1\\\":{\\\"unit\\\":\\\"Hrs\\\","                     \
    "\\\"pricePerUnit\\\":{"                                                                       \
    "\\\"USD\\\":\\\"0.1\\\"}}}}}}}\"" ENDS
#define OFFERED "{\"searchResults\":[" M5("0.1286", "Hrs", "USD") ENDS
#define BLOCK_PAGE                                                                                 \
    "{\"CapacityBlockOfferings\":[{\"InstanceType\":\"p5.48xlarge\",\"AvailabilityZone\":"         \
    "\"us-east-1a\",\"InstanceCount\":1,\"CapacityBlockDurationHours\":24,\"UpfrontFee\":"         \
    "\"750\",\"CurrencyCode\":\"USD\"}" ENDS
#define TOKEN "\"%s\":\"%s\""
    static const char *const pages[] = {SPOT_PAGE, GOT, OFFERED, BLOCK_PAGE};
    static const struct {
        const char *key, *value;
        bool more;
    } tokens[] = {{"NextToken", "", false},
                  {"NextToken", "AAHRj46", true},
                  {"nextToken", "AAHRj46", true},
                  {"nextToken", "", false},
                  {"token", "AAHRj46", false}};
    for (size_t f = 0; f < sizeof pages / sizeof *pages; f++)
        for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
            struct arena arena = {0};
            struct err err = {0};
            struct import_report report;
            const char *text = arena_printf(&arena, pages[f], tokens[i].key, tokens[i].value);
            cr_assert(import_text(&arena, text, &dated, &report, &err), "%zu %s", f, err.what);
            cr_expect(eq(int, report.more_pages, tokens[i].more), "%zu %zu", f, i);
            cr_expect(f > 0 || report.n_records == 2);
            arena_release(&arena);
        }
}

/* A file without a day needs one; a day that is none is refused; a format can be named. */
Test(import_formats, the_day_and_the_format_may_be_given) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    cr_assert(not(import_text(&arena, offerings, &any, &report, &err)));
    cr_assert(strstr(err.what, "does not tell the day") != NULL);
    cr_assert(strstr(err.hint, "--date") != NULL);
    struct import_request no_day = {.date = "July"}, wrong = {.format = "aws-csv"};
    struct import_request west = {.date = "2026-07-01", .region = "us-west-2"};
    cr_assert(not(import_text(&arena, offerings, &no_day, &report, &err)));
    cr_assert(eq(int, (int)err.kind, (int)ERR_USAGE));
    cr_assert(not(import_text(&arena, offerings, &wrong, &report, &err)));
    cr_assert(eq(int, (int)err.kind, (int)ERR_INPUT));
    cr_assert(not(import_text(&arena, offerings, &west, &report, &err)));
    cr_assert(strstr(err.what, "no rate was taken from 6 records") != NULL);
    cr_assert(strstr(err.hint, "another region") != NULL);
    arena_release(&arena);
}
