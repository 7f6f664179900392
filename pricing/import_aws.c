/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/import_aws.h"

#include <ctype.h>
#include <string.h>

/* ---- attributes ---- */

enum { ATTRIBUTE_NAME_MAX = 24 };

/* Called for every attribute of every product of a list: no ctype, and lengths before letters. */
int aws_attribute(struct bytes name) {
    static const struct bytes names[] = {
#define X(id, name) {name, sizeof name - 1},
        AWS_ATTRIBUTES(X)
#undef X
    };
    char plain[ATTRIBUTE_NAME_MAX];
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char small = (char)(name.data[i] | 0x20);
        if (small < 'a' || small > 'z')
            continue;
        if (n == sizeof plain)
            return -1;
        plain[n++] = small;
    }
    for (int i = 0; i < AWS_N_ATTRIBUTES; i++)
        if (names[i].n == n && memcmp(names[i].data, plain, n) == 0)
            return i;
    return -1;
}

/* An attribute that may be missing, but if it is there must be this. */
static bool other_than(struct bytes value, const char *wanted) {
    return value.n > 0 && !bytes_are(value, wanted);
}

static const char *copy(struct import *import, struct bytes text) {
    return arena_strndup(import->arena, text.data, text.n);
}

/* ---- products ---- */

/* BoxUsage is an instance hour; reservations, hosts and unused capacity have other usage types. */
static const char *instance_product(struct import *import, const struct bytes *v,
                                    struct aws_target *out) {
    if (other_than(v[AWS_SYSTEM], "Linux"))
        return "operating system other than Linux";
    if (other_than(v[AWS_TENANCY], "Shared"))
        return "tenancy other than shared";
    if (other_than(v[AWS_SOFTWARE], "NA"))
        return "with paid software installed";
    if (other_than(v[AWS_CAPACITY], "Used"))
        return "unused or reserved capacity";
    if (other_than(v[AWS_MARKET], "OnDemand"))
        return "capacity blocks, whose prices are in describe-capacity-block-offerings";
    if (other_than(v[AWS_OPERATION], "RunInstances"))
        return "operation other than RunInstances";
    if (v[AWS_USAGE].n > 0 && !import_bytes_have(v[AWS_USAGE], "BoxUsage"))
        return "usage other than instance hours";
    if (v[AWS_INSTANCE_TYPE].n == 0)
        return "without an instance type";
    *out = (struct aws_target){.kind = OFFER_INSTANCE, .option = PRICE_ON_DEMAND, .unit = PER_HOUR};
    out->sku = copy(import, v[AWS_INSTANCE_TYPE]);
    return NULL;
}

/* USE1-Host:ml.g5.xlarge is an hour of a real-time endpoint's instance. */
static const char *endpoint_product(struct import *import, const struct bytes *v,
                                    struct aws_target *out) {
    struct bytes usage = v[AWS_USAGE];
    const char *type = usage.n ? memmem(usage.data, usage.n, "Host:ml.", 8) : NULL;
    if (!type || (type > usage.data && type[-1] != '-'))
        return "SageMaker's charges other than hosting";
    type += 5; /* "Host:" */
    *out = (struct aws_target){.kind = OFFER_INSTANCE, .option = PRICE_ON_DEMAND, .unit = PER_HOUR};
    out->sku = copy(import, (struct bytes){type, (size_t)(usage.data + usage.n - type)});
    return NULL;
}

static const char *function_product(const struct bytes *v, struct aws_target *out) {
    static const struct {
        const char *group, *sku;
        enum price_option option;
        enum price_unit unit;
    } groups[] = {
        {"AWS-Lambda-Duration", "lambda-x86", PRICE_ON_DEMAND, PER_GB_SECOND},
        {"AWS-Lambda-Duration-ARM", "lambda-arm64", PRICE_ON_DEMAND, PER_GB_SECOND},
        {"AWS-Lambda-Requests", "lambda-x86", PRICE_ON_DEMAND, PER_MILLION_REQUESTS},
        {"AWS-Lambda-Requests-ARM", "lambda-arm64", PRICE_ON_DEMAND, PER_MILLION_REQUESTS},
        {"AWS-Lambda-Duration-Provisioned", "lambda-x86", PRICE_PROVISIONED, PER_GB_SECOND},
        {"AWS-Lambda-Duration-Provisioned-ARM", "lambda-arm64", PRICE_PROVISIONED, PER_GB_SECOND},
        {"AWS-Lambda-Provisioned-Concurrency", "lambda-x86", PRICE_PROVISIONED, PER_GB_SECOND_HELD},
        {"AWS-Lambda-Provisioned-Concurrency-ARM", "lambda-arm64", PRICE_PROVISIONED,
         PER_GB_SECOND_HELD},
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (!bytes_are(v[AWS_GROUP], groups[i].group))
            continue;
        *out = (struct aws_target){.kind = OFFER_FUNCTION,
                                   .option = groups[i].option,
                                   .unit = groups[i].unit,
                                   .sku = groups[i].sku};
        out->alias = strcmp(out->sku, "lambda-x86") == 0 ? "lambda/x86" : "lambda/arm64";
        return NULL;
    }
    return "Lambda charges other than duration and requests";
}

