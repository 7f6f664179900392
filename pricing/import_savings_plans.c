/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates of savings plans, from two files:
 *
 *    the bulk list      products[].sku, productFamily, attributes.purchaseOption, purchaseTerm
 *                       terms.savingsPlan[].sku, rates[].discountedUsageType, discountedOperation,
 *                       discountedServiceCode, unit, discountedRate.price, discountedRate.currency,
 *                       discountedRegionCode, discountedInstanceType
 *    offering rates     searchResults[].rate, unit, serviceCode, usageType, operation,
 *                       savingsPlanOffering.planType, paymentOption, durationSeconds, currency,
 *                       properties[].name, value
 *
 *  Both fill one struct for each rate, which is taken at its closing bracket. A rate is per hour
 * and the same at every payment's fee: what is paid upfront is in it. Compute and EC2 Instance
 * plans are read for Linux instances, Compute plans for Fargate and for the duration of functions
 * and their provisioned copies, SageMaker plans for its endpoints' instances. */
#include <string.h>

#include "pricing/import_aws.h"

#define SECONDS_PER_YEAR (HOURS_PER_TERM_YEAR * 3600LL)

/* What is said of one rate; the names are the keys of the two files. */
#define FIELDS(X)                                                                                  \
    X(SERVICE, "discountedServiceCode", "serviceCode")                                             \
    X(USAGE, "discountedUsageType", "usageType")                                                   \
    X(OPERATION, "discountedOperation", "operation")                                               \
    X(UNIT, "unit", "unit")                                                                        \
    X(PRICE, "price", "rate")                                                                      \
    X(CURRENCY, "currency", "currency")                                                            \
    X(REGION, "discountedRegionCode", "region")                                                    \
    X(INSTANCE_TYPE, "discountedInstanceType", "instanceType")                                     \
    X(PLAN, "", "planType")                                                                        \
    X(PAYMENT, "", "paymentOption")                                                                \
    X(DURATION, "", "durationSeconds")                                                             \
    X(PRODUCT, "", "productDescription")                                                           \
    X(TENANCY, "", "tenancy")

enum field {
#define X(id, bulk, offering) FIELD_##id,
    FIELDS(X)
#undef X
        N_FIELDS
};

struct plan {
    bool wanted; /* of Compute, EC2 Instance or SageMaker, for 1 or 3 years */
    enum price_option option;
    int term_years;
    enum payment payment;
};

struct reading {
    struct import *import;
    bool bulk, any_products;
    struct import_value values[N_FIELDS];
    struct json_place places[N_FIELDS], start; /* start: of the rate */
    struct import_value property;              /* name of the property that is being read */
    struct import_value property_value;

    /* the bulk list */
    struct import_value sku, family, payment, term;
    struct import_index skus;
    int n_plans, capacity;
    struct plan *plans;
    const struct plan *plan; /* of the present rates; NULL: one that no product names */
};

static struct bytes value(const struct reading *r, enum field field) {
    return import_value_bytes(&r->values[field]);
}

/* ---- one rate ---- */

static void start_rate(struct reading *r, struct json_place place) {
    r->start = place;
    for (int f = 0; f < N_FIELDS; f++) {
        r->values[f].n = 0;
        r->places[f] = place;
    }
}

static void keep_field(struct reading *r, const struct json_stream *at, struct bytes key,
                       struct bytes text) {
    static const char *const names[2][N_FIELDS] = {{
#define X(id, bulk, offering) offering,
                                                       FIELDS(X)
#undef X
                                                   },
                                                   {
#define X(id, bulk, offering) bulk,
                                                       FIELDS(X)
#undef X
                                                   }};
    for (int f = 0; f < N_FIELDS; f++) {
        if (!names[r->bulk][f][0] || !bytes_are(key, names[r->bulk][f]))
            continue;
        import_keep(&r->values[f], text);
        r->places[f] = json_stream_place(at);
    }
}

/* m5.xlarge of USW2-BoxUsage:m5.xlarge, where the file does not tell the type apart. */
static struct bytes type_of_usage(struct bytes usage) {
    const char *colon = usage.n ? memchr(usage.data, ':', usage.n) : NULL;
    if (!colon)
        return (struct bytes){"", 0};
    size_t n = (size_t)(colon + 1 - usage.data);
    return (struct bytes){usage.data + n, usage.n - n};
}

