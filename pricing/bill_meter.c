/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pricing/bill_meter.h"

#include <string.h>

const struct meter *bill_meter_of(enum lane lane) {
    static const struct meter meters[LANES] = {
        [LANE_ON_DEMAND] = {CHARGE_ON_DEMAND, USAGE_INSTANCE, HOUR_S, NS_PER_S, COVER_INSTANCE},
        [LANE_IN_RESERVATION] = {CHARGE_ON_DEMAND, USAGE_INSTANCE, HOUR_S, NS_PER_S,
                                 COVER_INSTANCE},
        [LANE_IDLE_RESERVATION] = {CHARGE_CAPACITY_UNUSED, USAGE_INSTANCE, HOUR_S, NS_PER_S,
                                   COVER_INSTANCE},
        [LANE_IN_BLOCK] = {CHARGE_COMMITMENT_USED, USAGE_INSTANCE, HOUR_S, NS_PER_S, COVER_CLASSES},
        [LANE_SPOT] = {CHARGE_SPOT, USAGE_INSTANCE, HOUR_S, 1, COVER_CLASSES},
        [LANE_SPOT_FREE] = {CHARGE_SPOT, USAGE_INSTANCE, HOUR_S, 1, COVER_CLASSES},
        [LANE_MB_MS] = {CHARGE_FUNCTION, USAGE_FUNCTION_MB_MS, 1024 * 1000, 125, COVER_MB_MS},
        [LANE_REQUESTS] = {CHARGE_FUNCTION, USAGE_FUNCTION_REQUESTS, 1000000, 1, COVER_CLASSES},
        [LANE_INPUT_TOKENS] = {CHARGE_TOKENS, USAGE_INPUT_TOKENS, 1000000, 1, COVER_CLASSES},
        [LANE_OUTPUT_TOKENS] = {CHARGE_TOKENS, USAGE_OUTPUT_TOKENS, 1000000, 1, COVER_CLASSES},
        [LANE_CACHED_TOKENS] = {CHARGE_TOKENS, USAGE_CACHED_INPUT_TOKENS, 1000000, 1,
                                COVER_CLASSES},
        [LANE_PROVISIONED_MB_MS] = {CHARGE_FUNCTION, USAGE_FUNCTION_PROVISIONED_MB_MS, 1024 * 1000,
                                    125, COVER_PROVISIONED},
        [LANE_HELD_MB_S] = {CHARGE_FUNCTION, USAGE_FUNCTION_HELD_MB_S, 1024, 15625, COVER_HELD},
        [LANE_MODEL_UNIT_S] = {CHARGE_TOKENS, USAGE_MODEL_UNIT_S, HOUR_S, 1, COVER_UNITS},
        [LANE_TRANSFER_BYTES] = {CHARGE_TRANSFER, USAGE_TRANSFER_BYTES, BYTES_PER_BILLED_GB, 1,
                                 COVER_CLASSES},
        [LANE_VOLUME_GB_S] = {CHARGE_VOLUME, USAGE_VOLUME_GB_S, USAGE_MONTH_S, 1, COVER_CLASSES},
        [LANE_VOLUME_IOPS_S] = {CHARGE_VOLUME, USAGE_VOLUME_IOPS_S, USAGE_MONTH_S, 1,
                                COVER_CLASSES},
        [LANE_VOLUME_MBPS_S] = {CHARGE_VOLUME, USAGE_VOLUME_MBPS_S, USAGE_MONTH_S, 1,
                                COVER_CLASSES},
        [LANE_WEIGHT_BYTES] = {CHARGE_WEIGHTS, USAGE_WEIGHT_BYTES, BYTES_PER_BILLED_GB, 1,
                               COVER_CLASSES},
        [LANE_WEIGHT_READS] = {CHARGE_WEIGHTS, USAGE_WEIGHT_READS, 1000, 1, COVER_CLASSES},
    };
    return &meters[lane];
}

const struct quote *bill_quote_of(const struct offer *offer, enum usage_kind usage,
                                  const char **what) {
    struct {
        const char *what;
        const struct quote *quote;
    } const rates[USAGE_KINDS] = {
        [USAGE_INSTANCE] = {"on-demand", &offer->on_demand},
        [USAGE_FUNCTION_MB_MS] = {"GB-second", &offer->gb_second},
        [USAGE_FUNCTION_REQUESTS] = {"request", &offer->million_requests},
        [USAGE_INPUT_TOKENS] = {"input token", &offer->million_input_tokens},
        [USAGE_OUTPUT_TOKENS] = {"output token", &offer->million_output_tokens},
        [USAGE_CACHED_INPUT_TOKENS] = {"cached input token", &offer->million_cached_tokens},
        [USAGE_FUNCTION_PROVISIONED_MB_MS] = {"provisioned GB-second",
                                              &offer->provisioned_gb_second},
        [USAGE_FUNCTION_HELD_MB_S] = {"held GB-second", &offer->held_gb_second},
        [USAGE_MODEL_UNIT_S] = {"model unit", &offer->unit_hour},
        [USAGE_TRANSFER_BYTES] = {"transfer", &offer->gigabyte},
        [USAGE_VOLUME_GB_S] = {"GB-month", &offer->gb_month},
        [USAGE_VOLUME_IOPS_S] = {"IOPS-month", &offer->iops_month},
        [USAGE_VOLUME_MBPS_S] = {"MBps-month", &offer->mbps_month},
        [USAGE_WEIGHT_BYTES] = {"transfer", &offer->gigabyte},
        [USAGE_WEIGHT_READS] = {"read request", &offer->thousand_reads},
    };
    *what = rates[usage].what;
    return rates[usage].quote;
}

usd_pico bill_plan_rate(const struct commitment *c, const struct offer *offer, int index,
                        int cover_class) {
    enum commitment_kind kind = c->terms.kind;
    if (offer->kind == OFFER_FUNCTION && kind == COMMIT_PLAN_COMPUTE && c->function_rates) {
        const struct function_plan_rates *rates = &c->function_rates[index];
        return cover_class == COVER_MB_MS         ? rates->gb_second
               : cover_class == COVER_PROVISIONED ? rates->provisioned_gb_second
               : cover_class == COVER_HELD        ? rates->held_gb_second
                                                  : 0;
    }
    if (offer->kind != OFFER_INSTANCE || cover_class != COVER_INSTANCE ||
        offer_is_sagemaker(offer) != (kind == COMMIT_PLAN_SAGEMAKER))
        return 0;
    bool inside =
        kind != COMMIT_PLAN_EC2 || ((!c->family || strcmp(c->family, offer->family) == 0) &&
                                    (!c->region || strcmp(c->region, offer->region) == 0));
    return inside ? c->plan_rates[index] : 0;
}

static const struct meter *meter_of_usage(enum usage_kind usage) {
    int lane = 0;
    while (bill_meter_of((enum lane)lane)->usage != usage)
        lane++;
    return bill_meter_of((enum lane)lane);
}

double bill_unit_usd(const struct offer *offer, enum usage_kind usage) {
    const char *what;
    return money_rate_usd(bill_quote_of(offer, usage, &what)->rate) /
           (double)meter_of_usage(usage)->per;
}

double bill_plan_unit_usd(const struct commitment *plan, const struct offer *offer, int index,
                          enum usage_kind usage) {
    const struct meter *meter = meter_of_usage(usage);
    return money_rate_usd(bill_plan_rate(plan, offer, index, (int)meter->cover_class)) /
           (double)meter->per;
}
