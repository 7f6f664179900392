/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storage, transfer and Fargate of AWS price lists, and capacity blocks on offer. The files are
 * made up here to AWS's description of its lists and its usage reports (no real list is at hand),
 * with the rates of S3, EBS, Fargate and data transfer in us-east-1 where the shipped book has them
 * too. Tasks are computed by hand; CSV, JSON and the answer of get-products must agree. */
#include "import_help.h"

/* A product of one price dimension, or of several: service, attributes, {begin, unit, USD}. Each
 * ends where the next begins, but where its end is stated. */
struct product {
    const char *service, *family, *region, *usage, *more; /* `more`: "name":"value" pairs */
    struct {
        const char *begin, *unit, *usd, *end;
    } prices[4];
};

/* clang-format off */
static const struct product objects[] = {
    {"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "0.0230000000"}, {"51200", "GB-Mo", "0.0220000000"}, {"512000", "GB-Mo", "0.0210000000"}}},
    {"AmazonS3", "API Request", "us-east-1", "Requests-Tier1", "", {{"0", "Requests", "0.0000050000"}}},
    {"AmazonS3", "API Request", "us-east-1", "Requests-Tier2", "", {{"0", "Requests", "0.0000004000"}}},
    {"AmazonS3", "Storage", "us-west-2", "USW2-TimedStorage-SIA-ByteHrs", "", {{"0", "GB-Mo", "0.0125"}}},
    {"AmazonS3", "API Request", "us-west-2", "USW2-Retrieval-SIA", "", {{"0", "GB", "0.01"}}},
    {"AmazonS3", "Storage", "eu-west-1", "EU-TimedStorage-ZIA-ByteHrs", "", {{"0", "GB-Mo", "0.01"}}},
    {"AmazonS3", "Storage", "us-east-1", "TimedStorage-INT-FA-ByteHrs", "", {{"0", "GB-Mo", "0.023"}}},
    {"AmazonS3", "Storage", "us-east-1", "TimedStorage-INT-IA-ByteHrs", "", {{"0", "GB-Mo", "0.0125"}}},
    {"AmazonS3", "Storage", "us-east-1", "TimedStorage-INT-AIA-ByteHrs", "", {{"0", "GB-Mo", "0.004"}}},
    {"AmazonS3", "Fee", "us-east-1", "Monitoring-Automation-INT", "", {{"0", "Objects", "0.0000025"}}},
    {"AmazonS3GlacierDeepArchive", "Storage", "us-east-1", "TimedStorage-GDA-ByteHrs", "", {{"0", "GB-Mo", "0.00099"}}},
    {"AmazonS3GlacierDeepArchive", "Fee", "us-east-1", "Standard-Retrieval-Bytes", "\"operation\":\"DeepArchiveRestoreObject\",", {{"0", "GB", "0.02"}}},
    {"AmazonS3", "Fee", "us-east-1", "Standard-Retrieval-Bytes", "\"operation\":\"RestoreObject\",", {{"0", "GB", "0.01"}}},
    {"AmazonS3", "API Request", "us-east-1", "Requests-Tier3", "\"operation\":\"S3-GlacierTransition\",", {{"0", "Requests", "0.00003"}}},
    {"AmazonS3", "API Request", "us-east-1", "Requests-Tier3", "\"operation\":\"RestoreObject\",", {{"0", "Requests", "0.00005"}}},
    {"AmazonS3", "Fee", "us-east-1", "Tables-Requests-Tier1", "", {{"0", "Requests", "0.1"}}},
};
static const char object_rates[] =
    "s3-deep-archive us-east-1 on_demand GB-month 0.00099 2026-07-20\n"
    "s3-deep-archive us-east-1 on_demand GB read 0.02 2026-07-20\n"
    "s3-glacier-flexible us-east-1 on_demand GB read 0.01 2026-07-20\n"
    "s3-glacier-flexible us-east-1 on_demand 1K reads 0.05 2026-07-20\n"
    "s3-intelligent-tiering us-east-1 on_demand GB-month 0.023 2026-07-20\n"
    "s3-intelligent-tiering us-east-1 on_demand GB-month unread 30 days 0.0125 2026-07-20\n"
    "s3-intelligent-tiering us-east-1 on_demand GB-month unread 90 days 0.004 2026-07-20\n"
    "s3-intelligent-tiering us-east-1 on_demand 1K objects 0.0025 2026-07-20\n"
    "s3-one-zone-ia eu-west-1 on_demand GB-month 0.01 2026-07-20\n"
    "s3-standard us-east-1 on_demand GB-month 0.023 2026-07-20\n"
    "s3-standard us-east-1 on_demand GB-month 0.022 2026-07-20 above 51200\n"
    "s3-standard us-east-1 on_demand GB-month 0.021 2026-07-20 above 512000\n"
    "s3-standard us-east-1 on_demand 1K reads 0.0004 2026-07-20\n"
    "s3-standard us-east-1 on_demand 1K writes 0.005 2026-07-20\n"
    "s3-standard-ia us-west-2 on_demand GB-month 0.0125 2026-07-20\n"
    "s3-standard-ia us-west-2 on_demand GB read 0.01 2026-07-20\n";

/* 40.96 USD a GiB/s is 0.04 a MiB/s. */
static const struct product volumes[] = {
    {"AmazonEC2", "Storage", "us-east-1", "EBS:VolumeUsage.gp3", "", {{"0", "GB-Mo", "0.08"}}},
    {"AmazonEC2", "System Operation", "us-east-1", "EBS:VolumeP-IOPS.gp3", "", {{"0", "IOPS-Mo", "0.005"}}},
    {"AmazonEC2", "Provisioned Throughput", "us-east-1", "EBS:VolumeP-Throughput.gp3", "", {{"0", "GiBps-mo", "40.96"}}},
    {"AmazonEC2", "Storage", "us-east-2", "USE2-EBS:VolumeUsage.io2", "", {{"0", "GB-month", "0.125"}}},
    {"AmazonEC2", "System Operation", "us-east-2", "USE2-EBS:VolumeP-IOPS.io2", "", {{"0", "IOPS-Mo", "0.065"}}},
    {"AmazonEC2", "System Operation", "us-east-2", "USE2-EBS:VolumeP-IOPS.io2.tier2", "", {{"0", "IOPS-Mo", "0.0455"}}},
    {"AmazonEC2", "System Operation", "us-east-2", "USE2-EBS:VolumeP-IOPS.io2.tier3", "", {{"0", "IOPS-Mo", "0.03185"}}},
    {"AmazonEC2", "Storage Snapshot", "us-east-1", "EBS:SnapshotUsage", "", {{"0", "GB-Mo", "0.05"}}},
    {"AmazonFSx", "Storage", "us-east-1", "Storage.SSD.125", "\"fileSystemType\":\"Lustre\",\"storageType\":\"SSD\",\"throughputCapacity\":\"125\",", {{"0", "GB-Mo", "0.145"}}},
    {"AmazonFSx", "Storage", "us-east-1", "Storage", "\"fileSystemType\":\"Windows\",\"storageType\":\"SSD\",", {{"0", "GB-Mo", "0.13"}}},
};
static const char volume_rates[] =
    "ebs-gp3 us-east-1 on_demand GB-month 0.08 2026-07-20\n"
    "ebs-gp3 us-east-1 on_demand IOPS-month 0.005 2026-07-20 beyond 3000\n"
    "ebs-gp3 us-east-1 on_demand MBps-month 0.04 2026-07-20 beyond 125\n"
    "ebs-io2 us-east-2 on_demand GB-month 0.125 2026-07-20\n"
    "ebs-io2 us-east-2 on_demand IOPS-month 0.065 2026-07-20\n"
    "ebs-io2 us-east-2 on_demand IOPS-month 0.0455 2026-07-20 above 32000\n"
    "ebs-io2 us-east-2 on_demand IOPS-month 0.03185 2026-07-20 above 64000\n"
    "fsx-lustre-125 us-east-1 on_demand GB-month 0.145 2026-07-20\n";

#define OUT(from, to_location) "\"fromRegionCode\":\"" from "\",\"toLocation\":\"" to_location "\",\"transferType\":\"AWS Outbound\","
#define BETWEEN(from, to) "\"fromRegionCode\":\"" from "\",\"toRegionCode\":\"" to "\",\"transferType\":\"InterRegion Outbound\","
/* The first gigabyte of us-west-2 is free; the first tier that costs something is the first one. */
static const struct product transfers[] = {
    {"AWSDataTransfer", "Data Transfer", "", "DataTransfer-Out-Bytes", OUT("us-east-1", "External"), {{"0", "GB", "0.09"}, {"10240", "GB", "0.085"}, {"51200", "GB", "0.07"}, {"153600", "GB", "0.05"}}},
    {"AWSDataTransfer", "Data Transfer", "", "USW2-DataTransfer-Out-Bytes", OUT("us-west-2", "External"), {{"0", "GB", "0"}, {"1", "GB", "0.09"}, {"10240", "GB", "0.085"}}},
    {"AWSDataTransfer", "Data Transfer", "", "USE1-USE2-AWS-Out-Bytes", BETWEEN("us-east-1", "us-east-2"), {{"0", "GB", "0.01"}}},
    {"AWSDataTransfer", "Data Transfer", "", "USE1-EU-AWS-Out-Bytes", BETWEEN("us-east-1", "eu-west-1"), {{"0", "GB", "0.02"}}},
    {"AWSDataTransfer", "Data Transfer", "", "USE1-LAX1-AWS-Out-Bytes", BETWEEN("us-east-1", "us-west-2-lax-1"), {{"0", "GB", "0.02"}}},
    {"AWSDataTransfer", "Data Transfer", "", "DataTransfer-Regional-Bytes", "\"fromRegionCode\":\"us-east-1\",\"transferType\":\"IntraRegion\",", {{"0", "GB", "0.01"}}},
    {"AWSDataTransfer", "Data Transfer", "", "DataTransfer-In-Bytes", "\"fromRegionCode\":\"us-east-1\",\"transferType\":\"AWS Inbound\",", {{"0", "GB", "0"}}},
    {"AmazonSNS", "Message Delivery", "us-east-1", "DeliveryAttempts-HTTP", "", {{"0", "Requests", "0.0000006"}}},
};
static const char transfer_rates[] =
    "cross-region/eu-west-1 us-east-1 on_demand GB 0.02 2026-07-20\n"
    "cross-region/us-east-2 us-east-1 on_demand GB 0.01 2026-07-20\n"
    "cross-zone us-east-1 on_demand GB 0.01 2026-07-20\n"
    "internet us-east-1 on_demand GB 0.09 2026-07-20\n"
    "internet us-east-1 on_demand GB 0.085 2026-07-20 above 10240\n"
    "internet us-east-1 on_demand GB 0.07 2026-07-20 above 51200\n"
    "internet us-east-1 on_demand GB 0.05 2026-07-20 above 153600\n"
    "internet us-west-2 on_demand GB 0.09 2026-07-20\n"
    "internet us-west-2 on_demand GB 0.085 2026-07-20 above 10240\n";
/* clang-format on */

static const struct import_request any = {0};

/* ---- one list, written in the three ways ---- */

static void append_product(struct text *out, const struct product *p) {
    text_printf(out, "{\"productFamily\":\"%s\",\"attributes\":{\"servicecode\":\"%s\",", p->family,
                p->service);
    if (p->region[0])
        text_printf(out, "\"regionCode\":\"%s\",", p->region);
    text_printf(out, "%s\"usagetype\":\"%s\"}}", p->more, p->usage);
}

static const char *end_of(const struct product *p, int d) {
    if (p->prices[d].end)
        return p->prices[d].end;
    return d + 1 < 4 && p->prices[d + 1].usd ? p->prices[d + 1].begin : "Inf";
}

static void append_terms(struct text *out, const struct product *p) {
    text_append_string(out, "{\"T\":{\"priceDimensions\":{");
    for (int d = 0; d < 4 && p->prices[d].usd; d++)
        text_printf(out,
                    "%s\"%d\":{\"unit\":\"%s\",\"beginRange\":\"%s\",\"endRange\":\"%s\","
                    "\"pricePerUnit\":{\"USD\":\"%s\"}}",
                    d ? "," : "", d, p->prices[d].unit, p->prices[d].begin, end_of(p, d),
                    p->prices[d].usd);
    text_append_string(out, "}}}");
}

static const char *as_json(struct arena *arena, const struct product *products, int n) {
    struct text out = {.arena = arena};
    text_append_string(&out, "{\"formatVersion\":\"v1.0\",\"offerCode\":\"x\",\"publicationDate\":"
                             "\"2026-07-20T17:00:00Z\",\n\"products\":{");
    for (int i = 0; i < n; i++) {
        text_printf(&out, "%s\"S%d\":", i ? ",\n" : "", i);
        append_product(&out, &products[i]);
    }
    text_append_string(&out, "},\n\"terms\":{\"OnDemand\":{");
    for (int i = 0; i < n; i++) {
        text_printf(&out, "%s\"S%d\":", i ? ",\n" : "", i);
        append_terms(&out, &products[i]);
    }
    text_append_string(&out, "}}}\n");
    return out.data;
}

static const char *as_answer(struct arena *arena, const struct product *products, int n) {
    struct text out = {.arena = arena};
    text_append_string(&out, "{\"PriceList\":[");
    for (int i = 0; i < n; i++) {
        struct text one = {.arena = arena};
        text_append_string(&one, "{\"product\":");
        append_product(&one, &products[i]);
        text_append_string(&one, ",\"terms\":{\"OnDemand\":");
        append_terms(&one, &products[i]);
        text_append_string(&one, "},\"publicationDate\":\"2026-07-20T17:00:00Z\"}");
        text_append_string(&out, i ? ",\n\"" : "\n\"");
        for (const char *p = one.data; *p; p++) {
            if (*p == '"')
                text_append_string(&out, "\\");
            text_append(&out, p, 1);
        }
        text_append_string(&out, "\"");
    }
    text_append_string(&out, "]}\n");
    return out.data;
}

/* The value of one attribute in `more`, or "". */
static struct bytes more_of(const struct product *p, const char *name) {
    const char *at = strstr(p->more, name);
    if (!at || at[-1] != '"' || at[strlen(name)] != '"')
        return (struct bytes){"", 0};
    at += strlen(name) + 3;
    return (struct bytes){at, strcspn(at, "\"")};
}

static const char *as_csv(struct arena *arena, const struct product *products, int n) {
    static const char *const more[] = {"operation",   "fromRegionCode",    "toRegionCode",
                                       "toLocation",  "transferType",      "fileSystemType",
                                       "storageType", "throughputCapacity"};
    struct text out = {.arena = arena};
    text_append_string(
        &out, "\"FormatVersion\",\"v1.0\"\n\"Publication Date\",\"2026-07-20T17:00:00Z\"\n"
              "\"SKU\",\"OfferTermCode\",\"TermType\",\"StartingRange\",\"EndingRange\",\"Unit\","
              "\"PricePerUnit\","
              "\"Currency\",\"Product Family\",\"serviceCode\",\"Region Code\",\"usageType\","
              "\"operation\",\"From Region Code\",\"To Region Code\",\"To Location\","
              "\"Transfer Type\",\"File System Type\",\"Storage Type\",\"Throughput Capacity\"\n");
    for (int i = 0; i < n; i++)
        for (int d = 0; d < 4 && products[i].prices[d].usd; d++) {
            const struct product *p = &products[i];
            text_printf(
                &out,
                "\"S%d\",\"T\",\"OnDemand\",\"%s\",\"%s\",\"%s\",\"%s\",\"USD\",\"%s\",\"%s\","
                "\"%s\",\"%s\"",
                i, p->prices[d].begin, end_of(p, d), p->prices[d].unit, p->prices[d].usd, p->family,
                p->service, p->region, p->usage);
            for (int m = 0; m < 8; m++) {
                struct bytes value = more_of(p, more[m]);
                text_printf(&out, ",\"%.*s\"", (int)value.n, value.data);
            }
            text_append_string(&out, "\n");
        }
    return out.data;
}

static void check_list(const struct product *products, int n, const char *rates,
                       const char *skipped) {
    const char *(*const ways[])(struct arena *, const struct product *, int) = {as_json, as_answer,
                                                                                as_csv};
    for (int way = 0; way < 3; way++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report;
        const char *text = ways[way](&arena, products, n);
        cr_assert(import_text(&arena, text, &any, &report, &err), "%d: %d:%d %s", way, err.line,
                  err.column, err.what);
        cr_expect(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices), (char *)rates));
        cr_expect(eq(str, (char *)skipped_of(&arena, &report), (char *)skipped), "way %d", way);
        check_round_trip(&arena, &report);
        arena_release(&arena);
    }
}
#define CHECK_LIST(products, rates, skipped)                                                       \
    check_list(products, (int)(sizeof products / sizeof *products), rates, skipped)

