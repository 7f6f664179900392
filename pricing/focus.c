/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of columns drives header and rows, so that a cell cannot slip under another name. */
#include "pricing/focus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/csv.h"

/* How a kind of usage is priced: quantity / per, in `unit`. */
struct meter {
    const char *name, *unit;
    double per;
    double price_per; /* units that the quoted rate is for */
};

static const struct meter meters[] = {
    [USAGE_INSTANCE] = {"Instance hours", "Hours", 3600, 1},
    [USAGE_FUNCTION_MB_MS] = {"Function duration", "GB-Seconds", 1024.0 * 1000, 1},
    [USAGE_FUNCTION_REQUESTS] = {"Function requests", "Requests", 1, 1e6},
    [USAGE_INPUT_TOKENS] = {"Input tokens", "Tokens", 1, 1e6},
    [USAGE_OUTPUT_TOKENS] = {"Output tokens", "Tokens", 1, 1e6},
    [USAGE_CACHED_INPUT_TOKENS] = {"Cached input tokens", "Tokens", 1, 1e6},
    [USAGE_FUNCTION_PROVISIONED_MB_MS] = {"Provisioned function duration", "GB-Seconds",
                                          1024.0 * 1000, 1},
    [USAGE_FUNCTION_HELD_MB_S] = {"Provisioned copies held", "GB-Seconds", 1024, 1},
    [USAGE_MODEL_UNIT_S] = {"Model unit hours", "Hours", 3600, 1},
    [USAGE_TRANSFER_BYTES] = {"Data transfer", "GB", (double)BYTES_PER_BILLED_GB, 1},
    [USAGE_VOLUME_GB_S] = {"Volume storage", "GB-Months", USAGE_MONTH_S, 1},
    [USAGE_VOLUME_IOPS_S] = {"Provisioned IOPS", "IOPS-Months", USAGE_MONTH_S, 1},
    [USAGE_VOLUME_MBPS_S] = {"Provisioned throughput", "MBps-Months", USAGE_MONTH_S, 1},
    [USAGE_WEIGHT_BYTES] = {"Model weights moved", "GB", (double)BYTES_PER_BILLED_GB, 1},
    [USAGE_WEIGHT_READS] = {"Model weights read", "Requests", 1, 1e3},
};

static const struct meter dollars = {"Savings plan commitment", "USD", 1, 1};

/* A service of the provider. Each name has one category and one subcategory. */
struct service_words {
    const char *name, *category, *subcategory;
};

static const struct service_words services[] = {
    [OFFER_INSTANCE] = {"Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"},
    [OFFER_FUNCTION] = {"AWS Lambda", "Compute", "Serverless Compute"},
    [OFFER_TOKEN_API] = {"Amazon Bedrock", "AI and Machine Learning", "Generative AI"},
    [OFFER_TRANSFER] = {"AWS Data Transfer", "Networking", "Content Delivery"},
    [OFFER_STORAGE] = {"Amazon Elastic Block Store", "Storage", "Block Storage"},
};

static const struct service_words item_services[] = {
    [FOCUS_INSTANCES] = {"Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"},
    [FOCUS_OBJECTS] = {"Amazon Simple Storage Service", "Storage", "Object Storage"},
    [FOCUS_VOLUMES] = {"Amazon Elastic Block Store", "Storage", "Block Storage"},
    [FOCUS_FILES] = {"Amazon FSx", "Storage", "File Storage"},
    [FOCUS_CONTRACT] = {"AWS Enterprise Discount Program", "Other", "Other (Other)"},
};

static const struct service_words savings_plans = {"AWS Savings Plans", "Compute",
                                                   "Other (Compute)"};

/* What a row says, worked out once. */
struct view {
    const struct focus_row *row;
    struct meter meter;
    const struct service_words *service;
    double quantity, priced; /* in pricing units: what was used, and what it is priced as */
    double list_price, contracted_price;
    char sku[160], price[256];
};

