/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass: a row adds to the money, and, if it is time of instances, to its type and to the hours
 * that it covers. Types and hours are found by name in an index; both are sorted at the end. Sums
 * of money carry the digits that addition loses (Neumaier), as a bill has millions of small rows.
 */
#include "pricing/cloud_bill.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/calendar.h"
#include "base/csv.h"
#include "pricing/import_reader.h"

#define NS_PER_HOUR 3600000000000LL
#define ROW_HOURS_MAX (367LL * 24)
#define PERIOD_HOURS_MAX (31LL * 24) /* of a charge that tells the bill's period */
#define HOURS_DUST 1e-9              /* what is left of hours that corrections take back */
#define HOURS_OF_A_ROW_MAX 1e9       /* instance hours; a row of more is a mistake of units */

/* name; '?': may be missing */
#define FOCUS_COLUMNS(X)                                                                           \
    X(START, "ChargePeriodStart")                                                                  \
    X(END, "ChargePeriodEnd")                                                                      \
    X(PERIOD_START, "?BillingPeriodStart")                                                         \
    X(PERIOD_END, "?BillingPeriodEnd")                                                             \
    X(CLASS, "?ChargeClass")                                                                       \
    X(COMMITMENT, "?CommitmentDiscountId")                                                         \
    X(COMMITMENT_CATEGORY, "?CommitmentDiscountCategory")                                          \
    X(BILLED, "BilledCost")                                                                        \
    X(EFFECTIVE, "EffectiveCost")                                                                  \
    X(CURRENCY, "BillingCurrency")                                                                 \
    X(CATEGORY, "ChargeCategory")                                                                  \
    X(PRICING, "?PricingCategory")                                                                 \
    X(STATUS, "?CommitmentDiscountStatus")                                                         \
    X(CAPACITY_STATUS, "?CapacityReservationStatus")                                               \
    X(REGION, "?RegionId")                                                                         \
    X(CONSUMED, "?ConsumedQuantity")                                                               \
    X(CONSUMED_UNIT, "?ConsumedUnit")                                                              \
    X(PRICED, "?PricingQuantity")                                                                  \
    X(PRICED_UNIT, "?PricingUnit")                                                                 \
    X(DETAILS, "?SkuPriceDetails")                                                                 \
    X(USAGE_TYPE, "?x_UsageType")                                                                  \
    X(SKU, "?SkuId")
#define CUR_COLUMNS(X)                                                                             \
    X(START, "line_item_usage_start_date")                                                         \
    X(END, "line_item_usage_end_date")                                                             \
    X(PERIOD_START, "?bill_billing_period_start_date")                                             \
    X(PERIOD_END, "?bill_billing_period_end_date")                                                 \
    X(SP_ARN, "?savings_plan_savings_plan_a_r_n")                                                  \
    X(BILLED, "line_item_unblended_cost")                                                          \
    X(CURRENCY, "line_item_currency_code")                                                         \
    X(TYPE, "line_item_line_item_type")                                                            \
    X(AMOUNT, "line_item_usage_amount")                                                            \
    X(USAGE_TYPE, "line_item_usage_type")                                                          \
    X(PRODUCT, "line_item_product_code")                                                           \
    X(INSTANCE, "?product_instance_type")                                                          \
    X(PRODUCT_MAP, "?product")                                                                     \
    X(REGION, "?product_region_code")                                                              \
    X(RI_EFFECTIVE, "?reservation_effective_cost")                                                 \
    X(RI_ARN, "?reservation_reservation_a_r_n")                                                    \
    X(RI_UNUSED_UPFRONT, "?reservation_unused_amortized_upfront_fee_for_billing_period")           \
    X(RI_UNUSED_HOURLY, "?reservation_unused_recurring_fee")                                       \
    X(SP_EFFECTIVE, "?savings_plan_savings_plan_effective_cost")                                   \
    X(SP_COMMITTED, "?savings_plan_total_commitment_to_date")                                      \
    X(SP_USED, "?savings_plan_used_commitment")

enum {
#define X(id, name) FOCUS_##id,
    FOCUS_COLUMNS(X)
#undef X
        FOCUS_N
};
enum {
#define X(id, name) CUR_##id,
    CUR_COLUMNS(X)
#undef X
        CUR_N
};
enum { COLUMNS_MAX = 32 };