/* The list names models for people ("Llama 3.1 8B Instruct"); the book's short names are
 * bedrock/llama-3.1-8b-instruct. Where the base book knows the short name, its SKU is used. */
static void name_model(struct import *import, struct bytes model, struct aws_target *out) {
    struct text name = {.arena = import->arena};
    text_append_string(&name, "bedrock/");
    for (size_t i = 0; i < model.n; i++) {
        unsigned char c = (unsigned char)model.data[i];
        char plain = isalnum(c) ? (char)tolower(c) : c == '.' || c == ':' ? (char)c : '-';
        if (plain != '-' || name.data[name.n - 1] != '-')
            text_append(&name, &plain, 1);
    }
    const char *sku =
        import->request->base ? price_book_sku(import->request->base, bytes_of(name.data)) : NULL;
    out->sku = sku ? sku : name.data;
    out->alias = sku && strcmp(sku, name.data) != 0 ? name.data : NULL;
}

static const char *token_product(struct import *import, const struct bytes *v,
                                 struct aws_target *out) {
    static const struct {
        const char *feature, *inference;
        enum price_option option;
        enum price_unit unit;
    } meters[] = {
        {"On-demand Inference", "Input tokens", PRICE_ON_DEMAND, PER_MILLION_INPUT_TOKENS},
        {"On-demand Inference", "Output tokens", PRICE_ON_DEMAND, PER_MILLION_OUTPUT_TOKENS},
        {"On-demand Inference", "Prompt cache read input tokens", PRICE_ON_DEMAND,
         PER_MILLION_CACHED_TOKENS},
        {"On-demand Inference", "Input tokens flex", PRICE_FLEX, PER_MILLION_INPUT_TOKENS},
        {"On-demand Inference", "Output tokens flex", PRICE_FLEX, PER_MILLION_OUTPUT_TOKENS},
        {"On-demand Inference", "Input tokens priority", PRICE_PRIORITY, PER_MILLION_INPUT_TOKENS},
        {"On-demand Inference", "Output tokens priority", PRICE_PRIORITY,
         PER_MILLION_OUTPUT_TOKENS},
        {"Batch Inference", "Input tokens", PRICE_BATCH, PER_MILLION_INPUT_TOKENS},
        {"Batch Inference", "Output tokens", PRICE_BATCH, PER_MILLION_OUTPUT_TOKENS},
    };
    if (v[AWS_MODEL].n == 0)
        return "Bedrock charges without a model";
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++) {
        if (!bytes_are(v[AWS_FEATURE], meters[i].feature) ||
            !bytes_are(v[AWS_INFERENCE], meters[i].inference))
            continue;
        *out = (struct aws_target){
            .kind = OFFER_TOKEN_API, .option = meters[i].option, .unit = meters[i].unit};
        name_model(import, v[AWS_MODEL], out);
        return NULL;
    }
    return "Bedrock charges other than tokens in and out";
}

static const char *fargate_product(const struct bytes *v, struct aws_target *out) {
    const char *family = "";
    *out = (struct aws_target){.kind = OFFER_INSTANCE, .option = PRICE_ON_DEMAND, .unit = PER_HOUR};
    out->fargate = fargate_part_of(v[AWS_USAGE], &family);
    out->sku = family;
    return out->fargate == FARGATE_NONE ? "ECS and EKS other than Fargate's vCPUs and memory, Linux"
                                        : NULL;
}

static const char *ec2_product(struct import *import, const struct bytes *v,
                               struct aws_target *out) {
    struct bytes family = v[AWS_PRODUCT_FAMILY];
    return import_bytes_begin(family, "Compute Instance") ? instance_product(import, v, out)
                                                          : aws_volume_product(v, out);
}