const struct quote *focus_quote(const struct offer *offer, enum usage_kind usage) {
    switch (usage) {
    case USAGE_INSTANCE:
        return &offer->on_demand;
    case USAGE_FUNCTION_MB_MS:
        return &offer->gb_second;
    case USAGE_FUNCTION_REQUESTS:
        return &offer->million_requests;
    case USAGE_INPUT_TOKENS:
        return &offer->million_input_tokens;
    case USAGE_OUTPUT_TOKENS:
        return &offer->million_output_tokens;
    case USAGE_CACHED_INPUT_TOKENS:
        return &offer->million_cached_tokens;
    case USAGE_FUNCTION_PROVISIONED_MB_MS:
        return &offer->provisioned_gb_second;
    case USAGE_FUNCTION_HELD_MB_S:
        return &offer->held_gb_second;
    case USAGE_MODEL_UNIT_S:
        return &offer->unit_hour;
    case USAGE_TRANSFER_BYTES:
    case USAGE_WEIGHT_BYTES:
        return &offer->gigabyte;
    case USAGE_WEIGHT_READS:
        return &offer->thousand_reads;
    case USAGE_VOLUME_GB_S:
        return &offer->gb_month;
    case USAGE_VOLUME_IOPS_S:
        return &offer->iops_month;
    case USAGE_VOLUME_MBPS_S:
        return &offer->mbps_month;
    case USAGE_KINDS:
        break;
    }
    ENSURE(false);
    return NULL;
}

/* How it was bought, as the end of the SKU's price id. */
static void name_price(struct view *view) {
    const struct focus_row *row = view->row;
    const struct commitment *c = row->commitment;
    if (c && c->terms.kind == COMMIT_MODEL_UNITS)
        snprintf(view->price, sizeof view->price, "%s/%s", view->sku,
                 offer_tier_word(row->offer->tier));
    else if (c)
        snprintf(view->price, sizeof view->price, "%s/%s/%dy/%s", view->sku,
                 commitment_kind_word(c->terms.kind), c->terms.term_years,
                 payment_word(c->terms.payment));
    else
        snprintf(view->price, sizeof view->price, "%s/%s", view->sku,
                 row->kind == CHARGE_SPOT ? "spot"
                 : row->offer && row->offer->tier != TIER_STANDARD
                     ? offer_tier_word(row->offer->tier)
                     : "on demand");
    if (row->purchase != FOCUS_USAGE)
        strncat(view->price, "/purchase", sizeof view->price - strlen(view->price) - 1);
}

static void view_item(struct view *view) {
    const struct focus_item *item = view->row->item;
    view->meter = (struct meter){item->meter, item->unit, 1, 1};
    view->service = &item_services[item->service];
    view->list_price = view->contracted_price = item->usd_per_unit;
    snprintf(view->sku, sizeof view->sku, "%s%s%s/%s", item->region ? item->region : "",
             item->region ? "/" : "", item->sku, item->meter);
}

static usd_nano product_of(double price, double quantity) {
    return (usd_nano)llrint(price * quantity * (double)USD_NANO_PER_USD);
}

/* What is billed is the sum of charges by the hour, each rounded to the nano-dollar. The quantity
 * that a rate is applied to is the one that it comes to exactly, so that what has no discount costs
 * its list price to the last digit. */
static double priced_quantity(const struct view *view) {
    const struct focus_row *row = view->row;
    double billed = money_amount_usd(row->billed), price = view->contracted_price;
    double hours = (double)(row->charge_to_hour - row->charge_from_hour);
    bool at_once = row->purchase != FOCUS_USAGE || row->billed == row->effective;
    bool rounded = product_of(price, view->quantity) != row->billed &&
                   fabs(price * view->quantity - billed) <= hours * 5e-9;
    return at_once && rounded && price > 0 ? billed / price : view->quantity;
}

/* The shortest decimal, of 15 digits or more, that costs the same: beyond them a sum of doubles
 * shows its own rounding. */
static double decimal_quantity(const struct view *view, double quantity) {
    for (int digits = 15; digits < 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, quantity);
        double decimal = strtod(text, NULL);
        if (product_of(view->list_price, decimal) == product_of(view->list_price, quantity) &&
            product_of(view->contracted_price, decimal) ==
                product_of(view->contracted_price, quantity))
            return decimal;
    }
    return quantity;
}

/* Volume tiers are the provider's list prices too: what use pays in several of them has their mean
 * as its unit price, or a discount would be read from the first one. */
static void spread_tiers(struct view *view) {
    const struct focus_row *row = view->row;
    const struct quote *quote =
        row->offer && !row->item ? focus_quote(row->offer, row->usage) : NULL;
    if (!quote || quote->n_tiers == 0 || row->commitment || !(view->quantity > 0) ||
        quote->rate == 0)
        return;
    view->contracted_price = money_amount_usd(row->billed) / view->quantity;
    view->list_price = view->contracted_price * ((double)quote->list / (double)quote->rate);
}

