/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a product of an AWS price list is: the same for its CSV and its JSON. A product is
 * described by attributes; most describe things that a price book does not hold. */
#ifndef HEADROOM_PRICING_IMPORT_AWS_H
#define HEADROOM_PRICING_IMPORT_AWS_H

#include "pricing/import_fargate.h"
#include "pricing/import_reader.h"

/* Names without blanks and signs, in lower case: "Pre Installed S/W" is preInstalledSw. */
#define AWS_ATTRIBUTES(X)                                                                          \
    X(PRODUCT_FAMILY, "productfamily")                                                             \
    X(SERVICE, "servicecode")                                                                      \
    X(REGION, "regioncode")                                                                        \
    X(LOCATION_TYPE, "locationtype")                                                               \
    X(INSTANCE_TYPE, "instancetype")                                                               \
    X(SYSTEM, "operatingsystem")                                                                   \
    X(TENANCY, "tenancy")                                                                          \
    X(SOFTWARE, "preinstalledsw")                                                                  \
    X(CAPACITY, "capacitystatus")                                                                  \
    X(MARKET, "marketoption")                                                                      \
    X(OPERATION, "operation")                                                                      \
    X(USAGE, "usagetype")                                                                          \
    X(GROUP, "group")                                                                              \
    X(MODEL, "model")                                                                              \
    X(INFERENCE, "inferencetype")                                                                  \
    X(FEATURE, "feature")                                                                          \
    X(TRANSFER_TYPE, "transfertype")                                                               \
    X(TO_LOCATION, "tolocation")                                                                   \
    X(FROM_REGION, "fromregioncode")                                                               \
    X(TO_REGION, "toregioncode")                                                                   \
    X(FILE_SYSTEM, "filesystemtype")                                                               \
    X(STORAGE_TYPE, "storagetype")                                                                 \
    X(THROUGHPUT, "throughputcapacity")

enum aws_attribute {
#define X(id, name) AWS_##id,
    AWS_ATTRIBUTES(X)
#undef X
        AWS_N_ATTRIBUTES
};

_Static_assert(AWS_N_ATTRIBUTES <= 32, "a bit each");

/** An attribute by its name in either format; -1: another one. */
int aws_attribute(struct bytes name);

/** What a product's rates become. */
struct aws_target {
    enum offer_kind kind;
    enum price_option option; /* its on-demand terms */
    enum price_unit unit;
    const char *sku, *region, *alias;
    int64_t above, included;      /* as in a book; IOPS of a volume */
    struct storage_terms storage; /* of a GB-month */
    enum fargate_part fargate;    /* not FARGATE_NONE: sku is the family, the rate a part of it */
};

/** @param values  [AWS_N_ATTRIBUTES] empty where the product has none
 *  @return NULL and *out, which lives in the import's arena, or the reason to skip the product */
const char *aws_product(struct import *import, const struct bytes *values, struct aws_target *out);

/** What of S3, EC2 beside instances, FSx and data transfer a book holds; as aws_product. */
const char *aws_object_product(const struct bytes *values, struct aws_target *out);
const char *aws_volume_product(const struct bytes *values, struct aws_target *out);
const char *aws_file_system_product(struct import *import, const struct bytes *values,
                                    struct aws_target *out);
const char *aws_transfer_product(struct import *import, const struct bytes *values,
                                 struct aws_target *out);

/** How many of the list's units make one of the book's: "1K tokens" 1000; or how many of the book's
 * one of the list's, as a negative number: "GiBps-mo" -1024. 0: the unit does not fit the target.
 */
int64_t aws_unit_factor(const struct aws_target *target, struct bytes unit);
/** A rate of the list's unit in the book's. */
bool aws_parse_rate(const struct import *import, struct bytes text, int64_t factor,
                    struct json_place place, usd_pico *out, struct err *err);
/** "Hrs", "Request": for the hint. */
const char *aws_units_of(const struct aws_target *target);

/** 1 or 3 of "1yr" and "3yr"; 0: another. */
int aws_term_years(struct bytes lease);
/** Of "No Upfront" and so on. */
bool aws_payment(struct bytes purchase, enum payment *out);

/** Units that a price is for, as the list writes them; empty: not told. */
struct aws_range {
    struct bytes start, end; /* "0", "51200"; "Inf" */
};

/** An on-demand price becomes a rate; of functions, transfer and storage also the volume tiers,
 * which start above zero. Transfer that costs nothing is skipped. */
bool aws_take_on_demand(struct import *import, const struct aws_target *target,
                        struct aws_range range, int64_t factor, usd_pico rate,
                        struct json_place place, struct err *err);

/** One reserved term of one product, gathered over its price dimensions. */
struct aws_term {
    struct bytes lease, purchase, class; /* "1yr", "No Upfront", "standard" */
    usd_pico upfront, recurring;         /* USD at purchase, USD per hour; 0 while not told */
    struct json_place place;             /* of the recurring price, else of the upfront fee */
    struct json_place upfront_place, recurring_place; /* line 0: not told */
};

/** The fee at purchase, or the hourly price: each stands in a term once. The same one again is
 * skipped. False, *err set at `place`: another one, which no sum or choice of the two would mend.
 */
bool aws_add_to_term(struct import *import, const struct aws_target *target, struct aws_term *term,
                     bool upfront, usd_pico usd, struct json_place place, struct err *err);

/** The term becomes a rate, or is skipped. */
bool aws_take_term(struct import *import, const struct aws_target *target,
                   const struct aws_term *term, struct err *err);

#endif