const char *aws_product(struct import *import, const struct bytes *v, struct aws_target *out) {
    struct bytes region = v[AWS_REGION].n > 0 ? v[AWS_REGION] : v[AWS_FROM_REGION];
    if (!import_wants_region(import, region))
        return "another region";
    if (region.n == 0)
        return "without a region code";
    if (other_than(v[AWS_LOCATION_TYPE], "AWS Region"))
        return "local and Wavelength zones";
    const char *reason;
    if (bytes_are(v[AWS_SERVICE], "AmazonEC2"))
        reason = ec2_product(import, v, out);
    else if (bytes_are(v[AWS_SERVICE], "AmazonSageMaker"))
        reason = endpoint_product(import, v, out);
    else if (bytes_are(v[AWS_SERVICE], "AWSLambda"))
        reason = function_product(v, out);
    else if (import_bytes_begin(v[AWS_SERVICE], "AmazonBedrock"))
        reason = token_product(import, v, out);
    else if (import_bytes_begin(v[AWS_SERVICE], "AmazonS3"))
        reason = aws_object_product(v, out);
    else if (bytes_are(v[AWS_SERVICE], "AWSDataTransfer"))
        reason = aws_transfer_product(import, v, out);
    else if (bytes_are(v[AWS_SERVICE], "AmazonECS") || bytes_are(v[AWS_SERVICE], "AmazonEKS"))
        reason = fargate_product(v, out);
    else if (bytes_are(v[AWS_SERVICE], "AmazonFSx"))
        reason = aws_file_system_product(import, v, out);
    else
        reason = "services that no book has";
    if (!reason && !import_is_region(region))
        reason = "local and Wavelength zones";
    if (!reason)
        out->region = copy(import, region);
    return reason;
}

/* ---- units ---- */

static const struct {
    enum price_unit unit;
    const char *name;
    int64_t factor; /* how many make one of the book's */
} units[] = {
    {PER_HOUR, "Hrs", 1},
    {PER_HOUR, "Hours", 1},
    {PER_HOUR, "hours", 1},
    {PER_GB_SECOND, "Lambda-GB-Second", 1},
    {PER_GB_SECOND, "Second", 1},
    {PER_GB_SECOND_HELD, "Lambda-GB-Second", 1},
    {PER_GB_SECOND_HELD, "Second", 1},
    {PER_GB_SECOND_PROVISIONED, "Lambda-GB-Second", 1},
    {PER_GB_SECOND_PROVISIONED, "Second", 1},
    {PER_MILLION_REQUESTS, "Request", 1000000},
    {PER_MILLION_REQUESTS, "Requests", 1000000},
    {PER_MILLION_INPUT_TOKENS, "1K tokens", 1000},
    {PER_MILLION_INPUT_TOKENS, "1M tokens", 1},
    {PER_MILLION_OUTPUT_TOKENS, "1K tokens", 1000},
    {PER_MILLION_OUTPUT_TOKENS, "1M tokens", 1},
    {PER_MILLION_CACHED_TOKENS, "1K tokens", 1000},
    {PER_MILLION_CACHED_TOKENS, "1M tokens", 1},
    {PER_GB, "GB", 1},
    {PER_GB_MONTH, "GB-Mo", 1},
    {PER_GB_MONTH, "GB-month", 1},
    {PER_GB_MONTH_30, "GB-Mo", 1},
    {PER_GB_MONTH_90, "GB-Mo", 1},
    {PER_THOUSAND_OBJECTS, "Objects", 1000},
    {PER_GB_READ, "GB", 1},
    {PER_THOUSAND_READS, "Requests", 1000},
    {PER_THOUSAND_WRITES, "Requests", 1000},
    {PER_IOPS_MONTH, "IOPS-Mo", 1},
    {PER_MBPS_MONTH, "GiBps-mo", -1024},
    {PER_MBPS_MONTH, "MiBps-Mo", 1},
};
enum { N_UNITS = sizeof units / sizeof *units };

const char *aws_units_of(const struct aws_target *target) {
    for (int i = 0; i < N_UNITS; i++)
        if (units[i].unit == target->unit)
            return units[i].name;
    return "another one";
}

int64_t aws_unit_factor(const struct aws_target *target, struct bytes unit) {
    for (int i = 0; i < N_UNITS; i++)
        if (units[i].unit == target->unit && bytes_are(unit, units[i].name))
            return units[i].factor;
    return 0;
}

bool aws_parse_rate(const struct import *import, struct bytes text, int64_t factor,
                    struct json_place place, usd_pico *out, struct err *err) {
    if (!import_parse_rate(import, text, factor > 0 ? factor : 1, place, out, err))
        return false;
    if (factor < 0)
        *out = money_scale_rate(*out, 1, -factor);
    return true;
}

/* ---- terms ---- */

int aws_term_years(struct bytes lease) {
    bool one = bytes_are(lease, "1yr") || bytes_are(lease, "1 yr");
    return one ? 1 : bytes_are(lease, "3yr") || bytes_are(lease, "3 yr") ? 3 : 0;
}

bool aws_payment(struct bytes purchase, enum payment *out) {
    static const char *const words[] = {"No Upfront", "Partial Upfront", "All Upfront"};
    for (int i = 0; i < 3; i++) {
        if (!bytes_are(purchase, words[i]))
            continue;
        *out = (enum payment)i;
        return true;
    }
    return false;
}