static struct view view_of(const struct focus_row *row) {
    struct view view = {.row = row};
    if (row->item) {
        view_item(&view);
    } else if (row->offer) {
        const struct quote *quote = focus_quote(row->offer, row->usage);
        ENSURE(quote->known && quote->list >= quote->rate);
        view.meter = meters[row->usage];
        view.service = row->usage == USAGE_WEIGHT_READS ? &item_services[FOCUS_OBJECTS]
                                                        : &services[row->offer->kind];
        view.list_price = money_rate_usd(quote->list) / view.meter.price_per;
        view.contracted_price = money_rate_usd(quote->rate) / view.meter.price_per;
        snprintf(view.sku, sizeof view.sku, "%s/%s/%s", row->offer->region, row->offer->sku,
                 view.meter.name);
    } else {
        ENSURE(row->commitment && commitment_kind_is_plan(row->commitment->terms.kind));
        view.meter = dollars;
        view.service = &savings_plans;
        view.list_price = view.contracted_price = 1;
        snprintf(view.sku, sizeof view.sku, "%s",
                 commitment_kind_word(row->commitment->terms.kind));
    }
    if (!row->item && row->offer && usage_is_of_volume(row->usage)) /* of the invoice's month */
        view.meter.per = 3600.0 * (double)(row->billing_to_hour - row->billing_from_hour);
    view.quantity = row->quantity / view.meter.per;
    spread_tiers(&view);
    view.priced = decimal_quantity(&view, priced_quantity(&view));
    view.quantity = decimal_quantity(&view, view.quantity);
    name_price(&view);
    return view;
}

/* ---- cells ---- */

static void amount(struct text *out, usd_nano value) {
    char digits[40];
    money_format_plain(digits, value);
    text_append_string(out, digits);
}

static void product(struct text *out, double price, double quantity) {
    amount(out, product_of(price, quantity));
}

static void hour(struct text *out, int64_t epoch_hour) {
    char stamp[32];
    calendar_format_hour(stamp, epoch_hour);
    text_append_string(out, stamp);
}

static bool purchased(const struct view *view) {
    return view->row->purchase != FOCUS_USAGE;
}

static bool unused(const struct view *view) {
    return !purchased(view) && view->row->kind == CHARGE_COMMITMENT_UNUSED;
}

/* For nothing that was used or bought. */
static bool adjusted(const struct view *view) {
    return view->row->item && view->row->item->service == FOCUS_CONTRACT;
}

static const char *category(const struct view *view) {
    return adjusted(view) ? "Adjustment" : purchased(view) ? "Purchase" : "Usage";
}

/* Consumed: what ran. Nothing is consumed by a purchase or by what stays unused. */
static bool consumed(const struct view *view) {
    return !purchased(view) && !unused(view) && !adjusted(view);
}

/* The capacity that it ran or idled in: a reservation, or a block, which is a commitment too. */
static const char *held_capacity(const struct view *view) {
    const struct commitment *c = view->row->commitment;
    bool block = c && c->terms.kind == COMMIT_CAPACITY_BLOCK;
    return block ? view->row->commitment_id : view->row->reservation_id;
}

/* Nobody's workload runs in what idles. */
static bool idle(const struct view *view) {
    return !purchased(view) && held_capacity(view) && !view->row->workload;
}

static const char *pricing_category(const struct view *view) {
    if (purchased(view))
        return "Standard";
    switch (view->row->kind) {
    case CHARGE_SPOT:
        return "Dynamic";
    case CHARGE_COMMITMENT_USED:
    case CHARGE_COMMITMENT_UNUSED:
        return "Committed";
    case CHARGE_ON_DEMAND:
    case CHARGE_FUNCTION:
    case CHARGE_TOKENS:
    case CHARGE_CAPACITY_UNUSED:
    case CHARGE_TRANSFER:
    case CHARGE_VOLUME:
    case CHARGE_WEIGHTS:
    case CHARGE_KINDS:
        break;
    }
    return "Standard";
}

static const char *frequency(const struct view *view) {
    static const char *const words[] = {
        [FOCUS_USAGE] = "Usage-Based",
        [FOCUS_PAID_AT_START] = "One-Time",
        [FOCUS_PAID_HOURLY] = "Recurring",
    };
    return adjusted(view) ? "Recurring" : words[view->row->purchase];
}