static const char *const focus_names[FOCUS_N] = {
#define X(id, name) name,
    FOCUS_COLUMNS(X)
#undef X
};
static const char *const cur_names[CUR_N] = {
#define X(id, name) name,
    CUR_COLUMNS(X)
#undef X
};

struct sum {
    double total, lost;
};

struct type {
    struct cloud_bill_type row;
    struct sum hours, billed, effective;
};

struct commitment {
    struct cloud_bill_commitment row;
    struct sum hours, effective;
};

struct reading {
    struct arena *arena;
    struct csv_reader *csv;
    struct csv_row row;
    int index[COLUMNS_MAX], n_columns;
    struct cloud_bill bill;
    struct sum billed, effective;
    bool by_day; /* a row of instances covers more than an hour */
    struct import_index type_index, hour_index, commitment_index;
    int n_commitments, commitments_capacity;
    struct commitment *commitments;
    int n_types, types_capacity, n_hours, hours_capacity;
    struct type *types;
    struct cloud_bill_hour *hours;
};

/* What a row says of instances. */
struct instance_time {
    struct bytes instance, region;
    enum cloud_bill_option option;
    double hours;
    int column;      /* of the quantity */
    bool correction; /* may take back what an earlier row has */
    struct bytes commitment;
    enum cloud_bill_commitment_kind kind;
    const char *skip; /* why the row has no time of instances */
};

struct money {
    double billed, effective;
};

/* ---- formats ---- */

enum cloud_bill_format cloud_bill_format_of(struct bytes head) {
    if (import_bytes_begin(head, "PAR1"))
        return CLOUD_BILL_PARQUET;
    const char *end = head.n ? memchr(head.data, '\n', head.n) : NULL;
    struct bytes line = {head.data, end ? (size_t)(end - head.data) : head.n};
    if (import_bytes_have(line, "BilledCost") && import_bytes_have(line, "ChargePeriodStart"))
        return CLOUD_BILL_FOCUS;
    return import_bytes_have(line, "line_item_usage_start_date") ? CLOUD_BILL_CUR : CLOUD_BILL_NONE;
}

void cloud_bill_hint_parquet(struct err *err, const char *file) {
    static const char suffix[] = ".parquet";
    char command[sizeof err->hint];
    const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    size_t stem = strlen(base), n = sizeof suffix - 1;
    if (stem > n && strcmp(base + stem - n, suffix) == 0)
        stem -= n;
    int length =
        snprintf(command, sizeof command, "duckdb -c \"COPY (FROM '%s') TO '%.*s.csv' (HEADER)\"",
                 file, (int)stem, base);
    bool plain = !strpbrk(file, "'\"$`\\!\n") && (size_t)length < sizeof command;
    err_hint(err, "%s",
             plain ? command : "duckdb -c \"COPY (FROM 'bill.parquet') TO 'bill.csv' (HEADER)\"");
}

const char *cloud_bill_format_name(enum cloud_bill_format format) {
    static const char *const names[] = {"no bill", "FOCUS", "AWS CUR 2.0", "Parquet"};
    return names[format];
}

const char *cloud_bill_option_word(enum cloud_bill_option option) {
    static const char *const words[] = {"on_demand", "spot", "committed"};
    return words[option];
}

static bool check_format(const struct reading *r, struct err *err) {
    if (r->bill.format == CLOUD_BILL_FOCUS || r->bill.format == CLOUD_BILL_CUR)
        return true;
    err_at(err, r->bill.name, 1, 1,
           r->bill.format == CLOUD_BILL_PARQUET ? "a Parquet file: bills are read as CSV"
                                                : "this is no bill in FOCUS or CUR 2.0");
    if (r->bill.format == CLOUD_BILL_PARQUET)
        cloud_bill_hint_parquet(err, r->bill.name);
    else
        err_hint(err, "a CSV with BilledCost and ChargePeriodStart, or with "
                      "line_item_usage_start_date");
    return false;
}

/* ---- cells ---- */

static struct bytes cell(const struct reading *r, int column) {
    int i = r->index[column];
    return i < 0 ? (struct bytes){"", 0} : bytes_trim(r->row.fields[i].text);
}

static bool read_number(const struct reading *r, int column, double *out, struct err *err) {
    struct bytes text = cell(r, column);
    *out = 0;
    if (text.n == 0 || (text_parse_double(text, out) && isfinite(*out)))
        return true;
    csv_err(r->csv, &r->row, r->index[column], err, "'%.*s' is not a number",
            (int)(text.n < 40 ? text.n : 40), text.data);
    err_hint(err, "a plain decimal, without signs of money or commas");
    return false;
}

