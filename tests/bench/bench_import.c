/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast price lists are read: price_import on an AWS price list in JSON and in CSV, of which one
 * product in 32 is taken, against a plain read of the same bytes (source_next, SHA-256 of the file
 * included). The lists are made up, laid out like AWS's, and given by a reader that repeats a body
 * of 16 MiB, so that no list stands in memory. CPU time, best of three. The peak memory is of the
 * whole process, with the bodies (64 MiB).
 *
 *      bench_import [MIB]   of each list, default 256; 1024 is the list of a whole provider */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pricing/import.h"
#include "tests/bench/bench_help.h"

enum { ROUNDS = 3, BODY_BYTES = 16 << 20 };

/* A list: head, body n times, middle, second body n times, tail. */
struct list {
    const char *name;
    struct bytes parts[5];
    int repeats;
};

struct giving {
    const struct list *list;
    int part, repeat;
    size_t given;
};

static long give(void *context, char *buffer, size_t n) {
    struct giving *g = context;
    while (g->part < 5) {
        struct bytes part = g->list->parts[g->part];
        size_t left = part.n - g->given;
        if (left > 0) {
            n = n < left ? n : left;
            memcpy(buffer, part.data + g->given, n);
            g->given += n;
            return (long)n;
        }
        g->given = 0;
        bool again = g->part % 2 == 1 && ++g->repeat < g->list->repeats;
        if (!again) {
            g->part++;
            g->repeat = 0;
        }
    }
    return 0;
}

static double mib_of(const struct list *list) {
    size_t n = 0;
    for (int i = 0; i < 5; i++)
        n += list->parts[i].n * (size_t)(i % 2 == 1 ? list->repeats : 1);
    return (double)n / (1 << 20);
}

/* ---- the lists ---- */

static struct bytes bytes_in(const struct text *text) {
    return (struct bytes){text->data, text->n};
}

static const char *system_of(int i) {
    static const char *const systems[] = {"Windows", "RHEL", "SUSE", "Linux"};
    return systems[i % 32 == 31 ? 3 : i % 3];
}

static struct list json_list(struct arena *arena, int mib) {
    struct text products = {.arena = arena}, terms = {.arena = arena};
    for (int i = 0; products.n + terms.n < BODY_BYTES; i++) {
        text_printf(
            &products,
            "    \"SKU%013d\" : {\n      \"sku\" : \"SKU%013d\",\n      \"productFamily\" : "
            "\"Compute Instance\",\n      \"attributes\" : {\n        \"servicecode\" : "
            "\"AmazonEC2\",\n        \"location\" : \"US East (N. Virginia)\",\n        "
            "\"locationType\" : \"AWS Region\",\n        \"instanceType\" : \"m%d.xlarge\",\n      "
            "  \"currentGeneration\" : \"Yes\",\n        \"instanceFamily\" : \"General "
            "purpose\",\n        \"vcpu\" : \"4\",\n        \"physicalProcessor\" : \"Intel Xeon "
            "Platinum 8175\",\n        \"clockSpeed\" : \"3.1 GHz\",\n        \"memory\" : \"16 "
            "GiB\",\n        \"storage\" : \"EBS only\",\n        \"networkPerformance\" : \"Up to "
            "10 Gigabit\",\n        \"processorArchitecture\" : \"64-bit\",\n        \"tenancy\" : "
            "\"Shared\",\n        \"operatingSystem\" : \"%s\",\n        \"licenseModel\" : \"No "
            "License required\",\n        \"usagetype\" : \"BoxUsage:m%d.xlarge\",\n        "
            "\"operation\" : \"RunInstances\",\n        \"capacitystatus\" : \"Used\",\n        "
            "\"regionCode\" : \"us-east-1\",\n        \"preInstalledSw\" : \"NA\",\n        "
            "\"servicename\" : \"Amazon Elastic Compute Cloud\"\n      }\n    },\n",
            i, i, i, system_of(i), i);
        text_printf(&terms,
                    "      \"SKU%013d\" : {\n        \"SKU%013d.JRTCKXETXF\" : {\n          "
                    "\"offerTermCode\" : \"JRTCKXETXF\",\n          \"sku\" : \"SKU%013d\",\n      "
                    "    \"effectiveDate\" : \"2026-07-01T00:00:00Z\",\n          "
                    "\"priceDimensions\" : {\n            \"SKU%013d.JRTCKXETXF.6YS6EN2CT7\" : "
                    "{\n              \"rateCode\" : \"SKU%013d.JRTCKXETXF.6YS6EN2CT7\",\n         "
                    "     \"description\" : \"$0.192 per On Demand Linux m5.xlarge Instance "
                    "Hour\",\n              \"beginRange\" : \"0\",\n              \"endRange\" : "
                    "\"Inf\",\n              \"unit\" : \"Hrs\",\n              \"pricePerUnit\" : "
                    "{\n                \"USD\" : \"0.1920000000\"\n              },\n             "
                    " \"appliesTo\" : [ ]\n            }\n          },\n          "
                    "\"termAttributes\" : { }\n        }\n      },\n",
                    i, i, i, i, i);
    }
    return (struct list){
        "JSON",
        {bytes_of("{\n  \"formatVersion\" : \"v1.0\",\n  \"offerCode\" : \"AmazonEC2\",\n  "
                  "\"publicationDate\" : \"2026-07-20T00:00:00Z\",\n  \"products\" : {\n"),
         bytes_in(&products), bytes_of("\"Z\":{}},\n  \"terms\" : {\n    \"OnDemand\" : {\n"),
         bytes_in(&terms), bytes_of("\"Z\":{}}}}\n")},
        mib / (BODY_BYTES >> 20)};
}