/* The provider's name of a region; its id where that is not known here. */
static const char *region_name(const char *id) {
    static const char *const names[][2] = {
        {"us-east-1", "US East (N. Virginia)"},
        {"us-east-2", "US East (Ohio)"},
        {"us-west-1", "US West (N. California)"},
        {"us-west-2", "US West (Oregon)"},
        {"ca-central-1", "Canada (Central)"},
        {"eu-west-1", "Europe (Ireland)"},
        {"eu-west-2", "Europe (London)"},
        {"eu-west-3", "Europe (Paris)"},
        {"eu-central-1", "Europe (Frankfurt)"},
        {"eu-north-1", "Europe (Stockholm)"},
        {"ap-south-1", "Asia Pacific (Mumbai)"},
        {"ap-northeast-1", "Asia Pacific (Tokyo)"},
        {"ap-southeast-1", "Asia Pacific (Singapore)"},
        {"ap-southeast-2", "Asia Pacific (Sydney)"},
        {"sa-east-1", "South America (Sao Paulo)"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], id) == 0)
            return names[i][1];
    return id;
}

static const char *region_of(const struct view *view) {
    const struct focus_row *row = view->row;
    if (row->item)
        return row->item->region;
    if (row->offer)
        return row->offer->region;
    return row->commitment->region; /* of Compute plans: none */
}

static void describe(const struct view *view, struct text *out) {
    const struct focus_row *row = view->row;
    struct text words = {.arena = out->arena};
    const char *what = row->item ? row->item->sku : row->offer ? row->offer->sku : "";
    if (purchased(view))
        text_printf(&words, "Simulated purchase: %s", row->commitment->name);
    else if (row->commitment)
        text_printf(&words, "Simulated: %s%s%s %s", what, *what ? ", " : "", row->commitment->name,
                    unused(view) ? "not used" : "used");
    else
        text_printf(&words, "Simulated: %s, %s%s", what, view->meter.name,
                    row->kind == CHARGE_SPOT ? ", spot"
                    : idle(view)             ? ", reserved and not used"
                                             : "");
    csv_append_text(out, words.data);
}

static void json_string(struct text *out, const char *string) {
    text_append_string(out, "\"");
    for (const char *p = string; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_printf(out, "\\%c", *p);
        else if ((unsigned char)*p < 0x20)
            text_printf(out, "\\u%04x", (unsigned char)*p);
        else
            text_append(out, p, 1);
    }
    text_append_string(out, "\"");
}

static void tags(const struct focus_row *row, struct text *out) {
    struct text json = {.arena = out->arena};
    text_append_string(&json, "{");
    for (int i = 0; i < row->n_tags; i++) {
        text_append_string(&json, i ? "," : "");
        json_string(&json, row->tags[i][0]);
        text_append_string(&json, ":");
        json_string(&json, row->tags[i][1]);
    }
    text_append_string(&json, "}");
    csv_append_text(out, json.data);
}

/* A plan's commitment is counted in dollars: what usage burns of it, what stays, what is bought. */
static double committed_dollars(const struct view *view) {
    return view->row->offer ? money_amount_usd(view->row->effective) : view->row->quantity;
}