/* FOCUS has a number in every row. */
static bool read_cost(const struct reading *r, int column, double *out, struct err *err) {
    if (cell(r, column).n > 0)
        return read_number(r, column, out, err);
    csv_err(r->csv, &r->row, r->index[column], err, "no cost: FOCUS has a number in every row");
    err_hint(err, "what costs nothing is 0");
    return false;
}

static bool read_hour(const struct reading *r, int column, bool up, int64_t *out, struct err *err) {
    int64_t ns;
    if (!calendar_parse_stamp_ns(cell(r, column), &ns) || ns < 0)
        return csv_err(r->csv, &r->row, r->index[column], err,
                       "expected a time like 2026-07-01T00:00:00Z");
    *out = (ns + (up ? NS_PER_HOUR - 1 : 0)) / NS_PER_HOUR;
    return true;
}

static bool check_currency(const struct reading *r, int column, struct err *err) {
    struct bytes text = cell(r, column);
    if (bytes_are(text, "USD"))
        return true;
    csv_err(r->csv, &r->row, r->index[column], err, "a bill in '%.*s', not in USD",
            (int)(text.n < 20 ? text.n : 20), text.data);
    err_hint(err, "nothing is converted here");
    return false;
}

static void add(struct sum *sum, double value) {
    double total = sum->total + value;
    sum->lost += fabs(sum->total) >= fabs(value) ? (sum->total - total) + value
                                                 : (value - total) + sum->total;
    sum->total = total;
}

/* m5.xlarge of USW2-BoxUsage:m5.xlarge; BoxUsage alone was m1.small. */
static struct bytes type_of_usage(struct bytes usage) {
    const char *colon = usage.n ? memchr(usage.data, ':', usage.n) : NULL;
    bool runs = import_bytes_have(usage, "BoxUsage") || import_bytes_have(usage, "SpotUsage");
    if (!colon || !runs)
        return (struct bytes){"", 0};
    size_t n = (size_t)(colon + 1 - usage.data);
    return (struct bytes){usage.data + n, usage.n - n};
}

/* ---- FOCUS ---- */

/* The value of a text key of the small JSON object in SkuPriceDetails. */
static struct bytes detail(struct bytes details, const char *key) {
    struct bytes none = {"", 0};
    const char *at = details.n ? memmem(details.data, details.n, key, strlen(key)) : NULL;
    if (!at)
        return none;
    const char *end = details.data + details.n, *p = at + strlen(key);
    while (p < end && (*p == ' ' || *p == ':'))
        p++;
    if (p == end || *p != '"')
        return none;
    const char *close = memchr(p + 1, '"', (size_t)(end - p - 1));
    return close ? (struct bytes){p + 1, (size_t)(close - p - 1)} : none;
}

/* m5.large of m5.large, and of us-east-1/m5.large/Instance hours, as pricing/focus.c writes it. */
static struct bytes type_of_sku(struct bytes sku) {
    static const char own[] = "/Instance hours";
    size_t n_own = sizeof own - 1;
    const char *slash = sku.n ? memchr(sku.data, '/', sku.n) : NULL;
    if (slash && sku.n > n_own && memcmp(sku.data + sku.n - n_own, own, n_own) == 0 &&
        slash + 1 < sku.data + sku.n - n_own)
        sku = (struct bytes){slash + 1, (size_t)(sku.data + sku.n - n_own - slash - 1)};
    const char *dot = sku.n ? memchr(sku.data, '.', sku.n) : NULL;
    bool type = dot && dot != sku.data && dot + 1 < sku.data + sku.n &&
                !memchr(sku.data, ' ', sku.n) && !memchr(sku.data, ':', sku.n) &&
                !memchr(sku.data, '/', sku.n);
    return type ? sku : (struct bytes){"", 0};
}