Test(import_storage, classes_requests_and_retrieval_of_s3) {
    CHECK_LIST(objects, object_rates,
               "2 S3 charges other than storage, requests and standard retrieval of its classes\n");
}

Test(import_storage, volumes_with_iops_and_throughput_and_file_systems) {
    CHECK_LIST(volumes, volume_rates,
               "1 EC2 charges other than instances and volumes\n"
               "1 FSx other than Lustre on SSD with its throughput\n");
}

Test(import_storage, transfer_by_volume_across_zones_and_between_regions) {
    CHECK_LIST(transfers, transfer_rates,
               "2 transfer other than out to the internet, across zones and to other regions\n"
               "1 services that no book has\n1 transfer that costs nothing\n");
}

/* What the list does not say of a tier comes with it. */
Test(import_storage, tiers_come_with_their_rules) {
    static const struct {
        const char *sku;
        struct storage_terms terms;
    } wanted[] = {
        {"s3-deep-archive", {ACCESS_DELAYED, 3, 180, 0, 0}},
        {"s3-intelligent-tiering", {ACCESS_TIERED, 3, 0, 0, 1 << CHARGED_RETRIEVAL}},
        {"s3-one-zone-ia", {ACCESS_INSTANT, 1, 30, 128, 0}},
        {"s3-standard", {ACCESS_INSTANT, 3, 0, 0, 1 << CHARGED_RETRIEVAL}},
        {"s3-standard-ia", {ACCESS_INSTANT, 3, 30, 128, 0}},
    };
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    const char *text = as_json(&arena, objects, (int)(sizeof objects / sizeof *objects));
    cr_assert(import_text(&arena, text, &any, &report, &err), "%s", err.what);
    int n = 0;
    for (int i = 0; i < report.n_prices; i++) {
        const struct price *price = &report.prices[i];
        if (price->unit != PER_GB_MONTH || price->above > 0) {
            cr_expect(eq(int, price->storage.zones, 0));
            continue;
        }
        const struct storage_terms *terms = &wanted[n].terms;
        cr_expect(eq(str, (char *)price->sku, (char *)wanted[n++].sku));
        cr_expect(price->storage.access == terms->access && price->storage.free == terms->free &&
                      price->storage.zones == terms->zones &&
                      price->storage.days_min == terms->days_min &&
                      price->storage.object_kib_min == terms->object_kib_min,
                  "%s", price->sku);
    }
    cr_assert(eq(int, n, 5));
    arena_release(&arena);
}