/* A column's body writes its cell; one that writes nothing leaves null. */
#define COLUMNS(X)                                                                                 \
    X(AvailabilityZone, if (r->zone) csv_append_text(out, r->zone))                                \
    X(BilledCost, amount(out, r->billed))                                                          \
    X(BillingAccountId, text_append_string(out, "headroom"))                                       \
    X(BillingAccountName, csv_append_text(out, r->account))                                        \
    X(BillingAccountType, text_append_string(out, "Simulation"))                                   \
    X(BillingCurrency, text_append_string(out, "USD"))                                             \
    X(BillingPeriodEnd, hour(out, r->billing_to_hour))                                             \
    X(BillingPeriodStart, hour(out, r->billing_from_hour))                                         \
    X(CapacityReservationId, if (held_capacity(v)) csv_append_text(out, held_capacity(v)))         \
    X(CapacityReservationStatus,                                                                   \
      if (held_capacity(v) && !purchased(v)) text_append_string(out, idle(v) ? "Unused" : "Used")) \
    X(ChargeCategory, text_append_string(out, category(v)))                                        \
    X(ChargeClass, )                                                                               \
    X(ChargeDescription, describe(v, out))                                                         \
    X(ChargeFrequency, text_append_string(out, frequency(v)))                                      \
    X(ChargePeriodEnd, hour(out, r->charge_to_hour))                                               \
    X(ChargePeriodStart, hour(out, r->charge_from_hour))                                           \
    X(CommitmentDiscountCategory,                                                                  \
      if (c) text_append_string(out, commitment_kind_is_plan(c->terms.kind) ? "Spend" : "Usage"))  \
    X(CommitmentDiscountId, if (c) csv_append_text(out, r->commitment_id))                         \
    X(CommitmentDiscountName, if (c) csv_append_text(out, c->name))                                \
    X(CommitmentDiscountQuantity,                                                                  \
      if (c) csv_append_number(out, commitment_kind_is_plan(c->terms.kind) ? committed_dollars(v)  \
                                                                           : v->quantity))         \
    X(CommitmentDiscountStatus,                                                                    \
      if (c && !purchased(v)) text_append_string(out, unused(v) ? "Unused" : "Used"))              \
    X(CommitmentDiscountType, if (c) csv_append_text(out, commitment_kind_word(c->terms.kind)))    \
    X(CommitmentDiscountUnit,                                                                      \
      if (c) text_append_string(out, commitment_kind_is_plan(c->terms.kind) ? "USD" : "Hours"))    \
    X(ConsumedQuantity, if (consumed(v)) csv_append_number(out, v->quantity))                      \
    X(ConsumedUnit, if (consumed(v)) text_append_string(out, v->meter.unit))                       \
    X(ContractedCost, product(out, v->contracted_price, v->priced))                                \
    X(ContractedUnitPrice, csv_append_number(out, v->contracted_price))                            \
    X(EffectiveCost, amount(out, r->effective))                                                    \
    X(InvoiceId, )                                                                                 \
    X(InvoiceIssuerName, text_append_string(out, "AWS"))                                           \
    X(ListCost, product(out, v->list_price, v->priced))                                            \
    X(ListUnitPrice, csv_append_number(out, v->list_price))                                        \
    X(PricingCategory, text_append_string(out, pricing_category(v)))                               \
    X(PricingCurrency, text_append_string(out, "USD"))                                             \
    X(PricingCurrencyContractedUnitPrice, csv_append_number(out, v->contracted_price))             \
    X(PricingCurrencyEffectiveCost, amount(out, r->effective))                                     \
    X(PricingCurrencyListUnitPrice, csv_append_number(out, v->list_price))                         \
    X(PricingQuantity, csv_append_number(out, v->priced))                                          \
    X(PricingUnit, text_append_string(out, v->meter.unit))                                         \
    X(ProviderName, text_append_string(out, "AWS"))                                                \
    X(PublisherName, text_append_string(out, "AWS"))                                               \
    X(RegionId, if (region_of(v)) csv_append_text(out, region_of(v)))                              \
    X(RegionName, if (region_of(v)) csv_append_text(out, region_name(region_of(v))))               \
    X(ResourceId, if (c && !consumed(v)) csv_append_text(out, r->commitment_id))                   \
    X(ResourceName, if (c && !consumed(v)) csv_append_text(out, c->name))                          \
    X(ResourceType,                                                                                \
      if (c && !consumed(v)) csv_append_text(out, commitment_kind_word(c->terms.kind)))            \
    X(ServiceCategory, text_append_string(out, v->service->category))                              \
    X(ServiceName, text_append_string(out, v->service->name))                                      \
    X(ServiceSubcategory, text_append_string(out, v->service->subcategory))                        \
    X(SkuId, csv_append_text(out, v->sku))                                                         \
    X(SkuMeter, text_append_string(out, v->meter.name))                                            \
    X(SkuPriceDetails, )                                                                           \
    X(SkuPriceId, csv_append_text(out, v->price))                                                  \
    X(SubAccountId, )                                                                              \
    X(SubAccountName, )                                                                            \
    X(SubAccountType, )                                                                            \
    X(Tags, tags(r, out))                                                                          \
    X(x_ChargeOrigin, text_append_string(out, "Simulated"))                                        \
    X(x_Workload, if (r->workload) csv_append_text(out, r->workload))

void focus_append_header(struct text *out) {
    static const char *const names[] = {
#define X(name, body) #name,
        COLUMNS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        text_printf(out, "%s%s", i ? "," : "", names[i]);
    text_append_string(out, "\n");
}

void focus_append_row(const struct focus_row *row, struct text *out) {
    const struct view view = view_of(row), *v = &view;
    const struct focus_row *r = row;
    const struct commitment *c = row->commitment;
    int column = 0;
#define X(name, body)                                                                              \
    text_append_string(out, column++ ? "," : "");                                                  \
    body;
    COLUMNS(X)
#undef X
    text_append_string(out, "\n");
}