static struct list csv_list(struct arena *arena, int mib) {
    struct text rows = {.arena = arena};
    for (int i = 0; rows.n < BODY_BYTES; i++)
        text_printf(
            &rows,
            "\"SKU%013d\",\"JRTCKXETXF\",\"SKU%013d.JRTCKXETXF.6YS6EN2CT7\",\"OnDemand\",\"$0.192 "
            "per On Demand Linux m5.xlarge Instance Hour\",\"2026-07-01\",\"0\",\"Inf\",\"Hrs\","
            "\"0.1920000000\",\"USD\",,,,,\"Compute Instance\",\"AmazonEC2\",\"US East (N. "
            "Virginia)\",\"AWS Region\",\"m%d.xlarge\",\"Yes\",\"General purpose\",\"4\",\"Intel "
            "Xeon Platinum 8175\",\"3.1 GHz\",\"16 GiB\",\"EBS only\",\"Up to 10 Gigabit\","
            "\"64-bit\",,,,,,,,\"Shared\",,\"%s\",\"No License required\",,,,,,,,"
            "\"BoxUsage:m%d.xlarge\",\"RunInstances\",,\"Used\",\"NA\",,,,,,,,,,\"us-east-1\","
            "\"Amazon Elastic Compute Cloud\"\n",
            i, i, i, system_of(i), i);
    return (struct list){
        "CSV",
        {bytes_of(
             "\"FormatVersion\",\"v1.0\"\n\"Publication Date\",\"2026-07-20T00:00:00Z\"\n\"SKU\","
             "\"OfferTermCode\",\"RateCode\",\"TermType\",\"PriceDescription\",\"EffectiveDate\","
             "\"StartingRange\",\"EndingRange\",\"Unit\",\"PricePerUnit\",\"Currency\","
             "\"RelatedTo\",\"LeaseContractLength\",\"PurchaseOption\",\"OfferingClass\",\"Product "
             "Family\",\"serviceCode\",\"Location\",\"Location Type\",\"Instance Type\",\"Current "
             "Generation\",\"Instance Family\",\"vCPU\",\"Physical Processor\",\"Clock Speed\","
             "\"Memory\",\"Storage\",\"Network Performance\",\"Processor Architecture\",\"Storage "
             "Media\",\"Volume Type\",\"Max Volume Size\",\"Max IOPS/volume\",\"Max IOPS Burst "
             "Performance\",\"Max throughput/volume\",\"Provisioned\",\"Tenancy\",\"EBS "
             "Optimized\",\"Operating System\",\"License Model\",\"Group\",\"Group Description\","
             "\"Transfer Type\",\"From Location\",\"From Location Type\",\"To Location\",\"To "
             "Location Type\",\"usageType\",\"operation\",\"AvailabilityZone\",\"CapacityStatus\","
             "\"Pre Installed S/W\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\","
             "\"Region Code\",\"serviceName\"\n"),
         bytes_in(&rows),
         {"", 0},
         {"", 0},
         {"", 0}},
        mib / (BODY_BYTES >> 20)};
}

/* ---- both ways ---- */

static double read_plainly(const struct list *list) {
    struct arena arena = {0};
    struct err err = {0};
    struct giving giving = {.list = list};
    struct bytes block = {"", 1};
    double start = cpu_seconds();
    struct source *source = source_open_reader(&arena, give, &giving, list->name, &err);
    while (source && block.n > 0 && source_next(source, &block, &err))
        continue;
    double seconds = cpu_seconds() - start;
    source_close(source);
    arena_release(&arena);
    return seconds;
}

static double import(const struct list *list, int *n_rates, size_t *memory) {
    struct arena arena = {0};
    struct err err = {0};
    struct import_report report = {0};
    struct import_request request = {0};
    struct giving giving = {.list = list};
    double start = cpu_seconds();
    struct source *source = source_open_reader(&arena, give, &giving, list->name, &err);
    if (!source || !price_import(&arena, source, &request, &report, &err)) {
        fprintf(stderr, "%s:%d:%d: %s\n", list->name, err.line, err.column, err.what);
        exit(1);
    }
    double seconds = cpu_seconds() - start;
    *n_rates = report.n_prices;
    *memory = arena.allocated;
    source_close(source);
    arena_release(&arena);
    return seconds;
}

static void compare(const struct list *list) {
    double best = 1e9, plain = 1e9;
    int n_rates = 0;
    size_t memory = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double a = import(list, &n_rates, &memory), b = read_plainly(list);
        best = a < best ? a : best;
        plain = b < plain ? b : plain;
    }
    double megabytes = mib_of(list) * 1.048576;
    printf("%-5s %5.0f MB  imported %4.0f MB a CPU second, read %5.0f; %.2f of the plain read's "
           "time; %d rates, %.1f MB of memory\n",
           list->name, megabytes, megabytes / best, megabytes / plain, best / plain, n_rates,
           (double)memory / 1e6);
}

int main(int argc, char **argv) {
    int mib = argc > 1 ? atoi(argv[1]) : 256;
    struct arena arena = {0};
    struct list json = json_list(&arena, mib), csv = csv_list(&arena, mib);
    compare(&json);
    compare(&csv);
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        printf("peak memory of the process %.0f MB\n", (double)usage.ru_maxrss * 1024 / 1e6);
    arena_release(&arena);
    return 0;
}
