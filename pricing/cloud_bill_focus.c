/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of FOCUS: what they cost, and what they say of instances. */
#include <string.h>
#include <strings.h>

#include "pricing/cloud_bill_row.h"
#include "pricing/import_reader.h"

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

enum {
#define X(id, name) FOCUS_##id,
    FOCUS_COLUMNS(X)
#undef X
        FOCUS_N
};

static const char *const focus_names[FOCUS_N] = {
#define X(id, name) name,
    FOCUS_COLUMNS(X)
#undef X
};

/* FOCUS has a number in every row. */
static bool read_cost(const struct bill_cells *r, int column, double *out, struct err *err) {
    if (bill_cell(r, column).n > 0)
        return bill_read_number(r, column, out, err);
    csv_err(r->csv, &r->row, r->index[column], err, "no cost: FOCUS has a number in every row");
    err_hint(err, "what costs nothing is 0");
    return false;
}

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
static bool is_unused(const struct bill_cells *r) {
    return bytes_are(bill_cell(r, FOCUS_STATUS), "Unused") ||
           bytes_are(bill_cell(r, FOCUS_CAPACITY_STATUS), "Unused");
}

/* Why a row of FOCUS has no time of instances; NULL: it has. */
static const char *focus_skip(const struct bill_cells *r, struct bytes type, double scale) {
    static const char *const categories[][2] = {{"Tax", "tax"},
                                                {"Purchase", "purchases"},
                                                {"Credit", "credits"},
                                                {"Adjustment", "adjustments"}};
    struct bytes category = bill_cell(r, FOCUS_CATEGORY);
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

static enum cloud_bill_commitment_kind focus_kind(const struct bill_cells *r) {
    struct bytes category = bill_cell(r, FOCUS_COMMITMENT_CATEGORY);
    return bytes_are(category, "Usage")   ? BILLED_RESERVED
           : bytes_are(category, "Spend") ? BILLED_PLAN
                                          : BILLED_ANY_COMMITMENT;
}

static void read_owed(const struct bill_cells *r, struct bytes type, struct bill_owed *out) {
    bool unused = bytes_are(bill_cell(r, FOCUS_STATUS), "Unused");
    bool used = bytes_are(bill_cell(r, FOCUS_STATUS), "Used") ||
                bytes_are(bill_cell(r, FOCUS_PRICING), "Committed");
    if (!bytes_are(bill_cell(r, FOCUS_CATEGORY), "Usage") || (!unused && !used))
        return;
    *out = (struct bill_owed){.told = true,
                              .unused = unused,
                              .commitment = bill_cell(r, FOCUS_COMMITMENT),
                              .kind = focus_kind(r),
                              .instance = type};
}

static bool focus_row(const struct bill_cells *r, struct bill_money *money,
                      struct bill_instances *out, struct bill_owed *owed, struct err *err) {
    if (!read_cost(r, FOCUS_BILLED, &money->billed, err) ||
        !read_cost(r, FOCUS_EFFECTIVE, &money->effective, err))
        return false;
    struct bytes type = detail(bill_cell(r, FOCUS_DETAILS), "\"InstanceType\"");
    type = type.n ? type : bill_type_of_usage(bill_cell(r, FOCUS_USAGE_TYPE));
    type = type.n ? type : type_of_sku(bill_cell(r, FOCUS_SKU));
    double scale = hours_per(bill_cell(r, FOCUS_CONSUMED_UNIT));
    out->column = FOCUS_CONSUMED;
    if (scale <= 0 || bill_cell(r, FOCUS_CONSUMED).n == 0) {
        scale = hours_per(bill_cell(r, FOCUS_PRICED_UNIT));
        out->column = FOCUS_PRICED;
    }
    read_owed(r, type, owed);
    out->correction = bytes_are(bill_cell(r, FOCUS_CLASS), "Correction");
    out->skip = focus_skip(r, type, scale);
    if (out->skip)
        return true;
    struct bytes pricing = bill_cell(r, FOCUS_PRICING);
    bool spot = bytes_are(pricing, "Dynamic") ||
                import_bytes_have(bill_cell(r, FOCUS_USAGE_TYPE), "SpotUsage");
    out->instance = type;
    out->region = bill_cell(r, FOCUS_REGION);
    out->option = spot                              ? BILLED_SPOT
                  : bytes_are(pricing, "Committed") ? BILLED_COMMITTED
                                                    : BILLED_ON_DEMAND;
    if (!bill_read_number(r, out->column, &out->hours, err))
        return false;
    out->hours *= scale;
    return true;
}

const struct bill_format bill_format_focus = {
    .names = focus_names,
    .n_names = FOCUS_N,
    .start = FOCUS_START,
    .end = FOCUS_END,
    .period_start = FOCUS_PERIOD_START,
    .period_end = FOCUS_PERIOD_END,
    .currency = FOCUS_CURRENCY,
    .row = focus_row,
};