/* ---- Fargate ---- */

/* clang-format off */
static const struct product tasks[] = {
    {"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-vCPU-Hours:perCPU", "", {{"0", "hours", "0.0404800000"}}},
    {"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-GB-Hours", "", {{"0", "hours", "0.0044450000"}}},
    {"AmazonEKS", "Compute", "us-east-1", "USE1-Fargate-GB-Hours", "", {{"0", "hours", "0.0044450000"}}},
    {"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-ARM-GB-Hours", "", {{"0", "hours", "0.00356"}}},
    {"AmazonECS", "Compute", "us-east-1", "USE1-SpotUsage-Fargate-vCPU-Hours:perCPU", "", {{"0", "hours", "0.0127"}}},
    {"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-EphemeralStorage-GB-Hours", "", {{"0", "hours", "0.000111"}}},
};
/* clang-format on */

/* 0.25 x 0.04048 + 0.5 x 0.004445 = 0.0123425; 4 x 0.04048 + 16 x 0.004445 = 0.23304;
 * 16 x 0.04048 + 120 x 0.004445 = 1.18108. */
Test(import_storage, fargate_becomes_tasks_of_its_sizes) {
    static const struct {
        const char *sku;
        usd_pico rate;
    } wanted[] = {
        {"fargate-x86.0.25vcpu-0.5gb", 12342500000},
        {"fargate-x86.4vcpu-16gb", 233040000000},
        {"fargate-x86.16vcpu-120gb", 1181080000000},
    };
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    const char *text = as_json(&arena, tasks, 6);
    cr_assert(import_text(&arena, text, &any, &report, &err), "%s", err.what);
    cr_assert(eq(int, report.n_prices, 21));
    size_t found = 0;
    for (int i = 0; i < report.n_prices; i++)
        for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
            if (strcmp(report.prices[i].sku, wanted[w].sku) != 0)
                continue;
            cr_expect(eq(i64, report.prices[i].rate, wanted[w].rate), "%s", wanted[w].sku);
            found++;
        }
    cr_expect(eq(sz, found, 3));
    cr_expect(eq(str, (char *)skipped_of(&arena, &report),
                 "2 ECS and EKS other than Fargate's vCPUs and memory, Linux\n"
                 "1 Fargate's vCPU or memory without the other one\n1 the same price again\n"));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

