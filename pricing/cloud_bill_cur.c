/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of CUR 2.0: what they cost, amortised too, and what they say of instances. */
#include <string.h>

#include "pricing/cloud_bill_row.h"
#include "pricing/import_reader.h"

/* name; '?': may be missing */
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
#define X(id, name) CUR_##id,
    CUR_COLUMNS(X)
#undef X
        CUR_N
};

static const char *const cur_names[CUR_N] = {
#define X(id, name) name,
    CUR_COLUMNS(X)
#undef X
};

/* The amortised cost of a row, as AWS describes it for the report's columns. */
static bool cur_effective(const struct bill_cells *r, double billed, double *out, struct err *err) {
    struct bytes type = bill_cell(r, CUR_TYPE);
    double a = 0, b = 0;
    *out = billed;
    if (bytes_are(type, "DiscountedUsage"))
        return bill_read_number(r, CUR_RI_EFFECTIVE, out, err);
    if (bytes_are(type, "SavingsPlanCoveredUsage"))
        return bill_read_number(r, CUR_SP_EFFECTIVE, out, err);
    if (bytes_are(type, "RIFee")) {
        bool fine = bill_read_number(r, CUR_RI_UNUSED_UPFRONT, &a, err) &&
                    bill_read_number(r, CUR_RI_UNUSED_HOURLY, &b, err);
        *out = a + b;
        return fine;
    }
    if (bytes_are(type, "SavingsPlanRecurringFee")) {
        bool fine = bill_read_number(r, CUR_SP_COMMITTED, &a, err) &&
                    bill_read_number(r, CUR_SP_USED, &b, err);
        *out = a - b;
        return fine;
    }
    if (bytes_are(type, "SavingsPlanNegation") || bytes_are(type, "SavingsPlanUpfrontFee") ||
        (bytes_are(type, "Fee") && bill_cell(r, CUR_RI_ARN).n > 0))
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
static const char *cur_skip(const struct bill_cells *r, bool covered) {
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
    struct bytes type = bill_cell(r, CUR_TYPE);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_are(type, types[i][0]))
            return types[i][1];
    if (!covered && !bytes_are(type, "Usage"))
        return "line items of other types";
    if (!bytes_are(bill_cell(r, CUR_PRODUCT), "AmazonEC2"))
        return "services other than AmazonEC2";
    return bill_type_of_usage(bill_cell(r, CUR_USAGE_TYPE)).n > 0
               ? NULL
               : "EC2 charges other than instance hours";
}

/* Fees stand for what was not used (cur_effective). */
static void read_owed(const struct bill_cells *r, struct bill_owed *out) {
    struct bytes type = bill_cell(r, CUR_TYPE);
    bool reserved = bytes_are(type, "DiscountedUsage"), fee = bytes_are(type, "RIFee");
    bool plan = bytes_are(type, "SavingsPlanCoveredUsage");
    bool plan_fee = bytes_are(type, "SavingsPlanRecurringFee");
    if (!reserved && !fee && !plan && !plan_fee)
        return;
    bool is_reserved = reserved || fee;
    *out = (struct bill_owed){.told = true,
                              .unused = fee || plan_fee,
                              .commitment =
                                  bill_cell(r, is_reserved ? (int)CUR_RI_ARN : (int)CUR_SP_ARN),
                              .kind = is_reserved ? BILLED_RESERVED : BILLED_PLAN};
    if (!fee)
        return;
    out->instance = bill_cell(r, CUR_INSTANCE);
    if (out->instance.n == 0)
        out->instance = in_map(bill_cell(r, CUR_PRODUCT_MAP), "instance_type");
    if (out->instance.n == 0)
        out->instance = bill_type_of_usage(bill_cell(r, CUR_USAGE_TYPE));
}

static bool cur_row(const struct bill_cells *r, struct bill_money *money,
                    struct bill_instances *out, struct bill_owed *owed, struct err *err) {
    if (!bill_read_number(r, CUR_BILLED, &money->billed, err) ||
        !cur_effective(r, money->billed, &money->effective, err))
        return false;
    struct bytes type = bill_cell(r, CUR_TYPE), usage = bill_cell(r, CUR_USAGE_TYPE);
    bool covered = bytes_are(type, "DiscountedUsage") || bytes_are(type, "SavingsPlanCoveredUsage");
    read_owed(r, owed);
    out->skip = cur_skip(r, covered);
    if (out->skip)
        return true;
    struct bytes instance = bill_cell(r, CUR_INSTANCE), region = bill_cell(r, CUR_REGION);
    struct bytes map = bill_cell(r, CUR_PRODUCT_MAP);
    instance = instance.n ? instance : in_map(map, "instance_type");
    out->instance = instance.n ? instance : bill_type_of_usage(usage);
    out->region = region.n ? region : in_map(map, "region_code");
    out->option = covered                                 ? BILLED_COMMITTED
                  : import_bytes_have(usage, "SpotUsage") ? BILLED_SPOT
                                                          : BILLED_ON_DEMAND;
    out->column = CUR_AMOUNT;
    return bill_read_number(r, CUR_AMOUNT, &out->hours, err);
}

const struct bill_format bill_format_cur = {
    .names = cur_names,
    .n_names = CUR_N,
    .start = CUR_START,
    .end = CUR_END,
    .period_start = CUR_PERIOD_START,
    .period_end = CUR_PERIOD_END,
    .currency = CUR_CURRENCY,
    .calendar_months = true,
    .row = cur_row,
};