static const char *instance_rate(const struct reading *r, struct aws_target *out,
                                 struct bytes *sku) {
    out->unit = PER_HOUR;
    if (!import_bytes_have(value(r, FIELD_USAGE), "BoxUsage"))
        return "usage other than instance hours";
    struct bytes product = value(r, FIELD_PRODUCT), tenancy = value(r, FIELD_TENANCY);
    if (!bytes_are(value(r, FIELD_OPERATION), "RunInstances") ||
        (product.n > 0 && !bytes_are(product, "Linux/UNIX")))
        return "operating system other than Linux";
    if (tenancy.n > 0 && !bytes_are(tenancy, "shared"))
        return "tenancy other than shared";
    struct bytes type = value(r, FIELD_INSTANCE_TYPE);
    *sku = type.n > 0 ? type : type_of_usage(value(r, FIELD_USAGE));
    return NULL;
}

static const char *endpoint_rate(const struct reading *r, struct aws_target *out,
                                 struct bytes *sku) {
    out->unit = PER_HOUR;
    if (!import_bytes_have(value(r, FIELD_USAGE), "Host:ml."))
        return "SageMaker's charges other than hosting";
    *sku = type_of_usage(value(r, FIELD_USAGE));
    return NULL;
}

static const char *function_rate(const struct reading *r, struct aws_target *out,
                                 struct bytes *sku) {
    static const struct {
        const char *end, *sku;
        enum price_unit unit;
    } meters[] = {
        {"Lambda-GB-Second", "lambda-x86", PER_GB_SECOND},
        {"Lambda-GB-Second-ARM", "lambda-arm64", PER_GB_SECOND},
        {"Lambda-Provisioned-GB-Second", "lambda-x86", PER_GB_SECOND_PROVISIONED},
        {"Lambda-Provisioned-GB-Second-ARM", "lambda-arm64", PER_GB_SECOND_PROVISIONED},
        {"Lambda-Provisioned-Concurrency", "lambda-x86", PER_GB_SECOND_HELD},
        {"Lambda-Provisioned-Concurrency-ARM", "lambda-arm64", PER_GB_SECOND_HELD},
    };
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++) {
        if (!import_usage_ends(value(r, FIELD_USAGE), meters[i].end))
            continue;
        out->unit = meters[i].unit;
        *sku = bytes_of(meters[i].sku);
        return NULL;
    }
    return "Lambda charges other than duration and provisioned copies";
}

static const char *task_rate(const struct reading *r, struct aws_target *out, struct bytes *sku) {
    const char *family = "";
    out->unit = PER_HOUR;
    out->fargate = fargate_part_of(value(r, FIELD_USAGE), &family);
    *sku = bytes_of(family);
    return out->fargate == FARGATE_NONE ? "ECS and EKS other than Fargate's vCPUs and memory, Linux"
                                        : NULL;
}

/* What the rate is of: its SKU, kind and unit in *out; or why it is none of a book. */
static const char *target_of(const struct reading *r, const struct plan *plan,
                             struct aws_target *out, struct bytes *sku) {
    static const struct {
        const char *service;
        enum offer_kind kind;
        bool plans[3]; /* EC2 Instance, Compute, SageMaker */
        const char *(*rate)(const struct reading *r, struct aws_target *out, struct bytes *sku);
    } services[] = {
        {"AmazonEC2", OFFER_INSTANCE, {true, true, false}, instance_rate},
        {"AWSLambda", OFFER_FUNCTION, {false, true, false}, function_rate},
        {"AmazonSageMaker", OFFER_INSTANCE, {false, false, true}, endpoint_rate},
        {"AmazonECS", OFFER_INSTANCE, {false, true, false}, task_rate},
        {"AmazonEKS", OFFER_INSTANCE, {false, true, false}, task_rate},
    };
    enum { N_SERVICES = sizeof services / sizeof *services };
    struct bytes region = value(r, FIELD_REGION), service = value(r, FIELD_SERVICE);
    if (!import_wants_region(r->import, region))
        return "another region";
    size_t s = 0;
    while (s < N_SERVICES && !bytes_are(service, services[s].service))
        s++;
    if (s == N_SERVICES)
        return "services other than EC2, Fargate, Lambda and SageMaker";
    if (!plan->wanted || !services[s].plans[plan->option - PRICE_PLAN_EC2])
        return "plans of other kinds or lengths";
    *out = (struct aws_target){.kind = services[s].kind};
    const char *reason = services[s].rate(r, out, sku);
    if (reason)
        return reason;
    if (region.n == 0)
        return "without a region code";
    return import_is_region(region) ? NULL : "local and Wavelength zones";
}