/* ---- capacity blocks ---- */

#define BLOCK(type, zone, count, hours, fee, more)                                                 \
    "{\"CapacityBlockOfferingId\":\"cbo-1\",\"InstanceType\":\"" type                              \
    "\",\"AvailabilityZone\":\"" zone "\",\"InstanceCount\":" count                                \
    ",\"StartDate\":\"2026-12-01T11:30:00+00:00\",\"CapacityBlockDurationHours\":" hours           \
    ",\n\"UpfrontFee\":\"" fee "\"," more "}"
#define USD "\"CurrencyCode\":\"USD\",\"Tenancy\":\"default\""
#define BLOCKS(list) "{\"CapacityBlockOfferings\":[" list "]}"

static const struct import_request dated = {.date = "2026-11-20"};

/* Two p5.48xlarge for 24 h at 1887.84 USD: 1887.84 / 48 = 39.33. 23 h 30 min at 924.255 is 39.33
 * too. 4 x 168 h at 21134.4: 31.45, the cheaper of its zone. */
Test(import_storage, capacity_blocks_by_zone) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report;
    const char *text =
        BLOCKS(BLOCK("p5.48xlarge", "us-east-1a", "2", "24", "1887.84", USD) "," BLOCK(
            "p5.48xlarge", "us-east-1b", "1", "24", "960",
            USD) "," BLOCK("p5.48xlarge", "us-east-1b", "4", "168", "21134.4",
                           USD) "," BLOCK("p5.48xlarge", "us-east-1b", "1", "48", "1700",
                                          USD) "," BLOCK("p5.48xlarge", "us-east-1c", "1", "23",
                                                         "924.255",
                                                         "\"CapacityBlockDurationMinutes\":"
                                                         "30," USD) "," BLOCK("p5.48xlarge",
                                                                              "us-west-2-lax-1a",
                                                                              "1", "24", "960",
                                                                              USD) "," BLOCK("p5"
                                                                                             ".4"
                                                                                             "8x"
                                                                                             "la"
                                                                                             "rg"
                                                                                             "e",
                                                                                             "us"
                                                                                             "-e"
                                                                                             "as"
                                                                                             "t-"
                                                                                             "1"
                                                                                             "a",
                                                                                             "1",
                                                                                             "2"
                                                                                             "4",
                                                                                             "96"
                                                                                             "0",
                                                                                             "\""
                                                                                             "Cu"
                                                                                             "rr"
                                                                                             "en"
                                                                                             "cy"
                                                                                             "Co"
                                                                                             "de"
                                                                                             "\""
                                                                                             ":"
                                                                                             "\""
                                                                                             "US"
                                                                                             "D"
                                                                                             "\""
                                                                                             ","
                                                                                             "\""
                                                                                             "Te"
                                                                                             "na"
                                                                                             "nc"
                                                                                             "y"
                                                                                             "\""
                                                                                             ":"
                                                                                             "\""
                                                                                             "de"
                                                                                             "di"
                                                                                             "ca"
                                                                                             "te"
                                                                                             "d"
                                                                                             "\""));
    cr_assert(import_text(&arena, text, &dated, &report, &err), "%d:%d %s", err.line, err.column,
              err.what);
    cr_expect(eq(str, (char *)report.format, "capacity-block"));
    cr_expect(eq(str, (char *)rates_of(&arena, report.prices, report.n_prices),
                 "p5.48xlarge us-east-1 capacity_block hour 39.33 2026-11-20 in us-east-1a\n"
                 "p5.48xlarge us-east-1 capacity_block hour 31.45 2026-11-20 in us-east-1b\n"
                 "p5.48xlarge us-east-1 capacity_block hour 39.33 2026-11-20 in us-east-1c\n"));
    cr_expect(eq(str, (char *)skipped_of(&arena, &report),
                 "2 offerings that are dearer than another one of their zone\n"
                 "1 local and Wavelength zones\n1 tenancy other than shared\n"));
    check_round_trip(&arena, &report);
    arena_release(&arena);
}