/* 0: no unit of time. Capital letters or not. */
static double hours_per(struct bytes unit) {
    static const struct {
        const char *name;
        double hours;
    } units[] = {
        {"hours", 1},          {"hour", 1},           {"hrs", 1},           {"hr", 1},
        {"instance hours", 1}, {"minutes", 1.0 / 60}, {"minute", 1.0 / 60}, {"seconds", 1.0 / 3600},
        {"second", 1.0 / 3600}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (unit.n == strlen(units[i].name) && strncasecmp(unit.data, units[i].name, unit.n) == 0)
            return units[i].hours;
    return 0;
}

/* What is paid for and not used is no instance. */
static bool is_unused(const struct reading *r) {
    return bytes_are(cell(r, FOCUS_STATUS), "Unused") ||
           bytes_are(cell(r, FOCUS_CAPACITY_STATUS), "Unused");
}

/* Why a row of FOCUS has no time of instances; NULL: it has. */
static const char *focus_skip(const struct reading *r, struct bytes type, double scale) {
    static const char *const categories[][2] = {{"Tax", "tax"},
                                                {"Purchase", "purchases"},
                                                {"Credit", "credits"},
                                                {"Adjustment", "adjustments"}};
    struct bytes category = cell(r, FOCUS_CATEGORY);
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (bytes_are(category, categories[i][0]))
            return categories[i][1];
    if (!bytes_are(category, "Usage"))
        return "a ChargeCategory that FOCUS does not have";
    if (type.n == 0)
        return "usage without an instance type";
    if (is_unused(r))
        return "commitments and capacity that were not used";
    return scale > 0 ? NULL : "a unit other than hours, minutes and seconds";
}

static enum cloud_bill_commitment_kind focus_kind(const struct reading *r) {
    struct bytes category = cell(r, FOCUS_COMMITMENT_CATEGORY);
    return bytes_are(category, "Usage")   ? BILLED_RESERVED
           : bytes_are(category, "Spend") ? BILLED_PLAN
                                          : BILLED_ANY_COMMITMENT;
}

static bool focus_row(const struct reading *r, struct money *money, struct instance_time *out,
                      struct err *err) {
    if (!read_cost(r, FOCUS_BILLED, &money->billed, err) ||
        !read_cost(r, FOCUS_EFFECTIVE, &money->effective, err))
        return false;
    struct bytes type = detail(cell(r, FOCUS_DETAILS), "\"InstanceType\"");
    type = type.n ? type : type_of_usage(cell(r, FOCUS_USAGE_TYPE));
    type = type.n ? type : type_of_sku(cell(r, FOCUS_SKU));
    double scale = hours_per(cell(r, FOCUS_CONSUMED_UNIT));
    out->column = FOCUS_CONSUMED;
    if (scale <= 0 || cell(r, FOCUS_CONSUMED).n == 0) {
        scale = hours_per(cell(r, FOCUS_PRICED_UNIT));
        out->column = FOCUS_PRICED;
    }
    out->correction = bytes_are(cell(r, FOCUS_CLASS), "Correction");
    out->skip = focus_skip(r, type, scale);
    if (out->skip)
        return true;
    struct bytes pricing = cell(r, FOCUS_PRICING);
    bool spot =
        bytes_are(pricing, "Dynamic") || import_bytes_have(cell(r, FOCUS_USAGE_TYPE), "SpotUsage");
    out->instance = type;
    out->region = cell(r, FOCUS_REGION);
    out->option = spot                              ? BILLED_SPOT
                  : bytes_are(pricing, "Committed") ? BILLED_COMMITTED
                                                    : BILLED_ON_DEMAND;
    if (out->option == BILLED_COMMITTED) {
        out->commitment = cell(r, FOCUS_COMMITMENT);
        out->kind = focus_kind(r);
    }
    if (!read_number(r, out->column, &out->hours, err))
        return false;
    out->hours *= scale;
    return true;
}

/* ---- CUR 2.0 ---- */

/* The amortised cost of a row, as AWS describes it for the report's columns. */
static bool cur_effective(const struct reading *r, double billed, double *out, struct err *err) {
    struct bytes type = cell(r, CUR_TYPE);
    double a = 0, b = 0;
    *out = billed;
    if (bytes_are(type, "DiscountedUsage"))
        return read_number(r, CUR_RI_EFFECTIVE, out, err);
    if (bytes_are(type, "SavingsPlanCoveredUsage"))
        return read_number(r, CUR_SP_EFFECTIVE, out, err);
    if (bytes_are(type, "RIFee")) {
        bool fine = read_number(r, CUR_RI_UNUSED_UPFRONT, &a, err) &&
                    read_number(r, CUR_RI_UNUSED_HOURLY, &b, err);
        *out = a + b;
        return fine;
    }
    if (bytes_are(type, "SavingsPlanRecurringFee")) {
        bool fine =
            read_number(r, CUR_SP_COMMITTED, &a, err) && read_number(r, CUR_SP_USED, &b, err);
        *out = a - b;
        return fine;
    }
    if (bytes_are(type, "SavingsPlanNegation") || bytes_are(type, "SavingsPlanUpfrontFee") ||
        (bytes_are(type, "Fee") && cell(r, CUR_RI_ARN).n > 0))
        *out = 0;
    return true;
}

/* The text under a name of a map column: {"instance_type":"m5.large"} as the provider writes CSV,
 * or {instance_type=m5.large} as what was converted from Parquet has it. */
static struct bytes in_map(struct bytes map, const char *name) {
    size_t n = strlen(name);
    for (size_t i = 1; i + n < map.n; i++) {
        if (!memchr("{\", ", map.data[i - 1], 4) || memcmp(map.data + i, name, n) != 0)
            continue;
        size_t from = i + n;
        while (from < map.n && memchr("\":= ", map.data[from], 4))
            from++;
        size_t to = from;
        while (to < map.n && !memchr("\",}", map.data[to], 3))
            to++;
        if (from > i + n) /* else a longer name */
            return (struct bytes){map.data + from, to - from};
    }
    return (struct bytes){"", 0};
}

/* Why a row of CUR has no time of instances; NULL: it has. */
static const char *cur_skip(const struct reading *r, bool covered) {
    static const char *const types[][2] = {
        {"Tax", "tax"},
        {"Credit", "credits"},
        {"Refund", "refunds"},
        {"Fee", "fees"},
        {"RIFee", "fees of reserved instances"},
        {"SavingsPlanUpfrontFee", "fees of savings plans"},
        {"SavingsPlanRecurringFee", "fees of savings plans"},
        {"SavingsPlanNegation", "negations of what savings plans cover"},
    };
    struct bytes type = cell(r, CUR_TYPE);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_are(type, types[i][0]))
            return types[i][1];
    if (!covered && !bytes_are(type, "Usage"))
        return "line items of other types";
    if (!bytes_are(cell(r, CUR_PRODUCT), "AmazonEC2"))
        return "services other than AmazonEC2";
    return type_of_usage(cell(r, CUR_USAGE_TYPE)).n > 0 ? NULL
                                                        : "EC2 charges other than instance hours";
}