static bool take_rate(struct reading *r, const struct plan *plan, struct err *err) {
    struct aws_target target;
    struct bytes sku, unit = value(r, FIELD_UNIT), region = value(r, FIELD_REGION);
    r->import->n_records++;
    const char *reason = target_of(r, plan, &target, &sku);
    if (reason) {
        import_skip(r->import, reason);
        return true;
    }
    if (aws_unit_factor(&target, unit) != 1) {
        import_fail(r->import, r->places[FIELD_UNIT], err, "unit '%.*s' of %.*s", (int)unit.n,
                    unit.data, (int)sku.n, sku.data);
        err_hint(err, "it should be %s", aws_units_of(&target));
        return false;
    }
    struct arena *arena = r->import->arena;
    struct price price = {.kind = target.kind,
                          .sku = arena_strndup(arena, sku.data, sku.n),
                          .region = arena_strndup(arena, region.data, region.n),
                          .option = plan->option,
                          .term_years = plan->term_years,
                          .payment = plan->payment,
                          .unit = target.unit};
    struct json_place place = r->places[FIELD_PRICE];
    if (!import_check_currency(r->import, value(r, FIELD_CURRENCY), place, err) ||
        !import_parse_rate(r->import, value(r, FIELD_PRICE), 1, place, &price.rate, err))
        return false;
    return target.fargate == FARGATE_NONE
               ? import_take(r->import, &price, place, err)
               : import_keep_fargate(r->import, target.fargate, &price, place, err);
}

/* By its name in the file; false: another kind. */
static bool plan_option(struct bytes name, enum price_option *out) {
    static const struct {
        const char *bulk, *offering;
        enum price_option option;
    } plans[] = {{"ComputeSavingsPlans", "Compute", PRICE_PLAN_COMPUTE},
                 {"EC2InstanceSavingsPlans", "EC2Instance", PRICE_PLAN_EC2},
                 {"MachineLearningSavingsPlans", "SageMaker", PRICE_PLAN_SAGEMAKER}};
    for (int i = 0; i < 3; i++) {
        if (!bytes_are(name, plans[i].bulk) && !bytes_are(name, plans[i].offering))
            continue;
        *out = plans[i].option;
        return true;
    }
    return false;
}

/* ---- the bulk list ---- */

enum { BULK_PRODUCT = 3, BULK_ATTRIBUTE = 4, BULK_PLAN = 4, BULK_RATE = 6, BULK_PRICE = 7 };

static void end_product(struct reading *r) {
    struct arena *arena = r->import->arena;
    struct plan plan = {.option = PRICE_PLAN_EC2};
    plan.term_years = aws_term_years(import_value_bytes(&r->term));
    plan.wanted = plan_option(import_value_bytes(&r->family), &plan.option) &&
                  plan.term_years > 0 &&
                  aws_payment(import_value_bytes(&r->payment), &plan.payment);
    if (!import_index_add(&r->skus, import_value_bytes(&r->sku), r->n_plans))
        return;
    if (r->n_plans == r->capacity) {
        size_t old = (size_t)r->capacity, more = old ? 2 * old : 256;
        r->plans = arena_grow(arena, r->plans, old, more, sizeof *r->plans);
        r->capacity = (int)more;
    }
    r->plans[r->n_plans++] = plan;
}

static void on_product(struct reading *r, const struct json_stream *at, enum json_event event,
                       struct bytes text) {
    int depth = json_stream_depth(at);
    if (event == JSON_OBJECT && depth == BULK_PRODUCT) {
        r->any_products = true;
        r->sku.n = r->family.n = r->payment.n = r->term.n = 0;
    } else if (event == JSON_OBJECT_END && depth == BULK_PRODUCT - 1) {
        end_product(r);
    } else if (event == JSON_TEXT && (depth == BULK_PRODUCT || depth == BULK_ATTRIBUTE)) {
        static const char *const names[] = {"sku", "productFamily", "purchaseOption",
                                            "purchaseTerm"};
        struct import_value *const places[] = {&r->sku, &r->family, &r->payment, &r->term};
        for (int i = 0; i < 4; i++)
            if (bytes_are(json_stream_key(at, depth - 1), names[i]))
                import_keep(places[i], text);
    }
}