/* ---- mistakes ---- */

#define LIST(products) as_json(&arena, products, (int)(sizeof products / sizeof *products))

/* clang-format off */
static const struct product bad_products[][2] = {
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB", "0.023"}}}},
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "0"}}}},
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "NaN"}}}},
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"51200", "GB-Mo", "0.022"}}}},
    {{"AmazonEC2", "Storage", "us-east-1", "EBS:VolumeUsage.gp3", "", {{"0", "GB-Mo", "0.08"}}},
     {"AmazonEC2", "Storage", "us-east-1", "EBS:VolumeUsage.gp3", "", {{"0", "GB-Mo", "0.09"}}}},
    {{"AWSDataTransfer", "Data Transfer", "", "DataTransfer-Out-Bytes", OUT("us-east-1", "External"), {{"0", "GB", "-0.09"}}}},
    {{"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-GB-Hours", "", {{"0", "GB", "0.004"}}}},
    {{"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-GB-Hours", "", {{"0", "hours", "0.004"}}},
     {"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-GB-Hours", "", {{"0", "hours", "0.005"}}}},
    {{"AmazonECS", "Compute", "us-east-1", "USE1-Fargate-GB-Hours", "", {{"0", "hours", "0"}}}},
};
static const char *const bad_words[] = {
    "unit 'GB' of s3-standard", "a price of zero", "'NaN' is not a price", "and none below", "a second price for ebs-gp3",
    "'-0.09' is not a price", "unit 'GB' of fargate-x86", "a second price for fargate-x86", "a price of zero",
};
/* clang-format on */