static bool cur_row(const struct reading *r, struct money *money, struct instance_time *out,
                    struct err *err) {
    if (!read_number(r, CUR_BILLED, &money->billed, err) ||
        !cur_effective(r, money->billed, &money->effective, err))
        return false;
    struct bytes type = cell(r, CUR_TYPE), usage = cell(r, CUR_USAGE_TYPE);
    bool covered = bytes_are(type, "DiscountedUsage") || bytes_are(type, "SavingsPlanCoveredUsage");
    out->skip = cur_skip(r, covered);
    if (out->skip)
        return true;
    struct bytes instance = cell(r, CUR_INSTANCE), region = cell(r, CUR_REGION);
    struct bytes map = cell(r, CUR_PRODUCT_MAP);
    instance = instance.n ? instance : in_map(map, "instance_type");
    out->instance = instance.n ? instance : type_of_usage(usage);
    out->region = region.n ? region : in_map(map, "region_code");
    out->option = covered                                 ? BILLED_COMMITTED
                  : import_bytes_have(usage, "SpotUsage") ? BILLED_SPOT
                                                          : BILLED_ON_DEMAND;
    bool reserved = bytes_are(type, "DiscountedUsage");
    if (covered) {
        out->commitment = cell(r, reserved ? (int)CUR_RI_ARN : (int)CUR_SP_ARN);
        out->kind = reserved ? BILLED_RESERVED : BILLED_PLAN;
    }
    out->column = CUR_AMOUNT;
    return read_number(r, CUR_AMOUNT, &out->hours, err);
}

/* ---- types and hours ---- */

static struct type *type_of(struct reading *r, const struct instance_time *time, int *index) {
    char name[2 * IMPORT_VALUE_MAX + 8];
    int n =
        snprintf(name, sizeof name, "%.*s\n%.*s\n%d",
                 (int)(time->instance.n < IMPORT_VALUE_MAX ? time->instance.n : IMPORT_VALUE_MAX),
                 time->instance.data,
                 (int)(time->region.n < IMPORT_VALUE_MAX ? time->region.n : IMPORT_VALUE_MAX),
                 time->region.data, (int)time->option);
    struct bytes key = {name, (size_t)n};
    *index = import_index_find(&r->type_index, key);
    if (*index >= 0)
        return &r->types[*index];
    if (r->n_types == r->types_capacity) {
        size_t old = (size_t)r->types_capacity, more = old ? 2 * old : 64;
        r->types = arena_grow(r->arena, r->types, old, more, sizeof *r->types);
        r->types_capacity = (int)more;
    }
    *index = r->n_types++;
    import_index_add(&r->type_index, key, *index);
    struct type *type = &r->types[*index];
    type->row.instance = text_printable(r->arena, time->instance);
    type->row.region = text_printable(r->arena, time->region);
    type->row.option = time->option;
    return type;
}