static bool on_plan(struct reading *r, const struct json_stream *at, enum json_event event,
                    struct bytes text, struct err *err) {
    static const struct plan unnamed = {.option = PRICE_PLAN_EC2};
    int depth = json_stream_depth(at);
    if (event == JSON_TEXT && depth == BULK_PLAN &&
        bytes_are(json_stream_key(at, depth - 1), "sku")) {
        int found = import_index_find(&r->skus, text);
        r->plan = found < 0 ? NULL : &r->plans[found];
    }
    if (depth < BULK_RATE - 1 || !bytes_are(json_stream_key(at, BULK_PLAN - 1), "rates"))
        return true;
    if (event == JSON_OBJECT && depth == BULK_RATE)
        start_rate(r, json_stream_place(at));
    else if (event == JSON_OBJECT_END && depth == BULK_RATE - 1)
        return take_rate(r, r->plan ? r->plan : &unnamed, err);
    else if (event == JSON_TEXT && (depth == BULK_RATE || depth == BULK_PRICE))
        keep_field(r, at, json_stream_key(at, depth - 1), text);
    return true;
}

static bool on_bulk(void *context, const struct json_stream *at, enum json_event event,
                    struct bytes text, struct err *err) {
    struct reading *r = context;
    int depth = json_stream_depth(at);
    if (depth == 0)
        return true;
    struct bytes section = json_stream_key(at, 0);
    if (depth == 1 && event == JSON_TEXT && bytes_are(section, "publicationDate"))
        import_set_day(r->import, text);
    if (depth == 1 && event == JSON_KEY && bytes_are(section, "terms") && !r->any_products)
        return json_stream_err(at, err, "the terms stand before the products");
    if (depth > 1 && bytes_are(section, "products"))
        on_product(r, at, event, text);
    return depth <= 2 || !bytes_are(section, "terms") || on_plan(r, at, event, text, err);
}

/* ---- offering rates ---- */

enum { OFFER_RATE = 3, OFFER_PLAN = 4, OFFER_PROPERTY = 5 };

static struct plan plan_of(const struct reading *r) {
    struct plan plan = {.option = PRICE_PLAN_EC2};
    int64_t seconds = 0;
    text_parse_int64(value(r, FIELD_DURATION), &seconds);
    plan.term_years = seconds == SECONDS_PER_YEAR ? 1 : seconds == 3 * SECONDS_PER_YEAR ? 3 : 0;
    plan.wanted = plan_option(value(r, FIELD_PLAN), &plan.option) && plan.term_years > 0 &&
                  aws_payment(value(r, FIELD_PAYMENT), &plan.payment);
    return plan;
}

static void on_property(struct reading *r, const struct json_stream *at, enum json_event event,
                        struct bytes text) {
    int depth = json_stream_depth(at);
    if (event == JSON_OBJECT)
        r->property.n = r->property_value.n = 0;
    if (event == JSON_TEXT && depth == OFFER_PROPERTY) {
        bool name = bytes_are(json_stream_key(at, depth - 1), "name");
        import_keep(name ? &r->property : &r->property_value, text);
    }
    if (event == JSON_OBJECT_END)
        keep_field(r, at, import_value_bytes(&r->property), import_value_bytes(&r->property_value));
}

static bool on_offer(void *context, const struct json_stream *at, enum json_event event,
                     struct bytes text, struct err *err) {
    struct reading *r = context;
    int depth = json_stream_depth(at);
    import_see_page(r->import, at, event, text);
    if (depth < OFFER_RATE - 1 || !bytes_are(json_stream_key(at, 0), "searchResults"))
        return true;
    if (event == JSON_OBJECT && depth == OFFER_RATE) {
        start_rate(r, json_stream_place(at));
    } else if (event == JSON_OBJECT_END && depth == OFFER_RATE - 1) {
        struct plan plan = plan_of(r);
        return take_rate(r, &plan, err);
    } else if (depth >= OFFER_PLAN &&
               bytes_are(json_stream_key(at, OFFER_RATE - 1), "properties")) {
        on_property(r, at, event, text);
    } else if ((event == JSON_TEXT || event == JSON_NUMBER) &&
               (depth == OFFER_RATE || depth == OFFER_PLAN)) {
        keep_field(r, at, json_stream_key(at, depth - 1), text);
    }
    return true;
}

static bool read_rates(struct import *import, struct source *source, bool bulk, struct err *err) {
    struct reading *r = arena_new(import->arena, struct reading, 1);
    r->import = import;
    r->bulk = bulk;
    r->skus.arena = import->arena;
    return json_stream_read(import->arena, source, bulk ? on_bulk : on_offer, r, err);
}

bool import_savings_plans(struct import *import, struct source *source, struct err *err) {
    return read_rates(import, source, true, err);
}

bool import_offering_rates(struct import *import, struct source *source, struct err *err) {
    return read_rates(import, source, false, err);
}