Test(import_storage, mistakes_are_told_and_nothing_is_taken) {
    for (size_t i = 0; i < sizeof bad_products / sizeof *bad_products; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report = {.n_prices = -7};
        const char *text = as_json(&arena, bad_products[i], bad_products[i][1].service ? 2 : 1);
        cr_assert(not(import_text(&arena, text, &any, &report, &err)), "%zu", i);
        cr_expect(strstr(err.what, bad_words[i]) != NULL, "%zu: %s", i, err.what);
        cr_expect(err.line >= 3, "%zu: line %d", i, err.line);
        cr_expect(eq(int, report.n_prices, -7));
        arena_release(&arena);
    }
}

/* A tier must begin where the one below ends: neither a hole nor two rates for the same units, in
 * any of the three ways to write a list. What is given away below the first tier that costs
 * something is no hole; where a list tells no ends, each tier ends at the next. */
/* clang-format off */
static const struct {
    struct product product;
    const char *what; /* NULL: fine */
} ends[] = {
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "0.023", "40000"}, {"51200", "GB-Mo", "0.022"}}},
     "a rate of s3-standard in us-east-1 above 51200 GB-month, but the one below ends at 40000"},
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "0.023"}, {"51200", "GB-Mo", "0.022", "600000"}, {"512000", "GB-Mo", "0.021"}}},
     "a rate of s3-standard in us-east-1 above 512000 GB-month, but the one below ends at 600000"},
    {{"AWSDataTransfer", "Data Transfer", "", "DataTransfer-Out-Bytes", OUT("us-east-1", "External"), {{"0", "GB", "0"}, {"100", "GB", "0.09", "10000"}, {"10240", "GB", "0.085"}}},
     "a rate of internet in us-east-1 above 10240 GB, but the one below ends at 10000"},
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "0.023", "51200.5"}, {"51200", "GB-Mo", "0.022"}}},
     "a tier up to '51200.5'"},
    {{"AmazonS3", "Storage", "us-east-1", "TimedStorage-ByteHrs", "", {{"0", "GB-Mo", "0.023", ""}, {"51200", "GB-Mo", "0.022", ""}}}, NULL},
};
/* clang-format on */