static void add_hour(struct reading *r, int type, int64_t hour, double instances) {
    char name[48];
    struct bytes key = {name,
                        (size_t)snprintf(name, sizeof name, "%d %lld", type, (long long)hour)};
    int at = import_index_find(&r->hour_index, key);
    if (at < 0) {
        if (r->n_hours == r->hours_capacity) {
            size_t old = (size_t)r->hours_capacity, more = old ? 2 * old : 1024;
            r->hours = arena_grow(r->arena, r->hours, old, more, sizeof *r->hours);
            r->hours_capacity = (int)more;
        }
        at = r->n_hours++;
        import_index_add(&r->hour_index, key, at);
        r->hours[at] = (struct cloud_bill_hour){hour, type, 0};
    }
    r->hours[at].instances += instances;
}

static void add_commitment(struct reading *r, const struct instance_time *time, int type,
                           const struct money *money) {
    char name[IMPORT_VALUE_MAX + 24];
    size_t length = time->commitment.n < IMPORT_VALUE_MAX ? time->commitment.n : IMPORT_VALUE_MAX;
    int n = snprintf(name, sizeof name, "%d %d %.*s", type, (int)time->kind, (int)length,
                     time->commitment.data);
    struct bytes key = {name, (size_t)n};
    int at = import_index_find(&r->commitment_index, key);
    if (at < 0) {
        if (r->n_commitments == r->commitments_capacity) {
            size_t old = (size_t)r->commitments_capacity, more = old ? 2 * old : 16;
            r->commitments =
                arena_grow(r->arena, r->commitments, old, more, sizeof *r->commitments);
            r->commitments_capacity = (int)more;
        }
        at = r->n_commitments++;
        import_index_add(&r->commitment_index, key, at);
        r->commitments[at].row = (struct cloud_bill_commitment){
            .id = text_printable(r->arena, (struct bytes){time->commitment.data, length}),
            .kind = time->kind,
            .type = type};
    }
    add(&r->commitments[at].hours, time->hours);
    add(&r->commitments[at].effective, money->effective);
}

static void widen(int64_t *from, int64_t *to, int64_t row_from, int64_t row_to) {
    bool first = *to == 0;
    *from = first || row_from < *from ? row_from : *from;
    *to = first || row_to > *to ? row_to : *to;
}

static bool add_instances(struct reading *r, const struct instance_time *time,
                          const struct money *money, int64_t from, int64_t to, struct err *err) {
    if ((time->hours < 0 && !time->correction) || fabs(time->hours) > HOURS_OF_A_ROW_MAX) {
        csv_err(r->csv, &r->row, r->index[time->column], err, "%g hours of %.*s in one row",
                time->hours, (int)time->instance.n, time->instance.data);
        if (time->hours < 0)
            err_hint(err, "only a row with ChargeClass Correction takes hours back");
        return false;
    }
    int index;
    struct type *type = type_of(r, time, &index);
    add(&type->hours, time->hours);
    add(&type->billed, money->billed);
    add(&type->effective, money->effective);
    if (time->option == BILLED_COMMITTED)
        add_commitment(r, time, index, money);
    r->bill.n_instance_rows++;
    if (to - from > 1) {
        r->by_day = true;
        r->n_hours = 0;
    }
    if (!r->by_day)
        add_hour(r, index, from, time->hours);
    if (time->hours > 0)
        widen(&r->bill.from_hour, &r->bill.to_hour, from, to);
    return true;
}

/* ---- rows ---- */

/* The bill's period holds the billing periods of all rows; a row that tells none has its charge's,
 * if that is a month at most: a fee for a term says nothing of the bill. */