static struct price price_of(const struct aws_target *target, usd_pico rate) {
    return (struct price){.kind = target->kind,
                          .sku = target->sku,
                          .region = target->region,
                          .alias = target->alias,
                          .option = target->option,
                          .unit = target->unit,
                          .above = target->above,
                          .included = target->included,
                          .storage = target->storage,
                          .rate = rate};
}

/* A bound of a tier, in the list's units; false: no whole number of 0 or more. */
static bool parse_bound(struct bytes text, int64_t *out) {
    return text.n == 0 || (text_parse_int64(text, out) && *out >= 0);
}

bool aws_take_on_demand(struct import *import, const struct aws_target *target,
                        struct aws_range range, int64_t factor, usd_pico rate,
                        struct json_place place, struct err *err) {
    struct price price = price_of(target, rate);
    struct bytes end_word = bytes_are(range.end, "Inf") ? (struct bytes){"", 0} : range.end;
    int64_t begin = 0, end = -1;
    if (!parse_bound(range.start, &begin))
        return import_fail(import, place, err, "a tier from '%.*s' on",
                           (int)(range.start.n < 40 ? range.start.n : 40), range.start.data);
    if (target->fargate != FARGATE_NONE)
        return import_keep_fargate(import, target->fargate, &price, place, err);
    bool tiered = target->option == PRICE_ON_DEMAND &&
                  (target->kind == OFFER_FUNCTION || target->kind == OFFER_TRANSFER ||
                   (target->kind == OFFER_STORAGE && target->unit == PER_GB_MONTH));
    if (begin > 0 && !tiered) {
        import_skip(import, "tiers after the first");
        return true;
    }
    if (tiered && !parse_bound(end_word, &end))
        return import_fail(import, place, err, "a tier up to '%.*s'",
                           (int)(end_word.n < 40 ? end_word.n : 40), end_word.data);
    if (target->kind == OFFER_TRANSFER && rate == 0) {
        import_skip(import, "transfer that costs nothing");
        return true;
    }
    price.above += factor > 0 ? begin / factor : begin;
    if (price.above > 0)
        price.storage = (struct storage_terms){0};
    return import_take(import, &price, place, err) &&
           (end < 0 || import_end_tier(import, factor > 0 ? end / factor : end));
}

bool aws_add_to_term(struct import *import, const struct aws_target *target, struct aws_term *term,
                     bool upfront, usd_pico usd, struct json_place place, struct err *err) {
    usd_pico *known = upfront ? &term->upfront : &term->recurring;
    struct json_place *first = upfront ? &term->upfront_place : &term->recurring_place;
    if (first->line == 0) {
        *known = usd;
        *first = place;
        if (!upfront || term->place.line == 0)
            term->place = place;
        return true;
    }
    if (*known == usd) {
        import_skip(import, "the same price again");
        return true;
    }
    import_fail(import, place, err, "a second %s of one reserved term of %s in %s",
                upfront ? "fee" : "hourly price", target->sku, target->region);
    err_hint(err, "line %d has the first; keep one of them", first->line);
    return false;
}

/* A payment is a fee, an hourly rate, or both: a partial upfront with one of them only, all upfront
 * without its fee and no upfront without its rate are what is left of an offer. Of what has neither
 * the price of zero is told. */
static bool half_an_offer(const struct aws_term *term, enum payment payment) {
    bool fee = term->upfront > 0, hourly = term->recurring > 0;
    bool whole = (fee || payment == PAY_NO_UPFRONT) && (hourly || payment == PAY_ALL_UPFRONT);
    return (fee || hourly) && !whole;
}

/* The book's rate of a commitment is everything paid over its hours. */
bool aws_take_term(struct import *import, const struct aws_target *target,
                   const struct aws_term *term, struct err *err) {
    struct price price = price_of(target, term->recurring);
    bool standard = bytes_are(term->class, "standard");
    price.term_years = aws_term_years(term->lease);
    if ((!standard && !bytes_are(term->class, "convertible")) || price.term_years == 0 ||
        target->kind != OFFER_INSTANCE || target->fargate != FARGATE_NONE ||
        !aws_payment(term->purchase, &price.payment)) {
        import_skip(import, "reserved terms of other lengths, payments or classes");
        return true;
    }
    if (half_an_offer(term, price.payment)) {
        import_skip_example(
            import, "half an offer: reserved terms without their fee or hourly rate",
            arena_printf(import->arena, "%s in %s, %d-year %s, line %d", price.sku, price.region,
                         price.term_years, payment_word(price.payment), term->place.line));
        return true;
    }
    price.option = standard ? PRICE_RESERVED_STANDARD : PRICE_RESERVED_CONVERTIBLE;
    price.rate += money_scale_rate(term->upfront, 1, HOURS_PER_TERM_YEAR * price.term_years);
    if (price.payment == PAY_PARTIAL_UPFRONT)
        price.upfront = term->upfront;
    return import_take(import, &price, term->place, err);
}