Test(import_storage, tiers_have_no_holes) {
    const char *(*const ways[])(struct arena *, const struct product *, int) = {as_json, as_answer,
                                                                                as_csv};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        for (int way = 0; way < 3; way++) {
            struct arena arena = {0};
            struct err err = {0};
            struct import_report report = {.n_prices = -7};
            const char *text = ways[way](&arena, &ends[i].product, 1);
            bool fine = import_text(&arena, text, &any, &report, &err);
            cr_expect(eq(int, fine, !ends[i].what), "%zu %d: %s", i, way, err.what);
            cr_expect(eq(int, report.n_prices, fine ? 2 : -7), "%zu %d", i, way);
            if (ends[i].what)
                cr_expect(eq(str, err.what, (char *)ends[i].what), "%zu %d", i, way);
            arena_release(&arena);
        }
}

Test(import_storage, blocks_that_make_no_sense_are_told_at_their_place) {
    static const struct {
        const char *text, *what;
        int line;
    } bad[] = {
        {BLOCKS(
             BLOCK("p5.48xlarge", "us-east-1a", "2", "24", "1887.84", "\"CurrencyCode\":\"EUR\"")),
         "a price in 'EUR'", 2},
        {BLOCKS(BLOCK("p5.48xlarge", "us-east-1a", "0", "24", "1887.84", USD)),
         "'0' is no InstanceCount", 1},
        {BLOCKS(BLOCK("p5.48xlarge", "us-east-1a", "2", "0", "1887.84", USD)),
         "a block of no length", 1},
        {BLOCKS(BLOCK("p5.48xlarge", "us-east-1a", "2", "24", "0.00", USD)), "a price of zero", 2},
        {BLOCKS(BLOCK("p5.48xlarge", "us-east-1a", "2", "24", "nan", USD)), "'nan' is not a fee",
         2},
        {BLOCKS("{\"InstanceType\":\"p5.48xlarge\"}"), "an offering without 'AvailabilityZone'", 1},
        {"{\"CapacityBlockOfferings\":[{\"InstanceType\":\"p5", "ends too early", 1},
        {BLOCKS(""), "no rate was taken from 0 records", 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena arena = {0};
        struct err err = {0};
        struct import_report report = {.n_prices = -7};
        cr_assert(not(import_text(&arena, bad[i].text, &dated, &report, &err)), "%zu", i);
        cr_expect(strstr(err.what, bad[i].what) != NULL, "%zu: %s", i, err.what);
        cr_expect(eq(int, err.line, bad[i].line), "%zu: %s", i, err.what);
        arena_release(&arena);
    }
}