static bool read_period(struct reading *r, struct err *err) {
    static const int columns[2][2][2] = {
        {{FOCUS_PERIOD_START, FOCUS_PERIOD_END}, {CUR_PERIOD_START, CUR_PERIOD_END}},
        {{FOCUS_START, FOCUS_END}, {CUR_START, CUR_END}}};
    int format = r->bill.format == CLOUD_BILL_FOCUS ? 0 : 1;
    for (int way = 0; way < 2; way++) {
        const int *column = columns[way][format];
        int64_t from, to;
        if (cell(r, column[0]).n == 0 || cell(r, column[1]).n == 0)
            continue;
        if (!read_hour(r, column[0], false, &from, err) || !read_hour(r, column[1], true, &to, err))
            return false;
        if (to > from && to - from <= PERIOD_HOURS_MAX)
            widen(&r->bill.period_from_hour, &r->bill.period_to_hour, from, to);
        return true;
    }
    return true;
}

static void count_skipped(struct reading *r, const char *reason) {
    int i = 0;
    while (i < r->bill.n_skipped && strcmp(r->bill.skipped[i].reason, reason) != 0)
        i++;
    if (i == r->bill.n_skipped) {
        ENSURE(i < CLOUD_BILL_REASONS_MAX);
        r->bill.skipped[r->bill.n_skipped++].reason = reason;
    }
    r->bill.skipped[i].n_rows++;
}

static bool read_row(struct reading *r, struct err *err) {
    bool focus = r->bill.format == CLOUD_BILL_FOCUS;
    struct money money;
    struct instance_time time = {.instance = {"", 0}, .region = {"", 0}, .commitment = {"", 0}};
    int64_t from, to;
    if (r->row.n_fields < r->n_columns)
        return csv_err(r->csv, &r->row, -1, err, "%d fields, but the header has %d or more",
                       r->row.n_fields, r->n_columns);
    r->bill.n_rows++;
    if (!check_currency(r, focus ? (int)FOCUS_CURRENCY : (int)CUR_CURRENCY, err) ||
        !(focus ? focus_row : cur_row)(r, &money, &time, err))
        return false;
    add(&r->billed, money.billed);
    add(&r->effective, money.effective);
    r->bill.n_corrections += time.correction;
    if (!read_period(r, err))
        return false;
    if (time.skip || time.hours == 0) {
        count_skipped(r, time.skip ? time.skip : "no hours");
        return true;
    }
    int start = focus ? (int)FOCUS_START : (int)CUR_START;
    int end = focus ? (int)FOCUS_END : (int)CUR_END;
    if (!read_hour(r, start, false, &from, err) || !read_hour(r, end, true, &to, err))
        return false;
    if (to <= from || to - from > ROW_HOURS_MAX)
        return csv_err(r->csv, &r->row, r->index[end], err,
                       "the period of a row is more than nothing and at most a year");
    return add_instances(r, &time, &money, from, to, err);
}

/* Names that differ in bytes that cannot be printed are alike here: first seen, first. */
static int compare_types(const void *left, const void *right) {
    const struct type *a = *(struct type *const *)left, *b = *(struct type *const *)right;
    int by = strcmp(a->row.instance, b->row.instance);
    by = by ? by : strcmp(a->row.region, b->row.region);
    by = by ? by : (int)a->row.option - (int)b->row.option;
    return by ? by : (a > b) - (a < b);
}

static int compare_hours(const void *left, const void *right) {
    const struct cloud_bill_hour *a = left, *b = right;
    int by = (a->epoch_hour > b->epoch_hour) - (a->epoch_hour < b->epoch_hour);
    return by ? by : a->type - b->type;
}

/* The types by name, and where each has gone. */
static const int *sort_types(struct reading *r) {
    struct cloud_bill_type *rows = arena_new(r->arena, struct cloud_bill_type, r->n_types);
    struct type **order = arena_new(r->arena, struct type *, r->n_types);
    int *moved = arena_new(r->arena, int, r->n_types);
    for (int i = 0; i < r->n_types; i++)
        order[i] = &r->types[i];
    if (r->n_types > 0)
        qsort(order, (size_t)r->n_types, sizeof(struct type *), compare_types);
    for (int i = 0; i < r->n_types; i++) {
        struct type *type = order[i];
        type->row.hours = type->hours.total + type->hours.lost;
        if (fabs(type->row.hours) < HOURS_DUST)
            type->row.hours = 0;
        type->row.billed_usd = type->billed.total + type->billed.lost;
        type->row.effective_usd = type->effective.total + type->effective.lost;
        rows[i] = type->row;
        moved[type - r->types] = i;
    }
    r->bill.n_types = r->n_types;
    r->bill.types = rows;
    return moved;
}

