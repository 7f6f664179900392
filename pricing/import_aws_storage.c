/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storage and transfer of AWS price lists, told by their usage types, which begin with a short name
 * of the region but in the oldest one: TimedStorage-ByteHrs, USW2-TimedStorage-ByteHrs. What the
 * list does not say of a tier (how it is reached, for how many days it is paid at least) is the
 * provider's rule and stands here. Names: "Understanding your AWS billing and usage reports for
 * Amazon S3" of the S3 user guide; prices of volumes, Amazon EC2 price list. */
#include <ctype.h>
#include <string.h>

#include "pricing/import_aws.h"

/* The usage type without the region's short name. */
static struct bytes plain_usage(struct bytes usage) {
    size_t n = 0;
    while (n < usage.n &&
           (isupper((unsigned char)usage.data[n]) || isdigit((unsigned char)usage.data[n])))
        n++;
    if (n < 2 || n + 1 >= usage.n || usage.data[n] != '-')
        return usage;
    return (struct bytes){usage.data + n + 1, usage.n - n - 1};
}

/* ---- S3 ---- */

enum { FREE_RETRIEVAL = 1 << CHARGED_RETRIEVAL };
enum { FREE_ALL = 1 << CHARGED_RETRIEVAL | 1 << CHARGED_READS | 1 << CHARGED_WRITES };

static const struct object_tier {
    const char *sku;
    struct storage_terms terms;
} object_tiers[] = {
    {"s3-standard", {ACCESS_INSTANT, 3, 0, 0, FREE_RETRIEVAL}},
    {"s3-standard-ia", {ACCESS_INSTANT, 3, 30, 128, 0}},
    {"s3-intelligent-tiering", {ACCESS_TIERED, 3, 0, 0, FREE_RETRIEVAL}},
    {"s3-one-zone-ia", {ACCESS_INSTANT, 1, 30, 128, 0}},
    {"s3-glacier-instant", {ACCESS_INSTANT, 3, 90, 128, 0}},
    {"s3-glacier-flexible", {ACCESS_DELAYED, 3, 90, 0, 0}},
    {"s3-deep-archive", {ACCESS_DELAYED, 3, 180, 0, 0}},
};
enum { STANDARD, STANDARD_IA, INTELLIGENT, ONE_ZONE, INSTANT, FLEXIBLE, DEEP };