static int compare_commitments(const void *left, const void *right) {
    const struct cloud_bill_commitment *a = left, *b = right;
    int by = a->type - b->type;
    by = by ? by : strcmp(a->id, b->id);
    return by ? by : (int)a->kind - (int)b->kind;
}

static void sort_commitments(struct reading *r, const int *moved) {
    int n = r->n_commitments;
    struct cloud_bill_commitment *rows = arena_new(r->arena, struct cloud_bill_commitment, n);
    for (int i = 0; i < n; i++) {
        const struct commitment *from = &r->commitments[i];
        rows[i] = from->row;
        rows[i].type = moved[from->row.type];
        rows[i].hours = from->hours.total + from->hours.lost;
        rows[i].effective_usd = from->effective.total + from->effective.lost;
    }
    if (n > 0)
        qsort(rows, (size_t)n, sizeof *rows, compare_commitments);
    r->bill.n_commitments = n;
    r->bill.commitments = rows;
}

/* By number, then by name. */
static void sort_skipped(struct cloud_bill *bill) {
    for (int i = 1; i < bill->n_skipped; i++) {
        struct cloud_bill_skipped moved = bill->skipped[i];
        int j = i;
        for (; j > 0 && (bill->skipped[j - 1].n_rows < moved.n_rows ||
                         (bill->skipped[j - 1].n_rows == moved.n_rows &&
                          strcmp(bill->skipped[j - 1].reason, moved.reason) > 0));
             j--)
            bill->skipped[j] = bill->skipped[j - 1];
        bill->skipped[j] = moved;
    }
}

/* The hours follow their types to the new places; of one that corrections took back nothing is
 * left. */
static void sort_hours(struct reading *r, const int *moved) {
    int n = 0;
    for (int h = 0; h < (r->by_day ? 0 : r->n_hours); h++) {
        struct cloud_bill_hour hour = r->hours[h];
        hour.type = moved[hour.type];
        if (hour.instances >= HOURS_DUST)
            r->hours[n++] = hour;
    }
    r->n_hours = n;
    if (n > 0)
        qsort(r->hours, (size_t)n, sizeof *r->hours, compare_hours);
}

static void sort_all(struct reading *r) {
    const int *moved = sort_types(r);
    sort_hours(r, moved);
    sort_commitments(r, moved);
    sort_skipped(&r->bill);
    if (r->bill.period_to_hour == 0) {
        r->bill.period_from_hour = r->bill.from_hour;
        r->bill.period_to_hour = r->bill.to_hour;
    }
    r->bill.n_hours = r->n_hours;
    r->bill.hours = r->hours;
    r->bill.billed_usd = r->billed.total + r->billed.lost;
    r->bill.effective_usd = r->effective.total + r->effective.lost;
}

static bool read_rows(struct reading *r, struct err *err) {
    bool focus = r->bill.format == CLOUD_BILL_FOCUS;
    int n = focus ? (int)FOCUS_N : (int)CUR_N;
    if (!csv_header(r->csv, focus ? focus_names : cur_names, n, true, r->index, err))
        return false;
    for (int i = 0; i < n; i++)
        r->n_columns = r->index[i] >= r->n_columns ? r->index[i] + 1 : r->n_columns;
    bool fine;
    while ((fine = csv_next(r->csv, &r->row, err)) && r->row.n_fields > 0)
        if (!read_row(r, err))
            return false;
    return fine;
}

bool cloud_bill_read(struct arena *arena, struct source *source, struct cloud_bill *out,
                     struct err *err) {
    struct bytes head;
    struct reading *r = arena_new(arena, struct reading, 1);
    r->arena = r->type_index.arena = r->hour_index.arena = r->commitment_index.arena = arena;
    if (!source_peek(source, &head, err))
        return false;
    r->bill.name = source_name(source);
    r->bill.format = cloud_bill_format_of(head);
    if (!check_format(r, err) || !(r->csv = csv_open(arena, source, ',', err)))
        return false;
    bool fine = read_rows(r, err);
    csv_close(r->csv);
    if (!fine)
        return false;
    if (r->bill.n_rows == 0)
        return err_at(err, r->bill.name, 0, 0, "a bill without rows");
    sort_all(r);
    source_sha256(source, r->bill.sha256);
    *out = r->bill;
    return true;
}