/* Reads of the two cold tiers are standard retrievals. An operation that is empty: any. */
static const struct object_meter {
    const char *usage, *operation;
    int tier;
    enum price_unit unit;
} object_meters[] = {
    {"TimedStorage-ByteHrs", "", STANDARD, PER_GB_MONTH},
    {"Requests-Tier1", "", STANDARD, PER_THOUSAND_WRITES},
    {"Requests-Tier2", "", STANDARD, PER_THOUSAND_READS},
    {"TimedStorage-SIA-ByteHrs", "", STANDARD_IA, PER_GB_MONTH},
    {"Requests-SIA-Tier1", "", STANDARD_IA, PER_THOUSAND_WRITES},
    {"Requests-SIA-Tier2", "", STANDARD_IA, PER_THOUSAND_READS},
    {"Retrieval-SIA", "", STANDARD_IA, PER_GB_READ},
    {"TimedStorage-INT-FA-ByteHrs", "", INTELLIGENT, PER_GB_MONTH},
    {"TimedStorage-INT-IA-ByteHrs", "", INTELLIGENT, PER_GB_MONTH_30},
    {"TimedStorage-INT-AIA-ByteHrs", "", INTELLIGENT, PER_GB_MONTH_90},
    {"Monitoring-Automation-INT", "", INTELLIGENT, PER_THOUSAND_OBJECTS},
    {"Requests-INT-Tier1", "", INTELLIGENT, PER_THOUSAND_WRITES},
    {"Requests-INT-Tier2", "", INTELLIGENT, PER_THOUSAND_READS},
    {"TimedStorage-ZIA-ByteHrs", "", ONE_ZONE, PER_GB_MONTH},
    {"Requests-ZIA-Tier1", "", ONE_ZONE, PER_THOUSAND_WRITES},
    {"Requests-ZIA-Tier2", "", ONE_ZONE, PER_THOUSAND_READS},
    {"Retrieval-ZIA", "", ONE_ZONE, PER_GB_READ},
    {"TimedStorage-GIR-ByteHrs", "", INSTANT, PER_GB_MONTH},
    {"Requests-GIR-Tier1", "", INSTANT, PER_THOUSAND_WRITES},
    {"Requests-GIR-Tier2", "", INSTANT, PER_THOUSAND_READS},
    {"Retrieval-GIR", "", INSTANT, PER_GB_READ},
    {"TimedStorage-GlacierByteHrs", "", FLEXIBLE, PER_GB_MONTH},
    {"Requests-GLACIER-Tier1", "PutObject", FLEXIBLE, PER_THOUSAND_WRITES},
    {"Requests-Tier3", "RestoreObject", FLEXIBLE, PER_THOUSAND_READS},
    {"Standard-Retrieval-Bytes", "RestoreObject", FLEXIBLE, PER_GB_READ},
    {"TimedStorage-GDA-ByteHrs", "", DEEP, PER_GB_MONTH},
    {"Requests-GDA-Tier1", "PutObject", DEEP, PER_THOUSAND_WRITES},
    {"Requests-GDA-Tier1", "PostObject", DEEP, PER_THOUSAND_WRITES},
    {"Requests-GDA-Tier3", "", DEEP, PER_THOUSAND_READS},
    {"Standard-Retrieval-Bytes", "DeepArchiveRestoreObject", DEEP, PER_GB_READ},
};

static const struct object_meter *meter_of(const struct bytes *v) {
    struct bytes usage = plain_usage(v[AWS_USAGE]);
    for (size_t i = 0; i < sizeof object_meters / sizeof *object_meters; i++) {
        const struct object_meter *meter = &object_meters[i];
        if (bytes_are(usage, meter->usage) &&
            (!meter->operation[0] || bytes_are(v[AWS_OPERATION], meter->operation)))
            return meter;
    }
    return NULL;
}

const char *aws_object_product(const struct bytes *v, struct aws_target *out) {
    const struct object_meter *meter = meter_of(v);
    if (!meter)
        return "S3 charges other than storage, requests and standard retrieval of its classes";
    const struct object_tier *tier = &object_tiers[meter->tier];
    *out = (struct aws_target){
        .kind = OFFER_STORAGE, .option = PRICE_ON_DEMAND, .unit = meter->unit, .sku = tier->sku};
    if (meter->unit == PER_GB_MONTH)
        out->storage = tier->terms;
    return NULL;
}

/* ---- volumes and file systems ---- */

/* Bounds of the tiers of IOPS: "Provisioned IOPS SSD volumes" of the EBS user guide; what gp3 has
 * without charge: its page on general purpose volumes. */
const char *aws_volume_product(const struct bytes *v, struct aws_target *out) {
    static const struct {
        const char *usage, *sku;
        enum price_unit unit;
        int above, included;
    } meters[] = {
        {"EBS:VolumeUsage.gp3", "ebs-gp3", PER_GB_MONTH, 0, 0},
        {"EBS:VolumeP-IOPS.gp3", "ebs-gp3", PER_IOPS_MONTH, 0, 3000},
        {"EBS:VolumeP-Throughput.gp3", "ebs-gp3", PER_MBPS_MONTH, 0, 125},
        {"EBS:VolumeUsage.gp2", "ebs-gp2", PER_GB_MONTH, 0, 0},
        {"EBS:VolumeUsage.piops", "ebs-io1", PER_GB_MONTH, 0, 0},
        {"EBS:VolumeP-IOPS.piops", "ebs-io1", PER_IOPS_MONTH, 0, 0},
        {"EBS:VolumeUsage.io2", "ebs-io2", PER_GB_MONTH, 0, 0},
        {"EBS:VolumeP-IOPS.io2", "ebs-io2", PER_IOPS_MONTH, 0, 0},
        {"EBS:VolumeP-IOPS.io2.tier2", "ebs-io2", PER_IOPS_MONTH, 32000, 0},
        {"EBS:VolumeP-IOPS.io2.tier3", "ebs-io2", PER_IOPS_MONTH, 64000, 0},
        {"EBS:VolumeUsage.st1", "ebs-st1", PER_GB_MONTH, 0, 0},
        {"EBS:VolumeUsage.sc1", "ebs-sc1", PER_GB_MONTH, 0, 0},
    };
    struct bytes usage = plain_usage(v[AWS_USAGE]);
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++) {
        if (!bytes_are(usage, meters[i].usage))
            continue;
        *out = (struct aws_target){.kind = OFFER_STORAGE,
                                   .option = PRICE_ON_DEMAND,
                                   .unit = meters[i].unit,
                                   .sku = meters[i].sku,
                                   .above = meters[i].above,
                                   .included = meters[i].included};
        if (meters[i].unit == PER_GB_MONTH)
            out->storage = (struct storage_terms){ACCESS_BLOCK, 1, 0, 0, FREE_ALL};
        return NULL;
    }
    return "EC2 charges other than instances and volumes";
}

const char *aws_file_system_product(struct import *import, const struct bytes *v,
                                    struct aws_target *out) {
    struct bytes speed = v[AWS_THROUGHPUT];
    size_t n = 0;
    while (n < speed.n && isdigit((unsigned char)speed.data[n]))
        n++;
    if (!bytes_are(v[AWS_FILE_SYSTEM], "Lustre") || !bytes_are(v[AWS_STORAGE_TYPE], "SSD") ||
        n == 0)
        return "FSx other than Lustre on SSD with its throughput";
    *out = (struct aws_target){
        .kind = OFFER_STORAGE,
        .option = PRICE_ON_DEMAND,
        .unit = PER_GB_MONTH,
        .sku = arena_printf(import->arena, "fsx-lustre-%.*s", (int)n, speed.data),
        .storage = {ACCESS_FILE, 1, 0, 0, FREE_ALL}};
    return NULL;
}

/* ---- transfer ---- */

static bool to_another_region(const struct bytes *v) {
    struct bytes usage = v[AWS_USAGE];
    static const char end[] = "-AWS-Out-Bytes";
    size_t n = sizeof end - 1;
    return bytes_are(v[AWS_TRANSFER_TYPE], "InterRegion Outbound") &&
           import_is_region(v[AWS_TO_REGION]) && usage.n > n &&
           memcmp(usage.data + usage.n - n, end, n) == 0;
}

const char *aws_transfer_product(struct import *import, const struct bytes *v,
                                 struct aws_target *out) {
    struct bytes type = v[AWS_TRANSFER_TYPE], usage = plain_usage(v[AWS_USAGE]);
    *out = (struct aws_target){.kind = OFFER_TRANSFER, .option = PRICE_ON_DEMAND, .unit = PER_GB};
    if (bytes_are(type, "AWS Outbound") && bytes_are(v[AWS_TO_LOCATION], "External") &&
        bytes_are(usage, "DataTransfer-Out-Bytes"))
        out->sku = "internet";
    else if (bytes_are(type, "IntraRegion") && bytes_are(usage, "DataTransfer-Regional-Bytes"))
        out->sku = "cross-zone";
    else if (to_another_region(v))
        out->sku = arena_printf(import->arena, "cross-region/%.*s", (int)v[AWS_TO_REGION].n,
                                v[AWS_TO_REGION].data);
    else
        return "transfer other than out to the internet, across zones and to other regions";
    return NULL;
}
